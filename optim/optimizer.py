"""Optimizer: what all of them share. An author of a new one writes `update` for one parameter's block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.errors import DtypeError, GraphError

# An update makes many passes over a parameter. In blocks of this many elements, all of its arrays stay in
# the processor's cache between the passes, which takes half the time on large layers.
BLOCK = 65536


class Optimizer:
    """Steps parameters against their gradients, in place, allocating nothing after the first step.

    `params` are Tensors, or dicts with "params" and options of their own, as in PyTorch; `param_groups` holds
    them with all options filled in, and may be changed between steps (a schedule sets "lr"). Subclasses define
    `slots`, the names of the arrays of state a parameter needs, and `update`. Raises ValueError for no parameters
    or a negative option, DtypeError for what cannot carry a gradient, GraphError where no parameter has one.
    """

    slots: tuple[str, ...] = ()

    def __init__(self, params: Iterable[Any], **defaults: Any) -> None:
        self.defaults = defaults
        if not isinstance(params, Iterable):
            raise TypeError(f"{type(self).__name__}({type(params).__name__}): pass its parameters, model.parameters()")
        given = list(params)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.param_groups: list[dict[str, Any]] = [{**defaults, **g, "params": list(g["params"])} for g in groups]
        self.steps = 0  # of the parameter being updated: one may join in later than the others
        self._steps: dict[int, int] = {}
        self._state: dict[int, tuple[Any, ...]] = {}  # by id: the groups keep the parameters alive
        self._scratch: dict[Any, Any] = {}
        for group in self.param_groups:
            self._check(group)
        every = [id(p) for group in self.param_groups for p in group["params"]]
        if len(set(every)) != len(every):
            raise ValueError(f"{type(self).__name__}: a parameter is given twice, and would be stepped twice")

    def _check(self, group: dict[str, Any]) -> None:
        name = type(self).__name__
        if not group["params"]:
            raise ValueError(f"{name} got no parameters; pass model.parameters(), fresh, not used up")
        for p in group["params"]:
            if not isinstance(p, Tensor) or not p.is_leaf or p.dtype.kind != "f":
                what = f"{type(p).__name__} of shape {np.shape(p)}" if isinstance(p, Tensor) else repr(p)[:60]
                raise DtypeError(f"{name}: {what} is no parameter: a leaf Tensor of floats, such as nn.Parameter")
        if not any(p.requires_grad for p in group["params"]):
            raise ValueError(f"{name}: all {len(group['params'])} parameters are frozen; see requires_grad_(True)")
        for option, value in group.items():
            if option not in self.defaults and option != "params":
                raise ValueError(f"{name} has no option {option!r}; it has {', '.join(self.defaults)}")
            if isinstance(value, (int, float)) and not value >= 0:
                raise ValueError(f"{name}: {option}={value} must be 0 or more")

    def zero_grad(self) -> None:
        """Forget the gradients, before the next backward adds to them."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        work = [(p, p.grad, group) for group in self.param_groups for p in group["params"]]
        if all(g is None for _, g, _ in work):
            raise GraphError(f"{type(self).__name__}.step: no parameter has a gradient; call loss.backward() first")
        for p, g, group in work:
            if g is not None:
                self._step_one(p, g.data, group)

    def _step_one(self, p: Tensor, grad: Any, group: dict[str, Any]) -> None:
        key = id(p)
        if key not in self._state:
            self._state[key] = tuple(np.zeros(p.size, p.dtype) for _ in self.slots)
        state = self._state[key]
        self.steps = self._steps[key] = self._steps.get(key, 0) + 1
        data = p.data
        if not isinstance(data, np.ndarray) or not data.flags.c_contiguous:
            data = np.array(data, order="C")  # a scalar, or columns: step on a copy, and hand it over
        flat, grad = data.reshape(-1), np.ravel(grad)
        first, second = self._room(flat)
        for start in range(0, flat.size, BLOCK):
            part = slice(start, start + BLOCK)
            block = flat[part]
            n = block.size
            self.update(group, block, grad[part], *[s[part] for s in state], first[:n], second[:n])
        if data is p.data:
            p.mark_written()
        else:
            p.data = data

    def _room(self, data: Any) -> Any:
        if data.dtype not in self._scratch:
            self._scratch[data.dtype] = np.empty((2, BLOCK), data.dtype)
        return self._scratch[data.dtype]

    def update(self, options: dict[str, Any], data: Any, grad: Any, *arrays: Any) -> None:
        """Change the block `data` in place; `arrays` are its blocks of `slots`, then two of scratch."""
        raise NotImplementedError(f"{type(self).__name__} defines no update(self, options, data, grad, ...)")
