"""Clipped gradients are PyTorch's; skipped without it."""

import inspect
import math

import numpy as np
import pytest

import autograd
from nn import utils

torch = pytest.importorskip("torch")

SHAPES = [(3, 4), (5,), (), (40, 40)]


def pairs(dtype, scale=1.0):
    rng = np.random.default_rng(0)
    turn = 1j**0.3 if np.dtype(dtype).kind == "c" else 1.0
    ours = [autograd.tensor(np.zeros(shape, dtype), requires_grad=True) for shape in SHAPES]
    theirs = [torch.tensor(p.data, requires_grad=True) for p in ours]
    for p, q in list(zip(ours, theirs))[1:]:  # the first has none
        p.grad = np.asarray(rng.normal(size=p.shape) * scale * turn, dtype)
        q.grad = torch.tensor(p.grad.data)
    return ours, theirs


def check(ours, theirs, rtol):
    for p, q in zip(ours, theirs):
        assert (p.grad is None) == (q.grad is None)
        if p.grad is not None:
            np.testing.assert_allclose(p.grad.data, q.grad.numpy(), rtol=rtol, atol=0)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-6), (np.float64, 1e-12), (np.complex128, 1e-12)])
@pytest.mark.parametrize("order", [1.0, 2.0, 3, 0.5, math.inf, "inf"], ids=repr)
@pytest.mark.parametrize("limit", [0.0, 0.5, 1e12])
def test_the_norm_and_what_it_scales_are_pytorchs(limit, order, dtype, rtol):
    ours, theirs = pairs(dtype)
    norm = utils.clip_grad_norm_(ours, limit, order)

    np.testing.assert_allclose(norm.data, torch.nn.utils.clip_grad_norm_(theirs, limit, order).numpy(), rtol=rtol)
    assert norm.dtype == np.zeros(0, dtype).real.dtype
    check(ours, theirs, rtol)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_norm_that_is_not_finite_does_what_pytorchs_does(value):
    ours, theirs = pairs(np.float32)
    ours[1].grad.data[2] = value
    theirs[1].grad[2] = float(value)
    with np.errstate(invalid="ignore"):
        norm = utils.clip_grad_norm_(ours, 1.0)
    np.testing.assert_equal(norm.data, torch.nn.utils.clip_grad_norm_(theirs, 1.0).numpy())
    check(ours, theirs, 0)


@pytest.mark.parametrize("limit", [0.0, 0.3, 1e12])
def test_clipped_values_are_pytorchs(limit):
    ours, theirs = pairs(np.float32)
    ours[1].grad.data[2] = np.nan
    theirs[1].grad[2] = np.nan
    utils.clip_grad_value_(ours, limit)
    torch.nn.utils.clip_grad_value_(theirs, limit)
    check(ours, theirs, 0)


@pytest.mark.parametrize("name", ["clip_grad_norm_", "clip_grad_value_"])
def test_the_signature_is_pytorchs_without_how_it_is_computed(name):
    def arguments(function):
        found = inspect.signature(function).parameters.values()
        return [(p.name, p.default, p.kind) for p in found if p.name != "foreach"]

    assert arguments(getattr(utils, name)) == arguments(getattr(torch.nn.utils, name))
