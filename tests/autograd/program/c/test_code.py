import multiprocessing
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

import autograd
import nn
import optim
from autograd import Tensor, registry
from autograd.program.c import code, whole
from autograd.program.c.fuse import Call
from autograd.program.passes import optimise
from autograd.program.program import GuardError
from autograd.program.trace import trace

from ..derivatives import RAGGED, arrays_of, attempt, either, programs, same_bits
from ..test_plan import functions
from .conftest import needs_compiler

pytestmark = needs_compiler
FEW = max(2, settings().max_examples // 25)
RNG = np.random.default_rng(0)


def same(found, expected, precision=np.float64):
    """Whether results agree up to rounding, nan and infinities alike."""
    errors = [[r for r in results if isinstance(r, str)] for results in (found, expected)]
    if any(errors):
        return errors[0] == errors[1]
    return all(near(a, b, precision) for a, b in zip(arrays_of(found), arrays_of(expected), strict=True))


def near(a, b, precision):
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        return False
    if a.dtype.kind not in "fc":
        return np.array_equal(a, b)
    scale = np.max(np.abs(b), where=np.isfinite(b), initial=1.0)
    return np.allclose(a, b, 0, 1e3 * max(np.finfo(t).eps for t in (a.dtype, precision)) * scale, equal_nan=True)


def in_c(f, *arrays):
    return code.Code(optimise(trace(f, *arrays, whole=whole)), {})


@pytest.mark.no_cover
@pytest.mark.usefixtures("together")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(registry.keys() - RAGGED))
def test_every_op_in_c_is_the_op(name):
    op, runs = registry[name], []

    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(either(op))
    def draw(drawn):
        runs.extend((program, code.Code(program, {}), rounds) for program, rounds in programs(op, drawn))

    with np.errstate(all="ignore"):
        draw()
        for program, run, rounds in runs:
            for arrays in (rounds[0], *rounds):
                expected, found = attempt(program.run, arrays), attempt(run, arrays)
                assert same(found, expected), (program, run.text)


@pytest.mark.usefixtures("quick")
@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(functions(), st.sampled_from([(3, 5), (1, 4), (40, 6), (0, 3), (3, 9000)]))
def test_random_programs_in_c_are_right(f, shape):
    xs = [RNG.normal(size=shape), RNG.normal(size=shape).astype(np.float32)]
    program = trace(f, *xs)
    with np.errstate(all="ignore"):
        for given_program in (program, optimise(program)):
            run = code.Code(given_program, {})
            for k in range(1, 4):
                arrays = [k * x for x in xs]
                results = attempt(run, arrays)
                assert same(results, attempt(program.run, arrays), np.float32), (program, run.text)
                for i, r in enumerate(results):  # which are the caller's: nothing else lies there
                    others = [*arrays, *results[:i]]
                    assert not any(np.may_share_memory(r, x) for x in others if isinstance(x, np.ndarray))
                    if isinstance(r, np.ndarray):
                        r[...] = 77


def test_what_stands_in_the_text_depends_on_the_program_alone():
    def f(x):
        return [x + 1, x @ x, (x * 2).sum(0), autograd.exp(x), x.sum(1)]

    texts = {in_c(f, RNG.normal(size=(3, 3))).text for _ in range(20)}

    assert len(texts) == 1


