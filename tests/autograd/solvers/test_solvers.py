"""SciPy's solvers as operations: values, derivatives of orders 1 to 3, and what is said where something is wrong."""

import warnings

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose
from scipy.sparse import coo_array, csc_array, csr_array

import autograd
import nn
from autograd import ConvergenceWarning, DtypeError, GraphError, ShapeError, Tensor, UnsupportedError

TIGHT = {"rtol": 1e-10, "atol": 1e-10}
positive = st.floats(0.3, 3.0)


def orders(f, x):
    """The derivatives of orders 1, 2 and 3."""
    first = autograd.grad(f)
    second = autograd.grad(first)
    return [first(x), second(x), autograd.grad(second)(x)]


def differences(f, x, step=1e-5):
    """The derivative of f at a vector by central differences."""
    return np.stack([(f(x + step * d) - f(x - step * d)) / (2 * step) for d in np.eye(len(x))], -1)


def recorded(x):
    """A Tensor by which is to be differentiated: what is found from it is refined."""
    return Tensor(x, requires_grad=True)


def pendulum(t, y, w, c):
    return [y[1], -w * autograd.sin(y[0]) - c * y[1]]


# -- roots, fixed points, minima


@given(positive)
def test_a_root_moves_as_the_square_root_does_at_orders_1_to_3(a):
    found = orders(lambda a: autograd.root(lambda x, a: x * x - a, [1.0], (a,)).x[0], a)

    assert_allclose(found, [0.5 * a**-0.5, -0.25 * a**-1.5, 0.375 * a**-2.5], rtol=1e-8)


@pytest.mark.parametrize("method", ["hybr", "lm", "broyden1", "krylov"])
def test_a_root_of_two_equations_moves_as_differences_say(method):
    def x(p):
        def fun(x, p):
            return [x[0] + x[1] - p[0], x[0] ** 3 - x[1] * p[1]]

        return autograd.root(fun, [1.0, 1.0], (p,), method=method).x

    p = np.array([2.0, 1.3])
    assert_allclose(autograd.jacobian(x)(p), differences(lambda p: x(recorded(p)).data, p), atol=1e-8)
    second = autograd.hessian(lambda p: x(p)[0])(p)
    assert_allclose(second, differences(autograd.grad(lambda p: x(p)[0]), p), atol=1e-6)


def test_arguments_may_be_any_nest_and_what_is_used_from_outside_counts():
    a, b = (Tensor(np.float64(v), requires_grad=True) for v in (2.0, 3.0))

    autograd.root(lambda x, p: p["a"][0] * x - b, [1.0], ({"a": [a]},)).x.sum().backward()

    assert_allclose([a.grad.data, b.grad.data], [-3.0 / 4.0, 1.0 / 2.0])


def test_the_parameters_of_a_module_in_the_equations_get_their_gradient():
    autograd.seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    net.to(np.float64)
    weight = net[0].weight

    def x():
        return autograd.fixed_point(lambda x: 0.3 * net(x), np.zeros(2))

    x().sum().backward()
    with autograd.no_grad():
        values = weight.data.copy()
        way = np.random.default_rng(0).normal(size=values.shape)
        ends = []
        for step in (1e-6, -1e-6):
            weight.data = values + step * way
            ends.append(x().data.sum())
    assert_allclose((weight.grad.data * way).sum(), (ends[0] - ends[1]) / 2e-6, rtol=1e-6)


def test_x_has_the_shape_and_dtype_of_x0_and_fun_is_recorded():
    a = Tensor([[1.0, 4.0]], requires_grad=True)
    found = autograd.root(lambda x, a: x * x - a, Tensor([[1.0, 1.0]]), (a,))

    assert (found.x.shape, found.x.dtype) == ((1, 2), np.float32)
    assert found.success
    assert np.abs(found.fun.data).max() < 1e-6
    assert_allclose(autograd.gradients(found.x.sum(), a).data, [[0.5, 0.25]], rtol=1e-6)


