"""Remember a number for up to 100 steps: a plain RNN cannot, a GRU can, an LSTM if it starts out remembering.

    python examples/long_memory.py

The adding problem (Hochreiter and Schmidhuber 1997): of 100 random numbers two are marked, and the answer is their sum.
Who always says 1 has a mean squared error of 1/6 = 0.167.

Mean squared error on 1,000 unseen sequences after 8 epochs, with seeds 0, 1 and 2 (1.6 minutes on one core):

    RNN                 0.165    0.174    0.174
    LSTM                0.164    0.004    0.004
    LSTM, gates open    0.0022   0.0012   0.0005
    GRU                 0.0003   0.0002   0.0004

Leaves out/long_memory.png, the errors over the epochs.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import optim
from nn.data.datasets import adding_problem

NETWORKS = {  # kind, whether it starts out remembering, how it is drawn
    "RNN": ("rnn", False, "#D55E00", "-"),
    "LSTM": ("lstm", False, "#0072B2", "--"),
    "LSTM, gates open": ("lstm", True, "#0072B2", "-"),
    "GRU": ("gru", False, "#009E73", "-"),
}
TRIVIAL = 1 / 6


def open_gates(lstm: nn.LSTM, length: int) -> None:
    """Start with forget gates that keep some cells for a few steps, others for up to `length` (Tallec, Ollivier 2018).

    PyTorch's start, near 0, halves every memory at each step.
    """
    keep = np.log(autograd.uniform(1, length, size=lstm.hidden_size).data)
    zero = np.zeros_like(keep)
    with autograd.no_grad():
        lstm.bias_ih_l0[:] = np.concatenate([-keep, keep, zero, zero])  # gates of input, forgetting, cell, output
        lstm.bias_hh_l0[:] = 0


def train(name: str, seed: int, options: argparse.Namespace) -> list[float]:
    """Train one network; its error after each epoch on 1,000 sequences that it never saw."""
    kind, remembers, *_ = NETWORKS[name]
    autograd.seed(seed)
    model = nn.models.SequenceClassifier(kind, 2, options.width, classes=1)  # one output: a number, not a class
    if remembers:
        open_gates(model.recurrent, options.length)
    rng = np.random.default_rng(seed)
    known, unseen = (nn.data.TensorDataset(*adding_problem(n, options.length, rng)) for n in (options.limit, 1000))
    print(f"{name}, seed {seed}")
    history = optim.fit(
        model,
        nn.data.DataLoader(known, 50, shuffle=True, seed=seed),
        nn.MSELoss(),
        optim.Adam(model.parameters(), lr=0.01),
        options.epochs,
        validation=nn.data.DataLoader(unseen, 500),
        clip_norm=1.0,
    )
    return history["validation_loss"]


def draw(errors: dict[str, np.ndarray], length: int, path: Path) -> None:
    """The error of each seed over the epochs, on a logarithmic scale."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for name, runs in errors.items():
        *_, color, style = NETWORKS[name]
        for i, run in enumerate(runs):
            axes.plot(range(1, len(run) + 1), run, style, color=color, alpha=0.8, label=None if i else name)
    axes.axhline(TRIVIAL, color="0.45", linewidth=1, linestyle=":", label="always saying 1")
    axes.set(xlabel="epoch", ylabel="mean squared error, unseen sequences", yscale="log")
    axes.set_title(f"Add two numbers among {length}: one line a seed")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--width", type=int, default=32, help="hidden units")
    parser.add_argument("--limit", type=int, default=5000, help="sequences to learn from")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    errors = {name: np.array([train(name, seed, options) for seed in options.seeds]) for name in NETWORKS}
    draw(errors, options.length, options.out / "long_memory.png")
    print(f"mean squared error after {options.epochs} epochs, of seeds {', '.join(map(str, options.seeds))}")
    for name, runs in errors.items():
        print(f"{name:17} {'  '.join(f'{value:.4f}' for value in runs[:, -1])}")
    print(f"always saying 1   {TRIVIAL:.4f}")
    print(f"picture           {options.out / 'long_memory.png'}")


if __name__ == "__main__":
    main()
