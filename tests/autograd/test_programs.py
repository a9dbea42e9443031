"""Random programs of operations from the registry, each run in a second way: by differences, checkpoints, threads...

`make fuzz` and the nightly profile try 10,000. One that fails is shrunk and printed as a program that runs alone.
"""

import os
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS

import autograd
from autograd import registry
from autograd.ops.cases import GAP
from autograd.testing import Draw
from autograd.testing.case import Case
from autograd.testing.program import Name, _define, literal

from .program.derivatives import RAGGED
from .ways import WAYS, first_order, plain, tracked

COUNT = int(os.environ.get("PROGRAMS", 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 50))
# none whose results are as long as values say, a program for each; none given nan, which others then compute with
LEFT_OUT = RAGGED | {name for name in registry if name.startswith(("_", "nan")) and name != "nan_to_num"}
OPS = [op for name, op in registry.items() if op.differentiable and name not in LEFT_OUT]
# hypothesis itself, but not as its default: then each program is drawn anew, where five of six would vary the last
AVAILABLE_PROVIDERS["afresh"] = AVAILABLE_PROVIDERS["hypothesis"]
LARGEST = 100.0  # of values and gradients: beyond, differences lose their digits


class Wired(Draw):
    """Draws cases in which values that a program has already stand where their shape and range allow."""

    def __init__(self, draw, values):
        super().__init__(draw)
        self.values = values

    def shape(self, min_dims=0, max_dims=3, min_side=0, max_side=3):
        fitting = [v for v in self.values if min_dims <= v.ndim <= max_dims]
        shapes = [v.shape for v in fitting if min(v.shape, default=min_side) >= min_side]
        if shapes and self.integer(0, 3):
            return self.choice(shapes)
        return super().shape(min_dims, max_dims, min_side, max_side)

    def shapes(self, count, **sides):
        if self.values and self.integer(0, 3):
            widest = self.shape(**{"min_side": 0, **sides})
            return tuple(widest[self.integer(0, i and len(widest)) :] for i in range(count))
        return super().shapes(count, **sides)

    def array(self, shape=None, low=-3.0, high=3.0, *, away=(), apart=False, gap=GAP, **sides):
        shape = self.shape(**sides) if shape is None else tuple(shape)

        def fits(v):
            inside = v.shape == shape and np.all((v >= low) & (v <= high))
            return inside and all(np.all(np.abs(v - k) >= gap) for k in away) and not (apart and tied(v))

        fitting = [v for v in self.values if fits(v)]
        if fitting and self.integer(0, 3):
            return self.choice(fitting)
        return super().array(shape, low, high, away=away, apart=apart, gap=gap)


def tied(v):
    return np.any(np.diff(np.sort(v, axis=None)) < GAP)


class Program:
    """A program's leaves, and its source: what is printed is what runs."""

    def __init__(self):
        self.arrays, self.lines = [], []
        self.values = {}  # of each variable, by name

    def leaf(self, value):
        name = f"x{len(self.arrays)}"
        self.arrays.append(value)
        self.values[name] = value
        return name

    def step(self, draw, op):
        """Append a call of `op`; what it is given is a variable, a new leaf, or one scaled by a variable."""
        pool = {n: v for n, v in self.values.items() if v.dtype == np.float64}
        results = {n: v for n, v in pool.items() if n[0] == "y"}
        pool = results if results and draw(st.integers(0, 3)) else pool
        d = Wired(draw, list(pool.values()))
        case = Case(op, *d.arguments(op))
        operands = []
        for array in case.arrays:
            name = next((n for n, v in pool.items() if v is array), None)
            if name is None:
                name = self.leaf(array)
                if pool and d.integer(0, 3):
                    name += f" * (0.99 + 0.01 * np.tanh({d.choice(list(pool))}.sum()))"
            operands.append(Name(name))
        given = [*map(literal, case.filled(operands)), *(f"{k}={literal(v)}" for k, v in case.options.items())]
        call = f"run({', '.join([repr(op.name), *given])})"
        results = eval(call, {**NAMES, "run": plain, **self.values})
        many = isinstance(results, (list, tuple))
        results = [np.asarray(r) for r in (results if many else [results])]
        names = [f"y{len(self.values) + i}" for i in range(len(results))]
        if results and all(np.all(np.abs(r) < LARGEST) for r in results):
            self.lines.append(f"{', '.join(names)}{',' * many} = {call}")
            self.values.update(zip(names, results))

    @property
    def source(self):
        results = [n for n, v in self.values.items() if n[0] == "y" and v.dtype == np.float64]
        leaves = [n for n in self.values if n[0] == "x"]
        body = ["autograd.seed(0)", *self.lines, f"return [{', '.join(results)}]"]
        return "\n    ".join([f"def program({', '.join(['run', *leaves])}):", *body]) + "\n"

    __repr__ = source.fget

    def function(self):
        names = dict(NAMES)
        exec(self.source, names)
        return names["program"]

    def alone(self, way):
        """The source of a program that shows alone that it fails in this way."""
        defined = {"np": "import numpy as np\nfrom numpy import dtype, inf, nan", "autograd": "import autograd"}
        check = f"{_define(way, way.__name__, defined)}(program, {literal(self.arrays)})"
        return "\n".join([*defined.values(), self.source, check])


NAMES = {"np": np, "autograd": autograd, "inf": np.inf, "nan": np.nan, "dtype": np.dtype}


@st.composite
def maybe_a_step(draw, program):
    """Nothing, to which shrinking comes down, or one step more."""
    if draw(st.integers(0, 5)):
        with np.errstate(all="ignore"):
            program.step(draw, draw(st.sampled_from(OPS)))


@st.composite
def programs(draw):
    program = Program()
    for _ in range(8):
        draw(maybe_a_step(program))
    return program


def tame(program):
    """Whether a program has a gradient, and one that differences can measure."""
    f = partial(program.function(), plain)
    if not any(y.requires_grad for y in f(*tracked(program.arrays))):
        return False
    return not any(np.any(np.abs(g) >= LARGEST) for g in first_order(f, program.arrays))  # nan is not passed over


def search(count):
    """Try so many random programs; raise what the smallest that fails raises, with a program that shows it alone."""

    @settings(max_examples=count, suppress_health_check=list(HealthCheck), backend="afresh")
    @given(programs())
    def proof(program):
        for way in WAYS if tame(program) else ():
            try:
                way(program.function(), program.arrays)
            except Exception as error:
                error.add_note(f"# {way.__name__}: this program shows it alone\n{program.alone(way)}")
                raise

    proof()


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore:backward added to old gradients")
def test_a_program_is_the_same_in_every_way_of_running_it():
    search(COUNT)


def test_a_wrong_rule_is_shrunk_to_a_program_that_shows_it_alone(monkeypatch):
    op = registry["sin"]
    monkeypatch.setattr("tests.autograd.test_programs.OPS", [registry["add"], op, registry["sum"]])
    with pytest.raises(AssertionError) as caught, planted(op, lambda g, x: g * np.sin(x)):
        search(200)
    shown = caught.value.__notes__[0]

    assert shown.count("run(") == 1
    with pytest.raises(AssertionError, match="finite differences"), planted(op, lambda g, x: g * np.sin(x)):
        exec(shown, {})
    exec(shown, {})


@contextmanager
def planted(op, rule):
    rules = op.rules
    try:
        op.rules = (rule,)
        op.renew()
        yield
    finally:
        op.rules = rules
        op.renew()
