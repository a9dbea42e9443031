"""Resizing images and sequences: nearest neighbours, means, or interpolation as one small matrix for each axis."""

from collections.abc import Sequence
from math import floor
from typing import Annotated, Any

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.types import Array
from autograd.ops.pooling import enlarge
from autograd.support.checks import choice, flag, floats, shape_of, size as integer
from autograd.support.settings import as_given, finite_positive

from .layer import Applied
from .pooling import mean_of_cells

__all__ = ["Upsample"]

Sizes = int | Sequence[int] | None
Scales = float | Sequence[float] | None

AXES = {  # how many axes a mode can resize
    "nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "area": (1, 2, 3),
    "linear": (1,), "bilinear": (2,), "trilinear": (3,), "bicubic": (2,),
}  # fmt: skip
BETWEEN = ("linear", "bilinear", "trilinear", "bicubic")  # those that interpolate
SHARPNESS = -0.75  # of cubic convolution: PyTorch's, and OpenCV's


def _check(
    name: str, size: Any, scale_factor: Any, mode: str, align_corners: bool | None, recompute: bool | None
) -> None:
    choice(f"{name}: mode", mode, tuple(AXES))
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{name}: give either size or scale_factor, not {'both' if size is not None else 'neither'}")
    if mode not in BETWEEN and align_corners is not None:
        raise ValueError(f"{name}: align_corners={align_corners} has a meaning for {', '.join(BETWEEN)} only")
    for what, value in (("align_corners", align_corners), ("recompute_scale_factor", recompute)):
        if value is not None:
            flag(f"{name}: {what}", value)
    if recompute and size is not None:
        raise ValueError(f"{name}: recompute_scale_factor=True has a meaning for scale_factor only, not for size")
    what, given = ("scale_factor", scale_factor) if size is None else ("size", size)
    several = isinstance(given, (tuple, list))
    if several and not 1 <= len(given) <= 3:
        raise ValueError(f"{name}: {what}={given!r}; give one to three numbers")
    for i, value in enumerate(given if several else (given,)):
        check = integer if what == "size" else finite_positive
        check(f"{name}: {what}[{i}]" if several else f"{name}: {what}", value)


