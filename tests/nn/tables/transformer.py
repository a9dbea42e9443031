import warnings
from dataclasses import dataclass

import numpy as np

from tests.nn.rows import Layer, as_given_to

from .attention import Attend

SMALL = (4, 2, 3, 0.0, "gelu")  # features, heads, hidden features, dropout, and no kink for finite differences to meet
WHOLE = (4, 2, 1, 1, 3, 0.0, "gelu")
X, MEMORY = (3, 2, 4), (2, 2, 4)
FUTURE = np.triu(np.ones((3, 3), bool), 1)
ADDED = np.where(FUTURE, -np.inf, 0.0)
LATE = np.array([[False, False, True], [False, True, True]])


@dataclass
class Stack(Attend):
    """Two copies of one layer, and perhaps a norm, or a whole Transformer: PyTorch warns of what it cannot speed up."""

    def build(self, space):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            if self.name == "Transformer":
                return super().build(space)
            layer = getattr(space, self.name + "Layer")(*SMALL)
            return getattr(space, self.name)(layer, 2, layer.norm1 if self.args else None)


@dataclass
class Relu(Attend):
    """A layer with relu, its hidden units far from the kink on either side."""

    def build(self, space):
        layer = super().build(space)
        layer.linear1.bias.data = as_given_to(space, np.array([8.0, -8.0, 8.0]))
        return layer


@dataclass
class Squared(Layer):
    """A layer with a function for its activation."""

    def build(self, space):
        return getattr(space, self.name)(*self.args, activation=lambda x: x * x)


def row(name, *inputs, masks=None, given=None, kind=Attend, args=SMALL, modes=("train", "eval"), fixed=(), **options):
    masks = masks or {}
    inputs = (*inputs, *masks.values())
    return kind(name, args, inputs, options, None, fixed, modes, names=tuple(masks), given=given or {})


def encoder(*inputs, **options):
    return row("TransformerEncoderLayer", *inputs, **options)


def decoder(*inputs, **options):
    return row("TransformerDecoderLayer", *inputs, **options)


CAUSAL = {"tgt_is_causal": True, "memory_is_causal": True}
LATER = {"src_key_padding_mask": LATE, "memory_key_padding_mask": LATE}

ROWS = [
    encoder(X),
    encoder(X, norm_first=True),
    encoder(X, kind=Relu, args=SMALL[:4]),
    encoder(X, kind=Relu, args=(*SMALL[:4], "relu"), norm_first=True),
    encoder((2, 3, 4), batch_first=True),
    encoder((3, 4), bias=False, layer_norm_eps=1e-3),
    encoder(X, FUTURE, LATE),
    encoder(X, masks={"src_mask": ADDED}, given={"is_causal": True}, fixed=(1,)),
    encoder(X, args=(4, 1, 3, 0.5, "gelu"), norm_first=True, bias=False, modes=("eval",)),
    Squared("TransformerEncoderLayer", SMALL[:4], ((1, 1, 4),)),
    decoder(X, MEMORY),
    decoder(X, MEMORY, norm_first=True),
    decoder((2, 3, 4), (2, 2, 4), batch_first=True, bias=False),
    decoder((3, 4), (2, 4), kind=Relu, args=SMALL[:4]),
    decoder(X, X, FUTURE, FUTURE, LATE, LATE[::-1]),
    decoder(X, X, masks={"tgt_mask": FUTURE, "memory_mask": FUTURE}, given=CAUSAL),
    row("TransformerEncoder", X, kind=Stack, args=()),
    row("TransformerEncoder", X, FUTURE, LATE, kind=Stack, args=("norm",)),
    row("TransformerDecoder", X, MEMORY, kind=Stack, args=()),
    row("TransformerDecoder", X, X, FUTURE, kind=Stack, args=("norm",)),
    row("Transformer", X, X, masks={"tgt_mask": FUTURE} | LATER, kind=Stack, args=WHOLE),
    row("Transformer", (2, 2, 4), (2, 3, 4), kind=Stack, args=WHOLE, batch_first=True, norm_first=True),
    row("Transformer", (3, 4), (2, 4), kind=Stack, args=(4, 1, 1, 1, 3, 0.3, "gelu"), bias=False, modes=("eval",)),
]
