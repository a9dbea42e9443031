"""Scopes: what a call of a module notes on its outputs, and that it costs nothing else."""

import gc
import tracemalloc
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.watch.modules import begin


class Returns(nn.Module):
    """Doubles what it is given and returns it as `wrap` says."""

    def __init__(self, wrap):
        self.wrap = wrap

    def forward(self, x):
        return self.wrap(x * 2.0)


@dataclass
class Result:
    loss: Any
    rest: Any = None


def leaf():
    return Tensor(1.0, requires_grad=True)


def kinds(tensor):
    return [scope.kind for scope in tensor._node.__dict__.get("scopes", ())]


@pytest.mark.parametrize(
    ("wrap", "unwrap"),
    [
        (lambda y: y, lambda out: out),
        (lambda y: (1, [y]), lambda out: out[1][0]),
        (lambda y: {"a": 3, 5: {"y": y}}, lambda out: out[5]["y"]),
        (lambda y: Result(np.ones(3), [Result(y)]), lambda out: out.rest[0].loss),
    ],
    ids=["tensor", "list", "dict", "dataclass"],
)
def test_an_output_is_found_in_lists_dicts_and_dataclasses(wrap, unwrap):
    module = Returns(wrap)
    y = unwrap(module(leaf()))

    assert kinds(y) == ["Returns"]
    (scope,) = y._node.__dict__["scopes"]
    assert scope.first < y._node.birth < scope.last
    assert scope.module() is module


def test_an_output_that_holds_itself_is_returned_as_it_is():
    def knot(y):
        held = [y]
        held.append(held)
        return held

    out = Returns(knot)(leaf())
    assert out[1] is out
    assert kinds(out[0]) == ["Returns"]


def test_nothing_is_noted_where_nothing_was_recorded():
    module = Returns(lambda y: {"y": y})
    with autograd.no_grad():
        assert module(leaf())["y"]._node is None
    assert isinstance(nn.Identity()(np.ones(3)), np.ndarray)
    x = leaf()
    assert kinds(nn.Identity()(x)) == []  # passed through, not made


def test_what_a_hook_returns_is_what_is_noted():
    module = Returns(lambda y: y)
    made = []
    module.register_forward_hook(lambda module, args, output: made.append(output) or output.tanh())
    out = module(leaf())

    assert out._node.op.name == "tanh"
    assert (kinds(made[0]), kinds(out)) == ([], ["Returns"])


def test_an_error_inside_forward_leaves_no_call_open():
    class Outer(nn.Module):
        def __init__(self):
            self.inner = Returns(lambda y: 1 // 0)

        def forward(self, x):
            try:
                self.inner(x)
            except ZeroDivisionError:
                return x * 3.0

    out = Outer()(leaf())
    after = Returns(lambda y: y)(out)

    assert (kinds(out), kinds(after)) == (["Outer"], ["Returns"])
    first, second = out._node.__dict__["scopes"][0], after._node.__dict__["scopes"][0]
    assert first.last < second.first


def test_the_line_of_a_call_is_noted_inside_modules_after_an_error_too():
    module, broken = Returns(lambda y: y), Returns(lambda y: 1 // 0)
    with autograd.source_lines():
        with pytest.raises(ZeroDivisionError):
            broken(leaf())
        y = module(leaf())

    assert y._node.__dict__["line"].filename == __file__
    assert kinds(y) == ["Returns"]


def test_two_thousand_calls_leave_nothing_behind():
    model = nn.Sequential(nn.Linear(4, 4), Returns(lambda y: {"y": y}))
    x = np.ones((2, 4))

    def train(calls):
        for _ in range(calls):
            model(x)["y"].sum().backward()
            model.zero_grad()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = train(50)
        assert train(2_000) - before < 20_000  # bytes, ten a call
    finally:
        tracemalloc.stop()


def test_a_scope_keeps_no_module_alive():
    y = Returns(lambda y: y)(leaf())
    gc.collect()

    assert y._node.__dict__["scopes"][0].module() is None


def test_a_call_takes_one_birth_where_nothing_is_recorded():
    before = begin()
    nn.Identity()(np.ones(3))

    assert begin() == before + 2
