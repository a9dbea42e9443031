"""Options, arguments and settings are annotated fields: what follows from a line, and what an author may write."""

import dataclasses
import inspect
from typing import ClassVar

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd.support.settings import Share
from optim.arguments import Settings
from optim.lr_scheduler import LRScheduler
from optim.resume import Progress
from optim.settings import UNSAVED


def leaf():
    return autograd.tensor([1.0, -3.0], requires_grad=True)


class Signs(optim.Optimizer):
    lr: float = 0.1
    beta: Share = 0.5
    counts: int = 3
    _: dataclasses.KW_ONLY
    maximize: bool = False

    def update(self, data, grad, state, options, a, b):
        data -= np.multiply(np.sign(grad, out=a), options["lr"], out=a)


def test_a_field_is_an_argument_a_default_of_groups_and_a_check():
    w, v = leaf(), leaf()
    optimizer = Signs([{"params": [w]}, {"params": [v], "lr": 1.0}], 0.2, counts=4)

    assert list(inspect.signature(Signs).parameters) == ["params", "lr", "beta", "counts", "maximize"]
    assert optimizer.defaults == {"lr": 0.2, "beta": 0.5, "counts": 4, "maximize": False}
    assert [group["lr"] for group in optimizer.param_groups] == [0.2, 1.0]
    for name, value, words in (("lr", -1.0, "less than 0"), ("beta", 1.5, "between 0 and 1"), ("counts", 0, "than 1")):
        with pytest.raises(ValueError, match=f"Signs: {name}={value} is .*{words}"):
            Signs([w], **{name: value})
    with pytest.raises(TypeError, match="positional"):
        Signs([w], 0.1, 0.5, 3, True)


def test_options_stand_in_the_groups_alone():
    optimizer = Signs([leaf()], lr=0.2)

    assert not hasattr(optimizer, "lr")  # a schedule would leave it behind
    assert not hasattr(optimizer, "params")


def test_an_option_with_the_name_of_a_method_is_an_error():
    with pytest.raises(TypeError, match=r"Wrong\.whole is no option, since all optimizers have it"):

        class Wrong(optim.Optimizer):
            whole: bool = True


def test_a_field_may_be_changed_below_and_an_init_of_ones_own_is_inherited():
    class Slow(Signs):
        lr: float = 0.01

    class Own(Slow):
        def __init__(self, params, speed):
            super().__init__(params, lr=speed / 10)

    class Child(Own):
        """It adds nothing."""

    assert Slow([leaf()]).defaults == {"lr": 0.01, "beta": 0.5, "counts": 3, "maximize": False}
    assert Child([leaf()], 5.0).param_groups[0]["lr"] == 0.5
    with pytest.raises(ValueError, match=r"Child: lr=-0\.5 is less than 0"):
        Child([leaf()], -5.0)


def test_adamw_decouples_and_takes_no_argument_that_says_so():
    assert optim.AdamW([leaf()]).defaults["decoupled_weight_decay"] is True
    with pytest.raises(TypeError, match="decoupled_weight_decay"):
        optim.AdamW([leaf()], decoupled_weight_decay=False)


