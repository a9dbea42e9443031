"""Bessel functions where SciPy's own give up, and what they have no derivative by."""

import numpy as np
import pytest

import autograd as ag
from autograd import GraphError, Tensor, grad

SMALLEST = [5e-324, 1e-310, 2e-308, 5e-308, 1e-300, 0.0]


@pytest.mark.parametrize("x", SMALLEST)
def test_the_modified_ones_keep_their_derivatives_at_the_smallest_numbers(x):
    x = np.float64(x)
    first, second = grad(ag.i0), grad(grad(ag.i0))

    np.testing.assert_allclose([first(x), second(x), grad(second)(x)], [x / 2, 0.5, 0.0], 1e-15, 1e-300)
    np.testing.assert_allclose([grad(ag.i1)(x), grad(grad(grad(ag.i1)))(x)], [0.5, 0.375], 1e-15)


@pytest.mark.parametrize("f", [ag.jv, ag.yv, ag.iv, ag.kv, ag.ive], ids=lambda f: f.op.name)
def test_by_the_order_there_is_no_derivative(f):
    with pytest.raises(GraphError, match=f"{f.op.name}: 'a' carries a gradient, but has no derivative rule there"):
        f(Tensor(1.5, requires_grad=True), 2.0)
