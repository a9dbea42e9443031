"""Op: a forward function and its derivative rules, and the declarators that turn one line into an operation.

A rule asks by parameter name for what it needs: `g` (the cotangent), `y` (the output), an input's or a
parameter's name, `<input>_shape`, `<input>_dtype`, or (joint rules) `needs`. Names are bound once, here, so a
misspelt one fails at import; and what no rule asks for is not kept alive.
"""

from __future__ import annotations

import inspect
import operator as python_operator
import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .core import CHECK, Many, Node, Output, Tensor, as_data, make, mode, require_real
from .errors import AnomalyError, AutogradError, DtypeError, ShapeError

Function = Callable[..., Any]
registry: dict[str, Op] = {}  # every op by name: the plan of the test suite
numpy_ufuncs: dict[Any, Function] = {}
numpy_functions: dict[Any, Function] = {}


class Op:
    """One operation: `forward` on arrays, one rule per input (or one `joint` rule), and all that is said of it."""

    def __init__(
        self,
        forward: Function,
        rules: dict[str, Any],
        *,
        name: str = "",
        doc: str = "",
        inputs: Sequence[str] = (),
        joint: Function | None = None,
        variadic: str = "",
        cases: Any = None,
        numpy: Any = None,
        label: str = "",
        composite: bool = False,
        view: bool = False,
    ) -> None:
        self.forward = forward
        self.name = name or forward.__name__
        self.doc = inspect.cleandoc(doc or forward.__doc__ or "")
        self.cases = cases
        self.numpy = numpy
        self.label = label or self.name
        self.composite = composite
        self.view = view  # the output may share memory with its input
        self.variadic = variadic
        self.call: Function = forward
        names = _parameters(forward, inputs)
        self.parameters = tuple(names)
        # differentiable inputs lead the signature: everything up to the last one that has a rule
        self.inputs = tuple(inputs) or (variadic,) * bool(variadic) or _leading(names, rules, self.name)
        self.joint = joint
        self.rules = None if joint else tuple(rules.get(i, _no_rule) for i in self.inputs)
        each = (joint,) if joint else self.rules or ()
        self.asks = tuple(_asks(rule, names, self.name, joint is not None) for rule in each)
        self.picks = tuple(_picker(asks, names, joint is not None) for asks in self.asks)
        self.differentiable = bool(self.asks)

    def __repr__(self) -> str:
        return f"Op({self.name})"

    def input_name(self, position: int) -> str:
        """The name of the input at `position`."""
        return f"{self.variadic}[{position}]" if self.variadic else self.inputs[position]

    def source(self, node: Node, name: str) -> Any:
        """The node that the saved value `name` came from; None for what carries no gradient."""
        if name == self.variadic:
            return [n if args is not None else None for n, args in zip(node.inputs, node.args)]
        if name not in self.inputs:
            return None
        position = self.inputs.index(name)
        return node.inputs[position] if node.args[position] is not None else None

    def saves(self, node: Node, position: int) -> bool:
        """Whether `node` may still hold the memory of that input: a rule keeps it, or the output views it."""
        if self.view:
            return True
        name = self.variadic or self.inputs[position]
        return any(name in asks for asks, args in zip(self.asks * len(node.args), node.args) if args is not None)


def _no_rule(g: Any) -> Any:
    return np.zeros_like(g)


def _parameters(forward: Function, inputs: Sequence[str]) -> dict[str, inspect.Parameter]:
    if inputs:  # a ufunc, whose signature Python cannot read
        return {i: inspect.Parameter(i, inspect.Parameter.POSITIONAL_OR_KEYWORD) for i in inputs}
    return dict(inspect.signature(forward).parameters)


def _leading(names: dict[str, Any], rules: dict[str, Function], op_name: str) -> tuple[str, ...]:
    unknown = [r for r in rules if r not in names]
    if unknown:
        raise TypeError(f"op {op_name}: rule for {unknown[0]!r}, but its arguments are {', '.join(names)}")
    last = max((i for i, n in enumerate(names) if n in rules), default=-1)
    return tuple(names)[: last + 1]


