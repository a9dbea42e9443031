"""What happens when an op is called: unwrap, compute, record; and errors that show every operand.

Ops are polymorphic: plain arrays in, a plain array out, nothing recorded. The three builders make the function a
user calls, for one array, two arrays, or any signature.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from ..watch.mistakes import outside
from .errors import AnomalyError, AutogradError, DtypeError, GraphError, ShapeError
from .modes import CHECK, LOOK, RECORD, mode
from .node import Many, Node, Output
from .tensor import Tensor, as_data, make, require_real, require_unmasked

if TYPE_CHECKING:
    from .op import Op

Function = Callable[..., Any]


def constant(value: Any) -> Any:
    """What a node notes of an input without gradient: the number, or a description that keeps no large array."""
    if isinstance(value, np.ndarray):
        require_unmasked(value)
        return Node(None, (), None, np.asarray(value))
    if not isinstance(value, Tensor):
        return value
    note = value.__dict__.get("constant")
    if note is None:
        note = value.__dict__["constant"] = Node(None, (), None, value._data)
        note.name = value.name
    return note


def _operand(value: Any) -> tuple[Any, Node | None]:
    """The array and node of an operand that is not exactly a Tensor: a subclass, a number, an array, a list."""
    if isinstance(value, Tensor):
        return value._data, value._node
    if isinstance(value, (int, float)):
        return value, None
    if isinstance(value, np.ndarray):
        require_real(value.dtype)
        require_unmasked(value)
        return np.asarray(value), None
    if isinstance(value, np.generic):
        require_real(value.dtype)
        return value, None
    return as_data(value), None


new = object.__new__  # a Tensor made by hand, here and below, costs half of a call to `make`


def unary(op: Op, forward: Function) -> Function:
    """The function that calls an op of one array."""
    (pick,) = op.picks or (None,)

    def call(x: Any, /) -> Any:
        if x.__class__ is not Tensor and not isinstance(x, Tensor):
            return forward(x)
        data = x._data
        node = x._node
        try:
            out = forward(data)
        except Exception as error:
            raise explain(error, op, (data,)) from None
        on = mode.get()
        if node is not None:
            if on & RECORD and pick:
                node = Node(op, (node,), ((node, 0, pick(out, data)),), out)
            else:
                node = None
        if on & LOOK:
            _look(op, (data,), out, node)
        result = new(Tensor)
        result._data = out
        result._node = node
        return result

    return call


def _settled(given: Any, data: Any) -> Any:
    """What a rule may keep of an operand: a copy of the caller's own array, who may change it before backward."""
    return data.copy() if given is data and data.__class__ is np.ndarray else data


def _no_pick(*values: Any) -> tuple[Any, ...]:
    return ()


def binary(op: Op, forward: Function) -> Function:
    """The function that calls an op of two arrays."""
    recorded = op.differentiable
    # what most rules ask for, nothing or the other operand, is at hand without a call
    pick_a, pick_b = op.picks or (_no_pick, _no_pick)
    asks_a, asks_b = op.asks or ((), ())
    none_a, other_a = asks_a == (), asks_a == (op.inputs[1:])
    none_b, other_b = asks_b == (), asks_b == (op.inputs[:1])

    def call(a: Any, b: Any, /) -> Any:
        try:
            if a.__class__ is Tensor:
                x = a._data
                p = a._node
            else:
                x, p = _operand(a)
            if b.__class__ is Tensor:
                z = b._data
                q = b._node
            else:
                z, q = _operand(b)
            out = forward(x, z)
        except Exception as error:
            raise explain(error, op, (a, b)) from None
        on = mode.get()
        if on & RECORD and recorded and (p is not None or q is not None):
            if p is None or q is None:
                x, z = _settled(a, x), _settled(b, z)
            if p is not None:
                edge_a = (p, 0, (z,) if other_a else () if none_a else pick_a(out, x, z))
            if q is not None:
                edge_b = (q, 1, (x,) if other_b else () if none_b else pick_b(out, x, z))
            if p is None:
                node = Node(op, (constant(a), q), (edge_b,), out)
            elif q is None:
                node = Node(op, (p, constant(b)), (edge_a,), out)
            else:
                node = Node(op, (p, q), (edge_a, edge_b), out)
        else:
            node = None
            if not (isinstance(a, Tensor) or isinstance(b, Tensor)):
                return out
        if on & LOOK:
            _look(op, (x, z), out, node)
        result = new(Tensor)
        result._data = out
        result._node = node
        return result

    return call


