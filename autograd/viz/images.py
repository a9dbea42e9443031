"""Images: which rows of numbers are flattened pictures, as the graph shows it or the user says."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..support.checks import sizes
from .film import Json

COLOURS = (1, 3)  # channels of a picture


def note_images(tensors: Sequence[Json], ops: Sequence[Json], images: int | Sequence[int] | None) -> None:
    """Note on a tensor (n, c * h * w) whose rows are pictures their (c, h, w).

    They are if a reshape makes them of (n, c, h, w) or this of them, c being 1 or 3; and all rows of the size of
    `images`, (h, w), (c, h, w) or h of h x h. Raises ValueError if no tensor has such rows.
    """
    for op in ops:
        if op["name"] == "reshape":
            pair = [tensors[op["inputs"][0]["tensor"]], tensors[op["outputs"][0]]]
            flat, whole = sorted(pair, key=lambda tensor: len(tensor["shape"]))
            about = whole["shape"][1:]
            if _pictures(about) and flat["shape"] == [whole["shape"][0], prod(about)]:
                flat["image"] = about
    if images is None:
        return
    about = [*sizes("player: images", images, len(images) if isinstance(images, (tuple, list)) else 2)]
    about = [1, *about] if len(about) == 2 else about
    if len(about) != 3 or about[0] not in COLOURS:
        raise ValueError(f"player: images={images!r} is no (height, width) of a picture, nor (1 or 3, height, width)")
    rows = [tensor for tensor in tensors if len(tensor["shape"]) == 2 and tensor["shape"][1] == prod(about)]
    if not rows:
        shapes = ", ".join(sorted({str(tuple(t["shape"])) for t in tensors if len(t["shape"]) == 2})) or "no matrices"
        size = prod(about)
        raise ValueError(f"player: images={images!r}: no matrix here has rows of {size:,} numbers; there are {shapes}")
    for tensor in rows:
        tensor["image"] = about


def _pictures(shape: Sequence[int]) -> bool:
    return len(shape) == 3 and shape[0] in COLOURS and min(shape[1:]) > 3
