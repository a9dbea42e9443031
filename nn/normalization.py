"""Normalisation: activations with mean 0 and variance 1, then a learned scale and shift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.ops.normalize import require_channels
from autograd.support.checks import flag, number, size, sizes

from .module import Buffer, Module, Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "InstanceNorm2d", "LayerNorm", "RMSNorm"]


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of (N, C, ...) by its batch when `training`, else by the running statistics.

    In training the running statistics, where given, move towards those of the batch by `momentum`, in place.
    Raises ShapeError or DtypeError for what does not fit, ValueError where running statistics are missing.

    >>> batch_norm(Tensor([[1.0], [3.0]]), Tensor([1.0]), Tensor([4.0])).ravel()
    Tensor([0., 1.])
    """
    _check("batch_norm", input, running_mean, running_var, weight, bias, needed=not training)
    if not training:
        return _by_running(input, running_mean, running_var, weight, bias, eps)
    y, mean, var = autograd.batch_norm(input, weight, bias, eps, return_moments=True)
    _update(running_mean, running_var, mean, var, momentum, y.size // mean.size)
    return y


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of each sample of (N, C, ...) by itself, or by the running statistics.

    With `use_input_stats` the running statistics, where given, move by `momentum` towards the mean of all samples'.
    Raises as `batch_norm`.

    >>> instance_norm(Tensor([[[1.0, 3.0], [10.0, 30.0]]]))
    Tensor([[[-1.,  1.],
             [-1.,  1.]]])
    """
    _check("instance_norm", input, running_mean, running_var, weight, bias, needed=not use_input_stats)
    if not use_input_stats:
        return _by_running(input, running_mean, running_var, weight, bias, eps)
    shape = np.shape(input)
    if len(shape) < 3 or np.prod(shape[2:]) < 2:
        raise ShapeError(
            f"instance_norm: input {shape} has no more than one value per channel of a sample, which has no variance; "
            "it takes (N, C, ...) with two or more"
        )
    y, mean, var = autograd.group_norm(input, shape[1], weight, bias, eps, return_moments=True)
    if len(mean):
        _update(running_mean, running_var, mean, var, momentum, y.size // mean.size)
    return y


def _check(name: str, input: Any, mean: Any, var: Any, weight: Any, bias: Any, needed: bool) -> None:
    if (mean is None) != (var is None) or (needed and mean is None):
        raise ValueError(
            f"{name}: running_mean and running_var are both needed"
            + (" where the statistics are not those of the input" if needed else ", or neither")
        )
    require_channels(name, input, running_mean=mean, running_var=var, weight=weight, bias=bias)


def _by_running(input: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Any:
    """Two passes, x * scale + shift."""
    mean, var = (v.data if isinstance(v, Tensor) else np.asarray(v) for v in (mean, var))
    scale = 1.0 / np.sqrt(var + eps)
    scale = scale if weight is None else weight * scale
    shift = -mean * scale if bias is None else bias - mean * scale
    column = (-1,) + (1,) * (np.ndim(input) - 2)
    return input * np.reshape(scale, column) + np.reshape(shift, column)


def _update(running_mean: Any, running_var: Any, mean: Any, var: Any, momentum: float, count: int) -> None:
    """Move the running statistics towards the mean of those given, with the unbiased variance of `count` values."""
    if running_mean is None:
        return
    mean, var = (v.data if isinstance(v, Tensor) else v for v in (mean, var))
    mean, var = (v[0] if len(v) == 1 else np.mean(v, axis=0) for v in (mean, var))
    for running, value in ((running_mean, mean), (running_var, var * (count / (count - 1)))):
        old = running.data if isinstance(running, Tensor) else running
        new = ((1.0 - momentum) * old + momentum * value).astype(old.dtype)
        if isinstance(running, Tensor):
            running.data = new
        else:
            running[...] = new


def layer_norm(
    input: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Normalise over the last axes, whose sizes are `normalized_shape`; see `LayerNorm`.

    Raises ShapeError or DtypeError for what does not fit.

    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), (3,))
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """
    return autograd.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(input: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """Divide by the root of the mean square over the last axes, whose sizes are `normalized_shape`; see `RMSNorm`.

    Raises ShapeError or DtypeError for what does not fit.

    >>> rms_norm(Tensor([[1.0, -1.0, 2.0, -2.0]]), (4,))
    Tensor([[ 0.6325, -0.6325,  1.2649, -1.2649]])
    """
    return autograd.rms_norm(input, normalized_shape, weight, eps)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Normalise each of `num_groups` groups of channels of each sample of (N, C, ...) by itself.

    Raises ShapeError or DtypeError for what does not fit; see `GroupNorm`.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """
    shape = np.shape(input)
    if len(shape) > 1 and num_groups > 0 and 0 < np.size(input) <= num_groups:
        raise ShapeError(
            f"group_norm: input {shape} has no more than one value in each of {num_groups} groups, "
            "which has no variance; use fewer groups"
        )
    return autograd.group_norm(input, num_groups, weight, bias, eps)


class _Norm(Module):
    """What all share: `eps`, and weight and bias, which start at 1 and 0."""

    eps: Any

    def _start(self, shape: Any, eps: Any, affine: Any, bias: Any, affine_name: str = "affine") -> None:
        name = type(self).__name__
        self.eps = number(f"{name}: eps", eps, 0.0)
        setattr(self, affine_name, flag(f"{name}: {affine_name}", affine))
        flag(f"{name}: bias", bias)
        self.weight = Parameter(autograd.ones(shape)) if affine else None
        self.bias = Parameter(autograd.zeros(shape)) if affine and bias else None

    def extra_repr(self) -> str:
        """The arguments that are not the defaults; a layer without a weight needs not say that it has no bias."""
        shown = super().extra_repr()
        return shown if self.weight is not None else shown.removesuffix(", bias=False")


class _ByChannel(_Norm):
    """What batch and instance norm share: parameters and running statistics for each channel, checked inputs."""

    _dims: tuple[int, ...]
    _takes: str

    def __init__(
        self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool, bias: bool
    ) -> None:
        name = type(self).__name__
        self.num_features = size(f"{name}: num_features", num_features)
        self.momentum: Any = None if momentum is None else number(f"{name}: momentum", momentum, 0.0, 1.0)
        self.track_running_stats = flag(f"{name}: track_running_stats", track_running_stats)
        self._start(num_features, eps, affine, bias)
        self.running_mean = Buffer(autograd.zeros(num_features)) if track_running_stats else None
        self.running_var = Buffer(autograd.ones(num_features)) if track_running_stats else None
        self.num_batches_tracked = Buffer(np.array(0)) if track_running_stats else None

    def _normalize(self, function: Any, x: Any, momentum: float) -> Any:
        by_input = self.training or self.running_mean is None
        return function(x, self.running_mean, self.running_var, self.weight, self.bias, by_input, momentum, self.eps)

    def _check(self, x: Any, channel_axis: int = 1) -> None:
        shape = np.shape(x)
        if len(shape) not in self._dims or shape[channel_axis] != self.num_features:
            raise ShapeError(
                f"{type(self).__name__}: an input of shape {shape}; with num_features={self.num_features} "
                f"it takes {self._takes.replace('C', str(self.num_features))}"
            )


class _BatchNorm(_ByChannel):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias)

    def forward(self, input: Any) -> Any:
        """Normalise each channel; the result has the shape of the input."""
        self._check(input)
        tracked = self.num_batches_tracked if self.training else None
        count = 1 if tracked is None else int(tracked.data) + 1
        y = self._normalize(batch_norm, input, 1.0 / count if self.momentum is None else self.momentum)
        if tracked is not None:  # only now, when all went well
            tracked.data = np.asarray(count)
        return y


class BatchNorm1d(_BatchNorm):
    """(x - mean) / sqrt(var + eps) * weight + bias for each channel of (N, C) or (N, C, L) (Ioffe & Szegedy 2015).

    Mean and variance are those of the batch in training, and of a running average, `running_mean` and `running_var`,
    in eval mode or, without `track_running_stats`, of the batch always. Each batch moves the average by `momentum`
    (None: the plain average of all batches so far), with the unbiased variance. weight and bias (C,) start at 1 and 0;
    without `affine` there is neither, without `bias` no bias.
    Raises TypeError or ValueError for other settings, ShapeError for another number of axes or channels, and in
    training for one value per channel.

    >>> BatchNorm1d(2)(autograd.tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]], op=batch_norm)
    """

    _dims = (2, 3)
    _takes = "(N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for images: each channel of (N, C, H, W) over batch, height and width; its errors, too.

    >>> layer = BatchNorm2d(3)
    >>> layer(autograd.ones((2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    >>> layer.running_mean
    Tensor([0.1, 0.1, 0.1])
    """

    _dims = (4,)
    _takes = "(N, C, H, W)"


