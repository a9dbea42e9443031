"""The sweep taken down: the engine's own steps, in its order, with its numbers, and nothing changed by looking."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import autograd as ag
from autograd import GraphError, Tensor, gradients
from autograd.engine.modes import Observer
from autograd.engine.node import Leaf, Many, Output
from autograd.engine.sweep import Walk, backprop
from autograd.viz.trace import trace


def program(seed):
    """Some output, its leaves, and values on the way: scalars, arrays, broadcasting, re-use, several outputs."""
    rng = np.random.default_rng(seed)
    w = Tensor(rng.uniform(0.5, 1.5, (3, 3)), requires_grad=True)
    b = Tensor(rng.uniform(0.5, 1.5, 3), requires_grad=True)
    h = ag.tanh(w @ w.T + b) * b
    q, r = ag.qr(h + 3.0 * np.eye(3))
    y = ag.concatenate([ag.softmax(q * r + b).ravel(), ag.prelu(h, b[:1]).ravel(), b])
    return (y * y).sum() + h.sum(), [w, b], [h, q, r, y]


def watched(output):
    """What `backprop` itself shows to one who watches it, without any of `trace`."""
    seen = []
    walk = Walk([output._node])

    class Watcher(Observer):
        def contributed(self, node, position, g, part, so_far):
            before = None if so_far is None else np.array(so_far)
            seen.append((node, node.inputs[position], position, np.array(part), before))

    with Watcher():
        backprop({output._node: np.float64(1.0)}, list(walk.leaves), retain_graph=True, walk=walk)
    return seen


def uses_of(found):
    return [(step, use) for step in found.steps for use in step.uses]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_its_steps_are_those_of_the_engine_in_order_and_value(seed):
    output, _, _ = program(seed)
    expected = watched(output)
    found = uses_of(trace(output))

    assert [(s.node, u.parent, u.position) for s, u in found] == [(n, p, i) for n, p, i, _, _ in expected]
    for (_, use), (_, _, _, term, before) in zip(found, expected):
        np.testing.assert_array_equal(use.term, term, strict=True)
        assert (use.before is None) == (before is None)
        if before is not None:
            np.testing.assert_array_equal(use.before, before, strict=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_before_and_term_make_after_and_after_is_the_next_before(seed):
    output, leaves, inner = program(seed)
    found = trace(output)
    sums = {}
    for _, use in uses_of(found):
        np.testing.assert_array_equal(use.after, use.term if use.before is None else use.before + use.term)
        np.testing.assert_array_equal(sums.get(use.parent), use.before)
        sums[use.parent] = use.after
    for tensor in [*leaves, *inner]:
        expected = gradients(output, tensor, retain_graph=True).data
        np.testing.assert_array_equal(found.grads[tensor._node], expected, strict=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 5))
def test_of_one_node_it_notes_what_the_whole_sweep_gives_to_it(seed, which):
    output, leaves, inner = program(seed)
    node = [*leaves, *inner][which]._node
    every = [use for _, use in uses_of(trace(output)) if use.parent is node]
    one = trace(output, to=node)

    assert [u.position for _, u in uses_of(one)] == [u.position for u in every]
    for (_, use), expected in zip(uses_of(one), every):
        np.testing.assert_array_equal(use.term, expected.term)
        np.testing.assert_array_equal(use.after, expected.after)
    np.testing.assert_array_equal(one.grads[node], every[-1].after)


def test_each_step_has_the_finished_cotangent_of_its_node():
    output, _, inner = program(0)
    found = trace(output)
    steps = {step.node: step for step in found.steps}
    expected = [gradients(output, t, retain_graph=True).data for t in inner]

    np.testing.assert_array_equal(steps[inner[0]._node].g, expected[0])
    (many,) = (step for step in found.steps if isinstance(step.node, Many))
    assert isinstance(inner[1]._node, Output)
    np.testing.assert_array_equal(many.g[0], expected[1])
    np.testing.assert_array_equal(many.g[1], expected[2])


# -- nothing changes by looking ------------------------------------------------------------------------


def test_grads_of_leaves_of_retained_results_and_of_small_nodes_stay_as_they_were():
    x = Tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    h.retain_grad()
    loss = h.sum()
    loss.backward(retain_graph=True)
    kept = x.grad.data.copy(), h.grad.data.copy()
    before = {node: node.grad for node in Walk([loss._node]).order}

    trace(loss, 10.0)

    assert all(node.grad is grad for node, grad in before.items())
    np.testing.assert_array_equal(x.grad.data, kept[0])
    np.testing.assert_array_equal(h.grad.data, kept[1])
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, 2 * kept[0])


def test_what_it_keeps_is_its_own():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x + x).sum()
    found = trace(y)
    for _, use in uses_of(found):
        use.term[...] = 99.0
        use.after[...] = 99.0
    y.backward()

    np.testing.assert_array_equal(x.grad.data, [2.0, 2.0])


def test_hooks_act_as_they_do_in_backward():
    x = Tensor(2.0, requires_grad=True)
    h = x * 3.0
    h.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g + 1)
    found = trace(h * 1.0)

    assert [float(u.term) for _, u in uses_of(found)] == [1.0, 30.0]
    assert found.grads[h._node] == 10.0
    assert found.grads[x._node] == 31.0
    (h * 1.0).backward()
    assert x.grad.item() == 31.0


def test_it_works_under_no_grad_and_records_nothing():
    x = Tensor(2.0, requires_grad=True)
    y = ag.sin(x) * x
    with ag.no_grad():
        found = trace(y)
    with ag.detect_anomaly():
        again = trace(y)

    assert found.grads[x._node] == again.grads[x._node] == gradients(y, x).data
    assert all(not isinstance(u.term, Tensor) for _, u in uses_of(found))


# -- what can be traced --------------------------------------------------------------------------------


def test_nan_and_inf_are_shown_not_raised():
    x = Tensor([0.0, -1.0], requires_grad=True)
    with np.errstate(all="ignore"):
        y = ag.sqrt(x).sum()

    with ag.detect_anomaly():
        found = trace(y)
    assert np.isinf(found.grads[x._node][0])
    assert np.isnan(found.grads[x._node][1])


def test_the_record_of_a_gradient_is_traced_as_any_other():
    x = Tensor(2.0, requires_grad=True)
    slope = gradients(x**3, x, create_graph=True)

    assert trace(slope).grads[x._node] == 12.0


def test_several_outputs_start_with_the_sum_of_their_seeds():
    x = Tensor(2.0, requires_grad=True)
    y = x * x
    found = trace([y, x * 3.0, y])

    assert found.seeds[y._node] == 2.0
    assert found.grads[x._node] == 2 * 4.0 + 3.0


def test_a_gradient_may_be_a_tensor_an_array_or_left_out():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 3.0

    for given_, expected in ((Tensor([1.0, 10.0]), [3.0, 30.0]), (np.array([1.0, 10.0]), [3.0, 30.0]), (None, [3, 3])):
        found = trace(y, given_)
        np.testing.assert_array_equal(found.grads[x._node], expected)
        assert not issubclass(trace(y, given_, keep=type).steps[0].g, Tensor)


def test_keep_is_applied_to_all_that_is_kept():
    x = Tensor(np.ones((50, 50)), requires_grad=True)
    found = trace((x * x).sum(), keep=np.shape)

    assert set(found.grads.values()) == {(), (50, 50)}
    assert {u.term for _, u in uses_of(found)} == {(50, 50)}


def test_advice_on_what_was_freed_goes_by_the_record_and_not_by_the_words_of_an_error():
    x = Tensor(np.ones(20), requires_grad=True, name="freed")
    output = (x * x).sum()
    with ag.no_grad():
        x.data = np.zeros(20)

    with pytest.raises(GraphError, match="draw: the leaf 'freed' was changed") as caught:
        trace(output, what="draw")
    assert "before backward" not in str(caught.value)


def test_a_freed_record_and_a_node_that_is_not_below_say_who_needs_them():
    x, other = Tensor(2.0, requires_grad=True), Tensor(2.0, requires_grad=True, name="other")
    y = x * x
    with pytest.raises(GraphError, match="player: the output does not depend on other"):
        trace(y, what="player", to=other._node)
    y.backward()
    with pytest.raises(GraphError, match=r"player: .*freed by an earlier backward.*call player before backward"):
        trace(y, what="player")
    assert isinstance(x._node, Leaf)


# -- the local derivative ------------------------------------------------------------------------------


def local(y):
    """The local derivatives of the last operation, by the input's position."""
    step = trace(y).steps[0]
    return {use.position: use.local for use in step.uses}


