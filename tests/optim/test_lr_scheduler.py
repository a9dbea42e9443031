"""Every schedule against its formula, through JSON and back, and in its errors; test_parity_schedules asks PyTorch."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import optim
from optim import lr_scheduler as s

from .schedules import (
    COMBINED,
    LR,
    ROWS,
    STEPS,
    chain_of_a_sequence,
    half_cosine,
    in_sequence,
    optimizer_of,
    path,
    quarter,
    shrink,
)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_schedule_is_its_formula(row):
    optimizer = optimizer_of(row.kind)
    rates = path(optimizer, row.make(s, optimizer))[:, :, 0]
    expected = [[row.formula(t, i, lr) for i, lr in enumerate(LR)] for t in range(STEPS + 1)]

    np.testing.assert_allclose(rates, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in ("CyclicLR", "OneCycleLR")], ids=str)
def test_momentum_is_low_where_the_rate_is_high(row):
    optimizer = optimizer_of(row.kind)
    start = path(optimizer, row.make(s, optimizer), 0)[0, :, 1]
    rates, momentum = np.moveaxis(path(optimizer_2 := optimizer_of(row.kind), row.make(s, optimizer_2)), 2, 0)
    if row.arguments.get("cycle_momentum", True):
        for i in range(2):
            low, top = (row.arguments.get(f"{end}_momentum", None) for end in ("base", "max"))
            low = (low[i] if isinstance(low, list) else low) or (0.8 if row.name == "CyclicLR" else 0.85)
            top = top or (0.9 if row.name == "CyclicLR" else 0.95)
            assert start[i] == pytest.approx(momentum[:, i].max()) == pytest.approx(top)
            assert momentum[:, i].min() >= low - 1e-12
            assert momentum[:, i].argmin() == rates[:, i].argmax()
    else:
        assert len(np.unique(momentum)) == 1


def test_parts_of_a_sequence_start_at_an_epoch_0_of_their_own():
    optimizer = optimizer_of()
    rates = path(optimizer, in_sequence(s, optimizer))[:, 0, 0] / LR[0]
    expected = [
        *np.linspace(0.1, 1, 11)[:10],
        *half_cosine(1.0, 0.0, np.arange(30) / 30),
        *[0.1 ** (t // 4) for t in range(21)],
    ]

    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_a_part_that_was_stepped_before_or_has_a_milestone_at_0_starts_at_its_epoch_0():
    optimizer = optimizer_of()
    restarts = s.CosineAnnealingWarmRestarts(optimizer, 4, 2)
    for _ in range(7):
        restarts.step()
    parts = [s.StepLR(optimizer, 99), restarts, s.MultiStepLR(optimizer, [0, 2], 0.5)]
    rates = path(optimizer, s.SequentialLR(optimizer, parts, [3, 13]), 16)[:, 0, 0] / LR[0]
    cosine = [*half_cosine(1.0, 0.0, np.arange(4) / 4), *half_cosine(1.0, 0.0, np.arange(6) / 8)]

    np.testing.assert_allclose(rates, [1, 1, 1, *cosine, 0.5, 0.5, 0.25, 0.25], rtol=1e-12)


def test_chained_factors_multiply_even_those_of_a_sequence():
    optimizer, alone = optimizer_of(), optimizer_of()
    rates = path(optimizer, chain_of_a_sequence(s, optimizer), 39)[:, 0, 0]

    part = path(alone, in_sequence(s, alone), 39)[:, 0, 0]
    first = 10  # a milestone starts from the initial rates, as in PyTorch, and then factors go on multiplying
    np.testing.assert_allclose(rates[:first], part[:first] * 0.9 ** np.arange(first), rtol=1e-12)


@pytest.mark.parametrize("place", [0, 1])
def test_schedules_of_schedules_may_be_parts_of_a_sequence(place):
    optimizer = optimizer_of()

    def chain():
        return s.ChainedScheduler([s.ConstantLR(optimizer, 0.5, 2), s.ExponentialLR(optimizer, 0.9)])

    def sequence():
        return s.SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.5), s.ExponentialLR(optimizer, 0.9)], [2])

    for make, expected in ((chain, [0.5, 0.45, 0.81, 0.729]), (sequence, [0.5, 0.5, 1, 0.9])):
        for group, lr in zip(optimizer.param_groups, LR):
            group["lr"] = lr
        parts = [make(), s.StepLR(optimizer, 100)] if place == 0 else [s.StepLR(optimizer, 100), make()]
        rates = path(optimizer, s.SequentialLR(optimizer, parts, [4]), 7)[:, 0, 0] / LR[0]
        np.testing.assert_allclose(rates, expected + [1] * 4 if place == 0 else [1] * 4 + expected)


def test_a_sequence_resumed_by_last_epoch_is_where_it_was():
    optimizer, other = optimizer_of(), optimizer_of()
    whole = path(optimizer, in_sequence(s, optimizer), 50)
    parts = [s.LinearLR(other, 0.1, total_iters=10), s.CosineAnnealingLR(other, 30), s.StepLR(other, 4)]
    rest = path(other, s.SequentialLR(other, parts, [10, 40], last_epoch=24), 25)

    np.testing.assert_array_equal(rest, whole[25:])


def test_warm_restarts_resumed_by_last_epoch_find_their_cycle():
    for arguments in ({"T_0": 5, "T_mult": 2}, {"T_0": 3, "T_mult": 3}, {"T_0": 4}):
        optimizer = optimizer_of()
        whole = path(optimizer, s.CosineAnnealingWarmRestarts(optimizer, **arguments))
        for last_epoch in range(40):
            resumed = s.CosineAnnealingWarmRestarts(optimizer, **arguments, last_epoch=last_epoch)
            np.testing.assert_array_equal(path(optimizer, resumed, 20), whole[last_epoch + 1 : last_epoch + 22])


def test_a_fraction_of_an_epoch_is_a_point_of_the_same_cosine():
    optimizer = optimizer_of()
    schedule = s.CosineAnnealingWarmRestarts(optimizer, 3, 3)
    for epoch in (0.0, 1.5, 2.999, 3.0, 11.75, 12.0, 38.9, 39):
        schedule.step(epoch)
        t, length = next((epoch - b, n) for b, n in ((0, 3), (3, 9), (12, 27), (39, 81)) if b <= epoch < b + n)
        np.testing.assert_allclose(schedule.get_last_lr(), half_cosine(np.array(LR), 0, t / length), rtol=1e-12)


# one cycle


def test_the_step_after_the_last_of_one_cycle_stays_at_its_end_and_one_more_is_an_error():
    optimizer = optimizer_of()
    schedule = s.OneCycleLR(optimizer, 1.0, total_steps=5, anneal_strategy="linear")
    for _ in range(5):
        schedule.step()
    np.testing.assert_allclose(schedule.get_last_lr(), 1 / 25 / 1e4)
    before = schedule.state_dict()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"step 6 of a cycle of total_steps=5"):
            schedule.step()
    assert schedule.state_dict() == before


def test_one_cycle_may_rise_in_a_single_step_or_not_at_all():
    for total, share, expected in ((10, 0.1, 1.0), (10, 0.0, None), (1, 0.3, 1 / 25e4), (1, 1.0, 1.0), (10, 1.0, 0.04)):
        optimizer = optimizer_of()
        rates = path(optimizer, s.OneCycleLR(optimizer, 1.0, total, pct_start=share), total)[:, 0, 0]
        assert np.isfinite(rates).all()
        assert expected is None or rates[0] == pytest.approx(expected)


# when nothing improves


def plateau(metrics, **arguments):
    optimizer = optimizer_of()
    schedule = s.ReduceLROnPlateau(optimizer, **arguments)
    rates = []
    for metric in metrics:
        schedule.step(metric)
        rates.append(schedule.get_last_lr())
    return np.array(rates) / np.array(LR)


def test_a_plateau_lasts_more_than_patience_epochs():
    np.testing.assert_allclose(plateau([1.0] * 7, factor=0.5, patience=2)[:, 0], [1, 1, 1, 0.5, 0.5, 0.5, 0.25])


def test_what_improves_by_less_than_the_threshold_does_not_improve():
    falling, slowly = [1.0, 0.8, 0.6, 0.4], [1.0, 0.95, 0.92, 0.91]
    for mode, sign in (("min", 1), ("max", -1)):
        arguments = {"mode": mode, "threshold": 0.1, "threshold_mode": "abs", "factor": 0.5, "patience": 0}
        np.testing.assert_allclose(plateau(sign * np.array(falling), **arguments)[-1], 1)
        np.testing.assert_allclose(plateau(sign * np.array(slowly), **arguments)[:, 0], [1, 0.5, 0.25, 0.125])
    np.testing.assert_allclose(plateau([100, 91, 90], threshold=0.1, patience=0, factor=0.5)[:, 0], [1, 0.5, 0.25])
    np.testing.assert_allclose(plateau([100, 89, 80], threshold=0.1, patience=0, factor=0.5)[:, 0], [1, 1, 1])


def test_a_reduction_stops_at_min_lr_counts_no_epochs_in_cooldown_and_is_not_done_within_eps():
    np.testing.assert_allclose(
        plateau([1.0] * 4, factor=0.1, patience=0, min_lr=[0.2, 0.04])[-1], [0.2 / LR[0], 0.04 / LR[1]]
    )
    np.testing.assert_allclose(
        plateau([1.0] * 8, factor=0.5, patience=0, cooldown=2)[:, 0], [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]
    )
    np.testing.assert_allclose(plateau([1.0] * 4, factor=0.5, patience=0, eps=0.1)[-1], [0.5, 1])


def test_a_tensor_of_one_number_is_a_metric_too():
    schedule = s.ReduceLROnPlateau(optimizer_of())
    schedule.step(autograd.tensor(0.5))

    assert schedule.best == 0.5


# warm-up then cosine


def test_warmup_cosine_rises_along_a_line_and_falls_along_a_cosine():
    for warmup in (0, 1, 10):
        optimizer = optimizer_of()
        schedule = s.warmup_cosine(optimizer, warmup, 60, start_factor=0.1, eta_min=0.001)
        rates = path(optimizer, schedule)[:, :, 0]
        rise = [0.1 + 0.9 * t / warmup for t in range(warmup)]
        for i, lr in enumerate(LR):
            fall = half_cosine(lr, 0.001, np.arange(61 - warmup) / (60 - warmup))
            np.testing.assert_allclose(rates[:, i], [*(lr * np.array(rise)), *fall], rtol=1e-9)


def test_after_its_last_step_warmup_cosine_stays_at_its_lowest():
    optimizer = optimizer_of()
    rates = path(optimizer, s.warmup_cosine(optimizer, 3, 10, eta_min=0.001), 40)[:, :, 0]

    np.testing.assert_allclose(rates[10:], 0.001, rtol=1e-12)


def test_an_initial_rate_that_an_earlier_schedule_left_counts_until_it_is_deleted():
    optimizer = optimizer_of()
    for deleted, expected in ((False, LR), (True, (0.02, 0.02))):
        s.StepLR(optimizer, 3)
        for group in optimizer.param_groups:
            group["lr"] = 0.02
            if deleted:
                del group["initial_lr"]
        schedule = s.warmup_cosine(optimizer, 0, 10, start_factor=1.0)
        assert schedule.get_last_lr() == list(expected)


# saving


def plateaus(s, optimizer):
    schedule = s.ReduceLROnPlateau(optimizer, patience=2, cooldown=1, factor=0.7, min_lr=[0.01, 0.02])
    stepper = schedule.step
    schedule.step = lambda: stepper(1.0 + math.sin(schedule.last_epoch))
    return schedule


def warm(s, optimizer):
    return s.warmup_cosine(optimizer, 5, 25)


def swalr(s, optimizer):
    return optim.swa_utils.SWALR(optimizer, 0.01, 20)


def sequence_in_a_chain_in_a_sequence(s, optimizer):
    chain = s.ChainedScheduler([warm(s, optimizer), s.MultiplicativeLR(optimizer, shrink)])
    return s.SequentialLR(optimizer, [chain, s.OneCycleLR(optimizer, 0.1, 70)], [20])


MAKERS = {str(row): row for row in ROWS} | {
    f.__name__: f for f in [*COMBINED, plateaus, warm, swalr, sequence_in_a_chain_in_a_sequence]
}


def made(name):
    """The optimizer and the schedule."""
    maker = MAKERS[name]
    optimizer = optimizer_of(getattr(maker, "kind", "SGD"))
    return optimizer, (maker.make if hasattr(maker, "make") else maker)(s, optimizer)


@pytest.mark.parametrize("name", MAKERS)
def test_from_any_step_a_saved_schedule_goes_on_bit_for_bit(name):
    optimizer, schedule = made(name)
    saved = []
    for _ in range(30):
        saved.append(json.dumps(schedule.state_dict(), allow_nan=False))
        schedule.step()
    optimizer, schedule = made(name)
    whole = path(optimizer, schedule, 35)
    for t, text in enumerate(saved):
        other, resumed = made(name)
        resumed.load_state_dict(json.loads(text))
        assert json.dumps(resumed.state_dict()) == text
        np.testing.assert_array_equal(path(other, resumed, 35 - t), whole[t:])


@pytest.mark.parametrize("name", MAKERS)
def test_a_state_restores_settings_and_is_a_copy(name):
    _, schedule = made(name)
    state = schedule.state_dict()
    text = json.dumps(state)
    for _ in range(12):
        schedule.step()
    assert json.dumps(state) == text
    schedule.load_state_dict(state)
    schedule.step()
    assert json.dumps(state) == text
    for used in (state, schedule.state_dict()):
        before = json.dumps(schedule.state_dict())
        for value in used.values():
            if isinstance(value, list):
                value.clear()
        assert json.dumps(schedule.state_dict()) == before


def test_optimizer_and_schedules_may_be_loaded_in_any_order():
    def start():
        optimizer = optimizer_of()
        return optimizer, s.LinearLR(optimizer, 0.1, total_iters=9), s.ReduceLROnPlateau(optimizer, patience=0)

    def go_on(optimizer, warmup, plateau):
        for t in range(9):
            warmup.step()
            if t % 3 == 0:
                plateau.step(1.0)
        return plateau.get_last_lr()

    parts = start()
    parts[2].step(1.0)
    for _ in range(4):
        parts[1].step()
    states = [part.state_dict() for part in parts]
    expected = go_on(*parts)
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)):
        fresh = start()
        for i in order:
            fresh[i].load_state_dict(states[i])
        assert go_on(*fresh) == expected


@pytest.mark.parametrize("name", MAKERS)
def test_another_schedules_state_changes_nothing(name):
    optimizer, schedule = made(name)
    for _ in range(3):
        schedule.step()
    state = schedule.state_dict()
    one_group = {k: v[:1] if k in ("lr", "_last_lr") else v for k, v in state.items()}
    missing = {k: v for k, v in state.items() if k != "_last_lr"}
    rates = {"lr": ["0.1"] * 2, "_last_lr": 0.1}
    wrong = [
        *(made(other)[1].state_dict() for other in MAKERS if type(made(other)[1]) is not type(schedule)),
        *(one_group, missing, {**state, "gama": 0.1}, {**state, **rates}, {}, None, [1]),
    ]
    for bad in wrong:
        before = json.dumps(schedule.state_dict()), str(optimizer)
        with pytest.raises(autograd.WeightsError):
            schedule.load_state_dict(bad)
        assert (json.dumps(schedule.state_dict()), str(optimizer)) == before


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("make", "change", "words"),
    [
        (
            lambda o: s.StepLR(o, 3),
            {"lr": [0.1, NAN]},
            r"lr=\[0.1, nan\], where one finite number for each of 2 groups",
        ),
        (lambda o: s.StepLR(o, 3), {"lr": None}, "lr=None, where one finite number"),
        (lambda o: s.StepLR(o, 3), {"_last_lr": [INF, 0.1]}, "_last_lr="),
        (lambda o: s.StepLR(o, 3), {"base_lrs": [True, 0.1]}, "base_lrs="),
        (lambda o: s.StepLR(o, 3), {"step_size": 0}, "step_size=0, and this one was made with 3"),
        (lambda o: s.StepLR(o, 3), {"step_size": 4, "gamma": 0.2}, "step_size=4, .*; gamma=0.2, .* made with 0.1"),
        (lambda o: s.StepLR(o, 1), {"step_size": True}, "step_size=True, where 1 is now"),
        (lambda o: s.StepLR(o, 3), {"gamma": np.ones(2)}, "gamma=array.*, where 0.1 is now"),
        (lambda o: s.StepLR(o, 3), {"gamma": None}, "gamma=None, where 0.1 is now"),
        (lambda o: s.StepLR(o, 3), {"last_epoch": 2.5}, "last_epoch=2.5 is not an integer"),
        (lambda o: s.StepLR(o, 3), {"last_epoch": None}, "last_epoch=None is not an integer"),
        (lambda o: s.StepLR(o, 3), {"last_epoch": -7}, "last_epoch=-7 is less than 0"),
        (
            lambda o: s.MultiStepLR(o, [3, 5]),
            {"milestones": [5, 3]},
            r"milestones=\[5, 3\], and this one was made with",
        ),
        (s.ReduceLROnPlateau, {"mode": "bogus"}, "mode='bogus', and this one was made with 'min'"),
        (s.ReduceLROnPlateau, {"best": np.ones(2)}, "best=array"),
        (s.ReduceLROnPlateau, {"best": NAN}, "best=nan"),
        (s.ReduceLROnPlateau, {"num_bad_epochs": -1}, "num_bad_epochs=-1 is less than 0"),
        (s.ReduceLROnPlateau, {"cooldown_counter": None}, "cooldown_counter=None is not an integer"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5), {"T_i": 0}, "T_i=0 is less than 1"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5), {"T_cur": 6}, "T_cur=6 is not between 0 and 5"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0), {"momentum": [0.9, 5.0]}, "momentum=5.0 is not between 0 and 1"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0), {"max_lrs": [2.0, 1.0]}, "max_lrs="),
        (lambda o: in_sequence(s, o), {"_milestones": []}, r"_milestones=\[\], and this one was made with \[10, 40\]"),
        (lambda o: in_sequence(s, o), {"_schedulers": None}, "_schedulers"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_state_with_values_that_this_schedule_never_has_changes_nothing(make, change, words):
    optimizer = optimizer_of()
    schedule = make(optimizer)
    state = {**schedule.state_dict(), **change}
    before = json.dumps(schedule.state_dict()), str(optimizer)
    with pytest.raises(autograd.WeightsError, match=words):
        schedule.load_state_dict(state)
    assert (json.dumps(schedule.state_dict()), str(optimizer)) == before


class Lowered(s.LRScheduler):
    """A schedule of a user, with settings and a state."""

    progress = s.LRScheduler.progress | {"best", "seen"}

    def __init__(self, optimizer, rates, more=None):
        self.rates, self.more, self.best, self.seen = rates, more, None, []
        super().__init__(optimizer)

    def get_lr(self):
        self.seen = [*self.seen, self.last_epoch]
        self.best = 0.5
        return self.rates


def test_a_users_schedule_saves_settings_and_progress():
    schedule = Lowered(optimizer_of(), (0.1, 0.2), more=abs)
    schedule.step()
    resumed = Lowered(optimizer_of(), (0.1, 0.2))
    with pytest.raises(autograd.WeightsError, match="more is only in the state or only in this schedule"):
        resumed.load_state_dict(schedule.state_dict())
    resumed = Lowered(optimizer_of(), (0.1, 0.2), more=math.sin)
    resumed.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    assert (resumed.seen, resumed.rates, resumed.last_epoch) == ([0, 1], (0.1, 0.2), 1)


@pytest.mark.parametrize("more", [np.ones(2), {"a": 1}, np.float32(1), INF, object], ids=repr)
def test_what_no_state_can_hold_is_an_error_and_is_not_dropped(more):
    schedule = Lowered(optimizer_of(), [0.1, 0.2], more() if more is object else more)
    with pytest.raises(
        TypeError, match=r"Lowered.state_dict: the attribute more is .*finite numbers, strings, None and"
    ):
        schedule.state_dict()
    assert repr(schedule).startswith("Lowered(lr=[0.1, 0.2], ")


def test_the_state_of_another_part_leaves_the_whole_as_it_was():
    _, schedule = made("chained")
    other, _ = made("chained")
    another = s.ChainedScheduler([s.ConstantLR(other, 0.5), s.StepLR(other, 3)])
    before = schedule.state_dict()
    for parts in (another.state_dict()["_schedulers"], before["_schedulers"][:1], 3):
        with pytest.raises(autograd.WeightsError):
            schedule.load_state_dict({**before, "_schedulers": parts})
        assert schedule.state_dict() == before


# errors


ONE = [1.0]


def parameters():
    return [autograd.tensor(ONE, requires_grad=True)]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda o: s.StepLR(parameters(), 3), TypeError, r"StepLR\(list, \.\.\.\): the first argument is an optimizer"),
        (lambda o: s.ReduceLROnPlateau(None), TypeError, r"\(NoneType, \.\.\.\): the first argument is an optimizer"),
        (lambda o: s.LambdaLR(3, quarter), TypeError, "the first argument is an optimizer"),
        (lambda o: s.OneCycleLR("o", 1.0, 5), TypeError, "the first argument is an optimizer"),
        (lambda o: s.CyclicLR({}, 0.1, 1.0), TypeError, "the first argument is an optimizer"),
        (lambda o: s.SequentialLR(None, [], []), TypeError, "the first argument is an optimizer"),
        (lambda o: optim.swa_utils.SWALR(None, 0.1), TypeError, "the first argument is an optimizer"),
        (lambda o: s.LRScheduler(o), NotImplementedError, "LRScheduler defines no get_lr"),
        (lambda o: s.StepLR(o, 3, last_epoch=4), ValueError, "group 0 has no 'initial_lr'; load the optimizer's state"),
        (lambda o: s.StepLR(o, 3, last_epoch=-2), ValueError, "last_epoch=-2 is less than -1"),
        (lambda o: s.StepLR(o, 0), ValueError, "step_size=0 is less than 1"),
        (lambda o: s.StepLR(o, 2.5), TypeError, "step_size=2.5 is not an integer"),
        (lambda o: s.StepLR(o, 2, gamma=-1), ValueError, "gamma=-1"),
        (lambda o: s.StepLR(o, 2, gamma=float("nan")), ValueError, "gamma=nan is not a number"),
        (lambda o: s.MultiStepLR(o, [5, 3]), ValueError, r"milestones=\[5, 3\] do not ascend"),
        (lambda o: s.MultiStepLR(o, [5.5]), TypeError, r"milestones\[0\]=5.5 is not an integer"),
        (lambda o: s.MultiStepLR(o, [-5]), ValueError, r"milestones\[0\]=-5"),
        (lambda o: s.MultiStepLR(o, 5), TypeError, "milestones=5 is no list"),
        (lambda o: s.ExponentialLR(o, "0.9"), TypeError, "gamma='0.9' is not a real number"),
        (lambda o: s.ConstantLR(o, 1.5), ValueError, "factor=1.5 is not between 0 and 1"),
        (lambda o: s.ConstantLR(o, 0.0), ValueError, "factor=0.0 is not above 0"),
        (lambda o: s.ConstantLR(o, total_iters=0), ValueError, "total_iters=0 is less than 1"),
        (lambda o: s.LinearLR(o, 0.0), ValueError, "start_factor=0.0 is not above 0"),
        (lambda o: s.LinearLR(o, 1.1), ValueError, "start_factor=1.1"),
        (lambda o: s.LinearLR(o, 1.0, -0.1), ValueError, "end_factor=-0.1"),
        (lambda o: s.PolynomialLR(o, 0), ValueError, "total_iters=0"),
        (lambda o: s.PolynomialLR(o, 5, -1.0), ValueError, "power=-1.0"),
        (lambda o: s.CosineAnnealingLR(o, 0), ValueError, "T_max=0 is less than 1"),
        (lambda o: s.CosineAnnealingLR(o, 5, -1), ValueError, "eta_min=-1"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 0), ValueError, "T_0=0 is less than 1"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5, 0), ValueError, "T_mult=0 is less than 1"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5).step(-1), ValueError, "epoch=-1 is"),
        (lambda o: s.CosineAnnealingWarmRestarts(o, 5).step(float("nan")), ValueError, "epoch=nan is not a number"),
        (lambda o: s.LambdaLR(o, [quarter]), ValueError, "lr_lambda has 1 functions, the optimizer 2 groups"),
        (lambda o: s.MultiplicativeLR(o, [quarter] * 3), ValueError, "3 functions, the optimizer 2 groups"),
        (lambda o: s.LambdaLR(o, 0.5), TypeError, "lr_lambda=0.5 is no function"),
        (lambda o: s.LambdaLR(o, lambda t: None), TypeError, r"lr_lambda\(0\)=None is not a real number"),
        (lambda o: s.LambdaLR(o, lambda t: float("nan")), ValueError, r"lr_lambda\(0\)=nan is not a number"),
        (lambda o: s.CyclicLR(o, 0.1, math.inf), ValueError, "max_lr=inf is not finite"),
        (lambda o: s.CyclicLR(o, 0.1, [1.0]), ValueError, "max_lr has 1 values, the optimizer 2 groups"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0, 0), ValueError, "step_size_up=0"),
        (lambda o: s.CyclicLR(o, 0.1, 1.0, mode="square"), ValueError, "mode='square' is not one of 'triangular'"),
        (
            lambda o: s.CyclicLR(o, 0.1, 1.0, scale_fn=1.0),
            TypeError,
            "scale_fn is a float; it takes a function of",
        ),
        (lambda o: s.CyclicLR(o, 0.1, 1.0, max_momentum=1.0), ValueError, r"is not within \[0, 1\)"),
        (lambda o: s.OneCycleLR(o, 1.0), ValueError, "pass total_steps, or epochs and steps_per_epoch"),
        (lambda o: s.OneCycleLR(o, 1.0, 0), ValueError, "total_steps=0"),
        (lambda o: s.OneCycleLR(o, 1.0, epochs=3), ValueError, "pass total_steps, or epochs and steps_per_epoch"),
        (lambda o: s.OneCycleLR(o, 1.0, epochs=3, steps_per_epoch=0), ValueError, "steps_per_epoch=0"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, pct_start=30), ValueError, "pct_start=30 is not between 0 and 1"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, pct_start=0.6, three_phase=True), ValueError, "more than all"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, div_factor=0), ValueError, "div_factor=0 is not above 0"),
        (lambda o: s.OneCycleLR(o, 1.0, 9, anneal_strategy="sin"), ValueError, "anneal_strategy='sin'"),
        (lambda o: s.OneCycleLR(o, [1.0], 9), ValueError, "max_lr has 1 values"),
        (lambda o: s.ReduceLROnPlateau(o, "low"), ValueError, "mode='low' is not one of 'min', 'max'"),
        (lambda o: s.ReduceLROnPlateau(o, factor=1.0), ValueError, "factor=1.0 would not reduce"),
        (lambda o: s.ReduceLROnPlateau(o, patience=-1), ValueError, "patience=-1"),
        (lambda o: s.ReduceLROnPlateau(o, threshold_mode="x"), ValueError, "threshold_mode='x'"),
        (lambda o: s.ReduceLROnPlateau(o, min_lr=[0.1]), ValueError, "min_lr has 1 values, the optimizer 2 groups"),
        (lambda o: s.ReduceLROnPlateau(o).step(float("nan")), ValueError, "nan is nothing that a later one could"),
        (lambda o: s.ReduceLROnPlateau(o, "max").step(math.inf), ValueError, "inf is nothing that a later one could"),
        (lambda o: s.ReduceLROnPlateau(o).step(None), TypeError, "None is not a number"),
        (lambda o: s.ReduceLROnPlateau(o).step(), TypeError, "metrics"),
        (lambda o: s.SequentialLR(o, [], []), ValueError, r"schedulers=\[\] is no list of schedules"),
        (lambda o: s.SequentialLR(o, [s.StepLR(o, 3)], [4]), ValueError, "1 schedules need 0 milestones, not 1"),
        (lambda o: s.SequentialLR(o, [s.StepLR(o, 3)] * 3, [4, 2]), ValueError, r"milestones=\[4, 2\] do not ascend"),
        (lambda o: s.SequentialLR(o, [o], []), TypeError, r"schedulers\[0\] is no schedule, but SGD"),
        (lambda o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []), ValueError, "whose step takes a metric"),
        (lambda o: s.SequentialLR(o, [s.StepLR(optimizer_of(), 3)], []), ValueError, "belongs to another optimizer"),
        (lambda o: s.ChainedScheduler([]), ValueError, "no list of schedules"),
        (lambda o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]), ValueError, "whose step takes a metric"),
        (lambda o: s.ChainedScheduler([s.StepLR(o, 3)], optimizer_of()), ValueError, "belongs to another optimizer"),
        (
            lambda o: s.ChainedScheduler([s.StepLR(o, 3), s.StepLR(optimizer_of(), 3)]),
            ValueError,
            r"schedulers\[1\], StepLR, belongs to another optimizer",
        ),
        (lambda o: s.warmup_cosine(o, 10, 10), ValueError, "warmup_steps=10 leave nothing of total_steps=10"),
        (lambda o: s.warmup_cosine(o, -1, 10), ValueError, "warmup_steps=-1"),
        (lambda o: optim.swa_utils.SWALR(o, [0.1]), ValueError, "swa_lr has 1 values"),
        (lambda o: optim.swa_utils.SWALR(o, 0.1, 2.5), TypeError, "anneal_epochs=2.5"),
        (lambda o: optim.swa_utils.SWALR(o, 0.1, 2, "sin"), ValueError, "anneal_strategy='sin'"),
    ],
)
def test_an_error_says_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call(optimizer_of())


@pytest.mark.parametrize(
    ("rates", "error", "words"),
    [
        (0.1, TypeError, "get_lr of epoch 1 returned 0.1; it returns a list of rates, one for each of 2 groups"),
        (None, TypeError, "returned None; it returns a list"),
        ([0.1], TypeError, r"returned \[0.1\]; it returns a list"),
        ("ab", TypeError, "returned 'ab'; it returns a list"),
        ([0.1, None], TypeError, r"returned \[0.1, None\]; it returns a list"),
        ([0.1, NAN], ValueError, r"Lowered: get_lr of epoch 1 returned \[0.1, nan\], which is not finite"),
        ([INF, 0.1], ValueError, r"returned \[inf, 0.1\], which is not finite"),
    ],
    ids=str,
)
def test_rates_that_are_none_are_named_before_anything_is_set(rates, error, words):
    optimizer = optimizer_of()
    schedule = Lowered(optimizer, np.array([0.1, 0.2]))
    schedule.rates = rates
    with pytest.raises(error, match=words):
        schedule.step()
    assert (schedule.last_epoch, schedule.get_last_lr()) == (0, [0.1, 0.2])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.2]


@pytest.mark.parametrize(
    "make",
    [
        lambda o, f: s.LambdaLR(o, f),
        lambda o, f: s.MultiplicativeLR(o, f),
        lambda o, f: s.CyclicLR(o, 0.1, 1.0, 5, scale_fn=f, scale_mode="iterations"),
    ],
    ids=["LambdaLR", "MultiplicativeLR", "CyclicLR"],
)
def test_a_function_that_overflows_leaves_rates_and_momentum(make):
    optimizer = optimizer_of()
    schedule = make(optimizer, lambda t: INF if t == 2 else 1.0)
    schedule.step()
    before = schedule.state_dict()
    with pytest.raises(ValueError, match=r"get_lr of epoch 2 returned \[inf, inf\], which is not finite"):
        schedule.step()
    assert schedule.state_dict() == before


@pytest.mark.parametrize(
    "name",
    [
        *("StepLR", "MultiStepLR", "ExponentialLR", "ConstantLR", "LinearLR", "PolynomialLR", "CosineAnnealingLR"),
        *("CosineAnnealingWarmRestarts", "LambdaLR", "MultiplicativeLR", "SequentialLR", "OneCycleLR"),
    ],
)
def test_an_optimizer_in_the_second_place_is_a_short_error(name):
    arguments = (3, optimizer_of(), [1]) if name == "SequentialLR" else (3, optimizer_of())
    with pytest.raises(TypeError, match=rf"^{name}\(int, \.\.\.\): the first argument is an optimizer$"):
        getattr(s, name)(*arguments)


def test_without_momentum_there_is_none_to_cycle():
    class Plain:
        def __init__(self):
            self.param_groups = [{"params": parameters(), "lr": 0.1}]

    for make in (lambda o: s.CyclicLR(o, 0.1, 1.0), lambda o: s.OneCycleLR(o, 1.0, 9)):
        optimizer = Plain()
        with pytest.raises(ValueError, match="Plain has neither momentum nor betas; pass cycle_momentum=False"):
            make(optimizer)
        assert optimizer.param_groups[0].keys() == {"params", "lr"}


def test_a_group_that_joins_later_is_named_before_anything_changes():
    optimizer = optimizer_of()
    schedule = s.ExponentialLR(optimizer, 0.5)
    optimizer.add_param_group({"params": parameters()})
    with pytest.raises(ValueError, match="made for 2 groups, and the optimizer has 3 now"):
        schedule.step()
    assert schedule.last_epoch == 0
    assert [group["lr"] for group in optimizer.param_groups[:2]] == list(LR)


def test_a_plateau_reduces_a_group_that_joins_later_unless_each_has_its_least_rate():
    for min_lr, works in ((0.001, True), ([0.001, 0.002], False)):
        optimizer = optimizer_of()
        schedule = s.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, min_lr=min_lr)
        optimizer.add_param_group({"params": parameters(), "lr": 0.2})
        if works:
            schedule.step(1.0)
            schedule.step(1.0)
            assert schedule.get_last_lr() == [LR[0] / 2, LR[1] / 2, 0.1]
        else:
            with pytest.raises(ValueError, match="2 min_lr, and now 3 groups"):
                schedule.step(1.0)


def test_a_function_that_fails_leaves_the_epoch():
    def fails_once(epoch, calls=[]):  # noqa: B006
        calls.append(epoch)
        if calls == [0, 0, 1]:
            raise ArithmeticError("once")
        return 0.5**epoch

    schedule = s.LambdaLR(optimizer_of(), fails_once)
    with pytest.raises(ArithmeticError, match="once"):
        schedule.step()
    schedule.step()
    assert schedule.get_last_lr() == [LR[0] / 2, LR[1] / 2]


def test_an_optimizer_saves_what_schedules_leave_in_its_groups():
    for name in MAKERS:
        optimizer, schedule = made(name)
        schedule.step()
        fresh, _ = made(name)
        fresh.load_state_dict(optimizer.state_dict())
        assert [g["lr"] for g in fresh.param_groups] == schedule.get_last_lr()


# properties


counts = st.integers(1, 40)
rates = st.floats(1e-4, 1.0)
factors = st.floats(0.05, 1.0)

# each with the bounds of its rate for a group of lr 1
BOUNDED = {
    "StepLR": (st.fixed_dictionaries({"step_size": counts, "gamma": factors}), lambda a: (0, 1)),
    "MultiStepLR": (
        st.fixed_dictionaries({"milestones": st.lists(counts).map(sorted), "gamma": factors}),
        lambda a: (0, 1),
    ),
    "ExponentialLR": (st.fixed_dictionaries({"gamma": factors}), lambda a: (0, 1)),
    "ConstantLR": (st.fixed_dictionaries({"factor": factors, "total_iters": counts}), lambda a: (a["factor"], 1)),
    "LinearLR": (
        st.fixed_dictionaries({"start_factor": factors, "end_factor": factors, "total_iters": counts}),
        lambda a: sorted((a["start_factor"], a["end_factor"])),
    ),
    "PolynomialLR": (
        st.fixed_dictionaries({"total_iters": counts, "power": st.floats(0, 4)}),
        lambda a: (0, 1),
    ),
    "CosineAnnealingLR": (
        st.fixed_dictionaries({"T_max": counts, "eta_min": st.floats(0, 1)}),
        lambda a: (a["eta_min"], 1),
    ),
    "CosineAnnealingWarmRestarts": (
        st.fixed_dictionaries({"T_0": counts, "T_mult": st.integers(1, 3), "eta_min": st.floats(0, 1)}),
        lambda a: (a["eta_min"], 1),
    ),
    "CyclicLR": (
        st.fixed_dictionaries(
            {
                "base_lr": st.floats(0, 0.5),
                "max_lr": st.floats(0.5, 2),
                "step_size_up": counts,
                "step_size_down": counts,
                "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
                "gamma": factors,
            }
        ),
        lambda a: (a["base_lr"], a["max_lr"]),
    ),
    "OneCycleLR": (
        st.fixed_dictionaries(
            {
                "max_lr": rates,
                "total_steps": st.integers(40, 99),
                "pct_start": st.floats(0, 0.5),
                "anneal_strategy": st.sampled_from(["cos", "linear"]),
                "three_phase": st.booleans(),
                "div_factor": st.floats(1, 100),
                "final_div_factor": st.floats(1, 100),
            }
        ),
        lambda a: (a["max_lr"] / a["div_factor"] / a["final_div_factor"], a["max_lr"]),
    ),
}


def of_one_group(name, arguments):
    optimizer = optim.SGD(parameters(), lr=1.0)
    return optimizer, getattr(s, name)(optimizer, **arguments)


@pytest.mark.parametrize("name", BOUNDED)
@given(data=st.data())
def test_rates_stay_within_their_bounds_and_resume_at_any_step(name, data):
    arguments = data.draw(BOUNDED[name][0])
    low, high = BOUNDED[name][1](arguments)
    whole = path(*of_one_group(name, arguments), 40)

    assert whole[:, 0, 0].min() >= low * (1 - 1e-9) - 1e-12
    assert whole[:, 0, 0].max() <= high * (1 + 1e-9) + 1e-12

    step = data.draw(st.integers(0, 40))
    _, schedule = of_one_group(name, arguments)
    for _ in range(step):
        schedule.step()
    optimizer, resumed = of_one_group(name, arguments)
    resumed.load_state_dict(json.loads(json.dumps(schedule.state_dict(), allow_nan=False)))
    np.testing.assert_array_equal(path(optimizer, resumed, 40 - step), whole[step:])


@given(metrics=st.lists(st.floats(-1e6, 1e6), max_size=40), factor=st.floats(0, 0.99), least=st.floats(0, 0.5))
def test_a_plateau_only_lowers_rates_and_never_below_the_least(metrics, factor, least):
    optimizer = optim.SGD(parameters(), lr=1.0)
    schedule = s.ReduceLROnPlateau(optimizer, factor=factor, patience=1, min_lr=least)
    seen = [1.0]
    for metric in metrics:
        schedule.step(metric)
        seen += schedule.get_last_lr()

    assert seen == sorted(seen, reverse=True)
    assert seen[-1] >= least


DOWN_TO_0 = {
    "LinearLR": lambda o, n, share: optim.lr_scheduler.LinearLR(o, start_factor=share, end_factor=0.0, total_iters=n),
    "PolynomialLR": lambda o, n, share: optim.lr_scheduler.PolynomialLR(o, n, power=3 * share),
    "CosineAnnealingLR": lambda o, n, share: optim.lr_scheduler.CosineAnnealingLR(o, n),
    "warm restarts": lambda o, n, share: optim.lr_scheduler.CosineAnnealingWarmRestarts(o, n, 2),
    "CyclicLR": lambda o, n, share: optim.lr_scheduler.CyclicLR(o, 0.0, share, n, n + 3, cycle_momentum=False),
    "OneCycleLR": lambda o, n, share: optim.lr_scheduler.OneCycleLR(o, share, 99, final_div_factor=1e30),
    "warmup_cosine": lambda o, n, share: optim.lr_scheduler.warmup_cosine(o, 3, 3 + n, share),
    "SWALR": lambda o, n, share: optim.swa_utils.SWALR(o, 0.0, n),
}


@pytest.mark.parametrize("make", DOWN_TO_0.values(), ids=DOWN_TO_0)
@given(lr=st.floats(1e-6, 10.0), count=st.integers(1, 40), share=st.floats(0.01, 1.0))
def test_a_rate_that_falls_to_0_is_never_below_it_where_a_step_would_refuse_it(make, lr, count, share):
    w = autograd.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=lr, momentum=0.5)
    schedule = make(optimizer, count, share)
    for _ in range(60):
        w.grad = np.zeros(1, np.float32)
        optimizer.step()
        schedule.step()
