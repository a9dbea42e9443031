"""Explanations of gradients: the terms add up to what the engine computes, and say where each comes from."""

import gc
import weakref
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import autograd as ag
import nn
from autograd import GraphError, ShapeError, Tensor, gradients, source_lines
from autograd.viz import Explanation, explain

EYE = np.eye(3)
one = {
    "sin": ag.sin,
    "tanh": ag.tanh,
    "square": lambda t: ag.tanh(t * t),
    "softmax": lambda t: ag.softmax(t, -1) if t.ndim else t * 2.0,
    "sum": lambda t: t.sum(),
    "keep the rows": lambda t: t.sum(axis=-1, keepdims=True) if t.ndim else -t,
    "twice by index": lambda t: t[np.array([0, 0])] if t.ndim == 2 else ag.exp(-t * t),
    "svd": lambda t: ag.svd(t @ t.T + np.diag([1.0, 4.0]), compute_uv=False)[:1] if t.shape == (2, 3) else t - 1.0,
    "qr": lambda t: (lambda q, r: ag.tanh(q @ r + q.sum() * r))(*ag.qr(t.T @ t + EYE)) if t.shape == (2, 3) else -t,
    "prelu": lambda t: ag.prelu(t, t.sum().reshape(1)),
}
two = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: ag.sin(a) * b,
    "/": lambda a, b: a / (2.0 + ag.cos(b)),
    "maximum": ag.maximum,
    "join": lambda a, b: ag.concatenate([a.ravel(), b.ravel(), a.ravel()])[:3],
    "stack": lambda a, b: ag.stack([a.sum(), b.sum(), a.sum()]),
}


@st.composite
def programs(draw, most):
    """An output, and a value that it may depend on, from a random program that uses its values again and again."""
    values = []
    for _ in range(draw(st.integers(1, 2))):
        shape = draw(st.sampled_from([(), (3,), (2, 3)]))
        data = np.random.default_rng(draw(st.integers(0, 99))).uniform(-1.5, 1.5, shape)
        values.append(Tensor(data, requires_grad=True))
    for _ in range(draw(st.integers(0, most))):
        name = draw(st.sampled_from([*one, *two]))
        operands = [draw(st.sampled_from(values)) for _ in range(1 if name in one else 2)]
        if name in two and draw(st.booleans()):
            operands = operands[:1] * 2
        if name == "join" and any(t.size < 2 for t in operands):
            name = "+"
        if any(s not in ((), (1,), (3,), (2, 3), (2, 1)) for s in (t.shape for t in operands)):
            operands = [t.sum() for t in operands]
        values.append((one | two)[name](*operands))
    return values[-1], draw(st.sampled_from(values))


def explained(program, by):
    """The explanation, and the gradient that it should add up to; None where there is none."""
    output, wrt = program
    seed = np.random.default_rng(0).uniform(0.5, 1.5, output.shape)
    expected = gradients(output, wrt, seed, retain_graph=True, allow_unused=True)
    if expected is None:
        with pytest.raises(GraphError, match="does not depend on"):
            explain(output, wrt, by=by, gradient=seed)
        return None
    return explain(output, wrt, by=by, gradient=seed, most=3000), expected.data


@settings(deadline=None)
@given(programs(12))
def test_the_terms_of_all_uses_add_up_to_the_gradient(program):
    if found := explained(program, "uses"):
        explanation, expected = found
        np.testing.assert_array_equal(explanation.total, expected, strict=True)
        assert all(np.shape(term.value) == expected.shape for term in explanation)
        np.testing.assert_allclose(sum(term.value for term in explanation), expected, rtol=1e-12, atol=1e-13)


