"""Comparisons and logic: they answer in bool, and have no derivative."""

from typing import Any

import numpy as np

from ..engine.op import elementwise
from .cases import reals

__all__ = [
    "bitwise_and", "bitwise_or", "bitwise_xor", "equal", "greater", "greater_equal", "invert", "isfinite", "isinf",
    "isnan", "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "not_equal",
]  # fmt: skip


def _question(ufunc: Any, doc: str, operator: str = "", label: str = "") -> Any:
    return elementwise(ufunc, doc, cases=reals(), operator=operator, label=label or ufunc.__name__)


equal = _question(
    np.equal,
    """Whether a == b.

    >>> equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """,
    "eq",
    "=",
)
not_equal = _question(
    np.not_equal,
    """Whether a != b.

    >>> not_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """,
    "ne",
    "≠",
)
less = _question(
    np.less,
    """Whether a < b.

    >>> less(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """,
    "lt",
    "<",
)
less_equal = _question(
    np.less_equal,
    """Whether a <= b.

    >>> less_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True,  True])
    """,
    "le",
    "≤",
)
greater = _question(
    np.greater,
    """Whether a > b.

    >>> greater(Tensor([1.0, 2.0]), 1)
    Tensor([False,  True])
    """,
    "gt",
    ">",
)
greater_equal = _question(
    np.greater_equal,
    """Whether a >= b.

    >>> greater_equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """,
    "ge",
    "≥",
)

isfinite = _question(
    np.isfinite,
    """Whether x is neither nan nor infinite.

    >>> isfinite(Tensor([1.0, float("inf")]))
    Tensor([ True, False])
    """,
)
isinf = _question(
    np.isinf,
    """Whether x is infinite.

    >>> isinf(Tensor([1.0, float("inf")]))
    Tensor([False,  True])
    """,
)
isnan = _question(
    np.isnan,
    """Whether x is nan.

    >>> isnan(Tensor([1.0, float("nan")]))
    Tensor([False,  True])
    """,
)

logical_and = _question(
    np.logical_and,
    """Whether a and b are both nonzero.

    >>> logical_and(Tensor([1, 0]), 1)
    Tensor([ True, False])
    """,
)
logical_or = _question(
    np.logical_or,
    """Whether a or b is nonzero.

    >>> logical_or(Tensor([1, 0]), 0)
    Tensor([ True, False])
    """,
)
logical_xor = _question(
    np.logical_xor,
    """Whether just one of a and b is nonzero.

    >>> logical_xor(Tensor([1, 0]), 1)
    Tensor([False,  True])
    """,
)
logical_not = _question(
    np.logical_not,
    """Whether x is zero.

    >>> logical_not(Tensor([1, 0]))
    Tensor([False,  True])
    """,
)


def _bitwise(ufunc: Any, doc: str, operator: str) -> Any:
    return elementwise(ufunc, doc, cases=lambda d: tuple(d.booleans(ufunc.nin)), operator=operator)


bitwise_and = _bitwise(
    np.bitwise_and,
    """a & b, on bool and integers.

    >>> bitwise_and(Tensor([True, False]), True)
    Tensor([ True, False])
    """,
    "and_",
)
bitwise_or = _bitwise(
    np.bitwise_or,
    """a | b, on bool and integers.

    >>> bitwise_or(Tensor([True, False]), True)
    Tensor([ True,  True])
    """,
    "or_",
)
bitwise_xor = _bitwise(
    np.bitwise_xor,
    """a ^ b, on bool and integers.

    >>> bitwise_xor(Tensor([True, False]), True)
    Tensor([False,  True])
    """,
    "xor",
)
invert = _bitwise(
    np.invert,
    """~x, on bool and integers.

    >>> invert(Tensor([True, False]))
    Tensor([False,  True])
    """,
    "invert",
)
