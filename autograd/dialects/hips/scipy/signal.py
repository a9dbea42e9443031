"""`autograd.scipy.signal`: a convolution along chosen axes, as HIPS has it."""

from math import prod
from typing import Any

import numpy as np

from autograd import ops
from autograd.support.checks import choice


def convolve(A: Any, B: Any, axes: Any = None, dot_axes: Any = ((), ()), mode: str = "full") -> Any:
    """The convolution of A and B along pairs of `axes`, summed over pairs of `dot_axes`.

    Of the result come first the other axes of A, then those of B, then those that were convolved.
    """
    choice("convolve: mode", mode, ("full", "valid", "same"))
    along, across = axes or (tuple(range(A.ndim)),) * 2
    sizes = [(A.shape[i], B.shape[j]) for i, j in zip(along, across)]
    lead, images = _images(A, along, dot_axes[0])
    others, kernels = _images(B, across, dot_axes[1])
    turned = tuple(range(2, kernels.ndim))  # as mathematics has a convolution
    if mode == "valid" and any(a < b for a, b in sizes):
        if any(a > b for a, b in sizes):
            raise ValueError(f"convolve: in mode valid one array must be the larger along all axes, not {sizes}")
        y = np.swapaxes(ops.convolution(kernels, np.flip(images, turned)), 0, 1)
    else:
        around = {"full": lambda b: (b - 1, b - 1), "same": lambda b: (b // 2, (b - 1) // 2), "valid": lambda b: (0, 0)}
        y = ops.convolution(images, np.flip(kernels, turned), padding=[around[mode](b) for b in kernels.shape[2:]])
    return np.reshape(y, (*lead, *others, *y.shape[2 : 2 + len(along)]))


def _images(x: Any, along: Any, dotted: Any) -> tuple[list[int], Any]:
    """The lengths of the other axes, and the array as (others, dotted, *along), with one place if there is none."""
    rest = [k for k in range(x.ndim) if k not in (*along, *dotted)]
    lead, inner, sizes = ([x.shape[k] for k in part] for part in (rest, dotted, along))
    return lead, np.reshape(np.transpose(x, (*rest, *dotted, *along)), (prod(lead), prod(inner), *(sizes or (1,))))
