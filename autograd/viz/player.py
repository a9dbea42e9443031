"""Player: a page that plays the sweep step by step, and computes it anew with other numbers. One file, no network."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from ..engine.errors import DtypeError, GraphError
from ..engine.node import Many, Node, Output
from ..engine.tensor import Tensor
from ..engine.types import Array
from ..program.js import source as machine
from ..support.checks import choice, text
from ..support.pages import Page, greatest, page, shaded
from .draw import DIRECTIONS
from .film import Cast, Json, levels, opening
from .formula import filled, formula
from .images import note_images
from .insides import note_insides
from .live import live
from .record import Record, identity, read, recorded
from .text import EXPLODING, Sight, axes_named, counted, look
from .trace import Gradient, Trace, Use, derivative, summed, trace

MOST = 1500  # operations: a page of more would be slow to lay out and to open
DETAILED = 150  # up to so many operations, arrays are shown in full detail
FINE, COARSE = 12, 6  # cells of the picture of an array, a side
PARTS = resources.files(__package__) / "page"
SCRIPTS = (
    "numbers",
    "live",
    "timeline",
    "drawing",
    "view",
    "inplace",
    "arrays",
    "meeting",
    "inside",
    "panel",
    "lab",
    "predict",
    "controls",
)  # of the page, one after the other


def player(
    output: Tensor | Sequence[Tensor],
    *,
    model: Any = None,
    gradient: Gradient = None,
    direction: str = "TB",
    name: str = "backprop",
    label: str = "",
    vocabulary: Sequence[str] = (),
    images: int | Sequence[int] | None = None,
) -> Player:
    """Play backprop: every step of the sweep from `output`, with its rule, its numbers and the sums it adds to.

    Call it before `backward()`, or after `backward(retain_graph=True)`: it rehearses the sweep; no `.grad` changes,
    though hooks are called. `.save("backprop.html")` writes one file that needs nothing else; in a notebook it shows
    itself. `film = player(loss)` and then `film.add(loss, label="epoch 2")` add the same graph with other numbers: a
    training run played over time.

    The page computes both passes anew for other numbers, if the Tensors of its leaves are still held; what it cannot
    compute it shows as frozen.

    `model` gives names, else they come from the modules that were called; `gradient` is what the sweep begins with,
    ones by default; `direction` as in `draw`; `name` is the title and `label` that of the first frame. `vocabulary` has
    the text of each token, by its index: the page shows it for what an embedding takes, and on the axes of attention.
    Rows that the graph reshapes from or to pictures of one or three channels are shown as these; `images`, the (height,
    width) or (channels, height, width) of a picture, or the side of a square, says it of all rows of that size.

    Raises GraphError where nothing is recorded or all is freed, ValueError for more than 1,500 operations, and for
    `images` that no array here has, and RenderError where no renderer lays out the drawing.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> film = player(x * x + x)
    >>> film.steps  # two forward, the start, two backward
    5
    """
    return Player(recorded(output, "player"), model, gradient, direction, name, label, vocabulary, images)


class Player(Page):
    """The page, and the frames it plays: see `player`."""

    height, saving = 640, "player: save"

    def __init__(
        self,
        outputs: Sequence[Tensor],
        model: Any,
        gradient: Gradient,
        direction: str,
        name: str,
        label: str,
        vocabulary: Sequence[str],
        images: int | Sequence[int] | None,
    ) -> None:
        choice("player: direction", direction, DIRECTIONS)
        text("player: name", name)
        text("player: label", label)
        for word in vocabulary:
            text("player: a word of the vocabulary", word)
        self.title = name
        self.model = model
        plain = read(outputs, model, collapse_repeats=False)
        count = len(plain.operations)
        if count > MOST:
            raise ValueError(
                f"player: {count:,} operations are more than a page can play ({MOST:,}); "
                "play a smaller batch of steps or a part of the model, or use draw, which collapses"
            )
        self._sights: dict[str, int] = {}
        self._cast = Cast(plain)
        note_images(self._cast.tensors, self._cast.ops, images)
        frame = self._frame(plain, self._cast, gradient, label, FINE if count <= DETAILED else COARSE)
        drawn = list(levels(outputs, model, direction, self._cast))
        note_insides(drawn, self._cast.ops)
        self._data: Json = {
            "title": name,
            "explodes": EXPLODING,
            "tensors": self._cast.tensors,
            "ops": self._cast.ops,
            "docs": self._cast.docs,
            "vocabulary": list(vocabulary),
            "levels": drawn,
            "start": opening(drawn),
            "frames": [frame],
            "live": live(plain, self._cast, frame, gradient),
        }

    def __repr__(self) -> str:
        return f"Player({self.title!r}, {self.steps} steps, {counted(len(self._data['frames']), 'frame')})"

    @property
    def steps(self) -> int:
        """How many steps the page has: forward, the start of the sweep, backward."""
        return len(self._data["ops"]) + 1 + len(self._data["frames"][0]["steps"])

    def add(self, output: Tensor | Sequence[Tensor], gradient: Gradient = None, label: str = "") -> Player:
        """Add a frame: the same graph, computed anew, as in the next epoch. Returns the player.

        Of frames after the first, arrays of more than four elements are kept as statistics only. Raises GraphError if
        the graph differs from that of the first frame, saying where.
        """
        outputs = recorded(output, "player.add")
        record = read(outputs, self.model, collapse_repeats=False)
        cast = Cast(record)
        here, there = cast.wiring(), self._cast.wiring()
        for i, (mine, first) in enumerate(zip(here, there)):
            if mine != first:
                raise GraphError(f"player.add: operation {i + 1} is {mine}, in the first frame {first}")
        if len(here) != len(there):
            raise GraphError(f"player.add: {len(here)} operations here, {len(there)} in the first frame")
        self._data["frames"].append(self._frame(record, cast, gradient, label, 0))
        return self

    # the page

    @property
    def data(self) -> Json:
        """All that the page is given, as plain lists, numbers and text: what it shows, nothing it has to compute."""
        return {**self._data, "sights": [json.loads(sight) for sight in self._sights]}

    def html(self) -> str:
        """The whole page as text."""
        before = "" if "why" in self._data["live"] else machine(self._data["live"]["tape"])
        return page(PARTS, "player", self.title, self.data, SCRIPTS, before)

    # frames

    def _frame(self, record: Record, cast: Cast, gradient: Gradient, label: str, cells: int) -> Json:
        swept = trace(record.outputs, gradient, keep=lambda a: self._see(a, cells), what="player")
        values = {**record.values, **cast.plain}
        seen = [self._see(values[key], cells).place if key in values else None for key in cast.index]
        steps = []
        for step in swept.steps:
            made = record.made(step.node)  # of several outputs only those that were used
            parts = [step.g[part.index] if isinstance(part, Output) else step.g for part in made]
            uses = [self._use(step.node, use, parts, cast) for use in step.uses]
            upstream = [part.place for part in parts]
            steps.append({"op": cast.op_of[step.node], "upstream": upstream, "uses": uses})
        seeds = [[cast.index[identity(node)], g.place] for node, g in swept.seeds.items()]
        return {"label": label, "values": seen, "seeds": seeds, "steps": steps, "finished": _hooked(swept, cast)}

    def _use(self, node: Node, use: Use, upstream: Sequence[_Seen], cast: Cast) -> Json:
        g, note = upstream[0].number, ""
        numbers = filled(node, use.position, use.args, g) if g is not None and len(upstream) == 1 else ""
        matrix = derivative(use, node) if use.local is None else None
        if use.local is not None:
            if axes := summed(node, use.parent):
                note = f"then summed over {axes_named(axes)}, along which it was broadcast"
        elif matrix is None and not isinstance(node, Many):
            rows, columns = math.prod(node.shape), math.prod(use.parent.shape)
            note = f"a matrix of {rows:,} × {columns:,}: the rule multiplies g by it without building it"
        return {
            "input": sum(parent is not None for parent in node.inputs[: use.position]),
            "tensor": cast.index[identity(use.parent)],
            "formula": formula(node.op, use.position),
            "numbers": numbers,
            "local": use.local and use.local.place,
            "matrix": None if matrix is None else self._see(matrix, FINE).place,
            "note": note,
            "term": use.term.place,
            "before": use.before and use.before.place,
            "after": use.after.place,
        }

    def _see(self, array: Array, cells: int) -> _Seen:
        """Note an array's sight in the table; equal ones share their place."""
        if np.iscomplexobj(array):
            raise DtypeError(f"player: the page computes with real numbers, not {np.result_type(array)}; see viz.draw")
        said = json.dumps(_sight(look(array, cells), cells == COARSE), separators=(",", ":"))
        return _Seen(self._sights.setdefault(said, len(self._sights)), None if np.ndim(array) else array)


