"""Doctor: one step of a model, looked at from all sides, and what is wrong with it in sentences."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from traceback import FrameSummary
from typing import Any

import numpy as np

from ..engine.errors import AnomalyError, MistakeWarning
from ..engine.node import Leaf, Node
from ..engine.sweep import Walk, seed_of, world
from ..engine.tensor import Tensor
from ..ops.random import get_rng_state, set_rng_state
from . import signs
from .cuts import trained
from .examination import Cut, Examination
from .finding import Finding
from .modules import homes


@dataclass(eq=False, repr=False)
class Diagnosis:
    """What the doctor found: true, and as long as `findings`, if there is something; printed, it is the report.

    `asides` are findings that are harmless, `loss` is the number that the step came to (None where it did not).
    """

    findings: list[Finding]
    asides: list[Finding]
    loss: float | None
    calls: int
    parameters: int

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __getitem__(self, index: int) -> Finding:
        return self.findings[index]

    def __repr__(self) -> str:
        step = f"loss {self.loss:.4g}, " if self.loss is not None else ""
        count = f"{len(self) or 'no'} finding{'s' * (len(self) != 1)}"
        head = f"{count} ({step}{self.calls} calls, {self.parameters} parameters)"
        rows = [f"{i}. {finding}" for i, finding in enumerate(self.findings, 1)]
        return "\n".join(["doctor: " + head, *rows, *(f"harmless, {finding}" for finding in self.asides)])


def doctor(model: Any, loss_fn: Callable[..., Tensor], batch: Any) -> Diagnosis:
    """Run one step, the loss and its gradient, and say what is wrong with the model, each with its line and its mend.

    The loss is `loss_fn(model, *batch)`, one number. `model` is a Module, or Tensors. Meant for the first steps of a
    network; it looks for parameters without gradient and where the graph is cut, units that are 0 for the whole batch
    (over half of a layer), tanh and sigmoid at their ends (over half of the elements), a gradient that shrinks or grows
    by 1e5 from the last layer to the first, weights that multiply their input by more than 5 or less than 0.01, units
    that stay equal, softmax twice, a bias before batch norm (harmless), float64 among float32, a first loss more than
    twice that of a guess (for `mse`, over 20 times the targets' variance), nan, and what MistakeWarning would say.

    Gradients, buffers, modes and random numbers are afterwards as they were. Errors of `loss_fn` are passed on.
    Raises TypeError for what is no model or no batch, ShapeError for a loss of several numbers.

    >>> w = Tensor([[0.5], [0.1]], requires_grad=True, name="w")
    >>> b = Tensor([0.0], requires_grad=True, name="b")
    >>> report = doctor([w, b], lambda p, x: (x @ p[0]).mean(), (np.ones((4, 2), np.float32),))
    >>> report[0].kind, report[0].number
    ('unused parameter', 1)
    """
    named = trained("doctor", model)
    if not named:
        raise TypeError(f"doctor: {type(model).__name__} has no parameters that ask for a gradient; give the model")
    if not isinstance(batch, (tuple, list)):
        raise TypeError(f"doctor: batch is a {type(batch).__name__}; give what loss_fn takes after the model, (x, y)")
    exam = Examination(named)
    with _as_it_was(model, named):
        said, found, loss = _step(exam, model, named, loss_fn, batch)
    for warning in said:
        if issubclass(warning.category, MistakeWarning):
            if " is the result of " not in str(warning.message):  # softmax twice is a sign of its own
                line = FrameSummary(warning.filename, warning.lineno, "<module>")
                found.append(Finding("mistake", str(warning.message) + ".", "", line=line))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    faults, asides = ([f for f in found if f.harmless == harmless] for harmless in (False, True))
    return Diagnosis(faults, asides, loss, exam.calls, len(named))


def _step(
    exam: Examination, model: Any, named: list[tuple[str, Tensor]], loss_fn: Callable[..., Tensor], batch: Any
) -> tuple[list[warnings.WarningMessage], list[Finding], float | None]:
    """Run the step; the warnings it gave, what was found and the loss."""
    value: float | None = None
    found: list[Finding] = []
    with warnings.catch_warnings(record=True) as said, exam:
        warnings.simplefilter("always", MistakeWarning)
        try:
            loss = loss_fn(model, *batch)
            value = _number(loss)
            record, reach = _record(exam, model, named, loss)
            found += signs.missing(record, model, loss_fn, reach)
            if loss._node is not None:
                loss.backward()
        except AnomalyError as error:
            if error.finding is None:
                raise
            return said, [*found, error.finding], value
    record.grads.update((name, world(p._node.grad, False)) for name, p in named if p._node is not None)
    for sign in (signs.units, signs.chains, signs.scales, signs.twice, signs.dtypes, signs.chance, signs.shifts):
        found += sign(record)
    if not any(not finding.harmless for finding in found):  # it would be their consequence
        found += signs.silent(record)
    return said, found, value


def _number(loss: Any) -> float:
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"doctor: loss_fn gave a {type(loss).__name__}, not a Tensor; give the loss itself, without .item(), .data "
            "or float()"
        )
    if loss._node is not None:
        seed_of(loss, None, "doctor: backward")
    return float(loss._array)


def _record(exam: Examination, model: Any, named: list[tuple[str, Tensor]], loss: Tensor) -> Any:
    """The record of the loss, and for each place where a graph was cut what lies behind it."""
    order = Walk([loss._node]).order if loss._node is not None else []
    reach: list[tuple[Cut, set[Node]]] = []
    behind: list[Node] = []
    for cut in exam.cuts:
        found = Walk([cut.made]).order
        reach.append((cut, set(found)))
        behind += found
    home = homes([*order, *behind], model if hasattr(model, "named_modules") else None)
    nodes = {name: p._node for name, p in named}
    return signs.Record(exam, order, home, {n: p._array for n, p in named}, dict.fromkeys(nodes), nodes), reach  # type: ignore[arg-type]


@contextmanager
def _as_it_was(model: Any, named: list[tuple[str, Tensor]]) -> Iterator[None]:
    """Put back gradients, buffers and the states of random generators."""
    leaves: list[Leaf] = [p._node for _, p in named if isinstance(p._node, Leaf)]
    grads = [(leaf, leaf.grad, leaf.__dict__.get("carried")) for leaf in leaves]
    buffers = [(b, b._array, b._array.copy()) for b in (model.buffers() if hasattr(model, "buffers") else ())]
    states = get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002 (programs use it still)
    for leaf in leaves:
        leaf.grad = None
    try:
        yield
    finally:
        set_rng_state(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        random.setstate(states[2])
        for buffer, before, copy in buffers:
            buffer._array = before
            if np.ndim(before):
                before[...] = copy
            else:
                buffer._array = copy
        for leaf, grad, carried in grads:
            leaf.grad = grad
            leaf.__dict__.pop("carried", None)
            if carried is not None:
                leaf.__dict__["carried"] = carried
