"""Inverses, determinants and factorisations of matrices, in the last two axes, batched over the others.

The derivatives of eigenvectors and singular vectors divide by gaps between eigenvalues or singular values. Where
two are equal no such derivative exists; the rules then leave that pair out, so that they never give nan, and warn
where it was asked for: what is smooth there has a derivative, which its cotangent does not tell.
"""

from functools import reduce, wraps
from operator import index
from typing import Any

import numpy as np

from ..engine.errors import UnsupportedError
from ..engine.modes import tracing
from ..engine.types import Array, Maybe, Rule, Shape
from ..support.lines import warn
from .arithmetic import conjugated, operand
from .cases import Case, Draw
from .declare import composite, op
from .linalg import _h, _t

__all__ = [
    "cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matrix_power", "matrix_rank", "pinv", "qr",
    "slogdet", "solve", "svd", "svdvals",
]  # fmt: skip


Pair = tuple[Array, Array]  # of outputs, or their cotangents


def _without_phases(y: Any) -> Any:
    """Vectors times the conjugate of the first number in each, whose phase is arbitrary: what is determined of them."""
    if len(y) == 3:
        u, s, vt = y
        return u * np.conjugate(u[..., :1, :]), s, np.swapaxes(u[..., :1, :], -1, -2) * vt
    return (y[0], y[1] * np.conjugate(y[1][..., :1, :])) if isinstance(y, tuple) else y


def reciprocal_or_0(x: Array) -> Array:
    """1 / x, and 0 where x is 0."""
    if not tracing() and x.all():
        return 1.0 / x
    zero = x == 0
    return np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, x))


@op(complex=True, cases=lambda d: (d.spectrum(3),))
def _equal(values: Array) -> Array:
    """Whether values[i] and values[j] are equal up to rounding, at [i, j]. No derivative."""
    rounding = np.sum(np.abs(values), axis=-1)[..., None, None] * float(np.finfo(values.dtype).eps)
    return np.abs(values[..., None, :] - values[..., :, None]) <= rounding


def _reciprocal_gaps(values: Array) -> Array:
    """1 / (values[j] - values[i]) at [i, j], and 0 where the two are equal."""
    return reciprocal_or_0(np.where(_equal(values), 0.0, values[..., None, :] - values[..., :, None]))


def _more_than_rounding(x: Array) -> Array:
    size = np.abs(x)
    return size > 8.0 * float(np.finfo(size.dtype).eps) * np.max(size, initial=0.0)


@op(complex=True, cases=lambda d: (d.spectrum(3), d.array((3, 3)), "f", "values", ""))
def _warn_of_equals(values: Array, turned: Array, name: str, what: str, mend: str) -> Array:
    """Whether a cotangent (`turned`, not 0 there) asks how vectors of equal values turn into each other: a warning."""
    asked = _equal(values) & _more_than_rounding(turned) & ~np.eye(values.shape[-1], dtype=bool)
    if asked.any():
        *batch, i, j = np.argwhere(asked | _t(asked))[0].tolist()
        of = f" of matrix {tuple(batch)}" if batch else ""
        warn(
            f"{name}: the {what} {i} and {j}{of} are equal, {values[(*batch, i)]:.6g}. What their vectors turn into is "
            "not determined, and their part of the gradient is left out: right for what depends on the space that they "
            f"span, such as a projector, wrong for other functions of the matrix. {mend}"
        )
    return asked.any()


def _half_diagonal(x: Array) -> Array:
    return x * (1.0 - 0.5 * np.eye(x.shape[-1], dtype=x.dtype))


def in_adjoints(rule: Rule) -> Rule:
    """A rule whose formula speaks of adjoints, conjugate transposes: its cotangents are the conjugates of ours."""

    @wraps(rule)
    def call(g: Any, *saved: Any) -> Any:
        found = rule(tuple(map(conjugated, g)) if isinstance(g, tuple) else conjugated(g), *saved)
        return tuple(map(conjugated, found)) if isinstance(found, tuple) else conjugated(found)

    return call


