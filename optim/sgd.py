"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer


class SGD(Optimizer):
    """p -= lr v, where v = momentum v + g (v = g in the first step), with Nesterov's look-ahead if asked.

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w.data
    array([0.8], dtype=float32)
    """

    slots = ("velocity",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(f"SGD: nesterov needs momentum > 0 and no dampening, not {momentum} and {dampening}")
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )

    def update(self, options: dict[str, Any], data: Any, grad: Any, *arrays: Any) -> None:
        """One step on one block."""
        velocity, decayed, step = arrays
        if options["weight_decay"]:
            grad = np.add(grad, np.multiply(data, options["weight_decay"], out=decayed), out=decayed)
        if options["momentum"]:
            if self.steps == 1:
                velocity[:] = grad
            else:
                velocity *= options["momentum"]
                velocity += np.multiply(grad, 1.0 - options["dampening"], out=step)
            if options["nesterov"]:
                grad = np.add(grad, np.multiply(velocity, options["momentum"], out=step), out=step)
            else:
                grad = velocity
        data -= np.multiply(grad, options["lr"], out=step)
