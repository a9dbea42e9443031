"""What stands below an operation in the reference: its plot, formula, derivative rule and measured error."""

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np
from formulas import TEXTBOOK, VALUES
from latex import latex
from plots import plot

from autograd.engine.op import Op, registry
from autograd.support.source import code_of
from autograd.viz.formula import formula
from benchmarks.accuracy.references import EXCEPTIONS, ROWS

ROOMS = {f"autograd.ops.{room}" for room in ("activation", "arithmetic", "exponential", "special", "trigonometric")}
WHOLE = {"softmax", "log_softmax", "glu"}  # in these rooms, but of a whole array
UNPLOTTED = {
    "where": "of three inputs, one of them true or false",
    "clip": "of three inputs",
    **dict.fromkeys(("frexp", "modf", "divmod"), "it has two results"),
}


def elementwise(op: Op) -> bool:
    """Whether an op works element by element and has a derivative: what docs/accuracy.md measures."""
    held = op.call.__module__ in ROOMS or isinstance(op.numpy, np.ufunc)
    return op.differentiable and held and op.name not in WHOLE


def card(op: Op) -> list[str]:
    """The lines of reStructuredText that follow an op's docstring."""
    picture = plot(op) if elementwise(op) and op.name not in UNPLOTTED else ""
    lines = ["", ".. raw:: html", "", f"   {picture}", ""] if picture else [""]
    rows = {**value(op), **rules(op), **error(op)}
    return [*lines, *(f":{name}: {text}" for name, text in rows.items()), ""]


def value(op: Op) -> dict[str, str]:
    """The row of what the op computes, where more can be said than its docstring begins with."""
    text = latex(VALUES[op.name]) if op.name in VALUES else TEXTBOOK.get(op.name)
    return {"Formula": math(text if text.startswith("y_i =") else f"y = {text}")} if text else {}


def rules(op: Op) -> dict[str, str]:
    """The rows of the inputs: how the gradient of each comes from g, that of the output y."""
    if not op.differentiable:
        return {"Gradient": "none"}
    if op.composite:
        used = ", ".join(f"`{name}`" for name in parts(op))
        return {"Gradient": f"by the chain rule: it is made of other operations{', such as ' * bool(used)}{used}"}
    found = {}
    for position in range(op.count):
        if op.joint and op.inputs[position] not in op.formulas:
            continue  # such as a shape, which has no gradient
        if text := formula(op, position, {n: n for n in op.inputs}):
            first, _, where = text.partition(", ")
            whole = latex(text) or (latex(first) if re.match(r"\w+ = ", where) else None)
            said = math(whole) if whole else f"`{text}`" if written(text) else literal(text)
            found[f"Gradient of {op.input_name(position)}"] = said + (
                f", `{where}`" if whole and not latex(text) else ""
            )
    return found


def parts(op: Op) -> list[str]:
    """The operations that a composite one calls in its own text, by name or as NumPy's."""
    tree = code_of(op.forward)
    found = []
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Call(func=ast.Name(id=name)):
                found.append(getattr(op.forward.__globals__.get(name), "op", None))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name)):
                found.append(registry.get(name))
    return list(
        dict.fromkeys(o.name for o in found if o and o.differentiable and o.name != op.name and o.name[0] != "_")
    )


def error(op: Op) -> dict[str, str]:
    """The row of what was measured, of an elementwise op."""
    if not elementwise(op):
        return {}
    link = ":doc:`how it is measured </accuracy>`"
    found = {dtype: errors(dtype).get(op.name) for dtype in ("float64", "float32")}
    if op.name in ROWS:
        said = "; ".join(f"{dtype} {numbers}" for dtype, numbers in found.items())
        return {"Measured error": f"in units of the last place, {said} ({link})"}
    return {"Measured error": f"none: {EXCEPTIONS[op.name]} ({link})"}


@cache
def errors(dtype: str) -> dict[str, str]:
    """By op the errors of value, derivative and second derivative, as the tables of docs/accuracy.md have them."""
    page = (Path(__file__).parent / "accuracy.md").read_text(encoding="utf-8")
    table = page.partition(f"<!-- {dtype} -->")[2].partition(f"<!-- /{dtype} -->")[0]
    rows = re.findall(r"^\| `([^`]+)`(?: †)? \| (.+) \|$", table, re.MULTILINE)
    orders = "value", "derivative", "second derivative"
    cells = {name: [c.strip().replace("all", "all digits") for c in row.split("|")[::2]] for name, row in rows}
    return {name: ", ".join(f"{order} {n}" for order, n in zip(orders, row)) for name, row in cells.items()}


def math(text: str) -> str:
    """A formula in a line."""
    return f":math:`{text}`"


def literal(text: str) -> str:
    """Text that has no markup in it."""
    return re.sub(r"([*|\\`]|_\b)", r"\\\1", text)


def written(text: str) -> bool:
    """Whether a text is Python."""
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return "=" in text
    return True
