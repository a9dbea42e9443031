import numpy as np
import pytest

import autograd
import nn
from autograd.testing import gradcheck


class Block(nn.Module):
    def __init__(self, width):
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width, bias=False)
        self.scale = nn.Parameter(1.0)

    def forward(self, x):
        return self.second(autograd.relu(self.first(x))) * self.scale + x


def test_parameters_have_dotted_names_and_come_once():
    model = nn.Sequential(Block(2), nn.Linear(2, 1))
    model[1].tied = model[0].scale

    names = [name for name, _ in model.named_parameters()]

    assert names == ["0.scale", "0.first.weight", "0.first.bias", "0.second.weight", "1.weight", "1.bias"]
    assert len(list(model.parameters())) == 6


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


def test_gradients_flow_through_a_whole_model():
    model = Block(3)
    parameters = {name: p.data.astype(float) for name, p in model.named_parameters()}

    def run(x, *values):
        return nn.functional_call(model, dict(zip(parameters, values)), x)

    rng = np.random.default_rng(0)
    assert gradcheck(run, [rng.normal(size=(4, 3)), *parameters.values()], order=2)


def test_train_and_eval_reach_every_module():
    model = nn.Sequential(Block(2), nn.ReLU())
    assert not any(m.training for m in model.eval().modules())
    assert all(m.training for m in model.train().modules())


def test_zero_grad_forgets_gradients():
    model = nn.Linear(2, 1)
    model(np.ones((1, 2), np.float32)).sum().backward()
    model.zero_grad()

    assert all(p.grad is None for p in model.parameters())


def test_apply_visits_children_first():
    seen = []
    nn.Sequential(nn.Linear(1, 1), nn.ReLU()).apply(lambda m: seen.append(type(m).__name__))

    assert seen == ["Linear", "ReLU", "Sequential"]


def test_repr_is_a_tree():
    text = repr(nn.Sequential(nn.Linear(4, 3), nn.LeakyReLU(0.2)))

    assert text == "Sequential(  # 15 parameters\n  (0): Linear(4, 3)  # 15\n  (1): LeakyReLU(negative_slope=0.2)\n)"


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1)


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


def test_a_function_in_a_sequential_is_an_error_that_names_its_place():
    with pytest.raises(TypeError, match="argument 1"):
        nn.Sequential(nn.Linear(2, 2), np.tanh)
