"""Lines: which line of the user's program made a call."""

from __future__ import annotations

import traceback
from typing import Any

from ..engine.modes import Observer
from ..engine.node import Node
from ..support.lines import outside


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
