"""Node: one recorded operation. Nodes and their edges are the computation graph."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy import ndarray

if TYPE_CHECKING:
    from .core import Tensor

births = itertools.count(1)  # creation order is a topological order: inputs are born before outputs
SMALL = 16  # results of up to this many elements are remembered for drawings


class Node:
    """One recorded operation: its op, its inputs' nodes and what its rules asked to keep.

    `inputs` has one entry per input, in order: the node it came from, or for an input that carries no
    gradient a description (a number or a constant Node). `args` runs parallel: the values that input's
    rule asked for, or None where no gradient is needed. The sweep sets `args` to None to free them.
    """

    __slots__ = ("__dict__", "args", "birth", "dtype", "grad", "inputs", "kind", "op", "shape", "taps", "value")
    name = ""  # rare attributes live in the lazily made __dict__: name, retained, call, trace
    retained = False

    def __init__(self, op: Any, inputs: tuple[Any, ...], args: Any, out: Any) -> None:
        self.op = op
        self.inputs = inputs
        self.args = args
        self.kind = kind = out.__class__  # of a NumPy scalar it says shape and dtype at once
        self.dtype: Any = out.dtype
        self.birth = next(births)
        if kind is ndarray:
            self.shape: Any = out.shape
            self.value = out if out.size <= SMALL else None
        else:
            self.shape = ()
            self.value = out
        self.grad: Any = None
        self.taps: list[Callable[[Any], Any]] | None = None  # hooks, called with the finished cotangent

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the call by name, such as axis: for drawings and for replaying the record."""
        rest, options = self.__dict__.get("call", ((), {}))
        return {**dict(zip(self.op.parameters[(1 if self.op.variadic else len(self.op.inputs)) :], rest)), **options}


class Leaf(Node):
    """A node without an op: a Tensor that asked for a gradient. `written` is when its data last changed.

    `handle` refers back to that Tensor weakly, so that a drawing can show its present value without a cycle.
    """

    __slots__ = ("handle", "written")

    def __init__(self, data: Any) -> None:
        super().__init__(None, (), (), data)
        self.value = None  # a leaf may be written in place: what was small and true could go stale
        self.handle: weakref.ref[Tensor] | None = None
        self.written = 0


class Many(Node):
    """A node with several outputs (`svd`): `shape` and `dtype` are tuples, its cotangent a list."""

    __slots__ = ()

    def __init__(self, op: Any, inputs: tuple[Any, ...], args: Any, outputs: tuple[Any, ...]) -> None:
        super().__init__(op, inputs, args, outputs[0])
        self.kind = tuple
        self.shape = tuple(o.shape for o in outputs)
        self.dtype = tuple(o.dtype for o in outputs)
        self.value = None


class Output(Node):
    """One of the outputs of a `Many`, its only input."""

    __slots__ = ("index",)

    def __init__(self, node: Node, index: int, out: Any) -> None:
        super().__init__(node.op, (node,), ((),), out)
        self.index = index
