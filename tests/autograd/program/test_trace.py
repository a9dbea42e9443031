import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd
import nn
from autograd import Tensor, TraceError, registry
from autograd.program.program import GradOf, GuardError, Pull, leaves
from autograd.program.trace import trace
from autograd.testing.case import Case

from .derivatives import RAGGED, close, derivative, either, elsewhere, forms

RNG = np.random.default_rng(0)
FEW = max(2, settings().max_examples // 20)


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(registry.keys() - RAGGED))
def test_every_op_traced_at_one_point_is_right_at_others(name):
    op = registry[name]

    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(either(op))
    def property(drawn):
        case = Case(op, *drawn)
        if not case.arrays:
            return
        for order in range(3 if op.differentiable else 1):
            f = derivative(case, order)
            with np.errstate(all="ignore"):
                for program in forms(case, order):
                    for arrays in elsewhere(case):
                        autograd.seed(0)
                        try:
                            expected = f(*map(Tensor, arrays))
                        except ValueError:
                            continue  # outside of its domain, such as a matrix that is not symmetric any more
                        try:
                            found = program.run(*arrays)
                        except GuardError:
                            continue  # it says so
                        assert close(found, expected), (order, str(program))

    property()


@pytest.mark.parametrize("name", sorted(RAGGED))
def test_what_the_values_say_the_length_of_has_no_program(name):
    sets = [np.array([1.0, 2.0, 2.0]), np.array([2.0, 3.0])][: 1 if name in ("trim_zeros", "unique") else 2]
    with pytest.raises(TraceError, match="as an array it would be what it is now"):
        trace(registry[name].call, *sets)


def test_a_program_lists_its_equations():
    program = trace(lambda x: (x * x).sum(), np.ones(3))

    assert [eqn.op.name for eqn in program.eqns] == ["multiply", "sum"]
    assert len(str(program).splitlines()) == 4
    assert program.eqns[0].line.startswith(__file__)


def test_a_branch_on_a_value_is_a_guard():
    program = trace(lambda x: x * 2 if x.sum() > 0 else -x, np.ones(2))

    assert [guard.how for guard in program.guards] == ["bool()"]
    assert program.run(np.array([3.0, 1.0]))[0].tolist() == [6.0, 2.0]
    with pytest.raises(GuardError, match=r"bool\(\) of .* was .*True.*, now it is .*False"):
        program.run(-np.ones(2))


@pytest.mark.parametrize(
    "escape",
    [
        lambda x: Tensor(np.sort(x.data)),
        lambda x: np.asarray(x) * 2,
        lambda x: Tensor(x.tolist()),
        lambda x: Tensor(x.numpy()),
        lambda x: autograd.ones(3) * Tensor(x),
    ],
)
def test_a_value_that_leaves_the_program_is_an_error_that_names_the_line(escape):
    with pytest.raises(TraceError, match=rf"of a traced value, float64 \(3,\), at .*{__name__.split('.')[-1]}.py:\d+"):
        trace(escape, np.ones(3))


def test_parameters_are_read_at_each_run():
    weight = Tensor(np.ones(2), requires_grad=True)
    program = trace(lambda x: x @ weight, np.ones(2))
    weight.data = np.array([1.0, 10.0])

    assert program.run(np.ones(2))[0] == 11.0


def test_a_training_step_is_a_program_and_leaves_no_trace_of_itself():
    weight = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    buffer = Tensor(np.zeros(2))

    def step(x):
        loss = ((weight * x) ** 2).sum()
        loss.backward()
        with autograd.no_grad():
            weight.__isub__(0.5 * weight.grad)
            buffer.__iadd__(x)
        return loss

    program = trace(step, np.ones(2))
    written = {id(target): var for target, var in program.writes if isinstance(target, Tensor)}

    assert weight.grad is None
    assert weight.data.tolist() == [1.0, 2.0]
    assert buffer.data.tolist() == [0.0, 0.0]
    assert set(written) == {id(weight), id(buffer)}
    assert [target.leaf is weight._node for target, _ in program.writes if isinstance(target, GradOf)] == [True]


def test_gradients_from_before_add_up_in_a_program_too():
    weight = Tensor(np.ones(2), requires_grad=True)
    weight.grad = np.full(2, 5.0)
    program = trace(lambda x: (weight * x).sum().backward(), np.ones(2))
    (_, var), *_ = program.writes
    program.outs = [var]

    assert weight.grad.data.tolist() == [5.0, 5.0]
    assert program.run(np.array([1.0, 2.0]))[0].tolist() == [6.0, 7.0]


def test_random_numbers_are_drawn_at_each_run():
    program = trace(lambda x: nn.functional.dropout(x, 0.5), np.ones(100))
    autograd.seed(1)
    drawn = program.run(np.ones(100))[0]
    autograd.seed(1)

    assert np.array_equal(drawn, nn.functional.dropout(Tensor(np.ones(100)), 0.5).data)
    assert not np.array_equal(drawn, program.run(np.ones(100))[0])


@pytest.mark.parametrize("whole", [True, False])
def test_what_a_fused_op_draws_is_drawn_at_each_run(whole):
    def f(q):
        return (autograd.attention(q, q, q, dropout=0.5) ** 2).sum()

    x = RNG.normal(size=(4, 6, 3))
    program = trace(autograd.grad(f), x, whole=lambda op: whole)
    for seed in (1, 2):
        autograd.seed(seed)
        found = program.run(x)[0]
        autograd.seed(seed)
        assert np.allclose(found, autograd.grad(f)(x), 1e-12, 1e-12)


def test_a_fused_op_is_one_equation_with_one_for_its_kernel_or_many():
    layer = nn.LayerNorm(4)
    x = RNG.normal(size=(2, 4)).astype(np.float32)

    def step(x):
        (layer(x) ** 2).sum().backward()

    whole = trace(step, x, whole=lambda op: True)
    small = trace(step, x)

    assert [eqn.op.name for eqn in whole.eqns if eqn.op.name.startswith("layer_norm")] == [
        "layer_norm",
        "layer_norm_backward",
    ]
    assert any(isinstance(eqn.op, Pull) for eqn in whole.eqns)
    assert "layer_norm" not in {eqn.op.name for eqn in small.eqns}


def test_variables_are_assigned_once_and_before_they_are_used():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))

    def step(x):
        loss = (model(x) ** 2).mean()
        loss.backward()
        return loss

    program = trace(step, RNG.normal(size=(5, 3)).astype(np.float32))
    known = {*program.inputs, *program.captured}
    for eqn in program.eqns:
        assert known.issuperset(eqn.vars())
        assert known.isdisjoint(eqn.outs)
        known.update(eqn.outs)
    assert known.issuperset(leaves(program.results()))


def test_modes_are_as_they_were_after_an_error_in_a_trace():
    with pytest.raises(ZeroDivisionError):
        trace(lambda x: 1 / 0, np.ones(2))

    assert autograd.is_grad_enabled()
    assert (Tensor([1.0, 2.0]) * 2).__class__ is Tensor
