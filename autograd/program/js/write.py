"""Write: a program as lines for `tape.js`, which runs them. Elementwise operations are those of C's table.

What only moves elements is run once, on their numbers: the page needs to know where each comes from, not why.
What the page cannot compute is frozen: it keeps its value, and says so where something before it is changed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...engine.types import Array, Shape
from ..c.expand import SMALL, expanded
from ..c.table import FORMS, form
from ..passes import name
from ..program import Eqn, Program, Var, leaves, substituted

Line = list[Any]
DTYPES = {"float64": "d", "float32": "f", "int64": "q", "int32": "i", "bool": "b"}
MOVES = "broadcast_to concatenate copy diag diagonal expand_dims flip moveaxis ravel repeat reshape roll rot90 squeeze "
MOVES += "stack swapaxes tile transpose tril triu getitem unindex pad"
SPLITS = ("split", "unstack")  # which have several results
SMALL_PLANE = 1024  # elements of an image that is pooled: its pooling is written as a matrix
NORMAL = "normal({a})"
FOLDS = {"sum": "sum", "max": "max", "min": "min", "prod": "prod", "any": "max", "all": "min"}


class Tape:
    """A program as the page is given it: the shapes of its values, its lines, and those values that are fixed.

    `env` has every value as NumPy computes it of the arrays `given` for the inputs, with which the page begins, and
    `frozen` the names of the operations that the page cannot compute.

    >>> from autograd.program.trace import trace
    >>> Tape(trace(lambda x: x * 2.0, np.ones(3)), np.ones(3)).data["lines"]
    [['each', 1, '{a} * {b}', [0, [2.0]]]]
    """

    def __init__(self, program: Program, *given: Any) -> None:
        self.program = program = expanded(program)
        self.numbers: dict[Var, int] = {}
        self.kinds: list[Line] = []
        self.lines: list[Line] = []
        self.frozen: list[str] = []
        self.fixed: dict[Var, Array] = {}
        self.env: dict[Any, Any] = program.given(given)
        self.constant = set(program.captured)
        self.inputs = [self.number(v) for v in program.inputs]
        for eqn in program.eqns:
            with np.errstate(all="ignore"):  # what it had to say it said the first time
                self.env.update(zip(eqn.outs, eqn.run(self.env.__getitem__)))
            if self.constant.issuperset(eqn.vars()) or all(v.size == 0 for v in eqn.outs):
                self.constant.update(eqn.outs)
            else:
                self.add(eqn)

    @property
    def data(self) -> dict[str, Any]:
        """The tape, as JSON can hold it; read it after the last `number` was asked for."""
        fixed = [
            [self.numbers[v], packed(np.asarray(a, v.dtype))] for v, a in self.fixed.items() if str(v.dtype) in DTYPES
        ]
        guards = [[self.number(g.var), packed(np.asarray(g.value, g.var.dtype)), g.line] for g in self.program.guards]
        return {"kinds": self.kinds, "lines": self.lines, "fixed": fixed, "inputs": self.inputs, "guards": guards}

    def number(self, value: Any) -> int:
        """The place of a value in the page's memory; one that never changes, or is no variable, is put there."""
        var = value if isinstance(value, Var) else Var(np.asarray(value))
        if var not in self.numbers:
            if not isinstance(value, Var):
                self.env[var] = np.asarray(value)
            assert var in self.env, f"{var} is of another program"
            self.numbers[var] = len(self.kinds)
            known = str(var.dtype) in DTYPES  # of another the page knows no more than that there is one
            self.kinds.append([DTYPES[str(var.dtype)], list(var.shape)] if known else ["b", [0]])
            if var in self.constant or var is not value or var in self.program.inputs:
                self.fixed[var] = self.env[var]
        return self.numbers[var]

    def add(self, eqn: Eqn) -> None:
        """Write an equation down."""
        known = all(str(v.dtype) in DTYPES for v in eqn.vars())
        if known and name(eqn.op) in SPLITS:
            parts = [self.moved(replace(eqn, outs=(out,)), "", i) for i, out in enumerate(eqn.outs)]
            self.lines += [part for part in parts if part]
            return
        line = self.written(eqn) if known and str(eqn.outs[0].dtype) in DTYPES else None
        if line is None:
            self.frozen.append(name(eqn.op))
            outs = [v for v in eqn.outs if v.dtype is not None]
            line = ["frozen", [*map(self.number, outs)], name(eqn.op), [self.number(v) for v in eqn.vars()]]
            self.fixed.update((v, self.env[v]) for v in outs)
        self.lines.append(line)

    def written(self, eqn: Eqn) -> Line | None:
        """The line of an equation; None where the page cannot compute it."""
        kind, (out, *_) = name(eqn.op), eqn.outs
        if found := form(eqn):
            text = re.sub(r"(\w)_[fd]\(", r"\1(", found.text)
            return ["each", self.number(out), text, [self.operand(*x) for x in found.operands.values()]]
        if kind in KERNELS:
            return KERNELS[kind](self, eqn)
        return self.moved(eqn, kind) if kind in MOVES.split() and len(eqn.outs) == 1 else None

    def operand(self, x: Any, dtype: Any) -> Any:
        """The place of a variable, or in a list a number that is the same in each run."""
        return self.number(x) if isinstance(x, Var) else [plain(np.asarray(x, dtype))]

    def moved(self, eqn: Eqn, kind: str, part: int | None = None) -> Line | None:
        """A line for what moves elements, and leaves zeros where none came; or adds up what meets at one place."""
        data, *rest = eqn.args
        if not self.constant.issuperset(leaves((rest, eqn.options))):
            return self.picked(eqn, kind)
        rest, options = substituted((rest, eqn.options), self.env.__getitem__)
        given = [data] if isinstance(data, Var) else data
        if not all(isinstance(v, Var) for v in given):
            return None
        if kind == "unindex":
            shape, index = eqn.named()["shape"], substituted(eqn.named()["index"], self.env.__getitem__)
            to = np.arange(prod(shape)).reshape(shape)[index]
            return ["add", self.number(eqn.outs[0]), self.number(data), loops(to)]
        named = eqn.named()
        if kind == "pad" and (named["mode"] != "constant" or named["constant_values"] != 0):
            return None
        ends = np.cumsum([v.size for v in given])
        counted = [np.arange(end - v.size, end).reshape(v.shape) + 1.0 for v, end in zip(given, ends)]
        made = eqn.op.forward(counted[0] if isinstance(data, Var) else counted, *rest, **options)
        places = loops(np.asarray(made if part is None else made[part]) - 1)
        return ["move", self.number(eqn.outs[0]), [self.number(v) for v in given], places]

    def picked(self, eqn: Eqn, kind: str) -> Line | None:
        """Rows at places that are computed: `x[i, j]` where all indices are arrays of integers, from the first axis."""
        named = eqn.named()
        index = named.get("index")
        index = index if isinstance(index, tuple) else (index,)
        if kind not in ("getitem", "unindex") or not all(
            isinstance(i, Var) and str(i.dtype)[:3] == "int" for i in index
        ):
            return None
        shape = list(named["shape"] if kind == "unindex" else eqn.args[0].shape)
        places = [self.number(i) for i in index]
        return [kind, self.number(eqn.outs[0]), self.number(eqn.args[0]), places, shape]


