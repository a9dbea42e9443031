"""torch.optim: our optimizers, which hold the engine's Tensors and show a program its own."""

from typing import Any

import optim

from .tensor import inside, inward, native, outward, wrapped

_WITHOUT_MEANING = ("foreach", "fused", "capturable", "differentiable")


class Group(dict[str, Any]):
    """A group of parameters and its options, which shows a program its own Tensors."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return wrapped(value) if name == "params" and not inside.get() else value


class Stepping(optim.Optimizer):
    """What an optimizer here adds to ours."""

    def __init__(self, params: Any, *args: Any, **options: Any) -> None:
        params = params if isinstance(params, dict) else list(params)
        given = [{**p, "params": _tensors(p["params"])} if isinstance(p, dict) else native(p) for p in params]
        kept = {n: v for n, v in options.items() if n not in _WITHOUT_MEANING}
        super().__init__(given, *args, **kept)

    def add_param_group(self, param_group: Any) -> None:
        """Step more parameters."""
        super().add_param_group({**param_group, "params": _tensors(param_group["params"])})
        self.param_groups[-1] = Group(self.param_groups[-1])

    state_dict = inward(optim.Optimizer.state_dict)
    load_state_dict = inward(optim.Optimizer.load_state_dict)
    __repr__ = inward(optim.Optimizer.__repr__)

    def step(self, closure: Any = None) -> Any:
        """Update every parameter that has a gradient."""
        if all(p.grad is None for group in self.param_groups for p in group["params"]) and closure is None:
            return None  # which PyTorch passes over in silence
        return _step(self, closure and outward(closure))


_step = inward(optim.Optimizer.step)


def _tensors(params: Any) -> Any:
    return native(params if hasattr(params, "shape") else list(params))


def _optimizer(cls: type) -> type:
    made: Any = type(cls.__name__, (Stepping, cls), {"__doc__": cls.__doc__})
    made.__module__, made.step = "torch.optim", Stepping.step
    if cls.step is not optim.Optimizer.step:
        own = inward(cls.step)
        made.step = lambda self, closure=None: own(self, closure and outward(closure))
    return made


classes = [c for c in vars(optim).values() if isinstance(c, type) and issubclass(c, optim.Optimizer)]
namespace: dict[str, Any] = {c.__name__: _optimizer(c) for c in classes if c is not optim.Optimizer}
namespace["Optimizer"] = Stepping
