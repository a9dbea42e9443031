"""Forward mode: a function is run once, and each call pushes the tangents of its arguments on, by the rules there are.

A rule takes a cotangent back: it is the Jacobian transposed. Of an elementwise op the Jacobian is diagonal, its own
transpose, so the rule itself takes a tangent forward. An op that is linear in its input is its own Jacobian; one that
is linear in each of several is a sum. One number's Jacobian is its gradient, and so is that of each slice that is
reduced. What is left transposes its rule, which is linear in the cotangent, by a sweep through this one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Self

import numpy as np

from ..engine.call import PLAIN, positional, refuse, tell
from ..engine.errors import DtypeError, ShapeError, explain
from ..engine.modes import RECORD, STILL, TRACE, WATCH, enable_grad, interpreter, mode
from ..engine.node import Leaf, Node, Output, births
from ..engine.op import Op, ours
from ..engine.sweep import Walk, backprop, own, world
from ..engine.tensor import Tensor, as_data, make
from ..engine.types import Function
from ..ops.arithmetic import times
from ..ops.reduction import sum as add_up
from ..support.tree import Rebuild, flatten
from .interpreter import Interpreter, Marked, bare, mapped, marked, noted, untied

# elementwise ops whose forward function is no ufunc: each result depends on the elements at its own place alone
ELEMENTWISE = {
    *("where", "clip", "round", "nan_to_num", "sinc", "rsqrt", "polygamma", "masked_scale"),
    *("relu", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid", "softplus", "softsign"),
    *("log_sigmoid", "hardtanh", "hardsigmoid", "hardswish"),
}
# the same, and others whose Jacobian is its own transpose
SYMMETRIC = {
    *ELEMENTWISE,
    *("_arcsinh_slope", "_arctan_slope", "_arctan2_slope", "_bell", "_bump", "_hypot_slope", "_to_ends", "_weight"),
    *("bce", "bce_with_logits", "huber", "softmax"),
}
# the groups of inputs, by position, in which an op is linear while the others stay; None where it joins a sequence
LINEAR: dict[str, tuple[tuple[int, ...], ...] | None] = {
    **dict.fromkeys(("matmul", "_correlate", "_spread", "_gather", "cross", "convolve"), ((0,), (1,))),
    **dict.fromkeys(("linear", "convolution", "conv_transpose"), ((0,), (1,))),
    "setitem": ((0, 1),),
    "rotate_pairs": ((0,), (1, 2)),
    **dict.fromkeys(("concatenate", "stack", "einsum")),
}
BIASED = {"linear", "convolution", "conv_transpose"}  # to which a third input is added
SHIFTED = {"pad"}  # what is put around x is no multiple of it
SLICES = {"max", "min", "prod", "var", "std", "logsumexp", "vector_norm"}
NESTED = (tuple, list)
RAW = {*PLAIN, np.ndarray, np.bool_, np.float16, np.float32, np.float64, np.int64, tuple}


@lru_cache(1000)
def diagonal(op: Op) -> bool:
    """Whether each rule of `op` works element by element."""
    return op.joint is None and (isinstance(op.forward, np.ufunc) or (op.name in ELEMENTWISE and ours(op)))


@lru_cache(1000)
def symmetric(op: Op) -> bool:
    """Whether each rule of `op` is its own transpose."""
    return op.joint is None and (isinstance(op.forward, np.ufunc) or (op.name in SYMMETRIC and ours(op)))


@lru_cache(1000)
def linear(op: Op) -> bool:
    """Whether `op` is linear in its one input, as its rule shows: it asks for no value, and nothing is added."""
    if op.joint or op.variadic or op.count != 1 or not ours(op):  # a user's rule may say anything, such as g for a step
        return False
    return op.name not in SHIFTED and not {"y", op.inputs[0]} & set(op.asks[0])


class Forward(Interpreter):
    """Pushes tangents along each call: a Marked is what has one, known as (the value as it is outside, its tangent)."""

    def __enter__(self) -> Self:
        super().__enter__()
        mode.set(mode.get() & ~STILL)
        self.alone = not self.under & TRACE  # whether nobody outside looks
        self.written: list[Tensor] = []  # what is a Marked only since it was written to
        return self

    def push(self, *call: Any) -> tuple[Any, Any]:
        """The results of a call, and their tangents; None stands for zeros."""
        return evaluated(*call)

    def enter(self, primal: Any, tangent: Any) -> Tensor:
        """An argument with its tangent, None for zeros."""
        if tangent is None:
            return world(primal, True)  # type: ignore[no-any-return]
        return marked(world(primal, False), None, self, (primal, tangent))

    def lowered(self, value: Any) -> Any:
        """A value as it is outside: an array, unless somebody looks, or records."""
        if value.__class__ is Marked and value.__dict__["mark"][0] is self:
            return value.__dict__["mark"][1][0]
        if value.__class__ in NESTED or value.__class__ is dict:
            return mapped(self.lowered, value)
        if self.alone and isinstance(value, Tensor) and not (value._node and self.under & RECORD):
            return value._data
        return value

    def tangent(self, value: Any) -> Any:
        """The tangent of a value; None for zeros."""
        known = self.known(value)
        return None if known is None else known[1]

    def holds(self, values: Iterable[Any]) -> bool:
        """Whether a value that has a tangent is, or hides, among these."""
        for x in values:
            if x.__class__ is Marked:
                if x.__dict__["mark"][0] is self:
                    return True
            elif x.__class__ in NESTED and self.holds(x):
                return True
        return False

    def moving(self, tensor: Tensor) -> bool:
        """Whether it has a tangent."""
        return self.tangent(tensor) is not None

    def detached(self, tensor: Tensor) -> Tensor:
        """The value, without a tangent."""
        primal = self.lowered(tensor)
        with self.below():
            return primal.detach() if isinstance(primal, Tensor) else make(primal, None)

    def rebind(self, tensor: Tensor, result: Tensor) -> Tensor:
        """A Tensor has the tangent that is written to it until the end; a class of its own, as of a state, has none."""
        if tensor.__class__ not in (Tensor, Marked):
            result = self.detached(result)
        elif tensor.__class__ is Tensor and result.__class__ is Marked:
            self.written.append(tensor)
        return super().rebind(tensor, result)

    def release(self) -> None:
        """Make what was written to what it is outside."""
        for tensor in self.written:
            primal = self.lowered(tensor)
            tensor.__class__ = Tensor
            del tensor.__dict__["mark"]
            tensor.rebind(world(primal, True))

    def beneath(self, how: int, function: Function, *args: Any, **options: Any) -> Any:
        """What the function gives as it is outside, recorded as `how` says."""
        token = mode.set(self.under & ~RECORD | how & (RECORD | STILL | WATCH))
        shown = None if self.alone else interpreter.set(self._outer)
        try:
            return function(*args, **options)
        finally:
            mode.reset(token)
            if shown is not None:
                interpreter.reset(shown)

    def call(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of the call with its tangent."""
        how = mode.get()
        if options:
            args = positional(op, args, options)
        elif self.alone and simple(op) and not how & (STILL | WATCH):
            found = self.lane(op, args)
            if found is not None:
                return found
        if not self.holds(args) and not (options and self.holds(options.values())):
            return self.beneath(how, function, *args, **options)
        inputs = args[0] if op.variadic else args[: op.count]
        primals = [self.lowered(x) for x in args]
        named = {name: self.lowered(x) for name, x in options.items()}
        here = (
            how & ~RECORD | self.under & RECORD
        )  # a sweep records nothing, and yet its results depend on what is outside
        if how & STILL or not op.differentiable:
            return tensors(self.beneath(how if how & STILL else here, function, *primals, **named))
        self.admit(op, inputs, args, options)
        tied = bool(how & RECORD) and any(isinstance(x, Tensor) and x._node is not None for x in inputs)
        if op.reference is not None and (tied or op.name not in LINEAR):
            composed = self.composed(op, args, options)
            if composed:
                return composed[0]
        tangents = [self.tangent(x) for x in inputs]
        plain = self.alone and raw(primals[0] if op.variadic else primals) and raw(tangents)
        y, pushed = self.beneath(here, self.push, op, function, primals, named, tangents, plain)
        if plain and how & WATCH:
            rest = [named.get(name, op.defaults.get(name)) for name in op.parameters[len(args) :]]
            tell(op, [*primals, *rest], y, None)
        if not tied:
            return self.seen(y, pushed)
        seen = self.seen(y, pushed, zeros=True)
        told = (seen, (), mapped(untied, args), mapped(untied, options))
        node = noted(op, args, options, each(bare, seen), (), told)
        if not isinstance(seen, tuple):
            return seen.tied(node)
        numbers = count()
        return each(lambda s: self.output(s, node, next(numbers)), seen)

    def lane(self, op: Op, args: tuple[Any, ...]) -> Any:
        """`call`, where all is arrays and numbers of which nothing is recorded; None where it is not."""
        primals: list[Any] = []
        tangents: list[Any] = []
        moving = False
        for x in args:
            kind = x.__class__
            if kind is Marked:
                owner, known = x.__dict__["mark"]
                if owner is not self or x._node is not None or len(primals) >= op.count:
                    return None
                primals.append(known[0])
                tangents.append(known[1])
                moving = True
            elif kind in RAW and (kind is not tuple or PLAIN.issuperset(map(type, x))):
                primals.append(x)
                tangents.append(None)
            elif kind is Tensor and x._node is None:
                primals.append(x._data)
                tangents.append(None)
            else:
                return None
        if not (moving and raw(primals) and raw(tangents)):
            return None
        token = mode.set(self.under)
        try:
            y, tangent = evaluated(op, op.forward, primals, {}, tangents[: op.count], True)
        finally:
            mode.reset(token)
        return self.seen(y, tangent)

    def admit(self, op: Op, inputs: Sequence[Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Raise GraphError where a tangent would be lost without a word: there is no rule for what it came in by."""
        given = [*zip(op.parameters[op.count :], args[op.count :]), *options.items()]
        given += [(op.inputs[i], inputs[i]) for i in op.ruleless if i < len(inputs)]
        for name, value in given:
            if value.__class__ not in PLAIN and self.holds((value,)):
                with enable_grad():
                    refuse(op, name)

    def output(self, value: Any, node: Node | None, number: int) -> Any:
        """One of several results, in its place in the graph."""
        return value.tied(Output(node, number, value._data)) if node and value.__class__ is Marked else value

    def zeros(self, y: Any) -> Any:
        """The tangent of what does not move."""
        return np.zeros(np.shape(y), np.result_type(y))[()]

    def seen(self, y: Any, tangent: Any, zeros: bool = False) -> Any:
        """A result with its tangent; without one a constant, unless there shall be zeros then."""
        if isinstance(y, tuple):
            rest = iter(tangent)
            return each(lambda o: self.seen(o, next(rest), zeros), y)
        if tangent is None:
            if not zeros or y.dtype.kind != "f":
                return world(y, True)
            tangent = self.zeros(y)
        return marked(bare(y), None, self, (self.lowered(y), self.lowered(tangent)))


@lru_cache(1000)
def simple(op: Op) -> bool:
    """Whether a call of `op` is one of its forward function, and any input may have a tangent."""
    return op.differentiable and not (op.variadic or op.kept or op.fits or op.ruleless)


def raw(values: Sequence[Any]) -> bool:
    """Whether these are arrays, numbers and what else is no Tensor and hides none."""
    return RAW.issuperset(map(type, values))


def each(f: Function, y: Any) -> Any:
    """f of a result, or of each of several in the kind of tuple that they are in."""
    if not isinstance(y, tuple):
        return f(y)
    return type(y)(*map(f, y)) if hasattr(y, "_fields") else tuple(map(f, y))


def tensors(y: Any) -> Any:
    """Results as Tensors."""
    return each(lambda o: world(o, True), y)


# -- from the tangents of the inputs to those of the results -------------------------------------------


def evaluated(
    op: Op, function: Function, args: Sequence[Any], options: dict[str, Any], tangents: Sequence[Any], plain: bool
) -> tuple[Any, Any]:
    """The results of a call, and their tangents; None stands for zeros."""
    if plain and not (op.kept or op.fits):
        function = op.forward
    try:
        y = function(*args, **options)
    except Exception as error:
        raise (explain(error, op, args, options) if function is op.forward else error) from None
    if isinstance(y, tuple):
        rest = tangents[0], *args[1:]
        return y, function(*rest, **options) if linear(op) else _transposed(op, args, options, tangents)
    dtype = y.dtype
    if dtype.kind != "f":
        return y, None
    tangent = way(op)(op, function, y, args, options, tangents, plain)
    return y, tangent if tangent is None or tangent.dtype is dtype else tangent.astype(dtype)


@lru_cache(1000)
def way(op: Op) -> Function:
    """How the tangent of an op's one result is found."""
    if symmetric(op):
        return _symmetric
    if op.name in LINEAR and ours(op):
        return _by_terms
    if linear(op):
        return _linear
    if op.name in WRITTEN and ours(op):
        return _written
    return _by_gradient if op.name in SLICES and ours(op) else _other


def _parts(op: Op, y: Any, args: Any, options: Any, tangents: Sequence[Any], plain: bool, ways: Any) -> list[Any]:
    """What each moving input's rule makes of its entry in `ways`."""
    plan = op.plan(tuple([t is not None for t in tangents]))
    if not plain:  # then rules want all as Tensors
        y, ways, *args = mapped(tensor, [y, list(ways), *args])
    saved = plan.save(y, *args, **options)
    return [plan.puller((i,))(ways[i], saved)[0] for i in plan.positions]


def _symmetric(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an elementwise op, or another whose rules are their own transposes."""
    shape = y.shape
    ways = [t if t is None or t.shape == shape else np.broadcast_to(t, shape) for t in tangents]
    return summed(_parts(op, y, args, options, tangents, plain, ways))


def _linear(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an op that is linear in its one input."""
    return function(tangents[0], *args[1:], **options)


def _by_terms(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an op that is linear in each group of its inputs."""
    inputs = list(args[0]) if op.variadic else list(args[: op.count])
    places = range(len(inputs))
    groups = LINEAR[op.name] or ((tuple(places),) if op.name != "einsum" else tuple((i,) for i in places))
    biased = op.name in BIASED and len(inputs) == 3
    shift = tangents[2] if biased else None
    if biased and tangents[0] is None and tangents[1] is None:
        tangents = [np.zeros_like(inputs[0]), None, shift]
    parts = []
    for group in groups:
        if any(tangents[i] is not None for i in group):
            given = [tangents[i] if i in group else x for i, x in enumerate(inputs)]
            given = [np.zeros_like(x) if t is None and x is not None else t for t, x in zip(given, inputs)]
            if biased:
                given[2], shift = shift, None
            parts.append(function(*((given, *args[1:]) if op.variadic else (*given, *args[op.count :])), **options))
    return summed(parts)


def _by_gradient(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of one number, or of one for each slice: the gradient times the tangent, added up."""
    one = np.ones(y.shape, y.dtype)[()]
    slopes = _parts(op, y, args, options, tangents, plain, [one] * len(tangents))
    products = [times(t, slope) for t, slope in zip([t for t in tangents if t is not None], slopes)]
    if y.size == 1:
        return np.reshape(summed([add_up(p) for p in products]), y.shape)[()]
    named = {**op.defaults, **dict(zip(op.parameters, args)), **options}
    return add_up(products[0], named["axis"], named["keepdims"])


def _written(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an op whose tangent is written down."""
    return WRITTEN[op.name](y, tangents, **{**op.defaults, **dict(zip(op.parameters, args)), **options})


def _log_softmax(y: Any, tangents: Sequence[Any], x: Any, axis: int) -> Any:
    return tangents[0] - add_up(np.exp(y) * tangents[0], axis, True)


def _attention_weights(
    y: Any, tangents: Sequence[Any], q: Any, k: Any, mask: Any, scale: float | None, is_causal: bool
) -> Any:
    """The slope of a softmax, its own transpose, times the tangent of the scores."""
    of_q, of_k, *of_mask = tangents
    factor = 1.0 / max(q.shape[-1], 1) ** 0.5 if scale is None else scale
    parts = [of_q is not None and (of_q, k), of_k is not None and (q, of_k)]
    products = [np.matmul(pair[0], np.swapaxes(pair[1], -1, -2)) * factor for pair in parts if pair]
    scores = summed(products + [t for t in of_mask if t is not None])
    return y * (scores - add_up(y * scores, -1, True))


WRITTEN: dict[str, Function] = {"log_softmax": _log_softmax, "attention_weights": _attention_weights}


def _other(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of any other op."""
    if y.size == 1 and op.reference is None and ours(op):
        return _by_gradient(op, function, y, args, options, tangents, plain)
    return _transposed(op, args, options, tangents)[0]


def summed(parts: Iterable[Any]) -> Any:
    """The sum; None of nothing."""
    total: Any = None
    for part in parts:
        total = part if total is None else total + part
    return total


def tensor(value: Any) -> Any:
    """An array as a Tensor."""
    return make(value, None) if isinstance(value, (np.ndarray, np.generic)) else value


def _transposed(op: Op, args: Sequence[Any], options: dict[str, Any], tangents: Sequence[Any]) -> list[Any]:
    """The vjp of the vjp of one call: the rule is linear in its cotangent, whatever that is."""
    given = list(args[0]) if op.variadic else list(args)
    moving = [i for i, t in enumerate(tangents) if t is not None]
    outside = any(isinstance(x, Tensor) and x._node is not None for x in (*given, *tangents))
    record = bool(mode.get() & RECORD) and outside
    with enable_grad():
        start = next(births)
        leaves = {i: _entered(given[i]) for i in moving}
        inputs = [leaves.get(i, x) for i, x in enumerate(given)]
        out = op.call(*((inputs, *args[1:]) if op.variadic else inputs), **options)
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
    points = points_of("jvp", enumerate(primals))
    directions = [outer(w, p) for p, w in zip(points, ways)]
    values, slopes, again = pushed(f, rebuild, points, directions)
    seen = {id(bare(x)) for x in (*points, *directions)}  # nothing of the caller's comes back, and nothing twice
    return again([as_given(v, tensors) for v in values]), again([as_given(own(s, seen), tensors) for s in slopes])


def pushed(
    f: Function, rebuild: Rebuild, points: Sequence[Any], ways: Sequence[Any], forward: Forward | None = None
) -> tuple[list[Any], list[Any], Rebuild]:
    """The results of f, a list, and their tangents, where those of its arguments' leaves are `ways`, None for zeros."""
    with forward or Forward() as forward:
        outs, again = flatten(f(*rebuild([forward.enter(p, w) for p, w in zip(points, ways)])))
    values = [forward.lowered(o) for o in outs]
    slopes = [forward.tangent(o) for o in outs]
    forward.release()
    slopes = [forward.zeros(v) if s is None else s for v, s in zip(values, slopes)]
    return values, slopes, again


def as_given(value: Any, tensors: bool) -> Any:
    """A result as the caller gave: an array for arrays, unless it depends on something recorded outside."""
    return world(value, tensors or (isinstance(value, Tensor) and value._node is not None) or bool(mode.get() & TRACE))


def points_of(what: str, arguments: Iterable[tuple[int, Any]]) -> list[Any]:
    """The leaves of numbered arguments as the ops see them. Raises DtypeError for one that holds no floats."""
    points = []
    for number, argument in arguments:
        for leaf in flatten(argument)[0]:
            points.append(outer(leaf))
            require_floats(points[-1], what, number)
    return points


def require_floats(data: Any, what: str, number: int) -> None:
    """Raise DtypeError for an argument to be differentiated by that holds no floats."""
    if data.dtype.kind != "f":
        raise DtypeError(f"{what}: argument {number} holds {data.dtype} {data.shape}; give floats to differentiate")


def outer(value: Any, like: Any = None) -> Any:
    """An argument as the ops see it, in the dtype of `like`: a Tensor only where somebody outside watches it."""
    if isinstance(value, Tensor) and (mode.get() & TRACE or value._node is not None):
        return value if like is None or value.dtype == like.dtype else value.astype(like.dtype)
    return as_data(value, None if like is None else like.dtype)
