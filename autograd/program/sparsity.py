"""Sparse Jacobians: one run tells what each result depends on; columns that share no row are then pushed together.

Source: Curtis, Powell & Reid 1974, "On the estimation of sparse Jacobian matrices".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial, reduce
from math import prod
from operator import add
from typing import Any

import numpy as np
from scipy.sparse import csr_array, eye_array, kron, vstack

from ..engine.errors import DtypeError, GraphError, ShapeError, UnsupportedError
from ..engine.modes import default_dtype, no_grad, tracing
from ..engine.op import Op, ours
from ..engine.tensor import as_data
from ..engine.types import Array, Axis, Function, Shape
from ..ops.random import current
from ..ops.reduction import kept
from .forward import SLICES, Forward, diagonal, pushed, require_floats
from .interpreter import bare, each, named

Pattern = Any  # a sparse matrix of booleans: a row for each element of a value, a column for each of the argument

MOVES = {
    *("broadcast_to", "concatenate", "expand_dims", "flip", "getitem", "moveaxis", "pad", "reshape", "roll", "rot90"),
    *("setitem", "squeeze", "stack", "swapaxes", "transpose", "tril", "triu", "unstack"),
}  # elements are put elsewhere, with zeros between them
REDUCES = SLICES | {"sum", "mean"}
ALONG = {"softmax", "log_softmax", "cumsum", "cumprod", "logcumsumexp"}  # each result depends on all of its slice


class Sparsity(Forward):
    """Pushes along each call, in the place of a tangent, which elements of the argument each element depends on."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count  # of the argument's elements

    def push(
        self, op: Op, function: Function, args: Any, options: Any, patterns: Sequence[Pattern], plain: bool
    ) -> tuple[Any, Any]:
        """The results of a call, and their patterns."""
        y = function(*args, **options)
        given = named(op, args, options)
        inputs = list(map(bare, args[0] if op.variadic else args[: op.count]))
        if op.name in MOVES and ours(op):
            rows = vstack([p for p in patterns if p is not None], "csr")
            return y, each(partial(chosen, rows), moved(op, inputs, patterns, given))
        known = None if isinstance(y, tuple) else depends(op, y.shape, inputs, patterns, given)
        if known is None:
            known = each(lambda o: on_all(patterns, o.size) if o.dtype.kind in "fc" else None, y)
        return y, known

    def zeros(self, y: Any) -> Pattern:
        """The pattern of what depends on nothing."""
        return csr_array((np.size(y), self.count), dtype=bool)


def depends(
    op: Op, shape: Shape, inputs: Sequence[Any], patterns: Sequence[Pattern], given: dict[str, Any]
) -> Pattern | None:
    """What a result of that shape depends on; None of an op that is not known here."""
    name, first = op.name if ours(op) else "", patterns[0]
    if diagonal(op) or name in ("astype", "copy"):
        return union(chosen(p, spread(np.shape(x), shape)) for x, p in zip(inputs, patterns) if p is not None)
    if name in REDUCES | ALONG:
        return over(first, inputs[0].shape, given["axis"], inputs[0].shape if name in ALONG else None)
    if name == "unindex":  # what is taken from several places is added up
        places = numbers(given["shape"])[given["index"]].ravel()
        return entries(places - 1, np.arange(places.size), (prod(given["shape"]), places.size)) @ first
    if name == "matmul":
        return union(product(*inputs, *patterns))
    if name == "linear":
        x, w = np.reshape(inputs[0], (prod(shape[:-1]), inputs[1].shape[1])), inputs[1]
        turned = None if patterns[1] is None else chosen(patterns[1], numbers(w.shape).T)
        of_bias = [chosen(p, spread(w.shape[:1], shape)) for p in patterns[2:] if p is not None]
        return union([*product(x, w.T, first, turned), *of_bias])
    return None


def numbers(shape: Shape, start: int = 1) -> Array:
    """The elements of an array, counted."""
    return np.arange(start, start + prod(shape)).reshape(shape)


def spread(shape: Shape, wide: Shape) -> Array:
    """The numbers of the elements that are at each place after broadcasting."""
    return np.broadcast_to(numbers(shape), wide)


def entries(rows: Array, columns: Array, shape: Shape) -> Pattern:
    """The pattern that has these entries."""
    return csr_array((np.ones(rows.size, bool), (rows, columns)), shape)


def chosen(pattern: Pattern, places: Array) -> Pattern:
    """A row for each number in `places`: that of the element, counted from 1; none for 0."""
    places = np.ravel(places)
    there = np.flatnonzero(places)
    return entries(there, places[there] - 1, (places.size, pattern.shape[0])) @ pattern


def union(patterns: Iterable[Pattern]) -> Pattern:
    """What depends on any of these depends on."""
    return reduce(add, patterns)


def moved(op: Op, inputs: Sequence[Any], patterns: Sequence[Pattern], given: dict[str, Any]) -> Any:
    """The result of the op on the numbers of the elements that depend on something, 0 for others."""
    start, places = 1, []
    for x, p in zip(inputs, patterns):
        places.append(np.zeros(np.shape(x), int) if p is None else numbers(np.shape(x), start))
        start += 0 if p is None else np.size(x)
    changed = {op.variadic: places} if op.variadic else dict(zip(op.inputs, places))
    zeros = {"constant_values": 0} if "constant_values" in given else {}
    return op.forward(**{**given, **changed, **zeros})


