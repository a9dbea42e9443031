"""Normalisation: subtract a mean, divide by a standard deviation, scale and shift, each layer one op.

All of it works on contiguous rows, large blocks of them on several threads; sums along rows are BLAS products.
Variances are sums of squares of what the mean has been subtracted from, and the mean itself is corrected by what is
left over: a mean of 1e4 costs no digits, in float32 either.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..engine.errors import DtypeError, ShapeError
from ..engine.op import composite, op
from ..engine.tensor import Tensor
from ..support.parallel import scratch, split
from .fused import through

__all__ = [
    "batch_norm", "group_norm", "layer_norm", "rms_norm",
]  # fmt: skip

LARGE = 30.0  # deviations from 0 at which a mean is subtracted first
BLOCK = 1 << 19  # numbers in a block of rows: shorter calls would keep the threads waiting for each other


def _each_block(rows: Any, body: Callable[[Any, Any], Any], axis: int = 1) -> None:
    """Call `body(slice, buffer of its size)` for blocks of rows, many of them on all cores; for axis 0 once for all."""
    step = max(len(rows), 1) if axis == 0 else max(1, BLOCK // max(1, rows.shape[1]))
    count = -(-len(rows) // step)

    def work(first: int, last: int) -> None:
        buffer = scratch("block", (min(step, len(rows)), rows.shape[1]), rows.dtype)
        for i in range(first, last):
            stop = min((i + 1) * step, len(rows))
            body(slice(i * step, stop), buffer[: stop - i * step])

    split(work, count)


def _working_dtype(*arrays: Any) -> Any:
    """What to compute in: the common dtype, and never half precision."""
    return np.result_type(np.float32, *(a for a in arrays if a is not None))


def _sums(a: Any, axis: int = 1) -> Any:
    """The sums along an axis of a matrix, by BLAS."""
    return a @ np.ones(a.shape[1], a.dtype) if axis else np.ones(a.shape[0], a.dtype) @ a


def _dots(a: Any, b: Any, axis: int = 1) -> Any:
    """The sums along an axis of a * b, by BLAS where it runs along rows."""
    return np.vecdot(a, b) if axis else np.einsum("ij,ij->j", a, b)


def _moments(block: Any, out: Any, axis: int = 1) -> tuple[Any, Any]:
    """Along an axis: the mean in float64 and the sum of squares about it; leaves block - mean in `out`."""
    count = block.shape[axis]
    mean = _sums(block, axis) / count
    np.subtract(block, np.expand_dims(mean, axis), out=out)
    rest = _sums(out, axis) / count
    squares = _dots(out, out, axis) - count * np.square(rest)
    if np.any(count * np.square(rest) > np.square(8 * np.finfo(out.dtype).eps) * squares):
        out -= np.expand_dims(rest, axis)
    return mean + rest.astype(np.float64), squares


def _subtract(block: Any, mean: Any, rstd: Any, out: Any) -> Any:
    """block - mean for a mean in float64, whose last digits are seen only where it is large against the deviation."""
    near = mean.astype(block.dtype)
    rest = (mean - near).astype(block.dtype)
    np.subtract(block, near, out=out)
    if np.any(np.abs(rest) * rstd > 8 * np.finfo(out.dtype).eps):
        out -= rest
    return out


# -- each row by itself: layer and RMS norm ------------------------------------------------------------


def _row_norm(x: Any, weight: Any, bias: Any, axes: int, eps: float, center: bool) -> Any:
    """Normalise x over its last `axes` axes. Besides y: mean and 1 / standard deviation of each row, for the rule."""
    dtype = _working_dtype(x, weight, bias)
    size = prod(x.shape[x.ndim - axes :])
    rows = np.ascontiguousarray(x, dtype).reshape(-1, size) if x.size else np.empty((0, size), dtype)
    y = np.empty_like(rows)
    mean, rstd = np.zeros((len(rows), 1)), np.empty((len(rows), 1), dtype)

    def normalise(s: Any, buffer: Any) -> None:
        out = y[s]
        if center:
            mean[s, 0], squares = _moments(rows[s], out)
        else:
            squares = _dots(rows[s], rows[s])
        rstd[s, 0] = 1.0 / np.sqrt(squares / size + eps)
        np.multiply(out if center else rows[s], rstd[s], out=out)
        if weight is not None:
            out *= weight.reshape(-1)
        if bias is not None:
            out += bias.reshape(-1)

    _each_block(rows, normalise)
    return y.reshape(x.shape).astype(_result_dtype(x, weight, bias), copy=False), mean, rstd


def _result_dtype(*arrays: Any) -> Any:
    return np.result_type(*(a for a in arrays if a is not None))


def _row_rule(
    g: Any, x: Any, weight: Any, bias: Any, needs: Any, y: Any, axes: int, eps: float, center: bool
) -> tuple[Any, ...]:
    if isinstance(g[0], Tensor):
        return through(_row_reference(axes, eps, center), g, (x, weight, bias), needs)
    _, mean, rstd = y
    dtype, size = rstd.dtype, prod(x.shape[x.ndim - axes :])
    rows, gs = (np.ascontiguousarray(a, dtype).reshape(len(mean), size) for a in (x, g[0]))
    w = np.ones(size, dtype) if weight is None else weight.reshape(-1).astype(dtype, copy=False)
    dx = np.empty_like(rows)
    sums: dict[int, Any] = {0: np.zeros((2, size), dtype)}  # of each block, added in order, whichever thread was first

    def slope(s: Any, product: Any) -> None:
        # dx = rstd (g w - mean(g w) - d mean(g w d) rstd^2) with d = x - mean, and d g is wanted for dw as well
        d = _subtract(rows[s], mean[s], rstd[s], out=dx[s])
        np.multiply(gs[s], d, out=product)
        r = rstd[s, 0]
        sums[s.start] = np.stack([r @ product, _sums(gs[s], 0)])
        d *= (product @ w * r**3 / -size)[:, None]
        np.multiply(gs[s], w, out=product)
        product *= rstd[s]
        d += product
        if center:
            d -= (gs[s] @ w * r / size)[:, None]

    _each_block(rows, slope)
    dw, db = sum(sums[start] for start in sorted(sums))
    shape = x.shape[x.ndim - axes :]
    found = (dx.reshape(x.shape), dw.reshape(shape), db.reshape(shape))
    return tuple(c if need else None for c, need in zip(found, needs))


def _row_reference(axes: int, eps: float, center: bool) -> Any:
    def reference(x: Any, weight: Any, bias: Any) -> Any:
        over = tuple(range(-axes, 0))
        d = x - np.mean(x, axis=over, keepdims=True) if center else x
        return _affine(d / np.sqrt(np.mean(d * d, axis=over, keepdims=True) + eps), weight, bias)

    return reference


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


_layer_norm = op(
    joint=_row_rule,
    inputs=("x", "weight", "bias"),
    name="layer_norm",
    formulas={
        "x": "(h - mean(h) - n * mean(h * n)) / std, h = g * weight",
        "weight": "sum of g * n, n = the normalised x",
        "bias": "g summed over the rows",
    },
)(_row_norm)
_rms_norm = op(
    joint=_row_rule,
    inputs=("x", "weight", "bias"),
    name="rms_norm",
    formulas={
        "x": "(h - n * mean(h * n)) / rms, h = g * weight",
        "weight": "sum of g * n, n = the normalised x",
        "bias": "g summed over the rows",
    },
)(_row_norm)


def _last_axes(name: str, x: Any, normalized_shape: Any, **parameters: Any) -> int:
    """How many axes `normalized_shape` covers; raises unless they are the last ones of x, which must hold floats."""
    shape = (normalized_shape,) if isinstance(normalized_shape, (int, np.integer)) else tuple(normalized_shape)
    if not shape:
        raise ShapeError(f"{name}: normalized_shape is empty; give the sizes of the last axes of x, one or more")
    if np.shape(x)[-len(shape) :] != shape:
        raise ShapeError(
            f"{name}: normalized_shape {shape} and the last axes of x {np.shape(x)} differ; x takes (..., "
            f"{', '.join(map(str, shape))})"
        )
    for what, value in parameters.items():
        if value is not None and np.shape(value) != shape:
            raise ShapeError(f"{name}: {what} {np.shape(value)} and normalized_shape {shape} must be equal")
    _require_float(name, x)
    return len(shape)


def _require_float(name: str, x: Any) -> None:
    if np.result_type(x).kind != "f":
        raise DtypeError(f"{name}: x is {np.result_type(x)} and has no mean of its own dtype; use .astype(np.float32)")


def _uneven(d: Any, shape: tuple[int, ...]) -> Any:
    """Numbers that alternate between high and low, so that no group of two or more has a variance near 0."""
    return d.array(shape, -1.0, 1.0) + 2.0 * np.where(np.indices(shape).sum(axis=0) % 2, 1.0, -1.0)


def _row_cases(d: Any, bias: bool) -> Any:
    shape = d.shape(min_dims=1, max_dims=2, min_side=2)
    x = _uneven(d, (*d.shape(max_dims=1), *shape))
    return x, shape, *(d.array(shape) for _ in range(d.integer(0, 1 + bias)))


@composite(cases=lambda d: _row_cases(d, bias=True))
def layer_norm(x: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias, with mean and variance over the last axes (Ba et al. 2016).

    `normalized_shape` says which: it equals x.shape[-k:], and so do the shapes of weight and bias, where given.
    Raises ShapeError otherwise.

    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), 3)
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """
    axes = _last_axes("layer_norm", x, normalized_shape, weight=weight, bias=bias)
    return _layer_norm(x, weight, bias, axes, eps, True)[0]


