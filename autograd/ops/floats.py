"""Parts, signs and steps of floating-point numbers."""

import numpy as np

from ..engine.op import numpy_ufuncs
from ..engine.types import Array
from .arithmetic import operand, power
from .cases import reals
from .declare import composite, elementwise, op

__all__ = [
    "copysign", "divmod", "fabs", "fix", "float_power", "fmax", "fmin", "frexp", "heaviside", "ldexp", "modf",
]  # fmt: skip


@composite(complex=False, cases=reals(away=(0,)), numpy=np.fabs)
def fabs(x: Array) -> Array:
    """The magnitude of x; see `absolute`.

    >>> fabs(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """
    return np.absolute(x)


def _but_nan(choose: np.ufunc, a: Array, b: Array) -> Array:
    return np.where(np.isnan(a), b, np.where(np.isnan(b), a, choose(a, b)))


@composite(complex=False, cases=reals(apart=True), numpy=np.fmax)
def fmax(a: Array, b: Array) -> Array:
    """The larger of a and b, or the one that is not nan; see `maximum`.

    >>> fmax(Tensor([1.0, float("nan")]), 3)
    Tensor([3., 3.])
    """
    return _but_nan(np.maximum, a, b)


@composite(complex=False, cases=reals(apart=True), numpy=np.fmin)
def fmin(a: Array, b: Array) -> Array:
    """The smaller of a and b, or the one that is not nan; see `minimum`.

    >>> fmin(Tensor([1.0, float("nan")]), 3)
    Tensor([1., 3.])
    """
    return _but_nan(np.minimum, a, b)


@elementwise(
    np.copysign,
    lambda g, a, b: g * np.sign(a) * np.copysign(1.0, b).astype(g.dtype),
    lambda g: np.zeros_like(g),
    cases=reals(away=(0,)),
    formulas={"a": "g * sign(a) * sign(b)", "b": "0"},
)
def copysign(a: Array, b: Array) -> Array:
    """The magnitude of a with the sign of b; constant in b between its jumps.

    >>> copysign(Tensor([1.0, 2.0]), Tensor([-1.0, 3.0]))
    Tensor([-1.,  2.])
    """


@elementwise(
    np.heaviside,
    lambda g: np.zeros_like(g),
    lambda g, a: np.where(a == 0, g, 0.0),
    cases=reals(away=(0,)),
    formulas={"a": "0", "b": "g * (a == 0)"},
)
def heaviside(a: Array, b: Array) -> Array:
    """0 where a is negative, 1 where it is positive, b at 0: constant in a between its jumps, so the gradient is 0.

    >>> heaviside(Tensor([-1.0, 0.0, 2.0]), 0.5)
    Tensor([0. , 0.5, 1. ])
    """


@elementwise(
    np.ldexp,
    lambda g, b: np.ldexp(g, b),
    cases=lambda d: (d.array(), np.array(d.integer(-3, 3))),
    formulas={"a": "g * 2**b"},
)
def ldexp(a: Array, b: Array) -> Array:
    """a times 2**b, for integers b: exact, without the power.

    >>> ldexp(Tensor([1.0, 3.0]), 2)
    Tensor([ 4., 12.])
    """


@op(cases=lambda d: (d.array(),))
def _exponent(x: Array) -> Array:
    """The exponent of the power of 2 above |x|. No derivative."""
    return np.frexp(x)[1]


@composite(complex=False, cases=lambda d: (d.array(low=1.1, high=1.9) * 2.0 ** d.integer(-2, 2),), numpy=np.frexp)
def frexp(x: Array) -> tuple[Array, Array]:
    """m of a size between a half and 1, and integers e, with x = m 2**e.

    >>> frexp(Tensor([1.0, 3.0]))
    (Tensor([0.5 , 0.75]), Tensor([1, 2], dtype=int32))
    """
    exponent = _exponent(x)
    return np.ldexp(x, -exponent), exponent


INTEGERS = reals(away=tuple(range(-3, 4)))


@composite(complex=False, cases=INTEGERS, numpy=np.modf)
def modf(x: Array) -> tuple[Array, Array]:
    """What follows the point, and what stands before it, both with the sign of x.

    >>> modf(Tensor([1.5, -2.25]))
    (Tensor([ 0.5 , -0.25]), Tensor([ 1., -2.]))
    """
    whole = np.trunc(x)
    return x - whole, whole


@composite(complex=False, cases=INTEGERS, numpy=np.fix)
def fix(x: Array) -> Array:
    """x without what follows the point; see `trunc`.

    >>> fix(Tensor([-1.5, 1.5]))
    Tensor([-1.,  1.])
    """
    return np.trunc(x)


@composite(complex=False, cases=lambda d: d.off_grid_quotient(), numpy=np.divmod)
def divmod(a: Array, b: Array) -> tuple[Array, Array]:
    """The floor of a / b, and what remains: see `floor_divide` and `remainder`.

    >>> divmod(Tensor([7.0, -7.0]), 2)
    (Tensor([ 3., -4.]), Tensor([1., 1.]))
    """
    return np.floor_divide(a, b), np.remainder(a, b)


def float_power(a: Array, b: Array) -> Array:
    """a to the power b in float64, also of integers, or in complex128.

    >>> float_power(Tensor([2, 3]), -1)
    Tensor([0.5   , 0.3333], dtype=float64)
    """
    return power(*(np.astype(x, np.result_type(x, np.float64)) for x in map(operand, (a, b))))


numpy_ufuncs[np.float_power] = float_power
