"""Pictures of training: a `Probe` watches the layers of a model, and `plot_...` draw what it saw, or any arrays.

A `Film` shows all of it, step by step, in a page.
"""

from .film import Film
from .plots import plot_attention, plot_decision_boundary, plot_embedding, plot_feature_maps, plot_filters
from .probe import Probe, Snapshot, Statistics
from .training import plot_activations, plot_gradients, plot_update_ratios

__all__ = [
    "Film", "Probe", "Snapshot", "Statistics", "plot_activations", "plot_attention", "plot_decision_boundary",
    "plot_embedding", "plot_feature_maps", "plot_filters", "plot_gradients", "plot_update_ratios",
]  # fmt: skip
