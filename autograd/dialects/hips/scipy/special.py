"""`autograd.scipy.special`: SciPy's ufuncs reach the engine's operations by NumPy's protocol; the rest is listed."""

from typing import Any

import numpy as np
import scipy.special as _theirs
from scipy.special import *  # noqa: F403

from autograd import ops as _ops

from ..tracer import either as _either, getval


def _logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    if b is None and not return_sign:
        return _ops.logsumexp(a, axis=axis, keepdims=keepdims)
    top = np.max(getval(a), axis=axis, keepdims=True)
    total = np.sum((1.0 if b is None else b) * np.exp(a - top), axis=axis, keepdims=keepdims)
    found = np.log(np.abs(total) if return_sign else total) + (top if keepdims else np.sum(top, axis=axis))
    return (found, np.sign(getval(total))) if return_sign else found


logsumexp = _either(_theirs.logsumexp, _logsumexp)
polygamma = _either(_theirs.polygamma, lambda n, x: _ops.polygamma(x, n))
for _name in ("multigammaln", "softmax", "log_softmax"):
    globals()[_name] = _either(getattr(_theirs, _name), getattr(_ops, _name))
