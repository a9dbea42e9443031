import inspect
import tracemalloc

import numpy as np
import pytest
import scipy.special as sp

import autograd
import nn
from autograd import Tensor, gradients
from nn import functional as F

MANY = 5000  # elements, enough for the fast forms in single precision
FAR = np.array([-1e4, -100.0, -88.9, -30.0, 0.0, 30.0, 88.9, 100.0, 1e4])

layers = [
    *(nn.CELU, nn.ELU, nn.GELU, nn.GLU, nn.SELU, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.LeakyReLU),
    *(nn.LogSigmoid, nn.LogSoftmax, nn.Mish, nn.PReLU, nn.ReLU, nn.ReLU6, nn.SiLU, nn.Sigmoid, nn.Softmax),
    *(nn.Softplus, nn.Softsign, nn.Tanh),
]


@pytest.mark.parametrize("layer", layers)
def test_arrays_in_give_arrays_out_and_float32_stays(layer):
    x = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    y = layer()(Tensor(x))

    assert y.dtype == np.float32
    if layer is not nn.PReLU:  # whose weight is a Tensor
        assert isinstance(layer()(x), np.ndarray)
        np.testing.assert_array_equal(layer()(x), y.data)


@pytest.mark.parametrize("layer", layers)
def test_arguments_and_defaults_are_pytorchs(layer):
    torch = pytest.importorskip("torch")

    def of(made):
        parameters = inspect.signature(made.__init__).parameters
        left_out = {"self", "inplace", "device", "dtype", "args", "kwargs", "min_value", "max_value"}
        return {n: p.default for n, p in parameters.items() if n not in left_out}

    theirs = of(getattr(torch.nn, layer.__name__))
    if "dim" in theirs:
        theirs["dim"] = -1  # PyTorch's None guesses, and warns
    if layer is nn.ReLU6:
        theirs = {}
    assert of(layer) == theirs


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (nn.ReLU(), "ReLU()"),
        (nn.LeakyReLU(), "LeakyReLU()"),
        (nn.LeakyReLU(0.2), "LeakyReLU(negative_slope=0.2)"),
        (nn.GELU("tanh"), "GELU(approximate='tanh')"),
        (nn.Hardtanh(-2.0), "Hardtanh(min_val=-2.0)"),
        (nn.Softplus(2.0, 5.0), "Softplus(beta=2.0, threshold=5.0)"),
        (nn.Softmax(0).eval(), "Softmax(dim=0)"),
        (nn.PReLU(3), "PReLU(num_parameters=3)"),
    ],
)
def test_a_layer_shows_what_differs_from_the_default(layer, text):
    assert repr(layer).split("  #")[0].startswith(text.rstrip(")"))
    assert layer.extra_repr() == text.partition("(")[2].rstrip(")")


