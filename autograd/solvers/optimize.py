"""Roots, fixed points and minima: SciPy finds them, and `implicit` knows how they move."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.errors import ShapeError, UnsupportedError
from ..engine.sweep import world
from ..engine.tensor import Tensor, make
from ..engine.types import Array, Function
from ..support.checks import choice
from ..transforms import grad, jacobian
from .call import Call, listed, quiet, start, vector
from .implicit import implicit, jacobian_of

WITH_JACOBIAN = {"hybr", "lm"}  # methods of root that take one
WITHOUT_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}  # methods of minimize
WITH_HESSIAN = {"newton-cg", "dogleg", "trust-ncg", "trust-krylov", "trust-exact"}
LOSSES: dict[str, Callable[[Any], Any]] = {  # of least_squares: rho(z) of a squared residual
    "linear": lambda z: z,
    "soft_l1": lambda z: 2.0 * (np.sqrt(1.0 + z) - 1.0),
    "huber": lambda z: np.where(z <= 1.0, z, 2.0 * np.sqrt(np.where(z <= 1.0, 1.0, z)) - 1.0),
    "cauchy": lambda z: np.log1p(z),
    "arctan": lambda z: np.arctan(z),
}
ANOTHER = "another x0 or method, or options= with more iterations, may find one"


def root(fun: Function, x0: Any, args: Any = (), *, method: str = "hybr", **options: Any) -> Any:
    """The x with fun(x, *args) = 0, found by `scipy.optimize.root`, in its result: x and fun are Tensors.

    `fun` takes x, of the shape of `x0`, and gives as many numbers. x has derivatives of any order by the Tensors in
    `args`, in any nest, and by Tensors that `fun` uses from outside, such as a layer's parameters; `x0` is where to
    start, and has none. The Jacobian is this library's, so there is no `jac=`; `options` are SciPy's `tol`, `callback`
    and `options`. Warns ConvergenceWarning where no solution was found, and again where a gradient goes through it;
    backward raises LinAlgError where the Jacobian is singular.

    >>> a = Tensor(2.0, requires_grad=True)
    >>> x = root(lambda x, a: x * x - a, [1.0], (a,)).x
    >>> x.backward()
    >>> x, a.grad
    (Tensor([1.4142], dtype=float64, op=solution), Tensor(0.3536))
    """
    from scipy import optimize

    call, (point, dtype) = _prepared("root", x0, args, options, ("jac",))
    point = np.atleast_1d(point)
    plain = _flat(call, fun, point.shape)
    _require_square(call, plain, point)
    if method in WITH_JACOBIAN:
        options["jac"] = lambda x: jacobian_of(call, fun, np.reshape(x, point.shape))[1]
    with quiet():
        found = optimize.root(lambda x: np.reshape(plain(x), -1), point.reshape(-1), method=method, **options)
    unsolved = call.require(found.success, found.message, ANOTHER)
    found.x = implicit(call, fun, np.reshape(found.x, point.shape), dtype, unsolved)
    found.fun = vector(fun(found.x, *call.args))
    return found


def fixed_point(
    func: Function, x0: Any, args: Any = (), xtol: float = 1e-8, maxiter: int = 500, method: str = "del2"
) -> Any:
    """The x with func(x, *args) = x, a Tensor of the shape of `x0`, found by `scipy.optimize.fixed_point`.

    Derivatives are as those of `root`. Raises RuntimeError where there was no convergence, as SciPy does.

    >>> fixed_point(lambda x, a: np.cos(a * x), 1.0, (Tensor(1.0),))
    Tensor(0.7391, dtype=float64)
    """
    from scipy import optimize

    call, (point, dtype) = Call("fixed_point", listed(args)), start("fixed_point", "x0", x0)
    plain = _flat(call, func, point.shape)
    _require_square(call, plain, point)
    with quiet():
        x = optimize.fixed_point(plain, point, xtol=xtol, maxiter=maxiter, method=method)
    return implicit(call, lambda x, *args: x - vector(func(x, *args)), np.asarray(x), dtype)


def minimize(
    fun: Function,
    x0: Any,
    args: Any = (),
    method: Any = None,
    *,
    bounds: Any = None,
    constraints: Any = (),
    **options: Any,
) -> Any:
    """The x at which fun(x, *args), one number, is least, found by `scipy.optimize.minimize`.

    In SciPy's result x and fun are Tensors. The gradient, and the Hessian for methods that take one, are this
    library's. x has derivatives of any order by what `fun` depends on, as in `root`, from the gradient's being 0: J is
    the whole Hessian, for up to about a thousand numbers. What lies at one of the `bounds`, which are constants, stays
    there; a warning says where that is not sure. `options` are SciPy's `tol`, `callback` and `options`. Raises
    UnsupportedError for `constraints`.

    >>> a = Tensor(3.0, requires_grad=True)
    >>> found = minimize(lambda x, a: ((x - a) ** 2).sum() + a * x.sum(), [0.0], (a,))
    >>> found.x.backward()
    >>> found.x, a.grad
    (Tensor([1.5], dtype=float64, op=solution), Tensor(0.5))
    """
    from scipy import optimize

    if constraints:
        raise UnsupportedError(
            "minimize: there are no constraints= here; write x as a function of free numbers (exp, softmax, ...), add "
            "a penalty to fun, or give bounds="
        )
    call, (point, dtype) = _prepared("minimize", x0, args, options, ("jac", "hess", "hessp"))
    point = np.atleast_1d(point)
    slope, plain = grad(fun), _flat(call, fun, point.shape)
    name = method.lower() if isinstance(method, str) else ""
    if name not in WITHOUT_GRADIENT:
        gradient = _flat(call, slope, point.shape)
        options["jac"] = lambda x: np.reshape(gradient(x), -1)
    if name in WITH_HESSIAN:
        options["hess"] = lambda x: jacobian_of(call, slope, np.reshape(x, point.shape))[1]

    def number(x: Array) -> float:
        value = plain(x)
        if value.size != 1:
            raise ShapeError(
                f"minimize: fun gives shape {value.shape}; it takes one number, such as a .sum() or .mean()"
            )
        return float(value.item())

    if bounds is not None and not hasattr(bounds, "lb"):  # a pair for each number
        pairs = [(-np.inf if low is None else low, np.inf if high is None else high) for low, high in bounds]
        bounds = optimize.Bounds(*np.array(pairs, np.float64).T)
    with quiet():
        found = optimize.minimize(number, point.reshape(-1), method=method, bounds=bounds, **options)
    unsolved = call.require(found.success, found.message, ANOTHER)
    found.x = _stationary(call, slope, np.reshape(found.x, point.shape), dtype, bounds, unsolved)
    found.fun = vector(fun(found.x, *call.args))
    return found


def least_squares(
    fun: Function,
    x0: Any,
    args: Any = (),
    *,
    bounds: Any = (-np.inf, np.inf),
    loss: str = "linear",
    f_scale: float = 1.0,
    **options: Any,
) -> Any:
    """The x at which half the sum of squares of fun(x, *args) is least, by `scipy.optimize.least_squares`.

    In SciPy's result x, fun and cost are Tensors. `loss` and `f_scale` are SciPy's, and so are the `options`
    (`method`, `ftol`, `x_scale`, `max_nfev`, ...); the Jacobian is this library's. Derivatives, bounds and warnings are
    as those of `minimize`: of the whole Hessian, not of Gauss and Newton's part of it.

    >>> y = Tensor([1.0, 2.0, 4.0], requires_grad=True)
    >>> found = least_squares(lambda x, y: x * np.ones(3) - y, [0.0], (y,))
    >>> found.x.backward()
    >>> y.grad
    Tensor([0.3333, 0.3333, 0.3333])
    """
    from scipy import optimize

    choice("least_squares: loss", loss, tuple(LOSSES))
    call, (point, dtype) = _prepared("least_squares", x0, args, options, ("jac",))
    point = np.atleast_1d(point)
    plain = _flat(call, fun, point.shape)

    low_and_high = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    slopes = jacobian(lambda x: vector(fun(x, *call.bare)))  # of many residuals and few unknowns by forward mode

    def cost(x: Any, *args: Any) -> Any:
        return 0.5 * f_scale**2 * np.sum(LOSSES[loss]((vector(fun(x, *args)) / f_scale) ** 2))

    with quiet():
        found = optimize.least_squares(
            lambda x: np.reshape(plain(x), -1),
            point.reshape(-1),
            jac=lambda x: np.reshape(world(slopes(np.reshape(x, point.shape)), False), (-1, x.size)),
            bounds=low_and_high,
            loss=loss,
            f_scale=f_scale,
            **options,
        )
    unsolved = call.require(found.success, found.message, "another x0, or a larger max_nfev, may find one")
    x = np.reshape(found.x, point.shape)
    found.x = _stationary(call, grad(cost), x, dtype, optimize.Bounds(*low_and_high), unsolved)
    found.fun = vector(fun(found.x, *call.args))
    found.cost = cost(found.x, *call.args)
    return found


def _prepared(what: str, x0: Any, args: Any, options: dict[str, Any], own: tuple[str, ...]) -> tuple[Call, Any]:
    """The call, and where to start; UnsupportedError for a derivative that is the library's `own`."""
    if given := [name for name in own if name in options]:
        raise UnsupportedError(f"{what}: there is no {given[0]}= here; leave it out: derivatives are made of fun")
    return Call(what, listed(args)), start(what, "x0", x0)


