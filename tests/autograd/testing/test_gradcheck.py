"""gradcheck raises no false alarm near kinks, and says of a wrong gradient what is to blame."""

import re
import subprocess
import sys

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, op, registry
from autograd.engine.op import numpy_ufuncs
from autograd.ops.declare import elementwise
from autograd.testing import GradientError, gradcheck, slopes
from autograd.testing.check_op import flat
from autograd.testing.mutation import _collect

BENT = {
    "relu": ag.relu,
    "leaky_relu": ag.leaky_relu,
    "absolute": np.abs,
    "sort": lambda z: np.sort(z, axis=-1),
    "clip": lambda z: np.clip(z, -1, 1),
    "hardtanh": ag.hardtanh,
    "hardsigmoid": ag.hardsigmoid,
    "hardswish": ag.hardswish,
    "max_pool": lambda z: ag.max_pool(z, 2),
    "maximum": lambda z: np.maximum(z, 0.5 * z[::-1]),
    "max": lambda z: z - z.max(axis=0),
    "median": lambda z: z - np.median(z, axis=-1, keepdims=True),
    "elu": ag.elu,
}


def failure(f, inputs, **options):
    with pytest.raises(GradientError) as caught:
        gradcheck(f, inputs, **options)
    return str(caught.value)


def random_net(seed, width=None, last=None):
    """A net of two layers, 32 samples wide 8, 32 or 64, whose two activations are drawn, and its inputs."""
    rng = np.random.default_rng(seed)
    width = width or rng.choice([8, 32, 64])
    first, second = (BENT[name] for name in rng.choice(list(BENT), 2))
    hidden = width // 2 if first is BENT["max_pool"] else width
    x, w, v = (rng.standard_normal(shape) for shape in [(32, width), (width, width), (hidden, width)])
    b, c = 0.1 * rng.standard_normal((2, width))

    def net(x, w, b, v, c):
        z = first(x @ w / np.sqrt(width) + b) @ v / np.sqrt(hidden) + c
        return ((last or second)(z) ** 2).mean()

    return net, [x, w, b, v, c]


def test_a_thousand_random_nets_full_of_kinks_raise_no_alarm():
    for seed in range(1000):
        assert gradcheck(*random_net(seed)), seed


@pytest.mark.parametrize("width", [8, 32])
def test_random_nets_full_of_kinks_raise_no_alarm_at_order_two(width):
    for seed in range(20):
        assert gradcheck(*random_net(seed, width), order=2), seed


@op(x=lambda g, x: np.where(x > 0, 1.0001 * g, 0.0), name="slanted")
def slanted(x):
    return np.maximum(x, 0)


def test_a_slightly_wrong_rule_is_found_among_kinks_and_named():
    for seed in range(100):
        assert "wrong rule of slanted, input x" in failure(*random_net(seed, last=slanted)), seed


