"""Glassgrad's engine: reverse-mode automatic differentiation on NumPy that you can see through.

One flat namespace: every op under NumPy's name (SciPy's for special functions), beside `Tensor`, the switches and
the transforms. `autograd.testing` proves gradients, `autograd.viz` draws them.
"""

import sys as _sys
import types as _types
import typing as _typing
from importlib import import_module as _import_module

from .dialects import array_api as _array_api  # so that a Tensor names it
from .engine import errors as _errors, protocol as _protocol
from .engine.errors import (
    AnomalyError as AnomalyError,
    AutogradError as AutogradError,
    DtypeError as DtypeError,
    GraphError as GraphError,
    MistakeWarning as MistakeWarning,
    RenderError as RenderError,
    RuleError as RuleError,
    ShapeError as ShapeError,
    TraceError as TraceError,
    UnsupportedError as UnsupportedError,
    WeightsError as WeightsError,
)
from .engine.modes import (
    default_dtype as default_dtype,
    enable_grad as enable_grad,
    inference_mode as inference_mode,
    is_grad_enabled as is_grad_enabled,
    no_grad as no_grad,
    reproducible as reproducible,
    set_grad_enabled as set_grad_enabled,
)
from .engine.op import registry as registry
from .engine.tensor import Tensor as Tensor
from .ops import *
from .ops import cases as _cases, fourier as fft, stats as stats
from .program.batch import LoopWarning as LoopWarning, per_example_grad as per_example_grad, vmap as vmap
from .program.compiled import compile as compile
from .program.debug import CompileError as CompileError, CompileWarning as CompileWarning
from .program.source import source as source
from .program.sparsity import sparse_jacobian as sparse_jacobian
from .solvers import (
    ConvergenceWarning as ConvergenceWarning,
    fixed_point as fixed_point,
    least_squares as least_squares,
    minimize as minimize,
    quad as quad,
    root as root,
    solve_ivp as solve_ivp,
)
from .support import display as _display, memory as _keeping  # which keeps freed memory for the next array
from .support.bits import array as _exact
from .transforms import (
    checkpoint as checkpoint,
    elementwise_grad as elementwise_grad,
    grad as grad,
    gradients as gradients,
    hessian as hessian,
    holomorphic_grad as holomorphic_grad,
    hvp as hvp,
    jacobian as jacobian,
    jvp as jvp,
    value_and_grad as value_and_grad,
    vjp as vjp,
)
from .watch import memory as memory, mistakes as _mistakes
from .watch.anomaly import detect_anomaly as detect_anomaly
from .watch.cuts import check_graph as check_graph
from .watch.doctor import doctor as doctor
from .watch.guard import op as op
from .watch.lines import source_lines as source_lines
from .watch.names import of_package as _of_package

__version__ = "0.1.0"
__path__.append(f"{__path__[0]}/dialects/hips")  # noqa: F405 (where `import autograd.numpy` looks, too)

Tensor._repr_html_ = _display.tensor  # type: ignore[attr-defined]  # what notebooks ask for; the engine draws nothing

for _short, _room in (
    ("errors", _errors),
    ("cases", _cases),
    ("stats", stats),
    ("fft", fft),
    ("memory", memory),
):  # shorter than where they stand
    _sys.modules[f"{__name__}.{_short}"] = _room

if _typing.TYPE_CHECKING:
    from . import onnx as onnx, testing as testing, viz as viz
else:  # unseen by a type checker, to whom a misspelt name stays one

    def __getattr__(name: str) -> object:
        """Import `autograd.viz`, `testing` or `onnx` where it is first used: they need more than NumPy."""
        if name in ("viz", "testing", "onnx"):
            return _import_module(f"{__name__}.{name}")
        hips = _import_module(f"{__name__}.dialects.hips")
        if name in hips.MODULES:
            return _import_module(f"{__name__}.{name}")
        if name in hips.NAMES:
            return getattr(_import_module(f"{__name__}.differential_operators"), name)
        if name in _of_package:  # without Python's own guess beside it
            raise AttributeError(f"autograd has no {name}; here it is {_of_package[name]}", name=name, obj=None)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=_sys.modules[__name__])


def __dir__() -> list[str]:
    """The public names: of modules, only those that are imported where they are first used."""
    names = {name for name, value in globals().items() if name[0] != "_" and not isinstance(value, _types.ModuleType)}
    return sorted(names | {"fft", "memory", "stats", "viz", "testing", "__version__"})
