"""A program as NumPy source: a module that a person can read, which runs on its own, to the same bits."""

from __future__ import annotations

import ast
import builtins
import inspect
import keyword
import linecache
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..engine.errors import ShapeError
from ..engine.modes import enable_grad
from ..engine.node import Leaf, Node, births
from ..engine.op import Op
from ..engine.sweep import Walk, backprop, seeded
from ..engine.tensor import Tensor, as_data
from ..engine.types import Function
from ..support.tree import flatten
from .passes import optimise
from .program import Eqn, GradOf, Program, Var, flat, substituted
from .trace import Tracer

INFIX = {  # with how tightly they bind
    "add": ("+", 4),
    "subtract": ("-", 4),
    "multiply": ("*", 5),
    "divide": ("/", 5),
    "matmul": ("@", 5),
    "power": ("**", 7),
    "bitwise_and": ("&", 3),
    "bitwise_or": ("|", 2),
    "equal": ("==", 1),
    "not_equal": ("!=", 1),
    "greater": (">", 1),
    "less": ("<", 1),
    "greater_equal": (">=", 1),
    "less_equal": ("<=", 1),
}
PREFIX = {"negative": "-", "invert": "~"}
SIGN, ATOM = 6, 9
METHODS = {"reshape", "swapaxes", "transpose", "astype", "copy"}  # which read best behind their array
REDUCES = {"sum", "max", "min", "prod", "any", "all", "mean"}
FUNCTIONS = {"where": "np.where", "broadcast_to": "np.broadcast_to", "expand_dims": "np.expand_dims"}
TOO_LONG = 60  # of an expression, to stand inside of another one


def source(f: Function, *examples: Any, order: int = 1) -> str:
    """The text of a Python module that computes f and its derivatives as it was computed at `examples`, in NumPy alone.

    Its function `program` takes the arrays among the arguments, and the Tensors that f uses from outside, such as
    parameters, by their names. With `order` 0 it returns what f does; with 1 also the gradient by each of them, of
    the one number that f returns; what f writes to, such as `.grad`, comes last. With 2 it takes vectors, one for each
    argument, and returns the gradient of the gradient's product with these. Shapes, and branches that were taken, stand
    there as asserts. What has no short form in NumPy is imported from `autograd.ops`.

    >>> print(source(lambda x: (x * x).sum(), np.ones(3)))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def program(x):
        assert x.shape == (3,)
        y = (x * x).sum()  # 1
    <BLANKLINE>
        # backward: each line says of which one above, and of what in it, it is the derivative
        d_x = x + x  # of 1, multiply
        return y, d_x
    """
    if order not in (0, 1, 2):
        raise ValueError(f"source: order={order!r} is not one of 0, 1, 2")
    recording = Recording(f, examples, order)
    return Text(recording).module()


