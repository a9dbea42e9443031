"""Op: a forward function and its derivative rules, and the declarators that turn one line into an operation.

A rule asks by parameter name for what it needs: `g` (the cotangent), `y` (the output), an input's or a
parameter's name, `<input>_shape`, `<input>_dtype`, or (joint rules) `needs`. Names are bound once, here, so a
misspelt one fails at import; and what no rule asks for is not kept alive.
"""

from __future__ import annotations

import inspect
import operator as python_operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .call import Function, binary, general, unary
from .node import Node
from .tensor import Tensor

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
        reference: Function | None = None,
        kept: Sequence[str] = (),
        variadic: str = "",
        cases: Any = None,
        numpy: Any = None,
        label: str = "",
        composite: bool = False,
        view: bool = False,
        formulas: Mapping[str, str] | None = None,
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
        for taken in {"y", "g", "needs"} & set(names) if rules else ():
            raise TypeError(f"op {self.name}: the name {taken!r} has a meaning in rules; rename that argument")
        self.defaults = {n: p.default for n, p in names.items() if p.default is not p.empty}
        self.parameters = tuple(names)
        # differentiable inputs lead the signature: everything up to the last one that has a rule
        self.inputs = tuple(inputs) or (variadic,) * bool(variadic) or _leading(names, rules, self.name)
        self.formulas = dict(formulas or {})
        for unknown in self.formulas.keys() - set(self.inputs):
            raise TypeError(f"op {self.name}: a formula for {unknown!r}; its inputs are {', '.join(self.inputs)}")
        self.joint = joint
        self.reference = reference  # the small ops that a fused op stands for: what a recorded sweep differentiates
        self.kept = tuple(kept)  # what forward leaves for the kernel after its result: (result, *kept)
        self.rules = None if joint else tuple(rules.get(i) for i in self.inputs)
        each = (joint,) if joint else self.rules or ()
        known = ("needs", *self.kept) if joint else ()
        self.asks = tuple(_asks(rule, names, self.name, known) for rule in each)
        self.own = len(self.asks[0]) if joint else 0  # how many of the saved values are for the joint rule
        if reference is not None:
            self.asks = ((*self.asks[0], *_handed(reference, self.inputs, {*names, *self.kept}, self.name)),)
        self.picks = tuple(_picker(asks, names, known) for asks in self.asks)
        self.differentiable = bool(self.asks)

    def __repr__(self) -> str:
        return f"Op({self.name})"

    def input_name(self, position: int) -> str:
        """The name of the input at `position`."""
        return f"{self.variadic}[{position}]" if self.variadic else self.inputs[position]

    def source(self, node: Node, name: str) -> Any:
        """The node that the saved value `name` came from; None for what carries no gradient."""
        if name == self.variadic:
            carriers = {i: n for n, i, _ in node.edges or ()}
            return [carriers.get(i) for i in range(len(node.inputs))]
        if name not in self.inputs:
            return None
        position = self.inputs.index(name)
        return next((n for n, i, _ in node.edges or () if i == position), None)

    def saves(self, node: Node, position: int) -> bool:
        """Whether `node` may still hold the memory of that input: a rule keeps it, or the output views it."""
        if self.view:
            return True
        name = self.variadic or self.inputs[position]
        return any(name in self.asks[0 if self.joint else i] for _, i, _ in node.edges or ())


def _parameters(forward: Function, inputs: Sequence[str]) -> dict[str, inspect.Parameter]:
    if inputs:  # a ufunc, whose signature Python cannot read
        return {i: inspect.Parameter(i, inspect.Parameter.POSITIONAL_OR_KEYWORD) for i in inputs}
    return dict(inspect.signature(forward).parameters)


