"""Trace: the reverse sweep of the engine itself, taken down step by step, for the player, `explain` and drawings.

It is a rehearsal: the same rules on the same saved arrays, but no `.grad` changes and nothing is freed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import Tensor
from ..errors import GraphError
from ..modes import mode
from ..node import Many, Node
from ..sweep import Walk, backprop, seed_of

Keep = Callable[[Any], Any]


@dataclass(slots=True)
class Use:
    """One contribution: what the input `parent` at `position` is given, and the sum before it (or None) and after.

    `args` is what the rule asked for; `local` the local derivative where it is one factor for each element of the
    output, else None.
    """

    parent: Node
    position: int
    args: tuple[Any, ...]
    local: Any
    term: Any
    before: Any
    after: Any


@dataclass(slots=True)
class Step:
    """One node of the sweep: its finished cotangent `g` (of several outputs a tuple), and what it handed on."""

    node: Node
    g: Any
    uses: list[Use] = field(default_factory=list)


@dataclass(slots=True)
class Trace:
    """A whole sweep: its seeds, its steps in order, and the finished gradient of every node it reached."""

    seeds: dict[Node, Any]
    steps: list[Step]
    grads: dict[Node, Any]


def _copy(array: Any) -> Any:
    return np.array(array)[()]


def trace(
    output: Tensor | Sequence[Tensor],
    gradient: Any = None,
    keep: Keep = _copy,
    local: bool = True,
    what: str = "trace",
) -> Trace:
    """Run the sweep of `output.backward(gradient)` and note each step; `keep` is applied to every array kept.

    Without `gradient` an output of several elements starts with ones. `local=False` leaves out the local derivatives,
    which cost a rule's call each. Raises GraphError where an earlier sweep freed the record, naming `what` needs it.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> [(s.node.op.name, [float(u.after) for u in s.uses]) for s in trace(x * x).steps]
    [('multiply', [3.0, 6.0])]
    """
    outputs = [output] if isinstance(output, Tensor) else list(output)
    seeds: dict[Node, Any] = {}
    for tensor in outputs:
        start = np.ones(tensor.shape, tensor.dtype) if gradient is None and isinstance(tensor, Tensor) else gradient
        node, g = seed_of(tensor, start, what)
        seeds[node] = seeds[node] + g if node in seeds else g
    try:
        walk = Walk(seeds)
    except GraphError as error:
        raise GraphError(f"{what}: {error}, or call {what} before backward") from None
    noted = Trace({node: keep(g) for node, g in seeds.items()}, [], {})
    arguments = {node: {i: args for _, i, args in node.edges or ()} for node in walk.order}
    small = [(node, node.grad) for node in walk.order]
    sums = dict(seeds)
    chance = np.random.default_rng(0)

    def watch(node: Node, parent: Node, position: int, g: Any, c: Any, previous: Any) -> None:
        if not noted.steps or noted.steps[-1].node is not node:
            parts = tuple(map(keep, g)) if isinstance(node, Many) else keep(g)
            noted.steps.append(Step(node, parts))
            noted.grads[node] = parts
        args = arguments[node][position]
        after = c if previous is None else previous + c
        sums[parent] = after
        derivative = _local(node, parent, position, args, chance) if local else None
        noted.steps[-1].uses.append(
            Use(
                parent,
                position,
                args,
                None if derivative is None else keep(derivative),
                keep(c),
                None if previous is None else keep(previous),
                keep(after),
            )
        )

    token = mode.set(0)
    try:
        with np.errstate(all="ignore"):  # nan and inf are what one may have come to look at
            # with targets, gradients that retain_grad asked for are left alone
            backprop(seeds, list(walk.leaves), retain_graph=True, walk=walk, watch=watch)
    finally:
        mode.reset(token)
        for node, grad in small:
            node.grad = grad
    for node in walk.order:
        if node not in noted.grads and node in sums:
            noted.grads[node] = keep(sums[node])
    return noted


def _local(node: Node, parent: Node, position: int, args: tuple[Any, ...], chance: np.random.Generator) -> Any:
    """The factor that the rule multiplies each element of g by; None if it does more than that."""
    op = node.op
    if op.joint or isinstance(node, Many) or op.rules[position] is None:
        return None
    rule = op.rules[position]
    ones = np.ones(node.shape, node.dtype)[()]
    if node.shape == parent.shape == () or isinstance(op.forward, np.ufunc):
        return rule(ones, *args)
    if node.shape != parent.shape or not ones.size:
        return None
    factor = rule(ones, *args)
    g = chance.uniform(0.5, 1.5, node.shape).astype(node.dtype)
    alike = np.allclose(rule(g, *args), g * factor, rtol=1e-4, atol=1e-6, equal_nan=True)
    return factor if alike and np.shape(factor) == node.shape else None
