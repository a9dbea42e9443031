"""From the engine's record to a picture: every operation and tensor, or what stands for it, with its place.

Two graphs that were computed alike give equal pictures. So keys are counted, operations in the order they were
recorded and leaves in the order of their first use; they are never birth numbers, which differ from run to run.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from math import hypot, prod
from typing import Any

import numpy as np

from ..engine.node import Leaf, Many, Node, Output
from ..engine.tensor import Tensor
from .formula import formula, input_name
from .picture import (
    CONSTANT,
    INPUT,
    OUTPUT,
    PARAMETER,
    RESULT,
    Block,
    Box,
    Cluster,
    Edge,
    Ellipse,
    Picture,
)
from .record import Record, identity, read, recall, saved
from .sight import look
from .structure import (
    Call,
    Item,
    Repeat,
    View,
    calls,
    deepest,
    leaves_of,
    maker,
    operations,
)
from .text import number

# In a drawing of more than MANY operations an arrow passes at most FAR of them: the time for the layout grows with
# the length of all arrows, and a weight that is used in a hundred time steps would take minutes.
MANY, FAR = 100, 20
WORST = ("nan", "inf", "exploding", "zero")  # of several marks a block bears the first
COMMUTATIVE = frozenset(("add", "multiply", "maximum", "minimum", "logaddexp", "hypot"))


def picture(
    record: Record | Sequence[Tensor],
    max_nodes: int = 400,
    depth: int | None = None,
    opened: Callable[[str], bool] = lambda name: False,
    grads: dict[Node, Any] | None = None,
    terms: dict[tuple[Node, int], Any] | None = None,
) -> Picture:
    """Lay out a record: calls of modules open down to `depth`, and so far that `max_nodes` operations are drawn.

    `opened` says of a module's name whether to open it all the same. `grads` and `terms` are gradients of nodes, and
    of their inputs by position, that the engine does not remember.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> p = picture([x * x + x])
    >>> [s.label if isinstance(s, Ellipse) else s.name or s.kind for s in p.shapes]
    ['x', '×', 'result', '+', 'output']
    >>> len([e for e in p.edges if e.kind != "saved"])
    6
    """
    if not isinstance(record, Record):
        record = read(record)
    view, kept, early, cuts = _fitting(record, max_nodes, depth, opened)
    builder = _Builder(record, view, grads or {}, terms or {}, view.count(kept))
    if early:
        builder.early(early, kept)
    builder.level(kept, None, 0)
    for root in record.roots:
        builder.box_of(root, None)  # an output may be a bare leaf
    made = builder.picture
    made.total, made.swept, made.freed, made.cuts = len(record.operations), record.swept, record.freed, cuts
    return made


def _fitting(
    record: Record, max_nodes: int, depth: int | None, opened: Callable[[str], bool]
) -> tuple[View, list[Item], list[Item], list[str]]:
    """The view in which at most `max_nodes` are drawn, what that is, what is left to one block, and remarks on it."""
    view = View(depth, opened)
    cuts: list[str] = []
    if view.count(record.items) > max_nodes:
        most = deepest(record.items) if depth is None else depth
        for level in range(most - 1, -1, -1):
            view = View(level, opened)
            if view.count(record.items) <= max_nodes:
                break
        if deepest(record.items):
            what = "all modules are" if not view.depth else f"modules {view.depth + 1} deep and deeper are"
            cuts.append(f"{what} collapsed, to draw at most {max_nodes:,} operations")
    kept, room = record.items, max_nodes
    if view.count(kept) > max_nodes:
        start = len(kept)
        while start and room >= (more := view.count(kept[start - 1 : start])):
            room -= more
            start -= 1
        cuts.append(f"the earliest {sum(1 for _ in operations(kept[:start])):,} operations are one box")
        return view, kept[start:], kept[:start], cuts
    return view, kept, [], cuts


class _Builder:
    """Makes shapes and edges, item by item, and remembers which node has which shape."""

    def __init__(self, record: Record, view: View, grads: Any, terms: Any, drawn: int) -> None:
        self.picture = Picture()
        self._record = record
        self._view = view
        self._grads = grads
        self._terms = terms
        self._rank = {node: i for i, node in enumerate(record.operations, 1)}
        self._boxes: dict[Any, Box] = {}  # where each tensor was drawn last
        self._depths: dict[Any, int] = {}  # and how many operations in a row stand above that box
        self._blocks: dict[Node, str] = {}  # the block that an operation is behind
        self._stands = self.picture.stands
        self._counts: dict[str, int] = {}
        self._arrows: set[tuple[str, str, str]] = set()
        self._values = recall(record)
        self._outputs = {identity(root) for root in record.roots}
        self._far = FAR if drawn > MANY else drawn
        self._at = 0  # the birth of the operation that is being drawn

    # items

    def level(self, items: Sequence[Item], cluster: int | None, depth: int) -> None:
        """Draw what stands in one frame."""
        for item in items:
            if isinstance(item, Node):
                self.add(item, cluster)
            elif isinstance(item, Repeat):
                self._repeat(item, cluster, depth)
            elif self._view.is_open(item, depth):
                self.level(item.items, self._frame(item.title, cluster), depth + 1)
            else:
                self._block([item], item.title, cluster, self._own([item], [item]))

    def early(self, items: Sequence[Item], kept: Sequence[Item]) -> None:
        """Leave `items` to one box, and what they alone use."""
        used = set(leaves_of(kept))
        self._block(items, "earlier", None, self._own(items, calls(items), used, leaves_of(items)))

    def _frame(self, label: str, parent: int | None, repeat: bool = False) -> int:
        frames = self.picture.clusters
        frames.append(Cluster(label, parent, 0 if parent is None else frames[parent].depth + 1, repeat))
        return len(frames) - 1

    def _repeat(self, item: Repeat, cluster: int | None, depth: int) -> None:
        for part in self._view.parts(item):
            if isinstance(part, Repeat):
                self._folded(part, cluster, depth)
            else:
                self.level([part], cluster, depth)

    def _folded(self, item: Repeat, cluster: int | None, depth: int) -> None:
        first = item.items
        alone = first[0] if len(first) == 1 else None
        if isinstance(alone, Call) and not self._view.is_open(alone, depth):
            # one box for all runs: what goes from one to the next is inside
            runs = [i for run in item.runs for i in run]
            self._block(runs, item.title, cluster, self._own(runs, [i for i in runs if isinstance(i, Call)]))
            return
        title = f"{item.title}, the first is drawn{self._left_out(item)}{self._decay(item)}"
        frame = self._frame(title, cluster, True)
        if isinstance(alone, Call):
            self.level(alone.items, frame, depth + 1)  # its frame and the repeat's would say the same
        else:
            self.level(first, frame, depth)
        drawn = list(operations(first))
        for run in item.runs[1:]:
            for node, stand in zip(operations(run), drawn):
                stand = self._stands.get(stand, stand)
                self._stands[node] = stand
                self.picture.where[node] = self._blocks.get(stand) or f"op{self._rank[stand]}"
        stands = set(drawn)
        for run in item.runs[1:]:
            inside = dict.fromkeys(operations(run))  # in their order
            for node in inside:
                self._join(node, inside, stands, cluster)

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
        known = [[self._gradient(run[k]) for k in carried] for run in (first, last)]
        if not carried or any(g is None for grads in known for g in grads):
            return ""
        there, end = (number(hypot(*(look(g).norm for g in grads)), 2) for grads in known)
        return f"; |grad| of what it hands on: {there} there, {end} in the last"

    def _join(self, node: Node, inside: Container[Node], stands: Container[Node], cluster: int | None) -> None:
        """Arrows to the operation that stands for `node`, from what its own run does not hold."""
        target = self.picture.where[node]
        for position, (parent, label) in enumerate(zip(node.inputs, _input_names(node))):
            source = maker(parent)
            if source is None:
                shared = self._boxes.get(identity(parent)) if isinstance(parent, Node) else None
                if shared is not None:  # what is this run's own is not drawn, as the run is not
                    self._edge(shared.key, target, label, node, position)
            elif source not in inside:
                loop = "loop" if self._stands.get(source, source) in stands else ""
                self._edge(self.box_of(parent, cluster), target, label, node, position, loop)

    def _block(self, items: Sequence[Item], label: str, cluster: int | None, owned: tuple[list[Leaf], int]) -> None:
        own, size = owned
        inside = list(operations(items))
        newest = inside[-1]
        key = f"block{self._rank[newest]}"
        for node in inside:
            self._blocks[node] = key
            self.picture.where[node] = key
        seen = [look(g) for leaf in own if (g := self._gradient(leaf)) is not None]
        norm = hypot(*(sight.norm for sight in seen)) if seen else None
        marks = {sight.mark for sight in seen}
        mark = next((mark for mark in WORST if mark in marks), "")
        shape = self._record.parts[newest][0].shape if isinstance(newest, Many) else newest.shape
        self.picture.shapes.append(Block(key, label, len(inside), size, shape, norm, mark, cluster))
        hidden, members = set(own), set(inside)
        entry = True
        for node in inside:
            for position, parent in enumerate(node.inputs):
                source = maker(parent)
                if source in members or not isinstance(parent, Node) or parent in hidden:
                    continue
                if source is None and not isinstance(parent, Leaf) and not ((entry and position == 0) or parent.name):
                    continue  # a constant of its own; data comes in at the first operation
                self._edge(self.box_of(parent, cluster), key, "", node, position)
            entry = False
        self._edge_out(key, newest)

    def _edge_out(self, key: str, newest: Node) -> None:
        for part in (newest, *self._record.parts.get(newest, ())):
            if identity(part) in self._outputs:
                self.box_of(part, None)

    def _own(
        self, items: Sequence[Item], made_by: Iterable[Call], shown: Container[Any] = (), more: Sequence[Leaf] = ()
    ) -> tuple[list[Leaf], int]:
        """The parameters behind a block, which are counted, not drawn: as leaves, and how many elements they have.

        They are those of the modules that were called, used or frozen, and `more`, but for what is `shown` elsewhere.
        """
        modules = {id(call.module): call.module for call in made_by if hasattr(call.module, "parameters")}
        held = {id(p): p for module in modules.values() for p in module.parameters() if p._node not in shown}
        below = {p._node for p in held.values()}
        rest = [leaf for leaf in more if leaf not in below and leaf not in shown]
        below.update(rest)
        size = sum(p.size for p in held.values()) + sum(prod(leaf.shape) for leaf in rest)
        return [leaf for leaf in leaves_of(items) if leaf in below], size

    # operations

    def add(self, node: Node, cluster: int | None) -> None:
        """Draw one operation: before it those of its inputs that are not drawn yet, after it what it made."""
        rank = self._rank[node]
        self._at = node.birth
        key, made = f"op{rank}", f"t{rank}"
        depth = max((self._depths.get(identity(p), 0) for p in node.inputs if isinstance(p, Node)), default=0)
        names = _input_names(node)
        given = [(i, p) for i, p in enumerate(node.inputs) if p is not None]
        sources = [self.box_of(parent, cluster, f"{key}in{i + 1}", depth) for i, parent in given]
        self.picture.where[node] = key
        self.picture.shapes.append(Ellipse(key, node.op.label, told(node), cluster, node))
        for source, (i, _) in zip(sources, given):
            self._edge(source, key, names[i], node, i)
        if not isinstance(node, Many):
            self.picture.edges.append(Edge(key, self._result(node, made, depth + 1, cluster)))
        else:
            parts = {part.index: part for part in self._record.parts[node]}
            for index, part in parts.items():
                result = self._result(part, f"{made}out{index + 1}", depth + 1, cluster)
                self.picture.edges.append(Edge(key, result, f"[{index}]" if len(parts) > 1 else ""))
        self._keep(node, key)

    def _edge(self, source: str, target: str, label: str, node: Node, position: int, kind: str = "") -> None:
        """An arrow to what stands for `node`; where that stands for several, one arrow of a kind is enough."""
        arrow = (source, target, kind or label)
        shared = self.picture.where[node] != f"op{self._rank[node]}"
        if shared and (source == target or arrow in self._arrows):
            return
        self._arrows.add(arrow)
        rule = formula(node.op, position, self._names(node)) if not target.startswith("block") else ""
        self.picture.edges.append(Edge(source, target, label, rule, self._terms.get((node, position)), kind))

    def _names(self, node: Node) -> dict[str, str]:
        """What the rules call an operation's inputs, and what a reader calls them."""
        op, known = node.op, {}
        for i, parent in enumerate(node.inputs):
            if op.variadic:
                break
            name = self._record.names.name(parent) if isinstance(parent, Node) else ""
            value = parent if isinstance(parent, (int, float)) else None
            if name.isidentifier():
                known[op.inputs[i]] = name
            elif value is not None:
                known[op.inputs[i]] = number(value)
        return known

    def _keep(self, node: Node, key: str) -> None:
        """Arrows to what the operation keeps for its rules until a sweep frees it."""
        kept = dict.fromkeys(self._boxes[owner].key for owner, _ in saved(node) if owner in self._boxes)
        self.picture.edges += [Edge(key, box, kind="saved") for box in kept]

    # tensors

    def box_of(self, source: Any, cluster: int | None, key: str = "", depth: int = 0) -> str:
        """The key of what shows an operation's input, drawn now if it has none near; `key` is for one of its own."""
        if not isinstance(source, Node):
            value = np.asarray(source) if isinstance(source, (list, tuple)) else source
            kind = INPUT if np.ndim(value) else CONSTANT
            box = Box(key, kind, "", np.shape(value), getattr(value, "dtype", None), value, cluster=cluster)
            self.picture.shapes.append(box)
            return key
        same = identity(source)
        made = maker(source)
        if made is not None and same in self._outputs and same not in self._boxes and made in self.picture.where:
            # made behind a block, or in a later run of a repeat
            result = self._result(source, f"t{self._rank[made]}", depth, cluster)
            self.picture.edges.append(Edge(self.picture.where[made], result))
            return result
        if made is not None and made in self._stands and same not in self._boxes:  # of a later run: the first stands
            stand = self._stands[made]
            same = (stand, source.index) if isinstance(source, Output) else stand
            if same not in self._boxes and stand in self._blocks:
                return self._blocks[stand]
        known = self._boxes.get(same)
        if known is not None and depth - self._depths[same] <= self._far:
            return known.key
        if known is not None:  # a reminder beside its use reads better than an arrow over many pages
            value = None if known.name else known.value
            return self._box(
                source, replace(known, key=key, value=value, grad=None, note="drawn earlier", cluster=cluster), depth
            )
        if source.op is None:
            return self._leaf(source, depth, cluster)
        return self._blocks[source.inputs[0] if isinstance(source, Output) else source]

    def _leaf(self, node: Node, depth: int, cluster: int | None) -> str:
        trained = isinstance(node, Leaf)
        kind = PARAMETER if trained else INPUT if node.shape or node.name else CONSTANT
        tensor = node.handle() if isinstance(node, Leaf) and node.handle is not None else None
        if tensor is not None and tensor._node is node:
            value = tensor._data
        else:
            value = self._values.get(node, node.value)
        stale = isinstance(node, Leaf) and 0 < self._at < node.written
        key = self._count("leaf" if trained else "const")
        return self._new(node, key, kind, value, "written since" if stale else "", depth, cluster if trained else None)

    def _result(self, node: Node, key: str, depth: int, cluster: int | None, note: str = "") -> str:
        same = identity(node)
        kind = OUTPUT if same in self._outputs else RESULT
        value = node.value if node.value is not None else self._values.get(same)
        return self._new(node, key, kind, value, note, depth, None if kind == OUTPUT else cluster)

    def _new(self, node: Node, key: str, kind: str, value: Any, note: str, depth: int, cluster: int | None) -> str:
        name = self._record.names.name(node)
        return self._box(
            node,
            Box(key, kind, name, node.shape, node.dtype, value, self._gradient(node), note, cluster, node),
            depth,
        )

    def _gradient(self, node: Node) -> Any:
        """What arrived at a node: a leaf's own `.grad` after backward, else what is known of the sweep."""
        grad = node.grad._data if isinstance(node.grad, Tensor) else node.grad
        if isinstance(node, Leaf) and (self._record.swept or node not in self._grads):
            return grad
        return self._grads.get(node, grad)

    def _box(self, node: Node, box: Box, depth: int) -> str:
        self.picture.shapes.append(box)
        self._boxes[identity(node)] = box
        self._depths[identity(node)] = depth
        return box.key

    def _count(self, prefix: str) -> str:
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}{self._counts[prefix]}"


def told(node: Node) -> dict[str, Any]:
    """The parameters of a call that say more than the operation's own defaults do."""
    usual = node.op.defaults
    return {n: v for n, v in node.params.items() if n not in usual or not _equal(v, usual[n])}


def _equal(a: Any, b: Any) -> bool:
    return a is b or (not isinstance(a, np.ndarray) and type(a) is type(b) and bool(a == b))


def _input_names(node: Node) -> list[str]:
    """The names of a node's inputs where a reader needs them; for a + b either order means the same."""
    op, count = node.op, len(node.inputs)
    if count < 2 or op.variadic or op.name in COMMUTATIVE:
        return [""] * count
    return [input_name(op, i) for i in range(count)]
