"""The shape of a record above single operations: which module call made what, and what is the same over and over.

The record is a list of operations in the order they were made. Here it becomes a tree: a `Call` holds what one call
of a module made, a `Repeat` the runs of something done several times with the same wiring, such as the blocks of a
transformer or the time steps of a recurrent loop.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import inf
from typing import Any

import numpy as np

from ..engine.node import Leaf, Node, Output
from ..engine.sweep import sweeps
from ..engine.types import Array
from ..watch.modules import Scope, nested, outermost
from .text import call as call_text

RUNS = 2  # from so many on, equal module calls are folded
LOOP, SMALL = 4, 30  # and, in a record of more than SMALL operations, so many steps of a loop without modules
LONGEST = 64  # the longest step that is looked for


@dataclass(slots=True, eq=False)
class Call:
    """What one call of a module made. `name` is its path in the model, `kind` its class, `module` itself or None."""

    name: str
    kind: str
    module: Any
    items: list[Item] = field(default_factory=list)

    @property
    def alone(self) -> Node | None:
        """The operation that it consists of, if it is a single one."""
        return self.items[0] if len(self.items) == 1 and isinstance(self.items[0], Node) else None

    @property
    def settings(self) -> str:
        """What its layer was made with, such as the size of a kernel."""
        return self.module.extra_repr() if hasattr(self.module, "extra_repr") else ""

    @property
    def title(self) -> str:
        """The words over its cluster."""
        return self.kind if self.name in ("", self.kind) else f"{self.name}: {self.kind}"


@dataclass(slots=True, eq=False)
class Repeat:
    """Runs with the same operations and wiring; the first is drawn and stands for all."""

    runs: list[list[Item]]

    @property
    def items(self) -> list[Item]:
        """The run that is drawn."""
        return self.runs[0]

    @property
    def title(self) -> str:
        """The words over its cluster, such as `blocks.0 … blocks.11: Block × 12`."""
        firsts, lasts = ([i for i in run if isinstance(i, Call)] for run in (self.runs[0], self.runs[-1]))
        times = f"× {len(self.runs):,}"
        if not firsts:
            return times
        first, last = firsts[0].name, lasts[-1].name
        path = first if first == last else f"{first} … {last}"
        kind = ", ".join(call.kind for call in firsts) if len(self.items) == 1 or not first else ""
        return f"{': '.join(word for word in (path, kind) if word)} {times}"


Item = Node | Call | Repeat


def walk(items: Iterable[Item]) -> Iterator[Item]:
    """Every item inside `items`, in every run of a repeat, each before its parts; iterative: any nesting will do."""
    stack = list(items)[::-1]
    while stack:
        item = stack.pop()
        yield item
        if isinstance(item, Call):
            stack += item.items[::-1]
        elif isinstance(item, Repeat):
            stack += [part for run in item.runs for part in run][::-1]


def operations(items: Iterable[Item]) -> Iterator[Node]:
    """All operations inside `items`, in their order."""
    return (item for item in walk(items) if isinstance(item, Node))


def calls(items: Iterable[Item]) -> Iterator[Call]:
    """All calls inside `items`; each before those inside it."""
    return (item for item in walk(items) if isinstance(item, Call))


# -- names ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Names:
    """Paths of modules and names of leaves, as far as the modules that were called are still alive."""

    modules: dict[int, str] = field(default_factory=dict)
    leaves: dict[Node, str] = field(default_factory=dict)  # and of results, where a line of the program gives one

    def name(self, node: Node) -> str:
        """The name that the user gave to a tensor, else its name in the model, else none."""
        return node.name or self.leaves.get(node, "")

    def add(self, model: Any, prefix: str = "") -> None:
        """Note the names below `model`, after `prefix`; what already has one keeps it.

        Duck-typed: nothing here imports layers.
        """
        if not _is_model(model):
            raise TypeError(f"model is a {type(model).__name__}; give the nn.Module that was called, for its names")
        for path, module in model.named_modules():
            self.modules.setdefault(id(module), f"{prefix}.{path}".strip("."))
        for path, tensor in model.named_parameters():
            if tensor._node is not None:
                self.leaves.setdefault(tensor._node, f"{prefix}.{path}".strip("."))


def _is_model(module: object) -> bool:
    return hasattr(module, "named_modules") and hasattr(module, "named_parameters")


def scopes_of(nodes: Iterable[Node]) -> list[Scope]:
    """The module calls that were noted on `nodes` and the sweeps that recorded some of them, outermost first."""
    nodes = list(nodes)
    found = {(s.first, s.last): s for node in nodes for s in node.__dict__.get("scopes", ())}
    births = sorted(node.birth for node in nodes)
    swept = [sweep for sweep in tuple(sweeps) if bisect(births, sweep[0]) < bisect(births, sweep[1])]
    for first, last, what in swept:
        if not any(start < first and last < end for start, end, _ in swept):  # else it was a part of a rule
            found[first, last] = Scope(first, last, lambda: None, f"derivative of {what}".removesuffix(" of "))
    return nested(found.values())


def names_of(scopes: Sequence[Scope], model: Any = None) -> Names:
    """Names from `model` if it is given, and else from the outermost modules that were called.

    Where parts of several models would have the same name it begins with the class of the model, and if that is the
    same, too, with a number: `Generator.0.weight`, `Linear_2.bias`.
    """
    names = Names()
    if model is not None:
        names.add(model)
    roots = [model] if model is not None else []
    roots += [module for module in _outermost(scopes) if id(module) not in names.modules]
    paths = [{path for path, _ in (*r.named_modules(), *r.named_parameters()) if path} for r in roots]
    times = Counter(path for own in paths for path in own)
    kinds: Counter[str] = Counter()
    for root, own in zip(roots, paths):
        prefix = ""
        if root is not model and any(times[path] > 1 for path in own):
            kind = type(root).__name__
            kinds[kind] += 1
            prefix = f"{kind}_{kinds[kind]}" if kinds[kind] > 1 else kind
        names.add(root, prefix)
    return names


def _outermost(scopes: Sequence[Scope]) -> list[Any]:
    """The modules, each once, that were called by no other and are in no other of these, in the order of the calls."""
    called = {id(module): module for scope in outermost(scopes) if _is_model(module := scope.module())}
    holders = Counter(below for module in called.values() for below in {id(m) for _, m in module.named_modules()})
    return [module for key, module in called.items() if holders[key] == 1]  # held by itself alone


# -- the tree ------------------------------------------------------------------------------------------


def tree(nodes: Sequence[Node], scopes: Sequence[Scope], names: Names) -> list[Item]:
    """Operations, oldest first, sorted into the calls that made them, by when they were made.

    A record does not say which thread made an operation: what another thread makes while a module's forward runs, and
    that ends in the same record, is sorted into the call of that module.
    """
    top: list[Item] = []
    open_calls: list[tuple[float, list[Item]]] = [(inf, top)]  # each with the last birth inside it
    waiting = list(reversed(scopes))
    for node in nodes:
        while open_calls[-1][0] < node.birth:
            open_calls.pop()
        while waiting and waiting[-1].first < node.birth:
            scope = waiting.pop()
            if scope.last < node.birth:
                continue  # nothing of it is left in this record
            module, (last, items) = scope.module(), open_calls[-1]
            call = Call(names.modules.get(id(module), ""), scope.kind, module)
            items.append(call)
            # calls of another thread may overlap without being nested: cut them to fit
            open_calls.append((min(scope.last, last), call.items))
        open_calls[-1][1].append(node)
    return top


# -- repeats -------------------------------------------------------------------------------------------


def fold(items: list[Item], total: int) -> list[Item]:
    """The same list with runs of the same thing, of the same wiring, as one Repeat each; inside calls as well."""
    return _Folder(total).visit(items)


def maker(source: object) -> Node | None:
    """The operation that made an input; None for leaves, constants and numbers."""
    if isinstance(source, Output):
        source = source.inputs[0]
    return source if isinstance(source, Node) and source.op is not None else None


class _Folder:
    """Folds level by level, the innermost first; remembers what each item looks like."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.known: dict[tuple[object, ...], int] = {}
        self.looks: dict[Item, int] = {}

    def visit(self, level: list[Item]) -> list[Item]:
        for item in level:
            if isinstance(item, Call):
                item.items = self.visit(item.items)
        return self.folded(level, np.array([self.look(item) for item in level]))

    def look(self, item: Item) -> int:
        """A number for what an item looks like: equal for equal operations on equal shapes, or calls of such."""
        found = self.looks.get(item)
        if found is None:
            if isinstance(item, Node):
                given = tuple(None if p is None else getattr(p, "shape", ()) for p in item.inputs)
                # not which part an index took: that is what differs from step to step
                params = "" if "index" in item.params else call_text(item.params)
                key: tuple[object, ...] = (item.op.name, item.shape, item.dtype, given, params)
            elif isinstance(item, Call):
                key = (item.kind, *map(self.look, item.items))
            else:
                key = ("×", len(item.runs), *map(self.look, item.items))
            found = self.looks[item] = self.known.setdefault(key, len(self.known))
        return found

    def folded(self, level: list[Item], looks: Array) -> list[Item]:
        """From the front on, of all repeats that begin at an item the one that covers most, in the shortest steps."""
        n = len(level)
        calls = np.array([isinstance(item, Call) for item in level])
        loops = self.total > SMALL  # whether a loop without modules is folded
        covers, steps = np.zeros(n, int), np.zeros(n, int)
        wires = None
        for period in range(1, min(LONGEST, n // (RUNS if calls.any() else LOOP)) + 1):
            same = looks[:-period] == looks[period:]
            if not (loops or calls.any()) or _longest(same) < period * (RUNS - 1):
                continue
            wires = wires or _Wires(level)
            called = _covered(n, np.flatnonzero(calls) - period + 1, np.flatnonzero(calls))
            runs = wires.runs(same, period, called)
            covered = np.where(runs >= np.where(called, RUNS, LOOP), runs * period, 0)
            covered[~(called | loops)] = 0
            steps[covered > covers] = period
            covers = np.maximum(covers, covered)
        made: list[Item] = []
        i = 0
        for start in np.flatnonzero(covers).tolist():
            if start >= i:  # else inside the one before
                made += level[i:start]
                i, step = start + int(covers[start]), int(steps[start])
                made.append(Repeat([level[k : k + step] for k in range(start, i, step)]))
        return made + level[i:]


OTHER, LEAF, MADE = 0, 1, 2  # what an input is: a constant or number, a leaf, the result of an operation
FAR = -(1 << 40)  # the item that made what no item of a level made


class _Wires:
    """The inputs of all operations on one level as arrays, one entry per input, in the order of the record."""

    def __init__(self, level: list[Item]) -> None:
        places: dict[Node | None, tuple[int, int]] = {}
        inputs: list[tuple[int, int, int, int]] = []
        first = [0]
        for i, item in enumerate(level):
            for node in operations((item,)):
                place = len(places)
                places[node] = place, i
                for parent in node.inputs:
                    source = maker(parent)
                    back, by = places.get(source, (place, FAR))
                    kind = LEAF if isinstance(parent, Leaf) else MADE if source is not None else OTHER
                    inputs.append((i, by, place - back, kind))
            first.append(len(inputs))
        self.size, self.first = len(level), np.array(first)
        self.owner, self.made_by, self.distance, self.kind = np.array(inputs, int).reshape(-1, 4).T.copy()

    def runs(self, same: Array, period: int, called: Array) -> Array:
        """For each item: how many runs of `period` items begin there, all alike and wired as the first is.

        Each but the first must have its leaves where the one before has them; what the first is given may be a leaf
        or a constant where the later ones go on from a result of the run before. Runs of single operations, not
        `called`, are counted only as far as each uses what the one before made, as in a loop.
        """
        n, places = self.size, np.arange(self.size)
        item, by = self.owner, self.made_by
        pairs = np.flatnonzero(np.append(same, np.zeros(period, bool))[item])
        item, by, distance, kind = item[pairs], by[pairs], self.distance[pairs], self.kind[pairs]
        later = pairs + self.first[item + period] - self.first[item]  # the same input of the run after
        next_by, next_kind = self.made_by[later] - period, self.kind[later]
        # wired differently, which tells only in runs that hold what made either
        bad = distance != self.distance[later]
        near = np.maximum(by, next_by)[bad]
        unlike = np.flatnonzero(~same)
        low = np.concatenate([item[bad], unlike]) - period + 1
        high = np.concatenate([np.minimum(item[bad], near), unlike])
        changed = item[kind != next_kind]
        # what goes on from a result goes on from one of the run before
        since = np.where(next_kind == MADE, next_by + period + 1, 0)[kind != next_kind]
        alike = places < n - 2 * period + 1
        alike &= ~_covered(n, np.append(low, np.maximum(since, changed - period + 1)), np.append(high, changed))
        goes_on = self.owner - self.made_by < 2 * period
        use, source = self.owner[goes_on], self.made_by[goes_on]
        alike &= called | _covered(
            n, np.maximum(source - period, use - 2 * period) + 1, np.minimum(source, use - period)
        )
        begun = item[kind != next_kind]
        further = _in_a_row(alike & ~_covered(n, begun - period + 1, begun), period)
        return np.where(alike, 2 + np.append(further, np.zeros(period, int))[period:], 1)


def _longest(flags: Array) -> int:
    """The length of the longest stretch of true values."""
    ends = np.flatnonzero(np.concatenate([[True], ~flags, [True]]))
    return int(np.diff(ends).max()) - 1


def _covered(n: int, low: Array, high: Array) -> Array:
    """Which of `n` places lie in one of the intervals, each from a low to a high; those that end first are empty."""
    low = np.maximum(low, 0)
    some = high >= low
    steps = np.bincount(low[some], minlength=n + 1) - np.bincount(high[some] + 1, minlength=n + 1)
    return np.cumsum(steps[:n]) > 0


def _in_a_row(flags: Array, period: int) -> Array:
    """For each place: how many flags are true from there on, in steps of `period`."""
    rows = -(-len(flags) // period)
    table = np.append(flags, np.zeros(rows * period - len(flags), bool)).reshape(rows, period)
    ends = np.where(table, rows, np.arange(rows)[:, None])
    return (np.minimum.accumulate(ends[::-1])[::-1] - np.arange(rows)[:, None]).ravel()[: len(flags)]


# -- what is open --------------------------------------------------------------------------------------


@dataclass(slots=True)
class View:
    """How much of the tree is open: calls down to `depth`, and those `opened` says by name, with what holds them."""

    depth: int | None
    opened: Callable[[str], bool]

    def is_open(self, call: Call, level: int) -> bool:
        """Whether the parts of `call`, inside `level` others, are drawn."""
        return self.depth is None or level < self.depth or any(map(self._named, calls((call,))))

    def _named(self, call: Call) -> bool:
        return bool(call.name and self.opened(call.name))

    def parts(self, items: Iterable[Item]) -> Iterator[Item]:
        """`items`, repeats in pieces: runs in a row of which the same is opened stay one, a run alone is as it is."""
        for item in items:
            if not isinstance(item, Repeat):
                yield item
                continue
            for _, runs in groupby(item.runs, lambda run: [self._named(call) for call in calls(run)]):
                alike = list(runs)
                yield from [Repeat(alike)] if len(alike) > 1 else self.parts(alike[0])

    def count(self, items: Sequence[Item], level: int = 0) -> int:
        """How many ellipses and boxes stand for `items`."""
        total = 0
        for item in self.parts(items):
            if isinstance(item, Call) and self.is_open(item, level):
                total += self.count(item.items, level + 1)
            else:
                total += self.count(item.items, level) if isinstance(item, Repeat) else 1
        return total


def deepest(items: Sequence[Item]) -> int:
    """How many calls are nested at most.

    >>> deepest([Call("", "Net", None, [Call("0", "Linear", None)])])
    2
    """
    return max((deepest(i.items) + isinstance(i, Call) for i in items if not isinstance(i, Node)), default=0)


def leaves_of(items: Iterable[Item]) -> list[Leaf]:
    """The leaves that the operations inside `items` use, each once."""
    found = (p for node in operations(items) for p in node.inputs if isinstance(p, Leaf))
    return list(dict.fromkeys(found))
