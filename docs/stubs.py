"""Write what editors and type checkers read of the operations: `make stubs`.

Operations are made at run time and attach themselves to Tensor; a type checker sees neither. So it is written down,
from their own signatures and docstrings: the functions in autograd/ops/__init__.pyi, and what Tensor gets of them in
autograd/engine/operators.pyi. An op is written for arrays; a stub says what a user hands in, a `Value`, and gets: a
Tensor, or of arrays alone an array.
"""

import ast
import builtins
import inspect
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import resolve_name
from inspect import Parameter, Signature
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from autograd import Tensor, ops  # noqa: E402
from autograd.engine import types  # noqa: E402
from autograd.ops.declare import op  # noqa: E402

# what several outputs come as: NumPy's named tuples, here of Tensors or of arrays
NAMED = {
    "EigResult": ("eigenvalues", "eigenvectors"),
    "EighResult": ("eigenvalues", "eigenvectors"),
    "QRResult": ("Q", "R"),
    "SVDResult": ("U", "S", "Vh"),
    "SlogdetResult": ("sign", "logabsdet"),
}
# results that a signature of ours does not tell
GIVES = {
    "batch_norm": "Tensor",
    "eig": "EigResult[Tensor]",
    "eigh": "EighResult[Tensor]",
    "gradient": "Tensor | tuple[Tensor, ...]",
    "group_norm": "Tensor",
    "lstm_cell": "tuple[Tensor, Tensor]",
    "qr": "QRResult[Tensor]",
    "slogdet": "SlogdetResult[Tensor]",
    "split": "list[Tensor]",
    "svd": "SVDResult[Tensor]",
    "topk": "tuple[Tensor, Tensor]",
}
# the argument that decides what comes out, and what its other value gives
DECIDES = {
    "average": ("returned", "tuple[Tensor, Tensor]"),
    "batch_norm": ("return_moments", "tuple[Tensor, Tensor, Tensor]"),
    "group_norm": ("return_moments", "tuple[Tensor, Tensor, Tensor]"),
    "max_pool": ("return_indices", "tuple[Tensor, Tensor]"),
    "svd": ("compute_uv", "Tensor"),
}
# where the words are from that stubs use; all others are imported as the op's own file does
HOMES = {
    **dict.fromkeys(["Generic", "Literal", "NamedTuple", "TypeVar", "overload"], "typing"),
    **dict.fromkeys(types.__annotations__, types.__name__),
    "ArrayLike": "numpy.typing",
    "Sequence": "collections.abc",
    "Tensor": Tensor.__module__,
}
SELF = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)


class Text(str):
    """Source text, which a Signature prints as it is."""

    __repr__ = str.__str__


# -- what the sources say ------------------------------------------------------------------------------


@cache
def tree(module: str) -> ast.Module:
    """The parsed file of a module."""
    return ast.parse(inspect.getsource(sys.modules[module]))


def annotations(function: Any) -> dict[str, str]:
    """The annotations of a function, as they stand in its file."""
    op = getattr(function, "op", None)
    function = inspect.unwrap(function)
    first = function.__code__.co_firstlineno  # of a decorated function, the line of its decorator
    node = next(
        n
        for n in ast.walk(tree(function.__module__))
        if isinstance(n, ast.FunctionDef) and first == min(part.lineno for part in (n, *n.decorator_list))
    )
    said = {a.arg: a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)} | {"return": node.returns}
    if op and op.kept and isinstance(node.returns, ast.Subscript) and isinstance(node.returns.slice, ast.Tuple):
        said["return"] = node.returns.slice.elts[0]  # what is kept for the kernel comes after the result
    return {name: ast.unparse(text) for name, text in said.items() if text}


@cache
def imports(module: str) -> dict[str, str]:
    """For each name that a file imports or defines, the import that gives it to another file."""
    found = {name: f"from {module} import {name}" for name in vars(sys.modules[module])}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom):
            home = resolve_name("." * node.level + (node.module or ""), sys.modules[module].__package__)
            found |= {a.asname or a.name: f"from {home} import {ast.unparse(a)}" for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.asname or a.name: f"import {ast.unparse(a)}" for a in node.names}
    return found


