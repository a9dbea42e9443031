"""Losses. A shape that would broadcast silently is an error: it trains on nonsense without a word."""

from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError
from ..op import op

__all__ = [
    "cross_entropy", "mse",
]  # fmt: skip


def _reduce(values: Any, reduction: str) -> Any:
    if reduction == "none":
        return values
    return np.mean(values) if reduction == "mean" else np.sum(values)


def _weight(reduction: str, count: int) -> float:
    """What each element's loss weighs in the reduced one."""
    return 1.0 / max(count, 1) if reduction == "mean" else 1.0


def _check_reduction(name: str, reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{name}: reduction={reduction!r} is not one of 'mean', 'sum', 'none'")


REDUCTIONS = ["mean", "sum", "none"]


def _mse_cases(d: Any) -> Any:
    shape = d.shape(min_side=1)
    return d.array(shape), d.array(shape), d.choice(REDUCTIONS)


def _mse_slope(g: Any, prediction: Any, target: Any, reduction: str) -> Any:
    return g * (2.0 * _weight(reduction, prediction.size)) * (prediction - target)


@op(
    prediction=lambda g, prediction, target, reduction: _mse_slope(g, prediction, target, reduction),
    target=lambda g, prediction, target, reduction: _mse_slope(g, target, prediction, reduction),
    cases=_mse_cases,
)
def mse(prediction: Any, target: Any, reduction: str = "mean") -> Any:
    """(prediction - target)**2, averaged by default. Raises ShapeError unless the shapes are equal.

    >>> mse(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    Tensor(2.)
    """
    _check_reduction("mse", reduction)
    if np.shape(prediction) != np.shape(target):
        raise ShapeError(
            f"mse: prediction {np.shape(prediction)} and target {np.shape(target)} differ and would broadcast; "
            "reshape one, for example target[:, None] or prediction.squeeze(1)"
        )
    return _reduce(np.square(prediction - target), reduction)


def _class_axis(logits: Any) -> int:
    return 1 if logits.ndim > 1 else 0


def _targets(logits: Any, target: Any) -> tuple[bool, int]:
    """Whether `target` holds probabilities, and the class axis; raises where it fits neither form."""
    axis = _class_axis(logits)
    classes = logits.shape[axis] if logits.ndim else 0
    expected = logits.shape[:axis] + logits.shape[axis + 1 :]
    if logits.ndim == 0:
        raise ShapeError("cross_entropy: logits need a class axis, shape (C,), (N, C) or (N, C, ...), not ()")
    if target.dtype.kind == "f":
        if target.shape == logits.shape:
            return True, axis
        if target.shape == expected:
            raise DtypeError(
                f"cross_entropy: targets of dtype {target.dtype} and shape {target.shape} look like class numbers; "
                "use target.astype(np.int64), or give probabilities in the shape of the logits"
            )
    elif target.shape == expected:
        if target.size and (target.min() < 0 or target.max() >= classes):
            raise IndexError(f"cross_entropy: class numbers in [{target.min()}, {target.max()}] for {classes} classes")
        return False, axis
    raise ShapeError(
        f"cross_entropy: logits {logits.shape} take integer targets {expected} or probabilities {logits.shape}, "
        f"not {target.dtype} {target.shape}"
    )


def _cross_entropy_cases(d: Any) -> Any:
    classes = d.integer(1, 4)
    batch = d.shape(max_dims=2, min_side=1, max_side=3)
    shape = (batch[0], classes, *batch[1:]) if batch else (classes,)
    x = d.array(shape)
    if d.boolean():
        return x, d.array(shape, 0.0, 1.0), d.choice(REDUCTIONS)
    target = np.reshape([d.integer(0, classes - 1) for _ in range(int(np.prod(batch)))], batch).astype(int)
    return x, target, d.choice(REDUCTIONS)


def _as_probabilities(logits: Any, target: Any) -> Any:
    if target.dtype.kind == "f":
        return target
    axis = _class_axis(logits)
    classes = np.arange(logits.shape[axis]).reshape((-1,) + (1,) * (logits.ndim - 1 - axis))
    return np.asarray(np.expand_dims(target, axis) == classes, logits.dtype)


def _per_row(g: Any, logits: Any, reduction: str) -> Any:
    axis = _class_axis(logits)
    if reduction == "none":
        return np.expand_dims(g, axis)
    return g * _weight(reduction, logits.size // logits.shape[axis])


def _logits_rule(g: Any, logits: Any, target: Any, reduction: str) -> Any:
    from .activation import softmax

    axis = _class_axis(logits)
    p = _as_probabilities(logits, target)
    mass = np.sum(p, axis=axis, keepdims=True) if target.dtype.kind == "f" else 1.0
    return _per_row(g, logits, reduction) * (softmax(logits, axis) * mass - p)


def _target_rule(g: Any, logits: Any, reduction: str) -> Any:
    from .activation import log_softmax

    return _per_row(-g, logits, reduction) * log_softmax(logits, _class_axis(logits))


@op(logits=_logits_rule, target=_target_rule, cases=_cross_entropy_cases)
def cross_entropy(logits: Any, target: Any, reduction: str = "mean") -> Any:
    """-log softmax(logits)[target], from unnormalised logits of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers in the shape without C, or probabilities in the shape of the logits.
    Raises ShapeError or DtypeError where it is neither, IndexError for a class outside [0, C).

    >>> cross_entropy(Tensor([[0.0, 0.0]]), np.array([1]))
    Tensor(0.6931)
    """
    _check_reduction("cross_entropy", reduction)
    target = np.asarray(target)
    probabilities, axis = _targets(logits, target)
    top = np.max(logits, axis=axis, keepdims=True, initial=-np.inf)
    shifted = logits - np.where(np.isfinite(top), top, 0)
    total = np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
    if probabilities:  # a class of probability 0 costs nothing, even at a logit of -inf
        losses = -np.sum(np.where(target == 0, 0, target * (shifted - total)), axis=axis)
    else:
        chosen = np.take_along_axis(shifted, np.expand_dims(target, axis), axis)
        losses = np.squeeze(total - chosen, axis)
    return _reduce(losses, reduction)
