"""Comparisons and logic: they answer in bool, and have no derivative."""

from typing import Any

import numpy as np

from ..cases import reals
from ..op import elementwise


def _question(ufunc: Any, doc: str, operator: str = "", label: str = "") -> Any:
    return elementwise(ufunc, doc, cases=reals(), operator=operator, label=label or ufunc.__name__)


equal = _question(np.equal, "Whether a == b.\n\n>>> equal(Tensor([1.0, 2.0]), 2)", "eq", "=")
not_equal = _question(np.not_equal, "Whether a != b.\n\n>>> not_equal(Tensor([1.0, 2.0]), 2)", "ne", "≠")
less = _question(np.less, "Whether a < b.\n\n>>> less(Tensor([1.0, 2.0]), 2)", "lt", "<")
less_equal = _question(np.less_equal, "Whether a <= b.\n\n>>> less_equal(Tensor([1.0, 2.0]), 2)", "le", "≤")
greater = _question(np.greater, "Whether a > b.\n\n>>> greater(Tensor([1.0, 2.0]), 1)", "gt", ">")
greater_equal = _question(np.greater_equal, "Whether a >= b.\n\n>>> greater_equal(Tensor([1.0, 2.0]), 2)", "ge", "≥")

isfinite = _question(np.isfinite, 'Whether x is neither nan nor infinite.\n\n>>> isfinite(Tensor([1.0, float("inf")]))')
isinf = _question(np.isinf, 'Whether x is infinite.\n\n>>> isinf(Tensor([1.0, float("inf")]))')
isnan = _question(np.isnan, 'Whether x is nan.\n\n>>> isnan(Tensor([1.0, float("nan")]))')

logical_and = _question(np.logical_and, "Whether a and b are both nonzero.\n\n>>> logical_and(Tensor([1, 0]), 1)")
logical_or = _question(np.logical_or, "Whether a or b is nonzero.\n\n>>> logical_or(Tensor([1, 0]), 0)")
logical_xor = _question(np.logical_xor, "Whether just one of a and b is nonzero.\n\n>>> logical_xor(Tensor([1, 0]), 1)")
logical_not = _question(np.logical_not, "Whether x is zero.\n\n>>> logical_not(Tensor([1, 0]))")


def _bitwise(ufunc: Any, doc: str, operator: str) -> Any:
    return elementwise(ufunc, doc, cases=lambda d: tuple(d.booleans(ufunc.nin)), operator=operator)


bitwise_and = _bitwise(np.bitwise_and, "a & b, on bool and integers.\n\n>>> bitwise_and(Tensor([True, False]), True)", "and_")
bitwise_or = _bitwise(np.bitwise_or, "a | b, on bool and integers.\n\n>>> bitwise_or(Tensor([True, False]), True)", "or_")
bitwise_xor = _bitwise(np.bitwise_xor, "a ^ b, on bool and integers.\n\n>>> bitwise_xor(Tensor([True, False]), True)", "xor")
invert = _bitwise(np.invert, "~x, on bool and integers.\n\n>>> invert(Tensor([True, False]))", "invert")
