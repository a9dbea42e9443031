import gc
import weakref

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import autograd as ag
from autograd import Tensor, checkpoint, elementwise_grad, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

vectors = hnp.arrays(np.float64, 3, elements=st.floats(-2, 2, allow_subnormal=False))


def test_grad_of_a_polynomial_at_every_order():
    f, expected = (lambda x: x**4), [32.0, 48.0, 48.0, 24.0, 0.0]
    for value in expected:
        f = grad(f)
        assert f(2.0) == value


def test_arrays_in_arrays_out_and_tensors_in_tensors_out():
    x = np.array([1.0, 2.0])
    f = grad(lambda x: (x * x).sum())

    assert type(f(x)) is np.ndarray
    assert isinstance(f(Tensor(x)), Tensor)
    assert not f(Tensor(x)).requires_grad
    np.testing.assert_array_equal(f(x), 2 * x)


def test_value_and_grad_returns_both():
    value, slope = value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))

    assert value == 5.0
    np.testing.assert_array_equal(slope, [2.0, 4.0])


def test_several_arguments():
    dx, dy = grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(np.array([1.0, 2.0]), np.array([3.0, 4.0]))

    np.testing.assert_array_equal(dx, [3.0, 4.0])
    np.testing.assert_array_equal(dy, [1.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x, y: (x * y).sum(), argnums=-1)(np.ones(2), np.ones(2)), [1.0, 1.0])


def test_nested_structures_come_back_in_the_same_structure():
    tree = {"w": [np.ones(2), (np.full(1, 3.0),)], "b": np.array(2.0)}
    slope = grad(lambda t: (t["w"][0] * t["b"]).sum() + (t["w"][1][0] ** 2).sum())(tree)

    assert list(slope) == ["w", "b"]
    np.testing.assert_array_equal(slope["w"][0], [2.0, 2.0])
    np.testing.assert_array_equal(slope["w"][1][0], [6.0])
    assert slope["b"] == 2.0


def test_no_perturbation_confusion():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(3.0))(2.0) == 4.0
    assert grad(lambda x: x * grad(lambda x: x * x)(x))(3.0) == 12.0


def test_a_tensor_recorded_outside_keeps_its_graph():
    w = Tensor([1.0, 2.0], requires_grad=True)
    slope = grad(lambda x: (x * x * w).sum())(np.array([3.0, 4.0]))

    slope.sum().backward()

    np.testing.assert_array_equal(w.grad, [6.0, 8.0])


def test_a_recorded_argument_is_differentiated_through():
    w = Tensor([1.0, 2.0], requires_grad=True)
    grad(lambda x: (x**3).sum())(w * 2).sum().backward()

    np.testing.assert_array_equal(w.grad, 6 * 2 * np.array([1.0, 2.0]) * 2)


def test_backward_outside_is_not_disturbed_by_a_transform_inside():
    x = Tensor(2.0, requires_grad=True)
    y = x * x
    grad(lambda z: z * y)(1.0)
    y.backward()

    assert x.grad == 4.0


def test_transforms_work_under_no_grad():
    with ag.no_grad():
        assert grad(lambda x: x * grad(lambda y: x * y)(3.0))(2.0) == 4.0


@given(vectors, vectors)
def test_jvp_and_vjp_are_adjoint(x, u):
    def f(x):
        return np.stack([np.sin(x).sum(), (x * x).prod(), x[0] * np.exp(x[1])])

    v = np.array([0.3, -1.2, 0.7])
    value, pushed = jvp(f, [x], [u])
    same, pull = vjp(f, x)

    np.testing.assert_array_equal(value, same)
    np.testing.assert_allclose(pushed @ v, pull(v)[0] @ u, rtol=1e-9, atol=1e-9)


def test_jvp_keeps_the_structure_of_the_result():
    value, tangent = jvp(
        lambda x, y: {"sum": x + y, "product": (x * y,)}, [np.ones(2), np.full(2, 3.0)], [np.ones(2)] * 2
    )

    np.testing.assert_array_equal(value["product"][0], [3.0, 3.0])
    np.testing.assert_array_equal(tangent["sum"], [2.0, 2.0])
    np.testing.assert_array_equal(tangent["product"][0], [4.0, 4.0])


def test_a_pull_back_can_be_called_again():
    _, pull = vjp(lambda x: x * x, np.array([1.0, 2.0]))

    np.testing.assert_array_equal(pull(np.ones(2))[0], pull(np.ones(2))[0])


