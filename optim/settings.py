"""What settings of optimizers and schedules, and arguments of `fit`, may be, besides the kinds that everybody has."""

from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any, ParamSpec, TypeVar

from autograd.support.checks import number, positive
from autograd.support.settings import finite

Taken = ParamSpec("Taken")
Given = TypeVar("Given")

UNSAVED = {"saved": False}  # of a schedule's setting that is no part of its state


def _fraction(what: str, value: Any) -> float:
    return positive(what, number(what, value, 0.0, 1.0))


def _of_groups(what: str, value: Any) -> object:
    if isinstance(value, (list, tuple)):
        return [finite(f"{what}[{i}]", v, 0.0) for i, v in enumerate(value)]
    return finite(what, value, 0.0)


Fraction = Annotated[float, _fraction]  # above 0 and at most 1
OfGroups = Annotated[float | list[float], _of_groups]  # a number, or one for each group of an optimizer


def takes(made: Callable[Taken, object]) -> Callable[[Callable[..., Given]], Callable[Taken, Given]]:
    """Let a function have the arguments of a class, in `help`, for type checkers and in Python's errors."""

    def decorate(function: Callable[..., Given]) -> Callable[Taken, Given]:
        vars(made)["__init__"].__qualname__ = function.__name__
        shown = signature(made).replace(return_annotation=signature(function).return_annotation)
        function.__signature__ = shown  # type: ignore[attr-defined]
        return function

    return decorate
