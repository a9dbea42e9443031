"""The eleven laws of the engine, each with tests named after it."""

import copy
import dis
import gc
import pickle
import sys
import threading
import types
import weakref
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import autograd
import optim
from autograd import (
    DtypeError,
    GraphError,
    RuleError,
    ShapeError,
    Tensor,
    detect_anomaly,
    enable_grad,
    gradients,
    no_grad,
    op,
    registry,
)
from autograd.engine.modes import mode
from autograd.engine.node import Node
from autograd.engine.sweep import backprop
from autograd.testing import arguments
from autograd.testing.check_op import Case, freeze, saved
from optim.optimizer import write

differentiable = [o for o in registry.values() if o.differentiable]
with_rules = [o for o in differentiable if not o.composite]
quick = settings(max_examples=4, deadline=None, database=None, suppress_health_check=list(HealthCheck))

each_op = pytest.mark.parametrize("each", differentiable, ids=lambda o: o.name)
each_rule = pytest.mark.parametrize("each", with_rules, ids=lambda o: o.name)


def parts(result):
    return [r for r in (result if isinstance(result, (list, tuple)) else [result]) if isinstance(r, Tensor)]


def run(case, dtype=np.float64, frozen=False):
    """Call an op on a drawn case with every float input tracked; return the leaves and the tracked outputs."""
    leaves = [Tensor(a, requires_grad=True, dtype=dtype) for a in case.arrays]
    for leaf in leaves:
        if frozen and leaf.ndim:
            leaf.data.flags.writeable = False
    return leaves, [r for r in parts(case.call(*leaves)) if r.requires_grad]


def cotangents(outputs, seed=0):
    rng = np.random.default_rng(seed)
    return [Tensor(rng.uniform(0.5, 1.5, o.shape), dtype=o.dtype) for o in outputs]


def leaf(value=2.0, **options):
    return Tensor(value, requires_grad=True, **options)


# -- 1: rules are pure, and a kernel writes into memory that it made --------------------------------------


@each_rule
@quick
@given(data=st.data())
def test_law_01_neither_a_rule_nor_a_kernel_writes_to_g_or_to_a_saved_array(each, data):
    case = Case(each, *data.draw(arguments(each)))
    leaves, outputs = run(case, frozen=True)
    if not outputs:
        return
    gs = cotangents(outputs)
    kept = [t.data for t in (*leaves, *outputs, *gs)]
    before = [np.array(k) for k in kept]
    freeze([*kept, saved(outputs)])

    first = gradients(outputs, leaves, gs, retain_graph=True, allow_unused=True)
    again = gradients(outputs, leaves, gs, allow_unused=True)

    for a, b in zip(before, kept):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(first, again):
        np.testing.assert_array_equal(a.data, b.data)


def reachable(function, seen=None):
    """The code of a rule and of the helpers it calls, without the ops it calls: those may write to their own arrays."""
    seen = set() if seen is None else seen
    if function in seen:
        return
    seen.add(function)
    stack = [function.__code__]
    while stack:
        code = stack.pop()
        yield function, code
        stack += [c for c in code.co_consts if isinstance(c, types.CodeType)]
        for name in code.co_names:
            callee = function.__globals__.get(name)
            ours = isinstance(callee, types.FunctionType) and callee.__module__.startswith("autograd.")
            if ours and not hasattr(callee, "op"):
                yield from reachable(callee, seen)


def rules_of(each):
    if each.reference is not None:  # a kernel may write; what records a derivative is the reference
        return [each.reference]
    return [each.joint] if each.joint else [r for r in each.rules if r is not None]


writers = {"at", "copyto", "fill", "place", "put", "put_along_axis", "putmask", "setfield"}
integers_only = {"_last_writes"}  # counts which write to an index stays: no derivative passes through it


def writes(code):
    """What in this code may change an array: assignments to items, augmented ones, out=, methods that write."""
    for step in dis.get_instructions(code):
        if step.opname in ("STORE_SUBSCR", "STORE_SLICE", "DELETE_SUBSCR"):
            yield step.opname
        if step.opname == "BINARY_OP" and step.argrepr.endswith("="):
            yield step.argrepr
        if "ATTR" in step.opname or "METHOD" in step.opname:
            yield from writers & {step.argval}
    keywords = [c for c in code.co_consts if isinstance(c, tuple)]
    yield from ["out="] * any("out" in names for names in keywords)


def leaves_graph(code):
    for step in dis.get_instructions(code):
        if step.argval in ("data", "_array", "detach", "numpy") and "ATTR" in step.opname:
            yield f".{step.argval}"
        if step.opname in ("STORE_ATTR", "STORE_GLOBAL"):
            yield f"{step.opname} {step.argval}"


@each_rule
def test_law_01_a_rule_without_a_reference_writes_nothing_at_all(each):
    if each.reference is not None:
        return  # a kernel: it may write, and the test above says where not
    for rule in rules_of(each):
        for function, code in reachable(rule):
            if function.__name__ not in integers_only:
                assert not list(writes(code)), f"{function.__name__} writes"


@each_rule
def test_law_01_neither_a_rule_nor_a_reference_leaves_the_graph(each):
    for rule in [*rules_of(each), *([each.reference] if each.reference else [])]:
        for function, code in reachable(rule):
            assert not list(leaves_graph(code)), f"{function.__name__} leaves the graph"


def fused(kernel):
    @op(joint=kernel, reference=lambda x: x * 2.0, kept=("part",), inputs=("x",))
    def f(x):
        return x * 2.0, np.array([5.0, 6.0])

    return f


