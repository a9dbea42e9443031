"""Where things of a picture stand: one straight spine, what an operation alone is given beside it, and its size.

Graphviz lays it out; here it is told which arrows to keep short and straight, and which boxes share a row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from .picture import Box, Edge, Ellipse, Picture
from .record import INPUT

SIDES = ("left", "right")  # of an operation, in this order: a weight, then a bias
PAGE = 1000, 4000  # points, width and height: what a drawing that opens by itself fits


def arrange(made: Picture) -> Picture:
    """Note on each arrow whether it belongs to the spine, and at which side of its operation what it begins at stands.

    The spine is the longest way through the picture. Beside an operation stand the parameters, numbers and data that
    it alone is given, if something comes from above.
    """
    flows = [edge for edge in made.edges if not edge.kind]
    uses = Counter(edge.source for edge in flows)
    ends = {edge.target for edge in flows}
    shapes = {shape.key: shape for shape in made.shapes}
    alone = {s.key for s in made.shapes if isinstance(s, Box) and uses[s.key] == 1 and s.key not in ends}
    sides: dict[tuple[str, str], str] = {}
    for target, given in _by_target(flows).items():
        if not isinstance(shapes[target], Ellipse):
            continue
        free = [source for source in dict.fromkeys(given) if source in alone]
        if len(free) == len(set(given)):  # the first data come from above, else the first
            data = [source for source in free if shapes[source].kind == INPUT]
            free = [source for source in free if source != data[0]] if data else []
        sides |= {(source, target): side for source, side in zip(free, SIDES)}
    spine = set(_pairwise(_longest(flows, sides)))
    made.edges = [
        replace(e, side=sides.get((e.source, e.target), ""), spine=(e.source, e.target) in spine)
        for e in made.edges
    ]
    home = {source: shapes[target].cluster for source, target in sides}
    made.shapes = [replace(s, cluster=home[s.key]) if s.key in home else s for s in made.shapes]
    return made


def _by_target(edges: Iterable[Edge]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        found[edge.target].append(edge.source)
    return found


def _pairwise(keys: list[str]) -> Iterable[tuple[str, str]]:
    return zip(keys, keys[1:])


def _longest(edges: Iterable[Edge], sides: Iterable[tuple[str, str]]) -> list[str]:
    """The shapes along the longest way, from its start."""
    depth: Counter[str] = Counter()
    before: dict[str, str] = {}
    beside = set(sides)
    for edge in edges:  # they are in the order of the record: what ends at a shape comes before what begins there
        if (edge.source, edge.target) not in beside and depth[edge.source] + 1 > depth[edge.target]:
            depth[edge.target] = depth[edge.source] + 1
            before[edge.target] = edge.source
    way = [max(depth, key=depth.__getitem__)] if depth else []
    while way and way[-1] in before:
        way.append(before[way[-1]])
    return way[::-1]
