"""LRScheduler: what all schedules share. An author of a new one writes `get_lr`, the rates of `self.last_epoch`."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from math import inf, isfinite
from numbers import Real
from typing import Any, ClassVar

from autograd import WeightsError
from autograd.support.checks import size
from autograd.support.settings import Settings

from ..optimizer import Optimizer, State

# of what steps change, lists with one number for each group of the optimizer
_OF_GROUPS = {"lr", "momentum", "_last_lr", "base_lrs", "min_lrs"}


@dataclass(init=False, repr=False, eq=False)
class LRScheduler(Settings):
    """Sets "lr" of each group of an optimizer, at once and then at each `step()`, once per epoch or per batch.

    The first rates are those of epoch 0, made from the "lr" that the groups have, which stays there as "initial_lr".
    Where an earlier schedule left an "initial_lr", that one counts as the initial rate, and not the present "lr",
    which only schedules that multiply it go on from; delete it from the groups to start anew. Schedules that multiply
    the present rate multiply each other where several share an optimizer.

    A new one defines `get_lr`, and its settings as annotated fields, the last of them `last_epoch: int = -1`, or in an
    `__init__` of its own. Its attributes are its state: finite numbers, strings, None and lists of them;
    functions are not saved. It adds to `progress` those that steps change; the others are its settings.

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

    progress: ClassVar[frozenset[str]] = frozenset({"last_epoch", "base_lrs", "_last_lr", "lr"})

    _by_default = True
    _is_initial = False  # get_lr is asked for the first rates, which a schedule that multiplies leaves alone

    optimizer: Optimizer

    def __post_init__(self) -> None:
        self._optimizer(self.optimizer)
        super().__post_init__()

    def _setup(self) -> None:
        """Begin, with the settings checked; a schedule may compute before what follows from them."""
        LRScheduler.__init__(self, self.optimizer, getattr(self, "last_epoch", -1))

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = self._optimizer(optimizer)
        self.last_epoch = size(f"{self._name}: last_epoch", last_epoch, -1)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                what = f"{self._name}: last_epoch={last_epoch} resumes a schedule, but group {i} has no 'initial_lr'"
                raise ValueError(f"{what}; load the optimizer's state first, or leave last_epoch out")
        self.base_lrs = [float(group["initial_lr"]) for group in optimizer.param_groups]
        self._initial_step()

    def _optimizer(self, optimizer: Optimizer) -> Optimizer:
        groups = getattr(optimizer, "param_groups", None)
        if not isinstance(groups, list) or not all(isinstance(g, dict) and "lr" in g for g in groups):
            raise TypeError(f"{self._name}({type(optimizer).__name__}, ...): the first argument is an optimizer")
        return optimizer

    def _each(self, name: str, kind: str = "values") -> list[Any]:
        """One value for each group, from a setting that is one for all or a list of them."""
        given, count = getattr(self, name), len(self.optimizer.param_groups)
        values = list(given) if isinstance(given, (list, tuple)) else [given] * count
        if len(values) != count:
            raise ValueError(f"{self._name}: {name} has {len(values)} {kind}, the optimizer {count} groups")
        return values

    def _rates(self, rates: object) -> list[float]:
        """What `get_lr` returned, if it is a finite number for each group."""
        what = f"{self._name}: get_lr of epoch {self.last_epoch}"
        count = len(self.base_lrs)
        given = list(rates) if isinstance(rates, Iterable) and not isinstance(rates, str) else []
        if len(given) != count or not all(isinstance(rate, Real) for rate in given):
            raise TypeError(f"{what} returned {rates!r}; it returns a list of rates, one for each of {count} groups")
        if not all(map(isfinite, given)):
            raise ValueError(f"{what} returned {given}, which is not finite; all rates are as they were")
        return [float(rate) for rate in given]

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

    def _move(self, epoch: int, get_lr: Callable[[], list[float]] | None = None) -> None:
        """Set the rates of an epoch, or leave all as it is if that is an error."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.base_lrs):
            what = f"{self._name} was made for {len(self.base_lrs)} groups, and the optimizer has {len(groups)} now"
            raise ValueError(f"{what}; make the schedule after the last add_param_group")
        before, self.last_epoch = self.last_epoch, epoch
        try:
            rates = self._rates((get_lr or self.get_lr)())
        except Exception:
            self.last_epoch = before
            raise
        for group, rate in zip(groups, rates):
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
        self._move(0)

    # saving

    def __repr__(self) -> str:
        """The rates, and the state."""
        shown = {"lr": self._times(1.0)} | {k: v for k, v in self._attributes().items() if k[0] != "_" and _kind(v)}
        return f"{self._name}({', '.join(f'{k}={v}' for k, v in shown.items())})"

    def _in_groups(self) -> dict[str, list[float]]:
        """What it sets in the groups, as it is there now."""
        return {"lr": self._times(1.0)}

    def _attributes(self) -> State:
        """What there is to save."""
        left_out = {"optimizer"} | {f.name for f in fields(self) if not f.metadata.get("saved", True)}
        return {k: v for k, v in vars(self).items() if k not in left_out and not _of_functions(v)}

    def state_dict(self) -> State:
        """A copy of what a later run needs to go on as this one would; it fits into JSON.

        Numbers, strings and lists under the names of the attributes, with the present "lr" of the groups, so that it
        does not matter in which order optimizer and schedules are loaded. Functions are not saved; TypeError for
        attributes of other kinds, such as arrays.
        """
        own = self._attributes()
        for name, value in own.items():
            if not _kind(value):
                what = f"the attribute {name} is {type(value).__name__} ({str(value)[:40]})"
                rule = "a state holds finite numbers, strings, None and lists of them"
                raise TypeError(f"{self._name}.state_dict: {what}; {rule}")
        return {"schedule": self._name, **self._in_groups(), **deepcopy(own)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned, and set the rates of the optimizer: all or nothing.

        Settings are those of the constructor and, other than in PyTorch, no state changes them. Raises WeightsError
        for the state of another schedule, of other settings or of another number of groups, and for values that no
        schedule has.
        """
        self._check_state(state_dict)
        self._restore(state_dict)

    def _check_state(self, state: Mapping[str, Any]) -> None:
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
        problems = []
        for name, value in state.items():
            own = mine[name]
            kinds = {_kind(value), _kind(own)} - ({"NoneType"} if name in self.progress else set())
            if name in _OF_GROUPS & self.progress:
                if not isinstance(value, (list, tuple)) or [_kind(v) for v in value] != ["number"] * count:
                    problems.append(f"{name}={value!r}, where one finite number for each of {count} groups is needed")
            elif "" in kinds or len(kinds) > 1:
                problems.append(f"{name}={value!r}, where {own!r} is now")
            elif name not in self.progress and _listed(value) != _listed(own):
                problems.append(f"{name}={value!r}, and this one was made with {own!r}")
        if problems:
            rule = "nothing was loaded; only what `progress` names may differ"
            raise WeightsError(f"{what}: {'; '.join(problems)}; {rule}")
        try:
            self._check_progress(state)
        except (TypeError, ValueError) as error:
            raise WeightsError(f"{what}: {error}; nothing was loaded") from None

    def _check_progress(self, state: Mapping[str, Any]) -> None:
        """Raise TypeError or ValueError for numbers that steps cannot lead to."""
        if "last_epoch" in state:
            size("last_epoch", state["last_epoch"], 0)

    def _restore(self, state: Mapping[str, Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, state["lr"]):
            group["lr"] = rate
        mine = (self.progress - self._in_groups().keys()) & state.keys()
        vars(self).update({name: deepcopy(state[name]) for name in mine})


def _of_functions(value: object) -> bool:
    return callable(value) or (isinstance(value, (list, tuple)) and any(map(callable, value)))


def _listed(value: object) -> object:
    """A tuple is a list in JSON."""
    return [_listed(v) for v in value] if isinstance(value, (list, tuple)) else value


def _kind(value: object) -> str:
    """What kind of state it is; "" for what is none."""
    if isinstance(value, (list, tuple)):
        return "list" if all(_kind(v) for v in value) else ""
    if isinstance(value, Mapping) and "schedule" in value:
        return "schedule"
    if value is None or isinstance(value, (bool, str)):
        return type(value).__name__
    return "number" if isinstance(value, (int, float)) and -inf < value < inf else ""
