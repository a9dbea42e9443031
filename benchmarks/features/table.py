"""The table of claims in Markdown, for a page with footnotes and, shorter, for the README."""

import importlib
from collections.abc import Iterable
from pathlib import Path

from ..pages import replace
from . import environment
from .claim import Claim, claims_of
from .rows import FEATURES, GROUPS, LIBRARIES, SHORT


def claims() -> dict[str, dict[str, Claim]]:
    """Per library, its claims by feature: all of them, or an error."""
    found = {}
    for library in LIBRARIES:
        mine = claims_of(importlib.import_module(f".{library.module}", __package__))
        if mine.keys() != FEATURES.keys():
            raise SystemExit(f"{library.module}: claims and rows differ in {sorted(mine.keys() ^ FEATURES.keys())}")
        found[library.title] = mine
    return found


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _answer(claim: Claim) -> str:
    return f"**{claim.answer}**" if claim.answer == "yes" else claim.answer


def full() -> str:
    """Every row in groups, with a footnote for every note."""
    proven, notes = claims(), []
    header = [_row(["", *proven]), _row(["---"] * (len(proven) + 1))]
    rows = []
    for group, features in GROUPS.items():
        rows.append(_row([f"*{group}*", *[""] * len(proven)]))
        for feature, text in features.items():
            cells = [text]
            for library, mine in proven.items():
                claim = mine[feature]
                if claim.note:
                    notes.append(f"{library}: {claim.note}")
                cells.append(_answer(claim) + (f" ({len(notes)})" if claim.note else ""))
            rows.append(_row(cells))
    return "\n".join([*header, *rows, "", *(f"{number}. {note}" for number, note in enumerate(notes, 1))])


def short() -> str:
    """The rows that most ask about, without notes."""
    proven = claims()
    rows = [_row([FEATURES[name], *(_answer(mine[name]) for mine in proven.values())]) for name in SHORT]
    return "\n".join([_row(["", *proven]), _row(["---"] * (len(proven) + 1)), *rows])


def _about(number: int) -> str:
    """Two digits of it: the rest would be another with each change."""
    return f"{float(f'{number:.2g}'):,.0f}"


def numbers() -> str:
    """What can be counted: lines and dependencies."""
    head = ["", *(library.title for library in LIBRARIES)]
    engines = [_about(environment.lines(x)) if x.engine.startswith(x.packages) else x.engine for x in LIBRARIES]
    needs = [environment.needs(library) for library in LIBRARIES]
    return "\n".join(
        [
            _row(head),
            _row(["---"] * len(head)),
            _row(["version", *(library.requirements[0].partition("==")[2] or "this one" for library in LIBRARIES)]),
            _row(["lines of Python of the engine, about", *engines]),
            _row(["packages that pip installs with it", *(", ".join(names) or "none" for names in needs)]),
        ]
    )


def write(file: Path) -> None:
    """Put the tables between the marks in `file`: short in a README, else all."""
    for name, table in sections(short_only=file.name.upper().startswith("README")).items():
        replace(file, name, table)


def sections(short_only: bool) -> dict[str, str]:
    """What belongs between which marks."""
    return {"features": short()} if short_only else {"features": full(), "numbers": numbers()}
