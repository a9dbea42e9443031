"""At kinks, ties, limits and infinities: the conventions that each op documents."""

import tracemalloc

import numpy as np
import pytest
import scipy.special as sp

import autograd
from autograd import MistakeWarning, Tensor, gradients, op

BIG = 1e4
INF = np.inf


def leaf(value, dtype=np.float64):
    return Tensor(np.asarray(value, dtype), requires_grad=True)


def slope(f, *values, dtype=np.float64):
    """The gradients of the sum of f at `values`, as lists."""
    leaves = [leaf(v, dtype) for v in values]
    found = gradients(f(*leaves).sum(), leaves)
    assert all(g.dtype == dtype for g in found)
    return [g.tolist() for g in found]


def curve(f, value):
    """The Hessian of a scalar f at the vector `value`, by two sweeps."""
    x = leaf(value)
    first = gradients(f(x), x, create_graph=True)
    return np.array([gradients(first[i], x, retain_graph=True).tolist() for i in range(len(first))])


# -- ties ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [np.max, np.min, lambda x, **k: x.max(**k), lambda x, **k: x.min(**k)])
def test_max_and_min_split_evenly_over_ties(f):
    assert slope(f, [2.0, 2.0, 2.0, 2.0]) == [[0.25] * 4]
    assert slope(f, 3.0) == [1.0]
    assert slope(lambda x: f(x, axis=1), [[1.0, 1.0], [5.0, 5.0]]) == [[[0.5, 0.5], [0.5, 0.5]]]
    assert slope(lambda x: f(x, axis=(0, 1), keepdims=True), np.ones((2, 2))) == [[[0.25, 0.25], [0.25, 0.25]]]


def test_max_and_min_split_over_ties_only():
    assert slope(np.max, [1.0, 3.0, 3.0, 2.0]) == [[0.0, 0.5, 0.5, 0.0]]
    assert slope(np.min, [3.0, 1.0, 2.0, 1.0]) == [[0.0, 0.5, 0.0, 0.5]]
    assert slope(lambda x: np.max(x, axis=0), [[1.0, 4.0], [1.0, 3.0]]) == [[[0.5, 1.0], [0.5, 0.0]]]
    assert slope(np.max, [0.0, -0.0]) == [[0.5, 0.5]]
    assert slope(np.max, [INF, INF, 1.0]) == [[0.5, 0.5, 0.0]]
    assert slope(np.min, [-INF, -INF]) == [[0.5, 0.5]]


@pytest.mark.parametrize("f", [np.maximum, np.minimum])
def test_maximum_and_minimum_split_evenly_at_a_tie(f):
    assert slope(f, [1.0, 2.0], [1.0, 2.0]) == [[0.5, 0.5], [0.5, 0.5]]
    assert slope(f, 0.0, -0.0) == [0.5, 0.5]
    assert slope(f, INF, INF) == [0.5, 0.5]
    assert slope(lambda x: f(x, x), [3.0]) == [[1.0]]


def test_maximum_with_a_constant_splits_too():
    assert slope(lambda x: np.maximum(x, 0.0), [-1.0, 0.0, 1.0]) == [[0.0, 0.5, 1.0]]
    assert slope(lambda x: np.minimum(0.0, x), [-1.0, 0.0, 1.0]) == [[1.0, 0.5, 0.0]]


def test_sorting_ties_passes_each_element_its_own_share_once():
    x = leaf([2.0, 1.0, 2.0, 1.0])
    g = gradients(np.sort(x), x, np.array([1.0, 10.0, 100.0, 1000.0]))

    assert sorted(g.tolist()) == [1.0, 10.0, 100.0, 1000.0]
    assert sorted(g.tolist()[i] for i in (1, 3)) == [1.0, 10.0]


@pytest.mark.parametrize("values", [[5, 0, 255, 7], [-128, 127, 0, 5], [3, 1, 3, 1]])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, np.float32, bool])
def test_topk_orders_every_kind_of_number_and_takes_the_first_of_equal_ones(values, dtype):
    x = np.array(values).astype(dtype)
    for largest in (True, False):
        found, indices = autograd.topk(Tensor(x), 4, largest=largest)
        expected = sorted(range(4), key=lambda i: -int(x[i]) if largest else int(x[i]))

        assert indices.tolist() == expected
        assert found.tolist() == x[expected].tolist()


def test_topk_counts_nan_as_the_largest_as_sort_does():
    x = leaf([[1.0, np.nan, 3.0], [5.0, 4.0, 3.0]])
    values, indices = autograd.topk(x, 2)

    np.testing.assert_array_equal(values.data, [[np.nan, 3.0], [5.0, 4.0]])
    assert indices.tolist() == [[1, 2], [0, 1]]
    assert gradients(values, x, [[1.0, 2.0], [3.0, 4.0]]).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 0.0]]
    assert autograd.topk(x, 2, largest=False)[0].tolist() == [[1.0, 3.0], [3.0, 4.0]]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_the_median_of_nan_is_nan_and_has_its_gradient(axis, keepdims):
    x = np.array([[1.0, np.nan, 3.0, 2.0], [5.0, 4.0, 3.0, 0.0]])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(
            np.median(leaf(x), axis, keepdims=keepdims).data, np.median(x, axis, keepdims=keepdims)
        )
    assert slope(lambda t: np.median(t, 1), x) == [[[0.0, 1.0, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0]]]


# -- kinks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_relu_and_abs_have_slope_0_at_0(zero):
    assert slope(autograd.relu, [-1.0, zero, 1.0]) == [[0.0, 0.0, 1.0]]
    assert slope(abs, [-1.0, zero, 1.0]) == [[-1.0, 0.0, 1.0]]
    assert slope(np.abs, zero) == [0.0]


