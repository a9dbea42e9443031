"""The training loop: epochs over batches, validation, early stopping, and checkpoints that lose nothing."""

from __future__ import annotations

import math
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import numpy as np

from autograd import AnomalyError, Tensor, get_rng_state, set_rng_state
from autograd.engine.types import Function
from autograd.program.compiled import compile
from autograd.support import archive
from autograd.support.clipping import clip_grad_norm_, clip_grad_value_

from . import resume as checkpoints
from .arguments import Settings
from .diagnosis import bad_parameter, first_bad, warn_wide
from .distributed import DataParallel, joined, joint, own_chance, together
from .evaluation import predict, tally, weighed
from .history import History, Row
from .lr_scheduler import ReduceLROnPlateau
from .metrics import Tally, count_of
from .model import Batch, Model
from .pictures.film import Film, points_of
from .pictures.progress import Progress as Shown
from .resume import Progress
from .settings import takes
from .weighing import Counting, Mean


@takes(Settings)
def fit(*args: Any, **settings: Any) -> History:
    """Train `model` and return the History, one row of numbers an epoch.

    `data` and `validation` are loaders or lists of batches (inputs..., target); `loss(output, target)` is the mean
    over a batch. `forward(model, *batch)`, or `forward(model, batch)` where a batch is a dict or one array, returns
    (output, target) where that is not `model(*inputs), target`. The history has the loss over all batches as if they
    were one: each weighs as much as its mean is over, such as the targets that are not ignored, or where that is not
    seen, as many samples as it has; losses that are sums add up.
    `metrics` are those of `optim.metrics`, or functions of (output, target) whose mean over the samples is taken.

    - `scheduler` steps after each epoch, or with `schedule="step"` after each step of the optimizer.
    - `clip_norm` limits the norm of all gradients together, `clip_value` each of their elements.
    - With `compile`, True or a back end, a step is one program, made of the second batch: see `autograd.compile`.
    - `accumulate` batches make up one step, with the gradient of all of them as one batch.
    - The best epoch is the one with the lowest (`mode="min"`) or highest ("max") value in the column `monitor` of the
      history: the loss in validation, if there is one, or else in training. After `patience` epochs without a better
      one training ends. With `restore_best` the model gets the best epoch's weights back; if it is not said, it does
      where there is `patience`, and on Ctrl-C.
    - `checkpoint` is a file, written after each epoch, or after every `checkpoint_every` steps, whole or not at all.
      The same program, started again, goes on from it and ends with the same bits as a run that was not interrupted;
      `resume=False` starts anew, over it. All randomness must come from `autograd.seed`'s generator or the loader.
    - `average`, an `optim.swa_utils.AveragedModel` of the model, is updated after each step, and is what is validated
      and gets the best weights back. With batch norm, make it with `use_buffers=True`.
    - `comm` is a communicator of mpi4py, `optim.distributed.world()`: each process that `mpiexec` started takes its
      part of each batch, and all have the weights that one process would have. Process 0 writes, shows and calls
      back. An error in one ends all. With `sync_batch_norm` batch norm has the statistics of the joint batch, not of
      the part.
    - Ctrl-C lets the step end, writes the checkpoint and returns the history, whose `stopped` is "interrupted"; pressed
      twice, it ends at once. Afterwards the model is in evaluation mode.
    - `callback(history)` is called after each epoch.
    - `progress` is False for none, or a name for the run: a bar in a terminal, one line that stays in a notebook, one
      line an epoch in a file.
    - `film` is a page to be written at the end, however training ends: each step with its loss, weights, gradients,
      activations, and the decision boundary if the data are points of a plane, of a run that goes on from there on.
      With `compile`, steps that it looks at, the first 100 and then fewer, run operation by operation: last digits of
      the run may be others than without a film. See `optim.pictures.Film`.

    Warns of float64 data for a float32 model, which cost time and give nothing. Raises AnomalyError with the epoch, the
    step and the first bad layer when the loss is not finite, WeightsError for a checkpoint of another model or with
    other settings, OSError where it cannot be written.

    >>> import nn, optim
    >>> model = nn.Linear(2, 1)
    >>> x = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    >>> batches = [(x[i : i + 16], x[i : i + 16].sum(axis=1, keepdims=True)) for i in range(0, 64, 16)]
    >>> history = fit(model, batches, nn.MSELoss(), optim.Adam(model.parameters(), lr=0.1), 40, progress=False)
    >>> history["loss"][-1] < 1e-3
    True
    """
    given = Settings(*args, **settings)
    with together(given.comm):
        return copy_context().run(_Training(given).run)  # whose modes end with it, however it ends


