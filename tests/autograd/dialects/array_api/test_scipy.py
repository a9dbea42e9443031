"""What SciPy differentiates through the array API, in a process where SCIPY_ARRAY_API=1, and the page that lists it."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).parent / "run_scipy.py"
ROOT = RUN.parents[4]


def test_scipy_differentiates_through_the_array_api():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(RUN)]
    env = {n: v for n, v in os.environ.items() if not n.startswith(("PYTEST", "COV"))} | {"SCIPY_ARRAY_API": "1"}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 150


def test_the_page_lists_what_is_tested_and_what_fails():
    spec = importlib.util.spec_from_file_location("array_api_table", ROOT / "docs" / "array_api_table.py")
    written = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(written)

    assert written.page() == written.PAGE.read_text(encoding="utf-8"), "run docs/array_api_table.py"
