"""A function in the syntax tree of its file or notebook cell."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache
from types import FunctionType


@lru_cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def source(function: FunctionType) -> ast.Lambda | ast.FunctionDef | None:
    """The function in its file's or notebook cell's syntax tree, or None where there is no source."""
    code = function.__code__
    names = list(code.co_varnames[: code.co_argcount])
    # by file, not by module: the cells of a notebook are many sources in one module that has no file
    for node in ast.walk(_parsed("".join(linecache.getlines(code.co_filename, function.__globals__)))):
        if not isinstance(node, (ast.Lambda, ast.FunctionDef)) or [a.arg for a in node.args.args] != names:
            continue
        if isinstance(node, ast.FunctionDef):
            if code.co_firstlineno == min([node.lineno, *(d.lineno for d in node.decorator_list)]):
                return node
            continue
        # a lambda's code starts at its own line; several on one line are told apart by column
        columns = {p[2] for p in code.co_positions() if p[2] is not None}
        if node.lineno == code.co_firstlineno and (node.body.col_offset in columns or not columns):
            return node
    return None
