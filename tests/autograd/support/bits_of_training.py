"""One hash of the weights of four small networks after training: `bits_of_training.py [plain] [PROCESSES]`.

Each step adds up the gradients of two halves of a batch, in order: by backward(), or in worker processes.
"""

import hashlib
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np

import autograd
import nn
import optim

STEPS = 2


class Recurrent(nn.Module):
    def __init__(self):
        self.lstm, self.out = nn.LSTM(12, 24, batch_first=True), nn.Linear(24, 5)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


class Block(nn.Module):
    def __init__(self):
        self.block, self.out = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True), nn.Linear(32, 5)

    def forward(self, x):
        return self.out(self.block(x).mean(axis=1))


def perceptron():
    inside = (nn.LayerNorm(96), nn.GELU(), nn.Dropout(0.2), nn.Linear(96, 48), nn.Tanh())
    return nn.Sequential(nn.Linear(150, 96), *inside, nn.Linear(48, 5))


def convolutional():
    inside = (nn.GroupNorm(2, 6), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, stride=2), nn.SiLU())
    return nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), *inside, nn.Flatten(), nn.Linear(72, 5))


NETWORKS = {perceptron: (150,), convolutional: (3, 16, 16), Recurrent: (9, 12), Block: (7, 32)}


def backward(model, x, y, seed):
    """Add this part's gradients to those there are."""
    autograd.seed(seed)
    (nn.functional.cross_entropy(model(x), y) / 2).backward()


def alone(exact, number, weights, part):
    """The gradients of one part, in a process that knows nothing else."""
    make = list(NETWORKS)[number]
    model = make()
    model.load_state_dict(weights)
    with autograd.reproducible(exact):
        backward(model, *part)
    return [p.grad.data for p in model.parameters()]


def train(exact, number, pool):
    """The weights after some steps of Adam, with the norm of the gradients clipped."""
    make, shape = list(NETWORKS.items())[number]
    random = np.random.default_rng(number)
    autograd.seed(number)
    model = make()
    for p in model.parameters():  # of few bits, and of no function that may differ
        p.data = (random.integers(-64, 65, p.shape) / 400).astype(np.float32)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    with autograd.reproducible(exact):
        for step in range(STEPS):
            x = (random.integers(-99, 100, (16, *shape)) / 37).astype(np.float32)
            parts = [(x[i::2], random.integers(0, 5, 8), 10 * step + i) for i in (0, 1)]
            optimizer.zero_grad()
            if pool is None:
                for part in parts:
                    backward(model, *part)
            else:
                found = list(pool.map(partial(alone, exact, number, model.state_dict()), parts))
                for p, first, second in zip(model.parameters(), *found):
                    p.grad = autograd.Tensor(first) + autograd.Tensor(second)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    return [p.data for p in model.parameters()]


def main():
    exact, processes = "plain" not in sys.argv, int(sys.argv[-1]) if sys.argv[-1].isdigit() else 0
    pool = ProcessPoolExecutor(processes, get_context("spawn")) if processes else None
    seen = hashlib.sha256()
    for number in range(len(NETWORKS)):
        for weights in train(exact, number, pool):
            seen.update(np.ascontiguousarray(weights).tobytes())
    print(seen.hexdigest())


if __name__ == "__main__":
    main()