class _Training:
    """One run of `fit`: its settings, and where it stands."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.progress = settings, Progress(Tally(metrics=settings.measures))
        self.begun = checkpoints.fixed(settings)
        self.parameters: list[Tensor] = []  # of the model, in this epoch
        self.program = _program(settings) if settings.compile else None
        self.parallel = (
            None
            if settings.comm is None
            else DataParallel(settings.model, settings.comm, sync_batch_norm=settings.sync_batch_norm)
        )
        if settings.comm is not None:
            own_chance(settings.comm)
        self.met = False  # with the data
        self.agreed = self.sent = False  # of all processes: that Ctrl-C was pressed, that gradients were sent
        self.counts = True  # the batch, for the gradient of this process
        # what somebody keeps in evaluation mode, such as frozen batch norm, stays there
        self.frozen = [m for m in settings.model.modules() if not m.training] if settings.model.training else []
        begun = settings.checkpoint is not None and settings.resume and archive.exists(settings.checkpoint)
        if begun if settings.comm is None else settings.comm.bcast(begun):
            self.progress = checkpoints.load(settings)
        self.history.monitor, self.history.mode = str(settings.monitor), str(settings.mode)
        self.shown = self._shown()
        self.value = math.nan  # of the last step's loss
        self.film = self._film() if settings.film is not None and settings.leads else None

    @property
    def history(self) -> History:
        return self.progress.history

    # the loop

    def run(self) -> History:
        modules = [module for model in (self.settings.model, self.settings.judged) for module in model.modules()]
        to_rest = map(object.__setattr__, modules, repeat("training"), repeat(False))
        try:
            with finished_steps() as self.interrupts, self.shown:
                self._say_where()
                if self.progress.step == 0:
                    self._save()  # a folder that cannot be written to is found now
                self._call_back()
                while not self.history.stopped:
                    self.shown.begin(self.progress.epoch + 1)
                    self._run_epoch()
                    self._end_epoch()
                    self.shown.end(self.history.rows[-1])
                    self._call_back()
                if self._interrupted():
                    raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            if self.parallel is not None and not self.agreed:
                raise  # at once, in the midst of what all do together
            self.history.stopped = "interrupted"
            self.shown.say(f"interrupted in epoch {self.progress.epoch + 1}")
            for note in getattr(error, "__notes__", ()):  # that it fell into an optimizer's step
                warnings.warn(f"fit: {note}", RuntimeWarning, stacklevel=3)
        except AnomalyError as error:
            if self._restore(always=True) and self.progress.best:
                best = self.progress.best[1] + 1
                error.add_note(f"fit: the model has the weights of its best epoch again, {best}")
            raise
        finally:
            list(to_rest)  # in one call, which no interrupt falls into
            self.settings.model.eval()
            self.settings.judged.eval()
            if self.film is not None:
                self._save_film(self.film)
        if self.parallel is not None:
            self.parallel.close()
        self._restore(always=self.history.stopped == "interrupted")
        return self.history

    def _save(self) -> None:
        """Write the checkpoint, if there is to be one; AnomalyError rather than weights that are no numbers."""
        if self.settings.checkpoint is not None:
            if self.parallel is not None:
                self.parallel.average_buffers()
            self._require_finite()
            checkpoints.save(self.settings, self.progress, self.begun)

    def _restore(self, always: bool) -> bool:
        """Bring the best weights back, if they are wanted and there are any."""
        asked, weights = self.settings.restore_best, self.progress.best_weights
        wanted = asked if asked is not None else always or self.settings.patience is not None
        if wanted and weights is not None:
            self.settings.judged.load_state_dict(weights)
        return wanted and weights is not None

    def _run_epoch(self) -> None:
        settings, progress = self.settings, self.progress
        settings.model.train()
        for module in self.frozen:
            module.training = False
        self.parameters = list(settings.model.parameters())
        begin = time.perf_counter() - progress.seconds
        for group in self._groups():
            looked_at = self._step(group)
            if self.film is not None and looked_at:
                self.film.add(self.value, f"epoch {progress.epoch + 1}")
            elif self.film is not None:
                self.film.skip(self.value)
            progress.step += 1
            progress.batch += len(group)
            progress.seconds = time.perf_counter() - begin
            if settings.scheduler is not None and settings.by_step:
                settings.scheduler.step()
            self.shown.step(sum(count_of(batch) for batch in group), self._so_far)
            interrupted = self._interrupted()
            if interrupted or (settings.checkpoint_every and progress.step % settings.checkpoint_every == 0):
                self._save()
            if interrupted:
                raise KeyboardInterrupt

    def _interrupted(self) -> bool:
        """Whether Ctrl-C was pressed, in any of the processes."""
        if self.parallel is None:
            return bool(self.interrupts)
        self.agreed = self.parallel.comm.allreduce(len(self.interrupts)) > 0
        return self.agreed

    def _groups(self) -> Iterator[list[Batch]]:
        """The rest of the epoch's batches, as many at a time as make up a step."""
        data, progress = self.settings.data, self.progress
        if progress.batch >= len(data):
            return  # the checkpoint is of the last step: a loader would begin the next epoch
        if not progress.batch:
            progress.begun = get_rng_state()
        if progress.batch and progress.begun and not hasattr(data, "load_state_dict"):  # a loader knows where it was
            now = get_rng_state()
            set_rng_state(progress.begun)  # it may draw its order when an epoch begins
            batches = iter(data)
            list(islice(batches, progress.batch))
            set_rng_state(now)
        else:
            batches = iter(data)
        while group := list(islice(batches, self.settings.accumulate)):
            yield group

    def _step(self, group: list[Batch]) -> bool:
        """Do a step; whether it was done operation by operation, as those are that a film looks at."""
        compiled = self.program if self.met and (self.film is None or not self.film.due) else None
        eager = compiled is None or not self._run_program(compiled, group[0])
        if eager:
            self._step_eagerly(group)
        if self.settings.average is not None:
            self.settings.average.update_parameters(self.settings.model)
        return eager

    def _run_program(self, program: Function, batch: Batch) -> bool:
        """A step that is compiled; where its loss is no number nothing is stepped, and it is no step."""
        count, random = count_of(batch), get_rng_state()
        for p in self.parameters:
            p.grad = None
        try:
            loss, weight, output, target = program(count, batch)
        except _NotFinite:
            set_rng_state(random)
            return False
        self.value = float(loss)
        self.progress.sums.take(self.value, float(weight), count, output, target)
        return True

    def _step_eagerly(self, group: list[Batch]) -> None:
        settings, counts = self.settings, [count_of(batch) for batch in group]
        first = True  # LBFGS asks more than once

        def closure() -> float:
            nonlocal first
            settings.optimizer.zero_grad()
            for p in self.parameters:
                p.grad = None  # of those, too, that this optimizer does not step
            mean, unit = Mean(), 0.0
            for batch, count in zip(group, counts):
                loss, value, weight = self._loss(batch, count, first)
                share = count / sum(counts) if self.parallel is None else 1.0 / len(group)  # in all processes the same
                mean.add(value, weight)
                if len(group) > 1 and weight:  # what all weigh is known at the end: first about right, then exactly
                    weight = 1.0 if weight == math.inf else weight
                    unit = unit or share / weight
                    loss = loss * (unit * weight)
                if weight or len(group) == 1:
                    self._backward(loss, batch is group[-1])
            if self.parallel is not None and not self.sent and (unit or len(group) == 1):
                self.parallel.finish()
            if unit:
                self._scale_gradients(1.0 / (unit * mean.weight))
            elif len(group) > 1:
                loss.backward()  # nothing counts: zeros
            self._clip(first)
            self.value, first = mean.value if first else self.value, False
            return mean.value

        settings.optimizer.step(closure)

    def _backward(self, loss: Tensor, last: bool) -> None:
        """A sweep, whose gradients are sent with those of the `last` batch of the step."""
        self.sent = last and self.counts
        if self.parallel is None or self.sent:
            loss.backward()
        elif self.counts:
            with self.parallel.no_sync():
                loss.backward()

    def _loss(self, batch: Batch, count: int, first: bool) -> tuple[Tensor, float, float]:
        """The loss of a batch, which counts where it is the first of its step, as a number, and what it weighs."""
        random = get_rng_state()
        output, target = predict("fit", self.settings.model, batch, self.settings.forward)
        if not self.met:
            self.met = True
            warn_wide(self.settings.model, batch, output)
        loss, value, weight = weighed("fit", self.settings.loss, output, target, count)
        if not isinstance(loss, Tensor):
            raise TypeError(f"fit: the loss is a {type(loss).__name__}; a Tensor made of the output is needed")
        if first and weight and not math.isfinite(value):
            set_rng_state(random)
            raise AnomalyError(
                f"fit: the loss is {value} {self._place()}: {self._first_bad(batch, self.settings.model)}"
            )
        settings = self.settings
        if self.parallel is not None:
            value, weight, factor = joint(self.parallel.comm, value, weight)
            self.counts = factor > 0
            if settings.sync_batch_norm and not self.counts:  # the others wait for this one's batch norm
                loss, factor, self.counts = (output * 0.0).sum(), 1.0, True
            loss = loss if factor == 1.0 else loss * factor
        if first:
            self.progress.sums.take(value, weight, count, output, target)
        return loss, value, weight

    def _stepped(self) -> list[Tensor]:
        """The parameters that have a gradient."""
        return [p for g in self.settings.optimizer.param_groups for p in g["params"] if p.grad is not None]

    def _scale_gradients(self, factor: float) -> None:
        if abs(factor - 1.0) > 1e-9:
            for p in self._stepped():
                p.grad = p.grad * factor  # type: ignore[operator]

    def _clip(self, first: bool) -> None:
        parameters = self._stepped()
        if self.settings.clip_value is not None:
            clip_grad_value_(parameters, self.settings.clip_value)
        if self.settings.clip_norm is not None:
            norm = float(clip_grad_norm_(parameters, self.settings.clip_norm))
            if first and not math.isfinite(norm):  # a line search may look beyond
                what = f"fit: the norm of the gradients is {norm} {self._place()}, though the loss is finite"
                raise AnomalyError(f"{what}; autograd.detect_anomaly() around fit names the operation")

    def _end_epoch(self) -> None:
        settings, progress, epoch = self.settings, self.progress, self.progress.epoch + 1
        if not progress.sums.count:
            raise ValueError(f"fit: data gave no batch in epoch {epoch}; can it be gone through only once?")
        self._require_finite()
        if self.parallel is not None:
            progress.sums = joined(self.parallel.comm, progress.sums)
            self.parallel.average_buffers()
        row = {"epoch": epoch, **progress.sums.results(), **self._validation()}
        row |= {"lr": settings.optimizer.param_groups[0]["lr"], "seconds": progress.seconds}
        best = self._judge(settings.sign * row[str(settings.monitor)])
        self.history.rows.append(row)
        progress.epoch, progress.batch, progress.seconds = epoch, 0, 0.0
        progress.sums = Tally(metrics=settings.measures)
        progress.pending = settings.callback is not None
        if settings.patience is not None and epoch - 1 - best >= settings.patience:
            self.history.stopped = "patience"
        elif epoch >= settings.epochs:
            self.history.stopped = "epochs"
        self._save()
        if self._interrupted():
            raise KeyboardInterrupt

    def _validation(self) -> Row:
        """The row's numbers in validation, if there is one."""
        settings = self.settings
        if settings.validation is None:
            return {}
        settings.judged.eval()
        parts = settings.judged, settings.validation, settings.loss, settings.forward, settings.measures
        return tally("fit", *parts, self._check_validation, settings.comm).results("validation_")

    def _judge(self, value: float) -> int:
        """Keep the weights if their value is the lowest so far, and show it to the schedule; returns the best epoch."""
        settings, progress = self.settings, self.progress
        value = math.inf if math.isnan(value) else value  # never the best
        if progress.best is None or value < progress.best[0]:
            progress.best, progress.best_weights = (value, progress.epoch), settings.judged.state_dict()
        if settings.scheduler is not None and not settings.by_step:
            judges = isinstance(settings.scheduler, ReduceLROnPlateau)
            settings.scheduler.step(*([settings.sign * value] if judges else []))
        return progress.best[1]

    def _call_back(self) -> None:
        """Show the history to the callback; after a crash in it, it is shown the same epoch again."""
        if self.progress.pending and self.settings.callback is not None:
            if self.settings.leads:
                self.settings.callback(self.history)
            self.progress.pending = False
            self._save()

    # what is no number

    def _require_finite(self) -> None:
        """Raise AnomalyError if a parameter is no number any more: such weights are not kept, as best or on disk."""
        if found := bad_parameter(self.settings.model):
            raise AnomalyError(f"fit: {self._place(done=True)}, {found}")

    def _check_validation(self, value: float, batch: Batch) -> None:
        if not math.isfinite(value):
            place, found = self._place(done=True), self._first_bad(batch, self.settings.judged)
            raise AnomalyError(f"fit: the loss in validation is {value} {place}: {found}")

    def _first_bad(self, batch: Batch, model: Model) -> str:
        watched = getattr(model, "module", model)  # of an average, its model
        return first_bad(watched, batch, lambda: predict("fit", watched, batch, self.settings.forward))

    def _place(self, done: bool = False) -> str:
        epoch, step = self.progress.epoch + 1, self.progress.step + (not done)
        return f"{'after' if done else 'in'} epoch {epoch}, step {step}"

    # what is shown meanwhile

    def _shown(self) -> Shown:
        settings, progress = self.settings, self.progress
        samples = getattr(settings.data, "samples", None)
        if samples is None and isinstance(settings.data, list):
            samples = sum(count_of(batch) for batch in settings.data)
        name = settings.progress if isinstance(settings.progress, str) else ""
        total = None if samples is None else samples * settings.epochs
        done = (samples or 0) * progress.epoch + progress.sums.count
        return Shown(name, settings.epochs, total, done, bool(settings.progress) and settings.leads)

    def _film(self) -> Film:
        settings = self.settings
        points = points_of(settings.data) if settings.forward is None else None
        return Film(settings.model, settings.optimizer, points, title=Path(str(settings.film)).stem)

    def _save_film(self, film: Film) -> None:
        film.remove()
        if film.frames:
            film.save(str(self.settings.film))

    def _say_where(self) -> None:
        """Say of a run that was begun before where it goes on."""
        progress = self.progress
        if progress.step:
            end = f"ended ({self.history.stopped}) after" if self.history.stopped else "goes on in"
            epoch = progress.epoch + (not self.history.stopped)
            self.shown.say(f"the run in {self.settings.checkpoint} {end} epoch {epoch}; resume=False starts anew")

    def _so_far(self) -> Row:
        """The numbers of the epoch so far, and those of the last validation."""
        lr = self.settings.optimizer.param_groups[0]["lr"]
        return {**(self.history.rows or [{}])[-1], **self.progress.sums.results(), "lr": lr}


