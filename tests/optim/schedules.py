"""Every schedule with each of its arguments: a constructor call, and the same schedule as a formula in plain NumPy.

A row's formula takes the epoch, the group's number (0 or 1) and its first "lr", and returns the rate. The calls are
made on our module and on PyTorch's.
"""

from typing import Any, NamedTuple

import numpy as np

import autograd
import optim

LR = (0.4, 0.05)
STEPS = 60
OPTIONS = {"Adam": {"betas": (0.9, 0.98)}}  # no default beta2: a schedule leaves it as it is


def groups(tensor):
    return [{"params": [tensor()], "lr": lr} for lr in LR]


def optimizer_of(kind="SGD"):
    return getattr(optim, kind)(groups(lambda: autograd.tensor([1.0], requires_grad=True)), **OPTIONS.get(kind, {}))


class Row(NamedTuple):
    name: str
    arguments: dict[str, Any]
    formula: Any
    kind: str = "SGD"

    def make(self, module, optimizer, **more):
        return getattr(module, self.name)(optimizer, **self.arguments, **more)

    def __str__(self):
        return f"{self.name}({', '.join(f'{k}={_shown(v)}' for k, v in self.arguments.items())})"


def _shown(value):
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return value.__name__ if callable(value) else repr(value)


def quarter(epoch):
    return 0.25 + 0.75 / (1 + epoch)


def slower(epoch):
    return 0.5 ** (epoch / 30)


def shrink(epoch):
    return 1 - 0.2 / (1 + epoch)


def half_cosine(start, end, share):
    return end + (start - end) * (1 + np.cos(np.pi * share)) / 2


def line(start, end, share):
    return start + (end - start) * share


def restarts(t, lr, first, factor=1, eta_min=0.0):
    length = first
    while t >= length:
        t, length = t - length, length * factor
    return half_cosine(lr, eta_min, t / length)


def triangle(t, up, down):
    """Its height at t, by interpolation between its corners; and the cycle, from 0 on."""
    cycle, t = divmod(t, up + down)
    return np.interp(t, [0, up, up + down], [0, 1, 0]), cycle


def one_cycle(t, top, total, share=0.3, div=25.0, final=1e4, between=half_cosine, three=False):
    start = top / div
    corners = [0, share * total - 1, total - 1]
    rates = [start, top, start / final]
    if three:
        corners.insert(2, 2 * share * total - 2)
        rates.insert(2, start)
    i = max(np.searchsorted(corners, t, "left"), 1)
    return between(rates[i - 1], rates[i], (t - corners[i - 1]) / (corners[i] - corners[i - 1]))


