"""Polynomials, as the vectors of their coefficients, the highest power first."""

from typing import Any

import numpy as np

from ..engine.op import numpy_functions
from ..engine.types import Array
from .arithmetic import conjugated, operand
from .calculus import convolve
from .cases import Case, Draw
from .declare import composite
from .equations import lstsq
from .shape import concatenate

__all__ = [
    "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "polyval", "vander",
]  # fmt: skip


def _two_cases(d: Draw) -> Case:
    return d.array((d.integer(1, 3),), low=0.5), d.array((d.integer(1, 3),), low=0.5)


@composite(cases=lambda d: (d.array((d.integer(1, 4),)), d.array()), numpy=np.polyval)
def polyval(p: Array, x: Array) -> Array:
    """The value at x of the polynomial with the coefficients p.

    >>> polyval(Tensor([1.0, 2.0, 3.0]), Tensor([0.0, 10.0]))
    Tensor([  3., 123.])
    """
    y = np.zeros_like(x)
    for coefficient in operand(p):
        y = y * x + coefficient
    return y


def _added(a: Array, b: Array, sign: float) -> Array:
    a, b = (np.atleast_1d(operand(v)) for v in (a, b))
    n = max(a.size, b.size)
    return np.pad(a, (n - a.size, 0)) + sign * np.pad(b, (n - b.size, 0))


@composite(cases=_two_cases, numpy=np.polyadd)
def polyadd(a: Array, b: Array) -> Array:
    """The sum of two polynomials.

    >>> polyadd(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([1., 5.])
    """
    return _added(a, b, 1.0)


@composite(cases=_two_cases, numpy=np.polysub)
def polysub(a: Array, b: Array) -> Array:
    """The difference of two polynomials.

    >>> polysub(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([ 1., -1.])
    """
    return _added(a, b, -1.0)


@composite(cases=_two_cases, numpy=np.polymul)
def polymul(a: Array, b: Array) -> Array:
    """The product of two polynomials.

    >>> polymul(Tensor([1.0, 2.0]), Tensor([1.0, 3.0]))
    Tensor([1., 5., 6.])
    """
    return convolve(np.atleast_1d(a), np.atleast_1d(b))


def _quotient_cases(d: Draw) -> Case:
    return d.array((d.integer(2, 4),), low=0.5), d.array((2,), low=0.5)


@composite(cases=_quotient_cases)
def polydiv(a: Array, b: Array) -> tuple[Array, Array]:
    """The quotient of two polynomials, and what remains, with as many coefficients as b less one.

    >>> polydiv(Tensor([1.0, 5.0, 7.0]), Tensor([1.0, 2.0]))
    (Tensor([1., 3.]), Tensor([1.]))
    """
    a, b = (np.atleast_1d(operand(v)) for v in (a, b))
    n, m = a.size, b.size
    quotient = []
    for _ in range(n - m + 1):
        quotient.append(a[0] / b[0])
        a = (a - np.pad(quotient[-1] * b, (0, a.size - m)))[1:]
    return (np.stack(quotient) if quotient else a[:1] * 0.0), a


numpy_functions[np.polydiv] = polydiv  # which leaves out leading coefficients that are nearly 0


def _calculus_cases(d: Draw) -> Case:
    return d.array((d.integer(3, 4),), low=0.5), d.integer(0, 2)


@composite(cases=_calculus_cases, numpy=np.polyder)
def polyder(p: Array, m: int = 1) -> Array:
    """The m-th derivative of a polynomial.

    >>> polyder(Tensor([1.0, 2.0, 3.0]))
    Tensor([2., 2.])
    """
    p = operand(p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.size - 1, 0, -1, dtype=p.dtype)
    return p


@composite(cases=lambda d: (d.array((3,), low=0.5), *d.choice([(1, None), (2, d.array((2,)))])), numpy=np.polyint)
def polyint(p: Array, m: int = 1, k: Any = None) -> Array:
    """The m-th antiderivative of a polynomial, with the constants k, one each time or the same, 0 by default.

    >>> polyint(Tensor([2.0, 2.0]), k=3.0)
    Tensor([1., 2., 3.])
    """
    p = operand(p)
    constants = np.broadcast_to(np.zeros(m, p.dtype) if k is None else operand(k), (m,))
    for i in range(m):
        last = np.astype(constants[i : i + 1], p.dtype)
        p = concatenate([p / np.arange(p.size, 0, -1, dtype=p.dtype), last], 0)
    return p


@composite(cases=lambda d: (d.array((d.integer(1, 3),)),), numpy=np.poly)
def poly(roots: Array) -> Array:
    """The polynomial with these roots, whose first coefficient is 1; of real numbers, not of a matrix.

    >>> poly(Tensor([1.0, 2.0]))
    Tensor([ 1., -3.,  2.])
    """
    roots = np.atleast_1d(roots)
    if roots.ndim != 1:
        raise ValueError(f"poly: roots of shape {roots.shape}; give a vector")
    y = np.ones(1, roots.dtype)
    for root in roots:
        y = np.pad(y, (0, 1)) - np.pad(y, (1, 0)) * root
    return y


def _vander_cases(d: Draw) -> Case:
    return (d.array((d.integer(0, 3),)),), {"N": d.choice([None, 0, 2, 4]), "increasing": d.boolean()}


@composite(cases=_vander_cases, numpy=np.vander)
def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """The powers of each element of x in a row, from the (N - 1)-th down to 1, or up; N is the length of x by default.

    Of x (..., n) they are (..., n, N).

    >>> vander(Tensor([2.0, 3.0]), 3)
    Tensor([[4., 2., 1.],
            [9., 3., 1.]])
    """
    x = operand(x)
    n = x.shape[-1] if N is None else N
    powers = np.broadcast_to(x[..., None], (*x.shape, max(n - 1, 0)))
    y = np.cumprod(concatenate([np.ones_like(x)[..., None], powers], -1), axis=-1)[..., :n]
    return y if increasing else np.flip(y, -1)


def _fit_cases(d: Draw) -> Case:
    x = np.array([-1.0, -0.3, 0.4, 1.0]) + d.array((4,), -0.1, 0.1)
    return x, d.array(d.choice([(4,), (4, 2)])), d.integer(0, 2), None, False, d.choice([None, d.array((4,), 0.5, 1.0)])


@composite(cases=_fit_cases, numpy=np.polyfit)
def polyfit(
    x: Array, y: Array, deg: int, rcond: float | None = None, full: bool = False, w: Array | None = None
) -> Array:
    """The polynomial of degree `deg` that is nearest to the points (x, y), of which each counts with the weight w.

    Raises ValueError for `full`, whose other results are of `lstsq`.

    >>> polyfit(Tensor([0.0, 1.0, 2.0]), Tensor([1.0, 3.0, 5.0]), 1)
    Tensor([2., 1.])
    """
    if full:
        raise ValueError(
            "polyfit: full=True gives what lstsq does; call autograd.lstsq(autograd.vander(x, deg + 1), y)"
        )
    left, right = vander(x, deg + 1), operand(y)
    if w is not None:
        w = operand(w)
        left, right = left * w[:, None], right * (w if right.ndim == 1 else w[:, None])
    scale = np.sqrt(np.sum(np.real(left * conjugated(left)), axis=0))
    found = lstsq(left / scale, right, rcond)[0]
    return (found.T / scale).T
