"""Schedules beside PyTorch's, live: rates and momentum after each of 60 steps; skipped without it."""

import inspect

import numpy as np
import pytest

import autograd
import nn
import optim
from optim import lr_scheduler, swa_utils

from .schedules import COMBINED, LR, OPTIONS, ROWS, groups, optimizer_of, path

torch = pytest.importorskip("torch")

theirs = torch.optim.lr_scheduler
pytestmark = [
    pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step"),  # here the rates are looked at only
]

NEAR = {"rtol": 1e-12, "atol": 1e-18}


def torch_optimizer(kind="SGD"):
    return getattr(torch.optim, kind)(groups(lambda: torch.ones(1, requires_grad=True)), **OPTIONS.get(kind, {}))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rates_and_momentum_are_pytorchs(row):
    ours, other = optimizer_of(row.kind), torch_optimizer(row.kind)

    np.testing.assert_allclose(path(ours, row.make(lr_scheduler, ours)), path(other, row.make(theirs, other)), **NEAR)


@pytest.mark.parametrize("make", COMBINED, ids=lambda f: f.__name__)
def test_combinations_are_pytorchs(make):
    ours, other = optimizer_of(), torch_optimizer()

    np.testing.assert_allclose(path(ours, make(lr_scheduler, ours)), path(other, make(theirs, other)), **NEAR)


RESUMED = [row for row in ROWS if "T_mult" not in row.arguments]  # PyTorch loses the length of the cycle


@pytest.mark.parametrize("last_epoch", [0, 6, 19, 33])
@pytest.mark.parametrize("row", RESUMED, ids=str)
def test_a_schedule_that_is_resumed_by_last_epoch_goes_on_as_pytorchs(row, last_epoch):
    ours, other = optimizer_of(row.kind), torch_optimizer(row.kind)
    first, second = row.make(lr_scheduler, ours), row.make(theirs, other)
    for _ in range(last_epoch):
        first.step()
        second.step()
    first, second = row.make(lr_scheduler, ours, last_epoch=last_epoch), row.make(theirs, other, last_epoch=last_epoch)

    assert first.last_epoch == second.last_epoch == last_epoch + 1
    np.testing.assert_allclose(path(ours, first, 26), path(other, second, 26), **NEAR)


def test_warm_restarts_take_fractions_of_epochs_as_pytorchs():
    for arguments in ({"T_0": 4}, {"T_0": 4, "T_mult": 2}, {"T_0": 3, "T_mult": 3, "eta_min": 0.01}):
        ours, other = optimizer_of(), torch_optimizer()
        first = lr_scheduler.CosineAnnealingWarmRestarts(ours, **arguments)
        second = theirs.CosineAnnealingWarmRestarts(other, **arguments)
        for epoch in [*np.arange(0, 30, 0.25), 2.5, 0, 7.75, None, None, 3, None]:
            epoch = None if epoch is None else float(epoch)
            first.step(epoch)
            second.step(epoch)
            assert first.last_epoch == second.last_epoch
            np.testing.assert_allclose(first.get_last_lr(), second.get_last_lr(), rtol=1e-12, atol=1e-16)


METRICS = np.random.default_rng(0)
CURVES = {
    "noisy": 1 / (1 + np.arange(120)) + 0.05 * METRICS.random(120),
    "flat": np.ones(120),
    "rising": np.arange(120.0) - 20,
    "diverged": np.where(np.arange(120) % 7 == 3, np.inf, 1.0),
    "slow": 1 - 1e-4 * np.arange(120),
}


