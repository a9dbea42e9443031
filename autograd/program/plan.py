"""Plan: a program as a function of prebound NumPy calls, which write into one arena, to the bits of its equations.

The first call runs the program equation by equation, and notes how NumPy lays out each result, and which are views of
others. From that a function is written, as Python source: what a ufunc computes goes with `out=` into an arena, in
which each array has its place for as long as it lives, laid out as NumPy would do it, so that every sum adds in the
same order; views are made once, or where they are of what is new in each call; anything else is called as it is.
Chains of elementwise operations on arrays larger than the cache run block by block.

Arrays of another shape, dtype or layout than at the first call are served equation by equation, as then.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from threading import Lock
from typing import Any

import numpy as np

from ..engine.op import Op, ours
from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from .passes import elementwise, key, name
from .program import Eqn, GuardError, Program, Pull, Var, flat, leaves, substituted

BLOCK = 16384  # elements of each operand that are worked on at once: a few such blocks fit into a core's own cache
LARGE = 65536  # bytes of an array that is let go as soon as nothing reads it
METHODS = {"reshape": "{}.reshape({})", "swapaxes": "{}.swapaxes({}, {})", "transpose": "{}.transpose({})"}
REDUCES = {"sum": np.add, "max": np.maximum, "min": np.minimum, "any": np.logical_or, "all": np.logical_and}


class Plan:
    """A program, ready to be called with arrays like those of its first call; several threads may.

    `donate` says by the number of an output over which input, or captured variable, it may be written.
    """

    def __init__(self, program: Program, donate: Mapping[int, Var] | None = None) -> None:
        self.program = program
        self.donate = donate or {}
        self.text = ""
        self.nbytes = 0  # of an arena
        self._bind: Function | None = None
        self._idle: list[Function] = []  # functions with an arena each, which no call is using
        self._lock = Lock()

    def __call__(self, *args: Any) -> list[Any]:
        """The outputs, as new arrays.

        Raises GuardError where a branch would not be the same; nothing has been written to then.
        """
        if self._bind is None:
            run = Watched(self.program, args)
            with self._lock:
                if self._bind is None:
                    self._bind = self._written(run)
            return run.results()
        try:
            call = self._idle.pop()
        except IndexError:
            call = self._bind()
        try:
            return call(*args)  # type: ignore[no-any-return]
        finally:
            self._idle.append(call)

    def _written(self, run: Watched) -> Function:
        writer = Writer(self.program, run, self.donate)
        self.text, self.nbytes = writer.text(), writer.nbytes
        space = {**writer.constants, "again": lambda *args: Watched(self.program, args).results()}
        exec(compile(self.text, "<plan>", "exec"), space)
        return space["bind"]  # type: ignore[no-any-return]


# -- the first run -------------------------------------------------------------------------------------


class Layout:
    """How an array lies in memory, and whose memory that is."""

    def __init__(self, array: Array, owner: Var, whole: bool = True) -> None:
        # an array of its shape, dtype and strides, but without its memory
        self.array = np.lib.stride_tricks.as_strided(np.empty((), array.dtype), array.shape, array.strides)
        self.owner = owner
        self.whole = whole  # whether it shows all that its owner has
        self.order = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
        self.dense = array.size > 0 and self.array.transpose(self.order).flags.c_contiguous
        self.in_rows = self.array.flags.c_contiguous

    def same(self, other: Layout) -> bool:
        """Whether another array lies in the same way."""
        a, b = self.array, other.array
        return (a.shape, a.dtype, a.strides) == (b.shape, b.dtype, b.strides)


class Watched:
    """A run of a program, equation by equation, and how each array in it lay in memory."""

    def __init__(self, program: Program, args: Sequence[Any]) -> None:
        self.program = program
        self.env = env = dict(zip(program.inputs, args))
        env.update((v, v.current()) for v in program.captured)
        self.outside = {v: x for v, x in env.items() if isinstance(x, np.ndarray)}
        self.layouts = {v: Layout(x, v) for v, x in self.outside.items()}
        self.tuples: set[Eqn] = set()  # whose op returns a tuple
        last = lasts(program, {eqn: time for time, eqn in enumerate(program.eqns)})
        for time, eqn in enumerate(program.eqns):
            out = eqn.op.forward(*substituted(eqn.args, env.__getitem__), **substituted(eqn.options, env.__getitem__))
            self.tuples.update([eqn] if isinstance(out, tuple) else ())
            known = [v for v in eqn.vars() if v in self.layouts]
            for v, part in zip(eqn.outs, flat(eqn.op, out)):
                env[v] = part
                if isinstance(part, np.ndarray):
                    self.layouts[v] = self._layout(v, part, known)
                    known.append(v)
            for v in {*eqn.vars(), *eqn.outs}:
                if last.get(v, -1) <= time:
                    del env[v]
        for guard in program.guards:
            guard.require(env[guard.var])

    def _layout(self, var: Var, array: Array, known: Sequence[Var]) -> Layout:
        base = root(array)
        for v in known:
            if root(self.env[v]) is base:
                return Layout(array, self.layouts[v].owner, array.size == base.size and array.flags.writeable)
        return Layout(array, var)

    def results(self) -> list[Any]:
        """The outputs, none of which shares memory with another one, or with what came from outside."""
        held = list(map(root, self.outside.values()))
        results: list[Any] = []
        for v in self.program.outs:
            value = self.env[v] if isinstance(v, Var) else v
            if isinstance(value, np.ndarray):
                alone = v in self.layouts and self.layouts[v].whole and not any(root(value) is x for x in held)
                value = value if alone else value.copy("K")
                held.append(root(value))
            results.append(value)
        return results


def root(array: Array) -> Array:
    """The array whose memory this one shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def lasts(program: Program, time: Mapping[Eqn, int]) -> dict[Var, int]:
    """When each variable is read for the last time."""
    last: dict[Var, int] = {}
    for eqn in program.eqns:
        for v in eqn.vars():
            last[v] = max(time[eqn], last.get(v, 0))
    return last | dict.fromkeys(leaves((program.outs, [g.var for g in program.guards])), len(time))


