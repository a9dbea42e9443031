"""The feed-forward network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from .. import Dropout, Linear, Module, ReLU, Sequential

__all__ = ["MLP"]


class MLP(Sequential):
    """Linear layers of the given sizes, with an activation (and dropout) between them and none after the last.

    Input (..., sizes[0]), output (..., sizes[-1]). Raises ValueError for fewer than two sizes.

    >>> import autograd
    >>> MLP((4, 8, 3))
    MLP(  # 67 parameters
      (0): Linear(4, 8)  # 40
      (1): ReLU()
      (2): Linear(8, 3)  # 27
    )
    >>> MLP((4, 8, 3))(autograd.ones((5, 4))).shape
    (5, 3)
    """

    def __init__(self, sizes: Sequence[int], activation: Callable[[], Module] = ReLU, dropout: float = 0.0) -> None:
        if not isinstance(sizes, Sequence) or len(sizes) < 2:
            raise ValueError(f"MLP: sizes={sizes!r}; it takes all sizes in one, input to output, such as (64, 32, 10)")
        if isinstance(activation, Module):
            raise TypeError(f"MLP: activation={activation!r} is one layer; give what makes layers, such as nn.ReLU")
        layers: list[Module] = []
        for n, m in pairwise(sizes):
            layers += [Linear(n, m), activation()]
            layers += [Dropout(dropout)] if dropout else []
        super().__init__(*layers[: -2 if dropout else -1])
