"""Placeholders for normalization.py, dropout.py and init.py, which are written elsewhere: replaced when they arrive."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.ops.random import current

from .module import Module, Parameter


class LayerNorm(Module):
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axis."""

    def __init__(self, normalized_shape: int, eps: float = 1e-5, bias: bool = True) -> None:
        self.eps = eps
        self.weight = Parameter(np.ones(normalized_shape, np.float32))
        self.bias = Parameter(np.zeros(normalized_shape, np.float32)) if bias else None

    def forward(self, input: Any) -> Any:
        """Normalise the last axis."""
        centred = input - autograd.mean(input, axis=-1, keepdims=True)
        variance = autograd.mean(centred * centred, axis=-1, keepdims=True)
        y = centred / autograd.sqrt(variance + self.eps) * self.weight
        return y if self.bias is None else y + self.bias


def dropout(input: Any, p: float = 0.5, training: bool = True) -> Any:
    """Zero each element with probability p, and scale up the others."""
    if not training or p == 0:
        return input
    keep = (current().random(np.shape(input)) >= p) * (1 / (1 - p) if p < 1 else 0.0)
    return input * keep.astype(input.dtype)


class Dropout(Module):
    """`dropout` in training, the identity otherwise."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def forward(self, input: Any) -> Any:
        """Drop elements."""
        return dropout(input, self.p, self.training)


def xavier_uniform_(tensor: Any) -> Any:
    """Uniform with variance 2 / (fan in + fan out), written in place."""
    bound = (6.0 / sum(tensor.shape[-2:])) ** 0.5
    tensor.data = current().uniform(-bound, bound, tensor.shape).astype(tensor.dtype)
    return tensor


def xavier_normal_(tensor: Any) -> Any:
    """Normal with variance 2 / (fan in + fan out) as PyTorch counts them, written in place."""
    field = int(np.prod(tensor.shape[2:]))
    deviation = (2.0 / ((tensor.shape[0] + tensor.shape[1]) * field)) ** 0.5
    tensor.data = current().normal(0.0, deviation, tensor.shape).astype(tensor.dtype)
    return tensor
