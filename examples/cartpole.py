"""Learn to balance a pole on a cart, by what each choice earned: REINFORCE (Williams 1992), PPO (Schulman et al. 2017).

    python examples/cartpole.py    # three learners, five seeds, 480 episodes each: about 80 seconds on one core

The cart is pushed left or right 50 times a second; an episode ends when the pole leans by 12 degrees, the cart is 2.4 m
off, or after 500 steps. Both learners play 16 episodes at a time, and weigh the logarithm of the probability of each
choice by how much better than foreseen it went. REINFORCE may use an episode for one step of the optimizer; PPO takes
many, because it stops where a choice has become 20 % likelier or less likely than it was when it was made.

With seeds 0 to 4 PPO's episodes last 475 steps after 144 to 192 of them, REINFORCE's after 128 to 336, with one seed
not within 480; in 100 new ones PPO's policies stand for all 500 steps, REINFORCE's for 432 to 500. Without the clip PPO
gets there first, after 48 to 96 episodes, and then unlearns it: four of its five policies fall after 9 steps. The rates
are the best of three that were tried with seeds 0 to 2. Leaves out/cartpole.png.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import autograd
import nn
import optim
from nn.distributions import Categorical

LIMIT = 500  # steps of an episode that goes well
DISCOUNT = 0.99
TOGETHER = 16  # episodes that are played before the networks change


class Way(NamedTuple):
    """How to learn: `trust` is that of `advantages`, `clip` by how much a choice may become likelier or less likely."""

    color: str
    rate: float
    trust: float = 1.0
    passes: int = 1  # over the episodes, before new ones are played
    parts: int = 1  # of the episodes, with a step of the optimizer each
    clip: float | None = None


WAYS = {
    "REINFORCE": Way("#D55E00", 2e-2),
    "PPO": Way("#0072B2", 1e-2, trust=0.95, passes=8, parts=4, clip=0.2),
    "PPO without its clip": Way("0.5", 1e-2, trust=0.95, passes=8, parts=4),
}


def move(state: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The states (N, 4) of carts a 50th of a second later (Barto et al. 1983, without friction).

    A state is position, speed, angle of the pole and its speed; the cart has 1 kg, the pole 0.1 kg, 1 m. SI units.
    """
    _, speed, angle, turning = state.T
    sin, cos = np.sin(angle), np.cos(angle)
    push = (np.where(right, 10.0, -10.0) + 0.05 * turning**2 * sin) / 1.1
    turn = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    return state + 0.02 * np.stack([speed, push - 0.05 * turn * cos / 1.1, turning, turn], axis=1)


def stands(state: np.ndarray) -> np.ndarray:
    """Which carts are within 2.4 m, with the pole within 12 degrees."""
    return (abs(state[:, 0]) <= 2.4) & (abs(state[:, 2]) <= np.deg2rad(12))


