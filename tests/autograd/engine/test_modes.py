"""The switches as blocks and as decorators, and that an interrupt leaves them as they were."""

import asyncio

import numpy as np
import pytest

import autograd
from autograd import (
    Tensor,
    detect_anomaly,
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
    source_lines,
)
from autograd.engine import sweep
from autograd.engine.modes import RECORD, Observer, mode


def leaf(value):
    return Tensor(value, requires_grad=True)


def recorded(t):
    return t.requires_grad


@pytest.mark.parametrize("switch", [no_grad, no_grad()], ids=["no_grad", "no_grad()"])
def test_a_switch_decorates_functions_generators_and_coroutines_with_and_without_parentheses(switch):
    x = leaf(2.0)

    @switch
    def plain(x):
        """Its own words."""
        return x * 3

    @switch
    def generator():
        got = yield x * 3
        yield got * 3
        return "end"

    @switch
    async def coroutine():
        await asyncio.sleep(0)
        return x * 3

    @switch
    async def steps():
        yield x * 3
        await asyncio.sleep(0)
        yield x * 4

    async def gather():
        return [t async for t in steps()]

    g = generator()
    found = [plain(x), next(g), g.send(x), asyncio.run(coroutine()), *asyncio.run(gather())]
    with pytest.raises(StopIteration) as end:
        next(g)

    assert not any(map(recorded, found))
    assert [t.item() for t in found] == [6, 6, 6, 6, 6, 8]
    assert end.value.value == "end"
    assert plain.__doc__ == "Its own words."
    assert recorded(x * 3)


def test_between_two_steps_of_a_decorated_generator_the_callers_own_switches_hold():
    x = leaf(2.0)

    @no_grad
    def generator():
        yield x * 3
        yield x * 4

    @enable_grad
    def on():
        yield x * 5

    for inside in generator():
        assert not recorded(inside)
        assert recorded(x * 3)
    with no_grad():
        assert recorded(next(on()))
        assert not recorded(x * 3)


def test_what_is_thrown_into_a_decorated_generator_arrives_inside_it():
    ended = []

    @no_grad
    def generator():
        try:
            yield 1
        except ValueError:
            yield "caught"
        finally:
            ended.append(mode.get() & RECORD)

    g = generator()
    next(g)
    assert g.throw(ValueError) == "caught"
    g.close()

    @no_grad
    async def steps():
        try:
            yield 1
        except ValueError:
            yield "caught"

    async def throw():
        s = steps()
        await s.asend(None)
        caught = await s.athrow(ValueError)
        await s.aclose()
        return caught

    assert asyncio.run(throw()) == "caught"
    assert ended == [0]
    assert mode.get() & RECORD


def test_an_asynchronous_generator_that_is_left_in_a_block_says_nothing_when_it_is_closed_elsewhere():
    seen = []

    async def left():
        with no_grad():
            for i in range(3):
                yield i

    async def main():
        async for _ in left():
            break
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: seen.append(context))
    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()

    assert seen == []


@pytest.mark.parametrize("watcher", [detect_anomaly, detect_anomaly()], ids=["bare", "called"])
def test_an_observer_decorates_generators_too(watcher):
    @watcher
    def generator():
        yield Tensor(-1.0).sqrt()

    with pytest.raises(autograd.AnomalyError):
        next(generator())


def test_source_lines_decorates_without_parentheses():
    @source_lines
    def f(x):
        return x * 2

    assert f(leaf(1.0))._node.line.name == "f"


def test_an_interrupt_at_any_line_of_the_sweep_leaves_modes_locks_and_gradients_whole(interrupted):
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])

    def prepare():
        x.grad = w.grad = None
        (x * w).sum().backward()
        return ((x * w).sum() + (w * w).sum()).backward

    def check():
        assert mode.get() & RECORD
        assert (x.grad.tolist(), w.grad.tolist()) in (([3.0, 4.0], [1.0, 2.0]), ([6.0, 8.0], [8.0, 12.0]))
        (x * 1).sum().backward()  # would wait for ever on a lock that was left taken

    assert interrupted([sweep], prepare, check) > 100


def test_a_nan_that_arguments_of_text_led_to_is_explained_too():
    logits = autograd.tensor([[np.nan, 1.0]], requires_grad=True)
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError, match="cross_entropy made a nan out of"):
        autograd.cross_entropy(logits, np.array([1]), "mean", ignore_index=0)


def test_an_observer_sees_arguments_given_by_name_in_their_places():
    class Watcher(Observer):
        def called(self, op, operands, out, node):
            seen.append(operands[2:])

    seen = []
    with Watcher():
        autograd.cross_entropy(Tensor([[0.0, 0.0]]), np.array([1]), ignore_index=0)

    assert seen == [["mean", None, 0, 0.0]]


def test_recording_is_switched_at_once_and_back():
    set_grad_enabled(False)
    try:
        assert not is_grad_enabled()
        assert not (Tensor(2.0, requires_grad=True) * 3).requires_grad
    finally:
        set_grad_enabled(True)
    assert is_grad_enabled()


@pytest.mark.parametrize("outer", [no_grad, enable_grad])
@pytest.mark.parametrize("switch", [set_grad_enabled, inference_mode])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_block_ends_with_what_was_before(outer, switch, recorded):
    record = recorded if switch is set_grad_enabled else not recorded
    with outer():
        before = is_grad_enabled()
        with switch(recorded):
            assert is_grad_enabled() == record
        assert is_grad_enabled() == before
        block = switch(recorded)
        with block, block:
            assert is_grad_enabled() == record
    assert is_grad_enabled()


@pytest.mark.parametrize("switch", [lambda: set_grad_enabled(False), inference_mode, lambda: inference_mode])
def test_a_decorated_function_alone_is_switched(switch):
    decorated = switch()(is_grad_enabled)

    assert is_grad_enabled()
    assert [decorated(), decorated()] == [False, False]
    assert is_grad_enabled()
