"""Losses as layers: a prediction and a target in, one number out."""

from __future__ import annotations

from typing import Any

import autograd

from .module import Module

__all__ = ["CrossEntropyLoss", "MSELoss"]


class _Loss(Module):
    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def extra_repr(self) -> str:
        """The reduction."""
        return f"reduction={self.reduction!r}"


class MSELoss(_Loss):
    """(input - target)**2, averaged, summed or as it is (`reduction`: mean, sum, none).

    Raises ShapeError unless both have the same shape.

    >>> MSELoss()(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0])).item()
    2.0
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Compare two arrays of one shape."""
        return autograd.mse(input, target, self.reduction)


class CrossEntropyLoss(_Loss):
    """-log softmax(input)[target], from unnormalised logits of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers, or probabilities in the shape of the logits.

    >>> CrossEntropyLoss()(autograd.tensor([[0.0, 0.0]]), autograd.tensor([1])).item()
    0.6931471824645996
    """

    def forward(self, input: Any, target: Any) -> Any:
        """Compare logits with classes or probabilities."""
        return autograd.cross_entropy(input, target, self.reduction)
