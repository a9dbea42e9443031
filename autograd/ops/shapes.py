"""A small language for shapes: "... in" says any axes, and then one whose length is called in.

Each argument of an op has its words, such as {"x": "... in", "weight": "out in", "bias": "out"}. A name stands for one
length and `...` for any number of axes, the same wherever they occur; a number stands for itself, "4*hidden" for four
times a length, and "N?" for an axis that is there in every argument or in none. What is None is left out. The words are
parsed once, and what was found of some shapes is remembered: a call that fits costs about 0.3 us.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..engine.errors import DtypeError, ShapeError

Shape = tuple[int, ...]
Lengths = tuple[tuple[str, int], ...]  # by name, where they are known beforehand
Hint = str | Callable[..., str]  # what to do about it, or a function that says so of the shapes that were given


class Shapes:
    """The shapes that the op `name` takes.

    >>> shapes = Shapes("linear", {"x": "... in", "weight": "out in"}, ("x", "weight"))
    >>> print(shapes)
    x (..., in), weight (out, in)
    >>> shapes.problem([np.ones((5, 3)), np.ones((2, 3))], {})
    ''
    >>> shapes.problem([np.ones((5, 4)), np.ones((2, 3))], {})
    'linear: x (5, 4), weight (2, 3) do not fit x (..., in), weight (out, in): in is 4 in x, 3 in weight'
    """

    def __init__(self, name: str, declared: Mapping[str, str], parameters: Sequence[str], hint: Hint = "") -> None:
        for argument, words in declared.items():
            if argument not in parameters:
                raise TypeError(f"op {name}: a shape for {argument!r}, but its arguments are {', '.join(parameters)}")
            if words.count("...") + ("?" in words) > 1:
                raise TypeError(
                    f"op {name}: the shape {words!r} of {argument} has more than one '...', or one and a '?'"
                )
        self.name, self.hint = name, hint
        self.axes = {argument: tuple(words.split()) for argument, words in declared.items()}
        self.places = [(parameters.index(argument), argument) for argument in declared]
        self._answer = lru_cache(maxsize=1024)(self._compare)

    def __str__(self) -> str:
        return self._words(())

    def _words(self, lengths: Lengths) -> str:
        said = {name: f"{name}={length}" for name, length in lengths}
        texts = []
        for argument, axes in self.axes.items():
            forms = dict.fromkeys([axes, tuple(axis for axis in axes if not axis.endswith("?"))])
            named = [[said.get(axis.rstrip("?"), axis.rstrip("?")) for axis in form] for form in forms]
            texts.append(argument + " or".join(f" ({', '.join(form)})" for form in named))
        return ", ".join(texts)

    def problem(self, args: Sequence[Any], options: Mapping[str, Any], lengths: Lengths = ()) -> str:
        """What is wrong with the shapes of the arguments of a call, or "" where they fit."""
        shapes: list[Shape | None] = []
        for place, argument in self.places:
            value: Any = args[place] if place < len(args) else options.get(argument)
            try:  # faster than to ask whether it has a shape
                shapes.append(None if value is None else value.shape)
            except AttributeError:
                shapes.append(np.shape(value))
        return self._answer(lengths, *shapes)

    def _compare(self, lengths: Lengths, *shapes: Shape | None) -> str:
        known: dict[str, tuple[Any, str]] = {name: (length, "") for name, length in lengths}
        for (argument, axes), shape in zip(self.axes.items(), shapes):
            pairs = () if shape is None else _paired(axes, shape)
            if pairs is None:
                count = len(shape or ())
                return self._sentence(lengths, shapes, f"{argument} has {count} {'axis' if count == 1 else 'axes'}")
            for axis, length in pairs:
                factor, _, name = axis.rpartition("*")
                if length != int(name) if name.isdigit() else factor and length % int(factor):
                    return self._sentence(lengths, shapes, f"{argument} has {length} where {axis} is needed")
                length = length // int(factor) if factor else length
                first, where = known.setdefault(name, (length, argument))
                if length != first and (where or length is not None):
                    first, length = ("missing" if n is None else n for n in (first, length))
                    before = f"{first} and " if where == argument else f"{first} in {where}, " if where else ""
                    return self._sentence(lengths, shapes, f"{name} is {before}{length} in {argument}")
        return ""

    def _sentence(self, lengths: Lengths, shapes: Sequence[Shape | None], what: str) -> str:
        given = [f"{argument} {shape}" for argument, shape in zip(self.axes, shapes) if shape is not None]
        fit = "do not fit" if len(given) > 1 else "does not fit"
        hint = self.hint if isinstance(self.hint, str) else self.hint(*shapes)
        return f"{self.name}: {', '.join(given)} {fit} {self._words(lengths)}: {what}" + (f"; {hint}" if hint else "")


def fit(name: str, declared: str, *values: Any, hint: Hint = "", **lengths: int) -> None:
    """Raise ShapeError unless the shapes of `values` are those declared; `lengths` are of names that are known.

    >>> fit("Conv1d", "input (N?, channels, L)", np.ones((5, 2, 8)), channels=2)
    >>> fit("Conv1d", "input (N?, channels, L)", np.ones(8), channels=2)
    Traceback (most recent call last):
    ...
    autograd.ShapeError: Conv1d: input (8,) does not fit input (N, channels=2, L) or (channels=2, L): input has 1 axis
    """
    shapes = _declared(name, declared)
    if values[0] is None:  # which only others may be
        raise DtypeError(f"{name}: {shapes} is needed, not None")
    if problem := shapes.problem(values, {}, tuple(lengths.items())):
        hint = hint if isinstance(hint, str) else hint(*map(np.shape, values))
        raise ShapeError(problem + (f"; {hint}" if hint else ""))


@lru_cache(maxsize=1024)
def _declared(name: str, text: str) -> Shapes:
    words = {argument: axes.replace(",", " ") for argument, axes in re.findall(r"(\w+) \((.*?)\)", text)}
    return Shapes(name, words, tuple(words))


def broadcasts(shape: Shape, to: Shape) -> bool:
    """Whether an array of this shape broadcasts to the other without making that larger.

    >>> broadcasts((3, 1), (2, 3, 4)), broadcasts((2, 1), (3,))
    (True, False)
    """
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _paired(axes: tuple[str, ...], shape: Shape) -> list[tuple[str, Any]] | None:
    """Each name with its length, `...` with all the lengths in its place; None for another number of axes.

    >>> _paired(("...", "in"), (5, 4, 3)), _paired(("N?", "in"), (3,)), _paired(("N", "in"), (3,))
    ([('...', (5, 4)), ('in', 3)], [('N', None), ('in', 3)], None)
    """
    missing = len(axes) - len(shape)
    if "..." in axes and missing <= 1:
        start = axes.index("...")
        stop = start + 1 - missing
        return [*zip(axes[:start], shape), ("...", shape[start:stop]), *zip(axes[start + 1 :], shape[stop:])]
    optional = [axis for axis in axes if axis.endswith("?")]
    if missing not in (0, len(optional)):
        return None
    lengths = iter(shape)
    return [(axis.rstrip("?"), None if missing and axis in optional else next(lengths)) for axis in axes]
