"""Train a small CNN on scikit-learn's digits, with shifts and rotations.

    python examples/digits_cnn.py

It gets 99.4 % of 360 held-out images right with seed 0, 98.9 to 100 % with seeds 0 to 4; 16 seconds on one core.
Of 1,797 images 360 are for testing (looked at once, at the end), 180 for validation and 1,257 for training.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import autograd
import nn
import optim
from nn.data import DataLoader, TensorDataset, datasets, random_split, transforms


def network() -> nn.Module:
    """Two convolutions on 8 x 8 pixels, two on 4 x 4, and a linear layer."""
    return nn.Sequential(
        *(nn.Conv2d(1, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU()),
        *(nn.Conv2d(24, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(24, 48, 3, padding=1), nn.BatchNorm2d(48), nn.ReLU()),
        *(nn.Flatten(), nn.Dropout(0.3), nn.Linear(48 * 4 * 4, 10)),
    )


def draw(model: nn.Module, images: np.ndarray, labels: np.ndarray, logits: np.ndarray, path: Path) -> None:
    """Above the images it found hardest, below the filters of its first layer."""
    of_label = autograd.softmax(logits)[np.arange(len(labels)), labels]
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.05))
    above.suptitle(f"The hardest of {len(labels)} unseen images, and the probability it gave to what they are")
    for axes, i in zip(above.subplots(1, 9), np.argsort(of_label)):
        axes.imshow(images[i, 0], cmap="gray_r", vmin=0, vmax=1)
        guess = logits[i].argmax()
        verdict = f"\n(it said {guess})" if guess != labels[i] else "\n"
        axes.set_title(f"{labels[i]}: {of_label[i]:.0%}{verdict}", fontsize=9)
    below.suptitle("The filters of its first layer: purple looks for ink, orange for paper")
    filters = model[0].weight.data[:, 0]
    for axes, weights in zip(below.subplots(2, 12).flat, filters):
        axes.imshow(weights, cmap="PuOr", vmin=-abs(filters).max(), vmax=abs(filters).max())
    for axes in figure.axes:
        axes.set_axis_off()
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    autograd.seed(options.seed)
    train, validation, test = random_split(TensorDataset(*datasets.digits()), [1257, 180, 360], seed=options.seed)
    augment = transforms.Compose([transforms.RandomRotation(10), transforms.RandomCrop(8, padding=1)])
    loader = DataLoader(train, 32, shuffle=True, transform=augment, seed=options.seed)
    model = network()
    optimizer = optim.AdamW(model.parameters(), lr=3e-3)
    history = optim.fit(
        model,
        loader,
        nn.CrossEntropyLoss(),
        optimizer,
        options.epochs,
        validation=DataLoader(validation, 180),
        metrics=[optim.metrics.accuracy],
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs * len(loader)),
        schedule="step",
    )
    images, labels = test[:]
    with autograd.no_grad():
        logits = model(images).data

    history.plot(options.out / "digits_cnn_curves.png")
    draw(model, images, labels, logits, options.out / "digits_cnn.png")
    print(f"test accuracy  {optim.metrics.accuracy(logits, labels):.2%}")
    print(f"curves         {options.out / 'digits_cnn_curves.png'}")
    print(f"picture        {options.out / 'digits_cnn.png'}")


if __name__ == "__main__":
    main()