# -- what a user sees ----------------------------------------------------------------------------------


def signature(name: str, function: Any) -> Signature:
    """The signature of a function, with Values for the arrays that it takes and Tensors for those that it gives."""
    op, said = getattr(function, "op", None), annotations(function)
    parameters = []
    for i, parameter in enumerate(inspect.signature(function).parameters.values()):
        text = said.get(parameter.name, "Any")
        if op and text == "Any" and (i == 0 or parameter.name in (*op.inputs, op.variadic)):
            text = "Value"
        if op and parameter.name == op.variadic and parameter.kind is not parameter.VAR_POSITIONAL:
            text = "Sequence[Value] | Array"
        else:
            text = text.replace("list[Array]", "Sequence[Array]").replace("Maybe", "Array | None")
            text = re.sub(r"\bArray\b", "Value", text)
        if parameter.default is None and not re.search(r"\b(Any|Axis|None)\b", text):
            text += " | None"
        parameters.append(parameter.replace(annotation=Text(text), default=_default(parameter)))
    gives = said.get("return", "Any")
    gives = re.sub(r"\b(Any|Array)\b" if op else r"^Any$", "Tensor", gives)
    return Signature(parameters, return_annotation=Text(GIVES.get(name, gives)))


def _default(parameter: Parameter) -> Any:
    """The default, or `...` where it is nothing that could be written down."""
    plain = isinstance(parameter.default, (bool, int, float, str, tuple, NoneType))
    return parameter.default if plain or parameter.default is Parameter.empty else Text("...")


def overloads(name: str, function: Any) -> Iterator[Signature]:
    """One signature, or several: Tensors in, Tensors out; arrays in, arrays out; and by an argument that decides."""
    for seen in _decided(name, signature(name, function)):
        needed = [p for p in seen.parameters.values() if p.default is p.empty and p.annotation in ("Value", "Any")]
        known = all(p.annotation == "Value" for p in needed)
        if not hasattr(function, "op") or function.op.variadic or not known or len(needed) not in (1, 2):
            yield seen
            continue
        for one in needed:
            yield _retyped(seen, {one.name: "Tensor"}, seen.return_annotation)
        arrays = dict.fromkeys([p.name for p in needed], "ArrayLike")
        yield _retyped(seen, arrays, re.sub(r"\bTensor\b", "Array", seen.return_annotation))


def _decided(name: str, seen: Signature) -> Iterator[Signature]:
    if name not in DECIDES:
        yield seen
        return
    flag, gives = DECIDES[name]
    usual = seen.parameters[flag].default
    yield _retyped(seen, {flag: f"Literal[{usual}]"}, seen.return_annotation)
    other = seen.parameters[flag].replace(annotation=Text(f"Literal[{not usual}]"), default=Parameter.empty)
    rest = [p for p in seen.parameters.values() if p.name != flag]
    by_name = other.replace(kind=Parameter.KEYWORD_ONLY)
    yield Signature([*rest, by_name], return_annotation=Text(gives))
    yield _retyped(seen, {}, f"{seen.return_annotation} | {gives}")


def _retyped(seen: Signature, types: dict[str, str], gives: str) -> Signature:
    parameters = [p.replace(annotation=Text(types.get(p.name, p.annotation))) for p in seen.parameters.values()]
    return Signature(parameters, return_annotation=Text(gives))


def public() -> dict[str, Any]:
    """The operations by name."""
    return {n: v for n, v in sorted(vars(ops).items()) if n[0] != "_" and not isinstance(v, ModuleType)}


def attached() -> dict[str, Any]:
    """What operations give Tensor: not what its own class says, nor NumPy's protocol, a notebook's, or a dialect's."""
    (own,) = (n for n in tree(Tensor.__module__).body if isinstance(n, ast.ClassDef) and n.name == "Tensor")
    said = {n.name for n in ast.walk(own) if isinstance(n, ast.FunctionDef)}
    said |= {"__array_function__", "__array_ufunc__", "_repr_html_", "_value"}
    found = {n: v for n, v in vars(Tensor).items() if inspect.isfunction(v) or isinstance(v, property)}
    return {n: found[n] for n in sorted(found.keys() - said)}


