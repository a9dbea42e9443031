"""The arithmetic of convolution on plain arrays: windows laid out as columns, so that it is a matrix product.

The padded images are laid out so that what an element of the kernel meets is one long run, or a few. Only some images
are laid out at a time, in working memory that stays in the processor's cache, and each thread takes its part of the
batch.
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
CACHE = 1 << 22  # bytes of columns to work on at once
WORTH = 1 << 24  # multiplications that are worth a second thread
COPY = 8  # multiplications in the time of copying a number
MANY = 8  # images that are worth turning
RUN = 64  # bytes of a row that are worth copying by themselves


class Flat:
    """How `count` images lie: channel by channel, rows first, of each row all images, then what stands in the row.

    A kernel's element is a shift then, and `length` numbers from there on are what it meets from all positions, along
    with some across the ends of rows, which are left out of the result.
    """

    axis = -2  # of the images

    def __init__(self, windows: Windows, channels: int, itemsize: int, count: int) -> None:
        *outer, last = windows.reach
        self.windows = windows
        self.padded = (*outer, count, last)
        self.shape = (windows.positions[0], *self.padded[1:]) if outer else self.padded
        steps = [prod(self.padded[i + 1 :]) for i in range(len(self.padded))]
        del steps[-2]  # no kernel reaches from image to image
        self.shifts = [sum(map(mul, by, steps)) for _, by in windows.taps]
        self._divide(prod(self.shape), 1, channels * itemsize)

    def _divide(self, count: int, each: int, column: int) -> None:
        """Cut `count` times `each` positions into parts of equal size, or nearly, whose columns stay in the cache."""
        self.length, self.each = count * each, each
        cuts = -(-self.length * column * len(self.shifts) // CACHE)
        self.parts = [(count * i // cuts, count * (i + 1) // cuts) for i in range(cuts)]
        self.room = max(self.length + max(self.shifts), prod(self.padded))

    def _met(self, flat: Array, k: int, start: int, stop: int) -> Array:
        """What kernel element k meets from a part of the positions."""
        return flat[:, self.windows.numbers[k], self.shifts[k] + start : self.shifts[k] + stop]

    def _led(self, x: Array) -> Array:
        return np.moveaxis(x, 0, self.axis)

    def _index(self, places: Slices) -> Slices:
        """All channels and images at `places`."""
        index = [slice(None), *places]
        index.insert(len(index) + self.axis + 1, slice(None))
        return tuple(index)

    def _apart(self, flat: Array) -> Array:
        """(channels, phases, room) as (channels, phases, *padded)."""
        return flat[..., : prod(self.padded)].reshape(*flat.shape[:2], *self.padded)

    def _images(self, x: Array) -> tuple[Array, list[tuple[Array, Array]]]:
        """Zeros (channels, phases, room) for padded images; and for each phase its place in them, and its part of x."""
        flat = scratch("images", (x.shape[1], len(self.windows.phases), self.room), x.dtype)
        flat.fill(0)
        apart, led = self._apart(flat), self._led(x)
        phases = self.windows.phases.values()
        return flat, [(apart[:, number][self._index(there)], led[self._index(here)]) for number, there, here in phases]

    def columns(self, x: Array) -> Iterator[tuple[slice, Array]]:
        """Yield (part of length, columns (1, groups, depth, part)) of (N, C, *sizes), valid until the next."""
        flat, places = self._images(x)
        for there, part in places:
            there[...] = part
        for start, stop in self.parts:
            columns = scratch("columns", (len(flat), len(self.shifts), (stop - start) * self.each), x.dtype)
            for k in range(len(self.shifts)):
                met = self._met(flat, k, start, stop)
                columns[:, k].reshape(met.shape)[...] = met
            yield slice(start * self.each, stop * self.each), self._by_group(columns)

    def fold(self, matrix: Array, g: Array, x: Array) -> None:
        """Write to x what is the adjoint of `columns`, of matrix @ g: each number added to where it was read."""
        flat, places = self._images(x)
        rows = self.rows(g)
        outer = np.multiply if matrix.shape[-1] == 1 else np.matmul  # which are the same, but not in speed
        for start, stop in self.parts:
            part = rows[..., start * self.each : stop * self.each]
            columns = scratch("columns", (1, *matrix.shape[:2], part.shape[-1]), x.dtype)
            parts = outer(matrix, part, out=columns).reshape(len(flat), len(self.shifts), -1)
            for k in range(len(self.shifts)):
                met = self._met(flat, k, start, stop)
                met += parts[:, k].reshape(met.shape)
        for there, part in places:
            part[...] = there

    def _by_group(self, flat: Array) -> Array:
        """(channels, ..., length) as (1, groups, channels / groups x ..., length)."""
        return flat.reshape(1, self.windows.groups, -1, flat.shape[-1])

    def rows(self, x: Array) -> Array:
        """What stands at the positions, (N, C, *positions), as (1, groups, C / groups, length) with 0 between."""
        flat, led = scratch("rows", (x.shape[1], self.length), x.dtype), self._led(x)
        if led.shape[1:] != self.shape:
            flat.fill(0)
        self._at(flat)[...] = led
        return self._by_group(flat)

    def product(self, y: Array) -> Array:
        """Memory (1, groups, C / groups, length) for what `put` writes to y (N, C, *positions)."""
        return self._by_group(scratch("product", (y.shape[1], self.length), y.dtype))

    def put(self, product: Array, y: Array) -> None:
        """Write the positions of `product` to y (N, C, *positions)."""
        self._led(y)[...] = self._at(product)

    def _at(self, flat: Array) -> Array:
        """The positions in (channels, length), with the axes of `_led`."""
        return flat.reshape(-1, *self.shape)[self._index(tuple(map(slice, self.windows.positions)))]


class Turned(Flat):
    """`Flat` for short rows: of each place all images, which takes longer to turn, but leaves nothing between."""

    axis = -1

    def __init__(self, windows: Windows, channels: int, itemsize: int, count: int) -> None:
        self.windows = windows
        self.padded = (*windows.reach, count)
        self.shape = (*windows.positions, count)
        self.shifts = [0] * len(windows.taps)
        self._divide(self.shape[0], prod(self.shape[1:]), channels * itemsize)

    def _met(self, flat: Array, k: int, start: int, stop: int) -> Array:
        (_, (first, *by)), (_, *counts) = self.windows.taps[k], self.windows.positions
        places = (slice(q, q + n) for q, n in zip(by, counts))
        return self._apart(flat)[(slice(None), self.windows.numbers[k], slice(first + start, first + stop), *places)]


class Plain:
    """Images that are their own columns, as for a 1 x 1 kernel: the same as `Flat`, without a copy."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def rows(self, x: Array) -> Array:
        """(N, C, *sizes) as (N, groups, depth, positions); where each image is one column, (1, groups, depth, N)."""
        positions = prod(self.windows.positions)
        depth = prod(x.shape[1:]) // (self.windows.groups * positions)
        apart = x.reshape(len(x), self.windows.groups, depth, positions)
        return apart.swapaxes(0, 3) if self.windows.alone else apart

    product = rows

    def columns(self, x: Array) -> Iterator[tuple[slice, Array]]:
        """Yield all, once."""
        yield slice(None), self.rows(x)

    def put(self, product: Array, y: Array) -> None:
        """Nothing to do: `product` is y."""

    def fold(self, matrix: Array, g: Array, x: Array) -> None:
        """Write matrix @ g to x."""
        np.matmul(matrix, self.rows(g), out=self.rows(x))


