"""The incomplete gamma and beta functions, which are distribution functions, and their inverses, which are quantiles.

By the last argument their derivative is a density. By a shape no closed form is known: the derivative of the density is
integrated, by the trapezoidal rule on s = exp(u - exp(-u)), which falls off doubly exponentially to both sides
(Takahasi and Mori, 1974). The inverses have theirs by the implicit function theorem.
"""

from collections.abc import Callable, Mapping
from math import comb
from typing import Any

import numpy as np
import scipy.special as sp

from ..engine.types import Array
from .cases import Case, Draw
from .declare import op
from .gamma import betaln
from .probit import xlog1py
from .special import gammaln, polygamma, xlogy

__all__ = ["betainc", "betaincinv", "gammainc", "gammaincc", "gammaincinv"]

Orders = tuple[int, int]  # how often something is differentiated by a, and by b

_STEP = 0.1
_U = np.arange(-4.5, 7.0, _STEP)
_NODES = np.exp(_U - np.exp(-_U))
_WEIGHTS = _STEP * _NODES * (1.0 + np.exp(-_U))


def _alike(*values: Any) -> list[Any]:
    """All as arrays of the dtype that the arrays of floats among them have together."""
    dtypes = [v.dtype for v in values if getattr(v, "dtype", np.dtype(int)).kind == "f"]
    dtype = np.result_type(*dtypes) if dtypes else np.dtype(np.float64)
    return [np.astype(v, dtype) if hasattr(v, "dtype") else np.asarray(v, dtype) for v in values]


def _derivative_ratio(orders: Orders, of_log: Mapping[Orders, Any]) -> Any:
    """A derivative of p by a and b, in units of p, from those of log p: Faa di Bruno's formula, one order at a time."""
    n, m = orders
    if n == m == 0:
        return 1.0
    i, j = (1, 0) if n else (0, 1)  # by which p is differentiated last: p' = p (log p)', and Leibniz
    return sum(
        comb(n - i, k) * comb(m - j, h) * _derivative_ratio((n - i - k, m - j - h), of_log) * of_log[k + i, h + j]
        for k in range(n - i + 1)
        for h in range(m - j + 1)
    )


def _integral(f: Callable[[Any], Any], scale: Any) -> Any:
    """The integral of f from 0 on, where it falls off within some `scale`; node by node, so as to stay in the cache."""
    total = 0.0
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for node, weight in zip(_NODES, _WEIGHTS):
            total = total + weight * np.nan_to_num(f(node * scale), posinf=0.0, neginf=0.0)
    return total * scale


# -- gamma ---------------------------------------------------------------------------------------------


def _gamma_density(a: Any, x: Any) -> Any:
    a, x = _alike(a, x)
    return np.exp(xlogy(a - 1.0, x) - x - gammaln(a))


def _of_log_gamma(a: Any, log_x: Any, n: int) -> dict[Orders, Any]:
    of_log = {(i, 0): -polygamma(a, i - 1) for i in range(1, n + 1)}
    return of_log | {(1, 0): of_log[1, 0] + log_x}


@op(
    a=lambda g, a, x, n: g * _gammainc_by_a(a, x, n + 1),
    x=lambda g, a, x, n: g * (_gamma_density(a, x) * _derivative_ratio((n, 0), _of_log_gamma(a, np.log(x), n))),
    cases=lambda d: (d.array((), 0.3, 4.0), d.array(low=0.3, high=4.0), 1),
    formulas={"a": "g * its derivative by a", "x": "g * the n-th derivative of the density by a"},
    complex=False,
)
def _gammainc_by_a(a: Array, x: Array, n: int) -> Array:
    """The n-th derivative of gammainc(a, x) by a: an integral over what lies below x, or above, if that is less."""
    a, x = np.broadcast_arrays(*_alike(a, x))
    dtype, a, x = x.dtype, a.astype(np.float64), x.astype(np.float64)
    x, start = np.maximum(x, np.finfo(np.float64).tiny), x
    below = x <= np.maximum(a, 1.0)
    scale = 1.0 / np.where(below, np.maximum(a - x, 0.0) + np.minimum(a, np.sqrt(a)), x - a + np.sqrt(x))
    log_x, constants = np.log(x), _of_log_gamma(a, 0.0, n)

    def f(s: Array) -> Any:  # at x exp(-s), or x exp(s), in units of x times the density at x
        s = np.where(below, -s, s)
        of_log = constants | {(1, 0): constants[1, 0] + log_x + s}
        return np.exp(a * s - x * np.expm1(s)) * _derivative_ratio((n, 0), of_log)

    found = np.where(below, 1.0, -1.0) * _integral(f, scale) * np.exp(xlogy(a, x) - x - sp.gammaln(a))
    return np.where(start > 0, found, 0.0).astype(dtype)[()]


