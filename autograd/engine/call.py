"""What happens when an op is called: unwrap, compute, record, wrap.

Ops are polymorphic: plain arrays in, a plain array out, nothing recorded. `general` is the one path that every call can
take; `unary` and `binary` are its fast lanes for one and two Tensors or numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from . import modes
from .errors import AutogradError, GraphError, ShapeError, explain
from .modes import EXACT, RECORD, TRACE, WATCH, default, default_dtype, interpreter, mode, observers
from .node import Leaf, Many, Node, Output
from .tensor import Tensor, as_data, make, require_numbers, require_unmasked
from .types import Function

if TYPE_CHECKING:
    from .op import Op

new = object.__new__  # a Tensor made by hand, here and below, costs half of a call to `make`
NESTED = (tuple, list)  # where Tensors may hide among parameters, as in an index
REALS = (float, int, bool)
NUMBERS = (*REALS, complex)
BOOL = np.dtype(bool)
SHOWN = WATCH | TRACE | EXACT  # what the fast lanes leave to `general`
PLAIN = {*NUMBERS, str, type(None), type(...), type, slice}  # what no Tensor hides in, and nobody can change


def unary(op: Op, forward: Function) -> Function:
    """The function that calls an op of one input: a lane where that is all it is given."""
    slow = general(op, forward)
    recorded = op.differentiable
    # several results, or others than floats, may come out
    mixed = not isinstance(op.forward, np.ufunc) or not op.complex
    plan = op.plan((True,))
    save = plan.save

    @wraps(forward)
    def call(*args: Any, **options: Any) -> Any:
        on = mode.get()
        if on & SHOWN or options or len(args) != 1 or args[0].__class__ is not Tensor:
            return slow(*args, **options)
        data = args[0]._array
        node = args[0]._node
        try:
            out = forward(data)
        except Exception as error:
            raise explain(error, op, args) from None
        if mixed and not (isinstance(out, (np.ndarray, np.generic)) and out.dtype.kind == "f"):
            if not op.complex:
                require_real(op, args)
            return finish(op, args, [node], (data,), {}, out)
        if node is not None:
            parents = (node,)
            if on & RECORD and recorded:
                node = Node(plan, parents, parents, save(out, data), out)
            else:
                out, node = unshared(op, parents, out), None
        result = new(Tensor)
        result._array = out
        result._node = node
        return result

    return call


def binary(op: Op, forward: Function) -> Function:
    """The function that calls an op of two arrays."""
    slow = general(op, op.forward)  # NumPy's: of 1j and a NumPy float Python's operators make Python's complex
    recorded, real = op.differentiable, not op.complex
    if recorded and op.ruleless:  # which is to be refused where it carries a gradient
        return slow
    both, first, second = op.plan((True, True)), op.plan((True, False)), op.plan((False, True))
    save = both.save

    def call(a: Any, b: Any) -> Any:
        node: Any = None
        p: Any = None
        q: Any = None
        x: Any
        z: Any
        on = mode.get()
        if on & SHOWN:
            return slow(a, b)
        if a.__class__ is Tensor:
            x = a._array
            p = a._node
        elif a.__class__ in REALS and b.__class__ is Tensor:
            x = a
        else:
            return slow(a, b)
        if b.__class__ is Tensor:
            z = b._array
            q = b._node
        elif b.__class__ in NUMBERS:
            z = b
        else:
            return slow(a, b)
        try:
            if real:
                require_real(op, (x, z))
            out = forward(x, z)
        except Exception as error:
            raise explain(error, op, (x, z)) from None
        if on & RECORD and recorded and (p or q):
            if p and q:
                parents = (p, q)
                node = Node(both, parents, parents, save(out, x, z), out)
            else:
                plan = first if p else second
                node = Node(plan, (p or constant(a), q or constant(b)), (p or q,), plan.save(out, x, z), out)
        result = new(Tensor)
        result._array = out
        result._node = node
        return result

    return call


def general(op: Op, forward: Function) -> Function:
    """The function that calls an op of any signature, inputs first and parameters after."""
    fused, real = bool(op.kept), not op.complex
    problem_of = op.fits.problem if op.fits else None
    known = set(op.parameters)

    @wraps(forward)
    def call(*args: Any, **options: Any) -> Any:
        if options and op.spelled and not known.issuperset(options):
            return op.spelled(args, options)
        if op.variadic and args and args[0].__class__ not in NESTED and isinstance(args[0], Sequence):
            args = (list(args[0]), *args[1:])  # a deque, or of a class of the caller's
        if mode.get() & TRACE:
            if options:
                args = positional(op, args, options)
            admit(op, args, options)
            return interpreter.get().call(op, call, listed(op, args), options)
        kept: Sequence[Any] = ()
        if options:
            args, options = settle(op, args, options)
        if problem_of is not None and (problem := problem_of(args, options)):
            raise explain(ShapeError(problem), op, args)
        try:
            values, nodes = unwrap(op, args)
            if real:
                require_real(op, values)
            if mode.get() & EXACT:
                return exactly(op, args, nodes, values, options)
            out = forward(*values, **options)
        except Exception as error:
            raise explain(error, op, args, options) from None
        if fused:
            out, *kept = out
        return out if nodes is None else finish(op, args, nodes, values, options, out, kept)

    return call


def exactly(op: Op, args: Any, nodes: list[Node | None] | None, values: Any, options: dict[str, Any]) -> Any:
    """A call where `reproducible` is on: on arrays that answer for their bits, a fused op as the small ones it is."""
    if op.reference and not op.exact:
        named = {**op.defaults, **dict(zip(op.parameters, (*args[: op.count], *values[op.count :]))), **options}
        if set(op.handed) & set(op.kept):
            named.update(zip(op.kept, op.forward(*values, **options)[1:]))
        return op.reference(*[named[name] for name in op.handed])
    kept: Sequence[Any] = ()
    lift, lower = modes.exact
    given = [*map(lift, values[: op.count]), *values[op.count :]]
    out = op.forward(*given, **options)
    if op.kept:
        out, *kept = out
    modes.require_determined(out)
    if nodes is None:  # a rule, which is to go on with the same kind, or the user
        inputs = args[0] if op.variadic else args[: op.count]
        return out if any(isinstance(x, modes.Exact) for x in inputs) else lower(out)
    return finish(op, args, nodes, given, options, lower(out), kept)


def finish(
    op: Op,
    args: Any,
    nodes: list[Node | None],
    values: Any,
    options: dict[str, Any],
    out: Any,
    kept: Sequence[Any] = (),
) -> Any:
    """Record a call whose result was computed, tell the observers, and wrap the result."""
    if not isinstance(out, (np.ndarray, np.generic, tuple)):
        out = as_data(out)
    on = mode.get()
    node = None
    if any(nodes):
        if on & RECORD and op.differentiable:
            node = record(op, args, nodes, values, options, out, kept)
        else:
            out = unshared(op, nodes, out)
    if on & WATCH:
        given = op.parameters[len(values) :] if options else ()
        tell(op, [*values, *(options.get(name, op.defaults.get(name)) for name in given)], out, node)
    return wrap(out, node)


def unshared(op: Op, nodes: Sequence[Node | None], out: Any) -> Any:
    """The result as a value of its own: a view of a leaf would follow the optimizer."""
    if not (op.view and any(isinstance(n, Leaf) for n in nodes)):
        return out
    return tuple(map(np.copy, out)) if isinstance(out, tuple) else out.copy()


def wrap(out: Any, node: Node | None) -> Any:
    """The result as a Tensor, or as several; those of integers carry no gradient."""
    if isinstance(out, tuple):
        nodes = [Output(node, i, o) if node and o.dtype.kind in "fc" else None for i, o in enumerate(out)]
        parts = map(make, out, nodes)
        return type(out)(*parts) if hasattr(out, "_fields") else tuple(parts)
    result = new(Tensor)
    result._array = out
    result._node = node
    return result


def settle(op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs given by keyword become positional, and parameters given as Tensors become arrays."""
    args = positional(op, args, options)
    admit(op, (), options)
    keep = settled if mode.get() & RECORD else lambda given, data: data
    return args, {name: keep(value, bare(value)) for name, value in options.items()}