class _NotFinite(Exception):
    """A step was not made, since its loss, or the norm of its gradients, is not finite."""


def _program(settings: Settings) -> Function:
    """A step of `fit` as a compiled function of a batch: the loss, what it weighs, output and target."""
    model, optimizer, limit, norm = settings.model, settings.optimizer, settings.clip_value, settings.clip_norm

    def step(count: int, batch: Batch) -> tuple[Any, Any, Any, Any]:
        output, target = predict("fit", model, batch, settings.forward)
        with Counting() as counting:
            loss = settings.loss(output, target)
        weight = counting.weight(loss, count)
        if not np.isfinite(loss):
            raise _NotFinite
        loss.backward()
        stepped = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if limit is not None:
            clip_grad_value_(stepped, limit)
        if norm is not None and not np.isfinite(clip_grad_norm_(stepped, norm)):
            raise _NotFinite
        optimizer.step()
        return loss, weight, output, target

    return compile(step, backend=settings.compile if isinstance(settings.compile, str) else "auto")  # type: ignore[no-any-return]


@contextmanager
def finished_steps() -> Iterator[list[int]]:
    """Let the step end in which Ctrl-C is pressed: it fills the list; pressed again, it interrupts at once."""
    pressed: list[int] = []

    def handler(number: int, frame: object) -> None:
        if pressed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            raise KeyboardInterrupt
        pressed.append(number)

    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed  # somebody else decides what Ctrl-C does
        return
    try:
        signal.signal(signal.SIGINT, handler)
        yield pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
