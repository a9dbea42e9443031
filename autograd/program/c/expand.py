"""Expand: a few operations over axes as the elementwise ones, reductions and matrix products that C is written from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...engine.op import registry
from ...engine.types import Dtype, Shape
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

    def put(self, op: str, shape: Shape, dtype: Dtype | None, *args: Any, **options: Any) -> Var:
        """The result of one more equation."""
        out = Var(np.broadcast_to(np.zeros((), dtype), shape))
        self.eqns.append(Eqn(registry[op], args, options, (out,)))
        return out

    def constant(self, array: Any) -> Var:
        """An array that is always the same."""
        self.captured.append(Var(array, source=array))
        return self.captured[-1]

    def over(self, op: str, x: Var, axis: Any) -> Var:
        """A reduction that keeps its axes."""
        axes = normalize_axis_tuple(range(len(x.shape or ())) if axis is None else axis, len(x.shape or ()))
        shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape or ()))
        return self.put(op, shape, x.dtype, x, axis=axes, keepdims=True)

    def each(self, op: str, x: Var, *args: Any) -> Var:
        """An elementwise operation whose result is like x."""
        return self.put(op, x.shape or (), x.dtype, x, *args)


def expanded(program: Program) -> Program:
    """The program in small operations."""
    e = Expansion(program)
    outs = [e.resolved(v) if isinstance(v, Var) else v for v in program.outs]
    guards = [replace(g, var=e.resolved(g.var)) for g in program.guards]
    return replace(program, captured=e.captured, eqns=e.eqns, outs=outs, guards=guards, writes=[])


def linear(e: Expansion, out: Var, x: Any, weight: Any, bias: Any) -> Var | None:
    """A matrix product and a sum; of vectors it stays what it is."""
    if any(not isinstance(v, Var) or len(v.shape or ()) < 2 or v.dtype != out.dtype for v in (x, weight)):
        return None
    turned = e.put("swapaxes", weight.shape[::-1], weight.dtype, weight, -1, -2)
    product = e.put("matmul", out.shape or (), out.dtype, x, turned)
    return product if bias is None else e.each("add", product, bias)


def mean(e: Expansion, out: Var, x: Any, axis: Any, keepdims: bool) -> Var | None:
    """A sum, and how many there are."""
    if x.dtype != out.dtype or out.dtype == np.float16 or not out.size:
        return None
    total = e.put("sum", out.shape or (), out.dtype, x, axis=axis, keepdims=keepdims)
    return e.each("divide", total, float(x.size // out.size))


def less_largest(e: Expansion, x: Var, axis: int) -> Var:
    """X less the largest of its slice, unless that is infinite."""
    top = e.over("max", x, axis)
    finite = e.put("isfinite", top.shape or (), np.dtype(bool), top)
    return e.each("subtract", x, e.put("where", top.shape or (), x.dtype, finite, top, 0.0))


def not_zero(e: Expansion, x: Var) -> Var:
    """X, and 1 where it is 0."""
    return e.put("where", x.shape or (), x.dtype, e.put("equal", x.shape or (), np.dtype(bool), x, 0.0), 1.0, x)


def softmax(e: Expansion, out: Var, x: Any, axis: int) -> Var | None:
    """Exponentials over their sum."""
    if x.dtype != out.dtype or not x.shape:
        return None
    powers = e.each("exp", less_largest(e, x, axis))
    return e.each("divide", powers, not_zero(e, e.over("sum", powers, axis)))


def log_softmax(e: Expansion, out: Var, x: Any, axis: int) -> Var | None:
    """The logarithm of it, without one of 0."""
    if x.dtype != out.dtype or not x.shape:
        return None
    shifted = less_largest(e, x, axis)
    total = not_zero(e, e.over("sum", e.each("exp", shifted), axis))
    return e.each("subtract", shifted, e.each("log", total))


def attention_weights(e: Expansion, out: Var, q: Any, k: Any, mask: Any, scale: Any, is_causal: bool) -> Var | None:
    """A matrix product, a mask, a softmax."""
    if q.dtype != out.dtype or k.dtype != out.dtype or (mask is not None and mask.dtype not in (bool, out.dtype)):
        return None
    *batch, keys, size = k.shape
    turned = e.put("swapaxes", (*batch, size, keys), k.dtype, k, -1, -2)
    scaled = e.each("multiply", q, size**-0.5 if scale is None else float(scale))
    scores = e.put("matmul", out.shape or (), out.dtype, scaled, turned)
    if mask is not None:
        masked = mask.dtype == bool
        scores = (
            e.each("add", scores, mask)
            if not masked
            else e.put("where", out.shape or (), out.dtype, mask, scores, -np.inf)
        )
    if is_causal:
        future = np.triu(np.full(out.shape[-2:], -np.inf, out.dtype), 1)  # type: ignore[index]
        scores = e.each("add", scores, e.constant(future))
    lowest = float(np.finfo(out.dtype).min)
    powers = e.each("exp", e.each("subtract", scores, e.each("maximum", e.over("max", scores, -1), lowest)))
    total = e.over("sum", powers, -1)
    return e.each("divide", powers, total if mask is None else not_zero(e, total))


SMALL: dict[str, Callable[..., Var | None]] = {
    f.__name__: f for f in (linear, mean, softmax, log_softmax, attention_weights)
}
