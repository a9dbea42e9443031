import gc
import os
import re
import signal
import sys
import warnings

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import AnomalyError, ShapeError
from autograd.engine import modes
from autograd.engine.modes import RECORD, mode
from optim import evaluation

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 3)).astype(np.float32)
Y = (X @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 0.3).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(np.int64)


def batches(*arrays, size=16):
    return [tuple(a[i : i + size] for a in arrays) for i in range(0, len(arrays[0]), size)]


def linear(lr=0.1, outputs=1, kind=optim.SGD):
    autograd.seed(0)
    model = nn.Linear(3, outputs)
    return model, kind(model.parameters(), lr=lr)


def fit(model, optimizer, epochs=3, data=None, loss=None, **options):
    options = {"progress": False, **options}
    return optim.fit(model, data or batches(X, Y), loss or nn.MSELoss(), optimizer, epochs, **options)


def test_a_few_epochs_find_the_line():
    model, optimizer = linear()
    history = fit(model, optimizer, 60)

    assert history["loss"][-1] < 1e-4 < history["loss"][0]
    assert history.stopped == "epochs"
    assert not model.training  # ready to be used


def test_the_loop_is_the_one_that_everybody_writes():
    model, optimizer = linear()
    fit(model, optimizer, 2)
    other, by_hand = linear()
    for _ in range(2):
        for x, y in batches(X, Y):
            by_hand.zero_grad()
            nn.functional.mse_loss(other(x), y).backward()
            by_hand.step()

    np.testing.assert_array_equal(model.weight.data, other.weight.data)


def test_the_history_has_loss_metrics_validation_rate_and_time():
    model, optimizer = linear(outputs=2)
    history = fit(
        model, optimizer, 2, batches(X, LABELS), nn.CrossEntropyLoss(),
        validation=batches(X[:10], LABELS[:10], size=4), metrics=[optim.metrics.accuracy, optim.metrics.f1],
    )  # fmt: skip

    names = ["loss", "accuracy", "f1"]
    assert history.columns == ["epoch", *names, *(f"validation_{n}" for n in names), "lr", "seconds"]
    with autograd.no_grad():
        logits = model(X[:10]).data
    assert history["validation_f1"][-1] == pytest.approx(optim.metrics.f1(logits, LABELS[:10]))
    expected = nn.functional.cross_entropy(autograd.tensor(logits), LABELS[:10]).item()
    assert history["validation_loss"][-1] == pytest.approx(expected)  # of samples: the last batch is smaller


def test_the_mean_of_a_plain_function_is_taken_over_samples():
    def error(output, target):
        return np.abs(output - target).mean()

    model, optimizer = linear()
    history = fit(model, optimizer, 1, validation=batches(X[:10], Y[:10], size=4), metrics=[error])

    assert history["validation_error"] == [pytest.approx(np.abs(model(X[:10]).data - Y[:10]).mean(), rel=1e-5)]


def test_forward_says_what_output_and_target_are():
    autograd.seed(0)
    model = nn.Linear(3, 3)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    history = fit(model, optimizer, 60, [X, X[:7]], forward=lambda model, x: (model(x), x))

    assert history["loss"][-1] < 1e-3


def test_batches_may_be_dicts_where_forward_takes_them_apart():
    model, optimizer = linear()
    data = [{"x": x, "y": y} for x, y in batches(X, Y)]
    fit(model, optimizer, 2, data, forward=lambda model, batch: (model(batch["x"]), batch["y"]))
    other, optimizer = linear()
    fit(other, optimizer, 2)

    np.testing.assert_array_equal(model.weight.data, other.weight.data)


class Mode(nn.Module):
    def __init__(self):
        self.inner, self.seen = nn.Linear(3, 1), []

    def forward(self, x):
        self.seen.append(self.training)
        return self.inner(x)


def test_training_is_in_training_mode_and_validation_is_not():
    model = Mode()
    fit(model, optim.SGD(model.parameters(), lr=0.1), 2, batches(X, Y, size=32), validation=[(X, Y)])

    assert model.seen == [True, True, False] * 2


