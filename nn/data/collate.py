"""From samples to a batch: what they have in common becomes arrays with a first axis for the samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import ShapeError, Tensor

__all__ = ["default_collate"]


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack samples of the same form into a batch of that form.

    Arrays, Tensors and numbers become one array with a first axis for the samples; tuples, named tuples, lists and
    dicts are entered; text stays a list. Python's floats become float32, as everywhere, arrays keep their dtype.

    Raises ShapeError where shapes, lengths or keys differ, TypeError for anything else; both name the samples.

    >>> images, labels = default_collate([(np.zeros((1, 8, 8)), 3), (np.ones((1, 8, 8)), 7)])
    >>> images.shape, labels
    ((2, 1, 8, 8), array([3, 7]))
    """
    if not isinstance(batch, Iterable) or isinstance(batch, Mapping):
        raise TypeError(f"default_collate takes a list of samples, not {batch!r}")
    batch = list(batch)
    return collate(batch, range(len(batch)))


def collate(samples: Sequence[Any], names: Sequence[Any], at: str = "") -> Any:
    """`default_collate`, of samples that errors call by `names`; `at` is the place inside a sample."""
    if not len(samples):
        raise ValueError("default_collate got no samples; a batch has at least one")
    first, kinds = samples[0], [_kind(s) for s in samples]
    if len(set(kinds)) > 1:
        _same("types", [type(s).__name__ for s in samples], names, at)
    if kinds[0] == "text":
        return list(samples)
    if kinds[0] == "array" and all(type(s) in (int, float, bool) for s in samples):
        return Tensor(list(samples)).data
    if kinds[0] == "array":
        arrays = [np.asarray(s.data if isinstance(s, Tensor) else s) for s in samples]
        for array, name in zip(arrays, names):
            if array.dtype.kind in "Oc":
                raise TypeError(
                    f"{_place(name, at)} is an array of {array.dtype}, which nothing here computes with; convert it "
                    "in the dataset (astype, .real), or pass a collate_fn"
                )
        _same("shapes", [a.shape for a in arrays], names, at)
        return np.stack(arrays)
    if not isinstance(first, (tuple, list, Mapping)):
        raise TypeError(
            f"{_place(names[0], at)} is a {type(first).__name__}, which default_collate cannot stack: arrays, Tensors, "
            "real numbers, text, and tuples, lists and dicts of them. Convert it in the dataset, or pass a collate_fn"
        )
    if isinstance(first, Mapping):
        _same("keys", [sorted(s, key=repr) for s in samples], names, at)
        return {key: collate([s[key] for s in samples], names, f"{at}[{key!r}]") for key in first}
    _same("lengths", [len(s) for s in samples], names, at)
    parts = [collate(part, names, f"{at}[{i}]") for i, part in enumerate(zip(*samples))]
    if isinstance(first, tuple):
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    return parts


def _kind(sample: Any) -> Any:
    if isinstance(sample, (str, bytes)):
        return "text"
    return "array" if isinstance(sample, (Tensor, np.ndarray, np.generic, int, float)) else type(sample)


def _place(name: Any, at: str) -> str:
    return f"sample {name}" + (f", its {at}," if at else "")


def _same(what: str, values: list[Any], names: Sequence[Any], at: str) -> None:
    for value, name in zip(values, names):
        if value != values[0]:
            raise ShapeError(
                f"samples {names[0]} and {name} have different {what}{' at ' + at if at else ''}: {values[0]} and "
                f"{value}. Make them alike in the dataset (crop, pad), or pass a collate_fn"
            )
