"""Calculus on grids: slopes and areas of samples, what lies between them, and convolution."""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..engine.errors import DtypeError, ShapeError
from ..engine.types import Array, Axis, Shape, Value
from ..support.bits.array import library
from ..support.checks import choice
from .arithmetic import conjugated, operand
from .cases import Case, Draw
from .declare import composite, op
from .index import take
from .running import diff
from .shape import concatenate

__all__ = [
    "convolve", "correlate", "cumulative_prod", "cumulative_sum", "ediff1d", "gradient", "interp", "trapezoid",
    "unwrap",
]  # fmt: skip


def _beside(x: Array, axis: int) -> tuple[Array, Array]:
    """All but the first along an axis, and all but the last."""
    lead = (slice(None),) * normalize_axis_index(axis, x.ndim)
    return x[(*lead, slice(1, None))], x[(*lead, slice(None, -1))]


# -- slopes --------------------------------------------------------------------------------------------


def _gradient_cases(d: Draw) -> Case:
    x, axis = d.array((4, 3)), d.choice([None, 0, (1, 0)])
    apart = [np.cumsum(np.real(d.array((n,), 0.5, 2.0))) for n in (3, 4)] if axis == (1, 0) else []
    spacing = d.choice([[], [np.real(d.array((), 0.5, 2.0))], apart])
    return (x, *spacing), {"axis": axis, "edge_order": d.choice([1, 2])}


@composite(cases=_gradient_cases, numpy=np.gradient)
def gradient(f: Array, *spacing: Value, axis: Axis = None, edge_order: int = 1) -> Any:
    """Slopes of samples along each axis (a tuple, unless it is one): central inside, one-sided at the ends.

    `spacing` is a distance or the coordinates, for all axes or for each. Raises ShapeError for too few samples.

    >>> gradient(Tensor([1.0, 2.0, 4.0, 7.0]))
    Tensor([1. , 1.5, 2.5, 3. ])
    """
    f = operand(f)
    f = f if f.dtype.kind in "fc" else np.astype(f, np.float64)
    axes = normalize_axis_tuple(range(f.ndim) if axis is None else axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order={edge_order} is neither 1 nor 2")
    if len(spacing) not in (0, 1, len(axes)):
        raise TypeError(f"gradient: {len(spacing)} spacings for axes {axes}; give none, one, or one for each")
    each = list(spacing) * len(axes) if len(spacing) == 1 else list(spacing) or [1.0] * len(axes)
    found = tuple(_slope(np.moveaxis(f, a, -1), h, a, edge_order) for a, h in zip(axes, each))
    return found[0] if len(found) == 1 else found


def _slope(f: Array, spacing: Any, axis: int, order: int) -> Array:
    n = f.shape[-1]
    if n <= order or (np.ndim(spacing) and np.shape(spacing) != (n,)):
        raise ShapeError(
            f"gradient: {n} samples along axis {axis}, spacing {np.shape(spacing)}; edge_order {order} takes at least "
            f"{order + 1} samples, and a spacing is a number or as many coordinates"
        )
    h = (
        diff(spacing)
        if np.ndim(spacing)
        else np.broadcast_to(spacing if hasattr(spacing, "dtype") else np.asarray(spacing, np.real(f).dtype), (n - 1,))
    )
    chords = diff(f) / h
    inside = (h[:-1] * chords[..., 1:] + h[1:] * chords[..., :-1]) / (h[1:] + h[:-1])  # of a parabola through three
    first, last = chords[..., :1], chords[..., -1:]
    if order == 2:
        first = chords[..., :1] + (chords[..., :1] - chords[..., 1:2]) * (h[0] / (h[0] + h[1]))
        last = chords[..., -1:] + (chords[..., -1:] - chords[..., -2:-1]) * (h[-1] / (h[-1] + h[-2]))
    return np.moveaxis(concatenate([first, inside, last], -1), -1, axis)


@composite(cases=lambda d: (d.array((2, 2)), d.array((2,)), d.array(())), numpy=np.ediff1d)
def ediff1d(x: Array, to_end: Array | None = None, to_begin: Array | None = None) -> Array:
    """Differences of neighbours of the flattened x, between what is given for the begin and the end.

    >>> ediff1d(Tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """
    ends = [[] if end is None else [np.ravel(end)] for end in (to_begin, to_end)]
    return concatenate([*ends[0], diff(np.ravel(x)), *ends[1]], 0)


# -- areas and running totals --------------------------------------------------------------------------


def _area_cases(d: Draw) -> Case:
    y = d.array((d.integer(1, 3), 3))
    axis = d.axis(2)
    x = d.choice([None, np.cumsum(d.array((y.shape[axis],), 0.1, 1.0)), y * 2.0])
    return (y, x), {"dx": d.choice([1.0, 0.3]), "axis": axis}


@composite(cases=_area_cases, numpy=np.trapezoid)
def trapezoid(y: Array, x: Array | None = None, dx: Value = 1.0, axis: int = -1) -> Array:
    """The area under samples y along `axis`, at coordinates x or at the distance dx.

    >>> trapezoid(Tensor([1.0, 2.0, 3.0]))
    Tensor(4.)
    """
    y = operand(y)
    width: Any = dx
    if x is not None:
        shape = (-1, *[1] * (y.ndim - 1 - normalize_axis_index(axis, y.ndim)))
        width = np.reshape(diff(x), shape) if np.ndim(x) == 1 else diff(x, axis=axis)
    right, left = _beside(y, axis)
    return np.sum(width * (right + left) / 2.0, axis=axis)


def _cumulative_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, max_dims=2, max_side=3)
    return (x,), {"axis": d.axis(x.ndim), "include_initial": d.boolean()}


