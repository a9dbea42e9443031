"""A closed module opens in place: alone, where it stands, with its arrows, by a click or by keys, in bounded space."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

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
    def show(film, hash="", **options):
        return opened(browser, Path(film.save(tmp_path / "p.html")).as_uri() + hash, **options)

    return show


def gpt():
    model = nn.models.GPT(11, 6, 8, 2, 3)
    return player(model(np.arange(6)[None]).sum(), model=model)


def residual():
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.models.BasicBlock(4, 4), nn.Flatten(), nn.Linear(64, 2))
    x = Tensor(np.ones((2, 1, 4, 4), np.float32), name="x")
    return player(model(x).sum(), model=model)


def level_of(film, words):
    """The level whose name has these words."""
    return next(i for i, level in enumerate(film.data["levels"]) if words in level["name"])


def groups(page):
    return [text.split(",")[0] for text in page.locator(".group-node title").all_text_contents()]


def press(page, title):
    """Open a module by the keyboard."""
    page.locator(".group-node", has_text=title).first.focus()
    page.keyboard.press("Enter")


BOXES = """() => [...document.querySelectorAll(".node")].map((node) => {
    const shape = [...node.querySelectorAll(".shape:not(.inner)")].at(-1), place = shape.getBoundingClientRect();
    return [place.left, place.top, place.right, place.bottom];
})"""


def overlaps(page):
    boxes = page.evaluate(BOXES)
    pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
    return [(a, b) for a, b in pairs if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1]


# -- what the page is given ----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [gpt, residual])
def test_each_closed_module_knows_where_its_parts_are_drawn(make):
    data = make().data
    closed = 0
    for i, level in enumerate(data["levels"]):
        for node in level["nodes"]:
            if node["kind"] != "group":
                continue
            closed += 1
            inside = node["inside"]
            wider = data["levels"][inside["level"]]
            parts = [wider["nodes"][k] for k in inside["nodes"]]
            assert inside["level"] < i
            # all its operations, each once, and none of another module
            assert (
                sorted(op for p in parts if p["kind"] != "tensor" for op in p.get("ops", [p.get("op")])) == node["ops"]
            )
            drawn = {wider["whose"][t] for op in node["ops"] for t in data["ops"][op]["outputs"]}
            outside = {n for n in drawn if level["whose"][wider["nodes"][n]["tensor"]] >= 0 and n >= 0}
            assert drawn - {-1} - outside <= set(inside["nodes"])
    assert closed > 4


def test_a_module_that_no_drawing_opens_has_no_inside():
    x = y = Tensor(np.ones((2, 2)), requires_grad=True, name="x")
    model = nn.Sequential(*(nn.Sequential(*(nn.Tanh() for _ in range(9 + i))) for i in range(24)))
    y = model(x)
    for i in range(250):
        y = y * (1 + i / 1000)
    data = player(y.sum(), model=model).data
    assert len(data["ops"]) > 500
    assert data["levels"][0]["name"] != "every operation"
    assert not any("inside" in node for node in data["levels"][0]["nodes"])


# -- opening -------------------------------------------------------------------------------------------


def test_a_click_opens_a_module_alone_and_its_corner_closes_it(show):
    film = gpt()
    level = level_of(film, "1 deep")
    with show(film, f"#level={level}", width=1400, height=1000) as page:
        before = groups(page)
        page.evaluate("player.fit()")
        page.locator(".group-node", has_text="norm: LayerNorm").first.click()
        assert page.evaluate("player.step") == 0  # it opens, and takes no step
        assert groups(page) == [g for g in before if not g.startswith("norm: ")]
        names = [t for t in page.locator(".tensor title").all_text_contents() if "norm.weight" in t or "norm.bias" in t]
        assert len(names) == 2
        page.locator(".shut").click()
        assert sorted(groups(page)) == sorted(before)
        assert page.locator(".shut").count() == 0


def test_modules_open_inside_of_each_other_by_keys_alone_and_escape_closes_the_innermost(show):
    film = gpt()
    with show(film, f"#level={len(film.data['levels']) - 1}") as page:
        for title in ("GPT", "Block", "attention", "qkv"):
            press(page, title)
            assert page.evaluate("document.activeElement.matches('.node')")  # the first part of it
        assert page.locator(".shut").count() == 4
        assert page.locator(".op[data-op] title", has_text="linear").count() == 1
        page.wait_for_function("() => location.hash.includes('open=') && location.hash.split(',').length === 4")
        address = page.url
        for left in (3, 2, 1, 0):
            page.keyboard.press("Escape")
            assert page.locator(".shut").count() == left
            assert page.evaluate("document.activeElement.matches('.group-node')")  # that was closed
        page.wait_for_function("() => !location.hash.includes('open=')")
        page.goto(address)
        page.reload()
        assert page.locator(".shut").count() == 4
        page.locator(".shut").first.press("Enter")
        assert page.locator(".shut").count() < 4


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_nothing_overlaps_however_many_are_open(show, direction):
    model = nn.models.GPT(11, 6, 8, 2, 2)
    film = player(model(np.arange(6)[None]).sum(), model=model, direction=direction)
    with show(film, f"#level={len(film.data['levels']) - 1}", width=1600, height=1200) as page:
        for _ in range(12):
            if not page.locator(".group-node").count():
                break
            page.locator(".group-node").first.focus()
            page.keyboard.press("Enter")
            page.evaluate("player.fit()")
            assert overlaps(page) == []
        assert page.locator(".shut").count() > 8


def test_arrows_go_on_to_what_they_mean_inside(show):
    film = residual()
    with show(film, f"#level={level_of(film, '1 deep')}", width=1600, height=1200) as page:
        press(page, "1: BasicBlock")
        page.evaluate("player.fit()")
        ends = page.evaluate(
            """() => {
            const world = document.getElementById("world");
            const boxes = [...world.querySelectorAll(".node")].map((n) => n.getBoundingClientRect());
            const along = (x, low, high) => x > low - 6 && x < high + 6;
            const near = (p) => boxes.some((b) => along(p.x, b.left, b.right) && along(p.y, b.top, b.bottom));
            return [...world.querySelectorAll(".edge path")].map((path) => {
                const m = path.getScreenCTM(), l = path.getTotalLength();
                return [0, l].map((at) => near(path.getPointAtLength(at).matrixTransform(m)));
            });
        }"""
        )
        assert len(ends) > 12
        assert all(a and b for a, b in ends)  # none ends in the empty


def test_a_step_inside_of_an_open_module_is_shown_there(show):
    film = gpt()
    qkv = next(i for i, op in enumerate(film.data["ops"]) if op["module"].startswith("blocks.0.attention.qkv"))
    with show(film, f"#level={level_of(film, '1 deep')}") as page:
        page.evaluate(f"player.go({qkv})")
        assert "Block × 3" in page.locator(".node.now title").text_content()
        press(page, "Block")
        assert "attention" in page.locator(".node.now title").text_content()
        press(page, "attention")
        press(page, "qkv")
        assert page.locator(".node.now").get_attribute("data-op") == str(qkv)
        second = next(i for i, op in enumerate(film.data["ops"]) if op["module"].startswith("blocks.1.attention.qkv"))
        page.evaluate(f"player.go({second})")  # another run of what is drawn once
        assert page.locator(".node.now").get_attribute("data-op") == str(qkv)
        assert "run 2 of 3" in " ".join(page.locator(".cluster text").all_text_contents())


def test_what_was_opened_is_in_sight_and_can_be_read(show):
    film = gpt()
    with show(film, f"#level={level_of(film, '2 deep')}", width=1200, height=900) as page:
        page.evaluate("player.fit()")  # as a whole it is too small to be read
        box = page.locator(".group-node", has_text="attention").first
        box.click()
        assert page.evaluate("player.view.s") >= 0.6
        stage, frame = (page.locator(s).last.bounding_box() for s in ("#stage", ".cluster:has(.shut)"))
        assert frame["y"] >= stage["y"]
        assert frame["y"] + frame["height"] <= stage["y"] + stage["height"]


@pytest.mark.parametrize("media", [{"color_scheme": "dark"}, {"reduced_motion": "no-preference"}])
def test_a_narrow_page_opens_modules_too(show, media):
    film = gpt()
    with show(film, f"#level={len(film.data['levels']) - 1}", width=400, height=700, **media) as page:
        for title in ("GPT", "Block", "attention"):
            press(page, title)
            page.wait_for_timeout(350)  # it glides there
            stage, shut = (page.locator(s).last.bounding_box() for s in ("#stage", ".shut"))
            assert stage["y"] <= shut["y"] <= stage["y"] + stage["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_list_of_keys_and_the_tooltip_say_how(show):
    film = gpt()
    with show(film, f"#level={level_of(film, '1 deep')}") as page:
        assert "a click opens it" in page.locator(".group-node title").first.text_content()
        press(page, "norm: LayerNorm")
        assert page.locator(".shut title").text_content() == "Close norm: LayerNorm (Esc)"
        page.keyboard.press("?")
        assert "close the module" in page.locator("#keys").text_content()


def test_insides_take_little_room():
    y = Tensor(np.linspace(-1, 1, 64).reshape(8, 8), requires_grad=True, name="x")
    model = nn.Sequential(
        *(nn.Sequential(*(nn.Tanh() if k % 2 else nn.Softsign() for k in range(2 + i % 5))) for i in range(60))
    )
    film = player(model(model(y)).sum(), model=model)
    insides = sum(
        len(str(node["inside"])) for level in film.data["levels"] for node in level["nodes"] if "inside" in node
    )
    assert insides > 0
    assert insides < 0.02 * len(film.html())
