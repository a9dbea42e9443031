"""The mistakes that people make in derivatives, each as what it makes of a true one: for `grade` to compare with."""

from __future__ import annotations

import ast
import copy
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..engine.op import Op, registry
from .check_op import composition
from .mutation import _source

SKIP = object()  # of a suspect: it says nothing on this trial
Suspects = Iterator[tuple[str, Callable[[Any], Any]]]  # a mistake in words, and what it gives on a trial


def suspects(name: str, trial: Any) -> Suspects:
    """The known mistakes in the gradient of the input `name`, the simplest first."""
    yield from _of_the_whole(name, trial)
    yield from _of_steps(name, trial)
    yield from _of_factors(name, trial)
    yield from _of_shape(name)


def _of_the_whole(name: str, trial: Any) -> Suspects:
    for told, k in (("the sign is flipped", -1), ("it is always zero", 0)):
        yield told, lambda t, k=k: k * t.truth[name]
    yield "a factor 2 too many: it is twice what it should be", lambda t: 2 * t.truth[name]
    yield "a factor 2 is missing: it is half of what it should be", lambda t: t.truth[name] / 2
    for other in trial.truth.keys() - {name}:
        yield f"it is the gradient of {other}: the two are swapped", lambda t, o=other: t.truth[o]
    yield (
        "it is g itself: the local derivative is missing (chain rule)",
        lambda t: SKIP if np.shape(t.g) != t.truth[name].shape else t.g,
    )
    yield "g, the gradient of the output, is missing (chain rule)", lambda t: t.swept(g=1)[name]
    for keep in ("last", "first"):
        yield (
            f"only the {keep} of several contributions is there: `+=` was forgotten where a value is used twice",
            lambda t, keep=keep: t.swept(_function(t), keep=keep)[name],
        )
    yield "the sum over the broadcast axes was forgotten", lambda t: _raw(t, name)
    for axis in range(3):
        yield f"summed over axis {axis} alone", lambda t, axis=axis: _raw(t, name).sum(axis)
        yield f"summed over axis {axis} alone", lambda t, axis=axis: _raw(t, name).sum(axis, keepdims=True)
    for told, count in _COUNTS.items():
        yield f"the factor 1/n of a mean is missing, n {told}", lambda t, c=count: t.truth[name] * c(t, name)
        yield f"a factor 1/n too many, n {told}", lambda t, c=count: t.truth[name] / c(t, name)


def _ratio(t: Any, name: str) -> float:
    return t.truth[name].size / np.size(t.y)


_COUNTS: dict[str, Callable[[Any, str], Any]] = {
    "the number of elements in one mean": _ratio,
    "the size of the input": lambda t, name: t.truth[name].size,
    "the number of broadcast copies": lambda t, name: _raw(t, name).size / t.truth[name].size,
    "the length of the first axis": lambda t, name: t.truth[name].shape[0],
    "the length of the last axis": lambda t, name: t.truth[name].shape[-1],
    "the size of the output": lambda t, name: np.size(t.y),
    "over n - 1": lambda t, name: _ratio(t, name) / (_ratio(t, name) - 1),
}


def _function(t: Any) -> Any:
    return composition(t.case.op) if t.case.op.reference else None


def _raw(t: Any, name: str) -> Any:
    """The contribution to an input before it is summed to the input's shape."""
    found = []

    def note(step: int, node: Any, position: int, g: Any, part: Any, values: Any) -> Any:
        if step == 0 and node.op.inputs[position] == name:
            found.append(part)
        return part

    t.swept(change=note)
    return found[0]


# -- in one step of the calculation --------------------------------------------------------------------


def _of_steps(name: str, trial: Any) -> Suspects:
    """One step's contribution to one of its inputs, wrong; a fused op is one step, and those of its reference, too."""
    for function in (lambda t: None, _function) if trial.case.op.reference else (lambda t: None,):
        steps: dict[tuple[int, int], Any] = {}

        def note(step: int, node: Any, position: int, g: Any, part: Any, values: Any, steps: Any = steps) -> Any:
            steps[step, position] = node.op
            return part

        trial.swept(function(trial), note)
        alone = len({step for step, _ in steps}) == 1
        for (step, position), op in steps.items():
            where = "" if alone else f"at the step {op.name}({op.input_name(position)}): "
            for told, change in _of_one(op, position, alone):
                yield where + told, _at(name, function, step, position, change)


