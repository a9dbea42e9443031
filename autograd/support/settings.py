"""Settings said once: a line `name: Kind = default` is argument, default, check, type and documentation.

    class LeakyReLU(Layer):
        negative_slope: Number = 0.01

has a signature, a `repr` and a check that names layer and argument. The kinds that many need stand below; any other
is Annotated[type, check], with a function of the setting's name and its value that returns what to keep.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import Field, InitVar, dataclass, field
from functools import partial, update_wrapper
from inspect import get_annotations
from math import inf, isfinite
from types import FunctionType
from typing import Annotated, Any, ClassVar, dataclass_transform, get_args, get_type_hints

from ..engine.tensor import Tensor
from .checks import choice, flag, number, positive, size

Check = Callable[[str, Any], Any]  # of the setting's name and its value: the value to keep, or an error


def as_given(what: str, value: Any) -> Any:
    """The check of a setting that `_setup` checks, or that may be anything.

    >>> as_given("Layer: setting", 3)
    3
    """
    return value


def finite(what: str, value: Any, low: float = -inf, high: float = inf) -> float:
    """`value` as a float from `low` to `high`; errors as those of `number`, and ValueError for infinity.

    >>> finite("SGD: lr", float("inf"))
    Traceback (most recent call last):
    ...
    ValueError: SGD: lr=inf is not finite
    """
    real = number(what, value, low, high)
    if not isfinite(real):
        raise ValueError(f"{what}={value!r} is not finite")
    return real


def finite_positive(what: str, value: Any) -> float:
    """`value` as a float above 0 and below infinity; errors as those of `positive` and `finite`.

    >>> finite_positive("MixUp: alpha", 0.5)
    0.5
    """
    return finite(what, positive(what, value))


def one_of(*allowed: str) -> Check:
    """The check for one of these strings.

    >>> one_of("min", "max")("fit: mode", "max")
    'max'
    """
    return partial(choice, allowed=allowed)


Size = Annotated[int, size]
Count = Annotated[int, partial(size, least=0)]
Flag = Annotated[bool, flag]
Number = Annotated[float, number]
Positive = Annotated[float, positive]
NotNegative = Annotated[float, partial(number, low=0.0)]
Finite = Annotated[float, finite]
FiniteNotNegative = Annotated[float, partial(finite, low=0.0)]
Share = Annotated[float, partial(number, low=0.0, high=1.0)]


def given(default: Any) -> Any:
    """The default of a setting that becomes something else, such as a parameter.

    >>> given(True)
    True
    """
    return default


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class Settings:
    """Annotated attributes are fields, and arguments of a constructor that nobody writes; `_setup` does the rest.

    The annotated attributes of a subclass become fields if it has no `__init__` of its own and at least one of them is
    of a kind that is checked, such as `Size`. An `InitVar` is not kept, but given to `_setup`. What a check returns is
    what is kept; its error says which setting of which class is wrong. With `_by_default` every attribute is a field,
    and one of a plain type is checked by the kind of its default, as `like` says.
    """

    _by_default: ClassVar[bool] = False
    _name: ClassVar[str] = ""  # in errors: that of the class, or another that it says
    _checks: ClassVar[dict[str, Check]] = {}
    _once: ClassVar[tuple[str, ...]] = ()  # the settings that only `_setup` sees

    def __init_subclass__(cls, frozen: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._name = vars(cls).get("_name", cls.__name__)
        with suppress(Exception):  # an annotation of names that are not there yet stays a text
            cls.__annotations__ = get_annotations(cls, eval_str=True)
        kinds = get_annotations(cls).items()
        found = {name: _check_in(kind, vars(cls).get(name), cls._by_default) for name, kind in kinds}
        checks = {name: check for name, check in found.items() if check}
        if checks and "__init__" not in vars(cls):
            cls._checks = {**cls._checks, **checks}
            dataclass(eq=False, repr=False, match_args=False, frozen=frozen)(cls)
            fields = vars(cls)["__dataclass_fields__"].values()
            cls._once = tuple(field.name for field in fields if isinstance(field.type, InitVar))
            for name in vars(cls).keys() & cls.__init__.__annotations__.keys():
                delattr(cls, name)  # a default is the argument's, so that a deleted attribute is gone
            _show_plain_types(cls.__init__)
        if hasattr(cls.__init__, "__code__"):
            _name_constructor(cls)

    def __post_init__(self, *once: Any) -> None:
        passed = dict(zip(self._once, once))
        for name, check in self._checks.items():
            held = passed if name in passed else vars(self)
            held[name] = check(f"{self._name}: {name}", held[name])
        self._setup(**passed)

    def _setup(self, *args: Any, **options: Any) -> None:
        """Make what is held besides the settings; called when these are checked, with those that are not kept."""


def like(default: Any) -> Check:
    """The check of what has this default: anything but a flag, a number or several numbers is taken as it is.

    A flag, an integer from 1 on (from its default on, if that is less), a finite number from 0 on (any, if the default
    is negative), or as many of them.

    >>> like(1e-3)("SGD: lr", 1)
    1.0
    """
    if isinstance(default, bool):
        return flag
    if isinstance(default, int):
        return partial(size, least=min(default, 1))
    if isinstance(default, float):
        return partial(finite, low=-inf if default < 0 else 0.0)
    if isinstance(default, tuple):
        return partial(_several, checks=[like(part) for part in default])
    return as_given


def _several(what: str, value: Any, checks: list[Check]) -> tuple[Any, ...]:
    if not isinstance(value, (tuple, list)) or len(value) != len(checks):
        raise TypeError(f"{what}={value!r} is not {len(checks)} numbers")
    return tuple(check(f"{what}[{i}]", v) for i, (check, v) in enumerate(zip(checks, value)))


def _name_constructor(cls: Any) -> None:
    """Let Python's errors name the class that was called, which may inherit its constructor from a private one."""
    given = cls.__init__
    if "__init__" not in vars(cls):
        code = given.__code__, given.__globals__, given.__name__, given.__defaults__, given.__closure__
        cls.__init__ = update_wrapper(FunctionType(*code), given)
        cls.__init__.__kwdefaults__ = given.__kwdefaults__
        del cls.__init__.__wrapped__
    cls.__init__.__qualname__ = f"{cls.__name__}.__init__"


def _show_plain_types(function: Any) -> None:
    """Let help() show `int`, not how it is checked."""
    taken = {n: kind.type if isinstance(kind, InitVar) else kind for n, kind in function.__annotations__.items()}
    function.__annotations__ = taken
    with suppress(NameError):  # of a type that only type checkers know
        function.__annotations__ = {**get_type_hints(function, localns={"Tensor": Tensor}), "return": None}


def _check_in(kind: Any, default: Any, by_default: bool) -> Check | None:
    """The check that an annotation asks for, if there is one; None passes that of `Size | None`."""
    if isinstance(kind, InitVar):
        return _check_in(kind.type, default, by_default)
    if hasattr(kind, "__metadata__"):
        check: Check = kind.__metadata__[0]
        return check
    for part in get_args(kind):
        if inner := _check_in(part, None, False):
            return partial(unless_none, inner)
    if by_default and "KW_ONLY" not in str(kind) and "ClassVar" not in str(kind):  # which may be texts
        return like(default.default if isinstance(default, Field) else default)
    return None


def unless_none(check: Check, what: str, value: Any) -> Any:
    """What the check makes of the value, or None of None."""
    return None if value is None else check(what, value)
