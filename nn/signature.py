"""How a layer shows the arguments it was made with."""

from __future__ import annotations

import inspect

from .module import Module

__all__: list[str] = []


def arguments(layer: Module, *first: str) -> str:
    """The attributes `first`, then by name each argument whose attribute differs from its default.

    >>> from nn import LeakyReLU
    >>> arguments(LeakyReLU(0.5)), arguments(LeakyReLU(0.5), "negative_slope")
    ('negative_slope=0.5', '0.5')
    """
    options = {n: p.default for n, p in inspect.signature(type(layer)).parameters.items() if n not in first}
    changed = [n for n, default in options.items() if hasattr(layer, n) and getattr(layer, n) != default]
    return ", ".join([repr(getattr(layer, n)) for n in first] + [f"{n}={getattr(layer, n)!r}" for n in changed])
