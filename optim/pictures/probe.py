"""Probe: what happens inside a model while it trains, layer by layer and step by step, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Self, TypeAlias

import numpy as np

from autograd.engine.modes import RECORD, mode
from autograd.engine.tensor import Tensor
from autograd.engine.types import Array, Function, Value
from autograd.support.checks import flag, size

BINS = 40
DULL = ("Flatten", "Identity", "Unflatten")  # they give what they are given
SAMPLE = 5_000  # a histogram of so many elements looks like that of all
CUT = 0.005  # so much at either end are outliers, which would squeeze all others into one bin
# outputs this close to a limit, as a share of the range, hardly pass a gradient on: tanh beyond 0.97
BOUNDED = {"Sigmoid": (0.0, 1.0), "Hardsigmoid": (0.0, 1.0), "Softsign": (-1.0, 1.0), "Tanh": (-1.0, 1.0)}
CLOSE = 0.015
Limits: TypeAlias = tuple[float, float]
Names: TypeAlias = str | Iterable[str] | None  # of layers or parameters; one, several, or those that there are


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one array: mean and deviation, shares between 0 and 1, and a histogram.

    `zeros`, `broken` and `saturated` are the shares of elements that are exactly 0, nan or infinite, and next to a
    limit of the layer (nan where it has none); `dead` the share of units that are 0 throughout. `counts` in the bins
    between `edges` are of the elements other than 0, without half a percent at either end; for gradients of log10 |g|.

    >>> found = Statistics.of(np.array([[0.0, 1.0], [0.0, 3.0]]))
    >>> found.mean, found.zeros, found.dead, int(found.counts.sum())
    (1.0, 0.5, 0.5, 2)
    """

    mean: float
    std: float
    zeros: float
    dead: float
    saturated: float
    broken: float
    counts: Array = field(repr=False)
    edges: Array = field(repr=False)

    @classmethod
    @np.errstate(all="ignore")  # what explodes is shown as it is
    def of(cls, values: Value, unit_axis: int = -1, limits: Limits | None = None, log: bool = False) -> Self:
        """Describe `values`; their units are the indices along `unit_axis`, all other axes are examples."""
        values = np.asarray(values)
        values = values.reshape(1, -1) if values.ndim < 2 else values
        flat = values.ravel()
        sound, nonzero = np.isfinite(flat), values != 0
        finite = flat if sound.all() else flat[sound]
        alive = nonzero.any(axis=tuple(i for i in range(values.ndim) if i != unit_axis % values.ndim))
        saturated = np.nan
        if limits is not None and finite.size:
            margin = CLOSE * (limits[1] - limits[0])
            saturated = float(np.mean((finite < limits[0] + margin) | (finite > limits[1] - margin)))
        counts, edges = _histogram(finite, log)
        return cls(
            mean=float(finite.mean(dtype=np.float64)) if finite.size else np.nan,
            std=float(finite.std(dtype=np.float64)) if finite.size else np.nan,
            zeros=1.0 - float(nonzero.mean()) if flat.size else 0.0,
            dead=1.0 - float(alive.mean()) if alive.size else 0.0,
            saturated=saturated,
            broken=1.0 - finite.size / flat.size if flat.size else 0.0,
            counts=counts,
            edges=edges,
        )


def _histogram(values: Array, log: bool) -> tuple[Array, Array]:
    if values.size > SAMPLE:
        # spread by the golden ratio: even steps could meet the same channel again and again
        values = values[(np.arange(SAMPLE) * 0.6180339887498949 % 1.0 * values.size).astype(np.intp)]
    sample = values[values != 0].astype(np.float64)
    if not sample.size:
        return np.zeros(BINS, np.intp), np.linspace(-1.0, 1.0, BINS + 1)
    if log:
        sample = np.log10(np.abs(sample))
    sample.sort()
    last = sample.size - 1
    low, high = sample[int(CUT * last)], sample[ceil((1.0 - CUT) * last)]
    # of equal values the bins would have no width; of gradients, which share an axis, one that nobody sees
    least = 4.0 if log else max(1e-6 * max(abs(low), abs(high)), 1e-300)
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    return np.histogram(sample, np.linspace(low, high, BINS + 1))


