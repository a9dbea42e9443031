"""Modules that hold modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from autograd import Tensor

from .module import Module, Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


def _require_module(value: Any, where: str) -> Module:
    if not isinstance(value, Module):
        hint = "tanh as a layer is nn.Tanh()"
        if isinstance(value, type) and issubclass(value, Module):
            hint = f"write {value.__name__}(), a layer, not the class"
        elif isinstance(value, (list, tuple)):
            hint = "unpack it, as in Sequential(*layers)"
        raise TypeError(f"{where} is {repr(value)[:80]}, not a Module; {hint}")
    return value


def _checked(kind: type[Any], value: Any, where: str) -> Any:
    """`value`, if a list or dict of this kind takes it."""
    if kind is Module:
        return _require_module(value, where)
    if isinstance(value, Parameter):
        return value
    if not isinstance(value, Tensor) or value.requires_grad:
        raise TypeError(f"{where} is {repr(value)[:80]}, not a Parameter; make it one, nn.Parameter(...)")
    return Parameter(value)


def _set_named(container: Module, name: str, value: Any) -> None:
    title = type(container).__name__
    if not isinstance(name, str):
        raise TypeError(f"{title}: a name is text, not {name!r}")
    if hasattr(type(container), name):
        raise KeyError(f"{title}: the name {name!r} belongs to {title} itself; choose another")
    setattr(container, name, value)


class _Numbered(Module):
    """What lists of modules and of parameters share: the names of their items are numbers."""

    _kind: ClassVar[type[Any]] = Module

    def _items(self) -> list[tuple[str, Any]]:
        return [(name, value) for name, value in vars(self).items() if isinstance(value, self._kind)]

    def append(self, value: Any) -> Self:
        """Add one at the end; returns self."""
        number = len(self)
        while str(number) in self.__dict__:  # the names of a slice do not start at 0
            number += 1
        setattr(self, str(number), _checked(self._kind, value, f"{type(self).__name__}: item {number}"))
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add several at the end; returns self."""
        start, title = len(self), type(self).__name__
        for value in [_checked(self._kind, value, f"{title}: item {start + i}") for i, value in enumerate(values)]:
            self.append(value)
        return self

    def insert(self, index: int, value: Any) -> Self:
        """Put one before position `index`; those behind move up by one number. Returns self."""
        values = list(self)
        values.insert(index, _checked(self._kind, value, f"{type(self).__name__}: item {index}"))
        return self._refill(values)

    def pop(self, index: int = -1) -> Any:
        """Take out the one at position `index` and return it; those behind move down by one number."""
        value = self[index]
        del self[index]
        return value

    def _refill(self, values: list[Any]) -> Self:
        for name, _ in self._items():
            delattr(self, name)
        return self.extend(values)

    def __len__(self) -> int:
        return len(self._items())

    def __iter__(self) -> Iterator[Any]:
        return iter([value for _, value in self._items()])

    def __getitem__(self, index: Any) -> Any:
        chosen = list(self)[index]
        if not isinstance(index, slice):
            return chosen
        return ModuleList(chosen) if self._kind is Module else ParameterList(chosen)

    def __setitem__(self, index: int, value: Any) -> None:
        name, _ = self._items()[index]
        setattr(self, name, _checked(self._kind, value, f"{type(self).__name__}: item {index}"))

    def __delitem__(self, index: int | slice) -> None:
        values = list(self)
        del values[index]
        self._refill(values)

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)


class ModuleList(_Numbered):
    """Modules in a list, registered, so that `parameters()` and `state_dict()` see them.

    >>> from nn import Linear
    >>> layers = ModuleList(Linear(4, 4) for _ in range(3))
    >>> len(layers), layers[-1]
    (3, Linear(4, 4))
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        self.extend(modules or ())


class ParameterList(_Numbered):
    """Parameters in a list, registered, so that `parameters()` and `state_dict()` see them; a Tensor becomes one.

    >>> weights = ParameterList([Parameter([1.0, 2.0]), Parameter(3.0)])
    >>> list(weights.state_dict()), weights[1]
    (['0', '1'], Tensor(3., requires_grad=True))
    """

    _kind = Parameter

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        self.extend(values or ())


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
                _set_named(self, name, _require_module(module, f"Sequential: {name!r}"))
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


class _Named(Module):
    """What dicts of modules and of parameters share."""

    _kind: ClassVar[type[Any]] = Module

    def update(self, values: Mapping[str, Any]) -> None:
        """Add several, or replace those of the same name."""
        for name, value in values.items():
            self[name] = value

    def pop(self, name: str) -> Any:
        """Take one out and return it."""
        value = self[name]
        del self[name]
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        _set_named(self, name, _checked(self._kind, value, f"{type(self).__name__}: {name!r}"))

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(f"{type(self).__name__} has no {name!r}; it has {', '.join(self) or 'nothing'}")
        return vars(self)[name]

    def __delitem__(self, name: str) -> None:
        self[name]
        delattr(self, name)

    def __contains__(self, name: str) -> bool:
        return name in self.keys()

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> list[str]:
        """The names."""
        return [name for name, _ in self.items()]

    def values(self) -> list[Any]:
        """What they name."""
        return [value for _, value in self.items()]

    def items(self) -> list[tuple[str, Any]]:
        """Names and what they name."""
        return [(name, value) for name, value in vars(self).items() if isinstance(value, self._kind)]


class ModuleDict(_Named):
    """Modules by name, registered, so that `parameters()` and `state_dict()` see them.

    >>> from nn import ReLU, Tanh
    >>> choices = ModuleDict({"relu": ReLU(), "tanh": Tanh()})
    >>> choices["tanh"], list(choices.keys())
    (Tanh(), ['relu', 'tanh'])
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        self.update(modules or {})


class ParameterDict(_Named):
    """Parameters by name, registered, so that `parameters()` and `state_dict()` see them; a Tensor becomes one.

    >>> weights = ParameterDict({"left": Parameter([1.0, 2.0])})
    >>> weights["left"], list(weights.state_dict())
    (Tensor([1., 2.], requires_grad=True), ['left'])
    """

    _kind = Parameter

    def __init__(self, parameters: Mapping[str, Any] | None = None) -> None:
        self.update(parameters or {})
