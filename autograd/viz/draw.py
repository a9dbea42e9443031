"""Draw the record behind a Tensor: what every operation was given, what it made, and the gradient that came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core import Tensor
from ..errors import GraphError
from .graph import CONSTANT, OUTPUT, PARAMETER, RESULT, Box, Ellipse, Picture, picture
from .render import Drawing
from .text import call, escape, figures, foreign_width, shorten, statistics

SHOW = ("shape", "dtype", "value", "grad")
DIRECTIONS = ("TB", "LR", "BT", "RL")

# Pale tints that colour-blind readers tell apart; border and corners differ as well. One font name, not a list:
# a renderer knows the widths of Helvetica, and measures a list as if it were Times.
FONT, INK, QUIET = "Helvetica", "#1f2328", "#59626d"
STYLES = {
    PARAMETER: {"fillcolor": "#d3e3fa", "color": "#3465a4", "style": "filled", "peripheries": "2"},
    CONSTANT: {"fillcolor": "#f0f0ee", "color": "#80807a", "style": "filled,dashed"},
    RESULT: {"fillcolor": "#ffffff", "color": "#80868f", "style": "filled,rounded"},
    OUTPUT: {"fillcolor": "#fdebc8", "color": "#b5730c", "style": "filled,rounded", "penwidth": "2.5"},
}
OPERATION = {"shape": "ellipse", "fillcolor": "#e2f0d9", "color": "#5f8f4e", "style": "filled", "margin": "0.05,0.02"}

COLUMNS = 7  # a label and three numbers, each after a gap
GAP = '<TD WIDTH="6"></TD>'


def draw(
    output: Tensor | Sequence[Tensor],
    *,
    direction: str = "TB",
    show: Sequence[str] = SHOW,
    name: str = "backprop",
    max_nodes: int = 400,
) -> Drawing:
    """Draw the graph that computed `output`, before or after `backward()`; the title says which.

    An ellipse is an operation. A box is a tensor: its name, dtype and shape, its value and gradient (up to four
    elements one by one, else least, mean and greatest). Double border: a leaf that requires a gradient. Dashed: a
    constant or input. Rounded: a result. Thick: the output. Of results and their gradients the engine remembers
    those of up to 16 elements, and of larger ones the values that a rule still keeps.

    `direction` is TB (top to bottom), LR, BT or RL; `show` says what stands in the boxes; `name` is the title. Of
    more than `max_nodes` operations the newest are drawn, and the title says how many were left out.

    The result is a `graphviz.Digraph`: it displays in notebooks, and `.save("x.svg")` (png, dot, ...) writes a file.
    Raises GraphError where nothing was recorded, ValueError for an unknown `direction` or `show`.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> drawing = draw(x * x)
    >>> drawing.source.startswith("digraph backprop {")
    True
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"draw: direction={direction!r} is not one of {', '.join(DIRECTIONS)}")
    unknown = set((show,) if isinstance(show, str) else show) - set(SHOW)
    if unknown:
        raise ValueError(f"draw: show has {', '.join(map(repr, sorted(unknown)))}; it may have {', '.join(SHOW)}")
    if max_nodes < 1:
        raise ValueError(f"draw: max_nodes={max_nodes} leaves nothing to draw; use 1 or more")
    outputs = [output] if isinstance(output, Tensor) else list(output)
    for tensor in outputs:
        if not isinstance(tensor, Tensor) or tensor._node is None:
            cut = "was it made under no_grad(), from .data, .detach() or integers only?"
            raise GraphError(f"draw: {tensor!r} records no graph; {cut} A leaf needs requires_grad=True")
    return _drawing(picture(outputs, max_nodes), direction, (show,) if isinstance(show, str) else show, name)


def _drawing(made: Picture, direction: str, show: Sequence[str], name: str) -> Drawing:
    drawing = Drawing(name, format="svg")
    drawing.attr(
        "graph",
        rankdir=direction,
        label=_title(made, name, show),
        labelloc="t",
        bgcolor="white",  # transparent would put dark text on a dark notebook
        fontname=FONT,
        fontcolor=INK,
        nodesep="0.3",
        ranksep="0.3",
        pad="0.2",
    )
    drawing.attr("node", shape="box", margin="0.08,0.05", height="0", width="0", fontname=FONT, fontcolor=INK)
    drawing.attr("edge", color=QUIET, fontname=FONT, fontcolor=QUIET, fontsize="9", arrowsize="0.6")
    for shape in made.shapes:
        if isinstance(shape, Box):
            drawing.node(shape.key, _box(shape, show), **STYLES[shape.kind])
        else:
            drawing.node(shape.key, _ellipse(shape), **OPERATION)
    for edge in made.edges:
        # a little room around the name, or it touches the arrow
        drawing.edge(edge.source, edge.target, label=f" {edge.label} " if edge.label else None)
    return drawing


