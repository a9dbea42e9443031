"""Weights whose norm is learned apart, or held at 1: in PyTorch's way and with its names."""

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
from autograd import ShapeError, Tensor
from nn.utils import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm

MAKERS = [
    (lambda space: space.Linear(4, 3), (5, 4)),
    (lambda space: space.Conv2d(2, 3, 2), (2, 2, 4, 4)),
    (lambda space: space.ConvTranspose2d(2, 3, 2), (2, 2, 3, 3)),
]
SETTINGS = [
    ("weight_norm", {}),
    ("weight_norm", {"dim": None}),
    ("weight_norm", {"dim": 1}),
    ("spectral_norm", {}),
    ("spectral_norm", {"n_power_iterations": 3, "dim": 1}),
    ("spectral_norm", {"name": "weight", "eps": 1e-3}),
]


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated")
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("name", "options"), SETTINGS)
@pytest.mark.parametrize(("make", "shape"), MAKERS)
def test_it_equals_pytorch(make, shape, name, options, training):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn.utils, name)(make(torch.nn).double(), **options).train(training)
    ours = getattr(nn.utils, name)(make(nn).double(), **options).train(training)
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=shape)
    for _ in range(2):
        y, expected = ours(Tensor(x)), theirs(torch.tensor(x))
    (y**2).sum().backward()
    (expected**2).sum().backward()

    np.testing.assert_allclose(y.data, expected.detach().numpy(), atol=1e-12)
    parameters, buffers = dict(theirs.named_parameters()), dict(theirs.named_buffers())
    for part, value in ours.named_parameters():
        np.testing.assert_allclose(
            value.grad, parameters[part].grad.numpy(), atol=1e-12 * (1 + np.abs(value.grad.data).max())
        )
    for part, value in ours.named_buffers():
        np.testing.assert_allclose(value, buffers[part].numpy(), atol=1e-12)


@pytest.mark.parametrize(("norm", "remove"), [(weight_norm, remove_weight_norm), (spectral_norm, remove_spectral_norm)])
def test_removing_leaves_the_present_weight_as_a_parameter(norm, remove):
    layer, x = norm(nn.Linear(4, 3)), np.ones((2, 4), np.float32)
    layer(x)
    y = layer.eval()(x)
    assert remove(layer.train()) is layer
    assert layer.training

    np.testing.assert_allclose(layer(x).data, y.data, rtol=1e-6)
    assert sorted(layer.state_dict()) == ["bias", "weight"]
    assert layer.weight.is_leaf
    with pytest.raises(ValueError, match=r"Linear has no .* of 'weight'"):
        remove(layer)


@pytest.mark.parametrize("norm", [weight_norm, spectral_norm])
def test_a_model_can_be_copied_saved_summed_up_and_called_with_other_parameters(norm):
    model, x = nn.Sequential(norm(nn.Linear(4, 3)), nn.ReLU()), np.ones((2, 4), np.float32)
    model(x).sum().backward()
    model.eval()

    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other(x).data, model(x).data)
        other.load_state_dict({name: value * 2 for name, value in other.state_dict().items()})
        assert not np.array_equal(other(x).data, model(x).data)
    state = {name: Tensor(value * 2) for name, value in model.state_dict().items()}
    other.load_state_dict(state)
    np.testing.assert_array_equal(nn.functional_call(model, state, x).data, other(x).data)
    assert "Linear" in str(nn.summary(model, x))


@pytest.mark.parametrize("norm", [weight_norm, spectral_norm])
def test_a_checkpointed_call_has_the_gradients_of_a_plain_one_and_iterates_once(norm):
    layer = norm(nn.Linear(4, 3))
    plain = copy.deepcopy(layer)
    x, other = (Tensor(np.random.default_rng(0).normal(size=(2, 4)), requires_grad=True) for _ in range(2))
    (autograd.checkpoint(layer)(x) ** 3).sum().backward()
    (plain(other) ** 3).sum().backward()

    np.testing.assert_array_equal(x.grad, other.grad)
    for mine, its in zip(layer.parameters(), plain.parameters(), strict=True):
        np.testing.assert_array_equal(mine.grad, its.grad)
    for mine, its in zip(layer.buffers(), plain.buffers(), strict=True):
        np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: weight_norm(nn.Linear(2, 1), "wait"), TypeError, "weight_norm: Linear has no Parameter 'wait'"),
        (lambda: weight_norm(weight_norm(nn.Linear(2, 1))), TypeError, "Linear has no Parameter 'weight'"),
        (lambda: weight_norm(nn.Linear(2, 1), dim=-1), ValueError, "weight_norm: dim=-1 is less than 0"),
        (lambda: weight_norm(nn.Linear(2, 1), dim=2), ShapeError, "dim=2 is not an axis"),
        (lambda: spectral_norm(nn.Linear(2, 1), n_power_iterations=0), ValueError, "n_power_iterations=0 is less"),
        (lambda: spectral_norm(nn.Linear(2, 1), eps=0), ValueError, "eps=0 is not above 0"),
    ],
)
def test_what_cannot_be_normalised_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        call()
