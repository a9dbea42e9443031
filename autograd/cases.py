"""What inputs an op is proven on, as data: `autograd.testing` turns it into hypothesis strategies.

An op declares `cases=reals(...)`, a tuple of them (one per input), or a function of a `Draw` that returns the
arguments, for example `lambda d: (d.array(), {"axis": d.axis(2)})`.
"""

from typing import NamedTuple


class Reals(NamedTuple):
    """Broadcastable float64 arrays in [low, high], at least `gap` away from each kink in `away`.

    `apart` keeps the operands of a two-input op (and for reductions the elements) that far from each other.
    """

    low: float
    high: float
    away: tuple[float, ...] = ()
    apart: bool = False


def reals(low: float = -3.0, high: float = 3.0, *, away: tuple[float, ...] = (), apart: bool = False) -> Reals:
    """Arrays between `low` and `high`; see `Reals`."""
    return Reals(low, high, away, apart)
