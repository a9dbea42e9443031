"""Embedding: a vector for each of a fixed number of things, found by its number."""

from dataclasses import KW_ONLY, InitVar
from typing import Self, cast

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.types import Value
from autograd.ops.shapes import fit
from autograd.support.checks import flag, shape_of, size
from autograd.support.settings import Count, Size

from . import init
from .layer import Layer
from .module import Parameter

__all__ = ["Embedding"]


def _padding(name: str, padding_idx: int | None, count: int) -> int | None:
    if padding_idx is None:
        return None
    if not -count <= size(f"{name}: padding_idx", padding_idx, -count) < count:
        raise ValueError(f"{name}: padding_idx={padding_idx} is outside the {count} rows of the weight")
    return padding_idx % count


def embedding(input: Value, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """weight[input], the lookup of `Embedding`: integers of any shape (...) and a weight (V, D) give (..., D).

    Row `padding_idx` gets no gradient. The errors, and what is left out, are those of the layer.

    >>> embedding(np.array([1, 1, 0]), autograd.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[3.0, 4.0], [3.0, 4.0], [1.0, 2.0]]
    """
    rows = (*shape_of(weight), 0)[0]
    return autograd.embedding(weight, input, _padding("embedding", padding_idx, rows))


def one_hot(tensor: Value, num_classes: int = -1) -> Tensor:
    """Rows of zeros with a 1 at each index, as integers, in a new last axis; -1 classes are one more than the largest.

    Raises DtypeError unless they are integers, IndexError outside [0, num_classes). There is no gradient.

    >>> one_hot(autograd.tensor([0, 2]))
    Tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    count = size("one_hot: num_classes", num_classes, -1)
    if count == -1:
        if not np.size(tensor):
            raise ShapeError("one_hot: of no index the number of classes is unknown; give num_classes")
        count = int(np.max(tensor)) + 1
    return cast(Tensor, autograd.one_hot(tensor, count, np.int64))


class Embedding(Layer):
    """Row i of the weight for each integer i of the input: (...) gives (..., embedding_dim) (Bengio et al. 2003).

    The weight of shape (num_embeddings, embedding_dim) starts standard normal. The row `padding_idx` starts at 0 and
    is never trained. Raises DtypeError unless the input holds integers, IndexError outside [0, num_embeddings).
    PyTorch's max_norm (and norm_type), scale_grad_by_freq and sparse are left out: the first writes to the weight in
    the forward pass, the others change what a gradient is.

    >>> Embedding(10, 3)(np.array([[1, 2], [4, 9]])).shape
    (2, 2, 3)
    """

    num_embeddings: Size
    embedding_dim: Count
    padding_idx: int | None = None
    _: KW_ONLY
    _weight: InitVar[Value | None] = None

    def _setup(self, _weight: Value | None) -> None:
        """The weight: standard normal, or the one that is given."""
        self.padding_idx = _padding("Embedding", self.padding_idx, self.num_embeddings)
        rows, columns = shape = self.num_embeddings, self.embedding_dim
        self.weight: Tensor
        if _weight is None:
            self.weight = init.normal_(Parameter(autograd.zeros(shape)))
            if self.padding_idx is not None:
                self.weight.data[self.padding_idx] = 0.0
        else:
            fit("Embedding", "_weight (rows, columns)", _weight, rows=rows, columns=columns)
            self.weight = Parameter(_weight)

    @classmethod
    def from_pretrained(cls, embeddings: Value, freeze: bool = True, padding_idx: int | None = None) -> Self:
        """Embed with these vectors (num_embeddings, embedding_dim), copied, trained only if `freeze` is False.

        Raises ShapeError for another number of axes.

        >>> Embedding.from_pretrained(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]))(np.array(1))
        Tensor([3., 4.])
        """
        frozen = flag("Embedding.from_pretrained: freeze", freeze)
        fit("Embedding.from_pretrained", "embeddings (num_embeddings, embedding_dim)", embeddings)
        rows, columns = shape_of(embeddings)
        made = cls(rows, columns, padding_idx, _weight=embeddings)
        made.weight.requires_grad = not frozen
        return made

    def forward(self, input: Value) -> Tensor:
        """Look up integers of shape (...); the result has shape (..., embedding_dim)."""
        return autograd.embedding(self.weight, input, self.padding_idx)
