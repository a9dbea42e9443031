"""A user's function as a solver calls it: on plain values for SciPy, and recorded where a derivative is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.errors import DtypeError, GraphError, ShapeError
from ..engine.modes import RECORD, STILL, Switch, enable_grad, mode
from ..engine.node import Node
from ..engine.sweep import backprop, seeded, world
from ..engine.tensor import Tensor, make
from ..engine.types import Array, Function
from ..ops.declare import op
from ..ops.shape import stack
from ..program.interpreter import Marked
from ..support.bits.array import refuse
from ..support.tree import flatten
from ..transforms import Traced


class ConvergenceWarning(UserWarning):
    """A solver of SciPy's stopped before it had a solution; a gradient that goes through it says so, too."""


ConvergenceWarning.__module__ = "autograd"


class Replay(NamedTuple):
    """What a solver found, and how cotangents of it go back to what it was found from."""

    values: tuple[Any, ...]
    joint: Function

    def __repr__(self) -> str:
        return "Replay()"


# one op for everything found, since an op of its own would be a reference cycle for each call
@op(variadic="inputs", joint=lambda g, y, inputs, replay: replay.joint(g, y, inputs), name="solution")
def _solution(inputs: Sequence[Any], replay: Replay) -> tuple[Any, ...]:
    return replay.values


class quiet(Switch):
    """Record nothing, and yet let tangents be seen, unlike `no_grad`."""

    clears = RECORD


class Call:
    """How `what` calls functions f(*points, *args): `args` are Tensors, arrays or anything else, in any nest."""

    def __init__(self, what: str, args: Sequence[Any]) -> None:
        refuse(what)
        self.what = what
        self.leaves, self.rebuild = flatten(list(args))
        for leaf in self.leaves:
            require_real(what, "args", leaf)
        self.places = [i for i, a in enumerate(self.leaves) if isinstance(a, Tensor) and a.dtype.kind == "f"]
        self.inputs = [self.leaves[i] for i in self.places]
        self.args = self.rebuild(self.leaves)
        self.bare = self.rebuild([a.detach() if isinstance(a, Tensor) else a for a in self.leaves])

    def values(self, f: Function, *points: Any) -> Array:
        """What f gives, as an array. To be called while nothing is recorded."""
        out = vector(f(*points, *self.bare))
        if isinstance(out, Marked) and out.mark[0].moving(out):
            raise GraphError(
                f"{self.what}: the function uses a value from outside that has a tangent, which would be lost; hand it "
                "in by args=, such as args=(theta,)"
            )
        data = out.data if isinstance(out, Tensor) else np.asarray(out)
        require_real(self.what, "the function's result", data)
        return data

    def again(self, f: Function, points: Sequence[Any], inputs: Sequence[Any], whole: Function | None = None) -> Traced:
        """One recorded call at `points` and, for those of the args that may carry a gradient, `inputs`."""
        count = len(points)

        def inner(*fresh: Any) -> Any:
            changed = dict(zip(self.places, fresh[count:]))
            args = self.rebuild([changed.get(i, a) for i, a in enumerate(self.leaves)])
            return (whole or vector)(f(*fresh[:count], *args))

        given = [v if isinstance(v, Tensor) else make(v, None) for v in (*points, *inputs)]
        with enable_grad():
            return Traced(inner, tuple(given), range(len(given)), self.what)

    def outside(self, *calls: tuple[Any, ...]) -> list[Node]:
        """The recorded Tensors that calls (f, *points) use and that are no arguments, such as a layer's parameters."""
        if not mode.get() & RECORD:
            return []
        inputs = [x.detach() for x in self.inputs]
        found = {n for f, *points in calls for n in self.again(f, points, inputs).walk.foreign}
        return sorted(found, key=lambda n: n.birth)

    def tracks(self, given: Sequence[Tensor], outside: Sequence[Node]) -> bool:
        """Whether what is found from these has a derivative to take."""
        if any(isinstance(x, Marked) for x in (*given, *self.inputs)):  # tangents pass where nothing is recorded
            return not mode.get() & STILL
        return bool(mode.get() & RECORD) and (bool(outside) or any(x._node for x in (*given, *self.inputs)))

    def tied(self, given: Sequence[Any], outside: Sequence[Node], values: Sequence[Any], joint: Function) -> list[Any]:
        """The `values`, found from `given`, the inputs and `outside`, to which joint(g, y, inputs) goes back."""
        if not self.tracks(given, outside):
            return [make(v, None) for v in values]
        tracked = [*given, *self.inputs, *(make(np.empty(n.shape, n.dtype), n) for n in outside)]
        return list(_solution(tracked, Replay(tuple(values), joint)))

    def require(self, success: bool, message: str, mend: str) -> str:
        """Warn of what did not converge; what `warn_again` is to say of it, nothing if it did."""
        if success:
            return ""
        text = f"{self.what} did not converge: {message.strip().rstrip('.')}"
        warnings.warn(
            f"{text}; what it returns, and a gradient through it, are of no solution; {mend}",
            ConvergenceWarning,
            stacklevel=3,
        )
        return text


