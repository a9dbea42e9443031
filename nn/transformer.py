"""The Transformer (Vaswani et al. 2017, "Attention is all you need"): its layers, their stacks, and the whole."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import ShapeError
from autograd.support.checks import flag, number, size

from .attention import MultiheadAttention
from .containers import ModuleList
from .dropout import Dropout
from .init import xavier_uniform_
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Activation = str | Callable[[Any], Any]


def _function(name: str, activation: Activation) -> Callable[[Any], Any]:
    if callable(activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(f"{name}: activation={activation!r} is neither 'relu' nor 'gelu' nor a function")
    if activation not in ("relu", "gelu"):
        raise ValueError(f"{name}: activation={activation!r} is neither 'relu' nor 'gelu' nor a function")
    return autograd.relu if activation == "relu" else autograd.gelu


def _check(
    name: str,
    d_model: Any,
    nhead: Any,
    dim_feedforward: Any,
    dropout: Any,
    layer_norm_eps: Any,
    batch_first: Any,
    norm_first: Any,
    bias: Any,
) -> None:
    """Raise TypeError or ValueError unless these settings are what they have to be."""
    size(f"{name}: d_model", d_model)
    size(f"{name}: nhead", nhead)
    size(f"{name}: dim_feedforward", dim_feedforward)
    if d_model % nhead:
        raise ValueError(f"{name}: nhead={nhead} does not divide d_model={d_model}")
    number(f"{name}: dropout", dropout, 0.0, 1.0)
    number(f"{name}: layer_norm_eps", layer_norm_eps, 0.0)
    for what, value in (("batch_first", batch_first), ("norm_first", norm_first), ("bias", bias)):
        flag(f"{name}: {what}", value)


class _Layer(Module):
    """What an encoder's layer and a decoder's share: sub-layers, each with a residual connection and a norm."""

    _sublayers = 2

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = autograd.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ) -> None:
        sizes = d_model, nhead, dim_feedforward
        _check(type(self).__name__, *sizes, dropout, layer_norm_eps, batch_first, norm_first, bias)
        self.d_model = d_model
        self.norm_first = norm_first
        self.activation = _function(type(self).__name__, activation)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first)
        self._add_attention(nhead, dropout, bias, batch_first)
        self.linear1 = Linear(d_model, dim_feedforward, bias)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias)
        for i in range(1, self._sublayers + 1):
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias))
        for i in range(1, self._sublayers + 1):
            setattr(self, f"dropout{i}", Dropout(dropout))

    def _add_attention(self, nhead: int, dropout: float, bias: bool, batch_first: bool) -> None:
        """Further attention of a subclass."""

    def _residual(self, number: int, x: Any, sublayer: Callable[[Any], Any]) -> Any:
        """x + dropout(sublayer(norm(x))) with `norm_first`, otherwise norm(x + dropout(sublayer(x)))."""
        norm, drop = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + drop(sublayer(norm(x)))
        return norm(x + drop(sublayer(x)))

    def _feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then two linear maps at each position; a residual connection and a layer norm around each.

    x = norm1(x + self_attn(x)), y = norm2(x + linear2(activation(linear1(x)))); with `norm_first` (Xiong et al. 2020),
    x = x + self_attn(norm1(x)), y = x + linear2(activation(linear1(norm2(x)))). Dropout follows every sub-layer.

    src (L, N, d_model), with `batch_first` (N, L, d_model), or (L, d_model), gives the same shape. `activation` is
    "relu", "gelu" or a function. Raises TypeError or ValueError for other settings, in forward ShapeError or
    DtypeError.

    Source: Vaswani et al. 2017, section 3.1.

    >>> TransformerEncoderLayer(8, 2, 16)(autograd.ones((5, 3, 8))).shape
    (5, 3, 8)
    """

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """Masks as in MultiheadAttention (True: must not attend); `is_causal` masks what comes later."""

        def attend(x: Any) -> Any:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)[0]

        return self._residual(2, self._residual(1, src, attend), self._feed_forward)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to the encoder's output, then two linear maps at each position.

    As TransformerEncoderLayer, with multihead_attn(x, memory) between. tgt (T, N, d_model) and memory (S, N, d_model),
    with `batch_first` (N, T, d_model) and (N, S, d_model), or both without N, give the shape of tgt. Errors are
    those of TransformerEncoderLayer.

    Source: Vaswani et al. 2017, section 3.1.

    >>> TransformerDecoderLayer(8, 2, 16)(autograd.ones((5, 3, 8)), autograd.ones((4, 3, 8))).shape
    (5, 3, 8)
    """

    _sublayers = 3

    def _add_attention(self, nhead: int, dropout: float, bias: bool, batch_first: bool) -> None:
        self.multihead_attn = MultiheadAttention(self.d_model, nhead, dropout, bias, batch_first=batch_first)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """Masks as in MultiheadAttention (True: must not attend); `..._is_causal` masks what comes later."""

        def attend(x: Any) -> Any:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)[0]

        def attend_to_memory(x: Any) -> Any:
            padding, causal = memory_key_padding_mask, memory_is_causal
            return self.multihead_attn(x, memory, memory, padding, False, memory_mask, is_causal=causal)[0]

        return self._residual(
            3, self._residual(2, self._residual(1, tgt, attend), attend_to_memory), self._feed_forward
        )


class _Stack(Module):
    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        name = type(self).__name__
        self.num_layers = size(f"{name}: num_layers", num_layers, 0)
        if not isinstance(layer, Module):
            raise TypeError(f"{name}: the layer is {layer!r}, not a Module such as TransformerEncoderLayer")
        if norm is not None and not isinstance(norm, Module):
            raise TypeError(f"{name}: norm={norm!r} is not a Module such as LayerNorm, or None")
        self.layers = ModuleList(copy.deepcopy(layer) for _ in range(num_layers))
        self.norm = norm

    def _run(self, x: Any, *args: Any) -> Any:
        for layer in self.layers:
            x = layer(x, *args)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """`num_layers` copies of a layer, one after the other, then `norm` if given; all start equal.

    Shapes are those of the layer. Raises TypeError for what is no Module, ValueError for a negative `num_layers`.
    PyTorch's `enable_nested_tensor` and `mask_check` choose how it computes, and are left out.

    Source: Vaswani et al. 2017, section 3.1.

    >>> encoder = TransformerEncoder(TransformerEncoderLayer(8, 2, 16), 2)
    >>> encoder(autograd.ones((5, 3, 8))).shape
    (5, 3, 8)
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(encoder_layer, num_layers, norm)

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        """Masks as in TransformerEncoderLayer; `is_causal` None leaves it to `mask`."""
        return self._run(src, mask, src_key_padding_mask, bool(is_causal))


