"""Distributions: draws follow their law, gradients of draws are those of quantiles, and errors say what is wrong."""

import numpy as np
import pytest
import scipy.stats as laws
from numpy.testing import assert_allclose

import autograd
from autograd import Tensor
from nn import distributions as D
from nn.distributions import constraints

N = 20_000
MATRIX = np.array([[2.0, 0.6, 0.1], [0.6, 1.0, -0.2], [0.1, -0.2, 0.5]])
SHAPES = np.array([0.4, 1.5, 3.0])

# what is drawn, as numbers, beside SciPy's law of them
CONTINUOUS = {
    "Normal": (D.Normal(1.0, 2.0), laws.norm(1.0, 2.0)),
    "LogNormal": (D.LogNormal(0.5, 0.7), laws.lognorm(0.7, scale=np.exp(0.5))),
    "Laplace": (D.Laplace(1.0, 2.0), laws.laplace(1.0, 2.0)),
    "Cauchy": (D.Cauchy(1.0, 2.0), laws.cauchy(1.0, 2.0)),
    "Gumbel": (D.Gumbel(1.0, 2.0), laws.gumbel_r(1.0, 2.0)),
    "StudentT": (D.StudentT(2.5, 1.0, 2.0), laws.t(2.5, 1.0, 2.0)),
    "Uniform": (D.Uniform(1.0, 3.0), laws.uniform(1.0, 2.0)),
    "Exponential": (D.Exponential(2.0), laws.expon(scale=0.5)),
    "Gamma": (D.Gamma(2.5, 2.0), laws.gamma(2.5, scale=0.5)),
    "Gamma of a small shape": (D.Gamma(0.1, 2.0), laws.gamma(0.1, scale=0.5)),
    "Beta": (D.Beta(0.5, 2.0), laws.beta(0.5, 2.0)),
}
WHOLE = {
    "Bernoulli": (D.Bernoulli(0.3), laws.bernoulli(0.3)),
    "Binomial": (D.Binomial(6, 0.3), laws.binom(6, 0.3)),
    "Geometric": (D.Geometric(0.3), laws.geom(0.3, loc=-1)),
    "Poisson": (D.Poisson(2.5), laws.poisson(2.5)),
    "Categorical": (D.Categorical([1.0, 2.0, 0.0, 5.0]), laws.rv_discrete(values=(range(4), [0.125, 0.25, 0, 0.625]))),
}


def fits(draws, law):
    """Kolmogorov and Smirnov's test: a law that is off by 2 % in its scale fails it."""
    return laws.kstest(np.asarray(draws, float).ravel(), law.cdf).pvalue > 1e-3


def fits_counts(draws, law):
    """The chi-square test of how often each number is drawn, those that are rare together."""
    top = int(law.ppf(1 - 1e-3))
    expected = np.append(law.pmf(range(top)), law.sf(top - 1)) * N
    found = np.bincount(np.minimum(draws.astype(int), top), minlength=top + 1)
    assert found[expected == 0].sum() == 0
    return laws.chisquare(found[expected > 0], expected[expected > 0]).pvalue > 1e-3


@pytest.mark.parametrize("name", CONTINUOUS)
def test_draws_follow_their_law(name):
    family, law = CONTINUOUS[name]

    assert fits(family.sample((N,)).data, law)
    assert fits(family.rsample((N,)).data, law)


@pytest.mark.parametrize("name", ["Normal", "Gamma", "Beta"])
def test_the_test_of_a_law_finds_one_that_is_off(name):
    family, law = CONTINUOUS[name]

    assert not fits(1.04 * family.sample((N,)).data, law)


@pytest.mark.parametrize("name", WHOLE)
def test_counts_follow_their_law(name):
    family, law = WHOLE[name]

    assert fits_counts(family.sample((N,)).data, law)


def test_the_test_of_counts_finds_a_law_that_is_off():
    assert not fits_counts(D.Poisson(2.6).sample((N,)).data, laws.poisson(2.5))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_distribution_functions_are_scipys(name):
    family, law = CONTINUOUS[name]
    x = law.ppf(np.linspace(0.05, 0.95, 7))

    assert_allclose(family.cdf(x).data, law.cdf(x), rtol=2e-5)
    if name != "StudentT":
        assert_allclose(family.icdf(law.cdf(x)).data, x, rtol=2e-4, atol=1e-5)
    with pytest.raises(autograd.UnsupportedError, match=r"estimate"):
        D.StudentT(3.0).icdf(0.3)


