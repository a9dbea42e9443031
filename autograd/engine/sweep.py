"""Backprop: walk the recorded graph once, from the outputs to the leaves, by the chain rule.

In an ordinary sweep the rules are handed plain ndarrays. With `create_graph` they are handed Tensors tied to
the nodes they came from, so the very same rules record a graph of the gradient: order 2, 3, n.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Container, Iterable, Sequence
from math import isfinite
from operator import attrgetter
from typing import Any

import numpy as np

from ..watch.mistakes import warn_all_pairs, warn_carried, warn_not_finite
from .errors import AnomalyError, AutogradError, GraphError, RuleError, ShapeError
from .modes import CHECK, RECORD, mode
from .node import Edge, Leaf, Many, Node, Output, births
from .tensor import Tensor, as_data, make

_birth = attrgetter("birth")
Watch = Callable[[Node, Node, int, Any, Any, Any], None]


def same(g: Any) -> Any:
    """The rule of what passes its cotangent on unchanged, such as a sum's terms."""
    return g


class Walk:
    """The nodes below `roots`, newest first, which is a topological order since inputs are born first.

    Nodes born before `oldest` are reached but not entered, and listed as `foreign`: nothing born later lies below.
    Iterative, as every walk here: a recursive one fails at a thousand nodes, and one per path never ends.
    """

    def __init__(self, roots: Iterable[Node], oldest: int = 0) -> None:
        self.oldest = oldest
        self.leaves: list[Leaf] = []
        self.foreign: list[Node] = []
        self.order: list[Node] = []
        mark = next(births)  # of this walk: a mark in the node is faster to look up than a set of those seen
        stack = list(dict.fromkeys(roots))
        for node in stack:
            node.mark = mark
        while stack:
            node = stack.pop()
            self.order.append(node)
            if node.birth < oldest:
                self.foreign.append(node)
                continue
            edges = node.edges
            if not edges:
                self._end(node)
                continue
            for parent, _, _ in edges:
                if parent.mark is not mark:
                    parent.mark = mark
                    stack.append(parent)
        self.order.sort(key=_birth, reverse=True)
        self._check_unchanged()

    def _end(self, node: Node) -> None:
        """Note a leaf; anything else without saved values was freed."""
        if node.__class__ is not Leaf:
            raise GraphError(
                f"the graph behind {node.op.name} (shape {node.shape}) was freed by an earlier backward, which drops "
                "what it has used to save memory; compute the output again in each step, call backward once on the sum "
                "of two losses, .detach() a state that is carried on, or pass retain_graph=True to the first backward"
            )
        self.leaves.append(node)

    def _check_unchanged(self) -> None:
        """Raise GraphError if a leaf was written after a node saved its array."""
        newest = 0
        for leaf in self.leaves:
            if leaf.written > newest:
                newest = leaf.written
        if not newest or newest < self.order[-1].birth:
            return
        for node in self.order:
            if not node.edges or node.birth > newest or isinstance(node, Output):
                continue
            for position, parent in enumerate(node.inputs):
                if isinstance(parent, Leaf) and parent.written > node.birth and node.op.saves(node, position):
                    raise GraphError(
                        f"the leaf {parent.name or parent.shape!r} was changed after {node.op.name} saved its value "
                        "for backward; call backward() before the update, or compute the output again"
                    )


