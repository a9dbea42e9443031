"""Bessel functions, of the first and second kind and modified; each has the derivatives of its neighbours' order."""

from typing import Any

import numpy as np
import scipy.special as sp

from ..engine.op import numpy_functions, numpy_ufuncs
from ..engine.types import Array, Function
from .cases import Case, Draw, reals
from .declare import composite, elementwise, op

__all__ = [
    "i0", "i0e", "i1", "i1e", "iv", "ive", "j0", "j1", "jv", "k0", "k1", "kv", "y0", "y1", "yv",
]  # fmt: skip

_POSITIVE = reals(0.5, 6.0)


def _of_order(d: Draw) -> Case:  # a small integer, which leaves float32 as it is
    return np.array(d.integer(-3, 3), np.int8), d.array(low=0.5, high=6.0)


def _by_x(forward: Any, rule: Function, text: str, complex: bool | None = None) -> Function:
    return elementwise(forward, None, rule, cases=_of_order, formulas={"b": text}, complex=complex)


# -- of the first and the second kind ------------------------------------------------------------------


@elementwise(sp.j0, lambda g, x: -g * j1(x), cases=reals())
def j0(x: Array) -> Array:
    """The Bessel function of the first kind, of order 0.

    >>> j0(Tensor([0.0, 1.0]))
    Tensor([1.    , 0.7652])
    """


@elementwise(sp.j1, lambda g, x: g * (j0(x) - jv(2.0, x)) / 2.0, cases=reals())
def j1(x: Array) -> Array:
    """The Bessel function of the first kind, of order 1.

    >>> j1(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.4401])
    """


@_by_x(sp.jv, lambda g, a, b: g * (jv(a - 1, b) - jv(a + 1, b)) / 2.0, "g * (jv(a - 1, b) - jv(a + 1, b)) / 2")
def jv(a: Array, b: Array) -> Array:
    """The Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> jv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1149])
    """


@elementwise(sp.y0, lambda g, x: -g * y1(x), cases=_POSITIVE)
def y0(x: Array) -> Array:
    """The Bessel function of the second kind, of order 0, for x > 0.

    >>> y0(Tensor([1.0, 2.0]))
    Tensor([0.0883, 0.5104])
    """


@elementwise(sp.y1, lambda g, x: g * (y0(x) - yv(2.0, x)) / 2.0, cases=_POSITIVE)
def y1(x: Array) -> Array:
    """The Bessel function of the second kind, of order 1, for x > 0.

    >>> y1(Tensor([1.0, 2.0]))
    Tensor([-0.7812, -0.107 ])
    """


@_by_x(sp.yv, lambda g, a, b: g * (yv(a - 1, b) - yv(a + 1, b)) / 2.0, "g * (yv(a - 1, b) - yv(a + 1, b)) / 2")
def yv(a: Array, b: Array) -> Array:
    """The Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> yv(0.5, Tensor([1.0, 2.0]))
    Tensor([-0.4311,  0.2348])
    """


numpy_ufuncs[sp.yn] = yv  # which takes whole orders only


# -- modified ------------------------------------------------------------------------------------------


@elementwise(sp.i0, lambda g, x: g * i1(x), cases=reals(away=(0,)))
def i0(x: Array) -> Array:
    """The modified Bessel function of the first kind, of order 0.

    >>> i0(Tensor([0.0, 1.0]))
    Tensor([1.    , 1.2661])
    """


numpy_functions[np.i0] = i0


@op(complex=True, x=lambda g: g, cases=lambda d: (d.array(),))
def _off_tiny(x: Array) -> Array:
    """x, or 0 where it is so small that SciPy's iv gives nan."""
    return np.where(np.abs(x) < 1e-307, 0.0, x).astype(x.dtype)


def _mean_iv(a: Array, b: Array) -> Array:
    b = _off_tiny(b)
    return (iv(a - 1, b) + iv(a + 1, b)) / 2.0


@elementwise(
    sp.i1,
    lambda g, x: g * (i0(x) + iv(2.0, _off_tiny(x))) / 2.0,
    cases=reals(away=(0,)),
    formulas={"x": "g * (i0(x) + iv(2, x)) / 2"},
)
def i1(x: Array) -> Array:
    """The modified Bessel function of the first kind, of order 1.

    >>> i1(Tensor([0.0, 1.0]))
    Tensor([0.    , 0.5652])
    """


@_by_x(sp.iv, lambda g, a, b: g * _mean_iv(a, b), "g * (iv(a - 1, b) + iv(a + 1, b)) / 2")
def iv(a: Array, b: Array) -> Array:
    """The modified Bessel function of the first kind, of order a, of b. No derivative with respect to a.

    >>> iv(2, Tensor([0.0, 1.0]))
    Tensor([0.    , 0.1357])
    """


@_by_x(
    sp.ive,
    lambda g, a, b, y: g * ((ive(a - 1, b) + ive(a + 1, b)) / 2.0 - np.sign(b) * y),
    "g times the mean of its neighbours, less sign(b) g y",
    complex=False,
)
def ive(a: Array, b: Array) -> Array:
    """iv(a, b) exp(-|b|), which does not overflow. No derivative with respect to a.

    >>> ive(2, Tensor([0.0, 1000.0]))
    Tensor([0.    , 0.0126])
    """


@composite(complex=False, cases=reals(away=(0,)), numpy=sp.i0e)
def i0e(x: Array) -> Array:
    """i0(x) exp(-|x|), which does not overflow.

    >>> i0e(Tensor([0.0, 1000.0]))
    Tensor([1.    , 0.0126])
    """
    return ive(0.0, x)


@composite(complex=False, cases=reals(away=(0,)), numpy=sp.i1e)
def i1e(x: Array) -> Array:
    """i1(x) exp(-|x|), which does not overflow.

    >>> i1e(Tensor([0.0, 1000.0]))
    Tensor([0.    , 0.0126])
    """
    return ive(1.0, x)


@_by_x(sp.kv, lambda g, a, b: -g * (kv(a - 1, b) + kv(a + 1, b)) / 2.0, "-g * (kv(a - 1, b) + kv(a + 1, b)) / 2")
def kv(a: Array, b: Array) -> Array:
    """The modified Bessel function of the second kind, of order a, of b > 0. No derivative with respect to a.

    >>> kv(2, Tensor([1.0, 2.0]))
    Tensor([1.6248, 0.2538])
    """


@elementwise(sp.k0, lambda g, x: -g * k1(x), cases=_POSITIVE)
def k0(x: Array) -> Array:
    """The modified Bessel function of the second kind, of order 0, for x > 0.

    >>> k0(Tensor([1.0, 2.0]))
    Tensor([0.421 , 0.1139])
    """


@elementwise(sp.k1, lambda g, x: -g * (k0(x) + kv(2.0, x)) / 2.0, cases=_POSITIVE)
def k1(x: Array) -> Array:
    """The modified Bessel function of the second kind, of order 1, for x > 0.

    >>> k1(Tensor([1.0, 2.0]))
    Tensor([0.6019, 0.1399])
    """
