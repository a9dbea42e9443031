"""The training loop: epochs over batches, validation, early stopping, and checkpoints that lose nothing."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from tqdm import tqdm

from autograd import AnomalyError, WeightsError, archive, get_rng_state, set_rng_state
from autograd.checks import choice, flag, positive, size
from autograd.clipping import clip_grad_norm_, clip_grad_value_

from .checkpoint import load_checkpoint, save_checkpoint
from .diagnosis import first_bad
from .evaluation import predict, tally, targets_last, value_of
from .history import History
from .lr_scheduler import ReduceLROnPlateau
from .metrics import Tally, as_metric, count_of
from .optimizer import Optimizer


def fit(
    model: Any,
    data: Iterable[Any],
    loss: Callable[..., Any],
    optimizer: Optimizer,
    epochs: int,
    *,
    validation: Iterable[Any] | None = None,
    forward: Callable[..., Any] | None = None,
    metrics: Iterable[Any] = (),
    scheduler: Any = None,
    schedule: str = "epoch",
    clip_norm: float | None = None,
    clip_value: float | None = None,
    accumulate: int = 1,
    monitor: str | None = None,
    mode: str | None = None,
    patience: int | None = None,
    restore_best: bool | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    resume: bool = True,
    average: Any = None,
    callback: Callable[[History], Any] | None = None,
    progress: bool | str = True,
) -> History:
    """Train `model` and return the History, one row of numbers an epoch.

    `data` and `validation` are loaders or lists of batches (inputs..., target); `loss(output, target)` is the mean
    over a batch. `forward(model, *batch)` returns (output, target) where that is not `model(*inputs), target`.
    `metrics` are those of `optim.metrics`, or functions of (output, target) whose mean over the samples is taken.

    - `scheduler` steps after each epoch, or with `schedule="step"` after each step of the optimizer.
    - `clip_norm` limits the norm of all gradients together, `clip_value` each of their elements.
    - `accumulate` batches make up one step, with the gradient of their mean.
    - The best epoch is the one with the lowest (`mode="min"`) or highest ("max") value in the column `monitor` of the
      history: the loss in validation, if there is one, or else in training. After `patience` epochs without a better
      one training ends. With `restore_best` the model gets the best epoch's weights back; if it is not said, it does
      where there is `patience`, and on Ctrl-C.
    - `checkpoint` is a file, written after each epoch, or after every `checkpoint_every` steps, whole or not at all.
      The same program, started again, goes on from it and ends with the same bits as a run that was not interrupted;
      `resume=False` starts anew, over it. All randomness must come from `autograd.seed`'s generator or the loader.
    - `average`, an `optim.swa_utils.AveragedModel` of the model, is updated after each step, and is what is validated
      and gets the best weights back.
    - `callback(history)` is called after each epoch. `progress` is False for no bar, or a name for it.

    Raises AnomalyError with the epoch, the step and the first bad layer when the loss is not finite, WeightsError for
    a checkpoint of another model or with other settings, OSError where it cannot be written.

    >>> import nn, optim
    >>> model = nn.Linear(2, 1)
    >>> x = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    >>> batches = [(x[i : i + 16], x[i : i + 16].sum(axis=1, keepdims=True)) for i in range(0, 64, 16)]
    >>> history = fit(model, batches, nn.MSELoss(), optim.Adam(model.parameters(), lr=0.1), 40, progress=False)
    >>> history["loss"][-1] < 1e-3
    True
    """
    return _Training(**locals()).run()


class _Training:
    """One run of `fit`: its settings, and where it stands."""

    def __init__(self, model: Any, data: Any, loss: Any, optimizer: Any, epochs: int, **given: Any) -> None:
        self.model, self.data, self.loss, self.optimizer = model, data, loss, optimizer
        self.epochs = size("fit: epochs", epochs)
        self.validation, self.scheduler, self.average = given["validation"], given["scheduler"], given["average"]
        self.judged = model if self.average is None else self.average
        self.forward = given["forward"] or targets_last
        self.metrics = [as_metric(m) for m in given["metrics"]]
        self.by_step = choice("fit: schedule", given["schedule"], ("epoch", "step")) == "step"
        self.clip_norm, self.clip_value = (
            None if given[name] is None else positive(f"fit: {name}", given[name])
            for name in ("clip_norm", "clip_value")
        )
        self.accumulate = size("fit: accumulate", given["accumulate"])
        self.patience = None if given["patience"] is None else size("fit: patience", given["patience"])
        self.path, self.every = given["checkpoint"], given["checkpoint_every"]
        if self.every is not None:
            self.every = size("fit: checkpoint_every", self.every)
        self.callback, self.name = given["callback"], given["progress"] if isinstance(given["progress"], str) else ""
        self.progress = bool(self.name) or flag("fit: progress", given["progress"])
        restore = given["restore_best"]
        self.restore_best = None if restore is None else flag("fit: restore_best", restore)
        self._check_kinds()
        self.monitor, self.sign = self._monitored(given["monitor"], given["mode"])

        self.history = History()
        self.epoch = self.batch = self.step = 0  # all done so far; `batch` in this epoch, `step` in all
        self.sums = Tally(self.metrics)
        self.best: tuple[float, int] | None = None  # the value, and its epoch
        self.best_weights: dict[str, Any] | None = None
        self.seconds = self.shown = 0.0
        self.settings = self._settings()
        if self.path is not None and flag("fit: resume", given["resume"]) and os.path.lexists(self.path):
            archive.remove_leftovers(self.path)
            self._load(load_checkpoint(self.path))

    def _check_kinds(self) -> None:
        """Everything that can be wrong is found before the first step, not after the first epoch."""
        if not callable(self.model) or not hasattr(self.model, "state_dict"):
            raise TypeError(f"fit: model is a {type(self.model).__name__}; it takes a Module")
        if not callable(self.loss):
            raise TypeError(f"fit: loss is a {type(self.loss).__name__}; it takes a function of (output, target)")
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"fit: optimizer is a {type(self.optimizer).__name__}; it takes one of optim, made before")
        for name, batches in (("data", self.data), ("validation", self.validation)):
            if batches is not None and (not hasattr(batches, "__len__") or isinstance(batches, (np.ndarray, tuple))):
                raise TypeError(
                    f"fit: {name} is a {type(batches).__name__}; it takes a DataLoader or a list of batches, which can "
                    "be gone through again and have a length"
                )
            if batches is not None and not len(batches):
                raise ValueError(f"fit: {name} holds no batch")
        own = {id(p) for p in self.model.parameters()} if hasattr(self.model, "parameters") else set()
        if not own:
            raise ValueError("fit: the model has no parameters to train")
        if not any(id(p) in own for g in self.optimizer.param_groups for p in g["params"]):
            raise ValueError("fit: the optimizer steps none of the model's parameters; make it of model.parameters()")
        for name, function in (("forward", self.forward), ("callback", self.callback)):
            if function is not None and not callable(function):
                raise TypeError(f"fit: {name} is a {type(function).__name__}; it takes a function")
        if self.every is not None and self.path is None:
            raise ValueError(f"fit: checkpoint_every={self.every} needs checkpoint, the name of a file")
        if self.average is not None and not hasattr(self.average, "update_parameters"):
            raise TypeError(f"fit: average is a {type(self.average).__name__}; it takes an AveragedModel")
        if self.scheduler is not None and not hasattr(self.scheduler, "step"):
            raise TypeError(f"fit: scheduler is a {type(self.scheduler).__name__}; it takes one of optim.lr_scheduler")
        if self.by_step and isinstance(self.scheduler, ReduceLROnPlateau):
            raise ValueError("fit: ReduceLROnPlateau looks at epochs; leave out schedule='step'")
        if self.scheduler is not None and getattr(self.scheduler, "optimizer", self.optimizer) is not self.optimizer:
            raise ValueError("fit: the scheduler belongs to another optimizer")

    def _monitored(self, monitor: str | None, mode: str | None) -> tuple[str, float]:
        """The column to judge epochs by, and the sign that makes lower better."""
        prefix = "" if self.validation is None else "validation_"
        best = {f"{p}{m.name}": m.best for m in self.metrics for p in {"", prefix}}
        best |= {"loss": "min", f"{prefix}loss": "min"}
        monitor = f"{prefix}loss" if monitor is None else monitor
        if monitor not in best:
            raise ValueError(f"fit: monitor={monitor!r} is no column of the history: {', '.join(sorted(best))}")
        mode = best[monitor] if mode is None else choice("fit: mode", mode, ("min", "max"))
        if not mode:
            raise ValueError(f"fit: is a low or a high {monitor} better? Say mode='min' or mode='max'")
        return monitor, 1.0 if mode == "min" else -1.0

    # the loop

    def run(self) -> History:
        if self.path is not None and self.step == 0:
            self._save()  # a folder that cannot be written to is found now
        try:
            with self._bar() as bar:
                while not self.history.stopped:
                    bar.set_description(f"{self.name} epoch {self.epoch + 1}/{self.epochs}".lstrip())
                    self._run_epoch(bar)
                    self._end_epoch()
                    self._show(bar, self.history.rows[-1])
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"
        restore = self.restore_best
        if restore is None:
            restore = self.patience is not None or self.history.stopped == "interrupted"
        if restore and self.best_weights is not None:
            self.judged.load_state_dict(self.best_weights)
        self.model.eval()
        self.judged.eval()
        return self.history

    def _run_epoch(self, bar: Any) -> None:
        self.model.train()
        begin = time.perf_counter() - self.seconds
        for group in self._groups():
            self._step(group)
            self.step += 1
            self.batch += len(group)
            self.seconds = time.perf_counter() - begin
            if self.scheduler is not None and self.by_step:
                self.scheduler.step()
            bar.update(sum(count_of(batch) for batch in group))
            if self.progress and time.perf_counter() - self.shown > 0.1:  # a metric may take longer than a step
                self._show(bar, self._so_far())
            if self.path is not None and self.every is not None and self.step % self.every == 0:
                self._save()

    def _groups(self) -> Iterator[list[Any]]:
        """The rest of the epoch's batches, as many at a time as make up a step."""
        if self.batch >= len(self.data):
            return  # the checkpoint is of the last step: a loader would begin the next epoch
        batches = iter(self.data)
        if not hasattr(self.data, "load_state_dict"):
            batches = islice(batches, self.batch, None)  # a loader knows by itself where it was
        while group := list(islice(batches, self.accumulate)):
            yield group

    def _step(self, group: list[Any]) -> None:
        state = get_rng_state()
        counts = [count_of(batch) for batch in group]
        first = True  # LBFGS asks more than once

        def closure() -> Any:
            nonlocal first
            self.optimizer.zero_grad()
            total = 0.0
            for batch, count in zip(group, counts):
                output, target = predict(self.model, batch, self.forward)
                loss = self.loss(output, target)
                value = value_of(loss)
                if first:
                    if not math.isfinite(value):
                        set_rng_state(state)
                        raise AnomalyError(self._anomaly(value, batch))
                    self.sums.add(value, count, output, target)
                (loss if len(group) == 1 else loss * (count / sum(counts))).backward()
                total += value * count / sum(counts)
            first = False
            self._clip()
            return total

        self.optimizer.step(closure)
        if self.average is not None:
            self.average.update_parameters(self.model)

    def _clip(self) -> None:
        parameters = [p for g in self.optimizer.param_groups for p in g["params"] if p.grad is not None]
        if self.clip_value is not None:
            clip_grad_value_(parameters, self.clip_value)
        if self.clip_norm is not None:
            norm = float(clip_grad_norm_(parameters, self.clip_norm))
            if not math.isfinite(norm):
                raise AnomalyError(
                    f"fit: the norm of the gradients is {norm} in epoch {self.epoch + 1}, step {self.step + 1}, though "
                    "the loss is finite; autograd.detect_anomaly() around fit names the operation"
                )

    def _anomaly(self, value: float, batch: Any) -> str:
        found = first_bad(self.model, batch, lambda: predict(self.model, batch, self.forward))
        return f"fit: the loss is {value} in epoch {self.epoch + 1}, step {self.step + 1}: {found}"

    def _end_epoch(self) -> None:
        row = {"epoch": self.epoch + 1, **self.sums.results("")}
        if self.validation is not None:
            row |= self._validate().results("validation_")
        row |= {"lr": self.optimizer.param_groups[0]["lr"], "seconds": self.seconds}
        self.history.rows.append(row)
        value = math.inf if math.isnan(row[self.monitor]) else self.sign * row[self.monitor]
        if self.best is None or value < self.best[0]:
            self.best = value, self.epoch
            self.best_weights = self.judged.state_dict()
        if self.scheduler is not None and not self.by_step:
            self.scheduler.step(*([row[self.monitor]] if isinstance(self.scheduler, ReduceLROnPlateau) else []))
        self.epoch, self.batch, self.sums, self.seconds = self.epoch + 1, 0, Tally(self.metrics), 0.0
        if self.patience is not None and self.epoch - 1 - self.best[1] >= self.patience:
            self.history.stopped = "patience"
        elif self.epoch >= self.epochs:
            self.history.stopped = "epochs"
        if self.callback is not None:
            self.callback(self.history)
        if self.path is not None:
            self._save()

    def _validate(self) -> Tally:
        self.judged.eval()
        return tally(self.judged, self.validation or (), self.loss, self.forward, self.metrics)

    # the progress bar

    def _bar(self) -> Any:
        samples = getattr(self.data, "samples", None)
        if samples is None and isinstance(self.data, list):
            samples = sum(count_of(batch) for batch in self.data)
        total = None if samples is None else samples * self.epochs
        done = samples * self.epoch if samples else 0
        return tqdm(total=total, initial=done + self.sums.count, unit=" samples", unit_scale=True,
                    disable=not self.progress, dynamic_ncols=True)  # fmt: skip

    def _so_far(self) -> dict[str, Any]:
        """The numbers of the epoch so far, and those of the last validation."""
        validated = {k: v for row in self.history.rows[-1:] for k, v in row.items() if k.startswith("validation_")}
        return {**self.sums.results(""), "lr": self.optimizer.param_groups[0]["lr"], **validated}

    def _show(self, bar: Any, numbers: dict[str, Any]) -> None:
        shown = {k: f"{v:.4g}" for k, v in numbers.items() if k not in ("epoch", "seconds")}
        bar.set_postfix(shown, refresh=False)
        self.shown = time.perf_counter()

    # the checkpoint

    def _settings(self) -> dict[str, Any]:
        """What must be the same in a run that goes on from a checkpoint."""
        groups = [{k: v for k, v in g.items() if k != "params"} for g in self.optimizer.param_groups]
        settings = {"optimizer": type(self.optimizer).__name__}
        settings |= {f"{k} of group {i}": v for i, group in enumerate(groups) for k, v in group.items()}
        if self.scheduler is not None:
            settings |= {"scheduler": type(self.scheduler).__name__}
            settings |= {f"scheduler's {k}": v for k, v in self.scheduler.state_dict().items()}
        names = ("accumulate", "by_step", "clip_norm", "clip_value", "monitor", "patience")
        return settings | {name: getattr(self, name) for name in names} | {"batches": len(self.data)}

    def _parts(self) -> dict[str, Any]:
        """Whatever has a state of its own."""
        names = ("model", "average", "optimizer", "scheduler", "data", "validation")
        return {name: getattr(self, name) for name in names if hasattr(getattr(self, name), "load_state_dict")}

    def _save(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        counts = {name: getattr(self, name) for name in _COUNTS}
        state |= {"counts": counts, "sums": self.sums.state(), "random": get_rng_state(), "settings": self.settings}
        state |= {"history": self.history.rows, "stopped": self.history.stopped}
        save_checkpoint(self.path, state)

    def _load(self, saved: dict[str, Any]) -> None:
        """Go on from a checkpoint: everything fits and is loaded, or nothing is."""
        parts = self._parts()
        mend = f"{os.fspath(self.path)!r} is the checkpoint of another run; resume=False starts anew, over it"
        if "settings" not in saved or set(parts) - set(saved):
            raise WeightsError(f"fit: {mend}")
        changed = [
            f"{name} was {saved['settings'].get(name)!r}, is {self.settings.get(name)!r}"
            for name in {**saved["settings"], **self.settings}
            if saved["settings"].get(name) != self.settings.get(name)
        ]
        if changed:
            raise WeightsError(f"fit: {mend}\n  " + "\n  ".join(changed))
        before = {name: part.state_dict() for name, part in parts.items()}
        try:
            for name, part in parts.items():
                part.load_state_dict(saved[name])
        except Exception as error:
            for name, part in parts.items():
                part.load_state_dict(before[name])
            error.add_note(f"fit: {mend}")
            raise
        for name in _COUNTS:
            setattr(self, name, saved["counts"][name])
        self.sums.load(saved["sums"])
        self.history = History(saved["history"])
        self.history.stopped = "" if self.epoch < self.epochs and saved["stopped"] == "epochs" else saved["stopped"]
        set_rng_state(saved["random"])


_COUNTS = ("epoch", "batch", "step", "seconds", "best", "best_weights")
