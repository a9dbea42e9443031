"""Backprop: walk the recorded graph once, from the outputs to the leaves, by the chain rule.

In an ordinary sweep the rules are handed plain ndarrays. With `create_graph` they are handed Tensors tied to
the nodes they came from, so the very same rules record a graph of the gradient: order 2, 3, n.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from contextvars import copy_context
from operator import attrgetter
from threading import Lock
from typing import Any

import numpy as np
from numpy import ndarray

from . import modes
from .errors import AutogradError, DtypeError, GraphError, RuleError, ShapeError
from .modes import EXACT, RECORD, STILL, TRACE, WATCH, always, interpreter, mode, observers
from .node import Leaf, Many, Node, Output, births
from .op import same as same
from .tensor import Tensor, as_data, make
from .types import Function, Shape

Cotangents = dict[Node, Any]
_birth = attrgetter("birth")
# of the latest sweeps that were recorded the births before and after, and of what they were: drawings show it
sweeps: deque[tuple[int, int, str]] = deque(maxlen=1000)


class Walk:
    """The nodes below `roots`, newest first, which is a topological order since inputs are born first.

    Nodes born before `oldest` are reached but not entered, and listed as `foreign`: nothing born later lies below.
    Iterative, as every walk here: a recursive one fails at a thousand nodes, and one per path never ends.
    """

    def __init__(self, roots: Iterable[Node], oldest: int = 0) -> None:
        self.oldest = oldest
        self.order: list[Node] = []
        self.leaves: list[Leaf] = []
        self.foreign: list[Node] = []
        mark = next(births)  # of this walk: a mark in the node is faster to look up than a set of those seen
        stack = list(dict.fromkeys(roots))
        for node in stack:
            node.mark = mark
        while stack:
            node = stack.pop()
            self.order.append(node)
            if node.saved is None or node.birth < oldest:
                self._end(node)
                continue
            for parent in node.parents:
                if parent.mark is not mark:
                    parent.mark = mark
                    stack.append(parent)
        self.order.sort(key=_birth, reverse=True)
        self._require_unchanged()
        if any(leaf.taps for leaf in self.leaves):
            self._show_early()

    def _end(self, node: Node) -> None:
        """Note a leaf or what lies outside; anything else without saved values was freed."""
        if node.birth < self.oldest:
            self.foreign.append(node)
        elif isinstance(node, Leaf):
            self.leaves.append(node)
        else:
            raise GraphError(
                f"the graph behind {node.op.name} (shape {node.shape}) was freed by an earlier backward, which drops "
                "what it has used to save memory; compute the output again in each step, call backward once on the sum "
                "of two losses, .detach() a state that is carried on, or pass retain_graph=True to the first backward"
            )

    def _show_early(self) -> None:
        """Put each leaf with a hook behind the last node that adds to its gradient: who sends it need not wait."""
        tapped: set[Node] = {leaf for leaf in self.leaves if leaf.taps}
        last = {parent: node for node in self.order for parent in node.parents if parent in tapped}
        finished: dict[Node, list[Node]] = {}
        for leaf in filter(last.__contains__, self.order):  # the newest first, as ever
            finished.setdefault(last[leaf], []).append(leaf)
        self.order = [n for node in self.order if node not in last for n in (node, *finished.get(node, ()))]

    def _require_unchanged(self) -> None:
        """Raise GraphError if a leaf was written after a node saved its array."""
        newest = 0
        for leaf in self.leaves:
            if leaf.written > newest:
                newest = leaf.written
        if not newest or newest <= self.order[-1].birth:
            return
        for node in reversed(self.order):
            if node.birth > newest:
                return
            if not isinstance(node, (Leaf, Output)):
                for position, parent in enumerate(node.inputs):
                    name = node.op.variadic or node.op.inputs[position]
                    holds = node.op.view or name in node.plan.names
                    if holds and isinstance(parent, Leaf) and parent.written > node.birth:
                        raise GraphError(
                            f"the leaf {parent.name or parent.shape!r} was changed after {node.op.name} saved its "
                            "value for backward; call backward() before the update, or compute the output again"
                        )


def backprop(
    seeds: Cotangents,
    targets: Sequence[Node] | None = None,
    *,
    create_graph: bool = False,
    retain_graph: bool = False,
    walk: Walk | None = None,
) -> Cotangents:
    """Carry the cotangents `seeds` down to `targets` (by default all leaves) and return what arrived there."""
    walk = walk or Walk(seeds)
    ends = set(walk.leaves if targets is None else targets)
    useful = None if targets is None else leading_to(ends, walk.order)
    shown = mode.get() & TRACE  # to an interpreter, which is to see what the rules do
    sums = Sums(seeds, create_graph or bool(shown))
    for observer in sums.watching:
        observer.began(walk)
    how = shown | RECORD if create_graph else mode.get() & (TRACE | STILL)
    if mode.get() & EXACT:
        how |= EXACT
        sums.at = {node: g if sums.recorded else modes.exact[0](g) for node, g in sums.at.items()}
    first = next(births) if create_graph else 0
    # in a context of its own, which even an interrupt leaves whole
    arrived = copy_context().run(carried, sums, walk, ends, useful, retain_graph or create_graph, how)
    if create_graph and walk.order:  # else nothing depends on anything
        root = walk.order[0]
        sweeps.append((first, next(births), root.name or (root.op.label if root.op else "")))
    return {node: own(g, sums.seen) for node, g in arrived.items()}


def carried(sums: Sums, walk: Walk, ends: set[Node], useful: set[Node] | None, keep: bool, how: int) -> Cotangents:
    """Take each node's finished cotangent, show it, and add what its rules make of it to its inputs' sums."""
    mode.set(how)
    at, recorded, oldest = sums.at, sums.recorded, walk.oldest
    ordinary = useful is None and not recorded
    arrived: Cotangents = {}
    node: Any = None
    try:
        for node in walk.order:
            g = at.pop(node, None)
            if g is None:
                continue
            if node.taps is not None and node.birth >= oldest:  # else the sweep around this one shows it, whole
                g = show(node, g, sums.seen, recorded, keep=useful is None)
            elif node.value is not None:
                node.grad = g._array if recorded else g  # a Tensor would lead back here: a cycle
            saved, plan = node.saved, node.plan
            if (saved is None) if ordinary else (node in ends):
                arrived[node] = g
            if saved is None or node.birth < oldest:
                continue
            if node.kind is tuple:
                g = completed(g, node, recorded)
            wanted = plan.positions if useful is None else [i for i in plan.positions if node.inputs[i] in useful]
            parts = plan.pull(g, saved) if ordinary else contributions(node, g, wanted, recorded)
            sums.add(node, g, wanted, parts)
            if not keep:
                node.saved = None
    except Exception as error:
        _note(error, node)
        raise
    return arrived


def _note(error: Exception, node: Node | Any) -> None:
    """Note on the error of a rule or hook where it was raised."""
    if node.op is not None and not isinstance(error, AutogradError):
        error.add_note(f"in the backward of {node.op.name}, whose output has shape {node.shape}")


def contributions(node: Node, g: Any, wanted: Sequence[int], recorded: bool = False) -> Sequence[Any]:
    """What the rules of a node make of its cotangent: one contribution for each input at the `wanted` positions."""
    plan: Any = node.plan
    if not recorded:
        return plan.puller(tuple(wanted))(g, node.saved)  # type: ignore[no-any-return]
    saved = tuple([_tied(node, name, value) for name, value in zip(plan.names, node.saved)])
    if mode.get() & TRACE and (parts := interpreter.get().pulled(node, g, saved, wanted)):
        return parts  # type: ignore[no-any-return]
    if plan.op.reference is None or node.__class__ is Output:
        return plan.puller(tuple(wanted))(g, saved)  # type: ignore[no-any-return]
    return through(plan.op.reference, g, [saved[plan.names.index(name)] for name in plan.op.handed], wanted)


class Sums:
    """The cotangents on their way: what has arrived at each node so far, in `at`."""

    def __init__(self, seeds: Cotangents, recorded: bool) -> None:
        self.at = {node: world(g, recorded) for node, g in seeds.items()}
        self.recorded = recorded
        self.owned: set[Node] = set()  # whose sum is the engine's own array, so that later terms may add in place
        self.seen = (
            {id(world(g, False)) for g in seeds.values()} if recorded else set(map(id, seeds.values()))
        )  # held elsewhere
        self.watching = observers.get() if mode.get() & WATCH else ()  # no sweep inside of another is watched

    def add(self, node: Node, g: Any, positions: Sequence[int], parts: Sequence[Any]) -> None:
        """Add each part to its input's sum: the first is borrowed, the second makes a new array, later ones add to it.

        `parts` are the contributions of `node`, whose cotangent is `g`, to its inputs at `positions`.
        """
        at, owned, watching = self.at, self.owned, self.watching
        parents = node.parents if len(parts) == len(node.parents) else [node.inputs[i] for i in positions]
        for number, part in enumerate(parts):
            parent = parents[number]
            kind = parent.kind
            if part.__class__ is not kind or (
                kind is ndarray and (part.shape != parent.shape or part.dtype is not parent.dtype)
            ):
                if kind is tuple:
                    self._add_output(parent, node.index, part)  # type: ignore[attr-defined]
                    continue
                part = fit(part, node, parent)
            so_far = at.get(parent)
            if watching:
                for observer in watching:
                    observer.contributed(node, positions[number], g, part, so_far)
            if so_far is None:
                at[parent] = part
            elif parent in owned and not self.recorded:
                so_far += part
                at[parent] = so_far
            else:
                at[parent] = so_far + part
                owned.add(parent)

    def _add_output(self, node: Node, index: int, part: Any) -> None:
        parts = self.at.setdefault(node, [None] * len(node.shape))
        parts[index] = part if parts[index] is None else parts[index] + part


def completed(parts: Sequence[Any], node: Node, recorded: bool) -> tuple[Any, ...]:
    """Zeros for those of several outputs that nothing used: one zero each, seen in every place."""
    return tuple(
        world(np.broadcast_to(np.zeros((), dtype), shape), recorded) if part is None else part
        for part, shape, dtype in zip(parts, node.shape, node.dtype)
    )


def through(reference: Function, g: Any, args: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
    """The cotangents of the `wanted` inputs of a fused op, recorded: those of the small ops that it stands for."""
    start, recording = next(births), mode.get() & RECORD
    mode.set(mode.get() | RECORD)  # in the sweep's context; an interpreter's sweep records no further than this
    # a node of its own for each input, so that one Tensor given twice gets its two cotangents apart
    handles = {i: args[i].copy() for i in wanted}
    result = reference(*(handles.get(i, x) for i, x in enumerate(args)))
    outputs, weights = (result, g) if isinstance(result, (tuple, list)) else ((result,), (g,))
    seeds = seeded(outputs, weights)
    nodes = [x._node for x in handles.values()]
    arrived = backprop(seeds, nodes, create_graph=True, walk=Walk(seeds, start))
    mode.set(mode.get() & ~RECORD | recording)
    parts = [arrived.get(n, make(np.zeros(n.shape, n.dtype), None)) for n in nodes]
    return parts if recording else [part.tied(None) for part in parts]


def seeded(outputs: Iterable[Any], weights: Iterable[Any]) -> Cotangents:
    """Where a sweep starts: the nodes of those outputs that have one, with cotangents, summed if one is several."""
    seeds: Cotangents = {}
    for output, weight in zip(outputs, weights):
        if isinstance(output, Tensor) and output._node is not None:
            node = output._node
            seeds[node] = seeds[node] + weight if node in seeds else weight
    return seeds


def leading_to(targets: set[Node], order: Sequence[Node]) -> set[Node]:
    """The nodes from which a target can be reached: only these need a cotangent."""
    useful = set(targets)
    for node in reversed(order):
        if any(n in useful for n in node.parents):
            useful.add(node)
    return useful


def _tied(node: Node, name: str, value: Any) -> Any:
    if name == "y":
        if node.__class__ is Many:
            return tuple(tie(v, Output(node, i, world(v, False))) for i, v in enumerate(value))
        return tie(value, node)
    source = node.op.source(node, name)
    if isinstance(source, list):  # a sequence of inputs
        return [v if s is None else tie(v, s) for v, s in zip(value, source)]
    return value if source is None else tie(value, source)


def tie(value: Any, node: Node | None) -> Tensor:
    """A value, array or Tensor, as the result of `node`."""
    return value.tied(node) if isinstance(value, Tensor) else make(value, node)


def fit(part: Any, node: Node, parent: Node) -> Any:
    """Un-broadcast and cast a contribution to its input's shape and dtype: the one place that does."""
    shape = parent.shape
    if part.__class__ is Tensor and part._array.shape == shape and part._array.dtype is parent.dtype:
        return part
    if not isinstance(part, (ndarray, np.generic, Tensor)):
        raise _misfit(node, parent, f"{type(part).__name__} {part!r}; return an array of shape {shape}")
    lost = part.dtype.kind == "c" and parent.dtype.kind != "c"
    if part.dtype.kind not in "fiubc" or (lost and np.result_type(*np.atleast_1d(node.dtype)).kind != "c"):
        raise _misfit(node, parent, f"dtype {part.dtype} where the input has {parent.dtype}")
    if part.shape != shape:
        extra = part.ndim - len(shape)
        # nothing there to broadcast with, or more axes than a broadcast could have brought
        made = max(node.shape, key=len) if node.__class__ is Many else node.shape
        alone = (len(node.inputs) == 1 and part.shape != made) or part.ndim > max(len(made), len(shape))
        if alone or extra < 0 or any(n not in (m, 1) for n, m in zip(shape, part.shape[extra:])):
            raise _misfit(node, parent, f"shape {part.shape} where the input has shape {shape}")
        part = sum_to(part, shape)
    if lost:  # what a complex result does to a real input: only along the real line can that move
        part = np.real(part)
    return part if part.dtype == parent.dtype else part.astype(parent.dtype)


