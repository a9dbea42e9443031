"""torch.distributions: a row of a table for each, of what a program may ask of it."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

from ...engine.modes import no_grad
from ...ops.random import current
from . import creation
from .absent import missing
from .functions import broadcast_tensors, linalg, namespace as f
from .modules import F
from .tensor import Function, Tensor

_lgamma, _xlogy, _softplus = f["lgamma"], f["xlogy"], F["softplus"]
_rand, _randn = creation.namespace["rand"], creation.namespace["randn"]
_bce = lambda z, p: F["binary_cross_entropy_with_logits"](*broadcast_tensors(z, p), reduction="none")
_inside = lambda shape: _rand(*shape).clamp(1e-7, 1 - 1e-7)
_ROOT = log(2 * pi) / 2

# about 0 and of scale 1: the logarithm of the density, a draw, mean, variance, entropy
STANDARD: dict[str, tuple[Any, ...]] = {
    "Normal": (lambda z: -(z**2) / 2 - _ROOT, lambda shape: _randn(*shape), 0.0, 1.0, 0.5 + _ROOT),
    "Laplace": (lambda z: -z.abs() - log(2),
                lambda shape: (lambda u: -u.sign() * (-2 * u.abs()).log1p())(_inside(shape) - 0.5),
                0.0, 2.0, 1 + log(2)),
    "Cauchy": (lambda z: -log(pi) - (z**2).log1p(),
               lambda shape: (pi * (_inside(shape) - 0.5)).tan(), np.nan, np.inf, log(4 * pi)),
    "Gumbel": (lambda z: -z - (-z).exp(), lambda shape: -(-_inside(shape).log()).log(), np.euler_gamma, pi**2 / 6,
               1 + np.euler_gamma),
}  # fmt: skip
# parameters, log_prob, a draw of theirs or of NumPy's generator (which has no derivative), mean, variance, entropy
TABLE: dict[str, tuple[Any, ...]] = {
    "Uniform": ("low high", lambda x, a, b: f["where"]((x >= a) & (x < b), -(b - a).log(), -float("inf")),
                lambda shape, a, b: a + (b - a) * _rand(*shape), lambda a, b: (a + b) / 2,
                lambda a, b: (b - a) ** 2 / 12, lambda a, b: (b - a).log()),
    "Exponential": ("rate", lambda x, r: r.log() - r * x, lambda shape, r: -(-_inside(shape)).log1p() / r,
                    lambda r: 1 / r, lambda r: r**-2, lambda r: 1 - r.log()),
    "Gamma": ("concentration rate", lambda x, a, r: _xlogy(a, r) + _xlogy(a - 1, x) - r * x - _lgamma(a),
              "gamma", lambda a, r: a / r, lambda a, r: a / r**2),
    "Beta": ("concentration1 concentration0",
             lambda x, a, b: _xlogy(a - 1, x) + _xlogy(b - 1, 1 - x) + _lgamma(a + b) - _lgamma(a) - _lgamma(b),
             "beta", lambda a, b: a / (a + b), lambda a, b: a * b / ((a + b) ** 2 * (a + b + 1))),
    "Poisson": ("rate", lambda x, r: _xlogy(x, r) - r - _lgamma(x + 1), "poisson", lambda r: r, lambda r: r),
    "Bernoulli": ("probs", lambda x, p: -_bce(p.logit(), x), "binomial", lambda p: p, lambda p: p * (1 - p),
                  lambda p: _bce(p.logit(), p)),
}  # fmt: skip


def _tensors(*values: Any) -> tuple[Tensor, ...]:
    return broadcast_tensors(*(v if isinstance(v, Tensor) else creation.tensor(float(v)) for v in values))


class Distribution:
    """Draws, and says how likely a draw was."""

    event = 0  # how many of the last axes are of one draw
    parameters: tuple[Tensor, ...] = ()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A draw without a gradient."""
        with no_grad():
            return self._drawn(tuple(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A draw whose gradient reaches the parameters."""
        if not self.has_rsample:
            raise missing(f"distributions.{type(self).__name__}.rsample, whose draw has no derivative,")
        return self._drawn(tuple(sample_shape))

    has_rsample = True
    stddev = property(lambda self: self.variance.sqrt())
    batch_shape = property(lambda self: self.parameters[0].shape)

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        raise missing(f"distributions.{type(self).__name__}.{name}")


class _Family(Distribution):
    """Independent numbers, by a row of a table."""

    names, row = "loc scale", ()

    def __init__(self, *args: Any, validate_args: Any = None, **options: Any) -> None:
        if "logits" in options:
            options["probs"] = options.pop("logits").sigmoid()
        self.parameters = _tensors(*args, *(options[n] for n in self.names.split()[len(args) :]))
        vars(self).update(zip(self.names.split(), self.parameters))

    has_rsample = property(lambda self: callable(self.row[1]))
    logits = property(lambda self: self.probs.logit())
    mean, variance = property(lambda self: self._known(2)), property(lambda self: self._known(3))
    entropy = lambda self: self._known(4)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or of the probability."""
        return self.row[0](value, *self.parameters)

    def _known(self, place: int) -> Any:
        if place >= len(self.row):
            raise missing(f"distributions.{type(self).__name__}.entropy")
        return self.row[place](*self.parameters)

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        draw, shape, p = self.row[1], (*shape, *self.batch_shape), self.parameters
        if callable(draw):
            return draw(shape, *p)
        a, b = (np.asarray(v.detach()) for v in (p[0], p[-1]))
        given = {"gamma": (a, 1 / b), "beta": (a, b), "poisson": (a,), "binomial": (1, a)}[draw]
        return creation.made(getattr(current(), draw)(*given, shape)).to(p[0].dtype)


def _about(density: Function, draw: Function, mean: float, variance: float, entropy: float) -> tuple[Any, ...]:
    """The row of a distribution that is moved and stretched."""
    return (
        lambda x, loc, scale: density((x - loc) / scale) - scale.log(),
        lambda shape, loc, scale: loc + scale * draw(shape).to(scale.dtype),
        lambda loc, scale: loc + mean * scale,
        lambda loc, scale: variance * scale**2,
        lambda loc, scale: entropy + scale.log(),
    )


class Categorical(Distribution):
    """One of n, by probabilities or by logits in the last axis."""

    has_rsample = False

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        given = f["log"](probs / probs.sum(-1, keepdim=True)) if logits is None else logits
        self.logits = f["log_softmax"](given, -1)
        self.probs = f["exp"](self.logits)
        self.parameters = (self.logits[..., 0],)

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        return creation.multinomial(self.probs.detach().expand(*shape, *self.probs.shape), 1, True).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of a draw."""
        index, rows = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return rows.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        """-sum p log p."""
        return -(self.probs * self.logits.clamp(min=-1e30)).sum(-1)


class MultivariateNormal(Distribution):
    """Normal vectors with a mean and covariances, or the lower triangle whose square these are."""

    event = 1

    def __init__(self, loc: Tensor, covariance_matrix: Any = None, *_: Any, scale_tril: Any = None, **__: Any) -> None:
        if covariance_matrix is None and scale_tril is None:
            raise missing("distributions.MultivariateNormal(precision_matrix=)")
        self.loc = self.mean = loc
        self.scale_tril = linalg["cholesky"](covariance_matrix) if scale_tril is None else scale_tril
        self.parameters = (loc[..., 0],)

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        return self.loc + (self.scale_tril @ _randn(*shape, *self.loc.shape, 1, dtype=self.loc.dtype)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        z = linalg["solve"](self.scale_tril, (value - self.loc).unsqueeze(-1)).squeeze(-1)
        return -(z**2 / 2 + _ROOT).sum(-1) - self.scale_tril.diagonal(0, -2, -1).log().sum(-1)


class Independent(Distribution):
    """The last axes of another one taken as one draw."""

    def __init__(self, base: Any, reinterpreted_batch_ndims: int, **_: Any) -> None:
        self.base_dist, self.parameters, self.has_rsample = base, base.parameters, base.has_rsample
        self.event = base.event + reinterpreted_batch_ndims
        self._axes = tuple(range(-reinterpreted_batch_ndims, 0))
        self._drawn = base._drawn

    mean, variance = property(lambda self: self.base_dist.mean), property(lambda self: self.base_dist.variance)
    batch_shape = property(lambda self: self.base_dist.batch_shape[: -len(self._axes)])
    log_prob = lambda self, value: self.base_dist.log_prob(value).sum(self._axes)
    entropy = lambda self: self.base_dist.entropy().sum(self._axes)


class Transform:
    """A function with an inverse, and the logarithm of its slope at x, where it is y."""

    def __init__(self, there: Function, back: Function, log_abs_det_jacobian: Function) -> None:
        self.there, self.back, self.log_abs_det_jacobian = there, back, log_abs_det_jacobian

    __call__ = lambda self, x: self.there(x)
    inv = property(lambda self: Transform(self.back, self.there, lambda x, y: -self.log_abs_det_jacobian(y, x)))


TRANSFORMS: dict[str, Function] = {
    "SigmoidTransform": lambda **_: Transform(f["sigmoid"], f["logit"], lambda x, y: -_softplus(-x) - _softplus(x)),
    "TanhTransform": lambda **_: Transform(f["tanh"], f["atanh"], lambda x, y: 2 * (log(2) - x - _softplus(-2 * x))),
    "ExpTransform": lambda **_: Transform(f["exp"], f["log"], lambda x, y: x),
    "AffineTransform": lambda loc, scale, **_: Transform(
        lambda x: loc + scale * x, lambda y: (y - loc) / scale, lambda x, y: f["log"](abs(scale) + 0 * x)
    ),
}


class TransformedDistribution(Distribution):
    """What becomes of the draws of another one."""

    def __init__(self, base_distribution: Any, transforms: Any, **_: Any) -> None:
        self.base_dist, self.parameters = base_distribution, base_distribution.parameters
        self.event, self.has_rsample = base_distribution.event, base_distribution.has_rsample
        self.transforms: Any = transforms if isinstance(transforms, list) else [transforms]

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        x = self.base_dist._drawn(shape)
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        slopes: Any = 0.0
        for transform in reversed(self.transforms):
            x = transform.back(value)
            slope = transform.log_abs_det_jacobian(x, value)
            slopes, value = slopes + (slope.sum(tuple(range(-self.event, 0))) if self.event else slope), x
        return self.base_dist.log_prob(value) - slopes


def kl_divergence(p: Any, q: Any) -> Tensor:
    """The mean of log p - log q where p draws."""
    kinds = {type(p).__name__, type(q).__name__}
    if kinds == {"Normal"}:
        ratio = (p.scale / q.scale) ** 2
        return (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log()) / 2
    if kinds == {"Categorical"}:
        return (p.probs * (p.logits - q.logits)).sum(-1)
    if kinds == {"Bernoulli"}:
        return _bce(q.probs.logit(), p.probs) - _bce(p.probs.logit(), p.probs)
    if kinds == {"Independent"}:
        return kl_divergence(p.base_dist, q.base_dist).sum(p._axes)
    raise missing(f"distributions.kl_divergence of {' and '.join(sorted(kinds))}")


_classes = (Distribution, Categorical, MultivariateNormal, Independent, Transform, TransformedDistribution)
namespace: dict[str, Any] = {c.__name__: c for c in (*_classes, kl_divergence)} | TRANSFORMS
for _name, (_names, *_row) in (TABLE | {n: ("loc scale", *_about(*row)) for n, row in STANDARD.items()}).items():
    namespace[_name] = type(_name, (_Family,), {"names": _names, "row": _row})
namespace["LogNormal"] = lambda *a, **o: TransformedDistribution(
    namespace["Normal"](*a, **o), TRANSFORMS["ExpTransform"]()
)
