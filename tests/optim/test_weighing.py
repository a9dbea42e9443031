"""The loss over the data, and the gradient of accumulated batches, do not depend on how the data are cut."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
import optim
from autograd import Tensor
from nn import functional as F
from optim.weighing import Counting

RNG = np.random.default_rng(0)
ROWS, TIME, CLASSES = 12, 5, 3
X = RNG.normal(size=(ROWS, TIME, 4))
LABELS = RNG.integers(0, CLASSES, (ROWS, TIME))
LABELS[RNG.random((ROWS, TIME)) < 0.4] = -100
LABELS[:3] = -100  # a batch in which nothing counts
NUMBERS = RNG.normal(size=(ROWS, TIME, CLASSES))
MASK = RNG.random((ROWS, TIME, CLASSES)) < 0.5
MASK[0, 0, 0] = True
WEIGHT = np.array([1.0, 5.0, 0.5])


def flat(loss):
    return lambda o, t: loss(o.reshape(-1, CLASSES), t.reshape(-1))


def by_hand(o, t):
    kept = t[..., 0] >= 0
    losses = -(autograd.log_softmax(o, -1) * (t == np.arange(CLASSES))).sum(-1)
    return (losses * kept).sum() / kept.sum()


W = Tensor(np.ones(3), requires_grad=True)
MASKED = np.where(MASK, NUMBERS, np.nan)
LOSSES = {
    "cross-entropy": (flat(nn.CrossEntropyLoss()), LABELS),
    "its keywords": (flat(lambda o, t: autograd.cross_entropy(o, t, ignore_index=1)), np.where(LABELS < 0, 0, LABELS)),
    "class weights": (flat(nn.CrossEntropyLoss(weight=WEIGHT, label_smoothing=0.1)), LABELS),
    "nll": (flat(lambda o, t: F.nll_loss(autograd.log_softmax(o, -1), t, weight=WEIGHT)), LABELS),
    "half of it": (flat(lambda o, t: 0.5 * F.cross_entropy(o, t) / 3.0), LABELS),
    "with penalties": (flat(lambda o, t: F.cross_entropy(o, t) + 1e-2 * (W * W).sum() + 1e-2 * (W * W).mean()), LABELS),
    "a mean of it": (flat(lambda o, t: F.cross_entropy(o, t).mean()), LABELS),
    "in bits": (flat(lambda o, t: -(-F.cross_entropy(o, t)).astype(np.float64).reshape(()) / np.log(2.0)), LABELS),
    "a mask by hand": (by_hand, LABELS[..., None]),
    "a quotient of means": (
        lambda o, t: ((o - np.nan_to_num(t)) ** 2 * ~np.isnan(t)).mean() / autograd.mean(Tensor(1.0 * ~np.isnan(t))),
        MASKED,
    ),
    "weighted elements": (lambda o, t: F.mse_loss(o, np.nan_to_num(t), weight=np.isfinite(t) + 0.5), MASKED),
    "squares": (nn.MSELoss(), NUMBERS),
    "squares by hand": (lambda o, t: ((o - t) ** 2).mean(), NUMBERS),
    "rows of sums": (lambda o, t: ((o - t) ** 2).sum((1, 2)).mean(), NUMBERS),
    "unreduced squares": (lambda o, t: F.mse_loss(o, t, "none").mean(), NUMBERS),
    "unreduced cross-entropy": (
        flat(lambda o, t: F.cross_entropy(o, t, reduction="none").sum() / (t >= 0).sum()),
        LABELS,
    ),
    "rows of means": (lambda o, t: ((o - t) ** 2).mean((1, 2)).mean(), NUMBERS),
    "means of columns": (lambda o, t: ((o - t) ** 2).mean(axis=0).mean(), NUMBERS),
    "sums of columns": (lambda o, t: ((o - t) ** 2).mean(axis=-3).sum(), NUMBERS),
    "sums of sums": (lambda o, t: abs(o - t).sum(0).sum(-1).mean(), NUMBERS),
    "a sum over rows": (lambda o, t: abs(o - t).sum() / len(t), NUMBERS),
    "huber": (nn.HuberLoss(), NUMBERS),
    "batchmean": (lambda o, t: F.kl_div(autograd.log_softmax(o, -1), np.exp(t), "batchmean"), NUMBERS),
    "summed squares": (nn.MSELoss("sum"), NUMBERS),
    "summed": (flat(nn.CrossEntropyLoss(reduction="sum")), LABELS),
    "two sums": (lambda o, t: abs(o - t).sum() + F.mse_loss(o, t, "sum"), NUMBERS),
}
EVERY = pytest.mark.parametrize(("loss", "target"), LOSSES.values(), ids=LOSSES)


def cut(x, y, ends):
    bounds = [0, *sorted(ends), ROWS]
    return [(x[a:b], y[a:b]) for a, b in zip(bounds, bounds[1:]) if a < b]


def linear():
    autograd.seed(0)
    return nn.Linear(4, CLASSES).to(np.float64)


@EVERY
@given(ends=st.sets(st.integers(1, ROWS - 1), max_size=4) | st.just({3}))
def test_the_loss_over_the_data_is_that_of_all_batches_in_one(loss, target, ends):
    model = linear()
    whole = optim.evaluate(model, [(X, target)], loss)
    with np.errstate(invalid="ignore"):  # of a batch in which nothing counts
        parts = optim.evaluate(model, cut(X, target, ends), loss)

    assert parts["loss"] == pytest.approx(whole["loss"], rel=1e-12)


@EVERY
@pytest.mark.parametrize("ends", [{3}, {6}, {2, 5, 11}], ids=str)
def test_accumulated_batches_step_as_one(loss, target, ends):
    def trained(batches):
        model = linear()
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        with np.errstate(invalid="ignore"):
            history = optim.fit(model, batches, loss, optimizer, 2, accumulate=len(batches), progress=False)
        return [*model.state_dict().values(), history["loss"]]

    for whole, parts in zip(trained([(X, target)]), trained(cut(X, target, ends))):
        np.testing.assert_allclose(parts, whole, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("ends", [{3}, {2, 5, 11}], ids=str)
def test_batches_whose_first_axis_is_time_weigh_by_their_sequences(ends):
    target = np.where(LABELS < 0, 0, LABELS)
    batches = [(x.swapaxes(0, 1), y.swapaxes(0, 1)) for x, y in cut(X, target, ends)]
    model = linear()
    loss = flat(nn.CrossEntropyLoss())
    whole = optim.evaluate(model, [(X, target)], loss)

    assert optim.evaluate(model, batches, loss)["loss"] == pytest.approx(whole["loss"], rel=1e-12)


def test_a_last_batch_that_is_smaller_weighs_less():
    model, batches = nn.Identity(), [(np.ones((3, 1)), np.zeros((3, 1))), (np.full((1, 1), 3.0), np.zeros((1, 1)))]

    assert optim.evaluate(model, batches, nn.MSELoss())["loss"] == 3.0
    assert optim.evaluate(model, batches, lambda o, t: float(np.max(o.data)))["loss"] == 1.5  # by its samples
    assert optim.evaluate(model, batches, nn.MSELoss("sum"))["loss"] == 12.0


def test_where_nothing_counts_at_all_the_loss_is_nan_and_no_weight_moves():
    model = linear()
    before, nothing = model.state_dict(), np.full_like(LABELS, -100)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    loss = flat(nn.CrossEntropyLoss())
    with np.errstate(invalid="ignore"):
        history = optim.fit(model, [(X, nothing)] * 2, loss, optimizer, 1, accumulate=2, progress=False)

    assert np.isnan(history["loss"][0])
    assert all((before[name] == value).all() for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("make", "weight"),
    [
        (lambda x: x.max(), 7.0),
        (lambda x: np.sqrt((x * x).mean()), 7.0),
        (lambda x: x.mean() * x.mean(), 7.0),
        (lambda x: 0.5 * x.sum(), 7.0),
        (lambda x: x.sum() + 1.0, 7.0),
        (lambda x: x.sum() / -2.0, 7.0),
        (lambda x: x.mean() / x.sum(), 7.0),
        (lambda x: x.mean() + x[:2].mean(), 4.0),
        (lambda x: x.max().mean(), 7.0),
        (lambda x: 3.0, 7.0),
    ],
)
def test_what_is_not_known_weighs_as_is_said_otherwise(make, weight):
    with Counting() as counting:
        loss = make(Tensor([1.0, 2.0, 3.0, 4.0]))

    assert counting.weight(loss, 7.0) == weight
