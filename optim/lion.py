"""Lion: steps of one size, in the direction of a momentum's signs."""

from dataclasses import KW_ONLY

import numpy as np

from autograd.engine.types import Array

from .adam import update_mean
from .optimizer import Optimizer, Options, State


class Lion(Optimizer):
    """p -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay p); then m = beta2 m + (1 - beta2) g.

    It remembers one array where Adam needs two. All weights move by lr, so that it wants a rate 3 to 10 times smaller
    than Adam's, and a decay larger by as much. Chen et al. 2023, "Symbolic discovery of optimization algorithms";
    PyTorch has none.

    >>> import autograd
    >>> w = autograd.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = Lion([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([ 0.9, -2.9], requires_grad=True)
    """

    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.0
    _: KW_ONLY
    maximize: bool = False

    def decoupled(self, options: Options) -> bool:
        """Signs know no size, so decay is never added to the gradient."""
        return True

    def slots(self, options: Options) -> tuple[str, ...]:
        """The momentum."""
        return ("exp_avg",)

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        mean, (beta1, beta2) = state["exp_avg"], options["betas"]
        np.multiply(mean, beta1, out=a)
        a += np.multiply(grad, 1.0 - beta1, out=b)
        np.sign(a, out=a)
        a *= options["lr"]
        data -= a
        update_mean(mean, grad, beta2, a)
