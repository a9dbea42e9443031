"""Convolution in any number of dimensions, and its two adjoints: each is a rule of the others.

With y = convolution(x, w), the gradient of x is spread(g, w), and of w gather(g, x). All three are linear in both of
their arguments, and every derivative of one is another, so derivatives of any order are convolutions, too.
"""

from typing import Any

import numpy as np

from ..engine.errors import ShapeError
from ..engine.op import op
from ..ops import columns, winograd
from .windows import Windows

__all__ = [
    "conv_transpose", "convolution",
]  # fmt: skip


def _per_axis(name: str, what: str, value: Any, axes: int, least: int) -> tuple[int, ...]:
    """One number per spatial axis, checked."""
    values = (value,) * axes if np.ndim(value) == 0 else tuple(value)
    if len(values) != axes or not all(isinstance(v, (int, np.integer)) for v in values):
        raise ValueError(f"{name}: {what}={value!r}; give an integer, or {axes} for {axes} spatial axes")
    if min(values, default=least) < least:
        raise ValueError(f"{name}: {what}={value!r} must be at least {least}")
    return tuple(int(v) for v in values)


def _pads(name: str, padding: Any, axes: int) -> tuple[tuple[int, int], ...]:
    """(before, after) per spatial axis, from a number, a number per axis, or a pair per axis."""
    if np.ndim(padding) == 2:
        pairs = [_per_axis(name, "padding", pair, 2, 0) for pair in padding]
        if len(pairs) != axes:
            raise ValueError(f"{name}: padding={padding!r}; give {axes} pairs for {axes} spatial axes")
        return tuple((lo, hi) for lo, hi in pairs)
    return tuple((n, n) for n in _per_axis(name, "padding", padding, axes, 0))


def _check(name: str, x: Any, weight: Any, bias: Any, inputs: int, outputs: int, groups: int, layout: str) -> None:
    if np.ndim(weight) < 3 or np.ndim(x) != np.ndim(weight):
        raise ShapeError(
            f"{name}: x {np.shape(x)} and weight {np.shape(weight)}; it takes x (N, C, *sizes) and weight {layout} "
            "with as many axes; a single image needs a batch axis, x[None]"
        )
    if 0 in weight.shape:
        raise ShapeError(f"{name}: weight {layout} = {weight.shape} has an axis of no elements")
    if not isinstance(groups, (int, np.integer)) or groups < 1 or weight.shape[0] % groups:
        raise ValueError(f"{name}: groups={groups!r} must divide the {weight.shape[0]} rows of weight {weight.shape}")
    if x.shape[1] != inputs:
        raise ShapeError(
            f"{name}: x {x.shape} has {x.shape[1]} channels, but weight {layout} = {weight.shape} with groups={groups} "
            f"takes {inputs}"
        )
    if bias is not None and np.shape(bias) != (outputs,):
        raise ShapeError(
            f"{name}: bias {np.shape(bias)}; weight {weight.shape} makes {outputs} channels, one bias each"
        )


