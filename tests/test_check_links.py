"""`make docs` finds links that lead nowhere and pages that fetch from elsewhere."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("check_links", Path(__file__).parent.parent / "docs" / "check_links.py")
check_links = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_links)


def faults(folder, body):
    (folder / "other.html").write_text('<h1 id="there">Other</h1>', encoding="utf-8")
    (folder / "picture.png").write_bytes(b"")
    (folder / "index.html").write_text(body, encoding="utf-8")
    return check_links.faults(folder.resolve())


def test_links_that_lead_somewhere_are_followed(tmp_path):
    body = '<p id="here"><a href="#here"><a href="other.html#there"><a href="https://example.org">'
    body += '<img src="picture.png?1">'

    assert faults(tmp_path, body) == ([], 3)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="none.html">', "none.html leads to no file"),
        ('<a href="other.html#nowhere">', "other.html#nowhere leads to no such place in the page"),
        ('<a href="#nowhere">', "#nowhere leads to no such place in the page"),
        ('<a href="file:///etc/hosts">', "file:///etc/hosts leads out of the web"),
        ('<img src="https://example.org/a.png">', "fetches https://example.org/a.png from elsewhere"),
        ('<img srcset="picture.png 1x, //example.org/b.png 2x">', "fetches //example.org/b.png from elsewhere"),
        ('<script src="https://example.org/a.js"></script>', "fetches https://example.org/a.js from elsewhere"),
        (
            '<link rel="stylesheet" href="https://example.org/a.css">',
            "fetches https://example.org/a.css from elsewhere",
        ),
        ("<style>@import 'https://example.org/f.css';</style>", "fetches https://example.org/f.css from elsewhere"),
        ('<p style="background: url(https://example.org/c.png)">', "fetches https://example.org/c.png from elsewhere"),
    ],
    ids=lambda text: text[:24],
)
def test_a_fault_is_named(tmp_path, body, fault):
    (wrong,), _ = faults(tmp_path, body)

    assert wrong.startswith(f"index.html: {fault}")


def test_a_style_sheet_that_fetches_is_named(tmp_path):
    (tmp_path / "site.css").write_text("@font-face { src: url('https://example.org/font.woff2') }", encoding="utf-8")

    assert faults(tmp_path, "")[0][0].startswith("site.css: fetches https://example.org/font.woff2 from elsewhere")
