"""The arithmetic of convolution on plain arrays: windows laid out as columns, so that it is a matrix product.

A few images at a time are turned to (channels, *sizes, images), so that what is copied is contiguous, and their
windows written as columns (channels x kernel, positions x images) into working memory that stays in the processor's
cache; the columns of the whole batch never exist at once. Each thread takes its part of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..support.parallel import scratch, split
from .windows import Windows

__all__: list[str] = []

CACHE = 3 << 20  # bytes of columns to work on at once
WORTH = 1 << 26  # multiplications that are worth a second thread
MANY = 8  # images that are worth turning
RUN = 64  # bytes of one row that are worth copying by themselves


def _lead(x: Any) -> Any:
    """(images, channels, *sizes) as (channels, *sizes, images)."""
    return x.transpose(*range(1, x.ndim), 0)


class Parts:
    """How a batch is cut: `images` at a time, and of those `rows` positions of the first axis at a time."""

    def __init__(self, windows: Windows, channels: int, itemsize: int) -> None:
        self.windows = windows
        self.channels = channels
        self.plain = max(windows.kernel) == max(windows.stride) == 1 and not any(map(any, windows.padding))
        rows, *rest = windows.positions
        across = prod(rest)
        row = channels * prod(windows.kernel) * across * itemsize
        self.images = max(CACHE // max(row * rows, 1), 1)
        if self.images < MANY:  # to turn only a few would take longer than it saves, unless single rows are short
            self.images = 1 if (rest[-1] if rest else rows) * itemsize >= RUN or self.plain else MANY
        self.rows = max(CACHE // (row * self.images), 1)
        count = -(-rows // self.rows)  # of equal size, or nearly
        self.blocks = [(rows * i // count, rows * (i + 1) // count) for i in range(count)]

    def batches(self, start: int, stop: int) -> Iterator[slice]:
        """Consecutive slices of the batch."""
        return (slice(a, min(a + self.images, stop)) for a in range(start, stop, self.images))

    def columns(self, x: Any) -> Iterator[tuple[slice, Any]]:
        """Yield (rows, columns (groups, depth, positions x images)) of some images, valid until the next."""
        w = self.windows
        count = len(x)
        if self.plain and count == 1:
            yield slice(0, w.positions[0]), x.reshape(w.groups, self.channels // w.groups, -1)
            return
        led = _lead(x)
        if count > 1 or any(map(any, w.padding)):
            led = scratch("led", (self.channels, *w.padded, count), x.dtype)
            if any(map(any, w.padding)):
                led.fill(0)
            there, here = w.inside()
            led[(slice(None), *there)] = _lead(x[(slice(None), slice(None), *here)])
        step = led.strides
        inner = [n * d for n, d in zip(step[1:-1], w.dilation)] + [n * s for n, s in zip(step[1:-1], w.stride)]
        for top, end in self.blocks:
            columns = scratch("columns", (self.channels, *w.kernel, end - top, *w.positions[1:], count), x.dtype)
            seen = led[:, top * w.stride[0] :]
            # one long call, which other threads need not wait for
            np.copyto(columns, as_strided(seen, columns.shape, (step[0], *inner, step[-1])))
            yield slice(top, end), columns.reshape(w.groups, self.channels // w.groups * prod(w.kernel), -1)


def _share(work: Callable[[int, int], Any], images: int, multiplications: int) -> list[Any]:
    """The results of `work(start, stop)` on the parts of a batch, on several threads where there is enough to do."""
    return split(work, images) if multiplications >= WORTH else [work(0, images)]


def _matrix(weight: Any, groups: int) -> Any:
    """The weight (O, C / groups, *kernel) as one matrix per group."""
    return weight.reshape(groups, weight.shape[0] // groups, -1)


def turned(weight: Any, groups: int) -> Any:
    """The weight of the input gradient: outputs and inputs change places, and the kernel is turned around."""
    apart = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
    return np.flip(apart.swapaxes(1, 2), tuple(range(3, apart.ndim))).reshape(groups, weight.shape[1], -1)


def correlate(x: Any, weight: Any, bias: Any, windows: Windows) -> Any:
    """y[n, o, p] = bias[o] + sum over c, k of weight[o, c, k] x[n, c, stride p + dilation k - padding]."""
    return _apply(x, _matrix(weight, windows.groups), bias, windows)


def _apply(x: Any, matrix: Any, bias: Any, windows: Windows) -> Any:
    y = np.empty(
        (len(x), matrix.shape[0] * matrix.shape[1], *windows.positions),
        np.result_type(x, matrix, *(() if bias is None else (bias,))),
    )
    parts = Parts(windows, x.shape[1], x.itemsize)
    shift = None if bias is None else bias.reshape(*matrix.shape[:2], 1)

    def work(start: int, stop: int) -> None:
        for chosen in parts.batches(start, stop):
            for rows, columns in parts.columns(x[chosen]):
                _put(y[chosen, :, rows], matrix, columns, shift)

    _share(work, len(x), y.size * matrix.shape[2])
    return y


def _put(y: Any, matrix: Any, columns: Any, shift: Any = None) -> None:
    """Write matrix @ columns + shift into `y` (images, channels, *positions)."""
    if len(y) == 1:
        product = np.matmul(matrix, columns, out=y.reshape(*matrix.shape[:2], -1))  # which is a view
    else:
        product = np.matmul(matrix, columns, out=scratch("product", (*matrix.shape[:2], columns.shape[2]), y.dtype))
    if shift is not None:
        product += shift
    if len(y) > 1:
        out = _lead(y)
        np.copyto(out, product.reshape(out.shape))


def spread(g: Any, weight: Any, windows: Windows) -> Any:
    """The input gradient: the adjoint of `correlate` in x, which is also the transposed convolution."""
    if _worth_turning(windows, len(weight), weight.shape[1] * windows.groups):
        return _apply(g, turned(weight, windows.groups), None, windows.turned())
    matrix = _matrix(weight, windows.groups).swapaxes(1, 2)
    channels = windows.groups * weight.shape[1]
    x = np.zeros((len(g), channels, *windows.sizes), np.result_type(g, weight))
    parts = Parts(windows, channels, x.itemsize)
    there, here = windows.inside()

    def work(start: int, stop: int) -> None:
        for chosen in parts.batches(start, stop):
            count = chosen.stop - chosen.start
            led = scratch("led", (channels, *windows.padded, count), x.dtype)
            led.fill(0)
            for top, end in parts.blocks:
                rows = _rows(g[chosen, :, top:end], windows.groups)
                columns = np.matmul(matrix, rows, out=scratch("columns", (*matrix.shape[:2], rows.shape[2]), x.dtype))
                columns = columns.reshape(channels, *windows.kernel, end - top, *windows.positions[1:], count)
                for k, window in windows.taps(top, end):
                    led[(slice(None), *window)] += columns[(slice(None), *k)]
            _lead(x[chosen])[(slice(None), *here)] = led[(slice(None), *there)]

    _share(work, len(g), g.size * matrix.shape[1])
    return x


def _worth_turning(windows: Windows, outputs: int, inputs: int) -> bool:
    """Whether columns of the output's gradient are cheaper than folding back columns of the input's."""
    return max(windows.stride) == 1 and outputs * prod(windows.sizes) < 1.5 * inputs * prod(windows.positions)


def gather(g: Any, x: Any, windows: Windows) -> Any:
    """The weight gradient: the adjoint of `correlate` in the weight."""
    groups = windows.groups
    parts = Parts(windows, x.shape[1], x.itemsize)
    shape = (groups, g.shape[1] // groups, x.shape[1] // groups * prod(windows.kernel))

    def work(start: int, stop: int) -> Any:
        total = np.zeros(shape, np.result_type(g, x))
        for chosen in parts.batches(start, stop):
            for rows, columns in parts.columns(x[chosen]):
                total += np.matmul(_rows(g[chosen, :, rows], groups), columns.swapaxes(1, 2))
        return total

    return sum(_share(work, len(x), g.size * shape[2])).reshape(-1, x.shape[1] // groups, *windows.kernel)


def _rows(x: Any, groups: int) -> Any:
    if len(x) == 1:
        return x.reshape(groups, x.shape[1] // groups, -1)
    led = _lead(x)
    rows = scratch("rows", led.shape, x.dtype)
    np.copyto(rows, led)
    return rows.reshape(groups, led.shape[0] // groups, -1)


def both(g: Any, x: Any, weight: Any, windows: Windows) -> tuple[Any, Any]:
    """Input and weight gradient; where it pays they share the columns of g."""
    if not _worth_turning(windows, len(weight), x.shape[1]):
        return spread(g, weight, windows), gather(g, x, windows)
    around = windows.turned()
    matrix = turned(weight, windows.groups)
    groups, channels, _ = matrix.shape
    dx = np.empty(x.shape, np.result_type(g, weight))
    parts = Parts(around, g.shape[1], g.itemsize)

    def work(start: int, stop: int) -> Any:
        total = np.zeros(matrix.shape, np.result_type(g, x))
        for chosen in parts.batches(start, stop):
            for rows, columns in parts.columns(g[chosen]):
                _put(dx[chosen, :, rows], matrix, columns)
                total += np.matmul(_rows(x[chosen, :, rows], groups), columns.swapaxes(1, 2))
        return total

    total = sum(_share(work, len(x), 2 * dx.size * matrix.shape[2]))
    apart = total.reshape(groups, channels, -1, *windows.kernel)
    dw = np.flip(apart, tuple(range(3, apart.ndim))).swapaxes(1, 2).reshape(weight.shape)
    return dx, dw