def test_the_local_derivative_of_scalars_is_a_number():
    a, b = Tensor(2.0, requires_grad=True), Tensor(5.0, requires_grad=True)

    assert local(a * b) == {0: 5.0, 1: 2.0}
    assert local(a - b) == {0: 1.0, 1: -1.0}
    assert local(ag.exp(a))[0] == pytest.approx(np.exp(2.0))


def test_with_broadcasting_it_is_one_factor_for_each_element_of_the_output():
    a, b = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True), Tensor([1.0, 2.0, 3.0], requires_grad=True)
    found = local(a * b)

    np.testing.assert_array_equal(found[0], [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(found[1], a.data)


@pytest.mark.parametrize("name", ["relu", "gelu", "silu", "softplus", "clip"])
def test_what_is_declared_in_full_but_works_element_by_element_has_one_too(name):
    x = Tensor(np.array([-1.5, -0.3, 0.4, 2.0]), requires_grad=True)
    function = {"clip": lambda t: ag.clip(t, -1.0, 1.0)}.get(name) or getattr(ag, name)
    y = function(x)

    np.testing.assert_allclose(local(y)[0], gradients(y.sum(), x).data, rtol=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        lambda t: ag.softmax(t),
        lambda t: ag.softmax(t * 0.0 + np.array([0.0, 18.0, 40.0])),
        lambda t: t @ np.ones((3, 3)),
        lambda t: t.T * 1.0 if t.shape == (2, 3) else t.T,
        lambda t: ag.cumsum(t, 0),
        lambda t: t.sum(),
        lambda t: ag.flip(t),
        lambda t: ag.concatenate([t, t]),
    ],
    ids=["softmax", "saturated", "matmul", "transpose", "cumsum", "sum", "flip", "joint"],
)
def test_what_mixes_elements_has_none(function):
    x = Tensor(np.random.default_rng(0).normal(size=(3, 3)), requires_grad=True)

    assert set(local(function(x)).values()) == {None}


def test_it_can_be_left_out():
    x = Tensor(2.0, requires_grad=True)

    assert [use.local for _, use in uses_of(trace(x * x, local=False))] == [None, None]
