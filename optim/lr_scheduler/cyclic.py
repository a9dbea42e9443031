"""Schedules that rise and fall: cosine with warm restarts, triangles, and the one cycle of super-convergence."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from math import cos, floor, pi
from typing import Annotated, Any

from autograd.support.checks import number, size
from autograd.support.settings import Positive, Share, Size, one_of

from ..model import function_of
from ..settings import UNSAVED, OfGroups
from .base import LRScheduler


class CosineAnnealingWarmRestarts(LRScheduler):
    """lr = eta_min + (initial_lr - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2, anew after each cycle of T_i epochs.

    T_cur counts the epochs of the cycle. The first has T_0 epochs, each further one T_mult times those of the one
    before. `step(epoch)` sets the rates of any epoch, which may be a fraction, as epoch + batch / batches. Loshchilov
    and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts".

    >>> from optim import SGD
    >>> schedule = CosineAnnealingWarmRestarts(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), T_0=2)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in (0.5, 1, 1.5, 2): schedule.step(epoch); rates += schedule.get_last_lr()
    >>> [round(rate, 4) for rate in rates]
    [0.5, 0.4268, 0.25, 0.0732, 0.5]
    """

    progress = LRScheduler.progress | {"T_cur", "T_i"}

    T_0: Size
    T_mult: int = 1
    eta_min: float = 0.0
    last_epoch: int = -1

    def _setup(self) -> None:
        self.T_cur, self.T_i = self._place(self.last_epoch)
        super()._setup()

    def _place(self, epoch: float) -> tuple[float, int]:
        """How far an epoch is into its cycle, and how long that is."""
        if self.T_mult == 1 and epoch >= 0:
            return epoch % self.T_0, self.T_0
        length = self.T_0
        while epoch >= length:
            epoch -= length
            length *= self.T_mult
        return epoch, length

    def get_lr(self) -> list[float]:
        """The point of the cosine."""
        height = (1 + cos(pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (rate - self.eta_min) * height for rate in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the rates of the next epoch, or of `epoch`, which is 0 or more and may be a fraction."""
        if epoch is not None:
            epoch = number(f"{self._name}.step: epoch", epoch, 0.0, 2.0**53)
            whole, (at, length) = floor(epoch), self._place(epoch)
        else:
            whole, at, length = self.last_epoch + 1, self.T_cur + 1, self.T_i
            if at >= length:
                at, length = at - length, length * self.T_mult
        before, (self.T_cur, self.T_i) = (self.T_cur, self.T_i), (at, length)
        try:
            self._move(whole)
        except Exception:
            self.T_cur, self.T_i = before
            raise

    def _begin(self) -> None:
        self.T_cur, self.T_i = -1, self.T_0
        super()._begin()

    def _take_over(self) -> None:
        self.T_cur, self.T_i = 0, self.T_0
        super()._take_over()

    def _check_progress(self, state: Mapping[str, Any]) -> None:
        super()._check_progress(state)
        number("T_cur", state["T_cur"], 0.0, size("T_i", state["T_i"]))


class _Cycler(LRScheduler):
    """A schedule that may turn the momentum (or beta1) down while the rate is up."""

    progress = LRScheduler.progress | {"momentum"}

    def _start_momentum(self, cycle: bool) -> None:
        self.cycle_momentum = cycle
        if not cycle:
            return
        groups = self.optimizer.param_groups
        self.use_beta1 = all("betas" in group for group in groups)
        if not self.use_beta1 and not all("momentum" in group for group in groups):
            kind = type(self.optimizer).__name__
            raise ValueError(f"{self._name}: {kind} has neither momentum nor betas; pass cycle_momentum=False")
        self.base_momentums, self.max_momentums = self._each("base_momentum"), self._each("max_momentum")
        momenta = self.base_momentums + self.max_momentums
        if max(momenta) >= 1:
            raise ValueError(f"{self._name}: momentum from {min(momenta)} to {max(momenta)} is not within [0, 1)")

    def _set_momentums(self, momentums: list[float]) -> None:
        for group, momentum in zip(self.optimizer.param_groups, momentums):
            if self.use_beta1:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum

    def _in_groups(self) -> dict[str, list[float]]:
        if not self.cycle_momentum:
            return super()._in_groups()
        groups = self.optimizer.param_groups
        momentums = [float(group["betas"][0] if self.use_beta1 else group["momentum"]) for group in groups]
        return super()._in_groups() | {"momentum": momentums}

    def _check_progress(self, state: Mapping[str, Any]) -> None:
        super()._check_progress(state)
        for momentum in state.get("momentum", ()):
            number("momentum", momentum, 0.0, 1.0)

    def _restore(self, state: Mapping[str, Any]) -> None:
        super()._restore(state)
        if self.cycle_momentum:
            self._set_momentums(list(state["momentum"]))


