"""What a model is made of: its layers as a table, with output shapes, parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import signature
from math import prod
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.node import Node, Output, births
from autograd.engine.types import Array, Dtype, Shape
from autograd.ops.random import current
from autograd.support import display
from autograd.support.lines import one_line
from autograd.support.tree import tree_map

from .hooks import Hook
from .module import Buffer, Module, Parameter

__all__ = ["summary"]


@dataclass(frozen=True)
class Row:
    """One layer. `parameters` and `multiply_adds` include what is below it; `output_shape` is that of the last call.

    Parameters that an earlier row has counted are not counted again. `output_shape` is a list of shapes where there
    are several outputs, and None for a module that was not called itself.
    """

    name: str
    type: str
    depth: int
    output_shape: Shape | list[Shape] | None
    parameters: int
    multiply_adds: int
    calls: int


@dataclass(frozen=True, repr=False)
class Summary:
    """The rows of the table, and totals over the whole model; it prints as a table."""

    rows: list[Row]
    parameters: int
    trainable: int
    parameter_bytes: int
    multiply_adds: int

    @property
    def frozen(self) -> int:
        """How many of the parameters are not trained."""
        return self.parameters - self.trainable

    def __repr__(self) -> str:
        return _table(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the same table."""
        return display.boxed(display.table(HEAD, _cells(self), left=2), *map(display.text, _totals(self)))


def summary(model: Module, *inputs: Any, **options: Any) -> Summary:
    """Call `model` once and tabulate its layers: output shapes, parameters, multiply-adds.

    `inputs` and `options` are what the model is called with: arrays or Tensors, or a tuple of numbers for an input
    of that shape; without any, only the parameters are counted. The call is made in eval mode; afterwards the model's
    parameters, gradients, buffers, attributes and hooks and the state of the random generator are as before.
    Multiply-adds are those of matrix products, convolutions, attention and recurrences, read from the record of the
    call; biases, activations and normalisations are left out, and so is what the model computes outside of its layers
    under `no_grad`.

    >>> from nn import Linear, ReLU, Sequential
    >>> summary(Sequential(Linear(4, 3), ReLU(), Linear(3, 2)), (5, 4))
    layer        output  parameters  multiply-adds
    Sequential   (5, 2)          23             90
      0: Linear  (5, 3)          15             60
      1: ReLU    (5, 3)           0              0
      2: Linear  (5, 2)           8             30
    ----------------------------------------------
    23 parameters (92 bytes): 23 trainable, 0 frozen
    90 multiply-adds for this input
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary(model, *inputs): the model is a Module, not {type(model).__name__}")
    floats = [p.dtype for p in model.parameters()] or [Tensor(0.0).dtype]
    arguments = [_shaped(value, floats[0]) for value in inputs]
    named = list(model.named_modules())
    before = [(vars(module), dict(vars(module))) for _, module in named]
    random = current().bit_generator.state
    calls = _Calls()
    if not inputs and not options and _asks_for_inputs(model):
        return _summarise(model, named, calls)
    try:
        with autograd.enable_grad():
            _prepare([module for _, module in named], calls)
            model(*map(_tracked, arguments), **{name: _tracked(value) for name, value in options.items()})
    except Exception as error:
        if any(given is not value for given, value in zip(arguments, inputs)):
            error.add_note("summary took a tuple for a shape of floats; a model of tokens takes np.zeros(shape, int)")
        raise
    finally:
        for attributes, values in before:
            attributes.clear()
            attributes.update(values)
        current().bit_generator.state = random
    return _summarise(model, named, calls)


def _asks_for_inputs(model: Module) -> bool:
    parameters = signature(model.forward).parameters.values()
    return any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


# -- the call ------------------------------------------------------------------------------------------


def _shaped(value: Any, dtype: Dtype) -> Any:
    """Numbers in the place of a shape: they are random, as some layers have no derivative at 0."""
    if isinstance(value, tuple) and all(isinstance(n, (int, np.integer)) for n in value):
        return np.random.default_rng(0).standard_normal(value).astype(dtype)
    return value


def _tracked(value: Any) -> Any:
    """The input as a recorded result, so that what is computed from it is recorded, and may be written in place."""
    return tree_map(lambda leaf: _recorded_copy(leaf) if isinstance(leaf, (Tensor, np.ndarray)) else leaf, value)


def _recorded_copy(array: Tensor | Array) -> Tensor:
    tensor = Tensor(array.data if isinstance(array, Tensor) else array)
    if tensor.dtype.kind != "f":
        return tensor
    tensor.requires_grad = True
    return autograd.positive(tensor)


def _prepare(modules: list[Module], calls: _Calls) -> None:
    """Put copies in the place of parameters and buffers, all of them recorded, and listen to each layer."""
    copies: dict[int, Tensor] = {}
    for module in modules:
        attributes = vars(module)
        for name, value in list(attributes.items()):
            if isinstance(value, Parameter):
                attributes[name] = copies.setdefault(id(value), Parameter(value.data))
            elif isinstance(value, Buffer):
                attributes[name] = copies.setdefault(id(value), value._stand_in(value))
        first, last, _ = module._hooks
        enter, leave = Hook([], calls.enter), Hook([], calls.leave)
        attributes.update(training=False, _hooks=([enter, *first], [*last, leave], []))


class _Calls:
    """What the hooks see: of each module how often it was called, its output's shape, its multiply-adds."""

    def __init__(self) -> None:
        self.count: dict[int, int] = {}
        self.shape: dict[int, Shape | list[Shape]] = {}
        self.multiply_adds: dict[int, int] = {}
        self._products: dict[int, int] = {}  # of each recorded node that has any, by its birth
        self._open: list[tuple[Module, int, autograd.enable_grad]] = []

    def enter(self, module: Module, args: object) -> None:
        """Remember when the call began: what is born later and before its end is the module's."""
        recording = autograd.enable_grad()
        recording.__enter__()  # a frozen part of a model may be called under no_grad()
        self._open.append((module, next(births), recording))

    def leave(self, module: Module, args: object, output: Any) -> None:
        """Count what was recorded since; calls that were left by an error have no end of their own."""
        inner = None
        while inner is not module:
            inner, start, recording = self._open.pop()
            recording.__exit__(None, None, None)
        outputs = _arrays(output)
        for node in _recorded(outputs, start):
            count = MULTIPLY_ADDS.get(node.op.name) if node.op else None
            if count:
                self._products[node.birth] = count(node)
        key = id(module)
        self.count[key] = self.count.get(key, 0) + 1
        self.shape[key] = outputs[0].shape if len(outputs) == 1 else [o.shape for o in outputs]
        if all(other is not module for other, _, _ in self._open):
            born_since = sum(n for birth, n in self._products.items() if birth > start)
            self.multiply_adds[key] = self.multiply_adds.get(key, 0) + born_since


