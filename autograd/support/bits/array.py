"""An array that computes the same bits everywhere: what NumPy leaves to the processor is answered here, or refused.

Operations run on it unchanged: NumPy asks the array's class first. A ufunc or function is exact by nature (a sum or a
product of two numbers, a comparison, a move), or it has a form of ours, or the call is an error that names it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import scipy.special as sp
from numpy._core import umath

from ...engine import modes
from ...engine.errors import DtypeError, UnsupportedError
from ...engine.types import Array
from . import functions, products

ROUNDED = """add subtract multiply divide sqrt square reciprocal negative positive absolute fabs sign heaviside
floor ceil rint trunc copysign nextafter spacing modf ldexp frexp fmod remainder floor_divide divmod deg2rad rad2deg
degrees radians equal not_equal less less_equal greater greater_equal logical_and logical_or logical_not logical_xor
isnan isinf isfinite signbit conjugate"""
OF_TIES = "maximum minimum fmax fmin clip"  # which of 0 and -0 comes out, the processor decides
FOLDED = {np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logical_and, np.logical_or, np.subtract}
OF_NUMPY = """exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh
arccosh arctanh power cbrt hypot logaddexp logaddexp2"""
OF_SCIPY = "expit log_expit logit erf erfc ndtr xlogy xlog1py"
MOVED = """all allclose amax amin any append apply_along_axis argmax argmin argwhere around array_equal array_repr
array_split array_str array2string astype atleast_1d atleast_2d atleast_3d angle average broadcast_arrays
broadcast_to can_cast choose clip column_stack common_type compress concatenate copy copyto count_nonzero cross
cumprod cumsum cumulative_prod cumulative_sum delete diag diag_indices_from diagflat diagonal diff dsplit dstack
ediff1d empty_like expand_dims extract fill_diagonal fix flatnonzero flip fliplr flipud full_like gradient hsplit
hstack imag insert isclose iscomplexobj isin isneginf isposinf isreal isrealobj ix_ kron matrix_transpose max
may_share_memory mean median meshgrid min moveaxis nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax
nanmean nanmedian nanmin nanprod nanstd nansum nanvar ndim nonzero ones_like outer pad permute_dims piecewise place
prod ptp put put_along_axis ravel real repeat require reshape resize result_type roll rollaxis rot90 round
searchsorted select shape shares_memory sinc size sliding_window_view split squeeze stack std sum swapaxes take
take_along_axis tile trace transpose trapezoid trim_zeros tril triu unravel_index unstack var vsplit vstack where
zeros_like"""


class Exact(np.ndarray):
    """An ndarray of which NumPy asks `products` and `functions` for what depends on the processor."""

    def __array_ufunc__(  # type: ignore[override]
        self, ufunc: Any, how: str, *inputs: Any, out: Any = (), **options: Any
    ) -> Any:
        given = [bare(x) for x in inputs]
        targets = tuple(bare(x) for x in out)
        kinds = {np.result_type(x).kind for x in (given[::2] if how == "at" else given) if x is not None}
        if "c" in kinds:
            raise _refused(f"complex numbers in {ufunc.__name__}", DtypeError)
        if how == "__call__" and ufunc in OWN and not (kinds <= {*"biu"} and ufunc in PRODUCTS):
            result = _written(OWN[ufunc](*given), targets, ufunc, **options)
        elif (ufunc in SAFE and (how in ("__call__", "outer", "at") or ufunc in FOLDED)) or (
            kinds <= {*"biu"} and ufunc not in OWN
        ):
            result = getattr(ufunc, how)(*given, **({"out": targets} if targets else {}), **options)
            if ufunc in TIES and isinstance(result, (np.ndarray, np.generic)) and result.dtype.kind == "f":
                result = np.add(result, 0.0, out=targets or None)  # so that -0 is 0
        else:
            raise _refused(ufunc.__name__ if how == "__call__" else f"{ufunc.__name__}.{how}")
        if out:
            return out[0] if len(out) == 1 else out
        return lifted(result)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function in OWN:
            return lifted(OWN[function](*bare(args), **bare(options)))
        if function not in SAFE:
            raise _refused(getattr(function, "__name__", str(function)))
        return lifted(super().__array_function__(function, types, args, options))

    def dot(self, b: Any, out: Any = None) -> Any:
        """`np.dot`, which NumPy's own method does not ask for."""
        return np.dot(self, b, out=out)

    def argsort(self, axis: Any = -1, *args: Any, **options: Any) -> Any:
        """`np.argsort`, of which equal numbers keep their order."""
        return np.argsort(self, axis)

    def argpartition(self, *args: Any, **options: Any) -> Any:
        """`np.argpartition`, as a full sort."""
        return np.argpartition(self, *args, **options)


