"""Exponentials and logarithms."""

import math

import numpy as np
import scipy.special as sp

from ..engine.op import numpy_ufuncs
from ..engine.types import Array
from .arithmetic import over_root, quiet, times
from .cases import reals
from .declare import elementwise, op

__all__ = [
    "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2",
]  # fmt: skip

LN2 = float(np.log(2.0))
LN10 = float(np.log(10.0))


@elementwise(np.exp, lambda g, y: times(g, y), cases=reals(), method=True)
def exp(x: Array) -> Array:
    """e to the power x.

    >>> exp(Tensor([0.0, 1.0]))
    Tensor([1.    , 2.7183])
    """


@elementwise(np.exp2, lambda g, y: times(g, y) * LN2, cases=reals(), formulas={"x": "g * y * log(2)"})
def exp2(x: Array) -> Array:
    """2 to the power x.

    >>> exp2(Tensor([0.0, 3.0]))
    Tensor([1., 8.])
    """


@elementwise(np.expm1, lambda g, x: times(g, quiet(np.exp, x)), cases=reals(), formulas={"x": "g * exp(x)"})
def expm1(x: Array) -> Array:
    """exp(x) - 1, exact near zero.

    >>> expm1(Tensor([0.0, 1e-6]))
    Tensor([0.e+00, 1.e-06])
    """


@elementwise(np.log, lambda g, x: over_root(g, x), cases=reals(0.2, 5), method=True)
def log(x: Array) -> Array:
    """The natural logarithm of x > 0.

    >>> log(Tensor([1.0, 10.0]))
    Tensor([0.    , 2.3026])
    """


@elementwise(np.log2, lambda g, x: over_root(g / LN2, x), cases=reals(0.2, 5), formulas={"x": "g / (x * log(2))"})
def log2(x: Array) -> Array:
    """The logarithm to base 2.

    >>> log2(Tensor([1.0, 8.0]))
    Tensor([0., 3.])
    """


@elementwise(np.log10, lambda g, x: over_root(g / LN10, x), cases=reals(0.2, 5), formulas={"x": "g / (x * log(10))"})
def log10(x: Array) -> Array:
    """The logarithm to base 10.

    >>> log10(Tensor([1.0, 1000.0]))
    Tensor([0., 3.])
    """


@elementwise(np.log1p, lambda g, x: over_root(g, 1.0 + x), cases=reals(-0.8, 5))
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
    lambda g, a, b: g * _weight(a, b, 2.0),
    lambda g, a, b: g * _weight(b, a, 2.0),
    cases=reals(),
    formulas={"a": "g * 2**(a - y)", "b": "g * 2**(b - y)"},
)
def logaddexp2(a: Array, b: Array) -> Array:
    """log2(2**a + 2**b) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp2(Tensor([0.0, 1000.0]), 0.0)
    Tensor([   1., 1000.])
    """


@op(
    a=lambda g, a, b, y, base: g * y * _weight(b, a, base) * math.log(base),
    b=lambda g, a, b, y, base: -g * y * _weight(b, a, base) * math.log(base),
    cases=lambda d: (*d.operands((reals(), reals())), d.choice([np.e, 2.0])),
    formulas={"a": "g * y * (1 - y) * log(base)", "b": "-g * y * (1 - y) * log(base)"},
)
def _weight(a: Array, b: Array, base: float = np.e) -> Array:
    """base**a / (base**a + base**b) = 1 / (1 + base**(b - a))."""
    tie = np.isinf(a) & np.equal(a, b)  # inf - inf would be nan
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.where(tie, 0.0, np.subtract(a, b))
        w = 1.0 / (1.0 + (np.exp(-gap) if base == np.e else np.exp2(-gap)))
        # what the rounding of a large difference lost is no small part of its exponential
        back = gap - a
        lost = (a - (gap - back)) - (b + back)
    return w + np.where(np.isfinite(lost), lost * math.log(base), 0.0) * w * (1.0 - w)


for name in ("cbrt", "exp2", "expm1", "log1p"):  # SciPy has loops of its own for what are the same functions
    numpy_ufuncs[getattr(sp, name)] = numpy_ufuncs[getattr(np, name)]
