"""`autograd.misc.fixed_points`: where a function maps a point to itself, and how that moves with a parameter."""

from typing import Any

import numpy as np

from autograd.support.tree import tree_map
from autograd.transforms import jacobian

from ..tracer import Function, getval, holds
from .flatten import flatten


def fixed_point(f: Function, a: Any, x0: Any, distance: Function, tol: float) -> Any:
    """The x with f(a)(x) = x, found by iterating from x0 until a step is shorter than `tol`.

    Where `a` is traced, two of Newton's steps follow, of whose derivatives the first two orders are those of x.
    """
    step = f(tree_map(getval, a))
    x, before = step(x0), x0
    while distance(x, before) > tol:
        x, before = step(x), x
    if not holds(a):
        return x
    x, unflatten = flatten(x)
    again = f(a)

    def move(x: Any) -> Any:
        return flatten(again(unflatten(x)))[0] - x

    for _ in range(2):
        x = x - np.linalg.solve(jacobian(move)(x), move(x))
    return unflatten(x)