# -- the function --------------------------------------------------------------------------------------


class Slot:
    """A place in the arena, taken from one time to another, both included."""

    def __init__(self, nbytes: int, start: int, end: int) -> None:
        self.nbytes = -(-nbytes // 64) * 64
        self.start, self.end = start, end
        self.offset = 0


def placed(slots: Iterable[Slot]) -> int:
    """Give each slot the lowest place that none has at the same time, the largest first; returns what all need."""
    there: list[Slot] = []
    for slot in sorted(slots, key=lambda s: -s.nbytes):
        for other in there:  # in the order of their places
            if other.start <= slot.end and slot.start <= other.end:
                if slot.offset + slot.nbytes <= other.offset:
                    break
                slot.offset = max(slot.offset, other.offset + other.nbytes)
        insort(there, slot, key=lambda s: s.offset)
    return max((s.offset + s.nbytes for s in there), default=0)


class Writer:
    """Writes a program as a function `bind()`, which returns the function of the inputs, with an arena of its own."""

    def __init__(self, program: Program, run: Watched, donate: Mapping[int, Var]) -> None:
        self.program, self.run, self.layouts, self.donate = program, run, run.layouts, donate
        self.constants: dict[str, Any] = {}
        self.labels: dict[Any, str] = {}
        self.asides: dict[Var, dict[str, str]] = {}  # of a variable: what is taken of it besides, and its name
        self.blocked = True  # whether what is written stands in a loop over blocks, or is but looked at
        self.outside = {*program.inputs, *program.captured}
        self.written = {eqn for eqn in program.eqns if self._is_written(eqn)}
        self.steps = self._scheduled()
        self.time = {eqn: time for time, eqn in enumerate(eqn for step in self.steps for eqn in step)}
        self.span = [(self.time[step[0]], self.time[step[-1]]) for step in self.steps for _ in step]
        self.span.append((len(self.time), len(self.time)))  # when results are returned
        self.last: dict[Var, int] = {}
        for v, time in lasts(program, self.time).items():
            self.last[self.owner(v)] = max(time, self.last.get(self.owner(v), 0))
        self.fresh: dict[Var, int] = {}  # whose memory is given away, as which output
        for number, v in enumerate(program.outs):
            if v in self.layouts and self.layouts[v].whole and self.owner(v) not in self.outside:
                self.fresh.setdefault(self.owner(v), number)
        self.over = {program.outs[k]: w for k, w in donate.items() if self._is_in_place(k, w)}
        self.local: set[Var] = set()  # what is needed within one chain only, and so block by block
        self.slots = self._slots()
        self.nbytes = placed(dict.fromkeys(self.slots.values()))
        self.maker = {v: eqn for eqn in self.time for v in eqn.outs}
        self.members: dict[Var, list[Var]] = {}  # of large results of calls: all that show their memory
        for v, layout in self.layouts.items():
            owner = layout.owner
            if (
                not (owner in self.outside or owner in self.slots or owner in self.fresh)
                and self.layouts[owner].array.nbytes >= LARGE
            ):
                self.members.setdefault(owner, []).append(v)

    def owner(self, v: Var) -> Var:
        """The variable whose memory another one shows."""
        return self.layouts[v].owner if v in self.layouts else v

    # how each equation is computed

    def _is_written(self, eqn: Eqn) -> bool:
        """Whether the result can be written into memory that is given."""
        out, *more = eqn.outs
        if more or out not in self.layouts or self.owner(out) is not out or not out.shape:
            return False
        return self.layouts[out].dense and self.into(eqn) is not None

    def _is_view(self, eqn: Eqn) -> bool:
        """Whether the result is the same piece of the same memory in each run."""
        owners = {self.owner(v) for v in eqn.vars()}
        return isinstance(eqn.op, Op) and ours(eqn.op) and eqn.op.view and owners == {self.owner(eqn.outs[0])}

    def _is_blocked(self, eqn: Eqn) -> bool:
        """Whether it is elementwise, and large enough to be worked on block by block."""
        each = elementwise(eqn.op) or name(eqn.op) in ("relu", "astype", "copy")
        if not each or eqn not in self.written or eqn.outs[0].size <= 2 * BLOCK:
            return False
        arrays = [v for v in (*eqn.vars(), *eqn.outs) if v.shape]
        return all(v.shape == eqn.outs[0].shape and self.layouts[v].in_rows for v in arrays)

    def _overwrites(self, eqn: Eqn) -> bool:
        """Whether the result may stand where an operand was."""
        return eqn in self.written and (isinstance(eqn.op.forward, np.ufunc) or name(eqn.op) == "relu")

    def _is_in_place(self, number: int, target: Var) -> bool:
        """Whether an output may be computed right where `target` is: what is there, or a branch, matters no more."""
        out = self.program.outs[number]
        maker = next((e for e in self.written if out in e.outs), None)
        array = self.run.outside.get(target)
        if maker is None or array is None or self.fresh.get(out) != number:
            return False
        start, end = self.span[self.time[maker]]
        mine = [v for v in maker.vars() if self.owner(v) is target]
        later = {self.owner(v) for eqn, time in self.time.items() if time >= start for v in eqn.vars()}
        others = [v for v in later if v in self.run.outside and v is not target and v.shape]
        seen = [self.time[e] for e in self.time for g in self.program.guards if g.var in e.outs]
        return (
            self.layouts[target].same(self.layouts[out])
            and self.last.get(target, -1) <= self.time[maker]
            and (not mine or (self._overwrites(maker) and all(v is target for v in mine)))
            and not any(v in self.program.inputs or np.may_share_memory(array, self.run.outside[v]) for v in others)
            and all(self.span[time][1] < start for time in seen)
        )

    def _scheduled(self) -> list[list[Eqn]]:
        """Equations one by one, or in chains that are worked on block by block; what a chain passes over waits."""
        steps: list[list[Eqn]] = []
        chain: list[Eqn] = []
        waiting: list[Eqn] = []
        for eqn in self.program.eqns:
            if self._is_blocked(eqn):
                late = {o for e in waiting for o in e.outs}
                if chain and (chain[0].outs[0].shape != eqn.outs[0].shape or not late.isdisjoint(eqn.vars())):
                    steps += [chain, *([e] for e in waiting)]
                    chain, waiting = [], []
                chain.append(eqn)
            elif chain:
                waiting.append(eqn)
            else:
                steps.append([eqn])
        return [*steps, *([chain] if chain else []), *([e] for e in waiting)]

    def _slots(self) -> dict[Var, Slot]:
        """A place for each result that is written and not given away: that of an operand that ends there, or a new one."""
        slots: dict[Var, Slot] = {}
        for eqn, time in self.time.items():
            out, last = eqn.outs[0], self.last.get(eqn.outs[0], time)
            if eqn not in self.written or out in self.fresh:
                continue
            start, end = self.span[time]
            if start < end and last <= end:
                self.local.add(out)
            else:
                last = self.span[last][1]
            array = self.layouts[out].array
            slot = next((slots[v] for v in eqn.vars() if v in slots and self._takes_over(eqn, v)), None)
            if slot is None:
                local = out in self.local
                slot = Slot((BLOCK if local else array.size) * array.itemsize, time if local else start, last)
            slot.end = max(slot.end, last)
            slots[out] = slot
        return slots

    def _takes_over(self, eqn: Eqn, v: Var) -> bool:
        out = eqn.outs[0]
        alone = all(w is v for w in eqn.vars() if self.owner(w) is v)
        ends = self.last[v] == self.time[eqn] and (v in self.local) == (out in self.local)
        return alone and ends and self._overwrites(eqn) and self.layouts[v].same(self.layouts[out])

    # the text

    def t(self, value: Any) -> str:
        """A value as text: the name of a variable or constant, or what holds some."""
        if isinstance(value, Var):
            return f"{'b' if self.blocked and value.shape else 'v'}{value.number}"
        if isinstance(value, (list, tuple)) and any(True for _ in leaves(value)):
            inside = "".join(f"{self.t(v)}, " for v in value)
            return f"[{inside}]" if isinstance(value, list) else f"({inside})"
        if isinstance(value, (int, str, type(None))):
            return repr(value)
        label = getattr(value, "__name__", "c")
        label = f"{label if label.isidentifier() else 'c'}_{len(self.constants)}"
        label = self.labels.setdefault(key(value), label)
        self.constants[label] = value
        return label

    def aside(self, v: Var, how: str, *args: Any) -> str:
        """The name of what `how` takes of a variable, such as a view; in a loop, the call itself."""
        text = f"{self.t(v)}{how.format(*map(self.t, args))}"
        if self.blocked:
            return text
        known = self.asides.setdefault(v, {})
        return known.setdefault(text, f"{self.t(v)}_{len(known)}")

    def into(self, eqn: Eqn) -> list[str] | None:
        """The calls that write the result into the memory of its variable; None where only the op itself knows how."""
        kind, out, t = name(eqn.op), eqn.outs[0], self.t
        if isinstance(eqn.op, Op) and isinstance(eqn.op.forward, np.ufunc) and not eqn.options:
            return [f"{t(eqn.op.forward)}({', '.join(map(t, eqn.args))}, out={t(out)})"]
        x = eqn.args[0] if eqn.args else None
        if kind == "where":
            return self._choice(*eqn.args, out)
        if kind == "concatenate":
            return [f"{t(np.concatenate)}({t(x)}, {t(eqn.named()['axis'])}, {t(out)})"]
        if not isinstance(x, Var) or x not in self.layouts:
            return None
        if kind == "relu":
            return [f"{t(np.maximum)}({t(x)}, 0, out={t(out)})"]
        if kind in ("astype", "copy"):
            return [f"{t(np.copyto)}({t(out)}, {t(x)}, 'unsafe')"]
        if kind == "matmul" and eqn.args[1] in self.layouts:
            return [f"{t(np.matmul)}({t(x)}, {t(eqn.args[1])}, {t(out)})"]
        if kind == "linear":
            return self._affine(*(eqn.named()[n] for n in ("x", "weight", "bias")), out)
        if kind in REDUCES and not (kind == "sum" and x.dtype == np.float16):
            axis, keepdims = eqn.named()["axis"], eqn.named()["keepdims"]
            return [f"{t(REDUCES[kind].reduce)}({t(x)}, {t(axis)}, None, {t(out)}, {t(keepdims)})"]
        return None

    def _choice(self, condition: Any, a: Any, b: Any, out: Var) -> list[str] | None:
        """Numbers or zeros, by "and" with a mask of bits: a branch for each would cost ten times as much."""
        kept, zero = (a, b) if isinstance(a, Var) else (b, a)
        arrays = [v for v in (condition, kept) if v in self.layouts and v.shape == out.shape]
        plain = isinstance(zero, (int, float, np.number)) and zero == 0 and not np.signbit(zero)
        if not plain or len(arrays) < 2 or kept.dtype != out.dtype or out.dtype not in (np.float32, np.float64):
            return None
        bits = np.int32 if out.dtype == np.float32 else np.int64
        mask, number, to = (self.aside(v, ".view({})", d) for v, d in ((condition, np.int8), (kept, bits), (out, bits)))
        spread = f"{self.t(np.negative)}({mask}" if kept is a else f"{self.t(np.subtract)}({mask}, 1"
        return [
            f"{spread}, out={to}, dtype={self.t(bits)})",
            f"{self.t(np.bitwise_and)}({number}, {to}, out={to})",
        ]

    def _affine(self, x: Var, weight: Any, bias: Any, out: Var) -> list[str] | None:
        arrays = [v for v in (x, weight, bias) if v is not None]
        if any(v not in self.layouts or v.dtype != out.dtype for v in arrays):
            return None
        if not (self.layouts[x].in_rows and self.layouts[out].in_rows):
            return None
        rows = [
            self.t(v) if len(v.shape) == 2 else self.aside(v, ".reshape({})", (prod(v.shape[:-1]), v.shape[-1]))
            for v in (x, out)
        ]
        product = f"{self.t(np.matmul)}({rows[0]}, {self.aside(weight, '.T')}, {rows[1]})"
        return [product, *([f"{self.t(np.add)}({rows[1]}, {self.t(bias)}, out={rows[1]})"] if bias is not None else [])]

    def text(self) -> str:
        """The whole function."""
        self.blocked = False
        bodies = [self._loop(step) if len(step) > 1 else self._lines(step[0]) for step in self.steps]
        bind = [f"arena = {self.t(np.empty)}({self.nbytes + 64}, {self.t(np.uint8)})", "at = -arena.ctypes.data % 64"]
        given = ", ".join(map(self.t, self.program.inputs))
        run = [line for v in self.program.captured for line in self._read(v)] + self._checks(given)
        run += [line for v in (*self.program.inputs, *self.program.captured) for line in self._beside(v)]
        run += self._guards(self.outside)
        for step, body in zip(self.steps, bodies):
            late: list[str] = []
            to = run
            for eqn in step:
                if self._is_view(eqn) and self.owner(eqn.outs[0]) in self.slots:
                    to = bind
                for v in eqn.outs:
                    if v in self.slots:
                        bind += [self._buffer(v), *self._beside(v)]
                    elif eqn in self.written:
                        run += [self._new(v), *self._beside(v)]
                    else:
                        late += self._beside(v)
            to += [*body, *late]
            run += [*self._guards([v for eqn in step for v in eqn.outs]), *self._freed(step)]
        run += self._returned()
        inner = "\n        ".join(run)
        return "\n    ".join(["def bind():", *bind, f"def run({given}):\n        {inner}", "return run"])

    def _read(self, v: Var) -> list[str]:
        """What a captured variable is now."""
        source = v.source
        if isinstance(source, Tensor):
            return [f"{self.t(v)} = {self.t(source)}.{'writable()' if v in self.over.values() else '_data'}"]
        return [f"{self.t(v)} = {self.t(source)}{'' if isinstance(source, np.ndarray) else '.current()'}"]

    def _checks(self, given: str) -> list[str]:
        """Arrays that are not what they were at the first run go another way."""
        found = []
        for v in (*self.program.inputs, *self.program.captured):
            strides = self.layouts[v].array.strides if v in self.layouts else ()
            facts = {"shape": v.shape, "strides": strides, "dtype": v.dtype}
            found += [f"{self.t(v)}.{name} == {self.t(fact)}" for name, fact in facts.items()]
        return [f"if not ({' and '.join(found)}): return again({given})"] if found else []

    def _beside(self, v: Var) -> list[str]:
        return [f"{name} = {text}" for text, name in self.asides.get(v, {}).items()]

    def _buffer(self, v: Var) -> str:
        array, slot = self.layouts[v].array, self.slots[v]
        shape, strides = ((BLOCK,), (array.itemsize,)) if v in self.local else (array.shape, array.strides)
        values = f"{self.t(shape)}, {self.t(array.dtype)}, arena, at + {slot.offset}, {self.t(strides)}"
        return f"{self.t(v)} = {self.t(np.ndarray)}({values})"

    def _new(self, v: Var) -> str:
        """Memory of its own for a result, or that of what it is written over."""
        if v in self.over:
            return f"{self.t(v)} = {self.t(self.over[v])}"
        array, order = self.layouts[v].array, self.layouts[v].order
        text = f"{self.t(v)} = {self.t(np.empty)}({self.t([array.shape[i] for i in order])}, {self.t(array.dtype)})"
        return text if order == sorted(order) else f"{text}.transpose({self.t(np.argsort(order).tolist())})"

    def _lines(self, eqn: Eqn) -> list[str]:
        """One equation alone."""
        if eqn in self.written:
            return self.into(eqn) or []
        if self._is_view(eqn):
            known = METHODS.get(name(eqn.op)) if not eqn.options else None
            if known and known.count("{}") == len(eqn.args):
                return [f"{self.t(eqn.outs[0])} = {known.format(*map(self.t, eqn.args))}"]
        return self._call(eqn)

    def _call(self, eqn: Eqn) -> list[str]:
        """A call of the op itself; what it returns is looked at where it may be another in another run."""
        op, names = eqn.op, list(map(self.t, eqn.outs))
        function, args = op.forward, list(map(self.t, eqn.args))
        if isinstance(op, Pull):
            function, args = op.op.plan(op.needs).puller(op.wanted), [args[0], self.t(eqn.args[1:])]
        args += [f"{name}={self.t(value)}" for name, value in eqn.options.items()]
        call = f"{self.t(function)}({', '.join(args)})"
        if len(names) > 1 + len(getattr(op, "kept", names)):
            call = f"{self.t(flat)}({self.t(op)}, {call})"
        one = len(names) == 1 and eqn not in self.run.tuples
        return [
            f"{', '.join(names)}{'' if one else ','} = {call}",
            *(line for v in eqn.outs for line in self._own(v, eqn)),
        ]

    def _own(self, v: Var, eqn: Eqn) -> list[str]:
        """What is done where an op may give another shape, or return an operand, for other values."""
        if v not in self.layouts or self.owner(v) is not v:
            return []
        lines, text = [], self.t(v)
        by_value = name(eqn.op) == "getitem" and any(True for _ in leaves(eqn.args[1:]))
        if by_value or (isinstance(eqn.op, Op) and not ours(eqn.op)):
            lines.append(f"if {text}.shape != {self.t(v.shape)}: {self.t(misfit)}({text})")
        read = {self.owner(a) for a in eqn.vars() if a in self.layouts}
        if not read.isdisjoint(self.slots):
            lines.append(f"if {text}.base is arena: {text} = {text}.copy('K')")
        if v in self.fresh and not read.issubset(self.slots):
            others = [a for a in read if a not in self.slots]
            lines.append(f"{text} = {self.t(alone)}({text}, {self.t(others)})")
        return lines

    def _loop(self, step: list[Eqn]) -> list[str]:
        """A chain of elementwise equations, block by block."""
        lines = []
        size = step[0].outs[0].size
        for v in dict.fromkeys(v for eqn in step for v in (*eqn.vars(), *eqn.outs) if v.shape):
            whole = "" if v in self.local else self.aside(v, ".reshape({})", -1)
            lines.append(f"b{v.number} = {f'{self.t(v)}[m]' if v in self.local else f'{whole}[s]'}")
        self.blocked = True
        lines += [line for eqn in step for line in self.into(eqn) or ()]
        self.blocked = False
        spans = [(slice(i, min(i + BLOCK, size)), slice(min(BLOCK, size - i))) for i in range(0, size, BLOCK)]
        return [f"for s, m in {self.t(spans)}:", *(f"    {line}" for line in lines)]

    def _guards(self, outs: Iterable[Var]) -> list[str]:
        """What raises GuardError where Python would take another branch."""
        guards = [g for g in self.program.guards if g.var in outs]
        return [
            f"if {self.t(g.var)}.item() != {self.t(np.asarray(g.value).item())}: {self.t(g.require)}({self.t(g.var)})"
            for g in guards
        ]

    def _freed(self, step: list[Eqn]) -> list[str]:
        """Let go of large results of calls that nothing reads any more."""
        now = range(self.time[step[0]], self.time[step[-1]] + 1)
        lines = []
        for owner, members in self.members.items():
            if self.last.get(owner, self.time[self.maker[owner]]) in now:
                names = [n for v in members for n in (self.t(v), *self.asides.get(v, {}).values())]
                lines.append(f"{' = '.join(names)} = None")
        return lines

    def _returned(self) -> list[str]:
        """The outputs: what was made for them, or copies; then those that are written over something."""
        copies, writes, texts = [], [], []
        for k, v in enumerate(self.program.outs):
            text = self.t(v)
            target = self.donate.get(k)
            mine = (
                isinstance(v, Var)
                and v not in self.outside
                and (v not in self.layouts or self.fresh.get(self.owner(v)) == k)
            )
            if not mine and (isinstance(v, Var) or isinstance(v, np.ndarray)):
                copies.append(f"r{k} = {text}.copy('K')")
                text = f"r{k}"
            if target in self.run.outside and v in self.layouts and (v.shape, v.dtype) == (target.shape, target.dtype):
                if self.over.get(v) is not target:
                    writes.append(f"{self.t(np.copyto)}({self.t(target)}, {text})")
                    text = self.t(target)
            texts.append(text)
        return [*copies, *writes, f"return [{', '.join(texts)}]"]


def alone(array: Any, others: Sequence[Any]) -> Any:
    """The array, or a copy where it shares memory with one of the others."""
    return array.copy("K") if any(np.may_share_memory(array, x) for x in others) else array


def misfit(array: Any) -> None:
    """Raise GuardError: a result has another shape than at the first run, as what a mask selects may have."""
    raise GuardError(f"a result has shape {array.shape}, which it had not at the first run")


__all__ = ["Plan"]
