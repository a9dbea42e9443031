"""Fail if a link of the built site leads nowhere, or if a page would fetch anything from elsewhere."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LEADS = {"a", "area"}  # where a reader goes; whatever else a tag points to is fetched by itself
POINTS = ("href", "xlink:href", "src", "data", "poster")
KNOWN = {"http", "https", "mailto", "data"}
STYLE = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")


def fetched_by_style(text: str) -> list[tuple[str, bool]]:
    """What a style sheet fetches."""
    return [(found[1] or found[2], True) for found in STYLE.finditer(text)]


class Page(HTMLParser):
    """The ids of a page, and where it leads; `canonical` and such are no fetches."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, bool]] = []
        self.tag = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag is called and where it points."""
        self.tag = tag
        found = {key: value or "" for key, value in attrs}
        self.ids |= {found[key] for key in ("id", "name") if key in found}
        self.links += fetched_by_style(found.get("style", ""))
        if tag == "link" and not set(found.get("rel", "").split()) & {"stylesheet", "icon", "preload", "modulepreload"}:
            return
        several = [part.split()[0] for part in found.get("srcset", "").split(", ") if part.strip()]
        points = [found[key] for key in POINTS if key in found]
        self.links += [(link, tag not in LEADS) for link in (*points, *several)]

    def handle_data(self, data: str) -> None:
        """Look at the text of a style sheet."""
        if self.tag == "style":
            self.links += fetched_by_style(data)

    def handle_endtag(self, tag: str) -> None:
        """Text goes on outside."""
        self.tag = ""


def faults(site: Path) -> tuple[list[str], int]:
    """What is wrong, a line each, and how many links were followed."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    links = {path: page.links for path, page in pages.items()}
    links |= {path.resolve(): fetched_by_style(path.read_text(encoding="utf-8")) for path in site.rglob("*.css")}
    wrong, followed = [], 0
    for path, found in links.items():
        for link, fetched in found:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if parts.scheme and parts.scheme not in KNOWN:
                    wrong.append(f"{path.relative_to(site)}: {link[:80]} leads out of the web")
                elif fetched and parts.scheme != "data":
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
