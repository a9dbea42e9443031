"""The proof is itself proven: each kind of wrong derivative must turn it red."""

import linecache

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, op, registry
from autograd.ops import normalize, recurrent
from autograd.ops.cases import reals
from autograd.ops.declare import op as declare
from autograd.testing import GradientError, check_op, gradcheck, mutation_score
from autograd.testing.mutation import _broken_reference, _broken_rules, _collect, main


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


# -- a fused op: a kernel and the composition it stands for ----------------------------------------------


def scaled(x):
    y = 3.0 * x
    return y * x, y


def kernel(g, y_kept, needs):
    out = g * y_kept
    out += doubling(g, y_kept)
    return (out,)


def doubling(g, slope):
    part = np.empty_like(g)
    np.multiply(g, slope, out=part)
    part += 0.0 * slope
    return part


def fused(joint=kernel, reference=lambda x: 3.0 * x * x, forward=scaled):
    """An op of one input with this kernel and reference, unguarded as ours are, kept out of the registry."""
    function = declare(
        joint=joint, reference=reference, kept=("y_kept",), inputs=("x",), cases=reals(0.5, 2), name="under_test"
    )(forward)
    registry.pop("under_test")
    return function


def test_a_right_fused_op_passes():
    check_op(fused())


def test_a_wrong_kernel_is_caught():
    with pytest.raises(AssertionError):
        check_op(fused(lambda g, y_kept: (g * y_kept,)))


@pytest.mark.parametrize("factor", [2.0, -3.0, 3.0 + 1e-6])
def test_a_reference_of_another_value_is_caught(factor):
    with pytest.raises(AssertionError):
        check_op(fused(reference=lambda x: factor * x * x))


def test_a_reference_that_is_right_but_for_a_constant_is_caught_by_its_value():
    with pytest.raises(AssertionError, match="the reference of under_test"):
        check_op(fused(reference=lambda x: 3.0 * x * x + 0.5))


def test_a_reference_that_hides_a_part_from_the_sweep_is_caught():
    with pytest.raises(AssertionError):
        check_op(fused(reference=lambda x: 3.0 * x * getattr(x, "data", x)))


def test_a_reference_that_is_wrong_only_at_order_two_is_caught():
    """Its gradient is right, and does not depend on x; the second order is that of the kernel's gradient."""

    def reference(x):
        constant = x.data if isinstance(x, Tensor) else x
        return 6.0 * constant * x - 3.0 * constant * constant

    check_op(fused(reference=reference), order=1)
    with pytest.raises(AssertionError, match="order 2"):
        check_op(fused(reference=reference), order=2)


@pytest.mark.parametrize("at", ["g", "x", "y", "y_kept"])
def test_a_kernel_of_ours_that_writes_to_what_it_is_given_is_caught(at):
    def greedy(g, x, y, y_kept):
        right = 2.0 * g * y_kept
        given = {"g": g, "x": x, "y": y, "y_kept": y_kept}[at]
        given *= 1.0
        return (right,)

    with pytest.raises(AssertionError, match="writes to what it was given"):
        check_op(fused(greedy))


# -- mutants -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("multiply", "divide", "softmax", "getitem", "concatenate", "matmul", "tanh", "logsumexp"),
        *("attention", "batch_norm", "group_norm", "layer_norm", "rms_norm", "ctc"),
    ],
)
def test_every_mutant_is_killed(name):
    score = mutation_score(registry[name])

    assert score.survivors == []
    assert score.killed >= 4


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_every_mutant_is_killed_where_backward_takes_several_blocks_of_steps(name, monkeypatch):
    whole = mutation_score(registry[name])
    monkeypatch.setattr(recurrent, "BLOCK", 1)
    check_op(registry[name])
    score = mutation_score(registry[name])

    assert whole.survivors == score.survivors == []
    assert score.killed > whole.killed  # what adds up the blocks is broken, too


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["layer_norm", "rms_norm", "batch_norm", "group_norm"])
def test_every_mutant_is_killed_where_there_are_several_blocks_of_rows(name, monkeypatch):
    monkeypatch.setattr(normalize, "BLOCK", 1)
    check_op(registry[name])

    assert mutation_score(registry[name]).survivors == []


def test_each_input_of_a_joint_rule_is_broken_by_itself():
    def joint(g, a, b):
        return g * b, g * a

    product = op(joint=joint, inputs=("a", "b"), cases=(reals(1, 2), reals(1, 2)), name="product")(lambda a, b: a * b)
    registry.pop("product")
    names = [name for name, _ in _broken_rules(product.op)]

    assert names == [f"{i} {how}" for i in "ab" for how in ("negated", "doubled", "zeroed", "shifted")]


def test_terms_of_a_kernel_its_helpers_and_its_reference_are_dropped():
    function = fused(reference=lambda x: 2.0 * x * x + x * x)
    broken = [*_broken_rules(function.op), *_broken_reference(function.op, _collect(function.op, 2))]
    names = {name for name, _ in broken}

    assert "kernel: `out += doubling(g, y_kept)` became `pass`" in names
    assert "doubling: `np.multiply(g, slope, out=part)` became `np.positive(g, out=part)`" in names
    assert "doubling: `np.multiply(g, slope, out=part)` became `np.positive(slope, out=part)`" in names
    assert "doubling: `part += 0.0 * slope` became `pass`" in names
    assert "<lambda>: `2.0 * x * x + x * x` became `x * x`" in names
    score = mutation_score(function)
    assert score.survivors == []
    assert score.total == len(names) - 1  # to add 0.0 changes nothing


def test_what_the_forward_function_calls_too_is_not_broken_as_a_part_of_the_rule():
    def forward(x):
        return doubling(x, x) * 1.0, 1.0 * x

    function = fused(lambda g, y_kept: (2.0 * doubling(g, y_kept),), lambda x: x * x, forward)

    assert not any("doubling" in name for name, _ in _broken_rules(function.op))
    assert mutation_score(function).survivors == []


def test_a_rule_made_by_a_function_is_broken_with_the_names_that_it_is_closed_over():
    def ruled(factor):
        return lambda g, x: factor * g * x + factor * g * x

    score = mutation_score(make(ruled(1.0)))

    assert score == (6, 6, [])


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


def test_domains_are_those_of_inputs_and_settings_keep_their_defaults():
    @op(x=lambda g, k: g * k, cases=reals(-2, 2))
    def scale(x, k=2.0):
        return x * k

    check_op(scale.op)
