import numpy as np
import pytest

import nn
from autograd import DtypeError, ShapeError, Tensor
from nn import functional as F

X = np.ones((2, 3))


def test_vectors_of_zeros_have_the_cosine_zero_and_finite_gradients():
    x = Tensor(np.zeros((1, 3)), requires_grad=True)
    y = F.cosine_similarity(x, X[:1])
    y.sum().backward()

    assert y.tolist() == [0.0]
    assert np.isfinite(x.grad.data).all()
    assert np.isfinite(F.normalize(x).data).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.normalize(X, dim=2), ShapeError, r"normalize: dim=2 is not an axis of an input of shape \(2, 3\)"),
        (lambda: F.normalize(X.astype(int)), DtypeError, "normalize: input is int64"),
        (lambda: F.normalize(X, p=0), ValueError, "p=0 is not above 0"),
        (lambda: F.cosine_similarity(X, X, dim=5), ShapeError, "cosine_similarity: dim=5"),
        (lambda: F.pairwise_distance(X, X, p=-1), ValueError, "p=-1 is not above 0"),
        (lambda: nn.CosineSimilarity(eps=-1.0), ValueError, "CosineSimilarity: eps=-1.0"),
    ],
)
def test_what_does_not_fit_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_cosines_of_vectors_whose_own_axis_broadcasts():
    a, b = np.arange(6.0).reshape(1, 2, 3), np.arange(1.0, 7.0).reshape(2, 1, 3)
    shape = np.broadcast_shapes(a.shape, b.shape)
    x, y = (np.broadcast_to(v, shape) for v in (a, b))
    expected = (x * y).sum(-2) / np.sqrt((x * x).sum(-2) * (y * y).sum(-2))

    np.testing.assert_allclose(nn.functional.cosine_similarity(Tensor(a), Tensor(b), dim=-2).data, expected)
