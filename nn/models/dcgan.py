"""A pair of convolutional networks for adversarial training: one forges images, the other tells them from real ones."""

from __future__ import annotations

from .. import BatchNorm2d, Conv2d, ConvTranspose2d, Flatten, LeakyReLU, Module, ReLU, Sequential, Tanh, Unflatten, init

__all__ = ["DCGANDiscriminator", "DCGANGenerator"]


def _doublings(size: int) -> int:
    """How often 4 is doubled to reach `size`."""
    count = (size // 4).bit_length() - 1
    if size < 8 or size != 4 * 2**count:
        raise ValueError(f"DCGAN: size={size}; it is 4, doubled once or more: 8, 16, 32, 64 and so on")
    return count


def _start(module: Module) -> None:
    """Radford's initial weights."""
    if isinstance(module, (Conv2d, ConvTranspose2d)):
        init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, BatchNorm2d) and module.weight is not None:
        init.normal_(module.weight, 1.0, 0.02)


class DCGANGenerator(Sequential):
    """Codes (N, latent) to images (N, channels, size, size) in [-1, 1], by transposed convolutions from 4 x 4 up.

    Source: Radford, Metz and Chintala 2016.

    >>> import autograd
    >>> DCGANGenerator(latent=10, width=8, size=16)(autograd.zeros((2, 10))).shape
    (2, 1, 16, 16)
    """

    def __init__(self, latent: int = 64, channels: int = 1, width: int = 32, size: int = 32) -> None:
        count = _doublings(size)
        held = width * 2 ** (count - 1)
        layers: list[Module] = [Unflatten(1, (latent, 1, 1)), ConvTranspose2d(latent, held, 4, bias=False)]
        for _ in range(count - 1):
            layers += [BatchNorm2d(held), ReLU(), ConvTranspose2d(held, held // 2, 4, 2, 1, bias=False)]
            held //= 2
        layers += [BatchNorm2d(held), ReLU(), ConvTranspose2d(held, channels, 4, 2, 1), Tanh()]
        super().__init__(*layers)
        self.apply(_start)


class DCGANDiscriminator(Sequential):
    """Images (N, channels, size, size) to logits (N, 1): positive where they look real. The generator's mirror image.

    Source: Radford, Metz and Chintala 2016.

    >>> import autograd
    >>> DCGANDiscriminator(width=8, size=16)(autograd.zeros((2, 1, 16, 16))).shape
    (2, 1)
    """

    def __init__(self, channels: int = 1, width: int = 32, size: int = 32) -> None:
        count = _doublings(size)
        layers: list[Module] = [Conv2d(channels, width, 4, 2, 1), LeakyReLU(0.2)]
        held = width
        for _ in range(count - 1):
            layers += [Conv2d(held, 2 * held, 4, 2, 1, bias=False), BatchNorm2d(2 * held), LeakyReLU(0.2)]
            held *= 2
        super().__init__(*layers, Conv2d(held, 1, 4), Flatten())
        self.apply(_start)
