"""Live: what was recorded as a program of both passes, which the player's page runs again with other numbers.

The record is replayed under a tracer, operation by operation, and swept; so every number that the page shows, each
contribution and each sum, is a variable of one program.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..engine.errors import AutogradError
from ..engine.modes import enable_grad
from ..engine.node import Leaf, Node, Output
from ..engine.op import Op
from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..ops.random import current
from ..program.interpreter import bare, each, mapped, untied
from ..program.js import DTYPES, Tape, knows
from ..program.passes import name, optimise
from ..program.program import Eqn, Var
from ..program.trace import Tracer
from .film import Cast, Json
from .formula import filled
from .record import Key, Record, identity
from .text import number
from .trace import Gradient, Step, Use, derivative, trace

MOST = 2_000_000  # elements of all values: the page holds them all, and computes each anew


class Small(Tracer):
    """Notes what the page does not know as the small operations that it stands for, but records each as one node.

    They are those of its `reference`, or what its forward function calls, if that can be handed Tensors.
    """

    def __init__(self) -> None:
        super().__init__(lambda op: False)
        self.parts: dict[str, list[Var]] = {}  # inside of the operation that was called last

    def call(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of the call of the whole; its variable is that of the small ones' result."""
        if not args and op.parameters[0] in options:  # the passes look for it in its place
            args = (options.pop(op.parameters[0]),)
        result = super().call(op, function, args, options)
        made = self.in_small(op, mapped(untied, args), mapped(untied, options))
        if made is not None:
            parts = iter(made if isinstance(made, tuple) else (made,))
            each(lambda whole: whole.__dict__.update(mark=self.seen(next(parts)).mark), result)
        return result

    def in_small(self, op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result as that of small operations; None where there are none."""
        if op.reference:
            noted = len(self.eqns)
            made = (super().composed(op, args, options) or [None])[0]
            self.parts = inside(op, self.eqns[noted:])
            return made
        vectors = op.name == "linear" and np.ndim(args[0]) < 2
        if op in self._within or op.kept or (knows(op.name) and not vectors):
            return None
        return self.apart(op, lambda: op.forward(*args, **options))

    def composed(self, op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Nothing, when the tracer asks."""


# what is worth a look inside of fused operations: the names of what these small ones make, in their order in one step
INSIDE = {
    "attention": ("attention_weights", ("weights",)),
    "self_attention": ("attention_weights", ("weights",)),
    "lstm": ("sigmoid tanh", ("forget gate", "input gate", "candidate", "output gate", "tanh(c)")),
    "gru": ("sigmoid tanh", ("reset gate", "update gate", "candidate")),
}


def inside(op: Op, eqns: list[Eqn]) -> dict[str, list[Var]]:
    """What the small operations of a fused one make that is worth a look: of a recurrent one a value at each step."""
    kinds, names = INSIDE.get(op.name, ("", ()))
    made = [eqn.outs[0] for eqn in eqns if name(eqn.op) in kinds.split()]
    return {part: made[i :: len(names)] for i, part in enumerate(names)} if len(made) % max(1, len(names)) == 0 else {}


class Lost(AutogradError):
    """The record does not hold what it takes to compute it again."""


def live(record: Record, cast: Cast, frame: Json, gradient: Gradient) -> Json:
    """The tape, and what the page shows of it, in the form of a frame; or, under "why", why there is none."""
    chance = current().bit_generator.state
    try:
        made = Live(record, cast, frame).data(gradient)
    except Lost as lost:
        made = {"why": str(lost)}
    except Exception as error:  # a rule, or a user's operation, that is for arrays only: it plays all the same
        made = {"why": f"{type(error).__name__}: {error}"}
    if current().bit_generator.state != chance:
        current().bit_generator.state = chance
        made = {"why": "an operation draws random numbers by itself"}
    return made


class Live:
    """A record that is run again under a tracer. What the page is to show is collected in `outs`, each once."""

    def __init__(self, record: Record, cast: Cast, frame: Json) -> None:
        self.record, self.cast, self.frame = record, cast, frame
        self.tracer = Small()
        self.known: dict[Key, Any] = {}
        self.again: dict[Node, Node] = {}  # of each node of the replay the one that was recorded
        self.leaves: list[tuple[int, int | None]] = []
        self.outs: dict[Var, int] = {}
        self.values: list[Array | None] = []  # of these, as far as the sweep made them
        self.inside: dict[int, dict[str, list[int]]] = {}  # of an operation, what is seen inside of it

    def data(self, gradient: Gradient) -> Json:
        """See `live`."""
        if any(node.taps for node in (*self.record.operations, *self.record.roots)):
            raise Lost("a hook may change a gradient, and a hook is Python")
        with self.tracer, enable_grad(), np.errstate(all="ignore"):
            for node in self.record.operations:
                self.replay(node)
            outputs = [self.of(root) for root in self.record.roots]
            swept = trace(outputs, gradient, keep=self.seen, local=False, what="player")
            if [self.cast.op_of[self.again[s.node]] for s in swept.steps] != [s["op"] for s in self.frame["steps"]]:
                raise Lost("a second sweep went another way")
            steps = [self.step(step, shown["uses"]) for step, shown in zip(swept.steps, self.frame["steps"])]
            given = [x._array for x in self.tracer.arguments]
        index = self.cast.index
        values = [self.out(self.known[key]) if key in self.known else None for key in index]
        seeds = [[index[identity(r)], self.out(swept.seeds[o._node])] for r, o in zip(self.record.roots, outputs)]
        tracer, outs = self.tracer, list(self.outs)
        program = optimise(tracer.as_program(outs))
        tape = Tape(program, *given)
        self.require_same(tape)
        places = [tape.number(v) for v in tape.program.outs]
        elements = sum(prod(shape) for _, shape in tape.kinds)
        if elements > MOST:
            raise Lost(f"its passes make {elements:,} numbers, more than a page computes quickly ({MOST:,})")
        frozen = sorted(set(tape.frozen))
        shown = {"values": values, "seeds": seeds, "steps": steps, "leaves": self.leaves, "inside": self.inside}
        return {"tape": tape.data, "outs": places, "frozen": frozen, **shown}

    def require_same(self, tape: Tape) -> None:
        """Raise Lost unless the tape's numbers are those of the sweep, and of dtypes that a page has."""
        for out, was in zip(tape.program.outs, self.values):
            now = np.asarray(tape.env[out] if isinstance(out, Var) else out)
            if was is None:
                continue
            if str(now.dtype) not in DTYPES:
                raise Lost(f"a page has no numbers of dtype {now.dtype}")
            size = np.abs(was, where=np.isfinite(was), out=np.ones(was.shape)).max(initial=1.0)
            slack = np.finfo(now.dtype).eps ** 0.5 * size if now.dtype.kind == "f" else 0
            if not np.allclose(now, was, 0, slack, equal_nan=True):
                raise Lost("taken apart into small operations, it gives other numbers")

    def seen(self, value: Any) -> Any:
        """A number of the sweep as the tracer knows it."""
        return self.tracer.seen(np.asarray(value) if isinstance(value, np.generic) else value)

    def out(self, value: Any) -> int:
        """The place, among what the page is to show, of a Tensor or array."""
        known = self.seen(value)
        return self.place(known.mark[1], np.asarray(bare(known)))

    def place(self, var: Var, value: Array | None = None) -> int:
        """That of a variable of the program."""
        if var not in self.outs:
            self.values.append(value)
        return self.outs.setdefault(var, len(self.outs))

    # forward

    def replay(self, node: Node) -> None:
        """Call an operation once more; raises Lost where it does not give what it gave."""
        given = [self.given(node, i) for i in range(len(node.inputs))]
        rest, options = node.__dict__.get("call", ((), {}))
        self.tracer.parts = {}
        made = node.op.call(*([given] if node.op.variadic else given), *rest, **options)
        if seen := self.tracer.parts:
            turn = -1 if node.params.get("reverse") else 1  # in the order of time, not in that of the steps
            self.inside[self.cast.op_of[node]] = {part: [*map(self.place, of[::turn])] for part, of in seen.items()}
        for part in self.record.made(node):
            out = made[part.index] if isinstance(part, Output) else made
            before = self.record.values.get(identity(part))
            rtol = np.finfo(out.dtype).eps ** 0.75
            if before is not None and not np.allclose(before, out._array, rtol, rtol, equal_nan=True):
                raise Lost(
                    f"{node.op.name}, called again, gives other numbers: is it random, or was a leaf written since?"
                )
            self.known[identity(part)] = out
            self.again[out._node.inputs[0] if isinstance(out._node, Output) else out._node] = node

    def given(self, node: Node, position: int) -> Any:
        """What an operation is given: a Tensor of the replay, or a number that is part of the program."""
        source = node.inputs[position]
        if not isinstance(source, Node):
            return np.asarray(source) if isinstance(source, (list, tuple)) else source
        if identity(source) not in self.known and self.record.values.get(identity(source), source.value) is None:
            return self.entered(source, self.recovered(node, position, self.record.values.get(identity(node))))
        known = identity(source) in self.known
        x = self.of(source)
        if not known and node.op.name == "cross_entropy" and x.dtype.kind == "i":
            self.leaves[-1] = (self.leaves[-1][0], self.known[identity(node.inputs[0])].shape[-1] - 1)
        return x

    def of(self, source: Node) -> Any:
        """The Tensor of the replay that is what this one was."""
        if identity(source) in self.known:
            return self.known[identity(source)]
        return self.entered(source, self.record.values.get(identity(source), source.value))

    def entered(self, source: Node, value: Array | None) -> Any:
        """A leaf, which the page may change."""
        if value is None:
            name = self.record.names.name(source) or f"{self.record.kind(source)} {source.shape}"
            raise Lost(f"the record keeps no value of {name}; hold on to its Tensor")
        x = self.tracer.enter(np.array(value)[()], self.record.names.name(source))
        x._node = Leaf(x._array) if isinstance(source, Leaf) else None
        self.leaves.append((self.cast.index[identity(source)], None))
        self.known[identity(source)] = x
        return x

    def recovered(self, node: Node, position: int, y: Any) -> Any:
        """The term of a sum that no rule asked for, and so none kept: the rest of it; None of what is no sum."""
        if node.op.name not in ("add", "subtract") or y is None:
            return None
        other, shape = node.inputs[1 - position], node.inputs[position].shape
        x = bare(self.of(other)) if isinstance(other, Node) else other
        rest = np.asarray(y - x if node.op.name == "add" else x - y if position else y + x)
        first = rest[(0,) * (rest.ndim - len(shape))]  # where it was broadcast all of it is alike
        return first[tuple(slice(n) for n in shape)]

    # backward

    def step(self, step: Step, shown: list[Json]) -> Json:
        """The numbers of one step of the sweep."""
        made = self.record.made(self.again[step.node])
        parts = [step.g[part.index] if isinstance(part, Output) else step.g for part in made]
        return {"upstream": [*map(self.out, parts)], "uses": [self.use(step, *pair) for pair in zip(step.uses, shown)]}

    def use(self, step: Step, use: Use, shown: Json) -> list[Any]:
        """The local derivative, the contribution, the sums before and after, the rule with places for its numbers.

        Last comes the local derivative as a matrix, where that is what is shown.
        """
        node, local, numbers, matrix = step.node, None, "", None
        if shown["local"] is not None:
            ones = self.seen(np.ones(node.shape, node.dtype))
            local = self.out(node.op.rules[use.position](ones, *use.args))
        if shown["numbers"]:
            numbers = filled(node, use.position, use.args, step.g, self.text)
        if shown["matrix"] is not None:
            matrix = self.out(derivative(use, node, self.seen))
        before = None if use.before is None else self.out(use.before)
        return [local, self.out(use.term), before, self.out(use.after), numbers, matrix]

    def text(self, value: Any) -> str:
        """A number of the program, or the place of what changes."""
        return f"<{self.out(value)}>" if isinstance(value, Tensor) else number(value)