@pytest.mark.parametrize("name", WHOLE)
def test_probabilities_of_counts_are_scipys(name):
    family, law = WHOLE[name]
    k = np.array([k for k in range(6) if law.pmf(k) > 0], np.float32)

    assert_allclose(family.log_prob(k).data, law.logpmf(k), rtol=2e-5, atol=1e-6)
    if name != "Categorical":
        every = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 7.0])
        assert_allclose(family.cdf(every).data, law.cdf(every), rtol=2e-5, atol=1e-6)


def test_vectors_follow_their_law():
    normal = D.MultivariateNormal(np.array([1.0, 2.0, 3.0]), MATRIX).rsample((N,)).data
    along = np.array([1.0, -2.0, 0.5])
    assert fits(normal @ along, laws.norm(along @ [1, 2, 3], np.sqrt(along @ MATRIX @ along)))
    shares = D.Dirichlet(SHAPES).rsample((N,)).data
    for i, shape in enumerate(SHAPES):
        assert fits(shares[:, i], laws.beta(shape, SHAPES.sum() - shape))
    pair = shares[:, 0] / (shares[:, 0] + shares[:, 1])
    assert fits(pair, laws.beta(SHAPES[0], SHAPES[1]))
    ones = D.OneHotCategorical([1.0, 3.0]).sample((N,)).data
    assert set(map(tuple, ones.tolist())) == {(0.0, 1.0), (1.0, 0.0)}
    assert laws.binomtest(int(ones[:, 0].sum()), N, 0.25).pvalue > 1e-3


def test_mixtures_and_flows_follow_their_law():
    mixture = D.MixtureSameFamily(D.Categorical([1.0, 3.0]), D.Normal([-1.0, 2.0], [0.5, 1.0]))
    flow = D.TransformedDistribution(D.Normal(0.0, 1.0), [D.AffineTransform(0.5, -2.0), D.SigmoidTransform()])

    for family in (mixture, flow):
        assert laws.kstest(family.cdf(family.sample((N,))).data.astype(float), "uniform").pvalue > 1e-3
    vectors = D.MixtureSameFamily(D.Categorical([1.0, 1.0]), D.Independent(D.Normal(np.eye(2) * 9, 0.1), 1))
    draws = vectors.sample((N,)).data
    assert draws.shape == (N, 2)
    assert set(map(tuple, np.round(draws / 9).tolist())) == {(0.0, 1.0), (1.0, 0.0)}  # both parts of one component


def test_draws_come_again_with_the_seed():
    autograd.seed(3)
    first = [family.sample((4,)).data for family, _ in (CONTINUOUS | WHOLE).values()]
    autograd.seed(3)
    again = [family.sample((4,)).data for family, _ in (CONTINUOUS | WHOLE).values()]

    assert all(np.array_equal(a, b) for a, b in zip(first, again))


# -- gradients of draws --------------------------------------------------------------------------------

QUANTILES = {
    "Gamma": (D.Gamma, lambda u, a, b: laws.gamma.ppf(u, a, scale=1 / b), 0.8, 1.7),
    "Beta": (D.Beta, laws.beta.ppf, 0.8, 1.7),
}


def slope(f, x, h=1e-4):
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


@pytest.mark.parametrize("name", QUANTILES)
@pytest.mark.parametrize("scale", [0.4, 1.0, 6.0])
def test_a_draw_moves_with_its_shape_as_the_quantile_does(name, scale):
    family, quantile, a, b = QUANTILES[name]
    a, b = (Tensor(np.full(300, scale * v), requires_grad=True) for v in (a, b))

    x = family(a, b).rsample()
    x.sum().backward()

    u = family(a.detach(), b.detach()).cdf(x.detach()).data
    assert_allclose(a.grad.data, slope(lambda v: quantile(u, v, b.data), a.data), rtol=1e-6, atol=1e-8)
    assert_allclose(b.grad.data, slope(lambda v: quantile(u, a.data, v), b.data), rtol=1e-6, atol=1e-8)


def test_a_draw_of_shares_moves_with_its_shapes_as_quantiles_do():
    shapes = Tensor(np.tile(SHAPES, (50, 1)), requires_grad=True)
    weights = np.arange(150.0).reshape(50, 3) % 7

    autograd.seed(1)
    (D.Dirichlet(shapes).rsample() * weights).sum().backward()

    autograd.seed(1)
    u = autograd.ops.random.current().random((50, 3))

    def value(i, at):
        a = shapes.data.copy()
        a[:, i] = at
        parts = laws.gamma.ppf(u, a)
        return (weights * parts / parts.sum(-1, keepdims=True)).sum(-1)

    for i in range(3):
        found = slope(lambda at, i=i: value(i, at), shapes.data[:, i])
        assert_allclose(shapes.grad.data[:, i], found, rtol=1e-6, atol=1e-7)


