"""What a model's outputs are worth: the loss and metrics over batches, without training."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import copy_context
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from autograd import ShapeError, Tensor, no_grad
from autograd.engine.types import Function

from .distributed import joined
from .history import Row
from .metrics import Metric, Tally, as_metrics, confusion_matrix, count_of, plain
from .model import Batch, Batches, Model, a_model, as_they_are, batches, function_of
from .weighing import Counting

Forward: TypeAlias = Function | None
Check: TypeAlias = Callable[[float, Batch], None] | None
_CONFUSIONS = Metric("confusion_matrix", confusion_matrix, lambda counts: counts)


def evaluate(
    model: Model, data: Batches, loss: Function, *, forward: Forward = None, metrics: Iterable[Metric | Function] = ()
) -> Row:
    """The loss and the metrics of a model over all batches, by name; arguments as those of `fit`.

    They are those of all batches in one, however the data are cut. `metrics.confusion_matrix` may be among them.

    The model is in evaluation mode meanwhile, and afterwards in the modes that its modules were in.

    >>> import nn, optim
    >>> model = nn.Identity()
    >>> batches = [(np.eye(2), np.array([0, 1])), (np.eye(2)[:1], np.array([1]))]
    >>> evaluate(model, batches, nn.functional.cross_entropy, metrics=[optim.metrics.accuracy])["accuracy"]
    0.6666666666666666
    """
    a_model("evaluate: model", model)
    batches("evaluate: data", data)
    function_of("(output, target)")("evaluate: loss", loss)
    if isinstance(metrics, (list, tuple)):
        metrics = [_CONFUSIONS if metric is confusion_matrix else metric for metric in metrics]
    chosen = as_metrics(metrics)
    modes = as_they_are(model.modules(), "training")
    try:
        model.eval()
        return copy_context().run(tally, "evaluate", model, data, loss, forward, chosen).results()
    finally:
        list(modes)


def tally(
    what: str,
    model: Model,
    data: Batches,
    loss: Function,
    forward: Forward,
    metrics: list[Metric],
    check: Check = None,
    comm: Any = None,
) -> Tally:
    """Go over all batches without recording; `check` sees each loss with its batch. Processes take turns at them."""
    sums, losses = Tally(metrics=metrics), []
    with no_grad():
        for batch in data if comm is None else islice(data, comm.rank, None, comm.size):
            output, target = predict(what, model, batch, forward)
            count = count_of(batch)
            _, value, weight = weighed(what, loss, output, target, count)
            if check is not None and weight:
                check(value, batch)
            sums.take(value, weight, count, output, target)
            losses.append((value, weight))
    if comm is not None:
        sums = joined(comm, sums, losses)
    if not sums.count:
        raise ValueError(f"{what}: there was no batch; can it be gone through only once?")
    return sums


def predict(what: str, model: Function, batch: Batch, forward: Forward) -> tuple[Any, Any]:
    """Output and target of a batch."""
    parts = batch if isinstance(batch, (tuple, list)) else (batch,)
    if forward is None and len(parts) < 2:
        one = "one array", "x: (model(x), x)"
        kind, how = ("a dict", 'batch: (model(batch["x"]), batch["y"])') if isinstance(batch, dict) else one
        say = f"say what it is, such as forward=lambda model, {how}"
        raise ValueError(f"{what}: a batch of {kind} has no target; {say}")
    result = forward(model, *parts) if forward else (model(*parts[:-1]), parts[-1])
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"{what}: forward returns (output, target), not a {type(result).__name__}")
    return result


def weighed(what: str, loss: Function, output: Any, target: Any, count: int) -> tuple[Any, float, float]:
    """The loss of a batch of `count` samples, as a number, and what it weighs; 0 where nothing in it counts."""
    with Counting() as counting:
        result = loss(Tensor(output) if type(output) is np.ndarray and output.dtype.kind == "f" else output, target)
    return result, value_of(what, result), counting.weight(result, count)


def value_of(what: str, loss: object) -> float:
    """The loss as a number; ShapeError for one that is an array."""
    value = plain(loss)
    if not isinstance(value, (np.ndarray, np.number, float, int)):
        raise TypeError(f"{what}: the loss is a {type(loss).__name__}; it must be a Tensor made of the output")
    if np.size(value) != 1:
        raise ShapeError(f"{what}: the loss has shape {np.shape(value)}; give its mean")
    return float(np.asarray(value).reshape(()))
