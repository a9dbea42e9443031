"""What the loss of a batch weighs beside those of others: as much as its mean is over, which the call alone knows."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.engine.modes import Observer
from autograd.ops.loss import counted

_SAME = {"astype", "getitem", "negative", "reshape", "squeeze"}  # of one number another form
_REDUCED = {"cross_entropy", "mean", "mse", "sum"}
_READ = _SAME | _REDUCED | {"add", "divide", "multiply", "subtract"}


class Counting(Observer):
    """Notes of each result that is made inside how many it is the mean over.

    A mean is over the elements of its array, if the samples, which the first axis numbers, are among them; the mean of
    cross-entropy is over the rows that count, as much as they weigh; a sum that is divided by a number is a mean over
    so many. A factor changes nothing of it. Of several that are added up the first mean says it: what follows are
    penalties.

    >>> with Counting() as counting:
    ...     loss = 2.0 * (Tensor([1.0, 2.0, 3.0]) ** 2).mean() + 0.1
    >>> counting.weight(loss, otherwise=1.0)
    3.0
    """

    def __init__(self) -> None:
        # by the number's place in memory, which is held: inf for a sum, nan for a multiple of one
        self._known: dict[int, tuple[Any, Any]] = {}

    def called(self, op: Any, operands: Any, out: Any, node: Any) -> None:
        """Note what a result is the mean over."""
        if op.name not in _READ:
            return
        known = self._known
        a, b = (known.get(id(getattr(x, "_array", x))) for x in (*operands, None)[:2])
        count = _count(op, operands, a and a[1], b and b[1])
        if count is not None:
            out = getattr(out, "_array", out)
            known[id(out)] = out, count if isinstance(count, Tensor) or count >= 0 else nan

    def weight(self, loss: object, otherwise: float) -> Any:
        """What the loss is the mean over, inf if it is a sum, or `otherwise`, if that is not known.

        A number; in a program that is being traced, of cross-entropy a Tensor, since each batch may count other rows.
        """
        number = loss._array if isinstance(loss, Tensor) else loss
        _, count = self._known.get(id(number), (None, nan))
        return otherwise if not isinstance(count, Tensor) and isnan(count) else count


def _count(op: Any, operands: Any, a: float | None, b: float | None) -> float | None:
    """What the result is the mean over, of operands that are means over `a` and `b`, if that is known."""
    name, x = op.name, operands[0]
    if name in _SAME or (name in ("mean", "sum") and a is not None):
        return a
    if name in _REDUCED:
        return _reduced(name, (*operands, *[op.defaults[n] for n in op.parameters[len(operands) :]]))
    if name in ("add", "subtract"):
        means = [count for count in (a, b) if count is not None and _finite(count)]
        return means[0] if means else inf if a == b == inf else None if a is b is None else nan
    if name == "divide" and a is not None and np.size(operands[1]) == 1:
        over = float(np.reshape(operands[1], ()))
        return over if not _finite(a) else a if b is None else a * over if a == b else None
    if name == "multiply" and (a is None) != (b is None):
        count, factor = (a, operands[1]) if b is None else (b, x)
        if count is None or _finite(count):
            return count
        return 0.0 if np.isnan(factor).all() else nan  # as the mean of nothing is made
    return None


def _finite(count: Any) -> bool:
    """Whether it is the count of a mean; one that is a Tensor is."""
    return isinstance(count, Tensor) or isfinite(count)


def _reduced(name: str, given: tuple[Any, ...]) -> float | None:
    """What a reduction is the mean over, inf for a sum; None where each sample keeps a number of its own."""
    x, shape = given[0], np.shape(given[0])
    if name in ("mean", "sum"):
        axes = range(len(shape)) if given[1] is None else np.atleast_1d(given[1]) % max(len(shape), 1)
        if not shape or 0 not in axes:
            return None
        return float(np.prod([shape[i] for i in axes])) if name == "mean" else inf
    _, target, reduction, *rest = given
    if reduction != "mean":
        return inf if reduction == "sum" else None
    return float(x.size) if name == "mse" else counted(x, target, *rest[:2])


@dataclass
class Mean:
    """The mean of batches' losses, each of which weighs as much as it is the mean over; of sums it is the sum."""

    loss: float = 0.0  # each times its weight, added up
    weight: float = 0.0

    def add(self, loss: float, weight: float) -> None:
        """Take the loss of another batch in."""
        if weight == inf:
            self.loss, self.weight = self.loss + loss, 1.0
        elif weight:  # or else nothing in it counts, and its mean is nan
            self.loss, self.weight = self.loss + loss * weight, self.weight + weight

    @property
    def value(self) -> float:
        """The mean of all so far, nan of nothing."""
        return self.loss / self.weight if self.weight else nan
