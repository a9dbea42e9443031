"""A transformer that reads one sequence and writes another."""

from __future__ import annotations

import numpy as np

from autograd import Tensor
from autograd.engine.types import Array, Value
from autograd.support.checks import shape_of

from .. import Embedding, Linear, Module, SinusoidalPositions, Transformer
from ..module import evaluating

__all__ = ["Seq2SeqTransformer"]


class Seq2SeqTransformer(Module):
    """Embeddings, sinusoidal positions, an encoder-decoder transformer (Vaswani et al. 2017) and a linear layer.

    Sources (N, S) and targets (N, T), integers below `vocabulary`; logits (N, T, vocabulary) of the token after each
    target token. `padding` is a token to be ignored in sources.

    >>> model = Seq2SeqTransformer(12, width=16, heads=2, layers=1)
    >>> model(np.ones((5, 7), int), np.ones((5, 3), int)).shape
    (5, 3, 12)
    >>> model.generate(np.ones((5, 7), int), start=0, count=4).shape
    (5, 4)
    """

    def __init__(
        self,
        vocabulary: int,
        width: int = 64,
        heads: int = 4,
        layers: int = 2,
        dropout: float = 0.0,
        max_len: int = 512,
        padding: int | None = None,
    ) -> None:
        self.padding = padding
        self.embedding = Embedding(vocabulary, width)
        self.positions = SinusoidalPositions(width, max_len, batch_first=True)
        self.transformer = Transformer(
            width, heads, layers, layers, dim_feedforward=4 * width, dropout=dropout, batch_first=True, norm_first=True
        )
        self.head = Linear(width, vocabulary)

    def _embed(self, tokens: Value) -> Tensor:
        return self.positions(self.embedding(tokens))

    def _mask(self, source: Value) -> Array | None:
        """Where a source is padding."""
        return None if self.padding is None else np.equal(source, self.padding)

    def encode(self, source: Value) -> Tensor:
        """The sources' memory (N, S, width)."""
        return self.transformer.encoder(self._embed(source), src_key_padding_mask=self._mask(source))

    def decode(self, target: Array, memory: Tensor, source: Value) -> Tensor:
        """Logits of the token after each target token."""
        causal = Transformer.generate_square_subsequent_mask(shape_of(target)[1])
        y = self.transformer.decoder(
            self._embed(target), memory, tgt_mask=causal, memory_key_padding_mask=self._mask(source)
        )
        return self.head(y)

    def forward(self, source: Value, target: Array) -> Tensor:
        """Read the sources, and predict each next target token from those before it."""
        return self.decode(target, self.encode(source), source)

    def generate(self, source: Array, start: int, count: int) -> Array:
        """Write `count` tokens after `start`, each time the likeliest; no gradient. Returns integers (N, count)."""
        with evaluating(self):
            memory = self.encode(source)
            written = np.full((len(source), 1), start)
            for _ in range(count):
                logits = self.decode(written, memory, source).data[:, -1]
                written = np.concatenate([written, logits.argmax(axis=1, keepdims=True)], axis=1)
        return written[:, 1:]
