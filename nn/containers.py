"""Modules that hold modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


def _require_module(value: Any, where: str) -> Module:
    if not isinstance(value, Module):
        raise TypeError(f"{where} is {value!r}, not a Module; nn has tanh as nn.Tanh(), say")
    return value


class ModuleList(Module):
    """Modules in a list, registered, so that `parameters()` and `state_dict()` see them.

    >>> from nn import Linear
    >>> layers = ModuleList(Linear(4, 4) for _ in range(3))
    >>> len(layers), layers[-1]
    (3, Linear(4, 4))
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)

    def append(self, module: Module) -> ModuleList:
        """Add one at the end; returns self."""
        number = len(self)
        setattr(self, str(number), _require_module(module, f"{type(self).__name__}: item {number}"))
        return self

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add several at the end; returns self."""
        for module in modules:
            self.append(module)
        return self

    def __len__(self) -> int:
        return len(list(self.children()))

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __getitem__(self, index: Any) -> Any:
        chosen = list(self.children())[index]
        return type(self)._of(chosen) if isinstance(index, slice) else chosen

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, str(range(len(self))[index]), _require_module(module, f"{type(self).__name__}: item {index}"))

    @classmethod
    def _of(cls, modules: list[Module]) -> ModuleList:
        return cls(modules)


class Sequential(ModuleList):
    """Modules applied one after the other.

    >>> import autograd
    >>> from nn import Linear, ReLU
    >>> model = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
    >>> model(autograd.ones((5, 4))).shape
    (5, 2)
    >>> model
    Sequential(  # 23 parameters
      (0): Linear(4, 3)  # 15
      (1): ReLU()
      (2): Linear(3, 2)  # 8
    )
    """

    def __init__(self, *modules: Module) -> None:
        for i, module in enumerate(modules):
            _require_module(module, f"Sequential: argument {i}")
        super().__init__(modules)

    @classmethod
    def _of(cls, modules: list[Module]) -> ModuleList:
        return cls(*modules)

    def forward(self, x: Any) -> Any:
        """Pass x through every module in order."""
        for module in self.children():
            x = module(x)
        return x


class ModuleDict(Module):
    """Modules by name, registered, so that `parameters()` and `state_dict()` see them.

    >>> from nn import ReLU, Tanh
    >>> choices = ModuleDict({"relu": ReLU(), "tanh": Tanh()})
    >>> choices["tanh"], list(choices.keys())
    (Tanh(), ['relu', 'tanh'])
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        for name, module in (modules or {}).items():
            self[name] = module

    def __setitem__(self, name: str, module: Module) -> None:
        if hasattr(type(self), name):
            raise KeyError(f"ModuleDict: the name {name!r} belongs to Module itself; choose another")
        setattr(self, name, _require_module(module, f"ModuleDict: {name!r}"))

    def __getitem__(self, name: str) -> Module:
        return dict(self.named_children())[name]

    def __delitem__(self, name: str) -> None:
        delattr(self, name)

    def __contains__(self, name: str) -> bool:
        return name in dict(self.named_children())

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> list[str]:
        """The names."""
        return [name for name, _ in self.named_children()]

    def values(self) -> list[Module]:
        """The modules."""
        return list(self.children())

    def items(self) -> list[tuple[str, Module]]:
        """Names and modules."""
        return list(self.named_children())
