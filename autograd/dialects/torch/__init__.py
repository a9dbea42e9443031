"""PyTorch's dialect: `from autograd.dialects import torch`, or `python -m autograd.dialects.torch program.py`.

Its names and meanings over this engine, on the CPU. docs/dialects.md says what runs and what differs.

>>> from autograd.dialects import torch
>>> x = torch.zeros(2, 3, requires_grad=True)
>>> y = (x + 1).sum(dim=1, keepdim=True)
>>> y.size(0), y.max(0).values
(2, tensor([3.], grad_fn=<squeeze>))
"""

from __future__ import annotations

import math as _math
import sys as _sys
import types as _types
from contextlib import nullcontext as _nullcontext
from typing import Any

import numpy as _np

import nn as _nn
import optim as _optim
from nn.utils import rnn as _rnn

from ...engine import modes as _modes
from . import creation as _creation, derivatives as _derivatives, distributions as _distributions
from . import functions as _functions, loading as _loading, modules as _modules, optimizers as _optimizers
from . import saving as _saving
from .absent import Absent as _Absent, lookup as _lookup
from .tensor import Size as Size, Tensor as Tensor, device as device, inward as _inward


class Scaler:
    """torch.amp.GradScaler, of no use on the CPU: it passes everything on."""

    def __init__(self, *args: Any, **options: Any) -> None:
        pass

    def scale(self, loss: Any) -> Any:
        """The loss as it is."""
        return loss

    def step(self, optimizer: Any, *args: Any) -> Any:
        """The optimizer's step."""
        return optimizer.step(*args)

    def unscale_(self, optimizer: Any) -> None:
        """Nothing."""

    def update(self) -> None:
        """Nothing."""


def autocast(device_type: str = "cpu", dtype: Any = None, enabled: bool = True, **_: Any) -> Any:
    """float32 stays float32."""
    if enabled and dtype is not None and dtype is not float32:
        repr(dtype)
    return _nullcontext()


def compile(model: Any = None, **_: Any) -> Any:
    """The model as it is."""
    return (lambda f: f) if model is None else model


def set_default_dtype(d: Any) -> None:
    """The dtype of Tensors of Python floats."""
    _modes.default_dtype(d)


def _nothing(*args: Any, **options: Any) -> None:
    """What means nothing on one machine without accelerators."""


float16 = half = _np.dtype(_np.float16)
float32 = float = _np.dtype(_np.float32)
float64 = double = _np.dtype(_np.float64)
int8, int16, int32, int64 = map(_np.dtype, ("int8", "int16", "int32", "int64"))
short, int, long, uint8, bool = int16, int32, int64, _np.dtype(_np.uint8), _np.dtype(_np.bool_)
bfloat16, cfloat, complex64 = _Absent("bfloat16"), _Absent("complex64"), _Absent("complex64")
dtype = _np.dtype
strided = "torch.strided"
contiguous_format = channels_last = preserve_format = None
pi, e, inf, nan = _math.pi, _math.e, _math.inf, _math.nan
__version__ = "2.13.0+glassgrad"

no_grad, enable_grad, inference_mode = _modes.no_grad, _modes.enable_grad, _modes.inference_mode
set_grad_enabled, is_grad_enabled = _modes.set_grad_enabled, _modes.is_grad_enabled
save, load, vmap = _saving.save, _saving.load, _derivatives.vmap
finfo, iinfo = _np.finfo, _np.iinfo
is_tensor = lambda obj: isinstance(obj, Tensor)
get_default_dtype = lambda: _modes.default.get()
set_printoptions = set_num_threads = set_float32_matmul_precision = use_deterministic_algorithms = _nothing
get_num_threads = lambda: 1
is_autocast_enabled = lambda: False
set_default_device = device

globals().update({**_functions.namespace, **_creation.namespace})

_F = {**{n: f for n, f in _functions.namespace.items() if n in ("tanh", "sigmoid", "softmax", "log_softmax")}}
_off = {"is_available": lambda: False, "device_count": lambda: 0, "is_initialized": lambda: False}
_quiet = dict.fromkeys(("manual_seed", "manual_seed_all", "empty_cache", "synchronize", "set_device"), _nothing)
_amp = {"autocast": autocast, "GradScaler": Scaler}
_utils = {n: f for n, f in _modules.named(_nn.utils).items()}
_matmul = _types.SimpleNamespace(allow_tf32=False)

