import numpy as np
import pytest

import autograd
import nn
from autograd import DtypeError, ShapeError, Tensor, gradients
from nn import functional as F


def added_one_by_one(g, indices, count):
    total = np.zeros((count, g.shape[-1]), g.dtype)
    np.add.at(total, indices, g)
    return total


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("integers", [np.int8, np.uint16, np.int64])
def test_the_gradient_adds_up_rows_that_repeat(dtype, integers):
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 7, (5, 4)).astype(integers)
    weight = Tensor(rng.normal(size=(9, 3)).astype(dtype), requires_grad=True)
    g = rng.integers(-4, 5, (5, 4, 3)).astype(dtype)

    found = gradients(F.embedding(indices, weight), weight, g)

    assert found.dtype == dtype
    np.testing.assert_array_equal(found.data, added_one_by_one(g, indices, 9))


def test_a_cotangent_in_another_memory_layout_adds_up_the_same():
    weight = Tensor(np.ones((3, 2)), requires_grad=True)
    g = np.arange(8.0).reshape(2, 4).T

    found = gradients(autograd.embedding(weight, np.array([2, 0, 2, 2])), weight, g)

    np.testing.assert_array_equal(found.data, added_one_by_one(g, [2, 0, 2, 2], 3))


def test_the_row_of_padding_starts_at_0_and_gets_no_gradient():
    layer = nn.Embedding(4, 3, padding_idx=-3)
    assert layer.padding_idx == 1
    assert layer.weight.data[1].tolist() == [0.0, 0.0, 0.0]
    assert layer.weight.data[0].any()

    layer(np.array([1, 0, 1, 2, 0])).sum().backward()

    assert layer.weight.grad.data[:, 0].tolist() == [2.0, 0.0, 1.0, 0.0]


def test_the_row_of_padding_gets_none_at_order_two_either():
    weight = Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    first = gradients((F.embedding(np.array([0, 1, 1]), weight, 1) ** 3).sum(), weight, create_graph=True)
    second = gradients(first.sum(), weight)

    np.testing.assert_allclose(second.data, [[0.0, 6.0], [0.0, 0.0], [0.0, 0.0]])
    scale = Tensor(np.ones((3, 1)), requires_grad=True)
    first = gradients((F.embedding(np.array([0, 1, 1]), weight, 1) * scale).sum(), weight, create_graph=True)
    assert gradients(first.sum(), scale).tolist() == [[2.0], [0.0], [0.0]]


def test_an_embedding_of_tensors_lists_and_numbers_is_that_of_arrays():
    layer = nn.Embedding(4, 2)

    for given in (Tensor(np.array([3, 1])), [3, 1]):
        np.testing.assert_array_equal(layer(given).data, layer.weight.data[[3, 1]])
    assert layer(2).shape == (2,)


def test_the_weights_start_standard_normal():
    autograd.seed(0)
    weight = nn.Embedding(200, 100).weight.data

    assert abs(weight.mean()) < 4 / np.sqrt(weight.size)
    assert abs(weight.std() - 1) < 4 / np.sqrt(2 * weight.size)


def test_pretrained_weights_are_copied_and_frozen_unless_told():
    vectors = np.array([[1.0, 2.0], [3.0, 4.0]])
    frozen, trained = nn.Embedding.from_pretrained(vectors), nn.Embedding.from_pretrained(vectors, freeze=False)
    vectors[:] = 0.0

    assert frozen.weight.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert not frozen(np.array([0])).requires_grad
    assert trained(np.array([0])).requires_grad
    assert nn.Embedding.from_pretrained(vectors, padding_idx=1).padding_idx == 1
    assert nn.Embedding(2, 2, _weight=vectors).weight.dtype == np.float64


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.Embedding(0, 3), ValueError, r"Embedding: num_embeddings=0 is less than 1"),
        (lambda: nn.Embedding(3, -1), ValueError, r"Embedding: embedding_dim=-1 is less than 0"),
        (lambda: nn.Embedding(3, 2, 3), ValueError, r"Embedding: padding_idx=3 is outside the 3 rows"),
        (lambda: nn.Embedding(3, 2, -4), ValueError, r"Embedding: padding_idx=-4"),
        (
            lambda: nn.Embedding(3, 2, _weight=np.ones((2, 3))),
            ShapeError,
            r"Embedding: _weight \(2, 3\) .*\(rows=3, columns=2\)",
        ),
        (lambda: nn.Embedding.from_pretrained(np.ones(3)), ShapeError, r"from_pretrained: .* has 1 axis"),
        (lambda: nn.Embedding(3, 2)(np.array([0, 3, 9])), IndexError, r"embedding: index 3 is outside \[0, 3\)"),
        (lambda: nn.Embedding(3, 2)(np.array([0, -1])), IndexError, r"embedding: index -1 is outside \[0, 3\)"),
        (lambda: nn.Embedding(3, 2)(np.array([0.0])), DtypeError, r"embedding: indices are integers, not float64"),
        (lambda: nn.Embedding(3, 2)(np.array([True])), DtypeError, r"not bool"),
        (lambda: nn.Embedding(True, 2), TypeError, r"Embedding: num_embeddings=True is not an integer"),
        (lambda: nn.Embedding(3, "2"), TypeError, r"Embedding: embedding_dim='2' is not an integer"),
        (lambda: nn.Embedding(3, 2, "a"), TypeError, r"Embedding: padding_idx='a' is not an integer"),
        (lambda: nn.Embedding(3, 2, 1.0), TypeError, r"Embedding: padding_idx=1.0 is not an integer"),
        (lambda: nn.Embedding.from_pretrained(np.ones((2, 2)), 1), TypeError, r"from_pretrained: freeze=1 is neither"),
        (lambda: F.embedding(np.array([0]), np.ones(()), 0), ValueError, r"padding_idx=0 is outside the 0 rows"),
        (lambda: F.embedding(np.array([0]), np.ones(3)), ShapeError, r"weight \(3,\), .* weight has 1 axis"),
        (lambda: F.embedding(np.array([0]), np.ones((3, 1)), 3), ValueError, r"embedding: padding_idx=3"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_so(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_an_embedding_shows_its_sizes():
    assert repr(nn.Embedding(3, 2)) == "Embedding(3, 2)"
    assert repr(nn.Embedding(3, 2, padding_idx=0)) == "Embedding(3, 2, padding_idx=0)"