def positional(op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
    """All inputs: `args`, and those taken out of `options`, to which they were given by keyword."""
    last = max((i for i, name in enumerate(op.parameters[: op.count]) if name in options), default=-1)
    for name in op.parameters[len(args) : last + 1]:
        if name in options:
            args = (*args, options.pop(name))
        elif name in op.defaults:
            args = (*args, op.defaults[name])
        else:
            break
    return args


def unwrap(op: Op, args: tuple[Any, ...]) -> tuple[Sequence[Any], list[Node | None] | None]:
    """The arrays in `args`, and the node of each input, if it has one; None where there is no Tensor among them."""
    values: list[Any] = []
    nodes: list[Node | None] = []
    tensors, theirs = False, -1
    for a in args:
        if a.__class__ is Tensor or isinstance(a, Tensor):
            tensors = True
            values.append(a._array if a.__class__ is Tensor else a.data)  # which one that must not leave refuses
            nodes.append(a._node)
        elif a.__class__ is np.ndarray and theirs < 0 and len(values) < op.count and a.dtype.kind in "fiubc":
            theirs = len(values)
            values.append(a)
            nodes.append(None)
        elif a.__class__ in PLAIN or (
            a.__class__ is tuple and len(values) >= op.count and PLAIN.issuperset(map(type, a))
        ):
            values.append(a)
            nodes.append(None)
        else:
            return unwrap_any(op, args)
    if op.variadic or any(nodes[op.count :]):
        return unwrap_any(op, args)
    if theirs >= 0 and any(nodes) and mode.get() & RECORD:  # a rule keeps what it needs, as it is now
        values[theirs] = values[theirs].copy()
    return values, nodes[: op.count] if tensors else None


def unwrap_any(op: Op, args: tuple[Any, ...]) -> tuple[Sequence[Any], list[Node | None] | None]:
    """`unwrap`, where Tensors may hide in tuples and lists, or there are arrays, which their owner may change later."""
    values = [bare(a) for a in args]
    if all(v is a for v, a in zip(values, args)):
        return args, None
    admit(op, args, {})
    inputs = args[0] if op.variadic else args[: op.count]
    nodes = [a._node if isinstance(a, Tensor) else None for a in inputs]
    try:
        given = list(map(operand, joined(values[0] if op.variadic else values[: op.count])))
        values[: op.count] = [given] if op.variadic else given
    except AutogradError as error:
        raise type(error)(f"{op.name}: {error}") from None
    if any(nodes) and mode.get() & RECORD:  # a rule keeps what it needs, as it is now
        values = list(map(settled, args, values))
    return values, nodes


def listed(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with an array for each input that is a list of numbers, for who looks at the inputs of a call."""
    inputs: Sequence[Any] = args[: op.count]
    if op.variadic:
        inputs = args[0] if args and args[0].__class__ in NESTED else ()
    for v in inputs:
        require_unmasked(v)
    lists = [v for v in inputs if v.__class__ in NESTED]
    if not lists or any(isinstance(part, Tensor) for v in lists for part in v):
        return args
    return (joined(inputs), *args[1:]) if op.variadic else (*joined(inputs), *args[op.count :])


def joined(inputs: Sequence[Any]) -> list[Any]:
    """The inputs with an array for each list: beside float64, one of Python's floats is not to be rounded."""
    if not any(v.__class__ in NESTED for v in inputs):
        return list(inputs)
    double = any(getattr(v, "dtype", None) == np.float64 for v in inputs)
    with default_dtype(np.float64 if double else default.get()):
        return [as_data(v) if v.__class__ in NESTED else v for v in inputs]


def operand(value: Any) -> Any:
    """An input as an array, if it may be one: a mask would be lost without a word."""
    if value is None or isinstance(value, NUMBERS):
        return value
    if not isinstance(value, (np.ndarray, np.generic)):
        return as_data(value)
    require_numbers(value.dtype)
    require_unmasked(value)
    return np.asarray(value) if isinstance(value, np.ndarray) else value


def require_real(op: Op, values: Sequence[Any]) -> None:
    """Raise DtypeError where one of the values is complex."""
    for value in values:
        dtype = getattr(value, "dtype", None)
        if value.__class__ is complex or (isinstance(dtype, np.dtype) and dtype.kind == "c"):
            raise explain(TypeError(), op, values)


def carries(value: Any) -> bool:
    """Whether a parameter is, or has in it, a Tensor that carries a gradient."""
    if isinstance(value, Tensor):
        return value._node is not None
    return isinstance(value, NESTED) and any(map(carries, value))


def admit(op: Op, args: Sequence[Any], options: dict[str, Any]) -> None:
    """Raise GraphError where a gradient would be lost: of a parameter, or of a Tensor in a list that is an input."""
    for i, a in enumerate(args):
        parts = [v for v in (a if op.variadic else (a,)) if isinstance(v, NESTED)] if i < op.count else (a,)
        if any(map(carries, parts)):
            refuse(op, op.parameters[i])
    for name, value in options.items():
        if carries(value):
            refuse(op, name)


def refuse(op: Op, name: str) -> None:
    """Raise GraphError, while recording: a gradient would be lost here without a word."""
    if op.differentiable and mode.get() & RECORD:
        raise GraphError(
            f"{op.name}: {name!r} carries a gradient, but has no derivative rule there; pass {name}.detach(), "
            "join a list with stack, or write it in other operations"
        )


def bare(value: Any) -> Any:
    """A parameter as the forward function wants it: Tensors, also inside tuples and lists, become arrays."""
    if isinstance(value, Tensor):
        return value.data
    if value.__class__ in NESTED and any(isinstance(v, Tensor) for v in value):
        return type(value)(map(bare, value))
    return value


def record(
    op: Op, args: Any, nodes: list[Node | None], values: Any, options: dict[str, Any], out: Any, kept: Sequence[Any]
) -> Node | None:
    """The node of one call, or None where the output is not made of floats."""
    many = isinstance(out, tuple)
    dtype = (out[0] if many else out).dtype
    if dtype.kind not in "fc":
        require_numbers(dtype, f"the result of {op.name}")
        return None
    for i in op.ruleless:
        if nodes[i] is not None:
            refuse(op, op.inputs[i])
    inputs = args[0] if op.variadic else args
    if op.joint and not op.variadic:  # which speaks of all inputs, those left out too
        missing = op.inputs[len(nodes) :]
        nodes, inputs = [*nodes, *[None] * len(missing)], [*args, *[op.defaults[name] for name in missing]]
    plan = op.plan(tuple([n is not None for n in nodes]))
    parents = tuple([n for n in nodes if n is not None])
    sources = parents
    if len(parents) < len(nodes):
        sources = tuple([constant(x) if n is None else n for x, n in zip(inputs, nodes)])
    node = (Many if many else Node)(plan, sources, parents, plan.save(out, *kept, *values, **options), out)
    if mode.get() & EXACT:
        node.saved = modes.exact[0](node.saved)
    if len(values) > op.count or options:
        node.__dict__["call"] = (values[op.count :], options)
    return node


def settled(given: Any, data: Any) -> Any:
    """What a rule may keep of an argument: copies of the caller's own arrays, who may change them before backward."""
    if data.__class__ in NESTED:
        return type(data)(map(settled, given, data))
    theirs = isinstance(data, np.ndarray) and not isinstance(given, (Tensor, *NESTED))
    return data.copy() if theirs else data


def constant(value: Any) -> Any:
    """What a node notes of an input without gradient: the number, or a description that keeps no large array."""
    if isinstance(value, np.ndarray):
        return Node(None, (), (), None, np.asarray(value))
    if not isinstance(value, Tensor):
        return value
    note = value.__dict__.get("constant")
    if note is None:
        note = value.__dict__["constant"] = Node(None, (), (), None, value._array)
        note.name = value.name
    return note


def tell(op: Op, values: Sequence[Any], out: Any, node: Node | None) -> None:
    """Tell the observers of a call."""
    for observer in observers.get():
        for o in out if isinstance(out, tuple) else (out,):
            observer.called(op, values, o, node)