@lru_cache(1024)
def _flat(windows: Windows, channels: int, itemsize: int, count: int) -> Flat:
    short = windows.positions[-1] * itemsize < RUN and count >= MANY
    return (Turned if short else Flat)(windows, channels, itemsize, count)


def _batches(
    windows: Windows, channels: int, dtype: Dtype, start: int, stop: int, summed: bool = False
) -> Iterator[tuple[slice, Flat | Plain]]:
    """Some images at a time, and how they lie; those to be `summed` over one by one, if each has its own product."""
    if windows.plain:
        count = 1 if summed and not windows.alone else max(stop - start, 1)
        yield from ((slice(a, min(a + count, stop)), Plain(windows)) for a in range(start, stop, count))
        return
    one = _flat(windows, channels, dtype.itemsize, 1)
    count = max(CACHE // max(channels * len(one.shifts) * one.length * dtype.itemsize, 1), 1)
    if windows.positions[-1] * dtype.itemsize < RUN:
        count = max(count, MANY)
    for a in range(start, stop, count):
        b = min(a + count, stop)
        yield slice(a, b), _flat(windows, channels, dtype.itemsize, b - a)


def _share(work: Callable[[int, int], T], images: int, multiplications: int) -> list[T]:
    """The results of `work(start, stop)` on the parts of a batch, on several threads where there is enough to do."""
    return split(work, images) if multiplications >= WORTH else [work(0, images)]


def _matrix(weight: Array, groups: int) -> Array:
    """The weight (O, C / groups, *kernel) as one matrix per group."""
    return weight.reshape(groups, weight.shape[0] // groups, -1)


def turned(weight: Array, groups: int) -> Array:
    """The weight of the input gradient: outputs and inputs change places, and the kernel is turned around."""
    apart = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
    around = np.flip(apart.swapaxes(1, 2), tuple(range(3, apart.ndim)))
    return np.ascontiguousarray(around).reshape(groups, weight.shape[1], -1)


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
    if not _worth_turning(windows, len(weight), x.shape[1]):
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
    kind = np.result_type(x, matrix, *([] if bias is None else [bias]))
    y = np.empty((len(x), groups * made, *windows.positions), kind)

    def work(start: int, stop: int) -> Array:
        total, term = (make((1, groups, met, depth), np.result_type(x, g)) for make in (np.zeros, np.empty))
        for chosen, flat in _batches(windows, x.shape[1], x.dtype, start, stop, met > 0):
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


def spread(g: Array, weight: Array, windows: Windows) -> Array:
    """The input gradient: the adjoint of `correlate` in x, which is also the transposed convolution."""
    if _worth_turning(windows, len(weight), weight.shape[1] * windows.groups):
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
    if windows.plain or max(windows.stride) > 1:
        return False
    return outputs * prod(windows.sizes) < 1.5 * inputs * prod(windows.positions)