@pytest.mark.parametrize("distance", [0.0, 1e-12, -1e-9, 1e-8, -1e-7, 2e-6, -1e-5, 1e-4, 1.5e-3])
@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu", "absolute", "clip", "hardtanh", "hardswish", "elu", "floor", "max"]
)
def test_a_kink_at_any_distance_raises_no_alarm(name, distance):
    functions = BENT | {"floor": lambda z: z // 1.0 * z, "max": lambda z: z.max(axis=0)}
    for at in (-3.0, -1.0, 0.0, 1.0, 3.0):
        points = np.array([at + distance, at + distance])
        assert gradcheck(functions[name], [points])


def test_a_kink_inside_of_an_operation_of_ones_own_raises_no_alarm():
    ramp = op(x=lambda g, x: g * np.clip(np.floor(x), 0, 2))(lambda x: np.maximum(x - 1, 0) + np.maximum(x - 2, 0))

    assert gradcheck(ramp, [np.array([0.5, 1.0, 1.5, 2.0 - 1e-6, 2.0 + 1e-8])])


# -- who is to blame -----------------------------------------------------------------------------------


@op(x=lambda g, x: -g * 3 * x**2)
def cube_minus(x):
    return x**3


@op(x=lambda g, x: 2 * g * 3 * x**2)
def cube_twice(x):
    return x**3


@op(x=lambda g, x: g * 1.5 * x**2)
def cube_half(x):
    return x**3


@op(x=lambda g, x: 0 * g)
def cube_nothing(x):
    return x**3


@op(x=lambda g: g, b=lambda g: g[0])
def add_row(x, b):
    return x + b


@op(x=lambda g, b: g * b, b=lambda g, x: np.mean(g * x, axis=0))
def scale_row(x, b):
    return x * b


@op(a=lambda g, b: g @ b, b=lambda g, a: a.T @ g)
def product(a, b):
    return a @ b


@op(a=lambda g, b: g @ b.T, b=lambda g, a: g.T @ a)
def other_product(a, b):
    return a @ b


SQUARE, ROW = np.random.default_rng(0).standard_normal((5, 5)), np.arange(1.0, 6.0)


@pytest.mark.parametrize(
    ("function", "inputs", "message"),
    [
        (cube_minus, [SQUARE], "cube_minus, input x, off by about -1 (looks like: sign)"),
        (cube_twice, [SQUARE], "cube_twice, input x, off by about 2 (looks like: factor 2)"),
        (cube_half, [SQUARE], "cube_half, input x, off by about 0.5 (looks like: factor 1/2)"),
        (cube_nothing, [SQUARE], "cube_nothing, input x, off by about 0 (looks like: nothing arrives)"),
        (add_row, [SQUARE, ROW], "(looks like: missing sum over the broadcast axis 0)"),
        (
            scale_row,
            [SQUARE, ROW],
            "0.333 (looks like: a mean in place of the sum over the broadcast axis 0)",
        ),
        (product, [SQUARE, SQUARE + ROW], "(looks like: transposed operand b)"),
        (other_product, [SQUARE, SQUARE + ROW], "other_product, input b, off by about"),
        (other_product, [SQUARE, SQUARE + ROW], "(looks like: transposed result)"),
    ],
)
def test_the_wrong_rule_is_named_and_what_mistake_it_looks_like(function, inputs, message):
    def buried(*inputs):
        return ag.tanh(function(*(np.sin(x) + x for x in inputs))).sum(axis=0)

    assert message in failure(buried, inputs)
    assert re.search(r"order 1: the gradient says .* finite differences", failure(buried, inputs))


def test_one_wrong_rule_among_the_parts_of_a_variadic_operation_is_named():
    @op(joint=lambda g, arrays, needs: [g, 2 * g], variadic="arrays", inputs=("arrays",))
    def total(arrays):
        return arrays[0] + arrays[1]

    assert "wrong rule of total, input arrays[1], off by about 2" in failure(lambda x: total([x, x]), [ROW])


def test_a_rule_that_is_wrong_only_where_it_is_differentiated_again_is_named():
    constant = op(x=lambda g, x: 2 * g * getattr(x, "data", x), name="constant")(lambda x: x * x)
    message = failure(lambda x: constant(x + 1.0).sum(), [ROW], order=2)

    assert "wrong rule of constant, input x, right in itself, but not where it is differentiated again" in message


def test_a_value_that_was_taken_past_the_record_is_no_rules_fault():
    assert "no rule is wrong by itself" in failure(lambda x: x * x.detach(), [ROW])


def test_a_function_that_draws_at_random_is_told():
    assert "other numbers each time" in failure(lambda x: x * np.random.default_rng().random(5), [ROW])


def test_what_is_computed_in_float32_is_told():
    assert "astype computes in float32" in failure(lambda x: x.astype(np.float32) ** 2, [ROW])


# -- kinks and edges -------------------------------------------------------------------------------------


def test_a_kink_where_conventions_add_up_to_no_slope_is_named():
    message = failure(lambda x: ag.relu(x.sin()) - 2 * ag.relu(-x.sin()), [np.zeros(())])

    assert message.startswith("kink at relu: ")


@pytest.mark.parametrize("factor", [-1.5, 1.5])
def test_a_slope_at_a_kink_that_is_not_between_those_to_either_side_is_caught(factor):
    bend = op(x=lambda g, x: np.where(x == 0, factor, np.sign(x)) * g, name="bend")(lambda x: np.abs(x))

    assert "kink at bend" in failure(bend, [np.zeros(2)])
    assert gradcheck(bend, [np.array([1e-9, -1e-9])])


@pytest.mark.parametrize(
    ("name", "at"), [("sqrt", 0), ("log", 0), ("cbrt", 0), ("arcsin", 1), ("arccosh", 1), ("rsqrt", 0), ("log1p", -1)]
)
def test_the_edge_of_a_domain_is_named(name, at):
    inputs = [np.array([at + 0.5 * (1 - 2 * (name == "arcsin")), at])]
    message = failure(lambda x: registry[name].call(x).sum(), inputs)

    assert message.startswith(f"edge of the domain of {name}, input x = {at:g} (its slope there is ")


def test_near_the_edge_of_a_domain_there_is_no_alarm():
    assert gradcheck(lambda x: np.sqrt(x) + np.log(x), [np.array([1e-3, 1e-4])])


def test_a_rule_that_makes_nan_where_there_is_a_slope_is_wrong():
    square = op(x=lambda g, x: g * 2 * x * (x / x), name="square")(lambda x: x * x)

    assert "wrong rule of square" in failure(square, [np.array([0.0, 1.0])])


def kink_between(values, low, high):
    """Where the values, not near a pole, bend or jump between `low` and `high`; None if they never do."""
    for count in [60, *[7] * 30]:
        grid = np.linspace(low, high, count)
        bends = np.max(np.abs(np.diff([values(t) for t in grid], 2, axis=0)), axis=1, initial=0.0)
        if not np.all(np.isfinite(bends)) or np.max(bends) < 1e-3 * (high - low) / count:
            return None  # a pole, or smooth
        low, high = grid[np.argmax(bends)], grid[np.argmax(bends) + 2]
        if high - low < 1e-10:
            break
    left, right = ((values(high + s * 2e-4) - values(high + s * 1e-4)) / (s * 1e-4) for s in (-1, 1))
    jump = np.abs(values(high + 1e-6) - values(low - 1e-6))
    steep = max(np.max(np.abs(part), initial=0.0) for part in (left, right, jump))
    return high if steep < 20 and np.max([np.abs(right - left), jump], initial=0.0) > 0.01 else None


def test_at_the_kinks_that_a_search_finds_in_the_registry_there_is_no_alarm():
    found = set()
    for name, operation in registry.items():
        rng = np.random.default_rng(0)
        for case in _collect(operation, 6)[:3] if operation.differentiable else []:
            way = [rng.uniform(-3, 3, a.shape) for a in case.arrays]

            def at(t, case=case, way=way):
                return [a + t * u for a, u in zip(case.arrays, way)]

            def values(t, case=case, at=at):
                return slopes.flat(flat(case.call(*at(t))))

            try:
                with np.errstate(all="ignore"):
                    place = kink_between(values, -3.0, 3.0)
            except ValueError:  # the line leaves what the operation takes
                continue
            if place is not None:
                found.add(name)
                assert gradcheck(case.call, at(place)), name
    assert found >= {
        *("relu", "leaky_relu", "prelu", "hardtanh", "hardsigmoid", "hardswish", "selu", "absolute", "sign", "maximum"),
        *("minimum", "clip", "sort", "topk", "max_pool", "remainder"),
    }


# -- the program -----------------------------------------------------------------------------------------

RATE = 3.0


x = Tensor(0.0)  # which a parameter of the same name hides


def helper(x: "Array") -> "Array":  # noqa: F821
    squared = RATE * x
    return squared * x


@op(x=lambda g, x: g * helper(x))
def helped(x, power=2, names=("a",)):
    return x * helper(x)


def wrong_by(factor):
    return op(x=lambda g: factor * g, name="wrong")(lambda x: x + 1)


wrong_radians = elementwise(np.deg2rad, lambda g: g / 90, cases=None)(lambda x: x)
numpy_ufuncs[np.deg2rad] = ag.deg2rad  # as it was


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr


@pytest.mark.parametrize(
    ("function", "inputs", "options"),
    [
        (lambda x, b: add_row(np.exp(x), b).sum(), [SQUARE, ROW], {}),
        (lambda x: helped(x, names=("b",)), [ROW], {}),
        (wrong_by(1.5), [ROW], {}),
        (lambda x: cube_minus(x) * helped(x.detach()) + x * x.data, [ROW], {}),
        (lambda x: ag.relu(x.detach()) * x.copy() + wrong_radians(x), [ROW], {}),
        (lambda x: np.sqrt(x.sum()) * np.nan_to_num(np.inf), [np.zeros(2)], {}),
        (lambda x: np.stack([np.log(x), x]), [np.zeros(1)], {"order": 2}),
        (lambda x: ag.relu(x) - 2 * ag.relu(-x), [np.zeros(1)], {}),
        (lambda x: x * Tensor(RATE * x.data), [ROW], {}),
    ],
)
def test_a_failure_brings_a_program_that_shows_it_alone(function, inputs, options):
    message = failure(function, inputs, **options)
    program = message.split("# this program shows it alone\n")[1]
    headline = message.splitlines()[0]

    assert "Tensor(0." not in program
    assert f"GradientError: {headline}\n" in run(program)


def test_the_program_shows_a_large_failure_on_small_operands():
    message = failure(lambda x, b: add_row(x, b), [np.ones((50, 40)), np.ones(40)])

    assert len(message) < 1000