@pytest.mark.parametrize("asked", ["", "0", "-1", "3,2", "many"])
def test_any_number_of_threads_that_is_asked_for_is_understood(asked, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    monkeypatch.delattr(code.os, "sched_getaffinity")  # as where there is none

    assert code.threads() == (3 if asked == "3,2" else code.os.cpu_count())


# -- kernels -------------------------------------------------------------------------------------------


def kinds(run):
    return [type(step).__name__ for step in run.steps]


def test_a_layer_norm_and_its_gradient_go_through_each_row_in_one_kernel_each():
    layer = nn.LayerNorm(64)
    x = RNG.normal(size=(32, 64)).astype(np.float32)
    run = in_c(lambda x: layer(x), x)

    assert kinds(run) == ["Kernel"]
    assert same(run(x), [layer(x)])
    assert kinds(in_c(autograd.grad(lambda x: (layer(x) ** 2).sum()), x)).count("Kernel") <= 2


def test_sums_along_leading_trailing_middle_and_all_axes_are_right():
    x = RNG.normal(size=(6, 70, 90)).astype(np.float32)
    axes = [None, 0, 1, 2, (0, 1), (1, 2), (0, 2)]

    def f(x):
        y = x * 1.5
        below = [y - y.max(a, keepdims=True) for a in axes]
        return [r for a, z in zip(axes, below) for r in (y.sum(a), y.max(a), z.min(a), autograd.exp(y).sum(a))]

    assert same(in_c(f, x)(x), [r.data for r in f(Tensor(x))])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_extremes_do_not_lose_what_is_not_finite(value):
    x = RNG.normal(size=(50, 100))
    x[7, 41] = value

    def f(x):
        return [e for axis in (None, 0, 1) for e in (x.max(axis), x.min(axis))]

    assert same_bits(in_c(f, x)(x), f(Tensor(x)))


def test_matrix_products_take_transposed_broadcast_and_sliced_operands():
    a, b = RNG.normal(size=(4, 30, 20)), RNG.normal(size=(20, 50))

    def f(a, b):
        turned = a.swapaxes(1, 2)
        return [
            a @ b,
            turned @ a,
            a[:, ::2] @ b,
            a[:, :, ::2] @ b[::2],
            (b.T @ turned)[0],
            a[0] @ b[:, 1:2],
            a[:1] @ turned,
        ]

    for dtype in (np.float64, np.float32):
        arrays = [a.astype(dtype), b.astype(dtype)]
        run = in_c(f, *arrays)
        assert kinds(run).count("Product") == 7
        assert same(run(*arrays), f(*map(Tensor, arrays)))


def test_large_work_is_shared_and_which_thread_did_what_changes_no_bit(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    x = RNG.normal(size=(900, 1100)).astype(np.float32)
    run = in_c(lambda x: [autograd.exp(x).sum(), autograd.sin(x).sum(0), (x @ x.T).sum(1)], x)
    first, wrong = run(x), []

    def work():
        wrong.extend(k for k in range(20) if not same_bits(run(x), first))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong
    assert "share(" in run.text


def test_a_forked_process_runs_what_was_compiled_before(monkeypatch):
    x = RNG.normal(size=(900, 1100))
    run = in_c(lambda x: autograd.exp(x).sum(), x)
    expected = run(x)[0]
    context = multiprocessing.get_context("fork")
    found = context.SimpleQueue()
    child = context.Process(target=lambda: found.put(run(x)[0]))
    child.start()
    child.join(60)

    assert child.exitcode == 0
    assert found.get() == expected


def test_a_thread_may_have_a_small_stack():
    x = RNG.normal(size=(4, 8192))

    def f(x):
        parts = [autograd.exp(x * (0.01 * k)) for k in range(12)]
        total = sum(parts).sum(1, keepdims=True)
        return sum(part / total for part in parts)

    def on_a_small_stack():
        threading.stack_size(512 * 1024)
        thread = threading.Thread(target=run, args=(x,))
        thread.start()
        thread.join()

    run = in_c(f, x)
    child = multiprocessing.get_context("fork").Process(target=on_a_small_stack)
    child.start()
    child.join(60)

    assert kinds(run) == ["Kernel"]
    assert child.exitcode == 0
    assert same(run(x), [f(Tensor(x)).data])


# -- what is written over, guards, chance --------------------------------------------------------------


def test_a_step_of_adam_writes_parameters_and_moments_in_place():
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = optim.Adam(model.parameters())
    x, y = RNG.normal(size=(6, 5)).astype(np.float32), RNG.integers(0, 3, 6)

    @autograd.compile(backend="c")
    def step(x, y):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    step(x, y)
    (entries,) = step.entries.values()
    before = [p._array for p in model.parameters()]
    step(x, y)

    assert all(p._array is b for p, b in zip(model.parameters(), before))
    assert len(entries[0].forward.over) == 3 * 4


def test_what_is_written_over_has_been_read_before():
    a, b = Tensor(np.arange(3.0)), Tensor(np.arange(3.0) + 10)
    program = trace(lambda x: [b + 0 * x, a + 1, b * x], np.ones(3))
    over = {id(v.source): v for v in program.captured}
    run = code.Code(program, {0: over[id(a)], 1: over[id(b)]})
    found = run(np.ones(3))

    assert same(found, [np.arange(3.0) + 10, np.arange(3.0) + 1, np.arange(3.0) + 10])


def written_over(f, target, x):
    """What a function in C gives that writes its last result over a Tensor, and what it is."""
    program = trace(f, x)
    expected = [r.copy() for r in program.run(x)]
    run = code.Code(program, {len(program.outs) - 1: next(v for v in program.captured if v.source is target)})
    return run(x), expected


@pytest.mark.parametrize("place", [np.s_[0:1, 0], np.s_[0:1, 0:1], np.s_[0, 0, ...]])
def test_an_argument_may_be_a_part_of_what_is_written_over(place):
    weight = Tensor(np.full((3, 20000), 2.0))

    assert same(*written_over(lambda x: weight * x, weight, weight.data[place]))


def test_a_sum_may_be_what_is_written():
    a, total = Tensor(RNG.normal(size=(4, 3))), Tensor(np.zeros(3))

    assert same(*written_over(lambda x: [total * x, (a * a).sum(0)], total, np.ones(3)))


def test_a_branch_that_would_not_be_taken_again_is_an_error_and_nothing_is_written():
    weight = Tensor(np.ones(3))
    program = trace(lambda x: [weight * x if x.sum() > 0 else x], np.ones(3))
    run = code.Code(program, {0: next(v for v in program.captured if v.source is weight)})

    assert run(np.ones(3))[0].tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(GuardError, match=r"bool\(\) of .* was"):
        run(-np.ones(3))
    assert weight.data.tolist() == [1.0, 1.0, 1.0]


def test_chance_is_drawn_anew_and_in_the_order_of_the_function():
    def f(x):
        a = autograd.rand(3)
        return [nn.functional.dropout(x * 2, 0.5), a, autograd.randn(2) + x[:2]]

    x = np.ones(3)
    fast = autograd.compile(f, backend="c")
    autograd.seed(0)
    expected = [f(Tensor(x)) for _ in range(3)]
    autograd.seed(0)

    for results in expected:
        assert same(fast(Tensor(x)), results)


def test_derivatives_of_a_function_in_c_are_its_own_at_any_order():
    def f(x):
        return (autograd.sin(x) * autograd.exp(-x * x)).sum()

    def power(f, order):
        return f if order == 0 else power(lambda x: autograd.grad(f)(x).sum(), order - 1)

    fast, x = autograd.compile(f, backend="c"), RNG.normal(size=4)
    for order in range(4):
        assert np.allclose(power(fast, order)(Tensor(x)).data, power(f, order)(Tensor(x)).data, 1e-12)


@pytest.mark.parametrize(
    "index",
    [
        (slice(None), slice(8, None)),
        (slice(1, 2), slice(3, 9)),
        (1,),
        (1, 2, 3),
        (Ellipsis, -1),
        (slice(None), 3, None, slice(5, 6)),
        (slice(None, None, -1),),
        (slice(None), slice(None, None, 2)),
        (slice(2, 2),),
        (slice(None), [3, 1]),
    ],
)
def test_an_array_among_zeros_is_read_in_its_place(index):
    shape = (2, 12, 6)
    x = RNG.normal(size=np.empty(shape)[index].shape)
    y = RNG.normal(size=shape)

    def f(x, y):
        among = autograd.unindex(x * 2, shape, index)
        return [among + y, among.sum((0, 2)), autograd.exp(among).sum(), (among.swapaxes(0, 2) @ y.swapaxes(0, 2).mT)]

    run = in_c(f, x, y)

    called = {step.eqns[0].op.name for step in run.steps if isinstance(step, Call)}
    assert ("unindex" in called) is (isinstance(index[-1], list) or x.size == 0 or is_stepped(index))
    assert all(np.allclose(a, b, 1e-13, 1e-13) for a, b in zip(run(x, y), trace(f, x, y).run(x, y), strict=True))


def is_stepped(index):
    return any(isinstance(part, slice) and part.step is not None for part in index)


def test_an_element_of_an_array_is_read_in_its_place():
    x = RNG.normal(size=4)

    def f(x):
        return x[0] * x[1] + x[-1] + x[1:][1]

    run = in_c(autograd.value_and_grad(f), x)
    value, slope = run(x)

    assert not any(isinstance(step, Call) for step in run.steps)
    np.testing.assert_allclose(value, x[0] * x[1] + x[3] + x[2])
    np.testing.assert_allclose(slope, [x[1], x[0], 1.0, 1.0])
    same_element = in_c(lambda x: [x[2]], x)(x)[0]
    assert same_element == x[2]
    assert not np.may_share_memory(same_element, x)


def test_parts_of_an_array_are_joined_in_one_kernel():
    x = RNG.normal(size=(4, 9, 70))

    def f(x):
        a, b, c = x[:, :2] * 3, x[:, 2:5] ** 2, x[:, 5:]
        return (a.sum() + (b * b).sum() + autograd.exp(c).sum(),)

    run = in_c(autograd.grad(lambda x: f(x)[0]), x)

    assert not any(isinstance(step, Call) for step in run.steps)
    assert np.allclose(run(x)[0], autograd.grad(lambda x: f(x)[0])(x))
