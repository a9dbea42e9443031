"""torch.distributions: a row of a table for each, of what a program may ask of it."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

from ...engine.modes import no_grad
from ...ops.random import current
from . import creation
from .absent import missing
from .functions import broadcast_tensors, linalg, namespace as f, special
from .modules import F
from .tensor import Function, Tensor

_lgamma, _where, _xlogy, _softplus = f["lgamma"], f["where"], f["xlogy"], F["softplus"]
_rand, _randn = creation.namespace["rand"], creation.namespace["randn"]
_bce = lambda z, p: F["binary_cross_entropy_with_logits"](*broadcast_tensors(z, p), reduction="none")
_u = lambda shape, like: _rand(*shape, dtype=like.dtype).clamp(1e-7, 1 - 1e-7)
_e = lambda shape, like: _randn(*shape, dtype=like.dtype)
_HALF = log(2 * pi) / 2


def _numpy(draw: Function) -> Function:
    """A draw by NumPy's generator, of values alone: without a derivative."""

    def call(shape: Any, *parameters: Tensor) -> Tensor:
        return creation.made(draw(current(), *map(np.asarray, parameters), shape)).to(parameters[0].dtype)

    call.__name__ = "without a derivative"
    return call


# of each the parameters, log_prob, the draw and what else is known
TABLE: dict[str, tuple[Any, ...]] = {
    "Normal": ("loc scale", lambda x, m, s: -(((x - m) / s) ** 2) / 2 - s.log() - _HALF,
               lambda shape, m, s: m + s * _e(shape, s),
               {"mean": lambda m, s: m, "variance": lambda m, s: s**2, "entropy": lambda m, s: 0.5 + _HALF + s.log(),
                "cdf": lambda x, m, s: special["ndtr"]((x - m) / s), "icdf": lambda x, m, s: m + s * special["ndtri"](x)}),
    "LogNormal": ("loc scale", lambda x, m, s: -(((x.log() - m) / s) ** 2) / 2 - s.log() - _HALF - x.log(),
                  lambda shape, m, s: (m + s * _e(shape, s)).exp(), {"mean": lambda m, s: (m + s**2 / 2).exp()}),
    "HalfNormal": ("scale", lambda x, s: log(2) - ((x / s) ** 2) / 2 - s.log() - _HALF,
                   lambda shape, s: (s * _e(shape, s)).abs(), {"mean": lambda s: s * (2 / pi) ** 0.5}),
    "Laplace": ("loc scale", lambda x, m, b: -(x - m).abs() / b - (2 * b).log(),
                lambda shape, m, b: (lambda u: m - b * u.sign() * (-2 * u.abs()).log1p())(_u(shape, b) - 0.5),
                {"mean": lambda m, b: m, "variance": lambda m, b: 2 * b**2, "entropy": lambda m, b: 1 + (2 * b).log()}),
    "Cauchy": ("loc scale", lambda x, m, s: -log(pi) - s.log() - (((x - m) / s) ** 2).log1p(),
               lambda shape, m, s: m + s * (pi * (_u(shape, s) - 0.5)).tan(), {"entropy": lambda m, s: log(4 * pi) + s.log()}),
    "Gumbel": ("loc scale", lambda x, m, s: (lambda z: z - z.exp() - s.log())((m - x) / s),
               lambda shape, m, s: m - s * (-_u(shape, s).log()).log(), {"mean": lambda m, s: m + s * np.euler_gamma}),
    "Uniform": ("low high", lambda x, a, b: _where((x >= a) & (x < b), -(b - a).log(), -float("inf")),
                lambda shape, a, b: a + (b - a) * _rand(*shape, dtype=b.dtype),
                {"mean": lambda a, b: (a + b) / 2, "variance": lambda a, b: (b - a) ** 2 / 12,
                 "entropy": lambda a, b: (b - a).log()}),
    "Exponential": ("rate", lambda x, r: r.log() - r * x, lambda shape, r: -(-_u(shape, r)).log1p() / r,
                    {"mean": lambda r: 1 / r, "variance": lambda r: r**-2, "entropy": lambda r: 1 - r.log()}),
    "Gamma": ("concentration rate", lambda x, a, r: _xlogy(a, r) + _xlogy(a - 1, x) - r * x - _lgamma(a),
              _numpy(lambda g, a, r, n: g.gamma(a, 1 / r, n)), {"mean": lambda a, r: a / r, "variance": lambda a, r: a / r**2}),
    "Beta": ("concentration1 concentration0",
             lambda x, a, b: _xlogy(a - 1, x) + _xlogy(b - 1, 1 - x) + _lgamma(a + b) - _lgamma(a) - _lgamma(b),
             _numpy(lambda g, a, b, n: g.beta(a, b, n)), {"mean": lambda a, b: a / (a + b)}),
    "StudentT": ("df loc=0.0 scale=1.0",
                 lambda x, n, m, s: _lgamma((n + 1) / 2) - _lgamma(n / 2) - (n * pi).log() / 2 - s.log()
                 - (n + 1) / 2 * (((x - m) / s) ** 2 / n).log1p(),
                 _numpy(lambda g, n, m, s, size: m + s * g.standard_t(n, size)), {}),
    "Poisson": ("rate", lambda x, r: _xlogy(x, r) - r - _lgamma(x + 1), _numpy(lambda g, r, n: g.poisson(r, n)),
                {"mean": lambda r: r, "variance": lambda r: r}),
    "Bernoulli": ("logits", lambda x, z: -_bce(z, x), _numpy(lambda g, z, n: g.random(n) < 1 / (1 + np.exp(-z))),
                  {"mean": lambda z: z.sigmoid(), "variance": lambda z: z.sigmoid() * (-z).sigmoid(),
                   "entropy": lambda z: _bce(z, z.sigmoid())}),
    "Geometric": ("logits", lambda x, z: -_softplus(-z) - x * _softplus(z),
                  _numpy(lambda g, z, n: g.geometric(1 / (1 + np.exp(-z)), n) - 1), {"mean": lambda z: (-z).exp()}),
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


def _family(name: str, names: str, log_prob: Function, draw: Function, known: dict[str, Function]) -> type:
    """A distribution of independent numbers, by its row."""
    parts = [n.partition("=")[::2] for n in names.split()]

    def __init__(self: Any, *args: Any, validate_args: Any = None, **options: Any) -> None:
        if names == "logits" and "logits" not in options:
            (probs,), args = _tensors(args[0] if args else options.pop("probs")), ()
            eps = np.finfo(probs.dtype).eps
            options["logits"] = probs.clamp(eps, 1 - eps).logit()
        given = dict(zip((n for n, _ in parts), args)) | options
        self.parameters = _tensors(*(given[n] if n in given else float(default) for n, default in parts))
        vars(self).update(zip((n for n, _ in parts), self.parameters))
        if names == "logits":
            self.probs = self.logits.sigmoid()

    members: dict[str, Any] = {"__init__": __init__, "has_rsample": draw.__name__ == "<lambda>"}
    members["log_prob"] = lambda self, value: log_prob(value, *self.parameters)
    members["_drawn"] = lambda self, shape: draw((*shape, *self.batch_shape), *self.parameters)
    for what, formula in known.items():
        get = lambda self, *x, formula=formula: formula(*x, *self.parameters)
        members[what] = property(get) if what in ("mean", "variance") else get
    return type(name, (Distribution,), members)


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
        return self.loc + (self.scale_tril @ _e((*shape, *self.loc.shape, 1), self.loc)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        z = linalg["solve_triangular"](self.scale_tril, (value - self.loc).unsqueeze(-1), upper=False).squeeze(-1)
        return -(z**2 / 2 + _HALF).sum(-1) - self.scale_tril.diagonal(0, -2, -1).log().sum(-1)

    def entropy(self) -> Tensor:
        """Of the volume."""
        return ((0.5 + _HALF) + self.scale_tril.diagonal(0, -2, -1).log()).sum(-1)


class Independent(Distribution):
    """The last axes of another one taken as one draw."""

    def __init__(self, base: Any, reinterpreted_batch_ndims: int, **_: Any) -> None:
        self.base_dist, self.parameters, self.has_rsample = base, base.parameters, base.has_rsample
        self.event = base.event + reinterpreted_batch_ndims
        self._axes = tuple(range(-reinterpreted_batch_ndims, 0))
        self._drawn = base._drawn

    mean, variance = property(lambda self: self.base_dist.mean), property(lambda self: self.base_dist.variance)
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
        self.transforms = transforms if isinstance(transforms, list) else [transforms]

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
        return _bce(q.logits, p.probs) - _bce(p.logits, p.probs)
    if kinds == {"Independent"}:
        return kl_divergence(p.base_dist, q.base_dist).sum(p._axes)
    if kinds == {"MultivariateNormal"}:
        solve = lambda b: linalg["solve_triangular"](q.scale_tril, b, upper=False).pow(2).sum((-2, -1))
        entropy = lambda d: d.scale_tril.diagonal(0, -2, -1).log().sum(-1)
        squares = solve(p.scale_tril) + solve((p.loc - q.loc).unsqueeze(-1)) - p.loc.shape[-1]
        return squares / 2 + entropy(q) - entropy(p)
    raise missing(f"distributions.kl_divergence of {' and '.join(sorted(kinds))}")


_classes = (Distribution, Categorical, MultivariateNormal, Independent, Transform, TransformedDistribution)
namespace: dict[str, Any] = {c.__name__: c for c in (*_classes, kl_divergence)} | TRANSFORMS
namespace |= {name: _family(name, *row) for name, row in TABLE.items()}
