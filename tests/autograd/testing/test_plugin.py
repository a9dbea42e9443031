"""The pytest plugin, in a pytest of its own: as a user has it, with strict markers."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def outcomes(tmp_path):
    """The last line of pytest on a test file with this text."""

    def run(text):
        (tmp_path / "test_user.py").write_text("import numpy as np, pytest\nX = np.array([0.5, 1.0])\n" + text)
        # where this project is installed, the plugin is loaded by its entry point; here by name, and only once
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        options = ["-q", "-p", "pytest_glassgrad", "-p", "no:cacheprovider", "--strict-markers", "-W", "error"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, "."],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        return done.stdout

    return run


def test_the_fixture_checks_a_gradient(outcomes):
    told = outcomes("def test_sine(gradcheck):\n    assert gradcheck(np.sin, [X], order=2)\n")

    assert "1 passed" in told


def test_the_fixture_shows_a_wrong_gradient(outcomes):
    told = outcomes("def test_cut(gradcheck):\n    gradcheck(lambda x: x * x.detach(), [X])\n")

    assert "1 failed" in told
    assert "finite differences" in told


def test_the_closest_marker_gives_the_arguments(outcomes):
    told = outcomes(
        "pytestmark = pytest.mark.gradcheck(order=2, seed=3)\n"
        "@pytest.mark.gradcheck(order=3)\n"
        "def test_options(gradcheck):\n    assert gradcheck.keywords == {'order': 3, 'seed': 3}\n"
    )

    assert "1 passed" in told


def test_to_load_the_plugin_loads_neither_the_engine_nor_hypothesis(outcomes):
    told = outcomes("def test_lazy():\n    import sys\n    assert not {'autograd', 'hypothesis'} & set(sys.modules)\n")

    assert "1 passed" in told


def test_the_project_enters_the_plugin_and_packs_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["project"]["entry-points"]["pytest11"] == {"glassgrad-testing": "pytest_glassgrad"}
    assert "pytest_glassgrad.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
