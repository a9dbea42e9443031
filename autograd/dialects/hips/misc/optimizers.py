"""`autograd.misc.optimizers`: three loops over `grad(x, i)`, where x is an array or a nested container of them."""

from functools import wraps
from typing import Any

import numpy as np

from ..tracer import Function
from .flatten import flatten


def unflatten_optimizer(optimize: Function) -> Function:
    """An optimizer of vectors, optimize(grad, x, callback, ...), as one of nested containers."""

    @wraps(optimize)
    def optimized(grad: Function, x0: Any, callback: Any = None, *args: Any, **options: Any) -> Any:
        start, unflatten = flatten(x0)
        slope = lambda x, i: flatten(grad(unflatten(x), i))[0]
        told = callback and (lambda x, i, g: callback(unflatten(x), i, unflatten(g)))
        return unflatten(optimize(slope, start, told, *args, **options))

    return optimized


def _descend(grad: Function, x: Any, callback: Any, num_iters: int, step: Function, state: Any) -> Any:
    """x after as many steps, each with the state that it leaves: step(gradient, i, state)."""
    for i in range(num_iters):
        g = grad(x, i)
        if callback:
            callback(x, i, g)
        move, state = step(g, i, state)
        x = x - move
    return x


@unflatten_optimizer
def sgd(grad: Any, x: Any, callback: Any = None, num_iters: int = 200, step_size: Any = 0.1, mass: Any = 0.9) -> Any:
    """Gradient descent with momentum."""

    def step(g: Any, i: int, velocity: Any) -> Any:
        velocity = mass * velocity + (1.0 - mass) * g
        return step_size * velocity, velocity

    return _descend(grad, x, callback, num_iters, step, 0.0)


@unflatten_optimizer
def rmsprop(
    grad: Function, x: Any, callback: Any = None, num_iters: int = 100, step_size: float = 0.1, gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:  # fmt: skip
    """RMSprop, whose mean of squares begins with 1."""

    def step(g: Any, i: int, mean_square: Any) -> Any:
        mean_square = mean_square * gamma + g**2 * (1 - gamma)
        return step_size * g / (np.sqrt(mean_square) + eps), mean_square

    return _descend(grad, x, callback, num_iters, step, 1.0)


@unflatten_optimizer
def adam(
    grad: Function, x: Any, callback: Any = None, num_iters: int = 100, step_size: float = 0.001, b1: float = 0.9,
    b2: float = 0.999, eps: float = 1e-8,
) -> Any:  # fmt: skip
    """Adam (Kingma and Ba, 2015)."""

    def step(g: Any, i: int, moments: Any) -> Any:
        m, v = (1 - b1) * g + b1 * moments[0], (1 - b2) * g**2 + b2 * moments[1]
        return step_size * (m / (1 - b1 ** (i + 1))) / (np.sqrt(v / (1 - b2 ** (i + 1))) + eps), (m, v)

    return _descend(grad, x, callback, num_iters, step, (0.0, 0.0))
