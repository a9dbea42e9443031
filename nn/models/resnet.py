"""Residual networks: layers that learn what to add to their input."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import Tensor

from .. import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, Module, ReLU, Sequential

__all__ = ["BasicBlock", "ResNet"]


class BasicBlock(Module):
    """relu(x + f(x)), where f is two 3 x 3 convolutions, each with batch norm, and a ReLU between them.

    With another number of channels, or stride 2, x passes through a 1 x 1 convolution first.

    >>> import autograd
    >>> BasicBlock(4, 8, stride=2)(autograd.zeros((2, 4, 6, 6))).shape
    (2, 8, 3, 3)
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = BatchNorm2d(out_channels)
        self.relu = ReLU()
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = Sequential(
                Conv2d(in_channels, out_channels, 1, stride, bias=False), BatchNorm2d(out_channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) to (N, out_channels, H / stride, W / stride)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + shortcut)


class ResNet(Sequential):
    """A residual network for small images: a convolution, stages of basic blocks, an average and a linear layer.

    `blocks` says how many blocks each stage has; the first stage has `width` channels, and every further one twice as
    many at half the size, so (3, 3, 3) is the ResNet-20 and (9, 9, 9) the ResNet-56 of He et al. 2016.
    Images (N, channels, H, W) in, logits (N, classes) out.

    >>> import autograd
    >>> ResNet((1, 1, 1), width=4)(autograd.zeros((2, 3, 8, 8))).shape
    (2, 10)
    """

    def __init__(
        self, blocks: Sequence[int] = (3, 3, 3), width: int = 16, channels: int = 3, classes: int = 10
    ) -> None:
        if not isinstance(blocks, Sequence):
            raise TypeError(
                f"ResNet: blocks={blocks!r}; first come the numbers of blocks of the stages, such as (3, 3, 3); to "
                "keep those, name what follows: ResNet(channels=1, classes=10)"
            )
        if not blocks or min(blocks) < 1:
            raise ValueError(f"ResNet: blocks={blocks!r}; it takes the number of blocks of each stage, 1 or more")
        layers: list[Module] = [Conv2d(channels, width, 3, padding=1, bias=False), BatchNorm2d(width), ReLU()]
        held = width
        for stage, count in enumerate(blocks):
            for i in range(count):
                wanted = width * 2**stage
                layers.append(BasicBlock(held, wanted, stride=2 if stage and not i else 1))
                held = wanted
        super().__init__(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(held, classes))
