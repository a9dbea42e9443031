"""Graph: ONNX nodes, initializers and their names, built up equation by equation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, count
from typing import Any

import numpy as np
from onnx import helper, numpy_helper

from ...engine.op import Op
from ...engine.types import Array
from ..program import Eqn, Var
from .sizes import Aligned, Size

kind_of = helper.np_dtype_to_tensor_dtype


class Graph:
    """What is written so far; `known` are the names that the model has for Tensors, by identity."""

    def __init__(self, program: Aligned, known: Mapping[int, str]) -> None:
        self.program = program
        self.known = known
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.names: dict[Any, str] = {}  # of variables, and of constants by their own names or by what they hold
        self.taken = set(known.values())
        self.batch = self.module = ""  # the name of the batch size, and of the module whose operation is being written

    def unique(self, name: str) -> str:
        """The name, or the name with a number if it is taken."""
        names = chain([name], (f"{name}_{k}" for k in count(1)))
        found = next(n for n in names if n not in self.taken)
        self.taken.add(found)
        return found

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node under its module's name; returns the name of its output, or a list of several."""
        name = self.unique(f"{self.module}/{kind}")
        made = [name, *(f"{name}:{i}" for i in range(1, outputs))]
        last = max((i for i, x in enumerate(inputs) if x), default=-1)  # none that is left out stands at the end
        self.nodes.append(helper.make_node(kind, inputs[: last + 1], made, name, **attributes))
        return made if outputs > 1 else name

    def value(self, x: Any, dtype: Any = None) -> Any:
        """The name of a variable, or of a number or array as a constant; in that dtype, if one is given."""
        if not isinstance(x, Var):
            return "" if x is None else self.constant(np.asarray(x, dtype))  # which says that an input is left out
        if x not in self.names:
            self.names[x] = self.captured(x)
        cast = dtype is not None and x.dtype != dtype
        return self.node("Cast", self.names[x], to=kind_of(np.dtype(dtype))) if cast else self.names[x]

    def constant(self, array: Array, name: str = "") -> str:
        """The name of an initializer; equal ones without a name are one."""
        key = name or (array.shape, array.dtype.str, array.tobytes())
        if key not in self.names:
            self.names[key] = name or self.unique("constant")
            self.initializers.append(numpy_helper.from_array(array, self.names[key]))
        return self.names[key]

    def captured(self, x: Var) -> Any:
        """What the model captures; along axes that follow the batch, it must be the same everywhere."""
        sizes, values = self.program.sizes[x], self.program.values[x]
        base = values[0][tuple(slice(0, 1) if isinstance(n, Size) else slice(None) for n in sizes)]
        for value in values:
            if np.broadcast_to(base, value.shape).tobytes() != value.tobytes():
                raise ValueError(f"an array {value.dtype} {value.shape} was made for one batch size")
        name = self.constant(base, self.known.get(id(x.source), ""))
        return name if base.shape == values[0].shape else self.node("Expand", name, self.shape(sizes))

    def shape(self, sizes: Sequence[Any], one_open: bool = False) -> Any:
        """The name of a shape, computed where lengths follow the batch; one may be left for the node to work out."""
        if sum(isinstance(n, Size) for n in sizes) <= (one_open and 0 not in sizes):
            return self.ints(*(-1 if isinstance(n, Size) else n for n in sizes))
        return self.node("Concat", *map(self.length, sizes), axis=0)

    def length(self, size: Any) -> Any:
        """The name of a length, in an array of one element."""
        if not isinstance(size, Size):
            return self.ints(size)
        found = self.batch if size.slope == 1 else self.node("Mul", self.batch, self.ints(size.slope))
        return self.node("Add", found, self.ints(size.start)) if size.start else found

    def ints(self, *numbers: Any) -> str:
        """A constant of integers."""
        return self.constant(np.array(numbers, np.int64))

    def declared(self, name: str, x: Var) -> Any:
        """A variable as an input or output of the whole."""
        sizes = [n if isinstance(n, int) else str(n) for n in self.program.sizes[x]]
        return helper.make_tensor_value_info(name, kind_of(x.dtype), sizes)


class Call:
    """One equation as its form sees it: arguments by name, and the means to write nodes."""

    def __init__(self, graph: Graph, eqn: Eqn) -> None:
        self.graph = graph
        self.eqn = eqn
        self.args = eqn.named() if isinstance(eqn.op, Op) else {}
        self.dtype: Any = eqn.outs[0].dtype
        self.sizes = graph.program.sizes[eqn.outs[0]]
        self.node, self.ints, self.value = graph.node, graph.ints, graph.value

    def __getitem__(self, name: str) -> Any:
        """An argument, or each of a list of them, in the dtype of the result."""
        x = self.args[name]
        return [self.value(p, self.dtype) for p in x] if isinstance(x, list | tuple) else self.value(x, self.dtype)

    def operands(self) -> list[Any]:
        """All arguments, in one dtype: that of the result, or for a comparison that of all of them."""
        given = [self.args[n] for n in self.eqn.op.parameters]
        common = np.result_type(*(getattr(x, "dtype", x) for x in given)) if self.dtype == np.bool_ else self.dtype
        return [self.value(x, common) for x in given]

    def rank(self) -> int:
        """How many axes x has."""
        return len(self.graph.program.sizes[self.args["x"]])