@pytest.mark.parametrize("curve", list(CURVES))
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"factor": 0.5, "patience": 3},
        {"mode": "max", "patience": 2},
        {"mode": "max", "patience": 2, "threshold": 0.01, "threshold_mode": "abs"},
        {"patience": 0, "threshold": 0.05, "threshold_mode": "abs", "min_lr": 0.001},
        {"patience": 2, "cooldown": 5, "threshold": 0.02, "min_lr": [0.1, 0.002], "factor": 0.7},
        {"patience": 1, "eps": 0.01},
        {"factor": 0.0, "patience": 4, "min_lr": 0.01},
    ],
    ids=lambda arguments: ", ".join(f"{k}={v}" for k, v in arguments.items()) or "defaults",
)
def test_plateaus_are_found_as_by_pytorch(arguments, curve):
    ours, other = optimizer_of(), torch_optimizer()
    first = lr_scheduler.ReduceLROnPlateau(ours, **arguments)
    second = theirs.ReduceLROnPlateau(other, **arguments)
    metrics = CURVES[curve] * (-1 if arguments.get("mode") == "max" else 1)
    for metric in metrics:
        first.step(metric)
        second.step(float(metric))
        np.testing.assert_allclose(first.get_last_lr(), second.get_last_lr(), **NEAR)
        assert [first.best, first.num_bad_epochs, first.cooldown_counter, first.in_cooldown] == [
            *(second.best, second.num_bad_epochs, second.cooldown_counter, second.in_cooldown)
        ]


# signatures and states

NOT_OURS = {"_step_count", "_is_initial", "_get_lr_called_within_step"}  # how PyTorch keeps its books
OURS = {"schedule", "lr", "momentum"}
OTHER_KEYS = {
    "LambdaLR": {"lr_lambdas"},  # a list of None there
    "MultiplicativeLR": {"lr_lambdas"},
    "CyclicLR": {"_scale_fn_custom"},  # None there
    # what PyTorch keeps in the groups of the optimizer, ours keeps itself
    "OneCycleLR": {
        *("max_lrs", "min_lrs", "base_momentums", "max_momentums", "pct_start", "three_phase", "anneal_strategy"),
        *("_schedule_phases", "_anneal_func_type"),
    },
    "ReduceLROnPlateau": {"mode_worse"},  # follows from mode
    "SWALR": {"swa_lrs", "anneal_strategy", "_anneal_strategy"},
}


def both(name):
    return (lr_scheduler, theirs) if hasattr(lr_scheduler, name) else (swa_utils, torch.optim.swa_utils)


PLATEAU = lambda s, optimizer: s.ReduceLROnPlateau(optimizer)  # noqa: E731


@pytest.mark.parametrize(
    ("name", "make"),
    [(row.name, row.make) for row in ROWS]
    + [("SequentialLR", COMBINED[0]), ("ChainedScheduler", COMBINED[3]), ("ReduceLROnPlateau", PLATEAU)],
    ids=[*map(str, ROWS), "SequentialLR", "ChainedScheduler", "ReduceLROnPlateau"],
)
def test_states_have_pytorchs_names(name, make):
    ours = set(make(lr_scheduler, optimizer_of()).state_dict())
    other = set(make(theirs, torch_optimizer()).state_dict())

    assert (ours ^ other) - NOT_OURS - OURS <= OTHER_KEYS.get(name, set())


@pytest.mark.parametrize("name", [*sorted(set(theirs.__all__)), "SWALR", "get_ema_avg_fn", "get_swa_avg_fn"])
def test_arguments_are_pytorchs(name):
    ours, other = both(name)

    def parameters(f):
        return [(p.name, p.default, p.kind) for p in inspect.signature(f).parameters.values()]

    assert parameters(getattr(ours, name)) == parameters(getattr(other, name))


def test_averages_take_pytorchs_arguments_but_for_devices_and_many_at_once():
    for name in ("AveragedModel", "update_bn"):
        ours = list(inspect.signature(getattr(swa_utils, name)).parameters.values())
        other = inspect.signature(getattr(torch.optim.swa_utils, name)).parameters.values()
        kept = [p for p in other if p.name not in ("device", "multi_avg_fn")]
        assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in kept]


# averages


