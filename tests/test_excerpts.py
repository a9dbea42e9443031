"""A search shows excerpts when the site is opened from files."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.autograd.viz.browser import chromium

sys.path.append(str(Path(__file__).parent.parent / "docs"))

import excerpts

PAGE = """<html data-content_root="../"><body><nav>elsewhere</nav><article role="main" id="a">
<section class="b" id="words"><h1>Words<a class="headerlink" href="#words">#</a></h1>
<p>It is <b>here</b> &lt;now&gt;.</p><div data-x="a"><svg><text>9</text></svg>
<iframe srcdoc="&lt;p&gt;much&lt;/p&gt;"></iframe></div></section></article></body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.html").write_text(PAGE, encoding="utf-8")
    excerpts.write(SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html")), None)
    return tmp_path


def test_a_page_is_cut_down_to_what_is_read_in_its_sections():
    assert excerpts.text(PAGE) == (
        '<div role="main"><section id="words">Words It is here &lt;now&gt;. </section></div>'
    )


def test_the_script_of_a_search_gets_the_text_of_a_page_from_a_file(site):
    asks = "fetch('./in/page.html').then((found) => found.text()).then((t) => { document.title = t; })"
    search = (
        f'<html data-content_root="./"><head><script>{excerpts.LOADER}</script></head><script>{asks}</script></html>'
    )
    (site / "search.html").write_text(search, encoding="utf-8")
    with chromium() as page:
        page.goto((site / "search.html").as_uri() + "?q=here")
        page.wait_for_function("document.title")

        assert page.title() == excerpts.text(PAGE)


def test_a_site_of_sphinx_shows_what_surrounds_a_word(tmp_path):
    application = pytest.importorskip("sphinx.application")
    pytest.importorskip("furo")
    (tmp_path / "conf.py").write_text(
        "import excerpts\n\nhtml_theme = 'furo'\n\ndef setup(app):\n"
        "    app.connect('html-page-context', excerpts.offer)\n"
        "    app.connect('build-finished', excerpts.write)\n",
        encoding="utf-8",
    )
    (tmp_path / "index.rst").write_text("Title\n=====\n\nBefore it the umbrella, and after it.\n", encoding="utf-8")
    out = tmp_path / "out"
    application.Sphinx(tmp_path, tmp_path, out, tmp_path / "trees", "html", status=None).build()
    with chromium() as page:
        page.goto((out / "search.html").as_uri() + "?q=umbrella")
        page.wait_for_selector(".context")

        assert "Before it the umbrella, and after it." in page.inner_text(".context")
