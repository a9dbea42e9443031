"""`autograd.numpy.numpy_wrapper`: what NumPy's own protocols cannot do for traced values.

Lists with traced values in them are joined where NumPy would want an array; a few functions are said in other words.
"""

import types
from collections.abc import Iterator, ValuesView
from functools import wraps
from typing import Any

import numpy as np

from autograd.engine.modes import default_dtype

from ..absent import lookup as _lookup
from ..tracer import Tensor, either, getval, holds, notrace_primitive

JOINS = "concatenate concat stack vstack row_stack hstack dstack column_stack select choose piecewise multi_dot".split()
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type(np.sum))


def array(object: Any, dtype: Any = None, ndmin: int = 0, **options: Any) -> Any:
    """NumPy's array; of a list with traced values in it, the one that joins them.

    >>> import autograd.numpy as np
    >>> grad(lambda x: np.sum(np.array([[x, 1.0], [x**2, x]]) ** 2))(2.0)
    np.float64(40.0)
    """
    if not holds(object):
        return np.array(object, dtype, ndmin=ndmin, **options)
    made = object if isinstance(object, Tensor) else np.stack([array(part) for part in object])
    made = made if dtype is None else np.astype(made, dtype)
    return np.reshape(made, (1,) * (ndmin - made.ndim) + made.shape) if made.ndim < ndmin else made


def joined(value: Any, parts: bool = False) -> Any:
    """A list with traced values in it as one of them, or with `parts` each list in it."""
    hidden = isinstance(value, (list, tuple)) and holds(value)
    return value if not hidden else list(map(joined, value)) if parts else array(value)


def joining(f: Any) -> Any:
    """f, which is given lists with traced values in them as one, and for which Python's floats are float64."""
    sequences = f.__name__ in JOINS

    @wraps(f)
    def call(*args: Any, **options: Any) -> Any:
        if sequences and args and isinstance(args[0], (Iterator, ValuesView)):  # which HIPS's takes, and NumPy does not
            args = (list(args[0]), *args[1:])
        if f is np.block or not any(a.__class__ in (list, tuple) for a in args) or not holds(args):
            return f(*args, **options)
        with default_dtype(np.float64):
            return f(*[joined(a, sequences) for a in args], **options)

    return call


def namespace(theirs: Any) -> dict[str, Any]:
    """What a module of NumPy's has, its functions as `joining` makes them."""
    return {n: joining(v) if isinstance(v, FUNCTIONS) else v for n, v in vars(theirs).items() if n[:2] != "__"}


def where(condition: Any, *values: Any, **named: Any) -> Any:
    """NumPy's where, which takes x and y by name, too, and answers Python's values with such."""
    values = tuple(map(joined, (*values, *(named[n] for n in ("x", "y") if n in named))))
    found = np.where(condition, *values)
    plain = values and not any(hasattr(v, "dtype") or holds(v) for v in (condition, *values))
    return found.tolist() if plain and not any(map(_arrays, values)) else found


def _arrays(value: Any) -> bool:
    return hasattr(value, "dtype") or (isinstance(value, (list, tuple)) and any(map(_arrays, value)))


def make_diagonal(D: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Diagonal matrices (..., n, n) of what stands on their diagonals (..., n)."""
    if (offset, axis1, axis2) != (0, -1, -2):
        raise NotImplementedError("make_diagonal: only offset=0, axis1=-1, axis2=-2; np.diag makes one of a vector")
    return np.expand_dims(D, -1) * np.eye(np.shape(D)[-1])


def real_if_close(a: Any, tol: float = 100) -> Any:
    """NumPy's: the real part, where all imaginary parts are as small as rounding."""
    return np.real(a) if np.isrealobj(np.real_if_close(getval(a), tol)) else a


isscalar = notrace_primitive(np.isscalar)  # of a traced number: that it is one


class Rows:
    """np.r_ and np.c_: what they do to the places of all elements, they do to the elements."""

    def __init__(self, theirs: Any) -> None:
        self.theirs = theirs

    def __getitem__(self, key: Any) -> Any:
        if not holds(key):
            return self.theirs[key]
        key = key if isinstance(key, tuple) else (key,)
        items = [np.r_[k] if isinstance(k, slice) else k if isinstance(k, str) else array(k) for k in key]
        flat = np.concatenate([np.ravel(x) for x in items if not isinstance(x, str)])
        ends = iter(np.cumsum([0, *(np.size(x) for x in items if not isinstance(x, str))]))
        places = [x if isinstance(x, str) else next(ends) + np.arange(np.size(x)).reshape(np.shape(x)) for x in items]
        return flat[self.theirs[tuple(places)]]


array_like = "asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite require".split()
own: dict[str, Any] = {f.__name__: f for f in (array, where, make_diagonal, real_if_close, isscalar)}
own["full"] = either(np.full, lambda shape, v, dtype=None: np.broadcast_to(array(v, dtype), shape))
_full_like = lambda a, v, dtype=None: own["full"](np.shape(a), v, getval(a).dtype if dtype is None else dtype)
own["full_like"] = either(np.full_like, _full_like)
for kind in (np.int8, np.int16, np.int32, np.int64):  # of a traced value plain ones: integers leave the graph
    own[kind.__name__] = type(kind.__name__, (kind,), {"__new__": lambda cls, x=0: cls.__base__(getval(x))})
own |= {**dict.fromkeys(array_like, array), "r_": Rows(np.r_), "c_": Rows(np.c_)}


__getattr__ = _lookup("autograd.numpy.numpy_wrapper", globals())
