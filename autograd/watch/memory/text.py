"""What a ledger prints, and the plot of its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import basename
from typing import TYPE_CHECKING

import numpy as np

from ...support.lines import one_line
from .account import BACKWARD, BETWEEN, FORWARD, Account, Moment, Row
from .saving import Saving

if TYPE_CHECKING:
    from ...support.figure import Figure

BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 72  # of the timeline
ROWS = 8  # of a table


def size(count: float) -> str:
    """Bytes in words, in powers of 1000.

    >>> size(640), size(40_000), size(59_300_000)
    ('640 B', '40.0 kB', '59.3 MB')
    """
    for unit in ("B", "kB", "MB"):
        if abs(count) < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def report(account: Account, savings: Sequence[Saving]) -> str:
    """All of it as text: the peak, who keeps what, the timeline, and what a checkpoint would save."""
    top, parts = account.moments[account.top], account.parts
    lines = [
        f"peak {size(account.peak)}, {place(top)}",
        "  of it " + ", ".join(f"{size(n)} {what}" for what, n in parts.items() if n),
        f"kept for backward {size(account.kept)} at most, {place(account.moments[account.full])}",
        "",
        *timeline(account),
    ]
    for what in ("op", "module", "line"):
        rows = account.by(what)
        if any(row.name != f"no {what}" for row in rows):
            lines += ["", *_table(what, rows, account.kept)]
    if savings:
        lines += ["", *_savings(savings[:ROWS])]
    return "\n".join(map(one_line, lines))


def place(moment: Moment) -> str:
    """Where a moment is."""
    if moment.phase == BETWEEN:
        return "after backward, before the next call"
    if moment.op == ".grad":
        return "at the end of backward"
    module = f" in {moment.module}" if moment.module else ""
    line = f" ({basename(moment.line)})" if moment.line else ""
    return f"{'in' if moment.phase == FORWARD else 'in backward of'} {moment.op}{module}{line}"


def timeline(account: Account) -> list[str]:
    """The peaks of the step as bars, the highest of each that share one, and below them what phase it is."""
    moments, peaks = account.moments[account.step], account.peaks[account.step]
    groups = np.array_split(np.arange(len(moments)), min(WIDTH, len(moments)))
    heights = np.array([peaks[group].max() for group in groups]) / max(1, peaks.max())
    bars = "".join(BARS[round(float(height) * (len(BARS) - 1))] for height in np.clip(heights, 0, 1))
    back = sum(moments[group[0]].phase != BACKWARD for group in groups)
    words = "forward".ljust(back)[: max(back, 0)]
    return [bars, f"{words}{'backward' if back < len(groups) else ''}".rstrip()]


def _table(what: str, rows: Sequence[Row], total: int) -> list[str]:
    lines = [f"{'kept':>9}   part   {what}"]
    for row in rows[:ROWS]:
        times = f" × {row.calls}" if row.calls > 1 else ""
        lines.append(f"{size(row.kept):>9}  {row.kept / max(1, total):4.0%}   {basename(row.name)}{times}")
    if len(rows) > ROWS:
        lines.append(f"{size(sum(row.kept for row in rows[ROWS:])):>9}         {len(rows) - ROWS} more")
    return lines


def _savings(savings: Sequence[Saving]) -> list[str]:
    names = [f"{s.name} × {s.modules}" if s.modules > 1 else s.name for s in savings]
    wide = max(map(len, ["checkpoint of", *names]))
    lines = [f"{'checkpoint of':{wide}}  keeps less  peak then  runs again"]
    return lines + [
        f"{name:{wide}}  {size(s.kept):>10}  {size(s.peak):>9}  {s.time:4.0%} of the time"
        for name, s in zip(names, savings)
    ]


def chart(account: Account) -> Figure:
    """The timeline as a figure."""
    try:
        from ...support.figure import Figure
    except ImportError:
        raise ImportError("ledger.plot draws with matplotlib; mend: pip install matplotlib") from None
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(account.moments))
    axes.fill_between(places, account.peaks / 1e6, step="mid", color="#56B4E9", label="in use, at its most")
    axes.fill_between(
        places, np.minimum(account.held, account.peaks) / 1e6, step="mid", color="#0072B2", label="kept for backward"
    )
    turns = _turns(account.moments)
    for start, end in zip(turns, [*turns[1:], len(places)]):
        axes.axvline(start - 0.5, color="0.5", linewidth=0.8, linestyle="--")
        if end - start > len(places) / 10:  # or the word has no room
            axes.text(
                start,
                0.99,
                f" {account.moments[start].phase}",
                va="top",
                fontsize=8,
                transform=axes.get_xaxis_transform(),
            )
    # to matplotlib, dollars would begin a formula
    title = one_line(f"peak {size(account.peak)}, {place(account.moments[account.top])}").replace("$", r"\$")
    axes.set(
        xlabel="moment: a call, or a contribution in backward",
        ylabel="MB",
        title=title,
    )
    axes.legend(loc="upper left", fontsize=8)
    return figure


def _turns(moments: Sequence[Moment]) -> list[int]:
    """Where backward begins, and where it ends."""
    back = np.array([m.phase == BACKWARD for m in moments])
    return [int(turn) + 1 for turn in np.flatnonzero(back[1:] != back[:-1])]