def test_what_is_kept_in_evaluation_mode_stays_there():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.BatchNorm1d(1))
    model[1].eval()
    before = [model[i].running_mean.data.copy() for i in (1, 3)]
    fit(model, optim.SGD(model.parameters(), lr=0.1), 2, validation=[(X, Y)])

    np.testing.assert_array_equal(model[1].running_mean.data, before[0])
    assert np.any(model[3].running_mean.data != before[1])


def test_gradients_of_parameters_that_are_not_stepped_do_not_pile_up():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    seen = []
    fit(
        model, optim.SGD(model[1].parameters(), lr=0.0), 4, [(X, Y)],
        callback=lambda history: seen.append(np.abs(model[0].weight.grad.data).sum()),
    )  # fmt: skip

    assert seen[1:] == seen[:-1]


# -- schedules, clipping, accumulation ---------------------------------------------------------------


def test_a_schedule_steps_each_epoch_or_each_step():
    model, optimizer = linear(lr=1.0)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    assert fit(model, optimizer, 3, scheduler=schedule)["lr"] == [1.0, 0.5, 0.25]

    model, optimizer = linear(lr=1.0)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    assert fit(model, optimizer, 2, scheduler=schedule, schedule="step")["lr"] == [0.5**4, 0.5**8]


def test_a_plateau_is_judged_by_what_is_monitored():
    model, optimizer = linear(lr=1e-5)  # too little to get better
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.1)

    assert fit(model, optimizer, 4, scheduler=schedule)["lr"] == [1e-5, 1e-5, 1e-5, 5e-6]


def test_a_plateau_by_steps_is_refused():
    model, optimizer = linear()
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.raises(ValueError, match="ReduceLROnPlateau looks at epochs"):
        fit(model, optimizer, scheduler=schedule, schedule="step")


def test_a_plateau_that_looks_the_wrong_way_is_refused():
    model, optimizer = linear(outputs=2)
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.raises(ValueError, match=r"has mode='min', but of accuracy the max is best; make it with mode='max'"):
        fit(
            model, optimizer, 1, batches(X, LABELS), nn.CrossEntropyLoss(), metrics=[optim.metrics.accuracy],
            monitor="accuracy", scheduler=schedule,
        )  # fmt: skip


def test_a_schedule_that_would_end_too_early_is_refused_and_one_too_late_warned_of():
    model, optimizer = linear()
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=12)
    with pytest.raises(ValueError, match="total_steps=12, but 4 epochs step it 16 times; make it with total_steps=16"):
        fit(model, optimizer, 4, scheduler=schedule, schedule="step")
    with pytest.warns(UserWarning, match=r"only 3 times; did you mean schedule='step'\?"):
        fit(model, optimizer, 3, scheduler=schedule)


def test_clipping_limits_the_norm_of_all_gradients_or_each_number():
    model, optimizer = linear(lr=1.0)
    before = model.state_dict()
    fit(model, optimizer, 1, [(X, Y)], clip_norm=1e-3)
    moved = np.concatenate([(before[n] - v).ravel() for n, v in model.state_dict().items()])
    assert np.linalg.norm(moved) == pytest.approx(1e-3, rel=1e-2)

    model, optimizer = linear(lr=1.0)
    fit(model, optimizer, 1, [(X, Y)], clip_value=1e-3)
    moved = np.concatenate([(before[n] - v).ravel() for n, v in model.state_dict().items()])
    np.testing.assert_allclose(np.abs(moved), 1e-3, rtol=1e-2)


@pytest.mark.parametrize("rows", [64, 56, 50])  # the last group is of two whole batches, of one, and of an odd one
def test_accumulated_batches_step_like_one_large_batch(rows):
    model, optimizer = linear()
    history = fit(model, optimizer, 2, batches(X[:rows], Y[:rows], size=8), accumulate=3)
    other, optimizer = linear()
    expected = fit(other, optimizer, 2, batches(X[:rows], Y[:rows], size=24))

    np.testing.assert_allclose(model.weight.data, other.weight.data, rtol=1e-5)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)


def test_lbfgs_is_given_its_closure():
    model, optimizer = linear(lr=1.0, kind=optim.LBFGS)
    history = fit(model, optimizer, 3, [(X, Y)])

    assert history["loss"][-1] < 1e-8


# -- the best epoch, and ends before the end ---------------------------------------------------------


