"""One property-based test for every op: what `check_op` demands is what the whole library promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings

from ..engine.op import Op
from ..engine.tensor import Tensor, make
from ..transforms import gradients
from .gradcheck import GradientError, gradcheck
from .strategies import arguments


class Case:
    """The arguments of one call, with the differentiable arrays among them laid open as `arrays`."""

    def __init__(self, op: Op, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.op, self.args, self.options = op, args, options
        self.arrays = [a for _, a in self._places()] if op.differentiable else []

    def _places(self) -> list[tuple[tuple[int, ...], Any]]:
        limit = len(self.args) if self.op.composite else len(self.op.inputs)
        places: list[tuple[tuple[int, ...], Any]] = []
        for i, a in enumerate(self.args[:limit]):
            if isinstance(a, list):
                places += [((i, j), e) for j, e in enumerate(a) if _is_float(e)]
            elif _is_float(a):
                places.append(((i,), a))
        return places

    def call(self, *arrays: Any, function: Callable[..., Any] | None = None) -> Any:
        """Call the op (or `function`) with its differentiable arrays replaced."""
        args = [list(a) if isinstance(a, list) else a for a in self.args]
        for (place, _), value in zip(self._places(), arrays):
            if len(place) == 2:
                args[place[0]][place[1]] = value
            else:
                args[place[0]] = value
        return (function or self.op.call)(*args, **self.options)


def _is_float(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"


def check_op(function: Any, max_examples: int = 30, order: int = 2) -> None:
    """Prove an op on cases that hypothesis draws from its `cases`; raise AssertionError with the smallest that fails.

    Values equal the NumPy namesake's, called either way; gradients equal finite differences up to `order`; gradients
    have their primal's shape and dtype and share no memory; inputs stay unchanged, and rules never write to what they
    are given; float32 agrees with float64; broadcasting equals explicit expansion; any memory layout and any mix of
    Tensor and array operands gives the same.

    >>> import autograd
    >>> check_op(autograd.exp, max_examples=5)
    """
    op: Op = function if isinstance(function, Op) else function.op
    if op.cases is None:
        raise ValueError(
            f"op {op.name} has no cases to be proven on; declare it with cases=, such as cases=reals(-2, 2) of "
            "autograd.cases, see autograd.op"
        )

    @settings(max_examples=max_examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(arguments(op))
    def proof(drawn: Any) -> None:
        args, options = drawn
        check_case(op, args, options, order)

    try:
        proof()
    except AssertionError as error:
        error.add_note(f"op {op.name}")
        raise


def check_case(op: Op, args: tuple[Any, ...], options: dict[str, Any], order: int = 2) -> None:
    """All of `check_op` on one case."""
    case = Case(op, args, options)
    values = check_values(case)
    if not case.arrays:
        return
    check_gradients(case, order)
    check_contract(case)
    check_float32(case)
    check_layout(case, values)
    if len(case.arrays) > 1 and not op.variadic:
        check_operands(case, values)


def flat(result: Any) -> list[Any]:
    """The arrays of a result, whether one, several, Tensors or not."""
    parts = result if isinstance(result, (list, tuple)) else [result]
    return [np.asarray(p.data if isinstance(p, Tensor) else p) for p in parts]


def same(found: Any, expected: Any, what: str, rtol: float = 1e-12, atol: float = 1e-12) -> None:
    """Raise GradientError unless both results agree in shape and value."""
    found, expected = flat(found), flat(expected)
    if len(found) != len(expected):
        raise GradientError(f"{what}: {len(found)} results instead of {len(expected)}")
    for a, b in zip(found, expected):
        if a.shape != b.shape:
            raise GradientError(f"{what}: shape {a.shape} instead of {b.shape}")
        if not np.allclose(a, b, rtol, atol, equal_nan=True):
            raise GradientError(f"{what}: {a} instead of {b}")


def check_values(case: Case) -> list[Any]:
    """Arrays in, arrays out; Tensors in, the same values out; and NumPy's namesake agrees, called on either."""
    op = case.op
    tensors = [Tensor(a) for a in case.arrays]
    plain = case.call(*case.arrays)
    if any(isinstance(p, Tensor) for p in (plain if isinstance(plain, (list, tuple)) else [plain])) and case.arrays:
        raise GradientError(f"{op.name} made a Tensor of plain arrays")
    if tensors:
        same(case.call(*tensors), plain, "Tensors give other values than arrays")
    namesake = op.numpy[0] if isinstance(op.numpy, tuple) else op.numpy  # further aliases may take fewer arguments
    if namesake is not None:
        same(plain, case.call(*case.arrays, function=namesake), f"{op.name} differs from NumPy's {namesake.__name__}")
        if tensors:
            same(case.call(*tensors, function=namesake), plain, f"NumPy's {namesake.__name__} on Tensors")
    return flat(plain)


