"""Clipped gradients: by their common norm, or each element by itself."""

import tracemalloc

import numpy as np
import pytest

import autograd
from nn import Linear
from nn.utils import clip_grad_norm_, clip_grad_value_


def parameters(*gradients):
    made = []
    for g in gradients:
        p = autograd.tensor(np.zeros(np.shape(g), np.result_type(g)), requires_grad=True)
        p.grad = g
        made.append(p)
    return made


@pytest.mark.parametrize("order", [1.0, 2.0, 3.0, np.inf, "inf"])
def test_the_norm_is_that_of_all_gradients_as_one_vector(order):
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=shape) for shape in ((3, 4), (), (2, 0), (70_000,))]
    flat = np.concatenate([np.ravel(g) for g in gradients])
    expected = np.linalg.norm(flat, np.inf if order == "inf" else order)
    ps = parameters(*gradients)
    norm = clip_grad_norm_(ps, 1.0, order)

    assert norm.item() == pytest.approx(expected, rel=1e-12)
    clipped = np.concatenate([np.ravel(p.grad.data) for p in ps])
    np.testing.assert_allclose(clipped, flat / (expected + 1e-6), rtol=1e-12)


def test_a_norm_below_the_limit_changes_nothing():
    (p,) = parameters(np.array([3.0, 4.0]))
    grad = p.grad.data

    assert clip_grad_norm_(p, 5.1).item() == 5.0
    assert p.grad.data is grad
    np.testing.assert_array_equal(grad, [3.0, 4.0])


def test_values_are_brought_into_the_range():
    (p,) = parameters(np.array([3.0, -4.0, 0.5]))
    clip_grad_value_([p], 1.0)

    np.testing.assert_array_equal(p.grad.data, [1.0, -1.0, 0.5])


@pytest.mark.parametrize("clip", [lambda ps: clip_grad_norm_(ps, 1.0), lambda ps: clip_grad_value_(ps, 0.5)])
def test_a_gradient_is_written_in_place_without_a_copy_of_it(clip):
    big = np.random.default_rng(0).normal(size=(1000, 1000)).astype(np.float32)
    (p,) = parameters(big)
    grad = p.grad.data
    tracemalloc.start()
    clip([p])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert p.grad.data is grad
    assert peak < big.nbytes / 3
    assert np.abs(grad).max() <= 0.5


@pytest.mark.parametrize("clip", [lambda ps: clip_grad_norm_(ps, 0.5), lambda ps: clip_grad_value_(ps, 0.5)])
def test_a_gradient_with_a_graph_or_read_only_is_replaced(clip):
    w = autograd.tensor(np.array([1.0]), requires_grad=True)
    (w * w * w).sum().backward(create_graph=True)
    before = w.grad
    clip([w])

    assert (before.item(), w.grad.requires_grad) == (3.0, False)
    assert w.grad.item() == pytest.approx(0.5, rel=1e-6)
    (p,) = parameters(np.ones(3))
    p.grad.data.flags.writeable = False
    clip(p)

    assert p.grad.data.max() < 1


def test_gradients_that_backward_made_of_one_array_are_each_clipped_once():
    a, b = (autograd.tensor(np.ones(2), requires_grad=True) for _ in range(2))
    (a + b).backward(np.array([3.0, 4.0]))
    clip_grad_norm_([a, b, a], 1.0)

    for p in (a, b):
        np.testing.assert_allclose(p.grad.data, np.array([3.0, 4.0]) / np.sqrt(50.0), rtol=1e-6)


def test_a_model_hands_over_its_parameters_and_those_without_gradient_are_left_out():
    layer = Linear(3, 2)

    assert clip_grad_norm_(layer.parameters(), 1.0).item() == 0.0
    clip_grad_value_(layer.parameters(), 1.0)
    assert layer.weight.grad is None


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_large_and_tiny_gradients_of_low_precision_have_a_norm(dtype):
    tiny = np.finfo(dtype).tiny
    for size in (np.finfo(dtype).max / 4, tiny):
        (p,) = parameters(np.full(4, size, dtype))
        norm = clip_grad_norm_(p, 1e-3)

        assert norm.item() == pytest.approx(2 * float(size), rel=1e-3)
        assert norm.dtype == np.float32


def test_a_norm_that_is_nan_or_infinite_does_not_pass_unseen():
    for value, expected in ((np.nan, [np.nan, np.nan]), (np.inf, [0.0, np.nan])):
        (p,) = parameters(np.array([1.0, value]))
        with np.errstate(invalid="ignore"):
            np.testing.assert_equal(clip_grad_norm_(p, 1.0).item(), value)
        np.testing.assert_array_equal(p.grad.data, expected)


def test_a_norm_that_is_not_finite_is_an_error_if_asked_and_nothing_changes():
    (p,) = parameters(np.array([1.0, np.inf]))
    with pytest.raises(autograd.GraphError, match=r"norm of the gradients is inf.*detect_anomaly"):
        clip_grad_norm_(p, 1.0, error_if_nonfinite=True)

    np.testing.assert_array_equal(p.grad.data, [1.0, np.inf])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda p: clip_grad_norm_(p, -1.0), ValueError, "max_norm=-1.0"),
        (lambda p: clip_grad_norm_(p, np.nan), ValueError, "not a number"),
        (lambda p: clip_grad_norm_(p, "1"), TypeError, "max_norm='1'"),
        (lambda p: clip_grad_norm_(p, 1.0, 0), ValueError, "norm_type=0"),
        (lambda p: clip_grad_norm_(p, 1.0, 2.0, 1), TypeError, "error_if_nonfinite=1"),
        (lambda p: clip_grad_norm_([p, "weight"], 1.0), TypeError, r"'weight' \(str\) is no Tensor"),
        (lambda p: clip_grad_norm_(3, 1.0), TypeError, "model.parameters"),
        (lambda p: clip_grad_value_(p, -1), ValueError, "clip_value=-1"),
        (lambda p: clip_grad_value_({"w": p}, 1), TypeError, "'w'"),
    ],
)
def test_misuse_is_explained(call, error, words):
    (p,) = parameters(np.array([3.0, 4.0]))
    with pytest.raises(error, match=words):
        call(p)

    np.testing.assert_array_equal(p.grad.data, [3.0, 4.0])
