"""The slips that people make in derivatives: what each would make of a true one, for `grade` to compare with."""

from __future__ import annotations

import ast
import copy
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..engine.op import Op, registry
from .check_op import composition
from .mutation import _source

SKIP = object()  # what a suspect gives on a trial that it says nothing of
Suspects = Iterator[tuple[str, Callable[[Any], Any]]]  # a slip in words, and the gradient that it gives on a trial
Change = Callable[[Any, Any, Any], Any]  # another contribution, of a step's g, its true contribution and its values
Rule = tuple[list[ast.stmt], dict[str, Any]]  # the body of a rule, and what its names mean


def suspects(name: str, trial: Any) -> Suspects:
    """The known slips in the gradient of the input `name`, the simplest first."""
    yield from ((told, partial(_whole, name, change)) for told, change in _SLIPS.items())
    for other in trial.truth.keys() - {name}:
        yield f"it is the gradient of {other}: the two are swapped", lambda t, other=other: t.truth[other]
    yield "g, the gradient of the output, is missing (chain rule)", lambda t: t.under_ones().truth[name]
    for keep in ("last", "first"):
        told = f"only the {keep} of several contributions is there: `+=` was forgotten where a value is used twice"
        yield told, lambda t, keep=keep: t.sweep(_function(t), keep=keep)[0][name]
    yield "the sum over the broadcast axes was forgotten", lambda t: _raw(t, name)
    for axis in range(3):
        for kept in (False, True):
            told = f"the sum over the broadcast axes is over axis {axis} alone"
            yield told, lambda t, axis=axis, kept=kept: np.sum(_raw(t, name), axis, keepdims=kept)
    yield from _counted(name, trial)
    for function in (lambda t: None, _function) if trial.case.op.reference else (lambda t: None,):
        yield from _in_steps(name, trial, function)
    yield from _multiplied(name, trial)
    yield "what should pass is stopped, and what should be stopped passes", lambda t: t.g - t.truth[name]
    yield "it is transposed", lambda t: np.swapaxes(t.truth[name], -1, -2)


_SLIPS: dict[str, Change] = {
    "the sign is flipped": lambda g, part, values: -part,
    "it is always zero": lambda g, part, values: 0 * part,
    "a factor 2 too many: it is twice what it should be": lambda g, part, values: 2 * part,
    "a factor 2 is missing: it is half of what it should be": lambda g, part, values: part / 2,
    "it is g itself: the local derivative is missing (chain rule)": lambda g, part, values: g,
}


def _whole(name: str, change: Change, t: Any) -> Any:
    found = change(t.g, t.truth[name], None)
    return found if np.shape(found) == t.truth[name].shape else SKIP


def _function(t: Any) -> Any:
    """What the op of a trial stands for, as a function."""
    return composition(t.case.op) if t.case.op.reference else None


def _raw(t: Any, name: str) -> Any:
    """The contribution to an input before it is summed to the input's shape."""
    return t.parts[0, t.case.op.inputs.index(name)][2]


# -- by a factor ---------------------------------------------------------------------------------------


def _counted(name: str, trial: Any) -> Suspects:
    """A mean's 1/n missing, too many, or with another n."""
    for n in _counts(name, trial):
        yield f"the factor 1/n of a mean is missing, n = {n}", lambda t, n=n: t.truth[name] * _counts(name, t)[n]
        yield f"a factor 1/n too many, n = {n}", lambda t, n=n: t.truth[name] / _counts(name, t)[n]
    for n in _counts(name, trial):
        told = f"the factor 1/n of a mean is wrong, n = {n} in the place of x.size / y.size"
        yield told, lambda t, n=n: t.truth[name] * (t.truth[name].size / np.size(t.y)) / _counts(name, t)[n]


def _counts(name: str, t: Any) -> dict[str, float]:
    x, y = t.truth[name], np.asarray(t.y if not isinstance(t.y, tuple) else t.y[0])
    counts = {f"{name}.size / y.size": x.size / y.size} if x.size >= y.size else {}
    counts |= {f"n - 1, not {name}.size": x.size / (x.size - 1)} if x.size > 1 else {}
    for n, v in {name: x, **t.given, "y": y}.items():
        if np.ndim(v):
            counts |= {f"{n}.size": v.size, f"{n}.shape[0]": v.shape[0], f"{n}.shape[-1]": v.shape[-1]}
    return counts


