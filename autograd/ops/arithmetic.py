"""Sums, products, powers and the choice between two values."""

from cmath import isfinite
from typing import Any

import numpy as np

from ..engine.call import NUMBERS, REALS
from ..engine.modes import tracing
from ..engine.op import numpy_functions
from ..engine.sweep import same
from ..engine.tensor import Tensor
from ..engine.types import Array, Function, Value
from .cases import Case, Draw, reals
from .corner import at_corner
from .declare import BROADCAST, elementwise, op

__all__ = [
    "abs", "absolute", "add", "cbrt", "clip", "divide", "floor_divide", "maximum", "minimum", "mod", "multiply",
    "nan_to_num", "negative", "positive", "power", "reciprocal", "remainder", "rsqrt", "sign", "sqrt", "square",
    "subtract", "where",
]  # fmt: skip


@elementwise(np.add, same, same, cases=reals(), operator="add", label="+")
def add(a: Array, b: Array) -> Array:
    """a + b, with broadcasting.

    >>> add(Tensor([1.0, 2.0]), 10)
    Tensor([11., 12.])
    """


@elementwise(np.subtract, same, lambda g: -g, cases=reals(), operator="sub", label="−")
def subtract(a: Array, b: Array) -> Array:
    """a - b, with broadcasting.

    >>> subtract(Tensor([1.0, 2.0]), 10)
    Tensor([-9., -8.])
    """


@elementwise(np.multiply, lambda g, b: g * b, lambda g, a: g * a, cases=reals(), operator="mul", label="×")
def multiply(a: Array, b: Array) -> Array:
    """a * b, element by element, with broadcasting.

    >>> multiply(Tensor([1.0, 2.0]), 10)
    Tensor([10., 20.])
    """


def operand(x: Value) -> Array:
    """x as what has a shape and a dtype: a list or a number becomes an array."""
    return x if hasattr(x, "dtype") else np.asarray(x)  # type: ignore[return-value]  # a Tensor answers, too


def constant(x: Any) -> Any:
    """The values of x, which carry no gradient: an array, or in a program being traced a Tensor that each run reads."""
    if not isinstance(x, Tensor):
        return np.asarray(x)
    return x.detach() if tracing() else x._array


def values_of(x: Any) -> Any:
    """What Python may look at: of a value in a program or a batch being traced, an error."""
    return x.data if isinstance(x, Tensor) else np.asarray(x)


def conjugated(x: Any) -> Any:
    """The conjugate of complex numbers, and real ones as they are, at no cost."""
    return np.conjugate(x) if x.dtype.kind == "c" else x


def ratio(g: Array, x: Any) -> Array:
    """g / x, and 0 where g is 0 even if x is 0 too: a branch not taken must not turn into nan."""
    if x.__class__ in NUMBERS or (not tracing() and x.all()):  # np.float64 is a float too, but may be 0
        return g / x
    idle = (g == 0) & (x == 0)
    return np.where(idle, 0.0, g / np.where(idle, 1.0, x))


def over_root(g: Array, root: Any) -> Array:
    """g / root, for a root that is positive, or nan outside of its domain; 0 where g is 0 and the root 0 or nan.

    Of an infinite root it is nan, unless g is 0: as 0, it would hide that something overflowed before, and turn the
    infinite slope there into that of a branch not taken.
    """
    if root.dtype.kind == "c":
        return ratio(g, root)
    if root.__class__ is np.ndarray:
        inside = root.min(initial=np.inf) > 0 and np.vdot(root, root) < np.inf  # the first of which a nan fails
    else:
        inside = not tracing() and ((root > 0) & (root < np.inf)).all()
    if inside:
        return g / root
    idle = (g == 0) & ((root == 0) | (root != root))
    return np.where((root == np.inf) & (g != 0), np.nan, g) / np.where(idle, 1.0, root)


def times(g: Array, slope: Any) -> Array:
    """g * slope, and 0 where g is 0 even if the slope is infinite, or nan: a branch not taken may overflow."""
    if slope.__class__ is np.ndarray:
        if (
            slope.size <= 10_000 or slope.dtype.kind == "c"
        ):  # above, BLAS would wake a second thread, which keeps a core busy for a while
            tame = np.vdot(slope, slope) < np.inf  # in half the time that a look at each would take
        else:
            tame = np.maximum.reduce(slope, axis=None) < np.inf and np.minimum.reduce(slope, axis=None) > -np.inf
        if tame:
            return g * slope
    elif not isinstance(slope, (Tensor, np.ndarray)) and isfinite(slope):
        return g * slope
    idle = (g == 0) & ~np.isfinite(slope)
    return np.where(idle, 0.0, g * np.where(idle, 1.0, slope))


