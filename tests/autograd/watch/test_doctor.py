"""The doctor leaves everything as it was, says what is wrong with its arguments, and is silent near each threshold."""

import random
import warnings

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from autograd.watch import signs

rng = np.random.default_rng(0)
X = rng.normal(size=(32, 16)).astype(np.float32)
Y = rng.integers(0, 10, 32)


def classes(model, x, y):
    return nn.functional.cross_entropy(model(x), y)


def errors(model, x, y):
    return nn.functional.mse_loss(model(x), y)


def kinds(model, loss_fn=classes, batch=(X, Y)):
    return [found.kind for found in ag.doctor(model, loss_fn, batch)]


def mlp(width=32):
    return nn.Sequential(nn.Linear(16, width), nn.ReLU(), nn.Linear(width, 10))


# -- as it was -----------------------------------------------------------------------------------------


def test_gradients_buffers_modes_and_random_numbers_are_as_they_were():
    model = nn.Sequential(nn.Linear(16, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 10))
    classes(model, X, Y).backward()
    model[3].bias.grad = None
    before = {name: (p.grad is None or p.grad.data.copy()) for name, p in model.named_parameters()}
    buffers = {name: np.array(b.data) for name, b in model.named_buffers()}
    states = ag.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    ag.doctor(model, classes, (X, Y))

    for name, p in model.named_parameters():
        assert np.array_equal(before[name], p.grad is None or p.grad.data), name
    for name, b in model.named_buffers():
        assert np.array_equal(buffers[name], b.data), name
    assert ag.get_rng_state() == states[0]
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]
    assert all(m.training for m in model.modules())


def test_a_buffer_that_is_written_in_place_is_as_it_was():
    class Counted(nn.Module):
        def __init__(self):
            self.last, self.count = nn.Linear(16, 10), nn.Buffer(np.zeros(1))

        def forward(self, x):
            self.count.data[:] += 1.0
            return self.last(x)

    model = Counted()
    ag.doctor(model, classes, (X, Y))

    assert model.count.tolist() == [0.0]


@pytest.mark.parametrize("when", ["forward", "after"])
def test_an_error_of_the_loss_function_is_passed_on_and_all_is_as_it_was(when):
    model = nn.Sequential(nn.Linear(16, 8), nn.BatchNorm1d(8))
    means = np.array(model[1].running_mean.data)

    def broken(model, x):
        model(x)
        if when == "forward":
            raise KeyError(when)
        return model(x)  # no number

    with pytest.raises(KeyError if when == "forward" else ag.ShapeError):
        ag.doctor(model, broken, (X,))
    assert np.array_equal(model[1].running_mean.data, means)
    assert all(p.grad is None for p in model.parameters())


def test_warnings_of_others_are_passed_on():
    def loss_fn(model, x, y):
        warnings.warn("mine", UserWarning, stacklevel=1)
        return classes(model, x, y)

    with pytest.warns(UserWarning, match="mine"):
        assert kinds(mlp(), loss_fn) == []


# -- what it is given ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((3, classes, (X, Y)), TypeError, "doctor: parameters are a model or Tensors, not 3"),
        ((nn.ReLU(), classes, (X, Y)), TypeError, "ReLU has no parameters that ask for a gradient"),
        ((mlp(), classes, X), TypeError, r"batch is a ndarray; give what loss_fn takes after the model, \(x, y\)"),
        ((mlp(), lambda m, x, y: 3.0, (X, Y)), TypeError, "loss_fn gave a float, not a Tensor"),
        ((mlp(), lambda m, x, y: m(x), (X, Y)), ag.ShapeError, "doctor: backward of an output of shape"),
    ],
)
def test_what_is_no_model_batch_or_loss_is_an_error(arguments, error, says):
    with pytest.raises(error, match=says):
        ag.doctor(*arguments)


def test_the_report_reads_like_one():
    report = ag.doctor(mlp(), classes, (X, Y))

    assert not report
    assert str(report).startswith("doctor: no findings (loss 2.")
    assert str(report).endswith(" 4 calls, 4 parameters)")


def test_a_nan_in_the_step_is_a_finding():
    report = ag.doctor(mlp(), classes, (np.where(X > 2, np.nan, X), Y))

    assert [f.kind for f in report] == ["nan from outside"]
    assert report[0].module == "0 (Linear)"


def test_a_loss_without_any_graph_is_a_finding():
    assert kinds(mlp(), lambda m, x, y: classes(m, x, y).detach()) == ["cut graph"]


def test_a_forward_pass_under_no_grad_is_a_finding():
    def frozen(model, x, y):
        with ag.no_grad():
            hidden = ag.relu(model[0](x))
        return nn.functional.cross_entropy(model[2](hidden), y)

    (found,) = ag.doctor(mlp(), frozen, (X, Y))
    assert (found.kind, found.op, found.number) == ("cut graph", "linear", 2)
    assert "no_grad" in found.mend


