"""Programs that several processes run: mpiexec -n 2 python parallel_run.py NAME [FOLDER]; process 0 prints JSON."""

import copy
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


def normalised():
    with autograd.default_dtype(np.float64):
        return nn.BatchNorm1d(200)


def data(count=103):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 6))
    labels = rng.integers(0, 3, size=count)
    labels[::4] = -100  # left out of the mean: parts of a batch weigh differently
    return x, labels


def train(comm, model, epochs=3, listed=False, make=optim.Adam, batches=None, **options):
    x, labels = data()
    loader = nn.data.DataLoader(
        nn.data.TensorDataset(x, labels), 20, shuffle=True, seed=1 + (comm is not None and comm.rank)
    )
    batches = batches or [(x[i : i + 25], labels[i : i + 25]) for i in range(0, 103, 25)]
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
        "joint batch norm": {"middle": [normalised()], "sync_batch_norm": True},
        "to patience": {"epochs": 30, "patience": 2, "make": lambda p, lr: optim.SGD(p, lr=1.0)},
        "a line search": {"make": lambda p, lr: optim.LBFGS(p, max_iter=3), "epochs": 2},
    }
    found = {}
    for name, options in kinds.items():
        runs, middle = [], options.pop("middle", ())
        for comm in (world(), None):
            seed = 5 if comm is not None and comm.rank else 0  # the others' weights must not matter
            model = network(seed, copy.deepcopy(middle))
            if comm is None:
                options.pop("sync_batch_norm", None)
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


