"""Medians, quantiles and percentiles, also of what is left without nan."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.modes import tracing
from ..engine.tensor import Tensor
from ..engine.types import Array, Axis, Function
from ..support.checks import choice
from .cases import Case, Draw
from .declare import composite
from .nan import with_nan
from .reduction import kept, over_axes, rows_over

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]


def _ordered(x: Array, axis: Axis) -> Array:
    flat, _ = rows_over(x, axis if axis is None else normalize_axis_tuple(axis, np.ndim(x) or 1))
    return np.sort(flat, axis=-1)


@composite(complex=False, cases=over_axes(min_side=1, apart=True), numpy=np.median)
def median(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The middle value over `axis`, or the mean of the two middle ones; nan, with its gradient, where there is one.

    >>> median(Tensor([3.0, 1.0, 2.0, 10.0]))
    Tensor(2.5)
    """
    ordered = _ordered(x, axis)
    n = ordered.shape[-1]
    middle = np.mean(ordered[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    if n and (tracing() or np.any(np.isnan(ordered[..., -1]))):  # where the nans stand
        middle = np.where(np.isnan(ordered[..., -1]), ordered[..., -1], middle)
    return np.reshape(middle, kept(x.shape, axis)) if keepdims else middle


# a and b of the place a - 1 + q (n + 1 - a - b) among n elements (Hyndman & Fan, 1996)
CONTINUOUS = {
    "linear": (1.0, 1.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "lower": lambda q, n: np.floor(q * (n - 1)),
    "higher": lambda q, n: np.ceil(q * (n - 1)),
    "nearest": lambda q, n: np.rint(q * (n - 1)),
    "midpoint": lambda q, n: (np.floor(q * (n - 1)) + np.ceil(q * (n - 1))) / 2.0,
    "inverted_cdf": lambda q, n: np.ceil(n * q) - 1.0,
    "averaged_inverted_cdf": lambda q, n: (np.floor(n * q) + np.ceil(n * q) - 1.0) / 2.0,
    "closest_observation": lambda q, n: np.rint(n * q) - 1.0,
}


def _quantile(name: str, x: Array, q: Any, axis: Axis, keepdims: bool, method: str, skip: bool = False) -> Array:
    choice(f"{name}: method", method, (*CONTINUOUS, *STEPS))
    shares = q if isinstance(q, Tensor) else np.asarray(q, np.float64)
    if shares.ndim > 1 or not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError(f"{name}: shares {q!r}; give one between nothing and all, or several in a list")
    ordered, row = _ordered(x, axis), np.reshape(shares, (-1,))
    n: Any = ordered.shape[-1]
    if skip:
        n = np.sum(~np.isnan(ordered), axis=-1, keepdims=True)
    if method in STEPS:
        place = STEPS[method](row.detach() if isinstance(row, Tensor) else row, n)
    else:
        a, b = CONTINUOUS[method]
        place = row * (n - 1) if method == "linear" else (a - 1.0) + row * (n + 1.0 - a - b)
    place = np.clip(place, 0, np.maximum(n - 1, 0))
    low = np.floor(place.detach() if isinstance(place, Tensor) else place).astype(int)
    high = np.minimum(low + 1, np.maximum(n - 1, 0))

    def at(places: Array) -> Array:
        if not skip:
            return ordered[..., places]
        return np.take_along_axis(ordered, np.broadcast_to(places, (*ordered.shape[:-1], places.shape[-1])), -1)

    found = at(low) + (place - low).astype(x.dtype) * (at(high) - at(low))
    last = ordered[..., -1:]
    if not skip and (tracing() or np.any(np.isnan(last))):  # where the nans stand
        found = np.where(np.isnan(last), last, found)
    found = np.reshape(np.moveaxis(found, -1, 0), shares.shape + found.shape[:-1])
    return np.reshape(found, shares.shape + kept(x.shape, axis)) if keepdims else found


def _quantile_cases(scale: float, nans: bool = False) -> Function:
    def draw(d: Draw) -> Case:
        (x,), options = with_nan(d) if nans else over_axes(min_side=1, apart=True)(d)
        q = d.choice([0.3 * scale, 0.55 * scale, scale, [0.23 * scale, 0.6 * scale]])
        return (x, q), {**options, "method": d.choice([*CONTINUOUS, *STEPS])}

    return draw


Shares = float | Sequence[float]


@composite(complex=False, cases=_quantile_cases(1.0), numpy=np.quantile)
def quantile(x: Array, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The value below which the share `q` of the elements over `axis` lies.

    `method` says which, where it falls between two of them: "linear" in proportion, "lower", "higher", "nearest",
    "midpoint", or another of NumPy's. Several shares stand in a first axis; they have a gradient where the value moves
    with them. nan, with its gradient, where there is one. Raises ValueError for a share outside of [0, 1] or another
    method.

    >>> quantile(Tensor([3.0, 1.0, 2.0, 10.0]), 0.25)
    Tensor(1.75)
    """
    return _quantile("quantile", x, q, axis, keepdims, method)


def _share(percent: Any) -> Any:
    return percent / 100.0 if isinstance(percent, Tensor) else np.asarray(percent) / 100.0


@composite(complex=False, cases=_quantile_cases(100.0), numpy=np.percentile)
def percentile(x: Array, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The value below which q percent of the elements over `axis` lie; see `quantile`.

    >>> percentile(Tensor([3.0, 1.0, 2.0, 10.0]), 25)
    Tensor(1.75)
    """
    return _quantile("percentile", x, _share(q), axis, keepdims, method)


@composite(complex=False, cases=_quantile_cases(1.0, nans=True), numpy=np.nanquantile)
def nanquantile(x: Array, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The `quantile` of what is not nan; nan where nothing is.

    >>> nanquantile(Tensor([3.0, 1.0, float("nan"), 2.0]), 0.5)
    Tensor(2.)
    """
    return _quantile("nanquantile", x, q, axis, keepdims, method, skip=True)


@composite(complex=False, cases=_quantile_cases(100.0, nans=True), numpy=np.nanpercentile)
def nanpercentile(x: Array, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The `percentile` of what is not nan; nan where nothing is.

    >>> nanpercentile(Tensor([3.0, 1.0, float("nan"), 2.0]), 50)
    Tensor(2.)
    """
    return _quantile("nanpercentile", x, _share(q), axis, keepdims, method, skip=True)


@composite(complex=False, cases=with_nan, numpy=np.nanmedian)
def nanmedian(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The `median` of what is not nan; nan where nothing is.

    >>> nanmedian(Tensor([3.0, 1.0, float("nan"), 2.0]))
    Tensor(2.)
    """
    return _quantile("nanmedian", x, 0.5, axis, keepdims, "linear", skip=True)
