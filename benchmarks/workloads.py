"""The workloads: each a function that builds one training step per contender, on the same numbers.

A contender that is not installed is left out. Every step does all of it: forward, backward, update.
"""

import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import autograd
import nn
import optim

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]
try:
    from micrograd.engine import Value
except ImportError:
    Value = None
try:
    import mygrad
except ImportError:
    mygrad = None

Step = Callable[[], Any]
Contenders = dict[str, Step]


def scalar_chain(operations: int = 1000) -> Contenders:
    """y = y * x, y = y + x, and so on, then backward: what one operation costs."""

    def chain(leaf: Callable[[], Any]) -> Step:
        def step() -> float:
            x = leaf()
            y = x
            for _ in range(operations // 2):
                y = y * x
                y = y + x
            y.backward()
            grad = x.grad
            return float(grad.item() if hasattr(grad, "item") else grad)

        return step

    contenders = {"glassgrad": chain(lambda: autograd.Tensor(0.5, requires_grad=True))}
    if torch:
        contenders["torch"] = chain(lambda: torch.tensor(0.5, requires_grad=True))
    if Value:
        sys.setrecursionlimit(10 * operations + 1000)  # micrograd's backward recurses
        contenders["micrograd"] = chain(lambda: Value(0.5))
    if mygrad:
        contenders["mygrad"] = chain(lambda: mygrad.tensor(0.5))
    return contenders


def elementwise(n: int) -> Contenders:
    """The gradient of sum(tanh(a b + sin(a) exp(-b b))) with respect to a and b, n float32 numbers each."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(n, dtype=np.float32) for _ in range(2))

    def ours() -> Any:
        x, y = (autograd.Tensor(v, requires_grad=True) for v in (a, b))
        autograd.tanh(x * y + autograd.sin(x) * autograd.exp(-y * y)).sum().backward()
        return x.grad.data.sum()

    def theirs() -> Any:
        x, y = (torch.tensor(v, requires_grad=True) for v in (a, b))
        torch.tanh(x * y + torch.sin(x) * torch.exp(-y * y)).sum().backward()
        return x.grad.sum().item()

    def small() -> Any:
        x, y = (mygrad.tensor(v) for v in (a, b))
        mygrad.tanh(x * y + mygrad.sin(x) * mygrad.exp(-y * y)).sum().backward()
        return x.grad.sum()

    contenders = {"glassgrad": ours}
    if torch:
        contenders["torch"] = theirs
    if mygrad:
        contenders["mygrad"] = small
    return contenders


def network(sizes: tuple[int, ...], batch: int, *, reconstruct: bool = False) -> Contenders:
    """One step of an MLP with ReLU and Adam: on classes, or (an autoencoder) on its own input."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, sizes[0]), dtype=np.float32)
    labels = rng.integers(0, sizes[-1], batch)
    weights = [rng.standard_normal((m, n), dtype=np.float32) / n**0.5 for n, m in pairwise(sizes)]

    def layers(linear: Any, relu: Any) -> list[Any]:
        stacked = [layer for n, m in pairwise(sizes) for layer in (linear(n, m), relu())]
        return stacked[:-1]

    def ours() -> Step:
        model = nn.Sequential(*layers(nn.Linear, nn.ReLU))
        for layer, weight in zip([m for m in model if isinstance(m, nn.Linear)], weights):
            layer.weight.data = weight.copy()
            layer.bias.data = np.zeros(weight.shape[0], np.float32)
        optimizer = optim.Adam(model.parameters())
        inputs = autograd.Tensor(x)

        def step() -> float:
            optimizer.zero_grad()
            output = model(inputs)
            loss = autograd.mse(output, inputs) if reconstruct else autograd.cross_entropy(output, labels)
            loss.backward()
            optimizer.step()
            return float(loss.item())

        return step

    def theirs() -> Step:
        model = torch.nn.Sequential(*layers(torch.nn.Linear, torch.nn.ReLU))
        with torch.no_grad():
            for layer, weight in zip([m for m in model if isinstance(m, torch.nn.Linear)], weights):
                layer.weight.copy_(torch.from_numpy(weight))
                layer.bias.zero_()
        optimizer = torch.optim.Adam(model.parameters())
        inputs, targets = torch.from_numpy(x), torch.from_numpy(labels)
        f = torch.nn.functional

        def step() -> float:
            optimizer.zero_grad()
            output = model(inputs)
            loss = f.mse_loss(output, inputs) if reconstruct else f.cross_entropy(output, targets)
            loss.backward()
            optimizer.step()
            return float(loss.item())

        return step

    contenders = {"glassgrad": ours()}
    if torch:
        contenders["torch"] = theirs()
    return contenders


def overhead(backward: bool) -> Contenders:
    """A recorded multiply of 8 numbers, forward or backward, beside the NumPy calls it makes: the engine's own cost."""
    count = 1000
    a = np.full(8, 1.001, np.float32)
    x = autograd.Tensor(a, requires_grad=True)

    def forward() -> Any:
        y = x
        for _ in range(count):
            y = y * x
        return y

    def bare() -> Any:
        y, total = a, a * 0.0
        for _ in range(count):
            y = y * a
        if backward:  # a product has two factors, and the gradients of the one that is used again add up
            for _ in range(count):
                total += y * a
        return y

    recorded = (forward() * 0.0).sum() if backward else None

    def sweep() -> None:
        recorded.backward(retain_graph=True)  # type: ignore[union-attr]
        x.grad = None

    return {"glassgrad": sweep if backward else forward, "numpy": bare}


WORKLOADS: dict[str, Callable[[], Contenders]] = {
    "scalar chain of 1,000 operations": scalar_chain,
    "elementwise gradient, n = 1,000": lambda: elementwise(1_000),
    "elementwise gradient, n = 100,000": lambda: elementwise(100_000),
    "elementwise gradient, n = 1,000,000": lambda: elementwise(1_000_000),
    "MLP 64-64-10, batch 32, Adam": lambda: network((64, 64, 10), 32),
    "MLP 784-512-512-10, batch 128, Adam": lambda: network((784, 512, 512, 10), 128),
    "autoencoder 784-256-64-256-784, batch 128, Adam": lambda: network((784, 256, 64, 256, 784), 128, reconstruct=True),
}
