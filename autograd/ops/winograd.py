"""3 x 3 convolution by minimal filtering (Winograd 1980, Lavin and Gray 2016): a quarter of the multiplications.

A tile of 6 x 6 inputs d and a kernel w make 4 x 4 outputs, A' (K w K' * B' d B) A, where * goes element by element:
36 products, of which the sum over channels is a matrix product for each of the 36, in place of 144. The matrices
come from interpolating polynomials at five points and infinity; with these points (after Barabasz et al. 2020) float32
keeps an error of about 2e-6 of the largest output, where the common 0, 1, -1, 2, -2 have three times that.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.polynomial import polynomial

from ..engine.types import Array, Maybe
from ..support.parallel import scratch, split
from .columns import turned
from .windows import Windows

__all__: list[str] = []

POINTS = (0.0, 0.75, -0.75, 1.5, -1.5)
TILE = 4  # outputs of a tile along each axis
OUTLIER = 100.0  # times the root mean square that a number may have
TILES = 64  # at once, at least
CHANNELS = 64  # from so many on, in and out, transforming costs less than it saves


def _matrices() -> tuple[Array, Array, Array]:
    """A', K and B' for both axes at once, as matrices on flat tiles: (16, 36), (36, 9), (36, 36)."""
    powers = np.vander(POINTS, 6, increasing=True)
    others = [[q for q in POINTS if q != p] for p in POINTS]
    scale = np.array([[np.prod([p - q for q in rest])] for p, rest in zip(POINTS, others)])
    last = np.eye(6)[5]
    outputs = np.vstack([powers[:, :TILE], last[2:]]).T
    kernel = np.vstack([powers[:, :3] / scale, last[3:]])
    without = [np.append(polynomial.polyfromroots(rest), 0) for rest in others]
    inputs = np.vstack([*without, polynomial.polyfromroots(POINTS)])
    a, k, b = (np.kron(m, m).astype(np.float32) for m in (outputs, kernel, inputs))
    return a, k, b


OUTPUTS, KERNEL, INPUTS = _matrices()


def suits(windows: Windows, weight: Array, *arrays: Array) -> bool:
    """Whether this way is faster, and for the numbers in `arrays` exact enough: float32, none far above the others.

    An error of the size of a tile's largest number reaches all of the tile, where the sum keeps each to its window.
    """
    return (
        windows.kernel == (3, 3)
        and windows.stride == windows.dilation == (1, 1)
        and windows.groups == 1
        and min(weight.shape[:2]) >= CHANNELS
        and min(windows.positions) >= 2 * TILE
        and all(a.dtype == np.float32 and _even(a) for a in arrays)
    )


def _even(a: Array) -> bool:
    """Whether all numbers are finite and none is far above the root of their mean square."""
    flat = a.reshape(-1)
    largest = max(np.max(flat, initial=0.0), -np.min(flat, initial=0.0))
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(largest <= OUTLIER * np.sqrt(np.vdot(flat, flat) / max(a.size, 1)) < np.inf)


class Tiles:
    """The transformed tiles of `count` padded images: one thread's working memory, and how to fill it."""

    def __init__(self, channels: int, count: int, windows: Windows) -> None:
        self.grid = (count, *_grid(windows))
        room = tuple(TILE * n + 2 for n in self.grid[1:])
        self.led = scratch("images", (channels, count, *room), np.float32)
        self.led.fill(0)  # what no image reaches is padding
        ((_, there, here),) = windows.phases.values()
        self.seen = (slice(None), slice(None), *here)
        self.inner = self.led[(slice(None), slice(None), *there)]
        *lead, h, w = self.led.strides
        shape = (6, 6, channels, *self.grid)
        self.overlapping = as_strided(self.led, shape, (h, w, *lead, TILE * h, TILE * w))
        self.apart = scratch("tiles", shape, np.float32)
        self.out: Array = scratch("columns", (36, channels * prod(self.grid)), np.float32)

    def of(self, images: Array) -> Array:
        """The 6 x 6 tiles of images (N, C, H, W), which overlap by 2, transformed: (36, C, tiles), until the next."""
        np.copyto(self.inner, images[self.seen].swapaxes(0, 1))
        np.copyto(self.apart, self.overlapping)
        np.matmul(INPUTS, self.apart.reshape(36, -1), out=self.out)
        return self.out.reshape(36, images.shape[1], -1)


