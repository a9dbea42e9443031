"""Where parameters and values of distributions may lie, under PyTorch's names: each `check`s an array.

>>> from nn.distributions import constraints
>>> constraints.positive.check(np.array([0.5, -1.0]))
array([ True, False])
>>> constraints.simplex.check(np.array([[0.2, 0.8], [0.5, 0.6]]))
array([ True, False])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np

from autograd.engine.types import Array, Value

__all__ = [
    "Constraint", "boolean", "greater_than", "greater_than_eq", "independent", "integer_interval", "interval",
    "lower_cholesky", "nonnegative", "nonnegative_integer", "one_hot", "positive", "positive_definite", "real",
    "real_vector", "simplex", "unit_interval",
]  # fmt: skip


class Constraint(NamedTuple):
    """What values must be: in words, as a test of an array, whose last `event_dim` axes are of one value.

    As a check of `autograd.support.settings` it passes all: `Distribution` looks once it knows all arguments.
    """

    words: str
    holds: Callable[[Array], Array]
    event_dim: int = 0
    is_discrete: bool = False

    def check(self, value: Value) -> Array:
        """Of each value whether it is inside; nan never is."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.holds(np.asarray(getattr(value, "_array", value))))

    def __call__(self, what: str, value: Any) -> Any:
        """The value, unlooked at."""
        return value

    def __repr__(self) -> str:
        return f"Constraint({self.words})"


def _plain(bound: Any) -> Any:
    return np.asarray(getattr(bound, "_array", bound))


def _shown(bound: Any) -> str:
    return f"{_plain(bound).item():g}" if _plain(bound).size == 1 else "its bound"


def greater_than(lower_bound: Any) -> Constraint:
    """Numbers above a bound."""
    low = _plain(lower_bound)
    return Constraint(f"above {_shown(lower_bound)}", lambda x: x > low)


def greater_than_eq(lower_bound: Any) -> Constraint:
    """Numbers from a bound on."""
    low = _plain(lower_bound)
    return Constraint(f"at least {_shown(lower_bound)}", lambda x: x >= low)


def interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Numbers between two bounds, both included."""
    low, high = _plain(lower_bound), _plain(upper_bound)
    return Constraint(f"from {_shown(lower_bound)} to {_shown(upper_bound)}", lambda x: (x >= low) & (x <= high))


def integer_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Whole numbers between two bounds, both included."""
    within = interval(lower_bound, upper_bound)
    return Constraint(
        f"a whole number {within.words}", lambda x: within.holds(x) & (x == np.floor(x)), is_discrete=True
    )


def independent(base: Constraint, reinterpreted_batch_ndims: int) -> Constraint:
    """Arrays of these axes, of which each element must be inside of `base`."""
    axes = tuple(range(-reinterpreted_batch_ndims, 0))
    events = base.event_dim + len(axes)
    return Constraint(f"all {base.words}", lambda x: np.all(base.holds(x), axis=axes), events, base.is_discrete)


def _positive_definite(x: Array) -> Array:
    """By eigenvalues: a Cholesky decomposition of several would stop at the first that has none."""
    alike = np.all(np.abs(x - np.swapaxes(x, -1, -2)) <= 1e-5 * (1 + np.abs(x)), axis=(-1, -2))
    return alike & (np.linalg.eigvalsh(np.where(np.isfinite(x), x, -1.0)) > 0).all(-1)


def _lower(x: Array) -> Array:
    return np.all(np.tril(x) == x, axis=(-1, -2)) & np.all(np.diagonal(x, 0, -2, -1) > 0, axis=-1)


real = Constraint("a number", lambda x: x == x)
real_vector = independent(real, 1)
positive, nonnegative = greater_than(0.0), greater_than_eq(0.0)
unit_interval = interval(0.0, 1.0)
boolean = Constraint("0 or 1", lambda x: (x == 0) | (x == 1), is_discrete=True)
nonnegative_integer = Constraint("a whole number from 0 on", lambda x: (x >= 0) & (x == np.floor(x)), is_discrete=True)
simplex = Constraint(
    "a vector of shares that sum to 1", lambda x: np.all(x >= 0, -1) & (np.abs(np.sum(x, -1) - 1) < 1e-6), 1
)
one_hot = Constraint(
    "a vector with a single 1 among zeros",
    lambda x: np.all((x == 0) | (x == 1), -1) & (np.sum(x, -1) == 1),
    1,
    is_discrete=True,
)
lower_cholesky = Constraint("a lower triangle with a diagonal above 0", _lower, 2)
positive_definite = Constraint("a symmetric matrix with eigenvalues above 0", _positive_definite, 2)

# the kinds of parameters, as annotations of `Settings`
Real = Annotated[Any, real]
RealVector = Annotated[Any, real_vector]
Positive = Annotated[Any, positive]
NotNegative = Annotated[Any, nonnegative]
PositiveVector = Annotated[Any, independent(positive, 1)]
Probability = Annotated[Any, unit_interval]
Weights = Annotated[
    Any,
    Constraint("a vector of weights of at least 0, not all 0", lambda x: np.all(x >= 0, -1) & (np.sum(x, -1) > 0), 1),
]
Whole = Annotated[Any, nonnegative_integer]
Covariance = Annotated[Any, positive_definite]
Triangle = Annotated[Any, lower_cholesky]
