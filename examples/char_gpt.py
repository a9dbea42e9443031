"""Train a character GPT on prose, and let it write.

    python examples/char_gpt.py                                # the language reference that Python's help() shows
    python examples/char_gpt.py --text moby-dick --epochs 4    # after `make data`

Reaches 1.76 bits per character of the last 5 % of Python 3.11's reference, which had no part in anything before
(seed 0; 6 minutes on one core). The best n-gram model, which counts what followed the last 4 characters, needs 1.89.
Prints how it goes on with a text, and leaves the curves in out/char_gpt.png.
"""

import argparse
import re
from collections import Counter, defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd
import nn
import optim
from nn.data.datasets import prose

CONTEXT = 128


def load(name: str, limit: int | None) -> tuple[str, str, str]:
    """The text's first 90 % to train on, then 5 % to choose settings by, then 5 % that only the last figure sees.

    A paragraph that occurs again is left out: one in five of Python's reference does, and would be known by heart.
    """
    text = "\n\n".join(dict.fromkeys(re.split(r"\n\n+", prose(name))))[:limit]
    first, second = int(0.9 * len(text)), int(0.95 * len(text))
    return text[:first], text[first:second], text[second:]


def counted(train: str, text: str, n: int, vocabulary: int) -> float:
    """Bits per character of `text` under the n-gram model, the classic that counts what followed the last n - 1.

    Each order's shares are smoothed with those of the order below (Witten and Bell 1991).
    """
    follow: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for i in range(len(train)):
        for k in range(min(n - 1, i) + 1):
            follow[train[i - k : i]][train[i]] += 1
    bits = 0.0
    for i in range(n, len(text)):
        share = 1 / vocabulary
        for k in range(n):
            if seen := follow.get(text[i - k : i]):
                share = (seen[text[i]] + len(seen) * share) / (seen.total() + len(seen))
        bits -= np.log2(share)
    return float(bits / (len(text) - n))


def windows(tokens: np.ndarray, batch_size: int, seed: int) -> nn.data.DataLoader:
    """Batches (inputs, next tokens) that cover the text once an epoch, each time cut at other places."""

    def cut(batch, rng):
        windows = tokens[(batch + rng.integers(CONTEXT))[:, None] + np.arange(CONTEXT + 1)]
        return windows[:, :-1], windows[:, 1:]

    starts = range(0, len(tokens) - 2 * CONTEXT, CONTEXT)
    return nn.data.DataLoader(starts, batch_size, shuffle=True, drop_last=True, transform=cut, seed=seed)


def held_out(tokens: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Batches of windows that overlap by half: the second half is scored, so that each guess has seen enough before."""
    view = np.lib.stride_tricks.sliding_window_view(tokens, CONTEXT + 1)[:: CONTEXT // 2]
    targets = view[:, 1:].copy()
    targets[:, : CONTEXT // 2] = -100  # which the loss and the metrics leave out
    return [(view[i : i + 64, :-1], targets[i : i + 64]) for i in range(0, len(view), 64)]


def forward(model: nn.models.GPT, inputs: np.ndarray, targets: np.ndarray) -> tuple[autograd.Tensor, np.ndarray]:
    """Scores of all characters (windows * length, letters), and the characters that followed."""
    scores = model(inputs)
    return scores.reshape(-1, scores.shape[-1]), targets.reshape(-1)


def draw(history: optim.History, rival: float, name: str, reached: float, path: Path) -> None:
    """Bits per character over the epochs."""
    figure, axes = plt.subplots(figsize=(6.6, 4), layout="constrained")
    axes.plot(history["epoch"], history["bits_per_character"], color="#0072B2", label="training")
    axes.plot(history["epoch"], history["validation_bits_per_character"], color="#D55E00", label="validation")
    axes.plot(history["epoch"][-1], reached, "o", color="#009E73", label=f"test, at the end: {reached:.2f}")
    axes.axhline(rival, color="0.45", linewidth=1, linestyle="--", label=f"{name}, test: {rival:.2f}")
    axes.set(xlabel="epoch", ylabel="bits per character", title="A GPT learns to spell, then to write")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", choices=("python", "moby-dick"), default="python")
    parser.add_argument("--limit", type=int, help="read only the first so many characters")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    texts = load(options.text, options.limit)
    letters = sorted(set("".join(texts)))
    number = {letter: i for i, letter in enumerate(letters)}
    train, validation, test = (np.array([number[c] for c in text]) for text in texts)

    autograd.seed(options.seed)
    model = nn.models.GPT(len(letters), CONTEXT, width=96, heads=4, layers=3)
    data = windows(train, batch_size=8, seed=options.seed)
    optimizer = optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.99), weight_decay=0.1)
    steps, loss, bits = options.epochs * len(data), nn.CrossEntropyLoss(), [optim.metrics.bits_per_character]
    history = optim.fit(
        model,
        data,
        loss,
        optimizer,
        options.epochs,
        validation=held_out(validation),
        forward=forward,
        metrics=bits,
        scheduler=optim.lr_scheduler.warmup_cosine(optimizer, steps // 20, steps),
        schedule="step",
        clip_norm=1.0,
    )
    tested = optim.evaluate(model, held_out(test), loss, forward=forward, metrics=bits)
    reached = tested["bits_per_character"]
    rivals = {f"{n}-gram": counted(texts[0], texts[2], n, len(letters)) for n in range(1, 8)}
    best = min(rivals, key=rivals.get)
    draw(history, rivals[best], best, reached, options.out / "char_gpt.png")

    start = texts[2][:CONTEXT]
    written = model.generate(np.array([[number[c] for c in start]]), 400, temperature=0.8)[0, CONTEXT:]
    print(f"it reads   {start!r}\nit writes\n\n{''.join(letters[i] for i in written)}\n")
    print(f"bits per character of the {len(test):,} test characters")
    print(f"GPT      {reached:.3f}")
    for name, bits in rivals.items():
        print(f"{name}   {bits:.3f}")
    print(f"picture  {options.out / 'char_gpt.png'}")


if __name__ == "__main__":
    main()
