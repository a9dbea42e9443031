"""Operations that move elements and leave their values alone."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from operator import index
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..engine.errors import ShapeError
from ..engine.op import numpy_functions
from ..engine.sweep import same, sum_to
from ..engine.tensor import Tensor, require_kept
from ..engine.types import Array, Axis, Function, Shape
from ..support.lines import warn
from .arithmetic import operand
from .cases import Case, Draw
from .declare import composite, op

__all__ = [
    "astype", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to", "concatenate", "copy", "diag", "diagonal",
    "expand_dims", "flip", "hstack", "moveaxis", "pad", "ravel", "repeat", "reshape", "roll", "rot90", "split",
    "squeeze", "stack", "swapaxes", "tile", "trace", "transpose", "tril", "triu", "unstack", "vstack",
]  # fmt: skip


PadWidth = int | Sequence[int] | Sequence[Sequence[int]]  # NumPy's: for all sides, (before, after), or that per axis


def _reshape_cases(d: Draw) -> Case:
    x = d.array(min_side=1)
    return (x, d.choice([(-1,), x.shape[::-1], (1, *x.shape), -1, x.size]))


@op(misfit="{}", x=lambda g, x_shape: np.reshape(g, x_shape), cases=_reshape_cases, numpy=np.reshape, view=True)
def reshape(x: Array, shape: Shape) -> Array:
    """The same elements in another shape; one -1 is worked out.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, 2))
    Tensor([[1., 2.],
            [3., 4.]])
    """
    return np.reshape(x, shape)


@composite(cases=lambda d: (d.array(),), numpy=np.ravel, method=True)
def ravel(x: Array) -> Array:
    """The elements in one row.

    >>> ravel(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 2., 3., 4.])
    """
    return np.reshape(operand(x), -1)


def _transpose_cases(d: Draw) -> Case:
    x = d.array()
    return (x, d.choice([None, *([(*tuple(range(x.ndim))[1:], 0), tuple(range(-x.ndim, 0))] if x.ndim else [()])]))


@op(
    x=lambda g, axes: np.transpose(g, None if axes is None else tuple(np.argsort([a % g.ndim for a in axes]))),
    cases=_transpose_cases,
    numpy=np.transpose,
    view=True,
    misfit="{}; axes name every axis once, in their new order. To exchange two, x.swapaxes(i, j)",
    formulas={"x": "transpose(g, argsort(axes))"},
)
def transpose(x: Array, axes: Sequence[int] | None = None) -> Array:
    """The axes in another order, reversed by default.

    >>> transpose(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 3.],
            [2., 4.]])
    """
    return np.transpose(x, axes)


def _swap_cases(d: Draw) -> Case:
    x = d.array(min_dims=1)
    return x, d.axis(x.ndim), d.axis(x.ndim)


@op(
    x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2), cases=_swap_cases, numpy=np.swapaxes, method=True, view=True
)
def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged.

    >>> swapaxes(Tensor([[1.0, 2.0]]), 0, 1)
    Tensor([[1.],
            [2.]])
    """
    return np.swapaxes(x, axis1, axis2)


