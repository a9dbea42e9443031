"""Connectionist temporal classification (Graves et al. 2006): the loss of a label sequence without an alignment.

An alignment says the blank or a label at each time. After i labels it either repeats the last of them, is in the blank
behind it, or goes on to the next: over the blank or, unless both labels are the same, directly.
"""

from math import prod
from typing import Any

import numpy as np

from ..engine.errors import DtypeError, ShapeError, describe
from ..engine.modes import tracing
from ..engine.types import Array, Shape
from .declare import op

__all__ = ["ctc"]

NEVER = -1e30  # the log of probability 0: so low that nothing added matters, and yet differences are never nan
IMPOSSIBLE = 0.1 * NEVER

Said = tuple[Array, Array, Array]  # targets, 0 where they are not looked at, and how long inputs and targets are


def _repeats(targets: Array) -> Array:
    """Where a label is the one before it, so that only the blank can part them."""
    same = targets[:, 1:] == targets[:, :-1]
    return np.concatenate([np.zeros((len(targets), 1), bool), same], axis=1)[:, : targets.shape[1]]


def _steps(log_p: Array, said: Said, blank: int) -> list[tuple[Array, ...]]:
    """The recursion of the paper (eq. 6 to 8) in logarithms, before each time and after the last one.

    For each number of labels said, 0 to S: all ways to have said them, and those of them that are in the blank; those
    in a label, 1 to S; and those that are in it next, but for what it emits. All from the times before.
    """
    targets, input_lengths, _ = said
    n, s = targets.shape
    inside = np.arange(len(log_p))[:, None, None] < input_lengths[:, None]
    if tracing() or not inside.all():  # what stands in the padding, even a nan, is of no concern
        log_p = np.where(inside, log_p, 0.0)
    # float64, for over a thousand times float32 would lose the third digit of the gradient
    spoken = np.maximum(log_p[:, np.arange(n)[:, None], targets].astype(np.float64), NEVER)
    silent = np.maximum(log_p[:, :, blank : blank + 1].astype(np.float64), NEVER)
    never, repeats = np.full((n, s + 1), NEVER), _repeats(targets)
    in_blank, in_label = np.where(np.arange(s + 1) == 0, 0.0, never), never[:, 1:]
    steps: list[tuple[Array, ...]] = []
    for time in range(len(log_p) + 1):
        ways = np.logaddexp(in_blank, np.concatenate([never[:, :1], in_label], axis=1))
        to_label = np.logaddexp(in_label, np.where(repeats, in_blank[:, :s], ways[:, :s]))
        steps.append((ways, in_blank, in_label, to_label))
        if time < len(log_p):
            in_blank, in_label = ways + silent[time], to_label + spoken[time]
    return steps


def _evidence(ways: Array, said: Said) -> Array:
    """The log probability of each target: to have said all its labels when its time is over."""
    _, input_lengths, target_lengths = said
    return ways[input_lengths, np.arange(len(target_lengths)), target_lengths]


def _losses(ways: Array, said: Said, zero_infinity: bool) -> Array:
    evidence = _evidence(ways, said)
    return np.where(evidence < IMPOSSIBLE, 0.0 if zero_infinity else np.inf, -evidence)


def _reference(log_p: Array, blank: int, zero_infinity: bool, said: Said) -> Array:
    ways = np.stack([step[0] for step in _steps(log_p, said, blank)])
    return _losses(ways, said, zero_infinity).astype(log_p.dtype)


def _rule(g: Array, log_p_shape: Shape, blank: int, steps: tuple[Array, ...], said: Said) -> tuple[Array]:
    ways, in_blank, in_label, to_label = steps
    targets, input_lengths, target_lengths = said
    (times, n, classes), s = log_p_shape, targets.shape[1]
    stays_blank, stays_label = np.exp(in_blank - ways), np.exp(in_label - to_label)
    possible = _evidence(ways, said) >= IMPOSSIBLE
    ends = np.where(np.arange(s + 1) == target_lengths[:, None], (-g * possible)[:, None], 0.0)
    parted = np.asarray(_repeats(targets), float)
    joined = 1.0 - parted
    blanks, labels = np.zeros((times + 1, n, s + 1)), np.zeros((times + 1, n, s))
    g_blank, g_label = blanks[0], labels[0]
    for time in range(times, 0, -1):  # the recursion backwards: each share of what came goes to where it came from
        here = g_label * stays_label[time]
        entered = g_label - here
        g_ways = ends * (input_lengths == time)[:, None]
        g_ways += g_blank
        g_ways[:, :s] += entered * joined
        g_blank = np.multiply(g_ways, stays_blank[time], out=blanks[time])
        g_ways -= g_blank
        g_label = np.add(here, g_ways[:, 1:], out=labels[time])
        entered *= parted
        g_blank[:, :s] += entered
    place = np.arange(times * n).reshape(times, n, 1) * classes + targets
    found = np.bincount(place.ravel(), labels[1:].ravel(), prod(log_p_shape)).reshape(log_p_shape)
    found[:, :, blank] = np.sum(blanks[1:], axis=2)
    return (found,)


