"""See backprop: `draw` turns the record behind a Tensor into a picture, `player` into a page that plays the sweep."""

from .draw import draw
from .player import Player, player
from .render import Drawing

__all__ = ["Drawing", "Player", "draw", "player"]
