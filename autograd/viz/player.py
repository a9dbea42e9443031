"""Player: a page that plays the sweep step by step, with the numbers the engine computed. One file, no network."""

from __future__ import annotations

import html
import json
import math
import os
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..checks import choice
from ..core import Tensor
from ..errors import GraphError
from ..node import Leaf, Many, Node
from .draw import DIRECTIONS
from .formula import filled, formula, input_name
from .graph import picture, told
from .layout import layout
from .picture import CONSTANT, INPUT, OUTPUT, PARAMETER, RESULT, Box, Ellipse, Picture
from .record import Record, identity, read, recall, recorded
from .sight import EXPLODING, Sight, look
from .structure import Call, Item, deepest
from .text import call
from .trace import Trace, Use, summed, trace

MOST = 1000  # operations: a page of more would be slow to lay out and to open
LAID = 500  # of more, a drawing of every operation is left out if there is a smaller one
DETAILED = 150  # up to so many operations, arrays are shown in full detail
FINE, COARSE = 12, 6  # cells of the picture of an array, a side
HEIGHT = 640  # pixels, of the frame in a notebook
PAGES = (".html", ".htm")
LETTERS = "abcdefghijklmnopqrstuvwxy"  # -top ... 0 ... +top


def player(
    output: Tensor | Sequence[Tensor],
    *,
    model: Any = None,
    gradient: Any = None,
    direction: str = "TB",
    name: str = "backprop",
    label: str = "",
) -> Player:
    """Play backprop: every step of the sweep from `output`, with its rule, its numbers and the sums it adds to.

    Call it before `backward()`, or after `backward(retain_graph=True)`: it rehearses the sweep, and changes no
    `.grad`. `.save("backprop.html")` writes one file that needs nothing else; in a notebook it shows itself.
    `player.add(loss, label="epoch 2")` adds the same graph with other numbers, for a training run played over time.

    `model` gives names, else they come from the modules that were called; `gradient` is what the sweep begins with,
    ones by default; `direction` as in `draw`; `name` is the title and `label` that of the first frame.
    Raises GraphError where nothing is recorded or all is freed, ValueError for more than 1,000 operations, and
    RenderError where no renderer lays out the drawing.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> film = player(x * x + x)
    >>> film.steps  # two forward, the start, two backward
    5
    """
    return Player(recorded(output, "player"), model, gradient, direction, name, label)


