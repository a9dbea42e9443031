"""The proof is itself proven: each kind of wrong derivative must turn it red."""

import linecache

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, op, registry
from autograd.ops.cases import reals
from autograd.testing import GradientError, check_op, gradcheck, mutation_score
from autograd.testing.mutation import main


def make(rule, forward=lambda x: x * x, cases=lambda d: (d.array(low=0.5, high=2, min_side=1),), **options):
    """An op of one input with this rule, kept out of the registry."""
    function = op(x=rule, cases=cases, name="under_test", **options)(forward)
    registry.pop("under_test")
    return function


def test_completion_offers_the_public_names_only():
    assert dir(ag.testing) == sorted(ag.testing.__all__)


def test_a_right_op_passes():
    check_op(make(lambda g, x: 2.0 * g * x))


@pytest.mark.parametrize(
    "rule",
    [
        lambda g, x: -2.0 * g * x,
        lambda g, x: g * x,
        lambda g, x: 2.0 * g,
        lambda g, x: 0.0 * g,
        lambda g, x: 2.0 * g * x + 1e-4,
        lambda g, x: 2.0 * g * x.mean(),
        lambda g, x: 2.0 * np.abs(g) * x,
    ],
)
def test_a_wrong_rule_is_caught(rule):
    with pytest.raises(AssertionError):
        check_op(make(rule))


def test_a_rule_that_is_wrong_only_at_order_two_is_caught():
    """The value is right, but what the second sweep sees does not depend on x."""
    rule = make(lambda g, x: g * 2.0 * ag.tensor(np.asarray(x.data if isinstance(x, Tensor) else x)).data)

    check_op(rule, order=1)
    with pytest.raises(AssertionError):
        check_op(rule, order=2)


def test_a_rule_that_sums_away_its_mistake_under_a_uniform_cotangent_is_caught():
    def centre(x):
        return x - x.mean()

    check_op(make(lambda g: g - g.mean(), centre))
    with pytest.raises(AssertionError):  # right for a cotangent of ones, wrong for any other
        check_op(make(lambda g: np.zeros_like(g), centre))


def test_an_op_that_writes_to_its_input_is_caught():
    def forward(x):
        y = x * x
        x *= 1.0
        return y

    with pytest.raises((AssertionError, ag.RuleError)):
        check_op(make(lambda g, x: 2.0 * g * x, forward))


def test_a_rule_that_promotes_to_float64_is_caught_in_the_values():
    with pytest.raises(AssertionError, match="float32"):
        check_op(make(lambda g, x: 2.0 * g * x, lambda x: x * x * np.float64(1.0)))


def test_a_value_that_differs_from_numpy_is_caught():
    def wrong(x):
        return np.negative(x) * 1.001

    function = make(lambda g: -1.001 * g, wrong)
    function.op.numpy = np.negative
    with pytest.raises(AssertionError, match="negative"):
        check_op(function)


def test_an_op_without_cases_says_what_is_missing():
    with pytest.raises(ValueError, match="cases"):
        check_op(op(x=lambda g: g)(lambda x: x))


def test_the_failing_case_and_the_op_are_named():
    with pytest.raises(AssertionError) as caught:
        check_op(make(lambda g, x: g * x))

    assert "op under_test" in caught.value.__notes__


def test_gradcheck_takes_any_function_of_tensors():
    assert gradcheck(lambda x, y: (np.sin(x) @ y, x.sum()), [np.ones((2, 3)), np.ones(3)], order=2)


def test_gradcheck_shows_both_numbers():
    def cut(x):
        return x * x.detach()

    with pytest.raises(GradientError, match=r"gradient says .* finite differences"):
        gradcheck(cut, [np.array([1.0, 2.0])])


@pytest.mark.parametrize(
    "name", ["exp", "tanh", "sigmoid", "softplus", "sinc", "erf", "arctan", "gelu", "silu", "mish"]
)
def test_smooth_functions_are_right_at_order_three(name):
    function = registry[name].call
    assert gradcheck(function, [np.linspace(-1.2, 1.3, 4)], order=3)


@pytest.mark.parametrize(
    "name", ["log", "sqrt", "cbrt", "rsqrt", "reciprocal", "gammaln", "log1p", "square", "exp2", "log2"]
)
def test_smooth_functions_of_positive_numbers_are_right_at_order_three(name):
    function = registry[name].call
    assert gradcheck(function, [np.linspace(1.0, 2.5, 4)], order=3)


# -- mutants -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["multiply", "divide", "softmax", "getitem", "concatenate", "matmul", "tanh", "logsumexp"]
)
def test_every_mutant_is_killed(name):
    score = mutation_score(registry[name])

    assert score.survivors == []
    assert score.killed >= 4


def test_a_proof_on_too_narrow_cases_lets_mutants_live():
    def only_tiny(d):
        return (np.full(2, 1e-5),)

    function = make(lambda g, x: 3.0 * g * x * x, lambda x: x * x * x, only_tiny)
    score = mutation_score(function)

    assert score.survivors


def test_the_rules_are_whole_again_after_a_mutation_run():
    rules = registry["multiply"].rules
    mutation_score(ag.multiply)

    assert registry["multiply"].rules is rules


def test_the_command_reports_a_sample(capsys):
    assert main(["--sample", "3"]) == 0
    assert "mutants" in capsys.readouterr().out


def test_terms_are_dropped_from_a_rule_that_was_written_in_a_notebook_too():
    cell = "@op(x=lambda g, x: g * (1 + 2 * x), cases=reals())\ndef bend_up(x):\n    return x + x * x\n"
    name = "<a cell of a notebook>"
    linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
    scope = {"__name__": "__main__", "op": op, "reals": reals}
    exec(compile(cell, name, "exec"), scope)
    try:
        score = mutation_score(scope["bend_up"])
    finally:
        del linecache.cache[name], registry["bend_up"]
    assert score.killed == score.total == 6  # negated, doubled, zeroed, shifted, and each term of the sum dropped
