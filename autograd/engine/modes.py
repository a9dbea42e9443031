"""The switches: whether to record, who watches, which dtype Python floats become. Each is per thread."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from contextvars import ContextVar, Token
from functools import wraps
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .errors import DtypeError
from .types import Dtype, Function

if TYPE_CHECKING:
    from .node import Leaf, Node
    from .sweep import Walk

# flags: note operations in the graph; show them to the observers, to the interpreter; no derivative of any kind; the
# same bits on every processor
RECORD, WATCH, TRACE, STILL, EXACT = 1, 2, 4, 8, 16
mode: ContextVar[int] = ContextVar("mode", default=RECORD)  # a fresh thread starts with the default


class Block:
    """A `with` block that also decorates, with or without parentheses, functions, generators and coroutines.

    Each call gets a block of its own, so that threads may share what is decorated. What drives a generator is outside
    of it: the block is left at each yield and entered again with the next step.
    """

    def __new__(cls, *function: Any, **settings: Any) -> Any:
        """The block; given a function, that function inside of it."""
        return cls()(*function) if any(map(inspect.isroutine, function)) else object.__new__(cls)

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(self, *exception: object) -> None:
        raise NotImplementedError

    def __call__(self, function: Function) -> Function:
        """The function, inside the block whenever it runs."""
        block = type(self)

        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            with block():
                return function(*args, **options)

        @wraps(function)
        async def awaited(*args: Any, **options: Any) -> Any:
            with block():
                return await function(*args, **options)

        @wraps(function)
        def steps(*args: Any, **options: Any) -> Generator[Any, Any, Any]:
            generator = function(*args, **options)
            step, given = generator.send, None
            while True:
                try:
                    with block():
                        made = step(given)
                except StopIteration as end:
                    return end.value
                try:
                    step, given = generator.send, (yield made)
                except BaseException as error:  # thrown into it, GeneratorExit too
                    step, given = generator.throw, error

        @wraps(function)
        async def awaited_steps(*args: Any, **options: Any) -> AsyncGenerator[Any, Any]:
            generator = function(*args, **options)
            step, given = generator.asend, None
            while True:
                try:
                    with block():
                        made = await step(given)
                except StopAsyncIteration:
                    return
                try:
                    step, given = generator.asend, (yield made)
                except BaseException as error:
                    step, given = generator.athrow, error

        if inspect.isasyncgenfunction(function):
            return awaited_steps
        if inspect.iscoroutinefunction(function):
            return awaited
        return steps if inspect.isgeneratorfunction(function) else call


class Observer(Block):
    """What watches the engine from outside: it overrides the moments that it wants to hear of.

    `swept` and `missed` are told where it stands in `always`, too, the others inside `with observer:` only.
    """

    alone = False  # whether the others are not told meanwhile

    def called(self, op: Any, operands: Any, out: Any, node: Node | None) -> None:
        """A call was made of `op`; `operands` are its arguments, inputs as arrays, `node` its record, if it has one."""

    def began(self, walk: Walk) -> None:
        """A sweep begins, through the nodes in `walk.order`."""

    def contributed(self, node: Node, position: int, g: Any, part: Any, so_far: Any) -> None:
        """A contribution arrived: `part`, made of the cotangent `g` of `node`, is added to `so_far` of an input."""

    def swept(self, output: Node, seed: Any, given: bool, added: dict[Leaf, tuple[Any, Any]]) -> None:
        """A sweep ended that began with `seed` (`given` by the user): of each leaf, what was in .grad and what came."""

    def missed(self, node: Node) -> None:
        """The .grad of a result was read that keeps none."""

    def left(self, scope: Any) -> None:
        """The call of a module ended, in which the nodes between two births were made: see `watch.modules.Scope`."""

    def __enter__(self) -> Self:
        others = () if self.alone else observers.get()
        tokens = observers.set((*others, self)), mode.set(mode.get() | WATCH)
        self.__dict__.setdefault("tokens", []).append(tokens)
        return self

    def __exit__(self, *exception: object) -> None:
        watching, before = self.__dict__["tokens"].pop()
        mode.reset(before)
        observers.reset(watching)


observers: ContextVar[tuple[Observer, ...]] = ContextVar("observers", default=())
always: list[Observer] = []


class Switch(Block):
    """Set and clear flags of the mode inside a `with` block or a decorated function."""

    sets = clears = 0

    def __init__(self) -> None:
        self._tokens: list[Token[int]] = []

    def __enter__(self) -> None:
        self._tokens.append(mode.set(mode.get() & ~self.clears | self.sets))

    def __exit__(self, *exception: object) -> None:
        with suppress(ValueError):  # an abandoned coroutine is closed in another context, whose mode is its own
            mode.reset(self._tokens.pop())


class no_grad(Switch):
    """Record nothing: results inside the block carry no gradient, and no tangent. Also a decorator.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> with no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    sets, clears = STILL, RECORD


