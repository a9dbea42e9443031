"""Distributions of whole numbers: of one trial, of many, of the trials until one succeeds, of rare events."""

from math import nan
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.types import Shape
from autograd.ops.random import current, drawn

from ..losses import binary_cross_entropy_with_logits
from .constraints import NotNegative, Probability, Real, Whole, boolean, integer_interval, nonnegative_integer
from .distribution import Distribution, chance, spread, widely

__all__ = ["Bernoulli", "Binomial", "Geometric", "Poisson"]


def log_odds(probs: Tensor) -> Tensor:
    """log(p / (1 - p)), of probabilities that are kept from 0 and 1 by the least that their dtype tells apart.

    >>> log_odds(Tensor([0.5, 1.0]))
    Tensor([ 0.    , 15.9424])
    """
    eps = float(np.finfo(probs.dtype).eps)
    kept = autograd.clip(probs, eps, 1 - eps)
    return autograd.log(kept) - autograd.log1p(-kept)


def cross_entropy(logits: Tensor, value: Tensor) -> Tensor:
    """-log of the probability of `value`, 0 or 1 or between them, by log-odds.

    >>> cross_entropy(Tensor(0.0), Tensor(1.0))
    Tensor(0.6931)
    """
    shape = np.broadcast_shapes(logits.shape, value.shape)
    return binary_cross_entropy_with_logits(spread(logits, shape), spread(value, shape), reduction="none")


class _OfProbability(Distribution):
    """A family that is given by a probability, or by its log-odds."""

    _derived = {"probs": lambda d: autograd.sigmoid(d.logits), "logits": lambda d: log_odds(d.probs)}  # noqa: RUF012


class Bernoulli(_OfProbability):
    """1 with the probability `probs`, else 0; or by log-odds, `logits`.

    >>> d = Bernoulli(logits=0.0)
    >>> d.probs, d.entropy()
    (Tensor(0.5), Tensor(0.6931))
    """

    probs: Probability = None
    logits: Real = None
    support = boolean
    mean = property(lambda d: d.probs)
    variance = property(lambda d: d.probs * (1 - d.probs))

    @property
    def mode(self) -> Tensor:
        """The likelier of the two; nan where none is."""
        return autograd.where(self.probs == 0.5, nan, (self.probs > 0.5).astype(self.dtype))

    def _drawn(self, shape: Shape) -> Tensor:
        return (chance("random", shape, self.dtype) < self.probs).astype(self.dtype)

    def _log_prob(self, value: Tensor) -> Tensor:
        return -cross_entropy(self.logits, value)

    def entropy(self) -> Tensor:
        """-p log p - (1 - p) log(1 - p)."""
        return cross_entropy(self.logits, self.probs)

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.where(value < 0, 0.0, autograd.where(value < 1, 1 - self.probs, 1.0))


class Binomial(_OfProbability):
    """How many of `total_count` trials succeed, each with the probability `probs`, or with log-odds `logits`.

    >>> Binomial(4, 0.5).log_prob([0.0, 2.0])
    Tensor([-2.7726, -0.9808])
    """

    total_count: Whole = 1
    probs: Probability = None
    logits: Real = None
    support = property(lambda d: integer_interval(0, d.total_count))
    mean = property(lambda d: d.total_count * d.probs)
    variance = property(lambda d: d.mean * (1 - d.probs))

    @property
    def mode(self) -> Tensor:
        """The likeliest count, of two the larger."""
        return autograd.minimum(autograd.floor((self.total_count + 1) * self.probs), self.total_count)

    def _drawn(self, shape: Shape) -> Tensor:
        n, p = np.asarray(self.total_count.data, np.int64), np.asarray(self.probs.data, np.float64)
        return _counted(lambda: current().binomial(n, p, shape), self.dtype)

    @widely
    def _log_prob(self, value: Tensor) -> Tensor:
        n, ways = self.total_count, autograd.gammaln
        several = ways(n + 1) - ways(value + 1) - ways(n - value + 1)
        return several + value * self.logits - n * autograd.softplus(self.logits)

    def entropy(self) -> Tensor:
        """Summed over all counts: NotImplementedError where `total_count` is not one for all."""
        counts = np.unique(self.total_count.data)
        if len(counts) != 1:
            raise NotImplementedError(
                f"Binomial.entropy: total_count is {counts}; take one for all, and one after the other"
            )
        every = np.arange(int(counts[0]) + 1, dtype=self.dtype).reshape(-1, *(1,) * len(self._batch))
        logs = self._log_prob(Tensor(every))
        return -autograd.sum(autograd.exp(logs) * logs, 0)

    def _cdf(self, value: Tensor) -> Tensor:
        n, k = self.total_count.data, np.floor(value.data)
        inside = (k >= 0) & (k < n)
        a, b = (np.where(inside, x, 1.0).astype(self.dtype) for x in (n - k, k + 1))
        return autograd.where(inside, autograd.betainc(a, b, 1 - self.probs), (k >= n).astype(self.dtype))


