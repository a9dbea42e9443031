"""Arrays look like what they are: tiles, what a product multiplies, attention with its tokens, a layer along time."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.viz import player
from autograd.viz.formula import computes
from tests.autograd.viz.browser import chromium, opened
from tests.autograd.viz.test_live import CONTRAST, gpt, index, lenet, recurrent, said


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as page:
        yield page


@pytest.fixture
def show(browser, tmp_path):
    """Open the page of a film: `with show(film, "#step=3") as page`."""

    def show(film, hash="", **options):
        return opened(browser, Path(film.save(tmp_path / "p.html")).as_uri() + hash, **options)

    return show


WORDS = ["the", "cat", "sat", "on", "a", "mat", "dog", "ran", ".", "and", "\n"]


def step(film, name):
    """The address of the first forward step of an operation."""
    return f"#step={next(i for i, op in enumerate(film.data['ops']) if op['name'] == name)}"


def view(page, heading):
    """The array under a heading of the panel."""
    return page.locator("#detail h3", has_text=re.compile(rf"^{heading} ")).locator("xpath=following-sibling::*[1]")


def numbers(text):
    """What an expression of the page comes to."""
    left, right = text.replace("×", "*").replace("−", "-").split(" = ")
    return eval(left, {}), float(right)  # digits and operators of our own page


# ---- tiles -----------------------------------------------------------------------------------------------------------


def test_pictures_filters_and_feature_maps_are_tiles_in_rows_of_a_sample(show):
    model, loss = lenet()
    film = player(loss(), model=model)
    with show(film, step(film, "convolution")) as page:
        for heading, (down, across), side in (("x", (1, 2), 8), ("weight", (1, 4), 3), ("y", (2, 4), 8)):
            place = view(page, heading).locator("canvas").bounding_box()
            cell = (place["width"] - 4 + 3) / across - 3
            assert cell % side == 0
            assert place["height"] == pytest.approx(4 + down * (cell + 3) - 3)
        assert view(page, "x").locator("canvas").get_attribute("aria-label").startswith("picture")
        assert view(page, "y").locator("canvas").get_attribute("aria-label").startswith("heat map")


def test_pointing_at_a_cell_of_a_tile_tells_its_element(show):
    x = np.arange(2 * 3 * 4 * 5, dtype=np.float64).reshape(2, 3, 4, 5)
    leaf = Tensor(x, requires_grad=True, name="x")
    with show(player((leaf * 2.0).sum())) as page:
        shown = view(page, "left")
        shown.locator("canvas").scroll_into_view_if_needed()
        place = shown.locator("canvas").bounding_box()
        tile = (place["width"] - 4 + 3) / 3  # with its gap
        cell = (tile - 3) / 5
        page.mouse.move(place["x"] + 2 + tile + 3.5 * cell, place["y"] + 2 + (4 * cell + 3) + 1.5 * cell)
        assert shown.locator(".told").text_content() == f"left[1, 1, 1, 3] = {x[1, 1, 1, 3]:.0f}"
        assert shown.locator("td.at").text_content() == f"{x[1, 1, 1, 3]:.0f}"


def test_arrow_keys_go_about_in_an_array_and_take_no_step(show):
    x = Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True, name="x")
    with show(player((x * 2.0).sum())) as page:
        shown = view(page, "left")
        shown.locator(".view").focus()
        for key, told in (("Right", "0, 0, 1"), ("Down", "0, 1, 1"), ("Left", "0, 1, 0"), ("Left", "0, 1, 0")):
            page.keyboard.press(f"Arrow{key}")
            assert f"left[{told}] = " in shown.locator(".told").text_content()
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        assert "left[1, 1, 0] = 16" in shown.locator(".told").text_content()
        assert page.evaluate("player.step") == 0
        page.keyboard.press("n")  # the number changes, and the keyboard stays
        page.keyboard.press("ArrowRight")
        assert page.evaluate("player.step") == 0


def test_colours_of_a_picture_are_its_three_channels(show):
    x = np.zeros((1, 3, 4, 4), np.float32)
    x[0, 0, 0, 1] = x[0, 2, 2, 3] = 1.0
    weight = Tensor(np.ones((2, 3, 3, 3), np.float32), requires_grad=True, name="weight")
    with show(player(autograd.convolution(x, weight).sum())) as page:
        # one reading of all: of several a browser complains
        read = "(e) => { const p = e.getContext('2d'); return [...p.getImageData(0, 0, e.width, e.height).data]; }"
        canvas = view(page, "x").locator("canvas")
        found = np.reshape(canvas.evaluate(read), (-1, canvas.evaluate("(e) => e.width"), 4))
        cell = (found.shape[1] - 4) // 4
        assert list(found[2 + cell // 2, 2 + 3 * cell // 2]) == [255, 0, 0, 255]
        assert list(found[2 + 5 * cell // 2, 2 + 7 * cell // 2]) == [0, 0, 255, 255]


# ---- what meets ------------------------------------------------------------------------------------------------------


def products():
    """Of each operation its leaves and y, and for an element of y what it multiplies, as two lists of places."""
    draw = np.random.default_rng(0)
    a, b = (Tensor(draw.normal(size=s), requires_grad=True, name=n) for n, s in (("a", (2, 3, 2)), ("b", (2, 4))))
    yield "matmul", (a, b), a @ b, (1, 2, 1), [10, 11], [1, 5]
    vector = Tensor(draw.normal(size=2), requires_grad=True)
    yield "matmul", (a, vector), a @ vector, (1, 2), [10, 11], [0, 1]
    weight, bias = (Tensor(draw.normal(size=s), requires_grad=True) for s in ((3, 2), 3))
    yield "linear", (a, weight, bias), autograd.linear(a, weight, bias), (1, 0, 2), [6, 7], [4, 5]
    x = draw.normal(size=(1, 2, 4, 4))
    filters = Tensor(draw.normal(size=(2, 1, 2, 2)), requires_grad=True)
    y = autograd.convolution(x, filters, stride=2, padding=1, groups=2)
    yield "convolution", (filters,), y, (0, 1, 1, 0), [20, 24], [5, 7]


@pytest.mark.parametrize("number", range(4))
def test_an_element_of_a_product_lights_up_what_it_multiplies_with_the_numbers(show, number):
    name, leaves, y, at, left, right = list(products())[number]
    assert leaves  # which are held on to: the page computes with their values
    film = player(y.sum())
    with show(film, step(film, name)) as page:
        page.evaluate("(i) => player.point('y', i)", int(np.ravel_multi_index(at, y.shape)))
        assert f"y[{', '.join(map(str, at))}] = " in view(page, "y").locator(".told").text_content()
        for heading, expected in zip(film.data["ops"][0]["inputs"], (left, right), strict=False):
            lit = view(page, heading["name"]).locator("td.lit")
            assert [int(lit.nth(k).get_attribute("data-at")) for k in range(lit.count())] == expected
        came, told = numbers(page.locator(".meeting code").text_content())
        assert told == pytest.approx(y.data[at], rel=1e-3)
        assert came == pytest.approx(told, rel=1e-2)


def test_a_pointer_over_a_number_of_the_result_does_the_same(show):
    a, b = (Tensor([[1.0, 2.0], [3.0, -4.0]], requires_grad=True, name=n) for n in "ab")
    film = player((a @ b).sum())
    with show(film) as page:
        view(page, "y").locator('[data-at="3"]').hover()
        assert said(page, ".meeting code") == "3 × 2 + (-4) × (-4) = 22"
        page.evaluate("(t) => player.set(t, 3, 0.5)", index(film, "b"))
        view(page, "y").locator('[data-at="3"]').hover()
        assert said(page, ".meeting code") == "3 × 2 + (-4) × 0.5 = 4"


def test_what_is_too_wide_to_be_drawn_is_multiplied_in_words(show):
    x, weight = (Tensor(np.ones((2, 700)) * v, requires_grad=True, name=n) for n, v in (("x", 2.0), ("weight", 0.25)))
    with show(player(autograd.linear(x, weight).sum())) as page:
        assert "2 × 0.25 + … 694 more products = 350" in said(page, ".meeting code")
        assert page.locator("#detail .view").count() == 1


# ---- formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda x: x * -3.0, "2 × (-3) = -6"),
        (lambda x: autograd.tanh(x), "tanh(2) = 0.964"),
        (lambda x: x**2, "2 ** 2 = 4"),
        (lambda x: -x, "negative(2) = -2"),
    ],
)
def test_a_forward_step_says_what_it_computes_and_with_which_numbers(show, make, says):
    x = Tensor(2.0, requires_grad=True, name="x")
    with show(player(make(x))) as page:
        assert page.locator(".row-of", has_text="computes").count() == 1
        assert says in page.locator(".row-of", has_text="in numbers").text_content()


def test_every_operation_says_what_it_computes():
    made = [op for op in autograd.engine.op.registry.values() if autograd.engine.op.ours(op) and op.doc]
    said = [computes(op) for op in made]
    assert len(said) > 250
    assert [op.name for op, text in zip(made, said) if not text or "`" in text or "\n" in text] == []


def test_a_small_local_derivative_is_written_out_and_follows_a_touch(show):
    x = Tensor([0.5, -1.0], requires_grad=True, name="x", dtype=np.float64)
    film = player((autograd.softmax(x) * np.array([1.0, 2.0])).sum())
    backward = next(
        i for i, s in enumerate(film.data["frames"][0]["steps"]) if film.data["ops"][s["op"]]["name"] == "softmax"
    )
    with show(film, f"#step={len(film.data['ops']) + 1 + backward}") as page:
        for values in ([0.5, -1.0], [0.5, 0.25]):
            page.evaluate("([t, x]) => player.set(t, 1, x)", [index(film, "x"), values[1]])
            p = np.exp(values) / np.sum(np.exp(values))
            expected = np.diag(p) - np.outer(p, p)
            found = page.locator(".row-of", has_text="columns: of x").locator("td")
            np.testing.assert_allclose([float(found.nth(i).text_content()) for i in range(4)], expected.ravel(), 1e-3)


def test_looking_closely_at_a_box_shows_its_numbers(show):
    x = Tensor(np.linspace(0.125, 3.125, 25).reshape(5, 5), requires_grad=True, name="x")
    film = player((x * 2.0).sum())
    with show(film, "#step=3") as page:
        box = page.locator(f'[data-tensor="{index(film, "x")}"]')
        assert not box.locator(".close").nth(1).is_visible()
        while page.evaluate("player.view.s") < 2.2:
            page.keyboard.press("+")
        assert box.locator(".close").nth(1).is_visible()
        assert box.locator(".close").nth(1).text_content().split()[:2] == ["0.13", "0.25"]
        page.keyboard.press("ArrowRight")
        assert box.locator(".close").nth(6).text_content().split() == ["2", "2"]
        page.keyboard.press("f")
        assert not box.locator(".close").nth(1).is_visible()


# ---- tokens and attention --------------------------------------------------------------------------------------------


def talk(**options):
    model, _ = gpt()
    x = np.array([[0, 1, 2, 3, 4, 5], [0, 6, 7, 9, 2, 10]])
    loss = nn.functional.cross_entropy(model(x).reshape(12, 11), np.roll(x, -1, 1).ravel())
    return model, x, player(loss, model=model, **options)


def test_token_indices_stand_with_their_text_where_a_vocabulary_is_given(show):
    model, _, film = talk(vocabulary=WORDS)
    assert model is not None
    with show(film) as page:
        rows = page.locator(".tokens")
        assert [rows.nth(i).locator("b").all_text_contents() for i in (0, 1)] == [
            ["the", "cat", "sat", "on", "a", "mat"],
            ["the", "dog", "ran", "and", "sat", "⏎"],
        ]
        assert rows.nth(1).locator("small").all_text_contents() == ["0", "6", "7", "9", "2", "10"]
        page.keyboard.press("ArrowRight")  # the embedding of positions takes no words
        assert said(page, "#step-title") == "embedding"
        assert rows.count() == 0
        page.evaluate("(k) => player.go(k)", int(step(film, "cross_entropy").split("=")[1]))
        words = rows.locator("b").all_text_contents()
        assert words[:6] == ["cat", "sat", "on", "a", "mat", "the"]


def test_a_vocabulary_is_of_texts():
    with pytest.raises(TypeError, match="a word of the vocabulary=3 is no text"):
        player(Tensor(1.0, requires_grad=True) * 2, vocabulary=[3])


@pytest.mark.parametrize("vocabulary", [WORDS, []])
def test_inside_of_fused_attention_is_a_map_with_its_tokens_on_the_axes(show, vocabulary):
    model, x, film = talk(vocabulary=vocabulary)
    data = film.data
    at = next(i for i, op in enumerate(data["ops"]) if op["name"] == "attention")
    table = page_map = None
    with show(film, f"#step={at}") as page:
        q, k = (page.evaluate("(t) => player.value(t)", data["ops"][at]["inputs"][i]["tensor"]) for i in (0, 1))
        p = autograd.attention_weights(*(np.reshape(v, (2, 2, 6, 4)) for v in (q, k)), is_causal=True)
        table = page.locator(".attention")
        heads = [WORDS[i].replace("\n", "⏎") for i in x[0]] if vocabulary else list("012345")
        assert table.locator("th").all_text_contents()[1:7] == heads
        found = np.array(table.locator("td").all_text_contents(), float).reshape(6, 6)
        np.testing.assert_allclose(found, p[0, 0], atol=0.006)
        weights = view(page, "inside: weights").locator("xpath=following-sibling::*[1]")
        weights.locator(".view").focus()
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        for _ in range(6):
            page.keyboard.press("ArrowDown")
        page_map = page.locator(".map p").text_content()
        found = np.array(table.locator("td").all_text_contents(), float).reshape(6, 6)
        np.testing.assert_allclose(found, p[1, 1], atol=0.006)
    assert page_map.startswith("sample 1, head 1")
    assert model is not None


def test_weights_that_an_operation_gives_are_a_map_above_its_arrays(show):
    autograd.seed(0)
    embedding, layer = nn.Embedding(11, 8), nn.MultiheadAttention(8, 2, batch_first=True)
    h = embedding(np.array([[3, 1, 4], [1, 5, 9]]))
    film = player(layer(h, h, h)[0].sum(), model=nn.ModuleList([embedding, layer]), vocabulary=WORDS)
    with show(film, step(film, "attention_weights")) as page:
        assert page.locator(".attention th").all_text_contents()[1:4] == ["on", "cat", "a"]
        page.evaluate("player.point('y', 35)")
        assert page.locator(".attention th").all_text_contents()[1:4] == ["cat", "mat", "and"]
        assert page.locator(".attention").bounding_box()["y"] < view(page, "q").bounding_box()["y"]


# ---- time ------------------------------------------------------------------------------------------------------------


def moments(page):
    """What a recurrent layer shows at the moment of its slider, by name."""
    shown = {}
    for row in page.locator(".time .row-of").all():
        cells = [float(text) for text in row.locator("td").all_text_contents()]
        shown[row.locator("> span").text_content()] = np.reshape(cells, (2, -1))
    return shown


def squash(z):
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("reverse", [False, True])
def test_a_recurrent_layer_is_opened_along_time(show, reverse):
    autograd.seed(0)
    draw = np.random.default_rng(0)
    shapes = {"x": (5, 2, 3), "h0": (2, 4), "c0": (2, 4), "w_ih": (16, 3), "w_hh": (16, 4)}
    arrays = {n: draw.normal(size=s) for n, s in shapes.items()}
    given = {n: Tensor(a, requires_grad=True, name=n) for n, a in arrays.items()}
    out = autograd.ops.recurrent.lstm(*given.values(), reverse=reverse)
    film = player((out[0] ** 2).sum())
    h = out[0].data
    with show(film) as page:
        slider = page.locator(".time input")
        assert page.locator(".bars span").count() == 5
        slider.press("End")
        slider.press("ArrowLeft")
        assert said(page, ".time output") == "t = 3 of 0 … 4"
        shown = moments(page)
        before = h[4] if reverse else h[2]
        gates = arrays["x"][3] @ arrays["w_ih"].T + before @ arrays["w_hh"].T
        i, f, g, o = np.split(gates, 4, axis=-1)
        expected = {"x": arrays["x"][3], "h before": before, "forget gate": squash(f), "input gate": squash(i)}
        expected |= {"candidate": np.tanh(g), "output gate": squash(o), "h": h[3]}
        for name, value in expected.items():
            np.testing.assert_allclose(shown[name], value, 0.01, err_msg=name)
        page.keyboard.press("End")  # of the slider
        assert page.evaluate("player.step") == 0


def test_the_gates_of_a_gru_have_their_names(show):
    draw = np.random.default_rng(0)
    shapes = {"x": (3, 2, 3), "h0": (2, 4), "w_ih": (12, 3), "w_hh": (12, 4)}
    given = {n: Tensor(draw.normal(size=s), requires_grad=True, name=n) for n, s in shapes.items()}
    x, h0, w_ih, w_hh = (t.data for t in given.values())
    film = player((autograd.ops.recurrent.gru(*given.values())[0] ** 2).sum())
    with show(film) as page:
        shown = moments(page)
    (x_r, x_z, x_n), (h_r, h_z, h_n) = (np.split(a, 3, axis=-1) for a in (x[0] @ w_ih.T, h0 @ w_hh.T))
    r = squash(x_r + h_r)
    expected = {"reset gate": r, "update gate": squash(x_z + h_z), "candidate": np.tanh(x_n + r * h_n)}
    for name, value in expected.items():
        np.testing.assert_allclose(shown[name], value, 0.01, err_msg=name)


def test_backward_through_a_recurrent_layer_shows_what_comes_to_each_moment(show):
    x = Tensor(np.ones((6, 1, 2)), requires_grad=True, name="x")
    weights = [Tensor(np.full(s, 0.3), requires_grad=True) for s in ((3, 2), (3, 3))]
    film = player(autograd.ops.recurrent.rnn(x, np.zeros((1, 3)), *weights)[0][-1].sum())
    with show(film, f"#step={film.steps - 1}") as page:
        heights = page.locator(".bars span").evaluate_all("(bars) => bars.map((b) => parseFloat(b.style.height))")
        assert heights == sorted(heights)  # the gradient fades on its way back
        assert "what goes to x" in page.locator(".time .about").first.text_content()


# ---- how it looks ----------------------------------------------------------------------------------------------------

FILMS = {
    "cnn": lambda: lenet(),
    "gpt": lambda: gpt(),
    "lstm": lambda: recurrent(nn.LSTM)(),
}


@pytest.mark.parametrize("media", [{"color_scheme": "dark"}, {"reduced_motion": "no-preference"}])
@pytest.mark.parametrize("name", FILMS)
def test_no_step_of_a_narrow_page_runs_out_of_it(show, name, media):
    model, loss = FILMS[name]()
    film = player(loss(), model=model, vocabulary=WORDS)
    with show(film, width=400, height=640, **media) as page:
        for k in range(film.steps):
            page.evaluate("(k) => player.go(k)", k)
            assert page.evaluate("document.documentElement.scrollWidth") <= 400, k


def test_in_a_narrow_page_the_step_is_in_sight(show):
    model, loss = lenet()
    with show(player(loss(), model=model), width=400, height=640) as page:
        title, text, bar = (page.locator(s).bounding_box() for s in ("#step-title", "#step-text", "footer"))
        assert title["y"] + title["height"] < bar["y"]
        assert text["y"] < bar["y"] - 60
        assert not page.locator("#lab-step").is_visible()
        page.set_viewport_size({"width": 900, "height": 640})  # as a frame that gets its width late
        page.locator("#lab-step").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_among_the_arrays_stand_out_from_their_ground(show, scheme):
    _, _, film = talk(vocabulary=WORDS)
    contrast = CONTRAST.replace("#lab *, #quiz *", "#detail *")
    with show(film, color_scheme=scheme) as page:
        for name in ("embedding", "linear", "attention"):
            page.evaluate("(k) => player.go(k)", int(step(film, name).split("=")[1]))
            found = page.evaluate(contrast)
            assert len(found) > 20
            assert [f for f in found if f[0] < 4.5] == []


def test_a_page_that_cannot_compute_shows_what_python_took_down(show):
    x = Tensor(np.arange(48.0).reshape(2, 4, 6), requires_grad=True, name="x")
    y = x * 2.0
    y.register_hook(lambda g: g)
    film = player(y.sum())
    with show(film) as page:
        assert page.locator("#detail .view").count() == 0
        assert page.locator("#detail canvas").count() == 2
