"""PyTorch's operators said in NumPy's words, and where we mean to differ from them: the tables of `run_opdb.py`."""

import operator

import numpy as np

import autograd as ag
import nn.functional as F

NO_AXIS = "NumPy: an array of no axes has no axis 0"
TRIANGLE = "ours reads one triangle, and the gradient is 0 in the other; PyTorch's takes the input to be symmetric"
LABELS = "a label that is neither 1 nor -1 is an error"

DELIBERATE = {  # an operator: what its call and its problem match, and why
    "argsort": (r"^\(\(\)", NO_AXIS),
    "cat": ("AxisError", "NumPy: an empty vector does not join matrices"),
    "cumprod": (r"^\(\(\)", "NumPy: running products of one number are a vector of one"),
    "cumsum": (r"^\(\(\)", "NumPy: running sums of one number are a vector of one"),
    "einsum": (r"'\.\.\.ik, \.\.\.j -> ij'", "NumPy: what stands under ... is not summed"),
    "gather": (r"^\(\(\)|\(2, 0\)", f"{NO_AXIS}, and indices have the axes of the array"),
    "index_add": (r"^\(\(\)", NO_AXIS),
    "index_select": (r"^\(\(\)", NO_AXIS),
    "linalg.eigh": ("gradient", TRIANGLE),
    "linalg.eigvalsh": ("gradient", TRIANGLE),
    "linalg.norm subgradients_at_zero": ("gradient", "at a matrix of zeros the gradient of a spectral norm is 0"),
    "linalg.pinv hermitian": (r"5, 5\)", "there is no hermitian=True, which reads one triangle"),
    "linalg.solve": (r"^\(\((\d), .*\), \(\1, ", "NumPy: several vectors are a matrix"),
    "mean": (r"^\(\(\)", NO_AXIS),
    "median": ("value differs", "NumPy: the mean of the two middle ones"),
    "nn.functional.avg_pool2d": (r"\[2, 2\], \[\]", "an empty stride is an error; None is the kernel's size"),
    "nn.functional.batch_norm": (r"^\(\(0,\)", "a vector has no channels"),
    "nn.functional.ctc_loss": (
        "gradient",
        "PyTorch's gradient takes the input for a log_softmax; ours is that of any",
    ),
    "nn.functional.hardsigmoid": ("by 5.2e-09", "PyTorch rounds the slope 1/6 to single precision"),
    "nn.functional.hinge_embedding_loss": ("labels", LABELS),
    "nn.functional.margin_ranking_loss": ("labels", LABELS),
    "scatter": (r"^\(\(\)", NO_AXIS),
    "scatter_add": (r"^\(\(\)", NO_AXIS),
    "sort": (r"^\(\(\)", NO_AXIS),
    "tensordot": (r"^\(\(1, 1, 1\)", "NumPy: axes that are summed over do not broadcast"),
    "topk": (r"^\(\(\)", NO_AXIS),
    "transpose": (r"^\(\(\)", NO_AXIS),
}

# drawn at random, or an older name of what stands here under its newer one
LEFT_OUT = {"bernoulli", "exponential", "normal", "pinverse", "qr", "randn", "svd", "uniform"}
LEFT_OUT |= {"nn.functional.dropout", "nn.functional.dropout2d"}

KEYWORDS = {"dim": "axis", "dims": "axis", "keepdim": "keepdims"}
NAMES = {
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2",
    "atanh": "arctanh", "bitwise_not": "invert", "bmm": "matmul", "cat": "concatenate", "clamp": "clip",
    "clone": "copy", "div no_rounding_mode": "divide", "eq": "equal", "float_power": "power", "ge": "greater_equal",
    "gt": "greater", "le": "less_equal", "lgamma": "gammaln", "lt": "less", "max binary": "maximum",
    "min binary": "minimum", "mm": "matmul", "movedim": "moveaxis", "mul": "multiply", "mv": "matmul",
    "ne": "not_equal", "neg": "negative", "permute": "transpose", "pow": "power", "repeat": "tile", "sgn": "sign",
    "t": "transpose", "transpose": "swapaxes", "true_divide": "divide", "unbind": "unstack",
    "unsqueeze": "expand_dims", "view": "reshape",
}  # fmt: skip


def axes(dim):
    """A `dim` as NumPy takes it: tuples for lists, None where PyTorch takes an empty list for all."""
    return (tuple(dim) or None) if isinstance(dim, list) else dim


def reduced(f, *more):
    """`f` over `dim`, with what PyTorch returns beside it."""

    def call(x, dim=None, keepdim=False, dtype=None):
        x = x.astype(dtype) if dtype else x
        results = [each(x, axis=axes(dim), keepdims=keepdim) for each in (f, *more)]
        return results if more and dim is not None else results[0]

    return call


def spread(f):
    def call(x, *unbiased, dim=None, correction=None, keepdim=False, **named):
        ddof = named.get("unbiased", *unbiased or [1 if correction is None else correction])
        return f(x, axis=axes(dim), ddof=ddof, keepdims=keepdim)

    return call


def cast(dtype):
    return lambda x, memory_format=None: x.astype(dtype)


