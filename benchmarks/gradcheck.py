"""Time `gradcheck` beside PyTorch's fast mode on the same random nets full of kinks, and count the alarms of either.

`python -m benchmarks.gradcheck [--nets N]`; every net is right, so that each alarm is false.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import autograd
from autograd.testing import gradcheck

PAIRS = {
    "relu": (autograd.relu, torch.relu),
    "leaky_relu": (autograd.leaky_relu, torch.nn.functional.leaky_relu),
    "abs": (np.abs, torch.abs),
    "sort": (lambda z: np.sort(z, axis=-1), lambda z: torch.sort(z, dim=-1).values),
    "clip": (lambda z: np.clip(z, -1, 1), lambda z: torch.clamp(z, -1, 1)),
    "hardswish": (autograd.hardswish, torch.nn.functional.hardswish),
    "max_pool": (lambda z: autograd.max_pool(z, 2), lambda z: torch.nn.functional.max_pool1d(z, 2)),
}


def timed(check: Callable[[], Any]) -> tuple[float, bool]:
    """Seconds of this process, and whether the check raised an alarm."""
    start = time.process_time()
    try:
        check()
    except (AssertionError, RuntimeError):  # GradcheckError is a RuntimeError
        return time.process_time() - start, True
    return time.process_time() - start, False


def checks(name: str, width: int, rng: np.random.Generator) -> list[Callable[[], Any]]:
    """Both checks of one random net: two layers, the activation twice, the mean of squares."""
    hidden = width // 2 if name == "max_pool" else width
    inputs = [
        rng.standard_normal(shape) for shape in [(32, width), (width, width), (width,), (hidden, width), (width,)]
    ]

    def net(activation: Callable[[Any], Any]) -> Callable[..., Any]:
        def run(x: Any, w: Any, b: Any, v: Any, c: Any) -> Any:
            return (activation(activation(x @ w / width**0.5 + b) @ v / hidden**0.5 + c) ** 2).mean()

        return run

    ours, theirs = map(net, PAIRS[name])
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    return [
        lambda: gradcheck(ours, inputs),
        lambda: torch.autograd.gradcheck(theirs, tensors, fast_mode=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", type=int, default=50, help="how many per width and activation")
    count = parser.parse_args().nets
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    for check in checks("relu", 8, rng):
        check()  # what is set up at the first call
    print("width activation  ours/PyTorch  false alarms of ours, of PyTorch")
    for width in (8, 32, 64):
        for name in PAIRS:
            runs = [[timed(check) for check in checks(name, width, rng)] for _ in range(count)]
            ratio = np.median([ours[0] / theirs[0] for ours, theirs in runs])
            ours, theirs = (sum(run[i][1] for run in runs) for i in (0, 1))
            print(f"{width:5} {name:10}  {ratio:12.2f}  {ours} and {theirs} of {count}")


if __name__ == "__main__":
    main()
