"""torch.save and load: Tensors in a safetensors file, what surrounds them as in a checkpoint of `optim`. No pickles.

Of a whole model only the weights are written; the same run gets it back as a copy of the model that it saved.
"""

import copy
import os
import tempfile
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

import optim

from ...support import archive
from ...support.tree import flatten
from .absent import missing
from .creation import made
from .modules import Module
from .tensor import Tensor, native

_saved: dict[str, weakref.ref[Module]] = {}  # the models of this run


def save(obj: Any, f: Any, **_: Any) -> None:
    """Write Tensors, alone or in dicts and lists with numbers and text, to a path or a file."""
    if not isinstance(f, (str, os.PathLike)):
        with tempfile.TemporaryDirectory() as folder:
            save(obj, path := Path(folder) / "file")
            f.write(path.read_bytes())
        return
    name = f"{type(obj).__name__} {id(obj)}" if isinstance(obj, Module) else ""
    if isinstance(obj, Module):
        _saved[name], obj = weakref.ref(obj), obj.state_dict()
    leaves, _rebuild = flatten(obj)
    for leaf in leaves:
        if not isinstance(leaf, (Tensor, np.ndarray, np.generic, str, int, float, type(None))):
            raise missing(f"torch.save of a {type(leaf).__name__}, a pickle,")
    tensors = [isinstance(leaf, Tensor) for leaf in leaves]
    if isinstance(obj, dict) and len(obj) == sum(tensors) and not name:  # any reader of safetensors understands these
        archive.write("torch.save", f, {n: t.numpy() for n, t in obj.items()}, {})
    else:
        optim.save_checkpoint(f, {"model": name, "object": native(obj), "tensors": tensors})


def load(f: Any, map_location: Any = None, **_: Any) -> Any:
    """Read what `save` wrote."""
    if not isinstance(f, (str, os.PathLike)):
        with tempfile.TemporaryDirectory() as folder:
            (path := Path(folder) / "file").write_bytes(f.read())
            return load(path)
    arrays, metadata = archive.read("torch.load", f)
    if not metadata:
        return OrderedDict((name, made(a)) for name, a in arrays.items())
    state = optim.load_checkpoint(f)
    leaves, rebuild = flatten(state["object"])
    found = rebuild([made(leaf) if tensor else leaf for leaf, tensor in zip(leaves, state["tensors"])])
    if not state["model"]:
        return found
    model = copy.deepcopy(_saved.get(state["model"], lambda: None)())
    if model is None:
        raise missing(f"torch.load of a {state['model'].split()[0]} that another run saved, a pickle,")
    model.load_state_dict(found)
    return model


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
