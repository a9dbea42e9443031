"""Time compiled training steps beside PyTorch's eager ones, `torch.compile` and JAX's `jit`.

`python -m benchmarks.compiled [--only WORD] [--rounds N] [--seconds N] [--write PAGE ...] [--memory | --first]`.
Alternating rounds of one run; each contender's first call, in which it traces and compiles, is timed apart, with
nothing kept from before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
import optim

from . import networks
from .__main__ import measure, peak, spread, versions
from .pages import markdown, replace
from .workloads import Contenders, Step, classes, pixels, torch

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    jax = None

Weights = dict[str, Any]
TOKENS = classes(16 * 65, 65).reshape(16, 65)
HIDDEN = 128


# -- the same networks in JAX --------------------------------------------------------------------------


def linear(w: Weights, name: str, x: Any) -> Any:
    """A linear layer of the weights under `name`."""
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def mlp(w: Weights, x: Any) -> Any:
    """Linear layers with ReLU between them."""
    last = max(int(name.split(".")[0]) for name in w)
    for i in range(0, last, 2):
        x = jax.nn.relu(linear(w, str(i), x))
    return linear(w, str(last), x)


def lenet(w: Weights, x: Any) -> Any:
    """LeNet-5."""

    def convolution(name: str, x: Any, pad: int) -> Any:
        y = jax.lax.conv_general_dilated(x, w[f"{name}.weight"], (1, 1), [(pad, pad)] * 2)
        y = jax.nn.relu(y + w[f"{name}.bias"][:, None, None])
        return jax.lax.reduce_window(y, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    x = convolution("3", convolution("0", x, 2), 0).reshape(len(x), -1)
    return linear(w, "11", jax.nn.relu(linear(w, "9", jax.nn.relu(linear(w, "7", x)))))


def block(w: Weights, x: Any, heads: int = 4) -> Any:
    """A block of a transformer."""

    def norm(name: str, x: Any) -> Any:
        d = x - x.mean(-1, keepdims=True)
        return d / jnp.sqrt((d * d).mean(-1, keepdims=True) + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    n, t, width = x.shape
    z = linear(w, "qkv", norm("norm1", x)).reshape(n, t, 3 * heads, width // heads).swapaxes(1, 2)
    q, k, v = z[:, :heads], z[:, heads : 2 * heads], z[:, 2 * heads :]
    scores = q * (width // heads) ** -0.5 @ k.swapaxes(-1, -2)
    y = jax.nn.softmax(jnp.where(jnp.tril(jnp.ones((t, t), bool)), scores, -jnp.inf)) @ v
    x = x + linear(w, "out", y.swapaxes(1, 2).reshape(n, t, width))
    return x + linear(w, "down", jax.nn.gelu(linear(w, "up", norm("norm2", x)), approximate=True))


def in_jax(model: Callable[[Weights, Any], Any], loss: str, weights: Weights, x: Any, y: Any) -> Step:
    """A step with Adam."""

    def value(w: Weights, x: Any, y: Any) -> Any:
        out = model(w, x)
        if loss == "mse_loss":
            return ((out - y) ** 2).mean()
        return -jnp.take_along_axis(jax.nn.log_softmax(out), y[:, None], 1).mean()

    def step(state: Any, x: Any, y: Any) -> Any:
        w, m, v, t = state
        found, g = jax.value_and_grad(value)(w, x, y)
        m = {k: 0.9 * m[k] + 0.1 * g[k] for k in w}
        v = {k: 0.999 * v[k] + 0.001 * g[k] ** 2 for k in w}
        rates = 1 - 0.9 ** (t + 1.0), 1 - 0.999 ** (t + 1.0)
        w = {k: w[k] - 1e-3 * (m[k] / rates[0]) / (jnp.sqrt(v[k] / rates[1]) + 1e-8) for k in w}
        return found, (w, m, v, t + 1.0)

    fast = jax.jit(step, donate_argnums=0)
    moments = ({k: jnp.zeros_like(v) for k, v in weights.items()} for _ in range(2))
    state = [({k: jnp.array(v) for k, v in weights.items()}, *moments, jnp.float32(0))]
    x, y = jnp.asarray(x), jnp.asarray(y)

    def run() -> float:
        found, state[0] = fast(state[0], x, y)
        return float(found)

    return run


# -- contenders ----------------------------------------------------------------------------------------


def training(build: Any, x: np.ndarray, y: np.ndarray, loss: str = "cross_entropy", twin: Any = None) -> Contenders:
    """A training step with Adam, from the same weights for all."""
    torch.manual_seed(0)
    weights = {name: v.numpy().copy() for name, v in build(torch.nn).state_dict().items()}

    def step(space: Any, optimizers: Any, array: Any, compiled: Any) -> Step:
        model = build(space)
        model.load_state_dict({name: array(v.copy()) for name, v in weights.items()})
        optimizer = optimizers.Adam(model.parameters())
        measured = getattr(space.functional, loss)

        def run(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            value = measured(model(x), y)
            value.backward()
            optimizer.step()
            return value

        def parts(x: Any, y: Any) -> Any:
            return measured(model(x), y)

        if space is torch.nn and compiled:  # of the step, torch.compile takes the model and the loss
            fast = compiled(parts)

            def run(x: Any, y: Any) -> Any:
                optimizer.zero_grad()
                value = fast(x, y)
                value.backward()
                optimizer.step()
                return value

        elif compiled:
            run = compiled(run)
        given = array(x), array(y)
        return lambda: float(run(*given).item())

    def ours(backend: str) -> Step:
        return step(nn, optim, autograd.Tensor, lambda f: autograd.compile(f, backend=backend))

    contenders = {
        "torch": step(torch.nn, torch.optim, torch.from_numpy, None),
        "c": ours("c"),
        "numpy": ours("numpy"),
        "eager": step(nn, optim, autograd.Tensor, None),
        "torch.compile": step(torch.nn, torch.optim, torch.from_numpy, torch.compile),
    }
    return contenders | ({"jax": in_jax(twin, loss, weights, x, y)} if jax and twin else {})


def elementwise(n: int) -> Contenders:
    """The gradient of a sum over elementwise functions of two arrays."""
    a, b = (np.random.default_rng(seed).normal(size=n).astype(np.float32) for seed in (0, 1))

    def wave(space: Any) -> Any:
        return lambda a, b: space.tanh(a * b + space.sin(a) * space.exp(-b * b)).sum()

    x, y = (torch.tensor(v, requires_grad=True) for v in (a, b))

    def theirs(f: Any) -> Step:
        def run() -> None:
            value = f(x, y)
            torch.autograd.grad(value, (x, y))

        return run

    ours = autograd.value_and_grad(wave(autograd), (0, 1))
    fast, plan = (autograd.compile(ours, backend=backend) for backend in ("c", "numpy"))
    contenders = {"torch": theirs(wave(torch)), "c": lambda: fast(a, b), "numpy": lambda: plan(a, b)}
    contenders |= {"eager": lambda: ours(a, b), "torch.compile": theirs(torch.compile(wave(torch)))}
    if jax:
        jitted = jax.jit(jax.value_and_grad(wave(jnp), (0, 1)))
        p, q = jnp.asarray(a), jnp.asarray(b)
        contenders["jax"] = lambda: jax.block_until_ready(jitted(p, q))
    return contenders


def chain(operations: int = 1000) -> Contenders:
    """A scalar program of so many operations, and its gradient."""

    def f(x: Any) -> Any:
        y = x
        for i in range(operations // 2):
            y = y * 0.999 + (x if i % 2 else 0.001)
        return y

    ours = autograd.value_and_grad(f)
    fast, plan = (autograd.compile(ours, backend=backend) for backend in ("c", "numpy"))
    x, t = np.float64(0.5), torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    contenders = {"torch": lambda: torch.autograd.grad(f(t), t), "c": lambda: fast(x), "numpy": lambda: plan(x)}
    return contenders | {"eager": lambda: ours(x)}


CASES: dict[str, Callable[[], Contenders]] = {
    "a scalar program of 1,000 operations, with its gradient": chain,
    **{f"elementwise gradient, n = {n:,}": lambda n=n: elementwise(n) for n in (1000, 100_000, 1_000_000, 10_000_000)},  # type: ignore[misc]
    "MLP 64-64-10, batch 32": lambda: training(
        lambda nn: networks.mlp(nn, (64, 64, 10)), pixels(32, 64), classes(32), twin=mlp
    ),
    "MLP 784-512-512-10, batch 128": lambda: training(
        lambda nn: networks.mlp(nn, (784, 512, 512, 10)), pixels(128, 784), classes(128), twin=mlp
    ),
    "autoencoder 784-256-64-256-784, batch 128": lambda: training(
        lambda nn: networks.mlp(nn, (784, 256, 64, 256, 784)), pixels(128, 784), pixels(128, 784), "mse_loss", mlp
    ),
    "LeNet-5 on 64 x 1 x 28 x 28": lambda: training(networks.lenet, pixels(64, 1, 28, 28), classes(64), twin=lenet),
    "LayerNorm, attention and GELU: a block of width 128, 64 tokens, batch 16": lambda: training(
        lambda nn: networks.block(nn, HIDDEN, 4), pixels(16, 64, HIDDEN), pixels(16, 64, HIDDEN), "mse_loss", block
    ),
    "GPT of 4 layers, width 128, 64 tokens, batch 16": lambda: training(
        lambda nn: networks.gpt(nn, 65, 64, HIDDEN, 4, 4), TOKENS[:, :-1].copy(), TOKENS[:, 1:].reshape(-1).copy()
    ),
    "two residual blocks, 64 channels, on 16 x 32 x 32": lambda: training(
        lambda nn: networks.residual(nn, 64, 64, 64), pixels(16, 64, 32, 32), classes(16)
    ),
    "LSTM of 64 steps, batch 32, 64 to 128": lambda: training(
        lambda nn: networks.recurrent(nn, "LSTM", 64, HIDDEN), pixels(64, 32, 64), classes(32)
    ),
}
SHOWN = {"c": "in C", "numpy": "in NumPy", "eager": "eager", "torch.compile": "torch.compile", "jax": "jax.jit"}


def report_memory(word: str) -> None:
    """Print the peaks of steps in C and in eager mode."""
    for name in CASES:
        if word in name:
            compiled, eager = (peak(name, who, "compiled.CASES", 2) for who in ("c", "eager"))
            print(f"{name:52} {compiled:7.1f} MB, eager {eager:7.1f} MB, ratio {compiled / eager:.2f}")


def report_first(word: str) -> None:
    """Print the time of first calls in C in fresh processes: with nothing kept on disk, then with what was kept."""
    code = (
        "import time; from benchmarks.compiled import CASES; import autograd; "
        "autograd.compile(lambda x: x * 2, backend='c')(1.0); step = CASES[{!r}]()['c']; "
        "start = time.perf_counter(); step(); print(time.perf_counter() - start)"
    )
    for name in CASES:
        if word in name:
            with tempfile.TemporaryDirectory() as empty:
                command = [sys.executable, "-W", "ignore", "-c", code.format(name)]
                kept = os.environ | {"GLASSGRAD_CACHE": empty}
                runs = [subprocess.run(command, env=kept, capture_output=True, check=True).stdout for _ in range(2)]
            made, again = (float(run.split()[-1]) for run in runs)
            print(f"{name:75} first call {made:.2f} s, from the disk {again:.2f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compiled", description=__doc__)
    parser.add_argument("--only", default="", help="a word in the workload's name")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=6.0, help="per workload")
    parser.add_argument("--write", type=Path, nargs="*", default=[], help="pages whose table to make anew")
    parser.add_argument("--memory", action="store_true", help="peak memory of the steps instead of time")
    parser.add_argument("--first", action="store_true", help="the first calls, with and without programs kept on disk")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.memory or options.first:
        (report_memory if options.memory else report_first)(options.only)
        return
    rows = []
    with tempfile.TemporaryDirectory() as empty:  # nothing is kept from before
        os.environ |= {"GLASSGRAD_CACHE": f"{empty}/ours", "TORCHINDUCTOR_CACHE_DIR": f"{empty}/torch"}
        autograd.compile(lambda x: x * 2, backend="c")(1.0)  # what is made once on a machine
        for name, build in CASES.items():
            if options.only.lower() not in name.lower():
                continue
            contenders = build()
            first = {}
            for who, step in contenders.items():
                start = time.perf_counter()
                step()
                first[who] = time.perf_counter() - start
            times = measure(contenders, options.rounds, options.seconds)
            ratios = {who: spread(times[who] / times["torch"]) for who in SHOWN if who in times}
            seconds = ", ".join(f"{first[who]:.2f}" for who in ("c", "torch.compile", "jax") if who in first)
            milliseconds = f"{np.median(times['c']) * 1e3:.3g} ms"
            print(f"{name}: in C {milliseconds}", ratios, "first calls", seconds, flush=True)
            rows.append([name, milliseconds, *(ratios.get(who, "") for who in SHOWN), f"{seconds} s"])
    for path in options.write:
        columns = ["Step", "in C", *(f"{who} / PyTorch" for who in SHOWN.values())]
        columns.append("first call: C, torch.compile, jit")
        run = f"{options.rounds} alternating rounds, {torch.get_num_threads()} threads"
        replace(path, "compiled", f"{markdown(columns, rows)}\n\n{versions()}; {run}.")


if __name__ == "__main__":
    main()
