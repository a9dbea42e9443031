"""Film: what the player's page is given of a record: operations and tensors by number, and drawings laid out.

Graphviz works out where everything stands once, so that a page need not lay out anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np

from ..engine.node import Node
from ..engine.tensor import Tensor
from ..engine.types import Array, Dtype, Shape
from ..ops.pooling import window_arguments
from ..ops.windows import Windows
from .arrange import PAGE, ROW, WEIGHT, entries, rooms
from .formula import computes, input_name
from .graph import picture, told
from .picture import Block, Box, Drawn, Ellipse, Picture
from .record import CONSTANT, INPUT, OUTPUT, Key, Record, identity, plain, read
from .render import render
from .structure import deepest
from .text import FEW, call, counted, place

Json: TypeAlias = dict[str, Any]  # an object as the page reads it

LAID = 500  # of more operations, a drawing of each is left out if there is a smaller one: it would take minutes
TOKENS = 2000  # indices of an embedding that the page is given
POINT = 72.0  # points an inch: Graphviz takes sizes in inches
OPERATION, TENSOR, GROUP = (62, 36), (136, 66), (168, 58)  # width and height at least, in points
LETTER = 8.0
WIDE = 196  # of a tensor with a few elements
TITLE = 160  # that the words of a frame have at least, if they need it, beside the line that enters it


class Cast:
    """Operations and tensors of a record by number, as the page knows them."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.index: dict[Key, int] = {}  # of each tensor by its identity, or that of a plain number
        self.plain: dict[Key, Array] = {}
        self.tensors: list[Json] = []
        self.ops: list[Json] = []
        self.docs: dict[str, str] = {}  # of each kind of operation what it computes, in one sentence
        self.op_of = {node: i for i, node in enumerate(record.operations)}
        for root in record.roots:
            if root.op is None:
                self._tensor(root)
        for node in record.operations:
            self._operation(node)

    def _operation(self, node: Node) -> None:
        given = [(i, parent) for i, parent in enumerate(node.inputs) if parent is not None]
        inputs = [{"tensor": self._input(node, i, p), "name": input_name(node.op, i)} for i, p in given]
        home = self.record.homes.get(node)
        line = node.__dict__.get("line")
        self.docs[node.op.name] = computes(node.op)
        self.ops.append(
            {
                "label": node.op.label,
                "name": node.op.name,
                "params": call(told(node)),
                "module": "" if home is None else f"{home.name} ({home.kind})" if home.name else home.kind,
                "line": f"{place(line)}: {line.line}" if line else "",
                "inputs": inputs,
                "outputs": [self._tensor(made) for made in self.record.made(node)],
                **arranged(node),
            }
        )

    def _input(self, node: Node, position: int, parent: Any) -> int:
        if isinstance(parent, Node):
            return self._tensor(parent)
        key, value = plain(node, position), np.asarray(parent)
        self.plain[key] = value
        return self._new(key, "", INPUT if value.ndim else CONSTANT, value.shape, value.dtype)

    def _tensor(self, node: Node) -> int:
        key = identity(node)
        if key in self.index:
            return self.index[key]
        kind = OUTPUT if key in self.record.ends else self.record.kind(node)
        return self._new(key, self.record.names.name(node), kind, node.shape, node.dtype)

    def _new(self, key: Key, name: str, kind: str, shape: Shape, dtype: Dtype) -> int:
        self.tensors.append({"name": name, "kind": kind, "shape": list(shape), "dtype": str(dtype)})
        return self.index.setdefault(key, len(self.index))

    def made(self, node: Node) -> list[int]:
        """The tensors that an operation makes."""
        return list(self.ops[self.op_of[node]]["outputs"])

    def given(self, node: Node) -> list[int]:
        """The tensors that an operation is given."""
        return [i["tensor"] for i in self.ops[self.op_of[node]]["inputs"]]

    def wiring(self) -> list[str]:
        """What two graphs must have in common to be frames of one film: operations, wiring and shapes, in words."""
        lines = []
        for op in self.ops:
            given = ", ".join(f"{self.tensors[i['tensor']]['kind']} {i['tensor']}" for i in op["inputs"])
            made = ", ".join(str(tuple(self.tensors[t]["shape"])) for t in op["outputs"])
            lines.append(f"{op['name']} of {given} with a result of shape {made}")
        return lines


