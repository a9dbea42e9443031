"""Densities and distribution functions, under the names and with the arguments of `scipy.stats`.

`autograd.stats.norm.logpdf(x, loc, scale)` is what `scipy.stats.norm.logpdf` is, with a gradient for x and parameters.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from math import log, pi
from typing import Any

import numpy as np
import scipy.special as sp

from ..engine.errors import ShapeError, UnsupportedError
from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from .arithmetic import operand
from .cases import Case, Draw
from .declare import composite, op
from .decomposition import cholesky
from .equations import solve_triangular
from .gamma import betaln
from .incomplete import _betainc_by_shapes, betainc, gammainc, gammaincc
from .probit import log_ndtr, ndtr, xlog1py
from .special import digamma, gammaln, xlogy

# a room of its own: `norm`, `gamma` and `beta` are other things among the operations
__all__: list[str] = []

LOG_2PI = log(2.0 * pi)
WIDE = np.dtype(np.float64)
SHORT = (np.float16, np.float32)
WORDS = {
    "pdf": "The density",
    "pmf": "The probability",
    "cdf": "The probability of at most x",
    "sf": "The probability of more than x",
    "entropy": "The entropy",
}
WORDS |= {f"log{name}": f"The logarithm of t{what[1:]}" for name, what in WORDS.items()}


class Distribution:
    """A distribution of `scipy.stats`: functions of x and of parameters, of which each is an operation."""

    def __init__(self, name: str, about: str, cases: Callable[[Draw], Case], **functions: Function) -> None:
        self.__doc__ = about
        self.name = name
        for what, given in functions.items():
            function = _with_arrays(given)
            function.__name__, function.__doc__ = f"_{name}_{what}", f"{WORDS[what]}: of {about[0].lower()}{about[1:]}"
            setattr(self, what, composite(cases=cases, complex=False)(function))

    def __getattr__(self, name: str) -> Function:
        raise AttributeError(f"stats.{self.name} has no {name}; it has {', '.join([*vars(self)][2:])}")


def _with_arrays(function: Function) -> Function:
    """The function of arrays in double precision, since its large terms nearly cancel; the result is of their dtype.

    Python's numbers have no say in it: log(1.0) would make a float64 of what is single.
    """

    @wraps(function)
    def call(*args: Any, **options: Any) -> Array:
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        known = [v.dtype for v in bound.arguments.values() if hasattr(v, "dtype") and v.dtype.kind == "f"]
        dtype = np.result_type(*known) if known else WIDE
        y = function(*map(_wide, bound.args))
        return y if dtype == WIDE else np.astype(y, dtype)

    signature = inspect.signature(function)

    return call


def _wide(value: Any) -> Any:
    """Floats, alone or in arrays, in double precision; flags and integers as they are."""
    if isinstance(value, (int, float, list)):
        return np.asarray(value, WIDE)
    return np.astype(value, WIDE) if getattr(value, "dtype", WIDE) in SHORT else value


def _supported(inside: Any, log_density: Function, x: Array, instead: float = 0.5) -> Array:
    """The logarithm of a density that is 0 outside of its support, where nothing of it is computed."""
    return np.where(inside, log_density(np.where(inside, x, instead)), -np.inf)


def _place(d: Draw) -> Case:
    """A location and a scale."""
    return d.array((), -0.2, 0.2), d.array((), 0.8, 2.0)


# -- of real numbers -----------------------------------------------------------------------------------

norm = Distribution(
    "norm",
    "The normal distribution with the mean `loc` and the standard deviation `scale`.",
    lambda d: (d.array(), *_place(d)),
    logpdf=lambda x, loc=0.0, scale=1.0: -0.5 * np.square((x - loc) / scale) - (np.log(scale) + 0.5 * LOG_2PI),
    pdf=lambda x, loc=0.0, scale=1.0: np.exp(norm.logpdf(x, loc, scale)),
    cdf=lambda x, loc=0.0, scale=1.0: ndtr((x - loc) / scale),
    logcdf=lambda x, loc=0.0, scale=1.0: log_ndtr((x - loc) / scale),
    sf=lambda x, loc=0.0, scale=1.0: ndtr((loc - x) / scale),
    logsf=lambda x, loc=0.0, scale=1.0: log_ndtr((loc - x) / scale),
)


def _t_density(z: Any, df: Any) -> Any:
    half = (df + 1.0) / 2.0
    return gammaln(half) - gammaln(df / 2.0) - 0.5 * np.log(df * pi) - half * np.log1p(np.square(z) / df)


def _stdtr_by_df(x: Array, df: Array) -> Array:
    """Of half a beta distribution: of the squares' share up to the middle of it, beyond of what remains.

    That has no slope at 0, where the distribution's own is the density's, by df.
    """
    log_slope = (digamma((df + 1.0) / 2.0) - digamma(df / 2.0) - 1.0 / df) / 2.0
    at_zero = x * np.exp(_t_density(0.0, df)) * log_slope
    small = np.abs(x) < 1e-100  # the square underflows, while the distribution is its slope at 0 times x
    return np.where(small, at_zero, _stdtr_by_df_beside(np.where(small, 1.0, x), df))


def _stdtr_by_df_beside(x: Array, df: Array) -> Array:
    squares, half = np.square(x), df / 2.0
    inner = squares < df
    near = _betainc_by_shapes(0.5, half, np.where(inner, squares / (df + squares), 0.5), 0, 1)
    far = _betainc_by_shapes(half, 0.5, np.where(inner, 0.5, df / (df + squares)), 1, 0)
    return np.sign(x) * np.where(inner, near, -far) / 4.0 - x * np.exp(_t_density(x, df)) / (2.0 * df)


@op(
    x=lambda g, x, df: g * np.exp(_t_density(x, df)),
    df=lambda g, x, df: g * _stdtr_by_df(x, df),
    cases=lambda d: (d.array(away=(0.0,)), d.array((), 0.8, 5.0)),
    formulas={"x": "g times the density", "df": "g times the integral of d density / d df"},
    complex=False,
)
def _stdtr(x: Array, df: Array) -> Array:
    """Student's distribution function."""
    return sp.stdtr(np.asarray(df, x.dtype), x)


