"""Other people's derivatives as functions of Tensors, so that all of `autograd.testing` proves them too.

Each library is imported where it is first used.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..engine.types import Array, Function
from ..ops.declare import op

Apply = Callable[[Function, Sequence[Array]], Any]  # calls a library's function on arrays
Pullback = Callable[[Function, int], Function]  # of a library's function of so many inputs: of (*cotangents, *inputs)


def from_pair(f: Function, vjp: Function, *, cases: Any = None) -> Function:
    """A function of Tensors out of `f(*inputs)` and `vjp(g, *inputs)` on arrays, `g` the gradient of the output.

    `vjp` returns a gradient, or a tuple of those of all inputs. Written in NumPy's functions, it is differentiated
    again for higher orders. `cases` are those of an operation, for `check_op`, `mutation_score` and `grade`.

    >>> from autograd.testing import from_pair, gradcheck
    >>> gradcheck(from_pair(np.sin, lambda g, x: g * np.cos(x)), [np.array([0.5, 1.0])], order=2)
    True
    """
    return _declared(f, vjp, _names(vjp)[1:], vjp, cases)


def from_torch(f: Any, *, cases: Any = None) -> Function:
    """A function of Tensors out of one of torch tensors, a `torch.autograd.Function` or a module.

    A module's function takes its parameters, too, in order, behind its inputs.
    """
    import torch

    source, names = None, []
    if isinstance(f, torch.nn.Module):
        module, names = f, _names(f.forward)
        count, held = len(names), [name for name, _ in f.named_parameters()]
        names += ["p_" + name.replace(".", "_") for name in held]
        f = lambda *xs: torch.func.functional_call(module, dict(zip(held, xs[count:])), xs[:count])  # noqa: E731
    elif isinstance(f, type(torch.autograd.Function)):
        source, names, f = f.backward, _names(f.forward)[1:], f.apply

    def apply(f: Function, arrays: Sequence[Array]) -> Any:
        return _each(f(*map(torch.tensor, arrays)), lambda y: y.detach().numpy())

    def pullback(f: Function, count: int) -> Function:
        def pulled(*args: Any) -> Any:
            with torch.enable_grad():
                xs = [x if x.requires_grad else x.requires_grad_() for x in args[-count:]]
                return torch.autograd.grad(f(*xs), xs, args[:-count], create_graph=True, materialize_grads=True)

        return pulled

    return _foreign(f, names or _names(f), apply, pullback, source, cases)


def from_jax(f: Function, *, cases: Any = None) -> Function:
    """A function of Tensors out of one of jax arrays, a `jax.custom_vjp` among them; in float64 where it is given."""
    import jax

    def apply(f: Function, arrays: Sequence[Array]) -> Any:
        with jax.enable_x64(True):
            return _each(f(*map(jax.numpy.asarray, arrays)), np.array)

    def pullback(f: Function, count: int) -> Function:
        def pulled(*args: Any) -> Any:
            y, vjp = jax.vjp(f, *args[-count:])
            return vjp(tuple(args[:-count]) if isinstance(y, tuple) else args[0])

        return pulled

    return _foreign(f, _names(f), apply, pullback, getattr(f, "bwd", None), cases)


def from_hips(f: Function, hips: Any, *, cases: Any = None) -> Function:
    """A function of Tensors out of one in HIPS's primitives; `hips` is its package, imported `in_folder`."""

    def apply(f: Function, arrays: Sequence[Array]) -> Any:
        return _each(f(*arrays), np.array)

    def pullback(f: Function, count: int) -> Function:
        def listed(xs: Any) -> Any:
            y = f(*xs)
            return hips.tuple(y) if isinstance(y, tuple) else y

        def pulled(*args: Any) -> Any:
            vjp, y = hips.make_vjp(listed)(hips.tuple(args[-count:]))
            return tuple(vjp(hips.tuple(args[:-count]) if hips.isinstance(y, tuple) else args[0]))

        return pulled

    return _foreign(f, _names(getattr(f, "fun", f)), apply, pullback, None, cases)  # a primitive's is its own


@contextmanager
def in_folder(folder: str) -> Iterator[None]:
    """Within, `import autograd` is HIPS's package of that name in `folder`; afterwards it is this one again.

    What was imported goes on working. Made with `pip install --target FOLDER autograd`.
    """

    def taken() -> dict[str, Any]:
        return {n: sys.modules.pop(n) for n in list(sys.modules) if n.partition(".")[0] == "autograd"}

    ours = taken()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        taken()
        sys.modules.update(ours)


def _foreign(
    f: Function, names: list[str], apply: Apply, pullback: Pullback, source: Function | None = None, cases: Any = None
) -> Function:
    """A library's function, whose pull-back is a function of that library, too, and so on to any order."""
    back = pullback(f, len(names))

    @cache
    def recorded(count: int) -> Function:
        return _foreign(back, [*(f"g{len(names)}_{i}" for i in range(count)), *names], apply, pullback)

    def rule(g: Any, *xs: Any) -> Any:
        args = (*(g if isinstance(g, (tuple, list)) else [g]), *xs)
        if any(isinstance(a, Tensor) for a in args):
            return recorded(len(args) - len(xs))(*args)
        return apply(back, args)

    return _declared(lambda *arrays: apply(f, arrays), rule, names, source, cases, getattr(f, "__name__", ""))


def _declared(
    f: Function, vjp: Function, names: list[str], source: Function | None, cases: Any, name: str = ""
) -> Function:
    def rule(g: Any, *xs: Any) -> Any:
        found = vjp(g, *xs)
        return found if isinstance(found, (tuple, list)) else (found,)

    def forward(*xs: Any) -> Any:
        return f(*xs)

    given = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in ("g", *names)]
    rule.__signature__, forward.__signature__ = inspect.Signature(given), inspect.Signature(given[1:])  # type: ignore[attr-defined]
    if source is not None:
        rule.__wrapped__ = source  # type: ignore[attr-defined]  # whose text the mutation run breaks
    made: Function = op(joint=rule, inputs=names, name=name or getattr(f, "__name__", "f"))(forward)
    made.op.cases = cases  # type: ignore[attr-defined]  # set here, so that it is not registered among ours
    return made


def _names(f: Function) -> list[str]:
    """The parameters that must be given; those whose name has a meaning in rules, such as y, under another."""
    parameters = inspect.signature(f).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise TypeError(f"{f!r} takes any number of arguments; name them: lambda x: f(x)")
    return [p.name + "_" * (p.name in ("g", "y", "needs")) for p in parameters if p.default is p.empty]


def _each(result: Any, change: Callable[[Any], Any]) -> Any:
    return tuple(map(change, result)) if isinstance(result, (tuple, list)) else change(result)
