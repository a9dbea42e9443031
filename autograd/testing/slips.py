"""The slips that people make in derivatives: what each would make of a true one, for `grade` to compare with."""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from ..engine.op import Op, registry
from ..support.source import code_of

SKIP = object()  # what a suspect gives on a trial that it says nothing of
Suspects = Iterator[tuple[str, Callable[[Any], Any]]]  # a slip in words, and the gradient that it gives on a trial
Change = Callable[[Any, Any, Any], Any]  # another contribution, of a step's g, its true contribution and its values


def suspects(name: str, trial: Any) -> Suspects:
    """The known slips in the gradient of the input `name`, the simplest first."""
    for told, change in _SLIPS.items():
        yield told, partial(_whole, name, change)
    for other in (n for n in trial.truth if n != name):
        yield f"it is the gradient of {other}: the two are swapped", partial(_truth, other)
    yield "g, the gradient of the output, is missing (chain rule)", partial(_without_g, name)
    for keep in ("last", "first"):
        told = f"only the {keep} of several contributions is there: `+=` was forgotten where a value is used twice"
        yield told, partial(_kept, name, keep)
    yield "the sum over the broadcast axes was forgotten", partial(_raw, name)
    for axis in range(3):
        yield f"the sum over the broadcast axes is over axis {axis} alone", partial(_raw, name, axis=axis)
    for told, by_count in _MEANS.items():
        for n in _counts(name, trial):
            yield told.format(n), partial(_counted, name, by_count, n)
    yield from _in_steps(name, trial)
    names = [n for n, v in _values(trial).items() if isinstance(v, (np.ndarray, float))]
    for p in names:
        for told, by_factor in _FACTORS.items():
            yield told.format(p), partial(_multiplied, name, by_factor, p)
    for (p, q), (told, product) in itertools.product(itertools.product(names, names), _PRODUCTS.items()):
        yield told.format(p, q), partial(_product, product, p, q)
    yield "it is transposed", lambda t: np.swapaxes(t.truth[name], -1, -2)


_SLIPS: dict[str, Change] = {
    "the sign is flipped": lambda g, part, values: -part,
    "it is always zero": lambda g, part, values: 0 * part,
    "a factor 2 too many: it is twice what it should be": lambda g, part, values: 2 * part,
    "a factor 2 is missing: it is half of what it should be": lambda g, part, values: part / 2,
    "it is g itself: the local derivative is missing (chain rule)": lambda g, part, values: g,
    "what should pass is stopped, and what should be stopped passes": lambda g, part, values: g - part,
}
_MEANS: dict[str, Callable[[Any, float, float], Any]] = {
    "the factor 1/n of a mean is missing, n = {}": lambda part, n, right: part * n,
    "a factor 1/n too many, n = {}": lambda part, n, right: part / n,
    "the factor 1/n of a mean has n = {} in the place of x.size / y.size": lambda part, n, right: part * right / n,
}
_FACTORS: dict[str, Callable[[Any, Any], Any]] = {
    "the factor `{}` is missing": lambda part, q: part / q if np.all(q) else SKIP,
    "the factor `{}` is there once too often": lambda part, q: part * q,
}
_PRODUCTS: dict[str, Callable[[Any, Any], Any]] = {
    "it is the elementwise product {} * {}": lambda p, q: p * q,
    "it is the elementwise product {} * {}.T": lambda p, q: p * q.T,
    "it is the matrix product {} @ {}": lambda p, q: p @ q,
    "it is the matrix product {}.T @ {}": lambda p, q: p.T @ q,
    "it is the matrix product {} @ {}.T": lambda p, q: p @ q.T,
}


def _whole(name: str, change: Change, t: Any) -> Any:
    found = change(t.g, t.truth[name], None)
    return found if np.shape(found) == t.truth[name].shape else SKIP


def _truth(name: str, t: Any) -> Any:
    return t.truth[name]


def _without_g(name: str, t: Any) -> Any:
    return type(t)(t.case.op, t.drawn, np.ones_like).truth[name]


def _kept(name: str, keep: str, t: Any) -> Any:
    return t.sweep(keep=keep)[0][name]


def _raw(name: str, t: Any, axis: int | None = None) -> Any:
    """The contribution to an input before it is summed to the input's shape, or summed over one axis."""
    part = t.steps[0, t.case.op.inputs.index(name)][2]
    return part if axis is None else np.sum(part, axis, keepdims=part.ndim == t.truth[name].ndim)


