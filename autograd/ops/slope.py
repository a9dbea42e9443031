"""Derivatives that keep their digits wherever they are small, each an operation whose own derivative keeps them too.

A rule such as 1 - y * y for tanh is right and yet useless where y is 1 to the last digit; and a derivative of what is
written without cancellation, (1 - x) * (1 + x), may cancel itself. So these have rules of their own.
"""

import numpy as np

from ..engine.types import Array
from .cases import reals
from .declare import op

__all__: list[str] = []


@op(
    complex=True,
    x=lambda g, x, y, k: g * y * (-k * np.tanh(0.5 * k * x)),
    cases=lambda d: (d.array(), d.choice([1.0, 2.0])),
)
def _bump(x: Array, k: float = 1.0) -> Array:
    """s (1 - s) for s = sigmoid(k x): small on both sides, and exact there."""
    u = np.exp((np.where(np.real(x) < 0, -x, x) if x.dtype.kind == "c" else np.abs(x)) * -k)
    u /= 1.0 + u  # sigmoid(-|k x|), at most a half: what is taken from it is the lesser part
    u -= u * u
    return u


@op(complex=True, x=lambda g, x, y, k: g * (y * x) * (-2.0 * k), cases=lambda d: (d.array(), d.choice([1.0, 0.5])))
def _bell(x: Array, k: float = 1.0) -> Array:
    """exp(-k x**2), for k = 1 or a half: a square rounded to 53 bits would leave its exponential ten fewer."""
    if x.dtype.kind == "c":
        return np.exp(-k * x * x)
    if x.dtype.itemsize < 8:
        return np.exp(-k * np.square(x, dtype=np.float64)).astype(x.dtype)
    x = np.clip(x, -40.0, 40.0)
    near = np.rint(x * 64.0) / 64.0  # few bits, whose square is exact
    square, rest = k * near * near, k * (x - near) * (x + near)
    whole = square + rest
    return np.exp(-whole) * (1.0 - ((square - whole) + rest))


@op(complex=True, x=lambda g, x, low, high: g * (low + high - 2.0 * x), cases=lambda d: (d.array(), -1.0, 1.0))
def _to_ends(x: Array, low: float, high: float) -> Array:
    """(x - low) (high - x), exact near both ends."""
    return (x - low) * (high - x)


@op(complex=True, x=lambda g, x, y: -2.0 * g * (x * y) * y, cases=lambda d: (d.array(),))
def _arctan_slope(x: Array) -> Array:
    """1 / (1 + x**2), whose derivative does not pass through x**-4, which underflows."""
    return 1.0 / (1.0 + x * x)


@op(complex=True, x=lambda g, x, y: -g * (x * y) * y * y, cases=lambda d: (d.array(),))
def _arcsinh_slope(x: Array) -> Array:
    """1 / sqrt(1 + x**2), where the square would overflow, too."""
    return 1.0 / (np.sqrt(1.0 + x * x) if x.dtype.kind == "c" else np.hypot(x, 1.0))


def _length(a: Array, b: Array) -> Array:
    """hypot(a, b), and 1 where it is 0: what is divided by it is 0 there."""
    h = np.hypot(a, b)
    return np.where(h == 0, 1.0, h)


_off_zero = (reals(away=(0,), gap=0.4), reals(away=(0,), gap=0.4))


@op(
    a=lambda g, a, b: g * np.square(b / _length(a, b)) / _length(a, b),
    b=lambda g, a, b: -g * (a / _length(a, b)) * (b / _length(a, b)) / _length(a, b),
    cases=_off_zero,
    formulas={"a": "g * b**2 / (a**2 + b**2)**1.5", "b": "-g * a * b / (a**2 + b**2)**1.5"},
)
def _hypot_slope(a: Array, b: Array) -> Array:
    """a / hypot(a, b), whose derivative is not the difference of two nearly equal numbers where b is small."""
    return a / _length(a, b)


@op(
    a=lambda g, a, b: -2.0 * g * (a / _length(a, b)) * (b / _length(a, b)) / _length(a, b) / _length(a, b),
    b=lambda g, a, b: g * ((a - b) / _length(a, b)) * ((a + b) / _length(a, b)) / _length(a, b) / _length(a, b),
    cases=_off_zero,
    formulas={"a": "-2 * g * a * b / (a**2 + b**2)**2", "b": "g * y * (1 / b - 2 * y)"},
)
def _arctan2_slope(a: Array, b: Array) -> Array:
    """b / (a**2 + b**2), where the squares over- and underflow, too."""
    h = _length(a, b)
    return b / h / h