def _leading(names: dict[str, Any], rules: dict[str, Function], op_name: str) -> tuple[str, ...]:
    unknown = [r for r in rules if r not in names]
    if unknown:
        raise TypeError(f"op {op_name}: rule for {unknown[0]!r}, but its arguments are {', '.join(names)}")
    rest = [n for n, p in names.items() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if rest and rules:
        raise TypeError(f"op {op_name}: no rule could ask for {rest[0]!r} by name; take one list of arrays")
    last = max((i for i, n in enumerate(names) if n in rules), default=-1)
    return tuple(names)[: last + 1]


def _asks(rule: Function | None, names: dict[str, Any], op_name: str, more: tuple[str, ...]) -> tuple[str, ...]:
    """The names a rule asks for besides g, checked."""
    if rule is None:  # an input without derivative, such as a condition
        return ()
    first, *asks = inspect.signature(rule).parameters
    known = {"y", *more, *names, *(f"{n}_shape" for n in names), *(f"{n}_dtype" for n in names)}
    if first != "g":
        raise TypeError(f"op {op_name}: a rule's first parameter is g, the cotangent of the output, not {first!r}")
    for name in asks:
        if name not in known:
            raise TypeError(f"op {op_name}: its rule asks for {name!r}; it may ask for {', '.join(sorted(known))}")
    return tuple(asks)


def _handed(reference: Function, inputs: tuple[str, ...], known: set[str], op_name: str) -> tuple[str, ...]:
    """The names that a reference asks for, checked: the inputs come first, in their order."""
    names = tuple(inspect.signature(reference).parameters)
    if names[: len(inputs)] != inputs or not known.issuperset(names):
        raise TypeError(
            f"op {op_name}: its reference takes {', '.join(names)}; it may ask for the inputs {', '.join(inputs)} in "
            f"this order, and then for any of {', '.join(sorted(known.difference(inputs)))}"
        )
    return names


def _picker(asks: tuple[str, ...], names: dict[str, inspect.Parameter], more: tuple[str, ...]) -> Function:
    """A function of `y` (of a joint rule also `needs`, what is kept) and the op's arguments: what a rule asked for.

    Built as a lambda with the op's own signature, so Python itself binds defaults and keywords, fast.
    """
    defaults = {f"_{n}": p.default for n, p in names.items() if p.default is not p.empty}
    signature = [f"{n}=_{n}" if f"_{n}" in defaults else n for n in names]
    values = [ask if ask in more else _expression(ask, names) for ask in asks]
    code = f"lambda {', '.join(['y', *more, *signature])}: ({''.join(v + ', ' for v in values)})"
    return eval(code, {"np": np, **defaults})  # type: ignore[no-any-return]


def _expression(ask: str, names: dict[str, Any]) -> str:
    if ask in names or ask == "y":
        return ask
    name, attribute = ask.rsplit("_", 1)
    return f"getattr({name}, 'shape', ())" if attribute == "shape" else f"np.result_type({name})"


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
    formulas: Mapping[str, str] | None = None,
) -> Any:
    """Declare an op that works element by element, with broadcasting: a ufunc and one rule per input.

    A rule for input `a` of two is a function of g and any of `a`, `b`, `y`; of one input, `x` and `y`.
    `operator` is Python's name ("add" gives +, reflected + and +=). Without rules the op is not differentiable.
    `formulas` says by input how a rule reads in drawings, where its own text is not what a textbook would print.
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
        formulas=formulas,
    )
    if not rules:
        op.rules, op.asks, op.picks, op.differentiable = (), (), (), False
    build = unary if ufunc.nin == 1 else binary
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
    reference: Function | None = None,
    kept: Sequence[str] = (),
    inputs: Sequence[str] = (),
    variadic: str = "",
    name: str = "",
    operator: str = "",
    view: bool = False,
    formulas: Mapping[str, str] | None = None,
    **rules: Function,
) -> Callable[[Function], Any]:
    """Declare an op: decorate its forward function on arrays, and give a rule for each differentiable input.

    A rule is a function of `g`, the cotangent of the output, and of whatever else it asks for by name: `y` (the
    output), an input or parameter, `<input>_shape`. It returns the cotangent of its input, is pure, and is
    written with NumPy functions and operators only, so that it can be differentiated again.
    `joint=` is one rule that returns the cotangents of all `inputs`, None where `needs` says so. With `reference=`, the
    same function written in other ops, it is a kernel: it sees arrays only, may write into memory that it made, and may
    ask for what the forward function declares as `kept` and returns after its result, (result, *kept). What records a
    derivative, as every second order does, differentiates the reference instead: a function of the inputs, in order,
    and of what else it asks for by name, parameters or a kept constant such as what was drawn at random.
    `formulas` says by input how its rule reads in drawings, for instance {"a": "g @ b.T"}; else its source is shown.

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
            reference=reference,
            kept=kept,
            variadic=variadic,
            cases=cases,
            numpy=numpy,
            label=label,
            view=view,
            formulas=formulas,
        )
        function = general(made)
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
        taken = registry.get(op.name)
        if taken and _ours(taken) and _ours(op):
            raise TypeError(f"two ops are called {op.name}")
        if not taken or not _ours(taken):
            registry[op.name] = op  # a user's op may be declared again, as in a notebook, but replaces none of ours
    for alias in op.numpy if isinstance(op.numpy, tuple) else (op.numpy,):
        if isinstance(alias, np.ufunc):
            numpy_ufuncs[alias] = function
        elif alias is not None:
            numpy_functions[alias] = function
    if method:
        setattr(Tensor, op.name if method is True else method, function)
    return function


def _ours(op: Op) -> bool:
    return getattr(op.forward, "__module__", "autograd.").startswith("autograd.")  # a ufunc has no module


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