def _misfit(node: Node, parent: Node, what: str) -> RuleError:
    name = node.op.input_name(node.inputs.index(parent))
    return RuleError(f"{node.op.name}: the rule of input {name!r} returned {what}")


def sum_to(g: Any, shape: Shape) -> Any:
    """Sum `g` down to `shape`, undoing a broadcast.

    >>> sum_to(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    extra = g.ndim - len(shape)
    if g.dtype == np.float16:  # whose own sums stop at 2048 ones
        g = g.astype(np.float32)
    if g.shape[extra:] == shape:  # only new axes, as a bias has
        return np.add.reduce(g, axis=tuple(range(extra)))
    stretched = [extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1]
    return np.reshape(np.sum(g, axis=(*range(extra), *stretched)), shape)


# -- hooks, and what arrives ---------------------------------------------------------------------------


def show(node: Node, g: Any, seen: set[int], recorded: bool, keep: bool) -> Any:
    """Show a finished cotangent to the node's hooks, then keep it in its `.grad` if that was asked for."""
    seen.add(id(world(g, False)))
    for hook in tuple(node.taps or ()):
        shown = _handle(turned(g))
        data = shown._array
        replaced = hook(shown)
        if replaced is None:
            if shown._array is data:
                continue
            replaced = shown  # the hook said g *= 2 instead of returning g * 2
        if np.shape(replaced) != node.shape:
            raise ShapeError(
                f"a hook returned a gradient of shape {np.shape(replaced)} for a Tensor of shape {node.shape}"
                + (f" named {node.name!r}" if node.name else "")
            )
        replaced = world(replaced if isinstance(replaced, Tensor) else as_data(replaced, node.dtype), recorded)
        g = turned(replaced.astype(node.dtype))  # a copy: the hook may keep, and change, what it returned
        g = modes.exact[0](g) if mode.get() & EXACT and not recorded else g
    if node.op is not None and node.retained:
        if keep:
            mine = own(turned(g), {id(world(g, False))})
            node.grad = mine if node.grad is None else world(node.grad, recorded) + world(mine, recorded)
    elif node.value is not None:
        node.grad = world(g, False)
    return g