def _multiplied(name: str, trial: Any) -> Suspects:
    names = [n for n, v in {"g": trial.g, "y": trial.y, **trial.given}.items() if isinstance(v, (np.ndarray, float))]
    for q in names:
        yield f"the factor `{q}` is missing", lambda t, q=q: _over(t.truth[name], _value(t, q))
        yield f"the factor `{q}` is there once too often", lambda t, q=q: t.truth[name] * _value(t, q)
    for p in names:
        for q in names:
            for told, product in _PRODUCTS.items():
                yield told.format(p, q), lambda t, p=p, q=q, f=product: f(_value(t, p), _value(t, q))


_PRODUCTS: dict[str, Callable[[Any, Any], Any]] = {
    "it is the elementwise product {} * {}": lambda p, q: p * q,
    "it is the elementwise product {} * {}.T": lambda p, q: p * q.T,
    "it is the matrix product {} @ {}": lambda p, q: p @ q,
    "it is the matrix product {}.T @ {}": lambda p, q: p.T @ q,
    "it is the matrix product {} @ {}.T": lambda p, q: p @ q.T,
}


def _value(t: Any, name: str) -> Any:
    return np.asarray(t.g if name == "g" else t.values[name])


def _over(part: Any, factor: Any) -> Any:
    return part / factor if np.all(factor) else SKIP


# -- in one step of the calculation --------------------------------------------------------------------


def _in_steps(name: str, trial: Any, function: Callable[[Any], Any]) -> Suspects:
    """One step's contribution to one of its inputs, wrong; the op is one step, its reference or a function several."""
    steps = trial.sweep(function(trial))[1]
    alone = len({step for step, _ in steps}) == 1
    for (step, position), (op, *_) in steps.items():
        where = "" if alone else f"at the step {op.name}, for {op.input_name(position)}: "
        for told, change in [*(() if alone else _SLIPS.items()), *_in_rule(op, position)]:
            yield where + told, partial(_changed, name, function, (step, position), change)


def _changed(name: str, function: Callable[[Any], Any], place: tuple[int, int], change: Change, t: Any) -> Any:
    found, steps = t.sweep(function(t), {place: change})
    return SKIP if place not in steps or steps[place][2] is SKIP else found[name]


def _in_rule(op: Op, position: int) -> Iterator[tuple[str, Change]]:
    """The rule of one input with other values, or another place in its text."""
    arrays = ["g", "y", *op.inputs]
    for body, scope in _texts(op, position):
        tree = ast.Module(body, [])
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        rule = _made(body, scope)
        for name in used.intersection(arrays):
            for other in set(arrays) - {name}:
                yield (
                    f"`{other}` was used where `{name}` belongs",
                    partial(_instead, rule, lambda v, name=name, other=other: rule({**v, name: v[other]})),
                )
        for told, mutant in _mutants(tree, arrays):
            made = _made(mutant.body, scope)
            yield told, partial(_instead, rule, made)


def _instead(rule: Callable[[Any], Any], mutant: Callable[[Any], Any], g: Any, part: Any, values: Any) -> Any:
    values = {**values, "g": g}
    try:
        true = rule(values)
    except Exception:
        true = None
    # a text may be meant for simpler shapes than these
    return mutant(values) if np.shape(true) == np.shape(part) and np.allclose(true, part) else SKIP


# -- the text of a rule, and what may be wrong in it ---------------------------------------------------


def _texts(op: Op, position: int) -> Iterator[Rule]:
    """The formula that the op gives for a rule, where it is one, and the rule's own source."""
    formula = op.formulas.get(op.inputs[position], "") if not op.variadic else ""
    found = re.fullmatch(r"(.*?), (\w+) = (.*)", formula)
    text = f"{found[2]} = {found[3]}\n return {found[1]}" if found else f"return {formula}"
    try:
        body = ast.parse(f"def f():\n {text}").body[0].body if formula else []  # type: ignore[attr-defined]
    except SyntaxError:  # it is words
        body = []
    if body:
        yield body, {**{o.name: o.call for o in registry.values()}, "meant": _meant}
    rule = inspect.unwrap(op.rules[position]) if op.rules and op.rules[position] else None
    tree = _source(rule) if inspect.isfunction(rule) else None
    if tree is not None and rule is not None:
        body = [ast.Return(tree.body)] if isinstance(tree, ast.Lambda) else tree.body
        yield body, {**rule.__globals__, **inspect.getclosurevars(rule).nonlocals}


def _meant(values: dict[str, Any]) -> dict[str, Any]:
    """What a formula leaves unsaid: sums and means are along the op's axis, along which g and y are spread again."""
    axis, x = values.get("axis"), next(v for v in values.values() if isinstance(v, np.ndarray))
    lost = axis is not None and np.ndim(values["y"]) < x.ndim
    wide = {n: np.expand_dims(values[n], axis) for n in ("g", "y") if lost}
    along = {"axis": axis, "keepdims": True}
    return {
        "n": x.size / np.size(values["y"]),
        "sum": lambda v, **options: np.sum(v, **(options or along)),
        "mean": lambda v: np.mean(v, **along),
        **wide,
    }


