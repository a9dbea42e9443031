"""New Tensors: of data, of a value, of chance."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nn.distributions import Categorical

from ... import ops
from ...engine.modes import default
from ...engine.tensor import Tensor as Raw
from ...ops.random import current, drawing
from .functions import as_dtype, require_known
from .table import CASTS, listed
from .tensor import Function, Tensor, device as _device, native, wrapped


class Generator(np.random.Generator):
    """A source of chance of its own."""

    def __init__(self, device: Any = "cpu") -> None:
        super().__init__(np.random.PCG64())

    def manual_seed(self, seed: int) -> Generator:
        """Start from a seed."""
        self.bit_generator.state = np.random.PCG64(int(seed) % 2**64).state
        return self


def made(data: Any, dtype: Any = None, *, device: Any = None, requires_grad: bool = False, **options: Any) -> Tensor:
    """A new Tensor: Python floats in the default dtype, what is in an array in its own."""
    _device(device or "cpu")
    require_known("tensor", options, ("layout", "pin_memory", "memory_format"))
    held = Raw(native(data), dtype=as_dtype(dtype))
    held.requires_grad = requires_grad
    return wrapped(held)


def tensor(data: Any, **options: Any) -> Tensor:
    """A new Tensor of the values of data."""
    if isinstance(data, (list, tuple)):
        data = [d.tolist() if isinstance(d, Tensor) and not d.shape else d for d in data]
    return made(data.detach() if isinstance(data, Tensor) else data, **options)


def as_tensor(data: Any, dtype: Any = None, **options: Any) -> Tensor:
    """Itself if it is a Tensor of that dtype, else a new one."""
    return data.to(dtype) if isinstance(data, Tensor) else made(data, dtype, **options)


def _sized(fill: Function, part: float = 0.0) -> Function:
    """A function of sizes, one by one or in a tuple, that fills arrays by `fill(shape)`; both parts of complex ones."""

    def call(*sizes: Any, dtype: Any = None, generator: Any = None, size: Any = None, **options: Any) -> Tensor:
        shape = listed(sizes if size is None else (size,))
        dtype = np.dtype(as_dtype(dtype) or default.get())
        with drawing(generator):
            values = part * (fill(shape) + 1j * fill(shape)) if dtype.kind == "c" and part else fill(shape)
            return made(np.asarray(values, dtype), **options)

    return call


def full(size: Any, fill_value: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """One value everywhere."""
    return made(np.full(listed((size,)), Raw(native(fill_value), dtype=as_dtype(dtype)).data), **options)


def arange(*bounds: Any, dtype: Any = None, step: Any = None, **options: Any) -> Tensor:
    """Numbers from start to stop, without it; integers unless a bound is a float."""
    bounds = tuple(b.item() if isinstance(b, Tensor) else b for b in bounds) + (() if step is None else (step,))
    return made(ops.arange(*bounds, dtype=as_dtype(dtype)), **options)


def _floats(values: Function) -> Function:
    """What NumPy makes of numbers, in the default dtype, or the one that is asked for."""
    about = ("device", "requires_grad", "layout", "pin_memory", "out")

    def call(*args: Any, dtype: Any = None, **named: Any) -> Tensor:
        options = {n: named.pop(n) for n in about if n in named}
        return made(values(*native(args), **native(named)), dtype or default.get(), **options)

    return call


def sparse_coo_tensor(indices: Any, values: Any, size: Any, dtype: Any = None, **_: Any) -> Tensor:
    """A dense Tensor of what a sparse one would hold: values of the same place add up."""
    values = as_tensor(values, dtype).native
    return wrapped(ops.scatter_add(np.zeros(tuple(size), values.dtype), tuple(np.asarray(native(indices))), values))


def randint(*bounds: Any, dtype: Any = np.int64, generator: Any = None, **options: Any) -> Tensor:
    """Integers from low to high, without it: `randint(high, size)`, `randint(low, high, size)`."""
    low, high, size = (0, *bounds, *(options.pop(n) for n in ("low", "high", "size") if n in options))[-3:]
    with drawing(generator) as rng:
        return made(rng.integers(int(low), int(high), listed((size,))), dtype, **options)


def randperm(n: int, *, generator: Any = None, **options: Any) -> Tensor:
    """The integers below n in random order."""
    with drawing(generator) as rng:
        return made(rng.permutation(n), **options)


def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, **options: Any) -> Tensor:
    """Normal numbers of a mean and a deviation, which may be Tensors."""
    with drawing(generator):
        return made(ops.normal(native(mean), native(std), size and tuple(size)).detach(), **options)


def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None) -> Tensor:
    """1 with the probability that the input says, else 0."""
    with drawing(generator):
        return made(ops.bernoulli(input.native.detach() if p is None else p, input.shape), input.dtype)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices drawn as often as their weights in the last axis say."""
    weights = np.asarray(input.native.data, np.float64)
    if not np.all((weights >= 0) & (weights < np.inf)):
        raise ValueError("multinomial: a weight is negative, infinite or nan")
    with drawing(generator) as rng:
        if replacement:
            return made(np.moveaxis(Categorical(weights).sample(num_samples).data, 0, -1))
        # the first of exponential waiting times are a draw without replacement
        waiting = rng.exponential(size=weights.shape) / np.where(weights > 0, weights, 1e-300)
        return made(np.argsort(waiting, -1)[..., :num_samples])


