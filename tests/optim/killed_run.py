"""A training run with every kind of state, to be killed and started again: python killed_run.py CHECKPOINT.

Prints a dot for each batch and, at the end, a digest of everything it has come to.
"""

import hashlib
import json
import sys

import numpy as np

import autograd
import nn
import optim


def noise(batch, rng):
    images, labels = batch
    return images + rng.normal(0, 0.1, images.shape).astype(images.dtype), labels


def train(checkpoint, epochs=6, callback=None, loss=None):
    autograd.seed(1)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(256, 8)).astype(np.float32)
    dataset = nn.data.TensorDataset(points, (points[:, 0] * points[:, 1] > 0).astype(np.int64))
    model = nn.Sequential(nn.Linear(8, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 2))
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    average = optim.swa_utils.AveragedModel(model, optim.swa_utils.get_ema_avg_fn(0.9))
    history = optim.fit(
        model,
        nn.data.DataLoader(dataset, 4, shuffle=True, transform=noise, prefetch=2),
        loss or nn.CrossEntropyLoss(),
        optimizer,
        epochs,
        validation=nn.data.DataLoader(dataset, 64, transform=noise),
        metrics=[optim.metrics.accuracy],
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, 100),
        schedule="step",
        clip_norm=1.0,
        accumulate=2,
        checkpoint=checkpoint,
        checkpoint_every=3,
        patience=50,
        average=average,
        callback=callback,
        progress=False,
    )
    return nn.ModuleList([model, average.module]), optimizer, history


def digest(model, optimizer, history):
    """Of every bit of the weights, the optimizer's state and what was reported, but for the time it took."""
    found = hashlib.sha256()
    states = optimizer.state_dict()["state"]
    for _, array in sorted(model.state_dict().items()):
        found.update(np.ascontiguousarray(array).tobytes())
    for _, state in sorted(states.items()):
        for name in sorted(state):
            values = state[name] if isinstance(state[name], list) else [state[name]]
            found.update(b"".join(np.asarray(value).tobytes() for value in values))
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in history.rows]
    found.update(json.dumps([rows, autograd.get_rng_state()]).encode())
    return found.hexdigest()


if __name__ == "__main__":

    class Loss(nn.CrossEntropyLoss):
        def forward(self, *args):
            print(".", flush=True)  # a sign of life, for whoever counts
            return super().forward(*args)

    print(digest(*train(sys.argv[1], loss=Loss())))
