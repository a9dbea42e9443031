import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, gradients
from nn import functional as F

N = 200_000


@pytest.fixture(autouse=True)
def _seeded():
    autograd.seed(0)


@pytest.mark.parametrize("p", [0.001, 0.1, 0.5, 0.9])
def test_the_share_of_zeros_is_p_and_the_mean_stays(p):
    y = nn.Dropout(p)(np.ones(N, np.float32))
    error = np.sqrt(p * (1 - p) / N)

    assert abs(np.mean(y == 0) - p) < 4 * error
    assert abs(y.mean(dtype=np.float64) - 1) < 4 * error / (1 - p)
    np.testing.assert_allclose(y[y != 0], 1 / (1 - p), rtol=1e-6)


def test_zeros_are_independent_of_their_neighbours():
    dropped = nn.Dropout(0.5)(np.ones(N)) == 0

    for lag in (1, 2, 7, 64):
        assert abs(np.corrcoef(dropped[lag:], dropped[:-lag])[0, 1]) < 4 / np.sqrt(N)


def test_dropout2d_drops_whole_channels():
    y = nn.Dropout2d(0.3)(np.ones((100, 40, 2, 3)))
    flat = y.reshape(4000, 6)

    assert ((flat == flat[:, :1]).all(axis=1)).all()
    assert abs(np.mean(flat[:, 0] == 0) - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 4000)
    assert len({tuple(row) for row in (y[:, :, 0, 0] == 0).tolist()}) == 100  # each sample has its own
    np.testing.assert_allclose(flat[flat != 0], 1 / 0.7)
    y = nn.Dropout2d()(np.ones((5, 6, 7)))  # (N, C, L)
    assert (y == y[:, :, :1]).all()
    assert 0 < (y == 0).sum() < y.size


@pytest.mark.parametrize(("layer", "shape"), [(nn.Dropout(), (40,)), (nn.Dropout2d(), (5, 8, 1, 2))])
def test_each_call_has_its_own_mask_and_a_seed_repeats_it(layer, shape):
    x = np.ones(shape)
    first, second = layer(x), layer(x)
    autograd.seed(0)

    assert (first != second).any()
    np.testing.assert_array_equal(layer(x), first)


@pytest.mark.parametrize(("layer", "shape"), [(nn.Dropout(0.4), (50,)), (nn.Dropout2d(0.4), (5, 8, 1, 2))])
def test_the_gradient_passes_the_same_mask_at_every_order(layer, shape):
    x = Tensor(np.random.default_rng(0).normal(size=shape), requires_grad=True)
    y = layer(x)
    passed = np.where(y.data == 0, 0.0, 1 / 0.6)
    g = gradients(y.sum(), x, retain_graph=True)
    np.testing.assert_allclose(g.data, passed)

    first = gradients((y * y * y).sum(), x, create_graph=True)
    np.testing.assert_allclose(first.data, 3 * x.data**2 * passed**3)
    np.testing.assert_allclose(gradients(first.sum(), x).data, 6 * x.data * passed**3)


@pytest.mark.parametrize("layer", [nn.Dropout, nn.Dropout2d])
def test_in_eval_mode_and_for_p_0_the_output_is_the_input_itself(layer):
    x = autograd.ones((2, 3, 4, 4))
    state = autograd.ops.random.current().bit_generator.state

    assert layer().eval()(x) is x
    assert layer(0.0)(x) is x
    assert autograd.ops.random.current().bit_generator.state == state  # and nothing was drawn


@pytest.mark.parametrize("layer", [nn.Dropout, nn.Dropout2d])
def test_p_of_1_gives_zeros_and_zero_gradients_without_nan(layer):
    x = Tensor(np.full((2, 3, 1, 1), 1e30, np.float32), requires_grad=True)
    y = layer(1.0)(x)

    assert y.data.tolist() == np.zeros(x.shape).tolist()
    assert gradients(y.sum(), x).tolist() == np.zeros(x.shape).tolist()


def test_float32_stays_and_the_input_is_not_changed():
    x = np.ones(100, np.float32)

    assert nn.Dropout()(x).dtype == np.float32
    assert (x == 1).all()


@pytest.mark.parametrize(
    ("p", "error", "text"),
    [
        (-0.1, ValueError, "-0.1 is not between 0 and 1"),
        (1.1, ValueError, "1.1 is not between 0 and 1"),
        (float("nan"), ValueError, "nan is not a number"),
        ("a", TypeError, "'a' is not a real number"),
        (None, TypeError, "None is not a real number"),
        (True, TypeError, "True is not a real number"),
    ],
)
@pytest.mark.parametrize(
    "use", [nn.Dropout, nn.Dropout2d, lambda p: F.dropout(1.0, p), lambda p: F.dropout2d(np.ones((1, 1, 1)), p)]
)
def test_a_p_outside_0_and_1_is_an_error(use, p, error, text):
    with pytest.raises(error, match=rf"[dD]ropout(2d)?: p={text}"):
        use(p)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 2, 3, 4, 5)])
def test_dropout2d_of_no_channels_is_an_error(shape):
    with pytest.raises(autograd.ShapeError, match=r"dropout2d: .* input \(N, C, H, W\) or .*dropout takes any"):
        nn.Dropout2d()(np.ones(shape))


def test_dropout_shows_p():
    assert repr(nn.Dropout(0.2)) == "Dropout(p=0.2)"


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).standard_normal((200, 500))
    y = F.alpha_dropout(x, 0.3, training=True)

    np.testing.assert_allclose([np.mean(y), np.std(y)], [0.0, 1.0], atol=0.02)


@pytest.mark.parametrize(
    ("layer", "shape", "alike"),
    [
        (nn.Dropout1d(), (40, 3), (1,)),
        (nn.Dropout1d(), (2, 40, 3), (2,)),
        (nn.Dropout3d(), (40, 2, 3, 2), (1, 2, 3)),
        (nn.Dropout3d(), (2, 40, 2, 3, 2), (2, 3, 4)),
    ],
    ids=str,
)
def test_whole_channels_are_dropped_together(layer, shape, alike):
    y = layer(np.ones(shape))

    assert np.ptp(y, axis=alike).max() == 0
    assert len(np.unique(y)) == 2
