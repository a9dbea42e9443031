"""A film of a training run: its numbers are the run's, its size is bounded, and its page works by keys in any theme."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import AnomalyError, ShapeError
from autograd.support.pages import SHADES
from nn.data import DataLoader, TensorDataset
from optim.pictures import Film
from optim.pictures.film import DIGITS
from tests.autograd.viz.browser import chromium, opened

fitting = sys.modules["optim.fit"]
X, Y = nn.data.datasets.moons(60, 0.1, seed=0)


def network(hidden=8, outputs=2):
    autograd.seed(0)
    return nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, outputs))


def trained(steps=6, model=None, kind=optim.SGD, lr=0.1, points=(X, Y), loss=None, **options):
    model = model or network()
    optimizer = kind(model.parameters(), lr=lr)
    film = Film(model, optimizer, points, **options)
    for i in range(steps):
        value = (loss or nn.functional.cross_entropy)(model(X), Y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        film.add(value, f"epoch {i + 1}")
    return film


# -- what is in a frame --------------------------------------------------------------------------------


def test_the_numbers_of_a_step_are_those_of_the_run():
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    film = Film(model, optimizer)
    before = model[0].weight.data.copy()
    loss = nn.functional.cross_entropy(model(X), Y)
    loss.backward()
    optimizer.step()
    film.add(loss, "first")
    data = film.data
    [weight] = [i for i, p in enumerate(data["parameters"]) if p["name"] == "0.weight"]
    frame = data["frames"][0]

    assert (frame["loss"], frame["label"], frame["step"]) == (pytest.approx(loss.item(), rel=1e-4), "first", 0)
    for place, numbers in zip(data["parameters"][weight]["traced"], frame["maps"][weight]["traced"]):
        due = [a[tuple(place)] for a in (before, model[0].weight.grad.data, model[0].weight.data)]
        assert numbers == pytest.approx(due, rel=1e-4)
        assert numbers[2] == pytest.approx(numbers[0] - frame["maps"][weight]["lr"] * numbers[1], rel=1e-3)
    change = np.linalg.norm(model[0].weight.data - before) / np.linalg.norm(before)
    assert frame["maps"][weight]["ratio"] == pytest.approx(change, rel=1e-4)


def test_a_heat_map_has_the_elements_themselves_where_they_are_few():
    film = trained(1)
    seen = film.data["frames"][0]["maps"][0]
    w = np.array([SHADES.index(c) - 12 for c in seen["shades"][0]]) / 12 * seen["tops"][0]
    autograd.seed(0)

    np.testing.assert_allclose(w, nn.Linear(2, 8).weight.data.ravel(), atol=seen["tops"][0] / 24)


def test_every_frame_has_everything():
    data = trained(5, kind=optim.Adam).data

    assert [p["name"] for p in data["parameters"]] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert data["layers"] == ["0 Linear", "1 Tanh", "2 Linear"]
    assert len(data["frames"]) == data["steps"] == len(data["losses"]) == 5
    for frame in data["frames"]:
        assert all(len(m["shades"]) == 3 and m["ratio"] > 0 for m in frame["maps"])
        assert all(len(h[2]) == 40 for h in frame["activations"] + frame["gradients"])
        assert len(frame["ground"]) == 32 * 32
    assert len({frame["ground"] for frame in data["frames"]}) > 1


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_boundary_is_what_the_model_says(outputs):
    model = network(outputs=outputs)
    film = trained(1, model, lr=1e-9, loss=lambda output, y: (output**2).mean())
    ground = film.data["ground"]
    (left, right), (bottom, top) = ground["ends"]
    letters = film.data["frames"][0]["ground"]
    for i, j in ((0, 0), (31, 31), (5, 20)):
        place = np.array([[left + (right - left) * j / 31, top - (top - bottom) * i / 31]], np.float32)
        scores = model(place).data[0]
        assert DIGITS.index(letters[32 * i + j]) // 4 == (scores.argmax() if outputs > 1 else scores[0] > 0)
    assert {DIGITS.index(letter) // 4 for letter in letters} == {0, 1}


@pytest.mark.parametrize(
    ("outputs", "targets", "kind"),
    [(1, Y, "classes"), (1, X.sum(1), "values"), (1, Y * 5, "values"), (2, Y, "classes"), (2, X.sum(1), None)],
)
def test_one_score_many_scores_and_numbers_are_told_apart(outputs, targets, kind):
    film = trained(1, network(outputs=outputs), points=(X, targets), loss=lambda output, y: (output**2).mean())
    ground = film.data["ground"]

    assert (ground and ground["kind"]) == kind


# -- nothing is disturbed, and nothing grows ----------------------------------------------------------


def fit(film=None, epochs=3, **options):
    autograd.seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
    data = DataLoader(TensorDataset(X, Y), batch_size=16, shuffle=True)
    optimizer = optim.Adam(model.parameters())
    history = optim.fit(
        model, data, nn.CrossEntropyLoss(), optimizer, epochs, film=film, **{"progress": False, **options}
    )
    return model, history


def test_a_run_that_is_filmed_computes_the_same_bits(tmp_path):
    model, history = fit(tmp_path / "run.html")
    other, plain = fit()

    assert history["loss"] == plain["loss"]
    for name, weights in model.state_dict().items():
        np.testing.assert_array_equal(weights, other.state_dict()[name])
    assert "hooks" not in vars(model) or not any(vars(model)["_hooks"])
    assert (tmp_path / "run.html").read_text().count("epoch 3") == 4


def test_a_compiled_run_is_filmed_and_its_frames_are_of_steps_that_ran_operation_by_operation(tmp_path, monkeypatch):
    films, compiled = [], []
    monkeypatch.setattr(Film, "save", lambda film, path: films.append(film))
    run = fitting._Training._run_program
    monkeypatch.setattr(fitting._Training, "_run_program", lambda *a: compiled.append(run(*a)) or compiled[-1])

    def fitted(compile):  # without batch norm: the gradient of a bias before it is rounding alone, and Adam enlarges it
        model = network()
        data = DataLoader(TensorDataset(X, Y), batch_size=16, shuffle=True)
        optimizer = optim.Adam(model.parameters())
        settings = {"film": tmp_path / "run.html", "compile": compile, "progress": False}
        return model, optim.fit(model, data, nn.CrossEntropyLoss(), optimizer, 50, **settings)

    model, history = fitted(True)
    other, plain = fitted(False)
    (film, eager) = films

    np.testing.assert_allclose(history["loss"], plain["loss"], 1e-5)
    for name, weights in model.state_dict().items():
        np.testing.assert_allclose(weights, other.state_dict()[name], 1e-4, 1e-5)
    np.testing.assert_allclose(film._losses, eager._losses, 1e-4)
    assert len(film._losses) == len(eager._losses) == 50 * 4
    assert all(compiled)
    assert 20 < len(compiled) < 199  # of 200 steps the first, and those with a frame, are none
    frames, others = film.data["frames"], eager.data["frames"]
    assert [f["step"] for f in frames] == [f["step"] for f in others] == list(range(0, 200, 2))
    for ours, theirs in zip(frames, others, strict=True):
        assert [m["ratio"] for m in ours["maps"]] == pytest.approx([m["ratio"] for m in theirs["maps"]], rel=1e-2)
        assert all(ours["gradients"])


def test_the_page_of_a_large_model_stays_under_a_million_bytes():
    autograd.seed(0)
    layers = [
        nn.Linear(2, 40),
        *(layer for _ in range(12) for layer in (nn.Linear(40, 40), nn.Tanh())),
        nn.Linear(40, 2),
    ]
    film = trained(100, nn.Sequential(*layers), lr=0.01)  # one more step would leave half the frames
    data = film.data

    assert film.frames == 100
    assert (len(data["parameters"]), data["hidden"], len(data["layers"])) == (8, 20, 8)
    assert data["parameters"][0]["name"] == "0.weight"
    assert data["parameters"][-1]["name"] == "25.weight"
    assert 500_000 < len(film.html().encode()) < 1_000_000


def test_a_long_run_keeps_frames_from_its_beginning_to_its_end():
    film = trained(70, frames=16)
    steps = [frame["step"] for frame in film.data["frames"]]

    assert 8 <= len(steps) <= 16
    assert steps == list(range(0, 70, steps[1]))
    assert len(film.data["losses"]) == 70
    assert len(trained(700, network(2), points=None, frames=2).data["losses"]) <= 600


def test_the_film_is_saved_however_training_ends(tmp_path):
    def stop(history):
        raise KeyboardInterrupt

    fit(tmp_path / "stopped.html", callback=stop)
    assert "epoch 1" in (tmp_path / "stopped.html").read_text()

    model, steps = network(), iter(range(100))

    def loss(output, target):
        return nn.functional.cross_entropy(output, target) * (np.nan if next(steps) == 2 else 1.0)

    with pytest.raises(AnomalyError):
        optim.fit(model, [(X, Y)], loss, optim.SGD(model.parameters()), 9, film=tmp_path / "nan.html", progress=False)
    assert '"steps":2' in (tmp_path / "nan.html").read_text()


# -- misuse ----------------------------------------------------------------------------------------------


def test_misuse_is_an_error_that_says_what_to_do(tmp_path):
    model = network()
    optimizer = optim.SGD(model.parameters())
    with pytest.raises(TypeError, match="optimizer is a list; it takes one of optim"):
        Film(model, [])
    with pytest.raises(TypeError, match=r"Film films an nn\.Module, not function"):
        Film(lambda x: x, optimizer)
    with pytest.raises(ValueError, match="it takes at most 100"):
        Film(model, optimizer, frames=1000)
    with pytest.raises(ValueError, match=r"the model has no '9\.weight'; it has '0\.weight'"):
        Film(model, optimizer, parameters="9.weight")
    with pytest.raises(ShapeError, match=r"points are x \(n, 2\) and y \(n,\), not \(60, 3\) and \(60,\)"):
        Film(model, optimizer, (np.zeros((60, 3)), Y))
    film = Film(model, optimizer)
    with pytest.raises(ValueError, match=r"call it after step\(\) and before zero_grad\(\)"):
        film.add(1.0)
    with pytest.raises(ValueError, match=r"no frame yet; add\(loss\)"):
        film.save(tmp_path / "x.html")
    with pytest.raises(ValueError, match=r"name it x\.html instead of x\.mp4"):
        trained(1).save(tmp_path / "x.mp4")
    with pytest.raises(ValueError, match=r"fit: film writes a page; name it x\.html"):
        fit(tmp_path / "x.gif")
    with pytest.raises(AttributeError, match=r"optim\.pictures\.Film now"):
        _ = autograd.viz.Film


# -- the page --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    film = trained(12, kind=optim.Adam, title="<b>a & b</b>")
    return Path(film.save(tmp_path_factory.mktemp("film") / "run.html"))


def now(page):
    return page.locator("#now").text_content()


def pixels(page):
    """Each canvas with what is written below it."""
    each = "(c) => c.toDataURL() + c.ariaLabel"
    return page.evaluate(f"[...document.querySelectorAll('canvas')].map({each})")


def test_all_of_a_frame_moves_together(browser, path):
    with opened(browser, path.as_uri()) as page:
        looks = []
        for i in (0, 6, 11):
            page.evaluate(f"film.go({i})")
            paths = page.evaluate(
                "[...document.querySelectorAll('.bins path, .passed')].map((p) => p.getAttribute('d'))"
            )
            cursors = page.evaluate("[...document.querySelectorAll('.cursor')].map((c) => c.getAttribute('x1'))")
            looks.append([now(page), page.locator("#steps").text_content(), *pixels(page), *cursors, *paths])

    still = [i for i, parts in enumerate(zip(*looks)) if len(set(parts)) == 1]
    axes = [i for i, part in enumerate(looks[0]) if part in ("M0,60H150",) or re.fullmatch(r"M[\d.]+,56V62", part)]
    assert still == axes  # which have no reason to move


def test_keys_alone_walk_and_play(browser, path):
    with opened(browser, path.as_uri() + "#frame=0") as page:
        seen = []
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home", "ArrowLeft"):
            page.keyboard.press(key)
            seen.append(page.evaluate("film.frame"))
        page.select_option("#speed", "20")
        page.locator("body").press(" ")
        page.wait_for_function("() => film.frame === 11 && !film.playing")
        page.locator("#slider").press("ArrowLeft")

        assert page.evaluate("film.frame") == 10
        assert page.url.endswith("#frame=10")
    assert seen == [1, 2, 1, 11, 11, 0, 0]


def test_buttons_say_what_they_do_and_rest_at_the_ends(browser, path):
    with opened(browser, path.as_uri() + "#frame=11") as page:
        assert now(page) == "step 12 of 12 · epoch 12 · loss " + now(page).split()[-1]
        assert page.locator("#next").is_disabled()
        page.click("#first")
        assert page.locator("#back").is_disabled()
        names = page.evaluate("[...document.querySelectorAll('button')].map((b) => b.getAttribute('aria-label'))")
        unnamed = page.evaluate(
            "[...document.querySelectorAll('canvas, svg[role=img]')].filter((c) => !c.ariaLabel).length"
        )

    assert names == ["First frame", "Frame back", "Play", "Next frame", "Last frame"]
    assert unnamed == 0


def test_a_click_on_the_loss_goes_there(browser, path):
    with opened(browser, path.as_uri()) as page:
        box = page.locator("#loss").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.97, box["y"] + 50)

        assert page.evaluate("film.frame") == 11


def test_names_are_text(browser, path):
    with opened(browser, path.as_uri()) as page:
        assert page.locator("#title").text_content() == "<b>a & b</b>"
        assert page.title() == "<b>a & b</b>"


def test_the_step_is_written_out_and_plain_where_it_is(browser, path, tmp_path):
    plain = Path(trained(2).save(tmp_path / "sgd.html"))
    for page_path, words in ((plain, "The optimizer does just this"), (path, "Adam makes more of the gradient")):
        with opened(browser, page_path.as_uri()) as page:
            assert words in page.locator("#step-note").text_content()
            cells = page.locator("#steps tbody tr").first.locator("td").all_text_contents()
            w, lr, g, due = map(float, cells[1:5])
            assert due == pytest.approx(w - lr * g, abs=1e-3 * max(abs(w), abs(g)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_it_is_read_on_narrow_and_wide_screens_in_both_themes(browser, path, scheme, width):
    with opened(browser, path.as_uri(), width, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        low = page.evaluate(CONTRASTS)
    assert low == []


def test_the_theme_can_be_chosen_and_is_kept(browser, path):
    with opened(browser, path.as_uri()) as page:
        page.select_option("#theme", "dark")
        page.reload()
        assert page.input_value("#theme") == "dark"
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
        page.select_option("#theme", "auto")  # also what the tests that follow find


def test_nothing_moves_by_itself(browser, path):
    with opened(browser, path.as_uri(), reduced_motion="reduce") as page:
        page.wait_for_timeout(300)
        assert page.evaluate("film.frame") == 0
        assert page.evaluate("document.getAnimations().length") == 0
    css = (Path(optim.pictures.__file__).parent / "page" / "film.css").read_text()
    assert not re.findall("animation|transition", css)


def test_what_is_not_finite_is_marked_and_said(browser, tmp_path):
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    film = Film(model, optimizer)
    loss = nn.functional.cross_entropy(model(X), Y)
    loss.backward()
    model[0].weight.grad = autograd.Tensor(np.full((8, 2), np.nan, np.float32))
    optimizer.step()
    film.add(loss)
    with opened(browser, Path(film.save(tmp_path / "nan.html")).as_uri()) as page:
        assert "not finite" in page.locator("#steps").text_content()
    assert film.data["frames"][0]["maps"][0]["shades"][1] == "!" * 16


def test_it_plays_in_a_notebook_that_was_exported(browser, tmp_path):
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    output = nbformat.v4.new_output("execute_result", {"text/html": trained(3)._repr_html_()}, execution_count=1)
    cell = nbformat.v4.new_code_cell("film", outputs=[output], execution_count=1)
    plain = {"language_info": {"name": "python", "pygments_lexer": "python"}}  # IPython's would need IPython
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=plain)
    text, _ = nbconvert.HTMLExporter(template_name="basic").from_notebook_node(notebook)
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><link rel='icon' href='data:,'>{text}", "utf-8")
    with opened(browser, path.as_uri()) as page:
        frame = page.frame_locator("iframe")
        frame.locator("#last").click()

        assert frame.locator("#now").text_content().startswith("step 3 of 3 · epoch 3")


CONTRASTS = """() => {
  const channels = (c) => {
    const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    pen.fillStyle = c;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const light = (c) => {
    const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels(c).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (n) => {
    for (; n; n = n.parentElement) {
      const c = getComputedStyle(n).backgroundColor;
      if (channels(c)[3] === 255) return c;
    }
    return "#fff";
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    if (!own || node.closest("script, select, :disabled") || !node.getClientRects().length) continue;
    const style = getComputedStyle(node), ink = node instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(ink), light(ground(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push([node.textContent, ink, ground(node)]);
  }
  return poor;
}"""
