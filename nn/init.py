"""Initial values, drawn from the engine's seeded generator (`autograd.seed`)."""

from __future__ import annotations

import autograd
from autograd import Tensor


def uniform(shape: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Tensor:
    """Uniform in [low, high).

    >>> uniform((2, 3)).shape
    (2, 3)
    """
    return autograd.uniform(low, high, shape)  # type: ignore[no-any-return]
