"""Learn to learn: MAML (Finn, Abbeel and Levine 2017) finds weights from which five points are enough for a sine wave.

    python examples/maml.py    # 8,000 steps, about 2 minutes on one core

Each task is a sine wave of another amplitude and phase. MAML trains the weights so that after five steps of gradient
descent on five points of a wave the loss on the rest of it is small; its gradient goes through those steps, second
derivatives included. The baseline is the same network, trained as long on the waves themselves, adapted the same way.

Mean squared error on 600 unseen waves after ten steps on five points, with seed 0: MAML 0.158 +- 0.013 (standard error;
median 0.054), baseline 3.285 +- 0.149 (median 1.912), or 2.950 with the smaller rate that suits it best: MAML leaves
4.8 % (5.4 %) of the loss. With relu, as in the paper, it was 0.257 against 2.164 (12 %, 12,000 steps): smooth waves
like smooth units. Leaves out/maml.png.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import autograd
import nn
import optim
from nn.data.datasets import sine_tasks
from nn.utils import clip_grad_norm_

SHOTS = 5  # points to adapt with
INNER, STEPS = 5, 10  # steps of gradient descent on them, in training and afterwards
WIDTHS = (1, 40, 40, 1)


def initial() -> list[nn.Parameter]:
    """The weight (in, out) and bias (1, out) of each layer, drawn as for `nn.Linear`."""
    layers = [nn.Linear(n, m) for n, m in zip(WIDTHS, WIDTHS[1:])]
    return [nn.Parameter(array) for layer in layers for array in (layer.weight.data.T, layer.bias.data[None])]


def predict(weights: list, x):
    """The network as a function of its weights; those of many tasks at once are stacked along a first axis."""
    for i in range(0, len(weights) - 2, 2):
        x = autograd.tanh(x @ weights[i] + weights[i + 1])
    return x @ weights[-2] + weights[-1]


def losses(weights: list, x, y):
    """The mean squared error of each task, (tasks,)."""
    return ((predict(weights, x) - y) ** 2).mean(axis=(1, 2))


def adapt(weights: list, x, y, steps: int, rate: float, create_graph: bool = False) -> list[list]:
    """The weights after 0, 1, ... steps of gradient descent on the shots, for each task its own.

    With `create_graph` the steps are recorded, so a loss after them has its true gradient with respect to `weights`.
    """
    path = [[autograd.broadcast_to(w, (len(x), *w.shape)) for w in weights]]
    for _ in range(steps):
        start = path[-1] if create_graph else [autograd.Tensor(w.data, requires_grad=True) for w in path[-1]]
        # one sum for all tasks: no task's loss depends on another's weights, so each gets its own gradient
        slopes = autograd.gradients(losses(start, x, y).sum(), start, create_graph=create_graph)
        path.append([w - rate * slope for w, slope in zip(start, slopes)])
    return path


def train(meta: bool, options: argparse.Namespace) -> list:
    """Weights to start from: MAML's, or with `meta=False` those that fit all tasks best without adapting."""
    autograd.seed(options.seed)
    rng = np.random.default_rng(options.seed)
    weights = initial()
    optimizer = optim.Adam(weights, lr=3e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, options.steps)
    progress = tqdm(range(options.steps), desc="MAML" if meta else "baseline", unit=" steps")
    smooth = None
    for _ in progress:
        x, y, query_x, query_y = sine_tasks(50, SHOTS, rng, queries=10)
        adapted = adapt(weights, x, y, INNER, options.rate, create_graph=True)[-1] if meta else weights
        loss = losses(adapted, query_x, query_y).mean()
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(weights, 10.0)  # a wave of amplitude 5 may overshoot
        optimizer.step()
        schedule.step()
        smooth = loss.item() if smooth is None else 0.99 * smooth + 0.01 * loss.item()
        progress.set_postfix(loss=f"{smooth:.3f}", refresh=False)
    return weights