def plain(x: Array) -> Any:
    """A number that JSON can hold; text for what it cannot."""
    value = int(x) if x.dtype == bool else x.item()
    return value if np.isfinite(value) else str(value)


def packed(array: Array) -> Any:
    """The bytes of an array as the page unpacks them, or in a list the one number that is everywhere in it."""
    if array.size > 1 and (array == array.flat[0]).all():
        return [plain(array.ravel()[0])]
    wide = array.astype(np.float64) if array.dtype == np.int64 else array
    return b64encode(wide.tobytes()).decode()


def loops(places: Array) -> Line:
    """Places in nested loops, as [first, [[count, step], ...]] with the innermost first; else all of them, packed.

    >>> loops(np.arange(6).reshape(2, 3).T)
    [0, [[2, 3], [3, 1]]]
    """
    flat = np.asarray(places, np.int32).ravel()
    first, found, left = int(flat[0]) if flat.size else 0, [], flat
    while left.size > 1:
        step = left[1] - left[0]
        ends = np.flatnonzero(np.diff(left) != step)
        count = int(ends[0]) + 1 if ends.size else left.size
        if left.size % count:
            break
        rows = left.reshape(-1, count)
        if (rows != rows[:, :1] + step * np.arange(count)).any() or flat.min() < 0:
            break
        found.append([count, int(step)])
        left = rows[:, 0]
    return [first, found] if left.size <= 1 and flat.size and flat.min() >= 0 else [b64encode(flat.tobytes()).decode()]


