"""Schedules that lower the rate: by a function, in steps, along a line or a curve, or when nothing improves."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from math import cos, inf, isfinite, isinf, isnan, pi
from typing import Annotated, Any, SupportsFloat

from autograd.support.checks import number, size
from autograd.support.settings import Count, FiniteNotNegative, Share, Size, one_of

from ..optimizer import State
from ..settings import UNSAVED, Fraction, OfGroups
from .base import LRScheduler


def ascending(what: str, milestones: Iterable[int]) -> list[int]:
    """Milestones as a list of integers from 0 on; ValueError where one is less than the one before."""
    if not isinstance(milestones, Iterable) or isinstance(milestones, str):
        raise TypeError(f"{what}={milestones!r} is no list of epochs")
    epochs = [size(f"{what}[{i}]", epoch, 0) for i, epoch in enumerate(milestones)]
    if epochs != sorted(epochs):
        raise ValueError(f"{what}={epochs} do not ascend")
    return epochs


class _OfFunctions(LRScheduler):
    lr_lambda: Callable[[int], float] | list[Callable[[int], float]]
    last_epoch: int = -1

    def _setup(self) -> None:
        self.lr_lambdas = self._each("lr_lambda", "functions")
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"{self._name}: lr_lambda={function!r} is no function of the epoch")
        super()._setup()

    def _factors(self) -> list[float]:
        what = f"{self._name}: lr_lambda({self.last_epoch})"
        return [number(what, function(self.last_epoch), 0.0) for function in self.lr_lambdas]


class LambdaLR(_OfFunctions):
    """lr = initial_lr * lr_lambda(epoch), with one function for all groups or a list with one for each.

    Functions are not saved in the state. Raises TypeError or ValueError for another number of functions, or where one
    returns no number from 0 on.

    >>> from optim import SGD
    >>> schedule = LambdaLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), lambda epoch: 1 / (1 + epoch))
    >>> schedule.step(); schedule.get_last_lr()
    [0.25]
    """

    def get_lr(self) -> list[float]:
        """The initial rates times the functions' values."""
        return [rate * factor for rate, factor in zip(self.base_lrs, self._factors())]


class MultiplicativeLR(_OfFunctions):
    """lr *= lr_lambda(epoch) at each epoch from 1 on, with one function for all groups or a list with one for each.

    Functions are not saved in the state. Raises as `LambdaLR`.

    >>> from optim import SGD
    >>> schedule = MultiplicativeLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), lambda epoch: 0.5)
    >>> schedule.step(); schedule.step(); schedule.get_last_lr()
    [0.125]
    """

    def get_lr(self) -> list[float]:
        """The present rates times the functions' values."""
        return self._times(1.0 if self._is_initial else self._factors())


class _Proportional(LRScheduler):
    """A schedule that gives a proportion of the initial rate, and multiplies the present one by how that changes."""

    _seldom = False  # it changes at few epochs only
    eta_min = 0.0  # proportions are of what is above

    def _proportion(self, epoch: int) -> float:
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        """The present rates, times the quotient of this epoch's proportion and the last one's."""
        epoch, rates, low = self.last_epoch, self._times(1.0), self.eta_min
        now, before = self._proportion(epoch), self._proportion(epoch - 1) if epoch else 1.0
        if now == before or (epoch and self._is_initial and not self._seldom):
            return rates
        if not before:  # from the bottom no factor leads up
            return [rate + (top - low) * now for rate, top in zip(rates, self.base_lrs)]
        return [low + (rate - low) * (now / before) for rate in rates]

    def _take_over(self) -> None:
        self._move(0, self._first_lr)

    def _first_lr(self) -> list[float]:
        return [self.eta_min + (rate - self.eta_min) * self._proportion(0) for rate in self.base_lrs]


