"""Colours and shapes: one palette in light and dark, told apart by colour-blind readers, and never by colour alone."""

from __future__ import annotations

import math
import re

from .picture import Block, Ellipse
from .record import CONSTANT, INPUT, OUTPUT, PARAMETER, RESULT
from .text import EXPLODING

# One font name, not a list: a renderer knows the widths of Helvetica, and measures a list as if it were Times.
FONT = "Helvetica"
# role: (light, dark). Each light colour stands for one role only, since a picture is darkened by its colours.
PALETTE = {
    "ink": ("#1f2328", "#e6edf3"),
    "quiet": ("#59626d", "#a3adb8"),
    "paper": ("#ffffff", "#0d1117"),
    "parameter": ("#d3e3fa", "#16304f"),
    "parameter edge": ("#3465a4", "#79aef2"),
    "input": ("#def0f0", "#10383c"),
    "input edge": ("#24757f", "#5fc4cf"),
    "constant": ("#f0f0ee", "#2a2d31"),
    "constant edge": ("#7d7d77", "#98989f"),
    "result": ("#fefefe", "#161b22"),
    "result edge": ("#80868f", "#8b949e"),
    "output": ("#fdebc8", "#4a3410"),
    "output edge": ("#b5730c", "#e8ad55"),
    "operation": ("#e2f0d9", "#1f3a1c"),
    "operation edge": ("#5f8f4e", "#83bb71"),
    "block": ("#ece8f7", "#2b2543"),
    "block edge": ("#6b5aa8", "#a998e6"),
    "frame": ("#f7f8fa", "#11161d"),
    "inner frame": ("#eff2f5", "#171d26"),
    "frame edge": ("#c4cad2", "#3d4652"),
    "empty": ("#e3e6ea", "#30363d"),
    "nan": ("#a33c00", "#ff9d5c"),
    "exploding": ("#992a67", "#f29ac8"),
    "zero": ("#5f5f59", "#b9b9b3"),
    "scale 0": ("#aac4df", "#254667"),
    "scale 1": ("#7ba6d0", "#34679b"),
    "scale 2": ("#4f88be", "#4f8cca"),
    "scale 3": ("#2b679f", "#86b8ea"),
    "scale 4": ("#0f3f73", "#cbe2fa"),
}
DARK = dict(PALETTE.values())  # by the light colour
LIGHT = {role: pair[0] for role, pair in PALETTE.items()}
INK, QUIET = LIGHT["ink"], LIGHT["quiet"]
KINDS = (PARAMETER, INPUT, CONSTANT, RESULT, OUTPUT)
LOWEST, HIGHEST = -6.0, 3.0  # the ends of the scale of a gradient's norm, as powers of ten
STEPS = 5


def _style(kind: str, **more: str) -> dict[str, str]:
    return {"fillcolor": LIGHT[kind], "color": LIGHT[f"{kind} edge"], "style": "filled", **more}


# of a whole drawing: transparent paper would put dark text on a dark notebook
GRAPH = {"bgcolor": LIGHT["paper"], "class": "glassgrad", "fontname": FONT, "fontcolor": INK, "labelloc": "t"}
GRAPH |= {"nodesep": "0.2", "ranksep": "0.2", "pad": "0.1", "newrank": "true"}
# Graphviz's attributes of a node: border and corners differ as well as colour
STYLES = {
    PARAMETER: _style(PARAMETER, peripheries="2"),
    INPUT: _style(INPUT, style="filled,dashed"),
    CONSTANT: _style(CONSTANT, style="filled,dotted"),
    RESULT: _style(RESULT, style="filled,rounded"),
    OUTPUT: _style(OUTPUT, style="filled,rounded", penwidth="2.5"),
    Ellipse.kind: _style(Ellipse.kind, shape="ellipse", margin="0.05,0.02"),
    Block.kind: _style(Block.kind, shape="box3d", margin="0.1,0.05"),
}
# a gradient that needs a look: in a shape of its own, and in words
MARKS = {
    "nan": {"shape": "octagon", "color": LIGHT["nan"], "penwidth": "2"},
    "inf": {"shape": "octagon", "color": LIGHT["nan"], "penwidth": "2"},
    "exploding": {"shape": "hexagon", "color": LIGHT["exploding"], "penwidth": "2"},
    "zero": {"shape": "box", "style": "filled,diagonals", "color": LIGHT["zero"]},
}
TAILS = {"nan": "box", "inf": "box", "zero": "odot"}  # of an arrow that carries such a gradient
MEANINGS = {
    "nan": "gradient with nan",
    "inf": "gradient with inf",
    "exploding": f"exploding gradient, norm above {EXPLODING:,.0f}",
    "zero": "gradient exactly zero",
}


def share(norm: float) -> float:
    """How far along the scale a norm is, from 0 at 1e-6 and below to 1 at 1e3 and above: a power of ten is a ninth.

    >>> share(1e-9), share(1e3), round(share(1.0), 2)
    (0.0, 1.0, 0.67)
    """
    if not norm > 0.0:
        return 0.0
    return min(1.0, max(0.0, (math.log10(norm) - LOWEST) / (HIGHEST - LOWEST)))


def shade(part: float) -> str:
    """The colour of a place along the scale, from 0 to 1."""
    return LIGHT[f"scale {min(STEPS - 1, int(part * STEPS))}"]


def darken(text: str) -> str:
    """The same drawing in the colours of the dark theme; a tensor that is called #ffffff keeps its name."""
    return re.sub(r'="(#[0-9a-f]{6})"', lambda found: f'="{DARK.get(found[1], found[1])}"', text)


def stylesheet() -> str:
    """CSS that turns an SVG of the light colours dark where the reader's system is."""
    rules = "".join(
        f'.glassgrad [fill="{light}"]{{fill:{dark}}}.glassgrad [stroke="{light}"]{{stroke:{dark}}}'
        for light, dark in PALETTE.values()
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def pen(norm: float) -> str:
    """The width of an arrow that carries a gradient of this norm, in points."""
    return f"{0.6 + 2.9 * share(norm):.1f}"
