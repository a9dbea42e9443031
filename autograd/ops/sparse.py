"""Systems of linear equations whose matrix is sparse: its structure is constant, its values have a derivative."""

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from ..engine.errors import ShapeError
from ..engine.types import Array
from ..support.bits.array import refuse
from .arithmetic import operand
from .cases import Case, Draw
from .declare import op

__all__ = ["spsolve"]


def _sparse_cases(d: Draw) -> Case:
    n = d.integer(2, 4)
    rows, columns = np.nonzero(np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-2))
    values = d.array((len(rows),), -1.0, 1.0) + 4.0 * (rows == columns)
    return values, d.array(d.choice([(n,), (n, 2)])), rows, columns


def _rule(g: Array, values: Array, y: Array, rows: Array, columns: Array) -> tuple[Array, Array]:
    z = _spsolve(values, g, columns, rows)
    left, right = (v[:, None] if v.ndim == 1 else v for v in (z, y))
    return -np.sum(left[rows] * right[columns], axis=-1), z


@op(
    complex=True,
    joint=_rule,
    inputs=("values", "b"),
    cases=_sparse_cases,
    formulas={"values": "-(z @ y.T at its place), a.T @ z = g", "b": "z, a.T @ z = g"},
)
def _spsolve(values: Array, b: Array, rows: Array, columns: Array) -> Array:
    """The x with a @ x = b, for the matrix with `values` at `rows` and `columns`; those of one place add up."""
    refuse("spsolve")
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    a = coo_array((values, (rows, columns)), (len(b), len(b))).tocsc()
    kind = np.result_type(a.dtype, b.dtype, np.float64)
    try:
        x = splu(a.astype(kind)).solve(b.astype(kind))
    except RuntimeError as error:
        raise LinAlgError(f"spsolve: the matrix, {a.shape} with {a.nnz} values, is singular") from error
    seen = np.result_type(values, b)
    return x.astype(seen if seen.kind in "fc" else kind, copy=False)


def spsolve(A: Any, b: Any, data: Any = None) -> Any:
    """The x with A @ x = b, for a sparse matrix or array A of SciPy's, (n, n), and b (n,) or (n, k).

    The structure of A is constant. `data`, for the values A.data and in their order, has derivatives of any order, as b
    has; then A is of the format csr, csc or coo. SuperLU factorises it. Raises LinAlgError where it is singular.

    >>> from scipy.sparse import csr_array
    >>> data = Tensor([2.0, 4.0], requires_grad=True)
    >>> x = spsolve(csr_array(np.eye(2)), Tensor([6.0, 4.0]), data)
    >>> x.sum().backward()
    >>> x, data.grad
    (Tensor([3., 1.], op=_spsolve), Tensor([-1.5 , -0.25]))
    """
    from scipy.sparse import issparse

    if not issparse(A):
        raise TypeError(f"spsolve: A is a {type(A).__name__}; it takes one of scipy.sparse, of any other take solve")
    if issparse(b):
        raise TypeError("spsolve: b is sparse, and its x would not be; give b.toarray()")
    if data is not None and A.format not in ("csr", "csc", "coo"):
        raise TypeError(f"spsolve: the values of the format {A.format} have no place each; use A.tocsc(), and its data")
    triples = A.tocoo()
    values, b = operand(triples.data if data is None else data), operand(b)
    if A.shape[0] != A.shape[1] or b.ndim not in (1, 2) or len(b) != A.shape[0] or values.shape != triples.data.shape:
        raise ShapeError(
            f"spsolve: A {A.shape} with {triples.data.size} values, b {b.shape}, data {values.shape}; it takes (n, n), "
            "(n,) or (n, k), and one for each value"
        )
    return _spsolve(values, b, triples.row, triples.col)
