"""Einops' own suite on Tensors: `pytest -p tests.autograd.dialects.array_api.einops_on_tensors --pyargs einops.tests`.

Its back end for NumPy hands out Tensors in the place of arrays, which is all that is changed.
"""

from itertools import count
from typing import Any

import numpy as np
from einops._backends import NumpyBackend

import autograd

made = count()
from_dlpack: Any = np.from_dlpack


def tensor(x: Any) -> Any:
    """The array as a Tensor, recorded if it can be."""
    next(made)
    return autograd.Tensor(x, requires_grad=x.dtype.kind in "fc")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"{next(made)} Tensors")


NumpyBackend.is_appropriate_type = lambda self, x: isinstance(x, (np.ndarray, np.generic, autograd.Tensor))
NumpyBackend.from_numpy = lambda self, x: tensor(x)
NumpyBackend.to_numpy = lambda self, x: x.data if isinstance(x, autograd.Tensor) else x
NumpyBackend.arange = lambda self, start, stop: tensor(np.arange(start, stop))
# what its tests of `einops.array_api` make arrays with, and turn results back
np.from_dlpack = lambda x: tensor(x) if isinstance(x, np.ndarray) else from_dlpack(x.detach())
