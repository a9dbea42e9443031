"""Optimizers on the engine: PyTorch's names, arguments and defaults."""

import autograd as _engine

if not hasattr(_engine, "no_grad"):  # HIPS's package installs under the same name, and pip says nothing
    raise ImportError(
        f"the package `autograd` at {_engine.__file__} is not Glassgrad's; another distribution overwrote it. "
        "Mend: pip uninstall autograd && pip install --force-reinstall --no-deps glassgrad"
    )

from . import lr_scheduler, metrics, swa_utils
from .adam import Adam, AdamW
from .checkpoint import load_checkpoint, save_checkpoint
from .fit import fit
from .history import History
from .optimizer import Optimizer
from .sgd import SGD

__all__ = [
    "SGD", "Adam", "AdamW", "History", "Optimizer", "fit", "load_checkpoint", "lr_scheduler", "metrics",
    "save_checkpoint", "swa_utils",
]  # fmt: skip