def test_the_other_kinks_are_as_documented():
    assert slope(autograd.leaky_relu, [-1.0, 0.0, 1.0]) == [[0.01, 0.01, 1.0]]
    assert slope(autograd.elu, [0.0]) == [[1.0]]
    assert slope(autograd.hardtanh, [-2.0, -1.0, 0.0, 1.0, 2.0]) == [[0.0, 0.0, 1.0, 0.0, 0.0]]
    assert slope(lambda x: autograd.elu(x, 0.5), [-0.0, 0.0]) == [[0.5, 0.5]]
    assert slope(autograd.selu, [0.0]) == [[pytest.approx(1.7580993408473766)]]
    assert slope(lambda x: autograd.celu(x, 0.5), [0.0]) == [[1.0]]
    assert slope(lambda x: autograd.leaky_relu(x, 1.5), [-1.0, 0.0, 1.0]) == [[1.5, 1.5, 1.0]]
    assert slope(autograd.prelu, [-2.0, 0.0, 3.0], [0.3]) == [[0.3, 0.3, 1.0], [-2.0]]
    assert slope(autograd.hardsigmoid, [-4.0, -3.0, 0.0, 3.0, 4.0]) == [[0.0, 0.0, 1 / 6, 0.0, 0.0]]
    assert slope(autograd.hardswish, [-4.0, -3.0, 0.0, 3.0, 4.0]) == [[0.0, 0.0, 0.5, 1.0, 1.0]]
    assert slope(lambda x: autograd.softplus(x, 2.0, 1.0), [0.0, 0.5, 0.6]) == [[0.5, sp.expit(1.0), 1.0]]
    assert slope(autograd.softsign, [0.0]) == [[1.0]]
    assert slope(np.sign, [-1.0, 0.0, 1.0]) == [[0.0, 0.0, 0.0]]
    assert slope(lambda x: x // 2.0, [1.0, 2.0]) == [[0.0, 0.0]]


def test_clip_passes_the_gradient_on_its_limits():
    x = [-2.0, -1.0, 0.0, 1.0, 2.0]

    assert slope(lambda t: np.clip(t, -1, 1), x) == [[0.0, 1.0, 1.0, 1.0, 0.0]]
    assert slope(lambda t: t.clip(-1, None), x) == [[0.0, 1.0, 1.0, 1.0, 1.0]]
    assert slope(lambda t: t.clip(None, 1), x) == [[1.0, 1.0, 1.0, 1.0, 0.0]]
    assert slope(lambda t: np.clip(t, 1, 1), [0.0, 1.0, 2.0]) == [[0.0, 1.0, 0.0]]
    assert slope(np.clip, [0.0, 1.0, 2.0, 3.0], 1.0, 2.0) == [[0.0, 1.0, 1.0, 0.0], 1.0, 1.0]


def test_a_smaller_max_of_clip_overrules_its_min():
    assert slope(np.clip, [0.0, 2.0, 5.0], 3.0, 1.0) == [[0.0, 0.0, 0.0], 0.0, 3.0]


def test_clip_takes_its_limits_under_each_of_numpys_names():
    t, x = Tensor([-2.0, 0.5, 2.0]), np.array([-2.0, 0.5, 2.0])

    for options in ({"a_min": 0, "a_max": 1}, {"min": 0, "max": 1}, {"a_min": 0, "a_max": None}, {"max": Tensor(1.0)}):
        limits = {name: getattr(limit, "data", limit) for name, limit in options.items()}
        assert np.array_equal(np.clip(t, **options), np.clip(x, **limits))
    assert np.array_equal(t.clip(min=0, max=1), autograd.clip(t, 0, 1))


def test_limits_of_clip_do_not_widen_what_they_limit():
    x = Tensor(np.float32([1.0, 5.0]))

    for limit in (2.0, np.float64(2.0), np.array([2.0]), Tensor(np.array(2.0))):
        assert np.clip(x, None, limit).dtype == np.float32
    assert np.array_equal(np.clip(Tensor([1, 5]), [1.5, 0.5], None), [1.5, 5.0])


def test_mish_has_slope_1_far_out():
    assert slope(autograd.mish, [1e30, 1e37]) == [[1.0, 1.0]]
    assert slope(autograd.mish, [1e37], dtype=np.float32) == [[1.0]]
    assert curve(lambda t: autograd.mish(t).sum(), [1e37])[0] == 0.0


def test_hypot_has_slope_0_at_0():
    a, b = slope(np.hypot, [0.0, 3.0], [0.0, 4.0])

    assert a == [0.0, 0.6]
    assert b == [0.0, 0.8]


def test_hypot_of_scalars_has_slope_0_at_0():
    assert slope(lambda t: np.hypot(t, t), 0.0) == [0.0]


def test_arctan2_has_slope_0_at_0():
    a, b = slope(np.arctan2, [0.0, 1.0], [0.0, 0.0])

    assert a == [0.0, 0.0]
    assert b == [0.0, -1.0]


@pytest.mark.parametrize("f", [np.var, np.std])
@pytest.mark.parametrize("ddof", [3, 4.5])
@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:invalid value", "ignore:divide by zero")
def test_a_spread_without_a_degree_of_freedom_has_no_slope(f, ddof):
    x = [1.0, 2.0, 6.0]

    assert not np.isfinite(f(leaf(x), ddof=ddof).item())
    assert np.isnan(slope(lambda t: f(t, ddof=ddof), x)).all()


def test_rounding_has_slope_0_on_its_jumps_too():
    x = [-2.5, -1.0, 0.0, 0.5, 1.5]

    for f in (np.floor, np.ceil, np.trunc, np.rint, np.round, lambda t: t.round(1)):
        assert slope(f, x) == [[0.0] * 5]
        assert np.array_equal(f(leaf(x)), f(np.array(x)))
    assert slope(np.fmod, [-7.0, 6.0], [3.0, 3.0]) == [[1.0, 1.0], [2.0, -2.0]]


@pytest.mark.parametrize("f", [np.sum, np.prod, np.max, np.min, autograd.logsumexp])
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_number_may_be_reduced_over_an_axis_as_numpys(f, axis, keepdims):
    assert f(leaf(3.0), axis=axis, keepdims=keepdims).shape == ()
    assert slope(lambda t: f(t, axis=axis, keepdims=keepdims), 3.0) == [1.0]
    with pytest.raises(np.exceptions.AxisError):
        f(leaf(3.0), axis=1)


@pytest.mark.parametrize("axis", [0, -1])
def test_softmax_of_a_number_is_1(axis):
    assert autograd.softmax(leaf(3.0), axis).item() == 1.0
    assert autograd.log_softmax(leaf(3.0), axis).item() == 0.0
    assert slope(lambda t: autograd.softmax(t, axis), 3.0) == [0.0]
    assert slope(lambda t: autograd.log_softmax(t, axis), 3.0) == [0.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda x, axis: autograd.take(x, [0], axis),
        lambda x, axis: autograd.take_along_axis(x, np.zeros(np.shape(x), int), axis),
        lambda x, axis: autograd.put_along_axis(x, np.zeros(np.shape(x), int), 1.0, axis),
        lambda x, axis: autograd.topk(x, 1, axis),
        autograd.sort,
        autograd.median,
    ],
)
def test_an_axis_that_is_not_there_is_an_error(f):
    for x, axis in ((3.0, 1), ([[1.0, 2.0]], 2), ([[1.0, 2.0]], -3)):
        with pytest.raises(np.exceptions.AxisError):
            f(leaf(x), axis)


