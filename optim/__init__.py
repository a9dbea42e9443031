"""Optimizers on the engine, under PyTorch's names, arguments and defaults, and the loop that trains with them.

Optimizers  SGD Adam AdamW NAdam RAdam Adamax Adagrad Adadelta RMSprop Rprop LBFGS Lion Muon; Optimizer to write one
Rates       optim.lr_scheduler
Averages    optim.swa_utils: AveragedModel for SWA and EMA
Training    fit evaluate History save_checkpoint load_checkpoint, optim.metrics, optim.logging
Others      optim.sklearn: NeuralClassifier NeuralRegressor, estimators of scikit-learn's
Processes   optim.distributed: data parallel training on MPI
Pictures    optim.pictures: what a Probe saw in training, and arrays from it
"""

import sys as _sys
from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

import autograd as _engine

if not hasattr(_engine, "no_grad"):  # HIPS's package installs under the same name, and pip says nothing
    raise ImportError(
        f"the package `autograd` at {_engine.__file__} is not Glassgrad's; another distribution overwrote it. "
        "Mend: pip uninstall autograd && pip install --force-reinstall --no-deps glassgrad"
    )

from . import distributed, logging, lr_scheduler, metrics, pictures, swa_utils
from .adagrad import Adadelta, Adagrad, RMSprop
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .checkpoint import load_checkpoint, save_checkpoint
from .evaluation import evaluate
from .fit import fit
from .history import History
from .lbfgs import LBFGS
from .muon import Muon
from .optimizer import Optimizer
from .sgd import SGD
from .signs import Lion, Rprop

__all__ = [
    "LBFGS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "History", "Lion", "Muon", "NAdam", "Optimizer",
    "RAdam", "RMSprop", "Rprop", "distributed", "evaluate", "fit", "load_checkpoint", "logging", "lr_scheduler",
    "metrics", "pictures", "save_checkpoint", "swa_utils",
]  # fmt: skip


if _TYPE_CHECKING:
    from . import sklearn as sklearn
else:  # unseen by a type checker, to whom a misspelt name stays one

    def __getattr__(name: str) -> object:
        """Import `optim.sklearn` where it is first used: it needs scikit-learn."""
        if name == "sklearn":
            return _import_module("optim.sklearn")
        raise AttributeError(f"module 'optim' has no attribute {name!r}", name=name, obj=_sys.modules["optim"])


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
