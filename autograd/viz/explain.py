"""Explain: why a gradient is what it is, as a sum over the uses of a value, or over the paths from it to the output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np

from ..engine.errors import GraphError
from ..engine.modes import no_grad
from ..engine.node import Many, Node, Output
from ..engine.sweep import Walk, completed, contributions, fit, leading_to, seed_of
from ..engine.tensor import Tensor
from ..engine.types import Array, Value
from ..support.checks import choice, size
from ..support.lines import one_line
from .formula import filled, formula, input_name
from .record import Record, read
from .text import axes_named, call, escape, figures, number, place, shorten
from .trace import Cotangent, Trace, factor, summed, trace

HOPS = 8  # operations of a path that the table names; of a longer one the middle is left out
LINES = "source lines: run the forward pass under `with autograd.source_lines():` to see them here"


@dataclass(frozen=True, slots=True)
class Hop:
    """One operation that uses a value as its `input`, and what its rule does there.

    `numbers` is the formula with the numbers put in (of scalars, else empty), `local` the local derivative where it is
    one factor for each element of the result, else None. `module` and `kind` are the path and class of the module whose
    call made it, `line` and `place` the source line and where it stands; each empty where unknown.
    """

    op: str
    symbol: str
    params: str
    input: str
    formula: str
    numbers: str
    local: Array | None
    module: str
    kind: str
    line: str
    place: str


@dataclass(frozen=True, slots=True)
class Term(Hop):
    """One summand of a gradient: `value`, made of the cotangent `upstream` at one use of the value that is explained.

    `path` (by="paths" only) lists the operations from there to the output; `numbers` is then the product of their local
    derivatives (and of `gradient`, unless that is 1), `upstream` the cotangent that came down this path alone.
    """

    upstream: Cotangent
    value: Array
    path: tuple[Hop, ...] = ()


Way: TypeAlias = tuple[Hop, Cotangent, "Way"] | None  # back to the output: a hop, what it was given, and the rest


@dataclass(eq=False, repr=False)
class Explanation:
    """A gradient as a sum: `terms`, and `total`, what the engine computes. Printed, or in a notebook, it is a table."""

    title: str
    terms: list[Term]
    total: Array
    by: str
    most: int
    notes: list[str]

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms)

    def __getitem__(self, index: int) -> Term:
        return self.terms[index]

    def __repr__(self) -> str:
        heads, rows = self._table()
        widths = [max(map(len, column)) for column in zip(heads, *rows)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [heads, *rows]]
        return "\n".join(map(one_line, [self._headline(), *(f"  {line}" for line in lines), *self._remarks()]))

    def _repr_html_(self) -> str:
        heads, rows = self._table()
        cell = 'style="text-align: left; padding: 0.2em 0.8em; white-space: pre-wrap"'
        head = "".join(f'<th scope="col" {cell}>{escape(text)}</th>' for text in heads)
        body = "".join(f"<tr>{''.join(f'<td {cell}>{escape(text)}</td>' for text in row)}</tr>" for row in rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._remarks())
        # no colour of our own: what the page has is legible on what the page has, light or dark
        caption = f'<caption style="text-align: left; color: inherit">{escape(self._headline())}</caption>'
        return f"<div><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}</div>"

    def _headline(self) -> str:
        what = {"uses": "use", "paths": "path"}[self.by]
        count = f"the sum over {len(self)} {what}s" if len(self) != 1 else f"from one {what}"
        return f"{self.title} = {_shown(self.total)}, {count}"

    def _remarks(self) -> list[str]:
        left = len(self) - len(self._rows())
        smaller = f"{left:,} smaller term{'s are' if left != 1 else ' is'} not shown; they are in .terms, or pass most="
        return [smaller, *self.notes] if left else self.notes

    def _rows(self) -> list[Term]:
        """The terms to show: all, or where there are too many the largest, in their order."""
        if len(self) <= self.most:
            return self.terms
        sizes = [np.nan_to_num(_norm(term.value), nan=np.inf) for term in self.terms]
        largest = sorted(np.argsort(sizes, kind="stable")[-self.most :].tolist())
        return [self.terms[i] for i in largest]

    def _table(self) -> tuple[list[str], list[list[str]]]:
        """The heads, and a row for each term; without the columns in which nothing stands."""
        cells = [self._cells(term) for term in self._rows()]
        heads = [head for head in cells[0] if any(row[head] for row in cells)] if cells else []
        return heads, [[row[head] for head in heads] for row in cells]

    def _cells(self, term: Term) -> dict[str, str]:
        where = {
            "term": _shown(term.value),
            "module": f"{term.module}: {term.kind}" if term.module else term.kind,
            "line": shorten(f"{term.place}: {term.line}", 72) if term.place else "",
        }
        if self.by == "paths":
            return {"path": _way(term.path), "local derivatives": term.numbers, **where}
        return {
            "op": _titled(term),
            "input": term.input,
            "formula": term.formula,
            "numbers": term.numbers,
            "local": "" if term.local is None else _shown(term.local),
            "upstream g": _shown(term.upstream),
            **where,
        }


def explain(
    output: Tensor, wrt: Tensor, *, by: str = "uses", gradient: Value | None = None, model: Any = None, most: int = 20
) -> Explanation:
    """Say why d(output)/d(wrt) is what it is: as a sum of terms, each with its operation, formula and numbers.

    `by="uses"` has one term for each place where `wrt` is used: the upstream gradient g there, and what the rule makes
    of it. `by="paths"` has one for each path from `wrt` to `output`: the product of the local derivatives along it, or
    of arrays what the seed becomes on that path alone. The terms add up to `.total`, the gradient itself.

    `wrt` may be a leaf, a parameter or any intermediate result; `gradient` is the cotangent of `output`, needed unless
    that is a single number. Names come from `model`, else from the modules that were called; source lines are known
    where the forward pass ran under `source_lines()`. The table shows the `most` largest terms, and so many paths are
    followed at most: there may be exponentially many, so they are counted first.

    It looks on only: call it before backward (or after `backward(retain_graph=True)`); no `.grad` changes.
    Raises GraphError where nothing was recorded, `output` does not depend on `wrt` or the record was freed; ShapeError
    for `gradient`; ValueError for more than `most` paths.

    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> print(explain(x * x + 2.0 * x, x))
    d output / d x = 8, the sum over 3 uses
      op          input  formula    numbers  local  upstream g  term
      × multiply  right  g * left   1 * 2    2      1           2
      × multiply  left   g * right  1 * 3    3      1           3
      × multiply  right  g * left   1 * 3    3      1           3
    source lines: run the forward pass under `with autograd.source_lines():` to see them here
    """
    choice("explain: by", by, ("uses", "paths"))
    most = size("explain: most", most)
    for what, tensor in (("output", output), ("wrt", wrt)):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"explain: {what} is a {type(tensor).__name__}, not a Tensor; give the Tensor itself")
    start, seed = seed_of(output, gradient, "explain")
    target = wrt._node
    if target is None:
        raise GraphError(f"explain: wrt={wrt!r} records nothing; create it with requires_grad=True")
    noted = trace(output, seed, what="explain", to=target)
    record = read([output], model, collapse_repeats=False, own=False)
    if start is target:  # nothing was done to it: its gradient is the seed
        terms = [Term("", "", "", "", "gradient", "", None, "", "", "", "", noted.seeds[start], noted.seeds[start])]
    elif by == "paths":
        terms = _paths(record, noted, start, target, most)
    else:
        uses = [(step, use) for step in noted.steps for use in step.uses]
        hops = (_hop(record, step.node, use.position, use.args, step.g, use.local) for step, use in uses)
        terms = [Term(**hop, upstream=step.g, value=use.term) for hop, (step, use) in zip(hops, uses)]
    notes = [LINES] if terms and not any(term.place for term in terms) else []
    if target.taps:
        notes.insert(0, "its hooks were shown the sum of these terms, and may have put something else in its place")
    ends = ((start, output.name or "output"), (target, wrt.name or "wrt"))
    title = " / ".join(f"d {record.names.leaves.get(node) or name}" for node, name in ends)
    return Explanation(title, terms, noted.grads[target], by, most, notes)


def _hop(
    record: Record, node: Node, position: int, args: tuple[Any, ...], g: Cotangent, local: Array | None, index: str = ""
) -> dict[str, Any]:
    """The fields of a Hop: an operation's place in the program and in mathematics; `index` says by which output."""
    op, parent = node.op, node.inputs[position]
    axes = summed(node, parent) if local is not None and isinstance(parent, Node) else ()
    home, line = record.homes.get(node), node.__dict__.get("line")
    return {
        "op": op.name + index,
        "symbol": op.label,
        "params": call(node.params),
        "input": input_name(op, position),
        "formula": formula(op, position) + (f", summed over {axes_named(axes)}" if axes else ""),
        "numbers": "" if isinstance(node, Many) else filled(node, position, args, g),
        "local": local,
        "module": home.name if home else "",
        "kind": home.kind if home else "",
        "line": (line.line or "") if line else "",
        "place": place(line),
    }


