"""How arrays, names, numbers and parameters are shown: short, and safe inside an HTML-like label."""

from __future__ import annotations

import html
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, isnan, nan
from traceback import FrameSummary
from typing import TypeAlias

import numpy as np

from ..engine.types import Array, Dtype, Shape, Value
from ..support.display import shrunk

FEW = 4  # up to this many elements are shown one by one
CORNER = 4  # of larger arrays: so many rows and columns in numbers
EXPLODING = 1e3  # a gradient of a larger norm is marked
LONGEST = 48

# -- arrays --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of an array that is not kept: shape, dtype, all of a few elements, and statistics.

    `low`, `mean`, `high` are of all elements, of complex ones of their sizes; `norm` is Euclidean, `nans` and `infs`
    are counts. `array` is the array itself where it has up to FEW elements, else None; `corner` and `heat` as `look`
    was asked for them.
    """

    shape: Shape
    dtype: Dtype
    size: int
    low: float
    mean: float
    high: float
    norm: float
    nans: int = 0
    infs: int = 0
    array: Array | None = None
    corner: Array | None = None
    heat: Array | None = None

    @property
    def mark(self) -> str:
        """What is remarkable about it as a gradient: nan, inf, zero, exploding, or nothing."""
        if self.nans or self.infs:
            return "nan" if self.nans else "inf"
        if self.size and self.low == self.high == 0.0:
            return "zero"
        return "exploding" if self.norm > EXPLODING else ""


Shown: TypeAlias = Value | Sight  # what is shown of a tensor: its array, or what was taken down of it


def look(array: Shown, cells: int = 0) -> Sight:
    """Take down what is shown of `array`; with `cells` also a corner of its values, and a picture of so many a side.

    >>> seen = look(np.arange(6.0).reshape(2, 3))
    >>> seen.shape, seen.low, seen.high, seen.mark
    ((2, 3), 0.0, 5.0, '')
    >>> look(np.zeros(3)).mark
    'zero'
    """
    if isinstance(array, Sight):
        return array
    given: Array = np.asarray(array)
    few = given.size <= FEW
    own = given.copy() if few else None
    about = given.shape, given.dtype, given.size
    sizes = np.abs(given) if given.dtype.kind == "c" else given
    if not sizes.size or sizes.dtype.kind not in "biuf":
        return Sight(*about, nan, nan, nan, 0.0, array=own)
    if sizes.size == 1:  # most of a scalar graph: a tenth of the time
        value = float(sizes.reshape(())[()])
        return Sight(*about, value, value, value, abs(value), int(isnan(value)), int(isinf(value)), own)
    with np.errstate(all="ignore"):
        wide = sizes.astype(np.float64)
        bad = int(np.isnan(wide).sum()), int(np.isinf(wide).sum())
        low, mean, high = float(wide.min()), float(wide.mean()), float(wide.max())
        top = max(abs(low), abs(high)) or 1.0  # squares of large and of tiny numbers would leave the range
        norm = float(top * np.sqrt(np.sum((wide / top) ** 2)))
        corner = heat = None
        if cells and not few:
            flat = wide.reshape(-1, wide.shape[-1])  # the last axis across, all others down
            corner, heat = flat[:CORNER, :CORNER].copy(), shrunk(flat, cells)
    return Sight(*about, low, mean, high, norm, *bad, own, corner, heat)


# -- words ---------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """`text` as it must stand inside an HTML-like label: `<` and `&` escaped, what no XML may hold replaced.

    >>> escape("a<b>&c")
    'a&lt;b&gt;&amp;c'
    """
    return html.escape("".join(c if c.isprintable() else " " for c in text), quote=True)


def shorten(text: str, limit: int = LONGEST) -> str:
    """Cut the middle of what is too long: in a dotted name both ends tell the most.

    >>> shorten("encoder.layers.0.attention.weight", 20)
    'encoder.la…on.weight'
    """
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[len(text) + 1 + limit // 2 - limit :]}"


def foreign_width(text: str, size: float) -> float:
    """Points to reserve for `text` if the renderer's font tables lack some of its letters, else 0.

    Renderers take the width of a blank for letters outside Latin-1, and the text would run over the border.
    """
    if all(ord(c) < 256 for c in text):
        return 0.0
    return size * sum(1.05 if unicodedata.east_asian_width(c) in "WF" else 0.65 for c in text)


def counted(count: int, word: str) -> str:
    """A number of things.

    >>> counted(1, "operation"), counted(1200, "operation")
    ('1 operation', '1,200 operations')
    """
    return f"{count:,} {word}{'s' * (count != 1)}"


def number(value: Value, digits: int = 4) -> str:
    """A number with four significant digits; integers and booleans, and floats of that size, whole.

    >>> number(0.70710678), number(-0.0), number(22051.7), number(1234567), number(True)
    ('0.7071', '0', '22052', '1234567', 'True')
    """
    value = np.asarray(value)[()]
    if value.dtype.kind == "c":
        return f"({complex(value):.{digits}g})"
    if value.dtype.kind != "f":
        return str(value.item())
    real = float(value) + 0.0  # which makes -0.0 a plain 0
    return f"{real:.0f}" if 1e4 <= abs(real) < 1e7 else f"{real:.{digits}g}"


def figures(array: Shown, digits: int = 4) -> list[str] | None:
    """Up to four elements, a line for each row of a matrix; None for more.

    >>> figures(np.array([[1.0, 0.5], [0.0, -2.0]]))
    ['[[1, 0.5],', '[0, -2]]']
    """
    shown = array.array if isinstance(array, Sight) else np.asarray(array)
    if shown is None or not 0 < shown.size <= FEW:
        return None
    if shown.ndim != 2 or len(shown) == 1:
        return [_nested(shown, digits)]
    rows = [f"{_nested(row, digits)}," for row in shown]
    return [f"[{rows[0]}", *rows[1:-1], f"{rows[-1][:-1]}]"]


def _nested(array: Array, digits: int) -> str:
    return f"[{', '.join(_nested(part, digits) for part in array)}]" if array.ndim else number(array, digits)


def axes_named(axes: Sequence[int]) -> str:
    """Axes in words.

    >>> axes_named((1,)), axes_named((0, 2))
    ('axis 1', 'axes 0, 2')
    """
    return f"ax{'is' if len(axes) == 1 else 'es'} {', '.join(map(str, axes))}"


def call(params: dict[str, object]) -> str:
    """The parameters of an operation as in its call, without those left at None.

    >>> call({"axis": (0, 1), "keepdims": True, "dtype": None})
    'axis=(0, 1), keepdims=True'
    >>> call({"index": (slice(None), slice(1, 3))})
    '[:, 1:3]'
    """
    words = []
    for name, value in params.items():
        if name == "index":
            words.append(f"[{', '.join(_index(v) for v in (value if isinstance(value, tuple) else (value,)))}]")
        elif value is not None:
            words.append(f"{name}={_argument(value)}")
    return shorten(", ".join(words))


def _index(value: object) -> str:
    if value is Ellipsis:
        return "..."
    if not isinstance(value, slice):
        return _argument(value)
    parts = ["" if v is None else str(v) for v in (value.start, value.stop, value.step)]
    return ":".join(parts if parts[2] else parts[:2])


def _argument(value: object) -> str:
    if isinstance(value, np.ndarray):
        return "".join(figures(value) or [f"{value.dtype}{value.shape}"])
    if isinstance(value, (float, np.generic)):
        return number(value)
    if type(value) is tuple or type(value) is list:  # str of a sequence would show the repr of its elements
        inside = ", ".join(map(_argument, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    name = getattr(value, "__name__", None)  # functions and dtypes: their repr holds an address
    if isinstance(name, str):
        return name
    text = str(value)
    return type(value).__name__ if " at 0x" in text else text


def place(line: FrameSummary | None) -> str:
    """File and line; of what is in no file, such as a notebook's cell, the line alone; nothing of None.

    >>> place(FrameSummary("<cell>", 6, "loss"))
    'line 6'
    """
    if line is None:
        return ""
    in_file = os.path.exists(line.filename)
    return f"{os.path.basename(line.filename)}:{line.lineno}" if in_file else f"line {line.lineno}"
