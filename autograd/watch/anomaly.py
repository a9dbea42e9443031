"""Anomaly: stop at the first nan or infinity, forward or backward, and say where it was made."""

from __future__ import annotations

import traceback
from typing import Any

import numpy as np

from ..engine.errors import AnomalyError, describe
from ..engine.modes import Observer
from ..engine.node import Node
from ..engine.op import Op
from ..engine.sweep import world
from ..engine.types import Array
from .lines import caller


class detect_anomaly(Observer):
    """Stop at the first nan or inf, forward or backward, with the op, its operands and its source line.

    >>> with detect_anomaly():
    ...     Tensor(-1.0).sqrt()
    Traceback (most recent call last):
    ...
    autograd.AnomalyError: sqrt made a nan out of x: float32 () in [-1, -1]
    """

    def __enter__(self) -> detect_anomaly:
        # NumPy's warnings would come first, and say less; one block may stand in another
        self.__dict__.setdefault("settings", []).append(np.seterr(all="ignore"))
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        np.seterr(**self.__dict__["settings"].pop())

    def called(self, op: Op, operands: Any, out: Array, node: Node | None) -> None:
        """Raise AnomalyError if a result is not finite; else note the line, for an error in backward."""
        if node is not None:
            node.__dict__["line"] = caller()
        if out.dtype.kind not in "fc" or np.isfinite(out).all():
            return
        named = [(n, v) for n, v in zip(op.parameters, operands) if np.size(v) and np.asarray(v).dtype.kind in "fiub"]
        shown = ", ".join(f"{n}: {describe(v)} in [{np.min(v):g}, {np.max(v):g}]" for n, v in named)
        raise AnomalyError(f"{op.name} made {_kind(out)} out of {shown}")

    def contributed(self, node: Node, position: int, g: Any, part: Any, so_far: Any) -> None:
        """Raise AnomalyError if a contribution is not finite."""
        data = world(part, False)
        if np.all(np.isfinite(data)):
            return
        parent = node.inputs[position]
        rule = f"{node.op.name}: the rule of input {node.op.input_name(position)!r}"
        error = AnomalyError(f"{rule} (shape {parent.shape}) made {_kind(data)} in backward")
        line = node.__dict__.get("line")
        if line:
            error.add_note(f"the forward call was made here:\n{''.join(traceback.format_list([line]))}")
        raise error


def _kind(data: Array) -> str:
    return "a nan" if np.isnan(data).any() else "an inf"
