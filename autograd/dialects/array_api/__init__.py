"""The array API standard's namespace, which `t.__array_namespace__()` gives: docs/array_api.md has more.

>>> from autograd import Tensor
>>> x = Tensor([3.0, 4.0], requires_grad=True)
>>> xp = x.__array_namespace__()
>>> xp.linalg.vector_norm(x).backward()
>>> x.grad
Tensor([0.6, 0.8])
"""

from __future__ import annotations

import sys as _sys
import types as _types
from typing import Any

import numpy as _np
import scipy.special as _scipy_special

from ...engine.tensor import Tensor as _Tensor
from . import table as _table

__array_api_version__ = "2025.12"
__array_namespace_info__ = _table.Info
_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


def _function(name: str, theirs: Any) -> Any:
    """NumPy's function under the standard's name, for Tensors."""
    ours = _table.ours(theirs)

    def call(*args: Any, **options: Any) -> Any:
        return _table.tensors(ours(*args, **options))

    call.__name__, call.__doc__, call.__wrapped__ = name, theirs.__doc__, theirs
    return call


def _functions(home: Any, names: str) -> dict[str, Any]:
    """Those that this version of NumPy has."""
    return {name: _function(name, getattr(home, name)) for name in names.split() if hasattr(home, name)}


def _special() -> dict[str, Any]:
    """SciPy's special functions that are operations here, where SciPy looks for them before it asks for an ndarray."""
    found = {name: getattr(_scipy_special, name) for name in _scipy_special.__all__}
    bare = {name: getattr(f, "__wrapped__", f) for name, f in found.items()}  # as `elementwise` knows them
    pairs = [(name, f) for held in (found, bare) for name, f in held.items()]
    return {name: _function(name, f) for name, f in pairs if _table.ours(f) is not f}


def _extension(name: str, held: dict[str, Any]) -> _types.ModuleType:
    made = _types.ModuleType(f"{__name__}.{name}", f"The standard's extension `{name}`.")
    vars(made).update(held)
    return made


_eigen = {f.__name__: f for f in (_table.eig, _table.eigvals)}
_freqs = {name: _table.frequencies(getattr(_np.fft, name)) for name in ("fftfreq", "rfftfreq")}
globals().update(
    {
        **{name: _np.dtype(name) for name in _table.DTYPES.split()},
        **{name: getattr(_np, name) for name in _table.CONSTANTS.split()},
        **_functions(_np, _table.SAME),
        **{f.__name__: f for f in _table.OWN},
        **{name: _table.shaped(getattr(_np, name)) for name in ("empty", "ones", "zeros")},
        **{f"{name}_like": _table.alike(getattr(_np, name)) for name in ("empty", "ones", "zeros")},
        "linalg": _extension("linalg", _functions(_np.linalg, _table.LINALG) | _eigen),
        "special": _extension("special", _special()),
        "fft": _extension("fft", _functions(_np.fft, _table.FFT) | _freqs),
    }
)


def _namespace(self: _Tensor, *, api_version: str | None = None) -> _types.ModuleType:
    """The array API standard's functions of Tensors. Raises ValueError for a version that there is not."""
    if api_version not in (None, *_VERSIONS):
        raise ValueError(f"api_version={api_version!r} is not there; there are {', '.join(_VERSIONS)}")
    return _sys.modules[__name__]


def _to_device(self: _Tensor, device: Any, /, *, stream: None = None) -> _Tensor:
    """Itself: Tensors are on the CPU. Raises ValueError for another device."""
    _table.on_the_cpu(device)
    return self


for _name, _member in {
    "__array_namespace__": _namespace,
    "device": property(lambda self: "cpu"),
    "to_device": _to_device,
}.items():
    setattr(_Tensor, _name, _member)