def _shape_and_number(d: Draw) -> Case:
    return d.array(d.choice([(), (1,)]), 0.3, 4.0), d.array(low=0.3, high=4.0)


@op(
    a=lambda g, a, x: g * _gammainc_by_a(a, x, 1),
    x=lambda g, a, x: g * _gamma_density(a, x),
    cases=_shape_and_number,
    numpy=sp.gammainc,
    formulas={"a": "g * the integral of d density / da", "x": "g * x**(a - 1) * exp(-x) / gamma(a)"},
    complex=False,
)
def gammainc(a: Array, x: Array) -> Array:
    """The share of the gamma function's integral up to x.

    >>> gammainc(1, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.6321])
    """
    return sp.gammainc(*_alike(a, x))


@op(
    a=lambda g, a, x: -g * _gammainc_by_a(a, x, 1),
    x=lambda g, a, x: -g * _gamma_density(a, x),
    cases=_shape_and_number,
    numpy=sp.gammaincc,
    formulas={"a": "-g * the integral of d density / da", "x": "-g * x**(a - 1) * exp(-x) / gamma(a)"},
    complex=False,
)
def gammaincc(a: Array, x: Array) -> Array:
    """1 - gammainc(a, x), exact for large x.

    >>> gammaincc(1, Tensor([0.0, 1.0]))
    Tensor([1.    , 0.3679])
    """
    return sp.gammaincc(*_alike(a, x))


@op(
    a=lambda g, a, y: -g * (_gammainc_by_a(a, y, 1) / _gamma_density(a, y)),
    p=lambda g, a, y: g / _gamma_density(a, y),
    cases=lambda d: (d.array(d.choice([(), (1,)]), 0.6, 4.0), d.array(low=0.2, high=0.8)),
    numpy=sp.gammaincinv,
    formulas={"a": "-g * d gammainc(a, y) / da / density(y)", "p": "g * gamma(a) * exp(y) / y**(a - 1)"},
    complex=False,
)
def gammaincinv(a: Array, p: Array) -> Array:
    """The x with gammainc(a, x) = p: the quantile of a gamma distribution.

    >>> gammaincinv(1, Tensor([0.5, 0.75]))
    Tensor([0.6931, 1.3863])
    """
    return sp.gammaincinv(*_alike(a, p))


# -- beta ----------------------------------------------------------------------------------------------


def _shapes_and_share(d: Draw) -> Case:
    return d.array(d.choice([(), (1,)]), 0.5, 4.0), d.array((), 0.5, 4.0), d.array(low=0.1, high=0.9)


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    a, b, x = _alike(a, b, x)
    return np.exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b))


def _of_log_beta(a: Any, b: Any, orders: Orders) -> dict[Orders, Any]:
    """Derivatives of -betaln(a, b), which are those of the density's logarithm but for log(x) and log(1 - x)."""
    n, m = orders
    every = [(i, j) for i in range(n + 1) for j in range(m + 1) if i + j]
    of_log = {(i, j): polygamma(a + b, i + j - 1) for i, j in every}
    by_a = {(i, 0): of_log[i, 0] - polygamma(a, i - 1) for i in range(1, n + 1)}
    return of_log | by_a | {(0, j): of_log[0, j] - polygamma(b, j - 1) for j in range(1, m + 1)}


def _with_logs(of_log: Mapping[Orders, Any], log_x: Any, log_rest: Any) -> dict[Orders, Any]:
    firsts = {(1, 0): log_x, (0, 1): log_rest}
    return {orders: value + firsts[orders] if orders in firsts else value for orders, value in of_log.items()}


def _beta_density_by_shapes(a: Any, b: Any, x: Any, orders: Orders) -> Any:
    of_log = _with_logs(_of_log_beta(a, b, orders), np.log(x), np.log1p(-x))
    return _beta_density(a, b, x) * _derivative_ratio(orders, of_log)