def _flat(call: Call, f: Function, shape: tuple[int, ...]) -> Callable[[Array], Array]:
    """f on plain arrays of any shape, which it sees in the shape of x0."""
    return lambda x: call.values(f, make(np.array(np.reshape(x, shape), np.float64)[()], None))


def _require_square(call: Call, plain: Function, point: Array) -> None:
    with quiet():
        given = plain(point)
    if given.size != point.size:
        raise ShapeError(
            f"{call.what}: the function gives {given.size} numbers, of shape {given.shape}, for {point.size} unknowns, "
            f"of shape {point.shape}; it takes as many equations as unknowns, or else least_squares"
        )


def _stationary(call: Call, slope: Function, x: Array, dtype: Any, bounds: Any, unsolved: str) -> Tensor:
    """x, at which slope(x, *args) is 0 but where one of the `Bounds` holds it."""
    if bounds is None:
        return implicit(call, slope, x, dtype, unsolved)
    ends = (bounds.lb, bounds.ub)
    low, high = (np.broadcast_to(np.asarray(end, np.float64), x.size).reshape(x.shape) for end in ends)
    with quiet():
        uphill = call.values(slope, make(x, None))
    near = np.finfo(np.float64).eps ** 0.5 * (1.0 + np.abs(x))
    held = (np.abs(x - low) <= near) | (np.abs(x - high) <= near)
    weak = held & (np.abs(uphill) <= 1e-6 * (1.0 + np.max(np.abs(uphill))))
    if np.any(weak):
        warnings.warn(
            f"{call.what}: x[{np.argwhere(weak).tolist()}] lies at a bound to which nothing presses it: its derivative "
            "differs from side to side, and 0 is given, as of what stays there",
            stacklevel=3,
        )

    def free(x: Any, *args: Any) -> Any:
        return np.where(held, x - fixed, slope(x, *args))

    fixed = x
    return implicit(call, free, x, dtype, unsolved)
