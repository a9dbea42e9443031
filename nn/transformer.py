"""The Transformer (Vaswani et al. 2017, "Attention is all you need"): its layers, their stacks, and the whole."""

import copy
from collections.abc import Callable
from dataclasses import InitVar
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.ops.shapes import fit
from autograd.support.checks import size
from autograd.support.settings import Count, Flag, NotNegative, Share, Size, given

from .attention import MultiheadAttention
from .containers import ModuleList
from .dropout import Dropout
from .init import xavier_uniform_
from .layer import Layer, Maybe
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

__all__ = [
    "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
]  # fmt: skip

Function = Callable[[Tensor], Tensor]
TIME_FIRST = "src (S, N?, d_model), tgt (T, N?, d_model)"


def _function(what: str, value: str | Function) -> Function:
    if callable(value):
        return value
    if not isinstance(value, str) or value not in ("relu", "gelu"):
        wrong = ValueError if isinstance(value, str) else TypeError
        raise wrong(f"{what}={value!r} is neither 'relu' nor 'gelu' nor a function")
    return autograd.relu if value == "relu" else autograd.gelu


def _module(what: str, value: Module, such: str) -> Module:
    if not isinstance(value, Module):
        raise TypeError(f"{what}={value!r} is not a Module{such}")
    return value


Activation = Annotated[str | Function, _function]
Part = Annotated[Module, partial(_module, such=", or None")]
Norm = Annotated[Module, partial(_module, such=" such as LayerNorm, or None")]
ToCopy = Annotated[Module, partial(_module, such=" such as TransformerEncoderLayer")]

if TYPE_CHECKING:
    from .layer import Given

    Dropped = Given[float, Dropout]
    Applied = Given[str | Function, Function]
else:
    Dropped = InitVar[Share]
    Applied = Activation


class _Layer(Layer):
    """What an encoder's layer and a decoder's share: sub-layers, each with a residual connection and a norm."""

    d_model: Size
    nhead: InitVar[Size]
    dim_feedforward: InitVar[Size] = 2048
    dropout: Dropped = given(0.1)
    activation: Applied = given(autograd.relu)
    layer_norm_eps: InitVar[NotNegative] = 1e-5
    batch_first: InitVar[Flag] = False
    norm_first: Flag = False
    bias: InitVar[Flag] = True

    _sublayers: ClassVar[int] = 2

    def _setup(
        self, nhead: int, dim_feedforward: int, dropout: float, layer_norm_eps: float, batch_first: bool, bias: bool
    ) -> None:
        """Attention, two linear maps, and for each sub-layer a norm and a dropout."""
        if self.d_model % nhead:
            raise ValueError(f"{self._name}: nhead={nhead} does not divide d_model={self.d_model}")
        self._add_attention(nhead, dropout, bias, batch_first)
        self.linear1 = Linear(self.d_model, dim_feedforward, bias)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, self.d_model, bias)
        for i in range(1, self._sublayers + 1):
            setattr(self, f"norm{i}", LayerNorm(self.d_model, layer_norm_eps, bias=bias))
        for i in range(1, self._sublayers + 1):
            setattr(self, f"dropout{i}", Dropout(dropout))

    def _add_attention(self, nhead: int, dropout: float, bias: bool, batch_first: bool) -> None:
        self.self_attn = MultiheadAttention(self.d_model, nhead, dropout, bias, batch_first=batch_first)

    def _residual(self, number: int, x: Tensor, sublayer: Function) -> Tensor:
        """x + dropout(sublayer(norm(x))) with `norm_first`, otherwise norm(x + dropout(sublayer(x)))."""
        norm, drop = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + drop(sublayer(norm(x)))
        return norm(x + drop(sublayer(x)))

    def _feed_forward(self, x: Tensor) -> Tensor:
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

    def forward(
        self, src: Tensor, src_mask: Maybe = None, src_key_padding_mask: Maybe = None, is_causal: bool = False
    ) -> Tensor:
        """Masks as in MultiheadAttention (True: must not attend); `is_causal` masks what comes later."""

        def attend(x: Tensor) -> Tensor:
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
        super()._add_attention(nhead, dropout, bias, batch_first)
        self.multihead_attn = MultiheadAttention(self.d_model, nhead, dropout, bias, batch_first=batch_first)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Maybe = None,
        memory_mask: Maybe = None,
        tgt_key_padding_mask: Maybe = None,
        memory_key_padding_mask: Maybe = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Masks as in MultiheadAttention (True: must not attend); `..._is_causal` masks what comes later."""

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)[0]

        def attend_to_memory(x: Tensor) -> Tensor:
            padding, causal = memory_key_padding_mask, memory_is_causal
            return self.multihead_attn(x, memory, memory, padding, False, memory_mask, is_causal=causal)[0]

        return self._residual(
            3, self._residual(2, self._residual(1, tgt, attend), attend_to_memory), self._feed_forward
        )


class _Stack(Layer):
    def _setup(self, **given: Module) -> None:
        """Copies of the layer that is given, and then the norm."""
        norm, count = vars(self).pop("norm"), vars(self)["num_layers"]
        self.layers = ModuleList(copy.deepcopy(layer) for layer in given.values() for _ in range(count))
        self.norm: Module | None = norm

    def _run(self, x: Tensor, *args: Any) -> Tensor:
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

    encoder_layer: InitVar[ToCopy]
    num_layers: Count
    norm: Norm | None = None

    def forward(
        self, src: Tensor, mask: Maybe = None, src_key_padding_mask: Maybe = None, is_causal: bool | None = None
    ) -> Tensor:
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

    decoder_layer: InitVar[ToCopy]
    num_layers: Count
    norm: Norm | None = None

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Maybe = None,
        memory_mask: Maybe = None,
        tgt_key_padding_mask: Maybe = None,
        memory_key_padding_mask: Maybe = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Masks as in TransformerDecoderLayer; `tgt_is_causal` None leaves it to `tgt_mask`."""
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        return self._run(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)


