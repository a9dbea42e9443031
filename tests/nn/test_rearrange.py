import numpy as np
import pytest

import autograd
import nn
from autograd import DtypeError, ShapeError
from nn import functional as F

X = np.random.default_rng(0).normal(size=(2, 3, 5, 6))


def test_fold_is_the_adjoint_of_unfold():
    settings = {"kernel_size": (2, 3), "dilation": (2, 1), "padding": (1, 0), "stride": (1, 2)}
    columns = F.unfold(X, **settings)
    other = np.random.default_rng(1).normal(size=columns.shape)

    np.testing.assert_allclose((columns * other).sum(), (X * F.fold(other, (5, 6), **settings)).sum())


def test_unfold_and_a_product_are_a_convolution():
    weight = np.random.default_rng(2).normal(size=(4, 3, 2, 2))
    y = weight.reshape(4, -1) @ F.unfold(X, 2, padding=1)

    np.testing.assert_allclose(y.reshape(2, 4, 6, 7), autograd.convolution(X, weight, padding=1))


def test_unshuffling_undoes_shuffling():
    np.testing.assert_array_equal(F.pixel_shuffle(F.pixel_unshuffle(X[..., :4, :], 2), 2), X[..., :4, :])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.pixel_shuffle(X, 2), ShapeError, r"3 channels are no multiple of upscale_factor\*\*2 = 4"),
        (lambda: F.pixel_unshuffle(X, 2), ShapeError, "height 5 and width 6 are no multiples of 2"),
        (lambda: F.pixel_shuffle(X[0, 0], 2), ShapeError, r"pixel_shuffle: input \(5, 6\) does not fit"),
        (lambda: F.channel_shuffle(X, 2), ShapeError, "3 channels make no 2 equal groups"),
        (lambda: F.unfold(X, 7), ShapeError, r"unfold: a kernel of \(7, 7\) .* does not fit \(5, 6\)"),
        (lambda: F.fold(X[0], (5, 6), 2), ShapeError, r"fold: input \(3, 5, 6\); a kernel of \(2, 2\) has 20 windows"),
        (lambda: nn.Fold((4, 0), 2), ValueError, r"Fold: output_size\[1\]=0 is less than 1"),
        (lambda: F.one_hot(np.array([], int)), ShapeError, "the number of classes is unknown"),
        (lambda: F.one_hot(np.array([0, 3]), 3), IndexError, r"\[0, 3\] for 3 classes"),
        (lambda: F.one_hot(np.array([0.5])), DtypeError, "integers"),
    ],
)
def test_what_does_not_fit_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        call()
