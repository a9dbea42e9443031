"""Fuse: the equations of a program as steps: kernels that go over their elements once, matrix products, and calls.

A view is no step: each value lies in the memory of a `root` as NumPy would lay it: a stand-in array of bytes shows how.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...engine.op import Op, ours, registry
from ...engine.types import Array, Shape
from ...ops.index import _is_basic
from ..passes import like, name, pure
from ..program import Eqn, Program, Var
from .table import REDUCES, Form, fits, form

ROW = 8192  # elements of a row that is reduced, and then read again: they stay in the cache
LIMIT = 100  # operations in a kernel

Axes = tuple[int | None, ...]  # of a kernel, along each axis of a value; None where the value does not change


class Placed(NamedTuple):
    """An array among zeros: the dims along its axes, where it begins along each, and from where to where by dim."""

    axes: Axes
    starts: Shape
    bounds: dict[int, tuple[int, int]]


@dataclass(eq=False)
class Step:
    """Something that is done at once. `above` has a bit for each step that must come before it."""

    number: int
    eqns: list[Eqn] = field(default_factory=list)
    above: int = 0
    operands: tuple[Var, ...] = ()  # of a matrix product

    def reads(self) -> Iterator[Var]:
        """What it is computed from."""
        for eqn in self.eqns:
            yield from self.operands or eqn.vars()


class Call(Step):
    """An operation that NumPy or one of our own kernels computes."""


class Product(Step):
    """A matrix product."""


@dataclass(eq=False)
class Kernel(Step):
    """Elementwise operations and reductions in one pass over `dims`."""

    dims: Shape = ()
    axes: dict[Var, Axes] = field(default_factory=dict)  # of what it makes
    ran: dict[Eqn, Axes] = field(default_factory=dict)  # the axes that each operation runs over
    forms: dict[Eqn, Form] = field(default_factory=dict)
    read: set[Var] = field(default_factory=set)  # the roots of arrays that it reads
    row: frozenset[int] = frozenset()  # the last dims, if something is reduced along them and then read again
    by_row: set[Var] = field(default_factory=set)  # what is reduced along a row
    summed: set[Var] = field(default_factory=set)  # what is reduced in another way, and known at the end only
    level: dict[Var, int] = field(default_factory=dict)  # how often a row has been gone through before
    placed: dict[Eqn, Placed] = field(default_factory=dict)

    def parts(self) -> tuple[Any, ...]:
        """What is known of its operations."""
        return self.axes, self.ran, self.forms, self.level, self.read, self.by_row, self.summed, self.placed

    def along(self, eqn: Eqn, v: Var) -> Axes:
        """The dims along the axes of an operand."""
        if eqn in self.placed:
            return self.placed[eqn].axes
        axes = self.ran[eqn][len(self.ran[eqn]) - len(v.shape) :]
        return tuple(a if n > 1 else None for a, n in zip(axes, v.shape))

    @property
    def real(self) -> set[int]:
        """The dims that are gone through."""
        return {i for i, n in enumerate(self.dims) if n > 1}


class Fusion:
    """The steps of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.steps: list[Step] = []
        self._numbers = count()
        self._bytes = np.empty(0, np.uint8)  # all stand-ins lie here: none is ever looked into
        self._impure: Step | None = None  # the last call that was not pure
        self.home: dict[Var, Step] = {}  # which step makes it
        self.root: dict[Var, Var] = {}  # whose memory it shows
        self.shown: dict[Var, Array] = {}  # its stand-in
        for v in (*program.inputs, *program.captured):
            self._lie(v)
        for eqn in program.eqns:
            self._place(eqn)
        self._ordered()

    def offset(self, v: Var) -> tuple[int, Shape]:
        """Where a value begins in its root, and its strides, in elements."""
        whole, part = self.shown[self.root[v]], self.shown[v]
        return (part.ctypes.data - whole.ctypes.data if part.size else 0), part.strides

    def maker(self, v: Var) -> Step | None:
        """The step that makes a value, or what it is a view of."""
        return self.home.get(self.root[v])

    # -- placing each equation

    def _lie(self, v: Var) -> None:
        self.root[v] = v
        if v.size > self._bytes.size:
            self._bytes = np.empty(v.size, np.uint8)
        self.shown[v] = self._bytes[: v.size].reshape(v.shape)

    def _made(self, eqn: Eqn, step: Step) -> None:
        step.eqns.append(eqn)
        for out in eqn.outs:
            self._lie(out)
            self.home[out] = step

    def _new(self, kind: type[Step], **fields: Any) -> Any:
        self.steps.append(kind(next(self._numbers), **fields))
        return self.steps[-1]

    def _place(self, eqn: Eqn) -> None:
        if isinstance(eqn.op, Op) and ours(eqn.op) and eqn.op.view and self._view(eqn):
            return
        found = self._among(eqn) if name(eqn.op) == "unindex" else form(eqn)
        if name(eqn.op) == "matmul" and self._product(eqn):
            return
        if found or (name(eqn.op) in REDUCES and self._is_reduction(eqn)):
            self._fuse(eqn, found)
        else:
            step = self._new(Call)
            self._after(step, [self.maker(v) for v in eqn.vars()])
            if not pure(eqn):  # what draws at random draws in its turn
                self._after(step, [self._impure])
                self._impure = step
            self._made(eqn, step)

    def _view(self, eqn: Eqn) -> bool:
        x, *rest = eqn.args
        if not isinstance(x, Var) or any(True for _ in eqn.vars() if _ is not x):
            return False
        if x.dtype != eqn.outs[0].dtype:  # the real parts of complex numbers
            return False
        part = name(eqn.op) == "getitem" and rest and _is_basic(rest[0])  # of one element, NumPy makes a number
        shown = part_of(self.shown[x], rest[0]) if part else eqn.op.forward(self.shown[x], *rest, **eqn.options)
        if isinstance(shown, tuple):
            return False
        shown = np.asarray(shown)
        if shown.size and not np.may_share_memory(shown, self.shown[self.root[x]]):
            if name(eqn.op) != "reshape":
                return False
            return self._view(Eqn(eqn.op, (self._copied(x), *rest), eqn.options, eqn.outs))
        self.root[eqn.outs[0]], self.shown[eqn.outs[0]] = self.root[x], shown
        return True

    def _copied(self, x: Var) -> Var:
        out = like(x, x.shape)
        self._place(Eqn(registry["copy"], (x,), {}, (out,)))
        return out

    def _product(self, eqn: Eqn) -> bool:
        arrays = (*eqn.args, eqn.outs[0])
        if not all(isinstance(v, Var) and len(v.shape) >= 2 and v.size for v in arrays):
            return False
        if {v.dtype for v in arrays} not in ({np.dtype(np.float32)}, {np.dtype(np.float64)}):
            return False
        operands = tuple(v if leading(self.shown[v]) else self._copied(v) for v in eqn.args)
        step = self._new(Product, operands=operands)
        self._after(step, [self.maker(v) for v in operands])
        self._made(eqn, step)
        return True

    @staticmethod
    def _is_reduction(eqn: Eqn) -> bool:
        x, out = eqn.args[0], eqn.outs[0]
        if not isinstance(x, Var) or not x.size or not x.shape:
            return False
        return x.dtype == out.dtype and out.dtype in (np.float32, np.float64)

    @staticmethod
    def _among(eqn: Eqn) -> Form | None:
        """The form of an array among zeros, where it lies as it is: along each axis, one element after the other."""
        x, shape, index = eqn.args
        if any(True for _ in eqn.vars() if _ is not x) or not x.size or not _is_basic(index) or not fits(x, x.dtype):
            return None
        whole, bounds = np.empty(shape, np.uint8), placed(eqn, tuple(range(len(shape)))).bounds
        part = part_of(whole, index)
        again = part_of(whole, tuple(slice(*bounds.get(i, (0, 1))) for i in range(len(shape))))
        alike = part.shape == x.shape and lies(part) == lies(again)
        return Form("{a}", x.dtype, {"a": (x, x.dtype)}) if alike else None

    # -- what must come before what

    def _after(self, step: Step, before: Sequence[Step | None]) -> None:
        above = step.above
        for other in before:
            if other is not None and other is not step:
                above |= other.above | 1 << other.number
        if above != step.above:
            step.above = above
            for later in self.steps:
                if later.above >> step.number & 1:
                    later.above |= above

    def _ordered(self) -> None:
        """Bring the steps into an order: each after what it needs, else as early as its last equation stood."""
        done, left = 0, sorted(self.steps, key=lambda s: s.number)
        self.steps = []
        while left:
            step = next(s for s in left if not s.above & ~done)
            left.remove(step)
            self.steps.append(step)
            done |= 1 << step.number

    # -- kernels

    def _fuse(self, eqn: Eqn, found: Form | None) -> None:
        makers = {self.maker(v): None for v in eqn.vars()}
        kernels = sorted((k for k in makers if isinstance(k, Kernel)), key=lambda k: -k.number)
        for other in kernels[1:]:
            if self._merge(kernels[0], other):
                kernels.remove(other)
        read = {self.root[v] for v in eqn.vars() if v.size > 1}
        beside = [k for k in self.steps[-20:] if isinstance(k, Kernel) and k not in makers and k.read & read]
        shape = eqn.outs[0].shape if found else eqn.args[0].shape
        for kernel in (*kernels, *(k for k in reversed(beside) if k.dims == shape)):
            if self._join(kernel, eqn, found):
                return
        joined = self._join(self._new(Kernel, dims=shape), eqn, found)
        assert joined, eqn

    def _merge(self, kernel: Kernel, other: Kernel) -> bool:
        """Make one kernel of two that run over the same, if neither needs the other."""
        plain = (not other.row and not other.summed) or (not kernel.row and not kernel.summed)
        between = (kernel.above >> other.number | other.above >> kernel.number) & 1
        size = len(kernel.eqns) + len(other.eqns)
        if kernel.dims != other.dims or not (plain or kernel.row == other.row) or between or size > LIMIT:
            return False
        for mine, theirs in zip(kernel.parts(), other.parts()):
            mine.update(theirs)
        kernel.eqns += other.eqns
        kernel.row = kernel.row or other.row
        self.home.update(dict.fromkeys((o for e in other.eqns for o in e.outs), kernel))
        self.steps.remove(other)
        gone, now = 1 << other.number, 1 << kernel.number
        kernel.above |= other.above
        for step in self.steps:
            if step.above & gone:
                step.above = step.above & ~gone | now
            if step.above & now:
                step.above |= kernel.above
        return True

    def _inside(self, kernel: Kernel, v: Var) -> Axes | None:
        """The kernel's dims along the axes of a value that it makes; None where it is seen at other places."""
        root = self.root[v]
        whole, part = self.shown[root], self.shown[v]
        if root in kernel.summed or part.ctypes.data != whole.ctypes.data:
            return None
        along = dict(zip(zip(whole.shape, whole.strides), kernel.axes[root]))
        axes = [None if n == 1 or not s else along.get((n, s), -1) for n, s in zip(part.shape, part.strides)]
        gone = {a for a in kernel.axes[root] if a is not None} - set(axes)
        return None if -1 in axes or gone else tuple(axes)

    def _aligned(self, kernel: Kernel, eqn: Eqn, shape: Shape) -> Axes | None:
        """The kernel's dims along the axes that an operation runs over, as its operands in the kernel have it."""
        axes: list[int | None] = [None] * len(shape)
        for v in eqn.vars():
            if self.maker(v) is kernel:
                inside = self._inside(kernel, v) if name(eqn.op) != "unindex" else None
                if inside is None:
                    return None
                for i, axis in enumerate(inside, len(shape) - len(inside)):
                    if axis is not None and axes[i] not in (None, axis):
                        return None
                    axes[i] = axis if axis is not None else axes[i]
        for i, n in enumerate(shape):
            if n > 1 and axes[i] is None:
                axes[i] = i + len(kernel.dims) - len(shape)
                if axes[i] < 0 or kernel.dims[axes[i]] != n:  # type: ignore[operator, index]
                    return None
        used = [a for a in axes if a is not None]
        return tuple(axes) if len(set(used)) == len(used) else None

    def _join(self, kernel: Kernel, eqn: Eqn, found: Form | None) -> bool:
        """Let a kernel compute one more operation, if it can."""
        axes = self._aligned(kernel, eqn, (eqn.outs[0] if found else eqn.args[0]).shape)
        others = [self.maker(v) for v in eqn.vars() if self.maker(v) is not kernel]
        late = any(s and s.above >> kernel.number & 1 for s in others)
        if axes is None or late or (len(kernel.eqns) >= LIMIT and kernel.real):
            return False
        if kernel.real - set(axes) not in (set(), kernel.row):  # it would be computed again and again
            return False
        inner = [self.root[v] for v in eqn.vars() if self.maker(v) is kernel]
        level = max((kernel.level[r] + (r in kernel.by_row) for r in inner), default=0)
        made = axes if found else self._reduced(kernel, eqn, axes)
        if made is None:
            return False
        if found:
            kernel.forms[eqn] = found
        if name(eqn.op) == "unindex":
            kernel.placed[eqn] = placed(eqn, axes)
        kernel.axes[eqn.outs[0]], kernel.ran[eqn], kernel.level[eqn.outs[0]] = made, axes, level
        kernel.read.update(self.root[v] for v in eqn.vars() if v.size > 1)
        self._made(eqn, kernel)
        self._after(kernel, others)
        return True

    def _reduced(self, kernel: Kernel, eqn: Eqn, axes: Axes) -> Axes | None:
        """The dims along the result of a reduction, if the kernel can do it; over axes of length 1, it is a copy."""
        x, out = eqn.args[0], eqn.outs[0]
        given, keep = eqn.named()["axis"], eqn.named()["keepdims"]
        gone = normalize_axis_tuple(range(len(axes)) if given is None else given, len(axes))
        reduced = {a for i in gone if (a := axes[i]) is not None}
        if not reduced:
            kernel.forms[eqn] = Form("{a}", x.dtype, {"a": (x, x.dtype)})
        elif not self._reduce(kernel, out, reduced):
            return None
        return tuple(None if i in gone else a for i, a in enumerate(axes) if keep or i not in gone)

    @staticmethod
    def _reduce(kernel: Kernel, out: Var, reduced: set[int]) -> bool:
        """Note how something is reduced: along a row, that is the last dims, or over all of the kernel's run."""
        last = {i for i in kernel.real if i >= min(reduced)}
        kept = [set(kernel.axes[s]) & last for s in kernel.summed]
        row = reduced == last and prod(kernel.dims[i] for i in last) <= ROW and kernel.row in (frozenset(), last)
        if row and all(part in (set(), last) for part in kept):
            kernel.row = frozenset(last)
            kernel.by_row.add(out)
        elif kernel.row & reduced in (frozenset(), kernel.row):
            kernel.summed.add(out)
        else:
            return False
        return True


