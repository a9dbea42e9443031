"""Node: one recorded operation. Nodes and their inputs are the computation graph."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy import dtype, ndarray, sctypeDict

if TYPE_CHECKING:
    from .op import Op, Plan
    from .tensor import Tensor

births = itertools.count(1)  # creation order is a topological order: inputs are born before outputs
_dtypes = {kind: dtype(kind) for kind in set(sctypeDict.values())}  # faster than to ask the scalar
SMALL = 16  # results of up to this many elements, and their gradients, are remembered for drawings


class Node:
    """One recorded operation: its plan (the op, and which inputs carry a gradient), its inputs, what its rules need.

    `inputs` has one entry per input, in order: the node it came from, or for one that carries no gradient a description
    (a number or a constant Node); `parents` are those that do carry one. `saved` holds the values that their rules ask
    for, each once, in the order of `plan.names`; it is None once a sweep has freed it.
    """

    __slots__ = (
        "__dict__",
        "birth",
        "dtype",
        "grad",
        "inputs",
        "kind",
        "mark",
        "parents",
        "plan",
        "saved",
        "shape",
        "taps",
        "value",
    )
    name = ""  # rare attributes live in the lazily made __dict__: name, retained, call, line, scopes, seed
    retained = False

    def __init__(
        self, plan: Plan | None, inputs: tuple[Any, ...], parents: tuple[Node, ...], saved: Any, out: Any
    ) -> None:
        self.plan: Any = plan
        self.inputs = inputs
        self.parents = parents
        self.saved = saved
        self.birth = next(births)
        self.kind: Any = out.__class__  # of a NumPy scalar it says shape and dtype at once
        self.value = out
        if self.kind is ndarray:
            self.shape: Any = out.shape
            self.dtype: Any = out.dtype
            if out.size > SMALL:
                self.value = None
        else:
            self.shape = ()
            self.dtype = _dtypes[self.kind]
        self.grad: Any = None
        self.taps: list[Callable[[Any], Any]] | None = None  # hooks, called with the finished cotangent
        self.mark = 0  # the last walk that came by

    @property
    def op(self) -> Op | Any:
        """The operation; None of a leaf and of a constant."""
        return self.plan and self.plan.op

    @property
    def args(self) -> tuple[Any, ...] | None:
        """Per input, the values its rule asked for, or None where it carries no gradient; None when freed."""
        if self.plan is None or self.saved is None:
            return () if isinstance(self, Leaf) else None
        held = dict(zip(self.plan.names, self.saved))
        asks = enumerate(self.plan.needs)
        return tuple(tuple(held[n] for n in self.op.asks_of(i)) if need else None for i, need in asks)

    @property
    def edges(self) -> list[tuple[Node, int, tuple[Any, ...]]] | None:
        """(input's node, its position, saved values) of each input that carries a gradient; None when freed."""
        if self.args is None:
            return None
        return [(self.inputs[i], i, args) for i, args in enumerate(self.args) if args is not None]

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the call by name, such as axis: for drawings and for replaying the record."""
        rest, options = self.__dict__.get("call", ((), {}))
        return {**dict(zip(self.op.parameters[self.op.count :], rest)), **options}


class Leaf(Node):
    """A node without an op: a Tensor that asked for a gradient. `written` is when its data last changed.

    `handle` refers back to that Tensor weakly, so that a drawing can show its present value without a cycle.
    """

    __slots__ = ("handle", "written")

    def __init__(self, data: Any) -> None:
        super().__init__(None, (), (), None, data)
        self.value = None  # a leaf may be written in place: what was small and true could go stale
        self.handle: weakref.ref[Tensor] | None = None
        self.written = 0


class Many(Node):
    """A node with several outputs (`svd`): `shape` and `dtype` are tuples, its cotangent a list."""

    __slots__ = ()

    def __init__(self, plan: Plan, inputs: tuple[Any, ...], parents: tuple[Node, ...], saved: Any, out: Any) -> None:
        super().__init__(plan, inputs, parents, saved, out[0])
        self.kind = tuple
        self.shape = tuple(o.shape for o in out)
        self.dtype = tuple(o.dtype for o in out)
        self.value = None


class Output(Node):
    """One of the outputs of a `Many`, its only input."""

    __slots__ = ("index",)

    def __init__(self, node: Node, index: int, out: Any) -> None:
        super().__init__(node.op.passed, (node,), (node,), (), out)
        self.index = index

    @property
    def args(self) -> tuple[Any, ...] | None:
        """Its rule asks for nothing."""
        return None if self.saved is None else ((),)
