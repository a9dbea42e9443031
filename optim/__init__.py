"""Optimizers on the engine: PyTorch's names, arguments and defaults."""

import autograd as _engine

if not hasattr(_engine, "no_grad"):  # HIPS's package installs under the same name, and pip says nothing
    raise ImportError(
        f"the package `autograd` at {_engine.__file__} is not Glassgrad's; another distribution overwrote it. "
        "Mend: pip uninstall autograd && pip install --force-reinstall --no-deps glassgrad"
    )

from .adagrad import Adadelta, Adagrad, RMSprop
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .lbfgs import LBFGS
from .lion import Lion
from .muon import Muon
from .optimizer import Optimizer
from .rprop import Rprop
from .sgd import SGD

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
]
