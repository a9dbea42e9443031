"""Sight: what is shown of an array. A few numbers are shown as they are, of many their statistics and a small view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FEW = 4  # up to this many elements are shown one by one
CORNER = 4  # of larger arrays: so many rows and columns in numbers
EXPLODING = 1e3  # a gradient of a larger norm is marked


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of an array that is not kept: shape, dtype, all of a few elements, and statistics.

    `low`, `mean`, `high` are of all elements, `norm` is Euclidean, `nans` and `infs` are counts. `array` is the
    array itself where it has up to FEW elements, else None; `corner` and `heat` as `look` was asked for them.
    """

    shape: tuple[int, ...]
    dtype: Any
    size: int
    low: float
    mean: float
    high: float
    norm: float
    nans: int = 0
    infs: int = 0
    array: Any = None
    corner: Any = None
    heat: Any = None

    @property
    def mark(self) -> str:
        """What is remarkable about it as a gradient: nan, inf, zero, exploding, or nothing."""
        if self.nans or self.infs:
            return "nan" if self.nans else "inf"
        if self.size and self.low == self.high == 0.0:
            return "zero"
        return "exploding" if self.norm > EXPLODING else ""


def look(array: Any, cells: int = 0) -> Sight:
    """Take down what is shown of `array`; with `cells` also a corner of its values, and a picture of so many a side.

    >>> seen = look(np.arange(6.0).reshape(2, 3))
    >>> seen.shape, seen.low, seen.high, seen.mark
    ((2, 3), 0.0, 5.0, '')
    >>> look(np.zeros(3)).mark
    'zero'
    """
    if isinstance(array, Sight):
        return array
    array = np.asarray(array)
    few = array.size <= FEW
    own = array.copy() if few else None
    if not array.size or array.dtype.kind not in "biuf":
        none = float("nan")
        return Sight(array.shape, array.dtype, array.size, none, none, none, 0.0, array=own)
    if array.size == 1:  # most of a scalar graph: a tenth of the time
        value = float(array.reshape(())[()])
        bad = not np.isfinite(value)
        nan = value != value
        return Sight(
            array.shape, array.dtype, 1, value, value, value, abs(value), int(nan), int(bad and not nan), array=own
        )
    with np.errstate(all="ignore"):
        wide = array.astype(np.float64)
        nans = int(np.isnan(wide).sum())
        infs = int(np.isinf(wide).sum())
        low, mean, high = float(wide.min()), float(wide.mean()), float(wide.max())
        top = max(abs(low), abs(high)) or 1.0  # squares of large and of tiny numbers would leave the range
        numbers = low, mean, high, float(top * np.sqrt(np.sum((wide / top) ** 2)))
        corner = heat = None
        if cells and not few:
            flat = wide.reshape(-1, wide.shape[-1])  # the last axis across, all others down
            corner, heat = flat[:CORNER, :CORNER].copy(), _shrunk(flat, cells)
    return Sight(array.shape, array.dtype, array.size, *numbers, nans, infs, own, corner, heat)


def _shrunk(flat: Any, cells: int) -> Any:
    """At most so many rows and columns, each cell the element of greatest size in its part, so that none is hidden."""
    for axis in (0, 1):
        n = flat.shape[axis]
        if n > cells:
            starts = np.arange(cells) * n // cells
            high, low = (reduce(flat, starts, axis=axis) for reduce in (np.maximum.reduceat, np.minimum.reduceat))
            flat = np.where(high >= -low, high, low)
    return flat
