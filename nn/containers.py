"""Modules that hold modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from .module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


def _require_module(value: Any, where: str) -> Module:
    if not isinstance(value, Module):
        hint = "tanh as a layer is nn.Tanh()"
        if isinstance(value, type) and issubclass(value, Module):
            hint = f"write {value.__name__}(), a layer, not the class"
        elif isinstance(value, (list, tuple)):
            hint = "unpack it, as in Sequential(*layers)"
        raise TypeError(f"{where} is {repr(value)[:80]}, not a Module; {hint}")
    return value


def _set_named(container: Module, name: str, module: Module) -> None:
    title = type(container).__name__
    if not isinstance(name, str):
        raise TypeError(f"{title}: a module's name is text, not {name!r}")
    if hasattr(type(container), name):
        raise KeyError(f"{title}: the name {name!r} belongs to {title} itself; choose another")
    setattr(container, name, _require_module(module, f"{title}: {name!r}"))


class ModuleList(Module):
    """Modules in a list, registered, so that `parameters()` and `state_dict()` see them.

    >>> from nn import Linear
    >>> layers = ModuleList(Linear(4, 4) for _ in range(3))
    >>> len(layers), layers[-1]
    (3, Linear(4, 4))
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        self.extend(modules or ())

    def append(self, module: Module) -> Self:
        """Add one at the end; returns self."""
        number = len(self)
        while str(number) in self.__dict__:  # the names of a slice do not start at 0
            number += 1
        setattr(self, str(number), _require_module(module, f"{type(self).__name__}: item {number}"))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several at the end; returns self."""
        for i, module in enumerate(modules := list(modules)):
            _require_module(module, f"{type(self).__name__}: item {len(self) + i}")
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put one before position `index`; those behind move up by one number. Returns self."""
        modules = list(self)
        modules.insert(index, _require_module(module, f"{type(self).__name__}: item {index}"))
        return self._refill(modules)

    def pop(self, index: int = -1) -> Module:
        """Take out the one at position `index` and return it; those behind move down by one number."""
        module: Module = self[index]
        del self[index]
        return module

    def _refill(self, modules: list[Module]) -> Self:
        for name, _ in list(self.named_children()):
            delattr(self, name)
        return self.extend(modules)

    def __len__(self) -> int:
        return len(list(self.children()))

    def __iter__(self) -> Iterator[Module]:
        return iter(list(self.children()))

    def __getitem__(self, index: Any) -> Any:
        chosen = list(self.children())[index]
        return ModuleList(chosen) if isinstance(index, slice) else chosen

    def __setitem__(self, index: int, module: Module) -> None:
        name = [name for name, _ in self.named_children()][index]
        setattr(self, name, _require_module(module, f"{type(self).__name__}: item {index}"))

    def __delitem__(self, index: int | slice) -> None:
        modules = list(self)
        del modules[index]
        self._refill(modules)

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)


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

    A dict instead gives them names, as in PyTorch: `Sequential({"hidden": Linear(4, 3), "output": Linear(3, 2)})`.
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        if len(modules) == 1 and isinstance(named := modules[0], Mapping):
            for name, module in named.items():
                _set_named(self, name, module)
            return
        self.extend(_require_module(module, f"Sequential: argument {i}") for i, module in enumerate(modules))

    def __getitem__(self, index: Any) -> Any:
        """One module, or of a slice a Sequential of the same modules under the same names."""
        chosen = list(self.named_children())[index]
        return Sequential(dict(chosen)) if isinstance(index, slice) else chosen[1]

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
        self.update(modules or {})

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add several, or replace those of the same name."""
        for name, module in modules.items():
            self[name] = module

    def pop(self, name: str) -> Module:
        """Take one out and return it."""
        module = self[name]
        del self[name]
        return module

    def __setitem__(self, name: str, module: Module) -> None:
        _set_named(self, name, module)

    def __getitem__(self, name: str) -> Module:
        if name not in self:
            raise KeyError(f"{type(self).__name__} has no {name!r}; it has {', '.join(self) or 'nothing'}")
        return dict(self.named_children())[name]

    def __delitem__(self, name: str) -> None:
        self[name]
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
