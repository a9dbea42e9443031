"""Pooling: one number for each window of a sequence, an image or a volume: its maximum, its mean or its norm."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Annotated, Any, ClassVar

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.types import Array
from autograd.ops.pooling import window_arguments
from autograd.ops.shapes import fit
from autograd.support.checks import divisor, floats, shape_of, sizes
from autograd.support.settings import Flag, Size, as_given

from .layer import IMAGES, Layer, Window

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "LPPool1d", "LPPool2d", "LPPool3d", "MaxPool1d",
    "MaxPool2d", "MaxPool3d",
]  # fmt: skip

OutputSize = int | Sequence[int | None] | None
Pooled = Any  # a Tensor, or with `return_indices` that and where the maxima lie


def _pool(
    pool: Callable[..., Pooled], name: str, axes: int, input: Tensor, kernel_size: Window, *settings: Any
) -> Pooled:
    fit(name, IMAGES[axes], input)
    return pool(input, sizes(f"{name}: kernel_size", kernel_size, axes), *settings)


def max_pool1d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """The maximum of each window of (C, L) or (N, C, L), and where it lies if `return_indices`; see `MaxPool1d`.

    Raises ShapeError, DtypeError for an input, ValueError or TypeError for settings that do not fit.

    >>> max_pool1d(Tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    Tensor([[3., 2.]])
    """
    settings = stride, padding, dilation, ceil_mode, return_indices
    return _pool(autograd.max_pool, "max_pool1d", 1, input, kernel_size, *settings)


def max_pool2d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """The maximum of each window of (C, H, W) or (N, C, H, W), and where it lies in H * W if `return_indices`.

    Raises ShapeError, DtypeError for an input, ValueError or TypeError for settings that do not fit; see `MaxPool2d`.

    >>> max_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2)
    Tensor([[[3.]]])
    """
    settings = stride, padding, dilation, ceil_mode, return_indices
    return _pool(autograd.max_pool, "max_pool2d", 2, input, kernel_size, *settings)


def max_pool3d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """The maximum of each window of (C, D, H, W) or (N, C, D, H, W), and where it lies in D * H * W if asked for.

    Raises ShapeError, DtypeError for an input, ValueError or TypeError for settings that do not fit; see `MaxPool3d`.

    >>> max_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), (1, 2, 2))
    Tensor([[[[3.]]]])
    """
    settings = stride, padding, dilation, ceil_mode, return_indices
    return _pool(autograd.max_pool, "max_pool3d", 3, input, kernel_size, *settings)


def avg_pool1d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of (C, L) or (N, C, L); see `AvgPool1d`.

    Raises ShapeError, DtypeError for an input, ValueError or TypeError for settings that do not fit.

    >>> avg_pool1d(Tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    Tensor([[2., 1.]])
    """
    settings = stride, padding, ceil_mode, count_include_pad
    return _pool(autograd.avg_pool, "avg_pool1d", 1, input, kernel_size, *settings)


