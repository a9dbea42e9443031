"""torch.optim: our optimizers, which hold the engine's Tensors and show a program its own."""

from typing import Any

import optim

from .tensor import inside, inward, native, outward, wrapped


class Group(dict[str, Any]):
    """A group of parameters and its options, which shows a program its own Tensors."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return wrapped(value) if name == "params" and not inside.get() else value

    __or__ = lambda self, other: Group({**self, **other})  # with what load_state_dict brings


class State(dict[Any, Any]):
    """The state of each parameter: empty at first, as a program's own optimizer expects it."""

    def __getitem__(self, parameter: Any) -> Any:
        return super().__getitem__(parameter) if inside.get() else self.setdefault(native(parameter), {})


class Optimizer(optim.Optimizer):
    """What an optimizer here adds to ours."""

    def __init__(self, params: Any, *args: Any, **options: Any) -> None:
        if args and isinstance(args[0], dict):  # the defaults of a program's own optimizer
            args, options = (), {**args[0], **options}
        kept = {n: v for n, v in options.items() if n not in ("foreach", "fused", "capturable", "differentiable")}
        inward(super().__init__)(iter(params), *args, **kept)

    def add_param_group(self, param_group: Any) -> None:
        """Step more parameters."""
        inward(super().add_param_group)(param_group)
        self.param_groups[-1] = Group(self.param_groups[-1])

    # what else a program notes in a group, such as its name, is its own
    _check = lambda self, group: super()._check({n: v for n, v in group.items() if n in self.defaults})

    def step(self, closure: Any = None) -> Any:
        """Update every parameter that has a gradient."""
        if closure is None and all(p.grad is None for group in self.param_groups for p in group["params"]):
            return None  # which PyTorch passes over in silence
        return inward(super().step)(closure and outward(closure))

    state = property(lambda self: vars(self)["state"], lambda self, state: vars(self).update(state=State(state)))
    state_dict = inward(optim.Optimizer.state_dict)
    load_state_dict = inward(optim.Optimizer.load_state_dict)
    __repr__ = inward(optim.Optimizer.__repr__)


classes = {c.__name__: c for c in vars(optim).values() if isinstance(c, type) and issubclass(c, optim.Optimizer)}
_own = lambda c: {"__doc__": c.__doc__, "__module__": "torch.optim", "_checks": c._checks}
namespace: dict[str, Any] = {n: type(n, (Optimizer, c), _own(c)) for n, c in classes.items()} | {"Optimizer": Optimizer}
