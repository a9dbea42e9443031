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
            d.ComposeTransform(
                [d.AffineTransform(1.0, 0.5), d.AffineTransform(0.1, 2.0).inv, d.StickBreakingTransform()]
            ),
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
ONLY_OURS = {  # or only with a gradient: see test_distributions.py
    "cdf": {"Beta", "StudentT", "Bernoulli", "Binomial", "Geometric", "Poisson", "Gamma", "Gumbel", "power"},
    "icdf": {"Gamma", "Beta", "power"},
}
TOLERANCE = {"float32": 3e-5, "float64": 1e-9}


def torch_like(module, number):
    return torch.tensor(number, dtype=torch.float64) if module is theirs else number


def leaf(module, values, dtype):
    made = autograd.Tensor if module is ours else torch.tensor
    return made(np.asarray(values, dtype), requires_grad=True)


def gradients_of(result, leaves, weights):
    """The result and the gradients of a random weighing of it, as arrays."""
    if not result.requires_grad:
        return [np.asarray(result.detach() if hasattr(result, "detach") else result)]
    (result * weights).sum().backward()
    grads = [np.zeros(leaf.shape) if leaf.grad is None else np.asarray(leaf.grad) for leaf in leaves]
    return [np.asarray(result.detach()), *grads]


def found_by(module, make, arrays, value, method, dtype):
    """What a method gives in one of the two libraries, with the gradients of parameters and value."""
    *leaves, x = (leaf(module, a, dtype) for a in (*arrays, value))
    result = METHODS[method](make(module, *leaves), x)
    weights = 1.5 + np.cos(np.arange(int(np.prod(result.shape)))).reshape(result.shape).astype(dtype)
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
            more = name.split()[0] in ONLY_OURS.get(method, ())
            with nothing() if more else pytest.raises(autograd.UnsupportedError):
                found_by(ours, make, arrays, value, method, dtype)
            continue
        found = found_by(ours, make, arrays, value, method, dtype)
        if method == "mode":
            found, expected = found[:1], expected[:1]
        compared.append(method)
        assert len(found) == len(expected), method
        for ours_, theirs_ in zip(found, expected):
            assert ours_.shape == theirs_.shape, method
            if method != "mode":  # a number of a kind is an integer in both
                assert ours_.dtype == theirs_.dtype or ours_.dtype.kind == "f", method
            scale = max(1.0, np.max(np.abs(theirs_[np.isfinite(theirs_)]), initial=0.0))
            np.testing.assert_allclose(ours_, theirs_, rtol=0, atol=TOLERANCE[dtype] * scale, err_msg=method)
    assert "log_prob" in compared


def pair(family, first, second):
    """Two of a family of these parameters, functions of four Tensors."""
    return lambda d, a, b, e, f: (getattr(d, family)(*first(a, b)), getattr(d, family)(*second(e, f)))


def both(a, b):
    return a, b


def one(a, b):
    return (b,)


SAME = ["Normal", "Laplace", "Gumbel", "Gamma", "Beta", "LogNormal"]
PAIRS = {
    **{name: pair(name, both, both) for name in SAME},
    **{name: pair(name, one, one) for name in ("Exponential", "Poisson", "Dirichlet")},
    **{name: pair(name, lambda a, b: (a,), lambda a, b: (a,)) for name in ("Bernoulli", "Geometric")},
    **{name: pair(name, one, one) for name in ("Categorical", "OneHotCategorical")},
    "Uniform": pair("Uniform", lambda a, b: (-a, b), lambda a, b: (-a - 3, b + 3)),
    "Uniform beyond": pair("Uniform", lambda a, b: (-a, b), lambda a, b: (-a + 0.5, b + 3)),
    "Binomial": lambda d, a, b, e, f: (d.Binomial(5, probs=a), d.Binomial(5, probs=e)),
    "Independent": lambda d, a, b, e, f: (d.Independent(d.Normal(a, b), 1), d.Independent(d.Normal(e, f), 1)),
    "Normal and Laplace": lambda d, a, b, e, f: (d.Normal(a, b), d.Laplace(e, f)),
    "Laplace and Normal": lambda d, a, b, e, f: (d.Laplace(a, b), d.Normal(e, f)),
    "Uniform and Normal": lambda d, a, b, e, f: (d.Uniform(-a, b), d.Normal(e, f)),
    "Gumbel and Normal": lambda d, a, b, e, f: (d.Gumbel(a, b), d.Normal(e, f)),
    "Exponential and Gamma": lambda d, a, b, e, f: (d.Exponential(b), d.Gamma(e, f)),
    "Gamma and Exponential": lambda d, a, b, e, f: (d.Gamma(a, b), d.Exponential(f)),
    "flows": lambda d, a, b, e, f: tuple(
        d.TransformedDistribution(d.Normal(*of), [d.TanhTransform()]) for of in ((a, b), (e, f))
    ),
}


