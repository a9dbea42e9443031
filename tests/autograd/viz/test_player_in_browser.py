"""The player of real networks in a browser: the numbers are the engine's, it is quick, and it lives in a notebook."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter

import autograd
import nn
from autograd import Tensor
from autograd.viz import player
from autograd.viz.trace import trace
from tests.autograd.viz.browser import chromium, opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as page:
        yield page


def scalars():
    x, y = Tensor(3.0, requires_grad=True, name="x"), Tensor(-2.0, requires_grad=True, name="y")
    return x, y, autograd.tanh(x * y + x) * y


def network():
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    x = Tensor(np.linspace(-1, 1, 24).reshape(6, 4).astype("f"), name="x")
    return model, nn.CrossEntropyLoss()(model(x), np.array([0, 1, 2, 0, 1, 2]))


def test_each_step_by_key_shows_the_sums_that_the_engine_computed(browser, tmp_path):
    x, y, out = scalars()
    film = player(out)
    data = film.data
    index = {t["name"]: i for i, t in enumerate(data["tensors"]) if t["name"]}
    sums: dict[str, float] = {}
    expected = []
    for step in trace(out).steps:
        for use in step.uses:
            sums[use.parent.name] = float(use.after)
        expected.append({name: sums.get(name) for name in ("x", "y")})

    with opened(browser, Path(film.save(tmp_path / "p.html")).as_uri()) as page:
        page.keyboard.press("Home")
        for _ in range(len(data["ops"])):
            page.keyboard.press("ArrowRight")  # the forward steps
        for sum_ in expected:
            page.keyboard.press("ArrowRight")
            for name, value in sum_.items():
                text = page.locator(f'[data-tensor="{index[name]}"]').text_content()
                assert ("—" in text) == (value is None)
                if value is not None:
                    assert f"{value:.4g}" in text
    out.backward()
    assert (x.grad.item(), y.grad.item()) == pytest.approx(tuple(expected[-1].values()))


def test_a_click_on_a_parameter_shows_its_gradient_as_backward_gives_it(browser, tmp_path):
    model, loss = network()
    film = player(loss, model=model)
    tensors = film.data["tensors"]
    loss.backward()
    with opened(browser, Path(film.save(tmp_path / "p.html")).as_uri(), 1400, 1000) as page:
        for name, parameter in model.named_parameters():
            tensor = next(i for i, t in enumerate(tensors) if t["name"] == name)
            page.evaluate("player.fit()")
            page.evaluate("player.go(player.steps - 1)")  # from a forward step a click goes to a forward step
            page.locator(f'[data-tensor="{tensor}"]').click()
            grad = parameter.grad.data.astype(float).ravel()
            if grad.size > 4:
                tip = page.locator(f'[data-tensor="{tensor}"] title').text_content()
                found = re.search(r"gradient: .* norm ([-+.\de]+)", tip)
                assert found, tip
                norm = found[1]
                assert float(norm) == pytest.approx(np.linalg.norm(grad), rel=1e-5)
            numbers = re.findall(r"-?\d[.\d]*(?:e-?\d+)?", " ".join(page.locator("#detail td").all_text_contents()))
            assert any(float(n) == pytest.approx(grad[0], rel=1e-3) for n in numbers)


def test_five_hundred_nodes_open_and_step_quickly(browser, tmp_path):
    x = Tensor(np.linspace(-1, 1, 64).reshape(8, 8), requires_grad=True, name="x")
    y = x
    for i in range(125):
        y = autograd.tanh(y * (1.0 + i / 100))
    path = Path(player(y.sum()).save(tmp_path / "p.html"))
    assert path.stat().st_size < 1_500_000

    started = time.perf_counter()
    with opened(browser, path.as_uri()) as page:
        page.wait_for_function("() => window.player && document.querySelector('[data-op]')")
        assert time.perf_counter() - started < 20  # `python -m benchmarks.player` has the real figures
        took = page.evaluate(
            "() => { const t = performance.now(); for (let k = 300; k < 340; k++) player.go(k);"
            " return (performance.now() - t) / 40; }"
        )
        assert took < 500


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_large_and_small_players_say_nothing_wrong_in_either_scheme(browser, tmp_path, scheme):
    model = nn.models.GPT(20, 16, 32, 4, 3)
    film = player(model(np.arange(16)[None]).sum(), model=model)
    with opened(browser, Path(film.save(tmp_path / "p.html")).as_uri(), color_scheme=scheme) as page:
        for level in range(len(film.data["levels"])):
            page.evaluate(f"player.setLevel({level})")
            for k in range(0, film.steps, 7):
                page.evaluate(f"player.go({k})")
                text = page.locator("#step-text").text_content()
                assert text
                assert "undefined" not in text
                assert "NaN" not in text


def test_the_frames_of_a_training_run_show_how_a_gradient_fades(browser, tmp_path):
    w = Tensor(2.0, requires_grad=True, name="w")
    film, losses = None, []
    for epoch in range(3):
        loss = (w - 1.0) ** 2.0
        film = player(loss, label="epoch 1") if film is None else film.add(loss, label=f"epoch {epoch + 1}")
        w.grad = None
        loss.backward()
        losses.append(w.grad.item())
        w.data = w.data - 0.25 * w.grad.data
    tensor = next(i for i, t in enumerate(film.data["tensors"]) if t["name"] == "w")
    with opened(browser, Path(film.save(tmp_path / "p.html")).as_uri() + f"#step={film.steps - 1}") as page:
        for frame, gradient in enumerate(losses):
            page.evaluate(f"player.setFrame({frame})")
            assert f"{gradient:.4g}" in page.locator(f'[data-tensor="{tensor}"]').text_content()
            assert f"epoch {frame + 1}" in page.locator("#frame-label").text_content()
            assert page.evaluate("player.step") == film.steps - 1


def test_the_frame_in_a_notebook_works_after_it_was_converted(browser, tmp_path):
    *_xy, out = scalars()
    output = nbformat.v4.new_output("execute_result", {"text/html": player(out)._repr_html_()}, execution_count=1)
    cell = nbformat.v4.new_code_cell("player(out)", outputs=[output], execution_count=1)
    plain = {"language_info": {"name": "python", "pygments_lexer": "python"}}  # IPython's would need IPython
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=plain)
    page_text, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><link rel='icon' href='data:,'>{page_text}", "utf-8")

    with opened(browser, path.as_uri()) as page:
        frame = page.frame_locator("iframe")
        first = frame.locator("#step-text").text_content()
        frame.locator("#next").click()
        second = frame.locator("#step-text").text_content()
        frame.locator("#last").click()
        last = frame.locator("#step-text").text_content()

    assert len({first, second, last}) == 3
    assert "now" in last
