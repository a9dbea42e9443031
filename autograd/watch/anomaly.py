"""Anomaly: stop at the first nan or infinity, forward or backward, and say where it was made, of what, and the mend."""

from __future__ import annotations

import weakref
from math import sqrt
from traceback import FrameSummary
from typing import Any

import numpy as np

from ..engine.errors import AnomalyError
from ..engine.modes import Observer
from ..engine.node import Leaf, Node
from ..engine.op import Op
from ..engine.sweep import Walk, world
from ..engine.tensor import Tensor
from ..engine.types import Array
from .finding import Finding
from .lines import caller
from .modules import calling, homes
from .patterns import Case, Pattern, recognise
from .place import Index, finite, first_bad, given_at, kind, numeric, ranges, said, squares, stretched


class detect_anomaly(Observer):
    """Stop at the first nan or inf, forward or backward, with its place, its operands there, its line and the mend.

    The AnomalyError has what it says in fields, too, as `error.finding`. What was given an infinity, such as the -inf
    of a mask, may pass it on. In a sweep that goes through a recorded one it names the operation whose rule it was.

    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     Tensor([4.0, -1.0]).sqrt()
    Traceback (most recent call last):
    ...
    autograd.AnomalyError: sqrt made a nan out of x = -1, at [1]; x is float32 (2,) in [-1, 4]
      root of a negative number: It has no root among the real numbers; rounding ...
    """

    def __init__(self) -> None:
        self._settings: list[Any] = []
        self._lines: dict[Any, FrameSummary] = {}
        self._walk: Any = None  # weakly: the sweep that is going on
        self._top = 0  # its newest node: what is born later belongs to a rule
        self._leaves: list[weakref.ref[Tensor]] = []  # of the last sweep
        self._start, self._sweeps = 0.0, 0  # the length of all parameters at the first sweep, and how many there were

    def __enter__(self) -> detect_anomaly:
        # NumPy's warnings would come first, and say less; one block may stand in another
        self._settings.append(np.seterr(all="ignore"))
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        np.seterr(**self._settings.pop())

    def called(self, op: Op, operands: Any, out: Array, node: Node | None) -> None:
        """Raise AnomalyError if a result is not finite, and was not given so; else note the line, for backward."""
        if node is not None:
            node.__dict__["line"] = caller(self._lines)
        if out.dtype.kind in "fc" and not finite(out):
            self._stop(op, operands, out, node)

    def _stop(self, op: Op, operands: Any, out: Array, node: Node | None) -> None:
        """Raise AnomalyError, unless it was given an infinity that is meant."""
        index = first_bad(out)
        bad = np.asarray(out)[index]
        values = given_at(op, operands, index, np.shape(out))
        sources = dict(zip(op.parameters, node.inputs)) if node is not None and not op.variadic else {}
        leaves = {name for name, source in sources.items() if isinstance(source, Leaf)}
        if _passed_on(bad, op, operands, values, leaves):
            return
        made = {n: s.op.name for n, s in sources.items() if isinstance(s, Node) and s.op is not None}
        line = caller(self._lines)
        code, empty = (line and line.line) or "", any(np.size(v) == 0 for v in operands[: op.count] if v is not None)
        case = Case(op.name, False, bad, values, None, made, leaves, code, self._growth(), empty)
        text = f"{op.name} made {kind(bad)} out of {said(values, index, np.size(out))}{ranges(op, operands)}"
        raise self._error(text, case, line, calling())

    def began(self, walk: Walk) -> None:
        """Note the sweep."""
        self._walk, self._top = weakref.ref(walk), walk.order[0].birth

    def contributed(self, node: Node, position: int, g: Any, part: Any, so_far: Any) -> None:
        """Raise AnomalyError if a contribution is not finite."""
        if part.__class__ is Tensor and part._node is not None:
            self._mark(node, part._node)
        data = world(part, False)
        if finite(data):
            return
        parent, op = node.inputs[position], node.op
        index = first_bad(data)
        bad = np.asarray(data)[index]
        whole = () if node.kind is tuple else node.shape
        place = stretched(index, parent.shape, whole)
        values, arrived = _saved(node, place, whole), _taken(world(g, False), place, whole)
        of, line, birth = node.__dict__.get("rule", ("", node.__dict__.get("line"), node.birth))
        case = Case(op.name, True, bad, values, arrived, code=(line and line.line) or "", growth=self._growth())
        rule = f"{op.name}: the rule of input {op.input_name(position)!r} (shape {parent.shape}) made {kind(bad)}"
        rule += " in backward" + (f", in the recorded rule of {of}" if of else "")
        numbers = values if arrived is None else {"g": arrived} | values
        walk = self._walk and self._walk()
        home = homes(walk.order)(birth) if walk else ""
        there = said(numbers, index, np.size(data))
        raise self._error(f"{rule}: {there}" if there else rule, case, line, home)

    def swept(self, output: Node, seed: Any, given: bool, added: dict[Leaf, tuple[Any, Any]]) -> None:
        """Note how large the parameters are."""
        self._leaves = [leaf.handle for leaf in added if leaf.handle is not None]
        self._sweeps += 1
        if self._sweeps == 1:
            self._start = self._length()

    def _length(self) -> float:
        return sqrt(sum(squares(leaf._array) for handle in self._leaves if (leaf := handle()) is not None))

    def _growth(self) -> float:
        """How many times larger the parameters are than they were at the first sweep; inf where they are no numbers."""
        if not self._sweeps:
            return 1.0
        now = self._length()
        return now / max(self._start, 1e-3) if np.isfinite(now) else np.inf

    def _mark(self, node: Node, made: Node) -> None:
        """Note on the small operations of a recorded rule whose rule they are, for the sweep that goes through them."""
        line = node.__dict__.get("line")
        of = node.__dict__.get("rule", (node.op.name, line, node.birth))
        stack = [made]
        while stack:
            new = stack.pop()
            if new.birth > self._top and "rule" not in new.__dict__ and new.op is not None:
                new.__dict__["rule"] = of
                stack += new.parents

    def _error(self, text: str, case: Case, line: FrameSummary | None, module: str) -> AnomalyError:
        pattern: Pattern = recognise(case)
        what = pattern.what.format(growth=case.growth)
        finding = Finding(pattern.name, what, pattern.mend, case.op, module, line, float(np.real(case.bad)))
        rows = [f"{finding.kind}: {finding.what} {finding.mend}", *finding.places()[1:]]  # the op was named
        error = AnomalyError("\n  ".join([text, *rows]))
        error.finding = finding
        return error


def _passed_on(bad: Any, op: Op, operands: Any, values: dict[str, Any], leaves: set[str]) -> bool:
    """Whether an infinity was there before, not in a parameter: as the -inf of a mask it is meant."""
    if np.isnan(bad):
        return False
    seen = [v for name, v in values.items() if name not in leaves]
    if op.variadic:
        seen = [v for v in operands[0] if numeric(v)]
    return any(np.isinf(v).any() for v in seen)


def _saved(node: Node, place: Index, whole: Any) -> dict[str, Any]:
    """What the rule of a node asked for, at a place of its result."""
    held = dict(zip(node.plan.names, node.saved or ()))
    data = {name: world(value, False) for name, value in held.items() if not isinstance(value, (tuple, list))}
    return {name: _taken(value, place, whole) for name, value in data.items() if numeric(value)}


def _taken(value: Any, place: Index, whole: Any) -> Any:
    """What of a value belongs to a place of the result, where it was broadcast to that."""
    if isinstance(value, (list, tuple)):
        return None
    if place and len(place) == len(whole):
        try:
            return np.broadcast_to(value, whole)[place]
        except ValueError:
            pass
    return np.asarray(value)
