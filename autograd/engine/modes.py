"""The switches: whether to record, whether to check for nan, which dtype Python floats become. Each is per thread."""

from __future__ import annotations

from contextlib import ContextDecorator
from contextvars import ContextVar, Token
from typing import Any

import numpy as np

from .errors import DtypeError

# flags: note operations in the graph; look for nan and inf, see `detect_anomaly`; note the line of each call
RECORD, CHECK, LINES = 1, 2, 4
LOOK = CHECK | LINES  # what needs a second look at a call that was made
mode: ContextVar[int] = ContextVar("mode", default=RECORD)  # a fresh thread starts with the default


class _Switch(ContextDecorator):
    """Set and clear flags of the mode inside a `with` block or a decorated function."""

    sets = clears = 0

    def __init__(self) -> None:
        self._tokens: list[Token[int]] = []

    def __enter__(self) -> None:
        self._tokens.append(mode.set(mode.get() & ~self.clears | self.sets))

    def __exit__(self, *exception: object) -> None:
        mode.reset(self._tokens.pop())

    def _recreate_cm(self) -> _Switch:  # a fresh one per call, so that threads may share a decorated function
        return type(self)()


class no_grad(_Switch):
    """Record nothing: results inside the block carry no gradient. Also a decorator.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> with no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    clears = RECORD


class enable_grad(_Switch):
    """Record again inside a `no_grad` block. Also a decorator."""

    sets = RECORD


class detect_anomaly(_Switch):
    """Stop at the first nan or inf, forward or backward, with the op, its operands and its source line.

    >>> with detect_anomaly():
    ...     Tensor(-1.0).sqrt()
    Traceback (most recent call last):
    ...
    autograd.AnomalyError: sqrt made a nan out of x: float32 () in [-1, -1]
    """

    sets = CHECK

    def __enter__(self) -> None:
        super().__enter__()
        self._quiet = np.errstate(all="ignore")  # NumPy's warnings would come first, and say less
        self._quiet.__enter__()

    def __exit__(self, *exception: object) -> None:
        self._quiet.__exit__(None, None, None)
        super().__exit__(*exception)


class source_lines(_Switch):
    """Note the line of your program that made each call, for `viz.explain` and `viz.player` to show.

    It costs some microseconds a call, so it is not done otherwise.

    >>> with source_lines():
    ...     y = Tensor(3.0, requires_grad=True) * 2.0
    >>> y.requires_grad
    True
    """

    sets = LINES


default: ContextVar[np.dtype[Any]] = ContextVar("default dtype", default=np.dtype(np.float32))


class default_dtype:
    """Set the dtype of Tensors made from Python floats; in a `with` block, until its end.

    >>> with default_dtype(np.float64):
    ...     Tensor(1.0).dtype
    dtype('float64')
    >>> Tensor(1.0).dtype
    dtype('float32')
    """

    def __init__(self, dtype: Any) -> None:
        dtype = np.dtype(dtype)
        if dtype.kind != "f":
            raise DtypeError(f"default_dtype: {dtype} is not a float dtype; use np.float32 or np.float64")
        self._dtype = dtype
        self._tokens = [default.set(dtype)]
        self._entered = False

    def __enter__(self) -> None:
        if self._entered:  # once more: the first time it was set on construction
            self._tokens.append(default.set(self._dtype))
        self._entered = True

    def __exit__(self, *exception: object) -> None:
        default.reset(self._tokens.pop())
