"""Which frame is the user's, a warning that names the line there, and names from elsewhere on one line."""

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


def one_line(text: str) -> str:
    r"""`text` on one line, with nothing that a terminal obeys or turns round: such signs as Python writes them.

    >>> print(one_line("a\nb"))
    a\nb
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def warn(message: str) -> None:
    """Give a MistakeWarning at the user's line; Python shows the same one only once for each line."""
    warnings.warn(message, MistakeWarning, stacklevel=outside()[1] + 1)
