"""A program as NumPy source: a module that a person can read, which runs on its own, to the same bits."""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import keyword
import linecache
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..engine.errors import ShapeError, TraceError
from ..engine.modes import enable_grad
from ..engine.node import Leaf, Node, births
from ..engine.op import registry
from ..engine.sweep import Walk, backprop
from ..engine.tensor import Tensor, as_data
from ..engine.types import Function
from ..ops.index import _is_basic
from ..support.source import code_of
from ..support.tree import flatten
from .passes import name as kind_of, optimise
from .program import Draw, Eqn, GradOf, Program, Pull, Var, leaves, substituted
from .trace import Tracer

INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "matmul": "@",
    "power": "**",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "equal": "==",
    "not_equal": "!=",
    "greater": ">",
    "less": "<",
    "greater_equal": ">=",
    "less_equal": "<=",
}
OPERATORS = dict(zip(["Add", "Sub", "Mult", "Div", "MatMult", "Pow"], INFIX))  # as the syntax tree calls them
REDUCES = ("sum", "max", "min", "prod", "any", "all", "mean")
MOVES = ("swapaxes", "transpose", "moveaxis")
SMALL = ("convolution", "conv_transpose", "max_pool")  # fused ops whose parts give the kernel's bits
FORMS = {  # what a person writes; of other ops, their own lines
    **{name: f"return a {sign} b" for name, sign in INFIX.items()},
    **{name: f"return x.{name}(axis=axis, keepdims=keepdims)" for name in REDUCES},
    "where": "return np.where(condition, a, b)",
    "broadcast_to": "return np.broadcast_to(x, shape)",
    "negative": "return -x",
    "invert": "return ~x",
    "reshape": "return x.reshape(shape)",
    "astype": "return x.astype(dtype)",
    "linear": "return x @ weight.T if bias is None else x @ weight.T + bias",
    "unindex": "t = np.zeros(shape, dtype=dtype); t[index] = x; return t",
    "softmax": "e = np.exp(x - x.max(axis=axis, keepdims=True)); return e / e.sum(axis=axis, keepdims=True)",
    "log_softmax": "z = x - x.max(axis=axis, keepdims=True)\n"
    "return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))",
    "cross_entropy": "z = logits - logits.max(axis=1, keepdims=True); total = np.exp(z).sum(axis=1, keepdims=True)\n"
    "return (np.log(total)[:, 0] - z[np.arange(n), target]).sum() / n, None, np.exp(z), total",
    "cross_entropy_backward": "y = masses * (each / total); y[np.arange(n), target] -= each; return y",
}
LONG = 60  # letters of an expression that does not stand inside of another one
BACKWARD = "# backward: each line with the number of the one whose derivative it is"
PRODUCT = "# the product of the gradients with the vectors"
WIDE = 60  # how far to the right comments are moved, to stand below each other


def source(f: Function, *examples: Any, order: int = 1) -> str:
    """The text of a Python module that computes f and its derivatives as it was computed at `examples`, in NumPy alone.

    Its function `program` takes the arrays among the arguments, and the Tensors that f uses from outside, such as
    parameters, by their names. With `order` 0 it returns what f does; with 1 also the gradient by each of them, of
    the one number that f returns; what f writes to, such as `.grad`, comes last. With 2 it takes a vector for each of
    these gradients, too, and returns the gradient of the product of gradients and vectors. Shapes, and branches that
    were taken, stand there as asserts. What has no short form in NumPy is imported from `autograd.ops`. Raises
    ShapeError where the gradient is not of one number, TraceError where f draws random ones.

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
        d_x = x + x  # 1: multiply
        return y, d_x
    """
    if order not in (0, 1, 2):
        raise ValueError(f"source: order={order!r} is not one of 0, 1, 2")
    recording = Recording(f, examples, order)
    text = Text(recording, FORMS).module()
    return text if recording.agrees(text) else Text(recording, {}).module()


