"""Node: one recorded operation. Nodes and their edges are the computation graph."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy import dtype, ndarray, sctypeDict

if TYPE_CHECKING:
    from .tensor import Tensor

Edge = tuple["Node", int, tuple[Any, ...]]
births = itertools.count(1)  # creation order is a topological order: inputs are born before outputs
_dtypes = {kind: dtype(kind) for kind in set(sctypeDict.values())}  # faster than to ask the scalar
SMALL = 16  # results of up to this many elements are remembered for drawings


class Node:
    """One recorded operation: its op, its inputs' nodes and what its rules asked to keep.

    `inputs` has one entry per input, in order: the node it came from, or for an input that carries no
    gradient a description (a number or a constant Node). `edges` has one entry per input that does carry one,
    (its node, its position, the values its rule asked for), and is None once the sweep has freed them.
    """

    __slots__ = (
        "__dict__",
        "birth",
        "dtype",
        "edges",
        "grad",
        "inputs",
        "kind",
        "mark",
        "op",
        "shape",
        "taps",
        "value",
    )
    name = ""  # rare attributes live in the lazily made __dict__: name, retained, call, line, scopes, seed
    retained = False

    def __init__(self, op: Any, inputs: tuple[Any, ...], edges: tuple[Edge, ...] | None, out: Any) -> None:
        self.op = op
        self.inputs = inputs
        self.edges = edges
        self.birth = next(births)
        self.kind = kind = out.__class__  # of a NumPy scalar it says shape and dtype at once
        self.value = out
        if kind is ndarray:
            self.shape: Any = out.shape
            self.dtype: Any = out.dtype
            if out.size > SMALL:
                self.value = None
        else:
            self.shape = ()
            self.dtype = _dtypes[kind]
        self.grad: Any = None
        self.taps: list[Callable[[Any], Any]] | None = None  # hooks, called with the finished cotangent
        self.mark = 0  # the last walk that came by

    @property
    def args(self) -> tuple[Any, ...] | None:
        """Per input, the values its rule asked for, or None where it carries no gradient; None when freed."""
        if self.edges is None:
            return None
        by_position = {position: args for _, position, args in self.edges}
        return tuple(by_position.get(i) for i in range(len(self.inputs)))

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the call by name, such as axis: for drawings and for replaying the record."""
        rest, options = self.__dict__.get("call", ((), {}))
        return {**dict(zip(self.op.parameters[(1 if self.op.variadic else len(self.op.inputs)) :], rest)), **options}


class Leaf(Node):
    """A node without an op: a Tensor that asked for a gradient. `written` is when its data last changed.

    `added` is when `grad` was last added to, and `carried` how often it was read, and the data changed, before more
    was added.
    `handle` refers back to that Tensor weakly, so that a drawing can show its present value without a cycle.
    """

    __slots__ = ("added", "carried", "handle", "written")

    def __init__(self, data: Any) -> None:
        super().__init__(None, (), (), data)
        self.value = None  # a leaf may be written in place: what was small and true could go stale
        self.handle: weakref.ref[Tensor] | None = None
        self.written = self.added = self.carried = 0


class Many(Node):
    """A node with several outputs (`svd`): `shape` and `dtype` are tuples, its cotangent a list."""

    __slots__ = ()

    def __init__(self, op: Any, inputs: tuple[Any, ...], edges: tuple[Edge, ...] | None, outputs: Any) -> None:
        super().__init__(op, inputs, edges, outputs[0])
        self.kind = tuple
        self.shape = tuple(o.shape for o in outputs)
        self.dtype = tuple(o.dtype for o in outputs)
        self.value = None


class Output(Node):
    """One of the outputs of a `Many`, its only input."""

    __slots__ = ("index",)

    def __init__(self, node: Node, index: int, out: Any) -> None:
        super().__init__(node.op, (node,), ((node, 0, ()),), out)
        self.index = index
