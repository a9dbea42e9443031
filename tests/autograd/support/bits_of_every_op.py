"""The bits of every operation and of its gradient under `reproducible`, as a table: run where the processor differs."""

import contextlib
import hashlib
import json
import os
import sys
import warnings
from zlib import crc32

import numpy as np

import autograd
from autograd import registry
from autograd.support.tree import flatten
from autograd.testing.case import Case
from autograd.testing.strategies import Draw

ROUNDS = int(os.environ.get("BITS_ROUNDS", "12"))  # cases of each operation


class Dealt(Draw):
    """Draws from a generator of NumPy's instead of hypothesis, and longer arrays: more terms, more to differ."""

    def __init__(self, seed):
        super().__init__(self.dealt)
        self.random = np.random.default_rng(seed)

    def dealt(self, strategy):
        raise NotImplementedError(strategy)

    def integer(self, low, high):
        return int(self.random.integers(low, high + 1))

    def boolean(self):
        return bool(self.random.integers(2))

    def choice(self, options):
        options = list(options)
        return options[self.random.integers(len(options))]

    def shape(self, min_dims=0, max_dims=3, min_side=0, max_side=3):
        sides = self.random.integers(max(min_side, 1), max_side + 5, self.random.integers(min_dims, max_dims + 1))
        return tuple(map(int, sides))

    def axes(self, ndim):
        return self.choice([None, *range(ndim)])

    def array(self, shape=None, low=-3.0, high=3.0, *, away=(), apart=False, gap=0.05, **sides):
        shape = self.shape(**sides) if shape is None else tuple(shape)
        if apart:
            n = int(np.prod(shape))
            step = max((high - low) / (n + 1), gap)
            x = (low + step * (self.random.permutation(n) + 1.0)).reshape(shape)
        else:
            x = self.random.uniform(low, high, shape)
        for kink in away:
            near = np.abs(x - kink) < gap
            x = np.where(near, np.where((x < kink) & (kink - gap >= low), kink - gap, kink + gap), x)
        return x

    def shapes(self, count, **sides):
        shape = self.shape(**{"max_dims": 3, **sides})
        return tuple(tuple(1 if self.integer(0, 4) == 0 else n for n in shape) for _ in range(count))

    def booleans(self, count):
        return [self.random.integers(0, 2, shape) > 0 for shape in self.shapes(count)]

    def choice_between_two(self):
        condition, a, b = self.shapes(3)
        return self.random.integers(0, 2, condition) > 0, self.array(a), self.array(b)

    def index(self, shape):
        return self.random.integers(0, 2, shape) > 0 if shape else ...

    def orthogonal(self, n):
        return np.linalg.qr(self.random.standard_normal((n, n)))[0]


def bits(op, exact):
    """The hash of results and gradients over several cases in both precisions; what stood in the way, if something."""
    seen = hashlib.sha256()
    for number in range(ROUNDS):
        autograd.seed(number)
        try:
            case = Case(op, *Dealt(crc32(op.name.encode()) + number).arguments(op))
        except NotImplementedError as error:
            return f"no case: {error}"
        for dtype in (np.float32, np.float64):
            # rounded, since some cases are made by products themselves
            rounded = case.changed(lambda v, d=dtype: np.round(v, 4).astype(d) if kind(v) == "f" else v)
            arrays = [autograd.tensor(a, requires_grad=True) for a in rounded.arrays]
            try:
                with autograd.reproducible(exact):
                    result = rounded.call(*arrays)
                    outs = [o for o in flatten(result)[0] if isinstance(o, autograd.Tensor)]
                    for out in (o for o in outs if o.requires_grad):
                        out.backward(np.cos(np.arange(out.size)).round(3).reshape(out.shape), retain_graph=True)
            except Exception as error:
                return f"{type(error).__name__}: {error}"
            for array in (*outs, *(a.grad for a in arrays if a.grad is not None)):
                assert type(array.data) is np.ndarray or isinstance(array.data, np.generic), op.name
                data = np.asarray(array.data)
                if data.dtype.kind == "f":
                    data = np.where(np.isnan(data), np.nan, data)  # whose sign is no one's business
                seen.update(np.ascontiguousarray(data).tobytes())
    return seen.hexdigest()[:16]


def kind(value):
    return getattr(getattr(value, "dtype", None), "kind", "")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):
        found = {name: bits(op, sys.argv[1:] != ["plain"]) for name, op in registry.items()}
    print(json.dumps(found))
