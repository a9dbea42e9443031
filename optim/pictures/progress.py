"""How far a run is: tqdm's bar in a terminal, one line that stays in a notebook, one line an epoch in a file."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from typing import Any, Self

from tqdm import tqdm

PAUSE = 0.1  # seconds between two looks at the numbers, which may take longer than a step
WIDTH = 100  # characters, where there is no terminal to ask
BAR = 10  # of them for the bar itself, if there is room, and at least LEAST
LEAST = 4
# what stands at the end of the line, if there is room for little and for much
KNOWN = " {elapsed}<{remaining}", " {n_fmt}/{total_fmt} {elapsed}<{remaining}, {rate_fmt}"
UNKNOWN = " {elapsed}", " {n_fmt} samples {elapsed}, {rate_fmt}"  # where nobody knows how many samples there are


class Progress:
    """What `fit` shows of itself, on the error stream: the loss always, and as much else as the width has room for.

    `total` is how many samples all epochs have, if that is known, and `done` how many were seen before.
    """

    def __init__(self, name: str, epochs: int, total: int | None, done: int, shown: bool) -> None:
        self.name, self.epochs, self.shown = name, epochs, shown
        self.ends = KNOWN if total else UNKNOWN
        self.epoch, self.numbers, self.seen = 0, dict[str, Any](), 0.0
        self.live = shown and (_in_notebook() or sys.stderr.isatty())
        where: dict[str, Any] = {"file": sys.stderr, "dynamic_ncols": True}
        if self.live and _in_notebook():
            where = {"file": _Cell(), "ncols": WIDTH}
        about: dict[str, Any] = {"total": total, "initial": done, "unit": " samples", "unit_scale": True}
        self.bar = tqdm(disable=not self.live, bar_format="{desc}", **about, **where)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()

    def begin(self, epoch: int) -> None:
        """An epoch begins, counted from 1; until there are newer numbers the last ones are shown."""
        first, self.epoch = not self.epoch, epoch
        self._draw()
        if first:
            self.bar.refresh()

    def step(self, samples: int, numbers: Callable[[], dict[str, Any]]) -> None:
        """So many samples more were seen; `numbers` is asked for a row where it is time for one."""
        if self.live and time.perf_counter() - self.seen > PAUSE:
            self.numbers = numbers()
            self.seen = time.perf_counter()
            self._draw()
        self.bar.update(samples)

    def end(self, row: dict[str, Any]) -> None:
        """The epoch is over, and this is its row."""
        self.numbers = row
        if self.shown and not self.live:
            print(self._head(), *self._words(), f"{row['seconds']:.3g} s", file=sys.stderr, flush=True)
        self._draw()  # the next step shows it, or the end: of thousands of short epochs not each

    def say(self, text: str) -> None:
        """A message on a line of its own."""
        if self.shown:
            tqdm.write(f"fit: {text}", file=sys.stderr)

    def _head(self) -> str:
        return f"{self.name} epoch {self.epoch}/{self.epochs}".lstrip()

    def _words(self) -> list[str]:
        """The numbers as text: first the losses, which any width has room for, last the rate."""
        last = {name: i for i, name in enumerate(("loss", "validation_loss"), -2)} | {"lr": 1, "epoch": 2, "seconds": 2}
        names = sorted(self.numbers, key=lambda name: last.get(name, 0))
        return [f"{name}={self.numbers[name]:.4g}" for name in names if last.get(name, 0) < 2]

    def _draw(self) -> None:
        """Choose what there is room for; tqdm draws it with its next look at the clock."""
        if not self.live:
            return
        about = self.bar.format_dict
        width = about["ncols"] or WIDTH
        words, head = self._words(), self._head()
        if self.name and len(" ".join([head, *words[:1]])) > width:
            head = head.removeprefix(self.name).lstrip()  # sooner no name than no loss
        room = {end: _length(end, about) + (LEAST + len(" 100%||") if about["total"] else 0) for end in self.ends}
        few, many = self.ends
        end = few if len(" ".join([head, *words[:2]])) + room[few] <= width else ""
        line = head
        for word in words:
            if len(line) + 1 + len(word) + room.get(end, 0) > width:
                break
            line += f" {word}"
        if end and len(line) + room[many] <= width:
            end = many
        if end and about["total"]:
            bar = min(BAR, LEAST + width - len(line) - room[end])
            end = f" {{percentage:3.0f}}%|{{bar:{bar}}}|{end}"
        self.bar.bar_format = line.replace("{", "{{").replace("}", "}}") + end


def _length(text: str, about: dict[str, Any]) -> int:
    """How long tqdm makes a part of the line."""
    return len(tqdm.format_meter(**about | {"bar_format": text, "ncols": None}))


def _in_notebook() -> bool:
    """Whether a kernel shows what is printed, not a terminal."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class _Cell(io.TextIOBase):
    """A stream whose last line is what a notebook's cell shows, and what its file keeps."""

    def __init__(self) -> None:
        self.handle: Any = None

    def write(self, text: str) -> int:
        line = {"text/plain": text.strip()}
        if self.handle is not None and text.strip():
            self.handle.update(line, raw=True)
        elif text.strip():
            from IPython import display  # type: ignore[import-not-found, unused-ignore]

            show: Callable[..., Any] = display.display
            self.handle = show(line, raw=True, display_id=True)
        return len(text)
