"""Choosing elements: by conditions, by their order, each of several equal ones once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.op import numpy_functions
from ..engine.types import Array
from .arithmetic import operand, values_of
from .cases import Case, Draw
from .declare import composite
from .index import setitem
from .shape import concatenate
from .spelling import spelled

__all__ = [
    "apply_along_axis", "apply_over_axes", "choose", "compress", "extract", "intersect1d", "partition", "piecewise",
    "select", "setdiff1d", "setxor1d", "trim_zeros", "union1d", "unique",
]  # fmt: skip


# -- by conditions -------------------------------------------------------------------------------------


def _select_cases(d: Draw) -> Case:
    choices = [d.array((2, 3)) for _ in range(2)]
    return [d.array((2, 3)) > 0 for _ in choices], choices, d.choice([0.0, d.array(())])


@composite(cases=_select_cases, numpy=np.select)
def select(condlist: list[Array], choicelist: list[Array], default: Array = 0) -> Array:  # type: ignore[assignment]
    """Where the first of the conditions holds the first choice, else where the second does the second, ...

    >>> select([np.array([True, False])], [Tensor([1.0, 2.0])], 9.0)
    Tensor([1., 9.])
    """
    y = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        y = np.where(condition, choice, y)
    return y


@composite(cases=lambda d: (np.array([2, 0, 1, 1]), [d.array((4,)), d.array(()), d.array((4,))]), numpy=np.choose)
def choose(x: Array, choices: list[Array], mode: str = "raise") -> Array:
    """At each place the element of the array of that number; `mode` "wrap" or "clip" mends a number outside.

    >>> choose(np.array([1, 0]), [Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([3., 2.])
    """
    mended = np.choose(values_of(x), range(len(choices)), mode=mode)
    return select([mended == i for i in range(len(choices))], choices)


def _piecewise_cases(d: Draw) -> Case:
    x = d.array(away=(0.0, 1.0))
    return x, [x < 0, x > 1], [np.exp, 2.0, np.square][: d.integer(2, 3)]


@composite(cases=_piecewise_cases, numpy=np.piecewise)
def piecewise(x: Array, condlist: list[Array], funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """Each function, or number, where its condition holds, of the elements there only; one more is for the rest.

    >>> piecewise(Tensor([-1.0, 4.0]), [np.array([False, True])], [np.sqrt, 0.0])
    Tensor([0., 2.])
    """
    conditions = [np.asarray(values_of(c), bool) for c in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.logical_or.reduce(conditions))
    elif len(funclist) != len(conditions):
        raise ValueError(f"piecewise: {len(funclist)} functions for {len(conditions)} conditions; one more may be left")
    y = np.zeros_like(x)
    for condition, f in zip(conditions, funclist):
        y = setitem(y, f(x[condition], *args, **kw) if callable(f) else f, condition)
    return y


@composite(cases=lambda d: ([True, False, True], d.array((2, 3)), d.choice([1, None])), numpy=np.compress)
def compress(condition: Array, x: Array, axis: int | None = None) -> Array:
    """The slices along `axis` (the elements by default) where the condition, a vector, holds.

    >>> compress([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """
    return np.take(x, np.flatnonzero(condition), axis=axis)


@composite(cases=lambda d: (d.array((2, 3)) > 0, d.array((2, 3))), numpy=np.extract)
def extract(condition: Array, x: Array) -> Array:
    """The elements where the condition holds: x[condition].

    >>> extract([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """
    return np.take(np.ravel(x), np.flatnonzero(condition))


# -- by their order ------------------------------------------------------------------------------------


@composite(complex=False, cases=lambda d: (d.array((2, 3), apart=True), d.choice([1, (0, 2)]), d.choice([-1, 1, None])))
def partition(x: Array, kth: int | Sequence[int], axis: int | None = -1) -> Array:
    """x along `axis` with what sorting puts at `kth` there, smaller before and larger behind: here all in order.

    >>> partition(Tensor([3.0, 1.0, 2.0]), 1)
    Tensor([1., 2., 3.])
    """
    n = np.size(x) if axis is None else np.shape(x)[axis]
    if not all(-n <= k < n for k in np.atleast_1d(kth)):
        raise ValueError(f"partition: kth={kth} of {n} elements")
    return np.sort(x, axis)


numpy_functions[np.partition] = spelled(partition.op, np.partition, partition)  # which leaves the rest in any order


def _trim_cases(d: Draw) -> Case:
    x = d.choice([d.array((3,), low=0.5), np.array([0, 0, 1, 0, 2, 0]), np.zeros(2, int)])
    return x, d.choice(["fb", "f", "b"])


@composite(cases=_trim_cases, numpy=np.trim_zeros)
def trim_zeros(x: Array, trim: str = "fb") -> Array:
    """A vector without the zeros at its front ("f") and its back ("b").

    >>> trim_zeros(Tensor([0.0, 1.0, 0.0]), "f")
    Tensor([1., 0.])
    """
    (places,) = np.nonzero(values_of(x))
    if not places.size:
        return x[:0]
    return x[places[0] if "f" in trim else 0 : places[-1] + 1 if "b" in trim else np.size(x)]


# -- each once -----------------------------------------------------------------------------------------


@composite(cases=lambda d: (d.array((d.integer(0, 4),), apart=True),), numpy=np.unique)
def unique(
    x: Array,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
) -> Any:
    """The elements (or slices along `axis`) in order, each once: the first of several equal ones gets the gradient.

    With `return_index`, ... also where each is first, where each element went, how often each is there.

    >>> unique(Tensor([2.0, 1.0, 2.0]))
    Tensor([1., 2.])
    """
    asked = (return_index, return_inverse, return_counts)
    _, index, *rest = np.unique(values_of(x), True, *asked[1:], axis=axis, equal_nan=equal_nan)
    y = np.take(np.ravel(x) if axis is None else x, index, axis=axis or 0)
    return (y, *([index] if return_index else []), *rest) if True in asked else y


def _as_numpy(function: Any, *asked: bool) -> Any:
    """A function on sets of NumPy's, to which each nan is another, in its named tuple."""
    named = type(function(np.empty(0)))
    return lambda x: named(*unique(x, *asked, equal_nan=False))


numpy_functions[np.unique_all] = _as_numpy(np.unique_all, True, True, True)
numpy_functions[np.unique_counts] = _as_numpy(np.unique_counts, False, False, True)
numpy_functions[np.unique_inverse] = _as_numpy(np.unique_inverse, False, True)
numpy_functions[np.unique_values] = lambda x: unique(x, equal_nan=False)


def _sets_cases(d: Draw) -> Case:
    """Sets of integers that share some, or of real numbers that share none: a small step would part equal ones."""
    one = d.array((3,), apart=True)
    return d.choice([(one, one[:2] + 9.0), (np.array([3, 1, 1, 2]), np.array([7, 1, 3]))])


@composite(cases=_sets_cases, numpy=np.union1d)
def union1d(a: Array, b: Array) -> Array:
    """The elements of a and b in order, each once.

    >>> union1d(Tensor([2.0, 1.0]), Tensor([3.0]))
    Tensor([1., 2., 3.])
    """
    return unique(concatenate([np.ravel(a), np.ravel(b)], 0))


@composite(cases=lambda d: ([3, 1, 1, 2], [7, 1, 3]), numpy=np.intersect1d)
def intersect1d(a: Array, b: Array, assume_unique: bool = False) -> Array:
    """The elements of a that are in b, too, in order, each once.

    >>> intersect1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([2.])
    """
    y = unique(a)
    return y[np.isin(values_of(y), values_of(b))]


@composite(cases=_sets_cases, numpy=np.setdiff1d)
def setdiff1d(a: Array, b: Array, assume_unique: bool = False) -> Array:
    """The elements of a that are not in b, in order, each once.

    >>> setdiff1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([1.])
    """
    y = np.ravel(a) if assume_unique else unique(a)
    return y[~np.isin(values_of(y), values_of(b))]


@composite(complex=False, cases=_sets_cases, numpy=np.setxor1d)
def setxor1d(a: Array, b: Array, assume_unique: bool = False) -> Array:
    """The elements that are in only one of a and b, in order, each once.

    >>> setxor1d(Tensor([2.0, 1.0]), Tensor([2.0, 5.0]))
    Tensor([1., 5.])
    """
    return np.sort(concatenate([setdiff1d(a, b), setdiff1d(b, a)], 0))


# -- slice by slice ------------------------------------------------------------------------------------


def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Array, *args: Any, **kwargs: Any) -> Array:
    """func1d of each vector along `axis`, whose result takes its place.

    >>> apply_along_axis(np.sum, 0, Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([4., 6.])
    """
    rows = np.moveaxis(operand(arr), axis, -1)
    found = np.stack([operand(func1d(row, *args, **kwargs)) for row in np.reshape(rows, (-1, rows.shape[-1]))])
    found = np.reshape(found, (*rows.shape[:-1], *found.shape[1:]))
    k = found.ndim - rows.ndim + 1
    place = axis % rows.ndim
    return np.moveaxis(found, range(found.ndim - k, found.ndim), range(place, place + k))


def apply_over_axes(func: Callable[..., Any], a: Array, axes: int | Sequence[int]) -> Array:
    """func(a, axis) along one axis after the other; an axis that it reduces stays, with length 1.

    >>> apply_over_axes(np.sum, Tensor([[1.0, 2.0], [3.0, 4.0]]), [0, 1])
    Tensor([[10.]])
    """
    for axis in np.atleast_1d(axes).tolist():
        y = func(a, axis)
        a = y if np.ndim(y) == np.ndim(a) else np.expand_dims(y, axis)
    return a


numpy_functions[np.apply_along_axis] = apply_along_axis
numpy_functions[np.apply_over_axes] = apply_over_axes
