"""Normalisation: subtract a mean, divide by a standard deviation, scale and shift, each layer one op.

All of it works on contiguous rows, large blocks of them on several threads; sums along rows are BLAS products.
Variances are sums of squares of what the mean has been subtracted from, and the mean itself is corrected by what is
left over: a mean of 1e4 costs no digits, in float32 either.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..engine.errors import ShapeError
from ..engine.types import Array, Dtype, Maybe, Shape, Value
from ..support.checks import floats, shape_of
from ..support.parallel import scratch, split
from .declare import op

__all__ = ["batch_norm", "group_norm", "layer_norm", "rms_norm"]

Moments = Array | tuple[Array, ...]  # y alone, or with the mean and the variance
LARGE = 30.0  # deviations from 0 at which a mean is subtracted first
BLOCK = 1 << 19  # numbers in a block of rows: shorter calls would keep the threads waiting for each other

_FORMULAS = {
    "x": "(h - mean(h) - n * mean(h * n)) / std, h = g * weight",
    "weight": "sum of g * n, n = the normalised x",
    "bias": "g summed over all but the channels",
}


def _each_block(rows: Array, body: Callable[[slice, Array], None], axis: int = 1) -> None:
    """Call `body(slice, buffer of its size)` for blocks of rows, many of them on all cores; for axis 0 once for all."""
    step = max(len(rows), 1) if axis == 0 else max(1, BLOCK // max(1, rows.shape[1]))
    count = -(-len(rows) // step)

    def work(first: int, last: int) -> None:
        buffer = scratch("block", (min(step, len(rows)), rows.shape[1]), rows.dtype)
        for i in range(first, last):
            stop = min((i + 1) * step, len(rows))
            body(slice(i * step, stop), buffer[: stop - i * step])

    split(work, count)


def _dtype(*parts: Array | type | None) -> Dtype:
    """What the result has; with np.float32 among the parts what to compute in, which is never half precision."""
    return np.result_type(*(p for p in parts if p is not None))


def _sums(a: Array, axis: int = 1) -> Array:
    """The sums along an axis of a matrix, by BLAS."""
    return a @ np.ones(a.shape[1], a.dtype) if axis else np.ones(a.shape[0], a.dtype) @ a


def _dots(a: Array, b: Array, axis: int = 1) -> Array:
    """The sums along an axis of a * b, by BLAS where it runs along rows."""
    return np.vecdot(a, b) if axis else np.einsum("ij,ij->j", a, b)


def _moments(block: Array, out: Array, axis: int = 1) -> tuple[Array, Array]:
    """Along an axis: the mean in float64 and the sum of squares about it; leaves block - mean in `out`."""
    count = block.shape[axis]
    mean = _sums(block, axis) / count
    np.subtract(block, np.expand_dims(mean, axis), out=out)
    rest = _sums(out, axis) / count
    squares = _dots(out, out, axis) - count * np.square(rest)
    if np.any(count * np.square(rest) > np.square(8 * np.finfo(out.dtype).eps) * squares):
        out -= np.expand_dims(rest, axis)
    return mean + rest.astype(np.float64), squares


def _subtract(block: Array, mean: Array, rstd: Array, out: Array) -> None:
    """block - mean in `out`; the last digits of a float64 mean are seen only where it is large beside the deviation."""
    near = mean.astype(block.dtype)
    rest = (mean - near).astype(block.dtype)
    np.subtract(block, near, out=out)
    if np.any(np.abs(rest) * rstd > 8 * np.finfo(out.dtype).eps):
        out -= rest


def _affine(x: Array, weight: Maybe, bias: Maybe) -> Array:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


# -- each row by itself: layer and RMS norm ------------------------------------------------------------


def _row_norm(x: Array, weight: Maybe, bias: Maybe, axes: int, eps: float, center: bool) -> tuple[Array, Array, Array]:
    """x normalised over its last `axes` axes; the mean and 1 / standard deviation of each row."""
    dtype = _dtype(np.float32, x, weight, bias)
    size = prod(x.shape[x.ndim - axes :])
    rows = np.ascontiguousarray(x, dtype).reshape(-1, size) if x.size else np.empty((0, size), dtype)
    y = np.empty_like(rows)
    mean, rstd = np.zeros((len(rows), 1)), np.empty((len(rows), 1), dtype)

    def normalise(s: slice, buffer: Array) -> None:
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
    return y.reshape(x.shape).astype(_dtype(x, weight, bias), copy=False), mean, rstd


def _row_rule(
    g: Array, x: Array, normalized_shape: Array, weight: Maybe, mean: Maybe, rstd: Array
) -> tuple[Maybe, ...]:
    """The cotangents of x, weight and bias; without a mean none was subtracted."""
    shape = x.shape[x.ndim - np.size(normalized_shape) :]
    dtype, size = rstd.dtype, prod(shape)
    rows, gs = (np.ascontiguousarray(a, dtype).reshape(len(rstd), size) for a in (x, g))
    w = np.ones(size, dtype) if weight is None else weight.reshape(-1).astype(dtype, copy=False)
    dx = np.empty_like(rows)
    sums = {0: np.zeros((2, size), dtype)}  # of each block, added in order, whichever thread was first

    def slope(s: slice, product: Array) -> None:
        # dx = rstd (g w - mean(g w) - d mean(g w d) rstd^2) with d = x - mean, and d g is wanted for dw as well
        d = dx[s]
        if mean is None:
            np.copyto(d, rows[s])
        else:
            _subtract(rows[s], mean[s], rstd[s], out=d)
        np.multiply(gs[s], d, out=product)
        r = rstd[s, 0]
        sums[s.start] = np.stack([r @ product, _sums(gs[s], 0)])
        d *= (product @ w * r**3 / -size)[:, None]
        np.multiply(gs[s], w, out=product)
        product *= rstd[s]
        d += product
        if mean is not None:
            d -= (gs[s] @ w * r / size)[:, None]

    _each_block(rows, slope)
    dw, db = np.sum([sums[start] for start in sorted(sums)], axis=0)
    return dx.reshape(x.shape), None, dw.reshape(shape), db.reshape(shape)


def _last_axes(name: str, x: Array, normalized_shape: Any, **parameters: Maybe) -> int:
    """How many axes `normalized_shape` covers; raises unless they are the last ones of x, which must hold floats."""
    shape = tuple(np.atleast_1d(normalized_shape).tolist())
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
    floats(f"{name}: x", x)
    return len(shape)


def _uneven(d: Any, shape: Shape) -> Any:
    """Numbers that alternate between high and low, so that no group of two or more has a variance near 0."""
    return d.array(shape, -1.0, 1.0) + 2.0 * np.where(np.indices(shape).sum(axis=0) % 2, 1.0, -1.0)


def _row_cases(d: Any, bias: bool) -> object:
    shape = d.shape(min_dims=1, max_dims=2, min_side=2)
    x = _uneven(d, (*d.shape(max_dims=1), *shape))
    return x, shape, *(d.array(shape) for _ in range(d.integer(0, 1 + bias)))


def _row_reference(
    x: Array, normalized_shape: Array, weight: Maybe, bias: Maybe, eps: float, center: bool = True
) -> Array:
    over = tuple(range(-np.size(normalized_shape), 0))
    d = x - np.mean(x, axis=over, keepdims=True) if center else x
    return _affine(d / np.sqrt(np.mean(d * d, axis=over, keepdims=True) + eps), weight, bias)


@op(
    joint=_row_rule,
    reference=lambda x, normalized_shape, weight, bias, eps: _row_reference(x, normalized_shape, weight, bias, eps),
    kept=("mean", "rstd"),
    inputs=("x", "normalized_shape", "weight", "bias"),
    cases=lambda d: _row_cases(d, bias=True),
    formulas={**_FORMULAS, "bias": "g summed over the rows"},
)
def layer_norm(
    x: Array, normalized_shape: int | Sequence[int], weight: Maybe = None, bias: Maybe = None, eps: float = 1e-5
) -> tuple[Array, Array, Array]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with mean and variance over the last axes (Ba et al. 2016).

    `normalized_shape` says which: it equals x.shape[-k:], and so do the shapes of weight and bias, where given.
    Raises ShapeError otherwise.

    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), 3)
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """
    axes = _last_axes("layer_norm", x, normalized_shape, weight=weight, bias=bias)
    return _row_norm(x, weight, bias, axes, eps, center=True)


