"""Expand: a few operations over axes as the elementwise ones, reductions and matrix products that C is written from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...engine.op import registry
from ...engine.types import Shape
from ...ops.reduction import kept
from ..passes import name
from ..program import Eqn, Program, Var, substituted


class Expansion:
    """Equations as they are written, and what stands for the variables of those that were taken apart."""

    def __init__(self, program: Program) -> None:
        self.captured = [*program.captured]
        self.eqns: list[Eqn] = []
        self.same: dict[Var, Any] = {}
        for eqn in program.eqns:
            args, options = substituted((eqn.args, eqn.options), self.resolved)
            eqn = replace(eqn, args=args, options=options)
            rule = SMALL.get(name(eqn.op)) if len(eqn.outs) == 1 and eqn.outs[0].size else None
            made = rule(self, eqn.outs[0], **eqn.named()) if rule else None
            if made is None:
                self.eqns.append(eqn)
            else:
                self.same[eqn.outs[0]] = made

    def resolved(self, v: Var) -> Any:
        """What stands for a variable now."""
        return self.same.get(v, v)

    def put(self, op: str, *args: Any, shape: Shape | None = None, dtype: Any = None, **options: Any) -> Var:
        """The result of one more equation, by default of the dtype of its first operand, broadcast with the others."""
        wide = np.broadcast_shapes(*(x.shape for x in args if isinstance(x, Var))) if shape is None else shape
        out = Var(np.broadcast_to(np.zeros((), dtype or args[0].dtype), wide))
        self.eqns.append(Eqn(registry[op], args, options, (out,)))
        return out

    def constant(self, array: Any) -> Var:
        """An array that is always the same."""
        self.captured.append(Var(array, source=array))
        return self.captured[-1]

    def over(self, op: str, x: Var, axis: int) -> Var:
        """A reduction that keeps its axis."""
        return self.put(op, x, shape=kept(x.shape, axis), axis=axis, keepdims=True)


def expanded(program: Program) -> Program:
    """The program in small operations."""
    e = Expansion(program)
    guards = [replace(g, var=e.resolved(g.var)) for g in program.guards]
    outs = substituted(program.outs, e.resolved)
    return replace(program, captured=e.captured, eqns=e.eqns, outs=outs, guards=guards, writes=[])


def linear(e: Expansion, out: Var, x: Any, weight: Any, bias: Any) -> Var | None:
    """A matrix product and a sum; of vectors it stays what it is."""
    if any(not isinstance(v, Var) or len(v.shape) < 2 or v.dtype != out.dtype for v in (x, weight)):
        return None
    product = e.put("matmul", x, turned(e, weight), shape=out.shape)
    return product if bias is None else e.put("add", product, bias)


def turned(e: Expansion, x: Any) -> Var:
    """Matrices with their rows as columns."""
    *batch, rows, columns = x.shape
    return e.put("swapaxes", x, -1, -2, shape=(*batch, columns, rows))


def mean(e: Expansion, out: Var, x: Any, axis: Any, keepdims: bool) -> Var | None:
    """A sum, and how many there are."""
    if x.dtype != out.dtype or out.dtype == np.float16 or not out.size:
        return None
    total = e.put("sum", x, shape=out.shape, axis=axis, keepdims=keepdims)
    return e.put("divide", total, float(x.size // out.size))


def less_largest(e: Expansion, x: Var, axis: int) -> Var:
    """X less the largest of its slice, unless that is infinite."""
    top = e.over("max", x, axis)
    return e.put("subtract", x, e.put("where", e.put("isfinite", top, dtype=bool), top, 0.0, dtype=x.dtype))


def not_zero(e: Expansion, x: Var) -> Var:
    """X, and 1 where it is 0."""
    return e.put("where", e.put("equal", x, 0.0, dtype=bool), 1.0, x, dtype=x.dtype)


def softmax(e: Expansion, out: Var, x: Any, axis: int) -> Var | None:
    """Exponentials over their sum."""
    if x.dtype != out.dtype or not x.shape:
        return None
    powers = e.put("exp", less_largest(e, x, axis))
    return e.put("divide", powers, not_zero(e, e.over("sum", powers, axis)))


def log_softmax(e: Expansion, out: Var, x: Any, axis: int) -> Var | None:
    """The logarithm of it, without one of 0."""
    if x.dtype != out.dtype or not x.shape:
        return None
    shifted = less_largest(e, x, axis)
    total = not_zero(e, e.over("sum", e.put("exp", shifted), axis))
    return e.put("subtract", shifted, e.put("log", total))


def attention_weights(e: Expansion, out: Var, q: Any, k: Any, mask: Any, scale: Any, is_causal: bool) -> Var | None:
    """A matrix product, a mask, a softmax."""
    if q.dtype != out.dtype or k.dtype != out.dtype or (mask is not None and mask.dtype not in (bool, out.dtype)):
        return None
    keys = turned(e, k)
    scaled = e.put("multiply", q, k.shape[-1] ** -0.5 if scale is None else float(scale))
    scores = e.put("matmul", scaled, keys, shape=out.shape)
    if mask is not None and mask.dtype == bool:
        scores = e.put("where", mask, scores, -np.inf, dtype=out.dtype)
    elif mask is not None:
        scores = e.put("add", scores, mask)
    if is_causal:
        future = np.triu(np.full(out.shape[-2:], -np.inf, out.dtype), 1)
        scores = e.put("add", scores, e.constant(future))
    lowest = float(np.finfo(out.dtype).min)
    powers = e.put("exp", e.put("subtract", scores, e.put("maximum", e.over("max", scores, -1), lowest)))
    total = e.over("sum", powers, -1)
    return e.put("divide", powers, total if mask is None else not_zero(e, total))


SMALL: dict[str, Callable[..., Var | None]] = {
    f.__name__: f for f in (linear, mean, softmax, log_softmax, attention_weights)
}
