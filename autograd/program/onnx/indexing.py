"""NumPy's indexing as ONNX nodes: slices, then what removes and adds axes, then arrays of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Call

FAR = np.iinfo(np.int64).max


def spelled(index: Any, axes: int) -> list[Any]:
    """One item for each axis, and None for each new one."""
    items = list(index) if isinstance(index, tuple) else [index]
    at = next((k for k, i in enumerate(items) if i is Ellipsis), len(items))
    rest = axes - sum(i is not None and i is not Ellipsis for i in items)
    return [*items[:at], *[slice(None)] * rest, *items[at + 1 :]]


def indexed(c: Call) -> Any:
    """x[index]; of arrays there is one, or they are an open mesh."""
    x, items = c["x"], spelled(c.args["index"], c.rank())
    axes = [i for i in items if i is not None]
    cuts = [(k, i, i.step or 1) for k, i in enumerate(axes) if isinstance(i, slice) and i != slice(None)]
    if cuts:
        starts = [(0 if step > 0 else FAR) if i.start is None else i.start for _, i, step in cuts]
        stops = [(FAR if step > 0 else -FAR) if i.stop is None else i.stop for _, i, step in cuts]
        ends = starts, stops, [k for k, *_ in cuts], [step for *_, step in cuts]
        x = c.node("Slice", x, *(c.ints(*numbers) for numbers in ends))
    for k, i in reversed([*enumerate(axes)]):
        if isinstance(i, int | np.integer):
            x = c.node("Gather", x, c.value(np.int64(i)), axis=k)
    left = [i for i in items if not isinstance(i, int | np.integer)]
    new = [k for k, i in enumerate(left) if i is None]
    x = c.node("Unsqueeze", x, c.ints(*new)) if new else x
    arrays = [(k, i) for k, i in enumerate(left) if not isinstance(i, slice | None)]
    for n, (k, i) in enumerate(arrays):
        alone = len(arrays) == 1
        open_mesh = i.shape == tuple(i.size if m == n else 1 for m in range(len(arrays))) and k == arrays[0][0] + n
        if i.dtype == np.bool_ or len(left) < len(items) or not (alone or open_mesh):
            raise ValueError("an index of booleans, of several arrays that are no open mesh, or of arrays and integers")
        x = c.node("Gather", x, c.value(i) if alone else c.node("Reshape", c.value(i), c.ints(-1)), axis=k)
    return x
