"""A variational autoencoder (Kingma and Welling 2014) that reconstructs handwritten digits, and dreams up new ones.

    python examples/vae.py    # 20 epochs on MNIST (`make data` gets it), 2 minutes on one core

Prints the negative evidence lower bound on the 10,000 test images, binarized: with seed 0 it is 100.1 nats an image,
where pixels taken as independent cost 205.8. Leaves out/vae.png and the curves, out/vae_training.png.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import optim
from nn.data import DataLoader, TensorDataset, datasets


def load(name: str, limit: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Training and test images, an image a row."""
    if name == "digits":
        images, _ = datasets.digits()
        order = np.random.default_rng(0).permutation(len(images))
        train, test = images[order[360:]], images[order[:360]]
    else:
        train, _, test, _ = {"mnist": datasets.mnist, "fashion": datasets.fashion_mnist}[name]()
    return train.reshape(len(train), -1)[:limit], test.reshape(len(test), -1)[:limit]


def binarize(batch: tuple, rng: np.random.Generator) -> tuple:
    """Black or white pixels, drawn with their grey value as probability: only then is the bound one of a likelihood."""
    (images,) = batch
    return ((rng.random(images.shape, np.float32) < images).astype(np.float32),)


def nats_of_independent_pixels(train: np.ndarray, test: np.ndarray) -> float:
    """The yardstick: the negative log-likelihood of a model that knows the mean of each pixel and nothing else."""
    p = train.mean(axis=0, dtype=np.float64).clip(1e-4, 1 - 1e-4)
    return float(-np.mean(test @ np.log(p) + (1 - test) @ np.log1p(-p)))


def draw(images: np.ndarray, restored: np.ndarray, samples: np.ndarray, path: Path) -> None:
    """On the left unseen images beside their reconstructions, on the right samples."""
    side = int(np.sqrt(images.shape[1]))

    def tiles(pictures: np.ndarray, columns: int) -> np.ndarray:
        grid = np.pad(pictures.reshape(-1, columns, side, side), ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=0.5)
        return grid.swapaxes(1, 2).reshape(-1, columns * (side + 2))

    pairs = np.stack([images[:50], restored[:50]], axis=1).reshape(100, -1)
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.85), layout="constrained")
    titles = ("unseen images, each with its reconstruction", "samples from the prior")
    for panel, pictures, title in zip(axes, (pairs, samples), titles):
        panel.imshow(tiles(pictures, 10), cmap="gray_r", vmin=0, vmax=1)
        panel.set(title=title, xticks=[], yticks=[])
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=("mnist", "fashion", "digits"), default="mnist")
    parser.add_argument("--hidden", type=int, default=400)
    parser.add_argument("--latent", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--limit", type=int, help="use only so many images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    train, test = load(options.data, options.limit)
    (test,) = binarize((test,), np.random.default_rng(0))  # the same for every seed, so that runs compare
    autograd.seed(options.seed)
    model = nn.models.VAE(train.shape[1], options.hidden, options.latent)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    history = optim.fit(
        model,
        DataLoader(TensorDataset(train), batch_size=128, shuffle=True, transform=binarize),
        lambda bound, _: bound,
        optimizer,
        options.epochs,
        validation=DataLoader(TensorDataset(test), batch_size=1000),
        forward=lambda model, x: (model.loss(x), x),
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs),
    )
    history.plot(options.out / "vae_training.png")

    with autograd.no_grad():
        restored = autograd.sigmoid(model(test[:50])[0]).data
    draw(test, restored, model.sample(100).data, options.out / "vae.png")
    print(f"negative ELBO on the test set  {history['validation_loss'][-1]:.2f} nats an image")
    print(f"pixels taken as independent    {nats_of_independent_pixels(train, test):.2f} nats an image")
    print(f"pictures                       {options.out / 'vae.png'}")


if __name__ == "__main__":
    main()
