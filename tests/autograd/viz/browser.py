"""A browser for tests of pages: offline, silent, and required where CI is set."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("GLASSGRAD_CHROMIUM", "/usr/bin/chromium")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def lacking(what: str) -> None:
    """Skip, saying why; in CI fail instead, so that a run without a browser never looks green."""
    reason = f"{what} is missing: pip install playwright, apt install chromium (or set GLASSGRAD_CHROMIUM to its path)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator[Any]:
    """A page of a headless Chromium without a network, closed at the end."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("playwright")
    if not Path(CHROMIUM).exists():
        lacking(CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = browser.new_context(offline=True).new_page()
        page.set_default_timeout(20_000)  # a loaded machine is slow without being wrong
        yield page
        browser.close()


@contextmanager
def opened(page: Any, url: str, width: int = 1280, height: int = 800, **media: Any) -> Iterator[Any]:
    """The page, gone to `url`; in the end it must have written nothing to the console and asked for nothing more.

    `media` is what the page may ask of its user: `color_scheme="dark"`, `reduced_motion="no-preference"`.
    One page serves all tests: a new one costs more time than most of them.
    """
    said: list[str] = []
    own = (url.partition("#")[0], "data:", "about:")
    watch = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
        "request": lambda r: None if r.url.startswith(own) else said.append(f"asked for {r.url}"),
    }
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(**{"reduced_motion": "reduce", "color_scheme": "light"} | media)
    for event, listener in watch.items():
        page.on(event, listener)
    try:
        page.goto(url)
        yield page
    finally:
        for event, listener in watch.items():
            page.remove_listener(event, listener)
    assert said == []


# of every text in a page: how far its colour stands from what is behind it, by WCAG 2, and the text
CONTRASTS = """() => {
  const parse = (css) => {
    const parts = css.match(/[\\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
  };
  const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ({ rgb }) => 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
  const ratio = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const fill = (e) => getComputedStyle(e).fill;
  const behind = (e) => {
    const ground = parse(getComputedStyle(e).backgroundColor);
    return ground.alpha === 1 ? ground : behind(e.parentElement);
  };
  const under = (e) => {  // of a drawing's text: the shape it stands on, else the paper
    const group = e.parentElement, marked = group.matches(".badge, .mark");
    const shape = group.querySelector(marked ? "rect, path" : ".shape");
    return shape ? parse(fill(shape)) : behind(e.closest("section, aside, details"));
  };
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("script, option, title, defs") || e.matches(":disabled")) continue;
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.placeholder) found.push([ratio(parse(getComputedStyle(e, "::placeholder").color), behind(e)), e.placeholder]);
    const words = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join("");
    if (!words) continue;
    const drawn = e instanceof SVGElement;
    found.push([ratio(parse(drawn ? fill(e) : getComputedStyle(e).color), drawn ? under(e) : behind(e)), words]);
  }
  return found;
}"""
