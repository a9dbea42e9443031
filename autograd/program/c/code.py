"""Code: a program that runs in C, cut only where an operation has to be called in Python.

Intermediate results lie in one arena, each for as long as it is read. Calls from several threads have an arena each.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg.cython_blas as cython_blas
from numpy.lib.stride_tricks import as_strided
from threadpoolctl import ThreadpoolController

from ...engine.op import ours, registry
from ...engine.tensor import Tensor
from ...engine.types import Array, Function
from ..passes import like
from ..plan import Script, Slot, placed
from ..program import Eqn, Program, Var, as_before, flat, substituted
from .build import library
from .expand import expanded
from .fuse import Call, Fusion, Kernel, Product, Step
from .write import Text, Written, product

GEMM = ("sgemm", "dgemm")


class Room:
    """The memory of one call at a time: the table of all buffers' addresses, and the arena's arrays."""

    def __init__(self, code: Code) -> None:
        self.table = (ctypes.c_size_t * (len(code.buffers) + 1))()
        self.address = ctypes.c_void_p(ctypes.addressof(self.table))
        self.arena = np.empty(code.nbytes + code.scratch + 64, np.uint8)
        start = -self.arena.ctypes.data % 64
        self.arrays: dict[Var, Array] = {}
        for v, slot in code.slots.items():
            at = start + slot.offset
            self.arrays[v] = np.ndarray(v.shape, v.dtype, self.arena, at)
            self.table[code.buffers[v]] = self.arena.ctypes.data + at
        self.table[-1] = self.arena.ctypes.data + start + code.nbytes


class Code:
    """A program, ready to be called with arrays. `donate`: by the number of an output, what it may be written over."""

    def __init__(self, program: Program, donate: Mapping[int, Var]) -> None:
        self.program = program = own_outputs(expanded(program))
        self.threads = threads()
        self.fusion = Fusion(program)
        self.made = {o: step for step in self.fusion.steps for e in step.eqns for o in e.outs}
        self.over = self._over(donate)
        self.last = {self.made[o] for o in self.over}
        self.steps = sorted(self.fusion.steps, key=self.last.__contains__)
        self._buffers()
        self.scratch = 0
        # the names of functions in C, and what is done between them: calls, and, as None, a look at the branches
        self.segments: list[str | Eqn | None] = []
        self.text = self._written()
        self.run: list[Any] = self.segments
        if any(isinstance(what, str) for what in self.segments):
            lib = library(self.text)
            lib.setup(outside(self.threads))
            self.run = [getattr(lib, what) if isinstance(what, str) else what for what in self.segments]
        self._idle: list[Function] = []  # functions with a room each that no call is using

    # -- memory

    def _over(self, donate: Mapping[int, Var]) -> dict[Var, Var]:
        """What is written over what: by a kernel that is the last to read it, after the look at the branches."""
        f, found = self.fusion, dict[Var, Var]()
        decided = {f.maker(g.var) for g in self.program.guards}
        place = {step: i for i, step in enumerate(f.steps)}
        last = {f.root[v]: i for reader, i in place.items() for v in reader.reads()}  # who reads it for the last time
        arrays = {v: x for v in self.program.captured if isinstance(x := v.current(), np.ndarray)}
        for number, target in donate.items():
            out = self.program.outs[number]
            step = self.made.get(out)
            if not isinstance(step, Kernel) or out in found or step in decided or last.get(target, 0) > place[step]:
                continue
            others = (x for v, x in arrays.items() if v is not target)
            alone = target in arrays and not any(np.may_share_memory(arrays[target], x) for x in others)
            if alone and self._takes_over(step, out, target) and not any(s.above >> step.number & 1 for s in f.steps):
                found[out] = target
        return found

    def _takes_over(self, step: Kernel, out: Var, target: Var) -> bool:
        """Whether a kernel reads `target` just where it writes `out`, and no input, which may lie in its memory."""
        f, inputs = self.fusion, {*self.program.inputs}
        read = [(e, v) for e in step.eqns for v in e.vars()]
        here = {(v.shape, f.offset(v), step.along(e, v)) for e, v in read if f.root[v] is target}
        return (
            bool(out.shape)
            and not step.row
            and out not in step.summed
            and (target.shape, target.dtype) == (out.shape, out.dtype)
            and here <= {(out.shape, f.offset(out), step.axes[out])}
            and not any(f.root[v] in inputs and v.shape for _, v in read)  # without axes, it is a copy
        )

    def _buffers(self) -> None:
        """Which values lie in memory, and those of the arena where."""
        f, outs = self.fusion, [v for v in self.program.outs if isinstance(v, Var)]
        time = {step: t for t, step in enumerate(self.steps)}
        last: dict[Var, int] = {}
        for step in self.steps:
            for v in step.reads():
                root = f.root[v]
                if f.home.get(root) is not step or root in getattr(step, "summed", ()):
                    last[root] = time[step]
        last |= {g.var: len(time) for g in self.program.guards} | {v: len(time) for v in outs}
        self.given = [v for v in outs if not isinstance(self.made[v], Call) and v not in self.over]
        called = [o for s in self.steps if isinstance(s, Call) for e in s.eqns for o in e.outs]
        self.slots = {
            o: Slot(o.size * o.dtype.itemsize, time[step], last.get(o, time[step]))
            for o, step in self.made.items()
            if o not in outs
            and (isinstance(step, Product) or (isinstance(step, Kernel) and (o in last or o in step.summed)))
        }
        self.nbytes = placed(self.slots.values())
        known = [*self.program.inputs, *self.program.captured, *self.given, *called, *self.slots]
        self.buffers = {v: i for i, v in enumerate(dict.fromkeys(known))}
        self.stored = {*self.given, *self.slots, *self.over}

    # -- text

    def _written(self) -> str:
        """The whole text: identical kernels once, and a function for each stretch between two calls."""
        functions: dict[tuple[str, int, str], str] = {}
        stretches: list[list[str]] = []
        steps: list[Step | None] = [*self.steps]
        if self.program.guards:
            steps.insert(len(self.steps) - len(self.last), None)
        for step in steps:
            if step is None or isinstance(step, Call):
                self.segments.append(step.eqns[0] if step else None)
                continue
            if not self.segments or not isinstance(self.segments[-1], str):
                self.segments.append(f"segment{len(stretches)}")
                stretches.append([])
            written = self._step(step)
            called = functions.setdefault(written[:3], f"f{len(functions)}")
            given = [
                f"b[{len(self.buffers)}] + {v}" if isinstance(v, int) else f"b[{self.buffers[v]}]"
                for v in written.buffers
            ]
            stretches[-1].append(f"{called}((char*[]){{{', '.join(given)}}});")
        lines = [head()]
        for (text, parts, after), called in functions.items():
            lines.append(f"static void {called}_part(char** b, int t) {{\n{text}\n}}")
            start = f"share({called}_part, b, {parts});" if parts > 1 else f"{called}_part(b, 0);"
            lines.append(f"static void {called}(char** b) {{\n{start}\n{after}\n}}")
        for k, calls in enumerate(stretches):
            lines.append("\n".join([f"void segment{k}(char** b) {{", "enter();", *calls, "leave();", "}"]))
        return "\n".join(lines)

    def _step(self, step: Step) -> Written:
        if isinstance(step, Product):
            return product(self.fusion, step, self.threads)
        assert isinstance(step, Kernel)
        text = Text(self.fusion, step, self.stored, self.over, self.threads)
        written = text.written()
        self.scratch = max(self.scratch, text.scratch)
        return written

    # -- running it

    def __call__(self, *args: Any) -> list[Any]:
        """The outputs, as new arrays.

        Raises GuardError where a branch would not be the same; nothing has been written to then.
        """
        try:
            run = self._idle.pop()
        except IndexError:
            run = self._bound(Room(self))
        try:
            return run(*args)  # type: ignore[no-any-return]
        finally:
            self._idle.append(run)

    def _bound(self, room: Room) -> Function:
        """A function of the inputs with a room of its own, as Python source: a call costs only what it must."""
        p, at, script = self.program, self.buffers, Script()
        t = script.t
        call, array, where, to = t(self._call), t(self._array), t(room), t(room.address)
        x = {v: f"x{i}" for i, v in enumerate((*p.inputs, *p.captured, *self.given))}
        script.constants |= {"table": room.table, "held": [None] * len(x), "fits": [None] * len(x)}
        lines = []
        for i, (v, n) in enumerate(x.items()):
            place = f"table[{at[v]}] = {t(address)}"
            if v in self.given:
                lines.append(f"{n} = {t(np.empty)}({t(v.shape)}, {t(v.dtype)}); {place}({n})")
            elif v in p.captured:
                lines += self._captured(v, n, i, room, script)
            elif v.dtype is None:
                continue
            elif v.shape == ():
                lines.append(self._number(v, n, room, script))
            else:
                other = f"{n}.__class__ is not {t(np.ndarray)} or {n}.dtype != {t(v.dtype)}"
                layout = t((v.shape, np.empty(v.shape, v.dtype).strides))
                lines.append(f"if {other} or ({n}.shape, {n}.strides) != {layout}:")
                lines += [f"    {n} = {t(fitting)}({n}, {t(v)})", f"{place}({n})"]
        if any(isinstance(step, Call) for step in self.steps) or p.guards:
            lines.append(f"env = {{{', '.join(f'{t(v)}: {n}' for v, n in x.items())}}}")
        for what in self.run:
            if what is None:
                lines += [f"{t(g.require)}({array}({t(g.var)}, {where}, env))" for g in p.guards]
            else:
                lines.append(f"{call}({t(what)}, {where}, env)" if isinstance(what, Eqn) else f"{t(what)}({to})")
        outs = []
        for v in p.outs:
            if v in self.over:
                outs.append(f"fits[{[*x].index(self.over[v])}]")
            else:
                known = x.get(v, f"env[{t(v)}]") if isinstance(v, Var) else t(v)
                outs.append(known + ("[()]" if isinstance(v, Var) and v.shape == () and v.dtype is not None else ""))
        given = ", ".join(x[v] for v in p.inputs)
        return script.made("\n    ".join([f"def run({given}):", *lines, f"return [{', '.join(outs)}]"]), "run")

    def _number(self, v: Var, n: str, room: Room, script: Script) -> str:
        """The line that puts a number, such as a rate, in a place that nothing else lies in."""
        place = np.empty((), v.dtype)
        room.table[self.buffers[v]] = address(place)
        return f"{script.t(place)}[()] = {n}"

    def _captured(self, v: Var, n: str, i: int, room: Room, script: Script) -> list[str]:
        """The lines that read a captured variable: its address is asked for where it is another array than before."""
        t = script.t
        how = "._array" if isinstance(v.source, Tensor) else "" if isinstance(v.source, np.ndarray) else ".current()"
        read = f"{n} = {t(v.source)}{how}"
        if v.dtype is None:
            return [read]
        if v.shape == () and how == ".current()":
            return [read, self._number(v, n, room, script)]
        fit = f"    held[{i}] = None; fit = fits[{i}] = {t(fitting)}({n}, {t(v)})"
        then = f"    table[{self.buffers[v]}] = {t(address)}(fit); held[{i}] = {n} if fit is {n} else None"
        return [read, f"if {n} is not held[{i}]:", fit, then]

    def _array(self, v: Var, room: Room, arrays: dict[Var, Any]) -> Any:
        """A value as an array."""
        root = self.fusion.root[v]
        x = arrays[root] if root in arrays else room.arrays[root] if root in room.arrays else root.current()
        if v.dtype is None:
            return x
        if root is not v:
            offset, strides = self.fusion.offset(v)
            x = as_strided(np.asarray(x).reshape(-1)[offset:], v.shape, [s * x.itemsize for s in strides])
        return x[()]

    def _call(self, eqn: Eqn, room: Room, arrays: dict[Var, Any]) -> None:
        """Compute an equation by its own function."""
        read = {v: self._array(v, room, arrays) for v in eqn.vars()}
        given = [a for a in read.values() if isinstance(a, np.ndarray)]
        args, options = substituted((eqn.args, eqn.options), read.__getitem__)
        for v, x in zip(eqn.outs, flat(eqn.op, eqn.op.forward(*args, **options))):
            if v.dtype is not None:
                as_before(x, v.shape, v.dtype)
                x = np.ascontiguousarray(x, v.dtype).reshape(v.shape)
                if any(np.may_share_memory(x, a) for a in given):  # whose memory may be another's soon
                    x = x.copy()
                room.table[self.buffers[v]] = address(x)
            arrays[v] = x


def threads() -> int:
    """How many threads share the work: what OMP_NUM_THREADS begins with, or one for each processor that is ours."""
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdecimal() and int(asked):
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def own_outputs(program: Program) -> Program:
    """The program with a result of its own for each output: no view, no argument, nothing twice."""
    eqns = list(program.eqns)
    own = {o for e in eqns for o in e.outs if not (getattr(e.op, "view", False) and ours(e.op))}
    outs = []
    for v in program.outs:
        if isinstance(v, Var) and v.dtype is not None:
            if v not in own:
                copied = like(v, v.shape)
                eqns.append(Eqn(registry["copy"], (v,), {}, (copied,)))
                v = copied
            own.discard(v)
        outs.append(v)
    return replace(program, eqns=eqns, outs=outs)


def fitting(x: Any, v: Var) -> Any:
    """The array, or a copy of it, as C reads it."""
    if v.dtype is None:
        return x
    if x.__class__ is np.ndarray and x.dtype == v.dtype and x.shape == v.shape and x.flags.c_contiguous:
        return x
    return np.ascontiguousarray(x, v.dtype).reshape(v.shape)


def address(x: Any) -> int:
    """Where an array's numbers are: NumPy's C interface has it stand right after the head of the object."""
    return ctypes.c_size_t.from_address(id(x) + object.__basicsize__).value


def source(name: str) -> str:
    """A text of C that stands beside this file."""
    return resources.files(__package__).joinpath(name).read_text()


@cache
def head() -> str:
    """What the text of every program begins with."""
    each = source("each.h")
    both = [each.replace("_T", f"_{t}").replace("real", c) for t, c in (("f", "float"), ("d", "double"))]
    return "\n".join([f"#define INTEGER {blas().integer}", source("program.h"), *both])


class Blas(NamedTuple):
    """A BLAS as C sees it: its integers, and the addresses of sgemm, dgemm and of what gets and sets its threads."""

    integer: str
    sgemm: int | None
    dgemm: int | None
    get: int | None = None
    set: int | None = None


@cache
def blas() -> Blas:
    """NumPy's OpenBLAS, or else, of which nothing is known but its products, the one that SciPy has."""
    for pool in ThreadpoolController().lib_controllers:
        names = [f"scipy_{verb}_num_threads64_" for verb in ("openblas_get", "openblas_set")]
        names = ["scipy_sgemm_64_", "scipy_dgemm_64_", *names]
        if pool.internal_api == "openblas" and all(hasattr(pool.dynlib, name) for name in names):
            return Blas("int64_t", *(located(getattr(pool.dynlib, name)) for name in names))
    get: Any = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name: Any = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    return Blas("int", *(get(capsule, name(capsule)) for f in GEMM if (capsule := cython_blas.__pyx_capi__[f])))


@cache
def outside(threads: int) -> Any:
    """The addresses of what programs call: the products of a BLAS, and the functions of runtime.c."""
    runtime = library(source("runtime.c"))
    runtime.start(threads, ctypes.c_void_p(blas().get), ctypes.c_void_p(blas().set))
    ours = [located(getattr(runtime, f)) for f in ("share", "enter", "leave")]
    return (ctypes.c_void_p * 5)(blas().sgemm, blas().dgemm, *ours)


def located(function: Any) -> int | None:
    """The address of a function."""
    return ctypes.cast(function, ctypes.c_void_p).value
