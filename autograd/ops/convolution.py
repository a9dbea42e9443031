"""Convolution in any number of dimensions, and its two adjoints: each is a rule of the others.

With y = convolution(x, w), the gradient of x is spread(g, w), and of w gather(g, x). All three are linear in both of
their arguments, and every derivative of one is another, so derivatives of any order are convolutions, too.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from ..engine import modes
from ..engine.errors import ShapeError
from ..engine.types import Array, Maybe, Shape
from ..support.checks import sizes
from . import columns, windowed, winograd
from .cases import Case, Draw
from .declare import op
from .special import widened
from .windows import Padding, Setting, Windows, named_pads, pads, span

__all__ = ["conv_transpose", "convolution"]


def _check(name: str, x: Array, weight: Array, bias: Maybe, groups: int, layout: str, transposed: bool) -> None:
    shape: Shape = getattr(x, "shape", ())
    kernel: Shape = getattr(weight, "shape", ())
    if len(kernel) < 3 or len(shape) != len(kernel):
        raise ShapeError(
            f"{name}: x {shape} and weight {kernel}; it takes x (N, C, *sizes) and weight {layout} "
            "with as many axes; a single image needs a batch axis, x[None]"
        )
    if 0 in kernel:
        raise ShapeError(f"{name}: weight {layout} = {kernel} has an axis of no elements")
    if not isinstance(groups, (int, np.integer)) or groups < 1 or kernel[0] % groups:
        raise ValueError(f"{name}: groups={groups!r} must divide the {kernel[0]} rows of weight {kernel}")
    inputs, outputs = kernel[1] * groups, kernel[0]
    if transposed:
        inputs, outputs = outputs, inputs
    if shape[1] != inputs:
        raise ShapeError(
            f"{name}: x {shape} has {shape[1]} channels, but weight {layout} = {kernel} with groups={groups} "
            f"takes {inputs}"
        )
    if bias is not None and getattr(bias, "shape", ()) != (outputs,):
        raise ShapeError(f"{name}: bias {np.shape(bias)}; weight {kernel} makes {outputs} channels, one bias each")


_plan = lru_cache(1024)(Windows)  # which remembers what follows from it


def _windows(
    x_shape: Shape, weight: Array, stride: Setting, padding: Padding | str, dilation: Setting, groups: int
) -> Windows:
    axes, kernel = len(x_shape) - 2, tuple(weight.shape[2:])
    strides, steps = sizes("convolution: stride", stride, axes), sizes("convolution: dilation", dilation, axes)
    what = "convolution: padding"
    if isinstance(padding, str):
        padding = named_pads(what, padding, kernel, strides, steps)
    return _plan(tuple(x_shape[2:]), kernel, strides, pads(what, padding, axes), steps, int(groups))


def _sum_positions(g: Array) -> Array:
    return np.sum(widened(g), axis=(0, *range(2, g.ndim)))


def _convolution_cases(d: Draw) -> Case:
    axes, groups, dilation = d.choice([2, 1]), d.choice([1, 2]), d.integer(1, 2)
    inputs, outputs = groups * d.integer(1, 2), groups * d.integer(1, 2)
    kernel, stride = ([d.integer(1, 3) for _ in range(axes)] for _ in range(2))
    padding = [(d.integer(0, 3), d.integer(0, 2)) for _ in range(axes)]
    sizes = [max(span(k, dilation) - lo - hi, 1) + d.integer(0, 3) for k, (lo, hi) in zip(kernel, padding)]
    x = d.array((d.integer(0, 2), inputs, *sizes))
    weight = d.array((outputs, inputs // groups, *kernel))
    bias = d.array((outputs,)) if d.boolean() else None
    return (x, weight, bias), {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def _adjoint_cases(d: Draw, first: str, second: str) -> Case:
    (x, weight, _), settings = _convolution_cases(d)
    windows = _windows(x.shape, weight, **settings)
    arrays = {"x": x, "weight": weight, "y": d.array((len(x), len(weight), *windows.positions))}
    return arrays[first], arrays[second], windows


def _way(windows: Windows, weight: Array, *arrays: Array) -> ModuleType:
    """How to compute it: all ways give the same, up to rounding."""
    if any(isinstance(a, modes.Exact) for a in arrays):
        return windowed
    return winograd if winograd.suits(windows, weight, *arrays) else columns


@op(
    complex=True,
    misfit="{}",
    g_y=lambda g, weight, windows: _correlate(g, weight, windows),
    weight=lambda g, g_y, windows: _gather(g_y, g, windows),
    cases=lambda d: _adjoint_cases(d, "y", "weight"),
)
def _spread(g_y: Array, weight: Array, windows: Windows) -> Array:
    """The input gradient of a convolution: each value of g_y, times the weight, to where its window was."""
    return _way(windows, weight, g_y, weight).spread(g_y, weight, windows)


@op(
    complex=True,
    misfit="{}",
    g_y=lambda g, x, windows: _correlate(x, g, windows),
    x=lambda g, g_y, windows: _spread(g_y, g, windows),
    cases=lambda d: _adjoint_cases(d, "y", "x"),
)
def _gather(g_y: Array, x: Array, windows: Windows) -> Array:
    """The weight gradient of a convolution: how often x under the window met each value of g_y."""
    weight = np.broadcast_to(0.0, (g_y.shape[1], x.shape[1] // windows.groups, *windows.kernel))
    return _way(windows, weight, g_y, x).gather(g_y, x, windows)


@op(
    complex=True,
    misfit="{}",
    x=lambda g, weight, windows: _spread(g, weight, windows),
    weight=lambda g, x, windows: _gather(g, x, windows),
    cases=lambda d: _adjoint_cases(d, "x", "weight"),
)
def _correlate(x: Array, weight: Array, windows: Windows) -> Array:
    """A convolution, as the derivative of the other two: its windows may crop."""
    return _way(windows, weight, x, weight).correlate(x, weight, None, windows)


def grouped(windows: Windows, size: int) -> Windows:
    """The windows of `size` convolutions side by side, each with channels and a weight of its own."""
    return _plan(*windows._replace(groups=windows.groups * size))


Gradients = tuple[Maybe, ...]
OF_BIAS = "g summed over all but the channels"


def _shifted(y: Array, bias: Maybe) -> Array:
    return y if bias is None else y + bias.reshape(-1, *[1] * (y.ndim - 2))


def _kernel(g: Array, x: Array, weight: Array, needs: tuple[bool, ...], windows: Windows, way: ModuleType) -> Gradients:
    if way is winograd:  # which x and weight suit
        way = _way(windows, weight, g)
    if way is not columns or not all(needs[:2]):
        dx = way.spread(g, weight, windows) if needs[0] else None
        dw = way.gather(g, x, windows) if needs[1] else None
    else:
        dx, dw = columns.both(g, x, weight, windows)
    return dx, dw, _sum_positions(g) if needs[2] else None


@op(
    complex=True,
    joint=_kernel,
    reference=lambda x, weight, bias, windows: _shifted(_correlate(x, weight, windows), bias),
    exact=True,
    kept=("windows", "way"),
    inputs=("x", "weight", "bias"),
    cases=_convolution_cases,
    label="conv",
    formulas={"x": "conv_transpose(g, weight)", "weight": "x correlated with g", "bias": OF_BIAS},
)
def convolution(
    x: Array,
    weight: Array,
    bias: Maybe = None,
    stride: Setting = 1,
    padding: Padding | str = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> tuple[Array, Windows, ModuleType]:
    """y[n, o, p] = bias[o] + sum over c and k of weight[o, c, k] x[n, c, stride p + dilation k - padding].

    x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O,), y (N, O, *positions), with any number of spatial
    axes; x is 0 outside. `stride`, `padding` and `dilation` are one number, or one per axis; padding also a pair
    (before, after) per axis, "same", which keeps the sizes at stride 1, or "valid", none. Channels fall into
    `groups`, each with its own part of the outputs.
    Raises ShapeError where these do not fit, ValueError for settings out of range. As in every network library the
    kernel is not turned around: mathematics calls this a cross-correlation (Dumoulin and Visin 2016).

    >>> convolution(Tensor([[[1.0, 2.0, 4.0]]]), Tensor([[[-1.0, 1.0]]]))
    Tensor([[[1., 2.]]])
    """
    name = "convolution"
    _check(name, x, weight, bias, groups, "(O, C / groups, *kernel)", transposed=False)
    windows = _windows(x.shape, weight, stride, padding, dilation, groups)
    if min(windows.positions) < 1:
        raise ShapeError(
            f"{name}: a kernel of {windows.kernel} with dilation {windows.dilation} does not fit into sizes "
            f"{windows.sizes} with padding {windows.padding}; use a larger input, a smaller kernel, or padding"
        )
    way = _way(windows, weight, x, weight)
    return way.correlate(x, weight, bias, windows), windows, way


def _scatter_windows(
    x_shape: Shape, weight: Array, stride: Setting, padding: Padding, more: Setting, groups: int, dilation: Setting
) -> Windows:
    axes, name = len(x_shape) - 2, "conv_transpose"
    strides, dilations = sizes(f"{name}: stride", stride, axes), sizes(f"{name}: dilation", dilation, axes)
    extra = sizes(f"{name}: output_padding", more, axes, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, strides, dilations)):
        raise ValueError(f"{name}: output_padding={more!r} must be smaller than stride or dilation")
    # what output_padding adds at the end lies under no window
    around = tuple((lo, hi - e) for (lo, hi), e in zip(pads(f"{name}: padding", padding, axes), extra))
    spans = map(span, weight.shape[2:], dilations)
    lengths = tuple((n - 1) * s - lo - hi + k for n, s, (lo, hi), k in zip(x_shape[2:], strides, around, spans))
    if min(lengths) < 1:
        raise ShapeError(f"{name}: x {x_shape} and weight {weight.shape} leave sizes {lengths}; use less padding")
    return _plan(lengths, tuple(weight.shape[2:]), strides, around, dilations, int(groups))


def _transpose_kernel(
    g: Array, x: Array, weight: Array, needs: tuple[bool, ...], windows: Windows, way: ModuleType
) -> Gradients:
    if way is winograd:
        way = _way(windows, weight, g)
    if way is not columns or not all(needs[:2]):
        dx = way.correlate(g, weight, None, windows) if needs[0] else None
        dw = way.gather(x, g, windows) if needs[1] else None
    else:
        dx, dw = columns.correlate_and_gather(g, weight, x, windows)
    return dx, dw, _sum_positions(g) if needs[2] else None


def _transpose_cases(d: Draw) -> Case:
    axes, groups = d.choice([2, 1]), d.choice([1, 2])
    inputs, outputs = groups * d.integer(1, 2), groups * d.integer(1, 2)
    kernel = [d.integer(1, 3) for _ in range(axes)]
    stride, dilation = d.integer(1, 3), d.integer(1, 2)
    padding = [d.integer(0, dilation * (k - 1) // 2) for k in kernel]
    x = d.array((d.integer(0, 2), inputs, *(d.integer(1, 3) for _ in range(axes))))
    weight = d.array((inputs, outputs // groups, *kernel))
    bias = d.array((outputs,)) if d.boolean() else None
    return (x, weight, bias, stride, padding, d.integer(0, max(stride, dilation) - 1), groups, dilation)


@op(
    complex=True,
    joint=_transpose_kernel,
    reference=lambda x, weight, bias, windows: _shifted(_spread(x, weight, windows), bias),
    exact=True,
    kept=("windows", "way"),
    inputs=("x", "weight", "bias"),
    cases=_transpose_cases,
    label="conv transposed",
    formulas={"x": "convolution(g, weight)", "weight": "g correlated with x", "bias": OF_BIAS},
)
def conv_transpose(
    x: Array,
    weight: Array,
    bias: Maybe = None,
    stride: Setting = 1,
    padding: Padding = 0,
    output_padding: Setting = 0,
    groups: int = 1,
    dilation: Setting = 1,
) -> tuple[Array, Windows, ModuleType]:
    """The adjoint of `convolution` in x: each value, times the weight, to every place that its window covered.

    x (N, C, *sizes), weight (C, O / groups, *kernel), bias (O,); along each axis the output has
    (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1 elements.
    Raises ShapeError where these do not fit, ValueError for settings out of range.

    >>> conv_transpose(Tensor([[[1.0, 2.0]]]), Tensor([[[1.0, 10.0]]]), stride=2)
    Tensor([[[ 1., 10.,  2., 20.]]])
    """
    name = "conv_transpose"
    _check(name, x, weight, bias, groups, "(C, O / groups, *kernel)", transposed=True)
    windows = _scatter_windows(x.shape, weight, stride, padding, output_padding, groups, dilation)
    way = _way(windows, weight, x, weight)
    return _shifted(way.spread(x, weight, windows), bias), windows, way


def convolution_of_each(size: int, g: Array, kept: Any, wanted: Sequence[str], **named: Any) -> dict[str, Array]:
    """The gradients of weight and bias of a `convolution` for each of `size` equal parts of its batch, in order."""
    x, weight = named["x"], named["weight"]
    each = len(x) // size
    side_by_side = (np.reshape(a, (size, each, *a.shape[1:])).swapaxes(0, 1) for a in (g, x))
    gs, xs = (np.reshape(a, (each, size * a.shape[2], *a.shape[3:])) for a in side_by_side)
    windows = grouped(kept[0], size)
    found = {"bias": np.sum(widened(g).reshape(size, each, g.shape[1], prod(g.shape[2:])), axis=(1, 3))}
    if "weight" in wanted:
        found["weight"] = np.reshape(_gather.op.forward(gs, xs, windows), (size, *weight.shape))
    return found
