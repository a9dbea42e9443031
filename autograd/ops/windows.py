"""Where the kernel of a convolution reads and what it makes: the arithmetic of sizes (Dumoulin and Visin 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

__all__: list[str] = []


class Windows(NamedTuple):
    """Where the kernel reads: `sizes` in, `positions` out, per spatial axis."""

    sizes: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]  # before and after; a negative number crops
    dilation: tuple[int, ...]
    groups: int

    @property
    def positions(self) -> tuple[int, ...]:
        """How many places the kernel takes along each axis; 0 or less where it does not fit."""
        return tuple(
            (n + lo + hi - d * (k - 1) - 1) // s + 1
            for n, k, s, (lo, hi), d in zip(self.sizes, self.kernel, self.stride, self.padding, self.dilation)
        )

    @property
    def padded(self) -> tuple[int, ...]:
        """The sizes with padding."""
        return tuple(n + lo + hi for n, (lo, hi) in zip(self.sizes, self.padding))

    def turned(self) -> Windows:
        """The windows of the input gradient at stride 1: the kernel, turned around, over the output's gradient."""
        pads = tuple(
            (d * (k - 1) - lo, d * (k - 1) - hi) for k, (lo, hi), d in zip(self.kernel, self.padding, self.dilation)
        )
        return self._replace(sizes=self.positions, padding=pads)

    def inside(self) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """Where the input stands in the padded one, and what of the input that is (all, unless it is cropped)."""
        there = tuple(slice(max(lo, 0), max(lo, 0) + n + min(lo, 0) + min(hi, 0)) for n, (lo, hi) in self._sides())
        here = tuple(slice(max(-lo, 0), n - max(-hi, 0)) for n, (lo, hi) in self._sides())
        return there, here

    def _sides(self) -> Iterator[tuple[int, tuple[int, int]]]:
        return zip(self.sizes, self.padding)

    def taps(self, top: int, end: int) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
        """For each kernel element what it meets in the padded input at the positions top to end of the first axis."""
        first = [0, *[0] * (len(self.sizes) - 1)]
        first[0] = top
        counts = (end - top, *self.positions[1:])
        for k in product(*map(range, self.kernel)):
            starts = [f * s + i * d for f, s, i, d in zip(first, self.stride, k, self.dilation)]
            yield k, tuple(slice(a, a + (m - 1) * s + 1, s) for a, m, s in zip(starts, counts, self.stride))
