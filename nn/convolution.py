"""Convolutions: a kernel that slides over sequences and images."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.types import Shape
from autograd.ops.shapes import fit
from autograd.ops.windows import Pads, named_pads, pads, span
from autograd.support.checks import sizes
from autograd.support.settings import Size, given, one_of

from . import init
from .layer import IMAGES, Bias, Layer, Maybe, Window
from .module import Parameter
from .padding import bordered

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

KERNELS = {1: "K", 2: "KH, KW", 3: "KD, KH, KW"}


Padding = Window | str


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Maybe = None,
    stride: Window = 1,
    padding: Padding = 0,
    dilation: Window = 1,
    groups: int = 1,
) -> Tensor:
    """Slide `weight` (O, C / groups, K) over sequences (N, C, L) or (C, L), as `Conv1d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv1d(autograd.ones((1, 1, 4)), autograd.ones((1, 1, 3)))
    Tensor([[[3., 3.]]])
    """
    _check("conv1d", 1, input, weight)
    return _slide(autograd.convolution, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Maybe = None,
    stride: Window = 1,
    padding: Padding = 0,
    dilation: Window = 1,
    groups: int = 1,
) -> Tensor:
    """Slide `weight` (O, C / groups, KH, KW) over images (N, C, H, W) or (C, H, W), as `Conv2d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv2d(autograd.ones((1, 1, 3, 4)), autograd.ones((1, 1, 3, 3)), padding="same").shape
    (1, 1, 3, 4)
    """
    _check("conv2d", 2, input, weight)
    return _slide(autograd.convolution, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Maybe = None,
    stride: Window = 1,
    padding: Padding = 0,
    dilation: Window = 1,
    groups: int = 1,
) -> Tensor:
    """Slide `weight` (O, C / groups, KD, KH, KW) over volumes (N, C, D, H, W) or (C, D, H, W), as `Conv3d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv3d(autograd.ones((1, 1, 3, 4, 4)), autograd.ones((1, 1, 3, 3, 3))).shape
    (1, 1, 1, 2, 2)
    """
    _check("conv3d", 3, input, weight)
    return _slide(autograd.convolution, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Maybe = None,
    stride: Window = 1,
    padding: Window = 0,
    output_padding: Window = 0,
    groups: int = 1,
    dilation: Window = 1,
) -> Tensor:
    """Spread sequences (N, C, L) or (C, L) by `weight` (C, O / groups, K), as `ConvTranspose1d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv_transpose1d(autograd.ones((1, 1, 2)), autograd.ones((1, 1, 2)), stride=2)
    Tensor([[[1., 1., 1., 1.]]])
    """
    _check("conv_transpose1d", 1, input, weight)
    return _slide(autograd.conv_transpose, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Maybe = None,
    stride: Window = 1,
    padding: Window = 0,
    output_padding: Window = 0,
    groups: int = 1,
    dilation: Window = 1,
) -> Tensor:
    """Spread images (N, C, H, W) or (C, H, W) by `weight` (C, O / groups, KH, KW), as `ConvTranspose2d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv_transpose2d(autograd.ones((1, 1, 2, 2)), autograd.ones((1, 1, 2, 2)), stride=2).shape
    (1, 1, 4, 4)
    """
    _check("conv_transpose2d", 2, input, weight)
    return _slide(autograd.conv_transpose, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Maybe = None,
    stride: Window = 1,
    padding: Window = 0,
    output_padding: Window = 0,
    groups: int = 1,
    dilation: Window = 1,
) -> Tensor:
    """Spread volumes (N, C, D, H, W) or (C, D, H, W) by `weight` (C, O / groups, KD, KH, KW), as `ConvTranspose3d`.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv_transpose3d(autograd.ones((1, 1, 2, 2, 2)), autograd.ones((1, 1, 2, 2, 2)), stride=2).shape
    (1, 1, 4, 4, 4)
    """
    _check("conv_transpose3d", 3, input, weight)
    return _slide(autograd.conv_transpose, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _check(name: str, axes: int, input: Tensor, weight: Tensor) -> None:
    fit(name, f"{IMAGES[axes]}, weight (rows, columns, {KERNELS[axes]})", input, weight)


def _slide(operation: Callable[..., Tensor], input: Tensor, weight: Tensor, *settings: Any) -> Tensor:
    """The operation; a single sequence or image gets a batch axis for the length of the call."""
    if input.ndim == weight.ndim:
        return operation(input, weight, *settings)
    return operation(input[None], weight, *settings)[0]


class _Conv(Layer):
    """What the four layers share: their settings, checked, and weight and bias."""

    in_channels: Size
    out_channels: Size
    kernel_size: Window
    stride: Window = 1
    padding: Padding = 0

    axes: ClassVar[int]

    def _each(self, **least: int) -> None:
        """Make each of these settings one number of at least so much for each axis."""
        own = vars(self)
        for name, low in least.items():
            own[name] = sizes(f"{self._name}: {name}", own[name], self.axes, low)

    def _new_parameters(self, rows: int, inner: int, groups: int, bias: bool) -> tuple[Tensor, Maybe]:
        """A weight (rows, inner / groups, *kernel_size) and a bias."""
        if rows % groups or inner % groups:
            raise ValueError(
                f"{self._name}: {self.in_channels} input and {self.out_channels} output channels in {groups} "
                "groups; groups must divide both"
            )
        shape = (rows, inner // groups, *sizes("kernel_size", self.kernel_size, self.axes))
        bound = 1.0 / float(np.prod(shape[1:])) ** 0.5
        weight = init.uniform_(Parameter(autograd.zeros(shape)), -bound, bound)
        return weight, init.uniform_(Parameter(autograd.zeros(self.out_channels)), -bound, bound) if bias else None

    def _fitting(self, input: Tensor) -> Tensor:
        """The input, if its axes and channels are right."""
        fit(self._name, IMAGES[self.axes], input, hint=self._advice, C=self.in_channels)
        return input

    def _advice(self, shape: Shape) -> str:
        """What may have gone wrong with an input of this shape."""
        if len(shape) == self.axes + 2 and shape[-1] == self.in_channels:
            return (
                f"channels that stand last go before the sizes: x.transpose{0, self.axes + 1, *range(1, self.axes + 1)}"
            )
        alone = len(shape) == self.axes + 1 and self.in_channels == 1
        return "a batch of one channel needs its axis, x[:, None]" if alone else ""

    def extra_repr(self) -> str:
        """The settings that are not the defaults."""
        settings = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"}
        texts = [f"{self.in_channels}, {self.out_channels}, kernel_size={_short(self.kernel_size)}"]
        given = {name: _short(vars(self).get(name, default)) for name, default in settings.items()}
        texts += [f"{name}={value!r}" for name, value in given.items() if value != settings[name]]
        return ", ".join(texts + ["bias=False"] * (vars(self)["bias"] is None))


def _short(value: Any) -> Any:
    """One number where it is the same on all axes."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


class _Forward(_Conv):
    """A convolution: pads as its mode says, then slides."""

    dilation: Window = 1
    groups: Size = 1
    bias: Bias = given(True)
    padding_mode: Annotated[str, one_of("zeros", "reflect", "replicate", "circular")] = "zeros"

    def _setup(self, bias: bool) -> None:
        """Weight and bias."""
        self._each(kernel_size=1, stride=1, dilation=1)
        if isinstance(self.padding, str):
            self._named_padding()
        else:
            self._each(padding=0)
        self.weight, self.bias = self._new_parameters(self.out_channels, self.in_channels, self.groups, bias)

    def _named_padding(self) -> Pads:
        settings: Any = (self.padding, self.kernel_size, self.stride, self.dilation)
        return named_pads(f"{self._name}: padding", *settings)

    def forward(self, input: Tensor) -> Tensor:
        """Slide the kernel over the input."""
        x, padding = self._fitting(input), self.padding
        if self.padding_mode != "zeros":
            widths = self._named_padding() if isinstance(padding, str) else pads("padding", padding, self.axes)
            x = bordered(self._name, x, [w for pair in reversed(widths) for w in pair], self.padding_mode)
            padding = 0
        settings = self.stride, padding, self.dilation, self.groups
        return _slide(autograd.convolution, x, self.weight, self.bias, *settings)


class Conv1d(_Forward):
    """y[o, p] = bias[o] + sum over c and k of weight[o, c, k] x[c, stride p + dilation k - padding].

    Input (N, in_channels, L) or (in_channels, L), output (N, out_channels, L') with
    L' = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1; weight (out_channels,
    in_channels / groups, kernel_size). `padding` is a number, 'valid' (none) or 'same' (L' = L, at stride 1);
    `padding_mode` says with what: 'zeros', 'reflect', 'replicate' or 'circular'. Weight and bias start uniform in
    +-1 / sqrt(in_channels / groups x kernel_size). Raises ShapeError for other inputs, TypeError or ValueError for
    other settings. Source: Waibel et al. 1989.

    >>> Conv1d(2, 4, kernel_size=3, stride=2, padding=1)(autograd.ones((5, 2, 8))).shape
    (5, 4, 4)
    """

    axes = 1


class Conv2d(_Forward):
    """y[o, p] = bias[o] + sum over c and k of weight[o, c, k] x[c, stride p + dilation k - padding], p and k planar.

    Input (N, in_channels, H, W) or (in_channels, H, W), output (N, out_channels, H', W') with
    H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1 and W' alike; weight (out_channels,
    in_channels / groups, KH, KW). Every setting is a number or one for each axis. `padding` may be 'valid' (none) or
    'same' (sizes are kept, at stride 1); `padding_mode` says with what: 'zeros', 'reflect', 'replicate' or 'circular'.
    With groups = in_channels each channel has its own kernels (depthwise). Weight and bias start uniform in
    +-1 / sqrt(in_channels / groups x KH x KW). Raises ShapeError for other inputs, TypeError or ValueError for
    other settings. Source: LeCun et al. 1989; the arithmetic of sizes in Dumoulin and Visin 2016.

    >>> Conv2d(3, 8, kernel_size=3, padding="same")(autograd.ones((2, 3, 5, 7))).shape
    (2, 8, 5, 7)
    """

    axes = 2


class Conv3d(_Forward):
    """y[o, p] = bias[o] + sum over c and k of weight[o, c, k] x[c, stride p + dilation k - padding], p and k in space.

    Input (N, in_channels, D, H, W) or (in_channels, D, H, W), output (N, out_channels, D', H', W'), weight
    (out_channels, in_channels / groups, KD, KH, KW); settings, sizes, initial values and errors are as for `Conv2d`.
    Source: Ji et al. 2010.

    >>> Conv3d(3, 8, kernel_size=3, padding="same")(autograd.ones((2, 3, 4, 5, 7))).shape
    (2, 8, 4, 5, 7)
    """

    axes = 3


class _Transposed(_Conv):
    """The adjoint of a convolution."""

    output_padding: Window = 0
    groups: Size = 1
    bias: Bias = given(True)
    dilation: Window = 1
    padding_mode: Annotated[str, one_of("zeros")] = "zeros"

    def _setup(self, bias: bool) -> None:
        """Weight and bias."""
        if isinstance(self.padding, str):
            raise ValueError(f"{self._name}: padding={self.padding!r}; a transposed convolution takes numbers only")
        self._each(kernel_size=1, stride=1, padding=0, output_padding=0, dilation=1)
        self.weight, self.bias = self._new_parameters(self.in_channels, self.out_channels, self.groups, bias)

    def forward(self, input: Tensor, output_size: Window | None = None) -> Tensor:
        """Spread the input; `output_size` picks one of the stride's possible sizes, in place of `output_padding`."""
        x, extra = self._fitting(input), self.output_padding
        if output_size is not None:
            last = output_size[-self.axes :] if isinstance(output_size, (tuple, list)) else output_size
            wanted = sizes(f"{self._name}: output_size", last, self.axes)
            extra = self._extra(x.shape[-self.axes :], wanted)
        settings = self.stride, self.padding, extra, self.groups, self.dilation
        return _slide(autograd.conv_transpose, x, self.weight, self.bias, *settings)

    def _extra(self, given: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...]:
        strides: Any = self.stride
        settings: Any = (strides, self.padding, self.dilation, self.kernel_size)
        least = [(n - 1) * s - 2 * p + span(k, d) for n, s, p, d, k in zip(given, *settings)]
        extra = tuple(w - n for w, n in zip(wanted, least))
        if any(not 0 <= e < s for e, s in zip(extra, strides)):
            ranges = " and ".join(f"{n} to {n + s - 1}" for n, s in zip(least, strides))
            raise ValueError(f"{self._name}: output_size={wanted}; an input of sizes {given} can give {ranges}")
        return extra


class ConvTranspose1d(_Transposed):
    """The adjoint of Conv1d: each x[c, p] adds weight[c, o, k] x[c, p] to y[o, stride p + dilation k - padding].

    Input (N, in_channels, L) or (in_channels, L), output (N, out_channels, L') with
    L' = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1; weight (in_channels,
    out_channels / groups, kernel_size). Weight and bias start uniform in +-1 / sqrt(out_channels / groups x
    kernel_size). Raises ShapeError for other inputs, TypeError or ValueError for other settings. Source: Dumoulin and
    Visin 2016.

    >>> ConvTranspose1d(4, 2, kernel_size=4, stride=2, padding=1)(autograd.ones((5, 4, 8))).shape
    (5, 2, 16)
    """

    axes = 1


class ConvTranspose2d(_Transposed):
    """The adjoint of Conv2d: each x[c, p] adds weight[c, o, k] x[c, p] to y[o, stride p + dilation k - padding].

    Input (N, in_channels, H, W) or (in_channels, H, W), output (N, out_channels, H', W') with
    H' = (H - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1 and W' alike; weight (in_channels,
    out_channels / groups, KH, KW). Weight and bias start uniform in +-1 / sqrt(out_channels / groups x KH x KW).
    Raises ShapeError for other inputs, TypeError or ValueError for other settings. Source: Zeiler et al. 2010.

    >>> ConvTranspose2d(8, 3, kernel_size=4, stride=2, padding=1)(autograd.ones((2, 8, 5, 7))).shape
    (2, 3, 10, 14)
    """

    axes = 2


class ConvTranspose3d(_Transposed):
    """The adjoint of Conv3d: each x[c, p] adds weight[c, o, k] x[c, p] to y[o, stride p + dilation k - padding].

    Input (N, in_channels, D, H, W) or (in_channels, D, H, W), output (N, out_channels, D', H', W'), weight
    (in_channels, out_channels / groups, KD, KH, KW); settings, sizes, initial values and errors are as for
    `ConvTranspose2d`.

    >>> ConvTranspose3d(8, 3, kernel_size=4, stride=2, padding=1)(autograd.ones((2, 8, 2, 5, 7))).shape
    (2, 3, 4, 10, 14)
    """

    axes = 3
