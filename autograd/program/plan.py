"""Plan: a program as a function of bare NumPy calls that write into one arena, to the bits of its equations.

The first call runs the program equation by equation, and notes how NumPy lays out each result, and which are views of
others. From that a function is written, as Python source. What NumPy can compute into given memory goes into an arena,
where each array has its place for as long as it is read, laid out as NumPy would do it, so that sums add in the same
order; views of the arena are made once; anything else is called as it is. Chains of elementwise operations on arrays
larger than the cache run block by block.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import prod
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from ..engine.op import Op, ours
from ..engine.tensor import Tensor
from ..engine.types import Array, Dtype, Function, Shape
from .forward import ELEMENTWISE
from .passes import elementwise, key, name
from .program import Eqn, Program, Var, as_before, flat, leaves

BLOCK = 16384  # elements of each operand that are worked on at once: a few such blocks fit into a core's own cache
REDUCES = {"sum": np.add, "max": np.maximum, "min": np.minimum, "any": np.logical_or, "all": np.logical_and}
METHODS = {"reshape": "{}.reshape({})", "swapaxes": "{}.swapaxes({}, {})", "transpose": "{}.transpose({})"}


class Plan:
    """A program, ready to be called with arrays like those of its first call, from several threads, too.

    Arrays of another shape, dtype or layout are served equation by equation, as at the first call. `donate` says by the
    number of an output which variable, an input or captured one, it may be written over.
    """

    def __init__(self, program: Program, donate: Mapping[int, Var] | None = None) -> None:
        self.program = program
        self.donate = donate or {}
        self.text = ""  # the function
        self.nbytes = 0  # of an arena
        self._bind: Function | None = None
        self._idle: list[Function] = []  # functions with an arena each that no call is using
        self._lock = Lock()

    def __call__(self, *args: Any) -> list[Any]:
        """The outputs, as new arrays.

        Raises GuardError where a branch would not be the same; nothing has been written to then.
        """
        if self._bind is None:
            return self._watched(args)
        try:
            run = self._idle.pop()
        except IndexError:
            run = self._bind()
        try:
            return run(*args)  # type: ignore[no-any-return]
        finally:
            self._idle.append(run)

    def _watched(self, args: Sequence[Any]) -> list[Any]:
        run = Watched(self.program, args)
        with self._lock:
            if self._bind is None:
                writer = Writer(self.program, run, self.donate)
                self.text, self.nbytes = writer.text(), writer.nbytes
                writer.constants["again"] = lambda *args: Watched(self.program, args).results
                self._bind = writer.made(self.text, "bind")
        return run.results


class Layout(NamedTuple):
    """How an array lies in memory."""

    shape: Shape
    dtype: Dtype
    strides: Shape

    @property
    def in_rows(self) -> bool:
        """Whether it does so row by row."""
        steps = [self.dtype.itemsize * prod(self.shape[axis + 1 :]) for axis in range(len(self.shape))]
        return all(n == 1 or stride == step for n, stride, step in zip(self.shape, self.strides, steps))

    @property
    def dense(self) -> bool:
        """Whether it does so without gaps, in whatever order of axes."""
        last = sum((n - 1) * stride for n, stride in zip(self.shape, self.strides))
        nbytes = prod(self.shape) * self.dtype.itemsize
        return 0 < nbytes == last + self.dtype.itemsize and all(stride >= 0 for stride in self.strides)


class Watched:
    """A run of a program, equation by equation: its `results`, and how each array in it lay in memory."""

    def __init__(self, program: Program, args: Sequence[Any]) -> None:
        self.layouts: dict[Var, Layout] = {}
        self.owner: dict[Var, Var] = {}  # the variable whose memory another one shows
        self.env: dict[Var, Any] = {}
        for v, x in program.given(args).items():
            self._note(v, x, ())
        self.outside = {v: self.env[v] for v in self.layouts}
        last = lasts(program, {eqn: time for time, eqn in enumerate(program.eqns)})
        for time, eqn in enumerate(program.eqns):
            read = list(eqn.vars())
            for v, x in zip(eqn.outs, eqn.run(self.env.__getitem__)):
                self._note(v, x, read)
                read.append(v)
            for v in dict.fromkeys(read):
                if last.get(v, -1) <= time:
                    del self.env[v]
        for guard in program.guards:
            guard.require(self.env[guard.var])
        found = [self.env[v] if isinstance(v, Var) else v for v in program.outs]
        self.results = [x.copy("K") if isinstance(x, np.ndarray) else x for x in found]

    def _note(self, v: Var, x: Any, read: Sequence[Var]) -> None:
        self.env[v] = x
        self.owner[v] = v
        if isinstance(x, np.ndarray):
            self.layouts[v] = Layout(x.shape, x.dtype, x.strides)
            shared = (self.owner[a] for a in read if a in self.layouts and root(self.env[a]) is root(x))
            self.owner[v] = next(shared, v)


def root(array: Array) -> Array:
    """The array whose memory this one shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def lasts(program: Program, time: Mapping[Eqn, int]) -> dict[Var, int]:
    """When each variable is read for the last time."""
    last: dict[Var, int] = {}
    for eqn in sorted(program.eqns, key=time.__getitem__):
        last.update(dict.fromkeys(eqn.vars(), time[eqn]))
    return last | dict.fromkeys(leaves((program.outs, [g.var for g in program.guards])), len(time))


