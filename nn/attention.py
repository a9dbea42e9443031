"""Scaled dot-product attention, and the layer of several attention heads."""

from dataclasses import InitVar
from typing import TYPE_CHECKING, Any, cast

import numpy as np

import autograd
from autograd import DtypeError, Tensor, linear
from autograd.engine.types import Array
from autograd.ops.shapes import fit
from autograd.support.checks import number
from autograd.support.settings import Flag, Share, Size

from .dropout import dropout
from .init import xavier_normal_, xavier_uniform_
from .layer import Layer, Maybe
from .linear import Linear
from .module import Parameter

__all__ = ["MultiheadAttention"]


Mask = Tensor | Array | None


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Mask = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """softmax(scale query @ key.T + attn_mask) @ value, with scale 1 / sqrt(E) by default.

    query (..., L, E), key (..., S, E) and value (..., S, Ev) give (..., L, Ev). In a boolean mask True takes part (in
    MultiheadAttention it is the other way round, both as in PyTorch); a float one is added; both broadcast to
    (..., L, S). `is_causal` masks keys after their query. A query with all keys masked gives zeros. Dropout of the
    weights is applied whenever `dropout_p` is not 0. There is no `enable_gqa`. Raises ShapeError or DtypeError for
    operands that do not fit, TypeError or ValueError for other settings, and for a mask and `is_causal` together.
    Source: Vaswani et al. 2017.

    >>> x = autograd.ones((1, 3, 2))
    >>> scaled_dot_product_attention(x, x, x, is_causal=True).shape
    (1, 3, 2)
    """
    if attn_mask is not None and is_causal:
        raise ValueError("scaled_dot_product_attention: attn_mask and is_causal=True exclude each other; join them")
    number("scaled_dot_product_attention: dropout_p", dropout_p, 0.0, 1.0)
    if scale is not None:
        number("scaled_dot_product_attention: scale", scale)
    return autograd.attention(query, key, value, attn_mask, scale, is_causal, dropout_p)


