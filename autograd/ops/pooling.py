"""Pooling: the maximum or mean of each window over the last axes.

A window is never copied. Its elements at one place, for all windows at once, are a strided slice of x, and the axes are
pooled one after the other, so that a k x k window takes 2 k passes. The innermost axis goes first: then the first of
equal elements in reading order is the one that is found, as in PyTorch.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..engine.errors import DtypeError, ShapeError
from ..engine.op import composite, op
from ..engine.tensor import Tensor

__all__ = [
    "avg_pool", "max_pool",
]  # fmt: skip


class Window(NamedTuple):
    """The windows along one axis of `length`: `number` of them, `size` elements each."""

    size: int
    stride: int
    padding: int
    dilation: int
    length: int
    number: int

    def __str__(self) -> str:  # in drawings
        return f"{self.number} of {self.size}"

    def steps(self) -> Iterator[tuple[int, int, int]]:
        """(j, low, high): element j of the windows low to high lies inside the axis; of the others it is padding."""
        for j in range(self.size):
            start = j * self.dilation - self.padding
            low = max(0, -(start // self.stride))
            high = min(self.number, (self.length - 1 - start) // self.stride + 1)
            if low < high:
                yield j, low, high

    def places(self, j: int, low: int, high: int) -> slice:
        """Where element j of the windows low to high lies."""
        start = j * self.dilation - self.padding
        return slice(start + low * self.stride, start + (high - 1) * self.stride + 1, self.stride)

    @property
    def padded(self) -> bool:
        """Whether any window reaches beyond the axis."""
        reach = (self.number - 1) * self.stride + (self.size - 1) * self.dilation - self.padding
        return self.padding > 0 or reach >= self.length

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


# -- maximum -------------------------------------------------------------------------------------------


def _max_along(x: Any, at: Any, axis: int, w: Window, inner: int) -> tuple[Any, Any]:
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


@op(
    x=lambda g, y, windows: _unpool(g[0], y[1].data if isinstance(y[1], Tensor) else y[1], windows),
    name="max_pool",
    formulas={"x": "g put at the maximum of its window"},
)
def _max_pool(x: Any, windows: Windows) -> Any:
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


@op(
    x=lambda g, at, windows: _pick(g, at, windows),
    name="max_pool",
    label="max_pool adjoint",
    formulas={"x": "g where each maximum was"},
)
def _unpool(x: Any, at: Any, windows: Windows) -> Any:
    """Zeros in the shape of what was pooled, and each x added where its maximum was found."""
    shape = (*x.shape[: -len(windows)], *(w.length for w in windows))
    out = (np.empty if all(w.tiles for w in windows) else np.zeros)(shape, x.dtype)
    bits = f"i{x.dtype.itemsize}"  # a number AND minus one, all bits, is itself; a product would make inf * 0 a nan
    apart = all(w.apart for w in windows)
    for number, inside, places in _steps(windows):
        mask = np.negative((at[inside] == number).view(np.int8)).astype(bits)
        if apart:
            np.bitwise_and(x[inside].view(bits), mask, out=out[places].view(bits))
        else:
            out[places] += np.bitwise_and(x[inside].view(bits), mask, out=mask).view(x.dtype)
    return out


@op(
    x=lambda g, at, windows: _unpool(g, at, windows),
    name="max_pool",
    label="max_pool again",
    formulas={"x": "g put at the maximum of its window"},
)
def _pick(x: Any, at: Any, windows: Windows) -> Any:
    """Of each window the element number `at`: the adjoint of `_unpool`."""
    out = np.zeros(at.shape, x.dtype)
    for number, inside, places in _steps(windows):
        np.copyto(out[inside], x[places], where=at[inside] == number)
    return out


def _flat_places(at: Any, windows: Windows) -> Any:
    """Where the maxima lie in the pooled axes of x, flattened."""
    left, flat, step = at.astype(np.int64), 0, 1
    for axis, w in zip(range(-1, -len(windows) - 1, -1), reversed(windows)):
        left, j = np.divmod(left, w.size)
        starts = np.arange(w.number) * w.stride - w.padding
        flat = flat + step * (starts.reshape(-1, *(1,) * (-axis - 1)) + j * w.dilation)
        step *= w.length
    return flat


def window_arguments(name: str, kernel: Any, stride: Any, padding: Any, dilation: Any = 1) -> tuple[Any, ...]:
    """Kernel, stride, padding and dilation, each with one number per axis; raises unless they make sense."""
    kernel = (kernel,) if np.ndim(kernel) == 0 else tuple(kernel)
    stride = kernel if stride is None else stride
    found = []
    for what, value, least in zip(
        ("kernel", "stride", "padding", "dilation"), (kernel, stride, padding, dilation), (1, 1, 0, 1)
    ):
        values = (value,) * len(kernel) if np.ndim(value) == 0 else tuple(value)
        if len(values) != len(kernel) or not all(
            isinstance(v, (int, np.integer)) and not isinstance(v, bool) and v >= least for v in values
        ):
            raise ValueError(f"{name}: {what}={value!r} is not made of {len(kernel)} integers >= {least}")
        found.append(values)
    for k, _, p, d in zip(*found):
        if 2 * p > (k - 1) * d + 1:
            raise ValueError(f"{name}: padding {p} is more than half of the kernel, which spans {(k - 1) * d + 1}")
    return tuple(found)


def _windows(
    name: str, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Window, ...]:
    """The windows along each of the last axes; raises unless x fits."""
    arguments = window_arguments(name, kernel, stride, padding, dilation)
    n = len(arguments[0])
    if np.ndim(x) < n:
        raise ShapeError(f"{name}: x {np.shape(x)} has fewer axes than the kernel {kernel}")
    if np.result_type(x).kind != "f":
        raise DtypeError(f"{name}: x is {np.result_type(x)}; use .astype(np.float32)")
    found = []
    for length, k, s, p, d in zip(np.shape(x)[-n:], *arguments):
        span = (k - 1) * d + 1
        number = (length + 2 * p - span + (s - 1) * ceil_mode) // s + 1
        if ceil_mode and (number - 1) * s >= length + p:  # a window that starts in the padding on the right
            number -= 1
        if number < 1 or length < 1:
            raise ShapeError(
                f"{name}: a kernel that spans {span} does not fit x {np.shape(x)}, whose axis of {length} is "
                f"{length + 2 * p} with padding; use a smaller kernel or more padding"
            )
        found.append(Window(*map(int, (k, s, p, d, length, number))))
    return tuple(found)


def _pool_cases(d: Any, dilated: bool) -> Any:
    n = d.integer(1, 2)
    kernel, dilation = ([d.integer(1, 3) for _ in range(n)] for _ in range(2))
    dilation = [v if dilated else 1 for v in dilation]
    padding = [d.integer(0, ((k - 1) * v + 1) // 2) for k, v in zip(kernel, dilation)]
    stride = d.choice([None, 1, tuple(d.integer(1, 3) for _ in range(n))])
    spare = [(k - 1) * v + 1 - 2 * p for k, v, p in zip(kernel, dilation, padding)]
    sides = [max(v, s) + d.integer(0, 3) for v, s in zip(dilation, spare)]  # an element in every window
    x = d.array((*d.choice([(), (2,), (1, 2)]), *sides), apart=dilated)
    return x, tuple(kernel), stride, tuple(padding), *((tuple(dilation),) * dilated), d.boolean()


@composite(cases=lambda d: (*_pool_cases(d, dilated=True), d.boolean()))
def max_pool(
    x: Any,
    kernel: int | Sequence[int],
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
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
    windows = _windows("max_pool", x, kernel, stride, padding, dilation, ceil_mode)
    y, at = _max_pool(x, windows)
    if not return_indices:
        return y
    places = _flat_places(at.data if isinstance(at, Tensor) else at, windows)
    return y, Tensor(places) if isinstance(y, Tensor) else places


# -- mean ----------------------------------------------------------------------------------------------


def _sum_along(x: Any, axis: int, w: Window) -> Any:
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


def _spread_along(g: Any, axis: int, w: Window) -> Any:
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


@op(
    x=lambda g, windows, weights: _unaverage(g, windows, weights),
    name="avg_pool",
    formulas={"x": "g / size of the window, spread over it"},
)
def _average(x: Any, windows: Windows, weights: Any) -> Any:
    """The sum of each window, times its weight."""
    for axis, w in zip(range(-1, -len(windows) - 1, -1), reversed(windows)):
        x = _sum_along(x, axis, w)
    x *= np.asarray(weights, x.dtype)
    return x


@op(
    x=lambda g, windows, weights: _average(g, windows, weights),
    name="avg_pool",
    label="avg_pool adjoint",
    formulas={"x": "the mean of g over each window"},
)
def _unaverage(x: Any, windows: Windows, weights: Any) -> Any:
    """Each x, times its weight, at all places of its window: the adjoint of `_average`."""
    x = x * np.asarray(weights, x.dtype)
    for axis, w in zip(range(-len(windows), 0), windows):
        x = _spread_along(x, axis, w)
    return x


def enlarge(x: Any, factors: Sequence[int]) -> Any:
    """Each element of x repeated along the last axes, as a block of `factors`: the adjoint of summing blocks."""
    lengths = np.shape(x)[-len(factors) :]
    return _unaverage(x, tuple(Window(k, k, 0, 1, k * n, n) for k, n in zip(factors, lengths)), 1.0)


def _weights(windows: Windows, count_include_pad: bool) -> Any:
    """1 / number of elements of each window."""
    total: Any = 1.0
    for w in windows:
        start = np.arange(w.number) * w.stride - w.padding
        low, high = (0, w.length) if not count_include_pad else (-w.padding, w.length + w.padding)
        sizes = np.minimum(start + w.size, high) - np.maximum(start, low)
        total = np.multiply.outer(total, sizes)
    return 1.0 / total if np.ptp(total) else 1.0 / float(total.flat[0])


@composite(cases=lambda d: (*_pool_cases(d, dilated=False), d.boolean(), d.choice([None, 3])))
def avg_pool(
    x: Any,
    kernel: int | Sequence[int],
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window over the last len(kernel) axes of x; for the windows see `max_pool`.

    Padding counts as zeros, or not at all without `count_include_pad`; what sticks out beyond it never counts.
    `divisor_override` divides the sums instead. Raises ShapeError where no window fits, ValueError for a padding
    of more than half the kernel.

    >>> avg_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([2., 1.])
    """
    windows = _windows("avg_pool", x, kernel, stride, padding, 1, ceil_mode)
    if divisor_override is not None and divisor_override == 0:
        raise ValueError("avg_pool: divisor_override=0 would divide by zero")
    weights = _weights(windows, count_include_pad) if divisor_override is None else 1.0 / divisor_override
    return _average(x, windows, weights)
