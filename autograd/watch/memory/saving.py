"""What a checkpoint here would save: each module's share of what is kept, and the peak that would be left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ...engine.types import Array
from ..modules import Scope
from .account import BACKWARD, FORWARD, Account
from .scopes import name_of, names

WORTH = 0.01  # of the peak, at least, or a checkpoint is not worth a line


@dataclass(frozen=True, slots=True)
class Saving:
    """What `autograd.checkpoint` of some modules would do, each called as one function.

    `kept` is how much less would be kept for backward, `peak` the peak of the step that would be left, both in bytes,
    and `time` the part of the step's time that their forward takes, which is run again.
    """

    name: str
    modules: int
    kept: int
    peak: int
    time: float


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a module: its forward from the moment `begin` to `end`, its backward from `back` to `done`."""

    kept: int
    gone: int  # of what it keeps, the bytes that are not there until it is run again
    again: int  # of its results, which exist twice from then on
    edges: Sequence[int]  # which buffers are its inputs and results: a checkpoint holds them until the sweep is over
    begin: int
    end: int
    back: int
    done: int


def savings(account: Account) -> list[Saving]:
    """All that lower the peak by a hundredth or more, the lowest first, then the cheapest.

    Modules of one class that stand side by side are taken together.
    """
    known = names(account.scopes)
    groups: dict[tuple[str, str], list[tuple[str, Scope]]] = {}
    moments = account.moments[account.step]
    births = [m.birth for m in moments if m.phase == FORWARD]
    first, last = min(births, default=0), max(births, default=0)
    for scope in account.scopes:
        if first - 1 <= scope.first and scope.first < last:
            name = name_of(scope, known)
            groups.setdefault((name.rpartition(".")[0], scope.kind), []).append((name, scope))
    uses, before = _Uses(account), int(account.peaks[account.step].max())
    found = []
    for (_, kind), members in groups.items():
        calls = [call for _, scope in members if (call := uses.call(scope)) is not None]
        if not calls:
            continue
        listed = list(dict.fromkeys(name for name, _ in members))
        kept = sum(call.kept for call in calls)
        peak = _peak(account, calls, uses)
        if kept > 0 and peak < (1 - WORTH) * before:
            spent = sum(m.seconds for call in calls for m in account.moments[call.begin : call.end + 1])
            title = listed[0] if len(listed) == 1 else f"{listed[0]} … {listed[-1]}"
            share = spent / (sum(m.seconds for m in moments) or 1.0)
            found.append(Saving(title if title == kind else f"{title}: {kind}", len(listed), kept, peak, share))
    return sorted(found, key=lambda saving: (saving.peak, saving.time))


class _Uses:
    """Which call made, used and kept each buffer, as arrays."""

    def __init__(self, account: Account) -> None:
        self.account = account
        buffers = [b for b in account.buffers if b.role != "given" and b.made]
        self.size = np.array([b.size for b in buffers], np.int64)
        self.died = [b.died for b in buffers]
        self.made = np.array([b.made for b in buffers], np.int64)
        there = [b.kept and b.since <= account.full < b.died for b in buffers]
        self.kept = np.array(there, bool)
        keepers = [b.keepers if kept else [0] for b, kept in zip(buffers, there)]
        self.first, self.last = (np.array([f(k) for k in keepers], np.int64) for f in (min, max))
        self.user = np.fromiter(chain.from_iterable(b.users for b in buffers), np.int64)
        self.used = np.repeat(np.arange(len(buffers)), [len(b.users) for b in buffers])
        step = range(*account.step.indices(len(account.moments)))
        self.phases = {
            phase: [(account.moments[i].birth, i) for i in step if account.moments[i].phase == phase]
            for phase in (FORWARD, BACKWARD)
        }

    def call(self, scope: Scope) -> _Call | None:
        """What a checkpoint of one call would change; None of one whose backward was not seen."""
        forward, backward = (
            [i for birth, i in self.phases[phase] if scope.first < birth < scope.last] for phase in (FORWARD, BACKWARD)
        )
        if not forward or not backward:
            return None
        inside = self._within(self.made, scope)
        used_inside, used_outside = np.zeros(len(self.size), bool), np.zeros(len(self.size), bool)
        here = self._within(self.user, scope)
        used_inside[self.used[here]] = True
        used_outside[self.used[~here]] = True
        edge = (inside & used_outside) | (~inside & used_inside)
        alone = self.kept & (scope.first < self.first) & (self.last < scope.last)
        gone = int(self.size[alone & ~edge].sum())
        kept = gone - int(self.size[edge & ~self.kept].sum())
        again = int(self.size[inside & used_outside].sum())
        moments = forward[0], forward[-1], backward[0], backward[-1]
        return _Call(kept, gone, again, np.flatnonzero(edge).tolist(), *moments)

    def _within(self, births: Array, scope: Scope) -> Array:
        return (scope.first < births) & (births < scope.last)


def _peak(account: Account, calls: Sequence[_Call], uses: _Uses) -> int:
    """The peak of the step if all these calls were checkpointed: what they keep is gone until they are run again."""
    change = np.zeros(len(account.moments), np.int64)
    for call in calls:
        change[call.end + 1 : call.back] -= call.gone
        change[call.back : call.done + 1] += call.again
    for buffer in {buffer for call in calls for buffer in call.edges}:
        change[uses.died[buffer] : account.step.stop] += uses.size[buffer]
    peaks = account.peaks + change
    for call in calls:
        start = int(account.live[call.begin - 1]) if call.begin else 0
        grown = int(account.peaks[call.begin : call.end + 1].max()) - start
        replay = int(account.live[call.back - 1] + change[call.back - 1]) + grown
        peaks[call.back] = max(peaks[call.back], replay)
    return int(peaks[account.step].max())
