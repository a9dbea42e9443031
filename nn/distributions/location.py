"""Distributions of real numbers that are moved and stretched: by a location and a scale, or by two ends."""

from math import inf, log, nan, pi
from typing import Any

import numpy as np

import autograd
from autograd import Tensor, stats
from autograd.engine.types import Shape

from .constraints import Positive, Real, interval, real
from .distribution import Distribution, chance, widely

__all__ = ["Cauchy", "Gumbel", "Laplace", "Normal", "StudentT", "Uniform"]


class Normal(Distribution):
    """The normal distribution with the mean `loc` and the standard deviation `scale`.

    >>> d = Normal(0.0, 2.0)
    >>> d.log_prob(1.0), d.entropy(), d.cdf(2.0)
    (Tensor(-1.7371), Tensor(2.1121), Tensor(0.8413))
    >>> Normal(0.0, -1.0)
    Traceback (most recent call last):
    ...
    ValueError: Normal: scale=-1 is not above 0; softplus, sigmoid or softmax keeps it there
    """

    loc: Real
    scale: Positive
    support = real
    has_rsample = True
    mean = mode = property(lambda d: d.loc)
    stddev = property(lambda d: d.scale)
    variance = property(lambda d: d.scale**2)

    def _drawn(self, shape: Shape) -> Tensor:
        return self.loc + self.scale * chance("standard_normal", shape, self.dtype)

    def _log_prob(self, value: Tensor) -> Tensor:
        return -((value - self.loc) ** 2) / (2 * self.scale**2) - autograd.log(self.scale) - log(2 * pi) / 2

    def entropy(self) -> Tensor:
        """log(scale) + (1 + log(2 pi)) / 2."""
        return autograd.log(self.scale) + (1 + log(2 * pi)) / 2

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.ndtr((value - self.loc) / self.scale)

    def _icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * autograd.ndtri(value)


class _Standard(Distribution):
    """A family that draws by its quantile function."""

    support = real
    has_rsample = True

    def _drawn(self, shape: Shape) -> Tensor:
        return self._icdf(chance("random", shape, self.dtype))


class Laplace(_Standard):
    """Laplace's distribution, whose density falls off exponentially from `loc` to both sides.

    >>> Laplace(0.0, 1.0).log_prob([0.0, 2.0])
    Tensor([-0.6931, -2.6931])
    """

    loc: Real
    scale: Positive
    mean = mode = property(lambda d: d.loc)
    stddev = property(lambda d: 2**0.5 * d.scale)
    variance = property(lambda d: 2 * d.scale**2)

    def _log_prob(self, value: Tensor) -> Tensor:
        return -abs(value - self.loc) / self.scale - autograd.log(2 * self.scale)

    def entropy(self) -> Tensor:
        """1 + log(2 scale)."""
        return 1 + autograd.log(2 * self.scale)

    def _cdf(self, value: Tensor) -> Tensor:
        z = (value - self.loc) / self.scale
        tail = 0.5 * autograd.exp(autograd.where(z < 0, z, -z))
        return autograd.where(z < 0, tail, 1 - tail)

    def _icdf(self, value: Tensor) -> Tensor:
        away = autograd.log(2 * autograd.where(value < 0.5, value, 1 - value))
        return self.loc + self.scale * autograd.where(value < 0.5, away, -away)


class Cauchy(_Standard):
    """Cauchy's distribution, which has no mean: half of it lies within `scale` of `loc`.

    >>> Cauchy(0.0, 1.0).cdf(1.0)
    Tensor(0.75)
    """

    loc: Real
    scale: Positive
    mode = property(lambda d: d.loc)
    mean = property(lambda d: autograd.full_like(d.loc, nan))
    variance = property(lambda d: autograd.full_like(d.loc, inf))

    def _log_prob(self, value: Tensor) -> Tensor:
        return -log(pi) - autograd.log(self.scale) - autograd.log1p(((value - self.loc) / self.scale) ** 2)

    def entropy(self) -> Tensor:
        """log(4 pi scale)."""
        return log(4 * pi) + autograd.log(self.scale)

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.arctan2(self.scale, self.loc - value) / pi

    def _icdf(self, value: Tensor) -> Tensor:
        away = 1 / autograd.tan(pi * autograd.where(value < 0.5, value, 1 - value))
        return self.loc + self.scale * autograd.where(value < 0.5, -away, away)