def play(choose, episodes: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States (T + 1, N, 4), choices (T, N) and which carts still stood (T + 1, N), until none does or T is LIMIT."""
    states, choices = [rng.uniform(-0.05, 0.05, (episodes, 4))], []
    standing = [np.ones(episodes, bool)]
    while standing[-1].any() and len(choices) < LIMIT:
        with autograd.no_grad():
            choices.append(choose(states[-1].astype(np.float32)))
        states.append(np.where(standing[-1][:, None], move(states[-1], choices[-1] == 1), states[-1]))
        standing.append(standing[-1] & stands(states[-1]))
    return np.array(states, np.float32), np.array(choices), np.array(standing)


def advantages(values: np.ndarray, standing: np.ndarray, trust: float) -> np.ndarray:
    """How much better it went from each step on than `values` (T + 1, N) foresaw, (T, N).

    With `trust` 1 by what was earned to the end, with 0 by the next step alone and the value foreseen after it: the
    generalised advantage (Schulman et al. 2016). A step earns 1; what stands at the limit is worth what is foreseen.
    """
    values = values * standing
    better = np.zeros_like(values)
    for t in reversed(range(len(values) - 1)):
        surprise = 1 + DISCOUNT * values[t + 1] - values[t]
        better[t] = (surprise + DISCOUNT * trust * better[t + 1]) * standing[t]
    return better[:-1]


def objective(clip: float | None, log_prob: autograd.Tensor, before: np.ndarray, gain: np.ndarray) -> autograd.Tensor:
    """What grows where choices that did well become likelier; `before` is what `log_prob` was when they were made."""
    if clip is None:
        return (log_prob * gain).mean()
    likelier = autograd.exp(log_prob - before)
    return autograd.minimum(likelier * gain, autograd.clip(likelier, 1 - clip, 1 + clip) * gain).mean()


def learn(way: Way, seed: int, rounds: int, progress: tqdm) -> tuple[nn.Module, list[float]]:
    """The policy after so many rounds of episodes, and the mean length of the episodes of each."""
    autograd.seed(seed)
    rng = np.random.default_rng(seed)
    policy, value = (nn.models.MLP((4, 64, 64, outputs), nn.Tanh) for outputs in (2, 1))
    optimizer = optim.Adam([*policy.parameters(), *value.parameters()], lr=way.rate)

    lengths = []
    for _ in range(rounds):
        states, choices, standing = play(lambda s: Categorical(logits=policy(s)).sample().data, TOGETHER, rng)
        with autograd.no_grad():
            foreseen = value(states).data[..., 0]
            before = Categorical(logits=policy(states[:-1])).log_prob(choices).data
        better = advantages(foreseen, standing, way.trust)
        played = standing[:-1]
        data = [a[played] for a in (states[:-1], choices, before, better, better + foreseen[:-1])]
        for _ in range(way.passes):
            for rows in np.array_split(rng.permutation(played.sum()), way.parts):
                state, choice, log_before, gain, earned = (a[rows] for a in data)
                gain = (gain - gain.mean()) / gain.std()
                log_prob = Categorical(logits=policy(state)).log_prob(choice)
                error = ((value(state)[:, 0] - earned) / 50) ** 2  # 50: about as large as the other part
                loss = error.mean() - objective(way.clip, log_prob, log_before, gain)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        lengths.append(played.sum() / TOGETHER)
        progress.update()
    return policy, lengths


def new_length(policy: nn.Module) -> float:
    """The mean length of 100 new episodes, the same for all policies, each choice the likelier one."""
    *_, standing = play(lambda state: policy(state).data.argmax(axis=1), 100, np.random.default_rng(2**31))
    return float(standing[:-1].sum(axis=0).mean())


def draw(lengths: dict[str, np.ndarray], path: Path) -> None:
    """The length of episodes, round by round: each seed thin, their median thick, the middle half shaded."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, runs in lengths.items():
        episodes, color = TOGETHER * np.arange(1, runs.shape[1] + 1), WAYS[name].color
        axes.plot(episodes, runs.T, color=color, linewidth=0.6, alpha=0.5)
        axes.fill_between(episodes, *np.quantile(runs, (0.25, 0.75), axis=0), color=color, alpha=0.2, linewidth=0)
        axes.plot(episodes, np.median(runs, axis=0), color=color, linewidth=2, label=name)
    axes.set(xlabel="episodes played", ylabel=f"mean length of {TOGETHER} episodes", ylim=(0, 1.04 * LIMIT))
    axes.set_title(f"median and middle half of {len(runs)} seeds", fontsize="medium")
    figure.legend(frameon=False, loc="outside lower center", ncols=len(lengths))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, help=f"of {TOGETHER} episodes each")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    lengths: dict[str, np.ndarray] = {}
    unseen: dict[str, list[float]] = {}
    for name, way in WAYS.items():
        progress = tqdm(total=options.rounds * len(options.seeds), desc=name, unit=" rounds")
        runs = [learn(way, seed, options.rounds, progress) for seed in options.seeds]
        progress.close()
        lengths[name] = np.array([found for _, found in runs])
        unseen[name] = [new_length(policy) for policy, _ in runs]

    draw(lengths, options.out / "cartpole.png")
    print(f"episodes until a round of them lasts {0.95 * LIMIT:.0f} steps, and length of new ones at the end, by seed")
    for name, runs in lengths.items():
        good = runs > 0.95 * LIMIT
        reached = [f"{TOGETHER * (1 + run.argmax())}" if run.any() else "never" for run in good]
        print(f"{name:20}  {', '.join(reached)};  {', '.join(f'{length:.0f}' for length in unseen[name])}")
    print(f"picture  {options.out / 'cartpole.png'}")


if __name__ == "__main__":
    main()
