import numpy as np
import pytest
from scipy import stats

import autograd
import nn
from autograd import DtypeError, GraphError, ShapeError, Tensor
from nn import init

SHAPE = (60, 40, 3, 3)  # 86,400 numbers; fan_in 360, fan_out 540


@pytest.fixture(autouse=True)
def _seeded():
    autograd.seed(0)


def filled(name, *args, shape=SHAPE, **options):
    return getattr(init, name)(autograd.zeros(shape), *args, **options).data.astype(np.float64)


def assert_drawn_from(values, law):
    """Mean and variance within 5 standard errors, and the whole distribution by Kolmogorov and Smirnov."""
    n = values.size
    mean, variance, _, kurtosis = law.stats("mvsk")
    assert abs(values.mean() - mean) < 5 * np.sqrt(variance / n)
    assert abs(values.var() - variance) < 5 * variance * np.sqrt((kurtosis + 2) / n)
    assert stats.kstest(values.ravel(), law.cdf).pvalue > 1e-4


def uniform(bound):
    return stats.uniform(-bound, 2 * bound)


@pytest.mark.parametrize(
    ("values", "law"),
    [
        (lambda: filled("uniform_"), stats.uniform(0, 1)),
        (lambda: filled("uniform_", -3.0, 0.5), stats.uniform(-3, 3.5)),
        (lambda: filled("normal_"), stats.norm()),
        (lambda: filled("normal_", 2.0, 0.3), stats.norm(2, 0.3)),
        (lambda: filled("xavier_uniform_"), uniform(np.sqrt(6 / 900))),
        (lambda: filled("xavier_uniform_", gain=2.0), uniform(2 * np.sqrt(6 / 900))),
        (lambda: filled("xavier_normal_", gain=0.5), stats.norm(0, 0.5 * np.sqrt(2 / 900))),
        (lambda: filled("kaiming_uniform_"), uniform(np.sqrt(6 / 360))),
        (lambda: filled("kaiming_uniform_", a=5**0.5), uniform(np.sqrt(1 / 360))),
        (lambda: filled("kaiming_uniform_", mode="fan_out", nonlinearity="tanh"), uniform(5 / 3 * np.sqrt(3 / 540))),
        (lambda: filled("kaiming_normal_", nonlinearity="relu"), stats.norm(0, np.sqrt(2 / 360))),
        (lambda: filled("kaiming_normal_", 1.0, "fan_out"), stats.norm(0, np.sqrt(1 / 540))),
        (lambda: filled("trunc_normal_"), stats.truncnorm(-2, 2)),
        (lambda: filled("trunc_normal_", 1.0, 0.5, 0.9, 3.0), stats.truncnorm(-0.2, 4, 1.0, 0.5)),
        (lambda: filled("trunc_normal_", a=5.0, b=9.0), stats.truncnorm(5, 9)),
        (lambda: -filled("trunc_normal_", a=-20.0, b=-10.0), stats.truncnorm(10, 20)),
        (lambda: filled("trunc_normal_", a=10.0, b=20.0), stats.truncnorm(10, 20)),
    ],
)
def test_values_follow_their_distribution(values, law):
    assert_drawn_from(values(), law)


def test_truncation_leaves_nothing_outside():
    values = filled("trunc_normal_", 0.0, 3.0, -1.0, 0.5)

    assert values.min() >= -1.0
    assert values.max() <= 0.5
    assert (filled("trunc_normal_", 7.0, 0.0, -1.0, 0.5) == 0.5).all()


def test_constants_are_constant():
    assert filled("constant_", 0.25, shape=(2,)).tolist() == [0.25, 0.25]
    assert filled("ones_", shape=()).tolist() == 1.0
    assert init.zeros_(autograd.ones((1, 2))).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2)])
def test_eye_makes_linear_the_identity(shape):
    np.testing.assert_array_equal(filled("eye_", shape=shape), np.eye(*shape))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 6, 3, 4), (6, 1, 2, 3, 3), (2, 2, 1)])
def test_dirac_equals_pytorch(shape, groups):
    torch = pytest.importorskip("torch")

    np.testing.assert_array_equal(
        filled("dirac_", groups, shape=shape), torch.nn.init.dirac_(torch.zeros(shape), groups).numpy()
    )


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (4, 2, 3, 1), (1, 1)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_the_shorter_side_of_an_orthogonal_matrix_is_orthonormal(shape, gain):
    with autograd.default_dtype(np.float64):
        w = filled("orthogonal_", gain, shape=shape).reshape(shape[0], -1)
    short = w if w.shape[0] <= w.shape[1] else w.T

    np.testing.assert_allclose(short @ short.T, gain**2 * np.eye(len(short)), atol=1e-12)