class Halving(LRScheduler):
    every: int = 2
    floor: Share | None = dataclasses.field(default=None, metadata=UNSAVED)
    last_epoch: int = -1

    def get_lr(self):
        return [max(rate / 2 ** (self.last_epoch // self.every), self.floor or 0.0) for rate in self.base_lrs]


def test_a_schedule_of_ones_own_has_fields_that_are_checked_and_saved():
    optimizer = optim.SGD([leaf()], lr=1.0)
    schedule = Halving(optimizer, 1, floor=0.3)
    rates = [schedule.get_last_lr()[0]]
    for _ in range(3):
        schedule.step()
        rates += schedule.get_last_lr()

    assert rates == [1.0, 0.5, 0.3, 0.3]
    assert schedule.state_dict()["every"] == 1
    assert "floor" not in schedule.state_dict()
    with pytest.raises(ValueError, match="Halving: every=0 is less than 1"):
        Halving(optimizer, 0)
    with pytest.raises(autograd.WeightsError, match="every=1, and this one was made with 2"):
        Halving(optimizer).load_state_dict(schedule.state_dict())


POSTPONED = """
from __future__ import annotations

class Postponed(LRScheduler):
    few: ClassVar[int] = 3
    every: int = 2
    _: dataclasses.KW_ONLY
    floor: float | None = None

    def get_lr(self):
        return [rate / self.every for rate in self.base_lrs]

class Small(optim.Optimizer):
    lr: float = 0.1
    _: dataclasses.KW_ONLY
    maximize: bool = False

    def update(self, data, grad, state, options, a, b):
        data -= options["lr"]
"""


def test_an_author_may_postpone_the_evaluation_of_annotations():
    made = {**globals(), "ClassVar": ClassVar}
    exec(POSTPONED, made)
    optimizer = made["Small"]([leaf()], 1.0)

    assert made["Postponed"](optimizer, 4, floor=0.5).get_last_lr() == [0.25]
    assert list(inspect.signature(made["Postponed"]).parameters) == ["optimizer", "every", "floor"]
    with pytest.raises(ValueError, match="Postponed: every=0 is less than 1"):
        made["Postponed"](optimizer, 0)
    with pytest.raises(TypeError, match="Small: maximize=3 is neither True nor False"):
        made["Small"]([leaf()], maximize=3)


def test_a_schedule_needs_no_last_epoch():
    class Constant(LRScheduler):
        rate: float = 0.5

        def get_lr(self):
            return [self.rate] * len(self.base_lrs)

    assert Constant(optim.SGD([leaf()])).get_last_lr() == [0.5]


def test_fit_has_the_arguments_of_its_settings_and_python_names_it_in_errors():
    assert list(inspect.signature(optim.fit).parameters) == list(inspect.signature(Settings).parameters)
    with pytest.raises(TypeError, match=r"^fit\(\) got an unexpected keyword argument 'epoch'"):
        optim.fit(None, [], None, None, epoch=3)
    with pytest.raises(TypeError, match=r"^fit\(\) missing 1 required positional argument: 'epochs'"):
        optim.fit(None, [], None, None)


def test_the_settings_of_a_run_do_not_change():
    model = nn.Linear(2, 1)
    settings = Settings(model, [(np.ones((2, 2)), np.ones((2, 1)))], nn.MSELoss(), optim.SGD(model.parameters()), 3)

    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.epochs = 4
    assert (settings.monitor, settings.mode, settings.judged) == ("loss", "min", model)


def test_a_checkpoint_holds_the_progress_whole(tmp_path):
    model = nn.Linear(2, 1)
    data = [(np.ones((2, 2), np.float32), np.ones((2, 1), np.float32))] * 3
    given = model, data, nn.MSELoss(), optim.SGD(model.parameters()), 2
    optim.fit(*given, checkpoint=tmp_path / "run", progress=False)
    saved = optim.load_checkpoint(tmp_path / "run")

    assert {field.name for field in dataclasses.fields(Progress)} <= saved.keys()
    progress = Progress.of(saved, Settings(*given))
    assert (progress.epoch, progress.batch, progress.step, progress.history.stopped) == (2, 0, 6, "epochs")
    assert progress.state_dict().keys() <= saved.keys()
    names = (
        "batch begun best best_weights buffers epoch history model now optimizer pending random seconds settings step"
    )
    assert saved.keys() == {*names.split(), "stopped", "sums", "trained", "version"}


def test_a_checkpoint_of_0_1_0_is_read_and_one_of_a_later_version_refused(tmp_path):
    def fit(epochs):
        autograd.seed(0)
        model = nn.Linear(2, 1)
        data = [(np.full((2, 2), i, np.float32), np.ones((2, 1), np.float32)) for i in range(4)]
        optimizer = optim.SGD(model.parameters())
        given = {"checkpoint": tmp_path / "run", "checkpoint_every": 3, "progress": False}
        return optim.fit(model, data, nn.MSELoss(), optimizer, epochs, **given)

    whole = fit(2).rows
    (tmp_path / "run").unlink()
    fit(1)
    saved = optim.load_checkpoint(tmp_path / "run")
    assert saved.pop("version") == 1
    del saved["sums"]["weight"]
    optim.save_checkpoint(tmp_path / "run", saved)

    assert [row["loss"] for row in fit(2).rows] == [row["loss"] for row in whole]
    optim.save_checkpoint(tmp_path / "run", {**saved, "version": 2})
    with pytest.raises(autograd.WeightsError, match="its version is 2, and this library writes version 1"):
        fit(3)


def test_only_public_names_are_offered():
    assert dir(optim) == sorted(optim.__all__)
    assert all(hasattr(optim, name) for name in optim.__all__)
