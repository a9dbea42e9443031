"""NumPy's protocols: np.f(tensor) and array * tensor reach our own ops, or an error that names the function."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .call import bare
from .errors import UnsupportedError
from .op import numpy_functions, numpy_ufuncs, registry
from .tensor import Tensor, make

refused: dict[Any, str] = {}  # NumPy functions that are not for Tensors, and why: `ops/refused.py` has the table
FRESH = (np.zeros_like, np.ones_like, np.empty_like)  # new Tensors of the same kind
_OF_SHAPES = """
    shape ndim size result_type can_cast common_type min_scalar_type iscomplexobj isrealobj may_share_memory
    shares_memory diag_indices_from tril_indices_from triu_indices_from einsum_path
"""
_OF_VALUES = """
    allclose array_equal array_equiv isin iscomplex isreal argwhere nonzero flatnonzero count_nonzero argpartition
    lexsort digitize nanargmax nanargmin array2string array_repr array_str ix_ ravel_multi_index
    unravel_index packbits unpackbits
"""
# what answers in integers, booleans, dtypes or words, and so leaves the graph openly
SHAPES = {getattr(np, name) for name in _OF_SHAPES.split()}
QUESTIONS = {getattr(np, name) for name in _OF_VALUES.split()}

# what repeats a ufunc along an axis, by the name of the op
REDUCE = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logaddexp": "logsumexp"}
REDUCE |= {"logical_or": "any", "logical_and": "all", "fmax": "nanmax", "fmin": "nanmin", "hypot": "vector_norm"}
ACCUMULATE = {"add": "cumsum", "multiply": "cumprod", "maximum": "cummax", "minimum": "cummin"}
ACCUMULATE |= {"logaddexp": "logcumsumexp"}


def _array_ufunc(self: Tensor, ufunc: Any, how: str, *inputs: Any, **options: Any) -> Any:
    """Answer np.exp(t), array * t and np.add.reduce(t) with our own op, or with an error that names the function."""
    function = numpy_ufuncs.get(ufunc)
    if how == "__call__" and function is not None and not options:
        return function(*inputs)
    room = "np" if hasattr(np, ufunc.__name__) else "scipy.special"
    call = f"{room}.{ufunc.__name__}" + ("" if how == "__call__" else f".{how}")
    if "out" in options:
        raise UnsupportedError(
            f"{call} with {', '.join(options)} would write a Tensor into an array; take the values of what you add, as "
            "in x.data -= lr * x.grad.data, or write with autograd.no_grad(): x -= lr * x.grad"
        )
    if how != "__call__":
        return _method(ufunc, how, call, inputs, options)
    if ufunc in QUESTIONS:
        return ufunc(*map(bare, inputs), **options)
    if function is None:
        raise _refusal(ufunc, call)
    if options.keys() == {"dtype"}:
        return function(*(np.astype(x if hasattr(x, "dtype") else np.asarray(x), options["dtype"]) for x in inputs))
    raise UnsupportedError(
        f"{call} with {', '.join(options)} is not supported on Tensors; where= alone would leave whatever was in "
        "memory, so choose with np.where, and drop the extras"
    )


def _method(ufunc: Any, how: str, call: str, inputs: Any, options: Any) -> Any:
    """What a method of a ufunc does: along an axis, for all pairs, or in place."""
    function, name = numpy_ufuncs.get(ufunc), (ACCUMULATE if how == "accumulate" else REDUCE).get(ufunc.__name__)
    if how in ("reduce", "accumulate") and name is not None:
        return _along_one(registry[name].call, *inputs, **options)
    if how == "reduceat" and name is not None:
        return _of_parts(registry[name].call, *inputs, **options)
    if how == "outer" and function is not None and not options:
        a, b = (x if hasattr(x, "ndim") else np.asarray(x) for x in inputs)
        return function(np.reshape(a, (*a.shape, *[1] * b.ndim)), b)
    if how == "at":
        raise UnsupportedError(f"{call} writes into its argument; autograd.scatter_add(x, index, v) makes a new one")
    raise UnsupportedError(f"{call} has no derivative rule here; write it in other operations, or use t.data")


def _along_one(function: Any, x: Any, axis: Any = 0, dtype: Any = None, out: None = None, **options: Any) -> Any:
    """What a ufunc's reduce and accumulate do, whose axis is the first by default."""
    return function(x, axis=axis, **({} if dtype is None else {"dtype": dtype}), **options)


def _of_parts(function: Any, x: Any, indices: Any, axis: int = 0, dtype: Any = None, out: None = None) -> Any:
    """What a ufunc's reduceat does: it reduces from each index to the next, or takes the one that stands there."""
    rows = np.moveaxis(x, axis, 0)
    parts = [rows[a : b if b > a else a + 1] for a, b in pairwise([*map(int, indices), len(rows)])]
    return np.moveaxis(np.stack([_along_one(function, part, 0, dtype) for part in parts]), 0, axis)


def _array_function(self: Tensor, function: Any, types: Any, args: Any, options: Any) -> Any:
    """Answer np.sum(t) and the like with our own op, or with an error that names the function."""
    ours = numpy_functions.get(function)
    if ours is not None:
        return ours(*args, **options)
    if function in QUESTIONS:
        return function(*map(bare, args), **{k: bare(v) for k, v in options.items()})
    if function in SHAPES or function in FRESH:
        out = function(*map(_shapes, args), **{k: _shapes(v) for k, v in options.items()})
        return make(out, None) if function in FRESH else out
    raise _refusal(function, f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1))


def _refusal(function: Any, name: str) -> UnsupportedError:
    why = refused.get(function, "has no derivative rule here; see autograd.op to add one, or use t.data")
    return UnsupportedError(f"{name} {why}")


def _shapes(value: Any) -> Any:
    """What a question about shapes and dtypes is told: they are no secret in a program or a batch."""
    if value.__class__ in (list, tuple):
        return type(value)(map(_shapes, value))
    return value._array if isinstance(value, Tensor) else value


Tensor.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = _array_function  # type: ignore[attr-defined]