def by_hand(folder):
    """A loop of one's own: what was sent when, unused parameters, sums over two sweeps, sweeps of other kinds."""
    comm = world()
    unused, used = nn.Linear(1, 3), network()  # finished last: it holds nothing up
    model = nn.Sequential(unused, used)
    parallel = DataParallel(model, comm, bucket_mb=0.05)
    x, labels = data(12)
    labels = abs(labels)
    labels[labels == 100] = 0
    whole = slice(None)
    mine = slice(12 * comm.rank // comm.size, 12 * (comm.rank + 1) // comm.size)

    def sweep(rows, create_graph=False):
        loss = nn.functional.cross_entropy(used(Tensor(x[rows])), labels[rows])
        loss.backward(create_graph=create_graph)

    def gradients():
        found = [np.array(p.grad.data) for p in used.parameters()]
        for p in model.parameters():
            p.grad = None
        return found

    def apart(a, b):
        return max(float(np.abs(x - y).max()) for x, y in zip(a, b, strict=True))

    found = {}
    with parallel.no_sync():
        sweep(whole)
    expected = gradients()
    sent = []
    hidden = used[0](Tensor(x[mine]))
    hidden.register_hook(lambda g: sent.append(sum(b.sent is not None for b in parallel._buckets)))
    nn.functional.cross_entropy(used[1:](hidden), labels[mine]).backward()
    found["sent before the first layer's sweep"], found["buckets"] = sent[0], len(parallel._buckets)
    found["unused is None"] = unused.weight.grad is None
    found["mean"] = apart(gradients(), expected)
    with parallel.no_sync():
        sweep(mine)
    sweep(mine)
    found["two sweeps"] = apart(gradients(), [2 * g for g in expected])
    nn.functional.cross_entropy(autograd.checkpoint(used)(Tensor(x[mine])), labels[mine]).backward()
    found["checkpoint"] = apart(gradients(), expected)
    if comm.rank:  # uses a layer that process 0 does not
        (unused(Tensor(np.ones((1, 1)))).sum() + used(Tensor(x[mine])).sum() * 0.0).backward()
    else:
        sweep(mine)
    found["used elsewhere"] = unused.bias.grad.data.tolist()
    gradients()
    try:
        sweep(mine, create_graph=True)
    except autograd.GraphError as error:
        found["create_graph"] = str(error)
    parallel.close()
    sweep(whole)
    found["closed"] = apart(gradients(), expected)
    return found


def wrong(folder):
    """Errors that all processes raise alike."""
    comm, found = world(), []
    models = [
        lambda: nn.Linear(2, 2 + comm.rank),
        lambda: nn.Linear(2, 2, bias=comm.rank == 0),
    ]
    for make in models:
        try:
            DataParallel(make(), comm)
        except ValueError as error:
            found.append(str(error))
    model = nn.Linear(6, 3)
    adam = optim.Adam(model.parameters())
    x, labels = data(41)
    loader = nn.data.DataLoader(nn.data.TensorDataset(x, labels), 20)
    for given, options in (
        (loader, {}),
        ([(x[:1], labels[:1])], {}),
        ([(x, labels[:-1])], {}),
        (nn.data.DataLoader(nn.data.TensorDataset(x, labels), 20, drop_last=True), {"compile": True}),
        (range(3), {}),
    ):
        try:
            optim.fit(model, given, nn.CrossEntropyLoss(), adam, 1, comm=comm, progress=False, **options)
        except (ValueError, TypeError) as error:
            found.append(str(error))
    return found


def dies(folder, how):
    """Process 1 fails in the third epoch."""
    seen = []

    def loss(output, target):
        seen.append(0)
        if world().rank == 1 and len(seen) == 30:
            if how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ZeroDivisionError("a failure on purpose")
        return nn.functional.cross_entropy(output, target)

    model = network()
    x, labels = data()
    loader = nn.data.DataLoader(nn.data.TensorDataset(x, labels), 10, seed=0, drop_last=True)
    options = {"checkpoint": os.path.join(folder, "run"), "progress": False, "comm": world()}
    optim.fit(model, loader, loss, optim.Adam(model.parameters()), 10, **options)


def dies_alone(folder):
    """Process 1 fails outside of any training, while the others wait for it."""
    parallel = DataParallel(network(), world())
    if world().rank == 1:
        raise ZeroDivisionError("a failure on purpose")
    parallel(Tensor(np.ones((2, 6)))).sum().backward()


def resumed(folder):
    """Dropout, batch norm, and a stop in the middle of an epoch, against a run without a stop."""
    comm, ends = world(), []
    for name, stops in (("whole", [4]), ("parts", [1, 2, 4])):
        for epochs in stops:
            model = network(3, [normalised(), nn.Dropout(0.5)])
            options = {"checkpoint": os.path.join(folder, name), "checkpoint_every": 2}
            options["sync_batch_norm"] = True  # a part may be of one sample
            history = train(comm, model, epochs, **options)
        ends.append((weights(model), [row["loss"] for row in history.rows], unequal(model)))
    (a, losses, apart), (b, again, _) = ends
    x, labels = data(60)
    model = network(3, [nn.Dropout(0.5)])
    train(comm, model, 1, listed=True, batches=[(x, labels)])
    masks = comm.allgather(autograd.rand(3).data.tolist())
    return {"weights": float(np.abs(a - b).max()), "losses": [losses, again], "processes": apart,
            "masks": masks, "files": sorted(os.listdir(folder))}  # fmt: skip


def networks(folder):
    """LeNet-5 and a GPT of float32: how far the weights of all processes are from those of one."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 20, (12, 17))
    images = rng.normal(size=(12, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, 12)
    makes = {
        "LeNet-5": (nn.models.ConvNet, images, nn.functional.cross_entropy),
        "GPT": (
            lambda: nn.models.GPT(20, 16, 32, 4, 2),
            (tokens[:, :-1], tokens[:, 1:]),
            lambda o, t: nn.functional.cross_entropy(o.reshape(-1, 20), np.ravel(t)),
        ),
    }
    found = {}
    for name, (make, batch, loss) in makes.items():
        ends = []
        for comm in (world(), None):
            autograd.seed(0)
            model = make()
            sgd = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
            optim.fit(model, [batch], loss, sgd, 5, comm=comm, progress=False)
            ends.append(weights(model))
        found[name] = float(np.abs(ends[0] - ends[1]).max())
    return found


def reproduced(folder):
    """Whether the weights are to the bit those of one process that takes the same parts one after the other."""
    comm, steps = world(), 4
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(12, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, 12)
    parts = np.split(x, comm.size), np.split(labels, comm.size)
    ends = []
    with autograd.reproducible():
        for together in (True, False):
            autograd.seed(0)
            model = nn.models.ConvNet()
            parallel = DataParallel(model, comm) if together else None
            optimizer = optim.Adam(model.parameters(), lr=0.01)
            for _ in range(steps):
                optimizer.zero_grad()
                for i in [comm.rank] if together else range(comm.size):
                    nn.functional.cross_entropy(model(Tensor(parts[0][i])), parts[1][i]).backward()
                if not together:
                    for p in model.parameters():
                        p.grad = p.grad / comm.size
                optimizer.step()
            ends.append(weights(model))
            if parallel:
                parallel.close()
    return {"equal": bool(np.array_equal(*ends)), "moved": float(np.ptp(ends[0]))}


def interrupted(folder):
    """Ctrl-C reaches process 1 alone."""
    comm, seen = world(), []

    def loss(output, target):
        seen.append(0)
        if comm.rank == 1 and len(seen) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return nn.functional.cross_entropy(output, target)

    model = network()
    x, labels = data()
    options = {"checkpoint": os.path.join(folder, "run"), "progress": False, "comm": comm}
    history = optim.fit(model, [(x, labels)] * 10, loss, optim.SGD(model.parameters()), 2, **options)
    return comm.allgather((history.stopped, len(seen)))


if __name__ == "__main__":
    result = globals()[sys.argv[1]](*sys.argv[2:])
    if world().rank == 0:
        print(json.dumps(result))
