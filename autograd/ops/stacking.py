"""NumPy's further ways to join, cut and lay out arrays: compositions of the few in `shape`."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..engine.types import Array, Function, Shape
from .arithmetic import operand
from .cases import Case, Draw
from .declare import composite
from .shape import concatenate

__all__ = [
    "append", "array_split", "block", "broadcast_arrays", "column_stack", "delete", "diagflat", "dsplit", "dstack",
    "fliplr", "flipud", "hsplit", "insert", "matrix_transpose", "meshgrid", "resize", "rollaxis", "vsplit",
]  # fmt: skip

# -- joining -------------------------------------------------------------------------------------------


def _same_cases(*shapes: Shape) -> Function:
    return lambda d: ([d.array(d.choice(shapes)) for _ in range(d.integer(1, 3))],)


@composite(cases=_same_cases((2,), (1, 2), (1, 2, 1)), numpy=np.dstack)
def dstack(arrays: list[Array]) -> Array:
    """Arrays joined along their third axis; of fewer axes they count as NumPy's `atleast_3d` has them.

    >>> dstack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[[1., 3.],
             [2., 4.]]])
    """
    return concatenate(list(map(np.atleast_3d, arrays)), 2)


@composite(cases=_same_cases((3,), (3, 1), (3, 2)), numpy=np.column_stack)
def column_stack(arrays: list[Array]) -> Array:
    """Arrays joined side by side as columns.

    >>> column_stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1., 3.],
            [2., 4.]])
    """
    return concatenate([x if np.ndim(x) > 1 else np.reshape(x, (-1, 1)) for x in arrays], 1)


@composite(cases=lambda d: ([[d.array((2, 2)), d.array((2, 1))], [d.array((1, 3))]],), numpy=np.block)
def block(arrays: Any) -> Array:
    """An array put together of blocks in nested lists: the innermost are joined along the last axis.

    >>> block([[Tensor([[1.0]]), Tensor([[2.0]])], [Tensor([[3.0, 4.0]])]])
    Tensor([[1., 2.],
            [3., 4.]])
    """
    depth, inner, leaves = 0, arrays, [arrays]
    while isinstance(inner, list):
        depth, inner, leaves = depth + 1, inner[0], [x for part in leaves for x in part]
    ndim = max(depth, *map(np.ndim, leaves), 0)

    def joined(part: Any, level: int) -> Array:
        if isinstance(part, list):
            return concatenate([joined(p, level + 1) for p in part], level - depth)
        return np.reshape(part, (1,) * (ndim - np.ndim(part)) + np.shape(part))

    return joined(arrays, 0)


def _append_cases(d: Draw) -> Case:
    shape, axis = d.choice([((2, 3), None), ((2, 2), 1), ((1, 3), 0)])
    return d.array((2, 3)), d.array(shape), axis


@composite(cases=_append_cases, numpy=np.append)
def append(x: Array, values: Array, axis: int | None = None) -> Array:
    """x with `values` after it, both flattened unless there is an `axis`.

    >>> append(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([1., 2., 3.])
    """
    return concatenate([np.ravel(x), np.ravel(values)] if axis is None else [x, values], axis or 0)


def _insert_cases(d: Draw) -> Case:
    obj, shape, axis = d.choice(
        [
            (1, (), None),
            ([0, 2, 2], (3,), None),
            (1, (2,), 1),
            (1, (3,), 0),
            ([1], (2, 2), 1),
            ([0, 2], (2, 1), 1),
            (slice(0, 2), (2, 3), 0),
            (-1, (2, 3), 0),
        ]
    )
    return d.array((2, 3)), obj, d.array(shape), axis


@composite(cases=_insert_cases, numpy=np.insert)
def insert(x: Array, obj: Any, values: Array, axis: int | None = None) -> Array:
    """x with `values` before the places `obj`, an index, several or a slice (of the flattened array by default).

    >>> insert(Tensor([1.0, 2.0]), 1, 5.0)
    Tensor([1., 5., 2.])
    """
    x, values = (np.ravel(x), operand(values)) if axis is None else (operand(x), operand(values))
    axis = normalize_axis_index(axis or 0, x.ndim)
    values = np.reshape(values, (1,) * (x.ndim - values.ndim) + values.shape)
    n = x.shape[axis]
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        values = np.moveaxis(values, 0, axis)
    count = np.insert(np.empty(n), obj, 0.0).size - n
    count = values.shape[axis] if count == 1 else count
    values = np.broadcast_to(np.astype(values, x.dtype), (*x.shape[:axis], count, *x.shape[axis + 1 :]))
    places = np.insert(np.arange(n), obj, np.arange(n, n + count))
    return np.take(concatenate([x, values], axis), places, axis=axis)


@composite(
    cases=lambda d: (d.array((2, 3)), *d.choice([(1, None), ([0, -1], 1), (slice(1), 0), ([], 1)])), numpy=np.delete
)
def delete(x: Array, obj: Any, axis: int | None = None) -> Array:
    """x without what stands at `obj`, an index, several or a slice (of the flattened array by default).

    >>> delete(Tensor([1.0, 2.0, 3.0]), 1)
    Tensor([1., 3.])
    """
    x, axis = (np.ravel(x), 0) if axis is None else (operand(x), axis)
    return np.take(x, np.delete(np.arange(x.shape[axis]), obj), axis=axis)


@composite(cases=lambda d: (d.array((2, 3)), d.choice([(3,), (3, 3), (2, 2, 2), 8, (0,)])), numpy=np.resize)
def resize(x: Array, new_shape: int | Shape) -> Array:
    """The elements in another shape, over and over if it has more of them, without the last if it has fewer.

    >>> resize(Tensor([1.0, 2.0]), 3)
    Tensor([1., 2., 1.])
    """
    flat, places = np.ravel(x), np.arange(np.prod(new_shape, dtype=int))
    return np.reshape(np.take(flat, places % max(flat.size, 1)), new_shape)


# -- cutting -------------------------------------------------------------------------------------------


def _pieces_cases(d: Draw) -> Case:
    x = d.array((d.integer(1, 4), 2, 2))
    return x, d.choice([2, 3, [1], [0, 1, 1]]), 0


@composite(cases=_pieces_cases, numpy=np.array_split)
def array_split(x: Array, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """A list of pieces along `axis`, cut at the given indices, or so many, of which the first may be longer by one.

    >>> array_split(Tensor([1.0, 2.0, 3.0]), 2)
    [Tensor([1., 2.]), Tensor([3.])]
    """
    x = operand(x)
    if np.ndim(sections) == 0:
        each, more = divmod(x.shape[axis], int(sections))  # type: ignore[arg-type]
        sections = [each * i + min(i, more) for i in range(1, int(sections))]  # type: ignore[arg-type]
    lead = (slice(None),) * (axis % x.ndim)
    cuts = [0, *sections, x.shape[axis]]  # type: ignore[misc]
    return [x[(*lead, slice(a, b))] for a, b in pairwise(cuts)]


def _split_along(name: str, axis: int, numpy: Function, example: str) -> Function:
    def function(x: Array, sections: int | Sequence[int]) -> list[Array]:
        return np.split(x, sections, 0 if np.ndim(x) == 1 else axis)

    function.__name__ = name
    function.__doc__ = f"`split` along axis {axis}; of a vector along its only one.\n\n{example}"
    return composite(cases=lambda d: (d.array((2, 2, 2)), d.choice([2, [1]])), numpy=numpy)(function)


vsplit = _split_along("vsplit", 0, np.vsplit, ">>> vsplit(Tensor([[1.0], [2.0]]), 2)\n[Tensor([[1.]]), Tensor([[2.]])]")
hsplit = _split_along("hsplit", 1, np.hsplit, ">>> hsplit(Tensor([1.0, 2.0]), 2)\n[Tensor([1.]), Tensor([2.])]")
dsplit = _split_along("dsplit", 2, np.dsplit, ">>> dsplit(Tensor(np.ones((1, 1, 2))), 2)[1].shape\n(1, 1, 1)")

# -- laying out ----------------------------------------------------------------------------------------


def _turned(name: str, about: str, numpy: Function, axis: int, example: str) -> Function:
    def function(x: Array) -> Array:
        return np.flip(x, axis)

    function.__name__, function.__doc__ = name, f"{about}\n\n{example}"
    return composite(cases=lambda d: (d.array(min_dims=2),), numpy=numpy)(function)


flipud = _turned(
    "flipud", "The rows in reverse order.", np.flipud, 0, ">>> flipud(Tensor([1.0, 2.0]))\nTensor([2., 1.])"
)
fliplr = _turned(
    "fliplr", "The columns in reverse order.", np.fliplr, 1, ">>> fliplr(Tensor([[1.0, 2.0]]))\nTensor([[2., 1.]])"
)


@composite(cases=lambda d: (x := d.array(min_dims=1), d.axis(x.ndim), d.integer(0, x.ndim)), numpy=np.rollaxis)
def rollaxis(x: Array, axis: int, start: int = 0) -> Array:
    """`axis` moved to stand before the one that is at `start`; `moveaxis` is easier to read.

    >>> rollaxis(Tensor(np.ones((2, 3, 4))), 2).shape
    (4, 2, 3)
    """
    axis = normalize_axis_index(axis, np.ndim(x))
    start += np.ndim(x) if start < 0 else 0
    return np.moveaxis(x, axis, start - (axis < start))


@composite(cases=lambda d: (d.array(min_dims=2),), numpy=(np.matrix_transpose, np.linalg.matrix_transpose))
def matrix_transpose(x: Array) -> Array:
    """The last two axes exchanged.

    >>> matrix_transpose(Tensor([[1.0, 2.0]]))
    Tensor([[1.],
            [2.]])
    """
    return np.swapaxes(x, -1, -2)


@composite(cases=lambda d: (d.array(max_dims=2), d.integer(-1, 1)), numpy=np.diagflat)
def diagflat(x: Array, k: int = 0) -> Array:
    """The matrix with the elements of x on its k-th diagonal.

    >>> diagflat(Tensor([[1.0, 2.0]]))
    Tensor([[1., 0.],
            [0., 2.]])
    """
    return np.diag(np.ravel(x), k)


@composite(cases=lambda d: tuple(d.array(s) for s in d.shapes(2)), numpy=np.broadcast_arrays)
def broadcast_arrays(*arrays: Array, subok: bool = False) -> tuple[Array, ...]:
    """Each array repeated to the shape that all of them have together.

    >>> broadcast_arrays(Tensor([1.0, 2.0]), 3.0)
    (Tensor([1., 2.]), array([3., 3.]))
    """
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return tuple(np.broadcast_to(operand(x), shape) for x in arrays)


def _grid_cases(d: Draw) -> Case:
    options = {"indexing": d.choice(["xy", "ij"]), "sparse": d.boolean()}
    return tuple(d.array((d.integer(0, 3),)) for _ in range(d.integer(1, 3))), options


@composite(cases=_grid_cases, numpy=np.meshgrid)
def meshgrid(*arrays: Array, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[Array, ...]:
    """For each vector an array of the coordinates of a grid: the first along columns, or with "ij" along rows.

    >>> meshgrid(Tensor([1.0, 2.0]), Tensor([3.0]))
    (Tensor([[1., 2.]]), Tensor([[3., 3.]]))
    """
    n = len(arrays)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else range(n)
    apart = [np.reshape(x, (*[1] * place, -1, *[1] * (n - 1 - place))) for place, x in zip(order, arrays)]
    return tuple(apart) if sparse else broadcast_arrays(*apart)
