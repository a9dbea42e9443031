"""`autograd.numpy`: NumPy itself, whose functions reach the engine's operations by its protocols."""

from __future__ import annotations

import sys as _sys
from typing import Any

import numpy as _np
from numpy import *  # noqa: F403

from autograd import ops as _ops
from autograd.engine.tensor import Tensor as _Tensor

__version__ = _np.__version__
for _name in ("linalg", "fft", "random"):
    globals()[_name] = _sys.modules[f"{__name__}.{_name}"] = getattr(_np, _name)


def array(object: Any, *args: Any, **options: Any) -> Any:
    """NumPy's array, and of lists with Tensors in them the Tensor that joins them."""
    return _np.array(object, *args, **options) if not _holds(object) else _joined(object)


def _holds(value: Any) -> bool:
    return isinstance(value, _Tensor) or (isinstance(value, (list, tuple)) and any(map(_holds, value)))


def _joined(value: Any) -> Any:
    if isinstance(value, _Tensor) or not _holds(value):
        return value if isinstance(value, _Tensor) else _np.array(value)
    return _ops.stack([_joined(v) for v in value])


def __getattr__(name: str) -> Any:
    return getattr(_np, name)
