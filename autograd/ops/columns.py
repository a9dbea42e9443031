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
from typing import NamedTuple, TypeVar

import numpy as np

from ..engine.types import Array, Dtype, Maybe, Shape
from ..support.parallel import scratch, split
from .windows import Windows

__all__: list[str] = []

T = TypeVar("T")
Index = tuple[slice | int, ...]
CACHE = 1 << 20  # bytes of columns to work on at once
WORTH = 1 << 23  # multiplications that are worth a second thread
COPY = 8  # multiplications in the time of copying a number
MANY = 8  # images that are worth turning
RUN = 64  # bytes of a row that are worth copying by themselves


class Part(NamedTuple):
    """Some of the positions: where they lie in `length`, how many along each axis, and what kernel elements meet."""

    chosen: slice
    shape: Shape
    met: list[Index]


class Flat:
    """How `count` images lie: channel by channel, rows first, of each row all images, then what stands in the row.

    A kernel's element is a shift then, and `length` numbers from there on are what it meets from all positions, along
    with some across the ends of rows, which are left out of the result. All that does not depend on the numbers in the
    images is worked out here, once.
    """

    def __init__(self, windows: Windows, channels: int, itemsize: int, count: int) -> None:
        among, everything, phases = self._among, slice(None), windows.phases.values()
        self.groups, self.taps, self.phases = windows.groups, len(windows.taps), len(phases)
        self.order = (1, *among(tuple(range(2, len(windows.sizes) + 2)), 0))  # of the axes of (N, C, *sizes)
        self.padded = among(windows.reach, count)
        self.there = [(everything, i, *among(there, everything)) for i, there, _ in phases]
        self.here = [(everything, *among(here, everything)) for _, _, here in phases]
        self.seen = (everything, *among(tuple(map(slice, windows.positions)), everything))
        self.positions = among(windows.positions, count)
        self._lay(windows, channels * self.taps * itemsize)

    @staticmethod
    def _among(spatial: tuple[T, ...], images: T) -> tuple[T, ...]:
        """What is given for each spatial axis, and for the images where they stand."""
        return (*spatial[:-1], images, spatial[-1])

    def _lay(self, windows: Windows, column: int) -> None:
        self.shape = (windows.positions[0], *self.padded[1:]) if len(windows.sizes) > 1 else self.padded
        self.length = prod(self.shape)
        steps = [prod(self.padded[i + 1 :]) for i in range(len(self.padded))]
        del steps[-2]  # no kernel reaches from image to image
        shifts = [(number, sum(map(mul, by, steps))) for number, by in windows.taps]
        self.memory: Shape = (max(prod(self.padded), self.length + max(n for _, n in shifts)),)
        self.parts = [
            Part(slice(a, b), (b - a,), [(slice(None), i, slice(n + a, n + b)) for i, n in shifts])
            for a, b in _cut(self.length, self.length * column)
        ]

    def _images(self, x: Array) -> tuple[Array, list[tuple[Array, Array]]]:
        """Zeros for padded images, and for each phase its place in them and its part of x."""
        memory = scratch("images", (x.shape[1], self.phases, *self.memory), x.dtype)
        memory.fill(0)
        apart = memory.reshape(*memory.shape[:2], -1)[..., : prod(self.padded)]
        apart, led = apart.reshape(*memory.shape[:2], *self.padded), x.transpose(self.order)
        return memory, [(apart[there], led[here]) for there, here in zip(self.there, self.here)]

    def columns(self, x: Array) -> Iterator[tuple[slice, Array]]:
        """Yield (part of length, columns (1, groups, depth, part)) of (N, C, *sizes), valid until the next."""
        images, places = self._images(x)
        for there, part in places:
            there[...] = part
        for chosen, shape, met in self.parts:
            columns = scratch("columns", (len(images), self.taps, *shape), x.dtype)
            for k, index in enumerate(met):
                columns[:, k] = images[index]
            yield chosen, columns.reshape(1, self.groups, -1, chosen.stop - chosen.start)

    def fold(self, matrix: Array, g: Array, x: Array) -> None:
        """Write to x what is the adjoint of `columns`, of matrix @ g: each number added to where it was read."""
        images, places = self._images(x)
        rows = self.rows(g)
        outer = np.multiply if matrix.shape[-1] == 1 else np.matmul  # which are the same, but not in speed
        for chosen, shape, met in self.parts:
            part = rows[..., chosen]
            columns = scratch("columns", (1, *matrix.shape[:2], part.shape[-1]), x.dtype)
            columns = outer(matrix, part, out=columns).reshape(len(images), self.taps, *shape)
            for k, index in enumerate(met):
                images[index] += columns[:, k]
        for there, part in places:
            part[...] = there

    def rows(self, x: Array) -> Array:
        """What stands at the positions, (N, C, *positions), as (1, groups, C / groups, length) with 0 between."""
        flat: Array = scratch("rows", (x.shape[1], *self.shape), x.dtype)
        if self.positions != self.shape:
            flat.fill(0)
        flat[self.seen] = x.transpose(self.order)
        return flat.reshape(1, self.groups, -1, self.length)

    def product(self, y: Array) -> Array:
        """Memory (1, groups, C / groups, length) for what `put` writes to y (N, C, *positions)."""
        return scratch("product", (1, self.groups, y.shape[1] // self.groups, self.length), y.dtype)

    def put(self, product: Array, y: Array) -> None:
        """Write the positions of `product` to y (N, C, *positions)."""
        y.transpose(self.order)[...] = product.reshape(-1, *self.shape)[self.seen]


class Turned(Flat):
    """`Flat` for short rows: of each place all images, which takes longer to turn, but leaves nothing between."""

    @staticmethod
    def _among(spatial: tuple[T, ...], images: T) -> tuple[T, ...]:
        return (*spatial, images)

    def _lay(self, windows: Windows, column: int) -> None:
        self.memory, self.shape = self.padded, self.positions
        self.length = prod(self.shape)
        first, *others = windows.positions
        each = self.length // first
        self.parts = []
        for a, b in _cut(first, self.length * column):
            met: list[Index] = [
                (slice(None), i, slice(q + a, q + b), *(slice(n, n + m) for n, m in zip(by, others)))
                for i, (q, *by) in windows.taps
            ]
            self.parts.append(Part(slice(a * each, b * each), (b - a, *self.shape[1:]), met))


def _cut(count: int, size: int) -> list[tuple[int, int]]:
    """Parts of range(count), equal or nearly, so that of what takes `size` bytes each part stays in the cache."""
    cuts = min(max(-(-size // CACHE), 1), count)
    return [(count * i // cuts, count * (i + 1) // cuts) for i in range(cuts)]


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
    windows: Windows, channels: int, dtype: Dtype, start: int, stop: int, term: int = 0
) -> Iterator[tuple[slice, Flat | Plain]]:
    """Some images at a time, and how they lie; `term` bytes are made of each, where each has a product of its own."""
    if windows.plain:
        count = max(CACHE // term if term and not windows.alone else stop - start, 1)
        yield from ((slice(a, min(a + count, stop)), Plain(windows)) for a in range(start, stop, count))
        return
    one = _flat(windows, channels, dtype.itemsize, 1)
    count = max(CACHE // max(channels * one.taps * one.length * dtype.itemsize, 1), 1)
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


def correlate(x: Array, weight: Array, bias: Maybe, windows: Windows) -> Array:
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
    x: Array, windows: Windows, matrix: Maybe = None, bias: Maybe = None, g: Maybe = None
) -> tuple[Array, Array]:
    """Of the columns of x: matrix @ columns + bias, and g @ columns.T summed over images; empty where one is None."""
    groups, depth = windows.groups, x.shape[1] // windows.groups * len(windows.taps)
    made = 0 if matrix is None else matrix.shape[1]
    met = 0 if g is None else g.shape[1] // groups
    dtype = np.result_type(*[a for a in (x, matrix, bias, g) if a is not None])
    y = np.empty((len(x), groups * made, *windows.positions), dtype)
    tall = met < depth  # BLAS is faster with the longer side first

    def work(start: int, stop: int) -> Array:
        total = np.zeros((groups, depth, met) if tall else (groups, met, depth), dtype)
        for chosen, flat in _batches(windows, x.shape[1], x.dtype, start, stop, total.nbytes):
            if matrix is not None:
                product = flat.product(y[chosen])
            if g is not None:
                rows = flat.rows(g[chosen])
            for part, columns in flat.columns(x[chosen]):
                if matrix is not None:
                    np.matmul(matrix, columns, out=product[..., part])
                if g is not None:
                    left, right = (columns, rows[..., part]) if tall else (rows[..., part], columns)
                    for a, b in _cut(total.shape[1], total.nbytes):
                        terms = scratch("terms", (len(columns), groups, b - a, total.shape[2]), dtype)
                        np.matmul(left[..., a:b, :], right.swapaxes(-1, -2), out=terms)
                        total[:, a:b] += terms[0] if len(terms) == 1 else terms.sum(axis=0)  # which would be a copy
            if bias is not None:
                product += bias.reshape(groups, made, 1)
            if matrix is not None:
                flat.put(product, y[chosen])
        return total

    first, *others = _share(work, len(x), len(x) * prod(windows.positions) * groups * depth * (made + met + COPY))
    for other in others:
        first += other
    return y, first.swapaxes(1, 2) if tall else first


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
