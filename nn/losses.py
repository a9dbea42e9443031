"""Losses of predictions against values, classes and distributions: functions, and the layers that call them.

Each takes `reduction`: "mean" over all elements, their "sum", or "none". Shapes that differ are errors, even where
they would broadcast: of (N, 1) and (N,) that makes N x N differences, and trains on nonsense without a word.

All raise ShapeError where shapes do not fit, DtypeError unless predictions are floats and targets real numbers,
TypeError for what is no array, and TypeError or ValueError for other arguments of the wrong kind or out of range: in
a function at the call, in a layer when it is made.
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY
from functools import partial
from math import log, pi
from typing import Annotated, Any

import numpy as np

import autograd
from autograd import DtypeError, ShapeError, Tensor
from autograd.engine.types import Array, Value
from autograd.ops.shapes import broadcasts
from autograd.support.checks import choice, number, positive, shape_of, size
from autograd.support.lines import warn
from autograd.support.settings import Flag, NotNegative, Positive, Share
from autograd.watch.mistakes import warn_rounded, warn_squashed

from .layer import OfFunction
from .module import Buffer

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "GaussianNLLLoss", "HuberLoss", "KLDivLoss", "L1Loss",
    "MSELoss", "NLLLoss", "PoissonNLLLoss", "SmoothL1Loss",
]  # fmt: skip

REDUCTIONS = ("mean", "sum", "none")
LOGITS = "logits, the outputs of the last layer as they are"
SECOND = (
    ", and numbers between 0 and 1 hardly differ for it: the loss stays high and learning is slow. Leave {squash} "
    "out of the model, and take it only where you want to see probabilities"
)


Labels = Tensor | Array
Weights = Labels | Sequence[float] | float | None

# -- what all losses share -----------------------------------------------------------------------------


def check_reduction(what: str, reduction: str, allowed: tuple[str, ...] = REDUCTIONS) -> str:
    """`reduction`, if it is one of `allowed`; else TypeError or ValueError.

    >>> check_reduction("mse_loss: reduction", "mean")
    'mean'
    """
    if not isinstance(reduction, str):
        raise TypeError(
            f"{what} is a {type(reduction).__name__}, not one of {', '.join(map(repr, allowed))}; a loss "
            f"layer is made first and then called, {what.partition(':')[0]}()(input, target)"
        )
    return choice(what, reduction, allowed)


def numeric(name: str, argument: str, value: Any, complex: bool = False) -> Any:
    """`value`, checked to be an array or Tensor of real, or `complex`, numbers; raises TypeError or DtypeError.

    >>> numeric("l1_loss", "target", np.ones(2))
    array([1., 1.])
    """
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise TypeError(f"{name}: {argument} is a {type(value).__name__}; make it a Tensor, autograd.tensor(...)")
    kind = getattr(value.dtype, "kind", "O")
    if kind not in "fiubc" or (kind == "c" and not complex):
        mend = "abs(z), or z.real and z.imag; l1_loss takes complex numbers" if kind == "c" else "floats"
        raise DtypeError(f"{name}: {argument} has dtype {value.dtype}, which holds no real numbers; use {mend}")
    return value


def matched(
    name: str,
    input: Tensor,
    target: Any,
    names: tuple[str, str] = ("input", "target"),
    floats: bool = False,
    complex: bool = False,
) -> Tensor:
    """`target` in floats, checked to have the shape of `input`; raises ShapeError, DtypeError or TypeError.

    With `floats` a target of integers is an error too, as a distribution or a vector of them is none. With `complex`
    both may be complex numbers.

    >>> matched("l1_loss", np.ones(2, np.float32), np.array([0, 1]))
    array([0., 1.], dtype=float32)
    """
    for argument, value, asked in ((names[0], input, True), (names[1], target, floats)):
        if numeric(name, argument, value, complex).dtype.kind not in "fc" and asked:
            raise DtypeError(f"{name}: {argument} has dtype {value.dtype}, not floats; use .astype(np.float32)")
    if input.shape != target.shape:
        raise ShapeError(
            f"{name}: {names[0]} {input.shape} and {names[1]} {target.shape} differ and would broadcast; "
            "reshape one, for example target[:, None] or input.squeeze(1)"
        )
    return target if target.dtype.kind in "fc" else target.astype(input.dtype)


def reduced(name: str, losses: Tensor, reduction: str) -> Tensor:
    """The mean or sum of `losses`, or they themselves; raises TypeError or ValueError for another `reduction`.

    >>> reduced("l1_loss", np.array([1.0, 2.0]), "sum")
    np.float64(3.0)
    """
    check_reduction(f"{name}: reduction", reduction)
    return losses if reduction == "none" else autograd.mean(losses) if reduction == "mean" else autograd.sum(losses)


def weight_for(name: str, argument: str, weight: Any, input: Tensor) -> Tensor:
    """A weight in the dtype of `input`, checked to broadcast to its shape without making it larger.

    >>> weight_for("bce", "weight", 2.0, np.ones(3, np.float32))
    array(2., dtype=float32)
    """
    weight = numeric(name, argument, np.asarray(weight) if np.isscalar(weight) else weight)
    if not broadcasts(shape_of(weight), input.shape):
        raise ShapeError(
            f"{name}: {argument} {shape_of(weight)} for input {input.shape}; give one number for each element, "
            "or for each place along the last axes"
        )
    return weight.astype(input.dtype)


def _averaged(name: str, losses: Tensor, reduction: str, weight: Weights) -> Tensor:
    """`losses` times `weight`, which divides the mean."""
    if weight is None:
        return reduced(name, losses, reduction)
    weight = matched(name, losses, weight, ("input", "weight"))
    total = reduced(name, losses * weight, "sum" if reduction == "mean" else reduction)
    return total / autograd.sum(weight) if reduction == "mean" else total


Reduction = Annotated[str, check_reduction]


class Loss(OfFunction):
    """The base of the losses, each of which has a `reduction`; an unknown one raises ValueError.

    >>> MSELoss("sum").reduction
    'sum'
    """


class Comparison(Loss):
    """A loss of an input and a target."""

    def forward(self, input: Tensor, target: Labels) -> Tensor:
        """Compare predictions with what they should be."""
        return self.function(input, target, *map(vars(self).__getitem__, self._passed))


# -- differences ---------------------------------------------------------------------------------------


def mse_loss(input: Tensor, target: Labels, reduction: str = "mean", weight: Weights = None) -> Tensor:
    """(input - target)**2; a `weight` for each element also divides the mean; see `MSELoss`.

    >>> mse_loss(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0]))
    Tensor(2.)
    """
    check_reduction("mse_loss: reduction", reduction)
    target = matched("mse_loss", input, target)
    if weight is None:
        return autograd.mse(input, target, reduction)
    return _averaged("mse_loss", autograd.mse(input, target, "none"), reduction, weight)


def l1_loss(input: Tensor, target: Labels, reduction: str = "mean", weight: Weights = None) -> Tensor:
    """|input - target|, with gradient 0 where they are equal; a `weight` for each element also divides the mean.

    Of complex numbers, too. See `L1Loss`.

    >>> l1_loss(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0]))
    Tensor(1.)
    """
    target = matched("l1_loss", input, target, complex=True)
    return _averaged("l1_loss", autograd.abs(input - target), reduction, weight)


def smooth_l1_loss(input: Tensor, target: Labels, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """|input - target| - beta/2, and (input - target)**2 / (2 beta) where that is nearer than beta (Girshick 2015).

    It is huber_loss / beta, and l1_loss for beta = 0. See `SmoothL1Loss`.

    >>> smooth_l1_loss(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0]), "none")
    Tensor([0. , 1.5])
    """
    beta = number("smooth_l1_loss: beta", beta, 0.0)
    target = matched("smooth_l1_loss", input, target)
    if beta == 0:
        return reduced("smooth_l1_loss", autograd.abs(input - target), reduction)
    return reduced("smooth_l1_loss", autograd.huber(input, target, beta), reduction) / beta


def huber_loss(
    input: Tensor, target: Labels, reduction: str = "mean", delta: float = 1.0, weight: Weights = None
) -> Tensor:
    """(input - target)**2 / 2 up to a distance of delta, and a line of that slope beyond (Huber 1964).

    A `weight` for each element multiplies it. See `HuberLoss`.

    >>> huber_loss(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0]), "none")
    Tensor([0. , 1.5])
    """
    delta = positive("huber_loss: delta", delta)
    losses = autograd.huber(input, matched("huber_loss", input, target), delta)
    if weight is not None:
        losses = losses * matched("huber_loss", input, weight, ("input", "weight"))
    return reduced("huber_loss", losses, reduction)


class MSELoss(Comparison, function=mse_loss):
    """(input - target)**2, averaged, summed or as it is (`reduction`: mean, sum, none).

    Input and target have one shape, any; ShapeError where they differ.

    >>> MSELoss()(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0])).item()
    2.0
    """

    reduction: Reduction = "mean"


class L1Loss(Comparison, function=l1_loss):
    """|input - target|, with gradient 0 where they are equal.

    Input and target have one shape, any; ShapeError where they differ.

    >>> L1Loss()(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0])).item()
    1.0
    """

    reduction: Reduction = "mean"


class SmoothL1Loss(Comparison, function=smooth_l1_loss):
    """|d| - beta/2 for the difference d of input and target, and d**2 / (2 beta) where |d| < beta (Girshick 2015).

    Input and target have one shape, any; ShapeError where they differ, ValueError for beta < 0.

    >>> SmoothL1Loss()(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0])).item()
    0.75
    """

    reduction: Reduction = "mean"
    beta: NotNegative = 1.0


class HuberLoss(Comparison, function=huber_loss):
    """d**2 / 2 for the difference d of input and target, and delta (|d| - delta/2) where |d| > delta (Huber 1964).

    Input and target have one shape, any; ShapeError where they differ, ValueError unless delta > 0.

    >>> HuberLoss(delta=0.5)(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0])).item()
    0.4375
    """

    reduction: Reduction = "mean"
    delta: Positive = 1.0


# -- classes -------------------------------------------------------------------------------------------


def cross_entropy(
    input: Tensor,
    target: Labels,
    weight: Weights = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input)[target], from logits of shape (C,), (N, C) or (N, C, ...); see `CrossEntropyLoss`.

    >>> cross_entropy(autograd.tensor([[0.0, 0.0]]), autograd.tensor([1]))
    Tensor(0.6931)
    """
    check_reduction("cross_entropy: reduction", reduction)
    warn_squashed("cross_entropy", input, LOGITS, "It takes the softmax itself" + SECOND)
    return autograd.cross_entropy(input, target, reduction, weight, ignore_index, label_smoothing)


