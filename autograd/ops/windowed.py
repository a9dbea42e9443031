"""The arithmetic of convolution in NumPy's functions alone, for any array: what `reproducible` takes."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from ..engine.types import Array, Maybe, Shape
from .windows import Windows, span

__all__: list[str] = []


def _columns(x: Array, windows: Windows) -> Array:
    """What each position of the kernel reads, as (groups, N, positions, channels of a group and kernel)."""
    axes = tuple(range(2, x.ndim))
    keep = tuple(slice(max(-lo, 0), n - max(-hi, 0)) for n, (lo, hi) in zip(windows.sizes, windows.padding))
    around = ((0, 0), (0, 0), *((max(lo, 0), max(hi, 0)) for lo, hi in windows.padding))
    spans = tuple(map(span, windows.kernel, windows.dilation))
    views = np.lib.stride_tricks.sliding_window_view(np.pad(x[:, :, *keep], around), spans, axes)
    views = views[
        :, :, *(slice(None, None, s) for s in windows.stride), *(slice(None, None, d) for d in windows.dilation)
    ]
    n, apart = len(x), (windows.groups, x.shape[1] // windows.groups)
    views = np.reshape(views, (n, *apart, *windows.positions, *windows.kernel))
    there, kernel = range(3, 3 + len(axes)), range(3 + len(axes), 3 + 2 * len(axes))
    return np.reshape(
        np.transpose(views, (1, 0, *there, 2, *kernel)),
        (apart[0], n * prod(windows.positions), apart[1] * prod(windows.kernel)),
    )


def _matrices(weight: Array, windows: Windows) -> Array:
    """The weight as a matrix for each group: (groups, outputs of a group, channels of a group and kernel)."""
    return np.reshape(weight, (windows.groups, len(weight) // windows.groups, prod(weight.shape[1:])))


def _rows(g: Array, windows: Windows) -> Array:
    """What stands at the positions, as (groups, N and positions, outputs of a group)."""
    count = prod(windows.positions)
    apart = np.reshape(g, (len(g), windows.groups, g.shape[1] // windows.groups, count))
    return np.reshape(np.transpose(apart, (1, 0, 3, 2)), (windows.groups, len(g) * count, apart.shape[2]))


def correlate(x: Array, weight: Array, bias: Maybe, windows: Windows) -> Array:
    """The convolution of `columns.correlate`."""
    y = np.matmul(_columns(x, windows), np.swapaxes(_matrices(weight, windows), 1, 2))
    apart = np.reshape(y, (windows.groups, len(x), prod(windows.positions), y.shape[2]))
    y = np.reshape(np.transpose(apart, (1, 0, 3, 2)), (len(x), len(weight), *windows.positions))
    return y if bias is None else y + np.reshape(bias, (-1, *[1] * (y.ndim - 2)))


def gather(g: Array, x: Array, windows: Windows) -> Array:
    """The weight gradient."""
    dw = np.matmul(np.swapaxes(_rows(g, windows), 1, 2), _columns(x, windows))
    return np.reshape(dw, (g.shape[1], x.shape[1] // windows.groups, *windows.kernel))


def spread(g: Array, weight: Array, windows: Windows) -> Array:
    """The input gradient: kernel element after kernel element, added to where it was read."""
    parts = np.matmul(_rows(g, windows), _matrices(weight, windows))
    inside: Shape = weight.shape[1:]
    parts = np.reshape(parts, (windows.groups, len(g), *windows.positions, *inside))
    count = len(windows.sizes)
    order = (1, 0, 2 + count, *range(2, 2 + count), *range(3 + count, 3 + 2 * count))
    channels = windows.groups * inside[0]
    parts = np.reshape(np.transpose(parts, order), (len(g), channels, *windows.positions, *windows.kernel))
    around = [n + max(lo, 0) + max(hi, 0) for n, (lo, hi) in zip(windows.sizes, windows.padding)]
    x = np.zeros_like(parts, shape=(len(g), channels, *around))
    starts = [max(-lo, 0) for lo, _ in windows.padding]
    for tap in product(*map(range, windows.kernel)):
        first = [start + k * d for start, k, d in zip(starts, tap, windows.dilation)]
        ends = [f + (m - 1) * s + 1 for f, m, s in zip(first, windows.positions, windows.stride)]
        at: Any = (..., *tap)
        x[:, :, *map(slice, first, ends, windows.stride)] += parts[at]
    return x[:, :, *(slice(max(lo, 0), max(lo, 0) + n) for n, (lo, _) in zip(windows.sizes, windows.padding))]