# -- paths ---------------------------------------------------------------------------------------------


def _paths(record: Record, noted: Trace, start: Node, target: Node, most: int) -> list[Term]:
    """The seed pushed down each path by itself, with the engine's own rules."""
    order = Walk([start]).order
    useful = leading_to({target}, order)
    _require_few(start, target, [node for node in order if node in useful and node is not target], useful, most)
    terms: list[Term] = []
    chance = np.random.default_rng(0)
    seed = noted.seeds[start]
    stack: list[tuple[Node, Cotangent, Way]] = [(start, seed, None)]
    with no_grad(), np.errstate(all="ignore"):
        while stack:
            node, g, way = stack.pop()
            if node is target:
                terms.append(_term(g, seed, way))
                continue
            index = ""
            if isinstance(node, Output):
                index, node, part = f"[{node.index}]", node.inputs[0], node.index
                g = completed([g if i == part else None for i in range(len(node.shape))], node, False)
            found = []
            uses = [edge for edge in node.edges or () if edge[0] in useful]
            for (parent, position, args), c in zip(uses, contributions(node, g, [i for _, i, _ in uses])):
                local = factor(node, parent, position, args, chance)
                hop = Hop(**_hop(record, node, position, args, g, local, index))
                found.append((parent, fit(c, node, parent), (hop, g, way)))
            stack += reversed(found)
    _require_untouched(terms, noted, order)
    return terms


