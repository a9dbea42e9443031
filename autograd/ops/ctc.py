"""Connectionist temporal classification (Graves et al. 2006): the loss of a label sequence without an alignment.

An alignment says blank or the current label at each time; it walks through the target with a blank before, between and
behind its labels, by a step of 0 or 1 or, from a label to another one, over the blank between them.
"""

from typing import Any

import numpy as np

from ..calling import describe
from ..core import Tensor
from ..errors import DtypeError, ShapeError
from ..op import op
from .fused import through
from .index import unindex

__all__ = [
    "ctc",
]  # fmt: skip

NEVER = -1e30  # the log of probability 0: so low that nothing added matters, and yet differences are never nan


def _walks(targets: Any, lengths: Any, blank: int) -> Any:
    """Each target with its blanks, (N, 2 S + 1): blank, label, blank, label, ..., blank; filled up with blanks."""
    n, s = targets.shape
    walks = np.full((n, 2 * s + 1), blank)
    walks[:, 1::2] = np.where(np.arange(s) < lengths[:, None], targets, blank)
    return walks


def _arrivals(emissions: Any, walks: Any) -> Any:
    """The log probability of all ways to be at each place of a walk at each time: (T, N, places).

    It is the alpha of the paper, in logarithms; along reversed walks through reversed time it is the beta.
    """
    n, places = walks.shape
    before = np.full((n, 2), NEVER)
    leap = np.zeros((n, places))  # over the blank, onto another label than the last
    leap[:, 2:] = np.where((walks[:, 2:] == walks[:, :-2]) | (np.arange(2, places) % 2 == 0), NEVER, 0.0)
    now = emissions[0] + np.where(np.arange(places) < 2, 0.0, NEVER)
    arrivals = [now]
    for emission in emissions[1:]:
        padded = np.concatenate([before, now], axis=1)
        step, jump = padded[:, 1:-1], padded[:, :-2] + leap
        top = np.maximum(np.maximum(now, step), jump)
        now = emission + top + np.log(np.exp(now - top) + np.exp(step - top) + np.exp(jump - top))
        arrivals.append(now)
    return np.stack(arrivals)


def _emissions(log_p: Any, at: tuple[Any, ...]) -> Any:
    # float64: over a thousand steps float32 would lose the third digit of the gradient
    return np.maximum(log_p[at].astype(np.float64), NEVER)


def _evidence(arrivals: Any, input_lengths: Any, target_lengths: Any) -> Any:
    """The log probability of each target: to be at its last label or the blank behind it at the last time."""
    rows, ends = np.arange(len(input_lengths)), np.maximum(input_lengths, 1) - 1
    last = arrivals[ends, rows, 2 * target_lengths]
    label = arrivals[ends, rows, np.maximum(2 * target_lengths - 1, 0)] + np.where(target_lengths == 0, NEVER, 0.0)
    total = np.logaddexp(last, label)
    return np.where(input_lengths == 0, np.where(target_lengths == 0, 0.0, NEVER), total)


def _losses(log_p: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool) -> Any:
    walks = _walks(targets, target_lengths, blank)
    arrivals = _arrivals(_emissions(log_p, _at(log_p, walks)), walks)
    evidence = _evidence(arrivals, input_lengths, target_lengths)
    lost = evidence < 0.1 * NEVER
    return np.where(lost, 0.0 if zero_infinity else np.inf, -evidence).astype(log_p.dtype)


def _at(log_p: Any, walks: Any) -> tuple[Any, ...]:
    times, rows = np.ogrid[: log_p.shape[0], : log_p.shape[1]]
    return times[..., None], rows[..., None], walks


