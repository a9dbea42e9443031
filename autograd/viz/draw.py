"""Draw the record behind a Tensor: what every operation was given, what it made, and the gradient that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from ..engine.errors import GraphError
from ..engine.node import Many
from ..engine.sweep import Walk
from ..engine.tensor import Tensor
from ..program.program import Program
from ..support.checks import choice, flag, size, text
from ..watch.memory.text import size as bytes_in_words
from .arrange import ROW, WEIGHT, rooms
from .graph import Grads, Terms, page, picture
from .picture import Block, Box, Drawn, Edge, Ellipse, Picture
from .program import program_picture
from .record import CONSTANT, INPUT, RESULT, Record, read, recorded
from .render import Drawing
from .style import FONT, GRAPH, INK, KINDS, LIGHT, MARKS, MEANINGS, QUIET, STYLES, TAILS, darken, pen, shade, share
from .text import Shown, call, counted, escape, figures, foreign_width, look, number, shorten
from .trace import trace

SHOW = ("shape", "dtype", "value", "grad", "saved")
DIRECTIONS = ("TB", "LR", "BT", "RL")

COLUMNS = 7  # a label and three numbers, each after a gap
GAP = '<TD WIDTH="6"></TD>'
BAR = 60  # points, of the longest bar
LINE, LETTER = 26, 5.0  # of the words of a frame: letters at most, and points of each
LEFT = '<BR ALIGN="LEFT"/>'
HALF = {Ellipse: 36, Box: 54, Block: 74}  # points that a shape has at least at the left of its middle
BESIDE = 110  # and what stands there
LONGEST = 64  # letters of a rule beside its arrow
SIGNS = {"octagon": "octagon", "hexagon": "hexagon", "box": "cut corners"}


def draw(
    output: Tensor | Sequence[Tensor] | Program,
    *,
    model: Any = None,
    direction: str = "TB",
    depth: int | None = None,
    expand: str | Sequence[str] | Callable[[str], bool] | None = None,
    collapse_repeats: bool = True,
    show: Sequence[str] = SHOW,
    color_by: str = "grad",
    view: str = "forward",
    max_nodes: int = 400,
    name: str = "backprop",
    theme: str = "auto",
) -> Drawing:
    """Draw the graph that computed `output`, before or after `backward()`; the title says which.

    An ellipse is an operation. A box is a tensor: its name, dtype and shape, its value and gradient (up to four
    elements one by one, else least, mean and greatest), and the gradient's norm with a bar on a scale of powers of
    ten. Double border: a leaf that requires a gradient. Dashed: an input. Dotted: a constant. Rounded: a result.
    Thick: the output. A frame is the call of a module, or what a recorded derivative made; an arrow begins with a dot
    where backward needs the tensor. A gradient that is zero, exploding or has a nan has a shape of its own.

    Modules are found by their calls (what another thread records meanwhile stands in the same frame); names come from
    `model`, or else from the outermost module that was called. Those more than `depth` deep are one box each, by
    default as few as leave what is open room on a page of 1,000 x 4,000 points, but for those that `expand` names (a
    name, several, or a function of the name). With `collapse_repeats` equal modules in a
    row, and the steps of a loop, are drawn once, "× 12". If more than `max_nodes` operations would be drawn, the
    deepest level is collapsed first, and the title says so.

    `view="backward"` turns the arrows, as wide as the gradient they carry is large, and writes each rule beside its
    arrow; before `backward()` it rehearses the sweep: no `.grad` changes, though hooks are called. `show` says what
    stands in the boxes, and whether what is saved is shown; `color_by` what the bars show: grad, value, nothing (kind),
    or how many bytes each operation keeps for backward (memory), an array at the first that keeps it. `direction` is TB
    (top to bottom), LR, BT or RL; `name` is the title; `theme` is light, dark or auto.

    A program, such as `autograd.program.recording.program` gives, is drawn as the operations that run, those of a
    derivative in a frame that says of which; nothing but `direction`, `max_nodes`, `name` and `theme` has a meaning.

    The result is a `graphviz.Digraph`: it displays in notebooks, and `.save("x.svg")` (png, dot, ...) writes a file.
    Raises GraphError where nothing was recorded or what it kept was freed, ValueError for an unknown option.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> drawing = draw(x * x)
    >>> drawing.source.startswith("digraph backprop {")
    True
    """
    choice("draw: direction", direction, DIRECTIONS)
    choice("draw: view", view, ("forward", "backward"))
    choice("draw: color_by", color_by, ("grad", "value", "kind", "memory"))
    choice("draw: theme", theme, ("auto", "light", "dark"))
    shown = _names("show", show, f"no list of names; it may have {', '.join(SHOW)}")
    unknown = sorted(shown - set(SHOW))
    if unknown:
        raise ValueError(f"draw: show has {', '.join(map(repr, unknown))}; it may have {', '.join(SHOW)}")
    text("draw: name", name)
    flag("draw: collapse_repeats", collapse_repeats)
    size("draw: max_nodes", max_nodes)
    if depth is not None:
        size("draw: depth", depth, 0)
    backward = view == "backward"
    if isinstance(output, Program):
        made = program_picture(output, max_nodes, model=model, depth=depth, expand=expand, view=view)
    else:
        record = read(recorded(output, "draw"), model, collapse_repeats)
        opened = _opener(expand, record)
        grads, terms = _rehearsed(record, backward) if "grad" in shown or backward else ({}, {})
        given = opened, grads, terms
        made = page(record, max_nodes, *given) if depth is None else picture(record, max_nodes, depth, *given)
    kept = _kept(record, made) if color_by == "memory" and not isinstance(output, Program) else {}
    drawing = _Writer(made, shown, color_by, backward, kept).drawing(name, direction)
    drawing.theme = theme
    if theme == "dark":
        drawing.body[:] = [darken(line) for line in drawing.body]
    return drawing


def _names(option: str, given: Any, wrong: str) -> set[str]:
    """Names, of one or of several; raises TypeError that says what is `wrong` of what is none."""
    names = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"draw: {option}={given!r} is {wrong}")
    return set(names)


def _opener(expand: str | Sequence[str] | Callable[[str], bool] | None, record: Record) -> Callable[[str], bool]:
    """`expand` as a function of a module's name; raises ValueError for a name that no module here has."""
    if callable(expand):
        return expand
    given = () if expand is None else expand
    wanted = _names("expand", given, "no name of a module, list of names, or function of a name")
    known = set(record.names.modules.values()) - {""}
    strange = sorted(wanted - known)
    if strange:
        some = ", ".join(sorted(known)[:12]) or "none: if the model is gone, keep it, or pass model="
        raise ValueError(f"draw: expand={strange[0]!r} is the name of no module here; there are {some}")
    return wanted.__contains__


