"""Activation functions: stable for any input, each one op."""

from collections.abc import Callable

import numpy as np
import scipy.special as sp

from ..engine.errors import ShapeError
from ..engine.types import Array
from .arithmetic import operand
from .cases import Case, Draw
from .declare import op
from .slope import _bell
from .special import are_many, in_single, sigmoid, widened

__all__ = [
    "celu", "elu", "gelu", "glu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_softmax", "mish", "prelu",
    "relu", "selu", "silu", "softmax", "softsign",
]  # fmt: skip

SQRT_2 = float(np.sqrt(2.0))
SQRT_2PI = float(np.sqrt(2.0 * np.pi))
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017


def _away(*kinks: float, low: float = -3.0, high: float = 3.0) -> Callable[[Draw], Case]:
    return lambda d: (d.array(low=low, high=high, away=kinks),)


# -- straight pieces -----------------------------------------------------------------------------------


def _where(mask: Array, g: Array) -> Array:
    """`g` where the mask is true, else 0, even where g is not finite: a product would make nan of inf and 0.

    np.where on random signs costs ten times the "and" of bits that serves arrays; a maximum has no branch at all.
    """
    if g.__class__ is not np.ndarray or g.dtype.itemsize not in (4, 8) or mask.shape != g.shape:
        return np.where(mask, g, 0.0)
    bits = np.int32 if g.dtype.itemsize == 4 else np.int64
    return (np.negative(mask.view(np.int8), dtype=bits) & g.view(bits)).view(g.dtype)  # in the negatives' memory


@op(x=lambda g, y: _where(y > 0, g), cases=_away(0), method=True)
def relu(x: Array) -> Array:
    """max(x, 0); at 0 the gradient is 0.

    >>> relu(Tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """
    return np.maximum(x, 0)


