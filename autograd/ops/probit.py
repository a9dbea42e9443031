"""The normal distribution function, its logarithm and inverse, and the inverse error functions."""

import numpy as np
import scipy.special as sp

from ..engine.types import Array
from .arithmetic import ratio, times
from .cases import reals
from .declare import elementwise
from .slope import _bell
from .special import SQRT_PI

__all__ = [
    "entr", "erfcinv", "erfcx", "erfinv", "kl_div", "log_ndtr", "ndtr", "ndtri", "rel_entr", "xlog1py",
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


@elementwise(sp.erfcx, lambda g, x, y: times(g, 2.0 * x * y - 2.0 / SQRT_PI), cases=reals(-2, 3))
def erfcx(x: Array) -> Array:
    """exp(x**2) erfc(x), which does not underflow for large x.

    >>> erfcx(Tensor([0.0, 100.0]))
    Tensor([1.    , 0.0056])
    """


@elementwise(
    sp.ndtr, lambda g, x: g * (_bell(x, 0.5) / SQRT_2PI), cases=reals(), formulas={"x": "g * exp(-x**2 / 2) / sqrt(2 * pi)"}
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


@elementwise(
    sp.log_ndtr,
    lambda g, x: g * (2.0 / SQRT_2PI) / erfcx(x * (-1.0 / SQRT_2)),
    cases=reals(),
    formulas={"x": "g * exp(-x**2 / 2) / (sqrt(2 * pi) * exp(y))"},
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


@elementwise(
    sp.rel_entr, lambda g, a, b: g * (np.log(a / b) + 1.0), lambda g, a, b: ratio(-g * a, b), cases=reals(0.3, 4),
    formulas={"a": "g * (log(a / b) + 1)", "b": "-g * a / b"},
)  # fmt: skip
def rel_entr(a: Array, b: Array) -> Array:
    """a log(a / b), 0 at a = 0: the part of a share a in the entropy relative to shares b.

    >>> rel_entr(Tensor([0.0, 0.5]), 0.25)
    Tensor([0.    , 0.3466])
    """


@elementwise(
    sp.kl_div, lambda g, a, b: g * np.log(a / b), lambda g, a, b: ratio(g * (b - a), b), cases=reals(0.3, 4),
    formulas={"a": "g * log(a / b)", "b": "g * (b - a) / b"},
)  # fmt: skip
def kl_div(a: Array, b: Array) -> Array:
    """a log(a / b) - a + b, SciPy's: never negative, 0 at a = b; the loss of that name is `nn.functional.kl_div`.

    >>> kl_div(Tensor([0.5, 0.5]), Tensor([0.5, 0.25]))
    Tensor([0.    , 0.0966])
    """


@elementwise(
    sp.xlog1py, lambda g, b: g * np.log1p(b), lambda g, a, b: ratio(g * a, 1.0 + b), cases=(reals(), reals(-0.7, 4)),
    formulas={"a": "g * log1p(b)", "b": "g * a / (1 + b)"},
)  # fmt: skip
def xlog1py(a: Array, b: Array) -> Array:
    """a log(1 + b), and 0 at a = 0.

    >>> xlog1py(Tensor([0.0, 2.0]), Tensor([-1.0, 1.0]))
    Tensor([0.    , 1.3863])
    """