def part_of(x: Array, index: Any) -> Array:
    """A view, of one element too."""
    index = index if isinstance(index, tuple) else (index,)
    return x[index if any(i is Ellipsis for i in index) else (*index, ...)]


def lies(x: Array) -> tuple[int, list[tuple[int, int]]]:
    """Where an array begins in memory, and how it goes on."""
    return x.ctypes.data, [(n, s) for n, s in zip(x.shape, x.strides) if n > 1]


def placed(eqn: Eqn, axes: Axes) -> Placed:
    """How the result of `unindex` is read from its operand, in a kernel that runs over these axes."""
    _, shape, index = eqn.args
    whole = np.empty(shape, np.uint8)
    part = part_of(whole, index)
    dims = {s: i for i, (n, s) in enumerate(zip(shape, whole.strides)) if n > 1}  # by how far apart neighbours are
    along = [dims.get(s) if n > 1 else None for n, s in zip(part.shape, part.strides)]
    left, starts = part.ctypes.data - whole.ctypes.data, dict[int | None, int]({None: 0})
    for step in sorted(dims, reverse=True):
        starts[dims[step]], left = divmod(left, step)
    counts = dict(zip(along, part.shape))
    bounds = {d: (starts[i], starts[i] + counts.get(i, 1)) for i in dims.values() if (d := axes[i]) is not None}
    return Placed(tuple(None if i is None else axes[i] for i in along), tuple(starts[i] for i in along), bounds)


def leading(shown: Array) -> tuple[str, int] | None:
    """How BLAS reads the last two axes: as they are or transposed, and the step between rows; None where it cannot."""
    (rows, columns), (down, across) = shown.shape[-2:], shown.strides[-2:]
    if (across == 1 or columns == 1) and (down >= columns or rows == 1):
        return "N", max(down if rows > 1 else columns, columns, 1)
    if (down == 1 or rows == 1) and (across >= rows or columns == 1):
        return "T", max(across if columns > 1 else rows, rows, 1)
    return None
