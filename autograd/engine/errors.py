"""The exception types, and a warning: each says what happened, shows the values, and names the mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .op import Op


class AutogradError(Exception):
    """Base of every error this library raises on purpose."""


class ShapeError(AutogradError, ValueError):
    """Shapes do not fit together."""


class DtypeError(AutogradError, TypeError):
    """A dtype that cannot be used here, such as integers that should carry a gradient."""


class GraphError(AutogradError, RuntimeError):
    """The computation graph cannot answer: freed, cut, changed, or never recorded."""


class RuleError(AutogradError, RuntimeError):
    """A derivative rule broke its contract: wrong shape, or it wrote to what it was given."""


class AnomalyError(AutogradError, FloatingPointError):
    """A nan or an infinity appeared while `detect_anomaly` was on; `finding` says it in fields."""

    finding: Any = None


class TraceError(AutogradError):
    """A function cannot be written down as a program: a value leaves it for Python."""


class UnsupportedError(AutogradError, TypeError):
    """NumPy was asked for something on a Tensor that has no rule here."""


class RenderError(AutogradError, RuntimeError):
    """A drawing could not be turned into a picture: no renderer, an unknown format, a layout that failed."""


class WeightsError(AutogradError, ValueError):
    """Saved weights or a checkpoint do not fit what they are loaded into, or their file is damaged."""


class MistakeWarning(UserWarning):
    """A program that runs, and hardly does what was meant: `docs/howto/mistakes.md` goes through them."""


for _kind in (AutogradError, *AutogradError.__subclasses__(), MistakeWarning):
    _kind.__module__ = "autograd"  # so that a traceback names what a program can import


def describe(value: Any) -> str:
    """Return dtype, shape of an operand, for error messages."""
    if isinstance(value, (list, tuple)) and any(hasattr(v, "dtype") for v in value):
        return f"[{', '.join(describe(v) for v in value[:6])}]"
    if hasattr(value, "dtype"):
        return f"{value.dtype} {value.shape}"
    return repr(value)[:60]


def is_complex(value: Any) -> bool:
    """Whether an operand, or one in a list of them, is complex."""
    if isinstance(value, (list, tuple)):
        return any(map(is_complex, value))
    return isinstance(value, complex) or getattr(getattr(value, "dtype", None), "kind", "") == "c"


OPTIONS = {  # what NumPy or PyTorch calls an option that is not here, and what to do
    "dim": "write axis=, as in NumPy",
    "keepdim": "write keepdims=, as in NumPy",
    "where": "choose before, as in np.where(mask, x, 0.0) or x[mask]",
    "unbiased": "write ddof=1, or ddof=0",
    "dtype": "convert before, with .astype(dtype)",
    "out": "results are new Tensors",
}


def explain(error: Exception, op: Op, values: Sequence[Any], options: Mapping[str, Any] = {}) -> Exception:
    """Turn NumPy's error into one that names the op and shows every operand's dtype and shape."""
    call = f"{op.name}({', '.join(f'{name}: {describe(v)}' for name, v in zip(op.parameters, values))})"
    text = str(error).strip()
    if not op.complex and any(map(is_complex, values)):
        mend = "give it z.real, z.imag, abs(z) or angle(z); an op of your own that is right for them says complex=True"
        return DtypeError(f"{call}: it takes real numbers; complex ones have no such function, nor an order: {mend}")
    if op.misfit and type(error) is ValueError:
        return ShapeError(f"{call}: {op.misfit.format(text)}")
    if isinstance(op.forward, np.ufunc) and isinstance(error, TypeError) and not isinstance(error, AutogradError):
        return DtypeError(f"{call}: NumPy has no such loop ({text}); convert with .astype")
    if isinstance(error, AttributeError) and not all(v is None or hasattr(v, "shape") for v in values[: op.count]):
        return TypeError(f"{call} takes arrays and Tensors; autograd.tensor(...) makes one of a list or number")
    for name in options:
        if name not in op.parameters:
            mend = OPTIONS.get(name, f"it takes {', '.join(op.parameters)}")
            return UnsupportedError(f"{call}: there is no {name}= here; {mend}")
    missing = [n for n in op.parameters[len(values) :] if n not in op.defaults and n not in options]
    if missing and isinstance(error, TypeError) and not isinstance(error, AutogradError):
        return UnsupportedError(f"{call}: it takes {', '.join(op.parameters)}, and {', '.join(missing)} is missing")
    error.add_note(f"in {call}")
    return error
