"""The array API standard's namespace, which `t.__array_namespace__()` gives: see docs/array_api.md.

>>> import autograd
>>> x = autograd.Tensor([3.0, 4.0], requires_grad=True)
>>> xp = x.__array_namespace__()
>>> xp.linalg.vector_norm(x).backward()
>>> x.grad
Tensor([0.6, 0.8])
"""

from __future__ import annotations

import types as _types
from typing import Any

import numpy as _np

from ...engine.tensor import Tensor as _Tensor
from . import table as _table

__array_api_version__ = "2024.12"
__array_namespace_info__ = _table.Info


def _function(name: str, home: _types.ModuleType) -> Any:
    theirs = getattr(home, name)
    ours = _table.ours(theirs)

    def call(*args: Any, **options: Any) -> Any:
        return _table.tensors(ours(*args, **options))

    call.__name__, call.__doc__, call.__wrapped__ = name, theirs.__doc__, theirs
    return call


def _module(name: str, names: str, home: _types.ModuleType, **more: Any) -> _types.ModuleType:
    made = _types.ModuleType(f"{__name__}.{name}", f"The standard's extension `{name}`.")
    vars(made).update({n: _function(n, home) for n in names.split()}, **more)
    return made


globals().update({name: _np.dtype(name) for name in _table.DTYPES.split()})
globals().update({name: getattr(_np, name) for name in "e inf nan newaxis pi finfo iinfo isdtype".split()})
globals().update({name: _function(name, _np) for name in _table.SAME.split()})
for _name in "asarray from_dlpack full full_like arange linspace eye astype concat".split():
    globals()[_name] = getattr(_table, _name)
for _name in "zeros ones empty".split():
    globals()[_name] = _table.filled(getattr(_np, _name))
    globals()[f"{_name}_like"] = _table.alike(getattr(_np, _name))


def broadcast_arrays(*arrays: Any) -> Any:
    return list(_table.ours(_np.broadcast_arrays)(*arrays))


def meshgrid(*arrays: Any, indexing: str = "xy") -> Any:
    return list(_table.ours(_np.meshgrid)(*arrays, indexing=indexing))


def result_type(*arrays_and_dtypes: Any) -> Any:
    return _np.result_type(*(getattr(x, "data", x) if isinstance(x, _Tensor) else x for x in arrays_and_dtypes))


def nextafter(x1: Any, x2: Any, /) -> Any:
    return _Tensor(_np.nextafter(*(getattr(x, "data", x) for x in (x1, x2))))


linalg = _module("linalg", _table.LINALG, _np.linalg)
fft = _module("fft", _table.FFT, _np.fft, fftfreq=_table.frequencies(_np.fft.fftfreq), rfftfreq=_table.frequencies(_np.fft.rfftfreq))


def _namespace(self: _Tensor, *, api_version: str | None = None) -> _types.ModuleType:
    import sys
    return sys.modules[__name__]


_Tensor.__array_namespace__ = _namespace
_Tensor.device = property(lambda self: _table.DEVICE)


def _to_device(self, device, /, *, stream=None):
    _table.on_the_cpu(device)
    return self


_Tensor.to_device = _to_device
