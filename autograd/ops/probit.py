"""The normal distribution function, its logarithm and inverse, and the inverse error functions."""

import numpy as np
import scipy.special as sp

from ..engine.types import Array
from .arithmetic import ratio
from .cases import reals
from .declare import composite, elementwise, op
from .slope import _bell
from .special import SQRT_PI, xlogy

__all__ = [
    "entr", "erfcinv", "erfinv", "kl_div", "log_ndtr", "ndtr", "ndtri", "rel_entr", "xlog1py",
]  # fmt: skip

SQRT_2, SQRT_2PI = float(np.sqrt(2.0)), float(np.sqrt(2.0 * np.pi))


@elementwise(
    sp.erfinv,
    lambda g, y: ratio(g * (SQRT_PI / 2.0), _bell(y)),
    cases=reals(-0.9, 0.9),
    formulas={"x": "g * sqrt(pi) / 2 * exp(y**2)"},
)
def erfinv(x: Array) -> Array:
    """The inverse of erf, for -1 < x < 1.

    >>> erfinv(Tensor([0.0, 0.8427]))
    Tensor([0., 1.])
    """


@elementwise(
    sp.erfcinv,
    lambda g, y: ratio(g * (-SQRT_PI / 2.0), _bell(y)),
    cases=reals(0.1, 1.9),
    formulas={"x": "-g * sqrt(pi) / 2 * exp(y**2)"},
)
def erfcinv(x: Array) -> Array:
    """The inverse of erfc, for 0 < x < 2.

    >>> erfcinv(Tensor([1.5, 0.5]))
    Tensor([-0.4769,  0.4769])
    """


@elementwise(
    sp.ndtr,
    lambda g, x: g * (_bell(x, 0.5) / SQRT_2PI),
    cases=reals(),
    formulas={"x": "g * exp(-x**2 / 2) / sqrt(2 * pi)"},
)
def ndtr(x: Array) -> Array:
    """The normal distribution function: the probability of less than x.

    >>> ndtr(Tensor([0.0, 1.96]))
    Tensor([0.5  , 0.975])
    """


@elementwise(
    sp.ndtri,
    lambda g, y: ratio(g * SQRT_2PI, _bell(y, 0.5)),
    cases=reals(0.1, 0.9),
    formulas={"x": "g * sqrt(2 * pi) * exp(y**2 / 2)"},
)
def ndtri(x: Array) -> Array:
    """The inverse of ndtr: the quantile of the normal distribution, for 0 < x < 1.

    >>> ndtri(Tensor([0.5, 0.975]))
    Tensor([0.  , 1.96])
    """


@op(x=lambda g, x, y: -g * y * (x + y), cases=lambda d: (d.array(),), formulas={"x": "-g * y * (x + y)"})
def _hazard(x: Array) -> Array:
    """The slope of log_ndtr, the normal density by its distribution function, where both underflow, too."""
    below = np.minimum(x, 0.0)
    tail = (2.0 / SQRT_2PI) / sp.erfcx(below * (-1.0 / SQRT_2))
    return np.where(x < 0, tail, _bell(x, 0.5) / (SQRT_2PI * sp.ndtr(x))).astype(x.dtype)


@elementwise(
    sp.log_ndtr,
    lambda g, x: g * _hazard(x),
    cases=reals(),
    formulas={"x": "g * exp(-x**2 / 2) / (sqrt(2 * pi) * exp(y))"},
    complex=False,
)
def log_ndtr(x: Array) -> Array:
    """log(ndtr(x)), without underflow for small x.

    >>> log_ndtr(Tensor([0.0, -40.0]))
    Tensor([-6.9315e-01, -8.0461e+02])
    """


@elementwise(
    sp.entr, lambda g, x: -g * (np.log(np.where((g == 0) & (x == 0), 1.0, x)) + 1.0), cases=reals(0.2, 4),
    formulas={"x": "-g * (log(x) + 1)"},
)  # fmt: skip
def entr(x: Array) -> Array:
    """-x log(x), 0 at 0: a share's part of the entropy.

    >>> entr(Tensor([0.0, 0.5, 1.0]))
    Tensor([ 0.    ,  0.3466, -0.    ])
    """


@composite(complex=False, cases=reals(0.3, 4), numpy=sp.rel_entr)
def rel_entr(a: Array, b: Array) -> Array:
    """a log(a / b), 0 at a = 0: the part of a share a in the entropy relative to shares b.

    >>> rel_entr(Tensor([0.0, 0.5]), 0.25)
    Tensor([0.    , 0.3466])
    """
    return xlogy(a, a / b)


@composite(complex=False, cases=reals(0.3, 4), numpy=sp.kl_div)
def kl_div(a: Array, b: Array) -> Array:
    """a log(a / b) - a + b, SciPy's: never negative, 0 at a = b; the loss of that name is `nn.functional.kl_div`.

    >>> kl_div(Tensor([0.5, 0.5]), Tensor([0.5, 0.25]))
    Tensor([0.    , 0.0966])
    """
    return xlogy(a, a / b) - a + b


@elementwise(
    sp.xlog1py, lambda g, b: g * np.log1p(b), lambda g, a, b: ratio(g * a, 1.0 + b), cases=(reals(), reals(-0.7, 4)),
    formulas={"a": "g * log1p(b)", "b": "g * a / (1 + b)"},
)  # fmt: skip
def xlog1py(a: Array, b: Array) -> Array:
    """a log(1 + b), and 0 at a = 0.

    >>> xlog1py(Tensor([0.0, 2.0]), Tensor([-1.0, 1.0]))
    Tensor([0.    , 1.3863])
    """