@settings(deadline=None)
@given(programs(5))
def test_the_terms_of_all_paths_add_up_to_the_gradient(program):
    if found := explained(program, "paths"):
        explanation, expected = found
        np.testing.assert_array_equal(explanation.total, expected, strict=True)
        assert all(np.shape(term.value) == expected.shape for term in explanation)
        np.testing.assert_allclose(sum(term.value for term in explanation), expected, rtol=1e-9, atol=1e-11)
        for term in explanation:
            if term.local is not None and np.ndim(term.local) == 0 and program[0].ndim == 0:
                seed = np.random.default_rng(0).uniform(0.5, 1.5)
                np.testing.assert_allclose(seed * term.local, term.value, rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(programs(5))
def test_the_terms_add_up_at_order_two_as_well(program):
    output, wrt = program
    slope = gradients(output.sum(), wrt, create_graph=True, allow_unused=True)
    if slope is not None and slope.requires_grad and (found := explained((slope, wrt), "uses")):
        explanation, expected = found
        np.testing.assert_array_equal(explanation.total, expected, strict=True)
        np.testing.assert_allclose(sum(term.value for term in explanation), expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(programs(8), st.sampled_from(["uses", "paths"]))
def test_any_explanation_is_a_table_as_text_and_as_well_formed_html(program, by):
    output, wrt = program
    try:
        explanation = explain(output, wrt, by=by, gradient=np.ones(output.shape))
    except (GraphError, ValueError):  # not reached, or too many paths
        return
    rows = ElementTree.fromstring(explanation._repr_html_()).findall(".//tbody/tr")
    assert len(rows) == min(len(explanation), 20)
    assert len(str(explanation).splitlines()) >= 2 + len(rows)


# -- what it says --------------------------------------------------------------------------------------


def neuron():
    with ag.default_dtype(np.float64):
        x, w = Tensor(2.0, name="x"), Tensor(-0.25, requires_grad=True, name="w")
    with source_lines():
        h = w * x
        loss = ag.exp(h) * h + w**2
    return loss, w


def test_the_text_of_a_scalar_by_uses():
    loss, w = neuron()
    line = neuron.__code__.co_firstlineno + 5

    assert str(explain(loss, w)) == (
        f"""\
d loss / d w = 0.1065, the sum over 2 uses
  op          input  formula                          numbers                     local  upstream g  term    line
  ** power    left   g * right * left ** (right - 1)  1 * 2 * (-0.25) ** (2 - 1)  -0.5   1           -0.5    \
test_explain.py:{line}: loss = ag.exp(h) * h + w**2
  × multiply  left   g * right                        0.3033 * 2                  2      0.3033      0.6065  \
test_explain.py:{line - 1}: h = w * x"""
    )


def test_the_text_of_a_scalar_by_paths():
    loss, w = neuron()
    line = neuron.__code__.co_firstlineno + 5

    assert str(explain(loss, w, by="paths")) == (
        f"""\
d loss / d w = 0.1065, the sum over 3 paths
  path                                                  local derivatives        term     line
  multiply(left) → exp(x) → multiply(left) → add(left)  2 * 0.6065 * (-0.5) * 1  -0.6065  \
test_explain.py:{line - 1}: h = w * x
  multiply(left) → multiply(right) → add(left)          2 * 0.6065 * 1           1.213    \
test_explain.py:{line - 1}: h = w * x
  power(left) → add(right)                              -0.5 * 1                 -0.5     \
test_explain.py:{line}: loss = ag.exp(h) * h + w**2"""
    )


def test_the_text_of_arrays():
    w = Tensor(np.array([[0.5, -1.0], [2.0, 0.0]]), requires_grad=True, name="w")
    output = (w @ w).sum()

    assert str(explain(output, w)) == (
        """\
d output / d w = (2, 2) norm 5.244 [[2, 4.5], [-1.5, 1]], the sum over 2 uses
  op        input  formula      upstream g                      term
  @ matmul  left   g @ right.T  (2, 2) norm 2 [[1, 1], [1, 1]]  (2, 2) norm 2.915 [[-0.5, 2], [-0.5, 2]]
  @ matmul  right  left.T @ g   (2, 2) norm 2 [[1, 1], [1, 1]]  (2, 2) norm 3.808 [[2.5, 2.5], [-1, -1]]
source lines: run the forward pass under `with autograd.source_lines():` to see them here"""
    )


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(3, 3)
        self.head = nn.Sequential(nn.Linear(3, 2), nn.Tanh())

    def forward(self, x):
        return self.head(self.shared(self.shared(x)))


def test_a_shared_layer_has_one_term_for_each_call_with_the_module_s_path_and_class():
    net = Net()
    with source_lines():
        loss = net(np.ones((4, 3), np.float32)).sum()

    explanation = explain(loss, net.shared.weight)

    assert explanation.title == "d loss / d shared.weight"
    assert [(t.op, t.input, t.module, t.kind) for t in explanation] == [("linear", "weight", "shared", "Linear")] * 2
    assert {t.line for t in explanation} == {"return self.head(self.shared(self.shared(x)))"}
    assert {t.place.partition(":")[0] for t in explanation} == {"test_explain.py"}
    assert "shared: Linear" in str(explanation)


def test_upstream_is_what_came_down_to_the_use_in_all_or_on_one_path():
    x = Tensor(2.0, requires_grad=True)
    h = x * 3.0
    y = h * 5.0 + h * 7.0

    assert [t.upstream for t in explain(y, x)] == [12.0]
    assert [t.upstream for t in explain(y, x, by="paths")] == [5.0, 7.0]


def test_names_can_come_from_a_model_around_the_one_that_was_called():
    net = Net()
    loss = net(np.ones((4, 3), np.float32)).sum()

    (term,) = explain(loss, net.head[0].bias, model=nn.Sequential(net))

    assert (term.module, term.input) == ("0.head.0", "bias")


def test_the_path_through_a_network_names_each_operation():
    net = Net()
    loss = net(np.ones((4, 3), np.float32)).sum()

    explanation = explain(loss, net.shared.weight, by="paths")

    assert [[hop.op for hop in term.path] for term in explanation] == [
        ["linear", "linear", "linear", "tanh", "sum"],
        ["linear", "linear", "tanh", "sum"],
    ]
    assert [hop.module for hop in explanation[0].path][-2:] == ["head.1", ""]


def test_without_source_lines_the_text_ends_with_how_to_get_them():
    x = Tensor(1.0, requires_grad=True)

    assert str(explain(x * x, x)).splitlines()[-1].startswith("source lines: run the forward pass under `with ")
    with source_lines():
        y = x * x
    assert "source lines:" not in str(explain(y, x))


def test_html_escapes_what_others_wrote_and_sets_no_colour_of_its_own():
    with source_lines():
        x = Tensor([1.0, 2.0], requires_grad=True, name="<script>&")
        y = (x * x).sum() if 1 < 2 else None
    html = explain(y, x)._repr_html_()

    tree = ElementTree.fromstring(html)
    assert "<script>&" in tree.find(".//caption").text
    assert "script" not in {element.tag for element in tree.iter()}
    assert any("if 1 < 2 else None" in (cell.text or "") for cell in tree.iter("td"))
    styles = " ".join(element.get("style", "") for element in tree.iter())
    assert "background" not in styles
    assert "#" not in styles
    assert "color: inherit" in styles


def test_arrays_are_shown_by_shape_and_norm_and_small_ones_in_full():
    x = Tensor([3.0, 4.0], requires_grad=True)
    big = Tensor(np.ones((5, 5)), requires_grad=True)

    assert "= (2,) norm 10 [6, 8]," in str(explain((x * x).sum(), x))
    assert "= (5, 5) norm 10," in str(explain((big * big).sum(), big))


def test_only_the_largest_terms_are_shown_and_the_others_counted():
    x = Tensor(1.0, requires_grad=True)
    loss = sum(k * x for k in (1.0, 3.0, 2.0))
    explanation = explain(loss, x, most=2)

    assert len(explanation) == 3
    assert explanation.total == 6.0
    assert "1 smaller term is not shown" in str(explanation)
    rows = ElementTree.fromstring(explanation._repr_html_()).findall(".//tbody/tr")
    assert [row.findall("td")[-1].text for row in rows] == ["2", "3"]


# -- what can be asked for -----------------------------------------------------------------------------


def test_an_intermediate_result_and_one_of_several_outputs_can_be_explained():
    x = Tensor(np.array([[2.0, 1.0], [0.0, 3.0]]), requires_grad=True)
    u, s, vt = ag.svd(x)
    loss = (s * s).sum() + (u @ vt).sum()

    explanation = explain(loss, s)
    np.testing.assert_array_equal(explanation.total, gradients(loss, s, retain_graph=True).data)
    assert [t.op for t in explanation] == ["multiply", "multiply"]
    (term,) = explain(loss, x)
    assert (term.op, term.input) == ("svd", "a")
    assert isinstance(term.upstream, tuple)
    assert "[0] (2, 2) norm " in str(explain((u @ vt).sum(), x))
    assert "[1] (2,)" not in str(explain((u @ vt).sum(), x))  # nothing arrived there
    paths = explain(loss, x, by="paths")
    assert sorted(t.op for t in paths) == ["svd[0]", "svd[1]", "svd[1]", "svd[2]"]
    np.testing.assert_allclose(sum(t.value for t in paths), paths.total, atol=1e-12)


def test_one_of_several_outputs_can_be_the_output():
    x = Tensor(np.array([[2.0, 1.0], [1.0, 3.0]]), requires_grad=True)
    values, _ = ag.eigh(x)

    for by in ("uses", "paths"):
        (term,) = explain(values, x, by=by, gradient=[1.0, 0.0])
        np.testing.assert_allclose(term.value, gradients(values, x, np.array([1.0, 0.0]), retain_graph=True).data)


def test_the_gradient_of_a_value_with_respect_to_itself_is_the_seed():
    x = Tensor([1.0, 2.0], requires_grad=True)

    for by in ("uses", "paths"):
        (term,) = explain(x, x, by=by, gradient=[3.0, 4.0])
        np.testing.assert_array_equal(term.value, [3.0, 4.0])


def test_the_record_of_a_gradient_is_explained_as_any_other():
    x = Tensor(2.0, requires_grad=True, name="x")
    slope = gradients(x**3, x, create_graph=True)

    for by in ("uses", "paths"):
        explanation = explain(slope, x, by=by)
        assert explanation.total == 12.0
        assert sum(term.value for term in explanation) == pytest.approx(12.0)


def test_a_gradient_for_the_output_may_be_a_tensor_and_shows_among_the_factors():
    x = Tensor(2.0, requires_grad=True)
    explanation = explain(x * 3.0, x, by="paths", gradient=Tensor(10.0))

    assert explanation[0].numbers == "3 * 10"
    assert explanation[0].local == 3.0
    assert explanation.total == 30.0


def test_nothing_changes_by_looking():
    x = Tensor([1.0, 2.0], requires_grad=True)
    h = ag.sin(x)
    h.retain_grad()
    loss = (h * x).sum()
    for by in ("uses", "paths"):
        explain(loss, x, by=by)
    assert x.grad is None
    assert h.grad is None
    loss.backward()
    np.testing.assert_allclose(x.grad.data, np.sin([1, 2]) + np.cos([1, 2]) * [1, 2], rtol=1e-6)
    np.testing.assert_array_equal(h.grad.data, [1.0, 2.0])


def test_an_explanation_holds_no_record_alive():
    x = Tensor(1.0, requires_grad=True)
    y = ag.sin(x) * x
    node = weakref.ref(Holder(y._node))
    explanations = [explain(y, x, by=by) for by in ("uses", "paths")]
    del y
    gc.collect()
    assert node() is None
    assert len(explanations) == 2


class Holder:
    """A weak reference cannot point to a Node, so one lies in its dict and goes with it."""

    def __new__(cls, node):
        holder = super().__new__(cls)
        node.__dict__["holder"] = holder
        return holder

    def __init__(self, node):
        pass


def test_a_hook_on_the_value_is_remarked_and_total_is_what_it_made():
    x = Tensor(1.0, requires_grad=True)
    x.register_hook(lambda g: g * 10)
    explanation = explain(x * 3.0, x)

    assert explanation.total == 30.0
    assert explanation[0].value == 3.0
    assert "hooks" in str(explanation)


def test_a_hook_on_the_way_is_felt_by_uses_and_refused_by_paths():
    x = Tensor(1.0, requires_grad=True)
    h = x * 3.0
    h.register_hook(lambda g: g * 10)

    assert explain(h * h, x).total == 180.0
    with pytest.raises(GraphError, match=r"a hook on the result of multiply changes.*use by=\"uses\""):
        explain(h * h, x, by="paths")


# -- large and deep ------------------------------------------------------------------------------------


def test_paths_are_counted_before_they_are_followed():
    x = y = Tensor(1.0, requires_grad=True)
    for _ in range(100):
        y = y + y

    with pytest.raises(ValueError, match=r"about 1e\+30 paths lead .* most=20; by=\"uses\""):
        explain(y, x, by="paths")
    assert explain(y, x).total == 2.0**100
    with pytest.raises(ValueError, match=r"4 paths.*pass most=4"):
        explain((x + x) * (x + x).detach() + (x + x), x, by="paths", most=3)


def test_a_chain_longer_than_python_s_stack_is_one_path():
    x = y = Tensor(1.0, requires_grad=True)
    for _ in range(2000):
        y = -y
    explanation = explain(y, x, by="paths")

    assert explanation.total == 1.0
    assert len(explanation[0].path) == 2000
    assert "1,992 more" in str(explanation)


# -- errors --------------------------------------------------------------------------------------------


def test_what_is_no_tensor_or_records_nothing_says_so():
    x = Tensor(1.0, requires_grad=True)

    with pytest.raises(TypeError, match="output is a float64, not a Tensor"):
        explain(np.float64(1.0), x)
    with pytest.raises(TypeError, match="wrt is a list"):
        explain(x * x, [x])
    with pytest.raises(GraphError, match=r"records no gradient; was it made under no_grad"):
        explain(Tensor(1.0), x)
    with pytest.raises(GraphError, match=r"wrt=.* records nothing; create it with requires_grad=True"):
        explain(x * x, Tensor(1.0))


def test_a_model_without_a_part_in_the_record_gives_no_names():
    x = Tensor(3.0, requires_grad=True)

    assert explain(x * x, x, model=nn.Linear(2, 2)).title == "d output / d wrt"


def test_a_cut_graph_a_freed_record_and_a_missing_gradient_say_so():
    x, other = Tensor([1.0, 2.0], requires_grad=True), Tensor(1.0, requires_grad=True, name="bias")

    with pytest.raises(GraphError, match=r"explain: the output does not depend on bias .*\.detach\(\)"):
        explain((x * x).sum(), other)
    with pytest.raises(ShapeError, match=r"explain of an output of shape \(2,\) needs `gradient`"):
        explain(x * x, x)
    with pytest.raises(ShapeError, match=r"gradient of shape \(3,\)"):
        explain(x * x, x, gradient=np.ones(3))
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(GraphError, match=r"freed by an earlier backward.*retain_graph=True.*call explain before"):
        explain(loss, x)


def test_unknown_ways_to_explain_are_named():
    x = Tensor(1.0, requires_grad=True)

    with pytest.raises(ValueError, match="by='all' is not one of 'uses', 'paths'"):
        explain(x * x, x, by="all")
    with pytest.raises(ValueError, match="most=0 is less than 1"):
        explain(x * x, x, most=0)
    assert isinstance(explain(x * x, x), Explanation)