def quiet(function: Function, *args: Any) -> Array:
    """What the function gives, without NumPy's warnings of overflow and nan: forward has given them before a rule."""
    with np.errstate(over="ignore", invalid="ignore"):
        return function(*args)


@elementwise(
    np.divide,
    lambda g, b: ratio(g, b),
    lambda g, a, b: ratio(ratio(-g * a, b), b),
    cases=(reals(), reals(away=(0,), gap=0.4)),
    operator="truediv",
    label="÷",
    formulas={"b": "-g * a / b**2"},
)
def divide(a: Array, b: Array) -> Array:
    """a / b, with broadcasting.

    >>> divide(Tensor([1.0, 2.0]), 4)
    Tensor([0.25, 0.5 ])
    """


@elementwise(np.negative, lambda g: -g, cases=reals(), operator="neg", label="−")
def negative(x: Array) -> Array:
    """-x.

    >>> negative(Tensor([1.0, -2.0]))
    Tensor([-1.,  2.])
    """


@elementwise(np.positive, same, cases=reals(), operator="pos", label="+")
def positive(x: Array) -> Array:
    """+x, the same values.

    >>> positive(Tensor([1.0, -2.0]))
    Tensor([ 1., -2.])
    """


def _power_base(g: Array, a: Array, b: Any) -> Array:
    # b a**(b - 1), but never infinity times a g of 0, nor 0 times infinity at b = 0
    if b.__class__ in REALS:
        if b == 0:
            return np.zeros_like(g * a)
        if b == 1 or b == 2:
            return g * (b * a ** (b - 1))
        return times(g, b * quiet(pow, a, b - 1)) if b > 1 else over_root(g * b, quiet(pow, a, 1 - b))
    if b.__class__ is complex or "c" in (g.dtype.kind, b.dtype.kind):
        return times(g, b * np.power(np.where((a == 0) & (b == 0), 1.0, a), b - 1.0))
    base = np.where((g == 0) & (((a == 0) & (b < 1)) | ((a < 0) & (b != np.rint(b)))), 1.0, a)
    # below a half b - 1 is rounded, which shows in the power of what is far from 1; then it is a**b / a
    whole = (b < 0.5) & (a != 0)
    exponent = np.where(whole, b, np.where((a == 0) & (b == 0), 1.0, b - 1.0))
    return g * b * np.power(base, exponent) / np.where(whole, a, 1.0)


def _power_exponent(g: Array, a: Array, y: Array) -> Array:
    outside = a == 0 if y.dtype.kind == "c" else (a == 0) | ((a < 0) & (g == 0))
    base = np.where(outside, 1.0, a)
    if y.dtype.kind == "c" and base.dtype.kind != "c":
        base = base + 0j  # a negative number has a logarithm there
    return times(g, y) * np.log(base)


@elementwise(
    np.power,
    _power_base,
    _power_exponent,
    cases=(reals(0.4, 3), reals(-2, 3)),
    operator="pow",
    label="**",
    formulas={"a": "g * b * a**(b - 1)", "b": "g * y * log(a)"},
)
def power(a: Array, b: Array) -> Array:
    """a to the power b. At b = 0 the gradient of a is 0, at a = 0 that of b is 0 (for b >= 0).

    A negative a has no derivative with respect to b: nan, with NumPy's warning.

    >>> power(Tensor([1.0, 2.0, 3.0]), 2)
    Tensor([1., 4., 9.])
    """


@elementwise(
    np.floor_divide,
    lambda g: np.zeros_like(g),
    lambda g: np.zeros_like(g),
    cases=lambda d: d.off_grid_quotient(),
    operator="floordiv",
    label="//",
    formulas={"a": "0", "b": "0"},
)
def floor_divide(a: Array, b: Array) -> Array:
    """The floor of a / b: constant between its jumps, so the gradient is 0.

    >>> floor_divide(Tensor([7.0, -7.0]), 2)
    Tensor([ 3., -4.])
    """


