"""What a random mask does to an array, once it is drawn."""

import numpy as np

from ..engine.types import Array
from .cases import Case, Draw
from .declare import BROADCAST, op

__all__ = ["masked_scale"]


def _masked_scale_cases(d: Draw) -> Case:
    x = d.array()
    mask_shape = d.choice([x.shape, tuple(1 if i > 1 else n for i, n in enumerate(x.shape))])
    return x, d.array(mask_shape) > 0, d.choice([1.25, 2.0, 1.0])


@op(
    misfit=BROADCAST,
    x=lambda g, mask, scale: masked_scale(g, mask, scale),
    cases=_masked_scale_cases,
    formulas={"x": "g * mask * scale"},
)
def masked_scale(x: Array, mask: Array, scale: float = 1.0) -> Array:
    """x times `scale` where `mask` is True, and 0 elsewhere; the mask broadcasts to the shape of x.

    >>> masked_scale(Tensor([1.0, 2.0]), np.array([True, False]), 2.0)
    Tensor([2., 0.])
    """
    y = np.multiply(x, mask)
    return np.multiply(y, scale, out=y) if y.__class__ is np.ndarray and y.dtype.kind == "f" else y * scale
