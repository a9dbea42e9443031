"""Forward mode: a function is run once, and each call pushes the tangents of its arguments on, by the rules there are.

A rule takes a cotangent back: it is the Jacobian transposed. Of an elementwise op the Jacobian is diagonal, its own
transpose, so the rule itself takes a tangent forward. An op that is linear in its input is its own Jacobian; one that
is linear in each of two is a sum of two. What is left transposes its rule, which is linear in the cotangent, by a sweep
through this one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..engine.call import PLAIN, positional
from ..engine.errors import ShapeError, explain
from ..engine.modes import RECORD, TRACE, enable_grad, mode
from ..engine.node import Leaf, births
from ..engine.op import Op, ours
from ..engine.sweep import Walk, backprop, world
from ..engine.tensor import Tensor, as_data, make
from ..engine.types import Function
from ..support.tree import Rebuild, flatten
from .interpreter import Interpreter, Marked, mapped, marked, noted, untied

# elementwise ops whose forward function is no ufunc: each result depends on the elements at its own place alone
ELEMENTWISE = {
    *("where", "clip", "round", "nan_to_num", "sinc", "rsqrt", "polygamma", "masked_scale"),
    *("relu", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid", "softplus", "softsign"),
    *("log_sigmoid", "hardtanh", "hardsigmoid", "hardswish"),
}
BILINEAR = {"matmul", "_correlate", "_spread", "_gather", "cross", "convolve"}


@cache
def direct(op: Op) -> bool:
    """Whether one call of the forward function, or two, give the tangent."""
    return not op.fits and (linear(op) or bilinear(op))


@cache
def diagonal(op: Op) -> bool:
    """Whether each rule of `op` is its own transpose."""
    return op.joint is None and (isinstance(op.forward, np.ufunc) or (op.name in ELEMENTWISE and ours(op)))


@cache
def linear(op: Op) -> bool:
    """Whether `op` is linear in its one input, as its rule shows: it asks for no value, and nothing is added."""
    if op.joint or op.variadic or op.count != 1 or not ours(op):  # a user's rule may say anything, such as g for a step
        return False
    # what is padded may have a border that is not 0
    return op.name != "pad" and not {"y", op.inputs[0]} & set(op.asks[0])


@cache
def bilinear(op: Op) -> bool:
    """Whether `op` is linear in each of its two inputs."""
    return op.name in BILINEAR and ours(op)


class Dual:
    """What is known of a value: the value itself as it is outside, and its tangent, None for zeros."""

    __slots__ = ("primal", "tangent")

    def __init__(self, primal: Any, tangent: Any) -> None:
        self.primal = primal
        self.tangent = tangent


class Forward(Interpreter):
    """Pushes tangents along each call."""

    def enter(self, primal: Any, tangent: Any) -> Marked:
        """An argument with its tangent."""
        data = world(primal, False)
        return marked(data, None, self, Dual(primal, tangent))

    def lowered(self, value: Any) -> Any:
        """A value as it is outside."""
        known = self.known(value)
        return value if known is None else known.primal

    def tangent(self, value: Any) -> Any:
        """The tangent of a value; None for zeros."""
        known = self.known(value)
        return None if known is None else known.tangent

    def moving(self, tensor: Tensor) -> bool:
        """Whether it has a tangent."""
        return self.tangent(tensor) is not None

    def detached(self, tensor: Tensor) -> Tensor:
        """The value, without a tangent."""
        primal = self.lowered(tensor)
        with self.below():
            return primal.detach() if isinstance(primal, Tensor) else make(primal, None)

    def call(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of the call with its tangent."""
        if not options and not self.under & TRACE and (direct(op) or diagonal(op)):
            fast = self._fast(op, args)
            if fast is not None:
                return fast
        found: list[Any] = []
        mapped(lambda x: found.append(x) if self.known(x) is not None else None, (args, options))
        if not found:
            with self.below(mode.get() & RECORD):
                return function(*args, **options)
        args = positional(op, args, options)
        composed = self.composed(op, args, options)
        if composed:
            return composed[0]
        primals, named = mapped(self.lowered, args), mapped(self.lowered, options)
        inputs = args[0] if op.variadic else args[: op.count]
        tangents = [self.tangent(x) for x in inputs]
        with self.below():
            y = function(*primals, **named)
            pushed = push(op, function, y, primals, named, tangents)
        outs = y if isinstance(y, tuple) else (y,)
        data = tuple(world(o, False) for o in outs)
        duals = [Dual(o, t) for o, t in zip(outs, pushed)]
        seen = [marked(d, None, self, k) for d, k in zip(data, duals)]
        y_seen: Any = tuple(seen) if isinstance(y, tuple) else seen[0]
        out = type(y)(*data) if hasattr(y, "_fields") else data if isinstance(y, tuple) else data[0]
        node = noted(op, args, options, out, (), (y_seen, (), mapped(untied, args), mapped(untied, options)))
        return self.marked(out, duals if isinstance(y, tuple) else duals[0], node)

    def _fast(self, op: Op, args: tuple[Any, ...]) -> Marked | None:
        """`call` where all is arrays and numbers, of which nothing is recorded: a lane; None where it is not."""
        primals: list[Any] = []
        tangents: list[Any] = []
        for x in args:
            if x.__class__ is Marked and x._node is None:
                owner, known = x.__dict__["mark"]
                if owner is not self:
                    return None
                primals.append(known.primal)
                tangents.append(known.tangent)
            elif x.__class__ in PLAIN or isinstance(x, np.generic) or x.__class__ is tuple:
                primals.append(x)
                tangents.append(None)
            elif x.__class__ is np.ndarray or (x.__class__ is Tensor and x._node is None):
                primals.append(world(x, False))
                tangents.append(None)
            else:
                return None
        if not any(t is not None for t in tangents) or any(isinstance(x, Tensor) for x in (*primals, *tangents)):
            return None
        with self.below():
            try:
                y = op.forward(*primals)
            except Exception as error:
                raise explain(error, op, args) from None
            if y.__class__ is tuple or y.dtype.kind != "f":
                return None
            (tangent,) = push(op, op.forward, y, primals, {}, tangents[: op.count])
        return marked(y, None, self, Dual(y, tangent))


