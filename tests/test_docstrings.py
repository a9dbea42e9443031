"""Every example in a docstring runs, and every op has one."""

import builtins
import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import autograd
import nn
import optim

MODULES = [
    importlib.import_module(m.name)
    for package in (autograd, nn, optim)
    for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


def run(examples, name):
    failures = []
    doctest.DocTestRunner(verbose=False).run(examples, out=failures.append)
    assert not failures, f"{name}:\n{''.join(failures)}"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_examples_of(module):
    names = {**vars(autograd), **vars(builtins), "np": np, **vars(module)}
    for test in doctest.DocTestFinder().find(module, extraglobs=names):
        run(test, test.name)


@pytest.mark.parametrize("name", [name for name in sorted(autograd.registry) if not name.startswith("_")])
def test_the_example_of_op(name):
    doc = autograd.registry[name].doc
    test = doctest.DocTestParser().get_doctest(doc, {**vars(autograd), "np": np}, name, None, 0)

    assert test.examples, f"{name} has no example"
    run(test, name)
