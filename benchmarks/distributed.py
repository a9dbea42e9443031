"""Samples a second in several processes beside one, and what that means for many: a model of scaling.

`OMP_NUM_THREADS=1 mpiexec -n 2 python -m benchmarks.distributed [--rounds N] [--write]`. Rounds alternate: all
processes train on a batch each (or on a part of one), then process 0 alone on a whole one while the others sleep.
Times are medians; the model is alpha log2(n) + bytes / beta, from times of messages that were measured in the same run.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
import optim
from autograd import Tensor
from optim.distributed import DataParallel, world

from .networks import gpt, lenet
from .pages import markdown, replace
from .workloads import classes, pixels

PAGE = Path(__file__).parent.parent / "docs" / "howto" / "distributed.md"
MEASURED = ["Network", "Batch", "1 process, samples/s", "all, a batch each", "all, a part each", "Ratios", "No message"]
SCALING = ["Network", "Gradients, MB", "Step, ms", "n = 2", "8", "64", "1,000"]
ETHERNET = (25e-6, 1.25e9)  # 10 Gbit/s: seconds of a message, bytes a second
RANKS = (2, 8, 64, 1000)


def allreduce_seconds(n: int, size: float, alpha: float, beta: float) -> float:
    """The time to add up `size` bytes over `n` processes (Thakur, Rabenseifner & Gropp 2005, section 4.5)."""
    return 2 * np.log2(n) * alpha + 2 * (n - 1) / n * size / beta


def efficiency(n: int, step: float, size: float, alpha: float, beta: float, buckets: int) -> tuple[float, float]:
    """Samples a second over n times those of one process: when nothing is sent meanwhile, and when all that can is.

    What can be sent during backward, two thirds of a step, is all but the last bucket.
    """
    each = allreduce_seconds(n, size / buckets, alpha, beta)
    hidden = max(each * (buckets - 1) - step * 2 / 3, 0.0) + each
    return step / (step + buckets * each), step / (step + hidden)


def sleeping_barrier(comm: Any) -> None:
    """Wait for all without keeping a core busy."""
    request = comm.Ibarrier()
    while not request.Test():
        time.sleep(1e-3)


def stepper(model: Any, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A training step with Adam."""
    optimizer = optim.Adam(model.parameters())
    inputs = Tensor(x) if x.dtype.kind == "f" else x

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), y).backward()
        optimizer.step()

    return step


def in_step(comm: Any, step: Callable[[], None]) -> Callable[[], None]:
    """The step, then wait for the other processes: what the machine itself can do."""

    def both() -> None:
        step()
        comm.Barrier()

    return both


def per_step(comm: Any, step: Callable[[], None], alone: bool, count: int) -> float:
    """Seconds of a step, in all processes at once or in process 0 `alone`."""
    sleeping_barrier(comm)
    begin = time.perf_counter()
    if not alone or comm.rank == 0:
        for _ in range(count):
            step()
    took = time.perf_counter() - begin
    sleeping_barrier(comm)
    return took / count


def messages(comm: Any) -> tuple[float, float]:
    """Seconds of a message and bytes a second, from the times of a short and a long sum."""
    times = []
    for size in (8, 2**21):
        values, took = np.ones(size // 4, np.float32), []
        for _ in range(50):
            comm.Barrier()
            begin = time.perf_counter()
            comm.Allreduce(values.copy(), values)
            took.append(time.perf_counter() - begin)
        times.append(float(np.median(took)))
    n = comm.size
    alpha = times[0] / (2 * np.log2(n))
    return alpha, 2 * (n - 1) / n * 2**21 / (times[1] - times[0])


def main() -> None:
    """Measure, print the tables, and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write", action="store_true", help="write the tables of docs/howto/distributed.md")
    arguments, comm = parser.parse_args(), world()
    if comm.size == 1:
        raise SystemExit("benchmarks.distributed compares processes: mpiexec -n 2 python -m benchmarks.distributed")
    tokens = classes(16 * 65, 65).reshape(16, 65)
    given = {
        "LeNet-5": (lambda: lenet(nn), pixels(64, 1, 28, 28), classes(64), 1),
        "LeNet-5, larger batch": (lambda: lenet(nn), pixels(256, 1, 28, 28), classes(256), 1),
        "GPT": (lambda: gpt(nn, 65, 64, 128, 4, 4), tokens[:, :-1].copy(), tokens[:, 1:].reshape(-1).copy(), 64),
    }
    measured, scaling, (alpha, beta) = [], [], messages(comm)
    for name, (make, x, y, targets) in given.items():
        autograd.seed(0)
        joint, whole = make(), make()
        parallel, count = DataParallel(joint, comm), len(x)
        first, end = count * comm.rank // comm.size, count * (comm.rank + 1) // comm.size
        runs = {
            "alone": (stepper(whole, x, y), True, count),
            "each": (stepper(joint, x, y), False, count * comm.size),
            "part": (stepper(joint, x[first:end], y[first * targets : end * targets]), False, count),
            "silent": (in_step(comm, stepper(make(), x, y)), False, count * comm.size),
        }
        times: dict[str, list[float]] = {run: [] for run in runs}
        for number in range(arguments.rounds + 1):  # the first is not counted: caches
            for run, (step, alone, _) in runs.items():
                took = per_step(comm, step, alone, 10)
                if number:
                    times[run].append(took)
        rate = {run: runs[run][2] / np.array(times[run]) for run in runs}
        each, part, silent = (f"{np.median(rate[run] / rate['alone']):.2f}" for run in ("each", "part", "silent"))
        speeds = [f"{np.median(rate[run]):,.0f}" for run in ("alone", "each", "part")]
        measured.append([name, str(count), *speeds, f"{each} and {part}", silent])
        size, buckets = sum(p.data.nbytes for p in joint.parameters()), len(parallel._buckets)
        step = float(np.median(times["alone"]))
        kinds = {"here": (alpha, beta), "10 Gbit/s": ETHERNET}
        for kind, network in kinds.items():
            found = [efficiency(n, step, size, *network, buckets) for n in RANKS]
            cells = [f"{low:.0%} to {high:.0%}" for low, high in found]
            scaling.append([f"{name}, {kind}", f"{size / 1e6:.2f}", f"{step * 1e3:.1f}", *cells])
        parallel.close()
    if comm.rank == 0:
        note = f"{comm.size} processes; a message of {alpha * 1e6:.1f} µs, {beta / 1e9:.1f} GB/s."
        for key, text in {"measured": markdown(MEASURED, measured), "scaling": markdown(SCALING, scaling)}.items():
            print(text, end="\n\n")
            if arguments.write:
                replace(PAGE, key, text if key == "measured" else f"{note}\n\n{text}")
        print(note)


if __name__ == "__main__":
    main()