def _grid(windows: Windows) -> list[int]:
    """How many tiles cover the outputs, along each axis."""
    return [-(-n // TILE) for n in windows.positions]


def _batches(windows: Windows, channels: int, start: int, stop: int) -> Iterator[tuple[slice, Tiles]]:
    """As many images at a time as make enough tiles for a matrix product."""
    count = -(-TILES // prod(_grid(windows)))
    for a in range(start, stop, count):
        b = min(a + count, stop)
        if a == start or b - a < count:
            tiles = Tiles(channels, b - a, windows)
        yield slice(a, b), tiles


def correlate(x: Array, weight: Array, bias: Maybe, windows: Windows) -> Array:
    """The convolution of `columns.correlate`."""
    outputs, channels = weight.shape[:2]
    height, width = windows.positions
    y = np.empty((len(x), outputs, height, width), np.float32)

    def work(start: int, stop: int) -> None:
        kernels = np.matmul(KERNEL, weight.reshape(-1, 9).T).reshape(36, outputs, channels)
        for chosen, tiles in _batches(windows, channels, start, stop):
            count, down, across = tiles.grid
            products = scratch("product", (36, outputs, prod(tiles.grid)), np.float32)
            made = scratch("rows", (16, outputs, prod(tiles.grid)), np.float32)
            np.matmul(kernels, tiles.of(x[chosen]), out=products)
            np.matmul(OUTPUTS, products.reshape(36, -1), out=made.reshape(16, -1))
            if bias is not None:
                made += bias[:, None]
            apart = made.reshape(TILE, TILE, outputs, *tiles.grid).transpose(3, 2, 4, 0, 5, 1)
            if (TILE * down, TILE * across) == (height, width):
                y[chosen].reshape(apart.shape)[...] = apart
            else:
                y[chosen] = apart.reshape(count, outputs, TILE * down, TILE * across)[..., :height, :width]

    split(work, len(x))
    return y


def spread(g: Array, weight: Array, windows: Windows) -> Array:
    """The input gradient of `columns.spread`: a convolution with the kernel turned around."""
    around = turned(weight, 1).reshape(weight.shape[1], weight.shape[0], 3, 3)
    return correlate(g, around, None, windows.turned)


def gather(g: Array, x: Array, windows: Windows) -> Array:
    """The weight gradient of `columns.gather`: that of the 36 products, summed over tiles, then brought back."""
    outputs, channels = g.shape[1], x.shape[1]

    def work(start: int, stop: int) -> Array:
        term, total = np.empty((36, outputs, channels), np.float32), np.zeros((36, outputs, channels), np.float32)
        for chosen, tiles in _batches(windows, channels, start, stop):
            count, down, across = tiles.grid
            padded = g[chosen]
            if g.shape[2:] != (TILE * down, TILE * across):
                padded = scratch("padded", (count, outputs, TILE * down, TILE * across), np.float32)
                padded.fill(0)
                padded[..., : g.shape[2], : g.shape[3]] = g[chosen]
            parts = scratch("rows", (TILE, TILE, outputs, *tiles.grid), np.float32)
            np.copyto(parts, padded.reshape(count, outputs, down, TILE, across, TILE).transpose(3, 5, 1, 0, 2, 4))
            products = scratch("product", (36, outputs, prod(tiles.grid)), np.float32)
            np.matmul(OUTPUTS.T, parts.reshape(16, -1), out=products.reshape(36, -1))
            total += np.matmul(products, tiles.of(x[chosen]).swapaxes(1, 2), out=term)
        # here and not once for all: BLAS's own threads, once called, keep a core busy waiting for more
        return np.matmul(KERNEL.T, total.reshape(36, -1))

    total: Array = np.sum(split(work, len(x)), axis=0)
    return total.reshape(9, outputs, channels).transpose(1, 2, 0).reshape(outputs, channels, 3, 3)
