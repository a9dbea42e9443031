"""Write docs/numpy.md: what becomes of each public function of NumPy that meets a Tensor, as the code has it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import scipy
import scipy.linalg
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
    """Each function of scipy.special in the row of its fate; nobody is asked about what is no ufunc."""
    named = dict(functions(scipy.special))
    ufuncs = {n: v for n, v in named.items() if isinstance(v, np.ufunc)}
    ours = [n for n in named if n not in ufuncs and n in SPECIAL]
    rows = [(says, [n for n, v in ufuncs.items() if fate(v) == key]) for key, says in KINDS.items()]
    rows += [(f"autograd has it under the same name; SciPy's {UNASKED}", ours)]
    rows += [
        (
            "Refused: has no derivative rule here; see `autograd.op` to add one",
            [n for n, v in ufuncs.items() if not fate(v)],
        ),
        (f"Refused: {UNASKED}", [n for n in named if n not in ufuncs and n not in ours]),
    ]
    lines = [f"| {says} | {', '.join(f'`{n}`' for n in names)} |" for says, names in rows if names]
    return "\n".join(["| `scipy.special` | |", "| --- | --- |", *lines])


def linalg() -> str:
    """Each function of scipy.linalg: autograd's of the same name, or an error."""
    named = [n for n, _ in functions(scipy.linalg)]
    ours = [n for n in named if n in LINALG]
    rows = [
        (f"autograd has it under the same name, with NumPy's arguments where NumPy has it; SciPy's {UNASKED}", ours)
    ]
    rows += [(f"Refused: {UNASKED}; {MENDS}", [n for n in named if n not in ours])]
    lines = [f"| {says} | {', '.join(f'`{n}`' for n in names)} |" for says, names in rows]
    return "\n".join(["| `scipy.linalg` | |", "| --- | --- |", *lines])


# what SciPy has as no ufunc, and autograd under the same name
SPECIAL = "log_softmax logsumexp multigammaln polygamma softmax".split()  # noqa: SIM905
LINALG = """
    cholesky det eig eigh eigvals eigvalsh expm inv logm lstsq norm pinv polar qr solve solve_banded solve_sylvester
    solve_triangular sqrtm svd svdvals""".split()  # noqa: SIM905
UNASKED = "turns a Tensor into an array, which is an error if it carries a gradient"
MENDS = "`solve`, `inv`, `eigh` and `svd` take any matrix, of whatever structure"

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

The ufuncs of SciPy {scipy} take Tensors. What is no ufunc cannot be overridden, and says, of a Tensor with a gradient,
which of ours to call.

{special}

{linalg}

Of `scipy.signal`, `autograd.convolve` is `convolve`; the others turn a Tensor into an array, as does all of
`scipy.integrate`.

The distributions of `scipy.stats` are in `autograd.stats`:

{stats}
"""


def minor(package: Any) -> str:
    """Its version, without the last number."""
    return ".".join(package.__version__.split(".")[:2])


def page() -> str:
    """The text of the page."""
    modules = (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft))
    distributions = {n: v for n, v in vars(autograd.stats).items() if isinstance(v, autograd.stats.Distribution)}
    assert all(hasattr(autograd, name) for name in [*SPECIAL, *LINALG])
    return TEXT.format(
        version=minor(np),
        scipy=minor(scipy),
        tables="\n\n".join(table(module, prefix) for prefix, module in modules),
        methods=methods(),
        special=special(),
        linalg=linalg(),
        stats="\n".join(f"- `{n}`: {', '.join([*vars(v)][2:])}" for n, v in distributions.items()),
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
