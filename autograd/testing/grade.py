"""Grade a hand-written backward: which mistake it is, in plain words, and the smallest numbers that show it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import Phase, find, given, settings, strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.extra import numpy as hnp

from ..engine.op import Op
from ..engine.sweep import Sums, Walk, completed, contributions, sum_to
from ..engine.tensor import Tensor, make
from ..engine.types import Array, Function
from .case import Case
from .check_op import parts
from .slips import SKIP, Change, suspects
from .strategies import UNHURRIED, arguments

Gradients = dict[str, Any]  # of each input: its gradient, or the exception that was raised instead
Place = tuple[int, int]  # a step of the sweep, and which of its inputs
Suspect = Callable[["Trial"], Any]  # what a rule with a known mistake gives, or SKIP where it is not the question
QUIET = settings(UNHURRIED, max_examples=100, derandomize=True)


@dataclass(frozen=True)
class Mistake:
    """A wrong gradient of one input: the mistake in words, and the smallest example with what came and was due."""

    input: str
    name: str
    example: Mapping[str, Any]
    yours: Any
    right: Array

    def __str__(self) -> str:
        given = [f"{name} = {_short(value)}" for name, value in self.example.items()]
        yours = f"{type(self.yours).__name__}: {self.yours}" if isinstance(self.yours, Exception) else None
        lines = [*given, f"yours: {yours or _short(self.yours)}", f"right: {_short(self.right)}"]
        return "\n  ".join([f"the gradient of {self.input} is wrong: {self.name}", *lines])


@dataclass(frozen=True, repr=False)
class Grade:
    """What `grade` found: true if the rule is right; its text names each mistake."""

    op: str
    mistakes: tuple[Mistake, ...] = field(default=())

    def __bool__(self) -> bool:
        return not self.mistakes

    def __repr__(self) -> str:
        return "\n".join(f"{self.op}: {mistake}" for mistake in self.mistakes) or f"{self.op}: right"


def grade(rule: Function | Mapping[str, Function], op: Op | Function, *, cases: Any = None) -> Grade:
    """Say whether a hand-written derivative of `op` is right, and which of the common mistakes it makes if not.

    `rule` is a function of `g`, the gradient of the output, and of inputs, parameters, `y` or `<input>_shape` by name,
    or of (g, *inputs) under any names. It returns the gradient of the input, or a tuple of those of all inputs, each in
    its input's shape. A mapping from inputs to rules, as `autograd.op` takes them, may leave broadcasts to the engine.
    `op` is an operation, or any function of Tensors with `cases` as an operation declares them.
    Raises TypeError where the rule asks for what there is not.

    >>> import autograd
    >>> from autograd.testing import grade
    >>> grade(lambda g, x: g * np.cos(x), autograd.sin)
    sin: right
    >>> grade(lambda g, y: g * (1 + y * y), autograd.tanh)
    tanh: the gradient of x is wrong: the sign of a term is wrong: `1 + y ** 2` in the place of `1 - y ** 2`
      x = 1
      g = 1
      y = 0.7616
      yours: 1.58
      right: 0.42
    """
    graded = copy.copy(getattr(op, "op", op))
    if not isinstance(graded, Op):
        graded = Op(graded, {}, composite=True)
    graded.cases = graded.cases if cases is None else cases
    if graded.cases is None:
        raise ValueError(f"{graded.name} has no cases to be graded on; pass cases=, such as reals(-2, 2)")
    student, evidence = _student(rule, graded), _evidence(graded)
    mistakes: list[Mistake] = []
    for name in dict.fromkeys(name for trial in evidence for name in trial.truth):
        wrong = [t for t in evidence if t.wrong(student, name)]
        if mistakes and wrong and all(isinstance(t.answer(student)[name], Exception) for t in wrong):
            continue  # what raised may be another input's
        smallest = _smallest(graded, student, name, without_zeros=bool(wrong))
        if smallest is not None:
            told = _named(name, student, [*(t for t in evidence if name in t.truth), smallest])
            example = {**smallest.given, "g": smallest.g, "y": smallest.y}
            mistakes.append(Mistake(name, told, example, smallest.answer(student)[name], smallest.truth[name]))
    return Grade(graded.name, tuple(mistakes))


def _short(value: Any) -> str:
    if not np.ndim(value):
        return f"{value:.4g}" if isinstance(value, (float, np.ndarray)) else repr(value)
    return np.array2string(np.asarray(value), precision=4, separator=", ").replace("\n", "\n     ")


# -- trials: what an op gives on one case --------------------------------------------------------------


class Trial:
    """A case of an op with a cotangent: its values by name, its true gradients, and the contributions to them."""

    def __init__(self, op: Op, drawn: tuple[tuple[Any, ...], dict[str, Any]], weigh: Callable[[Any], Array]) -> None:
        self.drawn, self.case = drawn, Case(op, *drawn)
        result = self.case.call(*self.case.arrays)
        self.cotangents = [weigh(o) for o in parts(result)]
        self.y: Any = tuple(result) if isinstance(result, (list, tuple)) else np.asarray(result)
        self.g: Any = tuple(self.cotangents) if isinstance(self.y, tuple) else self.cotangents[0]
        given = {**op.defaults, **dict(zip(op.parameters, drawn[0])), **drawn[1]}
        self.given = {n: given[n] for n in op.parameters if n in given}
        arrays = {n: v for n, v in self.given.items() if isinstance(v, (np.ndarray, np.generic))}
        about = {f"{n}_{of}": getattr(v, of) for n, v in arrays.items() for of in ("shape", "dtype")}
        self.values = {**self.given, **about, "y": self.y}
        lists = {f"{n}[{i}]": e for n, v in self.given.items() if isinstance(v, list) for i, e in enumerate(v)}
        held = {id(a) for a in self.case.arrays}
        self.labels = [n for n, v in (arrays | lists).items() if id(v) in held]
        self.truth, self.steps = self.sweep()
        self._answers: dict[int, Gradients] = {}

    @np.errstate(all="ignore")
    def answer(self, student: Suspect) -> Gradients:
        """What the student's rule gives, worked out once."""
        if id(student) not in self._answers:
            self._answers[id(student)] = student(self)
        return self._answers[id(student)]

    def wrong(self, student: Suspect, name: str) -> bool:
        """Whether the student's gradient of this input is another than the true one."""
        return name in self.truth and not _same(self.answer(student)[name], self.truth[name])

    @property
    def telling(self) -> bool:
        """Whether there are numbers, and no zero among them."""
        return all(a.size and np.all(a) for a in self.case.arrays)

    def sweep(
        self, changes: Mapping[Place, Change] | None = None, keep: str = "sum"
    ) -> tuple[Gradients, dict[Place, tuple[Op, Any, Any]]]:
        """The gradients of the inputs, and of each contribution on the way its op, its g and itself.

        `changes` puts another contribution in the place of one. Of several that arrive at one value all are kept (the
        sum), the first or the last alone.
        """
        leaves = [make(a, None) for a in self.case.arrays]
        for leaf in leaves:
            leaf.requires_grad = True
        weighed = zip(parts(self.case.call(*leaves)), self.cotangents)
        sums = Sums({o._node: g for o, g in weighed if isinstance(o, Tensor) and o._node is not None}, False)
        steps: dict[Place, tuple[Op, Any, Any]] = {}
        for step, node in enumerate(Walk(sums.at).order):
            g = sums.at.get(node)
            if g is None or node.plan is None:
                continue
            g = completed(g, node, False) if node.kind is tuple else g
            values = {"y": node.value, **dict(zip(node.plan.names, node.saved))}  # where small enough to be remembered
            values |= self.values if node.op.forward is self.case.op.forward else {}
            for i, part in zip(node.plan.positions, contributions(node, g, node.plan.positions)):
                place, parent = (step, i), node.inputs[i]
                changed = changes[place](g, part, values) if changes and place in changes else part
                steps[place] = node.op, g, changed
                if keep == "last" and parent.kind is not tuple:
                    sums.at.pop(parent, None)
                if keep != "first" or parent.kind is tuple or parent not in sums.at:
                    sums.add(node, g, [i], [part if changed is SKIP else changed])
        return {n: sums.at[x._node] for n, x in zip(self.labels, leaves) if x._node in sums.at}, steps