def test_the_standard_deviation_of_constants_has_slope_0():
    assert slope(np.std, [3.0, 3.0, 3.0]) == [[0.0, 0.0, 0.0]]
    assert slope(lambda x: np.std(x, axis=1, keepdims=True), [[1.0, 1.0], [0.0, 2.0]]) == [[[0.0, 0.0], [-0.5, 0.5]]]
    assert slope(lambda x: x.std(ddof=1), [2.0, 2.0]) == [[0.0, 0.0]]


# -- squares of what has a corner -------------------------------------------------------------------------

squares = {
    "norm": (lambda x: np.linalg.norm(x) ** 2, np.zeros(2)),
    "norm of rows": (lambda x: (autograd.norm(x.reshape(2, 2), axis=1) ** 2).sum(), np.array([0.0, 0.0, 3.0, 4.0])),
    "norm of a matrix": (lambda x: autograd.norm(x.reshape(1, 2), "fro") ** 2, np.zeros(2)),
    "std": (lambda x: np.std(x) ** 2, np.full(3, 2.0)),
    "hypot": (lambda x: np.hypot(x[0], x[1]) ** 2, np.zeros(2)),
    "abs": (lambda x: (np.abs(x) ** 2).sum(), np.array([0.0, 1.0])),
}


@pytest.mark.parametrize("name", squares)
def test_the_second_derivative_of_a_square_at_a_corner_is_no_silent_zero(name):
    f, x = squares[name]
    with pytest.warns(MistakeWarning, match=f"{name.split()[0]}: a second derivative where it is 0") as caught:
        curve(f, x)
    assert caught[0].filename == __file__
    curve(f, x + np.arange(1.0, 1 + len(x)))  # warnings are errors here
    curve(lambda x: np.linalg.norm(x) + (x * x).sum(), np.zeros(2))  # a corner that is none of a square


# -- the branch not taken --------------------------------------------------------------------------------

# at 0 each of these is infinite, has an infinite slope or is not defined: with `where`, nothing of that may show
guarded = {
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "cbrt": (np.cbrt, lambda x: np.cbrt(x) / (3 * x)),
    "rsqrt": (autograd.rsqrt, lambda x: -0.5 * x**-1.5),
    "reciprocal": (np.reciprocal, lambda x: -1 / x**2),
    "log": (np.log, lambda x: 1 / x),
    "log2": (np.log2, lambda x: 1 / (x * np.log(2))),
    "log10": (np.log10, lambda x: 1 / (x * np.log(10))),
    "log1p": (lambda x: np.log1p(x - 1), lambda x: 1 / x),
    "1 / x": (lambda x: 1 / x, lambda x: -1 / x**2),
    "x / x": (lambda x: x / x, lambda x: 0 * x),
    "array / x": (lambda x: np.array([2.0, 2.0, 2.0]) / x, lambda x: -2 / x**2),
    "x ** 0.5": (lambda x: x**0.5, lambda x: 0.5 * x**-0.5),
    "x ** -1": (lambda x: x**-1.0, lambda x: -(x**-2)),
    "x ** array": (lambda x: x ** np.array([0.5, 0.5, 0.5]), lambda x: 0.5 * x**-0.5),
    "x ** x": (lambda x: x**x, lambda x: x**x * (np.log(x) + 1)),
    "xlogy": (lambda x: autograd.xlogy(2.0, x), lambda x: 2 / x),
    "logit": (lambda x: autograd.logit(x / 8), lambda x: 1 / x + 1 / (8 - x)),
    "arccosh": (lambda x: np.arccosh(x + 1), lambda x: 1 / np.sqrt((x + 1) ** 2 - 1)),
    "arcsin": (lambda x: np.arcsin(1 - x / 8), lambda x: -1 / np.sqrt(1 - (1 - x / 8) ** 2) / 8),
    "arctanh": (lambda x: np.arctanh(1 - x / 8), lambda x: -1 / (1 - (1 - x / 8) ** 2) / 8),
    "hypot": (lambda x: np.hypot(x, 0.0), lambda x: 1 + 0 * x),
}


with_arrays = {"array / x", "x ** array"}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", guarded)
def test_the_branch_not_taken_makes_neither_nan_nor_a_warning_in_backward(name, dtype):
    f, derivative = guarded[name]
    x = leaf([0.0, 1.0, 4.0], dtype)
    with np.errstate(all="ignore"):  # the forward value at 0 may well be infinite
        y = np.where(x.data > 0, f(x), 0.0)
    g = gradients(y.sum(), x)  # warnings are errors here

    assert g.tolist()[0] == 0.0
    np.testing.assert_allclose(g.data[1:], derivative(np.array([1.0, 4.0])), rtol=1e-5)


@pytest.mark.parametrize("name", guarded)
def test_the_branch_not_taken_of_a_scalar_makes_neither_nan_nor_a_warning_in_backward(name):
    f, _ = guarded[name]
    for dtype in (np.float32, np.float64):
        x = leaf(0.0, dtype)
        with np.errstate(all="ignore"):
            y = np.where(x.data > 0, f(x) if name not in with_arrays else f(x)[0], 0.0)

        assert gradients(y, x).tolist() == 0.0


