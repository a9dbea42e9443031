"""`autograd.scipy.stats`: SciPy's distributions, whose functions take Tensors where `autograd.stats` has them."""

import sys as _sys
import types as _types
from typing import Any

import scipy.stats as _theirs

from autograd.ops import stats as _ours

from ..tracer import either as _either

__path__: list[str] = []  # so that `import autograd.scipy.stats.norm` may be said


def _module(name: str, ours: Any) -> _types.ModuleType:
    made, theirs = _types.ModuleType(f"{__name__}.{name}", ours.__doc__), getattr(_theirs, name)
    given = {n: _either(getattr(theirs, n), f) for n, f in vars(ours).items() if hasattr(theirs, n) and callable(f)}
    vars(made).update(given, __getattr__=lambda n: getattr(theirs, n))
    _sys.modules[made.__name__] = made
    return made


_names = "norm t gamma beta chi2 poisson dirichlet multivariate_normal"
globals().update({name: _module(name, getattr(_ours, name)) for name in _names.split()})


def __getattr__(name: str) -> Any:
    return getattr(_theirs, name)
