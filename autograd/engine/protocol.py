"""NumPy's protocols: np.f(tensor) and array * tensor reach our own ops, or an error that names the function."""

from __future__ import annotations

from typing import Any

import numpy as np

from .call import bare
from .errors import UnsupportedError
from .op import numpy_functions, numpy_ufuncs
from .tensor import Tensor, make


def _array_ufunc(self: Tensor, ufunc: Any, how: str, *inputs: Any, **options: Any) -> Any:
    """Answer np.exp(t), array * t and np.add.reduce(t) with our own op, or with an error that names the function."""
    function = numpy_ufuncs.get(ufunc)
    if how == "__call__" and function is not None and not options:
        return function(*inputs)
    if how == "reduce" and ufunc in _reductions and not (set(options) - {"axis", "keepdims"}):
        options.setdefault("axis", 0)
        return numpy_functions[_reductions[ufunc]](*inputs, **options)
    call = f"np.{ufunc.__name__}" + ("" if how == "__call__" else f".{how}")
    if function is None:
        raise UnsupportedError(f"{call} has no derivative rule here; see autograd.op to add one, or use t.data")
    given = f" with {', '.join(options)}" if options else ""
    if "out" in options:
        raise UnsupportedError(
            f"{call}{given} would write a Tensor into an array; take the values of what you add, as in "
            "x.data -= lr * x.grad.data, or write with autograd.no_grad(): x -= lr * x.grad"
        )
    raise UnsupportedError(f"{call}{given} is not supported on Tensors; results are new Tensors, so drop the extras")


_reductions = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
_shapes = (np.shape, np.ndim, np.size, np.result_type)
_fresh = (np.zeros_like, np.ones_like, np.full_like, np.empty_like)  # new Tensors of the same kind
_questions = (
    np.allclose,
    np.isclose,
    np.array_equal,
    np.array_equiv,
    np.may_share_memory,
    np.shares_memory,
    np.iscomplexobj,
)


def _array_function(self: Tensor, function: Any, types: Any, args: Any, options: Any) -> Any:
    """Answer np.sum(t) and the like with our own op, or with an error that names the function."""
    ours = numpy_functions.get(function)
    if ours is not None:
        return ours(*args, **options)
    if (
        function in _shapes or function in _fresh or function in _questions
    ):  # ask about values or shapes, and leave the graph openly
        look = bare if function in _questions else _bare_all  # at values, which an interpreter may not let go of
        out = function(*map(look, args), **{name: look(value) for name, value in options.items()})
        return make(out, None) if function in _fresh else out
    name = f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1)
    raise UnsupportedError(f"{name} has no derivative rule here; see autograd.op to add one, or use t.data")


def _bare_all(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value._data
    return [_bare_all(v) for v in value] if isinstance(value, list) else bare(value)


Tensor.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = _array_function  # type: ignore[attr-defined]