def turned(g: Any) -> Any:
    """A complex cotangent as what Tensors show, and back: its conjugate, the direction in which a real loss grows."""
    return np.conjugate(g) if g.dtype.kind == "c" else g


def _handle(g: Any) -> Tensor:
    """What a hook sees of `g`: a handle of its own, on memory it cannot write to, since others share it."""
    data = world(g, False)
    if isinstance(data, ndarray):
        data = data.view(ndarray)
        data.flags.writeable = False
    return g.tied(g._node, data) if isinstance(g, Tensor) else make(data, None)


def own(g: Any, seen: set[int]) -> Any:
    """`g` as its receiver's alone: a copy if it may share memory with a seed, a saved array or another gradient."""
    data = world(g, False)
    if isinstance(data, ndarray):
        if data.base is not None or id(data) in seen:
            data = data.copy()
        if data.__class__ is not ndarray:  # of what `reproducible` computes with
            data = modes.exact[1](data)
        seen.add(id(data))
    return g.tied(g._node, data) if isinstance(g, Tensor) else data


def world(g: Any, recorded: bool) -> Any:
    """`g` as a rule is to see it: as a Tensor in a recorded sweep, else as an array."""
    if recorded:
        return g if isinstance(g, Tensor) else make(g, None)
    return g._array if isinstance(g, Tensor) else g


