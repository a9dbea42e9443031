"""Functions with an inverse and a known stretch, through which draws become draws of another distribution.

>>> from nn.distributions import transforms
>>> t = transforms.ComposeTransform([transforms.AffineTransform(1.0, 2.0), transforms.ExpTransform()])
>>> y = t(Tensor(0.5))
>>> y, t.inv(y), t.log_abs_det_jacobian(Tensor(0.5), y)
(Tensor(7.3891), Tensor(0.5), Tensor(2.6931))
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import log
from operator import mul
from typing import Annotated, Any, ClassVar

import numpy as np

import autograd
from autograd.engine.errors import UnsupportedError
from autograd.engine.types import Shape
from autograd.support.settings import Count, Settings, as_given

from . import constraints
from .distribution import summed

__all__ = [
    "AbsTransform", "AffineTransform", "ComposeTransform", "ExpTransform", "IndependentTransform", "PowerTransform",
    "SigmoidTransform", "SoftmaxTransform", "SoftplusTransform", "StickBreakingTransform", "TanhTransform",
    "Transform",
]  # fmt: skip

Given = Annotated[Any, as_given]


class Transform(Settings):
    """The base of all: a subclass has `_call`, `_inverse` and `log_abs_det_jacobian(x, y)`, and where both may lie.

    `sign` is 1 where it grows, -1 where it falls, 0 where neither is meant.

    >>> class Sinh(Transform):
    ...     def _call(self, x):
    ...         return autograd.sinh(x)
    ...     def _inverse(self, y):
    ...         return autograd.arcsinh(y)
    ...     def log_abs_det_jacobian(self, x, y):
    ...         return autograd.log(autograd.cosh(x))
    >>> Sinh().inv(Sinh()(Tensor(0.5)))
    Tensor(0.5)
    """

    domain: ClassVar[Any] = constraints.real
    codomain: ClassVar[Any] = constraints.real
    bijective: ClassVar[Any] = True
    sign: ClassVar[Any] = 1

    def __call__(self, x: Any) -> Any:
        """What it makes of x."""
        return self._call(x)

    @property
    def inv(self) -> Transform:
        """The transform back."""
        return _Inverse(self)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The logarithm of how much it stretches at x, where it is y."""
        raise UnsupportedError(f"{type(self).__name__} is no bijection, and has no log_abs_det_jacobian")

    def forward_shape(self, shape: Shape) -> Shape:
        """The shape of what it makes of x of this shape."""
        return shape

    def inverse_shape(self, shape: Shape) -> Shape:
        """The shape of what its inverse makes of y of this shape."""
        return shape

    def _call(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no _call")

    def _inverse(self, y: Any) -> Any:
        raise UnsupportedError(f"{type(self).__name__} has no inverse")


class _Inverse(Transform):
    """Another transform from its end to its start."""

    of: Given
    domain = property(lambda t: t.of.codomain)
    codomain = property(lambda t: t.of.domain)
    bijective = property(lambda t: t.of.bijective)
    sign = property(lambda t: t.of.sign)
    inv = property(lambda t: t.of)

    def _call(self, x: Any) -> Any:
        return self.of._inverse(x)

    def _inverse(self, y: Any) -> Any:
        return self.of._call(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """That of the other, from y to x, with the other sign."""
        return -self.of.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Shape) -> Shape:
        """As the other goes back."""
        return self.of.inverse_shape(shape)

    def inverse_shape(self, shape: Shape) -> Shape:
        """As the other goes forward."""
        return self.of.forward_shape(shape)


class ComposeTransform(Transform):
    """Several in a row, the first one first."""

    parts: Given

    def _ends(self, inward: bool) -> constraints.Constraint:
        """The outermost constraint, of as many axes as the values of all parts have together."""
        parts: list[Any] = list(self.parts) if inward else [t.inv for t in reversed(self.parts)]
        if not parts:
            return constraints.real
        axes = 0
        for part in reversed(parts):
            axes = max(part.domain.event_dim, axes + part.domain.event_dim - part.codomain.event_dim)
        first: constraints.Constraint = parts[0].domain
        return constraints.independent(first, axes - first.event_dim) if axes > first.event_dim else first

    domain = property(lambda t: t._ends(True))
    codomain = property(lambda t: t._ends(False))
    bijective = property(lambda t: all(part.bijective for part in t.parts))
    sign = property(lambda t: reduce(mul, (part.sign for part in t.parts), 1))

    def _call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Any) -> Any:
        for part in reversed(self.parts):
            y = part.inv(y)
        return y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum of those of all parts."""
        total: Any = 0.0
        axes = self.domain.event_dim
        for part in self.parts:
            after = part(x)
            total = total + summed(part.log_abs_det_jacobian(x, after), axes - part.domain.event_dim)
            axes += part.codomain.event_dim - part.domain.event_dim
            x = after
        return total

    def forward_shape(self, shape: Shape) -> Shape:
        """Through all parts."""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Shape) -> Shape:
        """Back through all parts."""
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape


class IndependentTransform(Transform):
    """Another one, of whose values more axes, `reinterpreted_batch_ndims`, belong to one."""

    base_transform: Given
    reinterpreted_batch_ndims: Count
    domain = property(lambda t: constraints.independent(t.base_transform.domain, t.reinterpreted_batch_ndims))
    codomain = property(lambda t: constraints.independent(t.base_transform.codomain, t.reinterpreted_batch_ndims))
    bijective = property(lambda t: t.base_transform.bijective)
    sign = property(lambda t: t.base_transform.sign)

    def _call(self, x: Any) -> Any:
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Summed over the axes that joined."""
        return summed(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Shape) -> Shape:
        """As the other goes."""
        return tuple(self.base_transform.forward_shape(shape))

    def inverse_shape(self, shape: Shape) -> Shape:
        """As the other goes back."""
        return tuple(self.base_transform.inverse_shape(shape))


