"""A call of an op and its derivatives as functions of arrays: what every way of running a program is compared on."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

import autograd
from autograd import Tensor
from autograd.engine.op import Op
from autograd.program.program import Program
from autograd.program.trace import trace
from autograd.support.tree import flatten
from autograd.testing.case import Case
from autograd.testing.strategies import arguments

Function = Callable[..., Any]
# how long the result is, the values say: no program and no batch has a place for it
RAGGED = {"intersect1d", "setdiff1d", "setxor1d", "trim_zeros", "union1d", "unique"}


def either(op: Op) -> SearchStrategy[Any]:
    """The strategy of an op's arguments, real or, where it takes them, complex."""
    return arguments(op) | arguments(op, True) if op.complex else arguments(op)


def weighted(results: Sequence[Tensor], seed: int) -> Tensor:
    """A sum in which every element counts otherwise: ones would hide errors."""
    random = np.random.default_rng(seed)
    terms = [(r * random.uniform(0.5, 1, r.shape).astype(r.dtype)).sum() for r in results]
    real = [np.real(t * (1 - 0.7j)) if t.dtype.kind == "c" else t for t in terms]
    return sum(real, Tensor(0.0, dtype=np.float64))


def floats(result: Any) -> list[Tensor]:
    """The results that may carry a gradient."""
    results = result if isinstance(result, (tuple, list)) else [result]
    return [r for r in results if isinstance(r, Tensor) and r.dtype.kind in "fc"]


def derivative(case: Case, order: int) -> Function:
    """The call itself, its gradient, or the gradient of a weighted sum of that."""
    every = tuple(range(len(case.arrays)))
    if order == 0:
        return case.call
    first = autograd.grad(lambda *xs: weighted(floats(case.call(*xs)), 0), every)
    return first if order == 1 else autograd.grad(lambda *xs: weighted(first(*xs), 1), every)


def arrays_of(results: Any) -> list[Any]:
    """The results as arrays."""
    results = results if isinstance(results, (tuple, list)) else [results]
    return [np.asarray(r._array if isinstance(r, Tensor) else r) for r in results]


def close(a: Any, b: Any) -> bool:
    """Whether results agree up to rounding, nan and inf alike."""
    pairs = list(zip(arrays_of(a), arrays_of(b), strict=True))
    return all(x.shape == y.shape and np.allclose(x, y, 1e-9, 1e-9, equal_nan=True) for x, y in pairs)


def elsewhere(case: Case) -> list[list[Any]]:
    """The arrays of a call, a little off, and shuffled: a program is to be right there, too, or to say no."""
    random = np.random.default_rng(0)
    near = [np.asarray(x * (1 + 1e-3 * random.uniform(0.5, 1, np.shape(x)))).astype(x.dtype)[()] for x in case.arrays]
    return [list(case.arrays), near, [random.permutation(np.ravel(x)).reshape(np.shape(x))[()] for x in case.arrays]]


def same_bits(a: Any, b: Any) -> bool:
    """Whether results are equal to the last bit: -0.0 is not 0.0, and nan is nan."""
    pairs = list(zip(arrays_of(a), arrays_of(b), strict=True))
    return all(x.dtype == y.dtype and x.shape == y.shape and np.array_equal(bits(x), bits(y)) for x, y in pairs)


def bits(x: Any) -> Any:
    """The bytes of an array, every nan made alike."""
    one = np.where(np.isnan(x), np.nan, x).astype(x.dtype) if x.dtype.kind in "fc" else x
    return np.frombuffer(one.tobytes(), np.uint8)


def decomposes(program: Any) -> bool:
    """Whether LAPACK takes part, which may never end where a matrix holds nan."""
    rooms = {"autograd.ops.decomposition", "autograd.ops.matrix_function"}
    return any(getattr(getattr(eqn.op, "call", None), "__module__", "") in rooms for eqn in program.eqns)


def forms(case: Case, order: int) -> Iterator[Program]:
    """A derivative as a program with fused ops whole, and, where it has any, with them in small."""
    fused: list[Op] = []

    def stays(op: Op) -> bool:
        fused.extend([op] if op.reference else [])
        return True

    yield trace(derivative(case, order), *case.arrays, whole=stays)
    if fused:
        yield trace(derivative(case, order), *case.arrays)


def programs(op: Any, drawn: Any) -> Iterator[tuple[Program, list[list[Any]]]]:
    """A call and its derivatives as programs, in both precisions, fused ops whole and in small; arrays for each."""
    given = Case(op, *drawn)
    doubles = any(single(x) is not x for x in flatten(drawn[0])[0])
    for case in (given, given.changed(single)) if given.arrays and doubles else (given,):
        rounds = [*elsewhere(case), special(case)]
        for order in range(3 if op.differentiable else 1):
            try:
                for program in forms(case, order):
                    yield program, rounds[:-1] if decomposes(program) else rounds
            except (TypeError, ValueError):
                if case is given:  # any other may not be there in single precision
                    raise


def attempt(run: Function, arrays: Sequence[Any]) -> list[Any]:
    """The results, or of what kind the error is."""
    autograd.seed(0)
    try:
        return list(run(*arrays))
    except Exception as error:
        return [type(error).__name__]


def special(case: Case) -> list[Any]:
    """The arrays of a call, with nan, infinities and -0.0 among their elements."""
    random = np.random.default_rng(1)
    chosen = [random.choice([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0], np.shape(x)) for x in case.arrays]
    return [np.where(random.random(np.shape(x)) < 0.5, c, x).astype(x.dtype)[()] for x, c in zip(case.arrays, chosen)]


def single(value: Any) -> Any:
    """A double precision array in single precision."""
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == np.float64 else value
