"""Losses that learn distances: of pairs labelled 1 (alike) and -1 (not), of rankings, and of triplets."""

from typing import Any

import autograd
from autograd import Tensor
from autograd.ops.shapes import fit
from autograd.support.checks import number, positive as above_zero
from autograd.support.settings import Flag, NotNegative, Number, Positive

from .losses import Comparison, Labels, Loss, Reduction, matched, numeric, reduced

__all__ = ["CosineEmbeddingLoss", "HingeEmbeddingLoss", "MarginRankingLoss", "TripletMarginLoss"]


def _positive(x: Tensor) -> Tensor:
    """max(x, 0); at 0 the gradient passes, as in PyTorch: two equal scores with margin 0 must move apart."""
    return autograd.where(x >= 0, x, 0.0)


def signs(name: str, target: Any) -> Tensor:
    """`target`, checked to hold only 1 and -1.

    >>> signs("soft_margin_loss", np.array([1, -1]))
    array([ 1, -1])
    """
    wrong = (target != 1) & (target != -1)
    if wrong.any():
        raise ValueError(
            f"{name}: target holds {target[wrong].tolist()[0]:g}, and its labels are 1 and -1; "
            "of 0 and 1 make them with 2 * target - 1"
        )
    return target


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Labels, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """1 - cos(input1, input2) of pairs labelled 1, max(0, cos - margin) of those labelled -1.

    Shapes and errors are those of `CosineEmbeddingLoss`.

    >>> cosine_embedding_loss(np.array([1.0, 0.0]), np.array([0.0, 2.0]), np.array(1))
    np.float64(1.0)
    """
    name = "cosine_embedding_loss"
    margin = number(f"{name}: margin", margin)
    input2 = matched(name, input1, input2, ("input1", "input2"))
    numeric(name, "target", target)
    fit(name, "input1 (N?, D), target (N?)", input1, target, hint="each pair has one label")
    tiny = 1e-12  # PyTorch's, so that a vector of zeros has the cosine 0
    squares = (autograd.sum(input1 * input1, axis=-1) + tiny) * (autograd.sum(input2 * input2, axis=-1) + tiny)
    cosine = autograd.sum(input1 * input2, axis=-1) / autograd.sqrt(squares)
    return reduced(name, autograd.where(signs(name, target) == 1, 1.0 - cosine, _positive(cosine - margin)), reduction)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Labels, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """max(0, margin - target (input1 - input2)): the first ranks higher where the target is 1, the second where -1.

    Shapes and errors are those of `MarginRankingLoss`.

    >>> margin_ranking_loss(np.array([1.0, 2.0]), np.array([3.0, 1.0]), np.array([1, 1]))
    np.float64(1.0)
    """
    name = "margin_ranking_loss"
    margin = number(f"{name}: margin", margin)
    input2 = matched(name, input1, input2, ("input1", "input2"))
    target = signs(name, matched(name, input1, target, ("input1", "target")))
    return reduced(name, _positive(margin - target * (input1 - input2)), reduction)


def hinge_embedding_loss(input: Tensor, target: Labels, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """The distance `input` of pairs labelled 1, max(0, margin - input) of those labelled -1.

    Shapes and errors are those of `HingeEmbeddingLoss`.

    >>> hinge_embedding_loss(np.array([0.5, 0.5]), np.array([1, -1]), margin=2.0)
    np.float64(1.0)
    """
    name = "hinge_embedding_loss"
    margin = number(f"{name}: margin", margin)
    target = signs(name, matched(name, input, target))
    return reduced(name, autograd.where(target == 1, input, _positive(margin - input)), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the p-norm over the last axis.

    Shapes and errors are those of `TripletMarginLoss`.

    >>> triplet_margin_loss(np.array([0.0]), np.array([1.0]), np.array([3.0])).round(3)
    np.float64(0.0)
    """
    name = "triplet_margin_loss"
    above_zero(f"{name}: margin", margin)
    above_zero(f"{name}: p", p)
    number(f"{name}: eps", eps, 0.0)
    positive = matched(name, anchor, positive, ("anchor", "positive"), floats=True)
    negative = matched(name, anchor, negative, ("anchor", "negative"), floats=True)
    fit(name, "anchor (..., D)", anchor)

    def distance(x: Tensor, y: Tensor) -> Tensor:
        return autograd.norm(x - y + eps, p, axis=-1)

    far = distance(anchor, negative)
    if swap:
        far = autograd.minimum(far, distance(positive, negative))
    return reduced(name, _positive(distance(anchor, positive) - far + margin), reduction)


class CosineEmbeddingLoss(Loss):
    """1 - cos(input1, input2) of pairs labelled 1, max(0, cos - margin) of those labelled -1.

    Inputs (N, D) and targets (N,), or one pair (D,) and a target of shape (). Raises ShapeError, or ValueError for
    other labels.

    >>> CosineEmbeddingLoss()(np.array([1.0, 0.0]), np.array([0.0, 2.0]), np.array(1))
    np.float64(1.0)
    """

    margin: Number = 0.0
    reduction: Reduction = "mean"

    def forward(self, input1: Tensor, input2: Tensor, target: Labels) -> Tensor:
        """Compare pairs of vectors with their labels."""
        return cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)


class MarginRankingLoss(Loss):
    """max(0, margin - target (input1 - input2)): the first ranks higher where the target is 1, the second where -1.

    All three have one shape, any. Raises ShapeError where they differ, or ValueError for other labels.

    >>> MarginRankingLoss()(np.array([1.0, 2.0]), np.array([3.0, 1.0]), np.array([1, 1]))
    np.float64(1.0)
    """

    margin: Number = 0.0
    reduction: Reduction = "mean"

    def forward(self, input1: Tensor, input2: Tensor, target: Labels) -> Tensor:
        """Compare two arrays of scores with their order."""
        return margin_ranking_loss(input1, input2, target, self.margin, self.reduction)


class HingeEmbeddingLoss(Comparison, function=hinge_embedding_loss):
    """The distance `input` of pairs labelled 1, max(0, margin - input) of those labelled -1.

    Input and target have one shape, any. Raises ShapeError where they differ, or ValueError for other labels.

    >>> HingeEmbeddingLoss(margin=2.0)(np.array([0.5, 0.5]), np.array([1, -1]))
    np.float64(1.0)
    """

    margin: Number = 1.0
    reduction: Reduction = "mean"


class TripletMarginLoss(Loss):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), with d(x, y) the p-norm of x - y + eps.

    All three have shape (N, D), or any other with the features last. With `swap` the negative's distance is to anchor
    or positive, whichever it is nearer to (Balntas et al. 2016). Raises ShapeError where the shapes
    differ, DtypeError for integers, ValueError unless margin > 0, p > 0 and eps >= 0.

    >>> TripletMarginLoss()(np.array([0.0]), np.array([1.0]), np.array([1.5])).round(3)
    np.float64(0.5)
    """

    margin: Positive = 1.0
    p: Positive = 2.0
    eps: NotNegative = 1e-6
    swap: Flag = False
    reduction: Reduction = "mean"

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compare the distances of the anchors to positives and negatives."""
        return triplet_margin_loss(anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction)
