"""Transforms: functions in, derivative functions out, nested to any order.

Each takes and returns what it is given, arrays for arrays and Tensors for Tensors, alone or in nested lists, tuples
and dicts. Derivatives nest without confusion: every call differentiates with respect to fresh nodes of its own, and
a result stays in the graph where it also depends on something recorded outside. Keyword arguments are handed on to f,
and are no variables of the derivative.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from .engine.errors import DtypeError, GraphError, ShapeError
from .engine.modes import RECORD, TRACE, enable_grad, mode, replaying, tracing
from .engine.node import Leaf, Node, births
from .engine.op import Op
from .engine.sweep import Walk, backprop, seed_of, seeded, tie, world
from .engine.tensor import Tensor, as_data, make
from .ops.declare import op
from .ops.random import current
from .program.forward import as_argument, as_given, as_point, jvp as jvp, matched, points_of, pushed, require_floats
from .support.checks import choice
from .support.tree import flatten

Function = Callable[..., Any]

# the node through which a recorded Tensor enters a transformed function: a derivative with respect to the
# argument ends here, one with respect to what the argument was made of goes on
_entry = Op(lambda x: x, {"x": lambda g: g}, name="argument", inputs=("x",))


class Traced:
    """One recorded call of `f`: fresh argument nodes, the outputs, and pull-backs through what lies between."""

    def __init__(self, f: Function, args: tuple[Any, ...], argnums: Sequence[int], what: str) -> None:
        self.outer = bool(mode.get() & RECORD)  # whether what surrounds the call records
        start = next(births)
        call = list(args)
        _require_arguments(what, argnums, args)
        given, self.restructure = flatten([args[number] for number in argnums])
        self.inputs = [_enter(leaf, what, number) for number in argnums for leaf in flatten(args[number])[0]]
        for number, argument in zip(argnums, self.restructure(self.inputs)):
            call[number] = argument
        with enable_grad():
            outputs, self.rebuild_output = flatten(f(*call))
        self.answered = any(isinstance(o, Tensor) for o in outputs)
        if what not in ("jvp", "checkpoint") and not self.answered:
            kind = type(outputs[0]).__name__ if outputs else "nothing"
            warnings.warn(
                f"Output seems independent of input: {what}'s function returned {kind}, not a Tensor, so its "
                "derivative is 0; was the graph cut by float(), .item(), .data, .numpy() or the math module?",
                stacklevel=3,
            )
        self.outputs = [o if isinstance(o, Tensor) else Tensor(as_point(o)) for o in outputs]
        self.nodes: list[Node] = [x._node for x in self.inputs]  # type: ignore[misc]
        # what was recorded before this call is not entered, but known to be there: `walk.foreign`
        self.walk = Walk({o._node for o in self.outputs if o._node is not None}, oldest=start)
        tensors = [x for x in given if isinstance(x, Tensor)]
        self.tensors = bool(tensors or mode.get() & TRACE)
        self.nested = self.outer and (any(x._node is not None for x in tensors) or bool(self.walk.foreign))

    def pull(self, cotangents: Sequence[Any], retain: bool = True) -> list[Any]:
        """The cotangents of the arguments, zeros where the outputs do not depend on one."""
        recording = mode.get() & RECORD  # now, whatever was said when the pull-back was made
        record = self.nested or bool(recording and any(isinstance(c, Tensor) and c._node for c in cotangents))
        seeds = _seeds(self.outputs, cotangents, record)
        arrived = backprop(seeds, self.nodes, create_graph=record, retain_graph=retain, walk=self.walk)
        return [self._leave(arrived[n] if n in arrived else np.zeros(n.shape, n.dtype)[()]) for n in self.nodes]

    def _leave(self, g: Any) -> Any:
        return world(g, self.tensors or (isinstance(g, Tensor) and g._node is not None))

    def value(self, output: Tensor) -> Any:
        """An output as the caller sees it: recorded only where it depends on something outside."""
        return output if self.nested else world(output.tied(None), self.tensors)


def _seeds(outputs: Sequence[Tensor], cotangents: Iterable[Any], record: bool) -> dict[Node, Any]:
    """Where a sweep starts, with the cotangents in the outputs' dtypes."""
    lift = record or bool(mode.get() & TRACE)
    typed = (c if isinstance(c, Tensor) else as_data(c, o.dtype) for o, c in zip(outputs, cotangents))
    return seeded(outputs, [world(c, lift) for c in typed])