class StepLR(_Proportional):
    """lr = initial_lr * gamma ** (epoch // step_size).

    >>> from optim import SGD
    >>> schedule = StepLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), step_size=2, gamma=0.5)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(4): schedule.step(); rates += schedule.get_last_lr()
    >>> rates
    [0.5, 0.5, 0.25, 0.25, 0.125]
    """

    _seldom = True

    step_size: Size
    gamma: float = 0.1
    last_epoch: int = -1

    def _proportion(self, epoch: int) -> float:
        return self.gamma ** (epoch // self.step_size)


class MultiStepLR(_Proportional):
    """lr = initial_lr * gamma ** (the count of milestones up to the epoch); `milestones` ascend.

    >>> from optim import SGD
    >>> schedule = MultiStepLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), milestones=[1, 3], gamma=0.5)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(3): schedule.step(); rates += schedule.get_last_lr()
    >>> rates
    [0.5, 0.25, 0.25, 0.125]
    """

    _seldom = True

    milestones: Annotated[Sequence[int], ascending]
    gamma: float = 0.1
    last_epoch: int = -1

    def _proportion(self, epoch: int) -> float:
        return self.gamma ** bisect_right(self.milestones, epoch)


class ExponentialLR(_Proportional):
    """lr = initial_lr * gamma ** epoch.

    >>> from optim import SGD
    >>> schedule = ExponentialLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), gamma=0.5)
    >>> schedule.step(); schedule.step(); schedule.get_last_lr()
    [0.125]
    """

    gamma: FiniteNotNegative
    last_epoch: int = -1

    def _proportion(self, epoch: int) -> float:
        return self.gamma**epoch


class ConstantLR(_Proportional):
    """lr = initial_lr * factor for the first `total_iters` epochs, then initial_lr.

    >>> from optim import SGD
    >>> schedule = ConstantLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), factor=0.5, total_iters=2)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(3): schedule.step(); rates += schedule.get_last_lr()
    >>> rates
    [0.25, 0.25, 0.5, 0.5]
    """

    _seldom = True

    factor: Fraction = 1.0 / 3  # by which the rate is divided in the end
    total_iters: int = 5
    last_epoch: int = -1

    def _proportion(self, epoch: int) -> float:
        return self.factor if epoch < self.total_iters else 1.0


class LinearLR(_Proportional):
    """lr = initial_lr * (start_factor + (end_factor - start_factor) * min(epoch / total_iters, 1)): warm-up, mostly.

    Goyal et al. 2017, "Accurate, large minibatch SGD".

    >>> from optim import SGD
    >>> schedule = LinearLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), start_factor=0.5, total_iters=2)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(3): schedule.step(); rates += schedule.get_last_lr()
    >>> rates
    [0.25, 0.375, 0.5, 0.5]
    """

    start_factor: Fraction = 1.0 / 3  # a rate is a multiple of the one before
    end_factor: Share = 1.0
    total_iters: int = 5
    last_epoch: int = -1

    def _proportion(self, epoch: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * min(epoch / self.total_iters, 1.0)


class PolynomialLR(_Proportional):
    """lr = initial_lr * (1 - min(epoch / total_iters, 1)) ** power.

    Chen et al. 2017, "DeepLab", with a power of 0.9.

    >>> from optim import SGD
    >>> schedule = PolynomialLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), total_iters=4, power=2.0)
    >>> schedule.step(); schedule.step(); schedule.get_last_lr()
    [0.125]
    """

    total_iters: int = 5
    power: float = 1.0
    last_epoch: int = -1

    def _proportion(self, epoch: int) -> float:
        return float((1.0 - min(epoch / self.total_iters, 1.0)) ** self.power)


class CosineAnnealingLR(_Proportional):
    """lr = eta_min + (initial_lr - eta_min) * (1 + cos(pi * epoch / T_max)) / 2; it rises again after T_max.

    Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts" (without the restarts).

    >>> from optim import SGD
    >>> schedule = CosineAnnealingLR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), T_max=4)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(4): schedule.step(); rates += schedule.get_last_lr()
    >>> [round(rate, 4) for rate in rates]
    [0.5, 0.4268, 0.25, 0.0732, 0.0]
    """

    T_max: Size
    eta_min: float = 0.0
    last_epoch: int = -1

    def _proportion(self, epoch: int) -> float:
        return (1.0 + cos(pi * epoch / self.T_max)) / 2.0


class ReduceLROnPlateau(LRScheduler):
    """lr = max(lr * factor, min_lr) once a metric has not improved for more than `patience` epochs.

    `mode` "min" takes a metric that should fall, "max" one that should rise. It improves if it passes the best so far
    by `threshold` times the best ("rel") or by `threshold` ("abs"). After a reduction `cooldown` epochs do not count.
    Reductions of no more than `eps` are not done. `min_lr` may be a list with one for each group. `step` takes the
    metric as a number. For metrics below 0 use threshold_mode="abs": there "rel", as in PyTorch, takes somewhat
    worse ones for better. Raises ValueError for a metric that is nan, TypeError for one that is no number.

    >>> from optim import SGD
    >>> schedule = ReduceLROnPlateau(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), factor=0.5, patience=1)
    >>> for loss in (2.0, 1.0, 1.0, 1.0): schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.25]
    """

    progress = LRScheduler.progress | {"best", "cooldown_counter", "num_bad_epochs", "min_lrs"}

    mode: Annotated[str, one_of("min", "max")] = "min"
    factor: float = 0.1
    patience: Count = 10
    threshold: float = 1e-4
    threshold_mode: Annotated[str, one_of("rel", "abs")] = "rel"
    cooldown: int = 0
    min_lr: OfGroups = field(default=0, metadata=UNSAVED)
    eps: float = 1e-8

    def _setup(self) -> None:
        if self.factor >= 1:
            raise ValueError(f"ReduceLROnPlateau: factor={self.factor} would not reduce; it is less than 1")
        self.min_lrs = self._each("min_lr")
        self.default_min_lr = None if isinstance(self.min_lr, list) else self.min_lr
        self.last_epoch = self.cooldown_counter = self.num_bad_epochs = 0
        self.best = self.mode_worse
        self._last_lr = self._times(1.0)

    @property
    def mode_worse(self) -> float:
        """The metric that any other improves on."""
        return inf if self.mode == "min" else -inf

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs do not count for now."""
        return self.cooldown_counter > 0

    def step(self, metrics: SupportsFloat) -> None:  # type: ignore[override]
        """Note the epoch's metric, and reduce the rates if it has not improved for long enough."""
        current = self._metric(metrics)
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise ValueError(f"ReduceLROnPlateau: {len(self.min_lrs)} min_lr, and now {len(groups)} groups")
            self.min_lrs = [self.default_min_lr] * len(groups)
        self.last_epoch += 1
        if self._improves(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
            for group, least in zip(groups, self.min_lrs):
                reduced = max(group["lr"] * self.factor, least)
                if group["lr"] - reduced > self.eps:
                    group["lr"] = reduced
        self._last_lr = self._times(1.0)

    def _metric(self, metrics: SupportsFloat) -> float:
        try:
            current = float(metrics)
        except (TypeError, ValueError):
            raise TypeError(f"ReduceLROnPlateau.step(metrics): {metrics!r} is not a number") from None
        if isnan(current) or current == -self.mode_worse:
            raise ValueError(f"ReduceLROnPlateau.step(metrics): {current} is nothing that a later one could improve on")
        return current

    def _improves(self, current: float) -> bool:
        sign = -1.0 if self.mode == "min" else 1.0
        if isinf(self.best):
            return isfinite(current)
        if self.threshold_mode == "rel":
            return sign * current > sign * self.best * (1.0 + sign * self.threshold)
        return sign * current > sign * (self.best + sign * self.threshold)

    def _attributes(self) -> State:
        """`best` is None before the first metric, since JSON knows no infinity."""
        return {**super()._attributes(), "best": None if isinf(self.best) else self.best}

    def _check_progress(self, state: Mapping[str, Any]) -> None:
        super()._check_progress(state)
        for name in ("cooldown_counter", "num_bad_epochs"):
            size(name, state[name], 0)

    def _restore(self, state: Mapping[str, Any]) -> None:
        super()._restore(state)
        self.best = self.mode_worse if state["best"] is None else state["best"]
