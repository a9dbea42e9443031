"""The table: PyTorch's functions and methods in the engine's words, a line each, on the engine's Tensors.

`functions.py` makes of each line a function, a method and, with an underscore, one that writes in place.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ... import ops
from ...engine.modes import default
from ...engine.tensor import Tensor as Raw, as_data

Extremes = namedtuple("Extremes", "values indices")  # noqa: PYI024  what max, sort, topk and their like return


def listed(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sizes or axes, one by one or in one tuple or list."""
    inner = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    return tuple(int(n) if isinstance(n, Raw) else n for n in inner)


def axes(dim: Any) -> Any:
    """One axis or several, as NumPy takes them."""
    return tuple(dim) or None if isinstance(dim, (list, tuple)) else dim


def cast(x: Any, dtype: Any) -> Any:
    """The same in another dtype, if one is given."""
    if dtype is None:
        return x
    return x if x.dtype == np.dtype(dtype) else ops.astype(x, dtype)


def floating(x: Any) -> Any:
    """The same as floats: of integers PyTorch's functions make the default dtype."""
    return x if not isinstance(x, Raw) or x.dtype.kind == "f" else ops.astype(x, default.get())


_RANK = {"b": 0, "i": 1, "u": 1, "f": 2}
_NUMBERS = (np.bool_, np.int64, None)


def promoted(values: Sequence[Any]) -> list[Any]:
    """The operands in the dtype that PyTorch would compute in: a number, or a 0-d Tensor, decides by its kind only."""
    values = [v.item() if isinstance(v, np.generic) else Raw(v) if isinstance(v, np.ndarray) else v for v in values]
    tensors = [v for v in values if isinstance(v, Raw)]
    if len({t.dtype for t in tensors}) == 1 and len(tensors) == len(values):
        return values
    ranks = [_RANK[v.dtype.kind] if isinstance(v, Raw) else (bool, int, float).index(type(v)) for v in values]
    top = [v for v, r in zip(values, ranks) if r == max(ranks)]
    decide = [v.dtype for v in top if isinstance(v, Raw) and v.ndim] or [v.dtype for v in top if isinstance(v, Raw)]
    dtype = np.result_type(*decide) if decide else _NUMBERS[max(ranks)] or default.get()
    return [cast(v, dtype) if isinstance(v, Raw) else v for v in values]


def shifted(sign: int) -> Any:
    """`add` and `sub`, which take alpha=."""
    f = ops.add if sign > 0 else ops.subtract
    return lambda input, other, alpha=1: f(input, other if alpha == 1 else ops.multiply(other, alpha))


def divided(input: Any, other: Any, rounding_mode: str | None = None) -> Any:
    """Division: of integers in floats, unless it rounds."""
    if rounding_mode == "floor":
        return ops.floor_divide(input, other)
    if rounding_mode == "trunc":
        return cast(ops.trunc(ops.divide(input, other)), np.result_type(input.dtype, other))
    return ops.divide(floating(input), floating(other))


def spread(f: Any) -> Any:
    """`std` and `var`, which divide by n - 1."""

    def call(input: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: Any = None) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        return f(input, axes(dim), int(unbiased) if correction is None else correction, keepdim)

    return call


def extreme(f: Any, where: Any, elementwise: Any) -> Any:
    """`max` and `min`: of all, along an axis with the places, or of two."""

    def call(input: Any, dim: Any = None, keepdim: bool = False, other: Any = None) -> Any:
        if isinstance(dim, Raw) or other is not None:
            return elementwise(*promoted([input, dim if other is None else other]))
        if dim is None:
            return f(input)
        places = ops.expand_dims(where(input, dim), dim)
        return _picked(input, places, dim, keepdim)

    return call


def _picked(input: Any, places: Any, dim: int, keepdim: bool) -> Extremes:
    found = Extremes(ops.take_along_axis(input, places, dim), places)
    return found if keepdim else Extremes(*(ops.squeeze(part, dim) for part in found))


