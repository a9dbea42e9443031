"""Data made by a formula, as much as one likes.

Each function takes a `seed`: an integer for the same data each time, a NumPy Generator to go on drawing from, or None
for the engine's own generator (`autograd.seed`).
"""

from __future__ import annotations

import numpy as np

from autograd.engine.types import Array
from autograd.ops.random import current
from autograd.support.checks import number, size

__all__ = ["adding_problem", "moons", "remember_first", "sine_tasks", "spirals"]

Seed = int | np.random.Generator | None


def _generator(what: str, seed: Seed) -> np.random.Generator:
    if isinstance(seed, np.random.Generator | None):
        return seed or current()
    return np.random.default_rng(size(f"{what}: seed", seed, 0))


def moons(samples: int = 500, noise: float = 0.1, seed: Seed = None) -> tuple[Array, Array]:
    """Two half circles that reach into each other, which no straight line parts.

    Returns points (samples, 2) float32 and labels (samples,) int64, 0 or 1, as many of each, in random order.
    `noise` is the standard deviation of the points about their half circle, which has radius 1.

    >>> points, labels = moons(100, seed=0)
    >>> points.shape, np.bincount(labels)
    ((100, 2), array([50, 50]))
    """
    samples, noise = size("moons: samples", samples), number("moons: noise", noise, 0.0)
    rng = _generator("moons", seed)
    labels, angle = rng.permutation(samples) % 2, rng.uniform(0, np.pi, samples)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.where(labels[:, None] == 0, upper, [1.0, 0.5] - upper)
    return (points + noise * rng.standard_normal(points.shape)).astype(np.float32), labels


def spirals(samples: int = 500, classes: int = 3, noise: float = 0.05, seed: Seed = None) -> tuple[Array, Array]:
    """Arms of a spiral wound about each other, one for each class; each turns by 4 radians from the centre to radius 1.

    Returns points (samples, 2) float32 and labels (samples,) int64, in random order, as many of each class as can be.
    `noise` is the standard deviation of the points about their arm.

    >>> points, labels = spirals(300, seed=0)
    >>> points.shape, np.bincount(labels)
    ((300, 2), array([100, 100, 100]))
    """
    samples, classes = size("spirals: samples", samples), size("spirals: classes", classes)
    noise, rng = number("spirals: noise", noise, 0.0), _generator("spirals", seed)
    labels, radius = rng.permutation(samples) % classes, rng.random(samples)
    angle = 4 * radius + 2 * np.pi * labels / classes
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (points + noise * rng.standard_normal(points.shape)).astype(np.float32), labels


def sine_tasks(
    tasks: int, shots: int = 10, seed: Seed = None, *, queries: int | None = None
) -> tuple[Array, Array, Array, Array]:
    """Many small regressions: learn a sine wave from a few of its points (MAML's task, Finn et al. 2017).

    Each task is y = amplitude sin(x - phase), with its own amplitude in [0.1, 5] and phase in [0, pi], both uniform.
    Returns support x and y (tasks, shots, 1), to adapt with, and query x and y (tasks, queries, 1), to judge the
    adapted model by: float32, x uniform in [-5, 5], as many queries as shots unless told. With one Generator as
    `seed`, each call draws new tasks, so that a training loop calls this once a step.

    >>> rng = np.random.default_rng(0)
    >>> x, y, query_x, query_y = sine_tasks(25, shots=5, seed=rng, queries=20)
    >>> y.shape, query_y.shape
    ((25, 5, 1), (25, 20, 1))
    """
    tasks, shots = size("sine_tasks: tasks", tasks), size("sine_tasks: shots", shots)
    queries = shots if queries is None else size("sine_tasks: queries", queries)
    rng = _generator("sine_tasks", seed)
    amplitude, phase = rng.uniform(0.1, 5, (tasks, 1, 1)), rng.uniform(0, np.pi, (tasks, 1, 1))
    x = rng.uniform(-5, 5, (tasks, shots + queries, 1)).astype(np.float32)
    y = (amplitude * np.sin(x - phase)).astype(np.float32)
    return x[:, :shots], y[:, :shots], x[:, shots:], y[:, shots:]


def adding_problem(samples: int, length: int, seed: Seed = None) -> tuple[Array, Array]:
    """Sequences whose answer is the sum of two marked numbers, far apart (Hochreiter and Schmidhuber 1997).

    Returns inputs (samples, length, 2) and targets (samples, 1), float32. Channel 0 is uniform in [0, 1); channel 1
    is 1 at one step of the first half and at one of the second, else 0; the target is the sum of channel 0 at both.
    This is the form of Le, Jaitly and Hinton (2015). Who always answers 1 has a mean squared error of 1/6.

    >>> inputs, targets = adding_problem(4, 50, seed=0)
    >>> inputs.shape, bool(np.allclose(inputs.prod(axis=2).sum(axis=1), targets[:, 0]))
    ((4, 50, 2), True)
    """
    samples, length = size("adding_problem: samples", samples), size("adding_problem: length", length, 2)
    rng, rows = _generator("adding_problem", seed), np.arange(samples)
    inputs = np.zeros((samples, length, 2), np.float32)
    inputs[..., 0] = rng.random((samples, length), np.float32)
    inputs[rows, rng.integers(0, length // 2, samples), 1] = 1
    inputs[rows, rng.integers(length // 2, length, samples), 1] = 1
    return inputs, (inputs[..., 0] * inputs[..., 1]).sum(axis=1, keepdims=True)


def remember_first(samples: int, length: int, seed: Seed = None, *, symbols: int = 10) -> tuple[Array, Array]:
    """Sequences of random symbols whose answer is the first: all that follow are there to make one forget it.

    Returns tokens (samples, length) and labels (samples,), int64 below `symbols`. Guessing is right once in `symbols`.

    >>> tokens, labels = remember_first(4, 50, seed=0)
    >>> tokens.shape, bool((tokens[:, 0] == labels).all())
    ((4, 50), True)
    """
    samples, length = size("remember_first: samples", samples), size("remember_first: length", length)
    symbols = size("remember_first: symbols", symbols, 2)
    tokens = _generator("remember_first", seed).integers(0, symbols, (samples, length))
    return tokens, tokens[:, 0].copy()