@dataclass(slots=True)
class Snapshot:
    """One step: after how many updates it was, what each layer gave and got back, and what the update then changed.

    `updates` has the norm of each parameter's change over the norm it had before; nan where that was 0.
    """

    step: int
    activations: dict[str, Statistics] = field(default_factory=dict)
    gradients: dict[str, Statistics] = field(default_factory=dict)
    updates: dict[str, float] = field(default_factory=dict)


class Probe:
    """Watch a model train: statistics of each layer's output and its gradient, and how far each update moves.

    Nothing else changes in the training loop, `optim.fit` or your own, and it computes the same bits as without. See
    `plot_activations`, `plot_gradients` and `plot_update_ratios`. The watch begins at once and ends with the `with`
    block or `remove()`; `records` is a list of `Snapshot`.

    `layers` are names as in `model.named_modules()`; by default all layers that hold no others, without those that
    only give on what they get (Flatten, Identity). One step of `every` is recorded: each makes a small network take
    twice its time, one of ten hardly counts. When there are `limit` records, every second one is dropped, and `every`
    doubles. Besides these, a copy of the parameters is kept; with `keep_outputs`, the last array that each layer gave,
    in `outputs`.

    A forward is recorded where gradients are, not under `no_grad()`. A step is seen by the next forward of the model
    (not of its layers alone), or at the end: parameters were changed in between. If the model runs several times in
    one step, or a layer several times in one run, the last counts. The units of a layer lie along axis 1 of images,
    and of sequences after a Conv1d, else along the last axis.

    Raises TypeError for what is no module, ValueError for unknown layers, and what `size` and `flag` raise.

    >>> import autograd, nn, optim
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> with Probe(model) as probe:
    ...     for _ in range(3):
    ...         optimizer.zero_grad()
    ...         (model(autograd.ones((4, 2))) ** 2).sum().backward()
    ...         optimizer.step()
    >>> [record.step for record in probe.records], list(probe.records[0].gradients)
    ([0, 1, 2], ['2', '1', '0'])
    >>> sorted(probe.records[0].updates)
    ['0.bias', '0.weight', '2.bias', '2.weight']
    """

    def __init__(
        self, model: Any, layers: Names = None, *, every: int = 1, limit: int = 256, keep_outputs: bool = False
    ) -> None:
        if isinstance(model, type) or not hasattr(model, "register_forward_pre_hook"):
            raise TypeError(f"Probe watches an nn.Module, not {type(model).__name__}; give the model that is trained")
        self.every, self.limit = size("Probe: every", every), size("Probe: limit", limit, 2)
        self.keep_outputs = flag("Probe: keep_outputs", keep_outputs)
        found = dict(model.named_modules())
        watched = chosen("Probe: the model has", layers, outer_layers(found), found)
        self.layers = {name: type(found[name]).__name__ for name in watched}
        self.model = model
        self._sequence_axes = _sequence_axes(found)
        self.records: list[Snapshot] = []
        self.outputs: dict[str, Array] = {}
        self._open: Snapshot | None = None  # what the running forward is written to
        self._step = 0
        self._seen = self._newest()
        self._before: dict[str, Array] = {}
        self._hooks = [model.register_forward_pre_hook(self._begin())]
        self._hooks += [found[name].register_forward_hook(self._watch(name, found[name])) for name in self.layers]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"Probe({type(self.model).__name__}, {len(self.layers)} layers; {len(self.records)} records)"

    def remove(self) -> None:
        """Take the hooks off the model, after a look at the last step; what was recorded stays."""
        if self._hooks:
            self._end_step()
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._before = [], {}

    # the hooks: functions, since a deep copy of the model would copy a bound method along with the probe

    def _begin(self) -> Function:
        def hook(module: Any, args: object) -> None:
            if module is not self.model:
                return  # a deep copy of the model carries the hook along
            self._end_step()
            self._open = None
            if not mode.get() & RECORD or self._step % self.every:
                return
            if self.records and self.records[-1].step == self._step:
                self.records[-1] = self._open = Snapshot(self._step)
                return
            if len(self.records) == self.limit:
                del self.records[1::2]
                self.every *= 2
                if self._step % self.every:
                    return
            self._open = Snapshot(self._step)
            self.records.append(self._open)
            self._before = {name: p.data.copy() for name, p in self.model.named_parameters() if p.requires_grad}

        return hook

    def _watch(self, name: str, layer: object) -> Function:
        limits = BOUNDED.get(self.layers[name])
        sequence_axis = self._sequence_axes[name]

        def hook(module: object, args: object, output: object) -> None:
            tensor = _first(output)
            if module is not layer or tensor is None:
                return
            record = self._open if mode.get() & RECORD else None
            if record is None and not self.keep_outputs:
                return  # before a look at the values, which a step that is being compiled has not
            values = tensor.data if isinstance(tensor, Tensor) else tensor
            if self.keep_outputs:
                self.outputs[name] = values
            if record is None:
                return
            axis = 1 if values.ndim > 3 else sequence_axis if values.ndim == 3 else -1
            mine = record.activations[name] = Statistics.of(values, axis, limits)

            def note(gradient: Tensor) -> None:
                if record.activations[name] is mine:  # of a layer that ran several times, the last
                    record.gradients[name] = Statistics.of(gradient.data, axis, log=True)

            # the hook stays as long as the Tensor: on a leaf it would outlive the run
            if isinstance(tensor, Tensor) and not tensor.is_leaf:
                tensor.register_hook(note)

        return hook

    # steps of the optimizer

    def _newest(self) -> int:
        """When a parameter was last written to, on the engine's own clock."""
        return max((p._node.written for p in self.model.parameters() if p.requires_grad), default=0)

    @property
    def before(self) -> dict[str, Array]:
        """The parameters as they were when the last recorded step began."""
        return self._before

    @property
    def due(self) -> bool:
        """Whether the step that comes next is one that is recorded, or the first that no longer is."""
        return self._step % self.every == 0

    def step_over(self) -> Snapshot | None:
        """Look at a step that is over; its record, if it is one of those that are kept."""
        step = self._step
        self._end_step()
        return self.records[-1] if self.records and self.records[-1].step == step < self._step else None

    def _end_step(self) -> None:
        """If parameters were changed since the last look, a step is over: note how far they moved."""
        newest = self._newest()
        if newest <= self._seen:
            return
        if self.records and self.records[-1].step == self._step:
            for name, parameter in self.model.named_parameters():
                old = self._before.get(name)
                if old is not None and old.shape == parameter.shape:
                    norm = _norm(old)
                    change = _norm(parameter.data.astype(np.float64) - old)
                    self.records[-1].updates[name] = change / norm if norm else np.nan
        self._seen, self._step = newest, self._step + 1


