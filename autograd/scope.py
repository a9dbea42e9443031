"""Scope: what part of the record one call of a module made. Drawings group operations by it.

Births count upward, so two numbers say which nodes were made during a call: nothing is noted per operation.
"""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

from .core import Tensor
from .node import Node, births
from .tree import flatten


class Scope(NamedTuple):
    """One call of `module`: of the nodes born between `first` and `last`. Weak, so that a record keeps no module."""

    first: int
    last: int
    module: weakref.ref[Any]
    kind: str


def begin() -> int:
    """The birth that a call begins with, to be handed to `end`."""
    return next(births)


def end(module: Any, first: int, output: Any) -> None:
    """Note on the Tensors in `output` that a call of `module` made them; not on those it only passed through."""
    if output.__class__ is Tensor:
        node = output._node
        if node is not None and node.birth > first:
            _note(node, Scope(first, next(births), weakref.ref(module), module.__class__.__name__))
        return
    scope = Scope(first, next(births), weakref.ref(module), module.__class__.__name__)
    for leaf in flatten(output)[0]:
        if isinstance(leaf, Tensor) and leaf._node is not None and leaf._node.birth > first:
            _note(leaf._node, scope)


def _note(node: Node, scope: Scope) -> None:
    node.__dict__.setdefault("scopes", []).append(scope)
