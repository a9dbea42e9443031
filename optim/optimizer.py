"""Optimizer: what all of them share. An author of a new one writes `update` for one parameter's block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.errors import DtypeError, GraphError

# An update makes many passes over a parameter. In blocks of this many elements, all of its arrays stay in
# the processor's cache between the passes, which takes half the time on large layers.
BLOCK = 16384


class Optimizer:
    """Steps `parameters` against their gradients, in place, allocating nothing after the first step.

    Subclasses define `slots`, the arrays of state a parameter needs, and `update`. Raises ValueError for no
    parameters, DtypeError for what cannot carry a gradient, GraphError where no parameter has one.
    """

    slots: tuple[str, ...] = ()

    def __init__(self, parameters: Iterable[Tensor], **options: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError(f"{type(self).__name__} got no parameters; pass model.parameters(), fresh, not used up")
        for p in self.parameters:
            if not isinstance(p, Tensor) or not p.is_leaf or not p.requires_grad:
                raise DtypeError(f"{type(self).__name__}: {p!r} is not a leaf Tensor with requires_grad=True")
        for name, value in options.items():
            if isinstance(value, float) and not value >= 0:
                raise ValueError(f"{type(self).__name__}: {name}={value} must be 0 or more")
        self.options = options
        self.steps = 0
        self._state: list[tuple[Any, ...] | None] = [None] * len(self.parameters)
        self._scratch: dict[Any, Any] = {}

    def zero_grad(self) -> None:
        """Forget the gradients, before the next backward adds to them."""
        for p in self.parameters:
            p.grad = None

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        if all(p.grad is None for p in self.parameters):
            raise GraphError(f"{type(self).__name__}.step: no parameter has a gradient; call loss.backward() first")
        self.steps += 1
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                state = self._state[i]
                if state is None:
                    state = self._state[i] = tuple(np.zeros(p.size, p.dtype) for _ in self.slots)
                data = np.array(p.data) if not p.data.flags.c_contiguous or not p.ndim else p.data
                self._update_in_blocks(data.reshape(-1), np.ravel(p.grad.data), state)
                if data is p.data:
                    p.mark_written()
                else:
                    p.data = data

    def _update_in_blocks(self, data: Any, grad: Any, state: tuple[Any, ...]) -> None:
        for start in range(0, data.size, BLOCK):
            part = slice(start, start + BLOCK)
            block = data[part]
            room = self._room(block)
            self.update(block, grad[part], *(s[part] for s in state), *(r[: block.size] for r in room))

    def _room(self, block: Any) -> Any:
        if block.dtype not in self._scratch:
            self._scratch[block.dtype] = np.empty((2, BLOCK), block.dtype)
        return self._scratch[block.dtype]

    def update(self, data: Any, grad: Any, *arrays: Any) -> None:
        """Change the block `data` in place; `arrays` are its `slots`, then two scratch blocks."""
        raise NotImplementedError(f"{type(self).__name__} defines no update(self, data, grad, ...)")
