"""What the engine hands its calls to while a function is run for something else than its values.

An `Interpreter` stands in the engine's place inside its `with` block: each call of an op comes to `call`, each sweep
is lifted to Tensors, so that the rules' own calls come, too. It hands out `Marked` Tensors, which carry what it knows
of a value; whatever leaves them for Python is shown to `left`. Interpreters nest: what one computes, the next one
outside sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, Self

import numpy as np

from ..engine.call import record, tell
from ..engine.modes import RECORD, STILL, TRACE, WATCH, interpreter, mode
from ..engine.node import Node, Output
from ..engine.op import Op
from ..engine.sweep import world
from ..engine.tensor import Tensor
from ..engine.types import Function


class Marked(Tensor):
    """A Tensor of which an interpreter knows more than its value: `mark` holds the interpreter and what it knows."""

    __slots__ = ()

    @property
    def mark(self) -> tuple[Interpreter, Any]:
        """The interpreter, and what it knows."""
        return self.__dict__["mark"]  # type: ignore[no-any-return]

    _is_inner = property(lambda self: True)

    def tied(self, node: Node | None, data: Any = None) -> Tensor:
        """The same value, known as before, as the result of `node`."""
        return marked(self._array if data is None else data, node, *self.mark)

    def _leave(self, how: str, value: Any) -> Any:
        owner = self.mark[0]
        return owner.left(self, how, value) if owner.active else value

    @property
    def data(self) -> Any:
        """The values, where the interpreter lets them go."""
        return self._leave("data", self._array)

    @data.setter
    def data(self, value: Any) -> None:
        assigned: Any = Tensor.data.fset  # type: ignore[attr-defined]
        assigned(self, value)


def _leaving(name: str, how: str) -> Function:
    """A method of Tensor that gives values away, as that of Marked, which shows them to the interpreter first."""
    method = getattr(Tensor, name)

    @wraps(method)
    def shown(self: Marked, *args: Any, **options: Any) -> Any:
        return self._leave(how, method(self, *args, **options))

    return shown


for _name in ("item", "numpy", "tolist", "__bool__", "__complex__", "__float__", "__int__", "__index__", "__array__"):
    _how = {"__index__": "int()", "__array__": "an ndarray"}.get(_name, f"{_name.strip('_')}()")
    setattr(Marked, _name, _leaving(_name, _how))


def marked(data: Any, node: Node | None, owner: Interpreter, known: Any) -> Marked:
    """A Tensor of which `owner` knows `known`."""
    tensor = object.__new__(Marked)
    tensor._array = data
    tensor._node = node
    tensor.__dict__["mark"] = owner, known
    return tensor


class Setting:
    """The mode, and who is handed each call, until the end of a `with` block."""

    __slots__ = ("given", "tokens")

    def __init__(self, how: int, who: Interpreter | None) -> None:
        self.given = how, who

    def __enter__(self) -> None:
        self.tokens = mode.set(self.given[0]), interpreter.set(self.given[1])

    def __exit__(self, *exception: object) -> None:
        mode.reset(self.tokens[0])
        interpreter.reset(self.tokens[1])


class Interpreter:
    """Stands in the engine's place inside its `with` block."""

    active = False
    lasting = False  # whether what is found out is run again: then an array that was drawn here would be drawn for good

    def __init__(self) -> None:
        self._within: list[Op] = []  # the fused ops whose composition is being run

    def __enter__(self) -> Self:
        self.under, self._outer = mode.get(), interpreter.get(None)  # how it was outside
        self._here = Setting(self.under | TRACE, self)
        self._here.__enter__()
        self.active = True
        return self

    def __exit__(self, *exception: object) -> None:
        self.active = False
        self._here.__exit__()
        del self._here  # which knows this interpreter

    def below(self, how: int | None = None) -> Setting:
        """As it is outside, but for the flags in `how`: who stood there before sees what happens."""
        if how is not None:
            how = self.under & ~RECORD | how & (RECORD | STILL | WATCH)
        return Setting(self.under if how is None else how, self._outer)

    # what the engine asks

    def call(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of a call of `op`."""
        raise NotImplementedError

    def pulled(self, node: Node, g: Any, saved: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any] | None:
        """What a node's rules make of its cotangent, where they are not to be run in small."""
        return None

    def rebind(self, tensor: Tensor, result: Tensor) -> Tensor:
        """Let `tensor` stand for `result` from here on, as a write in place does."""
        with self.below(mode.get() & RECORD):
            tensor.rebind(result)
        if isinstance(result, Marked):
            tensor.__dict__["mark"] = result.mark
            if tensor.__class__ is Tensor:
                tensor.__class__ = Marked
        return tensor

    def moving(self, tensor: Tensor) -> bool:
        """Whether a derivative of `tensor` is being taken."""
        return False

    def inside(self, module: Any) -> None:
        """A module is called, whose mode Python may look at."""

    def seeded(self) -> None:
        """Somebody sets the state of the generator."""

    def left(self, tensor: Marked, how: str, value: Any) -> Any:
        """What Python gets that asked `tensor` for its value."""
        return value

    def detached(self, tensor: Tensor) -> Tensor:
        """The same value without the graph."""
        with self.below():
            return tensor.detach()

    def touched(self, node: Node, read: bool = True) -> None:
        """Somebody reads, or else sets, the gradient of `node`."""

    def drawn(self, draw: Function) -> Any:
        """What `draw()` takes from the generator."""
        with self.below():
            return draw()

    # help

    def composed(self, op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any] | None:
        """The result of a fused op as that of the small ops that it stands for, alone in a tuple; None of other ops."""
        if op.reference is None or op in self._within:  # one that asks itself, as max_pool does for the places
            return None
        values = named(op, args, options)
        if set(op.handed) & set(op.kept):
            with self.below(0):
                kept = op.forward(*mapped(bare, args), **mapped(bare, options))[1:]
            values.update(zip(op.kept, kept))
            if self.lasting and any(isinstance(values[n], np.ndarray) for n in set(op.handed) & set(op.kept)):
                return None
        self._within.append(op)
        try:
            return (op.reference(*[values[name] for name in op.handed]),)
        finally:
            self._within.pop()

    @staticmethod
    def told(op: Op, args: Sequence[Any], options: dict[str, Any], result: Any) -> None:
        """Tell those who watch of a call."""
        if mode.get() & WATCH:
            rest = [options.get(name, op.defaults.get(name)) for name in op.parameters[len(args) :]]
            tell(op, [*args, *rest], result, None)

    def known(self, value: Any) -> Any:
        """What this interpreter knows of a value; None if nothing."""
        if value.__class__ is Marked and value.mark[0] is self:
            return value.mark[1]
        return None

    def holds(self, values: Iterable[Any]) -> bool:
        """Whether something is known of one of these values, or of one in a list, tuple or dict among them."""
        for value in values:
            if value.__class__ is Marked and value.__dict__["mark"][0] is self:
                return True
            parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
            if parts and self.holds(parts):
                return True
        return False

    def marked(self, out: Any, known: Any, node: Node | None) -> Any:
        """A result, or each of several with what is known of it and its place in the graph."""
        if isinstance(out, tuple):
            parts = [
                self.marked(o, k, Output(node, i, bare(o)) if node and o.dtype.kind in "fc" else None)
                for i, (o, k) in enumerate(zip(out, known))
            ]
            return type(out)(*parts) if hasattr(out, "_fields") else tuple(parts)
        return world(out, True) if known is None else marked(bare(out), node, self, known)

    def noted(
        self, op: Op, args: Any, options: dict[str, Any], out: Any, known: Any, kept: Sequence[Any], held: Sequence[Any]
    ) -> tuple[Any, Node | None]:
        """The results of a call, with what is `known` of each, and the node, if one is to be recorded.

        It saves Tensors, of what the op kept those in `held`: this interpreter sees what a sweep does with them.
        """
        seen, out = self.marked(out, known, None), each(bare, out)
        inputs = args[0] if op.variadic else args[: op.count]
        nodes = [x._node if isinstance(x, Tensor) else None for x in inputs]
        if not (mode.get() & RECORD and op.differentiable and any(nodes)):
            return seen, None
        node = record(op, args, nodes, mapped(bare, args), mapped(bare, options), out, kept)
        if node is None:
            return seen, None
        node.saved = node.plan.save(seen, *held, *mapped(untied, args), **mapped(untied, options))
        return self.marked(out, known, node), node


def each(f: Function, y: Any) -> Any:
    """f of a result, or of each of several in the kind of tuple that they are in."""
    if not isinstance(y, tuple):
        return f(y)
    return type(y)(*map(f, y)) if hasattr(y, "_fields") else tuple(map(f, y))


def mapped(f: Callable[[Any], Any], tree: Any, kinds: Any = (Tensor, np.ndarray)) -> Any:
    """`tree` with `f` of each Tensor and array, or of what is of these `kinds`, in its lists, tuples and dicts."""
    if isinstance(tree, kinds):
        return f(tree)
    if isinstance(tree, (list, tuple)) and not hasattr(tree, "_fields"):
        return type(tree)([mapped(f, part, kinds) for part in tree])
    if isinstance(tree, dict):
        return {name: mapped(f, value, kinds) for name, value in tree.items()}
    return tree


def named(op: Op, args: Sequence[Any], options: dict[str, Any]) -> dict[str, Any]:
    """What a call was given, and the defaults of what it was not, by name."""
    return {**op.defaults, **dict(zip(op.parameters, args)), **options}


def bare(value: Any) -> Any:
    """The array in a Tensor."""
    return value._array if isinstance(value, Tensor) else value


def untied(value: Any) -> Any:
    """A Tensor as what a node may save: without its place in the graph, and so without a cycle."""
    return value.tied(None) if isinstance(value, Tensor) else value
