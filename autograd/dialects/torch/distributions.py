"""torch.distributions: the few that reinforcement learning and variational models use."""

from __future__ import annotations

from math import log, pi
from typing import Any

from . import creation
from .functions import namespace as f
from .tensor import Tensor


class Distribution:
    """Draws, and says how likely a draw was."""

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A draw without a gradient."""
        return self._drawn(tuple(sample_shape)).detach()

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        raise NotImplementedError


class Categorical(Distribution):
    """One of n, by probabilities or by logits in the last axis."""

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        given = f["log"](probs / probs.sum(-1, keepdim=True)) if logits is None else logits
        self.logits = f["log_softmax"](given, -1)
        self.probs = f["exp"](self.logits)

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        return creation.multinomial(self.probs.detach().expand(*shape, *self.probs.shape), 1, True).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of a draw."""
        rows = self.logits.expand(*value.shape, self.logits.shape[-1])
        return rows.gather(-1, value.long().unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """-sum p log p."""
        return -(self.probs * self.logits.clamp(min=-1e30)).sum(-1)


class Normal(Distribution):
    """The normal distribution."""

    def __init__(self, loc: Any, scale: Any) -> None:
        self.loc, self.scale = (v if isinstance(v, Tensor) else creation.tensor(float(v)) for v in (loc, scale))
        self.mean, self.stddev = self.loc, self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A draw whose gradient reaches mean and deviation."""
        return self._drawn(tuple(sample_shape))

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        spread = self.loc + self.scale
        return self.loc + self.scale * creation.randn(*shape, *spread.shape, dtype=spread.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        return -(((value - self.loc) / self.scale) ** 2) / 2 - f["log"](self.scale) - log(2 * pi) / 2

    def entropy(self) -> Tensor:
        """1/2 + log sqrt(2 pi) + log scale."""
        return 0.5 + log(2 * pi) / 2 + f["log"](self.scale)


namespace: dict[str, Any] = {c.__name__: c for c in (Distribution, Categorical, Normal)}