def general(op: Op) -> Function:
    """The function that calls an op of any signature, inputs first and parameters after."""
    forward = op.forward
    count = 1 if op.variadic else len(op.inputs)
    record = _record_one if count == 1 and not op.joint else _record
    recorded = op.differentiable
    fused = bool(op.kept)
    nested = (tuple, list)  # where Tensors may hide among parameters, as in an index

    @wraps(forward)
    def call(*args: Any, **options: Any) -> Any:
        if options:
            args, options = _settle(op, count, args, options)
        tensors = tracked = False
        values: list[Any] = []
        for a in args:
            if a.__class__ is Tensor or isinstance(a, Tensor):
                tensors = True
                if a._node is not None:
                    tracked = True
                    if recorded and len(values) >= count:
                        _refuse_tracked(op, op.parameters[len(values)])
                values.append(a._data)
            elif a.__class__ in nested:
                plain: Any = bare(a)
                if plain is not a:
                    tensors = True
                    if recorded and any(isinstance(v, Tensor) and v._node is not None for v in a):
                        if values or not op.variadic:
                            _refuse_tracked(op, op.parameters[len(values)])
                        tracked = True
                values.append(as_data(plain) if len(values) < count and not op.variadic else plain)
            else:
                values.append(a)
        if not tensors:
            out = forward(*args, **options)
            return out[0] if fused else out
        try:
            out = forward(*values, **options)
        except Exception as error:
            raise explain(error, op, values) from None
        if fused:
            out, *kept = out
        else:
            kept = []
        if out.__class__ is not np.ndarray and not isinstance(out, tuple):
            out = _array(out)
        on = mode.get()
        node = record(op, args, values, options, out, kept) if tracked and on & RECORD and count else None
        if on & LOOK:
            for o in out if isinstance(out, tuple) else (out,):
                _look(op, values, o, node)
        if isinstance(out, tuple):
            parts = [make(o, None if node is None else Output(node, i, o)) for i, o in enumerate(out)]
            return type(out)(*parts) if hasattr(out, "_fields") else tuple(parts)
        result = new(Tensor)
        result._data = out
        result._node = node
        return result

    return call


def _array(out: Any) -> Any:
    return out if isinstance(out, (np.ndarray, np.generic)) else as_data(out)


