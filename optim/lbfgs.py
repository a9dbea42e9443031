"""L-BFGS: steps against the gradient times an inverse Hessian that the last steps tell of."""

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from math import inf, isfinite
from typing import Any, ClassVar, SupportsFloat

import numpy as np

from autograd import GraphError, MistakeWarning, Tensor, WeightsError, enable_grad
from autograd.engine.types import Array
from autograd.support.bits.array import refuse
from autograd.support.checks import size
from autograd.support.settings import Size

from .linesearch import Point, strong_wolfe
from .optimizer import Loss, Optimizer, Options, State, as_reals, restored, working, write

_NUMBERS = {"func_evals": int, "n_iter": int, "t": float, "H_diag": float, "prev_loss": float}
_VECTORS = ("d", "prev_flat_grad")
_LISTS = ("old_dirs", "old_stps", "ro")


class LBFGS(Optimizer):
    """p += t d, with d = -H g and H the inverse Hessian as the last `history_size` changes of p and g tell it.

    For smooth functions of whole batches. `step(closure)` makes up to `max_iter` iterations and calls the closure up to
    `max_eval` times (by default 5/4 of it); it ends early where no element of the gradient is above `tolerance_grad`,
    or neither weights nor loss change by `tolerance_change`. t is `lr` (in the first iteration less), or with
    `line_search_fn="strong_wolfe"` searched for from there on. All parameters are one vector, of
    real numbers: there is one group.
    Where the loss or its gradient is no number the weights stay, and the search goes back from such places.
    The vectors of a full history are used again; others are allocated, as is the graph that each closure records.
    Raises TypeError for a step without closure. Liu and Nocedal 1989, "On the limited memory BFGS method".

    >>> import autograd
    >>> w = autograd.tensor([1.0, -3.0], requires_grad=True)
    >>> optimizer = LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - 2.0) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), w
    (26.0, Tensor([2., 2.], requires_grad=True))
    """

    choices: ClassVar = {"line_search_fn": ("strong_wolfe",)}

    lr: float = 1.0
    max_iter: int = 20
    max_eval: Size | None = None
    tolerance_grad: float = 1e-7
    tolerance_change: float = 1e-9
    history_size: int = 100
    line_search_fn: str | None = None

    def __post_init__(self) -> None:
        if self.max_eval is None:
            self.max_eval = size("LBFGS: max_iter", self.max_iter) * 5 // 4
        super().__post_init__()

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """The only group: all parameters are one vector."""
        if self.param_groups:
            raise ValueError("LBFGS takes one group, with the same options for all parameters; give it one list")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Loss] | None = None) -> Loss:
        """Minimize: up to `max_iter` iterations; returns what `closure` returned first.

        `closure` forgets the gradients, computes the loss, calls backward on it and returns it.
        """
        if closure is None:
            example = "def closure(): optimizer.zero_grad(); loss = ...; loss.backward(); return loss"
            raise TypeError(f"LBFGS.step needs a closure, since it computes the loss several times: {example}")
        refuse("LBFGS")
        self._check_step(closure)
        options = self.param_groups[0]
        state = self.state.setdefault(options["params"][0], {"func_evals": 0, "n_iter": 0})
        first, loss, grad = self._evaluate(closure)
        last = state["func_evals"] + options["max_eval"]
        state["func_evals"] += 1
        for i in range(options["max_iter"]):
            if not isfinite(loss) or not options["tolerance_grad"] < _largest(grad) < inf:
                break  # flat, or no numbers, which lead nowhere
            state["n_iter"] += 1
            self._turn(state, grad, options["history_size"])
            state["prev_flat_grad"], state["prev_loss"] = grad, loss
            d = state["d"]
            start = Point(0.0, loss, grad, float(np.dot(grad, d)))
            state["t"] = options["lr"] * (min(1.0, 1.0 / float(np.abs(grad).sum())) if state["n_iter"] == 1 else 1.0)
            if start.slope > -options["tolerance_change"]:
                break
            looked, x = 0, self._gather([p.data for p in self._params])
            if options["line_search_fn"]:
                at = partial(self._at, closure, x, d)
                point, looked = strong_wolfe(at, start, state["t"], _largest(d), last - state["func_evals"])
                state["t"], loss, grad = point[:3]
            self._write(x, state["t"], d)
            if not options["line_search_fn"] and i + 1 < options["max_iter"]:  # nothing would use the last one
                _, loss, grad = self._evaluate(closure)
                looked = 1
            state["func_evals"] += looked
            if state["func_evals"] >= last or _largest(d) * state["t"] <= options["tolerance_change"]:
                break
            if abs(loss - state["prev_loss"]) < options["tolerance_change"]:
                break
        return first

    @property
    def _params(self) -> list[Tensor]:
        params: list[Tensor] = self.param_groups[0]["params"]
        return params

    def _turn(self, state: State, grad: Array, most: int) -> None:
        """Set the direction "d" from the gradient, after adding the last step to the history."""
        if state["n_iter"] == 1:
            state.update(d=-grad, old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return
        changes, steps, inverses, d = state["old_dirs"], state["old_stps"], state["ro"], state["d"]
        y, s, work, _ = self.room(grad.shape, grad.dtype)
        np.subtract(grad, state["prev_flat_grad"], out=y)
        np.multiply(d, state["t"], out=s)
        curvature = float(np.dot(y, s))
        if curvature > 1e-10:
            kept = np.empty_like(y), np.empty_like(s)
            while len(changes) >= most:
                kept = changes.pop(0), steps.pop(0)
                inverses.pop(0)
            kept[0][...], kept[1][...] = y, s
            changes.append(kept[0])
            steps.append(kept[1])
            inverses.append(np.array(1.0 / curvature, y.dtype))
            state["H_diag"] = curvature / float(np.dot(y, y))
        np.negative(grad, out=d)
        shares = []
        for y, s, inverse in zip(reversed(changes), reversed(steps), reversed(inverses)):
            shares.append(float(np.dot(s, d)) * float(inverse))
            d -= np.multiply(y, shares[-1], out=work)
        d *= state["H_diag"]
        for y, s, inverse, share in zip(changes, steps, inverses, reversed(shares)):
            d += np.multiply(s, share - float(np.dot(y, d)) * float(inverse), out=work)

    # the loss and its gradient as functions of one vector

    def _evaluate(self, closure: Callable[[], Loss]) -> tuple[Loss, float, Array]:
        """What the closure returned, that as a number, and the gradient as one new vector, 0 where there is none."""
        with enable_grad():
            returned = closure()
        try:
            loss = float(returned)
        except (TypeError, ValueError):
            given = str(returned)[:60]
            raise TypeError(f"LBFGS.step: the closure returned {given}; it must return the loss, one number") from None
        if all(p.grad is None for p in self._params):
            raise GraphError("LBFGS.step: no parameter has a gradient; call loss.backward() in the closure")
        grads = [np.zeros(p.shape, p.dtype) if p.grad is None else p.grad.data for p in self._params]
        return returned, loss, self._gather(grads)

    def _at(self, closure: Callable[[], SupportsFloat], x: Array, d: Array, t: float) -> Point:
        """The point at x + t d; after an error the parameters are at x."""
        self._write(x, t, d)
        try:
            with warnings.catch_warnings():  # what is no number here goes into no parameter
                warnings.simplefilter("ignore", MistakeWarning)
                _, loss, grad = self._evaluate(closure)
        except BaseException:
            self._write(x, 0.0, d)
            raise
        return Point(t, loss, grad, float(np.dot(grad, d)))

    def _gather(self, arrays: list[Array]) -> Array:
        dtype = np.result_type(*(working(p.data.real.dtype) for p in self._params))
        return np.concatenate([as_reals(array) for array in arrays], dtype=dtype)

    def _write(self, x: Array, t: float, d: Array) -> None:
        """Set the parameters to x + t d, or where Ctrl-C ends that, to x."""
        *_, work, _ = self.room(x.shape, x.dtype)
        np.multiply(d, t, out=work)
        work += x
        try:
            self._write_vector(work)
        except BaseException:
            self._write_vector(x)
            raise

    def _write_vector(self, x: Array) -> None:
        ends = np.cumsum([p.size * (2 if p.dtype.kind == "c" else 1) for p in self._params])
        for p, values in zip(self._params, np.split(x, ends[:-1])):
            values = values.view(np.result_type(values, 1j)) if p.dtype.kind == "c" else values
            write(p, values.reshape(p.shape))

    def _fitted(self, given: Mapping[str, Any], p: Tensor, group: Options) -> State:
        """The state of all parameters, which the first one holds."""
        given = {k: v for k, v in given.items() if k != "al" and v is not None}  # PyTorch's "al" is a place to work in
        names = {"func_evals", "n_iter"} if len(given) == 2 else {*_NUMBERS, *_VECTORS, *_LISTS}
        if p is not group["params"][0] or set(given) != names:
            raise WeightsError(f"has {', '.join(sorted(given))}; LBFGS has {', '.join(sorted(names))}, in the first")
        vector = self._gather([q.data for q in group["params"]])
        kinds = {**dict.fromkeys(_VECTORS, vector), **{name: kind() for name, kind in _NUMBERS.items()}}
        state: State = {name: restored(name, given[name], kinds[name]) for name in names - {*_LISTS}}
        for name in sorted(names & {*_LISTS}):
            own = np.zeros(() if name == "ro" else vector.shape, vector.dtype)
            state[name] = [restored(name, array, own) for array in restored(name, given[name], [])]
        if len({len(state[name]) for name in _LISTS if name in state}) > 1:
            raise WeightsError(f"{', '.join(_LISTS)} are not of one length")
        return state


def _largest(vector: Array) -> float:
    return float(np.max(np.abs(vector), initial=0.0))
