"""PyTorch's operators said in NumPy's words, and where we mean to differ from them: the tables of `run_opdb.py`."""

import numpy as np

import autograd as ag
import nn.functional as F

NO_AXIS = r"^\(\(\)", "NumPy: an array of no axes has no axis 0"
LABELS = "labels", "a label that is neither 1 nor -1 is an error"
TRIANGLE = (
    "gradient",
    "the triangle that is not read has a gradient of 0; PyTorch's takes a symmetric input for granted",
)

DELIBERATE = {  # an operator: what its call and its problem match, and why
    **dict.fromkeys(
        [
            "argsort",
            "cummax",
            "cummin",
            "logcumsumexp",
            "index_add",
            "index_copy",
            "index_fill",
            "index_select",
            "mean",
        ],
        NO_AXIS,
    ),
    **dict.fromkeys(["scatter", "scatter_add", "sort", "topk", "transpose"], NO_AXIS),
    "cat": ("AxisError", "NumPy: an empty vector does not join matrices"),
    "cumprod": (r"^\(\(\)", "NumPy: running products of one number are a vector of one"),
    "cumsum": (r"^\(\(\)", "NumPy: running sums of one number are a vector of one"),
    "einsum": (r"'\.\.\.ik, \.\.\.j -> ij'", "NumPy: what stands under ... is not summed"),
    "gather": (r"^\(\(\)|\(2, 0\)", "NumPy: indices have the axes of the array, of which there is one at least"),
    "linalg.eigh": TRIANGLE,
    "linalg.eigvalsh": TRIANGLE,
    "linalg.norm subgradients_at_zero": ("gradient", "at a matrix of zeros the gradient of a spectral norm is 0"),
    "linalg.pinv hermitian": (r"5, 5\)", "there is no hermitian=True, which reads one triangle"),
    "linalg.solve": (r"^\(\((\d), .*\), \(\1, ", "NumPy: several vectors are a matrix"),
    "median": ("value differs", "NumPy: the mean of the two middle ones"),
    "nn.functional.avg_pool2d": (r"\[2, 2\], \[\]", "an empty stride is an error; None is the kernel's size"),
    "nn.functional.batch_norm": (r"^\(\(0,\)", "a vector has no channels"),
    "nn.functional.ctc_loss": ("gradient", "PyTorch's gradient takes a log_softmax for granted; ours is that of any"),
    "nn.functional.hardsigmoid": ("by 5.2e-09", "PyTorch rounds the slope 1/6 to single precision"),
    "nn.functional.hinge_embedding_loss": LABELS,
    "nn.functional.margin_ranking_loss": LABELS,
    "nn.functional.soft_margin_loss": LABELS,
    "nn.functional.cosine_similarity": NO_AXIS,
    "nn.functional.multi_margin_loss": (r"^\(\(\)|\(1,\) int64", "a vector of scores has one class, a number none"),
    "nn.functional.multilabel_margin_loss": (r"^\(\(\)", "a number has no classes"),
    "nn.functional.normalize": (r"^\(\(\)|p=-1.0|p=0.0", "a norm has p above 0, and an array of no axes no axis 0"),
    "nn.functional.pairwise_distance": ("p=-1.0", "a norm has p above 0"),
    "nn.functional.softmin": NO_AXIS,
    "nn.functional.softmin with_dtype": ("dtype=", "no dtype=; write input.astype(dtype)"),
    "nn.functional.pad circular": (r"\[-1, 1, -2, 1\]", "no padding crops; PyTorch's turns what is left in a circle"),
    "tensordot": (r"^\(\(1, 1, 1\)", "NumPy: axes that are summed over do not broadcast"),
}

# drawn at random, or an older name of what stands here under its newer one
LEFT_OUT = {"bernoulli", "exponential", "normal", "pinverse", "qr", "randn", "svd", "uniform"}
LEFT_OUT |= {f"nn.functional.{name}" for name in ("dropout", "dropout2d", "dropout3d", "alpha_dropout")}
# under these names ours are NumPy's functions, of other arguments, results or meaning
LEFT_OUT |= {"bincount", "cov", "ldexp", "nanmedian", "unique", "linalg.lstsq", "linalg.tensorsolve"}
LEFT_OUT |= {
    "linalg.eig",
    "linalg.eigvals",
}  # whose order and phases are arbitrary: beside PyTorch in test_parity_complex
LEFT_OUT |= {"polar"}  # of complex numbers; ours is a factor of a matrix