def _settle(op: Op, count: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Inputs given by keyword become positional, and parameters given as Tensors become arrays."""
    last = max((i for i, name in enumerate(op.parameters[:count]) if name in options), default=-1)
    for name in op.parameters[len(args) : last + 1]:
        if name in options:
            args = (*args, options.pop(name))
        elif name in op.defaults:
            args = (*args, op.defaults[name])
        else:
            break
    for name, value in options.items():
        if op.differentiable and isinstance(value, Tensor) and value._node is not None:
            _refuse_tracked(op, name)
    return args, {name: bare(value) for name, value in options.items()}


def _refuse_tracked(op: Op, name: str) -> None:
    """Raise GraphError, while recording: a gradient would be lost here without a word."""
    if mode.get() & RECORD:
        raise GraphError(
            f"{op.name}: {name!r} carries a gradient, but has no derivative rule there; pass {name}.detach(), "
            "join a list with stack, or write it in other operations"
        )


def bare(value: Any) -> Any:
    """A parameter as the forward function wants it: Tensors, also inside tuples and lists, become arrays."""
    if isinstance(value, Tensor):
        return value._data
    if value.__class__ in (tuple, list) and any(isinstance(v, Tensor) for v in value):
        return type(value)(map(bare, value))
    return value


def _record_one(
    op: Op, args: tuple[Any, ...], values: list[Any], options: dict[str, Any], out: Any, kept: Any
) -> Node | None:
    """`_record` for the common case of one input, in half the time."""
    if isinstance(out, tuple):
        return _record(op, args, values, options, out, kept)
    node = args[0]._node
    if len(values) > 1:
        values = list(map(_settled, args, values))
    if out.dtype.kind != "f":
        require_real(out.dtype, f"the result of {op.name}")
        return None
    node = Node(op, (node,), ((node, 0, op.picks[0](out, *values, **options)),), out)
    if len(values) > 1 or options:
        node.__dict__["call"] = (values[1:], options)
    return node


def _record(
    op: Op, args: tuple[Any, ...], values: list[Any], options: dict[str, Any], out: Any, kept: Any
) -> Node | None:
    """The node of one call, or None where no input carries a gradient or the output is not made of floats."""
    count = 1 if op.variadic else len(op.inputs)
    inputs = tuple(args[0]) if op.variadic else args[:count]
    if op.joint and not op.variadic:  # which speaks of all inputs, those left out too
        inputs += tuple([op.defaults[name] for name in op.inputs[len(inputs) :]])
    nodes = [i._node if isinstance(i, Tensor) else None for i in inputs]
    many = isinstance(out, tuple)
    dtype = (out[0] if many else out).dtype
    if not any(nodes) or dtype.kind != "f":
        require_real(dtype, f"the result of {op.name}")
        return None
    if op.variadic:
        values = [list(map(_settled, args[0], values[0])), *values[1:]]
    else:
        values = list(map(_settled, args, values))
    for i in range(min(count, len(values))):  # what a rule asks for is an array
        if values[i].__class__ in (list, tuple):
            values[i] = [as_data(v) for v in values[i]] if op.variadic else as_data(values[i])
    for i, n in enumerate(nodes):
        if n is not None and op.rules and op.rules[i] is None:
            _refuse_tracked(op, op.inputs[i])
    if op.joint is None:
        picked = [((n, i, op.picks[i](out, *values, **options))) for i, n in enumerate(nodes) if n is not None]
    else:
        shared = op.picks[0](out, tuple([n is not None for n in nodes]), *kept, *values, **options)
        picked = [(n, i, shared) for i, n in enumerate(nodes) if n is not None]
    sources = tuple([constant(i) if n is None else n for i, n in zip(inputs, nodes)])
    node = (Many if many else Node)(op, sources, tuple(picked), out)
    if len(values) > count or options:
        node.__dict__["call"] = (values[count:], options)
    return node


# -- errors --------------------------------------------------------------------------------------------


def describe(value: Any) -> str:
    """Return dtype, shape of an operand, for error messages."""
    if isinstance(value, (list, tuple)) and any(isinstance(v, (np.ndarray, Tensor)) for v in value):
        return f"[{', '.join(describe(v) for v in value[:6])}]"
    if isinstance(value, (np.ndarray, np.generic, Tensor)):
        return f"{value.dtype} {value.shape}"
    return repr(value)[:60]


def explain(error: Exception, op: Op, values: Sequence[Any]) -> Exception:
    """Turn NumPy's error into one that names the op and shows every operand's dtype and shape."""
    named = zip(op.parameters, values)
    operands = ", ".join(f"{name}: {describe(v)}" for name, v in named)
    text = str(error)
    if not isinstance(error, AutogradError):
        if isinstance(error, np.linalg.LinAlgError | np.exceptions.AxisError):
            fixed: Exception = error  # NumPy's own words suffice
        elif isinstance(error, ValueError) and "core dimension" in text:
            fixed = ShapeError(f"{op.name}({operands}): the inner sizes differ; transpose one operand?")
        elif isinstance(error, ValueError) and "broadcast" in text:
            hint = "shapes must match from the right, or be 1; reshape, or add an axis with x[:, None]"
            fixed = ShapeError(f"{op.name}({operands}): {text.strip()}. {hint}")
        elif isinstance(error, ValueError) and any(w in text for w in ("shape", "dimension", "size", "mismatch")):
            fixed = ShapeError(f"{op.name}({operands}): {text.strip()}")
        elif isinstance(error, TypeError) and "argument 'dim'" in text:
            fixed = TypeError(f"{op.name}({operands}): there is no dim= here; write axis=, as in NumPy")
        elif isinstance(error, TypeError) and "argument 'keepdim'" in text:
            fixed = TypeError(f"{op.name}({operands}): there is no keepdim= here; write keepdims=, as in NumPy")
        elif isinstance(error, TypeError) and "ufunc" in text:
            fixed = DtypeError(f"{op.name}({operands}): NumPy has no such loop ({text.strip()}); convert with .astype")
        else:
            fixed = error
        if fixed is not error:
            return fixed
    error.add_note(f"in {op.name}({operands})")
    return error


def _look(op: Op, values: Sequence[Any], out: Any, node: Node | None) -> None:
    """Note the caller's line; under detect_anomaly stop if `out` is not finite."""
    if node is not None:
        node.__dict__["line"] = _caller()
    if not mode.get() & CHECK or out.dtype.kind != "f" or np.isfinite(out).all():
        return
    operands = [
        f"{n}: {describe(v)} in [{np.min(v):g}, {np.max(v):g}]" for n, v in zip(op.parameters, values) if np.size(v)
    ]
    kind = "a nan" if np.isnan(out).any() else "an inf"
    raise AnomalyError(f"{op.name} made {kind} out of {', '.join(operands)}")


def _caller() -> traceback.FrameSummary | None:
    """The innermost line outside of this package and its sisters: it is the user's."""
    frame, _ = outside()
    if frame is None:
        return None
    return traceback.FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
