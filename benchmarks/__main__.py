"""Time our step and the others' alternately in one run, and print medians of ratios with their spread.

`python -m benchmarks [--only WORD] [--rounds N] [--threads N]`. A ratio below 1 means that we are faster. Rounds
alternate the contenders, so that a machine whose speed drifts slows all alike; the spread is the middle 80 %.
"""

import argparse
import ctypes
import gc
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from .pages import markdown, replace
from .workloads import WORKLOADS, Contenders, Step, data, overhead, torch

Table = list[list[str]]  # rows of: workload, ours, ratio to PyTorch, ratios to others
COLUMNS = ["Step", "Glassgrad", "over PyTorch", "over others"]


def seconds(step: Step, repeats: int) -> float:
    """The mean time of one step."""
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - start) / repeats


def measure(contenders: Contenders, rounds: int, budget: float) -> dict[str, np.ndarray]:
    """Times of each contender per round; `budget` seconds are spread over all of it, or three steps a round, if longer.

    A first step of each round is not timed: caches, and threads that still look for work, are those of the one before.
    """
    gc.collect()
    gc.freeze()  # else whoever leaves reference cycles also pays for the collector's walk over all of PyTorch
    repeats = {}
    for name, step in contenders.items():
        for _ in range(3):
            step()
        once = min(seconds(step, 1) for _ in range(3))
        repeats[name] = max(int(budget / rounds / len(contenders) / once), 3)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        order = list(contenders) if number % 2 else list(reversed(contenders))
        for name in order:
            contenders[name]()
            times[name].append(seconds(contenders[name], repeats[name]))
    return {name: np.array(values) for name, values in times.items()}


def spread(values: np.ndarray, digits: int = 2) -> str:
    """The median, and the middle 80 %."""
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def report(name: str, times: dict[str, np.ndarray], table: Table) -> None:
    """Print one workload."""
    ours = times["glassgrad"]
    ratios = {other: spread(ours / theirs) for other, theirs in times.items() if other != "glassgrad"}
    others = ", ".join(f"{other} {ratio}" for other, ratio in ratios.items() if other != "torch")
    table.append([name, f"{np.median(ours) * 1e3:.2f} ms", ratios.get("torch", ""), others])
    print(f"\n{name}")
    print(f"  {'glassgrad':10} {np.median(ours) * 1e3:9.3f} ms")
    for other, ratio in ratios.items():
        print(f"  {other:10} {np.median(times[other]) * 1e3:9.3f} ms   ratio {ratio}")


def report_overhead(rounds: int, budget: float, table: Table) -> None:
    """Print what a recorded operation costs beyond NumPy's own call."""
    print("\nrecorded operation on 8 numbers, beyond the NumPy calls it makes")
    for backward in (False, True):
        times = measure(overhead(backward), rounds, budget)
        extra = spread((times["glassgrad"] - times["numpy"]) * 1e3)  # 1,000 operations, so ms are microseconds each
        way = "backward" if backward else "forward"
        print(f"  {way:10} {extra} us")
        table.append([f"a recorded operation, {way}, beyond NumPy's own calls", f"{extra} us", "", ""])


def report_data(rounds: int, budget: float, table: Table) -> None:
    """Print what making an augmented batch takes beside a training step on it."""
    times = measure(data(), rounds, budget)
    part = spread(times["loader"] / times["step"] * 100, 1)
    print("\ndata: batches of 64 x 1 x 28 x 28 with crop, flip, rotation and normalise, beside a step of LeNet-5")
    for name, values in times.items():
        print(f"  {name:10} {np.median(values) * 1e3:9.3f} ms")
    print(f"  the loader takes {part} % of a step")
    table.append(["an augmented batch of 64 images, as part of LeNet-5's step", f"{part} %", "", ""])


def peak(name: str, contender: str, table: str = "workloads.WORKLOADS", first: int = 0) -> float:
    """Megabytes that training steps, after so many first ones, add at their peak to a process of their own (Linux)."""
    module, cases = table.split(".")
    code = (
        f"from benchmarks.__main__ import steps_peak; from benchmarks.{module} import {cases}; "
        f"print(steps_peak({cases}[{name!r}], {contender!r}, {first}))"
    )
    # PyTorch as it runs without us: with the allocator's own settings
    environment = {**os.environ, "GLASSGRAD_KEEP_MEMORY": "0" if contender == "torch" else "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def steps_peak(build: Callable[[], Contenders], contender: str, first: int) -> float:
    """See `peak`; to be called in a fresh process."""

    def status(field: str) -> int:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field)) * 1024

    step = build()[contender]
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what building left free would hide what the steps take
    before, files = status("VmRSS"), status("RssFile")
    for _ in range(first):
        step()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak starts from here
    for _ in range(5):
        step()
    return (status("VmHWM") - before - (status("RssFile") - files)) / 2**20  # without libraries loaded on first use


def report_memory(name: str, table: Table) -> None:
    """Print the peak of one workload for us and PyTorch."""
    ours, theirs = peak(name, "glassgrad"), peak(name, "torch")
    print(f"{name:52} {ours:7.1f} MB, torch {theirs:7.1f} MB, ratio {ours / theirs:.2f}")
    table.append([name, f"{ours:.1f} MB", f"{ours / theirs:.2f}"])


def versions() -> str:
    """What was measured."""
    found = [f"Python {platform.python_version()}"]
    for name in ("numpy", "torch", "jax", "micrograd", "mygrad"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="a word in the workload's name")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=6.0, help="per workload")
    parser.add_argument("--threads", type=int, default=None, help="for BLAS and PyTorch; all cores by default")
    parser.add_argument("--memory", action="store_true", help="peak memory of training steps instead of time")
    parser.add_argument("--write", type=Path, nargs="*", default=[], help="pages whose table to make anew")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.threads:
        from threadpoolctl import threadpool_limits

        threadpool_limits(options.threads)
        if torch:
            torch.set_num_threads(options.threads)
    table: Table = []
    run = f"{options.rounds} alternating rounds, {torch.get_num_threads() if torch else '?'} threads for PyTorch"
    print(versions(), run, sep="\n")
    for name, build in WORKLOADS.items():
        if options.only.lower() not in name.lower():
            continue
        if options.memory:
            report_memory(name, table)
        else:
            report(name, measure(build(), options.rounds, options.seconds), table)
    if not options.memory and options.only.lower() in "overhead of a recorded operation":
        report_overhead(options.rounds, options.seconds, table)
    if not options.memory and options.only.lower() in "data":
        report_data(options.rounds, options.seconds, table)
    for path in options.write:
        if options.memory:
            replace(path, "memory", f"{markdown(COLUMNS[:3], table)}\n\n{versions()}.")
        else:
            replace(path, "time", f"{markdown(COLUMNS, table)}\n\n{versions()}; {run}.")


if __name__ == "__main__":
    main()
