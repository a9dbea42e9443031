"""Activation functions, stable for any input, each one op."""

from typing import Any

import numpy as np
import scipy.special as sp

from ..op import op
from .special import sigmoid

__all__ = [
    "elu", "gelu", "hardtanh", "leaky_relu", "log_softmax", "mish", "relu", "selu", "silu", "softmax", "softsign",
]  # fmt: skip

SQRT_2 = float(np.sqrt(2.0))
SQRT_2PI = float(np.sqrt(2.0 * np.pi))
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017


def _away(*kinks: float, **array: Any) -> Any:
    return lambda d: (d.array(away=kinks, **array),)


@op(x=lambda g, y: g * (y > 0), cases=_away(0), method=True)
def relu(x: Any) -> Any:
    """max(x, 0); at 0 the gradient is 0.

    >>> relu(Tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """
    return np.maximum(x, 0)


@op(x=lambda g, x, slope: g * np.where(x > 0, 1.0, slope).astype(g.dtype), cases=_away(0))
def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x where positive, else slope x; at 0 the gradient is `slope`.

    >>> leaky_relu(Tensor([-1.0, 2.0]))
    Tensor([-0.01,  2.  ])
    """
    return np.where(x > 0, x, slope * x)


@op(x=lambda g, x, alpha: g * np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0.0))), cases=_away(0))
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha (exp(x) - 1).

    >>> elu(Tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@op(
    x=lambda g, x: g * (SELU_SCALE * np.where(x > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(x, 0.0)))),
    cases=_away(0),
)
def selu(x: Any) -> Any:
    """The self-normalising scaled elu (Klambauer et al. 2017).

    >>> selu(Tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """
    return SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))


TANH_SCALE, TANH_CUBE = float(np.sqrt(2.0 / np.pi)), 0.044715  # Hendrycks and Gimpel 2016


def _gelu_rule(g: Any, x: Any, approximate: str) -> Any:
    if approximate == "none":
        return g * (0.5 * (1.0 + sp.erf(x / SQRT_2)) + x * np.exp(-0.5 * x * x) / SQRT_2PI)
    t = np.tanh(TANH_SCALE * (x + TANH_CUBE * x * x * x))
    return g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * TANH_SCALE * (1.0 + 3.0 * TANH_CUBE * x * x))


@op(x=_gelu_rule, cases=lambda d: (d.array(), d.choice(["none", "tanh"])))
def gelu(x: Any, approximate: str = "none") -> Any:
    """x times the normal distribution function of x; approximate="tanh" is the cheaper form.

    >>> gelu(Tensor([-1.0, 2.0]))
    Tensor([-0.1587,  1.9545])
    """
    if approximate == "none":
        return 0.5 * x * (1.0 + sp.erf(x / SQRT_2))
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate={approximate!r} is neither 'none' nor 'tanh'")
    return 0.5 * x * (1.0 + np.tanh(TANH_SCALE * (x + TANH_CUBE * x * x * x)))


def _silu_rule(g: Any, x: Any) -> Any:
    s = sigmoid(x)
    return g * s * (1.0 + x * (1.0 - s))


@op(x=_silu_rule, cases=_away())
def silu(x: Any) -> Any:
    """x sigmoid(x), also called Swish.

    >>> silu(Tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """
    return x * sp.expit(x)


def _mish_rule(g: Any, x: Any) -> Any:
    t = np.tanh(np.logaddexp(x, 0.0))
    return g * (t + x * (1.0 - t * t) * sigmoid(x))


@op(x=_mish_rule, cases=_away())
def mish(x: Any) -> Any:
    """x tanh(softplus(x)).

    >>> mish(Tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """
    return x * np.tanh(-sp.log_expit(-x))


@op(x=lambda g, x: g / (1.0 + np.abs(x)) ** 2, cases=_away(0))
def softsign(x: Any) -> Any:
    """x / (1 + |x|).

    >>> softsign(Tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """
    return x / (1 + np.abs(x))


@op(
    x=lambda g, x, min_val, max_val: np.where((x > min_val) & (x < max_val), g, 0.0),
    cases=_away(-1, 1),
)
def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """x limited to [min_val, max_val]; on a limit the gradient is 0.

    >>> hardtanh(Tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """
    return np.clip(x, min_val, max_val)


def _softmax_cases(d: Any) -> Any:
    x = d.array(min_dims=1, min_side=1)
    return x, d.axis(x.ndim)


@op(
    x=lambda g, y, axis: y * (g - np.sum(g * y, axis=axis, keepdims=True)),
    cases=_softmax_cases,
    method=True,
)
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along `axis`; a slice of only -inf gives zeros.

    >>> softmax(Tensor([1000.0, 1000.0]))
    Tensor([0.5, 0.5])
    """
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    e = np.exp(x - np.where(np.isfinite(top), top, 0))
    total = np.sum(e, axis=axis, keepdims=True)
    return e / np.where(total == 0, 1, total)


@op(
    x=lambda g, y, axis: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
    cases=_softmax_cases,
    method=True,
)
def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) along `axis`, stable for any x; a slice of only -inf stays -inf.

    >>> log_softmax(Tensor([1000.0, 1000.0]))
    Tensor([-0.6931, -0.6931])
    """
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    shifted = x - np.where(np.isfinite(top), top, 0)
    total = np.sum(np.exp(shifted), axis=axis, keepdims=True)
    return shifted - np.log(np.where(total == 0, 1, total))