@given(positive)
def test_a_fixed_point_moves_as_its_equation_says(a):
    assert_allclose(autograd.fixed_point(lambda x, a: [np.cos(x[0])], [1.0], (a,)).data, 0.7390851332151607)

    found = orders(lambda a: autograd.fixed_point(lambda x, a: 0.5 * (x + a / x), 1.0, (a,)), a)

    assert_allclose(found, [0.5 * a**-0.5, -0.25 * a**-1.5, 0.375 * a**-2.5], rtol=1e-8)


@pytest.mark.parametrize("method", ["BFGS", "Nelder-Mead", "Newton-CG", "trust-exact", "L-BFGS-B", None])
def test_a_minimum_moves_as_its_closed_form(method):
    def x(p):
        def fun(x, p):
            return autograd.exp(x[0]) - p * x[0] + (x[1] - p) ** 2

        return autograd.minimize(fun, [0.3, 0.2], (p,), method).x

    assert_allclose(x(Tensor(np.float64(2.0))).data, [np.log(2.0), 2.0], atol=1e-4)
    assert_allclose(orders(lambda p: x(p)[0], 2.0), [0.5, -0.25, 0.25], rtol=1e-6)
    assert_allclose(orders(lambda p: x(p)[1], 2.0), [1.0, 0.0, 0.0], atol=1e-6)


def test_the_least_value_is_recorded_too():
    assert_allclose(
        orders(lambda p: autograd.minimize(lambda x, p: ((x - p) ** 2).sum() + p**3, [0.0], (p,)).fun, 2.0), [12, 12, 6]
    )


@pytest.mark.parametrize("bounds", [[(None, None), (0.0, 1.0)], scipy.optimize.Bounds([-np.inf, 0.0], [np.inf, 1.0])])
def test_what_lies_at_a_bound_stays_there(bounds):
    def x(p):
        return autograd.minimize(lambda x, p: ((x - p) ** 2).sum() + x[0] * x[1], [0.5, 0.5], (p,), bounds=bounds).x

    slopes = autograd.jacobian(x)(np.array([1.0, 3.0]))
    assert_allclose(slopes, [[1.0, 0.0], [0.0, 0.0]], atol=1e-8)


PAIRS = ([0.0, 1.0], [-1.0, 5.0])


@pytest.mark.parametrize("bounds", [PAIRS, np.array(PAIRS), zip(*np.transpose(PAIRS)), tuple(map(np.array, PAIRS))])
def test_bounds_of_minimize_are_pairs_in_any_sequence_as_scipy_has_them(bounds):
    a = recorded(np.float64(2.0))
    found = autograd.minimize(lambda x, a: ((x - a) ** 2).sum(), [0.5, 0.5], (a,), bounds=bounds)
    found.x.sum().backward()
    assert_allclose(found.x.data, [1.0, 2.0])
    assert_allclose(a.grad.data, 1.0)


@pytest.mark.parametrize(
    "bounds", [((0, 0), (1, 1)), [[0, 0], [1, 1]], np.array([[0.0, 0.0], [1.0, 1.0]]), [0, (1, 1)]]
)
def test_bounds_of_least_squares_are_the_lower_and_the_upper_ones_in_any_sequence(bounds):
    a = recorded(np.float64(2.0))
    found = autograd.least_squares(lambda x, a: x - a * np.array([1.0, 0.3]), [0.5, 0.5], (a,), bounds=bounds)
    found.x.sum().backward()
    assert_allclose(found.x.data, [1.0, 0.6])
    assert_allclose(a.grad.data, 0.3)


def test_a_bound_that_nothing_presses_against_is_spoken_of():
    with pytest.warns(UserWarning, match="differs from side to side"):
        autograd.minimize(lambda x, p: ((x - p) ** 2).sum(), [0.5], (Tensor(np.float64(1.0)),), bounds=[(0.0, 1.0)])


