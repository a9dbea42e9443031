"""Random Tensors from one seeded generator, recorded as sources: gradients flow to loc and scale, not to chance."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..engine.modes import default, interpreter, tracing
from ..engine.tensor import Tensor, make
from ..engine.types import Array, Function, Shape, Value
from ..support.checks import size as whole
from .arithmetic import operand

__all__ = ["bernoulli", "get_rng_state", "normal", "permutation", "rand", "randn", "seed", "set_rng_state", "uniform"]

Size = int | Sequence[int]
generator: ContextVar[np.random.Generator | None] = ContextVar("generator", default=None)
_shared = np.random.default_rng()


def current() -> np.random.Generator:
    """The generator all random functions draw from."""
    return generator.get() or _shared


@contextmanager
def drawing(given: np.random.Generator | None) -> Iterator[np.random.Generator]:
    """Draw from a generator inside of the block, if one is given."""
    token = generator.set(given or generator.get())
    try:
        yield current()
    finally:
        generator.reset(token)


def drawn(draw: Function) -> Any:
    """What `draw()` takes from the generator; in a program that is being traced, a source that each run draws from."""
    return interpreter.get().drawn(draw) if tracing() else draw()


def given_or_current(what: str, given: np.random.Generator | None) -> np.random.Generator:
    """The generator that was given, or the engine's; TypeError for what is none.

    >>> given_or_current("RandomCrop: rng", 3)
    Traceback (most recent call last):
    ...
    TypeError: RandomCrop: rng=3 is no Generator of NumPy; np.random.default_rng(seed) makes one
    """
    if not isinstance(given, np.random.Generator | None):
        raise TypeError(f"{what}={given!r} is no Generator of NumPy; np.random.default_rng(seed) makes one")
    return current() if given is None else given


def seed(value: int | None = None) -> None:
    """Make everything random from here on repeatable; None starts from fresh entropy.

    >>> seed(0); a = normal(size=3); seed(0); b = normal(size=3)
    >>> bool((a == b).all())
    True
    """
    set_rng_state(np.random.default_rng(value).bit_generator.state)


def get_rng_state() -> dict[str, Any]:
    """The state of the generator behind everything random, of plain numbers and text; `set_rng_state` goes back to it.

    >>> state = get_rng_state(); a = normal(size=3); set_rng_state(state); b = normal(size=3)
    >>> bool((a == b).all())
    True
    """
    return dict(current().bit_generator.state)


def set_rng_state(state: Mapping[str, Any]) -> None:
    """Go on from a state that `get_rng_state` returned. Raises ValueError for anything else."""
    if tracing():
        interpreter.get().seeded()
    try:
        current().bit_generator.state = state
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(f"set_rng_state takes what get_rng_state returned, not {str(state)[:60]}") from error


def _source(draw: Function, name: str) -> Tensor:
    """A Tensor of what is drawn, in the default dtype."""
    dtype = default.get()
    values = drawn(lambda: np.asarray(draw(), dtype)[()])
    source: Tensor = values if isinstance(values, Tensor) else make(values, None)
    source.name = f"~ {name}"
    return source


def _shape(size: Size | None, *operands: Value) -> Size:
    return np.broadcast_shapes(*(operand(o).shape for o in operands)) if size is None else size


def uniform(low: Any = 0.0, high: Any = 1.0, size: Size | None = None) -> Tensor:
    """Draw from [low, high), each number as likely as the other.

    >>> uniform(size=(2, 3)).shape
    (2, 3)
    """
    shape = _shape(size, low, high)
    u = _source(lambda: current().random(shape), "uniform")
    standard = isinstance(low, float) and isinstance(high, float) and low == 0 and high == 1
    return u if standard else low + (high - low) * u


def normal(loc: Any = 0.0, scale: Any = 1.0, size: Size | None = None) -> Tensor:
    """Draw from the normal distribution, as loc + scale e: gradients reach loc and scale.

    >>> normal(size=(2, 3)).shape
    (2, 3)
    """
    shape = _shape(size, loc, scale)
    e = _source(lambda: current().standard_normal(shape), "normal")
    standard = isinstance(loc, float) and isinstance(scale, float) and loc == 0 and scale == 1
    return e if standard else loc + scale * e


def bernoulli(p: Array | float = 0.5, size: Size | None = None) -> Tensor:
    """Draw 1 with probability p, else 0. No derivative for p. ValueError outside [0, 1], for nan, too.

    >>> sorted(set(bernoulli(0.5, size=100).tolist()))
    [0.0, 1.0]
    """
    p = p.data if isinstance(p, Tensor) else np.asarray(p)
    if not np.all((p >= 0) & (p <= 1)):  # so that nan is none, too
        raise ValueError(f"bernoulli: p = {p} is not a probability in [0, 1]")
    shape = p.shape if size is None else size
    return _source(lambda: current().random(shape) < p, "bernoulli")


def permutation(x: Any) -> Any:
    """The integers below x in random order, or the rows of x in random order. Raises TypeError for another number.

    >>> sorted(permutation(4).tolist())
    [0, 1, 2, 3]
    """
    x = operand(x)
    if x.ndim == 0:
        n = whole("permutation: x", x.item(), 0)
        order = drawn(lambda: current().permutation(n))
        return order if isinstance(order, Tensor) else make(order, None)
    n = len(x)
    return x[drawn(lambda: current().permutation(n))]


def _sizes(shape: tuple[Any, ...]) -> Shape:
    """Sizes given one by one, or as one tuple or list."""
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


def _leaf(drawn: Tensor, requires_grad: bool) -> Tensor:
    return Tensor(drawn, requires_grad) if requires_grad else drawn


def rand(*shape: int | Sequence[int], requires_grad: bool = False) -> Tensor:
    """Uniform numbers in [0, 1) in the default dtype; the sizes one by one, or in a tuple.

    >>> rand(2, 3).shape, rand((2, 3)).shape
    ((2, 3), (2, 3))
    """
    return _leaf(uniform(size=_sizes(shape)), requires_grad)


def randn(*shape: int | Sequence[int], requires_grad: bool = False) -> Tensor:
    """Standard normal numbers in the default dtype; the sizes one by one, or in a tuple.

    >>> randn(2, 3).shape, randn((2, 3)).shape
    ((2, 3), (2, 3))
    """
    return _leaf(normal(size=_sizes(shape)), requires_grad)
