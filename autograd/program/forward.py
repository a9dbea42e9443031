"""Forward mode: a function is run once, and each call pushes the tangents of its arguments on, by the rules there are.

A rule takes a cotangent back: it is the Jacobian transposed. Of an elementwise op the Jacobian is diagonal, its own
transpose, so the rule itself takes a tangent forward. An op that is linear in its input is its own Jacobian; one that
is linear in each of several is a sum. One number's Jacobian is its gradient, and so is that of each slice that is
reduced. What is left transposes its rule, which is linear in the cotangent, by a sweep through this one call.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np

from ..engine.call import NESTED, PLAIN, refuse
from ..engine.errors import DtypeError, GraphError, ShapeError, UnsupportedError, explain
from ..engine.modes import RECORD, STILL, TRACE, WATCH, enable_grad, mode
from ..engine.node import Leaf, births
from ..engine.op import Op, ours
from ..engine.sweep import Walk, backprop, own, seeded, through, tie, world
from ..engine.tensor import Tensor, as_data, make, stores
from ..engine.types import Function
from ..ops.arithmetic import times
from ..ops.reduction import sum as add_up
from ..support.tree import Rebuild, flatten
from .interpreter import Interpreter, Marked, bare, each, mapped, marked, named

# ops whose forward function is no ufunc, and yet each result depends on the elements at its own place alone
ELEMENTWISE = {
    *("where", "clip", "round", "nan_to_num", "sinc", "rsqrt", "polygamma", "masked_scale"),
    *("relu", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid", "softplus", "softsign"),
    *("log_sigmoid", "hardtanh", "hardsigmoid", "hardswish", "gammainc", "gammaincc", "betainc", "_hazard"),
    *("_arcsinh_slope", "_arctan_slope", "_arctan2_slope", "_bell", "_bump", "_hypot_slope", "_to_ends", "_weight"),
}
PAIRED = {"bce", "bce_with_logits", "huber"}  # the same, of inputs of one shape
# where the rules do not say so: the groups of inputs, by position, in which an op is linear while the others stay
LINEAR: dict[str, Sequence[Sequence[int]]] = {
    **dict.fromkeys(("linear", "convolution", "conv_transpose"), ((0, 2), (1,))),
    "setitem": ((0, 1),),
    "rotate_pairs": ((0,), (1, 2)),
    **dict.fromkeys(("concatenate", "stack"), (range(10**9),)),
    **dict.fromkeys(("matmul", "einsum"), ()),  # each alone
}
SLICES = {"max", "min", "prod", "var", "std", "logsumexp", "vector_norm"}
DOUBLE: dict[type, Any] = {float: np.float64, complex: np.complex128}
RAW = {*PLAIN, np.ndarray, np.bool_, np.float16, np.float32, np.float64, np.int64, np.complex64, np.complex128, tuple}


@lru_cache(1000)
def diagonal(op: Op) -> bool:
    """Whether each rule of `op` works element by element."""
    return op.joint is None and (isinstance(op.forward, np.ufunc) or (op.name in ELEMENTWISE | PAIRED and ours(op)))


@lru_cache(1000)
def linear(op: Op) -> bool:
    """Whether `op` is linear in each input while the others stay: no rule asks for its own input, or for y."""
    if op.joint or op.ruleless or not op.rules or op.name == "pad" or not ours(op):
        return False  # a user's rule may say anything, such as g for a step, and the border of what is padded stays
    return not any({"y", name} & set(asks) for name, asks in zip(op.inputs, op.asks))


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
        return self.marked(bare(primal), None if tangent is None else (primal, tangent), None)  # type: ignore[no-any-return]

    def lowered(self, value: Any) -> Any:
        """A value as it is outside: an array, unless somebody looks, or records."""
        known = self.known(value)
        if known is not None:
            return known[0]
        if self.alone and isinstance(value, Tensor) and not (value._node and self.under & RECORD):
            return value.data
        return value

    def tangent(self, value: Any) -> Any:
        """The tangent of a value; None for zeros."""
        known = self.known(value)
        return None if known is None else known[1]

    def left(self, tensor: Marked, how: str, value: Any) -> Any:
        """The value, if it is only looked at. Raises GraphError for an array, which would drop the tangent."""
        written = how in ("float()", "complex()") and stores(sys._getframe(3))  # NumPy, in array[i] = tensor
        if (how == "an ndarray" or written) and not mode.get() & STILL and tensor.dtype.kind in "fc":
            raise GraphError(
                "an ndarray made of a value with a tangent, or that it is written into, would silently drop the "
                "tangent; join Tensors by stack or concatenate, and use .detach() where only the values are wanted"
            )
        return value

    def moving(self, tensor: Tensor) -> bool:
        """Whether it has a tangent."""
        return self.known(tensor) is not None

    def detached(self, tensor: Tensor) -> Tensor:
        """The value, without a tangent."""
        primal = world(self.lowered(tensor), True)
        with self.below():
            return primal.detach()  # type: ignore[no-any-return]

    def rebind(self, tensor: Tensor, result: Tensor) -> Tensor:
        """A Tensor has the tangent that is written to it until the end; a class of its own, as of a state, has none."""
        if tensor.__class__ not in (Tensor, Marked):
            result = self.detached(result)
        elif self.moving(tensor) and not self.moving(result):
            raise GraphError(
                f"a write to a value with a tangent, {tensor.dtype} {tensor.shape}, by .data or under no_grad(), would "
                "drop the tangent without a word; make a new Tensor, such as t = t.detach() + v"
            )
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

    def call(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of the call with its tangent."""
        how = mode.get()
        if self.alone and simple(op) and not how & (STILL | WATCH):
            found = self.lane(op, function, args, options)
            if found is not None:
                return found
        if not (self.holds(args) or self.holds(options.values())):
            with self.below(how):
                return function(*args, **options)
        primals, given = mapped(self.lowered, (args, options))
        here = how & ~RECORD | self.under & RECORD  # a sweep records nothing; its results depend on what is outside
        if how & STILL or not op.differentiable:
            with self.below(how if how & STILL else here):
                return each(lambda y: world(y, True), function(*primals, **given))
        inputs = args[0] if op.variadic else args[: op.count]
        self.admit(op, inputs, args, options)
        tied = bool(how & RECORD) and any(isinstance(x, Tensor) and x._node is not None for x in inputs)
        if (tied or op.name not in LINEAR) and (composed := self.composed(op, args, options)):
            return composed[0]
        tangents = [self.tangent(x) for x in inputs]
        plain = self.alone and raw(primals[0] if op.variadic else primals) and raw(tangents)
        with self.below(here):
            y, pushed = self.push(op, function, primals, given, tangents, plain)
        if plain:
            self.told(op, primals, given, y)
        return self.seen(op, args, options, y, pushed, tied)

    def lane(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """`call`, where all is arrays and numbers of which nothing is recorded; None where it is not."""
        primals: list[Any] = []
        tangents: list[Any] = []
        moving = False
        for x in args:
            kind, tangent = x.__class__, None
            if kind is Marked:
                owner, known = x.__dict__["mark"]
                if owner is not self or x._node is not None or len(primals) >= op.count:
                    return None
                x, tangent = known
                moving = True
            elif kind is Tensor and x._node is None:
                x = x._array
            elif kind is tuple and not PLAIN.issuperset(map(type, x)):
                return None
            primals.append(x)
            tangents.append(tangent)
        if not (moving and raw(primals + tangents) and (not options or PLAIN.issuperset(map(type, options.values())))):
            return None
        token = mode.set(self.under)
        try:
            y, tangent = evaluated(op, function, primals, options, tangents[: op.count], True)
        finally:
            mode.reset(token)
        if tangent is None or isinstance(y, tuple):
            return self.seen(op, args, options, y, tangent, False)
        return marked(y, None, self, (y, tangent))

    def admit(self, op: Op, inputs: Sequence[Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Raise GraphError where a tangent would be lost without a word: there is no rule for what it came in by."""
        given = [*zip(op.parameters[op.count :], args[op.count :]), *options.items()]
        given += [(op.inputs[i], inputs[i]) for i in op.ruleless if i < len(inputs)]
        given += [(op.parameters[0 if op.variadic else i], x) for i, x in enumerate(inputs) if isinstance(x, NESTED)]
        for name, value in given:
            if self.holds((value,)):
                with enable_grad():
                    refuse(op, name)

    def zeros(self, y: Any) -> Any:
        """The tangent of what does not move."""
        return np.zeros(np.shape(y), np.result_type(y))[()]

    def seen(self, op: Op, args: Any, options: Any, y: Any, pushed: Any, tied: bool) -> Any:
        """The results of a call with their tangents, and the node that notes it: then with zeros for those without."""
        many, known = isinstance(y, tuple), []
        for o, t in zip(y, pushed) if many else [(y, pushed)]:
            t = self.zeros(o) if t is None and tied and o.dtype.kind in "fc" else t
            known.append(None if t is None else (self.lowered(o), self.lowered(t)))
        facts = known if many else known[0]
        return self.noted(op, args, options, y, facts, (), ())[0] if tied else self.marked(y, facts, None)


@lru_cache(1000)
def simple(op: Op) -> bool:
    """Whether a call of `op` is one of its forward function, and any input may have a tangent."""
    return op.differentiable and not (op.variadic or op.ruleless or (op.reference and op.name not in LINEAR))


def raw(values: Iterable[Any]) -> bool:
    """Whether these are arrays, numbers and what else is no Tensor."""
    return RAW.issuperset(map(type, values))


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
        return y, (_linear if linear(op) else _given if hasattr(op.forward, "push") else _transposed)(
            op, function, y, args, options, tangents, plain
        )
    dtype = y.dtype
    if dtype.kind not in "fc":
        return y, None
    tangent = way(op)(op, function, y, args, options, tangents, plain)
    if tangent is None or tangent.dtype is dtype:
        return y, tangent
    real = tangent.dtype.kind == "c" and dtype.kind != "c"  # of what is real, a rule says more than how that moves
    return y, (np.real(tangent) if real else tangent).astype(dtype)


@lru_cache(1000)
def way(op: Op) -> Function:
    """How the tangent of an op's one result is found."""
    if hasattr(op.forward, "push"):
        return _given
    if op.name == "sign" and ours(op):  # whose rule, of complex numbers, is another than its transpose
        return _by_gradient
    if diagonal(op) or (op.name == "softmax" and ours(op)):
        return _symmetric
    if linear(op) or (op.name in LINEAR and ours(op)):
        return _linear if op.count == 1 and not op.variadic else _by_terms
    return _written if op.name in WRITTEN and ours(op) else _by_gradient


def _symmetric(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an elementwise op, or another whose rules are their own transposes."""
    plan = op.plan(tuple([t is not None for t in tangents]))
    if not plain:  # then rules want all as Tensors
        y, tangents, *args = mapped(tensor, [y, list(tangents), *args])
    shape, saved, total = y.shape, plan.save(y, *args, **options), None
    for i in plan.positions:
        t = tangents[i]
        part = plan.puller((i,))(t if t.shape == shape else np.broadcast_to(t, shape), saved)[0]
        total = part if total is None else total + part
    return total


def _by_terms(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an op that is linear in each group of its inputs."""
    inputs = list(args[0] if op.variadic else args[: op.count])
    bias = op.inputs.index("bias") if "bias" in op.inputs else None  # which is added
    moving = [i for i, t in enumerate(tangents) if t is not None]
    parts = []
    for group in LINEAR.get(op.name) or [(i,) for i in moving]:
        if hit := [i for i in moving if i in group]:
            given = [np.zeros_like(x) if i in group and i not in hit else x for i, x in enumerate(inputs)]
            given = [tangents[i] if i in hit else None if i == bias else x for i, x in enumerate(given)]
            parts.append(function(*((given, *args[1:]) if op.variadic else (*given, *args[op.count :])), **options))
    return summed(parts)


def _linear(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an op that is linear in its one input."""
    return function(tangents[0], *args[1:], **options)


def _written(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an op whose tangent is written down."""
    return WRITTEN[op.name](y, tangents, **named(op, args, options))


def _log_softmax(y: Any, tangents: Sequence[Any], x: Any, axis: int) -> Any:
    return tangents[0] - add_up(np.exp(y) * tangents[0], axis, True)


def _attention_weights(
    y: Any, tangents: Sequence[Any], q: Any, k: Any, mask: Any, scale: float | None, is_causal: bool
) -> Any:
    """The slope of a softmax, its own transpose, times the tangent of the scores."""
    of_q, of_k, *of_mask = tangents
    factor = 1.0 / max(q.shape[-1], 1) ** 0.5 if scale is None else scale
    pairs = [pair for pair, t in (((of_q, k), of_q), ((q, of_k), of_k)) if t is not None]
    products = [np.matmul(a, np.swapaxes(b, -1, -2)) * factor for a, b in pairs]
    scores = summed(products + [t for t in of_mask if t is not None])
    return y * (scores - add_up(y * scores, -1, True))


WRITTEN: dict[str, Function] = {"log_softmax": _log_softmax, "attention_weights": _attention_weights}


def _by_gradient(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of one number, or one for each slice: the gradient times the tangent, added up. Of any other op, transposed."""
    alone = y.size == 1 and y.dtype.kind != "c"  # a complex one is two numbers
    if not ours(op) or op.reference or not (alone or op.name in SLICES):
        return _transposed(op, function, y, args, options, tangents, plain)[0]
    one = np.ones(y.shape, y.dtype)[()]
    plan = op.plan(tuple([t is not None for t in tangents]))
    if not plain:
        y, one, *args = mapped(tensor, [y, one, *args])
    saved = plan.save(y, *args, **options)
    products = [times(tangents[i], plan.puller((i,))(one, saved)[0]) for i in plan.positions]
    if y.size == 1:
        return np.reshape(summed([add_up(p) for p in products]), y.shape)[()]
    given = named(op, args, options)
    return add_up(products[0], given["axis"], given["keepdims"])


def _given(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> Any:
    """Of an op whose forward function brings a rule for tangents, `push`, which may be NotImplemented."""
    found = op.forward.push(y, tangents, *args, **options)  # type: ignore[attr-defined]
    if found is NotImplemented:
        parts = _transposed(op, function, y, args, options, tangents, plain)
        return parts if isinstance(y, tuple) else parts[0]
    if isinstance(y, tuple):
        return [t if o.dtype.kind in "fc" else None for o, t in zip(y, found)]
    return found if hasattr(found, "dtype") else as_data(np.asarray(found))


def _transposed(op: Op, function: Function, y: Any, args: Any, options: Any, tangents: Any, plain: bool) -> list[Any]:
    """The vjp of the vjp of one call: the rule is linear in its cotangent, whatever that is."""
    refused = callable(op.complex) and op.name[0] != "_"  # who calls a private one sees to it that no phase matters
    if refused and any(o.dtype.kind == "c" for o in (y if isinstance(y, tuple) else (y,))):
        raise UnsupportedError(
            f"{op.name}: the phases of complex vectors are arbitrary, and so is how they change: there is no tangent "
            "to push forward. Use grad, vjp, or jacobian in mode 'reverse', of what phases leave alone; of the values "
            "alone, eigvals, eigvalsh and svdvals have one"
        )
    given = list(args[0] if op.variadic else args)
    moving = [i for i, t in enumerate(tangents) if t is not None]
    outside = any(isinstance(x, Tensor) and x._node is not None for x in (*given, *tangents))
    record = bool(mode.get() & RECORD) and outside

    def again(*inputs: Any) -> Any:
        return op.call(*((list(inputs), *args[1:]) if op.variadic else inputs), **options)

    with enable_grad():
        start = next(births)
        for i in moving:  # of what is recorded outside, what follows is recorded, too
            if not (isinstance(given[i], Tensor) and given[i]._node is not None):
                data = np.asarray(bare(given[i]))[()]
                given[i] = tie(given[i] if isinstance(given[i], Tensor) else data, Leaf(data))
        ones = [np.ones(o.shape, o.dtype)[()] for o in (y if isinstance(y, tuple) else (y,))]
        point = [make(one, Leaf(one) if one.dtype.kind in "fc" else None) for one in ones]
        parts = through(again, point if isinstance(y, tuple) else point[0], given, moving)
        ways = seeded(parts, [world(tangents[i], True) for i in moving])
        ends: list[Any] = [p._node for p in point]
        arrived = backprop(ways, ends, create_graph=record, walk=Walk(ways, start)) if ways else {}
    return [arrived.get(n) for n in ends]


def summed(parts: Iterable[Any]) -> Any:
    """The sum; None of nothing."""
    total: Any = None
    for part in parts:
        total = part if total is None else total + part
    return total


def tensor(value: Any) -> Any:
    """An array as a Tensor."""
    return make(value, None) if isinstance(value, (np.ndarray, np.generic)) else value


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
    start = next(births)
    with forward or Forward() as forward:
        outs, again = flatten(f(*rebuild([forward.enter(p, w) for p, w in zip(points, ways)])))
    values = [forward.lowered(o) for o in outs]
    slopes = [forward.tangent(o) for o in outs]
    forward.release()
    slopes = [forward.zeros(v) if s is None else s for v, s in zip(values, slopes)]
    return [_alone(v, start) for v in values], [_alone(s, start) for s in slopes], again


def _alone(value: Any, start: int) -> Any:
    """A value without its node, if that leads to nothing from before `start`, as one of a derivative in f does."""
    if isinstance(value, Tensor) and value._node is not None and not Walk([value._node], start).foreign:
        return value.tied(None)
    return value


def as_given(value: Any, tensors: bool) -> Any:
    """A result as the caller gave: an array for arrays, unless it depends on something recorded outside."""
    return world(value, tensors or (isinstance(value, Tensor) and value._node is not None) or bool(mode.get() & TRACE))


def points_of(what: str, arguments: Iterable[tuple[int, Any]]) -> list[Any]:
    """The leaves of numbered arguments as the ops see them. Raises DtypeError for one that holds no floats."""
    points = []
    for number, argument in arguments:
        for leaf in flatten(argument)[0]:
            points.append(outer(leaf) if isinstance(leaf, Tensor) else as_argument(leaf))
            require_floats(points[-1], what, number)
    return points


def require_floats(data: Any, what: str, number: int) -> None:
    """Raise DtypeError for an argument to be differentiated by that holds no floats."""
    if data.dtype.kind not in "fc":
        raise DtypeError(f"{what}: argument {number} holds {data.dtype} {data.shape}; give floats to differentiate")


def outer(value: Any, like: Any = None) -> Any:
    """An argument as the ops see it, in the dtype of `like`: a Tensor only where somebody outside watches it."""
    if isinstance(value, Tensor) and (mode.get() & TRACE or value._node is not None):
        return value if like is None or value.dtype == like.dtype else value.astype(like.dtype)
    return as_point(value) if like is None else as_data(value, like.dtype)


def as_point(value: Any) -> Any:
    """A leaf of an argument as an array: Python's own floats are float64 to a transform, as they are in NumPy."""
    return as_data(value, DOUBLE.get(value.__class__))


def as_argument(value: Any) -> Any:
    """`as_point`, of an array of integers as of their floats, which is what np.sqrt takes them for."""
    data = as_point(value)
    return data.astype(np.float64) if isinstance(data, np.ndarray) and data.dtype.kind in "iu" else data