def made_up(values, monkeypatch, **options):
    """A run whose validation gives these losses; the weights it ends with, and those after each epoch."""
    model, optimizer = linear()
    weights, losses = [], iter(values)

    def loss(output, target):
        value = nn.functional.mse_loss(output, target)
        return value if model.training else value * 0.0 + next(losses)

    def callback(history):
        weights.append(model.weight.data.copy())
        if options.get("interrupt") == len(history):
            raise KeyboardInterrupt

    given = {k: v for k, v in options.items() if k != "interrupt"}
    history = fit(model, optimizer, len(values), loss=loss, validation=[(X, Y)], callback=callback, **given)
    return history, [int(np.array_equal(model.weight.data, w)) for w in weights]


def test_without_progress_training_ends_and_the_best_weights_come_back(monkeypatch):
    history, same = made_up([3.0, 1.0, 2.0, 1.5, 0.5], monkeypatch, patience=2)

    assert history["validation_loss"] == [3.0, 1.0, 2.0, 1.5]
    assert history.stopped == "patience"
    assert same == [0, 1, 0, 0]


def test_progress_within_patience_goes_on_to_the_end(monkeypatch):
    history, same = made_up([3.0, 1.0, 2.0, 0.5, 0.7], monkeypatch, patience=2)

    assert history.stopped == "epochs"
    assert same == [0, 0, 0, 1, 0]


def test_without_patience_the_last_weights_stay(monkeypatch):
    assert made_up([1.0, 2.0, 3.0], monkeypatch)[1] == [0, 0, 1]


def test_the_best_weights_come_back_when_asked_for_or_not(monkeypatch):
    assert made_up([2.0, 1.0, 3.0], monkeypatch, restore_best=True)[1] == [0, 1, 0]
    assert made_up([2.0, 1.0, 3.0], monkeypatch, patience=3, restore_best=False)[1] == [0, 0, 1]
    assert made_up([2.0, 1.0, 3.0], monkeypatch, interrupt=3, restore_best=False)[1] == [0, 0, 1]


def test_a_metric_that_is_no_number_is_never_the_best(monkeypatch):
    numbers = iter([np.nan, 2.0, np.nan, np.nan])

    def number(output, target):
        return next(numbers)

    model, optimizer = linear()
    weights = []
    history = fit(
        model, optimizer, 9, [(X, Y)], metrics=[number], monitor="number", mode="min", patience=2,
        callback=lambda history: weights.append(model.weight.data.copy()),
    )  # fmt: skip

    assert len(history) == 4
    np.testing.assert_array_equal(model.weight.data, weights[1])


def test_ctrl_c_keeps_the_best_so_far(monkeypatch):
    history, same = made_up([3.0, 1.0, 2.0, 0.5], monkeypatch, interrupt=3)

    assert history.stopped == "interrupted"
    assert len(history) == 3
    assert same == [0, 1, 0]


def test_ctrl_c_before_the_first_epoch_is_over_keeps_the_weights():
    def forward(model, x, y):
        raise KeyboardInterrupt

    model, optimizer = linear()
    before = model.weight.data.copy()
    history = fit(model, optimizer, forward=forward)

    assert history.stopped == "interrupted"
    np.testing.assert_array_equal(model.weight.data, before)


def test_a_metric_knows_that_higher_is_better():
    model, optimizer = linear(outputs=2, lr=1e-3)
    weights = []
    history = fit(
        model, optimizer, 12, batches(X, LABELS), nn.CrossEntropyLoss(), metrics=[optim.metrics.accuracy],
        monitor="accuracy", patience=12, callback=lambda history: weights.append(model.weight.data.copy()),
    )  # fmt: skip
    best = int(np.argmax(history["accuracy"]))

    np.testing.assert_array_equal(model.weight.data, weights[best])


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in a terminal: a process that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_lets_the_step_end(tmp_path, ctrl_c):
    model, optimizer = linear()
    pressed = []

    class Step(optim.SGD):
        def update(self, data, grad, *rest):
            if not pressed:
                pressed.append(os.kill(os.getpid(), signal.SIGINT))
            super().update(data, grad, *rest)

    optimizer = Step(model.parameters(), lr=0.1)
    before = model.state_dict()
    history = fit(model, optimizer, 3, checkpoint=tmp_path / "run")

    assert history.stopped == "interrupted"
    assert all(np.any(before[name] != value) for name, value in model.state_dict().items())  # bias and weight
    assert optim.load_checkpoint(tmp_path / "run")["step"] == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# -- a loss that is no number --------------------------------------------------------------------------