def test_every_orthogonal_matrix_is_as_likely():
    draws = np.array([filled("orthogonal_", shape=(2, 2)) for _ in range(2000)])
    angles = np.arctan2(draws[:, 1, 0], draws[:, 0, 0])

    assert stats.kstest(angles, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-4
    assert abs(np.mean(np.linalg.det(draws) > 0) - 0.5) < 4 * 0.5 / np.sqrt(2000)


def test_sparse_has_the_same_number_of_zeros_in_every_column():
    w = filled("sparse_", 0.31, shape=(100, 300))

    assert ((w == 0).sum(axis=0) == 31).all()
    assert (filled("sparse_", 0.301, shape=(100, 2)) == 0).sum(axis=0).tolist() == [31, 31]
    assert (w == 0).sum(axis=1).std() > 3  # and elsewhere in each
    assert_drawn_from(w[w != 0], stats.norm(0, 0.01))


def test_fans_count_the_kernel():
    assert init.fan((2, 3)) == (3, 2)
    assert init.fan((8, 4, 3, 5)) == (60, 120)


@pytest.mark.parametrize("name", ["linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu"])
def test_gains_are_pytorchs(name):
    torch = pytest.importorskip("torch")

    assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)


@pytest.mark.parametrize("slope", [None, 0, 0.2, 5**0.5, -1.0])
def test_the_gain_of_a_leaky_relu_is_pytorchs(slope):
    torch = pytest.importorskip("torch")

    assert init.calculate_gain("leaky_relu", slope) == torch.nn.init.calculate_gain("leaky_relu", slope)


WRITERS = {
    "uniform_": (),
    "normal_": (),
    "trunc_normal_": (),
    "constant_": (2.0,),
    "ones_": (),
    "zeros_": (),
    "eye_": (),
    "xavier_uniform_": (),
    "xavier_normal_": (),
    "kaiming_uniform_": (),
    "kaiming_normal_": (),
    "orthogonal_": (),
    "sparse_": (0.5,),
}


def test_all_of_pytorchs_are_here():
    torch = pytest.importorskip("torch")
    theirs = {n for n in vars(torch.nn.init) if n.endswith("_") and not n.startswith("_")}

    assert {*theirs, "calculate_gain"} - set(init.__all__) == set()
    assert {n for n in init.__all__ if n.endswith("_")} == {*WRITERS, "dirac_"}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_writes_into_a_parameter_unrecorded_and_returns_it(name, dtype):
    parameter = nn.Parameter(np.full((3, 4), 7.0, dtype))
    result = getattr(init, name)(parameter, *WRITERS[name])

    assert result is parameter
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert parameter.dtype == dtype
    assert parameter.shape == (3, 4)
    assert (parameter.data != 7.0).all()


@pytest.mark.parametrize("name", WRITERS)
def test_a_seed_repeats_it(name):
    first = filled(name, *WRITERS[name], shape=(3, 4))
    second = filled(name, *WRITERS[name], shape=(3, 4))
    autograd.seed(0)

    np.testing.assert_array_equal(filled(name, *WRITERS[name], shape=(3, 4)), first)
    if name not in ("constant_", "ones_", "zeros_", "eye_"):
        assert (first != second).any()


RANDOM = [name for name in WRITERS if name not in ("constant_", "ones_", "zeros_", "eye_")]


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_draws_in_place_of_the_engines(name):
    first, second = (filled(name, *WRITERS[name], shape=(3, 4), generator=np.random.default_rng(7)) for _ in range(2))
    state = autograd.ops.random.current().bit_generator.state
    filled(name, *WRITERS[name], shape=(3, 4), generator=np.random.default_rng(7))

    np.testing.assert_array_equal(first, second)
    assert autograd.ops.random.current().bit_generator.state == state


@pytest.mark.parametrize("name", WRITERS)
def test_an_empty_weight_stays_empty(name):
    assert filled(name, *WRITERS[name], shape=(0, 4)).shape == (0, 4)


