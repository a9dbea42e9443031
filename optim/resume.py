"""What a run of `fit` leaves in its checkpoint, and how another goes on from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from itertools import zip_longest
from typing import Any

import numpy as np

from autograd import WeightsError, get_rng_state, set_rng_state
from autograd.support import archive
from autograd.support.checks import fitted, flag, number, size
from autograd.support.settings import one_of

from .arguments import Settings
from .checkpoint import load_checkpoint, save_checkpoint
from .history import History
from .metrics import Tally
from .model import Weights
from .optimizer import State

VERSION = 1  # of what a run's checkpoint holds; a file that says none is of the first


@dataclass
class Progress:
    """Where a run stands; a checkpoint holds all of it."""

    sums: Tally  # over the batches of this epoch
    history: History = field(default_factory=History)
    epoch: int = 0  # all done so far
    batch: int = 0  # of this epoch
    step: int = 0  # of all epochs
    seconds: float = 0.0  # of this epoch
    best: tuple[float, int] | None = None  # the value, and its epoch
    best_weights: Weights | None = None
    begun: State | None = None  # the random state at the start of the epoch
    pending: bool = False  # the callback has not seen the last epoch yet

    def state_dict(self) -> State:
        """All of it, in what a checkpoint takes."""
        history = {"history": self.history.rows, "stopped": self.history.stopped}
        return {**vars(self), "sums": self.sums.state_dict(), **history}

    @classmethod
    def of(cls, state: State, settings: Settings) -> Progress:
        """That of which `state_dict` was the state; KeyError, TypeError or ValueError for what can be none."""
        for name in ("epoch", "batch", "step"):
            size(name, state[name], 0)
        number("seconds", state["seconds"], 0.0)
        flag("pending", state["pending"])
        best, weights = state["best"], state["best_weights"]
        if best is not None:
            number("best", best[0]), size("best", best[1], 0)
        if weights is not None:
            mine = settings.judged.state_dict()
            if weights.keys() != mine.keys():
                raise ValueError("its best weights are those of another model")
            weights = {name: fitted(weights[name], own.shape, own.dtype, "the model's") for name, own in mine.items()}
        history = History(state["history"])
        history.stopped = one_of("", "epochs", "patience", "interrupted")("stopped", state["stopped"])
        # a file of 0.1.0 says no weight: it was the count
        sums = Tally(**{"metrics": settings.measures, "weight": float(state["sums"]["count"]), **state["sums"]})
        number("loss", sums.loss), number("weight", sums.weight, 0.0), size("count", sums.count, 0)
        if len(sums.statistics) != (len(sums.metrics) if sums.count else 0):
            raise ValueError("it has the sums of other metrics")
        now = {"sums": sums, "history": history, "best_weights": weights}
        return cls(**{f.name: state[f.name] for f in fields(cls)} | now)


def fixed(settings: Settings) -> State:
    """What must be the same in a run that goes on from a checkpoint, and what of it moves in training."""
    groups = [{k: v for k, v in g.items() if k != "params"} for g in settings.optimizer.param_groups]
    found: State = {"optimizer": type(settings.optimizer).__name__}
    found |= {f"{k} of group {i}": v for i, group in enumerate(groups) for k, v in group.items()}
    if settings.scheduler is not None:
        found |= {"scheduler": type(settings.scheduler).__name__}
        found |= {f"scheduler's {k}": v for k, v in settings.scheduler.state_dict().items()}
    found |= {f.name: getattr(settings, f.name) for f in fields(settings) if f.metadata.get("same")}
    transform = getattr(settings.data, "transform", None)
    described = {"loss": settings.loss, "transform": transform, "model": settings.model}
    if settings.comm is not None:  # a file of one process that knew nothing of others goes on
        found |= {"processes": settings.comm.size, "sync_batch_norm": settings.sync_batch_norm}
    found |= {"metrics": [m.name for m in settings.measures]} | {k: _described(v) for k, v in described.items()}
    return found | {"batches": len(settings.data), "parts": sorted(_parts(settings))}


def save(settings: Settings, progress: Progress, begun: State) -> None:
    """Write a run's checkpoint; `begun` is what was `fixed` before its first step."""
    state = {name: part.state_dict() for name, part in _parts(settings).items()} | progress.state_dict()
    state |= {"random": get_rng_state(), "settings": begun, "now": fixed(settings), "version": VERSION}
    state |= {"buffers": {name: np.array(buffer.data) for name, buffer in _buffers(settings).items()}}
    state |= {"trained": [parameter.requires_grad for parameter in settings.model.parameters()]}
    if settings.comm is not None:  # what each process has of its own
        own = {name: state[name] for name in ("random", "begun", "sums")}
        state["processes"] = settings.comm.gather(own)
    if settings.leads:
        save_checkpoint(str(settings.checkpoint), state)