ROWS = [
    Row("LambdaLR", {"lr_lambda": quarter}, lambda t, i, lr: lr * quarter(t)),
    Row("LambdaLR", {"lr_lambda": [quarter, slower]}, lambda t, i, lr: lr * (quarter, slower)[i](t)),
    Row("MultiplicativeLR", {"lr_lambda": shrink}, lambda t, i, lr: lr * np.prod([shrink(s) for s in range(1, t + 1)])),
    Row(
        "MultiplicativeLR",
        {"lr_lambda": [shrink, slower]},
        lambda t, i, lr: lr * np.prod([(shrink, slower)[i](s) for s in range(1, t + 1)]),
    ),
    Row("StepLR", {"step_size": 20}, lambda t, i, lr: lr * 0.1 ** (t // 20)),
    Row("StepLR", {"step_size": 7, "gamma": 0.6}, lambda t, i, lr: lr * 0.6 ** (t // 7)),
    Row("MultiStepLR", {"milestones": [20, 45]}, lambda t, i, lr: lr * 0.1 ** ((t >= 20) + (t >= 45))),
    Row(
        "MultiStepLR",
        {"milestones": [5, 5, 30], "gamma": 0.5},
        lambda t, i, lr: lr * 0.5 ** (2 * (t >= 5) + (t >= 30)),
    ),
    Row("ExponentialLR", {"gamma": 0.95}, lambda t, i, lr: lr * 0.95**t),
    Row("ConstantLR", {}, lambda t, i, lr: lr / 3 if t < 5 else lr),
    Row("ConstantLR", {"factor": 0.2, "total_iters": 30}, lambda t, i, lr: lr * 0.2 if t < 30 else lr),
    Row("LinearLR", {}, lambda t, i, lr: lr * np.interp(t, [0, 5], [1 / 3, 1])),
    Row(
        "LinearLR",
        {"start_factor": 0.9, "end_factor": 0.2, "total_iters": 40},
        lambda t, i, lr: lr * np.interp(t, [0, 40], [0.9, 0.2]),
    ),
    Row("LinearLR", {"start_factor": 1.0, "end_factor": 0.0}, lambda t, i, lr: lr * np.interp(t, [0, 5], [1, 0])),
    Row("PolynomialLR", {}, lambda t, i, lr: lr * np.interp(t, [0, 5], [1, 0])),
    Row("PolynomialLR", {"total_iters": 50, "power": 2.0}, lambda t, i, lr: lr * (1 - min(t / 50, 1)) ** 2),
    Row("CosineAnnealingLR", {"T_max": 60}, lambda t, i, lr: half_cosine(lr, 0, t / 60)),
    Row("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.01}, lambda t, i, lr: half_cosine(lr, 0.01, t / 20)),
    Row("CosineAnnealingWarmRestarts", {"T_0": 20}, lambda t, i, lr: restarts(t, lr, 20)),
    Row(
        "CosineAnnealingWarmRestarts",
        {"T_0": 8, "T_mult": 2, "eta_min": 0.01},
        lambda t, i, lr: restarts(t, lr, 8, 2, 0.01),
    ),
    Row(
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 10},
        lambda t, i, lr: line(0.01, 0.3, triangle(t, 10, 10)[0]),
    ),
    Row(
        "CyclicLR",
        {
            "base_lr": [0.01, 0.02],
            "max_lr": [0.3, 0.2],
            "step_size_up": 10,
            "step_size_down": 5,
            "mode": "triangular2",
            "base_momentum": 0.7,
            "max_momentum": 0.95,
        },
        lambda t, i, lr: line((0.01, 0.02)[i], (0.3, 0.2)[i], triangle(t, 10, 5)[0] / 2 ** triangle(t, 10, 5)[1]),
    ),
    Row(
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 8, "mode": "exp_range", "gamma": 0.97},
        lambda t, i, lr: line(0.01, 0.3, triangle(t, 8, 8)[0] * 0.97**t),
        "Adam",
    ),
    Row(
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 8, "scale_fn": slower, "scale_mode": "iterations"},
        lambda t, i, lr: line(0.01, 0.3, triangle(t, 8, 8)[0] * slower(t)),
    ),
    Row(
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 8, "scale_fn": quarter, "cycle_momentum": False},
        lambda t, i, lr: line(0.01, 0.3, triangle(t, 8, 8)[0] * quarter(triangle(t, 8, 8)[1] + 1)),
    ),
    Row("OneCycleLR", {"max_lr": 0.3, "total_steps": 61}, lambda t, i, lr: one_cycle(t, 0.3, 61)),
    Row(
        "OneCycleLR",
        {"max_lr": [0.3, 0.2], "epochs": 8, "steps_per_epoch": 10, "pct_start": 0.5, "anneal_strategy": "linear"},
        lambda t, i, lr: one_cycle(t, (0.3, 0.2)[i], 80, 0.5, between=line),
        "Adam",
    ),
    Row(
        "OneCycleLR",
        {
            "max_lr": 0.3,
            "total_steps": 70,
            "three_phase": True,
            "div_factor": 10.0,
            "final_div_factor": 100.0,
            "base_momentum": [0.8, 0.7],
            "max_momentum": 0.9,
        },
        lambda t, i, lr: one_cycle(t, 0.3, 70, div=10.0, final=100.0, three=True),
    ),
    Row(
        "OneCycleLR",
        {"max_lr": 0.3, "total_steps": 61, "cycle_momentum": False},
        lambda t, i, lr: one_cycle(t, 0.3, 61),
        "Adam",
    ),
]


def in_sequence(s, optimizer):
    parts = [s.LinearLR(optimizer, 0.1, total_iters=10), s.CosineAnnealingLR(optimizer, 30), s.StepLR(optimizer, 4)]
    return s.SequentialLR(optimizer, parts, [10, 40])


def constants_in_sequence(s, optimizer):
    parts = [
        s.ConstantLR(optimizer, 0.5),
        s.ConstantLR(optimizer, 0.2),
        s.LinearLR(optimizer, 0.1),
        s.MultiStepLR(optimizer, [0, 3]),
        s.PolynomialLR(optimizer, 8),
        s.ExponentialLR(optimizer, 0.9),
    ]
    return s.SequentialLR(optimizer, parts, [10, 20, 30, 40, 50])


def cycles_in_sequence(s, optimizer):
    parts = [
        s.CosineAnnealingWarmRestarts(optimizer, 5),
        s.LambdaLR(optimizer, quarter),
        s.CyclicLR(optimizer, 0.01, 0.3, 4),
        s.MultiplicativeLR(optimizer, shrink),
        s.OneCycleLR(optimizer, 0.3, 30),
    ]
    return s.SequentialLR(optimizer, parts, [7, 14, 30, 35])


def chained(s, optimizer):
    return s.ChainedScheduler([s.ConstantLR(optimizer, 0.2, 4), s.ExponentialLR(optimizer, 0.9)])


def chain_of_many(s, optimizer):
    parts = [
        s.LinearLR(optimizer, 0.1, total_iters=10),
        s.MultiStepLR(optimizer, [20, 40], 0.5),
        s.MultiplicativeLR(optimizer, shrink),
        s.StepLR(optimizer, 7, 0.9),
    ]
    return s.ChainedScheduler(parts, optimizer)


def chain_of_a_sequence(s, optimizer):
    return s.ChainedScheduler([in_sequence(s, optimizer), s.ExponentialLR(optimizer, 0.9)])


COMBINED = [in_sequence, constants_in_sequence, cycles_in_sequence, chained, chain_of_many, chain_of_a_sequence]


def momentum(group):
    return group["betas"][0] if "betas" in group else group["momentum"]


def path(optimizer, schedule, steps=STEPS):
    """Rate and momentum of each group, now and after each step."""
    rows = []
    for t in range(steps + 1):
        if t:
            schedule.step()
        assert all(group.get("betas", (0, 0.98))[1] == 0.98 for group in optimizer.param_groups)
        assert schedule.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        rows.append([(group["lr"], momentum(group)) for group in optimizer.param_groups])
    return np.array(rows)