def _require_arguments(what: str, argnums: Sequence[int], args: tuple[Any, ...]) -> None:
    """Raise ValueError for numbers of arguments that there are not, or that stand there twice."""
    if len({n % len(args) for n in argnums if args}) != len(argnums):
        raise ValueError(f"{what}: argnums {tuple(argnums)} name an argument twice")
    for number in argnums:
        if not -len(args) <= number < len(args):
            raise ValueError(f"{what}: argument {number} of a call with {len(args)} arguments")


def _enter(value: Any, what: str, number: int) -> Tensor:
    if isinstance(value, Tensor) and value._node is not None:
        return value.tied(Node(_entry.plan((True,)), (value._node,), (value._node,), (), value._array))
    data = value._array if isinstance(value, Tensor) else as_argument(value)
    require_floats(data, what, number)
    return tie(value if isinstance(value, Tensor) else data, Leaf(data))


def _argnums(
    argnums: int | Sequence[int], argnum: int | Sequence[int] | None
) -> tuple[tuple[int, ...], Callable[[list[Any]], Any]]:
    """The numbers of the arguments, and what is made of a list with a result for each: one result, or a tuple."""
    given: Any = argnums if argnum is None else argnum
    return ((given,), itemgetter(0)) if np.ndim(given) == 0 else (tuple(given), tuple)


def value_and_grad(
    f: Function, argnums: int | Sequence[int] = 0, *, argnum: int | Sequence[int] | None = None
) -> Function:
    """The function that returns (f(...), gradient of f); f returns one number.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """
    numbers, alike = _argnums(argnums, argnum)

    def differentiated(*args: Any, **options: Any) -> Any:
        traced = Traced(partial(f, **options), args, numbers, "grad")
        if len(traced.outputs) != 1 or traced.outputs[0].size != 1:
            shapes = [o.shape for o in traced.outputs]
            raise ShapeError(f"grad needs a function that returns one number, not shapes {shapes}; use jacobian or vjp")
        (y,) = traced.outputs
        if y.dtype.kind == "b":
            raise DtypeError("grad needs a function that returns a number, not True or False, which have no slope")
        if y.dtype.kind in "iu" and traced.answered:
            raise DtypeError(f"grad needs a function that returns a float, not {y.dtype}: whole numbers have no slope")
        if y.dtype.kind == "c":
            raise DtypeError(
                f"grad needs a function that returns a real number, not {y.dtype}, such as abs(z)**2 or z.real; the "
                "derivative of a holomorphic function is its holomorphic_grad, or jacobian; of any other, use vjp"
            )
        kept = traced.nested or bool(mode.get() & TRACE)  # to an interpreter's tangents the graph may still lead
        flat = traced.pull([np.ones(y.shape, y.dtype)[()]], retain=kept)
        return traced.value(y), alike(traced.restructure(flat))

    return differentiated


