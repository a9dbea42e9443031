"""LRScheduler: what all schedules share. An author of a new one writes `get_lr`, the rates of `self.last_epoch`."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from autograd import WeightsError
from autograd.checks import number, size

# lists with one number for each group of the optimizer
_OF_GROUPS = {
    *("lr", "momentum", "_last_lr", "base_lrs", "max_lrs", "min_lrs", "swa_lrs", "base_momentums", "max_momentums"),
}


class LRScheduler:
    """Sets "lr" of each group of an optimizer, at once and then at each `step()`, once per epoch or per batch.

    The first rates are those of epoch 0, made from the "lr" that the groups have, which stays there as "initial_lr".
    Schedules that multiply the present rate multiply each other where several share an optimizer. A new one defines
    `get_lr`; attributes that are numbers, strings or lists of them are its state, the rest is not saved.

    To resume, call `load_state_dict`. `last_epoch=k`, which PyTorch has for it, begins with the rates of epoch k + 1,
    where groups have an "initial_lr"; schedules that multiply take "lr" for that of epoch k + 1 or, if they
    change it at few epochs only (StepLR, MultiStepLR, ConstantLR), of epoch k.

    Raises TypeError for what is no optimizer, ValueError for arguments out of range.

    >>> from optim import SGD
    >>> class Halving(LRScheduler):
    ...     def get_lr(self):
    ...         return [rate / 2**self.last_epoch for rate in self.base_lrs]
    >>> schedule = Halving(SGD([Tensor([1.0], requires_grad=True)], lr=0.8))
    >>> schedule.step(); schedule.step(); schedule.get_last_lr()
    [0.2]
    """

    _is_initial = False  # get_lr is asked for the first rates, which a schedule that multiplies leaves alone

    def __init__(self, optimizer: Any, last_epoch: int = -1) -> None:
        self.optimizer = self._optimizer(optimizer)
        self.last_epoch = size(f"{self._name}: last_epoch", last_epoch, -1)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{self._name}: last_epoch={last_epoch} resumes a schedule, but group {i} has no 'initial_lr'; "
                    "load the optimizer's state first, or leave last_epoch out"
                )
        self.base_lrs = [float(group["initial_lr"]) for group in optimizer.param_groups]
        self._initial_step()

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _optimizer(self, optimizer: Any) -> Any:
        groups = getattr(optimizer, "param_groups", None)
        if not isinstance(groups, list) or not all(isinstance(g, dict) and "lr" in g for g in groups):
            raise TypeError(f"{self._name}({type(optimizer).__name__}, ...): the first argument is an optimizer")
        return optimizer

    def _each(self, name: str, value: Any, low: float = 0.0) -> list[float]:
        """One number for each group, from one for all or a list of them."""
        count = len(self.optimizer.param_groups)
        if not isinstance(value, (list, tuple)):
            return [number(f"{self._name}: {name}", value, low)] * count
        if len(value) != count:
            raise ValueError(f"{self._name}: {name} has {len(value)} values, the optimizer {count} groups")
        return [number(f"{self._name}: {name}[{i}]", v, low) for i, v in enumerate(value)]

    def _times(self, factors: float | list[float]) -> list[float]:
        """The present rates times a factor, one for all groups or a list with one for each."""
        groups = self.optimizer.param_groups
        factors = factors if isinstance(factors, list) else [factors] * len(groups)
        return [float(group["lr"] * factor) for group, factor in zip(groups, factors)]

    # stepping

    def get_lr(self) -> list[float]:
        """The rates of epoch `last_epoch`, one for each group; each schedule defines its own. See `get_last_lr`."""
        raise NotImplementedError(f"{self._name} defines no get_lr(self)")

    def get_last_lr(self) -> list[float]:
        """The rates that the last step set, one for each group."""
        return list(self._last_lr)

    def step(self) -> None:
        """Set the rates of the next epoch; call it after the optimizer's step."""
        self._move(self.last_epoch + 1)

    def _move(self, epoch: int, first: bool = False) -> None:
        """Set the rates of an epoch, or leave all as it is if that is an error."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.base_lrs):
            raise ValueError(
                f"{self._name} was made for {len(self.base_lrs)} groups, and the optimizer has {len(groups)} now; "
                "make the schedule after the last add_param_group"
            )
        before, self.last_epoch = self.last_epoch, epoch
        try:
            rates = [float(rate) for rate in (self._first_lr() if first else self.get_lr())]
        except Exception:
            self.last_epoch = before
            raise
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = rates

    def _initial_step(self) -> None:
        self._is_initial = True
        try:
            self.step()
        finally:
            del self._is_initial

    # as a part of a SequentialLR

    def _begin(self) -> None:
        """Start at epoch 0 as if just made."""
        self.last_epoch = -1
        self._initial_step()

    def _take_over(self) -> None:
        """Start at epoch 0 with the initial rates, whatever the present ones are."""
        self._move(0, first=True)

    def _first_lr(self) -> list[float]:
        return self.get_lr()

    # saving

    def __repr__(self) -> str:
        """The state."""
        shown = (f"{k}={v}" for k, v in self.state_dict().items() if not k.startswith("_") and k != "schedule")
        return f"{self._name}({', '.join(shown)})"

    def state_dict(self) -> dict[str, Any]:
        """A copy of what a later run needs to go on as this one would; it fits into JSON.

        Numbers, strings and lists under the names of the attributes, with the present "lr" of the groups, so that it
        does not matter in which order optimizer and schedules are loaded. Functions are not saved.
        """
        own = {k: deepcopy(v) for k, v in vars(self).items() if k != "optimizer" and _kind(v)}
        return {"schedule": self._name, "lr": [float(g["lr"]) for g in self.optimizer.param_groups], **own}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned, with its settings, and set the rates of the optimizer: all or nothing.

        Raises WeightsError for the state of another schedule or for another number of groups.
        """
        self._check_state(state_dict)
        self._restore(state_dict)

    def _check_state(self, state: Any) -> None:
        what = f"{self._name}.load_state_dict"
        if not isinstance(state, Mapping):
            raise WeightsError(f"{what} takes what state_dict() returned, not {type(state).__name__}")
        if state.get("schedule") != self._name:
            raise WeightsError(f"{what}: the state is of schedule={state.get('schedule')!r}; nothing was loaded")
        mine = self.state_dict()
        if set(state) != set(mine):
            names = ", ".join(sorted(set(state) ^ set(mine)))
            raise WeightsError(f"{what}: {names} is only in the state or only in this schedule; nothing was loaded")
        count = len(self.optimizer.param_groups)
        for name, value in state.items():
            if name in _OF_GROUPS and (not isinstance(value, (list, tuple)) or len(value) != count):
                raise WeightsError(
                    f"{what}: {name}={value!r}, and the optimizer has {count} groups; nothing was loaded"
                )
            if _kind(value) != _kind(mine[name]):
                raise WeightsError(f"{what}: {name}={value!r}, where {mine[name]!r} is now; nothing was loaded")

    def _restore(self, state: Mapping[str, Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, state["lr"]):
            group["lr"] = rate
        vars(self).update({k: deepcopy(v) for k, v in state.items() if k not in ("schedule", "lr")})


def _kind(value: Any) -> str:
    """What kind of state it is; "" for what is none."""
    if isinstance(value, (list, tuple)):
        return "list" if all(_kind(v) for v in value) else ""
    if isinstance(value, (bool, str)):
        return type(value).__name__
    return "number" if value is None or isinstance(value, (int, float)) else ""