class InstanceNorm2d(_ByChannel):
    """(x - mean) / sqrt(var + eps) for each channel of each image of (N, C, H, W) or (C, H, W) (Ulyanov et al. 2016).

    With `affine` there are weight and bias (C,), and with `track_running_stats` a running average that eval mode
    uses, as in `BatchNorm1d`; as in PyTorch, `num_batches_tracked` is part of the state but stays 0. Raises
    TypeError or ValueError for other settings, ShapeError for another number of axes or channels, or a single pixel.

    >>> InstanceNorm2d(1)(autograd.tensor([[[1.0, 3.0]]]))
    Tensor([[[-1.,  1.]]])
    """

    _dims = (3, 4)
    _takes = "(N, C, H, W) or (C, H, W)"

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
    ) -> None:
        if momentum is None:
            raise ValueError("InstanceNorm2d: momentum=None has a meaning for batch norm only; give a number")
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias)

    def forward(self, input: Any) -> Any:
        """Normalise each channel of each image; the result has the shape of the input."""
        self._check(input, channel_axis=-3)
        batched = np.ndim(input) == 4
        y = self._normalize(instance_norm, input if batched else input[None], self.momentum)
        return y if batched else y[0]


class GroupNorm(_Norm):
    """(x - mean) / sqrt(var + eps) * weight + bias for each group of channels of each sample (Wu & He 2018).

    The C = num_channels channels of (N, C) or (N, C, ...) make `num_groups` groups of equal size. weight and bias
    (C,) start at 1 and 0; there is none without `affine`, and no bias without `bias`. Raises TypeError or ValueError
    for other settings, as groups that do not divide the channels, ShapeError for another number of channels, or one
    value per group.

    >>> GroupNorm(2, 4, affine=False)(autograd.tensor([[1.0, 3.0, 10.0, 30.0]]))
    Tensor([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, bias: bool = True
    ) -> None:
        self.num_groups = size("GroupNorm: num_groups", num_groups)
        self.num_channels = size("GroupNorm: num_channels", num_channels)
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: {num_channels} channels make no {num_groups} equal groups")
        self._start(num_channels, eps, affine, bias)

    def forward(self, input: Any) -> Any:
        """Normalise each group; the result has the shape of the input."""
        if np.ndim(input) < 2 or np.shape(input)[1] != self.num_channels:
            raise ShapeError(
                f"GroupNorm: an input of shape {np.shape(input)}; it takes (N, {self.num_channels}) "
                f"or (N, {self.num_channels}, ...)"
            )
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class LayerNorm(_Norm):
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axes of x (Ba, Kiros & Hinton 2016).

    `normalized_shape` holds the sizes of those axes, and is the shape of weight and bias, which start at 1 and 0.
    Raises TypeError or ValueError for other settings, ShapeError for an x that ends in other sizes.

    >>> LayerNorm(3, elementwise_affine=False)(autograd.tensor([[1.0, 2.0, 3.0]]))
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        self.normalized_shape = _normalized_shape("LayerNorm", normalized_shape)
        self._start(self.normalized_shape, eps, elementwise_affine, bias, "elementwise_affine")

    def forward(self, input: Any) -> Any:
        """Normalise the last axes; the result has the shape of the input."""
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(Module):
    """x / sqrt(mean(x**2) + eps) * weight over the last axes of x (Zhang & Sennrich 2019).

    `normalized_shape` holds the sizes of those axes, and is the shape of weight, which starts at 1. `eps` None is
    the machine epsilon of x's dtype. Raises TypeError or ValueError for other settings, ShapeError for an x that ends
    in other sizes.

    >>> RMSNorm(2, elementwise_affine=False)(autograd.tensor([[3.0, -3.0]]))
    Tensor([[ 1., -1.]])
    """

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = None, elementwise_affine: bool = True
    ) -> None:
        self.normalized_shape = _normalized_shape("RMSNorm", normalized_shape)
        self.eps = None if eps is None else number("RMSNorm: eps", eps, 0.0)
        self.elementwise_affine = flag("RMSNorm: elementwise_affine", elementwise_affine)
        self.weight = Parameter(autograd.ones(self.normalized_shape)) if elementwise_affine else None

    def forward(self, x: Any) -> Any:
        """Normalise the last axes; the result has the shape of x."""
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)


def _normalized_shape(layer: str, shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, (tuple, list)):
        return (size(f"{layer}: normalized_shape", shape),)
    if not shape:
        raise ValueError(f"{layer}: normalized_shape is empty; give the sizes of the last axes, one or more")
    return sizes(f"{layer}: normalized_shape", shape, len(shape))
