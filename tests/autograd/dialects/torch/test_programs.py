"""Programs in PyTorch's words run unchanged, and agree with PyTorch number by number where it is installed."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "programs"
ROOT = Path(__file__).parents[4]
PROGRAMS = sorted(HERE.glob("*.py"))
HAS_TORCH = find_spec("torch") is not None


def numbers(*command):
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [float(word) for word in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?|nan|inf", done.stdout)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_runs_unchanged_and_prints_what_it_prints_there(program):
    found = numbers("-m", "autograd.dialects.torch", str(program))

    assert found
    if HAS_TORCH:
        expected = numbers(str(program))
        assert len(found) == len(expected)
        assert found == pytest.approx(expected, rel=2e-6, abs=2e-6, nan_ok=True)
