"""`autograd.op` as users get it: rules and forward functions held to what they promise.

Our own ops are declared without the guard and held to the same promises by their tests, so it costs them nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..engine.errors import RuleError
from ..engine.tensor import Tensor, make
from ..engine.types import Function
from ..ops.declare import op as declare

# the keywords of a declaration that are no rules
_about = {p.name for p in inspect.signature(declare).parameters.values() if p.kind is p.KEYWORD_ONLY} - {"joint"}


@wraps(declare)
def op(**declaration: Any) -> Callable[[Function], Any]:
    """Declare an op of your own; `wraps` puts the declarator's docstring in the place of this one."""

    def guarded(forward: Function) -> Any:
        name = declaration.get("name") or forward.__name__
        held = dict(declaration)
        for key, rule in declaration.items():
            if key not in _about and rule is not None:
                who = "the joint rule" if key == "joint" else f"the rule of input {key!r}"
                held[key] = _guard(rule, f"{name}: {who}")
        return declare(**held)(_guard(forward, f"{name}: the forward function"))

    return guarded


def _guard(function: Function, who: str) -> Function:
    """`function` on read-only views of its arguments, so that writing to one is an error; results are its own."""

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return _each(_run(function, args, options, _locked), _owned)
        except ValueError as error:
            if not _succeeds(function, args, options):
                raise  # for another reason than that its arguments are read-only
            raise RuleError(f"{who} wrote to an array it was given; make a new one, x = x + v, not x += v") from error

    return call


def _succeeds(function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether the function runs on copies, which it may write to."""
    try:
        _run(function, args, options, np.array)
    except Exception:
        return False
    return True


def _run(function: Function, args: tuple[Any, ...], options: dict[str, Any], change: Function) -> Any:
    """Call the function with each array that it is given changed."""
    return function(*(_each(a, change) for a in args), **{k: _each(v, change) for k, v in options.items()})


def _locked(array: np.ndarray) -> np.ndarray:
    array = array.view()
    array.flags.writeable = False
    return array


def _owned(array: np.ndarray) -> np.ndarray:
    return array if array.base is None else array.copy()  # a view is of memory that belongs to others


def _each(value: Any, change: Function) -> Any:
    """`value` with each array in it changed."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, Tensor):
        return make(_each(value._array, change), value._node)
    if isinstance(value, (list, tuple)):
        parts = [_each(v, change) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value