@composite(cases=lambda d: _row_cases(d, bias=False))
def rms_norm(x: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """x / sqrt(mean(x**2) + eps) * weight, with the mean over the last axes (Zhang & Sennrich 2019).

    `normalized_shape` equals x.shape[-k:] and the shape of weight; eps None is the spacing of x's dtype at 1.
    Raises ShapeError otherwise.

    >>> rms_norm(Tensor([[1.0, -1.0, 2.0, -2.0]]), 4)
    Tensor([[ 0.6325, -0.6325,  1.2649, -1.2649]])
    """
    axes = _last_axes("rms_norm", x, normalized_shape, weight=weight)
    eps = float(np.finfo(np.result_type(x)).eps) if eps is None else eps
    return _rms_norm(x, weight, None, axes, eps, False)[0]


# -- channels, axis 1: batch, group and instance norm --------------------------------------------------
#
# A row is what one sample has of one channel. Statistics have the shape (1, C) when they are those of the batch,
# else (N, groups); of a batch of one sample in groups of one channel, both are the same. They are handed to the op:
# its rule knows that they come from x, and y need not be kept for it.


def _sum_axis(x: Any, together: bool) -> int:
    """Where to sum `_channel_rows`: down the columns for a batch (N, C), whose rows would have one number each."""
    return 0 if together and x.size == x.shape[0] * x.shape[1] else 1


def _channel_rows(x: Any, axis: int, dtype: Any) -> Any:
    """x (N, C, ...) as a contiguous matrix (N C, L), or for sums along axis 0 as (N, C)."""
    n, c = x.shape[:2]
    return np.ascontiguousarray(x, dtype).reshape((n * c, prod(x.shape[2:])) if axis else (n, c))


def channel_moments(x: Any, groups: int | None = None) -> tuple[Any, Any]:
    """Mean and (biased) variance, in float64: of each channel over the batch (1, C), or of each group (N, groups)."""
    x = x.data if isinstance(x, Tensor) else x
    axis = _sum_axis(x, groups is None)
    rows = _channel_rows(x, axis, _working_dtype(x))
    n, c, length = x.shape[0] if axis else 1, x.shape[1], rows.shape[axis]
    mean, squares = np.empty((2, n * c))

    def measure(s: Any, buffer: Any) -> None:
        s = s if axis else slice(None)
        mean[s], squares[s] = _moments(rows[s], buffer, axis)

    _each_block(rows, measure, axis)
    parts = (1, n, c) if groups is None else (n, groups, c // groups)
    over, count = (1, n) if groups is None else (2, c // groups)
    mean, squares = mean.reshape(parts), squares.reshape(parts)
    center = np.mean(mean, axis=over, keepdims=True)
    # what lies between the means of the rows belongs to the variance of the group, too
    var = np.sum(squares / length + np.square(mean - center), axis=over) / count
    return np.squeeze(center, over), var


def _over_channels(statistic: Any, channels: int) -> Any:
    """What each group has, (1 or N, groups), for each channel."""
    return np.repeat(statistic, channels // statistic.shape[1], axis=1)


def _beside(rows: Any, axis: int, *values: Any) -> list[Any]:
    """What each channel has, (C,), (1, C) or (N, C), in a shape that broadcasts against the rows."""
    if axis == 0:
        return [np.reshape(v, (1, -1)).astype(rows.dtype, copy=False) for v in values]
    wide = (np.broadcast_to(v, (len(rows) // np.shape(v)[-1], np.shape(v)[-1])) for v in values)
    return [np.reshape(v, (-1, 1)).astype(rows.dtype, copy=False) for v in wide]


def _channel_norm(x: Any, weight: Any, bias: Any, mean: Any, var: Any, eps: float) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias, with the moments of x, per channel or per group."""
    axis = _sum_axis(x, mean.shape == (1, x.shape[1]))
    rows = _channel_rows(x, axis, _working_dtype(x, weight, bias))
    mean, rstd = (_over_channels(v, x.shape[1]) for v in (mean, 1.0 / np.sqrt(var + eps)))
    scale = rstd if weight is None else rstd * weight
    # beside a mean that is large against the deviation, x scale + shift would cancel most digits
    large = bool(np.any(np.abs(mean) * rstd > LARGE))
    near = mean.astype(rows.dtype) if large else np.zeros_like(mean)
    rest = (near - mean) * scale
    near, scale, shift = _beside(rows, axis, near, scale, rest if bias is None else rest + bias)
    y = np.empty_like(rows)

    def normalise(s: Any, buffer: Any) -> None:
        np.multiply(np.subtract(rows[s], near[s], out=y[s]) if large else rows[s], scale[s], out=y[s])
        y[s] += shift[s]

    _each_block(rows, normalise, axis)
    return y.reshape(x.shape).astype(_result_dtype(x, weight, bias), copy=False)


def _channel_rule(
    g: Any, x: Any, weight: Any, bias: Any, needs: Any, mean: Any, var: Any, eps: float
) -> tuple[Any, ...]:
    if isinstance(g, Tensor):
        return through(_channel_reference(mean.shape, eps), g, (x, weight, bias), needs)
    together, c = mean.shape == (1, x.shape[1]), x.shape[1]
    axis = _sum_axis(x, together)
    rows, gs = (_channel_rows(a, axis, _working_dtype(x, weight, bias)) for a in (x, g))
    mean, rstd = (_over_channels(v, c) for v in (mean, 1.0 / np.sqrt(var + eps)))
    (near,) = _beside(rows, axis, mean)
    sums = _slope_sums(rows, gs, near, axis).reshape(2, -1, c)
    sums[1] -= (mean - near.reshape(-1, c)[: len(mean)]) * sums[0]  # what float32 left of a large mean
    dw, db = np.sum(sums[1] * rstd, axis=0), np.sum(sums[0], axis=0)
    dx = None
    if needs[0]:
        # dx = rstd (g w - mean(g w) - d mean(g w d) rstd^2), with the means over what shares its statistics
        w = 1.0 if weight is None else weight
        parts = (1, -1, c) if together else (*var.shape, c // var.shape[1])
        means = np.sum((w * sums).reshape(2, *parts), axis=2 if together else 3) * (var.size / max(x.size, 1))
        mean_g, mean_gd = (_over_channels(m, c) for m in means)
        slope = -mean_gd * rstd**3
        a, b, shift = _beside(rows, axis, w * rstd, slope, -mean_g * rstd - slope * mean)
        dx = _slopes(rows, gs, a, b, shift, axis).reshape(x.shape)
    return dx, dw if needs[1] else None, db if needs[2] else None


def _slope_sums(rows: Any, gs: Any, center: Any, axis: int) -> Any:
    """The sums of g and of g (x - center)."""
    sums = np.empty((2, rows.shape[1 - axis]))

    def add_up(s: Any, d: Any) -> None:
        np.subtract(rows[s], center[s], out=d)
        sums[:, s if axis else slice(None)] = _sums(gs[s], axis), _dots(gs[s], d, axis)

    _each_block(rows, add_up, axis)
    return sums


def _slopes(rows: Any, gs: Any, a: Any, b: Any, shift: Any, axis: int) -> Any:
    """a g + b x + shift."""
    out = np.empty_like(rows)

    def combine(s: Any, part: Any) -> None:
        np.multiply(rows[s], b[s], out=part)
        part += shift[s]
        np.multiply(gs[s], a[s], out=out[s])
        out[s] += part

    _each_block(rows, combine, axis)
    return out


def _channel_reference(shape: tuple[int, ...], eps: float) -> Any:
    """The same in small ops, for statistics of that shape."""

    def reference(x: Any, weight: Any, bias: Any) -> Any:
        together = shape == (1, x.shape[1])
        parts = x if together else np.reshape(x, (*shape, prod(x.shape[1:]) // shape[1]))
        over = (0, *range(2, x.ndim)) if together else 2
        d = parts - np.mean(parts, axis=over, keepdims=True)
        y = np.reshape(d / np.sqrt(np.mean(d * d, axis=over, keepdims=True) + eps), x.shape)
        column = (-1,) + (1,) * (x.ndim - 2)
        return _affine(y, *(None if p is None else np.reshape(p, column) for p in (weight, bias)))

    return reference


_batch_norm = op(
    joint=_channel_rule,
    inputs=("x", "weight", "bias"),
    name="batch_norm",
    formulas={
        "x": "(h - mean(h) - n * mean(h * n)) / std, h = g * weight",
        "weight": "sum of g * n, n = the normalised x",
        "bias": "g summed over all but the channels",
    },
)(_channel_norm)
_group_norm = op(
    joint=_channel_rule,
    inputs=("x", "weight", "bias"),
    name="group_norm",
    formulas={
        "x": "(h - mean(h) - n * mean(h * n)) / std, h = g * weight",
        "weight": "sum of g * n, n = the normalised x",
        "bias": "g summed over all but the channels",
    },
)(_channel_norm)


def require_channels(name: str, x: Any, **parameters: Any) -> int:
    """The number of channels; raises unless x is (N, C, ...) of floats and each parameter has one number for each."""
    if np.ndim(x) < 2:
        raise ShapeError(f"{name}: x {np.shape(x)} has no channel axis; it takes (N, C) or (N, C, ...)")
    channels = int(np.shape(x)[1])
    for what, value in parameters.items():
        if value is not None and np.shape(value) != (channels,):
            raise ShapeError(
                f"{name}: {what} {np.shape(value)} and the {channels} channels of x {np.shape(x)} do not fit; "
                f"it takes ({channels},)"
            )
    _require_float(name, x)
    return channels


def _batch_cases(d: Any) -> Any:
    x = _uneven(d, (d.integer(2, 3), d.integer(1, 3), *d.shape(max_dims=2, min_side=1)))
    return x, *(d.array(x.shape[1:2]) for _ in range(d.integer(0, 2)))


def _group_cases(d: Any) -> Any:
    x = _uneven(d, (d.integer(0, 3), 4, *d.shape(max_dims=2, min_side=1)))
    return x, d.choice([2, 1]), *(d.array((4,)) for _ in range(d.integer(0, 2)))


@composite(cases=_batch_cases)
def batch_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). Raises ShapeError otherwise, and for a single value in each
    channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """
    return batch_norm_with_moments(x, weight, bias, eps)[0]


def batch_norm_with_moments(x: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    """`batch_norm`, and the mean and variance (1, C) it used, as arrays."""
    channels = require_channels("batch_norm", x, weight=weight, bias=bias)
    if np.size(x) <= channels:
        raise ShapeError(
            f"batch_norm: x {np.shape(x)} has no more than one value per channel, which has no variance; "
            "give a larger batch, or use the running statistics (eval mode)"
        )
    mean, var = channel_moments(x)
    return _batch_norm(x, weight, bias, mean, var, eps), mean, var


@composite(cases=_group_cases)
def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016).

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """
    return group_norm_with_moments(x, num_groups, weight, bias, eps)[0]


def group_norm_with_moments(x: Any, num_groups: int, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    """`group_norm`, and the mean and variance (N, num_groups) it used, as arrays."""
    channels = require_channels("group_norm", x, weight=weight, bias=bias)
    if num_groups < 1 or channels % num_groups:
        raise ShapeError(f"group_norm: {channels} channels of x {np.shape(x)} make no {num_groups} equal groups")
    mean, var = channel_moments(x, num_groups)
    return _group_norm(x, weight, bias, mean, var, eps), mean, var
