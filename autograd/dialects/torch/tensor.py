"""Tensor: PyTorch's handle around one of the engine's. A view remembers its base, so that a write reaches it.

The engine, `nn` and `optim` see their own Tensors only, and a program sees these only: `inward` wraps a function of
theirs for a program, `outward` one of a program's for them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, ValuesView
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from ... import ops
from ...engine.modes import default, enable_grad, no_grad
from ...engine.node import Leaf, Node
from ...engine.tensor import Tensor as Raw
from .absent import missing
from .table import values

Function = Callable[..., Any]
inside: ContextVar[bool] = ContextVar("inside", default=False)  # whether the engine's side of the room is running
kinds: dict[type, type] = {}  # which handle the engine's own kinds of Tensor get


class Size(tuple[int, ...]):
    """A shape."""

    def numel(self) -> int:
        """The number of elements."""
        return int(np.prod(self))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


class device(str):
    """Where a Tensor is: on the CPU, as everything here."""

    index, type = None, property(str)

    def __new__(cls, name: Any = "cpu", index: int = 0) -> device:
        """The CPU, or an error that says that there is nothing else."""
        if str(name).split(":")[0] != "cpu":
            raise missing(f"device {name!r}")
        return str.__new__(cls, "cpu")

    def __repr__(self) -> str:
        return "device(type='cpu')"


@dataclass(frozen=True)
class Step:
    """A `grad_fn`: a recorded operation, and those before it."""

    node: Node
    name = lambda self: self.node.op.name if self.node.op else "AccumulateGrad"
    next_functions = property(lambda self: tuple((Step(n), 0) for n in self.node.parents))
    __repr__ = lambda self: f"<{self.name()}>"

    def __getattr__(self, name: str) -> Any:
        raise missing(f"grad_fn.{name}")


class View(NamedTuple):
    """How a view comes from its base, and how what is written to it gets back."""

    base: Callable[[], Tensor | None]
    get: Function
    put: Function
    cut: bool = False  # from the graph


def picking(index: Any) -> tuple[Function, Function]:
    """How a part is got, and put back."""
    return lambda x: x[index], lambda whole, part: ops.setitem(whole, part, index)


def _scattered(get: Function, whole: Raw, part: Raw) -> Any:
    """The whole with a part put back that `get` takes: where the number of each of its elements says."""
    where = get(np.arange(whole.size).reshape(whole.shape))
    if np.unique(where).size < where.size:
        raise RuntimeError("in-place write to an expanded Tensor, whose elements share memory; .clone() it first")
    return ops.reshape(ops.setitem(ops.reshape(whole, (-1,)), part, where), whole.shape)


_detached = lambda x: x.detach() if isinstance(x, Raw) else x
_BASIC = (bool, slice, type(None), type(...))  # of an index, beside numbers


class Tensor:
    """PyTorch's Tensor. `native` is the engine's, for what is not of this dialect, such as `autograd.viz`."""

    __slots__ = ("__dict__", "__weakref__", "_held", "_seen", "_view")
    __array_priority__ = 1000.0
    _held: Raw
    _view: View | None
    _seen: tuple[Any, int, bool]
    _was: tuple[Tensor, ...] = ()  # what it was before it became another view in place: the base of earlier views
    device = device()
    layout = "torch.strided"
    is_cuda = is_xpu = is_mps = is_sparse = is_quantized = False

    def __new__(cls, *data: Any) -> Any:
        """PyTorch's oldest constructor: of values, or of sizes."""
        sizes = bool(data) and all(isinstance(n, int) for n in data)
        values = np.zeros(data or 0) if sizes or not data else data[0]
        return wrapped(Raw(native(values), dtype=default.get()))

    def __init__(self, *data: Any, **options: Any) -> None:
        """Nothing: `__new__` made it."""

    _base = property(lambda self: self._view and self._view.base())

    @property
    def native(self) -> Raw:
        """The engine's Tensor, as its base now is."""
        view, base = self._view, self._base
        if view is not None and base is not None:
            state = base._state()
            if state[0] is not self._seen[0] or state[1] != self._seen[1]:
                # what a write made depend on something has views that do so, too; but not one that no_grad() made
                with no_grad() if self._seen[2] and not self._held.requires_grad else enable_grad():
                    self._held, self._seen = view.get(base.native), state
        return self._held

    def _state(self) -> tuple[Any, int, bool]:
        """What is another as soon as somebody writes: here, or an optimizer; and whether it is recorded."""
        held = self.native
        return held._array, held._node.written if isinstance(held._node, Leaf) else 0, held.requires_grad

    def viewed(self, get: Function, put: Any = None, made: Raw | None = None, cut: bool = False) -> Tensor:
        """A view: `get` of this Tensor, which `made` is where somebody has it already."""
        held, time = self.native, len(self._was)
        # one that is cut must not keep a graph alive
        weak = cut and held._node is not None and not isinstance(held._node, Leaf)
        find: Callable[[], Tensor | None] = weakref.ref(self) if weak else lambda: self
        view = wrapped(get(held) if made is None else made, new=True)
        base = lambda: None if (own := find()) is None else (*own._was, own)[time]
        view._view = View(base, get, put or partial(_scattered, get), cut)
        view._seen = self._state()
        return view

    def become(self, get: Function) -> Tensor:
        """Be a view of what this Tensor was, as `x.t_()` does: views made before are still of that."""
        if self.requires_grad and self.is_leaf:
            raise RuntimeError("a leaf that requires a gradient cannot become another view in place; write y = x.t()")
        view = self._left().viewed(get)
        self._held, self._view, self._seen = view._held, view._view, view._seen
        return self

    def _left(self) -> Tensor:
        """Another handle for what this Tensor is so far, which the views of it stay with."""
        old = object.__new__(type(self))
        old._held, old._view, old._was = self.native, self._view, self._was
        old._seen = (None, 0, True) if self._view is None else self._seen
        self._was = (*self._was, old)
        return old

    def lying(self) -> Any:
        """An array that lies in memory as PyTorch's would: whether it is contiguous decides what is a view."""
        view, base = self._view, self._base
        return self._held._array if view is None or base is None else view.get(base.lying())

    def write(self, value: Any) -> Tensor:
        """Take over a value of the same shape, as in-place operations do; through a view, its base does."""
        held = self.native
        value = value if isinstance(value, Raw) else Raw(value)
        view, base = self._view, self._base
        if view is None or base is None:
            lay = held._array
            held.rebind(value)
            if isinstance(lay, np.ndarray) and held._array.strides != lay.strides:  # elements stay where they are
                lay = np.empty_like(lay)
                lay[...] = held._array
                held._array = lay
        elif view.cut:
            with no_grad():
                base.write(value)
        else:
            base.write(view.put(base.native, ops.broadcast_to(value, held.shape)))
        return self

    # what it is

    def _get_data(self) -> Tensor:
        return self.viewed(_detached, lambda whole, part: part, cut=True)

    def _set_data(self, value: Tensor) -> None:
        self._left()._held = self.native.detach()  # where views of the old values stay
        if self._view is not None:
            self._held, self._view = self._held.detach(), None
        with no_grad():
            self.native.data = native(value)._array

    data = property(_get_data, _set_data)
    detach = _get_data
    shape = property(lambda self: Size(self.native.shape))
    dtype, ndim, is_leaf = (property(attrgetter(f"native.{name}")) for name in ("dtype", "ndim", "is_leaf"))
    grad_fn = property(lambda self: None if self.is_leaf else Step(self.native._node))

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one length of it."""
        return self.shape if dim is None else self.shape[dim]

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient, or no longer."""
        self.native.requires_grad = requires_grad
        return self

    requires_grad = property(attrgetter("native.requires_grad"), requires_grad_)
    grad = property(lambda self: wrapped(self.native.grad), lambda self, g: setattr(self.native, "grad", native(g)))

    def detach_(self) -> Tensor:
        """Cut it from its graph, for good."""
        self._held, self._view = self.native.detach(), None
        return self

    def register_hook(self, hook: Function) -> SimpleNamespace:
        """Call `hook` with the gradient, which what it returns replaces."""
        return SimpleNamespace(remove=self.native.register_hook(outward(hook)))

    def __getitem__(self, index: Any) -> Tensor:
        first, then = phases(index)
        part = self if first is None else self.viewed(*picking(first))
        return part if then is None else wrapped(part.native[then])

    def __setitem__(self, index: Any, value: Any) -> None:
        first, then = phases(index)
        part = self if first is None or then is None else self.viewed(*picking(first))
        held, index, value = part.native, first if then is None else then, native(value)
        if isinstance(value, Raw) and value.shape[:1] == (1,):  # lengths of 1 in front that the part has not
            extra = max(0, value.ndim - held[index].ndim)
            value = ops.reshape(value, value.shape[extra:]) if value.shape[:extra] == (1,) * extra else value
        part.write(ops.setitem(held, value, index))

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind())

    def __getattr__(self, name: str) -> Any:
        raise missing(f"Tensor.{name}", dir(type(self)))

    # leaving

    def numpy(self, force: bool = False) -> Any:
        """The values as an array that cannot be written to: a write would not reach every view of this Tensor."""
        array = np.asarray(self.native.data).view()
        array.flags.writeable = False
        return array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.native.__array__(dtype, copy)

    def __array_wrap__(self, array: Any, *context: Any) -> Any:
        return wrapped(Raw(array))

    def __repr__(self) -> str:
        held = self.native
        text = np.array2string(np.asarray(held._array), separator=", ", prefix="tensor(", threshold=1000, precision=4)
        notes = [] if held.dtype in (np.float32, np.int64, np.bool_) else [f"dtype=torch.{held.dtype}"]
        if held._node is not None:
            notes += ["requires_grad=True"] if held.is_leaf else [f"grad_fn=<{held._node.op.name}>"]
        return f"tensor({', '.join([text, *notes])})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if not self.shape else format(repr(self), spec)

    def __reduce__(self) -> Any:
        return wrapped, (self.native,)

    __hash__ = object.__hash__


