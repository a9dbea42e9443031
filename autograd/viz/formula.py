"""The text of a derivative rule: as its op says it should read, else read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache
from typing import Any

import numpy as np

from ..engine.node import Node
from ..engine.op import Op
from ..engine.sweep import same
from ..engine.tensor import Tensor
from ..engine.types import Rule, Value
from ..support.source import code_of
from .text import number

MODULES = ("np", "numpy", "autograd")
OPERATORS = {"ratio": ast.Div(), "over_root": ast.Div(), "times": ast.Mult(), "matmul": ast.MatMult()}


def input_names(op: Op) -> dict[str, str]:
    """What a reader calls an op's inputs: NumPy's placeholders a and b are left and right; others keep their names."""
    return {"a": "left", "b": "right"} if op.inputs == ("a", "b") else {}


def input_name(op: Op, position: int) -> str:
    """What a reader calls the input at `position`."""
    name = op.input_name(position)
    return input_names(op).get(name, name)


def computes(op: Op) -> str:
    """What the op computes, as the first sentence of its documentation says it, in the names that a reader knows.

    >>> from autograd import divide, sigmoid
    >>> computes(divide.op), computes(sigmoid.op)
    ('left / right, with broadcasting', '1 / (1 + exp(-x)), stable for any x')
    """
    names = input_names(op)
    first = re.split(r";\s|\.(?:\s+[A-Z]|\s*\n|$)|\n", op.doc, maxsplit=1)[0].replace("`", "")
    return re.sub(r"\b[ab]\b", lambda found: names[found[0]], first) if names else first


def formula(op: Op, position: int, names: Mapping[str, str] | None = None) -> str:
    """What the rule of the input at `position` computes, in the names of the op's inputs, `g` and `y`.

    That is what the op's `formulas` say. Else a rule of one expression is shown in full, a longer one by name and what
    it asks for. `names` gives other names for inputs, such as those of the tensors in a drawing.

    >>> from autograd import multiply, linear
    >>> formula(multiply.op, 0), formula(linear.op, 1)
    ('g * right', 'g.T @ x')
    """
    names = input_names(op) | dict(names or {})
    text, expression = _read(op, position, _rule(op, position))
    return _replaced(ast.parse(text, mode="eval"), names) if expression and names else text


def filled(node: Node, position: int, args: tuple[Any, ...], g: Value, text: Callable[[Any], str] = number) -> str:
    """The rule of one call with the numbers put in, as `text` has them: of scalars only, else empty.

    >>> from autograd import Tensor
    >>> y = Tensor(3.0, requires_grad=True) * Tensor(-2.0)
    >>> filled(y._node, 0, y._node.args[0], 1.0)
    '1 * (-2)'
    """
    op = node.op
    rule = _rule(op, position)
    said, expression = _read(op, position, rule)
    if not expression or ((rule is same or op.joint) and _said(op, position) is None):
        return ""
    body = _Simple().visit(ast.parse(said, mode="eval"))
    values = {"y": node.value, **dict(zip(("g", *op.asks_of(position)), (g, *args)))}
    used = {n.id for n in ast.walk(body) if isinstance(n, ast.Name)} & {"g", "y", *op.parameters}
    if not used or any(not _scalar(values.get(name)) for name in used):  # a text may name what the rule does without
        return ""
    return _replaced(body, {name: text(values[name]) for name in used})


@lru_cache(maxsize=1024)
def _read(op: Op, position: int, rule: Rule | None) -> tuple[str, bool]:
    """The text of a rule, and whether it is an expression in which names stand for values."""
    if rule is None:
        return "", False
    if (said := _said(op, position)) is not None:
        with suppress(SyntaxError):
            ast.parse(said, mode="eval")
            return said, True
        return said, False
    if rule is same:
        return "g", True
    if (body := _body(rule)) is not None:
        return ast.unparse(_Simple().visit(deepcopy(body))), True
    name = getattr(rule, "__name__", "rule").strip("_")
    return f"{'rule' if name == '<lambda>' else name}({', '.join(['g', *op.asks_of(position)])})", False


def _replaced(body: ast.AST, values: Mapping[str, str]) -> str:
    """The expression with numbers, a negative one in brackets, or other names in the place of names."""
    for node in ast.walk(body):
        if isinstance(node, ast.Name) and node.id in values:
            text = values[node.id]
            node.id = f"({text})" if text.startswith("-") else text
    return ast.unparse(body)


def _scalar(value: object) -> bool:
    return isinstance(value, (int, float, np.number, np.bool_)) or (
        isinstance(value, (np.ndarray, Tensor)) and value.ndim == 0
    )


def _rule(op: Op, position: int) -> Rule | None:
    return op.joint or (op.rules or (None,))[0 if op.variadic else position]


def _said(op: Op, position: int) -> str | None:
    """The text that the op itself gives."""
    return op.formulas.get(op.inputs[0 if op.variadic else position])


class _Simple(ast.NodeTransformer):
    """np.exp(x) becomes exp(x), 2.0 * x_shape 2 * x.shape; ratio(a, b), a / b but for 0 / 0, and others become that."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        known = isinstance(node.value, ast.Name) and node.value.id in MODULES
        return ast.Name(node.attr, ast.Load()) if known else node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = node.id.lstrip("_")
        if name.endswith("_shape"):
            return ast.Attribute(ast.Name(name.removesuffix("_shape"), ast.Load()), "shape", ast.Load())
        return ast.Name(name, ast.Load())

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        whole = isinstance(node.value, float) and node.value.is_integer()
        return ast.Constant(int(node.value)) if whole else node  # type: ignore[arg-type]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in OPERATORS and len(node.args) == 2 and not node.keywords:
            return ast.BinOp(node.args[0], OPERATORS[name], node.args[1])
        if name == "where" and len(node.args) == 2:
            node.args.append(ast.Constant(0))
        return node


def _body(rule: Rule) -> ast.expr | None:
    """The one expression that a rule returns; None where there is no source, or more than that."""
    match code_of(rule):
        case ast.Lambda(body=body):
            return body
        case ast.FunctionDef(body=[ast.Return(body)] | [ast.Expr(ast.Constant(str())), ast.Return(body)]):
            return body
    return None
