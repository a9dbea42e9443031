"""Measure every elementwise operation beside mpmath and PyTorch, and write the table of docs/accuracy.md.

`python -m benchmarks.accuracy [--only WORD] [--write PAGE]`. PyTorch's columns stay empty where it is missing.
"""

import argparse
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import autograd
from autograd.engine.types import Array, Function
from autograd.testing.accuracy import derivative, partials, truth, within_range, worst

from ..pages import replace
from .references import MISSES, ROWS, Row
from .vectors import VECTORS, measured

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

MANY = 4096  # numbers in single precision, for which some operations have another way
DTYPES = "float64", "float32"
Key = tuple[str, str, int]  # row, dtype, order


def theirs(function: Function, points: tuple[Array, ...], wrt: tuple[int, ...]) -> Array | None:
    """The derivative that PyTorch finds, as `autograd.testing.accuracy.derivative` is ours; None where it has none."""
    inputs = [torch.tensor(p, requires_grad=True) for p in points]
    y = function(*inputs)
    for i in wrt:
        found = None
        if y.requires_grad:
            try:
                (found,) = torch.autograd.grad(y.sum(), inputs[i], create_graph=True, allow_unused=True)
            except RuntimeError as error:
                if "not implemented" in str(error):
                    return None
                raise
        y = torch.zeros_like(inputs[i]) if found is None else found
    return y.detach().numpy(force=True)  # which may be a zero that takes no memory


def of_many(function: Function, points: tuple[Array, ...], wrt: tuple[int, ...]) -> Array:
    """Ours, where the points are some of many."""
    count = points[0].size
    return derivative(function, [np.resize(p, max(MANY, count)) for p in points], wrt)[:count]


def elementwise(key: Key) -> tuple[float | None, float | None, float | None]:
    """The errors of one row: ours, ours of many numbers, PyTorch's."""
    name, dtype, order = key
    row = ROWS[name]
    ours = row.function or getattr(autograd, name)
    points = within_range(ours, row.points(dtype))
    found = [(derivative, ours), (of_many if dtype == "float32" else None, ours), (theirs, their_name(row))]
    errors: list[float | None] = [None if way is None or function is None else 0.0 for way, function in found]
    for wrt in partials(len(points), order):
        truths = truth(row.reference, points, wrt)
        for i, (way, function) in enumerate(found):
            if errors[i] is not None:
                result, floor = way(function, points, wrt), row.floor if wrt else None
                errors[i] = None if result is None else max(errors[i], worst(result, truths, points, floor).ulp)
    return errors[0], errors[1], errors[2]


def their_name(row: Row) -> Function | None:
    """PyTorch's function, if it has one and is there."""
    if torch is None or not row.torch:
        return None
    found = reduce(getattr, row.torch.split("."), torch)
    return (lambda x: found(1, x)) if row.torch == "polygamma" else found


def shown(ulp: float | None, dtype: str) -> str:
    """An error as the table prints it."""
    if ulp is None:
        return ""
    if ulp >= 2.0 ** np.finfo(dtype).nmant:
        return "all"
    return (
        f"{ulp:.1f}"
        if ulp < 100
        else f"{ulp:.0f}"
        if ulp < 1e4
        else f"{ulp:.0e}".replace("e+0", "e").replace("e+", "e")
    )


def table(errors: dict[Key, tuple[float | None, float | None, float | None]], dtype: str) -> str:
    """The table of one dtype."""
    lines = ["| | value | | derivative | | second | |", "| --- | --: | --: | --: | --: | --: | --: |"]
    lines.append("| | *ours* | *PyTorch* | *ours* | *PyTorch* | *ours* | *PyTorch* |")
    for name, row in ROWS.items():
        found = [errors[name, dtype, order] for order in range(3) if (name, dtype, order) in errors]
        if not found:
            continue
        label = f"`{name}`" + (" †" if row.floor else "")
        lines.append(_line(label, [(few, other) for few, _, other in found], dtype))
        if any(many is not None and few is not None and many > max(2 * few, 1) for few, many, _ in found):
            lines.append(_line(f"`{name}`, many", [(many, None) for _, many, _ in found], dtype))
    return "\n".join(lines)


def _line(label: str, pairs: list[tuple[float | None, float | None]], dtype: str) -> str:
    return f"| {label} | " + " | ".join(shown(e, dtype) for pair in pairs for e in pair) + " |"


def vectors(errors: dict[str, Any]) -> str:
    """The table of what takes in a whole array."""
    lines = [
        "| | input | float64 value | PyTorch | gradient | PyTorch | float32 value | PyTorch | gradient | PyTorch |"
    ]
    lines.append("| --- | --- |" + " --: |" * 8)
    for name, row in errors.items():
        cells = (shown(e, dtype) for dtype in DTYPES for e in row[dtype])
        lines.append(f"| `{VECTORS[name].name}` | {VECTORS[name].what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--only", default="", help="a word in the operation's name")
    parser.add_argument("--write", type=Path, help="the page whose tables are replaced")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # ends of domains overflow and divide by zero, by design
    keys = [(n, d, o) for n in ROWS if arguments.only in n for d in DTYPES for o in range(3)]
    keys.sort(key=lambda key: ("gamma" not in key[0] and "erf" not in key[0], -key[2]))  # the longest first
    with ProcessPoolExecutor() as pool:
        rows = pool.map(measured, VECTORS) if not arguments.only else []
        found = dict(zip(keys, tqdm(pool.map(elementwise, keys), total=len(keys), disable=not sys.stderr.isatty())))
        whole = dict(zip(VECTORS, rows))
    misses = "\n".join(f"- `{name}`, order {order}: {reason}." for (name, order), reason in MISSES.items())
    tables = (
        {"misses": misses}
        | {dtype: table(found, dtype) for dtype in ("float64", "float32")}
        | {"vectors": vectors(whole)}
    )
    for name, text in tables.items():
        print(f"\n{name}\n\n{text}")
        if arguments.write:
            replace(arguments.write, name, text)


if __name__ == "__main__":
    main()
