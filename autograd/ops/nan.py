"""Reductions that leave nan out: it counts as what changes nothing, and gets a gradient of 0."""

from typing import Any

import numpy as np

from ..engine.types import Array, Axis
from .cases import Case, Draw
from .declare import composite
from .reduction import over_axes

__all__ = [
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar",
]  # fmt: skip


def with_nan(d: Draw, **array: Any) -> Case:
    """A case of a reduction with some nan, but not all of what it combines into one."""
    (x,), options = over_axes(apart=True, min_side=1, **array)(d)
    bad = d.array(x.shape) > 1.5
    return (np.where(bad & ~np.all(bad, axis=options["axis"], keepdims=True), np.nan, x),), options


def _running_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, max_side=3)
    return (np.where(x > 1.5, np.nan, x),), {"axis": d.choice([None, d.axis(x.ndim)])}


def _filled(x: Array, value: float) -> Array:
    return np.where(np.isnan(x), value, x)


@composite(cases=with_nan, numpy=np.nansum)
def nansum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum over `axis` of what is not nan.

    >>> nansum(Tensor([1.0, float("nan"), 2.0]))
    Tensor(3.)
    """
    return np.sum(_filled(x, 0.0), axis=axis, keepdims=keepdims)


@composite(cases=with_nan, numpy=np.nanprod)
def nanprod(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The product over `axis` of what is not nan.

    >>> nanprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor(6.)
    """
    return np.prod(_filled(x, 1.0), axis=axis, keepdims=keepdims)


@composite(cases=_running_cases, numpy=np.nancumsum)
def nancumsum(x: Array, axis: int | None = None) -> Array:
    """The running sum along `axis` (of the flattened array by default) of what is not nan.

    >>> nancumsum(Tensor([1.0, float("nan"), 2.0]))
    Tensor([1., 1., 3.])
    """
    return np.cumsum(_filled(x, 0.0), axis=axis)


@composite(cases=_running_cases, numpy=np.nancumprod)
def nancumprod(x: Array, axis: int | None = None) -> Array:
    """The running product along `axis` (of the flattened array by default) of what is not nan.

    >>> nancumprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor([3., 3., 6.])
    """
    return np.cumprod(_filled(x, 1.0), axis=axis)


def _extreme(reduce: Any, start: float, x: Array, axis: Any, keepdims: bool) -> Array:
    y = reduce(_filled(x, start), axis=axis, keepdims=keepdims)
    return np.where(np.all(np.isnan(x), axis=axis, keepdims=keepdims), np.nan, y)


@composite(complex=False, cases=with_nan, numpy=np.nanmax)
def nanmax(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest over `axis` of what is not nan; nan where nothing is.

    >>> nanmax(Tensor([1.0, float("nan"), 2.0]))
    Tensor(2.)
    """
    return _extreme(np.max, -np.inf, x, axis, keepdims)


@composite(complex=False, cases=with_nan, numpy=np.nanmin)
def nanmin(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest over `axis` of what is not nan; nan where nothing is.

    >>> nanmin(Tensor([1.0, float("nan"), 2.0]))
    Tensor(1.)
    """
    return _extreme(np.min, np.inf, x, axis, keepdims)


@composite(cases=with_nan, numpy=np.nanmean)
def nanmean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean over `axis` of what is not nan.

    >>> nanmean(Tensor([1.0, float("nan"), 2.0]))
    Tensor(1.5)
    """
    return np.mean(_filled(x, 0.0), axis=axis, keepdims=keepdims, where=~np.isnan(x))


@composite(cases=with_nan, numpy=np.nanvar)
def nanvar(x: Array, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The variance over `axis` of what is not nan; the divisor is its count less ddof.

    >>> nanvar(Tensor([1.0, float("nan"), 2.0]))
    Tensor(0.25)
    """
    return np.var(_filled(x, 0.0), axis=axis, ddof=ddof, keepdims=keepdims, where=~np.isnan(x))


def _spread_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=2, apart=True)
    return (np.concatenate([x, np.full((*x.shape[:-1], 1), np.nan)], -1),), {"axis": -1, "keepdims": d.boolean()}


@composite(cases=_spread_cases, numpy=np.nanstd)
def nanstd(x: Array, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The square root of `nanvar`.

    >>> nanstd(Tensor([1.0, float("nan"), 2.0]))
    Tensor(0.5)
    """
    return np.sqrt(nanvar(x, axis, ddof, keepdims))
