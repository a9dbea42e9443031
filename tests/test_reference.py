"""The reference of the docs holds every public name, once, and of every operation its formula, rule, plot and error."""

import importlib
import inspect
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.special

import autograd
import nn
import optim
from autograd import registry
from autograd.engine.op import Op

sys.path.append(str(Path(__file__).parent.parent / "docs"))

import cards
import plots
import reference
from formulas import TEXTBOOK, VALUES
from latex import latex

ENTRIES = [
    f"{module}.{name}"
    for _, sections in reference.PAGES.values()
    for module, names in sections().values()
    for name in names
]


def value_of(entry):
    module, _, name = entry.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("module", [autograd, nn, optim], ids=lambda module: module.__name__)
def test_every_public_function_and_class_is_in_the_reference(module):
    shown = [value_of(entry) for entry in ENTRIES]  # by identity: source_lines stands under viz
    offered = {n: v for n, v in vars(module).items() if n[0] != "_" and (inspect.isclass(v) or inspect.isroutine(v))}

    assert [n for n, value in offered.items() if not any(value is other for other in shown)] == []


def test_no_name_is_there_twice():
    assert [name for name, count in Counter(ENTRIES).items() if count > 1] == []


def test_every_entry_has_a_docstring():
    shown = [(entry, value_of(entry)) for entry in ENTRIES]
    assert [entry for entry, value in shown if not value.__doc__] == []  # its own: getdoc would give a base's


def test_every_method_that_the_reference_could_show_has_a_docstring():
    classes = {value_of(entry) for entry in ENTRIES if inspect.isclass(value_of(entry))}
    methods = ((cls, name, value) for cls in classes for name, value in vars(cls).items() if name[0] != "_")
    found = {
        f"{cls.__name__}.{name}"
        for cls, name, value in methods
        if inspect.isfunction(value) and not inspect.getdoc(getattr(cls, name))
    }
    assert found == set()


def test_pages_are_written_for_sphinx(tmp_path):
    reference.write(tmp_path)

    assert {path.stem for path in tmp_path.iterdir()} == {*reference.PAGES, "index"}
    assert ".. autofunction:: autograd.exp\n" in (tmp_path / "operations.rst").read_text()
    assert ".. autoclass:: nn.Linear\n" in (tmp_path / "nn.rst").read_text()


# -- what stands below an operation ----------------------------------------------------------------------

OPS = {found.name: found for entry in ENTRIES if isinstance(found := getattr(value_of(entry), "op", None), Op)}
ELEMENTWISE = [name for name, op in OPS.items() if cards.elementwise(op)]
LANGUAGE = {**vars(scipy.special), **vars(np), "max": np.maximum, "min": np.minimum}


def rows(op):
    return dict(re.findall(r"^:([^:]+): (.+)$", "\n".join(cards.card(op)), re.MULTILINE))


def test_the_reference_holds_every_kind_of_operation():
    assert len(OPS) > 300
    assert len(ELEMENTWISE) > 110
    assert {op.call.__module__.rpartition(".")[2] for op in OPS.values()} >= {"fourier", "gamma", "linalg", "loss"}


@pytest.mark.parametrize("name", OPS)
def test_an_operation_says_how_the_gradient_of_each_input_comes_about(name):
    op = OPS[name]
    said = {row.removeprefix("Gradient of ") for row in rows(op) if row.startswith("Gradient")}
    ruled = [i for i, rule in zip(op.inputs, op.rules or ()) if rule] or list(op.formulas)
    one = op.variadic or op.composite or not op.differentiable

    assert all(rows(op).values())
    assert len(said) == 1 if one else said == set(ruled)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_elementwise_operation_has_its_plot_its_formula_and_its_measured_error(name):
    card = "\n".join(cards.card(OPS[name]))

    assert (card.count("<path") >= 3) != (name in cards.UNPLOTTED)
    assert rows(OPS[name])["Formula"].startswith(":math:`y = ")
    measured = r"units of the last place, float64 value [\d.a].*, second derivative .*; float32 value [\d.a].*"
    assert re.search(measured if name in cards.ROWS else r"none: \w+", rows(OPS[name])["Measured error"])


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_formula_gives_what_the_operation_gives(name):
    op = registry[name]
    choice = [np.array([True, False]), np.array([1.0, 2.0]), np.array([3.0, 4.0])], {}
    args, options = choice if name == "where" else plots.sampled(op)
    with np.errstate(all="ignore"):
        found = eval(VALUES[name], LANGUAGE | op.defaults | dict(zip(op.parameters, args)) | options)
        wanted = op.call(*args, **options)

    assert latex(VALUES[name])
    there = np.isfinite(found)  # a plot leaves out kinks
    assert np.mean(there) > 0.7
    near = 1e-4 if name == "selu" else 1e-9  # its constants are rounded there
    np.testing.assert_allclose(found[there], wanted[there], rtol=near, atol=1e-12)


def test_tables_of_formulas_name_operations():
    assert {*VALUES, *TEXTBOOK, *cards.UNPLOTTED, *cards.WHOLE} <= registry.keys()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("g * (1 - y**2)", r"g \, \left(1 - {y}^{2}\right)"),
        ("-g * a / b", r"\frac{-g \, a}{b}"),
        ("g @ (a * b).T", r"g \, {\left(a \odot b\right)}^{\top}"),
        ("(a - b) - (c - d)", r"a - b - \left(c - d\right)"),
        ("g * (a == b) / 2", r"\frac{g \, \left[a = b\right]}{2}"),
        ("sum(g, axis=0)", None),
        ("g, summed over the steps", None),
    ],
)
def test_an_expression_is_written_as_latex(text, written):
    assert latex(text) == written


def test_a_plot_has_a_gap_at_a_kink_and_no_number_that_is_none():
    drawn = plots.plot(registry["relu"])

    assert re.findall(r'class="(value|slope)" d="([^"]+)"', drawn)[0][1].count("M") == 2
    assert "nan" not in drawn
    assert "inf" not in drawn


def test_headings_say_what_they_are():
    headings = [heading for _, sections in reference.PAGES.values() for heading in sections()]

    assert [h for h in headings if len(h) > 90 or h.endswith((",", ".")) or "  " in h] == []
    assert "Exponentials and logarithms" in headings
    assert "Initial values (``nn.init``)" in headings