NAMES = {
    "_safe_softmax.default": "softmax", "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh",
    "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "bitwise_not": "invert", "bmm": "matmul",
    "cat": "concatenate", "clamp": "clip", "clone": "copy", "div no_rounding_mode": "divide",
    "div floor_rounding": "floor_divide", "eq": "equal", "float_power": "power", "ge": "greater_equal",
    "gt": "greater", "le": "less_equal", "lgamma": "gammaln", "lt": "less", "max binary": "maximum",
    "max reduction_no_dim": "max", "min binary": "minimum", "min reduction_no_dim": "min", "mm": "matmul",
    "movedim": "moveaxis", "mul": "multiply", "mv": "matmul", "ne": "not_equal", "neg": "negative",
    "permute": "transpose", "pow": "power", "repeat": "tile", "repeat_interleave": "repeat", "sgn": "sign",
    "t": "transpose", "transpose": "swapaxes", "true_divide": "divide", "unbind": "unstack",
    "unsqueeze": "expand_dims", "view": "reshape", "amax": "max", "amin": "min",
}  # fmt: skip
KEYWORDS = {
    "interpolation": "method",
    "dim": "axis",
    "dims": "axis",
    "dim1": "axis1",
    "dim2": "axis2",
    "keepdim": "keepdims",
    "shifts": "shift",
}
IGNORED = {
    "device",
    "layout",
    "memory_format",
    "output_size",
    "pin_memory",
    "rounding_mode",
}  # which have no meaning here


def with_indices(f, which):
    return lambda x, axis, keepdims=False: (f(x, axis, keepdims), which(x, axis, keepdims))


def spread(f):
    def call(x, *unbiased, axis=None, correction=None, keepdims=False, **named):
        ddof = named.get("unbiased", *unbiased or [1 if correction is None else correction])
        return f(x, axis, ddof, keepdims)

    return call


def typed(f):
    return lambda x, *args, dtype=None, **named: f(x if dtype is None else x.astype(dtype), *args, **named)


def cast(dtype):
    return lambda x: x.astype(dtype)


def at_least(f):
    return lambda x: [f(y) for y in x] if isinstance(x, list) else f(x)


def ordered(x, axis=-1, descending=False, stable=False):
    sign = -1 if descending else 1
    return sign * ag.sort(sign * x, axis), ag.argsort(sign * x, axis)