def test_swalr_anneals_as_pytorchs():
    for arguments in (
        {"swa_lr": 0.02},
        {"swa_lr": [0.02, 0.1], "anneal_epochs": 30},
        {"swa_lr": 0.02, "anneal_epochs": 17, "anneal_strategy": "linear"},
        {"swa_lr": 0.02, "anneal_epochs": 0},
        {"swa_lr": 0.02, "anneal_epochs": 1},
    ):
        ours, other = optimizer_of(), torch_optimizer()
        first = swa_utils.SWALR(ours, **arguments)
        second = torch.optim.swa_utils.SWALR(other, **arguments)
        np.testing.assert_allclose(path(ours, first), path(other, second), **NEAR)


def test_swalr_takes_over_from_another_schedule_as_pytorchs():
    paths = []
    for s, swa, optimizer in (
        (lr_scheduler, swa_utils, optimizer_of()),
        (theirs, torch.optim.swa_utils, torch_optimizer()),
    ):
        first, second = s.ExponentialLR(optimizer, 0.95), swa.SWALR(optimizer, 0.03, 7)
        paths.append([])
        for t in range(40):
            (first if t < 20 else second).step()
            paths[-1].append([group["lr"] for group in optimizer.param_groups])
        parts = [s.LinearLR(optimizer), swa.SWALR(optimizer, 0.03, 7)]
        paths[-1] += [row[:, 0] for row in path(optimizer, s.SequentialLR(optimizer, parts, [6]), 20)]
    np.testing.assert_allclose(*paths, **NEAR)


def twin_models():
    ours = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)).to(np.float64)
    other = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2)
    ).double()
    ours.load_state_dict({name: value.numpy() for name, value in other.state_dict().items()})
    return ours, other


def assert_same_state(ours, other):
    first, second = ours.state_dict(), other.state_dict()
    assert sorted(first) == sorted(second)
    for name, value in second.items():
        np.testing.assert_allclose(first[name], value.numpy(), rtol=1e-12, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("average", ["default", "swa", "ema", "own"])
def test_averaged_models_and_their_batch_norm_are_pytorchs(average, use_buffers):
    rng = np.random.default_rng(0)
    ours, other = twin_models()
    functions = {
        "default": lambda s: {},
        "swa": lambda s: {"avg_fn": s.get_swa_avg_fn()},
        "ema": lambda s: {"avg_fn": s.get_ema_avg_fn(0.9)},
        "own": lambda s: {"avg_fn": lambda averaged, current, n: averaged * 0.5 + current * 0.5},
    }[average]
    if average == "default" and use_buffers:  # PyTorch averages no integers at once
        ours[1].num_batches_tracked = other[1].num_batches_tracked = None
    first = swa_utils.AveragedModel(ours, **functions(swa_utils), use_buffers=use_buffers)
    second = torch.optim.swa_utils.AveragedModel(other, **functions(torch.optim.swa_utils), use_buffers=use_buffers)
    optimizers = optim.SGD(ours.parameters(), lr=0.1), torch.optim.SGD(other.parameters(), lr=0.1)
    batches = [rng.normal(size=(8, 3)) * 3 for _ in range(12)]
    for batch in batches:
        for optimizer, model, x in (
            (optimizers[0], ours, autograd.tensor(batch)),
            (optimizers[1], other, torch.tensor(batch)),
        ):
            optimizer.zero_grad()
            (model(x) ** 2).sum().backward()
            optimizer.step()
        first.update_parameters(ours)
        second.update_parameters(other)
        assert_same_state(first, second)
    if average == "default" and use_buffers:
        return
    swa_utils.update_bn([autograd.tensor(batch) for batch in batches], first)
    torch.optim.swa_utils.update_bn([torch.tensor(batch) for batch in batches], second)
    assert_same_state(first, second)
    x = rng.normal(size=(5, 3))
    np.testing.assert_allclose(
        first.eval()(autograd.tensor(x)).data, second.eval()(torch.tensor(x)).detach().numpy(), rtol=1e-10
    )


def test_the_groups_begin_with_different_rates():
    assert len(set(LR)) == 2
