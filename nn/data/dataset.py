"""Datasets: samples by index, and parts of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import floor, isclose
from operator import index as whole
from typing import Any

import numpy as np

from autograd import ShapeError, Tensor
from autograd.ops.random import current
from autograd.support.checks import number, size

from .collate import collate

__all__ = ["ConcatDataset", "Dataset", "Subset", "TensorDataset", "random_split"]


class Dataset:
    """Samples by index: a subclass writes `__len__` and `__getitem__`. Anything that has both will do, such as a list.

    One that can fetch many samples at once faster than one by one also writes `batch`. Who changes `__getitem__` in a
    subclass and leaves `batch` has the samples fetched one by one.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 10
    ...     def __getitem__(self, index):
    ...         return index, index**2
    >>> Squares().batch([2, 3])
    (array([2, 3]), array([4, 9]))
    """

    def __len__(self) -> int:
        """The number of samples."""
        raise NotImplementedError(f"{type(self).__name__} defines no __len__(self), the number of its samples")

    def __getitem__(self, index: Any) -> Any:
        """The sample at `index`, from 0 on; IndexError beyond the last one."""
        raise NotImplementedError(f"{type(self).__name__} defines no __getitem__(self, index), one sample")

    def batch(self, indices: Any) -> Any:
        """The samples at `indices`, as `default_collate` joins them."""
        return _one_by_one(self, indices)

    def __add__(self, other: Any) -> ConcatDataset:
        return ConcatDataset([self, other])


def fetch(dataset: Any, indices: Any) -> Any:
    """The collated batch of the samples at `indices` of anything with `__getitem__`."""
    if isinstance(dataset, Dataset):
        # a `batch` from further up than `__getitem__` knows nothing of what that one changes
        nearest = next(vars(kind) for kind in type(dataset).__mro__ if {"batch", "__getitem__"} & vars(kind).keys())
        if "batch" in nearest:
            return dataset.batch(indices)
    return _one_by_one(dataset, indices)


def samples(dataset: Any, indices: Any) -> list[Any]:
    """The samples at `indices`, one by one; an error carries the index of its sample."""
    found = []
    for index in map(int, indices):
        try:
            found.append(dataset[index])
        except Exception as error:
            error.add_note(f"raised by sample {index} of {type(dataset).__name__}")
            raise
    return found


def _one_by_one(dataset: Any, indices: Any) -> Any:
    return collate(samples(dataset, indices), [int(index) for index in indices])


def length(what: str, dataset: Any) -> int:
    """The number of samples; TypeError for what has none, cannot be indexed or is arrays side by side."""
    if isinstance(dataset, tuple) and dataset and all(isinstance(a, (np.ndarray, Tensor)) for a in dataset):
        raise TypeError(
            f"{what}: a tuple of {len(dataset)} arrays is no dataset; TensorDataset(x, y) takes a row of each as a "
            "sample, list(...) each array"
        )
    if isinstance(dataset, Mapping):
        raise TypeError(
            f"{what}: a {type(dataset).__name__} has keys, a dataset samples from 0 on; TensorDataset(*d.values()) "
            "takes a row of each value, list(d.values()) each value"
        )
    try:
        count = len(dataset)
    except (TypeError, NotImplementedError) as error:
        raise TypeError(
            f"{what}: {type(dataset).__name__} has no length ({error}); a dataset has __len__ and __getitem__, "
            "as a list has: list(...) makes one of a generator"
        ) from None
    if not hasattr(dataset, "__getitem__"):
        raise TypeError(f"{what}: {type(dataset).__name__} has no __getitem__; a dataset gives samples by index")
    return count


def drawn(what: str, seed: Any) -> int:
    """The seed as an integer from 0 on; None draws one, from the generator that `autograd.seed` sets."""
    return int(current().integers(2**32)) if seed is None else size(f"{what}: seed", seed, 0)


class TensorDataset(Dataset):
    """Arrays or Tensors of one length; a sample is a tuple of one row of each.

    They are kept as they are, in `arrays`, as NumPy arrays. `dataset[index]` takes any index of NumPy: an integer, a
    slice, an array. Raises ShapeError for lengths that differ.

    >>> dataset = TensorDataset(np.arange(6).reshape(3, 2), np.array([0, 1, 0]))
    >>> dataset[1]
    (array([2, 3]), np.int64(1))
    >>> dataset[1:]
    (array([[2, 3],
           [4, 5]]), array([1, 0]))
    """

    def __init__(self, *arrays: Any) -> None:
        if not arrays:
            raise ValueError("TensorDataset got no arrays; pass at least one, such as images and labels")
        for a in arrays:
            shapes = [v.shape for v in a if isinstance(v, (np.ndarray, Tensor))] if isinstance(a, (tuple, list)) else []
            if shapes and (isinstance(a, tuple) or len(set(shapes)) > 1):  # a list of equal ones is the rows of one
                raise TypeError(f"TensorDataset(x, y) takes arrays one by one, not a {type(a).__name__} of them")
        self.arrays = tuple(a if isinstance(a, np.ndarray) else np.asarray(Tensor(a).data) for a in arrays)
        shapes = [a.shape for a in self.arrays]
        if () in shapes or len({shape[0] for shape in shapes}) > 1:
            raise ShapeError(
                f"TensorDataset: arrays of the shapes {', '.join(map(str, shapes))} do not have one length; the first "
                "axis of each counts the samples"
            )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(a[index] for a in self.arrays)

    def batch(self, indices: Any) -> tuple[Any, ...]:
        """The rows at `indices` of each array, copied at once."""
        return tuple(a[indices] for a in self.arrays)

    def __repr__(self) -> str:
        return f"TensorDataset({', '.join(f'{a.dtype}{list(a.shape)}' for a in self.arrays)})"


class Subset(Dataset):
    """The samples of `dataset` at `indices`, in their order.

    Raises IndexError for an index that the dataset does not have, TypeError for indices that are not integers.

    >>> Subset(["a", "b", "c"], [2, 0])[0]
    'c'
    """

    def __init__(self, dataset: Any, indices: Sequence[int] | np.ndarray) -> None:
        count = length("Subset", dataset)
        chosen = np.asarray(indices)
        if chosen.size == 0:
            chosen = chosen.astype(np.intp)
        if chosen.dtype.kind == "b":
            raise TypeError("Subset: indices are integers, not a mask; np.flatnonzero(mask) makes them of one")
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
            raise TypeError(f"Subset: indices are a list of integers, not {chosen.dtype} of shape {chosen.shape}")
        outside = chosen[(chosen < -count) | (chosen >= count)]
        if outside.size:
            raise IndexError(f"Subset: index {outside[0]} is outside the {count} samples of {type(dataset).__name__}")
        self.dataset, self.indices = dataset, chosen

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        chosen = self.indices[index]
        if np.ndim(chosen) and isinstance(self.dataset, (Sequence, ConcatDataset)):
            raise TypeError(
                f"Subset: a {type(self.dataset).__name__} gives one sample at a time, not those at {index!r}; "
                "Subset(subset, indices) takes a part, subset.batch(indices) several samples"
            )
        return self.dataset[chosen if np.ndim(chosen) else int(chosen)]

    def batch(self, indices: Any) -> Any:
        """The samples at `indices` of these, in the dataset's own fastest way."""
        return fetch(self.dataset, self.indices[indices])

    def __repr__(self) -> str:
        return f"Subset({len(self)} of {len(self.dataset)} samples of {type(self.dataset).__name__})"


