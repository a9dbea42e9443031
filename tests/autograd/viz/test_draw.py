"""The drawing shows what the engine recorded, structure, names, numbers and gradients; and it always ends in a file."""

import os
import re
import stat
import sys
import time
import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

import autograd
import nn
from autograd import GraphError, Tensor, no_grad, op
from autograd.engine.errors import RenderError
from autograd.testing.strategies import arguments
from autograd.viz import Drawing, draw
from autograd.viz.graph import picture
from autograd.viz.picture import Box, Picture
from autograd.viz.record import CONSTANT, INPUT, OUTPUT, PARAMETER, RESULT, read
from autograd.viz.render import NoRenderer, renderers
from autograd.viz.text import call


@op(
    joint=lambda g, x: ((g[0] * 2.0 if g[0] is not None else 0.0 * x) + (g[1] * 3.0 if g[1] is not None else 0.0 * x),),
    inputs=("x",),
)
def double_and_triple(x):
    """Two outputs."""
    return x * 2.0, x * 3.0


def leaf(value, name=""):
    return Tensor(value, requires_grad=True, name=name)


def product_plus_x():
    x, y = leaf(3.0, "x"), leaf(-2.0, "y")
    return x, y, x * y + x


def arrows(drawn: Picture) -> list[tuple[str, str]]:
    return [(e.source, e.target) for e in drawn.edges]


def look(output: Tensor, max_nodes: int = 400) -> Picture:
    return picture([output], max_nodes)


def box(drawn: Picture, name: str) -> Box:
    (found,) = (b for b in drawn.boxes if b.name == name)
    return found


