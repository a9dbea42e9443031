import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import DtypeError, ShapeError

rng = np.random.default_rng(0)


@pytest.mark.parametrize("offset", [0, 2])
def test_sinusoids_are_the_formula(offset):
    layer = nn.SinusoidalPositions(6, 9)
    x = rng.standard_normal((5, 2, 6)).astype(np.float32)

    y = layer(x, offset)

    for t in range(5):
        for i in range(3):
            angle = (t + offset) / 10000 ** (2 * i / 6)
            np.testing.assert_allclose(y.data[t, :, 2 * i], x[t, :, 2 * i] + math.sin(angle), atol=1e-6)
            np.testing.assert_allclose(y.data[t, :, 2 * i + 1], x[t, :, 2 * i + 1] + math.cos(angle), atol=1e-6)


@pytest.mark.parametrize("make", [lambda first: nn.SinusoidalPositions(4, 6, first), lambda first: learned(first)])
def test_positions_run_along_the_sequence_whether_the_batch_comes_first_or_not(make):
    x = np.zeros((5, 2, 4), np.float32)
    late, early = make(False), make(True)

    y = late(x).data

    np.testing.assert_array_equal(early(x.swapaxes(0, 1)).data, y.swapaxes(0, 1))
    np.testing.assert_array_equal(y[:, 1], y[:, 0])
    np.testing.assert_array_equal(early(x[:, 0]).data, y[:, 0])
    assert len(np.unique(y[:, 0], axis=0)) == 5


def learned(first):
    autograd.seed(0)
    return nn.LearnedPositions(6, 4, first)


def test_learned_positions_are_rows_of_the_weight_and_only_those_are_trained():
    layer = nn.LearnedPositions(6, 4)
    y = layer(autograd.zeros((2, 3, 4)), offset=1)
    autograd.sum(y).backward()

    np.testing.assert_array_equal(y.data, np.broadcast_to(layer.weight.data[1:3, None], (2, 3, 4)))
    np.testing.assert_array_equal(layer.weight.grad.data, [[0] * 4, [3] * 4, [3] * 4, [0] * 4, [0] * 4, [0] * 4])


def test_learned_positions_start_normal_and_small():
    autograd.seed(0)

    weight = nn.LearnedPositions(200, 64).weight.data

    assert abs(weight.std() - 0.02) < 0.001
    assert abs(weight.mean()) < 0.001


def test_sinusoids_are_no_part_of_the_state_but_follow_the_dtype():
    layer = nn.SinusoidalPositions(4, 6)

    assert layer.state_dict() == {}
    assert list(layer.parameters()) == []
    assert layer.to(np.float64)(np.zeros((2, 4))).dtype == np.float64


# rotary


def test_rotation_is_the_complex_product():
    x = rng.standard_normal((2, 5, 6))

    y = nn.RotaryPositions(6, base=50.0)(x, offset=3)

    angle = np.arange(3, 8)[:, None] * 50.0 ** (-np.arange(0, 6, 2) / 6)
    z = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angle)
    np.testing.assert_allclose(y, np.stack([z.real, z.imag], -1).reshape(x.shape), atol=1e-12)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(1, 4), st.integers(0, 99))
def test_a_product_depends_on_the_difference_of_positions_only(m, n, shift, pairs, seed):
    layer = nn.RotaryPositions(2 * pairs)
    q, k = np.random.default_rng(seed).standard_normal((2, 1, 2 * pairs))

    product = np.sum(layer(q, m) * layer(k, n))

    np.testing.assert_allclose(product, np.sum(layer(q, m + shift) * layer(k, n + shift)), atol=1e-9)


@given(st.integers(1, 6), st.integers(0, 50))
def test_rotation_keeps_lengths_and_position_zero(length, offset):
    layer = nn.RotaryPositions(4)
    x = np.random.default_rng(length).standard_normal((2, length, 4))

    np.testing.assert_allclose(np.sum(layer(x, offset) ** 2, -1), np.sum(x**2, -1))
    np.testing.assert_array_equal(layer(x)[:, 0], x[:, 0])


