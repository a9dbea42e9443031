"""The same numbers in another order: channels and pixels, windows and columns."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from math import prod
from typing import Annotated, Any

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.types import Shape
from autograd.ops.shapes import fit
from autograd.ops.windows import positions
from autograd.support.checks import shape_of, size, sizes
from autograd.support.settings import Size

from .layer import IMAGES, Applied, Window

__all__ = ["ChannelShuffle", "Fold", "PixelShuffle", "PixelUnshuffle", "Unfold"]


Plane = Annotated[int | Sequence[int], partial(sizes, axes=2)]
Around = Annotated[int | Sequence[int], partial(sizes, axes=2, least=0)]


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C r r, H, W) to (..., C, H r, W r): channels become the pixels of a larger image; see `PixelShuffle`.

    >>> pixel_shuffle(Tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]), 2)
    Tensor([[[1., 2.],
             [3., 4.]]])
    """
    r = size("pixel_shuffle: upscale_factor", upscale_factor)
    fit("pixel_shuffle", "input (..., C, H, W)", input)
    *lead, channels, height, width = shape_of(input)
    if channels % (r * r):
        raise ShapeError(f"pixel_shuffle: {channels} channels are no multiple of upscale_factor**2 = {r * r}")
    parts = autograd.reshape(input, (prod(lead), channels // r**2, r, r, height, width))
    return autograd.reshape(
        autograd.transpose(parts, (0, 1, 4, 2, 5, 3)), (*lead, channels // r**2, height * r, width * r)
    )


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) to (..., C r r, H, W), the inverse of `pixel_shuffle`; see `PixelUnshuffle`.

    >>> pixel_unshuffle(Tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2).ravel(), 2
    (Tensor([1., 2., 3., 4.]), 2)
    """
    r = size("pixel_unshuffle: downscale_factor", downscale_factor)
    fit("pixel_unshuffle", "input (..., C, H, W)", input)
    *lead, channels, height, width = shape_of(input)
    if height % r or width % r:
        raise ShapeError(f"pixel_unshuffle: height {height} and width {width} are no multiples of {r}")
    parts = autograd.reshape(input, (prod(lead), channels, height // r, r, width // r, r))
    return autograd.reshape(
        autograd.transpose(parts, (0, 1, 3, 5, 2, 4)), (*lead, channels * r**2, height // r, width // r)
    )


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of (N, C, ...), one of each of `groups` groups after the other; see `ChannelShuffle`.

    >>> channel_shuffle(Tensor([[[1.0], [2.0], [3.0], [4.0]]]), 2).ravel()
    Tensor([1., 3., 2., 4.])
    """
    groups = size("channel_shuffle: groups", groups)
    fit("channel_shuffle", "input (N, C, ...)", input)
    shape = shape_of(input)
    if shape[1] % groups:
        raise ShapeError(f"channel_shuffle: {shape[1]} channels make no {groups} equal groups")
    parts = autograd.reshape(input, (shape[0], groups, shape[1] // groups, *shape[2:]))
    return autograd.reshape(autograd.swapaxes(parts, 1, 2), shape)


def _windows(
    name: str, lengths: Shape, kernel_size: Window, dilation: Window, padding: Window, stride: Window
) -> tuple[Shape, Shape, Shape, Iterator[tuple[Any, ...]]]:
    """Kernel, padding, how many windows fit along each axis, and where each element of the kernel finds its own."""
    kernel, steps = sizes(f"{name}: kernel_size", kernel_size, 2), sizes(f"{name}: dilation", dilation, 2)
    pads, strides = sizes(f"{name}: padding", padding, 2, 0), sizes(f"{name}: stride", stride, 2)
    counts = tuple(positions(n, k, s, (p, p), d) for n, k, s, p, d in zip(lengths, kernel, strides, pads, steps))
    if min(counts) < 1:
        raise ShapeError(f"{name}: a kernel of {kernel} with dilation {steps} does not fit {lengths}, padded by {pads}")
    starts = ([i * d for i in range(k)] for k, d in zip(kernel, steps))
    places = (
        (..., *(slice(i, i + (n - 1) * s + 1, s) for i, n, s in zip(start, counts, strides)))
        for start in product(*starts)
    )
    return kernel, pads, counts, places


def unfold(input: Tensor, kernel_size: Window, dilation: Window = 1, padding: Window = 0, stride: Window = 1) -> Tensor:
    """The windows of (N, C, H, W) or (C, H, W) as columns, (N, C KH KW, L) or (C KH KW, L); see `Unfold`.

    >>> unfold(Tensor([[[1.0, 2.0, 3.0]]]), (1, 2))
    Tensor([[1., 2.],
            [2., 3.]])
    """
    fit("unfold", IMAGES[2], input)
    *lead, channels, height, width = shape_of(input)
    kernel, pads, counts, places = _windows("unfold", (height, width), kernel_size, dilation, padding, stride)
    x = autograd.pad(input, [(0, 0)] * (len(lead) + 1) + [(p, p) for p in pads])
    columns = autograd.stack([x[place] for place in places], axis=-3)
    return autograd.reshape(columns, (*lead, channels * prod(kernel), prod(counts)))


def fold(
    input: Tensor,
    output_size: Window,
    kernel_size: Window,
    dilation: Window = 1,
    padding: Window = 0,
    stride: Window = 1,
) -> Tensor:
    """Columns (N, C KH KW, L) or (C KH KW, L) added up where their windows lie in (N, C, H, W); see `Fold`.

    >>> fold(Tensor([[1.0, 2.0], [2.0, 3.0]]), (1, 3), (1, 2))
    Tensor([[[1., 4., 3.]]])
    """
    fit("fold", "input (N?, K, L)", input)
    *lead, rows, number = shape_of(input)
    lengths = sizes("fold: output_size", output_size, 2)
    kernel, pads, counts, places = _windows("fold", lengths, kernel_size, dilation, padding, stride)
    if rows % prod(kernel) or number != prod(counts):
        raise ShapeError(
            f"fold: input {shape_of(input)}; a kernel of {kernel} has {prod(counts)} windows in {lengths}, so give "
            f"(N, a multiple of {prod(kernel)}, {prod(counts)})"
        )
    columns = autograd.reshape(input, (*lead, rows // prod(kernel), prod(kernel), *counts))
    shape = (*lead, rows // prod(kernel), *(n + 2 * p for n, p in zip(lengths, pads)))
    total: Any = 0.0
    for i, place in enumerate(places):
        total = total + autograd.unindex(columns[..., i, :, :], shape, place)
    return total[(..., *(slice(p, p + n) for n, p in zip(lengths, pads)))]


class PixelShuffle(Applied, function=pixel_shuffle):
    """(..., C r r, H, W) to (..., C, H r, W r) with r = upscale_factor: r r channels become r x r pixels.

    Raises ShapeError where the channels are no multiple of r r, or there are less than three axes (Shi et al. 2016).

    >>> PixelShuffle(2)(autograd.ones((5, 8, 3, 4))).shape
    (5, 2, 6, 8)
    """

    upscale_factor: Size


class PixelUnshuffle(Applied, function=pixel_unshuffle):
    """(..., C, H r, W r) to (..., C r r, H, W) with r = downscale_factor, the inverse of `PixelShuffle`.

    Raises ShapeError where height or width are no multiples of r, or there are less than three axes.

    >>> PixelUnshuffle(2)(autograd.ones((5, 2, 6, 8))).shape
    (5, 8, 3, 4)
    """

    downscale_factor: Size


class ChannelShuffle(Applied, function=channel_shuffle):
    """The channels of (N, C, ...), one of each of `groups` groups after the other, so that groups mix.

    Raises ShapeError where they make no equal groups (Zhang et al. 2018).

    >>> ChannelShuffle(2)(Tensor([[[1.0], [2.0], [3.0], [4.0]]])).ravel()
    Tensor([1., 3., 2., 4.])
    """

    groups: Size


class Unfold(Applied, function=unfold):
    """The windows of (N, C, H, W) or (C, H, W) as columns: (N, C KH KW, L) or (C KH KW, L), for L windows.

    Every setting is one number, or one for each axis. Raises ShapeError where no window fits, TypeError or ValueError
    for settings that are no sizes.

    >>> Unfold(2)(autograd.ones((1, 3, 4, 5))).shape
    (1, 12, 12)
    """

    kernel_size: Plane
    dilation: Plane = 1
    padding: Around = 0
    stride: Plane = 1


class Fold(Applied, function=fold):
    """Columns (N, C KH KW, L) or (C KH KW, L) added up where their windows lie in (N, C, H, W), H, W = output_size.

    Settings are those of `Unfold`, whose adjoint this is: what lies in several windows is added up. Raises ShapeError
    where the columns do not fit, TypeError or ValueError for settings that are no sizes.

    >>> Fold((4, 5), 2)(autograd.ones((1, 12, 12))).shape
    (1, 3, 4, 5)
    """

    output_size: Plane
    kernel_size: Plane
    dilation: Plane = 1
    padding: Around = 0
    stride: Plane = 1