@given(vectors, vectors)
def test_hvp_is_the_hessian_times_a_vector(x, u):
    def f(x):
        return np.sin(x).prod() + (x**3).sum()

    np.testing.assert_allclose(hvp(f, [x], [u])[0], hessian(f)(x) @ u, rtol=1e-9, atol=1e-9)


@given(vectors)
def test_a_hessian_is_symmetric(x):
    h = hessian(lambda x: np.exp(x * x[::-1]).sum())(x)

    np.testing.assert_allclose(h, h.T, rtol=1e-12)


def test_jacobian_has_the_shape_of_output_then_input():
    a = np.arange(6.0).reshape(2, 3)

    np.testing.assert_array_equal(jacobian(lambda x: a @ x)(np.ones(3)), a)
    assert jacobian(lambda x: x @ np.ones((3, 4)))(a).shape == (2, 4, 2, 3)
    assert jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)


def test_elementwise_grad_nests():
    x = np.array([0.5, 1.0])
    second = elementwise_grad(elementwise_grad(np.tanh))(x)

    np.testing.assert_allclose(second, -2 * np.tanh(x) * (1 - np.tanh(x) ** 2))


def test_an_argument_without_influence_has_gradient_zero():
    np.testing.assert_array_equal(grad(lambda x, y: y.sum(), (0, 1))(np.ones(2), np.ones(3))[0], [0.0, 0.0])
    assert grad(lambda x, y: y * 1)(1.0, Tensor(2.0)) == 0.0


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: grad(lambda x: x)(np.ones(2)), ag.ShapeError, "jacobian"),
        (lambda: grad(lambda x: x)(3), ag.DtypeError, "floats"),
        (lambda: grad(lambda x: x, argnums=2)(1.0), ValueError, "argument 2"),
        (lambda: vjp(lambda x: x, np.ones(2))[1](np.ones(3)), ag.ShapeError, "cotangents"),
        (lambda: jvp(lambda x: x, [np.ones(2)], [np.ones(3)]), ag.ShapeError, "tangents"),
    ],
)
def test_misuse_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        call()


# -- checkpoint ----------------------------------------------------------------------------------------


def test_checkpoint_gives_the_same_gradients_inside_and_outside():
    w = Tensor([1.0, -2.0], requires_grad=True)
    x = Tensor([3.0, 4.0], requires_grad=True)

    def f(x):
        return (ag.tanh(x * w) * x).sum()

    f(x * 2).backward()
    expected = x.grad.data, w.grad.data
    x.grad = w.grad = None
    checkpoint(f)(x * 2).backward()

    np.testing.assert_array_equal(x.grad, expected[0])
    np.testing.assert_array_equal(w.grad, expected[1])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_checkpoint_differentiates_at_any_order(order):
    f, g = (lambda x: x**4), checkpoint(lambda x: x**4)
    for _ in range(order):
        f, g = grad(f), grad(g)

    assert g(1.5) == f(1.5)


def test_checkpoint_second_order_reaches_what_f_uses_from_outside():
    w = Tensor(2.0, requires_grad=True)
    x = Tensor(3.0, requires_grad=True)
    slope = ag.gradients(checkpoint(lambda x: w * x**3)(x), x, create_graph=True)

    dx, dw = ag.gradients(slope, [x, w])

    assert (dx, dw) == (36.0, 27.0)


def test_checkpoint_repeats_random_numbers():
    x = Tensor(np.ones(100), requires_grad=True)
    masks = []

    def drop(x):
        masks.append(ag.bernoulli(0.5, size=100))
        return (x * masks[-1]).sum()

    y = checkpoint(drop)(x)
    after = ag.uniform(size=3)
    y.backward()

    np.testing.assert_array_equal(masks[0], masks[1])
    np.testing.assert_array_equal(x.grad, masks[0])
    assert not np.array_equal(after, ag.uniform(size=3))


def test_checkpoint_keeps_no_graph():
    x = Tensor(np.ones(1000), requires_grad=True)
    inside = []

    def f(x):
        y = x * 2
        inside.append(weakref.ref(y))
        return y * y

    gc.disable()
    try:
        y = checkpoint(f)(x)
        assert inside[0]() is None
        assert y.requires_grad
    finally:
        gc.enable()


def test_checkpoint_with_several_outputs():
    x = Tensor([1.0, 2.0], requires_grad=True)
    a, b = checkpoint(lambda x: (x * 2, x * x))(x)
    (a.sum() + b.sum()).backward()

    np.testing.assert_array_equal(x.grad, [4.0, 6.0])