def test_a_sequence_in_pieces_is_turned_as_the_whole():
    layer = nn.RotaryPositions(4)
    x = autograd.randn(2, 6, 4)

    pieces = [layer(x[:, :4]), layer(x[:, 4:5], offset=4), layer(x[:, 5:], offset=5)]

    np.testing.assert_array_equal(autograd.concatenate(pieces, axis=1).data, layer(x).data)


zeros = np.zeros((3, 2, 4), np.float32)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.SinusoidalPositions(5, 10), ValueError, "d_model=5 is odd"),
        (lambda: nn.SinusoidalPositions(4, 0), ValueError, "max_len=0"),
        (lambda: nn.LearnedPositions(4, -1), ValueError, "d_model=-1"),
        (lambda: nn.RotaryPositions(3), ValueError, "head_dim=3 is odd"),
        (lambda: nn.RotaryPositions(0), ValueError, "RotaryPositions: head_dim=0 is less than 1"),
        (lambda: nn.RotaryPositions(2, base=-1.0), ValueError, "RotaryPositions: base=-1.0 is not above 0"),
        (lambda: nn.RotaryPositions(2, base="a"), TypeError, "RotaryPositions: base='a' is not a real number"),
        (lambda: nn.RotaryPositions(2.0), TypeError, "RotaryPositions: head_dim=2.0 is not an integer"),
        (lambda: nn.SinusoidalPositions("4", 2), TypeError, "SinusoidalPositions: d_model='4' is not an integer"),
        (lambda: nn.LearnedPositions(True, 4), TypeError, "LearnedPositions: max_len=True is not an integer"),
        (lambda: nn.LearnedPositions(4, 4, "a"), TypeError, "LearnedPositions: batch_first='a' is neither True"),
        (lambda: nn.LearnedPositions(4, 4)(zeros, 0.5), TypeError, "LearnedPositions: offset=0.5 is not an integer"),
        (lambda: nn.SinusoidalPositions(4, 2)(zeros), ShapeError, "positions 0 to 2.*max_len=2"),
        (lambda: nn.LearnedPositions(4, 4)(zeros, 2), ShapeError, "positions 2 to 4.*max_len=4"),
        (lambda: nn.SinusoidalPositions(4, 1, True)(zeros), ShapeError, "positions 0 to 1.*max_len=1"),
        (lambda: nn.SinusoidalPositions(6, 9)(zeros), ShapeError, r"\(3, 2, 4\) .*\(L, N, d_model=6\) or \(L, "),
        (lambda: nn.LearnedPositions(9, 6, True)(zeros), ShapeError, r"\(N, L, d_model=6\)"),
        (lambda: nn.LearnedPositions(9, 4)(zeros[0, 0]), ShapeError, r"\(4,\)"),
        (lambda: nn.LearnedPositions(9, 4)(zeros, -1), ValueError, "offset=-1"),
        (lambda: nn.RotaryPositions(6)(zeros), ShapeError, r"head_dim=6"),
        (lambda: nn.RotaryPositions(4)(zeros[0, 0]), ShapeError, r"\(4,\)"),
        (lambda: nn.RotaryPositions(4)(zeros, -2), ValueError, "offset=-2"),
        (lambda: nn.RotaryPositions(4)(zeros.astype(int)), DtypeError, "int64"),
        (lambda: autograd.rotate_pairs(zeros[..., :3], np.ones(1), np.ones(1)), ShapeError, "rotate_pairs"),
        (lambda: autograd.rotate_pairs(zeros, np.ones(3), np.ones(3)), ShapeError, r"cos \(3,\)"),
    ],
)
def test_wrong_input_is_an_error_that_says_what_fits(call, error, text):
    with pytest.raises(error, match=text):
        call()
