"""`autograd.scipy.stats`: SciPy's distributions, whose functions take Tensors where `autograd.stats` has them."""

from __future__ import annotations

import sys as _sys
import types as _types
from typing import Any

import scipy.stats as _theirs

from autograd import stats as _ours

from autograd.engine.errors import UnsupportedError

from ..tracer import either as _either

__path__: list[str] = []  # so that `import autograd.scipy.stats.norm` may be said


def _module(name: str, ours: Any) -> _types.ModuleType:
    made, theirs = _types.ModuleType(f"{__name__}.{name}", ours.__doc__), getattr(_theirs, name)
    given = {n: _either(getattr(theirs, n), f) for n, f in vars(ours).items() if hasattr(theirs, n) and callable(f)}
    vars(made).update(given, __getattr__=lambda n: getattr(theirs, n))
    _sys.modules[made.__name__] = made
    return made


norm, t, gamma, beta, chi2, poisson, dirichlet, multivariate_normal = (
    _module(name, getattr(_ours, name))
    for name in ("norm", "t", "gamma", "beta", "chi2", "poisson", "dirichlet", "multivariate_normal")
)


def _regular(f: Any) -> Any:
    def call(*args: Any, allow_singular: bool = False, **options: Any) -> Any:
        if allow_singular:
            raise UnsupportedError("multivariate_normal: no derivative here with allow_singular; drop the null axes")
        return f(*args, **options)

    return call


for _name in ("pdf", "logpdf"):
    _f = getattr(_ours.multivariate_normal, _name)
    setattr(multivariate_normal, _name, _either(getattr(_theirs.multivariate_normal, _name), _regular(_f)))


def __getattr__(name: str) -> Any:
    return getattr(_theirs, name)
