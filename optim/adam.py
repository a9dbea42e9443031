"""Adam: steps scaled by running moments of the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer


class Adam(Optimizer):
    """p -= lr m / (sqrt(v) + eps), with running means m of g and v of g**2, corrected for their start at 0.

    Kingma and Ba 2015; `weight_decay` is added to the gradient (L2).

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.9], requires_grad=True)
    """

    slots = ("mean", "square")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"Adam: betas={betas} must both be in [0, 1)")
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, options: dict[str, Any], data: Any, grad: Any, *arrays: Any) -> None:
        """One step on one block."""
        mean, square, a, b = arrays
        beta1, beta2 = options["betas"]
        if options["weight_decay"]:
            grad = np.add(grad, np.multiply(data, options["weight_decay"], out=b), out=b)
        mean *= beta1
        mean += np.multiply(grad, 1.0 - beta1, out=a)
        square *= beta2
        np.multiply(grad, grad, out=a)
        a *= 1.0 - beta2
        square += a
        # the correction of `square` is applied to eps and the rate instead, which saves a pass
        correction = (1.0 - beta2**self.steps) ** 0.5
        np.sqrt(square, out=a)
        a += options["eps"] * correction
        np.divide(mean, a, out=a)
        a *= options["lr"] * correction / (1.0 - beta1**self.steps)
        data -= a
