"""What SciPy differentiates through the array API, in a process where SCIPY_ARRAY_API=1, and the page that lists it."""

import os
import re
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).parent / "run_scipy.py"


def test_scipy_differentiates_through_the_array_api():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(RUN)]
    env = {n: v for n, v in os.environ.items() if not n.startswith(("PYTEST", "COV"))} | {"SCIPY_ARRAY_API": "1"}
    done = subprocess.run(command, env=env, cwd=RUN.parents[4], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 150