def chosen(holder: str, asked: Names, default: list[str], known: Iterable[str]) -> list[str]:
    """The names that are asked for, or by default these; ValueError of what the holder, as "the model has", lacks."""
    if asked is None:
        return default
    names = [asked] if isinstance(asked, str) else list(asked)
    unknown, there = [name for name in names if name not in known], ", ".join(map(repr, known))
    if unknown:
        raise ValueError(f"{holder} no {', '.join(map(repr, unknown))}; it has {there}")
    if not names:
        raise ValueError(f"{holder} {there}, of which none is asked for: the list is empty")
    return names


def outer_layers(found: dict[str, Any]) -> list[str]:
    """The names of modules that hold no others, without those that only give on what they get."""
    inner = {name.rpartition(".")[0] for name in found if name}
    return [name for name in found if name not in inner and type(found[name]).__name__ not in DULL]


def _sequence_axes(found: dict[str, Any]) -> dict[str, int]:
    """Where a layer's units lie in (batch, ?, ?): as in the layer with weights that comes before it."""
    axes, axis = {}, -1
    for name, layer in found.items():
        weight = getattr(layer, "weight", None)
        if weight is not None and weight.ndim > 1:
            axis = 1 if weight.ndim > 2 else -1
        axes[name] = axis
    return axes


def _first(output: Any) -> Any:
    """The output itself, or the first of several; None where there are no floats."""
    while isinstance(output, (tuple, list)) and output:
        output = output[0]
    floats = isinstance(output, (Tensor, np.ndarray)) and output.dtype.kind == "f"
    return output if floats and output.size else None


def _norm(values: Value) -> float:
    return float(np.linalg.norm(np.ravel(values).astype(np.float64)))