def push(
    op: Op, function: Function, y: Any, args: Sequence[Any], options: dict[str, Any], tangents: Sequence[Any]
) -> list[Any]:
    """The tangents of the results `y`, given those of the inputs; None stands for zeros."""
    outs = y if isinstance(y, tuple) else (y,)
    moving = [i for i, t in enumerate(tangents) if t is not None]
    floats = [np.dtype(o.dtype).kind == "f" for o in outs]
    if not (moving and op.differentiable and any(floats)):
        return [None] * len(outs)
    if not isinstance(y, tuple):
        if diagonal(op):
            return [_diagonal(op, y, args, options, tangents, moving)]
        if linear(op):
            return [function(tangents[0], *args[1:], **options)]
        if bilinear(op):
            parts = [function(*args[:i], tangents[i], *args[i + 1 :], **options) for i in moving]
            return [parts[0] if len(parts) == 1 else parts[0] + parts[1]]
    return _transposed(op, function, args, options, tangents, moving)


def _diagonal(
    op: Op, y: Any, args: Sequence[Any], options: dict[str, Any], tangents: Sequence[Any], moving: list[int]
) -> Any:
    plan = op.plan(tuple(t is not None for t in tangents))
    recorded = isinstance(y, Tensor) or any(isinstance(t, Tensor) for t in tangents)  # then rules want all as Tensors
    saved = plan.save(*[_lifted(x, recorded) for x in (y, *args)], **options)
    total: Any = None
    for i in moving:
        if i in op.ruleless:
            continue
        t = _lifted(tangents[i], recorded)
        wide = t if t.shape == y.shape else np.broadcast_to(t, y.shape)
        (part,) = plan.puller((i,))(wide, saved)
        total = part if total is None else total + part
    if total is not None and total.dtype != y.dtype:
        total = total.astype(y.dtype)
    return total


def _lifted(value: Any, recorded: bool) -> Any:
    """A value as a Tensor, if the rules want Tensors."""
    return make(value, None) if recorded and isinstance(value, (np.ndarray, np.generic)) else value


