"""Tables of figures in pages, made anew by the command that found the figures."""

import re
from pathlib import Path


def markdown(columns: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown.

    >>> print(markdown(["a", "b"], [["1", ""]]))
    | a | b |
    | --- | --- |
    | 1 | |
    """
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |").replace("|  |", "| |") for line in lines)


def replace(page: Path, name: str, text: str) -> None:
    """Put `text` between `<!-- name -->` and `<!-- /name -->` of a page; ValueError if the page has no such place."""
    old = page.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    new, count = re.subn(f"{re.escape(start)}.*?{re.escape(end)}", lambda _: start + text + end, old, flags=re.S)
    if count != 1:
        raise ValueError(f"{page} has {count} places between {start.strip()} and {end.strip()}; it needs one")
    page.write_text(new, encoding="utf-8")