@np.errstate(all="ignore")
def _same(found: Any, true: Any) -> bool:
    if found is None or isinstance(found, Exception) or isinstance(true, Exception):
        return isinstance(found, Exception) and isinstance(true, Exception)
    size = float(np.max(np.abs(np.nan_to_num(true)), initial=1e-3))
    return np.shape(found) == np.shape(true) and np.allclose(found, true, 1e-6, 1e-9 * size, equal_nan=True)


@st.composite
def _trials(draw: st.DrawFn, op: Op) -> Trial:
    """A case, with small integers for the gradient of its output."""
    whole = st.sampled_from([1, 2, 3, -1, -2, 0])
    drawn = draw(arguments(op))
    return Trial(op, drawn, lambda y: draw(hnp.arrays(float, np.shape(y), elements=whole, fill=st.nothing())))


def _evidence(op: Op) -> list[Trial]:
    """Cases with any numbers for the gradient of the output."""
    rng = np.random.default_rng(0)
    trials: list[Trial] = []

    @settings(QUIET, max_examples=40, phases=[Phase.generate])
    @given(arguments(op))
    def collect(drawn: Any) -> None:
        trials.append(Trial(op, drawn, lambda y: np.asarray(rng.normal(size=np.shape(y)))))

    collect()
    return [t for t in trials if t.labels and all(a.size for a in t.case.arrays)]