def words(drawing: Drawing) -> str:
    """The text a person reads, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", drawing.source.replace("class=glassgrad", "")))


# -- structure -----------------------------------------------------------------------------------------


def test_every_operation_is_an_ellipse_and_every_tensor_a_box():
    *_inputs, out = product_plus_x()
    drawn = look(out)

    assert [e.label for e in drawn.ellipses] == ["×", "+"]
    assert [b.kind for b in drawn.boxes] == [PARAMETER, PARAMETER, RESULT, OUTPUT]
    assert {(e.source, e.target) for e in drawn.edges} == {
        ("leaf1", "op1"),
        ("leaf2", "op1"),
        ("op1", "t1"),
        ("t1", "op2"),
        ("leaf1", "op2"),
        ("op2", "t2"),
    }


def test_the_drawing_has_a_statement_for_each_shape_and_edge():
    *_inputs, out = product_plus_x()
    source = draw(out, show=("value", "grad")).source

    assert len(re.findall(r"^\t(leaf|op|t)\d+ \[", source, re.MULTILINE)) == 6
    assert len(re.findall(r"^\t\w+ -> \w+", source, re.MULTILINE)) == 6


def test_an_input_used_twice_is_one_box_with_two_edges():
    x = leaf(3.0, "x")
    drawn = look(x * x)

    assert arrows(drawn) == [("leaf1", "op1"), ("leaf1", "op1"), ("op1", "t1")]


def test_a_constant_tensor_used_twice_is_one_box_and_a_number_is_a_box_for_each_use():
    x, c = leaf(3.0), Tensor(2.0, name="c")
    drawn = look(((x * c) * c * 5.0) * 5.0)
    constants = [b for b in drawn.boxes if b.kind in (INPUT, CONSTANT)]

    assert [b.name for b in constants] == ["c", "", ""]
    assert [e.source for e in drawn.edges].count("const1") == 2
    assert [b.value for b in constants] == [2.0, 5.0, 5.0]


def test_arrays_and_lists_are_inputs_with_shape_and_value():
    drawn = look(leaf([1.0, 2.0]) * np.array([3.0, 4.0], np.float32) + [5.0, 6.0])
    array, listed = (b for b in drawn.boxes if b.kind == INPUT)

    assert array.shape == listed.shape == (2,)
    assert array.value.tolist() == [3.0, 4.0]
    assert listed.value.tolist() == [5.0, 6.0]


def test_a_bare_leaf_is_a_drawing_of_one_box():
    drawn = look(leaf(1.0, "x"))

    assert [b.kind for b in drawn.boxes] == [PARAMETER]
    assert not drawn.ellipses


def test_several_outputs_of_one_operation_are_one_ellipse_and_a_box_each():
    x = leaf(1.0, "x")
    two, three = double_and_triple(x)
    two.name, three.name = "two", "three"
    out = three - two
    drawn = look(out)

    assert [e.label for e in drawn.ellipses] == ["double_and_triple", "−"]
    assert [b.name for b in drawn.boxes] == ["x", "two", "three", ""]
    assert [(e.source, e.target, e.label) for e in drawn.edges if e.source == "op1"] == [
        ("op1", "t1out1", "[0]"),
        ("op1", "t1out2", "[1]"),
    ]
    out.backward()
    assert box(look(out), "three").grad == 1.0
    assert box(look(out), "two").grad == -1.0


def test_one_of_several_outputs_can_be_drawn_by_itself():
    drawn = look(double_and_triple(leaf(1.0))[1])

    assert [b.kind for b in drawn.boxes] == [PARAMETER, OUTPUT]


def test_several_tensors_can_be_drawn_together():
    x = leaf(2.0)
    drawn = picture([x * 2.0, x * 3.0], 400)

    assert [b.kind for b in drawn.boxes].count(OUTPUT) == 2
    assert "2 operations" in words(draw([x * 2.0, x * 3.0]))


def test_a_joined_sequence_has_an_edge_from_each_part():
    drawn = look(autograd.concatenate([leaf([1.0], "a"), leaf([2.0], "b"), leaf([3.0], "c")]))

    assert [e.source for e in drawn.edges if e.target == "op1"] == ["leaf1", "leaf2", "leaf3"]


def test_edges_are_named_only_where_the_order_of_inputs_matters():
    a, b = leaf(1.0), leaf(2.0)

    assert [e.label for e in look(a + b).edges][:2] == ["", ""]
    assert [e.label for e in look(a - b).edges][:2] == ["left", "right"]
    logits = leaf(np.zeros((1, 2), np.float32))
    assert [e.label for e in look(autograd.cross_entropy(logits, np.array([1]))).edges][:2] == ["logits", "target"]


def test_the_graph_of_a_gradient_is_drawn_as_well():
    x = leaf(2.0, "x")
    (x * x * x).backward(create_graph=True)
    drawing = draw(x.grad)

    assert "×" in drawing.source
    ElementTree.fromstring(drawing.pipe("svg"))


# -- what stands in the boxes --------------------------------------------------------------------------


def test_names_shapes_dtypes_and_parameters_are_shown():
    w = leaf(np.ones((2, 3)), "layer.weight")
    h = (w * 2.0).sum(axis=1, keepdims=True)
    h.name = "h"
    text = words(draw(h))

    assert "layer.weight float64 (2, 3)" in text
    assert "h float64 (2, 1)" in text
    assert "axis=1, keepdims=True" in text
    assert "[:, 1:]" in words(draw(w[:, 1:]))


def test_parameters_read_as_in_the_call():
    index = (Ellipsis, None, slice(1, None, 2), np.array([0, 1]), 3)

    assert call({"index": index}) == "[..., None, 1::2, [0, 1], 3]"
    assert call({"order": np.float64(2.0), "dtype": np.float32, "where": np.zeros((9, 9))}) == (
        "order=2, dtype=float32, where=float64(9, 9)"
    )
    assert len(call({"axes": tuple(range(100))})) == 48


@pytest.mark.no_cover
@pytest.mark.parametrize("name", sorted(n for n, o in autograd.registry.items() if o.differentiable))
@settings(max_examples=3, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_operation_can_be_drawn_before_and_after_backward(name, data):
    op = autograd.registry[name]
    args, options = data.draw(arguments(op))
    out = op.call(*map(tracked, args), **options)
    out = op.complex(out) if callable(op.complex) and isinstance(out, tuple) else out  # phases have no gradient
    outputs = [o for o in (out if isinstance(out, tuple) else (out,)) if isinstance(o, Tensor) and o.requires_grad]
    if outputs:
        assert "before backward" in words(draw(outputs))
        sum(np.real(o).sum() for o in outputs).backward()
        assert "after backward" in words(draw(outputs))


@pytest.mark.no_cover
@pytest.mark.parametrize("name", sorted(n for n, o in autograd.registry.items() if o.differentiable))
@settings(max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_svg_of_every_operation_is_well_formed(name, data):
    function = autograd.registry[name].call
    args, options = data.draw(arguments(autograd.registry[name]))
    out = function(*map(tracked, args), **options)
    outputs = [o for o in (out if isinstance(out, tuple) else (out,)) if isinstance(o, Tensor) and o.requires_grad]
    for view in ("forward", "backward") if outputs else ():
        assert ElementTree.fromstring(draw(outputs, view=view).pipe("svg")) is not None


def tracked(value):
    if isinstance(value, list):
        return [tracked(v) for v in value]
    return leaf(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def test_up_to_four_elements_are_printed_and_more_are_summed_up():
    assert "value [1, 2.5, -3, 0.0001236]" in words(draw(leaf([1.0, 2.5, -3.0, 0.00012356]) * 1.0))
    assert "[[1, 2], [3, 4]]" in words(draw(leaf([[1.0, 2.0], [3.0, 4.0]]) * 1.0))
    assert "min mean max value 0 4.5 9" in words(draw(leaf(np.arange(10.0), "x") * 1.0))


def test_empty_and_not_finite_values_are_no_trouble():
    assert "(0,)" in words(draw(leaf(np.zeros(0)) * 1.0))
    assert "nan" in words(draw(leaf([1.0, np.nan, np.inf]) * 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "nan" in words(draw(leaf(np.array([np.inf, -np.inf] * 5)) * 1.0))


def test_values_of_leaves_are_shown_after_backward_too():
    *_inputs, out = product_plus_x()
    out.backward()
    drawn = look(out)

    assert (box(drawn, "x").value, box(drawn, "y").value) == (3.0, -2.0)


def test_the_value_of_a_leaf_whose_tensor_is_gone_comes_from_what_the_rules_keep():
    out = leaf(np.arange(20.0), "w") * leaf(np.ones(20), "v")

    assert box(look(out), "w").value.tolist() == list(range(20))
    out.backward(np.ones(20))
    assert box(look(out), "w").value is None


def test_large_results_are_summed_up_while_a_rule_keeps_them():
    x = leaf(np.arange(20.0))
    h = x * 2.0
    h.name = "h"
    out = (h * h).sum()

    assert box(look(out), "h").value.max() == 38.0


def test_a_leaf_written_after_the_graph_says_so():
    x, _y, out = product_plus_x()
    out.backward()
    with no_grad():
        x -= 1.0

    assert box(look(out), "x").value == 2.0
    assert box(look(out), "x").note == "written since"
    assert not box(look(out), "y").note


def test_gradients_appear_after_backward():
    *_inputs, out = product_plus_x()
    before = look(out)
    out.backward()
    after = look(out)

    assert (before.swept, after.swept) == (False, True)
    assert [b.grad for b in before.boxes] == [None] * 4
    assert [float(b.grad) for b in after.boxes] == [-1.0, 3.0, 1.0, 1.0]


def test_the_title_says_before_or_after_backward():
    x, y, out = product_plus_x()
    assert "before backward, grad: none yet" in words(draw(out))
    assert words(draw(out)).count("grad") == 1

    out.backward(retain_graph=True)
    assert "after backward" in words(draw(out))
    assert "none yet" not in words(draw(out))
    out.backward()
    assert "after backward" in words(draw(out))
    again = x * y
    assert "before backward, gradients are from an earlier one" in words(draw(again))


def test_large_gradients_of_leaves_are_summed_up():
    x = leaf(np.arange(5.0), "x")
    (x * x).sum().backward()
    out = (x * 1.0).sum()

    assert "value 0 2 4 grad 0 4 8" in words(draw(out))


def test_show_chooses_what_stands_in_the_boxes():
    *_inputs, out = product_plus_x()
    out.backward()
    text = words(draw(out, show=("shape",)))

    assert "()" in text
    assert not any(word in text for word in ("float32", "value", "grad "))
    assert "value" in words(draw(out, show="value"))
    assert "x" in words(draw(out, show=()))


def test_kinds_differ_by_border_as_well_as_colour():
    source = draw(leaf(1.0, "w") * Tensor(2.0, name="c") + 1.0).source

    assert re.search(r"leaf1 \[.*peripheries=2", source)
    assert re.search(r'const1 \[.*style="filled,dashed"', source)
    assert re.search(r'\bt1 \[.*style="filled,rounded"', source)
    assert re.search(r"\bt2 \[.*penwidth=2.5", source)


def test_names_are_escaped_and_may_be_in_any_script():
    x = leaf(1.0, '<b>"a" & вес 重み\n\x00</b>')
    drawing = draw(x * 2.0, name="größe <1>")
    svg = drawing.pipe("svg")
    shown = "".join(ElementTree.fromstring(svg).itertext())

    assert "&lt;b&gt;&quot;a&quot; &amp; вес 重み" in drawing.source
    assert '<b>"a" & вес 重み' in shown
    assert "größe <1>" in shown


def test_long_names_are_cut_in_the_middle():
    text = words(draw(leaf(1.0, "encoder." * 20 + "weight") * 2.0))

    assert re.search(r"encoder\.encoder\S*…\S*weight ", text)


# -- size, order, options ------------------------------------------------------------------------------


def test_equal_graphs_give_equal_sources():
    def build():
        w, c = leaf(2.0, "w"), Tensor(3.0, name="c")
        return (w * c + w) / (c * w)

    assert draw(build()).source == draw(build()).source


def test_a_second_graph_on_the_same_leaves_gives_the_same_source():
    w, c = leaf(2.0, "w"), Tensor(3.0, name="c")

    def build():
        return (w * 2.0) * c  # in the first graph the note on c is younger than the first product

    assert draw(build()).source == draw(build()).source


def test_a_chain_of_100000_operations_is_drawn_quickly_with_its_beginning_in_one_box():
    y = x = leaf(1.0, "x")
    for i in range(100_000):
        y = y * 1.0 if i % 65 else y + 1.0  # no step of at most 64 operations that is repeated throughout
    started = time.perf_counter()
    drawing = draw(y, collapse_repeats=False)

    assert time.perf_counter() - started < 120  # it takes a second or two
    assert "100,000 operations" in words(drawing)
    assert "the earliest 99,600 operations are one box" in words(drawing)
    assert len(re.findall(r"^\top\d+ \[", drawing.source, re.MULTILINE)) == 400
    assert "earlier 99,600 operations" in words(drawing)
    assert x.grad is None


def test_a_loop_of_100000_operations_is_drawn_quickly_as_one_step():
    y = leaf(1.0, "x")
    for _ in range(50_000):
        y = autograd.tanh(y * 1.5)
    started = time.perf_counter()
    drawing = draw(y)

    assert time.perf_counter() - started < 120  # it takes a second or two
    assert "100,000 operations" in words(drawing)
    assert "× 50,000, the first is drawn" in words(drawing)
    assert len(re.findall(r"^\t+op\d+ \[", drawing.source, re.MULTILINE)) == 2


def test_a_weight_used_in_many_time_steps_is_repeated_where_arrows_would_grow_too_long():
    w = leaf(1.0, "w")

    def loop(steps):
        y = w
        for _ in range(steps):
            y = autograd.tanh(y * w)
        return y

    assert [b.name for b in look(loop(50)).boxes].count("w") == 1
    long = picture(read([loop(60)], collapse_repeats=False))
    again = [b for b in long.boxes if b.name == "w"][1:]
    assert [b.note for b in again] == ["drawn earlier"] * 5
    assert [e.source for e in long.edges].count("leaf1") == 12  # two by the first product
    assert [e.source for e in long.edges].count(again[0].key) == 11


def test_max_nodes_keeps_the_newest_operations_around_the_output():
    a = leaf(1.0, "a")
    drawn = look(autograd.sin(autograd.exp(a) * a), max_nodes=2)

    assert [e.label for e in drawn.ellipses] == ["×", "sin"]
    assert drawn.total == 3
    assert [(b.label, b.operations) for b in drawn.blocks] == [("earlier", 1)]
    assert [b.name for b in drawn.boxes] == ["a", "", ""]
    assert [(e.source, e.target) for e in drawn.edges][:3] == [
        ("leaf1", "block1"),
        ("block1", "op2"),
        ("leaf1", "op2"),
    ]


def test_direction_and_name_are_written_to_the_source():
    source = draw(leaf(1.0) * 2.0, direction="LR", name="my net").source

    assert source.startswith('digraph "my net" {')
    assert "rankdir=LR" in source


def test_wrong_options_say_what_is_right():
    out = leaf(1.0) * 2.0

    with pytest.raises(ValueError, match="direction='UP' is not one of 'TB', 'LR'"):
        draw(out, direction="UP")
    with pytest.raises(ValueError, match="'size'; it may have shape, dtype, value, grad"):
        draw(out, show=("size",))
    with pytest.raises(ValueError, match="max_nodes=0"):
        draw(out, max_nodes=0)


def test_a_tensor_without_a_graph_is_an_error_that_says_why():
    with pytest.raises(GraphError, match=r"records no graph; does any leaf have requires_grad=True\? Or was it made"):
        draw(Tensor(1.0))
    with pytest.raises(GraphError, match="records no graph"):
        draw([leaf(1.0), Tensor(2.0)])


def test_what_is_no_tensor_is_an_error_that_says_what_to_give():
    with pytest.raises(TypeError, match=r"draw takes a Tensor that was computed, or a list of them, not a ndarray$"):
        draw(np.ones(3))
    with pytest.raises(TypeError, match=r"not a Linear; call the model, and give its output or the loss"):
        draw(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="an empty list"):
        draw([])


def test_a_model_that_is_none_or_another_is_an_error():
    model = nn.Linear(2, 2)
    out = model(np.ones((1, 2), "f")).sum()

    with pytest.raises(TypeError, match=r"model is a Parameter; give the nn\.Module that was called"):
        draw(out, model=model.weight)
    with pytest.raises(ValueError, match=r"model=Linear\(\.\.\.\) has no part in this record"):
        draw(out, model=nn.Linear(2, 2))


# -- files ---------------------------------------------------------------------------------------------


@pytest.fixture
def drawing():
    *_inputs, out = product_plus_x()
    out.backward()
    return draw(out)


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without any renderer."""
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("autograd.viz.render._script_folders", lambda: [str(tmp_path / "empty")])


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_svg_and_png_are_rendered_and_folders_made(drawing, tmp_path):
    svg, png = drawing.save(tmp_path / "new" / "x.svg"), drawing.save(tmp_path / "new" / "x.PNG")
    shown = "".join(ElementTree.parse(svg).getroot().itertext())

    assert svg == str(tmp_path / "new" / "x.svg")
    assert all(word in shown for word in ("backprop", "after backward", "×", "value", "grad", "-2"))
    assert Path(png).read_bytes().startswith(b"\x89PNG")
    assert drawing.save("y.svg", directory=tmp_path) == str(tmp_path / "y.svg")


