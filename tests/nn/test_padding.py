import numpy as np
import pytest

import nn
from autograd import ShapeError
from nn import functional as F

X = np.arange(1.0, 4.0)[None]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.pad(X, (1, 2, 3)), ValueError, r"has 3 numbers; give two for each axis, the last axis first"),
        (lambda: F.pad(X, (1, 1), "mirror"), ValueError, "mode='mirror' is not one of"),
        (lambda: F.pad(X, (1, 1), "reflect", 3.0), ValueError, "value=3.0 has a meaning for mode='constant' only"),
        (lambda: F.pad(X, (1, 1) * 3), ShapeError, r"padding of 3 axes, .* for an input of shape \(1, 3\)"),
        (
            lambda: F.pad(X, (3, 0), "reflect"),
            ShapeError,
            r"\[\(3, 0\)\] by mode 'reflect' .* sizes \(3,\) holds",
        ),
        (lambda: F.pad(X, (4, 0), "circular"), ShapeError, "by mode 'circular' is more than"),
        (lambda: F.pad(X, (-2, -2)), ShapeError, r"\[\(-2, -2\)\] cuts off more than an input of shape \(1, 3\) holds"),
        (lambda: F.pad(X, (1.5, 1)), TypeError, r"pad: pad\[0\]=1.5 is not an integer"),
        (lambda: nn.ReflectionPad2d((1, 2, 3)), ValueError, "ReflectionPad2d: padding=.* neither one number nor 4"),
        (lambda: nn.ZeroPad2d(1)(X), ShapeError, r"ZeroPad2d: input \(1, 3\) does not fit input \(N, C, H, W\)"),
        (lambda: nn.CircularPad1d(4)(X), ShapeError, "CircularPad1d: padding"),
    ],
)
def test_a_border_that_cannot_be_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_subclass_pads_as_its_layer_does():
    class Border(nn.ReflectionPad1d):
        pass

    assert Border(1)(X).tolist() == [[2, 1, 2, 3, 2]]
