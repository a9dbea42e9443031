"""Time what runs a function otherwise beside the function itself: `compile`, `jvp`, `per_example_grad`.

`python -m benchmarks.programs [--rounds N]`; alternating runs, the median of the ratios of each pair, and quartiles.
"""

import argparse
import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd
import nn
import optim
from autograd import Tensor

from . import networks
from .workloads import classes, pixels

Run = Callable[[], Any]
Pair = tuple[str, Run, Run]  # what runs it otherwise, and the function itself


def training() -> Iterator[Pair]:
    """A training step with Adam, compiled, beside the same one."""
    text = classes(16 * 65, 65).reshape(16, 65)
    tokens = text[:, :-1].copy(), text[:, 1:].reshape(-1).copy()
    cases: list[tuple[str, Any, Any]] = [
        ("MLP 64-64-10", networks.mlp(nn, (64, 64, 10)), (pixels(32, 64), classes(32))),
        ("MLP 784-512-512-10", networks.mlp(nn, (784, 512, 512, 10)), (pixels(128, 784), classes(128))),
        ("LeNet-5", networks.lenet(nn), (pixels(64, 1, 28, 28), classes(64))),
        ("LSTM of 64 steps", networks.recurrent(nn, "LSTM", 64, 128), (pixels(64, 32, 64), classes(32))),
        ("GPT of 4 layers", networks.gpt(nn, 65, 64, 128, 4, 4), tokens),
    ]
    for name, model, batch in cases:
        fast, slow = (stepped(m) for m in (model, copy.deepcopy(model)))
        compiled = autograd.compile(fast)
        start = time.perf_counter()
        compiled(*batch)
        seconds = time.perf_counter() - start
        yield (
            f"compile, {name} (first call {seconds:.2f} s)",
            lambda compiled=compiled, batch=batch: compiled(*batch),
            lambda slow=slow, batch=batch: slow(*batch),
        )


def stepped(model: Any) -> Callable[[Any, Any], Any]:
    """A training step."""
    optimizer = optim.Adam(model.parameters())

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def wave(x: Any) -> Any:
    """A chain of elementwise operations."""
    return (autograd.sin(x) * autograd.exp(-x * x) + autograd.tanh(x)).sum()


def forward() -> Iterator[Pair]:
    """A tangent pushed along a function, beside the function."""
    random = np.random.default_rng(0)
    for n in (10, 1_000, 100_000):
        x = random.normal(size=n)
        yield f"jvp, elementwise, n = {n:,}", lambda x=x: autograd.jvp(wave, [x], [x]), lambda x=x: wave(Tensor(x))
    weights = [random.normal(size=(256, 256)).astype(np.float32) for _ in range(3)]

    def network(x: Any) -> Any:
        for weight in weights:
            x = autograd.tanh(x @ weight)
        return (x * x).sum()

    x = pixels(64, 256)
    yield "jvp, MLP of 64 x 256", lambda: autograd.jvp(network, [x], [x]), lambda: network(Tensor(x))


def examples() -> Iterator[Pair]:
    """The gradient of each of 32 examples, beside that of their sum."""
    wide = nn.Sequential(nn.Embedding(100, 32), nn.Flatten(), nn.Linear(512, 10))
    attention = nn.Sequential(nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True), nn.Flatten())
    images, words = pixels(32, 3, 16, 16), pixels(32, 16, 64)
    convolution = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.ReLU(), nn.Flatten())
    cases: list[tuple[str, Any, Any]] = [
        ("convolution and group norm", nn.Sequential(convolution, nn.Linear(16 * 256, 10)), images),
        ("transformer layer", nn.Sequential(attention, nn.Linear(16 * 64, 10)), words),
        ("LSTM", Last(nn.LSTM(64, 64, batch_first=True), nn.Linear(64, 10)), words),
        ("MLP 64-64-10", networks.mlp(nn, (64, 64, 10)), pixels(32, 64)),
        ("embedding", wide, classes(32 * 16, 100).reshape(32, 16)),
    ]
    loss, y = nn.functional.cross_entropy, classes(32)
    for name, model, x in cases:

        def ordinary(model: Any = model, x: Any = x) -> None:
            for p in model.parameters():
                p.grad = None
            loss(model(x), y).backward()

        yield f"per_example_grad, {name}", lambda m=model, x=x: autograd.per_example_grad(m, loss, x, y), ordinary


class Last(nn.Module):
    """A layer on the last step of a recurrent one."""

    def __init__(self, inner: Any, head: Any) -> None:
        super().__init__()
        self.inner, self.head = inner, head

    def forward(self, x: Any) -> Any:
        """Scores."""
        return self.head(self.inner(x)[0][:, -1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    for pairs in (training(), forward(), examples()):
        for name, other, itself in pairs:
            times = np.zeros((rounds, 2))
            for run in (other, itself):
                run()
            for i in range(rounds):
                for j, run in enumerate((other, itself)):
                    start = time.perf_counter()
                    run()
                    times[i, j] = time.perf_counter() - start
            low, middle, high = np.quantile(times[:, 0] / times[:, 1], (0.25, 0.5, 0.75))
            itself_ms = np.median(times[:, 1]) * 1e3
            print(f"{name:56} {middle:6.2f} ({low:.2f}-{high:.2f}) of {itself_ms:8.3f} ms")


if __name__ == "__main__":
    main()
