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

    assert seen == ["ReLU", "Linear", "Sequential"]


def test_repr_is_a_tree():
    text = repr(nn.Sequential(nn.Linear(4, 3), nn.LeakyReLU(0.2)))

    assert text == "Sequential(  # 15 parameters\n  (0): Linear(4, 3)  # 15\n  (1): LeakyReLU(negative_slope=0.2)\n)"


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1)


def test_losses_are_their_functions():
    x, y = autograd.tensor([[1.0, 2.0]]), autograd.tensor([[1.0, 4.0]])

    assert nn.MSELoss("sum")(x, y) == 4.0
    assert nn.CrossEntropyLoss()(x, np.array([1])) == autograd.cross_entropy(x, np.array([1]))
    with pytest.raises(ValueError, match="reduction"):
        nn.MSELoss("median")(x, y)


def test_a_function_in_a_sequential_is_an_error_that_names_its_place():
    with pytest.raises(TypeError, match="argument 1"):
        nn.Sequential(nn.Linear(2, 2), np.tanh)
