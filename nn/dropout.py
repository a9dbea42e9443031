"""Dropout: random zeros while training, so that no unit relies on another (Srivastava et al. 2014)."""

import numpy as np

from autograd import Tensor, masked_scale, where
from autograd.ops.random import current, drawn
from autograd.ops.shapes import fit
from autograd.support.checks import number, shape_of
from autograd.support.settings import Share

from .layer import Layer

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d"]


LEAST = -1.7580993408473766  # of SELU


def _drop(x: Tensor, p: float, shape: tuple[int, ...], training: bool) -> Tensor:
    if not training or not p:
        return x
    keep = drawn(lambda: current().random(shape, np.float32) >= p)
    return masked_scale(x, keep, 1.0 / (1.0 - p) if p < 1 else 1.0)


def dropout(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Zero each element with probability p and divide the others by 1 - p, as `Dropout` does while training.

    An input of any shape; ValueError for a p outside [0, 1].

    >>> import autograd
    >>> autograd.seed(0)
    >>> sorted(set(dropout(autograd.ones(100), 0.2).tolist()))
    [0.0, 1.25]
    """
    p = number("dropout: p", p, 0.0, 1.0)
    return _drop(input, p, shape_of(input), training)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Zero each channel of (N, C, L) or (C, L) with probability p and divide the others by 1 - p; see `Dropout1d`.

    Raises ShapeError for another number of axes, ValueError for a p outside [0, 1].

    >>> import autograd
    >>> autograd.seed(0)
    >>> dropout1d(autograd.ones((4, 2))).tolist()
    [[2.0, 2.0], [2.0, 2.0], [2.0, 2.0], [0.0, 0.0]]
    """
    fit("dropout1d", "input (N?, C, L)", input, hint="dropout takes any")
    shape = shape_of(input)
    return _drop(input, number("dropout1d: p", p, 0.0, 1.0), (*shape[:-1], 1), training)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Zero each channel of (N, C, H, W) or (N, C, L) with probability p and divide the others by 1 - p.

    Raises ShapeError for another number of axes, ValueError for a p outside [0, 1]. See `Dropout2d`.

    >>> import autograd
    >>> autograd.seed(0)
    >>> dropout2d(autograd.ones((1, 4, 1, 2))).tolist()
    [[[[2.0, 2.0]], [[2.0, 2.0]], [[2.0, 2.0]], [[0.0, 0.0]]]]
    """
    p = number("dropout2d: p", p, 0.0, 1.0)
    fit("dropout2d", "input (N, C, H, W?)", input, hint="dropout takes any")
    shape = shape_of(input)
    return _drop(input, p, (*shape[:2], *(1 for _ in shape[2:])), training)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Zero each channel of (N, C, D, H, W) or (C, D, H, W) with probability p and divide the others by 1 - p.

    Raises ShapeError for another number of axes, ValueError for a p outside [0, 1]. See `Dropout3d`.

    >>> import autograd
    >>> autograd.seed(0)
    >>> dropout3d(autograd.ones((4, 1, 1, 1))).ravel()
    Tensor([2., 2., 2., 0.])
    """
    fit("dropout3d", "input (N?, C, D, H, W)", input, hint="dropout takes any")
    shape = shape_of(input)
    return _drop(input, number("dropout3d: p", p, 0.0, 1.0), (*shape[:-3], 1, 1, 1), training)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False) -> Tensor:
    """Set each element with probability p to the least value of SELU, keeping mean and variance; see `AlphaDropout`.

    An input of any shape; ValueError for a p outside [0, 1].

    >>> import autograd
    >>> autograd.seed(0)
    >>> alpha_dropout(autograd.zeros(4), 0.5, training=True)
    Tensor([ 0.7792,  0.7792,  0.7792, -0.7792])
    """
    p = number("alpha_dropout: p", p, 0.0, 1.0)
    if not training or not p:
        return input
    if p == 1:
        return input * 0.0
    scale = ((1.0 + p * LEAST**2) * (1.0 - p)) ** -0.5
    shape = shape_of(input)
    dropped = drawn(lambda: current().random(shape, np.float32) < p)
    return (where(dropped, LEAST, input) - p * LEAST) * scale


class Dropout(Layer):
    """While training, each element is 0 with probability p, else x / (1 - p), which keeps the mean.

    In eval mode, and for p = 0, the output is the input itself. Tensor shape. The engine's generator draws
    (`autograd.seed`). Raises ValueError for a p outside [0, 1], TypeError for one that is no number (Srivastava et al.
    2014).

    >>> import autograd
    >>> autograd.seed(0)
    >>> sorted(set(Dropout(0.2)(autograd.ones(100)).tolist()))
    [0.0, 1.25]
    """

    p: Share = 0.5

    def forward(self, input: Tensor) -> Tensor:
        """Drop elements while training."""
        return dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """The probability, even where it is the default."""
        return f"p={self.p}"


class Dropout1d(Dropout):
    """While training, each whole channel of (N, C, L) or (C, L) is 0 with probability p, else x / (1 - p).

    Otherwise as `Dropout`. Raises ShapeError for another number of axes.

    >>> import autograd
    >>> autograd.seed(0)
    >>> Dropout1d()(autograd.ones((4, 2))).tolist()
    [[2.0, 2.0], [2.0, 2.0], [2.0, 2.0], [0.0, 0.0]]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels while training."""
        return dropout1d(input, self.p, self.training)


class Dropout2d(Dropout):
    """While training, each whole channel of (N, C, H, W) or (N, C, L) is 0 with probability p, else x / (1 - p).

    Neighbours in an image are alike, so that single zeros would hide little. Otherwise as `Dropout`.
    Raises ShapeError for another number of axes. (Tompson et al. 2015)

    >>> import autograd
    >>> autograd.seed(0)
    >>> Dropout2d()(autograd.ones((1, 4, 1, 2))).tolist()
    [[[[2.0, 2.0]], [[2.0, 2.0]], [[2.0, 2.0]], [[0.0, 0.0]]]]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels while training."""
        return dropout2d(input, self.p, self.training)


class Dropout3d(Dropout):
    """While training, each whole channel of (N, C, D, H, W) or (C, D, H, W) is 0 with probability p, else x / (1 - p).

    Otherwise as `Dropout`. Raises ShapeError for another number of axes.

    >>> import autograd
    >>> autograd.seed(0)
    >>> Dropout3d()(autograd.ones((4, 1, 1, 1))).ravel()
    Tensor([2., 2., 2., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels while training."""
        return dropout3d(input, self.p, self.training)


class AlphaDropout(Dropout):
    """While training, each element is with probability p the least value of SELU; then all are scaled and shifted.

    So mean 0 and variance 1 stay, as networks of `SELU` need it. Otherwise as `Dropout` (Klambauer et al. 2017).

    >>> import autograd
    >>> autograd.seed(0)
    >>> AlphaDropout()(autograd.zeros(4))
    Tensor([ 0.7792,  0.7792,  0.7792, -0.7792])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop elements while training."""
        return alpha_dropout(input, self.p, self.training)