def _cumulated(name: str, running: Any, first: float, x: Array, axis: int | None, include_initial: bool) -> Array:
    x = operand(x)
    if axis is None and x.ndim != 1:
        raise ValueError(f"{name}: x has shape {x.shape}; say along which axis, it is 0 by itself for a vector only")
    y = running(x, axis=axis or 0)
    if not include_initial:
        return y
    width = [(0, 0)] * x.ndim
    width[axis or 0] = (1, 0)
    return np.pad(y, width, constant_values=first)


@composite(cases=_cumulative_cases, numpy=np.cumulative_sum)
def cumulative_sum(x: Array, axis: int | None = None, include_initial: bool = False) -> Array:
    """The running sum along `axis`, from 0 on if `include_initial`.

    >>> cumulative_sum(Tensor([1.0, 2.0]), include_initial=True)
    Tensor([0., 1., 3.])
    """
    return _cumulated("cumulative_sum", np.cumsum, 0.0, x, axis, include_initial)


@composite(cases=_cumulative_cases, numpy=np.cumulative_prod)
def cumulative_prod(x: Array, axis: int | None = None, include_initial: bool = False) -> Array:
    """The running product along `axis`, from 1 on if `include_initial`.

    >>> cumulative_prod(Tensor([2.0, 3.0]), include_initial=True)
    Tensor([1., 2., 6.])
    """
    return _cumulated("cumulative_prod", np.cumprod, 1.0, x, axis, include_initial)


# -- between samples -----------------------------------------------------------------------------------


def _interp_cases(d: Draw) -> Case:
    xp = np.array([0.0, 1.0, 2.5]) + np.real(d.array((3,), -0.1, 0.1))
    x = np.real(d.array((4,), -1.0, 4.0))
    x = np.where(np.min(np.abs(x[:, None] - xp), axis=1) < 0.05, x + 0.12, x)
    ends = d.choice([(None, None), (-1.0, 2.0)])
    return (x, xp, d.array((3,))), dict(zip(("left", "right"), ends))


@composite(cases=_interp_cases, numpy=np.interp)
def interp(
    x: Array,
    xp: Array,
    fp: Array,
    left: Value | None = None,
    right: Value | None = None,
    period: float | None = None,
) -> Array:
    """What lies at x on straight lines between the points (xp, fp), with xp ascending; `left` and `right` of them.

    With a `period` all x are taken as places in it, and xp in any order.

    >>> interp(Tensor([0.5, 9.0]), Tensor([0.0, 1.0]), Tensor([10.0, 20.0]))
    Tensor([15., 20.])
    """
    x, xp, fp = operand(x), operand(xp), operand(fp)
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise ShapeError(f"interp: xp {xp.shape} and fp {fp.shape}; give as many numbers of each, in vectors")
    if "c" in (x.dtype.kind, xp.dtype.kind):
        raise DtypeError("interp: places x and xp are real numbers, since complex ones have no order; give it z.real")
    if period is not None:
        x, xp = x % abs(period), xp % abs(period)
        order = np.argsort(xp)
        xp, fp = take(xp, order), take(fp, order)
        xp = concatenate([xp[-1:] - abs(period), xp, xp[:1] + abs(period)], 0)
        fp = concatenate([fp[-1:], fp, fp[:1]], 0)
    n = xp.shape[0]
    above = np.clip(np.searchsorted(xp, x, side="right"), 1, max(n - 1, 1))
    high, low = np.minimum(above, n - 1), above - 1
    x0, x1, f0, f1 = take(xp, low), take(xp, high), take(fp, low), take(fp, high)
    y = f0 + (f1 - f0) * ((x - x0) / np.where(x1 > x0, x1 - x0, 1.0))
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[-1], fp[-1] if right is None else right, y)


