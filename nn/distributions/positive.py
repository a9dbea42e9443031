"""Distributions of positive numbers and of shares. What their draws owe to a shape is found implicitly.

A draw solves cdf(x; a) = u for a random u; so dx/da = -(d cdf/da) / density, the rule of `autograd.gammaincinv`.
"""

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.types import Shape

from .constraints import Positive, PositiveVector, nonnegative, simplex, unit_interval
from .distribution import WIDE, Distribution, chance, spread, widely

__all__ = ["Beta", "Dirichlet", "Exponential", "Gamma"]


def standard_gamma(concentration: Tensor, shape: Shape) -> Tensor:
    """Draws from the gamma distribution of rate 1, differentiable by the concentration; none is 0.

    >>> standard_gamma(Tensor([0.5, 2.0]), (3, 2)).shape
    (3, 2)
    """
    wide = spread(concentration.astype(WIDE), shape)  # in which u has the digits that small concentrations need
    drawn = autograd.gammaincinv(wide, chance("random", shape, WIDE))
    return autograd.maximum(drawn, np.finfo(concentration.dtype).tiny).astype(concentration.dtype)


class Exponential(Distribution):
    """The distribution of waiting times, `rate` events in each unit of time.

    >>> d = Exponential(2.0)
    >>> d.mean, d.log_prob(1.0), d.icdf(0.5)
    (Tensor(0.5), Tensor(-1.3069), Tensor(0.3466))
    >>> d.log_prob(-1.0)
    Traceback (most recent call last):
    ...
    ValueError: Exponential.log_prob: value=-1 is not at least 0; validate_args=False takes it
    """

    rate: Positive
    support = nonnegative
    has_rsample = True
    mean = stddev = property(lambda d: 1 / d.rate)
    mode = property(lambda d: autograd.zeros_like(d.rate))
    variance = property(lambda d: 1 / d.rate**2)

    def _drawn(self, shape: Shape) -> Tensor:
        return self._icdf(chance("random", shape, self.dtype))

    def _log_prob(self, value: Tensor) -> Tensor:
        return autograd.log(self.rate) - self.rate * value

    def entropy(self) -> Tensor:
        """1 - log(rate)."""
        return 1 - autograd.log(self.rate)

    def _cdf(self, value: Tensor) -> Tensor:
        return -autograd.expm1(-self.rate * autograd.clip(value, 0.0, None))

    def _icdf(self, value: Tensor) -> Tensor:
        return -autograd.log1p(-value) / self.rate


class Gamma(Distribution):
    """The gamma distribution: of a sum of waiting times, `concentration` of them, where `rate` come in a unit of time.

    >>> d = Gamma(2.0, 3.0)
    >>> d.mean, d.variance, d.cdf(1.0)
    (Tensor(0.6667), Tensor(0.2222), Tensor(0.8009))
    """

    concentration: Positive
    rate: Positive
    support = nonnegative
    has_rsample = True
    mean = property(lambda d: d.concentration / d.rate)
    mode = property(lambda d: autograd.clip((d.concentration - 1) / d.rate, 0.0, None))
    variance = property(lambda d: d.concentration / d.rate**2)

    def _drawn(self, shape: Shape) -> Tensor:
        return standard_gamma(self.concentration, shape) / self.rate

    @widely
    def _log_prob(self, value: Tensor) -> Tensor:
        a = self.concentration
        return autograd.xlogy(a, self.rate) + autograd.xlogy(a - 1, value) - self.rate * value - autograd.gammaln(a)

    @widely
    def entropy(self) -> Tensor:
        """a - log(rate) + gammaln(a) + (1 - a) digamma(a), for the concentration a."""
        a = self.concentration
        return a - autograd.log(self.rate) + autograd.gammaln(a) + (1 - a) * autograd.digamma(a)

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.gammainc(self.concentration, self.rate * autograd.clip(value, 0.0, None))

    def _icdf(self, value: Tensor) -> Tensor:
        return autograd.gammaincinv(self.concentration, value) / self.rate


