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

from ...engine.tensor import standard as _standard
from . import table as _table

__array_api_version__ = "2025.12"
__array_namespace_info__ = _table.Info


def _function(name: str, theirs: Any) -> Any:
    """NumPy's function under the standard's name, for Tensors."""
    ours = _table.ours(theirs)

    def call(*args: Any, **options: Any) -> Any:
        return _table.tensors(ours(*args, **options))

    call.__name__, call.__doc__, call.__wrapped__ = name, f"NumPy's or SciPy's `{name}`, of Tensors.", theirs
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


_linalg = {f.__name__: f for f in (_table.eig, _table.eigvals, _table.qr)}
_freqs = {name: _table.frequencies(getattr(_np.fft, name)) for name in ("fftfreq", "rfftfreq")}
globals().update(
    {
        **{name: _np.dtype(name) for name in _table.DTYPES.split()},
        **{name: getattr(_np, name) for name in _table.CONSTANTS.split()},
        **_functions(_np, _table.SAME),
        **{f.__name__: f for f in _table.OWN},
        **{name: _table.shaped(getattr(_np, name)) for name in ("empty", "ones", "zeros")},
        **{f"{name}_like": _table.alike(getattr(_np, name)) for name in ("empty", "ones", "zeros")},
        "linalg": _extension("linalg", _functions(_np.linalg, _table.LINALG) | _linalg),
        "special": _extension("special", _special()),
        "fft": _extension("fft", _functions(_np.fft, _table.FFT) | _freqs),
    }
)


_versions = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")
_standard.update(dict.fromkeys((None, *_versions), _sys.modules[__name__]))
