"""An environment for each library: HIPS's `autograd` has our package's name, so no environment can hold both."""

import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import PathDistribution
from pathlib import Path

from .rows import Library

ROOT = Path(__file__).resolve().parents[2]
HOMES = ROOT / ".venv-peers"


def python_of(library: Library) -> Path:
    """The interpreter of the library's own environment, which is made on first use; ours is the one that runs this."""
    if library.module == "with_glassgrad":
        return Path(sys.executable)
    home = HOMES / library.module.removeprefix("with_")
    python, made = home / ".venv" / "bin" / "python", home / "requirements.txt"
    wanted = "\n".join(library.requirements)
    if not made.exists() or made.read_text() != wanted:
        home.mkdir(parents=True, exist_ok=True)
        print(f"installing {', '.join(library.requirements)} into {home.relative_to(ROOT)}", file=sys.stderr)
        problem = _run(["sh", ROOT / ".ci" / "venv.sh", sys.executable], cwd=home).stdout.strip()
        if problem:
            raise SystemExit(problem)
        _run([python, "-m", "pip", "install", "-qq", "--no-input", *library.requirements], cwd=home)
        made.write_text(wanted)
    return python


def probe(library: Library) -> subprocess.CompletedProcess[str]:
    """What the library's programs print, each its outcome."""
    paths = [ROOT / "benchmarks"] + [ROOT] * (library.module == "with_glassgrad")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "OMP_NUM_THREADS": "1"}
    command = [python_of(library), "-P", "-m", "features.probe", library.module]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900)


@cache
def site(library: Library) -> Path:
    """Where the library's packages are."""
    if library.module == "with_glassgrad":
        return ROOT
    return Path(
        _run([python_of(library), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.strip()
    )


def lines(library: Library) -> int:
    """Lines of Python, without empty ones, of the library's engine."""
    sources = (path for package in library.packages for path in (site(library) / package).rglob("*.py"))
    engine = (path for path in sources if re.match(library.engine, path.relative_to(site(library)).as_posix()))
    return sum(1 for path in engine for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def needs(library: Library) -> list[str]:
    """The packages that pip must install for the library, by its own metadata."""
    if library.module == "with_glassgrad":
        import tomllib

        listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    else:
        name, _, number = library.requirements[0].partition("==")
        found = next(site(library).glob(f"{name}-{number}*.dist-info"))
        listed = PathDistribution(found).requires or []
    return sorted(re.match(r"[\w.-]+", line)[0].lower() for line in listed if "extra ==" not in line)


def _run(command: list, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=cwd)
