"""Glassgrad's engine: reverse-mode automatic differentiation on NumPy that you can see through.

One flat namespace: every op under NumPy's name (SciPy's for special functions), beside `Tensor`, the switches and
the transforms. `autograd.testing` proves gradients, `autograd.viz` draws them.
"""

from . import ops as _ops
from .core import Tensor, default_dtype, detect_anomaly, enable_grad, no_grad
from .errors import AnomalyError, AutogradError, DtypeError, GraphError, RuleError, ShapeError, UnsupportedError
from .op import composite, elementwise, op, registry
from .ops.activation import *
from .ops.arithmetic import *
from .ops.comparison import *
from .ops.creation import *
from .ops.decomposition import *
from .ops.exponential import *
from .ops.index import *
from .ops.linalg import *
from .ops.loss import *
from .ops.norm import *
from .ops.random import *
from .ops.reduction import *
from .ops.shape import *
from .ops.special import *
from .ops.trigonometric import *
from .sweep import gradients

__version__ = "0.1.0"
from .transforms import checkpoint, elementwise_grad, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
