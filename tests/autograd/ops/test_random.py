import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.viz import draw


@pytest.fixture(autouse=True)
def seeded():
    ag.seed(0)


def test_the_same_seed_gives_the_same_numbers_from_every_function():
    def all_of_them():
        ag.seed(7)
        return [ag.uniform(size=3), ag.normal(size=3), ag.bernoulli(0.5, 3), ag.permutation(9), ag.rand(2), ag.randn(2)]

    for a, b in zip(all_of_them(), all_of_them()):
        np.testing.assert_array_equal(a, b)


def test_the_moments_are_those_of_the_distributions():
    n = 40_000
    draws = {
        "uniform": (ag.uniform(-1.0, 3.0, n), 1.0, 4 / 12**0.5),
        "normal": (ag.normal(2.0, 0.5, n), 2.0, 0.5),
        "bernoulli": (ag.bernoulli(0.3, n), 0.3, 0.21**0.5),
    }
    for values, mean, std in draws.values():
        assert abs(values.data.mean() - mean) < 5 * std / n**0.5
        assert abs(values.data.std() - std) < 0.02
        assert values.dtype == np.float32


def test_sizes_come_from_the_parameters_where_none_is_given():
    assert ag.normal(np.zeros((2, 1)), np.ones(3)).shape == (2, 3)
    assert ag.uniform(np.zeros(2)).shape == (2,)
    assert ag.bernoulli(np.full((3, 2), 0.5)).shape == (3, 2)


def test_gradients_reach_loc_and_scale_but_not_chance():
    loc, scale = Tensor([1.0, 2.0], requires_grad=True), Tensor([0.5, 3.0], requires_grad=True)
    z = ag.normal(loc, scale)
    z.sum().backward()

    np.testing.assert_array_equal(loc.grad, [1.0, 1.0])
    np.testing.assert_allclose(scale.grad, (z.data - loc.data) / scale.data, rtol=1e-5)


def test_gradients_reach_the_bounds_of_a_uniform():
    low, high = Tensor(1.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    ag.uniform(low, high).backward()

    assert 0 < high.grad.item() < 1
    np.testing.assert_allclose(low.grad.item() + high.grad.item(), 1.0, rtol=1e-6)


def test_a_draw_is_recorded_as_a_source():
    scale = Tensor(2.0, requires_grad=True)

    assert "~ normal" in draw(ag.normal(0.0, scale)).source


def test_permutation_shuffles_integers_and_rows():
    rows = Tensor(np.arange(10.0).reshape(5, 2), requires_grad=True)
    shuffled = ag.permutation(rows)

    assert sorted(ag.permutation(5).tolist()) == [0, 1, 2, 3, 4]
    assert sorted(shuffled.tolist()) == rows.tolist()
    (shuffled * np.arange(5.0)[:, None]).sum().backward()
    assert sorted(rows.grad.data[:, 0].tolist()) == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("p", [-0.1, 1.5, np.nan, [0.5, np.nan]])
def test_what_is_no_probability_is_an_error(p):
    with pytest.raises(ValueError, match="probability"):
        ag.bernoulli(p)


@pytest.mark.parametrize("x", [2.5, 2.0, True, Tensor(2.5)])
def test_a_permutation_of_what_is_no_whole_number_is_an_error(x):
    with pytest.raises(TypeError, match=r"permutation: x=.* is not an integer"):
        ag.permutation(x)
