"""Averages with weights, ranges, covariances."""

from typing import Any

import numpy as np

from ..engine.errors import ShapeError
from ..engine.types import Array, Axis
from .arithmetic import conjugated, operand, values_of
from .cases import Case, Draw
from .declare import composite
from .index import unindex
from .reduction import over_axes
from .shape import concatenate

__all__ = ["average", "bincount", "corrcoef", "cov", "ptp"]


def _average_cases(d: Draw) -> Case:
    x = d.array((2, 3))
    weights, axis = d.choice([(None, None), (d.array((2, 3), 0.1, 1.0), 1), (d.array((3,), 0.1, 1.0), 1)])
    return (x, axis, weights), {"keepdims": d.boolean(), "returned": d.boolean()}


@composite(cases=_average_cases, numpy=np.average)
def average(
    x: Array, axis: Axis = None, weights: Array | None = None, returned: bool = False, keepdims: bool = False
) -> Any:
    """The mean over `axis`, weighted if there are `weights` (in the shape of x, or along `axis`).

    With `returned` also the sum of the weights.

    >>> average(Tensor([1.0, 4.0]), weights=Tensor([2.0, 1.0]))
    Tensor(2.)
    """
    x = operand(x)
    w = np.ones_like(x) if weights is None else operand(weights)
    if w.shape != x.shape:
        axes = () if axis is None else tuple(a % x.ndim for a in np.atleast_1d(axis).tolist())
        if w.shape != tuple(x.shape[a] for a in axes):
            raise ShapeError(
                f"average: weights {w.shape} are neither of the shape of x {x.shape} nor along axis {axis}"
            )
        w = np.reshape(
            np.transpose(w, np.argsort(axes).tolist()), [n if a in axes else 1 for a, n in enumerate(x.shape)]
        )
        w = np.broadcast_to(w, x.shape)
    total = np.sum(w, axis=axis, keepdims=keepdims)
    y = np.sum(x * w, axis=axis, keepdims=keepdims) / total
    return (y, total) if returned else y


@composite(complex=False, cases=over_axes(min_side=1, apart=True), numpy=np.ptp)
def ptp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest less the smallest over `axis`.

    >>> ptp(Tensor([3.0, 1.0, 2.0]))
    Tensor(2.)
    """
    return np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)


@composite(
    complex=False,
    cases=lambda d: (np.array([0, 3, 3, 1]), *d.choice([(d.array((4,)), 0), (d.array((4,)), 6), (None, 0)])),
    numpy=np.bincount,
)
def bincount(x: Array, weights: Array | None = None, minlength: int = 0) -> Array:
    """How often each of the integers from 0 on occurs in x, or the sum of the `weights` that belong to it.

    >>> bincount([0, 2, 2], Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 0., 5.])
    """
    places = values_of(x)
    count = np.bincount(places, minlength=minlength)
    return count if weights is None else unindex(operand(weights), count.shape, places)


def _cov_cases(d: Draw) -> Case:
    x, y = d.choice([(d.array((2, 4)), None), (d.array((4,), apart=True), d.array((4,))), (d.array((4,)), None)])
    weights = {"fweights": d.choice([None, np.array([1, 2, 1, 3])]), "aweights": d.choice([None, np.ones(4) * 0.5])}
    return (x, y), {"bias": d.boolean(), **weights}


@composite(cases=_cov_cases, numpy=np.cov)
def cov(
    x: Array,
    y: Array | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Array | None = None,
    aweights: Array | None = None,
) -> Array:
    """The covariances of variables, which are rows (or columns, unless `rowvar`); those of y are added to them.

    The divisor is N - 1, N if `bias`, or N - ddof; `fweights` say how often an observation counts, `aweights` how much.

    >>> cov(Tensor([[0.0, 2.0], [1.0, 5.0]]))
    Tensor([[2., 4.],
            [4., 8.]])
    """
    x = _variables(x, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)], 0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    often, much = (np.ones(1, x.dtype) if w is None else np.astype(operand(w), x.dtype) for w in (fweights, aweights))
    weights = np.broadcast_to(often * much, x.shape[1:])
    total = np.sum(weights)
    lost = ddof * np.sum(weights * much) / total
    centred = x - (np.sum(x * weights, axis=1) / total)[:, None]
    return np.squeeze((centred * weights) @ conjugated(centred).T / (total - lost))


def _variables(x: Array, rowvar: bool) -> Array:
    x = np.atleast_2d(operand(x))
    if x.ndim > 2:
        raise ShapeError(f"cov: an array of shape {x.shape}; it takes one axis or two")
    return x if rowvar or x.shape[0] == 1 else x.T


@composite(
    cases=lambda d: (
        np.cumsum(d.array((2, 4), 0.3, 1.0), 1) ** [[1], [2]],
        d.choice([None, d.array((4,), apart=True)]),
    ),
    numpy=np.corrcoef,
)
def corrcoef(x: Array, y: Array | None = None, rowvar: bool = True) -> Array:
    """The correlations of variables: their covariances by their standard deviations; see `cov`.

    >>> corrcoef(Tensor([[0.0, 2.0, 4.0], [1.0, 5.0, 9.0]]))
    Tensor([[1., 1.],
            [1., 1.]])
    """
    c = cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    return c / deviation[:, None] / deviation
