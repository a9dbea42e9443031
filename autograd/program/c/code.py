"""Code: a program that runs in C, cut only where an operation has to be called in Python.

Its intermediate results lie in one arena, each for as long as it is read. Calls from several threads have an arena each.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import scipy.linalg.cython_blas as cython_blas
from threadpoolctl import ThreadpoolController
from numpy.lib.stride_tricks import as_strided

from ...engine.types import Array, Function
from ..plan import Slot, placed
from ..program import Eqn, GuardError, Program, Var, flat, substituted
from .build import library
from .expand import expanded
from .fuse import Call, Fusion, Kernel, Product, Step
from .write import Text, Written, product


class Room:
    """The memory of one call at a time: the table of all buffers' addresses, and the arena's arrays."""

    def __init__(self, code: Code) -> None:
        self.table = np.zeros(len(code.buffers) + 1, np.uintp)
        self.address = ctypes.c_void_p(self.table.ctypes.data)
        self.arena = np.empty(code.nbytes + code.scratch + 64, np.uint8)
        start = -self.arena.ctypes.data % 64
        self.arrays: dict[Var, Array] = {}
        for v, slot in code.slots.items():
            at = start + slot.offset
            self.arrays[v] = np.ndarray(v.shape or (), v.dtype, self.arena, at)
            self.table[code.buffers[v]] = self.arena.ctypes.data + at
        self.table[-1] = self.arena.ctypes.data + start + code.nbytes
        self.held: list[Any] = [None] * len(code.captured)  # the captured arrays whose addresses the table has


class Code:
    """A program, ready to be called with arrays. `donate` says by the number of an output what it may be written over."""

    def __init__(self, program: Program, donate: Mapping[int, Var]) -> None:
        self.program = program = own_outputs(expanded(program))
        self.threads = int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0)))
        self.fusion = Fusion(program)
        self.captured = [v for v in program.captured]
        self.made = {o: step for step in self.fusion.steps for e in step.eqns for o in e.outs}
        self.over = self._over(donate)
        last = {self.made[o] for o in self.over}
        self.steps = [s for s in self.fusion.steps if s not in last] + [s for s in self.fusion.steps if s in last]
        self._buffers()
        self.scratch = 0
        self.segments: list[tuple[str, Any]] = []
        self.text = self._written()
        lib = library(self.text)
        lib.setup((ctypes.c_void_p * 5)(*outside(self.threads)))
        self.run: list[tuple[Any, Any]] = []
        for kind, what in self.segments:
            function = getattr(lib, what) if kind == "c" else None
            self.run.append((function, what))
        self._idle: list[Room] = []

    # -- memory

    def _over(self, donate: Mapping[int, Var]) -> dict[Var, Var]:
        """What is written over what: where nothing else reads it at that time or later, and no branch is undecided."""
        found: dict[Var, Var] = {}
        f = self.fusion
        for number, target in donate.items():
            out = self.program.outs[number]
            step = self.made.get(out)
            if self.program.guards or not isinstance(step, Kernel) or out in found or self.program.outs.count(out) > 1:
                continue
            readers = [s for s in f.steps if any(f.root[v] is target for v in s.reads())]
            lies = {(f.offset(v), step.ran[e][len(step.ran[e]) - len(v.shape or ()):]) for e in step.eqns for v in e.vars() if f.root[v] is target}
            here = {((0, f.offset(out)[1]), step.axes[out])}
            inputs = {f.root[v] for v in step.reads()} & set(self.program.inputs)
            alone = not any(s.above >> step.number & 1 for s in f.steps)  # nothing comes after it
            before = all(s is step or step.above >> s.number & 1 or s.number != step.number for s in readers)
            memory = target.current()
            shares = any(v is not target and np.may_share_memory(memory, v.current()) for v in self.captured if v.shape is not None)
            fits = (target.shape, target.dtype) == (out.shape, out.dtype)
            if alone and before and fits and lies <= here and not any(v.size > 1 for v in inputs) and not shares:
                found[out] = target
        return found

    def _buffers(self) -> None:
        """Which values lie in memory, and those of the arena where."""
        f, outs = self.fusion, {v for v in self.program.outs if isinstance(v, Var)}
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
            o: Slot(o.size * o.dtype.itemsize, time[step], last[o])  # type: ignore[union-attr]
            for o, step in self.made.items()
            if o in last and o not in outs and not isinstance(step, Call)
        }
        self.nbytes = placed(self.slots.values())
        known = [*self.program.inputs, *self.captured, *self.given, *called, *self.slots]
        self.buffers = {v: i for i, v in enumerate(dict.fromkeys(known))}
        self.stored = {*self.given, *self.slots, *self.over}

    # -- text

    def _written(self) -> str:
        """The whole text: identical kernels once, and a function for each stretch between two calls."""
        functions: dict[tuple[str, int, str], str] = {}
        stretches: list[list[str]] = []
        for step in self.steps:
            if isinstance(step, Call):
                self.segments.append(("python", step.eqns[0]))
                continue
            if not self.segments or self.segments[-1][0] != "c":
                self.segments.append(("c", f"segment{len(stretches)}"))
                stretches.append([])
            written = self._step(step)
            called = functions.setdefault(written[:3], f"f{len(functions)}")
            given = [f"b[{len(self.buffers)}] + {v}" if isinstance(v, int) else f"b[{self.buffers[v]}]" for v in written.buffers]
            stretches[-1].append(f"{called}((char*[]){{{', '.join(given)}}});")
        each = source("each.h")
        lines = [source("program.h"), *(each.replace("_T", f"_{t}").replace("real", c) for t, c in (("f", "float"), ("d", "double")))]
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
        self.scratch = max(self.scratch, text.scratch)
        return text.written()

    # -- running it

    def __call__(self, *args: Any) -> list[Any]:
        """The outputs, as new arrays.

        Raises GuardError where a branch would not be the same; nothing has been written to then.
        """
        try:
            room = self._idle.pop()
        except IndexError:
            room = Room(self)
        try:
            return self._run(room, args)
        finally:
            self._idle.append(room)

    def _run(self, room: Room, args: tuple[Any, ...]) -> list[Any]:
        table, buffers = room.table, self.buffers
        arrays: dict[Var, Any] = {}
        for v, x in zip(self.program.inputs, args):
            arrays[v] = x = fitting(x, v)
            table[buffers[v]] = address(x)
        for i, v in enumerate(self.captured):
            x = v.current()
            if x is not room.held[i]:
                room.held[i] = None  # the address is that of an array which is kept alive
                fit = fitting(x, v)
                table[buffers[v]] = address(fit)
                arrays[v] = fit
                room.held[i] = x if fit is x else None
        for v in self.given:
            arrays[v] = x = np.empty(v.shape or (), v.dtype)
            table[buffers[v]] = address(x)
        for function, what in self.run:
            if function is not None:
                function(room.address)
            else:
                self._call(what, room, arrays)
        for guard in self.program.guards:
            guard.require(self._array(guard.var, room, arrays))
        return [self._output(v, room, arrays) if isinstance(v, Var) else v for v in self.program.outs]

    def _array(self, v: Var, room: Room, arrays: dict[Var, Any]) -> Any:
        """A value as an array."""
        root = self.fusion.root[v]
        x = arrays[root] if root in arrays else room.arrays[root] if root in room.arrays else root.current()
        if v.shape is None:
            return x
        if root is not v:
            offset, strides = self.fusion.offset(v)
            x = as_strided(np.asarray(x).reshape(-1)[offset:], v.shape, [s * x.itemsize for s in strides])
        return x[()]

    def _call(self, eqn: Eqn, room: Room, arrays: dict[Var, Any]) -> None:
        """Compute an equation by its own function."""
        args, options = substituted((eqn.args, eqn.options), lambda v: self._array(v, room, arrays))
        for v, x in zip(eqn.outs, flat(eqn.op, eqn.op.forward(*args, **options))):
            if v.shape is not None:
                if np.shape(x) != v.shape:
                    raise GuardError(f"a result has shape {np.shape(x)}, where it had {v.shape} at the trace")
                x = np.ascontiguousarray(x, v.dtype).reshape(v.shape)
                room.table[self.buffers[v]] = address(x)
            arrays[v] = x

    def _output(self, v: Var, room: Room, arrays: dict[Var, Any]) -> Any:
        if v in self.over:
            return self.over[v].current()
        x = arrays[v]
        if v.shape is not None and isinstance(self.made[v], Call) and (x.base is not None or not x.flags.writeable):
            x = x.copy()
        return x[()] if v.shape == () else x


def own_outputs(program: Program) -> Program:
    """The program with a result of its own for each output: no view, no argument, nothing twice."""
    from dataclasses import replace

    from ...engine.op import ours, registry
    from ..passes import like

    eqns = list(program.eqns)
    own = {o for e in eqns for o in e.outs if not (getattr(e.op, "view", False) and ours(e.op))}
    outs = []
    for v in program.outs:
        if isinstance(v, Var) and v.shape is not None and (v not in own or v in outs):
            copied = like(v, v.shape)
            eqns.append(Eqn(registry["copy"], (v,), {}, (copied,)))
            v = copied
        outs.append(v)
    return replace(program, eqns=eqns, outs=outs)


def fitting(x: Any, v: Var) -> Any:
    """The array, or a copy of it, as C reads it."""
    if v.shape is None:
        return x
    if x.__class__ is np.ndarray and x.dtype == v.dtype and x.shape == v.shape and x.flags.c_contiguous:
        return x
    return np.ascontiguousarray(x, v.dtype).reshape(v.shape)


def address(x: Any) -> int:
    """Where an array's numbers are; 0 of what is none."""
    return x.__array_interface__["data"][0] if isinstance(x, np.ndarray) else 0  # type: ignore[no-any-return]