def load(settings: Settings) -> Progress:
    """Bring a run where its checkpoint is: everything fits and is loaded, or nothing is."""
    path, comm = str(settings.checkpoint), settings.comm
    if settings.leads:
        archive.remove_leftovers(path)
    saved = load_checkpoint(path) if comm is None else comm.bcast(load_checkpoint(path) if settings.leads else None)
    mend = f"{path!r} is the checkpoint of another run; resume=False starts anew, over it"
    try:
        if saved.get("version", 1) != VERSION:
            raise WeightsError(f"fit: its version is {saved['version']}, and this library writes version {VERSION}")
        changed = _changes(saved["settings"], saved["now"], fixed(settings))
        if changed:
            raise WeightsError("fit: the settings differ\n  " + "\n  ".join(changed))
        if comm is not None and "processes" in saved:
            saved |= saved["processes"][comm.rank]
        progress = Progress.of(saved, settings)
        _write(settings, saved, progress)
    except WeightsError as error:
        error.add_note(f"fit: {mend}")
        raise
    except MemoryError:
        raise
    except Exception as error:
        found = f"it has no {error}" if isinstance(error, KeyError) else error
        raise WeightsError(f"fit: {mend}; {found}") from error
    if progress.history.stopped in ("", "epochs"):  # more of them may be asked for now, or less
        progress.history.stopped = "epochs" if progress.epoch >= settings.epochs else ""
    return progress


def _write(settings: Settings, saved: State, progress: Progress) -> None:
    """Load each part's state, the random state last; after an error or Ctrl-C all is as it was."""
    parts, buffers, parameters = _parts(settings), _buffers(settings), list(settings.model.parameters())
    trained = [flag("trained", learns) for learns in saved["trained"]]
    if len(trained) != len(parameters):
        raise ValueError(f"it says of {len(trained)} parameters whether they are trained, not of {len(parameters)}")
    before = {name: part.state_dict() for name, part in parts.items()}, get_rng_state()
    buffered, learned = [b.data for b in buffers.values()], [p.requires_grad for p in parameters]
    try:
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        for name, buffer in buffers.items():
            buffer.data = fitted(saved["buffers"][name], buffer.shape, buffer.dtype, "the model's")
        for parameter, learns in zip(parameters, trained):
            parameter.requires_grad = learns
        for state in [saved["random"] if progress.begun is None else progress.begun, saved["random"]]:
            set_rng_state(state)
    except BaseException:
        for name, part in parts.items():
            part.load_state_dict(before[0][name])
        for buffer, values in zip(buffers.values(), buffered):
            buffer.data = values
        for parameter, learns in zip(parameters, learned):
            parameter.requires_grad = learns
        set_rng_state(before[1])
        raise


def _changes(begun: State, later: State, now: State) -> list[str]:
    """What differs between two runs, in words; what moved in training is a position, not a setting."""
    moved = {name for name, value in begun.items() if later.get(name) != value}
    names = [name for name in {**begun, **now} if name not in moved]
    return [_change(name, begun.get(name), now.get(name)) for name in names if begun.get(name) != now.get(name)]


def _described(part: object) -> str:
    """What it looks like, but for where it lies in memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(part))


def _change(name: str, old: object, new: object) -> str:
    """Both values; of long ones the first part that differs."""
    if isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        pairs = zip_longest(old.splitlines(), new.splitlines(), fillvalue="(nothing)")
        old, new = next((a.strip(), b.strip()) for a, b in pairs if a != b)
    return f"{name} was {old}, is {new}"


def _parts(settings: Settings) -> dict[str, Any]:
    """Whatever has a state of its own."""
    parts = {f.name: getattr(settings, f.name) for f in fields(settings) if f.metadata.get("part")}
    return {name: part for name, part in parts.items() if hasattr(part, "load_state_dict")}


def _buffers(settings: Settings) -> dict[str, Any]:
    """The model's buffers that its own state leaves out."""
    return {name: buffer for name, buffer in settings.model.named_buffers() if not buffer.persistent}
