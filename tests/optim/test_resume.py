"""A run that is killed, at any moment and as often as you like, ends with the bits of one that was not."""

import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import WeightsError
from optim import arguments, resume, swa_utils
from tests.optim.killed_run import digest, train

PROGRAM = Path(__file__).with_name("killed_run.py")
ROOT = PROGRAM.parents[2]
KILLS = 20


def start(checkpoint):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, PROGRAM, checkpoint], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


def finish(checkpoint):
    with start(checkpoint) as process:
        printed = process.communicate()[0].split()
    assert process.returncode == 0
    return printed[-1]


def test_a_run_killed_twenty_times_ends_like_one_that_was_not(tmp_path):
    whole = finish(tmp_path / "whole")
    checkpoint = tmp_path / "killed"
    moments = random.Random()
    steps = []
    for _ in range(KILLS):
        with start(checkpoint) as process:
            for _ in range(moments.randrange(1, 24)):
                assert process.stdout.readline() == ".\n", "it was over before it could be killed"
            time.sleep(moments.uniform(0.0, 0.01))
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        if checkpoint.exists():
            steps.append(optim.load_checkpoint(checkpoint)["step"])  # whole, the old one or the new

    assert steps == sorted(steps)
    assert len(set(steps)) > 3  # it got on in between
    assert finish(checkpoint) == whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["killed", "whole"]  # and leaves no half-written files behind


def test_the_same_seed_gives_the_same_bits_in_another_process(tmp_path):
    assert finish(tmp_path / "there") == digest(*train(tmp_path / "here"))


class Stop(Exception):
    pass


@pytest.mark.parametrize("epochs", range(1, 6))
def test_a_run_stopped_after_any_epoch_goes_on_from_there(tmp_path, epochs):
    def stop(history):
        if len(history) == epochs:
            raise Stop

    with pytest.raises(Stop):
        train(tmp_path / "stopped", callback=stop)

    assert digest(*train(tmp_path / "stopped")) == digest(*train(tmp_path / "whole"))


def test_a_finished_run_is_not_trained_again(tmp_path):
    first = digest(*train(tmp_path / "run"))
    called = []

    assert digest(*train(tmp_path / "run", callback=called.append)) == first
    assert not called


def test_a_finished_run_goes_on_when_more_epochs_are_asked_for(tmp_path):
    train(tmp_path / "longer", epochs=2)

    assert digest(*train(tmp_path / "longer", epochs=3)) == digest(*train(tmp_path / "whole", epochs=3))


OPTIMIZERS = [
    name
    for name in optim.__all__
    if isinstance(getattr(optim, name), type)
    and issubclass(getattr(optim, name), optim.Optimizer)
    and name != "Optimizer"
]
SCHEDULES = {
    "StepLR": {"step_size": 2},
    "CosineAnnealingWarmRestarts": {"T_0": 2},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 20},
    "CyclicLR": {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 3},
    "LambdaLR": {"lr_lambda": lambda step: 0.9**step},
    "ReduceLROnPlateau": {"patience": 0, "threshold": 0.5},
    "warmup_cosine": {"warmup_steps": 2, "total_steps": 8},
}


def both(tmp_path, build):
    """The digests of five epochs in one go, and in two."""
    found = []
    for name, parts in (("whole", [5]), ("parts", [2, 5])):
        for epochs in parts:
            model, optimizer, scheduler = build()
            history = optim.fit(
                model, problem()[1], nn.MSELoss(), optimizer, epochs, scheduler=scheduler, checkpoint=tmp_path / name,
                progress=False,
            )  # fmt: skip
        found.append(digest(model, optimizer, history))
    return found


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_resumes_bit_for_bit(tmp_path, name):
    def build():
        model, _ = problem()
        return model, getattr(optim, name)([p for p in model.parameters() if p.ndim == 2], lr=0.01), None

    whole, parts = both(tmp_path, build)
    assert whole == parts


@pytest.mark.filterwarnings("ignore:fit. OneCycleLR has total_steps=20, but")  # the first part is short
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_kind_of_schedule_resumes_bit_for_bit(tmp_path, name):
    def build():
        model, _ = problem()
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        return model, optimizer, getattr(optim.lr_scheduler, name)(optimizer, **SCHEDULES[name])

    whole, parts = both(tmp_path, build)
    assert whole == parts


