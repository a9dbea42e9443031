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


def digits(flat):
    """A network for pictures of 8 x 8, which are given as they are, or as rows."""
    autograd.seed(0)
    x = np.random.default_rng(0).random((3, 64) if flat else (3, 1, 8, 8)).astype(np.float32)
    tail = (nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 4)) if flat else (nn.Flatten(), nn.Linear(64, 4))
    model = nn.Sequential(*([nn.Unflatten(1, (1, 8, 8))] if flat else []), *tail)
    leaf = Tensor(x, requires_grad=True, name="pixels")  # else a reshape of it is none of the record's
    return (leaf, model), x, model(leaf).sum()


def tiles_of(page, heading):
    """How wide and high the picture of an array is, in cells of 8 x 8 tiles, and what it is called."""
    canvas = view(page, heading).locator("canvas")
    place = canvas.bounding_box()
    return place["width"] / place["height"], canvas.get_attribute("aria-label").split(",")[0]


@pytest.mark.parametrize("flat", [True, False])
def test_rows_that_the_graph_makes_of_pictures_or_pictures_of_are_shown_as_pictures(show, flat):
    held, x, y = digits(flat)
    film = player(y)
    assert held  # so that the page computes
    assert [t.get("image") for t in film.data["tensors"] if t["shape"] == [3, 64]] == [[1, 8, 8]]
    with show(film, step(film, "reshape")) as page:
        shape, _ = tiles_of(page, "x" if flat else "y")
        assert shape == pytest.approx(1, rel=0.05)  # two above one
        page.evaluate("(name) => player.point(name, 64 + 8 * 2 + 5)", "x" if flat else "y")
        told = view(page, "x" if flat else "y").locator(".told").text_content()
        assert told.partition("=")[0].endswith("[1, 21] ")
        assert float(told.partition("=")[2]) == pytest.approx(x.reshape(3, 64)[1, 21], rel=1e-3)


def test_a_user_says_that_rows_are_pictures_and_weights_of_that_size_are_then_too(show):
    autograd.seed(0)
    model = nn.Sequential(nn.Linear(64, 6), nn.ReLU(), nn.Linear(6, 4))
    x = np.random.default_rng(0).random((3, 64)).astype(np.float32)
    plain, told = (player(model(x).sum(), model=model, **o) for o in ({}, {"images": 8}))
    assert not any("image" in t for t in plain.data["tensors"])  # a square is no reason to guess
    assert [t["shape"] for t in told.data["tensors"] if "image" in t] == [[3, 64], [6, 64]]
    assert told.data["tensors"] == player(model(x).sum(), model=model, images=(1, 8, 8)).data["tensors"]
    with show(told) as page:
        assert tiles_of(page, "x")[1] == "picture"
        assert tiles_of(page, "weight")[1] == "heat map"
        page.evaluate("(k) => player.go(k)", told.steps - 1)
        canvas = page.locator(".sum canvas").first.bounding_box()  # the gradient of the weight, neuron by neuron
        assert canvas["width"] / canvas["height"] != pytest.approx(64 / 6, rel=0.3)
        page.evaluate("player.point('g', 3, 1)")
        assert "x" in page.locator(".row-of", has_text="times x").text_content()
        lit = page.evaluate("player.lit('x')")
        assert lit == [3, 67, 131]


@pytest.mark.parametrize(
    ("images", "says"),
    [
        ((28, 28), r"images=\(28, 28\): no matrix here has rows of 784 numbers; there are \(3, 64\)"),
        ((2, 8, 4), r"images=\(2, 8, 4\) is no \(height, width\)"),
        ((8, 0), r"images\[1\]=0 is less than 1"),
        ((8,) * 4, "is no .height, width. of a picture"),
    ],
)
def test_images_that_no_array_can_be_are_refused(images, says):
    with pytest.raises(ValueError, match=says):
        player(Tensor(np.ones((3, 64)), requires_grad=True).sum(), images=images)


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


