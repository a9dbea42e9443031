"""The playground: it trains as Glassgrad does, says so in Python, and has a gradient and a player for every weight."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import viz
from autograd.viz import forms
from autograd.viz.forms import form
from tests.autograd.viz.browser import CONTRASTS, chromium, opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return Path(viz.playground().save(tmp_path_factory.mktemp("page") / "playground.html"))


@pytest.fixture
def show(browser, path):
    """Open the page: `with show("#seed=3") as page`."""

    @contextlib.contextmanager
    def show(hash="", **options):
        with opened(browser, "about:blank"):  # or another hash would be no new page
            pass
        with opened(browser, path.as_uri() + hash, **options) as page:
            page.wait_for_function("() => window.playground")
            yield page

    return show


# -- forms: programs whose sizes are left open ---------------------------------------------------------


@pytest.mark.parametrize("loss", forms.LOSSES)
@pytest.mark.parametrize(
    ("hidden", "activation"), [((), "none"), ((9,), "relu"), ((12, 14), "tanh"), ((9, 6, 5, 8), "sigmoid")]
)
def test_a_form_filled_in_is_the_program_that_python_writes_at_these_sizes(show, hidden, activation, loss):
    sizes = [7, *hidden, 1]
    features = ["x1", "x2", "x1**2", "x2**2", "x1*x2", "sin(2*x1)", "sin(2*x2)"]
    expected = json.loads(json.dumps(form(len(hidden), activation, loss, n=20, sizes=sizes)))
    about = {
        "features": features,
        "hidden": hidden,
        "activation": activation,
        "data": "hills" if loss == "squared" else "xor",
    }
    with show() as page:
        page.evaluate("(settings) => playground.set(settings)", about)
        for kind in ("step", "predict"):
            assert page.evaluate("(kind) => playground.form(kind, 20)", kind) == expected[kind]
        player = page.evaluate("playground.form('player', 20)")
    assert player["live"]["tape"] == expected["player"]["live"]["tape"]
    assert player["tensors"] == expected["player"]["tensors"]
    assert [o["label"] for o in player["ops"]] == [o["label"] for o in expected["player"]["ops"]]


def test_sizes_are_told_from_other_numbers():
    assert forms.line(["each", 29, "{a} * {b}", [17, [2 / 29]]]) == ["each", 29, "{a} * {b}", [17, ["§2/n§"]]]
    assert forms.symbols([29, [17 * 19, 1], 0.5, -2]) == ["§n§", ["§h1*h2§", 1], 0.5, -2]


# -- the Python that does the same ---------------------------------------------------------------------

SETTINGS = {
    "as it opens": {},
    "circles": {"data": "circles", "hidden": [4], "activation": "relu", "batch": 10},
    "moons": {"data": "moons", "hidden": [3, 1, 8], "activation": "sigmoid", "noise": 0.3, "l2": 0.003},
    "xor": {
        "data": "xor",
        "hidden": [],
        "features": ["x1", "x1*x2", "sin(2*x2)"],
        "batch": 200,
        "l1": 0.001,
        "seed": 7,
    },
    "regression": {"data": "hills", "hidden": [5, 5, 2, 6], "l1": 0.0001, "l2": 0.001, "batch": 1, "noise": 0.1},
    "no activation": {
        "data": "circles",
        "hidden": [8],
        "activation": "none",
        "features": ["x1**2", "x2**2"],
        "seed": 123,
    },
}


def run(code: str) -> tuple[dict[str, Any], list[float]]:
    """What the Python leaves behind, and the numbers that it prints."""
    made, said = {}, io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "printed", "exec"), made)
    return made, [float(line.split()[-1]) for line in said.getvalue().splitlines()]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_python_that_it_prints_gives_its_losses_weights_and_gradients(show, name):
    with show() as page:
        page.evaluate("(settings) => { playground.set({ rate: 0.1 }); playground.set(settings); }", SETTINGS[name])
        page.evaluate("playground.advance(60)")
        page.select_option("#rate", "0.03")  # a second rate goes on from there
        page.evaluate("playground.advance(40)")
        code = page.locator("#python").text_content()
        losses = page.evaluate("[playground.loss, playground.testLoss]")
        parameters, gradients = page.evaluate("[playground.parameters, playground.gradients]")
        settings = page.evaluate("playground.settings")

    made, printed = run(code)

    assert printed == pytest.approx(losses, rel=1e-9)
    model = made["model"]
    for found, p in zip(parameters, model.parameters(), strict=True):
        assert found == pytest.approx(p.numpy().ravel(), rel=1e-7, abs=1e-9)
    rows = np.arange(100 * settings["batch"], 101 * settings["batch"]) % 200
    model.zero_grad()
    made["loss"](rows).backward()
    for found, p in zip(gradients, model.parameters(), strict=True):
        assert found == pytest.approx(p.grad.numpy().ravel(), rel=1e-7, abs=1e-9)


def test_the_python_runs_by_itself_in_a_process_of_its_own(show):
    with show() as page:
        page.evaluate("playground.advance(200)")
        code, loss = page.evaluate("[playground.python, playground.loss]")
    root = Path(autograd.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=root, capture_output=True, text=True, check=True
    )

    assert float(done.stdout.splitlines()[0].split()[-1]) == pytest.approx(loss, rel=1e-9)


# -- it trains -----------------------------------------------------------------------------------------


def test_it_learns_the_spiral_as_it_opens(show):
    with show() as page:
        page.evaluate("playground.advance(6000)")
        assert page.evaluate("playground.loss") < 0.05
        assert page.evaluate("playground.testLoss") < 0.2


def test_it_runs_pauses_steps_and_goes_back(show):
    with show() as page:
        first = page.evaluate("playground.loss")
        page.click("#run")
        page.wait_for_function("() => playground.steps > 100")
        page.click("#run")
        stopped = page.evaluate("playground.steps")
        page.click("#step")
        assert page.evaluate("playground.steps") == stopped + 1
        assert page.locator("#count").text_content() == f"{stopped + 1:,} steps"
        page.click("#reset")
        assert page.evaluate("[playground.steps, playground.loss]") == [0, first]
        page.wait_for_timeout(200)
        assert page.evaluate("playground.steps") == 0


def test_what_is_not_finite_stops_it_and_is_said(show):
    with show("#data=hills&activation=relu&hidden=8,8,8&run=3*0") as page:
        page.click("#run")
        page.wait_for_function("() => document.getElementById('said').textContent.includes('finite')")
        assert page.locator("#run").text_content() == "Run"
        assert page.locator("#loss").text_content() in ("NaN", "∞")


# -- what is seen of each weight -----------------------------------------------------------------------


def test_the_table_of_a_neuron_shows_weight_gradient_and_the_next_step(show):
    with show("#hidden=3,2&l2=0.1") as page:
        page.click('[aria-label="Neuron 2 of layer 2"]')
        rows = [row.locator("td").all_text_contents() for row in page.locator("#weights tbody tr").all()]
        w, g = page.evaluate("[playground.parameters[2], playground.gradients[2]]")
    assert [row[0] for row in rows] == ["neuron 1", "neuron 2", "neuron 3", "bias"]
    for k, (_, *cells) in enumerate(rows[:3]):
        pull = 0.1 * w[3 + k]
        assert [float(c) for c in cells] == pytest.approx(
            [w[3 + k], g[3 + k], pull, w[3 + k] - 0.1 * (g[3 + k] + pull)], rel=1e-3
        )


def test_a_triangle_at_each_weight_points_where_the_next_step_goes(show):
    with show("#hidden=4") as page:
        gradients = page.evaluate("playground.gradients")
        triangles = page.evaluate("[...document.querySelectorAll('#edges .slope')].map((e) => e.getAttribute('d'))")
        flat = gradients[0] + gradients[2]
        assert len(triangles) == len(flat) == 12
        for g, path_ in zip(flat, triangles):
            if abs(g) < 0.03 * max(map(abs, flat)):
                continue
            base, tip = float(path_.split(",")[1].split("h")[0]), float(path_.split("L")[1].split(",")[1].rstrip("z"))
            assert (tip < base) == (g < 0)  # up, towards smaller y, where the weight grows
        page.uncheck("#slopes")
        assert page.evaluate("[...document.querySelectorAll('#edges .slope')].every((e) => !e.getAttribute('d'))")


def test_a_weight_under_the_pointer_says_its_numbers(show):
    with show("#hidden=2") as page:
        page.evaluate(
            "document.querySelector('#edges .catch')"
            ".dispatchEvent(new PointerEvent('pointerenter', { clientX: 300, clientY: 300 }))"
        )
        said = page.locator("#tip").inner_text()
        w, g = page.evaluate("[playground.parameters[0][0], playground.gradients[0][0]]")
    lines = said.splitlines()
    assert lines[0] == "x₁ → neuron 1 of layer 1"
    assert float(lines[1].split("=")[1]) == pytest.approx(w, rel=1e-3)
    assert float(lines[2].split("=")[1]) == pytest.approx(g, rel=1e-3)


# -- the live player -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{}, {"data": "hills", "hidden": [3], "activation": "relu"}, {"hidden": [1, 2], "activation": "none"}]
)
def test_any_neuron_opens_in_the_live_player_with_the_numbers_of_the_page(show, settings):
    with show() as page:
        page.evaluate("(settings) => { playground.set(settings); playground.advance(50); }", settings)
        code, gradients = page.evaluate("[playground.python, playground.gradients]")
        made, _ = run(code)
        model, batch = made["model"], page.evaluate("playground.settings.batch")
        page.fill("#point", "17")
        last = len(page.evaluate("playground.settings.hidden")) + 1
        for layer, which in ((1, "one"), (last, "batch")):
            page.evaluate("(layer) => playground.choose(layer, 0)", layer)
            page.select_option("#which", which)
            page.click("#trace")
            frame = page.frame_locator("#player-frame")
            frame.locator("#lab-loss").wait_for()
            rows = [17] if which == "one" else np.arange(50 * batch, 51 * batch) % 200
            model.zero_grad()
            loss = made["loss"](rows)
            loss.backward()
            inner = page.frames[-1]
            assert inner.evaluate("player.loss") == pytest.approx(loss.item(), rel=1e-9)
            names = inner.evaluate("JSON.parse(document.getElementById('data').textContent).tensors.map((t) => t.name)")
            for i, p in enumerate(model.parameters()):
                found = inner.evaluate("(t) => player.gradient(t)", names.index(f"{'Wb'[i % 2]}{i // 2 + 1}"))
                assert found == pytest.approx(p.grad.numpy().ravel(), rel=1e-7, abs=1e-9)
                if which == "batch":
                    assert found == pytest.approx(gradients[i], rel=1e-9, abs=1e-12)
            assert inner.locator("#lab-element").text_content() == f"W{layer}[0,0]"
            assert "linear" in inner.locator("#step-title").text_content()
            inner.locator("#lab-step").click()
            assert inner.evaluate("player.losses.length") == 2
            page.click("#close")


def test_the_player_opens_where_the_products_of_the_neuron_are_written_out(show):
    with show() as page:
        page.click('[aria-label="Neuron 4 of layer 2"]')
        page.click("#trace")
        frame = page.frame_locator("#player-frame")
        frame.locator("#lab-loss").wait_for()
        assert frame.locator("#lab-element").text_content() == "W2[3,0]"
        assert frame.locator("#detail .lit").count() >= 8  # what it multiplies
        assert "y[0, 3]" in frame.locator("#detail").inner_text()


# -- the page ------------------------------------------------------------------------------------------


def test_it_is_one_small_file(path):
    assert path.stat().st_size < 1_000_000


def test_a_page_has_the_name_of_a_page(tmp_path):
    with pytest.raises(ValueError, match=r"name it here\.html instead of here\.png"):
        viz.playground().save(tmp_path / "here.png")


def test_the_address_leads_to_the_same_numbers(show):
    with show(
        "#data=moons&noise=0.2&seed=5&features=x1,x2,x1*x2&hidden=3,2&activation=relu&batch=10&run=0.1*30;0.3*20"
    ) as page:
        page.wait_for_timeout(400)
        loss, hash = page.evaluate("[playground.loss, location.hash]")
        assert page.evaluate("playground.steps") == 50
        page.evaluate("playground.set({ seed: 6 })")
    with show(hash) as page:
        assert page.evaluate("playground.loss") == loss


@pytest.mark.parametrize(
    "hash", ["#data=none&hidden=99,x&seed=-3&rate=no", "#features=&hidden=&run=1*-3;x", "#run=1e99*4;0*9"]
)
def test_an_address_to_nowhere_opens_the_page(show, hash):
    with show(hash) as page:
        assert np.isfinite(page.evaluate("playground.loss"))


def test_it_works_by_keyboard_alone(show):
    with show("#hidden=2") as page:
        reached = []
        for _ in range(50):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label')")
            )
        assert {
            "run",
            "step",
            "reset",
            "pace",
            "noise",
            "seed",
            "rate",
            "batch",
            "l1",
            "l2",
            "activation",
            "depth",
        } <= {*reached}
        assert {"Neuron 1 of layer 1", "Neuron 2 of layer 1", "Output neuron", "trace", "copy"} <= {*reached}
        page.locator("h1").click()
        page.keyboard.press("s")
        assert page.evaluate("playground.steps") == 1
        page.keyboard.press(" ")
        page.wait_for_function("() => playground.steps > 10")
        page.keyboard.press(" ")
        page.keyboard.press("r")
        assert page.evaluate("playground.steps") == 0
        page.locator("#seed").focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("9")
        page.keyboard.press("Enter")
        assert page.evaluate("playground.settings.seed") == 9
        page.locator('[aria-label="Output neuron"]').focus()
        page.keyboard.press("Enter")
        assert page.locator("#neuron-title").text_content() == "Output neuron"
        page.locator("#trace").focus()
        page.keyboard.press("Enter")
        page.frame_locator("#player-frame").locator("#lab-loss").wait_for()
        page.locator("#close").focus()
        page.keyboard.press("Escape")
        assert page.locator("#player").is_hidden()


def test_layers_grow_and_shrink(show):
    with show("#hidden=8,2") as page:
        page.click('[aria-label="One more neuron in layer 2"]')
        page.click('[aria-label="One neuron less in layer 1"]')
        page.fill("#depth", "3")
        page.locator("#depth").dispatch_event("change")
        assert page.evaluate("playground.settings.hidden") == [7, 3, 4]
        page.check('[data-feature="x1*x2"]')
        assert page.evaluate("playground.settings.features") == ["x1", "x2", "x1*x2"]
        assert len(page.evaluate("playground.parameters[0]")) == 21


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 736, 1200])
def test_it_is_read_on_narrow_and_wide_screens_in_both_themes(show, scheme, width):
    with show("#hidden=8,8,8,8&run=0.1*20", width=width, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        sections = page.evaluate("[...document.querySelectorAll('main > section')].map((e) => e.clientWidth)")
        found = page.evaluate(CONTRASTS)
    assert min(sections) > (300 if width > 820 else 0.9 * width)
    assert len(found) > 60
    assert [pair for pair in found if pair[0] < 4.5] == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_by_itself(show, motion):
    with show(reduced_motion=motion) as page:
        page.wait_for_timeout(200)
        assert page.evaluate("[playground.steps, document.getAnimations().length]") == [0, 0]


def test_it_works_in_a_notebooks_frame(browser, tmp_path):
    frame = tmp_path / "notebook.html"
    frame.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><link rel=icon href='data:,'>{viz.playground()._repr_html_()}", "utf-8"
    )
    with opened(browser, frame.as_uri(), 1000, 900) as page:
        inner = page.frame_locator("iframe")
        inner.locator("#step").click()
        assert inner.locator("#count").text_content() == "1 step"
        inner.locator("#trace").click()
        inner.frame_locator("#player-frame").locator("#lab-loss").wait_for()
