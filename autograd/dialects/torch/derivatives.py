"""torch.autograd and torch.func: the engine's transforms, for functions of this dialect's Tensors.

Every complex gradient, taken and given, is the conjugate of the engine's here: the direction in which a loss grows.
"""

from contextlib import nullcontext
from copy import copy
from functools import partial
from typing import Any

import numpy as np

import nn

from ... import transforms
from ...engine.errors import UnsupportedError, is_complex
from ...engine.modes import enable_grad, no_grad, set_grad_enabled
from ...engine.sweep import turned
from ...engine.tensor import Tensor as Raw
from ...ops.declare import op
from ...program import batch
from ...support.tree import tree_map
from ...watch.anomaly import detect_anomaly
from .tensor import Function as Callable, Tensor, inward, native, outward, wrapped

_turned = partial(tree_map, lambda g: turned(g) if hasattr(g, "dtype") else g)


def _gradients(outputs: Any, inputs: Any, weights: Any, *options: Any) -> Any:
    return _turned(transforms.gradients(outputs, inputs, _turned(weights), *options))


def grad(
    outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: Any = None, create_graph: bool = False,
    allow_unused: Any = None, **_: Any,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The gradients of outputs, one for each of the inputs, in a tuple."""
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    keep = create_graph if retain_graph is None else retain_graph
    return tuple(inward(_gradients)(outputs, inputs, grad_outputs, keep, create_graph, bool(allow_unused)))


class Context:
    """What `Function.forward` keeps for `backward`."""

    saved_tensors: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep Tensors."""
        self.saved_tensors = tensors

    mark_non_differentiable = set_materialize_grads = mark_dirty = lambda self, *args: None


class Function:
    """A function with a derivative of its own: static methods forward(ctx, ...) and backward(ctx, ...)."""

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call `forward`, and note that `backward` is its derivative."""
        ctx = Context()
        places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        two_steps = hasattr(cls, "setup_context")
        with no_grad():
            out = cls.forward(*args) if two_steps else cls.forward(ctx, *args)
            if two_steps:
                cls.setup_context(ctx, args, out)
        outs = out if isinstance(out, tuple) else (out,)
        data = [o.native.data for o in outs]

        def joint(g: Any, y: Any) -> list[Any]:
            given, seen = g if isinstance(g, tuple) else (g,), ctx
            recorded = any(isinstance(p, Raw) for p in given)
            if recorded:  # a result that was kept depends on the arguments; another ctx holds it, lest it be a cycle
                known = dict(zip(map(id, outs), map(wrapped, y if isinstance(y, tuple) else (y,))))
                known, seen = known | {id(a): a for a in args}, copy(ctx)
                seen.saved_tensors = tuple(known.get(id(t), t) for t in ctx.saved_tensors)
            back = outward(cls.backward)(seen, *(wrapped(turned(p if isinstance(p, Raw) else Raw(p))) for p in given))
            back = back if isinstance(back, tuple) else (back,)
            if len(back) < len(args) or any(b is not None for b in back[len(args) :]):
                raise RuntimeError(f"{cls.__name__}.backward returned {len(back)} gradients for {len(args)} arguments")
            found = [Raw(np.zeros(args[i].shape)) if back[i] is None else native(back[i]) for i in places]
            return _turned(found if recorded else [b._array for b in found])

        declared = op(variadic="inputs", joint=joint, name=cls.__name__, complex=True)
        call = declared(lambda inputs: tuple(data) if isinstance(out, tuple) else data[0])
        return wrapped(call([args[i].native for i in places]))


def checkpoint(function: Callable, *args: Any, use_reentrant: bool = True, **options: Any) -> Any:
    """Call a function, and run it again in backward instead of keeping what it computed."""
    return inward(transforms.checkpoint(outward(function)))(*args, **options)


_transform = lambda transform: lambda func, argnums=0: inward(transform(outward(func), argnums))


def vmap(func: Callable, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "", chunk_size: Any = None) -> Any:
    """A function of one example for a batch of them."""
    return inward(batch.vmap(outward(func), in_dims, out_dims))


def functional_call(module: Any, parameters: Any, args: Any = (), kwargs: Any = None) -> Any:
    """A module with other values for its parameters."""
    return inward(nn.functional_call)(module, parameters, args if isinstance(args, tuple) else (args,), kwargs)


def vjp(func: Callable, *primals: Any) -> tuple[Any, Callable]:
    """A function's result, and what takes a gradient of it back to the arguments."""
    result, pull = inward(transforms.vjp)(outward(func), *primals)
    return result, inward(lambda g: _turned(pull(_turned(g))))


def _of_reals(transform: Callable) -> Callable:
    def derivative(func: Callable, argnums: Any, *args: Any, **options: Any) -> Any:
        if any(is_complex(args[i]) for i in np.atleast_1d(argnums)):
            raise UnsupportedError(
                "no Jacobian by complex arguments here, of which each of PyTorch's functions has another, or none; "
                "take autograd.grad of each output, or a function of torch.view_as_real(z)"
            )
        return transform(func, argnums)(*args, **options)

    return lambda func, argnums=0: partial(derivative, func, argnums)


def jacobian(func: Callable, inputs: Any, transform: Callable = transforms.jacobian, **_: Any) -> Any:
    """The derivative of all outputs by all inputs."""
    argnums, given = (tuple(range(len(inputs))), inputs) if isinstance(inputs, tuple) else (0, (inputs,))
    return inward(_of_reals(transform)(outward(func), argnums))(*given)


hessian = partial(jacobian, transform=transforms.hessian)
Variable = lambda data, requires_grad=False, **_: data.requires_grad_() if requires_grad else data


AUTOGRAD: dict[str, Any] = {
    "grad": grad, "Function": Function, "no_grad": no_grad, "enable_grad": enable_grad, "Variable": Variable,
    "set_grad_enabled": set_grad_enabled, "set_detect_anomaly": lambda on: detect_anomaly() if on else nullcontext(),
    "detect_anomaly": lambda *args, **options: detect_anomaly(),
}  # fmt: skip
FUNC: dict[str, Any] = {
    "grad": _transform(lambda f, n: lambda *args, **options: _turned(transforms.grad(f, n)(*args, **options))),
    "jacrev": _transform(_of_reals(lambda f, n: transforms.jacobian(f, n, "reverse"))),
    "jacfwd": _transform(_of_reals(lambda f, n: transforms.jacobian(f, n, "forward"))),
    "hessian": _transform(_of_reals(transforms.hessian)), "functional_call": functional_call, "vmap": vmap, "vjp": vjp,
    "jvp": lambda func, primals, tangents: inward(transforms.jvp)(outward(func), primals, tangents),
}  # fmt: skip
