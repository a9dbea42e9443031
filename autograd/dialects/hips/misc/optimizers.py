"""`autograd.misc.optimizers`: three loops over `grad(x, i)`, where x is an array or a nested container of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any

import numpy as np

from ..tracer import Function
from .flatten import flatten


def unflatten_optimizer(steps: Function) -> Function:
    """A loop on containers, of one that yields vectors: (grad, x, ...) to (i, x before, gradient, x after)."""

    @wraps(steps)
    def optimize(grad: Function, x0: Any, callback: Any = None, *args: Any, **options: Any) -> Any:
        start, unflatten = flatten(x0)
        end = start
        for i, before, g, after in steps(lambda x, i: flatten(grad(unflatten(x), i))[0], start, *args, **options):
            if callback:
                callback(unflatten(before), i, unflatten(g))
            end = after
        return unflatten(end)

    return optimize


@unflatten_optimizer
def sgd(grad: Function, x: Any, num_iters: int = 200, step_size: float = 0.1, mass: float = 0.9) -> Iterator[Any]:
    """Gradient descent with momentum."""
    velocity = np.zeros(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        velocity = mass * velocity - (1.0 - mass) * g
        before, x = x, x + step_size * velocity
        yield i, before, g, x


@unflatten_optimizer
def rmsprop(
    grad: Function, x: Any, num_iters: int = 100, step_size: float = 0.1, gamma: float = 0.9, eps: float = 1e-8
) -> Iterator[Any]:
    """RMSprop, whose mean of squares begins with 1."""
    mean_square = np.ones(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        mean_square = mean_square * gamma + g**2 * (1 - gamma)
        before, x = x, x - step_size * g / (np.sqrt(mean_square) + eps)
        yield i, before, g, x


@unflatten_optimizer
def adam(
    grad: Function,
    x: Any,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Iterator[Any]:
    """Adam (Kingma and Ba, 2015)."""
    m = v = np.zeros(len(x))
    for i in range(num_iters):
        g = grad(x, i)
        m = (1 - b1) * g + b1 * m
        v = (1 - b2) * g**2 + b2 * v
        step = step_size * (m / (1 - b1 ** (i + 1))) / (np.sqrt(v / (1 - b2 ** (i + 1))) + eps)
        before, x = x, x - step
        yield i, before, g, x
