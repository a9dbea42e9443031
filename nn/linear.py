"""Fully connected layers."""

from __future__ import annotations

from typing import Any

from autograd import linear

from . import init
from .module import Module, Parameter

__all__ = ["Linear"]


class Linear(Module):
    """x W.T + b, with W of shape (out_features, in_features), over the last axis of x.

    W and b start uniform in +-1 / sqrt(in_features). Raises ShapeError where x has another last axis.

    >>> import autograd
    >>> Linear(3, 2)(autograd.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        self.in_features = in_features
        self.out_features = out_features
        bound = 1.0 / in_features**0.5 if in_features else 0.0
        self.weight = Parameter(init.uniform((out_features, in_features), -bound, bound))
        self.bias = Parameter(init.uniform((out_features,), -bound, bound)) if bias else None

    def forward(self, x: Any) -> Any:
        """Map x of shape (..., in_features) to (..., out_features)."""
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.in_features}, {self.out_features}" + ("" if self.bias is not None else ", bias=False")
