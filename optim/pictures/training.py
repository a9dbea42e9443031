"""Pictures of what a Probe saw in training: activations, their gradients, and the sizes of the updates."""

from __future__ import annotations

from math import ceil, isnan
from typing import TYPE_CHECKING

import numpy as np

from autograd.engine.types import Array

from .plots import blank, rows_and_columns
from .probe import Names, Probe, Statistics, chosen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RIDGES = 6
OVERLAP = 1.7  # the height of a ridge, in distances between two
SAW = "the probe recorded"
LEGEND = 18  # names below each other beside a picture


def plot_activations(probe: Probe, layers: Names = None) -> Figure:
    """Draw how the outputs of each layer are distributed, at up to six steps from the first (back) to the last (front).

    A panel for each layer that ran, or for `layers`, with what held at the last step: mean and standard deviation, the
    share of elements that are exactly 0 and of dead units (0 throughout the batch), and for sigmoid and tanh the share
    saturated, within 1.5 % of a limit. Zeros are left out of the curves, and so is half a percent at either end.

    Healthy: a standard deviation of about the same size in all layers, which moves little after the first steps. One
    that shrinks or grows from layer to layer asks for another initialisation or a normalisation; many dead or
    saturated units ask for a lower learning rate: they pass no gradient on.

    Returns a Figure. Raises TypeError for what is no Probe, ValueError where nothing was recorded.

    >>> import autograd, nn
    >>> with Probe(nn.Sequential(nn.Linear(2, 8), nn.ReLU())) as probe:
    ...     _ = probe.model(autograd.ones((4, 2)))
    >>> [axes.get_title(loc="left") for axes in plot_activations(probe).axes]
    ['0 Linear', '1 ReLU']
    """
    return _ridgelines("plot_activations", probe, "activations", layers, "output")


def plot_gradients(probe: Probe, layers: Names = None) -> Figure:
    """Draw how the gradients of the loss by each layer's outputs are distributed, on one logarithmic scale for all.

    Panels and steps are those of `plot_activations`; the curves are of log10 |gradient|, without zeros.

    Healthy: humps of all layers lie within a factor of ten or so of each other. If they wander left from the last
    layer to the first, gradients vanish; right, they explode. All move left as the loss falls. Many zeros in a layer
    come from dead units behind it, or from a pooling that passes on to one place of four.

    Returns a Figure. Raises TypeError for what is no Probe, ValueError where no gradient was recorded.

    >>> import autograd, nn
    >>> with Probe(nn.Sequential(nn.Linear(2, 8), nn.Tanh())) as probe:
    ...     probe.model(autograd.ones((4, 2))).sum().backward()
    >>> plot_gradients(probe).axes[0].get_xlabel()
    'log10 |gradient|'
    """
    figure = _ridgelines("plot_gradients", probe, "gradients", layers, "log10 |gradient|")
    limits = [axes.get_xlim() for axes in figure.axes]
    for axes in figure.axes:
        axes.set_xlim(min(low for low, _ in limits), max(high for _, high in limits))
    return figure


def plot_update_ratios(probe: Probe, parameters: Names = None) -> Figure:
    """Draw how far each step moved each parameter: |change| / |parameter|, Euclidean norms, on a logarithmic scale.

    Of all parameters with two axes or more (biases start at 0, and their ratios say little), or of `parameters`; from
    the first (dark) to the last (light).

    Healthy: all lines near the dashed one at 1e-3, between 1e-2 and 1e-4, falling slowly. Above, the learning rate is
    too high; far below, too low, or a parameter hardly learns while others do. (The rule of thumb is Karpathy's.)

    Returns a Figure. Raises TypeError for what is no Probe, ValueError for unknown parameters, or if no step was seen.

    >>> import autograd, nn, optim
    >>> model = nn.Linear(2, 1)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> with Probe(model) as probe:
    ...     model(autograd.ones((4, 2))).sum().backward()
    ...     optimizer.step()
    >>> [line.get_label() for line in plot_update_ratios(probe).axes[0].lines]
    ['weight', '1e-3']
    """
    what = "plot_update_ratios"
    records = [record for record in _checked(what, probe).records if record.updates]
    seen = {name: None for record in records for name in record.updates}
    if not seen:
        raise ValueError(
            f"{what}: the probe saw no step; optimizer.step() belongs inside the `with Probe(model)` block"
        )
    shapes = {name: p.ndim for name, p in probe.model.named_parameters()}
    names = chosen(f"{what}: {SAW}", parameters, [name for name in seen if shapes.get(name, 0) > 1] or list(seen), seen)
    figure = blank(what, 8.0, 4.2)
    axes = figure.subplots()
    steps = [record.step for record in records]
    for color, name in zip(_shades(len(names)), names):
        ratios = np.array([record.updates.get(name, np.nan) for record in records])
        ratios[ratios == 0] = np.nan  # a logarithm has no place for them
        axes.plot(steps, ratios, color=color, linewidth=1.2, label=name, marker="." if len(steps) < 20 else "")
    axes.axhline(1e-3, color="#444444", linestyle="--", linewidth=1.2, label="1e-3")
    axes.set(yscale="log", xlabel="step", ylabel="|change| / |parameter|")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, fontsize="small", ncols=ceil((len(names) + 1) / LEGEND))
    return figure


