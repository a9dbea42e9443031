"""C: a program as one C function, where a compiler is found."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

from ...engine.op import Op
from ..debug import CompileWarning
from ..plan import Plan
from ..program import Program, Var
from .build import Unavailable, compiler
from .code import Code

# what stays one operation, and is called: the others are computed in C in the small operations that they stand for
WHOLE = {"convolution", "conv_transpose", "max_pool", "rnn", "lstm", "gru", "ctc"}


def whole(op: Op) -> bool:
    """Whether a fused op stays one operation."""
    return op.name in WHOLE


def in_c(program: Program, donate: Mapping[int, Var]) -> Code | Plan:
    """The program in C; where there is none, as a plan of NumPy calls, and a warning says why."""
    try:
        return Code(program, donate)
    except Unavailable as error:
        warnings.warn(f"compile: a program runs in NumPy: {error}", CompileWarning, stacklevel=2)
        return Plan(program, donate)


def is_there() -> bool:
    """Whether a compiler is found."""
    try:
        return bool(compiler())
    except Unavailable:
        return False