class TransformerDecoder(_Stack):
    """`num_layers` copies of a layer, one after the other, then `norm` if given; all start equal.

    Shapes are those of the layer. Raises TypeError for what is no Module, ValueError for a negative `num_layers`.

    Source: Vaswani et al. 2017, section 3.1.

    >>> decoder = TransformerDecoder(TransformerDecoderLayer(8, 2, 16), 2)
    >>> decoder(autograd.ones((5, 3, 8)), autograd.ones((4, 3, 8))).shape
    (5, 3, 8)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """Masks as in TransformerDecoderLayer; `tgt_is_causal` None leaves it to `tgt_mask`."""
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        return self._run(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)


class Transformer(Module):
    """An encoder of the source and a decoder of the target that attends to it, with a norm after each.

    src (S, N, d_model) and tgt (T, N, d_model), with `batch_first` (N, S, d_model) and (N, T, d_model), or both
    without N, give the shape of tgt. All matrices start as in nn.init.xavier_uniform_. Embeddings, positions and the
    output layer are left to the caller. Errors are those of TransformerEncoderLayer.

    Source: Vaswani et al. 2017.

    >>> model = Transformer(8, 2, 1, 1, 16)
    >>> mask = model.generate_square_subsequent_mask(4)
    >>> model(autograd.ones((5, 3, 8)), autograd.ones((4, 3, 8)), tgt_mask=mask).shape
    (4, 3, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = autograd.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ) -> None:
        name = type(self).__name__
        settings = dropout, layer_norm_eps, batch_first, norm_first, bias
        _check(name, d_model, nhead, dim_feedforward, *settings)
        size(f"{name}: num_encoder_layers", num_encoder_layers, 0)
        size(f"{name}: num_decoder_layers", num_decoder_layers, 0)
        _function(name, activation)
        for what, part in (("custom_encoder", custom_encoder), ("custom_decoder", custom_decoder)):
            if part is not None and not isinstance(part, Module):
                raise TypeError(f"{name}: {what}={part!r} is not a Module, or None")
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first
        sizes = d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias)

        self.encoder: Any = custom_encoder
        self.decoder: Any = custom_decoder
        if custom_encoder is None:
            self.encoder = TransformerEncoder(TransformerEncoderLayer(*sizes), num_encoder_layers, norm())
        if custom_decoder is None:
            self.decoder = TransformerDecoder(TransformerDecoderLayer(*sizes), num_decoder_layers, norm())
        for parameter in self.parameters():
            if parameter.ndim > 1:
                xavier_uniform_(parameter)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """Masks as in MultiheadAttention (True: must not attend): src (S, S), tgt (T, T), memory (T, S)."""
        self._check(np.shape(src), np.shape(tgt))
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        return self.decoder(tgt, memory, *masks, tgt_is_causal, memory_is_causal)

    def _check(self, src: tuple[int, ...], tgt: tuple[int, ...]) -> None:
        said = f"Transformer: src {src} and tgt {tgt}"
        if len(src) not in (2, 3) or len(src) != len(tgt):
            raise ShapeError(f"{said} need two axes (length, features) each, or three with a batch")
        batch = 0 if self.batch_first else 1
        if len(src) == 3 and src[batch] != tgt[batch]:
            raise ShapeError(f"{said} differ in the batch, their axis {batch}; see batch_first")
        if {src[-1], tgt[-1]} != {self.d_model}:
            raise ShapeError(f"{said} need d_model={self.d_model} features in their last axis")

    @staticmethod
    def generate_square_subsequent_mask(sz: int) -> Any:
        """A float mask (sz, sz) that hides what comes later: -inf above the diagonal, else 0.

        Raises TypeError or ValueError unless `sz` is an integer of at least 0.

        >>> Transformer.generate_square_subsequent_mask(2)
        Tensor([[  0., -inf],
                [  0.,   0.]])
        """
        size("Transformer: sz", sz, 0)
        return autograd.triu(autograd.full((sz, sz), -np.inf), 1)