def pieces(x, sizes, axis=0):
    sizes = (sizes,) * -(-x.shape[axis] // sizes) if isinstance(sizes, int) else sizes
    return ag.split(x, np.cumsum(sizes[:-1]).tolist(), axis)


def p_norm(x, p="fro", axis=None, keepdims=False):
    if isinstance(p, str):
        return ag.norm(x, p if x.ndim > 1 or axis else None, axis, keepdims)
    return ag.vector_norm(x, axis, keepdims, p)


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


def padded(x, widths, mode="constant", value=0.0):
    pairs = [(0, 0)] * (x.ndim - len(widths) // 2) + list(zip(widths[::2], widths[1::2]))[::-1]
    border = [(max(lo, 0), max(hi, 0)) for lo, hi in pairs]
    x = ag.pad(x, border, {"replicate": "edge", "circular": "wrap"}.get(mode, mode), value or 0.0)
    return x[
        tuple(slice(max(-lo, 0), n - max(-hi, 0)) for (lo, hi), n in zip(pairs, x.shape))
    ]  # a negative width crops


def written(x, index, value):
    x = ag.copy(x)
    x[index] = value
    return x


def put(x, index, value, accumulate):
    put = ag.scatter_add if accumulate else written
    return ag.reshape(put(ag.ravel(x), ag.ravel(index), ag.ravel(value)), x.shape)


def along(axis, *index):
    """The index that has `index`, or a slice of these bounds, on an axis, and all of the others."""
    index = index[0] if len(index) == 1 else slice(*index)
    return (*[slice(None)] * axis, index) if axis >= 0 else (..., index, *[slice(None)] * (-1 - axis))


def spots(axis, index):
    """The index that has the array `index` on an axis, and is in step with it on the others."""
    grid = list(np.ogrid[tuple(map(slice, index.shape))])
    grid[axis] = index
    return tuple(grid)


def fitting(value, index):
    return value[tuple(map(slice, index.shape))] if np.ndim(value) else value


def flattened(x, start_dim=0, end_dim=-1):
    shape = x.shape or (1,)
    return ag.reshape(x, (*shape[:start_dim], -1, *shape[len(shape) + end_dim + 1 :]))


def expanded(x, shape):
    old = (1,) * (len(shape) - x.ndim) + x.shape
    return ag.broadcast_to(x, tuple(m if n == -1 else n for n, m in zip(shape, old)))


def squeezed(x, *axes):
    given = bool(axes)
    axes = axes[0] if axes and isinstance(axes[0], tuple) else axes
    return ag.squeeze(x, tuple(a for a in axes if x.ndim and x.shape[a] == 1) if given else None)


def narrowed(x, axis, start, length):
    start = int(start) % x.shape[axis]
    return x[along(axis, start, start + length)]


def replaced(x, axis, sizes):
    axis = axis % x.ndim
    return ag.reshape(x, (*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))


def numbers(start, end=None, step=None, dtype=None):
    return ag.arange(*[b for b in (start, end, step) if b is not None], dtype=dtype)


# fmt: off

def gradient(x, spacing=None, axis=None, edge_order=1):
    steps = spacing if isinstance(spacing, (list, tuple)) else [] if spacing is None else [spacing]
    return ag.gradient(x, *steps, axis=axis, edge_order=edge_order)


def triangular(a, b, upper, left=True, unitriangular=False):
    if left:
        return ag.solve_triangular(a, b, lower=not upper, unit_diagonal=unitriangular)
    turned = ag.solve_triangular(ag.swapaxes(a, -1, -2), ag.swapaxes(b, -1, -2), 0, upper, unitriangular)
    return ag.swapaxes(turned, -1, -2)


FORMS = {
    "linalg.solve_triangular": triangular,
    "linalg.vander": lambda x, N=None: ag.vander(ag.atleast_1d(x), N, increasing=True),
    "T": lambda x: x.T,
    "gradient": gradient,
    "meshgrid list_of_tensors": lambda xs, indexing="ij": ag.meshgrid(*xs, indexing=indexing),
    "diagflat": lambda x, offset=0: ag.diagflat(x, offset),
    "__getitem__": lambda x, i: x[[1, 2] if isinstance(i, tuple) and i == (1, 2) else i],  # which was a list
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
    "arange": numbers,
    "argsort": lambda *args, **named: ordered(*args, **named)[1],
    "clamp_max": lambda x, high: ag.clip(x, None, high),
    "clamp_min": lambda x, low: ag.clip(x, low),
    "constant_pad_nd": lambda x, widths, value=0.0: padded(x, widths, "constant", value),
    "div trunc_rounding": lambda x, y: ag.trunc(x / y),
    "einsum": lambda operands, subscripts: ag.einsum(subscripts, *operands),
    "equal": lambda x, y: x.shape == y.shape and bool(ag.all(ag.equal(x, y))),
    "expand": expanded,
    "expand_as": lambda x, y: ag.broadcast_to(x, y.shape),
    "flatten": flattened,
    "flip": lambda x, axis: ag.flip(x, axis or ()),
    "gather": lambda x, axis, index: x[spots(axis, index)],
    "index_add": lambda x, axis, index, value, alpha=1: ag.scatter_add(x, along(axis, index), alpha * value),
    "index_copy": lambda x, axis, index, value: written(x, along(axis, index), value),
    "index_fill": lambda x, axis, index, value: written(x, along(axis, index), value),
    "index_put": lambda x, i, value, accumulate: (ag.scatter_add if accumulate else written)(x, i, value),
    "index_select": lambda x, axis, index: ag.take(x, index, axis),
    "item": lambda x: x.item(),
    "linalg.diagonal": lambda x, offset=0, axis1=-2, axis2=-1: ag.diagonal(x, offset, axis1, axis2),
    "linalg.matrix_norm": lambda x, ord="fro", axis=(-2, -1), keepdims=False: ag.norm(x, ord, axis, keepdims),
    "linalg.matrix_rank": ranked,
    "linalg.pinv": lambda x, rtol=None, hermitian=False: ag.pinv(x, rtol),
    "linalg.pinv singular": lambda a, b: ag.pinv(a @ b.mT),
    "linalg.svdvals": lambda x: ag.svd(x, compute_uv=False),
    "linspace": lambda start, end, steps, dtype=None: ag.linspace(start, end, steps, dtype=dtype),
    "logdet": lambda x: (lambda sign, log: ag.where(sign > 0, log, np.nan))(*ag.slogdet(x)),
    "logit": lambda x, eps=None: ag.logit(x if eps is None else ag.clip(x, eps, 1 - eps)),
    "mT": lambda x: x.mT,
    "masked_fill": lambda x, mask, value: ag.where(mask, value, x),
    "masked_select": lambda x, mask: (x + ag.zeros_like(mask, float))[ag.broadcast_to(mask, (x * mask).shape)],
    "max reduction_with_dim": with_indices(ag.max, ag.argmax),
    "min reduction_with_dim": with_indices(ag.min, ag.argmin),
    "narrow": narrowed,
    "nn.functional.embedding": lambda weight, indices, **named: F.embedding(indices, weight, **named),
    "nn.functional.one_hot": lambda x, num_classes: ag.one_hot(x, max(num_classes, int(ag.max(x)) + 1), np.int64),
    "nn.functional.pad": padded,
    "norm": p_norm,
    "put": put,
    "reshape_as": lambda x, y: ag.reshape(x, y.shape),
    "rsub": lambda x, y, alpha=1: y - alpha * x,
    "scatter": lambda x, axis, index, value: written(x, spots(axis, index), fitting(value, index)),
    "scatter_add": lambda x, axis, index, value: ag.scatter_add(x, spots(axis, index), fitting(value, index)),
    "searchsorted": searched,
    "select": lambda x, axis, i: x[along(axis, i)],
    "select_scatter": lambda x, value, axis, i: written(x, along(axis, i), value),
    "slice": lambda x, axis=0, start=None, end=None, step=None: x[along(axis, start, end, step)],
    "slice_scatter": lambda x, y, axis=0, start=None, end=None, step=None: written(x, along(axis, start, end, step), y),
    "sort": ordered,
    "split": pieces,
    "split_with_sizes": pieces,
    "squeeze": squeezed,
    "std": spread(ag.std),
    "sub": lambda x, y, alpha=1: ag.subtract(x, y if alpha == 1 else alpha * y),
    "take_along_dim": lambda x, i, axis=None: ag.take_along_axis(x, ag.ravel(i) if axis is None else i, axis),
    "tensordot": lambda a, b, axis=2: ag.tensordot(a, b, axis),
    "topk": lambda x, k, axis=-1, largest=True, sorted=True: ag.topk(x, k, axis, largest),
    "unflatten": replaced,
    "var": spread(ag.var),
    "view_as": lambda x, y: ag.reshape(x, y.shape),
    "where": lambda a, condition, b: ag.where(condition, a, b),
}
# fmt: on
TYPED = ["cumprod", "cumsum", "linalg.norm", "log_softmax with_dtype", "prod", "softmax with_dtype"]
DTYPES = {"byte": "u1", "char": "i1", "double": "f8", "float": "f4", "half": "f2", "int": "i4", "long": "i8"}
FORMS |= {name: cast(dtype) for name, dtype in DTYPES.items()}
FORMS |= {name: typed(getattr(ag, name.removeprefix("linalg.").split()[0])) for name in TYPED}
FORMS |= {name: at_least(getattr(ag, name)) for name in ("atleast_1d", "atleast_2d", "atleast_3d")}