def _asks(rule: Function, names: dict[str, Any], op_name: str, joint: bool) -> tuple[str, ...]:
    """The names a rule asks for besides g, checked."""
    first, *asks = inspect.signature(rule).parameters
    known = {"y", *(["needs"] if joint else []), *names, *(f"{n}_shape" for n in names), *(f"{n}_dtype" for n in names)}
    if first != "g":
        raise TypeError(f"op {op_name}: a rule's first parameter is g, the cotangent of the output, not {first!r}")
    for name in asks:
        if name not in known:
            raise TypeError(f"op {op_name}: its rule asks for {name!r}; it may ask for {', '.join(sorted(known))}")
    return tuple(asks)


def _picker(asks: tuple[str, ...], names: dict[str, inspect.Parameter], joint: bool) -> Function:
    """A function of `y` (of a joint rule also `needs`) and the op's arguments: the tuple of what a rule asked for.

    Built as a lambda with the op's own signature, so Python itself binds defaults and keywords, fast.
    """
    defaults = {f"_{n}": p.default for n, p in names.items() if p.default is not p.empty}
    signature = [f"{n}=_{n}" if f"_{n}" in defaults else n for n in names]
    values = [_expression(ask, names) for ask in asks]
    lead = ["y", "needs"] if joint else ["y"]
    code = f"lambda {', '.join([*lead, *signature])}: ({''.join(v + ', ' for v in values)})"
    return eval(code, {"np": np, **defaults})  # type: ignore[no-any-return]


def _expression(ask: str, names: dict[str, Any]) -> str:
    if ask in names or ask in ("y", "needs"):
        return ask
    name, attribute = ask.rsplit("_", 1)
    return f"getattr({name}, 'shape', ())" if attribute == "shape" else f"np.result_type({name})"


# -- calling -------------------------------------------------------------------------------------------


def constant(value: Any) -> Any:
    """What a node notes of an input without gradient: the number, or a description that keeps no large array."""
    if not isinstance(value, Tensor):
        return Node(None, (), None, value) if isinstance(value, np.ndarray) else value
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
    if isinstance(value, (np.ndarray, np.generic)):
        require_real(value.dtype)
        return value, None
    return as_data(value), None


new = object.__new__  # a Tensor made by hand, here and below, costs half of a call to `make`


def _unary(op: Op, forward: Function) -> Function:
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
            node = Node(op, (node,), (pick(out, data),), out) if on and pick else None
        if on == CHECK:
            _check(op, (data,), out, node)
        result = new(Tensor)
        result._data = out
        result._node = node
        return result

    return call


def _binary(op: Op, forward: Function) -> Function:
    # a rule that asks for nothing needs no call to find that out
    pick_a, pick_b = (pick if asks else None for pick, asks in zip(op.picks, op.asks)) if op.picks else (None, None)
    recorded = op.differentiable

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
        if not on or not recorded or (p is None and q is None):
            node = None
            if on != CHECK and not (isinstance(a, Tensor) or isinstance(b, Tensor)):
                return out
        else:
            args_a = None if p is None else pick_a(out, x, z) if pick_a else ()
            args_b = None if q is None else pick_b(out, x, z) if pick_b else ()
            node = Node(op, (p or constant(a), q or constant(b)), (args_a, args_b), out)
        if on == CHECK:
            _check(op, (x, z), out, node)
        result = new(Tensor)
        result._data = out
        result._node = node
        return result

    return call


def _general(op: Op) -> Function:
    forward = op.forward
    count = 1 if op.variadic else len(op.inputs)
    record = _record_one if count == 1 and not op.joint else _record
    nested = (tuple, list)  # where Tensors may hide among parameters, as in an index

    @wraps(forward)
    def call(*args: Any, **options: Any) -> Any:
        if options:
            args, options = _settle(op, count, args, options)
        tensors = tracked = False
        values = []
        for a in args:
            if a.__class__ is Tensor or isinstance(a, Tensor):
                tensors = True
                tracked = tracked or a._node is not None
                values.append(a._data)
            elif a.__class__ in nested:
                values.append(_bare(a))
                if values[-1] is not a:
                    tensors = True
                    tracked = tracked or bool(op.variadic)
            else:
                values.append(a)
        if not tensors:
            return forward(*args, **options)
        try:
            out = forward(*values, **options)
        except Exception as error:
            raise explain(error, op, values) from None
        if out.__class__ is not np.ndarray and not isinstance(out, tuple):
            out = _array(out)
        on = mode.get()
        node = record(op, args, values, options, out) if tracked and on and count else None
        if on == CHECK:
            for o in out if isinstance(out, tuple) else (out,):
                _check(op, values, o, node)
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
    for name in op.parameters[len(args) : count]:
        if name not in options:
            break
        args = (*args, options.pop(name))
    return args, {name: _bare(value) for name, value in options.items()}