# -- what users call -----------------------------------------------------------------------------------


def seed_of(output: Any, gradient: Any, what: str) -> tuple[Node, Any]:
    """Check one output and its cotangent; return the node to start from and the cotangent as an array."""
    if not isinstance(output, Tensor) or output._node is None:
        cut = "was it made under no_grad(), or only from .data, .detach(), .item(), .numpy() or integers?"
        raise GraphError(f"{what}: {output!r} records no gradient; {cut} A leaf needs requires_grad=True")
    if gradient is None:
        if output.size != 1:
            raise ShapeError(
                f"{what} of an output of shape {output.shape} needs `gradient`, an array of that shape; "
                "or reduce to one number first, such as .sum() or .mean()"
            )
        if output.dtype.kind == "c":
            mend = "reduce to a real number first, such as abs(z)**2 or z.real, or see holomorphic_grad"
            raise DtypeError(f"{what} of a complex output needs `gradient`, since none of its directions is up; {mend}")
        one = output.dtype.type(1)
        gradient = np.full(output.shape, one) if output.shape else one
    elif np.shape(gradient) != output.shape:
        raise ShapeError(f"{what}: gradient of shape {np.shape(gradient)} for an output of shape {output.shape}")
    elif not (isinstance(gradient, Tensor) and gradient.dtype == output.dtype):
        gradient = as_data(gradient, output.dtype)
    return output._node, gradient


_adding = Lock()  # threads with graphs of their own may share leaves


def backward(output: Tensor, gradient: Any, retain_graph: bool, create_graph: bool) -> None:
    """See `Tensor.backward`."""
    node, seed = seed_of(output, gradient, "backward")
    seed = turned(seed)
    arrived = backprop({node: world(seed, create_graph)}, create_graph=create_graph, retain_graph=retain_graph)
    if mode.get() & TRACE:
        for leaf in arrived:
            interpreter.get().touched(leaf)
    with _adding:
        added: dict[Any, tuple[Any, Any]] = {leaf: (leaf.grad, turned(g)) for leaf, g in arrived.items()}
        try:
            for leaf, (old, g) in added.items():
                leaf.grad = g if old is None else world(old, isinstance(g, Tensor)) + g
        except BaseException:  # such as Ctrl-C: all of it, or nothing
            for leaf, (old, _) in added.items():
                leaf.grad = old
            raise
    for observer in () if mode.get() & TRACE else (*always, *observers.get()):
        observer.swept(node, world(seed, False), gradient is not None, added)
