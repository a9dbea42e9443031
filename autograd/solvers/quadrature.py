"""Integrals: the derivative of one is the integral of a derivative, and what the ends bring (Leibniz)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.errors import ShapeError
from ..engine.modes import RECORD, mode
from ..engine.sweep import world
from ..engine.tensor import Tensor, make
from ..engine.types import Function
from ..program.interpreter import Marked
from .call import Call, listed, pulled, quiet, require_known, start, warn_again

Options = dict[str, Any]


def quad(
    func: Function,
    a: Any,
    b: Any,
    args: Any = (),
    *,
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
    limit: int = 50,
    points: Any = None,
) -> tuple[Tensor, float]:
    """The integral of func(x, *args), one number, from a to b, a Tensor, and an estimate of its error.

    `scipy.integrate.quad` computes it; a and b may be infinite. It has derivatives of any order by a and b, by the
    Tensors in `args`, in any nest, and by Tensors that `func` uses from outside: these are integrals, too, by
    `quad_vec`, to the same tolerances. Warns ConvergenceWarning where these are not met, in a gradient as well.

    >>> k = Tensor(2.0, requires_grad=True)
    >>> area, error = quad(lambda x, k: np.exp(-k * x), 0.0, np.inf, (k,))
    >>> area.backward()
    >>> area, k.grad
    (Tensor(0.5, dtype=float64, op=solution), Tensor(-0.25))
    """
    call = Call("quad", listed(args))
    ends = [x if isinstance(x, Tensor) else make(np.float64(start("quad", "a limit", x)[0]), None) for x in (a, b)]
    if any(end.ndim for end in ends):
        raise ShapeError(f"quad: limits of shapes {[end.shape for end in ends]}; it takes two numbers")
    return integral(call, func, ends, {"epsabs": epsabs, "epsrel": epsrel, "limit": limit, "points": points})


def integral(call: Call, f: Function, ends: list[Any], options: Options) -> tuple[Any, float]:
    """The integral of f(x, *args), of one number or of a vector, between two Tensors."""
    low, high = (float(end.data) for end in ends)
    near, middle, far = (make(np.float64(_between(low, high, part)), None) for part in (0.001, 0.5, 0.999))
    moves = [isinstance(end, Marked) or bool(end._node) for end in ends]
    with quiet():
        shape = call.values(f, middle).shape
        found, error, message = _computed(
            lambda x: call.values(f, make(np.float64(x), None)), shape, low, high, options
        )
    unsolved = call.require(not message, message, "a larger limit, or points= where the function jumps, may help")
    outside = call.outside((f, near), (f, middle), (f, far))

    def joint(g: Any, y: Any, inputs: Any) -> list[Any]:
        warn_again(unsolved)
        (g,), (low, high, *values) = g, inputs
        values = [make(v, None) if not isinstance(v, Tensor) else v for v in values[: len(call.inputs)]]
        record = isinstance(g, Tensor)
        changed = dict(zip(call.places, values))
        args = call.rebuild([changed.get(i, leaf) for i, leaf in enumerate(call.leaves)])

        def edge(x: Any, sign: float, moves: bool) -> Any:
            if not moves or np.isinf(world(x, False)):  # at an end that stays f may be infinite
                return world(np.zeros((), x.dtype), record)
            return world(sign * np.sum(g * f(x if record else make(x, None), *args)), record)

        def slopes(x: Any, g: Any, *values: Any) -> Any:
            recorded = bool(mode.get() & RECORD)
            again = call.again(f, [x], values)
            require_known(call.what, again, {*outside, *(v._node for v in (x, *values) if isinstance(v, Tensor))})
            parts = pulled(again, [g], [*again.nodes[1:], *outside], recorded)
            return np.concatenate([np.reshape(p, -1) for p in parts])

        parts: list[Any] = []
        sizes = [(x.shape, x.size) for x in (*values, *(make(np.empty(n.shape), n) for n in outside))]
        if sizes:
            between = [x if isinstance(x, Tensor) else make(x, None) for x in (low, high)]
            whole = integral(Call(call.what, [world(g, True), *values]), slopes, between, options)[0]
            cuts = np.cumsum([size for _, size in sizes])[:-1].tolist()
            parts = [np.reshape(p, shape) for p, (shape, _) in zip(np.split(whole, cuts), sizes)]
        return [edge(low, -1.0, moves[0]), edge(high, 1.0, moves[1]), *(world(p, record) for p in parts)]

    return call.tied(ends, outside, [np.asarray(found)[()]], joint)[0], error


def _between(low: float, high: float, part: float) -> float:
    """A number inside of the interval, at about this part of it."""
    if np.isfinite([low, high]).all():
        return low + part * (high - low)
    return float(np.tan((1.0 - part) * np.arctan(low) + part * np.arctan(high)))


def _computed(f: Function, shape: tuple[int, ...], low: float, high: float, options: Options) -> tuple[Any, float, str]:
    """The integral, an estimate of its error, and what SciPy says if that is too large."""
    from scipy import integrate

    if shape == ():
        value, error, *rest = integrate.quad(lambda x: float(f(x)), low, high, full_output=1, **options)
        return np.float64(value), error, rest[1] if len(rest) > 1 else ""
    value, error, info = integrate.quad_vec(
        f, low, high, full_output=True, **{**options, "limit": 200 * options["limit"]}
    )
    return value, float(error), "" if info.success else info.message