@pytest.mark.parametrize("name", guarded)
def test_the_branch_not_taken_makes_no_nan_at_order_two(name):
    f, _ = guarded[name]
    x = leaf([0.0, 1.0, 4.0])
    with np.errstate(all="ignore"):
        first = gradients(np.where(x.data > 0, f(x), 0.0).sum(), x, create_graph=True)
        found = gradients(first.sum(), x)
        alone = leaf([1.0, 4.0])
        expected = gradients(
            gradients(np.sum(f(np.concatenate([alone, np.ones(1)]))), alone, create_graph=True).sum(), alone
        )

    assert found.tolist()[0] == 0.0
    np.testing.assert_allclose(found.data[1:], expected.data, atol=1e-12)


def test_an_infinite_slope_that_is_asked_for_is_infinite():
    with np.errstate(all="ignore"):
        assert slope(np.sqrt, [0.0]) == [[INF]]
        assert slope(np.log, [0.0]) == [[INF]]
        assert slope(lambda x: 1 / x, [0.0]) == [[-INF]]
        assert slope(lambda x: x**0.5, [0.0]) == [[INF]]


def test_where_gives_the_branch_not_taken_a_zero():
    a, b = slope(lambda a, b: np.where(np.array([True, False]), a, b), [1.0, 2.0], [3.0, 4.0])

    assert (a, b) == ([1.0, 0.0], [0.0, 1.0])


