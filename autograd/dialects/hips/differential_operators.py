"""`autograd.differential_operators`: the transforms that are shared, and those that HIPS alone names."""

import inspect
from typing import Any

import numpy as np

from autograd import transforms
from autograd.transforms import grad, jacobian

from .builtins import dict as dict, isinstance as isinstance, list as list, tuple as tuple, type as type
from .core import make_jvp as _make_jvp, make_vjp as _make_vjp, primitive as primitive, vspace
from .tracer import Function
from .wrap_util import unary_to_nary

_SHARED = "checkpoint elementwise_grad hessian holomorphic_grad value_and_grad"
globals().update({name: getattr(transforms, name) for name in _SHARED.split()})
make_vjp = unary_to_nary(_make_vjp)
make_jvp = unary_to_nary(_make_jvp)


@unary_to_nary
def deriv(fun: Function, x: Any) -> Any:
    """The derivative by one number, in forward mode; of an array, along ones."""
    return _make_jvp(fun, x)(vspace(x).ones())[1]


@unary_to_nary
def make_hvp(fun: Function, x: Any) -> Any:
    """The function of a vector that gives the Hessian of fun at x times it, and the gradient."""
    return _make_vjp(grad(fun), x)


@unary_to_nary
def make_jvp_reversemode(fun: Function, x: Any) -> Function:
    """The function of a tangent of x that gives that of fun(x)."""
    return lambda v: _make_jvp(fun, x)(v)[1]


def grad_named(fun: Function, argname: str) -> Function:
    """The gradient by the argument of this name."""
    return grad(fun, list(inspect.signature(fun).parameters).index(argname))


def hessian_tensor_product(fun: Function, argnum: int = 0) -> Function:
    """The function of (*args, tensor) that gives the Hessian times the tensor."""
    slope = grad(fun, argnum)
    along = lambda *args, **options: np.tensordot(slope(*args[:-1], **options), args[-1], np.ndim(args[-1]))
    return grad(along, argnum)


hessian_vector_product = hessian_tensor_product


def tensor_jacobian_product(fun: Function, argnum: int = 0) -> Function:
    """The function of (*args, tensor) that gives the tensor times the Jacobian."""
    along = lambda *args, **options: np.tensordot(args[-1], fun(*args[:-1], **options), np.ndim(args[-1]))
    return jacobian(along, argnum)


vector_jacobian_product = tensor_jacobian_product


def make_ggnvp(f: Function, g: Function = lambda x: np.sum(x**2, axis=-1) / 2.0, f_argnum: int = 0) -> Function:
    """The function that gives, at a point, the generalized Gauss-Newton matrix of g(f(x)) times a vector."""

    @unary_to_nary
    def at(f: Function, x: Any) -> Function:
        pull, y = _make_vjp(f, x)
        curve = _make_vjp(grad(g), y)[0]
        return lambda v: pull(curve(_make_jvp(f, x)(v)[1]))

    return at(f, f_argnum)


@unary_to_nary
def grad_and_aux(fun: Function, x: Any) -> tuple[Any, Any]:
    """The gradient of the first of two results, and the second as it is."""
    pull, (y, aux) = _make_vjp(lambda x: tuple(fun(x)), x)
    return pull((vspace(y).ones(), vspace(aux).zeros())), aux


def multigrad_dict(fun: Function) -> Function:
    """The gradients by all arguments, by their names."""
    signature = inspect.signature(fun)

    def gradients(*args: Any, **options: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **options)
        bound.apply_defaults()

        def called(named: dict[str, Any]) -> Any:
            bound.arguments.update(named)
            return fun(*bound.args, **bound.kwargs)

        return grad(called)(dict(bound.arguments))

    return gradients
