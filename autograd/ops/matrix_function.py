"""Functions of matrices, in the last two axes: right to any order where eigenvalues or singular values are equal, too.

Through `eigh` or `svd` such a function has no derivative there, since the vectors have none. The rules here never take
one of vectors: each is linear in the cotangent, and an operation whose own derivative is of the same kind.
"""

from functools import reduce
from operator import mul
from typing import Any

import numpy as np
import scipy.linalg

from ..engine.types import Array
from ..support.bits.array import library
from .cases import Case, Draw
from .declare import composite, op
from .decomposition import in_adjoints, solve, symmetric
from .linalg import _h, _t

__all__ = ["expm", "logm", "polar", "sqrtm"]


def _mean(x: Array) -> Array:
    return (x + _h(x)) / 2.0


def _in_eigenvectors(a: Array, function: Any) -> Array:
    """The symmetric matrix with a's eigenvectors, whose eigenvalues are `function` of a's."""
    w, v = np.linalg.eigh(a)
    return (v * function(w)[..., None, :]) @ _h(v)


def _entrywise(s: Array, g: Array, factor: Any) -> Array:
    """g with its entries multiplied by `factor` of the two eigenvalues they belong to, in the eigenvectors of s."""
    w, v = np.linalg.eigh(_mean(s))
    inside = (_h(v) @ g @ v) * factor(w[..., :, None], w[..., None, :])
    return v @ inside @ _h(v)


# -- the exponential -----------------------------------------------------------------------------------


@op(complex=True, cases=lambda d: (d.array(),))
def _size(x: Array) -> Array:
    """The largest |x|, or 1 where all are 0. No derivative."""
    return np.where(np.any(x), np.max(np.abs(x)), 1.0) if x.size else np.ones((), x.dtype)


def _linear_part(a: Array, *ways: Array) -> Array:
    """The part of exp(a + all ways) with each of the ways once, in this order: a block of the exponential of blocks."""
    n, last = a.shape[-1], len(ways)
    # that part is linear in each way, and a large one would cost the exponential its digits
    sizes = [_size(way) for way in ways]
    zero = np.zeros_like(a)
    rows = [
        [a if j == i else ways[i] / sizes[i] if j == i + 1 else zero for j in range(last + 1)] for i in range(last + 1)
    ]
    blocks = np.concatenate([np.concatenate(row, axis=-1) for row in rows], axis=-2)
    return expm(blocks)[..., :n, n * last :] * reduce(mul, sizes)


@op(
    complex=True,
    a=lambda g, a: _linear_part(_t(a), g),
    cases=lambda d: (d.matrix(n := d.integer(0, 3), n),),
    shapes={"a": "... n n"},
    hint="it takes square matrices",
    formulas={"a": "the part of exp(a.T + g) that is linear in g"},
)
def expm(a: Array) -> Array:
    """The matrix exponential of each matrix of a (..., n, n): the sum of a**k / k! (Al-Mohy & Higham 2009).

    >>> expm(Tensor([[0.0, 1.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [0., 1.]])
    """
    return library(scipy.linalg.expm)(a)


# -- functions of symmetric matrices -------------------------------------------------------------------


@in_adjoints
def _lyapunov_rule(g: Array, s: Array, y: Array) -> tuple[Array, Array]:
    z = _lyapunov(s, g)
    return -_mean(z @ _h(y) + _h(y) @ z), z


def _lyapunov_cases(d: Draw) -> Case:
    n, batch = d.integer(0, 3), d.choice([(), (2,)])
    return d.symmetric(n, batch), d.array((*batch, n, n))


@op(
    complex=True,
    joint=_lyapunov_rule,
    inputs=("s", "x"),
    cases=_lyapunov_cases,
    formulas={"s": "-sym(z @ y.T + y.T @ z), s @ z + z @ s = g", "x": "z, s @ z + z @ s = g"},
)
def _lyapunov(s: Array, x: Array) -> Array:
    """The y with s @ y + y @ s = x, for symmetric positive definite s."""

    def factor(left: Array, right: Array) -> Array:
        sums = left + right
        if sums.size and np.min(sums) <= np.max(sums) * sums.shape[-1] * float(np.finfo(sums.dtype).eps):
            raise np.linalg.LinAlgError(
                "a matrix of which not all singular values are above 0 has no derivative of its root or polar factor"
            )
        return 1.0 / sums

    return _entrywise(s, x, factor)


def _symmetric_cases(d: Draw) -> Case:
    return (d.symmetric(d.integer(0, 3), d.choice([(), (2,)])),)