@op(
    a=lambda g, a, b, x, n, m: g * _betainc_by_shapes(a, b, x, n + 1, m),
    b=lambda g, a, b, x, n, m: g * _betainc_by_shapes(a, b, x, n, m + 1),
    x=lambda g, a, b, x, n, m: g * _beta_density_by_shapes(a, b, x, (n, m)),
    cases=lambda d: (
        d.array((), 0.3, 4.0),
        d.array((), 0.3, 4.0),
        d.array(low=0.1, high=0.9),
        *d.choice([(1, 0), (0, 1)]),
    ),
    formulas={"a": "g * its derivative by a", "b": "g * its derivative by b", "x": "g * that of the density"},
    complex=False,
)
def _betainc_by_shapes(a: Array, b: Array, x: Array, n: int, m: int) -> Array:
    """The derivative of betainc(a, b, x), n times by a and m times by b."""
    a, b, x = np.broadcast_arrays(*_alike(a, b, x))
    dtype, a, b, x = x.dtype, *(v.astype(np.float64) for v in (a, b, x))
    below = x * (a + b) <= a
    tiny = np.finfo(np.float64).tiny
    inside = (x > 0) & (x < 1)
    x, rest = (np.where(inside, v, 0.5) for v in (x, 1.0 - x))
    # above the mean, what lies above x: the same integral, with both ends swapped
    c, d, y, left = (np.where(below, v, w) for v, w in ((a, b), (b, a), (x, rest), (rest, x)))
    constants, log_y, log_left = _of_log_beta(a, b, (n, m)), np.log(y), np.log(np.maximum(left, tiny))
    steep, curved = np.maximum(c - (d - 1.0) * y / left, 0.0), np.maximum((d - 1.0) * y / left**2, 0.0)
    scale = 1.0 / np.minimum(steep + np.sqrt(curved) + np.minimum(c, np.sqrt(c)) * (curved <= 0), 1e6 + c)

    def f(s: Array) -> Any:  # at y exp(-s), in units of y times the density at y
        log_t, log_rest = log_y - s, np.log1p(-y * np.exp(-s))
        of_log = _with_logs(constants, np.where(below, log_t, log_rest), np.where(below, log_rest, log_t))
        return np.exp(-c * s + (d - 1.0) * (log_rest - log_left)) * _derivative_ratio((n, m), of_log)

    lead = np.exp(c * log_y + (d - 1.0) * log_left - sp.betaln(a, b))
    found = np.where(below, 1.0, -1.0) * _integral(f, scale) * lead
    return np.where(inside, found, 0.0).astype(dtype)[()]


@op(
    a=lambda g, a, b, x: g * _betainc_by_shapes(a, b, x, 1, 0),
    b=lambda g, a, b, x: g * _betainc_by_shapes(a, b, x, 0, 1),
    x=lambda g, a, b, x: g * _beta_density(a, b, x),
    cases=_shapes_and_share,
    numpy=sp.betainc,
    formulas={
        "a": "g * the integral of d density / da",
        "b": "g * the integral of d density / db",
        "x": "g * x**(a - 1) * (1 - x)**(b - 1) / beta(a, b)",
    },
    complex=False,
)
def betainc(a: Array, b: Array, x: Array) -> Array:
    """The share of the beta function's integral up to x.

    >>> betainc(1, 1, Tensor([0.0, 0.25]))
    Tensor([0.  , 0.25])
    """
    return sp.betainc(*_alike(a, b, x))


@op(
    a=lambda g, a, b, y: -g * (_betainc_by_shapes(a, b, y, 1, 0) / _beta_density(a, b, y)),
    b=lambda g, a, b, y: -g * (_betainc_by_shapes(a, b, y, 0, 1) / _beta_density(a, b, y)),
    p=lambda g, a, b, y: g / _beta_density(a, b, y),
    cases=lambda d: (d.array(d.choice([(), (1,)]), 0.8, 4.0), d.array((), 0.8, 4.0), d.array(low=0.2, high=0.8)),
    numpy=sp.betaincinv,
    formulas={
        "a": "-g * d betainc(a, b, y) / da / density(y)",
        "b": "-g * d betainc(a, b, y) / db / density(y)",
        "p": "g * beta(a, b) / (y**(a - 1) * (1 - y)**(b - 1))",
    },
    complex=False,
)
def betaincinv(a: Array, b: Array, p: Array) -> Array:
    """The x with betainc(a, b, x) = p: the quantile of a beta distribution.

    >>> betaincinv(1, 1, Tensor([0.0, 0.25]))
    Tensor([0.  , 0.25])
    """
    return sp.betaincinv(*_alike(a, b, p))
