"""A failure as a program that shows it alone: the source of what failed, the numbers, and the check."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Sequence
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ..engine.op import Op, registry
from ..engine.types import Array, Function
from ..support.source import code_of
from .case import Case

Defined = dict[str, str]  # by name, the lines that define it


class Name(str):
    """A name in a program, among literals."""

    __repr__ = str.__str__


def case_program(case: Case, numbers: list[int], order: int) -> str:
    """A program that checks one call alone, with respect to its arrays of these numbers."""
    op, defined = case.op, _heading()
    if registry.get(op.name) is op and op.call.__module__.startswith("autograd."):
        name, defined["registry"] = f"registry[{op.name!r}].call", "from autograd import registry"
    else:
        name = _define_op(op, defined)
    names = {k: Name(case.name(k).replace("[", "").replace("]", "")) for k in numbers}
    given = map(literal, case.filled([names.get(k, array) for k, array in enumerate(case.arrays)]))
    options = (f"{key}={literal(value)}" for key, value in case.options.items())
    function = f"lambda {', '.join(names.values())}: {name}({', '.join([*given, *options])})"
    return _program(defined, function, [case.arrays[k] for k in numbers], order)


def function_program(f: Function, arrays: Sequence[Array], order: int) -> str:
    """A program that checks a function alone."""
    defined = _heading()
    return _program(defined, _define(f, "f", defined), arrays, order)


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
        dtype = "" if value.dtype in (np.float64, np.complex128) else f", {value.dtype.name!r}"
        return f"np.array({value.tolist()!r}{dtype})" if value.size else f"np.zeros({value.shape}{dtype})"
    if isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, np.generic)):
        return f"np.{value.__name__}"
    if type(value) in (list, tuple):
        inner = ", ".join(map(literal, value)) + ("," if type(value) is tuple and len(value) == 1 else "")
        return f"[{inner}]" if type(value) is list else f"({inner})"
    return repr(value)


def _define_op(op: Op, defined: Defined) -> str:
    """Note how to make an op of one's own anew, of its forward function and its rules, and return its name."""
    name = op.name if op.name.isidentifier() else "f"
    defined["op"] = "from autograd import op"
    rules = {"joint": op.joint, "reference": op.reference} if op.joint else op.given
    words = [f"{key}={_define(rule, f'{name}_{key}', defined)}" for key, rule in rules.items() if rule]
    if op.joint:
        words += [f"{key}={getattr(op, key)!r}" for key in ("inputs", "kept", "variadic") if getattr(op, key)]
    words += ["complex=True"] if op.complex else []
    if isinstance(op.forward, np.ufunc):
        given = ", ".join(op.inputs)
        forward = f"lambda {given}: {literal(op.forward)}({given})"
    else:
        forward = _define(op.forward, f"{name}_forward", defined)
    defined[name] = f"{name} = op({', '.join(words)}, name={op.name!r})({forward})"
    return name


def _define(function: Function, name: str, defined: Defined) -> str:
    """Note the source of a function under this name, after that of all that it uses; return the name."""
    function, tree = inspect.unwrap(function), copy.deepcopy(code_of(function))
    if tree is None:
        defined[name] = f"{name} = ...  # {function!r}, of which there is no source"
        return name
    if isinstance(tree, ast.FunctionDef):
        tree.name, tree.decorator_list, tree.returns = name, [], None
    arguments = [node for node in ast.walk(tree) if isinstance(node, ast.arg)]
    for argument in arguments:
        argument.annotation = None
    seen = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    defined[name] = "..."  # two functions may call each other
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {*(a.arg for a in arguments), *(n.id for n in names if isinstance(n.ctx, ast.Store))}
    for used in [n.id for n in names if n.id not in own]:
        if used in seen and used not in defined:
            _note(used, seen[used], function.__module__, defined)
    text = ast.unparse(tree)
    del defined[name]  # it comes after what it uses
    defined[name] = text if isinstance(tree, ast.FunctionDef) else f"{name} = {text}"
    return name


def _note(name: str, value: Any, home: str, defined: Defined) -> None:
    """Note how to get at a value by this name."""
    module, called = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if isinstance(value, ModuleType):
        defined[name] = f"import {value.__name__} as {name}"
    elif hasattr(value, "op") and module == home:
        if (made := _define_op(value.op, defined)) != name:
            defined[name] = f"{name} = {made}"
    elif isinstance(value, FunctionType) and module == home:
        _define(value, name, defined)
    elif isinstance(module, str) and called:
        defined[name] = f"from {module} import {called}" + (f" as {name}" if called != name else "")
    else:
        defined[name] = f"{name} = {literal(value)}"
