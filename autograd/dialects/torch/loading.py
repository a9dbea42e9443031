"""torch.utils.data: batches of Tensors from datasets of Tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

import nn.data

from ...ops.random import current
from .creation import chance, made
from .tensor import Tensor, native


class Dataset(nn.data.Dataset):
    """Samples by index."""

    def __class_getitem__(cls, kind: Any) -> Any:
        """Itself: `Dataset[Tensor]` is for type checkers."""
        return cls


class IterableDataset(Dataset):
    """Samples one after the other."""


class TensorDataset(Dataset):
    """Rows of Tensors side by side."""

    def __init__(self, *tensors: Tensor) -> None:
        assert all(len(t) == len(tensors[0]) for t in tensors), "TensorDataset: lengths differ"
        self.tensors = tensors

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(t[index] for t in self.tensors)


def default_collate(batch: list[Any]) -> Any:
    """Samples of one form stacked into a batch of that form; Python's floats become float64."""
    return _tensors(nn.data.default_collate(list(map(_plain, batch))))


def _plain(sample: Any) -> Any:
    if isinstance(sample, float):
        return np.float64(sample)
    if type(sample) in (list, tuple):
        return tuple(map(_plain, sample))
    return native(sample.detach() if isinstance(sample, Tensor) else sample)


def _tensors(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return made(value)
    if isinstance(value, dict):
        return {name: _tensors(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)) and not all(isinstance(v, str) for v in value):
        return [_tensors(part) for part in value]
    return value


class Sampler:
    """The order of an epoch: an iterable of indices."""

    def __init__(self, draw: Callable[[], Iterable[int]], length: int, generator: Any = None) -> None:
        self.draw, self.length, self.generator = draw, length, generator

    def __iter__(self) -> Iterator[int]:
        with chance(self.generator):
            order = self.draw()
        return iter(order)

    def __len__(self) -> int:
        return self.length


def SequentialSampler(data_source: Any) -> Sampler:
    """One after the other."""
    return Sampler(lambda: range(len(data_source)), len(data_source))


def RandomSampler(
    data_source: Any, replacement: bool = False, num_samples: int | None = None, generator: Any = None
) -> Sampler:
    """In random order, or each drawn from all."""
    n, count = len(data_source), num_samples or len(data_source)
    if replacement:
        return Sampler(lambda: (int(current().integers(n)) for _ in range(count)), count, generator)
    return Sampler(lambda: current().permutation(n)[:count].tolist(), count, generator)


def SubsetRandomSampler(indices: Any, generator: Any = None) -> Sampler:
    """These indices in random order."""
    return Sampler(lambda: current().permutation(np.asarray(indices)).tolist(), len(indices), generator)


def WeightedRandomSampler(weights: Any, num_samples: int, replacement: bool = True, generator: Any = None) -> Sampler:
    """Indices as often as their weights say."""
    p = np.asarray(weights, float) / np.sum(np.asarray(weights, float))
    return Sampler(lambda: current().choice(len(p), num_samples, replacement, p).tolist(), num_samples, generator)


class BatchSampler:
    """The indices of each batch."""

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool = False) -> None:
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        count = len(self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


class DataLoader:
    """Goes over a dataset in batches; workers and pinned memory mean nothing here."""

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Any = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        generator: Any = None,
        **_: Any,
    ) -> None:
        self.dataset, self.batch_size, self.drop_last, self.num_workers = dataset, batch_size, drop_last, num_workers
        self.collate_fn = collate_fn or default_collate
        self.sampler, self.batch_sampler = sampler, batch_sampler
        if not isinstance(dataset, IterableDataset):
            choose = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
            self.sampler = choose if sampler is None else sampler
            self.batch_sampler = batch_sampler or BatchSampler(self.sampler, batch_size or 1, drop_last)

    def __iter__(self) -> Iterator[Any]:
        rows = type(self.dataset) is TensorDataset and self.collate_fn is default_collate
        if isinstance(self.dataset, IterableDataset):
            groups: Any = BatchSampler(self.dataset, self.batch_size or 1, self.drop_last)
            yield from map(self.collate_fn, groups)
        elif self.batch_size is None:
            yield from (self.dataset[i] for i in self.sampler)
        else:
            for indices in self.batch_sampler:
                yield (
                    [t[indices] for t in self.dataset.tensors]  # at once
                    if rows
                    else self.collate_fn([self.dataset[i] for i in indices])
                )

    def __len__(self) -> int:
        return len(self.sampler if self.batch_size is None else self.batch_sampler)


def random_split(dataset: Any, lengths: Any, generator: Any = None) -> Any:
    """Parts of a dataset at random."""
    with chance(generator):
        return nn.data.random_split(dataset, lengths)


namespace: dict[str, Any] = {
    **{f.__name__: f for f in (Dataset, IterableDataset, TensorDataset, DataLoader, BatchSampler, default_collate)},
    **{f.__name__: f for f in (SequentialSampler, RandomSampler, SubsetRandomSampler, WeightedRandomSampler)},
    **{f.__name__: f for f in (Sampler, random_split)},
    "Subset": nn.data.Subset,
    "ConcatDataset": nn.data.ConcatDataset,
}
