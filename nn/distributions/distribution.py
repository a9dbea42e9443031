"""What every distribution does: look at its parameters, draw, and ask its family for a formula."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields
from functools import wraps
from typing import Annotated, Any, ClassVar, TypeVar

import numpy as np

import autograd
from autograd import ShapeError, Tensor
from autograd.engine.errors import UnsupportedError
from autograd.engine.modes import default
from autograd.engine.types import Dtype, Shape
from autograd.ops.random import current, drawn
from autograd.support.settings import Settings, as_given

from .constraints import Constraint

__all__ = ["Distribution"]

Formula = TypeVar("Formula", bound=Callable[..., Any])


def chance(kind: str, shape: Shape, dtype: Dtype) -> Tensor:
    """Numbers of NumPy's generator: "random" between 0 and 1, neither of them; "standard_normal".

    >>> chance("random", (2,), np.float32).dtype
    dtype('float32')
    """

    def draw() -> Any:
        found = getattr(current(), kind)(size=shape)
        if kind == "random":  # of which a logarithm is finite in single precision, too
            found = np.clip(found, np.finfo(dtype).tiny, 1 - np.finfo(dtype).epsneg)
        return np.asarray(found, dtype)[()]

    values = drawn(draw)
    return values if isinstance(values, Tensor) else Tensor(values)


def summed(x: Any, axes: int) -> Any:
    """The sum over the last axes, so many.

    >>> summed(np.ones((2, 3)), 1)
    array([3., 3.])
    """
    return autograd.sum(x, axis=tuple(range(-axes, 0))) if axes else x


def spread(x: Tensor, shape: Shape) -> Tensor:
    """The Tensor in this shape; itself, if it has it.

    >>> spread(Tensor([1.0]), (2,))
    Tensor([1., 1.])
    """
    return x if x.shape == shape else autograd.broadcast_to(x, shape)


WIDE = np.dtype(np.float64)


def widely(formula: Formula) -> Formula:
    """A formula of distributions and values, of large terms that nearly cancel: in double precision, and cast back.

    >>> @widely
    ... def rest(x):
    ...     return (x + 1e9) - 1e9
    >>> rest(Tensor(0.5))
    Tensor(0.5)
    """

    @wraps(formula)
    def wide(*given: Any) -> Any:
        made = [x._wide() if isinstance(x, Distribution) else x.astype(WIDE) for x in given]
        return formula(*made).astype(np.result_type(*(x.dtype for x in given)))

    return wide  # type: ignore[return-value]


class Distribution(Settings):
    """The base of all. A family has a line for each parameter, its support, and formulas of what has a closed form.

    `batch_shape` is the shape that the parameters have together, `event_shape` that of one value; what `sample` draws
    has the shape (*sample_shape, *batch_shape, *event_shape). Python numbers take the dtype of the arrays beside them.
    Parameters and values are looked at, unless `validate_args` is False: ValueError says which is where it cannot be.
    What a family has not in closed form is an UnsupportedError that says how to estimate it.

    >>> from nn.distributions import constraints
    >>> class Triangular(Distribution):
    ...     width: constraints.Positive
    ...     support = property(lambda d: constraints.interval(-d.width, d.width))
    ...     has_rsample = True
    ...     def _log_prob(self, value):
    ...         return np.log1p(-abs(value) / self.width) - np.log(self.width)
    ...     def _drawn(self, shape):
    ...         return self.width * (chance("random", shape, self.dtype) - chance("random", shape, self.dtype))
    >>> Triangular(2.0).log_prob(1.0)
    Tensor(-1.3863)
    >>> Triangular(width=-2.0)
    Traceback (most recent call last):
    ...
    ValueError: Triangular: width=-2 is not above 0; softplus, sigmoid or softmax keeps it there
    """

    validate_args: Annotated[bool | None, as_given] = field(default=None, kw_only=True)
    support: ClassVar[Any]  # a Constraint, or a property that is one
    has_rsample: ClassVar[Any] = False
    _derived: ClassVar[Mapping[str, Callable[[Any], Tensor]]] = {}  # parameters that stand for each other
    _batch = tuple[int, ...]()
    _given = tuple[str, ...]()  # by which parameters it was made

    def _setup(self, *args: Any, **options: Any) -> None:
        given = {n: vars(self)[n] for n in self.arg_constraints if vars(self)[n] is not None}
        self._given = tuple(given)
        among = [f.name for f in fields(self) if f.default is None and f.name != "validate_args"]
        found = [n for n in among if n in given]
        if among and len(found) != 1:
            said = " and ".join(found) or "none of them"
            raise ValueError(f"{self._name} takes one of {', '.join(among)}; {said} is given")
        for name in among:
            if name not in given:
                delattr(self, name)  # for `__getattr__` to derive
        arrays = [v.dtype for v in given.values() if getattr(v, "dtype", np.dtype(int)).kind == "f"]
        dtype = np.result_type(*arrays) if arrays else default.get()
        tensors = {
            n: v if getattr(v, "dtype", None) == dtype and isinstance(v, Tensor) else _made(v, dtype)
            for n, v in given.items()
        }
        constraints = self.arg_constraints
        for name, value in tensors.items():
            if value.ndim < constraints[name].event_dim:
                axes = "..., n" if constraints[name].event_dim == 1 else "..., n, n"
                raise ShapeError(f"{self._name}: {name} has shape {value.shape}; it takes ({axes})")
            self._checked(f"{self._name}: {name}", value, constraints[name], "parameter")
        ends = {n: v.ndim - constraints[n].event_dim for n, v in tensors.items()}
        self._take(tensors, ends)

    def _take(self, tensors: dict[str, Tensor], ends: dict[str, int]) -> None:
        """Bring all to one batch shape: `ends` says where the axes of one value begin."""
        try:
            self._batch = np.broadcast_shapes(*(v.shape[: ends[n]] for n, v in tensors.items()))
        except ValueError:
            shapes = ", ".join(f"{n} {v.shape}" for n, v in tensors.items())
            raise ShapeError(f"{self._name}: {shapes} do not broadcast; add axes with x[:, None]") from None
        vars(self).update({n: spread(v, (*self._batch, *v.shape[ends[n] :])) for n, v in tensors.items()})

    def _wide(self) -> Any:
        """The same in double precision."""
        if self.dtype == WIDE:
            return self
        return type(self)(**{n: v.astype(WIDE) for n, v in self._parameters().items()}, validate_args=False)

    def _parameters(self) -> dict[str, Any]:
        """What was given, by name."""
        return {n: vars(self)[n] for n in self._given}

    @property
    def arg_constraints(self) -> dict[str, Constraint]:
        """Where each parameter must lie."""
        return {n: c for n, c in self._constraints().items() if isinstance(c, Constraint)}

    @classmethod
    def _constraints(cls) -> dict[str, Any]:
        return {n: getattr(check, "args", (check,))[0] for n, check in cls._checks.items()}

    def _checked(self, what: str, value: Tensor, constraint: Constraint, kind: str) -> None:
        """ValueError for the first that is not inside of the constraint."""
        if self.validate_args is False:
            return
        inside = constraint.check(value)
        if inside.all():
            return
        at = tuple(int(i) for i in np.argwhere(~inside)[0])
        shown = np.asarray(value.data)[at]
        text = f"{shown.item():g}" if not shown.ndim else np.array2string(shown, separator=", ", threshold=9)
        mend = "validate_args=False takes it" if kind == "value" else "softplus, sigmoid or softmax keeps it there"
        raise ValueError(f"{what}={text}{f' at {list(at)}' if at else ''} is not {constraint.words}; {mend}")

    # -- what is known -------------------------------------------------------------------------------------

    @property
    def dtype(self) -> Dtype:
        """The dtype of the parameters, and so of all that comes of them."""
        return next(iter(self._parameters().values())).dtype

    @property
    def batch_shape(self) -> Shape:
        """The shape of the parameters together."""
        return self._batch

    @property
    def event_shape(self) -> Shape:
        """The shape of one value."""
        return ()

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        raise self._unknown("mean", "d.sample((10_000,)).mean(0)")

    @property
    def mode(self) -> Tensor:
        """The value of the highest density."""
        raise self._unknown("mode", "the value of the highest d.log_prob among d.sample((10_000,))")

    @property
    def variance(self) -> Tensor:
        """The expected square of the distance from the mean."""
        raise self._unknown("variance", "d.sample((10_000,)).var(0)")

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return autograd.sqrt(self.variance)

    def __getattr__(self, name: str) -> Any:
        derive = type(self)._derived.get(name)
        if derive is None:
            raise AttributeError(f"{type(self).__name__} has no {name}; it has {', '.join(dir(self))}")
        vars(self)[name] = value = derive(self)
        return value

    def __dir__(self) -> list[str]:
        return sorted(n for n in {*super().__dir__(), *self._derived} if n[0] != "_")

    def _unknown(self, what: str, estimate: str) -> UnsupportedError:
        return UnsupportedError(f"{type(self).__name__} has no {what} in closed form; estimate it by {estimate}")

    # -- what it does --------------------------------------------------------------------------------------

    def sample(self, sample_shape: int | Sequence[int] = ()) -> Tensor:
        """Draw, without a gradient."""
        with autograd.no_grad():
            return self._drawn(self._extended(sample_shape))

    def rsample(self, sample_shape: int | Sequence[int] = ()) -> Tensor:
        """Draw, with a gradient for the parameters; UnsupportedError where a draw jumps."""
        if not self.has_rsample:
            raise UnsupportedError(
                f"{type(self).__name__}.rsample: a draw jumps; weigh d.log_prob(d.sample()) by what the draw costs"
            )
        return self._drawn(self._extended(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or probability, of values (..., *batch_shape, *event_shape)."""
        return self._log_prob(self._value("log_prob", value))

    def cdf(self, value: Any) -> Tensor:
        """The probability of at most `value`."""
        return self._cdf(self._value("cdf", value))

    def icdf(self, value: Any) -> Tensor:
        """The number that a draw is at most with the probability `value`."""
        probability = _made(value, self.dtype)
        self._checked(f"{self._name}.icdf: value", probability, _SHARES, "parameter")
        return self._icdf(probability)

    def entropy(self) -> Tensor:
        """The expected value of -log_prob."""
        raise self._unknown("entropy", "-d.log_prob(d.sample((10_000,))).mean(0)")

    def expand(self, batch_shape: Sequence[int]) -> Any:
        """The same with parameters broadcast to another batch shape."""
        grown = {n: spread(v, (*batch_shape, *v.shape[len(self._batch) :])) for n, v in self._parameters().items()}
        return type(self)(**grown, validate_args=False)

    def _extended(self, sample_shape: int | Sequence[int]) -> Shape:
        first = (sample_shape,) if isinstance(sample_shape, int) else tuple(sample_shape)
        return (*first, *self.batch_shape, *self.event_shape)

    def _value(self, what: str, value: Any) -> Tensor:
        """The value as a Tensor of floats, which fits and lies in the support."""
        value = value if isinstance(value, Tensor) and value.dtype.kind == "f" else _made(value, self.dtype)
        shape = (*self.batch_shape, *self.event_shape)
        events = len(self.event_shape)
        try:
            fits = value.shape[value.ndim - events :] == self.event_shape and np.broadcast_shapes(value.shape, shape)
        except ValueError:
            fits = False
        if fits is False:
            raise ShapeError(
                f"{self._name}.{what}: value {value.shape} does not broadcast with batch_shape {self.batch_shape} and "
                f"event_shape {self.event_shape}"
            )
        if what == "log_prob":
            self._checked(f"{self._name}.{what}: value", value, self.support, "value")
        return value

    def _drawn(self, shape: Shape) -> Tensor:
        raise self._unknown("draw", "rejection")

    def _log_prob(self, value: Tensor) -> Tensor:
        raise self._unknown("density", "a histogram of d.sample((10_000,))")

    def _cdf(self, value: Tensor) -> Tensor:
        raise self._unknown("cdf", "(d.sample((10_000,)) <= value).mean(0)")

    def _icdf(self, value: Tensor) -> Tensor:
        raise self._unknown("icdf", "np.quantile(d.sample((10_000,)), value, axis=0)")

    def __repr__(self) -> str:
        shown = (f"{n}={v.item():.6g}" if not v.ndim else f"{n}: {v.shape}" for n, v in self._parameters().items())
        return f"{type(self).__name__}({', '.join(shown)})"


_SHARES = Constraint("from 0 to 1", lambda x: (x >= 0) & (x <= 1))


def _made(value: Any, dtype: Any) -> Tensor:
    return value.astype(dtype) if isinstance(value, Tensor) else Tensor(value, dtype=dtype)
