"""Lengths of vectors and distances between them: functions, and the layers that call them."""

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.ops.shapes import fit
from autograd.support.checks import flag, floats, number, positive, shape_of
from autograd.support.settings import Flag, NotNegative, Positive

from .layer import Dim, OfFunction, axis_of

__all__ = ["CosineSimilarity", "PairwiseDistance"]


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input / max(norm, eps), with its p-norm along `dim`: vectors of length 1, in any shape.

    Raises ShapeError where the input has no such axis, DtypeError unless it holds floats, ValueError unless p > 0.

    >>> normalize(Tensor([[3.0, 4.0]]))
    Tensor([[0.6, 0.8]])
    """
    floats("normalize: input", input)
    axis = axis_of("normalize: dim", dim, shape_of(input))
    length = autograd.norm(input, positive("normalize: p", p), axis=axis, keepdims=True)
    return input / autograd.maximum(length, number("normalize: eps", eps, 0.0))


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along `dim`, of shapes that broadcast; see `CosineSimilarity`.

    >>> cosine_similarity(Tensor([[1.0, 0.0]]), Tensor([[1.0, 1.0]]))
    Tensor([0.7071])
    """
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    axis = axis_of("cosine_similarity: dim", dim, shape)
    x1, x2 = (autograd.broadcast_to(x, shape) for x in (x1, x2))  # lengths are those of the vectors that are compared
    return autograd.sum(normalize(x1, 2.0, axis, eps) * normalize(x2, 2.0, axis, eps), axis=axis)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last axis, of shapes that broadcast; see `PairwiseDistance`.

    >>> pairwise_distance(Tensor([[1.0, 1.0]]), Tensor([[4.0, 5.0]]))
    Tensor([5.])
    """
    fit("pairwise_distance", "x1 (..., D)", x1)
    fit("pairwise_distance", "x2 (..., D)", x2)
    p, keepdim = positive("pairwise_distance: p", p), flag("pairwise_distance: keepdim", keepdim)
    return autograd.norm(x1 - x2 + number("pairwise_distance: eps", eps), p, axis=-1, keepdims=keepdim)


class _OfTwo(OfFunction):
    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compare two arrays of vectors."""
        settings: list[Any] = [vars(self)[name] for name in self._passed]
        return self.function(x1, x2, *settings)


class CosineSimilarity(_OfTwo, function=cosine_similarity):
    """The cosine of the angle between vectors along `dim`: their product over their lengths, each at least eps.

    Two arrays of shapes that broadcast give one without that axis. Raises ShapeError where there is no such axis,
    DtypeError unless they hold floats.

    >>> CosineSimilarity()(Tensor([[1.0, 0.0]]), Tensor([[1.0, 1.0]]))
    Tensor([0.7071])
    """

    dim: Dim = 1
    eps: NotNegative = 1e-8


class PairwiseDistance(_OfTwo, function=pairwise_distance):
    """The p-norm of x1 - x2 + eps along the last axis, which stays as one of length 1 with `keepdim`.

    Two arrays (..., D) of shapes that broadcast give (...). Raises ShapeError for arrays without an axis, ValueError
    unless p > 0.

    >>> PairwiseDistance()(Tensor([[1.0, 1.0]]), Tensor([[4.0, 5.0]]))
    Tensor([5.])
    """

    p: Positive = 2.0
    eps: NotNegative = 1e-6
    keepdim: Flag = False