class CyclicLR(_Cycler):
    """lr = base_lr + (max_lr - base_lr) * scale * triangle, up in `step_size_up` steps and down in `step_size_down`.

    The triangle rises from 0 to 1 and falls back. Its scale is 1 ("triangular"), 1 / 2 ** (cycle - 1) with the cycles
    counted from 1 ("triangular2"), gamma ** step ("exp_range"), or `scale_fn` of the cycle or, with `scale_mode`
    "iterations", of the step. With `cycle_momentum` momentum (of Adam's kin beta1) goes the other way, from
    max_momentum to base_momentum and back. Functions are not saved in the state. Smith 2017, "Cyclical learning rates
    for training neural networks".

    >>> from optim import SGD
    >>> optimizer = SGD([Tensor([1.0], requires_grad=True)])
    >>> schedule = CyclicLR(optimizer, base_lr=0.25, max_lr=0.75, step_size_up=2)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(4): schedule.step(); rates += schedule.get_last_lr()
    >>> rates
    [0.25, 0.5, 0.75, 0.5, 0.25]
    >>> optimizer.param_groups[0]["momentum"]
    0.9
    """

    base_lr: OfGroups = field(metadata=UNSAVED)
    max_lr: OfGroups = field(metadata=UNSAVED)
    step_size_up: Size = field(default=2000, metadata=UNSAVED)
    step_size_down: Size | None = field(default=None, metadata=UNSAVED)
    mode: Annotated[str, one_of("triangular", "triangular2", "exp_range")] = "triangular"
    gamma: float = 1.0
    scale_fn: Annotated[Callable[[float], float], function_of("the cycle or step")] | None = None
    scale_mode: Annotated[str, one_of("cycle", "iterations")] = "cycle"
    cycle_momentum: bool = True
    base_momentum: OfGroups = field(default=0.8, metadata=UNSAVED)
    max_momentum: OfGroups = field(default=0.9, metadata=UNSAVED)
    last_epoch: int = -1

    def _setup(self) -> None:
        base_lrs, self.max_lrs = self._each("base_lr"), self._each("max_lr")
        up, down = self.step_size_up, self.step_size_down
        self.total_size = up + (up if down is None else down)
        self.step_ratio = up / self.total_size
        if self.scale_fn is None:
            self.scale_fn = partial(_height, self.mode, self.gamma)
            self.scale_mode = "iterations" if self.mode == "exp_range" else "cycle"
        self._start_momentum(self.cycle_momentum)
        if self.last_epoch == -1:
            for group, rate in zip(self.optimizer.param_groups, base_lrs):
                group["lr"] = rate
        super()._setup()
        self.base_lrs = base_lrs  # another schedule may have left another "initial_lr"
        self._move(self.last_epoch)

    def get_lr(self) -> list[float]:
        """The point of the triangle; momentum is set, too."""
        cycle, steps = divmod(self.last_epoch, self.total_size)
        place = steps / self.total_size
        height = place / self.step_ratio if place <= self.step_ratio else (1 - place) / (1 - self.step_ratio)
        assert self.scale_fn is not None
        x = cycle + 1 if self.scale_mode == "cycle" else self.last_epoch
        height *= number(f"CyclicLR: scale_fn({x})", self.scale_fn(x))
        rates = self._rates([base + (top - base) * height for base, top in zip(self.base_lrs, self.max_lrs)])
        if self.cycle_momentum:
            ends = zip(self.base_momentums, self.max_momentums)
            self._set_momentums([top - (top - base) * height for base, top in ends])
        return rates


def _height(mode: str, gamma: float, x: float) -> float:
    """The height of the triangle in cycle or at step x, where no function says it."""
    if mode == "exp_range":
        return float(gamma**x)
    return float(0.5 ** (x - 1)) if mode == "triangular2" else 1.0