class Geometric(_OfProbability):
    """How often a trial fails before it succeeds, with the probability `probs` each time, or log-odds `logits`.

    >>> Geometric(0.25).mean
    Tensor(3.)
    """

    probs: Probability = None
    logits: Real = None
    support = nonnegative_integer
    mean = property(lambda d: 1 / d.probs - 1)
    mode = property(lambda d: autograd.zeros_like(d.probs))
    variance = property(lambda d: d.mean / d.probs)

    def _setup(self, *args: Any, **options: Any) -> None:
        super()._setup()
        if self.validate_args is not False and "probs" in self._parameters() and not np.all(self.probs.data > 0):
            raise ValueError("Geometric: probs has a 0, with which no trial would ever succeed; keep it above 0")

    def _drawn(self, shape: Shape) -> Tensor:
        tries = autograd.log(chance("random", shape, self.dtype)) / autograd.log1p(-self.probs)
        return autograd.floor(tries)

    def _log_prob(self, value: Tensor) -> Tensor:
        if "logits" in self._parameters():
            return -value * autograd.softplus(self.logits) - autograd.softplus(-self.logits)
        return autograd.xlog1py(value, -self.probs) + autograd.log(self.probs)

    def entropy(self) -> Tensor:
        """That of one trial, as many times as there are trials."""
        if "logits" in self._parameters():
            return cross_entropy(self.logits, self.probs) / self.probs
        p = autograd.clip(self.probs, None, 1 - float(np.finfo(self.dtype).eps))
        return (1 - 1 / p) * autograd.log1p(-p) - autograd.log(p)

    def _cdf(self, value: Tensor) -> Tensor:
        tries = np.clip(np.floor(value.data) + 1, 0.0, None).astype(self.dtype)
        return -autograd.expm1(autograd.xlog1py(tries, -self.probs))


class Poisson(Distribution):
    """How many of many rare events happen, `rate` of them on average.

    >>> Poisson(2.0).log_prob([0.0, 2.0])
    Tensor([-2.    , -1.3069])
    """

    rate: NotNegative
    support = nonnegative_integer
    mean = variance = property(lambda d: d.rate)
    mode = property(lambda d: autograd.floor(d.rate))

    def _drawn(self, shape: Shape) -> Tensor:
        rate = np.asarray(self.rate.data, np.float64)
        return _counted(lambda: current().poisson(rate, shape), self.dtype)

    @widely
    def _log_prob(self, value: Tensor) -> Tensor:
        return autograd.xlogy(value, self.rate) - self.rate - autograd.gammaln(value + 1)

    def _cdf(self, value: Tensor) -> Tensor:
        count = np.floor(value.data)
        above = np.clip(count + 1, 1.0, None).astype(self.dtype)
        return autograd.where(count < 0, 0.0, autograd.gammaincc(above, self.rate))


def _counted(draw: Any, dtype: Any) -> Tensor:
    found = drawn(lambda: np.asarray(draw(), dtype)[()])
    return found if isinstance(found, Tensor) else Tensor(found)
