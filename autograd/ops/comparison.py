"""Comparisons and logic: they answer in bool, and have no derivative."""

from typing import Any

import numpy as np

from ..engine.types import Array, Function
from .cases import reals
from .declare import elementwise, op

__all__ = [
    "bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "equal", "gcd", "greater", "greater_equal", "invert",
    "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "lcm", "left_shift", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "not_equal",
    "right_shift", "signbit",
]  # fmt: skip


def _question(forward: Any, operator: str = "", label: str = "", complex: bool | None = None) -> Function:
    return elementwise(forward, cases=reals(), operator=operator, label=label, complex=complex)


@_question(np.equal, "eq", "=")
def equal(a: Array, b: Array) -> Array:
    """Whether a == b.

    >>> equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """


@_question(np.not_equal, "ne", "≠")
def not_equal(a: Array, b: Array) -> Array:
    """Whether a != b.

    >>> not_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """


@_question(np.less, "lt", "<", complex=False)
def less(a: Array, b: Array) -> Array:
    """Whether a < b.

    >>> less(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """


@_question(np.less_equal, "le", "≤", complex=False)
def less_equal(a: Array, b: Array) -> Array:
    """Whether a <= b.

    >>> less_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True,  True])
    """


@_question(np.greater, "gt", ">", complex=False)
def greater(a: Array, b: Array) -> Array:
    """Whether a > b.

    >>> greater(Tensor([1.0, 2.0]), 1)
    Tensor([False,  True])
    """


@_question(np.greater_equal, "ge", "≥", complex=False)
def greater_equal(a: Array, b: Array) -> Array:
    """Whether a >= b.

    >>> greater_equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """


@_question(np.isfinite)
def isfinite(x: Array) -> Array:
    """Whether x is neither nan nor infinite.

    >>> isfinite(Tensor([1.0, float("inf")]))
    Tensor([ True, False])
    """


@_question(np.isinf)
def isinf(x: Array) -> Array:
    """Whether x is infinite.

    >>> isinf(Tensor([1.0, float("inf")]))
    Tensor([False,  True])
    """


@_question(np.isnan)
def isnan(x: Array) -> Array:
    """Whether x is nan.

    >>> isnan(Tensor([1.0, float("nan")]))
    Tensor([False,  True])
    """


@_question(np.logical_and)
def logical_and(a: Array, b: Array) -> Array:
    """Whether a and b are both nonzero.

    >>> logical_and(Tensor([1, 0]), 1)
    Tensor([ True, False])
    """


@_question(np.logical_or)
def logical_or(a: Array, b: Array) -> Array:
    """Whether a or b is nonzero.

    >>> logical_or(Tensor([1, 0]), 0)
    Tensor([ True, False])
    """


@_question(np.logical_xor)
def logical_xor(a: Array, b: Array) -> Array:
    """Whether just one of a and b is nonzero.

    >>> logical_xor(Tensor([1, 0]), 1)
    Tensor([False,  True])
    """


@_question(np.logical_not)
def logical_not(x: Array) -> Array:
    """Whether x is zero.

    >>> logical_not(Tensor([1, 0]))
    Tensor([False,  True])
    """


@_question(np.signbit)
def signbit(x: Array) -> Array:
    """Whether x has a minus, as -0.0 has, too.

    >>> signbit(Tensor([-1.0, 1.0]))
    Tensor([ True, False])
    """


@op(complex=True, cases=lambda d: (d.array(), d.choice([np.inf, 1.0]) + d.array(())), numpy=np.isclose)
def isclose(a: Array, b: Array, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether a and b differ by at most atol + rtol |b|.

    >>> isclose(Tensor([1.0, 2.0]), 1.0)
    Tensor([ True, False])
    """
    return np.isclose(a, b, rtol, atol, equal_nan)


@op(cases=lambda d: (d.array(),), numpy=np.isposinf)
def isposinf(x: Array) -> Array:
    """Whether x is inf.

    >>> isposinf(Tensor([1.0, np.inf]))
    Tensor([False,  True])
    """
    return np.isposinf(x)


@op(cases=lambda d: (d.array(),), numpy=np.isneginf)
def isneginf(x: Array) -> Array:
    """Whether x is -inf.

    >>> isneginf(Tensor([1.0, -np.inf]))
    Tensor([False,  True])
    """
    return np.isneginf(x)


def _bitwise(forward: Any, operator: str) -> Function:
    return elementwise(forward, cases=lambda d: tuple(d.booleans(forward.nin)), operator=operator)


@_bitwise(np.bitwise_and, "and_")
def bitwise_and(a: Array, b: Array) -> Array:
    """a & b, on bool and integers.

    >>> bitwise_and(Tensor([True, False]), True)
    Tensor([ True, False])
    """


@_bitwise(np.bitwise_or, "or_")
def bitwise_or(a: Array, b: Array) -> Array:
    """a | b, on bool and integers.

    >>> bitwise_or(Tensor([True, False]), True)
    Tensor([ True,  True])
    """


@_bitwise(np.bitwise_xor, "xor")
def bitwise_xor(a: Array, b: Array) -> Array:
    """a ^ b, on bool and integers.

    >>> bitwise_xor(Tensor([True, False]), True)
    Tensor([False,  True])
    """


@_bitwise(np.invert, "invert")
def invert(x: Array) -> Array:
    """~x, on bool and integers.

    >>> invert(Tensor([True, False]))
    Tensor([False,  True])
    """


def _of_integers(forward: Any, operator: str = "") -> Function:
    return elementwise(forward, cases=lambda d: (np.array([12, 7, 0]), np.array(d.integer(0, 4))), operator=operator)


@_of_integers(np.left_shift, "lshift")
def left_shift(a: Array, b: Array) -> Array:
    """a << b, on integers.

    >>> left_shift(Tensor([1, 3]), 2)
    Tensor([ 4, 12])
    """


@_of_integers(np.right_shift, "rshift")
def right_shift(a: Array, b: Array) -> Array:
    """a >> b, on integers.

    >>> right_shift(Tensor([4, 12]), 2)
    Tensor([1, 3])
    """


@_of_integers(np.gcd)
def gcd(a: Array, b: Array) -> Array:
    """The greatest common divisor of integers.

    >>> gcd(Tensor([4, 12]), 6)
    Tensor([2, 6])
    """


@_of_integers(np.lcm)
def lcm(a: Array, b: Array) -> Array:
    """The least common multiple of integers.

    >>> lcm(Tensor([4, 12]), 6)
    Tensor([12, 12])
    """


@elementwise(np.bitwise_count, cases=lambda d: (np.array([12, 7, 0]),))
def bitwise_count(x: Array) -> Array:
    """How many bits of the size of x are 1.

    >>> bitwise_count(Tensor([4, 7]))
    Tensor([1, 3], dtype=uint8)
    """