def source(name: str) -> str:
    """A text of C that stands beside this file."""
    return resources.files(__package__).joinpath(name).read_text()


@cache
def outside(threads: int) -> tuple[Any, ...]:
    """The addresses of what programs call: sgemm and dgemm of SciPy's BLAS, and the functions of runtime.c."""
    runtime = library(source("runtime.c"))
    runtime.start(threads, *map(ctypes.c_void_p, blas_threads()))
    get: Function = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]  # type: ignore[attr-defined]
    name: Function = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]  # type: ignore[attr-defined]
    capsules = [cython_blas.__pyx_capi__[f] for f in ("sgemm", "dgemm")]
    ours = [ctypes.cast(getattr(runtime, f), ctypes.c_void_p).value for f in ("share", "enter", "leave")]
    return (*(get(c, name(c)) for c in capsules), *ours)


def blas_threads() -> tuple[int | None, int | None]:
    """The addresses of what asks for the number of threads of SciPy's BLAS, and of what sets it, if it is OpenBLAS."""
    for pool in ThreadpoolController().lib_controllers:
        if pool.internal_api == "openblas" and "scipy" in pool.filepath:
            for form in ("scipy_openblas_{}_num_threads", "openblas_{}_num_threads"):
                if hasattr(pool.dynlib, form.format("set")):
                    found = [getattr(pool.dynlib, form.format(verb)) for verb in ("get", "set")]
                    return tuple(ctypes.cast(f, ctypes.c_void_p).value for f in found)  # type: ignore[return-value]
    return None, None