# elsewhere they overflow, or are not defined; the second number is one of the domain
outside = {
    "exp": (np.exp, 2000.0, 1.0),
    "exp2": (np.exp2, 2000.0, 1.0),
    "expm1": (np.expm1, 2000.0, 1.0),
    "sinh": (np.sinh, 2000.0, 1.0),
    "cosh": (np.cosh, -2000.0, 1.0),
    "sqrt": (np.sqrt, -1.0, 1.0),
    "log of sqrt": (lambda x: np.log(np.sqrt(x)), -1.0, 1.0),
    "rsqrt": (autograd.rsqrt, -1.0, 1.0),
    "log": (np.log, -1.0, 1.0),
    "x ** 0.5": (lambda x: x**0.5, -1.0, 1.0),
    "x ** -0.5": (lambda x: x**-0.5, -1.0, 1.0),
    "x ** 1.5": (lambda x: x**1.5, -1.0, 1.0),
    "x ** 300": (lambda x: x**300, 20.0, 1.0),
    "x ** array": (lambda x: x ** np.full(2, 0.5), -1.0, 1.0),
    "x ** x": (lambda x: x**x, -0.5, 1.0),
    "arcsin": (np.arcsin, 2.0, 0.5),
    "arccos": (np.arccos, -2.0, 0.5),
    "arccosh": (np.arccosh, 0.5, 2.0),
    "arctanh": (np.arctanh, 2.0, 0.5),
    "gammaln at 0": (autograd.gammaln, 0.0, 1.0),
    "gammaln at -1": (autograd.gammaln, -1.0, 1.0),
    "digamma": (autograd.digamma, 0.0, 1.0),
    "polygamma": (autograd.polygamma, 0.0, 1.0),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", outside)
def test_a_branch_not_taken_may_overflow_or_leave_its_domain(name, dtype):
    f, bad, good = outside[name]
    if name == "x ** 300" and dtype == np.float64:
        bad = 20.0**2
    x, alone = leaf([bad, good], dtype), leaf([good, good], dtype)
    with np.errstate(all="ignore"):  # forward warns; backward, where warnings are errors, has nothing to say
        y, expected = np.where(x.data == dtype(bad), 1.0 + x, f(x)), f(alone)

    assert np.isfinite(gradients(y[1], x, retain_graph=True).data).all()
    found, first = (gradients(v.sum(), t, create_graph=True) for v, t in ((y, x), (expected, alone)))
    assert found.tolist() == [1.0, first.tolist()[1]]
    found, second = (gradients(v.sum(), t) for v, t in ((found, x), (first, alone)))
    assert found.tolist() == [0.0, second.tolist()[1]]


def test_a_branch_not_taken_of_one_number_may_overflow_or_leave_its_domain():
    for name in outside.keys() - with_arrays:
        f, bad, _ = outside[name]
        x = leaf(bad**2 if name == "x ** 300" else bad)
        with np.errstate(all="ignore"):
            y = np.where(np.True_, 1.0 + x, f(x))
        assert gradients(y, x).tolist() == 1.0


def test_a_slope_outside_of_the_domain_that_is_asked_for_is_no_number():
    with np.errstate(all="ignore"):
        for f, x in ((np.sqrt, -1.0), (np.arcsin, 2.0), (lambda x: x**0.5, -1.0), (autograd.rsqrt, -1.0)):
            assert np.isnan(slope(f, [x, 0.5])[0]).tolist() == [True, False]
        assert slope(np.exp, [2000.0]) == [[INF]]


def test_what_overflowed_and_is_used_is_no_branch_not_taken():
    unbounded = [np.log, np.log2, np.log10, np.log1p, np.sqrt, lambda x: x**0.5]
    with np.errstate(all="ignore"):
        for f in unbounded:
            assert np.isnan(slope(lambda x, f=f: f(np.exp(x).sum()), [2000.0, 1.0])[0]).all()
            assert np.isnan(slope(lambda x, f=f: f(np.exp(x)), 2000.0)[0])
        # these reach their limits, where their slopes are 0
        assert slope(lambda x: 1 / (1 + np.exp(-x)), [-2000.0, 0.0]) == [[0.0, 0.25]]
        assert slope(lambda x: np.exp(-np.exp(x)), [2000.0]) == [[0.0]]
        assert slope(lambda x: np.arctan(np.exp(x)), [2000.0]) == [[0.0]]


# -- powers and logarithms at 0 --------------------------------------------------------------------------


def test_powers_of_0():
    assert slope(lambda x: x**2, [0.0]) == [[0.0]]
    assert slope(lambda x: x**1, [0.0]) == [[1.0]]
    assert slope(lambda x: x**0, [0.0, 2.0]) == [[0.0, 0.0]]
    assert slope(lambda x: x**3, [0.0, -2.0]) == [[0.0, 12.0]]
    assert slope(lambda x: x ** np.array([0.0, 1.0, 2.0]), [0.0, 0.0, 0.0]) == [[0.0, 1.0, 0.0]]


def test_0_to_the_power_y_has_slope_0_in_y_where_y_is_not_negative():
    assert slope(lambda y: 0.0**y, [0.0, 0.5, 2.0]) == [[0.0, 0.0, 0.0]]
    a, b = slope(np.power, [0.0, 0.0], [1.0, 2.0])
    assert (a, b) == ([1.0, 0.0], [0.0, 0.0])
    assert curve(lambda y: (0.0**y).sum(), [0.5, 2.0]).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_higher_powers_at_0_are_right_at_every_order():
    x = leaf(0.0)
    y = x**3
    orders = []
    for _ in range(3):
        y = gradients(y, x, create_graph=True)
        orders.append(y.item())

    assert orders == [0.0, 0.0, 6.0]


def test_xlogy_at_0():
    assert autograd.xlogy(Tensor(0.0), Tensor(0.0)) == 0.0
    assert slope(lambda y: autograd.xlogy(0.0, y), [0.0, 2.0]) == [[0.0, 0.0]]
    assert slope(lambda x: autograd.xlogy(x, 2.0), [0.0]) == [[np.log(2.0)]]
    a, b = slope(autograd.xlogy, [2.0], [4.0])
    assert (a, b) == ([np.log(4.0)], [0.5])


# -- large arguments -------------------------------------------------------------------------------------

stable = {
    "sigmoid": (autograd.sigmoid, [0.0, 0.5, 1.0], [0.0, 0.25, 0.0]),
    "log_sigmoid": (autograd.log_sigmoid, [-BIG, -np.log(2), 0.0], [1.0, 0.5, 0.0]),
    "softplus": (autograd.softplus, [0.0, np.log(2), BIG], [0.0, 0.5, 1.0]),
    "tanh": (np.tanh, [-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]),
    "relu": (autograd.relu, [0.0, 0.0, BIG], [0.0, 0.0, 1.0]),
    "elu": (autograd.elu, [-1.0, 0.0, BIG], [0.0, 1.0, 1.0]),
    "silu": (autograd.silu, [0.0, 0.0, BIG], [0.0, 0.5, 1.0]),
    "gelu": (autograd.gelu, [0.0, 0.0, BIG], [0.0, 0.5, 1.0]),
    "gelu of tanh": (lambda x: autograd.gelu(x, "tanh"), [0.0, 0.0, BIG], [0.0, 0.5, 1.0]),
    "mish": (autograd.mish, [0.0, 0.0, BIG], [0.0, 0.6, 1.0]),
    "softsign": (autograd.softsign, [-BIG / (1 + BIG), 0.0, BIG / (1 + BIG)], [1e-8, 1.0, 1e-8]),
    "erf": (autograd.erf, [-1.0, 0.0, 1.0], [0.0, 2 / np.sqrt(np.pi), 0.0]),
    "logaddexp with 0": (lambda x: np.logaddexp(x, 0.0), [0.0, np.log(2), BIG], [0.0, 0.5, 1.0]),
    "arctan": (np.arctan, [-np.pi / 2, 0.0, np.pi / 2], [1e-8, 1.0, 1e-8]),
    "arcsinh": (np.arcsinh, [-np.arcsinh(BIG), 0.0, np.arcsinh(BIG)], [1e-4, 1.0, 1e-4]),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", stable)
def test_functions_are_finite_and_right_at_large_arguments(name, dtype):
    f, values, slopes = stable[name]
    x = leaf([-BIG, 0.0, BIG], dtype)
    with np.errstate(under="ignore"):
        y = f(x)
        g = gradients(y.sum(), x, create_graph=True)
        second = gradients(g.sum(), x) if g.requires_grad else Tensor(0.0)  # a slope of 0 or 1 depends on nothing

    assert y.dtype == dtype
    np.testing.assert_allclose(y.data, values, rtol=1e-5, atol=2e-4)
    np.testing.assert_allclose(g.data, slopes, rtol=1e-5, atol=1e-6)
    assert np.isfinite(second.data).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_logsumexp_softmax_and_log_softmax_are_stable(dtype):
    rows = np.array([[BIG, BIG, -BIG], [-BIG, -BIG - 1, -BIG], [0.0, BIG, BIG - 1.0]])
    p = sp.softmax(rows, axis=1)
    g = np.array([[1.0, 2.0, 3.0]] * 3)

    with np.errstate(under="ignore"):
        x = leaf(rows, dtype)
        total = x.logsumexp(axis=1)
        np.testing.assert_allclose(total.data, sp.logsumexp(rows, axis=1), rtol=1e-6)
        np.testing.assert_allclose(gradients(total.sum(), x).data, p, atol=1e-3)

        y = autograd.softmax(x, 1)
        np.testing.assert_allclose(y.data, p, atol=1e-3)
        found = gradients(y, x, g)
        np.testing.assert_allclose(found.data, p * (g - (g * p).sum(1, keepdims=True)), atol=3e-3)

        y = autograd.log_softmax(x, 1)
        np.testing.assert_allclose(y.data, rows - sp.logsumexp(rows, axis=1, keepdims=True), atol=2e-3)
        found = gradients(y, x, g)
        np.testing.assert_allclose(found.data, g - p * 6.0, atol=3e-3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_cross_entropy_is_stable(dtype):
    rows = np.array([[BIG, -BIG, 0.0], [-BIG, BIG, 0.0], [-BIG, -BIG, -BIG]])
    target = np.array([0, 0, 1])
    p = sp.softmax(rows, axis=1)
    with np.errstate(under="ignore"):
        for given in (target, np.eye(3, dtype=dtype)[target]):
            x = leaf(rows, dtype)
            losses = autograd.cross_entropy(x, given, "none")
            np.testing.assert_allclose(losses.data, [0.0, 2 * BIG, np.log(3)], rtol=1e-6)
            mean = autograd.cross_entropy(x, given)
            assert mean.item() == pytest.approx((2 * BIG + np.log(3)) / 3, rel=1e-6)
            np.testing.assert_allclose(gradients(mean, x).data, (p - np.eye(3)[target]) / 3, atol=1e-6)


def test_masked_entries_of_minus_infinity_get_no_weight_and_no_gradient():
    x = leaf([[0.0, -INF, 0.0], [1.0, 1.0, -INF]])
    for f in (lambda t: autograd.softmax(t, 1), lambda t: t.logsumexp(axis=1)):
        y = f(x)
        assert np.isfinite(y.data).all()
        g = gradients(y, x, np.arange(1.0, 1 + y.size).reshape(y.shape))
        assert np.isfinite(g.data).all()
        assert g.data[[0, 1], [1, 2]].tolist() == [0.0, 0.0]
    y = autograd.log_softmax(x, 1)
    assert y.tolist()[0][1] == -INF
    g = gradients(y, x, np.where(np.isfinite(y.data), 1.0, 0.0))
    np.testing.assert_allclose(g.data, [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], atol=1e-12)
    loss = autograd.cross_entropy(x, np.array([0, 1]))
    assert loss.item() == pytest.approx(np.log(2))
    assert np.isfinite(gradients(loss, x).data).all()


def test_a_probability_of_zero_has_its_slope_at_every_order():
    x, p = leaf([[0.0, np.log(3.0)]]), leaf([[0.0, 1.0]])
    loss = autograd.cross_entropy(x, p)
    first = gradients(loss, p, retain_graph=True)
    recorded = gradients(loss, p, create_graph=True)

    np.testing.assert_allclose(first.data, [[np.log(4.0), np.log(4.0 / 3.0)]])
    np.testing.assert_allclose(recorded.data, first.data)
    np.testing.assert_allclose(gradients(recorded[0, 0], x).data, [[-0.75, 0.75]])


def test_rows_of_only_minus_infinity_are_handled():
    rows = [[-INF, -INF], [0.0, 0.0]]
    x = leaf(rows)
    y = x.logsumexp(axis=1)
    assert y.tolist() == [-INF, np.log(2.0)]
    assert gradients(y.sum(), x).tolist() == [[0.0, 0.0], [0.5, 0.5]]
    y = autograd.softmax(x, 1)
    assert y.tolist() == [[0.0, 0.0], [0.5, 0.5]]
    assert gradients(y, x, np.array([[1.0, 2.0], [1.0, 3.0]])).tolist() == [[0.0, 0.0], [-0.5, 0.5]]
    y = autograd.log_softmax(x, 1)
    assert y.tolist()[0] == [-INF, -INF]
    g = gradients(y, x, np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert g.tolist() == [[0.0, 0.0], [0.5, -0.5]]


def test_logaddexp_of_infinities():
    assert slope(np.logaddexp, [-INF], [-INF]) == [[0.5], [0.5]]
    assert slope(np.logaddexp, [-INF], [0.0]) == [[0.0], [1.0]]
    assert slope(np.logaddexp, [3.0], [3.0]) == [[0.5], [0.5]]
    assert slope(np.logaddexp, [INF], [0.0]) == [[1.0], [0.0]]


# -- products with zeros ---------------------------------------------------------------------------------


def others(x, without):
    return np.prod([v for i, v in enumerate(x) if i not in without])


@pytest.mark.parametrize("x", [[2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0], [2.0, 0.0, -1.0]])
def test_prod_is_right_at_zeros_at_orders_one_and_two(x):
    n = range(len(x))
    assert slope(np.prod, x) == [[others(x, {i}) for i in n]]
    expected = [[others(x, {i, j}) if i != j else 0.0 for j in n] for i in n]
    np.testing.assert_allclose(curve(np.prod, x), expected)


@pytest.mark.parametrize("x", [[2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [2.0, 0.0, -1.0]])
def test_cumprod_is_right_at_zeros_at_orders_one_and_two(x):
    n, w = range(len(x)), np.array([1.0, 10.0, 100.0])
    first = [sum(w[k] * others(x[: k + 1], {i}) for k in n if k >= i) for i in n]
    second = [
        [sum(w[k] * others(x[: k + 1], {i, j}) for k in n if k >= max(i, j)) if i != j else 0.0 for j in n] for i in n
    ]

    np.testing.assert_allclose(slope(lambda t: np.cumprod(t) * w, x)[0], first)
    np.testing.assert_allclose(curve(lambda t: (np.cumprod(t) * w).sum(), x), second)


def test_prod_along_an_axis_with_zeros_in_some_rows():
    x = np.array([[0.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    expected = [[others(row, {i}) for i in range(3)] for row in x]

    assert slope(lambda t: np.prod(t, axis=1), x) == [expected]
    assert slope(lambda t: np.prod(t, axis=(0, 1)), x) == [[[36.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]


# -- empty -----------------------------------------------------------------------------------------------


def test_reductions_of_nothing_are_numpys():
    x = leaf(np.ones((0, 3)))

    assert x.sum().item() == 0.0
    assert np.prod(x).item() == 1.0
    assert gradients(x.sum(axis=0), x, np.ones(3)).shape == (0, 3)
    with pytest.raises(ValueError, match="max"):
        x.max()
    assert x.max(axis=1).shape == (0,)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_logsumexp_of_nothing_is_the_logarithm_of_0(axis, keepdims):
    x = leaf(np.ones((0, 3)))
    y = autograd.logsumexp(x, axis, keepdims)

    np.testing.assert_array_equal(y.data, np.sum(x.data, axis, keepdims=keepdims) - INF)
    assert gradients(y.sum(), x).shape == (0, 3)


@pytest.mark.parametrize("f", [autograd.cummax, autograd.cummin, np.sort, lambda x, axis: autograd.topk(x, 1, axis)])
def test_a_number_has_no_axis_to_order(f):
    with pytest.raises(np.exceptions.AxisError):
        f(leaf(1.0), axis=0)


def test_functions_of_integers_are_no_integers():
    x = np.array([1, 2])
    for f in (autograd.logsumexp, autograd.polygamma, np.var, np.median, autograd.norm, autograd.softmax):
        np.testing.assert_allclose(f(Tensor(x)).data, f(x.astype(float)))


def test_tile_takes_whole_numbers_only():
    with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
        np.tile(leaf([1.0]), 1.5)


def test_a_users_rule_is_subject_to_no_hidden_convention():
    cusp = op(x=lambda g, x: g * np.sign(x))(lambda x: np.abs(x))

    assert slope(cusp, [-1.0, 0.0, 1.0]) == [[-1.0, 0.0, 1.0]]


def test_where_a_nan_is_the_largest_the_gradient_goes_to_it():
    assert slope(np.max, [1.0, np.nan, 3.0]) == [[0.0, 1.0, 0.0]]
    assert slope(lambda x: np.min(x, axis=1), [[1.0, 2.0], [np.nan, np.nan]]) == [[[1.0, 0.0], [0.5, 0.5]]]


# -- a cotangent of 0 is not a branch not taken ------------------------------------------------------------


def test_a_zero_cotangent_does_not_hide_the_derivative_with_respect_to_it():
    """d/dg of g / x is 1 / x also at g = 0: Hessians at a zero residual, and jvps, rest on it."""
    target = float(autograd.xlogy(2.0, 3.0))
    h = autograd.hessian(lambda a: 0.5 * (autograd.xlogy(a, 3.0) - target) ** 2)(2.0)
    np.testing.assert_allclose(h, np.log(3.0) ** 2, rtol=1e-6)

    h = autograd.hessian(lambda x: (0.5 * np.where(x.data > 0, np.log(np.maximum(x, 1e-300)), 0.0) ** 2).sum())
    np.testing.assert_allclose(h(np.array([1.0, 2.0])), np.diag([1.0, (1 - np.log(2)) / 4]), atol=1e-12)

    for f in (np.sqrt, np.log, np.cbrt, lambda x: x**0.5, lambda x: 1 / x):
        residual = autograd.hessian(lambda x, f=f: (0.5 * (f(x) - f(np.array([4.0, 1.0]))) ** 2).sum())
        slopes = autograd.elementwise_grad(f)(np.array([4.0, 1.0]))
        np.testing.assert_allclose(residual(np.array([4.0, 1.0])), np.diag(slopes**2), atol=1e-12)


def test_jvp_beside_a_zero_is_right():
    x, ones = np.array([0.0, 4.0]), np.ones(2)
    with np.errstate(divide="ignore"):
        assert autograd.jvp(np.sqrt, [x], [ones])[1].tolist() == [INF, 0.25]
    assert autograd.jvp(lambda a: autograd.xlogy(a, 3.0), [x], [ones])[1].tolist() == [np.log(3.0)] * 2
    rows, way = np.array([[1.0, 1.0], [1.0, 3.0]]), np.array([[0.0, 0.0], [0.0, 1.0]])
    assert autograd.jvp(lambda x: np.std(x, axis=1), [rows], [way])[1].tolist() == [0.0, 0.5]


def test_extremes_and_means_of_many_float16_keep_their_gradient():
    x = Tensor(np.ones(70_000, np.float16), requires_grad=True)
    assert gradients(x.mean(), x).data.min() > 0
    assert gradients(x.max(), x).data.min() > 0


@pytest.mark.parametrize(
    "function",
    [
        autograd.relu,
        autograd.leaky_relu,
        lambda x: autograd.prelu(x, np.array([0.1])),
        lambda x: autograd.hardtanh(x, -2.0, 20.0),
        lambda x: autograd.hardswish(x),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_infinite_cotangent_makes_no_nan_of_a_branch_not_taken(function, dtype):
    x = Tensor(np.array([4.0, -5.0], dtype), requires_grad=True)
    function(x).backward(np.array([np.inf, 1.0], dtype))
    zero = Tensor(np.array([-5.0, 1.0], dtype), requires_grad=True)
    autograd.relu(zero).backward(np.array([np.inf, 1.0], dtype))

    assert x.grad.data[0] == np.inf
    assert np.isfinite(x.grad.data[1])
    np.testing.assert_array_equal(zero.grad, [0.0, 1.0])


@pytest.mark.parametrize(
    "function",
    [
        autograd.sigmoid,
        autograd.silu,
        autograd.mish,
        autograd.gelu,
        lambda x: autograd.gelu(x, "tanh"),
        autograd.softplus,
        autograd.log_sigmoid,
        autograd.softmax,
        autograd.log_softmax,
    ],
)
def test_half_precision_stays_half_and_follows_single(function):
    half = Tensor(np.array([-300, -6, -1, 0.5, 6, 12, 90, 300], np.float16), requires_grad=True)
    single = Tensor(half.data.astype(np.float32), requires_grad=True)
    g = np.linspace(0.5, 1.5, 8)
    for x in (half, single):
        y = function(x)
        y.backward(g.astype(x.dtype))

    assert y.dtype == np.float32
    assert half.grad.dtype == np.float16
    np.testing.assert_allclose(function(half).data, y.data, rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(half.grad.data, single.grad.data, rtol=5e-3, atol=5e-3)


def test_sums_over_many_halves_do_not_overflow():
    q, v = np.full((1, 1024, 1), 2.2, np.float16), np.ones((1, 1024, 1), np.float16)

    np.testing.assert_allclose(autograd.attention(q, q, v), 1.0, atol=2e-3)
    np.testing.assert_allclose(autograd.softmax(np.zeros(100_000, np.float16)), 1e-5, rtol=5e-3)


ROWS, CLASSES = 8192, np.arange(8192) % 3
sums = {  # in float16 a sum of ones, taken one after the other, stops at 2048
    "sum": (lambda x: x.sum(0), [(ROWS, 3)]),
    "var": (lambda x: x.var(0), [(ROWS, 3)]),
    "std": (lambda x: x.std(0) * 100.0, [(ROWS, 3)]),
    "cumsum": (lambda x: np.cumsum(x, 0)[-1], [(ROWS, 3)]),
    "logsumexp": (lambda x: autograd.logsumexp(x, 0) * 100.0, [(ROWS, 3)]),
    "logcumsumexp": (lambda x: autograd.logcumsumexp(x, 0)[-1] * 100.0, [(ROWS, 3)]),
    "softmax": (lambda x: autograd.softmax(x, 0) * 1000.0, [(ROWS, 3)]),
    "log_softmax": (lambda x: autograd.log_softmax(x, 0) * 8.0, [(ROWS, 3)]),
    "norm": (lambda x: autograd.norm(x, axis=0) * 8.0, [(ROWS, 3)]),
    "norm of many": (lambda x: autograd.norm(x * 8.0) * 8.0, [(ROWS,)]),
    "norm of order 3": (lambda x: autograd.norm(x, 3, axis=0) * 8.0, [(ROWS, 3)]),
    "norm of sums": (lambda x: autograd.norm(x, 1, axis=(0, 1)), [(ROWS, 1)]),
    "einsum": (lambda x: autograd.einsum("ij->j", x), [(ROWS, 3)]),
    "getitem": (lambda x: x[CLASSES], [(3, 2)]),
    "scatter_add": (lambda x, v: autograd.scatter_add(x, CLASSES, v), [(3,), (ROWS,)]),
    "setitem": (lambda x, v: autograd.setitem(x, v, slice(None)), [(ROWS, 3), (3,)]),
    "broadcast_to": (lambda x: np.broadcast_to(x, (ROWS, 3)), [(3,)]),
    "prelu": (lambda x, w: autograd.prelu(-x, w), [(ROWS, 3), (3,)]),
    "convolution": (lambda x, w, b: autograd.convolution(x, w, b), [(ROWS, 2, 1), (3, 2, 1), (3,)]),
    "avg_pool": (lambda x: autograd.avg_pool(x, ROWS) * 10.0, [(2, 3, ROWS)]),
    "cross_entropy": (lambda x: autograd.cross_entropy(x, np.zeros((2, 2), int)) * 8.0, [(2, ROWS, 2)]),
    "soft cross_entropy": (lambda x, p: autograd.cross_entropy(x, p * (1 / ROWS), "sum"), [(2, ROWS, 2)] * 2),
    "nll": (lambda x: autograd.nll(x, CLASSES, weight=np.full(3, 20.0)) * 100.0, [(ROWS, 3)]),
    "mse": (lambda x, t: autograd.mse(x * 30.0, -t), [(ROWS,), (ROWS,)]),
}


@pytest.mark.parametrize("name", sums)
def test_many_halves_add_up_in_single_precision(name):
    f, shapes = sums[name]
    rng = np.random.default_rng(0)
    halves = [rng.uniform(0.5, 1.5, shape).astype(np.float16) for shape in shapes]
    found = []
    for dtype in (np.float16, np.float32):
        inputs = [leaf(x, dtype) for x in halves]
        y = f(*inputs)
        g = np.random.default_rng(1).uniform(0.5, 1.5, y.shape) / 8
        found.append([y.data, *(d.data for d in gradients(y, inputs, g.astype(dtype)))])

    for half, single in zip(*found):
        assert half.dtype == np.float16
        np.testing.assert_allclose(half, single, rtol=1e-2, atol=1e-2 * np.abs(single).max())


@pytest.mark.parametrize("product", [np.prod, lambda x: np.cumprod(x)[-1]])
def test_many_halves_are_multiplied_in_single_precision(product):
    x = (1 + np.random.default_rng(0).integers(-2, 3, 8000) / 1024).astype(np.float16)
    (half,), (single,) = (slope(product, x, dtype=dtype) for dtype in (np.float16, np.float64))

    assert product(Tensor(x)).item() == pytest.approx(product(x.astype(float)), rel=1e-3)
    np.testing.assert_allclose(half, single, rtol=2e-3)


# -- work in proportion ----------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [0.0, 1e-12])
def test_cumprod_with_a_zero_or_a_tiny_factor_takes_memory_in_proportion(small):
    x = leaf(np.linspace(0.99, 1.01, 4000))
    with autograd.no_grad():
        x[2000] = small
    y = np.cumprod(x).sum()
    tracemalloc.start()
    (g,) = gradients(y, [x])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 40 * x.data.nbytes
    before, after = np.prod(x.data[:2000]), np.cumprod(x.data[2001:])
    assert g.data[2000] == pytest.approx(before * (1.0 + np.sum(after)))


def test_a_loop_over_a_tensor_is_one_operation_whose_gradients_are_stacked():
    x = leaf(np.arange(6.0).reshape(3, 2))
    rows = list(x)

    assert [row.tolist() for row in rows] == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert {row._node.op.name for row in rows} == {"unstack"}
    assert gradients((rows[0] * 2.0 + rows[2]).sum(), x).tolist() == [[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]


def test_a_loop_over_a_tensor_without_rows_ends_at_once():
    assert list(leaf(np.ones((0, 3)))) == []
    assert list(Tensor(np.ones(0))) == []
    with pytest.raises(autograd.ShapeError, match=r"unstack: x \(2, 0\) has no slices along axis 1"):
        autograd.unstack(np.ones((2, 0)), axis=1)


def test_diff_takes_numpys_ends_and_their_gradients():
    x, ends = np.array([[1.0, 4.0], [9.0, 7.0]]), np.array([[2.0], [3.0]])

    for options in (
        {"prepend": 0.0},
        {"append": ends},
        {"prepend": ends, "append": 1.0, "n": 2},
        {"n": 0, "append": 1.0},
    ):
        assert np.array_equal(np.diff(leaf(x), **options), np.diff(x, **options))
    assert slope(lambda t, e: np.diff(t, append=e) * [[1.0, 2.0]], x, ends)[1] == [[2.0], [2.0]]
    with pytest.raises(ValueError, match="n=-1"):
        np.diff(leaf(x), n=-1)
    with pytest.raises(np.exceptions.AxisError):
        np.diff(leaf(x), axis=2)
