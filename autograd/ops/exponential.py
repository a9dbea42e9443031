"""Exponentials and logarithms."""

import numpy as np

from ..engine.types import Array
from .arithmetic import ratio
from .cases import reals
from .declare import elementwise

__all__ = [
    "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2",
]  # fmt: skip

LN2 = float(np.log(2.0))
LN10 = float(np.log(10.0))


@elementwise(np.exp, lambda g, y: g * y, cases=reals(), method=True)
def exp(x: Array) -> Array:
    """e to the power x.

    >>> exp(Tensor([0.0, 1.0]))
    Tensor([1.    , 2.7183])
    """


@elementwise(np.exp2, lambda g, y: g * y * LN2, cases=reals(), formulas={"x": "g * y * log(2)"})
def exp2(x: Array) -> Array:
    """2 to the power x.

    >>> exp2(Tensor([0.0, 3.0]))
    Tensor([1., 8.])
    """


@elementwise(np.expm1, lambda g, y: g * (y + 1.0), cases=reals())
def expm1(x: Array) -> Array:
    """exp(x) - 1, exact near zero.

    >>> expm1(Tensor([0.0, 1e-6]))
    Tensor([0.e+00, 1.e-06])
    """


@elementwise(np.log, lambda g, x: ratio(g, x), cases=reals(0.2, 5), method=True)
def log(x: Array) -> Array:
    """The natural logarithm of x > 0.

    >>> log(Tensor([1.0, 10.0]))
    Tensor([0.    , 2.3026])
    """


@elementwise(np.log2, lambda g, x: ratio(g / LN2, x), cases=reals(0.2, 5), formulas={"x": "g / (x * log(2))"})
def log2(x: Array) -> Array:
    """The logarithm to base 2.

    >>> log2(Tensor([1.0, 8.0]))
    Tensor([0., 3.])
    """


@elementwise(np.log10, lambda g, x: ratio(g / LN10, x), cases=reals(0.2, 5), formulas={"x": "g / (x * log(10))"})
def log10(x: Array) -> Array:
    """The logarithm to base 10.

    >>> log10(Tensor([1.0, 1000.0]))
    Tensor([0., 3.])
    """


@elementwise(np.log1p, lambda g, x: ratio(g, 1.0 + x), cases=reals(-0.8, 5))
def log1p(x: Array) -> Array:
    """log(1 + x), exact near zero.

    >>> log1p(Tensor([0.0, 1e-6]))
    Tensor([0.e+00, 1.e-06])
    """


@elementwise(
    np.logaddexp,
    lambda g, a, b: g * _weight(a, b),
    lambda g, a, b: g * _weight(b, a),
    cases=reals(),
    formulas={"a": "g * exp(a - y)", "b": "g * exp(b - y)"},
)
def logaddexp(a: Array, b: Array) -> Array:
    """log(exp(a) + exp(b)) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp(Tensor([0.0, 1000.0]), 0.0)
    Tensor([6.9315e-01, 1.0000e+03])
    """


@elementwise(
    np.logaddexp2,
    lambda g, a, b: g * _weight(LN2 * a, LN2 * b),
    lambda g, a, b: g * _weight(LN2 * b, LN2 * a),
    cases=reals(),
    formulas={"a": "g * 2**(a - y)", "b": "g * 2**(b - y)"},
)
def logaddexp2(a: Array, b: Array) -> Array:
    """log2(2**a + 2**b) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp2(Tensor([0.0, 1000.0]), 0.0)
    Tensor([   1., 1000.])
    """


def _weight(mine: Array, other: Array) -> Array:
    """exp(mine) / (exp(mine) + exp(other)) = sigmoid(mine - other)."""
    from .special import sigmoid

    tie = np.isinf(mine) & np.equal(mine, other)  # inf - inf would be nan
    return sigmoid(np.where(tie, 0.0, np.subtract(mine, np.where(tie, 0.0, other))))
