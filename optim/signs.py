"""Rprop and Lion: only the signs of gradients count, or of their mean."""

import numpy as np

from autograd.engine.types import Array
from autograd.support.checks import positive

from .adam import update_mean
from .optimizer import Ascending, Options, State


class Rprop(Ascending):
    """p -= s sign(g), where each weight's s grows by `etas[1]` while its gradient keeps its sign, else shrinks.

    s starts at `lr`, shrinks by `etas[0]`, and stays within `step_sizes`. After a change of sign the weight rests for a
    step. For whole batches: noise turns signs. Riedmiller and Braun 1993, "A direct adaptive method for faster
    backpropagation learning" (without going back, as in Igel and Hüsken 2000).

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = Rprop([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.9], requires_grad=True)
    """

    lr: float = 1e-2
    etas: tuple[float, float] = (0.5, 1.2)
    step_sizes: tuple[float, float] = (1e-6, 50.0)

    def check(self, options: Options) -> None:
        """One factor shrinks, the other grows, and there is room between the limits."""
        (shrink, grow), (least, most) = options["etas"], options["step_sizes"]
        if not 0 < shrink < 1 < grow:
            raise ValueError(f"Rprop: etas={options['etas']} are not 0 < etaminus < 1 < etaplus")
        positive("Rprop: step_sizes[0]", least)
        if least > most:
            raise ValueError(f"Rprop: step_sizes={options['step_sizes']} are not a least and a largest step")

    def slots(self, options: Options) -> tuple[str, ...]:
        """The last gradient and the length of the step."""
        return ("prev", "step_size")

    def begin(self, state: State, options: Options) -> None:
        """The first length is the rate."""
        state["step_size"][...] = options["lr"]

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        last, length = state["prev"], state["step_size"]
        np.sign(grad, out=a)
        turn = np.multiply(a, last, out=b)  # its sign alone matters, and a sign times a small number does not vanish
        chosen = a.view(np.bool_)[: a.size]
        for compare, factor in ((np.greater, options["etas"][1]), (np.less, options["etas"][0])):
            compare(turn, 0.0, out=chosen)
            np.multiply(length, factor, out=length, where=chosen)
        np.clip(length, *options["step_sizes"], out=length)
        last[...] = grad
        np.copyto(last, 0.0, where=chosen)
        np.sign(last, out=a)
        a *= length
        data -= a


class Lion(Ascending):
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