def nll_loss(
    input: Tensor, target: Labels, weight: Weights = None, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """-input[target], from log probabilities of shape (C,), (N, C) or (N, C, ...); see `NLLLoss`.

    >>> nll_loss(autograd.tensor([[-0.5, -1.0]]), autograd.tensor([1]))
    Tensor(1.)
    """
    check_reduction("nll_loss: reduction", reduction)
    warn_squashed(
        "nll_loss",
        input,
        "log probabilities",
        "Give it log_softmax of the outputs instead of {squash}, or give the outputs as they are to cross_entropy",
    )
    return autograd.nll(input, target, reduction, weight, ignore_index)


def binary_cross_entropy(input: Tensor, target: Labels, weight: Weights = None, reduction: str = "mean") -> Tensor:
    """-target log(input) - (1 - target) log(1 - input), from probabilities; see `BCELoss`.

    >>> binary_cross_entropy(autograd.tensor([0.5]), autograd.tensor([1.0]))
    Tensor(0.6931)
    """
    target = matched("binary_cross_entropy", input, target)
    warn_rounded("binary_cross_entropy", input, target)
    losses = autograd.bce(input, target)
    if weight is not None:
        losses = losses * weight_for("binary_cross_entropy", "weight", weight, input)
    return reduced("binary_cross_entropy", losses, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Labels, weight: Weights = None, reduction: str = "mean", pos_weight: Weights = None
) -> Tensor:
    """binary_cross_entropy of sigmoid(input), stable for any input; see `BCEWithLogitsLoss`.

    >>> binary_cross_entropy_with_logits(autograd.tensor([0.0, -1000.0]), autograd.tensor([1.0, 0.0]))
    Tensor(0.3466)
    """
    name = "binary_cross_entropy_with_logits"
    target = matched(name, input, target)
    warn_squashed(name, input, LOGITS, "It takes the sigmoid itself" + SECOND)
    if pos_weight is not None:
        pos_weight = weight_for(name, "pos_weight", pos_weight, input)
    losses = autograd.bce_with_logits(input, target, pos_weight)
    if weight is not None:
        losses = losses * weight_for(name, "weight", weight, input)
    return reduced(name, losses, reduction)


def _buffer(what: str, weight: Weights, axes: int | None = None) -> Buffer | None:
    """A Buffer of these weights, of so many axes, or None where there are none."""
    if weight is None:
        return None
    if isinstance(weight, Tensor) and weight.requires_grad:
        raise TypeError(
            f"{what} is a Tensor that carries a gradient; a loss layer is made first and then called, for example "
            "CrossEntropyLoss()(input, target)"
        )
    try:
        made = Buffer(weight)
    except DtypeError as error:
        raise TypeError(f"{what}={weight!r} holds no real numbers") from error
    if made.dtype.kind == "c":
        raise TypeError(f"{what}={weight!r} holds complex numbers; give real ones")
    if np.isnan(made.data).any():
        raise ValueError(f"{what} holds nan")
    if axes is not None and made.ndim != axes:
        raise ShapeError(f"{what} has shape {made.shape}; give one number per class, (C,)")
    return made


Index = Annotated[int, partial(size, least=-(2**63))]
Weight = Annotated[Weights, _buffer]
ClassWeight = Annotated[Weights, partial(_buffer, axes=1)]


class CrossEntropyLoss(Comparison, function=cross_entropy):
    """-log softmax(input)[target], from unnormalised logits of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers, in the shape without C, or probabilities in the shape of the logits. With `weight`
    (one number per class, a buffer) each row counts as its class does, and the mean over class numbers divides by the
    weights. Rows of class `ignore_index` do not count: the mean of no row is nan, as in PyTorch, its gradient 0.
    `label_smoothing` spreads that share of the probability evenly over all classes (Szegedy et al. 2016). It takes
    logits: a softmax before it is taken twice.

    Raises ShapeError, DtypeError, or IndexError for a class outside [0, C).

    >>> CrossEntropyLoss()(autograd.tensor([[0.0, 0.0]]), autograd.tensor([1])).item()
    0.6931471824645996
    """

    weight: ClassWeight = None
    ignore_index: Index = -100
    reduction: Reduction = "mean"
    label_smoothing: Share = 0.0


class NLLLoss(Comparison, function=nll_loss):
    """-input[target], from log probabilities (as of LogSoftmax) of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers, in the shape without C; `weight` (a buffer) and `ignore_index` as in CrossEntropyLoss,
    which is this after LogSoftmax. Raises ShapeError, DtypeError, or IndexError for a class outside [0, C).

    >>> NLLLoss()(autograd.tensor([[-0.5, -1.0]]), autograd.tensor([1])).item()
    1.0
    """

    weight: ClassWeight = None
    ignore_index: Index = -100
    reduction: Reduction = "mean"


class BCELoss(Comparison, function=binary_cross_entropy):
    """-target log(input) - (1 - target) log(1 - input), from probabilities, as of Sigmoid.

    Input and target have one shape, any; `weight`, a buffer, broadcasts to it. As in PyTorch a logarithm is at least
    -100. Raises ShapeError, or ValueError outside [0, 1]. BCEWithLogitsLoss is the exact one.

    >>> BCELoss()(autograd.tensor([0.5]), autograd.tensor([1.0])).item()
    0.6931471824645996
    """

    weight: Weight = None
    reduction: Reduction = "mean"


class BCEWithLogitsLoss(Comparison, function=binary_cross_entropy_with_logits):
    """-pos_weight target log(s) - (1 - target) log(1 - s) with s = sigmoid(input), stable for any input.

    Input and target have one shape, any; `weight` and `pos_weight`, buffers, broadcast to it: pos_weight of shape (C,)
    against (N, C) trades precision for recall in each class. Raises ShapeError where they do not.

    >>> BCEWithLogitsLoss()(autograd.tensor([-100.0]), autograd.tensor([1.0])).item()
    100.0
    """

    weight: Weight = None
    reduction: Reduction = "mean"
    pos_weight: Weight = None


# -- distributions -------------------------------------------------------------------------------------


def kl_div(input: Tensor, target: Labels, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target (log(target) - input), from log probabilities `input`; 0 where the target is 0; see `KLDivLoss`.

    >>> kl_div(autograd.tensor([[-1.0, -2.0]]), autograd.tensor([[1.0, 0.0]]), "batchmean")
    Tensor(1.)
    """
    check_reduction("kl_div: reduction", reduction, (*REDUCTIONS, "batchmean"))
    target = matched("kl_div", input, target, floats=True)
    # what is impossible costs nothing, even where the input says so too, with -inf
    if log_target:
        never = target == -np.inf
        known = autograd.where(never, 0.0, target)
        losses = autograd.where(never, 0.0, autograd.exp(known) * (known - autograd.where(never, 0.0, input)))
    else:
        losses = autograd.xlogy(target, target) - target * autograd.where(target == 0, 0.0, input)
    if reduction == "batchmean":
        return autograd.sum(losses) / float(input.shape[0] if input.ndim else 1)
    return reduced("kl_div", losses, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Labels,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """-log of the Poisson probability of the count `target` at the rate exp(input) or input; see `PoissonNLLLoss`.

    >>> poisson_nll_loss(autograd.tensor([0.0]), autograd.tensor([3.0]))
    Tensor(1.)
    """
    eps = number("poisson_nll_loss: eps", eps, 0.0)
    target = matched("poisson_nll_loss", input, target)
    if log_input:
        losses = autograd.exp(input) - target * input
    elif (input < 0).any():
        raise ValueError(f"poisson_nll_loss: a rate of {np.min(input):g}; take softplus of it, or log_input=True")
    else:
        losses = input - target * autograd.log(input + eps)
    if full:
        large = autograd.where(target > 1, target, 1.0)  # at 0 the formula is -inf, and of little use at 1
        stirling = large * autograd.log(large) - large + 0.5 * autograd.log(2.0 * pi * large)
        losses = losses + autograd.where(target > 1, stirling, 0.0)
    return reduced("poisson_nll_loss", losses, reduction)


def _variance(input: Tensor, var: Any) -> Tensor:
    """`var` checked, and with the axes of `input`."""
    if np.isscalar(var):
        var = np.full(input.shape, number("gaussian_nll_loss: var", var), input.dtype)
    elif numeric("gaussian_nll_loss", "var", var).shape == input.shape[:-1] != input.shape:
        var = np.expand_dims(var, -1)
    apart = [v for n, v in zip(input.shape, var.shape) if n != v]
    if var.ndim != input.ndim or apart not in ([], [1]):
        raise ShapeError(
            f"gaussian_nll_loss: var {var.shape} for input {input.shape}; give it that shape, or with one axis "
            "of length 1, or without the last axis"
        )
    if (var < 0).any():
        raise ValueError(f"gaussian_nll_loss: var holds {np.min(var):g}; make it positive, by softplus or exp")
    return var


def gaussian_nll_loss(
    input: Tensor, target: Labels, var: Value, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """(log(var) + (input - target)**2 / var) / 2 with var at least eps; see `GaussianNLLLoss`.

    >>> gaussian_nll_loss(autograd.tensor([1.0]), autograd.tensor([3.0]), autograd.tensor([1.0]))
    Tensor(2.)
    """
    eps = positive("gaussian_nll_loss: eps", eps)
    numeric("gaussian_nll_loss", "input", input)
    if broadcasts(numeric("gaussian_nll_loss", "target", target).shape, input.shape):
        if target.ndim < input.ndim and target.size > 1:
            warn(
                f"gaussian_nll_loss: target {target.shape} is compared with every row of input {input.shape}; if that "
                "is meant, write target[None]; if it has one number for each row, target[:, None]"
            )
        target = autograd.broadcast_to(target, input.shape)
    target = matched("gaussian_nll_loss", input, target)
    var = _variance(input, var)
    if isinstance(var, Tensor):  # raised by a constant, so that a gradient leads out of where it is too small
        var = var + np.maximum(eps - var.data, 0.0)
    else:
        var = np.maximum(var, eps)
    losses = 0.5 * (autograd.log(var) + autograd.square(input - target) / var)
    return reduced("gaussian_nll_loss", losses + 0.5 * log(2.0 * pi) if full else losses, reduction)


class KLDivLoss(Comparison, function=kl_div):
    """target (log(target) - input): the Kullback-Leibler divergence of exp(input), summed over the classes.

    `input` holds log probabilities, `target` probabilities or, with `log_target`, their logarithms, in one shape.
    reduction="batchmean", the sum divided by the length of the first axis, is the divergence per row; "mean" divides
    by the number of classes too. Where the target is 0 it is 0. Raises ShapeError where the shapes differ,
    DtypeError for a target of integers (Kullback & Leibler 1951).

    >>> KLDivLoss("batchmean")(autograd.tensor([[-1.0, -2.0]]), autograd.tensor([[1.0, 0.0]])).item()
    1.0
    """

    reduction: Annotated[str, partial(check_reduction, allowed=(*REDUCTIONS, "batchmean"))] = "mean"
    log_target: Flag = False


class PoissonNLLLoss(Loss):
    """exp(input) - target input: -log of the Poisson probability of a count at the rate exp(input).

    With log_input=False the input is the rate: input - target log(input + eps). `full` adds log(target!) by Stirling's
    formula, where the target is above 1. Input and target have one shape, any; ShapeError where they differ, ValueError
    for a negative rate.

    >>> PoissonNLLLoss()(autograd.tensor([0.0]), autograd.tensor([3.0])).item()
    1.0
    """

    log_input: Flag = True
    full: Flag = False
    eps: NotNegative = 1e-8
    reduction: Reduction = "mean"

    def forward(self, log_input: Tensor, target: Labels) -> Tensor:
        """Compare rates, or their logarithms, with counts."""
        return poisson_nll_loss(log_input, target, self.log_input, self.full, self.eps, self.reduction)


class GaussianNLLLoss(Loss):
    """(log(var) + (input - target)**2 / var) / 2: -log of the normal density, of mean `input` and variance `var`.

    Input and target have one shape, any, or the target broadcasts to the input's: where it lacks axes, MistakeWarning.
    var has that shape too, or one axis of length 1 in it, or lacks the last axis, or is one number. It counts as at
    least eps, but its gradient is taken as if it were not raised to that (Nix & Weigend 1994). `full` adds the constant
    log(2 pi) / 2. Raises ShapeError, or ValueError for a negative var.

    >>> GaussianNLLLoss()(autograd.tensor([1.0]), autograd.tensor([3.0]), autograd.tensor([1.0])).item()
    2.0
    """

    _: KW_ONLY
    full: Flag = False
    eps: Positive = 1e-6
    reduction: Reduction = "mean"

    def forward(self, input: Tensor, target: Labels, var: Value) -> Tensor:
        """Compare means and variances with values."""
        return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)
