"""DataLoader: a dataset in batches, in an order and with an augmentation that a seed and a position repeat exactly."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from copy import copy
from dataclasses import KW_ONLY
from functools import partial
from itertools import islice
from typing import Annotated, Any

import numpy as np

from autograd import WeightsError
from autograd.ops.random import drawing
from autograd.support.checks import size
from autograd.support.settings import Count, Flag, Settings, Size

from .dataset import drawn, fetch, length, samples
from .transforms import checked

__all__ = ["DataLoader"]

_ORDER, _BATCH = 0, 1  # what a stream of chance is for


def _callable(what: str, value: Any) -> Any:
    if not callable(value):
        raise TypeError(f"{what}={value!r} is not callable")
    return value


def _ordered(what: str, value: Any) -> Any:
    if isinstance(value, Iterator) or not (hasattr(value, "__iter__") and hasattr(value, "__len__")):
        raise TypeError(
            f"{what} is a {type(value).__name__}; give what has len() and can be looped over again and again"
        )
    return value


class DataLoader(Settings):
    """Goes over a dataset in batches, once per `for` loop, in a new random order each time if `shuffle` is set.

    `dataset` has `__len__` and `__getitem__`. The last batch is smaller where `batch_size` does not divide its length,
    or left out with `drop_last`. `collate_fn` makes a batch of a list of samples (`default_collate` if None), and
    `transform(batch, rng)` changes it, such as those of `nn.data.transforms`. With `prefetch=n`, a thread makes up to
    n batches ahead, which pays where reading a sample waits for the disk.

    In place of `shuffle`, a `sampler` says the order: an object with `__iter__`, which yields the indices of an epoch,
    and `__len__`, how many; a `batch_sampler` yields the indices of each batch. While it is asked, the engine's
    generator is that of the epoch's order, so that one which draws from `autograd` repeats itself, too.

    Chance is a function of `seed` and the position alone: the order comes from seed and epoch, and a generator from
    seed, epoch and batch is the `rng` of the transform and stands in for the engine's while the batch is made, so that
    a dataset may draw from `autograd`, too. So a loader that goes on from `state_dict` yields what the first one would
    have yielded, and prefetching changes nothing. Without a seed, one is drawn from the generator that `autograd.seed`
    sets.

    A loop that is left early (`break`) is over: the next one is the next epoch. `state_dict` still tells the batch that
    the newest loop yielded last, and goes on after it in the loader that loads it.

    `len(loader)` counts the batches of an epoch, `loader.samples` their samples. Raises TypeError and ValueError for
    arguments that cannot be, such as an empty dataset.

    >>> from nn.data import TensorDataset
    >>> dataset = TensorDataset(np.arange(5.0), np.arange(5))
    >>> loader = DataLoader(dataset, batch_size=2, shuffle=True, seed=0)
    >>> [labels.tolist() for _, labels in loader], [labels.tolist() for _, labels in loader]
    ([[1, 0], [2, 3], [4]], [[1, 2], [0, 3], [4]])
    """

    dataset: Any
    batch_size: Size = 1
    shuffle: Flag = False
    drop_last: Flag = False
    collate_fn: Annotated[Callable[[list[Any]], Any], _callable] | None = None
    _: KW_ONLY
    sampler: Annotated[Any, _ordered] | None = None
    batch_sampler: Annotated[Any, _ordered] | None = None
    transform: Annotated[Callable[[Any, np.random.Generator], Any], checked] | None = None
    seed: int | None = None
    prefetch: Count = 0

    def _setup(self) -> None:
        self._length = length("DataLoader", self.dataset)
        if not self._length:
            raise ValueError(f"DataLoader: the dataset, a {type(self.dataset).__name__}, is empty")
        if self.sampler is not None:
            self._length = len(self.sampler)
        replaced = (self.shuffle, self.sampler is not None, self.drop_last, self.batch_size != 1)
        if (self.sampler is not None and self.shuffle) or (self.batch_sampler is not None and any(replaced)):
            raise ValueError(
                "DataLoader: a sampler takes the place of shuffle, a batch_sampler that of shuffle, sampler, drop_last "
                "and batch_size; leave out what it stands for"
            )
        if not len(self) and not self.drop_last:
            raise ValueError("DataLoader: the sampler is empty")
        if not len(self):
            raise ValueError(
                f"DataLoader: drop_last leaves nothing of {self._length} samples with batch_size={self.batch_size}"
            )
        self.seed = drawn("DataLoader", self.seed)
        self._share = (0, 1)  # which of how many equal parts of each batch
        # epoch and batch: after what was yielded last; where a loop begins
        self._position, self._next = [0, 0], (0, 0)

    def __len__(self) -> int:
        """The batches of an epoch."""
        if self.batch_sampler is not None:
            return len(self.batch_sampler)
        return self._length // self.batch_size if self.drop_last else -(-self._length // self.batch_size)

    @property
    def samples(self) -> int:
        """The samples of an epoch, without those that `drop_last` leaves out; of the dataset with a `batch_sampler`."""
        whole = self._length if self.batch_sampler is not None else min(len(self) * self.batch_size, self._length)
        return -(-whole // self._share[1])

    def shard(self, rank: int, size: int) -> "DataLoader":
        """A loader of the part of each batch that falls to process `rank` of `size`: together they are the batch.

        Parts of a batch differ by one sample at most, and a transform draws other numbers in each. Raises ValueError
        where the last batch would leave a process without a sample.

        >>> loader = DataLoader(np.arange(8), batch_size=4, shuffle=True, seed=0)
        >>> [[batch.tolist() for batch in loader.shard(rank, 2)] for rank in (0, 1)]
        [[[7, 0], [5, 2]], [[1, 6], [3, 4]]]
        """
        rest = self._length - (len(self) - 1) * self.batch_size
        smallest = self.batch_size if self.drop_last else rest
        if self.batch_sampler is None and min(smallest, self.batch_size) < size:
            what = f"a batch of {min(smallest, self.batch_size)} for {size} processes"
            raise ValueError(f"DataLoader: {what}; take a larger batch_size, or drop_last=True if it is the last one")
        part = copy(self)
        part._share, part._position = (rank, size), list(self._next)
        return part

    def __iter__(self) -> Iterator[Any]:
        """The batches of the next epoch, or of the rest of the one that `load_state_dict` came from."""
        epoch, _ = self._next
        self._position = list(self._next)  # a list for each loop, so that an older one moves only its own
        self._next = epoch + 1, 0
        return self._batches(self._position, partial(self._batch, self._order(epoch), self.seed, epoch))

    def _batches(self, position: list[int], make: Callable[[int], Any]) -> Iterator[Any]:
        epoch, start = position
        numbers = range(start, len(self))
        with closing(_ahead(make, numbers, self.prefetch)) as batches:
            for number, batch in zip(numbers, batches):
                position[:] = (epoch, number + 1) if number + 1 < len(self) else (epoch + 1, 0)
                yield batch

    def _order(self, epoch: int) -> Any:
        """The indices of an epoch; with a `batch_sampler`, those of each batch."""
        rng = _stream(self.seed, _ORDER, epoch)
        given: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
        if given is None:
            return rng.permutation(self._length) if self.shuffle else np.arange(self._length)
        with drawing(rng):
            order = list(given)
        if len(order) != len(given):
            raise ValueError(f"DataLoader: {given!r} gives {len(order)} where its len() says {len(given)}")
        return order

    def _batch(self, order: Any, seed: int | None, epoch: int, number: int) -> Any:
        size = self.batch_size
        indices = order[number * size : (number + 1) * size] if self.batch_sampler is None else order[number]
        (rank, parts), count = self._share, len(indices)
        indices = np.asarray(indices[count * rank // parts : count * (rank + 1) // parts])
        if not len(indices):
            raise ValueError(f"DataLoader: a batch of {count} samples leaves none for process {rank} of {parts}")
        rng = _stream(seed, _BATCH, epoch, number, *([rank] if parts > 1 else ()))
        try:
            with drawing(rng):
                collate = self.collate_fn
                batch = fetch(self.dataset, indices) if collate is None else collate(samples(self.dataset, indices))
                if self.transform is None:
                    return batch
                changed = self.transform(batch, rng)
            if changed is None:
                raise TypeError(f"DataLoader: transform {self.transform!r} returned None; it returns the changed batch")
            return changed
        except Exception as error:
            error.add_note(f"DataLoader was making batch {number} of epoch {epoch}")
            raise

    def _identity(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("batch_size", "shuffle", "drop_last")} | {
            "samples": self._length
        }

    def state_dict(self) -> dict[str, Any]:
        """The position after the batch yielded last, with the seed and what it holds for, in numbers that JSON takes.

        It is that of the newest loop, and between two epochs batch 0 of the next one. Batches made ahead do not count.
        "samples" is the length of the dataset.

        >>> loader = DataLoader(range(6), batch_size=2, seed=0)
        >>> _ = next(iter(loader))
        >>> loader.state_dict()
        {'seed': 0, 'epoch': 0, 'batch': 1, 'batch_size': 2, 'shuffle': False, 'drop_last': False, 'samples': 6}
        """
        epoch, batch = self._position
        return {"seed": self.seed, "epoch": epoch, "batch": batch, **self._identity()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned: the next loop yields the rest of that epoch. The seed is taken over.

        Raises WeightsError, and changes nothing, if it came from another length, batch size or order of the dataset.
        """
        mine = self.state_dict()
        if not isinstance(state_dict, Mapping) or set(state_dict) != set(mine):
            raise WeightsError(f"DataLoader.load_state_dict takes what state_dict() returned: {', '.join(mine)}")
        differ = [f"{k} is {state_dict[k]!r}, here {v}" for k, v in self._identity().items() if state_dict[k] != v]
        if differ:
            raise WeightsError(
                f"DataLoader: this state is of other data: {'; '.join(differ)}. Load it into a loader as the saved one"
            )
        try:
            seed, epoch, batch = (size(f"DataLoader: {k}", state_dict[k], 0) for k in ("seed", "epoch", "batch"))
        except (TypeError, ValueError) as error:
            raise WeightsError(str(error)) from None
        if batch >= len(self):
            raise WeightsError(f"DataLoader: batch={batch} is beyond the {len(self)} batches of an epoch")
        self.seed, self._position, self._next = seed, [epoch, batch], (epoch, batch)

    def __repr__(self) -> str:
        return (
            f"DataLoader({self.samples:,} samples in {len(self):,} batches of {self.batch_size}, "
            f"shuffle={self.shuffle}, seed={self.seed})"
        )


def _stream(seed: int | None, *key: int) -> np.random.Generator:
    """Each key has a stream of its own, apart from `np.random.default_rng` of any seed, too."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _ahead(make: Callable[[int], Any], numbers: Iterable[int], depth: int) -> Generator[Any, None, None]:
    """`make` of each number in turn; in a thread, `depth` of them ahead. Closing it ends the thread."""
    if not depth:
        for n in numbers:  # not `yield from map(...)`, which a StopIteration in `make` would end without a word
            yield make(n)
        return
    context = copy_context()  # the thread sees the caller's default dtype and switches
    rest, waiting = iter(numbers), deque[Future[Any]]()
    pool = ThreadPoolExecutor(1, "DataLoader")
    try:
        while True:
            waiting.extend(pool.submit(context.run, make, n) for n in islice(rest, depth + 1 - len(waiting)))
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
