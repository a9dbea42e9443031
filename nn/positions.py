"""Where in a sequence an element stands: attention itself does not see it, so it is added or turned in."""

from functools import lru_cache
from typing import Annotated

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.types import Array, Dtype
from autograd.ops.shapes import fit
from autograd.support.checks import size
from autograd.support.settings import Flag, Positive, Size

from .layer import Layer
from .module import Buffer, Module, Parameter

__all__ = ["LearnedPositions", "RotaryPositions", "SinusoidalPositions"]


def _even(what: str, value: int) -> int:
    """A number of features, which are taken in pairs."""
    if size(what, value) % 2:
        raise ValueError(f"{what}={value} is odd, but features are taken in pairs")
    return size(what, value)


Even = Annotated[int, _even]


class _AddedPositions(Module):
    """Adds a row of a table to each element of a sequence."""

    d_model: int
    max_len: int
    batch_first: bool

    _table: str  # the attribute that holds it

    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        """Add to x (L, N, d_model), (N, L, d_model) with `batch_first`, or (L, d_model) the rows from `offset` on."""
        name = type(self).__name__
        fit(name, "x (N?, L, d_model)" if self.batch_first else "x (L, N?, d_model)", x, d_model=self.d_model)
        shape = x.shape
        length = shape[1 if self.batch_first and len(shape) == 3 else 0]
        size(f"{name}: offset", offset, 0)
        if offset + length > self.max_len:
            raise ShapeError(
                f"{name}: positions {offset} to {offset + length - 1} of x {shape} go beyond max_len={self.max_len}"
            )
        rows: Tensor = getattr(self, self._table)[offset : offset + length]
        return x + (autograd.expand_dims(rows, 1) if len(shape) == 3 and not self.batch_first else rows)


class SinusoidalPositions(_AddedPositions, Layer):
    """Adds sines and cosines of falling frequency: a shift in position turns each pair of features by an angle.

    table[t, 2i] = sin(t / 10000**(2i / d_model)), table[t, 2i + 1] = cos(t / 10000**(2i / d_model))

    x (L, N, d_model), with `batch_first` (N, L, d_model), or (L, d_model), gives the same shape. Nothing is trained,
    and the table is not part of the state. Raises TypeError or ValueError for sizes that are no positive integers or an
    odd d_model, ShapeError for a sequence beyond max_len.

    Source: Vaswani et al. 2017, "Attention is all you need", section 3.5.

    >>> SinusoidalPositions(4, 10)(autograd.zeros((2, 4)))
    Tensor([[0.    , 1.    , 0.    , 1.    ],
            [0.8415, 0.5403, 0.01  , 0.9999]])
    """

    d_model: Even
    max_len: Size
    batch_first: Flag = False

    _table = "table"

    def _setup(self) -> None:
        """The table."""
        angles = np.arange(self.max_len)[:, None] * _frequencies(self.d_model, 10000.0)
        table = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(self.max_len, self.d_model)
        self.table: Tensor = Buffer(table.astype(autograd.zeros(()).dtype), persistent=False)


class LearnedPositions(_AddedPositions, Layer):
    """Adds a trained vector to each position of a sequence.

    y[t] = x[t] + weight[t], with weight (max_len, d_model) starting normal with deviation 0.02.

    x (L, N, d_model), with `batch_first` (N, L, d_model), or (L, d_model), gives the same shape. Raises TypeError or
    ValueError for sizes that are no positive integers, ShapeError for a sequence beyond max_len.

    Source: Radford et al. 2018, "Improving language understanding by generative pre-training".

    >>> LearnedPositions(10, 4)(autograd.zeros((7, 2, 4))).shape
    (7, 2, 4)
    """

    max_len: Size
    d_model: Size
    batch_first: Flag = False

    _table = "weight"

    def _setup(self) -> None:
        """The weight."""
        self.weight: Tensor = Parameter(autograd.normal(0.0, 0.02, (self.max_len, self.d_model)))


class RotaryPositions(Layer):
    """Turns each pair of features of a query or key by an angle that grows with its position.

    The pair (x[2i], x[2i + 1]) at position t is turned by t / base**(2i / head_dim), so the product of a query at m
    and a key at n depends on their positions only through m - n.

    x (..., L, head_dim) gives the same shape; apply it to queries and keys, after they were split into heads. Raises
    TypeError or ValueError for a head_dim that is no even positive integer or a base that is no positive number,
    ShapeError for another last axis, DtypeError unless x holds floats.

    Source: Su et al. 2021, "RoFormer: enhanced transformer with rotary position embedding", eq. 15.

    >>> RotaryPositions(2)(autograd.tensor([[1.0, 0.0], [1.0, 0.0]]))
    Tensor([[1.    , 0.    ],
            [0.5403, 0.8415]])
    """

    head_dim: Even
    base: Positive = 10000.0

    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        """Turn x (..., L, head_dim), whose first element stands at position `offset`."""
        fit("RotaryPositions", "x (..., L, head_dim)", x, head_dim=self.head_dim)
        size("RotaryPositions: offset", offset, 0)
        return autograd.rotate_pairs(x, *_turns(self.head_dim, self.base, offset, x.shape[-2], x.dtype))


@lru_cache(maxsize=8)
def _turns(head_dim: int, base: float, start: int, length: int, dtype: Dtype) -> tuple[Array, Array]:
    """Cosines and sines (length, head_dim / 2), kept, since all heads and layers ask for the same."""
    angles = np.arange(start, start + length)[:, None] * _frequencies(head_dim, base)
    return np.cos(angles).astype(dtype), np.sin(angles).astype(dtype)


def _frequencies(features: int, base: float) -> Array:
    return base ** (-np.arange(0, features, 2) / features)
