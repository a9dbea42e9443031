import numpy as np
import pytest

import autograd
import nn


def test_linear_is_x_times_the_weight_transposed_plus_bias():
    layer = nn.Linear(3, 2)
    x = np.ones((4, 5, 3), np.float32)

    y = layer(x)

    np.testing.assert_allclose(y.data, x @ layer.weight.data.T + layer.bias.data, rtol=1e-6)
    assert layer.weight.shape == (2, 3)
    assert y.dtype == np.float32


def test_linear_starts_uniform_within_one_over_the_root_of_its_inputs():
    autograd.seed(0)
    layer = nn.Linear(100, 200)

    for parameter in layer.parameters():
        assert 0.095 < np.abs(parameter.data).max() <= 0.1
        assert abs(parameter.data.mean()) < 0.02


def test_the_same_seed_gives_the_same_layer():
    autograd.seed(3)
    first = nn.Linear(3, 2).weight.data
    autograd.seed(3)

    np.testing.assert_array_equal(first, nn.Linear(3, 2).weight.data)


def test_a_wrong_width_is_an_error_that_shows_both():
    with pytest.raises(autograd.ShapeError, match=r"linear.*4.*3"):
        nn.Linear(3, 2)(np.ones((5, 4), np.float32))


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (nn.ReLU(), autograd.relu),
        (nn.LeakyReLU(0.2), lambda x: autograd.leaky_relu(x, 0.2)),
        (nn.ELU(2.0), lambda x: autograd.elu(x, 2.0)),
        (nn.SELU(), autograd.selu),
        (nn.GELU(), autograd.gelu),
        (nn.GELU("tanh"), lambda x: autograd.gelu(x, "tanh")),
        (nn.SiLU(), autograd.silu),
        (nn.Mish(), autograd.mish),
        (nn.Softplus(), autograd.softplus),
        (nn.Softsign(), autograd.softsign),
        (nn.Sigmoid(), autograd.sigmoid),
        (nn.Tanh(), np.tanh),
        (nn.Hardtanh(-2, 1), lambda x: autograd.hardtanh(x, -2, 1)),
        (nn.Softmax(0), lambda x: autograd.softmax(x, 0)),
        (nn.LogSoftmax(0), lambda x: autograd.log_softmax(x, 0)),
    ],
    ids=lambda part: repr(part) if isinstance(part, nn.Module) else "",
)
def test_activation_layers_are_their_functions(layer, function):
    x = np.array([[-1.5, 0.5, 2.0], [0.3, -0.1, 1.4]])

    np.testing.assert_array_equal(layer(x), function(x))


def test_losses_are_their_functions():
    x, y = autograd.tensor([[1.0, 2.0]]), autograd.tensor([[1.0, 4.0]])

    assert nn.MSELoss("sum")(x, y) == 4.0
    assert nn.CrossEntropyLoss()(x, np.array([1])) == autograd.cross_entropy(x, np.array([1]))
    with pytest.raises(ValueError, match="reduction"):
        nn.MSELoss("median")(x, y)
