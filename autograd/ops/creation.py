"""Constructors, as in NumPy but in the default float dtype and with `requires_grad`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..engine.errors import GraphError
from ..engine.modes import default
from ..engine.op import numpy_functions
from ..engine.tensor import Tensor
from ..engine.types import Shape, Value
from .arithmetic import operand
from .shape import astype, moveaxis

__all__ = ["arange", "eye", "full", "full_like", "linspace", "ones", "ones_like", "tensor", "zeros", "zeros_like"]


def tensor(data: Value, requires_grad: bool = False, dtype: DTypeLike | None = None, name: str = "") -> Tensor:
    """The same as `Tensor(data, ...)`.

    >>> tensor([1.0, 2.0])
    Tensor([1., 2.])
    """
    return Tensor(data, requires_grad, dtype, name)


def _dtype(name: str, shape: int | Shape, dtype: DTypeLike | None) -> DTypeLike:
    """The dtype, or the default; a length in its place is an error that says how shapes are given."""
    if isinstance(dtype, int) and not isinstance(dtype, bool):
        raise TypeError(f"{name}({shape}, {dtype}): the shape is one argument, {name}(({shape}, {dtype})), as in NumPy")
    return dtype or default.get()


def zeros(shape: int | Shape, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros.

    >>> zeros((2, 2))
    Tensor([[0., 0.],
            [0., 0.]])
    """
    return Tensor(np.zeros(shape, _dtype("zeros", shape, dtype)), requires_grad)


def ones(shape: int | Shape, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Ones.

    >>> ones(3)
    Tensor([1., 1., 1.])
    """
    return Tensor(np.ones(shape, _dtype("ones", shape, dtype)), requires_grad)


def full(shape: int | Shape, fill_value: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """One value everywhere, which a Tensor may hold: it gets the sum of their gradients.

    >>> full(2, 7.0)
    Tensor([7., 7.])
    """
    if isinstance(fill_value, Tensor) and not requires_grad:
        spread: Any = np.broadcast_to(fill_value if dtype is None else astype(fill_value, dtype), shape)
        return spread
    return Tensor(np.broadcast_to(Tensor(fill_value, dtype=dtype).data, shape), requires_grad)


def _bound(name: str, value: Any) -> Any:
    """A bound as a number, which a Tensor may hold, but then no derivative."""
    if not isinstance(value, Tensor):
        return value
    if value.requires_grad:
        raise GraphError(f"{name}: a bound carries a gradient, which would be lost; pass it with .detach()")
    return value.item()


def arange(*bounds: float, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Numbers from start up to, not including, stop; integers unless a bound is a float.

    >>> arange(3)
    Tensor([0, 1, 2])
    """
    bounds = tuple(_bound("arange", b) for b in bounds)
    integers = all(isinstance(b, (int, np.integer)) for b in bounds)
    return Tensor(np.arange(*bounds), requires_grad, dtype or (None if integers else default.get()))


def linspace(
    start: Value,
    stop: Value,
    num: int = 50,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
    endpoint: bool = True,
) -> Tensor:
    """`num` evenly spaced numbers from start to stop, which is included if `endpoint`; both may carry a gradient.

    >>> linspace(0, 1, 3)
    Tensor([0. , 0.5, 1. ])
    """
    steps = np.linspace(0.0, 1.0, num, endpoint)
    if not (isinstance(start, Tensor) or isinstance(stop, Tensor)):
        steps = np.linspace(start, stop, num, endpoint)  # type: ignore[arg-type]
        return Tensor(steps, requires_grad, dtype or default.get())
    start, stop = operand(start), operand(stop)
    whole = {start.dtype.kind, stop.dtype.kind}.isdisjoint("fc")
    kind = np.result_type(start.dtype, stop.dtype, float if whole else np.float16)
    steps = np.reshape(steps, (num, *[1] * np.broadcast(np.empty(start.shape), np.empty(stop.shape)).ndim))
    y: Tensor = start + steps.astype(kind) * (stop - start)
    return y if dtype is None else astype(y, dtype)


def _linspace_as_numpy(
    start: Value,
    stop: Value,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Any:
    y = moveaxis(linspace(start, stop, num, dtype, endpoint=endpoint), 0, axis)
    return (y, (operand(stop) - start) / (num - endpoint)) if retstep else y


def _logspace(start: Value, stop: Value, num: int = 50, endpoint: bool = True, base: Value = 10.0, **rest: Any) -> Any:
    return np.power(base, _linspace_as_numpy(start, stop, num, endpoint, **rest))


def _geomspace(start: Value, stop: Value, num: int = 50, endpoint: bool = True, axis: int = 0, **rest: Any) -> Any:
    start, stop = operand(start), operand(stop)
    sign = np.sign(start)  # or direction: from there a spiral leads to a complex stop
    powers = _linspace_as_numpy(np.log(np.abs(start)), np.log(stop / sign), num, endpoint, **rest)
    return np.moveaxis(sign * np.exp(powers), 0, axis)


numpy_functions.update({np.linspace: _linspace_as_numpy, np.logspace: _logspace, np.geomspace: _geomspace})


def eye(n: int, m: int | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Ones on the diagonal, zeros elsewhere.

    >>> eye(2)
    Tensor([[1., 0.],
            [0., 1.]])
    """
    return Tensor(np.eye(n, m, dtype=dtype or default.get()), requires_grad)


def _like(constructor: Callable[..., Tensor], x: Any, dtype: DTypeLike | None, requires_grad: bool) -> Tensor:
    given = None if isinstance(x, (int, float, list, tuple)) else x.dtype
    return constructor(operand(x).shape, dtype=dtype or given, requires_grad=requires_grad)


def zeros_like(x: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of x.

    >>> zeros_like(Tensor([1.0, 2.0]))
    Tensor([0., 0.])
    """
    return _like(zeros, x, dtype, requires_grad)


def ones_like(x: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of x.

    >>> ones_like(Tensor([1.0, 2.0]))
    Tensor([1., 1.])
    """
    return _like(ones, x, dtype, requires_grad)


def full_like(x: Value, fill_value: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """One value in the shape and dtype of x.

    >>> full_like(Tensor([1.0, 2.0]), 7.0)
    Tensor([7., 7.])
    """
    x = operand(x)
    return full(x.shape, fill_value, dtype or x.dtype, requires_grad)


def _numpys_full_like(
    a: Value, fill_value: Value, dtype: DTypeLike | None = None, *_: Any, shape: Any = None, **idle: Any
) -> Tensor:
    a = operand(a)
    return full(a.shape if shape is None else shape, fill_value, dtype or a.dtype)


numpy_functions[np.full_like] = _numpys_full_like
