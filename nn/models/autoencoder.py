"""Autoencoders: networks that squeeze their input through a bottleneck and restore it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd import Tensor

from .. import Conv2d, ConvTranspose2d, Flatten, Linear, Module, ReLU, Sequential, Unflatten
from .mlp import MLP

__all__ = ["Autoencoder", "ConvAutoencoder"]


class Autoencoder(Module):
    """An MLP of the given sizes down to a code, and its mirror image back.

    Input and output (N, sizes[0]), code (N, sizes[-1]).

    >>> import autograd
    >>> model = Autoencoder((784, 64, 8))
    >>> model.encoder(autograd.zeros((5, 784))).shape, model(autograd.zeros((5, 784))).shape
    ((5, 8), (5, 784))
    """

    def __init__(self, sizes: Sequence[int], activation: Callable[[], Module] = ReLU) -> None:
        self.encoder = MLP(sizes, activation)
        self.decoder = MLP(sizes[::-1], activation)

    def forward(self, x: Tensor) -> Tensor:
        """Encode, then decode."""
        return self.decoder(self.encoder(x))


class ConvAutoencoder(Module):
    """Convolutions of stride 2 down to a code of `latent` numbers, and transposed convolutions back.

    Images (N, channels, size, size) in and out, code (N, latent). Raises ValueError unless 4 divides `size`.

    >>> import autograd
    >>> model = ConvAutoencoder(latent=8)
    >>> model.encoder(autograd.zeros((5, 1, 28, 28))).shape, model(autograd.zeros((5, 1, 28, 28))).shape
    ((5, 8), (5, 1, 28, 28))
    """

    def __init__(self, channels: int = 1, width: int = 16, latent: int = 32, size: int = 28) -> None:
        if size % 4:
            raise ValueError(f"ConvAutoencoder: size={size}; it is halved twice, so 4 must divide it")
        inner = (2 * width, size // 4, size // 4)
        flat = inner[0] * inner[1] * inner[2]
        self.encoder = Sequential(
            Conv2d(channels, width, 3, stride=2, padding=1),
            ReLU(),
            Conv2d(width, 2 * width, 3, stride=2, padding=1),
            ReLU(),
            Flatten(),
            Linear(flat, latent),
        )
        self.decoder = Sequential(
            Linear(latent, flat),
            ReLU(),
            Unflatten(1, inner),
            ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(width, channels, 4, stride=2, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Encode, then decode."""
        return self.decoder(self.encoder(x))
