"""From the engine's record to a plain list of boxes, ellipses and edges: what is drawn, not how.

Two graphs that were computed alike give equal pictures. So keys are counted, operations in the order they were
recorded and leaves in the order of their first use; they are never birth numbers, which differ from run to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

import numpy as np

from ..core import Tensor
from ..node import Leaf, Many, Node, Output

PARAMETER, CONSTANT, RESULT, OUTPUT = "parameter", "constant", "result", "output"
# In a drawing of more than MANY operations an arrow passes at most FAR of them: the time for the layout grows with
# the length of all arrows, and a weight that is used in a hundred time steps would take minutes.
MANY, FAR = 100, 20
COMMUTATIVE = frozenset(("add", "multiply", "maximum", "minimum", "logaddexp", "hypot"))


@dataclass(frozen=True, slots=True)
class Box:
    """A tensor. `value` and `grad` are arrays, or None where the engine remembers none; `note` is a remark on it."""

    key: str
    kind: str
    name: str
    shape: tuple[int, ...]
    dtype: Any
    value: Any = None
    grad: Any = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An operation: its symbol, and the parameters it was called with."""

    key: str
    label: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow; `label` is the name of the operation's input, where the order of the inputs matters."""

    source: str
    target: str
    label: str = ""


@dataclass(slots=True)
class Picture:
    """What is drawn. `swept` tells whether a backward passed through it, `total` counts all its operations."""

    shapes: list[Box | Ellipse] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    total: int = 0
    swept: bool = False

    @property
    def boxes(self) -> list[Box]:
        """The tensors."""
        return [s for s in self.shapes if isinstance(s, Box)]

    @property
    def ellipses(self) -> list[Ellipse]:
        """The operations."""
        return [s for s in self.shapes if isinstance(s, Ellipse)]


def picture(outputs: Sequence[Tensor], max_nodes: int) -> Picture:
    """Lay out the record behind `outputs`: all of it, or its `max_nodes` newest operations.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> p = picture([x * x + x], max_nodes=400)
    >>> [s.label if isinstance(s, Ellipse) else s.name or s.kind for s in p.shapes]
    ['x', '×', 'result', '+', 'output']
    >>> len(p.edges)
    6
    """
    roots: list[Any] = [t._node for t in outputs]
    operations, parts = _operations(roots)
    kept = operations[-max_nodes:]  # each has a consumer that is newer, so these hang together
    builder = _Builder(kept, parts, outputs)
    for node in kept:
        builder.add(node)
    for root in roots:
        builder.box_of(root)  # an output may be a bare leaf
    # a sweep frees what it passed, and with retain_graph it still leaves the small gradients behind
    swept = any(node.args is None or node.grad is not None for node in kept or roots)
    return Picture(builder.shapes, builder.edges, len(operations), swept)


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


def _identity(node: Node) -> Any:
    """What makes two nodes the same tensor: order-2 sweeps make a further Output for the same output."""
    return (node.inputs[0], node.index) if isinstance(node, Output) else node