def _transposed(
    op: Op, function: Function, args: Sequence[Any], options: dict[str, Any], tangents: Sequence[Any], moving: list[int]
) -> list[Any]:
    """The vjp of the vjp of one call: the rule is linear in its cotangent, whatever that is."""
    given = list(args[0]) if op.variadic else list(args)
    outside = [x for x in (*given, *tangents) if isinstance(x, Tensor) and x._node is not None]
    record = bool(mode.get() & RECORD and outside)
    with enable_grad():
        start = next(births)
        leaves = {i: _entered(given[i]) for i in moving}
        inputs = [leaves.get(i, x) for i, x in enumerate(given)]
        out = function(*((inputs, *args[1:]) if op.variadic else inputs), **options)
        outs = out if isinstance(out, tuple) else (out,)
        point = [make(np.ones(o.shape, o.dtype)[()], None) for o in outs]
        for p in point:
            if p.dtype.kind == "f":
                p._node = Leaf(p._data)
        seeds = {o._node: p for o, p in zip(outs, point) if o._node is not None}
        nodes: list[Any] = [x._node for x in leaves.values()]
        pulled = backprop(seeds, nodes, create_graph=True, walk=Walk(seeds, start))
        ways = {pulled[n]._node: world(tangents[i], True) for n, i in zip(nodes, moving) if n in pulled}
        ways.pop(None, None)  # a pull-back that does not depend on its cotangent
        ends: list[Any] = [p._node for p in point]
        arrived = backprop(ways, ends, create_graph=record, walk=Walk(ways, start)) if ways else {}
    return [arrived.get(n) for n in ends]


def _entered(x: Any) -> Tensor:
    """A Tensor of its own for one input: of a recorded one, what follows is recorded, too."""
    if isinstance(x, Tensor) and x._node is not None:
        return x.copy()
    data = world(x, False)
    data = data if isinstance(data, (np.ndarray, np.generic)) else np.asarray(data)[()]
    return x.tied(Leaf(data)) if isinstance(x, Tensor) else make(data, Leaf(data))


def matched(what: str, name: str, given: Any, like_name: str, like: Sequence[Any]) -> list[Any]:
    """The leaves of `given`, in the shapes of `like`. Raises ShapeError where they differ."""
    leaves, _ = flatten(given)
    shapes, wanted = [np.shape(v) for v in leaves], [np.shape(v) for v in like]
    if shapes != wanted:
        raise ShapeError(f"{what}: {name} of shapes {shapes} for {like_name} of shapes {wanted}")
    return leaves


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f(*primals) and its derivative along `tangents`.

    >>> jvp(lambda x: x * x, [np.array([1.0, 2.0])], [np.array([1.0, 10.0])])
    (array([1., 4.]), array([ 2., 40.]))
    """
    given, rebuild = flatten(list(primals))
    ways = matched("jvp", "tangents", list(tangents), "primals", given)
    tensors = any(isinstance(p, Tensor) for p in given)
    nested = bool(mode.get() & TRACE)
    points = [outer(p, nested) for p in given]
    values, slopes, again = pushed(f, rebuild, points, [outer(w, nested, p) for p, w in zip(points, ways)])
    return again([as_given(v, tensors) for v in values]), again([as_given(s, tensors) for s in slopes])


def pushed(
    f: Function, rebuild: Rebuild, points: Sequence[Any], ways: Sequence[Any]
) -> tuple[list[Any], list[Any], Rebuild]:
    """The results of f, a list, and their tangents, where those of its arguments' leaves are `ways`, None for zeros."""
    with Forward() as forward:
        outs, again = flatten(f(*rebuild([forward.enter(p, w) for p, w in zip(points, ways)])))
    values = [forward.lowered(o) for o in outs]
    slopes = [forward.tangent(o) for o in outs]
    slopes = [np.zeros(np.shape(v), np.result_type(v))[()] if s is None else s for v, s in zip(values, slopes)]
    return values, slopes, again


def as_given(value: Any, tensors: bool) -> Any:
    """A result as the caller gave: an array for arrays, unless it depends on something recorded outside."""
    return world(value, tensors or (isinstance(value, Tensor) and value._node is not None) or bool(mode.get() & TRACE))


def outer(value: Any, nested: bool, like: Any = None) -> Any:
    """An argument as the ops see it: a Tensor only where somebody outside watches it."""
    if isinstance(value, Tensor) and (nested or value._node is not None):
        return value
    return as_data(value, None if like is None else like.dtype)