def test_an_argument_can_be_changed_later():
    layer = nn.LeakyReLU()
    layer.negative_slope = 0.5

    assert layer(np.array(-2.0)) == -1.0


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.GELU("fast"), ValueError, r"GELU: approximate='fast' is not one of 'none', 'tanh'"),
        (lambda: nn.CELU(0.0), ValueError, r"CELU: alpha=0.0"),
        (lambda: nn.Softplus(0), ValueError, r"Softplus: beta=0"),
        (lambda: nn.Hardtanh(1.0, -1.0), ValueError, r"Hardtanh: min_val=1.0 is greater than max_val=-1.0"),
        (lambda: nn.PReLU(0), ValueError, r"PReLU: num_parameters=0 is less than 1"),
        (lambda: nn.PReLU(2.5), TypeError, r"PReLU: num_parameters=2.5 is not an integer"),
        (lambda: nn.PReLU(3)(np.ones((2, 4))), autograd.ShapeError, r"prelu: input \(2, 4\).*\(4,\).*not \(3,\)"),
        (lambda: nn.PReLU(3)(np.ones(3)), autograd.ShapeError, r"prelu: input \(3,\) takes a weight of shape \(1,\),"),
        (lambda: F.prelu(np.ones((2, 3)), np.ones((1, 3))), autograd.ShapeError, r"not \(1, 3\)"),
        (lambda: nn.Softmax(2)(np.ones((2, 3))), autograd.ShapeError, r"softmax: dim=2 .* \(2, 3\)"),
        (lambda: nn.LogSoftmax(-3)(np.ones((2, 3))), autograd.ShapeError, r"log_softmax: dim=-3 .* \(2, 3\)"),
        (lambda: F.softmax(np.ones(3), None), TypeError, r"softmax: dim=None is not an integer"),
        (lambda: nn.GLU()(np.ones((2, 3))), autograd.ShapeError, r"glu: input \(2, 3\) .* even"),
        (lambda: nn.GLU(1)(np.ones(2)), autograd.ShapeError, r"glu: input \(2,\) needs an axis 1"),
        (lambda: F.gelu(np.ones(2), "fast"), ValueError, r"gelu: approximate='fast'"),
        (lambda: F.celu(np.ones(2), 0.0), ValueError, r"celu: alpha=0.0"),
        (lambda: F.softplus(np.ones(2), 0.0), ValueError, r"softplus: beta=0.0"),
        (lambda: F.hardtanh(np.ones(2), 2.0, 1.0), ValueError, r"hardtanh: min_val=2.0"),
        (lambda: nn.LeakyReLU("a"), TypeError, r"LeakyReLU: negative_slope='a' is not a real number"),
        (lambda: nn.LeakyReLU(np.nan), ValueError, r"LeakyReLU: negative_slope=nan is not a number"),
        (lambda: nn.PReLU(True), TypeError, r"PReLU: num_parameters=True is not an integer"),
        (lambda: nn.PReLU(1, None), TypeError, r"PReLU: init=None is not a real number"),
        (lambda: nn.ELU(np.ones(2)), TypeError, r"ELU: alpha=\(ndarray of shape \(2,\)\) is not a real number"),
        (lambda: nn.CELU("a"), TypeError, r"CELU: alpha='a'"),
        (lambda: nn.GELU(True), TypeError, r"GELU: approximate=True is not one of"),
        (lambda: nn.Softplus("a"), TypeError, r"Softplus: beta='a'"),
        (lambda: nn.Softplus(1, None), TypeError, r"Softplus: threshold=None"),
        (lambda: nn.Hardtanh("a"), TypeError, r"Hardtanh: min_val='a'"),
        (lambda: nn.Hardtanh(0, 1j), TypeError, r"Hardtanh: max_val=1j"),
        (lambda: nn.Softmax("a"), TypeError, r"Softmax: dim='a' is not an integer"),
        (lambda: nn.LogSoftmax(1.0), TypeError, r"LogSoftmax: dim=1.0 is not an integer"),
        (lambda: nn.GLU(None), TypeError, r"GLU: dim=None is not an integer"),
        (lambda: F.leaky_relu(np.ones(2), "a"), TypeError, r"leaky_relu: negative_slope='a'"),
        (lambda: F.elu(np.ones(2), "a"), TypeError, r"elu: alpha='a'"),
        (lambda: F.glu(np.ones(2), "a"), TypeError, r"glu: dim='a'"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_so(make, error, text):
    with pytest.raises(error, match=text):
        make()


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_distributions_of_integers_and_booleans_are_those_of_floats(name, dtype):
    x = np.array([[0, 1, 1], [1, 1, 0]], dtype)
    f = getattr(F, name)

    for given in (x, Tensor(x)):
        assert f(given).dtype == np.float64
        np.testing.assert_array_equal(np.asarray(f(given)), f(x.astype(float)))


def slope(f, x, g):
    leaf = Tensor(x, requires_grad=True)
    y = f(leaf)
    return y.data, gradients(y, leaf, g.astype(x.dtype)).data


fast = {
    "sigmoid": F.sigmoid,
    "logsigmoid": F.logsigmoid,
    "softplus": F.softplus,
    "steep softplus": lambda x: F.softplus(x, 3.0, 2.0),
    "gelu": F.gelu,
    "gelu of tanh": lambda x: F.gelu(x, "tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "glu": lambda x: F.glu(x[: x.size // 2 * 2]),
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "tanh": F.tanh,
}


@pytest.mark.parametrize("f", fast.values(), ids=fast)
def test_the_fast_forms_of_large_float32_arrays_equal_float64(f):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 3, MANY), np.linspace(-12, 12, 1000), FAR]).astype(np.float32)
    g = rng.uniform(0.5, 1.5, f(x).shape)

    y, slopes = slope(f, x, g)
    y64, slopes64 = slope(f, x.astype(np.float64), g)

    assert y.dtype == slopes.dtype == np.float32
    np.testing.assert_allclose(y, y64, rtol=5e-7, atol=1e-6)
    np.testing.assert_allclose(slopes, slopes64, rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("f", [F.sigmoid, F.logsigmoid, F.softplus])
def test_the_fast_forms_keep_relative_precision_where_values_are_tiny(f):
    x = np.linspace(-80, 80, MANY).astype(np.float32)

    np.testing.assert_allclose(f(x), f(x.astype(np.float64)), rtol=5e-7)


@pytest.mark.parametrize("f", fast.values(), ids=fast)
def test_a_large_array_has_a_second_derivative_too(f):
    x = np.random.default_rng(0).normal(size=MANY).astype(np.float32)
    w = np.linspace(0.5, 1.5, f(x).size, dtype=np.float32)

    def second(x):
        leaf = Tensor(x, requires_grad=True)
        first = gradients((f(leaf) * w.astype(x.dtype)).sum(), leaf, create_graph=True)
        return gradients((first * first * leaf).sum(), leaf).data

    np.testing.assert_allclose(second(x), second(x.astype(np.float64)), rtol=1e-4, atol=1e-5)


def test_the_fast_form_of_gelu_is_used_and_is_exact_to_a_millionth():
    x = np.linspace(-10, 10, 100_001)

    np.testing.assert_allclose(autograd.gelu(x.astype(np.float32)), x * sp.ndtr(x), rtol=0, atol=1e-6)
    np.testing.assert_allclose(autograd.gelu(x), x * sp.ndtr(x), rtol=1e-15)


def test_gelu_in_double_precision_keeps_its_digits_far_below_zero():
    assert F.gelu(np.array(-30.0)) == pytest.approx(-30.0 * sp.ndtr(-30.0), rel=1e-12)


def test_mish_is_x_times_the_tanh_of_softplus():
    x = np.linspace(-50, 60, 2001)

    np.testing.assert_allclose(F.mish(x), x * np.tanh(np.logaddexp(x, 0)), rtol=1e-13, atol=1e-300)


def test_softplus_is_the_identity_beyond_its_threshold():
    x = Tensor(np.array([1.9, 2.1]), requires_grad=True)
    y = F.softplus(x, beta=10.0, threshold=20.0)
    g = gradients(y.sum(), x)

    assert y.data[1] == 2.1
    assert y.data[0] > 1.9
    assert g.data[1] == 1.0
    assert g.data[0] < 1.0


def test_hardsigmoid_rises_by_a_sixth():
    x = Tensor(np.array([-3.5, -1.0, 2.9, 3.1]), requires_grad=True)

    assert gradients(F.hardsigmoid(x).sum(), x).tolist() == [0.0, 1 / 6, 1 / 6, 0.0]


def test_prelu_starts_at_a_quarter_and_its_weight_has_the_default_dtype():
    layer = nn.PReLU(2)

    assert layer.weight.tolist() == [0.25, 0.25]
    with autograd.default_dtype(np.float64):
        assert nn.PReLU().weight.dtype == np.float64


KINKS = ["relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "hardtanh", "hardswish", "softsign", "softplus"]


@pytest.mark.parametrize("name", KINKS)
def test_slopes_at_the_kinks_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    options = {"weight": np.array([0.3])} if name == "prelu" else {}
    theirs = {k: torch.tensor(v) for k, v in options.items()}
    points = np.array([-3.0, -1.0, -0.0, 0.0, 1.0, 3.0, 6.0, 20.0])
    x, t = Tensor(points, requires_grad=True), torch.tensor(points, requires_grad=True)
    expected = torch.autograd.grad(getattr(torch.nn.functional, name)(t, **theirs).sum(), t)[0]

    np.testing.assert_allclose(gradients(getattr(F, name)(x, **options).sum(), x).data, expected.numpy(), rtol=1e-12)


def test_the_slope_of_relu_takes_a_mask_beyond_its_result():
    x = np.random.default_rng(0).normal(size=1 << 20).astype(np.float32)
    shift = Tensor(np.float32(0.0), requires_grad=True)
    y, seed = autograd.relu(shift + x), np.ones_like(x)
    tracemalloc.start()
    y.backward(seed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1.3 * x.nbytes  # of a mask each number is a byte
