"""vmap: a function of one example, run once for all of them: each call is made for the whole batch.

What the function sees are Tensors as of one example, and behind each stands the value for all of them. A derivative
inside of it is swept the same way: a call made for all examples is pulled back for all of them by its own rule.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..engine.call import bare as let_go
from ..engine.errors import GraphError, ShapeError, TraceError, UnsupportedError, explain
from ..engine.modes import RECORD, TRACE, enable_grad, mode, no_grad
from ..engine.node import Node, births
from ..engine.op import Op, ours
from ..engine.sweep import backprop, seed_of, sum_to, world
from ..engine.tensor import Tensor, as_data
from ..engine.types import Array, Function
from ..ops.shape import stack
from ..support.lines import outside
from ..support.tree import flatten
from .batching import APART, SMALL, Whole, into, moved, out_of, whole_call
from .forward import diagonal, outer
from .interpreter import Interpreter, Marked, bare, each, mapped, marked, named
from .trace import here

Axes = Any  # an axis, None, or nested lists, tuples and dicts of them
_told: set[str] = set()  # the ops whose loop was spoken of
_sweeping: ContextVar[bool] = ContextVar("sweeping", default=False)  # whether a rule runs, not the function itself


class LoopWarning(UserWarning):
    """A call inside `vmap` runs example by example: its op has no form for a whole batch."""


class Made(NamedTuple):
    """How a call was made for all examples, what came out, and which inputs differ from example to example."""

    whole: Whole
    values: list[Any]
    y: Any
    kept: Sequence[Any]
    own: list[bool]


class Batch(Interpreter):
    """Makes each call for all `size` examples; what is known of a value is that of all of them, in front."""

    def __init__(self, size: int, apart: bool = False) -> None:
        super().__init__()
        self.size = size
        self.apart = apart  # whether examples must not see each other, even within one that is a batch itself
        self.over, self.start = False, next(births)
        self.written: list[tuple[weakref.ref[Tensor], Any]] = []

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self.active = self.over = True  # what was carried out of the function still asks before it gives its value

    # values

    def enter(self, whole: Any) -> Marked:
        """One example, as the function sees it, of what has all of them in front."""
        return marked(bare(whole)[0], None, self, whole)

    def has(self, value: Any) -> bool:
        """Whether a value differs from example to example."""
        return self.known(value) is not None

    def lowered(self, value: Any) -> Any:
        """A value as what surrounds this interpreter sees it."""
        return self.known(value) if self.has(value) else value

    def all(self, value: Any) -> Any:
        """A value with the examples in front, each with the same where they share it."""
        if self.has(value):
            return self.known(value)
        value = value if isinstance(value, Tensor) else as_data(value)
        return np.broadcast_to(value, (self.size, *value.shape))

    def front(self, value: Any, rank: int, full: bool = False) -> Any:
        """A value with the examples in front of `rank` axes; as it is where all examples share it, unless `full`."""
        if not (full or self.has(value)):
            return value
        whole = self.all(value)
        extra = rank + 1 - whole.ndim
        return np.reshape(whole, (self.size, *[1] * extra, *whole.shape[1:])) if extra > 0 else whole

    def seen(self, values: Any) -> bool:
        """Whether what surrounds this interpreter watches one of these values: records it, or interprets calls."""
        leaves = flatten(values)[0] if self.under & RECORD else ()
        return bool(self.under & TRACE) or any(self._recorded(v) for v in leaves if isinstance(v, Tensor))

    def _recorded(self, value: Tensor) -> bool:
        """Whether a value has a node that leads to one from outside; that of a derivative in f, alone, does not."""
        node = getattr(self.lowered(value), "_node", None)
        stack, met = [node] if node is not None else [], set[Node]()
        while stack:
            node = stack.pop()
            if self.has(value) or node.birth < self.start:
                return True
            met.add(node)
            stack += [parent for parent in node.parents if parent not in met]
        return False

    def recording(self) -> int:
        """Whether to record outside: as there, unless the function is in a no_grad block of its own."""
        return self.under & RECORD if mode.get() & RECORD or _sweeping.get() else 0

    # calls

    def call(self, op: Op, function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The result of the call for all examples."""
        if not (self.holds(args) or self.holds(options.values())):
            with self.below(mode.get() & RECORD):
                return function(*args, **options)
        if self.apart and op.name == "batch_norm":
            raise GraphError(
                f"per_example_grad: a batch norm in training, at {here()}, mixes the examples, so that none has a "
                "gradient of its own; use eval mode, or a norm of each example such as GroupNorm or LayerNorm"
            )
        if op.fits and (problem := op.fits.problem(args, options)):
            raise explain(ShapeError(problem), op, args)
        given = named(op, args, options)
        inputs = args[0] if op.variadic else args[: op.count]
        inner = mode.get() & RECORD and op.differentiable and any(getattr(x, "_node", None) for x in inputs)
        seen = self.seen(given)
        with self.below(self.recording()):
            whole = whole_call(self, op, given) if given.keys() == set(op.parameters) else None
        if whole is None or (inner and seen and op.reference):
            return self.in_small(op, function, args, options, given, inner)
        values = [whole.named[name] for name in op.parameters]
        own = [a is not b for a, b in zip(values[0] if op.variadic else values, inputs)]
        try:
            with self.below(self.recording()):
                run, values = (function, values) if seen else (op.forward, list(map(let_go, values)))
                y = run(*values[: op.count], **dict(zip(op.parameters[op.count :], values[op.count :])))
                y, *kept = y if op.kept and not seen else (y, *op.kept)
                outs = y if isinstance(y, tuple) else (y,)
                wholes = [out_of(o, axis, self.size) for o, axis in zip(outs, whole.outs)] if whole.outs else list(outs)
        except Exception as error:
            raise explain(error, op, args, options) from None
        return self.made(op, args, options, y, wholes, kept, None if seen else Made(whole, values, y, kept, own))

    def made(
        self, op: Op, args: Any, options: Any, y: Any, wholes: list[Any], kept: Sequence[Any], how: Made | None = None
    ) -> Any:
        """The results of a call, whose values for all examples are `wholes`, with the node that notes it."""
        in_axis, firsts = how is not None and how.whole.outs, (bare(w)[0] for w in wholes)
        held = [
            mapped(lambda k: self.enter(out_of(k, 0, self.size) if in_axis else k), k) if name in op.handed else None
            for name, k in zip(op.kept, kept)
        ]
        out, known = each(lambda o: next(firsts), y), wholes if isinstance(y, tuple) else wholes[0]
        result, node = self.noted(op, args, options, out, known, held, held)
        if node is not None:
            node.__dict__["made"] = how
        return result

    def in_small(
        self, op: Op, function: Function, args: Any, options: dict[str, Any], given: dict[str, Any], inner: Any
    ) -> Any:
        """The result of a call for which there is no rule, as that of other calls, or of one for each example."""
        if op.name in SMALL and ours(op):
            return SMALL[op.name](**given)
        if not (given.get("dropout") or (op.name == "ctc" and self.holds(map(given.get, op.parameters[1:4])))):
            small = self.composed(op, args, options)
            return small[0] if small else self.looped(op, function, args, options)
        if inner:  # what the composition needs, such as what was dropped, each example has of its own
            raise UnsupportedError(
                f"{op.name}: with dropout, or a target for each example, it has a gradient inside vmap only where "
                "nothing outside of vmap differentiates or maps that again"
            )
        return self.looped(op, function, args, options)

    def looped(self, op: Op, function: Function, args: Any, options: dict[str, Any]) -> Any:
        """The results of one call for each example."""
        if op.name not in _told:
            _told.add(op.name)
            warnings.warn(
                f"vmap: {op.name} has no form for a whole batch, and runs example by example; where that is well, "
                'warnings.simplefilter("ignore", autograd.LoopWarning)',
                LoopWarning,
                stacklevel=outside()[1] + 1,
            )
        with self.below(self.recording()):
            picks = [lambda x, i=i: self.known(x)[i] if self.has(x) else x for i in range(self.size)]
            rows = [function(*mapped(pick, args), **mapped(pick, options)) for pick in picks]
            wholes = [stack(column) for column in (zip(*rows) if isinstance(rows[0], tuple) else [rows])]
        return self.made(op, args, options, rows[0], wholes, ())

    # sweeps

    def pulled(self, node: Node, g: Any, saved: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any] | None:
        """The cotangents of a call that was made for all examples, by its own rule."""
        _sweeping.set(True)  # in the sweep's own context, which ends with it
        op, how = node.plan.op, node.__dict__.get("made")
        gs = g if isinstance(g, tuple) else (g,)
        if how is None or mode.get() & RECORD or self.seen(gs):
            return None
        shared = not all(how.own[i] or diagonal(op) for i in wanted)  # the rule would add it up over the examples
        if shared and op.name not in APART:
            return None
        axes = iter(how.whole.outs or [None] * len(gs))
        g = each(lambda g: self.all(g if self.has(g) else bare(g)), g)  # nobody outside is to see that
        g = each(lambda g: bare(g if (axis := next(axes)) is None else into(g, axis)), g)
        parts: dict[int, Any] = {}
        with self.below():
            if shared:
                found = APART[op.name](
                    self.size, g, how.kept, [op.inputs[i] for i in wanted], **dict(zip(op.parameters, how.values))
                )
                parts = {i: found[op.inputs[i]] for i in wanted if op.inputs[i] in found}
            if rest := tuple(i for i in wanted if i not in parts):
                plan = op.plan(tuple(i in rest for i in range(len(node.plan.needs))))
                parts.update(zip(rest, plan.puller(rest)(g, plan.save(how.y, *how.kept, *how.values))))
            return [self.enter(self._of_each(node, how, i, parts[i])) for i in wanted]

    def _of_each(self, node: Node, how: Made, i: int, part: Array) -> Array:
        """The cotangent of an input in the shape of each example, with these in front."""
        op, shape = node.plan.op, node.inputs[i].shape
        axis = None if op.variadic or not how.own[i] else how.whole.inputs.get(op.inputs[i])
        if axis is not None:
            return out_of(part, axis, self.size)  # type: ignore[no-any-return]
        alone = (self.size, *[1] * (part.ndim - 1 - len(shape)), *shape)
        to = (how.values[0] if op.variadic else how.values)[i].shape if how.own[i] else alone
        return np.reshape(part if part.shape == to else sum_to(part, to), (self.size, *shape))

    # what a value or a Tensor is asked for

    def left(self, tensor: Marked, how: str, value: Any) -> Any:
        """A branch that all examples take alike may be taken; anything else would be that of the first example."""
        if self.over:
            raise TraceError(f"{how} of what was carried out of vmap, the value of one example; return it instead")
        if how == "bool()":
            whole = self.lowered(tensor)
            with self.below():
                if np.all(whole == whole[0]):
                    return value
        raise TraceError(
            f"{how} of a value inside vmap, {tensor.dtype} {tensor.shape}, at {here()}: the {self.size} examples "
            "differ, and Python would go on with the first; choose between values with autograd.where, and write what "
            "leaves for NumPy in operations on Tensors"
        )

    def touched(self, node: Node, read: bool = True) -> None:
        """No gradient is put into a leaf, which has room for one."""
        raise GraphError(
            f".grad or backward() inside vmap, at {here()}: each example has a gradient of its own; use autograd.grad, "
            "or autograd.gradients(y, xs), and return what it gives"
        )

    def detached(self, tensor: Tensor) -> Tensor:
        """The same value without the graph."""
        with self.below():
            value = world(self.lowered(tensor), True).detach()
        return self.enter(value) if self.has(tensor) else value

    def drawn(self, draw: Function) -> Any:
        """For each example what `draw()` takes from the generator."""
        with self.below():
            return self.enter(stack([draw() for _ in range(self.size)]))

    def rebind(self, tensor: Tensor, result: Tensor) -> Tensor:
        """A write, which may not outlive the function where each example writes another value."""
        if self.has(tensor) and not self.has(result):  # by .data, which is to be the same for all
            result = self.enter(self.all(bare(result)))
        elif self.has(result) and not self.has(tensor):
            before = tensor._array, tensor._node, tensor.__class__, tensor.__dict__.get("mark")
            self.written.append((weakref.ref(tensor), before))
        if result.dtype != tensor.dtype and tensor.dtype.kind in "fc":
            result = result.astype(tensor.dtype)
        return super().rebind(tensor, result)

    def restored(self) -> list[Tensor]:
        """Those of the Tensors written to that are there still, as they were before."""
        carried = [(tensor, before) for ref, before in self.written if (tensor := ref()) is not None]
        for tensor, before in reversed(carried):
            tensor._array, tensor._node, tensor.__class__, tensor.__dict__["mark"] = before
        return [tensor for tensor, _ in carried]