def test_dot_and_gv_save_the_source(drawing, tmp_path):
    for name in ("x.dot", "x.gv", "x"):
        path = drawing.save(tmp_path / name)
        assert Path(path).read_text(encoding="utf-8") == drawing.source


def test_save_may_skip_what_exists(drawing, tmp_path):
    path = tmp_path / "x.svg"
    path.write_text("mine")

    assert drawing.save(path, skip_existing=True) == str(path)
    assert path.read_text() == "mine"


def test_a_drawing_is_a_digraph_with_render_pipe_copy_and_notebook_display(drawing, tmp_path):
    import graphviz

    assert isinstance(drawing, graphviz.Digraph)
    assert drawing.render(tmp_path / "a.gv") == str(tmp_path / "a.gv.svg")
    assert (tmp_path / "a.gv").exists()
    assert drawing.render(outfile="b.png", directory=tmp_path, cleanup=True) == str(tmp_path / "b.png")
    assert not (tmp_path / "b.gv").exists()
    assert drawing.pipe("png").startswith(b"\x89PNG")
    shown = drawing._repr_mimebundle_()["image/svg+xml"]
    bare = re.sub(r"<svg [^>]*?viewBox", "<svg viewBox", shown)
    assert bare == re.sub(r"<svg [^>]*?viewBox", "<svg viewBox", drawing.pipe(encoding="utf-8"))
    assert drawing.copy().source == drawing.source