def test_an_average_of_the_weights_is_what_is_judged_and_gets_the_best_back():
    model, optimizer = linear(lr=0.3)
    average = optim.swa_utils.AveragedModel(model, optim.swa_utils.get_ema_avg_fn(0.5))
    seen, own = [], []

    def callback(history):
        seen.append(average.module.weight.data.copy())
        own.append(model.weight.data.copy())

    history = fit(
        model, optimizer, 6, validation=[(X, Y)], average=average, patience=6, callback=callback,
        monitor="validation_loss", mode="max",  # the worst, so that it is not the last
    )  # fmt: skip

    np.testing.assert_array_equal(average.module.weight.data, seen[int(np.argmax(history["validation_loss"]))])
    np.testing.assert_array_equal(model.weight.data, own[-1])
    with autograd.no_grad():
        assert history["validation_loss"][0] == pytest.approx(np.mean((average(X).data - Y) ** 2), rel=1e-5)


class Log(nn.Module):
    def forward(self, x):
        return autograd.log(x)


def net():
    autograd.seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Dropout(0.5), Log()), nn.Linear(4, 1))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_names_the_epoch_the_step_and_the_first_bad_layer():
    model = net()
    with pytest.raises(AnomalyError) as caught:
        fit(model, optim.SGD(model.parameters(), lr=0.1))

    words = "the loss is nan in epoch 1, step 1: layer '1.1' (Log) gave an output of shape (16, 4) that holds "
    assert words in str(caught.value)
    assert "from finite inputs" in str(caught.value)


@pytest.mark.parametrize("seed", range(6))
def test_the_layer_is_found_with_the_dropout_of_the_bad_batch(seed):
    class ZeroIsBad(nn.Module):
        def forward(self, x):
            return x + np.where(x.data == 0.0, np.nan, 0.0)

    autograd.seed(seed)
    model = nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.1), ZeroIsBad())
    with pytest.raises(AnomalyError, match=r"layer '2' \(ZeroIsBad\)"):
        fit(model, optim.SGD(model.parameters(), lr=0.1), 9, batches(X[:8], Y[:8], size=1), accumulate=8)


def test_weights_that_are_no_numbers_are_neither_returned_nor_kept(tmp_path):
    model, optimizer = linear()
    steps = []

    def loss(output, target):
        steps.append(1)
        bad = autograd.sqrt(output * 0.0).sum() if len(steps) == 8 else 0.0  # its slope is nan, its value 0
        return nn.functional.mse_loss(output, target) + bad

    options = {"loss": loss, "checkpoint": tmp_path / "run", "checkpoint_every": 1}
    words = r"after epoch 2, step 8, the parameter weight \(1, 3\) holds nan"
    with np.errstate(all="ignore"), pytest.raises(AnomalyError, match=words) as caught:
        fit(model, optimizer, 2, **options)

    assert optim.load_checkpoint(tmp_path / "run")["step"] == 7
    assert "best epoch again, 1" in caught.value.__notes__[0]
    assert np.isfinite(model.weight.data).all()


def test_nan_in_validation_names_the_batch_and_brings_the_best_weights_back():
    model, optimizer = linear()
    weights, bad = [], X.copy()

    def spoil(history):
        weights.append(model.weight.data.copy())
        bad[3, 0] = np.nan if len(history) == 2 else 0.0

    words = r"the loss in validation is nan after epoch 3, step 12: batch\[0\] holds nan at \(3, 0\); mend the data"
    with pytest.raises(AnomalyError, match=words):
        fit(model, optimizer, 4, validation=[(bad, Y)], callback=spoil)

    np.testing.assert_array_equal(model.weight.data, weights[1])


def test_nan_in_the_data_names_the_batch_and_the_place():
    model, optimizer = linear()
    bad = X.copy()
    bad[20, 1] = np.nan
    with pytest.raises(AnomalyError, match=r"epoch 1, step 2: batch\[0\] holds nan at \(4, 1\); mend the data"):
        fit(model, optimizer, data=batches(bad, Y))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_weights_that_an_update_blew_up_are_named():
    model, optimizer = linear(lr=3e38)
    words = r"the loss is nan in epoch 1, step \d: the parameter weight \(1, 3\) holds .* since an earlier update"
    with pytest.raises(AnomalyError, match=words):
        fit(model, optimizer, 5, loss=lambda output, target: (output * 100.0).mean())


