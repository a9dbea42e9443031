"""Layers that are functions with settings: a line for each setting, from which all else follows.

    class LeakyReLU(Layer):
        negative_slope: Number = 0.01

has a signature, a `repr` and a check that names layer and argument. The kinds of settings stand below.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import InitVar, dataclass
from functools import partial
from inspect import get_annotations
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, dataclass_transform, get_args, get_type_hints

import numpy as np

from autograd import Tensor
from autograd.engine.types import Shape
from autograd.support.checks import choice, flag, number, positive, size

from .module import Module

Taken = TypeVar("Taken")
Held = TypeVar("Held")

Check = Callable[[str, Any], Any]  # of the setting's name and its value: the value to keep, or an error


def as_given(what: str, value: Any) -> Any:
    """The check of a setting that `_setup` checks, or that may be anything.

    >>> as_given("Layer: setting", 3)
    3
    """
    return value


def shape_of(value: Any) -> Shape:
    """The shape of anything; np.shape would ask a Tensor the long way, through NumPy's protocol.

    >>> shape_of(Tensor([[1.0, 2.0]])), shape_of(3.0)
    ((1, 2), ())
    """
    return value.shape if isinstance(value, (Tensor, np.ndarray)) else np.shape(value)


Maybe = Tensor | None  # a weight, a bias, a mask or a state that may be left out

Size = Annotated[int, size]
Count = Annotated[int, partial(size, least=0)]
Dim = Annotated[int, partial(size, least=-64)]  # 64 is the most axes of any NumPy array
Flag = Annotated[bool, flag]
Number = Annotated[float, number]
Positive = Annotated[float, positive]
NotNegative = Annotated[float, partial(number, low=0.0)]
Share = Annotated[float, partial(number, low=0.0, high=1.0)]
Window = Annotated[int | Sequence[int], as_given]  # `_setup` checks it, which knows how many axes there are
Nonlinearity = Annotated[str, partial(choice, allowed=("tanh", "relu"))]

if TYPE_CHECKING:

    class Given(Generic[Taken, Held]):
        """What type checkers see of a setting that a layer takes as one thing, and then holds as another."""

        def __get__(self, layer: object, owner: object = None) -> Held: ...
        def __set__(self, layer: object, value: Taken | Held) -> None: ...

    Bias = Given[bool, Tensor | None]
else:
    Bias = InitVar[Flag]


def given(default: Any) -> Any:
    """The default of a setting that becomes something else, such as a `Bias`.

    >>> given(True)
    True
    """
    return default


@dataclass_transform(eq_default=False)
class Settings:
    """Annotated attributes are fields, and arguments of a constructor that nobody writes; `_setup` does the rest.

    The annotated attributes of a subclass become fields if it has no `__init__` of its own and at least one of them is
    of a kind that is checked, such as `Size`. An `InitVar` is not kept, but given to `_setup`. What a check returns is
    what is kept; its error says which setting of which class is wrong.
    """

    _checks: dict[str, Check] = {}  # noqa: RUF012
    _once: tuple[str, ...] = ()  # the settings that only `_setup` sees

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        kinds = get_annotations(cls)
        checks = {name: check for name, kind in kinds.items() for check in _checks_in(kind)}
        if checks and "__init__" not in vars(cls):
            cls._checks = {**cls._checks, **checks}
            dataclass(eq=False, repr=False, match_args=False)(cls)
            fields = vars(cls)["__dataclass_fields__"].values()
            cls._once = tuple(field.name for field in fields if isinstance(field.type, InitVar))
            for name in vars(cls).keys() & cls.__init__.__annotations__.keys():
                delattr(cls, name)  # a default is the argument's, so that a deleted attribute is gone
            _show_plain_types(cls.__init__)

    def __post_init__(self, *once: Any) -> None:
        passed = dict(zip(self._once, once))
        for name, check in self._checks.items():
            held = passed if name in passed else vars(self)
            held[name] = check(f"{type(self).__name__}: {name}", held[name])
        self._setup(**passed)

    def _setup(self, *args: Any, **options: Any) -> None:
        """Make what is held besides the settings; called when these are checked, with those that are not kept."""


class Layer(Settings, Module):
    """A Module whose settings are annotated fields, as `Settings` says; `_setup` makes its parameters.

    >>> class Repeat(Layer):
    ...     times: Size
    ...     mean: Flag = False
    ...     def forward(self, x):
    ...         return x if self.mean else x * self.times
    >>> Repeat(3, mean=True)
    Repeat(3, mean=True)
    >>> Repeat(0)
    Traceback (most recent call last):
    ...
    ValueError: Repeat: times=0 is less than 1
    """


def _show_plain_types(function: Any) -> None:
    """Let help() show `int`, not how it is checked."""
    taken = {n: kind.type if isinstance(kind, InitVar) else kind for n, kind in function.__annotations__.items()}
    function.__annotations__ = taken
    function.__annotations__ = {**get_type_hints(function, localns={"Tensor": Tensor}), "return": None}


def _checks_in(kind: Any) -> Iterator[Check]:
    """The check that an annotation asks for, if there is one; None passes that of `Size | None`."""
    if isinstance(kind, InitVar):
        yield from _checks_in(kind.type)
    elif hasattr(kind, "__metadata__"):
        yield kind.__metadata__[0]
    else:
        yield from (partial(_unless_none, check) for part in get_args(kind) for check in _checks_in(part))


def _unless_none(check: Check, what: str, value: Any) -> Any:
    return None if value is None else check(what, value)