class Recording:
    """A function that was traced, with its derivatives: the program, and what its variables are called."""

    def __init__(self, f: Function, examples: tuple[Any, ...], order: int) -> None:
        self.function = f
        given, rebuild = flatten(list(examples))
        names = argument_names(f, examples)
        if order == 2:
            f, given, rebuild, names = second(f, given, rebuild, names)
        start, tracer = next(births), Tracer(lambda op: False)
        with tracer, enable_grad():
            inputs = [tracer.enter(np.array(as_data(x))[()], name) for x, name in zip(given, names)]
            if order == 1:
                for x in inputs:
                    x._node = Leaf(x._data) if x.dtype.kind == "f" else None
            try:
                outs, _ = flatten(f(*rebuild(inputs)))
                outs = [tracer.seen(o) if isinstance(o, (Tensor, np.ndarray)) else o for o in outs]
                slopes = self._swept(tracer, inputs, outs, start) if order == 1 else []
            finally:
                writes = tracer.written()
        self.inputs = inputs
        self.names = {v: v.name for v in (x.mark[1] for x in inputs)}
        known = dict(parameters_of(self.function))
        for var in tracer.captured.values():
            self.names[var] = var.name or known.get(id(var.source), "")
        results = [tracer.known(o) if isinstance(o, Tensor) else o for o in outs]
        grads = {id(leaf): n for n, leaf in self._leaves(tracer)}
        self.results = [*results, *(v for _, v in slopes), *(v for _, v in writes if v is not None)]
        self.called = [None] * len(outs) + [f"d_{n}" for n, _ in slopes]
        for target, v in writes:
            if v is not None:
                at = target.leaf if isinstance(target, GradOf) else target
                self.called.append(f"d_{grads.get(id(at), 'w')}" if isinstance(target, GradOf) else "new")
        before = Program([x.mark[1] for x in inputs], list(tracer.captured.values()), tracer.eqns, self.results)
        before.guards = tracer.guards
        self.program = optimise(with_numbers(before, self.names))
        self.cotangents = tracer.cotangents
        self.tuples = set(self._tuples([x._data for x in inputs]))

    def _tuples(self, given: list[Any]) -> Iterator[Eqn]:
        """The equations whose operation returns a tuple, be it of one."""
        env: dict[Var, Any] = dict(zip(self.program.inputs, given))
        env.update((v, v.current()) for v in self.program.captured)
        for eqn in self.program.eqns:
            with np.errstate(all="ignore"):
                out = eqn.op.forward(*substituted(eqn.args, env.get), **substituted(eqn.options, env.get))
            if isinstance(out[0] if eqn.op.kept else out, tuple):
                yield eqn
            env.update(zip(eqn.outs, flat(eqn.op, out)))

    def _leaves(self, tracer: Tracer) -> Iterator[tuple[str, Node | None]]:
        for var in tracer.captured.values():
            if isinstance(var.source, Tensor):
                yield self.names[var], var.source._node
        for x in self.inputs:
            yield self.names[x.mark[1]], x._node

    def _swept(self, tracer: Tracer, inputs: list[Any], outs: list[Any], start: int) -> list[tuple[str, Var]]:
        """The names of what carries a gradient, with the variable that is its gradient."""
        carriers = [o for o in outs if isinstance(o, Tensor) and o._node is not None and o._node.saved is not None]
        if not carriers:
            return []
        if len(carriers) != 1 or carriers[0].size != 1:
            raise ShapeError(
                f"source: order=1 is of a function that returns one number, not shapes {[o.shape for o in carriers]}; "
                "reduce it, such as by .sum(), or ask for order=0"
            )
        walk = Walk([o._node for o in carriers if o._node is not None], oldest=start)
        known = dict(parameters_of(self.function))
        ends = {x._node: x.mark[1].name for x in inputs if x._node is not None}
        for var in tracer.captured.values():
            if isinstance(var.source, Tensor) and var.source._node in walk.foreign:
                ends[var.source._node] = var.name or known.get(id(var.source), "w")
        seeds = seeded(carriers, [tracer.seen(np.ones(o.shape, o.dtype)) for o in carriers])
        arrived = backprop(seeds, list(ends), walk=walk)
        return [(name, tracer.var(arrived[node])) for node, name in ends.items() if node in arrived]


def with_numbers(program: Program, names: dict[Var, str]) -> Program:
    """The program with numbers in the place of those that the engine, or the function, made and nobody named."""
    numbers = {v: np.asarray(v.current())[()] for v in program.captured if v.shape == () and not names[v]}

    def now(var: Var) -> Any:
        return numbers.get(var, var)

    eqns = {e: replace(e, args=substituted(e.args, now), options=substituted(e.options, now)) for e in program.eqns}
    for eqn in eqns.values():
        eqn.of = eqns.get(eqn.of) if eqn.of else None
    return replace(program, eqns=list(eqns.values()), outs=substituted(program.outs, now))


