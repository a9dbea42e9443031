"""What `fit` may be given: whatever is wrong is found before the first step, not after the first epoch."""

import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, field
from typing import Annotated, Any, ClassVar

from autograd.engine.types import Function
from autograd.support import settings
from autograd.support.checks import flag
from autograd.support.pages import page_name
from autograd.support.settings import Flag, Positive, Size, one_of

from .distributed import a_comm, agree, shard
from .history import History
from .lbfgs import LBFGS
from .lr_scheduler import LRScheduler, ReduceLROnPlateau
from .metrics import Metric, as_metrics
from .model import Batches, Model, a_model, batches, function_of, having, shown
from .optimizer import Optimizer
from .swa_utils import AveragedModel

an_optimizer = having("one of optim, made before", "param_groups", "update")
a_schedule = having("one of optim.lr_scheduler, made before", "step", "state_dict")
an_average = having("an AveragedModel", "update_parameters")


def _file(what: str, value: Any) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{what} is {shown(value)}; it takes the name of a file")
    return os.path.abspath(os.fsdecode(value))


def _page(what: str, value: Any) -> str:
    return str(page_name(what, _file(what, value)))


def _flag_or_name(what: str, value: Any) -> bool | str:
    return value if isinstance(value, str) and value else flag(what, value)


PART, SAME = {"part": True}, {"same": True}


