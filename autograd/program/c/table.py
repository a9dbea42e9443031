"""Table: each elementwise operation, in what C and JavaScript share. One is added here, in one line.

Functions that mathematics has not in both stand in `each.h`, and under the same name in `../js/tape.js`.

`{a}`, `{b}` and `{c}` are arguments by their place, others by their name. Of `exp_T`, T is f for float, d for double.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from ...engine.types import Dtype
from ..passes import name
from ..program import Eqn, Var

BOOL = np.dtype(bool)
NAMES = {"f4": "float", "f8": "double", "i8": "int64_t", "i4": "int32_t", "?": "uint8_t"}
CTYPES = {np.dtype(dtype): text for dtype, text in NAMES.items()}

CALLED = ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh"]
CALLED += ["arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "cbrt", "erf", "erfc", "sqrt"]
CALLED += ["floor", "ceil", "trunc", "rint"]
REAL = {
    **{name: f"{name}_T({{a}})" for name in CALLED},
    **{name: f"{name}_T({{a}}, {{b}})" for name in ("power", "arctan2", "hypot")},
    "divide": "{a} / {b}",
    "reciprocal": "1 / {a}",
    "rsqrt": "1 / sqrt_T({a})",
    "absolute": "fabs_T({a})",
    "clip": "clip_T({a}, {min}, {max})",
    "hardtanh": "clip_T({a}, {min_val}, {max_val})",
    "leaky_relu": "{a} > 0 ? {a} : {a} * {slope}",
    "masked_scale": "{a} * {b} * {scale}",
    "sigmoid": "sigmoid_T({a})",
    "silu": "{a} * sigmoid_T({a})",
    "log_sigmoid": "-softplus_T(-{a})",
    "softplus": "{a} * {beta} > {threshold} ? {a} : softplus_T({a} * {beta}) / {beta}",
    "gelu none": "{a} * normal_T({a})",
    "gelu tanh": "{a} * tanh_gate_T({a})",
    "_bump": "bump_T({a}, {k})",
    "_bell": "bell_T({a}, {k})",
    "_to_ends": "({a} - {low}) * ({high} - {a})",
    "_arctan_slope": "1 / (1 + {a} * {a})",
    "_arcsinh_slope": "1 / hypot_T({a}, 1)",
}
NUMBERS = {  # whole ones, too
    "add": "{a} + {b}",
    "subtract": "{a} - {b}",
    "multiply": "{a} * {b}",
    "negative": "-{a}",
    "square": "{a} * {a}",
    "maximum": "{a} >= {b} || {a} != {a} ? {a} : {b}",
    "minimum": "{a} <= {b} || {a} != {a} ? {a} : {b}",
    "relu": "{a} > 0 || {a} != {a} ? {a} : 0",
    "sign": "{a} != {a} ? {a} : ({a} > 0) - ({a} < 0)",
}
ANY = {  # truth values, too
    "equal": "{a} == {b}",
    "not_equal": "{a} != {b}",
    "less": "{a} < {b}",
    "less_equal": "{a} <= {b}",
    "greater": "{a} > {b}",
    "greater_equal": "{a} >= {b}",
    "where": "{a} ? {b} : {c}",
    "logical_and": "{a} && {b}",
    "logical_or": "{a} || {b}",
    "logical_not": "!{a}",
    "logical_xor": "!{a} != !{b}",
    "bitwise_and": "{a} & {b}",
    "bitwise_or": "{a} | {b}",
    "bitwise_xor": "{a} ^ {b}",
    "invert": "~{a}",
    "isnan": "{a} != {a}",
    "isfinite": "fabs({a}) <= DBL_MAX",
    "isinf": "fabs({a}) > DBL_MAX",
    "astype": "{a}",
    "copy": "{a}",
    "positive": "{a}",
}
FORMS = REAL | NUMBERS | ANY
REDUCES = {"sum": "+", "max": "max", "min": "min"}


class Form(NamedTuple):
    """An elementwise operation in C: its expression, the dtype it is computed in, its operands and their dtypes."""

    text: str
    dtype: Dtype
    operands: dict[str, tuple[Any, Dtype]]


def form(eqn: Eqn) -> Form | None:
    """How C computes it; None where it does not, which is then a call."""
    if len(eqn.outs) != 1 or eqn.outs[0].dtype is None or eqn.outs[0].size == 0:
        return None
    kind, out = name(eqn.op), eqn.outs[0].dtype
    kind = f"gelu {eqn.named()['approximate']}" if kind == "gelu" else kind
    text = FORMS.get(kind)
    dtypes = loop(eqn, kind) if text else None
    if not text or dtypes is None or (kind in REAL and out.kind != "f") or (kind in NUMBERS and dtypes[0] == BOOL):
        return None
    if kind == "astype" and out == BOOL:
        text = "{a} != 0"
    elif kind == "astype" and dtypes[0].kind == "f" and out.kind == "i":  # of what is too large, C says nothing
        return None
    elif kind == "invert" and out == BOOL:
        text = "!{a}"
    given = {**eqn.named(), **dict(zip("abc", eqn.args))}
    fields = dict.fromkeys(re.findall(r"{(\w+)}", text))
    operands = {field: (given[field], dict(zip("abc", dtypes)).get(field, out)) for field in fields}
    if out not in CTYPES or not all(fits(x, t) for x, t in operands.values()):
        return None
    return Form(text.replace("_T", "_f" if out == np.float32 else "_d"), out, operands)


def fits(x: Any, dtype: Dtype) -> bool:
    """Whether C can read an operand, and have it in this dtype."""
    if isinstance(x, Var):
        return x.dtype in CTYPES and dtype in CTYPES
    whole = isinstance(x, int) and dtype.kind == "i"
    number = isinstance(x, (bool, int, float, np.generic)) and dtype in CTYPES
    return number and not (whole and abs(x) > np.iinfo(dtype).max)


def loop(eqn: Eqn, kind: str) -> list[Dtype] | None:
    """The dtypes in which NumPy takes the operands, in their order; None where it takes none of these."""
    out, op = eqn.outs[0].dtype, eqn.op.forward
    if isinstance(op, np.ufunc):
        given = [a.dtype if isinstance(a, (Var, np.generic)) else type(a) for a in eqn.args]
        given = [BOOL if t is bool else t for t in given]
        try:
            return [*op.resolve_dtypes((*given, *[None] * op.nout))[:-1]]
        except TypeError:
            return None
    if kind == "where":
        return [BOOL, out, out]
    first = eqn.args[0]
    own = first.dtype if kind in ("astype", "copy", "relu") and isinstance(first, Var) else out
    return [own, out]
