from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.nn.rows import Function, Layer, flat

L, S, N, E = 2, 3, 2, 4  # queries, keys, batch, features
QKV = (L, N, E), (S, N, E), (S, N, E)
X = ((S, N, E),)
FUTURE = np.triu(np.ones((S, S), bool), 1)
LATE = np.array([[False, False, True], [False, True, True]])  # in a batch of two, keys not to attend to
SOME = np.array([[False, True, False], [False, False, True]])  # of two queries
PER_HEAD = np.stack([SOME, ~SOME, SOME[::-1], SOME & False])
FLOATS = np.linspace(-1, 1, L * S).reshape(L, S)
UNREACHED = np.where(SOME, -np.inf, FLOATS)


@dataclass
class Attend(Layer):
    """A layer called with the last of its inputs by `names`, the others `times` times, and with the options `given`."""

    names: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)
    times: int = 1

    def run(self, space, layer, *inputs):
        count = len(inputs) - len(self.names)
        own, named = inputs[:count], dict(zip(self.names, inputs[count:]))
        return flat(layer(*own * self.times, **named, **self.given))

    def __str__(self):
        return "_".join([super().__str__(), *self.names, *(f"{k}={v}" for k, v in self.given.items())])


def sdpa(*inputs, fixed=(), **options):
    return Function("scaled_dot_product_attention", inputs, options, fixed=fixed)


def mha(inputs, masks=None, given=None, sizes=(E, 2), modes=("train", "eval"), fixed=(), **options):
    masks = masks or {}
    given = given or {}
    times = 3 if len(inputs) == 1 else 1
    inputs = (*inputs, *masks.values())
    name, names = "MultiheadAttention", tuple(masks)
    return Attend(name, sizes, inputs, options, None, fixed, modes, names=names, given=given, times=times)


OUTPUT_ONLY = {"need_weights": False}
EACH_HEAD = {"average_attn_weights": False}
CAUSAL = {"is_causal": True}

ROWS = [
    sdpa((L, E), (S, E), (S, 3)),
    sdpa((N, 2, L, E), (N, 2, S, E), (N, 2, S, 1)),
    sdpa((N, L, E), (N, S, E), (N, S, E), ~SOME),
    sdpa((N, L, E), (N, S, E), (N, S, E), (~SOME & np.array([[True], [False]]))[None]),
    sdpa((N, L, E), (N, S, E), (N, S, E), UNREACHED, scale=0.3, fixed=(3,)),
    sdpa((N, L, E), (N, S, E), (N, S, 2), FLOATS),
    sdpa((N, S, E), (N, S, E), (N, S, E), is_causal=True),
    sdpa((1, L, E), (1, S, E), (1, S, E), is_causal=True),
    sdpa((1, S, E), (1, L, E), (1, L, E), is_causal=True),
    sdpa((1, 1, 1), (1, 1, 1), (1, 1, 1)),
    # self-attention, one product for all three projections
    mha(X),
    mha(X, given=EACH_HEAD),
    mha(X, given=OUTPUT_ONLY),
    mha(X, given=OUTPUT_ONLY, batch_first=True),
    mha(X, given=EACH_HEAD, batch_first=True),
    mha([(S, E)]),
    mha([(S, E)], given=OUTPUT_ONLY, batch_first=True, bias=False),
    mha(X, {"attn_mask": FUTURE}, OUTPUT_ONLY | CAUSAL),
    mha(X, {"attn_mask": FUTURE}, CAUSAL),
    mha(X, {"key_padding_mask": LATE}, OUTPUT_ONLY),
    mha(X, {"key_padding_mask": LATE, "attn_mask": FUTURE}, OUTPUT_ONLY | CAUSAL),
    mha([(S, 1, 3)], sizes=(3, 1)),
    mha([(1, 1, 2)], given=OUTPUT_ONLY, sizes=(2, 2)),
    mha([(3, 1, 6)], given=OUTPUT_ONLY, sizes=(6, 3), bias=False),
    # queries and keys of different origin and length
    mha(QKV),
    mha(QKV, bias=False),
    mha([(N, L, E), (N, S, E), (N, S, E)], batch_first=True),
    mha([(L, E), (S, E), (S, E)], given=EACH_HEAD),
    mha(QKV, given=OUTPUT_ONLY),
    mha([(L, N, E), (S, N, 3), (S, N, 5)], kdim=3, vdim=5),
    mha([(L, N, E), (S, N, E), (S, N, 5)], given=OUTPUT_ONLY, vdim=5, bias=False),
    # masks
    mha(QKV, {"attn_mask": SOME}),
    mha(QKV, {"attn_mask": PER_HEAD}, EACH_HEAD),
    mha(QKV, {"attn_mask": FLOATS}),
    mha(QKV, {"attn_mask": UNREACHED}, OUTPUT_ONLY, fixed=(3,)),
    mha(QKV, {"attn_mask": (4, L, S)}, OUTPUT_ONLY),
    mha(QKV, {"key_padding_mask": LATE}),
    mha(QKV, {"key_padding_mask": (N, S)}, OUTPUT_ONLY),
    mha([(L, E), (S, E), (S, E)], {"key_padding_mask": LATE[0]}),
    mha([(L, E), (S, E), (S, E)], {"attn_mask": PER_HEAD[:2]}),
    mha(QKV, {"key_padding_mask": LATE, "attn_mask": SOME}),
    mha(QKV, {"key_padding_mask": (N, S), "attn_mask": FLOATS}),
    # further keys
    mha(QKV, add_bias_kv=True),
    mha(QKV, {"key_padding_mask": LATE, "attn_mask": SOME}, add_bias_kv=True, add_zero_attn=True),
    mha(QKV, {"attn_mask": FLOATS}, add_zero_attn=True, bias=False),
    mha(X, {"attn_mask": FUTURE}, OUTPUT_ONLY, add_bias_kv=True),
    mha(X, {"attn_mask": FUTURE}, CAUSAL, add_bias_kv=True),
    mha(QKV, dropout=0.5, modes=("eval",)),
    mha(X, given=OUTPUT_ONLY, dropout=0.5, modes=("eval",)),
]
