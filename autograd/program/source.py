"""A program as NumPy source: a module that a person can read, which runs on its own, to the same bits."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..engine.errors import TraceError
from ..engine.types import Function
from ..ops.index import _is_basic
from ..support.source import code_of
from .folding import WIDE, Line, folded, wrapped
from .passes import name as kind_of
from .program import Draw, Eqn, Pull, Var, leaves
from .recording import Recording, user_names

SIGNS = "add + subtract - multiply * divide / matmul @ power ** bitwise_and & bitwise_or | equal == not_equal != "
SIGNS += "greater > less < greater_equal >= less_equal <="
INFIX = dict(zip(SIGNS.split()[::2], SIGNS.split()[1::2]))
REDUCES = ("sum", "max", "min", "prod", "any", "all", "mean")
FORMS = {  # what a person writes; of other ops, their own lines. To the same bits, but that nan stays nan in softmax
    **{name: f"return a {sign} b" for name, sign in INFIX.items()},
    **{name: f"return x.{name}()" for name in REDUCES},
    "where": "return np.where(condition, a, b)",
    "broadcast_to": "return np.broadcast_to(x, shape)",
    "negative": "return -x",
    "invert": "return ~x",
    "reshape": "return x.reshape(shape)",
    "astype": "return x.astype(dtype)",
    "linear": "return x @ weight.T + bias",
    "unindex": "t = np.zeros(shape, dtype); t[index] = x; return t",
    "getitem": "return x[index]",
    "softmax": "e = np.exp(x - x.max(axis=axis, keepdims=True)); return e / e.sum(axis=axis, keepdims=True)",
    "log_softmax": "z = x - x.max(axis=axis, keepdims=True)\n"
    "return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))",
    "cross_entropy": "assert (target >= 0).all()\n"
    "z = logits - logits.max(axis=1, keepdims=True); total = np.exp(z).sum(axis=1, keepdims=True)\n"
    "return (np.log(total)[:, 0] - z[np.arange(n), target]).sum() / n, None, np.exp(z), total",
    "cross_entropy_backward": "t = masses * (each / total); t[np.arange(n), target] -= each; return t",
}
LONG = 60  # letters of an expression that does not stand inside of another one, of a line that moves no comments
BACKWARD = "# backward: each line with the number of the one whose derivative it is"


def source(f: Function, *examples: Any, order: int = 1) -> str:
    """The text of a Python module that computes f and its derivatives as it was computed at `examples`, in NumPy alone.

    Its function `program` takes the arrays among the arguments, and the Tensors that f uses from outside, such as
    parameters, by their names. With `order` 0 it returns what f does; with 1 also the gradient by each of them, of
    the one number that f returns; what f writes to, such as `.grad`, comes last. With 2 it takes a vector for each of
    these gradients, too, and returns the gradient of the product of gradients and vectors. Shapes, and branches that
    were taken, stand there as asserts. Equal layers in a row are a loop, where that is shorter. What has no short form
    in NumPy is imported from `autograd.ops`. Raises ShapeError where the gradient is not of one number, TraceError
    where f draws random ones.

    >>> print(source(lambda x: (x * x).sum(), np.ones(3)))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def program(x):
        assert x.shape == (3,)
    <BLANKLINE>
        y = (x * x).sum()  # 1
    <BLANKLINE>
        # backward: each line with the number of the one whose derivative it is
        d_x = x + x        # 1: multiply
        return y, d_x
    """
    return Text(Recording(f, examples, order)).module()


class Text:
    """A program being printed."""

    def __init__(self, recording: Recording) -> None:
        self.recording, self.program = recording, recording.program
        eqns, outs = self.program.eqns, self.program.outs
        self.taken = {*keyword.kwlist, *dir(builtins), "np", *(eqn.op.name for eqn in eqns)}
        self.names: dict[Var, str] = {}
        self.inline: dict[Var, ast.expr] = {}
        self.imports: dict[str, str] = {}
        self.constants: dict[str, str] = {}  # the names of what is written out above the function, by its text
        self.lines: list[Line] = []
        self.numbers: dict[Eqn, int] = {}  # of the forward lines
        self.hosts: dict[Eqn, Eqn] = {}  # the equation in whose line one stands
        self.guards = {g.var: g.value for g in self.program.guards}
        self.made = {v: eqn for eqn in eqns for v in eqn.outs}
        self.readers = {v: eqn for eqn in reversed(eqns) for v in eqn.vars()}  # the first of each
        self.read = {*leaves(outs), *self.guards, *self.readers}
        self.labels = dict.fromkeys(leaves(outs[:1]), "y") | dict(user_names(self.program))
        self.labels.update((v, name) for v, name in recording.called.items() if name)
        self.forms = {eqn: self.form(eqn) for eqn in eqns}
        self.uses = Counter([v for form in self.forms.values() for v in form.uses()] + [*leaves(outs), *self.guards])
        self.sums: dict[Var, Var] = {}  # the gradient that one is before the last of its terms is added
        for eqn in reversed(eqns):
            self.look_for_sum(eqn)
        self.owned: set[Var] = set()  # sums in an array of their own, which may be added to

    def look_for_sum(self, eqn: Eqn) -> None:
        """Note that an equation adds to a gradient."""
        out, first = eqn.outs[0], next(eqn.vars(), None)
        if first in self.made and kind_of(eqn.op) == "add" and eqn.of and first is eqn.args[0]:
            maker, total = self.made[first], self.sums.get(out, out)
            alone = self.uses[first] == 1 and not self.label(first) and maker.of and maker.outs[0] is first
            if alone and self.label(total) and (first.shape, first.dtype) == (out.shape, out.dtype) and out.shape:
                self.sums[first] = total

    def fresh(self, name: str) -> str:
        """The name, or the first like it that is not taken."""
        number, wanted = 1, name
        while wanted in self.taken:
            number += 1
            wanted = f"{name}_{number}" if name[-1].isdigit() else f"{name}{number}"
        self.taken.add(wanted)
        return wanted

    def label(self, var: Var) -> str:
        """The name that a variable is to have, "" if that does not matter."""
        of = self.recording.tracer.cotangents.get(var)
        name = self.names.get(of.outs[0], "") if of else ""
        return self.labels.get(var, "") or (f"d_{name}" if name else "g" if of else "")

    def node(self, x: Any, eqn: Eqn | None = None, typed: bool = False) -> ast.expr:
        """A value as an expression; `typed` numbers say their dtype where they might be taken for another."""
        if isinstance(x, Var):
            return self.inline[x] if x in self.inline else ast.Name(self.names[x])
        if isinstance(x, (tuple, list)) and not hasattr(x, "_fields"):
            parts = [self.node(int(part) if type(part) is np.int64 else part, eqn, typed) for part in x]
            return ast.Tuple(parts, ast.Load()) if isinstance(x, tuple) else ast.List(parts, ast.Load())
        if isinstance(x, slice) and not typed:
            return ast.Slice(*[None if p is None else self.node(p, eqn) for p in (x.start, x.stop, x.step)])
        if isinstance(x, np.generic):
            dtypes = [v.dtype for v in (eqn.vars() if eqn else ()) if v.dtype is not None]
            beside = [d for d in dtypes if d.kind == x.dtype.kind]
            weak = not typed and (x.dtype in beside if beside else x.dtype in (np.float64, np.int64, np.bool_))
            return expression(written(x) if weak else f"np.{x.dtype}({written(x)})")
        if isinstance(x, np.ndarray) and x.ndim:
            return ast.Name(self.constants.get(written(x)) or self.constants.setdefault(written(x), self.fresh("c")))
        if hasattr(x, "_fields"):  # such as the windows of a convolution
            self.imports[type(x).__name__] = f"from {type(x).__module__} import {type(x).__name__}"
        return expression(written(x))

    # equations

    def form(self, eqn: Eqn) -> Form:
        """How an equation is written."""
        op, pull, x = eqn.op, isinstance(eqn.op, Pull), eqn.args[0] if eqn.args else None
        if isinstance(op, Draw):
            raise TraceError(f"source: random numbers are drawn at {eqn.line}; draw them before, and hand them over")
        kind = f"{kind_of(op.op)}_backward" if pull else kind_of(op)
        given = dict(zip(("g", *op.op.plan(op.needs).names), eqn.args)) if pull else eqn.named()
        out, shape = eqn.outs[0], x.shape if isinstance(x, Var) else ()
        given["dtype"] = given.get("dtype", out.dtype)
        body = FORMS.get(kind, "") if fits(kind, eqn, given) else ""
        if kind in ("swapaxes", "transpose", "moveaxis") and len(shape) == 2 and shape[::-1] == out.shape:
            turned = op.forward(np.empty((2, 3)), *eqn.args[1:], **eqn.options).shape == (3, 2)
            body, given = ("return x.T", {"x": x}) if turned else ("", given)
        if body and kind in REDUCES:
            asked = [f"{n}={n}" for n in ("axis", "keepdims") if repr(given[n]) not in ("None", "False")]
            body = body.replace("()", f"({', '.join(asked)})")
            given["axis"] = given["axis"][0] if np.shape(given["axis"]) == (1,) else given["axis"]
        if out.dtype == np.float64:
            body = body.replace(", dtype)", ")")
        if body and kind.startswith("cross_entropy"):
            given["n"] = given["target"].size
            given["each"] = given.get("g", 1.0) * out.dtype.type(1.0 / given["n"])
        ufunc = getattr(op.forward, "__name__", "")
        if not body and isinstance(op.forward, np.ufunc) and getattr(np, ufunc, None) is op.forward:
            body = f"return np.{ufunc}({', '.join(n for n in given if n != 'dtype')})"
        statements = ast.parse(body).body if body else lines_of(op, given) if kind_of(op) else None
        if statements is None:
            return self.imported(eqn)
        *rest, last = statements
        values = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]  # type: ignore[attr-defined]
        return Form(rest, values, given, list(eqn.outs), typed=not body)

    def imported(self, eqn: Eqn) -> Form:
        """A call of a function of our own."""
        pull = eqn.op if isinstance(eqn.op, Pull) else None
        op: Any = pull.op if pull else eqn.op
        own = len(eqn.outs) if pull else len(eqn.outs) - len(op.kept)  # how many results are not for the kernel
        keeps = any(v in self.read for v in eqn.outs[own:])
        self.labels.update((v, n) for v, n in zip(eqn.outs[own:], op.kept) if v in self.read)
        name = f"{op.name}_backward" if pull else op.name
        part = "joint" if pull else "forward" if keeps else "call"
        if part == "call" and getattr(sys.modules[op.call.__module__], name, None) is op.call:
            self.imports[name] = f"from {op.call.__module__} import {name}"
        else:  # a kernel, which goes by no name
            self.imports["registry"] = "from autograd import registry"
            self.constants[f'registry["{op.name}"].{part}'] = name
        given = {f"_{i}": x for i, x in enumerate(eqn.args[: op.own + 1] if pull else eqn.args)}
        inner = ", ".join([*given, *(f"{n}=_{n}" for n in eqn.options)])
        given.update((f"_{n}", x) for n, x in eqn.options.items())
        results: list[Any] = list(eqn.outs if keeps else eqn.outs[:own])
        if pull:
            results = [dict(zip(pull.wanted, eqn.outs)).get(i) for i in range(len(pull.needs))]
        return Form([], [expression(f"{name}({inner})")], given, results, typed=True, together=own if keeps else 0)

    # lines

    def named(self, var: Var | None, eqn: Eqn) -> str:
        """The name of what an equation computes: that of the gradient it is a part of; of what nobody reads, none."""
        if var is None or (var not in self.read and not self.label(var)):
            return "_"
        total = self.sums.get(var, var)
        if total not in self.names:
            self.names[total] = self.fresh(self.label(total) or ("z" if eqn.of is None else "t"))
        return self.names.setdefault(var, self.names[total])

    def write(self, eqn: Eqn) -> None:
        """Write an equation's lines, or let its value stand inside of the one that reads it."""
        start = len(self.lines)
        if eqn.args and kind_of(eqn.op) == "add" and eqn.args[0] in self.sums:
            self.add(eqn)
        else:
            self.compute(eqn, self.forms[eqn])
        if len(self.lines) > start and (eqn.of is None or self.recording.order == 2):
            self.numbers[eqn] = len(self.numbers) + 1
        for line in self.lines[start:]:
            line.number, line.of, line.what = self.note(eqn)
        for var in self.guards.keys() & {*eqn.outs}:
            self.lines.append(Line(f"assert {checked(ast.unparse(self.node(var, eqn)), self.guards[var])}"))

    def compute(self, eqn: Eqn, form: Form) -> None:
        """Write what computes an equation's results."""
        out, reader = eqn.outs[0], self.readers.get(eqn.outs[0])
        unnamed = not self.label(out) and out not in self.sums
        last = ast.unparse(form.values[0])
        local = assigned_in(form.body)
        own = last if not unnamed or self.uses[out] > 1 else ""  # the local name that stands for the result
        held = {n: self.named(out, eqn) if n == own else self.fresh(n) for n in local}
        names = {n: partial(self.node, x, eqn, form.typed) for n, x in form.given.items()}
        fill = Filled(names | {n: partial(ast.Name, name) for n, name in held.items()})
        self.lines += [Line(ast.unparse(fill.visit(part))) for part in form.body]
        value, *kept = [fill.visit(part) for part in form.values]
        self.inline.update(zip(form.results[1:], kept))
        text = ast.unparse(value)
        self.owned.update([out] if (last in local and not form.typed) or isinstance(value, ast.BinOp) else ())
        wide = len(re.sub(r"\d+", "", text))  # as in the layer before, whose numbers are others
        short = self.uses[out] == 1 and wide < LONG and (reader is None or reader.of is eqn.of)
        view = wide < 16 and text.endswith((".T", "]")) and "(" not in text
        lone = bool(kept) or (form.results == [out] and not tupled(eqn))
        if unnamed and lone and (short or view or last in local):
            self.inline[out] = value
            self.hosts[eqn] = reader or eqn
        elif last not in local:
            outs = [self.named(v, eqn) for v in form.results[: 1 if kept else None]]
            if form.together > 1:
                outs[: form.together] = [f"({', '.join(outs[: form.together])})"]
            self.lines.append(Line(f"{', '.join(outs)}{',' * (tupled(eqn) and len(outs) == 1)} = {text}"))

    def add(self, eqn: Eqn) -> None:
        """Write the addition of a term to what a gradient is so far."""
        name, (before, term) = self.named(eqn.outs[0], eqn), eqn.args
        sign = f"{name} +=" if before in self.owned else f"{name} = {name} +"
        self.lines.append(Line(f"{sign} {ast.unparse(self.node(term, eqn))}"))
        self.owned.add(eqn.outs[0])

    def note(self, eqn: Eqn) -> tuple[int, int, str]:
        """The number of an equation's lines; the number of those whose derivative they are, and what it is of."""
        number, of, host = self.numbers.get(eqn, 0), eqn.of, eqn.of
        if of is None or host is None:
            return number, 0, ""
        while host not in self.numbers and self.hosts.get(host, host) is not host:
            host = self.hosts[host]
        return number, self.numbers.get(host, 0), of.op.name.strip("_")

    def module(self) -> str:
        """The whole text."""
        program, recording = self.program, self.recording
        arguments = [*program.inputs, *(v for v in program.captured if recording.called[v])]
        self.names = {v: self.fresh(recording.called[v]) for v in arguments}
        results = [v for v in recording.called if v in self.made and self.labels[v] != "y"]
        self.names.update((v, self.fresh(self.labels[v])) for v in results)
        self.inline = {v: self.node(np.asarray(v.current())) for v in program.captured if v not in self.names}
        for before, eqn in zip([None, *program.eqns], program.eqns):
            if bool(eqn.of) is not bool(before and before.of):
                self.lines += [Line("")] * bool(self.lines) + [Line(BACKWARD if eqn.of else "# forward again")]
            self.write(eqn)
        outs = ", ".join(ast.unparse(self.node(v)) for v in program.outs)
        self.lines.append(Line(f"[{outs}]"))
        *lines, last = folded(self.lines, [self.names[v] for v in arguments], self.taken)
        shapes = [f"{self.names[v]}.shape == {v.shape}" for v in arguments if v.shape]
        body = [f"assert {' and '.join(shapes[i : i + 3])}" for i in range(0, len(shapes), 3)]
        end = last.text[1:-1] or "None"
        body += ["", *aligned(lines), f"return {end}" if len(end) < WIDE - 7 else wrapped(f"return ({end})")]
        head = ["import numpy as np"]
        head += ["", "# what has no short form in NumPy", *sorted(self.imports.values())] if self.imports else []
        head += ["", *(f"{name} = {text}" for text, name in self.constants.items())] if self.constants else []
        head += ["", "", wrapped(f"def program({', '.join(self.names[v] for v in arguments)}):")]
        return "\n".join([*head, textwrap.indent("\n".join(body[not shapes :]), "    ")])


