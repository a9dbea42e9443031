"""New Tensors: of data, of a value, of chance."""

from __future__ import annotations

from contextlib import contextmanager
from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import ops
from ...engine.modes import default
from ...engine.tensor import Tensor as Raw
from ...ops.random import current, generator as drawing
from .functions import as_dtype
from .table import listed
from .tensor import Function, Tensor, device, native, wrapped


class Generator:
    """A source of chance of its own."""

    def __init__(self, device: Any = "cpu") -> None:
        self.rng = np.random.default_rng()

    def manual_seed(self, seed: int) -> Generator:
        """Start from a seed."""
        self.rng = np.random.default_rng(int(seed) % 2**64)
        return self


@contextmanager
def chance(given: Generator | None) -> Iterator[None]:
    """Draw from a generator, if one is given."""
    token = drawing.set(drawing.get() if given is None else given.rng)
    try:
        yield
    finally:
        drawing.reset(token)


def manual_seed(seed: int) -> Generator:
    """Make everything random from here on repeatable."""
    ops.seed(int(seed) % 2**64)
    return Generator()


def made(data: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A new Tensor: Python floats in the default dtype, what is in an array in its own."""
    _on(device)
    held = Raw(native(data), dtype=as_dtype(dtype))
    held.requires_grad = requires_grad
    return wrapped(held)  # type: ignore[no-any-return]


_on = lambda given: device(given or "cpu")


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """A new Tensor of the values of data."""
    if isinstance(data, (list, tuple)):
        data = [d.tolist() if isinstance(d, Tensor) and not d.shape else d for d in data]
    return made(data.detach() if isinstance(data, Tensor) else data, dtype, device, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Itself if it is a Tensor of that dtype, else a new one."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)  # type: ignore[no-any-return]
    return made(data, dtype, device)


def from_numpy(array: Any) -> Tensor:
    """The values of an array; what is written to it later does not reach the Tensor."""
    return made(array)


def _sized(fill: Function) -> Function:
    """A function of sizes, one by one or in a tuple, that fills arrays by `fill(shape)`, by chance perhaps."""

    def call(*sizes: Any, dtype: Any = None, generator: Any = None, size: Any = None, **options: Any) -> Tensor:
        shape = listed(native(sizes) if size is None else (size,))
        options = {n: v for n, v in options.items() if n in ("device", "requires_grad")}
        with chance(generator):
            return made(np.asarray(fill(shape), as_dtype(dtype) or default.get()), **options)

    return call


def _like(name: str) -> Function:
    def call(input: Tensor, *values: Any, dtype: Any = None, **options: Any) -> Tensor:
        options.pop("memory_format", None)
        return globals_[name](input.shape, *values, dtype=dtype or input.dtype, **options)  # type: ignore[no-any-return]

    return call


def full(size: Any, fill_value: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """One value everywhere."""
    size = (size,) if isinstance(size, int) else tuple(size)
    return made(np.full(size, native(fill_value), dtype or Raw(native(fill_value)).dtype), None, **options)


def sparse_coo_tensor(indices: Any, values: Any, size: Any, **options: Any) -> Tensor:
    """A dense Tensor of what a sparse one would hold: values of the same place add up."""
    index, values = tuple(np.asarray(native(indices))), as_tensor(values)
    return wrapped(ops.scatter_add(np.zeros(tuple(size), values.dtype), index, values.native))  # type: ignore[no-any-return]


def arange(*bounds: Any, dtype: Any = None, step: Any = None, **options: Any) -> Tensor:
    """Numbers from start to stop, without it; integers unless a bound is a float."""
    bounds = tuple(b.item() if isinstance(b, Tensor) else b for b in bounds) + (() if step is None else (step,))
    return made(ops.arange(*bounds, dtype=as_dtype(dtype)), None, **options)


def linspace(start: float, end: float, steps: int, *, dtype: Any = None, **options: Any) -> Tensor:
    """As many numbers from start to end, with both."""
    return made(np.linspace(float(start), float(end), steps), dtype or default.get(), **options)


def logspace(start: float, end: float, steps: int, base: float = 10.0, **options: Any) -> Tensor:
    """Powers of the base."""
    return made(base ** np.linspace(start, end, steps), default.get(), **options)


def eye(n: int, m: int | None = None, *, dtype: Any = None, **options: Any) -> Tensor:
    """Ones on the diagonal."""
    return made(np.eye(n, m), as_dtype(dtype) or default.get(), **options)


def randint(*bounds: Any, dtype: Any = np.int64, generator: Any = None, **options: Any) -> Tensor:
    """Integers from low to high, without it: `randint(high, size)`, `randint(low, high, size)`."""
    given = [options.pop(n) for n in ("low", "high", "size") if n in options]
    low, high, size = (0, *bounds, *given)[-3:]
    with chance(generator):
        return made(current().integers(int(low), int(high), listed((size,))), dtype, **options)


def randint_like(input: Tensor, *bounds: int, **options: Any) -> Tensor:
    """Integers in the shape of another."""
    return randint(*bounds, input.shape, **{"dtype": input.dtype, **options})


def randperm(n: int, *, generator: Any = None, **options: Any) -> Tensor:
    """The integers below n in random order."""
    with chance(generator):
        return made(current().permutation(n), **options)


def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, **options: Any) -> Tensor:
    """Normal numbers of a mean and a deviation, which may be Tensors."""
    with chance(generator):
        drawn = ops.normal(native(mean), native(std), None if size is None else tuple(size))
    return made(drawn.detach(), **options)


def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None) -> Tensor:
    """1 with the probability that the input says, else 0."""
    with chance(generator):
        return made(ops.bernoulli(input.native.detach() if p is None else p, input.shape), input.dtype)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices drawn as often as their weights in the last axis say."""
    weights = np.asarray(input.native._data, np.float64)
    with chance(generator):
        if replacement or num_samples == 1:
            sums = np.cumsum(weights, -1)
            draws = current().random((*weights.shape[:-1], num_samples)) * sums[..., -1:]
            return made((draws[..., None] >= sums[..., None, :]).sum(-1))
        # the k largest of exponential waiting times are a draw without replacement
        keys = np.log(weights) + current().gumbel(size=weights.shape)
        return made(np.argsort(-keys, -1)[..., :num_samples])


def legacy(dtype: Any) -> Function:
    """`torch.FloatTensor` and its like: of sizes, or of data."""

    def call(*data: Any) -> Tensor:
        sizes = not data or all(isinstance(n, int) for n in data)
        return made(np.zeros(data) if sizes else data[0], dtype)

    return call


zeros, ones = _sized(np.zeros), _sized(np.ones)
empty = zeros
rand = _sized(lambda shape: current().random(shape))
randn = _sized(lambda shape: current().standard_normal(shape))
globals_ = {"zeros": zeros, "ones": ones, "empty": empty, "rand": rand, "randn": randn, "full": full}
namespace: dict[str, Any] = {
    **globals_,
    **{f"{name}_like": _like(name) for name in globals_},
    **{
        f.__name__: f
        for f in (
            tensor,
            sparse_coo_tensor,
            as_tensor,
            from_numpy,
            arange,
            linspace,
            logspace,
            eye,
            randint,
            randint_like,
        )
    },
    **{f.__name__: f for f in (randperm, normal, bernoulli, multinomial, manual_seed, Generator)},
    "asarray": as_tensor,
    "scalar_tensor": tensor,
    "FloatTensor": legacy(np.float32),
    "DoubleTensor": legacy(np.float64),
    "LongTensor": legacy(np.int64),
    "IntTensor": legacy(np.int32),
    "BoolTensor": legacy(np.bool_),
    "ByteTensor": legacy(np.uint8),
    "get_rng_state": ops.get_rng_state,
    "set_rng_state": ops.set_rng_state,
    "initial_seed": lambda: 0,
    "seed": ops.seed,
}


def _new(name: str) -> Function:
    def call(self: Tensor, *sizes: Any, **options: Any) -> Tensor:
        return globals_[name](*sizes, **{"dtype": self.dtype, **options})  # type: ignore[no-any-return]

    return call


for _name in ("zeros", "ones", "empty", "full"):
    setattr(Tensor, f"new_{_name}", _new(_name))
setattr(Tensor, "multinomial", multinomial)
setattr(Tensor, "bernoulli", bernoulli)