t = Distribution(
    "t",
    "Student's distribution with df degrees of freedom, moved by `loc` and stretched by `scale`.",
    lambda d: (d.array(), d.array((), 0.8, 5.0), *_place(d)),
    logpdf=lambda x, df, loc=0.0, scale=1.0: _t_density((x - loc) / scale, df) - np.log(scale),
    pdf=lambda x, df, loc=0.0, scale=1.0: np.exp(t.logpdf(x, df, loc, scale)),
    cdf=lambda x, df, loc=0.0, scale=1.0: _stdtr((x - loc) / scale, df),
    logcdf=lambda x, df, loc=0.0, scale=1.0: np.log(_stdtr((x - loc) / scale, df)),
)


def _beta_logpdf(x: Array, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> Array:
    z = (x - loc) / scale
    normal = betaln(a, b) + np.log(scale)
    return _supported((z >= 0) & (z <= 1), lambda z: xlogy(a - 1.0, z) + xlog1py(b - 1.0, -z) - normal, z)


beta = Distribution(
    "beta",
    "The beta distribution between `loc` and loc + scale.",
    lambda d: (d.array(low=0.3, high=0.7), d.array((), 1.0, 3.9), d.array((), 1.0, 3.9), *_place(d)),
    logpdf=_beta_logpdf,
    pdf=lambda x, a, b, loc=0.0, scale=1.0: np.exp(beta.logpdf(x, a, b, loc, scale)),
    cdf=lambda x, a, b, loc=0.0, scale=1.0: betainc(a, b, np.clip((x - loc) / scale, 0.0, 1.0)),
)


def _gamma_logpdf(x: Array, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> Array:
    z = (x - loc) / scale
    return _supported(z >= 0, lambda z: xlogy(a - 1.0, z) - z - gammaln(a) - np.log(scale), z)


gamma = Distribution(
    "gamma",
    "The gamma distribution of the shape a, from `loc` on and stretched by `scale`.",
    lambda d: (d.array(low=0.5, high=4.0), d.array((), 0.8, 3.0), *_place(d)),
    logpdf=_gamma_logpdf,
    pdf=lambda x, a, loc=0.0, scale=1.0: np.exp(gamma.logpdf(x, a, loc, scale)),
    cdf=lambda x, a, loc=0.0, scale=1.0: gammainc(a, np.clip((x - loc) / scale, 0.0, None)),
)
chi2 = Distribution(
    "chi2",
    "The distribution of the sum of the squares of df normal numbers, from `loc` on and stretched by `scale`.",
    lambda d: (d.array(low=0.5, high=4.0), d.array((), 1.0, 4.0), *_place(d)),
    logpdf=lambda x, df, loc=0.0, scale=1.0: _gamma_logpdf(x, df / 2.0, loc, scale * 2.0),
    pdf=lambda x, df, loc=0.0, scale=1.0: np.exp(chi2.logpdf(x, df, loc, scale)),
    cdf=lambda x, df, loc=0.0, scale=1.0: gamma.cdf(x, df / 2.0, loc, scale * 2.0),
)


def _poisson_logpmf(k: Array, mu: Any, loc: Any = 0.0) -> Array:
    n = k - loc
    return _supported((n >= 0) & (n == np.floor(n)), lambda n: xlogy(n, mu) - gammaln(n + 1.0) - mu, n, 0.0)


poisson = Distribution(
    "poisson",
    "The Poisson distribution of whole numbers from `loc` on, with the mean loc + mu; only mu has a derivative.",
    lambda d: (np.array([0, 2, 1, 5], np.int8), d.array(d.choice([(), (4,)]), 0.5, 3.0)),
    logpmf=_poisson_logpmf,
    pmf=lambda k, mu, loc=0.0: np.exp(poisson.logpmf(k, mu, loc)),
    cdf=lambda k, mu, loc=0.0: np.where(k < loc, 0.0, gammaincc(np.maximum(np.floor(k - loc), 0) + 1, mu)),
)

# -- of vectors ----------------------------------------------------------------------------------------


def _dirichlet_logpdf(x: Array, alpha: Array) -> Array:
    x, alpha = operand(x), operand(alpha)
    if x.shape[0] + 1 == alpha.size:  # the last share is what remains
        x = np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)])
    if x.shape[0] != alpha.size:
        raise ShapeError(f"dirichlet: x {x.shape} and alpha {alpha.shape}; shares stand along the first axis of x")
    normal = np.sum(gammaln(alpha)) - gammaln(np.sum(alpha))
    return np.sum(xlogy((alpha - 1.0), x.T), axis=-1) - normal


