"""Cuts: which parameters a loss does not depend on, and where its graph begins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..engine.errors import GraphError
from ..engine.node import Leaf, Node
from ..engine.sweep import Walk, seed_of
from ..engine.tensor import Tensor


def check_graph(loss: Tensor, parameters: Any) -> None:
    """Raise GraphError if `loss` does not depend on one of `parameters`: it names them, and where the graph begins.

    Call it once before `loss.backward()`; it changes nothing. `parameters` is a model, or Tensors. What is frozen
    (`requires_grad` is False) is not asked for. Within `autograd.source_lines()` it also says the line.

    >>> w, b = Tensor([2.0], requires_grad=True, name="w"), Tensor([1.0], requires_grad=True, name="b")
    >>> hidden = w * 3.0
    >>> check_graph(((hidden.data + b) ** 2).sum(), [w, b])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    autograd.GraphError: check_graph: the loss does not depend on 1 of 2 parameters: w (1,). ...
    """
    node, _ = seed_of(loss, np.ones(np.shape(loss)), "check_graph")
    named = trained("check_graph", parameters)
    order = Walk([node]).order
    reached = set(order)
    missing = [f"{name} {p.shape}" for name, p in named if p._node not in reached]
    if missing:
        more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
        begins = [text for made in reversed(order) if made.op is not None for text in constants(made)]
        raise GraphError(
            f"check_graph: the loss does not depend on {len(missing)} of {len(named)} parameters: "
            f"{', '.join(missing[:4])}{more}. Its graph begins at {'; '.join(begins[:3]) or 'its leaves'}. If that is "
            "what a layer gave, the graph was cut there by .data, .numpy(), .item(), .detach(), no_grad() or integers: "
            "go on with the Tensor itself"
        )


def trained(what: str, parameters: Any) -> list[tuple[str, Tensor]]:
    """The parameters of a model, or given as Tensors, with their names; without those that are frozen."""
    if hasattr(parameters, "named_parameters"):
        named = list(parameters.named_parameters())
    else:
        several = isinstance(parameters, Iterable) and not isinstance(parameters, Tensor)
        listed = list(parameters) if several else [parameters]
        if not all(isinstance(p, Tensor) for p in listed):
            raise TypeError(f"{what}: parameters are a model or Tensors, not {parameters!r:.80}")
        named = [(p.name or f"number {i}", p) for i, p in enumerate(listed)]
    return [(name, p) for name, p in named if p.requires_grad]


def constants(node: Node) -> list[str]:
    """Which inputs of an operation are arrays of floats without a gradient, where a graph may have been cut."""
    line = node.__dict__.get("line")
    where = f" ({line.filename}:{line.lineno})" if line else ""
    return [
        f"{node.op.name}{where}, whose {node.op.input_name(i)} {value.dtype} {value.shape} carries no gradient"
        for i, value in enumerate(node.inputs)
        if isinstance(value, Node) and value.op is None and not isinstance(value, Leaf)
        if value.shape and value.dtype.kind in "fc"
    ]