@pytest.mark.parametrize("loss", ["linear", "soft_l1", "huber", "cauchy", "arctan"])
def test_least_squares_moves_by_the_whole_hessian_for_every_loss(loss):
    t = np.linspace(0.0, 1.0, 6)

    def x(y):
        found = autograd.least_squares(
            lambda x, y: x[0] * autograd.exp(-x[1] * t) - y, [1.0, 1.0], (y,), loss=loss, f_scale=0.3, xtol=1e-12
        )
        return found.x

    y = 2.0 * np.exp(-1.5 * t) + np.array([0.05, -0.2, 0.1, 0.02, 0.9, -0.1])
    theirs = scipy.optimize.least_squares(lambda x: x[0] * np.exp(-x[1] * t) - y, [1.0, 1.0], loss=loss, f_scale=0.3)
    assert_allclose(x(Tensor(y)).data, theirs.x, rtol=1e-4)
    assert_allclose(autograd.jacobian(x)(y), differences(lambda y: x(recorded(y)).data, y), atol=1e-6)
    second = autograd.hessian(lambda y: x(y)[1])(y)
    assert_allclose(second, differences(autograd.grad(lambda y: x(y)[1]), y), atol=1e-5 * np.abs(second).max())


def test_least_squares_of_many_residuals_takes_a_run_for_each_unknown_and_they_may_be_a_list():
    t, calls = np.linspace(0.0, 1.0, 500), []

    def residuals(x, y):
        calls.append(x)
        return x[0] * autograd.exp(-x[1] * t) - y

    found = autograd.least_squares(residuals, [1.0, 1.0], (2.0 * np.exp(-3.0 * t),))
    listed = autograd.least_squares(lambda x, y: [x[0] - y, 2.0 * x[1] - y], [1.0, 1.0], (3.0,))

    assert_allclose(found.x.data, [2.0, 3.0], rtol=1e-7)
    assert len(calls) < 10 * found.nfev
    assert_allclose(listed.x.data, [3.0, 1.5])
    assert_allclose(listed.fun.data, [0.0, 0.0], atol=1e-12)


# -- integrals


@pytest.mark.parametrize("a", [0.4, 2.0])
def test_an_integral_over_the_whole_line_at_orders_1_to_3(a):
    def area(a):
        return autograd.quad(lambda x, a: autograd.exp(-a * x * x), -np.inf, np.inf, (a,))[0]

    root = np.pi**0.5
    expected = [-0.5 * root * a**-1.5, 0.75 * root * a**-2.5, -1.875 * root * a**-3.5]
    assert_allclose(orders(area, a), expected, rtol=1e-6)


def test_the_limits_of_an_integral_move_it_too():
    def area(p):
        return autograd.quad(lambda x, k: autograd.sin(k * x), p[0], p[1], (p[2],))[0]

    def exact(p):
        return (autograd.cos(p[2] * p[0]) - autograd.cos(p[2] * p[1])) / p[2]

    p = np.array([0.2, 1.7, 1.3])
    assert_allclose(autograd.grad(area)(p), autograd.grad(exact)(p), atol=1e-9)
    assert_allclose(autograd.hessian(area)(p), autograd.hessian(exact)(p), atol=1e-8)


def test_an_end_that_stays_is_not_looked_at_where_the_function_is_infinite_there():
    def area(k):
        return autograd.quad(lambda x, k: np.log(x) * x**k, 0.0, 1.0, (k,))[0]

    assert_allclose(orders(area, np.float64(1.5))[:2], [2 / 2.5**3, -6 / 2.5**4], rtol=1e-6)


def test_an_integral_uses_what_stands_outside():
    k = Tensor(np.float64(2.0), requires_grad=True)
    autograd.quad(lambda x: k * x, 0.0, 1.0)[0].backward()

    assert_allclose(k.grad.data, 0.5)


# -- systems with structure


