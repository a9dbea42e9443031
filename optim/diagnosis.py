"""Where a loss that is no number came from: the batch, a parameter, or the first layer that made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, no_grad
from autograd.engine.types import Function, Value
from autograd.support.lines import warn

from .metrics import plain
from .model import Batch, Model


def bad_parameter(model: Model) -> str:
    """The first parameter that is not finite, in words; "" if all are."""
    for name, parameter in model.named_parameters():
        if not _finite(parameter):
            what = f"the parameter {name} {parameter.shape} {_shown(parameter)}"
            return f"{what} since an earlier update; take a smaller lr, or clip_norm"
    return ""


def first_bad(model: Model, batch: Batch, forward: Callable[[], tuple[Any, Any]]) -> str:
    """What is the first not to be finite: something in the batch, a parameter, or a layer's output.

    `forward()` runs the model once more, watched.
    """
    for where, value in _arrays("batch", batch):
        if not _finite(value):
            return f"{where} {_shown(value)}; mend the data"
    if parameter := bad_parameter(model):
        return parameter
    found: list[str] = []
    hooks = [layer.register_forward_hook(_watch(found, name)) for name, layer in model.named_modules()]
    try:
        with no_grad(), np.errstate(all="ignore"):
            output, _ = forward()
        largest = max((np.abs(plain(v)).max(initial=0.0) for _, v in _arrays("", output)), default=0.0)
    finally:
        for hook in hooks:
            hook.remove()
    if found:
        return found[0]
    made = f"all layers' outputs are finite, up to {largest:.3g}: it is the loss function that makes this of them"
    return f"{made}; would a smaller lr, or clip_norm, keep them small?"


def warn_wide(model: Model, batch: Batch, output: object) -> None:
    """Say that float32 weights meet float64 data, of which NumPy makes float64 throughout."""
    wide = [f"{where} {value.shape}" for where, value in _arrays("batch", batch) if value.dtype == np.float64]
    made = [value.dtype for _, value in _arrays("", output)]
    if wide and np.float64 in made and all(p.dtype == np.float32 for p in model.parameters()):
        warn(
            f"fit: {wide[0]} is float64, and the parameters are float32, so that each operation computes in float64 "
            "and takes up to twice the time, for digits that the weights cannot keep. Make the data float32, "
            "x.astype(np.float32), or if the digits matter the model float64, model.to(np.float64)"
        )


def _watch(found: list[str], name: str) -> Function:
    def hook(layer: object, args: object, output: object) -> None:
        bad = [value for _, value in _arrays("", output) if not _finite(value)]
        if bad and not found:
            # a layer's hook runs after those of the layers in it, so the first to complain is the one that made it
            fed = all(_finite(value) for _, value in _arrays("", args))
            sound = "finite inputs; is the lr too large, or a log or a root taken of 0?"
            came = sound if fed else "inputs that hold such numbers already, from outside any layer"
            layer_name = f"layer {name!r}" if name else "the model itself"
            gave = f"gave an output of shape {bad[0].shape} that {_shown(bad[0])}"
            found.append(f"{layer_name} ({type(layer).__name__}) {gave}, from {came}")

    return hook


def _arrays(where: str, value: object) -> list[tuple[str, Any]]:
    """All arrays of floats in a batch or an output, each with its place."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _arrays(f"{where}[{key!r}]", item)]
    if isinstance(value, (list, tuple)):
        return [found for i, item in enumerate(value) for found in _arrays(f"{where}[{i}]", item)]
    if isinstance(value, (np.ndarray, np.floating, Tensor)) and value.dtype.kind == "f":
        return [(where, value)]
    return []


def _finite(value: Value) -> bool:
    return bool(np.isfinite(plain(value)).all())


def _shown(value: Value) -> str:
    """How many numbers are not finite, and where the first one is."""
    values = np.asarray(plain(value))
    bad = np.argwhere(~np.isfinite(values))
    first = tuple(int(i) for i in bad[0])
    return f"holds {values[first]} at {first}" + (f" and {len(bad) - 1:,} more" if len(bad) > 1 else "")
