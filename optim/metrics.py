"""Metrics: how good outputs are, over any number of batches, in numbers that people quote.

Outputs of classifiers are logits (N, C, ...) with the classes along axis 1, as cross-entropy takes them; targets are
class numbers (N, ...), of which -100 is left out, or probabilities of the outputs' shape, as mixup makes them. What
is said of an output is the class with the largest number, the first of equal ones; one with NaN is never right.

accuracy            share of the targets that are said
top_k(k)            share of the targets among the k classes with the largest outputs
precision           how many of those said to be of a class are, the mean over the classes
recall              how many of those of a class are said to be, the mean over the classes
f1                  2 / (1 / precision + 1 / recall) of each class, the mean over the classes
perplexity          exp of the mean cross-entropy: among how many equally likely classes it was as hard to choose
bits_per_character  the mean cross-entropy in bits, where the classes are characters
r2                  1 - squared error / squared distance to the mean, of arrays of numbers: 1 at best
confusion_matrix    no metric, but a function: how often each class was taken for each

The metrics are given to `fit` and `evaluate`, metrics=[accuracy, top_k(5)], or called: accuracy(output, target).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from scipy.special import log_softmax

from autograd import ShapeError, Tensor
from autograd.engine.types import Array, Value
from autograd.support.checks import size, text
from autograd.support.settings import Settings, one_of

from .history import Row
from .model import Batch
from .optimizer import State
from .weighing import Mean

__all__ = [
    "Metric", "accuracy", "bits_per_character", "confusion_matrix", "f1", "perplexity", "precision", "r2", "recall",
    "top_k",
]  # fmt: skip


class Metric(Settings):
    """A number computed from statistics of batches, which are merged: the mean of batches would be wrong for most.

    `statistics(output, target)` returns an array, `merge` joins two of them (the sum, if not said otherwise), and
    `result` makes the number of it. `best` is "max" or "min", or "" where `fit` is not to know. Calling the metric
    gives the number for one batch.

    >>> error = Metric("error", lambda o, t: np.array([abs(o - t).sum(), t.size]), lambda s: s[0] / s[1], best="min")
    >>> float(error(np.array([1.0, 4.0]), np.array([1.0, 2.0])))
    1.0
    """

    name: Annotated[str, text]
    statistics: Callable[[Array, Array], Array]
    result: Callable[[Array], Any]
    best: Annotated[str, one_of("max", "min", "")] = "max"
    merge: Callable[[Array, Array], Array] = np.add

    def __call__(self, output: Value, target: Value) -> float:
        """The number for one batch."""
        return float(self.result(self.statistics(_array(output), _array(target))))

    def __repr__(self) -> str:
        return f"Metric({self.name!r})"


def _array(x: Value) -> Array:
    return np.asarray(plain(x))


def plain(value: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return np.asarray(value.data) if isinstance(value, Tensor) else value


def _classes(what: str, output: Array, target: Array) -> tuple[Array, Array]:
    """Scores (M, C) and class numbers (M,) of all that is not left out."""
    if output.ndim < 2 or output.shape[1] < 2:
        raise ShapeError(f"{what}: output {output.shape} has no axis of two classes or more; it takes (N, C, ...)")
    if target.shape == output.shape:
        target = target.argmax(axis=1)
    places = (output.shape[0], *output.shape[2:])
    if target.shape != places or target.dtype.kind not in "iu":
        given = f"{target.dtype} {target.shape}"
        raise ShapeError(f"{what}: target is {given}, but output {output.shape} takes class numbers {places}")
    scores, labels = np.moveaxis(output, 1, -1).reshape(-1, output.shape[1]), target.reshape(-1)
    kept = labels != -100
    scores, labels = (scores, labels) if kept.all() else (scores[kept], labels[kept])
    last = scores.shape[1] - 1
    if labels.size and not (labels.min() >= 0 and labels.max() <= last):
        raise ValueError(f"{what}: target holds {labels.min()} to {labels.max()}; classes are 0 to {last}")
    return scores, labels.astype(np.int64)  # arithmetic with labels of 8 bits would overflow


def _said(scores: Array) -> Array:
    """The class with the largest score, the first of equal ones; -1, which is never right, where there is NaN."""
    said = scores.argmax(axis=1)  # that of a NaN, if there is one
    return np.where(np.isnan(np.take_along_axis(scores, said[:, None], axis=1)[:, 0]), -1, said)


def _ratio(sums: Array) -> float:
    return float(sums[0] / sums[1]) if sums[1] else np.nan


def _right(output: Array, target: Array) -> Array:
    scores, labels = _classes("accuracy", output, target)
    return np.array([np.sum(_said(scores) == labels), labels.size])


accuracy = Metric("accuracy", _right, _ratio)


def top_k(k: int = 5) -> Metric:
    """The share of targets among the k classes with the largest outputs; of equal ones the first count as larger.

    Raises ValueError for outputs of fewer than k classes.

    >>> float(top_k(2)(np.array([[0.1, 0.3, 0.6]]), np.array([1])))
    1.0
    """
    k = size("top_k: k", k)

    def statistics(output: Array, target: Array) -> Array:
        scores, labels = _classes("top_k", output, target)
        classes = scores.shape[1]
        if k > classes:
            raise ValueError(f"top_k: k={k} is more than the {classes} classes of the output; with all it is always 1")
        of_label = np.take_along_axis(scores, labels[:, None], axis=1)
        above = (scores > of_label) | ((scores == of_label) & (np.arange(classes) < labels[:, None]))
        return np.array([np.sum((above.sum(axis=1) < k) & (_said(scores) >= 0)), labels.size])

    return Metric(f"top_{k}", statistics, _ratio)


def confusion_matrix(output: Value, target: Value) -> Array:
    """How often class i (row) was taken for class j (column), as integers (C, C).

    Raises ValueError for outputs with NaN, which were taken for no class.

    >>> confusion_matrix(np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 1.0]]), np.array([0, 1, 1]))
    array([[1, 0],
           [1, 1]])
    """
    scores, labels = _classes("confusion_matrix", _array(output), _array(target))
    said, classes = _said(scores), scores.shape[1]
    if (said < 0).any():
        raise ValueError(f"confusion_matrix: {np.sum(said < 0)} of {said.size} outputs hold NaN; they say no class")
    return np.bincount(labels * classes + said, minlength=classes**2).reshape(classes, classes)


def _mean_over_classes(name: str, of_each: Callable[[Array, Array, Array], Array]) -> Metric:
    """The mean over the classes that occur, in truth or in the outputs, of a function of their counts."""

    def statistics(output: Array, target: Array) -> Array:
        scores, labels = _classes(name, output, target)
        said = _said(scores)
        counted = (labels[said == labels], labels, said[said >= 0])
        return np.stack([np.bincount(x, minlength=scores.shape[1]) for x in counted])

    def result(counts: Array) -> float:
        right, true, said = counts[:, counts[1] + counts[2] > 0].astype(float)
        return float(of_each(right, true, said).mean()) if right.size else np.nan

    return Metric(name, statistics, result)


precision = _mean_over_classes("precision", lambda right, true, said: right / np.maximum(said, 1))
recall = _mean_over_classes("recall", lambda right, true, said: right / np.maximum(true, 1))
f1 = _mean_over_classes("f1", lambda right, true, said: 2 * right / (true + said))


def _of_cross_entropy(name: str, number: Callable[[float], float]) -> Metric:
    """A function of the mean cross-entropy, in nats."""

    def statistics(output: Array, target: Array) -> Array:
        scores, labels = _classes(name, output, target)
        if scores.dtype == np.float16:  # the sum of 65,520 equal classes would be infinite
            scores = scores.astype(np.float32)
        of_label = np.take_along_axis(log_softmax(scores, axis=1), labels[:, None], axis=1)
        return np.array([-np.sum(of_label, dtype=np.float64), labels.size])

    return Metric(name, statistics, lambda sums: number(_ratio(sums)), best="min")


perplexity = _of_cross_entropy("perplexity", np.exp)
bits_per_character = _of_cross_entropy("bits_per_character", lambda nats: nats / np.log(2.0))


def _moments(output: Array, target: Array) -> Array:
    """For each column: how many targets, their mean, their squared distances to it, and to the outputs."""
    if output.shape != target.shape or target.size == 0:
        raise ShapeError(f"r2: output {output.shape} and target {target.shape} must have one shape, and numbers in it")
    truth, guess = (np.atleast_1d(x).reshape(len(np.atleast_1d(x)), -1).astype(np.float64) for x in (target, output))
    mean = truth.mean(axis=0)
    count = np.full_like(mean, len(truth))
    return np.stack([count, mean, ((truth - mean) ** 2).sum(axis=0), ((truth - guess) ** 2).sum(axis=0)])


def _merged_moments(a: Array, b: Array) -> Array:
    # sums of squares would lose all digits where the mean is large (Chan et al. 1979)
    count, gap = a[0] + b[0], b[1] - a[1]
    spread = a[2] + b[2] + gap**2 * a[0] * b[0] / count
    return np.stack([count, a[1] + gap * b[0] / count, spread, a[3] + b[3]])


def _explained(moments: Array) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.mean(1.0 - moments[3] / moments[2]))


r2 = Metric("r2", _moments, _explained, merge=_merged_moments)


# -- many batches --------------------------------------------------------------------------------------


# what else is a column of the history
_TAKEN = ("epoch", "loss", "lr", "seconds")


def as_metrics(given: object) -> list[Metric]:
    """The metrics of a list, each with a name of its own; TypeError or ValueError that says what is wrong."""
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"fit: metrics is {_kind(given)}; it takes a list, such as metrics=[optim.metrics.accuracy]")
    metrics = [as_metric(one) for one in given]
    names = [metric.name for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"fit: metrics has {name!r} {names.count(name)} times; each needs a name of its own")
        if name in _TAKEN or name.startswith("validation_"):
            raise ValueError(f"fit: the metric {name!r} has the name of another column of the history; rename it")
    return metrics


def as_metric(given: object) -> Metric:
    """A metric, or of a plain function of (output, target) the mean over the samples."""
    if isinstance(given, Metric):
        return given
    if given is top_k:
        raise TypeError("fit: the metric top_k needs a count; say metrics=[optim.metrics.top_k(5)]")
    if given is confusion_matrix:
        raise TypeError("fit: confusion_matrix is a matrix, and a metric one number; optim.evaluate takes it")
    if not callable(given) or isinstance(given, type):
        raise TypeError(f"fit: metrics are of optim.metrics, or functions of (output, target), not {_kind(given)}")
    name = getattr(given, "__name__", type(given).__name__)

    def statistics(output: Array, target: Array) -> Array:
        value, count = _array(given(output, target)), count_of(target)
        if value.size != 1 or value.dtype.kind not in "fiub":
            raise TypeError(f"fit: the metric {name} returned {_kind(value)}; it takes one number, the batch's mean")
        return np.array([value.item() * count, count])

    return Metric(name, statistics, _ratio, best="")


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} of {value.dtype}" if value.shape else repr(value.item())
    return f"the class {value.__name__}" if isinstance(value, type) else repr(value)[:60]


@dataclass
class Tally(Mean):
    """The loss and the metrics over the batches seen so far."""

    metrics: list[Metric] = field(default_factory=list)
    count: int = 0  # of samples
    statistics: list[Array] = field(default_factory=list)

    def take(self, loss: float, weight: float, count: int, output: Value, target: Value) -> None:
        """Take another batch in: its loss and what that weighs, and how many samples it has."""
        new = [metric.statistics(plain(output), plain(target)) for metric in self.metrics]
        if self.count:
            new = [metric.merge(old, more) for metric, old, more in zip(self.metrics, self.statistics, new)]
        self.add(loss, weight)
        self.count, self.statistics = self.count + count, new

    def results(self, prefix: str = "") -> Row:
        """The means so far, by name."""
        results = {m.name: m.result(s) for m, s in zip(self.metrics, self.statistics)}
        values = {name: value if np.ndim(value) else float(value) for name, value in results.items()}
        return {f"{prefix}{name}": value for name, value in {"loss": self.value, **values}.items()}

    def state_dict(self) -> State:
        return {name: value for name, value in vars(self).items() if name != "metrics"}


def count_of(batch: Batch) -> int:
    """The number of samples: the length of the last array, the target; of recurrent inputs the first axis is time."""
    part = batch
    while isinstance(part, (tuple, list, dict)) and part:
        part = list(part.values() if isinstance(part, dict) else part)[-1]
    if not np.ndim(plain(part)) or isinstance(part, (tuple, list, dict)):
        what = f"a batch of {type(batch).__name__} ends with {str(part)[:40]!r}, which has no samples in it"
        raise ValueError(f"{what}; is it one sample? DataLoader(dataset, batch_size=...) makes batches")
    return len(part)
