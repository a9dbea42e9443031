"""The table: PyTorch's functions and methods in the engine's words, on the engine's Tensors.

`functions.py` makes of each name a function, a method and, with an underscore, one that writes in place.
"""

from collections import namedtuple
from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index as axis_of
from scipy.linalg import lapack, lu_factor

from ... import ops
from ...engine.modes import default
from ...engine.tensor import Tensor as Raw
from ...ops import fourier
from ...program.interpreter import Marked
from ...support.tree import tree_map

Extremes = namedtuple("Extremes", "values indices")  # what max, sort, topk and their like return
Bounds = namedtuple("Bounds", "min max")
PARTS = {  # what functions of matrices return
    "slogdet": "sign logabsdet", "qr": "Q R", "svd": "U S Vh", "eigh": "eigenvalues eigenvectors",
    "eig": "eigenvalues eigenvectors", "lstsq": "solution residuals rank singular_values",
}  # fmt: skip
_RANK = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


added = lambda x, part, index: ops.scatter_add(x, index, part)
axes = lambda dim: tuple(dim) or None if isinstance(dim, (list, tuple)) else dim  # as NumPy takes them
cast = lambda x, dtype: x if dtype is None or x.dtype == dtype else ops.astype(x, dtype)


def values(x: Any) -> Any:
    """The array of a Tensor; itself where it stands for more than that, as one example in `vmap` does for all."""
    return x if isinstance(x, Marked) else getattr(x, "_array", x)


