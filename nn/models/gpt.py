"""A language model: a decoder-only transformer that predicts the next token."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.types import Array, Value
from autograd.ops.shapes import fit
from autograd.support.checks import number, shape_of, size
from autograd.support.settings import unless_none

from .. import GELU, Dropout, Embedding, LayerNorm, Linear, Module, ModuleList, Sequential, init
from ..functional import scaled_dot_product_attention
from ..module import evaluating

__all__ = ["GPT"]

Pair = tuple[Tensor, Tensor]  # keys and values so far, (N, heads, length, size)
Cache = list[Pair]  # of each block


class CausalSelfAttention(Module):
    """Every position attends to itself and to those before it, in several heads.

    >>> CausalSelfAttention(8, 2, 0.0)(autograd.zeros((5, 3, 8)))[0].shape
    (5, 3, 8)
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        self.heads = heads
        self.dropout = dropout
        self.qkv = Linear(width, 3 * width)
        self.out = Linear(width, width)

    if TYPE_CHECKING:

        def __call__(self, x: Tensor, past: Pair | None = None) -> tuple[Tensor, Pair]:  # type: ignore[override]
            """The output, and keys and values."""

    def forward(self, x: Tensor, past: Pair | None = None) -> tuple[Tensor, Pair]:
        """Mix x (N, T, width) over positions; with the keys and values of `past` positions, and return all of them."""
        n, t, width = x.shape
        parts = autograd.moveaxis(self.qkv(x).reshape(n, t, 3, self.heads, width // self.heads), (2, 3), (0, 2))
        q, k, v = parts[0], parts[1], parts[2]
        if past is not None:
            k, v = (autograd.concatenate(pair, axis=2) for pair in zip(past, (k, v)))
        dropped = self.dropout if self.training else 0.0
        y = scaled_dot_product_attention(q, k, v, dropout_p=dropped, is_causal=past is None)
        return self.out(autograd.moveaxis(y, 1, 2).reshape(n, t, width)), (k, v)


class Block(Module):
    """x + attention(norm(x)), then x + mlp(norm(x))."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        self.norm1 = LayerNorm(width)
        self.attention = CausalSelfAttention(width, heads, dropout)
        self.norm2 = LayerNorm(width)
        self.mlp = Sequential(Linear(width, 4 * width), GELU("tanh"), Linear(4 * width, width))
        self.dropout = Dropout(dropout)

    if TYPE_CHECKING:

        def __call__(self, x: Tensor, past: Pair | None = None) -> tuple[Tensor, Pair]:  # type: ignore[override]
            """The output, and keys and values."""

    def forward(self, x: Tensor, past: Pair | None = None) -> tuple[Tensor, Pair]:
        """Refine x (N, T, width); return it with the block's keys and values."""
        attended, kept = self.attention(self.norm1(x), past)
        x = x + self.dropout(attended)
        return x + self.dropout(self.mlp(self.norm2(x))), kept


class GPT(Module):
    """A decoder-only transformer in the style of GPT-2 (Radford et al. 2019).

    Tokens (N, T), integers below `vocabulary`, T at most `context`; logits (N, T, vocabulary) of each next token.
    Raises ShapeError for longer sequences.

    >>> model = GPT(vocabulary=65, context=16, width=32, heads=4, layers=2)
    >>> model(np.zeros((2, 16), int)).shape
    (2, 16, 65)
    >>> model.generate(np.array([[1, 2, 3]]), 5).shape
    (1, 8)
    """

    def __init__(
        self, vocabulary: int, context: int, width: int = 128, heads: int = 4, layers: int = 4, dropout: float = 0.0
    ) -> None:
        if width % heads:
            raise ValueError(f"GPT: {heads} heads must divide the width {width}")
        self.context = context
        self.tokens = Embedding(vocabulary, width)
        self.positions = Embedding(context, width)
        self.dropout = Dropout(dropout)
        self.blocks = ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = LayerNorm(width)
        self.head = Linear(width, vocabulary, bias=False)
        for name, parameter in self.named_parameters():
            if name.endswith(("out.weight", "mlp.2.weight")):  # the more terms add up, the smaller each starts
                init.normal_(parameter, 0.0, 0.02 / (2 * layers) ** 0.5)
            elif parameter.ndim > 1:
                init.normal_(parameter, 0.0, 0.02)

    def forward(self, tokens: Array) -> Tensor:
        """Logits of the token after each position."""
        return self._run(tokens, None)[0]

    def _run(self, tokens: Array, cache: Cache | None) -> tuple[Tensor, Cache]:
        """The logits after `tokens`, which follow the positions in `cache`; and the cache with theirs."""
        fit("GPT", "tokens (N, T)", tokens, hint="one text alone needs tokens[None]")
        if not shape_of(tokens)[1]:
            raise ShapeError(f"GPT: tokens {shape_of(tokens)}; it takes T of 1 or more")
        start = cache[0][0].shape[2] if cache else 0
        length = start + tokens.shape[1]
        if length > self.context:
            raise ShapeError(f"GPT: {length} tokens; its context holds {self.context}, give it the last of them")
        x = self.dropout(self.tokens(tokens) + self.positions(np.arange(start, length)))
        kept = []
        for i, block in enumerate(self.blocks):
            x, pair = cast(Block, block)(x, cache[i] if cache else None)
            kept.append(pair)
        return self.head(self.norm(x)), kept

    def generate(self, tokens: Value, count: int, temperature: float = 1.0, top_k: int | None = None) -> Array:
        """Continue the integers `tokens` (N, T) by `count` more, each drawn from softmax(logits / temperature).

        `temperature=0` takes the likeliest each time; `top_k` draws among the k likeliest. Keys and values are kept, so
        a step costs one position; where the context is full, the last `context` tokens are read anew at each step.
        Nothing is dropped out. Draws are repeatable with `autograd.seed`. Returns an array (N, T + count).
        """
        number("GPT.generate: temperature", temperature, 0.0)
        unless_none(size, "GPT.generate: top_k", top_k)
        tokens = np.asarray(tokens)
        with evaluating(self):
            cache: Cache | None = None
            for _ in range(count):
                if cache is None or cache[0][0].shape[2] == self.context:
                    logits, cache = self._run(tokens[..., -self.context :], None)
                else:
                    logits, cache = self._run(tokens[:, -1:], cache)
                chosen = _draw(logits.data[:, -1], temperature, top_k)
                tokens = np.concatenate([tokens, chosen], axis=1)
        return tokens


def _draw(logits: Array, temperature: float, top_k: int | None) -> Array:
    """One token of each row (N, vocabulary), as (N, 1)."""
    if temperature == 0:
        return logits.argmax(axis=1, keepdims=True)
    if top_k is not None and top_k < logits.shape[1]:
        out = np.argpartition(logits, -top_k, axis=1)[:, :-top_k]
        logits = logits.copy()
        np.put_along_axis(logits, out, -np.inf, axis=1)
    # the largest of logits plus Gumbel noise is a draw from their softmax
    noise = -np.log(-np.log(autograd.uniform(size=logits.shape).data.clip(1e-12, 1 - 1e-7)))
    return (logits / temperature + noise).argmax(axis=1, keepdims=True)
