"""Runge and Kutta's steps as SciPy takes them, of operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.types import Array, Function
from ..ops.declare import op
from ..ops.shape import stack

EXPLICIT = ("RK23", "RK45", "DOP853")
KEPT = 2**26  # bytes of states that are kept for the way back, before only some of them are
FEWEST = 16  # states, whatever their size

Stages = list[tuple[Array, float]]  # of each slope: the weights of those before it, and where in the step it is taken


class Tableau(NamedTuple):
    """The numbers of a method: how slopes make the step, and with some more of them what lies inside of it."""

    stages: Stages
    step: Array
    more: Stages  # of the slopes beside the one at the end that only what lies inside needs
    rows: Array  # the weights of all slopes in the interpolant's factors
    turns: bool  # whether these are x and 1 - x by turns

    def between(self, x: Any) -> Any:
        """The weights of the slopes at some parts x of the step, a row for each."""
        x, total = np.reshape(x, (-1, 1)), 0.0
        for i, row in enumerate(reversed(self.rows)):
            total = (total + row) * (1.0 - x if self.turns and i % 2 else x)
        return total


def tableau(method: Any) -> Tableau:
    """The numbers of one of SciPy's explicit methods."""
    stages = [(method.A[i, :i], float(c)) for i, c in enumerate(method.C)]
    if not hasattr(method, "D"):
        return Tableau(stages, method.B, [], method.P.T, False)
    count = method.n_stages + 1
    more = [(a[: count + i], float(c)) for i, (a, c) in enumerate(zip(method.A_EXTRA, method.C_EXTRA))]
    first, last = np.eye(method.D.shape[1])[[0, count - 1]]
    b = np.append(method.B, np.zeros(len(first) - len(method.B)))  # of what the step adds
    return Tableau(stages, method.B, more, np.stack([b, first - b, 2.0 * b - last - first, *method.D]), True)


@op(variadic="arrays", joint=lambda g, weights: [w * g for w in weights], name="weighted")
def _weighted(arrays: Sequence[Array], weights: tuple[float, ...]) -> Array:
    """The sum of vectors, each times its weight."""
    return np.dot(np.array(weights, arrays[0].dtype), np.array(arrays))  # type: ignore[no-any-return]


def moved(y: Any, h: Any, slopes: Sequence[Any], weights: Array) -> Any:
    """y + h * (the sum of slopes times weights)."""
    used = [(float(w), k) for w, k in zip(weights, slopes) if w]
    if not used:
        return y
    if isinstance(h, float):
        return _weighted([y, *(k for _, k in used)], (1.0, *(h * w for w, _ in used)))
    return y + h * _weighted([k for _, k in used], tuple(w for w, _ in used))


def advanced(table: Tableau, slope: Function, y: Any, t: Any, h: Any, inside: bool) -> tuple[Any, Function]:
    """The state after a step from y at t, and the function that gives those at parts of it, if any are `inside`."""
    slopes: list[Any] = []
    for weights, c in table.stages:
        slopes.append(slope(t + c * h, moved(y, h, slopes, weights)))
    end = moved(y, h, slopes, table.step)
    if inside:
        slopes.append(slope(t + h, end))
        for weights, c in table.more:
            slopes.append(slope(t + c * h, moved(y, h, slopes, weights)))

    def states(x: Any) -> Any:
        return y + h * (table.between(x).astype(y.dtype) @ stack(slopes))

    return end, states


class Steps:
    """What is noted while SciPy integrates: the times between steps, and the states at each `stride`-th of them."""

    def __init__(self, t: float, size: int) -> None:
        self.times = [t]
        self.states: list[Array] = []
        self.last: Any = None
        self.stride = 1
        self.most = max(FEWEST, KEPT // max(size, 1))

    def add(self, y: Array, t: float, end: Array) -> None:
        """Note a step from y to `end` at t."""
        if (len(self.times) - 1) % self.stride == 0:
            self.states.append(y)
        self.times.append(t)
        self.last = end
        if len(self.states) > max(self.most, self.stride):  # so many states again are made on the way back
            self.states, self.stride = self.states[::2], 2 * self.stride


def noting(method: Any, steps: Steps) -> Any:
    """SciPy's method, which tells `steps` of each step."""

    class Noting(method):  # type: ignore[misc]
        """The method, watched."""

        def step(self) -> Any:
            """Take one step."""
            y = self.y
            message = super().step()
            if self.status != "failed":
                steps.add(y, float(self.t), self.y)
            return message

    return Noting
