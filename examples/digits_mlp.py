"""Train an MLP on scikit-learn's real digits, and draw what happened.

Run by `make demo`: prints the accuracy on 360 held-out images (98.3 % with seed 0; 97.2 to 98.6 % with seeds 0 to 5),
and leaves out/backprop.svg, the computation graph of one small training step, and out/training.png, the curves.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from tqdm import tqdm

import autograd
import nn
import optim
from autograd.viz import draw


def load(seed: int) -> tuple[np.ndarray, ...]:
    """1797 images of 8x8 pixels in [0, 1], split into 1437 for training and 360 for testing."""
    digits = load_digits()
    images, labels = digits.data.astype(np.float32) / 16, digits.target
    order = np.random.default_rng(seed).permutation(len(images))
    test, train = order[:360], order[360:]
    return images[train], labels[train], images[test], labels[test]


def accuracy(model: nn.Module, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of images whose largest output is their label."""
    with autograd.no_grad():
        return float(np.mean(model(autograd.tensor(images)).data.argmax(axis=1) == labels))


def draw_small_step(path: Path) -> None:
    """Draw one training step of a net small enough to read: two inputs, two hidden neurons, two classes."""
    x = autograd.tensor([[0.5, -1.0]], name="x")
    hidden, output = nn.Linear(2, 2), nn.Linear(2, 2)
    for layer, name in ((hidden, "hidden"), (output, "output")):
        layer.weight.name, layer.bias.name = f"{name}.weight", f"{name}.bias"
    target = autograd.tensor([1], name="target")
    loss = autograd.cross_entropy(output(autograd.tanh(hidden(x))), target)
    loss.name = "loss"
    loss.backward()
    draw(loss, name="one training step").save(path)


def draw_curves(history: list[tuple[float, float, float]], path: Path) -> None:
    """Loss and accuracy over the epochs."""
    losses, train, test = zip(*history)
    epochs = range(1, len(history) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    left.plot(epochs, losses, color="#0072B2")
    left.set(xlabel="epoch", ylabel="cross-entropy (training)", yscale="log")
    right.plot(epochs, np.array(train) * 100, color="#0072B2", label="training")
    right.plot(epochs, np.array(test) * 100, color="#D55E00", label="test")
    right.axhline(97, color="0.6", linewidth=1, linestyle="--")
    right.set(xlabel="epoch", ylabel="accuracy, %", ylim=(80, 100.5))
    right.legend(loc="lower right", frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    figure.suptitle(f"An MLP on 1,437 handwritten digits: {test[-1]:.1%} of 360 unseen ones right")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    autograd.seed(options.seed)
    rng = np.random.default_rng(options.seed)
    images, labels, test_images, test_labels = load(options.seed)
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = optim.Adam(model.parameters(), weight_decay=1e-4)

    history = []
    progress = tqdm(range(options.epochs), desc="training", unit="epoch")
    for epoch in progress:
        losses = []
        optimizer.param_groups[0]["lr"] = 2e-3 * (1 + np.cos(np.pi * epoch / options.epochs)) / 2  # cosine decay
        order = rng.permutation(len(images))
        for batch in np.split(order, range(32, len(order), 32)):
            noisy = images[batch] + 0.15 * rng.standard_normal((len(batch), 64), dtype=np.float32)  # augmentation
            optimizer.zero_grad()
            loss = autograd.cross_entropy(model(autograd.tensor(noisy)), labels[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(
            (float(np.mean(losses)), accuracy(model, images, labels), accuracy(model, test_images, test_labels))
        )
        progress.set_postfix(loss=f"{history[-1][0]:.4f}", test=f"{history[-1][2]:.1%}")

    draw_small_step(options.out / "backprop.svg")
    draw_curves(history, options.out / "training.png")
    print(f"test accuracy  {history[-1][2]:.2%}")
    print(f"graph          {options.out / 'backprop.svg'}")
    print(f"curves         {options.out / 'training.png'}")


if __name__ == "__main__":
    main()