@elementwise(
    np.remainder,
    same,
    lambda g, a, b: -g * np.floor_divide(a, b),
    cases=lambda d: d.off_grid_quotient(),
    operator="mod",
    label="mod",
    formulas={"b": "-g * (a // b)"},
)
def remainder(a: Array, b: Array) -> Array:
    """a - b floor(a / b), with the sign of b. `mod` is the same.

    >>> remainder(Tensor([7.0, -7.0]), 3)
    Tensor([1., 2.])
    """


mod = remainder


@elementwise(
    np.absolute,
    lambda g, x: at_corner(g * conjugated(np.sign(x)), g, x, x, "abs", "x * x"),
    cases=reals(away=(0,)),
    operator="abs",
    label="|x|",
    method=True,
    formulas={"x": "g * sign(x)"},
)
def absolute(x: Array) -> Array:
    """The magnitude of x, which is real. At 0 the gradient is 0.

    >>> absolute(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """


abs = absolute
Tensor.abs = absolute


def _sign_rule(g: Array, x: Array) -> Array:
    if x.dtype.kind != "c":
        return np.zeros_like(g)
    y, size = np.sign(x), np.abs(x)  # what of g points along y changes the magnitude alone
    return (g - np.real(g * y) * np.conjugate(y)) / np.where(size == 0, np.inf, size)


@elementwise(np.sign, _sign_rule, cases=reals(away=(0,)), formulas={"x": "0"})
def sign(x: Array) -> Array:
    """-1, 0 or 1: constant between its jumps, so the gradient is 0. Of complex numbers x / abs(x), and 0 at 0.

    >>> sign(Tensor([3.0, 0.0, -2.0]))
    Tensor([ 1.,  0., -1.])
    """


@elementwise(np.square, lambda g, x: g * (2.0 * x), cases=reals(), label="x²", formulas={"x": "g * 2 * x"})
def square(x: Array) -> Array:
    """x squared.

    >>> square(Tensor([3.0, -2.0]))
    Tensor([9., 4.])
    """


@elementwise(
    np.sqrt,
    lambda g, y: over_root(g * 0.5, y),
    cases=reals(0.2, 4),
    label="√",
    method=True,
    formulas={"x": "g / (2 * y)"},
)
def sqrt(x: Array) -> Array:
    """The square root of x >= 0; its slope at 0 is infinite.

    >>> sqrt(Tensor([4.0, 9.0]))
    Tensor([2., 3.])
    """


@elementwise(
    np.cbrt,
    lambda g, y: ratio(g / 3.0, y * y),
    cases=reals(away=(0,), gap=0.4),
    label="∛",
    formulas={"x": "g / (3 * y**2)"},
)
def cbrt(x: Array) -> Array:
    """The cube root of x; its slope at 0 is infinite.

    >>> cbrt(Tensor([8.0, -27.0]))
    Tensor([ 2., -3.])
    """


@op(
    complex=True,
    x=lambda g, x: over_root(ratio(-0.5 * g, x), quiet(np.sqrt, x)),
    cases=lambda d: (d.array(low=0.4, high=4),),
    method=True,
    formulas={"x": "-g / (2 * x * sqrt(x))"},
)
def rsqrt(x: Array) -> Array:
    """1 / sqrt(x), for x > 0.

    >>> rsqrt(Tensor([4.0, 16.0]))
    Tensor([0.5 , 0.25])
    """
    return 1.0 / np.sqrt(x)


@elementwise(
    np.reciprocal, lambda g, x: ratio(ratio(-g, x), x), cases=reals(0.3, 3), label="1/x", formulas={"x": "-g / x**2"}
)
def reciprocal(x: Array) -> Array:
    """1 / x.

    >>> reciprocal(Tensor([4.0, -2.0]))
    Tensor([ 0.25, -0.5 ])
    """


def _share(g: Array, mine: Array, other: Array) -> Array:
    """All of g where `mine` is the larger, half of it at a tie."""
    return np.where(mine > other, g, np.where(mine == other, g * 0.5, 0.0))


