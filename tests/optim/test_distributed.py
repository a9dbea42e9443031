"""Training in several processes, which `mpiexec` starts, against one process on the joint batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
