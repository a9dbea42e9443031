"""Checkpoints: the whole state of a run in one file, arrays as safetensors and all else as JSON beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd import Tensor, WeightsError, archive

_KEY = "glassgrad.checkpoint"


def save_checkpoint(path: str | os.PathLike[str], state: Mapping[str, Any]) -> None:
    """Write a state, a dict of dicts, lists, arrays, numbers and text, to a file: all of it, or the old file stays.

    Raises WeightsError for what cannot be written, and OSError (FileNotFoundError, PermissionError, ...) that says what
    to do when there is no room or no permission.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "run.checkpoint")
    ...     save_checkpoint(path, {"epoch": 3, "model": {"weight": np.ones(2)}})
    ...     load_checkpoint(path)
    {'epoch': 3, 'model': {'weight': array([1., 1.])}}
    """
    arrays: dict[str, np.ndarray] = {}
    packed = _pack(dict(state), "", arrays)
    archive.write("save_checkpoint", path, arrays, {_KEY: json.dumps(packed)})


def load_checkpoint(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The state that `save_checkpoint` wrote, every bit of it.

    Raises FileNotFoundError and other OSErrors, and WeightsError for a damaged file or one that is no checkpoint.
    """
    arrays, metadata = archive.read("load_checkpoint", path)
    try:
        state: dict[str, Any] = _unpack(json.loads(metadata[_KEY]), arrays)
    except KeyError:
        raise WeightsError(
            f"load_checkpoint: {os.fsdecode(path)!r} holds weights, but is no checkpoint of a run; nn.load reads it"
        ) from None
    return state


# JSON knows no arrays, tuples, or keys that are numbers: these stand in a dict with one key of its own
_ARRAY, _TUPLE, _ITEMS = "*array", "*tuple", "*items"


def _pack(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, Tensor):
        value = np.asarray(value.data)
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {_ARRAY: path}
    if isinstance(value, Mapping):
        packed = [[key, _pack(item, f"{path}.{key}" if path else str(key), arrays)] for key, item in value.items()]
        plain = all(isinstance(key, str) and not key.startswith("*") for key, _ in packed)
        return dict(packed) if plain else {_ITEMS: packed}
    if isinstance(value, (list, tuple)):
        items = [_pack(item, f"{path}.{i}", arrays) for i, item in enumerate(value)]
        return {_TUPLE: items} if isinstance(value, tuple) else items
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise WeightsError(f"save_checkpoint: {path} is a {type(value).__name__}; it takes arrays, numbers, text and None")


def _unpack(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_unpack(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if _ARRAY in value:
        return arrays[value[_ARRAY]]
    if _TUPLE in value:
        return tuple(_unpack(item, arrays) for item in value[_TUPLE])
    if _ITEMS in value:
        return {key: _unpack(item, arrays) for key, item in value[_ITEMS]}
    return {key: _unpack(item, arrays) for key, item in value.items()}
