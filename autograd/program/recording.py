"""A function's program with its derivatives, as the sweep computes them, and what the user calls its variables."""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..engine.errors import ShapeError
from ..engine.modes import enable_grad
from ..engine.node import Leaf, Node, births
from ..engine.sweep import Walk, backprop
from ..engine.tensor import Tensor, as_data
from ..engine.types import Function
from ..support.tree import flatten
from .passes import optimise
from .program import Eqn, GradOf, Program, Var, substituted
from .trace import Tracer


def program(f: Function, *examples: Any, order: int = 1) -> Program:
    """What `source` prints, as equations: the same arguments, the same errors.

    >>> print(program(lambda x: x * 2, np.ones(3), order=0).eqns[0].op.name)
    multiply
    """
    return Recording(f, examples, order).program


class Recording:
    """A function that was traced, with its derivatives: the program, and what its variables are called."""

    def __init__(self, f: Function, examples: tuple[Any, ...], order: int) -> None:
        if order not in (0, 1, 2):
            raise ValueError(f"source: order={order!r} is not one of 0, 1, 2")
        given, rebuild = flatten(list(examples))
        self.order, self.known = order, dict(named_by(f))
        self.called: dict[Var, str] = {}
        self.start, self.tracer = next(births), Tracer(lambda op: True)
        with self.tracer, enable_grad():
            names = argument_names(f, examples)
            self.inputs = [self.tracer.enter(np.array(as_data(x))[()], name) for x, name in zip(given, names)]
            for x in self.inputs if order else ():
                x._node = Leaf(x._array) if x.dtype.kind in "fc" else None
            try:
                outs, _ = flatten(f(*rebuild(list(self.inputs))))
                slopes = self._arrived(outs, "d").values() if order == 1 else ()
                outs = self._second(outs) if order == 2 else [*outs, *(g for _, g in slopes)]
                outs = [self.tracer.var(o) if isinstance(o, (Tensor, np.ndarray)) else o for o in outs if o is not None]
            finally:
                writes = [(target, var) for target, var in self.tracer.written() if var is not None]
        captured = list(self.tracer.captured.values())
        self.called.update((x.mark[1], x.mark[1].name) for x in self.inputs)
        self.called.update((v, f"{'grad_' * isinstance(v.source, GradOf)}{self._name(v.source)}") for v in captured)
        for target, var in writes:
            self.called.setdefault(var, f"{'d' if isinstance(target, GradOf) else 'new'}_{self._name(target) or 'w'}")
        # numbers that the engine, or the function, made and nobody named
        numbers = {v: np.asarray(v.current())[()] for v in captured if v.shape == () and not self.called[v]}
        for eqn in self.tracer.eqns:
            eqn.args, eqn.options = substituted((eqn.args, eqn.options), lambda v: numbers.get(v, v))
        outs = substituted([*outs, *(v for _, v in writes)], lambda v: numbers.get(v, v))
        self.program = optimise(self.tracer.as_program(outs))
        again = [(self.called[v], x) for v, x in zip(outs, self.program.outs) if v in self.called]
        self.called = {x: name for name, x in again if isinstance(x, Var)} | self.called
        for var, name in self.called.items():
            var.name = var.name or name

    def _name(self, of: Any) -> str:
        """What a Tensor or array from outside is called, or the one whose gradient it is; "" of a constant."""
        tensors = [v.source for v in self.tracer.captured.values() if isinstance(v.source, Tensor)]
        of = next((t for t in tensors if t._node is of.leaf), of) if isinstance(of, GradOf) else of
        carries = isinstance(of, Tensor) and of._node is not None
        return self.known.get(id(of)) or getattr(of, "name", "") or "w" * carries

    def _arrived(self, results: list[Any], prefix: str = "") -> dict[Node, tuple[str, Any]]:
        """The gradients of the one number among the results, by leaf, with its name; to be derived if no prefix."""
        nodes = [r._node for r in results if isinstance(r, Tensor) and r._node and r._node.saved is not None]
        if any(np.prod(node.shape) != 1 for node in nodes) or len(nodes) > 1:
            raise ShapeError(
                f"source: order=1 is of a function that returns one number, not shapes {[n.shape for n in nodes]}; "
                "reduce it, such as by .sum(), or ask for order=0"
            )
        walk = Walk(nodes, oldest=self.start)
        names = {x._node: x.mark[1].name for x in self.inputs if x._node}
        outside = [v.source for v in self.tracer.captured.values() if isinstance(v.source, Tensor)]
        names.update((t._node, self._name(t)) for t in outside if t._node in walk.foreign)
        seeds = {node: self.tracer.seen(np.ones(node.shape, node.dtype)) for node in nodes}
        arrived = backprop(seeds, list(names), walk=walk, create_graph=not prefix) if nodes else {}
        found = {leaf: (name, self.tracer.seen(arrived[leaf])) for leaf, name in names.items() if leaf in arrived}
        self.called.update((g.mark[1], f"{prefix}_{name}") for name, g in found.values() if prefix)
        return found

    def _second(self, results: list[Any]) -> list[Any]:
        """The gradients of the product of the gradients with vectors, which become inputs."""
        first = self._arrived(results)
        vectors = [self.tracer.enter(np.ones(g.shape, g.dtype)[()], f"v_{name}") for name, g in first.values()]
        second = self._arrived([sum((g * v).sum() for (_, g), v in zip(first.values(), vectors))], "dv")
        self.inputs += vectors
        return [second[leaf][1] if leaf in second else np.zeros(g.shape, g.dtype) for leaf, (_, g) in first.items()]


def argument_names(f: Function, examples: tuple[Any, ...]) -> Iterator[str]:
    """A name for each array in the arguments: that of the parameter, and where it stands in it."""
    names = [*inspect.signature(getattr(f, "forward", f)).parameters, *(f"x{i}" for i in range(len(examples)))]
    for name, example in zip(names, examples):
        count = len(flatten(example)[0])
        yield from [name] if count == 1 else [f"{name}{i}" for i in range(count)]


def named_by(f: Function) -> Iterator[tuple[int, str]]:
    """The Tensors and arrays that f uses, by identity: those of modules, in its closure, among its globals."""
    cells = inspect.getclosurevars(f) if inspect.isroutine(f) else None
    held = {**cells.globals, **cells.nonlocals} if cells else {}
    for root in (f, getattr(f, "__self__", None), *held.values()):
        if hasattr(root, "named_parameters"):
            for name, tensor in [*root.named_parameters(), *getattr(root, "named_buffers", lambda: ())()]:
                text = name.replace(".", "_")
                yield id(tensor), f"layer{text}" if text[0].isdigit() else text
    yield from ((id(value), name) for name, value in held.items() if isinstance(value, (Tensor, np.ndarray)))


def user_names(program: Program) -> Iterator[tuple[Var, str]]:
    """The variables that the user's lines assign, with their names; a line in a loop does so again and again."""
    of_line: dict[str, list[Eqn]] = {}
    for eqn in program.eqns:
        if eqn.of is None:
            of_line.setdefault(eqn.line, []).append(eqn)
    for line, eqns in of_line.items():
        path, _, number = line.rpartition(":")
        name = re.match(r"\s*(?:self\.)?(\w+)\s*[-+*/@]?=[^=]", linecache.getline(path, int(number or 0)))
        ops = [eqn.op.name for eqn in eqns]
        period = next(n for n in range(1, len(ops) + 1) if ops[:n] * (len(ops) // n) == ops)
        yield from ((eqn.outs[0], name[1]) for eqn in eqns[period - 1 :: period] if name)