def grad(f: Function, argnums: int | Sequence[int] = 0, *, argnum: int | Sequence[int] | None = None) -> Function:
    """The function that returns the gradient of f with respect to the arguments `argnums`, or `argnum`.

    Python's floats are float64 here, as in NumPy, and so in every transform.

    >>> grad(lambda x: x**3)(2.0)
    np.float64(12.0)
    >>> grad(grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    if not callable(f):
        raise TypeError(
            f"grad takes a function and returns its gradient function, not {type(f).__name__}; of a Tensor that is "
            "already computed, gradients(y, xs) returns the gradients, and y.backward() puts them into .grad"
        )
    both = value_and_grad(f, argnums, argnum=argnum)
    return lambda *args, **options: both(*args, **options)[1]


def holomorphic_grad(
    f: Function, argnums: int | Sequence[int] = 0, *, argnum: int | Sequence[int] | None = None
) -> Function:
    """The derivative of a holomorphic function, of which a complex number comes out of complex numbers.

    Raises DtypeError for arguments or a result that are not complex, and ValueError for a function that is not
    holomorphic there, as one that takes abs, real, imag or conj: a single complex number does not say how it changes.

    >>> holomorphic_grad(lambda z: z * z)(1 + 2j)
    np.complex128(2+4j)
    """
    numbers, alike = _argnums(argnums, argnum)

    def differentiated(*args: Any, **options: Any) -> Any:
        traced = Traced(partial(f, **options), args, numbers, "holomorphic_grad")
        dtypes = [t.dtype for t in (*traced.inputs, *traced.outputs)]
        if [o.size for o in traced.outputs] != [1] or any(d.kind != "c" for d in dtypes):
            *given, made = [f"{d} {t.shape}" for d, t in zip(dtypes, (*traced.inputs, *traced.outputs))]
            raise DtypeError(
                f"holomorphic_grad takes complex arguments to one complex number, not {', '.join(given)} to {made}; of "
                "a real result take grad, and z.astype(complex) makes a complex argument"
            )
        (y,) = traced.outputs
        return alike(traced.restructure(_complex_slopes(traced, [np.ones(y.shape, y.dtype)[()]])))

    return differentiated


def _complex_slopes(traced: Traced, cotangents: list[Any]) -> list[Any]:
    """What a pull-back gives of a complex result: its derivatives by complex inputs, and by real ones."""
    up, aside = traced.pull(cotangents), traced.pull([c * 1j if c.dtype.kind == "c" else c for c in cotangents])
    slopes = []
    for x, a, b in zip(traced.inputs, up, aside):
        if x.dtype.kind == "c":
            if not _near(world(b, False), world(a, False) * 1j):
                raise ValueError(
                    "the function is not holomorphic here: it depends on abs, real, imag or conj of an argument, and "
                    "no complex number is its derivative. Take grad of a real number that is made of it, or vjp"
                )
            slopes.append(a)
        else:
            slopes.append(a - 1j * b)
    return slopes


def elementwise_grad(f: Function, argnums: int = 0, *, argnum: int | None = None) -> Function:
    """The derivative of a function that works element by element, at every element.

    >>> elementwise_grad(np.sin)(np.zeros(2))
    array([1., 1.])
    """
    numbers, alike = _argnums(argnums, argnum)

    def differentiated(*args: Any, **options: Any) -> Any:
        traced = Traced(partial(f, **options), args, numbers, "elementwise_grad")
        return alike(traced.restructure(traced.pull([np.ones(o.shape, o.dtype)[()] for o in traced.outputs])))

    return differentiated


def vjp(f: Function, *args: Any) -> tuple[Any, Function]:
    """f(*args), and the function that pulls a cotangent of the result back to the arguments.

    >>> y, pull = vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    traced = Traced(f, args, range(len(args)), "vjp")

    def pull(cotangent: Any) -> tuple[Any, ...]:
        cotangents = matched("vjp", "cotangents", cotangent, "results", traced.outputs)
        return tuple(traced.restructure(traced.pull(cotangents)))

    return traced.rebuild_output([traced.value(o) for o in traced.outputs]), pull


def hvp(f: Function, primals: Sequence[Any], vectors: Sequence[Any]) -> tuple[Any, ...]:
    """The Hessian of f at `primals` times `vectors`, without the Hessian.

    >>> hvp(lambda x: (x**3).sum(), [np.array([1.0, 2.0])], [np.array([1.0, 1.0])])
    (array([ 6., 12.]),)
    """
    matched("hvp", "vectors", list(vectors), "primals", flatten(list(primals))[0])
    return jvp(grad(f, tuple(range(len(primals)))), primals, vectors)[1]  # type: ignore[no-any-return]


