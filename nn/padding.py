"""Borders around sequences, images and volumes: of a constant, or of what lies inside."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import autograd
from autograd import ShapeError, Tensor
from autograd.ops.shapes import fit
from autograd.support.checks import choice, number, shape_of, sizes
from autograd.support.settings import Number, as_given

from .layer import IMAGES, Layer, Window

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d",
    "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # there and here


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """A border around the last axes: `pad` holds (before, after) for the last, then for the one before it, and so on.

    `mode` fills it with "constant" (`value`, or 0), with what lies inside ("reflect", without the edge), the edge
    ("replicate"), or the other end ("circular"). A negative number cuts off. Raises ShapeError where the input has too
    few axes or elements, TypeError or ValueError for settings that do not fit.

    >>> pad(Tensor([[1.0, 2.0, 3.0]]), (1, 2))
    Tensor([[0., 1., 2., 3., 0., 0.]])
    >>> pad(Tensor([[1.0, 2.0, 3.0]]), (2, -1), "reflect")
    Tensor([[3., 2., 1., 2.]])
    """
    choice("pad: mode", mode, tuple(MODES))
    if mode != "constant" and value:
        raise ValueError(f"pad: value={value!r} has a meaning for mode='constant' only, not for {mode!r}")
    given = sizes("pad: pad", tuple(pad), len(pad), LEAST)
    if len(given) % 2:
        raise ValueError(f"pad: pad={pad!r} has {len(given)} numbers; give two for each axis, the last axis first")
    return bordered("pad", input, given, mode, 0.0 if value is None else number("pad: value", value))


LEAST = -(2**63)  # any number: a negative one crops


def bordered(name: str, x: Tensor, widths: Sequence[int], mode: str, value: float = 0.0) -> Tensor:
    """`x` with the border that `pad` describes, whose errors tell of `name`.

    >>> bordered("Conv1d", Tensor([[1.0, 2.0]]), (1, 0), "replicate")
    Tensor([[1., 1., 2.]])
    """
    axes, shape = len(widths) // 2, shape_of(x)
    if axes > len(shape):
        raise ShapeError(f"{name}: padding of {axes} axes, {[*widths]}, for an input of shape {shape}")
    pairs = [*zip(widths[::2], widths[1::2])][::-1]
    if any(n + sum(pair) < 0 or n + min(pair) < 0 for pair, n in zip(pairs, shape[len(shape) - axes :])):
        raise ShapeError(f"{name}: padding {pairs} cuts off more than an input of shape {shape} holds")
    if mode == "circular":  # cut off first, as in PyTorch
        x = _cropped(x, pairs)
    lengths = shape_of(x)[len(shape) - axes :]
    if mode in ("reflect", "circular") and any(max(p) > n - (mode == "reflect") for p, n in zip(pairs, lengths)):
        raise ShapeError(f"{name}: padding {pairs} by mode {mode!r} is more than an input of sizes {lengths} holds")
    around = [(0, 0)] * (len(shape) - axes) + [(max(low, 0), max(high, 0)) for low, high in pairs]
    padded = autograd.pad(x, around, MODES[mode], value)
    return padded if mode == "circular" else _cropped(padded, pairs)


def _cropped(x: Tensor, pairs: Sequence[tuple[int, int]]) -> Tensor:
    """Without as many elements at both ends as negative numbers say."""
    if min(map(min, pairs), default=0) >= 0:
        return x
    lengths = shape_of(x)[len(shape_of(x)) - len(pairs) :]
    return x[(..., *(slice(max(-low, 0), n - max(-high, 0)) for (low, high), n in zip(pairs, lengths)))]


class _Pad(Layer):
    """What these layers share: how wide the border is."""

    padding: Annotated[Window, as_given]

    _axes: ClassVar[int]
    _mode: ClassVar[str]

    def __init_subclass__(cls, axes: int = 0, mode: str = "constant", **options: Any) -> None:
        super().__init_subclass__(**options)
        if axes:  # a subclass of one of these pads as it does
            cls._axes, cls._mode = axes, mode

    def _setup(self) -> None:
        """One number for all sides, or two for each axis, the last axis first."""
        self.padding = sizes(f"{self._name}: padding", self.padding, 2 * self._axes, LEAST)

    def forward(self, input: Tensor) -> Tensor:
        """Pad the input."""
        fit(self._name, IMAGES[self._axes], input)
        widths: Any = self.padding
        return bordered(self._name, input, widths, self._mode, vars(self).get("value", 0.0))


class ConstantPad1d(_Pad, axes=1):
    """A border of `value` around (C, L) or (N, C, L).

    `padding` is one number for both ends, or (before, after). A negative number cuts off. Raises ShapeError where the
    input does not fit, TypeError or ValueError for settings that do not.

    >>> ConstantPad1d((1, 0), 7.0)(Tensor([[1.0, 2.0, 3.0]]))
    Tensor([[7., 1., 2., 3.]])
    """

    value: Number


class ConstantPad2d(_Pad, axes=2):
    """A border of `value` around (C, H, W) or (N, C, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom). A negative number cuts off. Raises ShapeError
    where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ConstantPad2d((1, 0, 0, 0), 7.0)(Tensor([[[1.0, 2.0, 3.0]]]))
    Tensor([[[7., 1., 2., 3.]]])
    """

    value: Number


class ConstantPad3d(_Pad, axes=3):
    """A border of `value` around (C, D, H, W) or (N, C, D, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom, front, back). A negative number cuts off.
    Raises ShapeError where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ConstantPad3d((1, 0, 0, 0, 0, 0), 7.0)(Tensor([[[[1.0, 2.0, 3.0]]]]))
    Tensor([[[[7., 1., 2., 3.]]]])
    """

    value: Number


class ZeroPad1d(_Pad, axes=1):
    """A border of zeros around (C, L) or (N, C, L).

    `padding` is one number for both ends, or (before, after). A negative number cuts off. Raises ShapeError where the
    input does not fit, TypeError or ValueError for settings that do not.

    >>> ZeroPad1d((1, 0))(Tensor([[1.0, 2.0, 3.0]]))
    Tensor([[0., 1., 2., 3.]])
    """


class ZeroPad2d(_Pad, axes=2):
    """A border of zeros around (C, H, W) or (N, C, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom). A negative number cuts off. Raises ShapeError
    where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ZeroPad2d((1, 0, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]]))
    Tensor([[[0., 1., 2., 3.]]])
    """


class ZeroPad3d(_Pad, axes=3):
    """A border of zeros around (C, D, H, W) or (N, C, D, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom, front, back). A negative number cuts off.
    Raises ShapeError where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ZeroPad3d((1, 0, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]]))
    Tensor([[[[0., 1., 2., 3.]]]])
    """


class ReflectionPad1d(_Pad, axes=1, mode="reflect"):
    """A border of what lies inside, as in a mirror that stands on the edge, around (C, L) or (N, C, L).

    `padding` is one number for both ends, or (before, after). A negative number cuts off. It is less wide than the
    input. Raises ShapeError where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ReflectionPad1d((1, 0))(Tensor([[1.0, 2.0, 3.0]]))
    Tensor([[2., 1., 2., 3.]])
    """


class ReflectionPad2d(_Pad, axes=2, mode="reflect"):
    """A border of what lies inside, as in a mirror that stands on the edge, around (C, H, W) or (N, C, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom). A negative number cuts off. It is less wide
    than the input. Raises ShapeError where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ReflectionPad2d((1, 0, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]]))
    Tensor([[[2., 1., 2., 3.]]])
    """


class ReflectionPad3d(_Pad, axes=3, mode="reflect"):
    """A border of what lies inside, as in a mirror that stands on the edge, around (C, D, H, W) or (N, C, D, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom, front, back). A negative number cuts off. It is
    less wide than the input. Raises ShapeError where the input does not fit, TypeError or ValueError for settings that
    do not.

    >>> ReflectionPad3d((1, 0, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]]))
    Tensor([[[[2., 1., 2., 3.]]]])
    """


class ReplicationPad1d(_Pad, axes=1, mode="replicate"):
    """A border of the edge, repeated, around (C, L) or (N, C, L).

    `padding` is one number for both ends, or (before, after). A negative number cuts off. Raises ShapeError where the
    input does not fit, TypeError or ValueError for settings that do not.

    >>> ReplicationPad1d((1, 0))(Tensor([[1.0, 2.0, 3.0]]))
    Tensor([[1., 1., 2., 3.]])
    """


class ReplicationPad2d(_Pad, axes=2, mode="replicate"):
    """A border of the edge, repeated, around (C, H, W) or (N, C, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom). A negative number cuts off. Raises ShapeError
    where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ReplicationPad2d((1, 0, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]]))
    Tensor([[[1., 1., 2., 3.]]])
    """


class ReplicationPad3d(_Pad, axes=3, mode="replicate"):
    """A border of the edge, repeated, around (C, D, H, W) or (N, C, D, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom, front, back). A negative number cuts off.
    Raises ShapeError where the input does not fit, TypeError or ValueError for settings that do not.

    >>> ReplicationPad3d((1, 0, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]]))
    Tensor([[[[1., 1., 2., 3.]]]])
    """


class CircularPad1d(_Pad, axes=1, mode="circular"):
    """A border of what lies at the other end, around (C, L) or (N, C, L).

    `padding` is one number for both ends, or (before, after). A negative number cuts off. It is no wider than the
    input. Raises ShapeError where the input does not fit, TypeError or ValueError for settings that do not.

    >>> CircularPad1d((1, 0))(Tensor([[1.0, 2.0, 3.0]]))
    Tensor([[3., 1., 2., 3.]])
    """


class CircularPad2d(_Pad, axes=2, mode="circular"):
    """A border of what lies at the other end, around (C, H, W) or (N, C, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom). A negative number cuts off. It is no wider
    than the input. Raises ShapeError where the input does not fit, TypeError or ValueError for settings that do not.

    >>> CircularPad2d((1, 0, 0, 0))(Tensor([[[1.0, 2.0, 3.0]]]))
    Tensor([[[3., 1., 2., 3.]]])
    """


class CircularPad3d(_Pad, axes=3, mode="circular"):
    """A border of what lies at the other end, around (C, D, H, W) or (N, C, D, H, W).

    `padding` is one number for all sides, or (left, right, top, bottom, front, back). A negative number cuts off. It is
    no wider than the input. Raises ShapeError where the input does not fit, TypeError or ValueError for settings that
    do not.

    >>> CircularPad3d((1, 0, 0, 0, 0, 0))(Tensor([[[[1.0, 2.0, 3.0]]]]))
    Tensor([[[[3., 1., 2., 3.]]]])
    """
