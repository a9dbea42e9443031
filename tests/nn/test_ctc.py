from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import autograd
import nn
from autograd import DtypeError, ShapeError, Tensor, gradients
from autograd.testing import gradcheck
from nn import functional as f


def by_enumeration(log_p, target, blank):
    """Minus the log of the summed probability of every path that collapses to `target`: (T, C)."""
    total = 0.0
    for path in product(range(log_p.shape[1]), repeat=len(log_p)):
        if [c for c, _ in groupby(path) if c != blank] == list(target):
            total += np.exp(sum(log_p[t, c] for t, c in enumerate(path)))
    return -np.log(total) if total else np.inf


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_it_equals_the_sum_over_all_alignments(data):
    classes, n = data.draw(st.integers(2, 3)), data.draw(st.integers(1, 3))
    blank = data.draw(st.integers(0, classes - 1))
    labels = st.sampled_from([c for c in range(classes) if c != blank])
    targets = [data.draw(st.lists(labels, max_size=3)) for _ in range(n)]
    times = [data.draw(st.integers(0, 4)) for _ in range(n)]
    sizes = [len(t) for t in targets]
    log_p = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(4, n, classes))
    expected = [by_enumeration(log_p[:t, i], targets[i], blank) for i, t in enumerate(times)]

    flat = np.array([label for t in targets for label in t], int)
    joined = f.ctc_loss(log_p, flat, times, sizes, blank, "none")
    filled = np.array([t + [-1] * (3 - len(t)) for t in targets])
    padded = f.ctc_loss(log_p, filled, np.array(times), Tensor(sizes), blank, "none")

    np.testing.assert_allclose(joined, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(padded, joined)
    finite = np.where(np.isinf(expected), 0.0, expected)
    mean = f.ctc_loss(log_p, flat, times, sizes, blank, zero_infinity=True)
    np.testing.assert_allclose(mean, np.mean(finite / np.maximum(sizes, 1)), rtol=1e-9, atol=1e-9)


def test_without_an_alignment_the_loss_is_infinite_and_the_gradient_0():
    for zero in (False, True):
        x = Tensor(np.zeros((2, 2, 3)), requires_grad=True)
        losses = f.ctc_loss(x.log_softmax(-1), np.array([[1, 1], [1, 2]]), [2, 2], [2, 2], 0, "none", zero)
        g = gradients(losses, x, np.ones(2)).data
        assert losses.data[0] == (0.0 if zero else np.inf)
        assert not g[:, 0].any()
        assert g[:, 1].any()


def test_impossible_classes_give_no_nan():
    x = Tensor(
        np.log([[[0.5, 0.5, 0.0]], [[0.5, 0.5, 0.0]]], where=[True, True, False], out=np.full((2, 1, 3), -np.inf))
    )
    x.requires_grad = True
    for label, loss in ((1, -np.log(0.75)), (2, np.inf)):
        losses = f.ctc_loss(x, np.array([[label]]), [2], [1], 0, "none")
        assert losses.data[0] == pytest.approx(loss)
        assert np.isfinite(gradients(losses, x, np.ones(1)).data).all()


def test_the_gradient_behind_the_end_of_a_row_is_0():
    x = Tensor(np.zeros((5, 2, 3)), requires_grad=True)
    g = gradients(f.ctc_loss(x.log_softmax(-1), np.array([[1], [2]]), [5, 2], [1, 1]), x).data

    assert not g[2:, 1].any()
    assert g[4, 0].any()


def test_the_gradient_of_log_probs_is_the_true_one_and_minus_the_expected_counts():
    log_p = np.random.default_rng(0).normal(size=(4, 2, 3))
    args = (np.array([[1, 1], [2, 1]]), np.array([4, 3]), np.array([2, 1]))

    assert gradcheck(lambda x: f.ctc_loss(x, *args), [log_p], order=2)
    x = Tensor(log_p, requires_grad=True)
    g = gradients(f.ctc_loss(x, *args, reduction="sum"), x).data
    np.testing.assert_allclose(g.sum(2), [[-1, -1], [-1, -1], [-1, -1], [-1, 0]])


def test_long_sequences_in_float32_stay_exact():
    rng = np.random.default_rng(0)
    x, targets = rng.normal(size=(400, 2, 6)) * 5, rng.integers(1, 6, (2, 60))
    found = []
    for dtype in (np.float32, np.float64):
        t = Tensor(x.astype(np.float32).astype(dtype), requires_grad=True)
        loss = f.ctc_loss(t.log_softmax(-1), targets, [400, 380], [60, 50], reduction="sum")
        found.append((loss, gradients(loss, t)))
    (low, g_low), (high, g_high) = found

    assert low.dtype == g_low.dtype == np.float32
    assert low.item() == pytest.approx(high.item(), rel=1e-6)
    np.testing.assert_allclose(g_low.data, g_high.data, atol=1e-5)


LOG_P, TARGETS = np.log(np.full((3, 2, 4), 0.25)), np.array([[1, 2], [3, 1]])


@pytest.mark.parametrize(
    ("args", "error", "text"),
    [
        ((LOG_P[0, 0], TARGETS, [3, 3], [2, 2]), ShapeError, r"log_p \(4,\) is not \(T, N, C\)"),
        ((LOG_P[:0], TARGETS, [0, 0], [0, 0]), ShapeError, r"log_p \(0, 2, 4\)"),
        ((LOG_P, TARGETS[:1], [3, 3], [2, 2]), ShapeError, r"targets \(1, 2\) for log_p \(3, 2, 4\)"),
        ((LOG_P, TARGETS, [3], [2, 2]), ShapeError, r"input_lengths \(1,\).*N = 2"),
        ((LOG_P, TARGETS, [3, 3], [2]), ShapeError, r"target_lengths \(1,\).*N = 2"),
        ((LOG_P, TARGETS, [3, 4], [2, 2]), ValueError, r"input_lengths reach from 3 to 4.*hold 3"),
        ((LOG_P, TARGETS, [3, -1], [2, 2]), ValueError, r"input_lengths reach from -1"),
        ((LOG_P, TARGETS, [3, 3], [2, 3]), ValueError, r"target_lengths reach from 2 to 3.*hold 2"),
        ((LOG_P, TARGETS.ravel(), [3, 3], [2, 1]), ShapeError, r"4 concatenated targets.*\[2, 1\] add up to 3"),
        ((LOG_P, TARGETS * 1.0, [3, 3], [2, 2]), DtypeError, r"targets of dtype float64.*astype"),
        ((LOG_P, TARGETS, [3.0, 3.0], [2, 2]), DtypeError, r"input_lengths of dtype float64"),
        ((LOG_P, TARGETS + 1, [3, 3], [2, 2]), IndexError, "a target holds 4, which is no class of 4"),
        ((LOG_P, TARGETS - 1, [3, 3], [2, 2]), IndexError, "a target holds 0, which is the blank"),
        ((LOG_P, TARGETS, [3, 3], [2, 2], 4), IndexError, "blank=4 of 4 classes"),
        ((LOG_P, TARGETS, [3, 3], [2, 2], 0, "avg"), ValueError, "reduction='avg'"),
        ((LOG_P.astype(int), TARGETS, [3, 3], [2, 2]), DtypeError, r"not int64 \(3, 2, 4\)"),
        (([[0.0]], TARGETS, [3, 3], [2, 2]), TypeError, r"floats in an array.*\[\[0.0\]\]"),
    ],
)
def test_wrong_input_is_an_error_that_shows_it(args, error, text):
    with pytest.raises(error, match=text):
        f.ctc_loss(*args)


def test_a_negative_blank_is_an_error_at_construction():
    with pytest.raises(ValueError, match="CTCLoss: blank=-1"):
        nn.CTCLoss(blank=-1)
    with pytest.raises(TypeError, match="CTCLoss: blank='a' is not an integer"):
        nn.CTCLoss(blank="a")
    with pytest.raises(TypeError, match="CTCLoss: zero_infinity=0 is neither"):
        nn.CTCLoss(zero_infinity=0)
    with pytest.raises(TypeError, match=r"ctc_loss: blank=0\.0 is not an integer"):
        f.ctc_loss(LOG_P, TARGETS, [3, 3], [2, 2], 0.0)
    with pytest.raises(ValueError, match="CTCLoss: reduction='avg'"):
        nn.CTCLoss(reduction="avg")


def test_arrays_in_give_an_array():
    assert not isinstance(autograd.ctc(LOG_P, TARGETS, np.array([3, 3]), np.array([1, 2])), Tensor)