class AffineTransform(Transform):
    """loc + scale * x; with `event_dim` the last axes are of one value."""

    loc: Given
    scale: Given
    event_dim: Count = 0
    domain = codomain = property(
        lambda t: constraints.independent(constraints.real, t.event_dim) if t.event_dim else constraints.real
    )
    sign = property(lambda t: _sign(t.scale))

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |scale|."""
        return summed(autograd.log(abs(self.scale) + autograd.zeros_like(x)), self.event_dim)

    def forward_shape(self, shape: Shape) -> Shape:
        """Broadcast with both numbers."""
        return np.broadcast_shapes(shape, np.shape(self.loc), np.shape(self.scale))

    inverse_shape = forward_shape


class ExpTransform(Transform):
    """exp(x)."""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return autograd.exp(x)

    def _inverse(self, y: Any) -> Any:
        return autograd.log(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """x."""
        return x


class PowerTransform(Transform):
    """x**exponent, of positive numbers."""

    exponent: Given
    domain = codomain = constraints.positive
    sign = property(lambda t: _sign(t.exponent))

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |exponent y / x|."""
        return autograd.log(abs(self.exponent * y / x))

    def forward_shape(self, shape: Shape) -> Shape:
        """Broadcast with the exponent."""
        return np.broadcast_shapes(shape, np.shape(self.exponent))

    inverse_shape = forward_shape


