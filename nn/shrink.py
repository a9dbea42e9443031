"""Activations with a threshold: what lies on one side of it, or near 0, is cut off, shrunk or replaced."""

import numpy as np

import autograd
from autograd import Tensor
from autograd.support.checks import number
from autograd.support.settings import NotNegative, Number

from .layer import Applied

__all__ = ["Hardshrink", "Softshrink", "Tanhshrink", "Threshold"]


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """0 where |x| <= lambd, else x; see `Hardshrink`.

    >>> hardshrink(autograd.tensor([-1.0, 0.2, 2.0]))
    Tensor([-1.,  0.,  2.])
    """
    return autograd.where(np.abs(input) <= number("hardshrink: lambd", lambd), 0.0, input)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by lambd, and 0 where |x| <= lambd; ValueError for lambd < 0; see `Softshrink`.

    >>> softshrink(autograd.tensor([-1.0, 0.2, 2.0]))
    Tensor([-0.5,  0. ,  1.5])
    """
    lambd = number("softshrink: lambd", lambd, 0.0)
    return input - autograd.clip(input, -lambd, lambd)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x); see `Tanhshrink`.

    >>> tanhshrink(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.2384,  1.036 ])
    """
    return input - autograd.tanh(input)


def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    """x where it is greater than `threshold`, else `value`; see `Threshold`.

    >>> threshold(autograd.tensor([-1.0, 2.0]), 0.5, 7.0)
    Tensor([7., 2.])
    """
    low = input <= number("threshold: threshold", threshold)
    return autograd.where(low, number("threshold: value", value), input)


class Hardshrink(Applied, function=hardshrink):
    """0 where |x| <= lambd, else x; on the threshold the gradient is 0.

    >>> Hardshrink()(autograd.tensor([-1.0, 0.2, 2.0]))
    Tensor([-1.,  0.,  2.])
    """

    lambd: Number = 0.5


class Softshrink(Applied, function=softshrink):
    """x moved towards 0 by lambd, and 0 where |x| <= lambd; on the threshold the gradient is 0.

    Raises ValueError for lambd < 0.

    >>> Softshrink()(autograd.tensor([-1.0, 0.2, 2.0]))
    Tensor([-0.5,  0. ,  1.5])
    """

    lambd: NotNegative = 0.5


class Tanhshrink(Applied, function=tanhshrink):
    """x - tanh(x).

    >>> Tanhshrink()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.2384,  1.036 ])
    """


class Threshold(Applied, function=threshold):
    """x where it is greater than `threshold`, else `value`; on the threshold the gradient is 0.

    >>> Threshold(0.5, 7.0)(autograd.tensor([-1.0, 2.0]))
    Tensor([7., 2.])
    """

    threshold: Number
    value: Number