class Slot:
    """A place in the arena, taken from one time to another, both included."""

    def __init__(self, nbytes: int, start: int, end: int) -> None:
        self.nbytes = -(-nbytes // 64) * 64
        self.start, self.end = start, end
        self.offset = 0


def placed(slots: Iterable[Slot]) -> int:
    """Give each slot the lowest place that is free all the while, the largest first; returns what all of them need."""
    there: list[Slot] = []
    for slot in sorted(slots, key=lambda s: -s.nbytes):
        for other in there:  # in the order of their places
            if other.start <= slot.end and slot.start <= other.end:
                if slot.offset + slot.nbytes <= other.offset:
                    break
                slot.offset = max(slot.offset, other.offset + other.nbytes)
        insort(there, slot, key=lambda s: s.offset)
    return max((s.offset + s.nbytes for s in there), default=0)


class Script:
    """Python being written: the constants in it, by their names."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._labels: dict[Any, str] = {}

    def t(self, value: Any) -> str:
        """A constant as text: its name."""
        label = getattr(value, "__name__", "c")
        label = f"{label if label.isidentifier() else 'c'}_{len(self.constants)}"
        label = self._labels.setdefault(key(value), label)
        self.constants[label] = value
        return label

    def made(self, text: str, name: str) -> Function:
        """The function of that name in a finished text."""
        exec(compile(text, "<program>", "exec"), self.constants)
        return self.constants[name]  # type: ignore[no-any-return]


class Writer(Script):
    """Writes a program as a function `bind()`, which returns the function of the inputs, with an arena of its own."""

    def __init__(self, program: Program, run: Watched, donate: Mapping[int, Var]) -> None:
        super().__init__()
        self.program, self.donate = program, donate
        self.layouts, self.owner, self.arrays = run.layouts, run.owner, run.outside
        self.blocked = False  # whether what is written stands in a loop over blocks
        self.outside = {*program.inputs, *program.captured}
        self.written = {eqn for eqn in program.eqns if self._is_written(eqn)}
        self.steps = self._scheduled()
        self.time = {eqn: time for time, eqn in enumerate(eqn for step in self.steps for eqn in step)}
        self.span = [(self.time[step[0]], self.time[step[-1]]) for step in self.steps for _ in step]
        self.span.append((len(self.time), len(self.time)))  # when results are returned
        self.last = {eqn_out: time for eqn, time in self.time.items() for eqn_out in eqn.outs}
        for v, time in lasts(program, self.time).items():
            self.last[self.owner[v]] = max(time, self.last.get(self.owner[v], 0))
        self.given: dict[Var, int] = {}  # what is given away as an output, and as which
        for number, v in enumerate(program.outs):
            if isinstance(v, Var) and self.owner[v] is v and v not in self.outside:
                self.given.setdefault(v, number)
        self.over = {program.outs[k]: w for k, w in donate.items() if self._is_in_place(k, w)}
        self.local: set[Var] = set()  # what is needed within one chain only, and so block by block
        self.slots = self._slots()
        self.nbytes = placed(dict.fromkeys(self.slots.values()))

    # how each equation is computed

    def _is_written(self, eqn: Eqn) -> bool:
        """Whether the result, a new array, can be computed into given memory."""
        out = eqn.outs[0]
        new = len(eqn.outs) == 1 and out in self.layouts and self.owner[out] is out and out.shape
        return bool(new) and self.layouts[out].dense and self.into(eqn) is not None

    def _is_view(self, eqn: Eqn) -> bool:
        """Whether the result is the same piece of the same memory in each run."""
        owners = {self.owner[v] for v in eqn.vars()}
        return isinstance(eqn.op, Op) and ours(eqn.op) and eqn.op.view and owners == {self.owner[eqn.outs[0]]}

    def _is_blocked(self, eqn: Eqn) -> bool:
        """Whether it is elementwise, and large enough to be worked on block by block."""
        each = elementwise(eqn.op) or name(eqn.op) in ELEMENTWISE | {"astype", "copy"}
        if not each or eqn.outs[0].size < 2 * BLOCK:
            return False
        arrays = [v for v in (*eqn.vars(), *eqn.outs) if v.shape]
        return all(v.shape == eqn.outs[0].shape and self.layouts[v].in_rows for v in arrays)

    def _is_loop(self, step: list[Eqn]) -> bool:
        """Whether it pays to run it block by block: several passes over memory, or what makes several itself."""
        alone = name(step[0].op) in ELEMENTWISE - {"where", "relu"} and step[0] in self.written
        return len(step) > 1 or alone

    def _takes_over(self, eqn: Eqn, v: Var) -> bool:
        """Whether the result may stand where an operand was, which nothing reads any more."""
        each = eqn in self.written and (isinstance(eqn.op.forward, np.ufunc) or name(eqn.op) == "relu")
        alone = all(w is v for w in eqn.vars() if self.owner[w] is v)
        return each and alone and self.last[v] <= self.time[eqn] and self.layouts[v] == self.layouts[eqn.outs[0]]

    def _is_in_place(self, number: int, target: Var) -> bool:
        """Whether an output may be computed right where `target` is: what is there, or a branch, matters no more."""
        out = self.program.outs[number]
        maker = next((eqn for eqn in self.written if out in eqn.outs), None)
        if maker is None or target not in self.arrays or self.given.get(out) != number:
            return False
        start, _ = self.span[self.time[maker]]
        later = {self.owner[v] for eqn, time in self.time.items() if time >= start for v in eqn.vars()}
        others = [v for v in self.arrays if v in later and v is not target]
        decided = {g.var for g in self.program.guards}
        return (
            self.layouts[target] == self.layouts[out]
            and self.last.get(target, -1) <= self.time[maker]
            and (target not in later or self._takes_over(maker, target))
            and not any(v in self.program.inputs for v in others)  # each run has others, which may share its memory
            and not any(np.may_share_memory(self.arrays[target], self.arrays[v]) for v in others)
            and all(self.span[self.time[eqn]][1] < start for eqn in self.time if decided.intersection(eqn.outs))
        )

    def _scheduled(self) -> list[list[Eqn]]:
        """Equations one by one, or in chains that are worked on block by block; what a chain passes over waits."""
        steps: list[list[Eqn]] = []
        chain: list[Eqn] = []
        waiting: list[Eqn] = []
        for eqn in self.program.eqns:
            if eqn in self.written and self._is_blocked(eqn):
                late = {o for e in waiting for o in e.outs}
                if chain and (chain[0].outs[0].shape != eqn.outs[0].shape or not late.isdisjoint(eqn.vars())):
                    steps += [chain, *([e] for e in waiting)]
                    chain, waiting = [], []
                chain.append(eqn)
            else:
                waiting.append(eqn) if chain else steps.append([eqn])
        return [*steps, *([chain] if chain else []), *([e] for e in waiting)]

    def _slots(self) -> dict[Var, Slot]:
        """The place of each result that is written and not given away: that of an operand, or a new one."""
        slots: dict[Var, Slot] = {}
        for eqn, time in self.time.items():
            out = eqn.outs[0]
            if eqn not in self.written or out in self.given:
                continue
            start, end = self.span[time]
            last, size = self.span[self.last[out]][1], prod(out.shape)
            if start < end and self.last[out] <= end:
                self.local.add(out)
                start, last, size = time, self.last[out], 2 * BLOCK
            found = (v for v in eqn.vars() if v in slots and (v in self.local) == (out in self.local))
            taken = next((v for v in found if self._takes_over(eqn, v)), None)
            slots[out] = slots[taken] if taken else Slot(size * self.layouts[out].dtype.itemsize, start, last)
            slots[out].end = max(slots[out].end, last)
        return slots

    # the text

    def t(self, value: Any) -> str:
        """A value as text: the name of a variable or a constant, or what holds some."""
        if isinstance(value, Var):
            return f"{'b' if self.blocked and value.shape else 'v'}{value.number}"
        if isinstance(value, (list, tuple)) and any(True for _ in leaves(value)):
            inside = "".join(f"{self.t(v)}, " for v in value)
            return f"[{inside}]" if isinstance(value, list) else f"({inside})"
        return super().t(value)

    def into(self, eqn: Eqn) -> list[str] | None:
        """The calls that compute the result into the memory of its variable; None where only the op knows how."""
        kind, out, t = name(eqn.op), eqn.outs[0], self.t
        if isinstance(eqn.op, Op) and isinstance(eqn.op.forward, np.ufunc) and not eqn.options:
            return [f"{t(eqn.op.forward)}({', '.join(map(t, eqn.args))}, out={t(out)})"]
        if kind == "where" and (lines := self._choice(out, *eqn.args)):
            return lines
        if kind == "concatenate":
            return [f"{t(np.concatenate)}({t(eqn.args[0])}, {t(eqn.named()['axis'])}, {t(out)})"]
        if kind == "linear":
            return self._affine(out, **eqn.named())
        x = eqn.args[0] if eqn.args else None
        if not isinstance(x, Var) or x not in self.layouts:
            return None
        if kind == "relu":
            return [f"{t(np.maximum)}({t(x)}, 0, out={t(out)})"]
        if kind in ("astype", "copy"):
            return [f"{t(np.copyto)}({t(out)}, {t(x)}, 'unsafe')"]
        if kind == "matmul":
            return [f"{t(np.matmul)}({t(x)}, {t(eqn.args[1])}, {t(out)})"]
        if kind in REDUCES and not (kind == "sum" and x.dtype == np.float16):  # which the op adds in single precision
            axis, keepdims = t(eqn.named()["axis"]), t(eqn.named()["keepdims"])
            return [f"{t(REDUCES[kind].reduce)}({t(x)}, {axis}, None, {t(out)}, {keepdims})"]
        if kind in ELEMENTWISE and self._is_blocked(eqn):
            return [f"{t(np.copyto)}({t(out)}, {self._call(eqn)})"]
        return None

    def _call(self, eqn: Eqn) -> str:
        options = [f"{name}={self.t(value)}" for name, value in eqn.options.items()]
        return f"{self.t(eqn.op.forward)}({', '.join([*map(self.t, eqn.args), *options])})"

    def _choice(self, out: Var, condition: Any, a: Any, b: Any) -> list[str] | None:
        """A number or 0, by "and" with a mask of bits: a branch for each would cost ten times as much."""
        kept, zero = (a, b) if isinstance(a, Var) else (b, a)
        alike = [v for v in (condition, kept) if v in self.layouts and v.shape == out.shape]
        plain = isinstance(zero, (int, float, np.number)) and zero == 0 and not np.signbit(zero)
        if not plain or len(alike) < 2 or kept.dtype != out.dtype or out.dtype not in (np.float32, np.float64):
            return None
        bits = self.t(np.int32 if out.dtype == np.float32 else np.int64)
        mask = f"{self.t(condition)}.view({self.t(np.int8)})"
        x, to = (f"{self.t(v)}.view({bits})" for v in (kept, out))
        spread = f"{self.t(np.negative)}({mask}" if kept is a else f"{self.t(np.subtract)}({mask}, 1"
        return [f"{spread}, out={to}, dtype={bits})", f"{self.t(np.bitwise_and)}({x}, {to}, out={to})"]

    def _affine(self, out: Var, x: Any, weight: Any, bias: Any) -> list[str] | None:
        arrays = [v for v in (x, weight, bias) if v is not None]
        if any(v not in self.layouts or v.dtype != out.dtype for v in arrays):
            return None
        if not (self.layouts[x].in_rows and self.layouts[out].in_rows):
            return None
        flat = [(prod(v.shape[:-1]), v.shape[-1]) for v in (x, out)]
        rows, to = (f"{self.t(v)}.reshape({self.t(shape)})" for v, shape in zip((x, out), flat))
        product = f"{self.t(np.matmul)}({rows}, {self.t(weight)}.T, {to})"
        return [product, *([f"{self.t(np.add)}({self.t(out)}, {self.t(bias)}, out={self.t(out)})"] if bias else [])]

    def text(self) -> str:
        """The whole function."""
        given = ", ".join(map(self.t, self.program.inputs))
        bind = [f"arena = {self.t(np.empty)}({self.nbytes + 64}, {self.t(np.uint8)})", "at = -arena.ctypes.data % 64"]
        run = [*map(self._read, self.program.captured), *self._checks(given), *self._guards(self.outside)]
        for step in self.steps:
            for v in (v for eqn in step if eqn in self.written for v in eqn.outs):
                (bind if v in self.slots else run).append(f"{self.t(v)} = {self._room(v)}")
            still = self._is_view(step[0]) and self.owner[step[0].outs[0]] in self.slots
            (bind if still else run).extend(self._loop(step) if self._is_loop(step) else self._lines(step[0]))
            run += [*self._guards([v for eqn in step for v in eqn.outs]), *self._freed(step)]
        run += self._returned()
        inner = "\n        ".join(run)
        return "\n    ".join(["def bind():", *bind, f"def run({given}):\n        {inner}", "return run"])

    def _read(self, v: Var) -> str:
        """A captured variable, as it is now."""
        how = ".current()" if not isinstance(v.source, np.ndarray) else ""
        if isinstance(v.source, Tensor):
            how = ".writable()" if v in self.over.values() else "._array"
        return f"{self.t(v)} = {self.t(v.source)}{how}"

    def _checks(self, given: str) -> list[str]:
        """Arrays that are not as at the first run go another way."""
        found = []
        for v in (*self.program.inputs, *self.program.captured):
            layout = self.layouts.get(v, Layout(v.shape, v.dtype or np.dtype(bool), ()))
            found += [f"{self.t(v)}.{name} == {self.t(fact)}" for name, fact in layout._asdict().items()]
        return [f"if not ({' and '.join(found)}): return again({given})"] if found else []

    def _room(self, v: Var) -> str:
        """The memory for a result: a place in the arena, its own, or that of what it is written over."""
        if v in self.over:
            return self.t(self.over[v])
        shape, dtype, strides = self.layouts[v]
        if v in self.local:
            shape, strides = (2 * BLOCK,), (dtype.itemsize,)
        memory = f"arena, at + {self.slots[v].offset}" if v in self.slots else ""
        if not memory and self.layouts[v].in_rows:
            return f"{self.t(np.empty)}({self.t(shape)}, {self.t(dtype)})"
        memory = memory or f"{self.t(np.empty)}({prod(shape) * dtype.itemsize}, {self.t(np.uint8)}), 0"
        return f"{self.t(np.ndarray)}({self.t(shape)}, {self.t(dtype)}, {memory}, {self.t(strides)})"

    def _lines(self, eqn: Eqn) -> list[str]:
        """An equation alone; of what an op returns some is looked at, since it may be another for other values."""
        if eqn in self.written:
            return self.into(eqn) or []
        args = list(map(self.t, eqn.args))
        names = ", ".join(map(self.t, eqn.outs))
        method = METHODS.get(name(eqn.op), "")
        if self._is_view(eqn) and method.count("{}") == len(args) and not eqn.options:
            return [f"{names} = {method.format(*args)}"]
        if elementwise(eqn.op):
            return [f"{names} = {self._call(eqn)}"]
        lines = [f"{names}, = {self.t(flat)}({self.t(eqn.op)}, {self._call(eqn)})"]
        read = {self.owner[a] for a in eqn.vars() if a in self.layouts}
        others = self.t([v for v in read if v not in self.slots])
        for v in eqn.outs:
            if v in self.layouts and self.owner[v] is v:
                text, shape, dtype = self.t(v), self.t(v.shape), self.t(v.dtype)
                own = f"{text} = {self.t(kept)}({text}, {shape}, {dtype}, arena, "
                odd = f"if {text}.base is not None or {text}.shape != {shape} or {text}.dtype is not {dtype}: "
                lines.append(f"{own}{others})" if v in self.given else f"{odd}{own}None)")
        return lines

    def _loop(self, step: list[Eqn]) -> list[str]:
        """A chain of elementwise equations, block by block."""
        lines = ["for s, m in {}:"]
        whole, size = [], prod(step[0].outs[0].shape)
        for v in dict.fromkeys(v for eqn in step for v in (*eqn.vars(), *eqn.outs) if v.shape):
            whole += [] if v in self.local else [f"f{v.number} = v{v.number}.reshape(-1)"]
            lines.append(f"    b{v.number} = {f'v{v.number}[m]' if v in self.local else f'f{v.number}[s]'}")
        self.blocked = True
        lines += [f"    {line}" for eqn in step for line in self.into(eqn) or ()]
        self.blocked = False
        edges = [*range(0, size - BLOCK + 1, BLOCK), size]  # the last block is the larger one: a short one may differ
        blocks = [(slice(a, b), slice(b - a)) for a, b in pairwise(edges)]
        return [*whole, lines[0].format(self.t(blocks)), *lines[1:]]

    def _guards(self, known: Iterable[Var]) -> list[str]:
        """What raises GuardError where Python would take another branch."""
        guards = [(self.t(g.var), g) for g in self.program.guards if g.var in known]
        return [f"if {v}.item() != {self.t(np.asarray(g.value).item())}: {self.t(g.require)}({v})" for v, g in guards]

    def _freed(self, step: list[Eqn]) -> list[str]:
        """Let go of the results of calls that nothing reads any more."""
        seen = {self.owner[v] for eqn in step for v in (*eqn.vars(), *eqn.outs) if v in self.layouts}
        done = {v for v in seen if self.last[v] <= self.time[step[-1]]} - self.outside - {*self.slots, *self.given}
        return [f"{self.t(v)} = None" for v in self.layouts if self.owner[v] in done]

    def _returned(self) -> list[str]:
        """The outputs: what was made for them, or copies, and then those that are written over something."""
        first, then, texts = [], [], []
        for k, v in enumerate(self.program.outs):
            text, target = self.t(v), self.donate.get(k)
            if isinstance(v, Var) and v.dtype is not None and self.given.get(v) != k:
                first.append(f"r{k} = {text}.copy('K')")
                text = f"r{k}"
            if target in self.arrays and self.layouts.get(v) == self.layouts[target] and self.over.get(v) is not target:
                then.append(f"{self.t(np.copyto)}({self.t(target)}, {text})")
                text = self.t(target)
            texts.append(text)
        return [*first, *then, f"return [{', '.join(texts)}]"]


def kept(array: Any, shape: Shape, dtype: Dtype, arena: Array, others: Iterable[Any] | None) -> Any:
    """What an op returned, or a copy where it is the arena's, or else, to be given away, shared with `others`."""
    as_before(array, shape, dtype)
    shared = others is not None and (not array.flags.writeable or any(np.may_share_memory(array, x) for x in others))
    return array.copy("K") if shared or array.base is arena else array
