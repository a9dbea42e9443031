import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd
import nn
from autograd import Tensor, grad, hessian, hvp, jacobian, jvp, op, registry, vjp
from autograd.testing.case import Case
from autograd.testing.slopes import double, random_weights
from autograd.testing.strategies import arguments

from .derivatives import arrays_of, derivative, floats

RNG = np.random.default_rng(0)
FEW = max(3, settings().max_examples // 15)


def directions(arrays, seed):
    random = np.random.default_rng(seed)
    return [random_weights(random, np.asarray(a)).astype(np.result_type(a))[()] for a in arrays]


def inner(a, b):
    return sum(float(np.sum(double(x) * y).real) for x, y in zip(a, b))


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("complex", [False, True])
@pytest.mark.parametrize("name", sorted(name for name, op in registry.items() if op.differentiable))
def test_a_tangent_pushed_forward_is_the_transpose_of_a_cotangent_pulled_back(name, complex):
    if complex and not registry[name].complex:
        pytest.skip("of real numbers")

    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(arguments(registry[name], complex))
    def property(drawn):
        case = Case(registry[name], *drawn)
        if not case.arrays:
            return
        ways = directions(case.arrays, 0)
        for order in (0, 1):
            g = derivative(case, order)

            def f(*xs, g=g, order=order):
                return floats(g(*xs)) if order == 0 else [y for y in g(*xs) if y.size]

            with np.errstate(all="ignore"):
                pulled_values, pull = vjp(f, *map(Tensor, case.arrays))
                weights = directions(arrays_of(pulled_values), 1)
                pulled = arrays_of(list(pull([Tensor(w) for w in weights])))
                for kind in (np.asarray, Tensor, lambda x: Tensor(x, requires_grad=True)):
                    try:
                        values, pushed = jvp(f, [kind(a) for a in case.arrays], list(map(Tensor, ways)))
                    except autograd.UnsupportedError:  # complex vectors, whose phases are arbitrary
                        assert name in ("eig", "eigh", "svd")
                        continue
                    a, b = inner(arrays_of(pushed), weights), inner(pulled, ways)
                    assert [v.shape for v in arrays_of(values)] == [v.shape for v in arrays_of(pulled_values)]
                    assert np.isclose(a, b, 1e-7, 1e-7 * (1 + abs(b)), equal_nan=True), (order, kind)

    property()


def wave(x):
    return (autograd.sin(x) * autograd.exp(-x * x)).sum()


def test_forward_mode_nests_with_itself_and_with_reverse_mode_to_any_order():
    x, one = 0.7, 1.0

    def along(f):
        return lambda x: jvp(f, [x], [np.ones_like(x) if isinstance(x, np.ndarray) else one])[1]

    def f(x):
        return autograd.sin(x) * x

    expected = -3 * np.sin(x) - x * np.cos(x)  # the third derivative
    for third in (
        along(along(along(f))),
        grad(along(along(f))),
        along(grad(along(f))),
        along(along(grad(f))),
        grad(grad(along(f))),
        along(grad(grad(f))),
    ):
        assert np.isclose(float(third(np.float64(x))), expected, rtol=1e-12)


def test_a_function_is_run_once():
    runs = []

    def f(x):
        runs.append(x.shape)
        return autograd.tanh(x) * 3

    jvp(f, [np.ones(2)], [np.ones(2)])
    assert runs == [(2,)]


def test_the_rule_of_a_user_s_op_is_what_counts():
    @op(x=lambda g: g)
    def step(x):
        return np.sign(x)

    values, slopes = jvp(step, [np.array([0.3, -2.0])], [np.array([1.0, 10.0])])

    assert values.tolist() == [1.0, -1.0]
    assert slopes.tolist() == [1.0, 10.0]


def test_the_border_of_what_is_padded_has_no_tangent():
    _, slope = jvp(lambda x: autograd.pad(x, 1, constant_values=5.0), [np.ones(2)], [np.ones(2)])

    assert slope.tolist() == [0.0, 1.0, 1.0, 0.0]


def test_a_detached_value_has_no_tangent():
    x = np.array([2.0])

    assert jvp(lambda x: x * x.detach(), [x], [x])[1].tolist() == [4.0]


def test_a_network_is_pushed_through_with_its_parameters_recorded():
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.GELU(), nn.Linear(4, 2))
    x, v = RNG.normal(size=(5, 3)).astype(np.float32), RNG.normal(size=(5, 3)).astype(np.float32)
    _, slope = jvp(model, [x], [v])
    _, pull = vjp(model, x)
    w = RNG.normal(size=(5, 2)).astype(np.float32)

    assert slope.requires_grad
    assert np.isclose((slope.data * w).sum(), (pull(w)[0].data * v).sum(), rtol=1e-4)
    slope.sum().backward()
    assert model[0].weight.grad is not None


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_jacobians_are_the_same_in_each_mode(mode):
    def f(a, b):
        return {"sum": a @ b["w"], "product": (a * a).sum() * b["w"]}

    a, b = RNG.normal(size=2), {"w": RNG.normal(size=(2, 3))}
    found, expected = jacobian(f, (0, 1), mode)(a, b), jacobian(f, (0, 1), "reverse")(a, b)

    for name in ("sum", "product"):
        assert np.allclose(found[name][0], expected[name][0], 1e-12)
        assert np.allclose(found[name][1]["w"], expected[name][1]["w"], 1e-12)
        assert found[name][1]["w"].shape == expected[name][1]["w"].shape


