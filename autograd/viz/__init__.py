"""See backprop: `draw` turns the record behind a Tensor into a picture, `explain` a gradient into a sum."""

from ..modes import source_lines
from .draw import draw
from .explain import Explanation, explain
from .render import Drawing

__all__ = ["Drawing", "Explanation", "draw", "explain", "source_lines"]
