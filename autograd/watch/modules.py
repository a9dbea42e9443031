"""Scope: what part of the record one call of a module made. Drawings group operations by it.

Births count upward, so two numbers say which nodes were made during a call: nothing is noted per operation.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from numpy import ndarray

from ..engine.modes import WATCH, mode, observers
from ..engine.node import births
from ..engine.tensor import Tensor


class Scope(NamedTuple):
    """One call of `module`: of the nodes born between `first` and `last`. Weak, so that a record keeps no module.

    The sweep of a derivative that was recorded is one of no module.
    """

    first: int
    last: int
    module: Callable[[], Any]
    kind: str


begin = births.__next__  # the birth that a call begins with, to be handed to `end`


def end(module: Any, first: int, output: Any) -> None:
    """Note on the Tensors in `output` that a call of `module` made them; not on those it only passed through.

    They may be in lists, tuples, dicts and dataclasses.
    """
    kind = output.__class__
    if kind is Tensor:
        node = output._node
        if node is None or node.birth < first:
            return
        made = [node]
        last = next(births)
    elif kind is ndarray:
        return
    else:
        last = next(births)
        if last == first + 1:
            return  # nothing was recorded, as without gradients
        made = [t._node for t in _tensors(output) if t._node is not None and t._node.birth > first]
    if made:
        scope = Scope(first, last, weakref.ref(module), module.__class__.__name__)
        for node in made:
            node.__dict__.setdefault("scopes", []).append(scope)
        if mode.get() & WATCH:
            for observer in observers.get():
                observer.left(scope)


def _tensors(output: Any) -> Iterator[Tensor]:
    """The Tensors in nested lists, tuples, dicts and dataclasses, even in those that hold themselves."""
    stack, seen = [output], set()
    while stack:
        part = stack.pop()
        if isinstance(part, Tensor):
            yield part
        elif isinstance(part, (list, tuple, dict)) or hasattr(part.__class__, "__dataclass_fields__"):
            if id(part) in seen:
                continue
            seen.add(id(part))
            if isinstance(part, dict):
                stack += part.values()
            elif isinstance(part, (list, tuple)):
                stack += part
            else:
                stack += [getattr(part, name, None) for name in part.__dataclass_fields__]