class Player:
    """The page, and the frames it plays: see `player`."""

    def __init__(
        self,
        outputs: Sequence[Tensor],
        model: Any = None,
        gradient: Any = None,
        direction: str = "TB",
        name: str = "backprop",
        label: str = "",
    ) -> None:
        choice("player: direction", direction, DIRECTIONS)
        for what, given in (("name", name), ("label", label)):
            if not isinstance(given, str):
                raise TypeError(f"player: {what}={given!r} is no text")
        self.name = name
        self.model = model
        plain = read(outputs, model, collapse_repeats=False)
        count = len(plain.operations)
        if count > MOST:
            raise ValueError(
                f"player: {count:,} operations are more than a page can play ({MOST:,}); "
                "play a smaller batch of steps or a part of the model, or use draw, which collapses"
            )
        self._sights: dict[str, int] = {}
        self._cast = _Cast(plain)
        self._like = self._cast.wiring()
        frame = self._frame(plain, self._cast, gradient, label, FINE if count <= DETAILED else COARSE)
        self._data: dict[str, Any] = {
            "title": name,
            "explodes": EXPLODING,
            "tensors": self._cast.tensors,
            "ops": self._cast.ops,
            "levels": list(_levels(outputs, model, direction, self._cast)),
            "frames": [frame],
        }

    def __repr__(self) -> str:
        frames = len(self._data["frames"])
        return f"Player({self.name!r}, {self.steps} steps, {frames} frame{'s' * (frames != 1)})"

    @property
    def steps(self) -> int:
        """How many steps the page has: forward, the start of the sweep, backward."""
        return len(self._data["ops"]) + 1 + len(self._data["frames"][0]["steps"])

    def add(self, output: Tensor | Sequence[Tensor], gradient: Any = None, label: str = "") -> Player:
        """Add a frame: the same graph, computed anew, as in the next epoch. Returns the player.

        Of frames after the first, arrays of more than four elements are kept as statistics only. Raises GraphError if
        the graph differs from that of the first frame, saying where.
        """
        outputs = recorded(output, "player.add")
        record = read(outputs, self.model, collapse_repeats=False)
        cast = _Cast(record)
        here, there = cast.wiring(), self._like
        for i, (mine, first) in enumerate(zip(here, there)):
            if mine != first:
                raise GraphError(f"player.add: operation {i + 1} is {_words(mine)}, in the first frame {_words(first)}")
        if len(here) != len(there):
            raise GraphError(f"player.add: {len(here)} operations here, {len(there)} in the first frame")
        self._data["frames"].append(self._frame(record, cast, gradient, label, 0))
        return self

    # the page

    @property
    def data(self) -> dict[str, Any]:
        """All that the page is given, as plain lists, numbers and text: what it shows, nothing it has to compute."""
        return {**self._data, "sights": [json.loads(sight) for sight in self._sights]}

    def html(self) -> str:
        """The whole page as text."""
        data = json.dumps(self.data, separators=(",", ":"))
        folder = resources.files(__package__) / "page"
        page = (folder / "player.html").read_text(encoding="utf-8")
        parts = {
            "TITLE": html.escape(self.name),
            "CSS": (folder / "player.css").read_text(encoding="utf-8"),
            "JS": (folder / "player.js").read_text(encoding="utf-8"),
            "DATA": data.replace("<", "\\u003c"),  # or a name could end the script
        }
        return re.sub(r"/\*(TITLE|CSS|JS|DATA)\*/", lambda found: parts[found[1]], page)

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the page, in folders that are made if they are missing; return the path.

        Raises ValueError for a name that is not one of a page.
        """
        target = Path(path)
        if target.suffix.lower() not in PAGES:
            raise ValueError(f"player: save writes a page; name it {target.stem}.html instead of {target.name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.html(), encoding="utf-8")
        return str(target)

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own, so that its style and names stay inside."""
        return (
            f'<iframe srcdoc="{html.escape(self.html())}" sandbox="allow-scripts" title="{html.escape(self.name)}" '
            f'style="width:100%;height:{HEIGHT}px;border:1px solid #8884;border-radius:6px"></iframe>'
        )

    # frames

    def _frame(self, record: Record, cast: _Cast, gradient: Any, label: str, cells: int) -> dict[str, Any]:
        swept = trace(record.outputs, gradient, keep=lambda a: self._see(a, cells), what="player")
        values = recall(record)
        known = (cast.value(key, values) for key in cast.keys)
        seen = [None if v is None else self._see(v, cells).place for v in known]
        steps = []
        for step in swept.steps:
            parts: tuple[_Seen, ...] = (step.g,)
            if isinstance(step.node, Many):  # of its outputs only those that were used
                parts = tuple(step.g[index] for _, index in cast.outputs[step.node])
            uses = [self._use(step.node, use, parts, cast) for use in step.uses]
            upstream = [part.place for part in parts]
            steps.append({"op": cast.op_of[step.node], "upstream": upstream, "uses": uses})
        seeds = [[cast.index[identity(node)], g.place] for node, g in swept.seeds.items()]
        return {"label": label, "values": seen, "seeds": seeds, "steps": steps, "finished": _hooked(swept, cast)}

    def _use(self, node: Node, use: Use, upstream: Sequence[_Seen], cast: _Cast) -> dict[str, Any]:
        g, note = upstream[0].number, ""
        numbers = filled(node, use.position, use.args, g) if g is not None and len(upstream) == 1 else ""
        if use.local is not None:
            axes = summed(node, use.parent)
            if axes:
                named = f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"
                note = f"then summed over {named}, along which it was broadcast"
        elif not isinstance(node, Many):
            rows, columns = math.prod(node.shape), math.prod(use.parent.shape)
            note = f"a matrix of {rows:,} × {columns:,}: the rule multiplies g by it without building it"
        return {
            "input": cast.place[node, use.position],
            "tensor": cast.index[identity(use.parent)],
            "formula": formula(node.op, use.position),
            "numbers": numbers,
            "local": _place(use.local),
            "note": note,
            "term": use.term.place,
            "before": _place(use.before),
            "after": use.after.place,
        }

    def _see(self, array: Any, cells: int) -> _Seen:
        """Note an array's sight in the table; equal ones share their place."""
        text = json.dumps(_sight(look(array, cells), cells == COARSE), separators=(",", ":"))
        return _Seen(self._sights.setdefault(text, len(self._sights)), None if np.ndim(array) else array)


def _hooked(swept: Trace, cast: _Cast) -> list[list[int]]:
    """The gradients that a hook changed after the last contribution."""
    sums = {use.parent: use.after for step in swept.steps for use in step.uses}
    found = []
    for node, made in swept.grads.items():
        if node.taps and not isinstance(node, Many) and made.place != sums.get(node, swept.seeds.get(node, made)).place:
            found.append([cast.index[identity(node)], made.place])
    return found


class _Seen(NamedTuple):
    """The place of an array in the table of sights; of a scalar also its number."""

    place: int
    number: Any


def _place(seen: _Seen | None) -> int | None:
    return None if seen is None else seen.place


