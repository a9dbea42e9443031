"""Buffers: pieces of memory that arrays lie in, each once, however many views of it are kept."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from numpy import ndarray

from ...engine.node import Node

GIVEN, RESULT, GRADIENT = "given", "result", "gradient"
NEVER = 1 << 62


def root(array: ndarray) -> ndarray:
    """The array that owns the memory of a view."""
    while isinstance(array.base, ndarray):
        array = array.base
    return array


def held(node: Node) -> Iterator[ndarray]:
    """The arrays that a recorded operation keeps for its rules."""
    return arrays(node.saved)


def arrays(*values: Any) -> Iterator[ndarray]:
    """The arrays in nested tuples, lists and dicts."""
    stack = [*values]
    while stack:
        value = stack.pop()
        if isinstance(value, ndarray):
            yield value
        elif isinstance(value, (tuple, list)):
            stack += value
        elif isinstance(value, dict):
            stack += value.values()


class Buffer:
    """One piece of memory: when it was first and last seen, by which call it was made, used and kept.

    Moments are numbers of the ledger's moments, calls are births of their nodes. What was `given` to the first call
    that used it, a parameter or an input, was made by none.
    """

    __slots__ = ("born", "died", "keepers", "made", "role", "since", "size", "users")

    def __init__(self, size: int, role: str, born: int, made: int) -> None:
        self.size, self.role, self.born, self.made = size, role, born, made
        self.died = self.since = NEVER  # `since`: the moment from which it is kept
        self.keepers: list[int] = []
        self.users: list[int] = []

    @property
    def kept(self) -> bool:
        """Whether backward keeps it: not the parameters and inputs, which are there without it."""
        return self.role != GIVEN and bool(self.keepers)


class Buffers:
    """All buffers that were seen. Those alive are known by a weak reference, so that nothing lives longer for it."""

    def __init__(self) -> None:
        self.seen: list[Buffer] = []
        self._alive: dict[int, tuple[Any, Buffer]] = {}
        self.now = 0  # the number of the moment that comes next

    def find(self, array: Any, role: str, made: int = 0) -> Buffer | None:
        """The buffer of an array, new if it was not seen before; None of a number, which has none."""
        if not isinstance(array, ndarray):
            return None
        owner = root(array)
        key = id(owner)
        found = self._alive.get(key)
        if found is not None:
            return found[1]
        buffer = Buffer(owner.nbytes, role, self.now, made)
        self._alive[key] = weakref.ref(owner, lambda _: self._died(key)), buffer
        self.seen.append(buffer)
        return buffer

    def keep(self, array: ndarray, birth: int) -> None:
        """Note that the call of this birth keeps an array."""
        buffer = self.find(array, RESULT, birth)
        if buffer is not None:
            buffer.since = min(buffer.since, self.now)
            buffer.keepers.append(birth)

    def close(self) -> None:
        """What is alive now is watched no longer."""
        self._alive.clear()

    def _died(self, key: int) -> None:
        found = self._alive.pop(key, None)
        if found is not None:
            found[1].died = self.now
