"""A day of training in small: memory is flat over 20,000 steps, or a million with HYPOTHESIS_PROFILE=nightly."""

import gc
import os
import sys

import numpy as np
import pytest

import autograd
import nn
import optim

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
STEPS = int(os.environ.get("STEPS", 1_000_000 if NIGHTLY else 20_000))


def resident():
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def steps(folder):
    """Steps of many kinds, one after the other, without end."""
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.1), nn.Tanh(), nn.Linear(4, 2))
    optimizer = optim.Adam(model.parameters(), lr=1e-4)
    schedule = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 100)
    average = optim.swa_utils.AveragedModel(model)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 8, 3)).astype(np.float32), rng.integers(0, 2, (64, 8))
    number = 0
    while True:
        inner = autograd.checkpoint(model) if number % 50 == 1 else model
        loss = nn.functional.cross_entropy(inner(x[number % 64]), y[number % 64])
        optimizer.zero_grad()
        loss.backward(create_graph=number % 50 == 2)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if number % 100 == 0:
            average.update_parameters(model)
            with autograd.no_grad():
                model(x[0])
            autograd.grad(lambda v: (v * v).sum())(x[0])
        if number % 2000 == 0:
            nn.save(model, folder / "weights")
            model.load_state_dict(nn.load(folder / "weights"))
            optimizer.load_state_dict(optimizer.state_dict())
        number += 1
        yield loss.item()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="Linux tells how much a process has in memory")
def test_memory_is_flat_over_very_many_steps(tmp_path):
    x = autograd.Tensor(1.0, requires_grad=True)
    for _ in range(1000):  # drawings tell of the last thousand recorded sweeps
        (x * x).backward(create_graph=True)
        x.grad = None
    run, seen = steps(tmp_path), []
    for part in range(10):
        for _ in range(STEPS // 10):
            loss = next(run)
        gc.collect()
        seen.append((sys.getallocatedblocks(), resident()))
        if part == 0:
            print(f"{'steps':>9} {'blocks':>9} {'resident':>9}")
        print(f"{(part + 1) * STEPS // 10:9,} {seen[-1][0]:9,} {seen[-1][1] / 1e6:6.1f} MB")
    assert np.isfinite(loss)
    # in the second half: caches, too, are full by then
    assert seen[9][0] - seen[4][0] < 300  # objects of Python, over at least 10,000 steps
    assert seen[9][1] - seen[4][1] < 2_000_000
