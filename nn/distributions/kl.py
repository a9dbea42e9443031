"""How far one distribution is from another: a formula for each pair of families that has one."""

from collections.abc import Callable
from math import inf, log, pi
from typing import Any, TypeVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.errors import UnsupportedError

from .categorical import Categorical, OneHotCategorical
from .combined import Independent
from .counts import Bernoulli, Binomial, Geometric, Poisson, cross_entropy
from .distribution import Distribution, spread, summed, widely
from .location import Gumbel, Laplace, Normal, Uniform
from .multivariate_normal import MultivariateNormal
from .positive import Beta, Dirichlet, Exponential, Gamma
from .transformed import TransformedDistribution
from .transforms import Transform

__all__ = ["kl_divergence", "register_kl"]

Formula = TypeVar("Formula", bound=Callable[..., Any])
FORMULAS: dict[tuple[type, type], Callable[[Any, Any], Tensor]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Formula], Formula]:
    """Say that a function of p and q is the divergence of these families, and of those below them.

    >>> from nn.distributions import Cauchy, kl_divergence, register_kl
    >>> @register_kl(Cauchy, Cauchy)
    ... def _of_cauchy(p, q):
    ...     squares = (p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2
    ...     return autograd.log(squares / (4 * p.scale * q.scale))
    >>> kl_divergence(Cauchy(0.0, 1.0), Cauchy(0.0, 2.0))
    Tensor(0.1178)
    """

    def register(formula: Formula) -> Formula:
        FORMULAS[type_p, type_q] = formula
        return formula

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The mean of log p - log q where p draws; UnsupportedError for a pair that has no formula here.

    >>> from nn.distributions import Normal
    >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 2.0))
    Tensor(0.4431)
    """
    for above_p in type(p).__mro__:
        for above_q in type(q).__mro__:
            if (above_p, above_q) in FORMULAS:
                return FORMULAS[above_p, above_q](p, q)
    raise UnsupportedError(
        f"kl_divergence of {type(p).__name__} and {type(q).__name__} has no formula here; give it one by "
        "@register_kl(P, Q), or estimate it: x = p.sample((1000,)); (p.log_prob(x) - q.log_prob(x)).mean(0)"
    )


def _difference(p: Any, q: Any) -> Any:
    """p (log p - log q) of probabilities, 0 where p is 0."""
    return autograd.rel_entr(p, q)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    return cross_entropy(q.logits, p.probs) - cross_entropy(p.logits, p.probs)


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if np.any(p.total_count.data > q.total_count.data):
        return autograd.full_like(p.probs, inf)
    if np.any(p.total_count.data != q.total_count.data):
        raise UnsupportedError("kl_divergence of Binomials: total_count differs; estimate it by draws of p")
    return p.total_count * _bernoulli(p, q)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - q._log_prob(p.mean)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return autograd.xlogy(p.rate, p.rate / q.rate) - (p.rate - q.rate)


@register_kl(Categorical, Categorical)
@register_kl(OneHotCategorical, OneHotCategorical)
def _categorical(p: Any, q: Any) -> Any:
    return autograd.sum(_difference(p.probs, q.probs), -1)


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - autograd.log(ratio)) / 2


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    away, ratio = abs(p.loc - q.loc), p.scale / q.scale
    return -autograd.log(ratio) + away / q.scale + ratio * autograd.exp(-away / p.scale) - 1


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, away = p.scale / q.scale, (q.loc - p.loc) / q.scale
    euler = float(np.euler_gamma)
    return autograd.exp(away + autograd.gammaln(1 + ratio)) - away - autograd.log(ratio) - 1 + euler * (ratio - 1)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    inside = (q.low <= p.low) & (q.high >= p.high)
    return autograd.where(inside, q.entropy() - p.entropy(), inf)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - 1 - autograd.log(ratio)


@register_kl(Gamma, Gamma)
@widely
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    shapes = autograd.gammaln(b) - autograd.gammaln(a) + (a - b) * autograd.digamma(a)
    return b * autograd.log(p.rate / q.rate) + shapes + a * (q.rate / p.rate - 1)


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    return _dirichlet(p._shares, q._shares)


@register_kl(Dirichlet, Dirichlet)
@widely
def _dirichlet(p: Any, q: Any) -> Any:
    a, away = p.concentration, p.concentration - q.concentration
    slopes = autograd.digamma(a) - autograd.digamma(p._total)
    return q._log_normalizer() - p._log_normalizer() + autograd.sum(away * slopes, -1)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Any:
    n = p.event_shape[0]
    batch = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    triangle = spread(q.scale_tril, (*batch, n, n))
    columns = (
        autograd.concatenate([p.scale_tril, (p.loc - q.loc)[..., None]], -1) if p.batch_shape == q.batch_shape else None
    )
    if columns is None:
        return _multivariate_normal(p.expand(batch), q.expand(batch))
    squares = autograd.sum(autograd.solve_triangular(triangle, columns, lower=True) ** 2, (-1, -2))
    return q._log_det() - p._log_det() + (squares - n) / 2


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise UnsupportedError(f"kl_divergence of {p!r} and {q!r}: they join different axes")
    return summed(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if not _alike(p.transforms, q.transforms):
        raise UnsupportedError(f"kl_divergence of {p!r} and {q!r}: their transforms differ; estimate it by draws of p")
    found = kl_divergence(p.base_dist, q.base_dist)
    return summed(found, len(p.event_shape) - len(p.base_dist.event_shape))


def _alike(a: Any, b: Any) -> bool:
    """Whether transforms, or what they are made of, are the same to the last digit."""
    if isinstance(a, Transform):
        return type(a) is type(b) and all(_alike(x, vars(b)[name]) for name, x in vars(a).items())
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_alike, a, b))
    one, other = (np.asarray(getattr(x, "_array", x)) for x in (a, b))
    return np.array_equal(one, other)


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Any:
    away = p.loc - q.loc
    z = away / (2**0.5 * p.scale)
    mean = p.scale * (2 / pi) ** 0.5 * autograd.exp(-(z**2)) + away * autograd.erf(z)
    return autograd.log(2 * q.scale) + mean / q.scale - p.entropy()


@register_kl(Laplace, Normal)
@register_kl(Uniform, Normal)
@register_kl(Gumbel, Normal)
def _from_moments(p: Any, q: Any) -> Any:
    """Of the normal distribution's logarithm only the mean and the variance of p matter."""
    return (
        (p.variance + (p.mean - q.loc) ** 2) / (2 * q.scale**2) + autograd.log(q.scale) + log(2 * pi) / 2 - p.entropy()
    )


@register_kl(Exponential, Gamma)
def _exponential_gamma(p: Any, q: Any) -> Any:
    return _gamma(Gamma(autograd.ones_like(p.rate), p.rate, validate_args=False), q)


@register_kl(Gamma, Exponential)
def _gamma_exponential(p: Any, q: Any) -> Any:
    return _gamma(p, Gamma(autograd.ones_like(q.rate), q.rate, validate_args=False))
