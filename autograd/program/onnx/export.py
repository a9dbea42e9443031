"""`export`: a network traced in evaluation mode, at several batch sizes, and written as an ONNX file."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import onnx
from onnx import helper

from ...engine.errors import UnsupportedError
from ...engine.modes import no_grad
from ...engine.op import Op
from ...engine.tensor import Tensor, as_data
from ...support.archive import replace
from ...support.tree import flatten
from ..interpreter import Marked, named
from ..passes import name, without_dead
from ..program import Draw, Eqn, Program, Var
from ..trace import Tracer, here
from .forms import FORMS, OPSET, SMALLER, takes
from .graph import Call, Graph
from .sizes import Aligned, refused

BATCHES = 2, 3, 5  # which tell a length that follows the batch from one that does not; at 1, things broadcast


class Exporter(Tracer):
    """Keeps whole what has a form in ONNX, takes apart what has none, and notes which module called."""

    def __init__(self) -> None:
        super().__init__(lambda op: False)
        self.path = [""]
        self.draws: list[Marked] = []

    def note(self, op: Any, args: Any, options: Any, outs: Sequence[Var]) -> None:
        """Write an equation down; its line is the module's name."""
        super().note(op, args, options, outs)
        self.eqns[-1].line = self.path[-1]

    def left(self, tensor: Marked, how: str, value: Any) -> Any:
        """Nothing may go: what Python does with it would be done once for all."""
        asked = f"{self.path[-1] or 'the model itself'} asks for {how} of a {tensor.dtype} {tensor.shape} at {here()}"
        raise UnsupportedError(f"export: {asked}, which no file can; write it in operations on Tensors")

    def drawn(self, draw: Callable[[], Any]) -> Any:
        """A source of chance, which has its name only once it is returned."""
        self.draws.append(super().drawn(draw))
        return self.draws[-1]

    def composed(self, op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any] | None:
        """The result of an op that has no form as that of smaller ones, by its own lines if need be."""
        given = named(op, args, options)
        small = SMALLER.get(name(op))
        if takes(name(op), given) or op in self._within:
            return None
        if op.reference and not small:
            return super().composed(op, args, options)
        made = self.apart(op, lambda: small(**given) if small else op.forward(*args, **options))
        return None if made is None else (made,)  # then the op stays, and is refused by name if it is needed

    def of(self, model: Any, call: Callable[..., Any], arrays: Sequence[Any]) -> Program:
        """The program of a call of the model, which is left as it was."""
        with ExitStack() as stack, no_grad():
            for path, module in model.named_modules():
                stack.callback(setattr, module, "training", module.training)
                stack.enter_context(module.register_forward_pre_hook(lambda *_, path=path: self.path.append(path)))
                stack.enter_context(module.register_forward_hook(lambda *_: self.path.__delitem__(-1)))
            model.train(False)
            program = self.program(call, *arrays)
        for draw in self.draws:
            draw.mark[1].name = draw.name
        if program.writes:
            raise UnsupportedError("export: the model writes to its state where it does not train, which no file can")
        return without_dead(program)


def export(
    model: Any, example: Any, path: str | os.PathLike[str], dynamic_batch: bool = True, batch_axis: int = 0
) -> onnx.ModelProto:
    """Write a module as an ONNX file (opset 20), as it is in evaluation mode, and return it as `onnx` has it.

    `example` is its argument, or a tuple of several: arrays and Tensors in nested lists, tuples and dicts, in the
    dtypes that the file is to take. Arrays of as many rows along `batch_axis` as the first one are batches: with
    `dynamic_batch` the file takes any number of rows, else the example's. Inputs have the names of `forward`'s
    arguments, parameters and buffers their own, nodes that of their module before a slash.
    Raises UnsupportedError, which names the operation and its module, for what has no form in ONNX, for a value that
    Python looks at, and for an array that was made for one batch size; ValueError for an example without rows.

    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = export(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), np.ones((1, 3), np.float32), f"{folder}/it.onnx")
    >>> [node.name for node in made.graph.node], [weight.name for weight in made.graph.initializer]
    (['/Shape', '0/Gemm', '1/Relu', '/Identity'], ['0.weight', '0.bias'])
    """
    parts, rebuild = flatten(list(example) if isinstance(example, tuple) else [example])
    places = [i for i, part in enumerate(parts) if isinstance(part, (Tensor, np.ndarray, np.generic))]
    arrays = [np.asarray(as_data(parts[i])) for i in places]
    rows = [x.shape[batch_axis : batch_axis + 1] for x in arrays] or [()]
    if dynamic_batch and rows[0] in ((), (0,)):
        raise ValueError(f"export: the example begins with no array that has a row along axis {batch_axis}")

    def call(*inputs: Any) -> Any:
        found = dict(zip(places, inputs))
        return model(*rebuild([found.get(i, part) for i, part in enumerate(parts)]))

    def program(size: int) -> Program:
        taken = np.arange(size) % max(rows[0], default=1)
        given = [np.take(x, taken, batch_axis) if n and n == rows[0] else x for x, n in zip(arrays, rows)]
        return Exporter().of(model, call, given)

    batches = BATCHES if dynamic_batch else rows[0] or (1,)
    first, *more = map(program, batches)
    names = {id(tensor): name for name, tensor in [*model.named_parameters(), *model.named_buffers()]}
    graph, inputs, outputs = Graph(Aligned([first, *more], batches), names), [], []
    for var, title in zip(first.inputs, titles(model, rebuild([*range(len(parts))]), places)):
        graph.names[var] = graph.unique(title)
        inputs.append(graph.declared(graph.names[var], var))
    if dynamic_batch:
        graph.batch = graph.node("Shape", inputs[0].name, start=batch_axis, end=batch_axis + 1)
    for eqn in first.eqns:
        write(graph, eqn)
    graph.module = ""
    outs = [out for out in first.outs if isinstance(out, Var)]
    for i, out in enumerate(outs):
        graph.node("Identity", graph.value(out))
        graph.nodes[-1].output[0] = graph.unique(f"output_{i}" if len(outs) > 1 else "output")
        outputs.append(graph.declared(graph.nodes[-1].output[0], out))
    whole = helper.make_graph(graph.nodes, type(model).__name__, inputs, outputs, graph.initializers)
    made = helper.make_model(whole, ir_version=9, opset_imports=[helper.make_opsetid("", OPSET)])  # 9: of its time
    onnx.checker.check_model(made, full_check=True)
    replace("export", os.fspath(path), made.SerializeToString())
    return made


def titles(model: Any, arguments: Sequence[Any], places: Sequence[int]) -> list[str]:
    """A name for each input: that of the argument of `forward`, with a number if it holds several."""
    found = []
    for parameter, argument in inspect.signature(model.forward).bind(*arguments).arguments.items():
        own = [i for i in flatten(argument)[0] if i in places]
        found += [f"{parameter}_{k}" if len(own) > 1 else parameter for k in range(len(own))]
    return found


def write(graph: Graph, eqn: Eqn) -> None:
    """Write the nodes of one equation; UnsupportedError, with its name and module, where there are none."""
    kind = eqn.outs[0].name if isinstance(eqn.op, Draw) else name(eqn.op)
    graph.module, call = eqn.line, Call(graph, eqn)
    if not takes(kind, call.args):
        raise refused(eqn, "it has no form in ONNX")
    try:
        names = FORMS[kind](call)
    except ValueError as error:
        raise refused(eqn, str(error)) from None
    graph.names.update(zip(eqn.outs, names if isinstance(names, list) else [names]))