def _bare(value: Any) -> Any:
    """A parameter as the forward function wants it: Tensors, also inside tuples and lists, become arrays."""
    if isinstance(value, Tensor):
        return value._data
    if value.__class__ in (tuple, list) and any(isinstance(v, Tensor) for v in value):
        return type(value)(map(_bare, value))
    return value


def _record_one(op: Op, args: tuple[Any, ...], values: list[Any], options: dict[str, Any], out: Any) -> Node | None:
    """`_record` for the common case of one input, in half the time."""
    if isinstance(out, tuple):
        return _record(op, args, values, options, out)
    node = args[0]._node
    if out.dtype.kind != "f":
        require_real(out.dtype, f"the result of {op.name}")
        return None
    node = Node(op, (node,), (op.picks[0](out, *values, **options),), out)
    if len(values) > 1 or options:
        node.__dict__["call"] = (values[1:], options)
    return node


def _record(op: Op, args: tuple[Any, ...], values: list[Any], options: dict[str, Any], out: Any) -> Node | None:
    """The node of one call, or None where no input carries a gradient or the output is not made of floats."""
    count = 1 if op.variadic else len(op.inputs)
    inputs = tuple(args[0]) if op.variadic else args[:count]
    nodes = [i._node if isinstance(i, Tensor) else None for i in inputs]
    many = isinstance(out, tuple)
    dtype = (out[0] if many else out).dtype
    if not any(nodes) or dtype.kind != "f":
        require_real(dtype, f"the result of {op.name}")
        return None
    for i in range(min(count, len(values))):  # what a rule asks for is an array
        if values[i].__class__ is list:
            values[i] = [as_data(v) for v in values[i]] if op.variadic else as_data(values[i])
    if op.joint is None:
        saved = [None if n is None else pick(out, *values, **options) for n, pick in zip(nodes, op.picks)]
    else:
        needs = tuple([n is not None for n in nodes])
        shared = op.picks[0](out, needs, *values, **options)
        saved = [shared if need else None for need in needs]
    sources = tuple([constant(i) if n is None else n for i, n in zip(inputs, nodes)])
    node = Many(op, sources, tuple(saved), out) if many else Node(op, sources, tuple(saved), out)
    if len(values) > count or options:
        node.__dict__["call"] = (values[count:], options)
    return node


# -- errors --------------------------------------------------------------------------------------------


def describe(value: Any) -> str:
    """Return dtype, shape of an operand, for error messages."""
    if isinstance(value, (list, tuple)):
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
        if isinstance(error, ValueError) and any(w in text for w in ("broadcast", "shape", "mismatch", "dimension")):
            hint = "shapes must match from the right, or be 1; reshape, or add an axis with x[:, None]"
            fixed: Exception = ShapeError(f"{op.name}({operands}): {text.strip()}. {hint}")
        elif isinstance(error, TypeError) and "ufunc" in text:
            fixed = DtypeError(f"{op.name}({operands}): NumPy has no such loop ({text.strip()}); convert with .astype")
        else:
            fixed = error
        if fixed is not error:
            return fixed
    error.add_note(f"in {op.name}({operands})")
    return error


def _check(op: Op, values: Sequence[Any], out: Any, node: Node | None) -> None:
    """Under detect_anomaly: note the caller's line, and stop if `out` is not finite."""
    stack = [f for f in traceback.extract_stack() if "/autograd/" not in f.filename.replace("\\", "/")]
    if node is not None:
        node.__dict__["trace"] = "".join(traceback.format_list(stack[-1:]))
    if out.dtype.kind != "f" or np.isfinite(out).all():
        return
    operands = [
        f"{n}: {describe(v)} in [{np.min(v):g}, {np.max(v):g}]" for n, v in zip(op.parameters, values) if np.size(v)
    ]
    kind = "a nan" if np.isnan(out).any() else "an inf"
    raise AnomalyError(f"{op.name} made {kind} out of {', '.join(operands)}")


# -- declaring -----------------------------------------------------------------------------------------


