"""Norms of vectors and matrices. Where a norm is 0 its gradient is 0, never nan."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.errors import ShapeError
from ..engine.op import composite, op
from .decomposition import _matrix_cases, _reciprocal, svd
from .reduction import Axis, restore

__all__ = [
    "norm",
]  # fmt: skip


def _norm_rule(g: Any, x: Any, y: Any, ord: float, axis: Axis) -> Any:
    g, inverse = restore(g, x.shape, axis), _reciprocal(restore(y, x.shape, axis))
    if ord == 2:
        return g * inverse * x
    share = np.abs(x) * inverse
    return g * np.sign(x) * np.where(share == 0, 1.0, share) ** (ord - 1.0)


@op(x=_norm_rule, name="norm", label="‖ ‖", formulas={"x": "g * sign(x) * (abs(x) / y)**(ord - 1)"})
def _norm(x: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    """The root of order `ord` of the sum of absolute values to that power; where it is 0, so is its gradient."""
    if ord != 2:
        return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)
    if axis is not None:
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    flat = np.ravel(x, "K")
    y = np.sqrt(np.dot(flat, flat))
    return np.reshape(y, (1,) * x.ndim) if keepdims else y


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    if ord in ("fro", "f", "nuc"):
        raise ValueError(f"norm: order {ord!r} is one of matrices; a vector takes a number")
    if ord is None or ord not in (0, 1, np.inf, -np.inf):
        return _norm(x, 2 if ord is None else ord, axis, keepdims)
    # signs, so that the count of nonzeros has a gradient: 0
    size = np.abs(np.sign(x)) if ord == 0 else np.abs(x)
    reduce = {np.inf: np.max, -np.inf: np.min}.get(ord, np.sum)
    return reduce(size, axis=axis, keepdims=keepdims)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, int], keepdims: bool) -> Any:
    if ord in (None, "fro", "f"):
        return _norm(x, 2, axes, keepdims)
    if ord not in (1, -1, 2, -2, np.inf, -np.inf, "nuc"):
        raise ValueError(f"norm: a matrix has no norm of order {ord!r}; use 'fro', 'nuc', 1, 2, inf, or -1, -2, -inf")
    reduce: Any = np.sum if ord == "nuc" else np.max if ord > 0 else np.min
    if ord in (2, -2, "nuc"):
        y = reduce(svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False), axis=-1)
        return np.expand_dims(y, axes) if keepdims else y
    summed, compared = axes if ord in (1, -1) else axes[::-1]
    y = reduce(np.sum(np.abs(x), axis=summed, keepdims=True), axis=compared, keepdims=True)
    return y if keepdims else np.squeeze(y, axes)


def _norm_cases(d: Any) -> Any:
    options = {"keepdims": d.boolean()}
    kind = d.choice(["vector", "spectrum", "sums"])
    if kind == "vector":
        x = d.array(min_dims=1, min_side=1, low=0.2, apart=True) * d.choice([1.0, -1.0])
        ord = d.choice([None, 2, 1, np.inf, -np.inf, 0, 3, 1.5, 0.5, -1, -2.5])
        return (x,), {"ord": ord, "axis": None if ord is None else d.axis(x.ndim), **options}
    if kind == "spectrum":
        x = _matrix_cases(d)
        ord = d.choice([None, "fro", "nuc", 2, -2])
        return (np.moveaxis(x, -1, 0),), {"ord": ord, "axis": (0, -1), **options}
    x = d.array((3, 2, 2), 0.2, 1.0) + 3.0 * np.arange(3)[:, None, None] + 3.0 * np.arange(2)  # no two sums tie
    ord = d.choice([1, -1, np.inf, -np.inf])
    return (x * d.choice([1.0, -1.0]),), {"ord": ord, "axis": d.choice([(0, 2), (2, 0)]), **options}


@composite(cases=_norm_cases, numpy=np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of x as a vector (one `axis`), as a matrix (two), or by default the 2-norm of all its elements.

    Orders of a vector: None or 2, 1, inf, -inf, 0 (count of nonzeros), any other number. Of a matrix: None or
    "fro", "nuc" (sum of singular values), 2, -2 (largest, smallest), 1, -1 (of column sums), inf, -inf (of row sums).
    At 0 the gradient is 0.

    >>> norm(Tensor([3.0, 4.0]))
    Tensor(5.)
    """
    n = np.ndim(x)
    if np.result_type(x).kind != "f":
        x = np.astype(x, np.float64)
    if axis is None and ord is None:
        return _norm(x, 2, None, keepdims)
    axes = normalize_axis_tuple(range(n) if axis is None else axis, n)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ShapeError(
        f"norm of order {ord!r} of shape {np.shape(x)} takes one axis or two, not {len(axes)}; give `axis`"
    )
