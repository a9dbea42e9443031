"""Glassgrad's engine: reverse-mode automatic differentiation on NumPy that you can see through.

One flat namespace: every op under NumPy's name (SciPy's for special functions), beside `Tensor`, the switches and
the transforms. `autograd.testing` proves gradients, `autograd.viz` draws them.
"""

from . import protocol as _protocol
from .core import Tensor, default_dtype, detect_anomaly, enable_grad, no_grad
from .errors import AnomalyError, AutogradError, DtypeError, GraphError, RuleError, ShapeError, UnsupportedError
from .op import composite, elementwise, op, registry
from .ops import *
from .sweep import gradients
from .transforms import checkpoint, elementwise_grad, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__version__ = "0.1.0"
