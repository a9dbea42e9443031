"""Distributions: SciPy's numbers, inside and outside of the support, and gradients that are refused."""

import numpy as np
import pytest
import scipy.stats

import autograd
from autograd import GraphError, ShapeError, Tensor, stats

X = np.linspace(-2.5, 3.0, 12)
COUNTS = np.array([-1.0, 0.0, 1.5, 3.0])
ALPHA, SHARES = np.array([0.5, 2.0, 3.0]), np.array([[0.2, 0.1], [0.3, 0.6], [0.5, 0.3]])
MEAN, COV = np.array([0.1, 0.2]), np.array([[2.0, 0.3], [0.3, 1.0]])
POINTS = np.random.default_rng(0).normal(size=(3, 4, 2))

CALLS = [
    *[("norm", name, (X, 0.3, 2.0)) for name in ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf")],
    *[("t", name, (X, 2.5, 0.3, 2.0)) for name in ("logpdf", "pdf", "cdf", "logcdf")],
    *[("beta", name, (X, 2.5, 0.7, 0.1, 1.2)) for name in ("logpdf", "pdf", "cdf")],
    *[("gamma", name, (X, 2.5, 0.1, 1.2)) for name in ("logpdf", "pdf", "cdf")],
    *[("chi2", name, (X, 3, 0.1, 1.2)) for name in ("logpdf", "pdf", "cdf")],
    *[("poisson", name, (COUNTS, 2.2)) for name in ("logpmf", "pmf", "cdf")],
    *[("dirichlet", name, (x, ALPHA)) for name in ("logpdf", "pdf") for x in (SHARES, SHARES[:2], SHARES[:, 0])],
    *[
        ("multivariate_normal", name, arguments)
        for name in ("logpdf", "pdf")
        for arguments in [
            (POINTS, MEAN, COV),
            (POINTS[0, 0], MEAN, COV),
            (POINTS, None, COV),
            (POINTS, MEAN, 2.0),
            (POINTS, MEAN, np.array([1.0, 2.0])),
            (POINTS[0, :, 0], np.array([0.3]), np.array([[2.0]])),
            (np.float64(0.3),),
        ]
    ],
    ("multivariate_normal", "entropy", (MEAN, COV)),
]


@pytest.mark.parametrize(("family", "name", "arguments"), CALLS)
def test_a_distribution_has_scipys_numbers(family, name, arguments):
    ours, theirs = (getattr(getattr(module, family), name) for module in (stats, scipy.stats))

    np.testing.assert_allclose(ours(*arguments), theirs(*arguments), rtol=1e-10)


def test_parameters_have_gradients_and_names():
    scale = Tensor(np.array(2.0), requires_grad=True)
    autograd.stats.norm.logpdf(np.array([1.0, 3.0]), loc=1.0, scale=scale).sum().backward()

    assert scale.grad == pytest.approx(0.5**3 * 4 - 2 * 0.5)


def test_outside_of_its_support_a_density_has_no_slope_and_no_nan():
    x = Tensor(np.array([-1.0, 0.5, 2.0]), requires_grad=True)
    stats.beta.logpdf(x, 2.0, 2.0)[1].backward()

    assert x.grad.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("x", [0.0, 0.7, -3.0])
def test_the_slope_of_students_distribution_by_df_and_x_is_the_densitys_by_df(x):
    by_df = autograd.grad(lambda x, df: stats.t.cdf(x, df), 1)
    density_by_df = autograd.grad(lambda x, df: stats.t.pdf(x, df), 1)

    assert np.isclose(autograd.grad(by_df, 0)(x, 2.5), density_by_df(x, 2.5), 1e-9)


@pytest.mark.parametrize("x", [6e-230, 1e-120, 1e-99, 1e-30])
def test_students_distribution_is_linear_so_near_to_0_that_squares_vanish(x):
    by_df = autograd.grad(lambda x, df: stats.t.cdf(x, df), 1)
    for slope in (by_df, autograd.grad(by_df, 1), autograd.grad(autograd.grad(by_df, 1), 1)):
        assert np.isclose(slope(x, 2.5) / x, slope(1e-10, 2.5) / 1e-10, 1e-7)


def test_a_parameter_without_a_rule_is_refused():
    with pytest.raises(GraphError, match="has no derivative rule there"):
        autograd.jv(Tensor(np.array(1.5), requires_grad=True), 1.0)


def test_single_precision_stays():
    assert stats.norm.logpdf(Tensor([0.0])).dtype == np.float32
    assert stats.gamma.logpdf(Tensor([1.0]), 2.5).dtype == np.float32


@pytest.mark.parametrize(
    ("family", "name", "arguments"),
    [
        ("t", "logpdf", (X, 1e5)),
        ("t", "cdf", (X, 50.0)),
        ("gamma", "logpdf", (9990.0 + X, 1e4)),
        ("beta", "logpdf", (0.3 + X / 100, 1e3, 2e3)),
        ("chi2", "logpdf", (9990.0 + X, 1e4)),
        ("poisson", "logpmf", (1e5 + COUNTS.round(), 1e5)),
        ("dirichlet", "logpdf", (np.array([0.25, 0.25, 0.5]), 1e3 * ALPHA)),
        ("norm", "logpdf", (1000 + X, 1000.0, 0.01)),
    ],
)
def test_single_precision_has_all_its_digits_and_so_have_its_gradients(family, name, arguments):
    single = [np.asarray(a, np.float32) for a in arguments]
    double = [a.astype(np.float64) for a in single]
    function = getattr(getattr(stats, family), name)
    slope = autograd.grad(lambda *a: function(*a).sum(), tuple(range(len(single))))

    assert function(*single).dtype == np.float32
    np.testing.assert_allclose(function(*single), function(*double), rtol=1.2e-7)
    for found, expected in zip(slope(*single), slope(*double)):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1.2e-7)


def test_what_does_not_fit_or_is_not_there_is_named():
    with pytest.raises(ShapeError, match=r"dirichlet: x \(2, 3\) and alpha \(5,\)"):
        stats.dirichlet.logpdf(np.ones((2, 3)), np.ones(5))
    with pytest.raises(AttributeError, match=r"stats.norm has no rvs; it has logpdf, pdf"):
        _ = stats.norm.rvs
