"""Settings as annotated fields: a line `name: type = default` is argument, default, check and type at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from functools import partial
from inspect import get_annotations, signature
from math import inf, isfinite
from typing import Any, ParamSpec, TypeAlias, TypeVar, dataclass_transform

from autograd.support.checks import choice, flag, number, positive, size

Check: TypeAlias = Callable[[str, Any], object]
Taken = ParamSpec("Taken")
Given = TypeVar("Given")


def setting(*, default: Any = MISSING, check: Check | None = None, **told: bool) -> Any:
    """A field with a check of its own, such as `size`, or without a default; `told` is for those who read fields."""
    return field(default=default, metadata={"check": check, **told})


@dataclass_transform(eq_default=False, field_specifiers=(setting, field))
class Declared:
    """Of this class's kin those with annotated fields, and no `__init__` of their own, are made from the fields."""

    def __init_subclass__(cls, frozen: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = [kind for kind in get_annotations(cls).values() if "ClassVar" not in str(kind)]
        if own and "__init__" not in vars(cls):
            dataclass(repr=False, eq=False, frozen=frozen)(cls)


def takes(made: Callable[Taken, object]) -> Callable[[Callable[..., Given]], Callable[Taken, Given]]:
    """Let a function have the arguments of a class, in `help`, for type checkers and in Python's errors."""

    def decorate(function: Callable[..., Given]) -> Callable[Taken, Given]:
        vars(made)["__init__"].__qualname__ = function.__name__
        shown = signature(made).replace(return_annotation=signature(function).return_annotation)
        function.__signature__ = shown  # type: ignore[attr-defined]
        return function

    return decorate


def checked(what: str, value: Any, default: Any, check: Check | None = None) -> Any:
    """`value`, if it is what `check` or else the kind of its default asks for: TypeError or ValueError if not.

    A flag, an integer from 1 on (from its default on, if that is less), a finite number from 0 on (any, if the default
    is negative), or several of them.

    >>> checked("SGD: lr", -0.1, default=1e-3)
    Traceback (most recent call last):
    ...
    ValueError: SGD: lr=-0.1 is less than 0
    """
    if value is None and default is None:
        return None
    if check is not None:
        return check(what, value)
    if isinstance(default, bool):
        return flag(what, value)
    if isinstance(default, int):
        return size(what, value, min(default, 1))
    if isinstance(default, float):
        return finite(what, value, -inf if default < 0 else 0.0)
    if isinstance(default, tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(default):
            raise TypeError(f"{what}={value!r} is not {len(default)} numbers")
        return tuple(checked(f"{what}[{i}]", v, d) for i, (v, d) in enumerate(zip(value, default)))
    return value


def check_fields(made: Any, name: str) -> None:
    """Check each field of a dataclass, which may be frozen, and keep what its check makes of it."""
    for f in fields(made):
        value = checked(f"{name}: {f.name}", getattr(made, f.name), f.default, f.metadata.get("check"))
        object.__setattr__(made, f.name, value)


def finite(what: str, value: Any, low: float = 0.0) -> float:
    """`value` as a float from `low` on; errors as those of `number`, and ValueError for infinity."""
    real = number(what, value, low)
    if not isfinite(real):
        raise ValueError(f"{what}={value!r} is not finite")
    return real


def share(what: str, value: Any) -> float:
    """`value` as a float from 0 to 1; errors as those of `number`."""
    return number(what, value, 0.0, 1.0)


def fraction(what: str, value: Any) -> float:
    """`value` as a float above 0 and of at most 1."""
    return positive(what, share(what, value))


def natural(what: str, value: Any) -> int:
    """`value` as an integer from 0 on."""
    return size(what, value, 0)


def function(what: str, value: Any) -> Any:
    """`value`, if it can be called."""
    if not callable(value):
        raise TypeError(f"{what}={value!r} is no function")
    return value


def one_of(*allowed: str) -> Check:
    """The check for one of these strings."""
    return partial(choice, allowed=allowed)


def each(check: Callable[[str, Any], float]) -> Check:
    """The check for a number, or a list of them with one for each group of an optimizer."""

    def checked_each(what: str, value: Any) -> object:
        if isinstance(value, (list, tuple)):
            return [check(f"{what}[{i}]", v) for i, v in enumerate(value)]
        return check(what, value)

    return checked_each
