"""What `fit` may be given: whatever is wrong is found before the first step, not after the first epoch."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.support.checks import choice

from .lr_scheduler import ReduceLROnPlateau
from .optimizer import Optimizer


def check_batches(what: str, batches: Any) -> None:
    """Raise TypeError or ValueError for what cannot be gone through again and again, batch by batch."""
    wrong = isinstance(batches, (np.ndarray, Tensor, tuple, dict, str)) or not hasattr(batches, "__iter__")
    if callable(getattr(batches, "batch", None)):
        raise TypeError(f"{what} is a {type(batches).__name__}, of samples; give DataLoader(it, batch_size=...)")
    if wrong or not hasattr(batches, "__len__"):
        raise TypeError(
            f"{what} is a {type(batches).__name__}; it takes a DataLoader or a list of batches, which can be gone "
            "through again and have a length"
        )
    if not len(batches):
        raise ValueError(f"{what} holds no batch")


def check_model(what: str, model: Any) -> None:
    """Raise TypeError for what is no model."""
    if isinstance(model, type) or not callable(model) or not hasattr(model, "named_modules"):
        raise TypeError(f"{what} is {_shown(model)}; it takes a Module")


def check_function(what: str, function: Any, takes: str) -> None:
    """Raise TypeError for what is no function, or a class that should have been called."""
    if isinstance(function, type):
        raise TypeError(f"{what} is the class {function.__name__}; call it, {function.__name__}()")
    if not callable(function):
        raise TypeError(f"{what} is {_shown(function)}; it takes a function{takes}")


def check_parts(run: Any) -> None:
    """Raise TypeError or ValueError for parts of a run that are of the wrong kind, or do not belong together."""
    check_model("fit: model", run.model)
    check_function("fit: loss", run.loss, " of (output, target)")
    if not isinstance(run.optimizer, Optimizer):
        raise TypeError(f"fit: optimizer is {_shown(run.optimizer)}; it takes one of optim, made before")
    check_batches("fit: data", run.data)
    if run.validation is not None:
        check_batches("fit: validation", run.validation)
    own = {id(p) for p in run.model.parameters()}
    if not own:
        raise ValueError("fit: the model has no parameters to train")
    if not any(id(p) in own for g in run.optimizer.param_groups for p in g["params"]):
        raise ValueError("fit: the optimizer steps none of the model's parameters; make it of model.parameters()")
    check_function("fit: forward", run.forward, " of (model, *batch)")
    if run.callback is not None:
        check_function("fit: callback", run.callback, " of the history")
    if run.path is not None and not isinstance(run.path, (str, os.PathLike)):
        raise TypeError(f"fit: checkpoint is {_shown(run.path)}; it takes the name of a file")
    if run.every is not None and run.path is None:
        raise ValueError(f"fit: checkpoint_every={run.every} needs checkpoint, the name of a file")
    if run.average is not None:
        _check_average(run.average, run.model)
    if run.scheduler is not None:
        _check_scheduler(run)


def _check_average(average: Any, model: Any) -> None:
    if isinstance(average, type) or not hasattr(average, "update_parameters"):
        raise TypeError(f"fit: average is {_shown(average)}; it takes an AveragedModel")
    if [p.shape for p in average.parameters()] != [p.shape for p in model.parameters()]:
        raise ValueError("fit: average is of another model; make it of this one, AveragedModel(model)")


def _check_scheduler(run: Any) -> None:
    scheduler = run.scheduler
    if isinstance(scheduler, type) or not hasattr(scheduler, "step") or not hasattr(scheduler, "state_dict"):
        raise TypeError(f"fit: scheduler is {_shown(scheduler)}; it takes one of optim.lr_scheduler, made before")
    if getattr(scheduler, "optimizer", run.optimizer) is not run.optimizer:
        raise ValueError("fit: the scheduler belongs to another optimizer")
    if isinstance(scheduler, ReduceLROnPlateau):
        if run.by_step:
            raise ValueError("fit: ReduceLROnPlateau looks at epochs; leave out schedule='step'")
        mode = "min" if run.sign > 0 else "max"
        if scheduler.mode != mode:
            raise ValueError(
                f"fit: ReduceLROnPlateau has mode={scheduler.mode!r}, but of {run.monitor} the {mode} is best; "
                f"make it with mode={mode!r}"
            )
    due = getattr(scheduler, "total_steps", None)
    steps = run.epochs * (-(-len(run.data) // run.accumulate) if run.by_step else 1)
    if due is not None and steps > due:
        raise ValueError(
            f"fit: {type(scheduler).__name__} has total_steps={due}, but {run.epochs} epochs step it {steps} times; "
            f"make it with total_steps={steps}"
        )
    if due is not None and steps < due:
        hint = "" if run.by_step else "; did you mean schedule='step'?"
        warnings.warn(
            f"fit: {type(scheduler).__name__} has total_steps={due}, but {run.epochs} epochs step it only {steps} "
            f"times{hint}",
            stacklevel=5,
        )


def monitored(monitor: str | None, mode: str | None, metrics: list[Any], validated: bool) -> tuple[str, float]:
    """The column to judge epochs by, and the sign that makes lower better."""
    prefix = "validation_" if validated else ""
    best = {f"{p}{m.name}": m.best for m in metrics for p in {"", prefix}}
    best |= {"loss": "min", f"{prefix}loss": "min"}
    asked = monitor is not None
    monitor = f"{prefix}loss" if monitor is None else monitor
    if monitor not in best:
        hint = ""
        if isinstance(monitor, str) and monitor.startswith("validation_") and not validated:
            hint = "; there is no validation"
        raise ValueError(f"fit: monitor={monitor!r} is no column of the history: {', '.join(sorted(best))}{hint}")
    if mode is not None and not asked:
        raise ValueError(f"fit: mode={mode!r} needs monitor, the column that it is said of")
    mode = best[monitor] if mode is None else choice("fit: mode", mode, ("min", "max"))
    if not mode:
        raise ValueError(f"fit: is a low or a high {monitor} better? Say mode='min' or mode='max'")
    return monitor, 1.0 if mode == "min" else -1.0


def _shown(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
