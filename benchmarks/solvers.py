"""The gradient of an ODE's solution over the solution alone: `python -m benchmarks.solvers [--rounds N] [--write]`.

Both take the same steps (RK45, rtol 1e-6). "Alone" is the solution where nothing is recorded, "backward" the sweep from
the sum of squares of the end; rounds alternate, times are low quantiles of processor time, since others may share the
machine.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor

from .pages import markdown, replace

PAGE = Path(__file__).parent.parent / "docs" / "howto" / "solvers.md"
HEAD = ["System", "Right side", "Alone, ms", "Backward over alone", "Both over alone"]

rng = np.random.default_rng(0)


def predators(t: Any, y: Any, rates: Any) -> Any:
    """Lotka and Volterra's equations."""
    return [y[0] * (rates[0] - rates[1] * y[1]), y[1] * (rates[2] * y[0] - rates[3])]


def heat(t: Any, y: Any, conduct: Any) -> Any:
    """Heat in a rod of which each place has a conductivity of its own."""
    flow = conduct[1:] * np.diff(y)
    return np.concatenate([flow[:1], np.diff(flow), -flow[-1:]])


def coupled(t: Any, y: Any, weights: Any) -> Any:
    """Neurons that all act on each other."""
    return np.tanh(weights @ y) - 0.1 * y


def neural(width: int, dim: int) -> tuple[Any, list[Tensor]]:
    """A network as the right side."""
    autograd.seed(0)
    layers = nn.Sequential(nn.Linear(dim, width), nn.Tanh(), nn.Linear(width, dim))
    return (lambda t, y: layers(y.reshape(-1, dim)).reshape(-1)), list(layers.parameters())


def systems() -> dict[str, tuple[Any, Any, float, tuple[Any, ...]]]:
    """Of each equation: its right side, the start, the end of time and the arguments."""

    def leaf(values: Any) -> Tensor:
        return Tensor(np.asarray(values, np.float64), requires_grad=True)

    rod = leaf(0.2 + rng.random(1000))
    small, large = neural(50, 2)[0], neural(256, 16)[0]
    return {
        "predators and prey, 2 numbers": (predators, [1.0, 0.5], 10.0, (leaf([1.5, 1.0, 1.0, 3.0]),)),
        "neural ODE, 2-50-2": (small, np.array([1.0, 0.0], np.float32), 5.0, ()),
        "neural ODE, 64 x 16-256-16": (large, rng.random(64 * 16).astype(np.float32), 5.0, ()),
        "500 coupled neurons": (coupled, rng.random(500), 10.0, (leaf(rng.normal(size=(500, 500)) * 0.06),)),
        "rod of 1,000 places": (heat, rng.random(1000), 2.0, (rod,)),
    }


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and what was made."""
    begin = time.process_time()
    found = act()
    return time.process_time() - begin, found


def measure(fun: Any, start: Any, end: float, args: tuple[Any, ...], rounds: int) -> tuple[float, float, float]:
    """Seconds alone, of a recorded solution, and of the sweep."""

    def solve() -> Any:
        return autograd.solve_ivp(fun, (0.0, end), start, args=args, rtol=1e-6, atol=1e-6).y[:, -1]

    def alone() -> Any:
        with autograd.no_grad():
            return solve()

    times = []
    for _ in range(rounds + 1):
        plain, _ = timed(alone)
        recorded, y = timed(solve)
        loss = (y * y).sum()
        times.append((plain, recorded, timed(loss.backward)[0]))
    plain, recorded, backward = np.quantile(times[1:], 0.2, axis=0)
    return float(plain), float(recorded), float(backward)


def main() -> None:
    """Measure, print the table, and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write", action="store_true", help="write the table of docs/howto/solvers.md")
    arguments, rows = parser.parse_args(), []
    for name, (fun, start, end, args) in systems().items():
        for kind, side in (("as written", fun), ("compiled", autograd.compile(fun))):
            plain, recorded, backward = measure(side, start, end, args, arguments.rounds)
            ratios = [f"{backward / plain:.2f}", f"{(recorded + backward) / plain:.2f}"]
            rows.append([name, kind, f"{plain * 1e3:.1f}", *ratios])
    print(markdown(HEAD, rows))
    if arguments.write:
        replace(PAGE, "ode", markdown(HEAD, rows))


if __name__ == "__main__":
    main()