class Gumbel(_Standard):
    """Gumbel's distribution of the largest of many, its mode at `loc`.

    >>> Gumbel(0.0, 1.0).mean
    Tensor(0.5772)
    """

    loc: Real
    scale: Positive
    mode = property(lambda d: d.loc)
    mean = property(lambda d: d.loc + float(np.euler_gamma) * d.scale)
    stddev = property(lambda d: pi / 6**0.5 * d.scale)
    variance = property(lambda d: d.stddev**2)

    def _log_prob(self, value: Tensor) -> Tensor:
        y = (self.loc - value) / self.scale
        return y - autograd.exp(y) - autograd.log(self.scale)

    def entropy(self) -> Tensor:
        """log(scale) + 1 + Euler's constant."""
        return autograd.log(self.scale) + (1 + float(np.euler_gamma))

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.exp(-autograd.exp((self.loc - value) / self.scale))

    def _icdf(self, value: Tensor) -> Tensor:
        return self.loc - self.scale * autograd.log(-autograd.log(value))


class Uniform(_Standard):
    """Any number from `low` to `high`, `high` itself left out, as likely as any other.

    >>> Uniform(1.0, 5.0).log_prob(2.0)
    Tensor(-1.3863)
    """

    low: Real
    high: Real
    support = property(lambda d: interval(d.low, d.high))
    mean = property(lambda d: (d.low + d.high) / 2)
    mode = property(lambda d: autograd.full_like(d.low, nan))
    stddev = property(lambda d: (d.high - d.low) / 12**0.5)
    variance = property(lambda d: (d.high - d.low) ** 2 / 12)

    def _setup(self, *args: Any, **options: Any) -> None:
        super()._setup()
        if self.validate_args is not False and not np.all(self.low.data < self.high.data):
            raise ValueError(f"Uniform: low={self.low.data} is not below high={self.high.data}; low comes first")

    def _log_prob(self, value: Tensor) -> Tensor:
        inside = (value >= self.low) & (value < self.high)
        return autograd.where(inside, -self.entropy(), -inf)

    def entropy(self) -> Tensor:
        """log(high - low)."""
        return autograd.log(self.high - self.low)

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.clip((value - self.low) / (self.high - self.low), 0.0, 1.0)

    def _icdf(self, value: Tensor) -> Tensor:
        return self.low + (self.high - self.low) * value


class StudentT(Distribution):
    """Student's distribution with `df` degrees of freedom, heavier in its tails the less there are.

    A draw is differentiable by `df`, too: implicitly, through the gamma distribution that it divides by.

    >>> StudentT(3.0).log_prob(0.0)
    Tensor(-1.0009)
    """

    df: Positive
    loc: Real = 0.0
    scale: Positive = 1.0
    support = real
    has_rsample = True
    mode = property(lambda d: d.loc)
    mean = property(lambda d: autograd.where(d.df > 1, d.loc, nan))

    @property
    def variance(self) -> Tensor:
        """Infinite up to 2 degrees of freedom, nan up to 1."""
        heavy = autograd.where(self.df > 1, inf, autograd.full_like(self.df, nan))
        df = autograd.where(self.df > 2, self.df, 3.0)
        return autograd.where(self.df > 2, self.scale**2 * df / (df - 2), heavy)

    def _drawn(self, shape: Shape) -> Tensor:
        from .positive import standard_gamma

        squares = standard_gamma(self.df / 2, shape)
        z = chance("standard_normal", shape, self.dtype)
        return self.loc + self.scale * z * autograd.sqrt(self.df / (2 * squares))

    def _log_prob(self, value: Tensor) -> Tensor:
        return stats.t.logpdf(value, self.df, self.loc, self.scale)

    @widely
    def entropy(self) -> Tensor:
        """In digamma and the beta function of the degrees of freedom."""
        half = (self.df + 1) / 2
        slopes = half * (autograd.digamma(half) - autograd.digamma(self.df / 2))
        return autograd.log(self.scale * autograd.sqrt(self.df)) + slopes + autograd.betaln(self.df / 2, 0.5)

    def _cdf(self, value: Tensor) -> Tensor:
        return stats.t.cdf(value, self.df, self.loc, self.scale)