def test_symbols_outside_ascii_raise_no_noise(capfd):
    draw(leaf([1.0, 2.0], "вес").sum()).pipe("svg")

    assert capfd.readouterr().err == ""


def test_a_large_picture_is_capped_in_size():
    y = leaf(1.0)
    for _ in range(300):
        y = y * 1.0
    png = draw(y).pipe("png")
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))

    assert max(width, height) <= 40 * 144 + 1


def test_without_a_renderer_the_source_is_saved_and_the_pip_command_named(drawing, tmp_path, bare):
    with pytest.warns(UserWarning, match="pip install graphviz-pure") as caught:
        path = drawing.save(tmp_path / "out" / "x.svg")

    assert path == str(tmp_path / "out" / "x.dot")
    assert Path(path).read_text(encoding="utf-8") == drawing.source
    assert len(str(caught[0].message).splitlines()) == 1
    assert caught[0].filename == __file__
    assert drawing.save(tmp_path / "plain.dot") == str(tmp_path / "plain.dot")


def test_without_a_renderer_pipe_raises_and_a_notebook_shows_the_source(drawing, tmp_path, bare):
    with pytest.raises(NoRenderer, match="pip install graphviz-pure"):
        drawing.pipe()
    with pytest.raises(RenderError):
        drawing.render(tmp_path / "a.gv")
    assert (tmp_path / "a.gv").exists()
    assert "digraph backprop" in drawing._repr_mimebundle_()["text/plain"]
    assert "pip install graphviz-pure" in drawing._repr_mimebundle_()["text/html"]


