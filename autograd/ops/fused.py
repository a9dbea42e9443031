"""How an op that computes a whole layer at once is differentiated again: through the same layer in small ops."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.node import births
from ..engine.sweep import Walk, backprop, seed_of
from ..engine.tensor import Tensor

__all__: list[str] = []


def through(reference: Callable[..., Any], g: Any, inputs: Sequence[Any], needs: Sequence[bool]) -> tuple[Any, ...]:
    """The cotangents of `inputs`, recorded, from `reference`: what a fused op computes, written in other ops.

    A joint rule that is handed Tensors returns this, and its hand-derived fast form otherwise; the proof of order 1
    tests the fast form and that of order 2 this one, both against finite differences. `reference` takes the inputs
    and returns one result or several, `g` has one cotangent for each (further ones, of by-products, are ignored).
    """
    oldest = next(births)
    # a node of its own for each input, so that one Tensor given twice gets its two cotangents apart
    handles = [np.positive(x) if need else x for x, need in zip(inputs, needs)]
    result = reference(*handles)
    outputs = result if isinstance(result, (tuple, list)) else (result,)
    seeds: dict[Any, Any] = {}
    for output, v in zip(outputs, g if isinstance(g, (tuple, list)) else (g,)):
        if isinstance(output, Tensor) and output.requires_grad:
            node, v = seed_of(output, v, "through")
            seeds[node] = seeds[node] + v if node in seeds else v
    targets = [h._node for h, need in zip(handles, needs) if need]
    arrived = backprop(seeds, targets, create_graph=True, walk=Walk(seeds, oldest))
    return tuple(arrived.get(h._node, Tensor(np.zeros(h.shape))) if need else None for h, need in zip(handles, needs))
