"""Pages: what the HTML files that we write have in common: one file with all that it needs, and no request.

A page's script begins with `common.js`.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from ...engine.types import Array

ENDINGS = (".html", ".htm")
SHADES = "abcdefghijklmnopqrstuvwxy"  # -top ... 0 ... +top


def text_of(folder: Traversable, name: str) -> str:
    """A file of a page."""
    return (folder / name).read_text(encoding="utf-8")


def page(folder: Traversable, name: str, title: str, data: Any, scripts: Iterable[str], before: str = "") -> str:
    """The page with the body and the style of that name in `folder`, its data, and its scripts, `before` the first.

    >>> from importlib import resources
    >>> made = page(resources.files("autograd.viz") / "page", "player", "a & b", {"x": 1}, [])
    >>> "<title>a &amp; b</title>" in made, '{"x":1}' in made
    (True, True)
    """
    ours = resources.files(__package__)
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"), allow_nan=False)
    parts = {
        "TITLE": html.escape(title),
        "CSS": text_of(ours, "page.css") + text_of(folder, f"{name}.css"),
        "BODY": text_of(folder, f"{name}.html"),
        "JS": "\n".join([before, text_of(ours, "common.js"), *(text_of(folder, f"{script}.js") for script in scripts)]),
        "DATA": text.replace("<", "\\u003c"),  # or a name could end the script
    }
    return re.sub(r"/\*(TITLE|CSS|BODY|JS|DATA)\*/", lambda found: parts[found[1]], text_of(ours, "page.html"))


def page_name(what: str, path: str | os.PathLike[str]) -> Path:
    """The path of a page; ValueError for another ending."""
    target = Path(path)
    if target.suffix.lower() not in ENDINGS:
        raise ValueError(f"{what} writes a page; name it {target.stem}.html instead of {target.name}")
    return target


class Page:
    """What is a page: `save` writes it as one file, and a notebook shows it."""

    title: str
    height: int  # pixels, of the frame in a notebook
    saving: str  # what its errors call `save`

    def html(self) -> str:
        """The whole page as text."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the page, in folders that are made if they are missing; return the path.

        Raises ValueError for a name that is not one of a page.
        """
        target = page_name(self.saving, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.html(), encoding="utf-8", errors="xmlcharrefreplace")
        return str(target)

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own, so that its style and names stay inside."""
        return (
            f'<iframe srcdoc="{html.escape(self.html())}" sandbox="allow-scripts" title="{html.escape(self.title)}" '
            f'style="width:100%;height:{self.height}px;border:1px solid #8884;border-radius:6px"></iframe>'
        )


# -- pictures of arrays --------------------------------------------------------------------------------


def greatest(array: Array) -> float:
    """The greatest size of what is finite in it; 0 if nothing is."""
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0.0))


def shaded(array: Array, top: float) -> str:
    """A letter an element, by its part of `top`, as `common.js` reads them; of nan "!", of an infinity "^".

    >>> shaded(np.array([-1.0, 0.0, 1.0, np.nan]), 1.0)
    'amy!'
    """
    middle = len(SHADES) // 2
    parts = np.nan_to_num(middle * np.asarray(array, np.float64) / (top or 1.0), nan=0.0, posinf=0.0, neginf=0.0)
    letters = np.array([*SHADES])[np.rint(np.clip(parts, -middle, middle)).astype(int) + middle]
    return "".join(np.where(np.isnan(array), "!", np.where(np.isinf(array), "^", letters)).ravel())
