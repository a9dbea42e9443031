"""Glassgrad's engine: reverse-mode automatic differentiation on NumPy that you can see through.

One flat namespace: every op under NumPy's name (SciPy's for special functions), beside `Tensor`, the switches and
the transforms. `autograd.testing` proves gradients, `autograd.viz` draws them.
"""

from . import protocol as _protocol
from .core import Tensor as Tensor
from .errors import (
    AnomalyError as AnomalyError,
)
from .errors import (
    AutogradError as AutogradError,
)
from .errors import (
    DtypeError as DtypeError,
)
from .errors import (
    GraphError as GraphError,
)
from .errors import (
    RuleError as RuleError,
)
from .errors import (
    ShapeError as ShapeError,
)
from .errors import (
    UnsupportedError as UnsupportedError,
)
from .guard import (
    op as op,
)
from .modes import default_dtype as default_dtype
from .modes import detect_anomaly as detect_anomaly
from .modes import enable_grad as enable_grad
from .modes import no_grad as no_grad
from .op import (
    composite as composite,
)
from .op import (
    elementwise as elementwise,
)
from .op import (
    registry as registry,
)
from .ops import *
from .sweep import (
    gradients as gradients,
)
from .transforms import (
    checkpoint as checkpoint,
)
from .transforms import (
    elementwise_grad as elementwise_grad,
)
from .transforms import (
    grad as grad,
)
from .transforms import (
    hessian as hessian,
)
from .transforms import (
    hvp as hvp,
)
from .transforms import (
    jacobian as jacobian,
)
from .transforms import (
    jvp as jvp,
)
from .transforms import (
    value_and_grad as value_and_grad,
)
from .transforms import (
    vjp as vjp,
)

__version__ = "0.1.0"
