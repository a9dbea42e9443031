"""torch.save and load: Tensors in a safetensors file, and what surrounds them as JSON beside. No pickles."""

from __future__ import annotations

import json
import os
import tempfile
from collections import OrderedDict
from typing import Any

import numpy as np
from safetensors import numpy as codec

from ...support import archive
from .absent import missing
from .creation import made
from .tensor import Tensor

_PLAIN = (str, int, float, bool, type(None))


def save(obj: Any, f: Any, **_: Any) -> None:
    """Write Tensors, alone or in dicts and lists with numbers and text, to a path or a file."""
    arrays: dict[str, Any] = {}
    note = _noted(obj, "", arrays)
    flat = isinstance(obj, dict) and len(arrays) == len(obj)  # any reader of safetensors understands these
    metadata = {} if flat else {"torch": json.dumps(note)}
    if isinstance(f, (str, os.PathLike)):
        archive.write("torch.save", f, arrays, metadata)
    else:
        f.write(codec.save({n: np.ascontiguousarray(a) for n, a in arrays.items()}, metadata or None))


def load(f: Any, map_location: Any = None, **_: Any) -> Any:
    """Read what `save` wrote."""
    if isinstance(f, (str, os.PathLike)):
        return _read(f)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        with open(path, "wb") as copy:
            copy.write(f.read())
        return _read(path)


def _read(path: Any) -> Any:
    arrays, metadata = archive.read("torch.load", path)
    if "torch" not in metadata:
        return OrderedDict((name, made(a)) for name, a in arrays.items())
    return _restored(json.loads(metadata["torch"]), arrays)


def _noted(value: Any, path: str, arrays: dict[str, Any]) -> Any:
    """A note of `value` in JSON, its Tensors moved to `arrays`."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        arrays[path or "tensor"] = np.asarray(value.numpy(force=True) if isinstance(value, Tensor) else value)
        return {"array" if isinstance(value, (np.ndarray, np.generic)) else "tensor": path or "tensor"}
    if isinstance(value, dict):
        path = f"{path}." if path else ""
        return {"dict": [[_noted(k, "", {}), _noted(v, f"{path}{k}", arrays)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_noted(v, f"{path}.{i}", arrays) for i, v in enumerate(value)]}
    if not isinstance(value, _PLAIN):
        raise missing(f"torch.save of a {type(value).__name__}, a pickle,")
    return value


def _restored(note: Any, arrays: dict[str, Any]) -> Any:
    if not isinstance(note, dict):
        return note
    ((kind, held),) = note.items()
    if kind in ("tensor", "array"):
        return made(arrays[held]) if kind == "tensor" else arrays[held]
    if kind == "dict":
        return OrderedDict((_restored(k, arrays), _restored(v, arrays)) for k, v in held)
    parts = [_restored(part, arrays) for part in held]
    return tuple(parts) if kind == "tuple" else parts
