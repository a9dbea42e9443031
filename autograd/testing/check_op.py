"""One property-based test for every op: what `check_op` demands is what the whole library promises."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings

from ..engine.errors import DtypeError, is_complex
from ..engine.op import Op
from ..engine.sweep import Walk, sum_to
from ..engine.tensor import Tensor, make
from ..engine.types import Array, Function
from ..support.tree import flatten
from ..transforms import gradients
from .case import Case, is_float
from .gradcheck import GradientError, gradcheck
from .slopes import double, random_weights
from .strategies import UNHURRIED, arguments


def op_of(function: Op | Function) -> Op:
    """The op that a public function calls."""
    found = getattr(function, "op", function)
    assert isinstance(found, Op)
    return found


def check_op(function: Op | Function, max_examples: int = 30, order: int = 2) -> None:
    """Prove an op on cases that hypothesis draws from its `cases`; raise AssertionError with the smallest that fails.

    Values equal the NumPy namesake's, called either way; gradients equal finite differences up to `order`; gradients
    have their primal's shape and dtype and share no memory; inputs stay unchanged, and rules never write to what they
    are given; float32 agrees with float64; broadcasting equals explicit expansion; any memory layout and any mix of
    Tensor and array operands gives the same. A fused op agrees with its reference in value and gradient. All of it is
    asked of complex numbers, too, where the op takes them; where it does not, they are a DtypeError.

    >>> import autograd
    >>> check_op(autograd.exp, max_examples=5)
    """
    op = op_of(function)
    if op.cases is None:
        raise ValueError(
            f"op {op.name} has no cases to be proven on; declare it with cases=, such as cases=reals(-2, 2) of "
            "autograd.ops.cases, see autograd.op"
        )

    for complex in (False, True)[: 2 if op.complex else 1]:

        @settings(UNHURRIED, max_examples=max_examples)
        @given(arguments(op, complex))
        def proof(drawn: Any) -> None:
            args, options = drawn
            check_case(op, args, options, order)

        try:
            proof()
        except AssertionError as error:
            error.add_note(f"op {op.name}{', of complex numbers' if complex else ''}")
            raise


def check_case(op: Op, args: tuple[Any, ...], options: dict[str, Any], order: int = 2) -> None:
    """All of `check_op` on one case."""
    case = Case(op, args, options)
    values = check_values(case)
    if not op.complex:
        check_refusal(case)
    if not case.arrays:
        return
    check_gradients(case, order)
    if op.reference is not None:
        check_reference(case, values)
    check_contract(case)
    check_float32(case)
    check_layout(case, values)
    if len(case.arrays) > 1 and not op.variadic:
        check_operands(case, values)


def parts(result: Any) -> Sequence[Any]:
    """The outputs of an op, whether one or several."""
    return result if isinstance(result, (list, tuple)) else [result]


def flat(result: object) -> list[Array]:
    """The arrays of a result, whether one, several, Tensors or not."""
    return [np.asarray(p.data if isinstance(p, Tensor) else p) for p in parts(result)]


def same(found: object, expected: object, what: str, rtol: float = 1e-12, atol: float = 1e-12) -> None:
    """Raise GradientError unless both results agree in shape and value."""
    found, expected = flat(found), flat(expected)
    if len(found) != len(expected):
        raise GradientError(f"{what}: {len(found)} results instead of {len(expected)}")
    for a, b in zip(found, expected):
        if a.shape != b.shape:
            raise GradientError(f"{what}: shape {a.shape} instead of {b.shape}")
        if not np.allclose(a, b, rtol, atol, equal_nan=True):
            raise GradientError(f"{what}: {a} instead of {b}")


def check_values(case: Case) -> list[Array]:
    """Arrays in, arrays out; Tensors in, the same values out; and NumPy's namesake agrees, called on either."""
    op = case.op
    tensors = [Tensor(a) for a in case.arrays]
    plain = case.call(*case.arrays)
    if any(isinstance(p, Tensor) for p in parts(plain)) and case.arrays:
        raise GradientError(f"{op.name} made a Tensor of plain arrays")
    if tensors:
        same(case.call(*tensors), plain, "Tensors give other values than arrays")
    namesake = op.numpy[0] if isinstance(op.numpy, tuple) else op.numpy  # further aliases may take fewer arguments
    if namesake is not None:
        same(plain, case.call(*case.arrays, function=namesake), f"{op.name} differs from NumPy's {namesake.__name__}")
        if tensors:
            same(case.call(*tensors, function=namesake), plain, f"NumPy's {namesake.__name__} on Tensors")
    return flat(plain)