class enable_grad(Switch):
    """Record again inside a `no_grad` block. Also a decorator."""

    sets, clears = RECORD, STILL


class Setting(Switch):
    """A switch that is set from its construction on, or until the end of a `with` block, or for a function only."""

    def __init__(self, sets: int, clears: int) -> None:
        super().__init__()
        self.sets, self.clears = sets, clears
        super().__enter__()
        self._entered = False

    def __enter__(self) -> None:
        if self._entered:  # once more: the first time it was set on construction
            super().__enter__()
        self._entered = True

    def __call__(self, function: Function) -> Function:
        """The function, with this setting; what surrounds it is as it was before."""
        mode.reset(self._tokens.pop())
        block = type("Block", (Switch,), {"sets": self.sets, "clears": self.clears})
        made: Function = block()(function)
        return made


class set_grad_enabled(Setting):
    """Record or not, from here on, or until the end of a `with` block. Also a decorator, then for its function only.

    >>> with set_grad_enabled(False):
    ...     is_grad_enabled()
    False
    >>> is_grad_enabled()
    True
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(*((RECORD, STILL) if mode else (STILL, RECORD)))


class reproducible(Setting):
    """The same bits whatever the processor, the BLAS and the number of threads: here on, or in a `with` block.

    Also a decorator, then for its function only, and per thread, as all modes. Matrix products are sums without
    rounding, other sums are added in one order, and elementary functions are made of operations that IEEE 754
    determines; fused operations run as the small ones that they stand for. A call that has no such form raises
    UnsupportedError, which names it. `docs/howto/same_bits.md` says what is covered, and what it costs.
    Raises TypeError unless `on` is True or False.

    >>> with reproducible():
    ...     y = Tensor([1.0, 2.0]) @ Tensor([3.0, 4.0])
    >>> y
    Tensor(11.)
    """

    def __new__(cls, on: bool = True) -> Any:
        """The setting."""
        if not isinstance(on, bool):
            raise TypeError(f"reproducible: on={on!r} is neither True nor False; as a decorator it is @reproducible()")
        return object.__new__(cls)

    def __init__(self, on: bool = True) -> None:
        super().__init__(*((EXACT, 0) if on else (0, EXACT)))


# the class of arrays that compute so, and what makes them, and plain ones of them again: see `support.bits`
Exact: Any = None
exact: Any = None


def require_determined(out: Any) -> None:
    """Raise DtypeError for a complex result, whose products `reproducible` does not know."""
    if any(getattr(o, "dtype", default.get()).kind == "c" for o in (out if isinstance(out, tuple) else (out,))):
        raise DtypeError("reproducible: complex numbers are not covered; compute with real and imaginary parts")


def inference_mode(mode: bool | Function = True) -> Any:
    """The same as `no_grad`, or with False as `enable_grad`: arrays here need no cheaper mode.

    >>> with inference_mode():
    ...     is_grad_enabled()
    False
    """
    if inspect.isroutine(mode):
        return no_grad()(mode)
    return no_grad() if mode else enable_grad()


def is_grad_enabled() -> bool:
    """Whether operations are recorded now.

    >>> is_grad_enabled()
    True
    """
    return bool(mode.get() & RECORD)


interpreter: ContextVar[Any] = ContextVar("interpreter")  # who, while TRACE is set, is handed each call: see `program`


def tracing() -> bool:
    """Whether a program is being written down, which must be right for other values too: no shortcuts for these."""
    return bool(mode.get() & TRACE)


# whether `checkpoint` runs a function for the second time: what counts, or watches, runs looks away
replaying: ContextVar[bool] = ContextVar("replaying", default=False)
default: ContextVar[Dtype] = ContextVar("default dtype", default=np.dtype(np.float32))


class default_dtype:
    """Set the dtype of Tensors made from Python floats; in a `with` block, until its end.

    >>> with default_dtype(np.float64):
    ...     Tensor(1.0).dtype
    dtype('float64')
    >>> Tensor(1.0).dtype
    dtype('float32')
    """

    def __init__(self, dtype: np.typing.DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        if self._dtype.kind != "f":
            raise DtypeError(f"default_dtype: {self._dtype} is not a float dtype; use np.float32 or np.float64")
        self._tokens = [default.set(self._dtype)]
        self._entered = False

    def __enter__(self) -> None:
        if self._entered:  # once more: the first time it was set on construction
            self._tokens.append(default.set(self._dtype))
        self._entered = True

    def __exit__(self, *exception: object) -> None:
        default.reset(self._tokens.pop())