def _rehearsed(record: Record, backward: bool) -> tuple[Grads, Terms]:
    """Gradients that the engine did not keep, of nodes and of inputs by position: from a sweep that changes nothing.

    After backward it begins as that began. The forward view does without where hooks would be called.
    """
    begun = [(t, g) for t, g in zip(record.outputs, record.seeds()) if g is not None or not record.swept]
    if record.freed or not begun or not (backward or record.swept):
        return {}, {}
    outputs, seeds = zip(*begun)
    try:
        if not backward and any(node.taps for node in Walk(t._node for t in outputs).order):
            return {}, {}
        swept = trace(outputs, list(seeds) if len(seeds) > 1 else seeds[0], keep=look, local=False, what="draw")
    except GraphError:
        if backward:
            raise
        return {}, {}  # a leaf was written since: there is no sweep any more, but a picture
    terms = {(step.node, use.position): use.term for step in swept.steps for use in step.uses}
    return {node: g for node, g in swept.grads.items() if not isinstance(node, Many)}, terms


def _kept(record: Record, made: Picture) -> Mapping[str, int]:
    """The bytes that are kept for backward by what each shape stands for; a remark says what they are in all."""
    if record.freed:
        mend = "draw before backward(), or call backward(retain_graph=True)"
        raise GraphError(f"draw: color_by='memory' shows what is kept for backward, and a sweep has freed it; {mend}")
    kept: Counter[str] = Counter()
    for node, count in record.kept.items():
        kept[made.where[node]] += count
    made.cuts.append(f"{bytes_in_words(sum(kept.values()))} kept for backward, each array where it is kept first")
    return kept


