"""`autograd.test_util`: derivatives beside differences of values, along random directions."""

from itertools import product
from typing import Any

from .core import make_jvp, make_vjp, vspace
from .tracer import Function
from .wrap_util import get_name, unary_to_nary

TOL = RTOL = EPS = 1e-6


def scalar_close(a: Any, b: Any) -> bool:
    """Whether two numbers are equal up to 1e-6, absolutely or relatively."""
    return bool(abs(a - b) < TOL or abs(a - b) / abs(a + b) < RTOL)


def make_numerical_jvp(f: Function, x: Any) -> Function:
    """The derivative along a direction, by a central difference."""
    space, out = vspace(x), vspace(f(x))

    def jvp(v: Any) -> Any:
        ahead, behind = (f(space.add(x, space.scalar_mul(v, step))) for step in (EPS / 2, -EPS / 2))
        return out.scalar_mul(out.add(ahead, out.scalar_mul(behind, -1.0)), 1.0 / EPS)

    return jvp


def check_vjp(f: Function, x: Any) -> None:
    """Raise AssertionError unless the pull-back is the transpose of a difference of values."""
    vjp, y = make_vjp(f, x)
    space, out = vspace(x), vspace(y)
    x_v, y_v = space.randn(), out.randn()
    vjp_y = space.covector(vjp(out.covector(y_v)))
    assert vspace(vjp_y) == space, f"{get_name(f)}: the gradient of {space} is {vspace(vjp_y)}"
    exact, numeric = space.inner_prod(x_v, vjp_y), out.inner_prod(y_v, make_numerical_jvp(f, x)(x_v))
    assert scalar_close(numeric, exact), (
        f"Derivative (VJP) check of {get_name(f)} failed with arg {x}:\nanalytic: {exact}\nnumeric:  {numeric}"
    )


def check_jvp(f: Function, x: Any) -> None:
    """Raise AssertionError unless the push-forward is a difference of values."""
    v = vspace(x).randn()
    check_equivalent(make_jvp(f, x)(v)[1], make_numerical_jvp(f, x)(v))


def check_equivalent(x: Any, y: Any) -> None:
    """Raise AssertionError unless two values have equal shapes and dtypes, and are equal along a random direction."""
    space, other = vspace(x), vspace(y)
    assert space == other, f"VSpace mismatch:\nx: {space}\ny: {other}"
    v = space.randn()
    assert scalar_close(space.inner_prod(x, v), space.inner_prod(y, v)), f"Value mismatch:\nx: {x}\ny: {y}"


@unary_to_nary
def check_grads(f: Function, x: Any, modes: Any = ("fwd", "rev"), order: int = 2) -> None:
    """Raise AssertionError unless the derivatives of f up to `order` are differences of values, in these modes."""
    modes = modes or ("fwd", "rev")
    assert set(modes) <= {"fwd", "rev"}, f"modes are fwd and rev, not {modes}"
    slopes = {"jvp": lambda x, v: make_jvp(f, x)(v)[1], "vjp": lambda x, v: make_vjp(f, x)[0](v)}
    for mode, name, check in (("fwd", "jvp", check_jvp), ("rev", "vjp", check_vjp)):
        if mode in modes:
            check(f, x)
        if mode in modes and order > 1:
            slopes[name].__name__ = f"{name}_{get_name(f)}"
            check_grads(slopes[name], (0, 1), modes, order=order - 1)(x, vspace(x if mode == "fwd" else f(x)).randn())


def combo_check(fun: Function, *how: Any, **named: Any) -> Function:
    """check_grads on all combinations of the arguments in these lists."""

    def check(*args: Any, **options: Any) -> None:
        pairs = [[(name, value) for value in values] for name, values in options.items()]
        for *chosen, chosen_options in product(*args, product(*pairs)):
            check_grads(fun, *how, **named)(*chosen, **dict(chosen_options))

    return check