modules: dict[str, dict[str, Any]] = {  # every module of PyTorch's that a program may import
    "nn": _modules.namespace,
    "nn.functional": {**_modules.F, **_F},
    "nn.init": _modules.INIT,
    "nn.utils": _utils,
    "nn.utils.rnn": {**_modules.named(_rnn), "PackedSequence": _rnn.PackedSequence},
    "nn.parameter": {"Parameter": _modules.Parameter},
    "nn.modules.linear": {**_modules.namespace, "NonDynamicallyQuantizableLinear": _modules.namespace["Linear"]},
    "nn.parallel": {n: _Absent(f"distributed.{n}") for n in ("DataParallel", "DistributedDataParallel")},
    "distributed": {
        **{n: _Absent(f"distributed.{n}") for n in ("init_process_group", "destroy_process_group", "get_rank")},
        **{"is_available": lambda: False, "is_initialized": lambda: False},
    },
    "onnx": {"export": _Absent("onnx.export")},
    "profiler": {n: _Absent(f"profiler.{n}") for n in ("profile", "ProfilerActivity", "schedule")},
    "serialization": {"safe_globals": _nullcontext, "add_safe_globals": _nothing},
    "nn.modules": _modules.namespace,
    "optim": _optimizers.namespace,
    "optim.lr_scheduler": {n: getattr(_optim.lr_scheduler, n) for n in _optim.lr_scheduler.__all__},
    "optim.swa_utils": {"AveragedModel": _optim.swa_utils.AveragedModel},
    "utils": {},
    "utils.data": _loading.namespace,
    "utils.data.dataset": _loading.namespace,
    "utils.data.dataloader": _loading.namespace,
    "utils.checkpoint": {"checkpoint": _derivatives.checkpoint},
    "utils.tensorboard": {"SummaryWriter": _saving.SummaryWriter},
    "autograd": _derivatives.AUTOGRAD,
    "autograd.functional": {
        "jacobian": _derivatives.jacobian,
        "hessian": lambda f, x: _derivatives.FUNC["hessian"](f)(x),
    },
    "func": _derivatives.FUNC,
    "distributions": _distributions.namespace,
    "distributions.categorical": _distributions.namespace,
    "distributions.normal": _distributions.namespace,
    "linalg": _functions.linalg,
    "cuda": {**_off, **_quiet, "amp": None, "is_bf16_supported": lambda: False},
    "cuda.amp": _amp,
    "amp": _amp,
    "accelerator": {**_off, "current_accelerator": lambda *a, **o: None},
    "backends": {},
    "backends.cuda": {"matmul": _matmul, "is_built": lambda: False},
    "backends.cudnn": {"benchmark": False, "deterministic": True, "allow_tf32": False, "enabled": False},
    "backends.mps": {**_off, "is_built": lambda: False},
    "mps": {**_off, **_quiet},
    "xpu": {**_off, **_quiet},
    "random": {"manual_seed": _creation.manual_seed},
}

_FILES = "activation batchnorm container conv dropout loss module normalization pixelshuffle pooling rnn sparse"
modules |= {f"nn.modules.{file}": _modules.namespace for file in (*_FILES.split(), "transformer", "utils")}


def _module(name: str, held: dict[str, Any]) -> _types.ModuleType:
    made = _types.ModuleType(f"torch.{name}", "A part of PyTorch's dialect.")
    vars(made).update(held, __path__=[], __getattr__=lambda n: _lookup(name, vars(made), n))
    _sys.modules[f"{__name__}.{name}"] = made
    return made


def _grow() -> None:
    for name, held in sorted(modules.items()):
        parent, _, last = name.rpartition(".")
        made = _module(name, held)
        setattr(_sys.modules[f"{__name__}.{parent}" if parent else __name__], last, made)


_grow()


def __getattr__(name: str) -> Any:
    """Say what is not there, and what to do instead."""
    return _lookup("torch", globals(), name)