class Recording:
    """A function that was traced, with its derivatives: the program, and what its variables are called."""

    def __init__(self, f: Function, examples: tuple[Any, ...], order: int) -> None:
        given, rebuild = flatten(list(examples))
        self.order, self.known = order, dict(named_by(f))
        self.called: dict[Var, str] = {}
        self.start, self.tracer = next(births), Tracer(lambda op: op.reference is not None and op.name not in SMALL)
        with self.tracer, enable_grad():
            self.inputs = [self._enter(x, name) for x, name in zip(given, argument_names(f, examples))]
            for x in self.inputs if order else ():
                x._node = Leaf(x._data) if x.dtype.kind == "f" else None
            try:
                outs, _ = flatten(f(*rebuild(list(self.inputs))))
                results = [self.tracer.seen(o) if isinstance(o, (Tensor, np.ndarray)) else o for o in outs]
                if order:
                    slopes = self._slopes(results) if order == 1 else self._second(results)
                    results = [*(results if order == 1 else ()), *slopes]
            finally:
                writes = self.tracer.written()
        self.captured = list(self.tracer.captured.values())
        for var in self.captured:
            name = self._name(getattr(var.source, "leaf", var.source))
            self.called[var] = f"grad_{name}" if isinstance(var.source, GradOf) else name
        outs = [self.tracer.known(r) if isinstance(r, Tensor) else r for r in results]
        for target, var in writes:
            if var is not None:
                name = self._name(getattr(target, "leaf", target)) or "w"
                self.called.setdefault(var, f"d_{name}" if isinstance(target, GradOf) else f"new_{name}")
                outs.append(var)
        entered = [x.mark[1] for x in self.inputs]
        program = Program(entered, self.captured, self.tracer.eqns, outs, self.tracer.guards)
        self.program = optimise(with_numbers(program, self.called))

    def _enter(self, x: Any, name: str) -> Any:
        tensor = self.tracer.enter(np.array(as_data(x))[()], name)
        self.called[tensor.mark[1]] = name
        return tensor

    def _name(self, of: Any) -> str:
        """What a Tensor or array from outside is called, or the one whose leaf it is."""
        tensors = [v.source for v in self.tracer.captured.values() if isinstance(v.source, Tensor)]
        of = next((t for t in tensors if t._node is of), of) if isinstance(of, Leaf) else of
        return self.known.get(id(of)) or getattr(of, "name", "")

    def _arrived(self, results: list[Any], create_graph: bool = False) -> dict[Node, tuple[str, Any]]:
        """The gradients of the one number among the results, by leaf, with the leaf's name."""
        carriers = [r for r in results if isinstance(r, Tensor) and r._node is not None and r._node.saved is not None]
        if not carriers:
            return {}
        if len(carriers) != 1 or carriers[0].size != 1:
            raise ShapeError(
                f"source: order=1 is of a function that returns one number, not shapes {[r.shape for r in carriers]}; "
                "reduce it, such as by .sum(), or ask for order=0"
            )
        (node,) = [r._node for r in carriers if r._node is not None]
        walk = Walk([node], oldest=self.start)
        names = {x._node: x.mark[1].name for x in self.inputs if x._node is not None}
        for var in self.tracer.captured.values():
            if isinstance(var.source, Tensor) and var.source._node in walk.foreign:
                names[var.source._node] = self._name(var.source) or "w"
        seed = self.tracer.seen(np.ones(node.shape, node.dtype))
        arrived = backprop({node: seed}, list(names), walk=walk, create_graph=create_graph)
        return {leaf: (name, self.tracer.seen(arrived[leaf])) for leaf, name in names.items() if leaf in arrived}

    def _slopes(self, results: list[Any]) -> list[Any]:
        """The gradients, each with its name."""
        arrived = self._arrived(results)
        self.called.update((g.mark[1], f"d_{name}") for name, g in arrived.values())
        return [g for _, g in arrived.values()]

    def _second(self, results: list[Any]) -> list[Any]:
        """The gradients of the product of the gradients with vectors, which become inputs."""
        first = self._arrived(results, create_graph=True)
        vectors = [self._enter(np.ones(g.shape, g.dtype)[()], f"v_{name}") for name, g in first.values()]
        second = self._arrived([sum((g * v).sum() for (_, g), v in zip(first.values(), vectors))])
        self.called.update((g.mark[1], f"dv_{name}") for name, g in second.values())
        self.inputs += vectors
        return [second[leaf][1] if leaf in second else np.zeros(g.shape, g.dtype) for leaf, (_, g) in first.items()]

    def agrees(self, text: str) -> bool:
        """Whether the text gives the bits of the program at the examples."""
        program, space = self.program, {}  # type: ignore[var-annotated]
        given = [x._data for x in self.inputs]
        with np.errstate(all="ignore"):
            exec(compile(text, "<source>", "exec"), space)
            found = space["program"](*given, *(v.current() for v in program.captured if self.is_argument(v)))
            wanted = [np.asarray(x) for x in program.run(*given)]
        every = found if isinstance(found, tuple) else (found,)
        pairs = list(zip(map(np.asarray, every), wanted))
        return all((a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()) for a, b in pairs)

    def is_argument(self, var: Var) -> bool:
        """Whether a captured value is handed over at each run; others are written out."""
        carries = isinstance(var.source, Tensor) and var.source._node is not None
        return bool(self.called[var]) or carries or not isinstance(var.source, (Tensor, np.ndarray))


