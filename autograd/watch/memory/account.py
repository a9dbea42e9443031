"""The account of a ledger: moments, what was kept at each, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...engine.types import Array
from ..modules import Scope
from .buffers import GIVEN, GRADIENT, Buffer
from .scopes import paths

FORWARD, BACKWARD, BETWEEN = "forward", "backward", "between"


@dataclass(slots=True)
class Moment:
    """A call (forward), one of its contributions (backward), or what came before the next step (between).

    `live` is how many bytes were in use when it was over, `peak` the most since the moment before; `seconds` is how
    long it took, slowed by tracemalloc. `birth` is the number of the call, 0 of one that was not recorded.
    """

    phase: str
    op: str
    birth: int
    line: str
    live: int
    peak: int
    seconds: float
    module: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The bytes kept for backward by one op, module or line, and how many calls keep them."""

    name: str
    kept: int
    calls: int


class Account:
    """What a ledger noted, and what follows from it."""

    def __init__(self, moments: list[Moment], buffers: list[Buffer], scopes: list[Scope]) -> None:
        self.moments, self.buffers, self.scopes = moments, buffers, scopes
        self.calls = {m.birth: m for m in moments if m.phase == FORWARD and m.birth}
        self.paths = paths(scopes, list(self.calls))
        for moment in moments:
            call = self.calls.get(moment.birth, moment)
            moment.line, moment.module = call.line, self.paths.get(moment.birth, "")
        self.peaks = np.array([m.peak for m in moments])
        self.live = np.array([m.live for m in moments])
        self.held = self._over([(b, b.since) for b in buffers if b.kept])
        self.peak = int(self.peaks.max())
        self.top = int(self.peaks.argmax())  # the moment of the peak
        self.kept = int(self.held.max())
        self.full = int(self.held.argmax())  # and the one when most was kept
        self.step = self._step()

    def _over(self, spans: Sequence[tuple[Buffer, int]]) -> Array:
        """The bytes of some buffers at each moment, of each from a moment on until it is gone."""
        steps = np.zeros(len(self.moments) + 1, np.int64)
        for buffer, since in spans:
            if since < min(buffer.died, len(self.moments)):
                steps[since] += buffer.size
                steps[min(buffer.died, len(self.moments))] -= buffer.size
        return np.cumsum(steps[:-1])

    def _step(self) -> slice:
        """The moments of the step in which most was kept."""
        ends = [i for i, m in enumerate(self.moments) if m.phase == BETWEEN]
        first = max((i + 1 for i in ends if i < self.full), default=0)
        return slice(first, min((i for i in ends if i >= self.full), default=len(self.moments)))

    @property
    def snapshot(self) -> list[Buffer]:
        """What is kept when most is."""
        return [b for b in self.buffers if b.kept and b.since <= self.full < b.died]

    def by(self, what: str) -> list[Row]:
        """Who keeps how much of it, the largest first."""
        bytes_of: dict[str, int] = {}
        calls_of: dict[str, set[int]] = {}
        for buffer in self.snapshot:
            call = self.calls.get(buffer.keepers[0])
            name = (getattr(call, what) if call else "") or f"no {what}"
            bytes_of[name] = bytes_of.get(name, 0) + buffer.size
            calls_of.setdefault(name, set()).add(buffer.keepers[0])
        rows = (Row(name, size, len(calls_of[name])) for name, size in bytes_of.items())
        return sorted(rows, key=lambda row: -row.kept)

    @property
    def parts(self) -> dict[str, int]:
        """What the peak consists of."""
        i = self.top
        there = [b for b in self.buffers if b.role != GIVEN and b.born <= i < b.died]
        kept = sum(b.size for b in there if b.kept and b.since <= i)
        gradients = sum(b.size for b in there if b.role == GRADIENT and not (b.kept and b.since <= i))
        others = sum(b.size for b in there) - kept - gradients
        rest = max(0, self.peak - kept - gradients - others)
        return {
            "kept for backward": kept,
            "gradients": gradients,
            "other results": others,
            "temporaries and all else": rest,
        }
