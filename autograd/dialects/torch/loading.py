"""torch.utils.data: batches of Tensors from datasets of Tensors."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import nn.data

from ...ops.random import drawing
from .creation import made
from .functions import require_known
from .tensor import each, native

_IDLE = "timeout worker_init_fn multiprocessing_context prefetch_factor persistent_workers pin_memory_device in_order"


class Dataset(nn.data.Dataset):
    """Samples by index."""

    __class_getitem__ = classmethod(lambda cls, kind: cls)  # `Dataset[Tensor]` is for type checkers


class IterableDataset(Dataset):
    """Samples one after the other."""

    __len__: Any = None  # which list() would ask


class Sampler(Dataset):
    """The order of an epoch: a program's own yields indices."""

    def __init__(self, data_source: Any = None) -> None:
        """Nothing: a program's own knows what it needs."""


class TensorDataset(Dataset, nn.data.TensorDataset):
    """Rows of Tensors side by side."""

    def __init__(self, *tensors: Any) -> None:
        super().__init__(*native(tensors))  # which says where lengths differ
        self.tensors = self.arrays = tensors


def default_collate(batch: list[Any]) -> Any:
    """Samples of one form stacked into a batch of that form; Python's floats become float64."""
    return _tensors(nn.data.default_collate(list(map(_plain, batch))))


def _plain(sample: Any) -> Any:
    if type(sample) in (list, tuple):
        return tuple(map(_plain, sample))
    return np.float64(sample) if type(sample) is float else each(_plain, native(sample))


def _tensors(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return list(map(_tensors, value))
    return made(value) if isinstance(value, (np.ndarray, np.generic)) else each(_tensors, value)


class DataLoader:
    """Goes over a dataset in batches, as PyTorch's; workers and pinned memory mean nothing here."""

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool = False, sampler: Any = None,
        batch_sampler: Any = None, num_workers: int = 0, collate_fn: Any = None, pin_memory: bool = False,
        drop_last: bool = False, generator: Any = None, **options: Any,
    ) -> None:  # fmt: skip
        require_known("DataLoader", options, _IDLE.split())
        orders = sampler is not None, bool(shuffle), isinstance(dataset, IterableDataset), batch_sampler is not None
        if sum(orders) > 1 or (orders[-1] and (drop_last or batch_size != 1)):
            raise ValueError("DataLoader: a sampler, shuffle or a stream says the order; a batch_sampler says it all")
        self.dataset, self.num_workers, self.collate_fn = dataset, num_workers, collate_fn or default_collate
        self.batch_size, size = batch_size, 1 if batch_size is None else batch_size
        if sampler is None and not isinstance(dataset, IterableDataset):
            in_order = nn.data.SequentialSampler(dataset)
            sampler = nn.data.RandomSampler(dataset, generator=generator) if shuffle else in_order
        self.sampler = dataset if sampler is None else sampler  # of samples one after the other the dataset itself
        self.batch_sampler = batch_sampler if orders[-1] else nn.data.BatchSampler(self.sampler, size, drop_last)

    def __iter__(self) -> Iterator[Any]:
        fetch = (lambda sample: sample) if self.sampler is self.dataset else self.dataset.__getitem__
        if self.batch_size is None:
            yield from map(fetch, self.sampler)
            return
        rows = type(self.dataset) is TensorDataset and self.collate_fn is default_collate  # all at once
        for batch in self.batch_sampler:
            yield list(self.dataset[batch]) if rows else self.collate_fn(list(map(fetch, batch)))

    def __len__(self) -> int:
        return len(self.sampler if self.batch_size is None else self.batch_sampler)


def random_split(dataset: Any, lengths: Any, generator: Any = None) -> Any:
    """Parts of a dataset at random."""
    with drawing(generator):
        return nn.data.random_split(dataset, lengths)


_named = "Subset ConcatDataset SequentialSampler RandomSampler SubsetRandomSampler WeightedRandomSampler BatchSampler"
namespace: dict[str, Any] = {n: getattr(nn.data, n) for n in _named.split()}
_own = (Dataset, IterableDataset, Sampler, TensorDataset, DataLoader, default_collate, random_split)
namespace |= {f.__name__: f for f in _own}
