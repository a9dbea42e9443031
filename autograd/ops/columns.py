"""The arithmetic of convolution on plain arrays: windows laid out as columns, so that it is a matrix product.

The padded images lie flat, channel by channel: rows first, of each row all images, then what stands in the row. There
a kernel's elements are shifts, and each copies one long run; what a window meets across the end of a row is computed,
too, and left out of the result. Only a few images are laid out at a time, in working memory that stays in the
processor's cache, and each thread takes its part of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import prod
from operator import mul
from typing import TypeVar

import numpy as np

from ..engine.types import Array, Dtype
from ..support.parallel import scratch, split
from .windows import Slices, Windows

__all__: list[str] = []

T = TypeVar("T")
CACHE = 3 << 19  # bytes of columns to work on at once
WORTH = 1 << 24  # multiplications that are worth a second thread
COPY = 8  # multiplications in the time of copying a number


def _led(x: Array) -> Array:
    """(N, C, *sizes) with N before the last of the sizes."""
    return np.moveaxis(x, 0, -2)


def _index(places: Slices) -> Slices:
    """Of an array led like that, all channels and images at `places`."""
    return (slice(None), *places[:-1], slice(None), places[-1])


class Flat:
    """How `count` images lie flat: `length` numbers of each channel for all positions, and the kernel's shifts."""

    def __init__(self, windows: Windows, channels: int, itemsize: int, count: int) -> None:
        *outer, last = windows.reach
        self.windows = windows
        self.padded = (*outer, count, last)
        self.shape = (windows.positions[0], *self.padded[1:]) if outer else self.padded
        self.length = prod(self.shape)
        steps = [prod(self.padded[i + 1 :]) for i in range(len(self.padded))]
        del steps[-2]  # no kernel reaches from image to image
        self.shifts = [(windows.phases[phase][0], sum(map(mul, by, steps))) for phase, by in windows.taps]
        self.room = max(self.length + max(shift for _, shift in self.shifts), prod(self.padded))
        cuts = -(-self.length * channels * len(self.shifts) * itemsize // CACHE)
        # of equal size, or nearly, and such that the columns of each stay in the cache
        self.parts = [(self.length * i // cuts, self.length * (i + 1) // cuts) for i in range(cuts)]

    def images(self, x: Array) -> tuple[Array, list[tuple[Array, Array]]]:
        """Zeros (channels, phases, room) for padded images; and for each phase its place in them, and its part of x."""
        flat = scratch("images", (x.shape[1], len(self.windows.phases), self.room), x.dtype)
        flat.fill(0)
        apart, led = flat[..., : prod(self.padded)].reshape(*flat.shape[:2], *self.padded), _led(x)
        phases = self.windows.phases.values()
        return flat, [(apart[:, number][_index(there)], led[_index(here)]) for number, there, here in phases]

    def columns(self, x: Array) -> Iterator[tuple[slice, Array]]:
        """Yield (part of length, columns (1, groups, depth, part)) of (N, C, *sizes), valid until the next."""
        flat, places = self.images(x)
        for there, part in places:
            there[...] = part
        for start, stop in self.parts:
            columns = scratch("columns", (len(flat), len(self.shifts), stop - start), x.dtype)
            for k, (phase, shift) in enumerate(self.shifts):
                columns[:, k] = flat[:, phase, shift + start : shift + stop]
            yield slice(start, stop), self.by_group(columns)

    def fold(self, matrix: Array, g: Array, x: Array) -> None:
        """Write to x what is the adjoint of `columns`, of matrix @ g: each number added to where it was read."""
        flat, places = self.images(x)
        rows = self.rows(g)
        for start, stop in self.parts:
            columns = scratch("columns", (1, *matrix.shape[:2], stop - start), x.dtype)
            parts = np.matmul(matrix, rows[..., start:stop], out=columns).reshape(len(flat), len(self.shifts), -1)
            for k, (phase, shift) in enumerate(self.shifts):
                flat[:, phase, shift + start : shift + stop] += parts[:, k]
        for there, part in places:
            part[...] = there

    def by_group(self, flat: Array) -> Array:
        """(channels, ..., length) as (1, groups, channels / groups x ..., length)."""
        return flat.reshape(1, self.windows.groups, -1, flat.shape[-1])

    def rows(self, x: Array) -> Array:
        """What stands at the positions, (N, C, *positions), as (1, groups, C / groups, length) with 0 between."""
        flat = scratch("rows", (x.shape[1], self.length), x.dtype)
        led = _led(x)
        if led.shape[1:] != self.shape:
            flat.fill(0)
        self._at(flat)[...] = led
        return self.by_group(flat)

    def product(self, y: Array) -> Array:
        """Memory (1, groups, C / groups, length) for what `put` writes to y (N, C, *positions)."""
        return self.by_group(scratch("product", (y.shape[1], self.length), y.dtype))

    def put(self, product: Array, y: Array) -> None:
        """Write the positions of `product` to y (N, C, *positions)."""
        _led(y)[...] = self._at(product)

    def _at(self, flat: Array) -> Array:
        """The positions in (channels, length), as (C, *positions[:-1], N, positions[-1])."""
        return flat.reshape(-1, *self.shape)[_index(tuple(map(slice, self.windows.positions)))]


class Plain:
    """Images whose pixels are the columns, as those of a 1 x 1 kernel: the same as `Flat`, without a copy."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def rows(self, x: Array) -> Array:
        """(N, C, *sizes) as (N, groups, C / groups, positions)."""
        return x.reshape(len(x), self.windows.groups, -1 if x.size else 0, prod(self.windows.positions))

    product = rows

    def columns(self, x: Array) -> Iterator[tuple[slice, Array]]:
        """Yield all, once."""
        yield slice(None), self.rows(x)

    def put(self, product: Array, y: Array) -> None:
        """Nothing to do: `product` is y."""


_flat = lru_cache(1024)(Flat)


def _share(work: Callable[[int, int], T], images: int, multiplications: int) -> list[T]:
    """The results of `work(start, stop)` on the parts of a batch, on several threads where there is enough to do."""
    return split(work, images) if multiplications >= WORTH else [work(0, images)]


def _batches(windows: Windows, channels: int, dtype: Dtype, start: int, stop: int) -> Iterator[tuple[slice, Flat]]:
    """A few images at a time, and how they lie flat."""
    one = _flat(windows, channels, dtype.itemsize, 1)
    count = max(CACHE // max(channels * len(one.shifts) * one.length * dtype.itemsize, 1), 1)
    for a in range(start, stop, count):
        b = min(a + count, stop)
        yield slice(a, b), _flat(windows, channels, dtype.itemsize, b - a)


def _matrix(weight: Array, groups: int) -> Array:
    """The weight (O, C / groups, *kernel) as one matrix per group."""
    return weight.reshape(groups, weight.shape[0] // groups, -1)


def turned(weight: Array, groups: int) -> Array:
    """The weight of the input gradient: outputs and inputs change places, and the kernel is turned around."""
    apart = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
    return np.flip(apart.swapaxes(1, 2), tuple(range(3, apart.ndim))).reshape(groups, weight.shape[1], -1)


def correlate(x: Array, weight: Array, bias: Array | None, windows: Windows) -> Array:
    """y[n, o, p] = bias[o] + sum over c, k of weight[o, c, k] x[n, c, stride p + dilation k - padding]."""
    return _products(x, windows, _matrix(weight, windows.groups), bias)[0]


def gather(g: Array, x: Array, windows: Windows) -> Array:
    """The weight gradient: the adjoint of `correlate` in the weight."""
    return _products(x, windows, g=g)[1].reshape(g.shape[1], -1, *windows.kernel)


def correlate_and_gather(x: Array, weight: Array, g: Array, windows: Windows) -> tuple[Array, Array]:
    """Both, from the same columns."""
    y, dw = _products(x, windows, _matrix(weight, windows.groups), g=g)
    return y, dw.reshape(weight.shape)


def both(g: Array, x: Array, weight: Array, windows: Windows) -> tuple[Array, Array]:
    """Input and weight gradient; where it pays they share the columns of g."""
    if windows.plain or not _worth_turning(windows, len(weight), x.shape[1]):
        return spread(g, weight, windows), gather(g, x, windows)
    dx, dw = _products(g, windows.turned, turned(weight, windows.groups), g=x)
    apart = dw.reshape(windows.groups, dw.shape[-2], -1, *windows.kernel)
    return dx, np.flip(apart, tuple(range(3, apart.ndim))).swapaxes(1, 2).reshape(weight.shape)


def _products(
    x: Array, windows: Windows, matrix: Array | None = None, bias: Array | None = None, g: Array | None = None
) -> tuple[Array, Array]:
    """Of the columns of x: matrix @ columns + bias, and g @ columns.T summed over images; empty where one is None."""
    groups, depth = windows.groups, x.shape[1] // windows.groups * len(windows.taps)
    matrix = np.empty((groups, 0, depth), x.dtype) if matrix is None else matrix
    g = np.empty((len(x), 0, *windows.positions), x.dtype) if g is None else g
    made, met = matrix.shape[1], g.shape[1] // groups
    shift = None if bias is None else bias.reshape(groups, made, 1)
    y = np.empty(
        (len(x), groups * made, *windows.positions), np.result_type(x, matrix, *([] if bias is None else [bias]))
    )

    def work(start: int, stop: int) -> Array:
        total, term = (make((1, groups, met, depth), np.result_type(x, g)) for make in (np.zeros, np.empty))
        for chosen, flat in _cut(windows, x, start, stop, 1 if met else max(stop - start, 1)):
            product, rows = flat.product(y[chosen]), flat.rows(g[chosen])
            for part, columns in flat.columns(x[chosen]):
                if made:
                    np.matmul(matrix, columns, out=product[..., part])
                if met:
                    total += np.matmul(rows[..., part], columns.swapaxes(-1, -2), out=term)
            if shift is not None:
                product += shift
            flat.put(product, y[chosen])
        return total

    cost = len(x) * prod(windows.positions) * groups * depth * (made + met + COPY)
    return y, sum(_share(work, len(x), cost))


def _cut(windows: Windows, x: Array, start: int, stop: int, plain: int) -> Iterator[tuple[slice, Flat | Plain]]:
    if not windows.plain:
        return _batches(windows, x.shape[1], x.dtype, start, stop)
    return ((slice(a, min(a + plain, stop)), Plain(windows)) for a in range(start, stop, plain))


def spread(g: Array, weight: Array, windows: Windows) -> Array:
    """The input gradient: the adjoint of `correlate` in x, which is also the transposed convolution."""
    if windows.plain or _worth_turning(windows, len(weight), weight.shape[1] * windows.groups):
        return _products(g, windows.turned, turned(weight, windows.groups))[0]
    matrix = _matrix(weight, windows.groups).swapaxes(1, 2)
    _, depth, each = matrix.shape
    channels = windows.groups * weight.shape[1]
    x = (np.empty if windows.whole else np.zeros)((len(g), channels, *windows.sizes), np.result_type(g, weight))

    def work(start: int, stop: int) -> None:
        for chosen, flat in _batches(windows, channels, x.dtype, start, stop):
            flat.fold(matrix, g[chosen], x[chosen])

    _share(work, len(g), g.size // each * depth * (each + COPY))
    return x


def _worth_turning(windows: Windows, outputs: int, inputs: int) -> bool:
    """Whether columns of the output's gradient are cheaper than folding back columns of the input's."""
    return max(windows.stride) == 1 and outputs * prod(windows.sizes) < 1.5 * inputs * prod(windows.positions)
