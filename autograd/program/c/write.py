"""Write: the C text of a kernel and of a matrix product, as functions of the buffers that they read and write.

A kernel goes through its rows, which are shared out in parts. Within a row it goes through the elements once for each
level: what is reduced along the row is known at the next one. Sums over rows are kept by each part, and joined at the
end in their order: which thread did what changes no bit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ...engine.types import Dtype, Shape
from ..passes import name
from ..program import Eqn, Var
from .fuse import Fusion, Kernel, Product, leading
from .table import CTYPES, REDUCES

BLOCK = 256  # elements after which what is reduced along a row is looked at
CHUNK = 4096  # elements of one long row that are gone through at a time
PARALLEL = 1 << 17  # operations on numbers from which on a second thread is worth waking
PRODUCT = 1 << 20  # multiplications, likewise
HEAVY = 16  # what a function counts for
START = {"+": "0", "max": "-INFINITY", "min": "INFINITY"}
SIGN = {"max": ">", "min": "<"}


def literal(x: Any, dtype: Dtype) -> str:
    """A number in C, of this dtype."""
    if dtype.kind != "f":
        return f"({int(dtype.type(x))}{'LL' if dtype.itemsize == 8 else ''})"
    x = float(dtype.type(x))
    text = f"{x:.17g}" if np.isfinite(x) else "NAN" if np.isnan(x) else "INFINITY" if x > 0 else "-INFINITY"
    suffix = "f" if dtype == np.float32 and np.isfinite(x) else ""
    return f"({text}{'' if set('.enN') & set(text) else '.0'}{suffix})"


def joined(kind: str, a: str, x: str) -> str:
    """A statement that takes one more number into a sum or an extreme."""
    return f"{a} += {x};" if kind == "+" else f"{a} = {x} {SIGN[kind]} {a} || {x} != {x} ? {x} : {a};"


class Written(NamedTuple):
    """The body of a function `(char** b, int t)` doing part t of `parts`, what comes after it, and the buffers b."""

    text: str
    parts: int
    after: str
    buffers: list[Var | int]  # a number is a place in the scratch memory


class Total(NamedTuple):
    """What is known at the end: a variable, how it is reduced, and how far apart the parts' own sums are."""

    out: Var
    kind: str
    size: int


