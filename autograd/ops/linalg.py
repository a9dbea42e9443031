"""Linear algebra on batches of matrices, in the last two axes."""

from typing import Any

import numpy as np

from ..op import op


def _matmul_cases(d: Any) -> Any:
    n, k, m = (d.integer(0, 3) for _ in range(3))
    left, right = d.choice(
        [((n, k), (k, m)), ((k,), (k,)), ((k,), (k, m)), ((2, n, k), (k,)), ((2, 1, n, k), (3, k, m))]
    )
    return d.array(left), d.array(right)


def _t(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _matmul_a(g: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return np.expand_dims(g, -1) * b
    if a.ndim == 1:
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, _t(b))


def _matmul_b(g: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return np.expand_dims(g, -2) * np.expand_dims(a, -1) if b.ndim > 1 else g * a
    if b.ndim == 1:
        return np.matmul(_t(a), np.expand_dims(g, -1))[..., 0]
    return np.matmul(_t(a), g)


@op(a=_matmul_a, b=_matmul_b, cases=_matmul_cases, numpy=np.matmul, operator="matmul", label="@")
def matmul(a: Any, b: Any) -> Any:
    """The matrix product, batched over leading axes.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]))
    Tensor([[11.]])
    """
    return np.matmul(a, b)
