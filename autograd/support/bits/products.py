"""Matrix products that no order of summation can change: slices short enough that float64 adds their products exactly.

Each row of a and each column of b is cut into slices of BITS bits below its largest number. A product of two slices is
then a sum of integers below 2**53 (times a power of two), which any BLAS, with any number of threads, adds without
rounding (Ozaki, Ogita, Oishi and Rump 2012, "Error-free transformations of matrix multiplication by using fast routines
of matrix multiplication"). What is too small for the slices is rare, and is multiplied by itself.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

import numpy as np

from ...engine.types import Array, Shape

BITS = 20  # of a slice: products of two sums of slices have 42, with room for LENGTH of them in the 53 of a float64
UNIT = 2.0**-BITS
LENGTH = 1 << 11  # terms that are added without rounding; longer sums are parted, always at the same places
BLOCK = 1 << 14  # numbers to slice at once, which stay in the processor's cache


def matmul(a: Any, b: Any) -> Any:
    """a @ b for real arrays of at least one axis: to within a unit in the last place, and the same bits everywhere.

    >>> matmul(np.float32([[1e20, 1.0, -1e20]]), np.float32([[1.0], [1.0], [1.0]]))
    array([[1.]], dtype=float32)
    """
    a, b = np.asarray(a), np.asarray(b)
    dtype = np.result_type(a, b)
    if dtype.kind != "f" or not (a.ndim and b.ndim):
        return np.matmul(a, b)
    left, right = a[None] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b
    if left.shape[-1] != right.shape[-2]:
        return np.matmul(a, b)  # whose error says it
    work = np.float32 if dtype.itemsize <= 4 else np.float64
    with np.errstate(over="ignore", invalid="ignore"):
        out = _product(left.astype(work, copy=False), right.astype(work, copy=False)).astype(dtype)
    out = out[..., 0, :] if a.ndim == 1 else out
    return out[..., 0] if b.ndim == 1 else out


def _product(a: Array, b: Array) -> Any:
    """The product of matrices, in float64."""
    a, b = (x.reshape((1,) * (max(a.ndim, b.ndim) - x.ndim) + x.shape) for x in (a, b))
    length = a.shape[-1]
    if length > LENGTH:
        parts = [slice(start, start + LENGTH) for start in range(0, length, LENGTH)]
        total = _product(a[..., parts[0]], b[..., parts[0], :])
        for part in parts[1:]:
            total += _product(a[..., part], b[..., part, :])
        return total
    if not (length and a.size and b.size):
        return np.matmul(a, b, dtype=np.float64)
    if a.dtype == np.float32 and not all(np.max(np.abs(x)) < 2.0**120 for x in (a, b)):  # no room for the anchors
        a, b = a.astype(np.float64), b.astype(np.float64)
    left, right = Sliced(a), Sliced(np.swapaxes(b, -1, -2))
    if not (left.finite and right.finite):
        return _one_by_one(a, b)
    return _joined(left, right)


def _joined(left: Sliced, right: Sliced) -> Any:
    """The product of sliced matrices, the second given by its columns: the smallest terms first."""
    mine, yours = left.slices, [np.swapaxes(s, -1, -2) for s in right.slices]
    if left.scale is None or right.scale is None:  # single precision
        high, low, both = (np.matmul(x, y) for x, y in zip(mine, yours))
        both -= high  # which leaves high by low, low by high, and low by low
        both -= low
        low *= UNIT
        both += low
        both *= UNIT
        return _with_rest(np.add(high, both, out=high), left, right)
    total: Any = None
    for order in range(2 * len(left.slices) - 2, -1, -1):
        for i in range(max(order - len(left.slices) + 1, 0), min(order + 1, len(left.slices))):
            term = np.matmul(mine[i], yours[order - i])
            total = term if total is None else np.add(total, term, out=total)
    total = _with_rest(total, left, right)
    total *= left.scale
    total *= np.swapaxes(right.scale, -1, -2)
    return total


def _with_rest(total: Any, left: Sliced, right: Sliced) -> Any:
    """The product with what was too small for the slices: left by all of right, then the reverse."""
    if left.rest is not None:
        total = total + _of_rest(left.rest, right.array)
    if right.rest is not None:
        sliced = left.array if left.rest is None else left.array - left.rest
        total = total + np.swapaxes(_of_rest(right.rest, sliced), -1, -2)
    return total


def _of_rest(rest: Array, columns: Array) -> Any:
    """The product of a rest and a matrix given by its columns: number by number, where there are as few as rows."""
    rows = np.swapaxes(columns, -1, -2)
    places = np.nonzero(rest)
    if rest.shape[:-2] != rows.shape[:-2] or len(places[0]) > rest[..., 0].size:
        where = np.flatnonzero(rest.any(axis=tuple(range(rest.ndim - 1))))
        return _product(rest[..., where], rows[..., where, :])
    total = np.zeros((*rest.shape[:-1], rows.shape[-1]))
    terms = np.multiply(rest[places][:, None], rows[*places[:-2], places[-1]], dtype=np.float64)
    for place, term in zip(zip(*places[:-1]), terms):
        total[place] += term
    return total


class Sliced:
    """The rows of a matrix as slices, each of integers times one power of two, and a small rest, if any is left.

    In single precision the second slice counts in UNIT, and the third is the sum of both: three products make four. In
    double precision rows are first brought near 1, since their squares could overflow: that is `scale`.
    """

    def __init__(self, a: Array) -> None:
        a = np.ascontiguousarray(a)
        double, length = a.dtype == np.float64, a.shape[-1]
        top = np.maximum(np.max(a, axis=-1, keepdims=True), -np.min(a, axis=-1, keepdims=True))
        self.finite = bool((top < 2.0**1000).all())  # nan is not
        self.rest: Array | None = None
        self.scale: Array | None = None
        if not self.finite:
            return
        power = np.maximum(np.frexp(top)[1], -1000 if double else -120)
        unit = np.ldexp(a.dtype.type(1.0), power)
        if double:
            a, self.scale, unit = a * np.ldexp(1.0, -power), unit, np.ones_like(unit)
        self.array = a
        anchors = [unit * (1.5 * 2.0 ** (np.finfo(a.dtype).nmant - n * BITS)) for n in range(1, 4 if double else 3)]
        self.slices = np.empty((3, *a.shape))
        rows, rests = a.reshape(-1, length), np.empty_like(a)
        views, flat = [s.reshape(rows.shape) for s in self.slices], rests.reshape(rows.shape)
        step, left = max(BLOCK // length, 1), False
        buffer = np.empty((step, length), a.dtype)
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            rest, source = flat[part], rows[part]
            cut = buffer[: len(rest)]
            for view, anchor in zip(views, anchors):
                # a number so large that what is below the slice's last bit falls off when it is added
                of_rows = anchor.reshape(-1, 1)[part]
                np.add(source, of_rows, out=cut)
                np.subtract(cut, of_rows, out=cut)
                view[part] = cut
                source = np.subtract(source, cut, out=rest)
            if not double:
                views[1][part] *= 1.0 / UNIT
                np.add(views[0][part], views[1][part], out=views[2][part])
            left = left or bool(rest.any())
        if left:
            self.rest = rests


def _one_by_one(a: Array, b: Array) -> Array:
    """The product where something is nan or infinite, or nearly: one term after the other, as by hand."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    total = a[..., :1] * b[..., :1, :]
    for i in range(1, a.shape[-1]):
        total += a[..., i : i + 1] * b[..., i : i + 1, :]
    return total


