"""The player computes: a number is touched and both passes follow, in the browser as in the engine."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.viz import player
from tests.autograd.viz.browser import chromium, opened


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


def line(dtype=np.float32):
    values = {"w": 2.0, "x": 3.0, "b": 1.0, "t": 4.0}
    w, x, b, t = (Tensor(v, requires_grad=n in "wb", name=n, dtype=dtype) for n, v in values.items())
    return (w * x + b - t) ** 2, (w, x, b, t)


def network(dtype=np.float32):
    """A model, its data, and its loss."""
    autograd.seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)).to(dtype)
    x = np.linspace(-1, 1, 24).reshape(6, 4).astype(dtype)
    return model, lambda: nn.functional.cross_entropy(model(x), np.array([0, 1, 2, 0, 1, 2]))


def lenet(dtype=np.float32):
    autograd.seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3), nn.ReLU(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(8, 10)),
    ).to(dtype)
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 8)).astype(dtype)
    return model, lambda: nn.functional.cross_entropy(model(x), np.array([3, 7]))


def gpt(dtype=np.float32):
    autograd.seed(0)
    model = nn.models.GPT(11, 6, 8, 2, 1).to(dtype)
    x = np.arange(6)[None]
    return model, lambda: nn.functional.cross_entropy(model(x).reshape(6, 11), (x[0] + 1) % 11)


def recurrent(kind):
    def made(dtype=np.float32):
        autograd.seed(0)
        model = kind(3, 4).to(dtype)
        x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype(dtype)
        return model, lambda: (model(x)[0] ** 2).mean()

    return made


def index(film, name):
    return next(i for i, t in enumerate(film.data["tensors"]) if t["name"] == name)


def said(page, selector):
    return page.locator(selector).text_content().strip()


# ---- both passes -----------------------------------------------------------------------------------------------------

MODELS = {
    "mlp": network,
    "cnn": lenet,
    "gpt": gpt,
    **{c.__name__: recurrent(c) for c in (nn.RNN, nn.LSTM, nn.GRU)},
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MODELS)
def test_the_models_of_the_lessons_are_computed_as_the_engine_does(show, name, dtype):
    model, loss = MODELS[name](dtype)
    film = player(loss(), model=model)
    assert film.data["live"]["frozen"] == []
    chance = np.random.default_rng(1)
    changes = [(n, chance.integers(p.size), chance.normal()) for n, p in model.named_parameters()]
    with show(film) as page:
        for n, i, value in changes:
            page.evaluate("([t, i, x]) => player.set(t, i, x)", [index(film, n), int(i), float(value)])
            model.get_parameter(n).data.reshape(-1)[i] = value
        model.zero_grad()
        now = loss()
        now.backward()
        tolerance = {"rtol": 1e-12, "atol": 1e-12} if dtype == np.float64 else {"rtol": 1e-5, "atol": 1e-5}
        assert page.evaluate("player.loss") == pytest.approx(now.item(), rel=tolerance["rtol"])
        for n, p in model.named_parameters():
            found = page.evaluate("(t) => player.gradient(t)", index(film, n))
            np.testing.assert_allclose(found, p.grad.numpy().ravel(), **tolerance, err_msg=n)


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_steps_in_the_page_are_those_of_gradient_descent(show, name):
    model, loss = MODELS[name](np.float64)
    film, losses = player(loss(), model=model), []
    for _ in range(12):
        model.zero_grad()
        now = loss()
        losses.append(now.item())
        now.backward()
        for p in model.parameters():
            p.data = p.data - 0.2 * p.grad.data
    with show(film, "#lr=0.2") as page:
        for _ in range(11):
            page.click("#lab-step")
        assert page.evaluate("player.losses") == pytest.approx(losses, rel=1e-12)
        assert said(page, "#lab-count") == "11 steps"
        assert page.locator("#lab-curve polyline").get_attribute("points").count(" ") == 11
        page.click("#lab-reset")
        assert page.evaluate("player.losses") == pytest.approx(losses[:1], rel=1e-12)
        assert page.locator("#lab-mark").is_hidden()


@pytest.mark.parametrize("name", MODELS)
def test_before_a_touch_the_page_computes_what_the_engine_did(show, name):
    model, loss = MODELS[name](np.float64)
    film = player(loss(), model=model)
    sights, frame, compared = film.data["sights"], film.data["frames"][0], 0
    with show(film) as page:
        for t, place in enumerate(frame["values"]):
            sight = sights[place] if place is not None else {}
            if film.data["live"]["values"][t] is None or not sight:
                continue
            found = np.array(page.evaluate("(t) => player.value(t)", t))
            few = "all" in sight
            expected = np.ravel(sight["all"]) if few else sight["norm"]
            assert (found if few else np.linalg.norm(found)) == pytest.approx(expected, rel=1e-9 if few else 1e-5)
            compared += 1
    assert compared >= len(film.data["ops"])


# ---- touching --------------------------------------------------------------------------------------------------------


def test_a_number_is_typed_with_the_keyboard_alone_and_the_drawing_follows(show):
    loss, _ = line()
    film = player(loss)
    with show(film, "#step=8") as page:
        page.locator("#lab-number").focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("-1.5")  # a minus is no zoom, and digits are no keys
        view = page.evaluate("player.view.s")
        w = page.locator(f'[data-tensor="{index(film, "w")}"]').text_content()

        assert "-1.5" in w
        assert "-45" in w  # 2 (-1.5 * 3 + 1 - 4) * 3
        assert said(page, "#lab-loss") == "56.25"
        assert "(-15) * 3" in said(page, "#detail")
        assert page.evaluate("player.view.s") == view
        assert page.evaluate("document.activeElement.id") == "lab-number"
        page.locator("#drawing").focus()
        page.keyboard.press("s")
        assert said(page, "#lab-count") == "1 step"


@pytest.mark.parametrize("name", "wxbt")
def test_any_leaf_is_chosen_by_a_click_and_changed(show, name):
    loss, _ = line(np.float64)
    film = player(loss)
    with show(film) as page:
        page.click(f'[data-tensor="{index(film, name)}"]')
        assert said(page, "#lab-element") == name
        page.fill("#lab-number", "2.5")
        values = {"w": 2.0, "x": 3.0, "b": 1.0, "t": 4.0, name: 2.5}
        expected = (values["w"] * values["x"] + values["b"] - values["t"]) ** 2
        assert page.evaluate("player.loss") == pytest.approx(expected, rel=1e-12)


def test_a_number_is_dragged(show):
    loss, _ = line()
    with show(player(loss)) as page:
        place = page.locator("#lab-slide").bounding_box()
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.mouse.down()
        page.mouse.move(place["x"] + place["width"], place["y"] + place["height"] / 2, steps=4)
        page.mouse.up()
        assert float(page.input_value("#lab-number")) > 4
        assert page.evaluate("player.loss") > 100


def test_any_element_of_an_array_is_chosen_in_the_grid_by_keys_or_a_click(show):
    model, loss = network(np.float64)
    film = player(loss(), model=model)
    with show(film) as page:
        page.select_option("#lab-leaf", str(index(film, "2.weight")))
        page.locator(".cell.chosen").focus()
        for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        assert said(page, "#lab-element") == "2.weight[1,2]"
        page.fill("#lab-number", "0.75")
        assert page.evaluate("(t) => player.value(t)", index(film, "2.weight"))[7] == 0.75
        page.click('[data-element="14"]')
        assert said(page, "#lab-element") == "2.weight[2,4]"
        assert page.evaluate("player.step") == 0


def test_a_class_stays_one_of_the_classes(show):
    model, loss = network()
    film = player(loss(), model=model)
    target = next(i for i, t in enumerate(film.data["tensors"]) if t["dtype"] == "int64")
    with show(film) as page:
        page.select_option("#lab-leaf", str(target))
        for given, kept in (("1", 1), ("7", 2), ("-3", 0), ("1.4", 1)):
            page.fill("#lab-number", given)
            assert page.evaluate("(t) => player.value(t)", target)[0] == kept
        assert page.locator("#lab-nudge").is_disabled()


def test_a_nudge_says_what_the_loss_did_and_what_the_gradient_promised(show):
    loss, _ = line(np.float64)
    with show(player(loss)) as page:
        page.click("#lab-nudge")
        words = said(page, "#lab-said")
        assert words.startswith("w: 2 → 2.01. The loss went from 9 to 9.1809: +0.1809.")
        assert words.endswith("The gradient promised 0.01 × 18 = +0.18.")


def test_running_trains_until_it_is_paused(show):
    loss, _ = line(np.float64)
    with show(player(loss), "#lr=0.01") as page:
        page.click("#lab-run")
        page.wait_for_function("() => player.loss < 0.01")
        assert page.get_attribute("#lab-run", "aria-pressed") == "true"
        page.click("#lab-run")
        count = said(page, "#lab-count")
        page.wait_for_timeout(100)
        assert said(page, "#lab-count") == count


def test_a_rate_that_is_too_large_says_so(show):
    loss, _ = line()
    with show(player(loss), "#lr=1e12") as page:
        for _ in range(8):
            page.click("#lab-step")
        assert "left the finite numbers" in said(page, "#lab-said")


# ---- what is not computed --------------------------------------------------------------------------------------------


def test_what_lies_behind_an_operation_that_the_page_lacks_is_frozen_and_said_so(show):
    a = Tensor(np.array([[2.0, 1.0], [1.0, 3.0]]), requires_grad=True, name="a")
    c = Tensor(2.0, requires_grad=True, name="c", dtype=np.float64)
    film = player(autograd.inv(a).sum() * c)
    with show(film, "#step=6") as page:
        assert "Not computed here: inv" in said(page, "#lab-note")
        page.evaluate("(t) => player.set(t, 0, 5)", index(film, "c"))  # the inverse stays what it was
        assert page.evaluate("player.loss") == pytest.approx(np.linalg.inv(a.data).sum() * 5, rel=1e-12)
        page.evaluate("(t) => player.set(t, 0, 3)", index(film, "a"))
        assert math.isnan(page.evaluate("player.loss"))
        assert said(page, "#lab-loss") == "frozen"
        assert "Frozen: inv" in said(page, "#lab-frozen")
        assert "frozen" in page.locator(f'[data-tensor="{index(film, "c")}"]').text_content()
        page.click("#lab-step")
        assert said(page, "#lab-said") == "No further: inv."


@pytest.mark.parametrize("kind", ["hook", "dead", "random", "arrays only"])
def test_a_record_that_cannot_be_computed_again_says_why(show, kind):
    x = Tensor(np.ones(20), requires_grad=True, name="x")
    if kind == "hook":
        y = x * 2.0
        y.register_hook(lambda g: g * 2)
        out, why = y.sum(), "a hook may change a gradient"
    elif kind == "dead":
        out, why = (Tensor(np.ones(20), requires_grad=True, name="gone") * 2.0).sum(), "the record keeps no value of"
    elif kind == "arrays only":
        sorted_ = autograd.op(x=lambda g, x: np.frombuffer(x.tobytes()) * g)(lambda x: np.sort(x.tolist()))
        out, why = sorted_(x).sum(), "AttributeError"
    else:
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        out, why = layer(np.ones((1, 3, 8), np.float32)).sum(), "an operation draws random numbers by itself"
    film = player(out)
    assert why in film.data["live"]["why"]
    with show(film) as page:
        assert "This page plays, but cannot compute" in said(page, "#lab")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("player.step") == 1


def test_a_target_that_nothing_kept_is_found_again(show):
    x = Tensor(np.linspace(0, 1, 20), requires_grad=True, name="x")
    film = player(((x - np.linspace(1, 3, 20)) ** 2).sum())
    target = next(i for i, t in enumerate(film.data["tensors"]) if t["kind"] == "input")
    with show(film) as page:
        assert page.evaluate("(t) => player.value(t)", target) == pytest.approx(np.linspace(1, 3, 20), rel=1e-12)


def test_a_table_that_was_broadcast_in_a_sum_is_found_again(show):
    x = Tensor(np.linspace(0, 1, 40).reshape(2, 4, 5), requires_grad=True, name="x", dtype=np.float64)
    table = np.linspace(1, 3, 20).reshape(4, 5)
    film = player(((x - table) ** 2).sum())
    place = next(i for i, t in enumerate(film.data["tensors"]) if t["kind"] == "input")
    with show(film) as page:
        assert page.evaluate("(t) => player.value(t)", place) == pytest.approx(table.ravel(), rel=1e-12)
        page.evaluate("(t) => player.set(t, 3, 7)", place)
        table[0, 3] = 7
        assert page.evaluate("player.loss") == pytest.approx(((x.data - table) ** 2).sum(), rel=1e-12)


def test_playing_draws_no_random_number_of_the_readers():
    autograd.seed(3)
    before = autograd.get_rng_state()
    layer, x = nn.Dropout(0.5), Tensor(np.ones(30), requires_grad=True)
    out = layer(x).sum()
    drawn = autograd.get_rng_state()
    player(out)
    assert autograd.get_rng_state() == drawn != before


# ---- prediction ------------------------------------------------------------------------------------------------------


def squares(x=-2.0):
    """loss = x * y + x: x is used twice."""
    x, y = Tensor(x, requires_grad=True, name="x"), Tensor(-3.0, requires_grad=True, name="y")
    return x * y + x


def test_the_next_number_is_asked_for_before_it_is_shown(show):
    with show(player(squares())) as page:
        page.check("#predict")
        page.evaluate("player.go(2)")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("player.step") == 2
        assert "What is the gradient that goes to left" in said(page, "#quiz-ask h2")
        assert page.evaluate("document.activeElement.id") == "quiz-number"
        assert page.locator("#detail").is_hidden()
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        assert page.evaluate("player.step") == 3
        assert said(page, "#quiz-score").startswith("2 of 2 at first try. Right: 1 for x.")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("-3", "a forgotten sum: x already holds 1"),
        ("2", "the sign: the number is right but for that"),
        ("4", "the sign: the contribution was taken off"),
        ("1", "that is what was there before"),
        ("-1", "the wrong operand: that goes to y"),
        ("77", "Not 77."),
    ],
)
def test_a_wrong_answer_is_met_by_the_mistake_that_it_likely_was(show, typed, hint):
    with show(player(squares()), "#step=3&predict=0.0") as page:
        page.locator("#drawing").focus()
        page.keyboard.press("ArrowRight")
        assert "x already holds 1. What is its gradient after this step?" in said(page, "#quiz-ask h2")
        page.fill("#quiz-number", typed)
        page.keyboard.press("Enter")
        assert hint in said(page, "#quiz-said")
        assert page.evaluate("player.step") == 3
        page.fill("#quiz-number", "-2")
        page.keyboard.press("Enter")
        assert said(page, "#quiz-score").startswith("0 of 1")


def test_an_answer_may_be_chosen_and_a_question_left(show):
    with show(player(squares()), "#step=2&predict=3.4") as page:
        page.click("#next")
        page.get_by_role("button", name="1", exact=True).click()
        page.click("#next")
        assert page.evaluate("player.step") == 3
        assert "predict=4.6" in page.evaluate("new Promise((r) => setTimeout(() => r(location.hash), 200))")


def test_of_arrays_the_first_element_is_asked_for(show):
    model, loss = network()
    film = player(loss(), model=model)
    with show(film) as page:
        page.check("#predict")
        steps = film.steps - len(film.data["frames"][0]["steps"]) - 1
        page.evaluate(f"player.go({steps})")
        page.click("#next")
        assert "the first element of" in said(page, "#quiz-ask h2")
        assert page.locator(".choice").count() == 4


# ---- the address -----------------------------------------------------------------------------------------------------


def test_what_was_done_stands_in_the_address_and_is_done_again_from_there(show, browser):
    loss, _ = line()
    film = player(loss)
    with show(film) as page:
        page.fill("#lab-number", "1.25")
        page.fill("#lab-rate", "0.01")
        for _ in range(3):
            page.click("#lab-step")
        page.wait_for_function("() => location.hash.includes('s3*0.01')")
        there, losses = page.evaluate("location.hash"), page.evaluate("player.losses")
    assert there == "#step=0&do=0.0:1.25;s3*0.01&lr=0.01"
    with show(film, there) as page:
        assert page.evaluate("player.losses") == losses
        assert page.input_value("#lab-rate") == "0.01"
        assert page.locator("#lab-mark").is_visible()
        page.evaluate("location.hash = '#step=2'")
        page.wait_for_function("() => player.losses.length === 1")


@pytest.mark.parametrize("hash", ["#do=9.9:1;s*;x", "#do=0.7:1", "#do=s99999999999*0", "#do=0.0:NaN&lr=x&predict=a"])
def test_an_address_of_nonsense_is_taken_as_far_as_it_has_sense(show, hash):
    loss, _ = line()
    with show(player(loss), hash) as page:
        page.keyboard.press("ArrowRight")
        assert page.evaluate("player.step") == 1


# ---- how it looks, and how large it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("media", [{"color_scheme": "dark"}, {"reduced_motion": "no-preference"}, {}])
def test_a_narrow_page_has_all_of_it_and_no_bar_across(show, media):
    model, loss = lenet()
    with show(player(loss(), model=model), width=400, height=800, **media) as page:
        page.click("#lab summary")  # closed at first, so that the step is in sight
        page.click("#lab-step")
        page.check("#predict")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        for selector in ("#lab-number", "#lab-step", "#lab-nudge", "#lab-reset", "#lab-curve"):
            place = page.locator(selector).bounding_box()
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= 400


CONTRAST = """() => {
    const bright = ([r, g, b]) => [r, g, b].map((x) => x / 255)
        .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
        .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0.05);
    const colour = (text) => text.match(/[\\d.]+/g).map(Number);
    const ground = (e) => { const c = colour(getComputedStyle(e).backgroundColor);
        return c.length === 4 && c[3] === 0 ? ground(e.parentElement) : c; };
    const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    return [...document.querySelectorAll("#lab *, #quiz *")]
        .filter((e) => e.checkVisibility() && !e.disabled && (own(e) || e.matches("input[type=number]"))).map((e) => {
            const [a, b] = [bright(colour(getComputedStyle(e).color)), bright(ground(e))].sort((x, y) => y - x);
            return [a / b, e.outerHTML.slice(0, 80)];
        });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_of_the_lab_stand_out_from_their_ground(show, scheme):
    model, loss = network()
    with show(player(loss(), model=model), "#step=4&predict=0.0", color_scheme=scheme) as page:
        page.click("#lab-nudge")
        page.click("#next")
        page.locator(".choice").last.click()
        found = page.evaluate(CONTRAST)
    assert len(found) > 25
    assert [f for f in found if f[0] < 4.5] == []


