"""Who is to blame for a wrong gradient: the first operation that is wrong by itself, and what mistake it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from ..engine.modes import Observer
from ..engine.node import Node
from ..engine.op import Op
from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..ops.random import get_rng_state, set_rng_state
from ..transforms import gradients
from .program import call_program, function_program
from .slopes import STEPS, Terms, Verdict, flat, outputs_of, verdict

LARGE = 3  # a call is shown on operands cut to this many along each axis, if its rule is as wrong there


class Call(NamedTuple):
    """One call of an op, with the positions of the inputs that carried a gradient."""

    op: Op
    operands: Sequence[Any]
    options: dict[str, Any]
    tracked: tuple[int, ...]
    outputs: list[Any]

    @property
    def inputs(self) -> Sequence[Any]:
        """The inputs, first of all operands or, of a variadic op, in a list."""
        return self.operands[0] if self.op.variadic else self.operands

    def on(self, operands: Sequence[Any]) -> Call:
        """The same call on other operands."""
        return self._replace(operands=operands)

    def alone(self, places: tuple[int, ...]) -> Function:
        """The call as a function of its inputs at `places`; each time it draws the same numbers."""

        def call(*values: Any) -> Any:
            inputs = list(self.inputs)
            for i, value in zip(places, values):
                inputs[i] = value
            state = get_rng_state()
            try:
                return self.op.call(*([inputs, *self.operands[1:]] if self.op.variadic else inputs), **self.options)
            finally:
                set_rng_state(state)

        return call

    def at(self, places: tuple[int, ...]) -> list[Array]:
        """Its inputs at `places`."""
        return [np.asarray(self.inputs[i], np.float64) for i in places]

    def names(self, places: tuple[int, ...]) -> str:
        """Their names."""
        return " and ".join(self.op.input_name(i) for i in places)


class Calls(Observer):
    """What is called, in order."""

    def __init__(self) -> None:
        self.made: list[Call] = []

    def called(self, op: Op, operands: Any, out: Any, node: Node | None) -> None:
        """Note it; of several outputs each is told apart."""
        if self.made and self.made[-1].op is op and self.made[-1].operands is operands:
            self.made[-1].outputs.append(out)
            return
        options = node.__dict__.get("call", ((), {}))[1] if node else {}
        tracked = tuple(i for i, need in enumerate(node.plan.needs) if need) if node else ()
        self.made.append(Call(op, operands, options, tracked, [out]))


def calls_of(f: Function, arrays: Sequence[Array]) -> list[Call]:
    """The calls that f makes."""
    with Calls() as calls:
        f(*(Tensor(a, requires_grad=True) for a in arrays))
    return calls.made


@np.errstate(all="ignore")
def blamed(f: Function, arrays: list[Array], found: Verdict, order: int, terms: Terms) -> str:
    """What to say of a wrong gradient of f: who is to blame, both numbers, and a program that shows it."""
    calls = calls_of(f, arrays)
    again = calls_of(f, arrays)
    if not all(np.allclose(a.outputs[-1], b.outputs[-1], 1e-9, equal_nan=True) for a, b in zip(calls, again)):
        return f"the function gives other numbers each time, as one that draws at random; seed it inside. {found.text}"
    for call in calls:
        dtype = np.asarray(call.outputs[0]).dtype
        if dtype.kind == "f" and dtype.itemsize < 8:
            return f"{call.op.name} computes in {dtype}, too coarse for finite differences: {found.text}"
    others = []
    for call, places, own in _suspects(calls, order, terms):
        if own.kind == "rule":
            return _charge(call, places, own, order, terms)
        others.append((call, places, own))
    for call, places, own in others:
        if own.kind == found.kind or found.kind == "rule":
            where = _edge(call, places) if own.kind == "edge" else f"kink at {call.op.name}"
            return f"{where}: {own.text}{call_program(call, places, order)}"
    who = "no rule is wrong by itself: was a value taken past the record, by .data, .detach(), .item() or no_grad()?"
    if found.kind == "kink":
        who = f"kink at {_kinked(f, arrays, found.way[: len(arrays)]) or 'the inputs'}:"
    return f"{who} {found.text}{function_program(f, arrays, order)}"


def _suspects(calls: list[Call], order: int, terms: Terms) -> Iterator[tuple[Call, tuple[int, ...], Verdict]]:
    """Each call that is wrong by itself, with the inputs with respect to which it is: one, or all together."""
    for call in calls:
        call = call.on([_double(o) for o in call.operands])
        together = [call.tracked] if len(call.tracked) > 1 else []
        for places in [*((i,) for i in call.tracked), *together]:
            if own := _judged(call, places, order, terms):
                yield call, places, own


def _judged(call: Call, places: tuple[int, ...], order: int, terms: Terms) -> Verdict | None:
    try:
        return verdict(call.alone(places), call.at(places), order, terms)
    except Exception:  # what cannot be called alone is not accused
        return None


def _double(value: Any) -> Any:
    """A value in float64 throughout."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_double, value)) if type(value) in (list, tuple) else value
    floats = isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    return np.asarray(value, np.float64) if floats else value


def _cut(value: Any) -> Any:
    """An array, or those in a list, cut short."""
    if isinstance(value, list):
        return list(map(_cut, value))
    return value[(slice(LARGE),) * value.ndim] if isinstance(value, np.ndarray) else value