def test_a_draw_of_student_moves_with_its_degrees_of_freedom():
    df = Tensor(np.full(200, 3.0), requires_grad=True)

    autograd.seed(1)
    D.StudentT(df).rsample().sum().backward()

    autograd.seed(1)
    rng = autograd.ops.random.current()
    u, z = rng.random(200), rng.standard_normal(200)
    found = slope(lambda v: z * np.sqrt(v / (2 * laws.gamma.ppf(u, v / 2))), df.data)
    assert_allclose(df.grad.data, found, rtol=1e-6)


def test_a_draw_can_be_differentiated_twice():
    u = np.linspace(0.1, 0.9, 5)
    first = autograd.grad(lambda a: autograd.sum(autograd.gammaincinv(a, u)))

    second = autograd.grad(lambda a: autograd.sum(first(a)))(np.full(5, 1.3))

    assert_allclose(second, slope(lambda a: slope(lambda v: laws.gamma.ppf(u, v), a), np.full(5, 1.3), 1e-3), rtol=1e-5)


@pytest.mark.parametrize("family", [D.Gamma, D.Beta])
def test_the_mean_gradient_of_draws_is_the_gradient_of_the_mean(family):
    a, b = (Tensor(v, requires_grad=True) for v in (1.5, 2.5))

    family(a, b).rsample((4000,)).mean().backward()
    found = a.grad.item(), b.grad.item()
    expected = autograd.grad(lambda a, b: family(a, b).mean, (0, 1))(1.5, 2.5)

    assert_allclose(found, expected, rtol=0.1)


MOVED = {  # families whose draws have a gradient, of parameters (2,)
    **{name: getattr(D, name) for name in ("Normal", "LogNormal", "Laplace", "Cauchy", "Gumbel", "StudentT")},
    **{name: getattr(D, name) for name in ("Exponential", "Gamma", "Beta", "Dirichlet")},
    "Uniform": lambda a, b: D.Uniform(-a, b),
    "Independent": lambda a, b: D.Independent(D.Laplace(a, b), 1),
    "a flow": lambda a, b: D.TransformedDistribution(D.Normal(a, b), [D.AffineTransform(b, a), D.SoftplusTransform()]),
    "MultivariateNormal": lambda a, b: D.MultivariateNormal(a, scale_tril=autograd.tril(b[:, None] * a + np.eye(2))),
    "MultivariateNormal, covariance": lambda a, b: D.MultivariateNormal(a, b[:, None] * b + np.eye(2)),
    "MultivariateNormal, precision": lambda a, b: D.MultivariateNormal(a, precision_matrix=b[:, None] * b + np.eye(2)),
}


@pytest.mark.parametrize("name", MOVED)
def test_a_draw_of_the_same_seed_moves_with_the_parameters_as_its_gradient_says(name):
    family = MOVED[name]
    parameters = [np.array([0.7, 1.9]), np.array([1.4, 0.6])][: 1 if name in ("Exponential", "Dirichlet") else 2]

    def draw(*parameters):
        autograd.seed(4)
        return family(*parameters).rsample((3,))

    assert family(*parameters).has_rsample
    autograd.testing.gradcheck(draw, parameters)


def test_what_jumps_has_no_gradient_of_a_draw_and_says_what_to_do():
    for family in (D.Bernoulli(0.5), D.Poisson(1.0), D.Categorical([1.0, 1.0])):
        assert not family.has_rsample
        with pytest.raises(autograd.UnsupportedError, match="log_prob"):
            family.rsample()
        assert not family.sample((2,)).requires_grad


# -- shapes, dtypes, arguments -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_single_and_double_precision_stay_what_they_are(name, dtype):
    family, _ = CONTINUOUS[name]
    parameters = {n: v.astype(dtype) for n, v in family._parameters().items()}
    family = type(family)(**parameters) if parameters else D.LogNormal(*(Tensor(np.array(0.5, dtype)) for _ in "ab"))
    x = family.rsample((3,))

    found = [x, family.sample(), family.log_prob(x), family.mean, family.variance, family.mode, family.cdf(x)]
    assert {value.dtype for value in found} == {np.dtype(dtype)}


