"""Random programs to draw, play and explain: operations, calls of modules, and parts that are repeated."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd
import nn
from autograd import Tensor

UNARY = (autograd.tanh, autograd.sin, lambda x: x * 0.5, lambda x: x + 1.0, autograd.sigmoid)
BINARY = (lambda a, b: autograd.tanh(a) * b, lambda a, b: a + b, lambda a, b: a - b, autograd.maximum)


class Part(nn.Module):
    """A module made of steps, with a weight of its own."""

    def __init__(self, steps: list[Any]) -> None:
        self.weight = nn.Parameter(0.5)
        self.steps = steps

    def forward(self, pool: list[Tensor]) -> Tensor:
        inside = [pool[-1] * self.weight]
        run(self.steps, inside)
        return inside[-1]


class Model(nn.Module):
    """The outermost module: its parts have names."""

    def __init__(self, steps: list[Any]) -> None:
        self.parts = nn.ModuleList(built(steps))
        self.plan = steps

    def forward(self, x: Tensor) -> Tensor:
        parts = iter(self.parts)
        pool = [x]
        for step in self.plan:
            if isinstance(step, tuple) and step[0] in ("call", "repeat"):
                part = next(parts)
                for _ in range(step[1]):
                    pool.append(part(pool))
            else:
                run([step], pool)
        return pool[-1]


def built(steps: list[Any]) -> Iterator[Part]:
    return (Part(step[2]) for step in steps if step[0] in ("call", "repeat"))


def run(steps: list[Any], pool: list[Tensor]) -> None:
    """Go through `steps`, each adding a Tensor to `pool`."""
    for step in steps:
        kind, first, second = step
        if kind == "unary":
            pool.append(UNARY[first % len(UNARY)](pool[second % len(pool)]))
        elif kind == "binary":
            pool.append(BINARY[first % len(BINARY)](pool[-1], pool[second % len(pool)]))
        else:
            part = Part(second)
            for _ in range(first):
                pool.append(part(pool))


numbers = st.integers(0, 7)
operation = st.tuples(st.sampled_from(["unary", "binary"]), numbers, numbers)
steps = st.recursive(
    operation,
    lambda inner: st.tuples(st.sampled_from(["call", "repeat"]), st.integers(1, 4), st.lists(inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def outputs(draw: Any) -> Tensor:
    """The output of a random model on a random small array."""
    shape = draw(st.sampled_from([(), (2,), (3, 3)]))
    x = Tensor(np.full(shape, 0.3), requires_grad=True, name="x")
    return Model(draw(st.lists(steps, min_size=1, max_size=6)))(x) * 1.0
