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
