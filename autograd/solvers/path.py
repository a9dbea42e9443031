"""The way that a solution of an initial value problem took, as operations: a step, or some of them, is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.node import Node
from ..engine.tensor import Tensor, make
from ..engine.types import Array, Function
from ..ops.shape import stack
from .call import Call, pulled, quiet, require_same, warn_again
from .implicit import implicit
from .steps import Steps, Tableau, moved, step

GRAZES = "an event's function touches 0 there without crossing it, so that its time has no derivative"


class Hit(NamedTuple):
    """An event that SciPy found: which one, when, and the state."""

    event: int
    time: Any
    state: Any


class Path:
    """Which steps were taken by what functions, and which results lie inside of each."""

    def __init__(
        self,
        call: Call,
        slope: Function,
        events: Sequence[Function],
        table: Tableau,
        steps: Steps,
        outside: Sequence[Node],
        unsolved: str,
    ) -> None:
        self.call, self.slope, self.events, self.table = call, slope, events, table
        self.times, self.steps, self.outside, self.unsolved = steps.times, steps, outside, unsolved

    def follow(self, found: Any, y: Any) -> None:
        """Put what SciPy found into Tensors that know where they come from."""
        span, times, _ = self.call.args
        self._place(found, times)
        columns, hits = self._results(found, y)
        if found.t_events is not None:
            groups = [[hit for hit in hits if hit.event == i] for i in range(len(self.events))]
            found.t_events = [stacked([hit.time for hit in group], (0,)) for group in groups]
            found.y_events = [stacked([hit.state for hit in group], (0, len(y))) for group in groups]
        if times is None:
            columns = [y, *columns, *(hit.state for hit in self._last(found, hits))]
            ends = [hit.time for hit in self._last(found, hits)]
            inner = [self._time(i, span) for i in range(len(columns) - len(ends))]
            found.t = stacked([make(np.float64(t), None) if isinstance(t, float) else t for t in (*inner, *ends)], (0,))
        else:
            found.t = times[: len(columns)] if isinstance(times, Tensor) else make(times[: len(columns)], None)
        found.y = np.transpose(stacked(columns, (0, len(y))))

    def _last(self, found: Any, hits: Sequence[Hit]) -> list[Hit]:
        """The event that ended the integration, if one did."""
        return [hit for hit in hits if float(hit.time.data) == self.end][-1:] if found.status == 1 else []

    def _place(self, found: Any, times: Any) -> None:
        """Say of each step which of the results, by number, and which events lie inside of it."""
        count = len(self.times) - 1
        way = np.sign(self.times[-1] - self.times[0]) or 1.0
        within = lambda t: np.clip(np.searchsorted(way * np.array(self.times[1:]), way * t), 0, count - 1)
        self.points: list[list[int]] = [[] for _ in range(count)]
        self.hits: list[list[Hit]] = [[] for _ in range(count)]
        if times is None:
            self.points = [[i] for i in range(len(found.t) - 1 - (found.status == 1))] + [[]] * (found.status == 1)
        else:
            for number, i in enumerate(within(found.t)):
                self.points[i].append(number)
        self.end = found.t_events and max((t[-1] for t in found.t_events if len(t)), key=lambda t: way * t, default=None)
        for number, (ts, ys) in enumerate(zip(found.t_events or (), found.y_events or ())):
            for t, y in zip(ts, ys):
                self.hits[within(t)].append(Hit(number, np.float64(t), y))

    def _results(self, found: Any, y: Any) -> tuple[list[Any], list[Hit]]:
        """The points in their order, and the events, recorded."""
        columns, hits = [], []
        values = np.transpose(found.y)[int(self.call.args[1] is None) :]
        firsts = range(0, len(self.points), self.steps.stride)
        states = [*self.steps.states[1:], self.steps.last]
        for first, end in zip(firsts, states):
            last = min(first + self.steps.stride, len(self.points))
            inside = [values[j] for i in range(first, last) for j in self.points[i]]
            met = [hit for i in range(first, last) for hit in self.hits[i]]
            flat = [end, *inside, *(part for hit in met for part in (hit.time, hit.state))]
            y, *results = self._tied(self.call, first, last, y, flat)
            columns += results[: len(inside)]
            rest = iter(results[len(inside) :])
            hits += [Hit(hit.event, next(rest), next(rest)) for hit in met]
        return columns, hits

    def _tied(self, call: Call, first: int, last: int, y: Any, values: Sequence[Any]) -> list[Any]:
        """The values at the end and inside of some steps, as an operation of the state before."""
        values = [v if v.dtype == y.dtype or not v.ndim else v.astype(y.dtype) for v in values]

        def joint(g: Any, results: Any, inputs: Any) -> list[Any]:
            warn_again(self.unsolved)
            at, rest = inputs[0], inputs[1 : 1 + len(call.inputs)]
            again = call.again(lambda y, *args: self._steps(first, last, y, *args), [at], rest, whole=list)
            require_same(call.what, again, values, {*self.outside, *(x._node for x in inputs if isinstance(x, Tensor))})
            return pulled(again, g, [*again.nodes, *self.outside], isinstance(g[0], Tensor))

        return call.tied([y], self.outside, values, joint)

    def _steps(self, first: int, last: int, y: Any, span: Any, times: Any, args: Any) -> list[Any]:
        """The same, recorded; of several steps each is again an operation."""
        if last == first + 1:
            return self._step(first, y, span, times, args)
        call, points, hits = Call(self.call.what, [span, times, args]), [], []
        for i in range(first, last):
            with quiet():
                values = [_bare(v) for v in self._step(i, y.detach(), *call.bare)]
            y, *results = self._tied(call, i, i + 1, y, values)
            points += results[: len(self.points[i])]
            hits += results[len(self.points[i]) :]
        return [y, *points, *hits]

    def _step(self, i: int, y: Any, span: Any, times: Any, args: Any) -> list[Any]:
        """The state after step i, those of the points inside of it, and the times and states of events."""
        t, end = self._time(i, span), self._time(i + 1, span)
        h = end - t
        at = [end if times is None else times[j] for j in self.points[i]]
        at = [x if isinstance(x, Tensor) else float(x) for x in at]
        inside = bool(self.hits[i]) or any(x is not end and not (isinstance(x, float) and x == end) for x in at)
        after, slopes = step(self.table, lambda t, y: self.slope(t, y, span, times, args), t, h, y, inside)

        def state(time: Any) -> Any:
            if time is end or (isinstance(time, float) and time == end):
                return after
            return moved(y, h, slopes, self.table.between((time - t) / h))

        results = [after, *map(state, at)]
        for hit in self.hits[i]:

            def away(time: Any, event: Function = self.events[hit.event]) -> Any:
                return event(time, state(time), span, times, args)

            time = implicit(Call(self.call.what, []), away, np.asarray(hit.time), np.float64, singular=GRAZES, exact=True)
            results += [time, state(time)]
        return results

    def _time(self, i: int, span: Any) -> Any:
        """The time before step i: what is left of it and of the whole has a fixed ratio."""
        start, end = span
        if isinstance(start, float) and isinstance(end, float):
            return self.times[i]
        return start + (end - start) * ((self.times[i] - self.times[0]) / (_number(end) - self.times[0]))


def _number(x: Any) -> float:
    return float(_bare(x))


def _bare(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x


def stacked(rows: Sequence[Any], none: tuple[int, ...]) -> Any:
    """Rows joined, of the shape `none` where there are none."""
    return stack(list(rows)) if rows else make(np.zeros(none), None)