# -- what is neither elementwise nor a move ------------------------------------------------------------


def spread_out(tape: Tape, eqn: Eqn) -> Line | None:
    """What is linear in each plane of its last axes: which elements go where, and what each is multiplied by."""
    x, *rest = eqn.args
    (y,), named = eqn.outs, eqn.named()
    axes = len(named["kernel"]) if np.ndim(named["kernel"]) else 1
    shape, size = x.shape[-axes:], prod(x.shape[-axes:])
    if size > SMALL_PLANE or any(True for _ in leaves((rest, eqn.options))):
        return None
    if "shape" in eqn.op.parameters:
        rest[0] = (size, *named["shape"][-axes:])
    units = eqn.op.forward(np.eye(size).reshape(size, *shape), *rest, **eqn.options).reshape(size, -1)
    come, go = np.nonzero(units)
    weights = packed(np.append(units[come, go], 0.0))
    return ["weigh", tape.number(y), tape.number(x), loops(come), loops(go), weights, [size, units.shape[1]]]


def rows_added(tape: Tape, eqn: Eqn) -> Line | None:
    """Rows added at computed places: the adjoint of an embedding."""
    x, indices = eqn.args[:2]
    named = eqn.named()
    if named["padding_idx"] is not None or not isinstance(indices, Var):
        return None
    return ["unindex", *map(tape.number, (eqn.outs[0], x)), [tape.number(indices)], [named["count"], x.shape[-1]]]


def fold(tape: Tape, eqn: Eqn) -> Line:
    """A reduction over axes, all of them from the first result on."""
    x = eqn.args[0]
    axis = eqn.named().get("axis")
    axes = normalize_axis_tuple(range(len(x.shape)) if axis is None else axis, len(x.shape))
    return ["fold", tape.number(eqn.outs[0]), FOLDS[name(eqn.op)], tape.number(x), list(axes)]


def matmul(tape: Tape, eqn: Eqn) -> Line | None:
    """A matrix product of each pair in a stack."""
    a, b = eqn.args
    if not isinstance(a, Var) or not isinstance(b, Var) or np.dtype(eqn.outs[0].dtype).kind != "f":
        return None
    left, right = a.shape, b.shape
    left, right = left if len(left) > 1 else (1, *left), right if len(right) > 1 else (*right, 1)
    stack = np.broadcast_shapes(left[:-2], right[:-2])
    sizes = [prod(shape[-2:]) for shape in (left, right)]
    at = [np.broadcast_to(np.arange(prod(s[:-2])).reshape(s[:-2]) * n, stack) for s, n in zip((left, right), sizes)]
    rows, inner, columns = left[-2], left[-1], right[-1]
    return ["matmul", *map(tape.number, (eqn.outs[0], a, b)), [rows, inner, columns], *map(loops, at)]


