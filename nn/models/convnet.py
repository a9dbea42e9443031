"""A convolutional network in the style of LeNet-5."""

from __future__ import annotations

from .. import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

__all__ = ["ConvNet"]


class ConvNet(Sequential):
    """Two convolutions with pooling, then three linear layers: LeNet-5 (LeCun et al. 1998) with ReLU and max pooling.

    Images (N, channels, size, size) in, logits (N, classes) out. Raises ValueError for a size below 12.

    >>> import autograd
    >>> ConvNet()(autograd.zeros((2, 1, 28, 28))).shape
    (2, 10)
    """

    def __init__(self, channels: int = 1, classes: int = 10, size: int = 28) -> None:
        if size < 12:
            raise ValueError(f"ConvNet: size={size}; two 5 x 5 convolutions and two poolings need at least 12")
        left = (size // 2 - 4) // 2  # after conv same, pool, conv valid, pool
        super().__init__(
            Conv2d(channels, 6, 5, padding=2),
            ReLU(),
            MaxPool2d(2),
            Conv2d(6, 16, 5),
            ReLU(),
            MaxPool2d(2),
            Flatten(),
            Linear(16 * left * left, 120),
            ReLU(),
            Linear(120, 84),
            ReLU(),
            Linear(84, classes),
        )
