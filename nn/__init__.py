"""Neural-network layers on the engine: PyTorch's names, arguments, defaults and parameter names."""

import autograd as _engine

if not hasattr(_engine, "no_grad"):  # HIPS's package installs under the same name, and pip says nothing
    raise ImportError(
        f"the package `autograd` at {_engine.__file__} is not Glassgrad's; another distribution overwrote it. "
        "Mend: pip uninstall autograd && pip install --force-reinstall --no-deps glassgrad"
    )

from .activation import (
    ELU,
    GELU,
    SELU,
    Hardtanh,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from .containers import Sequential
from .linear import Linear
from .losses import CrossEntropyLoss, MSELoss
from .module import Module, Parameter

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "CrossEntropyLoss",
    "Hardtanh",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Mish",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]
