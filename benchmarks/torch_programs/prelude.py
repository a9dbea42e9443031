"""Runs a program with the chance and the weights that both runs share: `prelude.py FOLDER program.py [args]`.

Written in PyTorch's words, for both: which torch this is, who starts it says. What a program draws by PyTorch's
functions comes from one generator of NumPy's; the values that parameters have where a module is first called are
written into FOLDER by PyTorch's run and read by the dialect's. The loss of each `backward` is left in FOLDER.
"""

import atexit
import json
import os
import random
import re
import runpy
import sys
import types
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.utils.data as data

folder = Path(sys.argv[1])
theirs = "glass" not in torch.__version__
chance = np.random.default_rng(0)
np.random.seed(0)  # noqa: NPY002 - programs draw from it
random.seed(0)
losses, weights, seen, depth = [], [], {}, 0
given = [] if theirs else list(np.load(folder / "weights.npz").values())
limit = int(os.environ["STEPS"])  # and then it ends; 0 for never
if os.environ["DOUBLE"] == "1":
    torch.set_default_dtype(torch.float64)
    # programs mean by float32 the dtype of their weights
    torch.Tensor.float, torch.FloatTensor, take = torch.Tensor.double, torch.DoubleTensor, torch.from_numpy
    torch.from_numpy = lambda array: take(array.astype(np.float64) if array.dtype == np.float32 else array)


def made(array, dtype=None, **_):
    return torch.tensor(np.asarray(array)).to(dtype or torch.get_default_dtype())


def shape(sizes, size=None):
    sizes = size if size is not None else sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    return tuple(int(n) for n in sizes)


def integers(*args, low=None, high=None, size=None, dtype=torch.int64, **_):
    args = [a for a in (low, *args, high, size) if a is not None]
    low, high, size = (0, *args)[-3:]
    return made(chance.integers(low, high, tuple(size)), dtype)


def multinomial(p, num_samples, replacement=False, **_):
    sums = np.cumsum(p.detach().numpy().astype(np.float64), -1)
    draws = chance.random((*sums.shape[:-1], num_samples)) * sums[..., -1:]
    return made((draws[..., None] >= sums[..., None, :]).sum(-1), torch.int64)


def dropout(x, p=0.5, training=True, inplace=False, axes=None):
    if not training or p == 0:
        return x
    sizes = [n if axes is None or i < axes else 1 for i, n in enumerate(x.shape)]
    return x * made((chance.random(sizes) >= p) / (1 - p), x.dtype)


def orthogonal_(tensor, gain=1):
    with torch.no_grad():
        return tensor.copy_(made(gain * np.linalg.qr(chance.standard_normal(tuple(tensor.shape)))[0]))


class Dropout(nn.Module):
    axes = None

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training, axes=self.axes)


class Dropout2d(Dropout):
    axes = 2


class Transformer(nn.Transformer):
    def __init__(self, *args, **options):
        super().__init__(*args, **{**options, "dropout": 0.0})  # whose draws are inside of PyTorch


class Categorical(torch.distributions.Categorical):
    def sample(self, sample_shape=()):
        return multinomial(self.probs.reshape(-1, self.probs.shape[-1]), 1).reshape(self.probs.shape[:-1])


class Order:
    """Indices of an epoch, or as many as `count` drawn from all."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.n, self.count = len(data_source), num_samples if replacement else None

    def __iter__(self):
        drawn = (
            chance.permutation(self.n)
            if self.count is None
            else (int(chance.integers(self.n)) for _ in range(self.count))
        )
        return (int(i) for i in drawn)

    def __len__(self):
        return self.n if self.count is None else self.count


def loading(loader, dataset, *args, **options):
    for name in ("num_workers", "pin_memory", "persistent_workers", "prefetch_factor"):
        options.pop(name, None)
    if options.pop("shuffle", False):
        options["sampler"] = Order(dataset)
    make_loader(loader, dataset, *args, **options)


def calling(module, *args, **options):
    """Before a module is first called, its parameters are given the values that they have in PyTorch's run."""
    global depth
    if not depth:
        with torch.no_grad():
            for p in module.parameters():
                if id(p) not in seen:
                    if not theirs:
                        p.copy_(torch.tensor(given[len(seen)]))
                    seen[id(p)] = p  # alive, so that no other has its id
                    weights.append(p.detach().numpy().copy())
    depth += 1
    try:
        return call_module(module, *args, **options)
    finally:
        depth -= 1


def backward(tensor, *args, **options):
    losses.append(float(tensor.detach().sum()))
    if len(losses) > limit > 0:
        losses.pop()
        sys.exit()
    return sweep(tensor, *args, **options)


def left():
    (folder / f"{'torch' if theirs else 'dialect'}.json").write_text(json.dumps(losses))
    if theirs:
        np.savez(folder / "weights.npz", *weights)


def cells(notebook):
    """The code of a notebook, with nothing done for its magics."""
    code = ["".join(c["source"]) for c in json.loads(notebook.read_text())["cells"] if c["cell_type"] == "code"]
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", "\n".join(code), flags=re.MULTILINE)


torch.randn = lambda *sizes, size=None, **o: made(chance.standard_normal(shape(sizes, size)), **o)
torch.rand = lambda *sizes, size=None, **o: made(chance.random(shape(sizes, size)), **o)
torch.randn_like = lambda x, **o: made(chance.standard_normal(tuple(x.shape)), x.dtype)
torch.rand_like = lambda x, **o: made(chance.random(tuple(x.shape)), x.dtype)
torch.randperm = lambda n, **o: made(chance.permutation(n), torch.int64)
torch.randint, torch.multinomial, torch.manual_seed = integers, multinomial, lambda seed: None
F.dropout, nn.init.orthogonal_ = dropout, orthogonal_
nn.Dropout, nn.Dropout2d, nn.Transformer = Dropout, Dropout2d, Transformer
torch.distributions.Categorical, data.RandomSampler = Categorical, Order
nn.Module.cuda = torch.Tensor.cuda = lambda self, *_, **__: self  # there is none, in both
make_loader, data.DataLoader.__init__ = data.DataLoader.__init__, loading
call_module, nn.Module.__call__ = nn.Module.__call__, calling
sweep, torch.Tensor.backward = torch.Tensor.backward, backward
if theirs:  # whole modules are pickled, as in the programs' day, and tensorboard need not be installed
    load = torch.load
    torch.load = lambda *args, **options: load(*args, **{**options, "weights_only": False})
    board = types.ModuleType("torch.utils.tensorboard")
    board.SummaryWriter = lambda *args, **options: MagicMock()
    sys.modules[board.__name__] = board

sys.modules["prelude"] = sys.modules["__main__"]  # where pickles find the classes above, while another is __main__
for cls in (Dropout, Dropout2d, Transformer, Categorical, Order):
    cls.__module__ = "prelude"
atexit.register(left)
del sys.argv[:2]
if sys.argv[0] == "-m":
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    program = Path(sys.argv[0]).resolve()
    sys.path[0] = str(program.parent)
    if program.suffix == ".ipynb":
        code, program = cells(program), program.with_suffix(".cells.py")
        program.write_text(code)
    runpy.run_path(str(program), run_name="__main__")