def warn_again(text: str) -> None:
    """Warn, in a sweep, that it goes through what did not converge."""
    if text:
        warnings.warn(
            f"this gradient goes through a result of no convergence: {text}", ConvergenceWarning, stacklevel=2
        )


def pulled(
    again: Traced, cotangents: Sequence[Any], nodes: Sequence[Node], record: bool, keep: bool = False
) -> list[Any]:
    """What arrives at `nodes` of the cotangents of a call's results; zeros where nothing does."""
    seeds = seeded(again.outputs, [world(c, record) for c in cotangents])
    found = backprop(seeds, nodes, create_graph=record, retain_graph=keep, walk=again.walk) if seeds else {}
    return [found[n] if n in found else world(np.zeros(n.shape, n.dtype), record) for n in nodes]


def require_known(what: str, again: Traced, known: set[Any]) -> None:
    """Raise GraphError where a run uses another recorded Tensor than those that were found before."""
    foreign = [n for n in again.walk.foreign if n not in known]
    if foreign:
        raise GraphError(
            f"{what}: the function uses a recorded Tensor, of shape {foreign[0].shape}, that it did not use where it "
            "was looked at, at the ends; hand it in by args=, so that its gradient is not lost"
        )


def require_same(what: str, again: Traced, values: Sequence[Any]) -> None:
    """Raise GraphError unless a second run gave the same values as the first."""
    for out, value in zip(again.outputs, values):
        near = float(np.finfo(value.dtype).eps) ** 0.5 * np.max(np.abs(value), initial=1.0)
        if np.max(np.abs(out._array - value), initial=0.0) > near:
            raise GraphError(
                f"{what}: the function, run again for backward, gives something else than before; it must depend on "
                "its arguments alone, and on what stays as it is until backward: no random numbers, no updates"
            )


def listed(args: Any) -> Sequence[Any]:
    """SciPy's args: what is no tuple is the only one."""
    return args if isinstance(args, (tuple, list)) else () if args is None else (args,)


def vector(out: Any) -> Any:
    """What a function gave; of a list or tuple of numbers, as SciPy takes it, one array or Tensor."""
    if not isinstance(out, (list, tuple)):
        return out
    return stack([o if hasattr(o, "dtype") else make(np.float64(o), None) for o in out])


def require_real(what: str, name: str, value: Any) -> None:
    """Raise DtypeError for complex numbers."""
    if isinstance(value, complex) or getattr(getattr(value, "dtype", None), "kind", "") == "c":
        raise DtypeError(f"{what}: {name} is complex; it takes real numbers: give real and imaginary part apart")


def start(what: str, name: str, value: Any) -> tuple[Array, Any]:
    """A point as an array of float64, and the dtype that its user sees: float64 unless floats were given."""
    data = value.data if isinstance(value, Tensor) else np.asarray(value)
    require_real(what, name, data)
    if data.dtype.kind not in "fiu":
        raise DtypeError(f"{what}: {name} is {data.dtype}; it takes numbers")
    if not data.size:
        raise ShapeError(f"{what}: {name} has the shape {data.shape}, in which there is no number to start from")
    return np.array(data, np.float64), data.dtype if data.dtype.kind == "f" else np.dtype(np.float64)
