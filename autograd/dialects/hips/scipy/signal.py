"""`autograd.scipy.signal`: a convolution along chosen axes, as HIPS has it."""

from string import ascii_letters
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
    letters = iter(ascii_letters)
    of_a, of_b = ([next(letters) for _ in x.shape] for x in (A, B))
    for i, j in zip(*dot_axes):
        of_b[j] = of_a[i]
    sizes = [(A.shape[i], B.shape[j]) for i, j in zip(along, across)]
    if mode == "valid" and any(a < b for a, b in sizes) and any(a > b for a, b in sizes):
        raise ValueError(f"convolve: in mode valid one array must be the larger along all axes, not {sizes}")
    rest = [n for k, n in enumerate(of_a) if k not in (*along, *dot_axes[0])]
    rest += [n for k, n in enumerate(of_b) if k not in (*across, *dot_axes[1])] + [of_a[i] for i in along]
    for i, j, (a, b) in sorted(zip(along, across, sizes), reverse=True):  # from the last, as each grows by one axis
        starts = {"full": (0, a + b - 1), "same": ((b - 1) // 2, a), "valid": (min(a, b) - 1, abs(a - b) + 1)}
        start, count = starts[mode]
        places = np.add.outer(np.arange(start, start + count), np.arange(b - 1, -1, -1))  # b - 1 zeros lie before A
        A = ops.take(ops.pad(A, [(b - 1, b - 1) if k == i else (0, 0) for k in range(A.ndim)]), places, i)
        of_a.insert(i + 1, of_b[j])
    return ops.einsum(f"{''.join(of_a)},{''.join(of_b)}->{''.join(rest)}", A, B)
