"""How an op is declared: one statement gives the function, its documentation, its rules and what they are proven on."""

from __future__ import annotations

import inspect
import operator as python_operator
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import numpy as np

from ..engine.call import binary, general, require_real, unary
from ..engine.errors import ShapeError, explain
from ..engine.op import Op, numpy_functions, numpy_ufuncs, ours, registry
from ..engine.tensor import Tensor
from ..engine.types import Function, Rule
from .shapes import Hint, Shapes
from .spelling import spelled

__all__: list[str] = []

BROADCAST = "{}. shapes must match from the right, or be 1; reshape, or add an axis with x[:, None]"


def elementwise(
    forward: Any,
    *rules: Rule | None,
    cases: Any,
    operator: str = "",
    label: str = "",
    method: bool = False,
    formulas: Mapping[str, str] | None = None,
    complex: bool | None = None,
) -> Callable[[Function], Function]:
    """Declare an op that works element by element, with broadcasting: a NumPy or SciPy ufunc and one rule per input.

    The function below lends its name, signature and documentation, and never runs. A rule for input `a` of two is a
    function of g and any of `a`, `b`, `y`; of one input, `x` and `y`. `operator` is Python's name ("add" gives +,
    reflected + and +=). Without rules the op is not differentiable. `formulas` says by input how a rule reads in
    drawings, where its own text is not what a textbook would print. It takes complex numbers if the ufunc does, unless
    `complex` is False.
    """
    forward = getattr(forward, "__wrapped__", forward)  # with SCIPY_ARRAY_API=1, SciPy's ufuncs hide in functions
    inputs = ("x",) if forward.nin == 1 else ("a", "b")
    misfit = "{}" if forward.nin == 1 else BROADCAST
    build = unary if forward.nin == 1 else binary

    def declare(said: Function) -> Function:
        about = {"name": said.__name__, "doc": said.__doc__, "cases": cases, "numpy": forward, "label": label}
        about["complex"] = any("D" in loop for loop in forward.types) if complex is None else complex
        made = Op(forward, dict(zip(inputs, rules)), inputs=inputs, misfit=misfit, formulas=formulas or {}, **about)
        _checked(made)
        if operator:
            # on what a Tensor holds, Python's operators are NumPy's, and ten times faster on scalars
            _attach_operator(operator, build(made, getattr(python_operator, operator)))
        function = build(made, forward)
        function.__wrapped__ = said  # whose signature it has
        function.__module__ = said.__module__  # where it was declared, which a ufunc does not tell
        return _publish(made, function, method=method)

    return declare