def test_glassgrad_dot_is_honoured(drawing, tmp_path, monkeypatch):
    mine = program(tmp_path / "mine", "print(sys.argv[1], sys.argv[2], sys.stdin.buffer.read()[:7])")
    monkeypatch.setenv("GLASSGRAD_DOT", str(mine))

    assert renderers() == [str(mine)]
    assert drawing.pipe("svg", encoding="utf-8").split() == ["-Kdot", "-Tsvg", "b'digraph'"]


def test_a_glassgrad_dot_that_is_no_program_is_named(drawing, tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/nowhere/dot")

    with pytest.warns(UserWarning, match="GLASSGRAD_DOT='/nowhere/dot' is not a program"):
        assert drawing.save(tmp_path / "x.svg").endswith("x.dot")


def test_graphviz_pure_beside_the_interpreter_comes_before_what_is_on_path(tmp_path, monkeypatch, bare):
    for folder in ("beside", "path"):
        (tmp_path / folder).mkdir()
        program(tmp_path / folder / "graphviz-pure", "")
    program(tmp_path / "path" / "dot", "")
    monkeypatch.setattr("autograd.viz.render._script_folders", lambda: [str(tmp_path / "beside")])
    monkeypatch.setenv("PATH", str(tmp_path / "path"))

    assert [os.path.relpath(found, tmp_path) for found in renderers()] == [
        os.path.join("beside", "graphviz-pure"),
        os.path.join("path", "graphviz-pure"),
        os.path.join("path", "dot"),
    ]


def test_a_format_one_renderer_lacks_is_asked_of_the_next(drawing, tmp_path, monkeypatch, bare):
    refuses = 'sys.exit("Format: \\"pdf\\" not recognized. Use one of: svg")'
    program(tmp_path / "graphviz-pure", refuses)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="graphviz-pure cannot write pdf; use svg or png") as caught:
        drawing.save(tmp_path / "x.pdf")
    assert caught.value.__notes__ == [f"the DOT source is in {tmp_path / 'x.dot'}"]

    program(tmp_path / "dot", 'print("%PDF")')
    assert Path(drawing.save(tmp_path / "x.pdf")).read_text() == "%PDF\n"


