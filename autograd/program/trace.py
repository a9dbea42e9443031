"""Trace: run a function once, and note every call as an equation of a program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..engine.errors import GraphError, ShapeError, TraceError, explain
from ..engine.modes import RECORD, mode
from ..engine.node import Leaf, Node, Output
from ..engine.op import Op
from ..engine.sweep import through
from ..engine.tensor import Tensor, as_data
from ..engine.types import Function
from ..support.lines import outside
from ..support.tree import flatten
from .interpreter import Interpreter, Marked, bare, each, mapped, marked
from .program import Draw, Eqn, GradOf, Guard, Program, Pull, Var

# what is being differentiated: a sweep runs in a context of its own, and leaves with it
differentiated: ContextVar[Eqn | None] = ContextVar("differentiated", default=None)


class Tracer(Interpreter):
    """Notes every call. Ops that `whole` says stay one equation, others are taken apart where they can be."""

    lasting = True

    def __init__(self, whole: Callable[[Op], bool]) -> None:
        super().__init__()
        self.whole = whole
        self.eqns: list[Eqn] = []
        self.inputs: list[Var] = []
        self.arguments: list[Marked] = []  # what stands for them
        self.captured: dict[int, Var] = {}  # by the identity of what they stand for, which they keep alive
        self.guards: list[Guard] = []
        self.latest: dict[int, tuple[Any, Marked]] = {}  # of each Tensor or array from outside that was written to
        self.grads: dict[Node, tuple[Any, Any]] = {}  # the gradients of leaves from outside, as they were before
        self.conditions: list[tuple[Function, Any]] = []  # what Python looks at, and how each run must find it
        self.rounds: list[Any] = []  # what Python does at each run, `prepare` before it and `commit` after it
        self.made: dict[Node, Eqn] = {}
        self.cotangents: dict[Var, Eqn | None] = {}  # of what each of a sweep's sums is the cotangent

    def __exit__(self, *exception: object) -> None:
        """Let go of values that know this tracer: a cycle would keep their arrays until somebody collects garbage."""
        super().__exit__(*exception)
        for known in (self.arguments, self.latest, self.grads, self.made):
            known.clear()

    def program(self, f: Function, *args: Any) -> Program:
        """The program of what f does at these arguments."""
        given, rebuild = flatten(list(args))
        with self:
            inputs = [self.enter(np.array(as_data(x))[()]) for x in given]
            try:
                outs, again = flatten(f(*rebuild(inputs)))
                outs = [self.var(o) if isinstance(o, (Tensor, np.ndarray)) else o for o in outs]
            finally:
                writes = self.written()
        return self.as_program(outs, writes=writes, rebuild=again)

    def as_program(self, outs: list[Any], **more: Any) -> Program:
        """The program of what was noted, with these results."""
        return Program(self.inputs, list(self.captured.values()), self.eqns, outs, self.guards, **more)

    # values

    def new(self, value: Any, name: str = "", source: Any = None) -> Marked:
        """An array as a variable of its own."""
        return marked(value, None, self, Var(value, name, source))

    def enter(self, data: Any, name: str = "") -> Marked:
        """An argument."""
        value = self.new(data, name)
        self.inputs.append(value.mark[1])
        self.arguments.append(value)
        return value

    def seen(self, value: Any) -> Any:
        """A Tensor or array as this tracer knows it; what it did not make is captured."""
        if self.known(value) is not None:
            return value
        if id(value) in self.latest:
            return self.latest[id(value)][1].tied(value._node if isinstance(value, Tensor) else None)
        var = self.captured.get(id(value))
        if var is None:
            name = value.name if isinstance(value, Tensor) else ""
            var = self.captured[id(value)] = Var(value, name, value)
            if isinstance(value, Tensor):
                self.require_same(lambda: (value._node is None, value._array.shape, value._array.dtype))
        return marked(bare(value), value._node if isinstance(value, Tensor) else None, self, var)

    def source(self, of: Any) -> Marked:
        """A value that each run asks for: of.current()."""
        made = self.new(of.current(), source=of)
        self.captured[id(of)] = made.mark[1]
        return made

    def var(self, value: Any) -> Any:
        """The variable of a Tensor or array."""
        return self.seen(value).mark[1]

    # calls

    def call(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of the call, which is noted."""
        args, options = mapped(self.seen, args), mapped(self.seen, options)
        if not self.whole(op):
            composed = self.composed(op, args, options)
            if composed:
                self.told(op, args, options, composed[0])  # as Tensors: what is made of them is part of the program
                return composed[0]
        with self.below(0):
            out, kept = evaluated(op, function, args, options)
        known = each(Var, out)
        held = [self.new(k) if isinstance(k, (np.ndarray, np.generic)) else Held(k) for k in kept]
        outs = known if isinstance(known, tuple) else (known,)
        self.note(op, args, options, (*outs, *(h.mark[1] for h in held)))
        result, node = self.noted(op, args, options, out, known, kept, held)
        if node is not None:
            self.made[node] = self.eqns[-1]
        self.told(op, args, options, result)
        return result

    def apart(self, op: Op, lines: Callable[[], Any]) -> Any:
        """The result of an op as its `lines` make it of smaller calls; None, and nothing noted, if they are for arrays.

        What is not known here would never change.
        """
        noted, guards = len(self.eqns), len(self.guards)
        self._within.append(op)
        try:
            made = lines()
        except Exception:  # any that an operation on arrays alone may raise of a Tensor
            made = None
        finally:
            self._within.pop()
        if all(self.known(part) is not None for part in (made if isinstance(made, tuple) else (made,))):
            return made
        del self.eqns[noted:], self.guards[guards:]
        return None

    def note(self, op: Any, args: Any, options: Any, outs: Sequence[Var]) -> None:
        """Write an equation down."""
        args, options = mapped(lambda x: x.mark[1], (args, options), (Marked, Held))
        self.eqns.append(Eqn(op, args, options, tuple(outs), here(), differentiated.get()))

    def pulled(self, node: Node, g: Any, saved: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any] | None:
        """The backward kernel of a fused op that stays whole, as one equation."""
        op = node.plan.op
        differentiated.set(self.made.get(node))
        if isinstance(g, Tensor):
            self.cotangents.setdefault(self.var(g), self.made.get(node))
        if isinstance(node, Output) or not op.reference:
            return None
        if mode.get() & RECORD or not self.whole(op):
            named = dict(zip(node.plan.names, [h.value if isinstance(h, Held) else h for h in saved]))
            return through(op.reference, g, [named[name] for name in op.handed], wanted)
        kernel = Pull(op, node.plan.needs, tuple(wanted))
        g, saved = mapped(self.seen, (g, tuple(saved)))
        with self.below(0):
            values = [h.value if isinstance(h, Held) else mapped(bare, h) for h in saved]
            parts = kernel.forward(mapped(bare, g), *values)
        made = [self.new(part) for part in parts]
        self.note(kernel, (g, *saved), {}, [m.mark[1] for m in made])
        return made

    def left(self, tensor: Marked, how: str, value: Any) -> Any:
        """A single number may go, if every run finds the same one; anything else would be baked in."""
        if tensor.size == 1 and how in ("item()", "bool()", "complex()", "float()", "int()"):
            self.guards.append(Guard(tensor.mark[1], tensor._array, how, here()))
            return value
        raise TraceError(
            f"{how} of a traced value, {tensor.dtype} {tensor.shape}, at {here()}: as an array it would be what it is "
            "now in every later run; write it in operations on Tensors"
        )

    def drawn(self, draw: Function) -> Any:
        """A source of chance."""
        with self.below(0):
            made = self.new(draw())
        self.note(Draw(draw), (), {}, (made.mark[1],))
        return made

    def inside(self, module: Any) -> None:
        """In another mode it is another program."""
        self.require_same(lambda: module.training)

    def require_same(self, look: Function) -> None:
        """Each run is to find what `look` finds now."""
        self.conditions.append((look, look()))

    def seeded(self) -> None:
        """A run is not to draw what the one before drew."""
        raise TraceError("seed, set_rng_state: a program draws on at each run; seed the generator before it is called")

    def detached(self, tensor: Tensor) -> Tensor:
        """The same value without the graph."""
        return self.seen(tensor).tied(None)  # type: ignore[no-any-return]

    def touched(self, node: Node, read: bool = True) -> None:
        """A gradient from outside is read at each run, and what is set here at its end."""
        if isinstance(node, Leaf) and node not in self.grads:
            if read:
                self.require_same(lambda: node.grad is None)
            before, shown = node.grad, node.grad
            if before is not None:
                shown = self.new(bare(before), source=GradOf(node))
                self.captured[id(shown)] = shown.mark[1]
            self.grads[node] = before, shown
            node.grad = shown

    def written(self) -> list[tuple[Any, Any]]:
        """What was written to, and its last value; all of it as it was before."""
        writes = [(target, known.mark[1]) for target, known in self.latest.values()]
        for node, (before, shown) in self.grads.items():
            after, node.grad = node.grad, before
            if after is not shown:
                writes.append((GradOf(node), None if after is None else self.var(after)))
        return writes

    def rebind(self, tensor: Tensor, result: Tensor) -> Tensor:
        """A write to what is known is another value from here on; one to a Tensor from outside is a result, too."""
        if result.shape != tensor.shape:
            raise ShapeError(f"in-place result of shape {result.shape} does not fit {tensor.shape}; write t = t + v")
        if isinstance(tensor._node, Leaf) and mode.get() & RECORD:
            raise GraphError("in-place write to a leaf that requires a gradient; write it under no_grad()")
        if result.dtype != tensor.dtype:
            result = result.astype(tensor.dtype)
        result = self.seen(result)
        if self.known(tensor) is not None:
            self.keep(tensor)
            tensor._array, tensor._node = result._array, result._node
            tensor.__dict__["mark"] = result.__dict__["mark"]
        else:
            self.write(tensor, result)
        return tensor

    def keep(self, target: Any) -> None:
        """An argument is not written to, since each run has another one."""
        if any(target is x for x in self.arguments):
            raise TraceError(
                f"an argument, {target.dtype} {target.shape}, is written to in place, at {here()}; copy it first, "
                "x = x.copy(), or write to a Tensor that the function does not take as an argument"
            )

    def write(self, target: Any, result: Tensor) -> None:
        """Let a Tensor or array from outside have the value of `result` from here on."""
        self.keep(target)
        self.seen(target)
        self.latest[id(target)] = target, self.seen(result).tied(None)


class Held:
    """What a fused op keeps that is no array, such as a plan of its windows."""

    __slots__ = ("mark", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.mark = None, Var(value)


def evaluated(op: Op, function: Function, args: Any, options: dict[str, Any]) -> tuple[Any, Sequence[Any]]:
    """The result of a call, as arrays, and what the op keeps."""
    args, options = mapped(bare, (args, options))
    if not op.kept:
        return each(as_data, function(*args, **options)), ()
    try:
        if op.fits and (problem := op.fits.problem(args, options)):
            raise ShapeError(problem)
        out, *kept = op.forward(*args, **options)
    except Exception as error:
        raise explain(error, op, args, options) from None
    return out, kept


def here() -> str:
    """The user's file and line."""
    frame, _ = outside()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""


def trace(f: Function, *args: Any, whole: Callable[[Op], bool] = lambda op: False) -> Program:
    """The program of what f does at these arguments: arrays and Tensors in nested lists, tuples and dicts."""
    return Tracer(whole).program(f, *args)
