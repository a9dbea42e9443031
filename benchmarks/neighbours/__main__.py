"""Run packages that depend on HIPS's autograd on ours and on HIPS's, compare, and write the tables.

`make neighbours` makes the environment and runs this in it. Without --suites their main jobs are run, in processes that
take turns, on one thread each: the numbers must agree, and the medians of the ratios of processor time are written.
With --suites their own tests are run on both: one that passes on HIPS's alone is a failure. Three packages ship none:
these are run where a checkout lies beside the others, and a line says where it is missing. With --examples HIPS's own
example programs are run on both, for some seconds each: what they print is compared, and when. --only WORD renews the
rows of packages, or programs, so called.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.pages import renew

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE, CLOSE = 1e-9, 1e-6  # relative; of what an example prints first, in as many digits as it likes
NUMBER = r"-?\d+\.?\d*(?:e[+-]?\d+)?"
PACKAGES = {  # and what each does in jobs.py
    "autograd-gamma": "first and second derivatives of incomplete gamma and beta functions by their shapes",
    "lifelines": "Weibull, log-normal, generalized gamma, accelerated failure and spline proportional hazard models: "
    "coefficients, standard errors, likelihoods",
    "pymanopt": "trust regions on a sphere, conjugate gradients on a Grassmann manifold",
    "surpyval": "Weibull, log-normal, gamma and Gumbel fits of censored lifetimes: parameters, likelihoods, bounds",
    "ceviche": "Maxwell's equations in two dimensions: the gradient of an intensity by the permittivity of 1,600 cells",
    "pyerrors": "errors carried through a function, a fit and a root",
}
BACKEND = "manifolds optimizers test_multi_tools.py backends/test_autograd.py backends/test_backend_tools.py"
CHECKOUTS = {  # whose packages ship no tests: where to clone them from
    "autograd-gamma": "https://github.com/CamDavidsonPilon/autograd-gamma",
    "ceviche": "https://github.com/fancompute/ceviche",
    "pyerrors": "https://github.com/fjosw/pyerrors",
}
SUITES = {
    "autograd-gamma": ["tests"],
    "lifelines": ["lifelines/tests"],
    "pymanopt": ["--noconftest", *(f"tests/{part}" for part in BACKEND.split())],  # what asks for no other back end
    "surpyval": ["surpyval/tests"],
    "ceviche": ["tests"],
    "pyerrors": ["tests", "--ignore=tests/benchmark_test.py"],
}

SECONDS, SHORT = 4.0, 0.05  # of an example; one that takes less is not timed
HELPERS = {"__init__", "data", "data_mnist"}
NOTES = {  # of examples
    "rkhs": "an error: it traces a class of its own",
    "bayesian_optimization": "stops in both with today's SciPy, whose covariance is not positive definite",
    "ode_net": "derivatives of the solver's steps here, of an adjoint equation there",
    "fixed_points": "derivatives are exact here, 3e-3 off there",
    "negative_binomial_maxlike": "the same fit; its last gradients are rounding",
    "dot_graph": "the same operations, under our names",
    "print_trace": "the same operations, under our names",
}


def environment(theirs: Path | None) -> dict[str, str]:
    """One thread, and HIPS's package before ours, if asked for."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    paths = [str(theirs)] * bool(theirs) + [str(Path(__file__).parent)]
    return {**os.environ, **threads, "MPLBACKEND": "agg", "COLUMNS": "400", "PYTHONPATH": os.pathsep.join(paths)}


def measured(name: str, theirs: Path | None) -> tuple[list[float], float]:
    """The numbers of a job and its processor time."""
    command = [sys.executable, "-P", Path(__file__).with_name("jobs.py"), name.replace("-", "_")]
    done = subprocess.run(command, env=environment(theirs), capture_output=True, text=True, cwd=ROOT / "docs")
    if done.returncode:
        raise SystemExit(f"{name}, on {'HIPS' if theirs else 'our'} autograd:\n{done.stderr}")
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def job(name: str, theirs: Path, rounds: int) -> tuple[list[str], bool]:
    """A row of the table of jobs, and whether the numbers agree."""
    ratios, differences = [], []
    for number in range(rounds):
        pair = [measured(name, path) for path in ((theirs, None) if number % 2 else (None, theirs))]
        (expected, before), (found, after) = pair if number % 2 else pair[::-1]
        if len(found) != len(expected):
            raise SystemExit(f"{name}: {len(found)} numbers, {len(expected)} on HIPS's")
        differences.append(np.abs(np.subtract(expected, found)) / np.maximum(np.abs(expected), 1e-300))
        ratios.append(after / before)
    apart, spread = np.max(differences), "{:.2f} ({:.2f} to {:.2f})".format(*np.quantile(ratios, [0.5, 0.25, 0.75]))
    print(f"{name}: {len(found)} numbers, {apart:.0e} apart at most, {spread} of HIPS's time", flush=True)
    return [f"{name} {version(name)}", PACKAGES[name], f"{apart:.0e}" if apart else "none", spread], apart <= TOLERANCE


