"""`autograd.numpy`: NumPy itself, whose functions reach the engine's operations by its protocols."""

import sys as _sys
import types as _types
from typing import Any as _Any

import numpy as _np

from . import numpy_boxes as numpy_boxes, numpy_vjps as numpy_vjps, numpy_wrapper as _wrapper

__version__ = _np.__version__


def __getattr__(name: str) -> _Any:
    return getattr(_np, name)


globals().update({**_wrapper.namespace(_np), **_wrapper.own}, random=_np.random)
_sys.modules[f"{__name__}.random"] = _np.random
for _name in ("linalg", "fft"):
    globals()[_name] = _sys.modules[f"{__name__}.{_name}"] = _types.ModuleType(f"{__name__}.{_name}")
    vars(globals()[_name]).update(_wrapper.namespace(getattr(_np, _name)))