@op(cases=lambda d: (np.real(d.array((3,))), d.array((3, 3)), "f"), complex=True)
def _require_no_phase(turned: Array, g: Array, name: str) -> Array:
    """Whether a cotangent g asks how the phases of vectors change (`turned`), which nothing determines: an error."""
    asked = np.abs(np.imag(turned))
    if np.any(asked > float(np.finfo(g.dtype).eps) ** 0.5 * max(1.0, np.max(np.abs(g), initial=0.0))):
        raise UnsupportedError(
            f"{name}: the phases of complex vectors are arbitrary, and this result depends on them, so that it has no "
            "gradient. Make it of what they leave alone, such as abs(v), or v @ np.conj(v).T of one vector"
        )
    return asked.any(axis=-1)


def without_phases(name: str, rule: Rule) -> Rule:
    """A rule of (values, vectors) or (u, values, vt), where the phases of complex vectors must not matter."""

    @wraps(rule)
    def call(g: Any, *saved: Any) -> Any:
        y = next((v for v in saved if isinstance(v, tuple)), ())
        if len(y) == 2 and y[1].dtype.kind == "c":
            _require_no_phase(np.sum(g[1] * y[1], axis=-2), g[1], name)
        if len(y) == 3 and y[0].dtype.kind == "c":
            k = y[1].shape[-1]  # the vectors of u and vt turn in opposite ways
            turned = np.sum(g[0] * y[0], axis=-2)[..., :k] - np.sum(g[2] * y[2], axis=-1)[..., :k]
            _require_no_phase(turned, np.concatenate([np.ravel(g[0]), np.ravel(g[2])]), name)
        return rule(g, *saved)

    return call


def in_some_phase(function: Any, rule: Rule) -> Any:
    """The same operation for results that no phase matters to: its vectors have tangents, in some phase."""
    of = function.op
    about = {"label": of.label, "cases": of.cases, "formulas": of.formulas, "complex": of.complex}
    return op(a=rule, name=f"_{of.name}", **about)(of.forward)


def symmetric(name: str, a: Array) -> Array:
    """The mean of a and its adjoint. Raises ValueError where they differ by more than rounding could explain."""
    skew = np.abs(a - _h(a))
    if a.size and np.max(skew) > 0.05 * np.max(np.abs(a)):
        of, conj = ("conjugate transpose", ".conj()") if a.dtype.kind == "c" else ("transpose", "")
        raise ValueError(
            f"{name}: a differs from its {of} by up to {np.max(skew):.3g}; "
            f"np.tril(a) + np.tril(a, -1).T{conj} makes a symmetric matrix of a lower triangle"
        )
    return (a + _h(a)) / 2


def matrix_cases(d: Draw) -> Array:
    return d.full_rank(d.integer(1, 3), d.integer(1, 3), d.choice([(), (2,)]))


def _steady(d: Draw, m: int, n: int, batch: Shape = (), symmetric: bool = False) -> Array:
    """Matrices near a fixed one, with singular values (or eigenvalues) near 2, 4, 6.

    LAPACK's signs of vectors are arbitrary, and jump at places that depend on its algorithm; finite differences see
    that. The fixed matrix was searched for: for none of the factorisations is there such a place nearby.
    """
    k = min(m, n)
    u, v = (np.linalg.qr(np.cos(39.0 * np.arange(1, i * i + 1)).reshape(i, i))[0] for i in (m, n))
    x = d.array((*batch, m, n), -0.1, 0.1)
    if symmetric:
        return (u * 2.0 * np.arange(1, k + 1)) @ u.T + (x + _h(x)) / 2
    turn = np.exp(1j) if np.iscomplexobj(x) else 1.0  # off the real line, where LAPACK's signs jump
    return (u[:, :k] * 2.0 * np.arange(1, k + 1)) @ v[:k] * turn + x


# -- inverses and determinants -------------------------------------------------------------------------


