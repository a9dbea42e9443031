"""A name that a dialect has not: one clear error, which says what to do here instead."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from opcode import opmap
from typing import Any

from ..engine.errors import UnsupportedError


class Missing(UnsupportedError, AttributeError):
    """A name of another library's that is not in its dialect."""


def missing(said: str, name: str, known: Iterable[str], instead: Mapping[str, str]) -> Missing:
    """The error that says so, and what to do `instead` of what is named, or which known name is the nearest."""
    near = [] if name[:1] == "_" else get_close_matches(name, known, 1)
    hints = [text for part, text in instead.items() if part.lower() in said.lower()]
    hints += [f"did you mean {near[0]}?"] if near else ["docs/dialects.md says what is there"]
    return Missing(f"{said}; {hints[0]}")


def lookup(names: Mapping[str, Any], error: Callable[[str], Missing]) -> Callable[[str], Any]:
    """The `__getattr__` of a module: for `from ... import`, which loses an AttributeError's words, an ImportError."""

    def get(name: str) -> Any:
        found, frame = error(name), sys._getframe(1)
        if name[:2] != "__" and frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]:
            raise ImportError(str(found), name=names.get("__name__")) from None
        raise found

    return get
