"""torch.save and load: Tensors in a safetensors file, and what surrounds them as JSON beside. No pickles.

Of a whole model only the weights are written; the same run gets it back as a copy of the model that it saved.
"""

from __future__ import annotations

import copy
import json
import os
import tempfile
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import numpy as codec

from ...support import archive
from .absent import missing
from .creation import made
from .modules import Module
from .tensor import Tensor

_saved: dict[str, weakref.ref[Module]] = {}  # the models of this run
_PLAIN = (str, int, float, bool, type(None))


def save(obj: Any, f: Any, **_: Any) -> None:
    """Write Tensors, alone or in dicts and lists with numbers and text, to a path or a file."""
    arrays: dict[str, Any] = {}
    if isinstance(obj, Module):
        note = {"module": f"{type(obj).__name__} {id(obj)}"}
        _noted(obj.state_dict(), "", arrays)
        _saved[note["module"]] = weakref.ref(obj)
    else:
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
        with open(path, "wb") as file:
            file.write(f.read())
        return _read(path)


def _read(path: Any) -> Any:
    arrays, metadata = archive.read("torch.load", path)
    if "torch" not in metadata:
        return OrderedDict((name, made(a)) for name, a in arrays.items())
    note = json.loads(metadata["torch"])
    if not isinstance(note, dict) or "module" not in note:
        return _restored(note, arrays)
    model = _saved.get(note["module"], lambda: None)()
    if model is None:
        raise missing(f"torch.load of a {note['module'].split()[0]} that another run saved, a pickle,")
    model = copy.deepcopy(model)
    model.load_state_dict(arrays)
    return model


def _noted(value: Any, path: str, arrays: dict[str, Any]) -> Any:
    """A note of `value` in JSON, its Tensors moved to `arrays`."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        arrays[path or "tensor"] = np.asarray(value.numpy(force=True) if isinstance(value, Tensor) else value)
        return {"array" if isinstance(value, (np.ndarray, np.generic)) else "tensor": path or "tensor"}
    if isinstance(value, dict):
        path = f"{path}." if path else ""
        return {"dict": [[_noted(k, "", {}), _noted(v, f"{path}{k}", arrays)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [_noted(v, f"{path}.{i}", arrays) for i, v in enumerate(value)]}
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
    parts = (_restored(part, arrays) for part in held)
    return list(parts) if kind == "list" else tuple(parts)


class SummaryWriter:
    """What tensorboard would draw, as a line of text each: `tag,step,value` in scalars.csv."""

    def __init__(self, log_dir: Any = "runs", **_: Any) -> None:
        self.path = Path(log_dir) / "scalars.csv"
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def add_scalar(self, tag: str, scalar_value: Any, global_step: int = 0, **_: Any) -> None:
        """Note a number."""
        with self.path.open("a") as file:
            file.write(f"{tag},{global_step},{float(scalar_value)}\n")

    flush = close = lambda self: None
