"""Adagrad, RMSprop and Adadelta: each weight's step is divided by the size of its own gradients so far."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.engine.types import Array
from autograd.support.settings import Share

from .adam import update_mean, update_square
from .optimizer import Ascending, Options, State


class Adagrad(Ascending):
    """p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps), with s the sum of g**2 over all t steps so far.

    s starts at `initial_accumulator_value`. `weight_decay` times p is added to g (L2). Duchi et al. 2011, "Adaptive
    subgradient methods".

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.9], requires_grad=True)
    """

    lr: float = 1e-2
    lr_decay: float = 0.0
    weight_decay: float = 0.0
    initial_accumulator_value: float = 0.0
    eps: float = 1e-10

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Step more parameters from now on; as in PyTorch their sums are there before the first step."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        self.state |= {p: self._new_state(p, group) for p in group["params"]}

    def slots(self, options: Options) -> tuple[str, ...]:
        """The sum of squares."""
        return ("sum",)

    def begin(self, state: State, options: Options) -> None:
        """A sum above 0 makes the first steps shorter."""
        state["sum"][...] = options["initial_accumulator_value"]

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        total = state["sum"]
        total += np.multiply(grad, grad, out=a)
        np.sqrt(total, out=a)
        a += options["eps"]
        np.divide(grad, a, out=a)
        a *= options["lr"] / (1.0 + (options["step"] - 1) * options["lr_decay"])
        data -= a


class RMSprop(Ascending):
    """p -= lr g / (sqrt(v) + eps), with v the running mean of g**2: v = alpha v + (1 - alpha) g**2.

    With `momentum` p -= lr b, where b = momentum b + g / (sqrt(v) + eps). With `centered` the square of g's own
    running mean is subtracted from v, which makes it a variance. `weight_decay` times p is added to g (L2). Tieleman
    and Hinton 2012 (Coursera, lecture 6.5); Graves 2013 (centered), "Generating sequences with recurrent networks".

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = RMSprop([w], lr=0.1, alpha=0.75)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.8], requires_grad=True)
    """

    lr: float = 1e-2
    alpha: Share = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    centered: bool = False

    def slots(self, options: Options) -> tuple[str, ...]:
        """The mean square; a velocity if there is momentum, the mean if centered."""
        momentum = ("momentum_buffer",) if options["momentum"] else ()
        return ("square_avg", *momentum, *(("grad_avg",) if options["centered"] else ()))

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        square = state["square_avg"]
        update_square(square, grad, options["alpha"], a)
        if options["centered"]:
            mean = state["grad_avg"]
            update_mean(mean, grad, options["alpha"], a)
            square = np.subtract(square, np.multiply(mean, mean, out=a), out=a)
            np.maximum(square, 0.0, out=square)  # of equal gradients, rounding may leave less than nothing
        np.sqrt(square, out=a)
        a += options["eps"]
        np.divide(grad, a, out=a)
        if options["momentum"]:
            velocity = state["momentum_buffer"]
            velocity *= options["momentum"]
            velocity += a
            a[...] = velocity
        a *= options["lr"]
        data -= a


class Adadelta(Ascending):
    """p -= lr d, where d = sqrt(u + eps) / sqrt(v + eps) g, with running means v of g**2 and u of d**2.

    A step so has the unit of p, and there is hardly a rate to choose. `rho` is the weight of the past in both means.
    `weight_decay` times p is added to g (L2). Zeiler 2012, "Adadelta: an adaptive learning rate method".

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = Adadelta([w], rho=0.75)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.998], requires_grad=True)
    """

    lr: float = 1.0
    rho: Share = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0

    def slots(self, options: Options) -> tuple[str, ...]:
        """The mean squares of the gradients and of the steps."""
        return ("square_avg", "acc_delta")

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        square, steps, rho, eps = state["square_avg"], state["acc_delta"], options["rho"], options["eps"]
        update_square(square, grad, rho, a)
        for mean, root in ((square, a), (steps, b)):
            np.add(mean, eps, out=root)
            np.sqrt(root, out=root)
        b /= a
        b *= grad
        update_square(steps, b, rho, a)
        data -= np.multiply(b, options["lr"], out=b)
