"""Checkpoints: the whole state of a run in one file, arrays as safetensors and all else as JSON beside them."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from autograd import Tensor, WeightsError
from autograd.engine.types import Array
from autograd.support import archive

from .optimizer import State

_KEY = "glassgrad.checkpoint"
_VERSION = "1"  # of how a state is written; a file that says none is of the first


def save_checkpoint(path: str | os.PathLike[str], state: Mapping[Any, object]) -> None:
    """Write a state, a dict of dicts, lists, arrays, numbers and text, to a file: all of it, or the old file stays.

    Keys are text, numbers or None. Tensors come back as arrays, arrays in C order and little-endian, NumPy's numbers as
    Python's, and kinds of dict, list and tuple as these.

    Raises TypeError for a path or state of another kind, WeightsError for what cannot be written, and OSError
    (FileNotFoundError, PermissionError, ...) that says what to do when there is no room or no permission.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "run.checkpoint")
    ...     save_checkpoint(path, {"epoch": 3, "model": {"weight": np.ones(2)}})
    ...     load_checkpoint(path)
    {'epoch': 3, 'model': {'weight': array([1., 1.])}}
    """
    if isinstance(path, Mapping) or hasattr(path, "state_dict"):
        raise TypeError("save_checkpoint(path, state): the path comes first")
    _check_path("save_checkpoint", path)
    if not isinstance(state, Mapping):
        mend = ', such as {"model": model.state_dict()}' if hasattr(state, "state_dict") else ""
        raise TypeError(f"save_checkpoint: state is a {type(state).__name__}; it takes a dict{mend}")
    arrays: dict[str, Array] = {}
    packed = _pack(state, "", arrays)
    text = json.dumps(packed)
    about = {_KEY: text, f"{_KEY}.version": _VERSION, f"{_KEY}.crc32": _checksum(text, arrays)}
    archive.write("save_checkpoint", path, arrays, about)


def load_checkpoint(path: str | os.PathLike[str]) -> State:
    """The state that `save_checkpoint` wrote, every bit of the arrays and numbers: a checksum tells if one flipped.

    Raises TypeError for what is no path, FileNotFoundError and other OSErrors, and WeightsError for a damaged file,
    one that is no checkpoint, or one of a later version of this library.
    """
    _check_path("load_checkpoint", path)
    arrays, metadata = archive.read("load_checkpoint", path)
    name = f"load_checkpoint: {os.fsdecode(path)!r}"
    if _KEY not in metadata:
        raise WeightsError(f"{name} holds weights, but is no checkpoint of a run; nn.load reads it")
    version = metadata.get(f"{_KEY}.version", "1")
    if version != _VERSION:
        what = f"was written in version {version!r} of its format, and this library reads {_VERSION!r}"
        raise WeightsError(f"{name} {what}; update glassgrad")
    damaged = metadata.keys() - {_KEY, f"{_KEY}.version", f"{_KEY}.crc32"}  # or a flipped bit hides the checksum
    # files of 0.1.0 have none
    if damaged or metadata.get(f"{_KEY}.crc32") not in (None, _checksum(metadata[_KEY], arrays)):
        raise WeightsError(f"{name} is damaged: it is not what was written, bit for bit; use an older one, or a copy")
    try:
        state: State = dict(json.loads(metadata[_KEY], object_hook=partial(_unpack, arrays)))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise WeightsError(f"{name} is damaged: its arrays are there, but not what they belong to ({error})") from error
    return state


def _checksum(text: str, arrays: Mapping[str, Array]) -> str:
    """Of every bit of a state: a damaged disk is found out, not somebody who means harm."""
    found = zlib.crc32(text.encode())
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        if array.dtype.kind in "fiubc":  # writing refuses the others
            about = f"{name} {array.dtype.newbyteorder('<').str} {array.shape}"
            found = zlib.crc32(about.encode(errors="surrogatepass"), found)
            flat = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1)
            found = zlib.crc32(flat.view("u1").data, found)
    return f"{found:08x}"


def _check_path(what: str, path: object) -> None:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"{what}: path={path!r} is no name of a file, a str or a Path")


# JSON knows no arrays, tuples, or keys that are numbers: these stand in a dict with one key of its own
_ARRAY, _TUPLE, _ITEMS = "*array", "*tuple", "*items"


def _pack(value: object, path: str, arrays: dict[str, Array]) -> object:
    if isinstance(value, Tensor):
        value = np.asarray(value.data)
    if isinstance(value, np.ndarray):
        name, count = path, 1
        while name in arrays:  # the keys "a.b", and "b" in "a"
            name, count = f"{path}~{count}", count + 1
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, Mapping):
        for key in value:
            if type(key) not in (str, int, float, bool, type(None)):
                strange = f"{path or 'state'} has the key {key!r}, a {type(key).__name__}"
                raise WeightsError(f"save_checkpoint: {strange}; it takes text and numbers")
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


def _unpack(arrays: dict[str, Array], packed: dict[str, Any]) -> object:
    """What a dict in JSON stands for, whose items are unpacked by now."""
    if _ARRAY in packed:
        return arrays[packed[_ARRAY]]
    if _TUPLE in packed:
        return tuple(packed[_TUPLE])
    return dict(packed.get(_ITEMS, packed))