def test_law_01_a_kernel_may_write_into_memory_that_it_made():
    def kernel(g):
        out = np.empty_like(g)
        np.multiply(g, 2.0, out=out)
        out += 0.0
        return (out,)

    x = leaf([1.0, 2.0])
    fused(kernel)(x).sum().backward()

    assert x.grad.data.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("at", ["g", "x", "y", "part"])
def test_law_01_a_users_kernel_that_writes_elsewhere_is_an_error(at):
    def kernel(g, x, y, part):
        given = {"g": g, "x": x, "y": y, "part": part}[at]
        given *= 2.0
        return (g * 2.0,)

    x = leaf([1.0, 2.0])
    with pytest.raises(RuleError, match="f: the joint rule wrote"):
        fused(kernel)(x).sum().backward()


def test_law_01_a_users_rule_that_writes_to_what_it_is_given_is_an_error():
    def greedy(g, x):
        x += g
        return x

    @op(x=greedy)
    def f(x):
        return x * 1.0

    x = leaf([1.0, 2.0])
    y = f(x).sum()

    with pytest.raises(RuleError, match="f: the rule of input 'x'"):
        y.backward()
    assert x.data.tolist() == [1.0, 2.0]


# -- 2: a rule sees inputs, parameters and outputs only; a kernel also what is declared as kept ----------


@each_rule
def test_law_02_a_rule_asks_only_for_inputs_parameters_and_outputs_and_a_kernel_for_what_is_kept(each):
    names = each.parameters
    known = {"y", "needs", *each.kept, *names, *(f"{n}_shape" for n in names), *(f"{n}_dtype" for n in names)}

    assert {name for asks in each.asks for name in asks} <= known | set(each.kept)
    assert each.reference is not None or not each.kept
    for rule in rules_of(each):
        for cell in rule.__closure__ or ():
            assert not isinstance(cell.cell_contents, (np.ndarray, Tensor)), f"{each.name}: an array in a closure"


def test_law_02_a_recorded_sweep_differentiates_the_reference_and_an_ordinary_one_runs_the_kernel():
    ran = []

    def kernel(g, part):
        ran.append("kernel")
        return (g * part,)

    def reference(x):
        ran.append("reference")
        return x * x * 2.5

    @op(joint=kernel, reference=reference, kept=("part",), inputs=("x",))
    def f(x):
        return x * x * 2.5, 5.0 * x

    x = leaf([1.0, 2.0])
    y = f(x).sum()
    ordinary = gradients(y, x, retain_graph=True)
    assert ran == ["kernel"]
    recorded = gradients(y, x, create_graph=True)
    assert ran == ["kernel", "reference"]

    assert ordinary.data.tolist() == recorded.data.tolist() == [5.0, 10.0]
    assert gradients(recorded.sum(), x).data.tolist() == [5.0, 5.0]


def test_law_02_a_reference_may_ask_for_a_kept_constant_such_as_what_was_drawn():
    @op(
        joint=lambda g, x, mask: (2.0 * g * x * mask,),
        reference=lambda x, mask: x * x * mask,
        kept=("mask",),
        inputs=("x",),
    )
    def f(x):
        mask = np.array([0.0, 3.0])
        return x * x * mask, mask

    x = leaf([1.0, 2.0])
    g = gradients(f(x).sum(), x, create_graph=True)

    assert gradients(g.sum(), x).data.tolist() == [0.0, 6.0]


@pytest.mark.parametrize("wrong", [lambda y: y, lambda x, z: x, lambda scale, x: x])
def test_law_02_a_reference_that_asks_for_something_else_is_an_error_at_definition(wrong):
    with pytest.raises(TypeError, match="op f: its reference takes"):

        @op(joint=lambda g: (g,), reference=wrong, inputs=("x",))
        def f(x, scale=1.0):
            return x


def test_law_02_inputs_left_out_are_inputs_of_a_joint_rule_too():
    @op(joint=lambda g, a, b, needs: (g if b is None else g * b, g * a if needs[1] else None), inputs=("a", "b"))
    def f(a, b=None):
        return a if b is None else a * b

    a = leaf([1.0, 2.0])
    f(a).sum().backward()
    assert a.grad.data.tolist() == [1.0, 1.0]


smooth = {
    "exp": (autograd.exp, lambda x: np.exp(x)),
    "tanh": (autograd.tanh, lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)),
    "sin": (autograd.sin, lambda x: -np.sin(x)),
    "log": (autograd.log, lambda x: -1 / x**2),
    "sqrt": (autograd.sqrt, lambda x: -0.25 * x**-1.5),
    "reciprocal": (autograd.reciprocal, lambda x: 2 / x**3),
    "square": (autograd.square, lambda x: 2 + 0 * x),
    "sigmoid": (
        autograd.sigmoid,
        lambda x: np.exp(-x) * (np.exp(-x) - 1) / (1 + np.exp(-x)) ** 3,
    ),
    "softplus": (autograd.softplus, lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
    "cube": (lambda x: x**3, lambda x: 6 * x),
    "divided": (lambda x: 1 / (1 + x), lambda x: 2 / (1 + x) ** 3),
    "product": (lambda x: x * x * x, lambda x: 6 * x),
}


@pytest.mark.parametrize("name", smooth)
def test_law_02_so_the_second_derivative_is_right(name):
    f, second = smooth[name]
    points = np.array([0.3, 1.0, 2.5])
    x = leaf(points)

    first = gradients(f(x).sum(), x, create_graph=True)
    found = gradients(first.sum(), x)

    np.testing.assert_allclose(found.data, second(points), rtol=1e-12)


