"""What `compile(debug=True)` looks for: whatever of Python a trace bakes in without a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..engine.errors import AutogradError
from ..engine.tensor import Tensor
from ..support.tree import flatten
from .program import GradOf, Program, Var

COMPARED = (bool, int, str, bytes, type(None), np.dtype, slice, type, np.ufunc)


class CompileWarning(UserWarning):
    """A function, or a program, runs in a slower way than it was asked to; the message says why."""


class CompileError(AutogradError):
    """A compiled function gives something else than the function itself."""


def require_alike(first: Program, second: Program) -> None:
    """Raise CompileError unless two traces of one function, at the same arguments, are the same program."""
    found = list(dict.fromkeys(differences(first, second)))
    if found:
        listed = "\n  ".join(found[:10])
        raise CompileError(
            "compile: the function, traced twice, is two programs; what Python changes between calls, such as a "
            "counter, the time, or numbers of another generator than autograd's, would be what it was at the trace. "
            f"Pass it as an argument, as an array\n  {listed}"
        )


def differences(first: Program, second: Program) -> Iterator[str]:
    """Where two traces of one function differ."""
    same: dict[Var, Var] = dict(zip(first.inputs, second.inputs))
    for a, b in zip(first.captured, second.captured):
        same[a] = b
        if a.source is not b.source and not isinstance(a.source, GradOf) and not alike(a.current(), b.current()):
            yield f"an array {a.dtype} {a.shape}, made inside of the function, has other values"
    if len(first.eqns) != len(second.eqns):
        yield f"{len(first.eqns)} operations, then {len(second.eqns)}"
    for e, f in zip(first.eqns, second.eqns):
        if e.op is not f.op and not (type(e.op) is type(f.op) and e.op.name == f.op.name):
            yield f"{e.op.name} at {e.line}, then {f.op.name} at {f.line}"
            return
        for a, b in zip(flatten((e.args, e.options))[0], flatten((f.args, f.options))[0]):
            if isinstance(a, Var) and isinstance(b, Var):
                if same.setdefault(a, b) is not b:
                    yield f"{e.op.name} at {e.line}: other operands"
            elif not alike(a, b):
                yield f"{e.op.name} at {e.line}: {a!r}, then {b!r}"
        same.update(zip(e.outs, f.outs))
    for a, b in zip(first.outs, second.outs):
        if not isinstance(a, Var) and not isinstance(b, Var) and not alike(a, b):
            yield f"a result is {a!r}, then {b!r}"


def alike(a: Any, b: Any) -> bool:
    """Whether two constants are the same; of objects that are not compared, whether they are of one kind."""
    if isinstance(a, (np.ndarray, np.generic, float)) and isinstance(b, (np.ndarray, np.generic, float)):
        return np.shape(a) == np.shape(b) and bool(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind in "fc"))
    return bool(a == b) if isinstance(a, COMPARED) else type(a) is type(b)


def near(a: Any, b: Any) -> bool:
    """Whether two results are equal up to rounding."""
    if not isinstance(a, (np.ndarray, np.generic)) or np.asarray(a).dtype.kind not in "fc":
        return alike(a, b) if not isinstance(a, np.ndarray) else bool(np.array_equal(a, b))
    rtol = float(np.finfo(a.dtype).eps) ** 0.5
    scale = float(np.max(np.abs(b), where=np.isfinite(b), initial=0.0))
    return a.shape == b.shape and np.allclose(a, b, rtol, rtol * scale, equal_nan=True)


def require_near(what: Sequence[str], compiled: Sequence[Any], eager: Sequence[Any]) -> None:
    """Raise CompileError where a compiled function gave something else than the function itself."""
    for name, a, b in zip(what, compiled, eager):
        b = b._array if isinstance(b, Tensor) else b
        if not near(a, b):
            raise CompileError(
                f"compile: {name} is {brief(a)} where the function itself gives {brief(b)}: what Python looks at has "
                "changed since the trace, such as a global number, or an array that NumPy's own functions read"
            )


def brief(value: Any) -> str:
    """A value in few words."""
    return np.array2string(np.asarray(value), threshold=8, edgeitems=2, precision=5).replace("\n", "")
