"""Every distribution equals PyTorch's: each method in value and gradient, in both precisions; skipped without it."""

from contextlib import nullcontext as nothing

import numpy as np
import pytest

import autograd
from nn import distributions as ours

torch = pytest.importorskip("torch")
theirs = torch.distributions

RNG = np.random.default_rng(0)
A, B = RNG.uniform(0.3, 0.9, (2, 3)), RNG.uniform(0.5, 2.5, (2, 3))
REAL, SHARE, ABOVE = RNG.normal(size=(4, 2, 3)), RNG.uniform(0.05, 0.95, (4, 2, 3)), RNG.uniform(0.1, 3.0, (4, 2, 3))
COUNT = RNG.integers(0, 5, (4, 2, 3)).astype(float)
MATRIX = 0.4 * RNG.normal(size=(2, 3, 3)) + 2 * np.eye(3)
COVARIANCE, TRIANGLE = MATRIX @ np.swapaxes(MATRIX, -1, -2), np.tril(MATRIX)
SHARES = np.exp(REAL) / np.exp(REAL).sum(-1, keepdims=True)
ONE_HOT = np.eye(3)[RNG.integers(0, 3, (4, 2))]

# family, parameters by name, values; the methods that PyTorch lacks, or of which a gradient is not meant, are left out
KINDS = {
    "Normal": ({"loc": A, "scale": B}, REAL),
    "LogNormal": ({"loc": A, "scale": B}, ABOVE),
    "Laplace": ({"loc": A, "scale": B}, REAL),
    "Cauchy": ({"loc": A, "scale": B}, REAL),
    "Gumbel": ({"loc": A, "scale": B}, REAL),
    "StudentT": ({"df": B + 2.1, "loc": A, "scale": B}, REAL),
    "Uniform": ({"low": A - 1, "high": B + 1}, SHARE),
    "Exponential": ({"rate": B}, ABOVE),
    "Gamma": ({"concentration": B, "rate": A}, ABOVE),
    "Beta": ({"concentration1": B + 1, "concentration0": A + 1}, SHARE),
    "Dirichlet": ({"concentration": B + 1}, SHARES),
    "Bernoulli": ({"probs": A}, COUNT % 2),
    "Bernoulli logits": ({"logits": A - B}, COUNT % 2),
    "Binomial": ({"total_count": np.float64(5), "probs": A}, COUNT),
    "Binomial logits": ({"total_count": np.float64(5), "logits": A - B}, COUNT),
    "Geometric": ({"probs": A}, COUNT),
    "Geometric logits": ({"logits": A - B}, COUNT),
    "Poisson": ({"rate": B}, COUNT),
    "Categorical": ({"probs": B}, COUNT[..., 0] % 3),
    "Categorical logits": ({"logits": B}, COUNT[..., 0] % 3),
    "OneHotCategorical": ({"probs": B}, ONE_HOT),
    "OneHotCategorical logits": ({"logits": B}, ONE_HOT),
    "MultivariateNormal": ({"loc": A, "covariance_matrix": COVARIANCE}, REAL),
    "MultivariateNormal precision": ({"loc": A, "precision_matrix": COVARIANCE}, REAL),
    "MultivariateNormal tril": ({"loc": A, "scale_tril": TRIANGLE}, REAL),
}
# made of others: a function of the module and of two Tensors
MADE = {
    "Independent": (lambda d, a, b: d.Independent(d.Normal(a, b), 1), REAL),
    "Independent of counts": (lambda d, a, b: d.Independent(d.Bernoulli(probs=a), 2), COUNT % 2),
    "mixture": (lambda d, a, b: d.MixtureSameFamily(d.Categorical(logits=a), d.Normal(a, b)), REAL[..., 0]),
    "mixture of vectors": (
        lambda d, a, b: d.MixtureSameFamily(d.Categorical(logits=a[:, 0]), d.Independent(d.Laplace(a, b), 1)),
        REAL[:, 0],
    ),
    "affine and sigmoid": (
        lambda d, a, b: d.TransformedDistribution(
            d.Normal(a, b), [d.AffineTransform(loc=0.5, scale=2.0), d.SigmoidTransform()]
        ),
        SHARE,
    ),
    "falling": (lambda d, a, b: d.TransformedDistribution(d.Normal(a, b), d.AffineTransform(a, -b)), REAL),
    "tanh": (lambda d, a, b: d.TransformedDistribution(d.Normal(a, b), d.TanhTransform()), 2 * SHARE - 1),
    "softplus": (lambda d, a, b: d.TransformedDistribution(d.Normal(a, b), [d.SoftplusTransform()]), ABOVE),
    "power": (lambda d, a, b: d.TransformedDistribution(d.Gamma(a, b), [d.PowerTransform(torch_like(d, 2.0))]), ABOVE),
    "stick breaking": (
        lambda d, a, b: d.TransformedDistribution(d.Normal(a[:, :2], b[:, :2]), d.StickBreakingTransform()),
        SHARES,
    ),
    "composed": (
        lambda d, a, b: d.TransformedDistribution(
            d.Normal(a[:, :2], b[:, :2]),
            d.ComposeTransform([d.AffineTransform(1.0, 0.5), d.ExpTransform().inv.inv, d.StickBreakingTransform()]),
        ),
        SHARES,
    ),
    "inverse": (lambda d, a, b: d.TransformedDistribution(d.Uniform(a * 0, b / b), d.SigmoidTransform().inv), REAL),
    "independent transform": (
        lambda d, a, b: d.TransformedDistribution(d.Normal(a, b), d.IndependentTransform(d.ExpTransform(), 1)),
        ABOVE,
    ),
    "expanded": (lambda d, a, b: d.Normal(a, b).expand((4, 2, 3)), REAL),
    "expanded mixture": (
        lambda d, a, b: d.MixtureSameFamily(d.Categorical(logits=a), d.Normal(a, b)).expand((4, 2)),
        REAL[..., 0],
    ),
    "expanded independent": (lambda d, a, b: d.Independent(d.Gamma(a, b), 1).expand((4, 2)), ABOVE),
    "expanded flow": (
        lambda d, a, b: d.TransformedDistribution(d.Normal(a, b), d.ExpTransform()).expand((4, 2, 3)),
        ABOVE,
    ),
}
METHODS = {
    "log_prob": lambda d, value: d.log_prob(value),
    "cdf": lambda d, value: d.cdf(value),
    "icdf": lambda d, value: d.icdf(value * 0 + 0.3),
    "entropy": lambda d, value: d.entropy(),
    "mean": lambda d, value: d.mean,
    "variance": lambda d, value: d.variance,
    "stddev": lambda d, value: d.stddev,
    "mode": lambda d, value: d.mode,
}
ONLY_OURS = {"cdf": {"Beta", "StudentT", "Bernoulli", "Binomial", "Geometric", "Poisson"}, "icdf": {"Gamma", "Beta"}}
TOLERANCE = {"float32": 3e-5, "float64": 1e-9}