@given(st.integers(0, 2**32 - 1), st.sampled_from([csr_array, csc_array, coo_array]))
def test_a_sparse_system_is_solved_as_a_dense_one_in_value_and_derivatives(seed, kind):
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((4, 4)) < 0.4, rng.normal(size=(4, 4)), 0.0) + 4.0 * np.eye(4)
    matrix, b = kind(dense), rng.normal(size=4)
    places = matrix.tocoo()

    def sparse(data, b):
        return (autograd.spsolve(matrix, b, data) ** 2).sum()

    def full(data, b):
        a = autograd.zeros((4, 4), dtype=np.float64)
        a[places.row, places.col] = data
        return (autograd.solve(a, b) ** 2).sum()

    for argument in (0, 1):
        found, expected = (autograd.grad(f, argument)(matrix.data, b) for f in (sparse, full))
        assert_allclose(found, expected, atol=1e-10)
        found, expected = (autograd.hessian(f, argument)(matrix.data, b) for f in (sparse, full))
        assert_allclose(found, expected, atol=1e-10)


def test_a_sparse_system_of_whole_numbers_has_a_solution_of_fractions():
    assert autograd.spsolve(csr_array([[2, 0], [0, 4]]), [1, 2]).tolist() == [0.5, 0.5]


def test_a_sparse_system_that_is_wrong_says_so():
    eye = csr_array(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError, match="spsolve: the matrix"):
        autograd.spsolve(csr_array(np.array([[1.0, 1.0], [1.0, 1.0]])), np.ones(2))
    with pytest.raises(TypeError, match="of any other take solve"):
        autograd.spsolve(np.eye(2), np.ones(2))
    with pytest.raises(TypeError, match="tocsc"):
        autograd.spsolve(eye.tolil(), np.ones(2), np.ones(2))
    with pytest.raises(ShapeError, match="one for each value"):
        autograd.spsolve(eye, np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match="toarray"):
        autograd.spsolve(eye, eye)


# -- initial value problems


@pytest.mark.parametrize("method", ["RK23", "RK45", "DOP853"])
@pytest.mark.parametrize("times", [None, np.linspace(0.0, 3.0, 7)])
def test_a_solution_is_scipys_to_the_last_bits(method, times):
    found = autograd.solve_ivp(
        pendulum, (0.0, 3.0), Tensor(np.array([1.0, 0.2]), requires_grad=True), method, times, args=(2.0, 0.1)
    )
    theirs = scipy.integrate.solve_ivp(
        lambda t, y: np.array([y[1], -2.0 * np.sin(y[0]) - 0.1 * y[1]]), (0.0, 3.0), [1.0, 0.2], method, times
    )

    assert_allclose(found.y.data, theirs.y, rtol=1e-13, atol=1e-14)
    assert_allclose(found.t.data, theirs.t, rtol=1e-14)


@pytest.mark.parametrize("method", ["RK45", "DOP853"])
def test_the_gradient_of_a_solution_is_that_of_differences_at_orders_1_and_2(method):
    def loss(v):
        y = autograd.solve_ivp(
            pendulum, (0.0, 2.0), v[:2], method, np.linspace(0.0, 2.0, 5), args=(v[2], v[3]), **TIGHT
        ).y
        return (y * y).sum()

    v = np.array([1.0, 0.2, 2.0, 0.1])
    assert_allclose(autograd.grad(loss)(v), differences(lambda v: loss(Tensor(v)).data, v), atol=1e-6)
    second = autograd.hessian(loss)(v)
    assert_allclose(second, second.T, atol=1e-12)
    assert_allclose(second, differences(autograd.grad(loss), v), atol=1e-6)


@pytest.mark.parametrize("rate", [0.3, 2.5])
def test_decay_is_known_at_orders_1_to_3(rate):
    def last(r):
        return autograd.solve_ivp(lambda t, y, r: -r * y, (0.0, 1.0), [1.0], "DOP853", args=(r,), **TIGHT).y[0, -1]

    e = np.exp(-rate)
    assert_allclose(orders(last, rate), [-e, e, -e], atol=1e-6)
    assert_allclose(autograd.jvp(last, [rate], [1.0])[1], -e, atol=1e-8)


