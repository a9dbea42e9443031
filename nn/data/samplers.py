"""Samplers: which samples an epoch goes over, for `DataLoader(sampler=...)` and `DataLoader(batch_sampler=...)`.

Those that draw take a Generator of NumPy's; without one the engine's decides, which a DataLoader seeds by its own.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Any

import numpy as np

from autograd.ops.random import given_or_current
from autograd.support.settings import Flag, Settings, Size, as_given

from .dataset import length

__all__ = ["BatchSampler", "RandomSampler", "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler"]

Given = Annotated[Any, as_given]


class _Sampler(Settings):
    """The base of all: `_order(rng)` gives the indices of an epoch, as many as `_count` says."""

    _count = 0

    def _order(self, rng: np.random.Generator) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no _order(self, rng)")

    def __iter__(self) -> Iterator[int]:
        rng = given_or_current(f"{type(self).__name__}: generator", getattr(self, "generator", None))
        return iter(np.asarray(self._order(rng)).tolist())

    def __len__(self) -> int:
        return self._count


class SequentialSampler(_Sampler):
    """All samples of a dataset, one after the other.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    data_source: Given

    def _setup(self) -> None:
        self._count = length("SequentialSampler", self.data_source)

    def _order(self, rng: np.random.Generator) -> Any:
        return np.arange(self._count)


class RandomSampler(_Sampler):
    """The samples of a dataset in random order, or only `num_samples`; each drawn from all with `replacement`.

    >>> sorted(RandomSampler("abc")), len(RandomSampler("abc", replacement=True, num_samples=7))
    ([0, 1, 2], 7)
    """

    data_source: Given
    replacement: Flag = False
    num_samples: Size | None = None
    generator: Given = None

    def _setup(self) -> None:
        self._all = length("RandomSampler", self.data_source)
        self._count = self._all if self.num_samples is None else self.num_samples
        if self._count > self._all and not self.replacement:
            raise ValueError(
                f"RandomSampler: num_samples={self._count} of a dataset of {self._all}; replacement=True draws again"
            )

    def _order(self, rng: np.random.Generator) -> Any:
        return (
            rng.integers(self._all, size=self._count) if self.replacement else rng.permutation(self._all)[: self._count]
        )


class SubsetRandomSampler(_Sampler):
    """Some indices in random order.

    >>> sorted(SubsetRandomSampler([3, 5]))
    [3, 5]
    """

    indices: Given
    generator: Given = None

    def _setup(self) -> None:
        self._count = length("SubsetRandomSampler", self.indices)

    def _order(self, rng: np.random.Generator) -> Any:
        return rng.permutation(np.asarray(self.indices))


class WeightedRandomSampler(_Sampler):
    """Indices drawn as often as their weights say, such as rare classes as often as others; ValueError for wrong ones.

    >>> list(WeightedRandomSampler([0.0, 2.0, 0.0], 3))
    [1, 1, 1]
    """

    weights: Given
    num_samples: Size
    replacement: Flag = True
    generator: Given = None

    def _setup(self) -> None:
        weights = np.asarray(self.weights, np.float64)
        if weights.ndim != 1 or not np.all(weights >= 0) or not 0 < weights.sum() < np.inf:
            raise ValueError(f"WeightedRandomSampler: weights={self.weights!r} are not a vector from 0 on, not all 0")
        drawable = np.count_nonzero(weights)
        if self.num_samples > drawable and not self.replacement:
            raise ValueError(
                f"WeightedRandomSampler: num_samples={self.num_samples} of {drawable} that have a weight; "
                "replacement=True draws them again"
            )
        self._shares, self._count = weights / weights.sum(), self.num_samples

    def _order(self, rng: np.random.Generator) -> Any:
        return rng.choice(len(self._shares), self._count, self.replacement, self._shares)


class BatchSampler(Settings):
    """The indices of each batch, from those of a sampler.

    >>> list(BatchSampler(range(5), 2)), list(BatchSampler(range(5), 2, drop_last=True))
    ([[0, 1], [2, 3], [4]], [[0, 1], [2, 3]])
    """

    sampler: Annotated[Sequence[int], as_given]
    batch_size: Size
    drop_last: Flag = False

    def __iter__(self) -> Iterator[list[int]]:
        left = iter(self.sampler)
        while batch := list(islice(left, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        whole, rest = divmod(len(self.sampler), self.batch_size)
        return whole + bool(rest and not self.drop_last)
