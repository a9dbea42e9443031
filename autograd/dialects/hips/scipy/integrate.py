"""`autograd.scipy.integrate`: ordinary differential equations."""

from typing import Any

import scipy.integrate as _theirs
from scipy.integrate import *  # noqa: F403

from autograd import ops as _ops

from ..numpy.numpy_wrapper import array
from ..tracer import Function, either as _either


def _recorded(func: Function, *args: Any, **options: Any) -> Any:
    return _ops.odeint(lambda y, t, *rest: array(func(y, t, *rest)), *args, **options)


odeint = _either(_theirs.odeint, _recorded)
