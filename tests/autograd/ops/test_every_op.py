"""One property-based test for every op in the registry: adding an op adds no test code here."""

import importlib
import pkgutil

import pytest
from hypothesis import settings

import autograd
from autograd import ops, registry
from autograd.testing import check_op


@pytest.mark.no_cover
@pytest.mark.parametrize("name", sorted(registry))
def test_op_keeps_every_promise(name):
    check_op(registry[name], max_examples=settings().max_examples * 2 // 5)


def test_every_op_has_cases():
    modules = [importlib.import_module(f"autograd.ops.{m.name}") for m in pkgutil.iter_modules(ops.__path__)]
    functions = {f for m in modules for f in vars(m).values() if callable(f) and hasattr(f, "op") and f.op.call is f}

    assert {f.op.name for f in functions if registry.get(f.op.name) is not f.op} == set()


def test_every_op_is_public():
    rooms = autograd, autograd.fft

    assert [n for n in registry if not (n[0] == "_" or any(hasattr(room, n) for room in rooms))] == []
