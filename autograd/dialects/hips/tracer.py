"""`autograd.tracer`: functions with rules of their own, and what tells a traced value from a plain one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from autograd.engine.errors import UnsupportedError
from autograd.engine.sweep import world
from autograd.engine.tensor import Tensor, as_data
from autograd.ops.declare import op
from autograd.program.forward import as_point
from autograd.program.interpreter import Interpreter, each, mapped
from autograd.support.tree import flatten, tree_map
from autograd.transforms import vjp

from .absent import lookup as _lookup

Function = Callable[..., Any]
primitive_vjps: dict[Any, Function] = {}  # of each primitive its rule: (argnums, ans, args, kwargs) to g to cotangents
primitive_jvps: dict[Any, Function] = {}  # (argnums, gs, ans, args, kwargs) to the tangent of the result


def isbox(x: Any) -> bool:
    """Whether a value is traced."""
    return isinstance(x, Tensor)


class _Traced(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isbox(value) if cls is Box else type.__instancecheck__(cls, value)


class Box(metaclass=_Traced):
    """What a traced value is an instance of: a Tensor."""

    @classmethod
    def register(cls, value_type: type) -> None:
        """Say that only arrays are traced here."""
        raise UnsupportedError(
            f"{value_type.__name__} cannot be traced here, as arrays alone are, and lists, tuples and dicts of them; "
            "differentiate by the arrays that it is made of"
        )


def getval(x: Any) -> Any:
    """The array in a traced value; anything else as it is."""
    return x.data if isinstance(x, Tensor) else x


setattr(Tensor, "_value", property(getval))  # noqa: B010  # as dependents write for it


def notrace_primitive(f: Function) -> Function:
    """f, which sees plain arrays and passes no gradient on."""

    @wraps(f)
    def call(*args: Any, **options: Any) -> Any:
        return f(*map(getval, args), **options)

    return call


def holds(value: Any) -> bool:
    """Whether a value is a Tensor, or has one in it: in lists, tuples and dicts, too."""
    if isinstance(value, (list, tuple)):
        return any(map(holds, value))
    return isinstance(value, Tensor) or (isinstance(value, dict) and any(map(holds, value.values())))


def either(theirs: Function, ours: Function) -> Function:
    """A function that is theirs for plain arrays and, where there is a Tensor among its arguments, ours."""

    @wraps(theirs)
    def call(*args: Any, **options: Any) -> Any:
        return (ours if holds(args) or holds(options) else theirs)(*args, **options)

    return call


class Node:
    """What `trace` makes for each call, `(value, fun, args, kwargs, parent_argnums, parents)`: a subclass keeps it."""

    def initialize_root(self, *args: Any, **kwargs: Any) -> None:
        """Set up the node of the argument."""

    @classmethod
    def new_root(cls, *args: Any, **kwargs: Any) -> Node:
        """The node of the argument."""
        root = cls.__new__(cls)
        root.initialize_root(*args, **kwargs)
        return root


class Watching(Interpreter):
    """Makes a node of each call: a Marked is known as (its value, its node)."""

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind

    def call(self, op: Any, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of a call, with its node."""
        with self.below():
            if not (self.holds(args) or self.holds(options.values())):
                return function(*args, **options)
            outside = lambda x: known[0] if (known := self.known(x)) else x
            given, named = mapped(outside, (args, options))
            y = function(*given, **named)
        if composed := self.composed(op, args, options):
            return composed[0]
        inputs = list(args[0] if op.variadic else args)
        places = [i for i, x in enumerate(inputs) if self.known(x)]
        parents = [self.known(inputs[i])[1] for i in places]
        node = self.kind(mapped(getval, y), op.call, mapped(getval, inputs), options, places, parents)
        return self.noted(op, args, options, y, each(lambda part: (part, node), y), (), ())[0]


def trace(start_node: Node, fun: Function, x: Any) -> tuple[Any, Any]:
    """fun(x) and its node: what was called on the way, each a node of the kind that `start_node` is."""
    with Watching(type(start_node)) as watching:
        point = as_point(x)
        end = fun(watching.marked(point, (point, start_node), None))
        return watching.known(end) or (end, None)


class Call(NamedTuple):
    """What a call of a primitive was given beside Tensors, and where they stood."""

    function: Function
    leaves: list[Any]
    rebuild: Function
    options: dict[str, Any]
    places: list[int]  # of the Tensors among the leaves

    def args(self, inputs: Sequence[Any]) -> list[Any]:
        """The positional arguments around these inputs."""
        given = dict(zip(self.places, inputs))
        return self.rebuild([given.get(i, leaf) for i, leaf in enumerate(self.leaves)])

    def __repr__(self) -> str:
        return f"Call({self.function.__name__})"


