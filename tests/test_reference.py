"""The reference of the docs holds every public name, once."""

import importlib
import importlib.util
import inspect
from collections import Counter
from pathlib import Path

import pytest

import autograd
import nn
import optim

spec = importlib.util.spec_from_file_location("reference", Path(__file__).parent.parent / "docs" / "reference.py")
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

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