def second(f: Function, given: list[Any], rebuild: Any, names: list[str]) -> tuple[Function, list[Any], Any, list[str]]:
    """The gradient of the product of f's gradient with vectors, as a function of the arguments and the vectors."""
    floats = [i for i, x in enumerate(given) if as_data(x).dtype.kind == "f"]
    count = len(given)

    def product(*leaves: Any) -> Any:
        values = list(leaves[:count])
        for i in floats:
            values[i] = values[i].tied(Leaf(values[i]._data))
        ends: list[Any] = [values[i]._node for i in floats]
        out = f(*rebuild(values))
        first = backprop(seeded([out], [np.ones(out.shape, out.dtype)[()]]), ends, create_graph=True)
        terms = [(first[end] * v).sum() for end, v in zip(ends, leaves[count:]) if end in first]
        total: Any = sum(terms)
        found = {}
        if isinstance(total, Tensor) and total._node is not None:
            found = backprop(seeded([total], [np.ones(total.shape, total.dtype)[()]]), ends)
        return [found[end] if end in found else np.zeros(end.shape, end.dtype) for end in ends]

    more = [np.ones(np.shape(given[i]), as_data(given[i]).dtype) for i in floats]
    return product, [*given, *more], lambda leaves: leaves, [*names, *(f"v_{names[i]}" for i in floats)]


def argument_names(f: Function, examples: tuple[Any, ...]) -> list[str]:
    """A name for each array in the arguments: that of the parameter, and where it stands in it."""
    try:
        parameters = list(inspect.signature(getattr(f, "forward", f)).parameters)
    except (TypeError, ValueError):
        parameters = []
    names = []
    for number, example in enumerate(examples):
        name = parameters[number] if number < len(parameters) else f"x{number}"
        count = len(flatten(example)[0])
        names += [name] if count == 1 else [f"{name}{i}" for i in range(count)]
    return names


def parameters_of(f: Function) -> Iterator[tuple[int, str]]:
    """The parameters of the modules that f is or uses, by identity, and the Tensors in its closure."""
    cells = inspect.getclosurevars(f) if inspect.isroutine(f) else None
    held = {**cells.globals, **cells.nonlocals} if cells else {}
    for root in (f, getattr(f, "__self__", None), *held.values()):
        if hasattr(root, "named_parameters"):
            for name, p in [*root.named_parameters(), *getattr(root, "named_buffers", lambda: ())()]:
                text = name.replace(".", "_")
                yield id(p), f"layer{text}" if text[0].isdigit() else text
    for name, value in held.items():
        if isinstance(value, (Tensor, np.ndarray)):
            yield id(value), name


