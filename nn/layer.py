"""Layers that are functions with settings: a line for each setting, from which all else follows."""

from collections.abc import Callable, Sequence
from dataclasses import InitVar, fields, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

from autograd import ShapeError, Tensor
from autograd.engine.types import Shape
from autograd.support.checks import size
from autograd.support.settings import Flag, Settings, as_given

from .module import Module

Taken = TypeVar("Taken")
Held = TypeVar("Held")

Maybe = Tensor | None  # a weight, a bias, a mask or a state that may be left out
Dim = Annotated[int, partial(size, least=-64)]  # 64 is the most axes of any NumPy array
Window = Annotated[int | Sequence[int], as_given]  # `_setup` checks it, which knows how many axes there are
# shapes by the number of axes that a window slides along
IMAGES = {1: "input (N?, C, L)", 2: "input (N?, C, H, W)", 3: "input (N?, C, D, H, W)"}

if TYPE_CHECKING:

    class Given(Generic[Taken, Held]):
        """What type checkers see of a setting that a layer takes as one thing, and then holds as another."""

        def __get__(self, layer: object, owner: object = None) -> Held: ...
        def __set__(self, layer: object, value: Taken | Held) -> None: ...

    Bias = Given[bool, Tensor | None]
else:
    Bias = InitVar[Flag]


def axis_of(what: str, dim: int, shape: Shape) -> int:
    """The axis `dim` of an array of this shape, counted from 0; TypeError or ShapeError for what is none.

    >>> axis_of("Softmax: dim", -1, (2, 3))
    1
    """
    if not -len(shape) <= size(what, dim, -64) < len(shape):
        raise ShapeError(f"{what}={dim} is not an axis of an input of shape {shape}")
    return dim % len(shape)


class Layer(Settings, Module):
    """A Module whose settings are annotated fields, as `Settings` says; `_setup` makes its parameters.

    >>> from autograd.support.settings import Size
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


class OfFunction(Layer):
    """A layer that is a function of inputs and settings: `class Name(OfFunction, function=f)`; `forward` calls it."""

    function: ClassVar[Callable[..., Tensor]]
    _passed: ClassVar[tuple[str, ...]]  # the settings, in the order of the function's arguments

    def __init_subclass__(cls, function: Callable[..., Tensor] | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if function is not None:
            names = fields(cls) if is_dataclass(cls) else ()
            cls.function, cls._passed = staticmethod(function), tuple(field.name for field in names)


class Applied(OfFunction):
    """A function of one input and the settings.

    >>> import autograd
    >>> from autograd.support.settings import Number
    >>> class Shifted(Applied, function=autograd.add):
    ...     by: Number = 1.0
    >>> Shifted()(Tensor(2.0))
    Tensor(3.)
    """

    def forward(self, input: Tensor) -> Tensor:
        """Call the function."""
        passed = self._passed
        return self.function(input, *map(vars(self).__getitem__, passed)) if passed else self.function(input)
