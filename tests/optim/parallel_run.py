"""Programs that several processes run: mpiexec -n 2 python parallel_run.py NAME [FOLDER]; process 0 prints JSON."""

import json
import os
import signal
import sys

import numpy as np

import autograd
import nn
import optim
from autograd import Tensor
from optim.distributed import DataParallel, world


def weights(model):
    return np.concatenate([np.ravel(t.data) for t in [*model.parameters(), *model.buffers()]]).astype(float)


def unequal(model):
    """How far the processes' weights are apart."""
    mine = weights(model)
    return max(float(np.abs(mine - other).max()) for other in world().allgather(mine))


def network(seed=0, middle=()):
    autograd.seed(seed)
    with autograd.default_dtype(np.float64):
        return nn.Sequential(nn.Linear(6, 200), nn.Tanh(), *middle, nn.Linear(200, 200), nn.Tanh(), nn.Linear(200, 3))


def data(count=103):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 6))
    labels = rng.integers(0, 3, size=count)
    labels[::4] = -100  # left out of the mean: parts of a batch weigh differently
    return x, labels


def train(comm, model, epochs=3, listed=False, make=optim.Adam, **options):
    x, labels = data()
    loader = nn.data.DataLoader(
        nn.data.TensorDataset(x, labels), 20, shuffle=True, seed=1 + (comm is not None and comm.rank)
    )
    batches = [(x[i : i + 25], labels[i : i + 25]) for i in range(0, 103, 25)]
    if comm is None or not comm.rank:
        loader.seed = 1
    optimizer = make(model.parameters(), lr=1e-3)
    given = {"validation": batches, "metrics": [optim.metrics.accuracy, optim.metrics.f1], "progress": False} | options
    chosen = batches if listed else loader
    return optim.fit(model, chosen, nn.CrossEntropyLoss(), optimizer, epochs, comm=comm, **given)


def equal(folder):
    """Each kind of run in all processes and in one: how far weights and histories are apart."""
    kinds = {
        "a loader": {},
        "a list": {"listed": True},
        "accumulated": {"accumulate": 2, "clip_norm": 0.1},
        "to patience": {"epochs": 30, "patience": 2, "make": lambda p, lr: optim.SGD(p, lr=1.0)},
        "a line search": {"make": lambda p, lr: optim.LBFGS(p, max_iter=3), "epochs": 2},
    }
    found = {}
    for name, options in kinds.items():
        runs = []
        for comm in (world(), None):
            model = network(seed=0 if comm is None or not comm.rank else 5)  # the others' weights must not matter
            history = train(comm, model, **options)
            runs.append((weights(model), [[row[c] for c in row if c != "seconds"] for row in history.rows]))
            if comm is not None:
                apart = unequal(model)
        (w, rows), (v, alone) = runs
        found[name] = {
            "processes": apart,
            "weights": float(np.abs(w - v).max()),
            "epochs": [len(rows), len(alone)],
            "history": float(np.abs(np.array(rows) - np.array(alone)).max()) if len(rows) == len(alone) else None,
        }
    return found


if __name__ == "__main__":
    result = globals()[sys.argv[1]](*sys.argv[2:])
    if world().rank == 0:
        print(json.dumps(result))