def test_both_ends_and_the_times_between_move_a_solution():
    def last(start, end):
        return autograd.solve_ivp(lambda t, y: y * t, (start, end), [1.0], **TIGHT).y[0, -1]

    assert_allclose(autograd.grad(last, (0, 1))(0.5, 1.5), [-0.5 * np.e, 1.5 * np.e], rtol=1e-7)
    assert_allclose(autograd.grad(autograd.grad(last, 1), 1)(0.5, 1.5), 3.25 * np.e, rtol=1e-6)
    times = np.array([0.7, 1.0, 2.0])
    slopes = autograd.jacobian(
        lambda t: autograd.solve_ivp(lambda t, y: y * t, (0.5, 2.0), [1.0], "DOP853", t, **TIGHT).y[0]
    )(times)
    assert_allclose(slopes, np.diag(times * np.exp((times**2 - 0.25) / 2)), atol=1e-5)


def falling(v, **options):
    def ground(t, y, g):
        return y[0]

    ground.terminal = True
    start = autograd.stack([v[0], 0.0 * v[0]])
    return autograd.solve_ivp(
        lambda t, y, g: [y[1], -g], (0.0, 10.0), start, args=(v[1],), events=ground, **TIGHT, **options
    )


@pytest.mark.parametrize(("height", "g"), [(0.4, 9.8), (3.0, 5.0)])
def test_the_time_of_an_event_moves_as_the_closed_form_at_orders_1_and_2(height, g):
    v = np.array([height, g])

    def exact(v):
        return autograd.sqrt(2.0 * v[0] / v[1])

    for time in (lambda v: falling(v).t_events[0][0], lambda v: falling(v).t[-1]):
        assert_allclose(autograd.grad(time)(v), autograd.grad(exact)(v), atol=1e-9)
        assert_allclose(autograd.hessian(time)(v), autograd.hessian(exact)(v), atol=1e-6)
    speed = autograd.grad(lambda v: falling(v).y_events[0][0, 1])(v)
    assert_allclose(speed, autograd.grad(lambda v: -autograd.sqrt(2.0 * v[0] * v[1]))(v), atol=1e-8)


@pytest.mark.parametrize("g", [9.8, Tensor(np.float64(9.8), requires_grad=True)])
def test_times_after_the_last_event_have_no_states(g):
    def ground(t, y, g):
        return y[0]

    ground.terminal = True
    found = autograd.solve_ivp(
        lambda t, y, g: [y[1], -g], (0.0, 9.0), [1.0, 0.0], t_eval=[5.0, 6.0], events=ground, args=(g,)
    )
    assert (found.t.shape, found.y.shape) == ((0,), (2, 0))
    assert_allclose(found.t_events[0].data, [(2.0 / 9.8) ** 0.5], rtol=1e-3)


def test_a_span_of_no_length_moves_with_its_ends():
    start, end, y = recorded(np.float64(1.0)), recorded(np.float64(1.0)), recorded([3.0])
    autograd.solve_ivp(lambda t, y: -2.0 * y, (start, end), y).y[0, -1].backward()
    assert_allclose([start.grad.data, end.grad.data, y.grad.data[0]], [6.0, -6.0, 1.0])


def test_an_event_whose_function_has_no_slope_has_no_time_to_differentiate():
    p = Tensor(np.float64(1.0), requires_grad=True)
    found = autograd.solve_ivp(
        lambda t, y, p: [p], (-1.0, 1.0), [-1.0], args=(p,), events=lambda t, y, p: autograd.sign(y[0])
    )

    with pytest.raises(np.linalg.LinAlgError, match="has slope 0 there"):
        found.t_events[0].sum().backward()


def test_few_states_may_be_kept_and_give_the_same_gradient(monkeypatch):
    def loss(v):
        found = autograd.solve_ivp(
            pendulum, (0.0, 6.0), v[:2], t_eval=np.linspace(0, 6, 5), args=(v[2], 0.1), events=lambda t, y, *args: y[0]
        )
        return (found.y**2).sum() + found.t_events[0].sum()

    v = np.array([1.0, 0.2, 2.0])
    whole = autograd.grad(loss)(v), autograd.hessian(loss)(v)
    monkeypatch.setattr("autograd.solvers.steps.KEPT", 0)
    monkeypatch.setattr("autograd.solvers.steps.FEWEST", 2)
    assert_allclose(autograd.grad(loss)(v), whole[0], atol=1e-12)
    assert_allclose(autograd.hessian(loss)(v), whole[1], atol=1e-10)