@op(
    x=lambda g, x, slope: _where(x > 0, g) + _where(x <= 0, slope * g),
    cases=lambda d: (d.array(away=(0,)), d.choice([0.01, 0.3, 0.0, 1.5, -0.5])),
    formulas={"x": "g * where(x > 0, 1, slope)"},
)
def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where positive, else slope x; at 0 the gradient is `slope`.

    >>> leaky_relu(Tensor([-1.0, 2.0]))
    Tensor([-0.01,  2.  ])
    """
    return np.maximum(x, slope * x) if slope <= 1 else np.minimum(x, slope * x)


def _per_channel(x: Array, weight: Array) -> Array:
    """The weight, one number or one for each element of axis 1, in a shape that broadcasts against x."""
    weight = operand(weight)
    return np.reshape(weight, (-1,) + (1,) * (x.ndim - 2) if weight.ndim and weight.shape[0] > 1 else ())


def _prelu_rule(g: Array, x: Array, weight: Array, needs: tuple[bool, bool]) -> tuple[Array | None, Array | None]:
    low = _where(x <= 0, g)
    for_x = _where(x > 0, g) + _per_channel(x, weight) * low if needs[0] else None
    if not needs[1]:
        return for_x, None
    shared = weight.size == 1
    axes = tuple(i for i in range(x.ndim) if i != 1 or shared)
    return for_x, np.reshape(np.sum(widened(low * x), axis=axes), weight.shape)


def _prelu_cases(d: Draw) -> Case:
    x = d.array(away=(0,))
    shape = d.choice([(1,), ()] + ([x.shape[1:2]] if x.ndim > 1 and x.shape[1] else []))
    return x, d.array(shape, -1.5, 1.5)


@op(
    joint=_prelu_rule,
    inputs=("x", "weight"),
    cases=_prelu_cases,
    formulas={"x": "g * where(x > 0, 1, weight)", "weight": "sum(g * minimum(x, 0))"},
)
def prelu(x: Array, weight: Array) -> Array:
    """x where positive, else weight x, with one weight for all or one for each element of axis 1.

    At 0 the gradient is the weight for x, and 0 for the weight. Raises ShapeError where the weights are neither one
    nor as many as there are channels (He et al. 2015).

    >>> prelu(Tensor([[-1.0, 2.0], [-3.0, -4.0]]), Tensor([0.1, 0.5]))
    Tensor([[-0.1,  2. ],
            [-0.3, -2. ]])
    """
    weight = operand(weight)
    channels = x.shape[1] if x.ndim > 1 else 1
    if weight.ndim > 1 or weight.size not in (1, channels):
        raise ShapeError(
            f"prelu: input {x.shape} takes a weight of shape (1,)"
            + (f" or ({channels},), one for each element of axis 1" if channels > 1 else "")
            + f", not {weight.shape}"
        )
    return np.maximum(x, 0) + _per_channel(x, weight) * np.minimum(x, 0)


@op(
    x=lambda g, x, min_val, max_val: _where((x > min_val) & (x < max_val), g),
    cases=_away(-1, 1),
)
def hardtanh(x: Array, min_val: float = -1.0, max_val: float = 1.0) -> Array:
    """x limited to [min_val, max_val]; on a limit the gradient is 0.

    >>> hardtanh(Tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """
    return np.clip(x, min_val, max_val)


@op(
    x=lambda g, x: _where(np.abs(x) < 3.0, g) / 6.0,
    cases=_away(-3, 3, low=-5.0, high=5.0),
    formulas={"x": "where(abs(x) < 3, g / 6, 0)"},
)
def hardsigmoid(x: Array) -> Array:
    """x / 6 + 1/2 limited to [0, 1]; at -3 and 3 the gradient is 0.

    >>> hardsigmoid(Tensor([-4.0, 0.0, 1.5]))
    Tensor([0.  , 0.5 , 0.75])
    """
    return np.clip(x + 3.0, 0.0, 6.0) / 6.0


@op(
    x=lambda g, x: np.where(np.abs(x) < 3.0, g * ((x + 1.5) / 3.0), _where(x > 0, g)),
    cases=_away(-3, 3, low=-5.0, high=5.0),
    formulas={"x": "g * where(abs(x) < 3, x / 3 + 1/2, x > 0)"},
)
def hardswish(x: Array) -> Array:
    """x hardsigmoid(x); at -3 the gradient is 0, at 3 it is 1 (Howard et al. 2019).

    >>> hardswish(Tensor([-4.0, 1.5, 4.0]))
    Tensor([-0.   ,  1.125,  4.   ])
    """
    return x * (np.clip(x + 3.0, 0.0, 6.0) / 6.0)


# -- an exponential below zero -------------------------------------------------------------------------


@op(
    x=lambda g, x, alpha: g * np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0.0))),
    cases=lambda d: (d.array(away=(0,)), d.choice([1.0, 0.7])),
    formulas={"x": "g * where(x > 0, 1, alpha * exp(x))"},
)
def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where positive, else alpha (exp(x) - 1); at 0 the gradient is alpha (Clevert et al. 2016).

    >>> elu(Tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


@op(
    x=lambda g, x: g * (SELU_SCALE * np.where(x > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(x, 0.0)))),
    cases=_away(0),
    formulas={"x": "g * scale * where(x > 0, 1, alpha * exp(x))"},
)
def selu(x: Array) -> Array:
    """The self-normalising scaled elu; at 0 the gradient is that from below, 1.7581 (Klambauer et al. 2017).

    >>> selu(Tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """
    return SELU_SCALE * (np.maximum(x, 0) + SELU_ALPHA * np.expm1(np.minimum(x, 0)))


@op(
    x=lambda g, x, alpha: g * np.exp(np.minimum(x, 0.0) / alpha),
    cases=lambda d: (d.array(away=(0,)), d.choice([1.0, 0.7])),
    formulas={"x": "g * where(x > 0, 1, exp(x / alpha))"},
)
def celu(x: Array, alpha: float = 1.0) -> Array:
    """x where positive, else alpha (exp(x / alpha) - 1), whose slope has no jump (Barron 2017).

    >>> celu(Tensor([-1.0, 2.0]), 0.5)
    Tensor([-0.4323,  2.    ])
    """
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)


# -- gates: x times something between 0 and 1 ----------------------------------------------------------

TANH_SCALE, TANH_CUBE = float(np.sqrt(2.0 / np.pi)), 0.044715  # Hendrycks and Gimpel 2016
HASTINGS = 0.3275911, (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


@op(
    x=lambda g, x, y: g[0] * y[1] * (1.0 / SQRT_2PI) - g[1] * y[1] * x,
    cases=_away(),
    label="gelu",
    formulas={"x": "g[0] * pdf(x) - g[1] * x * y[1]"},
)
def _normal(x: Array) -> tuple[Array, Array]:
    """The normal distribution function of x, and exp(-x**2 / 2), which has most of its work in common."""
    if not are_many(x):
        return sp.ndtr(x), _bell(x, 0.5)
    # SciPy's costs as much as all of the rest: in single precision this suffices (Abramowitz and Stegun, 7.1.26)
    scale, coefficients = HASTINGS
    t = np.abs(x)
    t *= scale / SQRT_2
    t += 1.0
    np.reciprocal(t, out=t)
    tail = t * coefficients[0]
    for c in coefficients[1:]:
        tail += c
        tail *= t
    with np.errstate(over="ignore"):
        bell = np.multiply(x, x, out=t)
    bell *= -0.5
    np.exp(bell, out=bell)
    tail *= bell
    tail *= -0.5
    tail += 0.5
    np.copysign(tail, x, out=tail)
    tail += 0.5
    return tail, bell


def _tanh_gate(x: Array) -> Array:
    """(1 + tanh(z)) / 2 = sigmoid(2 z), for less."""
    return sigmoid(2.0 * TANH_SCALE * (x * (1.0 + TANH_CUBE * (x * x))))


def _gelu_rule(g: Array, x: Array, approximate: str) -> Array:
    x = widened(x)
    if approximate == "none":
        gate, bell = _normal(x)
        return g * (gate + x * bell * (1.0 / SQRT_2PI))
    x = np.clip(x, -30.0, 30.0)  # beyond, the gate is 0 or 1, and a cube would overflow
    gate = _tanh_gate(x)
    # in the place of x, which is not needed any more: in a GPT this is the peak of a step
    x = x * (2.0 * TANH_SCALE + 6.0 * TANH_SCALE * TANH_CUBE * (x * x))
    return g * (gate * (1.0 + (1.0 - gate) * x))


@op(x=_gelu_rule, cases=lambda d: (d.array(), d.choice(["none", "tanh"])), formulas={"x": "g * (cdf(x) + x * pdf(x))"})
@in_single
def gelu(x: Array, approximate: str = "none") -> Array:
    """x times the normal distribution function of x; approximate="tanh" is the cheaper form.

    In single precision the distribution function of a large array is exact to 3e-7 (Hendrycks and Gimpel 2016).

    >>> gelu(Tensor([-1.0, 2.0]))
    Tensor([-0.1587,  1.9545])
    """
    if approximate == "none":
        return x * _normal(x)[0]
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate={approximate!r} is neither 'none' nor 'tanh'")
    return x * _tanh_gate(x)


def _silu_rule(g: Array, x: Array) -> Array:
    s = sigmoid(x)
    return g * (s * (1.0 + x * sigmoid(-x)))


@op(complex=True, x=_silu_rule, cases=_away(), formulas={"x": "g * (y + sigmoid(x) * (1 - y))"})
@in_single
def silu(x: Array) -> Array:
    """x sigmoid(x), also called Swish.

    >>> silu(Tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """
    return x * sigmoid(x)


@op(
    x=lambda g, x, y: g[0] * y[1] + g[1] * y[1] * (sigmoid(-x) - 2.0 * sigmoid(x) * y[0]),
    cases=_away(),
    formulas={"x": "g[0] * y[1] + g[1] times the slope of y[1]"},
)
def _mish_gate(x: Array) -> tuple[Array, Array]:
    """tanh(softplus(x)) and its slope, rational functions of u = exp(-|x|)."""
    u = np.exp(-np.abs(x))
    right = x >= 0
    above = np.where(right, 1.0 + 2.0 * u, u * (2.0 + u))
    below = above + np.where(right, 2.0 * u * u, 2.0)
    return above / below, 4.0 * (u + u * u) * np.where(right, u, 1.0) / (below * below)


def _mish_rule(g: Array, x: Array) -> Array:
    x = widened(x)
    gate, slope = _mish_gate(x)
    return g * (gate + x * slope)


@op(x=_mish_rule, cases=_away(), formulas={"x": "g * (t + x * sigmoid(x) * (1 - t**2)), t = y / x"})
@in_single
def mish(x: Array) -> Array:
    """x tanh(softplus(x)) (Misra 2020).

    >>> mish(Tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """
    return x * _mish_gate(x)[0]


def _glu_rule(g: Array, x: Array, axis: int) -> Array:
    a, b = np.split(x, 2, axis)
    s = sigmoid(b)
    for_a = g * s
    return np.concatenate([for_a, for_a * a * (1.0 - s)], axis)


def _glu_cases(d: Draw) -> Case:
    shape = list(d.shape(min_dims=1))
    axis = d.axis(len(shape))
    shape[axis] = 2 * d.integer(0, 2)
    return d.array(tuple(shape)), axis


@op(x=_glu_rule, cases=_glu_cases, formulas={"x": "hstack([g * s, g * a * s * (1 - s)]), s = sigmoid(b)"})
@in_single
def glu(x: Array, axis: int = -1) -> Array:
    """a sigmoid(b), for the two halves a and b of x along `axis` (Dauphin et al. 2017).

    Raises ShapeError where that axis has an odd length.

    >>> glu(Tensor([1.0, 2.0, 0.0, 1000.0]))
    Tensor([0.5, 2. ])
    """
    x = operand(x)
    if not -x.ndim <= axis < x.ndim or x.shape[axis] % 2:
        raise ShapeError(f"glu: input {x.shape} needs an axis {axis} of even length, to be halved")
    a, b = np.split(x, 2, axis)
    return a * sigmoid(b)


@op(x=lambda g, x: g / (1.0 + np.abs(x)) / (1.0 + np.abs(x)), cases=_away(0), formulas={"x": "g / (1 + abs(x))**2"})
def softsign(x: Array) -> Array:
    """x / (1 + |x|).

    >>> softsign(Tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """
    return x / (1 + np.abs(x))


# -- distributions over an axis ------------------------------------------------------------------------


def _softmax_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=1)
    return x, d.axis(x.ndim)


def _below_largest(x: Array, axis: int) -> Array:
    """x less the largest of its slice, unless that is infinite: no exponential overflows."""
    x = x.astype(np.float64) if x.dtype.kind in "iub" else x  # an integer compares with no -inf
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return x - np.where(np.isfinite(top), top, 0)


@op(
    x=lambda g, y, axis: y * (g - np.sum(widened(g * y), axis=axis, keepdims=True)),
    cases=_softmax_cases,
    method=True,
    formulas={"x": "y * (g - sum(g * y))"},
)
@in_single
def softmax(x: Array, axis: int = -1) -> Array:
    """exp(x) / sum(exp(x)) along `axis`; a slice of only -inf gives zeros.

    >>> softmax(Tensor([1000.0, 1000.0]))
    Tensor([0.5, 0.5])
    """
    e = np.exp(_below_largest(x, axis))
    total = np.sum(e, axis=axis, keepdims=True)
    return np.divide(e, np.where(total == 0, 1, total), out=e if e.ndim else None)


@op(
    x=lambda g, y, axis: g - np.exp(y) * np.sum(widened(g), axis=axis, keepdims=True),
    cases=_softmax_cases,
    method=True,
    formulas={"x": "g - exp(y) * sum(g)"},
)
@in_single
def log_softmax(x: Array, axis: int = -1) -> Array:
    """log(softmax(x)) along `axis`, stable for any x; a slice of only -inf stays -inf.

    >>> log_softmax(Tensor([1000.0, 1000.0]))
    Tensor([-0.6931, -0.6931])
    """
    shifted = _below_largest(x, axis)
    total = np.sum(np.exp(shifted), axis=axis, keepdims=True)
    return shifted - np.log(np.where(total == 0, 1, total))