def arranged(node: Node) -> Json:
    """Where a convolution reads, and which rows an embedding takes: what the page needs to show what meets what."""
    windows, indices = dict(zip(node.plan.names, node.saved or ())).get("windows"), node.params.get("indices")
    if node.op.name == "convolution" and isinstance(windows, Windows):
        before = [pair[0] for pair in windows.padding]
        where = {"stride": windows.stride, "dilation": windows.dilation, "padding": before, "groups": windows.groups}
        return {"windows": where}
    if node.op.name in ("max_pool", "avg_pool"):
        named = {**node.op.defaults, **node.params}
        names = ("kernel", "stride", "padding", "dilation")
        sizes = window_arguments(node.op.name, *(named.get(name, 1) for name in names))
        about = {"include": named.get("count_include_pad", False), "divisor": named.get("divisor_override")}
        return {"windows": dict(zip(names, sizes)) | about}
    if node.op.name == "einsum":
        return {"equation": node.params["subscripts"]}
    if node.op.name == "embedding" and (tokens := np.asarray(indices)).size <= TOKENS:
        return {"tokens": tokens.tolist()}
    return {}


# -- levels --------------------------------------------------------------------------------------------


def levels(outputs: Sequence[Tensor], model: Any, direction: str, cast: Cast) -> Iterator[Json]:
    """Drawings of the same graph from every operation to one box for each model."""
    folded = read(outputs, model)
    depths: list[int | None] = [None, *reversed(range(deepest(folded.items)))]
    titles = ["repeats once" if d is None else f"modules, {d} deep" if d else "outermost modules" for d in depths]
    views = [("every operation", cast.record, None), *((title, folded, d) for title, d in zip(titles, depths))]
    pictures = [(name, picture(record, max_nodes=len(cast.ops) + 1, depth=depth)) for name, record, depth in views]
    most = max(LAID, min(len(made.ellipses) for _, made in pictures))
    seen = 0
    for name, made in pictures:
        if len(made.shapes) != seen and len(made.ellipses) <= most:  # something was collapsed that was not before
            seen = len(made.shapes)
            yield {"name": name, **_level(made, direction, cast)}


def opening(drawn: Sequence[Json]) -> int:
    """Which drawing is shown first: the most open one that fits a page, and else the last but the outermost modules."""
    inner = range(max(1, len(drawn) - 1))
    return next(
        (i for i in inner if all(drawn[i][way] <= most for way, most in zip(("width", "height"), PAGE))), inner[-1]
    )


def _level(made: Picture, direction: str, cast: Cast) -> Json:
    """A picture laid out, and which shape stands for each operation (`where`) and tensor (`whose`)."""
    level = layout(made, direction)
    ops: dict[str, list[int]] = {}
    for node, key in made.where.items():
        ops.setdefault(key, []).append(cast.op_of[node])
    whose = [-1] * len(cast.tensors)
    for i, (shape, drawn) in enumerate(zip(made.shapes, level["nodes"])):
        behind = sorted(ops.get(shape.key, ()))
        if isinstance(shape, Ellipse):
            drawn |= {"kind": "op", "op": cast.op_of[shape.node]} | ({"ops": behind} if len(behind) > 1 else {})
        elif isinstance(shape, Box):
            tensor = cast.index[shape.tensor]
            drawn |= {"kind": "tensor", "tensor": tensor}
            whose[tensor] = i if whose[tensor] < 0 else whose[tensor]
        else:
            about = shape.settings or counted(shape.operations, "operation")
            about += f", {counted(shape.parameters, 'parameter')}" if shape.parameters and not shape.settings else ""
            drawn |= {"kind": "group", "label": shape.label, "sub": about, "ops": behind}
    _fold(made, level["nodes"], whose, cast)
    place = {shape.key: i for i, shape in enumerate(made.shapes)}
    return {**level, "where": [place[made.where[node]] for node in cast.record.operations], "whose": whose}


def _fold(made: Picture, nodes: list[Json], whose: list[int], cast: Cast) -> None:
    """Note of each shape in a repeat which, and of a tensor's box those of the later runs that it stands for."""
    pairs = [(made.stands[node], node) for node in cast.record.operations if node in made.stands]
    for of in (cast.made, cast.given):  # results first: what one run is given of another has a box of its own
        for first, later in pairs:
            for a, b in zip(of(first), of(later)):
                if whose[a] >= 0 > whose[b]:
                    whose[b] = whose[a]
                    nodes[whose[a]].setdefault("tensors", [a]).append(b)
    for shape, drawn in zip(made.shapes, nodes):
        frame = shape.cluster
        while frame is not None:
            if made.clusters[frame].repeat:
                drawn["fold"] = frame  # the outermost is the last
            frame = made.clusters[frame].parent


# -- layout --------------------------------------------------------------------------------------------