class Transformer(Layer):
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

    d_model: Size = 512
    nhead: Size = 8
    num_encoder_layers: InitVar[Count] = 6
    num_decoder_layers: InitVar[Count] = 6
    dim_feedforward: InitVar[Size] = 2048
    dropout: InitVar[Share] = 0.1
    activation: InitVar[Activation] = autograd.relu
    custom_encoder: InitVar[Part | None] = None
    custom_decoder: InitVar[Part | None] = None
    layer_norm_eps: InitVar[NotNegative] = 1e-5
    batch_first: Flag = False
    norm_first: InitVar[Flag] = False
    bias: InitVar[Flag] = True

    def _setup(
        self,
        num_encoder_layers: int,
        num_decoder_layers: int,
        custom_encoder: Module | None,
        custom_decoder: Module | None,
        **settings: Any,
    ) -> None:
        """Encoder and decoder, of layers with the remaining settings."""
        if self.d_model % self.nhead:
            raise ValueError(f"{self._name}: nhead={self.nhead} does not divide d_model={self.d_model}")
        settings |= {"d_model": self.d_model, "nhead": self.nhead, "batch_first": self.batch_first}

        def norm() -> LayerNorm:
            return LayerNorm(self.d_model, settings["layer_norm_eps"], bias=settings["bias"])

        if custom_encoder is None:
            custom_encoder = TransformerEncoder(TransformerEncoderLayer(**settings), num_encoder_layers, norm())
        if custom_decoder is None:
            custom_decoder = TransformerDecoder(TransformerDecoderLayer(**settings), num_decoder_layers, norm())
        self.encoder, self.decoder = custom_encoder, custom_decoder
        for parameter in self.parameters():
            if parameter.ndim > 1:
                xavier_uniform_(parameter)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Maybe = None,
        tgt_mask: Maybe = None,
        memory_mask: Maybe = None,
        src_key_padding_mask: Maybe = None,
        tgt_key_padding_mask: Maybe = None,
        memory_key_padding_mask: Maybe = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Masks as in MultiheadAttention (True: must not attend): src (S, S), tgt (T, T), memory (T, S)."""
        layout = "src (N?, S, d_model), tgt (N?, T, d_model)" if self.batch_first else TIME_FIRST
        fit("Transformer", layout, src, tgt, hint="N is the batch, see batch_first", d_model=self.d_model)
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        return self.decoder(tgt, memory, *masks, tgt_is_causal, memory_is_causal)

    @staticmethod
    def generate_square_subsequent_mask(sz: int) -> Tensor:
        """A float mask (sz, sz) that hides what comes later: -inf above the diagonal, else 0.

        Raises TypeError or ValueError unless `sz` is an integer of at least 0.

        >>> Transformer.generate_square_subsequent_mask(2)
        Tensor([[  0., -inf],
                [  0.,   0.]])
        """
        size("Transformer: sz", sz, 0)
        return autograd.triu(autograd.full((sz, sz), -np.inf), 1)
