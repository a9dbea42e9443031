"""Activations as layers, each a few lines on the engine's op."""

from __future__ import annotations

from typing import Any

import autograd

from .module import Module

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Hardtanh",
    "LeakyReLU",
    "LogSoftmax",
    "Mish",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]


class ReLU(Module):
    """max(x, 0).

    >>> ReLU()(autograd.tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.relu(x)


class LeakyReLU(Module):
    """x where positive, else negative_slope x.

    >>> LeakyReLU(0.1)(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.1,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        """The slope."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """x where positive, else alpha (exp(x) - 1).

    >>> ELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.elu(x, self.alpha)

    def extra_repr(self) -> str:
        """The scale."""
        return f"alpha={self.alpha}"


class SELU(Module):
    """The self-normalising scaled ELU.

    >>> SELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.selu(x)


class GELU(Module):
    """x times the normal distribution function of x; approximate="tanh" is the cheaper form.

    >>> GELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.gelu(x, self.approximate)

    def extra_repr(self) -> str:
        """The form."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x sigmoid(x), also called Swish.

    >>> SiLU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.silu(x)


class Mish(Module):
    """x tanh(softplus(x)).

    >>> Mish()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.mish(x)


class Softplus(Module):
    """log(1 + exp(x)).

    >>> Softplus()(autograd.tensor([-1.0, 2.0]))
    Tensor([0.3133, 2.1269])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.softplus(x)


class Softsign(Module):
    """x / (1 + |x|).

    >>> Softsign()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.softsign(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> Sigmoid()(autograd.tensor([-1.0, 2.0]))
    Tensor([0.2689, 0.8808])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent.

    >>> Tanh()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.7616,  0.964 ])
    """

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.tanh(x)


class Hardtanh(Module):
    """x limited to [min_val, max_val].

    >>> Hardtanh()(autograd.tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Any) -> Any:
        """Apply it to every element."""
        return autograd.hardtanh(x, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        """The limits."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Softmax(Module):
    """exp(x) / sum(exp(x)) along `dim`.

    >>> Softmax()(autograd.tensor([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Any) -> Any:
        """Normalise along `dim`."""
        return autograd.softmax(x, self.dim)

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """log(softmax(x)) along `dim`.

    >>> LogSoftmax()(autograd.tensor([0.0, 0.0]))
    Tensor([-0.6931, -0.6931])
    """

    def forward(self, x: Any) -> Any:
        """Normalise along `dim`."""
        return autograd.log_softmax(x, self.dim)
