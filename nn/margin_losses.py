"""Losses of scores that should be on the right side of a margin, for one label or several."""

from typing import Annotated, Any

import numpy as np

import autograd
from autograd import DtypeError, Tensor
from autograd.ops.shapes import fit
from autograd.support.checks import number, shape_of, size
from autograd.support.settings import Number

from .embedding_losses import signs
from .losses import ClassWeight, Comparison, Labels, Reduction, Weight, Weights, matched, numeric, reduced, weight_for

__all__ = ["MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "SoftMarginLoss"]


def soft_margin_loss(input: Tensor, target: Labels, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target input)), for labels 1 and -1; see `SoftMarginLoss`.

    >>> soft_margin_loss(autograd.tensor([0.0, 1000.0]), autograd.tensor([1.0, 1.0]), "none")
    Tensor([0.6931, 0.    ])
    """
    target = signs("soft_margin_loss", matched("soft_margin_loss", input, target))
    return reduced("soft_margin_loss", -autograd.log_sigmoid(target * input), reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Labels, weight: Weights = None, reduction: str = "mean"
) -> Tensor:
    """binary_cross_entropy_with_logits, averaged over the classes along the last axis; see `MultiLabelSoftMarginLoss`.

    >>> multilabel_soft_margin_loss(autograd.tensor([[0.0, 1000.0]]), autograd.tensor([[1.0, 1.0]]))
    Tensor(0.3466)
    """
    name = "multilabel_soft_margin_loss"
    losses = autograd.bce_with_logits(input, matched(name, input, target))
    fit(name, "input (..., C)", input)
    if weight is not None:
        losses = losses * weight_for(name, "weight", weight, input)
    return reduced(name, autograd.mean(losses, axis=-1), reduction)


def _classes(name: str, target: Any, count: int, least: int) -> Any:
    """`target` as an array, checked to hold integers from `least` to count - 1."""
    classes = target.data if isinstance(target, Tensor) else numeric(name, "target", target)
    if classes.dtype.kind not in "iu":
        raise DtypeError(f"{name}: target has dtype {classes.dtype}; it holds class numbers, use integers")
    wrong = (classes < least) | (classes >= count)
    if wrong.any():
        raise IndexError(f"{name}: target holds class {classes[wrong].flat[0]}, of {count} classes")
    return classes


def multi_margin_loss(
    input: Tensor,
    target: Labels,
    p: int = 1,
    margin: float = 1.0,
    weight: Weights = None,
    reduction: str = "mean",
) -> Tensor:
    """The sum over the wrong classes of max(0, margin - input[target] + input[i])**p, over C; see `MultiMarginLoss`.

    >>> multi_margin_loss(autograd.tensor([[0.0, 0.5, 3.0]]), autograd.tensor([2]))
    Tensor(0.)
    """
    name = "multi_margin_loss"
    p, margin = _power(f"{name}: p", p), number(f"{name}: margin", margin)
    fit(name, "input (N?, C), target (N?)", input, target)
    count = shape_of(input)[-1]
    classes = _classes(name, target, count, 0)
    own = autograd.take_along_axis(input, classes[..., None])
    losses = autograd.relu(margin - own + input) ** p
    losses = autograd.sum(autograd.where(classes[..., None] == np.arange(count), 0.0, losses), axis=-1) / float(count)
    if weight is not None:
        each = numeric(name, "weight", weight if hasattr(weight, "shape") else np.asarray(weight)).astype(input.dtype)
        fit(name, "weight (C)", each, C=count)
        losses = losses * each[classes]
    return reduced(name, losses, reduction)


def multilabel_margin_loss(input: Tensor, target: Labels, reduction: str = "mean") -> Tensor:
    """max(0, 1 - input[right] + input[wrong]), added up over all pairs of classes, over C; see `MultiLabelMarginLoss`.

    >>> multilabel_margin_loss(autograd.tensor([[0.1, 0.2, 0.4, 0.8]]), autograd.tensor([[3, 0, -1, 1]]))
    Tensor(0.85)
    """
    name = "multilabel_margin_loss"
    fit(name, "input (N?, C), target (N?, C)", input, target)
    count = shape_of(input)[-1]
    classes = _classes(name, target, count, -1)
    listed = np.logical_and.accumulate(classes >= 0, axis=-1)  # up to the first -1
    right = ((classes[..., None] == np.arange(count)) & listed[..., None]).any(axis=-2)
    own = autograd.take_along_axis(input, np.where(listed, classes, 0))
    losses = autograd.relu(1.0 - own[..., None] + input[..., None, :])
    losses = autograd.where(listed[..., None] & ~right[..., None, :], losses, 0.0)
    return reduced(name, autograd.sum(losses, axis=(-2, -1)) / float(count), reduction)


def _power(what: str, p: int) -> int:
    if size(what, p) > 2:
        raise ValueError(f"{what}={p} is neither 1 nor 2")
    return p


class SoftMarginLoss(Comparison, function=soft_margin_loss):
    """log(1 + exp(-target input)), for labels 1 and -1, stable for any input.

    Input and target have one shape, any. Raises ShapeError where they differ, ValueError for other labels.

    >>> SoftMarginLoss()(autograd.tensor([0.0]), autograd.tensor([1.0])).item()
    0.6931471824645996
    """

    reduction: Reduction = "mean"


class MultiLabelSoftMarginLoss(Comparison, function=multilabel_soft_margin_loss):
    """`BCEWithLogitsLoss` for each class, averaged over the classes along the last axis, then reduced.

    Input and target are (N, C) or (C,), `weight` is a buffer that broadcasts to them. Raises ShapeError where they do
    not fit.

    >>> MultiLabelSoftMarginLoss()(autograd.tensor([[0.0, 1000.0]]), autograd.tensor([[1.0, 1.0]])).item()
    0.3465735912322998
    """

    weight: Weight = None
    reduction: Reduction = "mean"


class MultiMarginLoss(Comparison, function=multi_margin_loss):
    """The sum over the wrong classes i of max(0, margin - input[target] + input[i])**p, divided by their number C.

    Input (N, C) or (C,), class numbers (N,) or (); p is 1 or 2; with `weight` (C,), a buffer, each row counts as its
    class does, but the mean divides by N. Raises ShapeError, DtypeError, or IndexError for a class outside [0, C)
    (Crammer & Singer 2001).

    >>> MultiMarginLoss()(autograd.tensor([[0.0, 0.5, 1.0]]), autograd.tensor([2])).item()
    0.1666666716337204
    """

    p: Annotated[int, _power] = 1
    margin: Number = 1.0
    weight: ClassWeight = None
    reduction: Reduction = "mean"


class MultiLabelMarginLoss(Comparison, function=multilabel_margin_loss):
    """max(0, 1 - input[right] + input[wrong]), added up over all pairs of a right and a wrong class, divided by C.

    Input (N, C) or (C,); each row of `target`, of the same shape, lists the right classes, up to the first -1. Raises
    ShapeError, DtypeError, or IndexError for a class outside [-1, C).

    >>> MultiLabelMarginLoss()(autograd.tensor([[0.1, 0.2, 0.4, 0.8]]), autograd.tensor([[3, 0, -1, 1]])).item()
    0.8500000238418579
    """

    reduction: Reduction = "mean"