def test_among_the_frames_of_a_film_the_readers_own_numbers_are_one_more(show):
    (first, one), (second, other) = line(), line()
    film = player(first, label="epoch 1").add(second, label="epoch 2")
    assert one is not other
    with show(film) as page:
        page.evaluate("player.set(0, 0, 7)")
        assert page.evaluate("[player.frame, player.frames]") == [2, 2]
        assert said(page, "#frame-label") == "yours"
        page.locator("#frame").press("ArrowLeft")
        page.locator("#frame").press("Home")
        assert page.evaluate("player.frame") == 0
        assert page.locator("#lab-mark").is_hidden()


def test_500_operations_are_computed_in_a_page_of_less_than_a_megabyte(show, tmp_path):
    x = y = Tensor(np.linspace(-1, 1, 64).reshape(8, 8), requires_grad=True, name="x")
    for i in range(250):
        y = autograd.tanh(y * (1.0 + i / 500))
    film = player(y.sum())
    assert len(film.data["ops"]) > 500
    assert len(film.html().encode()) < 1_000_000
    with show(film) as page:
        page.evaluate("(t) => player.set(t, 5, 0.5)", index(film, "x"))
        took = page.evaluate(
            "() => Math.min(...Array.from({ length: 30 }, () => { const t = performance.now(); player.recompute();"
            " return performance.now() - t; }))"
        )
        assert took < 50  # `python -m benchmarks.player` has the real figures
        assert page.evaluate("player.loss") != 0
    assert x.grad is None
