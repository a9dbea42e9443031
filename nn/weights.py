"""Weights on disk in the safetensors format, which PyTorch's tools read and write too: arrays and names, no code."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.support import archive

from .module import Module

__all__ = ["load", "save"]


def save(
    state: Module | Mapping[str, Any], path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a model's state, or arrays by name, to a safetensors file: all of it, or the old file stays as it was.

    Of a module, a tied parameter is written once, under the first of its names in alphabetical order, and the
    metadata says which names it has besides, as PyTorch's `safetensors.torch.save_model` does; `load_state_dict`
    and `safetensors.torch.load_model` understand that. A mapping is written as it is. `metadata` is text by name,
    for `safetensors.safe_open(path, "np").metadata()`.

    Raises WeightsError that lists what the format cannot hold, and OSError (FileNotFoundError, PermissionError,
    ...) when the file cannot be written.

    >>> import os, tempfile
    >>> from nn import Linear, load
    >>> model, folder = Linear(3, 2), tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "model.safetensors")
    >>> save(model, path)
    >>> model.load_state_dict(load(path))
    Keys(missing_keys=[], unexpected_keys=[])
    >>> folder.cleanup()
    """
    if not isinstance(state, (Module, Mapping)):
        raise TypeError(f"nn.save(state, path): state is a Module or a dict of arrays, not {type(state).__name__}")
    state, tied = _without_twins(state) if isinstance(state, Module) else (state, {})
    archive.write("nn.save", path, state, {**tied, **(metadata or {})})


def load(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read a safetensors file into arrays by name; `model.load_state_dict(nn.load(path))` puts them into a model.

    bfloat16 is read as float32, exactly. Raises FileNotFoundError and other OSErrors, and WeightsError that says
    what is wrong with a file that is damaged, no safetensors file, or holds numbers that NumPy lacks (float8, complex).

    >>> import os, tempfile
    >>> from nn import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "weights.safetensors")
    ...     save({"scale": np.float32(2.0)}, path)
    ...     load(path)
    {'scale': array(2., dtype=float32)}
    """
    return archive.read("nn.load", path)[0]


def _without_twins(module: Module) -> tuple[dict[str, Any], dict[str, str]]:
    """The state with each tied tensor under one name, and for its other names that one."""
    state = dict(module._state())
    first: dict[int, str] = {}
    for name in sorted(state):
        first.setdefault(id(state[name]), name)
    tied = {name: first[id(tensor)] for name, tensor in state.items() if first[id(tensor)] != name}
    return {name: tensor for name, tensor in state.items() if name not in tied}, tied
