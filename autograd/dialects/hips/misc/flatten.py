"""`autograd.misc.flatten`: nested containers of arrays as one vector, and back."""

from typing import Any

import numpy as np

from autograd.support import tree

from ..tracer import Function, getval


def flatten(value: Any) -> tuple[Any, Function]:
    """All numbers in a nested container as one vector (n,), and the function that puts such a vector back in place.

    >>> from autograd.misc import flatten
    >>> vector, unflatten = flatten({"w": np.ones((2, 1)), "b": 3.0})
    >>> vector, unflatten(2 * vector)["b"]
    (array([3., 1., 1.]), np.float64(6.0))
    """
    leaves, rebuild = tree.flatten(value)
    like = [(np.shape(x), np.result_type(getval(x))) for x in leaves]
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape, _ in like)])

    def unflatten(vector: Any) -> Any:
        parts = [np.reshape(vector[a:b], shape) for (shape, _), a, b in zip(like, ends, ends[1:])]
        return rebuild([_cast(part, dtype) for part, (_, dtype) in zip(parts, like)])

    return np.concatenate([np.ravel(x) for x in leaves]) if leaves else np.zeros(0), unflatten


def _cast(part: Any, dtype: Any) -> Any:
    if dtype.kind != "c" and part.dtype.kind == "c":
        part = np.real(part)
    return (part if part.dtype == dtype or dtype.kind not in "fc" else np.astype(part, dtype))[()]


def flatten_func(func: Function, example: Any) -> tuple[Function, Function, Any]:
    """func of a vector, to a vector; the function that makes a container of one; and the example as one."""
    vector, unflatten = flatten(example)
    return lambda x, *args: flatten(func(unflatten(x), *args))[0], unflatten, vector
