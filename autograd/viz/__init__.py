"""See backprop: `draw` pictures the record, `player` plays the sweep, `explain` takes it apart, `playground` trains."""

from ..watch.lines import source_lines
from .draw import draw
from .explain import Explanation, Term, explain
from .player import Player, player
from .playground import Playground, playground
from .render import Drawing

__all__ = [
    *("Drawing", "Explanation", "Player", "Playground", "Term"),
    *("draw", "explain", "player", "playground", "source_lines"),
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    """Say where the pictures of training are now: they show what `optim` does, and arrows point one way."""
    if name.startswith("plot_") or name in ("Film", "Probe", "Snapshot", "Statistics"):
        raise AttributeError(f"autograd.viz.{name} is optim.pictures.{name} now: from optim import pictures")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