def _counts(name: str, t: Any) -> dict[str, float]:
    """What may be taken for the n of a mean."""
    x, y = t.truth[name], np.asarray(t.cotangents[0])
    counts = {f"{name}.size / y.size": x.size / y.size} if x.size >= y.size else {}
    counts |= {f"n - 1, not {name}.size": x.size / (x.size - 1)} if x.size > 1 else {}
    for n, v in _values(t).items():
        if np.ndim(v):
            counts |= {f"{n}.size": v.size, f"{n}.shape[0]": v.shape[0], f"{n}.shape[-1]": v.shape[-1]}
    return counts


def _counted(name: str, by_count: Callable[..., Any], n: str, t: Any) -> Any:
    return by_count(t.truth[name], _counts(name, t)[n], t.truth[name].size / t.cotangents[0].size)


def _multiplied(name: str, by_factor: Callable[..., Any], q: str, t: Any) -> Any:
    return by_factor(t.truth[name], np.asarray(_values(t)[q]))


def _product(product: Callable[..., Any], p: str, q: str, t: Any) -> Any:
    return product(*(np.asarray(_values(t)[n]) for n in (p, q)))


def _values(t: Any) -> dict[str, Any]:
    return {"g": t.g, "y": t.y, **t.given}


# -- in one step of the calculation --------------------------------------------------------------------


def _in_steps(name: str, trial: Any) -> Suspects:
    """One step's contribution to one of its inputs, wrong: an op is one step, a function several."""
    alone = len({step for step, _ in trial.steps}) == 1
    for place, (op, *_) in trial.steps.items():
        where = "" if alone else f"at the step {op.name}, for {op.input_name(place[1])}: "
        for told, change in [*(() if alone else _SLIPS.items()), *_in_rule(op, place[1])]:
            yield where + told, partial(_changed, name, place, change)


def _changed(name: str, place: tuple[int, int], change: Change, t: Any) -> Any:
    found, steps = t.sweep({place: change})
    return SKIP if place not in steps or steps[place][2] is SKIP else found[name]


def _in_rule(op: Op, position: int) -> Iterator[tuple[str, Change]]:
    """The rule of one input with other values, or with another place in its text."""
    arrays = ["g", "y", *op.inputs]
    for body, scope in _texts(op, position):
        tree = ast.Module(body, [])
        rule = _made(tree, scope)
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        for name, other in itertools.permutations(arrays, 2):
            if name in used:
                yield f"`{other}` was used where `{name}` belongs", partial(_instead, rule, rule, {name: other})
        for told, mutant in _mutants(tree, arrays):
            yield told, partial(_instead, rule, _made(mutant, scope), {})


Rule = Callable[[dict[str, Any]], Any]  # of all values by name


def _instead(rule: Rule, mutant: Rule, renamed: dict[str, str], g: Any, part: Any, values: dict[str, Any]) -> Any:
    """What a wrong rule gives; nothing where the right one is not true, as a text meant for simpler shapes."""
    values = {**values, "g": g}
    try:
        true = rule(values)
    except Exception:
        return SKIP
    if np.shape(true) != np.shape(part) or not np.allclose(true, part):
        return SKIP
    return mutant({**values, **{name: values[other] for name, other in renamed.items()}})


# -- the text of a rule, and what may be wrong in it ---------------------------------------------------


# where the rule is written for the last digit, or people write another form: one that is not true is not used
_FORMS = {
    "tan": "g * (1 + y**2)", "tanh": "g * (1 - y**2)", "sigmoid": "g * y * (1 - y)", "softplus": "g * sigmoid(x)",
    "exp": "g * y", "expm1": "g * (y + 1)", "log": "g / x", "log1p": "g / (1 + x)", "sqrt": "g / (2 * y)",
    "square": "g * 2 * x", "silu": "g * (sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)))",
    "arctan": "g / (1 + x**2)",
}  # fmt: skip


def _texts(op: Op, position: int) -> Iterator[tuple[list[ast.stmt], dict[str, Any]]]:
    """How people write a rule, the formula that the op gives for it, and its own source; each with its names."""
    said = "" if op.variadic else op.formulas.get(op.inputs[position], "")
    for formula in filter(None, dict.fromkeys([_FORMS.get(op.name), said])):
        text = re.sub(r"(return .*?), (\w+) = (.*)", r"\2 = \3\n\1", f"return {formula}")
        with suppress(SyntaxError):  # it may be words
            yield ast.parse(text).body, {**{o.name: o.call for o in registry.values()}, "np": np, "said": _unsaid}
    rule = op.rules[position] if op.rules else None
    if rule and (tree := code_of(rule)):
        rule = inspect.unwrap(rule)
        body: list[ast.stmt] = [ast.Return(tree.body)] if isinstance(tree, ast.Lambda) else tree.body
        yield body, {**rule.__globals__, **inspect.getclosurevars(rule).nonlocals}


