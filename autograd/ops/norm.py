"""Norms of vectors and matrices. Where a norm is 0 its gradient is 0, never nan."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.errors import ShapeError
from ..engine.types import Array, Axis
from .arithmetic import conjugated, operand
from .cases import Case, Draw
from .corner import at_corner
from .declare import composite, op
from .decomposition import inv, matrix_cases, reciprocal_or_0, svd
from .reduction import extreme_rule, restore, sum as add_up
from .special import in_single

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]


def _vector_norm_rule(g: Array, x: Array, y: Array, ord: float, axis: Axis) -> Array:
    if ord in (np.inf, -np.inf):
        return extreme_rule(g, np.abs(x), y, axis) * conjugated(np.sign(x))
    if ord == 0:
        return np.zeros_like(x)
    g = restore(g, x.shape, axis)
    if ord == 1:
        return g * conjugated(np.sign(x))
    y = restore(y, x.shape, axis)
    inverse = reciprocal_or_0(y)
    if ord == 2:
        return at_corner(g * inverse * conjugated(x), g, x, y, "norm", "(x * x).sum()")
    share = np.abs(x) * inverse
    return g * conjugated(np.sign(x)) * np.where(share == 0, 1.0, share) ** (ord - 1.0)


def _vector_norm_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=1, low=0.2, apart=True) * d.choice([1.0, -1.0])
    ord = d.choice([2, 1, np.inf, -np.inf, 0, 3, 1.5, 0.5, -1, -2.5])
    return (x,), {"axis": d.axes(x.ndim), "keepdims": d.boolean(), "ord": ord}


@op(
    complex=True,
    x=_vector_norm_rule,
    cases=_vector_norm_cases,
    numpy=np.linalg.vector_norm,
    label="‖ ‖",
    formulas={"x": "g * sign(x) * (abs(x) / y)**(ord - 1)"},
)
@in_single
def vector_norm(x: Array, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Array:
    """The norm of order `ord` over `axis` (all by default): sum(|x|**ord)**(1/ord), or the largest |x| for inf.

    -inf gives the smallest, 0 the count of nonzeros. Where the norm is 0, so is its gradient; ties share it evenly.

    >>> vector_norm(Tensor([[3.0, 4.0], [6.0, 8.0]]), axis=1)
    Tensor([ 5., 10.])
    """
    if x.dtype.kind == "c":
        x = np.abs(x)
    if ord == 2 and axis is None:
        flat = np.ravel(x, "K")
        y = np.sqrt(np.dot(flat, flat))
        return np.reshape(y, (1,) * x.ndim) if keepdims else y
    if ord == 2:
        return np.sqrt(np.add.reduce(np.square(x), axis=axis, keepdims=keepdims))
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(x != 0, axis=axis, keepdims=keepdims, dtype=x.dtype)
    return np.add.reduce(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


def _matrix_norm(x: Array, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Array:
    if ord in (None, "fro", "f"):
        return vector_norm(x, axes, keepdims)
    if ord not in (1, -1, 2, -2, np.inf, -np.inf, "nuc"):
        raise ValueError(f"norm: a matrix has no norm of order {ord!r}; use 'fro', 'nuc', 1, 2, inf, or -1, -2, -inf")
    reduce: Any = np.sum if ord == "nuc" else np.max if ord > 0 else np.min
    if ord in (2, -2, "nuc"):
        y = reduce(svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False), axis=-1)
        return np.expand_dims(y, axes) if keepdims else y
    summed, compared = axes if ord in (1, -1) else axes[::-1]
    y = reduce(add_up(np.abs(x), axis=summed, keepdims=True), axis=compared, keepdims=True)
    return y if keepdims else np.squeeze(y, axes)


def _norm_cases(d: Draw) -> Case:
    options = {"keepdims": d.boolean()}
    kind = d.choice(["vector", "spectrum", "sums"])
    if kind == "vector":
        x = d.array(min_dims=1, min_side=1, low=0.2, apart=True) * d.choice([1.0, -1.0])
        order = d.choice([None, 2, 1, np.inf, 0, 1.5])
        return (x,), {"ord": order, "axis": None if order is None else d.axis(x.ndim), **options}
    if kind == "spectrum":
        x = matrix_cases(d)
        return (np.moveaxis(x, -1, 0),), {"ord": d.choice([None, "fro", "nuc", 2, -2]), "axis": (0, -1), **options}
    x = d.array((3, 2, 2), 0.2, 1.0) + 3.0 * np.arange(3)[:, None, None] + 3.0 * np.arange(2)  # no two sums tie
    ord = d.choice([1, -1, np.inf, -np.inf])
    return (x * d.choice([1.0, -1.0]),), {"ord": ord, "axis": d.choice([(0, 2), (2, 0)]), **options}


@composite(cases=_norm_cases, numpy=np.linalg.norm)
def norm(x: Array, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Array:
    """The norm of x as a vector (one `axis`), as a matrix (two), or by default the 2-norm of all its elements.

    Orders of a vector: None or 2, 1, inf, -inf, 0 (count of nonzeros), any other number. Of a matrix: None or
    "fro", "nuc" (sum of singular values), 2, -2 (largest, smallest), 1, -1 (of column sums), inf, -inf (of row sums).
    At 0 the gradient is 0.

    >>> norm(Tensor([3.0, 4.0]))
    Tensor(5.)
    """
    x = operand(x)
    if x.dtype.kind not in "fc":
        x = np.astype(x, np.float64)
    if axis is None and ord is None:
        return vector_norm(x, None, keepdims)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    if len(axes) != 1:
        raise ShapeError(
            f"norm of order {ord!r} of shape {x.shape} takes one axis or two, not {len(axes)}; give `axis`"
        )
    if isinstance(ord, str):
        raise ValueError(f"norm: order {ord!r} is one of matrices; a vector takes a number")
    return vector_norm(x, axes[0], keepdims, 2 if ord is None else ord)


@composite(
    cases=lambda d: ((matrix_cases(d),), {"ord": d.choice(["fro", "nuc", 2, -2]), "keepdims": d.boolean()}),
    numpy=np.linalg.matrix_norm,
)
def matrix_norm(x: Array, keepdims: bool = False, ord: float | str = "fro") -> Array:
    """The `norm` of each matrix of x (..., m, n).

    >>> matrix_norm(Tensor([[3.0, 0.0], [0.0, 4.0]]))
    Tensor(5.)
    """
    return norm(x, ord, (-2, -1), keepdims)


def _cond_cases(d: Draw) -> Case:
    p = d.choice([None, 2, -2, "fro", "nuc"])
    return d.invertible(2, d.choice([(), (2,)])) if p == "nuc" else d.invertible(3), p


@composite(cases=_cond_cases, numpy=np.linalg.cond)
def cond(x: Array, p: float | str | None = None) -> Array:
    """How much a matrix magnifies relative errors: its norm of order p times that of its inverse.

    By default, and for 2, the largest singular value by the smallest, also of a matrix that is not square.

    >>> cond(Tensor([[4.0, 0.0], [0.0, 2.0]]))
    Tensor(2.)
    """
    if p in (None, 2, -2):
        s = svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return norm(x, p, (-2, -1)) * norm(inv(x), p, (-2, -1))
