"""Insides: where what a closed module of one drawing holds stands in a more open one.

The page opens a module in place with that cutting of a drawing it has: nothing is laid out or written twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from .film import Json


def note_insides(drawn: Sequence[Json], ops: Sequence[Json]) -> None:
    """Note on each closed module the drawing that has its parts, and the places of these and of their frames there."""
    for i, level in enumerate(drawn):
        for node in level["nodes"]:
            found = (_inside(drawn[j], level, node, ops) | {"level": j} for j in reversed(range(i)))
            inside = next((part for part in found if "nodes" in part), None) if node["kind"] == "group" else None
            if inside is not None:
                node["inside"] = inside


def _inside(wider: Json, level: Json, group: Json, ops: Sequence[Json]) -> Json:
    """The parts of a group of `level` in a `wider` drawing; nothing where it is closed there, too, or mixed."""
    behind, nodes = set(group["ops"]), wider["nodes"]
    mine = {i for i, n in enumerate(nodes) if n["kind"] != "tensor" and behind.issuperset(n.get("ops") or [n["op"]])}
    closed = len(mine) == 1 and any(nodes[i]["kind"] == "group" for i in mine)
    if closed or not mine.issuperset(wider["where"][op] for op in behind):
        return {}
    made = {t for op in behind for t in ops[op]["outputs"]}
    first: dict[int, int] = {}  # what each box is given to at first
    for edge in wider["edges"]:
        first.setdefault(edge["from"], edge["to"])
    makers = {t for op in ops for t in op["outputs"]}
    for i, node in enumerate(nodes):
        if node["kind"] == "tensor" and level["whose"][node["tensor"]] < 0:  # else it is drawn all the same
            tensor = node["tensor"]
            if tensor in made or (tensor not in makers and first.get(i) in mine):
                mine.add(i)
    outer = len(_around(level, group))  # frames that are there already
    frames = {frame for i in mine for frame in _around(wider, nodes[i])[outer:]}
    return {"nodes": sorted(mine), "frames": sorted(frames, key=lambda frame: -_area(wider["clusters"][frame]))}


def _around(level: Json, node: Json) -> list[int]:
    """The frames around a node, from outside in."""
    found = [
        i
        for i, c in enumerate(level["clusters"])
        if c["x"] <= node["x"] <= c["x"] + c["w"] and c["y"] <= node["y"] <= c["y"] + c["h"]
    ]
    return sorted(found, key=lambda i: -_area(level["clusters"][i]))


def _area(frame: Json) -> float:
    return float(frame["w"] * frame["h"])
