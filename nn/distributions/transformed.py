"""What becomes of draws that go through a function with an inverse."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.types import Shape

from .combined import Base, _OfOthers
from .constraints import independent
from .distribution import summed
from .location import Normal
from .transforms import ExpTransform, Given, chained

__all__ = ["LogNormal", "TransformedDistribution"]


class TransformedDistribution(_OfOthers):
    """The distribution of `transforms`, one or several in a row, of what a base draws.

    >>> from nn.distributions import AffineTransform, SigmoidTransform
    >>> d = TransformedDistribution(Normal(0.0, 1.0), [AffineTransform(1.0, 2.0), SigmoidTransform()])
    >>> d.log_prob(0.5), d.cdf(0.5)
    (Tensor(-0.3508), Tensor(0.3085))
    """

    base_distribution: Base
    transforms: Given

    def _setup(self, *args: Any, **options: Any) -> None:
        self._through(self.base_distribution, self.transforms)

    def _through(self, base: Any, transforms: Any) -> None:
        self._chain = chained(transforms)
        self.transforms, self._of = list(self._chain.parts), base
        # values of as many axes as the transforms take; what the base has fewer becomes independent
        within, without = self._chain.domain.event_dim, self._chain.codomain.event_dim
        base_events = len(base.event_shape)
        shape = self._chain.forward_shape((*base.batch_shape, *base.event_shape))
        grown = self._chain.inverse_shape(shape)[: -base_events or None]
        if grown != base.batch_shape:  # each of several transforms has draws of its own
            base = base.expand(grown)
        from .combined import Independent

        more = max(0, within - base_events)
        self.base_dist = Independent(base, more) if more else base
        self._events = without + max(base_events - within, 0)
        cut = len(shape) - self._events
        self._batch, self._event = shape[:cut], shape[cut:]

    event_shape = property(lambda d: d._event)
    has_rsample = property(lambda d: d.base_dist.has_rsample)

    @property
    def support(self) -> Any:
        """Where the last transform leads."""
        found = self._chain.parts[-1].codomain if self.transforms else self.base_dist.support
        more = self._events - found.event_dim
        return independent(found, more) if more > 0 else found

    def _drawn(self, shape: Shape) -> Tensor:
        return self._chain(self.base_dist._drawn(self._chain.inverse_shape(shape)))

    def _log_prob(self, value: Tensor) -> Tensor:
        events, total = self._events, 0.0
        for part in reversed(self.transforms):
            x = part.inv(value)
            events += part.domain.event_dim - part.codomain.event_dim
            total = total - summed(part.log_abs_det_jacobian(x, value), events - part.domain.event_dim)
            value = x
        return summed(self.base_dist._log_prob(value), events - len(self.base_dist.event_shape)) + total

    def _monotone(self, what: str) -> Any:
        if not self._chain.bijective or not np.all(self._chain.sign):
            raise self._unknown(what, "draws: not all of the transforms grow, or fall,")
        return self._chain.sign

    def _cdf(self, value: Tensor) -> Tensor:
        sign = self._monotone("cdf")
        below = self.base_dist._cdf(self._chain.inv(value))
        return sign * (below - 0.5) + 0.5

    def _icdf(self, value: Tensor) -> Tensor:
        sign = self._monotone("icdf")
        return self._chain(self.base_dist._icdf(sign * (value - 0.5) + 0.5))

    def expand(self, batch_shape: Sequence[int]) -> Any:
        """The same, with the base expanded."""
        shape = self._chain.inverse_shape((*batch_shape, *self._event))
        cut = len(shape) - len(self.base_dist.event_shape)
        return type(self)(self.base_dist.expand(shape[:cut]), self.transforms)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist!r}, {[type(t).__name__ for t in self.transforms]})"


class LogNormal(TransformedDistribution):
    """The distribution of exp(x), where x is normal with the mean `loc` and the standard deviation `scale`.

    >>> LogNormal(0.0, 1.0).mean
    Tensor(1.6487)
    """

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.validate_args = validate_args
        self._through(Normal(loc, scale, validate_args=validate_args), ExpTransform())

    loc = property(lambda d: d.base_dist.loc)
    scale = property(lambda d: d.base_dist.scale)
    mean = property(lambda d: autograd.exp(d.loc + d.scale**2 / 2))
    mode = property(lambda d: autograd.exp(d.loc - d.scale**2))
    variance = property(lambda d: autograd.expm1(d.scale**2) * autograd.exp(2 * d.loc + d.scale**2))

    def entropy(self) -> Tensor:
        """loc plus that of the normal distribution."""
        return self.base_dist.entropy() + self.loc

    def expand(self, batch_shape: Sequence[int]) -> Any:
        """The same with parameters of another batch shape."""
        base = self.base_dist.expand(batch_shape)
        return type(self)(base.loc, base.scale, validate_args=False)
