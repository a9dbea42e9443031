"""SciPy's solvers as operations: what they find has a derivative of any order by all that it was found from."""

from .implicit import ConvergenceWarning as ConvergenceWarning
from .ivp import solve_ivp as solve_ivp
from .optimize import (
    fixed_point as fixed_point,
    least_squares as least_squares,
    minimize as minimize,
    root as root,
)
from .quadrature import quad as quad
