"""Limits on gradients between backward and the optimizer's step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .core import Tensor


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    """Scale all gradients by one factor so that their common norm is at most `max_norm`; returns what it was."""
    gradients = [p.grad for p in ([parameters] if isinstance(parameters, Tensor) else parameters) if p.grad is not None]
    total = float(np.sqrt(sum(float(np.vdot(g.data, g.data)) for g in gradients)))
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"clip_grad_norm_: the norm of the gradients is {total}")
    scale = max_norm / (total + 1e-6)
    if scale < 1:
        for g in gradients:
            g.data *= scale
    return total


def clip_grad_value_(parameters: Iterable[Any], clip_value: float) -> None:
    """Limit each element of the gradients to the range from -clip_value to clip_value."""
    for p in parameters:
        if p.grad is not None:
            np.clip(p.grad.data, -clip_value, clip_value, out=p.grad.data)
