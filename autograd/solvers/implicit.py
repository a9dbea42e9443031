"""Solutions of equations as operations, by the implicit function theorem.

Where F(x, p) = 0, x moves with p as dx/dp = -J^-1 dF/dp, J the Jacobian of F by x. The rule takes a cotangent g of x to
those of p in that way: w = J^-T g, then -w through F. It is made of recorded calls at (x, p), so it has a derivative
itself, and so on: any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from ..engine.sweep import world
from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..transforms import Traced
from .call import Call, ConvergenceWarning as ConvergenceWarning, pulled, quiet, warn_again

SINGULAR = (
    "the Jacobian at the solution, {shape}, is singular: the solution is not alone there, or moves infinitely fast, so "
    "it has no derivative; change the equations, or add what makes the solution unique"
)


def implicit(
    call: Call, f: Function, x: Array, dtype: Any, unsolved: str = "", singular: str = SINGULAR, exact: bool = False
) -> Tensor:
    """The x at which f(x, *args) is 0, found already, as the result of an operation of what f depends on.

    `unsolved` is what a gradient is to say of an x that is none. Any other is refined by Newton's steps, but an `exact`
    one.
    """
    outside = call.outside((f, x))
    if not (unsolved or exact) and call.tracks([], outside):
        x = _refined(call, f, x)

    def joint(g: Any, y: Any, inputs: Any) -> list[Any]:
        warn_again(unsolved)
        record = isinstance(g[0], Tensor)
        again = call.again(f, y, inputs[: len(call.inputs)])
        nodes = again.nodes[1:]
        slopes = _jacobian(again, record)
        plain = np.asarray(world(slopes, False))
        if not np.isfinite(plain).all() or np.linalg.cond(plain, 1) > 1 / np.finfo(plain.dtype).eps:
            raise LinAlgError(f"{call.what}: {singular.format(shape=plain.shape)}")
        w = np.linalg.solve(np.transpose(slopes), np.reshape(g[0], -1))
        return pulled(again, [np.reshape(-w, again.outputs[0].shape)], [*nodes, *outside], record)

    return call.tied([], outside, [x.astype(dtype)[()]], joint)[0]  # type: ignore[no-any-return]


def _jacobian(again: Traced, record: bool) -> Any:
    """The square matrix of derivatives of a call's one result by its first argument."""
    (out,), at = again.outputs, again.nodes[0]
    rows = []
    for i in range(out.size):
        one = np.zeros(out.shape, out.dtype)
        one.reshape(-1)[i] = 1.0
        rows.append(np.reshape(pulled(again, [one[()]], [at], record, keep=True)[0], -1))
    return np.stack(rows)


def jacobian_of(call: Call, f: Function, x: Array) -> tuple[Array, Array]:
    """f at x, and its derivatives by x, a matrix, as arrays."""
    again = call.again(f, [x], [a.detach() for a in call.inputs])
    slopes = _jacobian(again, record=False)
    return np.reshape(again.outputs[0].data, -1), np.asarray(world(slopes, False), np.float64)


def _refined(call: Call, f: Function, x: Array) -> Array:
    """x after Newton's steps, as long as they bring f nearer to 0: a solver stops where its tolerance is met."""
    for _ in range(2):
        away, slopes = jacobian_of(call, f, x)
        try:
            new = x - np.reshape(np.linalg.solve(slopes, away), x.shape)
        except LinAlgError:
            return x
        with quiet():
            left = call.values(f, Tensor(new))
        if not np.linalg.norm(left) < np.linalg.norm(away):
            return x
        x = new
    return x
