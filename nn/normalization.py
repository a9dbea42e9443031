"""Normalisation: activations with mean 0 and variance 1, then a learned scale and shift."""

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar, cast

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.modes import replaying
from autograd.engine.types import Array, Shape
from autograd.ops.arithmetic import constant
from autograd.ops.shapes import fit
from autograd.support.checks import floats, shape_of, size, sizes
from autograd.support.settings import Flag, NotNegative, Share, Size, given

from .layer import IMAGES, Bias, Layer, Maybe
from .module import Buffer, Parameter

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
    "LayerNorm", "RMSNorm",
]  # fmt: skip


Statistics = Tensor | Array | None  # a mean or a variance for each channel


def batch_norm(
    input: Tensor,
    running_mean: Statistics,
    running_var: Statistics,
    weight: Maybe = None,
    bias: Maybe = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
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


def _joint_batch_norm(
    comm: Any, input: Tensor, mean: Statistics, var: Statistics, weight: Maybe, bias: Maybe, momentum: float, eps: float
) -> Tensor:
    """`batch_norm` in training by the statistics of all processes' parts of a batch."""
    _check("batch_norm", input, mean, var, weight, bias, needed=False)
    axes, column = (0, *range(2, input.ndim)), (-1,) + (1,) * (input.ndim - 2)
    count = comm.allreduce(input.size // input.shape[1])
    if count < 2:
        raise ShapeError(f"batch_norm: input {input.shape} is one value per channel in all processes; it takes two")
    centre = _summed(comm, np.sum(input, axis=axes)) / count
    apart = input - np.reshape(centre, column)
    spread = _summed(comm, np.sum(apart * apart, axis=axes)) / count
    _update(mean, var, centre[None], spread[None], momentum, count)
    scale = 1.0 / np.sqrt(spread + eps)
    y = apart * np.reshape(scale if weight is None else weight * scale, column)
    return y if bias is None else y + np.reshape(bias, column)


def _summed(comm: Any, x: Any) -> Any:
    """The sum over all processes; the gradient of each term is the sum of all processes' gradients."""
    own = constant(x)
    total = x + (comm.allreduce(own) - own)
    if isinstance(total, Tensor) and total.requires_grad:
        total.register_hook(lambda g: comm.allreduce(constant(g)))
    return total


def instance_norm(
    input: Tensor,
    running_mean: Statistics = None,
    running_var: Statistics = None,
    weight: Maybe = None,
    bias: Maybe = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
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
    shape = shape_of(input)
    if len(shape) < 3 or np.prod(shape[2:]) < 2:
        raise ShapeError(
            f"instance_norm: input {shape} has no more than one value per channel of a sample, which has no variance; "
            "it takes (N, C, ...) with two or more"
        )
    y, mean, var = autograd.group_norm(input, shape[1], weight, bias, eps, return_moments=True)
    if len(mean):
        _update(running_mean, running_var, mean, var, momentum, y.size // mean.size)
    return y


def _check(
    name: str, input: Tensor, mean: Statistics, var: Statistics, weight: Maybe, bias: Maybe, needed: bool
) -> None:
    if (mean is None) != (var is None) or (needed and mean is None):
        raise ValueError(
            f"{name}: running_mean and running_var are both needed"
            + (" where the statistics are not those of the input" if needed else ", or neither")
        )
    layout = "input (N, C, ...), running_mean (C), running_var (C), weight (C), bias (C)"
    fit(name, layout, input, mean, var, weight, bias)
    floats(f"{name}: input", input)


def _by_running(input: Tensor, mean: Statistics, var: Statistics, weight: Maybe, bias: Maybe, eps: float) -> Tensor:
    """Two passes, x * scale + shift."""
    centre, spread = constant(mean), constant(var)
    scale = 1.0 / np.sqrt(spread + eps)
    scale = scale if weight is None else weight * scale
    shift = -centre * scale if bias is None else bias - centre * scale
    column = (-1,) + (1,) * (input.ndim - 2)
    return input * np.reshape(scale, column) + np.reshape(shift, column)


def _update(running_mean: Any, running_var: Any, mean: Any, var: Any, momentum: float, count: int) -> None:
    """Move the running statistics towards the mean of those given, with the unbiased variance of `count` values."""
    if running_mean is None or replaying.get():
        return
    mean, var = constant(mean), constant(var)
    mean, var = (v[0] if len(v) == 1 else np.mean(v, axis=0) for v in (mean, var))
    for running, value in ((running_mean, mean), (running_var, var * (count / (count - 1)))):
        old = constant(running)
        new = ((1.0 - momentum) * old + momentum * value).astype(old.dtype)
        if isinstance(running, Tensor):
            running.data = new
        else:
            running[...] = new


def layer_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Maybe = None, bias: Maybe = None, eps: float = 1e-5
) -> Tensor:
    """Normalise over the last axes, whose sizes are `normalized_shape`; see `LayerNorm`.

    Raises ShapeError or DtypeError for what does not fit.

    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), (3,))
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """
    return autograd.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Maybe = None, eps: float | None = None
) -> Tensor:
    """Divide by the root of the mean square over the last axes, whose sizes are `normalized_shape`; see `RMSNorm`.

    Raises ShapeError or DtypeError for what does not fit.

    >>> rms_norm(Tensor([[1.0, -1.0, 2.0, -2.0]]), (4,))
    Tensor([[ 0.6325, -0.6325,  1.2649, -1.2649]])
    """
    return autograd.rms_norm(input, normalized_shape, weight, eps)


def group_norm(input: Tensor, num_groups: int, weight: Maybe = None, bias: Maybe = None, eps: float = 1e-5) -> Tensor:
    """Normalise each of `num_groups` groups of channels of each sample of (N, C, ...) by itself.

    Raises ShapeError or DtypeError for what does not fit; see `GroupNorm`.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """
    shape = shape_of(input)
    if len(shape) > 1 and num_groups > 0 and 0 < np.prod(shape) <= num_groups:
        raise ShapeError(
            f"group_norm: input {shape} has no more than one value in each of {num_groups} groups, "
            "which has no variance; use fewer groups"
        )
    return autograd.group_norm(input, num_groups, weight, bias, eps)


def _affine(shape: int | Shape, affine: bool, bias: bool) -> tuple[Maybe, Maybe]:
    """Weight and bias, which start at 1 and 0, each where it is wanted."""
    weight = Parameter(autograd.ones(shape)) if affine else None
    return weight, Parameter(autograd.zeros(shape)) if affine and bias else None


class _Norm(Layer):
    def extra_repr(self) -> str:
        """The arguments that are not the defaults; a layer without a weight needs not say that it has no bias."""
        shown = super().extra_repr()
        return shown if vars(self)["weight"] is not None else shown.removesuffix(", bias=False")


class _ByChannel(_Norm):
    """What batch and instance norm share: parameters and running statistics for each channel, checked inputs."""

    num_features: Size
    eps: NotNegative = 1e-5
    momentum: Share | None = 0.1
    affine: Flag = True
    track_running_stats: Flag = True
    _: KW_ONLY
    bias: Bias = given(True)

    _takes: ClassVar[str]

    def _setup(self, bias: bool) -> None:
        """Weight, bias and running statistics, each where it is wanted."""
        count, tracked = self.num_features, self.track_running_stats
        self.weight, self.bias = _affine(count, self.affine, bias)
        self.running_mean: Maybe = Buffer(autograd.zeros(count)) if tracked else None
        self.running_var: Maybe = Buffer(autograd.ones(count)) if tracked else None
        self.num_batches_tracked: Maybe = Buffer(np.array(0)) if tracked else None

    def _check(self, input: Tensor) -> bool:
        """Whether the statistics are those of the input, whose shape must fit."""
        fit(self._name, self._takes, input, C=self.num_features)
        return self.training or self.running_mean is None


class _BatchNorm(_ByChannel):
    comm: ClassVar[Any] = None  # over whose processes the batch is spread, if `optim.distributed` says so

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel; the result has the shape of the input."""
        by_input = self._check(input)
        tracked = self.num_batches_tracked if self.training else None
        count = 1 if tracked is None else constant(tracked) + 1
        momentum = 1.0 / count if self.momentum is None else self.momentum
        parts = input, self.running_mean, self.running_var, self.weight, self.bias
        if self.comm is not None and by_input and self.training:
            y = _joint_batch_norm(self.comm, *parts, momentum, self.eps)
        else:
            y = batch_norm(*parts, by_input, momentum, self.eps)
        if tracked is not None and not replaying.get():  # only now, when all went well
            tracked.data = count
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

    _takes = "input (N, C, L?)"


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for images: each channel of (N, C, H, W) over batch, height and width; its errors, too.

    >>> layer = BatchNorm2d(3)
    >>> layer(autograd.ones((2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    >>> layer.running_mean
    Tensor([0.1, 0.1, 0.1])
    """

    _takes = "input (N, C, H, W)"


class BatchNorm3d(_BatchNorm):
    """`BatchNorm1d` for volumes: each channel of (N, C, D, H, W) over batch, depth, height and width; its errors, too.

    >>> BatchNorm3d(3)(autograd.ones((2, 3, 4, 4, 4))).shape
    (2, 3, 4, 4, 4)
    """

    _takes = "input (N, C, D, H, W)"


class _InstanceNorm(_ByChannel):
    affine: Flag = False
    track_running_stats: Flag = False

    _axes: ClassVar[int]

    def _setup(self, bias: bool) -> None:
        if self.momentum is None:
            raise ValueError(f"{self._name}: momentum=None has a meaning for batch norm only; give a number")
        super()._setup(bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel of each sample; the result has the shape of the input."""
        by_input, x = self._check(input), input if input.ndim == self._axes + 2 else input[None]
        y = instance_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, by_input, self.momentum or 0.0, self.eps
        )
        return y if x is input else y[0]


class InstanceNorm1d(_InstanceNorm):
    """`InstanceNorm2d` for sequences: each channel of each (N, C, L) or (C, L) by itself; its errors, too.

    >>> InstanceNorm1d(1)(autograd.tensor([[1.0, 3.0]]))
    Tensor([[-1.,  1.]])
    """

    _axes = 1
    _takes = IMAGES[1]


class InstanceNorm2d(_InstanceNorm):
    """(x - mean) / sqrt(var + eps) for each channel of each image of (N, C, H, W) or (C, H, W) (Ulyanov et al. 2016).

    With `affine` there are weight and bias (C,), and with `track_running_stats` a running average that eval mode
    uses, as in `BatchNorm1d`; as in PyTorch, `num_batches_tracked` is part of the state but stays 0. Raises
    TypeError or ValueError for other settings, ShapeError for another number of axes or channels, or a single pixel.

    >>> InstanceNorm2d(1)(autograd.tensor([[[1.0, 3.0]]]))
    Tensor([[[-1.,  1.]]])
    """

    _axes = 2
    _takes = IMAGES[2]


class InstanceNorm3d(_InstanceNorm):
    """`InstanceNorm2d` for volumes: each channel of each (N, C, D, H, W) or (C, D, H, W) by itself; its errors, too.

    >>> InstanceNorm3d(1)(autograd.tensor([[[[1.0, 3.0]]]]))
    Tensor([[[[-1.,  1.]]]])
    """

    _axes = 3
    _takes = IMAGES[3]


class GroupNorm(_Norm):
    """(x - mean) / sqrt(var + eps) * weight + bias for each group of channels of each sample (Wu & He 2018).

    The C = num_channels channels of (N, C) or (N, C, ...) make `num_groups` groups of equal size. weight and bias
    (C,) start at 1 and 0; there is none without `affine`, and no bias without `bias`. Raises TypeError or ValueError
    for other settings, as groups that do not divide the channels, ShapeError for another number of channels, or one
    value per group.

    >>> GroupNorm(2, 4, affine=False)(autograd.tensor([[1.0, 3.0, 10.0, 30.0]]))
    Tensor([[-1.,  1., -1.,  1.]])
    """

    num_groups: Size
    num_channels: Size
    eps: NotNegative = 1e-5
    affine: Flag = True
    _: KW_ONLY
    bias: Bias = given(True)

    def _setup(self, bias: bool) -> None:
        """Weight and bias; groups are of equal size."""
        if self.num_channels % self.num_groups:
            raise ValueError(f"GroupNorm: {self.num_channels} channels make no {self.num_groups} equal groups")
        self.weight, self.bias = _affine(self.num_channels, self.affine, bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each group; the result has the shape of the input."""
        fit("GroupNorm", "input (N, C, ...)", input, C=self.num_channels)
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


def _last_sizes(what: str, value: int | Sequence[int]) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)):
        return (size(what, value),)
    if not value:
        raise ValueError(f"{what} is empty; give the sizes of the last axes, one or more")
    return sizes(what, value, len(value))


LastSizes = Annotated[int | Sequence[int], _last_sizes]  # kept as a tuple


class LayerNorm(_Norm):
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axes of x (Ba, Kiros & Hinton 2016).

    `normalized_shape` holds the sizes of those axes, and is the shape of weight and bias, which start at 1 and 0.
    Raises TypeError or ValueError for other settings, ShapeError for an x that ends in other sizes.

    >>> LayerNorm(3, elementwise_affine=False)(autograd.tensor([[1.0, 2.0, 3.0]]))
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """

    normalized_shape: LastSizes
    eps: NotNegative = 1e-5
    elementwise_affine: Flag = True
    bias: Bias = given(True)

    def _setup(self, bias: bool) -> None:
        """Weight and bias."""
        self.weight, self.bias = _affine(cast(Shape, self.normalized_shape), self.elementwise_affine, bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise the last axes; the result has the shape of the input."""
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(Layer):
    """x / sqrt(mean(x**2) + eps) * weight over the last axes of x (Zhang & Sennrich 2019).

    `normalized_shape` holds the sizes of those axes, and is the shape of weight, which starts at 1. `eps` None is
    the machine epsilon of x's dtype. Raises TypeError or ValueError for other settings, ShapeError for an x that ends
    in other sizes.

    >>> RMSNorm(2, elementwise_affine=False)(autograd.tensor([[3.0, -3.0]]))
    Tensor([[ 1., -1.]])
    """

    normalized_shape: LastSizes
    eps: NotNegative | None = None
    elementwise_affine: Flag = True

    def _setup(self) -> None:
        """The weight."""
        self.weight, _ = _affine(cast(Shape, self.normalized_shape), self.elementwise_affine, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axes; the result has the shape of x."""
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)
