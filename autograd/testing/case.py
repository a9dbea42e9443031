"""One call of an op, as a function of its differentiable arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.errors import is_complex
from ..engine.op import Op
from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..ops.random import current
from ..support.tree import flatten


class Case:
    """The arguments of one call, with the differentiable arrays among them laid open as `arrays`.

    `places` says where they stand among all that the arguments hold.
    """

    def __init__(self, op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.op, self.options = op, options
        self._leaves, self._rebuild = flatten(args)
        inputs, _ = flatten(args if op.composite else args[: len(op.inputs)])
        self.places = [i for i, leaf in enumerate(inputs) if is_float(leaf)] if op.differentiable else []
        self.arrays: list[Array] = [inputs[i] for i in self.places]

    def call(self, *arrays: Array | Tensor, function: Function | None = None) -> Any:
        """Call the op (or `function`) with its differentiable arrays replaced; each call draws the same numbers.

        Of complex results that are not determined, as the phases of eigenvectors, it gives what is.
        """
        args = self.filled(arrays)
        state = current().bit_generator.state
        try:
            result = (function or self.op.call)(*args, **self.options)
        finally:
            current().bit_generator.state = state
        partly = callable(self.op.complex) and is_complex(result)
        return self.op.complex(result) if partly else result

    def filled(self, arrays: Sequence[Any]) -> Any:
        """The arguments with these in place of the differentiable arrays."""
        given = dict(zip(self.places, arrays))
        return self._rebuild([given.get(i, leaf) for i, leaf in enumerate(self._leaves)])

    def changed(self, change: Callable[[Any], Any]) -> Case:
        """The same call, with each value in its arguments changed."""
        return Case(self.op, self._rebuild(list(map(change, self._leaves))), self.options)

    def among(self, arrays: Sequence[Any], numbers: Sequence[int]) -> Function:
        """The call as a function of some of its arrays, by number, where all of them are `arrays`."""

        def call(*values: Any) -> Any:
            given = dict(zip(numbers, values))
            return self.call(*(given.get(k, array) for k, array in enumerate(arrays)))

        return call

    def name(self, number: int) -> str:
        """The name of the input that an array is, by number."""
        return self.op.input_name(self.places[number])


def is_float(value: object) -> bool:
    """Whether a value has derivatives: an array of floats or of complex numbers."""
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc"
