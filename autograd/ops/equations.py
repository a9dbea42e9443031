"""Systems of linear equations: least squares, triangular, banded, of tensors, and Sylvester's."""

from math import prod
from typing import Any

import numpy as np
import scipy.linalg
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.errors import ShapeError
from ..engine.types import Array
from ..support.bits.array import library
from .arithmetic import conjugated, operand
from .cases import Case, Draw
from .declare import composite, op
from .decomposition import inv, pinv, solve
from .linalg import _t

__all__ = [
    "lstsq", "solve_banded", "solve_sylvester", "solve_triangular", "tensorinv", "tensorsolve",
]  # fmt: skip


def _lstsq_cases(d: Draw) -> Case:
    m, n = d.choice([(3, 2), (2, 2), (2, 3), (3, 1)])
    return d.full_rank(m, n), d.array(d.choice([(m,), (m, 2)]))


@composite(cases=_lstsq_cases, numpy=np.linalg.lstsq)
def lstsq(a: Array, b: Array, rcond: float | None = None) -> tuple[Array, Array, Array, Array]:
    """The smallest x that brings a @ x nearest to b, for a (m, n) and b (m,) or (m, k), by the pseudo-inverse.

    Beside it, as NumPy has them: the sums of squares that remain (none unless a is tall and of full rank), the rank,
    the singular values. Singular values below `rcond` times the largest count as 0.

    >>> lstsq(Tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), Tensor([1.0, 4.0, 3.0]))[0]
    Tensor([1., 2.])
    """
    a, b = operand(a), operand(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise ShapeError(f"lstsq: a {a.shape} and b {b.shape}; it takes (m, n) and (m,) or (m, k)")
    m, n = a.shape
    least = float(np.finfo(a.dtype).eps) * max(m, n) if rcond is None else rcond
    x = pinv(a, least) @ b
    s = np.linalg.svd(a, compute_uv=False)
    rank = np.sum(s > least * s[0])
    rest = b - a @ x
    rest = np.reshape(np.sum(np.real(rest * conjugated(rest)), axis=0), -1)
    return x, rest if m > n == rank else rest[:0], rank, s


def _triangle(a: Array, lower: bool, unit: bool) -> Array:
    """The part of a that is read, and in the end not 0."""
    k = int(unit)
    return np.tril(a, -k) if lower else np.triu(a, k)


def _triangular_rule(
    g: Array, a: Array, b: Array, y: Array, trans: int | str, lower: bool, unit_diagonal: bool
) -> tuple[Array, Array]:
    how = "NTC".index(trans) if isinstance(trans, str) else trans
    z = solve_triangular(conjugated(a) if how == 2 else a, g, 0 if how else 1, lower, unit_diagonal)
    left, right = (v[:, None] if b.ndim == 1 else v for v in ((y, z) if how else (z, y)))
    outer = left @ _t(right)
    return -_triangle(conjugated(outer) if how == 2 else outer, lower, unit_diagonal), z


def _triangular_cases(d: Draw) -> Case:
    n = d.integer(1, 3)
    batch, right = d.choice([((), (n,)), ((), (n, 2)), ((2,), (2, n, 1)), ((), (2, n, 1)), ((2, 1), (2, n, 2))])
    a = d.array((*batch, n, n), -1.0, 1.0) + 4.0 * np.eye(n)
    options = {"trans": d.choice([0, 1, 2, "T", "C"]), "lower": d.boolean(), "unit_diagonal": d.boolean()}
    return (a, d.array(right)), options


@op(
    complex=True,
    misfit="{}",
    joint=_triangular_rule,
    inputs=("a", "b"),
    cases=_triangular_cases,
    numpy=scipy.linalg.solve_triangular,
    formulas={"a": "-(the triangle of z @ y.T), a.T @ z = g", "b": "z, a.T @ z = g"},
)
def solve_triangular(
    a: Array, b: Array, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Array:
    """The x with a @ x = b, of which only the upper (or `lower`) triangle is read.

    It is a.T @ x = b with `trans` 1 or "T", and of the conjugate of a.T with 2 or "C". For a (..., n, n) and b
    (..., n, k), or a (n, n) and b (n,). Raises LinAlgError where a number on the diagonal is 0.

    >>> solve_triangular(Tensor([[2.0, 2.0], [0.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """
    if max(a.ndim, b.ndim) > 2 and not a.size * b.size:  # which SciPy refuses
        return np.zeros((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:]), np.result_type(a, b))
    return library(scipy.linalg.solve_triangular)(a, b, trans, lower, unit_diagonal)


def _banded_cases(d: Draw) -> Case:
    low, high, n = d.integer(0, 1), d.integer(0, 2), d.integer(3, 4)
    ab = d.array((low + high + 1, n), -1.0, 1.0)
    ab[high] += 4.0
    return (low, high), ab, d.array(d.choice([(n,), (n, 2)]))


@composite(cases=_banded_cases, numpy=scipy.linalg.solve_banded)
def solve_banded(l_and_u: tuple[int, int], ab: Array, b: Array) -> Array:
    """The x with a @ x = b, for a matrix of which only some diagonals are not 0: the rows of `ab`, the highest first.

    There are l_and_u[0] of them below the main diagonal and l_and_u[1] above; ab[u + i - j, j] is a[i, j].

    >>> solve_banded((0, 1), Tensor([[0.0, 2.0], [2.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """
    return _banded(operand(ab), operand(b), *l_and_u)


def _turned_bands(ab: Array, low: int, high: int) -> Array:
    """The diagonals of the transposed matrix: the same in the other order, each shifted by its place."""
    n = ab.shape[-1]
    rows, columns = np.meshgrid(np.arange(low + high + 1), np.arange(n), indexing="ij")
    there = columns + rows - low  # of a[i, j] in a.T, at column i
    inside = (there >= 0) & (there < n)
    return np.where(inside, ab[(low + high) - rows, np.where(inside, there, 0)], 0.0)


def _banded_rule(g: Array, ab: Array, y: Array, low: int, high: int) -> tuple[Array, Array]:
    z = _banded(_turned_bands(ab, low, high), g, high, low)
    n = ab.shape[-1]
    rows, columns = np.meshgrid(np.arange(low + high + 1), np.arange(n), indexing="ij")
    there = rows - high + columns  # the row i of a that ab[rows, columns] stands in
    inside = (there >= 0) & (there < n)
    left, right = (v[:, None] if v.ndim == 1 else v for v in (z, y))
    product = np.sum(left[np.where(inside, there, 0)] * right[columns], axis=-1)
    return np.where(inside, -product, 0.0), z


@op(
    complex=True,
    joint=_banded_rule,
    inputs=("ab", "b"),
    cases=lambda d: (lambda bands, ab, b: (ab, b, *bands))(*_banded_cases(d)),
    formulas={"ab": "-(the bands of z @ y.T), a.T @ z = g", "b": "z, a.T @ z = g"},
)
def _banded(ab: Array, b: Array, low: int, high: int) -> Array:
    """`solve_banded`, its inputs first."""
    return library(scipy.linalg.solve_banded)((low, high), ab, b)


def _sylvester_rule(g: Array, a: Array, b: Array, y: Array) -> tuple[Array, Array, Array]:
    z = solve_sylvester(a.T, b.T, g)
    return -z @ y.T, -y.T @ z, z


def _sylvester_cases(d: Draw) -> Case:
    n, m = d.integer(1, 3), d.integer(1, 2)
    return d.symmetric(n), d.symmetric(m) + d.array((m, m), -0.1, 0.1), d.array((n, m))


@op(
    complex=True,
    joint=_sylvester_rule,
    inputs=("a", "b", "q"),
    cases=_sylvester_cases,
    numpy=scipy.linalg.solve_sylvester,
    shapes={"a": "m m", "b": "n n", "q": "m n"},
    formulas={
        "a": "-z @ y.T, a.T @ z + z @ b.T = g",
        "b": "-y.T @ z, a.T @ z + z @ b.T = g",
        "q": "z, a.T @ z + z @ b.T = g",
    },
)
def solve_sylvester(a: Array, b: Array, q: Array) -> Array:
    """The x with a @ x + x @ b = q (Bartels & Stewart, 1972), unless a and -b have an eigenvalue in common.

    >>> solve_sylvester(Tensor([[1.0]]), Tensor([[2.0]]), Tensor([[6.0]]))
    Tensor([[2.]])
    """
    return library(scipy.linalg.solve_sylvester)(a, b, q)


@composite(cases=lambda d: (np.reshape(d.invertible(4), (4, 2, 2)), 1), numpy=np.linalg.tensorinv)
def tensorinv(a: Array, ind: int = 2) -> Array:
    """The inverse of a as a map between tensors: its first `ind` axes are what it gives, the others what it takes.

    >>> tensorinv(Tensor([[2.0]]), 1)
    Tensor([[0.5]])
    """
    a = operand(a)
    left, right = a.shape[:ind], a.shape[ind:]
    if ind <= 0 or prod(left) != prod(right):
        raise ShapeError(
            f"tensorinv: the sizes of axes {left} and {right} of a {a.shape} multiply to different numbers"
        )
    return np.reshape(inv(np.reshape(a, (prod(left), -1))), right + left)


def _tensorsolve_cases(d: Draw) -> Case:
    a = np.reshape(d.invertible(4), (2, 2, 4))
    return d.choice([(a, d.array((2, 2)), None), (np.moveaxis(a, -1, 0), d.array((2, 2)), (0,))])


@composite(cases=_tensorsolve_cases, numpy=np.linalg.tensorsolve)
def tensorsolve(a: Array, b: Array, axes: Any = None) -> Array:
    """The x with tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end before.

    >>> tensorsolve(Tensor([[2.0]]), Tensor([4.0]))
    Tensor([2.])
    """
    a, b = operand(a), operand(b)
    if axes is not None:
        places = normalize_axis_tuple(axes, a.ndim)
        a = np.transpose(a, [i for i in range(a.ndim) if i not in places] + list(places))
    wanted = a.shape[b.ndim :]
    return np.reshape(solve(np.reshape(a, (-1, prod(wanted))), np.ravel(b)), wanted)
