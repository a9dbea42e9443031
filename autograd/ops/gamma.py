"""The gamma function and what is made of it: its inverse, sign and parts, and the beta function."""

from math import log, pi

import numpy as np
import scipy.special as sp

from ..engine.types import Array
from .arithmetic import operand, times
from .cases import Case, Draw, reals
from .declare import composite, elementwise, op
from .special import digamma, gammaln, xlogy

__all__ = [
    "beta", "betainc", "betaln", "gamma", "gammainc", "gammaincc", "gammasgn", "multigammaln", "rgamma",
]  # fmt: skip


@elementwise(
    sp.gamma,
    lambda g, x, y: times(g, y) * digamma(x),
    cases=reals(0.3, 4),
    formulas={"x": "g * y * digamma(x)"},
    complex=False,
)
def gamma(x: Array) -> Array:
    """The gamma function: (n - 1)! at an integer n.

    >>> gamma(Tensor([1.0, 5.0]))
    Tensor([ 1., 24.])
    """


@elementwise(
    sp.rgamma,
    lambda g, x, y: -g * y * digamma(x),
    cases=reals(0.3, 4),
    formulas={"x": "-g * y * digamma(x)"},
    complex=False,
)
def rgamma(x: Array) -> Array:
    """1 / gamma(x), also where that overflows.

    >>> rgamma(Tensor([1.0, 3.0]))
    Tensor([1. , 0.5])
    """


@elementwise(sp.gammasgn, lambda g: np.zeros_like(g), cases=reals(0.3, 4), formulas={"x": "0"})
def gammasgn(x: Array) -> Array:
    """The sign of gamma(x), which `gammaln` leaves out; constant between its jumps, so the gradient is 0.

    >>> gammasgn(Tensor([-0.5, 2.0]))
    Tensor([-1.,  1.])
    """


@elementwise(
    sp.betaln,
    lambda g, a, b: g * (digamma(a) - digamma(a + b)),
    lambda g, a, b: g * (digamma(b) - digamma(a + b)),
    cases=reals(0.3, 4),
)
def betaln(a: Array, b: Array) -> Array:
    """The logarithm of beta(a, b), for positive a and b.

    >>> betaln(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([-1.0986, -2.4849])
    """


@elementwise(
    sp.beta,
    lambda g, a, b, y: g * y * (digamma(a) - digamma(a + b)),
    lambda g, a, b, y: g * y * (digamma(b) - digamma(a + b)),
    cases=reals(0.3, 4),
)
def beta(a: Array, b: Array) -> Array:
    """gamma(a) gamma(b) / gamma(a + b), for positive a and b.

    >>> beta(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([0.3333, 0.0833])
    """


@composite(complex=False, cases=lambda d: (d.array(low=2.0, high=5.0), d.integer(1, 3)), numpy=sp.multigammaln)
def multigammaln(a: Array, d: int) -> Array:
    """The logarithm of the gamma function of d dimensions, for a > (d - 1) / 2.

    >>> multigammaln(Tensor([2.0, 3.0]), 2)
    Tensor([0.4516, 1.5502])
    """
    return d * (d - 1) / 4 * log(pi) + sum(gammaln(a - i / 2) for i in range(d))


# -- incomplete: of the last argument; by the others no closed form is known, and SciPy has none ------------


def _with_whole_a(d: Draw) -> Case:
    return np.array([d.integer(1, 3)]), d.array(low=0.3, high=4.0)


def _gamma_slope(a: Array, x: Array) -> Array:
    a = operand(a).astype(x.dtype)
    return np.exp(xlogy(a - 1.0, x) - x - gammaln(a))


def _beta_slope(a: Array, b: Array, x: Array) -> Array:
    a, b = (operand(v).astype(x.dtype) for v in (a, b))
    return np.exp(xlogy(a - 1.0, x) + xlogy(b - 1.0, 1.0 - x) - betaln(a, b))


@op(
    x=lambda g, a, x: g * _gamma_slope(a, x),
    cases=_with_whole_a,
    numpy=sp.gammainc,
    formulas={"x": "g * x**(a - 1) * exp(-x) / gamma(a)"},
)
def gammainc(a: Array, x: Array) -> Array:
    """The share of the gamma function's integral up to x. No derivative with respect to a.

    >>> gammainc(1, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.6321])
    """
    return sp.gammainc(np.asarray(a, x.dtype), x)


@op(
    x=lambda g, a, x: -g * _gamma_slope(a, x),
    cases=_with_whole_a,
    numpy=sp.gammaincc,
    formulas={"x": "-g * x**(a - 1) * exp(-x) / gamma(a)"},
)
def gammaincc(a: Array, x: Array) -> Array:
    """1 - gammainc(a, x), exact for large x. No derivative with respect to a.

    >>> gammaincc(1, Tensor([0.0, 1.0]))
    Tensor([1.    , 0.3679])
    """
    return sp.gammaincc(np.asarray(a, x.dtype), x)


@op(
    x=lambda g, a, b, x: g * _beta_slope(a, b, x),
    cases=lambda d: (np.array([d.integer(1, 3)]), np.array(d.integer(1, 3)), d.array(low=0.1, high=0.9)),
    numpy=sp.betainc,
    formulas={"x": "g * x**(a - 1) * (1 - x)**(b - 1) / beta(a, b)"},
)
def betainc(a: Array, b: Array, x: Array) -> Array:
    """The share of the beta function's integral up to x. No derivative with respect to a and b.

    >>> betainc(1, 1, Tensor([0.0, 0.25]))
    Tensor([0.  , 0.25])
    """
    return sp.betainc(np.asarray(a, x.dtype), np.asarray(b, x.dtype), x)
