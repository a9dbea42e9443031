"""`autograd.numpy.numpy_vjps`: what rules of others' primitives use."""

from typing import Any

import numpy as np

from autograd.engine.sweep import sum_to

from ..absent import lookup as _lookup
from ..tracer import Function


def unbroadcast(x: Any, target_meta: Any, broadcast_idx: int = 0) -> Any:
    """A cotangent summed to the shape that its operand had: target_meta is (shape, ...)."""
    return sum_to(x, target_meta[0])


def unbroadcast_f(target: Any, f: Function) -> Function:
    """The rule f, whose cotangents are summed to the shape of `target`."""
    return lambda g: sum_to(f(g), np.shape(target))


__getattr__ = _lookup("autograd.numpy.numpy_vjps", globals())