def _smallest(op: Op, student: Suspect, name: str, without_zeros: bool) -> Trial | None:
    """The smallest trial that is wrong; rather one without zeros, which hide what is multiplied."""
    with suppress(NoSuchExample):
        return find(_trials(op), lambda t: t.wrong(student, name) and (t.telling or not without_zeros), settings=QUIET)
    return _smallest(op, student, name, False) if without_zeros else None


# -- the student's rule --------------------------------------------------------------------------------


def _student(rule: Function | Mapping[str, Function], op: Op) -> Suspect:
    """The rule, or rules, as a function of a trial that gives a gradient, or an exception, for each input."""
    several = isinstance(rule, Mapping)
    rules = rule if isinstance(rule, Mapping) else {"": rule}
    asks = {name: _asking(r, op) for name, r in rules.items()}
    for unknown in rules.keys() - {"", *op.parameters}:
        raise TypeError(f"a rule for {unknown!r}, but the inputs of {op.name} are {', '.join(op.parameters)}")

    def student(trial: Trial) -> Gradients:
        found = {name: _tried(ask, trial) for name, ask in asks.items()}
        if several:
            return {n: _summed(found.get(n, true), true.shape) for n, true in trial.truth.items()}
        whole = found[""]
        if not isinstance(whole, (tuple, list)):
            if len(trial.truth) > 1 and not isinstance(whole, Exception):
                raise TypeError(
                    f"the rule returned one gradient for the inputs {', '.join(trial.truth)} of {op.name}; return a "
                    "tuple with one for each, or pass a mapping such as {'a': rule}"
                )
            return dict.fromkeys(trial.truth, whole)
        names = trial.labels if op.variadic else op.inputs or op.parameters
        return {**dict.fromkeys(trial.truth, TypeError("it was not returned")), **dict(zip(names, whole))}

    return student


def _asking(rule: Function, op: Op) -> Callable[[Trial], Any]:
    """A rule as a function of a trial: handed what it asks for by name, or else g and the inputs in order."""
    asked, inputs = list(inspect.signature(rule).parameters), op.inputs or op.parameters
    known = {"g", "y", *op.parameters, *(f"{n}_{of}" for n in op.parameters for of in ("shape", "dtype"))}
    by_name = set(asked) <= known
    if not by_name and len(asked) != 1 + len(inputs):
        raise TypeError(
            f"the rule of {op.name} takes {', '.join(asked)}; it may ask for {', '.join(sorted(known))}, or take "
            f"(g, {', '.join(inputs)}) under any names"
        )
    names = asked if by_name else ["g", *inputs]

    def ask(trial: Trial) -> Any:
        given = [trial.g if n == "g" else trial.values[n] for n in names]
        return rule(*(v.copy() if isinstance(v, np.ndarray) else v for v in given))  # which it may write to

    return ask


@np.errstate(all="ignore")
def _tried(ask: Callable[[Trial], Any], trial: Trial) -> Any:
    try:
        return ask(trial)
    except Exception as error:
        return error


def _summed(found: Any, shape: tuple[int, ...]) -> Any:
    """Un-broadcast as the engine does, where that is what is needed."""
    with suppress(ValueError):
        if np.broadcast_shapes(np.shape(found), shape) == np.shape(found) != shape:
            return sum_to(np.asarray(found), shape)
    return found


# -- the name of the mistake ---------------------------------------------------------------------------


def _named(name: str, student: Suspect, trials: list[Trial]) -> str:
    """The first slip that gives what the student gives on all trials, or on those where that is a gradient at all."""
    wrong = sorted((t for t in trials if t.wrong(student, name)), key=lambda t: _unfit(t, student, name))
    ordered = [*wrong, *(t for t in trials if t not in wrong)]
    partly = ""
    for told, suspect in suspects(name, wrong[0]):
        verdicts = {}
        for t in ordered:
            verdicts[t] = _explains(suspect, t, student, name)
            if verdicts[t] is False:
                break
        if False not in verdicts.values() and any(verdicts[t] is True for t in wrong):
            if None not in verdicts.values():
                return told
            partly = partly or told
    return "; ".join(filter(None, [partly, _unfit(wrong[-1], student, name)])) or "no mistake that is known here"


def _unfit(trial: Trial, student: Suspect, name: str) -> str:
    """What is wrong with a gradient that is not even one: the shape, or an error."""
    answer, right = trial.answer(student)[name], trial.truth[name]
    if isinstance(answer, Exception):
        return f"the rule raised {type(answer).__name__}: {answer}"
    return "" if np.shape(answer) == right.shape else f"its shape is {np.shape(answer)}, the input's {right.shape}"


def _explains(suspect: Suspect, trial: Trial, student: Suspect, name: str) -> Any:
    """Whether a suspect gives what the student gives; SKIP where it says nothing, None where the student gives none."""
    expected = _tried(suspect, trial)
    if expected is SKIP:
        return SKIP
    if _same(trial.answer(student)[name], expected):
        return SKIP if isinstance(expected, Exception) else True
    return None if _unfit(trial, student, name) else False