# -- 3: a gradient has the shape and dtype of its primal -------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (lambda a, b: a + b, [(2, 3), (3,)]),
        (lambda a, b: a * b, [(2, 1), (1, 3)]),
        (lambda a, b: a - b, [(), (2, 3)]),
        (lambda a, b: a / (b + 2), [(3,), (2, 3)]),
        (lambda a, b: np.maximum(a, b), [(1,), (4,)]),
        (lambda a, b: (a + 2) ** b, [(2, 1, 3), (2, 1)]),
        (lambda a, b: 2.0 * a + np.mean(b), [(2,), (3, 1)]),
    ],
)
def test_law_03_a_gradient_has_the_shape_and_dtype_of_its_primal(f, shapes, dtype):
    a, b = (leaf(np.full(shape, 0.5, dtype)) for shape in shapes)
    y = f(a, b)

    assert y.dtype == dtype
    y.sum().backward()
    for x in (a, b):
        assert (x.grad.shape, x.grad.dtype) == (x.shape, x.dtype)


@each_op
@quick
@given(data=st.data())
def test_law_03_every_op_keeps_float32_and_the_shape_at_orders_one_and_two(each, data):
    case = Case(each, *data.draw(arguments(each)))
    with np.errstate(all="ignore"):
        leaves, outputs = run(case, np.float32)
        if not outputs:
            return
        firsts = gradients(outputs, leaves, cotangents(outputs), create_graph=True, allow_unused=True)
        recorded = [g for g in firsts if g is not None and g.requires_grad]
        seconds = (
            gradients(recorded, leaves, cotangents(recorded), allow_unused=True) if recorded else [None] * len(leaves)
        )
    if each.name != "astype":
        assert all(o.data.real.dtype == np.float32 for o in outputs)
    for x, *found in zip(leaves, firsts, seconds):
        for g in found:
            if g is not None:
                assert (g.shape, g.dtype) == (x.shape, x.dtype)


def test_law_03_operands_of_two_dtypes_each_get_their_own():
    narrow, wide = leaf(np.ones(3, np.float32)), leaf(np.ones(3, np.float64))
    y = narrow * wide

    assert y.dtype == np.float64
    y.sum().backward()
    assert (narrow.grad.dtype, wide.grad.dtype) == (np.float32, np.float64)


@pytest.mark.parametrize("create_graph", [False, True])
def test_law_03_a_hook_cannot_change_the_dtype(create_graph):
    x = leaf([1.0, 2.0])
    x.register_hook(lambda g: g.data.astype(np.float64))
    x.register_hook(lambda g: Tensor(g.data.astype(np.float64)))
    (x * 2).sum().backward(create_graph=create_graph)

    assert x.grad.dtype == np.float32


# -- 4: no reference cycles ------------------------------------------------------------------------------


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def live_nodes():
    return sum(issubclass(type(o), Node) for o in gc.get_objects())  # isinstance would ask foreign objects


def forward(x):
    w = leaf(np.ones((3, 3)))
    return (np.tanh(x @ w) * autograd.softmax(x, -1) + 1.0).sum()


def sweep(x):
    forward(x).backward()


def sweep_retained(x):
    y = forward(x)
    y.backward(retain_graph=True)
    y.backward()


def second_order(x):
    g = gradients(forward(x), x, create_graph=True)
    gradients((g * g).sum(), x, create_graph=True)


def second_order_of_small_values(x):
    y = x[0, 0] * x[0, 1]
    z = y * y
    (g,) = gradients(z, [y], create_graph=True)
    gradients(g * y, x)


def hooks_and_retained_gradients(x):
    for size in (2, 3):
        y = x[:size] * 2
        y.retain_grad()
        y.register_hook(lambda g: g * 2)
        y.sum().backward()


def several_outputs_of_one_op(x):
    pieces = np.split(x, 3)
    (pieces[0] * pieces[2]).sum().backward()


def joined(x):
    np.concatenate([x, x * 2]).sum().backward()


def in_place(x):
    y = x * 1
    y += x
    y[0] = 3.0
    y.sum().backward()


def forward_error(x):
    y = x * 2
    with suppress(ShapeError):
        y @ np.ones((7, 7))


def backward_error(x):
    @op(x=lambda g: g[:1])
    def broken(x):
        return x + 0.0

    with suppress(RuleError):
        (broken(x * 2) * 3).sum().backward()


def hook_error(x):
    def hook(g):
        raise KeyError("mine")

    y = x * 2
    y.register_hook(hook)
    with suppress(KeyError):
        (y * 3).sum().backward()


def twice_error(x):
    y = (x * x).sum()
    y.backward()
    with suppress(GraphError):
        y.backward()


def anomaly(x):
    with detect_anomaly():
        forward(x).backward()


@pytest.mark.parametrize(
    "program",
    [
        forward,
        sweep,
        sweep_retained,
        second_order,
        second_order_of_small_values,
        hooks_and_retained_gradients,
        several_outputs_of_one_op,
        joined,
        in_place,
        forward_error,
        backward_error,
        hook_error,
        twice_error,
        anomaly,
    ],
    ids=lambda f: f.__name__,
)
def test_law_04_no_reference_cycles_so_a_dropped_graph_is_gone_at_once(program, no_collector):
    x = leaf(np.full((3, 3), 0.5))
    before = live_nodes()
    program(x)

    assert live_nodes() == before


def test_law_04_no_reference_cycles_in_a_result_that_is_held_then_dropped(no_collector):
    x = leaf(np.ones(40))
    before = live_nodes()
    y = np.exp(x * x).sum()
    assert live_nodes() == before + 3
    del y

    assert live_nodes() == before