def op(
    *,
    method: bool | str = False,
    joint: Rule | None = None,
    inputs: Sequence[str] = (),
    operator: str = "",
    cases: Any = None,
    numpy: Any = None,
    label: str = "",
    reference: Function | None = None,
    exact: bool = False,
    kept: Sequence[str] = (),
    variadic: str = "",
    name: str = "",
    view: bool = False,
    misfit: str = "",
    formulas: Mapping[str, str] | None = None,
    shapes: Mapping[str, str] | None = None,
    hint: Hint = "",
    complex: Any = None,
    **rules: Rule,
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
    With `exact` the kernel serves `reproducible`, too: it makes its arrays of those that it is given, by NumPy alone.
    `formulas` says by input how its rule reads in drawings, for instance {"a": "g @ b.T"}; else its source is shown.
    `shapes` says by argument what it must look like, for instance {"x": "... in", "weight": "out in"}: a name stands
    for one length, `...` for any axes, the same wherever they occur, a number for itself; an argument that is None is
    left out. A call that does not fit raises ShapeError with all shapes and `hint`, a text or a function of the shapes.
    `misfit` is what to say where NumPy's own ValueError, the {} in it, can only mean that shapes do not fit.
    `complex` says whether it takes complex numbers, by default only if no rule looks at a value. A cotangent is a plain
    transpose there, so that holomorphic functions keep their rules; a real input takes the real part of what its rule
    gives. Where complex results are not determined, as the phases of eigenvectors, it is a function of them that is.

    >>> @op(x=lambda g, x: g * 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> x = Tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    Tensor(12.)
    """
    held = rules if joint is None else dict.fromkeys(inputs, joint)
    about = {"name": name, "joint": joint, "reference": reference, "kept": kept, "variadic": variadic, "cases": cases}
    about |= {"numpy": numpy, "label": label, "view": view, "misfit": misfit, "formulas": formulas or {}}
    about |= {"complex": complex, "exact": exact}

    def declare(forward: Function) -> Any:
        made = _shaped(_checked(Op(forward, held, **about)), shapes, hint)
        if complex is None:
            asked = {name for ask in made.asks for name in ask}
            made.complex = made.differentiable and asked.isdisjoint({"y", *made.inputs})
        alone = made.count == 1 and not (made.joint or made.kept or made.fits or made.variadic)
        function = (unary if alone else general)(made, forward)
        if operator:
            _attach_operator(operator, function)
        return _publish(made, function, method=method)

    return declare


def composite(
    *,
    cases: Any,
    numpy: Any = None,
    method: bool | str = False,
    shapes: Mapping[str, str] | None = None,
    hint: Hint = "",
    complex: bool = True,
) -> Callable[[Function], Function]:
    """Register a function written in other ops: it needs no rule, but the same proof, NumPy alias and method."""

    def declare(function: Function) -> Function:
        made = _shaped(Op(function, {}, cases=cases, numpy=numpy, composite=True, complex=complex), shapes, hint)
        return _publish(made, _fitting(made), method=method)

    return declare


def _checked(op: Op) -> Op:
    """The op, whose rules ask for nothing that it could not hand them: a misspelt name fails at import.

    Raises TypeError with the names that are known.
    """
    parameters, rules = op.parameters, op.given
    for unknown in rules.keys() - set(parameters):
        raise TypeError(f"op {op.name}: rule for {unknown!r}, but its arguments are {', '.join(parameters)}")
    for taken in {"y", "g", "needs"} & set(parameters) if rules else ():
        raise TypeError(f"op {op.name}: the name {taken!r} has a meaning in rules; rename that argument")
    if rules and not isinstance(op.forward, np.ufunc):
        for name, p in inspect.signature(op.forward).parameters.items():
            if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
                raise TypeError(f"op {op.name}: no rule could ask for {name!r} by name; take one list of arrays")
    for unknown in op.formulas.keys() - set(op.inputs):
        raise TypeError(f"op {op.name}: a formula for {unknown!r}; its inputs are {', '.join(op.inputs)}")
    known = {"y", *parameters, *(f"{n}_{of}" for n in parameters for of in ("shape", "dtype"))}
    known |= {"needs", *op.kept} if op.joint else set()
    for rule in filter(None, rules.values()):
        first, *asks = inspect.signature(rule).parameters
        if first != "g":
            raise TypeError(f"op {op.name}: a rule's first parameter is g, the cotangent of the output, not {first!r}")
        for name in set(asks) - known:
            raise TypeError(f"op {op.name}: its rule asks for {name!r}; it may ask for {', '.join(sorted(known))}")
    known = {*parameters, *op.kept}
    if op.reference and (op.handed[: len(op.inputs)] != op.inputs or not known.issuperset(op.handed)):
        raise TypeError(
            f"op {op.name}: its reference takes {', '.join(op.handed)}; it may ask for the inputs "
            f"{', '.join(op.inputs)} in this order, then for any of {', '.join(sorted(known - {*op.inputs}))}"
        )
    return op


def _shaped(op: Op, shapes: Mapping[str, str] | None, hint: Hint) -> Op:
    """The op, which knows its shapes from now on and says them in its documentation."""
    if shapes:
        op.fits = Shapes(op.name, shapes, op.parameters, hint)
        op.doc += f"\n\nShapes: {op.fits}."
    return op


def _fitting(op: Op) -> Function:
    """The function that calls a composite op: its shapes are looked at, and names from elsewhere are explained."""
    function, fits = op.forward, op.fits

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if fits and (problem := fits.problem(args, options)):
            raise explain(ShapeError(problem), op, args)
        if options and not options.keys() <= known:
            if op.spelled:
                return op.spelled(args, options)
            raise explain(TypeError(f"it takes {', '.join(op.parameters)}"), op, args, options)
        if not op.complex:
            require_real(op, (*args, *options.values()))
        return function(*args, **options)

    known = set(op.parameters)

    return call


def _publish(op: Op, function: Function, method: bool | str) -> Function:
    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.doc
    function.op = op
    op.call = function
    if op.cases is not None:
        taken = registry.get(op.name)
        if taken and ours(taken) and ours(op):
            raise TypeError(f"two ops are called {op.name}")
        if not taken or not ours(taken):
            registry[op.name] = op  # a user's op may be declared again, as in a notebook, but replaces none of ours
    for alias in op.numpy if isinstance(op.numpy, tuple) else (op.numpy,):
        if isinstance(alias, np.ufunc):
            numpy_ufuncs[alias] = function
        elif alias is not None:
            numpy_functions[alias] = spelled(op, alias, function)
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
    return isinstance(value, (Tensor, int, float, complex, np.ndarray, np.generic, list, tuple))
