"""Edges that a comparison with an earlier version found: numbers and lists as operands, shapes that do not fit."""

from collections import deque

import numpy as np
import pytest

import autograd
from autograd import DtypeError, GraphError, ShapeError, Tensor, detect_anomaly


class Listed(list):
    """A list of a class of its own."""


def test_one_detect_anomaly_can_be_entered_twice_and_restores_numpys_error_state():
    before = np.geterr()
    anomaly = detect_anomaly()
    try:
        with anomaly, anomaly:
            pass
    finally:
        after = np.geterr()
        np.seterr(**before)

    assert after == before


def test_operands_of_where_that_do_not_broadcast_are_a_shape_error():
    x = Tensor(np.ones(3), requires_grad=True)

    with pytest.raises(ShapeError, match="where"):
        autograd.where(x > 0, x, np.ones(2))


@pytest.mark.parametrize("reduction", [autograd.max, autograd.min])
def test_an_extreme_of_nothing_is_a_shape_error_that_names_the_op(reduction):
    with pytest.raises(ShapeError, match=reduction.__name__):
        reduction(Tensor(np.ones(0), requires_grad=True))


@pytest.mark.parametrize(
    "program",
    [lambda x: autograd.where(x.data > 0, x, [1.0, 2.0]), lambda x: autograd.concatenate([x, [1.0, 2.0]])],
)
def test_a_list_of_python_floats_beside_a_float32_tensor_takes_the_default_dtype(program):
    assert program(Tensor([1.0, 2.0], requires_grad=True)).dtype == np.float32


@pytest.mark.parametrize(
    "program",
    [
        lambda x, made: (x**3 / made([1.0, 2.0])).sum(),
        lambda x, made: (made([3.1, 4.1]) / x).sum(),
        lambda x, made: autograd.matmul(made([1.1, 2.1]), x**2),
        lambda x, made: (autograd.concatenate([made([0.1, 0.2]), x]) ** 3).sum(),
    ],
)
@pytest.mark.parametrize("made", [list, tuple])
def test_a_list_of_numbers_as_an_operand_is_an_array_to_every_transform(program, made):
    x = np.array([1.0, 2.0])
    ways = [
        lambda f: autograd.grad(f)(x),
        lambda f: autograd.hessian(f)(x),
        lambda f: autograd.jvp(f, [x], [x])[1],
        lambda f: autograd.vmap(autograd.grad(f))(np.stack([x, x])),
        lambda f: autograd.compile(autograd.grad(f))(x).numpy(),
    ]

    for way in ways:
        answer, expected = (way(lambda x, made=made: program(x, made)) for made in (made, np.array))
        np.testing.assert_array_equal(answer, expected, strict=True)


@pytest.mark.parametrize(
    "program",
    [
        lambda x: np.concatenate([[x[0] * x[1]], x[1:]]).sum(),
        lambda x: np.concatenate([x, [x[0] * x[1]]]).sum(),
        lambda x: autograd.stack([[x[0], x[1]], x]).sum(),
        lambda x: autograd.concatenate(arrays=[[x[0] * x[1]], x]).sum(),
        lambda x: autograd.exp([x[0], x[1]]).sum(),
        lambda x: ([x[0], x[1]] * x).sum(),
        lambda x: (Listed([x[0], x[1]]) * x).sum(),
        lambda x: np.concatenate([Listed([x[0]]), x]).sum(),
        lambda x: ((x[0], x[1]) @ x).sum(),
        lambda x: autograd.where([True, False], [x[0], x[1]], x[0]).sum(),
        lambda x: np.clip(x, x[0], [3.0, x[1]]).sum(),
        lambda x: autograd.pad(x, 1, constant_values=x[0]).sum(),
    ],
)
@pytest.mark.parametrize(
    "way",
    WAYS := [
        lambda f, x: autograd.grad(f)(x),
        lambda f, x: autograd.hessian(f)(x),
        lambda f, x: autograd.jvp(f, [x], [x]),
        lambda f, x: autograd.jacobian(f, mode="forward")(x),
        lambda f, x: autograd.hvp(f, [x], [x]),
        lambda f, x: autograd.sparse_jacobian(lambda x: np.reshape(f(x), (1,)))(x),
        lambda f, x: autograd.compile(autograd.grad(f))(x),
        lambda f, x: autograd.compile(lambda x: autograd.hvp(f, [x], [x])[0])(x),
    ],
)
def test_a_derivative_by_a_value_in_a_list_is_refused_by_every_transform_and_not_lost(program, way):
    with pytest.raises(GraphError, match=r"stack|detach"):
        way(program, np.array([2.0, 3.0]))


@pytest.mark.parametrize("way", [*WAYS, lambda f, x: autograd.vmap(f)(np.stack([x, x]))])
@pytest.mark.parametrize(
    "program", [lambda x, m: (x * m).sum(), lambda x, m: (m * x).sum(), lambda x, m: np.concatenate([x, m]).sum()]
)
def test_a_masked_array_beside_a_tensor_is_refused_by_every_transform(program, way):
    masked = np.ma.array([1.0, 2.0], mask=[False, True])

    with pytest.raises((DtypeError, GraphError, autograd.TraceError), match=r"mask|ndarray"):
        way(lambda x: program(x, masked), np.array([2.0, 3.0]))


@pytest.mark.parametrize("kind", [deque, Listed, tuple])
def test_a_sequence_of_any_class_is_joined(kind):
    join = autograd.grad(lambda x: (np.concatenate(kind([x, 2 * x])) + autograd.stack(kind([x[0], x[1]])).sum()).sum())

    assert join(np.array([2.0, 3.0])).tolist() == [7.0, 7.0]


@pytest.mark.parametrize(
    ("program", "value"),
    [
        (lambda: autograd.mse(2.0, Tensor(np.float64(1.0), requires_grad=True)), 1.0),
        (lambda: autograd.logsumexp(0.5), 0.5),
        (lambda: autograd.polygamma(1.0, 1), np.pi**2 / 6),
    ],
)
def test_a_python_number_stands_for_an_array_of_no_axes(program, value):
    assert float(program()) == pytest.approx(value)


def test_the_number_of_parts_may_be_a_tensor():
    assert len(autograd.split(Tensor(np.ones(4)), Tensor(2))) == 2