@dataclass
class Form:
    """An equation as statements, then expressions for its first results, with what the names in them stand for."""

    body: list[ast.stmt]
    values: list[ast.expr]
    given: dict[str, Any]
    results: list[Any]  # the variables, None for what has none
    typed: bool = False
    together: int = 0  # how many results come as one, before what is kept

    def uses(self) -> Iterator[Var]:
        """The variables in it, each as often as it stands there."""
        names = [n.id for part in [*self.body, *self.values] for n in ast.walk(part) if isinstance(n, ast.Name)]
        return (v for name in names for v in leaves(self.given.get(name)))


class Filled(ast.NodeTransformer):
    """Names replaced by what they stand for."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> Any:
        """A name."""
        return self.names.get(node.id, lambda: node)()


def fits(kind: str, eqn: Eqn, given: Mapping[str, Any]) -> bool:
    """Whether the form that a person writes is right for a call."""
    x = eqn.args[0] if eqn.args else None
    shape, dtype = (x.shape, x.dtype) if isinstance(x, Var) else ((), None)
    if kind in (*REDUCES, "softmax", "log_softmax", "reshape", "astype", "getitem"):
        return bool(shape) and dtype != np.float16
    if kind == "linear":
        return len(shape) == 2 and given["bias"] is not None
    if kind == "unindex":
        return _is_basic(given["index"])
    if kind.startswith("cross_entropy"):
        asked = [given[n] for n in ("reduction", "weight", "label_smoothing")] == ["mean", None, 0.0]
        logits, target, rows = given["logits"], given["target"], given["rows"] if "rows" in given else eqn.outs[1]
        hard = isinstance(target, Var) and rows.dtype is None and given["ignore_index"] < 0
        rowwise = isinstance(logits, Var) and logits.dtype != np.float16 and len(logits.shape) == 2
        return bool(asked and hard and rowwise and len(target.shape) == 1 and not isinstance(given.get("g"), Var))
    return True


def assigned_in(body: Iterable[ast.AST]) -> list[str]:
    """The names that statements assign to."""
    nodes = [n for part in body for n in ast.walk(part)]
    return list(dict.fromkeys(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)))


class Meant(ast.NodeTransformer):
    """Of lines for complex numbers and lines for real ones, those that are meant."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """What is chosen by a dtype."""
        name, _, asks = ast.unparse(node.test).partition(".")
        if asks != "dtype.kind == 'c'" or not isinstance(self.given.get(name), Var):
            return node
        return self.visit(node.body if self.given[name].dtype.kind == "c" else node.orelse)


def lines_of(op: Any, given: Mapping[str, Any]) -> list[ast.stmt] | None:
    """An op's own lines, where they are few, only compute, and need nothing but NumPy and their arguments."""
    code = code_of(op.forward)
    if not isinstance(code, ast.FunctionDef) or hasattr(op.forward, "__wrapped__"):
        return None
    lines = ast.parse("\n".join(map(ast.unparse, code.body[ast.get_docstring(code) is not None :])))
    body = Meant(given).visit(lines).body
    held, nodes = assigned_in(body), [n for part in body for n in ast.walk(part)]
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    simple = len(body) < 5 and all(isinstance(part, (ast.Assign, ast.AugAssign)) for part in body[:-1])
    fit = simple and isinstance(body[-1], ast.Return) and names <= {*op.parameters, *held, "np"}
    # an argument that it writes to would be the caller's; what it chooses by is not in the text
    return body if fit and not {*held} & {*op.parameters} and ast.IfExp not in map(type, nodes) else None


