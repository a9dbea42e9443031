"""Where the kernel of a convolution or pooling reads and what it makes: sizes (Dumoulin and Visin 2016)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, NamedTuple

from ..engine.types import Shape
from ..support.checks import sizes

__all__: list[str] = []

Setting = int | Sequence[int]  # one number for all axes, or one for each
Padding = Setting | Sequence[Sequence[int]]  # or a pair for each
Pads = tuple[tuple[int, int], ...]  # before and after each axis
Slices = tuple[slice, ...]
WIDE = 32  # positions of one image that are enough for a matrix product


def pads(what: str, value: Padding, axes: int) -> Pads:
    """(before, after) for each axis, from a number, a number for each, or a pair for each; errors as of `sizes`.

    >>> pads("convolution: padding", [1, 2], 2)
    ((1, 1), (2, 2))
    """
    given: list[Any] = list(value) if hasattr(value, "__iter__") else [value] * axes
    if not given or not hasattr(given[0], "__iter__"):
        values = sizes(what, value, axes, 0)
        return tuple(zip(values, values))
    if len(given) != axes:
        raise ValueError(f"{what}={value!r}; give {axes} pairs for {axes} spatial axes")
    return tuple((lo, hi) for lo, hi in (sizes(what, pair, 2, 0) for pair in given))


def named_pads(what: str, value: str, kernel: Shape, stride: Shape, dilation: Shape) -> Pads:
    """The pads of "valid" (none) and of "same", which keeps the sizes: of an odd total the larger part comes after.

    >>> named_pads("convolution: padding", "same", (4,), (1,), (1,))
    ((1, 2),)
    """
    if value not in ("same", "valid"):
        raise ValueError(f"{what}={value!r} is not a number, 'same' or 'valid'")
    if value == "same" and max(stride) != 1:
        raise ValueError(f"{what}='same' with stride={stride!r}; only stride 1 keeps the size")
    totals = [d * (k - 1) * (value == "same") for k, d in zip(kernel, dilation)]
    return tuple((total // 2, total - total // 2) for total in totals)


def span(kernel: int, dilation: int) -> int:
    """How many elements a kernel reaches over."""
    return dilation * (kernel - 1) + 1


def positions(
    length: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, ceil: bool = False
) -> int:
    """How many places a window takes along an axis, 0 or less where it does not fit; `ceil` lets the last stick out."""
    before, after = padding
    room = length + before + after - span(kernel, dilation)
    count = (room + (stride - 1) * ceil) // stride + 1
    return count - int(ceil and (count - 1) * stride >= length + before)  # none begins in the padding after the axis


class Settings(NamedTuple):
    """What says where a kernel reads, per spatial axis."""

    sizes: Shape
    kernel: Shape
    stride: Shape
    padding: Pads  # a negative number crops
    dilation: Shape
    groups: int


class Windows(Settings):
    """Where the kernel reads: `sizes` in, `positions` out, per spatial axis; what follows is worked out once."""

    @cached_property
    def positions(self) -> Shape:
        """How many places the kernel takes along each axis; 0 or less where it does not fit."""
        return tuple(map(positions, self.sizes, self.kernel, self.stride, self.padding, self.dilation))

    @cached_property
    def turned(self) -> Windows:
        """The windows of the input gradient at stride 1: the kernel, turned around, over the output's gradient."""
        spans = map(span, self.kernel, self.dilation)
        around = tuple((reach - 1 - lo, reach - 1 - hi) for reach, (lo, hi) in zip(spans, self.padding))
        return self._replace(sizes=self.positions, padding=around)

    @cached_property
    def reach(self) -> Shape:
        """How many elements of one phase the kernel meets from all its positions.

        The padded axis is dealt out to `stride` phases, every stride-th element to the same: within its phase, a kernel
        element meets neighbours at neighbouring positions.
        """
        return tuple(
            max(n, 0) + d * (k - 1) // s for n, k, s, d in zip(self.positions, self.kernel, self.stride, self.dilation)
        )

    @cached_property
    def _along(self) -> list[tuple[Shape, Shape]]:
        """The phase of each kernel element, and how far from the first it stands there, along each axis."""
        axes = [[divmod(i * d, s) for i in range(k)] for k, s, d in zip(self.kernel, self.stride, self.dilation)]
        return [(tuple(r for _, r in tap), tuple(q for q, _ in tap)) for tap in product(*axes)]

    @cached_property
    def phases(self) -> dict[Shape, tuple[int, Slices, Slices]]:
        """Number, places in the phase and in the input, of each phase that the kernel meets."""
        found = sorted({phase for phase, _ in self._along})
        return {phase: (i, *self._places(phase)) for i, phase in enumerate(found)}

    @cached_property
    def taps(self) -> list[tuple[int, Shape]]:
        """The number of each kernel element's phase, and how far from the first it stands there, along each axis."""
        return [(self.phases[phase][0], by) for phase, by in self._along]

    def _places(self, phase: Shape) -> tuple[Slices, Slices]:
        there, here = [], []
        for r, n, s, (lo, _), m in zip(phase, self.sizes, self.stride, self.padding, self.reach):
            first = max(-((r - lo) // s), 0)  # element j of the phase is number j s + r - lo of the input
            count = max(min(m, -((r - lo - n) // s)) - first, 0)
            start = first * s + r - lo
            there.append(slice(first, first + count))
            here.append(slice(start, start + count * s, s))
        return tuple(there), tuple(here)

    @cached_property
    def whole(self) -> bool:
        """Whether the kernel meets every element of the input."""
        met: int = sum(prod(t.stop - t.start for t in there) for _, there, _ in self.phases.values())
        return met == prod(self.sizes)

    @cached_property
    def alone(self) -> bool:
        """Whether there is one window, that is all of the input."""
        return self.kernel == self.sizes and set(self.dilation) == {1} and not any(map(any, self.padding))

    @cached_property
    def plain(self) -> bool:
        """Whether the input is its own columns: one for each image, or enough for a matrix product with each image."""
        pixels = max(*self.kernel, *self.stride) == 1 and not any(map(any, self.padding))
        return self.alone or (pixels and prod(self.sizes) >= WIDE)