class SigmoidTransform(Transform):
    """1 / (1 + exp(-x)); the ends, which rounding reaches, stay out."""

    codomain = constraints.unit_interval

    def _call(self, x: Any) -> Any:
        return _inside(autograd.sigmoid(x))

    def _inverse(self, y: Any) -> Any:
        y = _inside(y)
        return autograd.log(y) - autograd.log1p(-y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(y (1 - y)), of x."""
        return -autograd.softplus(-x) - autograd.softplus(x)


class TanhTransform(Transform):
    """tanh(x)."""

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Any) -> Any:
        return autograd.tanh(x)

    def _inverse(self, y: Any) -> Any:
        return autograd.arctanh(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(1 - y**2), of x: where y is 1 but for rounding, too."""
        return 2.0 * (log(2.0) - x - autograd.softplus(-2.0 * x))


class SoftplusTransform(Transform):
    """log(1 + exp(x))."""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return autograd.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return autograd.log(-autograd.expm1(-y)) + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """-log(1 + exp(-x))."""
        return -autograd.softplus(-x)


class AbsTransform(Transform):
    """abs(x), of which `inv` gives the positive one."""

    codomain = constraints.nonnegative
    bijective = False
    sign = 0

    def _call(self, x: Any) -> Any:
        return abs(x)

    def _inverse(self, y: Any) -> Any:
        return y


class SoftmaxTransform(Transform):
    """Shares in proportion to exp(x), along the last axis; `inv` gives their logarithms."""

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = False
    sign = 0

    def _call(self, x: Any) -> Any:
        return autograd.softmax(x, -1)

    def _inverse(self, y: Any) -> Any:
        return autograd.log(y)


class StickBreakingTransform(Transform):
    """n numbers to n + 1 shares, along the last axis: each breaks off a part of what is left of a stick.

    >>> StickBreakingTransform()(Tensor([0.0, 0.0]))
    Tensor([0.3333, 0.3333, 0.3333])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    sign = 0

    @staticmethod
    def _parts(x: Any) -> tuple[Any, Any]:
        """Which part of the rest each breaks off, and the logarithm of its odds: by 0, all pieces are equal."""
        odds = x - np.log(np.arange(x.shape[-1], 0, -1, dtype=x.dtype))
        return _inside(autograd.sigmoid(odds)), odds

    def _call(self, x: Any) -> Any:
        z, _ = self._parts(x)
        left, one = autograd.cumprod(1.0 - z, -1), np.ones((*x.shape[:-1], 1), x.dtype)
        return autograd.concatenate([z, one], -1) * autograd.concatenate([one, left], -1)

    def _inverse(self, y: Any) -> Any:
        left = 1.0 - autograd.cumsum(y[..., :-1], -1)
        left = autograd.clip(left, float(np.finfo(y.dtype).tiny), None)
        return autograd.log(y[..., :-1]) - autograd.log(left) + np.log(np.arange(y.shape[-1] - 1, 0, -1, dtype=y.dtype))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum of the logarithms of the shares, and of what was left before each."""
        _, odds = self._parts(x)
        return autograd.sum(-odds - autograd.softplus(-odds) + odds + autograd.log(y[..., :-1]) - odds, -1)

    def forward_shape(self, shape: Shape) -> Shape:
        """One more."""
        return (*shape[:-1], shape[-1] + 1)

    def inverse_shape(self, shape: Shape) -> Shape:
        """One less."""
        return (*shape[:-1], shape[-1] - 1)


def _sign(x: Any) -> Any:
    found = np.sign(getattr(x, "data", x))
    return found if found.ndim else float(found)  # which leaves single precision what it is


def _inside(x: Any) -> Any:
    """Shares off 0 and 1 by what rounding makes of them."""
    ends = np.finfo(x.dtype)
    return autograd.clip(x, float(ends.tiny), 1.0 - float(ends.eps))


def chained(transforms: Transform | Sequence[Transform]) -> ComposeTransform:
    """One transform of one or several; TypeError for what is none.

    >>> len(chained(ExpTransform()).parts)
    1
    """
    several = [transforms] if isinstance(transforms, Transform) else list(transforms)
    for t in several:
        if not isinstance(t, Transform):
            raise TypeError(f"transforms holds a {type(t).__name__}; each is a Transform, such as ExpTransform()")
    return ComposeTransform(several)
