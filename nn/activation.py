"""Activations: functions under PyTorch's names, each on the engine's op, and the layers that apply them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import ShapeError

from .checks import size
from .module import Module, Parameter

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid",
    "LogSoftmax", "Mish", "PReLU", "ReLU", "ReLU6", "SiLU", "Sigmoid", "Softmax", "Softplus", "Softsign", "Tanh",
]  # fmt: skip


# -- functions -----------------------------------------------------------------------------------------


def relu(input: Any) -> Any:
    """max(x, 0); see `ReLU`."""
    return autograd.relu(input)


def relu6(input: Any) -> Any:
    """x limited to [0, 6]; see `ReLU6`."""
    return autograd.hardtanh(input, 0.0, 6.0)


def leaky_relu(input: Any, negative_slope: float = 0.01) -> Any:
    """x where positive, else negative_slope x; see `LeakyReLU`."""
    return autograd.leaky_relu(input, negative_slope)


def prelu(input: Any, weight: Any) -> Any:
    """x where positive, else weight x; see `PReLU`."""
    return autograd.prelu(input, weight)


def elu(input: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha (exp(x) - 1); see `ELU`."""
    return autograd.elu(input, alpha)


def selu(input: Any) -> Any:
    """The self-normalising scaled ELU; see `SELU`."""
    return autograd.selu(input)


def celu(input: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha (exp(x / alpha) - 1); see `CELU`."""
    _require("celu", alpha != 0, f"alpha={alpha}, by which x is divided, is 0")
    return autograd.celu(input, alpha)


def gelu(input: Any, approximate: str = "none") -> Any:
    """x times the normal distribution function of x; see `GELU`."""
    return autograd.gelu(input, approximate)


def silu(input: Any) -> Any:
    """x sigmoid(x); see `SiLU`."""
    return autograd.silu(input)


def mish(input: Any) -> Any:
    """x tanh(softplus(x)); see `Mish`."""
    return autograd.mish(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + exp(beta x)) / beta; see `Softplus`."""
    _require("softplus", beta != 0, f"beta={beta}, by which the logarithm is divided, is 0")
    return autograd.softplus(input, beta, threshold)


def softsign(input: Any) -> Any:
    """x / (1 + |x|); see `Softsign`."""
    return autograd.softsign(input)


def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-x)); see `Sigmoid`."""
    return autograd.sigmoid(input)


def logsigmoid(input: Any) -> Any:
    """log(sigmoid(x)); see `LogSigmoid`."""
    return autograd.log_sigmoid(input)


def hardsigmoid(input: Any) -> Any:
    """x / 6 + 1/2 limited to [0, 1]; see `Hardsigmoid`."""
    return autograd.hardsigmoid(input)


def hardswish(input: Any) -> Any:
    """x hardsigmoid(x); see `Hardswish`."""
    return autograd.hardswish(input)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """x limited to [min_val, max_val]; see `Hardtanh`."""
    _require("hardtanh", min_val <= max_val, f"min_val={min_val} is greater than max_val={max_val}")
    return autograd.hardtanh(input, min_val, max_val)


def tanh(input: Any) -> Any:
    """The hyperbolic tangent; see `Tanh`."""
    return autograd.tanh(input)


def softmax(input: Any, dim: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along `dim`; see `Softmax`."""
    return autograd.softmax(input, _axis("softmax", input, dim))


def log_softmax(input: Any, dim: int = -1) -> Any:
    """log(softmax(x)) along `dim`; see `LogSoftmax`."""
    return autograd.log_softmax(input, _axis("log_softmax", input, dim))


def glu(input: Any, dim: int = -1) -> Any:
    """The first half of x along `dim` times the sigmoid of the second; see `GLU`."""
    return autograd.glu(input, dim)


def _require(name: str, fits: bool, problem: str) -> None:
    if not fits:
        raise ValueError(f"{name}: {problem}")


def _axis(name: str, x: Any, dim: int) -> int:
    axes = np.ndim(x)
    if not isinstance(dim, (int, np.integer)) or not -axes <= dim < axes:
        raise ShapeError(f"{name}: dim={dim} is not an axis of an input of shape {np.shape(x)}")
    return int(dim)


# -- layers --------------------------------------------------------------------------------------------


class _Activation(Module):
    """A layer that applies `function` to its input; of any shape, as long as it says nothing else."""

    function: Callable[..., Any]

    def forward(self, input: Any) -> Any:
        """Apply it to every element."""
        return type(self).function(input)


class ReLU(_Activation):
    """max(x, 0); at 0 the gradient is 0 (Nair and Hinton 2010).

    >>> ReLU()(autograd.tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """

    function = staticmethod(relu)


class ReLU6(_Activation):
    """x limited to [0, 6]; on a limit the gradient is 0 (Krizhevsky 2010).

    >>> ReLU6()(autograd.tensor([-1.0, 2.0, 7.0]))
    Tensor([0., 2., 6.])
    """

    function = staticmethod(relu6)


class LeakyReLU(_Activation):
    """x where positive, else negative_slope x; at 0 the gradient is negative_slope (Maas et al. 2013).

    >>> LeakyReLU(0.1)(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.1,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        """Apply it to every element."""
        return leaky_relu(input, self.negative_slope)


class PReLU(Module):
    """x where positive, else weight x, with a weight that is learned: one, or one for each channel (axis 1).

    At 0 the gradient is the weight for x, and 0 for the weight. Raises ShapeError where axis 1 of the input has not
    `num_parameters` elements (He et al. 2015).

    >>> PReLU(init=0.5)(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.5,  2. ], op=prelu)
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        self.num_parameters = size("PReLU: num_parameters", num_parameters)
        self.init = init
        self.weight = Parameter(autograd.full(num_parameters, float(init)))

    def forward(self, input: Any) -> Any:
        """Map an input (N, C, ...), or any shape for one parameter, to the same shape."""
        return prelu(input, self.weight)


