"""Examination: what the doctor notes while one step runs, a few numbers for each call and each contribution."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from traceback import FrameSummary
from typing import Any, NamedTuple

import numpy as np

from ..engine.modes import replaying
from ..engine.node import Leaf, Node
from ..engine.op import Op
from ..engine.sweep import world
from ..engine.tensor import Tensor
from ..engine.types import Array
from .anomaly import detect_anomaly
from .lines import caller
from .place import squares

WEIGHTED = frozenset(["linear", "matmul", "convolution", "conv_transpose"])
SATURATING = {"tanh": (0.0, 0.99), "sigmoid": (0.5, 0.49)}  # the middle, and how far from it the slope is nearly 0
LOSSES = frozenset(["cross_entropy", "bce_with_logits", "bce", "mse"])
SAMPLE = 4096  # elements that a share is counted of
ROWS = 8  # a unit that is 0 for fewer may be alive


class Place(NamedTuple):
    """Where something was seen: the operation, when it was made, the line of the program."""

    op: str
    birth: int
    line: FrameSummary | None


@dataclass(slots=True)
class Activity:
    """What an activation made: how many of its units are 0 for all rows, or which share of its elements is extreme."""

    place: Place
    units: int = 0
    dead: int = 0
    rows: int = 0
    saturated: float = 0.0


class Cut(NamedTuple):
    """A result that came back without its graph: what made it, and where it was used first."""

    made: Node
    place: Place


class FirstLoss(NamedTuple):
    """A loss of one number and what it was computed of."""

    place: Place
    value: float
    operands: dict[str, Any]


class Examination(detect_anomaly):
    """Watches one step, forward and backward, and stops as `detect_anomaly` does."""

    def __init__(self, named: list[tuple[str, Tensor]]) -> None:
        super().__init__()
        self.held = {id(p._array): name for name, p in named}  # parameters by their arrays
        self.names = {p._node: name for name, p in named}
        self.single = all(p.dtype == np.float32 for _, p in named)
        self.calls = 0
        self.used: dict[str, Place] = {}  # where each parameter was used, recorded
        self.unrecorded: dict[str, Place] = {}  # and where it was not, as under no_grad
        # what made arrays of this shape, dtype and sum of squares, and where that went on without its graph
        self.results: dict[Any, tuple[Node, Place | None]] = {}
        self.cuts: list[Cut] = []
        self.activities: list[Activity] = []
        self.losses: list[FirstLoss] = []
        self.wide: tuple[Place, str] | None = None  # the first that computed in float64, and the operand that is
        self.slopes: dict[Node, float] = {}  # the length of the gradient of each weighted sum

    def called(self, op: Op, operands: Any, out: Array, node: Node | None) -> None:
        """Note what the signs are read from; raise AnomalyError as `detect_anomaly`."""
        if out.dtype.kind not in "fc" or replaying.get():
            return
        line = caller(self._lines)
        size = squares(out)
        if not isfinite(size) and not np.isfinite(out).all():
            self._stop(op, operands, out, node)
        self.calls += 1
        place = Place(op.name, node.birth if node is not None else 0, line)
        if node is None:
            self._unrecorded(op, operands, out, size, place)
            return
        node.__dict__["line"] = line
        if np.size(out) > 1 and size:
            self.results.setdefault((out.shape, out.dtype.char, size), (node, None))
        self._inputs(op, operands, node, place)
        if self.single and self.wide is None and out.dtype == np.float64:
            self._widened(op, operands, place)
        if op.name == "relu" or (op.name == "maximum" and any(np.ndim(v) == 0 and v == 0 for v in operands)):
            self._rectified(out, place)
        elif op.name in SATURATING:
            self._squashed(out, place, *SATURATING[op.name])
        elif op.name in LOSSES and np.size(out) == 1:
            self.losses.append(FirstLoss(place, float(out), dict(zip(op.parameters, operands))))

    def contributed(self, node: Node, position: int, g: Any, part: Any, so_far: Any) -> None:
        """Note the length of the gradient of a weighted sum; raise AnomalyError as `detect_anomaly`."""
        super().contributed(node, position, g, part, so_far)
        if node.plan.op.name in WEIGHTED and node not in self.slopes:
            self.slopes[node] = sqrt(squares(world(g, False)))

    def _inputs(self, op: Op, operands: Any, node: Node, place: Place) -> None:
        given = operands[0] if op.variadic else operands
        for source, value in zip(node.inputs, given):
            if source.__class__ is Leaf:
                name = self.names.get(source)
                if name is not None:
                    self.used.setdefault(name, place)
            elif value.__class__ is np.ndarray and (not isinstance(source, Node) or source.op is None):
                made, before = self._maker(value)
                if made is not None:
                    self.cuts.append(Cut(made, before or place))

    def _unrecorded(self, op: Op, operands: Any, out: Array, size: float, place: Place) -> None:
        """Note which parameters a call without a record used, and what its result was made of."""
        for value in operands:
            if value.__class__ is np.ndarray:
                if id(value) in self.held:
                    self.unrecorded.setdefault(self.held[id(value)], place)
                made, before = self._maker(value)
                if made is not None and np.size(out) > 1:
                    self.results.setdefault((out.shape, out.dtype.char, size), (made, before or place))

    def _maker(self, value: Array) -> tuple[Node | None, Place | None]:
        """What made an array of just these numbers, with a record that it no longer has; where it was used first."""
        if value.dtype.kind != "f" or value.size < 2:
            return None, None
        return self.results.get((value.shape, value.dtype.char, squares(value)), (None, None))

    def _widened(self, op: Op, operands: Any, place: Place) -> None:
        wide = [n for n, v in zip(op.parameters, operands) if getattr(v, "dtype", None) == np.float64]
        if wide and any(getattr(v, "dtype", None) == np.float32 for v in operands):
            self.wide = place, wide[0]

    def _rectified(self, out: Array, place: Place) -> None:
        if out.ndim < 2:
            return
        channels = out.ndim > 3  # images have theirs in front
        units = out.shape[1 if channels else -1]
        rows = out.size // units if units else 0
        if rows >= ROWS:
            each = out.reshape(*out.shape[:2], -1).max(axis=2) if channels else out.reshape(rows, units)
            dead = int(np.count_nonzero(each.max(axis=0) <= 0))
            self.activities.append(Activity(place, units, dead, rows))

    def _squashed(self, out: Array, place: Place, middle: float, reach: float) -> None:
        some = np.ravel(out)[:: max(np.size(out) // SAMPLE, 1)]
        share = np.count_nonzero(np.abs(some - middle) > reach) / max(some.size, 1)
        self.activities.append(Activity(place, saturated=share))
