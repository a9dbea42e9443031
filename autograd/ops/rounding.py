"""Rounding, and the remainder that goes with it: constant between jumps, so the gradient is 0."""

from typing import Any

import numpy as np

from ..engine.sweep import same
from ..engine.types import Array, Function
from .cases import Case, Draw, reals
from .declare import elementwise, op

__all__ = ["ceil", "floor", "fmod", "rint", "round", "trunc"]

INTEGERS, HALVES = tuple(range(-3, 4)), tuple(i + 0.5 for i in range(-4, 4))


def _steps(forward: Any, jumps: tuple[float, ...]) -> Function:
    return elementwise(forward, lambda g: np.zeros_like(g), cases=reals(away=jumps), formulas={"x": "0"}, complex=False)


@_steps(np.floor, INTEGERS)
def floor(x: Array) -> Array:
    """The largest integer <= x; the gradient is 0.

    >>> floor(Tensor([-1.5, 1.5]))
    Tensor([-2.,  1.])
    """


@_steps(np.ceil, INTEGERS)
def ceil(x: Array) -> Array:
    """The smallest integer >= x; the gradient is 0.

    >>> ceil(Tensor([-1.5, 1.5]))
    Tensor([-1.,  2.])
    """


@_steps(np.trunc, INTEGERS)
def trunc(x: Array) -> Array:
    """x without what follows the point; the gradient is 0.

    >>> trunc(Tensor([-1.5, 1.5]))
    Tensor([-1.,  1.])
    """


@_steps(np.rint, HALVES)
def rint(x: Array) -> Array:
    """The nearest integer, the even one of two; the gradient is 0.

    >>> rint(Tensor([0.5, 1.5, 1.6]))
    Tensor([0., 2., 2.])
    """


def _round_cases(d: Draw) -> Case:
    decimals = d.choice([0, 1, -1])
    x = np.round(d.array()) + d.array((), -0.4, 0.4)
    return x / 10.0**decimals, decimals


@op(
    x=lambda g: np.zeros_like(g),
    cases=_round_cases,
    numpy=(np.round, np.around),
    method=True,
    formulas={"x": "0"},
    complex=False,
)
def round(x: Array, decimals: int = 0) -> Array:
    """x with so many decimals, of two the even one; the gradient is 0.

    >>> round(Tensor([1.25, 1.66]), 1)
    Tensor([1.2, 1.7])
    """
    return np.round(x, decimals)


@elementwise(
    np.fmod,
    same,
    lambda g, a, b: -g * np.trunc(a / b),
    cases=lambda d: d.off_grid_quotient(),
    label="fmod",
    formulas={"a": "g", "b": "-g * trunc(a / b)"},
)
def fmod(a: Array, b: Array) -> Array:
    """a - b trunc(a / b), with the sign of a; `remainder` has that of b.

    >>> fmod(Tensor([7.0, -7.0]), 3)
    Tensor([ 1., -1.])
    """
