"""Hooks: functions that hear of each call of a module, and of each backward through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from autograd import ShapeError, Tensor
from autograd.engine.modes import replaying
from autograd.engine.sweep import world
from autograd.ops.declare import op
from autograd.support.tree import flatten

__all__: list[str] = []

Gradients = tuple[Tensor | None, ...]


class Hook:
    """A registered hook; `remove()`, or the end of a `with` block, takes it off again."""

    def __init__(self, hooks: list[Hook], function: Callable[..., Any]) -> None:
        self.hooks = hooks
        self.function = function
        self.changes = False  # whether it did more than look: returned something, or left a hook on the output
        hooks.append(self)

    def __call__(self, *args: Any) -> Any:
        """Call the function."""
        before = _marks(args[-1])
        result = self.function(*args)
        self.changes |= result is not None or before != _marks(args[-1])
        return result

    def remove(self) -> None:
        """Take the hook off; twice does no harm."""
        if self in self.hooks:
            self.hooks.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def _marks(output: Any) -> list[Any]:
    """What a hook may change on the Tensors of an output: their values, and hooks of theirs."""
    nodes = [getattr(part, "_node", None) for part in (output if isinstance(output, tuple) else (output,))]
    return [(id(node), node and node.taps) for node in nodes]


def due(hooks: Sequence[Hook]) -> list[Hook]:
    """Those to call now: where `checkpoint` runs a function again, only those that change something."""
    return [hook for hook in hooks if hook.changes] if replaying.get() else list(hooks)


class Crossing:
    """One call of a module with backward hooks: arguments and results pass through, so that gradients do, too."""

    def __init__(self, module: Any, hooks: Sequence[Hook]) -> None:
        self.module, self.hooks = module, tuple(hooks)
        self.grad_output: Gradients = ()
        self.unwatched: Gradients | None = None  # as many None as arguments, if none of these carries a gradient

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments; when their gradients arrive, all is known, and the hooks are called."""
        passed = self._passed(args, self._call)
        self.unwatched = (None,) * len(args) if passed is args else None
        return passed

    def leave(self, output: Any) -> Any:
        """The output, whose gradients arrive first."""
        results, rebuild = flatten(output)

        def arrived(gradients: Gradients) -> Gradients:
            self.grad_output = gradients
            if self.unwatched is not None:
                self._call(self.unwatched)
            return gradients

        return rebuild(list(self._passed(tuple(results), arrived)))

    def _passed(self, values: tuple[Any, ...], arrived: Callable[[Gradients], Gradients]) -> tuple[Any, ...]:
        """The values, those that carry a gradient through an identity whose gradients `arrived` is told of."""
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]
        if not places:
            return values

        def joint(g: Any) -> list[Any]:
            g = g if isinstance(g, tuple) else (g,)
            told: list[Tensor | None] = [None] * len(values)
            for i, part in zip(places, g):
                told[i] = world(part, True)
            changed = arrived(tuple(told))
            return [world(changed[i], isinstance(part, Tensor)) for i, part in zip(places, g)]

        identity = op(variadic="inputs", joint=joint, name="backward hooks")(lambda inputs: tuple(inputs))
        changed = dict(zip(places, identity([values[i] for i in places])))
        return tuple(changed.get(i, v) for i, v in enumerate(values))

    def _call(self, grad_input: Gradients) -> Gradients:
        for hook in self.hooks:
            changed = hook(self.module, grad_input, self.grad_output)
            if changed is None:
                continue
            changed = changed if isinstance(changed, tuple) else (changed,)
            if len(changed) != len(grad_input):
                raise ShapeError(
                    f"a backward hook of {type(self.module).__name__} returned {len(changed)} gradients for "
                    f"{len(grad_input)} arguments; return one for each, None where there is none"
                )
            grad_input = changed
        return grad_input
