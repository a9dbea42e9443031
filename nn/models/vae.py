"""The variational autoencoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import autograd
from autograd import Tensor
from autograd.ops.shapes import fit

from .. import Linear, Module, ReLU
from ..functional import binary_cross_entropy_with_logits
from .mlp import MLP

__all__ = ["VAE"]


class VAE(Module):
    """A variational autoencoder (Kingma and Welling 2014) of values in [0, 1], with one hidden layer each way.

    The encoder gives the mean and log variance of a normal distribution over codes z (N, latent); a code drawn
    from it, as mean + std times noise so that gradients pass, is decoded to logits (N, inputs).

    >>> model = VAE(64, 32, 2)
    >>> logits, mean, log_var = model(autograd.zeros((5, 64)))
    >>> logits.shape, mean.shape, model.sample(3).shape
    ((5, 64), (5, 2), (3, 64))
    """

    def __init__(self, inputs: int, hidden: int, latent: int) -> None:
        self.latent = latent
        self.encoder = MLP((inputs, hidden))
        self.activation = ReLU()
        self.mean = Linear(hidden, latent)
        self.log_var = Linear(hidden, latent)
        self.decoder = MLP((latent, hidden, inputs))

    if TYPE_CHECKING:

        def __call__(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
            """Logits, mean and log variance."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of a reconstruction of x, and the mean and log variance of its code."""
        h = self.activation(self.encoder(x))
        mean, log_var = self.mean(h), self.log_var(h)
        z = autograd.normal(mean, autograd.exp(0.5 * log_var))
        return self.decoder(z), mean, log_var

    def loss(self, x: Tensor) -> Tensor:
        """The negative evidence lower bound, per example: reconstruction plus divergence from the standard normal."""
        logits, mean, log_var = self(x)
        fit("VAE.loss", "x (N, inputs)", x, hint="one example alone needs x[None]")
        values = x.data if isinstance(x, Tensor) else x
        if values.size and not (values.min() >= 0 and values.max() <= 1):
            raise ValueError(
                f"VAE.loss: x reaches from {values.min():g} to {values.max():g}, but is compared with probabilities in "
                "[0, 1]; scale it, for example x / x.max()"
            )
        reconstruction = binary_cross_entropy_with_logits(logits, x, reduction="sum")
        divergence = -0.5 * (1.0 + log_var - mean * mean - autograd.exp(log_var)).sum()
        return (reconstruction + divergence) / len(mean)

    def sample(self, count: int) -> Tensor:
        """Draw `count` new examples, values in [0, 1]; no gradient."""
        with autograd.no_grad():
            z = autograd.normal(size=(count, self.latent)).astype(self.mean.weight.dtype)
            return autograd.sigmoid(self.decoder(z))