def with_numbers(program: Program, called: dict[Var, str]) -> Program:
    """The program with numbers in the place of those that the engine, or the function, made and nobody named."""
    numbers = {v: np.asarray(v.current())[()] for v in program.captured if v.shape == () and not called[v]}

    def now(var: Var) -> Any:
        return numbers.get(var, var)

    eqns = {e: replace(e, args=substituted(e.args, now), options=substituted(e.options, now)) for e in program.eqns}
    for eqn in eqns.values():
        eqn.of = eqns.get(eqn.of) if eqn.of else None
    return replace(program, eqns=list(eqns.values()), outs=substituted(program.outs, now))


def argument_names(f: Function, examples: tuple[Any, ...]) -> Iterator[str]:
    """A name for each array in the arguments: that of the parameter, and where it stands in it."""
    try:
        parameters = list(inspect.signature(getattr(f, "forward", f)).parameters)
    except (TypeError, ValueError):
        parameters = []
    for number, example in enumerate(examples):
        name = parameters[number] if number < len(parameters) else f"x{number}"
        count = len(flatten(example)[0])
        yield from [name] if count == 1 else [f"{name}{i}" for i in range(count)]


def named_by(f: Function) -> Iterator[tuple[int, str]]:
    """The Tensors and arrays that f uses, by identity: those of modules, in its closure, among its globals."""
    held: dict[str, Any] = {}
    if inspect.isroutine(f):
        cells = inspect.getclosurevars(f)
        held = {**cells.globals, **cells.nonlocals}
    for root in (f, getattr(f, "__self__", None), *held.values()):
        if hasattr(root, "named_parameters"):
            for name, tensor in [*root.named_parameters(), *getattr(root, "named_buffers", lambda: ())()]:
                text = name.replace(".", "_")
                yield id(tensor), f"layer{text}" if text[0].isdigit() else text
    yield from ((id(value), name) for name, value in held.items() if isinstance(value, (Tensor, np.ndarray)))


