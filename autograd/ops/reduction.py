"""Reductions over any axes, and running sums and products."""

from collections.abc import Callable, Sequence
from math import prod as _product
from typing import Any

import numpy as np
import scipy.special as sp

from ..engine import modes
from ..engine.types import Array, Axis, Function, Maybe, Shape
from .arithmetic import conjugated, ratio
from .cases import Case, Draw
from .corner import at_corner
from .declare import op
from .special import HALF, in_single, widened
from .spelling import spelled

__all__ = [
    "all", "any", "argmax", "argmin", "cumprod", "cumsum", "logsumexp", "max", "mean", "min", "prod",
    "std", "sum", "var",
]  # fmt: skip


def _axes(axis: Axis, ndim: int) -> Shape:
    """The axes that `axis` names, counted from the front."""
    if axis is None or not ndim:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, Sequence) else (axis,)))


def kept(shape: Shape, axis: Axis) -> Shape:
    """The shape after reducing `axis` with keepdims.

    >>> kept((2, 3), 1)
    (2, 1)
    """
    reduced = _axes(axis, len(shape))
    return tuple(1 if i in reduced else n for i, n in enumerate(shape))


def count(shape: Shape, axis: Axis) -> int:
    """How many elements a reduction over `axis` combines into one."""
    return _product(shape[a] for a in _axes(axis, len(shape)))


def restore(g: Array, shape: Shape, axis: Axis) -> Array:
    """Give the reduced `g` its axes back, of length 1; where all are gone it broadcasts as it is."""
    return g if axis is None else np.reshape(g, kept(shape, axis))


def over_axes(**array: Any) -> Callable[[Draw], Case]:
    def draw(d: Draw) -> Case:
        x = d.array(**array)
        return (x,), {"axis": d.axes(x.ndim), "keepdims": d.boolean()}

    return draw


@op(
    x=lambda g, x_shape, axis: np.broadcast_to(restore(g, x_shape, axis), x_shape),
    cases=over_axes(),
    numpy=np.sum,
    label="Σ",
    method=True,
    formulas={"x": "broadcast_to(g, x.shape)"},
)
def sum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum over `axis` (all by default).

    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.])
    """
    if getattr(x, "dtype", None) is HALF:  # whose own sums stop at 2048 ones
        return np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=np.float32).astype(np.float16)
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def _mean_rule(g: Array, x_shape: Shape, axis: Axis) -> Array:
    return np.broadcast_to(restore(g * (1.0 / (count(x_shape, axis) or 1)), x_shape, axis), x_shape)


@op(
    x=_mean_rule,
    cases=over_axes(min_side=1),
    numpy=np.mean,
    method=True,
    formulas={"x": "broadcast_to(g / n, x.shape)"},
)
def mean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean over `axis` (all by default).

    >>> mean(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([2., 3.])
    """
    return np.mean(x, axis=axis, keepdims=keepdims)


def _off_mean(x: Array, axis: Axis) -> Array:
    return conjugated(x - np.mean(x, axis=axis, keepdims=True))


def _per_freedom(x: Array, axis: Axis, ddof: float) -> float:
    """1 / (N - ddof); nan where nothing is left to divide by, as the variance itself is nan or infinite there."""
    freedom = count(x.shape, axis) - ddof
    return 1.0 / freedom if freedom > 0 else np.nan


@op(
    complex=True,
    x=lambda g, x, axis, ddof: restore(g * (2.0 * _per_freedom(x, axis, ddof)), x.shape, axis) * _off_mean(x, axis),
    cases=over_axes(min_side=1),
    numpy=np.var,
    method=True,
    formulas={"x": "g * 2 * (x - mean(x)) / (n - ddof)"},
)
@in_single
def var(x: Array, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The mean squared distance from the mean; the divisor is N - ddof.

    >>> var(Tensor([1.0, 2.0, 3.0]))
    Tensor(0.6667)
    """
    return np.var(x, axis=axis, ddof=ddof, keepdims=keepdims)


def _std_rule(g: Array, x: Array, y: Array, axis: Axis, ddof: int) -> Array:
    g, y = restore(g * _per_freedom(x, axis, ddof), x.shape, axis), restore(y, x.shape, axis)
    return at_corner(ratio(g * _off_mean(x, axis), y), g, x, y, "std", "var(x)")


@op(
    complex=True,
    x=_std_rule,
    cases=over_axes(min_side=2, apart=True, min_dims=1),
    numpy=np.std,
    method=True,
    formulas={"x": "g * (x - mean(x)) / ((n - ddof) * y)"},
)
@in_single
def std(x: Array, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The square root of the variance; where all values are equal the gradient is 0.

    >>> std(Tensor([1.0, 2.0, 3.0]))
    Tensor(0.8165)
    """
    return np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)


