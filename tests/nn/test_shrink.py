import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import functional as F


@pytest.mark.parametrize("layer", [nn.Hardshrink(1.0), nn.Softshrink(1.0), nn.Tanhshrink(), nn.Threshold(0.5, 1.0)])
def test_a_nan_stays_one(layer):
    assert np.isnan(layer(np.array([np.nan]))).all()


@pytest.mark.parametrize("layer", [nn.Hardshrink(1.0), nn.Softshrink(1.0), nn.Threshold(1.0, 3.0)])
def test_on_the_threshold_the_gradient_is_zero_as_in_pytorch(layer):
    torch = pytest.importorskip("torch")
    x = Tensor([-1.0, 1.0], requires_grad=True)
    layer(x).sum().backward()
    theirs = torch.tensor([-1.0, 1.0], requires_grad=True)
    getattr(torch.nn, type(layer).__name__)(*(vars(layer)[name] for name in layer._passed))(theirs).sum().backward()

    np.testing.assert_array_equal(x.grad, [0.0, 0.0])
    np.testing.assert_array_equal(x.grad, theirs.grad.numpy())


def test_gumbel_softmax_draws_classes_as_often_as_softmax_says():
    autograd.seed(0)
    logits = Tensor(np.tile(np.log([0.2, 0.5, 0.3]), (4000, 1)), requires_grad=True)
    y = F.gumbel_softmax(logits, hard=True)
    (y * np.array([1.0, 2.0, 3.0])).sum().backward()

    assert set(np.unique(y.data.round(6))) == {0.0, 1.0}
    np.testing.assert_allclose(y.data.mean(axis=0), [0.2, 0.5, 0.3], atol=0.03)
    assert np.abs(logits.grad.data).max() > 0.01  # of the soft one
    with pytest.raises(ValueError, match="gumbel_softmax: tau=0 is not above 0"):
        F.gumbel_softmax(logits, 0)
