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
