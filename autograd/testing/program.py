"""A failure as a program that shows it alone: the source of what failed, the numbers, and the check."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Sequence
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.op import registry
from ..engine.types import Array, Function

if TYPE_CHECKING:
    from .blame import Call

Defined = dict[str, str]  # by name, the lines that define it


def call_program(call: Call, places: tuple[int, ...], order: int) -> str:
    """A program that checks one call alone, with respect to its inputs at `places`."""
    op, defined = call.op, _heading()
    if registry.get(op.name) is op and op.call.__module__.startswith("autograd."):
        name, defined["registry"] = f"registry[{op.name!r}].call", "from autograd import registry"
    else:
        name = _define(inspect.unwrap(op.call), defined)
    handles = {i: op.variadic + str(i) if op.variadic else op.inputs[i] for i in places}
    inputs = [handles.get(i, literal(value)) for i, value in enumerate(call.inputs)]
    if op.variadic:
        inputs = [f"[{', '.join(inputs)}]", *map(literal, call.operands[1:])]
    inputs += [f"{key}={literal(value)}" for key, value in call.options.items()]
    return _program(
        defined, f"lambda {', '.join(handles.values())}: {name}({', '.join(inputs)})", call.at(places), order
    )


def function_program(f: Function, arrays: Sequence[Array], order: int) -> str:
    """A program that checks a function alone."""
    defined = _heading()
    return _program(defined, _define(f, defined), arrays, order)


def _heading() -> Defined:
    return {"np": "import numpy as np", "gradcheck": "from autograd.testing import gradcheck"}


def _program(defined: Defined, function: str, arrays: Sequence[Array], order: int) -> str:
    again = f", order={order}" if order > 1 else ""
    check = f"gradcheck({function}, [{', '.join(map(literal, arrays))}]{again})"
    infinite = ["from numpy import inf, nan"] if "inf" in check or "nan" in check else []
    return "\n\n# this program shows it alone\n" + "\n".join([*infinite, *defined.values(), check]) + "\n"


def literal(value: Any) -> str:
    """A value as Python would read it again."""
    if isinstance(value, (np.ndarray, np.generic)):
        return f"np.array({value.tolist()!r}, {value.dtype.name!r})"
    if isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, np.generic)):
        return f"np.{value.__name__}"
    if type(value) in (list, tuple):
        inner = ", ".join(map(literal, value)) + ("," if type(value) is tuple and len(value) == 1 else "")
        return f"[{inner}]" if type(value) is list else f"({inner})"
    return repr(value)


def _define(function: Function, defined: Defined) -> str:
    """Note the source of a function after that of all that it uses, and return the name that it has there."""
    name, text, tree = _source(function)
    seen = {**function.__globals__, **inspect.getclosurevars(function).nonlocals} if tree else {}
    before = dict.fromkeys([name], "")  # a function may call itself
    for used in [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)] if tree else []:
        if used in seen and used not in defined and used not in before:
            _note(used, seen[used], function.__module__, defined)
    defined[name] = text
    return name


def _source(function: Function) -> tuple[str, str, ast.AST | None]:
    """A name for a function, the statement that defines it, and its syntax tree; None where it cannot be had."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError):
        return "f", f"f = ...  # {function!r}, whose source does not stand alone", None
    match tree.body:
        case [ast.FunctionDef(name=name)] | [ast.Assign(targets=[ast.Name(id=name)])]:
            return name, text, tree
    lambdas = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda)]
    text = f"f = {ast.unparse(lambdas[0])}" if len(lambdas) == 1 else "f = ...  # one of several on this line: " + text
    return "f", text, lambdas[0]


def _note(name: str, value: Any, home: str, defined: Defined) -> None:
    """Note how to get at a value by this name."""
    module, called = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if isinstance(value, ModuleType):
        defined[name] = f"import {value.__name__} as {name}"
    elif isinstance(value, FunctionType) and module == home:
        _define(inspect.unwrap(value), defined)
    elif isinstance(module, str) and called:
        defined[name] = f"from {module} import {called}" + (f" as {name}" if called != name else "")
    else:
        defined[name] = f"{name} = {literal(value)}"
