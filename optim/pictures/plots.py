"""Pictures of arrays from a training run: filters, feature maps, attention, embeddings, decision boundaries.

Each takes arrays or Tensors, checks them before anything is drawn, and returns a matplotlib Figure: it displays in
notebooks, `.savefig("x.png")` writes a file, `.axes` are there to be changed. One scale holds within a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from autograd import ShapeError, Tensor, no_grad
from autograd.engine.tensor import as_data
from autograd.engine.types import Array, Function, Value
from autograd.support.checks import size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

Label: TypeAlias = Any  # a class, or a word at an axis: a number or a text
Look: TypeAlias = dict[str, Any]
Kinds: TypeAlias = dict[Label, Array]  # for each label, which of the points have it
Layout: TypeAlias = Literal["constrained", "compressed"]
Words: TypeAlias = Sequence[Label] | None
Extent: TypeAlias = tuple[float, float, float, float]

# Okabe and Ito's colours, which colour-blind readers tell apart; their yellow is too pale for points on white
CLASS_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "o^sDvP"
MOST_CLASSES = len(CLASS_COLORS) * len(MARKERS)
SIGNED = "coolwarm"  # grey at 0, so that the gaps of a grid, which are white, differ from zeros
SHARP = 16  # pixels along a tile, at least; the gap to the next is one
TICKS = 40  # more words on an axis than this would run into each other


def blank(what: str, width: float, height: float, layout: Layout = "constrained") -> Figure:
    """An empty Figure of `width` by `height` inches; ImportError says what `what` needs."""
    try:
        from autograd.support.figure import Figure
    except ImportError:
        raise ImportError(f"{what} draws with matplotlib; mend: pip install matplotlib") from None
    return Figure(figsize=(width, height), layout=layout)


def rows_and_columns(count: int) -> tuple[int, int]:
    """How panels stand, up to four side by side: nine as three by three."""
    rows = ceil(count / 4)
    return rows, ceil(count / rows)


def plot_filters(weights: Value, *, most: int = 64) -> Figure:
    """Draw the filters of a convolution, weights (out, in, h, w), on one scale with 0 in the middle.

    With one input channel there is a tile for each output channel, in reading order; with three, each is a colour
    image (grey is 0); with more, a row for each output channel and a column for each input channel. Of either, the
    first `most` are drawn, and the title says of how many.

    Healthy: strokes, edges and blobs. Filters that still look like noise have learned little, equal ones are wasted.

    Returns a Figure. Raises ShapeError for other than four axes, ValueError for nan, inf or no element.

    >>> plot_filters(np.ones((8, 1, 3, 3))).axes[0].get_title()
    '8 filters of 3 × 3'
    """
    weights = _array("plot_filters: weights", weights, {4: "(out, in, h, w)"})
    most = size("plot_filters: most", most)
    outs, ins, height, width = weights.shape
    limit = np.abs(weights).max() or 1.0
    if ins == 3:
        tiles = np.moveaxis(0.5 + weights[:most] / (2 * limit), 1, -1)
    else:
        tiles = weights[:most, :most].reshape(-1, height, width)
    by_input = ins not in (1, 3)
    columns = min(ins, most) if by_input else _columns(len(tiles), width / height)
    what, count = (f"{outs} × {ins} filters", max(outs, ins)) if by_input else (f"{outs} filters", outs)
    figure = _tiles("plot_filters", tiles, columns, _title(what, weights, count, most), limit, signed=True)
    if by_input:
        figure.axes[0].set(xlabel="input channel", ylabel="output channel")
        _count(figure.axes[0].xaxis, columns)
    _count(figure.axes[0].yaxis, ceil(len(tiles) / columns), 1 if by_input else columns)
    return figure


def plot_feature_maps(maps: Value, *, most: int = 64) -> Figure:
    """Draw the feature maps that one image makes, maps (channels, h, w), in reading order and on one scale.

    From 0 up where no value is negative, as after a relu, else with 0 in the middle. The first `most` are drawn; the
    numbers at the left count channels.

    Healthy: different maps answer to different parts of the image. A map of a single colour is a channel that says
    nothing about this image; if it says nothing about any, it is dead.

    Returns a Figure. Raises ShapeError for other than three axes, ValueError for nan, inf or no element.

    >>> figure = plot_feature_maps(np.arange(48.0).reshape(3, 4, 4))
    >>> figure.axes[0].get_title(), figure.axes[0].images[0].get_clim()
    ('3 feature maps of 4 × 4', (0.0, 47.0))
    """
    maps = _array("plot_feature_maps: maps", maps, {3: "(channels, h, w), those of one image"})
    most = size("plot_feature_maps: most", most)
    channels, height, width = maps.shape
    title = _title(f"{channels} feature maps", maps, channels, most)
    tiles, signed = maps[:most], bool((maps < 0).any())
    columns = _columns(len(tiles), width / height)
    figure = _tiles("plot_feature_maps", tiles, columns, title, np.abs(maps).max() or 1.0, signed)
    _count(figure.axes[0].yaxis, ceil(len(tiles) / columns), columns)
    return figure


def plot_attention(weights: Value, rows: Words = None, columns: Words = None) -> Figure:
    """Draw attention weights (queries, keys), or (heads, queries, keys) side by side, from 0 to the greatest.

    `rows` are the words at the queries, `columns` those at the keys; `rows` alone serve both where there are as many.
    Row i shows where query i looks. `MultiheadAttention(..., average_attn_weights=False)` gives the weights of each
    head.

    Healthy: heads differ, and a row has few bright places. All rows equal: the head looks at positions, not at what
    stands there. One colour: it averages, and has not learned where to look.

    Returns a Figure. Raises ShapeError for other axes, ValueError for negative weights, nan, inf, or as many words as
    there are not places.

    >>> figure = plot_attention(np.eye(3), ["the", "cat", "sat"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['the', 'cat', 'sat']
    """
    what = "plot_attention: weights"
    weights = _array(what, weights, {2: "(queries, keys)", 3: "(heads, queries, keys), those of one example"})
    if weights.min() < 0:
        raise ValueError(f"{what} go down to {weights.min():.3g}; are these scores? softmax(scores) are the weights")
    heads = weights[None] if weights.ndim == 2 else weights
    count, queries, keys = heads.shape
    columns = rows if columns is None and queries == keys else columns
    for name, words, places in (("rows", rows, queries), ("columns", columns, keys)):
        one = isinstance(words, str)
        if words is not None and (one or len(words) != places):
            got = f"one string, {words[:20]!r}; list(...) splits it" if one else f"{len(words)} words"
            raise ValueError(f"plot_attention: {name} is {got}, for {places} places of weights {weights.shape}")
    down, across = rows_and_columns(count)
    side = min(max(0.18 * max(queries, keys), 2.0), 8.0)
    inches = 1.6 + across * (side * keys / max(queries, keys) + 0.2), down * (side + 0.4) + 0.9
    figure = blank("plot_attention", *inches, layout="compressed")
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for i, (each, head) in enumerate(zip(axes, heads)):
        image = each.imshow(head, cmap="viridis", vmin=0.0, vmax=heads.max() or 1.0)
        _words(each.yaxis, rows if i % across == 0 else [""] * queries, queries)
        _words(each.xaxis, columns, keys)
        each.tick_params(axis="x", rotation=90)
        each.set(title=f"head {i}" if weights.ndim == 3 else "", xlabel="key" if i >= count - across else "")
        each.set_ylabel("query" if i % across == 0 else "")
    for each in axes[count:]:
        each.remove()
    figure.colorbar(image, ax=list(axes[:count]), label="weight", shrink=0.8)
    return figure


def plot_embedding(vectors: Value, labels: Value | None = None) -> Figure:
    """Draw vectors (n, d) as points, in a colour and a mark for each of the `labels` (n,).

    Of more than two numbers a vector is drawn by its first two principal components (PCA); the axes say how much of
    the variance each explains. What lies together here may lie apart in the dimensions that are left out.

    Healthy, for the layer before the last of a classifier: a cloud for each class, with gaps between. Clouds that
    overlap are classes it confuses, if the two axes explain most of the variance.

    Returns a Figure. Raises ShapeError for shapes that do not fit, ValueError for nan, inf, or too many labels to tell
    apart.

    >>> figure = plot_embedding([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["cat", "dog", "dog"])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['cat', 'dog']
    """
    vectors = _array("plot_embedding: vectors", vectors, {2: "(n, d)"})
    n, d = vectors.shape
    if d < 2:
        raise ShapeError(f"plot_embedding: vectors {vectors.shape} have one number each; a histogram shows those")
    kinds = _kinds("plot_embedding: labels", np.zeros(n, int) if labels is None else labels, n)
    names = ["dimension 0", "dimension 1"]
    if d > 2:
        centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
        u, s, vt = np.linalg.svd(centred, full_matrices=False)
        # a component's sign is arbitrary; with this one the picture is the same on every machine
        signs = np.sign(vt[np.arange(len(s)), np.abs(vt).argmax(axis=1)])
        share = s**2 / max((s**2).sum(), np.finfo(float).tiny)
        vectors = np.zeros((n, 2))
        vectors[:, : len(s)] = (u * s * signs)[:, :2]
        names = [f"component {i + 1}, {100 * part:.0f} % of variance" for i, part in enumerate([*share, 0.0][:2])]
    figure = blank("plot_embedding", 6.2 if labels is not None else 5.2, 4.6)
    axes = figure.subplots()
    _scatter(axes, vectors, kinds, MOST_CLASSES)
    if labels is not None:
        from matplotlib.patheffects import withStroke

        figure.legend(loc="outside right upper", frameon=False, ncols=ceil(len(kinds) / 20))
        halo = [withStroke(linewidth=3, foreground="white")]
        for name, mine in kinds.items():  # in the middle of each class its name: quicker to read than a legend
            place = tuple(np.median(vectors[mine], axis=0))
            axes.annotate(str(name), place, ha="center", va="center", fontweight="bold", path_effects=halo)
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def plot_decision_boundary(f: Function, x: Value, y: Value, *, resolution: int = 200) -> Figure:
    """Draw points x (n, 2) with their classes y (n,), and behind them what `f` says of every place.

    `f` takes an array (m, 2) in the dtype of `x` and returns scores: (m, classes), of which the greatest counts, for
    classes 0, 1, ...; or of two classes (m,) or (m, 1), and the second class begins at 0.5 where all are between 0
    and 1 (probabilities), else at 0 (logits). It is called once, for `resolution`² places, under `no_grad()`; call
    `model.eval()` before.

    Healthy: smooth boundaries in the gaps between the classes. Islands about single points are overfitting, a straight
    line through curved data is underfitting.

    Returns a Figure. Raises ShapeError for shapes that do not fit, ValueError for nan, inf, or classes without a score.

    >>> x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    >>> figure = plot_decision_boundary(lambda x: x.sum(axis=1) - 1, x, y)
    >>> figure.legends[0].get_texts()[1].get_text()
    '1'
    """
    what = "plot_decision_boundary"
    if not callable(f):
        raise TypeError(f"{what}: f is a {type(f).__name__}; it takes a function or a model, then x and y")
    resolution = size(f"{what}: resolution", resolution, 2)
    x = _array(f"{what}: x", x, {2: "(n, 2)"})
    if x.shape[1] != 2:
        raise ShapeError(f"{what}: x {x.shape} has {x.shape[1]} numbers in each row; the picture has two axes, (n, 2)")
    kinds = _kinds(f"{what}: y", y, len(x))
    ends, grid = plane(x, resolution)
    scores = _scores(what, f, grid.reshape(-1, 2), kinds)
    figure = blank(what, 5.2, 4.6)
    axes = figure.subplots()
    scores = scores.reshape(resolution, resolution, -1)
    extent = tuple(ends.T.ravel())
    (_two_regions if scores.shape[-1] == 1 else _regions)(figure, axes, scores, extent, list(kinds))
    _scatter(axes, x, kinds, max(2, scores.shape[-1]))
    figure.legend(loc="outside upper center", frameon=False, ncols=8, columnspacing=1.0, handletextpad=0.1)
    axes.locator_params(nbins=6)
    axes.set(xlim=extent[:2], ylim=extent[2:], xlabel="x[:, 0]", ylabel="x[:, 1]")
    return figure


def plane(x: Array, places: int) -> tuple[Array, Array]:
    """The lowest and the highest corner of what is around points (n, 2), and a grid (places, places, 2) from below."""
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    ends = np.stack([low - margin, high + margin])
    return ends, np.stack(np.meshgrid(*np.linspace(ends[0], ends[1], places).T), axis=-1).astype(x.dtype)


def _scores(what: str, f: Function, grid: Array, kinds: Kinds) -> Array:
    """What `f` says of the grid, (points, classes) or (points, 1), checked."""
    try:
        with no_grad():
            scores = f(grid)
    except Exception as error:
        error.add_note(f"{what} called f with an array {grid.dtype} {grid.shape}")
        raise
    scores = np.asarray(as_data(scores))
    if scores.shape == (len(grid),):
        scores = scores[:, None]
    places = len(grid)
    if scores.ndim != 2 or len(scores) != places or not scores.shape[1]:
        due = f"it is to give ({places},), or a column for each class"
        raise ShapeError(f"{what}: f gave {scores.shape} for {grid.shape}; {due}")
    bad = np.sum(~np.isfinite(scores).all(axis=1))
    if bad:
        raise ValueError(f"{what}: f gave nan or inf for {bad} of {places} places")
    classes = scores.shape[1]
    if classes == 1 and len(kinds) > 2:
        raise ValueError(f"{what}: f gives one score for each point, but y has {len(kinds)} classes; give one for each")
    strange = ", ".join(str(name) for name in kinds if name not in range(classes))
    if classes > 1 and strange:
        raise ValueError(f"{what}: f gives {classes} scores, for classes 0 to {classes - 1}, but y has {strange}")
    return scores.astype(np.float64)


def _two_regions(figure: Figure, axes: Axes, scores: Array, extent: Extent, names: list[Label]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    scores = scores[..., 0]
    probable = scores.min() >= 0 and scores.max() <= 1
    middle = 0.5 if probable else 0.0
    reach = 0.5 if probable else np.abs(scores).max() or 1.0
    # from the colour of the first class to that of the second
    shades = LinearSegmentedColormap.from_list("classes", [CLASS_COLORS[0], "#f7f7f7", CLASS_COLORS[1]])
    look: Look = {"cmap": shades, "vmin": middle - reach, "vmax": middle + reach, "alpha": 0.6}
    image = axes.imshow(scores, extent=extent, origin="lower", aspect="auto", interpolation="bilinear", **look)
    if scores.min() < middle < scores.max():
        axes.contour(scores, levels=[middle], extent=extent, colors="#222222", linewidths=1.5)
    second = f" of class {names[1]}" if len(names) == 2 else ""
    figure.colorbar(image, ax=axes, label=f"{'probability' if probable else 'score'}{second}")


def _regions(figure: Figure, axes: Axes, scores: Array, extent: Extent, names: list[Label]) -> None:
    from matplotlib.colors import to_rgb

    winner, classes = scores.argmax(axis=-1), scores.shape[-1]
    tints = np.array([to_rgb(CLASS_COLORS[i % len(CLASS_COLORS)]) for i in range(classes)])
    axes.imshow(0.65 + 0.35 * tints[winner], extent=extent, origin="lower", aspect="auto", interpolation="nearest")
    for i in np.unique(winner)[1:]:
        axes.contour(winner == i, levels=[0.5], extent=extent, colors="#222222", linewidths=1.0)


def _array(what: str, value: Value, shapes: dict[int, str]) -> Array:
    """`value` as an array with one of the numbers of axes in `shapes`, of finite numbers."""
    array = np.asarray(as_data(value))
    if array.dtype.kind == "c":
        raise TypeError(f"{what} are complex, {array.dtype}; draw their abs, real or imag")
    if array.ndim not in shapes:
        few = f"; {what.partition(': ')[2]}[0] is the first" if array.ndim - 1 in shapes else ""
        raise ShapeError(f"{what} have {array.ndim} axes, {array.shape}; give {' or '.join(shapes.values())}{few}")
    if not array.size:
        raise ValueError(f"{what} {array.shape} hold no element; there is nothing to draw")
    if not np.isfinite(array).all():
        raise ValueError(f"{what} {array.shape} hold {np.sum(~np.isfinite(array))} nan or inf; mend what made them")
    return array.astype(np.float64) if array.dtype == np.float16 or array.dtype.kind != "f" else array


def _kinds(what: str, labels: Value, n: int) -> Kinds:
    """For each distinct label, in order, which of the `n` points have it."""
    labels = np.asarray(labels.data if isinstance(labels, Tensor) else labels)
    if labels.shape != (n,):
        raise ShapeError(f"{what} {labels.shape} for {n} points; give ({n},), a label for each")
    names = np.unique(labels)
    if len(names) > MOST_CLASSES:
        many = f"{len(names)} different values, and no more than {MOST_CLASSES} can be told apart"
        raise ValueError(f"{what} have {many}; bin them")
    if labels.dtype.kind == "f" and np.isnan(names).any():
        raise ValueError(f"{what} hold {np.isnan(labels).sum()} nan; a class is a number or a word")
    return {name.item(): labels == name for name in names}


def _scatter(axes: Axes, points: Array, kinds: Kinds, classes: int) -> None:
    area = float(np.clip(9000 / len(points), 16, 40))
    numbered = all(name in range(classes) for name in kinds)
    for place, (name, mine) in enumerate(kinds.items()):
        i = int(name) if numbered else place  # class 2 has its colour, whether or not there is a class 1
        turn, color = divmod(i, len(CLASS_COLORS))  # neighbours differ in both, and no two classes share both
        look: Look = {"color": CLASS_COLORS[color], "marker": MARKERS[(color + turn) % len(MARKERS)], "s": area}
        label = str(name).replace("$", r"\$").removeprefix("_")  # which matplotlib would read as maths, or hide
        axes.scatter(*points[mine].T, label=plain(label), edgecolors="white", linewidths=0.4, **look)


def _title(what: str, images: Array, count: int, most: int) -> str:
    height, width = images.shape[-2:]
    return f"{what} of {height} × {width}" + (f", the first {most}" if count > most else "")


def _columns(count: int, ratio: float) -> int:
    """How many tiles of that width over height stand side by side in a grid that is a little wider than high."""
    return min(count, ceil(sqrt(1.6 * count / ratio)))


def _tiles(what: str, tiles: Array, columns: int, title: str, limit: float, signed: bool) -> Figure:
    """A figure of tiles (count, h, w) or (count, h, w, 3) in a grid, as one image: hundreds of axes would be slow."""
    sharp = ceil(SHARP / max(tiles.shape[1:3]))
    tiles = tiles.repeat(sharp, axis=1).repeat(sharp, axis=2)
    count, height, width = tiles.shape[:3]
    rows = ceil(count / columns)
    grid = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, *tiles.shape[3:]), np.nan)
    for i, tile in enumerate(tiles):
        y, x = i // columns * (height + 1), i % columns * (width + 1)
        grid[y : y + height, x : x + width] = tile
    down, across = grid.shape[:2]
    scale = min(6.5 / across, 5.5 / down)
    figure = blank(what, max(scale * across, 2.2) + 1.2, max(scale * down, 0.6) + 0.7, layout="compressed")
    axes = figure.subplots()
    look: Look = {"cmap": SIGNED, "vmin": -limit} if signed else {"cmap": "viridis", "vmin": 0}
    shown = grid if tiles.ndim == 3 else np.nan_to_num(grid, nan=1.0)
    image = axes.imshow(shown, interpolation="nearest", vmax=limit, **look)
    axes.set(title=title, xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if tiles.ndim == 3:
        figure.colorbar(image, ax=axes, shrink=0.9)
    return figure


def _count(axis: Axis, places: int, each: int = 1) -> None:
    """Number the tiles along an axis, not all if there are many; `each` is how many stand for one place."""
    low, high = sorted(axis.get_view_interval())
    shown = range(0, places, ceil(places / 12))
    axis.set_ticks([low + (high + 1 - low) * (i + 0.5) / places - 0.5 for i in shown], [str(i * each) for i in shown])
    axis.set_tick_params(length=0)


def plain(text: object) -> str:
    r"""A text as it is: to matplotlib, dollars would begin a formula.

    >>> print(plain("$5"))
    \$5
    """
    return str(text).replace("$", r"\$")


def _words(axis: Axis, words: Words, places: int) -> None:
    shown = range(0, places, ceil(places / TICKS))
    axis.set_ticks(list(shown), [plain(i if words is None else words[i]) for i in shown])
