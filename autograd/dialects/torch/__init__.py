"""PyTorch's dialect: `from autograd.dialects import torch`, or `python -m autograd.dialects.torch program.py`.

Its names and meanings over this engine, on the CPU. docs/dialects.md says what runs and what differs.

>>> from autograd.dialects import torch
>>> x = torch.zeros(2, 3, requires_grad=True)
>>> y = (x + 1).sum(dim=1, keepdim=True)
>>> y.size(0), y.max(0).values
(2, tensor([3.], grad_fn=<squeeze>))
"""

import sys as _sys
import types as _types
from contextlib import nullcontext as _nullcontext
from typing import Any

import numpy as _np

import nn as _engine_nn
import optim as _optim

from ...engine import modes as _modes
from . import creation, derivatives, distributions, functions, loading, modules as _modules, optimizers, saving
from .absent import Absent as _Absent, lookup as _lookup
from .tensor import Size as Size, Tensor as Tensor, device as device, inward as native

# what means nothing on one machine without accelerators: float32 stays float32 and needs no scale, a model what it is
_nothing = lambda *args, **options: None
_scaling = {"scale": lambda loss: loss, "step": lambda optimizer, *args: optimizer.step(*args)}
_Scaler = lambda *args, **options: _types.SimpleNamespace(**_scaling, unscale_=_nothing, update=_nothing)
autocast = lambda *args, **options: _nullcontext()
compile = lambda model=None, **_: model or (lambda f: f)

float16 = half = _np.dtype(_np.float16)
float32 = float = _np.dtype(_np.float32)
float64 = double = _np.dtype(_np.float64)
int8, int16, int32, int64 = map(_np.dtype, ("int8", "int16", "int32", "int64"))
short, int, long, uint8, bool = int16, int32, int64, _np.dtype(_np.uint8), _np.dtype(_np.bool_)
complex64, complex128 = cfloat, cdouble = _np.dtype(_np.complex64), _np.dtype(_np.complex128)
bfloat16, dtype = _Absent("bfloat16"), _np.dtype
strided = "torch.strided"
contiguous_format = channels_last = preserve_format = None
pi, e, inf, nan = _np.pi, _np.e, _np.inf, _np.nan
__version__ = "2.13.0+glassgrad"

no_grad, enable_grad, inference_mode = _modes.no_grad, _modes.enable_grad, _modes.inference_mode
set_grad_enabled, is_grad_enabled = _modes.set_grad_enabled, _modes.is_grad_enabled
save, load, vmap = saving.save, saving.load, derivatives.FUNC["vmap"]
finfo, iinfo, is_tensor = _np.finfo, _np.iinfo, lambda obj: isinstance(obj, Tensor)
set_printoptions = set_num_threads = set_float32_matmul_precision = use_deterministic_algorithms = _nothing
get_default_dtype, get_num_threads, is_autocast_enabled = _modes.default.get, lambda: 1, lambda: False
set_default_device, set_default_dtype = device, lambda d: _modes.default_dtype(d) and None

_F = _modules.F
_shared = """
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d dropout embedding batch_norm layer_norm
    group_norm rms_norm cosine_similarity pairwise_distance pixel_shuffle prelu celu threshold hardshrink kl_div
    binary_cross_entropy_with_logits max_pool1d max_pool2d avg_pool1d adaptive_avg_pool1d relu_
"""
globals().update({n: _F[n] for n in _shared.split()} | functions.namespace | creation.namespace)

_off = dict.fromkeys(("is_available", "is_built", "is_initialized", "is_bf16_supported"), lambda *a, **o: False)
_off |= dict.fromkeys(("manual_seed", "manual_seed_all", "empty_cache", "synchronize", "current_accelerator"), _nothing)
_absent = lambda name, names: {n: _Absent(f"{name}.{n}") for n in names.split()}
_parallel = _absent("distributed", "DataParallel DistributedDataParallel")
_nn, _data, _chance = _modules.namespace | _parallel, loading.namespace, distributions.namespace

modules: dict[str, dict[str, Any]] = {  # every module of PyTorch's that a program may import
    "nn": _nn, "nn.init": _modules.INIT, "autograd": derivatives.AUTOGRAD, "func": derivatives.FUNC,
    "linalg": functions.linalg, "special": functions.special, "distributions": _chance,
    "nn.functional": {**{n: functions.namespace[n] for n in ("tanh", "sigmoid", "log_softmax")}, **_F},
    "nn.utils.rnn": {**_modules.named(_engine_nn.utils.rnn), "PackedSequence": _engine_nn.utils.rnn.PackedSequence},
    "nn.utils": _modules.named(_engine_nn.utils), "nn.parallel": _parallel, "onnx": _absent("onnx", "export"),
    **dict.fromkeys(("nn.modules", "nn.parameter"), _nn),
    **{f"nn.modules.{file}": _nn for file in "activation batchnorm container conv dropout loss module".split()},
    **{f"nn.modules.{file}": _nn for file in "normalization pixelshuffle pooling rnn sparse transformer".split()},
    "nn.modules.linear": {**_nn, "NonDynamicallyQuantizableLinear": _nn["Linear"]},
    **dict.fromkeys(("optim", "optim.optimizer"), optimizers.namespace),
    "optim.lr_scheduler": {n: getattr(_optim.lr_scheduler, n) for n in _optim.lr_scheduler.__all__},
    **dict.fromkeys(("utils.data", "utils.data.dataset", "utils.data.dataloader", "utils.data.sampler"), _data),
    "utils.checkpoint": {"checkpoint": derivatives.checkpoint}, **dict.fromkeys(("utils", "backends"), {}),
    "utils.tensorboard": {"SummaryWriter": saving.SummaryWriter},
    "autograd.functional": {"jacobian": derivatives.jacobian, "hessian": derivatives.hessian},
    **{f"distributions.{n}": _chance for n in "categorical normal multivariate_normal bernoulli transforms".split()},
    "fft": {**functions.fft, **creation.FFT}, "serialization": {"safe_globals": _nullcontext},
    **dict.fromkeys(("amp", "cuda.amp"), {"autocast": autocast, "GradScaler": _Scaler}),
    **dict.fromkeys(("cuda", "mps", "xpu", "accelerator", "backends.mps"), {**_off, "device_count": lambda: 0}),
    "backends.cuda": {**_off, "matmul": _types.SimpleNamespace(allow_tf32=False)},
    "backends.cudnn": {"benchmark": False, "deterministic": True, "allow_tf32": False, "enabled": False},
    "distributed": {**_off, **_absent("distributed", "init_process_group destroy_process_group get_rank")},
    "profiler": _absent("profiler", "profile ProfilerActivity schedule record_function"),
}  # fmt: skip


for _name, _held in sorted(modules.items()):
    _made = _types.ModuleType(f"torch.{_name}", "A part of PyTorch's dialect.")
    vars(_made).update(_held, __path__=[], __getattr__=_lookup(_name, vars(_made)))
    _sys.modules[f"{__name__}.{_name}"] = _made
    _parent, _, _last = f"{__name__}.{_name}".rpartition(".")
    setattr(_sys.modules[_parent], _last, _made)

__getattr__ = _lookup("torch", globals())
