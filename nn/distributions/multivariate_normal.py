"""Normal vectors."""

from math import log, pi

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.types import Shape

from .constraints import Covariance, RealVector, Triangle, real_vector
from .distribution import Distribution, chance, spread

__all__ = ["MultivariateNormal"]


def _from_precision(precision: Tensor) -> Tensor:
    """The lower triangle whose square is the inverse, without inverting: of the matrix turned by half a turn."""
    turned = autograd.cholesky(precision[..., ::-1, ::-1])
    upper = autograd.swapaxes(turned[..., ::-1, ::-1], -1, -2)
    eye = np.broadcast_to(np.eye(precision.shape[-1], dtype=precision.dtype), precision.shape)
    return autograd.solve_triangular(upper, eye, lower=True)


class MultivariateNormal(Distribution):
    """Normal vectors (..., k) with the mean `loc` (..., k) and one of three matrices (..., k, k).

    These are their covariance, the inverse of it, or the lower triangle L with covariance L @ L.T, which costs least.

    >>> d = MultivariateNormal([0.0, 0.0], [[2.0, 1.0], [1.0, 2.0]])
    >>> d.log_prob([0.0, 1.0]), d.variance
    (Tensor(-2.7205), Tensor([2., 2.]))
    """

    loc: RealVector
    covariance_matrix: Covariance = None
    precision_matrix: Covariance = None
    scale_tril: Triangle = None
    support = real_vector
    has_rsample = True
    event_shape = property(lambda d: d.loc.shape[-1:])
    mean = mode = property(lambda d: d.loc)
    variance = property(lambda d: autograd.sum(d.scale_tril**2, -1))
    _derived = {  # noqa: RUF012
        "scale_tril": lambda d: (
            autograd.cholesky(d.covariance_matrix)
            if "covariance_matrix" in vars(d)
            else _from_precision(d.precision_matrix)
        ),
        "covariance_matrix": lambda d: d.scale_tril @ autograd.swapaxes(d.scale_tril, -1, -2),
        "precision_matrix": lambda d: autograd.inv(d.covariance_matrix),
    }

    def _drawn(self, shape: Shape) -> Tensor:
        return self.loc + (self.scale_tril @ chance("standard_normal", (*shape, 1), self.dtype))[..., 0]

    def _log_prob(self, value: Tensor) -> Tensor:
        away = value - self.loc
        triangle = spread(self.scale_tril, (*away.shape, away.shape[-1]))
        z = autograd.solve_triangular(triangle, away[..., None], lower=True)[..., 0]
        return -0.5 * (autograd.sum(z**2, -1) + z.shape[-1] * log(2 * pi)) - self._log_det()

    def _log_det(self) -> Tensor:
        return autograd.sum(autograd.log(autograd.diagonal(self.scale_tril, 0, -2, -1)), -1)

    def entropy(self) -> Tensor:
        """k (1 + log(2 pi)) / 2 plus the logarithm of the volume of the triangle."""
        return self.loc.shape[-1] * (1 + log(2 * pi)) / 2 + self._log_det()
