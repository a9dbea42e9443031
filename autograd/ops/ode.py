"""Ordinary differential equations, whose solution is followed by steps that are operations."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..engine.types import Function
from .arithmetic import operand
from .shape import stack

__all__ = ["odeint"]


def odeint(func: Function, y0: Any, t: Any, args: Sequence[Any] = (), rtol: float = 1e-9, atol: float = 1e-9) -> Any:
    """The solution of dy/dt = func(y, t, *args) at the times t, a row for each, from y0 at the first of them.

    The steps are those that SciPy's DOP853 takes on plain numbers, taken again in operations: derivatives of any order
    by y0, t and args are those of the steps. The error of each step is held below `rtol` and `atol`. Raises
    RuntimeError where no step is short enough.

    >>> odeint(lambda y, t, rate: -rate * y, Tensor([1.0]), [0.0, 1.0], (Tensor(2.0),))
    Tensor([[1.    ],
            [0.1353]])
    """
    from scipy.integrate import DOP853  # which takes longer to load than all of this library

    times, plain = np.asarray(_bare(t), np.float64), [_bare(a) for a in args]
    y = operand(y0)
    t, rows = operand(t).astype(y.dtype), [y]
    for i, (start, end) in enumerate(zip(times, times[1:])):
        solver = DOP853(lambda s, y: np.asarray(_bare(func(y, s, *plain))), start, _bare(y), end, rtol=rtol, atol=atol)
        length = t[i + 1] - t[i]
        while solver.status == "running":
            before, _ = solver.t, solver.step()
            at, reached = (float((x - start) / (end - start)) for x in (before, solver.t))
            y = _step(DOP853, lambda s, y: func(y, s, *args), t[i] + length * at, length * (reached - at), y)
        if solver.status == "failed":
            raise RuntimeError(f"odeint: no step is short enough at t = {solver.t}; is there a pole?")
        rows.append(y)
    return stack(rows)


def _bare(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def _step(method: Any, f: Function, t: Any, h: Any, y: Any) -> Any:
    slopes: list[Any] = []
    for a, c in zip(method.A, method.C):
        slopes.append(f(t + float(c) * h, y + h * sum(float(w) * k for w, k in zip(a, slopes) if w)))
    return y + h * sum(float(w) * k for w, k in zip(method.B, slopes) if w)