# -- found in review ---------------------------------------------------------------------------------------


def test_dicts_are_matched_by_key_whatever_their_order():
    one, zero = np.ones(1), np.zeros(1)
    tangent = jvp(lambda d: d["a"] + d["b"] * 10, [{"a": one, "b": one}], [{"b": one, "a": zero}])[1]

    assert tangent == 10.0


def test_a_constant_gradient_has_derivative_zero():
    np.testing.assert_array_equal(hessian(lambda x: (3 * x).sum())(np.ones(2)), np.zeros((2, 2)))
    np.testing.assert_array_equal(hvp(lambda x: (3 * x).sum(), [np.ones(2)], [np.ones(2)])[0], [0.0, 0.0])
    assert grad(grad(lambda x: 3 * x))(2.0) == 0.0


def test_a_function_that_returns_no_tensor_gets_derivative_zero_and_a_warning():
    for f in (lambda x: 3.0, lambda x: float(x) ** 2, lambda x: x.data * 2):
        with pytest.warns(UserWarning, match="^Output seems independent of input: .* graph cut"):
            assert grad(f)(1.0) == 0.0
    with pytest.warns(UserWarning, match="not a Tensor"):
        assert vjp(lambda x: 3.0, np.ones(2))[1](1.0)[0].tolist() == [0.0, 0.0]


def test_jvp_of_a_random_function_uses_the_same_draw_twice():
    value, tangent = jvp(lambda x: x * ag.normal(size=1), [np.ones(1)], [np.ones(1)])

    np.testing.assert_array_equal(value, tangent)


def test_checkpoint_of_a_result_returned_twice_and_of_integers():
    x = Tensor([1.0, 2.0], requires_grad=True)
    a, b, n = checkpoint(lambda x: (y := x * x, y, np.argmax(y)))(x)
    (a + 10 * b).sum().backward()

    np.testing.assert_array_equal(x.grad, [22.0, 44.0])
    assert n == 1
    assert not n.requires_grad


def test_shapes_and_argnums_that_do_not_match_are_errors():
    with pytest.raises(ag.ShapeError, match="vectors"):
        hvp(lambda x: (x**2).sum(), [np.ones(3)], [np.ones((3, 1))])
    with pytest.raises(ValueError, match="twice"):
        grad(lambda x: x, argnums=(0, -1))(1.0)


def test_a_pullback_made_under_no_grad_can_itself_be_differentiated():
    def slope():
        _, pull = vjp(np.sin, np.array(1.0))
        return vjp(lambda c: pull(c)[0], np.array(1.0))[1](np.array(1.0))[0]

    with ag.no_grad():
        found = slope()

    np.testing.assert_allclose(found, np.cos(1.0))


def test_keyword_arguments_are_handed_on_and_are_no_variables():
    def f(x, k=1.0):
        return (k * x**2).sum()

    x = np.array([1.0, 2.0])
    w = Tensor(3.0, requires_grad=True)
    y = checkpoint(f)(Tensor(x, requires_grad=True), k=w)
    y.backward()

    assert grad(f)(x, k=3.0).tolist() == [6.0, 12.0]
    assert value_and_grad(f)(x, k=3.0)[0] == 15.0
    assert jacobian(f)(x, k=3.0).tolist() == [6.0, 12.0]
    assert hessian(f)(x, k=3.0).tolist() == [[6.0, 0.0], [0.0, 6.0]]
    assert elementwise_grad(lambda x, k: k * x**2)(x, k=3.0).tolist() == [6.0, 12.0]
    assert w.grad == 5.0


def test_a_function_of_scipys_that_wants_an_array_names_ours():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for f in (scipy.special.logsumexp, scipy.special.softmax):
        with pytest.raises(ag.GraphError, match=f"autograd.{f.__name__} is the one that differentiates"):
            f(x)
    with pytest.raises(ag.GraphError, match="cut its graph; use"):
        scipy.stats.norm.pdf(x)


def test_checkpoint_of_a_function_that_returns_a_number():
    assert checkpoint(lambda x: 3)(Tensor([1.0], requires_grad=True)) == 3


# -- what counts runs --------------------------------------------------------------------------------------


def test_jvp_runs_the_function_once():
    calls = []

    def f(x):
        calls.append(x)
        return x**3

    assert jvp(f, [2.0], [1.0]) == (8.0, 12.0)
    assert len(calls) == 1


