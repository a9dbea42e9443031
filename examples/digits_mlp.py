"""Train an MLP on scikit-learn's real digits, and draw what happened.

Run by `make demo`: prints the accuracy on 360 held-out images (99.4 % with seed 0; 97.2 to 99.4 % with seeds 0
to 5; 5 seconds), and leaves out/training.png, the curves, and of one small training step out/backprop.svg, its
computation graph, and out/backprop.html, a page that plays backprop step by step. 180 more images are for validation,
the other 1,257 for training, with noise.
"""

import argparse
from pathlib import Path

import autograd
import nn
import optim
from autograd.viz import draw, player, source_lines
from nn.data import DataLoader, TensorDataset, datasets, random_split, transforms


def show_small_step(out: Path) -> None:
    """Play and draw one training step of a net small enough to read: two inputs, two hidden neurons, two classes."""
    autograd.seed(0)
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    x, target = autograd.tensor([[0.5, -1.0]], name="x"), autograd.tensor([1], name="target")
    with source_lines():
        loss = autograd.cross_entropy(model(x), target)
    loss.name = "loss"
    player(loss, name="one training step").save(out / "backprop.html")
    loss.backward()
    draw(loss, name="one training step").save(out / "backprop.svg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    autograd.seed(options.seed)
    digits = TensorDataset(*datasets.digits())  # 1797 images of 8 x 8 pixels in [0, 1]
    train, validation, test = random_split(digits, [1257, 180, 360], seed=options.seed)
    noise = transforms.GaussianNoise(sigma=0.15)
    loader = DataLoader(train, 32, shuffle=True, transform=noise, seed=options.seed)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )
    optimizer = optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)

    history = optim.fit(
        model,
        loader,
        nn.CrossEntropyLoss(),
        optimizer,
        options.epochs,
        validation=DataLoader(validation, 180),
        metrics=[optim.metrics.accuracy],
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs),
    )
    images, labels = test[:]
    with autograd.no_grad():
        accuracy = optim.metrics.accuracy(model(images), labels)

    show_small_step(options.out)
    figure = history.plot()
    figure.axes[0].set_yscale("log")
    figure.axes[1].set_ylim(0.8, 1.005)
    figure.suptitle(f"An MLP on {len(train):,} handwritten digits: {accuracy:.1%} of {len(test)} unseen ones right")
    figure.savefig(options.out / "training.png", dpi=150)
    print(f"test accuracy  {accuracy:.2%}")
    print(f"graph          {options.out / 'backprop.svg'}")
    print(f"player         {options.out / 'backprop.html'}")
    print(f"curves         {options.out / 'training.png'}")


if __name__ == "__main__":
    main()