# -- the stubs -----------------------------------------------------------------------------------------


def text(name: str, seen: Signature, doc: str, decorator: str = "") -> str:
    """One function of a stub."""
    doc = doc.replace("\\", "\\\\")
    doc = f'"""{doc}\n"""' if "\n" in doc else f'"""{doc}"""' if doc else "..."
    return f"{decorator}\ndef {name}{seen}:\n{textwrap.indent(doc, '    ')}\n"


def functions() -> str:
    """The stub of autograd.ops."""
    body = ['T = TypeVar("T")\n']
    for name, fields in NAMED.items():
        body.append(f"class {name}(NamedTuple, Generic[T]):\n" + "".join(f"    {field}: T\n" for field in fields))
    for name, value in public().items():
        seen = list(overloads(name, value))
        doc = inspect.getdoc(value) or ""
        body += [text(name, one, doc, "@overload" if len(seen) > 1 else "") for one in seen]
    return finished("The operations", [listed(public()), *body], public())


def methods() -> str:
    """The stub of autograd.engine.operators."""
    body = ["class Operators:", '    """Operators and methods of Tensor."""\n']
    body += [textwrap.indent(method(name, value), "    ") for name, value in attached().items()]
    return finished("What operations attach to Tensor", body, attached())


def method(name: str, value: Any) -> str:
    """One method, operator or property of Tensor."""
    if isinstance(value, property):
        return "@property\n" + text(name, Signature([SELF], return_annotation=Text("Tensor")), lead(value))
    if hasattr(value, "op") or (home(value).startswith(ops.__name__) and home(value) != op.__module__):
        seen = signature(value.__name__, value)
        parameters = [SELF, *list(seen.parameters.values())[1:]]
        return text(name, seen.replace(parameters=parameters), lead(value))
    operands = [SELF, SELF.replace(name="other", annotation=Text("Value"))][: len(inspect.signature(value).parameters)]
    ignore = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""  # object's give a bool
    return f"def {name}{Signature(operands)} -> Tensor: ...{ignore}\n"


def listed(names: Iterable[str]) -> str:
    """An `__all__` in few lines."""
    lines = textwrap.fill(", ".join(f'"{name}"' for name in names) + ",", 116)
    return f"__all__ = [\n{textwrap.indent(lines, '    ')}\n]  # fmt: skip\n"


def lead(value: Any) -> str:
    """The first line of a docstring: a method's example would be the function's."""
    return (inspect.getdoc(value) or "").partition("\n")[0]


def home(value: Any) -> str:
    """The module that a function is written in."""
    return inspect.unwrap(value.fget if isinstance(value, property) else value).__module__


def finished(title: str, body: list[str], values: dict[str, Any]) -> str:
    """A stub with its imports, laid out by ruff."""
    code = "\n".join(body)
    nodes = list(ast.walk(ast.parse(code)))
    own = {n.name for n in nodes if isinstance(n, ast.ClassDef)} | {"T"} | set(vars(builtins))
    used = sorted({n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - own)
    files = [imports(file) for file in sorted({home(value) for value in values.values()})]
    lines = [
        f"from {HOMES[name]} import {name}" if name in HOMES else next(file[name] for file in files if name in file)
        for name in used
    ]
    whole = "\n".join([f'"""{title}, for editors and type checkers: made by `make stubs`."""', *lines, code])
    for command in (["check", "--fix", "--select=I"], ["format"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--quiet", "--stdin-filename=stub.pyi", "-"],
            input=whole, capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        whole = done.stdout
    return whole


STUBS = {"autograd/ops/__init__.pyi": functions, "autograd/engine/operators.pyi": methods}

if __name__ == "__main__":
    for path, stub in STUBS.items():
        (ROOT / path).write_text(stub(), encoding="utf-8")
