"""Bayesian regression by Hamiltonian Monte Carlo (Neal 2011), beside the posterior in closed form.

    python examples/hmc.py    # five seeds, each four chains of 400 draws, about 75 seconds on one core

How fast diabetes went on in 442 people, by ten measurements (Efron et al. 2004), all in units of their standard
deviation. The weights have normal priors as wide as the noise, and its precision has a Gamma prior: these are
conjugate, so the posterior is known, and with it how far off the draws are. HMC asks for the slope of the log density
alone: each draw is where a ball that rolls over it, pushed at random, comes to after a while.

With seeds 0 to 4 the mean that is farthest off, of 11 parameters, is off by 4.3 to 8.7 % of its standard deviation, and
the standard deviation by 3.8 to 5.4 %; R-hat is at most 1.005, 84 to 87 % of moves are accepted. Leaves out/hmc.png.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from tqdm import tqdm

import autograd
from nn.distributions import Gamma, Normal

CHAINS = 4  # of each seed
PRIOR = 1.0, 1.0  # shape and rate of the precision's


def log_density(position, x: np.ndarray, y: np.ndarray):
    """Of positions (..., weights and the log of the noise's precision), up to a constant, (...)."""
    weights, log_precision = position[..., :-1], position[..., -1]
    precision = autograd.exp(log_precision)
    scale = precision[..., None] ** -0.5
    data = Normal(weights @ x.T, scale).log_prob(y).sum(axis=-1)
    prior = Normal(0.0, scale).log_prob(weights).sum(axis=-1) + Gamma(*PRIOR).log_prob(precision)
    return data + prior + log_precision  # the last: how the logarithm stretches the precision


def closed_form(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The posterior's means and standard deviations of the weights and of the precision."""
    inverse = np.linalg.inv(x.T @ x + np.eye(x.shape[1]))
    weights = inverse @ x.T @ y
    shape, rate = PRIOR[0] + len(y) / 2, PRIOR[1] + (y @ y - weights @ x.T @ y) / 2
    spread = np.sqrt(rate / (shape - 1) * np.diag(inverse))  # of Student's distribution
    return np.append(weights, shape / rate), np.append(spread, np.sqrt(shape) / rate)


def leapfrog(position: np.ndarray, momentum: np.ndarray, slope, step: float, steps: int) -> tuple:
    """Where a ball rolls to in so many steps, (chains, n), and its momentum there."""
    momentum = momentum + step / 2 * slope(position)
    for left in reversed(range(steps)):
        position = position + step * momentum
        momentum = momentum + (step if left else step / 2) * slope(position)
    return position, momentum


def sample(log_density, size: int, seed: int, draws: int, progress: tqdm) -> tuple[np.ndarray, float]:
    """Draws (CHAINS, draws, size), after a third as many to settle, and the share of moves that were accepted."""
    rng = np.random.default_rng(seed)
    slope = autograd.grad(lambda position: log_density(position).sum())  # no chain depends on another one's position
    position, step, kept, accepted = rng.normal(size=(CHAINS, size)), 0.01, [], []
    density = log_density(position).data
    for draw in range(-draws // 3, draws):
        momentum = rng.normal(size=position.shape)
        moved, rolled = leapfrog(position, momentum, slope, step, rng.integers(15, 45))
        reached = log_density(moved).data
        # what rolls without friction keeps its energy: only the error of the steps is ever refused
        gain = reached - density - ((rolled**2).sum(axis=1) - (momentum**2).sum(axis=1)) / 2
        moves = np.log(rng.random(CHAINS)) < gain
        position, density = np.where(moves[:, None], moved, position), np.where(moves, reached, density)
        if draw < 0:
            step *= np.exp(0.1 * (np.exp(np.minimum(gain, 0)).mean() - 0.85))  # longer, if more than 85 % is accepted
        else:
            kept.append(position)
            accepted.append(moves.mean())
        progress.update()
    return np.stack(kept, axis=1), float(np.mean(accepted))


def r_hat(draws: np.ndarray) -> np.ndarray:
    """How much wider all chains are than half of one (Gelman et al. 2013), (n,): 1, if all tell the same."""
    halves = np.concatenate(np.array_split(draws[:, : draws.shape[1] // 2 * 2], 2, axis=1))
    count, within = halves.shape[1], halves.var(axis=1, ddof=1).mean(axis=0)
    between = halves.mean(axis=1).var(axis=0, ddof=1)
    return np.sqrt((count - 1) / count + between / within)


def draw(names: list[str], means: np.ndarray, spreads: np.ndarray, runs: list[np.ndarray], path: Path) -> None:
    """The posterior of each weight, by formula and by each seed's draws, and how far off the means are."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained", width_ratios=(1.4, 1))
    rows = np.arange(len(names))
    left.barh(rows, 4 * spreads[:-1], 0.75, means[:-1] - 2 * spreads[:-1], color="0.85", label="closed form")
    left.vlines(means[:-1], rows - 0.375, rows + 0.375, color="0.4")
    errors = []
    for offset, draws in zip(np.linspace(-0.25, 0.25, len(runs)), runs):
        found, spread = draws.mean(axis=(0, 1)), draws.std(axis=(0, 1))
        label = f"HMC, {len(runs)} seeds" if not errors else None
        bars = {"fmt": "o", "markersize": 2.5, "linewidth": 0.9, "color": "#0072B2", "label": label}
        left.errorbar(found[:-1], rows + offset, xerr=2 * spread[:-1], **bars)
        so_far = draws.mean(axis=0).cumsum(axis=0) / np.arange(1, draws.shape[1] + 1)[:, None]
        errors.append(np.abs((so_far - means) / spreads).max(axis=1))
    left.set_yticks(rows, names)
    left.set(title="mean and two standard deviations", ylim=(len(rows) - 0.4, -0.6), xlabel="weight")
    counts = np.arange(1, len(errors[0]) + 1) * CHAINS
    right.loglog(counts, np.transpose(errors), color="#0072B2", linewidth=0.6, alpha=0.5)
    right.loglog(counts, np.median(errors, axis=0), color="#0072B2", linewidth=2, label="median of the seeds")
    right.loglog(counts, 2 / np.sqrt(counts), color="#D55E00", linestyle="--", label="2 over the root of the draws")
    right.set(xlabel="draws", title="largest error of a mean, in standard deviations")
    left.legend(frameon=False)
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=400, help="of each chain")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    data = load_diabetes()
    x, y = ((a - a.mean(axis=0)) / a.std(axis=0) for a in (data.data, data.target))
    means, spreads = closed_form(x, y)
    runs = []
    progress = tqdm(total=len(options.seeds) * (options.draws + -(-options.draws // 3)), unit=" draws")
    print("seed  accepted  R-hat  largest error of a mean (of its standard deviation), of a standard deviation")
    for seed in options.seeds:
        draws, accepted = sample(lambda at: log_density(at, x, y), len(means), seed, options.draws, progress)
        draws[..., -1] = np.exp(draws[..., -1])  # the precision
        off = np.abs(draws.mean(axis=(0, 1)) - means) / spreads
        wide = np.abs(draws.std(axis=(0, 1)) / spreads - 1)
        print(f"{seed:4}  {accepted:8.1%}  {r_hat(draws).max():.3f}  {off.max():.1%}  {wide.max():.1%}")
        runs.append(draws)
    progress.close()
    draw(data.feature_names, means, spreads, runs, options.out / "hmc.png")
    print(f"picture  {options.out / 'hmc.png'}")


if __name__ == "__main__":
    main()