def _hooked(swept: Trace, cast: Cast) -> list[list[int]]:
    """The gradients that a hook changed after the last contribution."""
    sums = {use.parent: use.after for step in swept.steps for use in step.uses}
    shown = {node: made for node, made in swept.grads.items() if node.taps and not isinstance(node, Many)}
    changed = (n for n, made in shown.items() if made.place != sums.get(n, swept.seeds.get(n, made)).place)
    return [[cast.index[identity(node)], shown[node].place] for node in changed]


class _Seen(NamedTuple):
    """The place of an array in the table of sights; of a scalar also its number."""

    place: int
    number: Any


def _sight(seen: Sight, small: bool) -> Json:
    """A sight as the page reads it."""
    about: Json = {"shape": list(seen.shape), "dtype": str(seen.dtype)}
    if seen.array is not None:
        return {**about, "all": _numbers(seen.array)}
    numbers = {"min": seen.low, "mean": seen.mean, "max": seen.high, "norm": seen.norm}
    about |= {name: _number(value, 6) for name, value in numbers.items()} | {"nan": seen.nans, "inf": seen.infs}
    if seen.corner is not None and seen.heat is not None:
        corner = seen.corner[:2, :3] if small else seen.corner
        about["corner"] = [[_number(v, 3 if small else 4) for v in row] for row in corner]
        top = greatest(seen.heat)
        letters, columns = shaded(seen.heat, top), seen.heat.shape[1]
        about["heat"] = [letters[i : i + columns] for i in range(0, len(letters), columns)]
        about["top"] = _number(top, 4)
    return about


def _numbers(array: Array) -> Any:
    if array.ndim:
        return [_numbers(part) for part in array]
    value = array[()]
    if array.dtype.kind in "biu":
        return int(value)
    # the shortest text that is this float32: its digits as a float64 would be noise
    return float(str(value)) if np.isfinite(value) else _number(float(value), 6)


def _number(value: float, digits: int) -> float | str:
    value = float(value)
    return float(f"{value:.{digits}g}") if math.isfinite(value) else str(value)
