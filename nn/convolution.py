"""Convolutions: a kernel that slides over sequences and images."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import ShapeError
from autograd.support.checks import choice, flag, size, sizes

from . import init
from .module import Module, Parameter

__all__ = ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"]

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def conv1d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Slide `weight` (O, C / groups, K) over sequences (N, C, L) or (C, L), as `Conv1d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv1d(autograd.ones((1, 1, 4)), autograd.ones((1, 1, 3)))
    Tensor([[[3., 3.]]])
    """
    return _convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Slide `weight` (O, C / groups, KH, KW) over images (N, C, H, W) or (C, H, W), as `Conv2d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv2d(autograd.ones((1, 1, 3, 4)), autograd.ones((1, 1, 3, 3)), padding="same").shape
    (1, 1, 3, 4)
    """
    return _convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Spread sequences (N, C, L) or (C, L) by `weight` (C, O / groups, K), as `ConvTranspose1d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv_transpose1d(autograd.ones((1, 1, 2)), autograd.ones((1, 1, 2)), stride=2)
    Tensor([[[1., 1., 1., 1.]]])
    """
    _require("conv_transpose1d", 1, input, weight)
    return _batched(
        1, input, lambda x: autograd.conv_transpose(x, weight, bias, stride, padding, output_padding, groups, dilation)
    )


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Spread images (N, C, H, W) or (C, H, W) by `weight` (C, O / groups, KH, KW), as `ConvTranspose2d` does.

    Raises ShapeError for shapes, ValueError for settings that do not fit.

    >>> conv_transpose2d(autograd.ones((1, 1, 2, 2)), autograd.ones((1, 1, 2, 2)), stride=2).shape
    (1, 1, 4, 4)
    """
    _require("conv_transpose2d", 2, input, weight)
    return _batched(
        2, input, lambda x: autograd.conv_transpose(x, weight, bias, stride, padding, output_padding, groups, dilation)
    )