def _spacing(x: Array, eps: float | None) -> float:
    return float(np.finfo(x.dtype).eps) if eps is None else eps


@op(
    joint=lambda g, x, normalized_shape, weight, rstd: _row_rule(g, x, normalized_shape, weight, None, rstd)[:3],
    reference=lambda x, normalized_shape, weight, eps: _row_reference(
        x, normalized_shape, weight, None, _spacing(x, eps), center=False
    ),
    kept=("rstd",),
    inputs=("x", "normalized_shape", "weight"),
    cases=lambda d: _row_cases(d, bias=False),
    formulas={"x": "(h - n * mean(h * n)) / rms, h = g * weight", "weight": _FORMULAS["weight"]},
)
def rms_norm(
    x: Array, normalized_shape: int | Sequence[int], weight: Maybe = None, eps: float | None = None
) -> tuple[Array, Array]:
    """x / sqrt(mean(x**2) + eps) * weight, with the mean over the last axes (Zhang & Sennrich 2019).

    `normalized_shape` equals x.shape[-k:] and the shape of weight; eps None is the spacing of x's dtype at 1.
    Raises ShapeError otherwise.

    >>> rms_norm(Tensor([[1.0, -1.0, 2.0, -2.0]]), 4)
    Tensor([[ 0.6325, -0.6325,  1.2649, -1.2649]])
    """
    axes = _last_axes("rms_norm", x, normalized_shape, weight=weight)
    y, _, rstd = _row_norm(x, weight, None, axes, _spacing(x, eps), center=False)
    return y, rstd