def backprop(
    seeds: dict[Node, Any],
    targets: Sequence[Node] | None = None,
    *,
    create_graph: bool = False,
    retain_graph: bool = False,
    walk: Walk | None = None,
    watch: Watch | None = None,
) -> dict[Node, Any]:
    """Carry the cotangents `seeds` down to `targets` (by default all leaves) and return what arrived there.

    `watch` sees each contribution before it is added: the node whose rule made it, the input's node and position,
    the node's cotangent, the contribution, and the sum so far or None.
    """
    walk = walk or Walk(seeds)
    wanted = set(walk.leaves if targets is None else targets)
    useful = None if targets is None else leading_to(wanted, walk.order)
    cotangents = dict(seeds)
    owned: set[Node] = set()  # whose sum is the engine's own array, so that later terms may add in place
    seen = {id(world(g, False)) for g in seeds.values()}  # arrays that others hold, too
    arrived: dict[Node, Any] = {}
    if watch is None and mode.get() & CHECK:
        watch = _check_finite
    token = mode.set(RECORD if create_graph else 0)
    keep = retain_graph or create_graph
    try:
        for node in walk.order:
            g = cotangents.pop(node, None)
            if g is None:
                continue
            if node.taps is not None:
                seen.add(id(world(g, False)))
                g = _tap(node, g, create_graph, keep=targets is None)
            elif node.value is not None:  # small gradients are remembered for drawings, as small values are
                node.grad = world(g, False) if create_graph else g  # a Tensor would lead back here: a cycle
            if useful is not None:
                if node in wanted:
                    arrived[node] = g
                if node.birth < walk.oldest:
                    continue
            if node.__class__ is not Node:
                if node.__class__ is Leaf:
                    arrived[node] = g
                    continue
                if node.__class__ is Output:
                    _hand_up(g, node, cotangents)
                    continue
                g = complete(g, node, create_graph)
            for parent, position, c in contributions(node, g, create_graph, useful):
                kind = parent.kind
                if c.__class__ is not kind or (
                    kind is np.ndarray and (c.shape != parent.shape or c.dtype is not parent.dtype)
                ):
                    c = fit(c, node, parent)
                previous = cotangents.get(parent)
                if watch is not None:
                    watch(node, parent, position, g, c, previous)
                if previous is None:
                    cotangents[parent] = c
                elif parent in owned and not create_graph:
                    previous += c
                    cotangents[parent] = previous
                else:
                    cotangents[parent] = previous + c
                    owned.add(parent)
            if not keep:
                node.edges = None
    except Exception as error:
        if node.op is not None and not isinstance(error, AutogradError):
            error.add_note(f"in the backward of {node.op.name}, whose output has shape {node.shape}")
        raise
    finally:
        mode.reset(token)
    for node, g in arrived.items():
        arrived[node] = _own(g, seen)
    return arrived


def _own(g: Any, seen: set[int]) -> Any:
    """`g` as its receiver's alone: a copy if it may share memory with a seed, a saved array or another gradient."""
    data = g._data if isinstance(g, Tensor) else g
    if isinstance(data, np.ndarray):
        if data.base is not None or id(data) in seen:
            data = data.copy()
        seen.add(id(data))
    return make(data, g._node) if isinstance(g, Tensor) else data


def _hand_up(g: Any, output: Any, cotangents: dict[Node, Any]) -> None:
    """Put the cotangent of one of several outputs in its place in the list of the node that made them."""
    (source,) = output.inputs
    parts = cotangents.setdefault(source, [None] * len(source.shape))
    parts[output.index] = g if parts[output.index] is None else parts[output.index] + g


def complete(parts: list[Any], node: Node, tensors: bool) -> tuple[Any, ...]:
    """Zeros for those of several outputs that nothing used: one zero each, seen in every place."""
    return tuple(
        world(np.broadcast_to(np.zeros((), dtype), shape), tensors) if part is None else part
        for part, shape, dtype in zip(parts, node.shape, node.dtype)
    )


def contributions(
    node: Node, g: Any, recorded: bool, useful: Container[Node] | None = None
) -> list[tuple[Node, int, Any]]:
    """What a node's rules make of its cotangent: for each input its node, its position, and what it is to add up."""
    op = node.op
    edges = _lift(node) if recorded else node.edges or ()
    if useful is not None:
        edges = [edge for edge in edges if edge[0] in useful]
    if op.rules is not None:
        return [(parent, position, op.rules[position](g, *args)) for parent, position, args in edges]
    if not edges:
        return []
    args = edges[0][2]
    if recorded and op.reference is not None:
        parts = _through(op.reference, g, args[op.own :], [position for _, position, _ in edges])
        return [(parent, position, part) for (parent, position, _), part in zip(edges, parts)]
    parts = list(op.joint(g, *args[: op.own]))
    if len(parts) != len(node.inputs):
        raise RuleError(
            f"{op.name}: the joint rule returned {len(parts)} cotangents for {len(node.inputs)} inputs; "
            "return one for each, None where it needs none"
        )
    return [(parent, position, parts[position]) for parent, position, _ in edges]


