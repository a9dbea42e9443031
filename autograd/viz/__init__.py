"""See backprop: `draw` turns the record behind a Tensor into a picture of values and gradients.

And training: a `Probe` watches a model's layers, and the functions `plot_...` draw what it saw, and other arrays.
"""

from .draw import draw
from .plots import plot_attention, plot_decision_boundary, plot_embedding, plot_feature_maps, plot_filters
from .probe import Probe, Record, Statistics
from .render import Drawing
from .training import plot_activations, plot_gradients, plot_update_ratios

__all__ = [
    "Drawing",
    "Probe",
    "Record",
    "Statistics",
    "draw",
    "plot_activations",
    "plot_attention",
    "plot_decision_boundary",
    "plot_embedding",
    "plot_feature_maps",
    "plot_filters",
    "plot_gradients",
    "plot_update_ratios",
]
