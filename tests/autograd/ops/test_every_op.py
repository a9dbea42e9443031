"""One property-based test for every op in the registry: adding an op adds no test code here."""

import importlib
import pkgutil

import pytest
from hypothesis import given, settings, strategies as st

import autograd
from autograd import ops, registry
from autograd.testing import arguments, check_op
from autograd.testing.check_op import composition, same


@pytest.mark.parametrize("name", sorted(registry))
def test_op_keeps_every_promise(name):
    check_op(registry[name])


@pytest.mark.parametrize("each", [o for o in registry.values() if o.reference], ids=lambda o: o.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_kernel_gives_what_its_reference_gives(each, data):
    args, options = data.draw(arguments(each))
    found = []
    for function in (composition(each), each.call):
        autograd.seed(0)  # for what is drawn at random
        found.append(function(*args, **options))

    same(*found, each.name)


def test_every_op_has_cases():
    modules = [importlib.import_module(f"autograd.ops.{m.name}") for m in pkgutil.iter_modules(ops.__path__)]
    functions = {f for m in modules for f in vars(m).values() if callable(f) and hasattr(f, "op") and f.op.call is f}

    # what starts with an underscore may be proven through the public function that calls it
    assert {f.op.name for f in functions if f.op.name not in registry and not f.op.name.startswith("_")} == set()


def test_every_op_is_public():
    assert [name for name in registry if not (hasattr(autograd, name) or name.startswith("_"))] == []