class Text:
    """A program being printed."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.program = recording.program
        self.taken = set(keyword.kwlist) | set(dir(builtins)) | {"np"}
        self.names: dict[Var, str] = {}
        self.imports: dict[str, str] = {}
        self.inline: dict[Var, tuple[str, int]] = {}  # an expression, and how tightly it binds
        self.typed = False  # whether numbers say their dtype
        self.hosts: dict[Eqn, Eqn] = {}  # the equation in whose line one stands
        self.numbers: dict[Eqn, int] = {}  # of the forward lines
        self.uses = Counter(v for eqn in self.program.eqns for v in eqn.vars())
        self.uses.update(v for v in self.program.outs if isinstance(v, Var))
        self.uses.update(g.var for g in self.program.guards)

    def fresh(self, name: str) -> str:
        """The name, or the first like it that is not taken."""
        number, wanted = 1, name
        while wanted in self.taken:
            number += 1
            wanted = f"{name}_{number}" if name[-1].isdigit() else f"{name}{number}"
        self.taken.add(wanted)
        return wanted

    # values

    def show(self, x: Any, tight: int = 0) -> str:
        """A value as an expression, in brackets where it binds less tightly than what stands around it."""
        if isinstance(x, Var):
            text, binds = self.inline.get(x, (self.names.get(x, ""), ATOM))
            return f"({text})" if binds < tight else text
        if isinstance(x, (int, float)) and not isinstance(x, bool) and x < 0:
            return f"({literal(x)})" if tight > SIGN else literal(x)
        if hasattr(x, "_fields"):  # such as the windows of a convolution
            self.imports[type(x).__name__] = type(x).__module__
            return f"{type(x).__name__}({', '.join(map(self.show, x))})"
        if isinstance(x, tuple):
            inner = ", ".join(map(self.show, x))
            return f"({inner},)" if len(x) == 1 else f"({inner})"
        if isinstance(x, list):
            return f"[{', '.join(map(self.show, x))}]"
        if isinstance(x, np.dtype):
            return f"np.{x}"
        if isinstance(x, type) and issubclass(x, np.generic):
            return f"np.{x.__name__}"
        if isinstance(x, np.ufunc):
            return f"np.{x.__name__}"
        if isinstance(x, (np.generic, np.ndarray)):
            if x.size == 0:
                return f"np.zeros({x.shape}, np.{x.dtype})"
            kind = "np.array" if isinstance(x, np.ndarray) else ""
            text = literal(x.tolist())
            return (
                f"{kind}({text}, np.{x.dtype})"
                if kind
                else text
                if is_plain(x) and not self.typed
                else f"np.{x.dtype}({text})"
            )
        if isinstance(x, slice):
            return f"slice({self.show(x.start)}, {self.show(x.stop)}, {self.show(x.step)})"
        return literal(x)

    def index(self, index: Any) -> str:
        """What stands between square brackets."""
        if isinstance(index, tuple) and index:
            return ", ".join(map(self.index, index)) + ("," if len(index) == 1 else "")
        if isinstance(index, slice):
            parts = [index.start, index.stop] + ([index.step] if index.step is not None else [])
            return ":".join("" if part is None else self.show(part) for part in parts)
        return "..." if index is Ellipsis else self.show(index)

    def expression(self, eqn: Eqn) -> tuple[str, int]:
        """The right side of an equation, and how tightly it binds."""
        op, args = eqn.op, eqn.args
        name = op.name
        ours = isinstance(op, Op) and getattr(op.call, "__module__", "").startswith("autograd.")
        if ours and name in INFIX and len(args) == 2 and not eqn.options:
            sign, binds = INFIX[name]
            tighter = binds + (sign == "**" or binds == 1)
            return f"{self.show(args[0], tighter)} {sign} {self.show(args[1], binds + 1)}", binds
        if ours and name in PREFIX:
            return f"{PREFIX[name]}{self.show(args[0], SIGN + 1)}", SIGN
        if ours and name == "getitem":
            x = (
                self.show(args[0], ATOM)
                if isinstance(args[0], Var)
                else f"np.{eqn.outs[0].dtype}({self.show(args[0])})"
            )
            return f"{x}[{self.index(eqn.named()['index'])}]", ATOM
        flipped = name == "transpose" and eqn.named()["axes"] is None
        if ours and (flipped or (name == "swapaxes" and len(eqn.outs[0].shape or ()) == 2)):
            return f"{self.show(args[0], ATOM)}.T", ATOM
        named = [f"{key}={self.show(value)}" for key, value in eqn.options.items()]
        if ours and name in REDUCES and isinstance(args[0], Var) and args[0].shape and args[0].dtype != np.float16:
            given = {
                k: v for k, v in eqn.named().items() if k in ("axis", "keepdims") and v is not None and v is not False
            }
            inner = ", ".join(f"{key}={self.show(value)}" for key, value in given.items())
            return f"{self.show(args[0], ATOM)}.{name}({inner})", ATOM
        rest = [*map(self.show, args[1:]), *named]
        if ours and name in METHODS and isinstance(args[0], Var) and args[0].shape:
            return f"{self.show(args[0], ATOM)}.{name}({', '.join(rest)})", ATOM
        function = FUNCTIONS.get(name) if ours else None
        if function is None and isinstance(getattr(op, "forward", None), np.ufunc):
            ufunc = op.forward.__name__
            function = f"np.{ufunc}" if getattr(np, ufunc, None) is op.forward else None
        self.typed = not function  # another function than NumPy's may want an array
        text = ", ".join([*map(self.show, args), *named])
        self.typed = False
        return f"{function or self.imported(op)}({text})", ATOM

    def imported(self, op: Any) -> str:
        """The name of an operation that has no short form; it is imported."""
        module = getattr(op.call, "__module__", "autograd")
        if getattr(sys.modules[module], op.name, None) is not op.call:  # another function has that name there
            self.imports["registry"] = "autograd"
            return f'registry["{op.name}"].call'
        self.imports[op.name] = module
        return str(op.name)

    # lines

    def module(self) -> str:
        """The whole text."""
        program, recording = self.program, self.recording
        for eqn in program.eqns:
            self.taken.add(eqn.op.name)
        arguments = []
        for var in [*program.inputs, *program.captured]:
            small = not isinstance(var.source, Tensor) and var not in program.inputs
            if small and var.size <= 4 and not recording.names.get(var):
                self.inline[var] = self.show(np.asarray(var.current())[()]), ATOM
                continue
            self.names[var] = self.fresh(recording.names.get(var) or "c")
            arguments.append(var)
        lines = [f"assert {self.names[v]}.shape == {v.shape}" for v in arguments if v.shape]
        lines += self.body()
        outs = ", ".join(self.show(v) for v in program.outs)
        lines.append(f"return {outs}" if outs else "return None")
        head = ["import numpy as np"]
        if self.imports:
            head += ["", "# what has no short form in NumPy"]
            head += sorted(f"from {module} import {name}" for name, module in self.imports.items())
        body = textwrap.indent("\n".join(lines), "    ")
        return "\n".join([*head, "", "", f"def program({', '.join(self.names[v] for v in arguments)}):", body])

    def body(self) -> Iterable[str]:
        """A line for each equation that does not stand inside of another one."""
        program, recording = self.program, self.recording
        wanted: dict[Var, str] = {}
        for var, name in zip(program.outs, recording.called):
            if isinstance(var, Var) and name:
                wanted.setdefault(var, name)
        last_of_line = {eqn.line: eqn for eqn in program.eqns if eqn.of is None}
        guards = {g.var: g for g in program.guards}
        first = program.outs[0] if program.outs else None
        backward = False
        readers: dict[Var, Eqn] = {v: eqn for eqn in program.eqns for v in eqn.vars()}
        for eqn in program.eqns:
            if eqn.of is not None and not backward:
                backward = True
                yield ""
                yield "# backward: each line says of which one above, and of what in it, it is the derivative"
            text, binds = self.expression(eqn)
            out = eqn.outs[0]
            name = wanted.get(out) or (assigned(eqn) if last_of_line.get(eqn.line) is eqn else "")
            name = name or ("y" if out is first else "")
            cotangent = recording.cotangents.get(out)
            reader = readers.get(out)
            alone = self.uses[out] == 1 and len(eqn.outs) == 1 and eqn not in recording.tuples
            named = name or cotangent or out in guards
            if alone and not named and reader is not None and reader.of is eqn.of and len(text) < TOO_LONG:
                self.inline[out] = text, binds
                self.hosts[eqn] = reader
                continue
            of = f"d_{self.names.get(cotangent.outs[0], 'h')}" if cotangent else ""
            base = name or of or ("h" if eqn.of is None else "t")
            outs = eqn.outs[: len(eqn.outs) - len(getattr(eqn.op, "kept", ()))]
            for i, o in enumerate(outs):
                self.names[o] = self.fresh(base if i == 0 else f"{base}_{i}")
            if eqn.of is None:
                self.numbers[eqn] = len(self.numbers) + 1
                note = f"  # {self.numbers[eqn]}"
            else:
                host = eqn.of
                while host in self.hosts:
                    host = self.hosts[host]
                note = f"  # of {self.numbers.get(host, 'an input')}, {eqn.of.op.name}"
            comma = "," if len(outs) == 1 and eqn in recording.tuples else ""
            yield f"{', '.join(self.names[o] for o in outs)}{comma} = {text}{note}"
            for o in outs:
                if o in guards:
                    yield f"assert {self.show(o)} == {self.show(guards[o].value)}"


def assigned(eqn: Eqn) -> str:
    """The name that the user's line gives to what it computes, "" if there is none."""
    path, _, number = eqn.line.rpartition(":")
    if not number.isdigit():
        return ""
    try:
        (statement,) = ast.parse(linecache.getline(path, int(number)).strip()).body
    except (SyntaxError, ValueError):
        return ""
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    return target.id if isinstance(target, ast.Name) else ""


def literal(x: Any) -> str:
    """A Python value as it is written."""
    text = repr(x)
    return text.replace("inf", "np.inf").replace("nan", "np.nan") if isinstance(x, (float, list)) else text


def is_plain(x: Any) -> bool:
    """Whether a NumPy number may stand there as Python's: of the dtype that others have beside it, it is weak."""
    return x.dtype in (np.float64, np.int64, np.bool_)


__all__ = ["source"]
