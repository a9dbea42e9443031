"""What inputs an op is proven on, as data: `autograd.testing` turns it into hypothesis strategies.

An op declares `cases=reals(...)`, a tuple of them (one per input), or a function of a `Draw` that returns the
arguments, for example `lambda d: (d.array(), {"axis": d.axis(2)})`.
"""

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from ..testing.strategies import Draw as _Draw

Draw: TypeAlias = "_Draw"  # what a function of cases is given; it stands in a room above
Case: TypeAlias = tuple[Any, ...]  # what it returns: the arguments of one call, or (arguments, options)
GAP = 0.05  # how far values stay from a kink, and from each other where ties are excluded


class Reals(NamedTuple):
    """Broadcastable float64 arrays in [low, high], at least `gap` away from each point in `away`.

    `apart` keeps the two operands of an op from tying anywhere. `gap` must be large against a finite-difference
    step, and larger still near a pole, where no step is small.
    """

    low: float
    high: float
    away: tuple[float, ...] = ()
    apart: bool = False
    gap: float = GAP


def reals(
    low: float = -3.0, high: float = 3.0, *, away: tuple[float, ...] = (), apart: bool = False, gap: float = GAP
) -> Reals:
    """Arrays between `low` and `high`; see `Reals`."""
    return Reals(low, high, away, apart, gap)