# -- what users call -----------------------------------------------------------------------------------


def vmap(f: Function, in_axes: Axes = 0, out_axes: Axes = 0) -> Function:
    """f of one example as a function of all of them, which run at once: each call in f is made for the whole batch.

    `in_axes` says along which axis of each argument the examples lie: one number for all, or one for each argument,
    itself a number, None for what all examples share, or a nest of these as the argument is one; `out_axes` where they
    are to lie in the results. Arrays in, arrays out; Tensors in, Tensors out. Keyword arguments are shared. Each
    example draws random numbers of its own. Ops without a form for a whole batch run example by example, and a
    LoopWarning says so, once. Composes with grad, jvp, jacobian, hessian and itself, inside and outside.
    Raises ShapeError where `in_axes` do not fit or batch sizes differ, GraphError for backward() inside, TraceError
    where values leave f for Python, as in an `if` of which not all examples take the same branch.

    >>> vmap(lambda x, w: x @ w, in_axes=(0, None))(np.ones((3, 2)), np.array([1.0, 2.0]))
    array([3., 3., 3.])
    >>> vmap(grad(lambda x: x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """

    def batched(*args: Any, **options: Any) -> Any:
        return _run("vmap", partial(f, **options), args, in_axes, out_axes)

    return batched


def per_example_grad(model: Any, loss: Function, x: Any, y: Any, in_axes: Axes = 0) -> dict[str, Array]:
    """The gradient of loss(model(x), y) for each example alone: for each parameter's name (N, *shape of the parameter).

    The model sees batches of one, cut from x and y along `in_axes`: one number, or one for each, as (1, 0) for
    sequences of shape (T, N, F). One pass serves all examples. Parameters that need no gradient are left out, and those
    that are not used have zeros. Raises GraphError for a batch norm in training, where no example has a gradient of
    its own, ShapeError where the loss is no single number.

    >>> class Scale:
    ...     weight = Tensor([1.0, 2.0], requires_grad=True)
    ...     def named_parameters(self):
    ...         yield "weight", self.weight
    ...     def __call__(self, x):
    ...         return x * self.weight
    >>> per_example_grad(Scale(), lambda p, y: (p * y).sum(), np.ones((2, 2)), np.array([[1.0], [3.0]]))
    {'weight': array([[1., 1.],
           [3., 3.]], dtype=float32)}
    """
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if not parameters:
        raise GraphError("per_example_grad: the model has no parameter that requires a gradient")

    def of_one(x: Any, y: Any) -> list[Any]:
        with enable_grad():
            node, seed = seed_of(loss(model(x), y), None, "per_example_grad: the loss")
        arrived = backprop({node: world(seed, True)}, [p._node for p in parameters.values()])
        return [arrived.get(p._node, np.zeros(p.shape, p.dtype)) for p in parameters.values()]

    with no_grad():
        found = _run("per_example_grad", of_one, (x, y), in_axes, 0, apart=True)
    return {name: world(g, False) for name, g in zip(parameters, found)}