class Text:
    """A program being printed."""

    def __init__(self, recording: Recording, short: Mapping[str, str]) -> None:
        self.recording, self.program, self.short = recording, recording.program, short
        self.taken = {*keyword.kwlist, *dir(builtins), "np", *(eqn.op.name for eqn in self.program.eqns)}
        self.names: dict[Var, str] = {}
        self.inline: dict[Var, ast.expr] = {}
        self.imports: dict[str, str] = {}
        self.constants: dict[str, str] = {}  # the names of what is written out above the function, by its text
        self.lines: list[tuple[str, str]] = []  # with the comment of each
        self.numbers: dict[Eqn, int] = {}  # of the forward lines
        self.hosts: dict[Eqn, Eqn] = {}  # the equation in whose line one stands
        self.guards = {g.var: g.value for g in self.program.guards}
        self.made = {v: eqn for eqn in self.program.eqns for v in eqn.outs}
        self.readers = {v: eqn for eqn in reversed(self.program.eqns) for v in eqn.vars()}  # the first of each
        self.read = {*leaves(self.program.outs), *self.guards, *self.readers}
        self.forms = {eqn: self.form(eqn) for eqn in self.program.eqns}
        self.uses = Counter(v for form in self.forms.values() for v in form.uses())
        self.uses.update([*leaves(self.program.outs), *self.guards])
        self.labels = dict.fromkeys(leaves(self.program.outs[:1]), "y") | dict(user_names(self.program))
        self.labels.update((v, name) for v, name in recording.called.items() if name)
        self.parts: dict[Any, Eqn] = {}  # the equations that put a term in its place among zeros
        self.parted: set[Var] = set()
        self.owned: set[Var] = set()  # whose arrays are new, and may be added to
        self.sums: dict[Var, Var] = {}  # the gradient that one is before the last of its terms is added
        for eqn in reversed(self.program.eqns):
            self.look_for_sum(eqn)
        for total in {*self.sums.values()}:
            self.look_for_parts(total)

    def look_for_sum(self, eqn: Eqn) -> None:
        """Note an addition to a gradient."""
        out, first = eqn.outs[0], eqn.args[0] if eqn.args else None
        maker = self.made.get(first) if isinstance(first, Var) else None
        total = self.sums.get(out, out)
        adds = kind_of(eqn.op) == "add" and eqn.of and maker is not None and maker.of and maker.outs[0] is first
        if adds and self.label(total) and self.uses[first] == 1 and not self.label(first):
            if first.shape == out.shape != ():
                self.sums[first] = total

    def look_for_parts(self, total: Var) -> None:
        """Note a gradient whose terms fill different parts of it: each is added to its part alone."""
        adds = [self.readers[first] for first, whole in self.sums.items() if whole is total]
        terms = [self.made.get(v) for add in adds for v in add.args]
        makers = [m for m in terms if m is not None and m not in adds]
        if len(makers) == len(adds) + 1 and all(self.placed(m) for m in makers):
            filled = np.zeros(total.shape or (), int)
            for maker in makers:
                filled[maker.named()["index"]] += 1
            if filled.max(initial=0) <= 1:
                self.parts.update((add.args[1], self.made[add.args[1]]) for add in adds)
                self.parted.update(add.args[0] for add in adds)

    def placed(self, eqn: Eqn) -> bool:
        """Whether an equation puts a term in its place among zeros, for nobody but the sum."""
        fit = kind_of(eqn.op) == "unindex" and eqn.of is not None and _is_basic(eqn.named()["index"])
        return fit and self.uses[eqn.outs[0]] == 1 and not self.label(eqn.outs[0])

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
        return self.labels.get(var, "") or (
            (f"d_{self.names[of.outs[0]]}" if of.outs[0] in self.names else "g") if of else ""
        )

    def constant(self, name: str, text: str) -> str:
        """The name of what is written out above the function."""
        if text not in self.constants:
            self.constants[text] = name if name in registry else self.fresh(name)  # the names of ops are kept free
        return self.constants[text]

    def node(self, x: Any, eqn: Eqn | None = None, typed: bool = False, index: bool = False) -> ast.expr:
        """A value as an expression; `typed` numbers say their dtype where they might be taken for another."""
        if isinstance(x, Var):
            return copy.deepcopy(self.inline[x]) if x in self.inline else ast.Name(self.names[x])
        if isinstance(x, (tuple, list)) and not hasattr(x, "_fields"):
            parts = [self.node(part, eqn, typed, index) for part in x]
            return ast.Tuple(parts, ast.Load()) if isinstance(x, tuple) else ast.List(parts, ast.Load())
        if isinstance(x, slice) and index:
            return ast.Slice(*[None if p is None else self.node(p, eqn) for p in (x.start, x.stop, x.step)])
        if isinstance(x, np.generic):
            beside = {
                v.dtype for v in (eqn.vars() if eqn else ()) if v.dtype is not None and v.dtype.kind == x.dtype.kind
            }
            weak = not typed and (x.dtype in beside if beside else x.dtype in (np.float64, np.int64, np.bool_))
            return expression(written(x) if weak else f"np.{x.dtype}({written(x)})")
        if isinstance(x, np.ndarray) and x.ndim:
            return ast.Name(self.constant("c", written(x)))
        if hasattr(x, "_fields"):  # such as the windows of a convolution
            self.imports[type(x).__name__] = f"from {type(x).__module__} import {type(x).__name__}"
            return ast.Name(self.constant(type(x).__name__.lower(), f"{type(x).__name__}{tuple(x)!r}"))
        return expression(written(x))

    # equations

    def form(self, eqn: Eqn) -> Form:
        """How an equation is written."""
        op, kind, x = eqn.op, kind_of(eqn.op), eqn.args[0] if eqn.args else None
        if isinstance(op, Draw):
            raise TraceError(f"source: random numbers are drawn at {eqn.line}; draw them before, and hand them over")
        if isinstance(op, Pull):
            kind = f"{kind_of(op.op)}_backward"
            given = dict(zip(("g", *op.op.plan(op.needs).names), eqn.args))
        else:
            given = eqn.named()
        given["dtype"] = given.get("dtype", eqn.outs[0].dtype)
        body = self.short.get(kind, "") if fits(kind, eqn, given) else ""
        if kind in MOVES and isinstance(x, Var) and len(x.shape or ()) == 2:
            turned = op.forward(np.empty((2, 3)), *eqn.args[1:], **eqn.options).shape == (3, 2)
            body = "return x.T" if turned else ""
            given["x"] = x
        if body and kind.startswith("cross_entropy"):
            given["n"] = given["target"].size
            given["each"] = given.get("g", 1.0) * eqn.outs[0].dtype.type(1.0 / given["n"])
        if not body and isinstance(op.forward, np.ufunc) and getattr(np, op.forward.__name__, None) is op.forward:
            body = f"return np.{op.forward.__name__}({', '.join(n for n in given if n != 'dtype')})"
        statements = ast.parse(body.replace("return", "_ =")).body if body else lines_of(op) if kind_of(op) else None
        if statements is None:
            return self.imported(eqn)
        *rest, last = copy.deepcopy(statements)
        value: Any = last.value  # type: ignore[attr-defined]
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        return Form(rest, values, given, list(eqn.outs), typed=not body)

    def imported(self, eqn: Eqn) -> Form:
        """A call of a function of our own."""
        op = eqn.op.op if isinstance(eqn.op, Pull) else eqn.op
        own = len(eqn.outs) - len(op.kept) * (op is eqn.op)  # how many results are no longer for the kernel
        keeps = op is eqn.op and any(v in self.read for v in eqn.outs[own:])
        function, args = (op.joint, eqn.args[: op.own + 1]) if isinstance(eqn.op, Pull) else (op.call, eqn.args)
        name = function.__name__
        if (keeps and function is op.call) or getattr(sys.modules[function.__module__], name, None) is not function:
            self.imports["registry"] = "from autograd import registry"
            part = "joint" if op is not eqn.op else "forward" if keeps else "call"
            name = self.constant(f"{op.name}{'_backward' * (part == 'joint')}", f'registry["{op.name}"].{part}')
        else:
            self.imports[name] = f"from {function.__module__} import {name}"
        given = {f"_{i}": x for i, x in enumerate(args)} | {f"_{n}": x for n, x in eqn.options.items()}
        inner = ", ".join([*(f"_{i}" for i in range(len(args))), *(f"{n}=_{n}" for n in eqn.options)])
        results = list(eqn.outs if keeps else eqn.outs[:own])
        if op is not eqn.op:
            results = [
                eqn.outs[eqn.op.wanted.index(i)] if i in eqn.op.wanted else None for i in range(len(eqn.op.needs))
            ]
        return Form([], [expression(f"{name}({inner})")], given, results, typed=True, together=own if keeps else 0)

    # lines

    def target(self, eqn: Eqn) -> str:
        """The name of what an equation computes: that of the gradient it is a part of."""
        out = eqn.outs[0]
        total = self.sums.get(out, out)
        if total not in self.names:
            label = self.label(total) or ("z" if eqn.of is None else "t")
            self.names[total] = label if total in self.reserved else self.fresh(label)
        self.names[out] = self.names[total]
        return self.names[out]

    def write(self, eqn: Eqn) -> None:
        """Write an equation's lines, or let its value stand inside of the one that reads it."""
        form, out, start = self.forms[eqn], eqn.outs[0], len(self.lines)
        partial = eqn.args[0] if eqn.args and isinstance(eqn.args[0], Var) and eqn.args[0] in self.sums else None
        if partial is not None and self.readers[partial] is eqn:
            self.add(eqn, partial)
        elif out not in self.parts:
            self.compute(eqn, form)
        if len(self.lines) > start and (eqn.of is None or self.recording.order == 2):
            self.numbers[eqn] = len(self.numbers) + 1
        note = self.note(eqn)
        self.lines[start:] = [(line, note) for line, _ in self.lines[start:]]
        for var in eqn.outs:
            if var in self.guards:
                self.lines.append((f"assert {checked(ast.unparse(self.node(var, eqn)), self.guards[var])}", ""))

    def compute(self, eqn: Eqn, form: Form) -> None:
        """Write what computes an equation's results."""
        out, reader = eqn.outs[0], self.readers.get(eqn.outs[0])
        unnamed = not self.label(out) and out not in self.sums
        mine = form.values[0].id if isinstance(form.values[0], ast.Name) else ""
        once = unnamed and self.uses[out] == 1
        held = {n: self.target(eqn) if n == mine and not once else self.fresh(n) for n in assigned_in(form.body)}
        fill = Filled(self, eqn, form, held)
        body = [ast.unparse(fill.visit(part)) for part in form.body]
        if out in self.parted:  # zeros take part in the sum: 0.0 + -0.0 is 0.0
            body[-1] = body[-1].replace("] = ", "] += ")
        self.lines += [(line, "") for line in body]
        value, *kept = [fill.visit(part) for part in form.values]
        self.inline.update(zip(form.results[1:], kept))
        text = ast.unparse(value)
        if mine in held or isinstance(value, ast.BinOp):
            self.owned.add(out)
        single = form.results == [out] and not tupled(eqn)
        short = self.uses[out] == 1 and len(text) < LONG and (reader is None or reader.of is eqn.of)
        view = len(text) < 16 and text.endswith((".T", "]")) and "(" not in text
        if unnamed and (kept or single) and (short or view or mine in held):
            self.inline[out] = value
            self.hosts[eqn] = reader or eqn
        elif mine not in held:
            names = [self.target(eqn) if v is out else self.another(v) for v in form.results[: 1 if kept else None]]
            if form.together > 1:
                names[: form.together] = [f"({', '.join(names[: form.together])})"]
            comma = "," if tupled(eqn) and len(names) == 1 else ""
            self.lines.append((f"{', '.join(names)}{comma} = {text}", ""))

    def another(self, var: Var | None) -> str:
        """The name of a result beside the first; of one that nobody reads, an underscore."""
        if var is None or (var not in self.read and not self.label(var)):
            return "_"
        self.names[var] = self.labels[var] if var in self.reserved else self.fresh(self.label(var) or "z")
        return self.names[var]

    def add(self, eqn: Eqn, partial: Var) -> None:
        """Write the addition of a term to what a gradient is so far."""
        name, term, part = self.target(eqn), eqn.args[1], self.parts.get(eqn.args[1])
        if part is not None:
            given = part.named()
            place = ast.Subscript(ast.Name(name), self.node(given["index"], part, index=True))
            name, term, eqn = ast.unparse(place), given["x"], replace(eqn, of=part.of)
        text = ast.unparse(self.node(term, eqn))
        mutable = partial in self.owned and eqn.outs[0].dtype == partial.dtype
        self.lines.append((f"{name} += {text}" if mutable else f"{name} = {name} + {text}", ""))
        self.owned.add(eqn.outs[0])

    def note(self, eqn: Eqn) -> str:
        """The number of a forward line, or that of the one whose derivative another one is."""
        own = str(self.numbers.get(eqn, ""))
        if eqn.of is None:
            return own
        host = eqn.of
        while host not in self.numbers and self.hosts.get(host, host) is not host:
            host = self.hosts[host]
        of = f"{self.numbers.get(host, 'v')}: {eqn.of.op.name.strip('_')}"
        what = eqn.op.doc.split(":")[0] if eqn.op.name.startswith("_") and self.forms[eqn].body else ""
        return (f"{own}, of {of}" if own else of) + f" ({what})" * bool(what)

    def module(self) -> str:
        """The whole text."""
        program, recording = self.program, self.recording
        arguments = [v for v in (*program.inputs, *program.captured) if v.source is None or recording.is_argument(v)]
        for var in arguments:
            self.names[var] = self.fresh(recording.called[var] or "w")
        for var in set(program.captured).difference(arguments):
            self.inline[var] = self.node(np.asarray(var.current()))
        self.reserved = [v for v in recording.called if v in self.made and self.labels[v] != "y"]
        self.labels.update((v, self.fresh(self.labels[v])) for v in self.reserved)
        blocks = [self.lines]
        backward = False
        for eqn in program.eqns:
            if backward is not (eqn.of is not None):
                backward = not backward
                self.lines = [("", ""), (BACKWARD if backward else PRODUCT, "")]
                blocks.append(self.lines)
            self.write(eqn)
        outs = ", ".join(ast.unparse(self.node(v)) for v in program.outs)
        shapes = [f"{self.names[v]}.shape == {v.shape}" for v in arguments if v.shape]
        body = [f"assert {' and '.join(shapes[i : i + 3])}" for i in range(0, len(shapes), 3)]
        body += ["", *(line for block in blocks for line in aligned(block)), f"return {outs or None}"]
        head = ["import numpy as np"]
        if self.imports:
            head += ["", "# what has no short form in NumPy", *sorted(self.imports.values())]
        head += ["", *(f"{name} = {text}" for text, name in self.constants.items())] if self.constants else []
        head += ["", "", f"def program({', '.join(self.names[v] for v in arguments)}):"]
        return "\n".join([*head, *(f"    {line}" if line else "" for line in body[not shapes :])])


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
    """Names replaced by what they stand for; keywords that say nothing dropped, a choice that is settled taken."""

    def __init__(self, text: Text, eqn: Eqn, form: Form, held: Mapping[str, str]) -> None:
        self.text, self.eqn, self.form, self.held = text, eqn, form, held
        self.index = False

    def visit_Name(self, node: ast.Name) -> Any:
        """A name."""
        if node.id in self.held:
            return ast.Name(self.held[node.id])
        if node.id in self.form.given:
            return self.text.node(self.form.given[node.id], self.eqn, self.form.typed, self.index)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """An index."""
        node.value = self.visit(node.value)
        self.index = True
        node.slice = self.visit(node.slice)
        self.index = False
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """A call."""
        self.generic_visit(node)
        for key in node.keywords:
            if key.arg == "axis" and isinstance(key.value, ast.Tuple) and len(key.value.elts) == 1:
                key.value = key.value.elts[0]
        silent = {("axis", "None"), ("keepdims", "False"), ("dtype", "np.float64")}
        node.keywords = [k for k in node.keywords if (k.arg, ast.unparse(k.value)) not in silent]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """A choice."""
        given = {n.id: self.form.given.get(n.id, n) for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        if isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], (ast.Is, ast.IsNot)):
            given = {name: value is not None or None for name, value in given.items()}
        elif any(isinstance(value, (Var, ast.Name)) for value in given.values()):
            return self.generic_visit(node)
        return self.visit(node.body if eval(ast.unparse(node.test), given) else node.orelse)