class Chance(nn.Module):
    """A layer whose state is in a buffer that is not saved with the weights."""

    def __init__(self):
        self.linear, self.count = nn.Linear(2, 1), nn.Buffer(np.zeros(()), persistent=False)

    def forward(self, x):
        if self.training:
            self.count.data = self.count.data + 1.0
        return self.linear(x) * (1.0 + 0.1 * float(self.count.data))


class OwnOrder:
    """Batches in an order drawn from the engine's generator when an epoch begins, without a state of their own."""

    def __init__(self, batches):
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for i in autograd.permutation(len(self.batches)).tolist():
            yield self.batches[i]


def test_hidden_buffers_frozen_layers_and_loaders_that_draw_from_the_engine_resume_too(tmp_path):
    found = []
    for name, stops in (("whole", [None]), ("parts", [7, 12, None])):
        for stop in stops:
            autograd.seed(0)
            model = nn.Sequential(Chance(), nn.Dropout(0.2), nn.Linear(1, 1))
            x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
            data = OwnOrder([(x[i : i + 8], x[i : i + 8, :1]) for i in range(0, 40, 8)])
            seen = []

            def loss(output, target, stop=stop, seen=seen):
                seen.append(1)
                if len(seen) == stop:
                    raise Stop
                return nn.functional.mse_loss(output, target)

            def freeze(history, model=model):
                model[2].requires_grad_(len(history) != 1)

            optimizer = optim.SGD(model.parameters(), lr=0.05)
            options = {"checkpoint": tmp_path / name, "checkpoint_every": 1, "callback": freeze, "progress": False}
            with contextlib.suppress(Stop):
                history = optim.fit(model, data, loss, optimizer, 4, **options)
                found.append(digest(model, optimizer, history))

    assert len(found) == 2
    assert found[0] == found[1]


def test_a_callback_that_fails_loses_no_epoch_and_sees_it_again(tmp_path):
    seen = []

    def fails(history):
        seen.append(len(history))
        raise Stop

    with pytest.raises(Stop):
        run(tmp_path / "run", callback=fails)
    run(tmp_path / "run", callback=lambda history: seen.append(len(history)))

    assert seen == [1, 1, 2]


def test_the_same_objects_go_on_after_an_interruption(tmp_path):
    model, data = problem()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = optim.lr_scheduler.StepLR(optimizer, 1, 0.5)

    def interrupt(history):
        if len(history) == 2:
            raise KeyboardInterrupt

    options = {"scheduler": schedule, "checkpoint": tmp_path / "run", "progress": False}
    assert optim.fit(model, data, nn.MSELoss(), optimizer, 4, callback=interrupt, **options).stopped == "interrupted"
    history = optim.fit(model, data, nn.MSELoss(), optimizer, 4, callback=lambda history: None, **options)

    assert history["lr"] == [0.1, 0.05, 0.025, 0.0125]


def test_the_folder_may_be_left_while_it_trains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    run("run", callback=lambda history: os.chdir(tmp_path / "elsewhere"))

    assert optim.load_checkpoint(tmp_path / "run")["epoch"] == 2


def test_fewer_epochs_than_are_done_train_no_more(tmp_path):
    run(tmp_path / "run", epochs=3)
    _, history = run(tmp_path / "run", epochs=2)

    assert len(history) == 3
    assert history.stopped == "epochs"


def test_a_resumed_run_says_so(tmp_path, capsys):
    run(tmp_path / "run", epochs=1)
    run(tmp_path / "run", epochs=2, progress=True)

    assert f"fit: the run in {tmp_path / 'run'} goes on in epoch 2; resume=False starts anew" in capsys.readouterr().err


# -- checkpoints that do not fit, or cannot be written -----------------------------------------------


def problem(width=3, kind=nn.Linear):
    autograd.seed(0)
    model = nn.Sequential(kind(2, width), nn.Tanh(), nn.Linear(width, 1))
    x = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    return model, [(x, x.sum(axis=1, keepdims=True))] * 4


