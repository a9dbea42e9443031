import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd
import nn
from autograd import Tensor, grad, hessian, hvp, jacobian, jvp, op, registry, vjp
from autograd.testing.case import Case
from autograd.testing.strategies import arguments

from .derivatives import arrays_of, derivative, floats

RNG = np.random.default_rng(0)
FEW = max(3, settings().max_examples // 15)


def directions(arrays, seed):
    random = np.random.default_rng(seed)
    return [np.asarray(random.uniform(-1, 1, np.shape(a))).astype(np.result_type(a))[()] for a in arrays]


def inner(a, b):
    return sum(float(np.sum(x.astype(np.float64) * y)) for x, y in zip(a, b))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(name for name, op in registry.items() if op.differentiable))
def test_a_tangent_pushed_forward_is_the_transpose_of_a_cotangent_pulled_back(name):
    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(arguments(registry[name]))
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
                    values, pushed = jvp(f, [kind(a) for a in case.arrays], list(map(Tensor, ways)))
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
        return autograd.concatenate([x, x * x, x**3])

    jacobian(f)(np.ones(4))
    assert len(runs) == 4  # one for each element of the input
    runs.clear()
    jacobian(lambda x: f(x).sum())(np.ones(4))
    assert len(runs) == 2  # one that is pushed, which shows that there is a single output, and one that is swept


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
