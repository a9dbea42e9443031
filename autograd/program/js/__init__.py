"""JavaScript: a program as a tape that a page runs, over typed arrays, with the operations that C has."""

from __future__ import annotations

from .write import Tape, knows, source

__all__ = ["Tape", "knows", "source"]