def _rule(
    g: Any, log_p: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool
) -> Any:
    targets, input_lengths, target_lengths = map(np.asarray, (targets, input_lengths, target_lengths))
    if isinstance(g, Tensor):
        options = (targets, input_lengths, target_lengths, blank, zero_infinity)
        return through(lambda x: _losses(x, *options), g, (log_p,), (True,))[0]
    walks = _walks(targets, target_lengths, blank)
    places = 2 * target_lengths + 1
    times, rows, _ = at = _at(log_p, walks)
    # each row backwards, in time and along its walk; what lies behind its end is never looked at
    time_back = np.maximum(input_lengths[:, None] - 1 - times, 0)
    place_back = np.maximum(places[:, None] - 1 - np.arange(walks.shape[1]), 0)
    walks_back = np.take_along_axis(walks, place_back, 1)
    emissions = _emissions(log_p, at)
    both = np.concatenate([emissions, _emissions(log_p, (time_back, rows, walks_back))], axis=1)
    forth, back = np.split(_arrivals(both, np.concatenate([walks, walks_back])), 2, axis=1)
    evidence = _evidence(forth, input_lengths, target_lengths)[:, None]
    seen = (times < input_lengths[:, None]) & (np.arange(walks.shape[1]) < places[:, None])
    share = forth + back[time_back, rows, place_back] - emissions - evidence
    share = np.exp(np.where(seen & (evidence > 0.1 * NEVER), share, NEVER))
    return unindex(-g[:, None] * share, log_p.shape, at)


def _check(log_p: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int) -> None:
    if not hasattr(log_p, "dtype") or log_p.dtype.kind != "f":
        raise DtypeError(f"ctc: log_p holds log probabilities, floats in an array (T, N, C), not {describe(log_p)}")
    shape = log_p.shape
    if len(shape) != 3 or not shape[0]:
        raise ShapeError(f"ctc: log_p {shape} is not (T, N, C), by time, row and class, of one time at least")
    _, n, classes = shape
    for name, value, axes in (
        ("targets", targets, ("N", "S")),
        ("input_lengths", input_lengths, ("N",)),
        ("target_lengths", target_lengths, ("N",)),
    ):
        if value.ndim != len(axes) or len(value) != n:
            raise ShapeError(
                f"ctc: {name} {value.shape} for log_p {shape}; give one row for each of N = {n}: ({', '.join(axes)})"
            )
        if value.dtype.kind not in "iu" and value.size:
            raise DtypeError(f"ctc: {name} of dtype {value.dtype} are no integers; use .astype(np.int64)")
    for name, lengths, limit in (
        ("input_lengths", input_lengths, shape[0]),
        ("target_lengths", target_lengths, targets.shape[1]),
    ):
        if n and (lengths.min() < 0 or lengths.max() > limit):
            raise ValueError(f"ctc: {name} reach from {lengths.min()} to {lengths.max()}, and the arrays hold {limit}")
    if not 0 <= blank < classes:
        raise IndexError(f"ctc: blank={blank} of {classes} classes, numbered from 0")
    labels = targets[np.arange(targets.shape[1]) < target_lengths[:, None]]
    wrong = labels[(labels < 0) | (labels >= classes) | (labels == blank)]
    if wrong.size:
        what = "the blank" if wrong[0] == blank else f"no class of {classes}, numbered from 0"
        raise IndexError(f"ctc: a target holds {wrong[0]}, which is {what}; see target_lengths and blank={blank}")


def _cases(d: Any) -> Any:
    n, classes, blank = d.integer(1, 2), d.integer(2, 4), d.integer(0, 1)
    lengths = np.array([d.integer(0, 2) for _ in range(n)])
    labels = [c for c in range(classes) if c != blank]
    targets = np.array([[d.choice(labels) for _ in range(2)] for _ in range(n)])
    times = np.array([d.integer(1, 4) for _ in range(n)])
    log_p = d.array((int(times.max()) + d.integer(0, 1), n, classes), -2.0, 0.0)
    # one too short for its target has an infinite loss, which no difference can follow
    return log_p, targets, times, lengths, blank, True


@op(log_p=_rule, cases=_cases)
def ctc(
    log_p: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, zero_infinity: bool = False
) -> Any:
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
    return _losses(log_p, targets, input_lengths, target_lengths, blank, zero_infinity)
