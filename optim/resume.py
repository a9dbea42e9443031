"""What a run of `fit` leaves in its checkpoint, and how another goes on from it."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import numpy as np

from autograd import WeightsError, get_rng_state, set_rng_state
from autograd.support import archive

from .checkpoint import load_checkpoint, save_checkpoint
from .history import History

_PARTS = ("model", "average", "optimizer", "scheduler", "data", "validation")
_COUNTS = ("epoch", "batch", "step", "seconds", "best", "best_weights", "begun", "pending")


def settings_of(run: Any) -> dict[str, Any]:
    """What must be the same in a run that goes on from a checkpoint."""
    groups = [{k: v for k, v in g.items() if k != "params"} for g in run.optimizer.param_groups]
    settings = {"optimizer": type(run.optimizer).__name__}
    settings |= {f"{k} of group {i}": v for i, group in enumerate(groups) for k, v in group.items()}
    if run.scheduler is not None:
        settings |= {"scheduler": type(run.scheduler).__name__}
        settings |= {f"scheduler's {k}": v for k, v in run.scheduler.state_dict().items()}
    settings |= {name: getattr(run, name) for name in ("accumulate", "clip_norm", "clip_value", "patience", "monitor")}
    return settings | {
        "schedule": "step" if run.by_step else "epoch",
        "mode": "min" if run.sign > 0 else "max",
        "metrics": [m.name for m in run.metrics],
        "loss": _described(run.loss),
        "transform": _described(getattr(run.data, "transform", None)),
        "model": _described(run.model),
        "batches": len(run.data),
        "parts": sorted(_parts(run)),
    }


def save(run: Any) -> None:
    """Write the run's checkpoint; raises AnomalyError rather than keeping weights that are no numbers."""
    run.require_finite()
    parts, buffers = _parts(run), _buffers(run)
    state = {name: part.state_dict() for name, part in parts.items()}
    state |= {name: getattr(run, name) for name in _COUNTS}
    state |= {"sums": run.sums.state(), "random": get_rng_state(), "history": run.history.rows}
    state |= {"stopped": run.history.stopped, "settings": run.settings, "now": settings_of(run)}
    state |= {"buffers": {name: np.array(buffer.data) for name, buffer in buffers.items()}}
    state |= {"trained": [parameter.requires_grad for parameter in run.model.parameters()]}
    save_checkpoint(run.path, state)


def load(run: Any) -> None:
    """Go on from the run's checkpoint: everything fits and is loaded, or nothing is."""
    archive.remove_leftovers(run.path)
    saved, parts, buffers = load_checkpoint(run.path), _parts(run), _buffers(run)
    mend = f"{run.path!r} is the checkpoint of another run; resume=False starts anew, over it"
    try:
        # what moves during training is a position, not a setting
        fixed = {k: v for k, v in saved["settings"].items() if saved["now"].get(k) == v}
        moving = set(saved["settings"]) - set(fixed)
        changed = [
            _change(name, fixed.get(name), run.settings.get(name))
            for name in {**fixed, **run.settings}
            if name not in moving and fixed.get(name) != run.settings.get(name)
        ]
        counts = {name: saved[name] for name in _COUNTS}
        if changed:
            raise WeightsError(f"fit: {mend}\n  " + "\n  ".join(changed))
        rest = {name: saved[name] for name in ("sums", "random", "history", "stopped", "buffers", "trained", *parts)}
    except KeyError as error:
        raise WeightsError(f"fit: {mend}; it has no {error}") from None
    before = {name: part.state_dict() for name, part in parts.items()}
    try:
        for name, part in parts.items():
            part.load_state_dict(rest[name])
        for name, buffer in buffers.items():
            buffer.data = rest["buffers"][name]
    except Exception as error:
        for name, part in parts.items():
            part.load_state_dict(before[name])
        error.add_note(f"fit: {mend}")
        raise
    for name, value in counts.items():
        setattr(run, name, value)
    for parameter, trained in zip(run.model.parameters(), rest["trained"]):
        parameter.requires_grad = trained
    run.sums.load(rest["sums"])
    run.history = History(rest["history"])
    run.history.stopped = rest["stopped"] or ("epochs" if run.epoch >= run.epochs else "")
    if run.history.stopped == "epochs" and run.epoch < run.epochs:
        run.history.stopped = ""  # more of them are asked for now
    set_rng_state(rest["random"])


def _described(part: Any) -> str:
    """What it looks like, but for where it lies in memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(part))


def _change(name: str, old: Any, new: Any) -> str:
    """Both values; of long ones the first part that differs."""
    if isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        pairs = zip_longest(old.splitlines(), new.splitlines(), fillvalue="(nothing)")
        old, new = next((a.strip(), b.strip()) for a, b in pairs if a != b)
    return f"{name} was {old}, is {new}"


def _parts(run: Any) -> dict[str, Any]:
    """Whatever has a state of its own."""
    return {name: getattr(run, name) for name in _PARTS if hasattr(getattr(run, name), "load_state_dict")}


def _buffers(run: Any) -> dict[str, Any]:
    """The model's buffers that its own state leaves out."""
    return {name: buffer for name, buffer in run.model.named_buffers() if not buffer.persistent}
