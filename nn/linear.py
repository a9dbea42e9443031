"""Layers that map their input linearly, or only reshape it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

import autograd
from autograd import ShapeError
from autograd.support.checks import flag, size

from . import init
from .module import Module, Parameter

__all__ = ["Bilinear", "Flatten", "Identity", "Linear", "Unflatten"]


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """The affine map of `Linear`, input @ weight.T + bias.

    Input (..., in), weight (out, in) and bias (out,) give (..., out). Raises ShapeError where they do not fit.

    >>> linear(autograd.tensor([1.0, 2.0]), autograd.tensor([[3.0, 4.0]]), autograd.tensor([0.5]))
    Tensor([11.5])
    """
    return autograd.linear(input, weight, bias)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """The form of `Bilinear`: input1 (..., in1) and input2 (..., in2) give (..., out).

    The weight is (out, in1, in2), the bias (out,). Raises ShapeError where they do not fit.

    >>> bilinear(autograd.tensor([2.0]), autograd.tensor([3.0]), autograd.tensor([[[0.5]]]))
    Tensor([3.])
    """
    first, second, given = map(np.shape, (input1, input2, weight))
    if len(given) != 3 or not first or not second or first[-1] != given[1] or second[-1] != given[2]:
        need = f"input1 (..., {given[1]}) and input2 (..., {given[2]})" if len(given) == 3 else "a weight of three axes"
        raise ShapeError(
            f"bilinear: input1 {first}, input2 {second} and weight (out, in1, in2) = {given} do not fit; "
            f"it takes {need}"
        )
    if first[:-1] != second[:-1]:
        raise ShapeError(
            f"bilinear: input1 {first} and input2 {second} differ before the last axis and would broadcast"
        )
    if bias is not None and bias.shape != given[:1]:
        raise ShapeError(f"bilinear: bias {bias.shape} and weight (out, in1, in2) = {given} need one bias per output")
    y = autograd.einsum("...i,kij,...j->...k", input1, weight, input2)
    return y if bias is None else y + bias


class Linear(Module):
    """x W.T + b, with W of shape (out_features, in_features), over the last axis of x.

    x (..., in_features) gives (..., out_features). W and b start uniform in +-1 / sqrt(in_features). Raises ShapeError
    where x has another last axis, TypeError or ValueError for sizes that are none.

    >>> import autograd
    >>> Linear(3, 2)(autograd.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        self.in_features = size("Linear: in_features", in_features, 0)
        self.out_features = size("Linear: out_features", out_features, 0)
        bias = flag("Linear: bias", bias)
        weight = Parameter(autograd.zeros((self.out_features, self.in_features)))
        bound = max(self.in_features, 1) ** -0.5
        self.weight = init.kaiming_uniform_(weight, a=5**0.5)  # which is uniform in +-bound, too
        self.bias = init.uniform_(Parameter(autograd.zeros(self.out_features)), -bound, bound) if bias else None

    def forward(self, input: Any) -> Any:
        """Map an input of shape (..., in_features) to (..., out_features)."""
        return linear(input, self.weight, self.bias)


class Bilinear(Module):
    """x1.T W_k x2 + b_k for each output k, with W of shape (out_features, in1_features, in2_features).

    Takes x1 (..., in1_features) and x2 (..., in2_features), gives (..., out_features). W and b start uniform in
    +-1 / sqrt(in1_features). Raises ShapeError where x1 and x2 differ in the other axes, or in their last from W.

    >>> Bilinear(3, 4, 2)(autograd.ones((5, 3)), autograd.ones((5, 4))).shape
    (5, 2)
    """

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True) -> None:
        self.in1_features = size("Bilinear: in1_features", in1_features)
        self.in2_features = size("Bilinear: in2_features", in2_features)
        self.out_features = size("Bilinear: out_features", out_features)
        bias = flag("Bilinear: bias", bias)
        bound = self.in1_features**-0.5
        weight = Parameter(autograd.zeros((self.out_features, self.in1_features, self.in2_features)))
        self.weight = init.uniform_(weight, -bound, bound)
        self.bias = init.uniform_(Parameter(autograd.zeros(self.out_features)), -bound, bound) if bias else None

    def forward(self, input1: Any, input2: Any) -> Any:
        """Map (..., in1_features) and (..., in2_features) to (..., out_features)."""
        return bilinear(input1, input2, self.weight, self.bias)


class Identity(Module):
    """The input as it is: a place-holder. Takes any arguments, and forgets them.

    >>> Identity(54, unused=True)(autograd.tensor([1.0]))
    Tensor([1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        """Return the input itself."""
        return input


def _axis(what: str, dim: int, shape: tuple[int, ...]) -> int:
    axes = max(len(shape), 1)
    if not -axes <= dim < axes:
        raise ShapeError(f"{what}={dim} is not an axis of an input of shape {shape}")
    return dim % axes


class Flatten(Module):
    """The axes from `start_dim` to `end_dim`, both included, made one; by default all but the batch.

    Raises ShapeError where the input has no such axes, TypeError for an axis that is no integer.

    >>> Flatten()(autograd.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = size("Flatten: start_dim", start_dim, -64)
        self.end_dim = size("Flatten: end_dim", end_dim, -64)

    def forward(self, input: Any) -> Any:
        """Map (a, b, c, ...) to (a, b c ...)."""
        shape = input.shape
        start = _axis("Flatten: start_dim", self.start_dim, shape)
        end = _axis("Flatten: end_dim", self.end_dim, shape)
        if start > end:
            raise ShapeError(f"Flatten: start_dim={self.start_dim} is after end_dim={self.end_dim} in {shape}")
        return input.reshape((*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))


class Unflatten(Module):
    """The axis `dim` split into several, of the sizes `unflattened_size`; one of them may be -1.

    Raises ShapeError where that axis has another length. PyTorch's named axes are left out.

    >>> Unflatten(1, (3, -1))(autograd.ones((2, 12))).shape
    (2, 3, 4)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim = size("Unflatten: dim", dim, -64)
        try:
            sizes = tuple(unflattened_size)
        except TypeError:
            raise TypeError(f"Unflatten: unflattened_size={unflattened_size!r} is no sequence of integers") from None
        self.unflattened_size = tuple(size("Unflatten: unflattened_size, a size", n, -1) for n in sizes)
        if not self.unflattened_size or self.unflattened_size.count(-1) > 1:
            raise ValueError(f"Unflatten: unflattened_size={unflattened_size} needs sizes, at most one of them -1")

    def forward(self, input: Any) -> Any:
        """Map (..., n, ...) to (..., *unflattened_size, ...)."""
        shape, sizes = input.shape, self.unflattened_size
        axis = _axis("Unflatten: dim", self.dim, shape)
        length, known = shape[axis] if shape else 1, prod(n for n in sizes if n != -1)
        if -1 in sizes and known and length % known == 0:
            sizes = tuple(length // known if n == -1 else n for n in sizes)
        if prod(sizes) != length or -1 in sizes:
            raise ShapeError(f"Unflatten: axis {self.dim} of {shape} has length {length}, not that of {sizes}")
        return input.reshape((*shape[:axis], *sizes, *shape[axis + 1 :]))