def test_a_common_mistake_is_a_finding():
    def pairs(model, x, y):
        return ((model(x) - y) ** 2).mean()

    (found,) = ag.doctor(nn.Linear(16, 1), pairs, (X, X[:, 0]))
    assert found.kind == "mistake"
    assert "32 x 32 differences" in found.what


def test_what_is_frozen_is_not_asked_for():
    model = mlp()
    model[0].weight.requires_grad = model[0].bias.requires_grad = False

    assert kinds(model) == []


# -- each threshold, with a healthy network on this side and a sick one beyond --------------------------


@pytest.mark.parametrize(("dead", "found"), [(15, []), (17, ["dead units"])])
def test_half_of_the_units_may_be_dead(dead, found):
    model = mlp()
    model[0].bias.data[:] = 1.0
    model[0].bias.data[:dead] = -20.0
    assert signs.DEAD == 0.5

    assert kinds(model) == found


@pytest.mark.parametrize(("scale", "found"), [(3.0, []), (20.0, ["saturated activation"])])
def test_half_of_the_elements_may_be_saturated(scale, found):
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 10))

    assert kinds(model, batch=(X * scale, Y)) == found


@pytest.mark.parametrize(("layers", "found"), [(15, []), (30, ["vanishing gradient"])])
def test_a_chain_may_shrink_by_1e5(layers, found):
    parts = [layer for _ in range(layers) for layer in (nn.Linear(32, 32), nn.Tanh())]
    model = nn.Sequential(nn.Linear(16, 32), *parts, nn.Linear(32, 10))

    assert kinds(model) == found


def test_the_layer_where_a_chain_breaks_is_named():
    model = nn.Sequential(*[nn.Linear(16, 16) for _ in range(8)], nn.Linear(16, 10))
    for p in model.parameters():
        p.data = p.data * (1.7 if p.ndim > 1 else 0.0)
    model[4].weight.data[:] = 1e-7 * rng.normal(size=(16, 16))

    found = {f.kind: f.module for f in ag.doctor(model, classes, (X, Y))}
    assert found["vanishing gradient"] == found["wrong scale of weights"] == "4 (Linear)"


@pytest.mark.parametrize("draw", [nn.init.kaiming_normal_, nn.init.orthogonal_, nn.init.xavier_uniform_])
def test_usual_weights_have_no_wrong_scale(draw):
    model = mlp(256)
    for layer in (model[0], model[2]):
        draw(layer.weight)

    assert kinds(model) == []


def test_a_deep_gpt_of_little_width_has_small_weights_and_is_well():
    model = nn.models.GPT(20, 8, width=32, heads=2, layers=12)
    tokens = rng.integers(0, 20, (4, 8))

    assert kinds(model, lambda m, x: ag.cross_entropy(m(x).reshape(-1, 20), x.ravel()), (tokens,)) == []


@pytest.mark.parametrize(("scale", "found"), [(4.0, []), (40.0, ["loss above chance"])])
def test_the_first_loss_may_be_twice_that_of_a_guess(scale, found):
    assert kinds(mlp(), lambda m, x, y: nn.functional.cross_entropy(m(x) * scale, y)) == found


@pytest.mark.parametrize(("mean", "found"), [(3.0, []), (200.0, ["loss above chance"])])
def test_the_targets_may_lie_a_little_off_0(mean, found):
    targets = (X[:, :1] + mean).astype(np.float32)

    assert kinds(nn.Linear(16, 1), errors, (X, targets)) == found


def test_a_last_layer_of_zeros_is_well():
    model = mlp()
    model[2].weight.data[:] = 0.0
    model[2].bias.data[:] = 0.0

    assert "equal units" not in kinds(model)


def test_a_float64_model_on_float64_data_is_well():
    assert kinds(mlp().to(np.float64), batch=(X.astype(np.float64), Y)) == []


def test_a_bias_before_batch_norm_is_harmless():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 10))
    report = ag.doctor(model, classes, (X.reshape(32, 1, 4, 4), Y))

    assert not report
    assert [f.kind for f in report.asides] == ["bias before batch norm"]


def test_a_layer_without_bias_before_batch_norm_is_not_mentioned():
    model = nn.Sequential(nn.Linear(16, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 10))

    assert not ag.doctor(model, classes, (X, Y)).asides


def test_sigmoid_twice_is_found():
    model = nn.Sequential(nn.Linear(16, 1), nn.Sigmoid())
    score = nn.functional.binary_cross_entropy_with_logits

    assert "sigmoid twice" in kinds(model, lambda m, x: score(m(x), np.ones((32, 1), np.float32)), (X,))


def test_a_parameter_that_is_multiplied_by_0_is_found():
    scale = Tensor([2.0, 3.0], requires_grad=True, name="scale")
    (found,) = ag.doctor(scale, lambda s, x: (s * x).sum(), (np.zeros(2, np.float32),))

    assert (found.kind, found.op, found.number) == ("gradient of 0", "multiply", 1)
