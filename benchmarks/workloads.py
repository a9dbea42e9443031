"""The workloads: each a function that builds one training step per contender, on the same numbers.

A contender that is not installed is left out. Every step does all of it: forward, backward, update.
"""

import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

import autograd
import nn
import optim
from nn.data import DataLoader, TensorDataset, transforms

from . import networks

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


def least_squares(count: int = 1000) -> Contenders:
    """The Jacobian of `count` residuals by 5 parameters, as each step of a fit of two decays asks for it."""
    t = np.linspace(0.0, 10.0, count)
    counted, point = np.random.default_rng(0).normal(size=count), np.array([1.0, 0.3, 2.0, 0.7, 0.1])

    def residuals(space: Any, t: Any, counted: Any) -> Callable[[Any], Any]:
        return lambda p: p[0] * space.exp(-p[1] * t) + p[2] * space.exp(-p[3] * t) + p[4] - counted

    ours = autograd.jacobian(residuals(autograd, t, counted))
    contenders: Contenders = {"glassgrad": lambda: ours(point)}
    if torch:
        theirs = torch.func.jacfwd(residuals(torch, torch.tensor(t), torch.tensor(counted)))
        start = torch.tensor(point)
        contenders["torch"] = lambda: theirs(start)
    return contenders


def training(
    build: Callable[[Any], Any], inputs: np.ndarray, target: np.ndarray, loss: str = "cross_entropy"
) -> Contenders:
    """One training step with Adam of the network that `build(nn)` makes, from the same weights on both sides."""

    def step(space: Any, model: Any, optimizer: Any, x: Any, y: Any) -> Step:
        def run() -> float:
            optimizer.zero_grad()
            value = getattr(space.functional, loss)(model(x), y)
            value.backward()
            optimizer.step()
            return float(value.item())

        return run

    model = build(nn)
    contenders = {
        "glassgrad": step(nn, model, optim.Adam(model.parameters()), autograd.Tensor(inputs), autograd.Tensor(target))
    }
    if torch:
        torch.manual_seed(0)
        twin = build(torch.nn)
        model.load_state_dict(twin.state_dict())
        x, y = torch.from_numpy(inputs), torch.from_numpy(target)
        contenders["torch"] = step(torch.nn, twin, torch.optim.Adam(twin.parameters()), x, y)
    return contenders


def pixels(*shape: int) -> np.ndarray:
    """Normal random numbers, float32."""
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def classes(count: int, below: int = 10) -> np.ndarray:
    """Random class numbers."""
    return np.random.default_rng(1).integers(0, below, count)


def language_model() -> Contenders:
    """A small GPT on random tokens."""
    tokens = classes(16 * 65, 65).reshape(16, 65)
    return training(
        lambda nn: networks.gpt(nn, 65, 64, 128, 4, 4),
        np.ascontiguousarray(tokens[:, :-1]),
        np.ascontiguousarray(tokens[:, 1:]).reshape(-1),
    )


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


def adam(tensors: int = 50, size: int = 20_000) -> Contenders:
    """One step of Adam over many parameters; PyTorch's with its default and with `foreach=True`, its batched form."""
    values, slopes = pixels(2, tensors, size)

    def step(parameter: Callable[[Any], Any], array: Callable[[Any], Any], optimizer: Any, **options: Any) -> Step:
        parameters = [parameter(array(v.copy())) for v in values]
        for p, g in zip(parameters, slopes):
            p.grad = array(g)
        run: Step = optimizer(parameters, **options).step
        return run

    contenders = {"glassgrad": step(nn.Parameter, autograd.tensor, optim.Adam)}
    if torch:
        theirs = torch.nn.Parameter, torch.from_numpy, torch.optim.Adam
        contenders["torch"] = step(*theirs)
        contenders["foreach"] = step(*theirs, foreach=True)
    return contenders


def data() -> Contenders:
    """The next augmented batch of 64 out of 10,000 images of 28 x 28, beside the step of LeNet-5 that trains on it."""
    augment = transforms.Compose(
        [
            transforms.RandomCrop(28, padding=2),
            transforms.RandomHorizontalFlip(),
            transforms.RandomRotation(10),
            transforms.Normalize(0.13, 0.31),
        ]
    )
    dataset = TensorDataset(pixels(10_000, 1, 28, 28), classes(10_000))
    loader = DataLoader(dataset, 64, shuffle=True, drop_last=True, transform=augment, seed=0)
    batches = (batch for _ in count() for batch in loader)
    step = training(networks.lenet, pixels(64, 1, 28, 28), classes(64))["glassgrad"]
    return {"loader": lambda: next(batches), "step": step}


WORKLOADS: dict[str, Callable[[], Contenders]] = {
    "scalar chain of 1,000 operations": scalar_chain,
    "elementwise gradient, n = 1,000": lambda: elementwise(1_000),
    "elementwise gradient, n = 100,000": lambda: elementwise(100_000),
    "elementwise gradient, n = 1,000,000": lambda: elementwise(1_000_000),
    "Jacobian of 1,000 residuals by 5 parameters, forward mode": least_squares,
    "MLP 64-64-10, batch 32": lambda: training(lambda nn: networks.mlp(nn, (64, 64, 10)), pixels(32, 64), classes(32)),
    "MLP 784-512-512-10, batch 128": lambda: training(
        lambda nn: networks.mlp(nn, (784, 512, 512, 10)), pixels(128, 784), classes(128)
    ),
    "autoencoder 784-256-64-256-784, batch 128": lambda: training(
        lambda nn: networks.mlp(nn, (784, 256, 64, 256, 784)), pixels(128, 784), pixels(128, 784), "mse_loss"
    ),
    "LeNet-5 on 64 x 1 x 28 x 28": lambda: training(networks.lenet, pixels(64, 1, 28, 28), classes(64)),
    "two residual blocks, 64 channels, on 16 x 32 x 32": lambda: training(
        lambda nn: networks.residual(nn, 64, 64, 64), pixels(16, 64, 32, 32), classes(16)
    ),
    "ResNet-18's blocks, 64 to 128 channels, on 16 x 16 x 16": lambda: training(
        lambda nn: networks.residual(nn, 64, 64, 128, 128), pixels(16, 64, 16, 16), classes(16)
    ),
    "MobileNetV2's blocks, depthwise, 32 to 64 channels, on 16 x 16 x 16": lambda: training(
        lambda nn: networks.bottlenecks(nn, (32, 192, 32, 192, 1), (32, 192, 64, 192, 2), (64, 384, 64, 384, 1)),
        pixels(16, 32, 16, 16),
        classes(16),
    ),
    "ResNeXt's blocks, 32 groups, 128 to 256 channels, on 16 x 16 x 16": lambda: training(
        lambda nn: networks.bottlenecks(nn, (128, 128, 256, 32, 1), (256, 256, 512, 32, 2)),
        pixels(16, 128, 16, 16),
        classes(16),
    ),
    "DCGAN's generator, 100 to 32 x 32, batch 32": lambda: training(
        lambda nn: networks.generator(nn, 100, 256, 128, 64, 3),
        pixels(32, 100, 1, 1),
        pixels(32, 3, 32, 32),
        "mse_loss",
    ),
    **{
        f"{kind} of 64 steps, batch 32, 64 to 128": lambda kind=kind: training(
            lambda nn: networks.recurrent(nn, kind, 64, 128), pixels(64, 32, 64), classes(32)
        )
        for kind in ("RNN", "LSTM", "GRU")
    },
    "GPT of 4 layers, width 128, 64 tokens, batch 16": language_model,
    "Adam's step alone, 1,000,000 numbers in 50 tensors": adam,
}