@each_op
@settings(quick, max_examples=1)
@given(data=st.data())
def test_law_04_no_reference_cycles_in_any_op(each, data):
    case = Case(each, *data.draw(arguments(each)))
    gc.disable()
    try:
        leaves, outputs = run(case)
        if outputs:
            gradients(outputs, leaves, cotangents(outputs), create_graph=True, allow_unused=True)
        del outputs
        for x in leaves:  # whatever is left of the graph would hold the node it started from
            assert sys.getrefcount(x._node) == sys.getrefcount(leaf()._node)
    finally:
        gc.enable()


def test_law_04_a_node_keeps_only_what_rules_ask_for():
    x = leaf(np.ones((100, 100)))
    y = (x + 1.0) + x.sum()

    stack, saved = [y._node], []
    while stack:
        node = stack.pop()
        for parent, args in zip(node.inputs, node.args):
            if args is None:
                continue
            saved += [a for a in args if isinstance(a, np.ndarray)]
            stack.append(parent)
        assert node.value is None or node.value.size <= 16
    assert saved == []


# -- 5: every walk is iterative --------------------------------------------------------------------------


def chain(length):
    x = leaf(1.0)
    y = x
    for _ in range(length):
        y = y + x
    return x, y


@pytest.mark.no_cover
def test_law_05_every_walk_is_iterative_so_a_million_ops_sweep_and_free(no_collector):
    before = live_nodes()
    x, y = chain(1_000_000)

    y.backward(retain_graph=True)
    assert x.grad == 1_000_001
    del x, y  # still holding all that was saved
    assert live_nodes() == before


@pytest.mark.no_cover
def test_law_05_every_walk_is_iterative_with_the_graph_freed_as_the_sweep_passes(no_collector):
    before = live_nodes()
    x, y = chain(100_000)

    y.backward()
    with pytest.raises(GraphError, match="freed"):
        y.backward()
    assert x.grad == 100_001
    del x, y
    assert live_nodes() == before


@pytest.mark.no_cover
def test_law_05_every_walk_is_iterative_at_order_two_and_to_an_intermediate_result(no_collector):
    x = leaf(1.0, dtype=np.float64)
    y = middle = x * 1.0
    for _ in range(20_000):
        y = y * 1.00001 + 0.0
    z = y * y
    (g,) = gradients(z, [middle], create_graph=True)
    h = gradients(g, x)

    assert h.item() == pytest.approx(2 * 1.00001**40_000)


# -- 6: accumulation -------------------------------------------------------------------------------------


def test_law_06_accumulation_visits_a_node_once_however_often_it_is_used():
    x = leaf(1.0, dtype=np.float64)
    y = x
    for _ in range(1000):
        y = y + y
    y.backward()

    assert x.grad.item() == 2.0**1000


def test_law_06_accumulation_adds_every_use_of_an_array():
    x = leaf(np.arange(3.0))
    y = x * x + x + x[::-1] + np.sin(x) * 0 + x.sum()
    y.backward(np.array([1.0, 10.0, 100.0]))

    np.testing.assert_allclose(x.grad.data, [0 + 1 + 100 + 111, 20 + 10 + 10 + 111, 400 + 100 + 1 + 111])


def shares(*arrays):
    arrays = [a.data if isinstance(a, Tensor) else a for a in arrays]
    return any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def doubled(a, b):
    return 2.0 * (a + b)


def same_for_both(g):
    twice = g * 2.0
    return twice, twice