def elementwise(
    ufunc: Any,
    doc: str,
    *rules: Function,
    cases: Any,
    name: str = "",
    operator: str = "",
    label: str = "",
    method: bool = False,
) -> Any:
    """Declare an op that works element by element, with broadcasting: a ufunc and one rule per input.

    A rule for input `a` of two is a function of g and any of `a`, `b`, `y`; of one input, `x` and `y`.
    `operator` is Python's name ("add" gives +, reflected + and +=). Without rules the op is not differentiable.
    """
    inputs = ("x",) if ufunc.nin == 1 else ("a", "b")
    op = Op(
        ufunc,
        dict(zip(inputs, rules)),
        name=name or ufunc.__name__,
        doc=doc,
        inputs=inputs,
        cases=cases,
        numpy=ufunc,
        label=label,
    )
    if not rules:
        op.rules, op.asks, op.picks, op.differentiable = (), (), (), False
    build = _unary if ufunc.nin == 1 else _binary
    function = build(op, ufunc)
    if operator:
        # on what a Tensor holds, Python's operators are NumPy's, and ten times faster on scalars
        _attach_operator(operator, build(op, getattr(python_operator, operator)))
    return _publish(op, function, method=method)


def op(
    *,
    cases: Any = None,
    numpy: Any = None,
    method: bool | str = False,
    label: str = "",
    joint: Function | None = None,
    inputs: Sequence[str] = (),
    variadic: str = "",
    name: str = "",
    operator: str = "",
    view: bool = False,
    **rules: Function,
) -> Callable[[Function], Any]:
    """Declare an op: decorate its forward function on arrays, and give a rule for each differentiable input.

    A rule is a function of `g`, the cotangent of the output, and of whatever else it asks for by name: `y` (the
    output), an input or parameter, `<input>_shape`. It returns the cotangent of its input, is pure, and is
    written with NumPy functions and operators only, so that it can be differentiated again.
    `joint=` is one rule that returns the cotangents of all `inputs`, None where `needs` says so.

    >>> @op(x=lambda g, x: g * 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> x = Tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    Tensor(12.)
    """

    def declare(forward: Function) -> Any:
        made = Op(
            forward,
            rules if joint is None else dict.fromkeys(inputs, joint),
            name=name,
            joint=joint,
            variadic=variadic,
            cases=cases,
            numpy=numpy,
            label=label,
            view=view,
        )
        function = _general(made)
        if operator:
            _attach_operator(operator, function)
        return _publish(made, function, method=method)

    return declare


def composite(*, cases: Any, numpy: Any = None, method: bool | str = False) -> Callable[[Function], Function]:
    """Register a function written in other ops: it needs no rule, but the same proof, NumPy alias and method."""

    def declare(function: Function) -> Function:
        made = Op(function, {}, cases=cases, numpy=numpy, composite=True)
        made.differentiable = True
        return _publish(made, function, method=method)

    return declare


def _publish(op: Op, function: Function, method: bool | str) -> Function:
    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.doc
    function.op = op  # type: ignore[attr-defined]
    op.call = function
    if op.cases is not None:
        if op.name in registry:
            raise TypeError(f"two ops are called {op.name}")
        registry[op.name] = op
    for alias in op.numpy if isinstance(op.numpy, tuple) else (op.numpy,):
        if isinstance(alias, np.ufunc):
            numpy_ufuncs[alias] = function
        elif alias is not None:
            numpy_functions[alias] = function
    if method:
        setattr(Tensor, op.name if method is True else method, function)
    return function


def _attach_operator(name: str, function: Function) -> None:
    if name in ("neg", "pos", "abs", "invert"):
        setattr(Tensor, f"__{name}__", lambda self: function(self))
        return
    name = name.strip("_")
    if name in ("eq", "ne"):  # of anything but numbers, let Python say that it is something else
        setattr(Tensor, f"__{name}__", lambda self, other: function(self, other) if _numeric(other) else NotImplemented)
        return
    setattr(Tensor, f"__{name}__", function)
    if name not in ("lt", "le", "gt", "ge"):
        setattr(Tensor, f"__r{name}__", lambda self, other: function(other, self))
        setattr(Tensor, f"__i{name}__", lambda self, other: self.rebind(function(self, other)))


def _numeric(value: Any) -> bool:
    return isinstance(value, (Tensor, int, float, np.ndarray, np.generic, list, tuple))