def interpolate(
    input: Tensor,
    size: Sizes = None,
    scale_factor: Scales = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Tensor:
    """Resize the axes behind the channels of (N, C, L), (N, C, H, W) or (N, C, D, H, W).

    To `size`, or by `scale_factor`, rounded down; each is one number or one per axis. `mode` is "nearest" (as
    PyTorch, at the start of each cell), "nearest-exact" (at its middle), "area" (the mean of what a cell covers),
    or one that interpolates: "linear" for L, "bilinear" or "bicubic" for H, W, "trilinear" for D, H, W.
    There outputs are placed by the middle of their cell, or with `align_corners` so that the first and the last of both
    lie on each other. With `recompute_scale_factor` a scale is replaced by the ratio of the rounded sizes. There is no
    `antialias`. Raises ShapeError for another number of axes, DtypeError for an input that is not of floats, TypeError
    or ValueError for other settings.

    >>> interpolate(Tensor([[[1.0, 3.0]]]), size=4)
    Tensor([[[1., 1., 3., 3.]]])
    >>> interpolate(Tensor([[[1.0, 3.0]]]), size=3, mode="linear", align_corners=True)
    Tensor([[[1., 2., 3.]]])
    """
    _check("interpolate", size, scale_factor, mode, align_corners, recompute_scale_factor)
    shape = shape_of(input)
    lengths = shape[2:]
    axes = len(lengths)
    if axes not in AXES[mode]:
        takes = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
        raise ShapeError(f"interpolate: input {shape}; mode={mode!r} takes {' or '.join(takes[n] for n in AXES[mode])}")
    floats("interpolate: input", input)
    given: Any = scale_factor if size is None else size
    each = (given,) * axes if np.ndim(given) == 0 else tuple(given)
    if len(each) != axes:
        raise ValueError(f"interpolate: {given!r} is neither one number nor {axes}, for input {shape}")
    sizes = each if size is not None else tuple(floor(n * s) for n, s in zip(lengths, each))
    if 0 in sizes or 0 in lengths:
        raise ShapeError(f"interpolate: input {shape} of size {tuple(sizes)} would be empty")
    # a scale that was given counts as it is, though the size is rounded
    by_size = size is not None or recompute_scale_factor
    ratios = [n / m if by_size else 1.0 / s for n, m, s in zip(lengths, sizes, each)]
    if mode == "area":
        return mean_of_cells(input, sizes)
    if mode not in BETWEEN:
        return _nearest(input, lengths, sizes, ratios, 0.5 if mode == "nearest-exact" else 0.0)
    weights = _cubic_weights if mode == "bicubic" else _linear_weights
    for axis, length, new, ratio in zip(range(-axes, 0), lengths, sizes, ratios):
        matrix = weights(length, new, ratio, bool(align_corners)).astype(input.dtype)
        input = autograd.swapaxes(autograd.linear(autograd.swapaxes(input, axis, -1), matrix), axis, -1)
    return input


def _nearest(
    input: Tensor, lengths: Sequence[int], sizes: Sequence[int], ratios: Sequence[float], shift: float
) -> Tensor:
    # rounded to float32 before the floor, as PyTorch does for every dtype
    places = [
        np.minimum(
            np.floor((np.arange(m, dtype=np.float32) + np.float32(shift)) * np.float32(ratio)).astype(int), n - 1
        )
        for n, m, ratio in zip(lengths, sizes, ratios)
    ]
    if all(m % n == 0 and (p == np.arange(m) // (m // n)).all() for n, m, p in zip(lengths, sizes, places)):
        return enlarge(input, [m // n for n, m in zip(lengths, sizes)])
    return input[(..., *np.ix_(*places))]


def _linear_weights(length: int, new: int, ratio: float, align_corners: bool) -> Array:
    """The matrix (new, length) of what each input weighs in each output: 1 - t and t in two neighbours."""
    if new == length:  # as PyTorch, whatever the scale
        return np.eye(length)
    i = np.arange(new)
    places = i * ((length - 1) / max(new - 1, 1)) if align_corners else np.maximum((i + 0.5) * ratio - 0.5, 0.0)
    left = np.minimum(np.floor(places).astype(int), length - 1)
    right = np.minimum(left + 1, length - 1)
    t = np.minimum(places - left, 1.0)
    weights = np.zeros((new, length))
    np.add.at(weights, (i, left), 1.0 - t)
    np.add.at(weights, (i, right), t)
    return weights


def _cubic_weights(length: int, new: int, ratio: float, align_corners: bool) -> Array:
    """The matrix (new, length) of what each input weighs in each output: a cubic of its distance (Keys 1981)."""
    i = np.arange(new)
    places = i * ((length - 1) / max(new - 1, 1)) if align_corners else (i + 0.5) * ratio - 0.5
    weights = np.zeros((new, length))
    for step in (-1, 0, 1, 2):
        at = np.floor(places) + step
        d, a = np.abs(places - at), SHARPNESS
        near, far = ((a + 2) * d - (a + 3)) * d * d + 1, ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        np.add.at(weights, (i, np.clip(at, 0, length - 1).astype(int)), np.where(d <= 1, near, far))
    return weights


class Upsample(Applied, function=interpolate):
    """Resize (N, C, L), (N, C, H, W) or (N, C, D, H, W) to `size` or by `scale_factor`; see `functional.interpolate`.

    Errors are those of `functional.interpolate`; those of settings come at construction.

    >>> Upsample(scale_factor=2)(autograd.tensor([[[1.0, 3.0]]]))
    Tensor([[[1., 1., 3., 3.]]])
    """

    size: Annotated[Sizes, as_given] = None
    scale_factor: Scales = None
    mode: str = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    def _setup(self) -> None:
        """Check the settings, which depend on each other."""
        _check("Upsample", *map(vars(self).__getitem__, self._passed))
