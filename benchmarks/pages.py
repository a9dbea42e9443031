"""Tables of figures in pages, made anew by the command that found the figures."""

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
    before, opened, rest = old.partition(f"<!-- {name} -->")
    _, closed, after = rest.partition(f"<!-- /{name} -->")
    if not (opened and closed):
        raise ValueError(f"{page} has no place between <!-- {name} --> and <!-- /{name} --> to write to")
    page.write_text(f"{before}{opened}\n\n{text}\n\n{closed}{after}", encoding="utf-8")


def renew(page: Path, name: str, columns: list[str], rows: list[list[str]], order: list[str]) -> None:
    """Write rows into the table of a page, each in the place of the one that begins alike; `order` names all."""
    text = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in text.strip().splitlines()[2:]]
    found = {row[0]: row for row in [*cells, *rows]}
    replace(page, name, markdown(columns, [found[key] for key in order if key in found]))
