"""Modules that hold modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .module import Module


class Sequential(Module):
    """Modules applied one after the other.

    >>> import autograd
    >>> from nn import Linear, ReLU
    >>> model = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
    >>> model(autograd.ones((5, 4))).shape
    (5, 2)
    """

    def __init__(self, *modules: Module) -> None:
        for i, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(f"Sequential: argument {i} is {module!r}, not a Module; nn has tanh as nn.Tanh(), say")
            setattr(self, str(i), module)

    def forward(self, x: Any) -> Any:
        """Pass x through every module in order."""
        for module in self.children():
            x = module(x)
        return x

    def __len__(self) -> int:
        return len(list(self.children()))

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __getitem__(self, index: int) -> Module:
        return list(self.children())[index]