def _windows(x_shape: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Windows:
    axes, name = len(x_shape) - 2, "convolution"
    return Windows(
        tuple(x_shape[2:]),
        tuple(weight.shape[2:]),
        _per_axis(name, "stride", stride, axes, 1),
        _pads(name, padding, axes),
        _per_axis(name, "dilation", dilation, axes, 1),
        int(groups),
    )


def _sum_positions(g: Any) -> Any:
    return np.sum(g, axis=(0, *range(2, g.ndim)))


def _convolution_cases(d: Any) -> Any:
    axes = d.choice([2, 1])
    groups = d.choice([1, 2])
    inputs, outputs = groups * d.integer(1, 2), groups * d.integer(1, 2)
    kernel = [d.integer(1, 3) for _ in range(axes)]
    options = {
        "stride": [d.integer(1, 3) for _ in range(axes)],
        "padding": [(d.integer(0, 3), d.integer(0, 2)) for _ in range(axes)],
        "dilation": d.integer(1, 2),
    }
    reach = [options["dilation"] * (k - 1) + 1 for k in kernel]
    sizes = [max(r - lo - hi, 1) + d.integer(0, 3) for r, (lo, hi) in zip(reach, options["padding"])]
    x = d.array((d.integer(0, 2), inputs, *sizes))
    weight = d.array((outputs, inputs // groups, *kernel))
    return (x, weight, d.array((outputs,)) if d.boolean() else None), {**options, "groups": groups}


def _adjoint_cases(d: Any, first: str, second: str) -> Any:
    (x, weight, _), options = _convolution_cases(d)
    settings = options["stride"], options["padding"], options["dilation"], options["groups"]
    windows = _windows(x.shape, weight, *settings)
    arrays = {"x": x, "weight": weight, "y": d.array((len(x), len(weight), *windows.positions))}
    return arrays[first], arrays[second], windows


def _way(windows: Windows, weight: Any, *arrays: Any) -> Any:
    """How to compute it: both ways give the same, up to rounding."""
    return winograd if winograd.suits(windows, weight, *arrays) else columns


@op(
    g_y=lambda g, weight, windows: _correlate(g, weight, windows),
    weight=lambda g, g_y, windows: _gather(g_y, g, windows),
    cases=lambda d: _adjoint_cases(d, "y", "weight"),
)
def _spread(g_y: Any, weight: Any, windows: Windows) -> Any:
    """The input gradient of a convolution: each value of g_y, times the weight, to where its window was."""
    return _way(windows, weight, g_y, weight).spread(g_y, weight, windows)


@op(
    g_y=lambda g, x, windows: _correlate(x, g, windows),
    x=lambda g, g_y, windows: _spread(g_y, g, windows),
    cases=lambda d: _adjoint_cases(d, "y", "x"),
)
def _gather(g_y: Any, x: Any, windows: Windows) -> Any:
    """The weight gradient of a convolution: how often x under the window met each value of g_y."""
    weight = np.broadcast_to(0.0, (g_y.shape[1], x.shape[1] // windows.groups, *windows.kernel))
    return _way(windows, weight, g_y, x).gather(g_y, x, windows)


@op(
    x=lambda g, weight, windows: _spread(g, weight, windows),
    weight=lambda g, x, windows: _gather(g, x, windows),
    cases=lambda d: _adjoint_cases(d, "x", "weight"),
)
def _correlate(x: Any, weight: Any, windows: Windows) -> Any:
    """A convolution, as the derivative of the other two: its windows may crop."""
    return _way(windows, weight, x, weight).correlate(x, weight, None, windows)


def _convolution_rule(
    g: Any, x: Any, weight: Any, needs: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> tuple[Any, ...]:
    windows = _windows(x.shape, weight, stride, padding, dilation, groups)
    if needs[0] and needs[1] and isinstance(g, np.ndarray):
        dx, dw = _way(windows, weight, g, x, weight).both(g, x, weight, windows)
    else:
        dx = _spread(g, weight, windows) if needs[0] else None
        dw = _gather(g, x, windows) if needs[1] else None
    return (dx, dw, _sum_positions(g) if needs[2:] == (True,) else None)[: len(needs)]


@op(
    joint=_convolution_rule,
    inputs=("x", "weight", "bias"),
    cases=_convolution_cases,
    label="conv",
    formulas={
        "x": "conv_transpose(g, weight)",
        "weight": "x correlated with g",
        "bias": "g summed over all but the channels",
    },
)
def convolution(
    x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """y[n, o, p] = bias[o] + sum over c and k of weight[o, c, k] x[n, c, stride p + dilation k - padding].

    x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O,), y (N, O, *positions), with any number of spatial
    axes; x is 0 outside. `stride`, `padding` and `dilation` are one number, or one per axis; padding also a pair
    (before, after) per axis. Channels fall into `groups`, each with its own part of the outputs.
    Raises ShapeError where these do not fit, ValueError for settings out of range. As in every network library the
    kernel is not turned around: mathematics calls this a cross-correlation (Dumoulin and Visin 2016).

    >>> convolution(Tensor([[[1.0, 2.0, 4.0]]]), Tensor([[[-1.0, 1.0]]]))
    Tensor([[[1., 2.]]])
    """
    name = "convolution"
    _check(name, x, weight, bias, np.shape(weight)[1] * groups, len(weight), groups, "(O, C / groups, *kernel)")
    windows = _windows(x.shape, weight, stride, padding, dilation, groups)
    if min(windows.positions) < 1:
        raise ShapeError(
            f"{name}: a kernel of {windows.kernel} with dilation {windows.dilation} does not fit into sizes "
            f"{windows.sizes} with padding {windows.padding}; use a larger input, a smaller kernel, or padding"
        )
    return _way(windows, weight, x, weight).correlate(x, weight, bias, windows)


def _scatter_windows(
    x_shape: Any, weight: Any, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any
) -> Windows:
    axes, name = len(x_shape) - 2, "conv_transpose"
    strides = _per_axis(name, "stride", stride, axes, 1)
    dilations = _per_axis(name, "dilation", dilation, axes, 1)
    pads = _pads(name, padding, axes)
    extra = _per_axis(name, "output_padding", output_padding, axes, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, strides, dilations)):
        raise ValueError(f"{name}: output_padding={output_padding!r} must be smaller than stride or dilation")
    sizes = tuple(
        (n - 1) * s - lo - hi + d * (k - 1) + e + 1
        for n, k, s, (lo, hi), d, e in zip(x_shape[2:], weight.shape[2:], strides, pads, dilations, extra)
    )
    if min(sizes) < 1:
        raise ShapeError(f"{name}: x {x_shape} and weight {weight.shape} leave sizes {sizes}; use less padding")
    # what output_padding adds at the end lies under no window
    pads = tuple((lo, hi - e) for (lo, hi), e in zip(pads, extra))
    return Windows(sizes, tuple(weight.shape[2:]), strides, pads, dilations, int(groups))


def _transpose_rule(
    g: Any,
    x: Any,
    weight: Any,
    needs: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> tuple[Any, ...]:
    windows = _scatter_windows(x.shape, weight, stride, padding, output_padding, groups, dilation)
    dx = _correlate(g, weight, windows) if needs[0] else None
    dw = _gather(x, g, windows) if needs[1] else None
    return (dx, dw, _sum_positions(g) if needs[2:] == (True,) else None)[: len(needs)]


def _transpose_cases(d: Any) -> Any:
    axes = d.choice([2, 1])
    groups = d.choice([1, 2])
    inputs, outputs = groups * d.integer(1, 2), groups * d.integer(1, 2)
    kernel = [d.integer(1, 3) for _ in range(axes)]
    stride, dilation = d.integer(1, 3), d.integer(1, 2)
    padding = [d.integer(0, dilation * (k - 1) // 2) for k in kernel]
    x = d.array((d.integer(0, 2), inputs, *(d.integer(1, 3) for _ in range(axes))))
    weight = d.array((inputs, outputs // groups, *kernel))
    return (x, weight, d.array((outputs,)) if d.boolean() else None), {
        "stride": stride,
        "padding": padding,
        "output_padding": d.integer(0, max(stride, dilation) - 1),
        "groups": groups,
        "dilation": dilation,
    }


@op(
    joint=_transpose_rule,
    inputs=("x", "weight", "bias"),
    cases=_transpose_cases,
    label="conv transposed",
    formulas={
        "x": "convolution(g, weight)",
        "weight": "g correlated with x",
        "bias": "g summed over all but the channels",
    },
)
def conv_transpose(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The adjoint of `convolution` in x: each value, times the weight, to every place that its window covered.

    x (N, C, *sizes), weight (C, O / groups, *kernel), bias (O,); along each axis the output has
    (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1 elements.
    Raises ShapeError where these do not fit, ValueError for settings out of range.

    >>> conv_transpose(Tensor([[[1.0, 2.0]]]), Tensor([[[1.0, 10.0]]]), stride=2)
    Tensor([[[ 1., 10.,  2., 20.]]])
    """
    name = "conv_transpose"
    outputs = np.shape(weight)[1] * groups if np.ndim(weight) > 1 else 0
    _check(name, x, weight, bias, len(weight), outputs, groups, "(C, O / groups, *kernel)")
    y = columns.spread(x, weight, _scatter_windows(x.shape, weight, stride, padding, output_padding, groups, dilation))
    if bias is None:
        return y
    return y + bias.reshape(-1, *[1] * (y.ndim - 2))
