"""Our drawings of four networks beside torchviz's and torchview's, as each draws them by default, and their measures.

`make drawings` (installs PyTorch and both) writes docs/drawings.md and its pictures; `python -m benchmarks.drawings`
prints the table. All is laid out by the same Graphviz. Ink is the area of the shapes' bounds over that of the page.
"""

import argparse
import re
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
from PIL import Image

import autograd
import nn
from autograd import viz
from autograd.viz.render import render

from .pages import markdown, replace

DOCS = Path(__file__).resolve().parents[1] / "docs"
WIDTH, HEIGHT, INK = 1000, 4000, 0.15  # points, and the least share of the page: the reach of ours
TALL = 1400  # pixels, of the tallest of the three pictures; the others have its scale
GAP = 24
STEPS = 20


class Measures(NamedTuple):
    """How many shapes a drawing has, its page in points, and which share of that the shapes cover."""

    shapes: int
    width: float
    height: float
    ink: float


def measures(svg: bytes) -> Measures:
    """Measure an SVG that Graphviz wrote."""
    root = ElementTree.fromstring(svg)
    width, height = (float(root.get(side, "0").removesuffix("pt")) for side in ("width", "height"))
    areas = [max(map(_area, g.iter())) for g in root.iter() if g.get("class") == "node"]
    return Measures(sum(area > 0 for area in areas), width, height, sum(areas) / (width * height))


def _area(element: ElementTree.Element) -> float:
    kind = element.tag.rpartition("}")[2]
    if kind == "ellipse":
        return np.pi * float(element.get("rx", "0")) * float(element.get("ry", "0"))
    if kind not in ("polygon", "polyline", "path"):
        return 0.0
    points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", element.get("points") or element.get("d") or "")
    xs, ys = np.array(points, float).T
    return float((xs.max() - xs.min()) * (ys.max() - ys.min()))


# -- the networks, of what both libraries call alike ----------------------------------------------------


def unet(nn: Any, join: Callable[..., Any]) -> Any:
    """A U-Net (Ronneberger et al. 2015) of three levels."""

    class Double(nn.Module):
        def __init__(self, before: int, after: int) -> None:
            super().__init__()
            layers = [(nn.Conv2d(n, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()) for n in (before, after)]
            self.body = nn.Sequential(*layers[0], *layers[1])

        def forward(self, x: Any) -> Any:
            return self.body(x)

    class UNet(nn.Module):
        def __init__(self, widths: tuple[int, ...] = (8, 16, 32)) -> None:
            super().__init__()
            self.down = nn.ModuleList([Double(a, b) for a, b in zip((3, *widths), widths)])
            self.pool = nn.MaxPool2d(2)
            self.middle = Double(widths[-1], 2 * widths[-1])
            self.up = nn.ModuleList([nn.ConvTranspose2d(2 * n, n, 2, stride=2) for n in widths[::-1]])
            self.merge = nn.ModuleList([Double(2 * n, n) for n in widths[::-1]])
            self.head = nn.Conv2d(widths[0], 2, 1)

        def forward(self, x: Any) -> Any:
            kept = []
            for double in self.down:
                x = double(x)
                kept.append(x)
                x = self.pool(x)
            x = self.middle(x)
            for up, merge in zip(self.up, self.merge):
                x = merge(join([up(x), kept.pop()], 1))
            return self.head(x)

    return UNet()


def unrolled(nn: Any) -> Any:
    """An LSTM's cell called at each step, and a linear layer on the last state."""

    class Unrolled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = nn.LSTMCell(3, 8), nn.Linear(8, 1)

        def forward(self, x: Any) -> Any:
            state = None
            for t in range(STEPS):
                state = self.cell(x[t], state)
            return self.head(state[0])

    return Unrolled()


def ours() -> dict[str, tuple[Any, Any]]:
    """Each network and an input, of Glassgrad."""
    autograd.seed(0)
    images, steps = (autograd.tensor(np.ones(s, "f")) for s in ((2, 3, 16, 16), (STEPS, 4, 3)))
    return {
        "ResNet, 6 blocks": (nn.models.ResNet((2, 2, 2)), images),
        "GPT, 4 blocks": (nn.models.GPT(65, 16, 32, 4, 4), np.arange(32).reshape(2, 16)),
        "U-Net": (unet(nn, autograd.concatenate), images),
        f"LSTM, {STEPS} steps": (unrolled(nn), steps),
    }


def drawing(network: Any, given: Any) -> viz.Drawing:
    """Our default drawing of a network with a mean as its loss."""
    return viz.draw((network(given) ** 2).mean(), theme="light", name="Glassgrad")


# -- the page ------------------------------------------------------------------------------------------


def beside(drawn: dict[str, tuple[str, Measures]], path: Path) -> None:
    """Write a picture of drawings side by side, all of one scale."""
    scale = TALL / max(m.height for _, m in drawn.values())
    pictures = []
    for source, m in drawn.values():
        picture = Image.open(BytesIO(render(source, "png", quiet=True))).convert("RGB")
        pictures.append(picture.resize((round(m.width * scale), round(m.height * scale)), Image.Resampling.LANCZOS))
    whole = Image.new("RGB", (sum(p.width + GAP for p in pictures) - GAP, TALL + 1), "white")
    at = 0
    for picture in pictures:
        whole.paste(picture, (at, 0))
        at += picture.width + GAP
    path.parent.mkdir(exist_ok=True)
    whole.quantize(32).save(path, optimize=True)


def main() -> None:
    """Measure all drawings, print the table, and write the page."""
    from .drawings_of_others import sources

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/drawings.md and its pictures")
    write = parser.parse_args().write
    rows, pictures = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the others
        for (title, given), others in zip(ours().items(), sources()):
            drawn = {}
            for library, source in {"Glassgrad": drawing(*given).source, **others}.items():
                m = measures(render(source, "svg", quiet=True))
                drawn[library] = source, m
                rows.append(
                    [title, library, f"{m.shapes}", f"{m.width:,.0f} x {m.height:,.0f}", f"{100 * m.ink:.0f} %"]
                )
            if write:
                name = re.match(r"[\w-]+", title)[0].lower()
                beside(drawn, DOCS / "drawings" / f"{name}.png")
                pictures.append(f"## {title}\n\n![Drawings by {', '.join(drawn)}](drawings/{name}.png)")
    table = markdown(["Network", "Drawn by", "Shapes", "Page, in points", "Ink"], rows)
    print(table)
    if write:
        replace(DOCS / "drawings.md", "table", table)
        replace(DOCS / "drawings.md", "pictures", "\n\n".join(pictures))


if __name__ == "__main__":
    main()