def avg_pool2d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of (C, H, W) or (N, C, H, W), or its sum over `divisor_override`.

    Raises ShapeError, DtypeError for an input, ValueError or TypeError for settings that do not fit; see `AvgPool2d`.

    >>> avg_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2)
    Tensor([[[1.5]]])
    """
    settings = stride, padding, ceil_mode, count_include_pad, divisor_override
    return _pool(autograd.avg_pool, "avg_pool2d", 2, input, kernel_size, *settings)


def avg_pool3d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of (C, D, H, W) or (N, C, D, H, W), or its sum over `divisor_override`.

    Raises ShapeError, DtypeError for an input, ValueError or TypeError for settings that do not fit; see `AvgPool3d`.

    >>> avg_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), (1, 2, 2))
    Tensor([[[[1.5]]]])
    """
    settings = stride, padding, ceil_mode, count_include_pad, divisor_override
    return _pool(autograd.avg_pool, "avg_pool3d", 3, input, kernel_size, *settings)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Window, stride: Window | None = None, ceil_mode: bool = False
) -> Tensor:
    """The norm of each window of (C, L) or (N, C, L), (sum of x**norm_type)**(1 / norm_type); see `LPPool1d`.

    Raises as `avg_pool1d`, and ValueError for norm_type = 0.

    >>> lp_pool1d(Tensor([[3.0, 4.0, 0.0, 0.0]]), 2, 2)
    Tensor([[5., 0.]])
    """
    return _lp_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Window, stride: Window | None = None, ceil_mode: bool = False
) -> Tensor:
    """The norm of each window of (C, H, W) or (N, C, H, W); see `lp_pool1d`.

    >>> lp_pool2d(Tensor([[[3.0, 4.0], [0.0, 0.0]]]), 2, 2)
    Tensor([[[5.]]])
    """
    return _lp_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Window, stride: Window | None = None, ceil_mode: bool = False
) -> Tensor:
    """The norm of each window of (C, D, H, W) or (N, C, D, H, W); see `lp_pool1d`.

    >>> lp_pool3d(Tensor([[[[3.0, 4.0], [0.0, 0.0]]]]), 2, (1, 2, 2))
    Tensor([[[[5.]]]])
    """
    return _lp_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    name: str, axes: int, input: Tensor, norm_type: float, kernel_size: Window, stride: Window | None, ceil_mode: bool
) -> Tensor:
    p, kernel = divisor(f"{name}: norm_type", norm_type), sizes(f"{name}: kernel_size", kernel_size, axes)
    # a window that is cut short counts as a whole one, as in PyTorch
    total = _pool(autograd.avg_pool, name, axes, input**p, kernel, stride, 0, ceil_mode) * float(prod(kernel))
    zero = total == 0  # where the gradient of a root is infinite, and this one 0
    return autograd.where(zero, 0.0, autograd.where(zero, 1.0, total) ** (1.0 / p))


def _cells(length: int, count: int) -> tuple[Array, Array]:
    """Start and end of `count` windows that cover `length` elements, as equal as they can be; they may overlap."""
    i = np.arange(count)
    return i * length // count, -((i + 1) * length // -count)


def _check_output_size(name: str, output_size: Any, axes: int) -> Sequence[int | None]:
    given = output_size if isinstance(output_size, (tuple, list)) else (output_size,)
    known = [1 if s is None else s for s in given]
    sizes(f"{name}: output_size", known if given is output_size else known[0], axes)
    return given * axes if len(given) == 1 else given


def _output_sizes(name: str, input: Tensor, output_size: OutputSize, axes: int) -> tuple[int, ...]:
    """The output sizes, with None filled in from the input; both are checked."""
    given = _check_output_size(name, output_size, axes)
    fit(name, IMAGES[axes], input)
    floats(f"{name}: input", input)
    lengths = shape_of(input)[-axes:]
    if 0 in lengths:
        raise ShapeError(f"{name}: an input of shape {input.shape} has nothing to pool")
    return tuple(n if s is None else s for s, n in zip(given, lengths))


def _adaptive_avg_pool(name: str, axes: int, input: Tensor, output_size: OutputSize) -> Tensor:
    return mean_of_cells(input, _output_sizes(name, input, output_size, axes))


