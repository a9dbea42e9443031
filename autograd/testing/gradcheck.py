"""gradcheck: gradients against finite differences, at any order; where they differ, what is to blame."""

from __future__ import annotations

from collections.abc import Sequence

from ..engine.tensor import Tensor
from ..engine.types import Function, Value
from .blame import blamed
from .slopes import Terms, double, verdict


class GradientError(AssertionError):
    """A gradient differs from finite differences, or breaks the contract of shape, dtype or memory."""


def gradcheck(
    f: Function,
    inputs: Sequence[Value],
    order: int = 1,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-7,
    directions: int = 2,
    seed: int = 0,
) -> bool:
    """Check the gradient of `f(*inputs)` against finite differences; with `order=n` all orders up to n.

    `f` returns a Tensor or several; `inputs` are float64 or complex128 arrays (others are converted).
    Returns True, or raises GradientError with both numbers, the operation to blame, and a program that shows it alone.
    A kink nearby does no harm; at one, any slope between those to either side is right.

    >>> gradcheck(lambda x: (x * x).sin(), [np.array([0.5, 1.0])], order=2)
    True
    """
    arrays = [double(x.data if isinstance(x, Tensor) else x) for x in inputs]
    terms = Terms(rtol, atol, directions, seed)
    if found := verdict(f, arrays, order, terms):
        raise GradientError(blamed(f, arrays, found, order, terms))
    return True