def test_a_loss_function_that_is_not_finite_is_named():
    model, optimizer = linear()
    with pytest.raises(AnomalyError, match=r"all layers' outputs are finite, up to \d\.\d+: it is the loss function"):
        fit(model, optimizer, loss=lambda output, target: nn.functional.mse_loss(output, target) * np.inf)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_gradient_that_is_no_number_is_found_when_clipping():
    model, optimizer = linear()
    before = model.weight.data.copy()
    with pytest.raises(
        AnomalyError, match="norm of the gradients is nan in epoch 1, step 1, though the loss is finite"
    ):
        fit(model, optimizer, clip_norm=1.0, loss=lambda o, t: autograd.sqrt(o * 0.0).mean())

    np.testing.assert_array_equal(model.weight.data, before)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_step_of_a_bad_loss_changes_no_weight():
    model, optimizer = linear()
    before = model.weight.data.copy()
    with pytest.raises(AnomalyError):
        fit(model, optimizer, loss=lambda output, target: nn.functional.mse_loss(output, target) * np.nan)

    np.testing.assert_array_equal(model.weight.data, before)
    assert not model._hooks or not any(model._hooks)


# -- memory, misuse ------------------------------------------------------------------------------------


def test_ten_thousand_steps_hold_memory_flat():
    model, optimizer = linear(lr=1e-3, kind=optim.Adam)
    blocks = []

    def count(history):
        gc.collect()
        blocks.append(sys.getallocatedblocks())  # every array, graph node and number is one, or several

    fit(model, optimizer, 10, batches(X, Y) * 250, callback=count)

    assert optimizer.state[model.weight]["step"] == 10_000
    assert blocks[-1] - blocks[1] < 500  # the rows of the history


def test_evaluate_gives_what_validation_does_and_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    held_out = batches(X[:10], LABELS[:10], size=4)
    metrics, loss = [optim.metrics.accuracy], nn.CrossEntropyLoss()
    history = fit(model, optimizer, 2, batches(X, LABELS), loss, validation=held_out, metrics=metrics)
    model.train()
    before = autograd.get_rng_state()
    found = optim.evaluate(model, held_out, loss, metrics=metrics)

    assert found == {name: history[f"validation_{name}"][-1] for name in ("loss", "accuracy")}
    assert model.training
    assert autograd.get_rng_state() == before


def test_evaluate_counts_the_confusions_of_all_batches():
    model = nn.Linear(3, 2)
    wanted = [optim.metrics.f1, optim.metrics.confusion_matrix]
    found = optim.evaluate(model, batches(X, LABELS), nn.CrossEntropyLoss(), metrics=wanted)

    np.testing.assert_array_equal(found["confusion_matrix"], optim.metrics.confusion_matrix(model(X), LABELS))
    assert found["f1"] == pytest.approx(optim.metrics.f1(model(X), LABELS))


def test_evaluate_leaves_each_module_in_its_mode():
    model = nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.5))
    model[1].eval()
    optim.evaluate(model, [(X, Y)], nn.MSELoss())

    assert (model.training, model[1].training) == (True, False)


class Once:
    """An iterable with a length that can be gone through once."""

    def __init__(self):
        self.rest = iter([(X, Y)])

    def __len__(self):
        return 1

    def __iter__(self):
        return self.rest


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((nn.Linear(3, 1), [], nn.MSELoss()), ValueError, "data holds no batch"),
        ((nn.Linear(3, 1), X, nn.MSELoss()), TypeError, "data is a ndarray"),
        ((nn.Linear(3, 1), nn.data.TensorDataset(X, Y), nn.MSELoss()), TypeError, "TensorDataset, of samples"),
        ((nn.MSELoss(), [(X, Y)], nn.Linear(3, 1)), TypeError, ""),
        ((None, [(X, Y)], nn.MSELoss()), TypeError, "model is a NoneType; it takes a Module"),
        ((nn.Linear(3, 1), [(X, Y)], nn.MSELoss), TypeError, r"loss is the class MSELoss; call it, MSELoss\(\)"),
        ((nn.Linear(3, 1), [(X, Y)], nn.MSELoss(reduction="none")), ShapeError, r"the loss has shape \(64, 1\)"),
    ],
    ids=range(7),
)
def test_misuse_of_evaluate_is_explained(arguments, error, words):
    with pytest.raises(error, match=f"evaluate: .*{words}" if words else None):
        optim.evaluate(*arguments)


