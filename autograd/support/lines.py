"""Which frame is the user's, and a warning that names the line there."""

import os
import sys
import warnings
from types import FrameType

from ..engine.errors import MistakeWarning

_ABOVE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
HOUSE = tuple(os.path.join(_ABOVE, package, "") for package in ("autograd", "nn", "optim"))  # where our own files lie


def outside() -> tuple[FrameType | None, int]:
    """The innermost frame outside of this package and its sisters, which is the user's, and how far up it is."""
    frames = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(HOUSE):
        frames.append(frame)
        frame = frame.f_back
    return frame, len(frames)


def warn(message: str) -> None:
    """Give a MistakeWarning at the user's line; Python shows the same one only once for each line."""
    warnings.warn(message, MistakeWarning, stacklevel=outside()[1] + 1)
