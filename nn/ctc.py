"""Connectionist temporal classification (Graves et al. 2006): label sequences without an alignment."""

import numpy as np

import autograd
from autograd import DtypeError, ShapeError, Tensor
from autograd.engine.types import Array, Value
from autograd.support.checks import size
from autograd.support.settings import Count, Flag

from .losses import Loss, Reduction, check_reduction, reduced

__all__ = ["CTCLoss"]


def _integers(argument: str, value: Value) -> Array:
    array = np.asarray(value.data if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "iu" and array.size:
        raise DtypeError(f"ctc_loss: {argument} of dtype {array.dtype} are no integers; use .astype(np.int64)")
    return array.astype(np.int64)


def _padded(targets: Array, lengths: Array) -> Array:
    """Targets that follow each other in one array, as rows filled up to the longest."""
    if len(targets) != np.sum(lengths):
        raise ShapeError(
            f"ctc_loss: {len(targets)} concatenated targets, and target_lengths {lengths.tolist()} add up to "
            f"{np.sum(lengths)}; padded ones have shape (N, S)"
        )
    rows = np.zeros((len(lengths), np.max(lengths, initial=0)), np.int64)
    rows[np.arange(rows.shape[1]) < lengths[:, None]] = targets
    return rows


def ctc_loss(
    log_probs: Tensor,
    targets: Value,
    input_lengths: Value,
    target_lengths: Value,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability of each label sequence by any alignment; see `CTCLoss`.

    >>> half = np.log(np.full((2, 2), 0.5))
    >>> np.exp(-ctc_loss(half, np.array([1]), 2, 1)).round(6)
    np.float64(0.75)
    """
    check_reduction("ctc_loss: reduction", reduction)
    blank = size("ctc_loss: blank", blank, 0)
    targets = _integers("targets", targets)
    input_lengths = np.atleast_1d(_integers("input_lengths", input_lengths))
    target_lengths = np.atleast_1d(_integers("target_lengths", target_lengths))
    alone = getattr(log_probs, "ndim", 0) == 2
    if alone:
        log_probs = log_probs[:, None, :]
    if targets.ndim == 1 and target_lengths.ndim == 1:
        targets = _padded(targets, target_lengths)
    elif targets.ndim == 2:
        targets = targets[:, : np.max(target_lengths, initial=0)]
    losses = autograd.ctc(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity)
    if reduction == "mean":
        losses = losses / np.maximum(target_lengths, 1).astype(losses.dtype)
    return losses[0] if alone else reduced("ctc_loss", losses, reduction)


class CTCLoss(Loss):
    """-log of the probability that a sequence says its target, by any alignment (Graves et al. 2006, section 4.1).

    `log_probs` (T, N, C), or (T, C) for one sequence, are log probabilities, as of log_softmax. `targets` are class
    numbers other than `blank`: padded, (N, S), or one after the other, (sum(target_lengths),). The lengths, (N,), say
    how much of each row counts. The "mean" divides each loss by the length of its target first. Where a sequence is too
    short for its target the loss is inf, or 0 with `zero_infinity`; the gradient is 0 in both, where PyTorch's is nan
    unless `zero_infinity`. Behind log_softmax gradients are PyTorch's; those of log_probs are true, see `autograd.ctc`.

    Raises ShapeError, DtypeError, ValueError or IndexError for targets and lengths that do not fit.

    >>> half = np.log(np.full((2, 1, 2), 0.5))
    >>> np.exp(-CTCLoss()(half, np.array([[1]]), np.array([2]), np.array([1]))).round(6)
    np.float64(0.75)
    """

    blank: Count = 0
    reduction: Reduction = "mean"
    zero_infinity: Flag = False

    def forward(self, log_probs: Tensor, targets: Value, input_lengths: Value, target_lengths: Value) -> Tensor:
        """Compare sequences of log probabilities with label sequences."""
        return ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