class _Builder:
    """Makes shapes and edges, operation by operation, and remembers which node has which box."""

    def __init__(self, kept: Sequence[Node], parts: dict[Node, list[Output]], outputs: Sequence[Tensor]) -> None:
        self.shapes: list[Box | Ellipse] = []
        self.edges: list[Edge] = []
        self._parts = parts
        self._rank = 0
        self._boxes: dict[Any, Box] = {}  # where each tensor was drawn last
        self._depths: dict[Any, int] = {}  # and how many operations in a row stand above that box
        self._counts: dict[str, int] = {}
        self._values = {_identity(t._node): t._data for t in outputs if t._node is not None}
        self._outputs = set(self._values)
        self._far = FAR if len(kept) > MANY else len(kept)
        self._newest = kept[-1].birth if kept else 0
        for node in kept:
            self._values.update(_saved(node))

    def add(self, node: Node) -> None:
        """Draw one operation: before it those of its inputs that are not drawn yet, after it what it made."""
        self._rank += 1
        key, made = f"op{self._rank}", f"t{self._rank}"
        depth = max((self._depths.get(_identity(p), 0) for p in node.inputs if isinstance(p, Node)), default=0)
        given = [(i, p, name) for i, (p, name) in enumerate(zip(node.inputs, _input_names(node)), 1) if p is not None]
        sources = [self.box_of(parent, f"{key}in{i}", depth) for i, parent, _ in given]
        self.shapes.append(Ellipse(key, node.op.label, node.params))
        self.edges += [Edge(source, key, name) for source, (_, _, name) in zip(sources, given)]
        if not isinstance(node, Many):
            self.edges.append(Edge(key, self._result(node, made, depth + 1)))
            return
        for part in self._parts[node]:
            if _identity(part) not in self._boxes:
                result = self._result(part, f"{made}out{part.index + 1}", depth + 1)
                self.edges.append(Edge(key, result, f"[{part.index}]"))

    def box_of(self, source: Any, key: str = "", depth: int = 0) -> str:
        """The key of the box of an operation's input, drawn now if it has none near; `key` is for one of its own."""
        if not isinstance(source, Node):
            value = np.asarray(source) if isinstance(source, (list, tuple)) else source
            self.shapes.append(Box(key, CONSTANT, "", np.shape(value), getattr(value, "dtype", None), value))
            return key
        identity = _identity(source)
        known = self._boxes.get(identity)
        if known is not None and depth - self._depths[identity] <= self._far:
            return known.key
        if known is not None:  # a reminder beside its use reads better than an arrow over many pages
            value = None if known.name else known.value
            return self._box(source, replace(known, key=key, value=value, grad=None, note="drawn earlier"), depth)
        if source.op is None:
            return self._leaf(source, depth)
        return self._result(source, self._count("early"), depth, "computed earlier")  # its operation is left out

    def _leaf(self, node: Node, depth: int) -> str:
        kind = PARAMETER if isinstance(node, Leaf) else CONSTANT
        tensor = node.handle() if isinstance(node, Leaf) and node.handle is not None else None
        if tensor is not None and tensor._node is node:
            value = tensor._data
        else:
            value = self._values.get(node, node.value)
        stale = isinstance(node, Leaf) and 0 < self._newest < node.written
        key = self._count("leaf" if kind is PARAMETER else "const")
        return self._new(node, key, kind, value, "written since" if stale else "", depth)

    def _result(self, node: Node, key: str, depth: int, note: str = "") -> str:
        identity = _identity(node)
        kind = OUTPUT if identity in self._outputs else RESULT
        value = node.value if node.value is not None else self._values.get(identity)
        return self._new(node, key, kind, value, note, depth)

    def _new(self, node: Node, key: str, kind: str, value: Any, note: str, depth: int) -> str:
        grad = node.grad._data if isinstance(node.grad, Tensor) else node.grad
        return self._box(node, Box(key, kind, node.name, node.shape, node.dtype, value, grad, note), depth)

    def _box(self, node: Node, box: Box, depth: int) -> str:
        self.shapes.append(box)
        self._boxes[_identity(node)] = box
        self._depths[_identity(node)] = depth
        return box.key

    def _count(self, prefix: str) -> str:
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}{self._counts[prefix]}"


def _input_names(node: Node) -> list[str]:
    """The names of a node's inputs where a reader needs them; for a + b either order means the same."""
    op, count = node.op, len(node.inputs)
    if count < 2 or op.variadic or op.name in COMMUTATIVE:
        return [""] * count
    if op.inputs == ("a", "b"):  # NumPy's placeholders; a tensor may well be called b and stand on the left
        return ["left", "right"]
    return [op.input_name(i) for i in range(count)]


def _saved(node: Node) -> Iterator[tuple[Any, Any]]:
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
                    yield _identity(owner), array
