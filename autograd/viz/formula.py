"""The text of a derivative rule, read from its source: what is drawn is what runs."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from ..node import Node
from ..op import Op
from ..sweep import same
from .text import number

Code = ast.Lambda | ast.FunctionDef
MODULES = ("np", "numpy", "autograd")
OPERATORS = {"ratio": ast.Div(), "matmul": ast.MatMult()}


def formula(op: Op, position: int) -> str:
    """What the rule of the input at `position` computes, in the names of the op's inputs, `g` and `y`.

    A rule of one expression is shown in full, a longer one by name and what it asks for.

    >>> from autograd import multiply, linear
    >>> formula(multiply.op, 0), formula(linear.op, 2)
    ('g * b', 'g')
    """
    rule = _rule(op, position)
    if rule is None:
        return ""
    if rule is same:
        return "g"
    body = _body(rule)
    if body is not None:
        return ast.unparse(_simple(body))
    name = getattr(rule, "__name__", "rule").strip("_")
    return f"{'rule' if name == '<lambda>' else name}({', '.join(['g', *_asked(op, position)])})"


def filled(node: Node, position: int, args: tuple[Any, ...], g: Any) -> str:
    """The rule of one call with the numbers put in: of scalars only, else empty.

    >>> from autograd import Tensor
    >>> y = Tensor(3.0, requires_grad=True) * Tensor(-2.0)
    >>> filled(y._node, 0, y._node.args[0], 1.0)
    '1 * (-2)'
    """
    rule = _rule(node.op, position)
    if rule is None or rule is same or node.op.joint:
        return ""
    body, asked = _body(rule), _asked(node.op, position)
    values = dict(zip(("g", *asked), (g, *args)))
    used = {n.id for n in ast.walk(body) if isinstance(n, ast.Name)} & set(values) if body is not None else set()
    if body is None or not used or any(not _scalar(values[name]) for name in used):
        return ""
    return ast.unparse(_Fill(values).visit(_simple(body)))


class _Fill(ast.NodeTransformer):
    """Puts numbers in the place of names; a negative one in brackets."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id not in self.values:
            return node
        text = number(self.values[node.id])
        return ast.Name(f"({text})" if text.startswith("-") else text, ast.Load())


def _scalar(value: Any) -> bool:
    return isinstance(value, (int, float, np.number, np.bool_)) or (isinstance(value, np.ndarray) and value.ndim == 0)


def _rule(op: Op, position: int) -> Callable[..., Any] | None:
    return op.joint or (op.rules or (None,))[0 if op.variadic else position]


def _asked(op: Op, position: int) -> tuple[str, ...]:
    return op.asks[0 if op.joint else position] if op.asks else ()


def _simple(body: ast.expr) -> ast.expr:
    """The expression as a reader writes it: without prefixes, and with our own guards as what they compute."""
    return _Simple().visit(ast.parse(ast.unparse(body), mode="eval").body)  # type: ignore[no-any-return]


class _Simple(ast.NodeTransformer):
    """np.exp(x) becomes exp(x), and ratio(a, b), which is a / b but for 0 / 0, a / b."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        return (
            ast.Name(node.attr, ast.Load()) if isinstance(node.value, ast.Name) and node.value.id in MODULES else node
        )

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(node.id.lstrip("_"), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in OPERATORS and len(node.args) == 2 and not node.keywords:
            return ast.BinOp(node.args[0], OPERATORS[name], node.args[1])
        if name == "where" and len(node.args) == 2:
            node.args.append(ast.Constant(0))
        return node


def _body(rule: Callable[..., Any]) -> ast.expr | None:
    """The one expression that a rule returns; None where there is no source, or more than that."""
    code = _code(rule)
    if code is None:
        return None
    if isinstance(code, ast.Lambda):
        return code.body
    lines = code.body[1:] if ast.get_docstring(code) is not None else code.body
    if len(lines) == 1 and isinstance(lines[0], ast.Return):
        return lines[0].value
    return None


def _code(rule: Callable[..., Any]) -> Code | None:
    made = getattr(inspect.unwrap(rule), "__code__", None)
    if made is None:
        return None
    # where the instructions stand in the file; some, such as the first, stand nowhere
    at = [((p[0], p[2]), (p[1], p[3])) for p in made.co_positions() if None not in p and p[2:] != (0, 0)]
    for found in _codes(made.co_filename).get(made.co_firstlineno, ()):
        if isinstance(found, ast.FunctionDef):
            if found.name == made.co_name:
                return found
        elif [a.arg for a in found.args.args] == list(made.co_varnames[: made.co_argcount]):
            # of several lambdas in one line, the one that encloses what the code was compiled from
            start, end = (found.lineno, found.col_offset), (found.end_lineno, found.end_col_offset)
            if made.co_name == "<lambda>" and all(start <= first and last <= end for first, last in at):  # type: ignore
                return found
    return None


@lru_cache(maxsize=256)
def _codes(filename: str) -> dict[int, list[Code]]:
    """All functions of a file by their first line, as the interpreter counts it: a decorator's, if there is one."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:
        return {}
    found: dict[int, list[Code]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Lambda, ast.FunctionDef)):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            found.setdefault(first, []).append(node)
    return found