def primitive(f: Function) -> Function:
    """f as one operation, whose rules `autograd.extend.defvjp` or `defjvp` give: what it does inside is not traced.

    >>> from autograd.extend import defvjp, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
    >>> grad(cube)(2.0)
    np.float64(12.0)
    """

    @wraps(f)
    def call(*args: Any, **options: Any) -> Any:
        leaves, rebuild = flatten([*args]) if any(isinstance(x, (list, tuple, dict)) for x in args) else ([*args], list)
        places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor)]
        if not places:
            return f(*args, **options)
        rest = [None if isinstance(x, Tensor) else x for x in leaves]
        return made([leaves[i] for i in places], Call(call, rest, rebuild, options, places))

    def forward(inputs: Sequence[Any], call: Call) -> Any:
        out = f(*call.args(inputs), **call.options)
        return tuple(map(np.asarray, out)) if isinstance(out, (list, tuple)) else np.asarray(out)[()]

    forward.push = _pushed
    forward.__module__ = getattr(f, "__module__", None) or ""  # an op of theirs: nothing is known of it but its rules
    call.fun = f
    name = getattr(f, "__name__", "primitive")
    made = op(variadic="inputs", joint=_pulled, name=name, complex=True)(forward)
    call.op = made.op
    return call


def _moved(call: Call, args: Sequence[Any], which: Sequence[bool]) -> list[int]:
    """The arguments in which some of the Tensors are wanted, or move."""
    owners = [i for i, arg in enumerate(args) for _ in flatten(arg)[0]]
    return sorted({owners[place] for place, one in zip(call.places, which) if one})


def _pushed(y: Any, tangents: Sequence[Any], inputs: Sequence[Any], call: Call) -> Any:
    """The tangent of the result, by the rule that the primitive was given; NotImplemented if none is for tangents."""
    if call.function not in primitive_jvps:
        return NotImplemented
    args, still = call.args(inputs), call._replace(leaves=list(map(np.zeros_like, call.leaves)))
    ways = still.args([np.zeros_like(x) if t is None else t for x, t in zip(inputs, tangents)])
    argnums = _moved(call, args, [t is not None for t in tangents])
    return primitive_jvps[call.function](argnums, [ways[i] for i in argnums], y, tuple(args), call.options)


def _pulled(g: Any, y: Any, inputs: Sequence[Any], call: Call, needs: tuple[bool, ...]) -> list[Any]:
    """The cotangents of the Tensors among the arguments, from the rules that the primitive was given."""
    prim, args = call.function, call.args(inputs)
    argnums = _moved(call, args, needs)
    if prim in primitive_vjps:
        parts = list(primitive_vjps[prim](tuple(argnums), y, tuple(args), call.options)(g))
    elif prim in primitive_jvps:
        parts = list(_transposed(prim, argnums, y, args, call.options)(g))
    else:
        raise NotImplementedError(
            f"{prim.__name__} has no derivative rule for arguments {argnums}: give it one by "
            f"autograd.extend.defvjp({prim.__name__}, lambda ans, *args: lambda g: ...)"
        )
    found: list[Any] = []
    for i, arg in enumerate(args):
        leaves = flatten(arg)[0]
        found += flatten(parts[argnums.index(i)])[0] if i in argnums else [None] * len(leaves)
    recorded = holds(g)  # then all that rules give is
    return [world(as_array(found[place]), recorded) if need else None for place, need in zip(call.places, needs)]


def as_array(x: Any) -> Any:
    """A value that a rule gave, of which a Python number is float64."""
    return x if isinstance(x, (Tensor, np.ndarray, np.generic)) else as_data(np.asarray(x))


def _transposed(prim: Function, argnums: Sequence[int], y: Any, args: Sequence[Any], options: Any) -> Function:
    """The rule of a primitive that only has `defjvp`: what pushes tangents is linear in them, and so can be pulled."""
    zeros = [tree_map(lambda x: np.zeros_like(getval(x)), args[i]) for i in argnums]
    return vjp(lambda *gs: primitive_jvps[prim](argnums, gs, y, tuple(args), options), *zeros)[1]


def register_notrace(trace_type: Any, primitive_fun: Function) -> None:
    """Nothing: what gives integers or booleans passes no gradient on here."""


__getattr__ = _lookup("autograd.tracer", globals())
