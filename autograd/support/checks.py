"""What layers and optimizers ask of their arguments: each check returns the value, or raises an error that names it."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isnan
from numbers import Real
from operator import index
from typing import Any

import numpy as np

from ..engine.errors import DtypeError, WeightsError
from ..engine.types import Array, Dtype, Shape


def _shown(value: object) -> str:
    """The value as it was given, but of an array only its kind and shape."""
    shape = getattr(value, "shape", ())
    return f"({type(value).__name__} of shape {shape})" if shape else repr(value)


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of anything; np.shape would ask a Tensor the long way, through NumPy's protocol.

    >>> shape_of(np.ones((1, 2))), shape_of(3.0)
    ((1, 2), ())
    """
    return value.shape if hasattr(value, "shape") else np.shape(value)


def floats(what: str, value: Any) -> None:
    """Raise DtypeError unless `value` is an array or Tensor of floats.

    >>> floats("layer_norm: x", np.arange(3))
    Traceback (most recent call last):
    ...
    autograd.DtypeError: layer_norm: x is int64; it takes floats, use .astype(np.float32)
    """
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        raise DtypeError(f"{what} is a {type(value).__name__}; it takes a Tensor or array of floats")
    if dtype.kind != "f":
        raise DtypeError(f"{what} is {dtype}; it takes floats, use .astype(np.float32)")


def size(what: str, value: Any, least: int = 1) -> int:
    """`value` as a plain integer of at least `least`; raises TypeError or ValueError that says what it is.

    >>> size("Linear: in_features", 3)
    3
    >>> size("Linear: in_features", -3)
    Traceback (most recent call last):
    ...
    ValueError: Linear: in_features=-3 is less than 1
    """
    try:
        whole = index(value)
    except TypeError:
        whole = None
    if whole is None or isinstance(value, bool):
        raise TypeError(f"{what}={_shown(value)} is not an integer")
    if whole < least:
        raise ValueError(f"{what}={whole} is less than {least}")
    return whole


def sizes(what: str, value: object, axes: int, least: int = 1) -> tuple[int, ...]:
    """One integer of at least `least` for each of `axes` axes, from one for all, alone or in a sequence, or from many.

    >>> sizes("Conv2d: kernel_size", 3, 2), sizes("Conv2d: kernel_size", [3], 2)
    ((3, 3), (3, 3))
    >>> sizes("Conv2d: kernel_size", (3, 0), 2)
    Traceback (most recent call last):
    ...
    ValueError: Conv2d: kernel_size[1]=0 is less than 1
    """
    if type(value) is tuple and len(value) == axes:  # as in nearly every call, which waits for no text
        for v in value:
            if type(v) is not int or v < least:
                break
        else:
            return value
    if isinstance(value, str) or not isinstance(value, Iterable):
        return (size(what, value, least),) * axes
    values = tuple(value)
    values = values * axes if len(values) == 1 else values
    if len(values) != axes:
        raise ValueError(f"{what}={value!r} is neither one number nor {axes}, one for each axis")
    return tuple(size(f"{what}[{i}]", v, least) for i, v in enumerate(values))