def listed(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sizes or axes, one by one or in one tuple or list."""
    inner = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    return tuple(map(int, inner))


def floating(x: Any) -> Any:
    """The same as floats: of integers PyTorch's functions make the default dtype."""
    return ops.astype(x, default.get()) if isinstance(x, Raw) and x.dtype.kind not in "fc" else x


def _joint(dtypes: list[Any]) -> Any:
    """The dtype of several, of which only those of the highest kind count."""
    rank = min(2, max(_RANK[d.kind] for d in dtypes))
    return np.result_type(*(d for d in dtypes if _RANK[d.kind] >= rank))


def promoted(values: Sequence[Any]) -> list[Any]:
    """The operands in the dtype that PyTorch would compute in: a number, or a 0-d Tensor, decides by its kind only."""
    values = [v.item() if isinstance(v, np.generic) else Raw(v) if isinstance(v, np.ndarray) else v for v in values]
    own = {bool: np.bool_, int: np.int64, float: default.get(), complex: np.result_type(default.get(), np.complex64)}
    numbers = [np.dtype(own[type(v)]) for v in values if not isinstance(v, Raw)]
    dtype = _joint(numbers) if numbers else np.dtype(bool)
    for dtypes in ([v.dtype for v in values if isinstance(v, Raw) and bool(v.ndim) is wide] for wide in (False, True)):
        found = _joint(dtypes) if dtypes else np.dtype(bool)
        if _RANK[found.kind] >= _RANK[dtype.kind] and dtypes:
            dtype = found
        elif found.kind == "f":  # with complex numbers
            dtype = np.result_type(found, np.complex64)
    return [cast(v, dtype) if isinstance(v, Raw) else v for v in values]


def divided(a: Any, b: Any, rounding_mode: str | None = None) -> Any:
    """Division: of integers in floats, unless it rounds."""
    if rounding_mode == "floor":
        return ops.floor_divide(a, b)
    found = ops.divide(floating(a), floating(b))
    return cast(ops.trunc(found), a.dtype) if rounding_mode else found


def reduced(f: Any) -> Any:
    """What works along axes, dim=, and may keep them, keepdim=; unsigned integers add up to signed ones."""
    whole = {"u": np.int64} if f in (ops.sum, ops.prod, ops.cumsum, ops.cumprod) else {}
    ready = lambda x, dtype: cast(x, dtype or whole.get(x.dtype.kind))
    return lambda x, dim=None, keepdim=False, dtype=None: f(ready(x, dtype), axes(dim), *[True] * keepdim)


def spread(f: Any, x: Any, dim: Any = None, unbiased: Any = True, keepdim: Any = False, correction: Any = None) -> Any:
    """`std` and `var`, which divide by n - 1."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return f(x, axes(dim), int(unbiased) if correction is None else correction, keepdim)


def extreme(f: Any, where: Any, elementwise: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """`max` and `min`: of all, along an axis with the places, or of two."""
    if isinstance(dim, Raw):
        return elementwise(*promoted([x, dim]))
    return f(x) if dim is None else picked(x, where(x, dim, True), dim, keepdim)


def picked(x: Any, places: Any, dim: int, keepdim: bool) -> Extremes:
    """The values at `places` along an axis, and these."""
    found = Extremes(ops.take_along_axis(x, places, dim), places)
    return found if keepdim else Extremes(*(ops.squeeze(part, dim) for part in found))


def parted(name: str) -> Any:
    """The engine's function of that name, whose results have names."""
    kind = namedtuple(name, PARTS[name])
    return lambda *args, **options: kind(*getattr(ops, name)(*args, **options))


def argsorted(x: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Where the sorted values come from; equal ones stay in their order."""
    if not descending:
        return ops.argsort(x, dim)
    return x.shape[dim] - 1 - ops.flip(ops.argsort(ops.flip(x, dim), dim), dim)


def kth(x: Any, k: int, dim: int = -1, keepdim: bool = False) -> Extremes:
    """The k-th smallest along an axis, and its place."""
    return picked(x, ops.argsort(x, dim)[at(x, dim, slice(k - 1, k))], dim, keepdim)


def median(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower of the two middle values, where there are two; along an axis with its place."""
    if dim is None:
        return kth(ops.reshape(x, (-1,)), (x.size + 1) // 2).values
    return kth(x, (x.shape[dim] + 1) // 2, dim, keepdim)


def along(x: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """The full index of `gather` and `scatter`, whose index may be shorter than x along other axes."""
    if index.ndim != x.ndim:
        raise ValueError(f"an index of shape {index.shape} for a Tensor of shape {x.shape}: both need as many axes")
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[axis_of(dim, x.ndim)] = values(index)
    return tuple(grid)


def scattered(x: Any, dim: int, index: Any, src: Any = None, value: Any = None, write: Any = ops.setitem) -> Any:
    """`src` written, or added, where `index` points along an axis."""
    src = value if src is None else src
    part = src[tuple(slice(n) for n in index.shape)] if isinstance(src, Raw) and src.ndim else src
    return write(x, part, along(x, dim, index))


def at(x: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """The full index of what stands at an index of one axis."""
    return (*(slice(None),) * axis_of(dim, x.ndim), values(index))


def index_put(x: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Values written, or added, where indices point."""
    where = tuple(np.asarray(i) for i in indices)
    return (added if accumulate else ops.setitem)(x, ops.broadcast_to(values, x[where].shape), where)


def masked(x: Any, mask: Any, value: Any) -> Any:
    """`value` where the mask is True; x keeps its dtype."""
    return ops.where(mask, cast(value if isinstance(value, Raw) else Raw(value), x.dtype), x)


def chosen(condition: Any, *ab: Any) -> Any:
    """a where the condition is True, b elsewhere; without them, where it is True."""
    if not ab:
        return nonzero(condition, True)
    a, b = promoted(ab)
    return ops.where(condition, a if isinstance(a, Raw) or isinstance(b, Raw) else Raw(a), b)


def nonzero(x: Any, as_tuple: bool = False) -> Any:
    """Where it is not 0."""
    places = np.nonzero(np.atleast_1d(x.data))
    return tuple(map(Raw, places)) if as_tuple else Raw(np.stack(places, 1))


def flattened(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Axes from start to end joined."""
    start, end = (axis_of(d, max(x.ndim, 1)) for d in (start_dim, end_dim))
    return ops.reshape(x, (*x.shape[:start], prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))


def expanded(x: Any, *sizes: Any) -> Any:
    """Axes of length 1 stretched; -1 keeps a length."""
    sizes = listed(sizes)
    own = (*(1,) * (len(sizes) - x.ndim), *x.shape)
    return ops.broadcast_to(x, tuple(n if size == -1 else size for n, size in zip(own, sizes)))


def squeezed(x: Any, dim: Any = None) -> Any:
    """Axes of length 1 left out; one of another length stays."""
    dims = range(x.ndim) if dim is None else [axis_of(d, x.ndim) for d in np.atleast_1d(dim).tolist() if x.ndim]
    left = tuple(d for d in dims if x.shape[d] == 1)
    return ops.squeeze(x, left) if left else ops.reshape(x, x.shape)


def narrowed(x: Any, dim: int, start: Any, length: int) -> Any:
    """A part of an axis, from a place that may be counted from its end."""
    places = range(x.shape[axis_of(dim, x.ndim)])[int(start) :][:length]
    if len(places) < length:
        raise IndexError(f"narrow: from {start} on are not {length} of {x.shape[dim]} elements")
    return x[at(x, dim, slice(places.start, places.stop))]


def windows(x: Any, dimension: int, size: int, step: int) -> Any:
    """Pieces of an axis, each `step` after the one before, along a new last axis."""
    axis = axis_of(dimension, x.ndim)
    places = np.add.outer(np.arange(0, x.shape[axis] - size + 1, step), np.arange(size))
    return ops.moveaxis(ops.take(x, places, axis), axis + 1, -1)


_EYE = lambda x: np.eye(x.shape[-1], dtype=x.dtype)
_swapped = lambda rows, swaps: Raw(lapack.dlaswp(rows, swaps).T.astype(rows.dtype))
_WITH_I = lambda x: ops.multiply(x, 1j)
_PAIRED = lambda x: ops.stack([ops.real(x), ops.imag(x)], -1)
_UNPAIRED = lambda x: ops.add(x[..., 0], _WITH_I(x[..., 1]))
_ADJOINT = lambda x: ops.conjugate(ops.swapaxes(x, -1, -2))
# what gives another look at the same elements, so that a write to it reaches them
VIEWS: dict[str, Any] = {
    "squeeze": squeezed, "flatten": flattened, "expand broadcast_to": expanded, "unfold": windows, "narrow": narrowed,
    "view reshape": lambda x, *shape: ops.reshape(x, listed(shape)),
    "view_as reshape_as": lambda x, other: ops.reshape(x, other.shape),
    "t": lambda x: ops.transpose(x), "permute": lambda x, *dims: ops.transpose(x, listed(dims)),
    "ravel": lambda x: ops.reshape(x, (-1,)), "expand_as": lambda x, other: ops.broadcast_to(x, other.shape),
    "transpose swapaxes swapdims": lambda x, dim0, dim1: ops.swapaxes(x, dim0, dim1),
    "movedim moveaxis": lambda x, source, destination: ops.moveaxis(x, source, destination),
    "unsqueeze": lambda x, dim: ops.expand_dims(x, dim), "select": lambda x, dim, index: x[at(x, dim, index)],
    "unflatten": lambda x, dim, sizes: ops.reshape(x, (*x.shape[:dim], *sizes, *x.shape[dim % x.ndim + 1 :])),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: ops.diagonal(x, offset, dim1, dim2),
    # and how a write gets back to the base, where elements do not only change their places
    "real": (lambda x: ops.real(x), lambda whole, part: ops.add(part, _WITH_I(ops.imag(whole)))),
    "imag": (lambda x: ops.imag(x), lambda whole, part: ops.add(ops.real(whole), _WITH_I(part))),
    "conj": (lambda x: ops.conjugate(x), lambda whole, part: ops.conjugate(part)),
    "adjoint": (_ADJOINT, lambda whole, part: _ADJOINT(part)), "view_as_real": (_PAIRED, lambda whole, p: _UNPAIRED(p)),
    "view_as_complex": (_UNPAIRED, lambda whole, part: _PAIRED(part)),
}  # fmt: skip

# of two operands, which PyTorch brings to one dtype in its own way
PAIRS: dict[str, Any] = {
    "add": lambda a, b, alpha=1: ops.add(a, b * alpha if alpha != 1 else b),
    "sub subtract": lambda a, b, alpha=1: ops.subtract(a, b * alpha if alpha != 1 else b),
    "div divide true_divide": divided, "rsub": lambda a, b: ops.subtract(b, a),
    "complex": lambda real, imag: ops.add(real, _WITH_I(imag)),
    "polar": lambda abs, angle: ops.multiply(abs, ops.exp(_WITH_I(angle))),
    "atan2 arctan2": lambda a, b: ops.arctan2(floating(a), floating(b)),
}  # fmt: skip
SAME_PAIRS = """
    fmax fmin float_power copysign heaviside logaddexp2 gcd lcm bitwise_left_shift=left_shift
    bitwise_right_shift=right_shift mul=multiply multiply floor_divide remainder fmod pow=power maximum minimum hypot
    logaddexp outer ger=outer kron eq=equal ne=not_equal not_equal lt=less less le=less_equal less_equal gt=greater
    greater ge=greater_equal greater_equal bitwise_and bitwise_or bitwise_xor
"""
# under the engine's name, or as name=engine's: of one Tensor, integers become floats first
FLOATS = """
    exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tan sinh cosh tanh erf erfc sigmoid logit sinc reciprocal
    lgamma=gammaln digamma asin=arcsin acos=arccos atan=arctan asinh=arcsinh acosh=arccosh atanh=arctanh arcsin arccos
    arctan arcsinh arccosh arctanh expit=sigmoid erfinv i0 deg2rad rad2deg
"""
PLAIN = """
    abs absolute square neg=negative negative sign sgn=sign floor ceil round trunc fix=trunc relu selu nan_to_num isnan
    isinf isfinite logical_and logical_or logical_xor logical_not bitwise_not=invert positive clone=copy matmul
    mm=matmul bmm=matmul spmm=matmul mv=matmul dot inner det inv inverse=inv trace vdot hstack vstack
    row_stack=vstack dstack column_stack xlogy searchsorted angle isposinf isneginf signbit fliplr flipud atleast_1d
    atleast_2d atleast_3d diff cov corrcoef trapezoid trapz=trapezoid diagflat matrix_power matrix_exp=expm cholesky
    pinverse=pinv quantile roll tril triu diag clamp=clip clip tensordot argmax argmin isclose take
"""
DIM = "nansum nanmean sum mean prod all any logsumexp amax=max amin=min softmax log_softmax cumsum cumprod logcumsumexp"

FUNCTIONS: dict[str, Any] = {
    "argsort": argsorted, "kthvalue": kth, "median": median, "nonzero": nonzero, "slogdet": parted("slogdet"),
    "scatter": scattered, "index_put": index_put, "masked_fill": masked, "where": chosen,
    "std": partial(spread, ops.std), "var": partial(spread, ops.var),
    "max": partial(extreme, ops.max, ops.argmax, ops.maximum),
    "min": partial(extreme, ops.min, ops.argmin, ops.minimum),
    "sort": lambda x, dim=-1, descending=False, stable=True: picked(x, argsorted(x, dim, descending), dim, True),
    "topk": lambda x, k, dim=-1, largest=True, sorted=True: Extremes(*ops.topk(x, k, dim, largest)),
    "norm": lambda x, p=2, dim=None, keepdim=False: ops.vector_norm(x, axes(dim), keepdim, 2 if p == "fro" else p),
    "dist": lambda a, b, p=2: ops.vector_norm(ops.subtract(a, b), ord=p),
    "cdist": lambda a, b, p=2: ops.vector_norm(a[..., :, None, :] - b[..., None, :, :], -1, False, p),
    "cat concat concatenate": lambda tensors, dim=0: ops.concatenate(promoted(tensors), dim),
    "stack": lambda tensors, dim=0: ops.stack(promoted(tensors), dim), "frac": lambda x: ops.subtract(x, ops.trunc(x)),
    "repeat tile": lambda x, *repeats: ops.tile(x, listed(repeats)), "flip": lambda x, *dims: ops.flip(x, listed(dims)),
    "repeat_interleave": lambda x, repeats, dim=None: ops.repeat(x, values(repeats), dim),
    "gather": lambda x, dim, index: x[along(x, dim, index)],
    "index_select": lambda x, dim, index: ops.take(x, index, dim),
    "scatter_add": lambda x, dim, index, src: scattered(x, dim, index, src, write=added),
    "index_add": lambda x, dim, index, source, alpha=1: added(x, source * alpha, at(x, dim, index)),
    "index_copy index_fill": lambda x, dim, index, source: ops.setitem(x, source, at(x, dim, index)),
    "masked_select": lambda x, mask: x[np.broadcast_to(mask.data, x.shape)],
    "clamp_min": lambda x, min: ops.clip(x, min, None), "clamp_max": lambda x, max: ops.clip(x, None, max),
    "lerp": lambda x, end, weight: ops.add(x, ops.multiply(weight, ops.subtract(end, x))),
    "addmm addmv baddbmm": lambda x, a, b, *, beta=1, alpha=1: beta * x + alpha * ops.matmul(a, b),
    "addcmul": lambda x, a, b, *, value=1: ops.add(x, ops.multiply(ops.multiply(a, b), value)),
    "addcdiv": lambda x, a, b, *, value=1: ops.add(x, ops.multiply(ops.divide(a, b), value)),
    "einsum": lambda equation, *args: ops.einsum(equation, *(args[0] if isinstance(args[0], (list, tuple)) else args)),
    "cross": lambda a, b, dim=None: ops.cross(a, b, axis=a.shape.index(3) if dim is None else dim),
    "unique": lambda x, sorted=True, *a, dim=None, **o: tree_map(Raw, np.unique(x.data, False, *a, axis=dim, **o)),
    "bincount": lambda x, weights=None, minlength=0: Raw(np.bincount(x.data, weights, minlength)),
    "logdet": lambda x: ops.add(*map(lambda part, f: f(part), ops.slogdet(x), (ops.log, ops.positive))),
    "svd": lambda x, some=True: (lambda u, s, vh: (u, s, _ADJOINT(vh)))(*ops.svd(x, not some)),
    "lu": lambda x: (lambda packed, swaps: (Raw(packed), Raw(swaps + 1)))(*lu_factor(np.asarray(x))),
    "lu_unpack": lambda lu, swaps: (_swapped(_EYE(lu), swaps.data - 1), ops.tril(lu, -1) + _EYE(lu), ops.triu(lu)),
    "chain_matmul": lambda *matrices: ops.multi_dot(list(matrices)),
    "count_nonzero": lambda x, dim=None: ops.sum(ops.not_equal(x, 0), axes(dim)),
    "aminmax": lambda x, dim=None, keepdim=False: Bounds(ops.min(x, dim, keepdim), ops.max(x, dim, keepdim)),
    "diag_embed": lambda x: ops.multiply(x[..., None, :], _EYE(x)),
    "bucketize": lambda x, edges, right=False: ops.searchsorted(edges, x, "right" if right else "left"),
    "isin": lambda x, test: Raw(np.isin(x.data, np.asarray(test))),
    "take_along_dim": lambda x, indices, dim=None: ops.take_along_axis(x, indices, dim),
}  # fmt: skip
# methods alone: as functions these names are dtypes
CASTS = dict(zip("float double half long int short byte bool".split(), "f4 f8 f2 i8 i4 i2 u1 ?".split()))
_T = lambda x: ops.swapaxes(x, -1, -2)
# of several matrices, a row of B each may be a vector
_solved = lambda A, B: ops.solve(A, B[..., None])[..., 0] if B.shape == A.shape[:-1] else ops.solve(A, B)
LINALG: dict[str, Any] = {
    **{n: getattr(ops, n) for n in "inv det cholesky pinv matrix_power eigvals eigvalsh svdvals cond matmul".split()},
    **{n: getattr(ops, n) for n in "matrix_rank tensorinv tensorsolve vecdot multi_dot diagonal cross".split()},
    **{name: parted(name) for name in PARTS},
    "solve": lambda A, B, left=True: _solved(A, B) if left else _T(ops.solve(_T(A), _T(B))),
    "vander": lambda x, N=None: ops.vander(x, N, True), "matrix_exp": ops.expm,
    "solve_triangular": lambda A, B, upper, left=True: LINALG["solve"]((ops.triu if upper else ops.tril)(A), B, left),
    "norm": lambda A, ord=None, dim=None, keepdim=False: ops.norm(A, ord, axes(dim), keepdim),
    "matrix_norm": lambda A, ord="fro", dim=(-2, -1), keepdim=False: ops.norm(A, ord, axes(dim), keepdim),
    "vector_norm": lambda x, ord=2, dim=None, keepdim=False: ops.vector_norm(x, axes(dim), keepdim, ord),
}  # fmt: skip
FFT = {n: getattr(fourier, n) for n in vars(fourier) if n.lstrip("ih").startswith(("fft", "rfft")) and n[-4:] != "freq"}
SPECIAL = """
    digamma psi=digamma erf erfc erfinv exp2 expit=sigmoid expm1 gammaln i0 i0e i1 i1e log1p log_ndtr logit ndtr ndtri
    sinc entr bessel_j0=j0 bessel_j1=j1 bessel_y0=y0 bessel_y1=y1 xlogy xlog1py gammainc gammaincc multigammaln
"""
# what is no Tensor, or only a question
QUESTIONS: dict[str, Any] = {
    "numel nelement": lambda x: int(x.size), "dim ndimension": lambda x: x.ndim,
    "equal": lambda a, b: np.array_equal(a.data, b.data),
    "allclose": lambda a, b, rtol=1e-5, atol=1e-8: np.allclose(a.data, b.data, rtol, atol),
    "is_floating_point": lambda x: x.dtype.kind == "f", "is_complex": lambda x: x.dtype.kind == "c",
    "__contains__": lambda x, value: bool(np.any(ops.equal(x, value))),
}  # fmt: skip
# methods of the engine's own Tensor
OURS = "item tolist retain_grad __len__ __bool__ __index__"
SAME = "cpu pin_memory share_memory_ to_sparse to_dense coalesce"  # methods with nothing to do
# what is written in place, of the present value
FILLS: dict[str, Any] = {
    "zero_": lambda x: ops.zeros_like(x), "bernoulli_": lambda x, p=0.5: cast(ops.bernoulli(p, x.shape), x.dtype),
    "fill_diagonal_": lambda x, value: masked(x, np.eye(*x.shape, dtype=bool), value),
    "fill_": lambda x, value: ops.broadcast_to(cast(Raw(value), x.dtype), x.shape),
    "copy_": lambda x, src: ops.broadcast_to(cast(src, x.dtype), x.shape),
    "uniform_": lambda x, a=0.0, b=1.0: cast(ops.uniform(float(a), float(b), x.shape), x.dtype),
    "normal_": lambda x, mean=0.0, std=1.0: cast(ops.normal(float(mean), float(std), x.shape), x.dtype),
    "exponential_": lambda x, lambd=1.0: cast(-ops.log1p(-ops.uniform(size=x.shape)) / lambd, x.dtype),
}  # fmt: skip
# of the table, and as Python's: under the same name, or as name=operator's
OPERATORS = """
    add sub mul div=truediv floor_divide=floordiv remainder=mod pow matmul bitwise_and=and bitwise_or=or bitwise_xor=xor
    eq ne lt le gt ge neg positive=pos abs bitwise_not=invert bitwise_left_shift=lshift bitwise_right_shift=rshift
"""
