"""Running results: of the elements up to each place along an axis."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..engine.types import Array, Value
from .arithmetic import operand
from .cases import Case, Draw
from .declare import composite, op
from .index import take_along_axis
from .special import in_single, widened

__all__ = ["cummax", "cummin", "diff", "logcumsumexp"]


def _axis_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=1, apart=True)
    return x, d.axis(x.ndim)


@op(cases=lambda d: (*_axis_cases(d), d.choice([np.maximum, np.minimum])))
def _running(x: Array, axis: int, ufunc: np.ufunc) -> Array:
    """Where the running `ufunc` of x, maximum or minimum, comes from: of equal ones the last."""
    place = np.arange(x.shape[axis]).reshape((-1,) + (1,) * (x.ndim - 1 - axis % x.ndim))
    mine = x == ufunc.accumulate(x, axis=axis)
    first_nan = np.isnan(x) & (np.cumsum(np.isnan(x), axis=axis) == 1)
    return np.maximum.accumulate(np.where(mine | first_nan, place, 0), axis=axis)


def _best(x: Array, axis: int, ufunc: np.ufunc) -> Array:
    x = operand(x)
    axis = normalize_axis_index(axis, x.ndim)
    return take_along_axis(x, _running(x, axis, ufunc), axis)


@composite(complex=False, cases=_axis_cases)
def cummax(x: Array, axis: int = -1) -> Array:
    """The largest element so far along `axis`; the gradient goes to it, of equal ones to the last.

    >>> cummax(Tensor([1.0, 3.0, 2.0]))
    Tensor([1., 3., 3.])
    """
    return _best(x, axis, np.maximum)


@composite(complex=False, cases=_axis_cases)
def cummin(x: Array, axis: int = -1) -> Array:
    """The smallest element so far along `axis`; the gradient goes to it, of equal ones to the last.

    >>> cummin(Tensor([3.0, 1.0, 2.0]))
    Tensor([3., 1., 1.])
    """
    return _best(x, axis, np.minimum)


def _logcumsumexp_rule(g: Array, x: Array, y: Array, axis: int) -> Array:
    g, x, y = (np.moveaxis(widened(a), axis, 0) for a in (g, x, y))
    below = np.where(y == -np.inf, 0.0, y)  # exp(-inf - 0) is 0, where exp(-inf + inf) would be nan
    kept = np.exp(y[:-1] - below[1:])
    sums = [g[-1]] if len(g) else []
    for i in reversed(range(len(g) - 1)):
        sums.append(g[i] + kept[i] * sums[-1])
    return np.moveaxis(np.stack(sums[::-1]) * np.exp(x - below), 0, axis) if sums else g


@op(x=_logcumsumexp_rule, cases=_axis_cases, formulas={"x": "sum of g * exp(x - y) from here on"})
@in_single
def logcumsumexp(x: Array, axis: int = -1) -> Array:
    """log of the running sum of exp(x) along `axis`, without overflow.

    >>> logcumsumexp(Tensor([10.0, 10.0]))
    Tensor([10.    , 10.6931])
    """
    return np.logaddexp.accumulate(x, axis=axis)


@composite(cases=lambda d: (*_axis_cases(d)[:1], d.integer(0, 2), -1), numpy=np.diff)
def diff(x: Array, n: int = 1, axis: int = -1, prepend: Value | None = None, append: Value | None = None) -> Array:
    """Differences of neighbours along `axis`, `n` times over, of x between what is put before and after it.

    >>> diff(Tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """
    x = operand(x)
    axis = normalize_axis_index(axis, x.ndim)
    if n < 0:
        raise ValueError(f"diff: n={n} is less than 0")
    if n and not (prepend is None and append is None):
        one = (*x.shape[:axis], 1, *x.shape[axis + 1 :])  # of a number
        ends = [end if end is None or np.ndim(end) else np.broadcast_to(end, one) for end in (prepend, append)]
        x = np.concatenate([part for part in (ends[0], x, ends[1]) if part is not None], axis)
    lead = (slice(None),) * axis
    for _ in range(n):
        x = x[(*lead, slice(1, None))] - x[(*lead, slice(None, -1))]
    return x