@op(
    complex=True,
    a=in_adjoints(lambda g, y: _lyapunov(y, _mean(g))),
    cases=_symmetric_cases,
    shapes={"a": "... n n"},
    hint="it takes square matrices",
    formulas={"a": "z, y @ z + z @ y = sym(g)"},
)
def sqrtm(a: Array) -> Array:
    """The symmetric y with y @ y = a, for symmetric a (..., n, n) without negative eigenvalues.

    Rounding in a is averaged out, (a + a.T) / 2. Raises ValueError unless a is symmetric to 5 % of its largest element,
    LinAlgError where an eigenvalue is negative, and in backward where one is 0.

    >>> sqrtm(Tensor([[4.0, 0.0], [0.0, 9.0]]))
    Tensor([[2., 0.],
            [0., 3.]])
    """

    def roots(w: Array) -> Array:
        if w.size and (w < -np.max(np.abs(w)) * w.shape[-1] * float(np.finfo(w.dtype).eps)).any():
            raise np.linalg.LinAlgError(f"sqrtm: an eigenvalue is {np.min(w):.3g}, whose root is no real number")
        return np.sqrt(np.maximum(w, 0.0))

    return _in_eigenvectors(symmetric("sqrtm", a), roots)


@in_adjoints
def _logm_slope_rule(g: Array, s: Array, y: Array) -> tuple[Array, Array]:
    z = _logm_slope(s, g)
    turn = _linear_part(_mean(s), y, z)
    return -(turn + _h(turn)), z


@op(
    complex=True,
    joint=_logm_slope_rule,
    inputs=("s", "x"),
    cases=_lyapunov_cases,
    formulas={"s": "-(part of exp(s + y + z) linear in y and in z)", "x": "z, to g as y is to x"},
)
def _logm_slope(s: Array, x: Array) -> Array:
    """The y of which sym(x) is the derivative of exp(s) in direction y, for symmetric s."""

    def factor(left: Array, right: Array) -> Array:  # 1 over the divided difference of exp
        half = (left - right) / 2.0
        near = np.abs(half) < 1e-4
        small = np.where(near, 1.0, half)
        return np.exp(-(left + right) / 2.0) * np.where(near, 1.0 - half * half / 6.0, small / np.sinh(small))

    return _entrywise(s, _mean(x), factor)


@op(
    complex=True,
    a=in_adjoints(lambda g, y: _logm_slope(y, g)),
    cases=_symmetric_cases,
    shapes={"a": "... n n"},
    hint="it takes square matrices",
    formulas={"a": "z, where sym(g) is the slope of exp(y) along z"},
)
def logm(a: Array) -> Array:
    """The symmetric y with expm(y) = a, for symmetric positive definite a (..., n, n).

    Rounding in a is averaged out, (a + a.T) / 2. Raises ValueError unless a is symmetric to 5 % of its largest element,
    LinAlgError unless all eigenvalues are positive.

    >>> logm(Tensor([[1.0, 0.0], [0.0, 1.0]]))
    Tensor([[0., 0.],
            [0., 0.]])
    """

    def logarithms(w: Array) -> Array:
        if (w <= 0).any():
            raise np.linalg.LinAlgError(f"logm: an eigenvalue is {np.min(w):.3g}, whose logarithm is no real number")
        return np.log(w)

    return _in_eigenvectors(symmetric("logm", a), logarithms)


# -- the polar decomposition ---------------------------------------------------------------------------


@in_adjoints
def _polar_rule(g: Array, a: Array, y: Array) -> Array:
    if a.shape[-2] < a.shape[-1]:
        return _h(_tall_polar_rule(_h(g), _h(a), _h(y)))
    return _tall_polar_rule(g, a, y)


def _tall_polar_rule(g: Array, a: Array, y: Array) -> Array:
    yt = _h(y)
    p, yt_g = yt @ a, yt @ g
    inside = y @ _lyapunov(p, yt_g - _h(yt_g))
    return inside if a.shape[-2] == a.shape[-1] else inside + _h(solve(_mean(p), _h(g - y @ yt_g)))


def _polar_cases(d: Draw) -> Case:
    return (d.full_rank(d.integer(1, 3), d.integer(1, 3), d.choice([(), (2,)])),)


@op(
    complex=True,
    a=_polar_rule,
    cases=_polar_cases,
    formulas={"a": "y @ z, p @ z + z @ p = y.T @ g - g.T @ y, p = y.T @ a"},
)
def _polar_factor(a: Array) -> Array:
    """The matrix with orthonormal columns, or rows, that is nearest to a."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return u @ vt


@composite(cases=_polar_cases)
def polar(a: Array) -> tuple[Array, Array]:
    """Factors u (..., m, n) and p (..., n, n) with u @ p = a (..., m, n): u the nearest to a with orthonormal columns.

    Where m < n its rows are orthonormal. p is symmetric without negative eigenvalues. Backward raises LinAlgError
    unless the rank of a is full.

    >>> u, p = polar(Tensor([[0.0, -2.0], [3.0, 0.0]]))
    >>> p
    Tensor([[3., 0.],
            [0., 2.]])
    """
    u = _polar_factor(a)
    return u, _mean(_h(u) @ a)
