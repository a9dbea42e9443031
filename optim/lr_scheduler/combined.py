"""Schedules of schedules: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from autograd import WeightsError
from autograd.support.checks import size

from ..optimizer import Optimizer, State
from .base import LRScheduler
from .decay import CosineAnnealingLR, LinearLR, ReduceLROnPlateau, ascending


class _Combined(LRScheduler):
    progress = LRScheduler.progress | {"_schedulers"}

    def _require(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
        if not isinstance(schedulers, (list, tuple)) or not schedulers:
            raise ValueError(f"{self._name}: schedulers={schedulers!r} is no list of schedules, one or more")
        for i, schedule in enumerate(schedulers):
            what = f"{self._name}: schedulers[{i}]"
            if not isinstance(schedule, LRScheduler):
                raise TypeError(f"{what} is no schedule, but {type(schedule).__name__}")
            if isinstance(schedule, ReduceLROnPlateau):
                raise ValueError(f"{what} is ReduceLROnPlateau, whose step takes a metric; step it by itself")
            if schedule.optimizer is not (schedulers[0].optimizer if optimizer is None else optimizer):
                raise ValueError(f"{what}, {type(schedule).__name__}, belongs to another optimizer")
        self._schedulers = list(schedulers)
        self.optimizer = self._optimizer(schedulers[0].optimizer)

    def _take_over(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        self._begin()

    def state_dict(self) -> State:
        """As every schedule's, with those of its parts."""
        return {**super().state_dict(), "_schedulers": [schedule.state_dict() for schedule in self._schedulers]}

    def _attributes(self) -> State:
        return {k: v for k, v in super()._attributes().items() if k != "_schedulers"}

    def _check_state(self, state: Mapping[str, Any]) -> None:
        super()._check_state(state)
        parts = state["_schedulers"]
        count = len(self._schedulers)
        if not isinstance(parts, (list, tuple)) or len(parts) != count:
            raise WeightsError(f"{self._name}.load_state_dict: _schedulers is no list of {count}, as many as here are")
        for schedule, part in zip(self._schedulers, parts):
            schedule._check_state(part)

    def _restore(self, state: Mapping[str, Any]) -> None:
        for schedule, part in zip(self._schedulers, state["_schedulers"]):
            schedule._restore(part)
        super()._restore({k: v for k, v in state.items() if k != "_schedulers"})


class SequentialLR(_Combined):
    """One schedule after the other: schedulers[i] takes over at epoch milestones[i - 1], at an epoch 0 of its own.

    There is one milestone less than there are schedules, which belong to the same optimizer. Raises TypeError or
    ValueError for what is no such schedule, and for milestones that do not ascend.

    >>> from optim import SGD
    >>> from optim.lr_scheduler import ConstantLR, ExponentialLR
    >>> optimizer = SGD([Tensor([1.0], requires_grad=True)], lr=0.5)
    >>> parts = [ConstantLR(optimizer, factor=0.5), ExponentialLR(optimizer, gamma=0.5)]
    >>> schedule = SequentialLR(optimizer, parts, milestones=[2])
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(3): schedule.step(); rates += schedule.get_last_lr()
    >>> rates
    [0.25, 0.25, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        self._require(schedulers, self._optimizer(optimizer))
        self._milestones = ascending("SequentialLR: milestones", milestones)
        count, given = len(schedulers), len(self._milestones)
        if given != count - 1:
            raise ValueError(f"SequentialLR: {count} schedules need {count - 1} milestones, not {given}")
        last_epoch = size("SequentialLR: last_epoch", last_epoch, -1)
        self._take_over()
        for _ in range(last_epoch + 1):
            self.step()

    def _begin(self) -> None:
        self.last_epoch = 0
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:
        """Step the schedule whose turn it is."""
        epoch = self.last_epoch + 1
        index = bisect_right(self._milestones, epoch)
        schedule = self._schedulers[index]
        if index and self._milestones[index - 1] == epoch:
            schedule._take_over()
        else:
            schedule.step()
        self.last_epoch = epoch
        self._last_lr = schedule.get_last_lr()


class ChainedScheduler(_Combined):
    """All schedules at once: each step steps them in their order, so that their factors multiply.

    They belong to the same optimizer. Raises TypeError or ValueError for what is no such schedule.

    >>> from optim import SGD
    >>> from optim.lr_scheduler import ConstantLR, ExponentialLR
    >>> optimizer = SGD([Tensor([1.0], requires_grad=True)], lr=0.5)
    >>> schedule = ChainedScheduler([ConstantLR(optimizer, factor=0.5), ExponentialLR(optimizer, gamma=0.5)])
    >>> schedule.step(); schedule.get_last_lr()
    [0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self._require(schedulers, optimizer)
        self._last_lr = self._times(1.0)

    def _begin(self) -> None:
        for schedule in self._schedulers:
            schedule._begin()
        self._last_lr = self._times(1.0)

    def step(self) -> None:
        """Step each schedule."""
        for schedule in self._schedulers:
            schedule.step()
        self._last_lr = self._times(1.0)


class _HalfCosine(CosineAnnealingLR):
    """A cosine that stays at its lowest."""

    def _proportion(self, epoch: int) -> float:
        return super()._proportion(min(epoch, self.T_max))


def warmup_cosine(
    optimizer: Optimizer, warmup_steps: int, total_steps: int, start_factor: float = 0.01, eta_min: float = 0.0
) -> SequentialLR:
    """Warm-up along a line from lr * start_factor to lr in `warmup_steps`, then half a cosine down to `eta_min`.

    The lowest rate is that of step `total_steps` and of all later ones. As transformers are mostly trained. "lr" is
    that of the groups or, where an earlier schedule left one there, their "initial_lr". Raises TypeError or ValueError
    for steps that are no integers, or no more than warmup_steps in all.

    >>> from optim import SGD
    >>> schedule = warmup_cosine(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), 2, 6, start_factor=0.5)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(7): schedule.step(); rates += schedule.get_last_lr()
    >>> [round(rate, 4) for rate in rates]
    [0.25, 0.375, 0.5, 0.4268, 0.25, 0.0732, 0.0, 0.0]
    """
    warmup_steps = size("warmup_cosine: warmup_steps", warmup_steps, 0)
    total_steps = size("warmup_cosine: total_steps", total_steps)
    if total_steps <= warmup_steps:
        raise ValueError(f"warmup_cosine: warmup_steps={warmup_steps} leave nothing of total_steps={total_steps}")
    warmup = LinearLR(optimizer, start_factor, total_iters=max(warmup_steps, 1))
    cosine = _HalfCosine(optimizer, total_steps - warmup_steps, eta_min)
    return SequentialLR(optimizer, [warmup, cosine], [warmup_steps])
