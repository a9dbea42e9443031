"""Fourier transforms under the names and with the arguments of `numpy.fft`, and SciPy's for n-dimensional `hfft`.

A transform is a symmetric matrix, so it is its own transpose, with the same norm. Those between real numbers and half
a spectrum are each other's, but for conjugates and for how often a frequency of the half stands in the whole.
SciPy computes them; `with scipy.fft.set_workers(4):` gives it threads.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import Any, Literal

import numpy as np
import scipy.fft
from numpy.fft import fftfreq as fftfreq, rfftfreq as rfftfreq
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.types import Array, Axis, Function, Shape
from ..support.bits.array import library
from .arithmetic import operand
from .cases import Case, Draw
from .declare import composite, op

# a room of its own, `autograd.fft`
__all__ = [
    "fft", "fft2", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
    "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn",
]  # fmt: skip

Norm = Literal["backward", "ortho", "forward"] | None
Sizes = Sequence[int] | None
SWAPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}  # the other way's norm


def _cases(d: Draw) -> Case:
    x = d.array(min_dims=1, min_side=2)
    axes = d.choice([None, *(some for k in range(x.ndim) for some in permutations(range(-1, x.ndim - 1), k + 1))])
    s = None if axes is None or d.boolean() else tuple(d.integer(1, 5) for _ in axes)
    return x, s, axes, d.choice([None, *SWAPPED])


def _resized(x: Array, shape: Shape) -> Array:
    """x cut, and padded with zeros behind, to a shape."""
    cut = x[tuple(map(slice, shape))]
    return cut if cut.shape == shape else np.pad(cut, [(0, n - m) for n, m in zip(shape, cut.shape)])


def counted(s: Sizes, axes: Sequence[int] | None, shape: Shape) -> tuple[int, ...]:
    """The axes that are transformed, counted from the end."""
    if axes is None:
        return tuple(range(-len(shape if s is None else s), 0))
    return tuple(a - len(shape) for a in normalize_axis_tuple(axes, len(shape)))


def _weights(n: int, axis: int) -> Array:
    """How often each frequency of the half, along an axis, stands in the whole of n: 0 and n / 2 do once."""
    weights: Array = np.int8(2) - (2 * np.arange(n // 2 + 1) % n == 0)
    return weights.reshape(-1, *[1] * (-1 - axis))


@op(
    x=lambda g, x_shape, s, axes, norm: _resized(fftn(g, s, axes, norm), x_shape),
    cases=_cases,
    numpy=np.fft.fftn,
    formulas={"x": "fftn of g, cut or padded to the shape of x"},
)
def fftn(x: Array, s: Sizes = None, axes: Sequence[int] | None = None, norm: Norm = None) -> Array:
    """The discrete Fourier transform along `axes`, all by default, of x cut or padded with zeros to the sizes `s`.

    `norm` says which way is divided by the number of points: "backward" (the default), "forward", or by its root both.

    >>> from autograd import fft
    >>> fft.fftn(Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[10.-0.j, -2.-0.j],
            [-4.-0.j,  0.-0.j]], dtype=complex64)
    """
    return library(scipy.fft.fftn)(x, s, axes, norm)


@op(
    x=lambda g, x_shape, s, axes, norm: _resized(ifftn(g, s, axes, norm), x_shape),
    cases=_cases,
    numpy=np.fft.ifftn,
    formulas={"x": "ifftn of g, cut or padded to the shape of x"},
)
def ifftn(x: Array, s: Sizes = None, axes: Sequence[int] | None = None, norm: Norm = None) -> Array:
    """The inverse of `fftn`.

    >>> from autograd import fft
    >>> fft.ifftn(Tensor([10.0, 2.0]))
    Tensor([6.-0.j, 4.-0.j], dtype=complex64)
    """
    return library(scipy.fft.ifftn)(x, s, axes, norm)


def _rfftn_rule(g: Array, x_shape: Shape, s: Sizes, axes: Sequence[int] | None, norm: Norm) -> Array:
    axes = counted(s, axes, x_shape)
    *_, n = sizes = [x_shape[a] if m == -1 else m for m, a in zip(s or [-1] * len(axes), axes)]
    return _resized(irfftn(np.conj(g) / _weights(n, axes[-1]), sizes, axes, SWAPPED[norm]), x_shape)


@op(
    x=_rfftn_rule,
    cases=_cases,
    numpy=np.fft.rfftn,
    complex=False,
    formulas={"x": "irfftn of conj(g), halved, other norm, cut or padded"},
)
def rfftn(x: Array, s: Sizes = None, axes: Sequence[int] | None = None, norm: Norm = None) -> Array:
    """The half of `fftn` of real x that says all, frequencies 0 to n // 2 along the last of `axes`.

    >>> from autograd import fft
    >>> fft.rfftn(Tensor([1.0, 2.0, 3.0, 4.0]))
    Tensor([10.+0.j, -2.+2.j, -2.+0.j], dtype=complex64)
    """
    return library(scipy.fft.rfftn)(x, s, axes, norm)


def _irfftn_rule(g: Array, x_shape: Shape, x_dtype: Any, s: Sizes, axes: Sequence[int] | None, norm: Norm) -> Array:
    last = counted(s, axes, x_shape)[-1]
    spectrum = np.conj(rfftn(g, s, axes, SWAPPED[norm])) * _weights(g.shape[last], last)
    part = _resized(spectrum, x_shape)
    return part if x_dtype.kind == "c" else np.real(part)


@op(
    x=_irfftn_rule,
    cases=_cases,
    numpy=np.fft.irfftn,
    formulas={"x": "conj(rfftn of g), doubled, other norm, cut or padded"},
)
def irfftn(x: Array, s: Sizes = None, axes: Sequence[int] | None = None, norm: Norm = None) -> Array:
    """The inverse of `rfftn`: real numbers, along the last axis an even number of them unless `s` says otherwise.

    >>> from autograd import fft
    >>> fft.irfftn(Tensor([10.0, -2.0, -2.0]))
    Tensor([1., 3., 3., 3.])
    """
    if s is None and np.ndim(x) and np.shape(x)[counted(s, axes, np.shape(x))[-1]] == 1:
        raise ValueError("half a spectrum of 1 frequency is of 1 number, or of none; say how many by n= or s=")
    return library(scipy.fft.irfftn)(x, s, axes, norm)


@composite(cases=_cases)
def hfftn(x: Array, s: Sizes = None, axes: Sequence[int] | None = None, norm: Norm = None) -> Array:
    """`fftn` of what is the conjugate of its own mirror image, of which x is the half: real numbers.

    >>> from autograd import fft
    >>> fft.hfftn(Tensor([1.0, 2.0, 3.0]))
    Tensor([ 8., -2.,  0., -2.])
    """
    return irfftn(np.conj(x), s, axes, SWAPPED.get(norm, norm))


@composite(cases=_cases, complex=False)
def ihfftn(x: Array, s: Sizes = None, axes: Sequence[int] | None = None, norm: Norm = None) -> Array:
    """The inverse of `hfftn`, of real x.

    >>> from autograd import fft
    >>> fft.ihfftn(Tensor([8.0, -2.0, 0.0, -2.0]))
    Tensor([1.-0.j, 2.-0.j, 3.-0.j], dtype=complex64)
    """
    return np.conj(rfftn(x, s, axes, SWAPPED.get(norm, norm)))


ALL = fftn, ifftn, rfftn, irfftn, hfftn, ihfftn


def _form(whole: Function, form: Function, end: str, where: str, cases: Any) -> Function:
    """`whole` along one axis, or in a plane."""
    name = form.__name__ = whole.__name__[:-1] + end
    form.__doc__ = (
        f"`{whole.__name__}` {where}.\n\n>>> from autograd import fft\n>>> fft.{name}(Tensor(np.eye(3))).ndim\n2"
    )
    return composite(cases=cases, numpy=getattr(np.fft, name, None), complex=whole.op.complex)(form)


def _on_line(whole: Function) -> Function:
    def form(x: Array, n: int | None = None, axis: int = -1, norm: Norm = None) -> Array:
        if n is not None and n < 1:
            raise ValueError(f"{whole.__name__[:-1]}: n={n}; a transform has 1 point or more")
        return whole(x, n if n is None else (n,), (axis,), norm)

    def cases(d: Draw) -> Case:
        x = d.array(min_dims=1, min_side=2)
        return x, d.choice([None, *range(1, 6)]), d.axis(x.ndim), d.choice([*SWAPPED])

    return _form(whole, form, "", "along one axis, of x cut or padded with zeros to n points", cases)


def _in_plane(whole: Function) -> Function:
    def form(x: Array, s: Sizes = None, axes: Sequence[int] = (-2, -1), norm: Norm = None) -> Array:
        return whole(x, s, axes, norm)

    def cases(d: Draw) -> Case:
        return d.array(min_dims=2, min_side=2), d.choice([None, (3, 2), (1, 5)]), (0, -1), d.choice([*SWAPPED])

    return _form(whole, form, "2", "along two axes", cases)


fft, ifft, rfft, irfft, hfft, ihfft = map(_on_line, ALL)
fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = map(_in_plane, ALL)


def _shift_cases(d: Draw) -> Case:
    x = d.array(min_dims=1)
    return x, d.axes(x.ndim)


def _rolled(x: Array, axes: Axis, sign: int) -> Array:
    x = operand(x)
    along = normalize_axis_tuple(range(x.ndim) if axes is None else axes, x.ndim)
    return np.roll(x, [sign * (x.shape[a] // 2) for a in along], along)


@composite(cases=_shift_cases, numpy=np.fft.fftshift)
def fftshift(x: Array, axes: Axis = None) -> Array:
    """Frequency 0 in the middle of `axes`, all by default.

    >>> from autograd import fft
    >>> fft.fftshift(fft.fftfreq(4))
    array([-0.5 , -0.25,  0.  ,  0.25])
    """
    return _rolled(x, axes, 1)


@composite(cases=_shift_cases, numpy=np.fft.ifftshift)
def ifftshift(x: Array, axes: Axis = None) -> Array:
    """Frequency 0 in front again: the inverse of `fftshift`.

    >>> from autograd import fft
    >>> fft.ifftshift(fft.fftshift(Tensor([0.0, 1.0, -1.0])))
    Tensor([ 0.,  1., -1.])
    """
    return _rolled(x, axes, -1)