def fits(kind: str, eqn: Eqn, given: Mapping[str, Any]) -> bool:
    """Whether the form that a person writes is right for a call."""
    x, out = eqn.args[0] if eqn.args else None, eqn.outs[0]
    shape = x.shape if isinstance(x, Var) else None
    if kind in INFIX:
        return len(eqn.args) == 2 and not eqn.options
    if kind in REDUCES:
        return bool(shape) and x.dtype != np.float16  # type: ignore[union-attr]
    if kind == "linear":
        return shape is not None and len(shape) == 2
    if kind == "unindex":
        return _is_basic(given["index"])
    if kind in ("softmax", "log_softmax"):
        return bool(shape) and out.dtype in (np.float32, np.float64)
    if kind.startswith("cross_entropy"):
        logits, target, rows = given["logits"], given["target"], given.get("rows", eqn.outs[1:2])
        plain = given["weight"] is None and given["label_smoothing"] == 0 and given["reduction"] == "mean"
        hard = (
            isinstance(target, Var)
            and target.dtype.kind in "iu"
            and isinstance(logits, Var)
            and len(logits.shape or ()) == 2
        )  # type: ignore
        none = all(v.shape is None for v in leaves(rows))
        return bool(
            plain and hard and none and logits.dtype in (np.float32, np.float64) and not isinstance(given.get("g"), Var)
        )
    return kind not in ("reshape", "astype", "swapaxes") or bool(shape)


