"""L-BFGS and its line search."""

import numpy as np
import pytest

import autograd
import optim
from optim.linesearch import CURVATURE, DECREASE, Point, strong_wolfe


def rosenbrock(w):
    x, y = w[:-1], w[1:]
    return (100.0 * (y - x * x) ** 2 + (1.0 - x) ** 2).sum()


def problem(function, start, dtype=np.float64, **options):
    w = autograd.tensor(start, requires_grad=True, dtype=dtype)
    optimizer = optim.LBFGS([w], **options)
    calls = []

    def closure():
        calls.append(w.data.copy())
        optimizer.zero_grad()
        loss = function(w)
        loss.backward()
        return loss

    return w, optimizer, closure, calls


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_it_finds_the_end_of_a_curved_valley(dtype):
    w, optimizer, closure, _ = problem(
        rosenbrock, [-1.2, 1.0, -1.2, 1.0], dtype, max_iter=100, tolerance_change=0.0, line_search_fn="strong_wolfe"
    )
    first = optimizer.step(closure)

    assert first.item() == pytest.approx(24.2 + 484.0 + 24.2, rel=1e-6)  # the loss before the step
    np.testing.assert_allclose(w.data, 1.0, rtol=2e-3 if dtype is np.float32 else 1e-6)


def test_a_stretched_quadratic_is_solved_in_a_few_iterations():
    a = np.diag([1.0, 10.0, 100.0])
    w, optimizer, closure, calls = problem(
        lambda w: 0.5 * (w @ a @ w), [1.0, 1.0, 1.0], max_iter=20, line_search_fn="strong_wolfe"
    )
    optimizer.step(closure)

    np.testing.assert_allclose(w.data, 0.0, atol=1e-6)
    assert len(calls) <= 25  # steps against the gradient need hundreds


def test_the_first_direction_is_the_gradient_and_the_second_the_two_loop_recursion():
    a = np.array([[3.0, 1.0], [1.0, 2.0]])
    _, optimizer, closure, calls = problem(lambda w: 0.5 * (w @ a @ w), [1.0, -2.0], lr=0.5, max_iter=3)
    optimizer.step(closure)
    x0 = np.array([1.0, -2.0])
    g0 = a @ x0
    x1 = x0 - 0.5 * min(1.0, 1.0 / np.abs(g0).sum()) * g0
    s, y = x1 - x0, a @ x1 - g0
    left = np.eye(2) - np.outer(s, y) / (y @ s)
    inverse = left @ (np.eye(2) * (s @ y) / (y @ y)) @ left.T + np.outer(s, s) / (y @ s)
    x2 = x1 - 0.5 * inverse @ (a @ x1)

    np.testing.assert_allclose(calls, [x0, x1, x2], rtol=1e-12)


def test_steps_end_early_where_the_gradient_is_small_or_calls_run_out():
    _, optimizer, closure, calls = problem(rosenbrock, [1.0, 1.0])
    optimizer.step(closure)
    assert len(calls) == 1

    _, optimizer, closure, calls = problem(rosenbrock, [-1.2, 1.0], lr=1e-3, max_eval=3)
    optimizer.step(closure)
    assert len(calls) == 3


def test_a_step_over_ground_that_bends_down_is_not_remembered():
    w, optimizer, closure, _ = problem(lambda w: autograd.cos(w).sum(), [0.1, 0.2], lr=0.1, max_iter=4)
    optimizer.step(closure)
    assert optimizer.state[w]["old_dirs"] == []

    w, optimizer, closure, _ = problem(lambda w: autograd.cos(w).sum(), [3.0, 3.3], lr=0.1, max_iter=4)
    optimizer.step(closure)
    assert len(optimizer.state[w]["old_dirs"]) == 3


def test_a_parameter_without_gradient_stays_and_the_others_move():
    used, unused = (autograd.tensor(np.ones(2), requires_grad=True) for _ in range(2))
    optimizer = optim.LBFGS([used, unused])

    def closure():
        optimizer.zero_grad()
        loss = (used * used).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_array_equal(unused.data, 1.0)
    np.testing.assert_allclose(used.data, 0.0, atol=1e-6)


def test_after_an_error_in_a_line_search_the_weights_are_where_it_began():
    w, optimizer, closure, calls = problem(rosenbrock, [-1.2, 1.0], line_search_fn="strong_wolfe")

    def fails():
        if len(calls) == 2:
            raise KeyboardInterrupt
        return closure()

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(fails)

    assert not np.array_equal(calls[1], calls[0])
    np.testing.assert_array_equal(w.data, calls[0])