class _Cast:
    """Operations and tensors of a record by number, as the page knows them."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.keys: list[Any] = []  # of each tensor: its identity, or (operation, position) of a plain number
        self.index: dict[Any, int] = {}
        self.tensors: list[dict[str, Any]] = []
        self.ops: list[dict[str, Any]] = []
        self.op_of: dict[Node, int] = {}
        self.place: dict[tuple[Node, int], int] = {}  # of an input by position: its place among those that are shown
        self.outputs: dict[Node, list[Any]] = {}
        self._ends = {identity(root) for root in record.roots}
        self._plain: dict[Any, Any] = {}
        homes = dict(_homes(record.items))
        for root in record.roots:
            if root.op is None:
                self._tensor(root)
        for node in record.operations:
            self._operation(node, homes.get(node, ""))

    def _operation(self, node: Node, home: str) -> None:
        inputs: list[dict[str, Any]] = []
        for position, parent in enumerate(node.inputs):
            if parent is None:
                continue
            self.place[node, position] = len(inputs)
            inputs.append({"tensor": self._input(node, position, parent), "name": input_name(node.op, position)})
        if isinstance(node, Many):
            parts = {part.index: part for part in self.record.parts[node]}
            found: list[Node] = [parts[i] for i in sorted(parts)]
        else:
            found = [node]
        self.op_of[node] = len(self.ops)
        self.outputs[node] = [identity(part) for part in found]
        line = node.__dict__.get("line")
        self.ops.append(
            {
                "label": node.op.label,
                "name": node.op.name,
                "params": call(told(node)),
                "module": home,
                "line": f"{os.path.basename(line.filename)}:{line.lineno}: {line.line}" if line else "",
                "inputs": inputs,
                "outputs": [self._tensor(part) for part in found],
            }
        )

    def _input(self, node: Node, position: int, parent: Any) -> int:
        if isinstance(parent, Node):
            return self._tensor(parent)
        value = np.asarray(parent)
        self._plain[node, position] = value
        return self._new((node, position), "", CONSTANT if value.ndim == 0 else INPUT, value.shape, value.dtype)

    def _tensor(self, node: Node) -> int:
        same = identity(node)
        if same in self.index:
            return self.index[same]
        if same in self._ends:
            kind = OUTPUT
        elif node.op is not None:
            kind = RESULT
        elif isinstance(node, Leaf):
            kind = PARAMETER
        else:
            kind = INPUT if node.shape or node.name else CONSTANT
        return self._new(same, self.record.names.name(node), kind, node.shape, node.dtype)

    def _new(self, key: Any, name: str, kind: str, shape: Any, dtype: Any) -> int:
        self.index[key] = len(self.keys)
        self.keys.append(key)
        self.tensors.append({"name": name, "kind": kind, "shape": list(shape), "dtype": str(dtype)})
        return self.index[key]

    def value(self, key: Any, values: dict[Any, Any]) -> Any:
        """The value of a tensor, or None where it is not known."""
        if key in self._plain:
            return self._plain[key]
        found = values.get(key)
        return getattr(key, "value", None) if found is None else found

    def made(self, node: Node) -> list[int]:
        """The tensors that an operation makes."""
        return list(self.ops[self.op_of[node]]["outputs"])

    def given(self, node: Node) -> list[int]:
        """The tensors that an operation is given."""
        return [i["tensor"] for i in self.ops[self.op_of[node]]["inputs"]]

    def wiring(self) -> list[Any]:
        """What two graphs must have in common to be frames of one film: operations, wiring and shapes."""
        return [
            (
                op["name"],
                [(i["tensor"], self.tensors[i["tensor"]]["kind"]) for i in op["inputs"]],
                [self.tensors[t]["shape"] for t in op["outputs"]],
            )
            for op in self.ops
        ]


def _words(operation: Any) -> str:
    name, inputs, shapes = operation
    given = ", ".join(f"{kind} {number}" for number, kind in inputs)
    return f"{name} of {given} with a result of shape {', '.join(str(tuple(s)) for s in shapes)}"


def _homes(items: Sequence[Item], home: str = "") -> Iterator[tuple[Node, str]]:
    """Of each operation the module whose call made it, as `path (Class)`."""
    for item in items:
        if isinstance(item, Node):
            yield item, home
        elif isinstance(item, Call):
            yield from _homes(item.items, f"{item.name} ({item.kind})" if item.name else item.kind)


def _levels(outputs: Sequence[Tensor], model: Any, direction: str, cast: _Cast) -> Iterator[dict[str, Any]]:
    """Drawings of the same graph from every operation to one box for each model."""
    folded = read(outputs, model)
    depths = [None, *range(deepest(folded.items) - 1, -1, -1)]
    seen = 0
    titles = ["repeats once" if d is None else f"modules, {d} deep" if d else "outermost modules" for d in depths]
    views = [("every operation", cast.record, None), *((title, folded, d) for title, d in zip(titles, depths))]
    pictures = [(name, picture(record, max_nodes=MOST, depth=depth)) for name, record, depth in views]
    least = min(len(made.ellipses) for _, made in pictures)
    for name, made in pictures:
        if len(made.shapes) == seen:
            continue  # nothing was collapsed that was not before
        if len(made.ellipses) > max(LAID, least):
            continue  # its layout would take minutes
        seen = len(made.shapes)
        level = layout(made, direction)
        place = {shape.key: i for i, shape in enumerate(made.shapes)}
        whose = [-1] * len(cast.tensors)
        ops: dict[str, list[int]] = {}
        for node, key in made.where.items():
            ops.setdefault(key, []).append(cast.op_of[node])
        for shape, drawn in zip(made.shapes, level["nodes"]):
            if isinstance(shape, Ellipse):
                drawn |= {"kind": "op", "op": cast.op_of[shape.node]}
                if len(ops[shape.key]) > 1:
                    drawn["ops"] = sorted(ops[shape.key])
            elif isinstance(shape, Box):
                tensor = _tensor_of(shape, cast)
                drawn |= {"kind": "tensor", "tensor": tensor}
                if whose[tensor] < 0:
                    whose[tensor] = place[shape.key]
            else:
                size = f", {shape.parameters:,} parameters" if shape.parameters else ""
                plural = "s" * (shape.operations != 1)
                drawn |= {
                    "kind": "group",
                    "label": shape.label,
                    "sub": f"{shape.operations:,} operation{plural}{size}",
                    "ops": sorted(ops[shape.key]),
                }
        _fold(made, level["nodes"], whose, cast)
        where = [place[made.where[node]] for node in cast.record.operations]
        yield {"name": name, **level, "where": where, "whose": whose}


def _fold(made: Picture, nodes: list[dict[str, Any]], whose: list[int], cast: _Cast) -> None:
    """Note of each shape in a repeat which, and of a tensor's box those of the later runs that it stands for."""
    pairs = [(made.stands[node], node) for node in cast.record.operations if node in made.stands]
    for of in (cast.made, cast.given):  # results first: what one run is given of another has a box of its own
        for first, later in pairs:
            for a, b in zip(of(first), of(later)):
                if whose[a] >= 0 > whose[b]:
                    whose[b] = whose[a]
                    nodes[whose[a]].setdefault("tensors", [a]).append(b)
    for shape, drawn in zip(made.shapes, nodes):
        frame, outermost = shape.cluster, None
        while frame is not None:
            outermost = frame if made.clusters[frame].repeat else outermost
            frame = made.clusters[frame].parent
        if outermost is not None:
            drawn["fold"] = outermost


