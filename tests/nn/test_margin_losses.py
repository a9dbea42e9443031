import numpy as np
import pytest

import nn
from autograd import DtypeError, ShapeError
from nn import functional as F

X = np.zeros((2, 3))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.soft_margin_loss(X, np.eye(2, 3)), ValueError, "labels are 1 and -1"),
        (lambda: F.multi_margin_loss(X, np.array([0, 3])), IndexError, "target holds class 3, of 3 classes"),
        (lambda: F.multi_margin_loss(X, np.array([0.0, 1.0])), DtypeError, "class numbers, use integers"),
        (lambda: F.multi_margin_loss(X, np.array([[0, 1]])), ShapeError, r"target \(1, 2\)"),
        (lambda: F.multi_margin_loss(X, np.array([0, 1]), weight=np.ones(2)), ShapeError, r"weight \(2,\)"),
        (lambda: F.multi_margin_loss(X, np.array([0, 1]), p=3), ValueError, "p=3 is neither 1 nor 2"),
        (lambda: nn.MultiMarginLoss(p=0), ValueError, "MultiMarginLoss: p=0 is less than 1"),
        (lambda: F.multilabel_margin_loss(X, np.array([[0, -2, 1]] * 2)), IndexError, "target holds class -2"),
        (lambda: F.multilabel_margin_loss(X, np.array([0, 1])), ShapeError, r"target \(2,\)"),
        (lambda: F.multilabel_soft_margin_loss(X, X, weight=np.ones(2)), ShapeError, r"weight \(2,\) for input"),
    ],
)
def test_what_does_not_fit_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        call()