class ConcatDataset(Dataset):
    """The samples of several datasets, one dataset after the other; `dataset + dataset` makes one, too.

    >>> both = ConcatDataset([["a", "b"], ["c"]])
    >>> len(both), both[2], both[-3]
    (3, 'c', 'a')
    """

    def __init__(self, datasets: Sequence[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset got no datasets; pass a list of at least one")
        self.cumulative_sizes = list(accumulate(length("ConcatDataset", d) for d in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        try:
            i = whole(index)
        except TypeError:
            raise TypeError(
                f"ConcatDataset: index {index!r} is not an integer; Subset(dataset, range(...)) takes a part, "
                "dataset.batch(indices) several samples"
            ) from None
        i += len(self) if i < 0 else 0
        if not 0 <= i < len(self):
            raise IndexError(f"ConcatDataset: index {index} is outside its {len(self)} samples")
        part = bisect_right(self.cumulative_sizes, i)
        return self.datasets[part][i - (self.cumulative_sizes[part - 1] if part else 0)]


def random_split(dataset: Any, lengths: Sequence[float], seed: int | None = None) -> list[Subset]:
    """Split a dataset at random into parts that do not overlap.

    `lengths` are the numbers of samples, which sum to the dataset's, or fractions, which sum to 1: each is rounded
    down, and the samples left over go to the first parts, one each. Without a `seed`, `autograd.seed` decides.
    Raises ValueError for lengths that do not sum to either.

    >>> train, test = random_split(range(10), [0.75, 0.25], seed=0)
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    count = length("random_split", dataset)
    if not isinstance(lengths, (tuple, list, np.ndarray)):
        raise TypeError(f"random_split: lengths={lengths!r} is not a list, one length for each part: [0.8, 0.2]")
    counts = _counts(count, [number("random_split: a length", v, 0.0) for v in lengths])
    order = np.random.default_rng(drawn("random_split", seed)).permutation(count)
    return [Subset(dataset, part) for part in np.split(order, np.cumsum(counts)[:-1])]


def _counts(count: int, lengths: list[float]) -> list[int]:
    if isclose(sum(lengths), 1.0):
        counts = [floor(count * fraction) for fraction in lengths]
        left = count - sum(counts)
        return [c + left // len(counts) + (i < left % len(counts)) for i, c in enumerate(counts)]
    if sum(lengths) != count or any(v != int(v) for v in lengths):
        shown = ", ".join(f"{v:g}" for v in lengths)
        raise ValueError(
            f"random_split: the lengths {shown} sum to {sum(lengths):g}, neither to the {count} samples of the "
            "dataset (whole numbers) nor to 1 (fractions)"
        )
    return [int(v) for v in lengths]
