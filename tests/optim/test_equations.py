"""Each optimizer's update equation, written out in plain NumPy in float64, over a few steps."""

from functools import partial

import numpy as np
import pytest

import autograd
import optim

RNG = np.random.default_rng(0)
START = RNG.normal(size=(4, 3))
GRADIENTS = RNG.normal(size=(8, 4, 3)) * [[[0.0, 1.0, 30.0]]]


def path(optimizer_of, dtype=np.float64):
    """The weights after each step."""
    w = autograd.tensor(START, requires_grad=True, dtype=dtype)
    optimizer = optimizer_of([w])
    found = []
    for g in GRADIENTS:
        w.grad = g
        optimizer.step()
        found.append(w.data.copy())
    return found


def sgd(w, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    v = None
    for g in GRADIENTS:
        g = g + weight_decay * w
        v = g if v is None else momentum * v + (1 - dampening) * g
        w = w - lr * (g + momentum * v if nesterov else v)
        yield w


def adam(w, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, decoupled_weight_decay=False):
    m = v = largest = 0.0
    for t, g in enumerate(GRADIENTS, 1):
        if decoupled_weight_decay:
            w = w * (1 - lr * weight_decay)
        else:
            g = g + weight_decay * w
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
        largest = np.maximum(largest, v) if amsgrad else v
        w = w - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(largest / (1 - betas[1] ** t)) + eps)
        yield w


def adamw(w, weight_decay=1e-2, **options):
    return adam(w, weight_decay=weight_decay, decoupled_weight_decay=True, **options)