class _Writer:
    """Writes a Picture as a Digraph."""

    def __init__(
        self, made: Picture, show: Container[str], color_by: str, backward: bool, kept: Mapping[str, int]
    ) -> None:
        self.made, self.show, self.color_by, self.backward, self.kept = made, show, color_by, backward, kept
        self.rows = made.rows
        self.roles = {edge.source: edge.label for edge in made.edges if edge.side and edge.label}
        self.titles = [wrap(shorten(frame.label, 110), LINE) for frame in made.clusters]
        self.rooms: Mapping[str, float] = {}
        self.uses = Counter(edge.source for edge in made.edges)
        self.marks = sorted({self._mark(shape) for shape in made.shapes} - {""}, key=list(MARKS).index)

    def drawing(self, name: str, direction: str) -> Drawing:
        """The whole drawing."""
        # DOT would not take the others, and would read what stands in angle brackets as a label
        plain = "".join(c if c.isprintable() and c not in "\\<>" else "_" for c in name)
        drawing = Drawing(plain or "backprop", format="svg")
        drawing.attr("graph", rankdir=direction, label=self._title(name), **GRAPH)
        drawing.attr("node", shape="box", margin="0.08,0.05", height="0", width="0", fontname=FONT, fontcolor=INK)
        drawing.attr("edge", color=QUIET, fontname=FONT, fontcolor=QUIET, fontsize="9", arrowsize="0.6")
        if direction == "TB" and not self.made.when:
            self.rooms = rooms(self.made, [8 + LETTER * max(map(len, lines)) for lines in self.titles])
        self._frames(drawing, None)
        shapes = {shape.key: shape for shape in self.made.shapes}
        for edge in self.made.edges:
            self._edge(drawing, edge, self._arrow(edge, shapes))
        return drawing

    def _edge(self, drawing: Drawing, edge: Edge, look: dict[str, str]) -> None:
        if edge.side != "right":
            drawing.edge(edge.source, edge.target, **look)
            return
        # Graphviz has what an arrow begins at to the left of where it ends: this one is written the other way round
        ends = {"arrowhead": look.pop("arrowtail", ""), "arrowtail": look.pop("arrowhead", "")}
        look["dir"] = {"back": "forward", "both": "both", "none": "none"}.get(look.get("dir", ""), "back")
        drawing.edge(edge.target, edge.source, **look, **{end: sign for end, sign in ends.items() if sign})

    def _frames(self, drawing: Drawing, cluster: int | None) -> None:
        """What stands directly in a frame, then the frames inside it."""
        for shape in self.made.inside(cluster):
            drawing.node(shape.key, self._label(shape), **STYLES[shape.kind] | MARKS.get(self._mark(shape), {}))
            self._row(drawing, shape)
        for i, frame in enumerate(self.made.clusters):
            if frame.parent == cluster:
                title = f"<{''.join(_font(line, 10, QUIET) + LEFT for line in self.titles[i])}>"
                with drawing.subgraph(name=f"cluster{i + 1}") as inner:
                    inner.attr(
                        label="" if self.made.when else title,
                        labeljust="l",
                        style="rounded,filled",
                        color=LIGHT["frame edge"],
                        fillcolor=LIGHT["inner frame" if frame.depth % 2 else "frame"],
                        margin="8",
                    )
                    if self.made.when:
                        self._titled(inner, f"title{i + 1}", title, i)
                    self._frames(inner, i)

    def _titled(self, inner: Drawing, key: str, title: str, cluster: int) -> None:
        """The words of a frame that is entered at many places, as a node above its shapes: no arrow crosses a node."""
        inner.node(key, title, shape="plaintext", margin="0.02,0.01")
        for shape in self.made.inside(cluster):
            inner.edge(key, shape.key, style="invis")

    def _row(self, drawing: Drawing, shape: Drawn) -> None:
        """What stands beside an operation, and at its left room for the words of the frame that is entered here."""
        row = self.rows.get(shape.key, [shape.key])
        room = self.rooms.get(shape.key, 0.0) - HALF[type(shape)] - (BESIDE if row[0] != shape.key else 0)
        if len(row) == 1 and room <= 0:
            return
        with drawing.subgraph(name=f"cluster {shape.key}") as inside:
            inside.attr(**ROW)
            if room > 0:
                pad = f"pad {shape.key}"
                inside.node(pad, "", style="invis", width=f"{room / 72:.2f}")
                inside.edge(pad, row[0], style="invis")
            for key in row:
                inside.node(key)

    def _mark(self, shape: Drawn) -> str:
        if "grad" not in self.show or shape.grad is None:
            return ""
        return shape.mark if isinstance(shape, Block) else look(shape.grad).mark

    def _arrow(self, edge: Edge, shapes: Mapping[str, Drawn]) -> dict[str, str]:
        label, attributes = edge.label, {"weight": str(WEIGHT)} if edge.spine else {}
        if edge.kind == "loop":
            attributes = {"style": "dashed", "constraint": "false"}
        if self.backward and shapes[edge.source].kind in (INPUT, CONSTANT):
            attributes = {"dir": "none", "style": "dashed", "color": LIGHT["empty"]}  # no gradient goes there
        elif self.backward:
            attributes |= {"dir": "back", **self._carried(edge, shapes)}
            if edge.formula and edge.kind != "loop":
                label = edge.formula if len(edge.formula) <= LONGEST else f"{edge.formula[: LONGEST - 1]}…"
        if edge.kept and "saved" in self.show and attributes.get("dir") != "none":  # a dot where it has no tip
            attributes |= {"dir": "both", "arrowhead" if self.backward else "arrowtail": "dot"}
        if label and not (edge.side and not self.backward):  # that stands in the box
            # a little room around it, or it touches the arrow; the name of an input takes none from the rows
            attributes["xlabel" if label.isidentifier() and not self.backward else "label"] = f" {label} "
        return attributes

    def _carried(self, edge: Edge, shapes: Mapping[str, Drawn]) -> dict[str, str]:
        """How an arrow looks that carries a gradient: wide where that is large, marked where it needs a look."""
        # all of a tensor's gradient, where it comes along one arrow
        whole = [shapes[edge.target].grad, shapes[edge.source].grad if self.uses[edge.source] == 1 else None]
        term = next((term for term in (edge.term, *whole) if term is not None), None)
        if term is None:
            return {}
        seen = look(term)
        mark = "" if type(term) is float else seen.mark  # a float is the norm of a block, which has a mark of its own
        sign = {"color": MARKS[mark]["color"], "arrowtail": TAILS[mark]} if mark in TAILS else {}
        return {"penwidth": pen(seen.norm), "color": shade(share(seen.norm))} | sign

    # labels

    def _label(self, shape: Drawn) -> str:
        if isinstance(shape, Ellipse):
            rows = [_row(_font(shorten(shape.label), 13), width=foreign_width(shape.label, 13))]
            rows += [_row(_font(line, 8, QUIET)) for line in (shape.module, call(shape.params)) if line]
            return _table(rows + self._memory(shape))
        rows = self._block(shape) + self._memory(shape) if isinstance(shape, Block) else self._box(shape)
        if not self.backward and (role := self.roles.get(shape.key)):
            rows.append(_row(f"<I>{_font(role, 9, QUIET)}</I>"))
        if mark := self._mark(shape):  # in words what a shape of its own says
            rows.append(_row(f"<B>{_font(MEANINGS[mark].partition(',')[0], 9, MARKS[mark]['color'])}</B>"))
        return _table(rows or [_row(_font(shape.kind, 10, QUIET))])

    def _block(self, block: Block) -> list[str]:
        rows = [_heading(block.label)] + [_note(shorten(block.settings))] * bool(block.settings)
        size = [counted(block.parameters, "parameter")] * (block.parameters > 0)
        makes = [f"makes {block.shape}"] * ("shape" in self.show and bool(block.shape))
        lines = [[counted(block.operations, "operation"), *size], makes] if block.operations > 1 else [size + makes]
        rows += [_note(", ".join(line)) for line in lines if line]
        if block.grad is not None and "grad" in self.show and self.color_by != "memory":
            rows.append(self._norm("grad", block.grad))
        return rows

    def _memory(self, shape: Ellipse | Block) -> list[str]:
        """What an operation keeps, beside the one that keeps most; nothing of one that keeps nothing."""
        count = self.kept.get(shape.key, 0)
        part = count / max(self.kept.values(), default=1) if count else 0.0
        return [self._bar(f"keeps {bytes_in_words(count)}", part)] if count else []

    def _box(self, box: Box) -> list[str]:
        if box.dtype is None:  # a Python number: nothing to say but its value
            lines = figures(box.value, digits=7) if box.value is not None else None
            return [_row(_font(line, 11)) for line in lines or [shorten(str(box.value))]]
        rows = []
        if box.name.strip():
            rows.append(_heading(box.name))
        elif box.kind != RESULT:
            rows.append(_row(f"<I>{_font(box.kind, 10, QUIET)}</I>"))
        about = [str(box.dtype)] * ("dtype" in self.show) + [str(box.shape)] * ("shape" in self.show)
        if about:
            rows.append(_note(" ".join(about)))
        if box.note:
            rows.append(_row(f"<I>{_font(box.note, 9, QUIET)}</I>"))
        known = {key: array for key, array in (("value", box.value), ("grad", box.grad)) if array is not None}
        shown = {key: array for key, array in known.items() if key in self.show}
        rows += _numbers(shown)
        barred = shown.get(self.color_by)
        if barred is not None and box.kind != CONSTANT:
            rows.append(self._norm(self.color_by if box.shape else "", look(barred).norm))
        return rows

    def _norm(self, label: str, norm: float) -> str:
        """The norm as a bar, its filled part how many powers of ten it is above 1e-6, and after a `label` in words."""
        return self._bar(f"|{label}| {number(norm, 3)}" if label else "", share(norm))

    def _bar(self, label: str, part: float) -> str:
        """A bar that is filled in part, after a label."""
        full = round(BAR * part)
        parts = ((full, shade(part)), (BAR - full, LIGHT["empty"]))
        cells = "".join(f'<TD FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="4" BGCOLOR="{c}"></TD>' for w, c in parts if w)
        plain = 'BORDER="0" CELLBORDER="0" CELLSPACING="0"'
        bar = f'<TABLE {plain} CELLPADDING="0" FIXEDSIZE="TRUE" WIDTH="{BAR}" HEIGHT="4"><TR>{cells}</TR></TABLE>'
        words = f"<TD>{_font(label, 9, QUIET)}</TD>{GAP}" if label else ""
        return _row(f'<TABLE {plain} CELLPADDING="1"><TR>{words}<TD>{bar}</TD></TR></TABLE>')

    # the title

    def _title(self, name: str) -> str:
        made = self.made
        lines = [f"{counted(made.total, 'operation')}, {self._when()}", *made.cuts]
        width = max(map(len, lines)) * 4.8
        rows = [f"<B>{_font(shorten(name), 15)}</B>"] if name.strip() else []
        rows += [*(_font(line, 10, QUIET) for line in lines), self._legend(width)]
        rows += [_font(f"{SIGNS[MARKS[m]['shape']]}: {MEANINGS[m]}", 9, MARKS[m]["color"]) for m in self.marks]
        return _table([_row(row) for row in rows])

    def _when(self) -> str:
        made = self.made
        if made.when:
            return made.when
        known = any(box.grad is not None for box in made.boxes)
        if made.swept:
            lost = made.freed and any(box.kind == RESULT and box.grad is None for box in made.boxes)
            if lost and "grad" in self.show:
                return "after backward; it freed values and gradients of larger results, retain_graph=True keeps them"
            return "after backward"
        if self.backward and known:
            return "before backward: these gradients are a rehearsal"
        if "grad" not in self.show:
            return "before backward"
        return "before backward, gradients are from an earlier one" if known else "before backward, grad: none yet"

    def _legend(self, width: float) -> str:
        """Samples of the kinds of boxes there are, in the middle of about `width` points."""
        cells = []
        drawn = {shape.kind for shape in self.made.shapes}
        for kind in (*KINDS, Block.kind):
            if kind not in drawn:
                continue
            style = STYLES[kind]
            outline = style["style"].partition(",")[2].upper()  # "filled,dashed" of a node is STYLE="DASHED" of a cell
            border = "2" if "penwidth" in style else "1"
            face = f'COLOR="{style["color"]}" BGCOLOR="{style["fillcolor"]}"'
            face += f' STYLE="{outline}"' if outline else ""
            word = _font("module" if kind == Block.kind else kind, 9)
            if "peripheries" in style:
                inner = f'<TABLE BORDER="1" {face} CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
                word = f"{inner}<TR><TD>{word}</TD></TR></TABLE>"
            cells.append(f'<TD BORDER="{border}" CELLPADDING="2" {face}>{word}</TD>')
        kinds = {edge.kind for edge in self.made.edges}
        if any(edge.kept for edge in self.made.edges) and "saved" in self.show:
            cells.append(f'<TD CELLPADDING="2">{_font("•→ kept for backward", 9, QUIET)}</TD>')
        if "loop" in kinds:
            cells.append(f'<TD CELLPADDING="2">{_font("- - - to the next run", 9, QUIET)}</TD>')
        # a table inside a cell is stretched to fill it, so blank cells at both ends take up what is too much
        pad = f'<TD WIDTH="{max(0.0, (width - 56 * len(cells)) / 2):.0f}"></TD>'
        return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="6"><TR>{pad}{"".join(cells)}{pad}</TR></TABLE>'


