"""Trace: the reverse sweep of the engine itself, taken down step by step, for the player, `explain` and drawings.

It is a rehearsal: the same rules on the same saved arrays, but no `.grad` changes and nothing is freed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

import numpy as np

from ..engine.errors import GraphError
from ..engine.modes import Observer
from ..engine.node import Many, Node
from ..engine.sweep import Walk, backprop, fit
from ..engine.tensor import Tensor
from ..engine.types import Array, Value
from ..transforms import seeds_of
from .record import below

Cotangent: TypeAlias = Array | tuple[Array, ...]  # of a node with several outputs a tuple
Gradient: TypeAlias = Value | list[Value | None] | None  # of several outputs there may be a list of them


@dataclass(slots=True)
class Use:
    """One contribution: what the input `parent` at `position` is given, and the sum before it (or None) and after.

    `args` is what the rule asked for; `local` the local derivative where it is one factor for each element of the
    output, else None.
    """

    parent: Node
    position: int
    args: tuple[Any, ...]
    local: Any  # this and all below as `keep` of `trace` made it
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


def _copy(array: Array) -> Array:
    return np.array(array)[()]


def trace(
    output: Tensor | Sequence[Tensor],
    gradient: Gradient = None,
    keep: Callable[[Array], object] = _copy,
    local: bool = True,
    what: str = "trace",
    to: Node | None = None,
) -> Trace:
    """Run the sweep of `output.backward(gradient)` and note each step; `keep` is applied to every array kept.

    Without `gradient` an output of several elements starts with ones; several outputs may have a list of them. Hooks
    are called, as in any sweep: what they change is part of it. `local=False` leaves out the local derivatives, which
    cost a rule's call each. With `to` only what leads to that node is walked, and only what it is given is noted.
    Raises GraphError where an earlier sweep freed the record, or `to` is not below the output, naming `what` needs it.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> [(s.node.op.name, [float(u.after) for u in s.uses]) for s in trace(x * x).steps]
    [('multiply', [3.0, 6.0])]
    """
    outputs = [output] if isinstance(output, Tensor) else output
    given = gradient if isinstance(gradient, list) and len(outputs) > 1 else [gradient] * len(outputs)
    starts = [np.ones(t.shape, t.dtype) if g is None and isinstance(t, Tensor) else g for t, g in zip(outputs, given)]
    # not recorded: a gradient given as a Tensor would drag Tensors through the whole sweep
    seeds = seeds_of(outputs, starts, what, recorded=False)
    try:
        walk = Walk(seeds)
    except GraphError as error:
        freed = any(node.args is None for node in below(seeds)[0])
        raise GraphError(f"{what}: {error}" + (f", or call {what} before backward" if freed else "")) from None
    if to is not None and to not in walk.order:
        raise GraphError(
            f"{what}: the output does not depend on {to.name or (to.op.name if to.op else 'the leaf')} of shape "
            f"{to.shape}: was it used at all (x[0] makes a new tensor each time), or the graph cut by .data, "
            ".detach(), no_grad() or an integer?"
        )
    noted = Trace({node: keep(g) for node, g in seeds.items()}, [], {})
    sums: dict[Node, Any] = dict(seeds)
    asked: dict[int, tuple[Any, ...]] = {}  # by position, of the node at which the sweep is
    chance = np.random.default_rng(0)

    def watch(node: Node, position: int, g: Any, part: Any, so_far: Any) -> None:
        nonlocal asked
        parent = node.inputs[position]
        if to is not None and parent is not to:
            return
        if not noted.steps or noted.steps[-1].node is not node:
            asked = {i: args for _, i, args in node.edges or ()}
            noted.grads[node] = tuple(map(keep, g)) if isinstance(node, Many) else keep(g)
            noted.steps.append(Step(node, noted.grads[node]))
        after = sums[parent] = part if so_far is None else so_far + part
        derivative = factor(node, parent, position, asked[position], chance) if local else None
        kept = (None if array is None else keep(array) for array in (derivative, part, so_far, after))
        noted.steps[-1].uses.append(Use(parent, position, asked[position], *kept))

    watcher = Observer()
    watcher.contributed = watch
    watcher.alone = True  # a rehearsal is nobody else's business
    targets = list(walk.leaves) if to is None else [to]
    remembered = [(node, node.grad) for node in walk.order]
    try:
        with watcher, np.errstate(all="ignore"):  # nan and inf are what one may have come to look at
            # with targets, gradients that retain_grad asked for are left alone
            sums |= backprop(seeds, targets, retain_graph=True, walk=walk)  # after the leaves' hooks
    finally:
        for node, grad in remembered:
            node.grad = grad
    for node in walk.order if to is None else targets:
        if node not in noted.grads and node in sums:
            noted.grads[node] = keep(sums[node])
    return noted


def summed(node: Node, parent: Node) -> tuple[int, ...]:
    """The axes of an elementwise result along which an input was broadcast: its contribution is summed over them.

    >>> a, b = (Tensor(np.ones(n), requires_grad=True) for n in ((3, 1), 4))
    >>> [summed((a * b)._node, x._node) for x in (a, b)]
    [(1,), (0,)]
    """
    extra = len(node.shape) - len(parent.shape)
    stretched = [extra + i for i, n in enumerate(parent.shape) if n == 1 and node.shape[extra + i] != 1]
    return (*range(extra), *stretched)


SMALL = 16  # elements of a local derivative that is written out


def derivative(use: Use, node: Node, seen: Callable[[Array], Any] = _copy) -> Any:
    """All of dy/dx, a row for each element of y, if it is small; else, or of a joint rule, None.

    `seen` is what the rule is to be handed in the place of an array.
    """
    if isinstance(node, Many) or isinstance(use.parent, Many) or node.op.joint:
        return None
    rows, columns = prod(node.shape), prod(use.parent.shape)
    if not 0 < rows * columns <= SMALL:
        return None
    units = np.eye(rows, dtype=node.dtype).reshape(rows, *node.shape)
    parts = [fit(node.op.rules[use.position](seen(unit), *use.args), node, use.parent) for unit in units]
    return np.stack([np.reshape(part, (columns,)) for part in parts])


def factor(node: Node, parent: Node, position: int, args: tuple[Any, ...], chance: np.random.Generator) -> Array | None:
    """The factor that the rule multiplies each element of g by; None if it does more than that."""
    op = node.op
    if op.joint or isinstance(node, Many) or op.rules[position] is None:
        return None
    alone = node.shape == parent.shape == () or isinstance(op.forward, np.ufunc)
    ones = np.ones(node.shape, node.dtype)[()]
    if not alone and (node.shape != parent.shape or not ones.size):
        return None
    rule = op.rules[position]
    slope: Array = rule(ones, *args)
    if alone:
        return slope
    g = chance.uniform(0.5, 1.5, node.shape).astype(node.dtype)
    # no absolute tolerance: beside it the small slopes of a saturated softmax would all look like 0
    alike = np.shape(slope) == node.shape and np.allclose(rule(g, *args), g * slope, rtol=1e-4, atol=0, equal_nan=True)
    return slope if alike else None
