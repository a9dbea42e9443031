"""Adam: steps scaled by running moments of the gradient, and its kin."""

from dataclasses import KW_ONLY, field

import numpy as np

from autograd.engine.types import Array

from .optimizer import Ascending, Options, State


class _Moments(Ascending):
    """What Adam and its kin have in common."""

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0

    def slots(self, options: Options) -> tuple[str, ...]:
        """Both moments."""
        return ("exp_avg", "exp_avg_sq")


class Adam(_Moments):
    """p -= lr m / (sqrt(v) + eps), with running means m of g and v of g**2, corrected for their start at 0.

    `weight_decay` times p is added to g (L2), or with `decoupled_weight_decay` shrinks p itself, as in AdamW. With
    `amsgrad` v is the largest so far. Kingma and Ba 2015; Reddi et al. 2018 (AMSGrad).

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.9], requires_grad=True)
    """

    amsgrad: bool = False
    _: KW_ONLY
    decoupled_weight_decay: bool = False

    def slots(self, options: Options) -> tuple[str, ...]:
        """Both moments; with amsgrad the largest second one, too."""
        return (*super().slots(options), "max_exp_avg_sq") if options["amsgrad"] else super().slots(options)

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        mean, square, step = state["exp_avg"], state["exp_avg_sq"], options["step"]
        beta1, beta2 = options["betas"]
        update_mean(mean, grad, beta1, a)
        update_square(square, grad, beta2, a)
        if options["amsgrad"]:
            square = np.maximum(state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"])
        # the correction of `square` is applied to eps and the rate instead, which saves a pass
        correction = (1.0 - beta2**step) ** 0.5
        np.sqrt(square, out=a)
        a += options["eps"] * correction
        np.divide(mean, a, out=a)
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

    weight_decay: float = 1e-2
    decoupled_weight_decay: bool = field(default=True, init=False, kw_only=True)


class Adamax(_Moments):
    """p -= lr m / u, with m the corrected running mean of g and u = max(beta2 u, |g| + eps), a decaying maximum.

    `weight_decay` times p is added to g (L2). Kingma and Ba 2015, section 7.1.

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = Adamax([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.9], requires_grad=True)
    """

    lr: float = 2e-3

    def slots(self, options: Options) -> tuple[str, ...]:
        """The mean and the largest."""
        return ("exp_avg", "exp_inf")

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        beta1, beta2 = options["betas"]
        mean, largest = state["exp_avg"], state["exp_inf"]
        update_mean(mean, grad, beta1, a)
        np.abs(grad, out=a)
        a += options["eps"]
        largest *= beta2
        np.maximum(largest, a, out=largest)
        np.divide(mean, largest, out=a)
        a *= options["lr"] / (1.0 - beta1 ** options["step"])
        data -= a


class NAdam(_Moments):
    """Adam with Nesterov's look-ahead: m is replaced by a weighted sum of g and of the m of the next step.

    In step t, g weighs 1 - mu(t) and m weighs mu(t + 1), where mu(t) = beta1 (1 - 0.96**(t momentum_decay) / 2), and
    both are corrected by the product of all mu so far. `weight_decay` times p is added to g (L2), or with
    `decoupled_weight_decay` shrinks p itself. Dozat 2016, "Incorporating Nesterov momentum into Adam".

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = NAdam([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.8944], requires_grad=True)
    """

    lr: float = 2e-3
    momentum_decay: float = 4e-3
    decoupled_weight_decay: bool = False

    def begin(self, state: State, options: Options) -> None:
        """The product of no momenta."""
        state["mu_product"] = 1.0

    def prepare(self, state: State, options: Options) -> None:
        """The rates of the gradient and of the mean, from this step's momentum and the next one's."""
        step, decay = options["step"], options["momentum_decay"]
        mu, following = (options["betas"][0] * (1.0 - 0.5 * 0.96 ** (t * decay)) for t in (step, step + 1))
        state["mu_product"] *= mu
        product = state["mu_product"]
        options["rate_grad"] = options["lr"] * (1.0 - mu) / (1.0 - product)
        options["rate_mean"] = options["lr"] * following / (1.0 - product * following)

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        update_moments(state, grad, options["betas"], a)
        np.divide(state["exp_avg_sq"], 1.0 - options["betas"][1] ** options["step"], out=a)
        np.sqrt(a, out=a)
        a += options["eps"]
        for term, rate in ((grad, options["rate_grad"]), (state["exp_avg"], options["rate_mean"])):
            np.divide(term, a, out=b)
            b *= rate
            data -= b


class RAdam(_Moments):
    """Adam that divides by sqrt(v) only once v is known well enough; until then p -= lr m.

    The rate then grows with the number of gradients that v effectively averages, which replaces a warm-up.
    `weight_decay` times p is added to g (L2), or with `decoupled_weight_decay` shrinks p itself. Liu et al. 2020, "On
    the variance of the adaptive learning rate and beyond".

    >>> import autograd
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = RAdam([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([0.8], requires_grad=True)
    """

    decoupled_weight_decay: bool = False

    def prepare(self, state: State, options: Options) -> None:
        """The rate, and whether the variance is tractable: its approximated length is above 5."""
        step, (beta1, beta2) = options["step"], options["betas"]
        correction = 1.0 - beta2**step
        longest = 2.0 / (1.0 - beta2) - 1.0
        length = longest - 2.0 * step * beta2**step / correction
        options["rate"] = options["lr"] / (1.0 - beta1**step)
        options["rectified"] = length > 5.0
        if length > 5.0:
            rectifier = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            options["rate"] *= (rectifier * correction) ** 0.5

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one block."""
        update_moments(state, grad, options["betas"], a)
        mean = state["exp_avg"]
        if options["rectified"]:
            np.sqrt(state["exp_avg_sq"], out=a)
            a += options["eps"]
            mean = np.divide(mean, a, out=a)
        data -= np.multiply(mean, options["rate"], out=a)


def update_mean(mean: Array, grad: Array, beta: float, a: Array) -> None:
    """Move the running mean of the gradient: mean = beta mean + (1 - beta) grad."""
    mean *= beta
    mean += np.multiply(grad, 1.0 - beta, out=a)


def update_square(square: Array, grad: Array, beta: float, a: Array) -> None:
    """Move the running mean of the gradient's square."""
    square *= beta
    np.multiply(grad, grad, out=a)
    a *= 1.0 - beta
    square += a


def update_moments(state: State, grad: Array, betas: tuple[float, float], a: Array) -> None:
    """Move the running means "exp_avg" of the gradient and "exp_avg_sq" of its square."""
    update_mean(state["exp_avg"], grad, betas[0], a)
    update_square(state["exp_avg_sq"], grad, betas[1], a)