def axes_of(axes: Axes, tree: Any, what: str) -> list[int | None]:
    """The axis of each leaf in a tree of arguments, where one may stand for all that is in its place."""
    if axes is None or isinstance(axes, int):
        return [axes] * len(flatten(tree)[0])
    if isinstance(axes, dict) and isinstance(tree, dict) and axes.keys() == tree.keys():
        return [a for name in sorted(tree, key=str) for a in axes_of(axes[name], tree[name], what)]
    if isinstance(axes, (list, tuple)) and isinstance(tree, (list, tuple)) and len(axes) == len(tree):
        return [a for part, values in zip(axes, tree) for a in axes_of(part, values, what)]
    given = f"{len(tree)} values" if isinstance(tree, (list, tuple)) else f"a {type(tree).__name__}"
    raise ShapeError(f"{what} = {axes!r} for {given}: give an axis or None for all, or one for each in the same nest")


def _size(what: str, leaves: list[Any], axes: list[int | None]) -> int:
    """How many examples there are."""
    sizes: dict[int, int] = {}
    for number, (leaf, axis) in enumerate(zip(leaves, axes)):
        shape = np.shape(leaf)
        if axis is None:
            continue
        if not -len(shape) <= axis < len(shape):
            raise ShapeError(
                f"{what}: value {number} of the arguments, of shape {shape}, has no axis {axis} for examples; "
                "in_axes says None of what all examples share"
            )
        sizes[number] = shape[axis]
    if len(set(sizes.values())) != 1 or 0 in sizes.values():
        said = ", ".join(f"{size} in value {number}" for number, size in sizes.items()) or "none in any"
        raise ShapeError(
            f"{what}: in_axes must give all arguments the same number of examples, and one at least: {said}"
        )
    return sizes.popitem()[1]


