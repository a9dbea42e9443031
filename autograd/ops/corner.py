"""Second derivatives where a function has a corner, and what is made of it may have none: norm(x)**2 at 0."""

from typing import Any

import numpy as np

from ..engine.modes import interpreter, tracing
from ..engine.sweep import same
from ..engine.tensor import Tensor
from ..engine.types import Array
from ..support.lines import warn
from .declare import op

__all__: list[str] = []


def at_corner(slope: Array, g: Array, x: Array, y: Array, name: str, square: str) -> Array:
    """The slope at x of y, which has a corner at 0; a warning, if its own derivative there is asked for in vain.

    A cotangent g of 0 that does not vary is that of a branch not taken, and the second derivative is 0. One that does
    may be that of a square, whose second derivative is the limit of g / y, which no rule can know.
    """
    varies = isinstance(g, Tensor) and (g.requires_grad or (tracing() and interpreter.get().moving(g)))
    if not varies:
        return slope
    unknown = (g == 0) & (y == 0)
    return _corner(slope, x, unknown, name, square) if np.any(unknown) else slope


def _tell(g: Array, x: Array, unknown: Array, name: str, square: str) -> Array:
    if np.any(unknown & (g != 0)):
        warn(
            f"{name}: a second derivative where it is 0, a corner, counts as 0. That of its square, which is smooth, "
            f"is another: write {square}. If it is 0, as after a third power, ignore autograd.MistakeWarning"
        )
    return np.zeros_like(x)


def _corner_cases(d: Any) -> Any:
    slope = d.array()
    return slope, d.array(slope.shape), np.zeros(slope.shape, bool), "f", "x * x"


@op(slope=same, x=_tell, cases=_corner_cases, view=True, complex=True, formulas={"slope": "g", "x": "0"})
def _corner(slope: Array, x: Array, unknown: Any = False, name: str = "", square: str = "") -> Array:
    """The slope as it is; its rule says where it does not know."""
    return slope
