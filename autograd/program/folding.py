"""Straight lines that repeat themselves up to their variables, such as a network's layers, as loops."""

from __future__ import annotations

import ast
import itertools
import re
import textwrap
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

FEW = 4  # lines, for which no loop is written
WIDE = 100  # letters of a line that is not broken
Column = tuple[str, ...]  # what one variable of a loop is called in each of its rounds, before there is a loop


@dataclass
class Line:
    """A statement, with its number, and the number and the name of the operation whose derivative it is."""

    text: str
    number: int = 0
    of: int = 0
    what: str = ""


@dataclass
class Rows:
    """A list of what some variables of a loop are in each round."""

    columns: list[Column] = field(default_factory=list)
    name: str = ""


def folded(lines: Sequence[Line], arguments: Collection[str], taken: Collection[str]) -> list[Line]:
    """The lines with loops, if that makes them fewer; names that are new are not among those `taken`."""
    straight = Straight(lines, arguments)
    text = list(Folded(straight, straight.loops(), taken).written())
    return min(list(lines), text, key=lambda lines: sum(line.text.count("\n") + 1 for line in lines))


class Straight:
    """Lines without loops, and the variables in each."""

    def __init__(self, lines: Sequence[Line], arguments: Collection[str]) -> None:
        self.lines = lines
        self.trees = [ast.parse(line.text) for line in lines]
        nodes = [[n for n in ast.walk(tree) if isinstance(n, ast.Name)] for tree in self.trees]
        self.variables = {*arguments, *(n.id for part in nodes for n in part if isinstance(n.ctx, ast.Store))}
        found = ([n for n in part if n.id in self.variables] for part in nodes)
        self.nodes = [sorted(part, key=lambda node: node.col_offset) for part in found]
        self.names = [[n.id for n in part] for part in self.nodes]
        self.same: dict[int, int] = {}  # the number of the line in a loop that stands for one of this number
        self.shapes = [self.renamed(i, ["_"] * len(names)) or f"# {i}" for i, names in enumerate(self.names)]

    def renamed(self, i: int, names: Iterable[str]) -> str:
        """The text of a line with other variables; "" of a comment."""
        for node, name in zip(self.nodes[i], names):
            node.id = name
        return ast.unparse(self.trees[i])

    def loops(self) -> list[Loop]:
        """Where lines repeat themselves, each round with what the one before made."""
        found: list[Loop] = []
        while loop := next((loop for loop in self.repeats(found) if loop.possible()), None):
            found.append(loop)
            for i in range(loop.start, loop.stop):
                first = loop.start + (i - loop.start) % loop.period
                self.same[self.lines[i].number] = self.lines[first].number
        return sorted(found, key=lambda loop: loop.start)

    def repeats(self, found: Collection[Loop]) -> Iterator[Loop]:
        """Lines that are equal up to variables; first those of which a loop leaves out most."""
        within = {i for loop in found for i in range(loop.start, loop.stop)}
        kinds: dict[object, int] = {}
        keys = [
            kinds.setdefault(i if i in within else (shape, x.number > 0, self.same.get(x.of, x.of), x.what), i)
            for i, (shape, x) in enumerate(zip(self.shapes, self.lines))
        ]
        codes, places = np.array(keys), []
        for period in range(1, len(keys) // 2 + 1):
            ends = np.flatnonzero(np.concatenate([[True], codes[period:] != codes[:-period], [True]]))
            for k in np.flatnonzero(np.diff(ends) > max(period, FEW)):
                more, left = divmod(int(ends[k + 1] - ends[k]) - 1, period)
                places += [(-more * period, period, int(ends[k]) + i) for i in range(left + 1) if more * period >= FEW]
        return (Loop(self, start, period, 1 - less // period) for less, period, start in sorted(places))


class Loop:
    """Lines that the first few of them can stand for, in rounds; what each variable is for."""

    def __init__(self, straight: Straight, start: int, period: int, count: int) -> None:
        self.straight, self.period, self.count = straight, period, count
        self.start, self.stop = start, start + period * count
        rounds = [range(start + k, self.stop, period) for k in range(period)]
        self.body = [list(zip(*(straight.names[i] for i in lines))) for lines in rounds]
        self.begun: dict[Column, int] = {}  # in which line of the body something is stored first
        self.stored: dict[Column, int] = {}  # and last
        self.mentioned: dict[Column, int] = {}
        read: list[Column] = []  # before it is stored
        for k, columns in enumerate(self.body):
            adds = isinstance(straight.trees[start + k].body[0], ast.AugAssign)
            uses = [(c, isinstance(node.ctx, ast.Store)) for c, node in zip(columns, straight.nodes[start + k])]
            read += [c for c, store in uses if (adds or not store) and c not in self.stored]
            for c in [c for c, store in uses if store]:
                self.stored[c], self.begun[c] = k, self.begun.get(c, k)
            self.mentioned.update(dict.fromkeys(columns, k))
        varying = [c for c in dict.fromkeys(read) if len({*c}) > 1]
        self.made = [c for c in self.stored if c not in read and len({*c}) > 1]
        self.carried = {c: m for c in varying for m in self.made if c[1:] == m[:-1]}  # from one round to the next
        self.given = [c for c in varying if c not in self.carried]
        self.links: dict[Column, tuple[Rows, Column, str]] = {}  # what is given, in another loop's rows, in which order
        self.own, self.kept = Rows(), Rows()  # what else is given; what is needed after the loop
        self.names: dict[Column, str] = {}

    def possible(self) -> bool:
        """Whether rounds compute the same: what is stored goes by one name only, but where it is carried on."""
        places: dict[str, set[tuple[Column, int]]] = defaultdict(set)
        for c in self.mentioned:
            for k, name in enumerate(c):
                places[name].add((c, k))
        after = {name for names in self.straight.names[self.stop :] for name in names}

        def alone(c: Column) -> bool:
            if len({*c}) == 1:
                return all(d == c for d, _ in places[c[0]])
            if c in self.carried:  # and added to
                return len(places[c[0]]) == 1 and after.isdisjoint(c)
            known = [{(c, k), *((d, k + 1) for d in self.carried)} for k in range(self.count)]
            return c in self.made and all(places[name] <= known[k] for k, name in enumerate(c))

        return bool(self.carried) and all(map(alone, self.stored))

    def link(self, before: Sequence[Loop]) -> None:
        """Look for what is given in the rows of the loops before this one."""
        there = [(x.own, d) for x in before for d in x.own.columns]
        there += [(x.kept, d) for x in before for d in (*x.carried, *x.made)]
        for c in self.given:
            rows, d = next(((rows, d) for rows, d in there if c in (d, d[: -len(c) - 1 : -1])), (self.own, c))
            rows.columns += [d] * (d not in rows.columns)
            if rows is not self.own:
                part = f"[:{len(c)}]" if len(c) < len(d) else ""
                self.links[c] = rows, d, "" if c == d else f"[::-1]{part}"

    def shared(self) -> dict[Column, Column]:
        """What is carried, by what it is made as, where one name does for both."""
        found = {}
        for c, made in self.carried.items():
            end, kept = self.begun[made], self.kept.columns
            late = c in kept and any(d == made or self.stored.get(d, -1) >= end for d in kept)
            if self.mentioned[c] <= end and [*self.carried.values()].count(made) == 1 and not late:
                found[made] = c
        return found


class Folded:
    """Lines being written with loops."""

    def __init__(self, straight: Straight, loops: Sequence[Loop], taken: Collection[str]) -> None:
        self.straight, self.taken = straight, {*taken} - straight.variables
        self.loops = {loop.start: loop for loop in loops}
        self.called: dict[str, str] = {}  # what a loop leaves behind, under another name
        self.words: dict[Column, str] = {}
        inside = {i for loop in loops for i in range(loop.start, loop.stop)}
        self.alive = {n: i for i, names in enumerate(straight.names) if i not in inside for n in names}  # up to where
        for i, loop in enumerate(loops):
            loop.link(loops[:i])
            uses = [(n, loop.start) for c in loop.own.columns for n in c] + [(c[0], loop.start) for c in loop.carried]
            for name, end in [*uses, *((c[0], loop.stop) for c in loop.mentioned if len({*c}) == 1)]:
                self.alive[name] = max(end, self.alive.get(name, 0))
        for loop in loops:
            kept = {*loop.kept.columns, *self.single(loop)}
            loop.kept.columns = [c for c in (*loop.carried, *loop.made) if c in kept]

    def after(self, loop: Loop, name: str) -> bool:
        """Whether a name is read after a loop."""
        return self.alive.get(name, -1) >= loop.stop

    def single(self, loop: Loop) -> list[Column]:
        """What is made in a loop and used after it by one of the names it had, not of the last round only."""
        return [c for c in loop.made if any(self.after(loop, name) for name in c[:-1])]

    def fresh(self, stem: str, loop: Loop, own: Column = (), last: str = "") -> str:
        """A name for a variable of a loop, in place of its `own`, or of what it is at the end."""
        busy = {*self.taken, *loop.names.values()}
        numbered = (f"{stem}{number}" for number in itertools.chain([""], itertools.count(2)))
        names = (name for name in numbered if name not in busy)
        return next(n for n in names if n == last or self.alive.get(n, -1) < loop.start + (n in own))

    def word(self, c: Column) -> str:
        """A name for what has several: the gradient of what a loop before had by another name goes by that."""
        if c[-1].startswith("d_") and c[-1] in self.straight.names[-1]:
            return c[-1]  # which is a result
        of = tuple(name.removeprefix("d_") for name in c[::-1])
        return f"d_{self.words[of]}" if of in self.words and of != c[::-1] else stem(c)

    def name(self, loop: Loop) -> None:
        """Give the variables of a loop their names, and its lists."""
        loop.names = {c: self.said(c)[0] for c in loop.mentioned if len({*c}) == 1}
        for c, made in loop.carried.items():
            loop.names[c] = self.fresh(self.word(made), loop, c, made[-1])
        for c, (_, d, _) in loop.links.items():
            loop.names[c] = self.fresh(self.words[d], loop)
        shared, before = loop.shared(), {made: loop.names[c] for c, made in loop.carried.items()}
        for c in [*loop.made, *loop.own.columns]:
            wanted = f"{before[c]}_next" if c in before else self.word(c)
            loop.names[c] = before[c] if c in shared else self.fresh(wanted, loop, c, c[-1] * (c in loop.made))
        self.words.update(loop.names)
        for rows, name in (
            (loop.own, "layers"),
            (loop.kept, "slopes" if self.straight.lines[loop.start].of else "saved"),
        ):
            rows.name = self.fresh(name, loop)
            self.taken.add(rows.name)

    def written(self) -> Iterator[Line]:
        """The lines."""
        i = 0
        while i < len(self.straight.lines):
            if i in self.loops:
                yield from self.loop(self.loops[i])
                i = self.loops[i].stop
            else:
                yield self.line(i, self.said(self.straight.names[i]))
                i += 1

    def said(self, names: Iterable[str]) -> list[str]:
        """What these variables are called now."""
        return [self.called.get(name, name) for name in names]

    def line(self, i: int, names: Iterable[str], indent: str = "") -> Line:
        """A line with other names."""
        line, text = self.straight.lines[i], self.straight.renamed(i, names)
        return replace(line, text=indent + text if text else line.text, of=self.straight.same.get(line.of, line.of))

    def loop(self, loop: Loop) -> Iterator[Line]:
        """A loop, with what it needs before it and what is left to do behind it."""
        self.name(loop)
        names, kept, own, shared = loop.names, loop.kept, loop.own, loop.shared()
        if own.columns:
            yield Line(bracketed(f"{own.name} = ", [together(self.said(row)) for row in zip(*own.columns)]))
        if kept.columns:
            yield Line(f"{kept.name} = []")
        first = {names[c]: self.said(c)[0] for c in loop.carried}
        yield from (Line(f"{name} = {value}") for name, value in first.items() if name != value)
        yield Line(self.header(loop))
        body = [self.line(loop.start + k, [names[c] for c in cs], "    ") for k, cs in enumerate(loop.body)]
        if kept.columns:
            end = min([loop.begun[m] for m, c in shared.items() if c in kept.columns], default=loop.period)
            body.insert(end, Line(wrapped(f"    {kept.name}.append({together(names[c] for c in kept.columns)})")))
        yield from body
        yield from (Line(f"    {names[c]} = {names[made]}") for c, made in loop.carried.items() if made not in shared)
        single = self.single(loop)
        if single:
            wanted = [[n if c in single and self.after(loop, n) else "_" for n in c] for c in kept.columns]
            line = bracketed("", [together(row) for row in zip(*wanted)], f" = {kept.name}")
            yield Line(re.sub(r"(, _)+ =", ", *_ =", line))
        for c in loop.made:
            if c not in single and self.after(loop, c[-1]):
                self.called[c[-1]] = names[c]
                self.alive[names[c]] = self.alive[c[-1]]

    def header(self, loop: Loop) -> str:
        """The line that begins a loop."""
        lists = {loop.own.name: (loop.own, {c: loop.names[c] for c in loop.own.columns})} if loop.own.columns else {}
        for c, (rows, d, part) in loop.links.items():
            lists.setdefault(rows.name + part, (rows, {}))[1][d] = loop.names[c]
        targets = [together(names.get(d, "_") for d in rows.columns) for rows, names in lists.values()]
        if len(lists) == 1:
            return bracketed("for ", targets[0].strip("()").split(", "), f" in {', '.join(lists)}:")
        values = f"zip({', '.join(lists)})" if lists else f"range({loop.count})"
        return bracketed("for ", targets or ["_"], f" in {values}:")


def together(names: Iterable[str]) -> str:
    """Names as a tuple, one as itself."""
    names = list(names)
    return names[0] if len(names) == 1 or {*names} == {"_"} else f"({', '.join(names)})"


def stem(column: Column) -> str:
    """A name for several: one of them, without its numbers where the others have other ones."""
    parts = [re.split(r"(\d+)", name) for name in column[-2:]]
    alike = len(parts[0]) == len(parts[1])
    kept = [p for i, p in enumerate(parts[1]) if i % 2 == 0 or (alike and parts[0][i] == p)]
    return "".join(kept).replace("__", "_").strip("_")


def bracketed(before: str, parts: Sequence[str], after: str = "") -> str:
    """A line with some parts, in brackets over several lines where it is long."""
    line = f"{before}{', '.join(parts)}{after}"
    rows = ",\n    ".join(parts)
    text = f"{before}(\n    {rows},\n){after}" if parts[0].startswith("(") else f"{before}({', '.join(parts)}){after}"
    return line if len(line) <= WIDE else wrapped(text)


def wrapped(text: str) -> str:
    """Lines that are broken after commas where they are long."""
    lines = re.sub(r"(?<!,) ", "\0", text).split("\n")
    parts = [textwrap.wrap(line, WIDE, subsequent_indent=" " * 8, break_long_words=False) for line in lines]
    return "\n".join(itertools.chain(*parts)).replace("\0", " ")
