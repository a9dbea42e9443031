"""Record: what the engine noted behind some outputs, read once, for all that is drawn, played or explained of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np

from ..engine.errors import GraphError
from ..engine.node import Leaf, Many, Node, Output
from ..engine.tensor import Tensor
from ..engine.types import Array
from ..watch.lines import assigned
from ..watch.memory.buffers import arrays, held, root
from .structure import Call, Item, Names, calls, fold, names_of, operations, scopes_of, tree

Key: TypeAlias = Node | tuple[Node, int]  # what is one tensor: see `identity`
PARAMETER, INPUT, CONSTANT, RESULT, OUTPUT = "parameter", "input", "constant", "result", "output"


@dataclass
class Record:
    """The record behind some outputs, read once: operations oldest first, the tree they form, and their names."""

    roots: list[Node]
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

    def seeds(self) -> list[Array | None]:
        """What a sweep came to each output with, as far as the engine remembers; None where none came."""
        return [root.__dict__.get("seed", None if root.op is None else root.grad) for root in self.roots]

    def kind(self, node: Node) -> str:
        """What a reader takes a tensor for."""
        if node.op is not None:
            return OUTPUT if identity(node) in self.ends else RESULT
        if isinstance(node, Leaf):
            return PARAMETER
        return INPUT if node.shape or node.name else CONSTANT

    def made(self, node: Node) -> list[Node]:
        """The tensors that an operation made: of several outputs those that were used, each once and in order."""
        return list({part.index: part for part in self.parts[node]}.values()) if isinstance(node, Many) else [node]

    @cached_property
    def ends(self) -> set[Key]:
        """The outputs."""
        return set(map(identity, self.roots))

    @cached_property
    def homes(self) -> dict[Node, Call]:
        """Of each operation that a module's call made the innermost such call."""
        return {node: call for call in calls(self.items) for node in operations(call.items)}

    @cached_property
    def kept(self) -> dict[Node, int]:
        """The bytes that each operation keeps for backward, an array at the first that does; not leaves and inputs."""
        seen = {
            id(root(array))
            for node in self.operations
            for key, array in saved(node)
            if isinstance(key, Node) and key.op is None and isinstance(array, np.ndarray)
        }
        seen |= {id(root(array)) for node in self.operations for array in arrays(node.__dict__.get("call"))}
        found = {}
        for node in self.operations:
            mine = {id(owner): owner.nbytes for owner in map(root, held(node)) if id(owner) not in seen}
            seen |= set(mine)
            found[node] = sum(mine.values())
        return found

    @cached_property
    def values(self) -> dict[Key, Array]:
        """The values of its tensors by `identity`, as far as they are known or can be computed again.

        The engine keeps small results, and large ones that a rule asks for. The others follow from their inputs, by the
        same forward function; not where a leaf was written since.
        """
        known: dict[Key, Array] = {identity(node): t._array for node, t in zip(self.roots, self.outputs)}
        for node in self.operations:
            known.update(saved(node))
            for made in self.made(node):
                if made.value is not None:
                    known[identity(made)] = made.value
        for node in self.operations:
            given = [_given(parent, known, node.birth) for parent in node.inputs]
            lost = any(value is None and parent is not None for value, parent in zip(given, node.inputs))
            if lost or node in known:
                continue
            rest, options = node.__dict__.get("call", ((), {}))
            with np.errstate(all="ignore"):  # what it had to say it said the first time
                found = node.op.call(*([given] if node.op.variadic else given), *rest, **options)
            parts = [((node, i), part) for i, part in enumerate(found)] if isinstance(node, Many) else [(node, found)]
            for key, part in parts:
                known.setdefault(key, part)
        return known


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


def read(outputs: Sequence[Tensor], model: Any = None, collapse_repeats: bool = True, own: bool = True) -> Record:
    """Read the record behind `outputs`, and sort it into the module calls and repeats that it consists of.

    Raises TypeError for a `model` that is none, and ValueError for one that has no part in the record, but where it
    need not be its `own`.
    """
    roots = [t._node for t in outputs if t._node is not None]
    found, parts = below(roots)
    scopes = scopes_of([*found, *(part for used in parts.values() for part in used)])
    names = names_of(scopes, model)
    if model is not None and own:
        called = {id(scope.module()) for scope in scopes} & {id(module) for _, module in model.named_modules()}
        used = {parent for node in found for parent in node.inputs if isinstance(parent, Leaf)}
        if not called and used.isdisjoint(tensor._node for _, tensor in model.named_parameters()):
            raise ValueError(f"model={type(model).__name__}(...) has no part in this record: is it another model?")
    for node, following in zip(found, (*found[1:], None)):
        if name := assigned(node, following):
            names.leaves.setdefault(node, name)
    items = tree(found, scopes, names)
    return Record(roots, outputs, found, parts, names, fold(items, len(found)) if collapse_repeats else items)


def below(roots: Iterable[Node]) -> tuple[list[Node], dict[Node, list[Output]]]:
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


def identity(node: Node) -> Key:
    """What makes two nodes the same tensor: order-2 sweeps make a further Output for the same output."""
    return (node.inputs[0], node.index) if isinstance(node, Output) else node


def plain(node: Node, position: int) -> Key:
    """The identity of a plain number that an operation is given: none of its outputs has a place below 0."""
    return node, -1 - position


def present(node: Node) -> Array | None:
    """The value that a leaf has now; None where its Tensor is gone, or took another leaf's place."""
    tensor = node.handle() if isinstance(node, Leaf) and node.handle is not None else None
    return tensor._array if tensor is not None and tensor._node is node else None


def saved(node: Node) -> Iterator[tuple[Key, Array]]:
    """The arrays that a node keeps for its rules until a sweep frees them, each with the tensor it belongs to."""
    op = node.op
    owners = dict(zip(op.inputs, node.inputs)) | ({} if isinstance(node, Many) else {"y": node})
    for position, args in enumerate(node.args or ()):
        for name, value in zip(op.asks_of(position), args or ()):
            for owner, array in zip(node.inputs, value) if name == op.variadic else [(owners.get(name), value)]:
                if isinstance(owner, Node) and np.shape(array) == owner.shape:
                    yield identity(owner), array


def _given(source: object, known: dict[Key, Array], birth: int) -> object:
    """The value that an input had for an operation of this birth, or None; noted in `known`."""
    if not isinstance(source, Node):
        return np.asarray(source) if isinstance(source, (list, tuple)) else source
    same = identity(source)
    if isinstance(source, Leaf):
        # written since, a rule may have kept what it was, but perhaps of another moment
        value = present(source) if source.written <= birth else None
        if value is not None:
            known.setdefault(same, value)
        return value
    if same not in known and source.value is not None:
        known[same] = source.value
    return known.get(same)
