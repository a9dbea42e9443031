"""A line search for a step that satisfies the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite, isnan
from typing import NamedTuple

import numpy as np

from autograd.engine.types import Array

# enough decrease, and a slope flat enough (Nocedal and Wright 2006, section 3.1)
DECREASE, CURVATURE = 1e-4, 0.9


class Point(NamedTuple):
    """A place on the line: how far along, the loss and its gradient there, and the slope along the line."""

    t: float
    loss: float
    grad: Array
    slope: float


def strong_wolfe(
    at: Callable[[float], Point], start: Point, t: float, longest: float, most: int, tolerance: float = 1e-9
) -> tuple[Point, int]:
    """A point where the loss has decreased enough and is flat enough, and how many points were looked at.

    `at` computes a point, `t` is the first to try, `longest` the largest change that t = 1 means for any weight. The
    search gives up after `most` further points, or where the bracket changes no weight by `tolerance`, and returns the
    lowest end. A point whose loss or slope is no number lies outside of what the function is defined on, and counts
    as infinitely high: the search goes back from there. Nocedal and Wright 2006, algorithms 3.5 and 3.6, with cubic
    interpolation.

    >>> def at(t):
    ...     return Point(t, (t - 3.0) ** 2, None, 2.0 * (t - 3.0))
    >>> strong_wolfe(at, at(0.0), 1.0, longest=1.0, most=25)[0].t
    1.0
    >>> strong_wolfe(at, at(0.0), 20.0, longest=1.0, most=25)[0].t
    3.0
    """

    def look(t: float) -> Point:
        p = at(t)
        return p if isfinite(p.loss) and isfinite(p.slope) else p._replace(loss=inf, slope=inf)

    def too_high(p: Point) -> bool:
        return p.loss > start.loss + DECREASE * p.t * start.slope

    def flat(p: Point) -> bool:
        return abs(p.slope) <= -CURVATURE * start.slope

    before, point, looked = start, look(t), 1
    while looked <= most:
        if too_high(point) or (looked > 2 and point.loss >= before.loss):
            break
        if flat(point):
            return point, looked
        if point.slope >= 0:
            break
        t = _lowest(before, point, point.t + 0.01 * (point.t - before.t), point.t * 10)
        before, point = point, look(t)
        looked += 1
    else:
        before = start
    low, high = sorted((before, point), key=lambda p: p.loss)
    stuck = False
    while looked <= most and abs(high.t - low.t) * longest >= tolerance:
        least, largest = sorted((low.t, high.t))
        t, stuck = _inside(_lowest(low, high, least, largest), least, largest, stuck)
        point = look(t)
        looked += 1
        if too_high(point) or point.loss >= low.loss:
            low, high = sorted((low, point), key=lambda p: p.loss)
        elif flat(point):
            return point, looked
        else:
            if point.slope * (high.t - low.t) >= 0:
                high = low
            low = point
    return low, looked


def _lowest(p: Point, q: Point, least: float, largest: float) -> float:
    """Where the cubic through two points, with their slopes, is lowest; the middle if it is nowhere."""
    if p.t > q.t:
        p, q = q, p
    slope, rise = np.float64(p.slope), np.float64(p.loss - q.loss)
    with np.errstate(all="ignore"):  # a straight line is lowest at infinity, and without a lowest point it is nan
        bend = slope + q.slope - 3.0 * rise / (p.t - q.t)
        root = np.sqrt(bend * bend - slope * q.slope)
        t = float(q.t - (q.t - p.t) * ((q.slope + root - bend) / (q.slope - slope + 2.0 * root)))
    return (least + largest) / 2.0 if isnan(t) else min(max(t, least), largest)


def _inside(t: float, least: float, largest: float, stuck: bool) -> tuple[float, bool]:
    """`t`, or away from an end of the bracket that it came near to twice, or lies on; and whether it is near one."""
    margin = 0.1 * (largest - least)
    if min(largest - t, t - least) >= margin:
        return t, False
    if not stuck and least < t < largest:
        return t, True
    return (largest - margin if largest - t < t - least else least + margin), False