dirichlet = Distribution(
    "dirichlet",
    "The Dirichlet distribution of shares x (k,) or (k, n), of which the last may be left out, for alpha (k,).",
    lambda d: (d.array((2, d.integer(1, 2)), 0.2, 0.4), d.array((3,), 0.5, 3.0)),
    logpdf=_dirichlet_logpdf,
    pdf=lambda x, alpha: np.exp(dirichlet.logpdf(x, alpha)),
)


def _factor(cov: Any, k: int, dtype: Any) -> Array:
    """The lower triangle L with L @ L.T = cov, a matrix, the variances of each, or one for all."""
    cov = operand(cov)
    if cov.ndim < 2:
        return np.diag(np.broadcast_to(np.sqrt(np.astype(cov, dtype)), (k,)))
    return cholesky(cov)


def _normal_logpdf(x: Array, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Array:
    x = operand(x)
    z = x if mean is None else x - mean
    k = np.size(mean) if mean is not None else np.shape(cov)[0] if np.ndim(cov) else x.shape[-1] if x.ndim else 1
    if x.ndim == 0 or (k == 1 and x.ndim == 1):  # points on a line
        z = np.expand_dims(z, -1)
    if allow_singular:
        z, cov, k = _with_variance(z, cov)
    root = _factor(cov, k, z.dtype)
    rows = solve_triangular(root, (np.reshape(z, (-1, k)) if z.ndim > 2 else z).T, lower=True)
    squares = np.sum(np.square(rows), axis=0)
    squares = np.reshape(squares, z.shape[:-1]) if z.ndim > 2 else squares
    return -0.5 * squares - (np.sum(np.log(np.diagonal(root))) + 0.5 * k * LOG_2PI)


def _with_variance(z: Array, cov: Any) -> tuple[Array, Array, int]:
    """The deviations along the axes in which there is variance, the variances, and how many there are."""
    if isinstance(cov, Tensor):
        raise UnsupportedError("multivariate_normal: a singular cov has no derivative; leave out allow_singular")
    variances, axes = np.linalg.eigh(np.atleast_2d(cov) if np.ndim(cov) != 1 else np.diag(cov))
    there = variances > 1e6 * np.finfo(float).eps * variances[-1]
    return z @ axes[:, there].astype(z.dtype), variances[there], int(there.sum())


def _multivariate_normal_entropy(mean: Any = None, cov: Any = 1.0) -> Array:
    k = np.size(mean) if mean is not None else np.shape(cov)[0] if np.ndim(cov) else 1
    dtype = cov.dtype if hasattr(cov, "dtype") else np.float64
    return k * (0.5 * (1.0 + LOG_2PI)) + np.sum(np.log(np.diagonal(_factor(cov, k, dtype))))


multivariate_normal = Distribution(
    "multivariate_normal",
    "The normal distribution of vectors (..., k) with a mean (k,) and covariances `cov` (k, k), variances (k,) or one.",
    lambda d: (d.array(d.choice([(2,), (3, 2)])), d.array((2,)), d.choice([d.symmetric(2), d.array((2,), 0.5, 2.0)])),
    logpdf=_normal_logpdf,
    pdf=lambda x, mean=None, cov=1.0, allow_singular=False: np.exp(
        multivariate_normal.logpdf(x, mean, cov, allow_singular)
    ),
)
multivariate_normal.entropy = composite(cases=lambda d: ([0, 0], d.symmetric(2)))(_multivariate_normal_entropy)