def test_batches_that_can_be_gone_through_once_are_found_out():
    data = Once()
    optim.evaluate(nn.Linear(3, 1), data, nn.MSELoss())
    with pytest.raises(ValueError, match="there was no batch; can it be gone through only once"):
        optim.evaluate(nn.Linear(3, 1), data, nn.MSELoss())
    model, optimizer = linear()
    with pytest.raises(ValueError, match="fit: data gave no batch in epoch 2; can it be gone through only once"):
        fit(model, optimizer, 2, Once())


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model": 3}, TypeError, "model is a int; it takes a Module"),
        ({"model": nn.ReLU()}, ValueError, "no parameters to train"),
        ({"model": nn.Linear(3, 1)}, ValueError, "the optimizer steps none of the model's parameters"),
        ({"data": iter([(X, Y)])}, TypeError, "data is a list_iterator; it takes a DataLoader or a list of batches"),
        ({"data": (X, Y)}, TypeError, "data is a tuple"),
        ({"data": X}, TypeError, "data is a ndarray"),
        ({"data": []}, ValueError, "data holds no batch"),
        ({"data": [X]}, ValueError, "a batch of one array has no target; say what it is, such as forward="),
        ({"validation": []}, ValueError, "validation holds no batch"),
        ({"loss": 3.0}, TypeError, "loss is a float; it takes a function"),
        ({"loss": nn.MSELoss(reduction="none")}, ShapeError, r"the loss has shape \(16, 1\); give its mean"),
        ({"optimizer": optim.SGD}, TypeError, "optimizer is the class SGD; it takes one of optim, made before"),
        ({"epochs": 0}, ValueError, "epochs=0 is less than 1"),
        ({"epochs": 1.5}, TypeError, "epochs=1.5 is not an integer"),
        ({"schedule": "batch"}, ValueError, "schedule='batch' is not one of 'epoch', 'step'"),
        ({"accumulate": 0}, ValueError, "accumulate=0"),
        ({"clip_norm": 0.0}, ValueError, "clip_norm=0.0 is not above 0"),
        ({"clip_value": -1}, ValueError, "clip_value=-1 is not above 0"),
        ({"patience": 0}, ValueError, "patience=0"),
        ({"monitor": "accuracy"}, ValueError, "monitor='accuracy' is no column of the history: loss"),
        ({"monitor": "validation_loss"}, ValueError, "no column of the history: loss; there is no validation$"),
        ({"metrics": ["accuracy"]}, TypeError, "not 'accuracy'"),
        ({"metrics": [np.mean], "monitor": "mean"}, ValueError, "is a low or a high mean better"),
        ({"mode": "low", "monitor": "loss"}, ValueError, "mode='low' is not one of"),
        ({"mode": "max"}, ValueError, "mode='max' needs monitor"),
        ({"data": [{"x": X, "y": Y}]}, ValueError, "a batch of a dict has no target; .*forward=lambda model, batch:"),
        ({"checkpoint_every": 0, "checkpoint": "x"}, ValueError, "checkpoint_every=0"),
        ({"checkpoint_every": 5}, ValueError, "checkpoint_every=5 needs checkpoint"),
        ({"restore_best": 1}, TypeError, "restore_best=1 is neither True nor False"),
        ({"progress": 1}, TypeError, "progress=1 is neither True nor False"),
        (
            {"data": nn.data.TensorDataset(X, Y)},
            TypeError,
            r"data is a TensorDataset, of samples; give DataLoader\(it,",
        ),
        ({"data": autograd.tensor(X)}, TypeError, "data is a Tensor"),
        ({"data": {"x": X}}, TypeError, "data is a dict"),
        ({"loss": nn.MSELoss}, TypeError, r"loss is the class MSELoss; call it, MSELoss\(\)"),
        ({"loss": lambda output, target: 3.0}, TypeError, "the loss is a float; a Tensor made of the output"),
        ({"loss": lambda output, target: None}, TypeError, "the loss is a NoneType; it must be a Tensor"),
        ({"scheduler": optim.lr_scheduler.StepLR}, TypeError, "scheduler is the class StepLR"),
        ({"average": optim.swa_utils.AveragedModel(nn.Linear(2, 1))}, ValueError, "average is of another model"),
        ({"checkpoint": True}, TypeError, "checkpoint is a bool; it takes the name of a file"),
        ({"resume": "yes"}, TypeError, "resume='yes' is neither True nor False"),
        ({"average": 3}, TypeError, "average is a int; it takes an AveragedModel"),
        ({"scheduler": 3}, TypeError, "scheduler is a int"),
        ({"callback": 3}, TypeError, "callback is a int"),
        ({"forward": 3}, TypeError, "forward is a int"),
        ({"forward": lambda model, x, y: model(x)}, TypeError, r"forward returns \(output, target\), not a Tensor"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_misuse_is_explained_before_anything_is_trained(change, error, words):
    model, optimizer = linear()
    given = {"model": model, "data": batches(X, Y), "loss": nn.MSELoss(), "optimizer": optimizer, "epochs": 1, **change}
    before = model.state_dict()
    with pytest.raises(error, match=f"^fit: .*{words}"):
        optim.fit(**{"progress": False, **given})

    assert all(np.array_equal(before[name], value) for name, value in model.state_dict().items())


def test_a_schedule_of_another_optimizer_is_refused():
    model, optimizer = linear()
    _, other = linear()
    with pytest.raises(ValueError, match="belongs to another optimizer"):
        fit(model, optimizer, scheduler=optim.lr_scheduler.ExponentialLR(other, 0.5))


@pytest.mark.parametrize(
    ("model", "data", "warned"), [("f4", "f8", 1), ("f8", "f8", 0), ("f4", "f4", 0), ("f8", "f4", 0)]
)
def test_float64_data_for_a_float32_model_are_warned_of_once(model, data, warned):
    linear = nn.Linear(2, 1).to(model)
    batches = [(np.ones((4, 2), data), np.ones((4, 1), np.float32))] * 3
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optim.fit(linear, batches, nn.MSELoss(), optim.SGD(linear.parameters()), 2, progress=False)

    said = [str(w.message) for w in caught]
    assert len(said) == warned
    assert all(re.match(r"fit: batch\[0\] \(4, 2\) is float64, .*x.astype\(np.float32\)", text) for text in said)


def test_float64_data_that_the_forward_pass_makes_float32_are_not_warned_of():
    linear = nn.Linear(2, 1)
    batches = [(np.ones((4, 2)), np.ones((4, 1)))]
    optimizer = optim.SGD(linear.parameters())
    options = {"forward": lambda model, x, y: (model(x.astype(np.float32)), y.astype(np.float32)), "progress": False}

    optim.fit(linear, batches, nn.MSELoss(), optimizer, 1, **options)


def test_an_interrupt_at_any_line_leaves_modes_and_signals_whole_and_the_run_goes_on_to_the_same_end(
    tmp_path, interrupted, ctrl_c, monkeypatch
):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # which takes long
    path = tmp_path / "run"
    autograd.seed(0)
    x = autograd.randn(4, 2).data
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.Linear(2, 1))
    start = model.state_dict()
    data = [(x[:2], x[:2, :1]), (x[2:], x[2:, :1])]

    def train():
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        options = {"checkpoint": path, "checkpoint_every": 1, "validation": data[:1], "progress": False}
        return optim.fit(model, data, nn.MSELoss(), optimizer, 1, restore_best=False, **options)

    def prepare():
        path.unlink(missing_ok=True)
        autograd.seed(1)
        model.load_state_dict(start)
        model.train()

        def act():
            if train().stopped == "interrupted":
                raise KeyboardInterrupt

        return act

    def check():
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert mode.get() == RECORD
        assert len({module.training for module in model.modules()}) == 1
        if not path.exists():
            prepare()
        train()
        assert repr(model.state_dict()) == whole

    prepare()()
    whole = repr(model.state_dict())

    assert interrupted([sys.modules["optim.fit"], evaluation], prepare, check) > 150


