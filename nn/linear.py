"""Layers that map their input linearly, or only reshape it."""

from collections.abc import Sequence
from math import prod
from typing import Annotated

import autograd
from autograd import ShapeError, Tensor
from autograd.ops.shapes import fit
from autograd.support.checks import size
from autograd.support.settings import Count, Size, given

from . import init
from .layer import Bias, Dim, Layer, axis_of
from .module import Module, Parameter

__all__ = ["Bilinear", "Flatten", "Identity", "Linear", "Unflatten"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The affine map of `Linear`, input @ weight.T + bias.

    Input (..., in), weight (out, in) and bias (out,) give (..., out). Raises ShapeError where they do not fit.

    >>> linear(autograd.tensor([1.0, 2.0]), autograd.tensor([[3.0, 4.0]]), autograd.tensor([0.5]))
    Tensor([11.5])
    """
    return autograd.linear(input, weight, bias)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The form of `Bilinear`: input1 (..., in1) and input2 (..., in2) give (..., out).

    The weight is (out, in1, in2), the bias (out,). Raises ShapeError where they do not fit.

    >>> bilinear(autograd.tensor([2.0]), autograd.tensor([3.0]), autograd.tensor([[[0.5]]]))
    Tensor([3.])
    """
    declared = "input1 (..., in1), input2 (..., in2), weight (out, in1, in2), bias (out)"
    fit("bilinear", declared, input1, input2, weight, bias)
    y = autograd.einsum("...i,kij,...j->...k", input1, weight, input2)
    return y if bias is None else y + bias


class Linear(Layer):
    """x W.T + b, with W of shape (out_features, in_features), over the last axis of x.

    x (..., in_features) gives (..., out_features). W and b start uniform in +-1 / sqrt(in_features). Raises ShapeError
    where x has another last axis, TypeError or ValueError for sizes that are none.

    >>> import autograd
    >>> Linear(3, 2)(autograd.ones((5, 3))).shape
    (5, 2)
    """

    in_features: Count
    out_features: Count
    bias: Bias = given(True)

    def _setup(self, bias: bool) -> None:
        """Weight and bias."""
        bound = max(self.in_features, 1) ** -0.5
        weight = Parameter(autograd.zeros((self.out_features, self.in_features)))
        self.weight: Tensor = init.kaiming_uniform_(weight, a=5**0.5)  # which is uniform in +-bound, too
        self.bias = init.uniform_(Parameter(autograd.zeros(self.out_features)), -bound, bound) if bias else None

    def forward(self, input: Tensor) -> Tensor:
        """Map an input of shape (..., in_features) to (..., out_features)."""
        return linear(input, self.weight, self.bias)


class Bilinear(Layer):
    """x1.T W_k x2 + b_k for each output k, with W of shape (out_features, in1_features, in2_features).

    Takes x1 (..., in1_features) and x2 (..., in2_features), gives (..., out_features). W and b start uniform in
    +-1 / sqrt(in1_features). Raises ShapeError where x1 and x2 differ in the other axes, or in their last from W.

    >>> Bilinear(3, 4, 2)(autograd.ones((5, 3)), autograd.ones((5, 4))).shape
    (5, 2)
    """

    in1_features: Size
    in2_features: Size
    out_features: Size
    bias: Bias = given(True)

    def _setup(self, bias: bool) -> None:
        """Weight and bias."""
        bound = self.in1_features**-0.5
        weight = Parameter(autograd.zeros((self.out_features, self.in1_features, self.in2_features)))
        self.weight: Tensor = init.uniform_(weight, -bound, bound)
        self.bias = init.uniform_(Parameter(autograd.zeros(self.out_features)), -bound, bound) if bias else None

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Map (..., in1_features) and (..., in2_features) to (..., out_features)."""
        return bilinear(input1, input2, self.weight, self.bias)


class Identity(Module):
    """The input as it is: a place-holder. Takes any arguments, and forgets them.

    >>> Identity(54, unused=True)(autograd.tensor([1.0]))
    Tensor([1.])
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def forward(self, input: Tensor) -> Tensor:
        """Return the input itself."""
        return input


class Flatten(Layer):
    """The axes from `start_dim` to `end_dim`, both included, made one; by default all but the batch.

    Raises ShapeError where the input has no such axes, TypeError for an axis that is no integer.

    >>> Flatten()(autograd.ones((2, 3, 4))).shape
    (2, 12)
    """

    start_dim: Dim = 1
    end_dim: Dim = -1

    def forward(self, input: Tensor) -> Tensor:
        """Map (a, b, c, ...) to (a, b c ...)."""
        shape = input.shape or (1,)
        start = axis_of("Flatten: start_dim", self.start_dim, shape)
        end = axis_of("Flatten: end_dim", self.end_dim, shape)
        if start > end:
            raise ShapeError(f"Flatten: start_dim={self.start_dim} is after end_dim={self.end_dim} in {shape}")
        return input.reshape((*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))


def _parts(what: str, value: Sequence[int]) -> tuple[int, ...]:
    """The sizes an axis is split into, of which one may be -1."""
    try:
        sizes = tuple(value)
    except TypeError:
        raise TypeError(f"{what}={value!r} is no sequence of integers") from None
    sizes = tuple(size(f"{what}, a size", n, -1) for n in sizes)
    if not sizes or sizes.count(-1) > 1:
        raise ValueError(f"{what}={value} needs sizes, at most one of them -1")
    return sizes


class Unflatten(Layer):
    """The axis `dim` split into several, of the sizes `unflattened_size`; one of them may be -1.

    Raises ShapeError where that axis has another length. PyTorch's named axes are left out.

    >>> Unflatten(1, (3, -1))(autograd.ones((2, 12))).shape
    (2, 3, 4)
    """

    dim: Dim
    unflattened_size: Annotated[Sequence[int], _parts]

    def forward(self, input: Tensor) -> Tensor:
        """Map (..., n, ...) to (..., *unflattened_size, ...)."""
        shape, sizes = input.shape or (1,), tuple(self.unflattened_size)
        axis = axis_of("Unflatten: dim", self.dim, shape)
        length, known = shape[axis], prod(n for n in sizes if n != -1)
        if -1 in sizes and known and length % known == 0:
            sizes = tuple(length // known if n == -1 else n for n in sizes)
        if prod(sizes) != length or -1 in sizes:
            raise ShapeError(f"Unflatten: axis {self.dim} of {shape} has length {length}, not that of {sizes}")
        return input.reshape((*shape[:axis], *sizes, *shape[axis + 1 :]))
