"""Losses. A shape that would broadcast silently is an error: it trains on nonsense without a word."""

from typing import Any

import numpy as np

from ..engine.errors import DtypeError, ShapeError, describe
from ..engine.modes import tracing
from ..engine.tensor import Tensor, as_data
from ..engine.types import Array, Maybe
from ..support.checks import choice, number, size
from .activation import log_softmax, softmax
from .arithmetic import operand
from .cases import Case, Draw
from .declare import composite, op
from .special import sigmoid, softplus, widened

__all__ = ["bce", "bce_with_logits", "cross_entropy", "huber", "mse", "nll"]


REDUCTIONS = ("mean", "sum", "none")


def _reduce(losses: Array, reduction: str, divisor: Any) -> Array:
    if reduction == "none":
        return losses
    total = np.add.reduce(widened(losses), axis=None)
    y = total if reduction == "sum" else total / divisor if isinstance(divisor, Tensor) or divisor else total * np.nan
    return y if y.dtype is losses.dtype else y.astype(losses.dtype)


SAME = "they would broadcast; reshape one, for example target[:, None] or prediction.squeeze(1)"


# -- differences ---------------------------------------------------------------------------------------


def _mse_slope(g: Array, prediction: Array, target: Array, reduction: str) -> Array:
    error = prediction - target
    each = 1.0 / max(error.size, 1) if reduction == "mean" else 1.0
    return g * (2.0 * each) * error


@op(
    prediction=_mse_slope,
    target=lambda g, prediction, target, reduction: _mse_slope(g, target, prediction, reduction),
    cases=lambda d: (x := d.array(min_side=1), d.array(x.shape), d.choice(REDUCTIONS)),
    formulas={"prediction": "g * 2 * (prediction - target) / n", "target": "g * 2 * (target - prediction) / n"},
    shapes={"prediction": "...", "target": "..."},
    hint=SAME,
)
def mse(prediction: Array, target: Array, reduction: str = "mean") -> Array:
    """(prediction - target)**2, averaged by default.

    >>> mse(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    Tensor(2.)
    """
    choice("mse: reduction", reduction, REDUCTIONS)
    error = prediction - target
    return _reduce(np.square(error), reduction, int(error.size))  # a Tensor counts in a class of its own


def _huber_cases(d: Draw) -> Case:
    delta = d.choice([1.0, 0.5])
    error = d.array(away=(-delta, delta))
    target = d.array(error.shape)
    return target + error, target, delta


@op(
    prediction=lambda g, prediction, target, delta: g * np.clip(prediction - target, -delta, delta),
    target=lambda g, prediction, target, delta: g * np.clip(target - prediction, -delta, delta),
    cases=_huber_cases,
    shapes={"prediction": "...", "target": "..."},
    hint=SAME,
)
def huber(prediction: Array, target: Array, delta: float = 1.0) -> Array:
    """Half the squared error up to `delta`, and beyond it a line of that slope (Huber 1964), element by element.

    >>> huber(Tensor([1.0, 5.0]), Tensor([0.0, 0.0]))
    Tensor([0.5, 4.5])
    """
    size = np.abs(prediction - target)
    inside = np.minimum(size, delta)
    return inside * (size - 0.5 * inside)


# -- probabilities of two classes ----------------------------------------------------------------------