# -- channels, axis 1: batch, group and instance norm --------------------------------------------------
#
# A row is what one sample has of one channel. Statistics have the shape (1, C) when they are those of the batch,
# else (N, groups); of a batch of one sample in groups of one channel, both are the same. They are kept for the rule,
# so y need not be.


def _sum_axis(x: Array, together: bool) -> int:
    """Where to sum `_channel_rows`: down the columns for a batch (N, C), whose rows would have one number each."""
    return 0 if together and x.size == x.shape[0] * x.shape[1] else 1


def _channel_rows(x: Array, axis: int, dtype: Dtype) -> Array:
    """x (N, C, ...) as a contiguous matrix (N C, L), or for sums along axis 0 as (N, C)."""
    n, c = x.shape[:2]
    return np.ascontiguousarray(x, dtype).reshape((n * c, prod(x.shape[2:])) if axis else (n, c))


def _channel_moments(x: Array, groups: int | None = None) -> tuple[Array, Array]:
    """Mean and (biased) variance, in float64: of each channel over the batch (1, C), or of each group (N, groups)."""
    axis = _sum_axis(x, groups is None)
    rows = _channel_rows(x, axis, _dtype(np.float32, x))
    n, c, length = x.shape[0] if axis else 1, x.shape[1], rows.shape[axis]
    mean, squares = np.empty((2, n * c))

    def measure(s: slice, buffer: Array) -> None:
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