def layout(made: Picture, direction: str = "TB") -> Json:
    """The places of all shapes, frames and arrows of a picture, in points from the top left.

    Raises RenderError where no renderer is found.
    """
    keys = {shape.key: i for i, shape in enumerate(made.shapes)}
    places = json.loads(render(_source(made, keys, direction), "json"))
    _, _, width, height = _floats(places["bb"])
    nodes: list[Json] = [{} for _ in keys]
    frames: list[Json] = [{} for _ in made.clusters]
    for item in places.get("objects", ()):
        if item["name"].startswith(("cluster_", "pad")):  # a row, and room in it
            continue
        number = int(item["name"].lstrip("clustern"))
        if item["name"].startswith("cluster"):
            left, bottom, right, top = _floats(item["bb"])
            at = _at(left, height - top, right - left, top - bottom)
            frames[number] = {"label": made.clusters[number].label, **at}
        else:
            x, y = _floats(item["pos"])
            nodes[number] = _at(x, height - y, *_size(made.shapes[number]))
    for number, key in entries(made).items():
        frames[number]["room"] = round(nodes[keys[key]]["x"] - frames[number]["x"], 1)
    edges = []
    drawn = (item for item in places.get("edges", ()) if "id" in item)
    for item in sorted(drawn, key=lambda item: int(item["id"][1:])):  # Graphviz has an order of its own
        edge = made.edges[int(item["id"][1:])]
        points = [f"{x:.1f},{height - y:.1f}" for x, y in map(_floats, item["pos"].split())]
        start, *rest = points[::-1] if edge.side == "right" else points
        x, y = _floats(item["lp"]) if "lp" in item else (0.0, height)
        edges.append(
            {
                "path": f"M{start}C{' '.join(rest)}",
                "from": keys[edge.source],
                "to": keys[edge.target],
                "label": edge.label,
                "lx": round(x, 1),
                "ly": round(height - y, 1),
                "loop": edge.kind == "loop",
            }
        )
    return {"width": width, "height": height, "clusters": frames, "nodes": nodes, "edges": edges}


def _at(*numbers: float) -> Json:
    return dict(zip("xywh", (round(number, 1) for number in numbers)))


def _floats(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _size(shape: Drawn) -> tuple[float, float]:
    if isinstance(shape, Ellipse):
        return max(OPERATION[0], 20 + LETTER * len(shape.label)), OPERATION[1]
    if isinstance(shape, Block):
        return max(GROUP[0], 24 + LETTER * len(shape.label)), GROUP[1]
    few = 1 < prod(shape.shape) <= FEW  # they are written one by one
    return (WIDE if few else TENSOR[0]), TENSOR[1]


def _source(made: Picture, keys: dict[str, int], direction: str) -> str:
    """DOT text with boxes of fixed size: what they say changes from step to step."""
    head = f"digraph{{rankdir={direction}; newrank=true; ranksep=0.42; nodesep=0.3; edge[dir=none fontsize=10];"
    words = [min(TITLE, LETTER * len(frame.label)) for frame in made.clusters]
    texts = _shapes(made, keys, rooms(made, words) if direction == "TB" else {})
    lines = [head, 'node[shape=box fixedsize=true label=""];', *_inside(made, texts, None)]
    for number, edge in enumerate(made.edges):
        more = f" label={json.dumps(edge.label)}" if edge.label else ""
        more += " constraint=false" if edge.kind == "loop" else f" weight={WEIGHT}" if edge.spine else ""
        ends = [edge.source, edge.target] if edge.side != "right" else [edge.target, edge.source]
        lines.append(f"n{keys[ends[0]]}->n{keys[ends[1]]}[id=e{number}{more}];")
    return "\n".join([*lines, "}"])


def _shapes(made: Picture, keys: dict[str, int], rooms: Mapping[str, float]) -> dict[str, str]:
    """The DOT text of each shape, and of the row that it shares with what stands beside it and with free room."""
    sizes = {shape.key: _size(shape) for shape in made.shapes}
    look = " ".join(f'{name}="{value}"' for name, value in ROW.items())
    texts, rows = {}, made.rows
    for key, (width, height) in sizes.items():
        row = rows.get(key, [key])
        names = [f"n{keys[member]}" for member in row]
        texts[key] = f"n{keys[key]}[width={width / POINT:.3f} height={height / POINT:.3f}];"
        room = rooms.get(key, 0.0) - width / 2 - sum(sizes[member][0] for member in row[: row.index(key)])
        if room > 0:
            pad = f"pad{keys[key]}"
            texts[key] += f"subgraph cluster_{key}{{{look} {pad}[width={room / POINT:.3f} height=0]; "
            texts[key] += f"{pad}->{' '.join(names)}}}"
        elif len(row) > 1:
            texts[key] += f"subgraph cluster_{key}{{{look} {' '.join(names)}}}"
    return texts


def _inside(made: Picture, texts: dict[str, str], cluster: int | None) -> Iterator[str]:
    """The shapes directly in a frame, then the frames inside it."""
    yield from (texts[shape.key] for shape in made.inside(cluster))
    for i, frame in enumerate(made.clusters):
        if frame.parent == cluster:
            # room for its words over the drawing, as many of them as there are
            yield f"subgraph cluster{i}{{label={json.dumps(frame.label[:40])} margin=14 fontsize=12"
            yield from _inside(made, texts, i)
            yield "}"