def test_the_mode_is_chosen_by_the_shapes():
    runs = []

    def f(x):
        runs.append(1)
        return autograd.concatenate([x, x * x, x**3, x**4, x**5])

    jacobian(f)(np.ones(4))
    assert len(runs) == 5  # one that shows how many outputs there are, and one for each element of the input
    runs.clear()
    jacobian(lambda x: f(x)[:16])(np.ones(4))
    assert len(runs) == 1  # which is swept


@pytest.mark.parametrize("point", [0.0, 1.0])
def test_a_jacobian_is_of_one_run_where_each_draws_other_numbers(point):
    table = np.random.RandomState(0).normal(size=(20, 2))

    def f(x, rng):
        return rng.normal(size=(20, 2)) @ x

    assert np.array_equal(jacobian(f)(np.full(2, point), np.random.RandomState(0)), table)


def test_numbers_in_the_answer_of_a_jacobian_may_be_complex_whole_or_missing():
    def f(x):
        return {"z": np.exp(1j * np.tile(x, 9)), "n": autograd.zeros(9).astype(int), "nan": np.tile(np.log(-x), 9)}

    with np.errstate(invalid="ignore"):
        found, expected = jacobian(f)(np.ones(2)), jacobian(f, mode="reverse")(np.ones(2))
    for name in found:
        assert np.allclose(found[name], expected[name], equal_nan=True)


def test_each_run_of_a_jacobian_draws_the_same_numbers():
    def f(x):
        return nn.functional.dropout(autograd.concatenate([x] * 20), 0.5)

    autograd.seed(3)
    forward = jacobian(f, mode="forward")(np.ones(2))
    autograd.seed(3)
    assert np.array_equal(forward, jacobian(f, mode="reverse")(np.ones(2)))


def test_another_mode_is_refused():
    with pytest.raises(ValueError, match="jacobian: mode='backward' is not one of 'auto', 'forward', 'reverse'"):
        jacobian(wave, mode="backward")


def test_hessians_and_their_products_agree():
    x, v = RNG.normal(size=4), RNG.normal(size=4)

    assert np.allclose(hvp(wave, [x], [v])[0], hessian(wave)(x) @ v, 1e-12)
    assert np.allclose(hessian(wave)(x), hessian(wave)(x).T, 1e-12)


def test_under_no_grad_there_is_a_tangent_and_behind_it_inside_there_is_none():
    x, one = np.array([2.0]), np.array([1.0])

    def f(x):
        with autograd.no_grad():
            still = x * 3
            slope = grad(lambda z: (z * z * x).sum())(x)
        return x * still + slope

    with autograd.no_grad():
        assert jvp(lambda x: x * x, [x], [one])[1].tolist() == [4.0]
        assert jvp(grad(lambda x: (x**3).sum()), [x], [one])[1].tolist() == [12.0]
        assert jvp(f, [x], [one])[1].tolist() == [6.0]
    assert jvp(f, [x], [one])[1].tolist() == vjp(f, x)[1](one)[0].tolist() == [6.0]


