"""Program: what a function did, as a flat list of equations on variables that are each assigned once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from ..engine.node import Node
from ..engine.op import Op
from ..engine.tensor import Tensor
from ..engine.types import Array, Function, Shape
from ..support.tree import Rebuild
from .interpreter import mapped, named

_numbers = itertools.count()


class Var:
    """One value of a program: its shape, its dtype, which is None of what is no array, and where it comes from.

    `source` is the Tensor or array that a captured one stands for, or what has a `current()`: what it holds at the time
    of a run is used.
    """

    __slots__ = ("dtype", "name", "number", "shape", "source")

    def __init__(self, value: Any, name: str = "", source: Any = None) -> None:
        self.number = next(_numbers)
        array = isinstance(value, (np.ndarray, np.generic, Tensor))
        self.shape: Shape = tuple(value.shape) if array else ()
        self.dtype: Any = value.dtype if array else None
        self.name = name
        self.source = source

    def __repr__(self) -> str:
        return self.name or f"v{self.number}"

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    def current(self) -> Any:
        """What a captured one holds now."""
        if isinstance(self.source, Tensor):
            return self.source._array
        return self.source if isinstance(self.source, np.ndarray) else self.source.current()


class GradOf:
    """The `.grad` of a leaf, as what a program reads and writes."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: Node) -> None:
        self.leaf = leaf

    def current(self) -> Any:
        """The gradient that is there now."""
        grad = self.leaf.grad
        return grad._array if isinstance(grad, Tensor) else grad


@dataclass(eq=False)
class Pull:
    """The backward kernel of a fused op as one operation: of a cotangent and of what a call saved."""

    op: Op
    needs: tuple[bool, ...]
    wanted: tuple[int, ...]

    @property
    def name(self) -> str:
        """What it is called in a listing."""
        return f"{self.op.name}_backward"

    def forward(self, g: Any, *saved: Any) -> tuple[Any, ...]:
        """The cotangents of the inputs that want one."""
        return tuple(self.op.plan(self.needs).puller(self.wanted)(g, saved))


@dataclass(eq=False)
class Draw:
    """A source of chance: drawn anew at each run from the engine's generator."""

    draw: Function
    name: str = "draw"

    def forward(self) -> Any:
        """New numbers."""
        return self.draw()


@dataclass(eq=False)
class Eqn:
    """One call: `outs` = `op`(*`args`, **`options`), with Vars for values, also inside lists, tuples and dicts.

    A fused op gives what it keeps for its backward kernel after its results. `line` is where in the user's file it
    was called, `of` the equation whose derivative it helps to compute.
    """

    op: Any  # an Op, or what stands for one: a Pull, a Draw
    args: tuple[Any, ...]
    options: dict[str, Any]
    outs: tuple[Var, ...]
    line: str = ""
    of: Eqn | None = None

    def vars(self) -> Iterator[Var]:
        """The variables it reads."""
        return leaves((self.args, self.options))

    def named(self) -> dict[str, Any]:
        """Its arguments by name, with defaults."""
        return named(self.op, self.args, self.options)

    def run(self, env: Callable[[Var], Any]) -> tuple[Any, ...]:
        """Its results, where `env` has the arrays."""
        out = flat(self.op, self.op.forward(*substituted(self.args, env), **substituted(self.options, env)))
        for v, x in zip(self.outs, out):
            if v.dtype is not None and x.dtype is not v.dtype:
                as_before(x, x.shape, v.dtype)
        return out

    def __repr__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{', '.join(map(repr, self.outs))} = {self.op.name}({', '.join([*map(repr, self.args), *named])})"


def flat(op: Any, out: Any) -> tuple[Any, ...]:
    """What an op's forward function returned, as one tuple: its results, then what it keeps."""
    if getattr(op, "kept", ()):
        first, *kept = out
        return (*(first if isinstance(first, tuple) else (first,)), *kept)
    return tuple(out) if isinstance(out, tuple) else (out,)


def leaves(tree: Any) -> Iterator[Var]:
    """The variables in a tree of lists, tuples and dicts."""
    if isinstance(tree, Var):
        yield tree
    elif isinstance(tree, (list, tuple, dict)):
        for part in tree.values() if isinstance(tree, dict) else tree:
            if isinstance(part, (Var, list, tuple, dict)):
                yield from leaves(part)


def substituted(tree: Any, env: Callable[[Var], Any]) -> Any:
    """The tree with a value for each variable."""
    return mapped(env, tree, Var)


@dataclass
class Guard:
    """A branch that Python took: `var` had this `value` when `how` asked for it, at `line`."""

    var: Var
    value: Any
    how: str
    line: str

    def require(self, value: Any) -> None:
        """Raise GuardError if Python would take another branch."""
        if not np.array_equal(value, self.value, equal_nan=self.var.dtype.kind in "fc"):
            raise GuardError(f"{self.how} of {self.var!r} was {self.value!r}, now it is {value!r}")


@dataclass
class Program:
    """A function as equations: `inputs` and `captured` in, `outs` (variables or constants) out.

    `rebuild` puts the outputs into the structure that the function returned. `guards` hold where the same branches are
    taken; `writes` says which Tensors, arrays and gradients the function wrote to, and with what.
    """

    inputs: list[Var]
    captured: list[Var]
    eqns: list[Eqn]
    outs: list[Any]
    guards: list[Guard] = field(default_factory=list)
    writes: list[tuple[Any, Any]] = field(default_factory=list)
    rebuild: Rebuild = lambda leaves: leaves[0]

    def __str__(self) -> str:
        given = [("in ", v) for v in self.inputs] + [("cap", v) for v in self.captured]
        lines = [f"{kind} {v!r}: {v.dtype} {v.shape}" for kind, v in given]
        lines += map(repr, self.eqns)
        lines += [f"guard {g.var!r} == {g.value!r}" for g in self.guards]
        return "\n".join([*lines, f"out {', '.join(map(repr, self.outs))}"])

    def results(self) -> list[Any]:
        """All that it computes: outputs, what guards look at, what is written."""
        return [*self.outs, *(g.var for g in self.guards), *(value for _, value in self.writes)]

    def given(self, args: Sequence[Any]) -> dict[Var, Any]:
        """What a run for these arrays begins with: them, and what is captured."""
        return dict(zip(self.inputs, args)) | {v: v.current() for v in self.captured}

    def run(self, *args: Array) -> list[Any]:
        """The outputs for these arrays, equation by equation: what every other way of running it is held to.

        Raises GuardError where a branch would not be the same.
        """
        env = self.given(args)
        for eqn in self.eqns:
            env.update(zip(eqn.outs, eqn.run(env.__getitem__)))
        for guard in self.guards:
            guard.require(env[guard.var])
        return [env[v] if isinstance(v, Var) else v for v in self.outs]


def as_before(array: Any, shape: Any, dtype: Any) -> None:
    """Raise GuardError if a result has another shape than it had, or is complex where it was real, as in `eig`."""
    if np.shape(array) != shape or array.dtype.kind != dtype.kind:
        was, now = f"{dtype} {shape}", f"{array.dtype} {np.shape(array)}"
        raise GuardError(f"a result was {was}, now it is {now}")


class GuardError(Exception):
    """A run of a program would take another branch than the one that was traced."""