def _at(name: str, function: Any, step: int, position: int, change: Any) -> Callable[[Any], Any]:
    """A suspect: the gradient of the input `name` where `change` was made to one part in the sweep."""

    def suspect(t: Any) -> Any:
        reached = []

        def replaced(k: int, node: Any, i: int, g: Any, part: Any, values: Any) -> Any:
            if (k, i) != (step, position):
                return part
            reached.append(changed := change(g, part, values))
            return part if changed is SKIP else changed

        found = t.swept(function(t), replaced)[name]
        return found if reached and reached[0] is not SKIP else SKIP

    return suspect


def _of_one(op: Op, position: int, alone: bool) -> Iterator[tuple[str, Callable[..., Any]]]:
    if not alone:
        yield "the sign is flipped", lambda g, part, values: -part
        yield "the local derivative is missing (chain rule)", lambda g, part, values: g
        yield "the contribution is missing", lambda g, part, values: np.zeros_like(part)
        yield "a factor 2 too many", lambda g, part, values: 2 * part
        yield "a factor 2 is missing", lambda g, part, values: part / 2
    for rule in _texts(op, position):
        original = _made(rule, op)
        for told, mutant in _mutants(rule, op):
            try:
                made = _made(mutant, op)
            except (SyntaxError, ValueError):
                continue
            yield told, _instead(original, made)


def _instead(original: Any, made: Any) -> Callable[..., Any]:
    def change(g: Any, part: Any, values: Any) -> Any:
        try:
            true = original(g, values)
            if np.shape(true) != np.shape(part) or not np.allclose(true, part):
                return SKIP  # the text is for simpler shapes than these
        except Exception:
            return SKIP
        return made(g, values)

    return change


# -- the text of a rule, and what may be wrong in it ---------------------------------------------------

Rule = tuple[ast.FunctionDef, dict[str, Any]]


def _texts(op: Op, position: int) -> Iterator[Rule]:
    """The rule's own source, and the formula that the op gives for it, where it is one."""
    rule = op.rules[position] if op.rules else None
    if rule is not None:
        rule = inspect.unwrap(rule)
        tree = _source(rule)
        if tree is not None:
            body = [ast.Return(tree.body)] if isinstance(tree, ast.Lambda) else tree.body
            yield _function_of(body), {**rule.__globals__, **inspect.getclosurevars(rule).nonlocals}
    text = op.formulas.get(op.inputs[position]) if not op.variadic else None
    if text:
        found = re.fullmatch(r"(.*?), (\w+) = (.*)", text)
        lines = f"{found[2]} = {found[3]}\nreturn {found[1]}" if found else f"return {text}"
        try:
            body = ast.parse("def f():\n " + lines.replace("\n", "\n ")).body[0].body
        except SyntaxError:  # it is words
            return
        yield _function_of(body), {**{o.name: o.call for o in registry.values()}, "np": np, "_formula": True}


def _function_of(body: list[ast.stmt]) -> ast.FunctionDef:
    return ast.FunctionDef("rule", ast.arguments([], [], None, [], [], None, []), body, [])


def _made(rule: Rule, op: Op) -> Callable[[Any, Any], Any]:
    tree, scope = rule
    tree = copy.deepcopy(tree)
    names = _names(op)
    tree.args.args = [ast.arg(n) for n in names]
    code = compile(ast.fix_missing_locations(ast.Module([tree], [])), "<slip>", "exec")

    def call(g: Any, values: Any) -> Any:
        known = dict(scope)
        values = {**values, "g": g}
        if "_formula" in scope:  # it means the op's own axis, and leaves out that g is broadcast along it
            axis = values.get("axis")
            x = next(v for v in values.values() if isinstance(v, np.ndarray))
            known |= {"n": x.size / np.size(values["y"]), "mean": lambda v: np.mean(v, axis=axis, keepdims=True)}
            known["sum"] = lambda v, **options: np.sum(v, **(options or {"axis": axis, "keepdims": True}))
            if "keepdims" in values and np.shape(values["y"]) != x.shape and not values["keepdims"]:
                for n in ("g", "y"):
                    values[n] = values[n] if axis is None else np.expand_dims(values[n], axis)
        exec(code, known)
        return known["rule"](*(values.get(n) for n in names))

    return call


