"""Excerpts in the results of a search when the site is opened from files, where a page may not fetch another."""

import json
import re
from pathlib import Path
from typing import Any

# a result shows what surrounds a word in its page, which Sphinx's script fetches: here it is given the text instead
SCRIPT = """const pages = %s;
const root = new URL(document.documentElement.dataset.content_root, location.href).href;
window.fetch = async (url) => new Response(pages[new URL(url, location.href).href.slice(root.length)]);
"""
# from a server nothing more is loaded
LOADER = """if (location.protocol === "file:") document.write('<script src="_static/excerpts.js"></' + "script>");"""


def text(page: str) -> str:
    r"""What is read in a page, in its sections, to which a result may lead.

    >>> text('<article role="main"><section class="b" id="a"><h1>A</h1>\n<svg>1</svg>b</section></article>')
    '<div role="main"><section id="a">A b</section></div>'
    """
    body = re.search(r'<article[^>]* role="main"[^>]*>(.*)</article>|$', page, re.DOTALL)[1] or ""
    body = re.sub(r'<(script|style|svg|math|button)\b.*?</\1>|<a class="headerlink".*?</a>', " ", body, flags=re.DOTALL)
    body = re.sub(r'<section [^>]*?(id="[^"]*")[^>]*>', r"<section \1>", body)
    return f'<div role="main">{" ".join(re.sub(r"<(?!/?section)[^>]*>", "", body).split())}</div>'


def offer(app: Any, page: str, *_: Any) -> None:
    """Let the page of the search load the texts."""
    if page == "search":
        app.add_js_file(None, body=LOADER)


def write(app: Any, exception: Exception | None) -> None:
    """Write the texts of all pages that were built."""
    site = Path(app.outdir)
    if exception is None and app.builder.format == "html":
        pages = {str(p.relative_to(site).as_posix()): text(p.read_text(encoding="utf-8")) for p in site.rglob("*.html")}
        script = SCRIPT % json.dumps({name: page for name, page in pages.items() if "<section" in page})
        (site / "_static" / "excerpts.js").write_text(script, encoding="utf-8")
