"""See backprop: `draw` turns the record behind a Tensor into a picture of values and gradients."""

from .draw import draw
from .render import Drawing

__all__ = ["Drawing", "draw"]
