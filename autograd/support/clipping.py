"""Gradients kept from growing too large: by their common norm, or each element by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import inf, isfinite
from typing import Any

import numpy as np

from ..engine.errors import DtypeError, GraphError
from ..engine.modes import EXACT, mode, tracing
from ..engine.tensor import Tensor
from .checks import flag, number, positive

_BLOCK = 65536  # elements that stay in the processor's cache between two passes


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale all gradients by one factor so that their norm, as of one vector, is at most `max_norm`; return the norm.

    The norm returned is the one before, a Tensor of no axes, to be watched. `norm_type` is the p of the p-norm,
    `inf` for the largest absolute value. Parameters without gradient are left out. A norm that is nan or infinite
    makes gradients nan or 0, or with `error_if_nonfinite` raises GraphError and nothing is changed. Raises TypeError
    for what is no Tensor, ValueError for a number out of range. Pascanu et al. 2013, "On the difficulty of training
    recurrent neural networks".

    >>> w = Tensor([3.0, 4.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> clip_grad_norm_(w, 1.0), w.grad
    (Tensor(10.), Tensor([0.6, 0.8]))
    """
    limit = number("clip_grad_norm_: max_norm", max_norm, 0.0)
    order = positive("clip_grad_norm_: norm_type", inf if str(norm_type) == "inf" else norm_type)
    flag("clip_grad_norm_: error_if_nonfinite", error_if_nonfinite)
    given = _with_gradient("clip_grad_norm_", parameters)
    if (tracing() or mode.get() & EXACT) and given:
        return _clip_in_program(given, limit, order, error_if_nonfinite)
    norms = [norm for p in given for norm in _norms(p, order)]
    total = float(np.linalg.norm(norms, order)) if norms else 0.0
    if error_if_nonfinite and not isfinite(total):
        raise _not_finite(total)
    factor = limit / (total + 1e-6)  # PyTorch's; it keeps a norm of 0 from dividing
    if not factor >= 1.0:  # nan is not, either
        for p in given:
            _change(p, lambda grad, out: np.multiply(grad, factor, out=out))
    return Tensor(np.array(total, np.result_type(np.float32, *(np.zeros(0, p.dtype).real.dtype for p in given))))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Bring each element of each gradient to [-clip_value, clip_value].

    Unlike `clip_grad_norm_` it turns the direction of the gradient. Parameters without gradient are left out. Raises
    TypeError for what is no Tensor, ValueError for a `clip_value` below 0.

    >>> w = Tensor([3.0, -4.0, 0.1], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> clip_grad_value_(w, 1.0); w.grad
    Tensor([ 1. , -1. ,  0.2])
    """
    limit = number("clip_grad_value_: clip_value", clip_value, 0.0)
    for p in _with_gradient("clip_grad_value_", parameters):
        if p.dtype.kind == "c":
            raise DtypeError(f"clip_grad_value_: {p.dtype} {p.shape} has no order; clip_grad_norm_ takes complex ones")
        if tracing():
            p.grad = p.grad.clip(-limit, limit)  # type: ignore[union-attr]
            continue
        _change(p, lambda grad, out: np.clip(grad, -limit, limit, out=out))


def _with_gradient(name: str, parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """Those of the parameters that have a gradient, each once."""
    if not isinstance(parameters, (Tensor, Iterable)):
        raise TypeError(f"{name}: parameters are a Tensor or several, such as model.parameters(), not {parameters!r}")
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for p in given:
        if not isinstance(p, Tensor):
            raise TypeError(f"{name}: {str(p)[:60]!r} ({type(p).__name__}) is no Tensor; pass model.parameters()")
    return [p for p in dict.fromkeys(given) if p.grad is not None]


def _not_finite(total: float) -> GraphError:
    return GraphError(
        f"clip_grad_norm_: the norm of the gradients is {total}, nothing was clipped; look for its source "
        "with autograd.detect_anomaly(), or pass error_if_nonfinite=False"
    )


def _clip_in_program(given: list[Tensor], limit: float, order: float, error_if_nonfinite: bool) -> Tensor:
    """`clip_grad_norm_` in operations that a program can be made of: no look at the norm, but a factor of 1."""
    sizes: list[Any] = [np.abs(p.grad).astype(np.float64) for p in given]  # type: ignore[arg-type]
    if order == inf:
        total = np.max(np.stack([np.max(size) for size in sizes]))
    else:
        total = sum(np.sum(size**order) for size in sizes) ** (1.0 / order)
    if error_if_nonfinite and not np.isfinite(total):  # a guard of the program
        raise _not_finite(float(total))
    factor = limit / (total + 1e-6)
    factor = np.where(factor >= 1.0, 1.0, factor)
    for p in given:
        p.grad = p.grad * factor.astype(p.dtype)
    norm: Tensor = total.astype(np.result_type(np.float32, *(np.zeros(0, p.dtype).real.dtype for p in given)))
    return norm


def _norms(p: Tensor, order: float) -> Iterator[float]:
    """The norms of the gradient's flat pieces, in double precision, where no square of a float32 overflows."""
    grad: Any = p.grad
    flat = np.ravel(grad.data, order="K")
    for start in range(0, flat.size, _BLOCK):
        part = flat[start : start + _BLOCK]
        part = np.abs(part) if part.dtype.kind == "c" else part
        yield float(np.linalg.norm(part.astype(np.float64), order))


def _change(p: Tensor, function: Callable[[np.ndarray, np.ndarray | None], np.ndarray]) -> None:
    """Write function(gradient) into the gradient's own array, or put it in its place if that is none or shared."""
    grad: Any = p.grad
    data = grad.data
    if isinstance(data, np.ndarray) and data.flags.writeable and data.flags.owndata and not grad.requires_grad:
        function(data, data)
    else:
        p.grad = function(data, None)