def _tensor_of(box: Box, cast: _Cast) -> int:
    """The number of the tensor that a box shows: that of a plain number is told by its key, such as op3in2."""
    if box.node is not None:
        return cast.index[identity(box.node)]
    rank, _, position = box.key[2:].partition("in")
    return cast.index[cast.record.operations[int(rank) - 1], int(position) - 1]


def _sight(seen: Sight, small: bool) -> dict[str, Any]:
    """A sight as the page reads it."""
    about: dict[str, Any] = {"shape": list(seen.shape), "dtype": str(seen.dtype)}
    if seen.array is not None:
        return {**about, "all": _numbers(seen.array)}
    about |= {
        "min": _number(seen.low, 6),
        "mean": _number(seen.mean, 6),
        "max": _number(seen.high, 6),
        "norm": _number(seen.norm, 6),
        "nan": seen.nans,
        "inf": seen.infs,
    }
    if seen.corner is not None:
        corner = seen.corner[:2, :3] if small else seen.corner
        about["corner"] = [[_number(v, 3 if small else 4) for v in row] for row in corner]
        finite = np.abs(seen.heat[np.isfinite(seen.heat)])
        top = float(finite.max()) if finite.size else 0.0
        about["heat"] = ["".join(_letter(v, top) for v in row) for row in seen.heat]
        about["top"] = _number(top, 4)
    return about


def _numbers(array: Any) -> Any:
    if array.ndim:
        return [_numbers(part) for part in array]
    value = array[()]
    if array.dtype.kind in "biu":
        return int(value)
    # the shortest text that is this float32: its digits as a float64 would be noise
    return float(str(value)) if np.isfinite(value) else _number(float(value), 6)


def _number(value: float, digits: int) -> Any:
    value = float(value)
    if math.isfinite(value):
        return float(f"{value:.{digits}g}")
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _letter(value: float, top: float) -> str:
    if not math.isfinite(value):
        return "!" if math.isnan(value) else "^"
    middle = len(LETTERS) // 2
    return LETTERS[middle + round(middle * value / top)] if top else LETTERS[middle]
