"""Reductions and what normalises a whole array, on hard inputs: value and gradient beside mpmath's.

Errors are in units of the last place of the largest number of a result: beside it, small ones are sums that cancel.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np

import autograd
from autograd import Tensor, gradients
from autograd.engine.types import Array
from autograd.testing.accuracy import ulps

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

Numbers = list[Any]  # mpmath's


class Vector(NamedTuple):
    """One row: an operation, PyTorch's, the input in words and as an array, and mpmath's value and gradient."""

    name: str
    ours: Callable[[Any], Any]
    theirs: Callable[[Any], Any]
    what: str
    x: Callable[[], Array]
    times: int  # how often x stands in the input, so that mpmath need not work through a million numbers
    truth: Callable[[Numbers, Numbers, int], tuple[Numbers, Numbers]]  # of x, the cotangent of the value, and times


def normal(n: int, scale: float = 1.0, offset: float = 0.0) -> Callable[[], Array]:
    return lambda: np.random.default_rng(0).standard_normal(n) * scale + offset


def _exponentials(x: Numbers, times: int) -> tuple[Any, Numbers]:
    """log(sum(exp(x))) and softmax(x)."""
    top = max(x)
    e = [mp.exp(v - top) for v in x]
    total = times * mp.fsum(e)
    return top + mp.log(total), [v / total for v in e]


def logsumexp(x: Numbers, g: Numbers, times: int) -> tuple[Numbers, Numbers]:
    value, share = _exponentials(x, times)
    return [value], [g[0] * s for s in share]


def softmax(x: Numbers, g: Numbers, times: int) -> tuple[Numbers, Numbers]:
    _, y = _exponentials(x, times)
    mean = times * mp.fdot(y, g)
    return y, [a * (b - mean) for a, b in zip(y, g)]


def log_softmax(x: Numbers, g: Numbers, times: int) -> tuple[Numbers, Numbers]:
    value, y = _exponentials(x, times)
    total = times * mp.fsum(g)
    return [v - value for v in x], [b - a * total for a, b in zip(y, g)]


def cross_entropy(x: Numbers, g: Numbers, times: int) -> tuple[Numbers, Numbers]:
    value, y = _exponentials(x, times)
    return [value - x[0]], [y[0] - 1, *y[1:]]  # of one class, so of an input that stands there once


def norm(x: Numbers, g: Numbers, times: int) -> tuple[Numbers, Numbers]:
    value = mp.sqrt(times * mp.fsum(x, squared=True))
    return [value], [g[0] * v / value for v in x]


def var(x: Numbers, g: Numbers, times: int) -> tuple[Numbers, Numbers]:
    mean = mp.fsum(x) / len(x)
    off = [v - mean for v in x]
    return [mp.fsum(off, squared=True) / len(x)], [2 * g[0] * v / (times * len(x)) for v in off]


def std(x: Numbers, g: Numbers, times: int) -> tuple[Numbers, Numbers]:
    (square,), slope = var(x, g, times)
    value = mp.sqrt(square)
    return [value], [v / (2 * value) for v in slope]


FUNCTIONS: dict[str, tuple[Any, Any, Any]] = {
    "logsumexp": (autograd.logsumexp, lambda x: torch.logsumexp(x, 0), logsumexp),
    "softmax": (autograd.softmax, lambda x: torch.softmax(x, 0), softmax),
    "log_softmax": (autograd.log_softmax, lambda x: torch.log_softmax(x, 0), log_softmax),
    "cross_entropy": (
        lambda x: autograd.cross_entropy(x[None], np.array([0])),
        lambda x: torch.nn.functional.cross_entropy(x[None], torch.tensor([0])),
        cross_entropy,
    ),
    "norm": (autograd.norm, torch and torch.linalg.vector_norm, norm),
    "var": (autograd.var, lambda x: torch.var(x, correction=0), var),
    "std": (autograd.std, lambda x: torch.std(x, correction=0), std),
}
EXPONENTIALS = [
    ("1,000, offset 10,000", normal(1000, 1.0, 1e4), 1),
    ("1,000, spread 100", normal(1000, 100.0), 1),
    ("1,000,000", normal(1000), 1000),
]
MOMENTS = [
    ("1,000, offset 10,000", normal(1000, 1.0, 1e4), 1),
    ("1,000, offset 1, spread 0.00001", normal(1000, 1e-5, 1.0), 1),
    ("1,000,000", normal(1000), 1000),
]
LENGTHS = [
    ("1,000, near the largest", normal(1000, 1e36), 1),
    ("1,000, near the smallest", normal(1000, 1e-36), 1),
    ("1,000,000", normal(1000), 1000),
]
INPUTS = {"norm": LENGTHS, "var": MOMENTS, "std": MOMENTS, "cross_entropy": EXPONENTIALS[:2]}
VECTORS = {
    f"{name}, {what}": Vector(name, ours, theirs, what, x, times, reference)
    for name, (ours, theirs, reference) in FUNCTIONS.items()
    for what, x, times in INPUTS.get(name, EXPONENTIALS)
}


def measured(name: str) -> dict[str, list[float | None]]:
    """By dtype the errors of value and gradient, each ours and PyTorch's."""
    row = VECTORS[name]
    errors: dict[str, list[float | None]] = {}
    for dtype in ("float64", "float32"):
        once = row.x().astype(dtype)
        x = np.tile(once, row.times)
        leaf = Tensor(x, requires_grad=True)
        y = row.ours(leaf)
        part = np.random.default_rng(1).standard_normal(once.shape).astype(dtype) if y.shape else np.ones((), dtype)
        g = np.tile(part, row.times) if y.shape else part
        results = [[y.data, gradients(y, leaf, g).data], [None, None]]
        if torch:
            theirs = torch.tensor(x, requires_grad=True)
            z = row.theirs(theirs)
            z.backward(torch.tensor(g))
            results[1] = [z.detach().numpy(), theirs.grad.numpy()]
        with mp.workdps(50):
            truths = row.truth(*([mp.mpf(float(v)) for v in np.ravel(a)] for a in (once, part)), row.times)
        errors[dtype] = [_error(found[i], truths[i]) for i in range(2) for found in results]
    return errors


def _error(found: Array | None, truth: Numbers) -> float | None:
    if found is None:
        return None
    largest = float(max(map(abs, truth)))
    repeats = np.reshape(found, (-1, len(truth)))
    return max(float(np.nanmax(ulps(one, truth, np.full(len(truth), largest)))) for one in np.unique(repeats, axis=0))
