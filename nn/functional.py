"""The layers and losses as functions, under PyTorch's names: each stands in the file of its layer.

>>> import nn.functional as F
>>> F.linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]))
Tensor([11.])
"""

from .activation import (
    celu,
    elu,
    gelu,
    glu,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    tanh,
)
from .dropout import dropout, dropout2d
from .embedding import embedding
from .linear import bilinear, linear

__all__ = [
    "bilinear",
    "celu",
    "dropout",
    "dropout2d",
    "elu",
    "embedding",
    "gelu",
    "glu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]
