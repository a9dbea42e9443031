"""A text encoder: a transformer that reads in both directions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.types import Array, Value
from autograd.ops.shapes import fit
from autograd.support.checks import shape_of

from .. import Dropout, Embedding, LayerNorm, Linear, Module, TransformerEncoder, TransformerEncoderLayer

__all__ = ["BERT"]


class BERT(Module):
    """An encoder in which each token sees all others, in the style of BERT (Devlin et al. 2018); see `load_bert`.

    Tokens (N, T), integers below `vocabulary`, T at most `context`; states (N, T, width) of each token in its sentence.
    `mask` (N, T) is true (or 1) where a token counts, and false where a shorter text is filled up; `kinds` (N, T),
    integers below the number `kinds`, says of which of two sentences a token is, 0 where it is not given. Raises
    ShapeError for longer sequences.

    >>> model = BERT(vocabulary=65, context=16, width=32, heads=4, layers=2)
    >>> states = model(np.zeros((2, 16), int))
    >>> states.shape, model.pooled(states).shape
    ((2, 16, 32), (2, 32))
    """

    def __init__(
        self,
        vocabulary: int,
        context: int = 512,
        width: int = 384,
        heads: int = 12,
        layers: int = 6,
        inner: int | None = None,
        kinds: int = 2,
        dropout: float = 0.0,
        activation: str | Callable[[Tensor], Tensor] = "gelu",
        eps: float = 1e-12,
        pooler: bool = True,
    ) -> None:
        self.context = context
        self.tokens = Embedding(vocabulary, width)
        self.positions = Embedding(context, width)
        self.kinds = Embedding(kinds, width)
        self.norm = LayerNorm(width, eps)
        self.dropout = Dropout(dropout)
        layer = TransformerEncoderLayer(width, heads, inner or 4 * width, dropout, activation, eps, batch_first=True)
        self.encoder = TransformerEncoder(layer, layers)
        self.pooler = Linear(width, width) if pooler else None

    def forward(self, tokens: Array, mask: Value | None = None, kinds: Array | None = None) -> Tensor:
        """The state of each token; of those that `mask` leaves out it means nothing."""
        fit("BERT", "tokens (N, T)", tokens, hint="one text alone needs tokens[None]")
        shape = shape_of(tokens)
        if not 0 < shape[1] <= self.context:
            raise ShapeError(f"BERT: {shape[1]} tokens; it takes 1 to {self.context}, cut the text or split it")
        for name, given in (("mask", mask), ("kinds", kinds)):
            if given is not None and shape_of(given) != shape:
                raise ShapeError(f"BERT: {name} {shape_of(given)} for tokens {shape}; it has one value for each token")
        kinds = np.zeros(shape, int) if kinds is None else kinds
        x = self.tokens(tokens) + self.positions(np.arange(shape[1])) + self.kinds(kinds)
        left_out = None if mask is None else np.equal(mask, 0)
        return self.encoder(self.dropout(self.norm(x)), src_key_padding_mask=left_out)

    def pooled(self, states: Tensor) -> Tensor:
        """One vector (N, width) for each text, as BERT was trained to make it of its first token's state."""
        if self.pooler is None:
            raise ValueError("BERT.pooled: this model has no pooler; take states[:, 0], or their mean over the tokens")
        return autograd.tanh(self.pooler(states[:, 0]))