def indexed(index: Any) -> Any:
    """An index as NumPy takes it: Tensors inside are arrays, those of one integer numbers, bytes masks."""
    if isinstance(index, (tuple, list)):
        return type(index)(map(indexed, index))
    if isinstance(index, Tensor):
        held = values(index.native)
        held = held.astype(bool) if held.dtype == np.uint8 else held
        return int(held) if held.ndim == 0 and held.dtype.kind in "iu" and not isinstance(held, Raw) else held
    return index


def phases(index: Any) -> tuple[Any, Any]:
    """An index in two, each None where it does nothing: one that gives a view, then one that picks by arrays."""
    several = isinstance(index, list) and any(np.iterable(p) or isinstance(p, (Tensor, *_BASIC[1:])) for p in index)
    index = indexed(tuple(index) if several else index)
    parts = index if isinstance(index, tuple) else (index,)
    numbers = [isinstance(p, (int, np.integer)) and not isinstance(p, bool) for p in parts]
    basic = [number or isinstance(p, _BASIC) for p, number in zip(parts, numbers)]
    if all(basic) or not any(numbers):
        return (parts if index is None else index, None) if all(basic) else (None, index)
    # NumPy takes numbers for arrays, and puts the axis of these in front where a slice stands between
    axes = [p.ndim if getattr(p, "dtype", None) == np.bool_ else 1 for p in parts]
    first = [(p,) if plain else (slice(None),) * n for p, plain, n in zip(parts, basic, axes)]
    then = [slice(None) if plain and p is not ... else p for p, plain, n in zip(parts, basic, numbers) if not n]
    return sum(first, ()), tuple(then)


