"""What an AnomalyError says: the place, the operands there, the module, the line; forward, backward, any order."""

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from autograd.ops import declare


def leaf(values, dtype=np.float32):
    return Tensor(np.array(values, dtype), requires_grad=True)


def error_of(program):
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError) as caught:
        program()
    return caught.value


def test_the_first_bad_element_comes_with_the_operands_at_its_place():
    a, b = leaf([[1.0, 2.0], [3.0, 4.0]]), np.float32([1.0, 0.0])
    said = "divide made an inf out of a = 2, b = 0, at [0, 1]; a is float32 (2, 2) in [1, 4]"

    assert str(error_of(lambda: a / b)).startswith(said)


def test_of_a_product_the_row_and_the_column_are_shown():
    a, b = leaf([[1.0, 1.0], [1e30, 2e30]]), leaf([[1.0, 1e30], [1.0, 1e30]])
    said = str(error_of(lambda: a @ b))

    assert "a = 2 numbers in [1e+30, 2e+30], b = 2 numbers in [1e+30, 1e+30], at [1, 1]" in said


def test_of_a_sum_what_was_added_up_is_shown():
    x = leaf([[1.0, 2.0], [3e38, 2e38]])

    assert "x = 2 numbers in [2e+38, 3e+38], at [1]" in str(error_of(lambda: x.sum(axis=1)))


def test_backward_shows_the_cotangent_and_what_the_rule_saw():
    x = leaf([4.0, 0.0])
    error = error_of(lambda: (3.0 * ag.sqrt(x)).sum().backward())

    assert "sqrt: the rule of input 'x' (shape (2,)) made an inf in backward: g = 3, y = 0, at [1]" in str(error)


def test_backward_names_the_module_of_the_forward_call():
    class Root(nn.Module):
        def forward(self, x):
            return ag.sqrt(x)

    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), Root())
    model[0].bias.data[:] = -10.0
    found = error_of(lambda: model(np.ones((4, 2), np.float32)).sum().backward()).finding

    assert (found.op, found.module, found.line.line) == ("sqrt", "2 (Root)", "return ag.sqrt(x)")


def test_forward_names_the_module_too():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 1)))
    model[1][0].weight.data[0, 0] = np.nan
    found = error_of(lambda: model(np.ones((4, 2), np.float32))).finding

    assert (found.op, found.module, found.kind) == ("linear", "1.0 (Linear)", "nan from outside")


@pytest.mark.parametrize(("order", "x"), [(2, 1e-20), (3, 1e-14)])
def test_at_higher_orders_it_names_the_operation_whose_rule_it_was(order, x):
    x = leaf([x])

    def program():
        y = ag.log(x)  # the forward call
        for _ in range(order - 1):
            y = ag.gradients(y.sum(), x, create_graph=True)
        y.sum().backward()

    error = error_of(program)
    assert "in the recorded rule of log" in str(error)
    assert error.finding.line.line == "y = ag.log(x)  # the forward call"


def test_the_infinity_of_a_mask_passes():
    mask = np.float32([0.0, -np.inf])
    x = leaf([1.0, 2.0])
    with ag.detect_anomaly():
        ag.softmax(x + mask)[0].backward()

    assert np.isfinite(x.grad.data).all()


def test_an_infinite_parameter_does_not_pass():
    assert error_of(lambda: leaf([np.inf]) * 1.0).finding.kind == "nan from outside"


def test_complex_numbers_are_told_by_the_same_patterns():
    bad = np.array([1j, np.nan], np.complex64)
    infinite = np.array([np.inf, 1j])

    assert error_of(lambda: Tensor(bad) * 2.0).finding.kind == "nan from outside"
    assert error_of(lambda: Tensor(infinite) * Tensor(np.array([0j, 1j]))).finding.kind == "0 times inf"


@pytest.mark.parametrize(("value", "dtype"), [(1e30, np.float32), (300.0, np.float16), (1e200, np.float64)])
def test_large_numbers_whose_squares_overflow_are_none(value, dtype):
    x = leaf([value] * 20_000, dtype)
    with ag.detect_anomaly():
        (x * 1.0)[:2].sum().backward()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("index", [0, 8191, 8192, 19_999])
def test_one_bad_element_among_many_is_found(bad, index):
    x = np.ones(20_000, np.float32)
    x[index] = 0.0 if np.isinf(bad) else np.nan
    y = np.full(20_000, np.sign(bad) if np.isinf(bad) else 1.0, np.float32)

    assert f"at [{index}]" in str(error_of(lambda: leaf(y) / leaf(x)))


def test_the_same_program_outside_of_the_block_goes_on():
    with np.errstate(all="ignore"):
        assert np.isinf(ag.log(leaf([0.0])).data)


def test_an_operation_under_no_grad_is_looked_at_as_well():
    def program():
        with ag.no_grad():
            ag.log(leaf([0.0]))

    assert error_of(program).finding.kind == "log of 0"


def test_parameters_that_grow_a_little_are_no_rate_that_explodes():
    w = leaf([1.0])

    def program():
        (w * w).sum().backward()
        with ag.no_grad():
            w.data = w.data * 50
        ag.exp(w + 50.0)

    assert error_of(program).finding.kind == "overflow of exp"


def test_an_operation_deep_inside_of_a_recorded_rule_is_known_as_its_part(monkeypatch):
    monkeypatch.setattr(declare, "registry", {})
    rise = ag.op(x=lambda g, x: g * np.sqrt(x), name="rise")(lambda x: x**1.5 / 1.5)
    x = leaf([0.0])

    def program():
        y = rise(x)  # the forward call
        ag.gradients(y.sum(), x, create_graph=True).sum().backward()

    error = error_of(program)
    assert str(error).startswith("sqrt: the rule of input 'x' (shape (1,)) made an inf in backward")
    assert "in the recorded rule of rise" in str(error)
    assert error.finding.line.line == "y = rise(x)  # the forward call"