def jacobian(
    f: Function,
    argnums: int | Sequence[int] = 0,
    mode: str = "auto",
    *,
    argnum: int | Sequence[int] | None = None,
) -> Function:
    """The function that returns all derivatives of f, of shape (*output, *input).

    In `mode` "reverse" it takes one run and one sweep per element of the output, in "forward" one run per element of
    the input, which is to give the same each time; "auto" goes forward where the output has over four times as many.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    numbers, alike = _argnums(argnums, argnum)
    choice("jacobian: mode", mode, ("auto", "forward", "reverse"))

    def differentiated(*args: Any, **options: Any) -> Any:
        call, chance = partial(f, **options), current().bit_generator.state
        if mode == "forward":
            return _columns(call, args, numbers, alike, chance)
        traced = Traced(call, args, numbers, "jacobian")
        if mode == "auto" and _is_tall(traced):
            try:
                return _columns(call, args, numbers, alike, chance, traced)
            except GraphError:  # of a rule that takes arrays alone, or of other random numbers: the sweeps need neither
                pass
        per_output = [_rows_of(traced, number) for number in range(len(traced.outputs))]
        return traced.rebuild_output([alike(traced.restructure(rows)) for rows in per_output])

    return differentiated


def _is_tall(traced: Traced) -> bool:
    """Whether runs forward take less than sweeps back: a run with its tangents costs as much as about four."""
    reals = all(x.dtype.kind == "f" for x in traced.inputs)
    return reals and sum(o.size for o in traced.outputs) > 4 * sum(x.size for x in traced.inputs) > 0


def _columns(
    f: Function, args: tuple[Any, ...], numbers: Sequence[int], alike: Function, chance: Any, first: Any = None
) -> Any:
    """The Jacobians, by one run per element of the input, each with the same random numbers of ours.

    Raises GraphError where they are not those of the `first` run, as of a function that draws other random numbers.
    """
    _require_arguments("jacobian", numbers, args)
    given, rebuild = flatten([args[number] for number in numbers])
    points = points_of("jacobian", [(number, args[number]) for number in numbers])
    if any(x.dtype.kind == "c" for x in points):
        raise DtypeError('jacobian: mode "forward" takes real arguments; use "reverse" for complex ones')

    def call(*selected: Any) -> Any:
        filled = list(args)
        for number, value in zip(numbers, selected):
            filled[number] = value
        return f(*filled)

    columns: list[list[Any]] = [[] for _ in points]  # of each leaf, the derivatives by its elements
    for i, x in enumerate(points):
        for at in np.ndindex(np.shape(x)):
            current().bit_generator.state = chance
            way = np.zeros(np.shape(x), x.dtype)
            way[at] = 1.0
            ways = [way[()] if j == i else None for j in range(len(points))]
            values, slopes, again = pushed(call, rebuild, points, ways)
            columns[i].append(slopes)
    tensors, found = any(isinstance(x, Tensor) for x in given), []
    for k, value in enumerate(values):
        shapes = [np.shape(value) + np.shape(x) for x in points]
        parts = [np.stack([c[k] for c in cs], -1) if cs else np.zeros(0, x.dtype) for cs, x in zip(columns, points)]
        parts = [np.reshape(part, shape) for part, shape in zip(parts, shapes)]
        if first is not None:
            _require_first(first, k, parts)
        found.append(alike(rebuild([as_given(part, tensors) for part in parts])))
    return again(found)


def _require_first(traced: Traced, number: int, jacobians: list[Any]) -> None:
    """Raise GraphError unless a sweep from one output of the first run gives what its Jacobians do."""
    if mode.get() & TRACE:  # an interpreter's values, such as a program's, are not to be compared
        return
    y = traced.outputs[number]
    weights = np.cos(np.arange(y.size)).reshape(y.shape)  # no two alike, under which no row hides another
    cotangents = [np.zeros(o.shape, o.dtype) for o in traced.outputs]
    cotangents[number] = weights.astype(y.dtype)
    swept = (_complex_slopes if y.dtype.kind == "c" else Traced.pull)(traced, cotangents)
    sums = [np.tensordot(weights, world(part, False), y.ndim) for part in jacobians]
    if not all(_near(total, world(g, False)) for total, g in zip(sums, swept)):
        raise GraphError("jacobian: the function, run again, does something else than before")


def _rows_of(traced: Traced, number: int) -> list[Any]:
    """The Jacobian of one output, one array per input leaf."""
    y = traced.outputs[number]
    rows = []
    for i in range(y.size):
        cotangents = [np.zeros(o.shape, o.dtype) for o in traced.outputs]
        cotangents[number].reshape(-1)[i] = 1.0
        rows.append((_complex_slopes if y.dtype.kind == "c" else Traced.pull)(traced, cotangents))
    if not rows:
        return [np.zeros(y.shape + x.shape, x.dtype) for x in traced.inputs]
    return [np.reshape(np.stack(column), y.shape + x.shape) for column, x in zip(zip(*rows), traced.inputs)]


def hessian(f: Function, argnums: int = 0, *, argnum: int | None = None) -> Function:
    """The function that returns the matrix of second derivatives of f, of shape (*input, *input).

    >>> hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    argnums = argnums if argnum is None else argnum
    return jacobian(grad(f, argnums), argnums, mode="reverse")  # f is run once: faster here than forward over reverse


