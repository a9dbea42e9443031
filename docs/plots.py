"""A small drawing of an elementwise operation: its value and its slope over the domain that it is proven on."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.engine.op import Op
from autograd.engine.types import Array
from autograd.ops.cases import GAP, Reals

COUNT = 97
WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 380, 190, 36, 22, 70, 8


class Grid:
    """In the place of what draws cases at random: evenly spaced numbers, of other arguments the first choice.

    Numbers at a kink, or near a pole, are nan: a curve has a gap there.
    """

    def array(
        self,
        shape: Any = None,
        low: float = -3.0,
        high: float = 3.0,
        away: Sequence[float] = (),
        gap: float = GAP,
        **_: Any,
    ) -> Array:
        """The whole domain; the middle of it for a number."""
        if shape in ((), (1,)):
            return np.full(shape, (low + high) / 2)
        x, step = np.linspace(low, high, COUNT, retstep=True)
        for kink in away:
            x[np.abs(x - kink) < (gap if gap > GAP else 0.51 * step)] = np.nan
        return x

    def operands(self, domains: Sequence[Reals], **_: Any) -> list[Array]:
        """One array for each domain."""
        return [self.array(None, d.low, d.high, d.away, d.gap) for d in domains]

    def off_grid_quotient(self) -> list[Array]:
        """What is divided, and what by."""
        return self.operands([Reals(-3.0, 3.0), Reals(0.5, 3.0)])

    def integer(self, low: int, high: int) -> int:
        """1 if it may be."""
        return max(low, min(1, high))

    def boolean(self) -> bool:
        """No."""
        return False

    def choice(self, options: Sequence[Any]) -> Any:
        """The simplest comes first."""
        return options[0]

    complex = False


def sampled(op: Op) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call over the op's domain."""
    inputs = op.inputs or [n for n in op.parameters if n not in op.defaults]
    domains = len(inputs) * [op.cases] if isinstance(op.cases, Reals) else op.cases
    drawn: Any = op.cases(Grid()) if callable(op.cases) else Grid().operands(domains)
    args, options = (
        drawn if isinstance(drawn, tuple) and len(drawn) == 2 and isinstance(drawn[1], dict) else (drawn, {})
    )
    return list(args), options


def plot(op: Op) -> str:
    """The drawing as SVG: of one input value and slope, of two the value for three of the second."""
    args, options = sampled(op)
    grids = [i for i, a in enumerate(args) if isinstance(a, np.ndarray) and a.shape == (COUNT,)]
    names = op.parameters
    x = args[grids[0]]
    curves: list[tuple[str, Array, str]] = []
    with np.errstate(all="ignore"):
        if len(grids) == 1:
            leaf = Tensor(x, requires_grad=True)
            y = op.call(*[leaf if i == grids[0] else a for i, a in enumerate(args)], **options)
            y.backward(np.ones(y.shape))
            curves = [(op.name, y.numpy(), "value"), ("slope", leaf.grad.numpy(), "slope")]
        else:
            other = args[grids[1]]
            for share, kind in ((0.3, "slope"), (0.6, "value"), (0.9, "third")):
                fixed = round(float(np.nanquantile(other, share)), 1)
                values = op.call(*[fixed if i == grids[1] else a for i, a in enumerate(args)], **options)
                curves.append((f"{names[grids[1]]} = {fixed:g}", np.asarray(values), kind))
    fixed_too = [
        f"{n} = {a:g}" for i, (n, a) in enumerate(zip(names, map(_number, args))) if i not in grids and a is not None
    ]
    title = f"{op.name} over {names[grids[0]]}" + "".join(f", {said}" for said in fixed_too)
    return drawn(title, x, curves)


def _number(value: Any) -> float | None:
    return float(value) if np.ndim(value) == 0 and isinstance(value, (int, float, np.ndarray)) else None


def drawn(title: str, x: Array, curves: list[tuple[str, Array, str]]) -> str:
    """Curves over x, each with its name at its right end."""
    every = np.concatenate([y[np.isfinite(y)] for _, y, _ in curves])
    low, high = (float(f(every, initial=0.0)) for f in (np.min, np.max))
    left, right = float(np.nanmin(x)), float(np.nanmax(x))
    across = _scale(left, right, LEFT, WIDTH - RIGHT)
    up = _scale(low, high, HEIGHT - BOTTOM, TOP)
    marks = [f'<path class="axis" d="M{LEFT} {up(0):.1f}H{WIDTH - RIGHT}"/>']
    marks += [f'<path class="axis" d="M{across(0):.1f} {TOP}V{HEIGHT - BOTTOM}"/>'] if left < 0 < right else []
    marks += [
        f'<text x="{across(v):.0f}" y="{HEIGHT - 6}" text-anchor="middle">{v:g}</text>' for v in _apart(left, right)
    ]
    marks += [f'<text x="{LEFT - 5}" y="{up(v) + 4:.0f}" text-anchor="end">{v:.3g}</text>' for v in _apart(low, high)]
    places = _spread([up(float(y[np.isfinite(y)][-1])) for _, y, _ in curves])
    for (name, y, kind), place in zip(curves, places):
        marks.append(f'<path class="{kind}" d="{_path(x, y, across, up)}"/>')
        marks.append(f'<text class="{kind}" x="{WIDTH - RIGHT + 5}" y="{place + 4:.0f}">{name}</text>')
    head = f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="{title}">'
    return f"{head}<title>{title}</title>{''.join(marks)}</svg>"


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda v: start + (v - low) / ((high - low) or 1.0) * (end - start)


def _apart(low: float, high: float) -> list[float]:
    """Both ends, and 0 where it is not close to one."""
    return [low, high] + [0.0] * (min(abs(low), abs(high)) > 0.12 * (high - low) and low < 0 < high)


def _spread(places: list[float]) -> list[float]:
    """Places of names, none on another."""
    order = np.argsort(places)
    moved = list(places)
    for before, after in zip(order, order[1:]):
        moved[after] = max(moved[after], moved[before] + 13)
    past = max(0.0, max(moved) - (HEIGHT - BOTTOM))
    return [place - past for place in moved]


def _path(x: Array, y: Array, across: Callable[[float], float], up: Callable[[float], float]) -> str:
    """The curve; it begins anew after a gap."""
    parts, drawing = [], False
    for a, b in zip(x, y):
        seen = bool(np.isfinite(a) and np.isfinite(b))
        if seen:
            parts.append(f"{'L' if drawing else 'M'}{across(a):.1f} {up(b):.1f}")
        drawing = seen
    return "".join(parts)