def at_least(f):
    return lambda x: [f(y) for y in x] if isinstance(x, list) else f(x)


def ordered(x, dim=-1, descending=False, stable=False):
    sign = -1 if descending else 1
    return sign * ag.sort(sign * x, dim), ag.argsort(sign * x, dim)


def pieces(x, sizes, dim=0):
    sizes = [sizes] * -(-x.shape[dim] // sizes) if isinstance(sizes, int) else sizes
    return ag.split(x, np.cumsum(sizes[:-1]).tolist(), dim)


def p_norm(x, p="fro", dim=None, keepdim=False):
    if isinstance(p, str):
        return ag.norm(x, p if x.ndim > 1 or dim else None, axes(dim), keepdim)
    return ag.vector_norm(x, axes(dim), keepdim, p)


def ranked(x, atol=None, rtol=None, hermitian=False):
    if atol is None and rtol is None:
        return ag.matrix_rank(x)
    largest = ag.max(ag.svd(x, compute_uv=False), -1) if x.size else 0.0
    return ag.matrix_rank(x, ag.maximum(0 if atol is None else atol, 0 if rtol is None else rtol * largest))


def searched(x, values, right=False, side=None, sorter=None, out_int32=False):
    x = x if sorter is None else ag.take_along_axis(x, sorter)
    side = side or ("right" if right else "left")
    if x.ndim == 1:
        found = ag.searchsorted(x, values, side)
    else:  # NumPy's takes one row
        rows = zip(x.data.reshape(-1, x.shape[-1]), values.data.reshape(-1, values.shape[-1])) if x.size else ()
        found = ag.reshape(ag.stack([ag.searchsorted(*row, side) for row in rows] or [values]), values.shape)
    return found.astype(np.int32 if out_int32 else np.int64)


def written(x, index, value):
    x = ag.copy(x)
    x[index] = value
    return x


def along(dim, *index):
    """The index that has `index`, or a slice of these bounds, on axis `dim`, and all of the others."""
    index = index[0] if len(index) == 1 else slice(*index)
    return (*[slice(None)] * dim, index) if dim >= 0 else (..., index, *[slice(None)] * (-1 - dim))


def spots(dim, index):
    """The index that has the array `index` on axis `dim`, and is in step with it on the others."""
    grid = list(np.ogrid[tuple(map(slice, index.shape))])
    grid[dim] = index
    return tuple(grid)


def fitting(value, index):
    return value[tuple(map(slice, index.shape))] if np.ndim(value) else value


def flattened(x, start_dim=0, end_dim=-1):
    shape = x.shape or (1,)
    return ag.reshape(x, (*shape[:start_dim], -1, *shape[len(shape) + end_dim + 1 :]))


def expanded(x, shape):
    old = (1,) * (len(shape) - x.ndim) + x.shape
    return ag.broadcast_to(x, tuple(m if n == -1 else n for n, m in zip(shape, old)))


def squeezed(x, *dims):
    given = bool(dims)
    dims = dims[0] if dims and isinstance(dims[0], (list, tuple)) else dims
    return ag.squeeze(x, tuple(d for d in dims if x.ndim and x.shape[d] == 1) if given else None)


def replaced(x, dim, sizes):
    dim = dim % x.ndim
    return ag.reshape(x, (*x.shape[:dim], *sizes, *x.shape[dim + 1 :]))


def numbers(start, end=None, step=None, dtype=None):
    return ag.arange(*[b for b in (start, end, step) if b is not None], dtype=dtype)


# fmt: off
FORMS = {
    "T": lambda x: x.T,
    "__getitem__": operator.getitem,
    "__radd__": lambda x, a: a + x,
    "__rand__": lambda x, a: a & x,
    "__rdiv__": lambda x, a: a / x,
    "__rmatmul__": lambda x, a: a @ x,
    "__rmod__": lambda x, a: a % x,
    "__rmul__": lambda x, a: a * x,
    "__ror__": lambda x, a: a | x,
    "__rpow__": lambda x, a: a**x,
    "__rsub__": lambda x, a: a - x,
    "__rxor__": lambda x, a: a ^ x,
    "add": lambda x, y, alpha=1: ag.add(x, y if alpha == 1 else alpha * y),
    "amax": reduced(ag.max),
    "amin": reduced(ag.min),
    "arange": numbers,
    "argsort": lambda *args, **named: ordered(*args, **named)[1],
    "clamp_max": lambda x, high: ag.clip(x, None, high),
    "clamp_min": lambda x, low: ag.clip(x, low),
    "cross": lambda a, b, dim=None: ag.cross(a, b, axis=-1 if dim is None else dim),
    "cumprod": lambda x, dim, dtype=None: ag.cumprod(x, dim),
    "cumsum": lambda x, dim, dtype=None: ag.cumsum(x, dim),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: ag.diagonal(x, offset, dim1, dim2),
    "div floor_rounding": lambda x, y, rounding_mode: ag.floor_divide(x, y),
    "einsum": lambda operands, subscripts: ag.einsum(subscripts, *operands),
    "equal": lambda x, y: x.shape == y.shape and bool(ag.all(ag.equal(x, y))),
    "expand": expanded,
    "expand_as": lambda x, y: ag.broadcast_to(x, y.shape),
    "flatten": flattened,
    "gather": lambda x, dim, index: x[spots(dim, index)],
    "index_add": lambda x, dim, index, value, alpha=1: ag.scatter_add(x, along(dim, index), alpha * value),
    "index_put": lambda x, i, value, accumulate: (ag.scatter_add if accumulate else written)(x, tuple(i), value),
    "index_select": lambda x, dim, index: ag.take(x, index, dim),
    "item": lambda x: x.item(),
    "linalg.diagonal": lambda x, offset=0, dim1=-2, dim2=-1: ag.diagonal(x, offset, dim1, dim2),
    "linalg.matrix_norm": lambda x, ord="fro", dim=(-2, -1), keepdim=False: ag.norm(x, ord, axes(dim), keepdim),
    "linalg.matrix_rank": ranked,
    "linalg.norm": lambda x, ord=None, dim=None, keepdim=False: ag.norm(x, ord, axes(dim), keepdim),
    "linalg.pinv": lambda x, rtol=None, hermitian=False: ag.pinv(x, rtol),
    "linalg.pinv singular": lambda a, b: ag.pinv(a @ b.mT),
    "linalg.svdvals": lambda x: ag.svd(x, compute_uv=False),
    "linalg.vector_norm": lambda x, ord=2, dim=None, keepdim=False: ag.vector_norm(x, axes(dim), keepdim, ord),
    "linspace": lambda start, end, steps, dtype=None: ag.linspace(start, end, steps, dtype=dtype),
    "log_softmax with_dtype": lambda x, dim, dtype: ag.log_softmax(x.astype(dtype), dim),
    "logdet": lambda x: (lambda sign, log: ag.where(sign > 0, log, np.nan))(*ag.slogdet(x)),
    "logit": lambda x, eps=None: ag.logit(x if eps is None else ag.clip(x, eps, 1 - eps)),
    "mT": lambda x: x.mT,
    "masked_fill": lambda x, mask, value: ag.where(mask, value, x),
    "masked_select": lambda x, mask: (x + ag.zeros_like(mask, float))[ag.broadcast_to(mask, (x * mask).shape)],
    "max reduction_no_dim": ag.max,
    "max reduction_with_dim": reduced(ag.max, ag.argmax),
    "min reduction_no_dim": ag.min,
    "min reduction_with_dim": reduced(ag.min, ag.argmin),
    "nn.functional.embedding": lambda weight, indices, **named: F.embedding(indices, weight, **named),
    "norm": p_norm,
    "repeat_interleave": lambda x, repeats, dim=None, output_size=None: ag.repeat(x, repeats, dim),
    "reshape_as": lambda x, y: ag.reshape(x, y.shape),
    "roll": lambda x, shifts, dims=None: ag.roll(x, shifts, axes(dims)),
    "rsub": lambda x, y, alpha=1: y - alpha * x,
    "scatter": lambda x, dim, index, value: written(x, spots(dim, index), fitting(value, index)),
    "scatter_add": lambda x, dim, index, value: ag.scatter_add(x, spots(dim, index), fitting(value, index)),
    "searchsorted": searched,
    "select": lambda x, dim, i: x[along(dim, i)],
    "select_scatter": lambda x, value, dim, i: written(x, along(dim, i), value),
    "slice": lambda x, dim=0, start=None, end=None, step=None: x[along(dim, start, end, step)],
    "slice_scatter": lambda x, y, dim=0, start=None, end=None, step=None: written(x, along(dim, start, end, step), y),
    "softmax with_dtype": lambda x, dim, dtype: ag.softmax(x.astype(dtype), dim),
    "sort": ordered,
    "split": pieces,
    "split_with_sizes": pieces,
    "squeeze": squeezed,
    "std": spread(ag.std),
    "sub": lambda x, y, alpha=1: ag.subtract(x, y if alpha == 1 else alpha * y),
    "take_along_dim": lambda x, i, dim=None: ag.take(x, ag.ravel(i)) if dim is None else ag.take_along_axis(x, i, dim),
    "tensordot": lambda a, b, dims=2: ag.tensordot(a, b, dims),
    "topk": lambda x, k, dim=-1, largest=True, sorted=True: ag.topk(x, k, dim, largest),
    "unflatten": replaced,
    "var": spread(ag.var),
    "view_as": lambda x, y: ag.reshape(x, y.shape),
    "where": lambda a, condition, b: ag.where(condition, a, b),
}
# fmt: on
REDUCTIONS = ["all", "any", "argmax", "argmin", "logsumexp", "mean", "median", "prod", "sum"]
FORMS |= {name: reduced(getattr(ag, name)) for name in REDUCTIONS}
FORMS |= {name: at_least(getattr(ag, name)) for name in ("atleast_1d", "atleast_2d", "atleast_3d")}
DTYPES = {"byte": "u1", "char": "i1", "double": "f8", "float": "f4", "half": "f2", "int": "i4", "long": "i8"}
FORMS |= {name: cast(dtype) for name, dtype in DTYPES.items()}
