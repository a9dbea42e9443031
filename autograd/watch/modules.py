"""Scope: what part of the record one call of a module made. Drawings group operations by it.

Births count upward, so two numbers say which nodes were made during a call: nothing is noted per operation.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any, NamedTuple

from numpy import ndarray

from ..engine.modes import WATCH, mode, observers
from ..engine.node import Node, births
from ..engine.tensor import Tensor


class Scope(NamedTuple):
    """One call of `module`: of the nodes born between `first` and `last`. Weak, so that a record keeps no module.

    The sweep of a derivative that was recorded is one of no module.
    """

    first: int
    last: int
    module: Callable[[], Any]
    kind: str


def nested(scopes: Iterable[Scope]) -> list[Scope]:
    """The calls in their order, each before those that it holds."""
    return sorted(scopes, key=lambda s: (s.first, -s.last))


def outermost(scopes: Iterable[Scope]) -> list[Scope]:
    """The calls that no other call holds."""
    found: list[Scope] = []
    for scope in nested(scopes):
        if not found or scope.last > found[-1].last:
            found.append(scope)
    return found


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


# -- paths ---------------------------------------------------------------------------------------------


def calling() -> str:
    """The path and class of the module whose call is being run, as known from the calls around it; "" for none."""
    frame: FrameType | None = sys._getframe(1)
    called: list[Any] = []
    while frame is not None:
        if frame.f_code.co_name == "__call__" and hasattr(held := frame.f_locals.get("self"), "named_modules"):
            called.append(held)
        frame = frame.f_back
    return titled(called[0], _paths(called[-1])) if called else ""


def homes(order: Iterable[Node], model: Any = None) -> Callable[[int], str]:
    """A function that says of a birth the path and class of the innermost module that was being called then.

    `order` are nodes of the record, on which calls were noted. Paths begin at `model`, or at the outermost module.
    """
    scopes = nested(s for n in order for s in n.__dict__.get("scopes", ()))
    known: dict[int, dict[int, str]] = {}

    def home(birth: int) -> str:
        around = [s for s in scopes if s.first < birth < s.last]
        if not around:
            return ""
        inner, root = around[-1].module(), model if model is not None else around[0].module()
        if inner is None:
            return str(around[-1].kind)
        if id(root) not in known:
            known[id(root)] = _paths(root)
        return titled(inner, known[id(root)])

    return home


def titled(module: Any, paths: dict[int, str]) -> str:
    """A module as messages name it: its path, if it has one, and its class."""
    path, kind = paths.get(id(module), ""), type(module).__name__
    return f"{path} ({kind})" if path else kind


def _paths(root: Any) -> dict[int, str]:
    return {id(module): name for name, module in root.named_modules()} if hasattr(root, "named_modules") else {}
