"""Lines with loops compute what they did without; test_source.py has what they look like."""

import re
from random import Random

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import Tensor, source
from autograd.program import folding
from autograd.program.folding import Folded, Line, Straight, folded

from .derivatives import same_bits
from .test_source import NETWORKS, run

FORMS = [
    "{new} = {a} + {b}",
    "{new} = {a} * {b} + 1.0",
    "{new} = {a} @ w / 3",
    "{new} = {a}.T",
    "{new}, {other} = ({a} - {b}, {b} * 0.5)",
    "{old} += {a} * 0.5",
    "total += {a}",
    "assert ({a} * {b}).sum() != 7.0",
]
BACK = ["g0 = x", *(f"g{k + 1} = g{k} * y{4 - k} - y{3 - k}" for k in range(4))]
GIVEN = ["x", "p", "w", "total", *(f"w{i}" for i in range(25))]


def straight(random):
    """Lines that are mostly alike in each round, of what was made before, the last of which lists some variables."""

    def form():
        return random.choice(FORMS), [random.randint(1, 4) for _ in range(3)]

    period, parameters, known, lines = random.randint(1, 4), random.random() < 0.5, ["x", "p"], []
    forms = [form() for _ in range(period)]
    for k in range(random.randint(2, 5) * period + random.randint(0, 3)):
        text, back = forms[k % period] if random.random() < 0.96 else form()
        a, b, old = (known[-min(n, len(known))] for n in back)
        b = f"w{k // period}" if parameters and k % period == 0 else b
        lines.append(text.format(new=f"y{k}", other=f"z{k}", a=a, b=b, old=old))
        known += [name for name in (f"y{k}", f"z{k}") if text.startswith("{new}") and name in lines[-1].split(" = ")[0]]
    if random.random() < 0.5:
        lines.append("g = x + 1.0")
        for k, name in enumerate(known[2 :: random.randint(1, 2)][::-1]):
            lines += [f"g{k} = {f'g{k - 1}' if k else 'g'} * {name}", f"h{k} = g{k} + {name}"]
            known += [f"g{k}", f"h{k}"]
    return [*lines, f"[{', '.join([*random.sample(known, random.randint(1, 2)), 'total'])}]"]


def evaluated(lines):
    random = np.random.default_rng(0)
    space = {"np": np, **{name: random.normal(size=(2, 2)) for name in GIVEN}}
    with np.errstate(all="ignore"):
        exec("\n".join(lines[:-1]), space)
        return eval(lines[-1], space)


def looped(lines):
    """The lines with loops, even where these make them more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "FEW", 1)
        before = Straight([Line(text) for text in lines], GIVEN)
        return [line.text for line in Folded(before, before.loops(), {"np", *before.variables}).written()]


@given(st.integers(0, 2**32 - 1))
def test_loops_compute_what_the_lines_did_that_they_stand_for(seed):
    random = Random(seed)
    for _ in range(5):
        lines = straight(random)

        assert same_bits(evaluated(looped(lines)), evaluated(lines))


@pytest.mark.parametrize(
    ("loops", "rounds", "end"),
    [
        (2, [f"y{k + 1} = y{k} * 0.5 + w{k}" for k in range(4)] + BACK, "[g1, g4]"),  # both ends of a round are saved
        (1, [line for k in range(3) for line in (f"w{k + 1} = w{k} + 1.0", f"p{k + 1} = p{k} * 2.0")], "[w3, p3]"),
        (1, [line for k in range(3) for line in (f"q{k + 1} = p{k} * q{k}", f"p{k + 1} = w * p{k}")], "[q3, p3, p]"),
        (1, [line for k in range(3) for line in (f"y{k + 1} = x * 2.0", f"y{k + 1} += y{k}")], "[y1, y2, y3, y0]"),
        (1, [f"y{k + 2} = y{k + 1} - {f'y{k + 1}' if k else 'p'} * 0.5" for k in range(3)], "[y4]"),
        (0, [line for k in range(3) for line in (f"y{k} = y{k} + p", f"y{k + 1} = y{k} * 2.0")], "[y1, y2]"),
        (0, ["t = x + p", "y1 = y0 * t", "z1 = t - y1", "t = x + p", "y2 = y1 * t", "z2 = p - y2"], "[z1, z2]"),
        (0, [f"y{k + 2} = y{k + 1} - 0.5 * y{k}" for k in range(3)], "[y3, y4]"),
    ],
)
def test_variables_of_every_kind_are_what_they_were(loops, rounds, end):
    lines = ["p0 = p", "q0 = x", "y0 = x + w", "y1 = x - p", *rounds, end]
    text = looped(lines)

    assert same_bits(evaluated(text), evaluated(lines))
    assert sum(line.startswith("for ") for line in text) == loops


def test_lines_that_are_not_equal_stay():
    lines = [Line(f"y{k + 1} = np.tanh(y{k} * {k}.0)") for k in range(20)]

    assert folded(lines, ["y0"], {"np"}) == lines


def test_lines_without_anything_that_is_carried_on_stay():
    lines = [Line(f"y{k} = np.tanh(x{k})") for k in range(20)]

    assert folded(lines, [f"x{k}" for k in range(20)], {"np"}) == lines


def test_a_loop_without_parameters_counts():
    lines = [Line("y0 = 2 * x"), *(Line(f"y{k + 1} = np.tanh(y{k})") for k in range(20)), Line("[y20]")]
    text = ["y0 = 2 * x", "y = y0", "for _ in range(20):", "    y = np.tanh(y)", "[y]"]

    assert [line.text for line in folded(lines, ["x"], {"np"})] == text


@pytest.mark.parametrize("name", ["layers", "transformer"])
def test_second_derivatives_of_equal_layers_are_to_the_bit(name):
    f, xs = NETWORKS[name]
    every = tuple(range(len(xs)))
    vs = [np.cos(np.arange(x.size)).reshape(x.shape) for x in xs]

    def product(*xs):
        return sum((g * v).sum() for g, v in zip(autograd.grad(f, every)(*xs[: len(every)]), xs[len(every) :]))

    assert same_bits(run(source(f, *xs, order=2), *xs, *vs), autograd.grad(product, every)(*xs, *vs))


def test_the_first_layer_has_one_line_less_where_nobody_asks_for_the_gradient_of_its_input():
    model = nn.Sequential(*(layer for _ in range(6) for layer in (nn.Linear(3, 3), nn.Sigmoid())))

    def step(x):
        (model(x) ** 2).sum().backward()

    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    text = source(step, x, order=0)
    names = [".".join(found) for found in re.findall(r"d_layer(\d+)_(\w+)", text.rsplit("return ", 1)[1])]
    slopes = run(text, x, *(p.data for p in model.parameters()))
    step(Tensor(x))

    assert "in zip(saved[::-1][:5], layers[::-1][:5]):" in text
    assert same_bits(slopes, [dict(model.named_parameters())[name].grad for name in names])