def _log(p: Array) -> Array:
    """log(p), at least -100, so that a wrong prediction made with certainty costs much, not infinitely much."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(p), -100.0)


def _variance(p: Array) -> Array:
    """p (1 - p), at least 1e-12; where p was rounded to 1, what is left of 1 is the half of a rounding error."""
    left = np.maximum(1.0 - p, 0.5 * float(np.finfo(p.dtype).eps))
    return np.maximum(p * left, 1e-12)


@op(
    prediction=lambda g, prediction, target: g * ((prediction - target) / _variance(prediction)),
    target=lambda g, prediction: g * (_log(1.0 - prediction) - _log(prediction)),
    cases=lambda d: (p := d.array(low=0.1, high=0.9), d.array(p.shape, 0.1, 0.9)),
    formulas={
        "prediction": "g * (p - target) / (p * (1 - p)), p = prediction",
        "target": "g * log((1 - p) / p), p = prediction",
    },
    shapes={"prediction": "...", "target": "..."},
    hint=SAME,
)
def bce(prediction: Array, target: Array) -> Array:
    """-target log(prediction) - (1 - target) log(1 - prediction), element by element, for probabilities in [0, 1].

    As in PyTorch a logarithm is at least -100, and the slope's divisor p (1 - p) at least 1e-12: where a prediction is
    0 or 1 and wrong it is steep, and not infinite; in single precision 1 - p is at least 6e-8, the half of an eps.
    Raises ValueError outside [0, 1]. From logits, `bce_with_logits` is exact.

    >>> bce(Tensor([0.5, 0.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])
    """
    for name, p in (("prediction", prediction), ("target", target)):
        low, high = np.min(p, initial=np.inf), np.max(p, initial=-np.inf)
        if low < 0 or high > 1:
            raise ValueError(
                f"bce: {name} reaches from {low:g} to {high:g}, not probabilities in [0, 1]; "
                "for raw outputs use bce_with_logits (nn.BCEWithLogitsLoss)"
            )
    return -(target * _log(prediction) + (1.0 - target) * _log(1.0 - prediction))


def _logit_slope(g: Array, x: Array, target: Array, pos_weight: Maybe) -> Array:
    if pos_weight is None:
        return g * (sigmoid(x) - target)
    return g * ((1.0 - target) * sigmoid(x) - operand(pos_weight).astype(x.dtype) * target * sigmoid(-x))


def _target_slope(g: Array, x: Array, pos_weight: Maybe) -> Array:
    if pos_weight is None:
        return -g * x
    return g * (operand(pos_weight).astype(x.dtype) * softplus(-x) - softplus(x))


def _bce_with_logits_cases(d: Draw) -> Case:
    shape = d.shape()
    pos_weight = d.choice([None, d.array(shape[-1:], 0.5, 3.0)])
    return (d.array(shape), d.array(shape, 0.0, 1.0)), {"pos_weight": pos_weight}


@op(
    x=_logit_slope,
    target=_target_slope,
    cases=_bce_with_logits_cases,
    formulas={"x": "g * (sigmoid(x) - target)", "target": "-g * x"},
    shapes={"x": "...", "target": "..."},
    hint=SAME.replace("prediction", "x"),
)
def bce_with_logits(x: Array, target: Array, pos_weight: Maybe = None) -> Array:
    """-pos_weight target log(sigmoid(x)) - (1 - target) log(1 - sigmoid(x)), element by element, stable for any x.

    `pos_weight`, a constant, broadcasts to the shape of x.

    >>> bce_with_logits(Tensor([0.0, -100.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])
    """
    tail = np.log1p(np.exp(-np.abs(x)))
    if pos_weight is None:
        return np.maximum(x, 0.0) - x * target + tail
    positive = np.asarray(pos_weight, x.dtype) * target
    return (1.0 - target) * (np.maximum(x, 0.0) + tail) + positive * (np.maximum(-x, 0.0) + tail)


# -- classes -------------------------------------------------------------------------------------------


def _class_axis(logits: Array) -> int:
    return 1 if logits.ndim > 1 else 0


def _column(values: Array, logits: Array) -> Array:
    """One value per class, shaped to broadcast along the class axis."""
    return operand(values).astype(logits.dtype).reshape((-1,) + (1,) * (logits.ndim - 1 - _class_axis(logits)))


def _advice(logits: Array, target: Array) -> str:
    """What may have gone wrong with targets of another shape."""
    if target.shape == (*logits.shape[:1], 1) and logits.ndim == 2 and logits.shape[1] > 1:
        return "; a column of class numbers is one axis too many, use target.reshape(-1)"
    if target.shape[:1] == logits.shape[:1] and target.ndim == logits.ndim == 2 and target.dtype.kind == "f":
        return f"; one-hot targets have a column per class, here {target.shape[1]} for {logits.shape[1]} classes"
    if target.ndim == logits.ndim - 1 and target.shape[:1] != logits.shape[:1]:
        return f"; {target.shape[0]} targets for {logits.shape[0]} predictions"
    if target.shape == logits.shape:
        return "; one-hot targets need .astype(np.float32), or .argmax(1) makes class numbers of them"
    if logits.ndim > 2 and target.shape == logits.shape[:-1]:
        return "; classes stand on axis 1, so reshape both to (-1, C) and (-1,), or use logits.swapaxes(1, -1)"
    return ""


def _check_classes(
    name: str, logits: Array, target: Array, weight: Maybe, ignore_index: int, mixed: bool = False
) -> None:
    """Raise unless `target` holds class numbers, or (`mixed`) probabilities, and `weight` has one number per class."""
    size(f"{name}: ignore_index", ignore_index, -(2**63))
    typed = hasattr(logits, "dtype") and logits.dtype.kind == "f"
    if not typed or logits.ndim == 0:
        raise (ShapeError if typed else DtypeError)(
            f"{name}: it takes floats with a class axis, shape (C,), (N, C) or (N, C, ...), not {describe(logits)}; "
            "they come first, the target second"
        )
    axis = _class_axis(logits)
    classes = logits.shape[axis]
    expected = logits.shape[:axis] + logits.shape[axis + 1 :]
    kind = target.dtype.kind
    if weight is not None and operand(weight).shape != (classes,):
        raise ShapeError(f"{name}: weight {operand(weight).shape} for {logits.shape}; give one per class, ({classes},)")
    if mixed and kind == "f" and target.shape == logits.shape:
        if ignore_index >= 0:
            raise ValueError(f"{name}: the targets are probabilities, so no class {ignore_index} can be ignored")
    elif target.shape != expected:
        either = f" or probabilities {logits.shape}" if mixed else ""
        raise ShapeError(
            f"{name}: logits {logits.shape} take integer targets {expected}{either}, not {target.dtype} {target.shape}"
            + _advice(logits, target)
        )
    elif kind not in "iu":
        either = ", or give probabilities in the shape of the logits" if mixed else ""
        raise DtypeError(
            f"{name}: targets of dtype {target.dtype} and shape {target.shape} look like class numbers, which pick a "
            f"column of the logits and so must be integers; use target.astype(np.int64){either}"
        )
    else:
        outside = (target < 0) | (target >= classes)
        if np.count_nonzero(outside) and np.count_nonzero(outside & (target != ignore_index)):
            counted = target[target != ignore_index]
            wrong = target[outside & (target != ignore_index)].flat[0]
            shifted = "; if yours are numbered from 1, pass target - 1" if counted.min() == 1 else ""
            raise IndexError(
                f"{name}: a target is class {wrong}, but the {classes} classes are numbered 0 to {classes - 1}; "
                f"only {ignore_index} is left out{shifted}"
            )


def _row_weights(logits: Array, target: Array, weight: Maybe, ignore_index: int) -> Maybe:
    """What each row's loss weighs: as its class does, 0 where it is ignored; None where every row weighs 1."""
    if target.dtype.kind == "f":
        return None
    ignored = target == ignore_index
    if weight is None:
        return (~ignored).astype(logits.dtype) if tracing() or np.count_nonzero(ignored) else None
    return np.where(ignored, 0.0, operand(weight).astype(logits.dtype)[np.where(ignored, 0, target)])


def _place(target: Array, axis: int, rows: Maybe) -> tuple[Any, ...]:
    """The index of each row's class; where the row weighs nothing, of its first class."""
    grid = [np.arange(n).reshape((-1,) + (1,) * (target.ndim - 1 - i)) for i, n in enumerate(target.shape)]
    return (*grid[:axis], target if rows is None else np.where(rows == 0, 0, target), *grid[axis:])


def _weighted(losses: Array, rows: Maybe) -> Array:
    return losses if rows is None else np.where(rows == 0, 0.0, losses) * rows


def _divisor(target: Array, rows: Maybe, axis: int) -> Any:
    """What the weights of all rows add up to, which the mean divides by."""
    if rows is not None:
        total = np.sum(rows.astype(np.float64))
        return total.astype(rows.dtype) if isinstance(total, Tensor) else float(total)
    return float(target.size if target.dtype.kind != "f" else target.size // (target.shape[axis] or 1))


def counted(logits: Array, target: Array, weight: Maybe = None, ignore_index: int = -100) -> Any:
    """What the mean of `cross_entropy` divides by: how many rows count, or what they weigh together.

    A number; of a target in a program that is being traced a Tensor.

    >>> counted(np.zeros((3, 2)), np.array([0, -100, 1]))
    2.0
    """
    target = operand(target)
    return _divisor(target, _row_weights(logits, target, weight, ignore_index), _class_axis(logits))


def _masses(logits: Array, target: Array, weight: Maybe, ignore_index: int, label_smoothing: float) -> Array:
    """What each class's -log probability weighs in the loss of its row."""
    axis = _class_axis(logits)
    p = target
    known: Array | float = 1.0
    if target.dtype.kind != "f":
        number = np.expand_dims(target, axis)
        p = (number == _column(np.arange(logits.shape[axis]), logits)).astype(logits.dtype)
        known = (number != ignore_index).astype(logits.dtype)
    if label_smoothing:
        p = (1.0 - label_smoothing) * p + label_smoothing / logits.shape[axis]
    if weight is not None:
        p = p * _column(weight, logits)
    return p * known


def _shifted(logits: Array, axis: int) -> Array:
    """The logits less the largest of their row: no exponential overflows.

    Their sum is at least 1, unless the whole row is -inf; if taken as 1 there, its softmax is zeros.
    """
    return logits - np.maximum.reduce(logits, axis=axis, keepdims=True, initial=np.finfo(logits.dtype).min)


def _per_row(g: Array, target: Array, rows: Maybe, axis: int, reduction: str) -> Array:
    """The cotangent of each row's unweighted loss, with the class axis of length 1."""
    if reduction == "none":
        return np.expand_dims(g, axis)
    divisor = _divisor(target, rows, axis) if reduction == "mean" else 1.0
    return g * (1.0 / divisor if divisor else 0.0)


def _cross_entropy_kernel(
    g: Array,
    logits: Array,
    target: Array,
    reduction: str,
    weight: Maybe,
    ignore_index: int,
    label_smoothing: float,
    needs: tuple[bool, bool],
    rows: Maybe,
    masses: Maybe,
    total: Array,
) -> tuple[Maybe, Maybe]:
    axis = _class_axis(logits)
    per_row = _per_row(g, target, rows, axis, reduction)
    if masses is not None:
        return _softmax_less_one(masses, total, target, rows, axis, per_row), None
    for_logits = for_target = None
    if needs[0]:
        p = _masses(logits, target, weight, ignore_index, label_smoothing)
        for_logits = per_row * (softmax(logits, axis) * np.sum(widened(p), axis=axis, keepdims=True) - p)
    if needs[1]:
        costs = log_softmax(logits, axis) if weight is None else log_softmax(logits, axis) * _column(weight, logits)
        for_target = per_row * (label_smoothing - 1.0) * costs
    return for_logits, for_target


def _softmax_less_one(masses: Array, total: Array, target: Array, rows: Maybe, axis: int, per_row: Array) -> Array:
    """The softmax, less 1 at each row's class, times the cotangent of the row."""
    if rows is not None:
        per_row = per_row * np.expand_dims(rows, axis)
    p = masses * (per_row / total)
    p[_place(target, axis, rows)] -= np.squeeze(per_row, axis) if per_row.ndim else per_row
    return p


def _soft_losses(logits: Array, log_p: Array, target: Array, *weighing: Any) -> Array:
    """The loss of each row, of which each class's -log probability is a part."""
    p = _masses(logits, target, *weighing)
    # a class of probability 0 costs nothing, even at a logit of -inf
    return -np.sum(p * np.where((p == 0) & np.isinf(log_p), 0.0, log_p), axis=_class_axis(logits))


def _cross_entropy_reference(
    logits: Array, target: Array, reduction: str, weight: Maybe, ignore_index: int, label_smoothing: float
) -> Array:
    axis = _class_axis(logits)
    rows = _row_weights(logits, target, weight, ignore_index)
    losses = _soft_losses(logits, log_softmax(logits, axis), target, weight, ignore_index, label_smoothing)
    return _reduce(losses, reduction, _divisor(target, rows, axis))


def _class_cases(d: Draw) -> Case:
    classes = d.integer(1, 4)
    batch = d.shape(max_dims=2, min_side=1, max_side=3)
    shape = (batch[0], classes, *batch[1:]) if batch else (classes,)
    target = np.reshape([d.integer(0, classes - 1) for _ in range(int(np.prod(batch)))], batch).astype(int)
    options = {"reduction": d.choice(REDUCTIONS), "weight": d.choice([None, d.array((classes,), 0.5, 2.0)])}
    others = [c for c in np.unique(target).tolist() if c != target.flat[0]]
    ignore = {"ignore_index": d.choice(others)} if others and d.boolean() else {}
    return d.array(shape), target, options, ignore


def _cross_entropy_cases(d: Draw) -> Case:
    x, target, options, ignore = _class_cases(d)
    options["label_smoothing"] = d.choice([0.0, 0.2])
    return ((x, d.array(x.shape, 0.0, 1.0)), options) if d.boolean() else ((x, target), {**options, **ignore})


@op(
    joint=_cross_entropy_kernel,
    reference=_cross_entropy_reference,
    exact=True,
    kept=("rows", "masses", "total"),
    inputs=("logits", "target"),
    cases=_cross_entropy_cases,
    formulas={"logits": "g * (softmax(logits) - onehot(target)) / n", "target": "-g * log_softmax(logits) / n"},
)
def cross_entropy(
    logits: Array,
    target: Array,
    reduction: str = "mean",
    weight: Maybe = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> tuple[Array, Maybe, Maybe, Array]:
    """-log softmax(logits)[target], from unnormalised logits of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers in the shape without C, or probabilities in the shape of the logits. `weight` has one
    number per class, and the mean over class numbers is then the weighted one; rows of class `ignore_index` do not
    count (the mean of no row is nan, its gradient 0); `label_smoothing` spreads that share of the probability evenly
    over all classes (Szegedy et al. 2016). Raises ShapeError or DtypeError where the target is neither, IndexError for
    a class outside [0, C).

    >>> cross_entropy(Tensor([[0.0, 0.0]]), np.array([1]))
    Tensor(0.6931)
    """
    choice("cross_entropy: reduction", reduction, REDUCTIONS)
    target = np.asarray(target)
    _check_classes("cross_entropy", logits, target, weight, ignore_index, mixed=True)
    number("cross_entropy: label_smoothing", label_smoothing, 0.0, 1.0)
    axis = _class_axis(logits)
    rows = _row_weights(logits, target, weight, ignore_index)
    dtype, logits = logits.dtype, widened(logits)
    shifted = _shifted(logits, axis)
    hard = target.dtype.kind != "f" and not label_smoothing
    chosen = shifted[_place(target, axis, rows)] if hard else None
    masses = np.exp(shifted, out=shifted if hard else None)
    total = np.maximum(np.add.reduce(masses, axis=axis, keepdims=True), 1.0)
    if hard:
        losses = _weighted(np.log(total).squeeze(axis) - chosen, rows)
    else:
        losses = _soft_losses(logits, shifted - np.log(total), target, weight, ignore_index, label_smoothing)
    loss = _reduce(losses, reduction, _divisor(target, rows, axis))
    return loss if loss.dtype is dtype else loss.astype(dtype), rows, masses if hard else None, total


def _nll_cases(d: Draw) -> Case:
    x, target, options, ignore = _class_cases(d)
    return (x, target), {**options, **ignore}


@composite(complex=False, cases=_nll_cases)
def nll(log_p: Array, target: Array, reduction: str = "mean", weight: Maybe = None, ignore_index: int = -100) -> Array:
    """-log_p[target], from log probabilities of shape (C,), (N, C) or (N, C, ...) and class numbers.

    The options and errors are those of `cross_entropy`, which is this after log_softmax.

    >>> nll(Tensor([[-0.5, -1.0]]), np.array([1]))
    Tensor(1.)
    """
    choice("nll: reduction", reduction, REDUCTIONS)
    target, weight = as_data(target), None if weight is None else as_data(weight)
    _check_classes("nll", log_p, target, weight, ignore_index)
    axis = _class_axis(log_p)
    rows = _row_weights(log_p, target, weight, ignore_index)
    losses = _weighted(-log_p[_place(target, axis, rows)], rows)
    return _reduce(losses, reduction, _divisor(target, rows, axis))