def _names(op: Op) -> list[str]:
    return ["g", "y", *op.parameters, *(f"{n}_{of}" for n in op.parameters for of in ("shape", "dtype"))]


def _mutants(rule: Rule, op: Op) -> Iterator[tuple[str, Rule]]:
    """The rule with one place changed, and what that is in words."""
    tree, scope = rule
    arrays = ["g", "y", *op.inputs]
    for number, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.expr):
            continue
        for told, replacement in _alternatives(node, arrays):
            mutant = copy.deepcopy(tree)
            place = next(n for i, n in enumerate(ast.walk(mutant)) if i == number)
            mutant = _Put(place, replacement).visit(mutant)
            old, new = ast.unparse(node), ast.unparse(replacement)
            yield told if "`" in told else f"{told}: `{new}` in the place of `{old}`", (mutant, scope)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


_TWINS = ["sin cos", "sinh cosh", "tan tanh", "exp expm1", "log log1p", "minimum maximum", "sqrt square"]
_TWIN = dict(pair for twins in _TWINS for pair in (twins.split(), twins.split()[::-1]))
_FLIPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}


def _alternatives(node: ast.expr, arrays: list[str]) -> Iterator[tuple[str, ast.expr]]:
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
        case ast.BinOp(left, ast.Div(), right):
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
        case ast.Name(name) if name in arrays:
            for other in arrays:
                if other != name:
                    yield f"`{other}` was used where `{name}` belongs", ast.Name(other, ast.Load())
            yield f"`{name}` was transposed", ast.Attribute(node, "T", ast.Load())
        case ast.Call(function, args):
            yield from _other_calls(node, function, args)


def _other_calls(node: ast.Call, function: ast.expr, args: list[ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in ("swapaxes", "transpose", "_t"):
        yield "a transpose is missing", args[0]
    elif len(args) == 1 or name in ("sum", "mean"):
        yield f"`{name}` is missing", args[0]
    if name in _TWIN:
        twin = copy.deepcopy(function)
        setattr(twin, "attr" if isinstance(twin, ast.Attribute) else "id", _TWIN[name])
        yield f"`{_TWIN[name]}` was used where `{name}` belongs", ast.Call(twin, args, node.keywords)
    if name == "where" and len(args) == 3:
        yield "the branches are swapped", ast.Call(function, [args[0], args[2], args[1]], node.keywords)
    if name == "ratio":
        yield "multiplied where it should be divided", ast.BinOp(args[0], ast.Mult(), args[1])
        yield f"the division by `{ast.unparse(args[1])}` is missing", args[0]
    if name == "_where":
        yield "the mask is missing", args[1]


# -- by a factor, or in shape --------------------------------------------------------------------------


def _of_factors(name: str, trial: Any) -> Suspects:
    for q in ["g", "y", *trial.given()]:
        yield f"the factor `{q}` is missing", lambda t, q=q: _over(t, name, q)
        yield f"the factor `{q}` is there once too often", lambda t, q=q: t.truth[name] * _quantity(t, q)
    for p in ["g", "y", *trial.given()]:
        for q in ["g", "y", *trial.given()]:
            for told, product in _PRODUCTS.items():
                yield (
                    f"it is {told.format(p, q)}",
                    lambda t, p=p, q=q, f=product: f(np.asarray(_quantity(t, p)), np.asarray(_quantity(t, q))),
                )


_PRODUCTS: dict[str, Callable[[Any, Any], Any]] = {
    "the elementwise product {} * {}": lambda p, q: p * q,
    "the elementwise product {} * {}.T": lambda p, q: p * q.T,
    "the matrix product {} @ {}": lambda p, q: p @ q,
    "the matrix product {}.T @ {}": lambda p, q: p.T @ q,
    "the matrix product {} @ {}.T": lambda p, q: p @ q.T,
    "the quotient {} / {}": lambda p, q: p / q,
}


def _quantity(t: Any, name: str) -> Any:
    return t.g if name == "g" else t.values[name]


def _over(t: Any, name: str, q: str) -> Any:
    value = np.asarray(_quantity(t, q), float)
    return t.truth[name] / value if np.all(value) else SKIP


def _of_shape(name: str) -> Suspects:
    yield "it is transposed", lambda t: np.swapaxes(t.truth[name], -1, -2)