def contractions():
    """Of each operation its leaves and y, at random."""
    draw = np.random.default_rng(0)

    def leaves(*shapes):
        return [Tensor(draw.normal(size=s), requires_grad=True, name=f"leaf{i}") for i, s in enumerate(shapes)]

    a, b = leaves((2, 3, 2), (2, 4))
    yield "matmul", (a, b), a @ b
    a, b = leaves((2, 1, 3, 2), (3, 2, 2))
    yield "broadcast matmul", (a, b), a @ b
    a, b = leaves((3, 2), (2,))
    yield "matrix times vector", (a, b), a @ b
    given = leaves((2, 2, 3), (2, 3), (2,))
    yield "linear", given, autograd.linear(*given)
    given = leaves((1, 2, 4, 4), (2, 1, 2, 2), (2,))
    yield "convolution", given, autograd.convolution(*given, stride=2, padding=1, groups=2)
    given = leaves((1, 2, 5), (3, 2, 2))
    yield "dilated convolution", given, autograd.convolution(*given, dilation=2)
    a, b = leaves((2, 3), (3, 2, 2))
    yield "einsum", (a, b), autograd.einsum("ij,jkl->kil", a, b)
    a, b, c = leaves((2, 2), (2, 3), (3,))
    yield "einsum of three", (a, b, c), autograd.einsum("ii,ij,j->i", a, b, c)
    (a,) = leaves((1, 2, 4, 4))
    yield "max pooling", (a,), autograd.max_pool(a, (3, 2), 1, (1, 0))
    yield "average pooling", (a,), autograd.avg_pool(a, 3, 2, 1)
    yield "average of what there is", (a,), autograd.avg_pool(a, 3, 2, 1, False, False)


NAMES = [name for name, *_ in contractions()]


def value_of(text):
    """What an expression of the page comes to, if nothing is left out of it."""
    text = text.removeprefix("the greatest of its window: ").replace("not the greatest of a window: 0", "0 = 0")
    return None if "…" in text else numbers(text)


def reached(leaves, y, k):
    """Of each element of a leaf those of y on which it has an influence: from y alone, nothing of the page's."""
    found = []
    for j in range(leaves[k].size):
        grads = []
        for i in range(y.size):
            seed = np.zeros(y.shape)
            seed.reshape(-1)[i] = 1.0
            y.backward(seed, retain_graph=True)
            grads.append(leaves[k].grad.data.reshape(-1)[j])
            for leaf in leaves:
                leaf.grad = None
        found.append([i for i, g in enumerate(grads) if g])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_element_of_a_contribution_lights_up_the_gradients_it_is_made_of(show, name):
    leaves, y = next((leaves, y) for n, leaves, y in contractions() if n == name)
    weights = np.random.default_rng(1).normal(size=y.shape)
    film = player((y * weights).sum())
    expected = [reached(leaves, y, k) for k in range(len(leaves))]
    grads = autograd.gradients((y * weights).sum(), list(leaves))
    told = 0
    with show(film, f"#step={film.steps - 1}") as page:
        for k, leaf in enumerate(leaves):
            for j in np.random.default_rng(2).permutation(leaf.size)[:5].tolist():
                page.evaluate("([j, k]) => player.point('g', j === 0 ? 1 : 0, k + 1)", [j, k])
                page.evaluate("([j, k]) => player.point('g', j, k + 1)", [j, k])
                assert page.evaluate("player.lit('g')") == expected[k][j], (k, j)
                said = value_of(page.locator(".meeting code").nth(k).text_content())
                if said is not None:
                    told += 1
                    assert said[1] == pytest.approx(np.ravel(grads[k].data)[j], rel=2e-3, abs=1e-9)
                    assert said[0] == pytest.approx(said[1], rel=1e-2, abs=5e-3)
    assert told > 2


@pytest.mark.parametrize("name", [n for n in NAMES if "einsum" in n or "pooling" in n or "average" in n])
def test_forward_an_element_lights_up_its_window_or_its_factors(show, name):
    leaves, y = next((leaves, y) for n, leaves, y in contractions() if n == name)
    inputs = [{"einsum": "operands", "einsum of three": "operands"}.get(name, "x")]
    film = player(y.sum())
    heads = [i["name"] for i in film.data["ops"][0]["inputs"]]
    assert heads[0].startswith(inputs[0])
    expected = [reached(leaves, y, k) for k in range(len(leaves))]
    with show(film) as page:
        for i in range(y.size):
            page.evaluate("(i) => (player.point('y', i === 0 ? 1 : 0), player.point('y', i))", i)
            said = value_of(page.locator(".meeting code").text_content())
            if said is not None:
                assert said[1] == pytest.approx(np.ravel(y.data)[i], rel=2e-3)
                assert said[0] == pytest.approx(said[1], rel=1e-2, abs=5e-3)
            for k, head in enumerate(heads):
                lit = page.evaluate("(name) => player.lit(name)", head)
                reach = [j for j, reaches in enumerate(expected[k]) if i in reaches]
                if name == "max pooling":
                    assert set(reach) < set(lit)  # of the window one was taken,
                    assert page.evaluate("(name) => player.at(name)", head) == reach[0]  # which is pointed at
                else:
                    assert lit == reach


