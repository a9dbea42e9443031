"""Sizes: what the traces of one model at several batch sizes have in common, and which lengths follow the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...engine.errors import UnsupportedError
from ...support.tree import flatten
from ..program import Eqn, Program, Var

SHAPED = {"reshape", "broadcast_to"}  # whose forms go by the shape of the result, whatever they were asked for


class Size(NamedTuple):
    """A length that follows the batch: slope * batch + start."""

    slope: int
    start: int

    def __str__(self) -> str:
        return (f"{self.slope}*" if self.slope != 1 else "") + "batch" + (f"{self.start:+}" if self.start else "")


def length(batches: Sequence[int], lengths: Sequence[int]) -> int | Size:
    """The length that is this at these batch sizes; ValueError where it is none that follows them.

    >>> str(length((2, 3, 5), (9, 13, 21)))
    '4*batch+1'
    """
    if len(set(lengths)) == 1:
        return lengths[0]
    slope = (lengths[1] - lengths[0]) // (batches[1] - batches[0])
    size = Size(slope, lengths[0] - slope * batches[0])
    if any(n != slope * b + size.start for b, n in zip(batches, lengths)):
        raise ValueError(f"at batch sizes of {batches} a length is {lengths}")
    return size


class Aligned:
    """What several programs share: `sizes`, the shape of each variable, and `values`, all that a captured one holds."""

    def __init__(self, programs: Sequence[Program], batches: Sequence[int]) -> None:
        self.batches = batches
        self.twins: dict[Var, Var] = {}  # of each variable of any program, the one of the first
        self.sizes: dict[Var, tuple[Any, ...]] = {}
        self.values = {p[0]: [np.asarray(v.current()) for v in p] for p in zip(*(p.captured for p in programs))}
        for each in zip(*([*p.inputs, *p.captured] for p in programs)):
            self._meet(each)
        for eqns in zip(*(p.eqns for p in programs)):
            try:
                for mine, other in zip(self._said(eqns[0]), self._said(eqns[-1]), strict=True):
                    if mine != other:
                        raise ValueError(f"{other!r} stands for {mine!r}")
                for each in zip(*(e.outs for e in eqns)):
                    self._meet(each)
            except ValueError as error:
                why = f"at another batch size, {error}; dynamic_batch=False exports it for that of the example"
                raise refused(eqns[0], why) from None

        if len({(len(p.eqns), *(self.twins.get(o, o) for o in p.outs)) for p in programs}) > 1:
            raise UnsupportedError(f"export: the model calls other operations at other batch sizes, of {batches}")

    def _meet(self, each: Sequence[Var]) -> None:
        """Note variables that stand for each other."""
        self.twins.update(dict.fromkeys(each, each[0]))
        self.sizes[each[0]] = tuple(length(self.batches, n) for n in zip(*(v.shape for v in each)))

    def _said(self, eqn: Eqn) -> list[Any]:
        """What must be the same at all batch sizes."""
        shaped = eqn.op.name in SHAPED
        said = flatten([eqn.op.name, list(eqn.args), eqn.options])[0]
        return [self.twins.get(x) if isinstance(x, Var) else x for x in said if not (shaped and isinstance(x, int))]


def refused(eqn: Eqn, why: str) -> UnsupportedError:
    """The error that names an operation and its module."""
    return UnsupportedError(f"export: {eqn.op.name} in {eqn.line or 'the model itself'}: {why}")