def _over_channels(statistic: Array, channels: int) -> Array:
    """What each group has, (1 or N, groups), for each channel."""
    groups = statistic.shape[1]
    return statistic if groups == channels else np.repeat(statistic, channels // groups, axis=1)


def _beside(rows: Array, axis: int, *values: Array) -> list[Array]:
    """What each channel has, (C,), (1, C) or (N, C), in a shape that broadcasts against the rows."""
    if axis == 0:
        return [np.reshape(v, (1, -1)).astype(rows.dtype, copy=False) for v in values]
    wide = (np.broadcast_to(v, (len(rows) // np.shape(v)[-1], np.shape(v)[-1])) for v in values)
    return [np.reshape(v, (-1, 1)).astype(rows.dtype, copy=False) for v in wide]


def _channel_norm(
    x: Array, weight: Maybe, bias: Maybe, mean: Array, var: Array, eps: float, return_moments: bool
) -> Moments:
    """(x - mean) / sqrt(var + eps) * weight + bias, with the moments of x, per channel or per group; or these, too."""
    axis = _sum_axis(x, mean.shape == (1, x.shape[1]))
    rows = _channel_rows(x, axis, _dtype(np.float32, x, weight, bias))
    center, rstd = (_over_channels(v, x.shape[1]) for v in (mean, 1.0 / np.sqrt(var + eps)))
    scale = rstd if weight is None else rstd * weight
    # beside a mean that is large against the deviation, x scale + shift would cancel most digits
    large = bool(np.any(np.abs(center) * rstd > LARGE))
    near = center.astype(rows.dtype) if large else np.zeros_like(center)
    rest = (near - center) * scale
    near, scale, shift = _beside(rows, axis, near, scale, rest if bias is None else rest + bias)
    out = np.empty_like(rows)

    def normalise(s: slice, buffer: Array) -> None:
        np.multiply(np.subtract(rows[s], near[s], out=out[s]) if large else rows[s], scale[s], out=out[s])
        out[s] += shift[s]

    _each_block(rows, normalise, axis)
    y = out.reshape(x.shape).astype(_dtype(x, weight, bias), copy=False)
    return (y, *(v.astype(rows.dtype) for v in (mean, var))) if return_moments else y


def _channel_rule(
    g: Moments, needs: Sequence[bool], x: Array, weight: Maybe, eps: float, mean: Array, var: Array
) -> tuple[Maybe, ...]:
    """The cotangents of x, weight and bias, from that of y, or from those of y, the mean and the variance."""
    between = [None] * (len(needs) - 3)  # for num_groups, where that stands behind x
    g, *of_moments = g if isinstance(g, tuple) else (g,)
    together, c = mean.shape == (1, x.shape[1]), x.shape[1]
    axis = _sum_axis(x, together)
    rows, gs = (_channel_rows(a, axis, _dtype(np.float32, x, weight, g)) for a in (x, g))
    center, rstd = (_over_channels(v, c) for v in (mean, 1.0 / np.sqrt(var + eps)))
    (near,) = _beside(rows, axis, center)
    sums = _slope_sums(rows, gs, near, axis).reshape(2, -1, c)
    sums[1] -= (center - near.reshape(-1, c)[: len(mean)]) * sums[0]  # what float32 left of a large mean
    dw, db = np.sum(sums[1] * rstd, axis=0), np.sum(sums[0], axis=0)
    if not needs[0]:
        return None, *between, dw, db
    # dx = rstd (g w - mean(g w) - d mean(g w d) rstd^2), with the means over what shares its statistics
    w = np.ones(c) if weight is None else weight
    parts = (1, -1, c) if together else (*var.shape, c // var.shape[1])
    share = var.size / max(x.size, 1)
    means = np.sum((w * sums).reshape(2, *parts), axis=2 if together else 3) * share
    mean_g, mean_gd = (_over_channels(m, c) for m in means)
    slope, shift = -mean_gd * rstd**3, -mean_g * rstd
    if any(m.any() for m in of_moments):  # seldom: they are asked for to be remembered
        of_mean, of_var = (_over_channels(m, c) * share for m in of_moments)
        slope, shift = slope + 2.0 * of_var, shift + of_mean
    # b x + shift would cancel digits where the mean is large beside the deviation: there x is taken from near it
    base = near if np.any(np.abs(center) * rstd > LARGE) else np.zeros_like(near)
    a, b, shift = _beside(rows, axis, w * rstd, slope, shift - slope * (center - base.reshape(-1, c)[: len(mean)]))
    dx = _slopes(rows, gs, a, b, base if base.any() else None, shift, axis)
    return dx.reshape(x.shape), *between, dw, db


def _slope_sums(rows: Array, gs: Array, center: Array, axis: int) -> Array:
    """The sums of g and of g (x - center)."""
    sums = np.empty((2, rows.shape[1 - axis]))

    def add_up(s: slice, d: Array) -> None:
        np.subtract(rows[s], center[s], out=d)
        sums[:, s if axis else slice(None)] = _sums(gs[s], axis), _dots(gs[s], d, axis)

    _each_block(rows, add_up, axis)
    return sums


def _slopes(rows: Array, gs: Array, a: Array, b: Array, base: Maybe, shift: Array, axis: int) -> Array:
    """a g + b (x - base) + shift."""
    out = np.empty_like(rows)

    def combine(s: slice, part: Array) -> None:
        np.multiply(rows[s] if base is None else np.subtract(rows[s], base[s], out=part), b[s], out=part)
        part += shift[s]
        np.multiply(gs[s], a[s], out=out[s])
        out[s] += part

    _each_block(rows, combine, axis)
    return out


def _channel_reference(
    x: Array, over: tuple[int, ...], shape: Shape, weight: Maybe, bias: Maybe, eps: float,
    return_moments: bool,
) -> Moments:  # fmt: skip
    """x normalised over some axes, in small ops, in the shape that it is to have."""
    mean = np.mean(x, axis=over, keepdims=True)
    d = x - mean
    var = np.mean(d * d, axis=over, keepdims=True)
    column = (-1,) + (1,) * (len(shape) - 2)
    of_channels = [None if p is None else np.reshape(p, column) for p in (weight, bias)]
    y = _affine(np.reshape(d / np.sqrt(var + eps), shape), *of_channels)
    return (y, np.reshape(mean, mean.shape[:2]), np.reshape(var, var.shape[:2])) if return_moments else y


def require_channels(name: str, x: Value, **parameters: Value | None) -> int:
    """The number of channels; raises unless x is (N, C, ...) of floats and each parameter has one number for each."""
    shape = shape_of(x)
    if len(shape) < 2:
        raise ShapeError(f"{name}: x {shape} has no channel axis; it takes (N, C) or (N, C, ...)")
    channels = shape[1]
    for what, value in parameters.items():
        if value is not None and shape_of(value) != (channels,):
            raise ShapeError(
                f"{name}: {what} {shape_of(value)} and the {channels} channels of x {shape} do not fit; "
                f"it takes ({channels},)"
            )
    floats(f"{name}: x", x)
    return channels


def _batch_cases(d: Any) -> object:
    x = _uneven(d, (d.integer(2, 3), d.integer(1, 3), *d.shape(max_dims=2, min_side=1)))
    return (x, *(d.array(x.shape[1:2]) for _ in range(d.integer(0, 2)))), {"return_moments": d.boolean()}


@op(
    joint=_channel_rule,
    reference=lambda x, weight, bias, eps, return_moments: _channel_reference(
        x, (0, *range(2, x.ndim)), x.shape, weight, bias, eps, return_moments
    ),
    kept=("mean", "var"),
    inputs=("x", "weight", "bias"),
    cases=_batch_cases,
    formulas=_FORMULAS,
)
def batch_norm(
    x: Array, weight: Maybe = None, bias: Maybe = None, eps: float = 1e-5, return_moments: bool = False
) -> tuple[Moments, Array, Array]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). With `return_moments` it returns mean and variance, (1, C),
    too. Raises ShapeError otherwise, and for a single value in each channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """
    channels = require_channels("batch_norm", x, weight=weight, bias=bias)
    if x.size <= channels:
        raise ShapeError(
            f"batch_norm: x {x.shape} has no more than one value per channel, which has no variance; "
            "give a larger batch (DataLoader(drop_last=True) leaves out a last one of one row), or use the running "
            "statistics (eval mode)"
        )
    mean, var = _channel_moments(x)
    return _channel_norm(x, weight, bias, mean, var, eps, return_moments), mean, var


def _group_cases(d: Any) -> object:
    x = _uneven(d, (d.integer(0, 3), 4, *d.shape(max_dims=2, min_side=1)))
    parameters = (d.array((4,)) for _ in range(d.integer(0, 2)))
    return (x, d.choice([2, 1]), *parameters), {"return_moments": d.boolean()}


def _in_groups(x: Array, num_groups: int) -> Array:
    return np.reshape(x, (len(x), num_groups, prod(x.shape[1:]) // num_groups))


@op(
    joint=_channel_rule,
    reference=lambda x, num_groups, weight, bias, eps, return_moments: _channel_reference(
        _in_groups(x, num_groups), (2,), x.shape, weight, bias, eps, return_moments
    ),
    kept=("mean", "var"),
    inputs=("x", "num_groups", "weight", "bias"),
    cases=_group_cases,
    formulas=_FORMULAS,
)
def group_norm(
    x: Array, num_groups: int, weight: Maybe = None, bias: Maybe = None, eps: float = 1e-5, return_moments: bool = False
) -> tuple[Moments, Array, Array]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016). With `return_moments` it returns mean and variance,
    (N, num_groups), too.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """
    channels = require_channels("group_norm", x, weight=weight, bias=bias)
    if num_groups < 1 or channels % num_groups:
        raise ShapeError(f"group_norm: {channels} channels of x {x.shape} make no {num_groups} equal groups")
    mean, var = _channel_moments(x, num_groups)
    return _channel_norm(x, weight, bias, mean, var, eps, return_moments), mean, var


# -- the gradients of weight and bias for each part of a batch -----------------------------------------


def row_norm_of_each(size: int, g: Array, kept: Any, wanted: Sequence[str], **named: Any) -> dict[str, Array]:
    """Those of layer and RMS norm, for each of `size` examples, which stand in front of x."""
    x = named["x"]
    mean, rstd = kept if len(kept) > 1 else (0.0, *kept)
    rows, gs = (a.reshape(len(rstd), -1) for a in (x, g))
    n = np.subtract(rows, mean, dtype=rstd.dtype) * rstd
    n *= gs
    each = (size, -1, *x.shape[x.ndim - np.size(named["normalized_shape"]) :])
    return {"weight": np.sum(n.reshape(each), axis=1), "bias": np.sum(gs.reshape(each), axis=1)}


def group_norm_of_each(size: int, g: Moments, kept: Any, wanted: Sequence[str], **named: Any) -> dict[str, Array]:
    """Those of group norm, for each of `size` equal parts of its batch, in order."""
    x, g = named["x"], g[0] if isinstance(g, tuple) else g
    n, c = x.shape[:2]
    mean, var = kept
    center, rstd = (_over_channels(v, c)[..., None].astype(x.dtype) for v in (mean, 1.0 / np.sqrt(var + named["eps"])))
    rows, gs = (a.reshape(n, c, -1) for a in (x, g))
    d = (rows - center) * rstd
    sums = {"weight": np.vecdot(gs, d), "bias": np.sum(gs, axis=2)}
    return {name: np.sum(part.reshape(size, -1, c), axis=1) for name, part in sums.items()}