def test_the_other_factor_of_a_contribution_stands_beside_it(show):
    x, weight = (
        Tensor(v, requires_grad=True, name=n) for n, v in (("x", [[1.0, 2.0]]), ("weight", [[3.0, 4.0], [5.0, 6.0]]))
    )
    y = autograd.linear(x, weight)
    film = player((y * np.array([[0.5, -1.0]])).sum())
    with show(film, f"#step={film.steps - 1}") as page:
        page.evaluate("(player.point('g', 0, 1), player.point('g', 1, 1))")
        assert said(page, ".meeting code >> nth=0") == "0.5 × 4 + (-1) × 6 = -4"
        assert page.evaluate("player.lit('weight')") == [1, 3]
        row = page.locator(".row-of", has_text="times weight")
        assert row.locator("td.lit").all_text_contents() == ["4", "6"]
        view = page.locator(".sum .view").nth(1)  # of the weight, by keys
        view.focus()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("player.step") == film.steps - 1
        assert page.locator(".meeting code").nth(1).text_content() in ("(-1) × 1 = -1", "(-1) × 2 = -2")


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


# ---- what runs again and again ---------------------------------------------------------------------------------------


def unrolled(steps=12):
    autograd.seed(0)
    cell, head = nn.LSTMCell(3, 4), nn.Linear(4, 1)
    x = np.random.default_rng(0).normal(size=(steps, 2, 3)).astype(np.float32)
    h = c = Tensor(np.zeros((2, 4), np.float32))
    states = []
    for t in range(steps):
        h, c = cell(x[t], (h, c))
        states.append(c)
    model = nn.ModuleList([cell, head])
    return model, states, player((head(h) ** 2).mean(), model=model)


def test_a_slider_chooses_the_time_step_of_a_cell_called_in_a_loop(show):
    model, states, film = unrolled()
    assert model is not None
    ops = film.data["ops"]
    news = [
        i
        for i, op in enumerate(ops)
        if op["name"] == "add" and film.data["tensors"][op["outputs"][0]]["shape"] == [2, 4]
    ]
    assert len(news) == 12
    with show(film, f"#step={news[3]}") as page:
        assert said(page, "#runs output") == "t = 3 of 0 … 11"
        slider = page.locator("#runs input")
        slider.press("ArrowRight")
        assert page.evaluate("player.step") == news[4]
        assert page.evaluate("document.activeElement.type") == "range"  # the keyboard stays
        slider.press("End")
        assert page.evaluate("player.step") == news[11]
        assert page.locator(".node.now").count() == 1
        tips = page.locator("#runs .bars span").evaluate_all("(bars) => bars.map((bar) => bar.title)")
        norms = [np.linalg.norm(c.data) for c in states]
        assert [float(t.rpartition(" ")[2]) for t in tips] == pytest.approx(norms, rel=1e-3)
        slider.fill("0")
        assert page.evaluate("player.step") == news[0]


def test_backward_the_slider_goes_back_in_time_and_the_bars_show_how_g_fades(show):
    model, _, film = unrolled()
    assert model is not None
    tanh = [i for i, op in enumerate(film.data["ops"]) if op["name"] == "tanh"][::2]  # the candidates
    with show(film) as page:
        page.evaluate("(k) => player.go(k)", film.steps - 3)
        page.locator("#runs input").wait_for()
        page.locator("#runs input").fill("7")
        step = film.data["frames"][0]["steps"][page.evaluate("player.step") - len(film.data["ops"]) - 1]
        assert said(page, "#runs output") == "t = 7 of 0 … 11"
        assert step["op"] // (tanh[1] - tanh[0]) == 7
        assert "norm of g" in said(page, "#runs .about")
        page.keyboard.press("Home")


def test_blocks_that_are_drawn_once_have_the_slider_too_and_single_operations_none(show):
    model = nn.models.GPT(11, 6, 8, 2, 3)
    film = player(model(np.arange(6)[None]).sum(), model=model)
    norm = next(i for i, op in enumerate(film.data["ops"]) if op["module"].startswith("blocks.1.norm2"))
    with show(film, f"#step={norm}") as page:
        assert said(page, "#runs output") == "run 2 of 3"
        page.locator("#runs input").press("End")
        assert "blocks.2.norm2" in page.locator("#detail .where").last.text_content()
        page.evaluate("player.go(0)")
        assert page.locator("#runs").is_hidden()


@pytest.mark.parametrize("media", [{"color_scheme": "dark"}, {"reduced_motion": "no-preference"}])
def test_a_narrow_page_has_room_for_the_slider_of_runs(show, media):
    _, _, film = unrolled(5)
    with show(film, "#step=9", width=400, height=640, **media) as page:
        page.locator("#runs input").press("End")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        found = page.evaluate(CONTRAST.replace("#lab *, #quiz *", "#runs *"))
        assert [f for f in found if f[0] < 4.5] == []


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
