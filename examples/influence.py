"""Which training images move a prediction? Influence functions (Koh and Liang 2017), held to training without them.

    python examples/influence.py    # 4 seconds

A softmax regression on digits is trained to its optimum. To leave image i out would move its weights by about
H^-1 g_i / n, with the Hessian H of the whole loss and the gradient g_i of that image alone, and the loss of a test
image with gradient g by g . H^-1 g_i / n. All g_i come from one `vmap` of `grad`; H^-1 g from conjugate gradients,
which ask for products with H only, `hvp`. The images that it names are then left out for real, one at a time.

With seed 0 the worst of 360 test images is a 9, taken for a 5. Over 30 training images, the ten that speak most for its
label, the ten that speak most against it and ten at random, prediction and truth correlate by 0.999; without the 9 that
speaks most for it the loss goes up by 0.57, where 0.47 is predicted. Leaves out/influence.png.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse.linalg import LinearOperator, cg
from tqdm import tqdm

import autograd
import optim
from nn.data import TensorDataset, datasets, random_split

DECAY = 1e-3  # of the weights, which makes the optimum one


def flat(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images as rows in double precision, for derivatives that are solved for."""
    return images.reshape(len(images), -1).astype(np.float64), labels


def loss(weights, image, label):
    """The loss of one image, or the mean of many; the last of the 65 rows of weights is the bias."""
    return autograd.cross_entropy(image @ weights[:-1] + weights[-1], label)


def objective(weights, images, labels, kept):
    """What training makes small: the losses of the images that are kept, and the decay of the weights."""
    losses = autograd.cross_entropy(images @ weights[:-1] + weights[-1], labels, "none")
    return (losses * kept).sum() / len(labels) + 0.5 * DECAY * (weights**2).sum()


def fit(start: np.ndarray, images: np.ndarray, labels: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The optimum for those of the images that `kept` counts, from a start near it or not."""
    weights = autograd.Tensor(start, requires_grad=True)
    optimizer = optim.LBFGS([weights], max_iter=500, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def closure() -> autograd.Tensor:
        optimizer.zero_grad()
        value = objective(weights, images, labels, kept)
        value.backward()
        return value

    optimizer.step(closure)
    return weights.data


def draw(test: int, digits: TensorDataset, train: TensorDataset, moved: np.ndarray, found: tuple, path: Path) -> None:
    """The test image, the training images that speak most for and against its label, and prediction against truth."""
    figure, axes = plt.subplots(2, 7, figsize=(11, 3.6), layout="constrained", width_ratios=[1] * 6 + [2.6])
    order = np.argsort(moved)
    for row, (chosen, word) in enumerate(((order[::-1], "for"), (order, "against"))):
        for ax, i in zip(axes[row, 1:6], chosen):
            ax.imshow(train[i][0][0], cmap="gray_r")
            ax.set_title(f"{train[i][1]}, {word}", fontsize="small")
    axes[0, 0].imshow(digits[test][0][0], cmap="gray_r")
    axes[0, 0].set_title(f"test: {digits[test][1]}", fontsize="small")
    for ax in axes[:, :6].flat:
        ax.axis("off")
    for ax in axes[:, 6]:
        ax.remove()
    truth = figure.add_subplot(axes[0, 6].get_gridspec()[:, 6])
    truth.axline((0, 0), slope=1, color="0.7")
    truth.plot(*found, "o", color="#0072B2")
    truth.set(xlabel="change of the loss, predicted", ylabel="and trained again without the image")
    truth.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--left-out", type=int, default=10, help="images to leave out at each end, and at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    digits = TensorDataset(*datasets.digits())
    train, _, test = random_split(digits, [1257, 180, 360], seed=options.seed)
    (images, labels), (test_images, test_labels) = (flat(*part[:]) for part in (train, test))
    everything = np.ones(len(labels))
    weights = fit(np.zeros((65, 10)), images, labels, everything)

    of_each = autograd.vmap(autograd.grad(loss), in_axes=(None, 0, 0))  # the gradient of every image by itself
    losses = autograd.vmap(loss, in_axes=(None, 0, 0))
    before = losses(weights, test_images, test_labels)
    worst = int(np.argmax(before))
    asked = autograd.grad(loss)(weights, test_images[worst], test_labels[worst])

    def curvature(vector: np.ndarray) -> np.ndarray:
        vector = vector.reshape(weights.shape)
        return autograd.hvp(lambda w: objective(w, images, labels, everything), [weights], [vector])[0].ravel()

    hessian = LinearOperator((weights.size, weights.size), curvature, dtype=weights.dtype)
    solved, _ = cg(hessian, asked.ravel(), rtol=1e-8)
    moved = of_each(weights, images, labels).reshape(len(labels), -1) @ solved / len(labels)

    order, count = np.argsort(moved), options.left_out
    chosen = np.concatenate([order[:count], order[-count:], np.random.default_rng(options.seed).choice(order, count)])
    true = []
    for i in tqdm(chosen, desc="training without one image", unit=" images"):
        kept = everything.copy()
        kept[i] = 0.0
        without = fit(weights, images, labels, kept)
        true.append(float(loss(without, test_images[worst], test_labels[worst])) - before[worst])
    right = np.corrcoef(moved[chosen], true)[0, 1]
    logits = test_images @ weights[:-1] + weights[-1]
    accuracy = np.mean(np.argmax(logits, axis=1) == test_labels)
    print(f"test accuracy {accuracy:.2%}; worst is a {test_labels[worst]}, taken for a {np.argmax(logits[worst])}")
    for word, i, found in (("for", order[-1], true[2 * count - 1]), ("against", order[0], true[0])):
        said = f"predicted {moved[i]:+.3f}, trained again {found:+.3f}"
        print(f"most {word:7} its label speaks a {labels[i]}; without it the loss moves: {said}")
    print(f"correlation of {len(chosen)} images {right:.4f}")
    draw(worst, test, train, moved, (moved[chosen], true), options.out / "influence.png")
    print(f"picture {options.out / 'influence.png'}")


if __name__ == "__main__":
    main()
