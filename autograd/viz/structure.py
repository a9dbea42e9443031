"""The shape of a record above single operations: which module call made what, and what is the same over and over.

The record is a list of operations in the order they were made. Here it becomes a tree: a `Call` holds what one call
of a module made, a `Repeat` the runs of something done several times with the same wiring, such as the blocks of a
transformer or the time steps of a recurrent loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..node import Leaf, Node, Output
from ..scope import Scope
from .text import call as call_text

RUNS = 3  # from so many on, equal module calls are folded
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
    def title(self) -> str:
        """The words over its cluster."""
        return f"{self.name}: {self.kind}" if self.name else self.kind


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


def operations(items: Iterable[Item]) -> Iterator[Node]:
    """All operations inside `items`, in their order; iterative, so that any nesting will do."""
    stack = [iter(items)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif isinstance(item, Node):
            yield item
        else:
            stack.append(iter(item.items) if isinstance(item, Call) else (i for run in item.runs for i in run))


# -- names ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Names:
    """Paths of modules and names of leaves, as far as the modules that were called are still alive."""

    modules: dict[int, str] = field(default_factory=dict)
    leaves: dict[Node, str] = field(default_factory=dict)

    def name(self, node: Node) -> str:
        """The name that the user gave to a tensor, else its name in the model, else none."""
        return node.name or self.leaves.get(node, "")

    def add(self, model: Any) -> None:
        """Note the names below `model`; what already has one keeps it. Duck-typed: nothing here imports layers."""
        if not (hasattr(model, "named_modules") and hasattr(model, "named_parameters")):
            raise TypeError(f"model is a {type(model).__name__}; give the nn.Module that was called, for its names")
        for path, module in model.named_modules():
            self.modules.setdefault(id(module), path)
        for path, tensor in model.named_parameters():
            if tensor._node is not None:
                self.leaves.setdefault(tensor._node, path)


def scopes_of(nodes: Iterable[Node]) -> list[Scope]:
    """The module calls that were noted on `nodes`, outermost first; each once."""
    found = {(s.first, s.last): s for node in nodes for s in node.__dict__.get("scopes", ())}
    return sorted(found.values(), key=lambda s: (s.first, -s.last))


def names_of(scopes: Sequence[Scope], model: Any = None) -> Names:
    """Names from `model` if it is given, and else from the outermost modules that were called."""
    names = Names()
    if model is not None:
        names.add(model)
    end = 0
    for scope in scopes:
        module = scope.module()
        if scope.last > end:  # not inside the one before: the root of a tree of its own
            end = scope.last
            if module is not None and id(module) not in names.modules and hasattr(module, "named_modules"):
                names.add(module)
    return names


# -- the tree ------------------------------------------------------------------------------------------


def tree(nodes: Sequence[Node], scopes: Sequence[Scope], names: Names) -> list[Item]:
    """Operations, oldest first, sorted into the calls that made them."""
    top: list[Item] = []
    open_calls: list[tuple[int, list[Item]]] = []
    waiting = list(reversed(scopes))
    for node in nodes:
        while open_calls and open_calls[-1][0] < node.birth:
            open_calls.pop()
        while waiting and waiting[-1].first < node.birth:
            scope = waiting.pop()
            if scope.last < node.birth:
                continue  # nothing of it is left in this record
            module = scope.module()
            call = Call(names.modules.get(id(module), ""), scope.kind, module)
            while open_calls and open_calls[-1][0] < scope.first:
                open_calls.pop()
            (open_calls[-1][1] if open_calls else top).append(call)
            # calls of another thread may overlap without being nested: cut them to fit
            last = min(scope.last, open_calls[-1][0]) if open_calls else scope.last
            open_calls.append((last, call.items))
        (open_calls[-1][1] if open_calls else top).append(node)
    return top


# -- repeats -------------------------------------------------------------------------------------------


def fold(items: list[Item], total: int) -> list[Item]:
    """The same list with runs of the same thing, of the same wiring, as one Repeat each; inside calls as well."""
    looks: dict[Any, int] = {}
    sources = _Sources()

    def look(item: Item) -> int:
        """A number for what an item looks like: equal for equal operations on equal shapes, or calls of such."""
        if isinstance(item, Node):
            given = tuple(getattr(p, "shape", ()) for p in item.inputs)
            key: Any = (item.op.name, item.shape, item.dtype, given, _shown(item))
        elif isinstance(item, Call):
            key = (item.kind, *map(look, item.items))
        else:
            key = ("×", len(item.runs), *map(look, item.items))
        return looks.setdefault(key, len(looks))

    def visit(level: list[Item]) -> list[Item]:
        for item in level:
            if isinstance(item, Call):
                item.items = visit(item.items)
        return _folded(level, [look(item) for item in level], sources, total)

    return visit(items)


def _shown(node: Node) -> str:
    """The parameters of a call, but not which part an index took: that is what differs from step to step."""
    return "" if "index" in node.params else call_text(node.params)


class _Sources:
    """Which operation made each input of an operation."""

    def __init__(self) -> None:
        self.known: dict[Node, list[Node | None]] = {}

    def __call__(self, node: Node) -> list[Node | None]:
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = [maker(p) for p in node.inputs]
        return found


def maker(source: Any) -> Node | None:
    """The operation that made an input; None for leaves, constants and numbers."""
    if isinstance(source, Output):
        source = source.inputs[0]
    return source if isinstance(source, Node) and source.op is not None else None


def _folded(level: list[Item], looks: list[int], sources: _Sources, total: int) -> list[Item]:
    if len(level) < RUNS:
        return level
    reach = _reach(np.array(looks))
    made: list[Item] = []
    i = 0
    while i < len(level):
        best: list[list[Item]] = []
        for row in np.argsort(-reach[:, i], kind="stable")[:4]:  # the longest stretch first, then the shortest step
            period, covered = int(row) + 1, int(reach[row, i]) + int(row) + 1
            runs = _runs(level, i, period, covered // period, sources, total)
            if len(runs) * period > len(best) * len(best[0] if best else ()):
                best = runs
        if best:
            made.append(Repeat(best))
            i += len(best) * len(best[0])
        else:
            made.append(level[i])
            i += 1
    return made


def _runs(level: list[Item], start: int, period: int, most: int, sources: _Sources, total: int) -> list[list[Item]]:
    """At most `most` runs of `period` items from `start` on that are wired as the first is; none if too few.

    Single operations are folded only where each run goes on from the one before, as a loop does.
    """
    first = level[start : start + period]
    calls = any(isinstance(item, Call) for item in first)
    least = RUNS if calls else LOOP
    if most < least or not (calls or total > SMALL):
        return []
    runs, wiring, before = [first], _wiring(first, sources), set(operations(first))
    for k in range(1, most):
        run = level[start + k * period : start + (k + 1) * period]
        nodes = list(operations(run))
        if not calls and not any(source in before for node in nodes for source in sources(node)):
            break
        if _wiring(run, sources) != wiring:
            break
        runs.append(run)
        before = set(nodes)
    return runs if len(runs) >= least else []


def _reach(looks: Any) -> Any:
    """For each period (row) and place: how many places from there on look as the one a period later."""
    n = len(looks)
    periods = min(LONGEST, n // 2)
    reach = np.zeros((periods, n), np.int32)
    for period in range(1, periods + 1):
        same = looks[:-period] == looks[period:]
        # the distance to the next place where they differ
        ends = np.append(np.flatnonzero(~same), n - period)
        places = np.arange(n - period)
        reach[period - 1, : n - period] = ends[np.searchsorted(ends, places)] - places
    return reach


def _wiring(run: list[Item], sources: _Sources) -> list[list[int]]:
    """For each operation of a run and each input: the place of its maker in the run, or -1 from outside."""
    places: dict[Node | None, int] = {node: k for k, node in enumerate(operations(run))}
    return [[places.get(source, -1) for source in sources(node)] for node in operations(run)]


# -- what is open --------------------------------------------------------------------------------------


@dataclass(slots=True)
class View:
    """How much of the tree is open: calls down to `depth`, and those `opened` says by name, with what holds them."""

    depth: int | None
    opened: Callable[[str], bool]

    def is_open(self, call: Call, level: int) -> bool:
        """Whether the parts of `call`, inside `level` others, are drawn."""
        return self.depth is None or level < self.depth or self._wanted(call)

    def _wanted(self, call: Call) -> bool:
        stack: list[Item] = [call]
        while stack:
            item = stack.pop()
            if isinstance(item, Call) and item.name and self.opened(item.name):
                return True
            if not isinstance(item, Node):
                stack += item.items
        return False

    def count(self, items: Sequence[Item], level: int = 0) -> int:
        """How many ellipses and boxes stand for `items`."""
        total = 0
        for item in items:
            if isinstance(item, Node):
                total += 1
            elif isinstance(item, Repeat):
                total += self.count(item.items, level)
            else:
                total += self.count(item.items, level + 1) if self.is_open(item, level) else 1
        return total


def deepest(items: Sequence[Item]) -> int:
    """How many calls are nested at most.

    >>> deepest([Call("", "Net", None, [Call("0", "Linear", None)])])
    2
    """
    return max(
        (deepest(i.items) + (1 if isinstance(i, Call) else 0) for i in items if not isinstance(i, Node)),
        default=0,
    )


def leaves_of(items: Iterable[Item]) -> list[Leaf]:
    """The leaves that the operations inside `items` use, each once."""
    found = (p for node in operations(items) for p in node.inputs if isinstance(p, Leaf))
    return list(dict.fromkeys(found))