def _arrays(output: Any) -> list[Any]:
    if isinstance(output, (Tensor, np.ndarray, np.generic)):
        return [output]
    parts = output.values() if isinstance(output, dict) else output if isinstance(output, (list, tuple)) else ()
    return [array for part in parts for array in _arrays(part)]


def _recorded(outputs: list[Tensor | Array], start: int) -> Iterator[Node]:
    """The nodes behind the outputs that were born after `start`, each once."""
    seen: set[Node] = set()
    stack: list[Node] = [o._node for o in outputs if isinstance(o, Tensor) and o._node is not None]
    while stack:
        node = stack.pop()
        if node.birth > start and node not in seen:
            seen.add(node)
            stack += [parent for parent, _, _ in node.edges or ()]
            if not isinstance(node, Output):  # one of several results of the node above it
                yield node


# -- multiply-adds -------------------------------------------------------------------------------------


def _input(node: Any, which: int | str) -> Shape:
    """The shape of an input, by position or by name."""
    position = node.op.inputs.index(which) if isinstance(which, str) else which
    return np.shape(node.inputs[position])


def _row_times_matrix(node: Any) -> int:
    return prod(node.shape) * _input(node, 0)[-1]


def _einsum(node: Any) -> int:
    """One for each combination of all indices and each operand after the first."""
    terms = node.params["subscripts"].split("->")[0].split(",")
    sizes: dict[str, int] = {}
    for i, term in enumerate(terms):
        for letter, n in zip(term, _input(node, i)):
            sizes[letter] = max(n, sizes.get(letter, 0))
    return (len(terms) - 1) * prod(sizes.values())