def test_shapes_are_of_draws_batch_and_event():
    batch = D.Normal(np.zeros((2, 1)), np.ones(3))
    joined = D.Independent(batch, 1)
    vectors = D.MultivariateNormal(np.zeros((5, 3)), MATRIX)

    assert (batch.batch_shape, batch.event_shape, batch.sample((4,)).shape) == ((2, 3), (), (4, 2, 3))
    assert (joined.batch_shape, joined.event_shape, joined.log_prob(batch.sample()).shape) == ((2,), (3,), (2,))
    assert (vectors.batch_shape, vectors.sample(7).shape, vectors.entropy().shape) == ((5,), (7, 5, 3), (5,))
    assert batch.expand((4, 2, 3)).sample().shape == (4, 2, 3)
    assert vectors.expand((2, 5)).log_prob(np.zeros(3)).shape == (2, 5)
    assert D.Categorical(np.ones((2, 4))).sample((3,)).shape == (3, 2)
    assert D.OneHotCategorical(np.ones((2, 4))).sample((3,)).shape == (3, 2, 4)


def test_constraints_tell_what_lies_inside():
    assert constraints.unit_interval.check([0.0, 0.5, 1.1, np.nan]).tolist() == [True, True, False, False]
    assert constraints.lower_cholesky.check(np.tril(MATRIX))
    assert not constraints.lower_cholesky.check(MATRIX)
    assert constraints.positive_definite.check(np.stack([MATRIX, -MATRIX])).tolist() == [True, False]
    assert constraints.one_hot.check([[0, 1, 0], [0, 1, 1]]).tolist() == [True, False]
    assert D.Gamma(1.0, 1.0).arg_constraints["rate"] is constraints.positive
    assert D.Uniform(1.0, 2.0).support.check(3.0) == False  # noqa: E712
    assert D.Binomial(3, 0.5).support.is_discrete


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: D.Normal(0.0, [1.0, -2.0]), r"Normal: scale=-2 at \[1\] is not above 0"),
        (lambda: D.Normal(np.nan, 1.0), "Normal: loc=nan is not a number"),
        (lambda: D.Bernoulli(1.5), "Bernoulli: probs=1.5 is not from 0 to 1"),
        (lambda: D.Bernoulli(), "Bernoulli takes one of probs, logits; none of them is given"),
        (lambda: D.Bernoulli(0.5, 0.0), "probs and logits is given"),
        (lambda: D.Categorical([-1.0, 2.0]), "a vector of weights"),
        (lambda: D.Categorical(0.5), "Categorical: probs has shape"),
        (lambda: D.MultivariateNormal([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]), "eigenvalues above 0"),
        (lambda: D.Uniform(2.0, 1.0), "not below"),
        (lambda: D.Geometric(0.0), "ever succeed"),
        (lambda: D.Normal(np.zeros(2), np.ones(3)), r"loc \(2,\), scale \(3,\) do not broadcast"),
        (lambda: D.Independent(D.Normal(0.0, 1.0), 1), "1 axes of a batch_shape"),
        (lambda: D.MixtureSameFamily(D.Categorical([1.0, 1.0]), D.Normal(np.zeros(3), 1.0)), "what the weights choose"),
        (lambda: D.Normal(0.0, 1.0).log_prob(np.nan), "Normal.log_prob: value=nan is not a number"),
        (lambda: D.Gamma(1.0, 1.0).log_prob(-1.0), "Gamma.log_prob: value=-1 is not at least 0"),
        (lambda: D.Poisson(1.0).log_prob(0.5), "a whole number from 0 on"),
        (lambda: D.Dirichlet([1.0, 1.0]).log_prob([0.5, 0.6]), "shares that sum to 1"),
        (lambda: D.Normal(np.zeros(2), 1.0).log_prob(np.zeros(3)), "does not broadcast with batch_shape"),
        (lambda: D.Normal(0.0, 1.0).icdf(1.5), "from 0 to 1"),
    ],
)
def test_a_wrong_argument_is_named_with_its_value(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_what_is_wrong_passes_unlooked_at_where_that_is_asked_for():
    assert D.Exponential(1.0, validate_args=False).log_prob(-1.0).item() == 1.0


def test_what_has_no_closed_form_says_how_to_estimate_it():
    for what in (D.Poisson(1.0).entropy, lambda: D.TransformedDistribution(D.Normal(0.0, 1.0), D.ExpTransform()).mean):
        with pytest.raises(autograd.UnsupportedError, match="estimate"):
            what()
    with pytest.raises(autograd.UnsupportedError, match="register_kl"):
        D.kl_divergence(D.Normal(0.0, 1.0), D.Gamma(1.0, 1.0))
    with pytest.raises(AttributeError, match="it has"):
        _ = D.Normal(0.0, 1.0).means


@pytest.mark.parametrize("p", [D.Normal(0.5, 1.2), D.Gamma(2.0, 1.5), D.Beta(2.0, 1.5), D.Laplace(0.1, 1.0)])
def test_divergence_and_entropy_are_means_over_draws(p):
    q = type(p)(*(v + 0.4 for v in p._parameters().values()))
    x = p.sample((N,))

    assert_allclose((p.log_prob(x) - q.log_prob(x)).mean().item(), D.kl_divergence(p, q).item(), atol=0.02)
    assert_allclose(-p.log_prob(x).mean().item(), p.entropy().item(), atol=0.02)


@pytest.mark.parametrize(
    "transform",
    [
        D.AffineTransform(0.5, -2.0), D.ExpTransform(), D.SigmoidTransform(), D.TanhTransform(), D.SoftplusTransform(),
        D.PowerTransform(2.0), D.StickBreakingTransform(),
    ],
    ids=lambda t: type(t).__name__,
)  # fmt: skip
def test_a_transform_has_an_inverse_and_its_stretch(transform):
    x = np.array([0.3, 0.9])

    y = transform(Tensor(x))
    assert_allclose(transform.inv(y).data, x, rtol=1e-9)
    events = transform.domain.event_dim
    jacobian = autograd.jacobian(lambda x: transform(x)[:2])(x)
    found = np.log(np.abs(np.linalg.det(jacobian) if events else np.diag(jacobian)))
    assert_allclose(transform.log_abs_det_jacobian(Tensor(x), y).data, found, rtol=1e-9)
    assert np.all(transform.codomain.check(y))


@pytest.mark.parametrize("law", ["gamma", "t", "chi2"])
def test_the_shape_of_a_distribution_function_has_derivatives_of_every_order(law):
    cdf = getattr(autograd.stats, law).cdf
    x = np.linspace(0.2, 0.8, 4)

    autograd.testing.gradcheck(lambda a: autograd.sum(cdf(x, a)), [np.array(1.7)], order=2)


def exact_slope(mp, a, x):
    """The derivative of gammainc by a, of what lies below x or above, so that nothing cancels."""
    with mp.workdps(40):
        ends, sign = ((0, x), 1) if x <= max(a, 1) else ((x, mp.inf), -1)
        return sign * float(mp.diff(lambda v: mp.gammainc(v, *ends, regularized=True), a))


@pytest.mark.parametrize("a", [1e-3, 0.3, 1.0, 7.0, 300.0, 1e4])
def test_derivatives_by_a_shape_are_right_at_all_sizes(a):
    mp = pytest.importorskip("mpmath")
    points = [x for u in (1e-6, 0.1, 0.5, 0.9, 1 - 1e-6) if (x := float(laws.gamma.ppf(u, a))) > 1e-290]

    found = [autograd.grad(lambda v, x=x: autograd.gammainc(v, np.array(x)))(a) for x in points]

    assert_allclose(found, [exact_slope(mp, a, x) for x in points], rtol=1e-8)


@pytest.mark.parametrize("b", [0.05, 3.0, 700.0])
@pytest.mark.parametrize("a", [0.1, 2.0, 400.0])
def test_derivatives_by_a_shape_of_beta_are_right_at_all_sizes(a, b):
    mp = pytest.importorskip("mpmath")
    x = float(laws.beta.ppf(0.3, a, b))

    found = autograd.grad(lambda v: autograd.betainc(v, b, np.array(x)))(a)

    with mp.workdps(40):
        exact = float(mp.diff(lambda v: mp.betainc(v, b, 0, x, regularized=True), a))
    assert_allclose(found, exact, rtol=1e-9)


# -- what rounding would take: in single precision, far out, and where large terms nearly cancel

LARGE = {
    "StudentT": (D.StudentT(1e6), laws.t(1e6), 0.3),
    "Gamma": (D.Gamma(1e6, 1.0), laws.gamma(1e6), 1.001e6),
    "Beta": (D.Beta(2.0**20, 0.5), laws.beta(2.0**20, 0.5), 1.0 - 2.0**-22),
    "Dirichlet": (D.Dirichlet([1e5, 3e5]), laws.dirichlet([1e5, 3e5]), [0.25, 0.75]),
    "Poisson": (D.Poisson(1e6), laws.poisson(1e6), 1e6),
    "Binomial": (D.Binomial(2**14, 0.25), laws.binom(2**14, 0.25), 2.0**12),
}


@pytest.mark.parametrize("name", LARGE)
def test_densities_of_large_parameters_keep_their_digits_in_single_precision(name):
    family, law, x = LARGE[name]

    density = law.logpdf if hasattr(law, "logpdf") and name not in ("Poisson", "Binomial") else law.logpmf
    found = family.log_prob(np.array(x, np.float32))
    assert found.dtype == np.float32
    assert_allclose(found.data, density(x), rtol=1e-5)
    if name not in ("Poisson", "Binomial"):
        assert_allclose(family.entropy().data, law.entropy(), rtol=1e-5)


def test_the_divergence_of_large_shapes_keeps_its_digits_in_single_precision():
    p, q = (D.Gamma(a, 1.0) for a in (1e5, 1.01e5))
    exact = D.kl_divergence(D.Gamma(np.float64(1e5), 1.0), D.Gamma(np.float64(1.01e5), 1.0))
    assert_allclose(D.kl_divergence(p, q).data, exact.data, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("family", "law"), [(D.Laplace, laws.laplace), (D.Cauchy, laws.cauchy)])
def test_tails_keep_their_digits_and_the_middle_its_slope(family, law, dtype):
    d = family(dtype(0.0), dtype(1.0))
    z, u = np.array([-30.0, -8.0, 0.0, 3.0], dtype), np.array([1e-20, 1e-9, 0.25, 0.75, 0.875], dtype)

    tight = 30 * np.finfo(dtype).eps
    assert_allclose(d.cdf(z).data, law.cdf(z.astype(float)), rtol=tight)
    assert_allclose(d.icdf(u).data, law.ppf(u.astype(float)), rtol=tight)
    assert_allclose(autograd.grad(lambda x: d.cdf(x))(dtype(0.0)), law.pdf(0.0), rtol=tight)
    assert_allclose(autograd.grad(lambda x: d.icdf(x))(dtype(0.5)), 1 / law.pdf(0.0), rtol=tight)


def test_the_variance_of_shares_near_1_keeps_its_digits():
    assert_allclose(D.Beta(1e6, 0.5).variance.data, laws.beta(1e6, 0.5).var(), rtol=1e-5)


def test_waiting_for_what_hardly_ever_happens_is_as_uncertain_as_it_is_long():
    p = np.float32(1e-8)
    rare = D.Geometric(p)
    assert_allclose(rare.entropy().data, 1 - np.log(p), rtol=1e-6)
    often = np.log(0.5 / 1e-8) + np.log(0.5)  # half of the time at once, and once more on average
    assert_allclose(D.kl_divergence(D.Geometric(0.5), rare).data, often, rtol=1e-6)
    assert_allclose(D.Geometric(logits=20.0).log_prob(5.0).data, -100.0, rtol=1e-6)


def test_each_place_that_transforms_broadcast_to_has_draws_of_its_own():
    shifted = D.TransformedDistribution(D.Normal(0.0, 1.0), [D.AffineTransform(Tensor(np.zeros(3)), 1.0)])
    powers = D.TransformedDistribution(D.Gamma(2.0, 1.0), [D.PowerTransform(Tensor([[1.0], [1.0]]))])
    joined = D.IndependentTransform(D.AffineTransform(Tensor(np.zeros((4, 2))), 1.0), 1)

    assert shifted.batch_shape == (3,)
    assert powers.batch_shape == (2, 1)
    assert D.TransformedDistribution(D.Normal([0.0, 0.0], 1.0), joined).batch_shape == (4,)
    for d in (shifted, powers):
        assert len(np.unique(d.sample().data)) == d.sample().size


def test_transforms_that_differ_in_a_late_digit_or_an_unseen_place_differ():
    many = np.zeros(2000)
    many[1000] = 9.0
    base = D.Normal(0.0, 1.0)
    for one, other in ((Tensor(1.0), Tensor(1.00001)), (Tensor(np.zeros(2000)), Tensor(many))):
        p, q = (D.TransformedDistribution(base, [D.AffineTransform(loc, 1.0)]) for loc in (one, other))
        with pytest.raises(autograd.UnsupportedError, match="their transforms differ"):
            D.kl_divergence(p, q)
    alike = [D.TransformedDistribution(D.Normal(m, 1.0), [D.ComposeTransform([D.ExpTransform()])]) for m in (0.0, 1.0)]
    assert_allclose(D.kl_divergence(*alike).data, 0.5)
