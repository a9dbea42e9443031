"""`autograd.scipy`: SciPy's functions, which take Tensors where the engine has the operation."""

from importlib import import_module as _import_module
from typing import Any as _Any


def __getattr__(name: str) -> _Any:
    if name in ("integrate", "linalg", "misc", "signal", "special", "stats"):
        return _import_module(f"{__name__}.{name}")
    raise AttributeError(f"autograd.scipy has no {name}; it has integrate, linalg, misc, signal, special and stats")