def test_the_states_kept_are_about_the_square_root_of_many_steps(monkeypatch):
    from autograd.solvers.steps import Steps

    monkeypatch.setattr("autograd.solvers.steps.KEPT", 0)
    steps = Steps(0.0, 8)
    for i in range(10_000):
        steps.add(np.array([float(i)]), i + 1.0, np.array([i + 1.0]))

    assert max(len(steps.states), steps.stride) <= 130
    assert [y[0] for y in steps.states] == list(range(0, 10_000, steps.stride))


def test_a_compiled_right_side_gives_the_same_gradients():
    right = autograd.compile(lambda t, y, w: autograd.stack([y[1], -w * autograd.sin(y[0]) + 0.1 * t]), backend="numpy")
    times = np.linspace(0.0, 2.0, 4)

    def loss(fun, w):
        return (autograd.solve_ivp(fun, (0.0, 2.0), [1.0, 0.2], t_eval=times, args=(w,)).y ** 2).sum()

    for derivative in (autograd.grad, autograd.hessian):
        found, expected = (derivative(lambda w, f=f: loss(f, w))(2.0) for f in (right, right.function))
        assert_allclose(found, expected, rtol=1e-10)


def test_the_sweep_of_a_neural_ode_reaches_the_parameters():
    autograd.seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    y = autograd.solve_ivp(lambda t, y: net(y), (0.0, 1.0), Tensor([1.0, 0.0])).y
    assert y.dtype == np.float32
    (y[:, -1] ** 2).sum().backward()

    bias = net[2].bias
    found, values = bias.grad.data.copy(), bias.data.copy()
    ends = []
    for step in (1e-2, -1e-2):
        bias.data = values + np.array([step, 0.0], np.float32)
        ends.append((autograd.solve_ivp(lambda t, y: net(y), (0.0, 1.0), Tensor([1.0, 0.0])).y[:, -1] ** 2).sum().data)
    assert_allclose(found[0], (ends[0] - ends[1]) / 2e-2, rtol=2e-3)


# -- what is wrong says so


def test_what_did_not_converge_warns_and_so_does_its_gradient():
    a = Tensor(np.float64(1.0), requires_grad=True)
    with pytest.warns(ConvergenceWarning, match="root did not converge"):
        x = autograd.root(lambda x, a: autograd.exp(x) + a, [0.0], (a,)).x
    with pytest.warns(ConvergenceWarning, match="goes through a result of no convergence: root did not converge"):
        x.sum().backward()
    with pytest.warns(ConvergenceWarning, match="minimize did not converge"):
        autograd.minimize(lambda x, a: ((x - a) ** 4).sum(), [9.0], (a,), options={"maxiter": 1})
    with pytest.warns(ConvergenceWarning, match="least_squares did not converge"):
        autograd.least_squares(lambda x, a: autograd.exp(x) - a, [5.0], (a,), max_nfev=1)
    with pytest.warns(ConvergenceWarning, match="quad did not converge"):
        area = autograd.quad(lambda x, a: autograd.sin(a * 900.0 * x), 0.0, 10.0, (a,), limit=2)[0]
    with (
        pytest.warns(ConvergenceWarning, match="quad did not converge"),
        pytest.warns(ConvergenceWarning, match="goes through a result of no convergence"),
    ):
        area.backward()
    with pytest.raises(RuntimeError, match="converge"):
        autograd.fixed_point(lambda x, a: 2.0 * x + a, 1.0, (a,), maxiter=3, method="iteration")


