"""Derivatives are exact to a few units in the last place, wherever they are normal numbers; beside mpmath."""

import mpmath
import numpy as np
import pytest

import autograd
from autograd import registry
from autograd.testing.accuracy import accuracy, derivative, nasty_points, partials, truth, ulps
from benchmarks.accuracy.references import EXCEPTIONS, MISSES, ROWS

ROOMS = {f"autograd.ops.{room}" for room in ("activation", "arithmetic", "exponential", "special", "trigonometric")}
BARS = {1: 4.0, 2: 16.0}


def some(points):
    """A part of the points, their ends among them."""
    kept = np.zeros(len(points[0]), bool)
    kept[:: 9 if len(points) == 1 else 31] = kept[:3] = kept[-3:] = True
    return [p[kept] for p in points]


def test_every_elementwise_operation_has_a_reference_or_a_reason():
    held = {
        name
        for name, op in registry.items()
        if op.differentiable and (op.call.__module__ in ROOMS or isinstance(op.numpy, np.ufunc)) and name[0] != "_"
    }

    assert held - set(ROWS) == set(EXCEPTIONS)


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # ends of domains overflow and divide by 0
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("order", BARS)
@pytest.mark.parametrize("name", ROWS)
def test_a_derivative_keeps_its_digits(name, order, dtype):
    row = ROWS[name]
    function = row.function or getattr(autograd, name)
    worst = accuracy(function, row.reference, *some(row.points(dtype)), order=order, floor=row.floor)

    assert worst.ulp <= BARS[order] or (name, order) in MISSES, worst


@pytest.mark.parametrize("name", ["sigmoid", "log_sigmoid", "softplus", "silu", "tanh"])
def test_so_does_one_of_many_numbers_in_single_precision(name):
    (points,) = ROWS[name].points("float32")
    points = points[np.abs(points) < 80][::5]
    found = derivative(getattr(autograd, name), [np.resize(points, 4096)], (0,))[: len(points)]

    floor = ROWS[name].floor
    errors = ulps(found, truth(ROWS[name].reference, [points], (0,)), floor(points) if floor else ())
    assert np.nanmax(errors) <= BARS[1]


@pytest.mark.parametrize(
    ("function", "x", "slope"),
    [
        (autograd.sigmoid, 40.0, 4.248354255291589e-18),
        (autograd.tanh, 20.0, 1.6993417021166355e-17),
        (autograd.expm1, -40.0, 4.248354255291589e-18),
    ],
)
def test_a_slope_far_out_is_small_and_not_zero(function, x, slope):
    assert derivative(function, [np.array([x])], (0,))[0] == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize("function", [autograd.mish, lambda x: autograd.gelu(x, "tanh"), autograd.arctan, autograd.erf])
@pytest.mark.parametrize("order", [1, 2])
def test_no_derivative_is_nan_at_the_ends_of_the_line(function, order):
    ends = np.array([-1.7e308, -1e200, -1e30, 1e30, 1e200, 1.7e308])

    assert np.isfinite(derivative(function, [ends], (0,) * order)).all()


def test_an_error_is_in_units_of_the_last_place_of_the_truth():
    near = mpmath.fsub(1, mpmath.mpf(2) ** -54, exact=True)
    one = np.array([1.0 + 2.0**-51, 1.0, np.nan, 5.0, 0.0])
    truths = [mpmath.mpf(1), near, mpmath.mpf(1), mpmath.mpf(1e-320), mpmath.mpf(0)]

    np.testing.assert_array_equal(ulps(one, truths), [2.0, 0.5, np.inf, np.nan, 0.0])


def test_a_floor_gives_the_unit_of_a_smaller_truth():
    assert ulps(np.array([2.0**-53]), [mpmath.mpf(2) ** -60], [1.0])[0] == pytest.approx(0.5, rel=0.01)


def test_a_wrong_derivative_is_found():
    wrong = autograd.op(x=lambda g, x: g * np.cos(x) * (1.0 + 1e-14), name="wrong_sine")(lambda x: np.sin(x))

    assert accuracy(wrong, mpmath.sin, np.array([0.5])).ulp > 40


def test_what_the_reference_has_no_number_for_is_left_out():
    assert truth(mpmath.log, [np.array([0.0, 1.0])], (0,))[0] is None
    with pytest.raises(ValueError, match="do they lie in the domain"):
        accuracy(autograd.sqrt, mpmath.sqrt, np.array([0.0]))


def test_points_close_in_on_what_is_told_and_lie_in_the_domain():
    points = nasty_points(-1.0, 3.0, near=[2.0], dtype=np.float32)

    assert points.dtype == np.float32
    assert points.min() == -1.0
    assert points.max() == 3.0
    assert np.diff(np.sort(np.abs(points - 2.0)))[0] < 1e-6


def test_partial_derivatives_of_an_order():
    assert partials(1, 2) == [(0, 0)]
    assert partials(2, 1) == [(0,), (1,)]
