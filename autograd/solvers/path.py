"""The way that a solution of an initial value problem took, as operations: a step, or some of them, is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.node import Node
from ..engine.tensor import Tensor, make
from ..engine.types import Function
from .call import Call, pulled, quiet, require_known, require_same, warn_again
from .implicit import implicit
from .steps import Steps

GRAZES = "an event's function has slope 0 there, by which it only touches 0, so that its time has no derivative"


class Hit(NamedTuple):
    """An event that SciPy found: which one, when, and the state."""

    event: int
    time: Any
    state: Any


class Path:
    """Which steps were taken, and which results lie inside of each; `advance` takes one."""

    def __init__(
        self,
        call: Call,
        advance: Function,
        events: Sequence[Function],
        steps: Steps,
        outside: Sequence[Node],
        unsolved: str,
    ) -> None:
        self.call, self.advance, self.events = call, advance, events
        self.times, self.steps, self.outside, self.unsolved = steps.times, steps, outside, unsolved

    def follow(self, found: Any, y: Any) -> None:
        """Put what SciPy found into Tensors that know where they come from."""
        span, times, _ = self.call.args
        self._place(found, times)
        states, hits = self._results(found, y)
        if found.t_events is not None:
            groups = [[hit for hit in hits if hit.event == i] for i in range(len(self.events))]
            found.t_events = [joined([np.reshape(hit.time, 1) for hit in group], (0,)) for group in groups]
            found.y_events = [joined([hit.state for hit in group], (0, len(y))) for group in groups]
        if times is None:
            last = [hit for hit in hits if float(hit.time.data) == self.stop][-1:]
            states = [np.reshape(y, (1, -1)), *states, *(hit.state for hit in last)]
            inner = [np.reshape(_tensor(self._time(i, span)), 1) for i in range(len(found.t) - len(last))]
            found.t = joined([*inner, *(np.reshape(hit.time, 1) for hit in last)], (0,))
        else:
            found.t = times[: len(found.t)] if isinstance(times, Tensor) else make(times[: len(found.t)], None)
        found.y = np.transpose(joined(states, (0, len(y))))

    def _place(self, found: Any, times: Any) -> None:
        """Say of each step which of the results, by number, and which events lie inside of it."""
        count = len(self.times) - 1
        way = np.sign(self.times[-1] - self.times[0]) or 1.0

        def within(t: Any) -> Any:
            return np.clip(np.searchsorted(way * np.array(self.times[1:]), way * t), 0, count - 1)

        self.points: list[list[int]] = [[] for _ in range(count)]
        self.hits: list[list[Hit]] = [[] for _ in range(count)]
        self.stop = found.t[-1] if found.status == 1 and len(found.t) else None
        if times is None:
            self.points = [[i] for i in range(count)]
            if found.status == 1:  # in the middle of the last step
                self.points[-1] = []
        else:
            for number, i in enumerate(within(found.t)):
                self.points[i].append(number)
        for number, (ts, ys) in enumerate(zip(found.t_events or (), found.y_events or ())):
            for t, y in zip(ts, ys):
                self.hits[within(t)].append(Hit(number, np.float64(t), np.reshape(y, (1, -1))))

    def _results(self, found: Any, y: Any) -> tuple[list[Any], list[Hit]]:
        """The states at the points in their order, some to an array, and the events, recorded."""
        states, hits = [], []
        values = np.transpose(found.y)[int(self.call.args[1] is None) :]
        ends = [*self.steps.states[1:], self.steps.last]
        for first, end in zip(range(0, len(self.points), self.steps.stride), ends):
            last = min(first + self.steps.stride, len(self.points))
            inside = [j for i in range(first, last) for j in self.points[i]]
            met = [hit for i in range(first, last) for hit in self.hits[i]]
            flat = [end, *([values[inside]] if inside else []), *(part for hit in met for part in hit[1:])]
            y, *results = self._tied(self.call, first, last, y, flat)
            states += results[:1] if inside else []
            rest = iter(results[bool(inside) :])
            hits += [Hit(hit.event, next(rest), next(rest)) for hit in met]
        return states, hits

    def _tied(self, call: Call, first: int, last: int, y: Any, values: Sequence[Any]) -> list[Any]:
        """The values at the end and inside of some steps, as an operation of the state before."""
        values = [v.astype(y.dtype, copy=False) if v.ndim else v for v in values]

        def joint(g: Any, results: Any, inputs: Any) -> list[Any]:
            warn_again(self.unsolved)
            at, rest = inputs[0], inputs[1 : 1 + len(call.inputs)]
            again = call.again(lambda y, *args: self._steps(first, last, y, *args), [at], rest, whole=list)
            require_known(call.what, again, {*self.outside, *(x._node for x in inputs if isinstance(x, Tensor))})
            require_same(call.what, again, values)
            return pulled(again, g, [*again.nodes, *self.outside], isinstance(g[0], Tensor))

        return call.tied([y], self.outside, values, joint)

    def _steps(self, first: int, last: int, y: Any, span: Any, times: Any, args: Any) -> list[Any]:
        """The same, recorded; of several steps each is again an operation."""
        if last == first + 1:
            return self._step(first, y, span, times, args)
        call, states, hits = Call(self.call.what, [span, times, args]), [], []
        for i in range(first, last):
            with quiet():
                values = [bare(v) for v in self._step(i, y.detach(), *call.bare)]
            y, *results = self._tied(call, i, i + 1, y, values)
            states += results[:1] if self.points[i] else []
            hits += results[bool(self.points[i]) :]
        return [y, *([np.concatenate(states)] if states else []), *hits]

    def _step(self, i: int, y: Any, span: Any, times: Any, args: Any) -> list[Any]:
        """The state after step i, those at the points inside of it, and the times and states of events."""
        t, end = self._time(i, span), self._time(i + 1, span)
        h = end - t
        at = None if times is None or not self.points[i] else (times[self.points[i]] - t) / h
        ends = at is None or (isinstance(at, np.ndarray) and np.all(at == 1.0))
        after, states = self.advance(y, t, h, None if ends else at, args, bool(self.hits[i]))
        results = [after]
        if self.points[i]:
            results.append(np.reshape(after, (1, -1)) if ends else states(at))
        for hit in self.hits[i]:

            def away(time: Any, event: Function = self.events[hit.event]) -> Any:
                return event(time, states((time - t) / h)[0], span, times, args)

            none = Call(self.call.what, [])
            time = implicit(none, away, np.asarray(hit.time), np.float64, singular=GRAZES, exact=True)
            results += [time, states((time - t) / h)]
        return results

    def _time(self, i: int, span: Any) -> Any:
        """The time before step i, at a fixed share of the span."""
        start, end = span
        if isinstance(start, float) and isinstance(end, float):
            return self.times[i]
        whole = float(bare(end)) - self.times[0]
        return start + (end - start) * ((self.times[i] - self.times[0]) / whole if whole else float(i))


def bare(x: Any) -> Any:
    """The values in a Tensor."""
    return x.data if isinstance(x, Tensor) else x


def _tensor(x: Any) -> Any:
    return x if isinstance(x, Tensor) else make(np.float64(x), None)


def joined(parts: Sequence[Any], none: tuple[int, ...]) -> Any:
    """Arrays one after the other, or zeros of the shape `none` where there are none."""
    return np.concatenate(list(parts)) if parts else make(np.zeros(none), None)