def divergence(module, make, arrays, dtype):
    leaves = [leaf(module, a, dtype) for a in arrays]
    result = module.kl_divergence(*make(module, *leaves))
    weights = 1.5 + np.cos(np.arange(int(np.prod(result.shape)))).reshape(result.shape).astype(dtype)
    return gradients_of(result, leaves, weights if module is ours else torch.tensor(weights))


OTHERS = [A, B, RNG.uniform(0.3, 0.9, (2, 3)), RNG.uniform(0.5, 2.5, (2, 3))]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", PAIRS)
def test_a_divergence_is_pytorchs_in_value_and_gradient(name, dtype):
    found, expected = (divergence(module, PAIRS[name], OTHERS, dtype) for module in (ours, theirs))

    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        scale = max(1.0, np.max(np.abs(b[np.isfinite(b)]), initial=0.0))
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE[dtype] * scale)


def test_the_divergence_of_normal_vectors_is_pytorchs():
    def make(module, a, triangle, e, other):
        return module.MultivariateNormal(a, scale_tril=triangle), module.MultivariateNormal(e, scale_tril=other)

    for first in (TRIANGLE, TRIANGLE[0]):
        arrays = [A, TRIANGLE, A[0], first * 1.5]
        found, expected = (divergence(module, make, arrays, "float64") for module in (ours, theirs))
        for a, b in zip(found, expected):
            square = a.ndim > 1 and a.shape[-1] == a.shape[-2]  # of a triangle, what lies above it means nothing
            np.testing.assert_allclose(np.tril(a) if square else a, np.tril(b) if square else b, atol=1e-9)


@pytest.mark.parametrize("shape", [0.2, 1.0, 3.0, 40.0])
def test_a_draw_of_gamma_has_pytorchs_gradient(shape):
    a, b = (
        autograd.Tensor(np.full(200, shape), requires_grad=True),
        autograd.Tensor(np.full(200, 1.7), requires_grad=True),
    )

    x = ours.Gamma(a, b).rsample()
    x.sum().backward()

    theirs_ = torch._standard_gamma_grad(torch.tensor(a.data), torch.tensor(x.data * 1.7)) / 1.7
    np.testing.assert_allclose(a.grad.data, theirs_, rtol=2e-3)  # PyTorch's own is approximate
    np.testing.assert_allclose(b.grad.data, -x.data / 1.7, rtol=1e-12)


def test_a_draw_of_beta_has_pytorchs_gradient():
    a, b = (autograd.Tensor(np.full(200, v), requires_grad=True) for v in (0.7, 2.5))

    x = ours.Beta(a, b).rsample()
    x.sum().backward()

    shares = torch.tensor(np.stack([x.data, 1 - x.data], -1))
    shapes = torch.tensor([[0.7, 2.5]] * 200, dtype=torch.float64)
    found = torch._dirichlet_grad(shares, shapes, shapes.sum(-1, keepdim=True).expand(200, 2))
    np.testing.assert_allclose(a.grad.data, found[:, 0] * shares[:, 1], rtol=2e-3, atol=1e-5)
