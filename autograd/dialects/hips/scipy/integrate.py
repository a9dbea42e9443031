"""`autograd.scipy.integrate`: ordinary differential equations."""

from typing import Any

import numpy as np
import scipy.integrate as _theirs
from scipy.integrate import *  # noqa: F403
from scipy.integrate import DOP853

from ..numpy.numpy_wrapper import array
from ..tracer import Function, bare, either as _either


def _recorded(func: Function, y0: Any, t: Any, args: Any = (), rtol: float = 1e-9, atol: float = 1e-9) -> Any:
    """The steps that SciPy's DOP853 takes on plain arrays, taken again in operations: of each order a derivative."""
    times, plain = bare(t), bare(args)
    y, rows = y0, [y0]
    for i, (start, end) in enumerate(zip(times, times[1:])):
        solver = DOP853(lambda s, y: np.asarray(func(y, s, *plain)), start, bare(y), end, rtol=rtol, atol=atol)
        while solver.status == "running":
            before, _ = solver.t, solver.step()
            at, h = ((x - start) / (end - start) for x in (before, solver.t))
            y = _step(
                lambda s, y: array(func(y, s, *args)), t[i] + (t[i + 1] - t[i]) * at, (t[i + 1] - t[i]) * (h - at), y
            )
        if solver.status == "failed":
            raise RuntimeError(f"odeint: no step is short enough at t = {solver.t}; is there a pole?")
        rows.append(y)
    return np.stack(rows)


def _step(f: Function, t: Any, h: Any, y: Any) -> Any:
    slopes: list[Any] = []
    for a, c in zip(DOP853.A, DOP853.C):
        slopes.append(f(t + c * h, y + h * sum(w * k for w, k in zip(a, slopes) if w)))
    return y + h * sum(w * k for w, k in zip(DOP853.B, slopes) if w)


odeint = _either(_theirs.odeint, _recorded)
