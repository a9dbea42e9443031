"""Slopes by backprop and by finite differences along random directions, and a verdict where they differ.

Steps shrink until they agree: a kink that lies a little way off falls out of the smaller steps, while a wrong rule is
wrong at each of them. The differences use values alone, never the rules that they judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..transforms import gradients

BESIDE = 1e-4  # how far to go from a kink
STEPS = 1e-3, 1e-5, 1e-7  # with the five-point formula: truncation about h**4, rounding about 1e-16 / h


Problem = tuple[str, str] | None  # a kind and a text


class Verdict(NamedTuple):
    """What is wrong with a gradient, and along which direction it showed.

    `kind` is "rule" (it is wrong), "kink" (the slopes to either side differ) or "edge" (the function ends there, or is
    infinitely steep).
    """

    kind: str
    text: str
    order: int
    way: list[Array]


class Terms(NamedTuple):
    """How to look for a difference: tolerances, and how many directions from which seed."""

    rtol: float = 1e-6
    atol: float = 1e-7
    directions: int = 2
    seed: int = 0


def verdict(f: Function, arrays: list[Array], order: int, terms: Terms) -> Verdict | None:
    """What is wrong with the gradients of f at `arrays` up to this order; None if nothing is.

    Order n checks the gradient as a function of inputs and cotangents: the recorded one is differentiated, and compared
    with differences of what an ordinary sweep finds. At a kink any slope between those to either side may be the
    convention, and the gradient has to be right a little way off.
    """
    rng = np.random.default_rng(terms.seed)
    plain = f  # the same function where it need not be differentiated again
    with np.errstate(all="ignore"):  # what is not finite gets a verdict
        for level in range(1, order + 1):
            line = Line(f, plain, arrays, level < order, rng)
            for _ in range(terms.directions):
                problem = line.problem(terms)
                for _ in range(4):
                    if problem is None or problem[0] != "near":
                        break
                    points = [a + BESIDE * random_weights(rng, a) for a in arrays]
                    problem = Line(f, plain, points, level < order, rng).problem(terms)
                if problem:
                    kind, text = problem
                    return Verdict("kink" if kind == "near" else kind, f"order {level}: {text}", level, line.way)
            if level < order:
                f, plain = pullback(f, len(arrays)), pullback(f, len(arrays), recorded=False)
                arrays = [*arrays, *(random_weights(rng, o) for o in line.outputs)]
    return None


class Line:
    """A function and its recorded outputs at one point, and the line through it that was looked at last."""

    def __init__(
        self, f: Function, plain: Function, arrays: list[Array], recorded: bool, rng: np.random.Generator
    ) -> None:
        self.plain, self.arrays, self.recorded, self.rng = plain, arrays, recorded, rng
        self.tensors = [Tensor(a, requires_grad=True) for a in arrays]
        self.outputs = outputs_of(f(*self.tensors))
        self.way: list[Array] = []
        self.steps: Sequence[float] = STEPS

    def problem(self, terms: Terms) -> Problem:
        """What is wrong along the next direction: None, or a kind and a text."""
        cotangents = [random_weights(self.rng, o) for o in self.outputs]
        found, misfit = _swept(self.outputs, self.tensors, cotangents, self.recorded)
        self.way = [random_weights(self.rng, a, 1.0) for a in self.arrays]
        analytic = sum(float(np.sum(g.data * u).real) for g, u in zip(found, self.way) if g is not None)
        if misfit:
            return misfit
        compare = partial(_compare, analytic, self.values, flat(map(np.conjugate, cotangents)), terms)
        self.steps, problem = compare(self.steps)  # along the next direction, begin where this one came to agree
        if problem and len(self.steps) < len(STEPS):
            self.steps, problem = compare(STEPS)
        return problem

    def values(self, t: float) -> Array:
        """All outputs, at this place of the line."""
        # recording stays on: a gradient function records its own graph to walk it
        outputs = outputs_of(self.plain(*(Tensor(a + t * u) for a, u in zip(self.arrays, self.way))))
        return flat([o.data if isinstance(o, Tensor) else o for o in outputs])


def pullback(f: Function, count: int, recorded: bool = True) -> Function:
    """The function of `count` inputs and a cotangent per output that returns the inputs' gradients."""

    def pulled(*values: Tensor) -> list[Tensor]:
        # fresh nodes, so that a gradient with respect to an input is never confused with one to its source
        xs = [x if x.requires_grad else Tensor(x, requires_grad=True) for x in values[:count]]
        pairs = [(o, v) for o, v in zip(outputs_of(f(*xs)), values[count:]) if o.requires_grad]
        if not pairs:
            return [Tensor(np.zeros(x.shape, x.dtype)) for x in xs]
        outputs, weights = zip(*pairs)
        found = gradients(outputs, xs, list(weights), create_graph=recorded, allow_unused=True)
        return [Tensor(np.zeros(x.shape, x.dtype)) if g is None else g for x, g in zip(xs, found)]

    return pulled