def number(what: str, value: object, low: float = -inf, high: float = inf) -> float:
    """`value` as a float from `low` to `high`, both included.

    Raises TypeError for what is no real number, ValueError for nan or one out of range.

    >>> number("LeakyReLU: negative_slope", 1)
    1.0
    >>> number("Dropout: p", 1.5, 0.0, 1.0)
    Traceback (most recent call last):
    ...
    ValueError: Dropout: p=1.5 is not between 0 and 1
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what}={_shown(value)} is not a real number")
    try:
        real = float(value)
    except OverflowError:
        raise ValueError(f"{what}={value!r} is too large for a float") from None
    if not low <= real <= high:
        limits = f"less than {low:g}" if high == inf else f"not between {low:g} and {high:g}"
        raise ValueError(f"{what}={value!r} is {'not a number' if isnan(real) else limits}")
    return real


def limits(name: str, **ends: float) -> tuple[float, float]:
    """Two arguments of `name` as floats; errors as those of `number`, and ValueError where the first is the greater.

    >>> limits("hardtanh", min_val=1, max_val=0)
    Traceback (most recent call last):
    ...
    ValueError: hardtanh: min_val=1 is greater than max_val=0
    """
    low, high = (number(f"{name}: {what}", value) for what, value in ends.items())
    if low > high:
        first, second = (f"{what}={value!r}" for what, value in ends.items())
        raise ValueError(f"{name}: {first} is greater than {second}")
    return low, high


def positive(what: str, value: object) -> float:
    """`value` as a float above 0; errors as those of `number`.

    >>> positive("HuberLoss: delta", 0)
    Traceback (most recent call last):
    ...
    ValueError: HuberLoss: delta=0 is not above 0
    """
    real = number(what, value)
    if real <= 0:
        raise ValueError(f"{what}={value!r} is not above 0")
    return real


def divisor(what: str, value: object) -> float:
    """`value` as a float that is not 0; errors as those of `number`.

    >>> divisor("CELU: alpha", 0)
    Traceback (most recent call last):
    ...
    ValueError: CELU: alpha=0 must not be 0: it divides
    """
    real = number(what, value)
    if real == 0:
        raise ValueError(f"{what}={value!r} must not be 0: it divides")
    return real


def flag(what: str, value: object) -> bool:
    """`value` as True or False; anything else raises TypeError.

    >>> flag("Linear: bias", True)
    True
    >>> flag("Linear: bias", 4)
    Traceback (most recent call last):
    ...
    TypeError: Linear: bias=4 is neither True nor False
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{what}={_shown(value)} is neither True nor False")
    return bool(value)


def choice(what: str, value: object, allowed: tuple[str, ...]) -> str:
    """`value`, if it is one of the strings `allowed`; else TypeError or ValueError.

    >>> choice("GELU: approximate", "fast", ("none", "tanh"))
    Traceback (most recent call last):
    ...
    ValueError: GELU: approximate='fast' is not one of 'none', 'tanh'
    """
    if not isinstance(value, str) or value not in allowed:
        error = ValueError if isinstance(value, str) else TypeError
        raise error(f"{what}={_shown(value)} is not one of {', '.join(map(repr, allowed))}")
    return value


def text(what: str, value: object) -> str:
    """`value`, if it is a string; else TypeError.

    >>> text("draw: name", 3)
    Traceback (most recent call last):
    ...
    TypeError: draw: name=3 is no text
    """
    if not isinstance(value, str):
        raise TypeError(f"{what}={value!r} is no text")
    return value


def fitted(given: Any, shape: Shape, dtype: Dtype, whose: str) -> Array:
    """The values of `given` in this shape and dtype; raises WeightsError where that would falsify them.

    >>> fitted([1.0, 1e300], (2,), np.dtype(np.float32), "the module's")
    Traceback (most recent call last):
    ...
    autograd.WeightsError: has values of float64 that the module's float32 cannot hold
    """
    value = np.asarray(getattr(given, "_array", given))  # of a Tensor its values
    if value.shape != shape:
        raise WeightsError(f"has shape {value.shape}, {whose} is {shape}")
    if value.dtype.kind not in ("fiubc" if dtype.kind == "c" else "fiub"):
        raise WeightsError(f"has dtype {value.dtype}, which holds no real numbers")
    if value.dtype == dtype:
        return value
    with np.errstate(all="ignore"):
        cast = value.astype(dtype)
    if np.any(cast != value) if cast.dtype.kind in "iub" else np.any(np.isfinite(value) & ~np.isfinite(cast)):
        raise WeightsError(f"has values of {value.dtype} that {whose} {cast.dtype} cannot hold")
    return cast
