"""JavaScript: a program as a tape that a page runs, over typed arrays, with the operations that C has."""

from __future__ import annotations

from .write import DTYPES, Tape, knows, source

__all__ = ["DTYPES", "Tape", "knows", "source"]