aliasing = {
    "both operands of +": lambda x, y: x + y,
    "through views": lambda x, y: x.reshape(1, 3)[0] + np.flip(y),
    "three uses": lambda x, y: (x + y) + x,
    "stacked": lambda x, y: np.stack([x, y])[0] + np.concatenate([y, x])[:3],
    "one joint rule, one array": op(joint=same_for_both, inputs=("a", "b"))(doubled),
    "a rule returns what it was given": op(a=lambda g, a: a, b=lambda g, a: a)(lambda a, b: a * a / 2 + a * b),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", aliasing)
def test_law_06_accumulation_never_lets_two_gradients_share_memory(name, create_graph):
    x, y = leaf(np.ones(3)), leaf(np.ones(3))
    out = aliasing[name](x, y)
    out.retain_grad()
    seed = np.array([1.0, 2.0, 3.0])
    out.backward(seed, create_graph=create_graph)

    assert x.grad is not y.grad
    assert not shares(x.grad, y.grad, x, y, seed, out, out.grad)
    held = x.grad.data.copy()
    y.grad.data[...] = -1.0
    assert x.grad.data.tolist() == held.tolist()
    assert seed.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_law_06_accumulation_does_not_alias_the_gradient_the_user_gave(create_graph):
    x, seed = leaf(np.ones(3)), np.ones(3)

    x.backward(seed, create_graph=create_graph)
    x.backward(seed, create_graph=create_graph)
    assert not shares(x.grad, seed)
    assert seed.tolist() == [1.0, 1.0, 1.0]
    assert x.grad.data.tolist() == [2.0, 2.0, 2.0]
    g = gradients(x, x, seed, create_graph=create_graph)
    assert not shares(g, seed)


def test_law_06_accumulation_leaves_an_earlier_gradient_as_it_was():
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()

    assert first.data.tolist() == [2.0, 2.0]
    assert x.grad.data.tolist() == [5.0, 5.0]


def test_law_06_what_a_hook_saw_does_not_change_later():
    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    seen = []
    z = x + y
    for t in (x, y, z):
        t.register_hook(seen.append)
    (z + x).sum().backward()
    (x + y).sum().backward()
    x.grad.data[...] = 7.0
    y.grad.data[...] = 7.0

    assert [s.data.tolist() for s in seen] == [[1.0, 1.0], [1.0, 1.0], [2.0, 2.0], [1.0, 1.0], [1.0, 1.0]]


def test_law_06_a_hook_that_writes_into_a_gradient_cannot_spoil_another():
    def spoil(g):
        g.data[...] = 100.0

    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    x.register_hook(spoil)
    with pytest.raises(ValueError, match="read-only"):
        (x + y).sum().backward()
    assert x.grad is None
    assert y.grad is None


def test_law_06_a_hook_may_keep_and_change_what_it_returned():
    kept = np.array([5.0, 6.0])
    x = leaf(np.ones(2))
    x.register_hook(lambda g: kept)
    (x * 2).sum().backward()
    kept[...] = 0.0

    assert x.grad.data.tolist() == [5.0, 6.0]


# -- 7: values, not views --------------------------------------------------------------------------------


def test_law_07_values_not_views_a_written_element_passes_its_gradient_to_what_was_written():
    x, v = leaf([1.0, 2.0, 3.0]), leaf(10.0)
    y = x * 2
    y[1] = v * v
    y.backward(np.array([1.0, 10.0, 100.0]))

    assert y.data.tolist() == [2.0, 100.0, 6.0]
    assert x.grad.data.tolist() == [2.0, 0.0, 200.0]
    assert v.grad == 200.0


@pytest.mark.parametrize(
    ("write", "slope"),
    [("+=", 1.0), ("-=", 1.0), ("*=", 3.0), ("/=", 1 / 3), ("**=", 3 * 4.0)],
)
def test_law_07_values_not_views_an_augmented_assignment_is_recorded(write, slope):
    names = {"y": leaf(1.0) * 2}
    x = Tensor(1.0, requires_grad=True)
    names["y"] = x * 2
    before = names["y"]
    exec(f"y {write} 3", names)
    assert names["y"] is before  # the handle is the same, its value and edge are new
    names["y"].backward()

    assert x.grad.item() == pytest.approx(2 * slope)


def test_law_07_values_not_views_so_saved_arrays_never_go_stale():
    x = leaf([1.0, 2.0])
    y = x * 1
    z = y * y  # saves y
    y += 100.0
    y[0] = -5.0
    y *= y
    z.sum().backward()

    assert x.grad.data.tolist() == [2.0, 4.0]


def test_law_07_values_not_views_so_writing_to_a_slice_leaves_its_source_alone():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    row, same = y[0], y.reshape(4)
    row += 10.0
    same[0] = 99.0

    assert y.data.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert row.data.tolist() == [11.0, 12.0]


def test_law_07_values_not_views_a_constant_becomes_recorded_when_a_recorded_value_is_written_into_it():
    x, t = leaf(3.0), Tensor([0.0, 0.0])
    t[1] = x * x

    assert t.requires_grad
    t.sum().backward()
    assert x.grad == 6.0


def write_item(t):
    t[0] = 5.0


def write_sum(t):
    t += 1.0


def write_product(t):
    t *= t


def write_mask(t):
    t[t.data > 0] = 0.0


@pytest.mark.parametrize("write", [write_item, write_sum, write_product, write_mask])
def test_law_07_a_write_to_a_leaf_while_recording_is_an_error_that_says_what_to_do(write):
    x = leaf([1.0, 2.0], name="w")
    with pytest.raises(GraphError, match=r"leaf.*t = t \+ v.*no_grad"):
        write(x)

    assert x.data.tolist() == [1.0, 2.0]
    assert x.is_leaf


@pytest.mark.parametrize("write", [write_item, write_sum, write_product, write_mask])
def test_law_07_under_no_grad_a_leaf_is_updated_and_stays_a_leaf(write):
    x = leaf([1.0, 2.0])
    with no_grad():
        write(x)

    assert x.data.tolist() != [1.0, 2.0]
    assert x.is_leaf
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 2 * x.data)


def by_no_grad(w):
    with no_grad():
        w -= 0.5


def by_item(w):
    with no_grad():
        w[0] = 9.0


def by_data(w):
    w.data = w.data - 0.5


def by_data_in_place(w):
    w.data -= 0.5


def by_optimizer(w):
    np.subtract(w.data, 0.5, out=w.data)
    w.mark_written()


updates = [by_no_grad, by_item, by_data, by_data_in_place, by_optimizer]
saving = {
    "w * w": lambda w: w * w,
    "exp(w) * w": lambda w: np.exp(w) * w,
    "w[:] of a view": lambda w: np.sin(w[:]),
    "a view of a view": lambda w: np.sin(w.reshape(2, 1).T[0]),
    "matmul": lambda w: w @ w,
}