def assigned_in(body: Iterable[ast.AST]) -> list[str]:
    """The names that statements assign to."""
    nodes = [n for part in body for n in ast.walk(part)]
    return list(dict.fromkeys(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)))


def lines_of(op: Any) -> list[ast.stmt] | None:
    """An op's own lines, where they are few, only compute, and need nothing but NumPy and their arguments."""
    code = code_of(op.forward)
    if not isinstance(code, ast.FunctionDef) or hasattr(op.forward, "__wrapped__"):
        return None
    body = code.body[1:] if ast.get_docstring(code) else code.body
    held = assigned_in(body)
    names = {n.id for part in body for n in ast.walk(part) if isinstance(n, ast.Name)}
    simple = all(isinstance(part, (ast.Assign, ast.AugAssign)) for part in body[:-1]) and len(body) < 5
    fit = simple and isinstance(body[-1], ast.Return) and names <= {*op.parameters, *held, "np"}
    return body if fit and not {*held} & {*op.parameters} else None  # an argument that it writes to is the caller's


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
    if isinstance(x, (np.dtype, np.ufunc)):
        return f"np.{x if isinstance(x, np.dtype) else x.__name__}"
    if isinstance(x, type):
        return f"np.{x.__name__}" if issubclass(x, np.generic) else x.__name__
    if isinstance(x, (float, list, np.generic)):  # the shortest digits of single precision are fewer
        text = str(x)
        return text.replace("inf", "np.inf").replace("nan", "np.nan")
    return "..." if x is Ellipsis else repr(x)