def mean_of_cells(input: Tensor, counts: Sequence[int]) -> Tensor:
    """The means of so many cells along each of the last axes, which cover them and are as equal as they can be.

    >>> mean_of_cells(Tensor([[1.0, 3.0, 5.0, 7.0]]), (2,))
    Tensor([[2., 6.]])
    """
    axes = len(counts)
    lengths = input.shape[-axes:]
    if set(counts) == {1}:
        return autograd.mean(input, axis=tuple(range(-axes, 0)), keepdims=True)
    if all(n % count == 0 for n, count in zip(lengths, counts)):
        return autograd.avg_pool(input, tuple(n // count for n, count in zip(lengths, counts)))
    for axis, count in zip(range(-1, -axes - 1, -1), reversed(counts)):
        input = autograd.swapaxes(_means(autograd.swapaxes(input, axis, -1), count), axis, -1)
    return input


def _means(x: Tensor, count: int) -> Tensor:
    """The means of `count` windows along the last axis; no product with 0, which would spread an infinity."""
    start, end = _cells(x.shape[-1], count)
    places = start[:, None] + np.arange(np.max(end - start))
    inside = places < end[:, None]
    parts = autograd.where(inside, x[..., np.where(inside, places, start[:, None])], 0.0)
    return autograd.sum(parts, axis=-1) * (1.0 / (end - start)).astype(x.dtype)


def adaptive_avg_pool1d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The mean of `output_size` windows, as equal as they can be, that cover L of (C, L) or (N, C, L).

    Raises ShapeError or DtypeError for an input, ValueError or TypeError for a size that does not fit.

    >>> adaptive_avg_pool1d(Tensor([[1.0, 3.0, 2.0]]), 2)
    Tensor([[2. , 2.5]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The mean of windows, as equal as they can be, that cover (C, H, W) or (N, C, H, W).

    `output_size` is their number along both axes, or along each; None leaves the axis as it is. Raises as
    `adaptive_avg_pool1d`.

    >>> adaptive_avg_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), (1, None))
    Tensor([[[1.5, 1.5]]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The mean of windows, as equal as they can be, that cover (C, D, H, W) or (N, C, D, H, W).

    `output_size` and errors are as for `adaptive_avg_pool2d`.

    >>> adaptive_avg_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), 1)
    Tensor([[[[1.5]]]])
    """
    return _adaptive_avg_pool("adaptive_avg_pool3d", 3, input, output_size)


def adaptive_max_pool1d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Pooled:
    """The maximum of windows as in `adaptive_avg_pool1d`, and where it lies in L if `return_indices`.

    Raises as `adaptive_avg_pool1d`.

    >>> adaptive_max_pool1d(Tensor([[1.0, 3.0, 2.0]]), 2)
    Tensor([[3., 3.]])
    """
    return _adaptive_max_pool("adaptive_max_pool1d", 1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Pooled:
    """The maximum of windows as in `adaptive_avg_pool2d`, and where it lies in H * W if `return_indices`.

    Raises as `adaptive_avg_pool1d`.

    >>> adaptive_max_pool2d(Tensor([[[1.0, 3.0], [2.0, 0.0]]]), (1, None))
    Tensor([[[2., 3.]]])
    """
    return _adaptive_max_pool("adaptive_max_pool2d", 2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Pooled:
    """The maximum of windows as in `adaptive_avg_pool3d`, and where it lies in D * H * W if `return_indices`.

    Raises as `adaptive_avg_pool1d`.

    >>> adaptive_max_pool3d(Tensor([[[[1.0, 3.0], [2.0, 0.0]]]]), 1)
    Tensor([[[[3.]]]])
    """
    return _adaptive_max_pool("adaptive_max_pool3d", 3, input, output_size, return_indices)


def _adaptive_max_pool(name: str, axes: int, input: Tensor, output_size: OutputSize, return_indices: bool) -> Pooled:
    counts = _output_sizes(name, input, output_size, axes)
    lead, lengths = input.shape[:-axes], input.shape[-axes:]
    places: Array = np.zeros(1, int)
    # windows along the first axes, their elements along the last
    for axis, (length, count) in enumerate(zip(lengths, counts)):
        cells = _padded_cells(length, count)
        places = places * length + np.expand_dims(cells, [i for i in range(2 * axes) if i not in (axis, axes + axis)])
    places = places.reshape(prod(counts), -1)
    flat = autograd.reshape(input, (*lead, prod(lengths)))
    values = (flat.data if isinstance(flat, Tensor) else flat)[..., places]
    found = places[np.arange(len(places)), _first_largest(values)]
    largest = autograd.reshape(autograd.take_along_axis(flat, found, -1), (*lead, *counts))
    if not return_indices:
        return largest
    found = found.reshape(largest.shape)
    return largest, Tensor(found) if isinstance(largest, Tensor) else found


def _first_largest(values: Array) -> Array:
    """Where along the last axis the first of the largest is; where there are nan, the last of them, as in PyTorch."""
    nan = np.isnan(values)
    last = values.shape[-1] - 1 - np.argmax(nan[..., ::-1], axis=-1)
    return np.where(nan.any(axis=-1), last, np.argmax(values, axis=-1))


def _padded_cells(length: int, count: int) -> Array:
    """The elements of each window; the shorter windows repeat their last."""
    start, end = _cells(length, count)
    return np.minimum(start[:, None] + np.arange(np.max(end - start)), end[:, None] - 1)


class _Pool(Layer):
    """What max and average pooling share: their windows."""

    kernel_size: Window
    stride: Window | None = None
    padding: Window = 0

    _axes: ClassVar[int]

    def _setup(self) -> None:
        """Check that these are sizes that fit together."""
        kernel = sizes(f"{self._name}: kernel_size", self.kernel_size, self._axes)
        self.stride = self.kernel_size if self.stride is None else self.stride
        window_arguments(self._name, kernel, self.stride, self.padding, vars(self).get("dilation", 1))


class _MaxPool(_Pool):
    """The maximum of each window."""

    dilation: Window = 1
    return_indices: Flag = False
    ceil_mode: Flag = False

    def forward(self, input: Tensor) -> Pooled:
        """The maximum of each window; and where it lies, with return_indices."""
        settings = self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        return _pool(autograd.max_pool, self._name, self._axes, input, self.kernel_size, *settings)


class MaxPool1d(_MaxPool):
    """The maximum of each window of (C, L) or (N, C, L); of equal ones, the first has the gradient.

    Windows of `kernel_size` elements, `dilation` apart, start every `stride` (by default: kernel_size), with `padding`
    on both sides, at most half the kernel. There are (L + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1 of
    them, rounded down, or up with `ceil_mode`. `return_indices` gives also where the maxima lie. The
    maximum of a window with a nan is nan, found at the last of them.

    Raises TypeError or ValueError for settings of another type or size, ShapeError for other numbers of axes, or if no
    window fits, DtypeError unless the input holds floats. Source: LeCun et al. 1990 (means), Ranzato et al. 2007.

    >>> MaxPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 0.0]]))
    Tensor([[3., 2.]])
    """

    _axes = 1


class MaxPool2d(_MaxPool):
    """The maximum of each window of (C, H, W) or (N, C, H, W); of equal ones, the first has the gradient.

    Arguments and errors are as for `MaxPool1d`, each one number or one for height and one for width; indices point
    into H * W.

    >>> MaxPool2d(2)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[3.]]])
    """

    _axes = 2


class MaxPool3d(_MaxPool):
    """The maximum of each window of (C, D, H, W) or (N, C, D, H, W); of equal ones, the first has the gradient.

    Arguments and errors are as for `MaxPool1d`, each one number or one for each axis; indices point into D * H * W.

    >>> MaxPool3d(2)(autograd.ones((1, 4, 6, 8))).shape
    (1, 2, 3, 4)
    """

    _axes = 3


class _AvgPool(_Pool):
    """The mean of each window."""

    ceil_mode: Flag = False
    count_include_pad: Flag = True

    def forward(self, input: Tensor) -> Tensor:
        """The mean of each window."""
        divisor = vars(self).get("divisor_override")
        settings = self.stride, self.padding, self.ceil_mode, self.count_include_pad, divisor
        return _pool(autograd.avg_pool, self._name, self._axes, input, self.kernel_size, *settings)


class AvgPool1d(_AvgPool):
    """The mean of each window of (C, L) or (N, C, L); for the windows see `MaxPool1d`.

    Padding counts as zeros, or not at all without `count_include_pad`. Errors are those of `MaxPool1d`.

    >>> AvgPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 0.0]]))
    Tensor([[2., 1.]])
    """

    _axes = 1


class AvgPool2d(_AvgPool):
    """The mean of each window of (C, H, W) or (N, C, H, W), as `AvgPool1d`, or its sum over `divisor_override`.

    Each argument is one number or one for height and one for width; a `divisor_override` is at least 1.

    >>> AvgPool2d(2)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[1.5]]])
    """

    divisor_override: Size | None = None

    _axes = 2


class AvgPool3d(AvgPool2d):
    """The mean of each window of (C, D, H, W) or (N, C, D, H, W); arguments and errors are those of `AvgPool2d`.

    >>> AvgPool3d(2)(autograd.ones((1, 4, 6, 8))).shape
    (1, 2, 3, 4)
    """

    _axes = 3


class _LPPool(Layer):
    norm_type: Annotated[float, divisor]
    kernel_size: Window
    stride: Window | None = None
    ceil_mode: Flag = False

    _axes: ClassVar[int]

    def _setup(self) -> None:
        window_arguments(self._name, sizes(f"{self._name}: kernel_size", self.kernel_size, self._axes), self.stride, 0)

    def forward(self, input: Tensor) -> Tensor:
        """The norm of each window."""
        return _lp_pool(self._name, self._axes, input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPool):
    """The norm of each window of (C, L) or (N, C, L): (sum of x**norm_type)**(1 / norm_type), with no padding.

    For the windows see `MaxPool1d`, whose errors these are. Where all of a window is 0 the gradient is 0. As in
    PyTorch, powers are of x, not of |x|: an odd norm_type wants an input that is not negative, and `ceil_mode` scales
    the sum of a window that sticks out as if it were whole (Sermanet et al. 2012).

    >>> LPPool1d(2, 2)(Tensor([[3.0, 4.0, 0.0, 0.0]]))
    Tensor([[5., 0.]])
    """

    _axes = 1


class LPPool2d(_LPPool):
    """The norm of each window of (C, H, W) or (N, C, H, W), as in `LPPool1d`.

    >>> LPPool2d(2, 2)(Tensor([[[3.0, 4.0], [0.0, 0.0]]]))
    Tensor([[[5.]]])
    """

    _axes = 2


class LPPool3d(_LPPool):
    """The norm of each window of (C, D, H, W) or (N, C, D, H, W), as in `LPPool1d`.

    >>> LPPool3d(2, (1, 2, 2))(Tensor([[[[3.0, 4.0], [0.0, 0.0]]]]))
    Tensor([[[[5.]]]])
    """

    _axes = 3


class _AdaptivePool(Layer):
    """Windows of which the number is given, not the size."""

    output_size: Annotated[OutputSize, as_given]

    _axes: ClassVar[int]

    def _setup(self) -> None:
        """Check the size."""
        _check_output_size(self._name, self.output_size, self._axes)


class _AdaptiveAvgPool(_AdaptivePool):
    def forward(self, input: Tensor) -> Tensor:
        """The mean of each window."""
        return _adaptive_avg_pool(self._name, self._axes, input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean of `output_size` windows that cover L of (C, L) or (N, C, L).

    Window i reaches from floor(i L / output_size) to ceil((i + 1) L / output_size). None leaves L as it is. Raises
    TypeError or ValueError for a size that is no positive integer, ShapeError for other numbers of axes, DtypeError
    unless the input holds floats.

    >>> AdaptiveAvgPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0]]))
    Tensor([[2. , 2.5]])
    """

    _axes = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean of windows, as in `AdaptiveAvgPool1d`, that cover height and width of (C, H, W) or (N, C, H, W).

    `output_size` is one number, or one (or None) for each axis: with 1 this is global average pooling
    (Lin et al. 2014). Errors are those of `AdaptiveAvgPool1d`.

    >>> AdaptiveAvgPool2d(1)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[1.5]]])
    """

    _axes = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean of windows, as in `AdaptiveAvgPool2d`, that cover the axes of (C, D, H, W) or (N, C, D, H, W).

    >>> AdaptiveAvgPool3d((1, 2, None))(autograd.ones((1, 4, 6, 8))).shape
    (1, 1, 2, 8)
    """

    _axes = 3


