"""Trigonometric and hyperbolic functions, in radians."""

from math import factorial

import numpy as np

from ..engine.op import numpy_ufuncs
from ..engine.tensor import Tensor
from ..engine.types import Array
from .arithmetic import over_root, quiet, ratio, times
from .cases import reals
from .corner import at_corner
from .declare import elementwise, op
from .slope import _arcsinh_slope, _arctan2_slope, _arctan_slope, _bump, _hypot_slope, _to_ends

__all__ = [
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh", "deg2rad", "degrees",
    "hypot", "rad2deg", "radians", "sin", "sinc", "sinh", "tan", "tanh",
]  # fmt: skip


@elementwise(np.sin, lambda g, x: g * np.cos(x), cases=reals(), method=True)
def sin(x: Array) -> Array:
    """The sine of x radians.

    >>> sin(Tensor([0.0, np.pi / 2]))
    Tensor([0., 1.])
    """


@elementwise(np.cos, lambda g, x: -g * np.sin(x), cases=reals(), method=True)
def cos(x: Array) -> Array:
    """The cosine of x radians.

    >>> cos(Tensor([0.0, np.pi]))
    Tensor([ 1., -1.])
    """


@elementwise(np.tan, lambda g, x: g / np.square(np.cos(x)), cases=reals(-1.2, 1.2), formulas={"x": "g / cos(x)**2"})
def tan(x: Array) -> Array:
    """The tangent of x radians.

    >>> tan(Tensor([0.0, np.pi / 4]))
    Tensor([0., 1.])
    """


@elementwise(
    np.arcsin,
    lambda g, x: over_root(g, quiet(np.sqrt, _to_ends(x, -1.0, 1.0))),
    cases=reals(-0.8, 0.8),
    formulas={"x": "g / sqrt(1 - x**2)"},
)
def arcsin(x: Array) -> Array:
    """The angle in [-pi/2, pi/2] whose sine is x.

    >>> arcsin(Tensor([0.0, 1.0]))
    Tensor([0.    , 1.5708])
    """


@elementwise(
    np.arccos,
    lambda g, x: -over_root(g, quiet(np.sqrt, _to_ends(x, -1.0, 1.0))),
    cases=reals(-0.8, 0.8),
    formulas={"x": "-g / sqrt(1 - x**2)"},
)
def arccos(x: Array) -> Array:
    """The angle in [0, pi] whose cosine is x.

    >>> arccos(Tensor([0.0, 1.0]))
    Tensor([1.5708, 0.    ])
    """


@elementwise(np.arctan, lambda g, x: g * _arctan_slope(x), cases=reals(), formulas={"x": "g / (1 + x**2)"})
def arctan(x: Array) -> Array:
    """The angle in (-pi/2, pi/2) whose tangent is x.

    >>> arctan(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7854])
    """


@elementwise(
    np.arctan2,
    lambda g, a, b: g * _arctan2_slope(a, b),
    lambda g, a, b: -g * _arctan2_slope(b, a),
    cases=(reals(away=(0,), gap=0.4), reals(away=(0,), gap=0.4)),
    formulas={"a": "g * b / (a**2 + b**2)", "b": "-g * a / (a**2 + b**2)"},
)
def arctan2(a: Array, b: Array) -> Array:
    """The angle of the point (b, a), in (-pi, pi].

    >>> arctan2(Tensor([0.0, 1.0]), Tensor([-1.0, 0.0]))
    Tensor([3.1416, 1.5708])
    """


@elementwise(np.sinh, lambda g, x: times(g, quiet(np.cosh, x)), cases=reals(), formulas={"x": "g * cosh(x)"})
def sinh(x: Array) -> Array:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2.

    >>> sinh(Tensor([0.0, 1.0]))
    Tensor([0.    , 1.1752])
    """


@elementwise(np.cosh, lambda g, x: times(g, quiet(np.sinh, x)), cases=reals(), formulas={"x": "g * sinh(x)"})
def cosh(x: Array) -> Array:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2.

    >>> cosh(Tensor([0.0, 1.0]))
    Tensor([1.    , 1.5431])
    """


# of y alone, 1 - y**2 would be 0 from 19 on, in single precision from 9, and lose digits long before
@elementwise(
    np.tanh, lambda g, x: 4.0 * g * _bump(x, 2.0), cases=reals(), method=True, formulas={"x": "g * (1 - y**2)"}
)
def tanh(x: Array) -> Array:
    """The hyperbolic tangent: -1 to 1, slope 1 at 0.

    >>> tanh(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7616])
    """


@elementwise(np.arcsinh, lambda g, x: g * _arcsinh_slope(x), cases=reals(), formulas={"x": "g / sqrt(x**2 + 1)"})
def arcsinh(x: Array) -> Array:
    """The inverse of sinh.

    >>> arcsinh(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.8814])
    """