def _refused(what: str, kind: type[Exception] = UnsupportedError) -> Exception:
    return kind(
        f"reproducible: {what}: its last bits depend on the processor or the library, and there is no form of it here "
        "that does not; compute it before, write it in operations that are covered, or leave it out of "
        "autograd.reproducible() (autograd.reproducible(False) around it)"
    )


def refuse(what: str) -> None:
    """Raise UnsupportedError where `reproducible` is on, for what a library computes as it likes."""
    if modes.mode.get() & modes.EXACT:
        raise _refused(what)


def determined(array: Array) -> Array:
    """The array on the same memory, where `reproducible` is on as one that answers for its bits."""
    exact: Array = lifted(array) if modes.mode.get() & modes.EXACT else array
    return exact


def library(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that does not ask an array's class, as SciPy's do not, so that `reproducible` must refuse it."""

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if any(isinstance(x, Exact) for x in args):
            raise _refused(function.__name__)
        return function(*args, **options)

    return call


def bare(tree: Any) -> Any:
    """What is in lists, tuples and dicts, with plain arrays in the place of those of this class."""
    if tree.__class__ is Exact:
        return tree.view(np.ndarray)
    if tree.__class__ in (list, tuple):
        return type(tree)([bare(x) for x in tree])
    return {k: bare(v) for k, v in tree.items()} if tree.__class__ is dict else tree


def lifted(tree: Any) -> Any:
    """The same, with arrays of this class; a scalar becomes one of no axes."""
    if isinstance(tree, (np.ndarray, np.generic)) and tree.__class__ is not Exact:
        return np.asarray(tree).view(Exact) if tree.dtype.kind in "fcbiu" else tree
    return type(tree)([lifted(x) for x in tree]) if tree.__class__ in (list, tuple) else tree


def lowered(tree: Any) -> Any:
    """A result, or several, as plain arrays, and as a scalar where there are no axes."""
    if isinstance(tree, (list, tuple)):
        parts = [lowered(x) for x in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return tree.view(np.ndarray)[()] if tree.__class__ is Exact else tree


def _written(
    result: Array, out: tuple[Any, ...], ufunc: Any, dtype: Any = None, where: Any = True, **options: Any
) -> Any:
    """What a form of ours returned, where and as the caller wants it."""
    if where is not True or options.keys() - {"casting", "order", "subok"}:
        raise _refused(f"{ufunc.__name__} with {', '.join(['where', *options])}")
    if out:
        np.copyto(out[0], result, casting="same_kind")
        return out[0]
    return result if dtype is None else np.asarray(result).astype(dtype)


def _dot(a: Any, b: Any, out: Any = None) -> Any:
    if not 1 <= np.ndim(b) <= 2:
        raise _refused(f"dot by an array of shape {np.shape(b)}")
    result = products.matmul(a, b)
    return result if out is None else _written(result, (out,), np.dot)


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = np.asarray(a), np.asarray(v)
    if mode != "full":
        raise _refused(f"convolve with mode={mode!r}")
    room = np.pad(a, v.size - 1)
    return products.matmul(np.lib.stride_tricks.sliding_window_view(room, v.size), v[::-1])


def _vecdot(a: Any, b: Any) -> Any:
    return products.matmul(a[..., None, :], b[..., :, None])[..., 0, 0]


def _argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, **options: Any) -> Array:
    return np.argsort(a, axis, kind="stable")


def _sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, **options: Any) -> Array:
    return np.sort(a, axis, kind="stable")


PRODUCTS = {
    np.matmul: products.matmul,
    np.vecdot: _vecdot,
    np.matvec: lambda a, b: products.matmul(a, np.asarray(b)[..., None])[..., 0],
    np.vecmat: lambda a, b: products.matmul(np.asarray(a)[..., None, :], b)[..., 0, :],
}
OWN: dict[Any, Callable[..., Any]] = {
    **PRODUCTS,
    np.einsum: products.einsum,
    np.dot: _dot,
    np.vdot: lambda a, b: products.matmul(np.ravel(a), np.ravel(b)),
    np.convolve: _convolve,
    np.sort: _sort,
    np.argsort: _argsort,
    np.partition: lambda a, kth, axis=-1, **options: _sort(a, axis),
    np.argpartition: lambda a, kth, axis=-1, **options: _argsort(a, axis),
}
for _module, _names in ((np, OF_NUMPY), (sp, OF_SCIPY)):
    for _name in _names.split():
        _own = getattr(functions, _name)
        OWN[getattr(_module, _name)] = lambda *inputs, _own=_own: functions.evaluated(_own, *inputs)
OWN[np.float_power] = lambda a, b: functions.evaluated(functions.power, np.float64(a), np.float64(b))
TIES = {getattr(umath, name) for name in OF_TIES.split()}
SAFE = {getattr(np, name) for name in (ROUNDED + " " + MOVED).split() if hasattr(np, name)} | TIES
SAFE.add(np.lib.stride_tricks.sliding_window_view)

modes.Exact, modes.exact = Exact, (lifted, lowered)
