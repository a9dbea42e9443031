"""Levels: drawings of one record, laid out from every operation to one box for each model, for the player's page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..engine.tensor import Tensor
from .cast import Cast
from .graph import picture
from .layout import layout
from .picture import Box, Ellipse, Picture
from .record import identity, read
from .structure import deepest

LAID = 500  # of more operations, a drawing of each is left out if there is a smaller one: it would take minutes


def levels(outputs: Sequence[Tensor], model: Any, direction: str, cast: Cast) -> Iterator[dict[str, Any]]:
    """Drawings of the same graph from every operation to one box for each model."""
    folded = read(outputs, model)
    depths = [None, *range(deepest(folded.items) - 1, -1, -1)]
    seen = 0
    titles = ["repeats once" if d is None else f"modules, {d} deep" if d else "outermost modules" for d in depths]
    views = [("every operation", cast.record, None), *((title, folded, d) for title, d in zip(titles, depths))]
    pictures = [(name, picture(record, max_nodes=len(cast.ops) + 1, depth=depth)) for name, record, depth in views]
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


def _fold(made: Picture, nodes: list[dict[str, Any]], whose: list[int], cast: Cast) -> None:
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


def _tensor_of(box: Box, cast: Cast) -> int:
    """The number of the tensor that a box shows: that of a plain number is told by its key, such as op3in2."""
    if box.node is not None:
        return cast.index[identity(box.node)]
    rank, _, position = box.key[2:].partition("in")
    return cast.index[cast.record.operations[int(rank) - 1], int(position) - 1]
