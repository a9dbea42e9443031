"""Draw what each augmentation does to real handwritten digits.

Leaves out/augmentation.png: a row for each transform of `nn.data.transforms`, the first one the digits as they are.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from nn.data import DataLoader, TensorDataset
from nn.data.transforms import (
    Compose,
    CutMix,
    GaussianNoise,
    MixUp,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomRotation,
    RandomVerticalFlip,
)

COUNT, SIDE = 10, 30
ROWS = {
    "original": Compose([]),
    "RandomCrop(30, padding=6)": RandomCrop(SIDE, padding=6),
    "RandomRotation(30)": RandomRotation(30),
    "RandomHorizontalFlip()": RandomHorizontalFlip(),
    "RandomVerticalFlip()": RandomVerticalFlip(),
    "RandomErasing(p=1, value=0.5)": RandomErasing(p=1, value=0.5),
    "GaussianNoise(sigma=0.2)": GaussianNoise(sigma=0.2),
    "MixUp(alpha=1)": MixUp(alpha=1, num_classes=10),
    "CutMix()": CutMix(num_classes=10),
    "crop, rotation and noise": Compose([RandomCrop(SIDE, padding=4), RandomRotation(20), GaussianNoise(sigma=0.1)]),
}


def digits() -> TensorDataset:
    """One image of each digit, its 8 x 8 pixels in a frame of one, enlarged to 30 x 30 by linear interpolation."""
    pixels, labels = load_digits(return_X_y=True)
    images = np.pad(pixels[:COUNT].reshape(-1, 8, 8) / 16, ((0, 0), (1, 1), (1, 1))).astype(np.float32)
    place = np.clip((np.arange(SIDE) + 0.5) / 3 - 0.5, 0, 9)
    enlarge = np.maximum(1 - abs(place[:, None] - np.arange(10)), 0).astype(np.float32)
    return TensorDataset((enlarge @ images @ enlarge.T)[:, None], labels[:COUNT])


def title(label: np.ndarray) -> str:
    """The digit, or the two that were mixed and their shares."""
    if label.ndim == 0:
        return str(label)
    return " + ".join(f"{label[k]:.0%} {k}" for k in np.argsort(-label)[:2] if label[k] > 0.005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    dataset = digits()
    figure, axes = plt.subplots(len(ROWS), COUNT + 1, figsize=(COUNT + 2, 1.15 * len(ROWS)), layout="constrained")
    for row, (name, transform) in zip(axes, ROWS.items()):
        loader = DataLoader(dataset, batch_size=COUNT, transform=transform, seed=options.seed)
        images, labels = next(iter(loader))
        row[0].text(1, 0.5, name, ha="right", va="center", fontsize=8, transform=row[0].transAxes)
        for cell, image, label in zip(row[1:], images, labels):
            cell.imshow(image[0], cmap="gray", vmin=0, vmax=1)
            cell.set_title(title(label), fontsize=6, pad=2)
        for cell in row:
            cell.axis("off")
    path = options.out / "augmentation.png"
    figure.savefig(path, dpi=130)
    plt.close(figure)
    print(f"{len(ROWS) - 1} transforms of {COUNT} digits in {path}")


if __name__ == "__main__":
    main()
