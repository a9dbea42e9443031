"""How names, numbers and parameters are written in a drawing: short, and safe inside an HTML-like label."""

from __future__ import annotations

import html
import os
import unicodedata
from collections.abc import Sequence
from traceback import FrameSummary
from typing import Any

import numpy as np

from .sight import FEW, look

LONGEST = 48


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


def number(value: Any, digits: int = 4) -> str:
    """A number with four significant digits; integers and booleans, and floats of that size, whole.

    >>> number(0.70710678), number(-0.0), number(22051.7), number(1234567), number(True)
    ('0.7071', '0', '22052', '1234567', 'True')
    """
    value = np.asarray(value)[()]
    if value.dtype.kind != "f":
        return str(value.item())
    value = float(value) + 0.0  # which makes -0.0 a plain 0
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.{digits}g}"


def figures(array: Any, digits: int = 4) -> list[str] | None:
    """Up to four elements, a line for each row of a matrix; None for more.

    >>> figures(np.array([[1.0, 0.5], [0.0, -2.0]]))
    ['[[1, 0.5],', '[0, -2]]']
    """
    array = np.asarray(array)
    if not 0 < array.size <= FEW:
        return None
    if array.ndim != 2 or len(array) == 1:
        return [_nested(array, digits)]
    rows = [f"{_nested(row, digits)}," for row in array]
    return [f"[{rows[0]}", *rows[1:-1], f"{rows[-1][:-1]}]"]


def _nested(array: Any, digits: int) -> str:
    return f"[{', '.join(_nested(part, digits) for part in array)}]" if array.ndim else number(array, digits)


def statistics(array: Any) -> tuple[str, str, str] | None:
    """Least, mean and greatest element, with three significant digits; None where there is none.

    >>> statistics(np.arange(10.0))
    ('0', '4.5', '9')
    """
    seen = look(array)
    if not seen.size or seen.dtype.kind not in "biuf":
        return None
    return number(seen.low, 3), number(seen.mean, 3), number(seen.high, 3)


def axes_named(axes: Sequence[int]) -> str:
    """Axes in words.

    >>> axes_named((1,)), axes_named((0, 2))
    ('axis 1', 'axes 0, 2')
    """
    return f"ax{'is' if len(axes) == 1 else 'es'} {', '.join(map(str, axes))}"


def call(params: dict[str, Any]) -> str:
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


def _index(value: Any) -> str:
    if value is Ellipsis:
        return "..."
    if not isinstance(value, slice):
        return _argument(value)
    parts = ["" if v is None else str(v) for v in (value.start, value.stop, value.step)]
    return ":".join(parts if parts[2] else parts[:2])


def _argument(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "".join(figures(value) or [f"{value.dtype}{value.shape}"])
    if isinstance(value, (float, np.generic)):
        return number(value)
    if value.__class__ in (tuple, list):  # str of a sequence would show the repr of its elements
        inside = ", ".join(map(_argument, value))
        return f"[{inside}]" if value.__class__ is list else f"({inside}{',' * (len(value) == 1)})"
    name = getattr(value, "__name__", None)  # functions and dtypes: their repr holds an address
    if isinstance(name, str):
        return name
    text = str(value)
    return type(value).__name__ if " at 0x" in text else text


def place(line: FrameSummary) -> str:
    """File and line; of what is in no file, such as a notebook's cell, the line alone.

    >>> place(FrameSummary("<cell>", 6, "loss"))
    'line 6'
    """
    in_file = os.path.exists(line.filename)
    return f"{os.path.basename(line.filename)}:{line.lineno}" if in_file else f"line {line.lineno}"
