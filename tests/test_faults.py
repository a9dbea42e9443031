"""Whatever fails, at whatever point: what was there stays whole, in files and in memory.

Each file operation and each allocation of an array fails once (see `faults.py`); allocations of Python's own objects
fail in processes of their own (`fail_memory.py`), some by default and all of them with HYPOTHESIS_PROFILE=nightly.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
import optim
from tests.faults import each_fault, failing_array, failing_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks and permissions of POSIX")
ROOT = Path(__file__).parent.parent
KINDS = ["files", "arrays"]
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


@pytest.fixture
def failing(tmp_path, request):
    return failing_of(request.param, tmp_path)


def failing_of(kind, folder):
    return {"files": lambda fail: failing_file(folder, fail), "arrays": failing_array}[kind]


def network():
    autograd.seed(1)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2))


def bits(state):
    """Every bit of a nested state, to compare."""
    if isinstance(state, dict):
        return {key: bits(value) for key, value in state.items()}
    if isinstance(state, (list, tuple)):
        return [bits(value) for value in state]
    return np.asarray(state).tobytes() if isinstance(state, (np.ndarray, autograd.Tensor)) else state


OLD, NEW = {"w": np.arange(4.0)}, {"w": np.arange(600.0), "n": np.int64(3)}
WAYS = {
    "nn": (nn.save, nn.load),
    "checkpoint": (lambda state, path: optim.save_checkpoint(path, state), optim.load_checkpoint),
}


@pytest.mark.parametrize("failing", KINDS, indirect=True)
@pytest.mark.parametrize("way", WAYS)
def test_saving_leaves_the_old_file_or_the_new_with_its_permissions_and_no_other(tmp_path, failing, way):
    save, load = WAYS[way]
    path, link = tmp_path / "model", tmp_path / "link"
    link.symlink_to(path)
    whole = []
    for state in (OLD, NEW):
        save(state, path)
        whole.append(bits(load(path)))
    save(OLD, path)
    path.chmod(0o600)

    def check(fault):
        assert bits(load(path)) in whole, fault.failed
        assert sorted(os.listdir(tmp_path)) == ["link", "model"], fault.failed
        assert link.is_symlink(), fault.failed
        assert path.stat().st_mode & 0o777 == 0o600, fault.failed
        save(OLD, path)

    assert each_fault(failing, lambda: save(NEW, link), check) > 0


@pytest.mark.parametrize("failing", KINDS, indirect=True)
def test_loading_changes_all_of_a_model_or_nothing_and_no_file(tmp_path, failing):
    path = tmp_path / "model"
    source = network()
    for parameter in source.parameters():
        parameter.data += 1.0
    nn.save(source, path)
    content, model = path.read_bytes(), network()
    before, after = bits(model.state_dict()), bits(source.state_dict())

    def check(fault):
        found = bits(model.state_dict())
        assert found == (before if fault.failed else after), fault.failed
        assert path.read_bytes() == content
        assert os.listdir(tmp_path) == ["model"]

    assert each_fault(failing, lambda: model.load_state_dict(nn.load(path)), check) > 3


def training(path):
    """The parts of a run with every kind of state, and what goes on with it."""
    model = network()
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    average = optim.swa_utils.AveragedModel(model, use_buffers=True)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)).astype(np.float32), np.arange(8) % 2
    loader = nn.data.DataLoader(nn.data.TensorDataset(x, y), 4, shuffle=True, seed=3)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule, "average": average}

    def fit(epochs):
        given = {"scheduler": schedule, "average": average, "checkpoint": path, "progress": False}
        return optim.fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs, checkpoint_every=1, **given)

    return parts, fit


def state_of(parts):
    return bits([{name: part.state_dict() for name, part in parts.items()}, autograd.get_rng_state()])


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_fails_at_any_point_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path, kind):
    path = tmp_path / "run"
    parts, fit = training(path)
    losses, expected = fit(2)["loss"], state_of(parts)
    path.unlink()

    def check(fault):
        assert os.listdir(tmp_path) in ([], ["run"]), fault.failed
        if path.exists():
            optim.load_checkpoint(path)
        parts, fit = training(path)
        assert fit(2)["loss"] == losses, fault.failed
        assert state_of(parts) == expected, fault.failed
        path.unlink()

    step = 1 if NIGHTLY else {"files": 5, "arrays": 101}[kind]
    assert each_fault(failing_of(kind, tmp_path), lambda: training(path)[1](2), check, step) > 100


@pytest.mark.parametrize("failing", KINDS, indirect=True)
def test_resuming_brings_all_of_a_run_back_or_nothing(tmp_path, failing):
    path = tmp_path / "run"
    training(path)[1](1)
    done, fit = training(path)
    fit(1)
    content, after = path.read_bytes(), state_of(done)
    parts, fit = training(path)
    before = state_of(parts)

    def check(fault):
        nonlocal parts, fit
        assert state_of(parts) in (before, after), fault.failed
        assert path.read_bytes() == content, fault.failed
        parts, fit = training(path)

    assert each_fault(failing, lambda: fit(1), check, 1 if NIGHTLY else 3) > 10


def test_the_hooks_count_what_they_should(tmp_path):
    with failing_array(2) as fault:
        a = np.empty(100)
        with pytest.raises(MemoryError):
            np.zeros(50)
        b = a + a
    assert (fault.failed, fault.count) == ("calloc", 3)
    assert b.shape == (100,)
    said = pytest.raises(OSError, match="in write")
    with failing_file(tmp_path, 2) as fault, said, open(tmp_path / "x", "w") as file:
        file.write("y")
    assert (tmp_path / "x").read_text() == ""


def test_python_out_of_memory_at_any_allocation_loses_nothing(tmp_path):
    pytest.importorskip("_testcapi", reason="a part of CPython's own tests")
    command = [sys.executable, "-m", "tests.fail_memory", "1" if NIGHTLY else "53"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    tried = dict(line.split() for line in done.stdout.splitlines())
    assert list(tried) == ["save", "save_checkpoint", "load", "fit"]
    assert all(int(count) > 5 for count in tried.values())
