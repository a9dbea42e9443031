import copy
import json
import pickle
import tracemalloc

import numpy as np
import pytest

import autograd
import nn
import optim
from optim.swa_utils import SWALR, AveragedModel, get_ema_avg_fn, get_swa_avg_fn, update_bn

from .schedules import LR, half_cosine, line, optimizer_of, path


def model_of(seed=0):
    autograd.seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))


def moves(model, count, seed=0):
    """Sets the parameters to random values `count` times; yields after each, with a copy of them."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        for p in model.parameters():
            p.data = rng.normal(size=p.shape).astype(p.dtype)
        yield [p.data.copy() for p in model.parameters()]


def test_an_averaged_model_is_the_mean_of_what_it_was_shown():
    model = model_of().to(np.float64)
    averaged = AveragedModel(model)
    seen = []
    for values in moves(model, 7):
        averaged.update_parameters(model)
        seen.append(values)
        for p, history in zip(averaged.parameters(), zip(*seen)):
            np.testing.assert_allclose(p.data, np.mean(history, axis=0), atol=1e-14)

    assert averaged.n_averaged == 7


def test_an_exponential_average_forgets_by_its_decay():
    model = model_of().to(np.float64)
    averaged, expected = AveragedModel(model, get_ema_avg_fn(0.8)), None
    for values in moves(model, 7):
        averaged.update_parameters(model)
        expected = values if expected is None else [0.8 * e + 0.2 * v for e, v in zip(expected, values)]
        for p, value in zip(averaged.parameters(), expected):
            np.testing.assert_allclose(p.data, value, rtol=1e-13)


def test_an_average_stays_in_its_dtype_apart_from_the_model_and_out_of_graphs():
    model = model_of()
    averaged = AveragedModel(model)
    for _ in moves(model, 3):
        averaged.update_parameters(model)
    for mine, other in zip(averaged.parameters(), model.parameters()):
        assert mine.dtype == np.float32
        assert mine.is_leaf
        assert not np.shares_memory(mine.data, other.data)
        assert not np.array_equal(mine.data, other.data)


@pytest.mark.parametrize("avg_fn", [get_swa_avg_fn(), get_ema_avg_fn(0.9)], ids=["swa", "ema"])
def test_in_place_and_as_a_function_an_average_is_the_same(avg_fn):
    model = model_of().to(np.float64)
    ours, plain = AveragedModel(model, avg_fn), AveragedModel(model, lambda *arguments: avg_fn(*arguments))
    for _ in moves(model, 6):
        ours.update_parameters(model)
        plain.update_parameters(model)
    for a, b in zip(ours.parameters(), plain.parameters()):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-13, atol=1e-16)


def test_after_the_first_average_updates_allocate_nothing_large():
    model = nn.Linear(500, 500)
    averaged = AveragedModel(model)
    arrays = [p.data for p in averaged.parameters()]
    for _ in range(2):
        averaged.update_parameters(model)
    tracemalloc.start()
    averaged.update_parameters(model)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 20_000  # the weights are 1,000,000 bytes
    assert all(p.data is array for p, array in zip(averaged.parameters(), arrays))


def test_buffers_are_copied_or_averaged():
    model = nn.BatchNorm1d(1).to(np.float64)
    copied, averaged = AveragedModel(model), AveragedModel(model, use_buffers=True)
    for mean in (2.0, 4.0):
        model.running_mean.data = np.array([mean])
        model.num_batches_tracked.data = np.asarray(int(mean))
        copied.update_parameters(model)
        averaged.update_parameters(model)

    assert (copied.module.running_mean.data, averaged.module.running_mean.data) == (4.0, 3.0)
    assert (copied.module.num_batches_tracked.data, averaged.module.num_batches_tracked.data) == (4, 3)
    assert averaged.module.num_batches_tracked.dtype == model.num_batches_tracked.dtype


def test_a_backward_through_weights_that_were_averaged_meanwhile_is_an_error():
    model = nn.Linear(2, 1)
    averaged = AveragedModel(model)
    for _ in range(2):
        averaged.update_parameters(model)
    loss = (averaged.module.weight**2).sum()
    averaged.update_parameters(model)
    with pytest.raises(autograd.GraphError, match="changed"):
        loss.backward()


def test_it_is_used_as_a_model():
    model = model_of()
    averaged = AveragedModel(model).eval()

    assert (averaged.training, model.training) == (False, True)
    assert averaged.train().training
    assert averaged(autograd.ones((2, 3))).shape == (2, 1)
    assert len(list(averaged.parameters())) == len(list(model.parameters()))
    assert "n_averaged=0" in repr(averaged)


def test_its_names_are_those_of_its_state():
    model = model_of()
    averaged = AveragedModel(model)
    names = [name for name, _ in [*averaged.named_parameters(), *averaged.named_buffers()]]

    assert sorted([*names, "n_averaged"]) == sorted(averaged.state_dict())
    assert [name for name, _ in averaged.named_modules()] == ["module", *(f"module.{i}" for i in range(4))]
    assert [module for _, module in averaged.named_modules()] == list(averaged.modules())


@pytest.mark.parametrize("avg_fn", [None, get_ema_avg_fn(0.9)], ids=["swa", "ema"])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))], ids=["deepcopy", "pickle"])
def test_a_copy_goes_on_by_itself(copied, avg_fn):
    model = model_of()
    first = AveragedModel(model, avg_fn)
    for _ in moves(model, 3):
        first.update_parameters(model)
    second = copied(first)
    before = first.state_dict()
    for _ in moves(model, 2, seed=1):
        second.update_parameters(model)
    assert all(np.array_equal(before[name], value) for name, value in first.state_dict().items())
    for _ in moves(model, 2, seed=1):
        first.update_parameters(model)

    for a, b in zip(first.parameters(), second.parameters()):
        np.testing.assert_array_equal(a.data, b.data)
        assert not np.shares_memory(a.data, b.data)


def test_an_average_starts_without_gradients():
    model = nn.Linear(2, 1)
    model(autograd.ones((1, 2))).sum().backward()

    assert [p.grad for p in AveragedModel(model).parameters()] == [None, None]


def test_a_saved_average_goes_on_bit_for_bit_under_pytorchs_names():
    model = model_of()
    whole, first = AveragedModel(model), AveragedModel(model)
    for t, _ in enumerate(moves(model, 6)):
        whole.update_parameters(model)
        if t == 3:
            state = first.state_dict()
            first = AveragedModel(model_of(1))
            first.load_state_dict(state)
        first.update_parameters(model)

    assert first.n_averaged == 6
    assert list(state)[:2] == ["n_averaged", "module.0.weight"]
    for a, b in zip(whole.parameters(), first.parameters()):
        np.testing.assert_array_equal(a.data, b.data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: None, "takes what state_dict"),
        (lambda state: {k: v for k, v in state.items() if k != "n_averaged"}, "n_averaged"),
        (lambda state: {**state, "n_averaged": np.array(-1)}, "is no count"),
        (lambda state: {**state, "n_averaged": 1.5}, "is no count"),
        (lambda state: {**state, "weight": np.ones(2)}, "weight does not begin with 'module.'"),
        (lambda state: {**state, "n_averaged": 9, "module.weight": np.ones(3)}, "shape"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, words):
    averaged = AveragedModel(nn.Linear(2, 1))
    before = averaged.state_dict()
    with pytest.raises(autograd.WeightsError, match=words):
        averaged.load_state_dict(change(before))
    for name, value in averaged.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: AveragedModel(3), TypeError, r"AveragedModel\(int\): a model with parameters"),
        (lambda: AveragedModel(nn.Linear(2, 1), 0.9), TypeError, "avg_fn=0.9 is no function; see get_ema_avg_fn"),
        (lambda: AveragedModel(nn.Linear(2, 1), use_buffers=1), TypeError, "use_buffers=1 is neither True nor False"),
        (
            lambda: AveragedModel(nn.Linear(2, 1)).update_parameters(nn.Linear(3, 1)),
            autograd.ShapeError,
            r"another model, of \[\(1, 3\), \(1,\)\], where \[\(1, 2\), \(1,\)\] are averaged",
        ),
        (
            lambda: AveragedModel(nn.Linear(2, 1), get_ema_avg_fn),
            TypeError,
            r"avg_fn\(averaged, current, num_averaged\) failed: .* are called: avg_fn=get_ema_avg_fn\(\)",
        ),
        (lambda: AveragedModel(nn.Linear(2, 1), lambda a, b: a), TypeError, "num_averaged.* takes 2 positional"),
        (
            lambda: AveragedModel(nn.Linear(2, 1), lambda a, b, n: None),
            TypeError,
            "an array of numbers, not array.None",
        ),
        (
            lambda: update_bn(nn.Linear(2, 1), []),
            TypeError,
            r"update_bn\(Linear, list\): first the loader, then a model",
        ),
        (lambda: get_ema_avg_fn(1.5), ValueError, "decay=1.5 is not between 0 and 1"),
    ],
)
def test_an_error_says_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_an_average_of_another_shape_changes_nothing():
    model = nn.Linear(2, 1)
    averaged = AveragedModel(model, lambda a, b, n: b if a.shape == (1, 2) else np.ones(7))
    averaged.update_parameters(model)
    before = averaged.state_dict()
    model.weight.data = np.ones((1, 2))
    with pytest.raises(autograd.ShapeError, match=r"avg_fn made \(7,\) of an average of \(1,\)"):
        averaged.update_parameters(model)
    for name, value in averaged.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


# batch norm


def batches(count=4):
    rng = np.random.default_rng(0)
    return [autograd.tensor(rng.normal(3.0, 2.0, size=(6, 2))) for _ in range(count)]


def test_update_bn_takes_the_mean_over_the_batches():
    model = nn.Sequential(nn.BatchNorm1d(2, momentum=0.3)).to(np.float64)
    model(batches()[0])
    update_bn([batches()[0], (batches()[1], "label"), [batches()[2]]], model)

    data = [b.data for b in batches()[:3]]
    np.testing.assert_allclose(model[0].running_mean.data, np.mean([d.mean(0) for d in data], 0))
    np.testing.assert_allclose(model[0].running_var.data, np.mean([d.var(0, ddof=1) for d in data], 0))
    assert (model[0].num_batches_tracked.data, model[0].momentum) == (3, 0.3)


def test_update_bn_mends_statistics_that_were_nan():
    model = nn.BatchNorm1d(2)
    model.running_mean.data = model.running_var.data = np.full(2, np.nan, np.float32)
    update_bn(batches(2), model)

    assert np.isfinite([model.running_mean.data, model.running_var.data]).all()


def test_update_bn_leaves_modes_and_instance_norm_alone():
    model = nn.Sequential(nn.InstanceNorm2d(2, track_running_stats=True), nn.BatchNorm2d(2), nn.Dropout()).eval()
    model[0].train()
    model[0].running_mean.data = np.full(2, 5.0, np.float32)
    update_bn([autograd.randn(3, 2, 4, 4)], model)

    assert [module.training for module in model.modules()] == [False, True, False, False]
    assert model[0].running_mean.data.min() > 4
    assert model[0].momentum == 0.1


def test_update_bn_of_a_model_without_batch_norm_does_nothing():
    def never():
        raise AssertionError("the loader was read")
        yield

    update_bn(never(), nn.Linear(2, 2))
    update_bn(never(), nn.BatchNorm1d(2, track_running_stats=False))


@pytest.mark.parametrize(
    ("loader", "error"),
    [([], ValueError), ([batches()[0], autograd.ones((3, 5))], autograd.ShapeError)],
    ids=["empty", "broken"],
)
def test_after_an_error_of_update_bn_the_model_is_as_it_was(loader, error):
    model = nn.BatchNorm1d(2).eval()
    model.running_mean.data = np.array([1.0, 2.0], np.float32)
    before = model.state_dict()
    with pytest.raises(error):
        update_bn(loader, model)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert (model.training, model.momentum) == (False, 0.1)


# the rate


@pytest.mark.parametrize(("strategy", "between"), [("cos", half_cosine), ("linear", line)])
@pytest.mark.parametrize("epochs", [0, 1, 25])
def test_swalr_is_its_formula(strategy, between, epochs):
    optimizer = optimizer_of()
    rates = path(optimizer, SWALR(optimizer, [0.01, 0.2], epochs, strategy), 40)[:, :, 0]
    share = np.minimum(np.arange(41) / epochs, 1) if epochs else np.ones(41)
    expected = np.stack([between(lr, swa, share) for lr, swa in zip(LR, (0.01, 0.2))], axis=1)

    np.testing.assert_allclose(rates, expected, rtol=1e-9)


def test_swalr_resumed_by_last_epoch_goes_on():
    optimizer = optimizer_of()
    schedule = SWALR(optimizer, 0.01, 20)
    whole = path(optimizer, schedule, 30)
    optimizer = optimizer_of()
    path(optimizer, SWALR(optimizer, 0.01, 20), 8)
    resumed = SWALR(optimizer, 0.01, 20, last_epoch=7)

    np.testing.assert_array_equal(path(optimizer, resumed, 22), whole[8:])


def test_training_with_averages_and_schedules_on_real_weights():
    autograd.seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 0.3 * rng.normal(size=(64, 1)).astype(np.float32)
    model = nn.Linear(3, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.3)
    averaged, schedule = AveragedModel(model), SWALR(optimizer, 0.2, 5)
    distances = []
    best = np.linalg.lstsq(np.c_[x, np.ones(64)], y, rcond=None)[0].ravel()
    for t in range(300):
        batch = rng.permutation(64)[:4]
        optimizer.zero_grad()
        ((model(autograd.tensor(x[batch])) - y[batch]) ** 2).mean().backward()
        optimizer.step()
        schedule.step()
        if t >= 50:
            averaged.update_parameters(model)
            distances.append(np.linalg.norm(np.r_[model.weight.data.ravel(), model.bias.data] - best))

    last = np.r_[averaged.module.weight.data.ravel(), averaged.module.bias.data] - best
    assert np.linalg.norm(last) < 0.5 * np.mean(distances)  # the noise of single steps averages out
    assert json.loads(json.dumps(schedule.state_dict())) == schedule.state_dict()
