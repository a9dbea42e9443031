"""See backprop: `draw` makes a picture of the record, `player` plays the sweep, `explain` takes a gradient apart.

And training: a `Probe` watches a model's layers, and the functions `plot_...` draw what it saw, and other arrays.
"""

from ..modes import source_lines
from .draw import draw
from .explain import Explanation, Term, explain
from .player import Player, player
from .plots import plot_attention, plot_decision_boundary, plot_embedding, plot_feature_maps, plot_filters
from .probe import Probe, Snapshot, Statistics
from .render import Drawing
from .training import plot_activations, plot_gradients, plot_update_ratios

__all__ = [
    "Drawing",
    "Explanation",
    "Player",
    "Probe",
    "Snapshot",
    "Statistics",
    "Term",
    "draw",
    "explain",
    "player",
    "plot_activations",
    "plot_attention",
    "plot_decision_boundary",
    "plot_embedding",
    "plot_feature_maps",
    "plot_filters",
    "plot_gradients",
    "plot_update_ratios",
    "source_lines",
]