def _check(log_p: Array, targets: Array, input_lengths: Array, target_lengths: Array, blank: int) -> None:
    if not hasattr(log_p, "dtype") or log_p.dtype.kind != "f":
        raise DtypeError(f"ctc: log_p holds log probabilities, floats in an array (T, N, C), not {describe(log_p)}")
    shape = log_p.shape
    if len(shape) != 3 or not shape[0]:
        raise ShapeError(f"ctc: log_p {shape} is not (T, N, C), by time, row and class, of one time at least")
    times, n, classes = shape
    for name, value, axes, limit in (
        ("targets", targets, ("N", "S"), None),
        ("input_lengths", input_lengths, ("N",), times),
        ("target_lengths", target_lengths, ("N",), targets.shape[-1] if targets.ndim else 0),
    ):
        if value.ndim != len(axes) or len(value) != n:
            raise ShapeError(
                f"ctc: {name} {value.shape} for log_p {shape}; give one row for each of N = {n}: ({', '.join(axes)})"
            )
        if value.dtype.kind not in "iu" and value.size:
            raise DtypeError(f"ctc: {name} of dtype {value.dtype} are no integers; use .astype(np.int64)")
        if limit is not None and n and (value.min() < 0 or value.max() > limit):
            raise ValueError(f"ctc: {name} reach from {value.min()} to {value.max()}, and the arrays hold {limit}")
    if not 0 <= blank < classes:
        raise IndexError(f"ctc: blank={blank} of {classes} classes, numbered from 0")
    labels = targets[np.arange(targets.shape[1]) < target_lengths[:, None]]
    wrong = labels[(labels < 0) | (labels >= classes) | (labels == blank)]
    if wrong.size:
        what = "the blank" if wrong[0] == blank else f"no class of {classes}, numbered from 0"
        raise IndexError(f"ctc: a target holds {wrong[0]}, which is {what}; see target_lengths and blank={blank}")


def _cases(d: Any) -> object:
    n, classes, blank = d.integer(1, 2), d.integer(2, 4), d.integer(0, 1)
    lengths = np.array([d.integer(0, 2) for _ in range(n)])
    labels = [c for c in range(classes) if c != blank]
    targets = np.array([[d.choice(labels) for _ in range(2)] for _ in range(n)])
    times = np.array([d.integer(1, 4) for _ in range(n)])
    log_p = d.array((int(times.max()) + d.integer(0, 1), n, classes), -2.0, 0.0)
    # one too short for its target has an infinite loss, which no difference can follow
    return log_p, targets, times, lengths, blank, True


@op(
    joint=_rule,
    reference=_reference,
    kept=("steps", "said"),
    inputs=("log_p",),
    cases=_cases,
    formulas={"log_p": "-g * P(this symbol now, given the target)"},
)
def ctc(
    log_p: Array,
    targets: Array,
    input_lengths: Array,
    target_lengths: Array,
    blank: int = 0,
    zero_infinity: bool = False,
) -> tuple[Array, list[Array], Said]:
    """-log of the probability that a sequence says a target, by any alignment; one number per row, shape (N,).

    `log_p` (T, N, C) are log probabilities by time, of which row n uses the first `input_lengths[n]`; `targets` (N, S)
    are labels, of which it says the first `target_lengths[n]`; `blank` is the class that says nothing. Where no
    alignment exists (too few times) the loss is inf, or 0 with `zero_infinity`, and the gradient 0 in both.

    The gradient is the true one with respect to `log_p`: minus the expected number of times that each class is said.
    PyTorch's differs by exp(log_p), a term that the backward of log_softmax turns into 0: behind it both are the same.

    Raises ShapeError, DtypeError, ValueError or IndexError for lengths and labels that do not fit.

    >>> half = np.log(np.full((2, 1, 2), 0.5))
    >>> np.exp(-ctc(half, np.array([[1]]), np.array([2]), np.array([1])))
    array([0.75])
    """
    targets, input_lengths, target_lengths = map(np.asarray, (targets, input_lengths, target_lengths))
    _check(log_p, targets, input_lengths, target_lengths, blank)
    said = np.where(np.arange(targets.shape[1]) < target_lengths[:, None], targets, 0), input_lengths, target_lengths
    steps = [np.stack(parts) for parts in zip(*_steps(log_p, said, blank))]
    return _losses(steps[0], said, zero_infinity).astype(log_p.dtype), steps, said
