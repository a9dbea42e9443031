"""Drawings have a straight spine, and those of common networks fit a page and fill it."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.program.recording import program
from autograd.viz import draw, player
from autograd.viz.arrange import PAGE, extent
from autograd.viz.graph import picture
from benchmarks.drawings import HEIGHT, INK, WIDTH, drawing, measures, ours

RNG = np.random.default_rng(0)
NETWORKS = ours()
MODELS = []


def array(*shape):
    return Tensor(RNG.normal(size=shape).astype("f"))


def places(drawing):
    """The middle of every shape."""
    found = json.loads(drawing.pipe("json"))["objects"]
    return {item["name"]: [*map(float, item["pos"].split(","))] for item in found if "pos" in item}


# -- the reach -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_default_drawing_of_a_common_network_fits_a_page_and_fills_it(name):
    shapes, width, height, ink = measures(drawing(*NETWORKS[name]).pipe("svg"))

    assert (WIDTH, HEIGHT) == PAGE
    assert width <= WIDTH
    assert height <= HEIGHT
    assert ink >= INK
    assert shapes > 12  # no fit is bought by one box for all


@pytest.mark.parametrize("name", NETWORKS)
def test_the_spine_is_straight(name):
    network, given = NETWORKS[name]
    loss = (network(given) ** 2).mean()
    made = picture([loss], depth=2)
    at = places(draw(loss, depth=2, theme="light"))
    spine = [edge for edge in made.edges if edge.spine]

    assert len(spine) > 10
    assert max(abs(at[edge.source][0] - at[edge.target][0]) for edge in spine) < 3


@pytest.mark.parametrize("name", NETWORKS)
def test_no_line_crosses_the_words_over_a_frame(name):
    network, given = NETWORKS[name]
    root = ElementTree.fromstring(draw((network(given) ** 2).mean(), theme="light").pipe("svg"))
    groups = {g: g.get("class") for g in root.findall(".//{*}g")}
    lines = [curve(p.get("d")) for g, kind in groups.items() if kind == "edge" for p in g.findall(".//{*}path")]
    words = [text for g, kind in groups.items() if kind.startswith("cluster") for text in g.findall(".//{*}text")]

    assert words
    for text in words:
        left, low = float(text.get("x")), float(text.get("y"))
        right, high = left + 4.6 * len(text.text), low - 8  # Helvetica of 10 points
        for x, y in lines:
            inside = (left < x) & (x < right) & (high < y) & (y < low)
            assert not inside.any(), text.text


def test_no_line_crosses_the_words_over_a_derivative_in_a_program():
    def loss(x, w1, b1, w2):
        scores = np.tanh(x @ w1 + b1) @ w2
        return (np.exp(scores).sum(axis=1) - scores[:, 0]).mean()

    shapes = ((4, 3), (3, 5), (5,), (5, 2))
    root = ElementTree.fromstring(draw(program(loss, *map(np.ones, shapes)), theme="light").pipe("svg"))
    groups = {g.find("./{*}title").text: g for g in root.findall(".//{*}g") if g.find("./{*}title") is not None}
    lines = [
        curve(path.get("d")) for g in groups.values() for path in g.findall("./{*}path") if g.get("class") == "edge"
    ]
    words = [t for name, g in groups.items() if name.startswith("title") for t in g.findall("./{*}text")]

    assert len(words) > 5
    assert all(text.text.startswith("derivative of ") for text in words)
    for text in words:
        middle, low = float(text.get("x")), float(text.get("y"))
        half, high = 2.3 * len(text.text), low - 8
        anchor = {"middle": 0, "start": half}[text.get("text-anchor")]
        for x, y in lines:
            inside = (abs(x - middle - anchor) < half) & (high < y) & (y < low)
            assert not inside.any(), text.text


def curve(path):
    """Points along an SVG path of cubic Bézier curves."""
    points = np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", path), float)
    t = np.linspace(0, 1, 200)[:, None]
    parts = [points[i : i + 4] for i in range(0, len(points) - 3, 3)]
    made = [(1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d for a, b, c, d in parts]
    return np.concatenate(made).T


# -- rows ----------------------------------------------------------------------------------------------


def test_parameters_stand_beside_their_operation():
    out = nn.Sequential(nn.Linear(4, 5), nn.Tanh())(array(6, 4)).sum()
    made = picture([out])
    at = places(draw(out))
    (row,) = made.rows.values()
    weight, linear, bias = row

    assert [at[key][1] for key in row] == [at[linear][1]] * 3
    assert at[weight][0] < at[linear][0] < at[bias][0]
    assert {edge.side for edge in made.edges if edge.source in (weight, bias)} == {"left", "right"}


def test_what_several_operations_use_or_all_that_is_given_stands_above():
    a, b = (Tensor(v, requires_grad=True) for v in (2.0, 3.0))

    assert not picture([a * b]).rows
    assert [*picture([(a * b) * b]).rows.values()] == [["leaf1", "op1"]]
    assert [*picture([(a * b) * Tensor(4.0, requires_grad=True)]).rows.values()] == [["leaf3", "op2"]]


def test_beside_its_data_an_operation_has_its_weight():
    w, x = Tensor(np.eye(3), requires_grad=True, name="w"), Tensor(np.ones(3), name="x")
    names = {box.key: box.name for box in picture([w @ x]).boxes}
    (row,) = picture([w @ x]).rows.values()

    assert [names.get(key, "") for key in row] == ["w", ""]


# -- the level that fits -------------------------------------------------------------------------------


def deep(blocks):
    """So many different blocks of layers in layers; a name is known while its model is alive."""
    part = [nn.Sequential(nn.Linear(4 + i, 4), nn.Tanh(), nn.Linear(4, 5 + i)) for i in range(blocks)]
    MODELS.append(nn.Sequential(*part))
    return MODELS[-1](array(2, 4)).sum()


def test_a_small_network_is_drawn_open_and_a_large_one_as_far_as_a_page_has_room():
    small, large = draw(deep(3)).source, draw(deep(30)).source

    assert "as far as a page has room" not in small
    assert "op" in small
    assert "open as far as a page has room; depth=2 opens more, expand= one module by name" in large
    assert "29: Sequential" in large
    assert "29.2.weight" not in large
    assert "29.2.weight" in draw(deep(30), depth=3).source
    assert "29.2: Linear" in draw(deep(30), expand="29").source


def test_the_player_opens_at_the_level_that_fits():
    data = player(deep(30)).data
    sizes = [(level["width"], level["height"]) for level in data["levels"]]

    assert [level["name"] for level in data["levels"]][data["start"]] == "modules, 1 deep"
    assert sizes[0][1] > PAGE[1] > sizes[data["start"]][1]
    assert player(deep(2)).data["start"] == 0


def test_an_extent_is_about_what_graphviz_makes_of_it():
    for network, given in NETWORKS.values():
        loss = (network(given) ** 2).mean()
        for depth in (1, 2, 3):
            _, _, height, _ = measures(draw(loss, depth=depth, theme="light").pipe("svg"))
            assert extent(picture([loss], depth=depth))[1] == pytest.approx(height, rel=0.15)


# -- names and derivatives -----------------------------------------------------------------------------


def test_results_have_the_names_that_the_program_gives_them():
    w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    layer = nn.Linear(2, 2).to(np.float64)
    with autograd.source_lines():
        h = w
        for _ in range(2):
            h = autograd.tanh(h * w)
        z = layer(h)
        product = z * w * w
        size = float((product + 1.0).sum())
        loss = (product - size).sum()
    named = [box.name for box in picture([loss]).boxes if box.kind not in ("parameter", "constant")]

    assert named == ["", "h", "", "h", "z", "", "product", "", "loss"]


def test_what_a_recorded_derivative_made_stands_in_a_frame_that_says_of_what():
    x = Tensor(2.0, requires_grad=True, name="x")
    y = x * x * x
    y.name = "y"
    y.backward(create_graph=True)
    first = x.grad
    made = picture([first * 1.0])

    assert [frame.label for frame in made.clusters] == ["derivative of y"]
    inside = {e.label for e in made.ellipses if e.cluster == 0}
    assert inside
    assert [e.cluster for e in made.ellipses][-1] is None  # the product after it
    second = autograd.gradients(first, x, create_graph=True)
    labels = [frame.label for frame in picture([first * second]).clusters]
    assert labels == ["derivative of y", "derivative of +"]


def test_a_cell_over_64_steps_plays():
    cell, state = nn.LSTMCell(3, 4), None
    for _ in range(64):
        state = cell(array(2, 3), state)
    film = player(state[0].sum())

    assert film.steps == 2 * 1025 + 1
    assert film.data["levels"][film.data["start"]]["name"] == "repeats once"


def test_settings_stand_in_the_box_of_a_layer_that_is_closed():
    model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU()), nn.Conv2d(4, 4, 5, padding=2))
    out = model(array(1, 3, 9, 9)).sum()
    blocks = picture([out], depth=1).blocks

    assert [b.settings for b in blocks] == ["", "4, 4, kernel_size=5, padding=2"]