def run(path, width=3, lr=0.1, epochs=2, batches=4, averaged=False, **options):
    model, data = problem(width)
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    average = optim.swa_utils.AveragedModel(model) if averaged else None
    options = {"loss": nn.MSELoss(), "progress": False, **options}
    history = optim.fit(
        model, data[:batches], optimizer=optimizer, epochs=epochs, checkpoint=path, average=average, **options
    )
    return model, history


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width": 4}, r"model was Sequential\(  # 13 parameters, is Sequential\(  # 17 parameters"),
        ({"lr": 0.2}, "lr of group 0 was 0.1, is 0.2"),
        ({"batches": 3}, "batches was 4, is 3"),
        ({"clip_norm": 1.0}, "clip_norm was None, is 1.0"),
        ({"clip_value": 1.0}, "clip_value was None, is 1.0"),
        ({"accumulate": 2}, "accumulate was 1, is 2"),
        ({"schedule": "step"}, "schedule was epoch, is step"),
        ({"mode": "max", "monitor": "loss"}, "mode was min, is max"),
        ({"patience": 2}, "patience was None, is 2"),
        ({"metrics": [optim.metrics.r2]}, r"metrics was \[\], is \['r2'\]"),
        ({"loss": nn.L1Loss()}, r"loss was MSELoss\(\), is L1Loss\(\)"),
        ({"averaged": True}, r"parts was \['model', 'optimizer'\], is \['average', 'model', 'optimizer'\]"),
    ],
)
def test_the_checkpoint_of_another_run_is_an_error_that_keeps_it(tmp_path, change, words):
    path = tmp_path / "run"
    run(path)
    content = path.read_bytes()

    with pytest.raises(WeightsError, match=words) as caught:
        run(path, **{"epochs": 3, **change})

    assert "resume=False" in str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert path.read_bytes() == content


def test_a_checkpoint_that_does_not_fit_changes_nothing_in_memory(tmp_path):
    run(tmp_path / "run")
    model, data = problem(width=4)
    before = model.state_dict()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with pytest.raises(WeightsError):
        optim.fit(model, data, nn.MSELoss(), optimizer, 3, checkpoint=tmp_path / "run", progress=False)

    assert all(np.array_equal(before[name], value) for name, value in model.state_dict().items())
    assert not optimizer.state


def test_a_state_that_does_not_fit_is_taken_back_whole(tmp_path):
    run(tmp_path / "run")
    saved = optim.load_checkpoint(tmp_path / "run")
    saved["optimizer"]["state"][0]["momentum_buffer"] = np.zeros(7, np.float32)
    optim.save_checkpoint(tmp_path / "run", saved)
    model, data = problem()
    before = model.state_dict()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with pytest.raises(WeightsError, match=r"momentum_buffer has shape \(7,\)") as caught:
        optim.fit(model, data, nn.MSELoss(), optimizer, 3, checkpoint=tmp_path / "run", progress=False)

    assert "resume=False" in caught.value.__notes__[0]
    assert all(np.array_equal(before[name], value) for name, value in model.state_dict().items())
    assert not optimizer.state


def places(state, path=()):
    """Every place in a state of dicts and lists, from the whole to its leaves."""
    items = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, (list, tuple)) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


def put(state, path, value):
    """The state with another value in one place, or without it."""
    if not path:
        return value
    if isinstance(state, dict):
        changed = {k: put(v, path[1:], value) if k == path[0] else v for k, v in state.items()}
        return {k: v for k, v in changed.items() if v is not put}
    changed = [put(v, path[1:], value) if i == path[0] else v for i, v in enumerate(state)]
    return type(state)(v for v in changed if v is not put)


def test_a_checkpoint_that_was_tampered_with_anywhere_is_refused_whole_or_goes_on(tmp_path):
    path = tmp_path / "run"
    given = {"metrics": [optim.metrics.r2], "validation": problem()[1], "checkpoint": path, "checkpoint_every": 3}

    def ready():
        model, data = problem()
        model.append(nn.BatchNorm1d(1))
        model[0].bias.requires_grad = False
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
        average = optim.swa_utils.AveragedModel(model)
        given.update(scheduler=schedule, average=average, progress=False)
        parts = {"model": model, "optimizer": optimizer, "scheduler": schedule, "average": average}
        return parts, lambda epochs: optim.fit(model, data, nn.MSELoss(), optimizer, epochs, **given)

    def state_of(parts):
        learns = [p.requires_grad for p in parts["model"].parameters()]
        return repr([{k: v.state_dict() for k, v in parts.items()}, learns, autograd.get_rng_state()])

    ready()[1](2)
    saved = optim.load_checkpoint(path)
    content, refused = path.read_bytes(), 0
    for place, value in itertools.product(places(saved), [put, None, "x", -1, np.full(7, 1j), {}]):
        if place[:1] not in (("settings",), ("now",)) and place:
            parts, go_on = ready()
            before = state_of(parts)
            try:
                optim.save_checkpoint(path, put(saved, place, value))
            except (TypeError, WeightsError):
                continue  # it cannot be written so
            with contextlib.suppress(WeightsError):
                go_on(2)
                continue
            assert state_of(parts) == before, (place, value)
            refused += 1
    path.write_bytes(content)

    assert refused > 300