def test_an_interrupt_at_any_line_of_evaluate_leaves_modes_whole(interrupted):
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    model[1].eval()
    x = np.ones((2, 2), np.float32)

    def check():
        assert mode.get() == RECORD
        assert [module.training for module in model.modules()] == [True, True, False]

    act = lambda: optim.evaluate(model, [(x, x)] * 2, nn.MSELoss())  # noqa: E731

    assert interrupted([evaluation, modes], lambda: act, check) > 20


def test_an_interrupt_as_the_modes_are_set_in_the_end_leaves_all_in_evaluation_mode():
    class Pressed(nn.Sequential):
        def eval(self):
            raise KeyboardInterrupt

    model = Pressed(nn.Linear(3, 3), nn.Dropout(0.5), nn.Linear(3, 1))
    with pytest.raises(KeyboardInterrupt):
        fit(model, optim.SGD(model.parameters(), lr=0.1), 1)

    assert not any(module.training for module in model.modules())


@pytest.mark.parametrize("presses", [2, 3])
def test_ctrl_c_twice_ends_in_the_middle_of_a_step_and_says_so(ctrl_c, presses):
    class Pressing(optim.SGD):
        def update(self, data, grad, *rest):
            super().update(data, grad, *rest)
            if data.size == 1:
                for _ in range(presses):
                    os.kill(os.getpid(), signal.SIGINT)

    model, optimizer = linear(kind=Pressing)
    with pytest.warns(
        RuntimeWarning, match="fit: Pressing.step ended inside: 1 parameters are stepped, that"
    ) as caught:
        history = fit(model, optimizer)

    assert caught[0].filename == __file__
    assert history.stopped == "interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_in_the_last_callback_is_not_lost(ctrl_c):
    model, optimizer = linear()
    history = fit(model, optimizer, 1, callback=lambda history: os.kill(os.getpid(), signal.SIGINT))

    assert len(history) == 1
    assert history.stopped == "interrupted"


