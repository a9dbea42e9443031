import numpy as np
import pytest

import autograd as ag


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (ag.zeros((2, 3)), np.zeros((2, 3), np.float32)),
        (ag.ones(2, dtype=np.int64), np.ones(2, np.int64)),
        (ag.full((2,), 7), np.full(2, 7)),
        (ag.full((2,), ag.tensor(7.0)), np.full(2, 7, np.float32)),
        (ag.full((2,), 7.0), np.full(2, 7, np.float32)),
        (ag.arange(4), np.arange(4)),
        (ag.arange(1, 7, 2), np.arange(1, 7, 2)),
        (ag.arange(0.0, 1.0, 0.25), np.arange(0, 1, 0.25, dtype=np.float32)),
        (ag.linspace(0, 1, 5), np.linspace(0, 1, 5, dtype=np.float32)),
        (ag.eye(2, 3), np.eye(2, 3, dtype=np.float32)),
        (ag.zeros_like(np.ones((2, 1))), np.zeros((2, 1))),
        (ag.ones_like(ag.tensor([1, 2])), np.ones(2, np.int64)),
        (ag.full_like(np.ones(2, np.float32), 3), np.full(2, 3, np.float32)),
        (ag.tensor([[1, 2]], dtype=np.float64), np.array([[1.0, 2.0]])),
    ],
)
def test_constructors_give_numpys_values_in_our_dtypes(made, expected):
    assert isinstance(made, ag.Tensor)
    assert made.dtype == expected.dtype
    np.testing.assert_array_equal(made, expected)


def test_constructors_take_requires_grad_and_the_default_dtype():
    with ag.default_dtype(np.float64):
        x = ag.zeros(3, requires_grad=True)

    assert x.requires_grad
    assert x.dtype == np.float64


def test_integers_cannot_require_a_gradient():
    with pytest.raises(ag.DtypeError, match="float"):
        ag.arange(3, requires_grad=True)


def test_ranges_take_numbers_from_tensors_that_carry_no_gradient():
    assert ag.arange(ag.tensor(1), ag.tensor(3)).tolist() == [1, 2]
    assert ag.linspace(ag.tensor(0.0), 1, 3).tolist() == [0.0, 0.5, 1.0]
    with pytest.raises(ag.GraphError, match="detach"):
        ag.arange(ag.tensor(2.0, requires_grad=True))