def _charge(call: Call, places: tuple[int, ...], own: Verdict, order: int, terms: Terms) -> str:
    """What to say of a wrong rule."""
    small = call.on([_cut(o) for o in call.operands])
    shorter = _judged(small, places, order, terms)
    if shorter and shorter.kind == "rule":
        call, own = small, shorter
    how = _difference(call, places[0]) if len(places) == 1 and own.order == 1 else ""
    if own.order > 1:
        how = f", right in itself, but not where it is differentiated again (order {own.order})"
    return (
        f"wrong rule of {call.op.name}, input {call.names(places)}{how}: {own.text}{call_program(call, places, order)}"
    )


# -- what a mistake looks like ---------------------------------------------------------------------------


def _difference(call: Call, place: int) -> str:
    """By what factor a rule is off, and which of the usual mistakes that would be."""
    x = call.at((place,))[0]
    outputs = outputs_of(call.alone((place,))(Tensor(x, requires_grad=True)))
    if x.size * sum(o.size for o in outputs) > 1e6:
        return ""
    weights = [np.random.default_rng(1).uniform(0.5, 1.5, o.shape) for o in outputs]
    given = _gradient(call, place, weights)
    right = _numeric(call, place, weights)
    if np.allclose(given, right, 1e-5, 1e-5):
        return ""
    scale = float(np.sum(right * right))
    factor = f", off by about {float(np.sum(given * right)) / scale:.3g}" if scale else ", which should be 0"
    for name, mistaken in _mistakes(call, place, right, weights):
        if mistaken.shape == given.shape and np.allclose(given, mistaken, 1e-4, 1e-4 * float(np.max(np.abs(right)))):
            return f"{factor} (looks like: {name})"
    return factor


def _gradient(call: Call, place: int, weights: list[Array]) -> Array:
    """What the rule gives for one input."""
    x = Tensor(call.at((place,))[0], requires_grad=True)
    pairs = [(o, w) for o, w in zip(outputs_of(call.alone((place,))(x)), weights) if o.requires_grad]
    return gradients([o for o, _ in pairs], [x], [w for _, w in pairs])[0].data  # type: ignore[no-any-return]


def _numeric(call: Call, place: int, weights: list[Array], h: float = 1e-6) -> Array:
    """What finite differences give, element by element."""
    x, f = call.at((place,))[0], call.alone((place,))
    found = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        high, low = (flat([o.data for o in outputs_of(f(Tensor(x + s)))]) for s in (step, -step))
        found[i] = flat(weights) @ (high - low) / (2 * h)
    return found


def _mistakes(call: Call, place: int, right: Array, weights: list[Array]) -> Iterator[tuple[str, Array]]:
    """The usual mistakes, and what each would give in place of the `right` gradient."""
    yield from (("nothing arrives", 0 * right), ("sign", -right), ("factor 2", 2 * right), ("factor 1/2", right / 2))
    (w, *more), x = weights, right
    for axis in () if more else range(w.ndim):
        for end in (0, -1):
            slice_of = np.zeros(w.shape)
            np.moveaxis(slice_of, axis, 0)[end] = 1.0
            yield f"missing sum over the broadcast axis {axis}", _numeric(call, place, [w * slice_of])
        yield f"a mean in place of the sum over the broadcast axis {axis}", right / max(w.shape[axis], 1)
    if x.ndim > 1:
        yield "transposed result", np.swapaxes(right, -1, -2)
    for i, operand in enumerate(call.inputs):
        if isinstance(operand, np.ndarray) and operand.ndim > 1 and operand.shape[-1] == operand.shape[-2]:
            inputs = [*call.inputs[:i], np.swapaxes(operand, -1, -2), *call.inputs[i + 1 :]]
            turned = call.on([inputs, *call.operands[1:]] if call.op.variadic else inputs)
            yield f"transposed operand {call.op.input_name(i)}", _numeric(turned, place, weights)


# -- edges and kinks -------------------------------------------------------


def _edge(call: Call, places: tuple[int, ...]) -> str:
    """Where the domain of an op ends, or its slope is infinite."""
    text = f"edge of the domain of {call.op.name}, input {call.names(places)}"
    outputs = outputs_of(call.alone(places[:1])(*call.at(places[:1])))
    x, g = call.at(places[:1])[0], _gradient(call, places[0], [np.ones(np.shape(o)) for o in outputs])
    endless = ~np.isfinite(g)
    return f"{text} = {x[endless][0]:g} (its slope there is {g[endless][0]:g})" if endless.any() else text


def _kinked(f: Function, arrays: list[Array], way: list[Array]) -> str:
    """The first op whose output bends or jumps along the way, if any; what it is given does not, or came first."""
    h = STEPS[-1]
    lines = (calls_of(f, [a + k * h * u for a, u in zip(arrays, way)]) for k in (-1, 0, 1))
    for before, at, after in zip(*lines):
        if not before.op is at.op is after.op:
            return f"{at.op.name}, before which it goes another way"
        moved, bent, size = (
            max(float(np.max(np.abs(p), initial=0.0)) for p in parts)
            for parts in (
                [_numbers(after.operands) - _numbers(before.operands)],
                [flat(after.outputs) - 2 * flat(at.outputs) + flat(before.outputs)],
                [flat(at.outputs)],
            )
        )
        if bent > max(1e-3 * moved, 1e-14 * size):
            return str(at.op.name)
    return ""


def _numbers(operands: Sequence[Any]) -> Array:
    """All floats among the operands."""
    listed = chain.from_iterable(o if isinstance(o, list) else [o] for o in operands)
    return flat([np.asarray(o) for o in listed if isinstance(o, (np.ndarray, np.generic)) and o.dtype.kind == "f"])
