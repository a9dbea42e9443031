"""Initial value problems: SciPy chooses the steps, and each of them is an operation.

Only the states between steps are kept, and of very many or very large ones only some. A sweep takes each step once
more, recorded, goes back through it and forgets it: the gradient is that of the steps themselves, to rounding; a step's
sweep may be recorded as any other, and so there is every higher order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.errors import ShapeError, UnsupportedError
from ..engine.tensor import Tensor, make
from ..engine.types import Array, Function
from ..program.compiled import Compiled
from .call import Call, listed, quiet, start, vector
from .path import Path, bare
from .steps import EXPLICIT, Steps, advanced, noting, tableau


def solve_ivp(
    fun: Function,
    t_span: Sequence[Any],
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Any = (),
    **options: Any,
) -> Any:
    """The solution of dy/dt = fun(t, y, *args) from y0, a vector, over t_span, by `scipy.integrate.solve_ivp`.

    `fun` is given Tensors of the dtype of y0, and gives a Tensor or a list of numbers; where it is made by
    `autograd.compile`, once, a step with its way back is one program. In SciPy's result t, y (n, times), t_events and
    y_events are Tensors. They have derivatives of any order by y0, both ends of t_span, t_eval, the Tensors in `args`,
    in any nest, and those that fun or an event uses from outside, such as a layer's parameters. These are derivatives
    of the steps that SciPy took, whose shares of t_span count as constant: `rtol` and `atol` (1e-3 and 1e-6, as there)
    decide how near they are to those of the true solution. An event's time moves as the zero of its function does.
    `options` are SciPy's: `rtol`, `atol`, `max_step`, `first_step`. For order 1, memory holds the record of one step,
    and states between steps: all of them up to 64 MB, else about the square root of their number.

    Raises UnsupportedError for `dense_output`, `vectorized`, and, where a derivative is to be taken, for methods other
    than RK23, RK45 and DOP853. Warns ConvergenceWarning where no step is short enough, in a gradient as well. Backward
    raises LinAlgError where an event's function has slope 0.

    >>> rate = Tensor(2.0, requires_grad=True)
    >>> y = solve_ivp(lambda t, y, rate: -rate * y, (0.0, 1.0), [1.0], args=(rate,), rtol=1e-9, atol=1e-9).y[:, -1]
    >>> y.backward()
    >>> y, rate.grad
    (Tensor([0.1353], dtype=float64, op=getitem), Tensor(-0.1353))
    """
    from scipy import integrate

    if dense_output or vectorized:
        raise UnsupportedError(
            "solve_ivp: there is no dense_output= and no vectorized= here; give the times you want as t_eval="
        )
    span = [x if isinstance(x, Tensor) else float(start("solve_ivp", "t_span", x)[0]) for x in t_span]
    times = t_eval if t_eval is None or isinstance(t_eval, Tensor) else np.asarray(t_eval, np.float64)
    call = Call("solve_ivp", [span, times, tuple(listed(args))])
    point, dtype = start("solve_ivp", "y0", y0)
    if point.ndim != 1 or len(span) != 2:
        raise ShapeError(
            f"solve_ivp: y0 of shape {point.shape}, {len(span)} times in t_span; it takes a vector and two"
        )
    y = y0.astype(dtype) if isinstance(y0, Tensor) else make(point.astype(dtype), None)
    given = [events] if callable(events) else list(events or ())
    slope, watched = _slope(fun, dtype), [_by_all(event) for event in given]
    kind = getattr(integrate, method) if isinstance(method, str) and hasattr(integrate, method) else method
    steps = Steps(float(bare(span[0])), y.data.nbytes)

    def plain(f: Function) -> Function:
        return lambda t, y: call.values(f, float(t), make(y.astype(dtype, copy=False), None))

    with quiet():
        found = integrate.solve_ivp(
            plain(slope),
            [float(bare(x)) for x in span],
            point,
            noting(kind, steps) if isinstance(kind, type) else kind,
            bare(times),
            events=[_marked(plain(f), event) for f, event in zip(watched, given)] or None,
            **options,
        )
    unsolved = call.require(found.success, found.message, "is there a pole? is it stiff?")
    found.t = np.asarray(found.t, np.float64)
    found.y = np.reshape(found.y, (len(point), len(found.t)))  # of no times SciPy has lists
    places = [(steps.times[0], point), (steps.times[-1], point if steps.last is None else steps.last)]
    ends = [(make(np.float64(t), None), make(y.astype(dtype), None)) for t, y in places]
    outside = call.outside(*((f, *end) for f in (slope, *watched) for end in ends))
    if call.tracks([y], outside):
        if method not in EXPLICIT:
            raise UnsupportedError(
                f"solve_ivp: method {method!r} has no derivative here; take one of {', '.join(EXPLICIT)}, or no_grad() "
                "where none is wanted"
            )
        Path(call, _advance(fun, kind, dtype), watched, steps, outside, unsolved).follow(found, y)
        return found
    found.t, found.y = make(found.t, None), make(found.y.astype(dtype), None)
    if found.t_events is not None:
        found.t_events = [make(t, None) for t in found.t_events]
        found.y_events = [make(np.reshape(y, (-1, len(point))).astype(dtype), None) for y in found.y_events]
    return found


def _slope(fun: Function, dtype: Any) -> Function:
    """dy/dt in the dtype of y0, by what `Call` hands on: the span, the times, the args."""

    def slope(t: Any, y: Any, span: Any, times: Any, args: Any) -> Any:
        t = t.astype(dtype) if isinstance(t, Tensor) else make(dtype.type(t), None)
        found = vector(fun(t, y, *args))
        if np.shape(found) != y.shape:
            raise ShapeError(f"solve_ivp: fun gives shape {np.shape(found)} for y of shape {y.shape}")
        found = found if hasattr(found, "dtype") else np.asarray(found)
        return found if found.dtype == dtype else found.astype(dtype)

    return slope


def _advance(fun: Function, method: Any, dtype: Any) -> Function:
    """How a step is taken: of the state, when, how far, the parts inside of it, the args, and whether events are met.

    Of a compiled function the whole step is compiled, once for all solutions.
    """
    table = tableau(method)

    def plain(y: Any, t: Any, h: Any, x: Any, args: Any, met: bool) -> tuple[Any, Function]:
        h = h.astype(dtype) if isinstance(h, Tensor) else h
        return advanced(table, lambda t, y: slope(t, y, None, None, args), y, t, h, met or x is not None)

    if not isinstance(fun, Compiled):
        slope = _slope(fun, dtype)
        return plain
    slope = _slope(fun.function, dtype)
    known = fun.__dict__.setdefault("steps", {})
    if (method, dtype) not in known:

        def whole(y: Any, t: Any, h: Any, x: Any, args: Any) -> tuple[Any, Any]:
            end, states = plain(y, t, h, x, args, False)
            return end, None if x is None else states(x)

        known[method, dtype] = Compiled(whole, fun.backend)
    compiled = known[method, dtype]

    def by_program(y: Any, t: Any, h: Any, x: Any, args: Any, met: bool) -> tuple[Any, Function]:
        if met:
            return plain(y, t, h, x, args, met)
        count = 0 if x is None else len(x)
        if count:  # one program serves up to so many points
            x = np.concatenate([x, np.zeros(2 ** (count - 1).bit_length() - count)]).astype(dtype)
        t, h = (v.astype(dtype) if isinstance(v, Tensor) else make(dtype.type(v), None) for v in (t, h))
        end, states = compiled(y, t, h, x, args)
        return end, lambda x: states[:count]

    return by_program


def _by_all(event: Function) -> Function:
    return lambda t, y, span, times, args: event(t if isinstance(t, Tensor) else make(np.float64(t), None), y, *args)


def _marked(plain: Function, event: Function) -> Function:
    """An event as SciPy asks for it: one number, with what is said of it."""

    def number(t: float, y: Array) -> float:
        return float(np.reshape(plain(t, y), ()))

    for name in ("terminal", "direction"):
        if hasattr(event, name):
            setattr(number, name, getattr(event, name))
    return number
