"""Lines: which line of the user's program made a call."""

from __future__ import annotations

import os
import sys
import traceback
from types import FrameType
from typing import Any

from ..engine.modes import Observer
from ..engine.node import Node

_ABOVE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
HOUSE = tuple(os.path.join(_ABOVE, package, "") for package in ("autograd", "nn", "optim"))  # where our own files lie


def outside() -> tuple[FrameType | None, int]:
    """The innermost frame outside of this package and its sisters, which is the user's, and how far up it is."""
    frame: FrameType | None = sys._getframe(1)
    depth = 0
    while frame is not None and frame.f_code.co_filename.startswith(HOUSE):
        frame = frame.f_back
        depth += 1
    return frame, depth


def caller() -> traceback.FrameSummary | None:
    """The user's line that is being run."""
    frame, _ = outside()
    if frame is None:
        return None
    return traceback.FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


class source_lines(Observer):
    """Note the line of your program that made each call, for `viz.explain` and `viz.player` to show.

    It costs some microseconds a call, so it is not done otherwise.

    >>> with source_lines():
    ...     y = Tensor(3.0, requires_grad=True) * 2.0
    >>> y.requires_grad
    True
    """

    def called(self, op: Any, operands: Any, out: Any, node: Node | None) -> None:
        """Note the line on the call's record."""
        if node is not None:
            node.__dict__["line"] = caller()