def tupled(eqn: Eqn) -> bool:
    """Whether a call returns a tuple though it may be of one."""
    return isinstance(eqn.op, Pull) or kind_of(eqn.op) in ("split", "unstack")


def checked(text: str, value: Any) -> str:
    """What is true where an expression has this value."""
    if value.dtype == bool:
        return text if value else f"not ({text})"
    return f"np.isnan({text})" if value != value else f"{text} == {written(value)}"


def expression(text: str) -> ast.expr:
    """The syntax tree of an expression."""
    return ast.parse(text, mode="eval").body


def written(x: Any) -> str:
    """A value as Python has it; arrays with all their digits."""
    if isinstance(x, np.ndarray):
        return f"np.array({written(x.tolist())}, np.{x.dtype})" if x.size else f"np.zeros({x.shape}, np.{x.dtype})"
    if isinstance(x, (np.dtype, type, np.ufunc)):
        return f"np.{x.__name__ if isinstance(x, np.ufunc) else np.dtype(x)}"
    if isinstance(x, (float, list, np.generic)):  # the shortest digits of single precision are fewer
        return str(x).replace("inf", "np.inf").replace("nan", "np.nan")
    return "..." if x is Ellipsis else repr(x)


def aligned(lines: Sequence[Line]) -> Iterator[str]:
    """Lines with their comments below each other, but for those of long lines; numbered anew."""
    numbers: dict[int, int] = {0: 0}
    for line in lines:
        numbers.setdefault(line.number, len(numbers))
    wide = max((len(line.text) for line in lines if (line.number or line.of) and len(line.text) <= LONG), default=0)
    for line in lines:
        of = f"{numbers[line.of] or ''}: {line.what}".removeprefix(": ")
        own = str(numbers[line.number] or "")
        note = f"{own}, of {of}" if own and of else own or of
        yield f"{line.text:{wide}}  # {note}" if note else line.text
