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


def _optimizer(state: Any, num_iters: int) -> Function:
    """From a rule, step(gradient, i, state, ...) to a move and the next state, to a loop that begins with `state`."""

    def made(step: Function) -> Function:
        @unflatten_optimizer
        @wraps(step)
        def optimize(grad: Function, x: Any, callback: Any, num_iters: int = num_iters, *how: Any, **named: Any) -> Any:
            now = state
            for i in range(num_iters):
                g = grad(x, i)
                if callback:
                    callback(x, i, g)
                move, now = step(g, i, now, *how, **named)
                x = x - move
            return x

        return optimize

    return made


@_optimizer(0.0, num_iters=200)
def sgd(g: Any, i: int, velocity: Any, step_size: Any = 0.1, mass: Any = 0.9) -> Any:
    """Gradient descent with momentum."""
    velocity = mass * velocity + (1.0 - mass) * g
    return step_size * velocity, velocity


@_optimizer(1.0, num_iters=100)
def rmsprop(g: Any, i: int, mean_square: Any, step_size: Any = 0.1, gamma: Any = 0.9, eps: Any = 1e-8) -> Any:
    """RMSprop, whose mean of squares begins with 1."""
    mean_square = mean_square * gamma + g**2 * (1 - gamma)
    return step_size * g / (np.sqrt(mean_square) + eps), mean_square


@_optimizer((0.0, 0.0), num_iters=100)
def adam(g: Any, i: int, moments: Any, step_size: Any = 0.001, b1: Any = 0.9, b2: Any = 0.999, eps: Any = 1e-8) -> Any:
    """Adam (Kingma and Ba, 2015)."""
    m, v = (1 - b1) * g + b1 * moments[0], (1 - b2) * g**2 + b2 * moments[1]
    return step_size * (m / (1 - b1 ** (i + 1))) / (np.sqrt(v / (1 - b2 ** (i + 1))) + eps), (m, v)