def _listed(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, Tensor) or not isinstance(tensors, Iterable) else list(tensors)


def gradients(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool = False,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> Any:
    """Return d(outputs)/d(inputs) without touching any `.grad`.

    One Tensor for one input, a list for several; several outputs add up, weighted by `grad_outputs`.
    Raises GraphError for an input that the outputs do not depend on (its graph may have been cut),
    or gives None for it with `allow_unused`.

    >>> x = Tensor(3.0, requires_grad=True)
    >>> gradients(x * x, x)
    Tensor(6.)
    """
    many, wanted = _listed(outputs), _listed(inputs)
    alone = isinstance(outputs, Tensor) or grad_outputs is None
    weights = [grad_outputs] * len(many) if alone else list(grad_outputs)
    if len(weights) != len(many):
        raise ShapeError(f"gradients: {len(weights)} grad_outputs for {len(many)} outputs; give one for each, or None")
    seeds = seeds_of(many, weights, "gradients", create_graph)
    for x in wanted:
        if not isinstance(x, Tensor) or x._node is None:
            raise GraphError(f"gradients: the input {x!r} records nothing; create it with requires_grad=True")
    nodes = [x._node for x in wanted]
    walk = Walk(seeds)
    reached = set(walk.order)
    unused = next((x for x in wanted if x._node not in reached), None)
    if unused is not None and not allow_unused:
        raise GraphError(
            f"gradients: the outputs do not depend on {unused.name or repr(unused)}; was the graph cut by .data, "
            ".detach(), no_grad() or an integer? Pass allow_unused=True to get None instead"
        )
    arrived = backprop(seeds, nodes, create_graph=create_graph, retain_graph=retain_graph, walk=walk)
    found = [world(arrived[node], True) if node in arrived else None for node in nodes]
    return found[0] if isinstance(inputs, Tensor) else found


def seeds_of(outputs: Sequence[Tensor], weights: Sequence[Any], what: str, recorded: bool) -> dict[Node, Any]:
    """What a sweep begins with at each output, as `what` was given it: the sum where one is given twice."""
    return seeded(outputs, [world(seed_of(o, weight, what)[1], recorded) for o, weight in zip(outputs, weights)])


class Replay(NamedTuple):
    """What a checkpoint knows of its function: the values that it gave, and how to record it again and go back."""

    values: tuple[Any, ...]
    joint: Function

    def __repr__(self) -> str:
        return "Replay()"


# one op for every checkpoint, since an op of its own, with its plans, would be a reference cycle for each call
@op(variadic="inputs", joint=lambda g, inputs, replay: replay.joint(g, inputs), name="checkpoint")
def _checkpoint(inputs: Sequence[Any], replay: Replay) -> tuple[Any, ...]:
    return replay.values


def checkpoint(f: Function) -> Function:
    """f with less memory: its graph is dropped at once, and recorded again when backward arrives.

    Gradients also reach Tensors that f uses from outside, such as a layer's parameters; random numbers repeat. In the
    second run batch norms count nothing, and forward hooks that only look are not called. Raises GraphError where f,
    run again, gives something else than before, as after a change of what it uses.

    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: (x * x).sum())(x).backward()
    >>> x.grad
    Tensor([2., 4.])
    """

    def checkpointed(*args: Any, **options: Any) -> Any:
        leaves, rebuild = flatten([list(args), options])
        floats = [i for i, a in enumerate(leaves) if isinstance(a, Tensor) and a.dtype.kind in "fc"]
        chance = current().bit_generator.state

        def run(*values: Any) -> Traced:
            def inner(*fresh: Any) -> Any:
                changed = dict(zip(floats, fresh))
                given, named = rebuild([changed.get(i, leaf) for i, leaf in enumerate(leaves)])
                return f(*given, **named)

            return Traced(inner, values, range(len(values)), "checkpoint")

        if tracing() or not mode.get() & RECORD:  # a program would draw other numbers the second time
            return f(*args, **options)
        first = run(*(leaves[i].detach() for i in floats))
        outside = sorted(first.walk.foreign, key=lambda n: n.birth)
        tracked = [leaves[i] for i in floats] + [make(np.broadcast_to(n.dtype.type(0), n.shape), n) for n in outside]
        results = [o.detach() for o in first.outputs]
        carriers = [i for i, o in enumerate(results) if o.dtype.kind in "fc"]  # integers carry no gradient
        if not carriers or not any(t._node is not None for t in tracked):
            return first.rebuild_output(results)
        values = tuple(results[i]._array for i in carriers)
        rebuild_output = first.rebuild_output
        del first  # and with it the graph: that is the point

        def joint(g: Any, inputs: Any) -> Any:
            record = any(isinstance(c, Tensor) for c in (g if isinstance(g, tuple) else (g,)))
            kept, token = current().bit_generator.state, replaying.set(True)
            current().bit_generator.state = chance
            try:
                with enable_grad():
                    again = run(*(v if isinstance(v, Tensor) else make(v, None) for v in inputs[: len(floats)]))
            finally:
                current().bit_generator.state = kept
                replaying.reset(token)
            again.outputs = [again.outputs[i] for i in carriers]
            _require_the_same(again, values, {*outside, *(v._node for v in inputs if isinstance(v, Tensor))})
            seeds = _seeds(again.outputs, g if isinstance(g, tuple) else (g,), record)
            nodes = [*again.nodes, *outside]
            found = backprop(seeds, nodes, create_graph=record, walk=again.walk)
            return [found[n] if n in found else np.zeros(n.shape, n.dtype) for n in nodes]

        for i, result in zip(carriers, _checkpoint(tracked, Replay(values, joint))):
            results[i] = result
        return rebuild_output(list(results))

    return checkpointed


def _require_the_same(again: Traced, values: Sequence[Any], known: set[Any]) -> None:
    """Raise GraphError unless a second run gave the same values, from the same recorded Tensors, as the first."""
    foreign = [n for n in again.walk.foreign if n not in known]
    if foreign:
        found = f"it uses a recorded Tensor of shape {foreign[0].shape} that it did not use before"
    else:
        if all(o.shape == v.shape and _near(o._array, v) for o, v in zip(again.outputs, values)):
            return
        found = "its results are others"
    raise GraphError(
        f"checkpoint: the function, run again for backward, does something else than before: {found}. It must depend "
        "on its arguments and on what stays as it is until backward; draw random numbers by autograd's generator, and "
        "let a forward hook return what it changes, since one that only looks is not called again"
    )


def _near(a: Any, b: Any) -> bool:
    """Whether they are equal up to rounding: threads may add up in another order."""
    rtol = float(np.finfo(a.dtype).eps) ** 0.5
    scale = np.max(np.abs(b), where=np.isfinite(b), initial=0.0)
    return np.allclose(a, b, rtol, rtol * scale, equal_nan=True)