def check_refusal(case: Case) -> None:
    """Complex numbers in place of floats are a DtypeError, as arrays and as Tensors."""
    turned = case.changed(lambda value: value + 0j if is_float(value) else value)
    for call in (turned, turned.changed(lambda value: Tensor(value) if np.iscomplexobj(value) else value)):
        if not is_complex(call.filled(())):
            return
        try:
            call.call(*call.arrays)
        except DtypeError:
            continue
        raise GradientError(
            f"{case.op.name} takes complex numbers; declare complex=True, or complex=False to refuse them"
        )


def check_gradients(case: Case, order: int = 1) -> None:
    """Gradients against finite differences."""
    if not all(a.size for a in case.arrays):
        order = 1
    gradcheck(case.call, case.arrays, order, directions=1)


def backward(
    case: Case, arrays: Sequence[Array], function: Function | None = None, frozen: bool = False
) -> list[Tensor | None]:
    """Run forward and backward with a fixed cotangent; return the inputs' gradients (None if unused).

    With `frozen` whatever a rule is handed is read-only: the cotangent, and what was saved for it.
    """
    leaves = [make(a, None) for a in arrays]  # not copied: this sees a write into the caller's memory
    for leaf in leaves:
        leaf.requires_grad = True
    outputs, weights = _tracked(case.call(*leaves, function=function))
    if not outputs:
        return [None] * len(leaves)
    if frozen:
        freeze([weights, saved(outputs)])
    return list(gradients(outputs, leaves, weights, allow_unused=True))


def _tracked(result: object) -> tuple[list[Tensor], list[Array]]:
    """The outputs that record a gradient, and for each a cotangent that its place among all of them fixes."""
    rng = np.random.default_rng(1)
    drawn = [(o, np.asarray(random_weights(rng, o), o.dtype)) for o in parts(result)]
    tracked = [(o, g) for o, g in drawn if isinstance(o, Tensor) and o.requires_grad]
    return [o for o, _ in tracked], [g for _, g in tracked]


def saved(outputs: Iterable[Tensor]) -> list[object]:
    """All that the graph behind `outputs` has saved for its rules and kernels."""
    nodes = Walk(o._node for o in outputs if o._node is not None).order
    return [values for node in nodes for _, _, values in node.edges or ()]


def freeze(value: object) -> None:
    """Make arrays read-only, alone or in lists and tuples."""
    for array in flatten(value)[0]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False


def composition(op: Op) -> Function:
    """What a fused op stands for, as a function of the op's own arguments."""
    reference = op.reference
    assert reference is not None

    def call(*args: Any, **options: Any) -> Any:
        made = op.forward(*(a.data if isinstance(a, Tensor) else a for a in args), **options)
        bound = inspect.signature(op.forward).bind(*args, **options)
        bound.apply_defaults()
        named = {**bound.arguments, **dict(zip(op.kept, made[1:] if op.kept else ()))}
        return reference(*(named[name] for name in op.handed))

    return call


def gradient_arrays(case: Case, function: Function | None = None) -> list[Array]:
    """The gradients of `backward` as arrays, zeros for an input that is not used."""
    found = zip(case.arrays, backward(case, case.arrays, function))
    return [np.zeros(x.shape, x.dtype) if g is None else g.data for x, g in found]


def check_reference(case: Case, values: list[Array]) -> None:
    """The kernel of a fused op and the composition that it stands for agree, in value and gradient."""
    name, stands_for = case.op.name, composition(case.op)
    same(case.call(*case.arrays, function=stands_for), values, f"the reference of {name}", 1e-9, 1e-9)
    for i, (a, b) in enumerate(zip(gradient_arrays(case), gradient_arrays(case, stands_for))):
        same(b, a, f"the gradient {i} of the reference of {name}", 1e-9, 1e-9 * float(np.max(np.abs(a), initial=1.0)))