@elementwise(
    np.arccosh,
    lambda g, x: over_root(over_root(g, quiet(np.sqrt, x - 1.0)), quiet(np.sqrt, x + 1.0)),
    cases=reals(1.3, 4),
    formulas={"x": "g / sqrt(x**2 - 1)"},
)
def arccosh(x: Array) -> Array:
    """The inverse of cosh, for x >= 1.

    >>> arccosh(Tensor([1.0, 2.0]))
    Tensor([0.   , 1.317])
    """


@elementwise(
    np.arctanh,
    lambda g, x: ratio(g, _to_ends(x, -1.0, 1.0)),
    cases=reals(-0.8, 0.8),
    formulas={"x": "g / (1 - x**2)"},
)
def arctanh(x: Array) -> Array:
    """The inverse of tanh, for -1 < x < 1.

    >>> arctanh(Tensor([0.0, 0.5]))
    Tensor([0.    , 0.5493])
    """


@elementwise(np.deg2rad, lambda g: np.deg2rad(g), cases=reals(), formulas={"x": "g * pi / 180"})
def deg2rad(x: Array) -> Array:
    """x degrees in radians.

    >>> deg2rad(Tensor([180.0, 90.0]))
    Tensor([3.1416, 1.5708])
    """


@elementwise(np.rad2deg, lambda g: np.rad2deg(g), cases=reals(), formulas={"x": "g * 180 / pi"})
def rad2deg(x: Array) -> Array:
    """x radians in degrees.

    >>> rad2deg(Tensor([np.pi, np.pi / 2]))
    Tensor([180.,  90.])
    """


degrees, radians = rad2deg, deg2rad
numpy_ufuncs[np.degrees], numpy_ufuncs[np.radians] = rad2deg, deg2rad


@elementwise(
    np.hypot,
    lambda g, a, b, y: _share(g, a, b, y),
    lambda g, a, b, y: _share(g, b, a, y),
    cases=reals(away=(0,), gap=0.4),
    formulas={"a": "g * a / y", "b": "g * b / y"},
)
def hypot(a: Array, b: Array) -> Array:
    """sqrt(a**2 + b**2); at (0, 0) the gradient is 0.

    >>> hypot(Tensor([3.0, 0.0]), Tensor([4.0, 0.0]))
    Tensor([5., 0.])
    """


def _share(g: Array, mine: Array, other: Array, y: Array) -> Array:
    """g mine / y, written so that it can be differentiated where it is recorded."""
    if not isinstance(y, Tensor):
        return ratio(g * mine, y)
    return at_corner(g * _hypot_slope(mine, other), g, mine, y, "hypot", "a * a + b * b")


def _sinc_derivative(x: Array, order: int) -> Array:
    """The derivative of sinc of that order, without the cancellation of its closed form near 0.

    Near 0 by its power series; far from 0 by x f_n + n f_{n-1} = pi^(n-1) sin(pi x + n pi / 2), which follows from
    differentiating x f = sin(pi x) / pi.
    """
    x = np.asarray(x, np.result_type(x, np.float64))
    near = np.abs(x) < 0.25 * (order + 1)
    small = np.where(near, x, 0.0)
    first = (order + 1) // 2  # the first term that is left of those in x**(2 k)
    ks = range(first, first + 24)
    series = [(-1) ** k * np.pi ** (2 * k) / ((2 * k + 1) * factorial(2 * k - order)) for k in ks]
    inner = small ** (order % 2) * np.polynomial.polynomial.polyval(small * small, series)
    far = np.where(near, order + 1.0, x)
    period = np.remainder(np.real(far), 2.0)  # without rounding, as is the way to the nearest quarter of it
    quarters = np.rint(2.0 * period)
    angle = np.pi * (period - 0.5 * quarters + (np.imag(far) * 1j if x.dtype.kind == "c" else 0.0))
    outer = -_wave(angle, quarters + 1) / (np.pi * far)
    for n in range(1, order + 1):
        outer = (np.pi ** (n - 1) * _wave(angle, quarters + n - 1) - n * outer) / far
    return np.where(near, inner, outer)


def _wave(angle: Array, quarters: Array) -> Array:
    """The cosine of the angle and so many quarters of a turn."""
    wave = np.where(quarters % 2 == 1, np.sin(angle), np.cos(angle))
    return np.where((quarters % 4 == 1) | (quarters % 4 == 2), -wave, wave)


@op(
    complex=True,
    x=lambda g, x, order: g * sinc(x, order + 1),
    cases=lambda d: (d.array(),),
    numpy=np.sinc,
)
def sinc(x: Array, order: int = 0) -> Array:
    """sin(pi x) / (pi x), 1 at 0; `order` gives its derivative of that order.

    >>> sinc(Tensor([0.0, 0.5, 1.0]))
    Tensor([ 1.0000e+00,  6.3662e-01, -2.7828e-08])
    """
    return np.sinc(x) if order == 0 else np.asarray(_sinc_derivative(x, order), x.dtype)