def _through(reference: Callable[..., Any], g: Any, args: Sequence[Any], needed: Sequence[int]) -> list[Any]:
    """The cotangents of the needed inputs of a fused op, recorded: those of the small ops that it stands for."""
    start = next(births)
    args = list(args)
    for i in needed:  # a node of its own for each, so that one Tensor given twice gets its two cotangents apart
        args[i] = args[i].copy()
    result = reference(*args)
    seeds: dict[Node, Any] = {}
    outputs, weights = (result, g) if isinstance(result, (tuple, list)) else ((result,), (g,))
    for output, weight in zip(outputs, weights):
        if isinstance(output, Tensor) and output._node is not None:
            node = output._node
            seeds[node] = seeds[node] + weight if node in seeds else weight
    arrived = backprop(seeds, [args[i]._node for i in needed], create_graph=True, walk=Walk(seeds, start))
    found = {i: arrived.get(args[i]._node) for i in needed}
    return [make(np.zeros(args[i].shape, args[i].dtype), None) if g is None else g for i, g in found.items()]


def leading_to(targets: set[Node], order: list[Node]) -> set[Node]:
    """The nodes from which a target can be reached: only these need a cotangent."""
    useful = set(targets)
    for node in reversed(order):
        if node.edges and any(parent in useful for parent, _, _ in node.edges):
            useful.add(node)
    return useful


def _tap(node: Node, g: Any, tensors: bool, keep: bool) -> Any:
    """Show a finished cotangent to the node's hooks, then keep it in its `.grad` if that was asked for."""
    for hook in tuple(node.taps or ()):
        shown = _shown(g)
        data = shown._data
        replaced = hook(shown)
        if replaced is None:
            if shown._data is data:
                continue
            replaced = shown  # the hook said g *= 2 instead of returning g * 2
        if np.shape(replaced) != node.shape:
            raise ShapeError(
                f"a hook returned a gradient of shape {np.shape(replaced)} for a Tensor of shape {node.shape}"
                + (f" named {node.name!r}" if node.name else "")
            )
        replaced = world(replaced if isinstance(replaced, Tensor) else as_data(replaced, node.dtype), tensors)
        g = replaced.astype(node.dtype)  # a copy: the hook may keep, and change, what it returned
    if node.op is not None and node.retained:
        if keep:
            mine = _own(g, {id(world(g, False))})
            node.grad = mine if node.grad is None else _add(node.grad, mine, tensors)
    elif node.value is not None:
        node.grad = world(g, False)
    return g


def _shown(g: Any) -> Tensor:
    """What a hook sees of `g`: a handle of its own, on memory it cannot write to, since others share it."""
    data, node = (g._data, g._node) if isinstance(g, Tensor) else (g, None)
    if isinstance(data, np.ndarray):
        data = data.view()
        data.flags.writeable = False
    return make(data, node)


def _lift(node: Node) -> list[Edge]:
    """The node's edges with the saved values as Tensors tied to where they came from, for a recorded sweep."""
    joint = node.op.joint is not None
    lifted: list[Edge] = []
    for parent, position, args in node.edges or ():
        if joint and lifted:  # one rule, one list of values
            lifted.append((parent, position, lifted[0][2]))
        else:
            asks = node.op.asks[0 if joint else position]
            lifted.append((parent, position, tuple(_tie(node, name, value) for name, value in zip(asks, args))))
    return lifted


def _tie(node: Node, name: str, value: Any) -> Any:
    if name == "y":
        if node.__class__ is Many:
            return tuple(make(v, Output(node, i, v)) for i, v in enumerate(value))
        return make(value, node)
    source = node.op.source(node, name)
    if isinstance(source, list):  # a sequence of inputs
        return [v if s is None else make(v, s) for v, s in zip(value, source)]
    return value if source is None else make(value, source)