def check_contract(case: Case) -> None:
    """Rules write to nothing they are handed, inputs stay, and no gradient shares memory with anything."""
    kept = [np.array(a) for a in case.arrays]
    given = [np.array(a) for a in case.arrays]
    for a in given:
        a.setflags(write=False)
    try:
        found = backward(case, given, frozen=True)
    except ValueError as error:
        backward(case, kept)  # which raises if it was for another reason than that they are read-only
        raise GradientError(f"{case.op.name} or its rule writes to what it was given: {error}") from None
    same(given, kept, "the op changed its input", 0, 0)
    arrays = [g.data for g in found if g is not None and g.ndim]
    for i, g in enumerate(arrays):
        if any(np.may_share_memory(g, other) for other in [*arrays[:i], *given]):
            raise GradientError(f"{case.op.name}: gradient {i} shares memory with another gradient or an input")


def check_float32(case: Case) -> None:
    """float32 stays float32, and agrees with float64 on the same numbers."""
    singles = [np.asarray(a, np.complex64 if np.iscomplexobj(a) else np.float32) for a in case.arrays]
    doubles = [double(a) for a in singles]
    for a in flat(case.call(*singles)):
        if a.dtype in (np.float64, np.complex128) and case.op.name != "astype":
            raise GradientError(f"{case.op.name} turned float32 into float64")
    low, high = backward(case, singles), backward(case, doubles)
    for i, (single, wide) in enumerate(zip(low, high)):
        if (single is None) != (wide is None):
            raise GradientError(f"{case.op.name}: input {i} has a gradient in one dtype only")
        if single is None or wide is None:
            continue
        if single.dtype != singles[i].dtype:
            raise GradientError(f"{case.op.name}: gradient {i} of a {singles[i].dtype} input is {single.dtype}")
        size = float(np.max(np.abs(wide.data), initial=1.0))
        same(single, wide, f"{case.op.name} in float32, gradient {i}", 1e-3, 1e-3 * size)


def check_layout(case: Case, values: list[Array]) -> None:
    """Any memory layout of the inputs, transposed or strided, gives the same values and gradients."""
    spread = [
        np.repeat(np.asarray(a)[..., None], 2, axis=-1).T.copy().T[..., 0] if np.ndim(a) else a for a in case.arrays
    ]
    same(case.call(*spread), values, "another memory layout changes the values")
    for ours, theirs in zip(backward(case, case.arrays), backward(case, spread)):
        if ours is not None:
            same(theirs, ours, "another memory layout changes the gradient", 1e-9, 1e-9)


def check_operands(case: Case, values: list[Array]) -> None:
    """A Tensor beside plain arrays, in every position, gives the same; and broadcasting equals expansion."""
    all_tracked = backward(case, case.arrays)
    for i, x in enumerate(case.arrays):
        tensor = Tensor(x, requires_grad=True)
        result = case.call(*case.arrays[:i], tensor, *case.arrays[i + 1 :])
        same(result, values, f"a Tensor in position {i} beside arrays")
        outputs, weights = _tracked(result)
        if outputs and all_tracked[i] is not None:
            found = gradients(outputs, tensor, weights)
            same(found, all_tracked[i], f"the gradient of input {i} beside arrays", 1e-9, 1e-9)
    if isinstance(case.op.numpy, np.ufunc):
        shape = np.broadcast_shapes(*(np.shape(a) for a in case.arrays))
        wide = [np.broadcast_to(a, shape).copy() for a in case.arrays]
        same(case.call(*wide), values, "broadcasting differs from explicit expansion")
        for i, (a, expanded, narrow) in enumerate(zip(case.arrays, backward(case, wide), all_tracked)):
            if expanded is not None and narrow is not None:
                same(sum_to(expanded.data, np.shape(a)), narrow, f"broadcast gradient {i}", 1e-9, 1e-9)
