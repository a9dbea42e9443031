"""Pooling: the maximum or mean of each window over the last axes.

A window is never copied. Its elements at one place, for all windows at once, are a strided slice of x, and the axes are
pooled one after the other, so that a k x k window takes 2 k passes. The innermost axis goes first: then the first of
equal elements in reading order is the one that is found, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..engine.errors import ShapeError
from ..engine.tensor import Tensor
from ..engine.types import Array, Shape
from ..support.checks import floats, sizes
from .cases import Case, Draw
from .declare import op
from .index import take_along_axis
from .special import in_single
from .windows import Setting as Sizes, positions, span

__all__ = ["avg_pool", "avg_unpool", "max_pool"]


class Window(NamedTuple):
    """The windows along one axis of `length`: `number` of them, `size` elements each."""

    size: int
    stride: int
    padding: int
    dilation: int
    length: int
    number: int

    def start(self, j: int) -> int:
        """Where element j of the first window lies."""
        return j * self.dilation - self.padding

    def steps(self) -> Iterator[tuple[int, int, int]]:
        """(j, low, high): element j of the windows low to high lies inside the axis; of the others it is padding."""
        for j in range(self.size):
            start = self.start(j)
            low = max(0, -(start // self.stride))
            high = min(self.number, (self.length - 1 - start) // self.stride + 1)
            if low < high:
                yield j, low, high

    def places(self, j: int, low: int, high: int) -> slice:
        """Where element j of the windows low to high lies."""
        start = self.start(j) + low * self.stride
        return slice(start, start + (high - low - 1) * self.stride + 1, self.stride)

    @property
    def padded(self) -> bool:
        """Whether any window reaches beyond the axis."""
        return self.padding > 0 or (self.number - 1) * self.stride + self.start(self.size - 1) >= self.length

    @property
    def apart(self) -> bool:
        """Whether no element lies in two windows."""
        return self.stride > (self.size - 1) * self.dilation or self.number == 1

    @property
    def tiles(self) -> bool:
        """Whether each element lies in exactly one window."""
        return not self.padded and self.stride == self.size == self.length / self.number and self.dilation == 1


Windows = tuple[Window, ...]


def _along(axis: int, places: slice) -> tuple[Any, ...]:
    """The index of `places` along an axis counted from the end, as -1, of everything along the others."""
    return (..., places, *(slice(None),) * (-axis - 1))


def _steps(windows: Windows) -> Iterator[tuple[int, tuple[Any, ...], tuple[Any, ...]]]:
    """For each place in a window: its number in reading order, the windows that have it inside, and where in x."""
    for steps in product(*(w.steps() for w in windows)):
        number = 0
        for (j, _, _), w in zip(steps, windows):
            number = number * w.size + j
        inside = tuple(slice(low, high) for _, low, high in steps)
        yield number, (..., *inside), (..., *(w.places(*step) for w, step in zip(windows, steps)))


def window_arguments(
    name: str, kernel: Sizes, stride: Sizes | None, padding: Sizes, dilation: Sizes = 1
) -> tuple[Shape, Shape, Shape, Shape]:
    """Kernel, stride, padding and dilation, each with one number per axis; raises unless they make sense."""
    axes = _axes_of(kernel)
    kernel = sizes(f"{name}: kernel", kernel, axes)
    strides = kernel if stride is None else sizes(f"{name}: stride", stride, axes)
    pads, steps = sizes(f"{name}: padding", padding, axes, 0), sizes(f"{name}: dilation", dilation, axes)
    for k, p, d in zip(kernel, pads, steps):
        if 2 * p > span(k, d):
            raise ValueError(f"{name}: padding {p} is more than half of the kernel, which spans {span(k, d)}")
    return kernel, strides, pads, steps


def _axes_of(kernel: Sizes) -> int:
    return len(kernel) if isinstance(kernel, (Sequence, np.ndarray)) else 1


def _windows(name: str, x: Array, lengths: Shape, ceil_mode: bool, *arguments: Any) -> Windows:
    """The windows along each of the last axes of an array of these lengths; raises unless they fit."""
    found = window_arguments(name, *arguments)
    floats(f"{name}: x", x)
    if len(lengths) < len(found[0]):
        raise ShapeError(f"{name}: x {lengths} has fewer axes than the kernel {arguments[0]}")
    return _fitted(name, lengths, ceil_mode, *found)


@lru_cache  # a network pools the same shapes again and again
def _fitted(
    name: str, lengths: Shape, ceil_mode: bool, kernel: Shape, stride: Shape, padding: Shape, dilation: Shape
) -> Windows:
    found = []
    for length, k, s, p, d in zip(lengths[-len(kernel) :], kernel, stride, padding, dilation):
        number = positions(length, k, s, (p, p), d, ceil_mode)
        if number < 1 or length < 1:
            raise ShapeError(
                f"{name}: a kernel that spans {span(k, d)} does not fit x {lengths}, whose axis of {length} is "
                f"{length + 2 * p} with padding; use a smaller kernel or more padding"
            )
        found.append(Window(k, s, p, d, length, number))
    return tuple(found)


def _pool_cases(d: Draw, dilated: bool) -> Case:
    n = d.integer(1, 2)
    kernel, dilation = ([d.integer(1, 3) for _ in range(n)] for _ in range(2))
    dilation = [v if dilated else 1 for v in dilation]
    padding = [d.integer(0, ((k - 1) * v + 1) // 2) for k, v in zip(kernel, dilation)]
    stride = d.choice([None, 1, tuple(d.integer(1, 3) for _ in range(n))])
    spare = [(k - 1) * v + 1 - 2 * p for k, v, p in zip(kernel, dilation, padding)]
    sides = [max(v, s) + d.integer(0, 3) for v, s in zip(dilation, spare)]  # an element in every window
    x = d.array((*d.choice([(), (2,), (1, 2)]), *sides), apart=dilated)
    return x, tuple(kernel), stride, tuple(padding), *((tuple(dilation),) * dilated), d.boolean()


# -- maximum -------------------------------------------------------------------------------------------


def _max_along(x: Array, at: Array, axis: int, w: Window, inner: int) -> tuple[Array, Array]:
    """Pool one axis. `at` says where in their windows the elements were found along the `inner` further axes.

    A later j has a greater number than any earlier one, whatever lies further in, so that the numbers of what was
    found are kept up to date by a maximum, too: a whole pass without a branch.
    """
    if not w.padded:
        first = _along(axis, w.places(0, 0, w.number))
        best, at_best = x[first], at[first]
        for j, low, high in [*w.steps()][1:]:
            place = _along(axis, w.places(j, low, high))
            larger = x[place] > best
            best = np.maximum(best, x[place], out=best if j > 1 else None)
            at_best = np.maximum(at_best, (at[place] + at.dtype.type(j * inner)) * larger)
        return best, at_best
    shape = list(x.shape)
    shape[axis] = w.number
    best, at_best = np.full(shape, -np.inf, x.dtype), np.zeros(shape, at.dtype)
    seen = w.number  # from this window on, an earlier element was inside
    for j, low, high in w.steps():
        middle = max(low, min(seen, high))
        seen = low
        if low < middle:  # the first element inside is found even if it is -inf
            new, place = _along(axis, slice(low, middle)), _along(axis, w.places(j, low, middle))
            best[new] = x[place]
            at_best[new] = at[place] + at.dtype.type(j * inner)
        if middle < high:
            old, place = _along(axis, slice(middle, high)), _along(axis, w.places(j, middle, high))
            larger = x[place] > best[old]
            np.maximum(best[old], x[place], out=best[old])
            np.maximum(at_best[old], (at[place] + at.dtype.type(j * inner)) * larger, out=at_best[old])
    return best, at_best


def _maxima(x: Array, windows: Windows) -> tuple[Array, Array]:
    """The maxima, and where in its window each was found, numbered in reading order."""
    inner = 1
    best, at = x, np.broadcast_to(np.min_scalar_type(prod(w.size for w in windows)).type(0), x.shape)
    for axis, w in zip(range(-1, -len(windows) - 1, -1), reversed(windows)):
        best, at = _max_along(best, at, axis, w, inner)
        inner *= w.size
    at = np.ascontiguousarray(at)
    if best.size and np.isnan(best.max()):  # rare: of several nan in a window the last is found, as in PyTorch
        at = np.array(at)
        for number, inside, places in _steps(windows):
            np.copyto(at[inside], at.dtype.type(number), where=np.isnan(x[places]))
    return np.array(best) if np.may_share_memory(best, x) else best, at


def _flat_places(at: Array, windows: Windows) -> Array:
    """Where the maxima lie in the pooled axes of x, flattened."""
    left, step = at.astype(np.int64), 1
    flat = np.zeros_like(left)
    for axis, w in zip(range(-1, -len(windows) - 1, -1), reversed(windows)):
        left, j = np.divmod(left, w.size)
        starts = np.arange(w.number) * w.stride - w.padding
        flat = flat + step * (starts.reshape(-1, *(1,) * (-axis - 1)) + j * w.dilation)
        step *= w.length
    return flat


def _max_kernel(g: Any, windows: Windows, at: Array) -> list[Array]:
    """Zeros in the shape of x, and each g added where its maximum was found."""
    g = g[0] if isinstance(g, tuple) else g  # the places have no derivative
    shape = (*g.shape[: -len(windows)], *(w.length for w in windows))
    out = (np.empty if all(w.tiles for w in windows) else np.zeros)(shape, g.dtype)
    bits = f"i{g.dtype.itemsize}"  # a number AND minus one, all bits, is itself; a product would make inf * 0 a nan
    apart = all(w.apart for w in windows)
    for number, inside, places in _steps(windows):
        mask = np.negative((at[inside] == number).view(np.int8)).astype(bits)
        if apart:
            np.bitwise_and(g[inside].view(bits), mask, out=out[places].view(bits))
        else:
            out[places] += np.bitwise_and(g[inside].view(bits), mask, out=mask).view(g.dtype)
    return [out]


def _max_reference(
    x: Array, kernel: Sizes, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, return_indices: bool
) -> Any:
    """The elements of x at the places of the maxima."""
    still = x.detach() if isinstance(x, Tensor) else x  # places have no derivative
    _, places = max_pool(still, kernel, stride, padding, dilation, ceil_mode, True)
    axes = _axes_of(kernel)
    y = np.reshape(take_along_axis(_flattened(x, axes), _flattened(places, axes), -1), places.shape)
    return (y, places) if return_indices else y


def _flattened(x: Array, axes: int) -> Array:
    """x with its last axes made one."""
    lead = x.shape[: x.ndim - axes]
    return np.reshape(x, (*lead, prod(x.shape[len(lead) :])))


@op(
    joint=_max_kernel,
    reference=_max_reference,
    exact=True,
    kept=("windows", "at"),
    inputs=("x",),
    cases=lambda d: (*_pool_cases(d, dilated=True), d.boolean()),
    formulas={"x": "g put at the maximum of its window"},
)
def max_pool(
    x: Array,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window over the last len(kernel) axes of x; of equal ones, the first has the gradient.

    The maximum of a window with a nan is nan; of several, the last has the gradient.

    Windows of `kernel` elements, `dilation` apart, start every `stride` (by default: kernel) elements, in x with
    `padding` on both sides, which is never the maximum. `ceil_mode` keeps a last window that sticks out. Each is one
    number, or one per axis. `return_indices` gives also where the maxima lie in the pooled axes, flattened. Raises
    ShapeError where no window fits, ValueError for a padding of more than half the kernel.

    >>> max_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """
    windows = _windows("max_pool", x, x.shape, ceil_mode, kernel, stride, padding, dilation)
    y, at = _maxima(x, windows)
    return (y, _flat_places(at, windows)) if return_indices else y, windows, at


