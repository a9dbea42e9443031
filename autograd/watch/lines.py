"""Lines: which line of the user's program made a call."""

from __future__ import annotations

import ast
import sys
import traceback
from functools import lru_cache
from types import FrameType
from typing import Any

from ..engine.modes import Observer
from ..engine.node import Node
from ..engine.op import registry
from ..support.lines import HOUSE


def caller(known: dict[Any, traceback.FrameSummary] | None = None) -> traceback.FrameSummary | None:
    """The user's line that is being run; `known` are those of the same run, which need not be made again."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return None
    where = frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
    line = None if known is None else known.get(where)
    if line is None:  # its text is read where it is asked for: most lines are never shown
        line = traceback.FrameSummary(*where, lookup_line=False)
        if known is not None:
            known[where] = line
    return line


@lru_cache(maxsize=4096)
def is_ours(filename: str) -> bool:
    """Whether a file is one of this package's or its sisters'."""
    return filename.startswith(HOUSE)


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


SIGNS = {"Add": "add", "Sub": "subtract", "Mult": "multiply", "Div": "divide", "Pow": "power", "MatMult": "matmul"}


def assigned(node: Node, following: Node | None) -> str:
    """The name that the noted line gives to what a node made, such as z in `z = w * x`; nothing where that is unsure.

    The line must be a whole statement, whose outermost operation or call made the node: the only one of its kind there,
    or the last before the `following` node of the record came from another line.
    """
    line = node.__dict__.get("line")
    if line is None or node.op is None:
        return ""
    target, made, once = _statement(line.line or "")
    after = following.__dict__.get("line") if following is not None else None
    last = after is None or (after.filename, after.lineno) != (line.filename, line.lineno)
    sure = made == node.op.name and (once or last)
    return target if sure or (made == "()" and last and "scopes" in node.__dict__) else ""


@lru_cache(maxsize=1024)
def _statement(text: str) -> tuple[str, str, bool]:
    """Of `name = expression` the name, the outermost operation, and whether it is the only one of its kind.

    An operation is called by its name here; a call of anything else is "()".

    >>> _statement("z = w * x + b")
    ('z', 'add', True)
    >>> _statement("h = layer(x)")
    ('h', '()', True)
    """
    try:
        (statement,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError):
        return "", "", False
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return "", "", False
    (target,) = statement.targets
    made = _operation(statement.value)
    every = [_operation(part) for part in ast.walk(statement.value)]
    return (target.id, made, every.count(made) == 1) if isinstance(target, ast.Name) else ("", "", False)


def _operation(part: ast.AST) -> str:
    if isinstance(part, ast.BinOp):
        return SIGNS.get(type(part.op).__name__, "")
    if not isinstance(part, ast.Call):
        return ""
    name = getattr(part.func, "attr", getattr(part.func, "id", ""))
    return name if name in registry else "()"
