"""Gradients against finite differences, at any order, along random directions with random cotangents.

A cotangent of ones would hide errors (the sum of a batch norm is constant), so it is never used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..engine.tensor import Tensor
from ..engine.types import Array, Function, Value
from ..transforms import gradients

STEP = 1e-3  # with the five-point formula: truncation about STEP**4, rounding about 1e-16 / STEP


class GradientError(AssertionError):
    """A gradient differs from finite differences, or breaks the contract of shape, dtype or memory."""


def gradcheck(
    f: Function,
    inputs: Sequence[Value],
    order: int = 1,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-7,
    directions: int = 2,
    seed: int = 0,
) -> bool:
    """Check the gradient of `f(*inputs)` against finite differences; with `order=n` all orders up to n.

    `f` returns a Tensor or several; `inputs` are float64 arrays (others are converted). Raises GradientError
    with both numbers, or returns True. Order n checks the gradient as a function of inputs and cotangents: the recorded
    one is differentiated, and compared with differences of what an ordinary sweep finds.

    >>> gradcheck(lambda x: (x * x).sin(), [np.array([0.5, 1.0])], order=2)
    True
    """
    arrays = [np.asarray(x.data if isinstance(x, Tensor) else x, np.float64) for x in inputs]
    rng = np.random.default_rng(seed)
    plain = f  # the same function where it need not be differentiated again
    for level in range(1, order + 1):
        _check_order(f, plain, arrays, level, rng, rtol, atol, directions, recorded=level < order)
        if level < order:
            outputs = _outputs(f(*(Tensor(a) for a in arrays)))
            f, plain = pullback(f, len(arrays)), pullback(f, len(arrays), recorded=False)
            arrays = [*arrays, *(rng.uniform(0.5, 1.5, o.shape) * rng.choice([-1, 1], o.shape) for o in outputs)]
    return True


def pullback(f: Function, count: int, recorded: bool = True) -> Function:
    """The function of `count` inputs and a cotangent per output that returns the inputs' gradients."""

    def pulled(*values: Tensor) -> list[Tensor]:
        # fresh nodes, so that a gradient with respect to an input is never confused with one to its source
        xs = [x if x.requires_grad else Tensor(x, requires_grad=True) for x in values[:count]]
        pairs = [(o, v) for o, v in zip(_outputs(f(*xs)), values[count:]) if o.requires_grad]
        if not pairs:
            return [Tensor(np.zeros(x.shape)) for x in xs]
        outputs, weights = zip(*pairs)
        found = gradients(outputs, xs, list(weights), create_graph=recorded, allow_unused=True)
        return [Tensor(np.zeros(x.shape)) if g is None else g for x, g in zip(xs, found)]

    return pulled


def _outputs(result: Tensor | list[Tensor] | tuple[Tensor, ...]) -> list[Tensor]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def _values(f: Function, arrays: Sequence[Array]) -> list[Array]:
    # recording stays on: a gradient function records its own graph to walk it
    return [o.data if isinstance(o, Tensor) else o for o in _outputs(f(*(Tensor(a) for a in arrays)))]


def _check_order(
    f: Function,
    plain: Function,
    arrays: list[Array],
    order: int,
    rng: np.random.Generator,
    rtol: float,
    atol: float,
    directions: int,
    recorded: bool,
) -> None:
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    outputs = _outputs(f(*tensors))
    for _ in range(directions):
        cotangents = [rng.uniform(0.5, 1.5, o.shape) * rng.choice([-1, 1], o.shape) for o in outputs]
        tracked = [(o, v) for o, v in zip(outputs, cotangents) if o.requires_grad]
        if tracked:
            outs, weights = zip(*tracked)
            found = gradients(outs, tensors, list(weights), retain_graph=True, allow_unused=True)
            if recorded:
                again = gradients(outs, tensors, list(weights), create_graph=True, allow_unused=True)
                _check_recorded(order, found, again)
        else:
            found = [None] * len(tensors)
        for i, (x, g) in enumerate(zip(tensors, found)):
            if g is not None and (g.shape != x.shape or g.dtype != x.dtype):
                raise GradientError(f"input {i}: gradient {g.dtype} {g.shape} for {x.dtype} {x.shape}")
        way = [rng.uniform(0.5, 1.0, a.shape) * rng.choice([-1, 1], a.shape) for a in arrays]
        analytic = sum(float(np.sum(g.data * u)) for g, u in zip(found, way) if g is not None)
        numeric, size = slope(plain, arrays, way, cotangents)
        if not abs(analytic - numeric) <= atol * (1 + size) + rtol * abs(numeric):
            shapes = ", ".join(str(a.shape) for a in arrays)
            raise GradientError(
                f"order {order}: the gradient says {analytic:.12g}, finite differences {numeric:.12g} "
                f"(directional derivative at inputs of shapes {shapes}: {arrays!r})"
            )


def _check_recorded(order: int, plain: Sequence[Tensor | None], recorded: Sequence[Tensor | None]) -> None:
    """Raise GradientError unless a sweep finds the same where it is recorded, where it may go another way."""
    for i, found in enumerate(zip(plain, recorded)):
        a, b = (0.0 if g is None else g.data for g in found)
        if not np.allclose(a, b, rtol=1e-9, atol=1e-9 * float(np.max(np.abs(a), initial=1.0)), equal_nan=True):
            raise GradientError(f"order {order}: with create_graph the gradient of input {i} is {b}, without it {a}")


def slope(
    f: Function, arrays: Sequence[Array], way: Sequence[Array], cotangents: Sequence[Array]
) -> tuple[float, float]:
    """<cotangents, df/d(way)> by the five-point formula, and the size of the terms it was made of."""

    def along(h: float) -> list[Array]:
        return _values(f, [a + h * u for a, u in zip(arrays, way)])

    points = [along(h * STEP) for h in (-2, -1, 1, 2)]
    total = size = 0.0
    for v, y1, y2, y3, y4 in zip(cotangents, *points):
        difference = (8 * (np.asarray(y3, float) - y2) - (np.asarray(y4, float) - y1)) / (12 * STEP)
        total += float(np.sum(v * difference))
        size += float(np.sum(np.abs(difference)))
    return total, size
