"""Passes: a program made smaller, to the same bits, nan, infinities and -0.0 included.

`optimise` walks the equations once, forward, and shows each to the `RULES`. A rule says what a result is the same as, a
variable or a number, or writes the equation anew, or lets it be. What nothing needs any more is then left out.

Values are not all that counts: a sum over memory in another order rounds otherwise. So what moves no element but may
move memory, such as a copy, is left out only where the memory is known to be laid out in rows, as that of arguments is
taken to be.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..engine.op import Op, ours, registry
from ..engine.types import Shape
from .forward import ELEMENTWISE
from .program import Draw, Eqn, Program, Pull, Var, leaves, substituted

SHAPES = {"reshape", "expand_dims", "squeeze"}
MOVES = {"transpose", "swapaxes", "moveaxis"}
COPIES = {"astype", "copy", "positive"}
IN_ROWS = SHAPES | COPIES | ELEMENTWISE | {"sum", "max", "min", "mean", "matmul"}  # as their inputs are


class Known:
    """What is known of the variables of a program, up to where it is being walked."""

    def __init__(self, program: Program) -> None:
        self.eqns: list[Eqn] = []
        self.same: dict[Var, Any] = {}  # what they are: other variables, or numbers
        self.made: dict[Var, Eqn] = {}
        self.filled: dict[Var, Any] = {}  # the number, or the variable of no axes, that every element is
        self.moved: dict[Var, tuple[Var, Shape]] = {}  # what they are a transpose of, and the order of its axes
        self.in_rows = {*program.inputs, *program.captured}
        self.ordered = set(self.in_rows)  # in rows, but for axes along which nothing changes
        self.seen: dict[Any, tuple[Var, ...]] = {}

    def resolved(self, var: Var) -> Any:
        """What stands for a variable now."""
        return self.same.get(var, var)

    def rows(self, x: Any) -> bool:
        """Whether x is a variable whose memory is laid out in rows."""
        return isinstance(x, Var) and x in self.in_rows

    def add(self, eqn: Eqn) -> None:
        """Write an equation down."""
        self.eqns.append(eqn)
        self.made.update(dict.fromkeys(eqn.outs, eqn))
        kind = name(eqn.op)
        if elementwise(eqn.op) or kind == "broadcast_to":
            if self.ordered.issuperset(eqn.vars()):
                self.ordered.update(eqn.outs)
                self.in_rows.update(eqn.outs if kind != "broadcast_to" else ())
        elif kind == "linear" or (kind in IN_ROWS and self.in_rows.issuperset(eqn.vars())):
            self.ordered.update(eqn.outs)
            self.in_rows.update(eqn.outs)


def name(op: Any) -> str:
    """The name of one of our ops, "" of anything else."""
    found = registry.get(op.name)
    return found.name if found is not None and found is op else ""


def elementwise(op: Any) -> bool:
    """Whether an op works element by element, with broadcasting, and on a number as on an array."""
    return isinstance(op, Op) and (isinstance(op.forward, np.ufunc) or name(op) == "where")


def pure(eqn: Eqn) -> bool:
    """Whether it gives the same each time, and does nothing else."""
    if isinstance(eqn.op, Op):
        return ours(eqn.op) and not ("dropout" in eqn.op.parameters and eqn.named()["dropout"])
    return isinstance(eqn.op, Pull)


def like(var: Var, shape: Shape) -> Var:
    """A new variable of the same dtype."""
    return Var(np.broadcast_to(np.zeros((), var.dtype), shape))


# -- rules ---------------------------------------------------------------------------------------------


def fold(eqn: Eqn, known: Known) -> Any:
    """A number that is made of numbers is computed here."""
    if eqn.outs[0].shape == () and not any(True for _ in eqn.vars()):
        with np.errstate(all="ignore"):
            return eqn.op.forward(*eqn.args, **eqn.options)
    return eqn


def no_change(eqn: Eqn, known: Known) -> Any:
    """A cast, copy, reshape or broadcast that changes nothing is its input."""
    kind, x, out = name(eqn.op), eqn.args[0], eqn.outs[0]
    if not isinstance(x, Var) or (x.shape, x.dtype) != (out.shape, out.dtype):
        return eqn
    return x if kind in SHAPES or kind == "broadcast_to" or (kind in COPIES and known.rows(x)) else eqn


def no_move(eqn: Eqn, known: Known) -> Any:
    """A transpose, alone or after others, that leaves the axes in their order is what they began with."""
    x = eqn.args[0]
    if name(eqn.op) not in MOVES or not isinstance(x, Var):
        return eqn
    first, order = known.moved.get(x, (x, tuple(range(len(x.shape)))))
    lengths = np.broadcast_to(0.0, order)  # of an array whose shape says where each axis goes
    order = eqn.op.forward(lengths, *eqn.args[1:], **eqn.options).shape
    known.moved[eqn.outs[0]] = first, order
    return first if order == tuple(range(len(order))) else eqn


def one_reshape(eqn: Eqn, known: Known) -> Any:
    """Reshapes in a row are one, to a shape that is written out."""
    x, out = eqn.args[0], eqn.outs[0]
    if name(eqn.op) not in SHAPES or not known.rows(x):
        return eqn
    before = known.made.get(x)
    if before is not None and name(before.op) in SHAPES and known.rows(before.args[0]):
        x = before.args[0]
    return x if x.shape == out.shape else replace(eqn, op=registry["reshape"], args=(x, out.shape), options={})


def no_sum(eqn: Eqn, known: Known) -> Any:
    """A sum over axes of length 1 is a reshape, and adds 0, which makes 0 of -0.0."""
    x, out = eqn.args[0], eqn.outs[0]
    if name(eqn.op) != "sum" or not known.rows(x) or not (x.size == out.size > 0):
        return eqn
    if x.dtype != out.dtype or x.dtype.kind != "f":
        return eqn
    if x.shape != out.shape:
        shape = replace(eqn, op=registry["reshape"], args=(x, out.shape), options={}, outs=(like(x, out.shape),))
        x = walked(shape, known)
    return replace(eqn, op=registry["add"], args=(x, 0.0), options={})


def times_one(eqn: Eqn, known: Known) -> Any:
    """A product with exactly 1 is the other factor."""
    if name(eqn.op) == "multiply":
        out = eqn.outs[0]
        for x, factor in (eqn.args, eqn.args[::-1]):
            one = not isinstance(factor, Var) and np.ndim(factor) == 0 and factor == 1
            if one and known.rows(x) and (x.shape, x.dtype) == (out.shape, out.dtype):
                return x
    return eqn


def number_for_filled(eqn: Eqn, known: Known) -> Any:
    """Where an array of equal elements meets another one, a number does; from such arrays alone, a number is made."""
    kind, x, out, filled = name(eqn.op), eqn.args[0], eqn.outs[0], known.filled
    if kind == "broadcast_to" and not isinstance(x, Var):
        if np.ndim(x) == 0:
            filled[out] = out.dtype.type(x)
    elif kind == "broadcast_to" and x.shape == ():
        filled[out] = x
    elif kind in SHAPES or kind in ("broadcast_to", "copy"):
        if x in filled:
            filled[out] = filled[x]
    elif elementwise(eqn.op) and any(a in filled for a in eqn.vars()):
        numbers = tuple(filled.get(a, a) if isinstance(a, Var) else a for a in eqn.args)
        arrays = [a for a in numbers if isinstance(a, Var) and a.shape]
        if not arrays:
            filled[out] = walked(replace(eqn, args=numbers, outs=(like(out, ()),)), known)
        elif known.ordered.issuperset(arrays) and any(a.shape == out.shape for a in arrays):
            return replace(eqn, args=numbers)
    return eqn


RULES = (fold, no_change, no_move, one_reshape, no_sum, times_one, number_for_filled)


def common(eqn: Eqn, known: Known) -> bool:
    """Whether it was computed before, and is not again."""
    if not pure(eqn):
        return False
    op = eqn.op if isinstance(eqn.op, Op) else (eqn.op.op, eqn.op.needs, eqn.op.wanted)
    before = known.seen.setdefault((op, key(eqn.args), key(eqn.options)), eqn.outs)
    known.same.update(zip(eqn.outs, before) if before is not eqn.outs else ())
    return before is not eqn.outs


def key(tree: Any) -> Any:
    """What tells arguments apart: also 1, 1.0 and True, and 0.0 and -0.0."""
    if isinstance(tree, (list, tuple)):
        return (type(tree), *map(key, tree))
    if isinstance(tree, dict):
        return (dict, *((k, key(tree[k])) for k in sorted(tree)))
    if isinstance(tree, slice):
        return (slice, key((tree.start, tree.stop, tree.step)))
    if isinstance(tree, (np.generic, float)):
        return (type(tree), np.asarray(tree).tobytes())
    return (type(tree), tree) if isinstance(tree, (Var, int, str, np.dtype, type, type(None))) else id(tree)


# -- all of them ---------------------------------------------------------------------------------------


def walked(eqn: Eqn, known: Known) -> Any:
    """Show an equation to the rules, and write down what they leave of it; returns what its first result is."""
    first: Any = eqn.outs[0]
    if pure(eqn) and isinstance(eqn.op, Op) and len(eqn.outs) == 1:
        for rule in RULES:
            result = rule(eqn, known)
            if not isinstance(result, Eqn):
                known.same[first] = result
                return result
            eqn = result
    if common(eqn, known):
        return known.same[first]
    known.add(eqn)
    return first


def simplified(program: Program) -> Program:
    """The program with every rule applied to every equation."""
    known = Known(program)
    anew: dict[Eqn | None, Eqn] = {}
    for eqn in program.eqns:
        args, options = substituted((eqn.args, eqn.options), known.resolved)
        first = walked(replace(eqn, args=args, options=options, of=anew.get(eqn.of, eqn.of)), known)
        if isinstance(first, Var) and first in known.made:
            anew[eqn] = known.made[first]
    outs, writes = substituted((program.outs, [v for _, v in program.writes]), known.resolved)
    guards = [replace(g, var=known.resolved(g.var)) for g in program.guards]
    return replace(
        program,
        eqns=known.eqns,
        outs=outs,
        guards=[g for g in guards if isinstance(g.var, Var)],
        writes=[(target, value) for (target, _), value in zip(program.writes, writes)],
    )


def without_dead(program: Program) -> Program:
    """The program without what nothing needs; what draws at random draws as before."""
    needed = set(leaves(program.results()))
    kept: list[Eqn] = []
    for eqn in reversed(program.eqns):
        if not needed.isdisjoint(eqn.outs) or isinstance(eqn.op, Draw) or not pure(eqn):
            kept.append(eqn)
            needed.update(eqn.vars())
    return replace(program, eqns=kept[::-1], captured=[v for v in program.captured if v in needed])


def optimise(program: Program) -> Program:
    """The same program, to the bit, with less to do."""
    before = None
    while before != len(program.eqns):
        before = len(program.eqns)
        program = without_dead(simplified(program))
    return program