def native(value: Any) -> Any:
    """The engine's Tensors in the place of ours, also in tuples, lists, dicts and iterators."""
    if isinstance(value, Tensor):
        held = value.native
        if value._view is not None or isinstance(held._node, Leaf):  # on the other side it is this one, too
            held.__dict__["torch"] = weakref.ref(value)
        return held
    return map(native, value) if isinstance(value, (Iterator, ValuesView)) else each(native, value)


def wrapped(value: Any, new: bool = False) -> Any:
    """Our Tensors in the place of the engine's, also in tuples, lists, dicts and iterators."""
    if isinstance(value, Raw):
        known = None if new else value.__dict__.get("torch")
        known = known() if isinstance(known, weakref.ref) else known
        if known is not None and known._held is value:
            return known
        kind = kinds.get(type(value), Tensor)
        made: Any = object.__new__(kind)
        made._held, made._view = value, None
        if kind is not Tensor:
            value.__dict__["torch"] = made
        return made
    return map(wrapped, value) if isinstance(value, (Iterator, ValuesView)) else each(wrapped, value)


def each(change: Function, value: Any) -> Any:
    """A list, tuple or dict of its changed parts; anything else as it is."""
    kind = type(value)
    if kind in (list, tuple):
        return kind(map(change, value))
    if isinstance(value, dict):
        return kind((name, change(part)) for name, part in value.items())
    return kind(*map(change, value)) if isinstance(value, tuple) and hasattr(value, "_fields") else value


def _crossing(function: Function, there: bool, before: Function, after: Function) -> Function:
    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if inside.get() is there:
            return function(*args, **options)
        token = inside.set(there)
        try:
            result = function(*map(before, args), **{name: before(value) for name, value in options.items()})
        finally:
            inside.reset(token)
        return after(result)

    return call


def inward(function: Function) -> Function:
    """A function of the engine's, for a program to call: `torch.native(autograd.viz.draw)(loss)`."""
    return _crossing(function, True, native, wrapped)


def outward(function: Function) -> Function:
    """A function of a program's, for the engine to call."""
    return _crossing(function, False, wrapped, native)
