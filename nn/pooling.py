"""Pooling: one number for each window of an image or a sequence, its maximum or its mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.ops.pooling import window_arguments

from .module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "MaxPool1d",
    "MaxPool2d",
]

Size = int | Sequence[int]
LAYOUTS = {1: ("(C, L)", "(N, C, L)"), 2: ("(C, H, W)", "(N, C, H, W)")}


def _sizes(name: str, what: str, value: Any, axes: int) -> tuple[Any, ...]:
    """One number for each axis, from one for all or a sequence."""
    sizes = (value,) * axes if np.ndim(value) == 0 else tuple(value)
    if len(sizes) != axes:
        raise ValueError(f"{name}: {what}={value!r} is neither one number nor {axes}")
    return sizes


def _check_axes(name: str, input: Any, axes: int) -> None:
    if np.ndim(input) not in (axes + 1, axes + 2):
        raise ShapeError(f"{name}: an input of shape {np.shape(input)}; it takes {' or '.join(LAYOUTS[axes])}")


def _max_pool(
    name: str, axes: int, input: Any, kernel_size: Size, stride: Any, padding: Any, dilation: Any, *flags: bool
) -> Any:
    _check_axes(name, input, axes)
    return autograd.max_pool(input, _sizes(name, "kernel_size", kernel_size, axes), stride, padding, dilation, *flags)


def _avg_pool(name: str, axes: int, input: Any, kernel_size: Size, stride: Any, padding: Any, *options: Any) -> Any:
    _check_axes(name, input, axes)
    return autograd.avg_pool(input, _sizes(name, "kernel_size", kernel_size, axes), stride, padding, *options)


def max_pool1d(
    input: Any,
    kernel_size: Size,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window of (C, L) or (N, C, L), and where it lies if `return_indices`.

    >>> max_pool1d(Tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    Tensor([[3., 2.]])
    """
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Size,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window of (C, H, W) or (N, C, H, W), and where it lies in H * W if `return_indices`.

    >>> max_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2)
    Tensor([[[3.]]])
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(
    input: Any,
    kernel_size: Size,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window of (C, L) or (N, C, L).

    >>> avg_pool1d(Tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    Tensor([[2., 1.]])
    """
    return _avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Any,
    kernel_size: Size,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of (C, H, W) or (N, C, H, W), or its sum over `divisor_override`.

    >>> avg_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2)
    Tensor([[[1.5]]])
    """
    options = ceil_mode, count_include_pad, divisor_override
    return _avg_pool("avg_pool2d", 2, input, kernel_size, stride, padding, *options)


def _cells(length: int, count: int) -> tuple[Any, Any]:
    """Start and end of `count` windows that cover `length` elements, as equal as they can be; they may overlap."""
    i = np.arange(count)
    return i * length // count, -((i + 1) * length // -count)


def _check_output_size(name: str, output_size: Any, axes: int) -> tuple[Any, ...]:
    sizes = _sizes(name, "output_size", output_size, axes)
    if not all(s is None or (isinstance(s, (int, np.integer)) and s >= 1) for s in sizes):
        raise ValueError(f"{name}: output_size={output_size!r} is not made of positive integers or None")
    return sizes


def _output_sizes(name: str, input: Any, output_size: Any, axes: int) -> tuple[int, ...]:
    """The output sizes, with None filled in from the input; both are checked."""
    sizes = _check_output_size(name, output_size, axes)
    _check_axes(name, input, axes)
    lengths = np.shape(input)[-axes:]
    if 0 in lengths:
        raise ShapeError(f"{name}: an input of shape {np.shape(input)} has nothing to pool")
    return tuple(n if s is None else s for s, n in zip(sizes, lengths))


def _adaptive_avg_pool(name: str, axes: int, input: Any, output_size: Any) -> Any:
    """One small matrix of averages for each axis."""
    sizes = _output_sizes(name, input, output_size, axes)
    for axis, size in zip(range(-1, -axes - 1, -1), reversed(sizes)):
        start, end = _cells(np.shape(input)[axis], size)
        place = np.arange(np.shape(input)[axis])
        inside = (place >= start[:, None]) & (place < end[:, None])
        input = _times(np.asarray(inside / (end - start)[:, None], np.result_type(input)), input, axis)
    return input


def _times(matrix: Any, x: Any, axis: int) -> Any:
    """A matrix (out, in) times x along an axis."""
    if axis == -1:
        return autograd.linear(x, matrix)
    return np.swapaxes(autograd.linear(np.swapaxes(x, axis, -1), matrix), axis, -1)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The mean of `output_size` windows, as equal as they can be, that cover L of (C, L) or (N, C, L).

    >>> adaptive_avg_pool1d(Tensor([[1.0, 3.0, 2.0]]), 2)
    Tensor([[2. , 2.5]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The mean of windows, as equal as they can be, that cover (C, H, W) or (N, C, H, W).

    `output_size` is their number along both axes, or along each; None leaves the axis as it is.

    >>> adaptive_avg_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), (1, None))
    Tensor([[[1.5, 1.5]]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The maximum of windows as in `adaptive_avg_pool2d`, and where it lies in H * W if `return_indices`.

    >>> adaptive_max_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), (1, None))
    Tensor([[[2., 3.]]])
    """
    rows, columns = _output_sizes("adaptive_max_pool2d", input, output_size, 2)
    *lead, height, width = np.shape(input)
    y, x = _padded_cells(height, rows), _padded_cells(width, columns)
    places = (y[:, None, :, None] * width + x[None, :, None, :]).reshape(rows * columns, -1)
    flat = np.reshape(input, (*lead, height * width))
    values = (flat.data if isinstance(flat, Tensor) else flat)[..., places]
    found = np.take_along_axis(
        np.broadcast_to(places, values.shape), np.argmax(values, axis=-1, keepdims=True), axis=-1
    )[..., 0]
    largest = np.reshape(autograd.take_along_axis(flat, found, -1), (*lead, rows, columns))
    if not return_indices:
        return largest
    found = found.reshape(largest.shape)
    return largest, Tensor(found) if isinstance(largest, Tensor) else found


def _padded_cells(length: int, count: int) -> Any:
    """The elements of each window; the shorter windows repeat their last."""
    start, end = _cells(length, count)
    return np.minimum(start[:, None] + np.arange(np.max(end - start)), end[:, None] - 1)


class _Pool(Module):
    _axes: int


class _MaxPool(_Pool):
    def __init__(
        self,
        kernel_size: Size,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        name = type(self).__name__
        window_arguments(name, _sizes(name, "kernel_size", kernel_size, self._axes), stride, padding, dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, x: Any) -> Any:
        """The maximum of each window; and where it lies, with return_indices."""
        window = self.kernel_size, self.stride, self.padding, self.dilation
        return _max_pool(type(self).__name__, self._axes, x, *window, self.ceil_mode, self.return_indices)


class MaxPool1d(_MaxPool):
    """The maximum of each window of (C, L) or (N, C, L); of equal ones, the first has the gradient.

    Windows of `kernel_size` elements, `dilation` apart, start every `stride` (by default: kernel_size), with `padding`
    on both sides, at most half the kernel. There are (L + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1 of
    them, rounded down, or up with `ceil_mode`. `return_indices` gives also where the maxima lie. Raises ShapeError for
    other numbers of axes, or if no window fits.

    >>> MaxPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 0.0]]))
    Tensor([[3., 2.]])
    """

    _axes = 1


class MaxPool2d(_MaxPool):
    """The maximum of each window of (C, H, W) or (N, C, H, W); of equal ones, the first has the gradient.

    Arguments are as for `MaxPool1d`, each one number or one for height and one for width; indices point into H * W.

    >>> MaxPool2d(2)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[3.]]])
    """

    _axes = 2


class _AvgPool(_Pool):
    divisor_override: int | None = None

    def __init__(
        self,
        kernel_size: Size,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        name = type(self).__name__
        window_arguments(name, _sizes(name, "kernel_size", kernel_size, self._axes), stride, padding)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, x: Any) -> Any:
        """The mean of each window."""
        options = self.ceil_mode, self.count_include_pad, self.divisor_override
        return _avg_pool(type(self).__name__, self._axes, x, self.kernel_size, self.stride, self.padding, *options)


class AvgPool1d(_AvgPool):
    """The mean of each window of (C, L) or (N, C, L); for the windows see `MaxPool1d`.

    Padding counts as zeros, or not at all without `count_include_pad`. Raises ShapeError for other numbers of axes,
    or if no window fits.

    >>> AvgPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 0.0]]))
    Tensor([[2., 1.]])
    """

    _axes = 1


class AvgPool2d(_AvgPool):
    """The mean of each window of (C, H, W) or (N, C, H, W), as `AvgPool1d`, or its sum over `divisor_override`.

    >>> AvgPool2d(2)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[1.5]]])
    """

    _axes = 2

    def __init__(
        self,
        kernel_size: Size,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        if divisor_override == 0:
            raise ValueError("AvgPool2d: divisor_override=0 would divide by zero")
        self.divisor_override = divisor_override


class _AdaptivePool(Module):
    _axes: int

    def __init__(self, output_size: Any) -> None:
        _check_output_size(type(self).__name__, output_size, self._axes)
        self.output_size = output_size


class AdaptiveAvgPool1d(_AdaptivePool):
    """The mean of `output_size` windows that cover L of (C, L) or (N, C, L).

    Window i reaches from floor(i L / output_size) to ceil((i + 1) L / output_size). None leaves L as it is. Raises
    ShapeError for other numbers of axes.

    >>> AdaptiveAvgPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0]]))
    Tensor([[2. , 2.5]])
    """

    _axes = 1

    def forward(self, x: Any) -> Any:
        """The mean of each window."""
        return _adaptive_avg_pool("AdaptiveAvgPool1d", 1, x, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean of windows, as in `AdaptiveAvgPool1d`, that cover height and width of (C, H, W) or (N, C, H, W).

    `output_size` is one number, or one (or None) for each axis: with 1 this is global average pooling.

    >>> AdaptiveAvgPool2d(1)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[1.5]]])
    """

    _axes = 2

    def forward(self, x: Any) -> Any:
        """The mean of each window."""
        return _adaptive_avg_pool("AdaptiveAvgPool2d", 2, x, self.output_size)


class AdaptiveMaxPool2d(_AdaptivePool):
    """The maximum of windows as in `AdaptiveAvgPool2d`; with `return_indices` also where it lies in H * W.

    >>> AdaptiveMaxPool2d(1)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[3.]]])
    """

    _axes = 2

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, x: Any) -> Any:
        """The maximum of each window."""
        return adaptive_max_pool2d(x, self.output_size, self.return_indices)