def _recurrence(node: Any) -> int:
    """Each x of (time, batch, features) and each h before it, times their weights."""
    return prod(_input(node, "x")[:-1]) * (prod(_input(node, "w_ih")) + prod(_input(node, "w_hh")))


def _attention(node: Any) -> int:
    """Each query times each key, and each weight times its value."""
    q, k, v = _input(node, "q"), _input(node, "k"), _input(node, "v")
    return prod(node.shape[:-1]) * k[-2] * (q[-1] + v[-1])


# of a recorded node, how many products it adds up; operations that are not here count none
MULTIPLY_ADDS: dict[str, Callable[[Any], int]] = {
    "matmul": _row_times_matrix,
    "linear": _row_times_matrix,
    "einsum": _einsum,
    "convolution": lambda node: prod(node.shape) * prod(_input(node, "weight")[1:]),
    "conv_transpose": lambda node: prod(_input(node, "x")) * prod(_input(node, "weight")[1:]),
    "rnn": _recurrence,
    "lstm": _recurrence,
    "gru": _recurrence,
    "attention": _attention,
    "attention_weights": lambda node: prod(node.shape) * _input(node, "q")[-1],
    "self_attention": lambda node: prod(node.shape) * _input(node, "qkv")[-2] * 2,
}


# -- the table -----------------------------------------------------------------------------------------


def _summarise(model: Module, named: list[tuple[str, Module]], calls: _Calls) -> Summary:
    sizes = {name: 0 for name, _ in named}
    for name, parameter in model.named_parameters():
        while name:  # each module that it is below, and at last the model, ""
            name = name.rpartition(".")[0]
            sizes[name] += parameter.size
    modules = dict(named)
    products = {name: calls.multiply_adds.get(id(module), 0) for name, module in named}
    for name in reversed(modules):
        above = name.rpartition(".")[0]
        if name and id(modules[above]) not in calls.count:  # a ModuleList, whose items are called one by one
            products[above] += products[name]
    rows = []
    for name, module in named:
        depth, shape, count = name.count(".") + bool(name), calls.shape.get(id(module)), calls.count.get(id(module), 0)
        rows.append(Row(name, type(module).__name__, depth, shape, sizes[name], products[name], count))
    own = list(model.parameters())
    trainable = sum(p.size for p in own if p.requires_grad)
    return Summary(rows, sum(p.size for p in own), trainable, sum(p.data.nbytes for p in own), products[""])


HEAD = ("layer", "output", "parameters", "multiply-adds")


def _table(found: Summary) -> str:
    lines = [HEAD, *_cells(found)]
    left, middle, *right = (max(map(len, column)) for column in zip(*lines))
    text = [f"{a:<{left}}  {b:<{middle}}  {c:>{right[0]}}  {d:>{right[1]}}" for a, b, c, d in lines]
    return "\n".join([*map(one_line, text), "-" * len(text[0]), *_totals(found)])


def _cells(found: Summary) -> list[tuple[str, str, str, str]]:
    """The rows of the table as text."""
    lines = []
    for row in found.rows:
        title = "  " * row.depth + (f"{row.name.rpartition('.')[2]}: " if row.name else "") + row.type
        title += f" ×{row.calls}" if row.calls > 1 else ""
        shapes = row.output_shape if isinstance(row.output_shape, list) else [row.output_shape or ()]
        shape = ", ".join(map(str, shapes[:3])) + ", ..." * (len(shapes) > 3) if row.output_shape is not None else "-"
        lines.append((title, shape, f"{row.parameters:,}", f"{row.multiply_adds:,}"))
    return lines


def _totals(found: Summary) -> list[str]:
    """What stands below the table."""
    parameters = f"{found.parameters:,} parameters ({_in_bytes(found.parameter_bytes)})"
    called = any(row.calls for row in found.rows)
    products = f"{found.multiply_adds:,} multiply-adds for this input"
    costs = products if called else "give an input, or its shape, for the rest"
    return [f"{parameters}: {found.trainable:,} trainable, {found.frozen:,} frozen", costs]


def _in_bytes(count: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
