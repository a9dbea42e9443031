"""The training loop: epochs over batches, validation, early stopping, and checkpoints that lose nothing."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from tqdm import tqdm

from autograd import AnomalyError, Tensor, get_rng_state, set_rng_state
from autograd.support.checks import choice, flag, positive, size
from autograd.support.clipping import clip_grad_norm_, clip_grad_value_

from . import resume
from .arguments import check_parts, monitored
from .diagnosis import bad_parameter, first_bad
from .evaluation import predict, tally, targets_last, value_of
from .history import History
from .lr_scheduler import ReduceLROnPlateau
from .metrics import Tally, as_metrics, count_of
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
    over a batch. `forward(model, *batch)`, or `forward(model, batch)` where a batch is a dict or one array, returns
    (output, target) where that is not `model(*inputs), target`.
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
      and gets the best weights back. With batch norm, make it with `use_buffers=True`.
    - Ctrl-C lets the step end, writes the checkpoint and returns the history, whose `stopped` is "interrupted"; pressed
      twice, it ends at once. Afterwards the model is in evaluation mode.
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
        self.forward, self.callback = given["forward"] or targets_last, given["callback"]
        self.metrics = as_metrics(given["metrics"])
        self.by_step = choice("fit: schedule", given["schedule"], ("epoch", "step")) == "step"
        self.clip_norm, self.clip_value = (
            None if given[name] is None else positive(f"fit: {name}", given[name])
            for name in ("clip_norm", "clip_value")
        )
        self.accumulate = size("fit: accumulate", given["accumulate"])
        self.patience, self.every = (
            None if given[name] is None else size(f"fit: {name}", given[name])
            for name in ("patience", "checkpoint_every")
        )
        restore = given["restore_best"]
        self.restore_best = None if restore is None else flag("fit: restore_best", restore)
        self.name = given["progress"] if isinstance(given["progress"], str) else ""
        self.progress = bool(self.name) or flag("fit: progress", given["progress"])
        self.path, resumes = given["checkpoint"], flag("fit: resume", given["resume"])
        self.monitor, self.sign = monitored(given["monitor"], given["mode"], self.metrics, self.validation is not None)
        check_parts(self)

        self.history = History()
        self.epoch = self.batch = self.step = 0  # all done so far; `batch` in this epoch, `step` in all
        self.sums = Tally(self.metrics)
        self.best: tuple[float, int] | None = None  # the value, and its epoch
        self.best_weights: dict[str, Any] | None = None
        self.begun: Any = None  # the random state at the start of the epoch
        self.pending = False  # the callback has not seen the last epoch yet
        self.seconds = self.shown = 0.0
        # what somebody keeps in evaluation mode, such as frozen batch norm, stays there
        self.frozen = [m for m in self.model.modules() if not m.training] if self.model.training else []
        self.settings = resume.settings_of(self)
        if self.path is not None:
            self.path = os.path.abspath(os.fsdecode(self.path))
            if resumes and os.path.exists(self.path):
                resume.load(self)

    # the loop

    def run(self) -> History:
        try:
            with finished_steps() as self.interrupts, self._bar() as bar:
                if self.path is not None and self.step == 0:
                    resume.save(self)  # a folder that cannot be written to is found now
                self._call_back()
                while not self.history.stopped:
                    bar.set_description(f"{self.name} epoch {self.epoch + 1}/{self.epochs}".lstrip())
                    self._run_epoch(bar)
                    self._end_epoch()
                    self._show(bar, self.history.rows[-1])
                    self._call_back()
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"
            self._say(f"interrupted in epoch {self.epoch + 1}")
        except AnomalyError as error:
            if self._restore(always=True) and self.best:
                error.add_note(f"fit: the model has the weights of its best epoch again, {self.best[1] + 1}")
            raise
        finally:
            self.model.eval()
            self.judged.eval()
        self._restore(always=self.history.stopped == "interrupted")
        return self.history

    def _restore(self, always: bool) -> bool:
        """Bring the best weights back, if they are wanted and there are any."""
        wanted = self.restore_best if self.restore_best is not None else always or self.patience is not None
        if wanted and self.best_weights is not None:
            self.judged.load_state_dict(self.best_weights)
        return wanted and self.best_weights is not None

    def _run_epoch(self, bar: Any) -> None:
        self._train_mode()
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
            if self.path is not None and (self.interrupts or (self.every and self.step % self.every == 0)):
                resume.save(self)
            if self.interrupts:
                raise KeyboardInterrupt

    def _train_mode(self) -> None:
        self.model.train()
        for module in self.frozen:
            module.training = False

    def _groups(self) -> Iterator[list[Any]]:
        """The rest of the epoch's batches, as many at a time as make up a step."""
        if self.batch >= len(self.data):
            return  # the checkpoint is of the last step: a loader would begin the next epoch
        if self.batch and not hasattr(self.data, "load_state_dict"):  # a loader knows by itself where it was
            now = get_rng_state()
            set_rng_state(self.begun)  # it may draw its order when an epoch begins
            batches = iter(self.data)
            list(islice(batches, self.batch))
            set_rng_state(now)
        else:
            if not self.batch:
                self.begun = get_rng_state()
            batches = iter(self.data)
        while group := list(islice(batches, self.accumulate)):
            yield group

    def _step(self, group: list[Any]) -> None:
        counts = [count_of(batch) for batch in group]
        first = True  # LBFGS asks more than once

        def closure() -> Any:
            nonlocal first
            self.optimizer.zero_grad()
            self.model.zero_grad()  # of those, too, that this optimizer does not step
            total = 0.0
            for batch, count in zip(group, counts):
                share, random = count / sum(counts), get_rng_state()
                output, target = predict("fit", self.model, batch, self.forward)
                loss = self.loss(output, target)
                value = value_of("fit", loss)
                if not isinstance(loss, Tensor):
                    raise TypeError(f"fit: the loss is a {type(loss).__name__}; a Tensor made of the output is needed")
                if first and not math.isfinite(value):
                    set_rng_state(random)
                    found = self._first_bad(batch, self.model)
                    raise AnomalyError(f"fit: the loss is {value} {self._place()}: {found}")
                if first:
                    self.sums.add(value, count, output, target)
                (loss if len(group) == 1 else loss * share).backward()
                total += value * share
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
                    f"fit: the norm of the gradients is {norm} {self._place()}, though the loss is finite; "
                    "autograd.detect_anomaly() around fit names the operation"
                )

    def _end_epoch(self) -> None:
        if not self.sums.count:
            raise ValueError(f"fit: data gave no batch in epoch {self.epoch + 1}; can it be gone through only once?")
        self.require_finite()
        row = {"epoch": self.epoch + 1, **self.sums.results("")}
        if self.validation is not None:
            self.judged.eval()
            parts = self.judged, self.validation, self.loss, self.forward, self.metrics
            sums = tally("fit", *parts, check=self._check_validation)
            row |= sums.results("validation_")
        row |= {"lr": self.optimizer.param_groups[0]["lr"], "seconds": self.seconds}
        value = self.sign * row[self.monitor]
        value = math.inf if math.isnan(value) else value  # never the best
        if self.best is None or value < self.best[0]:
            self.best = value, self.epoch
            self.best_weights = self.judged.state_dict()
        if self.scheduler is not None and not self.by_step:
            judges = isinstance(self.scheduler, ReduceLROnPlateau)
            self.scheduler.step(*([self.sign * value] if judges else []))
        self.history.rows.append(row)
        self.epoch, self.batch, self.sums, self.seconds = self.epoch + 1, 0, Tally(self.metrics), 0.0
        self.pending = self.callback is not None
        if self.patience is not None and self.epoch - 1 - self.best[1] >= self.patience:
            self.history.stopped = "patience"
        elif self.epoch >= self.epochs:
            self.history.stopped = "epochs"
        if self.path is not None:
            resume.save(self)
        if self.interrupts:
            raise KeyboardInterrupt

    def _call_back(self) -> None:
        """Show the history to the callback; after a crash in it, it is shown the same epoch again."""
        if self.pending and self.callback is not None:
            self.callback(self.history)
            self.pending = False
            if self.path is not None:
                resume.save(self)

    # what is no number

    def require_finite(self) -> None:
        """Raise AnomalyError if a parameter is no number any more: such weights are not kept, as best or on disk."""
        found = bad_parameter(self.model)
        if found:
            raise AnomalyError(f"fit: {self._place(done=True)}, {found}")

    def _check_validation(self, value: float, batch: Any) -> None:
        if not math.isfinite(value):
            place = self._place(done=True)
            raise AnomalyError(f"fit: the loss in validation is {value} {place}: {self._first_bad(batch, self.judged)}")

    def _first_bad(self, batch: Any, model: Any) -> str:
        watched = getattr(model, "module", model)  # of an average, its model
        return first_bad(watched, batch, lambda: predict("fit", watched, batch, self.forward))

    def _place(self, done: bool = False) -> str:
        return f"{'after' if done else 'in'} epoch {self.epoch + 1}, step {self.step + (not done)}"

    # the progress bar

    def _bar(self) -> Any:
        samples = getattr(self.data, "samples", None)
        if samples is None and isinstance(self.data, list):
            samples = sum(count_of(batch) for batch in self.data)
        total = None if samples is None else samples * self.epochs
        done = samples * self.epoch if samples else 0
        if self.step:
            end = f"ended ({self.history.stopped}) after" if self.history.stopped else "goes on in"
            epoch = self.epoch + (not self.history.stopped)
            self._say(f"the run in {self.path} {end} epoch {epoch}; resume=False starts anew")
        return tqdm(
            total=total,
            initial=done + self.sums.count,
            unit=" samples",
            unit_scale=True,
            disable=not self.progress,
            dynamic_ncols=True,
            mininterval=0.1 if sys.stderr.isatty() else 10.0,  # a log file keeps every line
            bar_format="{desc} {percentage:3.0f}%|{bar:10}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, "
            "{rate_fmt}{postfix}]",
        )

    def _say(self, text: str) -> None:
        if self.progress:
            tqdm.write(f"fit: {text}", file=sys.stderr)

    def _so_far(self) -> dict[str, Any]:
        """The numbers of the epoch so far, and those of the last validation."""
        return {**(self.history.rows or [{}])[-1], **self.sums.results(""), "lr": self.optimizer.param_groups[0]["lr"]}

    def _show(self, bar: Any, numbers: dict[str, Any]) -> None:
        validated = {k: v for k, v in numbers.items() if k.startswith("validation_")}  # first: a terminal may be narrow
        shown = {k: f"{v:.4g}" for k, v in {**validated, **numbers}.items() if k not in ("epoch", "seconds")}
        bar.set_postfix(shown, refresh=False)
        self.shown = time.perf_counter()


@contextmanager
def finished_steps() -> Iterator[list[int]]:
    """Let the step end in which Ctrl-C is pressed: it fills the list; pressed again, it interrupts at once."""
    pressed: list[int] = []

    def handler(number: int, frame: Any) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed  # somebody else decides what Ctrl-C does
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