def _unsaid(values: dict[str, Any]) -> dict[str, Any]:
    """What a formula leaves unsaid: sums and means are along the op's axis, along which g and y are spread again."""
    axis: Any = values.get("axis")
    x = max((v for v in values.values() if isinstance(v, np.ndarray)), key=np.size)
    lost = axis is not None and np.ndim(values["y"]) < x.ndim
    along: dict[str, Any] = {"axis": axis, "keepdims": True}
    return {
        "n": x.size / np.size(values["y"]),
        "sum": lambda v, **options: np.sum(v, **(options or along)),
        "mean": lambda v: np.mean(v, **along),
        **{n: np.expand_dims(values[n], axis) for n in ("g", "y") if lost},
    }


def _made(tree: ast.Module, scope: dict[str, Any]) -> Rule:
    """The text of a rule as a function of all values by name."""
    none = ast.arguments([], [], None, [], [], None, [])
    module = ast.Module([ast.FunctionDef("rule", none, copy.deepcopy(tree.body), [])], [])
    code = compile(ast.fix_missing_locations(module), "<slip>", "exec")

    def rule(values: dict[str, Any]) -> Any:
        known = {**scope, **values, **(_unsaid(values) if scope.get("said") is _unsaid else {})}
        exec(code, known)
        return known["rule"]()

    return rule


def _mutants(tree: ast.Module, arrays: list[str]) -> Iterator[tuple[str, ast.Module]]:
    """The text with one place changed, and what that is in words."""
    for node in ast.walk(tree):
        for told, replacement in _alternatives(node, arrays):
            detail = "" if "`" in told else f": `{ast.unparse(replacement)}` in the place of `{ast.unparse(node)}`"
            yield told + detail, copy.deepcopy(tree, {id(node): replacement})  # taken for the copy of the node


_TWINS = ["sin cos", "sinh cosh", "tan tanh", "exp log", "minimum maximum", "sqrt square"]
_TWIN = dict(pair for twins in _TWINS for pair in (twins.split(), twins.split()[::-1]))
_FLIPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}


def _alternatives(node: ast.AST, arrays: list[str]) -> Iterator[tuple[str, ast.expr]]:
    """What may stand in the place of a node by mistake, and the mistake in words."""
    match node:
        case ast.BinOp(left, ast.Add(), right):
            yield "the sign of a term is wrong", ast.BinOp(left, ast.Sub(), right)
            yield "a term is missing", left
            yield "a term is missing", right
        case ast.BinOp(left, ast.Sub(), right):
            yield "the sign of a term is wrong", ast.BinOp(left, ast.Add(), right)
            yield "a term is missing", left
            yield "a term is missing", ast.UnaryOp(ast.USub(), right)
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
            for step in (1, -1):
                yield "a power is wrong", ast.BinOp(base, ast.Pow(), ast.BinOp(exponent, ast.Add(), ast.Constant(step)))
        case ast.UnaryOp(ast.USub(), operand):
            yield "a minus sign is missing", operand
        case ast.Attribute(value, "T" | "mT"):
            yield "a transpose is missing", value
        case ast.Compare(left, [sign], [right]) if type(sign) in _FLIPPED:
            yield "the comparison is the wrong way round", ast.Compare(left, [_FLIPPED[type(sign)]()], [right])
        case ast.Name(name, ast.Load()) if name in arrays:
            for used in (n for n in arrays if n != name):
                yield f"`{used}` was used where `{name}` belongs", ast.Name(used, ast.Load())
            yield f"a transpose too many, of `{name}`", ast.Attribute(node, "T", ast.Load())
        case ast.Call(ast.Attribute(attr=name) | ast.Name(name) as function, [first, *rest] as args):
            yield "a transpose is missing" if name in ("swapaxes", "transpose", "_t") else f"`{name}` is missing", first
            numpy = partial(ast.Attribute, ast.Name("np", ast.Load()), ctx=ast.Load())
            if name in ("sum", "mean", "max"):
                yield f"the axis of `{name}` is missing", ast.Call(numpy(name), [first], [])
            if name in _TWIN:
                yield f"`{_TWIN[name]}` was used where `{name}` belongs", ast.Call(numpy(_TWIN[name]), args, [])
            if name in ("where", "_where"):
                yield "the mask is missing", rest[0]
                yield "the branches are swapped", ast.Call(function, [first, *rest[::-1]], [])