def held_out_losses(weights: list, tasks: tuple, rate: float) -> np.ndarray:
    """The loss of each task after 0 to STEPS steps, (steps, tasks); infinite where the steps diverge."""
    x, y, query_x, query_y = tasks
    with np.errstate(all="ignore"):
        found = np.stack([losses(w, query_x, query_y).data for w in adapt(weights, x, y, STEPS, rate)])
    return np.where(np.isfinite(found), found, np.inf)


def draw(starts: dict[str, list], results: dict[str, np.ndarray], tasks: tuple, rate: float, path: Path) -> None:
    """Three waves, as each start learns them, and the loss of all after each step."""
    columns = range(3)
    figure, panels = plt.subplot_mosaic(
        [[f"{name}{i}" for i in columns] + ["loss"] for name in starts],
        figsize=(12, 5), layout="constrained", width_ratios=(1, 1, 1, 1.25),
    )  # fmt: skip
    line = np.linspace(-5, 5, 200, dtype=np.float32)[:, None]
    for name, weights in starts.items():
        steps = adapt(weights, tasks[0][:3], tasks[1][:3], STEPS, rate)
        for i in columns:
            axes = panels[f"{name}{i}"]
            order = np.argsort(tasks[2][i, :, 0])
            axes.plot(tasks[2][i, order, 0], tasks[3][i, order, 0], color="0.75", linewidth=5, label="truth")
            for count, style in ((0, ":"), (1, "--"), (STEPS, "-")):
                one = [w.data[i] for w in steps[count]]
                color = "#56B4E9" if count == 1 else "#0072B2" if count else "0.3"
                label = f"after {count} step{'s' * (count > 1)}" if count else "before"
                axes.plot(line, predict(one, line), style, color=color, label=label)
            axes.plot(tasks[0][i], tasks[1][i], "o", color="#D55E00", label="the five points", zorder=3)
            axes.set(ylim=(-6, 6), xticks=(-5, 0, 5))
            axes.spines[["top", "right"]].set_visible(False)
        panels[f"{name}0"].set_ylabel(name)
    figure.legend(*panels[f"{name}0"].get_legend_handles_labels(), loc="outside lower left", ncols=5, frameon=False)
    axes = panels["loss"]
    for (name, found), color in zip(results.items(), ("#0072B2", "#E69F00")):
        axes.plot(found.mean(axis=1), color=color, marker=".", label=f"{name}, mean")
        axes.fill_between(range(len(found)), *np.quantile(found, (0.25, 0.75), axis=1), color=color, alpha=0.2, lw=0)
    axes.set(xlabel="steps of gradient descent on five points", yscale="log", ylabel="mean squared error on new points")
    axes.set_title(f"{len(tasks[0])} unseen waves, bands: middle half", fontsize="medium")
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument(
        "--rate", type=float, default=0.01, help="how far a step of gradient descent on the points goes"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    starts = {"MAML": train(True, options), "baseline": train(False, options)}
    tasks = sine_tasks(600, SHOTS, seed=2**31, queries=100)  # the same for every seed, and none of those trained on
    results = {name: held_out_losses(weights, tasks, options.rate) for name, weights in starts.items()}
    for name, found in results.items():
        for steps in (0, 1, INNER, STEPS):
            mean, error = found[steps].mean(), found[steps].std() / np.sqrt(found.shape[1])
            print(f"{name:9} after {steps:2} steps  {mean:.3f} +- {error:.3f} (median {np.median(found[steps]):.3f})")
    finer = [held_out_losses(starts["baseline"], tasks, options.rate * r)[STEPS].mean() for r in (1, 0.5, 0.2, 0.1)]
    print(f"baseline  after {STEPS:2} steps  {min(finer):.3f} with the best of some smaller rates")
    share = results["MAML"][STEPS].mean() / results["baseline"][STEPS].mean()
    print(f"MAML's loss after {STEPS} steps is {share:.1%} of the baseline's")
    draw(starts, results, tasks, options.rate, options.out / "maml.png")
    print(f"picture   {options.out / 'maml.png'}")


if __name__ == "__main__":
    main()
