"""Adam: steps scaled by running moments of the gradient, and its kin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizer import Optimizer


class Adam(Optimizer):
    """p -= lr m / (sqrt(v) + eps), with running means m of g and v of g**2, corrected for their start at 0.

    `weight_decay` times p is added to g (L2), or with `decoupled_weight_decay` shrinks p itself, as in AdamW. With
    `amsgrad` v is the largest so far. Kingma and Ba 2015; Reddi et al. 2018 (AMSGrad).

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.9], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        )

    def slots(self, options: dict[str, Any]) -> tuple[str, ...]:
        """Both moments; with amsgrad the largest second one, too."""
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if options["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def update(self, data: Any, grad: Any, state: dict[str, Any], options: dict[str, Any], a: Any, b: Any) -> None:
        """One step on one block."""
        square, step = state["exp_avg_sq"], options["step"]
        beta1, beta2 = options["betas"]
        update_moments(state, grad, options["betas"], a)
        if options["amsgrad"]:
            square = np.maximum(state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"])
        # the correction of `square` is applied to eps and the rate instead, which saves a pass
        correction = (1.0 - beta2**step) ** 0.5
        np.sqrt(square, out=a)
        a += options["eps"] * correction
        np.divide(state["exp_avg"], a, out=a)
        a *= options["lr"] * correction / (1.0 - beta1**step)
        data -= a


class AdamW(Adam):
    """Adam whose `weight_decay` shrinks the weights by lr times it, apart from the gradient's moments.

    Loshchilov and Hutter 2019, "Decoupled weight decay regularization".

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = AdamW([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.899], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)


def update_moments(state: dict[str, Any], grad: Any, betas: tuple[float, float], a: Any) -> None:
    """Move the running means "exp_avg" of the gradient and "exp_avg_sq" of its square."""
    mean, square = state["exp_avg"], state["exp_avg_sq"]
    mean *= betas[0]
    mean += np.multiply(grad, 1.0 - betas[0], out=a)
    square *= betas[1]
    np.multiply(grad, grad, out=a)
    a *= 1.0 - betas[1]
    square += a
