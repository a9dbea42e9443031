"""The words that signatures are written in: what an array, a shape, an axis, a rule is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from .tensor import Tensor

Array: TypeAlias = NDArray[Any]  # what ops and rules are written for; NumPy scalars and Tensors answer the same calls
Maybe: TypeAlias = Array | None  # a weight, a bias, a mask or a state that may be left out, or a gradient not wanted
Value: TypeAlias = Union[ArrayLike, "Tensor"]  # what a user hands in: a Tensor, an array, a number, a list of them
Shape: TypeAlias = tuple[int, ...]
Axis: TypeAlias = int | Sequence[int] | None
Dtype: TypeAlias = np.dtype[Any]
Function: TypeAlias = Callable[..., Any]
Rule: TypeAlias = Callable[..., Any]  # a derivative rule: of g and what it asks for by name
