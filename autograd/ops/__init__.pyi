"""The operations, for editors and type checkers: made by `make stubs`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, NamedTuple, TypeVar, overload

from numpy.typing import ArrayLike, DTypeLike

from autograd.engine.tensor import Tensor
from autograd.engine.types import Array, Axis, Function, Shape, Value
from autograd.ops.index import Index
from autograd.ops.linalg import Axes
from autograd.ops.quantiles import Shares
from autograd.ops.random import Size
from autograd.ops.shape import PadWidth
from autograd.ops.windows import Padding, Setting, Setting as Sizes

__all__ = [
    "abs", "absolute", "add", "add_rows", "all", "angle", "any", "append", "apply_along_axis", "apply_over_axes",
    "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argsort",
    "array_split", "astype", "atleast_1d", "atleast_2d", "atleast_3d", "attention", "attention_weights", "average",
    "avg_pool", "avg_unpool", "batch_norm", "bce", "bce_with_logits", "bernoulli", "beta", "betainc", "betaincinv",
    "betaln", "bincount", "bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "block", "broadcast_arrays",
    "broadcast_to", "cbrt", "ceil", "celu", "cholesky", "choose", "clip", "column_stack", "compress", "concatenate",
    "cond", "conj", "conjugate", "conv_transpose", "convolution", "convolve", "copy", "copysign", "corrcoef",
    "correlate", "cos", "cosh", "cov", "cross", "cross_entropy", "ctc", "cummax", "cummin", "cumprod", "cumsum",
    "cumulative_prod", "cumulative_sum", "deg2rad", "degrees", "delete", "det", "diag", "diagflat", "diagonal", "diff",
    "digamma", "divide", "divmod", "dot", "dsplit", "dstack", "ediff1d", "eig", "eigh", "eigvals", "eigvalsh", "einsum",
    "elu", "embedding", "entr", "equal", "erf", "erfc", "erfcinv", "erfinv", "exp", "exp2", "expand_dims", "expm",
    "expm1", "extract", "eye", "fabs", "fix", "flip", "fliplr", "flipud", "float_power", "floor", "floor_divide",
    "fmax", "fmin", "fmod", "frexp", "full", "full_like", "gamma", "gammainc", "gammaincc", "gammaincinv", "gammaln",
    "gammasgn", "gcd", "gelu", "get_rng_state", "getitem", "glu", "gradient", "greater", "greater_equal", "group_norm",
    "gru", "gru_cell", "hardsigmoid", "hardswish", "hardtanh", "heaviside", "hsplit", "hstack", "huber", "hypot", "i0",
    "i0e", "i1", "i1e", "imag", "inner", "insert", "interp", "intersect1d", "inv", "invert", "isclose", "isfinite",
    "isinf", "isnan", "isneginf", "isposinf", "iv", "ive", "j0", "j1", "jv", "k0", "k1", "kl_div", "kron", "kv",
    "layer_norm", "lcm", "ldexp", "leaky_relu", "left_shift", "less", "less_equal", "linear", "linspace", "log",
    "log10", "log1p", "log2", "log_ndtr", "log_sigmoid", "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logm", "logsumexp", "lstm", "lstm_cell",
    "lstsq", "masked_scale", "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "matvec",
    "max", "max_pool", "maximum", "mean", "median", "meshgrid", "min", "minimum", "mish", "mod", "modf", "moveaxis",
    "mse", "multi_dot", "multigammaln", "multiply", "nan_to_num", "nancumprod", "nancumsum", "nanmax", "nanmean",
    "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "ndtr", "ndtri",
    "negative", "nll", "norm", "normal", "not_equal", "odeint", "one_hot", "ones", "ones_like", "outer", "pad",
    "partition", "percentile", "permutation", "piecewise", "pinv", "polar", "poly", "polyadd", "polyder", "polydiv",
    "polyfit", "polygamma", "polyint", "polymul", "polysub", "polyval", "positive", "power", "prelu", "prod", "ptp",
    "put_along_axis", "qr", "quantile", "rad2deg", "radians", "rand", "randn", "ravel", "real", "real_if_close",
    "reciprocal", "rel_entr", "relu", "remainder", "repeat", "reshape", "resize", "rgamma", "right_shift", "rint",
    "rms_norm", "rnn", "rnn_cell", "roll", "rollaxis", "rot90", "rotate_pairs", "round", "rsqrt", "scatter_add",
    "searchsorted", "seed", "select", "self_attention", "selu", "set_rng_state", "setdiff1d", "setitem", "setxor1d",
    "sigmoid", "sign", "signbit", "silu", "sin", "sinc", "sinh", "slogdet", "softmax", "softplus", "softsign", "solve",
    "solve_banded", "solve_sylvester", "solve_triangular", "sort", "split", "spsolve", "sqrt", "sqrtm", "square",
    "squeeze", "stack", "std", "subtract", "sum", "svd", "svdvals", "swapaxes", "take", "take_along_axis", "tan",
    "tanh", "tensor", "tensordot", "tensorinv", "tensorsolve", "tile", "topk", "trace", "transpose", "trapezoid",
    "tril", "trim_zeros", "triu", "trunc", "uniform", "unindex", "union1d", "unique", "unstack", "unwrap", "vander",
    "var", "vdot", "vecdot", "vecmat", "vector_norm", "vsplit", "vstack", "where", "xlog1py", "xlogy", "y0", "y1", "yv",
    "zeros", "zeros_like",
]  # fmt: skip

T = TypeVar("T")

class EigResult(NamedTuple, Generic[T]):
    eigenvalues: T
    eigenvectors: T

class EighResult(NamedTuple, Generic[T]):
    eigenvalues: T
    eigenvectors: T

class QRResult(NamedTuple, Generic[T]):
    Q: T
    R: T

class SVDResult(NamedTuple, Generic[T]):
    U: T
    S: T
    Vh: T

class SlogdetResult(NamedTuple, Generic[T]):
    sign: T
    logabsdet: T

@overload
def abs(x: Tensor) -> Tensor:
    """The magnitude of x, which is real. At 0 the gradient is 0.

    >>> absolute(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """

@overload
def abs(x: ArrayLike) -> Array:
    """The magnitude of x, which is real. At 0 the gradient is 0.

    >>> absolute(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """

@overload
def absolute(x: Tensor) -> Tensor:
    """The magnitude of x, which is real. At 0 the gradient is 0.

    >>> absolute(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """

@overload
def absolute(x: ArrayLike) -> Array:
    """The magnitude of x, which is real. At 0 the gradient is 0.

    >>> absolute(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """

@overload
def add(a: Tensor, b: Value) -> Tensor:
    """a + b, with broadcasting.

    >>> add(Tensor([1.0, 2.0]), 10)
    Tensor([11., 12.])
    """

@overload
def add(a: Value, b: Tensor) -> Tensor:
    """a + b, with broadcasting.

    >>> add(Tensor([1.0, 2.0]), 10)
    Tensor([11., 12.])
    """

@overload
def add(a: ArrayLike, b: ArrayLike) -> Array:
    """a + b, with broadcasting.

    >>> add(Tensor([1.0, 2.0]), 10)
    Tensor([11., 12.])
    """

@overload
def add_rows(x: Tensor, indices: Value, count: int, padding_idx: int | None = None) -> Tensor:
    """`count` rows of zeros, with each row of x added to the one that its index names, but for `padding_idx`.

    The adjoint of `embedding`; the result is (count, D).

    >>> add_rows(Tensor([[1.0, 2.0], [10.0, 20.0]]), np.array([1, 1]), 3)
    Tensor([[ 0.,  0.],
            [11., 22.],
            [ 0.,  0.]])

    Shapes: x (..., D), indices (...).
    """

@overload
def add_rows(x: Value, indices: Tensor, count: int, padding_idx: int | None = None) -> Tensor:
    """`count` rows of zeros, with each row of x added to the one that its index names, but for `padding_idx`.

    The adjoint of `embedding`; the result is (count, D).

    >>> add_rows(Tensor([[1.0, 2.0], [10.0, 20.0]]), np.array([1, 1]), 3)
    Tensor([[ 0.,  0.],
            [11., 22.],
            [ 0.,  0.]])

    Shapes: x (..., D), indices (...).
    """

@overload
def add_rows(x: ArrayLike, indices: ArrayLike, count: int, padding_idx: int | None = None) -> Array:
    """`count` rows of zeros, with each row of x added to the one that its index names, but for `padding_idx`.

    The adjoint of `embedding`; the result is (count, D).

    >>> add_rows(Tensor([[1.0, 2.0], [10.0, 20.0]]), np.array([1, 1]), 3)
    Tensor([[ 0.,  0.],
            [11., 22.],
            [ 0.,  0.]])

    Shapes: x (..., D), indices (...).
    """

@overload
def all(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether every element is nonzero. No derivative.

    >>> all(Tensor([0.0, 2.0]))
    Tensor(False)
    """

@overload
def all(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether every element is nonzero. No derivative.

    >>> all(Tensor([0.0, 2.0]))
    Tensor(False)
    """

@overload
def angle(x: Tensor, deg: bool = False) -> Tensor:
    """The angle of x in radians, in (-pi, pi]: 0 of positive numbers, pi of negative ones; in degrees if `deg`.

    It jumps by 2 pi across the negative numbers. At 0 its slope is infinite.

    >>> angle(Tensor([1j, -1.0]))
    Tensor([1.5708, 3.1416])
    """

@overload
def angle(x: ArrayLike, deg: bool = False) -> Array:
    """The angle of x in radians, in (-pi, pi]: 0 of positive numbers, pi of negative ones; in degrees if `deg`.

    It jumps by 2 pi across the negative numbers. At 0 its slope is infinite.

    >>> angle(Tensor([1j, -1.0]))
    Tensor([1.5708, 3.1416])
    """

@overload
def any(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether some element is nonzero. No derivative.

    >>> any(Tensor([0.0, 2.0]))
    Tensor(True)
    """

@overload
def any(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """Whether some element is nonzero. No derivative.

    >>> any(Tensor([0.0, 2.0]))
    Tensor(True)
    """

@overload
def append(x: Tensor, values: Value, axis: int | None = None) -> Tensor:
    """x with `values` after it, both flattened unless there is an `axis`.

    >>> append(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([1., 2., 3.])
    """

@overload
def append(x: Value, values: Tensor, axis: int | None = None) -> Tensor:
    """x with `values` after it, both flattened unless there is an `axis`.

    >>> append(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([1., 2., 3.])
    """

@overload
def append(x: ArrayLike, values: ArrayLike, axis: int | None = None) -> Array:
    """x with `values` after it, both flattened unless there is an `axis`.

    >>> append(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([1., 2., 3.])
    """

def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Value, *args: Any, **kwargs: Any) -> Array:
    """func1d of each vector along `axis`, whose result takes its place.

    >>> apply_along_axis(np.sum, 0, Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([4., 6.])
    """

def apply_over_axes(func: Callable[..., Any], a: Value, axes: int | Sequence[int]) -> Array:
    """func(a, axis) along one axis after the other; an axis that it reduces stays, with length 1.

    >>> apply_over_axes(np.sum, Tensor([[1.0, 2.0], [3.0, 4.0]]), [0, 1])
    Tensor([[10.]])
    """

def arange(*bounds: float, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Numbers from start up to, not including, stop; integers unless a bound is a float.

    >>> arange(3)
    Tensor([0, 1, 2])
    """

@overload
def arccos(x: Tensor) -> Tensor:
    """The angle in [0, pi] whose cosine is x.

    >>> arccos(Tensor([0.0, 1.0]))
    Tensor([1.5708, 0.    ])
    """

@overload
def arccos(x: ArrayLike) -> Array:
    """The angle in [0, pi] whose cosine is x.

    >>> arccos(Tensor([0.0, 1.0]))
    Tensor([1.5708, 0.    ])
    """

@overload
def arccosh(x: Tensor) -> Tensor:
    """The inverse of cosh, for x >= 1.

    >>> arccosh(Tensor([1.0, 2.0]))
    Tensor([0.   , 1.317])
    """

@overload
def arccosh(x: ArrayLike) -> Array:
    """The inverse of cosh, for x >= 1.

    >>> arccosh(Tensor([1.0, 2.0]))
    Tensor([0.   , 1.317])
    """

@overload
def arcsin(x: Tensor) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is x.

    >>> arcsin(Tensor([0.0, 1.0]))
    Tensor([0.    , 1.5708])
    """

@overload
def arcsin(x: ArrayLike) -> Array:
    """The angle in [-pi/2, pi/2] whose sine is x.

    >>> arcsin(Tensor([0.0, 1.0]))
    Tensor([0.    , 1.5708])
    """

@overload
def arcsinh(x: Tensor) -> Tensor:
    """The inverse of sinh.

    >>> arcsinh(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.8814])
    """

@overload
def arcsinh(x: ArrayLike) -> Array:
    """The inverse of sinh.

    >>> arcsinh(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.8814])
    """

@overload
def arctan(x: Tensor) -> Tensor:
    """The angle in (-pi/2, pi/2) whose tangent is x.

    >>> arctan(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7854])
    """

@overload
def arctan(x: ArrayLike) -> Array:
    """The angle in (-pi/2, pi/2) whose tangent is x.

    >>> arctan(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7854])
    """

@overload
def arctan2(a: Tensor, b: Value) -> Tensor:
    """The angle of the point (b, a), in (-pi, pi].

    >>> arctan2(Tensor([0.0, 1.0]), Tensor([-1.0, 0.0]))
    Tensor([3.1416, 1.5708])
    """

@overload
def arctan2(a: Value, b: Tensor) -> Tensor:
    """The angle of the point (b, a), in (-pi, pi].

    >>> arctan2(Tensor([0.0, 1.0]), Tensor([-1.0, 0.0]))
    Tensor([3.1416, 1.5708])
    """

@overload
def arctan2(a: ArrayLike, b: ArrayLike) -> Array:
    """The angle of the point (b, a), in (-pi, pi].

    >>> arctan2(Tensor([0.0, 1.0]), Tensor([-1.0, 0.0]))
    Tensor([3.1416, 1.5708])
    """

@overload
def arctanh(x: Tensor) -> Tensor:
    """The inverse of tanh, for -1 < x < 1.

    >>> arctanh(Tensor([0.0, 0.5]))
    Tensor([0.    , 0.5493])
    """

@overload
def arctanh(x: ArrayLike) -> Array:
    """The inverse of tanh, for -1 < x < 1.

    >>> arctanh(Tensor([0.0, 0.5]))
    Tensor([0.    , 0.5493])
    """

@overload
def argmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index of the largest element, the first of those that tie. No derivative.

    >>> argmax(Tensor([1.0, 3.0, 2.0]))
    Tensor(1)
    """

@overload
def argmax(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the largest element, the first of those that tie. No derivative.

    >>> argmax(Tensor([1.0, 3.0, 2.0]))
    Tensor(1)
    """

@overload
def argmin(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The index of the smallest element, the first of those that tie. No derivative.

    >>> argmin(Tensor([1.0, 3.0, 2.0]))
    Tensor(0)
    """

@overload
def argmin(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the smallest element, the first of those that tie. No derivative.

    >>> argmin(Tensor([1.0, 3.0, 2.0]))
    Tensor(0)
    """

@overload
def argsort(x: Tensor, axis: int | None = -1) -> Tensor:
    """The indices that sort x along `axis`; equal elements keep their order. No derivative.

    >>> argsort(Tensor([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0])
    """

@overload
def argsort(x: ArrayLike, axis: int | None = -1) -> Array:
    """The indices that sort x along `axis`; equal elements keep their order. No derivative.

    >>> argsort(Tensor([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0])
    """

@overload
def array_split(x: Tensor, sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """A list of pieces along `axis`, cut at the given indices, or so many, of which the first may be longer by one.

    >>> array_split(Tensor([1.0, 2.0, 3.0]), 2)
    [Tensor([1., 2.]), Tensor([3.])]
    """

@overload
def array_split(x: ArrayLike, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """A list of pieces along `axis`, cut at the given indices, or so many, of which the first may be longer by one.

    >>> array_split(Tensor([1.0, 2.0, 3.0]), 2)
    [Tensor([1., 2.]), Tensor([3.])]
    """

@overload
def astype(x: Tensor, dtype: DTypeLike) -> Tensor:
    """The values in another dtype; the gradient comes back in the dtype of x. Integers and bool end the graph.

    >>> astype(Tensor([1.5, 2.0]), np.float64)
    Tensor([1.5, 2. ], dtype=float64)
    """

@overload
def astype(x: ArrayLike, dtype: DTypeLike) -> Array:
    """The values in another dtype; the gradient comes back in the dtype of x. Integers and bool end the graph.

    >>> astype(Tensor([1.5, 2.0]), np.float64)
    Tensor([1.5, 2. ], dtype=float64)
    """

@overload
def atleast_1d(x: Tensor) -> Tensor:
    """x with at least 1 axes, as NumPy places them.

    >>> atleast_1d(Tensor(1.0)).ndim
    1
    """

@overload
def atleast_1d(x: ArrayLike) -> Array:
    """x with at least 1 axes, as NumPy places them.

    >>> atleast_1d(Tensor(1.0)).ndim
    1
    """

@overload
def atleast_2d(x: Tensor) -> Tensor:
    """x with at least 2 axes, as NumPy places them.

    >>> atleast_2d(Tensor(1.0)).ndim
    2
    """

@overload
def atleast_2d(x: ArrayLike) -> Array:
    """x with at least 2 axes, as NumPy places them.

    >>> atleast_2d(Tensor(1.0)).ndim
    2
    """

@overload
def atleast_3d(x: Tensor) -> Tensor:
    """x with at least 3 axes, as NumPy places them.

    >>> atleast_3d(Tensor(1.0)).ndim
    3
    """

@overload
def atleast_3d(x: ArrayLike) -> Array:
    """x with at least 3 axes, as NumPy places them.

    >>> atleast_3d(Tensor(1.0)).ndim
    3
    """

def attention(
    q: Value,
    k: Value,
    v: Value,
    mask: Value | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    dropout: float = 0.0,
) -> Tensor:
    """softmax(scale q @ k.T + mask) @ v: for each query the values of all keys, averaged by how well they match.

    q (..., L, E), k (..., S, E) and v (..., S, Ev) give (..., L, Ev); leading axes broadcast. `scale` is 1 / sqrt(E)
    by default. A boolean `mask` says with True which keys take part, a float one is added to the scores (and has a
    gradient); both broadcast to (..., L, S). `is_causal` masks keys after their query, as a mask np.tri(L, S) does.
    A query with all keys masked gives zeros, never nan. `dropout` is the probability with which each weight is
    dropped, and the others scaled up. Raises ShapeError or DtypeError for operands that do not fit.

    Source: Vaswani et al. 2017, "Attention is all you need", eq. 1.

    >>> q, k, v = Tensor([[1.0, 0.0]]), Tensor([[0.0, 1.0], [0.0, 2.0]]), Tensor([[1.0], [3.0]])
    >>> attention(q, k, v)
    Tensor([[2.]])
    >>> attention(q, k, v, mask=np.array([True, False]))
    Tensor([[1.]])
    """

@overload
def attention_weights(
    q: Tensor, k: Value, mask: Value | None = None, scale: float | None = None, is_causal: bool = False
) -> Tensor:
    """softmax(scale q @ k.T + mask) over the keys: how much each of L queries attends to each of S keys.

    q (..., L, E) and k (..., S, E) give (..., L, S). See `attention` for the other arguments and for errors.

    >>> attention_weights(Tensor([[1.0]]), Tensor([[0.0], [0.0]]))
    Tensor([[0.5, 0.5]])
    """

@overload
def attention_weights(
    q: Value, k: Tensor, mask: Value | None = None, scale: float | None = None, is_causal: bool = False
) -> Tensor:
    """softmax(scale q @ k.T + mask) over the keys: how much each of L queries attends to each of S keys.

    q (..., L, E) and k (..., S, E) give (..., L, S). See `attention` for the other arguments and for errors.

    >>> attention_weights(Tensor([[1.0]]), Tensor([[0.0], [0.0]]))
    Tensor([[0.5, 0.5]])
    """

@overload
def attention_weights(
    q: ArrayLike, k: ArrayLike, mask: Value | None = None, scale: float | None = None, is_causal: bool = False
) -> Array:
    """softmax(scale q @ k.T + mask) over the keys: how much each of L queries attends to each of S keys.

    q (..., L, E) and k (..., S, E) give (..., L, S). See `attention` for the other arguments and for errors.

    >>> attention_weights(Tensor([[1.0]]), Tensor([[0.0], [0.0]]))
    Tensor([[0.5, 0.5]])
    """

@overload
def average(
    x: Tensor, axis: Axis = None, weights: Value | None = None, returned: Literal[False] = False, keepdims: bool = False
) -> Tensor:
    """The mean over `axis`, weighted if there are `weights` (in the shape of x, or along `axis`).

    With `returned` also the sum of the weights.

    >>> average(Tensor([1.0, 4.0]), weights=Tensor([2.0, 1.0]))
    Tensor(2.)
    """

@overload
def average(
    x: ArrayLike,
    axis: Axis = None,
    weights: Value | None = None,
    returned: Literal[False] = False,
    keepdims: bool = False,
) -> Array:
    """The mean over `axis`, weighted if there are `weights` (in the shape of x, or along `axis`).

    With `returned` also the sum of the weights.

    >>> average(Tensor([1.0, 4.0]), weights=Tensor([2.0, 1.0]))
    Tensor(2.)
    """

@overload
def average(
    x: Tensor, axis: Axis = None, weights: Value | None = None, keepdims: bool = False, *, returned: Literal[True]
) -> tuple[Tensor, Tensor]:
    """The mean over `axis`, weighted if there are `weights` (in the shape of x, or along `axis`).

    With `returned` also the sum of the weights.

    >>> average(Tensor([1.0, 4.0]), weights=Tensor([2.0, 1.0]))
    Tensor(2.)
    """

@overload
def average(
    x: ArrayLike, axis: Axis = None, weights: Value | None = None, keepdims: bool = False, *, returned: Literal[True]
) -> tuple[Array, Array]:
    """The mean over `axis`, weighted if there are `weights` (in the shape of x, or along `axis`).

    With `returned` also the sum of the weights.

    >>> average(Tensor([1.0, 4.0]), weights=Tensor([2.0, 1.0]))
    Tensor(2.)
    """

@overload
def average(
    x: Tensor, axis: Axis = None, weights: Value | None = None, returned: bool = False, keepdims: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """The mean over `axis`, weighted if there are `weights` (in the shape of x, or along `axis`).

    With `returned` also the sum of the weights.

    >>> average(Tensor([1.0, 4.0]), weights=Tensor([2.0, 1.0]))
    Tensor(2.)
    """

@overload
def average(
    x: ArrayLike, axis: Axis = None, weights: Value | None = None, returned: bool = False, keepdims: bool = False
) -> Array | tuple[Array, Array]:
    """The mean over `axis`, weighted if there are `weights` (in the shape of x, or along `axis`).

    With `returned` also the sum of the weights.

    >>> average(Tensor([1.0, 4.0]), weights=Tensor([2.0, 1.0]))
    Tensor(2.)
    """

@overload
def avg_pool(
    x: Tensor,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window over the last len(kernel) axes of x; for the windows see `max_pool`.

    Padding counts as zeros, or not at all without `count_include_pad`; what sticks out beyond it never counts.
    `divisor_override` divides the sums instead. Raises ShapeError where no window fits, ValueError for a padding
    of more than half the kernel.

    >>> avg_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([2., 1.])
    """

@overload
def avg_pool(
    x: ArrayLike,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """The mean of each window over the last len(kernel) axes of x; for the windows see `max_pool`.

    Padding counts as zeros, or not at all without `count_include_pad`; what sticks out beyond it never counts.
    `divisor_override` divides the sums instead. Raises ShapeError where no window fits, ValueError for a padding
    of more than half the kernel.

    >>> avg_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([2., 1.])
    """

@overload
def avg_unpool(
    x: Tensor,
    shape: Shape,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Each element of x, divided by the size of its window, at all places of that window in an array of `shape`.

    The adjoint of `avg_pool`, whose options these are.

    >>> avg_unpool(Tensor([1.0, 3.0]), (4,), 2)
    Tensor([0.5, 0.5, 1.5, 1.5])
    """

@overload
def avg_unpool(
    x: ArrayLike,
    shape: Shape,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Each element of x, divided by the size of its window, at all places of that window in an array of `shape`.

    The adjoint of `avg_pool`, whose options these are.

    >>> avg_unpool(Tensor([1.0, 3.0]), (4,), 2)
    Tensor([0.5, 0.5, 1.5, 1.5])
    """

@overload
def batch_norm(
    x: Tensor,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    return_moments: Literal[False] = False,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). With `return_moments` it returns mean and variance, (1, C),
    too. Raises ShapeError otherwise, and for a single value in each channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """

@overload
def batch_norm(
    x: ArrayLike,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    return_moments: Literal[False] = False,
) -> Array:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). With `return_moments` it returns mean and variance, (1, C),
    too. Raises ShapeError otherwise, and for a single value in each channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """

@overload
def batch_norm(
    x: Tensor,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    *,
    return_moments: Literal[True],
) -> tuple[Tensor, Tensor, Tensor]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). With `return_moments` it returns mean and variance, (1, C),
    too. Raises ShapeError otherwise, and for a single value in each channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """

@overload
def batch_norm(
    x: ArrayLike,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    *,
    return_moments: Literal[True],
) -> tuple[Array, Array, Array]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). With `return_moments` it returns mean and variance, (1, C),
    too. Raises ShapeError otherwise, and for a single value in each channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """

@overload
def batch_norm(
    x: Tensor, weight: Value | None = None, bias: Value | None = None, eps: float = 1e-05, return_moments: bool = False
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). With `return_moments` it returns mean and variance, (1, C),
    too. Raises ShapeError otherwise, and for a single value in each channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """

@overload
def batch_norm(
    x: ArrayLike,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    return_moments: bool = False,
) -> Array | tuple[Array, Array, Array]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments over all but the channels (Ioffe & Szegedy 2015).

    x is (N, C) or (N, C, ...), weight and bias are (C,). With `return_moments` it returns mean and variance, (1, C),
    too. Raises ShapeError otherwise, and for a single value in each channel, which has no variance.

    >>> batch_norm(Tensor([[1.0, 10.0], [3.0, 30.0]]))
    Tensor([[-1., -1.],
            [ 1.,  1.]])
    """

@overload
def bce(prediction: Tensor, target: Value) -> Tensor:
    """-target log(prediction) - (1 - target) log(1 - prediction), element by element, for probabilities in [0, 1].

    As in PyTorch a logarithm is at least -100, and the slope's divisor p (1 - p) at least 1e-12: where a prediction is
    0 or 1 and wrong it is steep, and not infinite; in single precision 1 - p is at least 6e-8, the half of an eps.
    Raises ValueError outside [0, 1]. From logits, `bce_with_logits` is exact.

    >>> bce(Tensor([0.5, 0.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])

    Shapes: prediction (...), target (...).
    """

@overload
def bce(prediction: Value, target: Tensor) -> Tensor:
    """-target log(prediction) - (1 - target) log(1 - prediction), element by element, for probabilities in [0, 1].

    As in PyTorch a logarithm is at least -100, and the slope's divisor p (1 - p) at least 1e-12: where a prediction is
    0 or 1 and wrong it is steep, and not infinite; in single precision 1 - p is at least 6e-8, the half of an eps.
    Raises ValueError outside [0, 1]. From logits, `bce_with_logits` is exact.

    >>> bce(Tensor([0.5, 0.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])

    Shapes: prediction (...), target (...).
    """

@overload
def bce(prediction: ArrayLike, target: ArrayLike) -> Array:
    """-target log(prediction) - (1 - target) log(1 - prediction), element by element, for probabilities in [0, 1].

    As in PyTorch a logarithm is at least -100, and the slope's divisor p (1 - p) at least 1e-12: where a prediction is
    0 or 1 and wrong it is steep, and not infinite; in single precision 1 - p is at least 6e-8, the half of an eps.
    Raises ValueError outside [0, 1]. From logits, `bce_with_logits` is exact.

    >>> bce(Tensor([0.5, 0.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])

    Shapes: prediction (...), target (...).
    """

@overload
def bce_with_logits(x: Tensor, target: Value, pos_weight: Value | None = None) -> Tensor:
    """-pos_weight target log(sigmoid(x)) - (1 - target) log(1 - sigmoid(x)), element by element, stable for any x.

    `pos_weight`, a constant, broadcasts to the shape of x.

    >>> bce_with_logits(Tensor([0.0, -100.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])

    Shapes: x (...), target (...).
    """

@overload
def bce_with_logits(x: Value, target: Tensor, pos_weight: Value | None = None) -> Tensor:
    """-pos_weight target log(sigmoid(x)) - (1 - target) log(1 - sigmoid(x)), element by element, stable for any x.

    `pos_weight`, a constant, broadcasts to the shape of x.

    >>> bce_with_logits(Tensor([0.0, -100.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])

    Shapes: x (...), target (...).
    """

@overload
def bce_with_logits(x: ArrayLike, target: ArrayLike, pos_weight: Value | None = None) -> Array:
    """-pos_weight target log(sigmoid(x)) - (1 - target) log(1 - sigmoid(x)), element by element, stable for any x.

    `pos_weight`, a constant, broadcasts to the shape of x.

    >>> bce_with_logits(Tensor([0.0, -100.0]), Tensor([1.0, 1.0]))
    Tensor([  0.6931, 100.    ])

    Shapes: x (...), target (...).
    """

def bernoulli(p: Value | float = 0.5, size: Size | None = None) -> Tensor:
    """Draw 1 with probability p, else 0. No derivative for p. ValueError outside [0, 1], for nan, too.

    >>> sorted(set(bernoulli(0.5, size=100).tolist()))
    [0.0, 1.0]
    """

@overload
def beta(a: Tensor, b: Value) -> Tensor:
    """gamma(a) gamma(b) / gamma(a + b), for positive a and b.

    >>> beta(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([0.3333, 0.0833])
    """

@overload
def beta(a: Value, b: Tensor) -> Tensor:
    """gamma(a) gamma(b) / gamma(a + b), for positive a and b.

    >>> beta(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([0.3333, 0.0833])
    """

@overload
def beta(a: ArrayLike, b: ArrayLike) -> Array:
    """gamma(a) gamma(b) / gamma(a + b), for positive a and b.

    >>> beta(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([0.3333, 0.0833])
    """

def betainc(a: Value, b: Value, x: Value) -> Tensor:
    """The share of the beta function's integral up to x.

    >>> betainc(1, 1, Tensor([0.0, 0.25]))
    Tensor([0.  , 0.25])
    """

def betaincinv(a: Value, b: Value, p: Value) -> Tensor:
    """The x with betainc(a, b, x) = p: the quantile of a beta distribution.

    >>> betaincinv(1, 1, Tensor([0.0, 0.25]))
    Tensor([0.  , 0.25])
    """

@overload
def betaln(a: Tensor, b: Value) -> Tensor:
    """The logarithm of beta(a, b), for positive a and b.

    >>> betaln(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([-1.0986, -2.4849])
    """

@overload
def betaln(a: Value, b: Tensor) -> Tensor:
    """The logarithm of beta(a, b), for positive a and b.

    >>> betaln(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([-1.0986, -2.4849])
    """

@overload
def betaln(a: ArrayLike, b: ArrayLike) -> Array:
    """The logarithm of beta(a, b), for positive a and b.

    >>> betaln(Tensor([1.0, 2.0]), Tensor(3.0))
    Tensor([-1.0986, -2.4849])
    """

@overload
def bincount(x: Tensor, weights: Value | None = None, minlength: int = 0) -> Tensor:
    """How often each of the integers from 0 on occurs in x, or the sum of the `weights` that belong to it.

    >>> bincount([0, 2, 2], Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 0., 5.])
    """

@overload
def bincount(x: ArrayLike, weights: Value | None = None, minlength: int = 0) -> Array:
    """How often each of the integers from 0 on occurs in x, or the sum of the `weights` that belong to it.

    >>> bincount([0, 2, 2], Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 0., 5.])
    """

@overload
def bitwise_and(a: Tensor, b: Value) -> Tensor:
    """a & b, on bool and integers.

    >>> bitwise_and(Tensor([True, False]), True)
    Tensor([ True, False])
    """

@overload
def bitwise_and(a: Value, b: Tensor) -> Tensor:
    """a & b, on bool and integers.

    >>> bitwise_and(Tensor([True, False]), True)
    Tensor([ True, False])
    """

@overload
def bitwise_and(a: ArrayLike, b: ArrayLike) -> Array:
    """a & b, on bool and integers.

    >>> bitwise_and(Tensor([True, False]), True)
    Tensor([ True, False])
    """

@overload
def bitwise_count(x: Tensor) -> Tensor:
    """How many bits of the size of x are 1.

    >>> bitwise_count(Tensor([4, 7]))
    Tensor([1, 3], dtype=uint8)
    """

@overload
def bitwise_count(x: ArrayLike) -> Array:
    """How many bits of the size of x are 1.

    >>> bitwise_count(Tensor([4, 7]))
    Tensor([1, 3], dtype=uint8)
    """

@overload
def bitwise_or(a: Tensor, b: Value) -> Tensor:
    """a | b, on bool and integers.

    >>> bitwise_or(Tensor([True, False]), True)
    Tensor([ True,  True])
    """

@overload
def bitwise_or(a: Value, b: Tensor) -> Tensor:
    """a | b, on bool and integers.

    >>> bitwise_or(Tensor([True, False]), True)
    Tensor([ True,  True])
    """

@overload
def bitwise_or(a: ArrayLike, b: ArrayLike) -> Array:
    """a | b, on bool and integers.

    >>> bitwise_or(Tensor([True, False]), True)
    Tensor([ True,  True])
    """

@overload
def bitwise_xor(a: Tensor, b: Value) -> Tensor:
    """a ^ b, on bool and integers.

    >>> bitwise_xor(Tensor([True, False]), True)
    Tensor([False,  True])
    """

@overload
def bitwise_xor(a: Value, b: Tensor) -> Tensor:
    """a ^ b, on bool and integers.

    >>> bitwise_xor(Tensor([True, False]), True)
    Tensor([False,  True])
    """

@overload
def bitwise_xor(a: ArrayLike, b: ArrayLike) -> Array:
    """a ^ b, on bool and integers.

    >>> bitwise_xor(Tensor([True, False]), True)
    Tensor([False,  True])
    """

@overload
def block(arrays: Tensor) -> Tensor:
    """An array put together of blocks in nested lists: the innermost are joined along the last axis.

    >>> block([[Tensor([[1.0]]), Tensor([[2.0]])], [Tensor([[3.0, 4.0]])]])
    Tensor([[1., 2.],
            [3., 4.]])
    """

@overload
def block(arrays: ArrayLike) -> Array:
    """An array put together of blocks in nested lists: the innermost are joined along the last axis.

    >>> block([[Tensor([[1.0]]), Tensor([[2.0]])], [Tensor([[3.0, 4.0]])]])
    Tensor([[1., 2.],
            [3., 4.]])
    """

@overload
def broadcast_arrays(*arrays: Tensor, subok: bool = False) -> tuple[Tensor, ...]:
    """Each array repeated to the shape that all of them have together.

    >>> broadcast_arrays(Tensor([1.0, 2.0]), 3.0)
    (Tensor([1., 2.]), array([3., 3.]))
    """

@overload
def broadcast_arrays(*arrays: ArrayLike, subok: bool = False) -> tuple[Array, ...]:
    """Each array repeated to the shape that all of them have together.

    >>> broadcast_arrays(Tensor([1.0, 2.0]), 3.0)
    (Tensor([1., 2.]), array([3., 3.]))
    """

@overload
def broadcast_to(x: Tensor, shape: Shape) -> Tensor:
    """x repeated along axes of length 1, and new leading ones, to fill `shape`.

    >>> broadcast_to(Tensor([1.0, 2.0]), (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """

@overload
def broadcast_to(x: ArrayLike, shape: Shape) -> Array:
    """x repeated along axes of length 1, and new leading ones, to fill `shape`.

    >>> broadcast_to(Tensor([1.0, 2.0]), (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """

@overload
def cbrt(x: Tensor) -> Tensor:
    """The cube root of x; its slope at 0 is infinite.

    >>> cbrt(Tensor([8.0, -27.0]))
    Tensor([ 2., -3.])
    """

@overload
def cbrt(x: ArrayLike) -> Array:
    """The cube root of x; its slope at 0 is infinite.

    >>> cbrt(Tensor([8.0, -27.0]))
    Tensor([ 2., -3.])
    """

@overload
def ceil(x: Tensor) -> Tensor:
    """The smallest integer >= x; the gradient is 0.

    >>> ceil(Tensor([-1.5, 1.5]))
    Tensor([-1.,  2.])
    """

@overload
def ceil(x: ArrayLike) -> Array:
    """The smallest integer >= x; the gradient is 0.

    >>> ceil(Tensor([-1.5, 1.5]))
    Tensor([-1.,  2.])
    """

@overload
def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where positive, else alpha (exp(x / alpha) - 1), whose slope has no jump (Barron 2017).

    >>> celu(Tensor([-1.0, 2.0]), 0.5)
    Tensor([-0.4323,  2.    ])
    """

@overload
def celu(x: ArrayLike, alpha: float = 1.0) -> Array:
    """x where positive, else alpha (exp(x / alpha) - 1), whose slope has no jump (Barron 2017).

    >>> celu(Tensor([-1.0, 2.0]), 0.5)
    Tensor([-0.4323,  2.    ])
    """

@overload
def cholesky(a: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L with L @ L.T = a, or the upper L.T, for symmetric positive definite a (..., n, n).

    Rounding in a is averaged out, (a + a.T) / 2, so that the gradient is symmetric. Raises LinAlgError unless a is
    positive definite, ValueError unless it is symmetric to 5 % of its largest element.

    >>> cholesky(Tensor([[4.0, 2.0], [2.0, 5.0]]))
    Tensor([[2., 0.],
            [1., 2.]])

    Shapes: a (..., n, n).
    """

@overload
def cholesky(a: ArrayLike, *, upper: bool = False) -> Array:
    """The lower triangular L with L @ L.T = a, or the upper L.T, for symmetric positive definite a (..., n, n).

    Rounding in a is averaged out, (a + a.T) / 2, so that the gradient is symmetric. Raises LinAlgError unless a is
    positive definite, ValueError unless it is symmetric to 5 % of its largest element.

    >>> cholesky(Tensor([[4.0, 2.0], [2.0, 5.0]]))
    Tensor([[2., 0.],
            [1., 2.]])

    Shapes: a (..., n, n).
    """

@overload
def choose(x: Tensor, choices: Sequence[Value], mode: str = "raise") -> Tensor:
    """At each place the element of the array of that number; `mode` "wrap" or "clip" mends a number outside.

    >>> choose(np.array([1, 0]), [Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([3., 2.])
    """

@overload
def choose(x: ArrayLike, choices: Sequence[Value], mode: str = "raise") -> Array:
    """At each place the element of the array of that number; `mode` "wrap" or "clip" mends a number outside.

    >>> choose(np.array([1, 0]), [Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([3., 2.])
    """

@overload
def clip(x: Tensor, min: Value | float | None = None, max: Value | float | None = None) -> Tensor:
    """x limited to [min, max], with broadcasting. On a limit all of the gradient is that of x.

    Where min > max the result is max.

    >>> clip(Tensor([-5.0, 0.5, 5.0]), -1, 1)
    Tensor([-1. ,  0.5,  1. ])
    """

@overload
def clip(x: ArrayLike, min: Value | float | None = None, max: Value | float | None = None) -> Array:
    """x limited to [min, max], with broadcasting. On a limit all of the gradient is that of x.

    Where min > max the result is max.

    >>> clip(Tensor([-5.0, 0.5, 5.0]), -1, 1)
    Tensor([-1. ,  0.5,  1. ])
    """

def column_stack(arrays: Sequence[Value]) -> Tensor:
    """Arrays joined side by side as columns.

    >>> column_stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1., 3.],
            [2., 4.]])
    """

@overload
def compress(condition: Tensor, x: Value, axis: int | None = None) -> Tensor:
    """The slices along `axis` (the elements by default) where the condition, a vector, holds.

    >>> compress([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """

@overload
def compress(condition: Value, x: Tensor, axis: int | None = None) -> Tensor:
    """The slices along `axis` (the elements by default) where the condition, a vector, holds.

    >>> compress([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """

@overload
def compress(condition: ArrayLike, x: ArrayLike, axis: int | None = None) -> Array:
    """The slices along `axis` (the elements by default) where the condition, a vector, holds.

    >>> compress([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """

def concatenate(arrays: Sequence[Value] | Array, axis: int | None = 0) -> Tensor:
    """Arrays joined along an existing axis (flattened first where it is None).

    >>> concatenate([Tensor([1.0, 2.0]), Tensor([3.0])])
    Tensor([1., 2., 3.])
    """

@overload
def cond(x: Tensor, p: float | str | None = None) -> Tensor:
    """How much a matrix magnifies relative errors: its norm of order p times that of its inverse.

    By default, and for 2, the largest singular value by the smallest, also of a matrix that is not square.

    >>> cond(Tensor([[4.0, 0.0], [0.0, 2.0]]))
    Tensor(2.)
    """

@overload
def cond(x: ArrayLike, p: float | str | None = None) -> Array:
    """How much a matrix magnifies relative errors: its norm of order p times that of its inverse.

    By default, and for 2, the largest singular value by the smallest, also of a matrix that is not square.

    >>> cond(Tensor([[4.0, 0.0], [0.0, 2.0]]))
    Tensor(2.)
    """

@overload
def conj(x: Tensor) -> Tensor:
    """The conjugate of x, of which the imaginary part has the other sign. `conj` is the same.

    >>> conjugate(Tensor([1 + 2j, 3.0]))
    Tensor([1.-2.j, 3.-0.j], dtype=complex64)
    """

@overload
def conj(x: ArrayLike) -> Array:
    """The conjugate of x, of which the imaginary part has the other sign. `conj` is the same.

    >>> conjugate(Tensor([1 + 2j, 3.0]))
    Tensor([1.-2.j, 3.-0.j], dtype=complex64)
    """

@overload
def conjugate(x: Tensor) -> Tensor:
    """The conjugate of x, of which the imaginary part has the other sign. `conj` is the same.

    >>> conjugate(Tensor([1 + 2j, 3.0]))
    Tensor([1.-2.j, 3.-0.j], dtype=complex64)
    """

@overload
def conjugate(x: ArrayLike) -> Array:
    """The conjugate of x, of which the imaginary part has the other sign. `conj` is the same.

    >>> conjugate(Tensor([1 + 2j, 3.0]))
    Tensor([1.-2.j, 3.-0.j], dtype=complex64)
    """

@overload
def conv_transpose(
    x: Tensor,
    weight: Value,
    bias: Value | None = None,
    stride: Setting = 1,
    padding: Padding = 0,
    output_padding: Setting = 0,
    groups: int = 1,
    dilation: Setting = 1,
) -> Tensor:
    """The adjoint of `convolution` in x: each value, times the weight, to every place that its window covered.

    x (N, C, *sizes), weight (C, O / groups, *kernel), bias (O,); along each axis the output has
    (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1 elements.
    Raises ShapeError where these do not fit, ValueError for settings out of range.

    >>> conv_transpose(Tensor([[[1.0, 2.0]]]), Tensor([[[1.0, 10.0]]]), stride=2)
    Tensor([[[ 1., 10.,  2., 20.]]])
    """

@overload
def conv_transpose(
    x: Value,
    weight: Tensor,
    bias: Value | None = None,
    stride: Setting = 1,
    padding: Padding = 0,
    output_padding: Setting = 0,
    groups: int = 1,
    dilation: Setting = 1,
) -> Tensor:
    """The adjoint of `convolution` in x: each value, times the weight, to every place that its window covered.

    x (N, C, *sizes), weight (C, O / groups, *kernel), bias (O,); along each axis the output has
    (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1 elements.
    Raises ShapeError where these do not fit, ValueError for settings out of range.

    >>> conv_transpose(Tensor([[[1.0, 2.0]]]), Tensor([[[1.0, 10.0]]]), stride=2)
    Tensor([[[ 1., 10.,  2., 20.]]])
    """

@overload
def conv_transpose(
    x: ArrayLike,
    weight: ArrayLike,
    bias: Value | None = None,
    stride: Setting = 1,
    padding: Padding = 0,
    output_padding: Setting = 0,
    groups: int = 1,
    dilation: Setting = 1,
) -> Array:
    """The adjoint of `convolution` in x: each value, times the weight, to every place that its window covered.

    x (N, C, *sizes), weight (C, O / groups, *kernel), bias (O,); along each axis the output has
    (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1 elements.
    Raises ShapeError where these do not fit, ValueError for settings out of range.

    >>> conv_transpose(Tensor([[[1.0, 2.0]]]), Tensor([[[1.0, 10.0]]]), stride=2)
    Tensor([[[ 1., 10.,  2., 20.]]])
    """

@overload
def convolution(
    x: Tensor,
    weight: Value,
    bias: Value | None = None,
    stride: Setting = 1,
    padding: Padding | str = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Tensor:
    """y[n, o, p] = bias[o] + sum over c and k of weight[o, c, k] x[n, c, stride p + dilation k - padding].

    x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O,), y (N, O, *positions), with any number of spatial
    axes; x is 0 outside. `stride`, `padding` and `dilation` are one number, or one per axis; padding also a pair
    (before, after) per axis, "same", which keeps the sizes at stride 1, or "valid", none. Channels fall into
    `groups`, each with its own part of the outputs.
    Raises ShapeError where these do not fit, ValueError for settings out of range. As in every network library the
    kernel is not turned around: mathematics calls this a cross-correlation (Dumoulin and Visin 2016).

    >>> convolution(Tensor([[[1.0, 2.0, 4.0]]]), Tensor([[[-1.0, 1.0]]]))
    Tensor([[[1., 2.]]])
    """

@overload
def convolution(
    x: Value,
    weight: Tensor,
    bias: Value | None = None,
    stride: Setting = 1,
    padding: Padding | str = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Tensor:
    """y[n, o, p] = bias[o] + sum over c and k of weight[o, c, k] x[n, c, stride p + dilation k - padding].

    x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O,), y (N, O, *positions), with any number of spatial
    axes; x is 0 outside. `stride`, `padding` and `dilation` are one number, or one per axis; padding also a pair
    (before, after) per axis, "same", which keeps the sizes at stride 1, or "valid", none. Channels fall into
    `groups`, each with its own part of the outputs.
    Raises ShapeError where these do not fit, ValueError for settings out of range. As in every network library the
    kernel is not turned around: mathematics calls this a cross-correlation (Dumoulin and Visin 2016).

    >>> convolution(Tensor([[[1.0, 2.0, 4.0]]]), Tensor([[[-1.0, 1.0]]]))
    Tensor([[[1., 2.]]])
    """

@overload
def convolution(
    x: ArrayLike,
    weight: ArrayLike,
    bias: Value | None = None,
    stride: Setting = 1,
    padding: Padding | str = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Array:
    """y[n, o, p] = bias[o] + sum over c and k of weight[o, c, k] x[n, c, stride p + dilation k - padding].

    x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O,), y (N, O, *positions), with any number of spatial
    axes; x is 0 outside. `stride`, `padding` and `dilation` are one number, or one per axis; padding also a pair
    (before, after) per axis, "same", which keeps the sizes at stride 1, or "valid", none. Channels fall into
    `groups`, each with its own part of the outputs.
    Raises ShapeError where these do not fit, ValueError for settings out of range. As in every network library the
    kernel is not turned around: mathematics calls this a cross-correlation (Dumoulin and Visin 2016).

    >>> convolution(Tensor([[[1.0, 2.0, 4.0]]]), Tensor([[[-1.0, 1.0]]]))
    Tensor([[[1., 2.]]])
    """

@overload
def convolve(a: Tensor, v: Value, mode: str = "full") -> Tensor:
    """The convolution of two vectors, or of arrays with as many axes: sum over k of a[k] v[n - k].

    `mode` "same" is the middle of it, as long as the longer, "valid" where they overlap wholly.

    >>> convolve(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([1., 3., 5., 3.])
    """

@overload
def convolve(a: Value, v: Tensor, mode: str = "full") -> Tensor:
    """The convolution of two vectors, or of arrays with as many axes: sum over k of a[k] v[n - k].

    `mode` "same" is the middle of it, as long as the longer, "valid" where they overlap wholly.

    >>> convolve(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([1., 3., 5., 3.])
    """

@overload
def convolve(a: ArrayLike, v: ArrayLike, mode: str = "full") -> Array:
    """The convolution of two vectors, or of arrays with as many axes: sum over k of a[k] v[n - k].

    `mode` "same" is the middle of it, as long as the longer, "valid" where they overlap wholly.

    >>> convolve(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([1., 3., 5., 3.])
    """

@overload
def copy(x: Tensor) -> Tensor:
    """The same values in new memory.

    >>> copy(Tensor([1.0, 2.0]))
    Tensor([1., 2.])
    """

@overload
def copy(x: ArrayLike) -> Array:
    """The same values in new memory.

    >>> copy(Tensor([1.0, 2.0]))
    Tensor([1., 2.])
    """

@overload
def copysign(a: Tensor, b: Value) -> Tensor:
    """The magnitude of a with the sign of b; constant in b between its jumps.

    >>> copysign(Tensor([1.0, 2.0]), Tensor([-1.0, 3.0]))
    Tensor([-1.,  2.])
    """

@overload
def copysign(a: Value, b: Tensor) -> Tensor:
    """The magnitude of a with the sign of b; constant in b between its jumps.

    >>> copysign(Tensor([1.0, 2.0]), Tensor([-1.0, 3.0]))
    Tensor([-1.,  2.])
    """

@overload
def copysign(a: ArrayLike, b: ArrayLike) -> Array:
    """The magnitude of a with the sign of b; constant in b between its jumps.

    >>> copysign(Tensor([1.0, 2.0]), Tensor([-1.0, 3.0]))
    Tensor([-1.,  2.])
    """

@overload
def corrcoef(x: Tensor, y: Value | None = None, rowvar: bool = True) -> Tensor:
    """The correlations of variables: their covariances by their standard deviations; see `cov`.

    >>> corrcoef(Tensor([[0.0, 2.0, 4.0], [1.0, 5.0, 9.0]]))
    Tensor([[1., 1.],
            [1., 1.]])
    """

@overload
def corrcoef(x: ArrayLike, y: Value | None = None, rowvar: bool = True) -> Array:
    """The correlations of variables: their covariances by their standard deviations; see `cov`.

    >>> corrcoef(Tensor([[0.0, 2.0, 4.0], [1.0, 5.0, 9.0]]))
    Tensor([[1., 1.],
            [1., 1.]])
    """

@overload
def correlate(a: Tensor, v: Value, mode: str = "valid") -> Tensor:
    """The correlation of two vectors: sum over k of a[n + k] v[k]; `mode` as of `convolve`.

    >>> correlate(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([3., 5.])
    """

@overload
def correlate(a: Value, v: Tensor, mode: str = "valid") -> Tensor:
    """The correlation of two vectors: sum over k of a[n + k] v[k]; `mode` as of `convolve`.

    >>> correlate(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([3., 5.])
    """

@overload
def correlate(a: ArrayLike, v: ArrayLike, mode: str = "valid") -> Array:
    """The correlation of two vectors: sum over k of a[n + k] v[k]; `mode` as of `convolve`.

    >>> correlate(Tensor([1.0, 2.0, 3.0]), Tensor([1.0, 1.0]))
    Tensor([3., 5.])
    """

@overload
def cos(x: Tensor) -> Tensor:
    """The cosine of x radians.

    >>> cos(Tensor([0.0, np.pi]))
    Tensor([ 1., -1.])
    """

@overload
def cos(x: ArrayLike) -> Array:
    """The cosine of x radians.

    >>> cos(Tensor([0.0, np.pi]))
    Tensor([ 1., -1.])
    """

@overload
def cosh(x: Tensor) -> Tensor:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2.

    >>> cosh(Tensor([0.0, 1.0]))
    Tensor([1.    , 1.5431])
    """

@overload
def cosh(x: ArrayLike) -> Array:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2.

    >>> cosh(Tensor([0.0, 1.0]))
    Tensor([1.    , 1.5431])
    """

@overload
def cov(
    x: Tensor,
    y: Value | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Value | None = None,
    aweights: Value | None = None,
) -> Tensor:
    """The covariances of variables, which are rows (or columns, unless `rowvar`); those of y are added to them.

    The divisor is N - 1, N if `bias`, or N - ddof; `fweights` say how often an observation counts, `aweights` how much.

    >>> cov(Tensor([[0.0, 2.0], [1.0, 5.0]]))
    Tensor([[2., 4.],
            [4., 8.]])
    """

@overload
def cov(
    x: ArrayLike,
    y: Value | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Value | None = None,
    aweights: Value | None = None,
) -> Array:
    """The covariances of variables, which are rows (or columns, unless `rowvar`); those of y are added to them.

    The divisor is N - 1, N if `bias`, or N - ddof; `fweights` say how often an observation counts, `aweights` how much.

    >>> cov(Tensor([[0.0, 2.0], [1.0, 5.0]]))
    Tensor([[2., 4.],
            [4., 8.]])
    """

@overload
def cross(a: Tensor, b: Value, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    """The cross product of vectors of size 3, along `axisa` and `axisb`, put along `axisc`; `axis` sets all three.

    >>> cross(Tensor([1.0, 0.0, 0.0]), Tensor([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.])
    """

@overload
def cross(a: Value, b: Tensor, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    """The cross product of vectors of size 3, along `axisa` and `axisb`, put along `axisc`; `axis` sets all three.

    >>> cross(Tensor([1.0, 0.0, 0.0]), Tensor([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.])
    """

@overload
def cross(
    a: ArrayLike, b: ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    """The cross product of vectors of size 3, along `axisa` and `axisb`, put along `axisc`; `axis` sets all three.

    >>> cross(Tensor([1.0, 0.0, 0.0]), Tensor([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.])
    """

@overload
def cross_entropy(
    logits: Tensor,
    target: Value,
    reduction: str = "mean",
    weight: Value | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(logits)[target], from unnormalised logits of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers in the shape without C, or probabilities in the shape of the logits. `weight` has one
    number per class, and the mean over class numbers is then the weighted one; rows of class `ignore_index` do not
    count (the mean of no row is nan, its gradient 0); `label_smoothing` spreads that share of the probability evenly
    over all classes (Szegedy et al. 2016). Raises ShapeError or DtypeError where the target is neither, IndexError for
    a class outside [0, C).

    >>> cross_entropy(Tensor([[0.0, 0.0]]), np.array([1]))
    Tensor(0.6931)
    """

@overload
def cross_entropy(
    logits: Value,
    target: Tensor,
    reduction: str = "mean",
    weight: Value | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(logits)[target], from unnormalised logits of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers in the shape without C, or probabilities in the shape of the logits. `weight` has one
    number per class, and the mean over class numbers is then the weighted one; rows of class `ignore_index` do not
    count (the mean of no row is nan, its gradient 0); `label_smoothing` spreads that share of the probability evenly
    over all classes (Szegedy et al. 2016). Raises ShapeError or DtypeError where the target is neither, IndexError for
    a class outside [0, C).

    >>> cross_entropy(Tensor([[0.0, 0.0]]), np.array([1]))
    Tensor(0.6931)
    """

@overload
def cross_entropy(
    logits: ArrayLike,
    target: ArrayLike,
    reduction: str = "mean",
    weight: Value | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Array:
    """-log softmax(logits)[target], from unnormalised logits of shape (C,), (N, C) or (N, C, ...).

    `target` holds class numbers in the shape without C, or probabilities in the shape of the logits. `weight` has one
    number per class, and the mean over class numbers is then the weighted one; rows of class `ignore_index` do not
    count (the mean of no row is nan, its gradient 0); `label_smoothing` spreads that share of the probability evenly
    over all classes (Szegedy et al. 2016). Raises ShapeError or DtypeError where the target is neither, IndexError for
    a class outside [0, C).

    >>> cross_entropy(Tensor([[0.0, 0.0]]), np.array([1]))
    Tensor(0.6931)
    """

def ctc(
    log_p: Value,
    targets: Value,
    input_lengths: Value,
    target_lengths: Value,
    blank: int = 0,
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability that a sequence says a target, by any alignment; one number per row, shape (N,).

    `log_p` (T, N, C) are log probabilities by time, of which row n uses the first `input_lengths[n]`; `targets` (N, S)
    are labels, of which it says the first `target_lengths[n]`; `blank` is the class that says nothing. Where no
    alignment exists (too few times) the loss is inf, or 0 with `zero_infinity`, and the gradient 0 in both.

    The gradient is the true one with respect to `log_p`: minus the expected number of times that each class is said.
    PyTorch's differs by exp(log_p), a term that the backward of log_softmax turns into 0: behind it both are the same.

    Raises ShapeError, DtypeError, ValueError or IndexError for lengths and labels that do not fit.

    >>> half = np.log(np.full((2, 1, 2), 0.5))
    >>> np.exp(-ctc(half, np.array([[1]]), np.array([2]), np.array([1])))
    array([0.75])
    """

@overload
def cummax(x: Tensor, axis: int = -1) -> Tensor:
    """The largest element so far along `axis`; the gradient goes to it, of equal ones to the last.

    >>> cummax(Tensor([1.0, 3.0, 2.0]))
    Tensor([1., 3., 3.])
    """

@overload
def cummax(x: ArrayLike, axis: int = -1) -> Array:
    """The largest element so far along `axis`; the gradient goes to it, of equal ones to the last.

    >>> cummax(Tensor([1.0, 3.0, 2.0]))
    Tensor([1., 3., 3.])
    """

@overload
def cummin(x: Tensor, axis: int = -1) -> Tensor:
    """The smallest element so far along `axis`; the gradient goes to it, of equal ones to the last.

    >>> cummin(Tensor([3.0, 1.0, 2.0]))
    Tensor([3., 1., 1.])
    """

@overload
def cummin(x: ArrayLike, axis: int = -1) -> Array:
    """The smallest element so far along `axis`; the gradient goes to it, of equal ones to the last.

    >>> cummin(Tensor([3.0, 1.0, 2.0]))
    Tensor([3., 1., 1.])
    """

@overload
def cumprod(x: Tensor, axis: int | None = None) -> Tensor:
    """The running product along `axis` (of the flattened array by default), with the right gradient at zeros.

    >>> cumprod(Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 2., 6.])
    """

@overload
def cumprod(x: ArrayLike, axis: int | None = None) -> Array:
    """The running product along `axis` (of the flattened array by default), with the right gradient at zeros.

    >>> cumprod(Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 2., 6.])
    """

@overload
def cumsum(x: Tensor, axis: int | None = None) -> Tensor:
    """The running sum along `axis` (of the flattened array by default).

    >>> cumsum(Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3., 6.])
    """

@overload
def cumsum(x: ArrayLike, axis: int | None = None) -> Array:
    """The running sum along `axis` (of the flattened array by default).

    >>> cumsum(Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3., 6.])
    """

@overload
def cumulative_prod(x: Tensor, axis: int | None = None, include_initial: bool = False) -> Tensor:
    """The running product along `axis`, from 1 on if `include_initial`.

    >>> cumulative_prod(Tensor([2.0, 3.0]), include_initial=True)
    Tensor([1., 2., 6.])
    """

@overload
def cumulative_prod(x: ArrayLike, axis: int | None = None, include_initial: bool = False) -> Array:
    """The running product along `axis`, from 1 on if `include_initial`.

    >>> cumulative_prod(Tensor([2.0, 3.0]), include_initial=True)
    Tensor([1., 2., 6.])
    """

@overload
def cumulative_sum(x: Tensor, axis: int | None = None, include_initial: bool = False) -> Tensor:
    """The running sum along `axis`, from 0 on if `include_initial`.

    >>> cumulative_sum(Tensor([1.0, 2.0]), include_initial=True)
    Tensor([0., 1., 3.])
    """

@overload
def cumulative_sum(x: ArrayLike, axis: int | None = None, include_initial: bool = False) -> Array:
    """The running sum along `axis`, from 0 on if `include_initial`.

    >>> cumulative_sum(Tensor([1.0, 2.0]), include_initial=True)
    Tensor([0., 1., 3.])
    """

@overload
def deg2rad(x: Tensor) -> Tensor:
    """x degrees in radians.

    >>> deg2rad(Tensor([180.0, 90.0]))
    Tensor([3.1416, 1.5708])
    """

@overload
def deg2rad(x: ArrayLike) -> Array:
    """x degrees in radians.

    >>> deg2rad(Tensor([180.0, 90.0]))
    Tensor([3.1416, 1.5708])
    """

@overload
def degrees(x: Tensor) -> Tensor:
    """x radians in degrees.

    >>> rad2deg(Tensor([np.pi, np.pi / 2]))
    Tensor([180.,  90.])
    """

@overload
def degrees(x: ArrayLike) -> Array:
    """x radians in degrees.

    >>> rad2deg(Tensor([np.pi, np.pi / 2]))
    Tensor([180.,  90.])
    """

def delete(x: Value, obj: Any, axis: int | None = None) -> Tensor:
    """x without what stands at `obj`, an index, several or a slice (of the flattened array by default).

    >>> delete(Tensor([1.0, 2.0, 3.0]), 1)
    Tensor([1., 3.])
    """

@overload
def det(a: Tensor) -> Tensor:
    """The determinant of each matrix of a (..., n, n), with the right gradient, of any order, also where a is singular.

    There the gradient is made of n * n minors, which takes n**4 numbers of memory.

    >>> det(Tensor([[1.0, 2.0], [3.0, 5.0]]))
    Tensor(-1.)
    """

@overload
def det(a: ArrayLike) -> Array:
    """The determinant of each matrix of a (..., n, n), with the right gradient, of any order, also where a is singular.

    There the gradient is made of n * n minors, which takes n**4 numbers of memory.

    >>> det(Tensor([[1.0, 2.0], [3.0, 5.0]]))
    Tensor(-1.)
    """

@overload
def diag(x: Tensor, k: int = 0) -> Tensor:
    """The k-th diagonal of a matrix, or the matrix with a vector on its k-th diagonal.

    >>> diag(Tensor([1.0, 2.0]))
    Tensor([[1., 0.],
            [0., 2.]])
    """

@overload
def diag(x: ArrayLike, k: int = 0) -> Array:
    """The k-th diagonal of a matrix, or the matrix with a vector on its k-th diagonal.

    >>> diag(Tensor([1.0, 2.0]))
    Tensor([[1., 0.],
            [0., 2.]])
    """

@overload
def diagflat(x: Tensor, k: int = 0) -> Tensor:
    """The matrix with the elements of x on its k-th diagonal.

    >>> diagflat(Tensor([[1.0, 2.0]]))
    Tensor([[1., 0.],
            [0., 2.]])
    """

@overload
def diagflat(x: ArrayLike, k: int = 0) -> Array:
    """The matrix with the elements of x on its k-th diagonal.

    >>> diagflat(Tensor([[1.0, 2.0]]))
    Tensor([[1., 0.],
            [0., 2.]])
    """

@overload
def diagonal(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonal of the planes of two axes, as a last axis.

    >>> diagonal(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """

@overload
def diagonal(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonal of the planes of two axes, as a last axis.

    >>> diagonal(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """

@overload
def diff(x: Tensor, n: int = 1, axis: int = -1, prepend: Value | None = None, append: Value | None = None) -> Tensor:
    """Differences of neighbours along `axis`, `n` times over, of x between what is put before and after it.

    >>> diff(Tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """

@overload
def diff(x: ArrayLike, n: int = 1, axis: int = -1, prepend: Value | None = None, append: Value | None = None) -> Array:
    """Differences of neighbours along `axis`, `n` times over, of x between what is put before and after it.

    >>> diff(Tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """

@overload
def digamma(x: Tensor) -> Tensor:
    """The derivative of gammaln.

    >>> digamma(Tensor([1.0, 5.0]))
    Tensor([-0.5772,  1.5061])
    """

@overload
def digamma(x: ArrayLike) -> Array:
    """The derivative of gammaln.

    >>> digamma(Tensor([1.0, 5.0]))
    Tensor([-0.5772,  1.5061])
    """

@overload
def divide(a: Tensor, b: Value) -> Tensor:
    """a / b, with broadcasting.

    >>> divide(Tensor([1.0, 2.0]), 4)
    Tensor([0.25, 0.5 ])
    """

@overload
def divide(a: Value, b: Tensor) -> Tensor:
    """a / b, with broadcasting.

    >>> divide(Tensor([1.0, 2.0]), 4)
    Tensor([0.25, 0.5 ])
    """

@overload
def divide(a: ArrayLike, b: ArrayLike) -> Array:
    """a / b, with broadcasting.

    >>> divide(Tensor([1.0, 2.0]), 4)
    Tensor([0.25, 0.5 ])
    """

@overload
def divmod(a: Tensor, b: Value) -> tuple[Tensor, Tensor]:
    """The floor of a / b, and what remains: see `floor_divide` and `remainder`.

    >>> divmod(Tensor([7.0, -7.0]), 2)
    (Tensor([ 3., -4.]), Tensor([1., 1.]))
    """

@overload
def divmod(a: Value, b: Tensor) -> tuple[Tensor, Tensor]:
    """The floor of a / b, and what remains: see `floor_divide` and `remainder`.

    >>> divmod(Tensor([7.0, -7.0]), 2)
    (Tensor([ 3., -4.]), Tensor([1., 1.]))
    """

@overload
def divmod(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    """The floor of a / b, and what remains: see `floor_divide` and `remainder`.

    >>> divmod(Tensor([7.0, -7.0]), 2)
    (Tensor([ 3., -4.]), Tensor([1., 1.]))
    """

@overload
def dot(a: Tensor, b: Value) -> Tensor:
    """The sum of products over the last axis of a and the last but one of b (its only one for a vector).

    For vectors the inner product, for matrices the matrix product, for a number on either side the product.

    >>> dot(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """

@overload
def dot(a: Value, b: Tensor) -> Tensor:
    """The sum of products over the last axis of a and the last but one of b (its only one for a vector).

    For vectors the inner product, for matrices the matrix product, for a number on either side the product.

    >>> dot(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """

@overload
def dot(a: ArrayLike, b: ArrayLike) -> Array:
    """The sum of products over the last axis of a and the last but one of b (its only one for a vector).

    For vectors the inner product, for matrices the matrix product, for a number on either side the product.

    >>> dot(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """

@overload
def dsplit(x: Tensor, sections: int | Sequence[int]) -> list[Tensor]:
    """`split` along axis 2; of a vector along its only one.

    >>> dsplit(Tensor(np.ones((1, 1, 2))), 2)[1].shape
    (1, 1, 1)
    """

@overload
def dsplit(x: ArrayLike, sections: int | Sequence[int]) -> list[Array]:
    """`split` along axis 2; of a vector along its only one.

    >>> dsplit(Tensor(np.ones((1, 1, 2))), 2)[1].shape
    (1, 1, 1)
    """

def dstack(arrays: Sequence[Value]) -> Tensor:
    """Arrays joined along their third axis; of fewer axes they count as NumPy's `atleast_3d` has them.

    >>> dstack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[[1., 3.],
             [2., 4.]]])
    """

@overload
def ediff1d(x: Tensor, to_end: Value | None = None, to_begin: Value | None = None) -> Tensor:
    """Differences of neighbours of the flattened x, between what is given for the begin and the end.

    >>> ediff1d(Tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """

@overload
def ediff1d(x: ArrayLike, to_end: Value | None = None, to_begin: Value | None = None) -> Array:
    """Differences of neighbours of the flattened x, between what is given for the begin and the end.

    >>> ediff1d(Tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """

@overload
def eig(a: Tensor) -> EigResult[Tensor]:
    """Eigenvalues (..., n) and, in columns of length 1, eigenvectors (..., n, n) of any square a (..., n, n).

    They are complex unless all eigenvalues are real, as in NumPy. The phases of complex vectors are arbitrary, and
    backward raises UnsupportedError for a result that depends on them. Equal eigenvalues are as in `eigh`; a matrix
    that has too few vectors has no derivative, and LinAlgError says so if rounding lets it.

    >>> eig(Tensor([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues
    Tensor([0.+1.j, 0.-1.j], dtype=complex64)
    """

@overload
def eig(a: ArrayLike) -> EigResult[Array]:
    """Eigenvalues (..., n) and, in columns of length 1, eigenvectors (..., n, n) of any square a (..., n, n).

    They are complex unless all eigenvalues are real, as in NumPy. The phases of complex vectors are arbitrary, and
    backward raises UnsupportedError for a result that depends on them. Equal eigenvalues are as in `eigh`; a matrix
    that has too few vectors has no derivative, and LinAlgError says so if rounding lets it.

    >>> eig(Tensor([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues
    Tensor([0.+1.j, 0.-1.j], dtype=complex64)
    """

@overload
def eigh(a: Tensor, UPLO: str = "L") -> EighResult[Tensor]:
    """Ascending eigenvalues (..., n) and, in columns, eigenvectors (..., n, n) of symmetric a (..., n, n).

    Only the lower ("L") or upper ("U") triangle is read, so the gradient is 0 in the other; eigh((a + a.T) / 2)
    has a symmetric one. Eigenvectors of equal eigenvalues do not turn into each other in the gradient, and a
    MistakeWarning says so where that may matter; `sqrtm`, `logm` and `expm` are right there.

    >>> eigh(Tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    Tensor([1., 2.])
    """

@overload
def eigh(a: ArrayLike, UPLO: str = "L") -> EighResult[Array]:
    """Ascending eigenvalues (..., n) and, in columns, eigenvectors (..., n, n) of symmetric a (..., n, n).

    Only the lower ("L") or upper ("U") triangle is read, so the gradient is 0 in the other; eigh((a + a.T) / 2)
    has a symmetric one. Eigenvectors of equal eigenvalues do not turn into each other in the gradient, and a
    MistakeWarning says so where that may matter; `sqrtm`, `logm` and `expm` are right there.

    >>> eigh(Tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    Tensor([1., 2.])
    """

@overload
def eigvals(a: Tensor) -> Tensor:
    """The eigenvalues (..., n) of any square a (..., n, n); see `eig`.

    >>> eigvals(Tensor([[0.0, 1.0], [-1.0, 0.0]]))
    Tensor([0.+1.j, 0.-1.j], dtype=complex64)
    """

@overload
def eigvals(a: ArrayLike) -> Array:
    """The eigenvalues (..., n) of any square a (..., n, n); see `eig`.

    >>> eigvals(Tensor([[0.0, 1.0], [-1.0, 0.0]]))
    Tensor([0.+1.j, 0.-1.j], dtype=complex64)
    """

@overload
def eigvalsh(a: Tensor, UPLO: str = "L") -> Tensor:
    """The ascending eigenvalues (..., n) of symmetric a (..., n, n); see `eigh`.

    >>> eigvalsh(Tensor([[2.0, 0.0], [0.0, 1.0]]))
    Tensor([1., 2.])
    """

@overload
def eigvalsh(a: ArrayLike, UPLO: str = "L") -> Array:
    """The ascending eigenvalues (..., n) of symmetric a (..., n, n); see `eigh`.

    >>> eigvalsh(Tensor([[2.0, 0.0], [0.0, 1.0]]))
    Tensor([1., 2.])
    """

def einsum(subscripts: Value, *operands: Value, optimize: Any = None) -> Tensor:
    """Einstein's summation over any number of operands, with all of NumPy's subscripts.

    An index repeated within an operand takes its diagonal, one missing from the output is summed, `...` stands
    for broadcast axes, and without `->` the output is `...` and then, sorted, the indices that occur once.
    Or, instead of the subscripts, each operand has a list of its axes behind it, and the result one at the end.
    The order of contraction is planned (NumPy's `optimize`) when the work is large, or as `optimize` says.
    Raises ShapeError when an operand does not fit its subscripts.

    >>> einsum("ij,j->i", Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where positive, else alpha (exp(x) - 1); at 0 the gradient is alpha (Clevert et al. 2016).

    >>> elu(Tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """

@overload
def elu(x: ArrayLike, alpha: float = 1.0) -> Array:
    """x where positive, else alpha (exp(x) - 1); at 0 the gradient is alpha (Clevert et al. 2016).

    >>> elu(Tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """

@overload
def embedding(weight: Tensor, indices: Value, padding_idx: int | None = None) -> Tensor:
    """weight[indices], the rows that integers of any shape name; row `padding_idx` (>= 0) gets no gradient.

    The result is (..., D). Raises DtypeError unless the indices are integers, IndexError outside [0, V).

    >>> embedding(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 1, 0]))
    Tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])

    Shapes: weight (V, D), indices (...).
    """

@overload
def embedding(weight: Value, indices: Tensor, padding_idx: int | None = None) -> Tensor:
    """weight[indices], the rows that integers of any shape name; row `padding_idx` (>= 0) gets no gradient.

    The result is (..., D). Raises DtypeError unless the indices are integers, IndexError outside [0, V).

    >>> embedding(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 1, 0]))
    Tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])

    Shapes: weight (V, D), indices (...).
    """

@overload
def embedding(weight: ArrayLike, indices: ArrayLike, padding_idx: int | None = None) -> Array:
    """weight[indices], the rows that integers of any shape name; row `padding_idx` (>= 0) gets no gradient.

    The result is (..., D). Raises DtypeError unless the indices are integers, IndexError outside [0, V).

    >>> embedding(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 1, 0]))
    Tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])

    Shapes: weight (V, D), indices (...).
    """

@overload
def entr(x: Tensor) -> Tensor:
    """-x log(x), 0 at 0: a share's part of the entropy.

    >>> entr(Tensor([0.0, 0.5, 1.0]))
    Tensor([ 0.    ,  0.3466, -0.    ])
    """

@overload
def entr(x: ArrayLike) -> Array:
    """-x log(x), 0 at 0: a share's part of the entropy.

    >>> entr(Tensor([0.0, 0.5, 1.0]))
    Tensor([ 0.    ,  0.3466, -0.    ])
    """

@overload
def equal(a: Tensor, b: Value) -> Tensor:
    """Whether a == b.

    >>> equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """

@overload
def equal(a: Value, b: Tensor) -> Tensor:
    """Whether a == b.

    >>> equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """

@overload
def equal(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a == b.

    >>> equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """

@overload
def erf(x: Tensor) -> Tensor:
    """The error function, 2/sqrt(pi) times the integral of exp(-t**2) from 0 to x.

    >>> erf(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.8427])
    """

@overload
def erf(x: ArrayLike) -> Array:
    """The error function, 2/sqrt(pi) times the integral of exp(-t**2) from 0 to x.

    >>> erf(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.8427])
    """

@overload
def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), exact for large x.

    >>> erfc(Tensor([0.0, 5.0]))
    Tensor([1.0000e+00, 1.5375e-12])
    """

@overload
def erfc(x: ArrayLike) -> Array:
    """1 - erf(x), exact for large x.

    >>> erfc(Tensor([0.0, 5.0]))
    Tensor([1.0000e+00, 1.5375e-12])
    """

@overload
def erfcinv(x: Tensor) -> Tensor:
    """The inverse of erfc, for 0 < x < 2.

    >>> erfcinv(Tensor([1.5, 0.5]))
    Tensor([-0.4769,  0.4769])
    """

@overload
def erfcinv(x: ArrayLike) -> Array:
    """The inverse of erfc, for 0 < x < 2.

    >>> erfcinv(Tensor([1.5, 0.5]))
    Tensor([-0.4769,  0.4769])
    """

@overload
def erfinv(x: Tensor) -> Tensor:
    """The inverse of erf, for -1 < x < 1.

    >>> erfinv(Tensor([0.0, 0.8427]))
    Tensor([0., 1.])
    """

@overload
def erfinv(x: ArrayLike) -> Array:
    """The inverse of erf, for -1 < x < 1.

    >>> erfinv(Tensor([0.0, 0.8427]))
    Tensor([0., 1.])
    """

@overload
def exp(x: Tensor) -> Tensor:
    """e to the power x.

    >>> exp(Tensor([0.0, 1.0]))
    Tensor([1.    , 2.7183])
    """

@overload
def exp(x: ArrayLike) -> Array:
    """e to the power x.

    >>> exp(Tensor([0.0, 1.0]))
    Tensor([1.    , 2.7183])
    """

@overload
def exp2(x: Tensor) -> Tensor:
    """2 to the power x.

    >>> exp2(Tensor([0.0, 3.0]))
    Tensor([1., 8.])
    """

@overload
def exp2(x: ArrayLike) -> Array:
    """2 to the power x.

    >>> exp2(Tensor([0.0, 3.0]))
    Tensor([1., 8.])
    """

@overload
def expand_dims(x: Tensor, axis: int | Sequence[int]) -> Tensor:
    """New axes of length 1.

    >>> expand_dims(Tensor([1.0, 2.0]), 1)
    Tensor([[1.],
            [2.]])
    """

@overload
def expand_dims(x: ArrayLike, axis: int | Sequence[int]) -> Array:
    """New axes of length 1.

    >>> expand_dims(Tensor([1.0, 2.0]), 1)
    Tensor([[1.],
            [2.]])
    """

@overload
def expm(a: Tensor) -> Tensor:
    """The matrix exponential of each matrix of a (..., n, n): the sum of a**k / k! (Al-Mohy & Higham 2009).

    >>> expm(Tensor([[0.0, 1.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [0., 1.]])

    Shapes: a (..., n, n).
    """

@overload
def expm(a: ArrayLike) -> Array:
    """The matrix exponential of each matrix of a (..., n, n): the sum of a**k / k! (Al-Mohy & Higham 2009).

    >>> expm(Tensor([[0.0, 1.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [0., 1.]])

    Shapes: a (..., n, n).
    """

@overload
def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1, exact near zero.

    >>> expm1(Tensor([0.0, 1e-6]))
    Tensor([0.e+00, 1.e-06])
    """

@overload
def expm1(x: ArrayLike) -> Array:
    """exp(x) - 1, exact near zero.

    >>> expm1(Tensor([0.0, 1e-6]))
    Tensor([0.e+00, 1.e-06])
    """

@overload
def extract(condition: Tensor, x: Value) -> Tensor:
    """The elements where the condition holds: x[condition].

    >>> extract([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """

@overload
def extract(condition: Value, x: Tensor) -> Tensor:
    """The elements where the condition holds: x[condition].

    >>> extract([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """

@overload
def extract(condition: ArrayLike, x: ArrayLike) -> Array:
    """The elements where the condition holds: x[condition].

    >>> extract([True, False], Tensor([1.0, 2.0]))
    Tensor([1.])
    """

def eye(n: int, m: int | None = None, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Ones on the diagonal, zeros elsewhere.

    >>> eye(2)
    Tensor([[1., 0.],
            [0., 1.]])
    """

@overload
def fabs(x: Tensor) -> Tensor:
    """The magnitude of x; see `absolute`.

    >>> fabs(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """

@overload
def fabs(x: ArrayLike) -> Array:
    """The magnitude of x; see `absolute`.

    >>> fabs(Tensor([1.0, -2.0]))
    Tensor([1., 2.])
    """

@overload
def fix(x: Tensor) -> Tensor:
    """x without what follows the point; see `trunc`.

    >>> fix(Tensor([-1.5, 1.5]))
    Tensor([-1.,  1.])
    """

@overload
def fix(x: ArrayLike) -> Array:
    """x without what follows the point; see `trunc`.

    >>> fix(Tensor([-1.5, 1.5]))
    Tensor([-1.,  1.])
    """

@overload
def flip(x: Tensor, axis: int | tuple[int, ...] | None = None) -> Tensor:
    """The order of elements reversed along `axis` (all by default).

    >>> flip(Tensor([1.0, 2.0, 3.0]))
    Tensor([3., 2., 1.])
    """

@overload
def flip(x: ArrayLike, axis: int | tuple[int, ...] | None = None) -> Array:
    """The order of elements reversed along `axis` (all by default).

    >>> flip(Tensor([1.0, 2.0, 3.0]))
    Tensor([3., 2., 1.])
    """

@overload
def fliplr(x: Tensor) -> Tensor:
    """The columns in reverse order.

    >>> fliplr(Tensor([[1.0, 2.0]]))
    Tensor([[2., 1.]])
    """

@overload
def fliplr(x: ArrayLike) -> Array:
    """The columns in reverse order.

    >>> fliplr(Tensor([[1.0, 2.0]]))
    Tensor([[2., 1.]])
    """

@overload
def flipud(x: Tensor) -> Tensor:
    """The rows in reverse order.

    >>> flipud(Tensor([1.0, 2.0]))
    Tensor([2., 1.])
    """

@overload
def flipud(x: ArrayLike) -> Array:
    """The rows in reverse order.

    >>> flipud(Tensor([1.0, 2.0]))
    Tensor([2., 1.])
    """

def float_power(a: Value, b: Value) -> Array:
    """a to the power b in float64, also of integers, or in complex128.

    >>> float_power(Tensor([2, 3]), -1)
    Tensor([0.5   , 0.3333], dtype=float64)
    """

@overload
def floor(x: Tensor) -> Tensor:
    """The largest integer <= x; the gradient is 0.

    >>> floor(Tensor([-1.5, 1.5]))
    Tensor([-2.,  1.])
    """

@overload
def floor(x: ArrayLike) -> Array:
    """The largest integer <= x; the gradient is 0.

    >>> floor(Tensor([-1.5, 1.5]))
    Tensor([-2.,  1.])
    """

@overload
def floor_divide(a: Tensor, b: Value) -> Tensor:
    """The floor of a / b: constant between its jumps, so the gradient is 0.

    >>> floor_divide(Tensor([7.0, -7.0]), 2)
    Tensor([ 3., -4.])
    """

@overload
def floor_divide(a: Value, b: Tensor) -> Tensor:
    """The floor of a / b: constant between its jumps, so the gradient is 0.

    >>> floor_divide(Tensor([7.0, -7.0]), 2)
    Tensor([ 3., -4.])
    """

@overload
def floor_divide(a: ArrayLike, b: ArrayLike) -> Array:
    """The floor of a / b: constant between its jumps, so the gradient is 0.

    >>> floor_divide(Tensor([7.0, -7.0]), 2)
    Tensor([ 3., -4.])
    """

@overload
def fmax(a: Tensor, b: Value) -> Tensor:
    """The larger of a and b, or the one that is not nan; see `maximum`.

    >>> fmax(Tensor([1.0, float("nan")]), 3)
    Tensor([3., 3.])
    """

@overload
def fmax(a: Value, b: Tensor) -> Tensor:
    """The larger of a and b, or the one that is not nan; see `maximum`.

    >>> fmax(Tensor([1.0, float("nan")]), 3)
    Tensor([3., 3.])
    """

@overload
def fmax(a: ArrayLike, b: ArrayLike) -> Array:
    """The larger of a and b, or the one that is not nan; see `maximum`.

    >>> fmax(Tensor([1.0, float("nan")]), 3)
    Tensor([3., 3.])
    """

@overload
def fmin(a: Tensor, b: Value) -> Tensor:
    """The smaller of a and b, or the one that is not nan; see `minimum`.

    >>> fmin(Tensor([1.0, float("nan")]), 3)
    Tensor([1., 3.])
    """

@overload
def fmin(a: Value, b: Tensor) -> Tensor:
    """The smaller of a and b, or the one that is not nan; see `minimum`.

    >>> fmin(Tensor([1.0, float("nan")]), 3)
    Tensor([1., 3.])
    """

@overload
def fmin(a: ArrayLike, b: ArrayLike) -> Array:
    """The smaller of a and b, or the one that is not nan; see `minimum`.

    >>> fmin(Tensor([1.0, float("nan")]), 3)
    Tensor([1., 3.])
    """

@overload
def fmod(a: Tensor, b: Value) -> Tensor:
    """a - b trunc(a / b), with the sign of a; `remainder` has that of b.

    >>> fmod(Tensor([7.0, -7.0]), 3)
    Tensor([ 1., -1.])
    """

@overload
def fmod(a: Value, b: Tensor) -> Tensor:
    """a - b trunc(a / b), with the sign of a; `remainder` has that of b.

    >>> fmod(Tensor([7.0, -7.0]), 3)
    Tensor([ 1., -1.])
    """

@overload
def fmod(a: ArrayLike, b: ArrayLike) -> Array:
    """a - b trunc(a / b), with the sign of a; `remainder` has that of b.

    >>> fmod(Tensor([7.0, -7.0]), 3)
    Tensor([ 1., -1.])
    """

@overload
def frexp(x: Tensor) -> tuple[Tensor, Tensor]:
    """m of a size between a half and 1, and integers e, with x = m 2**e.

    >>> frexp(Tensor([1.0, 3.0]))
    (Tensor([0.5 , 0.75]), Tensor([1, 2], dtype=int32))
    """

@overload
def frexp(x: ArrayLike) -> tuple[Array, Array]:
    """m of a size between a half and 1, and integers e, with x = m 2**e.

    >>> frexp(Tensor([1.0, 3.0]))
    (Tensor([0.5 , 0.75]), Tensor([1, 2], dtype=int32))
    """

def full(shape: int | Shape, fill_value: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """One value everywhere, which a Tensor may hold: it gets the sum of their gradients.

    >>> full(2, 7.0)
    Tensor([7., 7.])
    """

def full_like(x: Value, fill_value: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """One value in the shape and dtype of x.

    >>> full_like(Tensor([1.0, 2.0]), 7.0)
    Tensor([7., 7.])
    """

@overload
def gamma(x: Tensor) -> Tensor:
    """The gamma function: (n - 1)! at an integer n.

    >>> gamma(Tensor([1.0, 5.0]))
    Tensor([ 1., 24.])
    """

@overload
def gamma(x: ArrayLike) -> Array:
    """The gamma function: (n - 1)! at an integer n.

    >>> gamma(Tensor([1.0, 5.0]))
    Tensor([ 1., 24.])
    """

@overload
def gammainc(a: Tensor, x: Value) -> Tensor:
    """The share of the gamma function's integral up to x.

    >>> gammainc(1, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.6321])
    """

@overload
def gammainc(a: Value, x: Tensor) -> Tensor:
    """The share of the gamma function's integral up to x.

    >>> gammainc(1, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.6321])
    """

@overload
def gammainc(a: ArrayLike, x: ArrayLike) -> Array:
    """The share of the gamma function's integral up to x.

    >>> gammainc(1, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.6321])
    """

@overload
def gammaincc(a: Tensor, x: Value) -> Tensor:
    """1 - gammainc(a, x), exact for large x.

    >>> gammaincc(1, Tensor([0.0, 1.0]))
    Tensor([1.    , 0.3679])
    """

@overload
def gammaincc(a: Value, x: Tensor) -> Tensor:
    """1 - gammainc(a, x), exact for large x.

    >>> gammaincc(1, Tensor([0.0, 1.0]))
    Tensor([1.    , 0.3679])
    """

@overload
def gammaincc(a: ArrayLike, x: ArrayLike) -> Array:
    """1 - gammainc(a, x), exact for large x.

    >>> gammaincc(1, Tensor([0.0, 1.0]))
    Tensor([1.    , 0.3679])
    """

@overload
def gammaincinv(a: Tensor, p: Value) -> Tensor:
    """The x with gammainc(a, x) = p: the quantile of a gamma distribution.

    >>> gammaincinv(1, Tensor([0.5, 0.75]))
    Tensor([0.6931, 1.3863])
    """

@overload
def gammaincinv(a: Value, p: Tensor) -> Tensor:
    """The x with gammainc(a, x) = p: the quantile of a gamma distribution.

    >>> gammaincinv(1, Tensor([0.5, 0.75]))
    Tensor([0.6931, 1.3863])
    """

@overload
def gammaincinv(a: ArrayLike, p: ArrayLike) -> Array:
    """The x with gammainc(a, x) = p: the quantile of a gamma distribution.

    >>> gammaincinv(1, Tensor([0.5, 0.75]))
    Tensor([0.6931, 1.3863])
    """

@overload
def gammaln(x: Tensor) -> Tensor:
    """The logarithm of |gamma(x)|; that of (n - 1)! at an integer n.

    >>> gammaln(Tensor([1.0, 5.0]))
    Tensor([0.    , 3.1781])
    """

@overload
def gammaln(x: ArrayLike) -> Array:
    """The logarithm of |gamma(x)|; that of (n - 1)! at an integer n.

    >>> gammaln(Tensor([1.0, 5.0]))
    Tensor([0.    , 3.1781])
    """

@overload
def gammasgn(x: Tensor) -> Tensor:
    """The sign of gamma(x), which `gammaln` leaves out; constant between its jumps, so the gradient is 0.

    >>> gammasgn(Tensor([-0.5, 2.0]))
    Tensor([-1.,  1.])
    """

@overload
def gammasgn(x: ArrayLike) -> Array:
    """The sign of gamma(x), which `gammaln` leaves out; constant between its jumps, so the gradient is 0.

    >>> gammasgn(Tensor([-0.5, 2.0]))
    Tensor([-1.,  1.])
    """

@overload
def gcd(a: Tensor, b: Value) -> Tensor:
    """The greatest common divisor of integers.

    >>> gcd(Tensor([4, 12]), 6)
    Tensor([2, 6])
    """

@overload
def gcd(a: Value, b: Tensor) -> Tensor:
    """The greatest common divisor of integers.

    >>> gcd(Tensor([4, 12]), 6)
    Tensor([2, 6])
    """

@overload
def gcd(a: ArrayLike, b: ArrayLike) -> Array:
    """The greatest common divisor of integers.

    >>> gcd(Tensor([4, 12]), 6)
    Tensor([2, 6])
    """

@overload
def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """x times the normal distribution function of x; approximate="tanh" is the cheaper form.

    In single precision the distribution function of a large array is exact to 3e-7 (Hendrycks and Gimpel 2016).

    >>> gelu(Tensor([-1.0, 2.0]))
    Tensor([-0.1587,  1.9545])
    """

@overload
def gelu(x: ArrayLike, approximate: str = "none") -> Array:
    """x times the normal distribution function of x; approximate="tanh" is the cheaper form.

    In single precision the distribution function of a large array is exact to 3e-7 (Hendrycks and Gimpel 2016).

    >>> gelu(Tensor([-1.0, 2.0]))
    Tensor([-0.1587,  1.9545])
    """

def get_rng_state() -> dict[str, Any]:
    """The state of the generator behind everything random, of plain numbers and text; `set_rng_state` goes back to it.

    >>> state = get_rng_state(); a = normal(size=3); set_rng_state(state); b = normal(size=3)
    >>> bool((a == b).all())
    True
    """

@overload
def getitem(x: Tensor, index: Index) -> Tensor:
    """x[index], for any index NumPy takes: basic, integer arrays, masks, mixed.

    >>> getitem(Tensor([1.0, 2.0, 3.0]), slice(1, None))
    Tensor([2., 3.])
    """

@overload
def getitem(x: ArrayLike, index: Index) -> Array:
    """x[index], for any index NumPy takes: basic, integer arrays, masks, mixed.

    >>> getitem(Tensor([1.0, 2.0, 3.0]), slice(1, None))
    Tensor([2., 3.])
    """

@overload
def glu(x: Tensor, axis: int = -1) -> Tensor:
    """a sigmoid(b), for the two halves a and b of x along `axis` (Dauphin et al. 2017).

    Raises ShapeError where that axis has an odd length.

    >>> glu(Tensor([1.0, 2.0, 0.0, 1000.0]))
    Tensor([0.5, 2. ])
    """

@overload
def glu(x: ArrayLike, axis: int = -1) -> Array:
    """a sigmoid(b), for the two halves a and b of x along `axis` (Dauphin et al. 2017).

    Raises ShapeError where that axis has an odd length.

    >>> glu(Tensor([1.0, 2.0, 0.0, 1000.0]))
    Tensor([0.5, 2. ])
    """

@overload
def gradient(f: Tensor, *spacing: Value, axis: Axis = None, edge_order: int = 1) -> Tensor | tuple[Tensor, ...]:
    """Slopes of samples along each axis (a tuple, unless it is one): central inside, one-sided at the ends.

    `spacing` is a distance or the coordinates, for all axes or for each. Raises ShapeError for too few samples.

    >>> gradient(Tensor([1.0, 2.0, 4.0, 7.0]))
    Tensor([1. , 1.5, 2.5, 3. ])
    """

@overload
def gradient(f: Value, *spacing: Tensor, axis: Axis = None, edge_order: int = 1) -> Tensor | tuple[Tensor, ...]:
    """Slopes of samples along each axis (a tuple, unless it is one): central inside, one-sided at the ends.

    `spacing` is a distance or the coordinates, for all axes or for each. Raises ShapeError for too few samples.

    >>> gradient(Tensor([1.0, 2.0, 4.0, 7.0]))
    Tensor([1. , 1.5, 2.5, 3. ])
    """

@overload
def gradient(f: ArrayLike, *spacing: ArrayLike, axis: Axis = None, edge_order: int = 1) -> Array | tuple[Array, ...]:
    """Slopes of samples along each axis (a tuple, unless it is one): central inside, one-sided at the ends.

    `spacing` is a distance or the coordinates, for all axes or for each. Raises ShapeError for too few samples.

    >>> gradient(Tensor([1.0, 2.0, 4.0, 7.0]))
    Tensor([1. , 1.5, 2.5, 3. ])
    """

@overload
def greater(a: Tensor, b: Value) -> Tensor:
    """Whether a > b.

    >>> greater(Tensor([1.0, 2.0]), 1)
    Tensor([False,  True])
    """

@overload
def greater(a: Value, b: Tensor) -> Tensor:
    """Whether a > b.

    >>> greater(Tensor([1.0, 2.0]), 1)
    Tensor([False,  True])
    """

@overload
def greater(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a > b.

    >>> greater(Tensor([1.0, 2.0]), 1)
    Tensor([False,  True])
    """

@overload
def greater_equal(a: Tensor, b: Value) -> Tensor:
    """Whether a >= b.

    >>> greater_equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """

@overload
def greater_equal(a: Value, b: Tensor) -> Tensor:
    """Whether a >= b.

    >>> greater_equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """

@overload
def greater_equal(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a >= b.

    >>> greater_equal(Tensor([1.0, 2.0]), 2)
    Tensor([False,  True])
    """

@overload
def group_norm(
    x: Tensor,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    return_moments: Literal[False] = False,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016). With `return_moments` it returns mean and variance,
    (N, num_groups), too.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """

@overload
def group_norm(
    x: ArrayLike,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    return_moments: Literal[False] = False,
) -> Array:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016). With `return_moments` it returns mean and variance,
    (N, num_groups), too.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """

@overload
def group_norm(
    x: Tensor,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    *,
    return_moments: Literal[True],
) -> tuple[Tensor, Tensor, Tensor]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016). With `return_moments` it returns mean and variance,
    (N, num_groups), too.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """

@overload
def group_norm(
    x: ArrayLike,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    *,
    return_moments: Literal[True],
) -> tuple[Array, Array, Array]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016). With `return_moments` it returns mean and variance,
    (N, num_groups), too.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """

@overload
def group_norm(
    x: Tensor,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    return_moments: bool = False,
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016). With `return_moments` it returns mean and variance,
    (N, num_groups), too.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """

@overload
def group_norm(
    x: ArrayLike,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
    return_moments: bool = False,
) -> Array | tuple[Array, Array, Array]:
    """(x - mean) / sqrt(var + eps) * weight + bias, with moments of each sample's groups of channels (Wu & He 2018).

    x is (N, C) or (N, C, ...), num_groups divides C, weight and bias are (C,). Raises ShapeError otherwise. With
    num_groups = C it is instance norm (Ulyanov et al. 2016). With `return_moments` it returns mean and variance,
    (N, num_groups), too.

    >>> group_norm(Tensor([[1.0, 3.0, 10.0, 30.0]]), 2)
    Tensor([[-1.,  1., -1.,  1.]])
    """

def gru(
    x: Value,
    h0: Value,
    w_ih: Value,
    w_hh: Value,
    b_ih: Value | None = None,
    b_hh: Value | None = None,
    lengths: Value | None = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """Gated recurrent units over a whole sequence: the equations of `gru_cell` at each step.

    x (T, N, F), h0 (N, H), w_ih (3 H, F), w_hh (3 H, H), biases (3 H,); returns all h (T, N, H) and the last (N, H).
    `lengths` and `reverse` are those of `rnn`.

    >>> outputs, last = gru(np.ones((2, 1, 1)), np.zeros((1, 1)), np.ones((3, 1)), np.ones((3, 1)))
    >>> outputs.ravel().round(4), last.round(4)
    (array([0.2048, 0.3468]), array([[0.3468]]))
    """

def gru_cell(
    x: Value, h: Value, w_ih: Value, w_hh: Value, b_ih: Value | None = None, b_hh: Value | None = None
) -> Tensor:
    """The next state of a gated recurrent unit: h' = (1 - z) n + z h, with n = tanh(x_n + r h_n).

    x_r, x_z, x_n are the three thirds of W_ih x + b_ih, h_r, h_z, h_n those of W_hh h + b_hh, r = sigmoid(x_r + h_r)
    and z = sigmoid(x_z + h_z). (Cho et al. 2014, with r applied after the matrix product as in cuDNN and PyTorch.)

    >>> gru_cell(Tensor([[1.0]]), Tensor([[0.0]]), np.ones((3, 1), np.float32), np.ones((3, 1), np.float32))
    Tensor([[0.2048]])
    """

@overload
def hardsigmoid(x: Tensor) -> Tensor:
    """x / 6 + 1/2 limited to [0, 1]; at -3 and 3 the gradient is 0.

    >>> hardsigmoid(Tensor([-4.0, 0.0, 1.5]))
    Tensor([0.  , 0.5 , 0.75])
    """

@overload
def hardsigmoid(x: ArrayLike) -> Array:
    """x / 6 + 1/2 limited to [0, 1]; at -3 and 3 the gradient is 0.

    >>> hardsigmoid(Tensor([-4.0, 0.0, 1.5]))
    Tensor([0.  , 0.5 , 0.75])
    """

@overload
def hardswish(x: Tensor) -> Tensor:
    """x hardsigmoid(x); at -3 the gradient is 0, at 3 it is 1 (Howard et al. 2019).

    >>> hardswish(Tensor([-4.0, 1.5, 4.0]))
    Tensor([-0.   ,  1.125,  4.   ])
    """

@overload
def hardswish(x: ArrayLike) -> Array:
    """x hardsigmoid(x); at -3 the gradient is 0, at 3 it is 1 (Howard et al. 2019).

    >>> hardswish(Tensor([-4.0, 1.5, 4.0]))
    Tensor([-0.   ,  1.125,  4.   ])
    """

@overload
def hardtanh(x: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """x limited to [min_val, max_val]; on a limit the gradient is 0.

    >>> hardtanh(Tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """

@overload
def hardtanh(x: ArrayLike, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    """x limited to [min_val, max_val]; on a limit the gradient is 0.

    >>> hardtanh(Tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """

@overload
def heaviside(a: Tensor, b: Value) -> Tensor:
    """0 where a is negative, 1 where it is positive, b at 0: constant in a between its jumps, so the gradient is 0.

    >>> heaviside(Tensor([-1.0, 0.0, 2.0]), 0.5)
    Tensor([0. , 0.5, 1. ])
    """

@overload
def heaviside(a: Value, b: Tensor) -> Tensor:
    """0 where a is negative, 1 where it is positive, b at 0: constant in a between its jumps, so the gradient is 0.

    >>> heaviside(Tensor([-1.0, 0.0, 2.0]), 0.5)
    Tensor([0. , 0.5, 1. ])
    """

@overload
def heaviside(a: ArrayLike, b: ArrayLike) -> Array:
    """0 where a is negative, 1 where it is positive, b at 0: constant in a between its jumps, so the gradient is 0.

    >>> heaviside(Tensor([-1.0, 0.0, 2.0]), 0.5)
    Tensor([0. , 0.5, 1. ])
    """

@overload
def hsplit(x: Tensor, sections: int | Sequence[int]) -> list[Tensor]:
    """`split` along axis 1; of a vector along its only one.

    >>> hsplit(Tensor([1.0, 2.0]), 2)
    [Tensor([1.]), Tensor([2.])]
    """

@overload
def hsplit(x: ArrayLike, sections: int | Sequence[int]) -> list[Array]:
    """`split` along axis 1; of a vector along its only one.

    >>> hsplit(Tensor([1.0, 2.0]), 2)
    [Tensor([1.]), Tensor([2.])]
    """

def hstack(arrays: Sequence[Value]) -> Tensor:
    """Arrays joined side by side, along their second axis; those of a single axis along it.

    >>> hstack([Tensor([1.0, 2.0]), Tensor([3.0])])
    Tensor([1., 2., 3.])
    """

@overload
def huber(prediction: Tensor, target: Value, delta: float = 1.0) -> Tensor:
    """Half the squared error up to `delta`, and beyond it a line of that slope (Huber 1964), element by element.

    >>> huber(Tensor([1.0, 5.0]), Tensor([0.0, 0.0]))
    Tensor([0.5, 4.5])

    Shapes: prediction (...), target (...).
    """

@overload
def huber(prediction: Value, target: Tensor, delta: float = 1.0) -> Tensor:
    """Half the squared error up to `delta`, and beyond it a line of that slope (Huber 1964), element by element.

    >>> huber(Tensor([1.0, 5.0]), Tensor([0.0, 0.0]))
    Tensor([0.5, 4.5])

    Shapes: prediction (...), target (...).
    """

@overload
def huber(prediction: ArrayLike, target: ArrayLike, delta: float = 1.0) -> Array:
    """Half the squared error up to `delta`, and beyond it a line of that slope (Huber 1964), element by element.

    >>> huber(Tensor([1.0, 5.0]), Tensor([0.0, 0.0]))
    Tensor([0.5, 4.5])

    Shapes: prediction (...), target (...).
    """

@overload
def hypot(a: Tensor, b: Value) -> Tensor:
    """sqrt(a**2 + b**2); at (0, 0) the gradient is 0.

    >>> hypot(Tensor([3.0, 0.0]), Tensor([4.0, 0.0]))
    Tensor([5., 0.])
    """

@overload
def hypot(a: Value, b: Tensor) -> Tensor:
    """sqrt(a**2 + b**2); at (0, 0) the gradient is 0.

    >>> hypot(Tensor([3.0, 0.0]), Tensor([4.0, 0.0]))
    Tensor([5., 0.])
    """

@overload
def hypot(a: ArrayLike, b: ArrayLike) -> Array:
    """sqrt(a**2 + b**2); at (0, 0) the gradient is 0.

    >>> hypot(Tensor([3.0, 0.0]), Tensor([4.0, 0.0]))
    Tensor([5., 0.])
    """

@overload
def i0(x: Tensor) -> Tensor:
    """The modified Bessel function of the first kind, of order 0.

    >>> i0(Tensor([0.0, 1.0]))
    Tensor([1.    , 1.2661])
    """

@overload
def i0(x: ArrayLike) -> Array:
    """The modified Bessel function of the first kind, of order 0.

    >>> i0(Tensor([0.0, 1.0]))
    Tensor([1.    , 1.2661])
    """

@overload
def i0e(x: Tensor) -> Tensor:
    """i0(x) exp(-|x|), which does not overflow.

    >>> i0e(Tensor([0.0, 1000.0]))
    Tensor([1.    , 0.0126])
    """

@overload
def i0e(x: ArrayLike) -> Array:
    """i0(x) exp(-|x|), which does not overflow.

    >>> i0e(Tensor([0.0, 1000.0]))
    Tensor([1.    , 0.0126])
    """

@overload
def i1(x: Tensor) -> Tensor:
    """The modified Bessel function of the first kind, of order 1.

    >>> i1(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.5652])
    """

@overload
def i1(x: ArrayLike) -> Array:
    """The modified Bessel function of the first kind, of order 1.

    >>> i1(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.5652])
    """

@overload
def i1e(x: Tensor) -> Tensor:
    """i1(x) exp(-|x|), which does not overflow.

    >>> i1e(Tensor([0.0, 1000.0]))
    Tensor([0.    , 0.0126])
    """

@overload
def i1e(x: ArrayLike) -> Array:
    """i1(x) exp(-|x|), which does not overflow.

    >>> i1e(Tensor([0.0, 1000.0]))
    Tensor([0.    , 0.0126])
    """

@overload
def imag(x: Tensor) -> Tensor:
    """The imaginary part, 0 of real numbers.

    >>> imag(Tensor([1 + 2j, 3.0]))
    Tensor([2., 0.])
    """

@overload
def imag(x: ArrayLike) -> Array:
    """The imaginary part, 0 of real numbers.

    >>> imag(Tensor([1 + 2j, 3.0]))
    Tensor([2., 0.])
    """

@overload
def inner(a: Tensor, b: Value) -> Tensor:
    """The sum of products over the last axes, for every pair of leading indices of a and of b.

    >>> inner(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def inner(a: Value, b: Tensor) -> Tensor:
    """The sum of products over the last axes, for every pair of leading indices of a and of b.

    >>> inner(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def inner(a: ArrayLike, b: ArrayLike) -> Array:
    """The sum of products over the last axes, for every pair of leading indices of a and of b.

    >>> inner(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

def insert(x: Value, obj: Any, values: Value, axis: int | None = None) -> Tensor:
    """x with `values` before the places `obj`, an index, several or a slice (of the flattened array by default).

    >>> insert(Tensor([1.0, 2.0]), 1, 5.0)
    Tensor([1., 5., 2.])
    """

def interp(
    x: Value, xp: Value, fp: Value, left: Value | None = None, right: Value | None = None, period: float | None = None
) -> Tensor:
    """What lies at x on straight lines between the points (xp, fp), with xp ascending; `left` and `right` of them.

    With a `period` all x are taken as places in it, and xp in any order.

    >>> interp(Tensor([0.5, 9.0]), Tensor([0.0, 1.0]), Tensor([10.0, 20.0]))
    Tensor([15., 20.])
    """

@overload
def intersect1d(a: Tensor, b: Value, assume_unique: bool = False) -> Tensor:
    """The elements of a that are in b, too, in order, each once.

    >>> intersect1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([2.])
    """

@overload
def intersect1d(a: Value, b: Tensor, assume_unique: bool = False) -> Tensor:
    """The elements of a that are in b, too, in order, each once.

    >>> intersect1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([2.])
    """

@overload
def intersect1d(a: ArrayLike, b: ArrayLike, assume_unique: bool = False) -> Array:
    """The elements of a that are in b, too, in order, each once.

    >>> intersect1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([2.])
    """

@overload
def inv(a: Tensor) -> Tensor:
    """The inverse of each matrix of a (..., n, n). Raises LinAlgError for a singular one.

    >>> inv(Tensor([[2.0, 0.0], [0.0, 4.0]]))
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """

@overload
def inv(a: ArrayLike) -> Array:
    """The inverse of each matrix of a (..., n, n). Raises LinAlgError for a singular one.

    >>> inv(Tensor([[2.0, 0.0], [0.0, 4.0]]))
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """

@overload
def invert(x: Tensor) -> Tensor:
    """~x, on bool and integers.

    >>> invert(Tensor([True, False]))
    Tensor([False,  True])
    """

@overload
def invert(x: ArrayLike) -> Array:
    """~x, on bool and integers.

    >>> invert(Tensor([True, False]))
    Tensor([False,  True])
    """

@overload
def isclose(a: Tensor, b: Value, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether a and b differ by at most atol + rtol |b|.

    >>> isclose(Tensor([1.0, 2.0]), 1.0)
    Tensor([ True, False])
    """

@overload
def isclose(a: Value, b: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether a and b differ by at most atol + rtol |b|.

    >>> isclose(Tensor([1.0, 2.0]), 1.0)
    Tensor([ True, False])
    """

@overload
def isclose(a: ArrayLike, b: ArrayLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether a and b differ by at most atol + rtol |b|.

    >>> isclose(Tensor([1.0, 2.0]), 1.0)
    Tensor([ True, False])
    """

@overload
def isfinite(x: Tensor) -> Tensor:
    """Whether x is neither nan nor infinite.

    >>> isfinite(Tensor([1.0, float("inf")]))
    Tensor([ True, False])
    """

@overload
def isfinite(x: ArrayLike) -> Array:
    """Whether x is neither nan nor infinite.

    >>> isfinite(Tensor([1.0, float("inf")]))
    Tensor([ True, False])
    """

@overload
def isinf(x: Tensor) -> Tensor:
    """Whether x is infinite.

    >>> isinf(Tensor([1.0, float("inf")]))
    Tensor([False,  True])
    """

@overload
def isinf(x: ArrayLike) -> Array:
    """Whether x is infinite.

    >>> isinf(Tensor([1.0, float("inf")]))
    Tensor([False,  True])
    """

@overload
def isnan(x: Tensor) -> Tensor:
    """Whether x is nan.

    >>> isnan(Tensor([1.0, float("nan")]))
    Tensor([False,  True])
    """

@overload
def isnan(x: ArrayLike) -> Array:
    """Whether x is nan.

    >>> isnan(Tensor([1.0, float("nan")]))
    Tensor([False,  True])
    """

@overload
def isneginf(x: Tensor) -> Tensor:
    """Whether x is -inf.

    >>> isneginf(Tensor([1.0, -np.inf]))
    Tensor([False,  True])
    """

@overload
def isneginf(x: ArrayLike) -> Array:
    """Whether x is -inf.

    >>> isneginf(Tensor([1.0, -np.inf]))
    Tensor([False,  True])
    """

@overload
def isposinf(x: Tensor) -> Tensor:
    """Whether x is inf.

    >>> isposinf(Tensor([1.0, np.inf]))
    Tensor([False,  True])
    """

@overload
def isposinf(x: ArrayLike) -> Array:
    """Whether x is inf.

    >>> isposinf(Tensor([1.0, np.inf]))
    Tensor([False,  True])
    """

@overload
def iv(a: Tensor, b: Value) -> Tensor:
    """The modified Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> iv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1357])
    """

@overload
def iv(a: Value, b: Tensor) -> Tensor:
    """The modified Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> iv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1357])
    """

@overload
def iv(a: ArrayLike, b: ArrayLike) -> Array:
    """The modified Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> iv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1357])
    """

@overload
def ive(a: Tensor, b: Value) -> Tensor:
    """iv(a, b) exp(-|b|), which does not overflow. No derivative with respect to a.

    >>> ive(2, Tensor([0.0, 1000.0]))
    Tensor([0.    , 0.0126])
    """

@overload
def ive(a: Value, b: Tensor) -> Tensor:
    """iv(a, b) exp(-|b|), which does not overflow. No derivative with respect to a.

    >>> ive(2, Tensor([0.0, 1000.0]))
    Tensor([0.    , 0.0126])
    """

@overload
def ive(a: ArrayLike, b: ArrayLike) -> Array:
    """iv(a, b) exp(-|b|), which does not overflow. No derivative with respect to a.

    >>> ive(2, Tensor([0.0, 1000.0]))
    Tensor([0.    , 0.0126])
    """

@overload
def j0(x: Tensor) -> Tensor:
    """The Bessel function of the first kind, of order 0.

    >>> j0(Tensor([0.0, 1.0]))
    Tensor([1.    , 0.7652])
    """

@overload
def j0(x: ArrayLike) -> Array:
    """The Bessel function of the first kind, of order 0.

    >>> j0(Tensor([0.0, 1.0]))
    Tensor([1.    , 0.7652])
    """

@overload
def j1(x: Tensor) -> Tensor:
    """The Bessel function of the first kind, of order 1.

    >>> j1(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.4401])
    """

@overload
def j1(x: ArrayLike) -> Array:
    """The Bessel function of the first kind, of order 1.

    >>> j1(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.4401])
    """

@overload
def jv(a: Tensor, b: Value) -> Tensor:
    """The Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> jv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1149])
    """

@overload
def jv(a: Value, b: Tensor) -> Tensor:
    """The Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> jv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1149])
    """

@overload
def jv(a: ArrayLike, b: ArrayLike) -> Array:
    """The Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> jv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1149])
    """

@overload
def k0(x: Tensor) -> Tensor:
    """The modified Bessel function of the second kind, of order 0, for x > 0.

    >>> k0(Tensor([1.0, 2.0]))
    Tensor([0.421 , 0.1139])
    """

@overload
def k0(x: ArrayLike) -> Array:
    """The modified Bessel function of the second kind, of order 0, for x > 0.

    >>> k0(Tensor([1.0, 2.0]))
    Tensor([0.421 , 0.1139])
    """

@overload
def k1(x: Tensor) -> Tensor:
    """The modified Bessel function of the second kind, of order 1, for x > 0.

    >>> k1(Tensor([1.0, 2.0]))
    Tensor([0.6019, 0.1399])
    """

@overload
def k1(x: ArrayLike) -> Array:
    """The modified Bessel function of the second kind, of order 1, for x > 0.

    >>> k1(Tensor([1.0, 2.0]))
    Tensor([0.6019, 0.1399])
    """

@overload
def kl_div(a: Tensor, b: Value) -> Tensor:
    """a log(a / b) - a + b, SciPy's: never negative, 0 at a = b; the loss of that name is `nn.functional.kl_div`.

    >>> kl_div(Tensor([0.5, 0.5]), Tensor([0.5, 0.25]))
    Tensor([0.    , 0.0966])
    """

@overload
def kl_div(a: Value, b: Tensor) -> Tensor:
    """a log(a / b) - a + b, SciPy's: never negative, 0 at a = b; the loss of that name is `nn.functional.kl_div`.

    >>> kl_div(Tensor([0.5, 0.5]), Tensor([0.5, 0.25]))
    Tensor([0.    , 0.0966])
    """

@overload
def kl_div(a: ArrayLike, b: ArrayLike) -> Array:
    """a log(a / b) - a + b, SciPy's: never negative, 0 at a = b; the loss of that name is `nn.functional.kl_div`.

    >>> kl_div(Tensor([0.5, 0.5]), Tensor([0.5, 0.25]))
    Tensor([0.    , 0.0966])
    """

@overload
def kron(a: Tensor, b: Value) -> Tensor:
    """The Kronecker product: each element of a replaced by that element times b.

    >>> kron(Tensor([1.0, 10.0]), Tensor([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.])
    """

@overload
def kron(a: Value, b: Tensor) -> Tensor:
    """The Kronecker product: each element of a replaced by that element times b.

    >>> kron(Tensor([1.0, 10.0]), Tensor([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.])
    """

@overload
def kron(a: ArrayLike, b: ArrayLike) -> Array:
    """The Kronecker product: each element of a replaced by that element times b.

    >>> kron(Tensor([1.0, 10.0]), Tensor([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.])
    """

@overload
def kv(a: Tensor, b: Value) -> Tensor:
    """The modified Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> kv(2, Tensor([1.0, 2.0]))
    Tensor([1.6248, 0.2538])
    """

@overload
def kv(a: Value, b: Tensor) -> Tensor:
    """The modified Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> kv(2, Tensor([1.0, 2.0]))
    Tensor([1.6248, 0.2538])
    """

@overload
def kv(a: ArrayLike, b: ArrayLike) -> Array:
    """The modified Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> kv(2, Tensor([1.0, 2.0]))
    Tensor([1.6248, 0.2538])
    """

@overload
def layer_norm(
    x: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias, with mean and variance over the last axes (Ba et al. 2016).

    `normalized_shape` says which: it equals x.shape[-k:], and so do the shapes of weight and bias, where given.
    Raises ShapeError otherwise.

    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), 3)
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """

@overload
def layer_norm(
    x: ArrayLike,
    normalized_shape: int | Sequence[int],
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-05,
) -> Array:
    """(x - mean) / sqrt(var + eps) * weight + bias, with mean and variance over the last axes (Ba et al. 2016).

    `normalized_shape` says which: it equals x.shape[-k:], and so do the shapes of weight and bias, where given.
    Raises ShapeError otherwise.

    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), 3)
    Tensor([[-1.2247,  0.    ,  1.2247]])
    """

@overload
def lcm(a: Tensor, b: Value) -> Tensor:
    """The least common multiple of integers.

    >>> lcm(Tensor([4, 12]), 6)
    Tensor([12, 12])
    """

@overload
def lcm(a: Value, b: Tensor) -> Tensor:
    """The least common multiple of integers.

    >>> lcm(Tensor([4, 12]), 6)
    Tensor([12, 12])
    """

@overload
def lcm(a: ArrayLike, b: ArrayLike) -> Array:
    """The least common multiple of integers.

    >>> lcm(Tensor([4, 12]), 6)
    Tensor([12, 12])
    """

@overload
def ldexp(a: Tensor, b: Value) -> Tensor:
    """a times 2**b, for integers b: exact, without the power.

    >>> ldexp(Tensor([1.0, 3.0]), 2)
    Tensor([ 4., 12.])
    """

@overload
def ldexp(a: Value, b: Tensor) -> Tensor:
    """a times 2**b, for integers b: exact, without the power.

    >>> ldexp(Tensor([1.0, 3.0]), 2)
    Tensor([ 4., 12.])
    """

@overload
def ldexp(a: ArrayLike, b: ArrayLike) -> Array:
    """a times 2**b, for integers b: exact, without the power.

    >>> ldexp(Tensor([1.0, 3.0]), 2)
    Tensor([ 4., 12.])
    """

@overload
def leaky_relu(x: Tensor, slope: float = 0.01) -> Tensor:
    """x where positive, else slope x; at 0 the gradient is `slope`.

    >>> leaky_relu(Tensor([-1.0, 2.0]))
    Tensor([-0.01,  2.  ])
    """

@overload
def leaky_relu(x: ArrayLike, slope: float = 0.01) -> Array:
    """x where positive, else slope x; at 0 the gradient is `slope`.

    >>> leaky_relu(Tensor([-1.0, 2.0]))
    Tensor([-0.01,  2.  ])
    """

@overload
def left_shift(a: Tensor, b: Value) -> Tensor:
    """a << b, on integers.

    >>> left_shift(Tensor([1, 3]), 2)
    Tensor([ 4, 12])
    """

@overload
def left_shift(a: Value, b: Tensor) -> Tensor:
    """a << b, on integers.

    >>> left_shift(Tensor([1, 3]), 2)
    Tensor([ 4, 12])
    """

@overload
def left_shift(a: ArrayLike, b: ArrayLike) -> Array:
    """a << b, on integers.

    >>> left_shift(Tensor([1, 3]), 2)
    Tensor([ 4, 12])
    """

@overload
def less(a: Tensor, b: Value) -> Tensor:
    """Whether a < b.

    >>> less(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """

@overload
def less(a: Value, b: Tensor) -> Tensor:
    """Whether a < b.

    >>> less(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """

@overload
def less(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a < b.

    >>> less(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """

@overload
def less_equal(a: Tensor, b: Value) -> Tensor:
    """Whether a <= b.

    >>> less_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True,  True])
    """

@overload
def less_equal(a: Value, b: Tensor) -> Tensor:
    """Whether a <= b.

    >>> less_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True,  True])
    """

@overload
def less_equal(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a <= b.

    >>> less_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True,  True])
    """

@overload
def linear(x: Tensor, weight: Value, bias: Value | None = None) -> Tensor:
    """x @ weight.T + bias, in PyTorch's layout; the result is (..., out).

    Raises ShapeError when the sizes do not fit.

    >>> linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]), Tensor([0.5]))
    Tensor([11.5])

    Shapes: x (..., in), weight (out, in), bias (out).
    """

@overload
def linear(x: Value, weight: Tensor, bias: Value | None = None) -> Tensor:
    """x @ weight.T + bias, in PyTorch's layout; the result is (..., out).

    Raises ShapeError when the sizes do not fit.

    >>> linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]), Tensor([0.5]))
    Tensor([11.5])

    Shapes: x (..., in), weight (out, in), bias (out).
    """

@overload
def linear(x: ArrayLike, weight: ArrayLike, bias: Value | None = None) -> Array:
    """x @ weight.T + bias, in PyTorch's layout; the result is (..., out).

    Raises ShapeError when the sizes do not fit.

    >>> linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]), Tensor([0.5]))
    Tensor([11.5])

    Shapes: x (..., in), weight (out, in), bias (out).
    """

def linspace(
    start: Value,
    stop: Value,
    num: int = 50,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
    endpoint: bool = True,
) -> Tensor:
    """`num` evenly spaced numbers from start to stop, which is included if `endpoint`; both may carry a gradient.

    >>> linspace(0, 1, 3)
    Tensor([0. , 0.5, 1. ])
    """

@overload
def log(x: Tensor) -> Tensor:
    """The natural logarithm of x > 0.

    >>> log(Tensor([1.0, 10.0]))
    Tensor([0.    , 2.3026])
    """

@overload
def log(x: ArrayLike) -> Array:
    """The natural logarithm of x > 0.

    >>> log(Tensor([1.0, 10.0]))
    Tensor([0.    , 2.3026])
    """

@overload
def log10(x: Tensor) -> Tensor:
    """The logarithm to base 10.

    >>> log10(Tensor([1.0, 1000.0]))
    Tensor([0., 3.])
    """

@overload
def log10(x: ArrayLike) -> Array:
    """The logarithm to base 10.

    >>> log10(Tensor([1.0, 1000.0]))
    Tensor([0., 3.])
    """

@overload
def log1p(x: Tensor) -> Tensor:
    """log(1 + x), exact near zero.

    >>> log1p(Tensor([0.0, 1e-6]))
    Tensor([0.e+00, 1.e-06])
    """

@overload
def log1p(x: ArrayLike) -> Array:
    """log(1 + x), exact near zero.

    >>> log1p(Tensor([0.0, 1e-6]))
    Tensor([0.e+00, 1.e-06])
    """

@overload
def log2(x: Tensor) -> Tensor:
    """The logarithm to base 2.

    >>> log2(Tensor([1.0, 8.0]))
    Tensor([0., 3.])
    """

@overload
def log2(x: ArrayLike) -> Array:
    """The logarithm to base 2.

    >>> log2(Tensor([1.0, 8.0]))
    Tensor([0., 3.])
    """

@overload
def log_ndtr(x: Tensor) -> Tensor:
    """log(ndtr(x)), without underflow for small x.

    >>> log_ndtr(Tensor([0.0, -40.0]))
    Tensor([-6.9315e-01, -8.0461e+02])
    """

@overload
def log_ndtr(x: ArrayLike) -> Array:
    """log(ndtr(x)), without underflow for small x.

    >>> log_ndtr(Tensor([0.0, -40.0]))
    Tensor([-6.9315e-01, -8.0461e+02])
    """

@overload
def log_sigmoid(x: Tensor) -> Tensor:
    """log(sigmoid(x)), stable for any x.

    >>> log_sigmoid(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([-1.0000e+03, -6.9315e-01, -0.0000e+00])
    """

@overload
def log_sigmoid(x: ArrayLike) -> Array:
    """log(sigmoid(x)), stable for any x.

    >>> log_sigmoid(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([-1.0000e+03, -6.9315e-01, -0.0000e+00])
    """

@overload
def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """log(softmax(x)) along `axis`, stable for any x; a slice of only -inf stays -inf.

    >>> log_softmax(Tensor([1000.0, 1000.0]))
    Tensor([-0.6931, -0.6931])
    """

@overload
def log_softmax(x: ArrayLike, axis: int = -1) -> Array:
    """log(softmax(x)) along `axis`, stable for any x; a slice of only -inf stays -inf.

    >>> log_softmax(Tensor([1000.0, 1000.0]))
    Tensor([-0.6931, -0.6931])
    """

@overload
def logaddexp(a: Tensor, b: Value) -> Tensor:
    """log(exp(a) + exp(b)) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp(Tensor([0.0, 1000.0]), 0.0)
    Tensor([6.9315e-01, 1.0000e+03])
    """

@overload
def logaddexp(a: Value, b: Tensor) -> Tensor:
    """log(exp(a) + exp(b)) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp(Tensor([0.0, 1000.0]), 0.0)
    Tensor([6.9315e-01, 1.0000e+03])
    """

@overload
def logaddexp(a: ArrayLike, b: ArrayLike) -> Array:
    """log(exp(a) + exp(b)) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp(Tensor([0.0, 1000.0]), 0.0)
    Tensor([6.9315e-01, 1.0000e+03])
    """

@overload
def logaddexp2(a: Tensor, b: Value) -> Tensor:
    """log2(2**a + 2**b) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp2(Tensor([0.0, 1000.0]), 0.0)
    Tensor([   1., 1000.])
    """

@overload
def logaddexp2(a: Value, b: Tensor) -> Tensor:
    """log2(2**a + 2**b) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp2(Tensor([0.0, 1000.0]), 0.0)
    Tensor([   1., 1000.])
    """

@overload
def logaddexp2(a: ArrayLike, b: ArrayLike) -> Array:
    """log2(2**a + 2**b) without overflow; where both are -inf each gets half of the gradient.

    >>> logaddexp2(Tensor([0.0, 1000.0]), 0.0)
    Tensor([   1., 1000.])
    """

@overload
def logcumsumexp(x: Tensor, axis: int = -1) -> Tensor:
    """log of the running sum of exp(x) along `axis`, without overflow.

    >>> logcumsumexp(Tensor([10.0, 10.0]))
    Tensor([10.    , 10.6931])
    """

@overload
def logcumsumexp(x: ArrayLike, axis: int = -1) -> Array:
    """log of the running sum of exp(x) along `axis`, without overflow.

    >>> logcumsumexp(Tensor([10.0, 10.0]))
    Tensor([10.    , 10.6931])
    """

@overload
def logical_and(a: Tensor, b: Value) -> Tensor:
    """Whether a and b are both nonzero.

    >>> logical_and(Tensor([1, 0]), 1)
    Tensor([ True, False])
    """

@overload
def logical_and(a: Value, b: Tensor) -> Tensor:
    """Whether a and b are both nonzero.

    >>> logical_and(Tensor([1, 0]), 1)
    Tensor([ True, False])
    """

@overload
def logical_and(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a and b are both nonzero.

    >>> logical_and(Tensor([1, 0]), 1)
    Tensor([ True, False])
    """

@overload
def logical_not(x: Tensor) -> Tensor:
    """Whether x is zero.

    >>> logical_not(Tensor([1, 0]))
    Tensor([False,  True])
    """

@overload
def logical_not(x: ArrayLike) -> Array:
    """Whether x is zero.

    >>> logical_not(Tensor([1, 0]))
    Tensor([False,  True])
    """

@overload
def logical_or(a: Tensor, b: Value) -> Tensor:
    """Whether a or b is nonzero.

    >>> logical_or(Tensor([1, 0]), 0)
    Tensor([ True, False])
    """

@overload
def logical_or(a: Value, b: Tensor) -> Tensor:
    """Whether a or b is nonzero.

    >>> logical_or(Tensor([1, 0]), 0)
    Tensor([ True, False])
    """

@overload
def logical_or(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a or b is nonzero.

    >>> logical_or(Tensor([1, 0]), 0)
    Tensor([ True, False])
    """

@overload
def logical_xor(a: Tensor, b: Value) -> Tensor:
    """Whether just one of a and b is nonzero.

    >>> logical_xor(Tensor([1, 0]), 1)
    Tensor([False,  True])
    """

@overload
def logical_xor(a: Value, b: Tensor) -> Tensor:
    """Whether just one of a and b is nonzero.

    >>> logical_xor(Tensor([1, 0]), 1)
    Tensor([False,  True])
    """

@overload
def logical_xor(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether just one of a and b is nonzero.

    >>> logical_xor(Tensor([1, 0]), 1)
    Tensor([False,  True])
    """

@overload
def logit(x: Tensor) -> Tensor:
    """log(x / (1 - x)), the inverse of sigmoid.

    >>> logit(Tensor([0.5, 0.9]))
    Tensor([0.    , 2.1972])
    """

@overload
def logit(x: ArrayLike) -> Array:
    """log(x / (1 - x)), the inverse of sigmoid.

    >>> logit(Tensor([0.5, 0.9]))
    Tensor([0.    , 2.1972])
    """

@overload
def logm(a: Tensor) -> Tensor:
    """The symmetric y with expm(y) = a, for symmetric positive definite a (..., n, n).

    Rounding in a is averaged out, (a + a.T) / 2. Raises ValueError unless a is symmetric to 5 % of its largest element,
    LinAlgError unless all eigenvalues are positive.

    >>> logm(Tensor([[1.0, 0.0], [0.0, 1.0]]))
    Tensor([[0., 0.],
            [0., 0.]])

    Shapes: a (..., n, n).
    """

@overload
def logm(a: ArrayLike) -> Array:
    """The symmetric y with expm(y) = a, for symmetric positive definite a (..., n, n).

    Rounding in a is averaged out, (a + a.T) / 2. Raises ValueError unless a is symmetric to 5 % of its largest element,
    LinAlgError unless all eigenvalues are positive.

    >>> logm(Tensor([[1.0, 0.0], [0.0, 1.0]]))
    Tensor([[0., 0.],
            [0., 0.]])

    Shapes: a (..., n, n).
    """

@overload
def logsumexp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """log(sum(exp(x))) over `axis`, stable for any x; a slice of only -inf gives -inf and a gradient of 0.

    It takes SciPy's `b=`, too, factors of exp(x), of which the sum must be positive.

    >>> logsumexp(Tensor([1000.0, 1000.0]))
    Tensor(1000.6932)
    """

@overload
def logsumexp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) over `axis`, stable for any x; a slice of only -inf gives -inf and a gradient of 0.

    It takes SciPy's `b=`, too, factors of exp(x), of which the sum must be positive.

    >>> logsumexp(Tensor([1000.0, 1000.0]))
    Tensor(1000.6932)
    """

def lstm(
    x: Value,
    h0: Value,
    c0: Value,
    w_ih: Value,
    w_hh: Value,
    b_ih: Value | None = None,
    b_hh: Value | None = None,
    lengths: Value | None = None,
    reverse: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Long short-term memory over a whole sequence: the equations of `lstm_cell` at each step.

    x (T, N, F), h0 and c0 (N, H), w_ih (4 H, F), w_hh (4 H, H), biases (4 H,); returns all h (T, N, H), the last h and
    the last c (N, H). `lengths` and `reverse` are those of `rnn`.

    >>> one, weight = np.ones((1, 1)), np.ones((4, 1))
    >>> [a.ravel().round(4) for a in lstm(np.ones((2, 1, 1)), 0 * one, 0 * one, weight, weight)]
    [array([0.3696, 0.6505]), array([0.6505]), array([1.1444])]
    """

def lstm_cell(
    x: Value, h: Value, c: Value, w_ih: Value, w_hh: Value, b_ih: Value | None = None, b_hh: Value | None = None
) -> tuple[Tensor, Tensor]:
    """The next state (h, c) of long short-term memory: c' = f c + i g, h' = o tanh(c').

    i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the four quarters of W_ih x + b_ih + W_hh h + b_hh
    (Hochreiter and Schmidhuber 1997; the forget gate f, Gers et al. 2000).

    >>> zero, weight = Tensor([[0.0]]), np.ones((4, 1), np.float32)
    >>> lstm_cell(Tensor([[1.0]]), zero, zero, weight, weight)
    (Tensor([[0.3696]]), Tensor([[0.5568]]))
    """

@overload
def lstsq(a: Tensor, b: Value, rcond: float | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The smallest x that brings a @ x nearest to b, for a (m, n) and b (m,) or (m, k), by the pseudo-inverse.

    Beside it, as NumPy has them: the sums of squares that remain (none unless a is tall and of full rank), the rank,
    the singular values. Singular values below `rcond` times the largest count as 0.

    >>> lstsq(Tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), Tensor([1.0, 4.0, 3.0]))[0]
    Tensor([1., 2.])
    """

@overload
def lstsq(a: Value, b: Tensor, rcond: float | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The smallest x that brings a @ x nearest to b, for a (m, n) and b (m,) or (m, k), by the pseudo-inverse.

    Beside it, as NumPy has them: the sums of squares that remain (none unless a is tall and of full rank), the rank,
    the singular values. Singular values below `rcond` times the largest count as 0.

    >>> lstsq(Tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), Tensor([1.0, 4.0, 3.0]))[0]
    Tensor([1., 2.])
    """

@overload
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> tuple[Array, Array, Array, Array]:
    """The smallest x that brings a @ x nearest to b, for a (m, n) and b (m,) or (m, k), by the pseudo-inverse.

    Beside it, as NumPy has them: the sums of squares that remain (none unless a is tall and of full rank), the rank,
    the singular values. Singular values below `rcond` times the largest count as 0.

    >>> lstsq(Tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), Tensor([1.0, 4.0, 3.0]))[0]
    Tensor([1., 2.])
    """

@overload
def masked_scale(x: Tensor, mask: Value, scale: float = 1.0) -> Tensor:
    """x times `scale` where `mask` is True, and 0 elsewhere; the mask broadcasts to the shape of x.

    >>> masked_scale(Tensor([1.0, 2.0]), np.array([True, False]), 2.0)
    Tensor([2., 0.])
    """

@overload
def masked_scale(x: Value, mask: Tensor, scale: float = 1.0) -> Tensor:
    """x times `scale` where `mask` is True, and 0 elsewhere; the mask broadcasts to the shape of x.

    >>> masked_scale(Tensor([1.0, 2.0]), np.array([True, False]), 2.0)
    Tensor([2., 0.])
    """

@overload
def masked_scale(x: ArrayLike, mask: ArrayLike, scale: float = 1.0) -> Array:
    """x times `scale` where `mask` is True, and 0 elsewhere; the mask broadcasts to the shape of x.

    >>> masked_scale(Tensor([1.0, 2.0]), np.array([True, False]), 2.0)
    Tensor([2., 0.])
    """

@overload
def matmul(a: Tensor, b: Value) -> Tensor:
    """The matrix product, batched over leading axes; a vector is a row on the left and a column on the right.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]))
    Tensor([[11.]])
    """

@overload
def matmul(a: Value, b: Tensor) -> Tensor:
    """The matrix product, batched over leading axes; a vector is a row on the left and a column on the right.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]))
    Tensor([[11.]])
    """

@overload
def matmul(a: ArrayLike, b: ArrayLike) -> Array:
    """The matrix product, batched over leading axes; a vector is a row on the left and a column on the right.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]))
    Tensor([[11.]])
    """

@overload
def matrix_norm(x: Tensor, keepdims: bool = False, ord: float | str = "fro") -> Tensor:
    """The `norm` of each matrix of x (..., m, n).

    >>> matrix_norm(Tensor([[3.0, 0.0], [0.0, 4.0]]))
    Tensor(5.)
    """

@overload
def matrix_norm(x: ArrayLike, keepdims: bool = False, ord: float | str = "fro") -> Array:
    """The `norm` of each matrix of x (..., m, n).

    >>> matrix_norm(Tensor([[3.0, 0.0], [0.0, 4.0]]))
    Tensor(5.)
    """

@overload
def matrix_power(a: Tensor, n: int) -> Tensor:
    """Each matrix of a (..., m, m) multiplied by itself n times; the identity for n = 0, of inverses for n < 0.

    >>> matrix_power(Tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    Tensor([[1., 3.],
            [0., 1.]])

    Shapes: a (..., n, n).
    """

@overload
def matrix_power(a: ArrayLike, n: int) -> Array:
    """Each matrix of a (..., m, m) multiplied by itself n times; the identity for n = 0, of inverses for n < 0.

    >>> matrix_power(Tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    Tensor([[1., 3.],
            [0., 1.]])

    Shapes: a (..., n, n).
    """

@overload
def matrix_rank(a: Tensor, tol: float | None = None, rtol: float | None = None) -> Tensor:
    """How many singular values of each matrix exceed `tol`, or `rtol` of the largest. No derivative.

    By default those count that exceed what rounding may leave.

    >>> matrix_rank(Tensor([[1.0, 2.0], [2.0, 4.0]]))
    Tensor(1)
    """

@overload
def matrix_rank(a: ArrayLike, tol: float | None = None, rtol: float | None = None) -> Array:
    """How many singular values of each matrix exceed `tol`, or `rtol` of the largest. No derivative.

    By default those count that exceed what rounding may leave.

    >>> matrix_rank(Tensor([[1.0, 2.0], [2.0, 4.0]]))
    Tensor(1)
    """

@overload
def matrix_transpose(x: Tensor) -> Tensor:
    """The last two axes exchanged.

    >>> matrix_transpose(Tensor([[1.0, 2.0]]))
    Tensor([[1.],
            [2.]])
    """

@overload
def matrix_transpose(x: ArrayLike) -> Array:
    """The last two axes exchanged.

    >>> matrix_transpose(Tensor([[1.0, 2.0]]))
    Tensor([[1.],
            [2.]])
    """

@overload
def matvec(a: Tensor, b: Value) -> Tensor:
    """The products of matrices a (..., m, n) and vectors b (..., n), broadcast over the leading axes.

    >>> matvec(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def matvec(a: Value, b: Tensor) -> Tensor:
    """The products of matrices a (..., m, n) and vectors b (..., n), broadcast over the leading axes.

    >>> matvec(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def matvec(a: ArrayLike, b: ArrayLike) -> Array:
    """The products of matrices a (..., m, n) and vectors b (..., n), broadcast over the leading axes.

    >>> matvec(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def max(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest over `axis` (all by default); elements that tie share the gradient evenly.

    >>> max(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([3., 4.])
    """

@overload
def max(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest over `axis` (all by default); elements that tie share the gradient evenly.

    >>> max(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([3., 4.])
    """

@overload
def max_pool(
    x: Tensor,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor:
    """The maximum of each window over the last len(kernel) axes of x; of equal ones, the first has the gradient.

    The maximum of a window with a nan is nan; of several, the last has the gradient.

    Windows of `kernel` elements, `dilation` apart, start every `stride` (by default: kernel) elements, in x with
    `padding` on both sides, which is never the maximum. `ceil_mode` keeps a last window that sticks out. Each is one
    number, or one per axis. `return_indices` gives also where the maxima lie in the pooled axes, flattened. Raises
    ShapeError where no window fits, ValueError for a padding of more than half the kernel.

    >>> max_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """

@overload
def max_pool(
    x: ArrayLike,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Array:
    """The maximum of each window over the last len(kernel) axes of x; of equal ones, the first has the gradient.

    The maximum of a window with a nan is nan; of several, the last has the gradient.

    Windows of `kernel` elements, `dilation` apart, start every `stride` (by default: kernel) elements, in x with
    `padding` on both sides, which is never the maximum. `ceil_mode` keeps a last window that sticks out. Each is one
    number, or one per axis. `return_indices` gives also where the maxima lie in the pooled axes, flattened. Raises
    ShapeError where no window fits, ValueError for a padding of more than half the kernel.

    >>> max_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """

@overload
def max_pool(
    x: Tensor,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]:
    """The maximum of each window over the last len(kernel) axes of x; of equal ones, the first has the gradient.

    The maximum of a window with a nan is nan; of several, the last has the gradient.

    Windows of `kernel` elements, `dilation` apart, start every `stride` (by default: kernel) elements, in x with
    `padding` on both sides, which is never the maximum. `ceil_mode` keeps a last window that sticks out. Each is one
    number, or one per axis. `return_indices` gives also where the maxima lie in the pooled axes, flattened. Raises
    ShapeError where no window fits, ValueError for a padding of more than half the kernel.

    >>> max_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """

@overload
def max_pool(
    x: ArrayLike,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Array, Array]:
    """The maximum of each window over the last len(kernel) axes of x; of equal ones, the first has the gradient.

    The maximum of a window with a nan is nan; of several, the last has the gradient.

    Windows of `kernel` elements, `dilation` apart, start every `stride` (by default: kernel) elements, in x with
    `padding` on both sides, which is never the maximum. `ceil_mode` keeps a last window that sticks out. Each is one
    number, or one per axis. `return_indices` gives also where the maxima lie in the pooled axes, flattened. Raises
    ShapeError where no window fits, ValueError for a padding of more than half the kernel.

    >>> max_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """

@overload
def max_pool(
    x: Tensor,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The maximum of each window over the last len(kernel) axes of x; of equal ones, the first has the gradient.

    The maximum of a window with a nan is nan; of several, the last has the gradient.

    Windows of `kernel` elements, `dilation` apart, start every `stride` (by default: kernel) elements, in x with
    `padding` on both sides, which is never the maximum. `ceil_mode` keeps a last window that sticks out. Each is one
    number, or one per axis. `return_indices` gives also where the maxima lie in the pooled axes, flattened. Raises
    ShapeError where no window fits, ValueError for a padding of more than half the kernel.

    >>> max_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """

@overload
def max_pool(
    x: ArrayLike,
    kernel: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array | tuple[Array, Array]:
    """The maximum of each window over the last len(kernel) axes of x; of equal ones, the first has the gradient.

    The maximum of a window with a nan is nan; of several, the last has the gradient.

    Windows of `kernel` elements, `dilation` apart, start every `stride` (by default: kernel) elements, in x with
    `padding` on both sides, which is never the maximum. `ceil_mode` keeps a last window that sticks out. Each is one
    number, or one per axis. `return_indices` gives also where the maxima lie in the pooled axes, flattened. Raises
    ShapeError where no window fits, ValueError for a padding of more than half the kernel.

    >>> max_pool(Tensor([1.0, 3.0, 2.0, 0.0]), 2)
    Tensor([3., 2.])
    """

@overload
def maximum(a: Tensor, b: Value) -> Tensor:
    """The larger of a and b. At a tie each gets half of the gradient.

    >>> maximum(Tensor([1.0, 5.0]), 3)
    Tensor([3., 5.])
    """

@overload
def maximum(a: Value, b: Tensor) -> Tensor:
    """The larger of a and b. At a tie each gets half of the gradient.

    >>> maximum(Tensor([1.0, 5.0]), 3)
    Tensor([3., 5.])
    """

@overload
def maximum(a: ArrayLike, b: ArrayLike) -> Array:
    """The larger of a and b. At a tie each gets half of the gradient.

    >>> maximum(Tensor([1.0, 5.0]), 3)
    Tensor([3., 5.])
    """

@overload
def mean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over `axis` (all by default).

    >>> mean(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([2., 3.])
    """

@overload
def mean(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean over `axis` (all by default).

    >>> mean(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([2., 3.])
    """

@overload
def median(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle value over `axis`, or the mean of the two middle ones; nan, with its gradient, where there is one.

    >>> median(Tensor([3.0, 1.0, 2.0, 10.0]))
    Tensor(2.5)
    """

@overload
def median(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The middle value over `axis`, or the mean of the two middle ones; nan, with its gradient, where there is one.

    >>> median(Tensor([3.0, 1.0, 2.0, 10.0]))
    Tensor(2.5)
    """

@overload
def meshgrid(*arrays: Tensor, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[Tensor, ...]:
    """For each vector an array of the coordinates of a grid: the first along columns, or with "ij" along rows.

    >>> meshgrid(Tensor([1.0, 2.0]), Tensor([3.0]))
    (Tensor([[1., 2.]]), Tensor([[3., 3.]]))
    """

@overload
def meshgrid(*arrays: ArrayLike, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[Array, ...]:
    """For each vector an array of the coordinates of a grid: the first along columns, or with "ij" along rows.

    >>> meshgrid(Tensor([1.0, 2.0]), Tensor([3.0]))
    (Tensor([[1., 2.]]), Tensor([[3., 3.]]))
    """

@overload
def min(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest over `axis` (all by default); elements that tie share the gradient evenly.

    >>> min(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([1., 2.])
    """

@overload
def min(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest over `axis` (all by default); elements that tie share the gradient evenly.

    >>> min(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([1., 2.])
    """

@overload
def minimum(a: Tensor, b: Value) -> Tensor:
    """The smaller of a and b. At a tie each gets half of the gradient.

    >>> minimum(Tensor([1.0, 5.0]), 3)
    Tensor([1., 3.])
    """

@overload
def minimum(a: Value, b: Tensor) -> Tensor:
    """The smaller of a and b. At a tie each gets half of the gradient.

    >>> minimum(Tensor([1.0, 5.0]), 3)
    Tensor([1., 3.])
    """

@overload
def minimum(a: ArrayLike, b: ArrayLike) -> Array:
    """The smaller of a and b. At a tie each gets half of the gradient.

    >>> minimum(Tensor([1.0, 5.0]), 3)
    Tensor([1., 3.])
    """

@overload
def mish(x: Tensor) -> Tensor:
    """x tanh(softplus(x)) (Misra 2020).

    >>> mish(Tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """

@overload
def mish(x: ArrayLike) -> Array:
    """x tanh(softplus(x)) (Misra 2020).

    >>> mish(Tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """

@overload
def mod(a: Tensor, b: Value) -> Tensor:
    """a - b floor(a / b), with the sign of b. `mod` is the same.

    >>> remainder(Tensor([7.0, -7.0]), 3)
    Tensor([1., 2.])
    """

@overload
def mod(a: Value, b: Tensor) -> Tensor:
    """a - b floor(a / b), with the sign of b. `mod` is the same.

    >>> remainder(Tensor([7.0, -7.0]), 3)
    Tensor([1., 2.])
    """

@overload
def mod(a: ArrayLike, b: ArrayLike) -> Array:
    """a - b floor(a / b), with the sign of b. `mod` is the same.

    >>> remainder(Tensor([7.0, -7.0]), 3)
    Tensor([1., 2.])
    """

@overload
def modf(x: Tensor) -> tuple[Tensor, Tensor]:
    """What follows the point, and what stands before it, both with the sign of x.

    >>> modf(Tensor([1.5, -2.25]))
    (Tensor([ 0.5 , -0.25]), Tensor([ 1., -2.]))
    """

@overload
def modf(x: ArrayLike) -> tuple[Array, Array]:
    """What follows the point, and what stands before it, both with the sign of x.

    >>> modf(Tensor([1.5, -2.25]))
    (Tensor([ 0.5 , -0.25]), Tensor([ 1., -2.]))
    """

@overload
def moveaxis(x: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Axes moved to new places, the others in order.

    >>> moveaxis(Tensor([[1.0, 2.0]]), 0, 1)
    Tensor([[1.],
            [2.]])
    """

@overload
def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """Axes moved to new places, the others in order.

    >>> moveaxis(Tensor([[1.0, 2.0]]), 0, 1)
    Tensor([[1.],
            [2.]])
    """

@overload
def mse(prediction: Tensor, target: Value, reduction: str = "mean") -> Tensor:
    """(prediction - target)**2, averaged by default.

    >>> mse(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    Tensor(2.)

    Shapes: prediction (...), target (...).
    """

@overload
def mse(prediction: Value, target: Tensor, reduction: str = "mean") -> Tensor:
    """(prediction - target)**2, averaged by default.

    >>> mse(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    Tensor(2.)

    Shapes: prediction (...), target (...).
    """

@overload
def mse(prediction: ArrayLike, target: ArrayLike, reduction: str = "mean") -> Array:
    """(prediction - target)**2, averaged by default.

    >>> mse(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    Tensor(2.)

    Shapes: prediction (...), target (...).
    """

def multi_dot(arrays: Sequence[Value]) -> Tensor:
    """The product of two or more matrices, in the order with the fewest multiplications.

    The first may be a vector (a row), and so may the last (a column).

    >>> multi_dot([Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]), Tensor([[2.0]])])
    Tensor([[22.]])
    """

@overload
def multigammaln(a: Tensor, d: int) -> Tensor:
    """The logarithm of the gamma function of d dimensions, for a > (d - 1) / 2.

    >>> multigammaln(Tensor([2.0, 3.0]), 2)
    Tensor([0.4516, 1.5502])
    """

@overload
def multigammaln(a: ArrayLike, d: int) -> Array:
    """The logarithm of the gamma function of d dimensions, for a > (d - 1) / 2.

    >>> multigammaln(Tensor([2.0, 3.0]), 2)
    Tensor([0.4516, 1.5502])
    """

@overload
def multiply(a: Tensor, b: Value) -> Tensor:
    """a * b, element by element, with broadcasting.

    >>> multiply(Tensor([1.0, 2.0]), 10)
    Tensor([10., 20.])
    """

@overload
def multiply(a: Value, b: Tensor) -> Tensor:
    """a * b, element by element, with broadcasting.

    >>> multiply(Tensor([1.0, 2.0]), 10)
    Tensor([10., 20.])
    """

@overload
def multiply(a: ArrayLike, b: ArrayLike) -> Array:
    """a * b, element by element, with broadcasting.

    >>> multiply(Tensor([1.0, 2.0]), 10)
    Tensor([10., 20.])
    """

@overload
def nan_to_num(x: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """x with nan and infinities replaced by numbers, which get no gradient.

    >>> nan_to_num(Tensor([1.0, float("nan")]))
    Tensor([1., 0.])
    """

@overload
def nan_to_num(x: ArrayLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array:
    """x with nan and infinities replaced by numbers, which get no gradient.

    >>> nan_to_num(Tensor([1.0, float("nan")]))
    Tensor([1., 0.])
    """

@overload
def nancumprod(x: Tensor, axis: int | None = None) -> Tensor:
    """The running product along `axis` (of the flattened array by default) of what is not nan.

    >>> nancumprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor([3., 3., 6.])
    """

@overload
def nancumprod(x: ArrayLike, axis: int | None = None) -> Array:
    """The running product along `axis` (of the flattened array by default) of what is not nan.

    >>> nancumprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor([3., 3., 6.])
    """

@overload
def nancumsum(x: Tensor, axis: int | None = None) -> Tensor:
    """The running sum along `axis` (of the flattened array by default) of what is not nan.

    >>> nancumsum(Tensor([1.0, float("nan"), 2.0]))
    Tensor([1., 1., 3.])
    """

@overload
def nancumsum(x: ArrayLike, axis: int | None = None) -> Array:
    """The running sum along `axis` (of the flattened array by default) of what is not nan.

    >>> nancumsum(Tensor([1.0, float("nan"), 2.0]))
    Tensor([1., 1., 3.])
    """

@overload
def nanmax(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest over `axis` of what is not nan; nan where nothing is.

    >>> nanmax(Tensor([1.0, float("nan"), 2.0]))
    Tensor(2.)
    """

@overload
def nanmax(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest over `axis` of what is not nan; nan where nothing is.

    >>> nanmax(Tensor([1.0, float("nan"), 2.0]))
    Tensor(2.)
    """

@overload
def nanmean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over `axis` of what is not nan.

    >>> nanmean(Tensor([1.0, float("nan"), 2.0]))
    Tensor(1.5)
    """

@overload
def nanmean(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean over `axis` of what is not nan.

    >>> nanmean(Tensor([1.0, float("nan"), 2.0]))
    Tensor(1.5)
    """

@overload
def nanmedian(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The `median` of what is not nan; nan where nothing is.

    >>> nanmedian(Tensor([3.0, 1.0, float("nan"), 2.0]))
    Tensor(2.)
    """

@overload
def nanmedian(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The `median` of what is not nan; nan where nothing is.

    >>> nanmedian(Tensor([3.0, 1.0, float("nan"), 2.0]))
    Tensor(2.)
    """

@overload
def nanmin(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest over `axis` of what is not nan; nan where nothing is.

    >>> nanmin(Tensor([1.0, float("nan"), 2.0]))
    Tensor(1.)
    """

@overload
def nanmin(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest over `axis` of what is not nan; nan where nothing is.

    >>> nanmin(Tensor([1.0, float("nan"), 2.0]))
    Tensor(1.)
    """

@overload
def nanpercentile(x: Tensor, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """The `percentile` of what is not nan; nan where nothing is.

    >>> nanpercentile(Tensor([3.0, 1.0, float("nan"), 2.0]), 50)
    Tensor(2.)
    """

@overload
def nanpercentile(x: ArrayLike, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The `percentile` of what is not nan; nan where nothing is.

    >>> nanpercentile(Tensor([3.0, 1.0, float("nan"), 2.0]), 50)
    Tensor(2.)
    """

@overload
def nanprod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The product over `axis` of what is not nan.

    >>> nanprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor(6.)
    """

@overload
def nanprod(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The product over `axis` of what is not nan.

    >>> nanprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor(6.)
    """

@overload
def nanquantile(x: Tensor, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """The `quantile` of what is not nan; nan where nothing is.

    >>> nanquantile(Tensor([3.0, 1.0, float("nan"), 2.0]), 0.5)
    Tensor(2.)
    """

@overload
def nanquantile(x: ArrayLike, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The `quantile` of what is not nan; nan where nothing is.

    >>> nanquantile(Tensor([3.0, 1.0, float("nan"), 2.0]), 0.5)
    Tensor(2.)
    """

@overload
def nanstd(x: Tensor, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
    """The square root of `nanvar`.

    >>> nanstd(Tensor([1.0, float("nan"), 2.0]))
    Tensor(0.5)
    """

@overload
def nanstd(x: ArrayLike, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The square root of `nanvar`.

    >>> nanstd(Tensor([1.0, float("nan"), 2.0]))
    Tensor(0.5)
    """

@overload
def nansum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over `axis` of what is not nan.

    >>> nansum(Tensor([1.0, float("nan"), 2.0]))
    Tensor(3.)
    """

@overload
def nansum(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum over `axis` of what is not nan.

    >>> nansum(Tensor([1.0, float("nan"), 2.0]))
    Tensor(3.)
    """

@overload
def nanvar(x: Tensor, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
    """The variance over `axis` of what is not nan; the divisor is its count less ddof.

    >>> nanvar(Tensor([1.0, float("nan"), 2.0]))
    Tensor(0.25)
    """

@overload
def nanvar(x: ArrayLike, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The variance over `axis` of what is not nan; the divisor is its count less ddof.

    >>> nanvar(Tensor([1.0, float("nan"), 2.0]))
    Tensor(0.25)
    """

@overload
def ndtr(x: Tensor) -> Tensor:
    """The normal distribution function: the probability of less than x.

    >>> ndtr(Tensor([0.0, 1.96]))
    Tensor([0.5  , 0.975])
    """

@overload
def ndtr(x: ArrayLike) -> Array:
    """The normal distribution function: the probability of less than x.

    >>> ndtr(Tensor([0.0, 1.96]))
    Tensor([0.5  , 0.975])
    """

@overload
def ndtri(x: Tensor) -> Tensor:
    """The inverse of ndtr: the quantile of the normal distribution, for 0 < x < 1.

    >>> ndtri(Tensor([0.5, 0.975]))
    Tensor([0.  , 1.96])
    """

@overload
def ndtri(x: ArrayLike) -> Array:
    """The inverse of ndtr: the quantile of the normal distribution, for 0 < x < 1.

    >>> ndtri(Tensor([0.5, 0.975]))
    Tensor([0.  , 1.96])
    """

@overload
def negative(x: Tensor) -> Tensor:
    """-x.

    >>> negative(Tensor([1.0, -2.0]))
    Tensor([-1.,  2.])
    """

@overload
def negative(x: ArrayLike) -> Array:
    """-x.

    >>> negative(Tensor([1.0, -2.0]))
    Tensor([-1.,  2.])
    """

@overload
def nll(
    log_p: Tensor, target: Value, reduction: str = "mean", weight: Value | None = None, ignore_index: int = -100
) -> Tensor:
    """-log_p[target], from log probabilities of shape (C,), (N, C) or (N, C, ...) and class numbers.

    The options and errors are those of `cross_entropy`, which is this after log_softmax.

    >>> nll(Tensor([[-0.5, -1.0]]), np.array([1]))
    Tensor(1.)
    """

@overload
def nll(
    log_p: Value, target: Tensor, reduction: str = "mean", weight: Value | None = None, ignore_index: int = -100
) -> Tensor:
    """-log_p[target], from log probabilities of shape (C,), (N, C) or (N, C, ...) and class numbers.

    The options and errors are those of `cross_entropy`, which is this after log_softmax.

    >>> nll(Tensor([[-0.5, -1.0]]), np.array([1]))
    Tensor(1.)
    """

@overload
def nll(
    log_p: ArrayLike, target: ArrayLike, reduction: str = "mean", weight: Value | None = None, ignore_index: int = -100
) -> Array:
    """-log_p[target], from log probabilities of shape (C,), (N, C) or (N, C, ...) and class numbers.

    The options and errors are those of `cross_entropy`, which is this after log_softmax.

    >>> nll(Tensor([[-0.5, -1.0]]), np.array([1]))
    Tensor(1.)
    """

@overload
def norm(x: Tensor, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The norm of x as a vector (one `axis`), as a matrix (two), or by default the 2-norm of all its elements.

    Orders of a vector: None or 2, 1, inf, -inf, 0 (count of nonzeros), any other number. Of a matrix: None or
    "fro", "nuc" (sum of singular values), 2, -2 (largest, smallest), 1, -1 (of column sums), inf, -inf (of row sums).
    At 0 the gradient is 0.

    >>> norm(Tensor([3.0, 4.0]))
    Tensor(5.)
    """

@overload
def norm(x: ArrayLike, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Array:
    """The norm of x as a vector (one `axis`), as a matrix (two), or by default the 2-norm of all its elements.

    Orders of a vector: None or 2, 1, inf, -inf, 0 (count of nonzeros), any other number. Of a matrix: None or
    "fro", "nuc" (sum of singular values), 2, -2 (largest, smallest), 1, -1 (of column sums), inf, -inf (of row sums).
    At 0 the gradient is 0.

    >>> norm(Tensor([3.0, 4.0]))
    Tensor(5.)
    """

def normal(loc: Any = 0.0, scale: Any = 1.0, size: Size | None = None) -> Tensor:
    """Draw from the normal distribution, as loc + scale e: gradients reach loc and scale.

    >>> normal(size=(2, 3)).shape
    (2, 3)
    """

@overload
def not_equal(a: Tensor, b: Value) -> Tensor:
    """Whether a != b.

    >>> not_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """

@overload
def not_equal(a: Value, b: Tensor) -> Tensor:
    """Whether a != b.

    >>> not_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """

@overload
def not_equal(a: ArrayLike, b: ArrayLike) -> Array:
    """Whether a != b.

    >>> not_equal(Tensor([1.0, 2.0]), 2)
    Tensor([ True, False])
    """

def odeint(
    func: Function, y0: Any, t: Any, args: Sequence[Any] = (), rtol: float = 1e-09, atol: float = 1e-09
) -> Tensor:
    """The solution of dy/dt = func(y, t, *args) at the times t, a row for each, from y0 at the first of them.

    The steps are those that SciPy's DOP853 takes on plain numbers, taken again in operations: derivatives of any order
    by y0, t and args are those of the steps. The error of each step is held below `rtol` and `atol`. Raises
    RuntimeError where no step is short enough.

    >>> odeint(lambda y, t, rate: -rate * y, Tensor([1.0]), [0.0, 1.0], (Tensor(2.0),))
    Tensor([[1.    ],
            [0.1353]])
    """

@overload
def one_hot(indices: Tensor, num_classes: int, dtype: DTypeLike | None = None) -> Tensor:
    """Rows of zeros with a 1 at each index, in a new last axis; default float dtype. No derivative.

    Raises DtypeError unless `indices` are integers, IndexError outside [0, num_classes).

    >>> one_hot(Tensor([0, 2]), 3)
    Tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """

@overload
def one_hot(indices: ArrayLike, num_classes: int, dtype: DTypeLike | None = None) -> Array:
    """Rows of zeros with a 1 at each index, in a new last axis; default float dtype. No derivative.

    Raises DtypeError unless `indices` are integers, IndexError outside [0, num_classes).

    >>> one_hot(Tensor([0, 2]), 3)
    Tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """

def ones(shape: int | Shape, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Ones.

    >>> ones(3)
    Tensor([1., 1., 1.])
    """

def ones_like(x: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of x.

    >>> ones_like(Tensor([1.0, 2.0]))
    Tensor([1., 1.])
    """

@overload
def outer(a: Tensor, b: Value) -> Tensor:
    """The matrix of all products of an element of a and one of b, both flattened.

    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor([[3., 4.],
            [6., 8.]])
    """

@overload
def outer(a: Value, b: Tensor) -> Tensor:
    """The matrix of all products of an element of a and one of b, both flattened.

    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor([[3., 4.],
            [6., 8.]])
    """

@overload
def outer(a: ArrayLike, b: ArrayLike) -> Array:
    """The matrix of all products of an element of a and one of b, both flattened.

    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor([[3., 4.],
            [6., 8.]])
    """

@overload
def pad(x: Tensor, pad_width: PadWidth, mode: str = "constant", constant_values: float = 0.0) -> Tensor:
    """A border around x: `constant`, the `edge` value, its `reflect`ion (`symmetric` repeats the edge), or `wrap`.

    >>> pad(Tensor([1.0, 2.0]), 1)
    Tensor([0., 1., 2., 0.])
    """

@overload
def pad(x: ArrayLike, pad_width: PadWidth, mode: str = "constant", constant_values: float = 0.0) -> Array:
    """A border around x: `constant`, the `edge` value, its `reflect`ion (`symmetric` repeats the edge), or `wrap`.

    >>> pad(Tensor([1.0, 2.0]), 1)
    Tensor([0., 1., 2., 0.])
    """

@overload
def partition(x: Tensor, kth: int | Sequence[int], axis: int | None = -1) -> Tensor:
    """x along `axis` with what sorting puts at `kth` there, smaller before and larger behind: here all in order.

    >>> partition(Tensor([3.0, 1.0, 2.0]), 1)
    Tensor([1., 2., 3.])
    """

@overload
def partition(x: ArrayLike, kth: int | Sequence[int], axis: int | None = -1) -> Array:
    """x along `axis` with what sorting puts at `kth` there, smaller before and larger behind: here all in order.

    >>> partition(Tensor([3.0, 1.0, 2.0]), 1)
    Tensor([1., 2., 3.])
    """

@overload
def percentile(x: Tensor, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """The value below which q percent of the elements over `axis` lie; see `quantile`.

    >>> percentile(Tensor([3.0, 1.0, 2.0, 10.0]), 25)
    Tensor(1.75)
    """

@overload
def percentile(x: ArrayLike, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The value below which q percent of the elements over `axis` lie; see `quantile`.

    >>> percentile(Tensor([3.0, 1.0, 2.0, 10.0]), 25)
    Tensor(1.75)
    """

def permutation(x: Any) -> Tensor:
    """The integers below x in random order, or the rows of x in random order. Raises TypeError for another number.

    >>> sorted(permutation(4).tolist())
    [0, 1, 2, 3]
    """

def piecewise(x: Value, condlist: Sequence[Value], funclist: Sequence[Any], *args: Any, **kw: Any) -> Tensor:
    """Each function, or number, where its condition holds, of the elements there only; one more is for the rest.

    >>> piecewise(Tensor([-1.0, 4.0]), [np.array([False, True])], [np.sqrt, 0.0])
    Tensor([0., 2.])
    """

@overload
def pinv(a: Tensor, rcond: float | None = None) -> Tensor:
    """The Moore-Penrose inverse (..., n, m) of a (..., m, n), without singular values below `rcond` times the largest.

    The gradient is that among matrices of the same rank; where the rank is not full there is no other.

    >>> pinv(Tensor([[2.0], [0.0]]))
    Tensor([[0.5, 0. ]])
    """

@overload
def pinv(a: ArrayLike, rcond: float | None = None) -> Array:
    """The Moore-Penrose inverse (..., n, m) of a (..., m, n), without singular values below `rcond` times the largest.

    The gradient is that among matrices of the same rank; where the rank is not full there is no other.

    >>> pinv(Tensor([[2.0], [0.0]]))
    Tensor([[0.5, 0. ]])
    """

@overload
def polar(a: Tensor) -> tuple[Tensor, Tensor]:
    """Factors u (..., m, n) and p (..., n, n) with u @ p = a (..., m, n): u the nearest to a with orthonormal columns.

    Where m < n its rows are orthonormal. p is symmetric without negative eigenvalues. Backward raises LinAlgError
    unless the rank of a is full.

    >>> u, p = polar(Tensor([[0.0, -2.0], [3.0, 0.0]]))
    >>> p
    Tensor([[3., 0.],
            [0., 2.]])
    """

@overload
def polar(a: ArrayLike) -> tuple[Array, Array]:
    """Factors u (..., m, n) and p (..., n, n) with u @ p = a (..., m, n): u the nearest to a with orthonormal columns.

    Where m < n its rows are orthonormal. p is symmetric without negative eigenvalues. Backward raises LinAlgError
    unless the rank of a is full.

    >>> u, p = polar(Tensor([[0.0, -2.0], [3.0, 0.0]]))
    >>> p
    Tensor([[3., 0.],
            [0., 2.]])
    """

@overload
def poly(roots: Tensor) -> Tensor:
    """The polynomial with these roots, whose first coefficient is 1; of real numbers, not of a matrix.

    >>> poly(Tensor([1.0, 2.0]))
    Tensor([ 1., -3.,  2.])
    """

@overload
def poly(roots: ArrayLike) -> Array:
    """The polynomial with these roots, whose first coefficient is 1; of real numbers, not of a matrix.

    >>> poly(Tensor([1.0, 2.0]))
    Tensor([ 1., -3.,  2.])
    """

@overload
def polyadd(a: Tensor, b: Value) -> Tensor:
    """The sum of two polynomials.

    >>> polyadd(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([1., 5.])
    """

@overload
def polyadd(a: Value, b: Tensor) -> Tensor:
    """The sum of two polynomials.

    >>> polyadd(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([1., 5.])
    """

@overload
def polyadd(a: ArrayLike, b: ArrayLike) -> Array:
    """The sum of two polynomials.

    >>> polyadd(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([1., 5.])
    """

@overload
def polyder(p: Tensor, m: int = 1) -> Tensor:
    """The m-th derivative of a polynomial.

    >>> polyder(Tensor([1.0, 2.0, 3.0]))
    Tensor([2., 2.])
    """

@overload
def polyder(p: ArrayLike, m: int = 1) -> Array:
    """The m-th derivative of a polynomial.

    >>> polyder(Tensor([1.0, 2.0, 3.0]))
    Tensor([2., 2.])
    """

@overload
def polydiv(a: Tensor, b: Value) -> tuple[Tensor, Tensor]:
    """The quotient of two polynomials, and what remains, with as many coefficients as b less one.

    >>> polydiv(Tensor([1.0, 5.0, 7.0]), Tensor([1.0, 2.0]))
    (Tensor([1., 3.]), Tensor([1.]))
    """

@overload
def polydiv(a: Value, b: Tensor) -> tuple[Tensor, Tensor]:
    """The quotient of two polynomials, and what remains, with as many coefficients as b less one.

    >>> polydiv(Tensor([1.0, 5.0, 7.0]), Tensor([1.0, 2.0]))
    (Tensor([1., 3.]), Tensor([1.]))
    """

@overload
def polydiv(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    """The quotient of two polynomials, and what remains, with as many coefficients as b less one.

    >>> polydiv(Tensor([1.0, 5.0, 7.0]), Tensor([1.0, 2.0]))
    (Tensor([1., 3.]), Tensor([1.]))
    """

@overload
def polyfit(
    x: Tensor, y: Value, deg: int, rcond: float | None = None, full: bool = False, w: Value | None = None
) -> Tensor:
    """The polynomial of degree `deg` that is nearest to the points (x, y), of which each counts with the weight w.

    Raises ValueError for `full`, whose other results are of `lstsq`.

    >>> polyfit(Tensor([0.0, 1.0, 2.0]), Tensor([1.0, 3.0, 5.0]), 1)
    Tensor([2., 1.])
    """

@overload
def polyfit(
    x: Value, y: Tensor, deg: int, rcond: float | None = None, full: bool = False, w: Value | None = None
) -> Tensor:
    """The polynomial of degree `deg` that is nearest to the points (x, y), of which each counts with the weight w.

    Raises ValueError for `full`, whose other results are of `lstsq`.

    >>> polyfit(Tensor([0.0, 1.0, 2.0]), Tensor([1.0, 3.0, 5.0]), 1)
    Tensor([2., 1.])
    """

@overload
def polyfit(
    x: ArrayLike, y: ArrayLike, deg: int, rcond: float | None = None, full: bool = False, w: Value | None = None
) -> Array:
    """The polynomial of degree `deg` that is nearest to the points (x, y), of which each counts with the weight w.

    Raises ValueError for `full`, whose other results are of `lstsq`.

    >>> polyfit(Tensor([0.0, 1.0, 2.0]), Tensor([1.0, 3.0, 5.0]), 1)
    Tensor([2., 1.])
    """

@overload
def polygamma(x: Tensor, order: int = 1) -> Tensor:
    """The derivative of digamma of that order, for x > 0.

    >>> polygamma(Tensor([1.0]), 1)
    Tensor([1.6449])
    """

@overload
def polygamma(x: ArrayLike, order: int = 1) -> Array:
    """The derivative of digamma of that order, for x > 0.

    >>> polygamma(Tensor([1.0]), 1)
    Tensor([1.6449])
    """

@overload
def polyint(p: Tensor, m: int = 1, k: Any = None) -> Tensor:
    """The m-th antiderivative of a polynomial, with the constants k, one each time or the same, 0 by default.

    >>> polyint(Tensor([2.0, 2.0]), k=3.0)
    Tensor([1., 2., 3.])
    """

@overload
def polyint(p: ArrayLike, m: int = 1, k: Any = None) -> Array:
    """The m-th antiderivative of a polynomial, with the constants k, one each time or the same, 0 by default.

    >>> polyint(Tensor([2.0, 2.0]), k=3.0)
    Tensor([1., 2., 3.])
    """

@overload
def polymul(a: Tensor, b: Value) -> Tensor:
    """The product of two polynomials.

    >>> polymul(Tensor([1.0, 2.0]), Tensor([1.0, 3.0]))
    Tensor([1., 5., 6.])
    """

@overload
def polymul(a: Value, b: Tensor) -> Tensor:
    """The product of two polynomials.

    >>> polymul(Tensor([1.0, 2.0]), Tensor([1.0, 3.0]))
    Tensor([1., 5., 6.])
    """

@overload
def polymul(a: ArrayLike, b: ArrayLike) -> Array:
    """The product of two polynomials.

    >>> polymul(Tensor([1.0, 2.0]), Tensor([1.0, 3.0]))
    Tensor([1., 5., 6.])
    """

@overload
def polysub(a: Tensor, b: Value) -> Tensor:
    """The difference of two polynomials.

    >>> polysub(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([ 1., -1.])
    """

@overload
def polysub(a: Value, b: Tensor) -> Tensor:
    """The difference of two polynomials.

    >>> polysub(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([ 1., -1.])
    """

@overload
def polysub(a: ArrayLike, b: ArrayLike) -> Array:
    """The difference of two polynomials.

    >>> polysub(Tensor([1.0, 2.0]), Tensor([3.0]))
    Tensor([ 1., -1.])
    """

@overload
def polyval(p: Tensor, x: Value) -> Tensor:
    """The value at x of the polynomial with the coefficients p.

    >>> polyval(Tensor([1.0, 2.0, 3.0]), Tensor([0.0, 10.0]))
    Tensor([  3., 123.])
    """

@overload
def polyval(p: Value, x: Tensor) -> Tensor:
    """The value at x of the polynomial with the coefficients p.

    >>> polyval(Tensor([1.0, 2.0, 3.0]), Tensor([0.0, 10.0]))
    Tensor([  3., 123.])
    """

@overload
def polyval(p: ArrayLike, x: ArrayLike) -> Array:
    """The value at x of the polynomial with the coefficients p.

    >>> polyval(Tensor([1.0, 2.0, 3.0]), Tensor([0.0, 10.0]))
    Tensor([  3., 123.])
    """

@overload
def positive(x: Tensor) -> Tensor:
    """+x, the same values.

    >>> positive(Tensor([1.0, -2.0]))
    Tensor([ 1., -2.])
    """

@overload
def positive(x: ArrayLike) -> Array:
    """+x, the same values.

    >>> positive(Tensor([1.0, -2.0]))
    Tensor([ 1., -2.])
    """

@overload
def power(a: Tensor, b: Value) -> Tensor:
    """a to the power b. At b = 0 the gradient of a is 0, at a = 0 that of b is 0 (for b >= 0).

    A negative a has no derivative with respect to b: nan, with NumPy's warning.

    >>> power(Tensor([1.0, 2.0, 3.0]), 2)
    Tensor([1., 4., 9.])
    """

@overload
def power(a: Value, b: Tensor) -> Tensor:
    """a to the power b. At b = 0 the gradient of a is 0, at a = 0 that of b is 0 (for b >= 0).

    A negative a has no derivative with respect to b: nan, with NumPy's warning.

    >>> power(Tensor([1.0, 2.0, 3.0]), 2)
    Tensor([1., 4., 9.])
    """

@overload
def power(a: ArrayLike, b: ArrayLike) -> Array:
    """a to the power b. At b = 0 the gradient of a is 0, at a = 0 that of b is 0 (for b >= 0).

    A negative a has no derivative with respect to b: nan, with NumPy's warning.

    >>> power(Tensor([1.0, 2.0, 3.0]), 2)
    Tensor([1., 4., 9.])
    """

@overload
def prelu(x: Tensor, weight: Value) -> Tensor:
    """x where positive, else weight x, with one weight for all or one for each element of axis 1.

    At 0 the gradient is the weight for x, and 0 for the weight. Raises ShapeError where the weights are neither one
    nor as many as there are channels (He et al. 2015).

    >>> prelu(Tensor([[-1.0, 2.0], [-3.0, -4.0]]), Tensor([0.1, 0.5]))
    Tensor([[-0.1,  2. ],
            [-0.3, -2. ]])
    """

@overload
def prelu(x: Value, weight: Tensor) -> Tensor:
    """x where positive, else weight x, with one weight for all or one for each element of axis 1.

    At 0 the gradient is the weight for x, and 0 for the weight. Raises ShapeError where the weights are neither one
    nor as many as there are channels (He et al. 2015).

    >>> prelu(Tensor([[-1.0, 2.0], [-3.0, -4.0]]), Tensor([0.1, 0.5]))
    Tensor([[-0.1,  2. ],
            [-0.3, -2. ]])
    """

@overload
def prelu(x: ArrayLike, weight: ArrayLike) -> Array:
    """x where positive, else weight x, with one weight for all or one for each element of axis 1.

    At 0 the gradient is the weight for x, and 0 for the weight. Raises ShapeError where the weights are neither one
    nor as many as there are channels (He et al. 2015).

    >>> prelu(Tensor([[-1.0, 2.0], [-3.0, -4.0]]), Tensor([0.1, 0.5]))
    Tensor([[-0.1,  2. ],
            [-0.3, -2. ]])
    """

@overload
def prod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The product over `axis` (all by default), with the right gradient at zeros.

    >>> prod(Tensor([1.0, 2.0, 3.0]))
    Tensor(6.)
    """

@overload
def prod(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The product over `axis` (all by default), with the right gradient at zeros.

    >>> prod(Tensor([1.0, 2.0, 3.0]))
    Tensor(6.)
    """

@overload
def ptp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest less the smallest over `axis`.

    >>> ptp(Tensor([3.0, 1.0, 2.0]))
    Tensor(2.)
    """

@overload
def ptp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest less the smallest over `axis`.

    >>> ptp(Tensor([3.0, 1.0, 2.0]))
    Tensor(2.)
    """

def put_along_axis(x: Value, indices: Value, values: Value, axis: int = -1) -> Tensor:
    """A copy of x with `values` written where `indices` point along `axis`.

    >>> put_along_axis(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]), 0.0, 1)
    Tensor([[1., 0.],
            [0., 4.]])
    """

@overload
def qr(a: Tensor, mode: str = "reduced") -> QRResult[Tensor]:
    """Orthonormal columns q (..., m, k) and upper triangular r (..., k, n) with q @ r = a (..., m, n), k = min(m, n).

    Signs are LAPACK's: the diagonal of r may be negative. Backward raises LinAlgError unless the first k columns
    of a are independent. Raises UnsupportedError for a `mode` other than "reduced".

    >>> qr(Tensor([[0.0, 2.0], [3.0, 0.0]])).R
    Tensor([[-3.,  0.],
            [ 0., -2.]])
    """

@overload
def qr(a: ArrayLike, mode: str = "reduced") -> QRResult[Array]:
    """Orthonormal columns q (..., m, k) and upper triangular r (..., k, n) with q @ r = a (..., m, n), k = min(m, n).

    Signs are LAPACK's: the diagonal of r may be negative. Backward raises LinAlgError unless the first k columns
    of a are independent. Raises UnsupportedError for a `mode` other than "reduced".

    >>> qr(Tensor([[0.0, 2.0], [3.0, 0.0]])).R
    Tensor([[-3.,  0.],
            [ 0., -2.]])
    """

@overload
def quantile(x: Tensor, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """The value below which the share `q` of the elements over `axis` lies.

    `method` says which, where it falls between two of them: "linear" in proportion, "lower", "higher", "nearest",
    "midpoint", or another of NumPy's. Several shares stand in a first axis; they have a gradient where the value moves
    with them. nan, with its gradient, where there is one. Raises ValueError for a share outside of [0, 1] or another
    method.

    >>> quantile(Tensor([3.0, 1.0, 2.0, 10.0]), 0.25)
    Tensor(1.75)
    """

@overload
def quantile(x: ArrayLike, q: Shares, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Array:
    """The value below which the share `q` of the elements over `axis` lies.

    `method` says which, where it falls between two of them: "linear" in proportion, "lower", "higher", "nearest",
    "midpoint", or another of NumPy's. Several shares stand in a first axis; they have a gradient where the value moves
    with them. nan, with its gradient, where there is one. Raises ValueError for a share outside of [0, 1] or another
    method.

    >>> quantile(Tensor([3.0, 1.0, 2.0, 10.0]), 0.25)
    Tensor(1.75)
    """

@overload
def rad2deg(x: Tensor) -> Tensor:
    """x radians in degrees.

    >>> rad2deg(Tensor([np.pi, np.pi / 2]))
    Tensor([180.,  90.])
    """

@overload
def rad2deg(x: ArrayLike) -> Array:
    """x radians in degrees.

    >>> rad2deg(Tensor([np.pi, np.pi / 2]))
    Tensor([180.,  90.])
    """

@overload
def radians(x: Tensor) -> Tensor:
    """x degrees in radians.

    >>> deg2rad(Tensor([180.0, 90.0]))
    Tensor([3.1416, 1.5708])
    """

@overload
def radians(x: ArrayLike) -> Array:
    """x degrees in radians.

    >>> deg2rad(Tensor([180.0, 90.0]))
    Tensor([3.1416, 1.5708])
    """

def rand(*shape: int | Sequence[int], requires_grad: bool = False) -> Tensor:
    """Uniform numbers in [0, 1) in the default dtype; the sizes one by one, or in a tuple.

    >>> rand(2, 3).shape, rand((2, 3)).shape
    ((2, 3), (2, 3))
    """

def randn(*shape: int | Sequence[int], requires_grad: bool = False) -> Tensor:
    """Standard normal numbers in the default dtype; the sizes one by one, or in a tuple.

    >>> randn(2, 3).shape, randn((2, 3)).shape
    ((2, 3), (2, 3))
    """

@overload
def ravel(x: Tensor) -> Tensor:
    """The elements in one row.

    >>> ravel(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 2., 3., 4.])
    """

@overload
def ravel(x: ArrayLike) -> Array:
    """The elements in one row.

    >>> ravel(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 2., 3., 4.])
    """

@overload
def real(x: Tensor) -> Tensor:
    """The real part.

    >>> real(Tensor([1 + 2j, 3.0]))
    Tensor([1., 3.])
    """

@overload
def real(x: ArrayLike) -> Array:
    """The real part.

    >>> real(Tensor([1 + 2j, 3.0]))
    Tensor([1., 3.])
    """

@overload
def real_if_close(x: Tensor, tol: float = 100.0) -> Tensor:
    """The real part, if no imaginary part is as large as `tol`, or `tol` times the dtype's eps above 1; else x.

    >>> real_if_close(Tensor([1 + 1e-9j, 3.0]))
    Tensor([1., 3.])
    """

@overload
def real_if_close(x: ArrayLike, tol: float = 100.0) -> Array:
    """The real part, if no imaginary part is as large as `tol`, or `tol` times the dtype's eps above 1; else x.

    >>> real_if_close(Tensor([1 + 1e-9j, 3.0]))
    Tensor([1., 3.])
    """

@overload
def reciprocal(x: Tensor) -> Tensor:
    """1 / x.

    >>> reciprocal(Tensor([4.0, -2.0]))
    Tensor([ 0.25, -0.5 ])
    """

@overload
def reciprocal(x: ArrayLike) -> Array:
    """1 / x.

    >>> reciprocal(Tensor([4.0, -2.0]))
    Tensor([ 0.25, -0.5 ])
    """

@overload
def rel_entr(a: Tensor, b: Value) -> Tensor:
    """a log(a / b), 0 at a = 0: the part of a share a in the entropy relative to shares b.

    >>> rel_entr(Tensor([0.0, 0.5]), 0.25)
    Tensor([0.    , 0.3466])
    """

@overload
def rel_entr(a: Value, b: Tensor) -> Tensor:
    """a log(a / b), 0 at a = 0: the part of a share a in the entropy relative to shares b.

    >>> rel_entr(Tensor([0.0, 0.5]), 0.25)
    Tensor([0.    , 0.3466])
    """

@overload
def rel_entr(a: ArrayLike, b: ArrayLike) -> Array:
    """a log(a / b), 0 at a = 0: the part of a share a in the entropy relative to shares b.

    >>> rel_entr(Tensor([0.0, 0.5]), 0.25)
    Tensor([0.    , 0.3466])
    """

@overload
def relu(x: Tensor) -> Tensor:
    """max(x, 0); at 0 the gradient is 0.

    >>> relu(Tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """

@overload
def relu(x: ArrayLike) -> Array:
    """max(x, 0); at 0 the gradient is 0.

    >>> relu(Tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """

@overload
def remainder(a: Tensor, b: Value) -> Tensor:
    """a - b floor(a / b), with the sign of b. `mod` is the same.

    >>> remainder(Tensor([7.0, -7.0]), 3)
    Tensor([1., 2.])
    """

@overload
def remainder(a: Value, b: Tensor) -> Tensor:
    """a - b floor(a / b), with the sign of b. `mod` is the same.

    >>> remainder(Tensor([7.0, -7.0]), 3)
    Tensor([1., 2.])
    """

@overload
def remainder(a: ArrayLike, b: ArrayLike) -> Array:
    """a - b floor(a / b), with the sign of b. `mod` is the same.

    >>> remainder(Tensor([7.0, -7.0]), 3)
    Tensor([1., 2.])
    """

@overload
def repeat(x: Tensor, repeats: int | Sequence[int], axis: int | None = None) -> Tensor:
    """Each element (of the flattened array, or each slice along `axis`) repeated.

    >>> repeat(Tensor([1.0, 2.0]), 2)
    Tensor([1., 1., 2., 2.])
    """

@overload
def repeat(x: ArrayLike, repeats: int | Sequence[int], axis: int | None = None) -> Array:
    """Each element (of the flattened array, or each slice along `axis`) repeated.

    >>> repeat(Tensor([1.0, 2.0]), 2)
    Tensor([1., 1., 2., 2.])
    """

@overload
def reshape(x: Tensor, shape: Shape) -> Tensor:
    """The same elements in another shape; one -1 is worked out.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, 2))
    Tensor([[1., 2.],
            [3., 4.]])
    """

@overload
def reshape(x: ArrayLike, shape: Shape) -> Array:
    """The same elements in another shape; one -1 is worked out.

    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, 2))
    Tensor([[1., 2.],
            [3., 4.]])
    """

@overload
def resize(x: Tensor, new_shape: int | Shape) -> Tensor:
    """The elements in another shape, over and over if it has more of them, without the last if it has fewer.

    >>> resize(Tensor([1.0, 2.0]), 3)
    Tensor([1., 2., 1.])
    """

@overload
def resize(x: ArrayLike, new_shape: int | Shape) -> Array:
    """The elements in another shape, over and over if it has more of them, without the last if it has fewer.

    >>> resize(Tensor([1.0, 2.0]), 3)
    Tensor([1., 2., 1.])
    """

@overload
def rgamma(x: Tensor) -> Tensor:
    """1 / gamma(x), also where that overflows.

    >>> rgamma(Tensor([1.0, 3.0]))
    Tensor([1. , 0.5])
    """

@overload
def rgamma(x: ArrayLike) -> Array:
    """1 / gamma(x), also where that overflows.

    >>> rgamma(Tensor([1.0, 3.0]))
    Tensor([1. , 0.5])
    """

@overload
def right_shift(a: Tensor, b: Value) -> Tensor:
    """a >> b, on integers.

    >>> right_shift(Tensor([4, 12]), 2)
    Tensor([1, 3])
    """

@overload
def right_shift(a: Value, b: Tensor) -> Tensor:
    """a >> b, on integers.

    >>> right_shift(Tensor([4, 12]), 2)
    Tensor([1, 3])
    """

@overload
def right_shift(a: ArrayLike, b: ArrayLike) -> Array:
    """a >> b, on integers.

    >>> right_shift(Tensor([4, 12]), 2)
    Tensor([1, 3])
    """

@overload
def rint(x: Tensor) -> Tensor:
    """The nearest integer, the even one of two; the gradient is 0.

    >>> rint(Tensor([0.5, 1.5, 1.6]))
    Tensor([0., 2., 2.])
    """

@overload
def rint(x: ArrayLike) -> Array:
    """The nearest integer, the even one of two; the gradient is 0.

    >>> rint(Tensor([0.5, 1.5, 1.6]))
    Tensor([0., 2., 2.])
    """

@overload
def rms_norm(
    x: Tensor, normalized_shape: int | Sequence[int], weight: Value | None = None, eps: float | None = None
) -> Tensor:
    """x / sqrt(mean(x**2) + eps) * weight, with the mean over the last axes (Zhang & Sennrich 2019).

    `normalized_shape` equals x.shape[-k:] and the shape of weight; eps None is the spacing of x's dtype at 1.
    Raises ShapeError otherwise.

    >>> rms_norm(Tensor([[1.0, -1.0, 2.0, -2.0]]), 4)
    Tensor([[ 0.6325, -0.6325,  1.2649, -1.2649]])
    """

@overload
def rms_norm(
    x: ArrayLike, normalized_shape: int | Sequence[int], weight: Value | None = None, eps: float | None = None
) -> Array:
    """x / sqrt(mean(x**2) + eps) * weight, with the mean over the last axes (Zhang & Sennrich 2019).

    `normalized_shape` equals x.shape[-k:] and the shape of weight; eps None is the spacing of x's dtype at 1.
    Raises ShapeError otherwise.

    >>> rms_norm(Tensor([[1.0, -1.0, 2.0, -2.0]]), 4)
    Tensor([[ 0.6325, -0.6325,  1.2649, -1.2649]])
    """

def rnn(
    x: Value,
    h0: Value,
    w_ih: Value,
    w_hh: Value,
    b_ih: Value | None = None,
    b_hh: Value | None = None,
    lengths: Value | None = None,
    reverse: bool = False,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor]:
    """An Elman network over a whole sequence: h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu.

    x (T, N, F), h0 (N, H), w_ih (H, F), w_hh (H, H), biases (H,); returns all h (T, N, H) and the last one (N, H).
    With `lengths` (N,) each sequence ends at its own length: beyond it x has no influence, outputs are 0 and the
    state stays. With `reverse` the steps are taken from the end, of each sequence its own.

    >>> outputs, last = rnn(np.ones((2, 1, 1)), np.zeros((1, 1)), np.ones((1, 1)), np.ones((1, 1)))
    >>> outputs.ravel().round(4), last.round(4)
    (array([0.7616, 0.9427]), array([[0.9427]]))
    """

def rnn_cell(
    x: Value,
    h: Value,
    w_ih: Value,
    w_hh: Value,
    b_ih: Value | None = None,
    b_hh: Value | None = None,
    nonlinearity: str = "tanh",
) -> Tensor:
    """tanh(W_ih x + b_ih + W_hh h + b_hh), the next state of an Elman network; or relu instead of tanh.

    >>> rnn_cell(Tensor([[1.0]]), Tensor([[0.0]]), Tensor([[0.5]]), Tensor([[1.0]]))
    Tensor([[0.4621]])
    """

@overload
def roll(x: Tensor, shift: int | Sequence[int], axis: Axis = None) -> Tensor:
    """Elements shifted along `axis`; those that fall off come in at the other end.

    >>> roll(Tensor([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.])
    """

@overload
def roll(x: ArrayLike, shift: int | Sequence[int], axis: Axis = None) -> Array:
    """Elements shifted along `axis`; those that fall off come in at the other end.

    >>> roll(Tensor([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.])
    """

@overload
def rollaxis(x: Tensor, axis: int, start: int = 0) -> Tensor:
    """`axis` moved to stand before the one that is at `start`; `moveaxis` is easier to read.

    >>> rollaxis(Tensor(np.ones((2, 3, 4))), 2).shape
    (4, 2, 3)
    """

@overload
def rollaxis(x: ArrayLike, axis: int, start: int = 0) -> Array:
    """`axis` moved to stand before the one that is at `start`; `moveaxis` is easier to read.

    >>> rollaxis(Tensor(np.ones((2, 3, 4))), 2).shape
    (4, 2, 3)
    """

@overload
def rot90(x: Tensor, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor:
    """A plane turned by k quarter turns, from the first axis towards the second.

    >>> rot90(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[2., 4.],
            [1., 3.]])
    """

@overload
def rot90(x: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """A plane turned by k quarter turns, from the first axis towards the second.

    >>> rot90(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[2., 4.],
            [1., 3.]])
    """

def rotate_pairs(x: Value, cos: Value, sin: Value) -> Tensor:
    """Each pair (x[..., 2i], x[..., 2i + 1]) turned by the angle whose cosine and sine are cos[..., i], sin[..., i].

    x (..., 2n), with cos and sin broadcasting to (..., n), gives the shape of x.
    Raises ShapeError where they do not fit.

    >>> rotate_pairs(Tensor([1.0, 0.0]), np.array([0.0]), np.array([1.0]))
    Tensor([0., 1.])
    """

@overload
def round(x: Tensor, decimals: int = 0) -> Tensor:
    """x with so many decimals, of two the even one; the gradient is 0.

    >>> round(Tensor([1.25, 1.66]), 1)
    Tensor([1.2, 1.7])
    """

@overload
def round(x: ArrayLike, decimals: int = 0) -> Array:
    """x with so many decimals, of two the even one; the gradient is 0.

    >>> round(Tensor([1.25, 1.66]), 1)
    Tensor([1.2, 1.7])
    """

@overload
def rsqrt(x: Tensor) -> Tensor:
    """1 / sqrt(x), for x > 0.

    >>> rsqrt(Tensor([4.0, 16.0]))
    Tensor([0.5 , 0.25])
    """

@overload
def rsqrt(x: ArrayLike) -> Array:
    """1 / sqrt(x), for x > 0.

    >>> rsqrt(Tensor([4.0, 16.0]))
    Tensor([0.5 , 0.25])
    """

@overload
def scatter_add(x: Tensor, index: Index, values: Value) -> Tensor:
    """A copy of x with `values` added at `index`; an index that repeats adds up.

    >>> scatter_add(Tensor([1.0, 2.0]), np.array([0, 0]), Tensor([10.0, 20.0]))
    Tensor([31.,  2.])
    """

@overload
def scatter_add(x: Value, index: Index, values: Tensor) -> Tensor:
    """A copy of x with `values` added at `index`; an index that repeats adds up.

    >>> scatter_add(Tensor([1.0, 2.0]), np.array([0, 0]), Tensor([10.0, 20.0]))
    Tensor([31.,  2.])
    """

@overload
def scatter_add(x: ArrayLike, index: Index, values: ArrayLike) -> Array:
    """A copy of x with `values` added at `index`; an index that repeats adds up.

    >>> scatter_add(Tensor([1.0, 2.0]), np.array([0, 0]), Tensor([10.0, 20.0]))
    Tensor([31.,  2.])
    """

@overload
def searchsorted(x: Tensor, values: Value, side: str = "left") -> Tensor:
    """Where `values` belong in the sorted x. No derivative.

    >>> searchsorted(Tensor([1.0, 2.0, 3.0]), 2.5)
    Tensor(2)
    """

@overload
def searchsorted(x: Value, values: Tensor, side: str = "left") -> Tensor:
    """Where `values` belong in the sorted x. No derivative.

    >>> searchsorted(Tensor([1.0, 2.0, 3.0]), 2.5)
    Tensor(2)
    """

@overload
def searchsorted(x: ArrayLike, values: ArrayLike, side: str = "left") -> Array:
    """Where `values` belong in the sorted x. No derivative.

    >>> searchsorted(Tensor([1.0, 2.0, 3.0]), 2.5)
    Tensor(2)
    """

def seed(value: int | None = None) -> None:
    """Make everything random from here on repeatable; None starts from fresh entropy.

    >>> seed(0); a = normal(size=3); seed(0); b = normal(size=3)
    >>> bool((a == b).all())
    True
    """

def select(condlist: Sequence[Value], choicelist: Sequence[Value], default: Value = 0) -> Tensor:
    """Where the first of the conditions holds the first choice, else where the second does the second, ...

    >>> select([np.array([True, False])], [Tensor([1.0, 2.0])], 9.0)
    Tensor([1., 9.])
    """

@overload
def self_attention(
    qkv: Tensor, mask: Value | None = None, scale: float | None = None, is_causal: bool = False, dropout: float = 0.0
) -> Tensor:
    """attention(qkv[0], qkv[1], qkv[2], ...) for queries, keys and values of one shape, stacked as (3, ..., L, E).

    Where one projection made all three, their gradient is written as one array, too. See `attention`.

    >>> self_attention(Tensor([[[0.0], [0.0]], [[1.0], [2.0]], [[1.0], [3.0]]]), is_causal=True)
    Tensor([[1.],
            [2.]])
    """

@overload
def self_attention(
    qkv: ArrayLike, mask: Value | None = None, scale: float | None = None, is_causal: bool = False, dropout: float = 0.0
) -> Array:
    """attention(qkv[0], qkv[1], qkv[2], ...) for queries, keys and values of one shape, stacked as (3, ..., L, E).

    Where one projection made all three, their gradient is written as one array, too. See `attention`.

    >>> self_attention(Tensor([[[0.0], [0.0]], [[1.0], [2.0]], [[1.0], [3.0]]]), is_causal=True)
    Tensor([[1.],
            [2.]])
    """

@overload
def selu(x: Tensor) -> Tensor:
    """The self-normalising scaled elu; at 0 the gradient is that from below, 1.7581 (Klambauer et al. 2017).

    >>> selu(Tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """

@overload
def selu(x: ArrayLike) -> Array:
    """The self-normalising scaled elu; at 0 the gradient is that from below, 1.7581 (Klambauer et al. 2017).

    >>> selu(Tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """

def set_rng_state(state: Mapping[str, Any]) -> None:
    """Go on from a state that `get_rng_state` returned. Raises ValueError for anything else."""

@overload
def setdiff1d(a: Tensor, b: Value, assume_unique: bool = False) -> Tensor:
    """The elements of a that are not in b, in order, each once.

    >>> setdiff1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([1.])
    """

@overload
def setdiff1d(a: Value, b: Tensor, assume_unique: bool = False) -> Tensor:
    """The elements of a that are not in b, in order, each once.

    >>> setdiff1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([1.])
    """

@overload
def setdiff1d(a: ArrayLike, b: ArrayLike, assume_unique: bool = False) -> Array:
    """The elements of a that are not in b, in order, each once.

    >>> setdiff1d(Tensor([2.0, 1.0]), [2.0, 5.0])
    Tensor([1.])
    """

@overload
def setitem(x: Tensor, value: Value, index: Index) -> Tensor:
    """A copy of x with `value` written at `index`: what `t[index] = value` rebinds t to.

    >>> setitem(Tensor([1.0, 2.0, 3.0]), 0.0, slice(1, None))
    Tensor([1., 0., 0.])
    """

@overload
def setitem(x: Value, value: Tensor, index: Index) -> Tensor:
    """A copy of x with `value` written at `index`: what `t[index] = value` rebinds t to.

    >>> setitem(Tensor([1.0, 2.0, 3.0]), 0.0, slice(1, None))
    Tensor([1., 0., 0.])
    """

@overload
def setitem(x: ArrayLike, value: ArrayLike, index: Index) -> Array:
    """A copy of x with `value` written at `index`: what `t[index] = value` rebinds t to.

    >>> setitem(Tensor([1.0, 2.0, 3.0]), 0.0, slice(1, None))
    Tensor([1., 0., 0.])
    """

@overload
def setxor1d(a: Tensor, b: Value, assume_unique: bool = False) -> Tensor:
    """The elements that are in only one of a and b, in order, each once.

    >>> setxor1d(Tensor([2.0, 1.0]), Tensor([2.0, 5.0]))
    Tensor([1., 5.])
    """

@overload
def setxor1d(a: Value, b: Tensor, assume_unique: bool = False) -> Tensor:
    """The elements that are in only one of a and b, in order, each once.

    >>> setxor1d(Tensor([2.0, 1.0]), Tensor([2.0, 5.0]))
    Tensor([1., 5.])
    """

@overload
def setxor1d(a: ArrayLike, b: ArrayLike, assume_unique: bool = False) -> Array:
    """The elements that are in only one of a and b, in order, each once.

    >>> setxor1d(Tensor([2.0, 1.0]), Tensor([2.0, 5.0]))
    Tensor([1., 5.])
    """

@overload
def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), stable for any x.

    >>> sigmoid(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([0. , 0.5, 1. ])
    """

@overload
def sigmoid(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)), stable for any x.

    >>> sigmoid(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([0. , 0.5, 1. ])
    """

@overload
def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1: constant between its jumps, so the gradient is 0. Of complex numbers x / abs(x), and 0 at 0.

    >>> sign(Tensor([3.0, 0.0, -2.0]))
    Tensor([ 1.,  0., -1.])
    """

@overload
def sign(x: ArrayLike) -> Array:
    """-1, 0 or 1: constant between its jumps, so the gradient is 0. Of complex numbers x / abs(x), and 0 at 0.

    >>> sign(Tensor([3.0, 0.0, -2.0]))
    Tensor([ 1.,  0., -1.])
    """

@overload
def signbit(x: Tensor) -> Tensor:
    """Whether x has a minus, as -0.0 has, too.

    >>> signbit(Tensor([-1.0, 1.0]))
    Tensor([ True, False])
    """

@overload
def signbit(x: ArrayLike) -> Array:
    """Whether x has a minus, as -0.0 has, too.

    >>> signbit(Tensor([-1.0, 1.0]))
    Tensor([ True, False])
    """

@overload
def silu(x: Tensor) -> Tensor:
    """x sigmoid(x), also called Swish.

    >>> silu(Tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """

@overload
def silu(x: ArrayLike) -> Array:
    """x sigmoid(x), also called Swish.

    >>> silu(Tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """

@overload
def sin(x: Tensor) -> Tensor:
    """The sine of x radians.

    >>> sin(Tensor([0.0, np.pi / 2]))
    Tensor([0., 1.])
    """

@overload
def sin(x: ArrayLike) -> Array:
    """The sine of x radians.

    >>> sin(Tensor([0.0, np.pi / 2]))
    Tensor([0., 1.])
    """

@overload
def sinc(x: Tensor, order: int = 0) -> Tensor:
    """sin(pi x) / (pi x), 1 at 0; `order` gives its derivative of that order.

    >>> sinc(Tensor([0.0, 0.5, 1.0]))
    Tensor([ 1.0000e+00,  6.3662e-01, -2.7828e-08])
    """

@overload
def sinc(x: ArrayLike, order: int = 0) -> Array:
    """sin(pi x) / (pi x), 1 at 0; `order` gives its derivative of that order.

    >>> sinc(Tensor([0.0, 0.5, 1.0]))
    Tensor([ 1.0000e+00,  6.3662e-01, -2.7828e-08])
    """

@overload
def sinh(x: Tensor) -> Tensor:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2.

    >>> sinh(Tensor([0.0, 1.0]))
    Tensor([0.    , 1.1752])
    """

@overload
def sinh(x: ArrayLike) -> Array:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2.

    >>> sinh(Tensor([0.0, 1.0]))
    Tensor([0.    , 1.1752])
    """

@overload
def slogdet(a: Tensor) -> SlogdetResult[Tensor]:
    """The sign of det(a) and the logarithm of its size, for a (..., n, n): no overflow where det has one.

    A singular a gives (0, -inf), and LinAlgError in backward.

    >>> slogdet(Tensor([[1.0, 0.0], [0.0, -1.0]]))
    SlogdetResult(sign=Tensor(-1.), logabsdet=Tensor(0.))
    """

@overload
def slogdet(a: ArrayLike) -> SlogdetResult[Array]:
    """The sign of det(a) and the logarithm of its size, for a (..., n, n): no overflow where det has one.

    A singular a gives (0, -inf), and LinAlgError in backward.

    >>> slogdet(Tensor([[1.0, 0.0], [0.0, -1.0]]))
    SlogdetResult(sign=Tensor(-1.), logabsdet=Tensor(0.))
    """

@overload
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x) / sum(exp(x)) along `axis`; a slice of only -inf gives zeros.

    >>> softmax(Tensor([1000.0, 1000.0]))
    Tensor([0.5, 0.5])
    """

@overload
def softmax(x: ArrayLike, axis: int = -1) -> Array:
    """exp(x) / sum(exp(x)) along `axis`; a slice of only -inf gives zeros.

    >>> softmax(Tensor([1000.0, 1000.0]))
    Tensor([0.5, 0.5])
    """

@overload
def softplus(x: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta, stable for any x; simply x, with slope 1, where beta x > threshold.

    >>> softplus(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
    """

@overload
def softplus(x: ArrayLike, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """log(1 + exp(beta x)) / beta, stable for any x; simply x, with slope 1, where beta x > threshold.

    >>> softplus(Tensor([-1000.0, 0.0, 1000.0]))
    Tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
    """

@overload
def softsign(x: Tensor) -> Tensor:
    """x / (1 + |x|).

    >>> softsign(Tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """

@overload
def softsign(x: ArrayLike) -> Array:
    """x / (1 + |x|).

    >>> softsign(Tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """

@overload
def solve(a: Tensor, b: Value) -> Tensor:
    """The x with a @ x = b, for a (..., n, n) and b (n,) or (..., n, k). Raises LinAlgError for a singular a.

    >>> solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 2.0]))
    Tensor([1. , 0.5])
    """

@overload
def solve(a: Value, b: Tensor) -> Tensor:
    """The x with a @ x = b, for a (..., n, n) and b (n,) or (..., n, k). Raises LinAlgError for a singular a.

    >>> solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 2.0]))
    Tensor([1. , 0.5])
    """

@overload
def solve(a: ArrayLike, b: ArrayLike) -> Array:
    """The x with a @ x = b, for a (..., n, n) and b (n,) or (..., n, k). Raises LinAlgError for a singular a.

    >>> solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 2.0]))
    Tensor([1. , 0.5])
    """

@overload
def solve_banded(l_and_u: tuple[int, int], ab: Tensor, b: Value) -> Tensor:
    """The x with a @ x = b, for a matrix of which only some diagonals are not 0: the rows of `ab`, the highest first.

    There are l_and_u[0] of them below the main diagonal and l_and_u[1] above; ab[u + i - j, j] is a[i, j].

    >>> solve_banded((0, 1), Tensor([[0.0, 2.0], [2.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """

@overload
def solve_banded(l_and_u: tuple[int, int], ab: Value, b: Tensor) -> Tensor:
    """The x with a @ x = b, for a matrix of which only some diagonals are not 0: the rows of `ab`, the highest first.

    There are l_and_u[0] of them below the main diagonal and l_and_u[1] above; ab[u + i - j, j] is a[i, j].

    >>> solve_banded((0, 1), Tensor([[0.0, 2.0], [2.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """

@overload
def solve_banded(l_and_u: tuple[int, int], ab: ArrayLike, b: ArrayLike) -> Array:
    """The x with a @ x = b, for a matrix of which only some diagonals are not 0: the rows of `ab`, the highest first.

    There are l_and_u[0] of them below the main diagonal and l_and_u[1] above; ab[u + i - j, j] is a[i, j].

    >>> solve_banded((0, 1), Tensor([[0.0, 2.0], [2.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """

def solve_sylvester(a: Value, b: Value, q: Value) -> Tensor:
    """The x with a @ x + x @ b = q (Bartels & Stewart, 1972), unless a and -b have an eigenvalue in common.

    >>> solve_sylvester(Tensor([[1.0]]), Tensor([[2.0]]), Tensor([[6.0]]))
    Tensor([[2.]])

    Shapes: a (m, m), b (n, n), q (m, n).
    """

@overload
def solve_triangular(
    a: Tensor, b: Value, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Tensor:
    """The x with a @ x = b, of which only the upper (or `lower`) triangle is read.

    It is a.T @ x = b with `trans` 1 or "T", and of the conjugate of a.T with 2 or "C". For a (..., n, n) and b
    (..., n, k), or a (n, n) and b (n,). Raises LinAlgError where a number on the diagonal is 0.

    >>> solve_triangular(Tensor([[2.0, 2.0], [0.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """

@overload
def solve_triangular(
    a: Value, b: Tensor, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Tensor:
    """The x with a @ x = b, of which only the upper (or `lower`) triangle is read.

    It is a.T @ x = b with `trans` 1 or "T", and of the conjugate of a.T with 2 or "C". For a (..., n, n) and b
    (..., n, k), or a (n, n) and b (n,). Raises LinAlgError where a number on the diagonal is 0.

    >>> solve_triangular(Tensor([[2.0, 2.0], [0.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """

@overload
def solve_triangular(
    a: ArrayLike, b: ArrayLike, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Array:
    """The x with a @ x = b, of which only the upper (or `lower`) triangle is read.

    It is a.T @ x = b with `trans` 1 or "T", and of the conjugate of a.T with 2 or "C". For a (..., n, n) and b
    (..., n, k), or a (n, n) and b (n,). Raises LinAlgError where a number on the diagonal is 0.

    >>> solve_triangular(Tensor([[2.0, 2.0], [0.0, 4.0]]), Tensor([6.0, 4.0]))
    Tensor([2., 1.])
    """

@overload
def sort(x: Tensor, axis: int | None = -1) -> Tensor:
    """x in ascending order along `axis`; the gradient goes back to where each element came from.

    >>> sort(Tensor([3.0, 1.0, 2.0]))
    Tensor([1., 2., 3.])
    """

@overload
def sort(x: ArrayLike, axis: int | None = -1) -> Array:
    """x in ascending order along `axis`; the gradient goes back to where each element came from.

    >>> sort(Tensor([3.0, 1.0, 2.0]))
    Tensor([1., 2., 3.])
    """

@overload
def split(x: Tensor, sections: int | Sequence[int], axis: int = 0) -> list[Tensor]:
    """A list of pieces along `axis`: that many equal ones, or cut at the given indices.

    >>> split(Tensor([1.0, 2.0, 3.0, 4.0]), 2)
    [Tensor([1., 2.]), Tensor([3., 4.])]
    """

@overload
def split(x: ArrayLike, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """A list of pieces along `axis`: that many equal ones, or cut at the given indices.

    >>> split(Tensor([1.0, 2.0, 3.0, 4.0]), 2)
    [Tensor([1., 2.]), Tensor([3., 4.])]
    """

def spsolve(A: Any, b: Any, data: Any = None) -> Tensor:
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

@overload
def sqrt(x: Tensor) -> Tensor:
    """The square root of x >= 0; its slope at 0 is infinite.

    >>> sqrt(Tensor([4.0, 9.0]))
    Tensor([2., 3.])
    """

@overload
def sqrt(x: ArrayLike) -> Array:
    """The square root of x >= 0; its slope at 0 is infinite.

    >>> sqrt(Tensor([4.0, 9.0]))
    Tensor([2., 3.])
    """

@overload
def sqrtm(a: Tensor) -> Tensor:
    """The symmetric y with y @ y = a, for symmetric a (..., n, n) without negative eigenvalues.

    Rounding in a is averaged out, (a + a.T) / 2. Raises ValueError unless a is symmetric to 5 % of its largest element,
    LinAlgError where an eigenvalue is negative, and in backward where one is 0.

    >>> sqrtm(Tensor([[4.0, 0.0], [0.0, 9.0]]))
    Tensor([[2., 0.],
            [0., 3.]])

    Shapes: a (..., n, n).
    """

@overload
def sqrtm(a: ArrayLike) -> Array:
    """The symmetric y with y @ y = a, for symmetric a (..., n, n) without negative eigenvalues.

    Rounding in a is averaged out, (a + a.T) / 2. Raises ValueError unless a is symmetric to 5 % of its largest element,
    LinAlgError where an eigenvalue is negative, and in backward where one is 0.

    >>> sqrtm(Tensor([[4.0, 0.0], [0.0, 9.0]]))
    Tensor([[2., 0.],
            [0., 3.]])

    Shapes: a (..., n, n).
    """

@overload
def square(x: Tensor) -> Tensor:
    """x squared.

    >>> square(Tensor([3.0, -2.0]))
    Tensor([9., 4.])
    """

@overload
def square(x: ArrayLike) -> Array:
    """x squared.

    >>> square(Tensor([3.0, -2.0]))
    Tensor([9., 4.])
    """

@overload
def squeeze(x: Tensor, axis: Axis = None) -> Tensor:
    """Axes of length 1 removed.

    >>> squeeze(Tensor([[1.0, 2.0]]))
    Tensor([1., 2.])
    """

@overload
def squeeze(x: ArrayLike, axis: Axis = None) -> Array:
    """Axes of length 1 removed.

    >>> squeeze(Tensor([[1.0, 2.0]]))
    Tensor([1., 2.])
    """

def stack(arrays: Sequence[Value] | Array, axis: int = 0) -> Tensor:
    """Arrays of one shape joined along a new axis.

    >>> stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1., 2.],
            [3., 4.]])
    """

@overload
def std(x: Tensor, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
    """The square root of the variance; where all values are equal the gradient is 0.

    >>> std(Tensor([1.0, 2.0, 3.0]))
    Tensor(0.8165)
    """

@overload
def std(x: ArrayLike, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The square root of the variance; where all values are equal the gradient is 0.

    >>> std(Tensor([1.0, 2.0, 3.0]))
    Tensor(0.8165)
    """

@overload
def subtract(a: Tensor, b: Value) -> Tensor:
    """a - b, with broadcasting.

    >>> subtract(Tensor([1.0, 2.0]), 10)
    Tensor([-9., -8.])
    """

@overload
def subtract(a: Value, b: Tensor) -> Tensor:
    """a - b, with broadcasting.

    >>> subtract(Tensor([1.0, 2.0]), 10)
    Tensor([-9., -8.])
    """

@overload
def subtract(a: ArrayLike, b: ArrayLike) -> Array:
    """a - b, with broadcasting.

    >>> subtract(Tensor([1.0, 2.0]), 10)
    Tensor([-9., -8.])
    """

@overload
def sum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over `axis` (all by default).

    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.])
    """

@overload
def sum(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum over `axis` (all by default).

    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.])
    """

@overload
def svd(a: Tensor, full_matrices: bool = True, compute_uv: Literal[True] = True) -> SVDResult[Tensor]:
    """Factors u, s, vt with u * s @ vt = a (..., m, n), s descending; only s when not `compute_uv`.

    With `full_matrices` (NumPy's default) u and vt are square; pass False for u (..., m, k) and vt (..., k, n),
    k = min(m, n): the columns beyond have no derivative, and backward raises UnsupportedError where one is used.
    Vectors of equal singular values do not turn into each other in the gradient, and a singular value of 0 passes
    none on; a MistakeWarning says so where that may matter. `polar` is right there.

    >>> svd(Tensor([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Tensor([2., 1.])
    """

@overload
def svd(a: ArrayLike, full_matrices: bool = True, compute_uv: Literal[True] = True) -> SVDResult[Array]:
    """Factors u, s, vt with u * s @ vt = a (..., m, n), s descending; only s when not `compute_uv`.

    With `full_matrices` (NumPy's default) u and vt are square; pass False for u (..., m, k) and vt (..., k, n),
    k = min(m, n): the columns beyond have no derivative, and backward raises UnsupportedError where one is used.
    Vectors of equal singular values do not turn into each other in the gradient, and a singular value of 0 passes
    none on; a MistakeWarning says so where that may matter. `polar` is right there.

    >>> svd(Tensor([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Tensor([2., 1.])
    """

@overload
def svd(a: Tensor, full_matrices: bool = True, *, compute_uv: Literal[False]) -> Tensor:
    """Factors u, s, vt with u * s @ vt = a (..., m, n), s descending; only s when not `compute_uv`.

    With `full_matrices` (NumPy's default) u and vt are square; pass False for u (..., m, k) and vt (..., k, n),
    k = min(m, n): the columns beyond have no derivative, and backward raises UnsupportedError where one is used.
    Vectors of equal singular values do not turn into each other in the gradient, and a singular value of 0 passes
    none on; a MistakeWarning says so where that may matter. `polar` is right there.

    >>> svd(Tensor([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Tensor([2., 1.])
    """

@overload
def svd(a: ArrayLike, full_matrices: bool = True, *, compute_uv: Literal[False]) -> Array:
    """Factors u, s, vt with u * s @ vt = a (..., m, n), s descending; only s when not `compute_uv`.

    With `full_matrices` (NumPy's default) u and vt are square; pass False for u (..., m, k) and vt (..., k, n),
    k = min(m, n): the columns beyond have no derivative, and backward raises UnsupportedError where one is used.
    Vectors of equal singular values do not turn into each other in the gradient, and a singular value of 0 passes
    none on; a MistakeWarning says so where that may matter. `polar` is right there.

    >>> svd(Tensor([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Tensor([2., 1.])
    """

@overload
def svd(a: Tensor, full_matrices: bool = True, compute_uv: bool = True) -> SVDResult[Tensor] | Tensor:
    """Factors u, s, vt with u * s @ vt = a (..., m, n), s descending; only s when not `compute_uv`.

    With `full_matrices` (NumPy's default) u and vt are square; pass False for u (..., m, k) and vt (..., k, n),
    k = min(m, n): the columns beyond have no derivative, and backward raises UnsupportedError where one is used.
    Vectors of equal singular values do not turn into each other in the gradient, and a singular value of 0 passes
    none on; a MistakeWarning says so where that may matter. `polar` is right there.

    >>> svd(Tensor([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Tensor([2., 1.])
    """

@overload
def svd(a: ArrayLike, full_matrices: bool = True, compute_uv: bool = True) -> SVDResult[Array] | Array:
    """Factors u, s, vt with u * s @ vt = a (..., m, n), s descending; only s when not `compute_uv`.

    With `full_matrices` (NumPy's default) u and vt are square; pass False for u (..., m, k) and vt (..., k, n),
    k = min(m, n): the columns beyond have no derivative, and backward raises UnsupportedError where one is used.
    Vectors of equal singular values do not turn into each other in the gradient, and a singular value of 0 passes
    none on; a MistakeWarning says so where that may matter. `polar` is right there.

    >>> svd(Tensor([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Tensor([2., 1.])
    """

@overload
def svdvals(a: Tensor) -> Tensor:
    """The singular values of a (..., m, n), descending; see `svd`.

    >>> svdvals(Tensor([[0.0, 2.0], [1.0, 0.0]]))
    Tensor([2., 1.])
    """

@overload
def svdvals(a: ArrayLike) -> Array:
    """The singular values of a (..., m, n), descending; see `svd`.

    >>> svdvals(Tensor([[0.0, 2.0], [1.0, 0.0]]))
    Tensor([2., 1.])
    """

@overload
def swapaxes(x: Tensor, axis1: int, axis2: int) -> Tensor:
    """Two axes exchanged.

    >>> swapaxes(Tensor([[1.0, 2.0]]), 0, 1)
    Tensor([[1.],
            [2.]])
    """

@overload
def swapaxes(x: ArrayLike, axis1: int, axis2: int) -> Array:
    """Two axes exchanged.

    >>> swapaxes(Tensor([[1.0, 2.0]]), 0, 1)
    Tensor([[1.],
            [2.]])
    """

@overload
def take(x: Tensor, indices: Value, axis: int | None = None) -> Tensor:
    """The elements (of the flattened array, or slices along `axis`) at `indices`.

    >>> take(Tensor([1.0, 2.0, 3.0]), np.array([2, 0]))
    Tensor([3., 1.])
    """

@overload
def take(x: Value, indices: Tensor, axis: int | None = None) -> Tensor:
    """The elements (of the flattened array, or slices along `axis`) at `indices`.

    >>> take(Tensor([1.0, 2.0, 3.0]), np.array([2, 0]))
    Tensor([3., 1.])
    """

@overload
def take(x: ArrayLike, indices: ArrayLike, axis: int | None = None) -> Array:
    """The elements (of the flattened array, or slices along `axis`) at `indices`.

    >>> take(Tensor([1.0, 2.0, 3.0]), np.array([2, 0]))
    Tensor([3., 1.])
    """

@overload
def take_along_axis(x: Tensor, indices: Value, axis: int | None = -1) -> Tensor:
    """The elements of x that `indices` (same shape but along `axis`) point at.

    >>> take_along_axis(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]), 1)
    Tensor([[2.],
            [3.]])
    """

@overload
def take_along_axis(x: Value, indices: Tensor, axis: int | None = -1) -> Tensor:
    """The elements of x that `indices` (same shape but along `axis`) point at.

    >>> take_along_axis(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]), 1)
    Tensor([[2.],
            [3.]])
    """

@overload
def take_along_axis(x: ArrayLike, indices: ArrayLike, axis: int | None = -1) -> Array:
    """The elements of x that `indices` (same shape but along `axis`) point at.

    >>> take_along_axis(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]), 1)
    Tensor([[2.],
            [3.]])
    """

@overload
def tan(x: Tensor) -> Tensor:
    """The tangent of x radians.

    >>> tan(Tensor([0.0, np.pi / 4]))
    Tensor([0., 1.])
    """

@overload
def tan(x: ArrayLike) -> Array:
    """The tangent of x radians.

    >>> tan(Tensor([0.0, np.pi / 4]))
    Tensor([0., 1.])
    """

@overload
def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent: -1 to 1, slope 1 at 0.

    >>> tanh(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7616])
    """

@overload
def tanh(x: ArrayLike) -> Array:
    """The hyperbolic tangent: -1 to 1, slope 1 at 0.

    >>> tanh(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.7616])
    """

def tensor(data: Value, requires_grad: bool = False, dtype: DTypeLike | None = None, name: str = "") -> Tensor:
    """The same as `Tensor(data, ...)`.

    >>> tensor([1.0, 2.0])
    Tensor([1., 2.])
    """

@overload
def tensordot(a: Tensor, b: Value, axes: int | tuple[Axes, Axes] = 2) -> Tensor:
    """Sum products over `axes`: the last n of a with the first n of b, or those of the pair (axes of a, axes of b).

    >>> tensordot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]), 1)
    Tensor([12., 34.])
    """

@overload
def tensordot(a: Value, b: Tensor, axes: int | tuple[Axes, Axes] = 2) -> Tensor:
    """Sum products over `axes`: the last n of a with the first n of b, or those of the pair (axes of a, axes of b).

    >>> tensordot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]), 1)
    Tensor([12., 34.])
    """

@overload
def tensordot(a: ArrayLike, b: ArrayLike, axes: int | tuple[Axes, Axes] = 2) -> Array:
    """Sum products over `axes`: the last n of a with the first n of b, or those of the pair (axes of a, axes of b).

    >>> tensordot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]), 1)
    Tensor([12., 34.])
    """

@overload
def tensorinv(a: Tensor, ind: int = 2) -> Tensor:
    """The inverse of a as a map between tensors: its first `ind` axes are what it gives, the others what it takes.

    >>> tensorinv(Tensor([[2.0]]), 1)
    Tensor([[0.5]])
    """

@overload
def tensorinv(a: ArrayLike, ind: int = 2) -> Array:
    """The inverse of a as a map between tensors: its first `ind` axes are what it gives, the others what it takes.

    >>> tensorinv(Tensor([[2.0]]), 1)
    Tensor([[0.5]])
    """

@overload
def tensorsolve(a: Tensor, b: Value, axes: Any = None) -> Tensor:
    """The x with tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end before.

    >>> tensorsolve(Tensor([[2.0]]), Tensor([4.0]))
    Tensor([2.])
    """

@overload
def tensorsolve(a: Value, b: Tensor, axes: Any = None) -> Tensor:
    """The x with tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end before.

    >>> tensorsolve(Tensor([[2.0]]), Tensor([4.0]))
    Tensor([2.])
    """

@overload
def tensorsolve(a: ArrayLike, b: ArrayLike, axes: Any = None) -> Array:
    """The x with tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end before.

    >>> tensorsolve(Tensor([[2.0]]), Tensor([4.0]))
    Tensor([2.])
    """

@overload
def tile(x: Tensor, reps: int | Sequence[int]) -> Tensor:
    """x laid out `reps` times along each axis.

    >>> tile(Tensor([1.0, 2.0]), 2)
    Tensor([1., 2., 1., 2.])
    """

@overload
def tile(x: ArrayLike, reps: int | Sequence[int]) -> Array:
    """x laid out `reps` times along each axis.

    >>> tile(Tensor([1.0, 2.0]), 2)
    Tensor([1., 2., 1., 2.])
    """

@overload
def topk(x: Tensor, k: int, axis: int = -1, largest: bool = True) -> tuple[Tensor, Tensor]:
    """The k largest (or smallest) along `axis`, in order, and their indices; of equal ones the first.

    A nan counts as the largest of all, as in `sort`.

    >>> values, indices = topk(Tensor([3.0, 1.0, 2.0]), 2)
    >>> values
    Tensor([3., 2.])
    >>> indices
    Tensor([0, 2])
    """

@overload
def topk(x: ArrayLike, k: int, axis: int = -1, largest: bool = True) -> tuple[Array, Array]:
    """The k largest (or smallest) along `axis`, in order, and their indices; of equal ones the first.

    A nan counts as the largest of all, as in `sort`.

    >>> values, indices = topk(Tensor([3.0, 1.0, 2.0]), 2)
    >>> values
    Tensor([3., 2.])
    >>> indices
    Tensor([0, 2])
    """

@overload
def trace(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum along a diagonal.

    >>> trace(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.)
    """

@overload
def trace(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The sum along a diagonal.

    >>> trace(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.)
    """

@overload
def transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """The axes in another order, reversed by default.

    >>> transpose(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 3.],
            [2., 4.]])
    """

@overload
def transpose(x: ArrayLike, axes: Sequence[int] | None = None) -> Array:
    """The axes in another order, reversed by default.

    >>> transpose(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 3.],
            [2., 4.]])
    """

@overload
def trapezoid(y: Tensor, x: Value | None = None, dx: Value = 1.0, axis: int = -1) -> Tensor:
    """The area under samples y along `axis`, at coordinates x or at the distance dx.

    >>> trapezoid(Tensor([1.0, 2.0, 3.0]))
    Tensor(4.)
    """

@overload
def trapezoid(y: ArrayLike, x: Value | None = None, dx: Value = 1.0, axis: int = -1) -> Array:
    """The area under samples y along `axis`, at coordinates x or at the distance dx.

    >>> trapezoid(Tensor([1.0, 2.0, 3.0]))
    Tensor(4.)
    """

@overload
def tril(x: Tensor, k: int = 0) -> Tensor:
    """The lower triangle, zero above the k-th diagonal.

    >>> tril(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 0.],
            [3., 4.]])
    """

@overload
def tril(x: ArrayLike, k: int = 0) -> Array:
    """The lower triangle, zero above the k-th diagonal.

    >>> tril(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 0.],
            [3., 4.]])
    """

@overload
def trim_zeros(x: Tensor, trim: str = "fb") -> Tensor:
    """A vector without the zeros at its front ("f") and its back ("b").

    >>> trim_zeros(Tensor([0.0, 1.0, 0.0]), "f")
    Tensor([1., 0.])
    """

@overload
def trim_zeros(x: ArrayLike, trim: str = "fb") -> Array:
    """A vector without the zeros at its front ("f") and its back ("b").

    >>> trim_zeros(Tensor([0.0, 1.0, 0.0]), "f")
    Tensor([1., 0.])
    """

@overload
def triu(x: Tensor, k: int = 0) -> Tensor:
    """The upper triangle, zero below the k-th diagonal.

    >>> triu(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 2.],
            [0., 4.]])
    """

@overload
def triu(x: ArrayLike, k: int = 0) -> Array:
    """The upper triangle, zero below the k-th diagonal.

    >>> triu(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 2.],
            [0., 4.]])
    """

@overload
def trunc(x: Tensor) -> Tensor:
    """x without what follows the point; the gradient is 0.

    >>> trunc(Tensor([-1.5, 1.5]))
    Tensor([-1.,  1.])
    """

@overload
def trunc(x: ArrayLike) -> Array:
    """x without what follows the point; the gradient is 0.

    >>> trunc(Tensor([-1.5, 1.5]))
    Tensor([-1.,  1.])
    """

def uniform(low: Any = 0.0, high: Any = 1.0, size: Size | None = None) -> Tensor:
    """Draw from [low, high), each number as likely as the other.

    >>> uniform(size=(2, 3)).shape
    (2, 3)
    """

@overload
def unindex(x: Tensor, shape: Shape, index: Index) -> Tensor:
    """Zeros of `shape` with x added at `index`: the adjoint of getitem.

    >>> unindex(Tensor([1.0, 2.0]), (3,), np.array([0, 0]))
    Tensor([3., 0., 0.])
    """

@overload
def unindex(x: ArrayLike, shape: Shape, index: Index) -> Array:
    """Zeros of `shape` with x added at `index`: the adjoint of getitem.

    >>> unindex(Tensor([1.0, 2.0]), (3,), np.array([0, 0]))
    Tensor([3., 0., 0.])
    """

@overload
def union1d(a: Tensor, b: Value) -> Tensor:
    """The elements of a and b in order, each once.

    >>> union1d(Tensor([2.0, 1.0]), Tensor([3.0]))
    Tensor([1., 2., 3.])
    """

@overload
def union1d(a: Value, b: Tensor) -> Tensor:
    """The elements of a and b in order, each once.

    >>> union1d(Tensor([2.0, 1.0]), Tensor([3.0]))
    Tensor([1., 2., 3.])
    """

@overload
def union1d(a: ArrayLike, b: ArrayLike) -> Array:
    """The elements of a and b in order, each once.

    >>> union1d(Tensor([2.0, 1.0]), Tensor([3.0]))
    Tensor([1., 2., 3.])
    """

@overload
def unique(
    x: Tensor,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
) -> Tensor:
    """The elements (or slices along `axis`) in order, each once: the first of several equal ones gets the gradient.

    With `return_index`, ... also where each is first, where each element went, how often each is there.

    >>> unique(Tensor([2.0, 1.0, 2.0]))
    Tensor([1., 2.])
    """

@overload
def unique(
    x: ArrayLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
) -> Array:
    """The elements (or slices along `axis`) in order, each once: the first of several equal ones gets the gradient.

    With `return_index`, ... also where each is first, where each element went, how often each is there.

    >>> unique(Tensor([2.0, 1.0, 2.0]))
    Tensor([1., 2.])
    """

@overload
def unstack(x: Tensor, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, in a tuple: what a loop over x goes through. Raises ShapeError where there is none.

    >>> unstack(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    (Tensor([1., 2.]), Tensor([3., 4.]))
    """

@overload
def unstack(x: ArrayLike, axis: int = 0) -> tuple[Array, ...]:
    """The slices along an axis, in a tuple: what a loop over x goes through. Raises ShapeError where there is none.

    >>> unstack(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    (Tensor([1., 2.]), Tensor([3., 4.]))
    """

@overload
def unwrap(x: Tensor, discont: float | None = None, axis: int = -1, period: float = 6.283185307179586) -> Tensor:
    """Angles without jumps: where neighbours differ by more than half a period, so many periods are added.

    >>> unwrap(Tensor([0.0, 3.0, -3.0]))
    Tensor([0.    , 3.    , 3.2832])
    """

@overload
def unwrap(x: ArrayLike, discont: float | None = None, axis: int = -1, period: float = 6.283185307179586) -> Array:
    """Angles without jumps: where neighbours differ by more than half a period, so many periods are added.

    >>> unwrap(Tensor([0.0, 3.0, -3.0]))
    Tensor([0.    , 3.    , 3.2832])
    """

@overload
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each element of x in a row, from the (N - 1)-th down to 1, or up; N is the length of x by default.

    Of x (..., n) they are (..., n, N).

    >>> vander(Tensor([2.0, 3.0]), 3)
    Tensor([[4., 2., 1.],
            [9., 3., 1.]])
    """

@overload
def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> Array:
    """The powers of each element of x in a row, from the (N - 1)-th down to 1, or up; N is the length of x by default.

    Of x (..., n) they are (..., n, N).

    >>> vander(Tensor([2.0, 3.0]), 3)
    Tensor([[4., 2., 1.],
            [9., 3., 1.]])
    """

@overload
def var(x: Tensor, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
    """The mean squared distance from the mean; the divisor is N - ddof.

    >>> var(Tensor([1.0, 2.0, 3.0]))
    Tensor(0.6667)
    """

@overload
def var(x: ArrayLike, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """The mean squared distance from the mean; the divisor is N - ddof.

    >>> var(Tensor([1.0, 2.0, 3.0]))
    Tensor(0.6667)
    """

@overload
def vdot(a: Tensor, b: Value) -> Tensor:
    """The inner product of all elements of a and b, both flattened; of a complex a the conjugate.

    >>> vdot(Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """

@overload
def vdot(a: Value, b: Tensor) -> Tensor:
    """The inner product of all elements of a and b, both flattened; of a complex a the conjugate.

    >>> vdot(Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """

@overload
def vdot(a: ArrayLike, b: ArrayLike) -> Array:
    """The inner product of all elements of a and b, both flattened; of a complex a the conjugate.

    >>> vdot(Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """

@overload
def vecdot(a: Tensor, b: Value, axis: int = -1) -> Tensor:
    """The inner products of the vectors along `axis`, broadcast over the others. Raises ShapeError for other lengths.

    >>> vecdot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def vecdot(a: Value, b: Tensor, axis: int = -1) -> Tensor:
    """The inner products of the vectors along `axis`, broadcast over the others. Raises ShapeError for other lengths.

    >>> vecdot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def vecdot(a: ArrayLike, b: ArrayLike, axis: int = -1) -> Array:
    """The inner products of the vectors along `axis`, broadcast over the others. Raises ShapeError for other lengths.

    >>> vecdot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """

@overload
def vecmat(a: Tensor, b: Value) -> Tensor:
    """The products of vectors a (..., m) and matrices b (..., m, n), broadcast over the leading axes.

    >>> vecmat(Tensor([10.0, 1.0]), Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([13., 24.])
    """

@overload
def vecmat(a: Value, b: Tensor) -> Tensor:
    """The products of vectors a (..., m) and matrices b (..., m, n), broadcast over the leading axes.

    >>> vecmat(Tensor([10.0, 1.0]), Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([13., 24.])
    """

@overload
def vecmat(a: ArrayLike, b: ArrayLike) -> Array:
    """The products of vectors a (..., m) and matrices b (..., m, n), broadcast over the leading axes.

    >>> vecmat(Tensor([10.0, 1.0]), Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([13., 24.])
    """

@overload
def vector_norm(x: Tensor, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Tensor:
    """The norm of order `ord` over `axis` (all by default): sum(|x|**ord)**(1/ord), or the largest |x| for inf.

    -inf gives the smallest, 0 the count of nonzeros. Where the norm is 0, so is its gradient; ties share it evenly.

    >>> vector_norm(Tensor([[3.0, 4.0], [6.0, 8.0]]), axis=1)
    Tensor([ 5., 10.])
    """

@overload
def vector_norm(x: ArrayLike, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Array:
    """The norm of order `ord` over `axis` (all by default): sum(|x|**ord)**(1/ord), or the largest |x| for inf.

    -inf gives the smallest, 0 the count of nonzeros. Where the norm is 0, so is its gradient; ties share it evenly.

    >>> vector_norm(Tensor([[3.0, 4.0], [6.0, 8.0]]), axis=1)
    Tensor([ 5., 10.])
    """

@overload
def vsplit(x: Tensor, sections: int | Sequence[int]) -> list[Tensor]:
    """`split` along axis 0; of a vector along its only one.

    >>> vsplit(Tensor([[1.0], [2.0]]), 2)
    [Tensor([[1.]]), Tensor([[2.]])]
    """

@overload
def vsplit(x: ArrayLike, sections: int | Sequence[int]) -> list[Array]:
    """`split` along axis 0; of a vector along its only one.

    >>> vsplit(Tensor([[1.0], [2.0]]), 2)
    [Tensor([[1.]]), Tensor([[2.]])]
    """

def vstack(arrays: Sequence[Value]) -> Tensor:
    """Arrays joined one below the other; one of a single axis counts as a row.

    >>> vstack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    Tensor([[1., 2.],
            [3., 4.]])
    """

def where(condition: Value, a: Value, b: Value) -> Tensor:
    """a where `condition` holds, else b; the branch not taken gets a gradient of 0.

    >>> where(np.array([True, False]), Tensor([1.0, 2.0]), 0.0)
    Tensor([1., 0.])
    """

@overload
def xlog1py(a: Tensor, b: Value) -> Tensor:
    """a log(1 + b), and 0 at a = 0.

    >>> xlog1py(Tensor([0.0, 2.0]), Tensor([-1.0, 1.0]))
    Tensor([0.    , 1.3863])
    """

@overload
def xlog1py(a: Value, b: Tensor) -> Tensor:
    """a log(1 + b), and 0 at a = 0.

    >>> xlog1py(Tensor([0.0, 2.0]), Tensor([-1.0, 1.0]))
    Tensor([0.    , 1.3863])
    """

@overload
def xlog1py(a: ArrayLike, b: ArrayLike) -> Array:
    """a log(1 + b), and 0 at a = 0.

    >>> xlog1py(Tensor([0.0, 2.0]), Tensor([-1.0, 1.0]))
    Tensor([0.    , 1.3863])
    """

@overload
def xlogy(a: Tensor, b: Value) -> Tensor:
    """a log(b), and 0 at a = 0 even if b is 0.

    >>> xlogy(Tensor([0.0, 2.0]), Tensor([0.0, 3.0]))
    Tensor([0.    , 2.1972])
    """

@overload
def xlogy(a: Value, b: Tensor) -> Tensor:
    """a log(b), and 0 at a = 0 even if b is 0.

    >>> xlogy(Tensor([0.0, 2.0]), Tensor([0.0, 3.0]))
    Tensor([0.    , 2.1972])
    """

@overload
def xlogy(a: ArrayLike, b: ArrayLike) -> Array:
    """a log(b), and 0 at a = 0 even if b is 0.

    >>> xlogy(Tensor([0.0, 2.0]), Tensor([0.0, 3.0]))
    Tensor([0.    , 2.1972])
    """

@overload
def y0(x: Tensor) -> Tensor:
    """The Bessel function of the second kind, of order 0, for x > 0.

    >>> y0(Tensor([1.0, 2.0]))
    Tensor([0.0883, 0.5104])
    """

@overload
def y0(x: ArrayLike) -> Array:
    """The Bessel function of the second kind, of order 0, for x > 0.

    >>> y0(Tensor([1.0, 2.0]))
    Tensor([0.0883, 0.5104])
    """

@overload
def y1(x: Tensor) -> Tensor:
    """The Bessel function of the second kind, of order 1, for x > 0.

    >>> y1(Tensor([1.0, 2.0]))
    Tensor([-0.7812, -0.107 ])
    """

@overload
def y1(x: ArrayLike) -> Array:
    """The Bessel function of the second kind, of order 1, for x > 0.

    >>> y1(Tensor([1.0, 2.0]))
    Tensor([-0.7812, -0.107 ])
    """

@overload
def yv(a: Tensor, b: Value) -> Tensor:
    """The Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> yv(0.5, Tensor([1.0, 2.0]))
    Tensor([-0.4311,  0.2348])
    """

@overload
def yv(a: Value, b: Tensor) -> Tensor:
    """The Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> yv(0.5, Tensor([1.0, 2.0]))
    Tensor([-0.4311,  0.2348])
    """

@overload
def yv(a: ArrayLike, b: ArrayLike) -> Array:
    """The Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> yv(0.5, Tensor([1.0, 2.0]))
    Tensor([-0.4311,  0.2348])
    """

def zeros(shape: int | Shape, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros.

    >>> zeros((2, 2))
    Tensor([[0., 0.],
            [0., 0.]])
    """

def zeros_like(x: Value, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of x.

    >>> zeros_like(Tensor([1.0, 2.0]))
    Tensor([0., 0.])
    """