def _convolve(
    name: str, axes: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    _require(name, axes, input, weight)
    if isinstance(padding, str):
        padding = _named_padding(name, padding, weight.shape[2:], stride, dilation)
    return _batched(axes, input, lambda x: autograd.convolution(x, weight, bias, stride, padding, dilation, groups))


def _require(name: str, axes: int, input: Any, weight: Any) -> None:
    """Raise ShapeError unless the numbers of axes fit."""
    named = "L" if axes == 1 else "H, W"
    if np.ndim(weight) != axes + 2 or np.ndim(input) not in (axes + 1, axes + 2):
        raise ShapeError(
            f"{name}: input {np.shape(input)} and weight {np.shape(weight)}; it takes an input (N, C, {named}) or "
            f"(C, {named}) and a weight of {axes + 2} axes"
        )


def _batched(axes: int, input: Any, f: Any) -> Any:
    """Give a single sequence or image a batch axis for the length of the call."""
    return f(input) if np.ndim(input) == axes + 2 else f(input[None])[0]


def _named_padding(name: str, padding: str, kernel: Any, stride: Any, dilation: Any) -> Any:
    """The pads of 'valid' and 'same' (of an odd total the larger part comes after), before and after each axis."""
    if padding == "valid":
        return [(0, 0) for _ in kernel]
    if padding != "same":
        raise ValueError(f"{name}: padding={padding!r} is not a number, 'same' or 'valid'")
    if np.max(stride) != 1:
        raise ValueError(f"{name}: padding='same' with stride={stride!r}; only stride 1 keeps the size")
    totals = [d * (k - 1) for k, d in zip(kernel, np.broadcast_to(dilation, len(kernel)).tolist())]
    return [(total // 2, total - total // 2) for total in totals]


class _Conv(Module):
    """What the four layers share: their settings, checked, and weight and bias."""

    axes: int
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        output_padding: Any,
        dilation: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
    ) -> None:
        name, axes = type(self).__name__, self.axes
        self.in_channels = size(f"{name}: in_channels", in_channels)
        self.out_channels = size(f"{name}: out_channels", out_channels)
        self.groups = size(f"{name}: groups", groups)
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, axes)
        self.stride = sizes(f"{name}: stride", stride, axes)
        self.dilation = sizes(f"{name}: dilation", dilation, axes)
        self.output_padding = sizes(f"{name}: output_padding", output_padding, axes, 0)
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: {in_channels} input and {out_channels} output channels in {groups} groups; "
                "groups must divide both"
            )
        self.padding: Any = padding
        if not isinstance(padding, str):
            self.padding = sizes(f"{name}: padding", padding, axes, 0)
        elif self.transposed:
            raise ValueError(f"{name}: padding={padding!r}; a transposed convolution takes numbers only")
        else:
            _named_padding(name, padding, self.kernel_size, self.stride, self.dilation)
        modes = ("zeros",) if self.transposed else tuple(PADDING_MODES)
        self.padding_mode = choice(f"{name}: padding_mode", padding_mode, modes)
        flag(f"{name}: bias", bias)
        rows, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (rows, inner // groups, *self.kernel_size)
        bound = 1.0 / float(np.prod(shape[1:])) ** 0.5
        self.weight = init.uniform_(Parameter(autograd.zeros(shape)), -bound, bound)
        self.bias = init.uniform_(Parameter(autograd.zeros(out_channels)), -bound, bound) if bias else None

    def _fitting(self, input: Any) -> Any:
        """The input, if its axes and channels are right."""
        shape, named = np.shape(input), "L" if self.axes == 1 else "H, W"
        if len(shape) not in (self.axes + 1, self.axes + 2) or shape[-self.axes - 1] != self.in_channels:
            hint = ""
            if len(shape) == self.axes + 2 and shape[-1] == self.in_channels:
                order = (0, self.axes + 1, *range(1, self.axes + 1))
                hint = f"; channels that stand last go before {named}: x.transpose{order}"
            elif len(shape) == self.axes + 1 and self.in_channels == 1:
                hint = "; a batch of one channel needs its axis, x[:, None]"
            raise ShapeError(
                f"{type(self).__name__}: input {shape}; it takes (N, {self.in_channels}, {named}) or "
                f"({self.in_channels}, {named}){hint}"
            )
        return input

    def extra_repr(self) -> str:
        """The settings that are not the defaults."""
        settings = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"}
        texts = [f"{self.in_channels}, {self.out_channels}, kernel_size={_short(self.kernel_size)}"]
        texts += [f"{n}={_short(getattr(self, n))!r}" for n, d in settings.items() if _short(getattr(self, n)) != d]
        return ", ".join(texts + ["bias=False"] * (self.bias is None))


def _short(value: Any) -> Any:
    """One number where it is the same on all axes."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


class _Forward(_Conv):
    """A convolution: pads as its mode says, then slides."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, 0, dilation, groups, bias, padding_mode
        )

    def forward(self, input: Any) -> Any:
        """Slide the kernel over the input."""
        x, name, padding = self._fitting(input), type(self).__name__, self.padding
        if self.padding_mode != "zeros":
            pads = padding
            if isinstance(padding, str):
                pads = _named_padding(name, padding, self.kernel_size, self.stride, self.dilation)
            widths = [(p, p) if isinstance(p, int) else p for p in pads]
            if self.padding_mode != "replicate" and any(
                max(w) > n - (self.padding_mode == "reflect") for w, n in zip(widths, x.shape[-self.axes :])
            ):
                raise ShapeError(
                    f"{name}: padding {widths} by padding_mode={self.padding_mode!r} is more than an input of sizes "
                    f"{x.shape[-self.axes :]} holds"
                )
            lead = [(0, 0)] * (x.ndim - self.axes)
            x, padding = autograd.pad(x, [*lead, *widths], PADDING_MODES[self.padding_mode]), 0
        return _convolve(name, self.axes, x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


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


class _Transposed(_Conv):
    """The adjoint of a convolution."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            dilation,
            groups,
            bias,
            padding_mode,
        )

    def forward(self, input: Any, output_size: Any = None) -> Any:
        """Spread the input; `output_size` picks one of the stride's possible sizes, in place of `output_padding`."""
        x, extra = self._fitting(input), self.output_padding
        if output_size is not None:
            last = output_size[-self.axes :] if isinstance(output_size, (tuple, list)) else output_size
            wanted = sizes(f"{type(self).__name__}: output_size", last, self.axes)
            extra = self._extra(x.shape[-self.axes :], wanted)
        transpose = conv_transpose1d if self.axes == 1 else conv_transpose2d
        return transpose(x, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)

    def _extra(self, given: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(given, self.stride, self.padding, self.dilation, self.kernel_size)
        ]
        extra = tuple(w - n for w, n in zip(wanted, least))
        if any(not 0 <= e < s for e, s in zip(extra, self.stride)):
            ranges = " and ".join(f"{n} to {n + s - 1}" for n, s in zip(least, self.stride))
            raise ValueError(
                f"{type(self).__name__}: output_size={wanted}; an input of sizes {given} can give {ranges}"
            )
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