def convolved(tape: Tape, eqn: Eqn) -> Line | None:
    """A convolution or one of its adjoints: sums over where each element of the kernel lies, at each position."""
    first, second, windows = eqn.args
    if not isinstance(first, Var) or not isinstance(second, Var):
        return None
    counts = [prod(windows.positions), prod(windows.kernel), prod(windows.sizes), windows.groups]
    before = tuple(low for low, _ in windows.padding)
    places = under(windows.positions, windows.kernel, windows.stride, before, windows.dilation, windows.sizes)
    return [name(eqn.op).strip("_"), *map(tape.number, (eqn.outs[0], first, second)), places, counts]


def under(positions: Shape, kernel: Shape, stride: Shape, before: Shape, dilation: Shape, sizes: Shape) -> Line:
    """Which element of a plane is under each element of a kernel at each of its positions; -1 beside the plane."""
    grids = np.meshgrid(*map(np.arange, (*positions, *kernel)), indexing="ij")
    at = [i * s - b + j * d for i, j, s, b, d in zip(grids, grids[len(sizes) :], stride, before, dilation)]
    inside = np.all([(a >= 0) & (a < n) for a, n in zip(at, sizes)], axis=0)
    places = sum(a * prod(sizes[axis + 1 :]) for axis, a in enumerate(at))
    return loops(np.where(inside, places, -1))


def max_pool(tape: Tape, eqn: Eqn) -> Line | None:
    """The maximum of each window, and where in x it was found."""
    x, windows = eqn.args[0], tape.env[eqn.outs[2]] if len(eqn.outs) > 3 else None
    if windows is None:
        return None
    settings = [*zip(*((w.number, w.size, w.stride, w.padding, w.dilation, w.length) for w in windows))]
    positions, kernel, *_, sizes = settings
    counts = [prod(positions), prod(kernel), prod(sizes)]
    return ["pool", *map(tape.number, (*eqn.outs[:2], x)), under(*settings), counts]


def argsort(tape: Tape, eqn: Eqn) -> Line | None:
    """The order along one axis; of equal elements the first comes first, and nan last."""
    x, axis = eqn.args[0], eqn.named()["axis"]
    if axis is None or not x.shape:
        return None
    axis %= len(x.shape)
    return ["argsort", tape.number(eqn.outs[0]), tape.number(x), x.shape[axis], prod(x.shape[axis + 1 :])]


def normal(tape: Tape, eqn: Eqn) -> Line:
    """The normal distribution function, for which C's single precision is not enough."""
    return ["each", tape.number(eqn.outs[0]), NORMAL, [tape.operand(eqn.args[0], eqn.outs[0].dtype)]]


Kernel = Callable[[Tape, Eqn], Line | None]
KERNELS: dict[str, Kernel] = {
    **dict.fromkeys(FOLDS, fold),
    "matmul": matmul,
    "max_pool": max_pool,
    "ndtr": normal,
    "add_rows": rows_added,
    **dict.fromkeys(("avg_pool", "avg_unpool"), spread_out),
    "argsort": argsort,
    **dict.fromkeys(("_correlate", "_spread", "_gather"), convolved),
}
KNOWN = {*KERNELS, *SMALL, *MOVES.split(), *SPLITS, *(kind.split()[0] for kind in FORMS)}


def knows(op: str) -> bool:
    """Whether an operation of this name may be left as it is; another one is better taken apart, where it can be."""
    return op in KNOWN


def source(tape: dict[str, Any] | None = None) -> str:
    """The JavaScript that runs a tape, with a function for each elementwise form that it has; of no tape for all."""
    texts = [*FORMS.values(), NORMAL] if tape is None else [line[2] for line in tape["lines"] if line[0] == "each"]
    made = []
    for text in dict.fromkeys(text.replace("_T(", "(") for text in texts):
        fields = dict.fromkeys(re.findall(r"{(\w+)}", text))
        made.append(f"  {text!r}: ({', '.join(fields)}) => {re.sub(r'[{}]', '', text)},")
    return (resources.files(__package__) / "tape.js").read_text(encoding="utf-8").replace("/*FORMS*/", "\n".join(made))
