"""What editors and type checkers read of the operations is what the operations are, take and give."""

import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import autograd
import nn
import optim
from autograd import Tensor
from autograd.testing.strategies import arguments
from tests import typed_expectations

ROOT = Path(__file__).parent.parent
spec = importlib.util.spec_from_file_location("stubs", ROOT / "docs" / "stubs.py")
stubs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stubs)

OPS = {name: value for name, value in stubs.public().items() if getattr(value, "op", None) and value.op.call is value}


@pytest.mark.parametrize("path", stubs.STUBS)
def test_a_stub_is_what_would_be_written_now(path):
    assert (ROOT / path).read_text() == stubs.STUBS[path](), "make stubs"


def words(result):
    """The type of a result, in the words of the stubs: a tuple's with and without its length."""
    if isinstance(result, Tensor):
        return {"Tensor"}
    if isinstance(result, (np.ndarray, np.generic)):
        return {"Array"}
    each = [words(part).pop() for part in result]
    if hasattr(result, "_fields"):
        assert stubs.NAMED[type(result).__name__] == result._fields
        return {f"{type(result).__name__}[{each[0]}]"}
    if isinstance(result, list):
        return {f"list[{each[0]}]"}
    return {f"tuple[{', '.join(each)}]", f"tuple[{each[0]}, ...]"}


def lifted(value):
    """Every array in an argument made a Tensor."""
    if isinstance(value, np.ndarray):
        return Tensor(value)
    return [lifted(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", [name for name, function in OPS.items() if function.op.cases])
@settings(max_examples=3, deadline=None)
@given(st.data())
def test_an_op_gives_what_its_stub_says(name, data):
    function = OPS[name]
    args, options = data.draw(arguments(function.op))
    gives = {part for one in stubs.overloads(name, function) for part in one.return_annotation.split(" | ")}

    assert gives & words(function(*map(lifted, args), **options))
    if any("Array" in one for one in gives):
        assert gives & words(function(*args, **options))


@pytest.mark.parametrize("name", ["tensors", "operations", "transforms", "networks"])
def test_what_a_type_checker_is_told_holds_at_run_time(name, monkeypatch):
    def check(value, kind):
        if kind not in (None, stubs.Any):
            assert isinstance(value, getattr(kind, "__origin__", kind))
        return value

    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    given = {"x": x, "w": Tensor(np.ones((3, 2))), "array": np.ones((2, 3))}
    monkeypatch.setattr(typed_expectations, "assert_type", check)
    function = getattr(typed_expectations, name)

    function(**{name: given[name] for name in inspect.signature(function).parameters})


@pytest.mark.parametrize("module", [autograd, nn, optim], ids=lambda module: module.__name__)
def test_completion_offers_public_names_and_all_of_them(module):
    offered = dir(module)
    held = {n for n, v in vars(module).items() if n[0] != "_" and not inspect.ismodule(v)}

    assert held <= set(offered)
    assert [n for n in offered if n[0] == "_"] == ["__version__"] * (module is autograd)
    assert all(hasattr(module, name) for name in offered)


def test_completion_offers_modules_only_where_they_are_for_users():
    modules = [f"{m.__name__}.{n}" for m in (autograd, nn, optim) for n in dir(m) if inspect.ismodule(getattr(m, n))]

    assert modules == [
        "autograd.fft", "autograd.memory", "autograd.stats", "autograd.testing", "autograd.viz", "nn.data",
        "nn.distributions", "nn.functional", "nn.init", "nn.models", "nn.utils", "optim.distributed",
        "optim.logging", "optim.lr_scheduler", "optim.metrics", "optim.pictures", "optim.swa_utils",
    ]  # fmt: skip