def adamax(w, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m = u = 0.0
    for t, g in enumerate(GRADIENTS, 1):
        g = g + weight_decay * w
        m, u = betas[0] * m + (1 - betas[0]) * g, np.maximum(betas[1] * u, np.abs(g) + eps)
        w = w - lr / (1 - betas[0] ** t) * m / u
        yield w


def nadam(w, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, momentum_decay=4e-3):
    m = v = 0.0
    mu = [betas[0] * (1 - 0.5 * 0.96 ** (t * momentum_decay)) for t in range(1, len(GRADIENTS) + 2)]
    for t, g in enumerate(GRADIENTS, 1):
        g = g + weight_decay * w
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
        ahead = mu[t] * m / (1 - np.prod(mu[: t + 1])) + (1 - mu[t - 1]) * g / (1 - np.prod(mu[:t]))
        w = w - lr * ahead / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        yield w


def radam(w, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    m = v = 0.0
    longest = 2 / (1 - betas[1]) - 1
    for t, g in enumerate(GRADIENTS, 1):
        g = g + weight_decay * w
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
        mean = m / (1 - betas[0] ** t)
        length = longest - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        if length > 5:
            ratio = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            mean = mean * np.sqrt(ratio) * np.sqrt(1 - betas[1] ** t) / (np.sqrt(v) + eps)
        w = w - lr * mean
        yield w


def adagrad(w, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    total = initial_accumulator_value
    for t, g in enumerate(GRADIENTS):
        g = g + weight_decay * w
        total = total + g * g
        w = w - lr / (1 + t * lr_decay) * g / (np.sqrt(total) + eps)
        yield w


def adadelta(w, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    v = u = 0.0
    for g in GRADIENTS:
        g = g + weight_decay * w
        v = rho * v + (1 - rho) * g * g
        step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u = rho * u + (1 - rho) * step * step
        w = w - lr * step
        yield w


def rmsprop(w, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
    v = mean = velocity = 0.0
    for g in GRADIENTS:
        g = g + weight_decay * w
        v, mean = alpha * v + (1 - alpha) * g * g, alpha * mean + (1 - alpha) * g
        velocity = momentum * velocity + g / (np.sqrt(v - mean * mean if centered else v) + eps)
        w = w - lr * velocity
        yield w


def rprop(w, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)):
    last, length = np.zeros_like(w), np.full_like(w, lr)
    for g in GRADIENTS:
        factor = np.select([g * last > 0, g * last < 0], [etas[1], etas[0]], 1.0)
        length = np.clip(length * factor, *step_sizes)
        last = np.where(g * last < 0, 0.0, g)
        w = w - length * np.sign(last)
        yield w


def lion(w, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0, maximize=False):
    m = 0.0
    for g in GRADIENTS:
        g = -g if maximize else g
        w = w - lr * (np.sign(betas[0] * m + (1 - betas[0]) * g) + weight_decay * w)
        m = betas[1] * m + (1 - betas[1]) * g
        yield w


def muon(w, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, ns_steps=5, adjust_lr_fn="original"):
    m = 0.0
    for g in GRADIENTS:
        m = momentum * m + (1 - momentum) * g
        u, s, vt = np.linalg.svd(momentum * m + (1 - momentum) * g if nesterov else m, full_matrices=False)
        s = s / np.sqrt((s * s).sum())
        for _ in range(ns_steps):  # what the iteration does to each singular value
            s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
        ratio = np.sqrt(max(1.0, 4 / 3)) if adjust_lr_fn == "original" else 0.2 * np.sqrt(4)
        w = w * (1 - lr * weight_decay) - lr * ratio * (u * s) @ vt
        yield w


ROWS = [
    (optim.SGD, sgd, {"lr": 0.1}),
    (optim.SGD, sgd, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}),
    (optim.SGD, sgd, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (optim.Adam, adam, {"lr": 0.1}),
    (optim.Adam, adam, {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True, "betas": (0.8, 0.6), "eps": 0.01}),
    (optim.Adam, adam, {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    (optim.AdamW, adamw, {"lr": 0.1}),
    (optim.AdamW, adamw, {"lr": 0.1, "weight_decay": 0.5, "amsgrad": True}),
    (optim.Adamax, adamax, {"lr": 0.1}),
    (optim.Adamax, adamax, {"lr": 0.1, "betas": (0.7, 0.8), "eps": 0.1, "weight_decay": 0.1}),
    (optim.NAdam, nadam, {"lr": 0.1}),
    (optim.NAdam, nadam, {"lr": 0.1, "momentum_decay": 0.5, "betas": (0.7, 0.8), "eps": 0.1, "weight_decay": 0.1}),
    (optim.RAdam, radam, {"lr": 0.1}),
    (optim.RAdam, radam, {"lr": 0.1, "betas": (0.7, 0.8), "eps": 0.1, "weight_decay": 0.1}),
    (optim.Adagrad, adagrad, {}),
    (optim.Adagrad, adagrad, {"lr_decay": 0.5, "weight_decay": 0.1, "initial_accumulator_value": 0.2, "eps": 0.1}),
    (optim.Adadelta, adadelta, {}),
    (optim.Adadelta, adadelta, {"lr": 0.5, "rho": 0.5, "eps": 0.1, "weight_decay": 0.1}),
    (optim.RMSprop, rmsprop, {}),
    (optim.RMSprop, rmsprop, {"alpha": 0.7, "momentum": 0.9, "centered": True, "weight_decay": 0.1, "eps": 0.1}),
    (optim.Rprop, rprop, {}),
    (optim.Rprop, rprop, {"lr": 0.1, "etas": (0.7, 1.3), "step_sizes": (0.06, 0.15)}),
    (optim.Lion, lion, {"lr": 0.1}),
    (optim.Lion, lion, {"lr": 0.1, "betas": (0.5, 0.8), "weight_decay": 0.1}),
    (optim.Lion, lion, {"lr": 0.1, "betas": (0.99, 0.5), "weight_decay": 0.5, "maximize": True}),
    (optim.Muon, muon, {"lr": 0.1}),
    (optim.Muon, muon, {"lr": 0.1, "nesterov": False, "momentum": 0.5, "ns_steps": 2, "weight_decay": 0.0}),
    (optim.Muon, muon, {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw"}),
]
KINDS = dict.fromkeys(kind for kind, _, _ in ROWS if kind is not optim.Muon)  # which has no `maximize`
IDS = [f"{kind.__name__}-" + "-".join(f"{k}={v}" for k, v in options.items()) for kind, _, options in ROWS]


@pytest.mark.parametrize(("kind", "formula", "options"), ROWS, ids=IDS)
def test_steps_follow_the_equation(kind, formula, options):
    np.testing.assert_allclose(path(partial(kind, **options)), list(formula(START, **options)), rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_maximize_goes_the_other_way(kind):
    decay = {} if kind is optim.Rprop else {"weight_decay": 0.0}
    up, down = (
        np.subtract(path(lambda p, sign=sign: kind(p, lr=0.1, maximize=sign, **decay)), START) for sign in (True, False)
    )

    np.testing.assert_allclose(up, -down, rtol=1e-9, atol=1e-12)
    assert np.abs(up).max() > 1e-3


def test_float32_steps_are_near_those_in_float64():
    for kind, _, options in ROWS:
        exact, found = (path(partial(kind, **options), dtype)[-1] for dtype in (np.float64, np.float32))
        np.testing.assert_allclose(found, exact, rtol=2e-5, atol=2e-6)
