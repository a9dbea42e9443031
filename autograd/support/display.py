"""What a notebook shows of a value: HTML that needs nothing else, small, in the reader's own colours, light or dark.

Text takes the page's colour, and what is painted is see-through, so that one page serves both themes.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.tensor import Tensor
from ..engine.types import Array

PLUS, MINUS = "#d55e00", "#0072b2"  # Okabe and Ito's, seen on white and on black by every reader
LEVELS = 8  # shades of each
CELLS = 16  # of a heat map, a side; each stands for the element of greatest size in its part
NUMBERS = 8  # up to so many rows and columns the numbers themselves are shown
POINTS = 200  # of a curve, at most
MOST = 300  # lines of a tree
WIDTH, HEIGHT = 220, 90  # of the area of a curve
QUIET = 'style="opacity:.75"'
MONO = "font-family:ui-monospace,Menlo,Consolas,monospace"


def escape(text: object) -> str:
    """Text as it must stand in HTML."""
    return html.escape(str(text))


def boxed(*parts: str) -> str:
    """Parts below each other, in one box."""
    return f'<div style="font-size:13px;line-height:1.5">{"".join(parts)}</div>'


# -- arrays --------------------------------------------------------------------------------------------


def tensor(self: Tensor) -> str:
    """What a notebook shows of a Tensor: what it is, its elements as a heat map, and those of its gradient.

    >>> "(2, 3) float32" in tensor(Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    True
    """
    node = self._node
    notes = [escape(self.name)] if self.name else []
    if node is not None:
        notes.append("requires a gradient" if node.op is None else f"made by {escape(node.op.name)}")
    title = f"<b>Tensor</b> {escape(self.shape)} {escape(self.dtype)}"
    maps = [_map("", self.data)]
    if self.is_leaf and self.requires_grad and self.grad is not None:
        maps.append(_map("gradient: ", self.grad.data))
    row = f'<div style="display:flex;flex-wrap:wrap;gap:6px 24px;margin-top:4px">{"".join(maps)}</div>'
    return boxed(f"<div>{' · '.join([title, *notes])}</div>", row)


def _map(what: str, array: Any) -> str:
    """Elements and statistics of an array."""
    array = np.asarray(array)
    if not array.size:
        return f"<div>{what}no elements</div>"
    if array.ndim == 0:
        return f'<div style="{MONO}">{what}{escape(_number(array))}</div>'
    sized, about = (np.abs(array), "sizes: ") if array.dtype.kind == "c" else (array, "")
    flat = sized.reshape(-1, sized.shape[-1])  # the last axis across, all others down
    small = max(flat.shape) <= NUMBERS
    picture = _numbers(flat, array.reshape(flat.shape)) if small else _cells(shrunk(flat, CELLS))
    about += "" if max(flat.shape) <= CELLS else "cells show the element of greatest size in their part; "
    return f"<div>{picture}<div {QUIET}>{what}{about}{_statistics(sized)}</div></div>"


def _statistics(array: Array) -> str:
    if array.dtype.kind == "b":
        return f"{np.count_nonzero(array):,} of {array.size:,} are True"
    finite, words = np.isfinite(array), []
    sound = array if finite.all() else array[finite]
    if sound.size:
        with np.errstate(all="ignore"):
            numbers = {"min": sound.min(), "mean": sound.mean(dtype=np.float64), "max": sound.max()}
        words = [f"{name} {_number(value)}" for name, value in numbers.items()]
    for name, found in (("nan", np.isnan(array)), ("inf", np.isinf(array))):
        words += [f"{np.count_nonzero(found):,} {name}"] if found.any() else []
    return escape(", ".join(words))


def _number(value: Any) -> str:
    """A number as its type shows it: 4 digits of floats, integers whole."""
    value = np.asarray(value)[()]
    return str(value) if value.dtype.kind in "biu" else f"{value:.4g}"


def _shares(array: Array) -> Array:
    """Of each element its part of the greatest size, from -LEVELS to LEVELS; what is not finite is nan."""
    wide = array.astype(np.float64)
    wide = np.where(np.isfinite(wide), wide, np.nan)
    top = np.nanmax(np.abs(wide)) if np.isfinite(wide).any() else 0.0
    shares: Array = np.rint(wide / (top or 1.0) * LEVELS)
    return shares


def _numbers(flat: Array, shown: Array) -> str:
    """A table of the elements, each before its shade."""
    rows = []
    for line, shares in zip(shown, _shares(flat)):
        cells = (
            f'<td style="padding:1px 6px;text-align:right;{_shade(share)}">{escape(_number(value))}</td>'
            for value, share in zip(line, shares)
        )
        rows.append(f'<tr style="background:none">{"".join(cells)}</tr>')
    return f'<table style="border-collapse:collapse;margin:0;{MONO};font-size:12px">{"".join(rows)}</table>'


def _shade(share: float) -> str:
    if np.isnan(share):
        return "outline:1px solid;outline-offset:-1px"
    colors = {PLUS: "213,94,0", MINUS: "0,114,178"}
    return f"background:rgba({colors[PLUS if share > 0 else MINUS]},{abs(share) / LEVELS * 0.55:.2f})"


def _cells(array: Array) -> str:
    """A drawing of the elements: equal shades in one path, neighbours in one stretch."""
    rows, columns = array.shape
    paths: dict[float, list[str]] = {}
    for y, line in enumerate(np.nan_to_num(_shares(array), nan=np.inf)):
        x = 0
        while x < columns:
            end = x + 1
            while end < columns and line[end] == line[x]:
                end += 1
            paths.setdefault(float(line[x]), []).append(f"M{x} {y}h{end - x}v1h{x - end}z")
            x = end
    drawn = [
        f'<path fill="{"currentColor" if share == np.inf else PLUS if share > 0 else MINUS}" '
        f'fill-opacity="{min(abs(share) / LEVELS, 1):.2f}" d="{"".join(path)}"/>'
        for share, path in sorted(paths.items())
        if share
    ]
    tall = f'width="{9 * columns}" height="{9 * rows}" viewBox="0 0 {columns} {rows}"'
    say = f"heat map: orange above 0, blue below, strongest at {_number(_top(array))}"
    look = 'style="border:1px solid rgba(128,128,128,.5)" shape-rendering="crispEdges"'
    return f'<svg {tall} role="img" aria-label="{escape(say)}" {look}>{"".join(drawn)}</svg>'


def _top(array: Array) -> Any:
    sizes = np.abs(array[np.isfinite(array)].astype(np.float64))
    return sizes.max() if sizes.size else np.float64(0.0)


def shrunk(flat: Array, cells: int) -> Array:
    """At most so many rows and columns, each cell the element of greatest size in its part, so that none is hidden.

    >>> shrunk(np.array([[1, -3, 0, 2]]), 2)
    array([[-3,  2]])
    """
    flat = flat.astype(np.int8) if flat.dtype.kind == "b" else flat
    for axis in (0, 1):
        n = flat.shape[axis]
        if n > cells:
            starts = np.arange(cells) * n // cells
            high, low = (reduce(flat, starts, axis=axis) for reduce in (np.maximum.reduceat, np.minimum.reduceat))
            flat = np.where(high >= -low.astype(np.float64), high, low)  # what is unsigned has no other sign
    return flat


# -- trees, tables -------------------------------------------------------------------------------------


class Branch(NamedTuple):
    """A line of a tree: a text, a quiet note after it, and what is folded below."""

    text: str
    note: str
    below: Sequence[Branch] = ()


def tree(root: Branch) -> str:
    """A tree that folds, open at its root; after MOST lines it says how many more there are."""
    left = [MOST]

    def drawn(branch: Branch, top: bool) -> str:
        left[0] -= 1
        line = f'<span style="{MONO}">{escape(branch.text)}</span> <span {QUIET}>{escape(branch.note)}</span>'
        if not branch.below:
            return f'<div style="margin-left:1.05em">{line}</div>'
        inside = []
        for i, part in enumerate(branch.below):
            if left[0] <= 0:
                inside.append(f"<div {QUIET}>… {len(branch.below) - i:,} more; print() shows them</div>")
                break
            inside.append(drawn(part, False))
        inner = f'<div style="margin-left:1.4em">{"".join(inside)}</div>'
        unfolded = ' open="open"' * top
        return f'<details{unfolded}><summary style="cursor:pointer">{line}</summary>{inner}</details>'

    return boxed(drawn(root, True))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A table whose first `left` columns are words, and all others numbers."""

    def line(kind: str, cells: Sequence[str]) -> str:
        sides = ("left" if i < left else "right" for i in range(len(cells)))
        style = f"padding:1px 10px 1px 0;white-space:pre;{MONO}"
        made = (f'<{kind} style="text-align:{a};{style}">{escape(c)}</{kind}>' for a, c in zip(sides, cells))
        return f'<tr style="background:none">{"".join(made)}</tr>'

    body = "".join(line("td", row) for row in rows)
    return f'<table style="border-collapse:collapse;margin:4px 0;font-size:12px">{line("th", head)}{body}</table>'


def text(words: str) -> str:
    """A paragraph."""
    return f"<div>{escape(words)}</div>"


def folded(title: str, inside: str) -> str:
    """What is shown when its title is clicked."""
    return f'<details><summary style="cursor:pointer;opacity:.75">{escape(title)}</summary>{inside}</details>'


# -- curves --------------------------------------------------------------------------------------------


class Curve(NamedTuple):
    """Numbers over epochs, None where there is none; dashed ones are told apart without their colour."""

    name: str
    values: Sequence[Any]
    dashed: bool = False


def panel(title: str, x: Sequence[Any], curves: Sequence[Curve]) -> str:
    """A drawing of one or two curves over the same x, with the ends of both axes in numbers."""
    step = -(-len(x) // POINTS)
    kept = sorted({*range(0, len(x), step), len(x) - 1})
    lines = [[_finite(curve.values[i]) for i in kept] for curve in curves]
    known = [v for line in lines for v in line if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    last = x[-1] - x[0] or 1
    parts = []
    for curve, line in zip(curves, lines):
        points = [
            (WIDTH * (x[i] - x[0]) / last, HEIGHT - HEIGHT * (v - low) / (high - low or 1) if v is not None else None)
            for i, v in zip(kept, line)
        ]
        path, pen = "", "M"
        for across, down in points:
            path += f"{pen}{across:.1f} {down:.1f}" if down is not None else ""
            pen = "M" if down is None else "L"
        look = f'stroke="{PLUS if curve.dashed else MINUS}"' + (' stroke-dasharray="6 3"' if curve.dashed else "")
        parts.append(f'<path d="{path}" fill="none" stroke-width="2" stroke-linecap="round" {look}/>')
    names = ", ".join(f"{curve.name} (dashed)" if curve.dashed else curve.name for curve in curves)
    key = f'<tspan {QUIET} font-size="10"> {escape(names)}</tspan>' if len(curves) > 1 else ""
    words = (
        f'<text x="0" y="-8" font-weight="600">{escape(title)}{key}</text>'
        f'<g font-size="10"><text x="-6" y="8" text-anchor="end">{high:.3g}</text>'
        f'<text x="-6" y="{HEIGHT}" text-anchor="end">{low:.3g}</text>'
        f'<text x="0" y="{HEIGHT + 14}">{escape(x[0])}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 14}" text-anchor="end">{escape(x[-1])}</text></g>'
    )
    frame = f'<path d="M0 0V{HEIGHT}H{WIDTH}" fill="none" stroke="currentColor" stroke-opacity=".4"/>'
    view = f'width="{WIDTH + 68}" height="{HEIGHT + 46}" viewBox="-58 -26 {WIDTH + 68} {HEIGHT + 46}"'
    say = f'role="img" aria-label="{escape(title)} from {escape(x[0])} to {escape(x[-1])}: {low:.3g} to {high:.3g}"'
    look = 'fill="currentColor" font-size="12" style="max-width:100%"'
    return f"<svg {view} {say} {look}>{frame}{words}{''.join(parts)}</svg>"


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