def _run(what: str, f: Function, args: tuple[Any, ...], in_axes: Axes, out_axes: Axes, apart: bool = False) -> Any:
    """f of all examples, which lie along `in_axes` of the arguments, put along `out_axes` of the results."""
    leaves, rebuild = flatten(args)
    axes = axes_of(in_axes, args, f"{what}: in_axes")
    size, nested = _size(what, leaves, axes), bool(mode.get() & TRACE)
    given = [x if a is None else moved(outer(x), a, 0) for x, a in zip(leaves, axes)]
    if apart:  # and yet each a batch, of one
        given = [x if a is None else np.expand_dims(x, a if a < 0 else a + 1) for x, a in zip(given, axes)]
    with Batch(size, apart) as batch:
        try:
            made = f(*rebuild([x if a is None else batch.enter(x) for x, a in zip(given, axes)]))
            outs, again = flatten(made)
            wholes = [batch.lowered(o) if batch.has(o) else None for o in outs]
        finally:
            carried = batch.restored()
    if any(not any(t is o for o in outs) for t in carried):
        raise GraphError(
            f"{what}: the function wrote another value for each example to a Tensor that all of them share, of shape "
            f"{carried[0].shape}, such as a running mean; return what it is to be, or use eval mode"
        )
    tensors, taken, found = any(isinstance(x, Tensor) for x in leaves), mapped(bare, given), []
    for out, whole, axis in zip(outs, wholes, axes_of(out_axes, made, f"{what}: out_axes")):
        if axis is None and whole is not None:
            raise ShapeError(f"{what}: out_axes is None for a result that differs between examples; give an axis")
        value = out if axis is None else moved(batch.all(out) if whole is None else whole, 0, axis)
        found.append(_given(value, tensors or nested, taken))
    return again(found)


def _given(value: Any, tensors: bool, taken: list[Any]) -> Any:
    """A result as the caller gave: a Tensor where it is watched, else an array for arrays, in memory of its own."""
    if isinstance(value, Tensor) and (value._node is not None or mode.get() & TRACE):
        return value
    data = bare(value)
    if isinstance(data, np.ndarray) and data.ndim:
        if not data.flags.writeable or any(np.may_share_memory(data, other) for other in taken):
            data = data.copy()
        taken.append(data)
    return world(data, tensors)
