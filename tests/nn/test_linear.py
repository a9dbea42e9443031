import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import autograd
import nn
from autograd import ShapeError
from nn import functional as F


def test_linear_is_x_times_the_weight_transposed_plus_bias():
    layer = nn.Linear(3, 2)
    x = np.ones((4, 5, 3), np.float32)

    y = layer(x)

    np.testing.assert_allclose(y.data, x @ layer.weight.data.T + layer.bias.data, rtol=1e-6)
    assert layer.weight.shape == (2, 3)
    assert y.dtype == np.float32


def test_linear_starts_uniform_within_one_over_the_root_of_its_inputs():
    autograd.seed(0)
    layer = nn.Linear(100, 200)

    for parameter in layer.parameters():
        assert 0.095 < np.abs(parameter.data).max() <= 0.1
        assert abs(parameter.data.mean()) < 0.02


def test_the_same_seed_gives_the_same_layer():
    autograd.seed(3)
    first = nn.Linear(3, 2).weight.data
    autograd.seed(3)

    np.testing.assert_array_equal(first, nn.Linear(3, 2).weight.data)


def test_a_wrong_width_is_an_error_that_shows_both():
    with pytest.raises(autograd.ShapeError, match=r"linear.*4.*3"):
        nn.Linear(3, 2)(np.ones((5, 4), np.float32))


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.Linear(-1, 2), ValueError, r"Linear: in_features=-1 is less than 0"),
        (lambda: nn.Linear(1, 2.0), TypeError, r"Linear: out_features=2.0 is not an integer"),
        (lambda: nn.Linear(3, 2)(np.float32(1)), ShapeError, r"linear: x \(\)"),
        (lambda: nn.Bilinear(0, 1, 2), ValueError, r"Bilinear: in1_features=0 is less than 1"),
        (lambda: nn.Bilinear(1, "a", 2), TypeError, r"Bilinear: in2_features='a' is not an integer"),
        (
            lambda: nn.Bilinear(3, 4, 2)(np.ones((5, 4)), np.ones((5, 3))),
            ShapeError,
            r"in1 is 4 in input1, 3 in weight",
        ),
        (
            lambda: nn.Bilinear(3, 4, 2)(np.ones((1, 3)), np.ones((5, 4))),
            ShapeError,
            r"is \(1,\) in input1, \(5,\) in ",
        ),
        (lambda: F.bilinear(np.ones(2), np.ones(2), np.ones((2, 2))), ShapeError, r"weight has 2 axes"),
        (lambda: F.bilinear(np.ones(1), np.ones(2), np.ones((3, 1, 2)), np.ones(2)), ShapeError, r"bias \(2,\)"),
        (lambda: nn.Flatten()(np.ones(3)), ShapeError, r"Flatten: start_dim=1 is not an axis .* \(3,\)"),
        (lambda: nn.Flatten(0, 2)(np.ones((3, 1))), ShapeError, r"Flatten: end_dim=2 is not an axis .* \(3, 1\)"),
        (lambda: nn.Flatten(2, 1)(np.ones((3, 1, 2))), ShapeError, r"start_dim=2 is after end_dim=1"),
        (lambda: nn.Flatten("a"), TypeError, r"Flatten: start_dim='a'"),
        (lambda: nn.Unflatten(1, (2, 2))(np.ones((3, 5))), ShapeError, r"axis 1 of \(3, 5\) has length 5.*\(2, 2\)"),
        (lambda: nn.Unflatten(1, (2, -1))(np.ones((3, 5))), ShapeError, r"length 5.*\(2, -1\)"),
        (lambda: nn.Unflatten(2, (2, 2))(np.ones((3, 4))), ShapeError, r"Unflatten: dim=2 is not an axis"),
        (lambda: nn.Unflatten(1, (-1, -1)), ValueError, r"at most one of them -1"),
        (lambda: nn.Linear(True, 2), TypeError, r"Linear: in_features=True is not an integer"),
        (lambda: nn.Linear("3", 2), TypeError, r"Linear: in_features='3' is not an integer"),
        (lambda: nn.Linear(3, 2, 4), TypeError, r"Linear: bias=4 is neither True nor False"),
        (
            lambda: nn.Bilinear(3, 2, np.ones(2)),
            TypeError,
            r"Bilinear: out_features=\(ndarray of shape \(2,\)\) is not",
        ),
        (lambda: nn.Bilinear(3, 2, 1, None), TypeError, r"Bilinear: bias=None is neither"),
        (lambda: nn.Flatten(0, False), TypeError, r"Flatten: end_dim=False is not an integer"),
        (lambda: nn.Unflatten("a", (2, 2)), TypeError, r"Unflatten: dim='a' is not an integer"),
        (lambda: nn.Unflatten(1, None), TypeError, r"Unflatten: unflattened_size=None is no sequence"),
        (lambda: nn.Unflatten(1, (2, 2.0)), TypeError, r"unflattened_size, a size=2.0 is not an integer"),
        (lambda: nn.Unflatten(1, ()), ValueError, r"needs sizes"),
        (lambda: nn.Unflatten(1, (2, -3)), ValueError, r"a size=-3 is less than -1"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_so(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_bilinear_is_a_form_for_each_output():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 3)), rng.normal(size=(2, 4))
    layer = nn.Bilinear(3, 4, 5).to(np.float64)
    expected = [[a @ w @ b for w in layer.weight.data] for a, b in zip(x, z)] + layer.bias.data

    np.testing.assert_allclose(layer(x, z).data, expected, rtol=1e-12)


def test_bilinear_starts_uniform_within_one_over_the_root_of_its_first_inputs():
    autograd.seed(0)
    layer = nn.Bilinear(25, 30, 400)

    for parameter in layer.parameters():
        assert 0.18 < np.abs(parameter.data).max() <= 0.2
        assert abs(parameter.data.mean()) < 0.03


def test_linear_of_no_inputs_is_its_bias():
    layer = nn.Linear(0, 2)

    np.testing.assert_array_equal(layer(np.ones((3, 0), np.float32)).data, np.tile(layer.bias.data, (3, 1)))


def test_layers_start_in_the_default_dtype():
    with autograd.default_dtype(np.float64):
        assert {p.dtype for layer in (nn.Linear(2, 1), nn.Bilinear(1, 1, 1)) for p in layer.parameters()} == {
            np.dtype(np.float64)
        }


def test_identity_is_the_input_itself():
    x = autograd.ones(3)

    assert nn.Identity(1, two=2)(x) is x


@given(hnp.array_shapes(min_dims=1, max_dims=4, max_side=3), st.data())
def test_unflatten_undoes_flatten(shape, data):
    start = data.draw(st.integers(0, len(shape) - 1))
    end = data.draw(st.integers(start, len(shape) - 1))
    x = np.arange(np.prod(shape)).reshape(shape) * 1.0
    flat = nn.Flatten(start - len(shape) if data.draw(st.booleans()) else start, end)(x)

    assert flat.ndim == len(shape) - (end - start)
    np.testing.assert_array_equal(flat.ravel(), x.ravel())
    np.testing.assert_array_equal(nn.Unflatten(start, shape[start : end + 1])(flat), x)


def test_reprs_are_brief():
    layers = [nn.Linear(3, 2, bias=False), nn.Bilinear(1, 2, 3), nn.Flatten(0), nn.Unflatten(1, [2, 3]), nn.Identity(5)]

    assert [layer._title() for layer in layers] == [
        "Linear(3, 2, bias=False)",
        "Bilinear(1, 2, 3)",
        "Flatten(start_dim=0)",
        "Unflatten(1, (2, 3))",
        "Identity()",
    ]