def fit(c: Any, node: Node, parent: Node) -> Any:
    """Un-broadcast and cast a contribution to its input's shape and dtype: the one place that does."""
    shape = parent.shape
    if not isinstance(c, (np.ndarray, np.generic, Tensor)):
        raise RuleError(f"{_rule_of(node, parent)} returned {type(c).__name__} {c!r}; return an array of shape {shape}")
    if c.dtype.kind not in "fiub":
        raise RuleError(f"{_rule_of(node, parent)} returned dtype {c.dtype} where the input has {parent.dtype}")
    if c.shape != shape:
        extra = c.ndim - len(shape)
        # nothing there to broadcast with, or more axes than a broadcast could have brought
        made = max(node.shape, key=len) if node.__class__ is Many else node.shape
        alone = (len(node.inputs) == 1 and c.shape != made) or c.ndim > max(len(made), len(shape))
        if alone or extra < 0 or any(n not in (m, 1) for n, m in zip(shape, c.shape[extra:])):
            raise RuleError(f"{_rule_of(node, parent)} returned shape {c.shape} where the input has shape {shape}")
        c = sum_to(c, shape)
    return c if c.dtype == parent.dtype else c.astype(parent.dtype)


def _rule_of(node: Node, parent: Node) -> str:
    return f"{node.op.name}: the rule of input {node.op.input_name(node.inputs.index(parent))!r}"


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` down to `shape`, undoing a broadcast.

    >>> sum_to(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    extra = g.ndim - len(shape)
    stretched = [extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1]
    return np.reshape(np.sum(g, axis=(*range(extra), *stretched)), shape)


def _check_finite(node: Node, parent: Node, position: int, g: Any, c: Any, previous: Any) -> None:
    data = c._data if isinstance(c, Tensor) else c
    if not np.all(np.isfinite(data)):
        kind = "a nan" if np.isnan(data).any() else "an inf"
        error = AnomalyError(f"{_rule_of(node, parent)} (shape {parent.shape}) made {kind} in backward")
        line = node.__dict__.get("line")
        if line:
            error.add_note(f"the forward call was made here:\n{''.join(traceback.format_list([line]))}")
        raise error


# -- what users call -----------------------------------------------------------------------------------


def seed_of(output: Tensor, gradient: Any, what: str) -> tuple[Node, Any]:
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
        one = output.dtype.type(1)
        gradient = np.full(output.shape, one) if output.shape else one
    elif np.shape(gradient) != output.shape:
        raise ShapeError(f"{what}: gradient of shape {np.shape(gradient)} for an output of shape {output.shape}")
    elif not (isinstance(gradient, Tensor) and gradient.dtype == output.dtype):
        gradient = as_data(gradient, output.dtype)
    return output._node, gradient


def backward(output: Tensor, gradient: Any, retain_graph: bool, create_graph: bool) -> None:
    """See `Tensor.backward`."""
    node, g = seed_of(output, gradient, "backward")
    if gradient is None:
        warn_all_pairs(node)
    arrived: dict[Any, Any] = backprop(
        {node: world(g, create_graph)}, create_graph=create_graph, retain_graph=retain_graph
    )
    node.__dict__["seed"] = world(g, False)  # what drawings of this record are to begin with
    now, carried = next(births), []
    for leaf, g in arrived.items():
        old = leaf.grad
        if old is None:
            leaf.grad, leaf.carried = g, 0
        else:
            # an update has used it: .grad was read, which makes a Tensor of it, and the data were written. Once may be
            # meant, as in a GAN, always hardly
            if leaf.written > leaf.added and old.__class__ is Tensor:
                leaf.carried += 1
                if leaf.carried == 3:
                    if np.any(world(old, False)):
                        carried.append(leaf)
                    else:
                        leaf.carried = 0  # it was cleared in place
            leaf.grad = _add(old, g, create_graph)
        leaf.added = now
    if carried:
        warn_carried(carried)
    if gradient is None and not isfinite(output._data if not output.shape else output.item()):  # slow on a scalar
        warn_not_finite(output.item(), node, [world(g, False) for g in arrived.values()])


def world(g: Any, tensors: bool) -> Any:
    """`g` as a rule is to see it: as a Tensor in a recorded sweep, else as an array."""
    if tensors:
        return g if isinstance(g, Tensor) else make(g, None)
    return g._data if isinstance(g, Tensor) else g


def _add(a: Any, b: Any, create_graph: bool) -> Any:
    if create_graph:
        return a + b
    return world(a, False) + world(b, False)


def _listed(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, Tensor) or not isinstance(tensors, Iterable) else list(tensors)


def gradients(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool = False,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> Any:
    """Return d(outputs)/d(inputs) without touching any `.grad`.

    One Tensor for one input, a list for several; several outputs add up, weighted by `grad_outputs`.
    Raises GraphError for an input that the outputs do not depend on (its graph may have been cut),
    or gives None for it with `allow_unused`.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> gradients(x * x, x)
    Tensor(6.)
    """
    many = _listed(outputs)
    alone = isinstance(outputs, Tensor) or grad_outputs is None
    weights = [grad_outputs] * len(many) if alone else list(grad_outputs)
    wanted = _listed(inputs)
    if len(weights) != len(many):
        raise ShapeError(f"gradients: {len(weights)} grad_outputs for {len(many)} outputs; give one for each, or None")
    seeds: dict[Node, Any] = {}
    for output, weight in zip(many, weights):
        node, g = seed_of(output, weight, "gradients")
        g = world(g, create_graph)
        seeds[node] = seeds[node] + g if node in seeds else g
    for x in wanted:
        if not isinstance(x, Tensor) or x._node is None:
            raise GraphError(f"gradients: the input {x!r} records nothing; create it with requires_grad=True")
    nodes = [x._node for x in wanted if x._node is not None]
    walk = Walk(seeds)
    reached = set() if allow_unused else set(walk.order)
    for x, node in zip(wanted, nodes):
        if node not in reached and not allow_unused:
            raise GraphError(
                f"gradients: the outputs do not depend on {x.name or repr(x)}; was the graph cut by .data, .detach(), "
                "no_grad() or an integer? Pass allow_unused=True to get None instead"
            )
    arrived = backprop(seeds, nodes, create_graph=create_graph, retain_graph=retain_graph, walk=walk)
    found = [None if arrived.get(node) is None else world(arrived[node], True) for node in nodes]
    return found[0] if isinstance(inputs, Tensor) else found


def check_graph(loss: Tensor, parameters: Any) -> None:
    """Raise GraphError if `loss` does not depend on one of `parameters`: it names them, and where the graph begins.

    Call it once before `loss.backward()`; it changes nothing. `parameters` is a model, or Tensors. What is frozen
    (`requires_grad` is False) is not asked for. Within `autograd.source_lines()` it also says the line.

    >>> w, b = Tensor([2.0], requires_grad=True, name="w"), Tensor([1.0], requires_grad=True, name="b")
    >>> hidden = w * 3.0
    >>> check_graph(((hidden.data + b) ** 2).sum(), [w, b])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    autograd.GraphError: check_graph: the loss does not depend on 1 of 2 parameters: w (1,). ...
    """
    node, _ = seed_of(loss, np.ones(np.shape(loss)), "check_graph")
    if hasattr(parameters, "named_parameters"):
        named = list(parameters.named_parameters())
    else:
        listed = _listed(parameters)
        if not all(isinstance(p, Tensor) for p in listed):
            raise TypeError(f"check_graph: parameters are a model or Tensors, not {parameters!r:.80}")
        named = [(p.name or f"number {i}", p) for i, p in enumerate(listed)]
    named = [(name, p) for name, p in named if p.requires_grad]
    order = Walk([node]).order
    reached = set(order)
    missing = [f"{name} {p.shape}" for name, p in named if p._node not in reached]
    if missing:
        more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
        begins = [text for made in reversed(order) if made.op is not None for text in _constants(made)]
        raise GraphError(
            f"check_graph: the loss does not depend on {len(missing)} of {len(named)} parameters: "
            f"{', '.join(missing[:4])}{more}. Its graph begins at {'; '.join(begins[:3]) or 'its leaves'}. If that is "
            "what a layer gave, the graph was cut there by .data, .numpy(), .item(), .detach(), no_grad() or integers: "
            "go on with the Tensor itself"
        )


def _constants(node: Node) -> list[str]:
    """Which inputs of an operation are arrays of floats without a gradient, where a graph may have been cut."""
    line = node.__dict__.get("line")
    where = f" ({line.filename}:{line.lineno})" if line else ""
    return [
        f"{node.op.name}{where}, whose {node.op.input_name(i)} {value.dtype} {value.shape} carries no gradient"
        for i, value in enumerate(node.inputs)
        if isinstance(value, Node) and value.op is None and not isinstance(value, Leaf)
        if value.shape and value.dtype.kind == "f"
    ]