def test_a_tangent_where_there_is_no_rule_for_it_is_an_error():
    with pytest.raises(autograd.GraphError, match="leaky_relu: 'slope' carries a gradient"):
        jvp(lambda x: autograd.leaky_relu(x, x), [np.float64(0.5)], [np.float64(1.0)])
    with pytest.raises(autograd.GraphError, match="leaky_relu: 'slope' carries a gradient"):
        jvp(lambda x: autograd.leaky_relu(1.0, slope=x), [np.float64(0.5)], [np.float64(1.0)])
    with pytest.raises(autograd.DtypeError, match=r"jvp: argument 1 holds int64 \(2,\)"):
        jvp(lambda a, b: a * b, [np.ones(2), Tensor([0, 1])], [np.ones(2), np.ones(2)])


def test_a_write_in_place_has_its_tangent_until_the_end():
    total, x = Tensor([0.0, 0.0], dtype=np.float64), np.array([1.0, 2.0])

    def f(x):
        nonlocal total
        total += x * x
        own = Tensor(np.zeros(2))
        own += x
        return total * own

    assert jvp(f, [x], [np.ones(2)])[1].tolist() == [3.0, 12.0]
    assert type(total) is Tensor
    assert total.data.tolist() == [1.0, 4.0]
    assert (total * 2).data.tolist() == [2.0, 8.0]


@pytest.mark.parametrize("write", ["data", "in place under no_grad"])
def test_a_write_that_would_drop_a_tangent_is_an_error(write):
    def f(x):
        y = x * 2
        with autograd.no_grad():
            if write == "data":
                y.data = y.data * 3
            else:
                y += 1
        return y * y

    with pytest.raises(autograd.GraphError, match=r"a write to a value with a tangent, float64 \(2,\), .*detach"):
        jvp(f, [np.ones(2)], [np.ones(2)])


def test_a_batch_norm_counts_one_run_and_keeps_plain_statistics():
    x = RNG.normal(size=(6, 3)).astype(np.float32)
    pushed, called = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    _, tangent = jvp(pushed, [x], [np.ones_like(x)])
    called(Tensor(x))

    assert pushed.num_batches_tracked.data == 1
    assert np.allclose(pushed.running_var.data, called.running_var.data)
    assert type(pushed.running_var) is type(called.running_var)
    assert np.allclose(tangent.data, 0.0, atol=1e-5)  # the same shift of all changes nothing


def test_what_comes_back_is_nobody_else_s():
    x, way = np.ones(3), np.ones(3)
    _, (a, b) = jvp(lambda x: (x + 1, x + 2), [x], [way])
    _, turned = jvp(lambda x: np.broadcast_to(x, (2, 3)), [x], [way])
    a += 1
    turned += 1

    assert (way.tolist(), b.tolist()) == ([1.0] * 3, [1.0] * 3)


def test_a_checkpoint_inside_changes_nothing():
    z, one = np.array([0.3, 0.4]), np.ones(2)

    def f(z, wrap=lambda f: f):
        return grad(lambda x: wrap(lambda x: (x * x * z).sum())(x))(z * 2) + wrap(np.sin)(z)

    expected = jvp(f, [z], [one])[1]

    assert np.allclose(jvp(lambda z: f(z, autograd.checkpoint), [z], [one])[1], expected, 1e-15)
    assert np.allclose(autograd.checkpoint(lambda z: jvp(f, [z], [one])[1])(Tensor(z)).data, expected, 1e-15)


def test_observers_see_the_calls_of_a_function_that_is_pushed():
    with pytest.raises(autograd.AnomalyError), autograd.detect_anomaly(), np.errstate(all="ignore"):
        jvp(np.log, [np.array([-1.0])], [np.array([1.0])])


def test_a_border_of_ones_does_not_move():
    assert jvp(lambda x: np.pad(x, 1, constant_values=5.0), [np.ones(2)], [np.ones(2)])[1].tolist() == [
        0.0,
        1.0,
        1.0,
        0.0,
    ]
