"""Complex numbers and their parts.

A cotangent g of a complex z is a plain transpose: a small dz changes the result by the real part of g dz. So the rule
of a holomorphic function is the one of real numbers, g times the derivative, and these here are the others.
"""

import numpy as np

from ..engine.tensor import Tensor
from ..engine.types import Array
from .arithmetic import operand, ratio
from .cases import reals
from .declare import composite, elementwise, op

__all__ = ["angle", "conj", "conjugate", "imag", "real", "real_if_close"]


@elementwise(np.conjugate, lambda g: np.conjugate(g), cases=reals(), label="z̄", method=True)
def conjugate(x: Array) -> Array:
    """The conjugate of x, of which the imaginary part has the other sign. `conj` is the same.

    >>> conjugate(Tensor([1 + 2j, 3.0]))
    Tensor([1.-2.j, 3.-0.j], dtype=complex64)
    """


conj = conjugate
Tensor.conj = conjugate  # type: ignore[method-assign]


@op(x=lambda g: g, cases=lambda d: (d.array(),), numpy=np.real, view=True, complex=True)
def real(x: Array) -> Array:
    """The real part.

    >>> real(Tensor([1 + 2j, 3.0]))
    Tensor([1., 3.])
    """
    return np.real(x)


@op(
    x=lambda g, x: g * -1j if x.dtype.kind == "c" else np.zeros_like(g),
    cases=lambda d: (d.array(),),
    numpy=np.imag,
    complex=True,
    formulas={"x": "-i g"},
)
def imag(x: Array) -> Array:
    """The imaginary part, 0 of real numbers.

    >>> imag(Tensor([1 + 2j, 3.0]))
    Tensor([2., 0.])
    """
    return np.imag(x)


def _angle_rule(g: Array, x: Array, deg: bool) -> Array:
    if x.dtype.kind != "c":
        return np.zeros_like(g)
    return ratio(g * (-180j / np.pi if deg else -1j), x)


@op(
    x=_angle_rule,
    cases=lambda d: (d.array(away=(0,)), d.boolean()),
    numpy=np.angle,
    complex=True,
    formulas={"x": "-i g / x, times 180 / pi if deg"},
)
def angle(x: Array, deg: bool = False) -> Array:
    """The angle of x in radians, in (-pi, pi]: 0 of positive numbers, pi of negative ones; in degrees if `deg`.

    It jumps by 2 pi across the negative numbers. At 0 its slope is infinite.

    >>> angle(Tensor([1j, -1.0]))
    Tensor([1.5708, 3.1416])
    """
    return np.angle(x, deg)


# of complex numbers that are not close to real ones, where they become them it jumps
@composite(cases=lambda d: (d.array() + 9j if d.complex else d.array(),), numpy=np.real_if_close)
def real_if_close(x: Array, tol: float = 100.0) -> Array:
    """The real part, if no imaginary part is as large as `tol`, or `tol` times the dtype's eps above 1; else x.

    >>> real_if_close(Tensor([1 + 1e-9j, 3.0]))
    Tensor([1., 3.])
    """
    x = operand(x)
    if x.dtype.kind != "c":
        return x
    bound = tol * float(np.finfo(x.dtype).eps) if tol > 1 else tol
    return np.real(x) if np.all(np.abs(np.imag(x)) < bound) else x


Tensor.real = property(real)  # type: ignore[assignment, method-assign]
Tensor.imag = property(imag)  # type: ignore[assignment, method-assign]