def rows_over(x: Array, axis: Axis) -> tuple[Array, Shape]:
    """x with the reduced axes flattened into a last one, and the order of axes that was used."""
    axes = _axes(axis, x.ndim)
    order = tuple(a for a in range(x.ndim) if a not in axes) + axes
    moved = np.transpose(x, order)
    return np.reshape(moved, (*moved.shape[: x.ndim - len(axes)], count(x.shape, axis))), order


def _prod_rule(g: Array, x: Array, axis: Axis) -> Array:
    # the product of the others, from the left and from the right: y / x would be nan at a zero
    rows, order = rows_over(widened(x), axis)
    one = np.ones((*rows.shape[:-1], 1 if rows.shape[-1] else 0), rows.dtype)
    before = np.cumprod(np.concatenate([one, rows[..., :-1]], axis=-1), axis=-1)
    after = np.flip(np.cumprod(np.concatenate([one, np.flip(rows, -1)[..., :-1]], axis=-1), axis=-1), -1)
    others = np.reshape(before * after, tuple(x.shape[a] for a in order))
    return restore(g, x.shape, axis) * np.transpose(others, tuple(np.argsort(order)))


@op(
    complex=True,
    x=_prod_rule,
    cases=over_axes(max_side=3),
    numpy=np.prod,
    label="Π",
    method=True,
    formulas={"x": "g * y / x"},
)
@in_single
def prod(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The product over `axis` (all by default), with the right gradient at zeros.

    >>> prod(Tensor([1.0, 2.0, 3.0]))
    Tensor(6.)
    """
    return np.multiply.reduce(x, axis=axis, keepdims=keepdims)


def extreme_rule(g: Array, x: Array, y: Array, axis: Axis) -> Array:
    chosen = (x == restore(y, x.shape, axis)) | (x != x)  # where a nan is the extreme, the nans are chosen
    ties = np.maximum(chosen.sum(axis=axis, keepdims=True), 1)
    share = restore(g, x.shape, axis) / ties.astype(np.result_type(x.dtype, np.float32))  # float16 ends at 65,504
    return np.where(chosen, share, 0.0)


def _extreme(numpy: Any) -> Callable[[Function], Function]:
    cases, formulas = over_axes(min_side=1, apart=True), {"x": "g * (x == y) / sum(x == y)"}
    return op(misfit="{}", x=extreme_rule, cases=cases, numpy=numpy, method=True, formulas=formulas)


@_extreme((np.max, np.amax))
def max(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest over `axis` (all by default); elements that tie share the gradient evenly.

    >>> max(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([3., 4.])
    """
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


@_extreme((np.min, np.amin))
def min(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest over `axis` (all by default); elements that tie share the gradient evenly.

    >>> min(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([1., 2.])
    """
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims)


def _log_of_sum(x: Array, axis: Axis, b: Maybe = None, keepdims: bool = False) -> Array:
    """SciPy's logsumexp, or its formula where an array is to say itself how its functions are computed."""
    if not isinstance(x, modes.Exact):
        return sp.logsumexp(x, axis, b, keepdims=keepdims)
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    terms = np.exp(x - top) if b is None else b * np.exp(x - top)
    y = np.log(np.sum(terms, axis=axis, keepdims=True)) + top
    return y if keepdims else np.reshape(y, np.sum(x, axis=axis).shape)


def _logsumexp_rule(g: Array, x: Array, y: Array, axis: Axis) -> Array:
    y = restore(y, x.shape, axis)
    return restore(g, x.shape, axis) * np.exp(x - np.where(y == -np.inf, 0.0, y))


@op(complex=True, x=_logsumexp_rule, cases=over_axes(min_side=1), method=True, formulas={"x": "g * exp(x - y)"})
@in_single
def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) over `axis`, stable for any x; a slice of only -inf gives -inf and a gradient of 0.

    It takes SciPy's `b=`, too, factors of exp(x), of which the sum must be positive.

    >>> logsumexp(Tensor([1000.0, 1000.0]))
    Tensor(1000.6932)
    """
    if not np.size(x):
        return np.add.reduce(x, axis=axis, keepdims=keepdims) - np.inf  # of nothing: log(0), where anything is asked
    y, dtype = np.asanyarray(_log_of_sum(x, axis)), np.asarray(x).dtype
    y = y.astype(dtype, copy=False) if dtype.kind in "fc" else y
    # of a number SciPy makes an axis, if it is to reduce none
    return (np.reshape(y, kept(np.shape(x), axis)) if keepdims or not np.ndim(x) else y)[()]


spelled(logsumexp.op, sp.logsumexp, logsumexp)  # whose shape of a number alone is another


def _weighted_cases(d: Draw) -> Case:
    x = d.array((2, 3))
    return x, d.array(x.shape, 0.3, 2.0), d.choice([None, 0, 1])


@op(
    x=lambda g, x, b, y, axis: b * _logsumexp_rule(g, x, y, axis),
    b=lambda g, x, y, axis: (
        restore(g, x.shape, axis) * np.exp(x - np.where(x == -np.inf, 0.0, restore(y, x.shape, axis)))
    ),
    cases=_weighted_cases,
    formulas={"x": "g * b * exp(x - y)", "b": "g * exp(x - y)"},
)
def _weighted_logsumexp(x: Array, b: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(b exp(x))) over `axis`, for b of the shape of x: `logsumexp` with SciPy's `b=`."""
    return _log_of_sum(x, axis, b, keepdims)


def _reverse_cumsum(g: Array, x_shape: Shape, axis: int | None) -> Array:
    along = 0 if axis is None else axis
    return np.reshape(np.flip(np.cumsum(np.flip(widened(g), along), axis=along), along), x_shape)


def _running_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, max_side=3)
    return (x,), {"axis": d.choice([None, d.axis(x.ndim)])}


@op(x=_reverse_cumsum, cases=_running_cases, numpy=np.cumsum, method=True, formulas={"x": "flip(cumsum(flip(g)))"})
@in_single
def cumsum(x: Array, axis: int | None = None) -> Array:
    """The running sum along `axis` (of the flattened array by default).

    >>> cumsum(Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3., 6.])
    """
    return np.cumsum(x, axis=axis)


def _cumprod_rule(g: Array, x: Array, y: Array, axis: int | None) -> Array:
    g, x, size = widened(g), widened(x), np.abs(x)
    if x.size == 0 or np.min(size) > 1e-4 * np.maximum(np.max(size), 1.0):
        return _reverse_cumsum(g * y, x.shape, axis) / x
    # dividing by a small or zero factor loses all digits at order 2: multiply the other factors out instead
    if axis is None:
        return np.reshape(_other_products(g, np.ravel(x)), x.shape)
    return np.moveaxis(_other_products(np.moveaxis(g, axis, -1), np.moveaxis(x, axis, -1)), -1, axis)


def _other_products(g: Array, x: Array) -> Array:
    """The sum over j >= i of g[j] times x[0] ... x[j] without x[i], along the last axis.

    That is before[i] * after[i], of which the one is a running product, and after[i] = g[i] + x[i + 1] after[i + 1].
    The second is found by doubling: each pass joins to each stretch the next one of the same length.
    """
    n = x.shape[-1]
    before = np.cumprod(_shifted(x, 1, 1.0), axis=-1)
    after, factor, length = g, _shifted(x, -1, 0.0), 1
    while length < n:
        after = after + factor * _shifted(after, -length, 0.0)
        factor = factor * _shifted(factor, -length, 0.0)
        length = 2 * length
    return before * after


def _shifted(x: Array, by: int, fill: float) -> Array:
    """x moved along its last axis, to the right or (negative `by`) to the left, with `fill` where nothing came from."""
    border = np.full((*x.shape[:-1], abs(by)), fill, x.dtype)
    return np.concatenate([border, x[..., :-by]] if by > 0 else [x[..., -by:], border], axis=-1)


@op(
    complex=True,
    x=_cumprod_rule,
    cases=_running_cases,
    numpy=np.cumprod,
    method=True,
    formulas={"x": "flip(cumsum(flip(g * y))) / x"},
)
@in_single
def cumprod(x: Array, axis: int | None = None) -> Array:
    """The running product along `axis` (of the flattened array by default), with the right gradient at zeros.

    >>> cumprod(Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 2., 6.])
    """
    return np.cumprod(x, axis=axis)


def _arg_cases(d: Draw) -> Case:
    x = d.array(min_side=1, min_dims=1, apart=True)
    return (x,), {"axis": d.choice([None, d.axis(x.ndim)]), "keepdims": d.boolean()}


@op(misfit="{}", cases=_arg_cases, numpy=np.argmax, method=True)
def argmax(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the largest element, the first of those that tie. No derivative.

    >>> argmax(Tensor([1.0, 3.0, 2.0]))
    Tensor(1)
    """
    return np.argmax(x, axis=axis, keepdims=keepdims)


@op(misfit="{}", cases=_arg_cases, numpy=np.argmin, method=True)
def argmin(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the smallest element, the first of those that tie. No derivative.

    >>> argmin(Tensor([1.0, 3.0, 2.0]))
    Tensor(0)
    """
    return np.argmin(x, axis=axis, keepdims=keepdims)


@op(complex=True, cases=over_axes(), numpy=np.any, method=True)
def any(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether some element is nonzero. No derivative.

    >>> any(Tensor([0.0, 2.0]))
    Tensor(True)
    """
    return np.logical_or.reduce(x, axis=axis, keepdims=keepdims)


@op(complex=True, cases=over_axes(), numpy=np.all, method=True)
def all(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether every element is nonzero. No derivative.

    >>> all(Tensor([0.0, 2.0]))
    Tensor(False)
    """
    return np.logical_and.reduce(x, axis=axis, keepdims=keepdims)