class Settings(settings.Settings, frozen=True):
    """What a run was asked for: one that goes on from it has the `same`, and each `part` with a state goes on, too."""

    _name: ClassVar[str] = "fit"

    model: Annotated[Model, a_model] = field(metadata=PART)
    data: Annotated[Batches, batches] = field(metadata=PART)
    loss: Annotated[Function, function_of("(output, target)")]
    optimizer: Annotated[Optimizer, an_optimizer] = field(metadata=PART)
    epochs: Size
    _: KW_ONLY
    validation: Annotated[Batches, batches] | None = field(default=None, metadata=PART)
    forward: Annotated[Function, function_of("(model, *batch)")] | None = None
    metrics: Annotated[Iterable[Metric | Function], lambda what, value: as_metrics(value)] = ()
    scheduler: Annotated[LRScheduler, a_schedule] | None = field(default=None, metadata=PART)
    schedule: Annotated[str, one_of("epoch", "step")] = field(default="epoch", metadata=SAME)
    clip_norm: Positive | None = field(default=None, metadata=SAME)
    clip_value: Positive | None = field(default=None, metadata=SAME)
    accumulate: Size = field(default=1, metadata=SAME)
    compile: Annotated[bool | str, _flag_or_name] = False
    monitor: str | None = field(default=None, metadata=SAME)
    mode: Annotated[str, one_of("min", "max")] | None = field(default=None, metadata=SAME)
    patience: Size | None = field(default=None, metadata=SAME)
    restore_best: Flag | None = None
    checkpoint: Annotated[str | os.PathLike[str], _file] | None = None
    checkpoint_every: Size | None = None
    resume: Flag = True
    average: Annotated[AveragedModel, an_average] | None = field(default=None, metadata=PART)
    callback: Annotated[Callable[[History], object], function_of("the history")] | None = None
    progress: Annotated[bool | str, _flag_or_name] = True
    film: Annotated[str | os.PathLike[str], _page] | None = None
    comm: Annotated[Any, a_comm] | None = None
    sync_batch_norm: Flag = False

    def _setup(self) -> None:
        vars(self).update(_monitored(self))
        self._check_model()
        if self.compile and (self.accumulate > 1 or isinstance(self.optimizer, LBFGS)):
            raise ValueError("fit: compile=True makes one program of a step: not of several batches, nor with LBFGS")
        if self.sync_batch_norm and self.comm is None:
            raise ValueError("fit: sync_batch_norm=True needs comm, the processes whose batches are joined")
        if self.compile and self.comm is not None:
            raise ValueError(
                "fit: with comm, gradients are sent while backward runs, which compile=True makes a program"
            )
        if self.checkpoint_every is not None and self.checkpoint is None:
            raise ValueError(f"fit: checkpoint_every={self.checkpoint_every} needs checkpoint, the name of a file")
        if self.scheduler is not None:
            _check_scheduler(self, self.scheduler)
        if self.comm is not None:
            agree(self.validation, self.comm)
            vars(self).update(data=shard(self.data, self.comm))

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes and shows."""
        return self.comm is None or self.comm.rank == 0

    @property
    def measures(self) -> list[Metric]:
        """The metrics, of which each is one by now."""
        return as_metrics(self.metrics)

    @property
    def judged(self) -> Model:
        """What is validated and gets the best weights back."""
        return self.model if self.average is None else self.average

    @property
    def by_step(self) -> bool:
        """Whether the schedule steps with the optimizer."""
        return self.schedule == "step"

    @property
    def sign(self) -> float:
        """What makes lower better in the monitored column."""
        return 1.0 if self.mode == "min" else -1.0

    def _check_model(self) -> None:
        own = {id(p) for p in self.model.parameters()}
        if not own:
            raise ValueError("fit: the model has no parameters to train")
        if not any(id(p) in own for g in self.optimizer.param_groups for p in g["params"]):
            raise ValueError("fit: the optimizer steps none of the model's parameters; make it of model.parameters()")
        shapes = [p.shape for p in self.model.parameters()]
        if [p.shape for p in self.judged.parameters()] != shapes:
            raise ValueError("fit: average is of another model; make it of this one, AveragedModel(model)")


def _check_scheduler(given: Settings, scheduler: LRScheduler) -> None:
    if getattr(scheduler, "optimizer", given.optimizer) is not given.optimizer:
        raise ValueError("fit: the scheduler belongs to another optimizer")
    if isinstance(scheduler, ReduceLROnPlateau):
        if given.by_step:
            raise ValueError("fit: ReduceLROnPlateau looks at epochs; leave out schedule='step'")
        if scheduler.mode != given.mode:
            what = f"mode={scheduler.mode!r}, but of {given.monitor} the {given.mode} is best"
            raise ValueError(f"fit: ReduceLROnPlateau has {what}; make it with mode={given.mode!r}")
    steps = given.epochs * (-(-len(given.data) // given.accumulate) if given.by_step else 1)
    due = getattr(scheduler, "total_steps", None) or steps
    what = f"fit: {type(scheduler).__name__} has total_steps={due}, but {given.epochs} epochs step it"
    if steps > due:
        raise ValueError(f"{what} {steps} times; make it with total_steps={steps}")
    if steps < due:
        hint = "" if given.by_step else "; did you mean schedule='step'?"
        warnings.warn(f"{what} only {steps} times{hint}", stacklevel=5)


def _monitored(given: Settings) -> dict[str, str]:
    """The column to judge epochs by, and whether low or high is better there."""
    validated = given.validation is not None
    prefix = "validation_" if validated else ""
    best = {f"{p}{m.name}": m.best for m in given.measures for p in {"", prefix}}
    best |= {"loss": "min", f"{prefix}loss": "min"}
    monitor, mode = given.monitor, given.mode
    if mode is not None and monitor is None:
        raise ValueError(f"fit: mode={mode!r} needs monitor, the column that it is said of")
    monitor = f"{prefix}loss" if monitor is None else monitor
    if monitor not in best:
        hint = "; there is no validation" if str(monitor).startswith("validation_") and not validated else ""
        raise ValueError(f"fit: monitor={monitor!r} is no column of the history: {', '.join(sorted(best))}{hint}")
    mode = mode or best[monitor]
    if not mode:
        raise ValueError(f"fit: is a low or a high {monitor} better? Say mode='min' or mode='max'")
    return {"monitor": monitor, "mode": mode}
