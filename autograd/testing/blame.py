"""Who is to blame for a wrong gradient: the first operation that is wrong by itself, and what mistake it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..engine.modes import Observer
from ..engine.node import Node
from ..engine.op import Op
from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..transforms import gradients
from .case import Case, is_float
from .program import case_program, function_program
from .slopes import STEPS, Terms, Verdict, double, flat, outputs_of, random_weights, verdict

SIDE = 3  # a wrong rule is shown on operands cut to this many along each axis, if it is wrong there, too


class Call(NamedTuple):
    """A call that was made: which of its inputs carry a gradient, and its outputs."""

    case: Case
    needs: Sequence[bool]
    outputs: list[Any]


class Calls(Observer):
    """What is called, in order."""

    def __init__(self) -> None:
        self.made: list[Call] = []
        self.last: Any = None

    def called(self, op: Op, operands: Any, out: Any, node: Node | None) -> None:
        """Note it; of several outputs each is told apart."""
        if operands is not self.last:
            options = node.__dict__.get("call", ((), {}))[1] if node else {}
            self.made.append(Call(Case(op, tuple(operands), options), node.plan.needs if node else (), []))
        self.made[-1].outputs.append(out)
        self.last = operands


def calls_of(f: Function, arrays: Sequence[Array]) -> list[Call]:
    """The calls that f makes."""
    with Calls() as calls:
        f(*(Tensor(a, requires_grad=True) for a in arrays))
    return calls.made


Suspect = tuple[Case, list[int], Verdict]  # a call that is wrong by itself, and with respect to which of its arrays


@np.errstate(all="ignore")
def blamed(f: Function, arrays: list[Array], found: Verdict, order: int, terms: Terms) -> str:
    """What to say of a wrong gradient of f: who is to blame, both numbers, and a program that shows it."""
    calls, again = calls_of(f, arrays), calls_of(f, arrays)
    if not all(np.allclose(a.outputs[-1], b.outputs[-1], 1e-9, equal_nan=True) for a, b in zip(calls, again)):
        return f"the function gives other numbers each time, as one that draws at random; seed it inside. {found.text}"
    for call in calls:
        dtype = np.asarray(call.outputs[0]).dtype
        if dtype in (np.float16, np.float32, np.complex64):
            return f"{call.case.op.name} computes in {dtype}, too coarse for finite differences: {found.text}"
    others = []
    for suspect in _suspects(calls, order, terms):
        if suspect[2].kind == "rule":
            return _charge(*suspect, order, terms)
        others.append(suspect)
    for case, numbers, own in others:
        if own.kind == found.kind or found.kind == "rule":
            what = _edge(case, numbers) if own.kind == "edge" else f"kink at {case.op.name}"
            return f"{what}: {own.text}{case_program(case, numbers, order)}"
    what = "no rule is wrong by itself: was a value taken past the record, by .data, .detach(), .item() or no_grad()?"
    if found.kind == "kink":
        what = f"kink at {_kinked(f, arrays, found.way[: len(arrays)])}:"
    return f"{what} {found.text}{function_program(f, arrays, order)}"


def _suspects(calls: list[Call], order: int, terms: Terms) -> Iterator[Suspect]:
    """The calls that are wrong by themselves, with respect to one of their inputs or to all together."""
    for call in calls:
        case = call.case.changed(_double)
        tracked = [k for k, place in enumerate(case.places) if place < len(call.needs) and call.needs[place]]
        for numbers in [*([k] for k in tracked), *([tracked] if len(tracked) > 1 else [])]:
            if own := _judged(case, numbers, order, terms):
                yield case, numbers, own


def _judged(case: Case, numbers: list[int], order: int, terms: Terms) -> Verdict | None:
    try:
        return verdict(case.among(case.arrays, numbers), [case.arrays[k] for k in numbers], order, terms)
    except Exception:  # what cannot be called alone is not accused
        return None


def _double(value: Any) -> Any:
    return double(value) if is_float(value) else value


def _cut(value: Any) -> Any:
    return value[(slice(SIDE),) * value.ndim] if isinstance(value, np.ndarray) else value


def _charge(case: Case, numbers: list[int], own: Verdict, order: int, terms: Terms) -> str:
    """What to say of a wrong rule."""
    small = case.changed(_cut)
    shorter = _judged(small, numbers, order, terms)
    if shorter and shorter.kind == "rule":
        case, own = small, shorter
    how = _difference(case, numbers[0]) if len(numbers) == 1 and own.order == 1 else ""
    if own.order > 1:
        how = f", right in itself, but not where it is differentiated again (order {own.order})"
    who = f"wrong rule of {case.op.name}, input {' and '.join(map(case.name, numbers))}"
    return f"{who}{how}: {own.text}{case_program(case, numbers, order)}"


# -- what a mistake looks like -------------------------------------------------------------------------


def _difference(case: Case, number: int) -> str:
    """By what factor a rule is off, and which of the usual mistakes that would be."""
    f, x = case.among(case.arrays, [number]), case.arrays[number]
    weights = [random_weights(np.random.default_rng(1), o) for o in outputs_of(f(Tensor(x)))]
    if x.size * flat(weights).size > 1e6:
        return ""
    given, right = _by_rule(f, x, weights), _by_differences(f, x, weights)
    if np.allclose(given, right, 1e-5, 1e-5):
        return ""
    scale = float(np.linalg.norm(right))
    factor = float(np.vdot(right, given).real) / scale**2 if scale else np.inf
    size = float(np.linalg.norm(given - right)) / scale if scale else np.inf
    off = f", off by about {factor:.3g}" if abs(factor - 1) > 0.1 else f", off by about {size:.2g} of its size"
    for name, mistaken in _mistakes(case, number, right, weights):
        if mistaken.shape == given.shape and np.allclose(given, mistaken, 1e-4, 1e-4 * float(np.max(np.abs(right)))):
            return f"{off} (looks like: {name})"
    return off


def _by_rule(f: Function, x: Array, weights: list[Array]) -> Array:
    leaf = Tensor(x, requires_grad=True)
    outs, seeds = zip(*((o, w) for o, w in zip(outputs_of(f(leaf)), weights) if o.requires_grad))
    return np.asarray(gradients(outs, [leaf], list(seeds))[0].data)


def _by_differences(f: Function, x: Array, weights: list[Array], h: float = 1e-6) -> Array:
    found = np.zeros(x.shape, x.dtype)
    for i, unit in product(np.ndindex(x.shape), (1.0, 1j) if x.dtype.kind == "c" else (1.0,)):
        step = np.zeros(x.shape, x.dtype)
        step[i] = h * unit
        high, low = (flat([o.data for o in outputs_of(f(Tensor(x + s)))]) for s in (step, -step))
        found[i] += flat(map(np.conjugate, weights)) @ (high - low) / (2 * h) * np.conjugate(unit)
    return found


def _mistakes(case: Case, number: int, right: Array, weights: list[Array]) -> Iterator[tuple[str, Array]]:
    """The usual mistakes, and what each would give in place of the `right` gradient."""
    yield from (("nothing arrives", 0 * right), ("sign", -right), ("factor 2", 2 * right), ("factor 1/2", right / 2))
    if np.iscomplexobj(right):
        yield "a conjugate", np.conjugate(right)
    f, x, w = case.among(case.arrays, [number]), case.arrays[number], weights[0]
    for axis in range(w.ndim if len(weights) == 1 else 0):
        for end in (0, -1):
            chosen = np.zeros(w.shape)
            np.moveaxis(chosen, axis, 0)[end] = 1.0
            yield f"missing sum over the broadcast axis {axis}", _by_differences(f, x, [w * chosen])
        yield f"a mean in place of the sum over the broadcast axis {axis}", right / max(w.shape[axis], 1)
    if x.ndim > 1:
        yield "transposed result", np.swapaxes(right, -1, -2)
    for k, operand in enumerate(case.arrays):
        if operand.ndim > 1 and operand.shape[-1] == operand.shape[-2]:
            arrays = [*case.arrays[:k], np.swapaxes(operand, -1, -2), *case.arrays[k + 1 :]]
            turned = _by_differences(case.among(arrays, [number]), arrays[number], weights)
            yield f"transposed operand {case.name(k)}", turned


# -- edges and kinks -----------------------------------------------------------------------------------


def _edge(case: Case, numbers: list[int]) -> str:
    """Where the domain of an op ends, or its slope is infinite."""
    f, x = case.among(case.arrays, numbers[:1]), case.arrays[numbers[0]]
    g = _by_rule(f, x, [np.ones(o.shape) for o in outputs_of(f(Tensor(x)))])
    at = np.argmin(np.isfinite(g).ravel())
    where = "" if np.isfinite(g.flat[at]) else f" = {x.flat[at]:g} (its slope there is {g.flat[at]:g})"
    return f"edge of the domain of {case.op.name}, input {case.name(numbers[0])}{where}"


def _kinked(f: Function, arrays: list[Array], way: list[Array]) -> str:
    """The first op whose output bends or jumps along the way: what it is given does not, or came first."""
    h = STEPS[-1]
    for before, at, after in zip(*(calls_of(f, [a + k * h * u for a, u in zip(arrays, way)]) for k in (-1, 0, 1))):
        name = str(at.case.op.name)
        if not before.case.op is at.case.op is after.case.op:
            return f"{name}, before which it goes another way"
        low, middle, high = (flat(call.outputs) for call in (before, at, after))
        moved = np.max(np.abs(flat(after.case.arrays) - flat(before.case.arrays)), initial=0.0)
        if np.any(np.abs(high - 2 * middle + low) > np.maximum(1e-3 * moved, 1e-14 * np.abs(middle))):
            return name
    return "the inputs"
