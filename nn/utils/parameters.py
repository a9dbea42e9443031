"""A model's parameters as one vector, and a model as a function of its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

import autograd
from autograd import GraphError, ShapeError, Tensor

from ..module import Buffer, Module, WeightsError


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters in one flat Tensor, recorded: its gradient reaches each of them.

    >>> from nn import Linear
    >>> parameters_to_vector(Linear(3, 2).parameters()).shape
    (8,)
    """
    flat = [p.reshape(-1) for p in parameters]
    return autograd.concatenate(flat) if flat else autograd.zeros(0)


def vector_to_parameters(vec: Any, parameters: Iterable[Tensor]) -> None:
    """Write a flat vector into the parameters, the inverse of `parameters_to_vector`.

    Raises ShapeError unless `vec` has exactly their elements; then nothing is written.

    >>> from nn import Linear
    >>> layer = Linear(3, 2)
    >>> vector_to_parameters(autograd.zeros(8), layer.parameters())
    >>> layer.bias
    Tensor([0., 0.], requires_grad=True)
    """
    values = vec.data if isinstance(vec, Tensor) else np.asarray(vec)
    parameters = list(parameters)
    total = sum(p.size for p in parameters)
    if values.shape != (total,):
        raise ShapeError(f"vector_to_parameters: a vector of shape {values.shape} for {total} numbers")
    for p in parameters:
        if not p.is_leaf:
            raise GraphError(f"vector_to_parameters writes into leaves, such as model.parameters(), not into {p!r}")
    start = 0
    for p in parameters:
        p.data = values[start : start + p.size].reshape(p.shape).astype(p.dtype)
        start += p.size


def functional_call(module: Module, parameters: Mapping[str, Any], args: Any = (), kwargs: Any = None) -> Any:
    """Call `module` with other values for its parameters and buffers, given by dotted name.

    `args` is one argument or a tuple of them. What is not named keeps its own value. Gradients reach the given
    Tensors, so a model can be differentiated with respect to them to any order (as meta-learning does). A tied
    parameter follows the name it is given by in all its places. Afterwards, or after an error, every parameter and
    buffer is the module's own again, with its own values, also one that the call wrote to. During the call the
    module holds the given values, so no two threads may call this, or the module, at the same time. Raises
    WeightsError for names that the module lacks, shapes that do not fit, and two values for one tied parameter.

    >>> from nn import Linear
    >>> layer = Linear(2, 1)
    >>> functional_call(layer, {"weight": Tensor([[1.0, 2.0]]), "bias": Tensor([0.5])}, Tensor([3.0, 4.0]))
    Tensor([11.5])
    """
    places = {name: (owner, attribute) for name, owner, attribute in module._places()}
    tensors = {name: vars(owner)[attribute] for name, (owner, attribute) in places.items()}
    problems = [f"unexpected {name}" for name in parameters if name not in places]
    values: dict[int, Any] = {}
    for name, value in parameters.items():
        if name in places:
            value = value if isinstance(value, Tensor) else Tensor(value)
            if value.shape != tensors[name].shape:
                problems.append(f"{name} has shape {value.shape}, the module's is {tensors[name].shape}")
            elif values.setdefault(id(tensors[name]), value) is not value:
                problems.append(f"{name} is tied to another of these names, and both have a value; give it once")
    if problems:
        lines = "\n  ".join(problems)
        raise WeightsError(f"functional_call of {type(module).__name__}: these do not fit\n  {lines}")
    for tensor in tensors.values():
        given = values.get(id(tensor), tensor)
        if isinstance(tensor, Buffer) and not given.requires_grad:
            values[id(tensor)] = tensor._stand_in(given)
    try:
        for name, (owner, attribute) in places.items():
            vars(owner)[attribute] = values.get(id(tensors[name]), tensors[name])
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for name, (owner, attribute) in places.items():
            vars(owner)[attribute] = tensors[name]