class Beta(Distribution):
    """The beta distribution of shares: its density is x**(concentration1 - 1) (1 - x)**(concentration0 - 1), scaled.

    >>> d = Beta(2.0, 3.0)
    >>> d.mean, d.mode, d.log_prob(0.4)
    (Tensor(0.4), Tensor(0.3333), Tensor(0.547))
    """

    concentration1: Positive
    concentration0: Positive
    support = unit_interval
    has_rsample = True
    mean = property(lambda d: d.concentration1 / d._total)
    mode = property(lambda d: d._shares.mode[..., 0])
    variance = property(lambda d: d.mean * (d.concentration0 / d._total) / (d._total + 1))
    _total = property(lambda d: d.concentration1 + d.concentration0)
    _shares = property(lambda d: Dirichlet(autograd.stack([d.concentration1, d.concentration0], -1)))

    def _drawn(self, shape: Shape) -> Tensor:
        a, b = (spread(v.astype(WIDE), shape) for v in (self.concentration1, self.concentration0))
        ends = np.finfo(self.dtype)
        drawn = autograd.betaincinv(a, b, chance("random", shape, WIDE))
        return autograd.clip(drawn, float(ends.tiny), 1 - float(ends.epsneg)).astype(self.dtype)

    @widely
    def _log_prob(self, value: Tensor) -> Tensor:
        a, b = self.concentration1, self.concentration0
        return autograd.xlogy(a - 1, value) + autograd.xlog1py(b - 1, -value) - autograd.betaln(a, b)

    def entropy(self) -> Tensor:
        """That of the Dirichlet distribution of two shares."""
        return self._shares.entropy()

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.betainc(self.concentration1, self.concentration0, autograd.clip(value, 0.0, 1.0))

    def _icdf(self, value: Tensor) -> Tensor:
        return autograd.betaincinv(self.concentration1, self.concentration0, value)


class Dirichlet(Distribution):
    """The Dirichlet distribution of n shares (..., n) that sum to 1, by their `concentration` (..., n).

    >>> Dirichlet([1.0, 2.0, 3.0]).mean
    Tensor([0.1667, 0.3333, 0.5   ])
    """

    concentration: PositiveVector
    support = simplex
    has_rsample = True
    event_shape = property(lambda d: d.concentration.shape[-1:])
    mean = property(lambda d: d.concentration / d._total)
    _total = property(lambda d: autograd.sum(d.concentration, -1, keepdims=True))

    @property
    def mode(self) -> Tensor:
        """Where all concentrations are below 1, a corner: of the largest."""
        above = autograd.clip(self.concentration - 1, 0.0, None)
        sums = autograd.sum(above, -1, keepdims=True)
        corner = np.arange(above.shape[-1]) == np.argmax(self.concentration.data, -1, keepdims=True)
        inside = np.any(self.concentration.data >= 1, -1, keepdims=True)
        return autograd.where(inside, above / autograd.where(inside, sums, 1.0), corner.astype(self.dtype))

    @property
    def variance(self) -> Tensor:
        """That of each share."""
        return self.mean * (1 - self.mean) / (self._total + 1)

    def _drawn(self, shape: Shape) -> Tensor:
        parts = standard_gamma(self.concentration.astype(WIDE), shape)
        shares = parts / autograd.sum(parts, -1, keepdims=True)
        ends = np.finfo(self.dtype)
        return autograd.clip(shares, float(ends.tiny), 1 - float(ends.epsneg)).astype(self.dtype)

    @widely
    def _log_prob(self, value: Tensor) -> Tensor:
        return autograd.sum(autograd.xlogy(self.concentration - 1, value), -1) - self._log_normalizer()

    def _log_normalizer(self) -> Tensor:
        return autograd.sum(autograd.gammaln(self.concentration), -1) - autograd.gammaln(self._total[..., 0])

    @widely
    def entropy(self) -> Tensor:
        """In gammaln and digamma of the concentrations and of their sum."""
        a, total = self.concentration, self._total[..., 0]
        own = autograd.sum((a - 1) * autograd.digamma(a), -1)
        return self._log_normalizer() + (total - a.shape[-1]) * autograd.digamma(total) - own
