"""Fail if a link of the built site leads nowhere, or if a page would fetch anything from elsewhere."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
    ("object", "data"),
}


class Page(HTMLParser):
    """The ids of a page, and where it leads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, bool]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag is called and where it points; `canonical` and such are no fetches."""
        found = {key: value or "" for key, value in attrs}
        self.ids |= {found[key] for key in ("id", "name") if key in found}
        if tag == "link" and not set(found.get("rel", "").split()) & {"stylesheet", "icon", "preload"}:
            return
        self.links += [(found[key], (tag, key) in FETCHED) for key in ("href", "src", "data") if key in found]


def faults(site: Path) -> tuple[list[str], int]:
    """What is wrong, a line each, and how many links were followed."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    wrong, followed = [], 0
    for path, page in pages.items():
        for link, fetched in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if fetched and parts.scheme != "data":
                    wrong.append(f"{path.relative_to(site)}: fetches {link[:80]} from elsewhere; keep a copy in docs/")
                continue
            followed += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                wrong.append(f"{path.relative_to(site)}: {link} leads to no file")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                wrong.append(f"{path.relative_to(site)}: {link} leads to no such place in the page")
    return wrong, followed


def main() -> None:
    """`python docs/check_links.py FOLDER`."""
    site = Path(sys.argv[1]).resolve()
    wrong, followed = faults(site)
    if wrong or not followed:
        sys.exit("\n".join(wrong) or f"no links in {site}; was the site built?")
    print(f"{site / 'index.html'}: {len(list(site.rglob('*.html')))} pages, {followed} links, none broken")


if __name__ == "__main__":
    main()
