"""Draw every schedule of the learning rate on one page: 60 steps each, under the call that makes it.

Writes out/schedules.png: dots are the rates that the optimizer had; orange is its momentum, where that is cycled, too.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

import autograd
import optim
from optim import lr_scheduler as s, swa_utils

STEPS = 60
RATE, MOMENTUM, LOSS = "#0072B2", "#D55E00", "0.5"
# what a network's loss might be, which stops falling twice
LOSSES = np.interp(np.arange(STEPS), [0, 12, 27, 34, STEPS], [1.0, 0.5, 0.5, 0.3, 0.3])

# title, and what makes the schedule of an optimizer whose "lr" is 1
SCHEDULES: list[tuple[str, Callable[[Any], Any]]] = [
    ("StepLR(step_size=20, gamma=0.5)", lambda o: s.StepLR(o, 20, 0.5)),
    ("MultiStepLR(milestones=[15, 45], gamma=0.3)", lambda o: s.MultiStepLR(o, [15, 45], 0.3)),
    ("ExponentialLR(gamma=0.95)", lambda o: s.ExponentialLR(o, 0.95)),
    ("PolynomialLR(total_iters=50, power=2)", lambda o: s.PolynomialLR(o, 50, 2.0)),
    ("LinearLR(start_factor=0.1, total_iters=20)", lambda o: s.LinearLR(o, 0.1, total_iters=20)),
    ("ConstantLR(factor=0.3, total_iters=20)", lambda o: s.ConstantLR(o, 0.3, 20)),
    ("LambdaLR(lambda t: 1 / (1 + t / 10))", lambda o: s.LambdaLR(o, lambda t: 1 / (1 + t / 10))),
    ("MultiplicativeLR(lambda t: 1 - t / 800)", lambda o: s.MultiplicativeLR(o, lambda t: 1 - t / 800)),
    ("CosineAnnealingLR(T_max=60)", lambda o: s.CosineAnnealingLR(o, 60)),
    ("CosineAnnealingWarmRestarts(T_0=9, T_mult=2)", lambda o: s.CosineAnnealingWarmRestarts(o, 9, 2)),
    ("warmup_cosine(10, 60)", lambda o: s.warmup_cosine(o, 10, 60)),
    ("OneCycleLR(max_lr=1, total_steps=61)", lambda o: s.OneCycleLR(o, 1.0, 61)),
    (
        'OneCycleLR(1, 61, anneal_strategy="linear",\n three_phase=True)',
        lambda o: s.OneCycleLR(o, 1.0, 61, anneal_strategy="linear", three_phase=True),
    ),
    ("CyclicLR(base_lr=0.1, max_lr=1, step_size_up=10)", lambda o: s.CyclicLR(o, 0.1, 1.0, 10)),
    (
        'CyclicLR(0.1, 1, 10, mode="triangular2",\n cycle_momentum=False)',
        lambda o: s.CyclicLR(o, 0.1, 1.0, 10, mode="triangular2", cycle_momentum=False),
    ),
    (
        'CyclicLR(0.1, 1, 5, 10, mode="exp_range",\n gamma=0.97, cycle_momentum=False)',
        lambda o: s.CyclicLR(o, 0.1, 1.0, 5, 10, "exp_range", 0.97, cycle_momentum=False),
    ),
    (
        "SequentialLR([ConstantLR(0.3, 20),\n ExponentialLR(0.95)], milestones=[20])",
        lambda o: s.SequentialLR(o, [s.ConstantLR(o, 0.3, 20), s.ExponentialLR(o, 0.95)], [20]),
    ),
    (
        "ChainedScheduler([StepLR(20, 0.5),\n LinearLR(0.1, total_iters=15)])",
        lambda o: s.ChainedScheduler([s.StepLR(o, 20, 0.5), s.LinearLR(o, 0.1, total_iters=15)]),
    ),
    ("ReduceLROnPlateau(factor=0.5, patience=5)", lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=5)),
    ("swa_utils.SWALR(swa_lr=0.2, anneal_epochs=30)", lambda o: swa_utils.SWALR(o, 0.2, 30)),
]


def follow(make: Callable[[Any], Any]) -> tuple[list[float], list[float]]:
    """The rate and the momentum before the first step and after each."""
    optimizer = optim.SGD([autograd.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.9)
    schedule = make(optimizer)
    group = optimizer.param_groups[0]
    rates, momentum = [group["lr"]], [group["momentum"]]
    for loss in LOSSES:
        if isinstance(schedule, s.ReduceLROnPlateau):
            schedule.step(loss)
        else:
            schedule.step()
        rates.append(group["lr"])
        momentum.append(group["momentum"])
    return rates, momentum


def draw(axes: plt.Axes, title: str, make: Callable[[Any], Any]) -> None:
    """One schedule."""
    rates, momentum = follow(make)
    axes.plot(rates, color=RATE, linewidth=1, alpha=0.5)
    axes.plot(rates, ".", color=RATE, markersize=4)
    if len(set(momentum)) > 1:
        axes.plot(momentum, color=MOMENTUM, linewidth=1.2)
    if "Plateau" in title:
        axes.plot(range(1, STEPS + 1), LOSSES, color=LOSS, linewidth=1.2)
    axes.set_title(title, fontsize=8, family="monospace", loc="left")
    axes.set(xlim=(-1, STEPS + 1), ylim=(-0.05, 1.08), xticks=range(0, STEPS + 1, 20), yticks=(0, 0.5, 1))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    figure, grid = plt.subplots(5, 4, figsize=(14, 12), sharex=True, sharey=True, layout="constrained")
    for axes, (title, make) in zip(grid.flat, SCHEDULES, strict=True):
        draw(axes, title, make)
    figure.suptitle("The schedules of the learning rate, from lr=1, over 60 steps\n", fontsize=15)
    lines = [
        Line2D([], [], color=RATE, marker=".", label="learning rate"),
        Line2D([], [], color=MOMENTUM, label="momentum, where it is cycled"),
        Line2D([], [], color=LOSS, label="loss, where it decides"),
    ]
    figure.legend(handles=lines, loc="upper center", bbox_to_anchor=(0.5, 0.975), ncols=3, frameon=False)
    figure.supxlabel("step")
    path = options.out / "schedules.png"
    figure.savefig(path, dpi=110)
    plt.close(figure)
    print(f"schedules      {path}")


if __name__ == "__main__":
    main()
