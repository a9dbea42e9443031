"""`autograd.scipy.stats`: SciPy's distributions, whose functions take Tensors where `autograd.stats` has them."""

import sys as _sys
import types as _types
from typing import Any

import numpy as np
import scipy.stats as _theirs

from autograd.engine.errors import UnsupportedError
from autograd.ops import stats as _ours

from ..tracer import either as _either, holds as _holds

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


def _regular(name: str) -> Any:
    """The function of that name, with a singular covariance, too: it is of the axes in which there is variance."""
    f = getattr(_ours.multivariate_normal, name)

    def call(x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
        if not allow_singular:
            return f(x, mean, cov)
        if _holds(cov):
            raise UnsupportedError("multivariate_normal: a singular cov has no derivative; leave out allow_singular")
        variances, axes = np.linalg.eigh(cov)
        there = variances > 1e6 * np.finfo(float).eps * variances[-1]
        return f((x if mean is None else x - mean) @ axes[:, there], None, variances[there])

    return _either(getattr(_theirs.multivariate_normal, name), call)


for _name in ("pdf", "logpdf"):
    setattr(multivariate_normal, _name, _regular(_name))


def __getattr__(name: str) -> Any:
    return getattr(_theirs, name)
