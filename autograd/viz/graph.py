"""From the engine's record to a picture: every operation and tensor, or what stands for it, with its place.

Two graphs that were computed alike give equal pictures. So keys are counted, operations in the order they were
recorded and leaves in the order of their first use; they are never birth numbers, which differ from run to run.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from math import hypot, prod

import numpy as np

from ..engine.node import Leaf, Many, Node, Output
from ..engine.sweep import turned
from ..engine.tensor import Tensor
from .arrange import PAGE, arrange, extent
from .formula import formula, input_name
from .picture import Block, Box, Cluster, Edge, Ellipse, Picture
from .record import CONSTANT, INPUT, PARAMETER, RESULT, Key, Record, identity, plain, present, read, saved
from .structure import Call, Item, Repeat, View, calls, deepest, leaves_of, maker, operations
from .text import Shown, Sight, look, number

# In a drawing of more than MANY operations an arrow passes at most FAR of them: the time for the layout grows with
# the length of all arrows, and a weight that is used in a hundred time steps would take minutes.
MANY, FAR = 100, 20
WORST = ("nan", "inf", "exploding", "zero")  # of several marks a block bears the first
COMMUTATIVE = frozenset(("add", "multiply", "maximum", "minimum", "logaddexp", "hypot"))

Grads = Mapping[Node, Shown]
Terms = Mapping[tuple[Node, int], Shown]


def picture(
    record: Record | Sequence[Tensor],
    max_nodes: int = 400,
    depth: int | None = None,
    opened: Callable[[str], bool] = lambda name: False,
    grads: Grads | None = None,
    terms: Terms | None = None,
) -> Picture:
    """Lay out a record: calls of modules open down to `depth`, and so far that `max_nodes` operations are drawn.

    `opened` says of a module's name whether to open it all the same. `grads` and `terms` are gradients of nodes, and
    of their inputs by position, that the engine does not remember.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> p = picture([x * x + x])
    >>> [s.label if isinstance(s, Ellipse) else s.name or s.kind for s in p.shapes]
    ['x', '×', 'result', '+', 'output']
    >>> len(p.edges)
    6
    """
    record = record if isinstance(record, Record) else read(record)
    view, kept, early, cuts = _fitting(record, max_nodes, depth, opened)
    builder = _Builder(record, view, grads or {}, terms or {}, view.count(kept))
    if early:
        builder.block(early, "earlier", None, kept)
    builder.level(kept, None, 0)
    for root in record.roots:
        builder.box_of(root, None)  # an output may be a bare leaf
    made = builder.picture
    made.total, made.swept, made.freed, made.cuts = len(record.operations), record.swept, record.freed, cuts
    return arrange(made)


def page(record: Record, max_nodes: int, opened: Callable[[str], bool], grads: Grads, terms: Terms) -> Picture:
    """The picture with modules open as deep as a page has room for, and one deep at least."""
    made = picture(record, max_nodes, None, opened, grads, terms)
    for depth in reversed(range(1, deepest(record.items))):
        width, height = extent(made)
        if width <= PAGE[0] and height <= PAGE[1]:
            break
        made = picture(record, max_nodes, depth, opened, grads, terms)
        made.cuts.append(f"open as far as a page has room; depth={depth + 1} opens more, expand= one module by name")
    return made


def _fitting(
    record: Record, max_nodes: int, depth: int | None, opened: Callable[[str], bool]
) -> tuple[View, list[Item], list[Item], list[str]]:
    """The view in which at most `max_nodes` are drawn, what that is, what is left to one block, and remarks on it."""
    items, start, cuts = record.items, 0, []
    view = View(depth, opened)
    if view.count(items) > max_nodes:
        for level in reversed(range(deepest(items) if depth is None else depth)):
            view = View(level, opened)
            if view.count(items) <= max_nodes:
                break
        if deepest(items):
            what = "all modules are" if not view.depth else f"modules {view.depth + 1} deep and deeper are"
            cuts.append(f"{what} collapsed, to draw at most {max_nodes:,} operations")
    if view.count(items) > max_nodes:
        start, room = len(items), max_nodes
        while start and room >= (more := view.count(items[start - 1 : start])):
            room -= more
            start -= 1
        cuts.append(f"the earliest {sum(1 for _ in operations(items[:start])):,} operations are one box")
    return view, items[start:], items[:start], cuts


class _Builder:
    """Makes shapes and edges, item by item, and remembers which node has which shape."""

    def __init__(self, record: Record, view: View, grads: Grads, terms: Terms, drawn: int) -> None:
        self.picture = Picture()
        self._record, self._view, self._grads, self._terms = record, view, grads, terms
        self._rank = {node: i for i, node in enumerate(record.operations, 1)}
        self._boxes: dict[Key, Box] = {}  # where each tensor was drawn last
        self._depths: dict[Key, int] = {}  # and how many operations in a row stand above that box
        self._where = self.picture.where
        self._stands = self.picture.stands
        self._leaves, self._constants = count(1), count(1)
        self._arrows: set[tuple[str, str, str]] = set()
        self._far = FAR if drawn > MANY else drawn
        self._at = 0  # the birth of the operation that is being drawn

    # items

    def level(self, items: Sequence[Item], cluster: int | None, depth: int) -> None:
        """Draw what stands in one frame."""
        for item in self._view.parts(items):
            if isinstance(item, Node):
                self._add(item, cluster)
            elif isinstance(item, Repeat):
                self._folded(item, cluster, depth)
            elif self._view.is_open(item, depth) and item.alone:
                self._add(item.alone, cluster, item.title)
            elif self._view.is_open(item, depth):
                self.level(item.items, self._frame(item.title, cluster), depth + 1)
            else:
                self.block([item], item.title, cluster)

    def _frame(self, label: str, parent: int | None, repeat: bool = False) -> int:
        frames = self.picture.clusters
        frames.append(Cluster(label, parent, 0 if parent is None else frames[parent].depth + 1, repeat))
        return len(frames) - 1

    def _folded(self, item: Repeat, cluster: int | None, depth: int) -> None:
        first = item.items
        alone = first[0] if len(first) == 1 else None
        if isinstance(alone, Call) and not self._view.is_open(alone, depth):
            # one box for all runs: what goes from one to the next is inside
            self.block([part for run in item.runs for part in run], item.title, cluster)
            return
        title = f"{item.title}, the first is drawn{self._left_out(item)}{self._decay(item)}"
        frame = self._frame(title, cluster, True)
        if isinstance(alone, Call):
            self.level(alone.items, frame, depth + 1)  # its frame and the repeat's would say the same
        else:
            self.level(first, frame, depth)
        drawn, *later = (dict.fromkeys(operations(run)) for run in item.runs)  # in their order
        for run in later:
            for node, stand in zip(run, drawn):
                self._stands[node] = self._stands.get(stand, stand)
                self._where[node] = self._where[stand]
        for run in later:
            for node in run:
                self._join(node, run, drawn, cluster)

    def _left_out(self, item: Repeat) -> str:
        """How many parameters of a loop without modules are drawn, if each step has its own."""
        drawn, used = len(leaves_of(item.items)), len(leaves_of([item]))
        if drawn == used or next(calls(item.items), None):  # modules say by their names that each is another
            return ""
        return f" with {drawn:,} of {used:,} parameter tensors"

    def _decay(self, item: Repeat) -> str:
        """How large the gradient of what a run hands on is in the first and in the last: how it fades, or explodes.

        Of what the next run uses the largest tensors count, such as a state, and not a sum of losses beside it.
        """
        first, second, last = (list(operations(run)) for run in (item.runs[0], item.runs[1], item.runs[-1]))
        used = {maker(parent) for node in second for parent in node.inputs}
        carried = [k for k, node in enumerate(first) if node in used and not isinstance(node, Many)]
        sizes = [prod(first[k].shape) for k in carried]
        carried = [k for k, size in zip(carried, sizes) if size == max(sizes)]
        there, end = (self._sights([run[k] for k in carried]) for run in (first, last))
        if not carried or not len(there) == len(end) == len(carried):
            return ""
        norms = [number(hypot(*(sight.norm for sight in sights)), 2) for sights in (there, end)]
        return f"; |grad| of what it hands on: {norms[0]} there, {norms[1]} in the last"

    def _sights(self, nodes: Iterable[Node]) -> list[Sight]:
        """The gradients of some tensors, as far as they are known."""
        return [look(g) for node in nodes if (g := self._gradient(node)) is not None]

    def _join(self, node: Node, inside: Container[Node], stands: Container[Node], cluster: int | None) -> None:
        """Arrows to the operation that stands for `node`, from what its own run does not hold."""
        labels = self._labels(node, [i for i, parent in enumerate(node.inputs) if parent is not None])
        for position, parent in enumerate(node.inputs):
            source, label = maker(parent), labels.get(position, "")
            if source is None:  # what is this run's own is not drawn, as the run is not
                if isinstance(parent, Node) and identity(parent) in self._boxes:
                    self._edge(self._boxes[identity(parent)].key, node, position, label)
            elif source not in inside:
                loop = "loop" if self._stands.get(source, source) in stands else ""
                self._edge(self.box_of(parent, cluster), node, position, label, loop)

    def block(self, items: Sequence[Item], label: str, cluster: int | None, kept: Sequence[Item] | None = None) -> None:
        """Draw one box for `items`, and for the parameters behind it, which are counted, not drawn.

        They are those of the modules that were called, used or frozen. With `kept` they are all that `items` alone use.
        """
        made_by = [item for item in items if isinstance(item, Call)] if kept is None else list(calls(items))
        more = [] if kept is None else leaves_of(items)
        shown = set(leaves_of(kept or ()))
        modules = {id(call.module): call.module for call in made_by if hasattr(call.module, "parameters")}
        held = {id(p): p for module in modules.values() for p in module.parameters() if p._node not in shown}
        hidden = {p._node for p in held.values()}
        rest = [leaf for leaf in more if leaf not in hidden and leaf not in shown]
        hidden.update(rest)
        size = sum(p.size for p in held.values()) + sum(prod(leaf.shape) for leaf in rest)
        inside = dict.fromkeys(operations(items))  # in their order
        *_, newest = inside
        key = f"block{self._rank[newest]}"
        self._where.update(dict.fromkeys(inside, key))
        seen = self._sights(leaf for leaf in leaves_of(items) if leaf in hidden)
        norm = hypot(*(sight.norm for sight in seen)) if seen else None
        mark = next((mark for mark in WORST if any(sight.mark == mark for sight in seen)), "")
        shape = self._record.made(newest)[0].shape
        settings = made_by[0].settings if kept is None and len({call.settings for call in made_by}) == 1 else ""
        self.picture.shapes.append(Block(key, label, len(inside), settings, size, shape, norm, mark, cluster))
        for place, node in enumerate(inside):
            for position, parent in enumerate(node.inputs):
                source = maker(parent)
                if source in inside or not isinstance(parent, Node) or parent in hidden:
                    continue
                if source is None and not isinstance(parent, Leaf) and (place or position) and not parent.name:
                    continue  # a constant of its own; data comes in at the first operation
                self._edge(self.box_of(parent, cluster), node, position)
        for made in self._record.made(newest):
            if identity(made) in self._record.ends:
                self.box_of(made, None)

    # operations

    def _add(self, node: Node, cluster: int | None, module: str = "") -> None:
        """Draw one operation: before it those of its inputs that are not drawn yet, after it what it made."""
        rank = self._rank[node]
        self._at = node.birth
        key = self._where[node] = f"op{rank}"
        depth = max((self._depths.get(identity(p), 0) for p in node.inputs if isinstance(p, Node)), default=0)
        given = [i for i, parent in enumerate(node.inputs) if parent is not None and not _setting(parent)]
        sources = [self._input(node, i, f"{key}in{i + 1}", depth, cluster) for i in given]
        self.picture.shapes.append(Ellipse(key, node.op.label, told(node), cluster, node, module))
        labels = self._labels(node, given)
        kept = {owner for owner, _ in saved(node)}  # until a sweep frees it
        for source, i in zip(sources, given):
            held = isinstance(parent := node.inputs[i], Node) and identity(parent) in kept
            self._edge(source, node, i, labels[i], kept=held)
        made = self._record.made(node)
        for part in made:
            own = f"t{rank}out{part.index + 1}" if isinstance(part, Output) else f"t{rank}"
            label = f"[{part.index}]" if isinstance(part, Output) and len(made) > 1 else ""
            result = self._box(part, own, depth + 1, cluster)
            self.picture.edges.append(Edge(key, result, label, kept=identity(part) in kept))

    def _edge(
        self, source: str, node: Node, position: int, label: str = "", kind: str = "", kept: bool = False
    ) -> None:
        """An arrow to what stands for `node`; where that stands for several, one arrow of a kind is enough."""
        target = self._where[node]
        arrow = (source, target, kind or label)
        shared = target != f"op{self._rank[node]}"
        if shared and (source == target or arrow in self._arrows):
            return
        self._arrows.add(arrow)
        rule = "" if target.startswith("block") else formula(node.op, position, self._names(node))
        self.picture.edges.append(Edge(source, target, label, rule, self._terms.get((node, position)), kind, kept))

    def _labels(self, node: Node, given: Iterable[int]) -> dict[int, str]:
        """The names of a node's inputs where a reader needs them: not for a + b, of which either order means the same.

        Nor where a tensor's own name says it, as `0.weight` does, and then not of the only other input.
        """
        op = node.op
        if op.variadic or op.name in COMMUTATIVE:
            return dict.fromkeys(given, "")
        labels = {i: input_name(op, i) for i in given}
        names = self._record.names
        for i, label in labels.items():
            parent = node.inputs[i]
            if isinstance(parent, Node) and names.name(parent).rpartition(".")[2].startswith(label):
                labels[i] = ""
        unclear = [i for i, label in labels.items() if label]
        return labels if len(unclear) > 1 else dict.fromkeys(labels, "")

    def _names(self, node: Node) -> dict[str, str]:
        """What the rules call an operation's inputs, and what a reader calls them."""
        known = {}
        for rule_name, parent in zip(() if node.op.variadic else node.op.inputs, node.inputs):
            if isinstance(parent, (int, float)):
                known[rule_name] = number(parent)
            elif isinstance(parent, Node) and (name := self._record.names.name(parent)).isidentifier():
                known[rule_name] = name
        return known

    # tensors

    def _input(self, node: Node, position: int, key: str, depth: int, cluster: int | None) -> str:
        """The key of what shows an operation's input; a plain number has a box of its own, with this key."""
        value = node.inputs[position]
        if isinstance(value, Node):
            return self.box_of(value, cluster, key, depth)
        value = np.asarray(value) if isinstance(value, (list, tuple)) else value
        kind = INPUT if np.ndim(value) else CONSTANT
        dtype = getattr(value, "dtype", None)
        box = Box(key, kind, "", np.shape(value), dtype, plain(node, position), value, cluster=cluster)
        self.picture.shapes.append(box)
        return key

    def box_of(self, source: Node, cluster: int | None, key: str = "", depth: int = 0) -> str:
        """The key of what shows a tensor, drawn now if there is nothing near; `key` is for a reminder of it."""
        same, made = identity(source), maker(source)
        if same not in self._boxes and made is not None:
            if same in self._record.ends and made in self._where:  # made behind a block, or in a later run of a repeat
                result = self._box(source, f"t{self._rank[made]}", depth, cluster)
                self.picture.edges.append(Edge(self._where[made], result))
                return result
            made = self._stands.get(made, made)  # of a later run: the first stands
            same = (made, source.index) if isinstance(source, Output) else made
        known = self._boxes.get(same)
        if known is not None:
            if depth - self._depths[same] <= self._far:
                return known.key
            # a reminder beside its use reads better than an arrow over many pages
            value = None if known.name else known.value
            again = replace(known, key=key, value=value, grad=None, note="drawn earlier", cluster=cluster)
            return self._put(source, again, depth)
        if made is not None:
            return self._where[made]
        own = f"leaf{next(self._leaves)}" if isinstance(source, Leaf) else f"const{next(self._constants)}"
        return self._box(source, own, depth, cluster)

    def _box(self, node: Node, key: str, depth: int, cluster: int | None) -> str:
        """Draw a tensor: in its frame, but for what comes from outside or goes there."""
        kind, name = self._record.kind(node), self._record.names.name(node)
        same, value = identity(node), present(node)
        if value is None:
            value = self._record.values.get(same, node.value)
        note = "written since" if isinstance(node, Leaf) and 0 < self._at < node.written else ""
        inside = cluster if kind in (PARAMETER, RESULT) else None
        box = Box(key, kind, name, node.shape, node.dtype, same, value, self._gradient(node), note, inside)
        return self._put(node, box, depth)

    def _put(self, node: Node, box: Box, depth: int) -> str:
        self.picture.shapes.append(box)
        self._boxes[identity(node)] = box
        self._depths[identity(node)] = depth
        return box.key

    def _gradient(self, node: Node) -> Shown | None:
        """What arrived at a node, as `.grad` shows it: a leaf's own after backward, else what is known of the sweep."""
        grad: Shown | None = node.grad._array if isinstance(node.grad, Tensor) else node.grad
        if isinstance(node, Leaf) and (self._record.swept or node not in self._grads):
            return grad
        known = self._grads.get(node, grad)
        if isinstance(known, Sight):
            return known if known.array is None else replace(known, array=turned(known.array))
        return known if known is None or (known is grad and node.retained) else turned(known)


def told(node: Node) -> dict[str, object]:
    """The parameters of a call that say more than the operation's own defaults do."""
    usual = node.op.defaults
    listed = {n: p for n, p in zip(node.op.inputs, node.inputs) if _setting(p) and not node.op.variadic}
    return listed | {n: v for n, v in node.params.items() if n not in usual or not _usual(v, usual[n])}


def _usual(value: object, default: object) -> bool:
    """Whether a parameter is at its default; (1, 1) is if that is 1, for each axis."""
    each = value if isinstance(value, tuple) and value and not isinstance(default, tuple) else (value,)
    return all(_equal(part, default) for part in each)


def _setting(given: object) -> bool:
    """Whether an input is rather a parameter, as a shape is."""
    return isinstance(given, (list, tuple)) and all(isinstance(part, int) for part in given)


def _equal(a: object, b: object) -> bool:
    return a is b or (not isinstance(a, np.ndarray) and type(a) is type(b) and bool(a == b))