@pytest.mark.parametrize("update", updates, ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", saving)
def test_law_07_a_leaf_changed_after_it_was_saved_is_an_error(update, name):
    w = leaf(np.array([1.0, 2.0]), name="weight")
    y = saving[name](w).sum()
    update(w)
    with pytest.raises(GraphError, match=r"'weight' was changed after \w+|'weight' was changed after \[ \]"):
        y.backward()

    assert w.grad is None


@pytest.mark.parametrize("update", updates, ids=lambda f: f.__name__)
def test_law_07_a_leaf_changed_after_its_backward_or_not_saved_at_all_is_fine(update):
    w = leaf(np.array([1.0, 2.0]))
    (w * w).sum().backward()
    y = (w + 1.0).sum()
    update(w)
    y.backward()
    update(w)
    (w * w).sum().backward()

    np.testing.assert_allclose(w.grad.data, np.array([2.0, 4.0]) + 1.0 + 2 * w.data)


def test_law_07_a_leaf_changed_below_an_intermediate_input_is_noticed_at_order_two():
    w = leaf(np.array([1.0, 2.0]))
    g = gradients((w**3).sum(), w, create_graph=True)
    by_no_grad(w)
    with pytest.raises(GraphError, match="changed after"):
        g.sum().backward()


@each_rule
@quick
@given(data=st.data())
def test_law_07_an_op_whose_output_shares_memory_with_its_input_is_declared_a_view(each, data):
    case = Case(each, *data.draw(arguments(each)))
    leaves, outputs = run(case)
    shared = any(np.shares_memory(o.data, x.data) for o in outputs for x in leaves if o.ndim and x.ndim)

    assert each.view or not shared


# -- 8: the graph is freed as the sweep passes -----------------------------------------------------------


def test_law_08_the_graph_is_freed_and_a_second_sweep_says_so_by_name():
    x = leaf([1.0, 2.0])
    y = np.exp(x).sum()
    y.backward()
    with pytest.raises(GraphError, match=r"sum.*freed.*retain_graph=True"):
        y.backward()

    np.testing.assert_allclose(x.grad.data, np.exp([1.0, 2.0]), rtol=1e-6)


def test_law_08_the_graph_is_freed_but_its_structure_stays_for_drawings():
    x = leaf([1.0, 2.0], name="x")
    y = np.exp(x).sum()
    y.backward()

    assert y._node.op.name == "sum"
    assert y._node.inputs[0].op.name == "exp"
    assert y._node.inputs[0].inputs[0].name == "x"
    assert y._node.inputs[0].args is None


def test_law_08_the_graph_is_freed_where_another_output_shares_it():
    x = leaf([1.0, 2.0])
    shared = np.exp(x)
    one, two = shared.sum(), (shared * 2).sum()
    one.backward()
    with pytest.raises(GraphError, match=r"exp.*freed"):
        two.backward()
    assert two._node.args is not None  # nothing was half-done


@pytest.mark.parametrize("option", ["retain_graph", "create_graph"])
def test_law_08_the_graph_is_freed_unless_asked_otherwise(option):
    x = leaf(3.0)
    y = x * x
    for _ in range(3):
        y.backward(**{option: True})
    assert x.grad == 18.0
    y.backward()

    with pytest.raises(GraphError, match="freed"):
        y.backward()


def test_law_08_saved_arrays_are_let_go_by_the_sweep(no_collector):
    x = leaf(np.ones(1000))
    y = np.exp(x * 2.0).sum()
    alive = weakref.ref(y._node.inputs[0].args[0][0])
    assert alive() is not None
    y.backward()

    assert alive() is None


# -- 9: recording is switched per thread -----------------------------------------------------------------


def in_thread(work):
    results = []

    def call():
        try:
            results.append(work())
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    if isinstance(results[0], BaseException):
        raise results[0]
    return results[0]


def test_law_09_recording_is_switched_per_thread():
    x = leaf(2.0)
    with no_grad():
        assert in_thread(lambda: (x * x).requires_grad)
        assert not (x * x).requires_grad
    assert (x * x).requires_grad


def test_law_09_no_grad_in_one_thread_does_not_reach_another_at_the_same_time():
    inside, checked = threading.Event(), threading.Event()
    x = leaf(2.0)

    def hold():
        with no_grad():
            inside.set()
            checked.wait(10)
            return (x * x).requires_grad

    results = []
    thread = threading.Thread(target=lambda: results.append(hold()))
    thread.start()
    inside.wait(10)
    recorded = (x * x).requires_grad
    checked.set()
    thread.join()

    assert recorded
    assert results == [False]


def test_law_09_two_threads_run_separate_graphs():
    def work(start):
        x = Tensor(float(start), requires_grad=True, dtype=np.float64)
        for _ in range(30):
            y = x
            for _ in range(30):
                y = y * 1.01 + x
            x.grad = None
            y.backward(create_graph=True)
            with no_grad():
                x -= 0.001
        return x.grad.item()

    alone = [work(n) for n in range(4)]
    together = [None] * 4

    def call(n):
        together[n] = work(n)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_law_09_a_decorated_function_can_be_shared_by_threads_and_nested():
    barrier = threading.Barrier(3)
    x = leaf(2.0)

    @no_grad()
    def f(depth):
        if depth:
            return f(depth - 1)
        barrier.wait(10)
        return (x * x).requires_grad

    outcomes = []

    def call():
        outcomes.append((f(3), (x * x).requires_grad))

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [(False, True)] * 3


def test_law_09_switches_nest_and_are_restored_after_an_error():
    x = leaf(2.0)
    with no_grad():
        with enable_grad():
            assert (x * x).requires_grad
            with pytest.raises(ZeroDivisionError), no_grad():
                raise ZeroDivisionError
            assert (x * x).requires_grad
        assert not (x * x).requires_grad
    before = mode.get()
    y = x * x
    with pytest.raises(ShapeError):
        y.backward(np.ones(3))
    y.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.backward()

    assert mode.get() == before


def test_law_09_one_switch_object_may_be_used_again():
    x, switch = leaf(2.0), no_grad()
    for _ in range(2):
        with switch, switch:
            assert not (x * x).requires_grad
        assert (x * x).requires_grad


# -- 10: integers and booleans ---------------------------------------------------------------------------


@pytest.mark.parametrize("data", [1, True, [1, 2], np.arange(3), np.array([True]), np.uint8(3)])
def test_law_10_integers_and_booleans_cannot_require_gradients(data):
    with pytest.raises(DtypeError, match="float"):
        Tensor(data, requires_grad=True)
    t = Tensor(data)
    with pytest.raises(DtypeError, match="astype"):
        t.requires_grad = True

    assert not t.requires_grad


def test_law_10_integers_take_part_without_a_gradient_and_cut_what_becomes_an_integer():
    x, n = leaf([1.0, 2.0]), Tensor([3, 4])
    y = x * n

    assert y.requires_grad
    assert not (n * n).requires_grad
    assert not x.astype(np.int64).requires_grad
    assert not (x > 1).requires_grad
    assert not np.argmax(x).requires_grad
    y.sum().backward()
    assert x.grad.data.tolist() == [3.0, 4.0]
    assert n.grad is None


def test_law_10_a_float_leaf_cannot_be_turned_into_integers_in_place():
    x = leaf([1.0, 2.0])
    with pytest.raises(DtypeError, match="float"):
        x.data = np.array([1, 2])
    n = Tensor([1, 2])
    with pytest.raises(DtypeError, match=r"astype"):
        n += 0.5

    assert x.dtype == np.float32
    assert n.data.tolist() == [1, 2]


# -- 11: the engine never fails silently -----------------------------------------------------------------


@pytest.mark.parametrize(
    "cut",
    [
        lambda x: (Tensor(x.data) ** 2).sum(),
        lambda x: (x.detach() ** 2).sum(),
        lambda x: (x.astype(np.int64) * 1.5).sum(),
    ],
    ids=["data", "detach", "integer"],
)
def test_law_11_never_silent_about_an_input_that_the_output_does_not_depend_on(cut):
    x, other = leaf([1.0, 2.0], name="weights"), leaf(1.0)
    loss = cut(x) * other
    with pytest.raises(GraphError, match=r"do not depend on weights.*\.data.*allow_unused"):
        gradients(loss, [x, other])
    assert gradients(loss, [x, other], allow_unused=True)[0] is None  # the error came before the sweep: still whole


def test_law_11_never_silent_about_a_graph_cut_by_no_grad():
    x = leaf([1.0, 2.0])
    with no_grad():
        loss = (x * x).sum()
    with pytest.raises(GraphError, match=r"records no gradient.*no_grad"):
        loss.backward()


@pytest.mark.parametrize(
    "leave",
    [
        np.asarray,
        np.array,
        lambda t: np.asarray([t, t]),
        lambda t: Tensor([t, t]),
        lambda t: np.from_dlpack(t),
        lambda t: np.sum([t, t]),
        lambda t: np.multiply.at(np.ones(2), [0], t),
    ],
)
def test_law_11_never_silent_about_turning_a_recorded_tensor_into_an_array(leave):
    x = leaf([1.0, 2.0])
    with pytest.raises((GraphError, autograd.UnsupportedError)):
        leave(x * 2)


def test_law_11_a_tensor_that_records_nothing_is_an_array_freely():
    x = leaf([1.0, 2.0])

    assert np.asarray(Tensor([1.0, 2.0])).tolist() == [1.0, 2.0]
    assert np.asarray(x.detach()).tolist() == [1.0, 2.0]
    with no_grad():
        assert np.asarray(x).tolist() == [1.0, 2.0]


def test_law_11_never_silent_about_a_broadcast_inside_a_loss():
    prediction, target = leaf(np.ones((4, 1))), np.ones(4)
    with pytest.raises(ShapeError, match=r"\(4, 1\).*\(4,\)"):
        autograd.mse(prediction, target)


def test_law_11_never_silent_about_a_joint_rule_that_forgets_an_input():
    @op(joint=lambda g: [g], inputs=("a", "b"))
    def f(a, b):
        return a + b

    a, b = leaf([1.0]), leaf([1.0])
    with pytest.raises(RuleError, match="1 cotangents for 2 inputs"):
        f(a, b).backward()


def test_law_11_a_parameter_without_a_gradient_says_none_and_not_zero():
    x, unused = leaf(1.0), leaf(1.0)
    (x * 2).backward()

    assert unused.grad is None
    assert x.grad == 2.0


def test_law_11_never_silent_about_a_nan_while_anomalies_are_looked_for():
    x = leaf([4.0, 0.0])
    y = np.sqrt(x)
    with np.errstate(all="ignore"), detect_anomaly():
        with pytest.raises(autograd.AnomalyError, match=r"sqrt: the rule of input 'x'.*inf"):
            y.sum().backward()
        with pytest.raises(autograd.AnomalyError, match=r"log made a nan out of x"):
            np.log(Tensor([-1.0]))

    assert x.grad is None


def test_the_sweep_can_be_asked_for_one_target_only():
    x, y = leaf(2.0), leaf(3.0)
    z = x * y

    assert backprop({z._node: np.float32(1.0)}, [x._node]) == {x._node: 3.0}


# -- what the caller may still change, and what would be lost without a word --------------------------------


class Mine(np.ndarray):
    """A subclass, as memmap and matrix are."""


TAKEN = {
    "an index": lambda w, i, v: w[i],
    "an index in a tuple": lambda w, i, v: w[np.arange(3), i],
    "an index in a tuple, beside a slice": lambda w, i, v: w[:, i],
    "take": lambda w, i, v: autograd.take(w, i, 0),
    "take_along_axis": lambda w, i, v: autograd.take_along_axis(w, i[:, None], 1),
    "put_along_axis": lambda w, i, v: autograd.put_along_axis(w, i[:, None], v[:, None], 1),
    "scatter_add": lambda w, i, v: autograd.scatter_add(w[0] * 1, i, w[:, 0]),
    "setitem": lambda w, i, v: autograd.setitem(w, 0.0, (i, 0)),
    "an operand": lambda w, i, v: w * v,
    "an operand of a subclass": lambda w, i, v: w * v.view(Mine),
    "an operand through a buffer": lambda w, i, v: w * memoryview(v),
    "an operand by keyword": lambda w, i, v: autograd.multiply(w, b=v),
    "a condition": lambda w, i, v: autograd.where(v.view(np.int64) > 0, w, 0.0),
    "a list of arrays": lambda w, i, v: autograd.concatenate([w[0] * 1, v]) ** 2,
    "class numbers": lambda w, i, v: autograd.cross_entropy(w, i),
    "class weights": lambda w, i, v: autograd.cross_entropy(w, np.array([0, 1, 2]), weight=v),
    "positive weights": lambda w, i, v: autograd.bce_with_logits(w, np.ones((3, 3)), pos_weight=v),
    "an embedding": lambda w, i, v: autograd.embedding(w, i),
}


@pytest.mark.parametrize("name", TAKEN)
def test_law_7_what_the_caller_changes_before_backward_changes_no_gradient(name):
    def gradient(refill):
        w = leaf(np.arange(9.0).reshape(3, 3) / 7)
        i, v = np.array([0, 2, 1]), np.array([1.0, 2.0, 3.0])
        y = (TAKEN[name](w, i, v) ** 2).sum()
        if refill:
            i[...], v[...] = 0, -5.0
        y.backward()
        return w.grad.tolist()

    assert gradient(refill=True) == gradient(refill=False)


@pytest.mark.parametrize(
    "cut",
    [
        lambda w: w[0],
        lambda w: w.T,
        lambda w: w.reshape(4),
        np.flip,
        np.squeeze,
        lambda w: w.swapaxes(0, 1),
        lambda w: np.diagonal(w),
        lambda w: w.unstack()[0],
        lambda w: np.split(w, 2)[1],
        lambda w: np.broadcast_to(w, (2, 2, 2)),
        lambda w: np.einsum("ij->ji", w),
    ],
)
def test_law_7_what_is_cut_from_a_parameter_does_not_follow_the_optimizer(cut):
    w = leaf(np.arange(4.0).reshape(2, 2))
    with no_grad():
        alone = cut(w)
    detached = cut(w).detach()
    before = alone.tolist(), detached.tolist()
    w.data[...] = 9.0

    assert (alone.tolist(), detached.tolist()) == before


def test_law_7_a_copy_keeps_the_gradient():
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    copies = copy.deepcopy(x), pickle.loads(pickle.dumps(x)), copy.copy(x)
    x.grad *= 0.0

    assert [c.grad.tolist() for c in copies] == [[2.0, 4.0]] * 3
    assert copy.deepcopy(leaf(1.0)).grad is None


def test_law_11_a_write_into_a_piece_that_nobody_holds_is_an_error():
    z = autograd.zeros((2, 3))
    with pytest.raises(GraphError, match=r"z\[0, 1\] = v instead of z\[0\]\[1\]"):
        z[0][1] = 1.0
    row, rows = z[0], [z[1]]
    row[1] = rows[0][2] = 1.0  # values of their own, which somebody holds
    z[1][:].__setitem__(0, 2.0)  # said in another way: nothing is known of it
    z[1] += 1.0

    assert row.tolist() == [0.0, 1.0, 0.0]
    assert rows[0].tolist() == [0.0, 0.0, 1.0]
    assert z.tolist() == [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]


def test_law_11_a_write_into_the_row_of_a_loop_warns_and_into_what_was_kept_does_not():
    z = autograd.zeros((2, 3))
    for row in z:
        with pytest.warns(autograd.MistakeWarning, match="loop's variable alone"):
            row[0] = 9.0
    for row in (kept := list(z)):
        row[0] = 9.0

    assert z.tolist() == [[0.0] * 3] * 2
    assert [r.tolist() for r in kept] == [[9.0, 0.0, 0.0]] * 2


def test_law_11_filling_an_array_with_recorded_numbers_is_an_error():
    w = leaf([3.0, 4.0])
    out = np.zeros(2)
    with pytest.raises(ValueError, match="array element") as error:  # NumPy's own, and ours is its cause
        out[0] = w[0] * 2
    assert isinstance(error.value.__cause__, GraphError)
    assert "autograd.stack" in str(error.value.__cause__)

    out[0] = w[0].item()
    out[1] = float(w[1])
    with no_grad():
        out[1] = w[1]
    out[0] = w.detach()[0]
    assert out.tolist() == [3.0, 4.0]


def test_law_9_threads_with_graphs_of_their_own_lose_nothing_in_a_leaf_they_share():
    w = leaf(np.ones(100_000))

    def work():
        for _ in range(20):
            (w * 2).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()

    assert w.grad.data[0] == 160.0


def test_law_3_a_broadcast_float16_is_summed_in_float32():
    b = leaf(np.ones(3, np.float16))
    (np.zeros((16384, 3), np.float16) + b).sum().backward()

    assert b.grad.dtype == np.float16
    assert b.grad.tolist() == [16384.0] * 3


def test_law_4_a_checkpoint_is_no_reference_cycle():
    x = leaf(np.ones(4))
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(50):
            autograd.checkpoint(lambda v: (v * v).sum())(x).backward()
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()


@pytest.mark.parametrize("how", ["optimizer", "average"])
def test_law_7_a_parameter_that_was_frozen_while_it_was_used_counts_as_it_was_then(how):
    def gradient(step):
        w, frozen = leaf([1.0, 2.0]), leaf([3.0, 4.0])
        frozen.requires_grad = False
        loss = (w * frozen).sum() + (frozen * w * w).sum()
        frozen.requires_grad = True
        if step and how == "optimizer":
            (frozen * 5).sum().backward()
            optim.SGD([frozen], lr=1.0).step()
        elif step:
            write(frozen, np.zeros(2))
        loss.backward()
        return w.grad.tolist()

    assert gradient(step=True) == gradient(step=False)
