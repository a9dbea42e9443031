"""How large and how quick drawings and the player's page are: `python -m benchmarks.player` (needs Chromium)."""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import autograd
from autograd import Tensor
from autograd.viz import draw, player

CHROMIUM = os.environ.get("GLASSGRAD_CHROMIUM", "/usr/bin/chromium")
STEPS = """() => { const took = []; for (let k = 0; k < player.steps; k += 5) {
    const t = performance.now(); player.go(k); document.body.offsetHeight; took.push(performance.now() - t); }
    return took.slice(1); }"""

AGAIN = """() => { const took = []; for (let n = 0; n < 40; n++) {
    const t = performance.now(); player.recompute(); took.push(performance.now() - t); }
    return took; }"""


def chain(operations: int, size: int) -> tuple[Tensor, Tensor]:
    """A leaf of size x size, and the sum of a chain of products and tanhs over it."""
    x = y = Tensor(np.linspace(-1, 1, size * size).reshape(size, size), requires_grad=True, name="x")
    for i in range(operations // 2):
        y = autograd.tanh(y * (1.0 + i / operations))
    return x, y.sum()


def drawing(operations: int) -> None:
    _, y = chain(operations, 1)
    for folded in (True, False):
        started = time.perf_counter()
        made = draw(y, collapse_repeats=folded)
        described = time.perf_counter() - started
        made.pipe("svg")
        rendered = time.perf_counter() - started
        how = "folded" if folded else "its beginning in one box"
        print(f"draw    {operations:,} operations, {how}: {described:.1f} s, as SVG {rendered:.1f} s")


def page(operations: int, folder: Path) -> None:
    started = time.perf_counter()
    leaf, total = chain(operations, 8)  # a page computes with the leaves that are held
    film = player(total)
    path = Path(film.save(folder / "page.html"))
    made = time.perf_counter() - started
    nodes = max(len(level["nodes"]) for level in film.data["levels"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": 1280, "height": 800})
        view.goto("about:blank")
        loads = []
        for _ in range(5):
            started = time.perf_counter()
            view.goto(path.as_uri())
            view.wait_for_function("() => window.player && document.querySelector('[data-node]')")
            loads.append(time.perf_counter() - started)
        took = sorted(view.evaluate(STEPS))
        again = view.evaluate(AGAIN)
        browser.close()
    size = path.stat().st_size / 1e6
    opens, step, slow = statistics.median(loads) * 1e3, statistics.median(took), took[int(0.95 * len(took))]
    print(f"player  {operations:,} operations, {nodes:,} shapes: {size:.2f} MB, made in {made:.1f} s; ", end="")
    print(f"opens in {opens:.0f} ms; a step takes {step:.1f} ms (95 % within {slow:.1f}); ", end="")
    print(f"both passes anew {statistics.median(again):.1f} ms, at first {again[0]:.1f}, for {leaf.size} numbers")


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for operations in (150, 240, 500):
            page(operations, Path(folder))
    drawing(100_000)


if __name__ == "__main__":
    main()
