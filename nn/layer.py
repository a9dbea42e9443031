"""Layers that are functions with settings: a line for each setting, from which all else follows."""

from collections.abc import Sequence
from dataclasses import InitVar
from functools import partial
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

from autograd import Tensor
from autograd.support.checks import size
from autograd.support.settings import Flag, Settings, as_given

from .module import Module

Taken = TypeVar("Taken")
Held = TypeVar("Held")

Maybe = Tensor | None  # a weight, a bias, a mask or a state that may be left out
Dim = Annotated[int, partial(size, least=-64)]  # 64 is the most axes of any NumPy array
Window = Annotated[int | Sequence[int], as_given]  # `_setup` checks it, which knows how many axes there are

if TYPE_CHECKING:

    class Given(Generic[Taken, Held]):
        """What type checkers see of a setting that a layer takes as one thing, and then holds as another."""

        def __get__(self, layer: object, owner: object = None) -> Held: ...
        def __set__(self, layer: object, value: Taken | Held) -> None: ...

    Bias = Given[bool, Tensor | None]
else:
    Bias = InitVar[Flag]


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