# -- mean ----------------------------------------------------------------------------------------------


def _sum_along(x: Array, axis: int, w: Window) -> Array:
    """The sums of the windows along one axis."""
    if not w.padded:
        views = [x[_along(axis, w.places(*step))] for step in w.steps()]
        total = np.add(views[0], views[1] if w.size > 1 else 0.0)
        for view in views[2:]:
            total += view
        return total
    shape = list(x.shape)
    shape[axis] = w.number
    total = np.zeros(shape, x.dtype)
    for j, low, high in w.steps():
        total[_along(axis, slice(low, high))] += x[_along(axis, w.places(j, low, high))]
    return total


def _spread_along(g: Array, axis: int, w: Window) -> Array:
    """The adjoint of `_sum_along`."""
    shape = list(g.shape)
    shape[axis] = w.length
    out = (np.empty if w.tiles else np.zeros)(shape, g.dtype)
    for j, low, high in w.steps():
        part, place = g[_along(axis, slice(low, high))], _along(axis, w.places(j, low, high))
        if w.apart:
            out[place] = part
        else:
            out[place] += part
    return out


@lru_cache
def _weights(windows: Windows, count_include_pad: bool, divisor: int | None) -> Array | float:
    """1 / number of elements of each window, or 1 / divisor."""
    if divisor is not None:
        return 1.0 / divisor
    total: Array = np.ones(())
    for w in windows:
        start = np.arange(w.number) * w.stride - w.padding
        low, high = (0, w.length) if not count_include_pad else (-w.padding, w.length + w.padding)
        sizes = np.minimum(start + w.size, high) - np.maximum(start, low)
        total = np.multiply.outer(total, sizes)
    return 1.0 / total if np.ptp(total) else 1.0 / float(total.flat[0])