@pytest.mark.parametrize("name", ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_too_few_axes_for_a_fan_are_an_error(name, shape):
    with pytest.raises(ShapeError, match=rf"init\.{name}: .* at least 2 axes .* not of shape \({shape and '3,'}\)"):
        filled(name, shape=shape)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: filled("orthogonal_", shape=(3,)), ShapeError, r"init\.orthogonal_: .* at least 2 axes"),
        (lambda: filled("eye_", shape=(3, 3, 3)), ShapeError, r"init\.eye_: .* of 2 axes"),
        (lambda: filled("sparse_", 0.1, shape=(3,)), ShapeError, r"init\.sparse_: .* of 2 axes"),
        (lambda: filled("dirac_", shape=(3, 3)), ShapeError, r"init\.dirac_: .* of 3 to 5 axes"),
        (lambda: filled("dirac_", 2, shape=(3, 3, 1)), ValueError, r"3 output channels .* groups=2"),
        (lambda: filled("dirac_", 0, shape=(3, 3, 1)), ValueError, r"groups=0"),
        (lambda: filled("sparse_", 1.5, shape=(3, 3)), ValueError, r"sparsity=1.5"),
        (lambda: filled("normal_", std=-1.0), ValueError, r"init\.normal_: std=-1.0"),
        (lambda: filled("trunc_normal_", std=-1.0), ValueError, r"init\.trunc_normal_: std=-1.0"),
        (lambda: filled("trunc_normal_", a=1.0, b=0.0), ValueError, r"a=1.0 is greater than b=0.0"),
        (lambda: filled("uniform_", 1.0, 0.0), ValueError, r"a=1.0 is greater than b=0.0"),
        (lambda: filled("kaiming_normal_", mode="fan"), ValueError, r"mode='fan'"),
        (lambda: filled("kaiming_normal_", nonlinearity="mish"), ValueError, r"'mish' is not one of"),
        (lambda: init.calculate_gain("leaky_relu", "a"), TypeError, r"param='a' is not a real number"),
        (lambda: init.calculate_gain("leaky_relu", True), TypeError, r"param=True is not a real number"),
        (lambda: init.calculate_gain(3), TypeError, r"calculate_gain: nonlinearity=3 is not one of 'linear'"),
        (lambda: filled("uniform_", "a"), TypeError, r"init\.uniform_: a='a' is not a real number"),
        (lambda: filled("normal_", None), TypeError, r"init\.normal_: mean=None"),
        (lambda: filled("trunc_normal_", b="a"), TypeError, r"init\.trunc_normal_: b='a'"),
        (lambda: filled("constant_", "a"), TypeError, r"init\.constant_: val='a'"),
        (lambda: filled("dirac_", "a", shape=(3, 3, 1)), TypeError, r"init\.dirac_: groups='a' is not an integer"),
        (lambda: filled("dirac_", True, shape=(3, 3, 1)), TypeError, r"init\.dirac_: groups=True is not an integer"),
        (lambda: filled("xavier_uniform_", -1.0), ValueError, r"init\.xavier_uniform_: gain=-1.0 is less than 0"),
        (lambda: filled("xavier_normal_", "a"), TypeError, r"init\.xavier_normal_: gain='a'"),
        (lambda: filled("kaiming_uniform_", a="a"), TypeError, r"init\.kaiming_uniform_: a='a'"),
        (lambda: filled("kaiming_normal_", mode=None), TypeError, r"init\.kaiming_normal_: mode=None is not one of"),
        (lambda: filled("orthogonal_", "a"), TypeError, r"init\.orthogonal_: gain='a'"),
        (lambda: filled("sparse_", "a", shape=(3, 3)), TypeError, r"init\.sparse_: sparsity='a'"),
        (lambda: filled("sparse_", 0.1, -1, shape=(3, 3)), ValueError, r"init\.sparse_: std=-1 is less than 0"),
        (lambda: filled("normal_", generator=3), TypeError, r"init\.normal_: generator=3 is no Generator"),
        (lambda: init.fan((3,)), ShapeError, r"init\.fan"),
        (lambda: init.normal_(np.zeros(3)), TypeError, r"init\.normal_: .* not ndarray"),
        (lambda: init.normal_(Tensor([1])), DtypeError, r"init\.normal_: a Tensor of int64"),
        (lambda: init.ones_(nn.Parameter([1.0]) * 2), GraphError, r"recorded result of multiply"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_so(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_linear_starts_as_kaiming_says():
    layer = nn.Linear(50, 400)

    assert_drawn_from(layer.weight.data.astype(np.float64), uniform(50**-0.5))
    assert_drawn_from(layer.bias.data.astype(np.float64), uniform(50**-0.5))
