"""A small language for shapes: "... in" says any axes, and then one whose length is called in.

Each argument of an op has its words, such as {"x": "... in", "weight": "out in", "bias": "out"}. A name stands for one
length and `...` for any number of axes, the same wherever they occur; a number stands for itself. What is None is left
out. The words are parsed once, and what was found of some shapes is remembered: a call that fits costs about 0.3 us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

Shape = tuple[int, ...]
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
            if words.split().count("...") > 1:
                raise TypeError(f"op {name}: the shape {words!r} of {argument} has more than one '...'")
        self.name, self.hint = name, hint
        self.axes = {argument: tuple(words.split()) for argument, words in declared.items()}
        self.places = [(parameters.index(argument), argument) for argument in declared]
        self._answer = lru_cache(maxsize=1024)(self._compare)

    def __str__(self) -> str:
        return ", ".join(f"{argument} ({', '.join(axes)})" for argument, axes in self.axes.items())

    def problem(self, args: Sequence[Any], options: Mapping[str, Any]) -> str:
        """What is wrong with the shapes of the arguments of a call, or "" where they fit."""
        shapes: list[Shape | None] = []
        for place, argument in self.places:
            value: Any = args[place] if place < len(args) else options.get(argument)
            try:  # faster than to ask whether it has a shape
                shapes.append(None if value is None else value.shape)
            except AttributeError:
                shapes.append(np.shape(value))
        return self._answer(*shapes)

    def _compare(self, *shapes: Shape | None) -> str:
        known: dict[str, tuple[int | Shape, str]] = {}
        for (argument, axes), shape in zip(self.axes.items(), shapes):
            if shape is None:
                continue
            if len(shape) != len(axes) and not ("..." in axes and len(shape) >= len(axes) - 1):
                return self._sentence(shapes, f"{argument} has {len(shape)} {'axis' if len(shape) == 1 else 'axes'}")
            for axis, length in _paired(axes, shape):
                first, where = known.setdefault(axis, (length, argument))
                if axis.isdigit() and length != int(axis):
                    return self._sentence(shapes, f"{argument} has {length} where {axis} is needed")
                if length != first:
                    both = f"{first} and {length}" if where == argument else f"{first} in {where}, {length}"
                    return self._sentence(shapes, f"{axis} is {both} in {argument}")
        return ""

    def _sentence(self, shapes: Sequence[Shape | None], what: str) -> str:
        given = [f"{argument} {shape}" for argument, shape in zip(self.axes, shapes) if shape is not None]
        fit = "do not fit" if len(given) > 1 else "does not fit"
        hint = self.hint if isinstance(self.hint, str) else self.hint(*shapes)
        return f"{self.name}: {', '.join(given)} {fit} {self}: {what}" + (f"; {hint}" if hint else "")


def broadcasts(shape: Shape, to: Shape) -> bool:
    """Whether an array of this shape broadcasts to the other without making that larger.

    >>> broadcasts((3, 1), (2, 3, 4)), broadcasts((2, 1), (3,))
    (True, False)
    """
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _paired(axes: tuple[str, ...], shape: Shape) -> Iterator[tuple[str, int | Shape]]:
    """Each name with its length, and `...` with all the lengths between those before and after it.

    >>> list(_paired(("...", "in"), (5, 4, 3)))
    [('...', (5, 4)), ('in', 3)]
    """
    before = axes.index("...") if "..." in axes else len(axes)
    after = len(shape) - (len(axes) - before - 1)
    yield from zip(axes[:before], shape)
    if before < len(axes):
        yield "...", shape[before:after]
        yield from zip(axes[before + 1 :], shape[after:])
