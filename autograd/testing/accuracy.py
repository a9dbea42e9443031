"""How exact an elementwise function and its derivatives are, in units of the last place, beside mpmath.

Needs mpmath (the extra `dev`), which computes the truth to some hundred digits; see `accuracy`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..transforms import gradients

try:
    import mpmath
except ImportError:
    raise ImportError("autograd.testing.accuracy needs mpmath; run: pip install mpmath (the extra `dev`)") from None

__all__ = ["Worst", "accuracy", "derivative", "nasty_points", "partials", "truth", "ulps", "within_range", "worst"]

DIGITS = 420  # of the truth around 1: a second difference of what is nearly 1 and has a slope of 1e-308 costs 400
STEP = mpmath.mpf(1e-30)  # of the differences, for numbers around 1: they err by its square
SMALLEST = mpmath.mpf(10) ** -600  # instead of 0: a slope that is infinite there then exceeds every float


class Worst(NamedTuple):
    """The largest error, in units of the last place of the truth, and where it is: at `at` instead of `truth`."""

    ulp: float
    at: tuple[float, ...]
    found: float
    truth: float


def accuracy(
    function: Function, reference: Function, *points: Array, order: int = 1, floor: Function | None = None
) -> Worst:
    """The worst error of an elementwise function's derivatives of this order at `points`; order 0 is its value.

    `reference` is the same function of mpmath's numbers, and `points` one array for each input, all of one shape, whose
    dtype is what is measured; with several inputs every partial derivative counts. An error is relative to the truth,
    in units of its last place. Places are left out where the value overflows, where the truth is neither 0 nor a normal
    number of the dtype, and where the reference is not real a little to either side, as at the end of a domain.
    `floor(*points)`, where given, says how small a truth still gives the unit: where a derivative crosses 0 at what is
    no floating-point number, a sum of two terms has no digits left of its own.

    >>> import mpmath
    >>> import autograd
    >>> points = nasty_points(-1, 1, dtype=np.float32)
    >>> accuracy(autograd.arcsin, mpmath.asin, points, order=1).ulp < 4
    True
    """
    points = within_range(function, points)
    found = [
        worst(derivative(function, points, wrt), truth(reference, points, wrt), points, floor if wrt else None)
        for wrt in partials(len(points), order)
    ]
    return max(found, key=lambda w: w.ulp)


def partials(count: int, order: int) -> list[tuple[int, ...]]:
    """The partial derivatives of that order of a function of `count` inputs: which inputs it is taken by.

    >>> partials(2, 2)
    [(0, 0), (0, 1), (1, 1)]
    """
    return list(itertools.combinations_with_replacement(range(count), order))


def nasty_points(
    low: float = -np.inf, high: float = np.inf, near: Sequence[float] = (), dtype: DTypeLike = np.float64
) -> Array:
    """Numbers of a dtype in [low, high] where formulas tend to fail, in ascending order.

    Evenly spaced ones of moderate size, and both signs of powers from the smallest normal number to the largest;
    towards 0, 1, the ends and the numbers in `near` ever closer ones, and these themselves.

    >>> nasty_points(0, 1)[[0, 1, -2, -1]]
    array([0.00000000e+000, 2.22507386e-308, 1.00000000e+000, 1.00000000e+000])
    """
    kind = np.finfo(dtype)
    sizes = np.geomspace(float(kind.smallest_normal), float(kind.max) * 0.99, 130)
    sizes = np.concatenate([sizes, np.geomspace(1e-3, 1e3, 90), np.linspace(0.1, 40.1, 120)])
    centres = np.array([c for c in {-1.0, 1.0, low, high, *near} if np.isfinite(c)])
    gaps = 2.0 ** -np.arange(1, kind.nmant + 2)
    closing = np.multiply.outer(np.where(centres == 0, 1.0, centres), np.concatenate([gaps, -gaps]))
    closing = (centres[:, None] + closing).ravel()
    ends = np.array([kind.smallest_normal, kind.max], np.float64)
    every = np.concatenate([[0.0], sizes, -sizes, ends, -ends, centres, closing]).astype(dtype)
    return np.unique(every[(every >= low) & (every <= high)])


# -- the truth -----------------------------------------------------------------------------------------


def truth(reference: Function, points: Sequence[Array], wrt: Sequence[int] = ()) -> list[Any]:
    """The derivative of the reference by the inputs `wrt`, at each point: mpmath's numbers, None where it has none."""
    for i in wrt:
        reference = _slope(reference, i)
    return [_real(reference, place, len(wrt)) for place in zip(*(map(float, p) for p in points))]


