"""Stochastic gradient descent."""

import numpy as np

from autograd.engine.types import Array

from .optimizer import Ascending, Options, State


class SGD(Ascending):
    """p -= lr v, where v = momentum v + (1 - dampening) g (v = g in the first step).

    With `nesterov` p -= lr (g + momentum v). `weight_decay` times p is added to g (L2). Sutskever et al. 2013, "On the
    importance of initialization and momentum in deep learning".

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w.data
    array([0.8], dtype=float32)
    """

    lr: float = 1e-3
    momentum: float = 0.0
    dampening: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False

    def check(self, options: Options) -> None:
        """Nesterov's look-ahead needs a velocity."""
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            given = f"{options['momentum']} and {options['dampening']}"
            raise ValueError(f"SGD: nesterov needs momentum > 0 and no dampening, not {given}")

    def slots(self, options: Options) -> tuple[str, ...]:
        """A velocity, if there is momentum."""
        return ("momentum_buffer",) if options["momentum"] else ()

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        if options["momentum"]:
            velocity = state["momentum_buffer"]
            if options["step"] == 1:
                velocity[...] = grad
            else:
                velocity *= options["momentum"]
                velocity += np.multiply(grad, 1.0 - options["dampening"], out=a)
            if options["nesterov"]:
                grad = np.add(grad, np.multiply(velocity, options["momentum"], out=a), out=b)
            else:
                grad = velocity
        data -= np.multiply(grad, options["lr"], out=a)