class ELU(_Activation):
    """x where positive, else alpha (exp(x) - 1); at 0 the gradient is alpha (Clevert et al. 2016).

    >>> ELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """Apply it to every element."""
        return elu(input, self.alpha)


class SELU(_Activation):
    """The self-normalising ELU, with a fixed scale; at 0 the gradient is 1.7581 (Klambauer et al. 2017).

    >>> SELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """

    function = staticmethod(selu)


class CELU(_Activation):
    """x where positive, else alpha (exp(x / alpha) - 1), whose slope has no jump (Barron 2017).

    Raises ValueError for alpha = 0.

    >>> CELU(0.5)(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.4323,  2.    ])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        _require("CELU", alpha != 0, f"alpha={alpha}, by which x is divided, is 0")
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """Apply it to every element."""
        return celu(input, self.alpha)


class GELU(_Activation):
    """x times the normal distribution function of x; approximate="tanh" is the cheaper form.

    Raises ValueError for any other `approximate`. (Hendrycks and Gimpel 2016)

    >>> GELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        known = approximate in ("none", "tanh")
        _require("GELU", known, f"approximate={approximate!r} is neither 'none' nor 'tanh'")
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """Apply it to every element."""
        return gelu(input, self.approximate)


class SiLU(_Activation):
    """x sigmoid(x), also called Swish (Ramachandran et al. 2017).

    >>> SiLU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """

    function = staticmethod(silu)


class Mish(_Activation):
    """x tanh(softplus(x)) (Misra 2020).

    >>> Mish()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """

    function = staticmethod(mish)


class Softplus(_Activation):
    """log(1 + exp(beta x)) / beta, and simply x where beta x > threshold.

    Raises ValueError for beta = 0.

    >>> Softplus()(autograd.tensor([-1.0, 2.0]))
    Tensor([0.3133, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        _require("Softplus", beta != 0, f"beta={beta}, by which the logarithm is divided, is 0")
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """Apply it to every element."""
        return softplus(input, self.beta, self.threshold)


class Softsign(_Activation):
    """x / (1 + |x|).

    >>> Softsign()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """

    function = staticmethod(softsign)


class Sigmoid(_Activation):
    """1 / (1 + exp(-x)).

    >>> Sigmoid()(autograd.tensor([-1.0, 2.0]))
    Tensor([0.2689, 0.8808])
    """

    function = staticmethod(sigmoid)


class LogSigmoid(_Activation):
    """log(sigmoid(x)), stable for any x.

    >>> LogSigmoid()(autograd.tensor([-1.0, 2.0]))
    Tensor([-1.3133, -0.1269])
    """

    function = staticmethod(logsigmoid)


class Hardsigmoid(_Activation):
    """x / 6 + 1/2 limited to [0, 1]; at -3 and 3 the gradient is 0.

    >>> Hardsigmoid()(autograd.tensor([-4.0, 1.5]))
    Tensor([0.  , 0.75])
    """

    function = staticmethod(hardsigmoid)


class Hardswish(_Activation):
    """x hardsigmoid(x); at -3 the gradient is 0, at 3 it is 1 (Howard et al. 2019).

    >>> Hardswish()(autograd.tensor([-4.0, 1.5]))
    Tensor([-0.   ,  1.125])
    """

    function = staticmethod(hardswish)


class Hardtanh(_Activation):
    """x limited to [min_val, max_val]; on a limit the gradient is 0.

    Raises ValueError where min_val is greater than max_val.

    >>> Hardtanh()(autograd.tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        _require("Hardtanh", min_val <= max_val, f"min_val={min_val} is greater than max_val={max_val}")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Any) -> Any:
        """Apply it to every element."""
        return hardtanh(input, self.min_val, self.max_val)


class Tanh(_Activation):
    """The hyperbolic tangent.

    >>> Tanh()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.7616,  0.964 ])
    """

    function = staticmethod(tanh)


class Softmax(_Activation):
    """exp(x) / sum(exp(x)) along `dim`: positive numbers that add up to 1.

    `dim` is the last axis unless given; PyTorch, given none, guesses it from the number of axes, and warns. Raises
    ShapeError where the input has no such axis.

    >>> Softmax()(autograd.tensor([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Normalise along `dim`."""
        return softmax(input, self.dim)


class LogSoftmax(_Activation):
    """log(softmax(x)) along `dim`, stable for any x; `dim` as in `Softmax`.

    >>> LogSoftmax()(autograd.tensor([0.0, 0.0]))
    Tensor([-0.6931, -0.6931])
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Normalise along `dim`."""
        return log_softmax(input, self.dim)


class GLU(_Activation):
    """a sigmoid(b), for the two halves a and b of x along `dim`, which comes out half as long (Dauphin et al. 2017).

    Raises ShapeError where that axis is missing, or of odd length.

    >>> GLU()(autograd.tensor([1.0, 2.0, 0.0, 1000.0]))
    Tensor([0.5, 2. ])
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Halve `dim`."""
        return glu(input, self.dim)