def _slope(f: Function, i: int) -> Function:
    """Its central difference by input i: so near that it never crosses what lies between two floating-point numbers."""

    def slope(*x: Any) -> Any:
        h = (min(abs(x[i]), 1) or SMALLEST) * STEP
        return (f(*x[:i], x[i] + h, *x[i + 1 :]) - f(*x[:i], x[i] - h, *x[i + 1 :])) / (2 * h)

    return slope


def _real(f: Function, place: tuple[float, ...], order: int) -> Any:
    scales = [abs(mpmath.log10(abs(x or SMALLEST))) for x in place]  # far from 1, steps and values differ more in size
    try:
        with mpmath.workdps(int(DIGITS + order * sum(scales))):
            found = mpmath.mpmathify(f(*map(mpmath.mpf, place)))
    except (ValueError, ZeroDivisionError, TypeError):  # a pole, or numbers off the domain, which have no order
        return None
    return found if isinstance(found, mpmath.mpf) and mpmath.isfinite(found) else None


# -- what is found -------------------------------------------------------------------------------------


def within_range(function: Function, points: Sequence[Array]) -> tuple[Array, ...]:
    """The points at which the function has a finite value."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(function(*points))
    return tuple(p[finite] for p in points)


def derivative(function: Function, points: Sequence[Array], wrt: Sequence[int] = ()) -> Array:
    """The derivative that a sweep finds, by the inputs `wrt` one after another."""
    inputs = [Tensor(p, requires_grad=True) for p in points]
    with np.errstate(all="ignore"):
        y = function(*inputs)
        for count, i in enumerate(wrt, 1):
            found = None  # of what is constant, the derivative is 0
            if y.requires_grad:
                found = gradients(y, inputs[i], np.ones_like(y.data), create_graph=count < len(wrt), allow_unused=True)
            y = Tensor(np.zeros_like(points[i])) if found is None else found
    values: Array = y.data
    return values


def ulps(found: Array, truths: Sequence[Any], floors: Sequence[float] | Array = ()) -> Array:
    """The errors in units of the last place of the truth, or of a floor above it; nan where it is no normal number."""
    kind = np.finfo(found.dtype)
    floors = floors if len(floors) else np.zeros(len(truths))
    return np.array([_error(float(f), t, kind, float(low)) for f, t, low in zip(found, truths, floors)])


def _error(found: float, truth: Any, kind: np.finfo[Any], floor: float) -> float:
    if truth is None or (truth and not float(kind.smallest_normal) <= abs(truth) <= float(kind.max)):
        return np.nan
    if not np.isfinite(found) or not (truth or floor):
        return 0.0 if found == truth else np.inf
    with mpmath.workdps(60):
        unit = mpmath.ldexp(1, mpmath.frexp(max(abs(truth), floor))[1] - kind.nmant - 1)
        return float(abs(mpmath.mpf(found) - truth) / unit)


def worst(found: Array, truths: Sequence[Any], points: Sequence[Array], floor: Function | None = None) -> Worst:
    """The largest error, and where it is."""
    errors = ulps(found, truths, floor(*points) if floor else ())
    if np.isnan(errors).all():
        raise ValueError("accuracy: at none of these points is the truth a normal number; do they lie in the domain?")
    i = int(np.nanargmax(errors))
    return Worst(float(errors[i]), tuple(float(p[i]) for p in points), float(found[i]), float(truths[i]))