_legacy = lambda *data, dtype: made(np.zeros(data or 0) if all(isinstance(n, int) for n in data) else data[0], dtype)
_shaped: dict[str, Any] = {
    "zeros": _sized(np.zeros), "ones": _sized(np.ones), "empty": _sized(np.zeros), "full": full,
    "rand": _sized(lambda n: current().random(n), 1.0),
    "randn": _sized(lambda n: current().standard_normal(n), 0.5**0.5),
}  # fmt: skip


_like = lambda fill, x, *args, dtype=None, **options: fill(x.shape, *args, dtype=dtype or x.dtype, **options)
_own = "tensor as_tensor full arange sparse_coo_tensor randint randperm normal bernoulli multinomial Generator"
_corners = lambda f: lambda row, col, offset=0, **options: made(np.stack(f(row, offset, col)), **options)
namespace: dict[str, Any] = {
    **{n: globals()[n] for n in _own.split()},
    **_shaped,
    **{f"{n}_like": partial(_like, f) for n, f in _shaped.items()},
    **{f"{kind.title()}Tensor": partial(_legacy, dtype=np.dtype(dtype)) for kind, dtype in CASTS.items()},
    "linspace": _floats(lambda start, end, steps: np.linspace(float(start), float(end), steps)),
    "logspace": _floats(lambda start, end, steps, base=10.0: np.logspace(float(start), float(end), steps, base=base)),
    "eye": _floats(lambda n, m=None: np.eye(n, m)),
    # Hann's window, of which one more sample would be 0 again if it is periodic
    "hann_window": _floats(lambda window_length, periodic=True: np.hanning(window_length + periodic)[:window_length]),
    **{n: _corners(getattr(np, n)) for n in ("tril_indices", "triu_indices")},
    "randint_like": lambda x, *bounds, **options: randint(*bounds, x.shape, dtype=x.dtype, **options),
    "from_numpy": made, "asarray": as_tensor, "manual_seed": lambda seed: ops.seed(int(seed) % 2**64),
    **{n: getattr(ops, n) for n in ("get_rng_state", "set_rng_state")},
}  # fmt: skip
FFT = {n: _floats(lambda n, d=1.0, f=f: f(n, d)) for n, f in vars(np.fft).items() if n in ("fftfreq", "rfftfreq")}
for _name, _f in _shaped.items():
    setattr(Tensor, f"new_{_name}", lambda self, *sizes, f=_f, **o: f(*sizes, **{"dtype": self.dtype, **o}))
Tensor.multinomial, Tensor.bernoulli = multinomial, bernoulli