@pytest.mark.parametrize("first", [1e-6, 0.01, 1.0, 30.0, 1e4])
@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda t: (t - 3.0) ** 4, lambda t: 4 * (t - 3.0) ** 3),
        (
            lambda t: np.cos(t) - 2 * np.exp(-((t - 9) ** 2)) - t / 50,
            lambda t: -np.sin(t) + 4 * (t - 9) * np.exp(-((t - 9) ** 2)) - 1 / 50,
        ),
        (lambda t: np.hypot(t - 5, 0.01), lambda t: (t - 5) / np.hypot(t - 5, 0.01)),
    ],
    ids=["quartic", "waves", "corner"],
)
def test_what_the_line_search_returns_satisfies_the_strong_wolfe_conditions(function, slope, first):
    seen = []

    def at(t):
        seen.append(t)
        return Point(t, float(function(t)), None, float(slope(t)))

    start = at(0.0)
    point, looked = strong_wolfe(at, start, first, longest=1.0, most=60)

    assert looked == len(seen) - 1
    assert point.loss <= start.loss + DECREASE * point.t * start.slope
    assert abs(point.slope) <= -CURVATURE * start.slope
    for t in seen[1:-1]:  # it stops at the first such point
        enough = function(t) <= start.loss + DECREASE * t * start.slope
        assert not (enough and abs(slope(t)) <= -CURVATURE * start.slope)


@pytest.mark.parametrize("bad", ["nan", "inf", "slope"])
@pytest.mark.parametrize("first", [1.5, 20.0, 1e6])
def test_the_line_search_goes_back_from_where_the_function_is_no_number(first, bad):
    def at(t):
        if t < 1.2:
            return Point(t, (t - 1.0) ** 2, None, 2.0 * (t - 1.0))
        loss, slope = {"nan": (np.nan, np.nan), "inf": (np.inf, -1.0), "slope": (-1.0, np.nan)}[bad]
        return Point(t, loss, None, slope)

    point, _ = strong_wolfe(at, at(0.0), first, longest=1.0, most=60)

    assert point.loss <= 1.0 - DECREASE * point.t * 2.0
    assert abs(point.slope) <= CURVATURE * 2.0


@pytest.mark.parametrize("seed", range(20))
def test_a_minimum_beside_the_edge_of_what_a_function_is_defined_on_is_found(seed):
    start = np.random.default_rng(seed).uniform(0.1, 20.0, 4)
    w, optimizer, closure, calls = problem(
        lambda w: (w * w - 3.0 * np.log(w) - 1e-9 * np.sqrt(w)).sum(), start, line_search_fn="strong_wolfe"
    )
    with np.errstate(invalid="ignore"):
        for _ in range(10):
            optimizer.step(closure)

    np.testing.assert_allclose(w.data, np.sqrt(1.5), rtol=1e-5)
    assert len(calls) < 200


@pytest.mark.parametrize("search", ["strong_wolfe", None])
def test_where_the_loss_is_no_number_the_weights_stay(search):
    w, optimizer, closure, _ = problem(lambda w: np.log(w).sum(), [-1.0, 2.0], line_search_fn=search)
    with np.errstate(invalid="ignore"):
        optimizer.step(closure)

    assert w.data.tolist() == [-1.0, 2.0]


def test_a_line_search_gives_up_after_as_many_points_as_it_may_look_at():
    def at(t):
        return Point(t, -t, None, -1.0)  # downhill for ever

    point, looked = strong_wolfe(at, at(0.0), 1.0, longest=1.0, most=4)

    assert looked == 5
    assert point.t == 10.0**4


def misused(call):
    w = autograd.tensor([1.0], requires_grad=True)
    return call(w, optim.LBFGS([w]))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda w, o: o.step(), TypeError, r"def closure\(\): optimizer.zero_grad\(\)"),
        (lambda w, o: o.step(lambda: (w * w).sum().backward()), TypeError, "returned None; it must return the loss"),
        (lambda w, o: o.step(lambda: (w * w).sum()), autograd.GraphError, r"call loss.backward\(\) in the closure"),
        (lambda w, o: o.add_param_group({"params": [w]}), ValueError, "one group"),
        (lambda w, o: optim.LBFGS([{"params": [w]}, {"params": [w + 0]}]), ValueError, "one group"),
    ],
)
def test_misuse_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        misused(call)