def torch_like(module, number):
    return torch.tensor(number, dtype=torch.float64) if module is theirs else number


def gradients_of(result, leaves, weights):
    """The result and the gradients of a random weighing of it, as arrays."""
    if not result.requires_grad:
        return [np.asarray(result.detach() if hasattr(result, "detach") else result)]
    (result * weights).sum().backward()
    grads = [np.zeros(leaf.shape) if leaf.grad is None else np.asarray(leaf.grad) for leaf in leaves]
    return [np.asarray(result.detach()), *grads]


def found_by(module, make, arrays, value, method, dtype):
    """What a method gives in one of the two libraries, with the gradients of parameters and value."""
    if module is ours:
        new = lambda a: autograd.Tensor(np.asarray(a, dtype), requires_grad=True)
    else:
        new = lambda a: torch.tensor(np.asarray(a, dtype), requires_grad=True)
    leaves, x = [new(a) for a in arrays], new(value)
    result = METHODS[method](make(module, *leaves), x)
    weights = np.cos(np.arange(int(np.prod(result.shape)))).reshape(result.shape).astype(dtype)
    return gradients_of(result, [*leaves, x], weights if module is ours else torch.tensor(weights))


def of_kind(name):
    parameters, value = KINDS[name]
    family = name.split()[0]
    whole = {n: v for n, v in parameters.items() if n == "total_count"}
    rest = [n for n in parameters if n not in whole]

    def make(module, *leaves):
        counts = {n: int(v) for n, v in whole.items()}
        return getattr(module, family)(**counts, **dict(zip(rest, leaves)))

    return make, [parameters[n] for n in rest], value


ROWS = {name: of_kind(name) for name in KINDS} | {name: (make, [A, B], value) for name, (make, value) in MADE.items()}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", ROWS)
def test_every_method_is_pytorchs_in_value_and_gradient(name, dtype):
    make, arrays, value = ROWS[name]
    compared = []
    for method in METHODS:
        try:
            expected = found_by(theirs, make, arrays, value, method, dtype)
        except (NotImplementedError, AttributeError):
            with pytest.raises(autograd.UnsupportedError) if name.split()[0] not in ONLY_OURS.get(method, ()) else nothing():
                found_by(ours, make, arrays, value, method, dtype)
            continue
        found = found_by(ours, make, arrays, value, method, dtype)
        compared.append(method)
        assert len(found) == len(expected), method
        for ours_, theirs_ in zip(found, expected):
            assert ours_.shape == theirs_.shape, method
            if method != "mode":  # a number of a kind is an integer in both
                assert ours_.dtype == theirs_.dtype or ours_.dtype.kind == "f", method
            scale = max(1.0, np.max(np.abs(theirs_[np.isfinite(theirs_)]), initial=0.0))
            np.testing.assert_allclose(ours_, theirs_, rtol=0, atol=TOLERANCE[dtype] * scale, err_msg=method)
    assert "log_prob" in compared
