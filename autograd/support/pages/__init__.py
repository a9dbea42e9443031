"""Pages: what the HTML files that we write have in common: one file with all that it needs, and no request."""

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

__all__ = ["framed", "page", "page_name", "saved", "text_of"]

ENDINGS = (".html", ".htm")


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
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    parts = {
        "TITLE": html.escape(title),
        "CSS": text_of(ours, "page.css") + text_of(folder, f"{name}.css"),
        "BODY": text_of(folder, f"{name}.html"),
        "JS": "\n".join([before, *(text_of(folder, f"{script}.js") for script in scripts)]),
        "DATA": text.replace("<", "\\u003c"),  # or a name could end the script
    }
    return re.sub(r"/\*(TITLE|CSS|BODY|JS|DATA)\*/", lambda found: parts[found[1]], text_of(ours, "page.html"))


def page_name(what: str, path: str | os.PathLike[str]) -> Path:
    """The path of a page; ValueError for another ending."""
    target = Path(path)
    if target.suffix.lower() not in ENDINGS:
        raise ValueError(f"{what} writes a page; name it {target.stem}.html instead of {target.name}")
    return target


def saved(target: Path, text: str) -> str:
    """Write a page, in folders that are made if they are missing; its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", errors="xmlcharrefreplace")
    return str(target)


def framed(text: str, title: str, height: int) -> str:
    """What a notebook shows: a page in a frame of its own, so that its style and names stay inside."""
    return (
        f'<iframe srcdoc="{html.escape(text)}" sandbox="allow-scripts" title="{html.escape(title)}" '
        f'style="width:100%;height:{height}px;border:1px solid #8884;border-radius:6px"></iframe>'
    )
