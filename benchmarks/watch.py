"""What detect_anomaly and doctor cost of a step: `python -m benchmarks.watch [--rounds N]`.

Steps (forward, backward, Adam) alternate, plain, inside of detect_anomaly, and beside a call of doctor in its place;
a ratio is one of low quantiles of processor time, since others may share the machine.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn
import optim

from . import networks

rng = np.random.default_rng(0)


def images(model: Any, *shape: int) -> tuple[Any, Any]:
    """A model and a batch for it of random numbers in ten classes."""
    return model, (rng.random(shape, np.float32), rng.integers(0, 10, shape[0]))


def text(rows: int, length: int) -> tuple[Any, Any]:
    """A GPT and a batch of random letters."""
    letters = rng.integers(0, 65, (rows, length))
    return nn.models.GPT(65, length, width=128, heads=4, layers=4), (letters, letters.ravel())


WORKLOADS = {
    "MLP 64-64-10, batch 32": lambda: images(networks.mlp(nn, (64, 64, 10)), 32, 64),
    "MLP 784-512-512-10, batch 128": lambda: images(networks.mlp(nn, (784, 512, 512, 10)), 128, 784),
    "LeNet, batch 64": lambda: images(networks.lenet(nn), 64, 1, 28, 28),
    "GPT, 4 layers, width 128, 16 x 64": lambda: text(16, 64),
}


def loss(model: Any, x: Any, y: Any) -> autograd.Tensor:
    scores = model(x)
    return autograd.cross_entropy(scores.reshape(-1, scores.shape[-1]), y)


def steps(model: Any, batch: Any) -> dict[str, Callable[[], Any]]:
    """One step of each kind."""
    optimizer = optim.Adam(model.parameters())

    def step() -> None:
        optimizer.zero_grad()
        loss(model, *batch).backward()
        optimizer.step()

    def anomaly() -> None:
        with autograd.detect_anomaly():
            step()

    def doctor() -> None:
        autograd.doctor(model, loss, batch)
        optimizer.step()  # with the gradients of the step before, which doctor leaves as they were

    return {"plain": step, "detect_anomaly": anomaly, "doctor": doctor}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    for name, make in WORKLOADS.items():
        kinds = steps(*make())
        times: dict[str, list[float]] = {kind: [] for kind in kinds}
        for kind in kinds.values():
            kind()
        repeats = max(1, int(0.005 / min(timed(kinds["plain"], 1) for _ in range(5))))
        for _ in range(options.rounds):
            for kind, step in kinds.items():
                times[kind].append(timed(step, repeats))
        low = {kind: np.quantile(values, 0.1) for kind, values in times.items()}
        ratios = ", ".join(f"{kind} {value / low['plain']:.2f}" for kind, value in low.items() if kind != "plain")
        print(f"{name:36} plain {1e3 * low['plain']:7.3f} ms, times that: {ratios}")


def timed(step: Callable[[], Any], repeats: int) -> float:
    """Processor time of one step."""
    start = time.process_time()
    for _ in range(repeats):
        step()
    return (time.process_time() - start) / repeats


if __name__ == "__main__":
    main()