@op(
    complex=True,
    a=lambda g, y: -_t(y) @ g @ _t(y),
    cases=lambda d: (d.invertible(d.integer(0, 3), d.choice([(), (2,), (1, 2)])),),
    numpy=np.linalg.inv,
    formulas={"a": "-y.T @ g @ y.T"},
)
def inv(a: Array) -> Array:
    """The inverse of each matrix of a (..., n, n). Raises LinAlgError for a singular one.

    >>> inv(Tensor([[2.0, 0.0], [0.0, 4.0]]))
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    return np.linalg.inv(a)


def _solve_rule(g: Array, a: Array, b: Array, y: Array, needs: tuple[bool, bool]) -> tuple[Maybe, Array]:
    if b.ndim == 1:
        z = solve(_t(a), g[..., None])
        return z * -y[..., None, :] if needs[0] else None, z[..., 0]
    z = solve(_t(a), g)
    return -z @ _t(y) if needs[0] else None, z


def _solve_cases(d: Draw) -> Case:
    n = d.integer(0, 3)
    batch, right = d.choice([((), (n,)), ((), (n, 2)), ((2,), (n,)), ((2,), (n, 2)), ((2, 1), (3, n, 1))])
    return d.invertible(n, batch), d.array(right)


@op(
    complex=True,
    misfit="{}",
    joint=_solve_rule,
    inputs=("a", "b"),
    cases=_solve_cases,
    numpy=np.linalg.solve,
    formulas={"a": "-solve(a.T, g) @ y.T", "b": "solve(a.T, g)"},
)
def solve(a: Array, b: Array) -> Array:
    """The x with a @ x = b, for a (..., n, n) and b (n,) or (..., n, k). Raises LinAlgError for a singular a.

    >>> solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 2.0]))
    Tensor([1. , 0.5])
    """
    return np.linalg.solve(a, b)


@op(complex=True, cases=lambda d: (d.matrix(d.integer(1, 3), d.integer(1, 3)),), numpy=np.linalg.matrix_rank)
def matrix_rank(a: Array, tol: float | None = None, rtol: float | None = None) -> Array:
    """How many singular values of each matrix exceed `tol`, or `rtol` of the largest. No derivative.

    By default those count that exceed what rounding may leave.

    >>> matrix_rank(Tensor([[1.0, 2.0], [2.0, 4.0]]))
    Tensor(1)
    """
    return np.linalg.matrix_rank(a, tol, rtol=rtol)


def _cofactors(a: Array, det_a: Array) -> Array:
    """The derivative of det(a): the signed minors; det(a) inv(a).T is the same unless a is singular."""
    n = a.shape[-1]
    if a.size == 0 or (n > 3 and (matrix_rank(a) == n).all()):  # few minors cost little and lose no digits
        return det_a[..., None, None] * _t(inv(a))
    kept = np.array([[j for j in range(n) if j != i] for i in range(n)], dtype=int)
    minors = a[..., kept[:, None, :, None], kept[None, :, None, :]]
    signs = np.array([[(-1.0) ** (i + j) for j in range(n)] for i in range(n)], a.dtype)
    return signs * np.linalg.det(minors)


def _det_cases(d: Draw) -> Case:
    n = d.integer(0, 5)
    kind = d.choice(["invertible", "batch", "singular"])
    if kind == "singular":
        left, right = d.array((n, 2), -1.0, 1.0), d.array((2, n), -1.0, 1.0)
        return (np.round(left, 3) @ np.round(right, 3),)  # NumPy warns of pivots near 1e-308
    return (d.invertible(n, (2,) if kind == "batch" else ()),)


@op(
    complex=True,
    a=lambda g, a, y: g[..., None, None] * _cofactors(a, y),
    cases=_det_cases,
    numpy=np.linalg.det,
    formulas={"a": "g * y * inv(a).T"},
)
def det(a: Array) -> Array:
    """The determinant of each matrix of a (..., n, n), with the right gradient, of any order, also where a is singular.

    There the gradient is made of n * n minors, which takes n**4 numbers of memory.

    >>> det(Tensor([[1.0, 2.0], [3.0, 5.0]]))
    Tensor(-1.)
    """
    return np.linalg.det(a)


def _slogdet_rule(g: Pair, a: Array, y: Pair) -> Array:
    slope = (
        g[1] if a.dtype.kind != "c" else g[1] + np.imag(g[0] * y[0]) * 1j
    )  # a phase turns as the imaginary part says
    return slope[..., None, None] * _t(inv(a))


@op(
    complex=True,
    a=_slogdet_rule,
    cases=lambda d: (d.invertible(d.integer(0, 3), d.choice([(), (2,)])),),
    numpy=np.linalg.slogdet,
    formulas={"a": "g[1] * inv(a).T"},
)
def slogdet(a: Array) -> Pair:
    """The sign of det(a) and the logarithm of its size, for a (..., n, n): no overflow where det has one.

    A singular a gives (0, -inf), and LinAlgError in backward.

    >>> slogdet(Tensor([[1.0, 0.0], [0.0, -1.0]]))
    SlogdetResult(sign=Tensor(-1.), logabsdet=Tensor(0.))
    """
    return np.linalg.slogdet(a)


def _power_cases(d: Draw) -> Case:
    n = d.integer(-3, 4)
    return d.invertible(2, d.choice([(), (2,)])) / 2, n


@composite(cases=_power_cases, numpy=np.linalg.matrix_power, shapes={"a": "... n n"}, hint="it takes square matrices")
def matrix_power(a: Array, n: int) -> Array:
    """Each matrix of a (..., m, m) multiplied by itself n times; the identity for n = 0, of inverses for n < 0.

    >>> matrix_power(Tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    Tensor([[1., 3.],
            [0., 1.]])
    """
    a, n = operand(a), index(n)
    if n == 0:  # constant, yet part of the graph: its gradient is 0, not missing
        return np.where(np.ones(a.shape, bool), np.eye(a.shape[-1], dtype=a.dtype), a)
    squares = [inv(a) if n < 0 else np.copy(a)]
    while 2 ** len(squares) <= abs(n):
        squares.append(squares[-1] @ squares[-1])
    return reduce(np.matmul, [square for i, square in enumerate(squares) if abs(n) >> i & 1])


@in_adjoints
def _pinv_rule(g: Array, a: Array, y: Array) -> Array:
    gt, yt = _h(g), _h(y)
    right, left = gt @ y @ yt, yt @ y @ gt  # (Golub & Pereyra, 1973, eq. 4.12), transposed
    return right - a @ (y @ right) + left - left @ y @ a - yt @ g @ yt


@op(
    complex=True,
    a=_pinv_rule,
    cases=lambda d: (matrix_cases(d),),
    numpy=np.linalg.pinv,
    formulas={"a": "-y.T @ g @ y.T, and more unless a is invertible"},
)
def pinv(a: Array, rcond: float | None = None) -> Array:
    """The Moore-Penrose inverse (..., n, m) of a (..., m, n), without singular values below `rcond` times the largest.

    The gradient is that among matrices of the same rank; where the rank is not full there is no other.

    >>> pinv(Tensor([[2.0], [0.0]]))
    Tensor([[0.5, 0. ]])
    """
    return np.linalg.pinv(a) if rcond is None else np.linalg.pinv(a, rcond)


# -- factorisations ------------------------------------------------------------------------------------


@in_adjoints
def _cholesky_rule(g: Array, y: Array, upper: bool) -> Array:
    if upper:
        g, y = _h(g), _h(y)
    yt = _h(y)
    inside = _half_diagonal(np.tril(yt @ g))
    s = solve(yt, _h(solve(yt, inside)))  # (Murray, 2016, eq. 9): inv(L).T inside inv(L), transposed
    return (s + _h(s)) / 2.0


@op(
    complex=True,
    a=_cholesky_rule,
    cases=lambda d: ((d.symmetric(d.integer(0, 3), d.choice([(), (2,)])),), {"upper": d.boolean()}),
    numpy=np.linalg.cholesky,
    formulas={"a": "sym(inv(y).T @ low(y.T @ g) @ inv(y))"},
    shapes={"a": "... n n"},
    hint="it takes square matrices",
)
def cholesky(a: Array, *, upper: bool = False) -> Array:
    """The lower triangular L with L @ L.T = a, or the upper L.T, for symmetric positive definite a (..., n, n).

    Rounding in a is averaged out, (a + a.T) / 2, so that the gradient is symmetric. Raises LinAlgError unless a is
    positive definite, ValueError unless it is symmetric to 5 % of its largest element.

    >>> cholesky(Tensor([[4.0, 2.0], [2.0, 5.0]]))
    Tensor([[2., 0.],
            [1., 2.]])
    """
    return np.linalg.cholesky(symmetric("cholesky", a), upper=upper)


@in_adjoints
def _qr_rule(g: Pair, y: Pair) -> Array:
    (gq, gr), (q, r) = g, y
    n = q.shape[-1]
    square, rest = r[..., :n], r[..., n:]
    sizes = np.abs(np.diagonal(square, 0, -2, -1))
    rounding = np.sum(np.abs(r), axis=(-2, -1))[..., None] * float(np.finfo(r.dtype).eps)
    if not (sizes > rounding).all():
        raise np.linalg.LinAlgError(f"qr has a derivative only where the first {n} columns of a are independent")
    gq = gq + q @ rest @ _h(gr[..., n:])
    m = _half_diagonal(np.tril(square @ _h(gr[..., :n]) - _h(gq) @ q))
    m = m + _h(m)
    # (Roberts & Roberts, 2020, eq. 3.3); a wide matrix is [first columns, q @ rest]
    first = _h(solve(square, _h(gq + q @ m)))
    return np.concatenate([first, q @ gr[..., n:]], axis=-1) if rest.shape[-1] else first


def _qr_cases(d: Draw) -> Case:
    m = d.integer(1, 3)
    if d.boolean():
        return (np.concatenate([_steady(d, m, m), d.array((m, d.integer(1, 2)))], axis=-1),)
    return (_steady(d, m, d.integer(1, m), d.choice([(), (2,)])),)


@op(
    complex=True,
    a=_qr_rule,
    cases=_qr_cases,
    numpy=np.linalg.qr,
    formulas={"a": "(gQ + Q @ mirror(R @ gR.T - gQ.T @ Q)) @ inv(R).T"},
)
def qr(a: Array, mode: str = "reduced") -> Pair:
    """Orthonormal columns q (..., m, k) and upper triangular r (..., k, n) with q @ r = a (..., m, n), k = min(m, n).

    Signs are LAPACK's: the diagonal of r may be negative. Backward raises LinAlgError unless the first k columns
    of a are independent. Raises UnsupportedError for a `mode` other than "reduced".

    >>> qr(Tensor([[0.0, 2.0], [3.0, 0.0]])).R
    Tensor([[-3.,  0.],
            [ 0., -2.]])
    """
    if mode != "reduced":
        raise UnsupportedError(f"qr: mode {mode!r} has no derivative here; use 'reduced'")
    return np.linalg.qr(a)


@in_adjoints
def _eigh_rule(g: Pair, y: Pair, UPLO: str) -> Array:
    (gw, gv), (w, v) = g, y
    vt = _h(v)
    turned = vt @ gv
    _warn_of_equals(w, turned, "eigh", "eigenvalues", "autograd.sqrtm, logm and expm are right there")
    inside = _reciprocal_gaps(w) * turned + gw[..., None] * np.eye(w.shape[-1], dtype=w.dtype)
    s = v @ inside @ vt
    triangle = np.tril if UPLO.upper() == "L" else np.triu
    return _half_diagonal(triangle(s + _h(s)))  # an element stands for its mirror image too


def _eigh_cases(d: Draw) -> Case:
    n = d.integer(1, 3)
    return _steady(d, n, n, d.choice([(), (2,)]), symmetric=True), d.choice(["L", "U"])


@op(
    complex=_without_phases,
    a=without_phases("eigh", _eigh_rule),
    cases=_eigh_cases,
    numpy=np.linalg.eigh,
    formulas={"a": "v @ (diag(gw) + v.T @ gv * f) @ v.T, f = 1 / gaps of w"},
)
def eigh(a: Array, UPLO: str = "L") -> Pair:
    """Ascending eigenvalues (..., n) and, in columns, eigenvectors (..., n, n) of symmetric a (..., n, n).

    Only the lower ("L") or upper ("U") triangle is read, so the gradient is 0 in the other; eigh((a + a.T) / 2)
    has a symmetric one. Eigenvectors of equal eigenvalues do not turn into each other in the gradient, and a
    MistakeWarning says so where that may matter; `sqrtm`, `logm` and `expm` are right there.

    >>> eigh(Tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    Tensor([1., 2.])
    """
    return np.linalg.eigh(a, UPLO)


_eigh = in_some_phase(eigh, _eigh_rule)


@in_adjoints
def _eig_rule(g: Pair, y: Pair) -> Array:
    (gw, gv), (w, v) = g, y
    vt, eye = _h(v), np.eye(w.shape[-1])
    turned = vt @ gv
    turned = turned - vt @ v * np.real(np.sum(turned * eye, axis=-2, keepdims=True))  # vectors keep their length of 1
    _warn_of_equals(w, turned, "eig", "eigenvalues", "autograd.expm is right there")
    return solve(vt, (conjugated(_reciprocal_gaps(w)) * turned + gw[..., None] * eye) @ vt)


def _eig_cases(d: Draw) -> Case:
    n = d.integer(1, 3)
    base = 3.0 * np.diag(np.arange(1, n + 1)) + 0.5  # not near 0 anywhere, where LAPACK's signs jump
    base = base @ np.fliplr(np.diag([1.0, -2.0, 3.0][:n])) if d.boolean() else base  # of pairs of eigenvalues
    return (base + d.array((*d.choice([(), (2,)]), n, n), -0.1, 0.1),)


@op(
    complex=_without_phases,
    a=without_phases("eig", _eig_rule),
    cases=_eig_cases,
    numpy=np.linalg.eig,
    formulas={"a": "inv(v).H @ (diag(gw) + v.H @ gv / gaps of w) @ v.H"},
)
def eig(a: Array) -> Pair:
    """Eigenvalues (..., n) and, in columns of length 1, eigenvectors (..., n, n) of any square a (..., n, n).

    They are complex unless all eigenvalues are real, as in NumPy. The phases of complex vectors are arbitrary, and
    backward raises UnsupportedError for a result that depends on them. Equal eigenvalues are as in `eigh`; a matrix
    that has too few vectors has no derivative, and LinAlgError says so if rounding lets it.

    >>> eig(Tensor([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues
    Tensor([0.+1.j, 0.-1.j], dtype=complex64)
    """
    return np.linalg.eig(a)


_eig = in_some_phase(eig, _eig_rule)


@composite(cases=_eig_cases, numpy=np.linalg.eigvals)
def eigvals(a: Array) -> Array:
    """The eigenvalues (..., n) of any square a (..., n, n); see `eig`.

    >>> eigvals(Tensor([[0.0, 1.0], [-1.0, 0.0]]))
    Tensor([0.+1.j, 0.-1.j], dtype=complex64)
    """
    return _eig(a)[0]


@composite(cases=_eigh_cases, numpy=np.linalg.eigvalsh)
def eigvalsh(a: Array, UPLO: str = "L") -> Array:
    """The ascending eigenvalues (..., n) of symmetric a (..., n, n); see `eigh`.

    >>> eigvalsh(Tensor([[2.0, 0.0], [0.0, 1.0]]))
    Tensor([1., 2.])
    """
    return _eigh(a, UPLO)[0]


SVD_MEND = "autograd.polar, and autograd.sqrtm of a.T @ a, are right there"


@op(complex=True, cases=lambda d: (d.spectrum(2), d.array((3, 2))))
def _warn_of_zeros(s: Array, out: Array) -> Array:
    """Whether a cotangent asks how the vector of a singular value of 0 leaves the space of all of them: a warning."""
    asked = (s == 0) & _more_than_rounding(out).any(axis=-2)
    if asked.any():
        warn(
            f"svd: singular value {np.argwhere(asked)[0, -1]} is 0, where its vectors have no derivative; their part "
            "of the gradient is left out. Use fewer columns, or add something to a that makes its rank full"
        )
    return asked.any()


@in_adjoints
def _svd_rule(g: Any, a: Array, y: Any, full_matrices: bool, compute_uv: bool) -> Array:
    if not compute_uv:
        u, s, vt = _svd(a, False)
        return (u * np.where(s > 0, g, 0.0)[..., None, :]) @ vt
    m, n = a.shape[-2:]
    (gu, gs, gvt), (u, s, vt) = g, y
    if full_matrices and m != n:
        k = s.shape[-1]
        if np.any(gu[..., k:] != 0) or np.any(gvt[..., k:, :] != 0):
            raise UnsupportedError(
                f"svd: the columns that complete a basis for {m} x {n} have no derivative; pass full_matrices=False"
            )
        gu, gvt, u, vt = gu[..., :k], gvt[..., :k, :], u[..., :k], vt[..., :k, :]
    ut_gu, vt_gv = _h(u) @ gu, vt @ _h(gvt)
    _warn_of_equals(s, np.abs(ut_gu) + np.abs(vt_gv), "svd", "singular values", SVD_MEND)
    gaps = _reciprocal_gaps(s) * reciprocal_or_0(s[..., None, :] + s[..., :, None])
    # (Townsend, 2016, eq. 31)
    inside = gaps * (ut_gu - _h(ut_gu)) * s[..., None, :] + s[..., :, None] * gaps * (vt_gv - _h(vt_gv))
    if u.dtype.kind == "c":
        inside = inside + np.imag(ut_gu) * np.eye(s.shape[-1]) * 1j * reciprocal_or_0(s)[..., None, :]
    total = u @ (inside + gs[..., None] * np.eye(s.shape[-1], dtype=s.dtype)) @ vt
    if m > n:
        out = gu - u @ ut_gu
        _warn_of_zeros(s, out)
        total = total + out * reciprocal_or_0(s)[..., None, :] @ vt
    if n > m:
        out = gvt - _h(vt_gv) @ vt
        _warn_of_zeros(s, _t(out))
        total = total + u @ (reciprocal_or_0(s)[..., :, None] * out)
    return total


def _svd_cases(d: Draw) -> Case:
    a = _steady(d, d.integer(1, 3), d.integer(1, 3), d.choice([(), (2,)]))
    return (a,), {"full_matrices": False, "compute_uv": d.choice([True, True, False])}


@op(
    complex=_without_phases,
    a=without_phases("svd", _svd_rule),
    cases=_svd_cases,
    numpy=np.linalg.svd,
    formulas={"a": "u @ diag(gs) @ vt, and how u and vt turn"},
)
def svd(a: Array, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Factors u, s, vt with u * s @ vt = a (..., m, n), s descending; only s when not `compute_uv`.

    With `full_matrices` (NumPy's default) u and vt are square; pass False for u (..., m, k) and vt (..., k, n),
    k = min(m, n): the columns beyond have no derivative, and backward raises UnsupportedError where one is used.
    Vectors of equal singular values do not turn into each other in the gradient, and a singular value of 0 passes
    none on; a MistakeWarning says so where that may matter. `polar` is right there.

    >>> svd(Tensor([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Tensor([2., 1.])
    """
    return np.linalg.svd(a, full_matrices, compute_uv)


_svd = in_some_phase(svd, _svd_rule)


@composite(cases=lambda d: (_svd_cases(d)[0][0],), numpy=np.linalg.svdvals)
def svdvals(a: Array) -> Array:
    """The singular values of a (..., m, n), descending; see `svd`.

    >>> svdvals(Tensor([[0.0, 2.0], [1.0, 0.0]]))
    Tensor([2., 1.])
    """
    return svd(a, compute_uv=False)