def outputs_of(result: Tensor | list[Tensor] | tuple[Tensor, ...]) -> list[Tensor]:
    """The outputs of a function, whether one or several."""
    return list(result) if isinstance(result, (list, tuple)) else [result]


def flat(arrays: Iterable[Array]) -> Array:
    """All numbers in one vector, of complex ones both parts: with conjugate weights, products add up to real parts."""
    return np.concatenate([np.zeros(0), *(np.ravel(double(a)).view(np.float64) for a in arrays)])


def double(value: Any) -> Array:
    """Numbers in double precision, real or complex, in memory that is in order."""
    return np.array(value, np.complex128 if np.iscomplexobj(value) else np.float64, order="C")


def random_weights(rng: np.random.Generator, like: Any, high: float = 1.5) -> Array:
    """Numbers, complex as those of `like`, whose parts are 0.5 to `high` in size.

    Ones would hide errors, as the sum of a batch norm is constant.
    """
    u = rng.uniform(-1, 1, like.shape)
    weights: Array = np.copysign(0.5 + (high - 0.5) * np.abs(u), u)
    return weights + 1j * rng.uniform(-high, high, like.shape) if like.dtype.kind == "c" else weights


def _swept(
    outputs: list[Tensor], tensors: list[Tensor], cotangents: list[Array], recorded: bool
) -> tuple[Sequence[Tensor | None], Problem]:
    """The gradients that backprop finds, and what is wrong with their form, or with those of a recorded sweep."""
    tracked = [(o, v) for o, v in zip(outputs, cotangents) if o.requires_grad]
    if not tracked:
        return [None] * len(tensors), None
    outs, weights = zip(*tracked)
    found = gradients(outs, tensors, list(weights), retain_graph=True, allow_unused=True)
    again = gradients(outs, tensors, list(weights), create_graph=True, allow_unused=True) if recorded else found
    for i, (x, g, other) in enumerate(zip(tensors, found, again)):
        if g is not None and (g.shape != x.shape or g.dtype != x.dtype):
            return found, ("rule", f"input {i}: gradient {g.dtype} {g.shape} for {x.dtype} {x.shape}")
        a, b = (0.0 if part is None else part.data for part in (g, other))
        if not np.allclose(a, b, rtol=1e-9, atol=1e-9 * float(np.max(np.abs(a), initial=1.0)), equal_nan=True):
            return found, ("rule", f"with create_graph the gradient of input {i} is {b}, without it {a}")
    return found, None


def _compare(
    analytic: float, y: Callable[[float], Array], v: Array, terms: Terms, steps: Sequence[float]
) -> tuple[Sequence[float], Problem]:
    """Compare a slope of <v, y(t)> at 0 that backprop found; return the steps from that on that agrees, or a problem.

    The kind is "near" where a kink lies too near to tell, or at the point itself, and that slope between its slopes.
    """
    slack, steep = np.inf, []
    for number, h in enumerate(steps):
        a, b, c, d = (y(k * h) for k in (-2, -1, 1, 2))
        slopes = (8 * (c - b) - (d - a)) / (12 * h)
        numeric = float(np.sum(v * slopes))
        # the least of all steps: one across a jump makes the slope, and what is allowed for it, as large as 1 / h
        slack = min(slack, terms.atol * (1 + float(np.sum(np.abs(slopes)))) + terms.rtol * abs(numeric))
        if abs(analytic - numeric) <= slack:
            return steps[number:], None
        steep.append(float(np.max(np.abs([b - a, c - b, d - c]), initial=0.0)) / h)
    sides = v * (b - a) / h, v * (d - c) / h
    low, high = float(np.sum(np.minimum(*sides))), float(np.sum(np.maximum(*sides)))
    text = f"the gradient says {analytic:.12g}, finite differences {numeric:.12g} along a random direction"
    endless = steep[-1] > 10 * steep[0]  # a jump or a vertical tangent: steeper the closer one looks
    if not np.isfinite(numeric) or (endless and not abs(analytic) < 10 * steep[-1] * v.size):
        return steps, ("edge", text)
    if not (endless or high - low > abs(analytic - numeric) / 4):
        return steps, ("rule", text)
    middle, near = y(0.0), 100 * slack  # those slopes were measured a little beside the kink
    here, *off = (float(np.max(np.abs(p - 2 * q + r))) for p, q, r in ((b, middle, c), (a, b, middle), (middle, c, d)))
    right = low - near <= analytic <= high + near
    text += f", slopes from {low:.6g} to {high:.6g} to either side"
    return steps, ("near" if right or here < 10 * max(off) else "kink", text)
