"""Distributions made of others: their batch taken as one value, or mixed."""

from collections.abc import Sequence
from typing import Annotated, Any

import autograd
from autograd import Tensor
from autograd.engine.types import Dtype, Shape
from autograd.support.settings import Count

from .categorical import Categorical
from .constraints import independent
from .distribution import Distribution, summed

__all__ = ["Independent", "MixtureSameFamily"]


def _distribution(what: str, value: object) -> Any:
    if not isinstance(value, Distribution):
        raise TypeError(f"{what} is a {type(value).__name__}; it takes a Distribution, such as Normal(0.0, 1.0)")
    return value


Base = Annotated[Any, _distribution]


class _OfOthers(Distribution):
    """A family that has no parameters of its own, and those of another."""

    @property
    def dtype(self) -> Dtype:
        """That of the other."""
        return self._of.dtype


class Independent(_OfOthers):
    """A distribution, of whose batch the last axes, `reinterpreted_batch_ndims` of them, become axes of one value.

    >>> from nn.distributions import Normal
    >>> d = Independent(Normal([0.0, 0.0, 0.0], 1.0), 1)
    >>> d.batch_shape, d.event_shape, d.log_prob([0.0, 0.0, 0.0])
    ((), (3,), Tensor(-2.7568))
    """

    base_distribution: Base
    reinterpreted_batch_ndims: Count

    def _setup(self, *args: Any, **options: Any) -> None:
        self._of = self.base_dist = self.base_distribution
        n, shape = self.reinterpreted_batch_ndims, self.base_dist.batch_shape
        if n > len(shape):
            raise ValueError(f"Independent: {n} axes of a batch_shape {shape}; give the base that many, or fewer here")
        cut = len(shape) - n
        self._batch, self._event = shape[:cut], (*shape[cut:], *self.base_dist.event_shape)

    event_shape = property(lambda d: d._event)
    has_rsample = property(lambda d: d.base_dist.has_rsample)
    support = property(lambda d: independent(d.base_dist.support, d.reinterpreted_batch_ndims))
    mean = property(lambda d: d.base_dist.mean)
    mode = property(lambda d: d.base_dist.mode)
    variance = property(lambda d: d.base_dist.variance)

    def _drawn(self, shape: Shape) -> Tensor:
        return self.base_dist._drawn(shape)

    def _log_prob(self, value: Tensor) -> Tensor:
        return summed(self.base_dist._log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        """The sum of those of the base."""
        return summed(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def expand(self, batch_shape: Sequence[int]) -> Any:
        """The same, with the base expanded."""
        inner = self._event[: self.reinterpreted_batch_ndims]
        return type(self)(self.base_dist.expand((*batch_shape, *inner)), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(_OfOthers):
    """A draw of one of n components, the last axis of a distribution's batch, chosen by a `Categorical` of n.

    >>> from nn.distributions import Categorical, Normal
    >>> d = MixtureSameFamily(Categorical([1.0, 1.0]), Normal([-2.0, 2.0], [1.0, 1.0]))
    >>> d.mean, d.variance, d.log_prob(0.0)
    (Tensor(0.), Tensor(5.), Tensor(-2.9189))
    """

    mixture_distribution: Base
    component_distribution: Base

    def _setup(self, *args: Any, **options: Any) -> None:
        mixture, self._of = self.mixture_distribution, self.component_distribution
        if not isinstance(mixture, Categorical):
            raise TypeError(f"MixtureSameFamily: mixture_distribution={mixture!r} is no Categorical, which it must be")
        batch = self._of.batch_shape
        if not batch or batch[-1] != mixture._num_events or mixture.batch_shape not in ((), batch[:-1]):
            raise ValueError(
                f"MixtureSameFamily: components of batch_shape {batch}, and weights of {mixture.param_shape}; the last "
                "axis of the components' batch is what the weights choose from"
            )
        self._batch = batch[:-1]

    event_shape = property(lambda d: d._of.event_shape)
    support = property(lambda d: d._of.support)
    _axis = property(lambda d: -1 - len(d.event_shape))

    def _shares(self) -> Tensor:
        """The weights, beside whatever a component has of each."""
        probs = self.mixture_distribution.probs
        return probs[(..., *(None,) * len(self.event_shape))]

    def _mixed(self, of_each: Tensor) -> Tensor:
        return autograd.sum(self._shares() * of_each, self._axis)

    @property
    def mean(self) -> Tensor:
        """The components' means, by their weights."""
        return self._mixed(self._of.mean)

    @property
    def variance(self) -> Tensor:
        """The mean of the variances, and the variance of the means."""
        away = self._of.mean - autograd.expand_dims(self.mean, self._axis)
        return self._mixed(self._of.variance) + self._mixed(away**2)

    def _each(self, value: Tensor) -> Tensor:
        return autograd.expand_dims(value, self._axis)

    def _log_prob(self, value: Tensor) -> Tensor:
        return autograd.logsumexp(self._of._log_prob(self._each(value)) + self.mixture_distribution.logits, -1)

    def _cdf(self, value: Tensor) -> Tensor:
        return autograd.sum(self._of._cdf(self._each(value)) * self.mixture_distribution.probs, -1)

    def _drawn(self, shape: Shape) -> Tensor:
        events = len(self.event_shape)
        outer = shape[: len(shape) - events]
        first = outer[: len(outer) - len(self._batch)]
        chosen = self.mixture_distribution.expand(self._batch)._drawn(outer).data
        every = self._of._drawn((*first, *self._of.batch_shape, *self.event_shape))
        places = chosen[(..., None, *(None,) * events)]
        return autograd.take_along_axis(every, places, self._axis).reshape(shape)

    def expand(self, batch_shape: Sequence[int]) -> Any:
        """The same, with both parts expanded."""
        components = self._of.expand((*batch_shape, self._of.batch_shape[-1]))
        return type(self)(self.mixture_distribution.expand(batch_shape), components)

    def __repr__(self) -> str:
        return f"MixtureSameFamily({self.mixture_distribution!r}, {self._of!r})"