def placed(f: Any) -> Any:
    """`argmax` and `argmin`."""

    def call(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
        found = f(input, dim)
        return ops.expand_dims(found, dim) if keepdim and dim is not None else found

    return call


def ordered(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Extremes:
    """Sorted values, and where they came from."""
    order = argsorted(input, dim, descending)
    return Extremes(ops.take_along_axis(input, order, dim), order)


def argsorted(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Where the sorted values come from; equal ones stay in their order."""
    if not descending:
        return ops.argsort(input, dim)
    return input.shape[dim] - 1 - ops.flip(ops.argsort(ops.flip(input, dim), dim), dim)


def kth(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Extremes:
    """The k-th smallest along an axis, and its place."""
    return _picked(input, _at(ops.argsort(input, dim), slice(k - 1, k), dim), dim, keepdim)


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower of the two middle values, where there are two; along an axis with its place."""
    if dim is None:
        return kth(ops.reshape(input, (-1,)), (input.size + 1) // 2).values
    return kth(input, (input.shape[dim] + 1) // 2, dim, keepdim)


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Extremes:
    """The k largest or smallest along an axis, and their places."""
    return Extremes(*ops.topk(input, k, dim, largest))


def norm(input: Any, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The p-norm of all elements, or along axes."""
    order = 2 if p in ("fro", None) else float(p)
    return ops.vector_norm(cast(input, dtype), axes(dim), keepdim, order)


def _at(x: Any, index: Any, dim: int) -> Any:
    return x[(*(slice(None),) * (dim % x.ndim), index)]


def _along(input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """The full index of `gather` and `scatter`, whose index may be shorter than the input along other axes."""
    index = index._data if isinstance(index, Raw) else index
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim % input.ndim] = index
    return tuple(grid)


def scattered(input: Any, dim: int, index: Any, src: Any = None, value: Any = None, reduce: Any = None) -> Any:
    """`src` written where `index` points along an axis."""
    if reduce == "add":
        return scatter_added(input, dim, index, src)
    where, src = _along(input, dim, index), value if src is None else src
    if isinstance(src, Raw):
        src = src[tuple(slice(n) for n in index.shape)] if src.ndim else src
    return ops.setitem(input, src, where)


def scatter_added(input: Any, dim: int, index: Any, src: Any) -> Any:
    """`src` added where `index` points along an axis."""
    return ops.scatter_add(input, _along(input, dim, index), src[tuple(slice(n) for n in index.shape)])


def _row(dim: int, index: Any) -> tuple[Any, ...]:
    return (*(slice(None),) * dim, index._data)


def masked(input: Any, mask: Any, value: Any) -> Any:
    """`value` where the mask is True; it keeps the dtype."""
    value = cast(value, input.dtype) if isinstance(value, Raw) else input.dtype.type(value)
    return ops.where(mask, value, input)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Bounded values."""
    return ops.clip(*promoted([input, *(b for b in (min, max) if b is not None)])[:1], min, max)


def matmul_added(input: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta input + alpha a @ b."""
    return ops.add(ops.multiply(input, beta), ops.multiply(ops.matmul(a, b), alpha))


def unique(input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """The different values."""
    found = np.unique(input._data, return_inverse=return_inverse, return_counts=return_counts)
    return tuple(map(Raw, found)) if isinstance(found, tuple) else Raw(found)


def chosen(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition is True, b elsewhere."""
    return ops.where(condition, a if isinstance(b, Raw) else Raw(a), b)


def nonzero(input: Any, as_tuple: bool = False) -> Any:
    """Where it is not 0."""
    places = np.nonzero(np.atleast_1d(input._data))
    return tuple(map(Raw, places)) if as_tuple else Raw(np.stack(places, 1))


def meshgrid(*tensors: Any, indexing: str = "ij") -> Any:
    """Each of several axes spread over the grid of all."""
    given = tensors[0] if isinstance(tensors[0], (list, tuple)) else tensors
    places = np.meshgrid(*(np.arange(t.size) for t in given), indexing=indexing)  # type: ignore[call-overload]
    return tuple(ops.reshape(t, (-1,))[place] for t, place in zip(given, places))


def flattened(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Axes from start to end joined."""
    start, end = start_dim % max(input.ndim, 1), end_dim % max(input.ndim, 1)
    return ops.reshape(input, (*input.shape[:start], prod(input.shape[start : end + 1]), *input.shape[end + 1 :]))


def expanded(input: Any, *sizes: Any) -> Any:
    """Axes of length 1 stretched; -1 keeps a length."""
    sizes = listed(sizes)
    own = (*(1,) * (len(sizes) - input.ndim), *input.shape)
    return ops.broadcast_to(input, tuple(n if size == -1 else size for n, size in zip(own, sizes)))


def squeezed(input: Any, dim: Any = None) -> Any:
    """Axes of length 1 left out; one of another length stays."""
    chosen = range(input.ndim) if dim is None else [d % max(input.ndim, 1) for d in np.atleast_1d(dim).tolist()]
    left = tuple(d for d in chosen if input.ndim and input.shape[d] == 1)
    return ops.squeeze(input, left) if left else ops.reshape(input, input.shape)


def unflattened(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One axis split into several."""
    dim %= input.ndim
    return ops.reshape(input, (*input.shape[:dim], *sizes, *input.shape[dim + 1 :]))


def swapped(input: Any, dim0: int, dim1: int) -> Any:
    """Two axes exchanged."""
    return ops.swapaxes(input, dim0, dim1)


def _distances(x1: Any, x2: Any, p: float = 2.0) -> Any:
    return ops.vector_norm(x1[..., :, None, :] - x2[..., None, :, :], -1, False, p)


# what gives another look at the same elements, so that a write to it reaches them
VIEWS: dict[str, Any] = {
    "view reshape": lambda input, *shape: ops.reshape(input, listed(shape)),
    "view_as reshape_as": lambda input, other: ops.reshape(input, other.shape),
    "permute": lambda input, *dims: ops.transpose(input, listed(dims)),
    "transpose swapaxes swapdims": swapped,
    "t": lambda input: ops.transpose(input),
    "movedim moveaxis": lambda input, source, destination: ops.moveaxis(input, source, destination),
    "squeeze": squeezed,
    "unsqueeze": lambda input, dim: ops.expand_dims(input, dim),
    "flatten": flattened,
    "unflatten": unflattened,
    "ravel": lambda input: ops.reshape(input, (-1,)),
    "expand": expanded,
    "expand_as": lambda input, other: ops.broadcast_to(input, other.shape),
    "broadcast_to": lambda input, size: expanded(input, size),
    "narrow": lambda input, dim, start, length: _at(input, slice(int(start), int(start) + length), dim),
    "select": lambda input, dim, index: _at(input, index, dim),
    "diagonal": lambda input, offset=0, dim1=0, dim2=1: ops.diagonal(input, offset, dim1, dim2),
}

# of two operands, which PyTorch brings to one dtype in its own way
PAIRS: dict[str, Any] = {
    "add": shifted(1),
    "sub subtract": shifted(-1),
    "rsub": lambda input, other: ops.subtract(other, input),
    "mul multiply": lambda input, other: ops.multiply(input, other),
    "div divide true_divide": divided,
    "floor_divide": lambda input, other: ops.floor_divide(input, other),
    "remainder": lambda input, other: ops.remainder(input, other),
    "fmod": lambda input, other: ops.fmod(input, other),
    "pow": lambda input, exponent: ops.power(input, exponent),
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "atan2 arctan2": lambda input, other: ops.arctan2(floating(input), floating(other)),
    "hypot": ops.hypot,
    "logaddexp": ops.logaddexp,
    "eq": lambda input, other: ops.equal(input, other),
    "ne not_equal": lambda input, other: ops.not_equal(input, other),
    "lt less": lambda input, other: ops.less(input, other),
    "le less_equal": lambda input, other: ops.less_equal(input, other),
    "gt greater": lambda input, other: ops.greater(input, other),
    "ge greater_equal": lambda input, other: ops.greater_equal(input, other),
    "bitwise_and": ops.bitwise_and,
    "bitwise_or": ops.bitwise_or,
    "bitwise_xor": ops.bitwise_xor,
}

# of one Tensor, under the engine's name or under another: integers become floats first
FLOATS = (
    "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tan sinh cosh tanh erf erfc sigmoid logit sinc "
    "softplus=softplus lgamma=gammaln digamma asin=arcsin acos=arccos atan=arctan asinh=arcsinh acosh=arccosh "
    "atanh=arctanh arcsin arccos arctan arcsinh arccosh arctanh reciprocal expit=sigmoid"
)
PLAIN = (
    "abs absolute square neg=negative negative sign sgn=sign floor ceil round trunc fix=trunc relu selu=selu "
    "isnan isinf isfinite logical_and logical_or logical_xor logical_not bitwise_not=invert positive nan_to_num "
    "matmul mm=matmul bmm=matmul spmm=matmul mv=matmul dot inner outer ger=outer kron det inv inverse=inv trace clone=copy "
    "vdot hstack vstack xlogy"
)

FUNCTIONS: dict[str, Any] = {
    "sum": lambda input, dim=None, keepdim=False, dtype=None: ops.sum(cast(input, dtype), axes(dim), keepdim),
    "mean": lambda input, dim=None, keepdim=False, dtype=None: ops.mean(cast(input, dtype), axes(dim), keepdim),
    "prod": lambda input, dim=None, keepdim=False, dtype=None: ops.prod(cast(input, dtype), dim, keepdim),
    "std": spread(ops.std),
    "var": spread(ops.var),
    "std_mean": lambda input, dim=None: (spread(ops.std)(input, dim), ops.mean(input, axes(dim))),
    "var_mean": lambda input, dim=None: (spread(ops.var)(input, dim), ops.mean(input, axes(dim))),
    "max": extreme(ops.max, ops.argmax, ops.maximum),
    "min": extreme(ops.min, ops.argmin, ops.minimum),
    "amax": lambda input, dim=None, keepdim=False: ops.max(input, axes(dim), keepdim),
    "amin": lambda input, dim=None, keepdim=False: ops.min(input, axes(dim), keepdim),
    "argmax": placed(ops.argmax),
    "argmin": placed(ops.argmin),
    "sort": ordered,
    "argsort": argsorted,
    "topk": topk,
    "kthvalue": kth,
    "median": median,
    "quantile": lambda input, q, dim=None, keepdim=False: ops.quantile(input, q, dim, keepdim),
    "all": lambda input, dim=None, keepdim=False: ops.all(input, axes(dim), keepdim),
    "any": lambda input, dim=None, keepdim=False: ops.any(input, axes(dim), keepdim),
    "cumsum": lambda input, dim, dtype=None: ops.cumsum(cast(input, dtype), dim),
    "cumprod": lambda input, dim, dtype=None: ops.cumprod(cast(input, dtype), dim),
    "logcumsumexp": lambda input, dim: ops.logcumsumexp(input, dim),
    "logsumexp": lambda input, dim, keepdim=False: ops.logsumexp(input, axes(dim), keepdim),
    "softmax": lambda input, dim, dtype=None: ops.softmax(cast(input, dtype), dim),
    "log_softmax": lambda input, dim, dtype=None: ops.log_softmax(cast(input, dtype), dim),
    "norm": norm,
    "dist": lambda input, other, p=2: norm(ops.subtract(input, other), p),
    "cdist": _distances,
    "count_nonzero": lambda input, dim=None: ops.sum(ops.astype(ops.not_equal(input, 0), np.int64), axes(dim)),
    "cat concat concatenate": lambda tensors, dim=0: ops.concatenate(promoted(tensors), dim),
    "stack": lambda tensors, dim=0: ops.stack(promoted(tensors), dim),
    "repeat tile": lambda input, *repeats: ops.tile(input, listed(repeats)),
    "repeat_interleave": lambda input, repeats, dim=None: ops.repeat(input, getattr(repeats, "_data", repeats), dim),
    "gather": lambda input, dim, index: input[_along(input, dim, index)],
    "take_along_dim": lambda input, indices, dim: ops.take_along_axis(input, indices, dim),
    "index_select": lambda input, dim, index: ops.take(input, index, dim),
    "scatter": scattered,
    "scatter_add": scatter_added,
    "index_add": lambda input, dim, index, source: ops.scatter_add(input, _row(dim, index), source),
    "index_copy": lambda input, dim, index, source: ops.setitem(input, source, _row(dim, index)),
    "index_fill": lambda input, dim, index, value: ops.setitem(input, value, _row(dim, index)),
    "masked_fill": masked,
    "masked_select": lambda input, mask: input[np.broadcast_to(mask._data, input.shape)],
    "where": lambda condition, *ab: chosen(condition, *promoted(ab)) if ab else nonzero(condition, True),
    "flip": lambda input, *dims: ops.flip(input, listed(dims)),
    "roll": lambda input, shifts, dims=None: ops.roll(input, shifts, dims),
    "tril": lambda input, diagonal=0: ops.tril(input, diagonal),
    "triu": lambda input, diagonal=0: ops.triu(input, diagonal),
    "diag": lambda input, diagonal=0: ops.diag(input, diagonal),
    "clamp clip": clamp,
    "clamp_min": lambda input, min: ops.clip(input, min, None),
    "clamp_max": lambda input, max: ops.clip(input, None, max),
    "lerp": lambda input, end, weight: ops.add(input, ops.multiply(weight, ops.subtract(end, input))),
    "addmm addmv baddbmm": matmul_added,
    "addcmul": lambda input, a, b, *, value=1: ops.add(input, ops.multiply(ops.multiply(a, b), value)),
    "addcdiv": lambda input, a, b, *, value=1: ops.add(input, ops.multiply(ops.divide(a, b), value)),
    "einsum": lambda equation, *operands: ops.einsum(
        equation, *(operands[0] if isinstance(operands[0], (list, tuple)) else operands)
    ),
    "tensordot": lambda a, b, dims=2: ops.tensordot(a, b, dims),
    "cross": lambda input, other, dim=-1: ops.cross(input, other, axis=dim),
    "meshgrid": meshgrid,
    "unique": unique,
    "nonzero": nonzero,
    "bincount": lambda input, weights=None, minlength=0: Raw(np.bincount(input._data, weights, minlength)),
    "searchsorted": lambda sorted_sequence, input, right=False: ops.searchsorted(
        sorted_sequence, input, "right" if right else "left"
    ),
    "isclose": lambda input, other, rtol=1e-5, atol=1e-8, equal_nan=False: Raw(
        np.isclose(input._data, other._data, rtol, atol, equal_nan)
    ),
    "frac": lambda input: ops.subtract(input, ops.trunc(input)),
    "heaviside": lambda input, values: Raw(np.heaviside(input._data, values._data)),
    "type_as": lambda input, other: cast(input, other.dtype),
}

# methods alone: as functions these names are dtypes
CASTS = {
    "float": np.float32, "double": np.float64, "half": np.float16, "long": np.int64, "int": np.int32,
    "short": np.int16, "byte": np.uint8, "bool": np.bool_,
}  # fmt: skip

LINALG: dict[str, Any] = {
    "norm": lambda A, ord=None, dim=None, keepdim=False: ops.norm(A, ord, axes(dim), keepdim),
    "vector_norm": lambda x, ord=2, dim=None, keepdim=False: ops.vector_norm(x, axes(dim), keepdim, ord),
    "matrix_exp": ops.expm,
    "diagonal": lambda A, offset=0, dim1=-2, dim2=-1: ops.diagonal(A, offset, dim1, dim2),
    "cross": lambda input, other, dim=-1: ops.cross(input, other, axis=dim),
} | {
    name: getattr(ops, name)
    for name in "inv det slogdet solve qr svd eigh eigvalsh cholesky pinv matrix_rank matrix_power multi_dot".split()
}

# what is no Tensor, or only a question
QUESTIONS: dict[str, Any] = {
    "numel nelement": lambda input: int(input.size),
    "dim ndimension": lambda input: input.ndim,
    "equal": lambda input, other: np.array_equal(input._data, other._data),
    "allclose": lambda input, other, rtol=1e-5, atol=1e-8, equal_nan=False: np.allclose(
        input._data, other._data, rtol, atol, equal_nan
    ),
    "is_floating_point": lambda input: input.dtype.kind == "f",
    "is_complex": lambda input: False,
    "element_size": lambda input: input.dtype.itemsize,
    "is_contiguous": lambda input: input._data.flags.c_contiguous,
    "stride": lambda input, dim=None: [s // input.dtype.itemsize for s in input._data.strides][dim or slice(None)],
}

# what is written in place, of the present value
FILLS: dict[str, Any] = {
    "zero_": lambda input: ops.zeros_like(input),
    "fill_": lambda input, value: ops.broadcast_to(cast(Raw(value), input.dtype), input.shape),
    "copy_": lambda input, src: ops.broadcast_to(cast(src, input.dtype), input.shape),
    "uniform_": lambda input, a=0.0, b=1.0: cast(ops.uniform(float(a), float(b), input.shape), input.dtype),
    "normal_": lambda input, mean=0.0, std=1.0: cast(ops.normal(float(mean), float(std), input.shape), input.dtype),
    "bernoulli_": lambda input, p=0.5: cast(ops.bernoulli(p, input.shape), input.dtype),
    "exponential_": lambda input, lambd=1.0: cast(-ops.log1p(-ops.uniform(size=input.shape)) / lambd, input.dtype),
    "random_": lambda input, low, high=None: Raw(
        ops.random.current().integers(*((0, low) if high is None else (low, high)), input.shape).astype(input.dtype)
    ),
}
OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "floor_divide": "floordiv", "remainder": "mod",
    "pow": "pow", "matmul": "matmul", "bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "xor", "eq": "eq",
    "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "neg": "neg", "abs": "abs", "bitwise_not": "invert",
}  # fmt: skip
