"""Special functions, on SciPy's."""

from functools import wraps
from typing import Any

import numpy as np
import scipy.special as sp

from ..engine.op import numpy_ufuncs
from ..engine.types import Array, Function
from .arithmetic import operand, ratio, times
from .cases import Case, Draw, reals
from .declare import elementwise, op
from .slope import _bell, _bump, _to_ends

__all__ = [
    "digamma", "erf", "erfc", "gammaln", "log_sigmoid", "logit", "polygamma", "sigmoid", "softplus", "xlogy",
]  # fmt: skip

SQRT_PI = float(np.sqrt(np.pi))


@elementwise(
    sp.erf,
    lambda g, x: g * (2.0 / SQRT_PI * _bell(x)),
    cases=reals(),
    formulas={"x": "g * 2 / sqrt(pi) * exp(-x**2)"},
)
def erf(x: Array) -> Array:
    """The error function, 2/sqrt(pi) times the integral of exp(-t**2) from 0 to x.

    >>> erf(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.8427])
    """


@elementwise(
    sp.erfc,
    lambda g, x: g * (-2.0 / SQRT_PI * _bell(x)),
    cases=reals(),
    formulas={"x": "-g * 2 / sqrt(pi) * exp(-x**2)"},
)
def erfc(x: Array) -> Array:
    """1 - erf(x), exact for large x.

    >>> erfc(Tensor([0.0, 5.0]))
    Tensor([1.0000e+00, 1.5375e-12])
    """


MANY = 2048  # numbers in single precision for which several of NumPy's vectorised passes beat one of SciPy's


def are_many(x: Array) -> bool:
    """Whether x is an array that a few passes in single precision serve better than a SciPy function."""
    return x.__class__ is np.ndarray and x.dtype == np.float32 and x.size >= MANY


HALF = np.dtype(np.float16)  # an object of its own, which is faster asked for than compared


def widened(x: Array) -> Array:
    """Half precision as single, in which squares and sums do not overflow; anything else as it is."""
    return x.astype(np.float32) if getattr(x, "dtype", None) is HALF else x


def in_single(forward: Function) -> Function:
    """`forward(x, ...)` computed in single precision where x is in half, and given back in half."""

    @wraps(forward)
    def call(x: Array, *args: Any, **options: Any) -> Array:
        y = forward(widened(x), *args, **options)
        return y.astype(np.float16) if getattr(x, "dtype", None) is HALF else y

    return call


# of y alone, y (1 - y) would be 0 from 37 on, in single precision from 17, and lose digits long before
@op(
    complex=True,
    x=lambda g, x: g * _bump(x),
    cases=reals(-5, 5),
    label="σ",
    method=True,
    formulas={"x": "g * y * (1 - y)"},
)
@in_single
def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), stable for any x.

    >>> sigmoid(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([0. , 0.5, 1. ])
    """
    x = operand(x)
    if x.dtype.kind == "c":
        left = np.real(x) < 0
        u = np.exp(np.where(left, x, -x))  # at most 1 in size
        return np.where(left, u, 1.0) / (1.0 + u)
    if not are_many(x):
        return sp.expit(x)
    y = np.negative(x)
    with np.errstate(over="ignore"):  # 1 / (1 + inf) is the 0 that is meant
        np.exp(y, out=y)
    y += 1.0
    return np.reciprocal(y, out=y)


numpy_ufuncs[sp.expit] = sigmoid  # which takes real numbers only


def _log_1_plus_exp(x: Array) -> Array:
    if not are_many(x):
        return -sp.log_expit(-x)
    u = np.abs(x)
    np.negative(u, out=u)
    np.exp(u, out=u)
    w = 1.0 + u
    # log(w) plus what the rounding of w lost, (u - (w - 1)) / w, is log(1 + u) to the last digit
    lost = w - 1.0
    np.subtract(u, lost, out=lost)
    lost /= w
    y = np.log(w, out=w)
    y += lost
    y += np.maximum(x, 0, out=u)
    return y


@op(x=lambda g, x: g * sigmoid(-x), cases=reals(-5, 5), numpy=sp.log_expit, label="log σ")
@in_single
def log_sigmoid(x: Array) -> Array:
    """log(sigmoid(x)), stable for any x.

    >>> log_sigmoid(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([-1.0000e+03, -6.9315e-01, -0.0000e+00])
    """
    return -_log_1_plus_exp(-x)


def _softplus_rule(g: Array, x: Array, beta: float, threshold: float) -> Array:
    z = beta * x
    return g * np.where(z > threshold, 1.0, sigmoid(z)).astype(g.dtype)


def _softplus_cases(d: Draw) -> Case:
    beta, threshold = d.choice([(1.0, 20.0), (2.5, 20.0), (-1.0, 20.0), (2.0, 4.0)])
    return (d.array(low=-5, high=5, away=(threshold / beta,)),), {"beta": beta, "threshold": threshold}


@op(x=_softplus_rule, cases=_softplus_cases, formulas={"x": "g * sigmoid(beta * x)"})
@in_single
def softplus(x: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """log(1 + exp(beta x)) / beta, stable for any x; simply x, with slope 1, where beta x > threshold.

    >>> softplus(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
    """
    z = beta * x
    return np.where(z > threshold, x, _log_1_plus_exp(z) / beta)[()]


@elementwise(sp.gammaln, lambda g, x: times(g, digamma(x)), cases=reals(0.3, 5))
def gammaln(x: Array) -> Array:
    """The logarithm of |gamma(x)|; that of (n - 1)! at an integer n.

    >>> gammaln(Tensor([1.0, 5.0]))
    Tensor([0.    , 3.1781])
    """


@elementwise(sp.digamma, lambda g, x: times(g, polygamma(x, 1)), cases=reals(0.3, 5), complex=False)
def digamma(x: Array) -> Array:
    """The derivative of gammaln.

    >>> digamma(Tensor([1.0, 5.0]))
    Tensor([-0.5772,  1.5061])
    """


@op(
    x=lambda g, x, order: times(g, polygamma(x, order + 1)),
    cases=lambda d: (d.array(low=0.5, high=5), d.integer(1, 2)),
)
def polygamma(x: Array, order: int = 1) -> Array:
    """The derivative of digamma of that order, for x > 0.

    >>> polygamma(Tensor([1.0]), 1)
    Tensor([1.6449])
    """
    y, dtype = sp.polygamma(order, x), np.asarray(x).dtype
    return y.astype(dtype) if dtype.kind == "f" else y


# at a = 0 the slope in a is log(b), whatever b; a branch not taken (g = 0) must not make nan of log(0)
@elementwise(
    sp.xlogy,
    lambda g, b: g * np.log(np.where((g == 0) & (b == 0), 1.0, b)),
    lambda g, a, b: ratio(g * a, b),
    cases=(reals(), reals(0.3, 4)),
    formulas={"a": "g * log(b)"},
)
def xlogy(a: Array, b: Array) -> Array:
    """a log(b), and 0 at a = 0 even if b is 0.

    >>> xlogy(Tensor([0.0, 2.0]), Tensor([0.0, 3.0]))
    Tensor([0.    , 2.1972])
    """


@elementwise(
    sp.logit, lambda g, x: ratio(g, _to_ends(x, 0.0, 1.0)), cases=reals(0.1, 0.9), formulas={"x": "g / (x * (1 - x))"}
)
def logit(x: Array) -> Array:
    """log(x / (1 - x)), the inverse of sigmoid.

    >>> logit(Tensor([0.5, 0.9]))
    Tensor([0.    , 2.1972])
    """