class Text:
    """One kernel, while it is being written. `buffers` are its arguments, in the order in which it first needs them."""

    def __init__(self, fusion: Fusion, kernel: Kernel, stored: set[Var], over: dict[Var, Var], threads: int) -> None:
        self.fusion, self.kernel, self.over = fusion, kernel, over
        self.threads = threads
        self.scratch = 0  # bytes that the threads' own sums and rows take
        self.buffers: list[Var | int] = []
        self.pointers: dict[tuple[int, int, Any], str] = {}
        self.strides: dict[str, dict[int, int]] = {}  # of each pointer, by dim
        self.ctypes: dict[str, str] = {}
        self.names: dict[Var, str] = {}
        self.loaded: dict[Any, str] = {}
        # the statements of each level: of a row before its elements, of each element, of each element when all else has
        # been read, and of a row after its elements; and what is reduced along it: dtype, name, kind
        self.first, self.each, self.then, self.last = (defaultdict[int, list[str]](list) for _ in range(4))
        self.reduced = defaultdict[int, list[tuple[str, str, str]]](list)
        self.totals: dict[str, Total] = {}  # by the pointer of what each part adds up
        self.kept: dict[Var, str] = {}  # rows of what a later level reads again
        self.real = sorted(kernel.real)
        self.inner = kernel.row or frozenset(self.real[-1:])
        later = ((fusion.root[v], kernel.level[e.outs[0]]) for e in kernel.eqns for v in e.vars())
        self.again = {r for r, level in later if r in kernel.level and self._is_each(r) and kernel.level[r] < level}
        self.stored = stored
        for eqn in kernel.eqns:
            self._compute(eqn)

    # -- values

    def _is_each(self, v: Var) -> bool:
        """Whether a value that the kernel makes is another one for each element of a row."""
        return not self.inner.isdisjoint(a for a in self.kernel.axes[v] if a is not None)

    def _pointer(self, v: Var, axes: Any, offset: int, strides: Shape, scratch: int | None = None) -> str:
        """The pointer along a value, and where it goes with each dim."""
        steps = {a: s for a, s in zip(axes, strides) if a is not None and s}
        buffer = scratch if scratch is not None else self.over.get(self.fusion.root[v], self.fusion.root[v])
        if buffer not in self.buffers:
            self.buffers.append(buffer)
        key = (self.buffers.index(buffer), offset, tuple(sorted(steps.items())))
        found = self.pointers.setdefault(key, f"p{len(self.pointers)}")
        self.strides[found] = steps
        self.ctypes[found] = CTYPES[v.dtype]
        return found

    def _operand(self, eqn: Eqn, v: Any, dtype: Dtype, level: int) -> str:
        """What an operand is called, once it is loaded, and cast."""
        if not isinstance(v, Var):
            return literal(v, dtype)
        text = self._value(eqn, v, level)
        if dtype.kind == "b":
            return text if v.dtype == dtype else f"({text} != 0)"
        return text if v.dtype == dtype else f"({CTYPES[dtype]}){text}"

    def _value(self, eqn: Eqn, v: Var, level: int) -> str:
        kernel, root = self.kernel, self.fusion.root[v]
        if self.fusion.maker(v) is kernel:
            if root in self.again and kernel.level[root] < level:
                return self._once((root, level), f"{self._local(root)} %s = {self.kept[root]}[j];", self.each[level])
            return self.names[root]
        offset, strides = self.fusion.offset(v)
        where = kernel.placed.get(eqn)
        bounds = {d: b for d, b in where.bounds.items() if b != (0, kernel.dims[d])} if where else {}
        offset -= sum(i * s for i, s in zip(where.starts, strides)) if where else 0
        p = self._pointer(v, kernel.along(eqn, v), offset, strides)
        isin = not self.inner.isdisjoint({*self.strides[p], *bounds})
        inside = " && ".join(f"i{d} >= {low} && i{d} < {high}" for d, (low, high) in bounds.items())
        text = f"{self._local(v)} %s = {f'{inside} ? {p}[@{p}] : 0' if inside else f'{p}[@{p}]'};"
        return self._once((p, inside, level if isin else -1), text, self.each[level] if isin else self.first[0])

    def _once(self, key: Any, text: str, where: list[str]) -> str:
        if key not in self.loaded:
            self.loaded[key] = f"x{len(self.loaded)}"
            where.append(text % self.loaded[key])
        return self.loaded[key]

    def _local(self, v: Var) -> str:
        return "int" if v.dtype == np.bool_ else CTYPES[v.dtype]

    # -- operations

    def _compute(self, eqn: Eqn) -> None:
        kernel, out = self.kernel, eqn.outs[0]
        level = kernel.level[out]
        if eqn not in kernel.forms:
            self._reduce(eqn, out, level)
            return
        form = kernel.forms[eqn]
        operands = {field: self._operand(eqn, v, dtype, level) for field, (v, dtype) in form.operands.items()}
        self.names[out] = f"v{len(self.names)}"
        where = self.each[level] if self._is_each(out) else self.first[level]
        where.append(f"{self._local(out)} {self.names[out]} = {form.text.format(**operands)};")
        if out in self.again:
            self.kept[out] = f"k{len(self.kept)}"
            where.append(f"{self.kept[out]}[j] = {self.names[out]};")
        self._store(out, self.then[level] if self._is_each(out) else self.last[level])

    def _store(self, out: Var, where: list[str]) -> None:
        if out in self.stored:
            p = self._pointer(out, self.kernel.axes[out], *self.fusion.offset(out))
            where.append(f"{p}[@{p}] = {self.names[out]};")

    def _reduce(self, eqn: Eqn, out: Var, level: int) -> None:
        kernel, kind = self.kernel, REDUCES[name(eqn.op)]
        x = self._operand(eqn, eqn.args[0], out.dtype, level)
        ran = {a for a in kernel.ran[eqn] if a is not None}
        over_row = not self.inner.isdisjoint(ran - set(kernel.axes[out]))
        total = "double" if kind == "+" else CTYPES[out.dtype]  # float would lose digits in a long sum
        if over_row:
            part = f"s{len(self.names)}"
            self.first[level].append(f"{total} {part} = {START[kind]};")
            self.each[level].append(f"b{part}[i{self.real[-1]} - k] = {x};")
            self.reduced[level].append((CTYPES[out.dtype], part, kind))
            if kind != "+":  # lanes that are joined forget a nan
                self.first[level].append(f"int n{part} = 0;")
                self.last[level].append(f"if (n{part}) {part} = NAN;")
            x = part
        where = self.last[level] if over_row else self.each[level] if self._is_each(out) else self.first[level]
        self.names[out] = f"v{len(self.names)}"
        if out in kernel.by_row:
            where.append(f"{self._local(out)} {self.names[out]} = {x};")
            self._store(out, where)
            return
        own = CTYPES[out.dtype] if self._is_each(out) else total  # one for each element of a row: as NumPy adds it
        nbytes = -(-out.size * 8 // 64) * 64
        p = self._pointer(out, kernel.axes[out], *self.fusion.offset(out), scratch=self.scratch)
        self.ctypes[p] = own
        self.scratch += nbytes * self.threads
        self.totals[p] = Total(out, kind, nbytes // (4 if own == "float" else 8))
        where.append(joined(kind, f"{p}[@{p}]", x))

    # -- all of it

    def written(self) -> Written:
        """The kernel as it stands."""
        dims = self._merged()
        inner, outer = ([d for d in dims if (d in self.inner) is here] for here in (True, False))
        length = prod(dims[d] for d in inner)
        flat = len(inner) == 1 and not self.kernel.row and length > 2 * CHUNK
        chunks = -(-length // CHUNK) if flat else 1
        rows = prod(dims[d] for d in outer) * chunks
        calls = sum(HEAVY if re.search(r"_[fd]\(", f.text) else 1 for f in self.kernel.forms.values())
        parts = self.threads if prod(dims.values()) * calls > PARALLEL and rows > 1 else 1
        lines = []
        for (k, offset, _), p in self.pointers.items():
            c = self.ctypes[p]
            lines.append(
                f"{c}* restrict a{p} = ({c}*)b[{k}] + {offset}"
                + (f" + t * {self.totals[p].size}L;" if p in self.totals else ";")
            )
        for p, total in self.totals.items():
            lines.append(f"for (long i = 0; i < {total.size}L; i++) a{p}[i] = {START[total.kind]};")
        for v, kept in self.kept.items():  # not on the stack, which may be small
            own, nbytes = self._local(v), -(-length * 8 // 64) * 64
            lines.append(
                f"{own}* restrict {kept} = __builtin_assume_aligned(b[{len(self.buffers)}] + {nbytes}L * t, 64);"
            )
            self.buffers.append(self.scratch)
            self.scratch += nbytes * self.threads
        lines += [f"for (long r = {rows}L * t / {parts}; r < {rows}L * (t + 1) / {parts}; r++) {{"]
        begin = {p: [f"a{p}"] for p in self.pointers.values()}
        left = rows
        for d in outer:
            left //= dims[d]
            lines.append(f"  long i{d} = r / {left}L % {dims[d]}L;")
            for p, terms in begin.items():
                terms += [f"i{d} * {self.strides[p][d]}L"] if d in self.strides[p] else []
        lines += [f"  {self.ctypes[p]}* restrict {p} = {' + '.join(terms)};" for p, terms in begin.items()]
        span = (f"r % {chunks}L * {CHUNK}", f"MIN(r % {chunks}L * {CHUNK} + {CHUNK}, {length}L)") if flat else None
        row = {d: dims[d] for d in inner}
        for level in range(max(self.kernel.level.values()) + 1):
            each = self._loop(level, row, span) if self.each[level] else ()
            lines += [*self.first[level], *each, *self.last[level]]
        # where an element of a row is, from where its pointer stands at the begin of the row
        index = {p: " + ".join(f"i{d} * {s[d]}L" for d in inner if d in s) or "0" for p, s in self.strides.items()}
        text = re.sub(r"@(p\d+)", lambda found: index[found[1]], "\n".join([*lines, "}"]))
        return Written(text, parts, "\n".join(self._totals(parts)), self.buffers)

    def _totals(self, parts: int) -> list[str]:
        """The parts' own sums as one."""
        lines = []
        for p, total in self.totals.items():
            where = next(k for (k, _, _), q in self.pointers.items() if q == p)
            if total.out not in self.buffers:
                self.buffers.append(total.out)
            c, own = CTYPES[total.out.dtype], self.ctypes[p]
            step = joined(total.kind, "s", f"a{p}[t * {total.size}L + i]")
            lines += [
                f"{own}* a{p} = ({own}*)b[{where}]; {c}* o{p} = ({c}*)b[{self.buffers.index(total.out)}];",
                f"for (long i = 0; i < {total.out.size}L; i++) {{",
                f"  {own} s = a{p}[i]; for (int t = 1; t < {parts}; t++) {step}",
                f"  o{p}[i] = s;",
                "}",
            ]
        return lines

    def _loop(self, level: int, inner: dict[int, int], span: Any) -> list[str]:
        """Go through the elements of a row; what is reduced goes block by block through a loop of nothing else."""
        lines, reduced = [], self.reduced[level]
        last = [*inner][-1]
        for d, n in inner.items():
            low, high = span or ("0", f"{n}L")
            if d == last and reduced:
                lines.append(f"for (long k = {low}, h; k < {high}; k = h) {{ h = MIN(k + {BLOCK}L, {high});")
                lines += [f"{c} b{part}[{BLOCK}];" for c, part, _ in reduced]
                low, high = "k", "h"
            lines += ["#pragma omp simd"] if d == last else []
            lines.append(f"for (long i{d} = {low}; i{d} < {high}; i{d}++) {{")
        if self.kept:
            places = [f"i{d} * {prod([*inner.values()][k + 1 :])}L" for k, d in enumerate(inner)]
            lines.append(f"long j = {' + '.join(places)};")
        lines += [*self.each[level], *self.then[level], "}"]
        for _, s, kind in reduced:
            x, also = f"b{s}[l]", "" if kind == "+" else f" reduction(|:n{s})"
            step = f"{s} += {x};" if kind == "+" else f"{s} = {x} {SIGN[kind]} {s} ? {x} : {s}; n{s} |= {x} != {x};"
            lines += [f"#pragma omp simd reduction({kind}:{s}){also}", f"for (long l = 0; l < h - k; l++) {{ {step} }}"]
        return [*lines, *["}"] * (len(inner) - 1 + bool(reduced))]

    def _merged(self) -> dict[int, int]:
        """The dims that are gone through, with their extents: neighbours that every pointer passes in step are one."""
        dims: dict[int, int] = {}
        bounded = {d for where in self.kernel.placed.values() for d in where.bounds}
        for d in reversed(self.real):
            n = self.kernel.dims[d]
            below = next(reversed(dims), -1)
            alike = below >= 0 and (not self.kernel.row or (d in self.inner) is (below in self.inner))
            alike = alike and bounded.isdisjoint((d, below))
            if alike and all(s.get(d, 0) == s.get(below, 0) * dims[below] for s in self.strides.values()):
                dims[below] *= n
            else:
                dims[d] = n
        return dict(reversed(dims.items()))


def product(fusion: Fusion, step: Product, threads: int) -> Written:
    """A matrix product, or many of them: the parts have some of its rows, of its columns, or of the many."""
    (a, b), out = step.operands, step.eqns[0].outs[0]
    real, gemm = ("float", "sgemm") if out.dtype == np.float32 else ("double", "dgemm")
    shown = [fusion.shown[v] for v in (a, b)]
    (ta, lda), (tb, ldb) = map(leading, shown)  # type: ignore[misc]
    m, k, n = shown[0].shape[-2], shown[0].shape[-1], shown[1].shape[-1]
    batch = out.shape[:-2]
    steps = [np.broadcast_to(x, (*batch, *x.shape[-2:])).strides[:-2] for x in shown]
    if ta == "N" and not any(steps[1]) and all(s == lda * m * prod(batch[i + 1 :]) for i, s in enumerate(steps[0])):
        m, batch = m * prod(batch), ()  # one taller matrix
    count = prod(batch)
    at = [["0"], ["0"], [f"i * {m * n}L"] if count > 1 else ["0"]]
    left = count
    for i, size in enumerate(batch):
        left //= size
        for terms, s in zip(at, steps):
            terms += [f"i / {left}L % {size}L * {s[i]}L"] if s[i] and size > 1 else []
    operands = [
        f"({real}*)b[{i}] + {o} + {' + '.join(p)}"
        for i, (o, p) in enumerate(zip([*(fusion.offset(v)[0] for v in (a, b)), 0], at))
    ]

    def call(rows: str, columns: str, *moved: str) -> str:
        x, y, z = (f"{o}{m}" for o, m in zip(operands, moved or ("", "", "")))
        return (
            f"INTEGER m = {rows}, n = {columns}, k = {k}, lda = {lda}, ldb = {ldb}, ldc = {n}; "
            f"{real} one = 1, zero = 0; "
            f'{gemm}("{tb}", "{ta}", &n, &m, &k, &one, {y}, &ldb, {x}, &lda, &zero, {z}, &ldc);'
        )

    parts = threads if m * n * k * count >= PRODUCT else 1
    size = count if count > 1 else max(m, n)
    span = f"long low = {size}L * t / {parts}, high = {size}L * (t + 1) / {parts};\n"
    if count > 1:
        text = f"{span}for (long i = low; i < high; i++) {{ {call(str(m), str(n))} }}"
    elif m >= n:
        text = span + call("high - low", str(n), f" + low * {lda if ta == 'N' else 1}", "", f" + low * {n}")
    else:
        text = span + call(str(m), "high - low", "", f" + low * {1 if tb == 'N' else ldb}", " + low")
    return Written(text, parts, "", [fusion.root[v] for v in (a, b, out)])
