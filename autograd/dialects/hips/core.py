"""`autograd.core`: rules of primitives, pull-backs and push-forwards, and vector spaces of nested containers."""

from collections.abc import Iterator, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np

from autograd.support import tree
from autograd.transforms import jvp, vjp

from .absent import lookup as _lookup
from .misc.flatten import flatten
from .tracer import Box, Function, getval, isbox, primitive as _primitive, primitive_jvps, primitive_vjps  # noqa: F401


def make_vjp(fun: Function, x: Any) -> tuple[Function, Any]:
    """The function that pulls a cotangent of fun(x) back to x, and fun(x)."""
    y, pull = vjp(fun, x)
    return lambda g: pull(g)[0], y


def make_jvp(fun: Function, x: Any) -> Function:
    """The function that gives, of a tangent of x, fun(x) and its tangent."""
    return lambda g: jvp(fun, [x], [g])


# one rule for all: of a primitive, vjpmaker(argnums, ans, args, kwargs)(g) gives the cotangents of its arguments, and
# jvpmaker(argnums, gs, ans, args, kwargs) the tangent of its result
defvjp_argnums = primitive_vjps.__setitem__
defjvp_argnums = primitive_jvps.__setitem__


def defvjp_argnum(fun: Any, vjpmaker: Function) -> None:
    """One rule for any argument: vjpmaker(argnum, ans, args, kwargs)(g) gives its cotangent."""

    def maker(argnums: Sequence[int], *call: Any) -> Function:
        pulls = [vjpmaker(i, *call) for i in argnums]
        return lambda g: [pull(g) for pull in pulls]

    defvjp_argnums(fun, maker)


def _rule(fun: Any, rules: dict[int, Any], argnum: int) -> Any:
    if argnum not in rules:
        raise NotImplementedError(f"{fun.__name__} has no derivative rule for argument {argnum}; give it one")
    return rules[argnum]


def defvjp(fun: Any, *vjpmakers: Any, argnums: Any = None) -> None:
    """A rule for each argument: vjpmaker(ans, *args, **kwargs)(g) gives its cotangent; None stands for zeros."""
    rules = dict(zip(argnums or range(len(vjpmakers)), vjpmakers))

    def pull(argnum: int, ans: Any, args: Sequence[Any], kwargs: Any) -> Function:
        maker = _rule(fun, rules, argnum)
        return (lambda g: vspace(args[argnum]).zeros()) if maker is None else maker(ans, *args, **kwargs)

    defvjp_argnum(fun, pull)


def defjvp_argnum(fun: Any, jvpmaker: Function) -> None:
    """One rule for any tangent: jvpmaker(argnum, g, ans, args, kwargs) gives what it adds to that of the result."""
    total = lambda argnums, gs, *call: reduce(np.add, [jvpmaker(i, g, *call) for i, g in zip(argnums, gs)])
    defjvp_argnums(fun, total)


def defjvp(fun: Any, *jvpfuns: Any, argnums: Any = None) -> None:
    """A rule for each tangent: jvpfun(g, ans, *args, **kwargs); "same" calls the function on it, None gives zeros."""
    rules = dict(zip(argnums or range(len(jvpfuns)), jvpfuns))

    def push(argnum: int, g: Any, ans: Any, args: Sequence[Any], kwargs: Any) -> Any:
        rule = _rule(fun, rules, argnum)
        if rule is None:
            return vspace(ans).zeros()
        return (_linear(fun, argnum) if rule == "same" else rule)(g, ans, *args, **kwargs)

    defjvp_argnum(fun, push)


def def_linear(fun: Any) -> None:
    """Say that a function is linear in each argument."""
    defjvp_argnum(fun, lambda argnum, g, ans, args, kwargs: _linear(fun, argnum)(g, ans, *args, **kwargs))