def _require_few(start: Node, target: Node, between: list[Node], useful: set[Node], most: int) -> None:
    """Raise ValueError for more than `most` paths: they are counted node by node, not one by one."""
    counts = Counter({start: 1})
    for node in between:  # newest first: all that lead to a node come before it
        for parent, _, _ in node.edges or ():
            if parent in useful:
                counts[parent] += counts[node]
    count = counts[target]
    if count > most:
        many = f"{count:,}" if count < 10**12 else f"about {float(count):.0e}" if count < 10**300 else "over 1e+300"
        advice = f", or pass most={count}" if count <= 1000 else ""
        raise ValueError(
            f'explain: {many} paths lead from wrt to the output, and most={most}; by="uses" adds them up where they '
            f"meet{advice}"
        )


def _require_untouched(terms: list[Term], noted: Trace, order: list[Node]) -> None:
    """Raise GraphError where a hook on the way changed what passed: it was given the sum of all paths."""
    hooked = [node for node in order if node.taps and node.op is not None]
    if not hooked or not noted.steps:
        return
    arrived = noted.steps[-1].uses[-1].after
    if not np.allclose(sum(term.value for term in terms), arrived, rtol=1e-4, atol=1e-6, equal_nan=True):
        raise GraphError(
            f"explain: a hook on the result of {hooked[0].op.name} changes the sum of all paths, and not each by "
            'itself; remove it, or use by="uses"'
        )


def _term(value: Cotangent, seed: Array, way: Way) -> Term:
    """The term of one path, from its last step, which is the use of the value that is explained, to the first."""
    path: list[Hop] = []
    upstream = way[1] if way else seed
    while way is not None:
        hop, _, way = way
        path.append(hop)
    slopes = [hop.local for hop in path if hop.local is not None and np.ndim(hop.local) == 0]
    product, numbers = None, ""
    if len(slopes) == len(path):
        product = np.prod(slopes, dtype=np.asarray(value).dtype)[()]
        factors = [number(slope) for slope in (*slopes, *([seed] if seed != 1 else []))]
        brief = factors if len(factors) <= HOPS else [*factors[: HOPS // 2], "…", *factors[-HOPS // 2 :]]
        numbers = " * ".join(f"({text})" if text.startswith("-") and i else text for i, text in enumerate(brief))
    first = {field.name: getattr(path[0], field.name) for field in fields(Hop)}
    first |= {"numbers": numbers, "local": product}
    return Term(**first, upstream=upstream, value=np.array(value)[()], path=tuple(path))


# -- words ---------------------------------------------------------------------------------------------


def _norm(array: Cotangent) -> float:
    parts = array if isinstance(array, tuple) else (array,)
    return float(np.sqrt(sum(np.sum(np.square(np.abs(p), dtype=np.float64)) for p in parts)))


def _shown(value: Cotangent) -> str:
    """A number, or of an array its shape, its norm, and all of a few elements; of several outputs those that count."""
    if isinstance(value, tuple):
        return "; ".join(f"[{i}] {_shown(part)}" for i, part in enumerate(value) if np.any(part)) or "0"
    value = np.asarray(value)
    if value.ndim == 0:
        return number(value)
    few = " ".join(figures(value) or ())
    with np.errstate(all="ignore"):
        return f"{value.shape} norm {number(_norm(value))}" + (f" {few}" if few else "")


def _titled(hop: Hop) -> str:
    name = hop.op if hop.symbol in ("", hop.op) else f"{hop.symbol} {hop.op}"
    return shorten(f"{name} {hop.params}".strip())


def _way(path: Sequence[Hop]) -> str:
    """The operations from the value to the output; of a long path the ends."""
    words = [f"{hop.op}({hop.input})" for hop in path]
    if len(words) > HOPS:
        words[HOPS // 2 : -HOPS // 2] = [f"… {len(words) - HOPS:,} more …"]
    return " → ".join(words)