def _made(body: Iterable[ast.stmt], scope: dict[str, Any]) -> Callable[[Any], Any]:
    """The body of a rule as a function of all values by name."""
    none = ast.arguments([], [], None, [], [], None, [])
    tree = ast.Module([ast.FunctionDef("rule", none, copy.deepcopy(list(body)), [])], [])
    code = compile(ast.fix_missing_locations(tree), "<slip>", "exec")

    def rule(values: Any) -> Any:
        known = {**scope, **values}
        if "meant" in scope:
            known |= _meant(values)
        exec(code, known)
        return known["rule"]()

    return rule


def _mutants(tree: ast.Module, arrays: list[str]) -> Iterator[tuple[str, ast.Module]]:
    """The text with one place changed, and what that is in words."""
    for number, node in enumerate(ast.walk(tree)):
        for told, replacement in _alternatives(node, arrays):
            mutant = copy.deepcopy(tree)
            place = next(n for i, n in enumerate(ast.walk(mutant)) if i == number)
            detail = "" if "`" in told else f": `{ast.unparse(replacement)}` in the place of `{ast.unparse(node)}`"
            yield told + detail, _Put(place, replacement).visit(mutant)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


_TWINS = ["sin cos", "sinh cosh", "tan tanh", "exp log", "minimum maximum", "sqrt square"]
_TWIN = dict(pair for twins in _TWINS for pair in (twins.split(), twins.split()[::-1]))
_FLIPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}


def _alternatives(node: ast.AST, arrays: list[str]) -> Iterator[tuple[str, ast.expr]]:
    """What may stand in the place of a node by mistake, and the mistake in words."""
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as sign, right):
            other = ast.Sub() if isinstance(sign, ast.Add) else ast.Add()
            yield "the sign of a term is wrong", ast.BinOp(left, other, right)
            yield "a term is missing", left
            yield "a term is missing", right if isinstance(sign, ast.Add) else ast.UnaryOp(ast.USub(), right)
        case ast.BinOp(left, ast.Mult(), right):
            yield f"the factor `{ast.unparse(right)}` is missing", left
            yield f"the factor `{ast.unparse(left)}` is missing", right
            yield "divided where it should be multiplied", ast.BinOp(left, ast.Div(), right)
        case ast.BinOp(left, ast.Div(), right) | ast.Call(ast.Name("ratio"), [left, right]):
            yield f"the division by `{ast.unparse(right)}` is missing", left
            yield "multiplied where it should be divided", ast.BinOp(left, ast.Mult(), right)
        case ast.BinOp(left, ast.MatMult(), right):
            yield "an elementwise product where a matrix product belongs", ast.BinOp(left, ast.Mult(), right)
            yield "the operands of the matrix product are swapped", ast.BinOp(right, ast.MatMult(), left)
        case ast.BinOp(base, ast.Pow(), exponent):
            yield "a power is missing", base
            for sign in (ast.Add(), ast.Sub()):
                yield "a power is wrong", ast.BinOp(base, ast.Pow(), ast.BinOp(exponent, sign, ast.Constant(1)))
        case ast.UnaryOp(ast.USub(), operand):
            yield "a minus sign is missing", operand
        case ast.Attribute(value, "T" | "mT"):
            yield "a transpose is missing", value
        case ast.Compare(left, [sign], [right]) if type(sign) in _FLIPPED:
            yield "the comparison is the wrong way round", ast.Compare(left, [_FLIPPED[type(sign)]()], [right])
        case ast.Name(name, ast.Load()) if name in arrays:
            for other in set(arrays) - {name}:
                yield f"`{other}` was used where `{name}` belongs", ast.Name(other, ast.Load())
            yield f"a transpose too many, of `{name}`", ast.Attribute(node, "T", ast.Load())
        case ast.Call(ast.Attribute(attr=name) | ast.Name(name) as function, [first, *rest] as args):
            yield "a transpose is missing" if name in ("swapaxes", "transpose", "_t") else f"`{name}` is missing", first
            if name in _TWIN:
                twin = ast.Attribute(ast.Name("np", ast.Load()), _TWIN[name], ast.Load())
                yield f"`{_TWIN[name]}` was used where `{name}` belongs", ast.Call(twin, args, [])
            if name in ("where", "_where"):
                yield "the mask is missing", rest[0]
                yield "the branches are swapped", ast.Call(function, [first, *rest[::-1]], [])