def test_a_compiled_step_trains_to_the_same_bits():
    random = np.random.default_rng(0)
    data, targets = random.normal(size=(50, 3)).astype(np.float32), random.integers(0, 2, 50)
    targets[::7] = -100  # not all of a batch count

    def run(compile):
        autograd.seed(0)
        model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
        loader = nn.data.DataLoader(nn.data.TensorDataset(data, targets), batch_size=16, shuffle=True)
        optimizer = optim.Adam(model.parameters(), lr=0.01)
        schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 3)
        options = {"metrics": [optim.metrics.accuracy], "clip_norm": 1.0, "scheduler": schedule, "progress": False}
        history = optim.fit(model, loader, nn.CrossEntropyLoss(), optimizer, 3, compile=compile, **options)
        return history["loss"], history["accuracy"], [p.data.tobytes() for p in model.parameters()]

    assert run("numpy") == run(False)
    assert np.allclose(run(True)[0], run(False)[0], 1e-3)
    with pytest.raises(ValueError, match=r"backend.*'fortran'"):
        run("fortran")


def test_a_compiled_step_whose_loss_is_not_finite_is_looked_at_and_not_done():
    model = nn.Linear(3, 1)
    batches = [(np.ones((4, 3), np.float32) * scale, np.zeros((4, 1), np.float32)) for scale in (1.0, 1.0, np.nan)]
    optimizer = optim.SGD(model.parameters())

    with pytest.raises(AnomalyError, match="step 3"), np.errstate(all="ignore"):
        optim.fit(model, batches, nn.MSELoss(), optimizer, 1, compile=True, progress=False)
    assert np.isfinite(model.weight.data).all()


@pytest.mark.parametrize("wrong", [{"accumulate": 2}, {"optimizer": optim.LBFGS}])
def test_what_is_no_step_of_one_batch_is_not_compiled(wrong):
    model = nn.Linear(3, 1)
    kind = wrong.pop("optimizer", optim.SGD)
    batch = np.ones((4, 3), np.float32), np.zeros((4, 1), np.float32)

    with pytest.raises(ValueError, match="compile=True makes one program of a step"):
        optim.fit(model, [batch], nn.MSELoss(), kind(model.parameters()), 1, compile=True, progress=False, **wrong)