def check_gradients(case: Case, order: int = 1) -> None:
    """Gradients against finite differences."""
    if not all(a.size for a in case.arrays):
        order = 1
    gradcheck(case.call, case.arrays, order, directions=1)


def backward(case: Case, arrays: list[Any], seed: int = 1) -> tuple[list[Tensor], list[Any]]:
    """Run forward and backward with a fixed cotangent; return the leaves and their gradients (None if unused)."""
    leaves = [make(a, None) for a in arrays]  # not copied: this sees a write into the caller's memory
    for leaf in leaves:
        leaf.requires_grad = True
    result = case.call(*leaves)
    outputs = [o for o in (result if isinstance(result, (list, tuple)) else [result]) if o.requires_grad]
    if not outputs:
        return leaves, [None] * len(leaves)
    rng = np.random.default_rng(seed)
    weights = [rng.uniform(-1, 1, o.shape).astype(o.dtype) for o in outputs]
    for w in weights:
        w.setflags(write=False)
    return leaves, gradients(outputs, leaves, weights, allow_unused=True)


def check_contract(case: Case) -> None:
    """Rules are pure: read-only arrays suffice, inputs stay, and no gradient shares memory with anything."""
    kept = [np.array(a) for a in case.arrays]
    given = [np.array(a) for a in case.arrays]
    for a in given:
        a.setflags(write=False)
    try:
        _, found = backward(case, given)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise GradientError(f"{case.op.name} or its rule writes to what it was given: {error}") from None
    same(given, kept, "the op changed its input", 0, 0)
    arrays = [g.data for g in found if g is not None and g.ndim]
    for i, g in enumerate(arrays):
        if any(np.may_share_memory(g, other) for other in [*arrays[:i], *given]):
            raise GradientError(f"{case.op.name}: gradient {i} shares memory with another gradient or an input")


def check_float32(case: Case) -> None:
    """float32 stays float32, and agrees with float64 on the same numbers."""
    singles = [np.asarray(a, np.float32) for a in case.arrays]
    doubles = [a.astype(np.float64) for a in singles]
    for a in flat(case.call(*singles)):
        if a.dtype == np.float64 and case.op.name != "astype":
            raise GradientError(f"{case.op.name} turned float32 into float64")
    (_, low), (_, high) = backward(case, singles), backward(case, doubles)
    for i, (a, b) in enumerate(zip(low, high)):
        if (a is None) != (b is None):
            raise GradientError(f"{case.op.name}: input {i} has a gradient in one dtype only")
        if a is None:
            continue
        if a.dtype != np.float32:
            raise GradientError(f"{case.op.name}: gradient {i} of a float32 input is {a.dtype}")
        size = float(np.max(np.abs(b.data), initial=1.0))
        same(a, b, f"{case.op.name} in float32, gradient {i}", 1e-3, 1e-3 * size)


def check_layout(case: Case, values: list[Any]) -> None:
    """Any memory layout of the inputs, transposed or strided, gives the same values and gradients."""
    spread = [
        np.repeat(np.asarray(a)[..., None], 2, axis=-1).T.copy().T[..., 0] if np.ndim(a) else a for a in case.arrays
    ]
    same(case.call(*spread), values, "another memory layout changes the values")
    (_, ours), (_, theirs) = backward(case, list(case.arrays)), backward(case, spread)
    for a, b in zip(ours, theirs):
        if a is not None:
            same(b, a, "another memory layout changes the gradient", 1e-9, 1e-9)


def check_operands(case: Case, values: list[Any]) -> None:
    """A Tensor beside plain arrays, in every position, gives the same; and broadcasting equals expansion."""
    _, all_tracked = backward(case, list(case.arrays))
    for i in range(len(case.arrays)):
        mixed: list[Any] = list(case.arrays)
        mixed[i] = Tensor(mixed[i], requires_grad=True)
        result = case.call(*mixed)
        same(result, values, f"a Tensor in position {i} beside arrays")
        outputs = [o for o in (result if isinstance(result, (list, tuple)) else [result]) if o.requires_grad]
        if outputs and all_tracked[i] is not None:
            rng = np.random.default_rng(1)
            weights = [rng.uniform(-1, 1, o.shape).astype(o.dtype) for o in outputs]
            g = gradients(outputs, mixed[i], weights)
            same(g, all_tracked[i], f"the gradient of input {i} beside arrays", 1e-9, 1e-9)
    if isinstance(case.op.numpy, np.ufunc):
        shape = np.broadcast_shapes(*(np.shape(a) for a in case.arrays))
        wide = [np.broadcast_to(a, shape).copy() for a in case.arrays]
        same(case.call(*wide), values, "broadcasting differs from explicit expansion")
        _, expanded = backward(case, wide)
        for i, (a, g) in enumerate(zip(case.arrays, expanded)):
            if g is not None and all_tracked[i] is not None:
                from ..engine.sweep import sum_to

                same(sum_to(np.asarray(g.data), np.shape(a)), all_tracked[i], f"broadcast gradient {i}", 1e-9, 1e-9)
