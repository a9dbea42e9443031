"""Picture: a plain list of boxes, ellipses, blocks, frames and arrows. It says what is drawn, not how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from ..engine.node import Node
from ..engine.types import Dtype, Shape
from .record import Key
from .text import Shown


@dataclass(frozen=True, slots=True)
class Box:
    """A tensor. `value` and `grad` are arrays or Sights, or None where none is known; `note` is a remark on it."""

    key: str
    kind: str
    name: str
    shape: Shape
    dtype: Dtype | None
    tensor: Key = field(compare=False, repr=False)
    value: Shown | None = None
    grad: Shown | None = None
    note: str = ""
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An operation: its symbol, and the parameters it was called with; `module`: the one that consists of it alone."""

    kind: ClassVar[str] = "operation"
    grad: ClassVar[None] = None
    key: str
    label: str
    params: dict[str, object]
    cluster: int | None
    node: Node = field(compare=False, repr=False)
    module: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Operations behind one box: of a module that is not opened, or the earliest of a record that is too long.

    `settings` are those of the module; `parameters` are all elements of those behind it, frozen ones too; `grad` is the
    norm of their gradients, and `mark` the worst that is remarkable about one of these: nan, inf, exploding, zero, or
    nothing.
    """

    kind: ClassVar[str] = "block"
    key: str
    label: str
    operations: int
    settings: str = ""
    parameters: int = 0
    shape: Shape = ()
    grad: float | None = None
    mark: str = ""
    cluster: int | None = None


Drawn: TypeAlias = Box | Ellipse | Block


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow; `label` is the name of the operation's input, where the order of the inputs matters.

    `formula` is the rule by which the gradient goes back along it, `term` what it brought; `loop`: to the next run.
    """

    source: str
    target: str
    label: str = ""
    formula: str = ""
    term: Shown | None = None
    kind: str = ""  # "" or "loop" (to the next run of a repeat)
    kept: bool = False  # whether the operation keeps the tensor for backward
    side: str = ""  # left or right: of its operation, where what it begins at stands in the same row
    spine: bool = False  # whether it is part of the longest way through the picture


@dataclass(frozen=True, slots=True)
class Cluster:
    """A frame around what belongs together; `parent` is the place of the one around it, or None; `repeat`: of runs."""

    label: str
    parent: int | None
    depth: int
    repeat: bool = False


@dataclass(slots=True)
class Picture:
    """What is drawn. `swept` tells whether a backward passed through it, `total` counts all its operations.

    `where` has the key of the shape that stands for each operation, `stands` of those in later runs of a repeat the one
    that is drawn, `cuts` the remarks on what was collapsed, `when` what the title says instead of a time.
    """

    shapes: list[Drawn] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    where: dict[Node, str] = field(default_factory=dict)
    stands: dict[Node, Node] = field(default_factory=dict)
    total: int = 0
    swept: bool = False
    freed: bool = False
    cuts: list[str] = field(default_factory=list)
    when: str = ""

    def inside(self, cluster: int | None) -> list[Drawn]:
        """The shapes directly in a frame, those of the spine first: Graphviz begins with them."""
        spine = {key for edge in self.edges if edge.spine for key in (edge.source, edge.target)}
        return sorted((s for s in self.shapes if s.cluster == cluster), key=lambda shape: shape.key not in spine)

    @property
    def rows(self) -> dict[str, list[str]]:
        """Of each operation that has something beside it all that shares its row, from left to right."""
        rows: dict[str, list[str]] = {}
        for edge in self.edges:
            if edge.side:
                row = rows.setdefault(edge.target, [edge.target])
                row.insert(0 if edge.side == "left" else len(row), edge.source)
        return rows

    @property
    def boxes(self) -> list[Box]:
        """The tensors."""
        return [s for s in self.shapes if isinstance(s, Box)]

    @property
    def ellipses(self) -> list[Ellipse]:
        """The operations."""
        return [s for s in self.shapes if isinstance(s, Ellipse)]

    @property
    def blocks(self) -> list[Block]:
        """The groups of operations behind one box."""
        return [s for s in self.shapes if isinstance(s, Block)]
