"""Record: what the engine noted behind some outputs, read once, for all that is drawn, played or explained of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from ..engine.errors import GraphError
from ..engine.node import Leaf, Many, Node, Output
from ..engine.tensor import Tensor
from .structure import Item, Names, fold, names_of, scopes_of, tree


@dataclass(slots=True)
class Record:
    """The record behind some outputs, read once: operations oldest first, the tree they form, and their names."""

    roots: list[Any]
    outputs: Sequence[Tensor]
    operations: list[Node]
    parts: dict[Node, list[Output]]
    names: Names
    items: list[Item]

    @property
    def swept(self) -> bool:
        """Whether a sweep began at an output or passed through it."""
        made = [r.inputs[0] if isinstance(r, Output) else r for r in self.roots]
        return any(n.args is None or n.grad is not None or "seed" in n.__dict__ for n in (*self.roots, *made))

    @property
    def freed(self) -> bool:
        """Whether a sweep freed what the rules need."""
        return any(node.args is None for node in self.operations)

    def seeds(self) -> list[Any]:
        """What a sweep came to each output with, as far as the engine remembers; None where none came."""
        return [root.__dict__.get("seed", None if root.op is None else root.grad) for root in self.roots]


def recorded(output: Tensor | Sequence[Tensor], what: str) -> list[Tensor]:
    """The outputs as a list; raises GraphError for one without a record."""
    outputs: list[Any] = list(output) if isinstance(output, (list, tuple)) else [output]
    if not outputs:
        raise ValueError(f"{what}: an empty list of outputs leaves nothing to show")
    for tensor in outputs:
        if not isinstance(tensor, Tensor):
            kind = type(tensor).__name__
            call = "; call the model, and give its output or the loss" if hasattr(tensor, "named_modules") else ""
            raise TypeError(f"{what} takes a Tensor that was computed, or a list of them, not a {kind}{call}")
        if tensor._node is None:
            raise GraphError(
                f"{what}: {tensor!r} records no graph; does any leaf have requires_grad=True? "
                "Or was it made under no_grad(), from .data, .detach() or integers only?"
            )
    return outputs


def read(outputs: Sequence[Tensor], model: Any = None, collapse_repeats: bool = True) -> Record:
    """Read the record behind `outputs`, and sort it into the module calls and repeats that it consists of.

    Raises TypeError for a `model` that is none, ValueError for one that has no part in the record.
    """
    roots: list[Any] = [t._node for t in outputs]
    found, parts = _operations(roots)
    scopes = scopes_of([*found, *(part for used in parts.values() for part in used)])
    names = names_of(scopes, model)
    if model is not None:
        called = {id(scope.module()) for scope in scopes} & {id(module) for _, module in model.named_modules()}
        own = {tensor._node for _, tensor in model.named_parameters()}
        if not called and not any(
            parent in own for node in found for parent in node.inputs if isinstance(parent, Leaf)
        ):
            raise ValueError(f"model={type(model).__name__}(...) has no part in this record: is it another model?")
    items = tree(found, scopes, names)
    return Record(roots, outputs, found, parts, names, fold(items, len(found)) if collapse_repeats else items)


def _operations(roots: Sequence[Node]) -> tuple[list[Node], dict[Node, list[Output]]]:
    """All recorded operations below `roots`, oldest first, and those of their several outputs that were used."""
    stack: list[Node] = list(dict.fromkeys(roots))
    seen = set(stack)
    found = []
    parts: dict[Node, list[Output]] = {}
    while stack:
        node = stack.pop()
        if isinstance(node, Output):
            parts.setdefault(node.inputs[0], []).append(node)
        elif node.op is not None:
            found.append(node)
        for parent in node.inputs:
            if isinstance(parent, Node) and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    found.sort(key=attrgetter("birth"))
    for used in parts.values():
        used.sort(key=attrgetter("index", "birth"))
    return found, parts


def identity(node: Node) -> Any:
    """What makes two nodes the same tensor: order-2 sweeps make a further Output for the same output."""
    return (node.inputs[0], node.index) if isinstance(node, Output) else node


def saved(node: Node) -> Iterator[tuple[Any, Any]]:
    """The arrays that a node keeps for its rules until a sweep frees them, each with the tensor it belongs to."""
    op = node.op
    for position, args in enumerate(node.args or ()):
        if not args:
            continue
        for name, value in zip(op.asks[min(position, len(op.asks) - 1)], args):
            if name == op.variadic:
                pairs = list(zip(node.inputs, value))
            elif name in op.inputs:
                pairs = [(node.inputs[op.inputs.index(name)], value)]
            elif name == "y" and not isinstance(node, Many):
                pairs = [(node, value)]
            else:
                continue
            for owner, array in pairs:
                if isinstance(owner, Node) and np.shape(array) == owner.shape:
                    yield identity(owner), array


def recall(record: Record) -> dict[Any, Any]:
    """The values of the tensors of a record by `identity`, as far as they are known or can be computed again.

    The engine keeps small results, and large ones that a rule asks for. The others follow from their inputs, by the
    same forward function; not where a leaf was written since.
    """
    known = {identity(t._node): t._data for t in record.outputs if t._node is not None}
    for node in record.operations:
        known.update(saved(node))
    for node in record.operations:
        given = [_given(parent, known, node.birth) for parent in node.inputs]
        if node.value is not None:
            known[node] = node.value
        elif (node not in known or isinstance(node, Many)) and all(
            value is not None or parent is None for value, parent in zip(given, node.inputs)
        ):
            rest, options = node.__dict__.get("call", ((), {}))
            with np.errstate(all="ignore"):  # what it had to say it said the first time
                made = node.op.call(*([given] if node.op.variadic else given), *rest, **options)
            for key, part in [((node, i), p) for i, p in enumerate(made)] if isinstance(node, Many) else [(node, made)]:
                known.setdefault(key, part)
    return known


def _given(source: Any, known: dict[Any, Any], birth: int) -> Any:
    """The value that an input had for an operation of this birth, or None; noted in `known`."""
    if not isinstance(source, Node):
        return np.asarray(source) if isinstance(source, (list, tuple)) else source
    same = identity(source)
    if isinstance(source, Leaf):
        tensor = source.handle() if source.handle is not None else None
        if tensor is None or tensor._node is not source or source.written > birth:
            return None  # a rule may have kept what it was, but perhaps of another moment
        known.setdefault(same, tensor._data)
        return tensor._data
    if same not in known and source.value is not None:
        known[same] = source.value
    return known.get(same)
