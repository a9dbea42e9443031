"""Reading, writing and ordering by index. Values, not views: writing gives a new array."""

import sys
import warnings
from sys import getrefcount
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import DTypeLike

from ..engine.errors import DtypeError, GraphError, MistakeWarning, ShapeError, is_complex
from ..engine.modes import default
from ..engine.tensor import Tensor, require_kept, stores
from ..engine.types import Array, Shape, Value
from .arithmetic import operand
from .cases import Case, Draw
from .declare import composite, op
from .special import widened

__all__ = [
    "argsort", "getitem", "one_hot", "put_along_axis", "scatter_add", "searchsorted", "setitem", "sort", "take",
    "take_along_axis", "topk", "unindex",
]  # fmt: skip


Index = Any  # what NumPy takes: integers, slices, None, ..., arrays, masks, a tuple of them


def _is_basic(index: Index) -> bool:
    """Whether `index` is made of slices, integers, ellipsis and newaxis only, which never repeat an element."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(p is None or p is Ellipsis or isinstance(p, (slice, int, np.integer)) for p in parts)


@op(
    x=lambda g, x_shape, index: unindex(g, x_shape, index),
    cases=lambda d: (x := d.array(min_dims=1), d.index(x.shape)),
    method="__getitem__",
    view=True,
    label="[ ]",
    formulas={"x": "g put back at the index, 0 elsewhere"},
)
def getitem(x: Array, index: Index) -> Array:
    """x[index], for any index NumPy takes: basic, integer arrays, masks, mixed.

    >>> getitem(Tensor([1.0, 2.0, 3.0]), slice(1, None))
    Tensor([2., 3.])
    """
    return x[index]


def _unindex_cases(d: Draw) -> Case:
    shape = d.shape(min_dims=1)
    index = d.index(shape)
    return d.array(np.empty(shape)[index].shape), shape, index


@op(misfit="{}", x=lambda g, index: g[index], cases=_unindex_cases)
def unindex(x: Array, shape: Shape, index: Index) -> Array:
    """Zeros of `shape` with x added at `index`: the adjoint of getitem.

    >>> unindex(Tensor([1.0, 2.0]), (3,), np.array([0, 0]))
    Tensor([3., 0., 0.])
    """
    if _is_basic(index):
        out = np.zeros(shape, x.dtype)
        out[index] = x
        return out
    sums = np.zeros(shape, widened(x).dtype)
    np.add.at(sums, index, x)
    return sums.astype(x.dtype, copy=False)


@op(cases=lambda d: _unindex_cases(d)[1:])
def _last_writes(shape: Shape, index: Index) -> Array:
    """1 where a value written at `index` stays, 0 where a later one of the same index replaces it."""
    part = np.empty(shape, bool)[index]
    turns = np.arange(part.size).reshape(part.shape)
    order = np.full(shape, -1)
    order[index] = turns
    return np.where(order[index] == turns, 1.0, 0.0)


def _written(g: Array, x_shape: Shape, value_shape: Shape, index: Index) -> Array:
    kept = g[index] if _is_basic(index) else g[index] * _last_writes(x_shape, index)
    extra = len(value_shape) - kept.ndim  # NumPy lets a value have more leading axes of length 1, or fewer
    return (
        np.reshape(kept, (1,) * extra + kept.shape) if extra > 0 else np.sum(widened(kept), axis=tuple(range(-extra)))
    )


def _set_cases(d: Draw) -> Case:
    x = d.array(min_dims=1)
    index = d.index(x.shape)
    part = x[index].shape
    mask = isinstance(index, np.ndarray) and index.dtype == bool  # which NumPy lets take a flat value only
    flat = mask or not part  # and one element a number only
    return x, d.array(d.choice([part, ()] if flat else [part, part[1:], (1, *part)])), index


@op(
    misfit="{}; the value must broadcast to the part that it is written to",
    x=lambda g, index: setitem(g, 0.0, index),
    value=_written,
    cases=_set_cases,
    label="[ ]=",
    formulas={"x": "g with 0 at the index", "value": "g[index]"},
)
def setitem(x: Array, value: Array, index: Index) -> Array:
    """A copy of x with `value` written at `index`: what `t[index] = value` rebinds t to.

    >>> setitem(Tensor([1.0, 2.0, 3.0]), 0.0, slice(1, None))
    Tensor([1., 0., 0.])
    """
    out = np.array(x)
    if is_complex(value):
        require_kept(np.result_type(value), out.dtype)
    out[index] = value
    return out


def _along(shape: Shape, indices: Array, axis: int) -> tuple[Any, ...]:
    """The full index that picks `indices` along `axis` of an array of `shape`, all others in step."""
    if indices.ndim != len(shape):
        raise ShapeError(f"indices of shape {indices.shape} for an array of shape {shape}; give as many axes")
    grid = list(np.ogrid[tuple(slice(n) for n in shape)])
    grid[normalize_axis_index(axis, len(shape))] = indices
    return tuple(grid)


def _bare_indices(indices: Array) -> Array:
    indices = operand(indices)
    if indices.dtype.kind not in "iu" and indices.size:
        raise DtypeError(f"indices must be integers, not {indices.dtype}; use .astype(np.int64)")
    return indices if indices.dtype == np.intp else indices.astype(np.intp)


def _along_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=1)
    axis = d.axis(x.ndim)
    shape = list(x.shape)
    shape[axis] = d.integer(1, 3)
    n = x.shape[axis]
    return x, np.reshape([d.integer(-n, n - 1) for _ in range(int(np.prod(shape)))], shape), axis


@composite(cases=_along_cases, numpy=np.take_along_axis)
def take_along_axis(x: Array, indices: Array, axis: int | None = -1) -> Array:
    """The elements of x that `indices` (same shape but along `axis`) point at.

    >>> take_along_axis(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]), 1)
    Tensor([[2.],
            [3.]])
    """
    if axis is None:
        x, axis = np.reshape(x, (-1,)), 0
    return getitem(x, _along(x.shape, _bare_indices(indices), axis))


@composite(cases=lambda d: (lambda x, i, axis: (x, i, d.array(i.shape), axis))(*_along_cases(d)))
def put_along_axis(x: Array, indices: Array, values: Array, axis: int = -1) -> Array:
    """A copy of x with `values` written where `indices` point along `axis`.

    >>> put_along_axis(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]), 0.0, 1)
    Tensor([[1., 0.],
            [0., 4.]])
    """
    x = operand(x)
    return setitem(x, values, _along(x.shape, _bare_indices(indices), axis))


def _take_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=1)
    axis = d.choice([None, d.axis(x.ndim)])
    n = x.size if axis is None else x.shape[axis]
    return x, np.array([d.integer(-n, n - 1) for _ in range(d.integer(1, 4))]), axis


@composite(cases=_take_cases, numpy=np.take, method=True)
def take(x: Array, indices: Array, axis: int | None = None) -> Array:
    """The elements (of the flattened array, or slices along `axis`) at `indices`.

    >>> take(Tensor([1.0, 2.0, 3.0]), np.array([2, 0]))
    Tensor([3., 1.])
    """
    indices = _bare_indices(indices)
    if axis is None:
        return getitem(np.reshape(x, (-1,)), indices)
    return getitem(x, (*(slice(None),) * normalize_axis_index(axis, np.ndim(x)), indices))


@composite(cases=lambda d: (lambda v, shape, index: (d.array(shape), index, v))(*_unindex_cases(d)))
def scatter_add(x: Array, index: Index, values: Array) -> Array:
    """A copy of x with `values` added at `index`; an index that repeats adds up.

    >>> scatter_add(Tensor([1.0, 2.0]), np.array([0, 0]), Tensor([10.0, 20.0]))
    Tensor([31.,  2.])
    """
    x = operand(x)
    return x + unindex(np.broadcast_to(values, x[index].shape), x.shape, index)


def _order_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, apart=True, low=-1.0, high=1.0)
    return x, d.axis(x.ndim)


@op(cases=_order_cases, numpy=np.argsort, method=True)
def argsort(x: Array, axis: int | None = -1) -> Array:
    """The indices that sort x along `axis`; equal elements keep their order. No derivative.

    >>> argsort(Tensor([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0])
    """
    return np.argsort(x, axis=axis, kind="stable")


@composite(complex=False, cases=_order_cases, numpy=np.sort)
def sort(x: Array, axis: int | None = -1) -> Array:
    """x in ascending order along `axis`; the gradient goes back to where each element came from.

    >>> sort(Tensor([3.0, 1.0, 2.0]))
    Tensor([1., 2., 3.])
    """
    if axis is None:
        x, axis = np.reshape(x, (-1,)), -1
    x = operand(x)
    axis = normalize_axis_index(axis, x.ndim)
    return take_along_axis(x, argsort(x, axis), axis) if x.size else x


def _topk_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=1, apart=True, low=-1.0, high=1.0)
    axis = d.axis(x.ndim)
    return x, d.integer(1, x.shape[axis]), axis, d.boolean()


@composite(complex=False, cases=_topk_cases)
def topk(x: Array, k: int, axis: int = -1, largest: bool = True) -> tuple[Array, Array]:
    """The k largest (or smallest) along `axis`, in order, and their indices; of equal ones the first.

    A nan counts as the largest of all, as in `sort`.

    >>> values, indices = topk(Tensor([3.0, 1.0, 2.0]), 2)
    >>> values
    Tensor([3., 2.])
    >>> indices
    Tensor([0, 2])
    """
    axis = normalize_axis_index(axis, x.ndim)
    if not 0 <= k <= x.shape[axis]:
        raise ValueError(f"topk: k = {k} of {x.shape[axis]} elements along axis {axis}")
    order = argsort(np.flip(x, axis) if largest else x, axis)
    if largest:  # read from the end; -x would not turn the order of unsigned integers round, and put nan last
        order = x.shape[axis] - 1 - np.flip(order, axis)
    chosen = np.take(order, np.arange(k), axis=axis)
    return take_along_axis(x, chosen, axis), chosen


@op(cases=lambda d: (np.sort(d.array((4,))), d.array(), d.choice(["left", "right"])), numpy=np.searchsorted)
def searchsorted(x: Array, values: Array, side: str = "left") -> Array:
    """Where `values` belong in the sorted x. No derivative.

    >>> searchsorted(Tensor([1.0, 2.0, 3.0]), 2.5)
    Tensor(2)
    """
    return np.searchsorted(x, values, side=side)


@op(cases=lambda d: (np.array([d.integer(0, 3) for _ in range(d.integer(0, 4))], dtype=int), 4))
def one_hot(indices: Array, num_classes: int, dtype: DTypeLike | None = None) -> Array:
    """Rows of zeros with a 1 at each index, in a new last axis; default float dtype. No derivative.

    Raises DtypeError unless `indices` are integers, IndexError outside [0, num_classes).

    >>> one_hot(Tensor([0, 2]), 3)
    Tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """
    indices = _bare_indices(indices)
    if indices.size and (indices.min() < 0 or indices.max() >= num_classes):
        raise IndexError(f"one_hot: index in [{indices.min()}, {indices.max()}] for {num_classes} classes")
    return np.asarray(indices[..., None] == np.arange(num_classes), dtype or default.get())


def _setitem_method(self: Tensor, index: Index, value: Value) -> None:
    if self.dtype.kind not in "fc" and isinstance(value, Tensor) and value.requires_grad:
        raise DtypeError(
            f"writing a recorded {value.dtype} into a Tensor of {self.dtype} would cut its graph; "
            "use .astype(np.float32) on the Tensor first, or .detach() on the value"
        )
    if getrefcount(self) <= _NOBODY and stores(sys._getframe(1)):
        raise GraphError(
            "this write would be lost: what indexing returns is a value of its own, and nothing else holds it. "
            "Write with one index, z[0, 1] = v instead of z[0][1] = v"
        )
    if "piece" in self.__dict__:
        warnings.warn(
            "this write changes the loop's variable alone: each row is a value of its own. To change the Tensor that "
            "the loop goes over, write z[i] = ... or z[:, 0] = ...",
            MistakeWarning,
            stacklevel=2,
        )
    self.rebind(setitem(self, value, index))


def _references() -> int:
    """How many references a method sees to an object that nothing but its call holds; 0 where a variable adds none."""

    class Probe:
        def __setitem__(self, index: int, value: int) -> None:
            counts.append(getrefcount(self))

    counts: list[int] = []
    held = Probe()
    Probe()[0] = held[0] = 1
    return counts[0] if counts[0] < counts[1] else 0


_NOBODY = _references()
Tensor.__setitem__ = _setitem_method  # type: ignore[method-assign, assignment]