def _unwrap_cases(d: Draw) -> Case:
    steps = d.array((2, 3), -4.0, 4.0, away=(-np.pi, np.pi))
    return (np.cumsum(steps, axis=-1),), {"axis": -1}


@composite(complex=False, cases=_unwrap_cases, numpy=np.unwrap)
def unwrap(x: Array, discont: float | None = None, axis: int = -1, period: float = 2 * np.pi) -> Array:
    """Angles without jumps: where neighbours differ by more than half a period, so many periods are added.

    >>> unwrap(Tensor([0.0, 3.0, -3.0]))
    Tensor([0.    , 3.    , 3.2832])
    """
    x = operand(x)
    axis, half = normalize_axis_index(axis, x.ndim), period / 2.0
    step = diff(x, axis=axis)
    least = np.remainder(step + half, period) - half
    least = np.where((least == -half) & (step > 0), half, least)
    turns = np.where(np.abs(step) < np.maximum(half, discont or 0.0), 0.0, least - step)
    right, _ = _beside(x, axis)
    first = x[(*(slice(None),) * axis, slice(0, 1))]
    return concatenate([first, right + np.cumsum(turns, axis=axis)], axis)


# -- convolution ---------------------------------------------------------------------------------------


def _met(y: Array, shape: Shape, other: Shape) -> Array:
    """Of a whole convolution with what has the shape `other`, the part that belongs to the other operand."""
    return y[tuple(slice(m - 1, m - 1 + n) for n, m in zip(shape, other))]


@op(
    complex=True,
    a=lambda g, b, a_shape: _met(_convolve(g, np.flip(b)), a_shape, b.shape),
    b=lambda g, a, b_shape: _met(_convolve(g, np.flip(a)), b_shape, a.shape),
    cases=lambda d: d.choice([(d.array((3,)), d.array((2,))), (d.array((2, 3)), d.array((3, 1)))]),
    formulas={"a": "g correlated with b", "b": "g correlated with a"},
)
def _convolve(a: Array, b: Array) -> Array:
    """All of the convolution of arrays with as many axes, which have elements."""
    if a.ndim == 1:
        return np.convolve(a, b)
    from scipy.signal import convolve  # which takes its time

    return library(convolve)(a, b)


def _part(y: Array, mode: str, sizes: list[tuple[int, int]], late: bool = False) -> Array:
    """The part of a whole convolution that `mode` names; the middle of an even rest is a matter of taste."""
    choice("convolve: mode", mode, ("full", "same", "valid"))
    if mode == "full":
        return y
    cuts = [(min(n, m) - 1, abs(n - m) + 1) for n, m in sizes]
    if mode == "same":
        cuts = [((min(n, m) - (not late)) // 2, max(n, m)) for n, m in sizes]
    return y[tuple(slice(start, start + count) for start, count in cuts)]


def _convolve_cases(d: Draw) -> Case:
    n, m = d.choice([(3, 2), (2, 3), (1, 4), (4, 4)])
    return d.array((n,)), d.array((m,)), d.choice(["full", "same", "valid"])


@composite(cases=_convolve_cases, numpy=np.convolve)
def convolve(a: Array, v: Array, mode: str = "full") -> Array:
    """The convolution of two vectors, or of arrays with as many axes: sum over k of a[k] v[n - k].

    `mode` "same" is the middle of it, as long as the longer, "valid" where they overlap wholly.

    >>> convolve(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([1., 3., 5., 3.])
    """
    a, v = operand(a), operand(v)
    if a.ndim != v.ndim or not (a.ndim and a.size and v.size):
        raise ShapeError(f"convolve: a {a.shape} and v {v.shape}; both need elements, and as many axes")
    return _part(_convolve(a, v), mode, list(zip(a.shape, v.shape)))


@composite(cases=_convolve_cases, numpy=np.correlate)
def correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    """The correlation of two vectors: sum over k of a[n + k] v[k]; `mode` as of `convolve`.

    >>> correlate(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([3., 5.])
    """
    a, v = operand(a), operand(v)
    if a.ndim != 1 or v.ndim != 1 or not (a.size and v.size):
        raise ShapeError(f"correlate: a {a.shape} and v {v.shape}; it takes vectors with elements")
    return _part(_convolve(a, conjugated(np.flip(v))), mode, [(a.size, v.size)], late=v.size > a.size)