class MultiheadAttention(Layer):
    """Attention in `num_heads` subspaces at once, each with its own projections, joined by one more projection.

    head_i = attention(query Wq_i, key Wk_i, value Wv_i), output = [head_1, ..., head_h] Wo

    query (L, N, embed_dim), key (S, N, kdim) and value (S, N, vdim) give the output (L, N, embed_dim) and the weights
    (N, L, S), averaged over the heads, or (N, heads, L, S); with `batch_first`, N comes first; without a batch, there
    is no N. The output is computed faster with `need_weights=False`.

    In boolean masks True means "must not attend"; float masks are added to the scores. A query with all keys masked
    gets weights of zero (PyTorch: nan, or zero without weights). `add_bias_kv` appends a learned key and value,
    `add_zero_attn` a key and value of zeros; no mask hides these, and `is_causal` neither: each query sees them besides
    the keys up to its own place. Raises TypeError or ValueError for other settings, as a `num_heads` that does not
    divide `embed_dim`; ShapeError or DtypeError in forward.

    Source: Vaswani et al. 2017, "Attention is all you need", section 3.2.2.

    >>> x = autograd.ones((5, 2, 8))
    >>> output, weights = MultiheadAttention(8, 2)(x, x, x)
    >>> output.shape, weights.shape
    ((5, 2, 8), (2, 5, 5))
    """

    embed_dim: Size
    num_heads: Size
    dropout: Share = 0.0
    bias: InitVar[Flag] = True
    add_bias_kv: InitVar[Flag] = False
    add_zero_attn: Flag = False
    kdim: Size | None = None
    vdim: Size | None = None
    batch_first: Flag = False

    def _setup(self, bias: bool, add_bias_kv: bool) -> None:
        """The projections."""
        width = self.embed_dim
        if width % self.num_heads:
            raise ValueError(f"{self._name}: num_heads={self.num_heads} does not divide embed_dim={width}")
        self.kdim, self.vdim = kdim, vdim = self.kdim or width, self.vdim or width
        together = kdim == vdim == width
        self.in_proj_weight = _xavier(3 * width, width) if together else None
        self.q_proj_weight = None if together else _xavier(width, width)
        self.k_proj_weight = None if together else _xavier(width, kdim)
        self.v_proj_weight = None if together else _xavier(width, vdim)
        self.in_proj_bias: Maybe = Parameter(autograd.zeros((3 * width,))) if bias else None
        self.out_proj = Linear(width, width, bias)
        if bias:
            self.out_proj.bias = Parameter(autograd.zeros((width,)))
        self.bias_k = xavier_normal_(Parameter(autograd.zeros((1, 1, width)))) if add_bias_kv else None
        self.bias_v = xavier_normal_(Parameter(autograd.zeros((1, 1, width)))) if add_bias_kv else None

    if TYPE_CHECKING:

        def __call__(self, *args: Any, **options: Any) -> tuple[Tensor, Maybe]:  # type: ignore[override]
            """The output, and the weights or None."""

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Mask = None,
        need_weights: bool = True,
        attn_mask: Mask = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Maybe]:
        """The output, and the weights or None.

        key_padding_mask (N, S), attn_mask (L, S) or (N heads, L, S). `is_causal` masks keys after their query, whether
        or not `attn_mask` says so too.
        """
        self._check(query, key, value)
        alone = query is key and key is value and self.in_proj_weight is not None
        batched = query.ndim == 3
        if not batched:
            axis = 0 if self.batch_first else 1
            query, key, value = (autograd.expand_dims(x, axis) for x in (query, key, value))
            key_padding_mask = None if key_padding_mask is None else autograd.expand_dims(key_padding_mask, 0)
        lengths, batch = (query.shape[self._sequence], key.shape[self._sequence]), query.shape[1 - self._sequence]
        mask = self._mask(key_padding_mask, attn_mask, batch, *lengths)
        extended = self.bias_k is not None or self.add_zero_attn
        rate = self.dropout if self.training else 0.0
        if alone and not extended and not need_weights:
            qkv = self._heads(linear(query, cast(Tensor, self.in_proj_weight), self.in_proj_bias), 3)
            return self._join(autograd.self_attention(qkv, mask, None, is_causal, rate), batched), None
        q, k, v = self._project(query, key, value)
        if extended:
            if is_causal:
                mask, is_causal = _both(mask, np.tri(*lengths, dtype=bool)), False
            k, v, mask = self._extend(k, v, mask)
        if not need_weights:
            return self._join(autograd.attention(q, k, v, mask, None, is_causal, rate), batched), None
        weights = dropout(autograd.attention_weights(q, k, mask, None, is_causal), rate)
        output = self._join(weights @ v, batched)
        weights = autograd.mean(weights, axis=1) if average_attn_weights else weights
        return output, weights if batched else weights[0]

    @property
    def _sequence(self) -> int:
        """The axis of the sequence in a batch."""
        return 1 if self.batch_first else 0

    def _heads(self, x: Tensor, parts: int) -> Tensor:
        """Several projections in one array, (L, N, parts E) or (N, L, parts E), as a view (parts, N, heads, L, E)."""
        x = autograd.reshape(x, (*x.shape[:2], parts, self.num_heads, self.embed_dim // self.num_heads))
        return autograd.transpose(x, (2, 0, 3, 1, 4) if self.batch_first else (2, 1, 3, 0, 4))

    def _project(self, *inputs: Tensor) -> list[Tensor]:
        """Queries, keys and values, each (N, heads, length, E)."""
        separate: Any = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        parts = [slice(i * self.embed_dim, (i + 1) * self.embed_dim) for i in range(3)]
        weights = separate if self.in_proj_weight is None else [self.in_proj_weight[p] for p in parts]
        biases = [None if self.in_proj_bias is None else self.in_proj_bias[p] for p in parts]
        return [
            autograd.squeeze(self._heads(linear(x, w, b), 1), 0)
            for x, w, b in zip(inputs, weights, biases, strict=True)
        ]

    def _extend(self, k: Tensor, v: Tensor, mask: Mask) -> tuple[Tensor, Tensor, Mask]:
        """Keys, values and mask with the learned key and that of zeros, which no mask hides."""
        own: list[Any] = [] if self.bias_k is None else [(self.bias_k, self.bias_v)]
        zero = np.zeros(self.embed_dim, k.dtype)
        for pair in own + [(zero, zero)] * self.add_zero_attn:
            k, v = (self._append(x, last) for x, last in zip((k, v), pair, strict=True))
            if mask is not None:
                width = ((0, 0),) * (mask.ndim - 1) + ((0, 1),)
                mask = autograd.pad(mask, width, constant_values=mask.dtype == np.bool_)
        return k, v, mask

    def _append(self, x: Tensor, last: Tensor) -> Tensor:
        last = autograd.reshape(last, (1, self.num_heads, 1, x.shape[-1]))
        return autograd.concatenate([x, autograd.broadcast_to(last, (*x.shape[:2], 1, x.shape[-1]))], axis=-2)

    def _join(self, heads: Tensor, batched: bool) -> Tensor:
        """The output projection of (N, heads, L, E)."""
        x = autograd.transpose(heads, (0, 2, 1, 3) if self.batch_first else (2, 0, 1, 3))
        y = self.out_proj(autograd.reshape(x, (*x.shape[:2], self.embed_dim)))
        return y if batched else autograd.squeeze(y, 1 - self._sequence)

    def _check(self, *inputs: Tensor) -> None:
        layout = "query (L, N?, embed_dim), key (S, N?, kdim), value (S, N?, vdim)"
        if self.batch_first:
            layout = "query (N?, L, embed_dim), key (N?, S, kdim), value (N?, S, vdim)"
        sizes: Any = {"embed_dim": self.embed_dim, "kdim": self.kdim, "vdim": self.vdim}
        fit("MultiheadAttention", layout, *inputs, hint="N is the batch, see batch_first", **sizes)

    def _mask(self, padding: Mask, mask: Mask, batch: int, queries: int, keys: int) -> Mask:
        """Both masks as one that `autograd.attention` takes, True for what takes part, or None."""
        heads = self.num_heads
        if padding is not None:
            padding = _allowed("key_padding_mask (N, S)", padding, N=batch, S=keys)
            padding = autograd.reshape(padding, (batch, 1, 1, keys))
        if mask is not None:
            mask = _allowed("attn_mask (rows?, L, S)", mask, rows=batch * heads, L=queries, S=keys)
            mask = mask if mask.ndim == 2 else autograd.reshape(mask, (batch, heads, queries, keys))
        return _both(mask, padding)

    def extra_repr(self) -> str:
        """The sizes, and what differs from the default."""
        like_the_rest = f"kdim={self.embed_dim}", f"vdim={self.embed_dim}"
        return ", ".join(text for text in super().extra_repr().split(", ") if text not in like_the_rest)


def _xavier(*shape: int) -> Tensor:
    return xavier_uniform_(Parameter(autograd.zeros(shape)))


def _allowed(declared: str, mask: Tensor | Array, **lengths: Any) -> Tensor | Array:
    """A boolean mask turned round, so that True takes part; a float one as it is; anything else is an error."""
    if not isinstance(mask, (Tensor, np.ndarray)) or mask.dtype.kind not in "bf":
        kind = getattr(mask, "dtype", type(mask).__name__)
        raise DtypeError(
            f"MultiheadAttention: {declared} is boolean (True must not be attended to) or float (added), not {kind}"
        )
    fit("MultiheadAttention", declared, mask, **lengths)
    return np.logical_not(mask) if mask.dtype == np.bool_ else mask


def _both(a: Mask, b: Mask) -> Mask:
    """What two masks allow together, each boolean (True takes part), float (added) or None."""
    if a is None or b is None:
        return b if a is None else a
    if a.dtype == b.dtype == np.bool_:
        return a & b
    if np.bool_ not in (a.dtype, b.dtype):
        return a + b
    allowed, added = (a, b) if a.dtype == np.bool_ else (b, a)
    return autograd.where(allowed, added, -np.inf)