def outcomes(folder: Path, theirs: Path | None, chosen: list[str]) -> dict[str, bool]:
    """Of each test that was not skipped, whether it passed."""
    options = ["-q", "-rA", "--tb=no", "-W", "ignore", "-p", "no:cacheprovider", "-p", "seeded"]
    options += ["-p", "no:glassgrad-testing"]  # ours, which HIPS's package cannot run
    command = [sys.executable, "-P", "-m", "pytest", *options, "-c", os.devnull, "--rootdir", ".", *chosen]
    told = subprocess.run(command, env=environment(theirs), cwd=folder, capture_output=True, text=True).stdout
    found = re.findall(r"^(PASSED|FAILED|ERROR|XPASS|XFAIL) (\S+?\.py(?:::.+?)?)(?: - .*)?$", told, re.MULTILINE)
    return {test: outcome not in ("FAILED", "ERROR") for outcome, test in found}


def suite(name: str, home: Path, folder: Path) -> tuple[list[str], bool]:
    """A row of the table of suites, and whether all that passes on HIPS's passes on ours."""
    before, after = (outcomes(folder, theirs, SUITES[name]) for theirs in (home / "theirs", None))
    lost = [test for test in before if before[test] and not after.get(test)]
    passed, total = sum(after.values()), len(before)
    row = [f"{name} {version(name)}", f"{passed} of {total}", f"{sum(before.values())} of {total}"]
    print(f"{row[0]}: {row[1]} pass, {row[2]} on HIPS's", *(f"  {test} fails on ours alone" for test in lost), sep="\n")
    return row, bool(before) and not lost


def shown(path: Path, theirs: Path | None) -> tuple[list[tuple[str, float]], float]:
    """The lines that an example printed, each with the processor time until then, and its whole time."""
    command = [sys.executable, "-P", Path(__file__).with_name("example.py"), path, str(SECONDS)]
    done = subprocess.run(command, env=environment(theirs), capture_output=True, text=True, cwd=path.parent)
    if done.returncode:
        raise SystemExit(f"{path.stem}, on {'HIPS' if theirs else 'our'} autograd:\n{done.stderr}")
    lines, whole, ended = json.loads(done.stdout.splitlines()[-1])
    return lines, 0.0 if ended == "time" else whole


def apart(ours: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> float:
    """The largest relative difference of two numbers that stand in the same place."""
    found = [re.findall(NUMBER, line) for lines in (ours, theirs) for line, _ in lines]
    pairs = zip(found[: len(ours)], found[len(ours) :])
    numbers = [(float(a), float(b)) for mine, other in pairs for a, b in zip(mine, other)]
    return max((abs(a - b) / max(abs(a), abs(b)) for a, b in numbers if a != b), default=0.0)


def example(path: Path, theirs: Path, rounds: int) -> tuple[list[str], bool]:
    """A row of the table of examples, and whether the first lines agree, or it is known why not."""
    ratios = []
    for number in range(rounds):
        pair = [shown(path, each) for each in ((theirs, None) if number % 2 else (None, theirs))]
        (before, whole), (after, mine) = pair if number % 2 else pair[::-1]
        common = min(len(before), len(after))
        if whole and mine:
            ratios.append((mine, whole))
        elif common:
            ratios.append((after[common - 1][1], before[common - 1][1]))
    first = apart(after[: min(common, 10)], before[: min(common, 10)])
    last, note = apart(after[:common], before[:common]), NOTES.get(path.stem, "")
    spread, timed = "", [a / b for a, b in ratios if b > SHORT]
    if timed:
        spread = "{:.2f} ({:.2f} to {:.2f})".format(*np.quantile(timed, [0.5, 0.0, 1.0]))
    row = [path.stem, str(common), f"{first:.0e}" if first else "none", f"{last:.0e}" if last else "none", spread, note]
    print(*row, sep=", ", flush=True)
    return row, first <= CLOSE or bool(note)


def main() -> int:
    parser = argparse.ArgumentParser("make neighbours", description=__doc__.partition("\n")[0])
    parser.add_argument("home", type=Path, help="the folder with HIPS's package, in theirs/, and the suites")
    parser.add_argument("--suites", action="store_true", help="run their own tests instead of the jobs")
    parser.add_argument("--examples", action="store_true", help="run HIPS's example programs instead of the jobs")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--only", default="", metavar="WORD")
    options = parser.parse_args()
    home = options.home.resolve()
    names = [name for name in (SUITES if options.suites else PACKAGES) if options.only in name]
    order = [f"{name} {version(name)}" for name in PACKAGES]
    if options.suites:
        folders = {name: home / "suites" / f"{name}-{version(name)}" for name in names}
        for name, url in CHECKOUTS.items():
            if name in names and not folders[name].is_dir():
                print(f"no tests of {name}: git clone {url} {folders.pop(name)}")
        rows = [suite(name, home, folder) for name, folder in folders.items()]
        place, columns = "neighbours suites", ["Package", "Its tests that pass", "on HIPS's"]
    elif options.examples:
        folder = home / "suites" / "autograd-1.9.1" / "examples"
        paths = [p for p in sorted(folder.rglob("*.py")) if p.stem not in HELPERS]
        order = [p.stem for p in paths]
        rows = [example(p, home / "theirs", options.rounds or 3) for p in paths if options.only in p.stem]
        place = "hips examples"
        columns = ["Program", "Lines", "First ten differ by", "All", "Processor time over HIPS's", "To know"]
    else:
        rows = [job(name, home / "theirs", options.rounds or 15) for name in names]
        place = "neighbours"
        columns = ["Package", "What it did", "Largest relative difference", "Processor time over HIPS's"]
    renew(ROOT / "docs" / "dialects.md", place, columns, [row for row, _ in rows], order)
    return int(not all(agree for _, agree in rows))


if __name__ == "__main__":
    sys.exit(main())
