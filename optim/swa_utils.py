"""Averages of weights over training, which often predict better than the last weights: SWA and EMA."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import copy_context
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
from math import cos, pi
from typing import Annotated, Any, Self, TypeAlias, TypeVar

import numpy as np

from autograd import ShapeError, Tensor, WeightsError, no_grad
from autograd.engine.types import Array, Dtype
from autograd.support.checks import flag, number
from autograd.support.settings import Count, one_of

from .lr_scheduler import LRScheduler
from .model import Batch, Model, as_they_are
from .optimizer import write
from .settings import UNSAVED, OfGroups

__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_swa_avg_fn", "update_bn"]

T = TypeVar("T")
Average: TypeAlias = Callable[[Array, Array, int], Array]  # of the average, what comes to it, and how many it is of


@dataclass
class _Towards:
    """The new average, and the share of the way to the current value that it is, for going there in place."""

    decay: float | None = None  # None for the mean of all

    def share(self, num_averaged: int) -> float:
        return 1.0 / (num_averaged + 1) if self.decay is None else 1.0 - self.decay

    def __call__(self, averaged: Array, current: Array, num_averaged: int) -> Array:
        if self.decay is None:
            return averaged + (current - averaged) / (num_averaged + 1)
        return self.decay * averaged + (1.0 - self.decay) * current


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """An exponential moving average: averaged = decay * averaged + (1 - decay) * current.

    Raises ValueError for a decay outside [0, 1]. Polyak and Juditsky 1992.

    >>> get_ema_avg_fn(0.75)(1.0, 2.0, 3)
    1.25
    """
    return _Towards(number("get_ema_avg_fn: decay", decay, 0.0, 1.0))


def get_swa_avg_fn() -> Average:
    """The plain mean of all: averaged = averaged + (current - averaged) / (num_averaged + 1).

    >>> get_swa_avg_fn()(1.0, 2.0, 3)
    1.25
    """
    return _Towards()


class AveragedModel:
    """A copy of a model, `module`, whose parameters are averages of those the model had at each `update_parameters`.

    `avg_fn(averaged, current, num_averaged)` takes arrays and returns the new average (it is tried once with arrays of
    one number); None is the plain mean (SWA),
    `get_ema_avg_fn()` an exponential one. Buffers are copied, or with `use_buffers` averaged, too; otherwise use
    `update_bn` in the end where there is batch norm. The first update copies all. Izmailov et al. 2018, "Averaging
    weights leads to wider optima and better generalization".

    Raises TypeError for what is no model or no such function, ShapeError for an update from another model.

    >>> import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> averaged = AveragedModel(model)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     model.weight.data = np.array([[weight]])
    ...     averaged.update_parameters(model)
    >>> averaged(Tensor([[1.0]])).item(), averaged.n_averaged
    (3.0, 3)
    """

    def __init__(self, model: Model, avg_fn: Average | None = None, use_buffers: bool = False) -> None:
        if not callable(getattr(model, "parameters", None)) or not callable(getattr(model, "buffers", None)):
            raise TypeError(f"AveragedModel({type(model).__name__}): a model with parameters() and buffers() is needed")
        if avg_fn is not None:
            _try(avg_fn)
        self.module = deepcopy(model)
        for parameter in self.module.parameters():
            parameter.grad = None  # of the model's last step
        self.n_averaged = 0
        self.avg_fn = get_swa_avg_fn() if avg_fn is None else avg_fn
        self.use_buffers = flag("AveragedModel: use_buffers", use_buffers)
        self._scratch: dict[Dtype, Array] = {}

    def __call__(self, *args: Any, **options: Any) -> Any:
        """What the averaged model makes of its inputs."""
        return self.module(*args, **options)

    def __repr__(self) -> str:
        """The model, and how many are averaged."""
        return f"AveragedModel({self.module!r}, n_averaged={self.n_averaged})"

    # as a model

    @property
    def training(self) -> bool:
        """Whether the averaged model is in training mode."""
        return bool(self.module.training)

    def train(self, mode: bool = True) -> Self:
        """Switch the averaged model to training behaviour; returns self."""
        self.module.train(mode)
        return self

    def eval(self) -> Self:
        """Switch the averaged model to inference behaviour; returns self."""
        return self.train(False)

    def parameters(self) -> Iterator[Tensor]:
        """The averaged parameters."""
        return self.module.parameters()

    def buffers(self) -> Iterator[Tensor]:
        """The buffers, copied or averaged."""
        return self.module.buffers()

    def modules(self) -> Iterator[Any]:
        """The averaged model and all its sub-modules."""
        return self.module.modules()

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """The averaged parameters with their names in `state_dict`."""
        return _in_module(self.module.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Any]]:
        """The buffers with their names in `state_dict`."""
        return _in_module(self.module.named_buffers())

    def named_modules(self) -> Iterator[tuple[str, Any]]:
        """The averaged model, "module", and all its sub-modules with their dotted names."""
        return _in_module(self.module.named_modules())

    # averaging

    def update_parameters(self, model: Model) -> None:
        """Take the present parameters of `model` into the average, in place."""
        averaged, copied = _both(self.parameters(), model.parameters()), _both(self.buffers(), model.buffers())
        if self.use_buffers:
            averaged, copied = averaged + copied, []
        if not self.n_averaged:
            averaged, copied = [], averaged + copied
        results = [(mine, self._average(mine.data, other.data)) for mine, other in averaged]
        results += [(mine, other.data) for mine, other in copied]
        for mine, value in results:
            write(mine, value)
        self.n_averaged += 1

    def _average(self, averaged: Array, current: Array) -> Array:
        """The new average; where it is ours to compute, in the place of the old one."""
        floats = averaged.dtype.kind in "fc"
        if not isinstance(self.avg_fn, _Towards) or not isinstance(averaged, np.ndarray) or not floats:
            if not floats:  # counts; float32 rounds, as in PyTorch, what is cut to an integer then
                averaged, current = averaged.astype(np.float32), current.astype(np.float32)
            value = self.avg_fn(averaged, current, self.n_averaged)
            if np.shape(value) != np.shape(averaged):
                raise ShapeError(f"AveragedModel: avg_fn made {np.shape(value)} of an average of {np.shape(averaged)}")
            return value
        change = self._room(averaged)
        np.subtract(current, averaged, out=change)
        change *= self.avg_fn.share(self.n_averaged)
        averaged += change
        return averaged

    def _room(self, like: Array) -> Array:
        """An array to work in; there is one for all, as large as the largest parameter."""
        room = self._scratch.get(like.dtype)
        if room is None or room.size < like.size:
            most = max(t.size for t in chain(self.parameters(), self.buffers()) if t.dtype == like.dtype)
            room = self._scratch[like.dtype] = np.empty(most, like.dtype)
        return room[: like.size].reshape(like.shape)

    # saving

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of the averages by PyTorch's names: "n_averaged", and "module." before each name of the model."""
        state = {f"module.{name}": value for name, value in self.module.state_dict().items()}
        return {"n_averaged": np.array(self.n_averaged), **state}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned; WeightsError, and nothing is changed, for what does not fit."""
        if not isinstance(state_dict, Mapping) or "n_averaged" not in state_dict:
            raise WeightsError("AveragedModel.load_state_dict takes what state_dict() returned, with 'n_averaged'")
        count = np.asarray(state_dict["n_averaged"])
        if count.shape or count.dtype.kind not in "iu" or count < 0:
            raise WeightsError(f"AveragedModel: n_averaged={state_dict['n_averaged']!r} is no count")
        given = {name: value for name, value in state_dict.items() if name != "n_averaged"}
        strange = [name for name in given if not name.startswith("module.")]
        if strange:
            raise WeightsError(f"AveragedModel: {', '.join(strange)} does not begin with 'module.'; nothing was loaded")
        self.module.load_state_dict({name.removeprefix("module."): value for name, value in given.items()})
        self.n_averaged = int(count)


def _in_module(named: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    return ((f"module.{name}" if name else "module", value) for name, value in named)


def _try(avg_fn: Average) -> None:
    if not callable(avg_fn):
        raise TypeError(f"AveragedModel: avg_fn={avg_fn!r} is no function; see get_ema_avg_fn()")
    try:
        result = np.asarray(avg_fn(np.zeros(1), np.ones(1), 1))
    except TypeError as error:
        called = "get_ema_avg_fn and get_swa_avg_fn are called: avg_fn=get_ema_avg_fn()"
        raise TypeError(f"AveragedModel: avg_fn(averaged, current, num_averaged) failed: {error}; {called}") from error
    if result.dtype.kind not in "fiu":
        raise TypeError(f"AveragedModel: avg_fn returns the new average, an array of numbers, not {result!r}")


def _both(mine: Iterable[Tensor], other: Iterable[Tensor]) -> list[tuple[Tensor, Tensor]]:
    ours, theirs = list(mine), list(other)
    shapes = [t.shape for t in ours], [t.shape for t in theirs]
    if shapes[0] != shapes[1]:
        raise ShapeError(f"AveragedModel: another model, of {shapes[1]}, where {shapes[0]} are averaged")
    return list(zip(ours, theirs))


def update_bn(loader: Iterable[Batch], model: Model) -> None:
    """Recompute the running statistics of all batch norms in a model, as the mean over the batches of `loader`.

    A batch is an input, or a list or tuple that begins with one. For a model whose weights are averages, since no
    batch has passed it yet. Without batch norm nothing happens. Raises ValueError for a loader without batches; after
    an error the statistics are as they were.

    >>> import nn
    >>> model = nn.BatchNorm1d(1)
    >>> update_bn([Tensor([[1.0], [2.0]]), Tensor([[5.0], [8.0]])], model)
    >>> model.running_mean
    Tensor([4.])
    """
    if not callable(getattr(model, "modules", None)) or not callable(getattr(model, "train", None)):
        raise TypeError(f"update_bn({type(loader).__name__}, {type(model).__name__}): first the loader, then a model")
    norms = [module for module in model.modules() if _is_batch_norm(module)]
    if not norms:
        return
    starts = {"running_mean": 0, "running_var": 1, "num_batches_tracked": 0}
    statistics = [(getattr(module, name), start) for module in norms for name, start in starts.items()]
    before = [tensor.data.copy() for tensor, _ in statistics]
    settings = chain(as_they_are(norms, "momentum"), as_they_are(model.modules(), "training"))
    model.train()
    try:
        for tensor, start in statistics:  # means too: a nan there would stay, even with a weight of 0
            tensor.data = np.full(tensor.shape, start, tensor.dtype)
        for module in norms:
            module.momentum = None  # the plain mean of all batches
        if not copy_context().run(_go_over, loader, model):
            raise ValueError("update_bn: the loader has no batches; an iterator that is used up?")
    except BaseException:
        for (tensor, _), values in zip(statistics, before):
            tensor.data = values
        raise
    finally:
        list(settings)


def _go_over(loader: Iterable[Batch], model: Model) -> bool:
    """Show all batches to the model; whether there was one."""
    seen = False
    with no_grad():
        for batch in loader:
            seen = True
            model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    return seen


def _is_batch_norm(module: object) -> bool:
    """By name, since instance norm has the same attributes and no such mean."""
    batch = any("BatchNorm" in kind.__name__ for kind in type(module).__mro__)
    return batch and getattr(module, "running_mean", None) is not None


class SWALR(LRScheduler):
    """From the present rates to `swa_lr` in `anneal_epochs` epochs, along half a cosine or a line, and then constant.

    lr = swa_lr * a + (lr at the start) * (1 - a) with a = (1 - cos(pi * epoch / anneal_epochs)) / 2 for "cos", and
    epoch / anneal_epochs for "linear". The present rates may be another schedule's: step that one until averaging
    begins, then this one. `swa_lr` may be a list with one for each group. Izmailov et al. 2018.

    >>> from optim import SGD
    >>> schedule = SWALR(SGD([Tensor([1.0], requires_grad=True)], lr=0.5), 0.25, 2, "linear")
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(3): schedule.step(); rates += schedule.get_last_lr()
    >>> rates
    [0.5, 0.375, 0.25, 0.25]
    """

    swa_lr: OfGroups = field(metadata=UNSAVED)
    anneal_epochs: Count = 10
    anneal_strategy: Annotated[str, one_of("cos", "linear")] = "cos"
    last_epoch: int = -1

    def _setup(self) -> None:
        self.swa_lrs = self._each("swa_lr")
        super()._setup()

    def _share(self, epoch: int) -> float:
        share = min(max(epoch, 0) / max(self.anneal_epochs, 1), 1.0)
        return share if self.anneal_strategy == "linear" else (1 - cos(pi * share)) / 2

    def get_lr(self) -> list[float]:
        """What the present rates say of those at the start, moved on towards `swa_lr`."""
        rates = self._times(1.0)
        if self._is_initial and self.last_epoch:
            return rates
        epoch = max(self.last_epoch, 1) if self.anneal_epochs == 0 else self.last_epoch
        before, now = self._share(epoch - 1), self._share(epoch)
        if before == 1:
            return list(self.swa_lrs)
        starts = ((rate - before * goal) / (1 - before) for rate, goal in zip(rates, self.swa_lrs))
        return [goal * now + start * (1 - now) for start, goal in zip(starts, self.swa_lrs)]