def _ellipse(shape: Ellipse) -> str:
    rows = [_row(_font(shorten(shape.label), 13), width=foreign_width(shape.label, 13))]
    params = call(shape.params)
    return _table([*rows, _row(_font(params, 8, QUIET))] if params else rows)


def _box(box: Box, show: Sequence[str]) -> str:
    rows = []
    plain = box.dtype is None  # a Python number: nothing to say but its value
    if box.name.strip():
        name = shorten(box.name)
        rows.append(_row(f"<B>{_font(name, 12)}</B>", width=foreign_width(name, 12)))
    elif box.kind != RESULT and not plain:
        rows.append(_row(f"<I>{_font(box.kind, 10, QUIET)}</I>"))
    about = [str(box.dtype)] * ("dtype" in show) + [str(box.shape)] * ("shape" in show)
    if about and not plain:
        rows.append(_row(_font(" ".join(about), 9, QUIET)))
    if box.note:
        rows.append(_row(f"<I>{_font(box.note, 9, QUIET)}</I>"))
    if plain:
        rows += [_row(_font(line, 11)) for line in figures(box.value, digits=7) or [shorten(str(box.value))]]
    else:
        rows += _numbers({key: getattr(box, key) for key in ("value", "grad") if key in show})
    return _table(rows or [_row(_font(box.kind, 10, QUIET))])


def _numbers(arrays: dict[str, Any]) -> list[str]:
    """One row per array that is known; under a common head where there are too many elements to print."""
    rows, head = [], False
    for label, array in arrays.items():
        if array is None:
            continue
        name = f'<TD ALIGN="LEFT">{_font(label, 9, QUIET)}</TD>'
        lines = figures(array)
        if lines is not None:
            end = '<BR ALIGN="RIGHT"/>' if len(lines) > 1 else ""
            text = "".join(_font(line, 11) + end for line in lines)
            rows.append(f'<TR>{name}{GAP}<TD ALIGN="RIGHT" COLSPAN="{COLUMNS - 2}">{text}</TD></TR>')
            continue
        three = statistics(array)
        if three is None:
            continue
        if not head:
            head = True
            rows.append(f"<TR><TD></TD>{_cells(('min', 'mean', 'max'), 8, QUIET)}</TR>")
        rows.append(f"<TR>{name}{_cells(three, 11, INK)}</TR>")
    return rows


def _title(made: Picture, name: str, show: Sequence[str]) -> str:
    when = "after backward" if made.swept else "before backward"
    if not made.swept and "grad" in show:
        earlier = any(isinstance(s, Box) and s.grad is not None for s in made.shapes)
        when += ", gradients are from an earlier one" if earlier else ", grad: none yet"
    drawn = len(made.ellipses)
    lines = [f"{made.total:,} operation{'s' * (made.total != 1)}, {when}"]
    if drawn < made.total:
        lines.append(f"only the newest {drawn:,} are drawn, {made.total - drawn:,} earlier ones are left out")
    width = max(map(len, lines)) * 4.8
    rows = [f"<B>{_font(shorten(name), 15)}</B>", *(_font(line, 10, QUIET) for line in lines), _legend(made, width)]
    return _table([_row(row) for row in rows])


def _legend(made: Picture, width: float) -> str:
    """Samples of the kinds of boxes there are, in the middle of about `width` points."""
    cells = []
    for kind in (PARAMETER, CONSTANT, RESULT, OUTPUT):
        if not any(box.kind == kind for box in made.boxes):
            continue
        style = STYLES[kind]
        outline = style["style"].partition(",")[2].upper()  # "filled,dashed" of a node is STYLE="DASHED" of a cell
        border = "2" if "penwidth" in style else "1"
        look = f'COLOR="{style["color"]}" BGCOLOR="{style["fillcolor"]}"' + (f' STYLE="{outline}"' if outline else "")
        word = _font(kind, 9)
        if "peripheries" in style:
            inner = f'<TABLE BORDER="1" {look} CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
            word = f"{inner}<TR><TD>{word}</TD></TR></TABLE>"
        cells.append(f'<TD BORDER="{border}" CELLPADDING="2" {look}>{word}</TD>')
    # a table inside a cell is stretched to fill it, so blank cells at both ends take up what is too much
    pad = f'<TD WIDTH="{max(0.0, (width - 56 * len(cells)) / 2):.0f}"></TD>'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="6"><TR>{pad}{"".join(cells)}{pad}</TR></TABLE>'


def _font(text: str, size: int, color: str = INK) -> str:
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{escape(text)}</FONT>'


def _cells(texts: Sequence[str], size: int, color: str) -> str:
    return "".join(f'{GAP}<TD ALIGN="RIGHT">{_font(text, size, color)}</TD>' for text in texts)


def _row(content: str, width: float = 0.0) -> str:
    room = f' WIDTH="{width:.0f}"' if width else ""
    return f'<TR><TD COLSPAN="{COLUMNS}"{room}>{content}</TD></TR>'


def _table(rows: Sequence[str]) -> str:
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>>'