@elementwise(
    np.maximum,
    lambda g, a, b: _share(g, a, b),
    lambda g, a, b: _share(g, b, a),
    complex=False,
    cases=reals(apart=True),
    label="max",
    formulas={"a": "g * ((a > b) + (a == b) / 2)", "b": "g * ((b > a) + (a == b) / 2)"},
)
def maximum(a: Array, b: Array) -> Array:
    """The larger of a and b. At a tie each gets half of the gradient.

    >>> maximum(Tensor([1.0, 5.0]), 3)
    Tensor([3., 5.])
    """


@elementwise(
    np.minimum,
    lambda g, a, b: _share(g, b, a),
    lambda g, a, b: _share(g, a, b),
    complex=False,
    cases=reals(apart=True),
    label="min",
    formulas={"a": "g * ((a < b) + (a == b) / 2)", "b": "g * ((b < a) + (a == b) / 2)"},
)
def minimum(a: Array, b: Array) -> Array:
    """The smaller of a and b. At a tie each gets half of the gradient.

    >>> minimum(Tensor([1.0, 5.0]), 3)
    Tensor([1., 3.])
    """


PLAIN = (int, float, type(None))


def _inside(g: Array, x: Array, min: Array | float | None, max: Array | float | None) -> Array:
    below = x < min if min is not None else False
    above = x > max if max is not None else False
    return np.where(below | above, 0.0, g)


def _below(g: Array, x: Array, min: Array, max: Array | float | None) -> Array:
    return np.where(x < min if max is None else (x < min) & (min <= max), g, 0.0)


def _above(g: Array, x: Array, min: Array | float | None, max: Array) -> Array:
    return np.where(x > max if min is None else (x > max) | (min > max), g, 0.0)


def _clip_cases(d: Draw) -> Case:
    x = d.array(away=(-1, 1))
    limits = [at + d.array(d.choice([(), x.shape[1:], (2, *x.shape)]), -0.02, 0.02) for at in (-1, 1)]
    return x, *d.choice([(-1.0, 1.0), limits, limits[::-1], (limits[0], None), (None, limits[1])])


@op(
    misfit=BROADCAST,
    x=_inside,
    min=_below,
    max=_above,
    cases=_clip_cases,
    numpy=np.clip,
    method=True,
    formulas={"x": "g * ((min <= x) & (x <= max))", "min": "g * (x < min)", "max": "g * (x > max)"},
)
def clip(x: Array, min: Array | float | None = None, max: Array | float | None = None) -> Array:
    """x limited to [min, max], with broadcasting. On a limit all of the gradient is that of x.

    Where min > max the result is max.

    >>> clip(Tensor([-5.0, 0.5, 5.0]), -1, 1)
    Tensor([-1. ,  0.5,  1. ])
    """
    x = operand(x)
    if x.dtype.kind == "f" and not (min.__class__ in PLAIN and max.__class__ in PLAIN):  # limits do not widen it
        min, max = (limit if limit is None else np.asarray(limit, x.dtype) for limit in (min, max))
    return np.clip(x, min, max)


@op(
    complex=True,
    misfit=BROADCAST,
    a=lambda g, condition: np.where(condition, g, 0.0),
    b=lambda g, condition: np.where(condition, 0.0, g),
    cases=lambda d: d.choice_between_two(),
    numpy=np.where,
)
def where(condition: Array, a: Array, b: Array) -> Array:
    """a where `condition` holds, else b; the branch not taken gets a gradient of 0.

    >>> where(np.array([True, False]), Tensor([1.0, 2.0]), 0.0)
    Tensor([1., 0.])
    """
    return np.where(condition, a, b)


def _where_as_numpy(condition: Array, *values: Any) -> Any:
    return where(condition, *values) if values else np.nonzero(condition)


numpy_functions[np.where] = _where_as_numpy  # which of a condition alone asks where it holds


def _where_finite(g: Array, x: Array) -> Array:
    if x.dtype.kind == "c":  # either part may be replaced
        return _where_finite(np.real(g), np.real(x)) + _where_finite(np.imag(g), np.imag(x)) * 1j
    return np.where(np.isfinite(x), g, 0.0)


@op(
    complex=True,
    x=_where_finite,
    cases=lambda d: (d.array(),),
    numpy=np.nan_to_num,
    formulas={"x": "where(isfinite(x), g, 0)"},
)
def nan_to_num(x: Array, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array:
    """x with nan and infinities replaced by numbers, which get no gradient.

    >>> nan_to_num(Tensor([1.0, float("nan")]))
    Tensor([1., 0.])
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
