"""Each example runs from the command line, trains a little, and leaves what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_digits_mlp_learns_and_draws(tmp_path):
    printed = run("examples/digits_mlp.py", "--epochs", "4", "--out", str(tmp_path))

    assert float(re.search(r"test accuracy +([\d.]+)%", printed)[1]) > 90
    assert "cross_entropy" in (tmp_path / "backprop.svg").read_text()
    assert (tmp_path / "training.png").read_bytes().startswith(b"\x89PNG")
    assert str(tmp_path / "backprop.svg") in printed


def test_augmentation_draws_each_transform(tmp_path):
    printed = run("examples/augmentation.py", "--out", str(tmp_path))

    assert str(tmp_path / "augmentation.png") in printed
    assert (tmp_path / "augmentation.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("workload", ["scalar", "overhead", "data"])
def test_the_benchmark_runs_with_whatever_is_installed(workload):
    printed = run("-m", "benchmarks", "--rounds", "2", "--seconds", "0.01", "--only", workload)

    assert any(word in printed for word in ("forward", "glassgrad", "% of a step"))