def test_a_renderer_that_fails_hangs_or_does_not_run_is_an_error_that_says_why(drawing, tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", str(program(tmp_path / "fails", 'sys.exit("out of ink")')))
    with pytest.raises(RenderError, match="failed with status 1: out of ink"):
        drawing.pipe()

    monkeypatch.setenv("GLASSGRAD_DOT", str(program(tmp_path / "hangs", "import time; time.sleep(60)")))
    monkeypatch.setattr("autograd.viz.render.PATIENCE", 0.2)
    with pytest.raises(RenderError, match=r"took more than 0\.2 s; draw less with max_nodes="):
        drawing.pipe()

    broken = tmp_path / "broken"
    broken.write_text("#!/nowhere/interpreter\n")
    broken.chmod(0o755)
    monkeypatch.setenv("GLASSGRAD_DOT", str(broken))
    with pytest.raises(RenderError, match="does not run"):
        drawing.pipe()


def test_what_the_renderer_says_is_passed_on_unless_quiet(drawing, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("GLASSGRAD_DOT", str(program(tmp_path / "talks", 'print("careful", file=sys.stderr)')))
    drawing.pipe()
    assert capfd.readouterr().err == "careful\n"
    drawing.pipe(quiet=True)
    assert capfd.readouterr().err == ""
