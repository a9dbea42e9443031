"""Make the pictures anew, with `make pictures`: the README's as `make demo` leaves them, and a complex gradient.

Needs Chromium (GLASSGRAD_CHROMIUM says where, by default /usr/bin/chromium) to take a picture of the page.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import pyplot
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "examples"))

from digits_mlp import show_small_step  # noqa: E402

import autograd  # noqa: E402
import nn  # noqa: E402
import optim  # noqa: E402

CHROMIUM = os.environ.get("GLASSGRAD_CHROMIUM", "/usr/bin/chromium")
STEP = 6  # of the page: the gradient passes through the second layer


def complex_gradient(path: Path) -> None:
    """Write a drawing of a loss over the complex plane: where .grad points, and where its conjugate does."""

    def loss(z: Any) -> Any:
        return abs(z * z * (0.5 - 0.3j) + z - (1 + 0.5j)) ** 2

    pyplot.rcParams["svg.hashsalt"] = "complex"  # the same names in the file each time
    plane = np.add.outer(1j * np.linspace(-2.4, 1.2, 90), np.linspace(-2.4, 2.2, 110))
    figure, axes = pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")
    levels = np.geomspace(0.05, 40, 14)
    axes.contour(plane.real, plane.imag, loss(plane), levels, colors="silver", linewidths=0.8)
    start = z = 0.8 - 1.3j
    way = [z, *(z := z - 0.05 * np.conj(autograd.grad(loss)(z)) for _ in range(60))]
    plain = autograd.grad(loss)(start)
    axes.plot(np.real(way), np.imag(way), ".-", color="tab:blue", markersize=4, linewidth=1, label="z -= lr * z.grad")
    paper = {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1.0}, "textcoords": "offset points"}
    for slope, color, text in (
        (np.conj(plain), "tab:blue", "-z.grad"),
        (plain, "tab:red", "-grad(f)(z), the mirror image"),
    ):
        end = start - 0.9 * slope / abs(slope)
        axes.annotate(
            "", (end.real, end.imag), (start.real, start.imag), arrowprops={"arrowstyle": "-|>", "color": color}
        )
        axes.annotate(text, (end.real, end.imag), (-6, 0), color=color, ha="right", **paper)
    for valley in np.roots([0.5 - 0.3j, 1, -1 - 0.5j]):
        axes.annotate("valley", (valley.real, valley.imag), (0, 22), color="gray", ha="center", **paper)
    axes.axhline(start.imag, color="black", linewidth=0.6, linestyle=":")
    axes.plot(start.real, start.imag, "ko", markersize=5)
    axes.set(
        xlabel="real part of z", ylabel="imaginary part of z", aspect="equal", title="a real loss f(z), by its contours"
    )
    axes.legend(loc="upper left")
    figure.savefig(path, metadata={"Date": None})


def film(path: Path) -> None:
    """Write the film of a small network that learns to tell three spirals apart."""
    autograd.seed(0)
    x, y = nn.data.datasets.spirals(300, noise=0.05, seed=0)
    model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 3))
    loader = nn.data.DataLoader(nn.data.TensorDataset(x, y), batch_size=50, shuffle=True)
    optim.fit(
        model, loader, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.5), 60, film=path, progress=False
    )


def main() -> None:
    """Write docs/complex.svg, docs/backprop.svg, docs/player.png and docs/film.png."""
    complex_gradient(DOCS / "complex.svg")
    with tempfile.TemporaryDirectory() as folder:
        show_small_step(Path(folder))
        (DOCS / "backprop.svg").write_bytes((Path(folder) / "backprop.svg").read_bytes())
        film(Path(folder) / "spirals.html")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 860}, device_scale_factor=1.5)
            page.goto(f"file://{folder}/backprop.html#step={STEP}")
            page.wait_for_timeout(500)
            page.screenshot(path=str(DOCS / "player.png"))
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            page.goto(f"file://{folder}/spirals.html#frame=48")
            page.screenshot(path=str(DOCS / "film.png"))
            browser.close()


if __name__ == "__main__":
    main()