def test_jvp_nests_and_reaches_what_f_uses_from_outside():
    w = Tensor(5.0, requires_grad=True)
    twice = jvp(lambda x: jvp(lambda x: w * x**3, [x], [1.0])[1], [Tensor(2.0)], [1.0])[1]
    twice.backward()

    assert (twice, w.grad) == (60.0, 12.0)  # 6 w x, and its derivative by w
    assert jvp(lambda x, y: (x, y * 2), [1.0, 3.0], [10.0, 100.0]) == ((1.0, 6.0), (10.0, 200.0))


def test_a_recorded_tangent_is_differentiated_through():
    way = Tensor(3.0, requires_grad=True)
    jvp(lambda x: x**2, [Tensor(2.0)], [way])[1].backward()

    assert way.grad == 4.0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda state: state.update(factor=3.0), "its results are others"),
        (lambda state: state.update(factor=state["w"] * 1.0), "a recorded Tensor of shape"),
    ],
)
def test_checkpoint_refuses_a_function_that_changes_between_its_runs(spoil, words):
    state = {"factor": 2.0, "w": Tensor(2.0, requires_grad=True)}
    y = checkpoint(lambda x: x * state["factor"])(Tensor(3.0, requires_grad=True))
    spoil(state)

    with pytest.raises(ag.GraphError, match=words):
        y.backward()


def test_a_derivative_inside_of_what_is_pushed_forward_leaves_arrays():
    def f(p):
        return elementwise_grad(lambda t: t**2 * p[0] * p[1])(np.ones(3)).sum()

    found = hessian(f)(np.ones(2))

    assert type(found) is np.ndarray
    assert found.tolist() == [[0.0, 6.0], [6.0, 0.0]]


def test_a_gradient_by_another_argument_can_be_pushed_and_pulled():
    def slope(x, v):
        return jvp(lambda x: grad(lambda x, y: np.sin(x) * np.sin(y), 1)(x, 0.8), [x], [v])[1]

    assert grad(slope)(0.3, 1.0) == pytest.approx(-np.sin(0.3) * np.cos(0.8))


def test_a_value_with_a_tangent_becomes_no_array_without_a_word():
    with pytest.raises(ag.GraphError, match="tangent"):
        jvp(lambda x: np.array([x, 2 * x]), [2.0], [1.0])


def test_an_array_of_integers_is_differentiated_as_one_of_floats():
    whole, floats = np.arange(1, 4), np.arange(1.0, 4.0)

    def f(x):
        return (x**3 / 2).sum()

    assert np.array_equal(grad(f)(whole), grad(f)(floats))
    assert np.array_equal(ag.elementwise_grad(np.sqrt)(whole), 0.5 / np.sqrt(floats))
    for mode in ("forward", "reverse", "auto"):
        assert np.array_equal(jacobian(np.sqrt, mode=mode)(whole), jacobian(np.sqrt, mode=mode)(floats))
    assert np.array_equal(jvp(np.square, [whole], [np.ones(3)])[1], 2 * floats)
    assert ag.vmap(lambda x: x // 2)(whole).dtype == whole.dtype
    for refused in (3, Tensor([1, 2])):
        with pytest.raises(ag.DtypeError, match="give floats to differentiate"):
            grad(lambda x: x * x)(refused)


def test_a_whole_number_that_was_counted_has_no_gradient():
    for count in (lambda x: (x > 0).sum(), lambda x: x.argmax(), lambda x: x.astype(int).sum()):
        with pytest.raises(ag.DtypeError, match="returns a float, not int64"):
            grad(count)(np.ones(3))


def test_a_recorded_pull_back_through_nothing_gives_zeros():
    constant, x = np.ones(3), np.arange(3.0)

    def pulled(g):
        return vjp(lambda y: constant, x)[1](g)[0].sum()

    with pytest.warns(UserWarning, match="derivative is 0"):
        assert vjp(pulled, np.ones(3))[1](1.0)[0].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("point", [np.ones(3), Tensor(np.ones(3)), Tensor(np.ones(3), requires_grad=True) * 1])
def test_a_tall_jacobian_is_that_of_one_run_whatever_the_function_draws(point):
    drawn = [np.random.default_rng(seed).normal(size=(60, 3)) for seed in range(9)]
    draws = iter(drawn)
    found = jacobian(lambda x: next(draws) @ x)(point)

    np.testing.assert_array_equal(found.data if isinstance(found, Tensor) else found, drawn[0])