# -- einsum --------------------------------------------------------------------------------------------


def einsum(subscripts: str, *operands: Any, optimize: Any = None) -> Array:
    """NumPy's einsum with subscripts as text: two operands at a time, from the left, by `matmul`.

    >>> einsum("ij,jk->ik", np.eye(2), np.ones((2, 3)))
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    arrays = [np.asarray(x) for x in operands]
    terms, output = _spelled(subscripts.replace(" ", ""), tuple(x.ndim for x in arrays))
    current, array = _simple(terms[0], arrays[0], {*output}.union(*terms[1:]))
    for i in range(1, len(arrays)):
        needed = {*output}.union(*terms[i + 1 :])
        other, second = _simple(terms[i], arrays[i], needed | {*current})
        current, array = _pair(current, array, other, second, needed)
    current, array = _simple(current, array, {*output})
    return np.transpose(array, [current.index(letter) for letter in output])


@lru_cache(1024)
def _spelled(subscripts: str, ndims: Shape) -> tuple[list[str], str]:
    """The terms and the output, with a letter for each axis."""
    left, arrow, output = subscripts.partition("->")
    terms = left.split(",")
    free = [chr(c) for c in range(0x100, 0x180)]  # no letters that anyone writes
    most = max((n - len(t) + 3 for t, n in zip(terms, ndims) if "..." in t), default=0)
    terms = [t.replace("...", "".join(free[most - (n - len(t) + 3) : most])) for t, n in zip(terms, ndims)]
    if not arrow:
        counts = Counter("".join(terms))
        output = "..." * bool(most) + "".join(sorted(c for c in counts if counts[c] == 1 and c not in free))
    return terms, output.replace("...", "".join(free[:most]))


def _simple(term: str, x: Array, needed: set[str]) -> tuple[str, Array]:
    """An operand with each of its indices once, summed over those that nobody else has."""
    once = "".join(dict.fromkeys(term))
    if once != term:
        letters = {c: i for i, c in enumerate(once)}
        x = np.einsum(x, [letters[c] for c in term], list(range(len(once))))  # a diagonal: nothing is added
    lone = tuple(i for i, c in enumerate(once) if c not in needed)
    return "".join(c for c in once if c in needed), np.sum(x, axis=lone, dtype=x.dtype) if lone else x


def _pair(a: str, x: Array, b: str, y: Array, needed: set[str]) -> tuple[str, Array]:
    """The product of two operands, summed over the indices that nobody else needs."""
    batch = [c for c in a if c in b and c in needed]
    inner = [c for c in a if c in b and c not in needed]
    rows, columns = [c for c in a if c not in b], [c for c in b if c not in a]
    sizes = {**dict(zip(a, x.shape)), **{c: n for c, n in zip(b, y.shape) if n != 1 or c not in a}}

    def arranged(term: str, array: Array, *groups: list[str]) -> Array:
        array = np.transpose(array, [term.index(c) for group in groups for c in group])
        full = np.broadcast_to(array, [sizes[c] for group in groups for c in group])
        return np.reshape(full, [int(np.prod([sizes[c] for c in group], dtype=int)) for group in groups])

    out = matmul(arranged(a, x, batch, rows, inner), arranged(b, y, batch, inner, columns))
    order = [*batch, *rows, *columns]
    return "".join(order), np.reshape(out, [sizes[c] for c in order])
