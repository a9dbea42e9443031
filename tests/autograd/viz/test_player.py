"""The player is given the engine's own numbers, bounded in size, and writes one page that needs nothing else."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings

import autograd
import nn
from autograd import GraphError, Tensor
from autograd.engine.sweep import Walk
from autograd.viz import Player, player
from autograd.viz.render import NoRenderer
from tests.autograd.viz.programs import outputs


def leaf(value, name=""):
    return Tensor(value, requires_grad=True, name=name)


def scalars():
    x, y = leaf(3.0, "x"), leaf(-2.0, "y")
    return x, y, x * y + x


def model_and_loss():
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    x = Tensor(np.linspace(-1, 1, 24).reshape(6, 4).astype("f"))
    return model, nn.CrossEntropyLoss()(model(x), np.array([0, 1, 2, 0, 1, 2]))


def number(data, sight):
    return data["sights"][sight]["all"]


# -- the numbers ---------------------------------------------------------------------------------------


def test_each_step_tells_rule_numbers_local_derivative_and_the_sum_before_and_after():
    _x, _y, out = scalars()
    data = player(out).data
    add, multiply = data["frames"][0]["steps"]
    again = multiply["uses"][0]

    assert [data["ops"][s["op"]]["label"] for s in (add, multiply)] == ["+", "×"]
    assert [u["formula"] for u in multiply["uses"]] == ["g * right", "g * left"]
    assert [u["numbers"] for u in multiply["uses"]] == ["1 * (-2)", "1 * 3"]
    assert [number(data, u["local"]) for u in multiply["uses"]] == [-2, 3]
    assert data["tensors"][again["tensor"]]["name"] == "x"
    assert [number(data, again[key]) for key in ("before", "term", "after")] == [1, -2, -1]
    assert [u["before"] for u in add["uses"]] == [None, None]


def test_the_last_sums_are_the_gradients_that_backward_gives():
    model, loss = model_and_loss()
    data = player(loss).data
    last = {u["tensor"]: u["after"] for s in data["frames"][0]["steps"] for u in s["uses"]}
    names = {t["name"]: i for i, t in enumerate(data["tensors"]) if t["name"]}
    loss.backward()

    for name, parameter in model.named_parameters():
        seen, grad = data["sights"][last[names[name]]], parameter.grad.data
        if "all" in seen:
            assert np.float32(seen["all"]).tolist() == grad.tolist()
        else:
            assert seen["norm"] == pytest.approx(np.linalg.norm(grad.astype(float)), rel=1e-5)
            assert seen["min"] == pytest.approx(grad.min(), rel=1e-5)
            assert seen["corner"][0][0] == pytest.approx(grad.ravel()[0], rel=1e-3)


def test_float32_numbers_are_written_with_their_own_digits():
    narrow, double = leaf(0.1), leaf(np.float64(0.1))
    data = player(narrow * 1.0).data

    assert number(data, data["frames"][0]["values"][0]) == 0.1
    wide = player(double * 1.0).data
    assert number(wide, wide["frames"][0]["values"][0]) == 0.1
    assert float(np.float32(0.1)) != 0.1


def test_playing_changes_no_gradient_and_frees_nothing():
    x, y, out = scalars()
    hidden = x * 2.0
    hidden.retain_grad()
    out = out + hidden
    player(out)

    assert x.grad is y.grad is hidden.grad is None
    out.backward(retain_graph=True)
    assert x.grad == 1.0
    player(out)
    assert x.grad == 1.0
    assert hidden.grad == 1.0


def test_a_record_that_was_freed_cannot_be_played_and_the_error_says_what_to_do():
    *_xy, out = scalars()
    out.backward()

    with pytest.raises(GraphError, match=r"player: .*retain_graph=True.*call player before backward"):
        player(out)
    with pytest.raises(GraphError, match=r"player: .* records no graph"):
        player(Tensor(1.0))


def test_nan_and_inf_are_played_not_raised_and_the_page_is_valid_json():
    x = leaf(np.array([0.0, 1.0, 2.0, 3.0, -1.0]), "x")
    with np.errstate(all="ignore"):
        out = (autograd.log(x) * 0.0).sum()
    data = json.loads(json.dumps(player(out).data, allow_nan=False))

    assert any(s.get("nan") for s in data["sights"])
    assert any("!" in row for s in data["sights"] for row in s.get("heat", ()))
    assert any(s.get("inf") for s in data["sights"])


def test_the_heat_map_hides_no_element_that_stands_out():
    values = np.zeros((100, 100))
    values[57, 83] = -5.0
    x = leaf(values)
    data = player((x * 1.0).sum()).data
    seen = data["sights"][data["frames"][0]["values"][0]]

    assert len(seen["heat"]) == len(seen["heat"][0]) == 12
    assert "".join(seen["heat"]).count("a") == 1
    assert seen["top"] == 5.0


def test_several_outputs_of_one_operation_have_a_gradient_each():
    x = leaf(np.diag([3.0, 2.0]) + 0.5, "x")
    u, s, vt = autograd.svd(x)
    data = player((s * s).sum() + (u @ vt).sum()).data
    step = next(s for s in data["frames"][0]["steps"] if data["ops"][s["op"]]["name"] == "svd")

    assert len(data["ops"][step["op"]]["outputs"]) == len(step["upstream"]) == 3
    alone = player(autograd.svd(x)[1].sum()).data
    assert [len(s["upstream"]) for s in alone["frames"][0]["steps"]] == [1, 1]


def test_joined_sequences_and_plain_numbers_and_lists_are_inputs():
    x = leaf(np.ones(3), "x")
    data = player((autograd.concatenate([x, x * 2.0]) + [1.0] * 6).sum()).data
    joined = next(op for op in data["ops"] if op["name"] == "concatenate")

    assert [i["name"] for i in joined["inputs"]] == ["arrays[0]", "arrays[1]"]
    assert {t["kind"] for t in data["tensors"]} == {"parameter", "constant", "input", "result", "output"}


def test_a_graph_of_a_graph_is_played():
    x = leaf(2.0, "x")
    (x**3.0).backward(create_graph=True)
    second = x.grad * 1.0
    data = player(second).data
    index = next(i for i, t in enumerate(data["tensors"]) if t["name"] == "x")
    last = [u["after"] for s in data["frames"][0]["steps"] for u in s["uses"] if u["tensor"] == index][-1]

    assert number(data, last) == 12  # d2(x^3)/dx2 = 6 x


def test_the_line_of_the_program_is_told_where_it_was_noted():
    with autograd.source_lines():
        *_xy, out = scalars()

    assert re.match(r"test_player\.py:\d+: return x, y, x \* y \+ x", player(out).data["ops"][0]["line"])
    assert player(scalars()[2]).data["ops"][0]["line"] == ""


def test_an_output_of_several_elements_begins_with_ones_or_with_what_is_given():
    x = leaf(np.ones(3), "x")
    plain, given_ = player(x * 2.0).data, player(x * 2.0, gradient=np.array([1.0, 0.0, 0.0])).data

    assert number(plain, plain["frames"][0]["seeds"][0][1]) == [1, 1, 1]
    assert number(given_, given_["frames"][0]["steps"][0]["uses"][0]["after"]) == [2, 0, 0]


@settings(max_examples=25)
@given(outputs())
def test_the_sums_of_random_programs_are_the_engines_gradients(output):
    assume(len(Walk([output._node]).order) <= 1000)  # what a page takes
    data = player(output).data
    frame = data["frames"][0]
    sums = dict(frame["seeds"])
    for step in frame["steps"]:
        op = data["ops"][step["op"]]
        assert step["upstream"] == [sums[t] for t in op["outputs"]]  # finished before it is handed on
        for use in step["uses"]:
            assert use["before"] == sums.get(use["tensor"])
            assert use["tensor"] == op["inputs"][use["input"]]["tensor"]
            sums[use["tensor"]] = use["after"]
    output.backward(np.ones(output.shape))
    (x,) = [i for i, t in enumerate(data["tensors"]) if t["name"] == "x"]
    assert x in sums
    shown = data["sights"][sums[x]]
    assert shown["dtype"] == "float64"


# -- the drawing ---------------------------------------------------------------------------------------


def test_every_level_has_a_place_for_each_operation_and_fewer_shapes_than_the_one_before():
    model = nn.models.GPT(20, 16, 32, 4, 3)
    data = player(model(np.arange(16)[None]).sum(), model=model).data
    sizes = [len(level["nodes"]) for level in data["levels"]]

    assert [level["name"] for level in data["levels"]][:2] == ["every operation", "repeats once"]
    assert sizes == sorted(sizes, reverse=True)
    for level in data["levels"]:
        assert len(level["where"]) == len(data["ops"])
        assert len(level["whose"]) == len(data["tensors"])
        for op, node in enumerate(level["where"]):
            shown = level["nodes"][node]
            assert shown.get("op") == op or op in shown.get("ops", ()) or level["name"] != "every operation"
        for tensor, node in enumerate(level["whose"]):
            shown = level["nodes"][node]
            assert node == -1 or tensor in shown.get("tensors", [shown["tensor"]])
        assert all(0 <= n["x"] <= level["width"] and 0 <= n["y"] <= level["height"] for n in level["nodes"])
    listed = {i["tensor"] for op in data["ops"] for i in op["inputs"] if i["name"] == "normalized_shape"}
    assert {tensor for tensor, node in enumerate(data["levels"][0]["whose"]) if node == -1} == listed


def test_arrows_start_and_end_where_they_say():
    data = player(scalars()[2]).data
    (level,) = data["levels"]
    for edge in level["edges"]:
        points = [float(v) for v in re.findall(r"-?[\d.]+", edge["path"])]
        for node, (x, y) in ((edge["from"], points[:2]), (edge["to"], points[-2:])):
            box = level["nodes"][node]
            assert abs(x - box["x"]) <= box["w"] / 2 + 2
            assert abs(y - box["y"]) <= box["h"] / 2 + 2


def test_the_modules_of_operations_are_named():
    model, loss = model_and_loss()
    assert [op["module"] for op in player(loss, model=model).data["ops"]] == [
        "0 (Linear)",
        "1 (Tanh)",
        "2 (Linear)",
        "CrossEntropyLoss",
    ]


# -- frames --------------------------------------------------------------------------------------------


def test_a_training_run_is_a_frame_for_each_epoch_on_one_drawing():
    w = leaf(1.0, "w")
    film = player((w * 3.0) ** 2.0, label="epoch 1")
    for epoch in (2, 3):
        w.data = w.data - 0.02
        film.add((w * 3.0) ** 2.0, label=f"epoch {epoch}")
    data = film.data
    index = next(i for i, t in enumerate(data["tensors"]) if t["name"] == "w")

    assert [f["label"] for f in data["frames"]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert [number(data, f["values"][index]) for f in data["frames"]] == pytest.approx([1.0, 0.98, 0.96])
    assert len(data["levels"]) == 1


def test_frames_after_the_first_keep_statistics_only():
    w = leaf(np.ones(30), "w")
    film = player((w * 3.0).sum())
    before = len(film.html())
    film.add((w * 5.0).sum())

    assert len(film.html()) - before < 1500
    last = film.data["frames"][1]["steps"][-1]["uses"][0]["after"]
    assert set(film.data["sights"][last]) == {"shape", "dtype", "min", "mean", "max", "norm", "nan", "inf"}


def test_a_frame_of_another_graph_is_refused_with_the_first_difference():
    w = leaf(1.0, "w")
    film = player(w * 3.0 + 1.0)

    with pytest.raises(GraphError, match=r"player\.add: operation 2 is subtract of .*, in the first frame add"):
        film.add(w * 3.0 - 1.0)
    with pytest.raises(GraphError, match=r"player\.add: 1 operations here, 2 in the first frame"):
        film.add(w * 3.0)
    with pytest.raises(GraphError, match="operation 1"):
        film.add(leaf(np.ones(2)) * 3.0 + 1.0)
    assert len(film.data["frames"]) == 1


# -- the page ------------------------------------------------------------------------------------------


def test_the_page_is_one_file_that_asks_for_nothing(tmp_path):
    path = player(scalars()[2]).save(tmp_path / "new" / "backprop.html")
    text = Path(path).read_text(encoding="utf-8").replace('href="data:,"', "")

    assert not re.search(r"""(?:src|href)\s*=|@import|url\((?!#)|fetch\(|XMLHttp|/\*(?:CSS|JS|DATA|TITLE)\*/""", text)
    assert not [u for u in re.findall(r"https?://[^\s\"'`]+", text) if "www.w3.org" not in u]


def test_names_cannot_break_out_of_the_page():
    evil = "</script><script>alert(1)</script><!-- & \"q\" 'a'"
    page = player(leaf(1.0, evil) * 2.0, name=evil)

    assert "<script>alert" not in page.html()
    assert page.data["title"] == evil
    inside = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.html(), re.DOTALL)
    assert json.loads(inside[1])["tensors"][0]["name"] == evil


def test_a_notebook_shows_the_page_in_a_frame_of_its_own():
    shown = player(scalars()[2])._repr_html_()

    assert shown.startswith("<iframe")
    assert 'sandbox="allow-scripts"' in shown
    assert shown.count("<") == 2  # nothing but the frame: the page inside is escaped


def test_five_hundred_operations_stay_under_a_megabyte_and_a_half():
    model = nn.Sequential(*(layer for _ in range(83) for layer in (nn.Linear(8, 8), nn.Tanh(), nn.LayerNorm(8))))
    out = (model(Tensor(np.linspace(-1, 1, 128).reshape(16, 8).astype("f"))) ** 2.0).sum()
    film = player(out)

    assert len(film.data["ops"]) > 245
    assert len(film.html().encode()) < 1_500_000
    x = leaf(np.linspace(-1, 1, 64).reshape(8, 8), "x")
    y = x
    for i in range(250):
        y = autograd.tanh(y * (1.0 + i / 100))
    film = player(y.sum())
    assert len(film.data["ops"]) == 501
    assert len(film.html().encode()) < 1_500_000


def test_a_graph_too_large_for_a_page_is_refused():
    y = leaf(1.0)
    for _ in range(1501):
        y = y + 1.0

    with pytest.raises(ValueError, match=r"player: 1,501 operations are more than a page can play \(1,500\)"):
        player(y)


def test_without_a_renderer_the_error_names_the_command(monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", os.devnull + "/none")

    with pytest.raises(NoRenderer, match="pip install graphviz-pure"):
        player(scalars()[2])


def test_a_player_counts_its_steps():
    film = player(scalars()[2])

    assert isinstance(film, Player)
    assert film.steps == 2 + 1 + 2


def test_what_a_hook_made_of_a_gradient_is_told():
    x = leaf(3.0, "x")
    h = x * x
    h.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g * 100)
    data = player(h * 2.0).data
    finished = {data["tensors"][t]["name"] or t: number(data, s) for t, s in data["frames"][0]["finished"]}
    (h * 2.0).backward()

    assert finished["x"] == x.grad.item() == 12000
    assert sorted(v for k, v in finished.items() if k != "x") == [20]
    assert player(leaf(1.0) * 2.0).data["frames"][0]["finished"] == []


def test_a_sum_over_a_broadcast_axis_is_told():
    a, b = leaf(np.ones((3, 1)), "a"), leaf(np.ones(4), "b")
    uses = player((a * b).sum()).data["frames"][0]["steps"][-1]["uses"]

    assert [u["note"] for u in uses] == [
        "then summed over axis 1, along which it was broadcast",
        "then summed over axis 0, along which it was broadcast",
    ]


def test_values_behind_an_input_that_is_left_out_are_known():
    layer = nn.Linear(30, 20, bias=False)
    data = player(layer(Tensor(np.ones((2, 30), "f"))).sum()).data

    assert None not in data["frames"][0]["values"]


def test_a_folded_drawing_says_which_tensor_of_which_run_each_box_stands_for():
    model = nn.Sequential(*(layer for _ in range(4) for layer in (nn.Linear(3, 3), nn.Tanh())))
    data = player(model(Tensor(np.ones((2, 3), "f"))).sum(), model=model).data
    level = next(level for level in data["levels"] if level["name"] == "repeats once")
    box = next(
        n for n in level["nodes"] if n["kind"] == "tensor" and data["tensors"][n["tensor"]]["name"] == "0.weight"
    )
    op = next(n for n in level["nodes"] if n.get("op") == 0)

    assert [data["tensors"][t]["name"] for t in box["tensors"]] == ["0.weight", "2.weight", "4.weight", "6.weight"]
    assert op["ops"] == [0, 2, 4, 6]
    assert box["fold"] == op["fold"]
    assert all(level["whose"][t] == level["whose"][box["tensor"]] for t in box["tensors"])


def test_a_frame_of_another_requires_grad_is_refused():
    w, b = leaf(1.0, "w"), leaf(2.0, "b")
    film = player(w * b)

    with pytest.raises(GraphError, match="operation 1"):
        film.add(w * Tensor(2.0))


@pytest.mark.parametrize("wrong", [{"name": 3}, {"label": 5}, {"name": None}], ids=str)
def test_a_title_that_is_no_text_is_refused_at_once(wrong):
    with pytest.raises(TypeError, match="is no text"):
        player(scalars()[2], **wrong)


def test_a_page_has_the_name_of_a_page(tmp_path):
    with pytest.raises(ValueError, match=r"name it foo\.html instead of foo\.svg"):
        player(scalars()[2]).save(tmp_path / "foo.svg")


def test_a_player_introduces_itself():
    assert repr(player(scalars()[2], name="loss")) == "Player('loss', 5 steps, 1 frame)"


def test_a_wide_loop_is_laid_out_folded():
    cell, state = nn.LSTMCell(3, 4), None
    for _ in range(50):
        state = cell(Tensor(np.ones((2, 3), "f")), state)
    data = player(state[0].sum()).data

    assert len(data["ops"]) > 500
    assert data["levels"][0]["name"] == "repeats once"
    assert len(data["levels"][0]["where"]) == len(data["ops"])


def test_a_name_with_half_a_character_is_saved(tmp_path):
    x = Tensor([1.0], requires_grad=True)
    page = player((x * 2).sum(), name="a\ud800").save(tmp_path / "p.html")

    assert "a&#55296;" in Path(page).read_text(encoding="utf-8")
