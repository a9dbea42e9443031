"""The gamma function and what is made of it: its inverse, sign and parts, and the beta function."""

from math import log, pi

import numpy as np
import scipy.special as sp

from ..engine.types import Array
from .arithmetic import times
from .cases import reals
from .declare import composite, elementwise
from .special import digamma, gammaln

__all__ = [
    "beta", "betaln", "gamma", "gammasgn", "multigammaln", "rgamma",
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