def _linear(fun: Any, argnum: int) -> Function:
    """The rule that calls a function on the tangent; of a traced one it adds up what comes of the unit vectors."""

    def at(g: Any, ans: Any, *args: Any, **kwargs: Any) -> Any:
        if isbox(g):
            units = [at(unit, ans, *args, **kwargs) for unit in vspace(getval(g)).standard_basis()]
            return np.tensordot(np.ravel(g), np.stack(units), 1)
        return fun(*args[:argnum], g, *args[argnum + 1 :], **kwargs)

    return at


def primitive(f: Function) -> Function:
    """As that of `autograd.extend`, and with methods that give it rules, as HIPS had before 2017."""
    made: Any = _primitive(f)
    rules: dict[int, Any] = {}

    def give(rule: Any, argnum: int = 0) -> None:
        rules[argnum] = rule
        defvjp(made, *rules.values(), argnums=list(rules))

    def old(rule: Function, argnum: int = 0) -> None:
        spaces = lambda ans, args: (vspace(args[argnum]), vspace(ans))
        give(lambda ans, *args, **named: lambda g: rule(g, ans, *spaces(ans, args), *args, **named), argnum)

    made.defgrad, made.defvjp = give, old
    made.defvjp_is_zero = lambda argnums=(0,): list(map(partial(give, None), argnums))
    return made


class VSpace:
    """The vectors of one shape and dtype, or of nested containers of them: each is one flat vector, put into place."""

    def __init__(self, value: Any) -> None:
        leaves, rebuild = tree.flatten(value)
        self._spaces = [(np.shape(x), np.asarray(getval(x)).dtype) for x in leaves]
        self._kind = repr(rebuild([None] * len(leaves)))
        if len(leaves) == 1 and self._kind == "None":
            ((self.shape, self.dtype),) = self._spaces
        for _, dtype in self._spaces:
            if dtype.kind not in "fciub":
                raise TypeError(f"{type(value).__name__} of {dtype} is no vector; give floats")
        _, self._put = flatten(rebuild([np.zeros(shape, dtype) for shape, dtype in self._spaces]))
        self._complex = np.repeat([d.kind == "c" for _, d in self._spaces], [int(np.prod(s)) for s, _ in self._spaces])

    iscomplex = property(lambda self: bool(self._complex.any()))
    size = property(lambda self: len(self._complex) + int(self._complex.sum()))
    ndim = property(lambda self: len(self.shape))

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, VSpace) and (self._spaces, self._kind) == (other._spaces, other._kind)

    __hash__ = None

    def __repr__(self) -> str:
        return f"VSpace({self._kind.replace('None', '{}')})".format(*(f"{d} {s}" for s, d in self._spaces))

    def zeros(self) -> Any:
        """The vector of zeros."""
        return self._put(np.zeros(len(self._complex)))

    def ones(self) -> Any:
        """The vector of ones, and of 1 + 1j where it is complex: the sum of the standard basis."""
        return self._put(1.0 + 1j * self._complex)

    def randn(self) -> Any:
        """A random vector, of NumPy's global generator."""
        normal = np.random.randn
        return self._put(normal(len(self._complex)) + 1j * self._complex * normal(len(self._complex)))

    def standard_basis(self) -> Iterator[Any]:
        """The unit vectors, one along each real direction."""
        for row, isc in zip(np.eye(len(self._complex)), self._complex):
            yield from map(self._put, (row, 1j * row) if isc else (row,))

    def add(self, x: Any, y: Any) -> Any:
        """The sum."""
        return self._put(flatten(x)[0] + flatten(y)[0])

    def scalar_mul(self, x: Any, a: Any) -> Any:
        """The vector times a number."""
        return self._put(flatten(x)[0] * a)

    def inner_prod(self, x: Any, y: Any) -> Any:
        """The real inner product."""
        x, y = flatten(x)[0], flatten(y)[0]
        return np.real(np.sum(np.conj(x) * y)) if self.iscomplex else np.sum(x * y)

    def covector(self, x: Any) -> Any:
        """The cotangent that stands for a vector: its conjugate."""
        return self._put(np.conj(flatten(x)[0])) if self.iscomplex else x

    mut_add = add


vspace = VSpace  # the space that a value is a vector of


__getattr__ = _lookup("autograd.core", globals())