def _numbers(arrays: Mapping[str, Shown]) -> list[str]:
    """One row per array that is known; under a common head where there are too many elements to print."""
    rows, head = [], f"<TR><TD></TD>{_cells(('min', 'mean', 'max'), 8, QUIET)}</TR>"
    for label, array in arrays.items():
        name = f'<TD ALIGN="LEFT">{_font(label, 9, QUIET)}</TD>'
        if (lines := figures(array)) is not None:
            end = '<BR ALIGN="RIGHT"/>' if len(lines) > 1 else ""
            words = "".join(_font(line, 11) + end for line in lines)
            rows.append(f'<TR>{name}{GAP}<TD ALIGN="RIGHT" COLSPAN="{COLUMNS - 2}">{words}</TD></TR>')
            continue
        seen = look(array)
        if seen.size and seen.dtype.kind in "biuf":
            rows += [head] * (head not in rows)
            three = [number(value, 3) for value in (seen.low, seen.mean, seen.high)]
            rows.append(f"<TR>{name}{_cells(three, 11, INK)}</TR>")
    return rows


def _heading(text: str) -> str:
    text = shorten(text)
    return _row(f"<B>{_font(text, 12)}</B>", width=foreign_width(text, 12))


def _note(text: str) -> str:
    return _row(_font(text, 9, QUIET))


def _font(text: str, size: int, color: str = INK) -> str:
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{escape(text)}</FONT>'


def _cells(texts: Sequence[str], size: int, color: str) -> str:
    return "".join(f'{GAP}<TD ALIGN="RIGHT">{_font(text, size, color)}</TD>' for text in texts)


def _row(content: str, width: float = 0.0) -> str:
    room = f' WIDTH="{width:.0f}"' if width else ""
    return f'<TR><TD COLSPAN="{COLUMNS}"{room}>{content}</TD></TR>'


def _table(rows: Sequence[str]) -> str:
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>>'
