"""What training asks of a model and of its batches, as types and as checks; nn's modules and loaders have it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any, Protocol, TypeAlias

import numpy as np

from autograd import Tensor
from autograd.engine.types import Array
from autograd.support.settings import Check

Batch: TypeAlias = Any  # (inputs..., target), a dict, an array
Weights: TypeAlias = dict[str, Array]


class Model(Protocol):
    """A function of Tensors with parameters, made of modules."""

    @property
    def training(self) -> bool:
        """Whether it is in training mode."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The outputs."""

    def train(self, mode: bool = True) -> object:
        """Switch to training behaviour, or to that of inference."""

    def eval(self) -> object:
        """Switch to inference behaviour."""

    def parameters(self) -> Iterator[Tensor]:
        """What is trained."""

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """What is trained, by name."""

    def buffers(self) -> Iterator[Tensor]:
        """What is kept but not trained."""

    def named_buffers(self) -> Iterator[tuple[str, Any]]:
        """What is kept but not trained, by name."""

    def modules(self) -> Iterator[Any]:
        """The model and its parts."""

    def named_modules(self) -> Iterator[tuple[str, Any]]:
        """The model and its parts, by name."""

    def state_dict(self) -> Weights:
        """A copy of all weights, by name."""

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> object:
        """Go on from what `state_dict` returned."""


class Batches(Protocol):
    """What can be gone through again and again, batch by batch: a DataLoader, or a list."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Batch]: ...


def batches(what: str, value: Any) -> Any:
    """`value`, if it is batches: TypeError or ValueError that says what else it is."""
    kind = type(value).__name__
    if callable(getattr(value, "batch", None)):
        raise TypeError(f"{what} is a {kind}, of samples; give DataLoader(it, batch_size=...)")
    wrong = isinstance(value, (np.ndarray, Tensor, tuple, dict, str))
    if wrong or not (hasattr(value, "__iter__") and hasattr(value, "__len__")):
        taken = "a DataLoader or a list of batches, which can be gone through again and have a length"
        raise TypeError(f"{what} is a {kind}; it takes {taken}")
    if not len(value):
        raise ValueError(f"{what} holds no batch")
    return value


def as_they_are(parts: Iterable[Any], name: str) -> Iterator[None]:
    """What sets an attribute of all parts back to what it is now, when listed: in one call, that no Ctrl-C parts."""
    parts = list(parts)
    return map(object.__setattr__, parts, repeat(name), [getattr(part, name) for part in parts])


def having(takes: str, *names: str) -> Check:
    """The check for an object, not a class, that has these attributes; `takes` says in words what it is."""

    def check(what: str, value: object) -> object:
        if isinstance(value, type) or not all(hasattr(value, name) for name in names):
            raise TypeError(f"{what} is {shown(value)}; it takes {takes}")
        return value

    return check


a_model = having("a Module", "__call__", "named_modules")


def function_of(arguments: str) -> Check:
    """The check for a function of these arguments."""
    other = having(f"a function of {arguments}", "__call__")

    def check(what: str, value: object) -> object:
        if isinstance(value, type):
            raise TypeError(f"{what} is the class {value.__name__}; call it, {value.__name__}()")
        return other(what, value)

    return check


def shown(value: object) -> str:
    """What kind of value it is, in words."""
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