def test_a_pole_warns_and_so_does_the_gradient():
    a = Tensor(np.float64(1.0), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.warns(ConvergenceWarning, match="is there a pole"):
            y = autograd.solve_ivp(lambda t, y, a: a * y * y, (0.0, 2.0), [1.0], args=(a,)).y
    with pytest.warns(ConvergenceWarning, match="solve_ivp did not converge"):
        y[0, 1].backward()


def test_a_singular_jacobian_is_an_error_and_no_number():
    a = Tensor(np.float64(0.0), requires_grad=True)
    x = autograd.root(lambda x, a: [x[0] + x[1] - a, 2.0 * (x[0] + x[1] - a)], [0.5, -0.5], (a,)).x

    with pytest.raises(np.linalg.LinAlgError, match=r"root: the Jacobian at the solution, \(2, 2\), is singular"):
        x.sum().backward()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: autograd.root(lambda x: x[:1], [1.0, 2.0]), ShapeError, "1 numbers, of shape .1,., for 2 unknowns"),
        (lambda: autograd.root(lambda x: x, [1j]), DtypeError, "root: x0 is complex"),
        (lambda: autograd.root(lambda x, a: x - a, [1.0], (1j,)), DtypeError, "root: args is complex"),
        (lambda: autograd.fixed_point(lambda x: x * 1j, 1.0), DtypeError, "the function's result is complex"),
        (lambda: autograd.root(lambda x: x, ["a"]), DtypeError, "it takes numbers"),
        (lambda: autograd.root(lambda x: x, []), ShapeError, r"root: x0 has the shape \(0,\)"),
        (lambda: autograd.minimize(lambda x: x, [1.0, 2.0]), ShapeError, "one number"),
        (lambda: autograd.minimize(lambda x: x.sum(), [1.0], constraints={"type": "eq"}), UnsupportedError, "penalty"),
        (lambda: autograd.minimize(lambda x: (x.sum(), 1), [1.0], jac=True), UnsupportedError, "no jac= here; leave"),
        (lambda: autograd.least_squares(lambda x: x, [1.0], jac="3-point"), UnsupportedError, "there is no jac= here"),
        (lambda: autograd.least_squares(lambda x: x, [1.0], loss="square"), ValueError, "is not one of 'linear'"),
        (lambda: autograd.quad(lambda x: x, np.zeros(2), 1.0), ShapeError, "it takes two numbers"),
        (lambda: autograd.solve_ivp(lambda t, y: y, (0, 1), np.ones((2, 2))), ShapeError, "it takes a vector"),
        (lambda: autograd.solve_ivp(lambda t, y: y[:1], (0, 1), np.ones(2)), ShapeError, "fun gives shape"),
        (lambda: autograd.solve_ivp(lambda t, y: y, (0, 1), [1j]), DtypeError, "y0 is complex"),
        (lambda: autograd.solve_ivp(lambda t, y: y, (0, 1), []), ShapeError, "y0 has the shape"),
        (lambda: autograd.solve_ivp(lambda t, y: y, (0, 1), [1.0], dense_output=True), UnsupportedError, "t_eval="),
    ],
)
def test_a_wrong_call_says_what_to_do(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_a_stiff_method_solves_and_refuses_to_be_differentiated():
    a = Tensor(np.float64(1.0), requires_grad=True)
    plain = autograd.solve_ivp(lambda t, y: -y, (0.0, 1.0), [1.0], "LSODA", rtol=1e-8, atol=1e-8)

    assert_allclose(plain.y.data[0, -1], np.exp(-1.0), rtol=1e-6)
    with pytest.raises(UnsupportedError, match="'LSODA' has no derivative here; take one of RK23, RK45, DOP853"):
        autograd.solve_ivp(lambda t, y: -a * y if float(t) > 0.5 else -y, (0.0, 1.0), [1.0], "LSODA")
    with pytest.raises(UnsupportedError, match="'LSODA' has no derivative here; take one of RK23, RK45, DOP853"):
        autograd.solve_ivp(lambda t, y, a: -a * y, (0.0, 1.0), [1.0], "LSODA", args=(a,))


def test_a_function_that_changes_between_the_passes_is_found_out():
    a, b = (Tensor(np.float64(1.0), requires_grad=True) for _ in range(2))
    y = autograd.solve_ivp(lambda t, y: -a * y, (0.0, 1.0), [1.0]).y
    a.data = np.float64(1.5)
    with pytest.raises(GraphError):
        y.sum().backward()

    amid = autograd.solve_ivp(lambda t, y: -b * y if 0.1 < float(t) < 0.5 else -a * y, (0.0, 1.0), [1.0]).y
    with pytest.raises(GraphError, match="hand it in by args="):
        amid.sum().backward()
    amid = autograd.quad(lambda x: b * x if 0.1 < float(x) < 0.4 else a * x, 0.0, 1.0, points=[0.1, 0.4])[0]
    with pytest.raises(GraphError, match="hand it in by args="):
        amid.backward()


def test_what_is_used_near_one_end_alone_gets_its_gradient_too():
    late = recorded(np.float64(2.0))
    autograd.solve_ivp(lambda t, y: -late * y if float(t) > 0.5 else -y, (0.0, 1.0), [1.0], **TIGHT).y[0, -1].backward()
    assert_allclose(late.grad.data, -0.5 * np.exp(-0.5 - 2.0 * 0.5), rtol=1e-6)

    late.grad = None
    autograd.quad(lambda x: late * x if float(x) > 0.9 else 1.0 * x, 0.0, 1.0, points=[0.9])[0].backward()
    assert_allclose(late.grad.data, (1.0 - 0.81) / 2.0)


def test_a_tangent_from_outside_of_args_is_not_lost_without_a_word():
    with pytest.raises(GraphError, match="hand it in by args="):
        autograd.jvp(lambda a: autograd.root(lambda x: x * x - a, [1.0]).x, [2.0], [1.0])


@pytest.mark.parametrize("block", [autograd.no_grad, lambda: autograd.set_grad_enabled(False)])
def test_tangents_pass_where_nothing_is_recorded(block):
    functions = (
        lambda a: autograd.root(lambda x, a: x * x - a, np.ones(1), (a,)).x[0],
        lambda a: autograd.minimize(lambda x, a: ((x - a**0.5) ** 2).sum(), np.ones(1), (a,)).x[0],
        lambda a: autograd.quad(lambda t, a: a**2 * t / 2, 0.0, 1.0, (a,))[0],
        lambda a: autograd.solve_ivp(lambda t, y, a: a / 4 + 0 * y, (0.0, 1.0), [0.0], args=(a,), **TIGHT).y[0, -1],
    )
    for f, slope in zip(functions, (0.25, 0.25, 2.0, 0.25)):
        with block():
            assert_allclose(autograd.jvp(f, [4.0], [1.0])[1], slope, rtol=1e-6)
        assert_allclose(autograd.jvp(lambda a, f=f: autograd.no_grad()(f)(a) * 1.0, [4.0], [1.0])[1], 0.0)


def test_vmap_says_that_values_leave_and_compile_runs_as_it_is():
    def x(a):
        return autograd.root(lambda x, a: x * x - a, np.ones(1), (a,)).x

    with pytest.raises(autograd.TraceError, match="inside vmap"):
        autograd.vmap(x)(np.array([1.0, 2.0]))
    with pytest.warns(autograd.CompileWarning, match="runs as it is"):
        assert_allclose(autograd.compile(x)(Tensor(np.float64(4.0))).data, [2.0])


def test_nothing_is_recorded_where_nothing_carries_a_gradient():
    with autograd.no_grad():
        a = Tensor(np.float64(2.0), requires_grad=True)
        assert not autograd.root(lambda x, a: x * x - a, [1.0], (a,)).x.requires_grad
        assert not autograd.solve_ivp(lambda t, y, a: -a * y, (0.0, 1.0), [1.0], args=(a,)).y.requires_grad
    assert not autograd.quad(lambda x: x, 0.0, 1.0)[0].requires_grad
