"""What calls of modules are called: their paths in the models that were called."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import Any

from ..modules import Scope, nested, outermost


def names(scopes: Sequence[Scope]) -> dict[int, str]:
    """Of each module that was called, by `id`, its path in the outermost one, whose own is its class.

    Where several models with parts were called, each path begins with the class of its model, and a number if need be.
    """
    roots = {id(m): m for m in (s.module() for s in outermost(scopes)) if hasattr(m, "named_modules")}
    prefixed = sum(1 for root in roots.values() if len(list(root.named_modules())) > 1) > 1
    found: dict[int, str] = {}
    kinds: dict[str, int] = {}
    for root in roots.values():
        kind = type(root).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
        title = kind if kinds[kind] == 1 else f"{kind}_{kinds[kind]}"
        for path, module in root.named_modules():
            found.setdefault(id(module), (f"{title}.{path}" if prefixed else path) if path else title)
    return found


def paths(scopes: Sequence[Scope], births: Sequence[int]) -> dict[int, str]:
    """Of each call by birth the path of the innermost module that made it."""
    known, ordered = names(scopes), sorted(births)
    found: dict[int, str] = {}
    for scope in nested(scopes):
        name = name_of(scope, known)
        for birth in ordered[bisect(ordered, scope.first) : bisect(ordered, scope.last)]:
            found[birth] = name
    return found


def name_of(scope: Scope, known: dict[int, str]) -> str:
    """The path of a module that was called, or its class where the model is gone."""
    module: Any = scope.module()
    return known.get(id(module), "") or scope.kind
