"""Module: parameters and sub-modules by attribute name, and what can be done to all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import Tensor


class Parameter(Tensor):
    """A leaf Tensor that a Module trains.

    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    def __init__(self, data: Any, requires_grad: bool = True, dtype: Any = None, name: str = "") -> None:
        super().__init__(np.array(Tensor(data, dtype=dtype).data), requires_grad, None, name)


class Module:
    """The base of every layer: assign Parameters and Modules as attributes, and define `forward`.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Parameter(2.0)
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> model = Scale()
    >>> model(Tensor(3.0)).item()
    6.0
    >>> [name for name, _ in model.named_parameters()]
    ['factor']
    """

    training = True

    def forward(self, *args: Any, **options: Any) -> Any:
        """Compute the output; each layer defines its own."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(self, ...)")

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run `forward`."""
        return self.forward(*args, **options)

    def children(self) -> Iterator[Module]:
        """The direct sub-modules."""
        return (child for _, child in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct sub-modules with their attribute names."""
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Module))

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module ("") and all below it with their dotted names, each once."""
        seen: set[Module] = set()
        stack: list[tuple[str, Module]] = [("", self)]
        while stack:
            name, module = stack.pop()
            if module in seen:
                continue
            seen.add(module)
            yield name, module
            below = [(f"{name}.{n}" if name else n, child) for n, child in module.named_children()]
            stack.extend(reversed(below))

    def parameters(self) -> Iterator[Parameter]:
        """All parameters, each once."""
        return (parameter for _, parameter in self.named_parameters())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names, each once."""
        seen: set[int] = set()
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Parameter) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{prefix}.{name}" if prefix else name, value

    def train(self, mode: bool = True) -> Module:
        """Switch to training behaviour (dropout, batch statistics); returns self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Switch to inference behaviour; returns self."""
        return self.train(False)

    def apply(self, f: Callable[[Module], Any]) -> Module:
        """Call `f` on every module, children first; returns self."""
        for module in reversed(list(self.modules())):
            f(module)
        return self

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    def extra_repr(self) -> str:
        """What the layer shows in parentheses."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        name, extra = type(self).__name__, self.extra_repr()
        if not lines:
            return f"{name}({extra})"
        return f"{name}({extra}\n  " + "\n  ".join(lines) + "\n)"
