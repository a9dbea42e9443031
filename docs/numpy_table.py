"""Write docs/numpy.md: what becomes of each public function of NumPy that meets a Tensor, as the code has it."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill
from types import ModuleType
from typing import Any

import numpy as np
import scipy.special

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import autograd  # noqa: E402
from autograd.engine import protocol  # noqa: E402
from autograd.engine.op import numpy_functions, numpy_ufuncs  # noqa: E402

PAGE = ROOT / "docs" / "numpy.md"
KINDS = {
    "operation": "An operation with a derivative rule",
    "composition": "A composition of operations, differentiated through them",
    "question": "A question about values or shapes: integers, booleans, words, without a gradient",
    "fresh": "A new Tensor of the shape of another, without a gradient",
}


def fate(function: Any) -> str:
    """A key of KINDS, "refused", or "" for what nobody has decided."""
    ours = (numpy_ufuncs if isinstance(function, np.ufunc) else numpy_functions).get(function)
    if ours is not None and function in protocol.refused:
        return ""  # two fates are none
    if ours is None:
        if function in protocol.refused:
            return "refused"
        if function in protocol.FRESH:
            return "fresh"
        return "question" if function in protocol.SHAPES | protocol.QUESTIONS else ""
    op = getattr(ours, "op", None)
    if op is None or op.composite:
        return "composition"
    return "operation" if op.differentiable else "question"


def functions(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The public functions of a module of NumPy's, by name."""
    for name in sorted(set(getattr(module, "__all__", ()))):
        value = getattr(module, name)
        if callable(value) and not isinstance(value, type):
            yield name, value


def table(module: ModuleType, prefix: str) -> str:
    """Each function in the row of its fate."""
    fates = {name: fate(function) for name, function in functions(module)}
    rows = [(says, [n for n, kind in fates.items() if kind == key]) for key, says in KINDS.items()]
    why = {n: protocol.refused[getattr(module, n)] for n, kind in fates.items() if kind == "refused"}
    rows += [(f"Refused: {reason}", [n for n in why if why[n] == reason]) for reason in dict.fromkeys(why.values())]
    lines = [f"| {says} | {', '.join(f'`{n}`' for n in names)} |" for says, names in rows if names]
    return "\n".join([f"| `{prefix}` | |", "| --- | --- |", *lines])


def methods() -> str:
    """What the methods of ufuncs are."""
    pairs = {"reduce": protocol.REDUCE, "accumulate": protocol.ACCUMULATE}
    lines = [
        f"| `{how}` | {', '.join(f'`np.{ufunc}.{how}` is `{name}`' for ufunc, name in names.items())} |"
        for how, names in pairs.items()
    ]
    lines += [
        "| `reduceat` | of those that have a `reduce` |",
        "| `outer` | of every operation of two arrays |",
        "| `at` | refused: it writes into its argument; `autograd.scatter_add` makes a new Tensor |",
    ]
    return "\n".join(["| Method | |", "| --- | --- |", *lines])


def special() -> str:
    """The functions of scipy.special that take Tensors."""
    ufuncs = {n: v for n, v in vars(scipy.special).items() if isinstance(v, np.ufunc) and not hasattr(np, n)}
    return listed(n for n in sorted(ufuncs) if fate(ufuncs[n]))


def listed(names: Iterable[str]) -> str:
    """Names in lines that an editor shows whole."""
    return fill(", ".join(f"`{n}`" for n in names) + ".", 120)


# what SciPy has as no ufunc, and autograd under the same name
NAMED = [
    "expm",
    "logm",
    "logsumexp",
    "polar",
    "polygamma",
    "solve_banded",
    "solve_sylvester",
    "solve_triangular",
    "sqrtm",
]

TEXT = """\
# NumPy's functions, one by one

Each public function of NumPy {version} has one of four fates when it meets a Tensor. This page is made of the code
(`python docs/numpy_table.py`), and a test holds it to that: a function that NumPy adds fails the suite until somebody
has decided. How to move a program is in [Coming from NumPy](from_numpy.md).

{tables}

The classes (`np.vectorize`, `np.poly1d`, ...), `np.ma`, `np.char`, `np.random` and the classes of `np.polynomial` are
not for Tensors.

## Arguments

The arguments have NumPy's names and order, as in `np.clip(t, a_min=0)` or `np.var(t, correction=1)`, and what it has
beside ours is worked out: `where=`, `initial=` and `mean=` of reductions, `dtype=`, `order="F"` of `reshape` and
`ravel`. What speaks of memory or speed only (`kind=`, `copy=`, `casting=`, ...) makes no difference. `out=` is refused:
results are new Tensors.

`np.array([t, u])` cannot be overridden by anybody. Of recorded Tensors it is an error that says so: `np.stack([t, u])`
joins them, `np.block` does in nested lists.

## Methods of ufuncs

{methods}

## SciPy

Its ufuncs take Tensors; of `scipy.special` these do:

{special}

What is no ufunc cannot be overridden and says, of a Tensor with a gradient, which of ours to call, under the same name:

{named}

The distributions of `scipy.stats` are in `autograd.stats`:

{stats}
"""


def page() -> str:
    """The text of the page."""
    modules = (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft))
    distributions = {n: v for n, v in vars(autograd.stats).items() if isinstance(v, autograd.stats.Distribution)}
    assert all(hasattr(autograd, name) for name in NAMED)
    return TEXT.format(
        version=".".join(np.__version__.split(".")[:2]),
        tables="\n\n".join(table(module, prefix) for prefix, module in modules),
        methods=methods(),
        special=special(),
        named=listed(NAMED),
        stats="\n".join(f"- `{n}`: {', '.join([*vars(v)][2:])}" for n, v in distributions.items()),
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