def over(pattern: Pattern, shape: Shape, axis: Axis, wide: Shape | None = None) -> Pattern:
    """A row for each slice along `axis`, for all that is in it; or one for each place of an array `wide`."""
    short = kept(shape, axis)
    groups = spread(short, shape).ravel() - 1
    rows = entries(groups, np.arange(groups.size), (prod(short), groups.size)) @ pattern
    return rows if wide is None else chosen(rows, spread(short, wide))


def on_all(patterns: Sequence[Pattern], size: int) -> Pattern:
    """As many rows, each for all that any of these depends on."""
    row = union(over(p, (p.shape[0],), None) for p in patterns if p is not None)
    return chosen(row, np.ones(size, int))


def product(a: Array, b: Array, of_a: Pattern, of_b: Pattern) -> list[Pattern]:
    """What a matrix product depends on by each factor. The zeros of one that does not vary stay zeros."""
    a, b = a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b
    n, m = a.shape[-2], b.shape[-1]
    flat = a.ndim == b.ndim == 2
    wide = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), n, m)
    if flat and of_a is not None and of_b is None:
        return [kron(eye_array(n, dtype=bool), (b != 0).T, "csr") @ of_a]
    if flat and of_b is not None and of_a is None:
        return [kron(a != 0, eye_array(m, dtype=bool), "csr") @ of_b]
    return [over(p, x.shape, axis, wide) for p, x, axis in ((of_a, a, -1), (of_b, b, -2)) if p is not None]


def coloured(pattern: Pattern) -> Array:
    """A colour for each column, so that columns of one colour share no row: the first that is free, from the left."""
    by_column, colours = pattern.tocsc(), np.zeros(pattern.shape[1], int)
    taken = np.zeros(pattern.shape[0], object)  # of each row, the colours of its columns, as bits
    for column in range(pattern.shape[1]):
        rows = by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]]
        used = np.bitwise_or.reduce(taken[rows], initial=0)
        bit = ~used & (used + 1)  # the lowest that is not used
        colours[column] = bit.bit_length() - 1
        taken[rows] |= bit
    return colours


def sparse_jacobian(f: Function, argnum: int = 0, pattern: Any = None) -> Function:
    """The function that returns the Jacobian of f as a SciPy `csr_array`, of shape (output.size, input.size).

    One run tells which results depend on which elements of the argument; columns that share no row are then pushed
    together, so that a band 5 wide takes 5 runs of forward mode whatever its length, and one more that checks the
    whole against a random direction. An operation that is not known for its pattern counts as dense. The pattern is
    that of the branches taken here; `pattern`, such as a Jacobian that was returned before, saves the first run.
    Raises GraphError where a pattern lacks an entry, ShapeError where it does not fit, or f returns no single array.

    >>> sparse_jacobian(lambda x: x[1:] * x[:-1])(np.array([1.0, 2.0, 3.0])).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """

    def differentiated(*args: Any, **options: Any) -> csr_array:
        if tracing():
            raise UnsupportedError("sparse_jacobian gives a SciPy matrix, which no transform around it could follow")
        place, chance = argnum % len(args), current().bit_generator.state
        with default_dtype(np.float64):  # of Python's floats, as in every transform
            x = as_data(args[argnum])
        require_floats(x, "sparse_jacobian", argnum)
        if x.dtype.kind == "c":
            raise DtypeError("sparse_jacobian is of real numbers; autograd.jacobian takes complex ones")

        def at(x: Any) -> Any:
            return f(*args[:place], x, *args[place + 1 :], **options)

        def along(way: Any, forward: Forward | None = None) -> tuple[Any, Any]:
            current().bit_generator.state = chance  # each run draws the same
            with no_grad():
                values, slopes, _ = pushed(at, list, [x], [way], forward)
            if len(values) != 1:
                raise ShapeError(
                    f"sparse_jacobian: the function returned {len(values)} arrays instead of one that is one"
                )
            return values[0], slopes[0]

        known = along(csr_array(eye_array(x.size, dtype=bool)), Sparsity(x.size))[1] if pattern is None else pattern
        way = np.random.default_rng(0).normal(size=x.shape).astype(x.dtype)[()]
        y, expected = along(way)
        if known.shape != (np.size(y), x.size):
            raise ShapeError(f"sparse_jacobian: pattern {known.shape} for a Jacobian of shape {(np.size(y), x.size)}")
        known = csr_array(known)
        colours = coloured(known)
        ways = [(colours == c).astype(x.dtype).reshape(x.shape)[()] for c in range(colours.max(initial=-1) + 1)]
        tangents = np.reshape([along(w)[1] for w in ways], (len(ways), np.size(y))).astype(expected.dtype)
        rows = np.repeat(np.arange(np.size(y)), np.diff(known.indptr))
        found = csr_array((tangents[colours[known.indices], rows], known.indices, known.indptr), known.shape)
        _require(found, np.ravel(way), np.ravel(expected), np.ravel(y))
        return found

    return differentiated


def _require(found: csr_array, way: Array, expected: Array, y: Array) -> None:
    """Raise GraphError unless the Jacobian times a direction is the derivative along it, up to rounding."""
    along, eps = found @ way, np.finfo(expected.dtype).eps
    slack = np.sqrt(eps) * (abs(found) @ np.abs(way) + np.abs(expected))
    slack += 1000 * eps * np.max(np.abs(y), where=np.isfinite(y), initial=0.0)
    wrong = np.flatnonzero(np.isfinite(along) & ~(np.abs(along - expected) <= slack))
    if wrong.size:
        row = wrong[0]
        raise GraphError(
            f"sparse_jacobian: the pattern lacks an entry in row {row}: along a random direction that result changes "
            f"by {expected[row]:g}, not by {along[row]:g}; leave pattern= out where another branch may be taken"
        )