def test_an_interrupt_at_any_line_of_loading_leaves_a_run_as_it_was_or_where_its_checkpoint_is(tmp_path, interrupted):
    model, data = problem()
    model.append(nn.BatchNorm1d(1))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    average = optim.swa_utils.AveragedModel(model)
    given = {"average": average, "checkpoint": tmp_path / "run", "progress": False}
    parts = [model, optimizer, average]

    def state():
        return repr([[part.state_dict() for part in parts], autograd.get_rng_state()])

    before = [part.state_dict() for part in parts]
    optim.fit(model, data, nn.MSELoss(), optimizer, 2, **given)
    settings = arguments.Settings(model, data, nn.MSELoss(), optimizer, 2, **given)
    resume.load(settings)
    after = state()
    seen = set()

    def prepare():
        for part, values in zip(parts, before):
            part.load_state_dict(values)
        autograd.seed(3)
        seen.add(state())
        return lambda: resume.load(settings)

    def check():
        seen.add(state())

    assert interrupted([resume, swa_utils], prepare, check) > 60
    assert after in seen
    assert len(seen) == 2


def test_of_a_schedule_of_schedules_the_part_that_differs_is_named(tmp_path):
    for total in (20, 30):
        model, data = problem()
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        options = {"scheduler": optim.lr_scheduler.warmup_cosine(optimizer, 2, total), "schedule": "step"}
        options |= {"checkpoint": tmp_path / "run", "progress": False}
        if total == 20:
            optim.fit(model, data, nn.MSELoss(), optimizer, 1, **options)
    with pytest.raises(WeightsError, match="T_max=18, and this one was made with 28"):
        optim.fit(model, data, nn.MSELoss(), optimizer, 2, **options)


def test_resume_false_starts_anew_over_the_old_checkpoint(tmp_path):
    run(tmp_path / "run", epochs=3)
    _, history = run(tmp_path / "run", lr=0.2, epochs=1, resume=False)

    assert len(history) == 1
    assert optim.load_checkpoint(tmp_path / "run")["epoch"] == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "weights", "text"])
def test_a_damaged_checkpoint_is_an_error_that_names_it(tmp_path, damage):
    path = tmp_path / "run"
    model, _ = run(path)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-1])
    elif damage == "flipped":
        path.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
    elif damage == "text":
        path.write_text("epoch 3")
    else:
        nn.save(model, path)

    with pytest.raises(WeightsError, match="run"):
        run(path, epochs=3)


def test_a_folder_that_is_not_there_is_found_before_the_first_step(tmp_path):
    called = []
    with pytest.raises(FileNotFoundError, match="no such folder"):
        run(tmp_path / "nowhere" / "run", callback=called.append)

    assert not called


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_found_before_the_first_step(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="allow writing"):
        run(tmp_path / "run")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")])
def test_a_checkpoint_that_fails_keeps_the_old_one_and_the_weights_in_memory(tmp_path, monkeypatch, error):
    path = tmp_path / "run"
    saved = []

    def fsync(descriptor):
        saved.append(descriptor)
        if len(saved) == 3:  # the one after the second epoch
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(type(error), match=r"save_checkpoint: .*(make room|allow writing)"):
        run(path, epochs=4)
    monkeypatch.undo()

    assert optim.load_checkpoint(path)["epoch"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    np.testing.assert_array_equal(
        run(path, epochs=4)[0][0].weight.data, run(tmp_path / "x", epochs=4)[0][0].weight.data
    )


def test_what_a_killed_writer_left_behind_is_removed_on_resuming(tmp_path, monkeypatch):
    path = tmp_path / "run"
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(SystemExit))
    monkeypatch.setattr(os, "unlink", lambda name: None)  # killed: nothing cleans up
    with pytest.raises(SystemExit):
        run(path)
    monkeypatch.undo()
    assert len(list(tmp_path.iterdir())) == 1

    run(path)
    run(path)

    assert [p.name for p in tmp_path.iterdir()] == ["run"]
