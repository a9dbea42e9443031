"""Where things of a picture stand: one straight spine, what an operation alone is given beside it, and its size.

Graphviz lays it out; here it is told which arrows to keep short and straight, and which boxes share a row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .picture import Block, Box, Edge, Ellipse, Picture
from .record import INPUT

SIDES = ("left", "right", "left", "right")  # of an operation, in this order: a weight, then a bias
WEIGHT = 1000  # of an arrow of the spine; Graphviz keeps a frame narrow with 128
# a frame that is not seen keeps a row in its order
ROW = {"rank": "same", "label": "", "style": "invis", "margin": "0"}
PAGE = 1000, 4000  # points, width and height: what a drawing that opens by itself fits
# about the points, width and height, that a shape takes with the gap after it, and a frame by its border and words
CELLS = {Box: (150, 61), Ellipse: (120, 69), Block: (190, 57)}
FRAME = 20, 38
TITLE = 90


def arrange(made: Picture) -> Picture:
    """Note on each arrow whether it belongs to the spine, and at which side of its operation what it begins at stands.

    The spine is the longest way through the picture. Beside an operation stand the parameters, numbers and data that
    it alone is given, two at each side, if something comes from above.
    """
    flows = [edge for edge in made.edges if not edge.kind]
    uses = Counter(edge.source for edge in flows)
    ends = {edge.target for edge in flows}
    shapes = {shape.key: shape for shape in made.shapes}
    alone = {s.key for s in made.shapes if isinstance(s, Box) and uses[s.key] == 1 and s.key not in ends}
    given: defaultdict[str, list[str]] = defaultdict(list)
    for edge in flows:
        if edge.source not in given[edge.target]:
            given[edge.target].append(edge.source)
    sides: dict[tuple[str, str], str] = {}
    for target, sources in given.items():
        free = [source for source in sources if source in alone]
        if len(free) == len(sources):  # data come from above; without any, all does
            data = next((source for source in free if shapes[source].kind == INPUT), None)
            free = [source for source in free if source != data] if data else []
        free.sort(key=lambda source: shapes[source].kind == INPUT)  # sooner parameters than data
        if isinstance(shapes[target], Ellipse):
            sides |= {(source, target): side for source, side in zip(free, SIDES)}
    before = _ranks(edge for edge in flows if (edge.source, edge.target) not in sides)[1]
    spine = set(before.items())
    made.edges = [
        replace(e, side=sides.get((e.source, e.target), ""), spine=not e.kind and (e.target, e.source) in spine)
        for e in made.edges
    ]
    home = {source: shapes[target].cluster for source, target in sides}
    made.shapes = [replace(s, cluster=home[s.key]) if s.key in home else s for s in made.shapes]
    return made


def entries(made: Picture) -> dict[int, str]:
    """The shape at which each frame is entered from outside: its words, at the left, must end before that arrow."""
    home = {shape.key: shape.cluster for shape in made.shapes}
    found: dict[int, str] = {}
    for edge in sorted(made.edges, key=lambda edge: not edge.spine):
        if not edge.kind and not edge.side:
            around = set(_around(made, home[edge.source]))
            for frame in _around(made, home[edge.target]):
                if frame not in around:
                    found.setdefault(frame, edge.target)
    return found


def rooms(made: Picture, widths: Sequence[float]) -> dict[str, float]:
    """How many points must be free at the left of the middle of a shape, for words over frames of these `widths`."""
    needed: dict[str, float] = {}
    for frame, key in entries(made).items():
        needed[key] = max(widths[frame], needed.get(key, 0.0))
    return needed


def _around(made: Picture, frame: int | None) -> Iterator[int]:
    """A frame and those around it, from inside out."""
    while frame is not None:
        yield frame
        frame = made.clusters[frame].parent


def extent(made: Picture) -> tuple[float, float]:
    """About how wide and how high a drawing of it is, in points, without laying it out."""
    flows = [edge for edge in made.edges if not edge.kind and not edge.side]
    rank, _ = _ranks(flows)
    rank |= {e.source: rank[e.target] - 1 for e in reversed(flows) if not rank[e.source]}  # just above its first use
    beside = {edge.source: edge.target for edge in made.edges if edge.side}
    widths: Counter[int] = Counter()
    heights: Counter[int] = Counter()
    for shape in made.shapes:
        width, height = CELLS[type(shape)]
        row = rank[beside.get(shape.key, shape.key)]
        widths[row] += width
        heights[row] = max(heights[row], height)
    spine = {key for edge in made.edges if edge.spine for key in (edge.source, edge.target)}
    passed = {frame for shape in made.shapes if shape.key in spine for frame in _around(made, shape.cluster)}
    deepest = max((frame.depth + 1 for frame in made.clusters), default=0)
    return max(widths.values()) + deepest * FRAME[0], TITLE + sum(heights.values()) + len(passed) * FRAME[1]


def _ranks(flows: Iterable[Edge]) -> tuple[Counter[str], dict[str, str]]:
    """How many arrows lead to each shape at most, and along the longest way what comes before each shape.

    The arrows are in the order of the record: what ends at a shape comes before what begins there.
    """
    rank: Counter[str] = Counter()
    last: dict[str, str] = {}
    for edge in flows:
        if rank[edge.source] + 1 > rank[edge.target]:
            rank[edge.target] = rank[edge.source] + 1
            last[edge.target] = edge.source
    way = [max(rank, key=rank.__getitem__)] if rank else []
    while way and way[-1] in last:
        way.append(last[way[-1]])
    return rank, dict(zip(way, way[1:]))
