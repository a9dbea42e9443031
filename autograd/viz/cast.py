"""Cast: the operations and tensors of a record by number, as the player's page knows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..engine.node import Leaf, Many, Node
from .formula import input_name
from .graph import told
from .picture import CONSTANT, INPUT, OUTPUT, PARAMETER, RESULT
from .record import Record, identity
from .structure import Call, Item
from .text import call, place


class Cast:
    """Operations and tensors of a record by number, as the page knows them."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.keys: list[Any] = []  # of each tensor: its identity, or (operation, position) of a plain number
        self.index: dict[Any, int] = {}
        self.tensors: list[dict[str, Any]] = []
        self.ops: list[dict[str, Any]] = []
        self.op_of: dict[Node, int] = {}
        self.place: dict[tuple[Node, int], int] = {}  # of an input by position: its place among those that are shown
        self.outputs: dict[Node, list[Any]] = {}
        self._ends = {identity(root) for root in record.roots}
        self._plain: dict[Any, Any] = {}
        homes = dict(_homes(record.items))
        for root in record.roots:
            if root.op is None:
                self._tensor(root)
        for node in record.operations:
            self._operation(node, homes.get(node, ""))

    def _operation(self, node: Node, home: str) -> None:
        inputs: list[dict[str, Any]] = []
        for position, parent in enumerate(node.inputs):
            if parent is None:
                continue
            self.place[node, position] = len(inputs)
            inputs.append({"tensor": self._input(node, position, parent), "name": input_name(node.op, position)})
        if isinstance(node, Many):
            parts = {part.index: part for part in self.record.parts[node]}
            found: list[Node] = [parts[i] for i in sorted(parts)]
        else:
            found = [node]
        self.op_of[node] = len(self.ops)
        self.outputs[node] = [identity(part) for part in found]
        line = node.__dict__.get("line")
        self.ops.append(
            {
                "label": node.op.label,
                "name": node.op.name,
                "params": call(told(node)),
                "module": home,
                "line": f"{place(line)}: {line.line}" if line else "",
                "inputs": inputs,
                "outputs": [self._tensor(part) for part in found],
            }
        )

    def _input(self, node: Node, position: int, parent: Any) -> int:
        if isinstance(parent, Node):
            return self._tensor(parent)
        value = np.asarray(parent)
        self._plain[node, position] = value
        return self._new((node, position), "", CONSTANT if value.ndim == 0 else INPUT, value.shape, value.dtype)

    def _tensor(self, node: Node) -> int:
        same = identity(node)
        if same in self.index:
            return self.index[same]
        if same in self._ends:
            kind = OUTPUT
        elif node.op is not None:
            kind = RESULT
        elif isinstance(node, Leaf):
            kind = PARAMETER
        else:
            kind = INPUT if node.shape or node.name else CONSTANT
        return self._new(same, self.record.names.name(node), kind, node.shape, node.dtype)

    def _new(self, key: Any, name: str, kind: str, shape: Any, dtype: Any) -> int:
        self.index[key] = len(self.keys)
        self.keys.append(key)
        self.tensors.append({"name": name, "kind": kind, "shape": list(shape), "dtype": str(dtype)})
        return self.index[key]

    def value(self, key: Any, values: dict[Any, Any]) -> Any:
        """The value of a tensor, or None where it is not known."""
        if key in self._plain:
            return self._plain[key]
        found = values.get(key)
        return getattr(key, "value", None) if found is None else found

    def made(self, node: Node) -> list[int]:
        """The tensors that an operation makes."""
        return list(self.ops[self.op_of[node]]["outputs"])

    def given(self, node: Node) -> list[int]:
        """The tensors that an operation is given."""
        return [i["tensor"] for i in self.ops[self.op_of[node]]["inputs"]]

    def wiring(self) -> list[Any]:
        """What two graphs must have in common to be frames of one film: operations, wiring and shapes."""
        return [
            (
                op["name"],
                [(i["tensor"], self.tensors[i["tensor"]]["kind"]) for i in op["inputs"]],
                [self.tensors[t]["shape"] for t in op["outputs"]],
            )
            for op in self.ops
        ]


def words_of(operation: Any) -> str:
    """An operation of `Cast.wiring` in words, for errors."""
    name, inputs, shapes = operation
    given = ", ".join(f"{kind} {number}" for number, kind in inputs)
    return f"{name} of {given} with a result of shape {', '.join(str(tuple(s)) for s in shapes)}"


def _homes(items: Sequence[Item], home: str = "") -> Iterator[tuple[Node, str]]:
    """Of each operation the module whose call made it, as `path (Class)`."""
    for item in items:
        if isinstance(item, Node):
            yield item, home
        elif isinstance(item, Call):
            yield from _homes(item.items, f"{item.name} ({item.kind})" if item.name else item.kind)
