"""Layout: where everything stands, worked out by Graphviz once, so that a page need not lay out anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from .picture import Block, Box, Ellipse, Picture
from .render import render
from .sight import FEW

POINT = 72.0  # points an inch: Graphviz takes sizes in inches
OPERATION, TENSOR, GROUP = (62, 36), (136, 66), (168, 58)  # width and height at least, in points
LETTER = 8.0
WIDE = 196  # of a tensor with a few elements


def layout(made: Picture, direction: str = "TB") -> dict[str, Any]:
    """The places of all shapes, frames and arrows of a picture, in points from the top left.

    Raises RenderError where no renderer is found.
    """
    keys = {shape.key: i for i, shape in enumerate(made.shapes)}
    places = json.loads(render(_source(made, keys, direction), "json"))
    _, _, width, height = map(float, places["bb"].split(","))
    nodes: list[Any] = [None] * len(keys)
    frames: list[Any] = [None] * len(made.clusters)
    names = {}
    for item in places.get("objects", ()):
        name = item["name"]
        names[item["_gvid"]] = name
        if name.startswith("cluster"):
            left, bottom, right, top = map(float, item["bb"].split(","))
            frame = made.clusters[int(name[7:])]
            box = {"x": _round(left), "y": _round(height - top), "w": _round(right - left), "h": _round(top - bottom)}
            frames[int(name[7:])] = {"label": frame.label, **box}
        else:
            x, y = map(float, item["pos"].split(","))
            w, h = _size(made.shapes[int(name[1:])])
            nodes[int(name[1:])] = {"x": _round(x), "y": _round(height - y), "w": w, "h": h}
    edges = []
    for place in sorted(places.get("edges", ()), key=lambda e: int(e["id"][1:])):  # Graphviz has an order of its own
        edge = made.edges[int(place["id"][1:])]
        points = [tuple(map(float, p.split(","))) for p in place["pos"].split()]
        (x, y), *rest = [(x, height - y) for x, y in points]
        at = [float(v) for v in place["lp"].split(",")] if "lp" in place else [0.0, height]
        edges.append(
            {
                "path": f"M{x:.1f},{y:.1f}C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in rest),
                "from": keys[edge.source],
                "to": keys[edge.target],
                "label": edge.label,
                "lx": _round(at[0]),
                "ly": _round(height - at[1]),
                "loop": edge.kind == "loop",
            }
        )
    return {"width": width, "height": height, "clusters": frames, "nodes": nodes, "edges": edges}


def _round(number: float) -> float:
    return round(number, 1)


def _size(shape: Box | Ellipse | Block) -> tuple[float, float]:
    if isinstance(shape, Ellipse):
        return max(OPERATION[0], 20 + LETTER * len(shape.label)), OPERATION[1]
    if isinstance(shape, Block):
        return max(GROUP[0], 24 + LETTER * len(shape.label)), GROUP[1]
    few = 1 < np.prod(shape.shape) <= FEW  # they are written one by one
    return (WIDE if few else TENSOR[0]), TENSOR[1]


def _source(made: Picture, keys: dict[str, int], direction: str) -> str:
    """DOT text with boxes of fixed size: what they say changes from step to step."""
    lines = [
        f"digraph{{rankdir={direction}; ranksep=0.42; nodesep=0.3; edge[dir=none fontsize=10];",
        'node[shape=box fixedsize=true label=""];',
    ]
    lines += _inside(made, keys, None)
    for number, edge in enumerate(made.edges):
        if edge.kind != "saved":
            more = f" label={json.dumps(edge.label)}" if edge.label else ""
            more += " constraint=false" if edge.kind == "loop" else ""
            lines.append(f"n{keys[edge.source]}->n{keys[edge.target]}[id=e{number}{more}];")
    return "\n".join([*lines, "}"])


def _inside(made: Picture, keys: dict[str, int], cluster: int | None) -> Sequence[str]:
    lines = []
    for shape in made.shapes:
        if shape.cluster == cluster:
            width, height = _size(shape)
            lines.append(f"n{keys[shape.key]}[width={width / POINT:.3f} height={height / POINT:.3f}];")
    for i, frame in enumerate(made.clusters):
        if frame.parent == cluster:
            # room for its words over the drawing, as many of them as there are
            lines.append(f"subgraph cluster{i}{{label={json.dumps(frame.label[:40])} margin=14 fontsize=12")
            lines += [*_inside(made, keys, i), "}"]
    return lines
