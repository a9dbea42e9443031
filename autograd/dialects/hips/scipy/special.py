"""`autograd.scipy.special`: SciPy's ufuncs reach the engine's operations by NumPy's protocol; the rest is listed."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as _theirs
from scipy.special import *  # noqa: F403

from autograd import ops as _ops

from ..tracer import either as _either, getval


def _logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    if b is None and not return_sign:
        return _ops.logsumexp(a, axis=axis, keepdims=keepdims)
    weights = 1.0 if b is None else b
    top = np.max(getval(a), axis=axis, keepdims=True)
    total = np.sum(weights * np.exp(a - top), axis=axis, keepdims=True)
    found = np.log(np.abs(total) if return_sign else total) + top
    shape = found.shape if keepdims else np.sum(top, axis=axis).shape
    found, sign = np.reshape(found, shape), np.reshape(np.sign(getval(total)), shape)
    return (found, sign) if return_sign else found


logsumexp = _either(_theirs.logsumexp, _logsumexp)
polygamma = _either(_theirs.polygamma, lambda n, x: _ops.polygamma(x, n))
multigammaln = _either(_theirs.multigammaln, _ops.multigammaln)
softmax = _either(_theirs.softmax, _ops.softmax)
log_softmax = _either(_theirs.log_softmax, _ops.log_softmax)