def aligned(lines: list[tuple[str, str]]) -> Iterator[str]:
    """Lines with their comments below each other, but for those of long lines."""
    wide = max((len(line) for line, note in lines if note and len(line) <= WIDE), default=0)
    return (f"{line:{wide}}  # {note}" if note else line for line, note in lines)


def user_names(program: Program) -> Iterator[tuple[Var, str]]:
    """The variables that the user's lines assign, with their names."""
    eqns = [eqn for eqn in program.eqns if eqn.of is None]
    made = {(eqn.line, eqn.op.name) for eqn in eqns}
    counts: Counter[str] = Counter()
    for eqn, after in zip(eqns, [*eqns[1:], None]):
        path, _, number = eqn.line.rpartition(":")
        name, root, count = assignments(path).get(int(number or 0), ("", "", 1))
        last = after is None or after.line != eqn.line
        if (eqn.line, root) in made:  # in a loop, a line computes its value again and again
            counts[eqn.line] += eqn.op.name == root
            last = eqn.op.name == root and counts[eqn.line] % count == 0
        if name and last:
            yield eqn.outs[0], name


@lru_cache(maxsize=16)
def assignments(path: str) -> dict[int, tuple[str, str, int]]:
    """By line, the name it assigns to, the operation that computes the value, and how often it stands there."""
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except SyntaxError:
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = getattr(target, "id", getattr(target, "attr", ""))
            roots = [operation(n) for n in ast.walk(node.value)]
            root = operation(node if isinstance(node, ast.AugAssign) else node.value)
            count = roots.count(root) + isinstance(node, ast.AugAssign)
            found.update(dict.fromkeys(range(node.lineno, (node.end_lineno or 0) + 1), (name, root, count)))
    return found


def operation(node: ast.AST) -> str:
    """The operation that a piece of syntax calls, "" if none."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return OPERATORS.get(type(node.op).__name__, "")
    called = node.func if isinstance(node, ast.Call) else None
    return getattr(called, "attr", getattr(called, "id", ""))


__all__ = ["source"]