def _ridgelines(what: str, probe: Probe, kind: str, layers: Names, label: str) -> Figure:
    records = _checked(what, probe).records
    names = [name for name in probe.layers if any(name in getattr(record, kind) for record in records)]
    if not names:
        raise ValueError(f"{what}: the probe recorded no {kind}; {_why(probe, kind)}")
    names = chosen(f"{what}: {SAW}", layers, names, names)
    down, across = rows_and_columns(len(names))
    figure = blank(what, 2.9 * across, 2.5 * down)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for i, (axes, name) in enumerate(zip(panels, names)):
        found = [(r.step, getattr(r, kind)[name]) for r in records if name in getattr(r, kind)]
        shown = np.unique(np.linspace(0, len(found) - 1, RIDGES).round().astype(int))
        _ridges(axes, [found[i] for i in shown])
        axes.set_title(f"{name} {probe.layers[name]}".strip(), loc="left", fontsize=9, fontweight="bold", pad=30)
        below = {"xy": (0, 1), "xytext": (0, 27), "xycoords": "axes fraction", "textcoords": "offset points"}
        axes.annotate(_words(found[-1][1]), **below, fontsize=7.5, linespacing=1.3, va="top", color="#444444")
        axes.set_xlabel(label if i >= len(names) - across else "", fontsize=8)
        axes.set_ylabel("step" if i % across == 0 else "", fontsize=8)
    for axes in panels[len(names) :]:
        axes.remove()
    return figure


def _ridges(axes: Axes, rows: list[tuple[int, Statistics]]) -> None:
    """One curve for each step, the first at the back and on top, each as high as the others."""
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.0, foreground="white")]
    for place, (color, (_, found)) in enumerate(zip(_shades(len(rows)), rows)):
        base = len(rows) - 1 - place
        middles = (found.edges[1:] + found.edges[:-1]) / 2
        heights = base + OVERLAP * found.counts / max(found.counts.max(), 1)
        axes.fill_between(middles, base, heights, color=color, alpha=0.75, linewidth=0, zorder=place)
        axes.plot(middles, heights, color=color, linewidth=0.8, zorder=place, path_effects=halo)
    axes.set_yticks(range(len(rows)), [f"{step:,}" for step, _ in reversed(rows)])
    axes.tick_params(labelsize=7.5, length=2)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _words(found: Statistics) -> str:
    lines = [f"mean {found.mean:.2g}, std {found.std:.2g}"]
    shares = [f"zeros {_percent(found.zeros)}"] if found.zeros else []
    shares += [f"dead units {_percent(found.dead)}"] if found.zeros else []
    shares += [] if isnan(found.saturated) else [f"saturated {_percent(found.saturated)}"]
    shares += [f"NaN OR INF {_percent(found.broken)}"] if found.broken else []
    return "\n".join([*lines, ", ".join(shares)]) if shares else "\n".join(lines)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.01 else "< 1 %"


def _shades(count: int) -> Array:
    """Colours from dark to light, without the yellow end that is hard to see on white."""
    import matplotlib

    return matplotlib.colormaps["viridis"](np.linspace(0.0, 0.85, count) if count > 1 else [0.4])


def _checked(what: str, probe: object) -> Probe:
    if not isinstance(probe, Probe):
        raise TypeError(f"{what} takes a Probe, not {type(probe).__name__}; with Probe(model) as probe: ... train")
    return probe


def _why(probe: Probe, kind: str) -> str:
    if kind == "gradients" and probe.records:
        return "call backward() on a loss made of the model's output, inside the `with Probe(model)` block"
    return "call the model itself (not model.forward), without no_grad(), inside the `with Probe(model)` block"
