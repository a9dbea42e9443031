"""Training in several processes, which `mpiexec` starts, against one process on the joint batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nn
import optim
from optim import load_checkpoint

PROGRAM = Path(__file__).with_name("parallel_run.py")
ROOT = PROGRAM.parents[2]
MPIEXEC = Path(sys.executable).with_name("mpiexec")


def run(processes, *args, seconds=60):
    """The finished program; skipped without MPI, but in CI that is a failure."""
    if not MPIEXEC.exists():
        what = f"{MPIEXEC} is missing: pip install mpi4py mpich"
        pytest.fail(what) if os.environ.get("CI") else pytest.skip(what)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [str(MPIEXEC), "-n", str(processes), sys.executable, "-W", "error", str(PROGRAM), *map(str, args)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds)


def result(processes, *args):
    done = run(processes, *args)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_end_with_the_weights_and_the_history_of_one_on_the_joint_batch(processes, tmp_path):
    for kind, found in result(processes, "equal", tmp_path).items():
        assert found["processes"] == 0.0, kind
        assert found["weights"] < 1e-9, kind
        assert found["history"] < 1e-9, kind


def test_networks_of_single_precision_end_with_the_weights_of_one_process(tmp_path):
    found = result(2, "networks", tmp_path)

    assert found["LeNet-5"] < 1e-6
    assert found["GPT"] < 1e-6


@pytest.mark.parametrize("processes", [2, 3])
def test_the_same_parts_give_the_same_bits_in_several_processes_as_in_one(processes, tmp_path):
    found = result(processes, "reproduced", tmp_path)

    assert found["equal"]
    assert found["moved"] > 0.0


def test_ctrl_c_in_one_process_stops_all_after_the_same_step(tmp_path):
    assert result(3, "interrupted", tmp_path) == [["interrupted", 4]] * 3
    assert load_checkpoint(tmp_path / "run")["step"] == 4


def test_a_loop_of_ones_own_has_the_mean_gradients_after_backward(tmp_path):
    found = result(2, "by_hand", tmp_path)

    assert 0 < found["sent before the first layer's sweep"] < found["buckets"]
    assert found["mean"] < 1e-12
    assert found["two sweeps"] < 1e-12
    assert found["checkpoint"] < 1e-12
    assert found["unused is None"]
    assert found["used elsewhere"] == [0.5, 0.5, 0.5]
    assert "records no graph" in found["create_graph"]
    assert found["closed"] == 0.0


def test_what_is_wrong_in_all_processes_is_an_ordinary_error_that_names_it(tmp_path):
    widths, missing, last, short, lengths, compiled, kind = result(2, "wrong", tmp_path)

    assert "process 0 has the parameter ('weight', (2, 2), 'float32', True), process 1 has ('weight', (3, 2)" in widths
    assert "('bias', (2,), 'float32', True), process 1 has nothing there" in missing
    assert "a batch of 1 for 2 processes" in last
    assert "drop_last=True" in last
    assert "batch 0 has 1 samples for 2 processes" in short
    assert "[41, 40]" in lengths
    assert "compile=True" in compiled
    assert "it is a range" in kind


@pytest.mark.parametrize(("how", "reason"), [("raised", "ZeroDivisionError: a failure on purpose"), ("killed", "9")])
def test_a_process_that_dies_ends_the_run_and_leaves_the_last_checkpoint_whole(how, reason, tmp_path):
    done = run(2, "dies", tmp_path, how, seconds=30)

    assert done.returncode
    assert reason in done.stdout + done.stderr
    if how == "raised":
        assert "process 1 of 2 failed" in done.stderr
    assert load_checkpoint(tmp_path / "run")["epoch"] == 2


def test_an_error_outside_of_training_ends_all_processes(tmp_path):
    done = run(2, "dies_alone", tmp_path, seconds=30)

    assert done.returncode
    assert "a failure on purpose" in done.stderr
    assert "process 1 of 2 failed" in done.stderr


def test_a_run_goes_on_from_the_checkpoint_that_one_process_wrote_to_the_same_bits(tmp_path):
    found = result(2, "resumed", tmp_path)

    assert found["weights"] == 0.0
    assert found["losses"][0] == found["losses"][1]
    assert found["processes"] == 0.0
    assert found["masks"][0] != found["masks"][1]
    assert found["files"] == ["parts", "whole"]


def python(code, **environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)


def test_a_missing_extra_says_the_line_that_installs_it():
    done = python("import sys; sys.modules['mpi4py'] = None; import optim; optim.distributed.world()")

    assert "pip install 'glassgrad[mpi]'" in done.stderr.splitlines()[-1]


def test_the_mpiexec_of_another_mpi_is_not_taken_for_one_process():
    pytest.importorskip("mpi4py")
    done = python("import optim; optim.distributed.world()", OMPI_COMM_WORLD_SIZE="2")

    assert "mpiexec started 2 processes, but each sees itself alone" in done.stderr


def test_what_is_no_communicator_is_named():
    model = nn.Linear(1, 1)
    with pytest.raises(TypeError, match=r"fit: comm is a str; it takes a communicator of mpi4py"):
        optim.fit(model, [([[1.0]], [[1.0]])], nn.MSELoss(), optim.SGD(model.parameters()), 1, comm="world")
    with pytest.raises(ValueError, match="sync_batch_norm=True needs comm"):
        optim.fit(model, [([[1.0]], [[1.0]])], nn.MSELoss(), optim.SGD(model.parameters()), 1, sync_batch_norm=True)
