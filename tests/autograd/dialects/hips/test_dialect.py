"""What HIPS's dialect promises: programs in its words, their numbers, and errors that say what to do here instead."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as onp
import pytest
import scipy.integrate
import scipy.signal
import scipy.sparse
import scipy.sparse.linalg
import scipy.special
import scipy.stats
from numpy.testing import assert_allclose

import autograd
import autograd.numpy as np
import autograd.scipy.signal
from autograd import Tensor, elementwise_grad, grad, hessian, holomorphic_grad, jacobian, jvp, value_and_grad
from autograd.builtins import isinstance as seen_as, type as type_of
from autograd.core import vspace
from autograd.extend import (
    def_linear,
    defjvp,
    defvjp,
    defvjp_argnum,
    defvjp_argnums,
    notrace_primitive,
    primitive,
)
from autograd.misc import const_graph, flatten
from autograd.misc.fixed_points import fixed_point
from autograd.misc.optimizers import adam, rmsprop, sgd
from autograd.numpy.linalg import norm
from autograd.scipy.integrate import odeint
from autograd.scipy.special import logsumexp
from autograd.scipy.stats import multivariate_normal, norm as normal
from autograd.test_util import check_grads, combo_check
from autograd.tracer import Node, getval, isbox, trace

ROOT = Path(__file__).parents[4]
rng = onp.random.default_rng(0)


def run(code):
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


# -- floats --------------------------------------------------------------------------------------------


def test_a_python_float_given_to_a_transform_is_float64():
    assert grad(np.sqrt)(2.0) == 0.5 / onp.sqrt(2.0)
    assert grad(np.sqrt)(2.0).dtype == onp.float64
    assert [type(v) for v in value_and_grad(np.exp)(1.0)] == [onp.float64] * 2
    assert {v.dtype for v in jvp(np.exp, [1.0], [1.0])} == {onp.dtype(float)}
    assert jacobian(lambda x: np.array([x, x**2]))(3.0).tolist() == [1.0, 6.0]
    assert holomorphic_grad(np.exp)(1j).dtype == onp.complex128
    assert Tensor(2.0).dtype == onp.float32


def test_a_list_of_floats_beside_float64_is_not_rounded():
    assert grad(lambda t: np.sum(np.ones(2) * t * [0.1, 0.7]))(2.0) == 0.1 + 0.7
    assert grad(lambda t: np.dot([0.1, 0.7], np.array([t, t])))(2.0) == 0.1 + 0.7


@pytest.mark.parametrize(
    ("join", "slopes"),
    [
        (lambda x: np.concatenate([[x[0]], x]), [4.0, 4.0]),
        (lambda x: np.concatenate([[[x[0]], [5.0]], [[x[1]], [x[1]]]], 1), [2.0, 8.0]),
        (lambda x: np.concatenate([[a, 2 * a] for a in x]), [10.0, 20.0]),
        (lambda x: np.stack([[x[0], x[1]], x]), [4.0, 8.0]),
        (lambda x: np.vstack([(x[0], 1.0), x]), [4.0, 4.0]),
        (lambda x: np.hstack((0.0, x, [x[1]])), [2.0, 8.0]),
        (lambda x: np.column_stack([[x[0], x[1]], x]), [4.0, 8.0]),
        (lambda x: np.dstack([[x[0], x[1]], x]), [4.0, 8.0]),
        (lambda x: np.block([[x[0], x[1]], [1.0, x[1]]]), [2.0, 8.0]),
        (lambda x: np.where([True, False], [x[0], x[1]], 0.0), [2.0, 0.0]),
        (lambda x: np.select([x > 1.5], [[x[0], x[1]]], 0.0), [0.0, 4.0]),
        (lambda x: np.meshgrid([x[0], x[1]], [1.0, 2.0])[0], [4.0, 8.0]),
        (lambda x: np.einsum("i,j", [x[0], x[1]], [1.0, 1.0]), [4.0, 8.0]),
        (lambda x: np.linalg.multi_dot([[[x[0], x[1]]], np.eye(2)]), [2.0, 4.0]),
    ],
)
def test_lists_among_what_is_joined_keep_their_gradients(join, slopes):
    along = lambda x: np.sum(join(x) ** 2)
    assert_allclose(grad(along)(onp.array([1.0, 2.0])), slopes)
    assert_allclose(jvp(along, [onp.array([1.0, 2.0])], [onp.array([1.0, 0.0])])[1], slopes[0])


def test_a_traced_number_is_a_scalar():
    assert grad(lambda x: x**2 if np.isscalar(x) else 0.0 * x)(3.0) == 6.0
    assert not np.isscalar(Tensor(onp.ones(2)))


@pytest.mark.parametrize(
    "flat", [lambda x: x.ravel("F"), lambda x: x.flatten(order="F"), lambda x: x.reshape(4, order="F")]
)
def test_methods_lay_out_by_columns_too(flat):
    assert grad(lambda x: flat(x) @ onp.arange(4.0))(onp.ones((2, 2))).tolist() == [[0.0, 2.0], [1.0, 3.0]]


@pytest.mark.parametrize("rows", [3, 30])
def test_a_jacobian_is_of_the_run_that_was_seen_whatever_numpys_generator_gives(rows):
    np.random.seed(0)
    table = np.random.randn(rows, 3)
    np.random.seed(0)
    assert onp.array_equal(jacobian(lambda x: np.random.randn(rows, 3) @ x)(onp.zeros(3)), table)


@pytest.mark.parametrize("repeated", [1, 9])
def test_a_jacobian_goes_through_a_rule_that_takes_arrays_alone(repeated):
    table = scipy.sparse.diags([1.0, 2.0, 4.0]).tocsc()
    solve = primitive(lambda b: scipy.sparse.linalg.spsolve(table, b))
    defvjp(solve, lambda ans, b: lambda g: scipy.sparse.linalg.spsolve(table.T.tocsc(), g))
    found = jacobian(lambda b: np.tile(solve(b), repeated))(onp.ones(3))
    assert_allclose(found, onp.tile(onp.diag([1.0, 0.5, 0.25]), (repeated, 1)))


@pytest.mark.parametrize("join", [np.stack, np.concatenate, np.vstack, np.hstack, np.column_stack])
def test_arrays_to_be_joined_may_come_from_a_map_or_a_dict(join):
    assert grad(lambda x: np.sum(join({"a": x, "b": 2 * x}.values())))(onp.zeros(2)).tolist() == [3.0, 3.0]
    assert join(map(onp.sin, onp.eye(2))).tolist() == join([*onp.sin(onp.eye(2))]).tolist()
    assert grad(lambda x: np.sum(join(map(np.sin, (x, x)))))(onp.zeros(2)).tolist() == [2.0, 2.0]


def test_transforms_take_argnum_as_well():
    def f(x, y):
        return x**2 * y

    assert grad(f, argnum=1)(3.0, 2.0) == 9.0
    assert grad(f, argnum=[1, 0])(3.0, 2.0) == (9.0, 12.0)
    assert value_and_grad(f, argnum=0)(3.0, 2.0) == (18.0, 12.0)
    assert elementwise_grad(f, argnum=1)(3.0, 2.0) == jacobian(f, argnum=1)(3.0, 2.0) == 9.0
    assert hessian(f, argnum=0)(3.0, 2.0) == 4.0


def test_an_answer_of_true_or_false_has_no_gradient():
    with pytest.raises(TypeError, match="True or False"):
        grad(lambda x: x > 0)(1.0)


# -- autograd.numpy ------------------------------------------------------------------------------------


def test_importing_autograd_does_not_import_the_dialect():
    code = "import sys, autograd; print(*(m for m in sys.modules if 'hips' in m or m == 'autograd.numpy'))"
    assert run(code) == []


def test_a_bare_import_has_the_modules_and_the_names():
    code = "import autograd as a; print(a.numpy.sum([1, 2]), a.scipy.special.expit(0), a.make_hvp.__name__)"
    assert run(code) == ["3", "0.5", "make_hvp"]


def test_plain_arrays_stay_plain():
    x = np.array([1.0, 2.0])
    for y in (x, np.sin(x), np.concatenate([x, x]), np.linalg.inv(np.eye(2)), logsumexp(x), normal.logpdf(x)):
        assert type(y) in (onp.ndarray, onp.float64)
    assert type(grad(lambda x: np.sum(x * x))(x)) is onp.ndarray


def test_lists_with_traced_values_are_joined():
    point = onp.array([0.3, 0.8])

    def f(x):
        parts = [np.mean([x[0], x[1] ** 2]), norm([x[0], x[1]]), np.sum(np.array([[x[0], 1.0], [x, x][1]]))]
        return np.sum(np.r_[x, parts, 2.0] ** 2) + np.sum(np.c_[x, x[::-1]][0]) + np.sum(np.full((2, 2), x[0]))

    check_grads(f)(point)
    assert grad(lambda x: np.sum(np.asarray([x, x], dtype=float, ndmin=2)))(1.0) == 2.0


@pytest.mark.parametrize(
    "join",
    [
        lambda x: np.concatenate([[np.log(x[0])], x[1:]]),
        lambda x: np.concatenate([[x[0] * x[1]], [x[2]]]),
        lambda x: np.hstack([x, [x[0] * x[1]]]),
        lambda x: np.vstack([x, (x[0] * x[1], x[2], 1.0)]),
        lambda x: np.stack([[x[0], 1.0], [x[1], 2.0]]),
        lambda x: np.column_stack([[x[0], x[1]], x[:2]]),
        lambda x: np.append(x, [x[0] * x[1]]),
        lambda x: np.where(np.array([True, False]), [x[0], x[1]], x[2]),
        lambda x: np.select([onp.array([True, False])], [[x[0] * 2, x[1] * 3]], x[:2]),
        lambda x: np.linalg.multi_dot([[[x[0], x[1]], [1.0, 2.0]], x[:2]]),
        lambda x: np.einsum("i,i->i", [x[0], x[1]], x[:2]),
        lambda x: np.block([[x[0], x[1]], [x[2], 1.0]]),
    ],
)
def test_lists_among_what_is_joined_are_joined_themselves(join):
    point = onp.array([2.0, 3.0, 4.0])

    check_grads(lambda x: np.sum(join(x) ** 2))(point)
    assert_allclose(join(Tensor(point)).data, join(point))


def test_functions_in_other_words_are_numpys():
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    for x in (a, Tensor(a)):
        assert_allclose(getval(np.einsum(x, [0, 1], b, [1, 2], [0, 2])), a @ b)
        assert_allclose(getval(np.einsum(x, [0, 1], b, [1, 0])), onp.einsum("ij,ji", a, b))
        assert_allclose(getval(np.make_diagonal(x, axis1=-1, axis2=-2))[1], onp.diag(a[1]))
        assert_allclose(getval(np.real_if_close(x + 0j)), a)
    assert np.where(True, 1, 2) == 1
    assert type(np.where(True, 1, 2)) is int
    assert np.int64(Tensor([1.0, 2.0])).tolist() == [1, 2]
    assert not isinstance(onp.int64(1), np.int64)  # as there: it is a class of its own


def test_what_would_cut_the_graph_is_an_error_in_both_modes():
    with pytest.raises(autograd.GraphError, match="ndarray"):
        grad(lambda x: onp.array([x, x]).sum())(1.0)
    with pytest.raises(autograd.GraphError, match="tangent"):
        jvp(lambda x: onp.array([x, x]), [1.0], [1.0])

    def written(x):
        a = onp.zeros(2)
        a[0] = x
        return a

    with pytest.raises((autograd.GraphError, ValueError)):
        jvp(written, [1.0], [1.0])


def test_a_derivative_of_another_argument_can_be_differentiated_along_a_direction():
    slope = grad(lambda x, y: np.sin(np.sin(x) + np.sin(y)), 1)

    check_grads(slope)(0.3, 0.8)


# -- autograd.scipy ------------------------------------------------------------------------------------


def test_logsumexp_has_weights_and_signs():
    x, weights = rng.normal(size=(3, 4)), onp.array([1.0, 2.0, 0.5, 3.0])
    for options in ({"axis": 1, "b": weights}, {"b": -weights, "return_sign": True}, {"axis": 0, "keepdims": True}):
        theirs, ours = scipy.special.logsumexp(x, **options), logsumexp(Tensor(x), **options)
        for a, b in zip(*((v if isinstance(v, tuple) else (v,)) for v in (theirs, ours))):
            assert_allclose(getval(b), a)
            assert onp.shape(a) == onp.shape(getval(b))
    check_grads(lambda x: logsumexp(x, axis=1, b=weights))(x)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolve_is_scipys_along_its_axes(mode):
    a, b = rng.normal(size=(2, 7, 6)), rng.normal(size=(2, 3, 2))
    convolve = autograd.scipy.signal.convolve

    found = convolve(a, b, axes=([1, 2], [1, 2]), dot_axes=([0], [0]), mode=mode)

    assert_allclose(found, sum(scipy.signal.convolve(x, y, mode) for x, y in zip(a, b)))
    assert_allclose(convolve(a[0], b[0], mode=mode), scipy.signal.convolve(a[0], b[0], mode))
    assert_allclose(convolve(a[0], b[0], axes=([1, 0], [1, 0]), mode=mode), scipy.signal.convolve(a[0], b[0], mode).T)
    check_grads(lambda a, b: convolve(a, b, mode=mode), argnum=(0, 1))(a[0], b[0])


def test_odeint_follows_the_solution_and_its_derivatives():
    def spiral(y, t, rate, pull):
        return np.array([rate * y[1], -rate * y[0] - pull * y[1] * t])

    y0, t = onp.array([1.0, 0.5]), onp.linspace(0.0, 1.0, 4)

    plain = odeint(spiral, y0, t, (1.3, 0.2))

    assert_allclose(plain, scipy.integrate.odeint(spiral, y0, t, (1.3, 0.2)))
    assert_allclose(getval(odeint(spiral, Tensor(y0), t, (1.3, 0.2))), plain, rtol=1e-6)
    check_grads(lambda y0, t, rate: odeint(spiral, y0, t, (rate, 0.2)), argnum=(0, 1, 2), modes=["rev"])(y0, t, 1.3)


def test_densities_take_a_singular_covariance():
    cov = onp.diag([1.0, 2.0, 0.0])
    x = onp.array([0.3, -0.2, 0.0])

    found = multivariate_normal.logpdf(Tensor(x), onp.zeros(3), cov, allow_singular=True)

    assert_allclose(getval(found), scipy.stats.multivariate_normal.logpdf(x, onp.zeros(3), cov, allow_singular=True))
    with pytest.raises(autograd.UnsupportedError, match="singular"):
        multivariate_normal.logpdf(x, onp.zeros(3), Tensor(cov), allow_singular=True)


def test_erf_has_a_derivative_of_complex_numbers():
    combo_check(autograd.scipy.special.erf, [0])([0.3 + 0.2j, onp.array([1.0 - 0.5j, -2.0 + 0.1j])])


# -- autograd.extend -----------------------------------------------------------------------------------


@primitive
def scaled(x, pair, power=1):
    x, (a, b) = onp.array(x), pair  # not traced in here: an ndarray may be written to
    x **= power
    return x * a + b


defvjp(
    scaled,
    lambda ans, x, pair, power=1: lambda g: g * pair[0] * power * x ** (power - 1),
    lambda ans, x, pair, power=1: lambda g: (np.sum(g * x**power), np.sum(g)),
)


def test_a_primitive_has_the_rules_it_is_given_at_every_order():
    x = onp.array([0.5, 1.5])

    assert type(scaled(x, (2.0, 1.0))) is onp.ndarray
    check_grads(lambda x, pair: scaled(x, pair, power=3), argnum=(0, 1))(x, (2.0, 1.0))
    check_grads(grad(lambda x: np.sum(scaled(x, (2.0, 1.0), power=3))))(x)


def test_one_rule_may_serve_all_arguments():
    @primitive
    def product(x, y):
        return x * y

    defvjp_argnum(product, lambda argnum, ans, args, kwargs: lambda g: g * args[1 - argnum])
    check_grads(product, argnum=(0, 1))(1.5, 2.5)
    defvjp_argnums(product, lambda argnums, ans, args, kwargs: lambda g: [g * args[1 - i] for i in argnums])
    check_grads(product, argnum=(0, 1))(1.5, 2.5)


def test_a_rule_that_pushes_tangents_pulls_cotangents_too():
    @primitive
    def cube(x):
        return x**3

    @primitive
    def product(x, y):
        return x * y

    defjvp(cube, lambda g, ans, x: g * 3 * x**2)
    defjvp(product, "same", lambda g, ans, x, y: x * g)
    check_grads(cube)(1.5)
    check_grads(product, argnum=(0, 1))(onp.array([1.5, 0.5]), 0.5)

    @primitive
    def doubled(x):
        return 2 * x

    def_linear(doubled)
    check_grads(doubled)(onp.ones(3))


def test_a_traced_value_has_the_name_of_its_array_that_dependents_read():
    seen = []
    grad(grad(lambda x: seen.append(x._value) or x**3))(2.0)

    assert seen == [2.0]
    assert not isbox(seen[0])


def test_each_mode_asks_for_its_own_rule_which_may_be_opaque():
    table = scipy.sparse.csr_array(onp.array([[1.0, 2.0], [0.0, 3.0]]))  # of which no operation of ours knows

    @primitive
    def times(x, parts):
        return table @ onp.asarray(x) * parts["by"]

    defvjp(times, lambda ans, x, parts: lambda g: table.T @ onp.asarray(g) * parts["by"], None)
    defjvp(
        times,
        lambda g, ans, x, parts: table @ onp.asarray(g) * parts["by"],
        lambda g, ans, x, parts: table @ onp.asarray(x) * g["by"] + g["none"],
    )
    x = onp.array([1.0, -1.0])

    def f(x, by=2.0):
        return times(x, {"by": by, "none": 5})

    assert_allclose(grad(lambda x: np.sum(f(x)))(x), 2.0 * table.sum(axis=0))
    assert_allclose(jvp(f, [x], [onp.ones(2)])[1], 2.0 * table.sum(axis=1))
    assert_allclose(jvp(f, [x, 2.0], [onp.ones(2), 3.0])[1], 2.0 * table.sum(axis=1) + 3.0 * (table @ x))
    assert_allclose(jacobian(f, mode="forward")(x), 2.0 * table.toarray())


def test_a_rule_for_tangents_of_several_results_leaves_integers_alone():
    @primitive
    def sorted_with_places(x):
        return onp.sort(x), onp.argsort(x)

    defjvp(sorted_with_places, lambda g, ans, x: (onp.asarray(g)[ans[1]], None))
    x, v = onp.array([3.0, 1.0, 2.0]), onp.array([1.0, 10.0, 100.0])
    (values, places), (slopes, none) = jvp(sorted_with_places, [x], [v])

    assert (values.tolist(), places.tolist()) == ([1.0, 2.0, 3.0], [1, 2, 0])
    assert slopes.tolist() == [10.0, 100.0, 1.0]
    assert not onp.any(none)


def test_a_primitive_without_a_rule_says_how_to_give_it_one():
    bare = primitive(lambda x: 2.0 * x)
    with pytest.raises(NotImplementedError, match="defvjp"):
        grad(bare)(1.0)
    defvjp(bare, None)
    assert grad(bare)(1.0) == 0.0
    defvjp(bare, argnums=[3])
    with pytest.raises(NotImplementedError, match="argument 0"):
        grad(bare)(1.0)


def test_a_wrong_rule_is_found():
    wrong = primitive(lambda x: 2.0 * x)
    defvjp(wrong, lambda ans, x: lambda g: 2.001 * g)
    with pytest.raises(AssertionError, match=r"Derivative \(VJP\) check"):
        check_grads(wrong, modes=["rev"])(1.0)
    with pytest.raises(AssertionError, match="mismatch"):
        check_grads(wrong, modes=["fwd"])(1.0)


def test_vector_spaces_are_of_arrays_and_containers():
    space = vspace({"a": onp.ones((2, 1)), "b": (1.0, 2j)})

    assert space.size == 5
    assert space == vspace(space.randn())
    assert len(list(space.standard_basis())) == 5
    assert space.inner_prod(space.ones(), space.ones()) == 5.0
    assert vspace(onp.ones(3)).shape == (3,)
    assert vspace(1.0) != vspace(onp.ones(1))
    with pytest.raises(TypeError, match="no vector"):
        vspace("word")


def test_a_traced_value_is_told_from_a_plain_one():
    seen = []

    def f(x):
        seen.append((isbox(x), isbox(getval(x)), seen_as(x, onp.ndarray), type_of(x), notrace_primitive(type)(x)))
        return np.sum(x)

    grad(f)(onp.ones(2))

    assert seen == [(True, False, True, onp.ndarray, onp.ndarray)]


# -- the transforms that HIPS alone names --------------------------------------------------------------


def test_the_other_transforms_are_what_they_are_called():
    matrix = rng.normal(size=(3, 3))
    x, v = rng.normal(size=3), rng.normal(size=3)
    f = lambda x: np.sum(np.sin(x) * x)
    g = lambda x: np.tanh(matrix @ x)

    assert_allclose(autograd.make_hvp(f)(x)[0](v), hessian(f)(x) @ v)
    assert_allclose(autograd.hessian_vector_product(f)(x, v), hessian(f)(x) @ v)
    assert_allclose(autograd.tensor_jacobian_product(g)(x, v), v @ jacobian(g)(x))
    assert_allclose(autograd.make_jvp(g)(x)(v)[1], jacobian(g)(x) @ v)
    assert_allclose(autograd.differential_operators.make_jvp_reversemode(g)(x)(v), jacobian(g)(x) @ v)
    assert_allclose(autograd.make_ggnvp(g)(x)(v), jacobian(g)(x).T @ jacobian(g)(x) @ v)
    assert_allclose(autograd.deriv(np.sin)(0.3), onp.cos(0.3))
    assert_allclose(autograd.grad_named(lambda a, b: a * b, "b")(2.0, 3.0), 2.0)
    assert_allclose(autograd.grad_and_aux(lambda x: (f(x), 7.0))(x)[0], grad(f)(x))
    assert autograd.multigrad_dict(lambda a, b=2.0: a * b)(3.0) == {"a": 2.0, "b": 3.0}
    pull, y = autograd.make_vjp(g)(x)
    assert_allclose(pull(v), v @ jacobian(g)(x))
    assert type(y) is onp.ndarray


def test_a_vector_holds_what_a_container_holds():
    value = (1.0, [rng.normal(size=(2, 3)), {"b": onp.float32(2.0), "a": 1j}], ())

    vector, unflatten = flatten(value)

    again = unflatten(vector)
    assert vector.shape == (9,)
    assert (again[0], again[1][1]) == (1.0, {"b": 2.0, "a": 1j})
    assert again[1][1]["b"].dtype == onp.float32
    assert grad(lambda x: np.sum(flatten([x, {"a": x}])[0] ** 2))(3.0) == 12.0


@pytest.mark.parametrize("optimizer", [sgd, rmsprop, adam])
def test_optimizers_go_down_and_tell_each_step(optimizer):
    steps = []

    end = optimizer(lambda x, i: {"w": 2 * x["w"]}, {"w": onp.ones(2)}, lambda x, i, g: steps.append((i, x, g)), 300)

    assert onp.all(onp.abs(end["w"]) < onp.abs(steps[0][1]["w"]))
    assert [i for i, _, _ in steps] == list(range(300))
    assert_allclose(steps[0][2]["w"], 2.0)


def test_a_fixed_point_moves_with_its_parameter():
    newton = lambda a: lambda x: 0.5 * (x + a / x)
    root = lambda a: fixed_point(newton, a, 10.0, lambda x, y: np.abs(x - y), 1e-8)

    assert_allclose([root(2.0), grad(root)(2.0), grad(grad(root))(2.0)], [2**0.5, 0.5 / 2**0.5, -0.25 / 2**1.5])


def test_a_constant_graph_is_run_without_python():
    calls = []

    def f(scale, x, y):
        calls.append(1)
        return scale * grad(lambda x: np.sin(x) * y)(x) if y > 0 else y

    once = const_graph(f, 2.0)

    assert_allclose([once(0.3, 2.0), once(0.5, 3.0)], [4 * onp.cos(0.3), 6 * onp.cos(0.5)])
    assert len(calls) == 1
    with pytest.raises(Exception, match=r"branch|guard|True"):
        once(0.5, -1.0)


def test_a_trace_of_ones_own_sees_each_call():
    class Named(Node):
        def __init__(self, value, fun, args, kwargs, parent_argnums, parents):
            self.text = f"{fun.__name__}({', '.join(p.text for p in parents)})"

        def initialize_root(self):
            self.text = "x"

    value, node = trace(Named.new_root(), lambda x: np.sin(x + x) * x, 1.0)
    slope, _ = trace(Named.new_root(), grad(lambda x: np.sin(x) * x), 1.0)

    assert node.text == "multiply(sin(add(x, x)), x)"
    assert_allclose([value, slope], [onp.sin(2.0), onp.cos(1.0) + onp.sin(1.0)])


@pytest.mark.parametrize(
    ("module", "name", "hint"),
    [
        ("autograd.extend", "SparseObject", "scatter_add"),
        ("autograd.core", "backward_pass", "make_vjp"),
        ("autograd.tracer", "isbos", "isbox"),
        ("autograd.core", "nothing_like_it", "docs/dialects.md"),
    ],
)
def test_what_is_not_there_says_what_to_do(module, name, hint):
    with pytest.raises(ImportError, match=hint):
        exec(f"from {module} import {name}")
    with pytest.raises(autograd.UnsupportedError, match=hint):
        getattr(sys.modules[module], name)


def test_rules_from_before_2017_still_work():
    old = autograd.primitive(lambda x, y: x * y)
    old.defgrad(lambda ans, x, y: lambda g: g * y)
    old.defvjp(lambda g, ans, vs, gvs, x, y: g * x, argnum=1)
    check_grads(old, argnum=(0, 1))(2.0, 3.0)
    old.defvjp_is_zero([1])
    with warnings.catch_warnings():
        assert grad(old, 1)(2.0, 3.0) == 0.0