class OneCycleLR(_Cycler):
    """Up from max_lr / div_factor to max_lr, then down to that start / final_div_factor, in `total_steps` steps in all.

    Up for the first pct_start of the steps, along half a cosine or ("linear") a line; with `three_phase` down to the
    start in as many, and then on. With `cycle_momentum` momentum (of Adam's kin beta1) goes the other way, from
    max_momentum to base_momentum and back. `total_steps` may be given as epochs * steps_per_epoch; `step` is for
    each batch, and more than total_steps of them are a ValueError. Smith and Topin 2018, "Super-convergence".

    >>> from optim import SGD
    >>> optimizer = SGD([Tensor([1.0], requires_grad=True)])
    >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=10, anneal_strategy="linear")
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(9): schedule.step(); rates += schedule.get_last_lr()
    >>> [round(rate, 2) for rate in rates]
    [0.04, 0.52, 1.0, 0.86, 0.71, 0.57, 0.43, 0.29, 0.14, 0.0]
    """

    max_lr: OfGroups = field(metadata=UNSAVED)
    total_steps: Size | None = None
    epochs: Size | None = field(default=None, metadata=UNSAVED)
    steps_per_epoch: Size | None = field(default=None, metadata=UNSAVED)
    pct_start: Share = 0.3
    anneal_strategy: Annotated[str, one_of("cos", "linear")] = "cos"
    cycle_momentum: bool = True
    base_momentum: OfGroups = field(default=0.85, metadata=UNSAVED)
    max_momentum: OfGroups = field(default=0.95, metadata=UNSAVED)
    div_factor: Positive = field(default=25.0, metadata=UNSAVED)
    final_div_factor: Positive = field(default=1e4, metadata=UNSAVED)
    three_phase: bool = False
    last_epoch: int = -1

    def _setup(self) -> None:
        if self.total_steps is None:
            if self.epochs is None or self.steps_per_epoch is None:
                raise ValueError("OneCycleLR: pass total_steps, or epochs and steps_per_epoch")
            self.total_steps = self.epochs * self.steps_per_epoch
        if self.three_phase and self.pct_start > 0.5:
            raise ValueError(f"OneCycleLR: pct_start={self.pct_start} of the steps up and as many down: more than all")
        self.max_lrs = self._each("max_lr")
        starts = [rate / self.div_factor for rate in self.max_lrs]
        self.min_lrs = [rate / self.final_div_factor for rate in starts]
        self._start_momentum(self.cycle_momentum)
        if self.last_epoch == -1:
            for group, rate in zip(self.optimizer.param_groups, starts):
                group["initial_lr"] = rate
        super()._setup()

    def _phases(self) -> list[tuple[float, str]]:
        """The last step of each phase, and where it leads."""
        assert self.total_steps is not None
        rise = self.pct_start * self.total_steps
        down = [(2 * rise - 2, "initial")] if self.three_phase else []
        return [(rise - 1, "max"), *down, (self.total_steps - 1, "min")]

    def get_lr(self) -> list[float]:
        """The point of the cycle; momentum is set, too."""
        phases = self._phases()
        if self.last_epoch > phases[-1][0] + 1:
            what = f"OneCycleLR: step {self.last_epoch} of a cycle of total_steps={self.total_steps}"
            raise ValueError(f"{what}; step once per batch, and give as many as there will be")
        place = min(bisect_left([end for end, _ in phases], self.last_epoch), len(phases) - 1)
        begin, origin = phases[place - 1] if place else (0.0, "initial")
        end, goal = phases[place]
        # a phase of one step is its end; and so is the step after the last, which a loop makes and no batch sees
        share = min((self.last_epoch - begin) / (end - begin), 1.0) if end > begin else 1.0
        if self.cycle_momentum:
            momentums = {"initial": self.max_momentums, "max": self.base_momentums, "min": self.max_momentums}
            self._set_momentums(self._between(momentums[origin], momentums[goal], share))
        rates = {"initial": self.base_lrs, "max": self.max_lrs, "min": self.min_lrs}
        return self._between(rates[origin], rates[goal], share)

    def _between(self, starts: list[float], ends: list[float], share: float) -> list[float]:
        if self.anneal_strategy == "linear":
            return [(end - start) * share + start for start, end in zip(starts, ends)]
        return [end + (start - end) / 2.0 * (cos(pi * share) + 1) for start, end in zip(starts, ends)]
