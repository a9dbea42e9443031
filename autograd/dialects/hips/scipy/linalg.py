"""`autograd.scipy.linalg`: SciPy's functions, of which those that are listed take Tensors."""

import scipy.linalg as _theirs
from scipy.linalg import *  # noqa: F403

from autograd import ops as _ops

from ..tracer import either as _either

for _name in "det expm inv logm polar solve_banded solve_sylvester solve_triangular sqrtm".split():
    globals()[_name] = _either(getattr(_theirs, _name), getattr(_ops, _name))
