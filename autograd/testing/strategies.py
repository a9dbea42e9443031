"""Hypothesis strategies for gradients: arrays away from kinks, broadcasting operands, well-posed matrices.

`Draw` is what an op's `cases` function is given. `arguments(op)` is the strategy of an op's argument lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.extra import numpy as hnp

from ..engine.op import Op
from ..engine.types import Array, Axis, Shape
from ..ops.cases import GAP, Reals

T = TypeVar("T")
UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


class Draw:
    """Draws the arguments of one case; every method returns concrete values (float64 unless said otherwise).

    With `complex`, arrays are of complex numbers with small imaginary parts, so that real parts keep to their domains.
    """

    def __init__(self, draw: st.DrawFn, complex: bool = False) -> None:
        self.draw, self.complex = draw, complex

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return self.draw(st.integers(low, high))

    def boolean(self) -> bool:
        """True or False."""
        return self.draw(st.booleans())

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`; the simplest comes first."""
        return self.draw(st.sampled_from(list(options)))

    def shape(self, min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> Shape:
        """A shape; sides may be 0 unless `min_side` says otherwise."""
        return self.draw(hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side))

    def axis(self, ndim: int) -> int:
        """One axis of `ndim`, from either end."""
        return self.integer(-ndim, ndim - 1)

    def axes(self, ndim: int) -> Axis:
        """None, one axis, or several, as a reduction takes them."""
        some = hnp.valid_tuple_axes(ndim) if ndim else st.just(())
        one = st.integers(-ndim, ndim - 1) if ndim else st.nothing()
        return self.draw(st.none() | one | some)

    def array(
        self,
        shape: Shape | None = None,
        low: float = -3.0,
        high: float = 3.0,
        *,
        away: tuple[float, ...] = (),
        apart: bool = False,
        gap: float = GAP,
        **sides: int,
    ) -> Array:
        """An array in [low, high], `gap` away from each of `away`; with `apart` no two elements are closer than GAP.

        `shape` is drawn with `sides` (min_dims, max_dims, min_side, max_side) where it is not given.
        """
        shape = self.shape(**sides) if shape is None else tuple(shape)
        elements = st.floats(low, high, width=64, allow_subnormal=False)
        if apart:
            n = int(np.prod(shape))
            order = np.array(self.draw(st.permutations(range(n))), dtype=int)
            step = max((high - low) / (n + 1), GAP)
            x = (low + step * (order + 1.0)).reshape(shape)
        else:
            x = self.draw(hnp.arrays(np.float64, shape, elements=elements, fill=st.nothing()))
        for kink in away:
            near = np.abs(x - kink) < gap
            x = np.where(near, np.where((x < kink) & (kink - gap >= low), kink - gap, kink + gap), x)
        return x + 1j * self._imaginary(shape, min(0.9, (high - low) / 2)) if self.complex else x

    def _imaginary(self, shape: Shape, high: float) -> Array:
        elements = st.floats(-high, high, width=64, allow_subnormal=False)
        drawn: Array = self.draw(hnp.arrays(np.float64, shape, elements=elements, fill=st.nothing()))
        return drawn

    def operands(self, domains: Sequence[Reals], **sides: int) -> list[Array]:
        """One array per domain, in shapes that broadcast together."""
        shapes = self.shapes(len(domains), **{"min_side": 0, **sides})
        arrays = [self.array(shape, d.low, d.high, away=d.away, gap=d.gap) for shape, d in zip(shapes, domains)]
        if domains[0].apart and len(arrays) == 2:
            a, b = arrays
            if np.any(np.abs(a - b) < GAP):  # move b as a whole past the largest of a: no tie is left
                arrays[1] = b + (np.max(a) - np.min(b) + GAP)
        return arrays

    def shapes(self, count: int, **sides: int) -> tuple[Shape, ...]:
        """So many shapes that broadcast together."""
        options: dict[str, Any] = {"max_dims": 3, "max_side": 3, **sides}
        return self.draw(hnp.mutually_broadcastable_shapes(num_shapes=count, **options)).input_shapes

    def booleans(self, count: int) -> list[Array]:
        """Boolean arrays in shapes that broadcast together."""
        return [self.draw(hnp.arrays(np.bool_, shape)) for shape in self.shapes(count)]

    def off_grid_quotient(self) -> tuple[Array, Array]:
        """a and b for a // b and a % b, with a / b at least GAP from an integer."""
        b, a = self.operands([Reals(0.5, 3.0), Reals(-3.0, 3.0)])
        fraction = self.array(a.shape, GAP, 1 - GAP)
        b = b if self.boolean() else -b
        return (np.floor(a) + fraction) * b, b

    def choice_between_two(self) -> tuple[Array, Array, Array]:
        """A condition and two arrays, in shapes that broadcast together."""
        of_condition, *others = self.shapes(3)
        condition = self.draw(hnp.arrays(np.bool_, of_condition))
        return condition, self.array(others[0]), self.array(others[1])

    def index(self, shape: Shape) -> Any:
        """Any index NumPy takes: basic, integer arrays, a boolean mask, or a mix."""
        kind = self.choice(["basic", "mask"] + (["integer", "mixed"] if shape and min(shape) > 0 else []))
        if kind == "basic":
            return self.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
        if kind == "mask":
            return self.draw(hnp.arrays(np.bool_, shape))
        if kind == "integer":
            return self.draw(hnp.integer_array_indices(shape))
        rows = self.draw(hnp.arrays(np.intp, self.shape(1, 2, 1, 3), elements=st.integers(-shape[0], shape[0] - 1)))
        return (rows, *(slice(None) for _ in shape[1:]))

    def matrix(self, rows: int, columns: int, batch: Shape | None = None) -> Array:
        """A batch of matrices."""
        batch = self.shape(max_dims=1, min_side=1, max_side=2) if batch is None else batch
        return self.array((*batch, rows, columns), -2.0, 2.0)

    def spectrum(self, n: int, low: float = 0.5, spacing: float = 0.7) -> Array:
        """`n` well-separated positive numbers."""
        spread: Array = np.real(self.array((n,), 0.0, spacing / 3))
        return low + spacing * np.arange(n) + spread

    def orthogonal(self, n: int) -> Array:
        """An orthogonal, or unitary, matrix, by a product of plane rotations with drawn angles."""
        q = np.eye(n)
        for i in range(n):
            for j in range(i + 1, n):
                angle = self.draw(st.floats(-3.0, 3.0, allow_subnormal=False))
                phase = np.exp(1j * self.draw(st.floats(-3.0, 3.0, allow_subnormal=False))) if self.complex else 1.0
                turn, cos, sin = np.eye(n) * phase, np.cos(angle), np.sin(angle)
                turn[np.ix_([i, j], [i, j])] = [[cos, -sin * phase], [sin, cos * phase]]
                q = q @ turn
        return q

    def symmetric(self, n: int, batch: Shape = ()) -> Array:
        """Symmetric positive definite matrices with well-separated eigenvalues."""

        def one() -> Array:
            q = self.orthogonal(n)
            m: Array = (q * self.spectrum(n)) @ q.conj().T
            return (m + m.conj().T) / 2

        return self._batched(one, batch, (n, n))

    def invertible(self, n: int, batch: Shape = ()) -> Array:
        """Square matrices with well-separated singular values, none near zero."""
        return self.full_rank(n, n, batch)

    def full_rank(self, rows: int, columns: int, batch: Shape = ()) -> Array:
        """Matrices with well-separated singular values, none near zero."""
        k = min(rows, columns)

        def one() -> Array:
            left, right = self.orthogonal(rows)[:, :k], self.orthogonal(columns)[:, :k]
            return (left * self.spectrum(k)) @ right.T

        return self._batched(one, batch, (rows, columns))

    def arguments(self, op: Op) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of one case of `op`, as (positional, keywords)."""
        if callable(op.cases):
            case = op.cases(self)
            if len(case) == 2 and isinstance(case[0], tuple) and isinstance(case[1], dict):
                return case  # type: ignore[no-any-return]
            return tuple(case), {}
        drawn = [
            n for n in op.parameters if n in op.inputs or n not in op.defaults
        ]  # other settings keep their defaults
        domains = [op.cases] * len(drawn) if isinstance(op.cases, Reals) else list(op.cases)
        return tuple(self.operands(domains)), {}

    @staticmethod
    def _batched(one: Callable[[], Array], batch: Shape, shape: Shape) -> Array:
        count = int(np.prod(batch))
        return np.array([one() for _ in range(count)]).reshape(*batch, *shape)


@st.composite
def arguments(draw: st.DrawFn, op: Op, complex: bool = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of one case of `op`, as (positional, keywords); with `complex` of complex numbers."""
    return Draw(draw, complex).arguments(op)