class _AdaptiveMaxPool(_AdaptivePool):
    return_indices: Flag = False

    def forward(self, input: Tensor) -> Pooled:
        """The maximum of each window."""
        return _adaptive_max_pool(self._name, self._axes, input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The maximum of windows as in `AdaptiveAvgPool1d`; with `return_indices` also where it lies in L.

    `output_size` and errors are those of `AdaptiveAvgPool1d`; of equal maxima, the first has the gradient.

    >>> AdaptiveMaxPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0]]))
    Tensor([[3., 3.]])
    """

    _axes = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The maximum of windows as in `AdaptiveAvgPool2d`; with `return_indices` also where it lies in H * W.

    `output_size` and errors are those of `AdaptiveAvgPool2d`; of equal maxima, the first has the gradient.

    >>> AdaptiveMaxPool2d(1)(autograd.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    Tensor([[[3.]]])
    """

    _axes = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The maximum of windows as in `AdaptiveAvgPool3d`; with `return_indices` also where it lies in D * H * W.

    `output_size` and errors are those of `AdaptiveAvgPool2d`; of equal maxima, the first has the gradient.

    >>> AdaptiveMaxPool3d(1)(autograd.ones((1, 4, 6, 8))).shape
    (1, 1, 1, 1)
    """

    _axes = 3
