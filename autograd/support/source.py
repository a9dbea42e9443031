"""Where a function was written: its part of the syntax tree of its file, or of its notebook's cell."""

from __future__ import annotations

import ast
import inspect
import linecache
from functools import lru_cache
from typing import Any

Code = ast.Lambda | ast.FunctionDef


def code_of(function: Any) -> Code | None:
    """The function in its source, without what wraps it; None where there is no source.

    >>> from autograd.support.tree import flatten
    >>> code_of(flatten).name, code_of(len)
    ('flatten', None)
    """
    function = inspect.unwrap(function)
    made = getattr(function, "__code__", None)
    if made is None:
        return None
    # where the instructions stand in the file; some, such as the first, stand nowhere
    at = [((p[0], p[2]), (p[1], p[3])) for p in made.co_positions() if None not in p and p[2:] != (0, 0)]
    # by file, not by module: the cells of a notebook are many sources in one module that has no file
    text = "".join(linecache.getlines(made.co_filename, function.__globals__))
    for found in _codes(text).get(made.co_firstlineno, ()):
        # of several in one line, the one that encloses what the code was compiled from
        start, end = (found.lineno, found.col_offset), (found.end_lineno, found.end_col_offset)
        alike = [a.arg for a in found.args.args] == list(made.co_varnames[: made.co_argcount])
        if alike and all(start <= first and last <= end for first, last in at):
            return found
    return None


@lru_cache(maxsize=256)
def _codes(text: str) -> dict[int, list[Code]]:
    """All functions of a source by their first line, as the interpreter counts it: a decorator's, if there is one."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    found: dict[int, list[Code]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Lambda, ast.FunctionDef)):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            found.setdefault(first, []).append(node)
    return found