@op(
    x=lambda g, source, destination: np.moveaxis(g, destination, source),
    cases=_swap_cases,
    numpy=np.moveaxis,
    view=True,
)
def moveaxis(x: Array, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """Axes moved to new places, the others in order.

    >>> moveaxis(Tensor([[1.0, 2.0]]), 0, 1)
    Tensor([[1.],
            [2.]])
    """
    return np.moveaxis(x, source, destination)


def _expand_cases(d: Draw) -> Case:
    x = d.array()
    return x, d.choice([d.axis(x.ndim + 1), (0, -1)])


@op(x=lambda g, x_shape: np.reshape(g, x_shape), cases=_expand_cases, numpy=np.expand_dims, view=True)
def expand_dims(x: Array, axis: int | Sequence[int]) -> Array:
    """New axes of length 1.

    >>> expand_dims(Tensor([1.0, 2.0]), 1)
    Tensor([[1.],
            [2.]])
    """
    return np.expand_dims(x, axis)


@op(
    misfit="{}",
    x=lambda g, x_shape: np.reshape(g, x_shape),
    cases=lambda d: (d.array((1, *d.shape(max_dims=2), 1)), d.choice([None, 0, -1, (0, -1)])),
    numpy=np.squeeze,
    method=True,
    view=True,
)
def squeeze(x: Array, axis: Axis = None) -> Array:
    """Axes of length 1 removed.

    >>> squeeze(Tensor([[1.0, 2.0]]))
    Tensor([1., 2.])
    """
    return np.squeeze(x, axis)


def _broadcast_cases(d: Draw) -> Case:
    x = d.array()
    return x, d.choice([x.shape, (2, *x.shape), tuple(3 if n == 1 else n for n in x.shape)])


@op(misfit="{}", x=lambda g, x_shape: sum_to(g, x_shape), cases=_broadcast_cases, numpy=np.broadcast_to, view=True)
def broadcast_to(x: Array, shape: Shape) -> Array:
    """x repeated along axes of length 1, and new leading ones, to fill `shape`.

    >>> broadcast_to(Tensor([1.0, 2.0]), (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    return np.broadcast_to(x, shape)


def _join_cases(d: Draw, flat: bool = False) -> Case:
    shape = d.shape(min_dims=1)
    axis = d.choice([d.axis(len(shape)), *[None] * flat])
    return [d.array(shape) for _ in range(d.integer(1, 3))], axis


def _concatenate_rule(g: Array, arrays: list[Array], axis: int | None) -> list[Array]:
    if axis is None:
        sizes = np.cumsum([a.size for a in arrays])
        return [np.reshape(g[end - a.size : end], a.shape) for a, end in zip(arrays, sizes.tolist())]
    ends = np.cumsum([a.shape[axis] for a in arrays]).tolist()
    lead = (slice(None),) * (axis % g.ndim)
    return [g[(*lead, slice(end - a.shape[axis], end))] for a, end in zip(arrays, ends)]


@op(
    complex=True,
    misfit="{}",
    variadic="arrays",
    joint=_concatenate_rule,
    cases=lambda d: _join_cases(d, flat=True),
    numpy=np.concatenate,
    formulas={"arrays": "its own part of g"},
)
def concatenate(arrays: list[Array], axis: int | None = 0) -> Array:
    """Arrays joined along an existing axis (flattened first where it is None).

    >>> concatenate([Tensor([1.0, 2.0]), Tensor([3.0])])
    Tensor([1., 2., 3.])
    """
    return np.concatenate(arrays, axis)


@op(
    misfit="{}",
    variadic="arrays",
    joint=lambda g, axis: list(np.moveaxis(g, axis, 0)),
    cases=_join_cases,
    numpy=np.stack,
    formulas={"arrays": "its own slice of g"},
)
def stack(arrays: list[Array], axis: int = 0) -> Array:
    """Arrays of one shape joined along a new axis.

    >>> stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1., 2.],
            [3., 4.]])
    """
    return np.stack(arrays, axis)


def _rows_cases(d: Draw) -> Case:
    return ([d.array(d.choice([(3,), (1, 3), (2, 3)])) for _ in range(d.integer(1, 3))],)


@composite(cases=_rows_cases, numpy=(np.vstack, getattr(np, "row_stack", None)))  # of which the second is gone soon
def vstack(arrays: list[Array]) -> Array:
    """Arrays joined one below the other; one of a single axis counts as a row.

    >>> vstack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1., 2.],
            [3., 4.]])
    """
    return concatenate([x if np.ndim(x) > 1 else np.reshape(x, (1, -1)) for x in arrays], 0)


@composite(cases=lambda d: _join_cases(d)[:1], numpy=np.hstack)
def hstack(arrays: list[Array]) -> Array:
    """Arrays joined side by side, along their second axis; those of a single axis along it.

    >>> hstack([Tensor([1.0, 2.0]), Tensor([3.0])])
    Tensor([1., 2., 3.])
    """
    lined = [x if np.ndim(x) else np.reshape(x, (1,)) for x in arrays]
    return concatenate(lined, 0 if np.ndim(lined[0]) == 1 else 1)


@op(
    x=lambda g, axis: np.stack(g, axis),
    cases=lambda d: ((x := d.array(min_dims=1, min_side=1),), {"axis": d.axis(x.ndim)}),
    numpy=np.unstack,
    method=True,
    view=True,
    formulas={"x": "stack(g, axis)"},
)
def unstack(x: Array, axis: int = 0) -> tuple[Array, ...]:
    """The slices along an axis, in a tuple: what a loop over x goes through. Raises ShapeError where there is none.

    >>> unstack(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    (Tensor([1., 2.]), Tensor([3., 4.]))
    """
    slices = tuple(np.moveaxis(x, axis, 0))
    if not slices:
        raise ShapeError(f"unstack: x {x.shape} has no slices along axis {axis}")
    return slices


@composite(cases=lambda d: (d.array((2 * d.integer(0, 2), 3)), d.choice([2, [1], [0, 1]]), 0), numpy=np.split)
def split(x: Array, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """A list of pieces along `axis`: that many equal ones, or cut at the given indices.

    >>> split(Tensor([1.0, 2.0, 3.0, 4.0]), 2)
    [Tensor([1., 2.]), Tensor([3., 4.])]
    """
    n = x.shape[axis]
    inner: Any = sections
    if np.ndim(sections) == 0:
        parts = index(inner)
        if n % parts:
            raise ValueError(f"split: {n} elements along axis {axis} do not divide into {parts} equal sections")
        inner = range(n // parts, n, n // parts) if n else [0] * (parts - 1)
    cuts = [0, *inner, n]
    lead = (slice(None),) * (axis % x.ndim)
    return [x[(*lead, slice(a, b))] for a, b in pairwise(cuts)]


def _repeat_cases(d: Draw) -> Case:
    x = d.array(min_dims=1)
    axis = d.choice([None, d.axis(x.ndim)])
    n = x.size if axis is None else x.shape[axis]
    return x, d.choice([2, [i % 3 for i in range(n)]]), axis


@composite(cases=_repeat_cases, numpy=np.repeat, method=True)
def repeat(x: Array, repeats: int | Sequence[int], axis: int | None = None) -> Array:
    """Each element (of the flattened array, or each slice along `axis`) repeated.

    >>> repeat(Tensor([1.0, 2.0]), 2)
    Tensor([1., 1., 2., 2.])
    """
    flat = np.ravel(x) if axis is None else x
    along = 0 if axis is None else axis
    return np.take(flat, np.repeat(np.arange(flat.shape[along]), repeats), axis=along)


@composite(cases=lambda d: (d.array(), d.choice([2, (2, 1), (1, 2, 2), ()])), numpy=np.tile)
def tile(x: Array, reps: int | Sequence[int]) -> Array:
    """x laid out `reps` times along each axis.

    >>> tile(Tensor([1.0, 2.0]), 2)
    Tensor([1., 2., 1., 2.])
    """
    x = operand(x)
    times = [index(n) for n in np.atleast_1d(np.asarray(reps, dtype=None if np.size(reps) else int)).tolist()]
    times = [1] * (x.ndim - len(times)) + times
    shape = (1,) * (len(times) - x.ndim) + x.shape
    mixed = np.reshape(x, tuple(n for side in shape for n in (1, side)))
    wide = np.broadcast_to(mixed, tuple(n for pair in zip(times, shape) for n in pair))
    return np.reshape(wide, tuple(r * n for r, n in zip(times, shape)))


@op(x=lambda g, axis: np.flip(g, axis), cases=lambda d: (x := d.array(), d.axes(x.ndim)), numpy=np.flip, view=True)
def flip(x: Array, axis: int | tuple[int, ...] | None = None) -> Array:
    """The order of elements reversed along `axis` (all by default).

    >>> flip(Tensor([1.0, 2.0, 3.0]))
    Tensor([3., 2., 1.])
    """
    return np.flip(x, axis)


@op(
    x=lambda g, shift, axis: np.roll(g, (-np.asarray(shift)).tolist(), axis),
    cases=lambda d: (x := d.array(min_dims=1), d.integer(-4, 4), d.choice([None, d.axis(x.ndim)])),
    numpy=np.roll,
    formulas={"x": "roll(g, -shift, axis)"},
)
def roll(x: Array, shift: int | Sequence[int], axis: Axis = None) -> Array:
    """Elements shifted along `axis`; those that fall off come in at the other end.

    >>> roll(Tensor([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.])
    """
    return np.roll(x, shift, axis)


@op(
    x=lambda g, k, axes: np.rot90(g, -k, axes),
    cases=lambda d: (d.array(min_dims=2), d.integer(-3, 4)),
    numpy=np.rot90,
    view=True,
)
def rot90(x: Array, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """A plane turned by k quarter turns, from the first axis towards the second.

    >>> rot90(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[2., 4.],
            [1., 3.]])
    """
    return np.rot90(x, k, axes)


def _pad_rule(g: Array, x_shape: Shape, pad_width: PadWidth, mode: str) -> Array:
    if mode == "constant":
        widths = np.broadcast_to(pad_width, (len(x_shape), 2)).tolist()
        return g[tuple(slice(before, before + n) for (before, _), n in zip(widths, x_shape))]
    from .index import unindex

    size = prod(x_shape)
    copied = np.pad(np.arange(size).reshape(x_shape), pad_width, mode=mode)  # the place in x, by place in the border
    return np.reshape(unindex(np.ravel(g), (size,), np.ravel(copied)), x_shape)


def _pad_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=2, max_dims=2)
    width = d.choice([1, (0, 1), [(0, 1)] * x.ndim])
    if d.boolean():
        return (x, width), {"constant_values": 2.0}
    return (x, width), {"mode": d.choice(["constant", "edge", "reflect", "symmetric", "wrap"])}


@op(x=_pad_rule, cases=_pad_cases, numpy=np.pad, formulas={"x": "g without the border"})
def pad(x: Array, pad_width: PadWidth, mode: str = "constant", constant_values: float = 0.0) -> Array:
    """A border around x: `constant`, the `edge` value, its `reflect`ion (`symmetric` repeats the edge), or `wrap`.

    >>> pad(Tensor([1.0, 2.0]), 1)
    Tensor([0., 1., 2., 0.])
    """
    if mode == "constant":
        return np.pad(x, pad_width, constant_values=constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ValueError(f"pad: mode {mode!r} is not one of 'constant', 'edge', 'reflect', 'symmetric', 'wrap'")
    return np.pad(x, pad_width, mode=mode)


def _diagonal_cases(d: Draw) -> Case:
    x = d.array(min_dims=2, min_side=1)
    return x, d.integer(-2, 2)


@composite(cases=_diagonal_cases, numpy=np.diagonal, method=True)
def diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonal of the planes of two axes, as a last axis.

    >>> diagonal(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """
    moved = x if x.ndim == 2 and (axis1, axis2) == (0, 1) else np.moveaxis(x, (axis1, axis2), (-2, -1))
    n, m = moved.shape[-2:]
    length = max(0, min(n + min(offset, 0), m - max(offset, 0)))
    start = max(offset, 0) - m * min(offset, 0)
    rows = reshape(moved, (*moved.shape[:-2], n * m))  # one after another: down the diagonal is m + 1 further on
    return rows[..., start : start + length * (m + 1) : m + 1]


@composite(cases=lambda d: (d.array(d.shape(min_dims=1, max_dims=2, min_side=1)), d.integer(-1, 1)), numpy=np.diag)
def diag(x: Array, k: int = 0) -> Array:
    """The k-th diagonal of a matrix, or the matrix with a vector on its k-th diagonal.

    >>> diag(Tensor([1.0, 2.0]))
    Tensor([[1., 0.],
            [0., 2.]])
    """
    if x.ndim == 2:
        return np.diagonal(x, k)
    if x.ndim != 1:
        raise ValueError(f"diag takes one or two axes, not shape {x.shape}; use diagonal")
    n = x.shape[0] + abs(k)
    place = np.eye(n, k=k, dtype=bool)
    row = np.pad(x, (max(k, 0), max(-k, 0))) if k else x  # what each row would be, were all of its places on a diagonal
    return np.where(place, row, 0.0)


@op(x=lambda g, k: np.tril(g, k), cases=lambda d: (d.array(min_dims=2), d.integer(-1, 1)), numpy=np.tril)
def tril(x: Array, k: int = 0) -> Array:
    """The lower triangle, zero above the k-th diagonal.

    >>> tril(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 0.],
            [3., 4.]])
    """
    return np.tril(x, k)


@op(x=lambda g, k: np.triu(g, k), cases=lambda d: (d.array(min_dims=2), d.integer(-1, 1)), numpy=np.triu)
def triu(x: Array, k: int = 0) -> Array:
    """The upper triangle, zero below the k-th diagonal.

    >>> triu(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 2.],
            [0., 4.]])
    """
    return np.triu(x, k)


@composite(cases=_diagonal_cases, numpy=np.trace, method=True)
def trace(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The sum along a diagonal.

    >>> trace(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.)
    """
    return np.sum(diagonal(x, offset, axis1, axis2), axis=-1)


# of the planes of the last two axes
numpy_functions[np.linalg.diagonal] = lambda x, offset=0: np.diagonal(x, offset, -2, -1)
numpy_functions[np.linalg.trace] = lambda x, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype)


def _atleast(n: int, numpy: Function) -> Function:
    def function(x: Array) -> Array:
        x = operand(x)
        return np.reshape(x, numpy(np.empty(x.shape)).shape)

    function.__name__ = f"atleast_{n}d"
    function.__doc__ = f"x with at least {n} axes, as NumPy places them.\n\n>>> atleast_{n}d(Tensor(1.0)).ndim\n{n}"
    made = composite(cases=lambda d: (d.array(),), numpy=numpy)(function)

    def call(*arrays: Array) -> Any:
        return made(*arrays) if len(arrays) == 1 else tuple(map(made, arrays))

    call.op = made.op
    numpy_functions[numpy] = call
    return made


atleast_1d = _atleast(1, np.atleast_1d)
atleast_2d = _atleast(2, np.atleast_2d)
atleast_3d = _atleast(3, np.atleast_3d)


@op(x=same, cases=lambda d: (x := d.array(), x.dtype), numpy=np.astype, method=True)
def astype(x: Array, dtype: DTypeLike) -> Array:
    """The values in another dtype; the gradient comes back in the dtype of x. Integers and bool end the graph.

    >>> astype(Tensor([1.5, 2.0]), np.float64)
    Tensor([1.5, 2. ], dtype=float64)
    """
    require_kept(np.result_type(x), np.dtype(dtype))
    return np.asarray(x).astype(dtype)


@op(x=same, cases=lambda d: (d.array(),), numpy=np.copy, method=True)
def copy(x: Array) -> Array:
    """The same values in new memory.

    >>> copy(Tensor([1.0, 2.0]))
    Tensor([1., 2.])
    """
    return np.array(x)


def _method_reshape(self: Tensor, *shape: int | Sequence[int], **order: str) -> Tensor:
    """The same elements in another shape, its sizes one by one or in a tuple; one -1 is worked out.

    >>> Tensor([1.0, 2.0, 3.0, 4.0]).reshape(2, -1)
    Tensor([[1., 2.],
            [3., 4.]])
    """
    return reshape(self, shape[0] if len(shape) == 1 else shape, **order)


def _method_ravel(self: Tensor, order: str = "C") -> Tensor:
    """The elements in one row; by columns where `order` is "F".

    >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).ravel("F")
    Tensor([1., 3., 2., 4.])
    """
    return ravel(self) if order == "C" else ravel(self, order=order)


def _method_transpose(self: Tensor, *axes: int | Sequence[int]) -> Tensor:
    """The axes in another order, one by one or in a tuple, reversed by default.

    >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).transpose(1, 0)
    Tensor([[1., 3.],
            [2., 4.]])
    """
    if self.ndim == 2 and axes in ((0, 1), (-2, -1)):
        warn(
            f"transpose{axes} names the axes of {self.shape} in the order that they have, and changes nothing; what "
            "PyTorch's transpose of two axes does is here x.swapaxes(0, 1), or x.T"
        )
    return transpose(self, None if not axes else axes[0] if isinstance(axes[0], Sequence) else axes)


Tensor.reshape = _method_reshape
Tensor.transpose = _method_transpose
Tensor.T = property(transpose)
Tensor.mT = property(lambda self: swapaxes(self, -1, -2))
Tensor.ravel = Tensor.flatten = _method_ravel
