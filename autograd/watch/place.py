"""Place: the first element of a result that is no number, and what an operation was given there."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np

from ..engine.errors import describe
from ..engine.op import Op
from ..engine.types import Array, Shape

# rooms whose operations are not element by element, though shapes may look like it
MIXING = frozenset(
    [
        *("linalg", "decomposition", "equations", "matrix_function", "fourier", "convolution", "pooling"),
        *("attention", "recurrent", "cell", "normalize", "ctc", "loss"),
    ]
)
BLOCK = 8192  # numbers at a time: of more, BLAS would wake a second thread, which keeps a core busy for a while

Index = tuple[Any, ...]  # a place in an array, or with slices a row of it


def squares(data: Any) -> float:
    """The sum of squares, not finite if an element is not: one look at the memory, half of what `isfinite` takes."""
    if data.__class__ is not np.ndarray:
        return float(abs(data)) ** 2 if abs(data) < 1e100 else abs(float(abs(data)))
    if data.dtype.kind == "c":
        data = np.abs(data)
    row = data.ravel("K")
    if row.size <= BLOCK:
        return float(np.dot(row, row))
    whole = row.size // BLOCK * BLOCK
    blocks, rest = row[:whole].reshape(-1, BLOCK), row[whole:]
    return float(np.vecdot(blocks, blocks).sum()) + float(np.dot(rest, rest))


def finite(data: Any) -> bool:
    """Whether all elements are finite; large numbers, whose squares overflow, are looked at one by one."""
    return isfinite(squares(data)) or bool(np.isfinite(data).all())


def first_bad(data: Any) -> Index:
    """The index of the first element, in C order, that is nan or infinite."""
    bad = ~np.isfinite(np.asarray(data))
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))


def given_at(op: Op, operands: Sequence[Any], index: Index, shape: Shape) -> dict[str, Any]:
    """Of each operand that is made of numbers what an operation saw of it for the result at `index`.

    A number where it works element by element, a row or a column where it adds up, else all of it.
    """
    named = dict(zip(op.parameters, operands))
    inputs = list(named)[: op.count]
    return {name: _part(op, i, named, index, shape) for i, name in enumerate(inputs) if numeric(named[name])}


def numeric(value: Any) -> bool:
    """Whether an operand is made of numbers, one or more."""
    return not isinstance(value, (str, list, tuple)) and np.size(value) > 0 and np.asarray(value).dtype.kind in "fiubc"


def _part(op: Op, position: int, named: dict[str, Any], index: Index, shape: Shape) -> Any:
    value = np.asarray(list(named.values())[position])
    if op.name == "linear":
        return (value[index[:-1]], value[index[-1]], value[index[-1]])[position]
    if op.name == "matmul" and value.ndim > 1 and len(index) == len(shape) >= 2:
        row = position == 0
        batch = index[: len(index) - 2][len(index) - value.ndim :]
        return value[(*batch, index[-2], slice(None)) if row else (*batch, slice(None), index[-1])]
    if "axis" in named and position == 0 and not isinstance(op.forward, np.ufunc):
        return value[_row(named["axis"], index, value.ndim, len(shape))]
    return value if op.call.__module__.rpartition(".")[2] in MIXING else at(value, index, shape)


def _row(axis: Any, index: Index, ndim: int, left: int) -> Index:
    """What was added up along `axis` to what stands at `index`."""
    if axis is None:
        return ()
    axes = {int(a) % ndim for a in np.atleast_1d(axis)}
    if left == ndim:
        return tuple(slice(None) if i in axes else index[i] for i in range(ndim))
    rest = iter(index)
    return tuple(slice(None) if i in axes else next(rest, slice(None)) for i in range(ndim))


def at(value: Array, index: Index, shape: Shape) -> Any:
    """What of a value is broadcast to `index` of a result; all of it where that is not how it came in."""
    try:
        return np.broadcast_to(value, shape)[index]
    except ValueError:
        return value


def stretched(index: Index, part: Shape, whole: Shape) -> Index:
    """The places of a result to which the element at `index` of an operand was broadcast; () where it was not."""
    extra = len(whole) - len(part)
    if extra < 0 or any(n not in (1, m) for n, m in zip(part, whole[extra:])):
        return ()
    kept = (slice(None) if n == 1 and m != 1 else i for i, n, m in zip(index, part, whole[extra:]))
    return (*[slice(None)] * extra, *kept)


# -- words ---------------------------------------------------------------------------------------------


def kind(bad: Any) -> str:
    """What an element is that is no number."""
    return "a nan" if np.isnan(bad) else "an inf"


def shown(value: Any) -> str:
    """A number, or of several how many there are and between which they lie.

    >>> shown(np.float32(0.1)), shown(np.array([1.0, np.nan, 3.0]))
    ('0.1', '2 numbers in [1, 3] and 1 nan')
    """
    values = np.asarray(value)
    if values.ndim == 0:
        return f"{values:.6g}" if values.dtype.kind in "fiu" else str(values)
    if values.dtype.kind == "c":
        return f"{values.size:,} numbers of a size of up to {np.abs(values).max():g}"
    lost = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    count = int(lost.sum())
    if count == values.size:
        return f"{count:,} nan"
    rest = values[~lost] if count else values
    text = f"{rest.size:,} numbers in [{rest.min():g}, {rest.max():g}]"
    return f"{text} and {count:,} nan" if count else text


def said(values: dict[str, Any], index: Index, size: int) -> str:
    """The values at a place of an array of some size, and which place that is."""
    numbers = ", ".join(f"{name} = {shown(value)}" for name, value in values.items())
    where = f"at [{', '.join(map(str, index))}]" if size > 1 else ""
    return ", ".join(text for text in (numbers, where) if text)


def ranges(op: Op, operands: Sequence[Any]) -> str:
    """The inputs that are arrays with their dtypes, shapes and ranges."""
    given = dict(list(zip(op.parameters, operands))[: op.count])
    texts = [
        f"{name} is {describe(v)}" + (f" in [{np.min(v):g}, {np.max(v):g}]" if numeric(v) and np.isrealobj(v) else "")
        for name, v in given.items()
        if isinstance(v, (list, tuple)) or np.ndim(v)
    ]
    return f"; {', '.join(texts)}" if texts else ""