@op(
    complex=False,
    x=lambda g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override: avg_unpool(
        g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    ),
    cases=lambda d: (*_pool_cases(d, dilated=False), d.boolean(), d.choice([None, 3])),
    formulas={"x": "g / size of the window, spread over it"},
)
@in_single
def avg_pool(
    x: Array,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """The mean of each window over the last len(kernel) axes of x; for the windows see `max_pool`.

    Padding counts as zeros, or not at all without `count_include_pad`; what sticks out beyond it never counts.
    `divisor_override` divides the sums instead. Raises ShapeError where no window fits, ValueError for a padding
    of more than half the kernel.

    >>> avg_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([2., 1.])
    """
    windows = _windows("avg_pool", x, x.shape, ceil_mode, kernel, stride, padding)
    if divisor_override == 0:
        raise ValueError("avg_pool: divisor_override=0 would divide by zero")
    for axis, w in zip(range(-1, -len(windows) - 1, -1), reversed(windows)):
        x = _sum_along(x, axis, w)
    x *= np.asarray(_weights(windows, count_include_pad, divisor_override), x.dtype)
    return x


def _unpool_cases(d: Draw) -> Case:
    x, *window = _pool_cases(d, dilated=False)
    window += [d.boolean(), d.choice([None, 3])]
    return d.array(avg_pool(x, *window).shape), x.shape, *window


@op(
    complex=False,
    x=lambda g, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override: avg_pool(
        g, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    ),
    cases=_unpool_cases,
    label="avg_pool adjoint",
    formulas={"x": "the mean of g over each window"},
)
@in_single
def avg_unpool(
    x: Array,
    shape: Shape,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Each element of x, divided by the size of its window, at all places of that window in an array of `shape`.

    The adjoint of `avg_pool`, whose options these are.

    >>> avg_unpool(Tensor([1.0, 3.0]), (4,), 2)
    Tensor([0.5, 0.5, 1.5, 1.5])
    """
    windows = _windows("avg_unpool", x, tuple(shape), ceil_mode, kernel, stride, padding)
    x = x * np.asarray(_weights(windows, count_include_pad, divisor_override), x.dtype)
    for axis, w in zip(range(-len(windows), 0), windows):
        x = _spread_along(x, axis, w)
    return x


def enlarge(x: Tensor, factors: Sequence[int]) -> Tensor:
    """Each element of x repeated along the last axes, as a block of `factors`: the adjoint of summing blocks."""
    lead = x.ndim - len(factors)
    shape = (*x.shape[:lead], *(k * n for k, n in zip(factors, x.shape[lead:])))
    return avg_unpool(x, shape, tuple(factors), divisor_override=1)
