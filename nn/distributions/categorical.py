"""One of n: its number, or the vector that has a 1 at its place."""

from math import nan

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.types import Shape

from .constraints import RealVector, Weights, integer_interval, one_hot
from .distribution import Distribution, chance, spread

__all__ = ["Categorical", "OneHotCategorical"]


class _OneOfMany(Distribution):
    """A family of the probabilities of n kinds in the last axis."""

    def _setup(self, *args: object, **options: object) -> None:
        super()._setup()
        ((name, value),) = self._parameters().items()
        if name == "probs":
            self.probs = value / autograd.sum(value, -1, keepdims=True)
        else:
            self.logits = value - autograd.logsumexp(value, -1, keepdims=True)

    @staticmethod
    def _logs(probs: Tensor) -> Tensor:
        eps = float(np.finfo(probs.dtype).eps)
        return autograd.log(autograd.clip(probs, eps, 1 - eps))

    _derived = {  # noqa: RUF012
        "probs": lambda d: autograd.softmax(d.logits, -1),
        "logits": lambda d: d._logs(d.probs),
    }
    param_shape = property(lambda d: (*d.batch_shape, d._num_events))
    _num_events = property(lambda d: next(iter(d._parameters().values())).shape[-1])

    def entropy(self) -> Tensor:
        """-sum p log p, where 0 log 0 is 0."""
        logs = autograd.clip(self.logits, float(np.finfo(self.dtype).min), None)
        return -autograd.sum(logs * self.probs, -1)

    def _places(self, shape: Shape) -> Tensor:
        """The number of a kind for each of these."""
        ends = autograd.cumsum(self.probs, -1)
        u = chance("random", (*shape, 1), self.dtype) * ends[..., -1:]
        return autograd.sum(u >= ends[..., :-1], -1)


class Categorical(_OneOfMany):
    """The number of one of n kinds, with probabilities in proportion to `probs` (..., n), or with `logits` (..., n).

    >>> d = Categorical([1.0, 3.0])
    >>> d.probs, d.log_prob(1), d.entropy()
    (Tensor([0.25, 0.75]), Tensor(-0.2877), Tensor(0.5623))
    >>> d.log_prob(2)
    Traceback (most recent call last):
    ...
    ValueError: Categorical.log_prob: value=2 is not a whole number from 0 to 1; validate_args=False takes it
    """

    probs: Weights = None
    logits: RealVector = None
    support = property(lambda d: integer_interval(0, d._num_events - 1))
    mean = variance = property(lambda d: autograd.full_like(d.logits[..., 0], nan))
    mode = property(lambda d: autograd.argmax(d.probs, -1))

    def _drawn(self, shape: Shape) -> Tensor:
        return self._places(shape)

    def _log_prob(self, value: Tensor) -> Tensor:
        shape = np.broadcast_shapes(value.shape, self.batch_shape)
        places = np.broadcast_to(value.data, shape).astype(np.int64)[..., None]
        return autograd.take_along_axis(spread(self.logits, (*shape, self._num_events)), places, -1)[..., 0]


class OneHotCategorical(_OneOfMany):
    """The vector (..., n) with a 1 for one of n kinds, with probabilities as `Categorical` takes them.

    >>> OneHotCategorical([1.0, 3.0]).log_prob([0.0, 1.0])
    Tensor(-0.2877)
    """

    probs: Weights = None
    logits: RealVector = None
    support = one_hot
    event_shape = property(lambda d: (d._num_events,))
    mean = property(lambda d: d.probs)
    variance = property(lambda d: d.probs * (1 - d.probs))
    mode = property(lambda d: d._vector(autograd.argmax(d.probs, -1)))

    def _vector(self, places: Tensor) -> Tensor:
        return (places[..., None] == np.arange(self._num_events)).astype(self.dtype)

    def _drawn(self, shape: Shape) -> Tensor:
        return self._vector(self._places(shape[:-1]))

    def _log_prob(self, value: Tensor) -> Tensor:
        return autograd.sum(autograd.where(value > 0, self.logits, 0.0), -1)
