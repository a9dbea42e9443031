"""What `autograd.reproducible()` costs a training step: `python -m benchmarks.same_bits [WORD]`.

Both steps alternate in one process, on one thread each. Times are of the processor, low quantiles of many steps, since
others may be at work on the same machine.
"""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import autograd

from .workloads import WORKLOADS, Step

NAMES = ("mlp", "lenet", "residual", "lstm of", "gru of", "gpt", "elementwise gradient, n = 100,000")
SECONDS = 5.0  # for each workload


def compare(step: Step) -> tuple[float, float]:
    """Milliseconds of a step, and of one under `reproducible`."""
    times: dict[bool, list[float]] = {False: [], True: []}
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times[True]) < 5:
        for exact in (False, True):
            with autograd.reproducible(exact):
                start = time.process_time()
                step()
                times[exact].append(1e3 * (time.process_time() - start))
    plain, same = (float(np.quantile(times[exact][1:], 0.2)) for exact in (False, True))
    return plain, same


def main() -> None:
    """Print a row for each workload."""
    word = " ".join(sys.argv[1:]).lower()
    print(f"{'step':40} {'plain':>9} {'same bits':>10} {'times':>6}")
    for title, make in WORKLOADS.items():
        if any(name in title.lower() for name in NAMES) and word in title.lower():
            plain, same = compare(make()["glassgrad"])
            print(f"{title:40} {plain:7.2f}ms {same:8.2f}ms {same / plain:6.1f}")


if __name__ == "__main__":
    main()
